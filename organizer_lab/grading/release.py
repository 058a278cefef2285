"""Release: from the source of an exercise to the sheet that learners get, with proof.

The work is nbgrader's own ``generate_assignment``. Two preprocessors are added to it, so that they
act however the release is made: `FillRubric` writes the rubric into the task cells, and
`ProveRelease` refuses a sheet in which anything of the solution is left or the points disagree.
"""

from __future__ import annotations

import contextlib
import copy
import logging
import re
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.converters.base import NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import NbGraderPreprocessor
from traitlets.config import Config

from organizer_lab import check, course
from organizer_lab.errors import LabError
from organizer_lab.grading import COURSE, configuration, marking, need_exercise, rubrics

FOLDER = COURSE
_KINDS = ("data", "plan", "judgement")
_HIDDEN = re.compile(r"### BEGIN HIDDEN TESTS\n\s*[^#\s]")
_MARKER = re.compile(r"### (BEGIN|END) (SOLUTION|HIDDEN TESTS|MARK SCHEME)")


class FillRubric(NbGraderPreprocessor):
    """Write length, criteria and mark scheme from the rubric file into the task cells.

    nbgrader keeps the mark scheme for graders, and takes it out of the learners' sheet.
    """

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Fill the task cells, and keep the notebook as its author wrote it for the proof."""
        resources["organizer_lab_source"] = copy.deepcopy(nb)
        week = resources["nbgrader"]["assignment"]
        tasks = {task.grade_id: task for task in _rubric(self, week).tasks}
        for cell in nb.cells:
            if not _grading(cell).get("task"):
                continue
            task = tasks.pop(_grading(cell)["grade_id"], None)
            if task is None:
                raise LabError(
                    f"exercises/rubrics/{week}.yml has no task '{_grading(cell)['grade_id']}'."
                )
            cell.source += (
                f"\n\nDouble-click the cell below, and write {task.words[0]} to {task.words[1]} "
                f"words there, in any language.\n\n{task.table()}\n\n"
                f"### BEGIN MARK SCHEME\n{task.scheme}\n### END MARK SCHEME"
            )
            resources["organizer_lab_source"].cells[nb.cells.index(cell)].source = cell.source
        if tasks:
            raise LabError(f"{week}.ipynb has no task cell {', '.join(sorted(tasks))}.")
        return nb, resources


class ProveRelease(NbGraderPreprocessor):
    """Refuse a sheet that gives anything away, or whose points disagree."""

    def preprocess(self, nb: NotebookNode, resources: dict) -> tuple[NotebookNode, dict]:
        """Give the sheet on unchanged, or raise a LabError that lists what is wrong."""
        week = resources["nbgrader"]["assignment"]
        source = resources["organizer_lab_source"]
        problems = [
            *leaks(source, nb),
            *untested(source),
            *disagreements(week, nb, _rubric(self, week)),
        ]
        if problems:
            raise LabError(f"{week} was not released:\n" + "\n".join(f"- {p}" for p in problems))
        return nb, resources


def _rubric(step: NbGraderPreprocessor, week: str) -> rubrics.Rubric:
    """Read the rubric of the course directory in which nbgrader works."""
    return rubrics.load(week, Path(step.config.CourseDirectory.root) / "rubrics")


def leaks(source: NotebookNode, sheet: NotebookNode) -> list[str]:
    """Find what of the solution, the hidden tests or the mark scheme is left in a sheet.

    Parameters
    ----------
    source, sheet : NotebookNode
        The notebook with solution, and the one for learners.

    Returns
    -------
    list of str
        One sentence for each leak; empty when the sheet is clean.
    """
    found = []
    text = _all_text(sheet)
    for marker in _MARKER.finditer(text):
        found.append(f"The marker '{marker.group()}' is left.")
    if "organizer_lab.grading" in text:
        found.append("The facilitator's package organizer_lab.grading is named.")
    secret = set(_secret_lines(source))
    for line in sorted({line.strip() for line in _all_text(sheet.metadata).splitlines()} & secret):
        found.append(f"The metadata of the notebook still hold the line: {line[:60]}")
    for cell in sheet.cells:
        for line in _all_text(cell).splitlines():
            if line.strip() in secret:
                found.append(f"Cell '{cell.id}' still holds the line: {line.strip()[:60]}")
        if cell.cell_type == "code" and (cell.outputs or cell.execution_count):
            found.append(f"Cell '{cell.id}' holds an output.")
        if cell.get("attachments"):
            found.append(f"Cell '{cell.id}' holds an attachment.")
    open_ = [cell.id for cell in source.cells if _open_solution(cell)]
    found += [f"Cell '{name}' is a solution without a BEGIN SOLUTION region." for name in open_]
    return found


def untested(source: NotebookNode) -> list[str]:
    """Find the cells that give their points to everybody, because nothing in them can fail.

    A check only prints its reply. What takes points away is a hidden test.

    Parameters
    ----------
    source : NotebookNode
        The notebook with solution.

    Returns
    -------
    list of str
        One sentence for each cell; empty when every graded cell has a hidden test.
    """
    return [
        f"Cell '{_grading(cell)['grade_id']}' has points but no hidden test: write judge.mark "
        "between BEGIN HIDDEN TESTS and END HIDDEN TESTS, as in the exercises of the other weeks."
        for cell in source.cells
        if _grading(cell).get("grade")
        and not _grading(cell).get("solution")
        and not _HIDDEN.search(cell.source)
    ]


def disagreements(week: str, sheet: NotebookNode, rubric: rubrics.Rubric) -> list[str]:
    """Compare the points in the headings, in the metadata, in the rubric and in course.yml.

    Parameters
    ----------
    week : str
        Such as ``"week-1"``.
    sheet : NotebookNode
        The notebook for learners.
    rubric : Rubric
        The week's judged texts.

    Returns
    -------
    list of str
        One sentence for each disagreement.
    """
    found = []
    promised = course.load().week(week).points
    sums = dict.fromkeys(_KINDS, 0)
    headings = _points_in_headings(sheet)
    seen: set[str] = set()
    for cell in sheet.cells:
        meta = _grading(cell)
        name = meta.get("grade_id", "")
        if name in seen:
            found.append(f"The grade_id '{name}' stands twice.")
        if name:
            seen.add(name)
        if not meta.get("grade") and not meta.get("task"):
            continue
        kind, _, number = name.partition("-")
        number = number.replace("-", ".")
        if kind not in _KINDS:
            found.append(f"The grade_id '{name}' does not begin with data, plan or judgement.")
            continue
        sums[kind] += meta["points"]
        if headings.pop(number, None) != meta["points"]:
            found.append(f"No heading says 'Question {number}: … ({meta['points']} points)'.")
        if kind != "judgement":
            try:
                marking.names(number)
            except (KeyError, ModuleNotFoundError):
                file = _module(marking.__name__, number)
                found.append(f"Question {number} has no marking: write it in {file}.")
            try:
                check.reply(number, {})
            except LabError:
                file = _module(check.__name__, number)
                found.append(f"Question {number} has no check: write it in {file}.")
    found += [f"The heading of question {number} has no graded cell." for number in headings]
    for task in rubric.tasks:
        given = [
            _grading(c)["points"]
            for c in sheet.cells
            if _grading(c).get("grade_id") == task.grade_id
        ]
        if given != [task.points]:
            found.append(f"The rubric of {task.grade_id} has {task.points} points, the cell not.")
    for kind in _KINDS:
        if sums[kind] != getattr(promised, kind):
            found.append(
                f"course.yml promises {getattr(promised, kind)} points for {kind}; "
                f"the cells have {sums[kind]}."
            )
    sentence = f"{promised.total} points: {promised.data} for data questions, {promised.plan} for"
    if sentence not in sheet.cells[0].source:
        found.append(f"The first cell does not say '{sentence} …'.")
    return found


def _module(package: str, number: str) -> str:
    """Name the file of a week in one of the packages that have one for each."""
    return f"{package.replace('.', '/')}/week_{number.partition('.')[0]}.py"


def weeks_with_exercise(folder: Path = FOLDER) -> list[str]:
    """Give the ids of the weeks whose exercise a course directory holds."""
    return [
        week.id
        for week in course.load().weeks
        if (folder / "source" / week.id / f"{week.id}.ipynb").exists()
    ]


def release(week: str, *, folder: Path = FOLDER, database: bool = True) -> Path:
    """Make the learners' sheet of a week with nbgrader, and prove it.

    Parameters
    ----------
    week : str
        Such as ``"week-1"``.
    folder : Path
        The nbgrader course directory.
    database : bool
        Whether to enter the assignment into the gradebook. Grading needs it; the book does not.

    Returns
    -------
    Path
        The released notebook.

    Raises
    ------
    LabError
        If there is no such exercise, or it fails the proof. Nothing is released then, and the sheet
        before it is still there.
    """
    need_exercise(week, folder)
    config = configuration(folder)
    config.merge(Config({"CourseDirectory": {"root": str(folder), "assignment_id": week}}))
    if not database:
        config.merge(Config({"SaveCells": {"enabled": False}}))
    # A parent of its own would read this computer's nbgrader settings; the course has its own.
    directory = CourseDirectory(config=config)
    heard = _Heard()
    log = logging.getLogger(f"organizer_lab.release.{week}")
    log.propagate = False
    log.addHandler(heard)
    place = folder / "release" / week
    try:
        with _kept(place):
            GenerateAssignment(
                coursedir=directory, config=config, log=log, force=True, no_database=not database
            ).start()
    except (NbGraderException, SystemExit):
        raise LabError(heard.reason() or f"nbgrader could not release {week}.") from None
    finally:
        log.removeHandler(heard)
    return place / f"{week}.ipynb"


@contextlib.contextmanager
def _kept(place: Path) -> Iterator[None]:
    """Bring a folder back as it was, if what is done meanwhile does not come to its end.

    nbgrader takes the sheet before away, and only then looks whether there can be another one.
    """
    with tempfile.TemporaryDirectory(prefix="organizer-lab-") as workshop:
        before = Path(workshop) / "before"
        if place.is_dir():
            shutil.copytree(place, before)
        try:
            yield
        except BaseException:
            if before.is_dir():
                shutil.rmtree(place, ignore_errors=True)
                shutil.copytree(before, place)
            raise


def release_sheets() -> list[Path]:
    """Make the sheets of all exercises without touching the gradebook, for the book."""
    return [release(week, database=False) for week in weeks_with_exercise()]


class _Heard(logging.Handler):
    """Keeps what nbgrader logs, because it reports a failure there and nowhere else."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.messages: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.messages.append(record.getMessage())

    def reason(self) -> str:
        """Give the text of the error that stopped nbgrader, else everything that was logged."""
        for message in self.messages:
            if "organizer_lab.errors.LabError: " in message:
                return message.split("organizer_lab.errors.LabError: ")[-1].strip()
            if message.startswith("Traceback "):
                # Its last line: nbgrader's own sentence, such as "Solution region detected …".
                return f"nbgrader stopped: {message.strip().splitlines()[-1]}"
        return "\n".join(self.messages)


