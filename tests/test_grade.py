"""`organizer-lab grade`: the same rows as stock nbgrader, and nothing lost when it is stopped."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from browser import missing
from cohort import COHORT
from hostile import FORGED

from organizer_lab.errors import LabError
from organizer_lab.grading import batch, sandbox

pytestmark = pytest.mark.slow
pytest.importorskip("nbgrader")

WEEK = "week-1"


@pytest.fixture(scope="module")
def released(tmp_path_factory, repository: Path) -> Path:
    """A course directory with week 1 released and nothing handed in."""
    from organizer_lab.grading.release import release

    if not all(sandbox.layers().values()):
        missing("The sandbox needs bubblewrap, libseccomp and Linux.")
    folder = tmp_path_factory.mktemp("released") / "exercises"
    folder.mkdir()
    shutil.copy(repository / "exercises" / "nbgrader_config.py", folder)
    for name in ("source", "rubrics"):
        shutil.copytree(repository / "exercises" / name / "", folder / name)
    release(WEEK, folder=folder)
    return folder


@pytest.fixture
def course(released: Path, tmp_path: Path) -> Path:
    """A copy of it for one test."""
    folder = tmp_path / "exercises"
    shutil.copytree(released, folder)
    return folder


@pytest.fixture(scope="module")
def processes():
    """Processes that have loaded what grading needs."""
    with contextlib.closing(batch._Pool(1)) as running:
        yield running


@pytest.fixture
def warm(processes, monkeypatch):
    """For tests of what is written, and not of the processes: no new ones are started."""
    monkeypatch.setattr(batch, "_engine", lambda *_: contextlib.nullcontext(processes))


def hand_in(course: Path, learner: str, notebook: nbformat.NotebookNode | bytes, **files) -> Path:
    folder = course / "submitted" / learner / WEEK
    folder.mkdir(parents=True, exist_ok=True)
    content = notebook if isinstance(notebook, bytes) else nbformat.writes(notebook).encode()
    (folder / f"{WEEK}.ipynb").write_bytes(content)
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def sheet(course: Path) -> Path:
    return course / "release" / WEEK / f"{WEEK}.ipynb"


def cohort(course: Path) -> None:
    for learner in COHORT:
        hand_in(course, learner.name, learner.sheet(sheet(course)))


def rows(course: Path, url: str | None = None) -> dict[str, dict[str, tuple]]:
    """Every grade and comment of the gradebook, by learner and cell."""
    from nbgrader.api import Gradebook

    found: dict[str, dict[str, tuple]] = {}
    with Gradebook(url or f"sqlite:///{course}/gradebook.db", "organizer-lab") as book:
        for submission in book.assignment_submissions(WEEK):
            mine = found.setdefault(submission.student.id, {})
            for notebook in submission.notebooks:
                mine["timestamp"] = (submission.timestamp, notebook.late_submission_penalty)
                for grade in notebook.grades:
                    mine[f"grade {grade.name}"] = (
                        grade.auto_score,
                        grade.manual_score,
                        grade.needs_manual_grade,
                    )
                for comment in notebook.comments:
                    mine[f"comment {comment.name}"] = (
                        comment.auto_comment,
                        comment.manual_comment,
                    )
    return found


def points(course: Path, learner: str) -> dict[str, float | None]:
    return {
        name.removeprefix("grade "): row[0]
        for name, row in rows(course)[learner].items()
        if name.startswith("grade ")
    }


def test_the_rows_are_those_of_stock_nbgrader(course, tmp_path):
    """Stock: nbgrader's own list of steps, its own kernel, the judge in the test cell."""
    from nbgrader.apps.api import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config

    cohort(course)
    hand_in(course, "late", COHORT[0].sheet(sheet(course)), timestamp__txt="2030-01-02 03:04:05")
    stock = tmp_path / "stock"
    shutil.copytree(course, stock)
    config = Config()
    config.OverwriteCells.add_missing_cells = True
    # A busy computer may need more than nbgrader's 30 seconds for the first import of pandas.
    config.Execute.timeout = config.Execute.startup_timeout = 300
    config.CourseDirectory.root = str(stock)
    config.CourseDirectory.course_id = "organizer-lab"
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    for learner in (*(each.name for each in COHORT), "late"):
        assert api.autograde(WEEK, learner)["success"], learner
    summary = batch.grade_week(WEEK, course, jobs=2)
    assert summary.failed == {} and len(summary.graded) == len(COHORT) + 1
    ours, theirs = rows(course), rows(stock)
    # A deleted answer cell is put back by the doctor before it is graded, with "No response.";
    # nbgrader does not notice that it is gone. No point depends on it.
    for name in set(ours["deleted-cells"]) - {"timestamp"}:
        assert ours["deleted-cells"][name][:1] == theirs["deleted-cells"][name][:1] or (
            name.startswith("comment") and ours["deleted-cells"][name][0] == "No response."
        )
    del ours["deleted-cells"], theirs["deleted-cells"]
    assert ours == theirs
    for learner in COHORT:
        graded = nbformat.read(course / "autograded" / learner.name / WEEK / f"{WEEK}.ipynb", 4)
        nbformat.validate(graded)
        if learner.name == "deleted-cells":
            continue
        other = nbformat.read(stock / "autograded" / learner.name / WEEK / f"{WEEK}.ipynb", 4)
        assert [c.source for c in graded.cells] == [c.source for c in other.cells]
        for mine, its in zip(graded.cells, other.cells, strict=True):
            assert said(mine) == said(its), (learner.name, mine.id)


