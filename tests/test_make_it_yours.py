"""Make it yours: the page's commands, followed to the letter in a copy, give a course that works.

The copy has every file that git knows or would take, and nothing else: what the page leaves out is
missing here too.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import textwrap
from pathlib import Path

import pytest
import yaml
from browser import missing

from organizer_lab import cli, contract, course, data, tables
from organizer_lab.errors import LabError
from organizer_lab.handin import sheets
from organizer_lab.words import counted

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "book" / "maintainers" / "make-it-yours.md"
EXAMPLE = ROOT / "examples" / "two-weeks"
# The environment is the one that runs this test; making another one is tested in test_setup.py.
SKIPPED = {"make environment", "source .venv/bin/activate"}
WEEKS = ["week-1", "week-2"]


def commands(page: Path) -> list[str]:
    """Every command of the page, in order."""
    blocks = re.findall(
        r"^ *```console\n(.*?)^ *```", page.read_text(encoding="utf-8"), re.M | re.S
    )
    lines = [line.strip() for block in blocks for line in block.splitlines()]
    assert lines and all(line.startswith("$ ") for line in lines)
    return [line.removeprefix("$ ") for line in lines]


def copy_of_the_repository(to: Path) -> Path:
    """Copy the files of the repository, as git would hand them on."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    ).stdout.decode()
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (to / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, to / name)
    author = ["-c", "user.name=A maintainer", "-c", "user.email=somebody@example.org"]
    for words in (["init", "-q"], ["add", "-A"], [*author, "commit", "-qm", "A copy"]):
        subprocess.run(["git", *words], cwd=to, check=True)
    return to


