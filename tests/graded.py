"""A small graded course in one process: week 1 of the cohort, and what tests add to it."""

from __future__ import annotations

import shutil
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