def said(cell: nbformat.NotebookNode) -> list[str]:
    """What a cell shows, but for the words of errors, in which kernels differ.

    A kernel may send what is printed in several pieces; together they are one text.
    """
    shown: list[str] = []
    before = None
    for output in cell.get("outputs", []):
        text = output.get("text", output.get("ename", output.output_type))
        stream = output.get("name") if output.output_type == "stream" else None
        if stream and stream == before:
            shown[-1] += text
        else:
            shown.append(text)
        before = stream
    return shown


@pytest.mark.usefixtures("warm")
def test_every_learner_has_exactly_the_points(course):
    cohort(course)
    batch.grade_week(WEEK, course, jobs=1)
    for learner in COHORT:
        given = points(course, learner.name)
        wanted = {name: learner.points.get(name, 0.0) for name in given if "judge" not in name}
        assert {name: given[name] for name in wanted} == wanted, learner.name
        assert given["judgement-1-8"] is None


@pytest.mark.usefixtures("warm")
def test_a_second_run_grades_only_what_has_changed(course):
    cohort(course)
    assert len(batch.grade_week(WEEK, course, jobs=1).graded) == len(COHORT)
    before = rows(course)
    again = batch.grade_week(WEEK, course, jobs=1)
    assert (again.graded, len(again.unchanged)) == ([], len(COHORT))
    hand_in(course, "empty", COHORT[0].sheet(sheet(course)))
    assert batch.grade_week(WEEK, course, jobs=1).graded == ["empty"]
    after = rows(course)
    assert after["empty"] != before["empty"] and points(course, "empty")["data-1-1"] == 2
    assert {n: r for n, r in after.items() if n != "empty"} == {
        n: r for n, r in before.items() if n != "empty"
    }
    assert len(batch.grade_week(WEEK, course, jobs=1, again=True).graded) == len(COHORT)


@pytest.mark.usefixtures("warm")
def test_points_given_by_hand_stay_and_are_to_be_looked_at_again(course):
    from nbgrader.api import Gradebook

    cohort(course)
    batch.grade_week(WEEK, course, jobs=1)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "organizer-lab") as book:
        notebook = book.find_submission_notebook(WEEK, WEEK, "right")
        for grade in notebook.grades:
            if grade.name in ("data-1-1", "judgement-1-8"):
                grade.manual_score, grade.needs_manual_grade = 1.5, False
        book.db.commit()
    batch.grade_week(WEEK, course, jobs=1, again=True)
    given = rows(course)["right"]
    assert given["grade data-1-1"] == (2.0, 1.5, True)
    assert given["grade judgement-1-8"] == (None, 1.5, True)