def run(command: str, folder: Path) -> str:
    """Run a command of the page in the copy, with the copy's own package."""
    scripts = sysconfig.get_path("scripts")
    environment = {
        **os.environ,
        "PATH": f"{scripts}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(folder),
        **{f"GIT_{who}_NAME": "A maintainer" for who in ("AUTHOR", "COMMITTER")},
        **{f"GIT_{who}_EMAIL": "somebody@example.org" for who in ("AUTHOR", "COMMITTER")},
    }
    done = subprocess.run(
        ["bash", "-c", command],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{command}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def solved(sheet: Path, source: Path) -> dict:
    """Give the released sheet with the answers of the source, as a learner hands it in."""
    answers = {
        cell["id"]: re.sub(r"### (BEGIN|END) SOLUTION\n?", "", "".join(cell["source"]))
        for cell in json.loads(source.read_text(encoding="utf-8"))["cells"]
        if cell["metadata"].get("nbgrader", {}).get("solution")
    }
    notebook = json.loads(sheet.read_text(encoding="utf-8"))
    for cell in notebook["cells"]:
        cell["source"] = answers.get(cell["id"], cell["source"])
    return notebook


@pytest.mark.slow
def test_the_commands_of_the_page_give_a_course_of_two_weeks(tmp_path):
    for program in ("git", "bash"):
        if not shutil.which(program):
            missing(f"{program} is not installed")
    if not (ROOT / ".git").exists():
        missing("this is no clone, so git cannot say which files belong to the course")
    pytest.importorskip("jupyter_book")
    pytest.importorskip("nbgrader")
    copy = copy_of_the_repository(tmp_path / "my-course")
    done = {}
    for command in commands(PAGE):
        if command not in SKIPPED:
            done[command] = run(command, copy)
    assert len(done) >= 10
    assert "Health Lab" in done["organizer-lab course"]
    # The book, read as its readers do.
    pages = copy / "_build" / "html"
    home = (pages / "book" / "welcome.html").read_text(encoding="utf-8")
    assert "Which numbers matter?" in home and "What is a topic for impact?" not in home
    plan = (pages / "book" / "plan.html").read_text(encoding="utf-8")
    assert "Before the two parts" in plan and "Message card" in plan
    assert "Topic card" in plan and "budget_and_metrics" not in plan
    syllabus = (pages / "book" / "syllabus.html").read_text(encoding="utf-8")
    assert "The two weeks take about 3 h together and give 40 points." in syllabus
    # What learners get.
    edition = copy / "_build" / "learners" / "organizer-lab-learners"
    assert sorted(p.name for p in (edition / "exercises").iterdir()) == WEEKS
    assert len(list((edition / "datasets").glob("*.csv"))) == 4
    # A group can begin.
    dates = (tmp_path / "first-group" / "cohort.toml").read_text(encoding="utf-8")
    assert re.findall(r'^id = "(.+)"', dates, re.M) == WEEKS
    # Work is graded: a right one, and one with a wrong answer.
    exercises = copy / "exercises"
    for week in WEEKS:
        source = exercises / "source" / week / f"{week}.ipynb"
        sheet = exercises / "release" / week / f"{week}.ipynb"
        for learner in ("right", "wrong"):
            notebook = solved(sheet, source)
            if learner == "wrong":
                first = next(
                    c for c in notebook["cells"] if c["id"] in ("answer-1-1", "answer-2-1")
                )
                first["source"] = first["source"].split(" = ")[0] + " = 1"
            place = exercises / "submitted" / learner / week
            place.mkdir(parents=True)
            (place / f"{week}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        try:
            printed = run(f"organizer-lab grade {week}", copy)
        except AssertionError as error:
            if "sandbox" in str(error):
                missing("no sandbox here, so nothing can be graded")
            raise
        assert "Graded: 2." in printed
    points = json.loads(run(f"{sys.executable} -c '{_POINTS}'", copy))
    # In week 1 everything else is computed from the first answer.
    assert points == {
        "right": {"week-1": 14.0, "week-2": 14.0},
        "wrong": {"week-1": 0.0, "week-2": 10.0},
    }


_POINTS = """
import json
from pathlib import Path
from organizer_lab.grading import scores
from organizer_lab.grading.batch import Course
found = {}
for each in scores.scores(Course(Path("exercises").resolve())):
    mine = found.setdefault(each.learner, {})
    if not each.by_hand:
        mine[each.week] = mine.get(each.week, 0) + each.points
print(json.dumps(found))
"""


def test_every_command_of_the_page_exists():
    ours = [c.removeprefix("organizer-lab ") for c in commands(PAGE) if c.startswith("organizer-")]
    assert len(ours) >= 6
    for words in ours:
        assert cli.parser().parse_args(words.split()).run


def test_the_example_is_whole():
    weeks = yaml.safe_load((EXAMPLE / "course" / "course.yml").read_text(encoding="utf-8"))["weeks"]
    assert [week["id"] for week in weeks] == WEEKS
    for name in WEEKS:
        short = name.replace("-", "_")
        for path in (
            f"exercises/source/{name}/{name}.ipynb",
            f"exercises/rubrics/{name}.yml",
            f"weeks/quizzes/{name}.toml",
            f"organizer_lab/check/{short}.py",
            f"organizer_lab/grading/marking/{short}.py",
        ):
            assert (EXAMPLE / "course" / path).is_file(), path
    notebooks = [str(path) for path in EXAMPLE.rglob("*.ipynb")]
    assert len(notebooks) == 4
    assert cli.main(["tidy", "--check", *notebooks]) == 0


# -- a table of one's own --------------------------------------------------------------------


TABLE = "place,year,trees,share\nNorth,2020,12,0.5\nNorth,2021,14,\nSouth,2020,9,0.25\n"


@pytest.fixture
def folder(tmp_path):
    """The tables of the course, in a folder that a test may change."""
    return Path(shutil.copytree(data.folder(), tmp_path / "datasets"))


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "my_trees.csv"
    path.write_text(TABLE, encoding="utf-8")
    return path


def fill(description: Path) -> None:
    """Write what a person knows into every empty place."""
    entry = json.loads(description.read_text(encoding="utf-8"))

    def filled(part):
        if isinstance(part, dict):
            keep = {"missingValues", "primaryKey", "constraints"}
            return {k: v if k in keep else filled(v) for k, v in part.items()}
        if isinstance(part, list):
            return [filled(each) for each in part]
        return "https://example.org/" if part == "" else part

    description.write_text(json.dumps(filled(entry)), encoding="utf-8")


def test_a_table_is_described_then_taken_in(folder, table):
    before = (folder / data.DESCRIPTOR).read_bytes()
    assert "Fill in what is empty" in tables.add(table, folder)
    entry = json.loads(table.with_suffix(".json").read_text(encoding="utf-8"))
    assert [field["type"] for field in entry["schema"]["fields"]] == [
        *("string", "year", "integer", "number")
    ]
    assert entry["schema"]["primaryKey"] == ["place", "year"] and entry["rows"] == 3
    assert "missing" in entry["schema"]["fields"][3]
    # Nothing comes in before a person has said what it is.
    with pytest.raises(LabError, match="my_trees: has no 'title'") as caught:
        tables.add(table, folder)
    assert data.DESCRIPTOR not in str(caught.value), "that is not the file to mend"
    assert str(caught.value).count("unit") == 2, "two columns, each asked for once"
    assert (folder / data.DESCRIPTOR).read_bytes() == before
    assert not (folder / "my_trees.csv").exists()
    described = table.with_suffix(".json").read_text(encoding="utf-8")
    for broken in ("1" * 5_000, "[" * 100_000, "{"):
        table.with_suffix(".json").write_text(broken, encoding="utf-8")
        with pytest.raises(LabError, match="no valid JSON"):
            tables.add(table, folder)
    table.with_suffix(".json").write_text(described, encoding="utf-8")
    fill(table.with_suffix(".json"))
    assert "in the course: 3 rows" in tables.add(table, folder)
    assert contract.check(folder) == []
    assert data.load("my_trees", folder)["trees"].tolist() == [12, 14, 9]
    with pytest.raises(LabError, match="already"):
        tables.add(table, folder)


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("My Trees.csv", TABLE, "cannot be the name"),
        ("trees.txt", TABLE, "no CSV file"),
        ("trees.csv", "a,b\n1\n", "line 2: 1 fields"),
        ("trees.csv", "a,a\n1,2\n", "a name of its own"),
        ("trees.csv", "a,b\n", "at least one row"),
        ("trees.csv", b"a\n\xff\n", "UTF-8"),
    ],
)
def test_what_is_no_table_is_refused_in_words(folder, tmp_path, name, content, says):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    with pytest.raises(LabError, match=says):
        tables.add(path, folder)
    assert not path.with_suffix(".json").exists()


