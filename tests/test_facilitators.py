"""The pages for facilitators: their commands exist, and print what the pages show.

The cohort of the guide is built here from the invented learners of week 1; every line that the page
shows after a command must be a line of what that command prints.
"""

from __future__ import annotations

import copy
import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from browser import missing
from cohort import COHORT
from test_chapters import console_lines, read

from organizer_lab import cli

ROOT = Path(__file__).resolve().parents[1]
FOLDER = ROOT / "book" / "facilitators"
PAGES = sorted(FOLDER.rglob("*.md"))
STEPS = FOLDER / "run-a-cohort.md"
WEEK = "week-1"
ROSTER = """\
username,group
Baobab 22,north
Estrela do Mar,north
Zoë's notes,south
水の友,south
Nile reader,north
Tern over ice,south
Monsoon/archive,south
Quiet dune,north
"""


def commands(path: Path) -> list[list[str]]:
    """Every ``organizer-lab ...`` of a page, in blocks and in sentences, as words."""
    inline = re.findall(r"`organizer-lab ([a-z][^`]*)`", read(path))
    lines = [line.removeprefix("organizer-lab ") for line in console_lines(path)
             if line.startswith("organizer-lab ")]  # fmt: skip
    return [shlex.split(line) for line in [*lines, *inline]]


@pytest.mark.parametrize("path", PAGES, ids=lambda path: path.stem)
def test_every_command_of_the_pages_exists(path: Path) -> None:
    for words in commands(path):
        assert cli.parser().parse_args(words).run, words


def test_the_pages_name_every_command_of_a_facilitator() -> None:
    named = {words[0] for path in PAGES for words in commands(path)}
    assert named >= {
        *("release", "learners", "collect", "doctor", "grade", "rubric", "agreement"),
        *("feedback", "report", "certificates"),
    }


def test_there_are_twelve_steps() -> None:
    steps = re.findall(r"^## Step (\d+): ", read(STEPS), re.M)
    assert steps == [str(number) for number in range(1, 13)]
    for part in re.split(r"^## Step \d+: ", read(STEPS), flags=re.M)[1:]:
        assert "**What can go wrong.**" in part, part[:40]


def test_the_page_of_troubles_has_enough() -> None:
    assert len(re.findall(r"^### ", read(FOLDER / "troubles.md"), re.M)) >= 15


def shown(path: Path) -> dict[str, list[str]]:
    """What a page shows after each command: the lines of the text block below it."""
    pattern = r"```console\n\$ (organizer-lab [^\n]*)\n```\n+(?:[^`]*?\n)?```text\n(.*?)```"
    return {
        match[1]: match[2].splitlines() for match in re.finditer(pattern, read(path), re.DOTALL)
    }


def demo(course: Path) -> None:
    """The guide's cohort: the roster, and the folder ``inbox`` with what learners sent."""
    from organizer_lab.handin import pack

    (course / "roster.csv").write_text(ROSTER, encoding="utf-8")
    sheet = course / "release" / WEEK / f"{WEEK}.ipynb"
    sheets = {learner.name: learner.sheet(sheet) for learner in COHORT}
    doubled = copy.deepcopy(sheets["crashed"])
    place = next(n for n, cell in enumerate(doubled.cells) if cell.id == "answer-1-2")
    doubled.cells.insert(place + 1, copy.deepcopy(doubled.cells[place]))
    contents = {
        "Baobab 22": sheets["right"],
        "Estrela do Mar": sheets["missing-data"],
        "Zoë's notes": sheets["wrong"],
        "水の友": doubled,
        "Nile reader": sheets["empty"],
        "Tern over ice": sheets["right"],
        "Somebody else": sheets["right"],
    }
    for name, notebook in contents.items():
        folder = course / "inbox" / name
        folder.mkdir(parents=True)
        text = json.dumps(notebook, ensure_ascii=False, indent=1)
        if name == "Tern over ice":
            # A download that broke off.
            text = text[:-4000]
        (folder / f"{WEEK}.ipynb").write_text(text, encoding="utf-8")
    pack.make(course / "inbox" / "Baobab 22" / f"{WEEK}.ipynb")
    (course / "inbox" / "Baobab 22" / f"{WEEK}.ipynb").unlink()
    for name, second in (("ana", 4), ("bo", 6)):
        rows = [f"baobab-22,1.8,{second}", "estrela-do-_mar,1.8,3", "nile-reader,1.8,0"]
        (course / f"{name}.csv").write_text("learner,question,score\n" + "\n".join(rows) + "\n")


