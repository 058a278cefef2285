"""What a week aims at, for the plan of its live session: from the course file, like all else."""

from __future__ import annotations

from typing import Any

from organizer_lab import course
from organizer_lab.book import links
from organizer_lab.book.directives.written import Written, doc
from organizer_lab.overview import enumeration


class WeekAims(Written):
    """The objectives of a week, what learners make, and its lesson; the argument is the week."""

    required_arguments = 1

    def markdown(self) -> str:
        """Write a sentence and a list."""
        week = course.load().week(self.arguments[0])
        sheet = links.exercise(self.env, week)
        pages = [self.to_lesson(week, "the lesson")]
        pages += [doc(sheet, "the exercise")] if sheet else []
        return "\n".join(
            [
                "At the end of the week learners can:",
                "",
                *(f"- {objective}" for objective in week.objectives),
                "",
                f"They make: {self.to_part(week)}.",
                f"It belongs to {enumeration(pages)} of week {week.number}.",
            ]
        )


def setup(app: Any) -> None:
    """Register the directive."""
    app.add_directive("week-aims", WeekAims)