def test_only_some_tables_are_kept(folder):
    wanted = ["country_profile", "languages_by_country", "wikipedia_editions"]
    gone = tables.keep(wanted, folder)
    assert "co2_by_country" in gone and len(gone) + 3 == len(data.names())
    assert data.names(folder) == wanted and contract.check(folder) == []
    assert sorted(path.stem for path in folder.glob("*.csv")) == wanted


def test_a_table_that_another_one_joins_cannot_go(folder):
    before = (folder / data.DESCRIPTOR).read_bytes()
    with pytest.raises(LabError, match="keep that one too"):
        tables.keep(["co2_by_country"], folder)
    with pytest.raises(LabError, match=r"no table 'co2'\."):
        tables.keep(["co2"], folder)
    assert (folder / data.DESCRIPTOR).read_bytes() == before


# -- the steps of CONTRIBUTING ---------------------------------------------------------------


def section(title: str) -> str:
    """Give a section of CONTRIBUTING."""
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def block(text: str, language: str) -> str:
    """Give the first block of code in a language, without its indentation."""
    return textwrap.dedent(re.search(rf"^ *```{language}\n(.*?)^ *```", text, re.M | re.S)[1])


def test_the_figure_that_is_followed_passes_through_files_that_exist():
    words = re.findall(r"`([^`]+)`", section("Follow one figure"))
    files = [word for word in words if re.fullmatch(r"[\w./-]+/[\w.-]+\.\w+", word)]
    assert len(files) >= 9
    assert [file for file in files if not (ROOT / file).is_file()] == []
    commands = [word.split()[1:] for word in words if word.startswith(".venv/bin/organizer-lab")]
    assert len(commands) == 3 and all(cli.parser().parse_args(each).run for each in commands)


def test_the_figure_that_is_followed_arrives():
    """The number of the table, in the notebook's own words, on the wiki page."""
    from organizer_lab import export
    from organizer_lab.plan import Evidence, Plan, TopicCard

    place = {"table": "temperature_by_country", "column": "temperature_anomaly_c"}
    place |= {"where": {"iso3": "TZA"}, "year": 2024}
    value = data.value(place["table"], place["column"], year=2024, where=place["where"])
    number = Evidence(**place, value=value, unit="°C", baseline="1991-2020")
    assert number.problems() == []
    page = export.plan_wikitext(Plan().put(TopicCard(evidence=[number])))
    assert f"{value:g} °C, compared with 1991-2020" in page
    assert data.attribution(place["table"]) in page