def printed(course: Path, line: str) -> list[str]:
    """Type a command in the course folder; give the lines that it printed, without the place."""
    words = shlex.split(line)[1:]
    if words[0] in ("grade", "feedback", "report", "certificates"):
        # In a checkout these find their folder by themselves.
        words += ["--course", str(course)]
    done = subprocess.run(
        [sys.executable, "-m", "organizer_lab.cli", *words],
        cwd=course,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        timeout=300,
        check=False,
    )
    said = (done.stdout + done.stderr).replace("\r", "\n")
    return [line.replace(f"{course}/", "").replace(str(course), ".") for line in said.splitlines()]


def still(line: str) -> str:
    """A line without what is another time different: seconds, and the pace."""
    return re.sub(r"\d+( s\)| in a minute)", r"N\1", line.rstrip())


@pytest.mark.slow
def test_the_steps_print_what_the_page_shows(tmp_path: Path) -> None:
    pytest.importorskip("nbgrader")
    from organizer_lab.grading import sandbox
    from organizer_lab.grading.release import release

    if not all(sandbox.layers().values()):
        missing("The sandbox needs bubblewrap, libseccomp and Linux.")
    found = shown(STEPS)
    assert {line.split()[1] for line in found} >= {
        *("collect", "doctor", "grade", "agreement", "feedback", "report", "certificates"),
    }
    begin = next(iter(found))
    assert begin.startswith("organizer-lab cohort new my-cohort --start")
    # Its other commands are typed in the folder that the first one makes.
    said = {begin: printed(tmp_path, begin)}
    course = tmp_path / "my-cohort"
    release(WEEK, folder=course)
    demo(course)
    for line, lines in found.items():
        given = {still(each) for each in said.get(line) or printed(course, line)}
        for each in lines:
            # "…" stands for lines that the page leaves out.
            assert each == "…" or still(each) in given, (line, each, sorted(given))
    # Nobody lost a point to a copied cell or a file that was cut off.
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db", "organizer-lab") as book:
        points = {
            each.student.id: sum(g.auto_score or 0 for n in each.notebooks for g in n.grades)
            for each in book.assignment_submissions(WEEK)
        }
    assert points["baobab-22"] == points["tern-over-ice"] == 14
    assert nbformat.read(course / "autograded/tern-over-ice/week-1/week-1.ipynb", 4).cells


# ---- Hardware and time --------------------------------------------------------------------------

RECORD = {
    "machine": {
        "measured": "2030-01-02",
        "processor": "A processor, 4 processors",
        "system": "Linux 7.0",
        "Python": "3.14",
        "nbgrader": "1.0",
        "pandas": "4.0",
        "matplotlib": "4.1",
    },
    "compared": [
        {
            "week": "week-2",
            "number": 40,
            "parts": {"learner's own cells": 90.0, "serial part": 4.0},
            "stock": {"cpu_ms": 3000.0, "cpu_without_start_ms": 2800.0},
            "ours": {"cpu_ms": 300.0, "cpu_without_start_ms": 140.0},
        }
    ],
    "alone": [{"week": "week-2", "number": 1000, "jobs": 4, "cpu_ms": 180.0, "memory_mb": [900]}],
    "feedback_ms": 50.0,
    "formgrader": [{"learners": 300, "list_s": 0.51, "next_s": 0.42}],
}