# Writes after every third submission, so that there is something to go on from soon.
OFTEN = """
import sys
from organizer_lab import cli
from organizer_lab.grading import batch
batch._BATCH = 3
sys.exit(cli.main(sys.argv[1:]))
"""


def test_it_goes_on_after_it_was_killed(course):
    for number in range(12):
        hand_in(course, f"learner-{number:02}", COHORT[number % 6].sheet(sheet(course)))
    words = [sys.executable, "-c", OFTEN, "grade", WEEK, "--course", str(course)]
    run = subprocess.Popen([*words, "--jobs", "2"], stderr=subprocess.PIPE, start_new_session=True)
    journal = course / "grading" / f"{WEEK}.jsonl"
    for _ in range(1200):
        if journal.exists() and journal.stat().st_size:
            break
        assert run.poll() is None, run.stderr.read()
        time.sleep(0.05)
    os.killpg(run.pid, signal.SIGKILL)
    run.wait()
    run.stderr.close()
    # As if the last line had been cut in the middle.
    journal.write_text(journal.read_text()[:-20])
    done = len(batch.read_journal(journal))
    assert 0 < done < 12
    summary = batch.grade_week(WEEK, course, jobs=2)
    assert len(summary.unchanged) == done and summary.failed == {}
    found = rows(course)
    assert len(found) == 12
    for number in range(12):
        wanted = sum(COHORT[number % 6].points.values())
        mine = points(course, f"learner-{number:02}")
        assert sum(score or 0 for score in mine.values()) == wanted
    # No half-written folder is left.
    assert not [p for p in (course / "autograded").rglob(".*") if p.is_dir()]


# Says who is graded as soon as it is known; it is written only with the next batch.
SAYING = """
import sys
from organizer_lab import cli
from organizer_lab.grading import batch
add = batch.Writer.add
def told(self, learner, *rest):
    add(self, learner, *rest)
    print(learner, flush=True)
batch.Writer.add = told
sys.exit(cli.main(sys.argv[1:]))
"""


def alive(process: psutil.Process) -> list[psutil.Process]:
    """A process and all that it has started, without those that have ended."""
    found = []
    with contextlib.suppress(psutil.NoSuchProcess):
        for each in (process, *process.children(recursive=True)):
            with contextlib.suppress(psutil.NoSuchProcess):
                if each.is_running() and each.status() != psutil.STATUS_ZOMBIE:
                    found.append(each)
    return found