def test_the_steps_for_a_table_and_a_chart(folder, tmp_path, monkeypatch):
    steps = section("Add a table and a chart")
    command = block(steps, "console").strip().removeprefix("$ .venv/bin/organizer-lab ").split()
    file = tmp_path / command[-1]
    file.write_text(block(steps, "csv"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(data, "folder", lambda: folder)
    assert cli.main(command) == 0
    fill(file.with_suffix(".json"))
    assert cli.main(command) == 0 and cli.main(["data", "check", "--folder", str(folder)]) == 0
    *lines, last = block(steps, "python").rstrip().splitlines()
    names: dict = {}
    exec("\n".join(lines), names)
    chart = eval(last, names)
    assert "Trees in the streets of the north" in chart._repr_html_()
    assert data.attribution("street_trees") in chart._repr_html_()


# -- another length --------------------------------------------------------------------------


def test_a_course_may_be_short_or_long(tmp_path, monkeypatch):
    monkeypatch.setattr(data, "names", lambda: ["invented_clinic_visits", *BASE])
    short = course.load(EXAMPLE / "course" / "course.yml")
    assert [week.number for week in short.weeks] == [1, 2] and len(short.stages) == 2
    whole = yaml.safe_load((EXAMPLE / "course" / "course.yml").read_text(encoding="utf-8"))
    first = whole["weeks"][0]
    whole["weeks"] += [
        {**first, "id": f"week-{n}", "artefact": {**first["artefact"], "field": f"part_{n}"}}
        for n in range(3, 13)
    ]
    longer = tmp_path / "course.yml"
    longer.write_text(yaml.safe_dump(whole), encoding="utf-8")
    assert course.load(longer).weeks[-1].number == 12
    whole["weeks"][-1]["id"] = "week-100"
    longer.write_text(yaml.safe_dump(whole), encoding="utf-8")
    with pytest.raises(LabError, match=r"weeks\.11\.id"):
        course.load(longer)


BASE = ["country_profile", "languages_by_country", "wikipedia_editions"]


@pytest.mark.parametrize(
    ("name", "content", "week"),
    [
        ("week-12.ipynb", b"", "week-12"),
        ("Week 10 final.ipynb", b"", "week-10"),
        ("week-1.ipynb", b"", "week-1"),
        ("mine.ipynb", b'"grade_id": "intro-11"', "week-11"),
        ("mine.ipynb", b"# Exercise 1: Your topic card", "week-1"),
    ],
)
def test_a_sheet_of_a_late_week_is_known(tmp_path, name, content, week):
    assert sheets.week_of(tmp_path / name, content) == week


def test_files_are_made_only_from_parts_that_the_course_has(monkeypatch):
    from organizer_lab import export
    from organizer_lab.plan import Place, Plan, TopicCard

    assert "event.wikitext" in export.left_out(Plan())
    monkeypatch.setattr("organizer_lab.plan.PARTS", (Place, TopicCard))
    waiting = export.left_out(Plan())
    assert not {"event.wikitext", "worklist.json", "budget.csv"} & {*waiting, *export.files(Plan())}
    assert "plan.wikitext" in export.files(Plan())


@pytest.mark.parametrize(
    ("count", "words"), [(1, "one week"), (2, "two weeks"), (10, "ten weeks"), (11, "11 weeks")]
)
def test_weeks_are_counted_in_words(count, words):
    assert counted(count, "week") == words


# -- forms on the host -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "path", sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("[0-9]*.yml")), ids=lambda p: p.stem
)
def test_a_form_for_issues_is_one_that_the_host_reads(path):
    """The keys are those of GitHub's documentation of issue forms."""
    form = yaml.safe_load(path.read_text(encoding="utf-8"))
    assert set(form) == {"name", "description", "labels", "body"}
    asked = [part for part in form["body"] if part["type"] != "markdown"]
    assert {part["type"] for part in asked} <= {"textarea", "input", "dropdown", "checkboxes"}
    assert len({part["id"] for part in asked}) == len(asked) <= 5
    assert all(part["attributes"]["label"] for part in asked)
    assert any(part.get("validations", {}).get("required") for part in asked)
