"""What the gradebook says: who handed in what and when, and the points of each question."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import func, select

if TYPE_CHECKING:
    from organizer_lab.grading.batch import Course

_GRADE_ID = re.compile(r"(?:data|plan|judgement)-([0-9]+)-([0-9]+[a-z]?)", re.ASCII)


class Score(NamedTuple):
    """The points of one question of one submission.

    Attributes
    ----------
    question : str
        Its ``grade_id``.
    by_hand : bool
        Whether a person gives the points.
    points, of : float
        Points as nbgrader counts them, with what a person added, and the most that there are.
    waiting : bool
        Whether a person still has to look.
    """

    learner: str
    week: str
    question: str
    by_hand: bool
    points: float
    of: float
    waiting: bool

    @property
    def full(self) -> bool:
        """Whether there is nothing more to gain."""
        return self.points >= self.of - 1e-9


class Submission(NamedTuple):
    """One learner's work of one week.

    Attributes
    ----------
    when, due : datetime or None
        When it was handed in, and the deadline with an extension; UTC, without a time zone.
    penalty : float
        Points that lateness costs.
    """

    learner: str
    week: str
    when: datetime | None
    due: datetime | None
    penalty: float

    @property
    def late(self) -> bool:
        """Whether it came after its deadline."""
        return self.when is not None and self.due is not None and self.when > self.due


def number(question: str) -> str:
    """Give the number of a question as learners know it: "5.1" for ``data-5-1``."""
    found = _GRADE_ID.fullmatch(question)
    return f"{found[1]}.{found[2]}" if found else question


def order(question: str) -> tuple[list[int], str]:
    """Give a key that sorts questions by week and number."""
    return [int(digits) for digits in re.findall("[0-9]+", question)], question


def submissions(course: Course, week: str | None = None) -> list[Submission]:
    """Read who handed in what, of one week or of all."""
    from nbgrader import api

    handed, sheet = api.SubmittedAssignment.__table__, api.Assignment.__table__
    notebook = api.SubmittedNotebook.__table__
    query = (
        select(
            handed.c.student_id,
            sheet.c.name,
            handed.c.timestamp,
            sheet.c.duedate,
            handed.c.extension,
            func.coalesce(func.sum(notebook.c.late_submission_penalty), 0.0),
        )
        .join(sheet, sheet.c.id == handed.c.assignment_id)
        .outerjoin(notebook, notebook.c.assignment_id == handed.c.id)
        .group_by(
            handed.c.id,
            handed.c.student_id,
            sheet.c.name,
            handed.c.timestamp,
            sheet.c.duedate,
            handed.c.extension,
        )
        .order_by(sheet.c.name, handed.c.student_id)
    )
    if week is not None:
        query = query.where(sheet.c.name == week)
    with course.gradebook() as book:
        return [
            Submission(learner, name, when, due + more if due and more else due, penalty)
            for learner, name, when, due, more, penalty in book.db.execute(query)
        ]


def scores(
    course: Course, week: str | None = None, learners: Sequence[str] | None = None
) -> Iterator[Score]:
    """Read the points of each question, learner by learner and in the order of the questions.

    Parameters
    ----------
    course : Course
    week : str, optional
        By default all weeks.
    learners : sequence of str, optional
        Only these.
    """
    from nbgrader import api

    handed, sheet = api.SubmittedAssignment.__table__, api.Assignment.__table__
    notebook, grade = api.SubmittedNotebook.__table__, api.Grade.__table__
    cell, graded, task = (kind.__table__ for kind in (api.BaseCell, api.GradeCell, api.TaskCell))
    query = (
        select(
            handed.c.student_id,
            sheet.c.name,
            cell.c.name,
            cell.c.type,
            func.coalesce(graded.c.max_score, task.c.max_score),
            grade.c.auto_score,
            grade.c.manual_score,
            grade.c.extra_credit,
            grade.c.needs_manual_grade,
            cell.c.notebook_id,
        )
        .join(notebook, notebook.c.id == grade.c.notebook_id)
        .join(handed, handed.c.id == notebook.c.assignment_id)
        .join(sheet, sheet.c.id == handed.c.assignment_id)
        .join(cell, cell.c.id == grade.c.cell_id)
        .outerjoin(graded, graded.c.id == cell.c.id)
        .outerjoin(task, task.c.id == cell.c.id)
        .order_by(sheet.c.name, handed.c.student_id)
    )
    if week is not None:
        query = query.where(sheet.c.name == week)
    solutions = select(cell.c.notebook_id, cell.c.name).where(cell.c.type == "SolutionCell")
    wanted = None if learners is None else set(learners)
    with course.gradebook() as book:
        answered = {tuple(row) for row in book.db.execute(solutions)}
        rows = book.db.execute(query).all()
    found: list[Score] = []
    for learner, name, question, kind, of, auto, manual, extra, waiting, home in rows:
        if wanted is not None and learner not in wanted:
            continue
        if found and (found[-1].learner, found[-1].week) != (learner, name):
            yield from sorted(found, key=lambda score: order(score.question))
            found = []
        # As nbgrader counts: what a person gave comes before what the program gave.
        points = (manual if manual is not None else auto or 0.0) + (
            (extra or 0.0) if manual is not None or auto is not None else 0.0
        )
        by_hand = kind == "TaskCell" or (home, question) in answered
        found.append(Score(learner, name, question, by_hand, points, of, bool(waiting)))
    yield from sorted(found, key=lambda score: order(score.question))


def comments(course: Course, week: str) -> dict[str, dict[str, str]]:
    """Read what is written under answers: learner, then ``grade_id``, then the text."""
    from nbgrader import api

    handed, sheet = api.SubmittedAssignment.__table__, api.Assignment.__table__
    notebook, note = api.SubmittedNotebook.__table__, api.Comment.__table__
    cell = api.BaseCell.__table__
    query = (
        select(handed.c.student_id, cell.c.name, note.c.manual_comment, note.c.auto_comment)
        .join(notebook, notebook.c.id == note.c.notebook_id)
        .join(handed, handed.c.id == notebook.c.assignment_id)
        .join(sheet, sheet.c.id == handed.c.assignment_id)
        .join(cell, cell.c.id == note.c.cell_id)
        .where(sheet.c.name == week)
    )
    found: dict[str, dict[str, str]] = {}
    with course.gradebook() as book:
        for learner, name, by_hand, by_program in book.db.execute(query):
            said = by_hand if by_hand is not None else by_program
            if said:
                found.setdefault(learner, {})[name] = said
    return found
