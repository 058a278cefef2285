"""Publishing: the branch of the learner edition, notes of a release, workflows of the host."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from organizer_lab import cli, publish
from organizer_lab.errors import LabError

ROOT = Path(__file__).resolve().parents[1]
WORKFLOWS = {path.stem: path for path in sorted((ROOT / ".github/workflows").glob("*.yml"))}


@pytest.fixture(autouse=True)
def nobody(monkeypatch, tmp_path):
    """No settings of the person who runs the tests."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    (tmp_path / "gitconfig").write_text('[protocol "file"]\n\tallow = always\n')


def git(folder: Path, *words: str) -> str:
    command = ["git", "-c", "user.name=A", "-c", "user.email=a@localhost", *words]
    done = subprocess.run(command, cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


# -- The learner edition on its branch -------------------------------------------------------------


def notebook(*sources: str) -> str:
    """Write a notebook as JupyterLab and `organizer-lab tidy` do."""
    cells = [
        {
            "cell_type": "code",
            "execution_count": None,
            "id": source.split("\n")[0].strip("# "),
            "metadata": {},
            "outputs": [],
            "source": source.splitlines(keepends=True),
        }
        for source in sources
    ]
    whole = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


QUESTION = "# question\nanswer = ..."
SHEET = "exercises/week-1/week-1.ipynb"


@pytest.fixture
def edition(tmp_path) -> Path:
    folder = tmp_path / "edition"
    texts = {
        "start-here.ipynb": notebook("# start\n1"),
        "organizer_lab/__init__.py": "",
        "weeks/week-1.ipynb": notebook("# one\n1", "# two\n2", "# three\n3"),
        SHEET: notebook("# first\n1", QUESTION, "# last\n2"),
        "datasets/windows.csv": "a,b\r\n1,2\r\n",
        "README.md": "# Learn\n",
        ".binder/postBuild": "#!/bin/bash\n",
    }
    for name, text in texts.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(text.encode())
    return folder


@pytest.fixture
def shared(tmp_path) -> Path:
    """The repository of the project, with the sources on main."""
    work, shared = tmp_path / "sources", tmp_path / "shared.git"
    work.mkdir()
    git(work, "init", "--quiet", "--initial-branch", "main")
    (work / "course.yml").write_text("weeks: []\n")
    git(work, "add", ".")
    git(work, "commit", "--quiet", "-m", "Sources")
    git(tmp_path, "clone", "--quiet", "--bare", str(work), str(shared))
    return shared


def tip(shared: Path, branch: str = "learners") -> str:
    return git(shared, "rev-parse", branch)


def content(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in files
        if ".git" not in path.parts
    }


@pytest.mark.parametrize("nowhere", ["", " "])
def test_an_empty_address_is_not_the_repository_around(edition, nowhere):
    with pytest.raises(LabError, match="Say where to"):
        publish.learners(nowhere, edition)


def test_the_first_edition_makes_the_branch(edition, shared, tmp_path):
    before = tip(shared, "main")
    said = publish.learners(str(shared), edition)
    assert said.startswith("Files: 7 new, 0 changed, 0 gone.\nPublished on the branch 'learners'")
    git(tmp_path, "clone", "--quiet", "--branch", "learners", str(shared), "copy")
    assert content(tmp_path / "copy") == content(edition)
    assert git(shared, "ls-tree", "learners:.binder").startswith("100755 blob")
    assert git(shared, "rev-list", "--count", "learners") == "1"
    assert tip(shared, "main") == before


def test_a_newer_edition_follows_the_one_before(edition, shared):
    publish.learners(str(shared), edition, title="First")
    first = tip(shared)
    (edition / "README.md").write_text("# Learn more\n")
    (edition / "weeks/week-2.ipynb").write_text(notebook("# one\n1"))
    (edition / "datasets/windows.csv").unlink()
    said = publish.learners(str(shared), edition)
    assert said.splitlines()[:2] == [
        "Files: 1 new, 1 changed, 1 gone.",
        "- datasets/windows.csv goes away; a learner who changed it keeps it.",
    ]
    assert git(shared, "rev-parse", "learners~1") == first
    assert git(shared, "rev-list", "--count", "learners") == "2"
    title = git(shared, "log", "-1", "--format=%s|%an", "learners")
    assert re.fullmatch(rf"Learner edition {publish.version()}(, made from \w+)?\|.+", title)


def test_the_same_edition_is_not_published_twice(edition, shared):
    publish.learners(str(shared), edition)
    before = tip(shared)
    assert "has this edition already" in publish.learners(str(shared), edition)
    assert tip(shared) == before


def test_a_dry_run_writes_nothing(edition, shared):
    said = publish.learners(str(shared), edition, dry_run=True)
    assert "7 new" in said and "dry run" in said
    assert "learners" not in git(shared, "branch")


def test_settings_of_a_person_do_not_change_the_files(edition, shared, tmp_path):
    (tmp_path / "everything").write_text("*\n")
    (tmp_path / "attributes").write_text("* text\n")
    (tmp_path / "gitconfig").write_text(
        f"[core]\n\tautocrlf = input\n\texcludesFile = {tmp_path / 'everything'}\n"
        f"\tattributesFile = {tmp_path / 'attributes'}\n"
        "[user]\n\tname = Amina\n\temail = amina@example.org\n"
    )
    publish.learners(str(shared), edition)
    (tmp_path / "gitconfig").unlink()
    git(tmp_path, "clone", "--quiet", "--branch", "learners", str(shared), "copy")
    assert content(tmp_path / "copy") == content(edition)
    assert git(shared, "log", "-1", "--format=%an", "learners") == "Amina"


def test_a_branch_with_something_else_is_left_alone(edition, shared):
    before = tip(shared, "main")
    with pytest.raises(LabError, match=r"'main' of .* something other than a learner edition"):
        publish.learners(str(shared), edition, "main")
    assert tip(shared, "main") == before


def test_only_a_learner_edition_is_published(shared, tmp_path):
    for folder in (tmp_path / "missing", ROOT, tmp_path):
        with pytest.raises(LabError, match="not a learner edition"):
            publish.learners(str(shared), folder)


def test_what_cannot_work_is_said(edition, shared, tmp_path):
    with pytest.raises(LabError, match=r"cannot be read\. Check the address"):
        publish.learners(str(tmp_path / "nowhere.git"), edition)
    with pytest.raises(LabError, match="cannot be the name of a branch"):
        publish.learners(str(shared), edition, "two words")
    (shared / "hooks/pre-receive").write_text("#!/bin/sh\necho 'Ask Amina first.'\nexit 1\n")
    (shared / "hooks/pre-receive").chmod(0o755)
    with pytest.raises(LabError, match=r"(?s)does not take the edition.*Ask Amina first"):
        publish.learners(str(shared), edition)
    assert "learners" not in git(shared, "branch")


def test_a_password_in_an_address_is_not_repeated():
    said = "fatal: unable to access 'https://amina:secret@example.org/a/b.git/': no"
    error = subprocess.CalledProcessError(1, "git", stderr=said)
    assert publish._words(error) == "fatal: unable to access 'https://example.org/a/b.git/': no"


def test_who_comes_second_overwrites_nobody(edition, shared, tmp_path, monkeypatch):
    publish.learners(str(shared), edition)
    other = tmp_path / "other"
    shutil.copytree(edition, other)
    (other / "README.md").write_text("# From somebody else\n")
    (edition / "README.md").write_text("# From here\n")
    fetch = publish._fetch

    def slow(*words: Any) -> str:
        found = fetch(*words)
        monkeypatch.setattr(publish, "_fetch", fetch)
        publish.learners(str(shared), other)
        return found

    monkeypatch.setattr(publish, "_fetch", slow)
    with pytest.raises(LabError, match=r"Somebody else has published.*Run the command again"):
        publish.learners(str(shared), edition)
    assert git(shared, "show", "learners:README.md") == "# From somebody else"
    publish.learners(str(shared), edition)
    assert git(shared, "rev-list", "--count", "learners") == "3"


def test_no_package_is_needed_to_publish(edition, shared, tmp_path):
    """So the job that may write to the repository runs nothing but this checkout."""
    words = ["publish", "learners", "--to", str(shared), "--edition", str(edition)]
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); from organizer_lab import cli; "
        f"sys.exit(cli.main({words!r}))"
    )
    python = Path(sys.base_prefix) / "bin/python3"
    done = subprocess.run([python, "-I", "-S", "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    assert "Published on the branch" in done.stdout


def test_the_command_wants_a_clean_checkout(monkeypatch, capsys, shared, edition, tmp_path):
    monkeypatch.setattr(publish, "unsaved", lambda: ["weeks/a.ipynb"])
    words = ["publish", "learners", "--to", str(shared)]
    assert cli.main(words) == 1
    said = capsys.readouterr().err
    assert "Commit first" in said and "1 file is not committed, such as weeks/a.ipynb." in said
    assert cli.main([*words, "--edition", str(edition)]) == 0


def test_files_that_are_not_committed_are_found(tmp_path):
    assert publish.unsaved(tmp_path) == []
    git(tmp_path, "init", "--quiet")
    names = {"a.txt", "b.txt"}
    for name in names:
        (tmp_path / name).write_text("x")
    assert names <= set(publish.unsaved(tmp_path))


# -- The branch as a learner pulls it on PAWS ------------------------------------------------------


def pull(shared: Path, home: Path) -> list[str]:
    puller = pytest.importorskip("nbgitpuller.pull")
    # A file:// address, so that the clone is as shallow as one over the network.
    return list(puller.GitPuller(shared.as_uri(), str(home), branch="learners").pull())


def answer(path: Path, source: str) -> None:
    """Answer the question in a notebook and run it, as a learner does."""
    whole = json.loads(path.read_text("utf-8"))
    for number, cell in enumerate(whole["cells"], 1):
        cell["execution_count"] = number
        if cell["id"] == "question":
            cell["source"] = source.splitlines(keepends=True)
            cell["outputs"] = [{"name": "stdout", "output_type": "stream", "text": ["2\n"]}]
    text = json.dumps(whole, indent=1, sort_keys=True, ensure_ascii=False)
    path.write_text(text + "\n", "utf-8")


def sources(path: Path) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(path.read_text("utf-8"))["cells"]]


def test_a_learner_keeps_the_work_when_a_new_edition_comes(edition, shared, tmp_path):
    publish.learners(str(shared), edition)
    home = tmp_path / "home"
    pull(shared, home)
    assert content(home) == content(edition)
    mine = "# question\nanswer = 2\nprint(answer)"
    answer(home / SHEET, mine)
    answer(home / "weeks/week-1.ipynb", "")
    (home / "plan.json").write_text("{}")
    (home / "weeks/week-2.ipynb").write_text("my own notes")
    (home / "README.md").write_text("my words")
    (home / "start-here.ipynb").unlink()

    # The new edition changes the same notebooks, adds one by the name of the learner's own file,
    # and takes a file away that the learner has changed.
    (edition / SHEET).write_text(notebook("# first\n1", QUESTION, "# last\n2", "# more\n3"))
    lesson = notebook("# one\n1", "# two\n2, 'clearer'", "# three\n3")
    (edition / "weeks/week-1.ipynb").write_text(lesson)
    (edition / "weeks/week-2.ipynb").write_text(notebook("# one\n1"))
    (edition / "README.md").unlink()
    publish.learners(str(shared), edition)
    pull(shared, home)

    assert sources(home / SHEET) == ["# first\n1", mine, "# last\n2", "# more\n3"]
    assert "# two\n2, 'clearer'" in sources(home / "weeks/week-1.ipynb")
    assert (home / "plan.json").read_text() == "{}"
    assert (home / "weeks/week-2.ipynb").read_text() == notebook("# one\n1")
    (kept,) = home.glob("weeks/week-2__*.ipynb")
    assert kept.read_text() == "my own notes"
    assert (home / "README.md").read_text() == "my words"
    # A file that somebody deleted comes back: the way to begin anew.
    assert (home / "start-here.ipynb").exists()
    # And the next edition comes in as well.
    (edition / "weeks/week-3.ipynb").write_text(notebook("# one\n1"))
    publish.learners(str(shared), edition)
    pull(shared, home)
    assert (home / "weeks/week-3.ipynb").exists()
    assert mine in sources(home / SHEET)


def test_an_edition_that_does_not_follow_the_last_one_stops_learners(edition, shared, tmp_path):
    """Why the branch is never forced: without a common beginning nothing can be pulled."""
    publish.learners(str(shared), edition)
    home = tmp_path / "home"
    pull(shared, home)
    git(shared, "branch", "-D", "learners")
    (edition / "README.md").write_text("# Anew\n")
    publish.learners(str(shared), edition)
    with pytest.raises(subprocess.CalledProcessError):
        pull(shared, home)
    assert (home / "README.md").read_text() == "# Learn\n"


# -- Notes of a release ----------------------------------------------------------------------------


@pytest.fixture
def ready(tmp_path) -> Path:
    (tmp_path / "pyproject.toml").write_text('[project]\nname = "x"\nversion = "0.2.0"\n')
    (tmp_path / "CITATION.cff").write_text("version: 0.2.0\ndate-released: 2027-01-31\n")
    (tmp_path / "CHANGELOG.md").write_text(
        "# Changelog\n\nWords.\n\n## 0.3.0 (unreleased)\n\n- Soon.\n\n"
        "## 0.2.0 (2027-01-31)\n\n### Added\n\n- A week.\n\n## 0.1.0 (2026-12-01)\n\n- All.\n"
    )
    return tmp_path


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


@pytest.mark.parametrize("wanted", ["0.2.0", "v0.2.0"])
def test_the_notes_are_the_entry_of_the_version(ready, wanted):
    assert publish.notes(wanted, ready) == "### Added\n\n- A week."


PROBLEMS = [
    ("CHANGELOG.md", "(2027-01-31)", "(unreleased)", "does not give the day; .* '## 0.2.0 (2027-"),
    ("CHANGELOG.md", " (2027-01-31)", "", "does not give the day"),
    ("CHANGELOG.md", "### Added\n\n- A week.\n", "", "says nothing about 0.2.0"),
    ("CHANGELOG.md", "## 0.2.0", "## 0.2.9", "no entry for 0.2.0. Did you mean .*0.2.9"),
    ("pyproject.toml", "0.2.0", "0.1.9", "pyproject.toml has version 0.1.9"),
    ("CITATION.cff", "0.2.0", "0.1.9", "CITATION.cff has version 0.1.9"),
    ("CITATION.cff", "version: 0.2.0\n", "", "CITATION.cff has no version"),
    ("CITATION.cff", "2027-01-31", "2026-12-01", "CITATION.cff has date-released 2026-12-01"),
]


@pytest.mark.parametrize(("file", "old", "new", "said"), PROBLEMS)
def test_a_release_that_is_not_ready_is_stopped(ready, file, old, new, said):
    replace(ready / file, old, new)
    with pytest.raises(LabError, match=f"0.2.0 is not ready(?s:.*){said.replace('(', '[(]')}"):
        publish.notes("v0.2.0", ready)


LINES = st.lists(st.sampled_from(["- a", "### Added", "", "words ## 9.9.9 in it"]), max_size=6)


@settings(deadline=None, max_examples=50)
@given(st.dictionaries(st.from_regex(r"[0-9]\.[0-9]\.[0-9]", fullmatch=True), LINES, max_size=4))
def test_every_entry_of_a_changelog_is_found(entries):
    bodies = {name: "\n".join(lines).strip() for name, lines in entries.items()}
    text = "# Changelog\n\n" + "".join(f"## {n} (2027-01-31)\n\n{b}\n\n" for n, b in bodies.items())
    assert publish._entries(text) == {n: ("2027-01-31", b) for n, b in bodies.items()}


def test_the_command_prints_or_writes_the_notes(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(publish, "notes", lambda version: f"News of {version}")
    assert cli.main(["publish", "notes", "v1"]) == 0
    assert capsys.readouterr().out == "News of v1\n"
    assert cli.main(["publish", "notes", "v1", "--to", str(tmp_path / "new/notes.md")]) == 0
    assert (tmp_path / "new/notes.md").read_text() == "News of v1\n"


def test_our_own_changelog_can_be_read():
    entries = publish._entries((ROOT / "CHANGELOG.md").read_text("utf-8"))
    assert publish.version() in entries
    assert all(text for _, text in entries.values())


# -- The workflows of the host ---------------------------------------------------------------------


def read(path: Path) -> dict[str, Any]:
    whole = yaml.safe_load(path.read_text("utf-8"))
    # YAML 1.1 takes the word "on" for a truth value.
    return {"on" if key is True else key: value for key, value in whole.items()}


JOBS = [
    (name, job, body)
    for name, path in WORKFLOWS.items()
    for job, body in read(path)["jobs"].items()
]
STEPS = [(name, job, step) for name, job, body in JOBS for step in body.get("steps", [])]
SCRIPTS = [(name, job, step) for name, job, step in STEPS if "run" in step]
GITLAB = read(ROOT / ".gitlab-ci.yml")
NAMES = [f"{name}-{job}-{step.get('name', step['run'])}" for name, job, step in SCRIPTS]


def script(workflow: str, title: str) -> str:
    (found,) = [s["run"] for n, _, s in SCRIPTS if n == workflow and s.get("name") == title]
    return found


def test_the_workflows_are_there():
    assert set(WORKFLOWS) == {"test", "preview", "links", "refresh", "site"}


@pytest.mark.parametrize(
    ("schema", "files"),
    [
        ("vendor.github-workflows", WORKFLOWS.values()),
        ("vendor.dependabot", [ROOT / ".github/dependabot.yml"]),
        ("vendor.gitlab-ci", [ROOT / ".gitlab-ci.yml"]),
    ],
)
def test_the_host_understands_the_files(schema, files):
    tool = pytest.importorskip("check_jsonschema").main
    done = CliRunner().invoke(tool, ["--builtin-schema", schema, *map(str, files)])
    assert done.exit_code == 0, done.output


def test_no_weak_place_is_known():
    tool = Path(sys.prefix) / "bin" / "zizmor"
    command = [tool, "--offline", "--no-progress", "--quiet", "--pedantic", ROOT / ".github"]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_action_is_pinned_to_one_commit_with_its_version():
    pins: dict[str, set[str]] = {}
    for path in WORKFLOWS.values():
        for used in re.findall(r"uses: *(.+)", path.read_text("utf-8")):
            if used.startswith("./"):
                assert (ROOT / used.split(" ")[0]).is_file()
                continue
            match = re.fullmatch(r"([\w.-]+/[\w./-]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)", used)
            assert match, used
            pins.setdefault(match[1], set()).add(match[2])
    assert {name: len(versions) for name, versions in pins.items()} == dict.fromkeys(pins, 1)
    # Each action is code of somebody else; one more should be a decision.
    assert {name.split("/")[0] for name in pins} == {"actions"}


# What each job may do, beside reading the sources.
RIGHTS = {
    ("links", "report"): {"actions": "read", "issues": "write"},
    ("refresh", "providers"): {},
    ("refresh", "propose"): {"actions": "read", "contents": "write", "pull-requests": "write"},
    ("site", "build"): {"contents": "read", "pages": "read"},
    ("site", "learners"): {"actions": "read", "contents": "write"},
    ("site", "site"): {"pages": "write", "id-token": "write"},
}


def test_each_job_has_the_least_rights_and_an_end():
    for path in WORKFLOWS.values():
        assert read(path)["permissions"] == {}
        assert read(path)["concurrency"]["group"]
    for name, job, body in JOBS:
        assert body["permissions"] == RIGHTS.get((name, job), {"contents": "read"}), (name, job)
        if "uses" not in body:
            assert 0 < body["timeout-minutes"] <= 240


def test_nothing_secret_is_needed():
    for path in [*WORKFLOWS.values(), ROOT / ".gitlab-ci.yml"]:
        text = path.read_text("utf-8")
        assert not re.search(r"secrets\.|secrets:|pull_request_target|workflow_run", text), path
    for _, _, step in STEPS:
        if step.get("uses", "").startswith("actions/checkout@"):
            assert step["with"]["persist-credentials"] is False
        # The key of the job is for a step that says so, never for a whole job.
        assert "GITHUB_TOKEN" not in str(step)
    assert not [body for _, _, body in JOBS if "GH_TOKEN" in body.get("env", {})]
    assert "env" not in read(WORKFLOWS["site"])


def test_proposals_from_strangers_can_only_read():
    for name, path in WORKFLOWS.items():
        if "pull_request" in read(path)["on"]:
            rights = [body["permissions"] for n, _, body in JOBS if n == name]
            assert all(right == {"contents": "read"} for right in rights)
            assert "github.token" not in path.read_text("utf-8")


def test_a_job_that_may_write_runs_no_package_of_anybody_else():
    for name, job, body in JOBS:
        if "write" in body["permissions"].values():
            said = "\n".join(step.get("run", "") for step in body["steps"])
            assert not re.search(r"\b(make|pip|npm|uv|bash|apt-get)\b|\.venv", said), (name, job)


def test_caches_are_keyed_on_the_versions_and_published_work_uses_none():
    for name, job, step in STEPS:
        if step.get("uses", "").startswith("actions/cache@"):
            assert "hashFiles('constraints.txt')" in step["with"]["key"]
            assert "restore-keys" not in step["with"]
            assert name not in {"site", "refresh"}, (name, job)


def test_what_a_job_fetches_was_put_there_before():
    made = {
        name: {s["with"]["name"] for n, _, s in STEPS if n == name and "name" in s.get("with", {})}
        for name in WORKFLOWS
    }
    for name, _, step in SCRIPTS:
        for wanted in re.findall(r"gh run download \S+ --name (\w+)", step["run"]):
            assert wanted in made[name]


def test_the_files_of_a_release_have_the_names_that_the_site_gives_them():
    from organizer_lab import learners
    from organizer_lab.book.directives import downloads
    from organizer_lab.editions import site

    assert f"_build/site/{site.FOLDER}/" in script("site", "Put the files of the release together")
    assert f"_build/release/{downloads.EDITIONS['learners']}" in script(
        "site", "Fetch what was built"
    )
    assert f"_build/{learners.NAME}" in script("site", "Put the learner edition on its branch")


@pytest.mark.parametrize(("workflow", "job", "step"), SCRIPTS, ids=NAMES)
def test_a_script_is_sound_and_takes_nothing_from_the_page_of_the_host(workflow, job, step):
    assert "${{" not in step["run"], "a value of the host belongs into env"
    done = subprocess.run(["bash", "-n"], input=step["run"], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


COMMANDS = re.compile(
    r"(?:^|\bif |&& |; )[^\n#]*?"
    r"(make [\w-]+|bash \S+|(?:\S*organizer-lab|python3 -m \S+) [^\n;>&|]+)",
    re.MULTILINE,
)


def commands() -> set[str]:
    scripts = [step["run"] for _, _, step in SCRIPTS]
    for job in GITLAB.values():
        scripts += job.get("script", []) if isinstance(job, dict) else []
    whole = "\n".join(scripts).replace("\\\n", " ")
    # What is only printed is no command.
    whole = re.sub(r"echo .*", "", whole)
    return {match[1].strip() for match in COMMANDS.finditer(whole)}


def test_every_command_is_one_that_a_person_runs():
    found = commands()
    targets = set(re.findall(r"^([a-z-]+):.*##", (ROOT / "Makefile").read_text(), re.MULTILINE))
    seen = set()
    for command in found:
        tool, *words = shlex.split(command)
        if tool == "make":
            assert words[0] in targets
        elif tool == "bash":
            assert os.access(ROOT / words[0], os.X_OK)
        else:
            if tool == "python3":
                assert words[:2] == ["-m", "organizer_lab.cli"]
                words = words[2:]
            # Ends the test where the command has no such word.
            cli.parser().parse_args(words)
            tool = " ".join(words[:2])
        seen.add(tool if tool not in {"make", "bash"} else command)
    assert seen >= {"make book", "make site", "make quick", "make environment", "bash .ci/run"}
    assert seen >= {"publish learners", "publish notes", "data refresh", "data check"}
    assert seen >= {"data prepare", "links --check"}


# -- Scripts that do something, run with a host that is not there ----------------------------------


class Host:
    """A folder in which a script of a workflow runs, with a `gh` that only writes down."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.files = folder / "work", folder / "artifact"
        self.programs, self.log = folder / "programs", folder / "gh.log"
        for path in (self.folder, self.files, self.programs):
            path.mkdir()
        self.program(
            "gh",
            f'printf "%s\\n" "$*" >> {self.log}\n'
            'case "$1 $2" in\n'
            '"issue list") printf "%s" "$OPEN";;\n'
            '"api repos/"*) [ -n "$PAGES" ] && echo "$PAGES" || exit 1;;\n'
            '"run download") while [ $# -gt 1 ]; do [ "$1" = --dir ] && to="$2"; shift; done\n'
            f'  mkdir -p "${{to:-.}}"; cp -r {self.files}/. "${{to:-.}}";;\n'
            "esac\n",
        )

    def program(self, name: str, text: str) -> None:
        path = self.programs / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"#!/bin/bash\n{text}")
        path.chmod(0o755)

    def run(self, workflow: str, title: str, code: int = 0, **env: str) -> str:
        """Run a step as the host does; give what it hands on."""
        output = self.folder.parent / "output"
        output.write_text("")
        own = {"PATH": f"{self.programs}:{os.environ['PATH']}", "GITHUB_OUTPUT": str(output)}
        done = subprocess.run(
            ["bash", "-e", "-c", script(workflow, title)],
            cwd=self.folder,
            env={**os.environ, "RUNNER_TEMP": str(self.folder.parent), **own, **env},
            capture_output=True,
            text=True,
        )
        assert done.returncode == code, done.stdout + done.stderr
        return output.read_text() + done.stdout

    @property
    def said(self) -> list[str]:
        return self.log.read_text().splitlines() if self.log.exists() else []


@pytest.fixture
def host(tmp_path) -> Host:
    return Host(tmp_path)


@pytest.mark.parametrize(
    ("text", "code", "told"),
    [
        ("echo 'Every link works.'", 0, "broken=false"),
        ("echo a; echo 'organizer-lab: 1 of 9 links are broken.' >&2; exit 1", 0, "broken=true"),
        ("echo 'Traceback: no' >&2; exit 1", 1, "Traceback"),
        ("echo 'organizer-lab: No address answered.' >&2; exit 1", 1, "No address answered"),
    ],
)
def test_broken_links_are_told_from_a_check_that_broke(host, text, code, told):
    host.program("../work/.venv/bin/organizer-lab", text)
    assert told in host.run("links", "Ask for every address", code)


def test_the_words_for_broken_links_are_those_of_the_command(monkeypatch, capsys):
    from organizer_lab.book.checks import external

    answer = {"https://a.org/": external.Answer("broken", "404")}
    monkeypatch.setattr(external, "links", lambda: [external.Link(ROOT / "a", 1, "https://a.org/")])
    monkeypatch.setattr(external, "check", lambda found, timeout: answer)
    assert cli.main(["links", "--check"]) == 1
    assert "links are broken" in capsys.readouterr().err


REPORT = "Open, change or close the issue"


def test_broken_links_open_one_issue_and_then_change_it(host):
    (host.files / "links.txt").write_text("book/a.md:1: https://a.org/@everybody\n")
    host.run("links", REPORT, BROKEN="true", RUN="7", OPEN="")
    assert [line for line in host.said if line.startswith("issue create")] == [
        "issue create --title Links that do not answer --label broken-links --body-file body.md"
    ]
    # Nobody is called by a sign in an address.
    assert "\n    book/a.md:1: https://a.org/@everybody" in (host.folder / "body.md").read_text()
    host.log.unlink()
    host.run("links", REPORT, BROKEN="true", RUN="8", OPEN="12")
    assert "issue edit 12 --body-file body.md" in host.said
    assert not [line for line in host.said if "create" in line]


def test_the_issue_is_closed_when_all_is_well(host):
    host.run("links", REPORT, BROKEN="false", RUN="9", OPEN="12")
    assert host.said[1:] == ["issue close 12 --comment Every link answers again."]
    host.log.unlink()
    host.run("links", REPORT, BROKEN="false", RUN="9", OPEN="")
    assert len(host.said) == 1


def test_a_site_without_pages_says_where_to_switch_them_on(host):
    title = "Find out where the site will stand"
    there = {"GITHUB_REPOSITORY": "a/b", "PAGES": "https://a.example.org/b/"}
    assert host.run("site", title, **there).startswith("address=https://a.example.org/b/\n")
    assert "Settings, Pages" in host.run("site", title, 1, **{**there, "PAGES": ""})


def test_a_release_gets_its_notes_and_its_files(host, edition):
    from organizer_lab.book.directives.downloads import EDITIONS

    (host.folder / "_build/site/downloads").mkdir(parents=True)
    (host.folder / "_build/notes.md").write_text("- News.\n")
    for name in [*EDITIONS.values(), "SHA256SUMS"]:
        (host.folder / "_build/site/downloads" / name).write_text(name)
    zipped = host.folder / "_build/site/downloads" / EDITIONS["learners"]
    shutil.copytree(edition, host.folder / "organizer-lab-learners")
    zipped.unlink()
    shutil.make_archive(str(zipped.with_suffix("")), "zip", host.folder, "organizer-lab-learners")
    host.run("site", "Put the files of the release together")
    shutil.copytree(host.folder / "_build/release", host.files, dirs_exist_ok=True)
    shutil.rmtree(host.folder / "_build")

    host.run("site", "Fetch what was built", RUN="7")
    assert content(host.folder / "_build/organizer-lab-learners") == content(edition)
    host.run("site", "Make the release", GITHUB_REF_NAME="v0.2.0")
    words = shlex.split(host.said[-1])
    assert words[:3] == ["release", "create", "v0.2.0"]
    assert {Path(word).name for word in words if word.startswith("_build/release/")} == {
        *EDITIONS.values(),
        "SHA256SUMS",
    }
    assert words[-2:] == ["--notes-file", "_build/notes.md"]
    assert (host.folder / "_build/notes.md").read_text() == "- News.\n"


def test_a_provider_that_does_not_answer_is_news_and_stops_no_proposal(host):
    jobs = read(WORKFLOWS["refresh"])["jobs"]
    assert jobs["propose"]["needs"] == jobs["providers"]["needs"] == "fetch"
    assert "::error::" in host.run("refresh", "Say so where one did not", 1)
    (fetch,) = [step for step in jobs["fetch"]["steps"] if step.get("id") == "fetch"]
    assert fetch["continue-on-error"] is True


def test_new_tables_are_proposed_and_nothing_else(host, tmp_path):
    clone, shared = host.folder, tmp_path / "shared.git"
    git(clone, "init", "--quiet", "--initial-branch", "main")
    (clone / "datasets").mkdir()
    for name in ("datasets/a.csv", "program.py"):
        (clone / name).write_text("old\n")
    git(clone, "add", ".")
    git(clone, "commit", "--quiet", "-m", "Sources")
    git(tmp_path, "clone", "--quiet", "--bare", str(clone), str(shared))
    git(clone, "remote", "add", "origin", str(shared))
    (tmp_path / "refresh").mkdir()

    assert "changed=false" in host.run("refresh", "Compare")
    (clone / "datasets/a.csv").write_text("new\n")
    (clone / "datasets/b.csv").write_text("one more\n")
    assert "changed=true" in host.run("refresh", "Compare")
    patch = (tmp_path / "refresh/tables.patch").read_text()
    git(clone, "reset", "--quiet", "--hard")
    # Whoever got hold of the first job could hand on more than tables.
    (clone / "program.py").write_text("bad\n")
    patch += git(clone, "diff", "--binary") + "\n"
    git(clone, "checkout", "--quiet", "program.py")
    (clone / "datasets/b.csv").unlink(missing_ok=True)
    (host.files / "tables.patch").write_text(patch)
    (host.files / "report.md").write_text("Tables: 2 changed.\n")

    host.run("refresh", "Propose the new tables", RUN="7", TESTS="failure", ADDRESS="https://x/7")
    changed = git(shared, "diff", "--name-only", "main", "refresh-tables-7").splitlines()
    assert changed == ["datasets/a.csv", "datasets/b.csv"]
    (proposal,) = [line for line in host.said if line.startswith("pr create")]
    assert "--head refresh-tables-7 --title Refresh the tables" in proposal
    text = Path(proposal.split("--body-file ")[1]).read_text()
    assert "**failure**, see https://x/7" in text and "Tables: 2 changed." in text


def test_dependabot_asks_for_actions_and_for_every_list_of_versions():
    updates = read(ROOT / ".github/dependabot.yml")["updates"]
    assert {entry["package-ecosystem"] for entry in updates} == {"github-actions", "pip"}
    (pip,) = [entry for entry in updates if entry["package-ecosystem"] == "pip"]
    for folder in pip["directories"]:
        assert list((ROOT / folder.strip("/")).glob("*s.txt"))


@pytest.mark.parametrize(("user", "asks"), [("0", False), ("1001", True)])
def test_the_run_installs_what_is_missing_as_root_or_by_sudo(tmp_path, user, asks):
    log, programs = tmp_path / "log", tmp_path / "programs"
    programs.mkdir()
    for name in ("bash", "dirname", "env", "grep", "ls", "mkdir", "python3"):
        (programs / name).symlink_to(shutil.which(name))
    says = {"id": f"echo {user}", "sudo": f'echo sudo >> {log}; "$@"', "ldconfig": "true"}
    for name in ("apt-get", "make"):
        says[name] = f'echo "{name} $DEBIAN_FRONTEND $*" >> {log}'
    for name, text in says.items():
        (programs / name).write_text(f"#!/bin/bash\n{text}\n")
        (programs / name).chmod(0o755)
    (tmp_path / ".ci").mkdir()
    shutil.copy(ROOT / ".ci/run", tmp_path / ".ci/run")
    env = {"PATH": str(programs), "CI": "true", "HOME": str(tmp_path)}
    done = subprocess.run(["bash", ".ci/run"], cwd=tmp_path, env=env, capture_output=True)
    assert done.returncode == 0, done.stderr
    said = log.read_text().splitlines()
    assert said.count("sudo") == 2 * asks
    update, install, *rest = [line for line in said if line != "sudo"]
    assert update == "apt-get noninteractive -q update"
    assert install.startswith("apt-get noninteractive -qy install")
    assert {"bubblewrap", "chromium", "libseccomp2", "npm"} <= set(install.split())
    assert [line.split() for line in rest] == [["make", "check"], ["make", "test"]]
