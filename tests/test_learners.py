"""The learner edition: what is in it, what must never be, and that it runs with four packages.

The edition is built once, with real nbgrader sheets. The slow test at the end unpacks the zip and
runs start-here, lesson 1 and exercise 1 in an environment that has only the base dependencies and
ipykernel, which every Jupyter brings along.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
from browser import missing

from organizer_lab import charts, cli, course, data, errors, explore, learners, notebooks, overview
from organizer_lab.errors import LabError

pytest.importorskip("nbgrader")

SHEET = "exercises/week-1/week-1.ipynb"
LESSON = "weeks/week-1-what-is-a-topic-for-impact.ipynb"


@pytest.fixture(scope="module")
def sheets():
    """The released sheets, made once by the real nbgrader."""
    from organizer_lab.grading import release

    return release.release_sheets()


@pytest.fixture
def quick(sheets, monkeypatch):
    """Let `build` use the sheets that are there already."""
    from organizer_lab.grading import release

    monkeypatch.setattr(release, "release_sheets", lambda: sheets)


@pytest.fixture(scope="module")
def edition(sheets, tmp_path_factory):
    from organizer_lab.grading import release

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "release_sheets", lambda: sheets)
        return learners.build(tmp_path_factory.mktemp("learners"))


@pytest.fixture
def copy(edition, tmp_path):
    """A copy of the edition that a test may spoil."""
    return Path(shutil.copytree(edition, tmp_path / edition.name))


def read(path):
    return json.loads(path.read_text(encoding="utf-8"))


def source(path, name):
    cells = read(path)["cells"]
    return next("".join(cell["source"]) for cell in cells if cell["id"] == name)


def add_to(path, text):
    notebook = read(path)
    notebook["cells"].append(
        {"cell_type": "markdown", "id": "added", "metadata": {}, "source": text}
    )
    path.write_text(json.dumps(notebook), encoding="utf-8")


def files(folder):
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file()
    }


def test_it_holds_what_the_readme_says(edition):
    names = set(files(edition))
    assert {"start-here.ipynb", "README.md", "LICENSE", "LICENSE-content", LESSON, SHEET} <= names
    assert {f"datasets/{name}.csv" for name in data.names()} <= names
    assert "datasets/datapackage.json" in names
    named = re.findall(r"^\| `([^`]+)` \|", (edition / "README.md").read_text("utf-8"), re.M)
    at_root = {name.split("/")[0] for name in names}
    assert {name.rstrip("/") for name in named} - {"plan.json"} == {
        name for name in at_root if not name.startswith(("README", "LICENSE"))
    }


def test_the_proof_passes_and_the_notebooks_keep_the_rules_of_the_house(edition):
    assert learners.problems(edition) == []
    for path in [edition / "start-here.ipynb", *edition.glob("weeks/*.ipynb"), edition / SHEET]:
        assert notebooks.problems(path) == [], path


def test_exercises_are_the_released_sheets_unchanged(edition, sheets):
    there = sorted(path.name for path in edition.glob("exercises/*"))
    assert sorted(path.stem for path in sheets) == there
    for sheet in sheets:
        there = edition / f"exercises/{sheet.stem}/{sheet.name}"
        assert there.read_bytes() == sheet.read_bytes()


def test_a_lesson_differs_only_by_its_overview_and_its_links(edition, repository):
    before, after = (read(folder / LESSON)["cells"] for folder in (repository, edition))
    assert [cell["id"] for cell in after[:2]] == ["title", "overview"]
    del after[1]
    changed = [
        new["id"]
        for old, new in zip(before, after, strict=True)
        if "".join(old["source"]) != "".join(new["source"])
    ]
    with_links = {c["id"] for c in before if "](../" in "".join(c["source"])}
    assert set(changed) == with_links
    assert "views-hide" in changed
    assert "**Idea generation** (a chapter of the book)" in source(edition / LESSON, "views-hide")


def test_the_overview_comes_from_the_course_file(edition):
    week = course.load().week("week-1")
    text = source(edition / LESSON, "overview")
    for words in [week.question, *week.objectives, week.artefact.description, *week.tables]:
        assert words in text
    assert f"[exercise](../{SHEET})" in text
    assert "2 h 35 min" in text
    assert "[" not in overview.lesson(week)


def test_the_overview_uses_the_words_of_the_book():
    pytest.importorskip("sphinx")
    from types import SimpleNamespace

    from organizer_lab.book.pages import headers

    week = course.load().week("week-1")
    header = headers.lesson_header(SimpleNamespace(found_docs=set()), week, "weeks/week-1-x")
    # The book links where the edition names a table or the book.
    ours = re.sub(r" \(`\w+`\)| \(a chapter of the book\)", "", overview.lesson(week))
    assert re.findall(r"[\w.,?]+", ours) == re.findall(r"[\w.,?]+", header.astext())


def test_start_here_links_to_every_lesson_and_exercise(edition):
    text = source(edition / "start-here.ipynb", "contents")
    assert f"[Lesson]({LESSON}) · [Exercise]({SHEET})" in text


def test_every_module_has_been_decided_about(repository):
    package = repository / "organizer_lab"
    there = {p.name for p in package.iterdir() if p.suffix == ".py" or (p / "__init__.py").exists()}
    assert set(learners.PACKAGE) | set(learners.NOT_FOR_LEARNERS) == there
    assert not set(learners.PACKAGE) & set(learners.NOT_FOR_LEARNERS)


def test_the_package_is_only_what_a_learner_runs(edition):
    there = {path.name for path in (edition / "organizer_lab").iterdir()}
    assert there == set(learners.PACKAGE)
    for module in (charts, errors, explore):
        name = Path(module.__file__).name
        assert (edition / "organizer_lab" / name).read_text("utf-8") == Path(
            module.__file__
        ).read_text("utf-8")


def test_binder_gets_the_versions_of_the_project(edition, repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = {re.match(r"[\w-]+", entry)[0] for entry in project["dependencies"]}
    pinned = (repository / "constraints.txt").read_text("utf-8").splitlines()
    lines = (edition / ".binder/requirements.txt").read_text("utf-8").splitlines()
    lines = [line for line in lines if not line.startswith("#")]
    assert {line.split("==")[0] for line in lines} == wanted
    assert set(lines) <= set(pinned)
    python = (edition / ".binder/runtime.txt").read_text("utf-8").strip()
    assert python.startswith("python-3.")
    assert int(python.split(".")[1]) >= 11
    assert os.access(edition / ".binder/postBuild", os.X_OK)
    assert "set -e" in (edition / ".binder/postBuild").read_text("utf-8").splitlines()
    for path in (edition / ".binder").iterdir():
        assert path.read_bytes() == (repository / ".binder" / path.name).read_bytes()


def test_the_zip_holds_the_folder_and_is_the_same_each_time(edition, quick, tmp_path):
    with zipfile.ZipFile(edition.with_suffix(".zip")) as packed:
        names = packed.namelist()
        assert names == sorted(names)
        inside = {name.removeprefix(f"{learners.NAME}/"): packed.read(name) for name in names}
        assert inside == files(edition)
        assert {entry.date_time for entry in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        hook = packed.getinfo(f"{learners.NAME}/.binder/postBuild")
        assert hook.external_attr >> 16 == 0o100755
    again = learners.build(tmp_path)
    assert again.with_suffix(".zip").read_bytes() == edition.with_suffix(".zip").read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        learners.NAME,
        f"{learners.NAME}.zip",
    ]


def test_the_command_says_where_the_edition_is(quick, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(learners, "build", lambda real=learners.build: real(tmp_path))
    assert cli.main(["learners"]) == 0
    said = capsys.readouterr().out
    assert str(tmp_path / learners.NAME) == said.splitlines()[-1]
    assert f"{learners.NAME}.zip" in said
    weeks = course.load().weeks
    lessons, sheets = sum(bool(w.lesson) for w in weeks), sum(bool(w.exercise) for w in weeks)
    assert f"Lessons: {lessons}, exercises: {sheets}, tables: {len(data.names())}" in said


LEAKS = {
    "a solution": (LESSON, 'country, language = "TZA",\n "sw"', "the solution|solution of week-1"),
    "a hidden test": (LESSON, "from organizer_lab.grading import judge", "organizer_lab.grading"),
    "a marker": (SHEET, "### BEGIN SOLUTION", "### BEGIN SOLUTION"),
    "a dangling link": (LESSON, "See [this](../book/glossary.md).", "../book/glossary.md"),
    "a dangling picture": ("start-here.ipynb", "![A map](map.png)", "map.png"),
    "a path of this computer": (LESSON, f"Look in {learners.ROOT}/weeks.", "path of this computer"),
}


@pytest.mark.parametrize("leak", LEAKS)
def test_a_leak_in_a_notebook_is_found(copy, leak):
    name, text, said = LEAKS[leak]
    add_to(copy / name, text)
    found = learners.problems(copy)
    assert found
    assert all(problem.startswith(name) for problem in found)
    assert re.search(said, "\n".join(found))


def test_a_mark_scheme_is_found_in_any_layout(copy):
    from organizer_lab.grading import rubrics

    scheme = rubrics.load("week-1").tasks[0].scheme
    add_to(copy / LESSON, scheme.replace(" ", "\n"))
    assert learners.problems(copy) == [f"{LESSON} holds the mark scheme of week-1, judgement-1-8."]


@pytest.mark.parametrize("leak", ["outputs", "execution_count", "attachments"])
def test_traces_of_a_session_are_found(copy, leak):
    notebook = read(copy / LESSON)
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cell[leak] = {"outputs": [{"text": "1"}], "execution_count": 3, "attachments": {"a": {}}}[leak]
    (copy / LESSON).write_text(json.dumps(notebook), encoding="utf-8")
    assert len(learners.problems(copy)) == 1


@pytest.mark.parametrize(
    "name",
    [
        "gradebook.db",
        "exercises/gradebook.db",
        "exercises/nbgrader_config.py",
        "exercises/rubrics/week-1.yml",
        "exercises/source/week-1/week-1.ipynb",
        "organizer_lab/grading/judge.py",
        "datasets/plan.json",
        "weeks/.ipynb_checkpoints/week-1.ipynb",
        "course.yml",
        "tests/test_x.py",
    ],
)
def test_a_file_that_is_not_for_learners_is_found(copy, name):
    path = copy / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("{}", encoding="utf-8")
    assert any("is not for learners" in problem for problem in learners.problems(copy))


@pytest.mark.parametrize(
    "line",
    [
        "from organizer_lab.grading import judge",
        "import organizer_lab.grading.judge",
        "from organizer_lab import data, grading",
        "### BEGIN HIDDEN TESTS",
    ],
)
def test_a_module_that_uses_the_facilitators_side_is_found(copy, line):
    with (copy / "organizer_lab/plan/__init__.py").open("a", encoding="utf-8") as file:
        file.write(f"\n{line}\n")
    assert len(learners.problems(copy)) == 1


def test_a_link_to_a_file_elsewhere_is_found(copy, tmp_path):
    (tmp_path / "private.csv").write_text("a\n", encoding="utf-8")
    (copy / "datasets/private.csv").symlink_to(tmp_path / "private.csv")
    assert learners.problems(copy) == ["datasets/private.csv is a link to another file."]


def test_a_broken_notebook_is_found(copy):
    (copy / LESSON).write_text('{"cells": [1', encoding="utf-8")
    assert f"{LESSON} is not a notebook." in learners.problems(copy)


@pytest.mark.parametrize("fault", ["leak", "no space"])
def test_a_failed_build_leaves_the_former_edition(quick, monkeypatch, tmp_path, fault):
    folder = learners.build(tmp_path)
    (folder / "README.md").write_text("the former edition", encoding="utf-8")
    before = files(tmp_path)
    assemble, swap = learners._assemble, Path.rename

    def leak(edition, sheets):
        assemble(edition, sheets)
        add_to(edition / LESSON, "### BEGIN SOLUTION")

    def no_space(path, target):
        if path.name == learners.NAME and ".new-" in str(path):
            raise OSError(28, "No space left on device")
        return swap(path, target)

    if fault == "leak":
        monkeypatch.setattr(learners, "_assemble", leak)
        with pytest.raises(LabError, match="was not published"):
            learners.build(tmp_path)
    else:
        monkeypatch.setattr(Path, "rename", no_space)
        with pytest.raises(LabError, match=r"could not be written.*No space.*unchanged"):
            learners.build(tmp_path)
    assert files(tmp_path) == before


@pytest.mark.parametrize(
    ("link", "becomes"),
    [
        ("[A](../book/glossary.md)", "**A** (a chapter of the book)"),
        ("[A](../book/glossary.md#ppm)", "**A** (a chapter of the book)"),
        ("[B](../exercises/release/week-1/week-1.ipynb)", f"[B](../{SHEET})"),
        ("[C](../datasets/grants.csv)", "[C](../datasets/grants.csv)"),
        ("[D](https://example.org/a_(b))", "[D](https://example.org/a_(b))"),
        ("[E](#recap)", "[E](#recap)"),
        ("[F](mailto:a@example.org)", "[F](mailto:a@example.org)"),
        ("[G](../book/no-such-page.md)", "[G](../book/no-such-page.md)"),
    ],
)
def test_links_follow_the_files(sheets, repository, link, becomes):
    copies = learners._copies({path.stem: path for path in sheets})
    assert (
        learners._LINK.sub(lambda m: learners._relink(m, repository / LESSON, copies), link)
        == becomes
    )


def test_where_the_book_is_published_its_chapters_are_linked(sheets, repository, monkeypatch):
    copies = learners._copies({path.stem: path for path in sheets})
    assert learners._book() == ""
    text = learners._notebook(repository / "learners" / "start-here.ipynb", copies, "")
    assert "whoever gave you this folder" in str(text)
    monkeypatch.setenv("ORGANIZER_LAB_ADDRESS", "https://example.org/lab")
    book = learners._book()
    linked = learners._LINK.sub(
        lambda m: learners._relink(m, repository / LESSON, copies, book),
        "[A](../book/framework/index.md#ppm) and [B](#here)",
    )
    assert linked == "[A](https://example.org/lab/book/framework/index.html) and [B](#here)"
    start = learners._notebook(repository / "learners" / "start-here.ipynb", copies, book)
    assert "in the book at https://example.org/lab/. Any phone" in str(start)


# The slow part: a real environment with nothing but what a learner has.


def run(*command, **more):
    return subprocess.run(list(map(str, command)), capture_output=True, text=True, **more)


@pytest.fixture(scope="module", params=["the versions of the project", "the oldest versions"])
def learner_python(request, tmp_path_factory, repository):
    """A fresh environment with the four base dependencies, and the ipykernel of any Jupyter.

    PAWS and other servers have versions of their own, so the oldest that are allowed count too.
    """
    folder = tmp_path_factory.mktemp("learner") / "env"
    python = folder / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    project = tomllib.loads((repository / "pyproject.toml").read_text("utf-8"))["project"]
    wanted = [*project["dependencies"], "ipykernel"]
    if request.param == "the versions of the project":
        wanted += ["-c", repository / "constraints.txt"]
    else:
        wanted = [re.sub(r">=([\d.]+).*", r"==\1.*", entry) for entry in wanted]
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if uv:
        make = [uv, "venv", "-q", "--python", sys.executable, folder]
        install = [uv, "pip", "install", "-q", "--python", python]
    else:
        make = [sys.executable, "-m", "venv", folder]
        install = [python, "-m", "pip", "install", "-q"]
    for step in (make, [*install, *wanted]):
        done = run(*step)
        if done.returncode:
            missing(f"No environment for learners could be made: {done.stderr.strip()[-300:]}")
    return python


@pytest.fixture(scope="module")
def learner(learner_python, edition, tmp_path_factory):
    """The unpacked zip in a folder with an awkward name, and a home of its own."""
    place = tmp_path_factory.mktemp("Amina's kozi – 気候")
    with zipfile.ZipFile(edition.with_suffix(".zip")) as packed:
        packed.extractall(place)
    environment = {
        name: os.environ[name] for name in ("PATH", "LANG", "SYSTEMROOT") if name in os.environ
    }
    for name in ("HOME", "IPYTHONDIR", "TMPDIR"):
        (place / name.lower()).mkdir()
        environment[name] = str(place / name.lower())
    return place / learners.NAME, learner_python, environment


def execute(notebook, learner):
    """Run a notebook as a learner does: in its own folder, by the learner's Python."""
    import nbformat
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager
    from nbclient import NotebookClient

    root, python, environment = learner
    manager = AsyncKernelManager(kernel_name="python3")
    manager._kernel_spec = KernelSpec(
        argv=[str(python), "-m", "ipykernel_launcher", "-f", "{connection_file}"],
        language="python",
        display_name="Python 3",
    )
    path = root / notebook
    content = nbformat.read(path, as_version=4)
    resources = {"metadata": {"path": str(path.parent)}}
    client = NotebookClient(content, km=manager, resources=resources, timeout=120)
    client.execute(env=environment)
    return content