@pytest.mark.parametrize("how", ["Ctrl-C", "killed"])
def test_it_ends_at_once_and_keeps_what_is_graded(course, how):
    """Nobody waits for a submission that would run on for minutes; nothing of it runs on."""
    quick, endless = [f"a-{number}" for number in range(3)], [f"b-{number}" for number in range(4)]
    for learner in quick:
        hand_in(course, learner, COHORT[0].sheet(sheet(course)))
    for learner in endless:
        mine = nbformat.read(sheet(course), 4)
        for cell in mine.cells:
            if cell.metadata.get("nbgrader", {}).get("solution") and cell.cell_type == "code":
                cell.source = "while True: pass"
        hand_in(course, learner, mine)
    words = ["grade", WEEK, "--course", str(course), "--jobs", "2"]
    run = subprocess.Popen(
        [sys.executable, "-c", SAYING, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    assert sorted(run.stdout.readline().strip() for _ in quick) == quick
    time.sleep(1)
    before, start = alive(psutil.Process(run.pid)), time.monotonic()
    # Two processes of ours that run submissions, each with a sandbox around a Python and its copy.
    assert len(before) > 6
    if how == "Ctrl-C":
        # A terminal tells all of the group.
        os.killpg(run.pid, signal.SIGINT)
        said = run.communicate(timeout=20)[1]
        assert run.returncode == 130 and "What was finished before is kept." in said
        assert "Traceback" not in said
        assert set(batch.read_journal(course / "grading" / f"{WEEK}.jsonl")) == set(quick)
    else:
        run.kill()
        run.communicate(timeout=20)
    while left := [process for process in before if alive(process)]:
        assert time.monotonic() - start < 20, left
        time.sleep(0.1)
    for learner in endless:
        hand_in(course, learner, COHORT[0].sheet(sheet(course)))
    summary = batch.grade_week(WEEK, course, jobs=1)
    assert summary.unchanged == (quick if how == "Ctrl-C" else [])
    for learner in (*quick, *endless):
        given = points(course, learner)
        assert {name: given[name] for name in COHORT[0].points} == COHORT[0].points


def test_ctrl_c_while_it_still_loads_is_one_line(course):
    """Processes that only begin must not tell where in their loading they were."""
    hand_in(course, "ada", COHORT[0].sheet(sheet(course)))
    run = subprocess.Popen(
        [sys.executable, "-c", SAYING, "grade", WEEK, "--course", str(course), "--jobs", "2"],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    start = time.monotonic()
    # Itself, the one that keeps count of what they share, and the first of two that grade.
    while len(alive(psutil.Process(run.pid))) < 3:
        assert run.poll() is None and time.monotonic() - start < 60
        time.sleep(0.02)
    time.sleep(0.5)
    os.killpg(run.pid, signal.SIGINT)
    said = run.communicate(timeout=20)[1]
    assert run.returncode == 130
    assert said.strip() == "organizer-lab: stopped. What was finished before is kept."


@pytest.mark.usefixtures("warm")
@pytest.mark.parametrize(("size", "kept"), [(3, 3), (20, 0)], ids=["in the middle", "at the end"])
@pytest.mark.parametrize("step", ["_record", "_penalty", "_publish"])
def test_ctrl_c_while_results_are_written_loses_none(course, monkeypatch, step, size, kept):
    """In the middle the batch is written once more; at the end it is graded once more."""
    monkeypatch.setattr(batch, "_BATCH", size)
    late_costs_a_point(course)
    for number in range(3):
        learner = COHORT[number]
        folder = hand_in(course, learner.name, learner.sheet(sheet(course)))
        (folder / "timestamp.txt").write_text("2030-01-01 10:00:00")
    take, pressed = getattr(batch.Writer, step), []

    def interrupted(self, *given):
        done = take(self, *given)
        if not pressed:
            pressed.append(True)
            raise KeyboardInterrupt
        return done

    with monkeypatch.context() as patch, pytest.raises(KeyboardInterrupt):
        patch.setattr(batch.Writer, step, interrupted)
        batch.grade_week(WEEK, course, jobs=1)
    assert len(batch.grade_week(WEEK, course, jobs=1).unchanged) == kept
    for learner in COHORT[:3]:
        given = points(course, learner.name)
        score = sum(points or 0 for points in given.values())
        assert score == sum(learner.points.values())
        # nbgrader takes no more than there is.
        assert rows(course)[learner.name]["timestamp"][1] == min(1, score)


def test_a_bad_submission_harms_nobody(course, tmp_path):
    """Before and after each of them an honest learner; the batch never stops."""
    right = COHORT[0].sheet(sheet(course))
    hand_in(course, "a-honest", right)
    for number, (_, code) in enumerate(FORGED.items()):
        hostile = nbformat.read(sheet(course), 4)
        next(cell for cell in hostile.cells if cell.id == "answer-place").source = code
        hand_in(course, f"hostile-{number:02}", hostile)
    hand_in(course, "broken-json", b'{"cells": [')
    hand_in(course, "broken-bytes", b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    hand_in(course, "broken-empty", b"")
    hand_in(course, "no [glob] * id", right)
    secret = tmp_path / "secret.txt"
    secret.write_text("another learner's answers")
    linked = hand_in(course, "linked", right, timestamp__txt="garbage")
    (linked / "notes.txt").symlink_to(secret)
    (linked / "folder").mkdir()
    os.mkfifo(linked / "pipe")
    stolen = course / "submitted" / "thief" / WEEK
    stolen.mkdir(parents=True)
    (stolen / f"{WEEK}.ipynb").symlink_to(course / "submitted" / "a-honest" / WEEK / "week-1.ipynb")
    (course / "submitted" / "no-notebook" / WEEK).mkdir(parents=True)
    (course / "submitted" / "mirror").symlink_to(course / "submitted" / "a-honest")
    hand_in(course, "z-honest", right)
    kept = {p: p.read_bytes() for p in (course / "submitted").rglob("*.ipynb") if p.is_file()}
    summary = batch.grade_week(WEEK, course, jobs=2)
    assert summary.failed == {}
    total = {
        name: sum(row[0] or 0 for key, row in found.items() if key.startswith("grade "))
        for name, found in rows(course).items()
    }
    everything = sum(COHORT[0].points.values())
    full = {name for name, score in total.items() if score == everything}
    assert full == {"a-honest", "z-honest", "linked", "no [glob] * id"}
    assert {score for name, score in total.items() if name not in full} == {0}
    assert "mirror" not in total
    assert {p: p.read_bytes() for p in kept} == kept
    assert not [p for p in (course / "autograded").rglob("*") if p.is_symlink()]
    assert "another learner" not in " ".join(
        p.read_text(errors="replace") for p in (course / "autograded").rglob("*") if p.is_file()
    )


def late_costs_a_point(course: Path) -> None:
    from nbgrader.api import Gradebook

    (course / "penalty.py").write_text(
        "from nbgrader.plugins import BasePlugin\n"
        "class OnePoint(BasePlugin):\n"
        "    def late_submission_penalty(self, student_id, score, total_seconds_late):\n"
        "        return 1.0\n"
    )
    with open(course / "nbgrader_config.py", "a") as file:
        file.write(
            "\nimport sys\nsys.path.insert(0, c.CourseDirectory.root)\n"
            "c.AssignLatePenalties.plugin_class = 'penalty.OnePoint'\n"
        )
    with Gradebook(f"sqlite:///{course}/gradebook.db", "organizer-lab") as book:
        book.update_or_create_assignment(WEEK, duedate="2030-01-01 00:00:00")


@pytest.mark.usefixtures("warm")
def test_lateness_costs_what_nbgrader_s_plugin_says(course):
    late_costs_a_point(course)
    right = COHORT[0].sheet(sheet(course))
    hand_in(course, "late", right, timestamp__txt="2030-01-01 10:00:00")
    hand_in(course, "early", right, timestamp__txt="2029-12-31 10:00:00")
    batch.grade_week(WEEK, course, jobs=1)
    found = rows(course)
    assert found["late"]["timestamp"][1] == 1.0 and found["early"]["timestamp"][1] is None


@pytest.mark.usefixtures("warm")
def test_a_deadline_that_is_moved_takes_the_penalty_back(course):
    from nbgrader.api import Gradebook

    hand_in(course, "late", COHORT[0].sheet(sheet(course)), timestamp__txt="2030-01-01 10:00:00")
    batch.grade_week(WEEK, course, jobs=1)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "organizer-lab") as book:
        notebook = book.find_submission_notebook(WEEK, WEEK, "late")
        notebook.late_submission_penalty = 2.0
        book.db.commit()
    batch.grade_week(WEEK, course, jobs=1, again=True)
    assert rows(course)["late"]["timestamp"][1] is None


@pytest.mark.usefixtures("warm")
def test_what_a_learner_leaves_beside_the_notebook_costs_nothing(course):
    """Photographs, more than a sandbox has room for; and metadata that nobody could copy."""
    right = COHORT[0].sheet(sheet(course))
    folder = hand_in(course, "large", right)
    for number in range(4):
        (folder / f"IMG_{number}.JPG").write_bytes(b"0" * 30_000_000)
    folder = hand_in(course, "many", right)
    for number in range(80):
        (folder / f"IMG_{number}.JPG").write_bytes(b"0")
    deep = json.loads(nbformat.writes(right))
    for _ in range(300):
        deep["metadata"] = {"deep": deep["metadata"]}
    hand_in(course, "deep", json.dumps(deep).encode())
    summary = batch.grade_week(WEEK, course, jobs=1)
    assert (summary.failed, summary.stopped) == ({}, {})
    for learner in ("large", "many", "deep"):
        given = points(course, learner)
        assert {name: given[name] for name in COHORT[0].points} == COHORT[0].points, learner


@pytest.mark.usefixtures("warm")
def test_a_name_that_is_no_text_is_told_and_stops_nobody(course):
    for name in (b"J\xf6rg", b"Zo\x1b[2Je"):
        folder = os.fsencode(course / "submitted") + b"/" + name + b"/week-1"
        os.makedirs(folder)
    hand_in(course, "right", COHORT[0].sheet(sheet(course)))
    summary = batch.grade_week(WEEK, course, jobs=1)
    assert len(summary.graded) == 2 and "right" in summary.graded
    assert list(summary.failed.values()) == [
        "the name of its folder is not UTF-8; give it another one"
    ]
    assert "\x1b" not in str(summary) and "Zo\\x1b[2Je" in str(summary)
    str(summary).encode()


@pytest.mark.usefixtures("warm")
def test_a_better_marking_or_table_grades_again(course, monkeypatch):
    from organizer_lab.grading import marking

    hand_in(course, "right", COHORT[0].sheet(sheet(course)))
    batch.grade_week(WEEK, course, jobs=1)
    assert batch.grade_week(WEEK, course, jobs=1).unchanged == ["right"]
    monkeypatch.setattr(marking, "version", lambda week: "mended")
    assert batch.grade_week(WEEK, course, jobs=1).graded == ["right"]


@pytest.mark.usefixtures("warm")
def test_a_line_that_was_cut_takes_no_other_with_it(course):
    hand_in(course, "first", COHORT[0].sheet(sheet(course)))
    batch.grade_week(WEEK, course, jobs=1)
    journal = course / "grading" / f"{WEEK}.jsonl"
    journal.write_text(journal.read_text() + '{"learner": "cu')
    hand_in(course, "second", COHORT[0].sheet(sheet(course)))
    batch.grade_week(WEEK, course, jobs=1)
    assert set(batch.read_journal(journal)) == {"first", "second"}


@pytest.mark.usefixtures("warm")
def test_two_gradings_at_once_do_not_spoil_each_other(course):
    from organizer_lab.grading.alone import alone

    hand_in(course, "right", COHORT[0].sheet(sheet(course)))
    with (
        alone(course / "grading", f"Grading {WEEK}"),
        pytest.raises(LabError, match="Grading week-1 is running already"),
    ):
        batch.grade_week(WEEK, course, jobs=1)
    assert batch.grade_week(WEEK, course, jobs=1).graded == ["right"]


@pytest.mark.usefixtures("warm")
def test_a_gradebook_that_is_in_use_is_told_in_words(course):
    import sqlite3

    hand_in(course, "right", COHORT[0].sheet(sheet(course)))
    other = sqlite3.connect(course / "gradebook.db")
    other.execute("BEGIN EXCLUSIVE")
    with pytest.raises(LabError, match=r"database is locked.*no other program.*run the command"):
        batch.grade_week(WEEK, course, jobs=1)
    other.close()
    assert batch.grade_week(WEEK, course, jobs=1).graded == ["right"]


@pytest.mark.usefixtures("warm")
def test_a_full_disk_loses_nothing(course, monkeypatch):
    cohort(course)
    publish, written = batch.Writer._publish, []

    def full(self, learner, result):
        if len(written) == 3:
            raise OSError(28, "No space left on device")
        written.append(learner)
        publish(self, learner, result)

    told = r"No space left on device.*graded before this is kept"
    with monkeypatch.context() as patch, pytest.raises(LabError, match=told):
        patch.setattr(batch.Writer, "_publish", full)
        batch.grade_week(WEEK, course, jobs=1)
    batch.grade_week(WEEK, course, jobs=1)
    assert batch.grade_week(WEEK, course, jobs=1).graded == []
    for learner in COHORT:
        given = points(course, learner.name)
        assert sum(score or 0 for score in given.values()) == sum(learner.points.values())


class Handed:
    """Stands for a course directory: the name of each learner is its submission."""

    def files(self, learner, week):
        if learner == "gone":
            raise FileNotFoundError(2, "No such file or directory")
        return {"name": learner.encode()}

    def fingerprint(self, learner, week):
        return learner


def _worker(files, template):
    """Stands for grading; one submission takes the whole process with it."""
    if files["name"] == b"deadly":
        os._exit(1)
    return files["name"].decode()


def _ends():
    os._exit(1)


def test_who_ends_a_process_is_alone_to_suffer(monkeypatch):
    monkeypatch.setattr(batch, "grade", _worker)
    names = ["a", "deadly", "b", "gone", *"cdefgh"]
    found = list(batch._results(Handed(), WEEK, None, names, 2, None))
    told = {name: result for name, _, result in found}
    assert told.pop("deadly") == "the process that ran it ended twice"
    assert told.pop("gone") == "its folder cannot be read (No such file or directory)"
    assert told == {name: name for name in "abcdefgh"} and len(found) == len(names)


def test_where_no_process_can_start_the_batch_stops_at_once(monkeypatch):
    monkeypatch.setattr(batch, "grade", _worker)
    monkeypatch.setattr(batch, "_nothing_to_do", _ends)
    with pytest.raises(LabError, match="No process can be started"):
        list(batch._results(Handed(), WEEK, None, ["deadly", "a"], 2, None))


def test_clear_errors(course, tmp_path, monkeypatch):
    with pytest.raises(LabError, match="no submissions of week-1"):
        batch.grade_week(WEEK, course)
    hand_in(course, "right", COHORT[0].sheet(sheet(course)))
    with pytest.raises(LabError, match="'week-7' is not released here"):
        batch.grade_week("week-7", course)
    with pytest.raises(LabError, match="no course directory"):
        batch.grade_week(WEEK, tmp_path)
    with pytest.raises(LabError, match=r"There is no exercise 'wek-7'.* Did you mean week-7"):
        batch.grade_week("wek-7", course)
    (tmp_path / "nbgrader_config.py").write_text("c = get_config(\n")
    with pytest.raises(LabError, match=r"nbgrader_config.py cannot be read \(SyntaxError"):
        batch.grade_week(WEEK, tmp_path)
    monkeypatch.setattr(batch, "_ANSWERS", 1)
    with pytest.raises(LabError, match="No scheduler answers"):
        batch.grade_week(WEEK, course, cluster="tcp://127.0.0.1:9")


@pytest.mark.usefixtures("warm")
def test_the_summary_says_who_was_mended_and_who_stopped(course):
    stopping = nbformat.read(sheet(course), 4)
    next(c for c in stopping.cells if c.id == "answer-1-1").source = "import os\nos._exit(0)"
    hand_in(course, "stopped", stopping)
    hand_in(course, "mended", COHORT[5].sheet(sheet(course)))
    next(c for c in stopping.cells if c.id == "answer-1-1").source = "while True: pass"
    hand_in(course, "endless", stopping)
    with open(course / "nbgrader_config.py", "a", encoding="utf-8") as config:
        config.write("c.SandboxedExecute.cell_s = 5\n")
    lines = str(batch.grade_week(WEEK, course, jobs=1)).splitlines()
    assert lines[0].startswith("Graded: 3. Unchanged since the last time: 0. Mended before")
    assert "Did not run to the end: stopped: its Python ended before the last cell" in lines
    long = "Did not run to the end: endless: a cell ran for too long; the cells after it ran"
    assert long in lines
    assert any(line.startswith("Mended: mended: The answer cell of") for line in lines)
    journal = [json.loads(line) for line in (course / "grading" / "week-1.jsonl").open()]
    assert {entry["learner"]: entry["end"] for entry in journal} == {
        "endless": "cell",
        "stopped": "died",
        "mended": "done",
    }
