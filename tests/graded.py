"""A small graded course in one process: week 1 of the cohort, and what tests add to it."""

from __future__ import annotations

import json
import shutil
import tempfile
from functools import cache
from pathlib import Path

import nbformat
from cohort import COHORT

from organizer_lab.grading import batch
from organizer_lab.grading.submission import grade

REPOSITORY = Path(__file__).resolve().parents[1]


def build(folder: Path) -> Path:
    """Release week 1 in a course directory, hand in the cohort's sheets, and grade them."""
    from organizer_lab.grading.release import release

    folder.mkdir(parents=True)
    shutil.copy(REPOSITORY / "exercises" / "nbgrader_config.py", folder)
    for name in ("source", "rubrics"):
        shutil.copytree(REPOSITORY / "exercises" / name, folder / name)
    sheet = release("week-1", folder=folder)
    for learner in COHORT:
        hand_in(folder, learner.name, "week-1", learner.sheet(sheet))
    record(folder, "week-1")
    return folder


def hand_in(folder: Path, learner: str, week: str, sheet: nbformat.NotebookNode) -> Path:
    handed_in = folder / "submitted" / learner / week
    handed_in.mkdir(parents=True, exist_ok=True)
    nbformat.write(sheet, handed_in / f"{week}.ipynb")
    return handed_in


def record(folder: Path, week: str) -> None:
    """Grade what is handed in, in this process: no pool has to start."""
    course = batch.Course(folder)
    template = course.template(week)
    with batch.Writer(course, week, template) as writer:
        for learner in course.submissions(week):
            seen = course.fingerprint(learner, week)
            if not writer.knows(learner, seen):
                writer.add(learner, seen, grade(course.files(learner, week), template))


def judge(folder: Path, learner: str, points: float, comment: str = "") -> None:
    """Mark the judged text of week 1, as formgrader does."""
    with batch.Course(folder).gradebook() as book:
        grade = book.find_grade("judgement-1-8", "week-1", "week-1", learner)
        grade.manual_score, grade.needs_manual_grade = points, False
        book.find_comment("judgement-1-8", "week-1", "week-1", learner).manual_comment = comment
        book.db.commit()


@cache
def _empty() -> bytes:
    """A new gradebook: nbgrader starts another program to make one, which takes seconds."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copy(REPOSITORY / "exercises" / "nbgrader_config.py", folder)
        batch.Course(Path(folder)).gradebook(make=True).close()
        return (Path(folder) / "gradebook.db").read_bytes()


def invented(folder: Path, weeks: dict[str, dict[str, float]]) -> Path:
    """A gradebook without sheets: for each week its questions with their points."""
    folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(REPOSITORY / "exercises" / "nbgrader_config.py", folder)
    (folder / "gradebook.db").write_bytes(_empty())
    with batch.Course(folder).gradebook() as book:
        for week, questions in weeks.items():
            book.add_assignment(week, duedate="2027-03-01 12:00:00")
            book.add_notebook(week, week)
            for name, of in questions.items():
                if name.startswith("judgement"):
                    book.add_task_cell(name, week, week, cell_type="markdown", max_score=of)
                else:
                    book.add_grade_cell(name, week, week, cell_type="code", max_score=of)
    return folder


def give(
    folder: Path,
    week: str,
    learner: str,
    points: dict[str, float | None],
    said: dict[str, list[str]] | None = None,
    *,
    late: bool = False,
) -> None:
    """Record points; None is what a person has still to read. ``said`` is what checks printed."""
    cells = []
    with batch.Course(folder).gradebook() as book:
        book.update_or_create_student(learner)
        when = "2027-03-02 12:00:00" if late else "2027-02-27 12:00:00"
        handed = book.update_or_create_submission(week, learner, timestamp=when)
        (notebook,) = handed.notebooks
        for grade in notebook.grades:
            value = points.get(grade.name, 0.0)
            grade.auto_score, grade.needs_manual_grade = value, value is None
            lines = (said or {}).get(grade.name, [])
            cells.append(
                {
                    "cell_type": "code",
                    "source": "",
                    "metadata": {"nbgrader": {"grade_id": grade.name}},
                    "outputs": [
                        {
                            "output_type": "stream",
                            "name": "stdout",
                            "text": "Question: not yet.\n" + "".join(f"- {x}\n" for x in lines),
                        }
                    ],
                }
            )
        book.db.commit()
    place = folder / "autograded" / learner / week
    place.mkdir(parents=True, exist_ok=True)
    (place / f"{week}.ipynb").write_text(json.dumps({"cells": cells}), "utf-8")
    (folder / "submitted" / learner / week).mkdir(parents=True, exist_ok=True)