def outputs(notebook):
    return [output for cell in notebook.cells for output in cell.get("outputs", [])]


def said(notebook):
    texts = [o.get("text") or o.get("data", {}).get("text/plain", "") for o in outputs(notebook)]
    return "\n".join(texts)


@pytest.mark.slow
def test_nothing_of_the_facilitators_side_is_there(learner):
    root, python, environment = learner
    code = """
import importlib.util, pkgutil, organizer_lab
absent = ["nbgrader", "yaml", "jupyter_book", "sphinx", "frictionless", "nbformat", "nbconvert",
          "requests", "jupyterlab", "organizer_lab.grading", "organizer_lab.book",
          "organizer_lab.course"]
print([name for name in absent if importlib.util.find_spec(name)])
for module in pkgutil.walk_packages(organizer_lab.__path__, "organizer_lab."):
    print(module.name)
    importlib.import_module(module.name)
"""
    done = run(python, "-c", code, cwd=root, env=environment)
    assert done.stderr == ""
    nothing, *modules = done.stdout.splitlines()
    assert nothing == "[]"
    assert "organizer_lab.check.week_1" in modules
    assert len(modules) == len(list((root / "organizer_lab").rglob("*.py"))) - 1


@pytest.mark.slow
def test_the_first_day_of_a_learner(learner):
    from nbclient.exceptions import CellExecutionError

    root, _, environment = learner
    before = files(root)
    with pytest.raises(CellExecutionError, match="No module named 'organizer_lab'"):
        execute(LESSON, learner)

    first = execute("start-here.ipynb", learner)
    assert "Everything is ready." in said(first)
    assert "This looks like your own computer" in said(first)
    assert "Done: every notebook that you open now finds the course" in said(first)
    startup = list(Path(environment["IPYTHONDIR"]).rglob("*organizer-lab*"))
    assert [path.name for path in startup] == ["50-organizer-lab.py"]

    lesson, sheet = execute(LESSON, learner), execute(SHEET, learner)
    for notebook in (first, lesson, sheet):
        assert not [o for o in outputs(notebook) if o.get("name") == "stderr"]
        assert not [o for o in outputs(notebook) if o.output_type == "error"]
    assert "Tanzania" in said(lesson)
    assert "application/vnd.jupyter.widget-view+json" in {
        kind for output in outputs(lesson) for kind in output.get("data", {})
    }
    assert "Question 1.1: not yet." in said(sheet)

    new = {name for name in files(root) if "__pycache__" not in name} - set(before)
    assert new == {"plan.json", "exercises/week-1/plan.json"}
    plans = [read(root / name) for name in sorted(new)]
    assert plans[0] == plans[1]
    assert plans[0]["revision"] == 1
    assert {name: text for name, text in files(root).items() if name in before} == before
    # Everything else went to the learner's own home, and the course's own folder is untouched.
    around = {path.name for path in root.parent.iterdir()}
    assert around == {learners.NAME, "home", "ipythondir", "tmpdir"}
    assert not list(Path(environment["TMPDIR"]).rglob("*plan*"))


@pytest.mark.slow
def test_the_hook_of_binder_makes_lessons_find_the_course(learner):
    root, python, environment = learner
    if os.name == "nt":
        pytest.skip("Binder has no Windows.")
    place = root.parent / "ipythondir"
    shutil.rmtree(place)
    place.mkdir()
    path = f"{python.parent}{os.pathsep}{environment['PATH']}"
    # Python's zipfile forgets the permission to run; repo2docker gives it again in any case.
    (root / ".binder/postBuild").chmod(0o755)
    done = run("./.binder/postBuild", cwd=root, env={**environment, "PATH": path})
    assert done.returncode == 0, done.stderr
    assert "Done: every notebook" in done.stdout
    assert [p.name for p in place.rglob("*organizer-lab*")] == ["50-organizer-lab.py"]
