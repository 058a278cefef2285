"""The directive that shows how each judged text is marked, from ``exercises/rubrics/``."""

from __future__ import annotations

from typing import Any

from organizer_lab import course
from organizer_lab.book import links
from organizer_lab.book.directives.written import Written, doc
from organizer_lab.grading import rubrics


class Rubrics(Written):
    """The criteria and levels of every week that has an exercise; not the mark schemes."""

    def markdown(self) -> str:
        """Write a heading for each week and a table for each judged text."""
        lines = []
        for week in course.load().weeks:
            path = rubrics.FOLDER / f"{week.id}.yml"
            if not path.exists():
                continue
            self.env.note_dependency(str(path))
            page = links.exercise(self.env, week)
            sheet = doc(page, "the exercise sheet") if page else "the exercise sheet"
            lines += [f"## Week {week.number}: {week.title}", ""]
            for task in rubrics.load(week.id).tasks:
                number = task.grade_id.removeprefix("judgement-").replace("-", ".")
                least, most = task.words
                lines += [
                    f"### {task.title}",
                    "",
                    f"Question {number} of {sheet}: {least} to {most} words, {task.points} points.",
                    "",
                    task.table(),
                    "",
                ]
        return "\n".join(lines)


def setup(app: Any) -> None:
    """Register the directive."""
    app.add_directive("rubrics", Rubrics)