def test_the_numbers_about_scale_follow_from_the_record() -> None:
    pytest.importorskip("sphinx", reason="the book's packages are not installed")
    from organizer_lab.book.directives import scale

    table = {row[0]: row[1:] for row in cells(scale.cohorts(RECORD))}
    # 6.4 s of start, then 20, 200, 2,000 and 10,000 times 180 ms on two processors, in words.
    two = table["Grade by program, 2 processors"]
    assert two == ["8 seconds", "24 seconds", "3 minutes", "15 minutes"]
    assert table["Grade by program, 16 processors"][-1] == "2 minutes"
    assert table["Gradebooks of at most 500 learners"] == ["1", "1", "4", "20"]
    # One writer: however many processors there are, it takes its 4 ms, or here 400, for each.
    slow = copy.deepcopy(RECORD)
    slow["compared"][0]["parts"]["serial part"] = 400.0
    limited = {row[0]: row[1:] for row in cells(scale.cohorts(slow))}
    assert limited["Grade by program, 16 processors"] == limited["Grade by program, 2 processors"]
    assert "held at most 0.2 GB" in scale.cohorts(RECORD)
    assert ["without the start", "one more", "2,800 ms", "140 ms", "20.0"] in cells(
        scale.compared(RECORD)
    )
    assert ["300", "0.5 s", "0.4 s"] in cells(scale.formgrader(RECORD))
    for fact in RECORD["machine"].values():
        assert fact in scale.source(RECORD)


def test_a_record_keeps_old_numbers_only_where_they_still_hold(repository, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(repository))
    from benchmarks import grading

    old = {"machine": {"measured": "2026-01-01", "pandas": "3.1"}, "alone": [1], "feedback_ms": 9.0}
    new = {
        "machine": {"measured": "2026-02-02", "pandas": "3.1"},
        "alone": [2],
        "feedback_ms": None,
    }
    assert grading.completed(new, old) == {**new, "feedback_ms": 9.0}
    new["machine"]["pandas"] = "4.0"
    assert grading.completed(new, old) == new


def cells(table: str) -> list[list[str]]:
    return [
        [cell.strip() for cell in line.strip("|").split("|")]
        for line in table.splitlines()
        if line.startswith("|")
    ]


def test_the_record_in_the_repository_is_whole_and_keeps_the_goals(tmp_path: Path) -> None:
    pytest.importorskip("sphinx", reason="the book's packages are not installed")
    from organizer_lab.book.directives import scale
    from organizer_lab.errors import LabError

    record = scale.load()
    for name, table in scale.TABLES.items():
        assert table(record), name
    assert re.fullmatch(r"20\d\d-\d\d-\d\d", record["machine"]["measured"])
    for each in record["compared"]:
        # Ten times less than stock, without the start that a batch pays once.
        assert each["stock"]["cpu_without_start_ms"] > 10 * each["ours"]["cpu_without_start_ms"], (
            each["week"]
        )
    assert scale.rates(record)["serial"] <= 10
    alone = max(record["alone"], key=lambda each: each["number"])
    # Flat: the end of the batch holds no more than its beginning, but for a little noise.
    assert alone["number"] >= 1000
    assert max(alone["memory_mb"][5:]) <= 1.2 * max(alone["memory_mb"][:5])
    # A part that was not measured must not stand on the page as a small number.
    for lacking in ({"machine": {}}, {**record, "feedback_ms": None}, {**record, "alone": []}):
        (tmp_path / "grading.json").write_text(json.dumps(lacking))
        with pytest.raises(LabError, match=r"python -m benchmarks\.grading"):
            scale.load(tmp_path / "grading.json")


def test_the_page_about_scale_shows_every_table_of_the_record() -> None:
    pytest.importorskip("sphinx", reason="the book's packages are not installed")
    from organizer_lab.book.directives import scale

    shown = re.findall(r"^```\{grading-scale\} (\w+)$", read(FOLDER / "scale.md"), re.M)
    assert sorted(shown) == sorted(scale.TABLES)