def _grading(cell: NotebookNode) -> dict[str, Any]:
    return cell.metadata.get("nbgrader", {})


def _all_text(part: NotebookNode) -> str:
    """Give every text of a notebook or a cell, the metadata's included."""

    def walk(value: Any) -> Iterator[str]:
        if isinstance(value, dict):
            for item in value.values():
                yield from walk(item)
        elif isinstance(value, list):
            for item in value:
                yield from walk(item)
        elif isinstance(value, str):
            yield value

    return "\n".join(walk(part))


def _secret_lines(source: NotebookNode) -> Iterator[str]:
    """Give each line inside a region that learners must not see; very short ones say nothing.

    The gaps that a learner fills may begin as the solution does, with the opening of a bracket.
    """
    for cell in source.cells:
        inside = False
        before = (line.strip() for line in _MARKER.split(cell.source)[0].splitlines())
        openings = {line for line in before if line.endswith(("(", "[", "{"))}
        for line in cell.source.splitlines():
            if marker := _MARKER.search(line):
                inside = marker.group(1) == "BEGIN"
            elif inside and len(line.strip()) > 3 and line.strip() not in openings:
                yield line.strip()


def _open_solution(cell: NotebookNode) -> bool:
    meta = _grading(cell)
    return bool(meta.get("solution") and "### BEGIN SOLUTION" not in cell.source)


def _points_in_headings(sheet: NotebookNode) -> dict[str, int]:
    """Read the points of each question from headings such as "Question 1.1: … (2 points)"."""
    pattern = re.compile(r"^#+ Question (\d+\.\d+): .*\((\d+) points?\)$", re.MULTILINE)
    return {
        number: int(points)
        for cell in sheet.cells
        if cell.cell_type == "markdown"
        for number, points in pattern.findall(cell.source)
    }
