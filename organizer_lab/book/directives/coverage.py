"""The coverage matrix: which week teaches, practises and assesses which stage."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.util import logging

from organizer_lab import course
from organizer_lab.book import elements, links
from organizer_lab.book.directives.written import Written
from organizer_lab.course import LEVELS, Course, Level, Stage, Week
from organizer_lab.overview import DONE, enumeration

_log = logging.getLogger(__name__)


def ready(env: Any, week: Week, level: Level) -> bool:
    """Say whether the book has what a level needs: the lesson to teach, else the exercise."""
    page = links.lesson(env, week) if level == "teaches" else links.exercise(env, week)
    return page is not None


def uncovered(env: Any, known: Course) -> dict[str, list[Level]]:
    """Find what the lessons and exercises of the book do not cover yet.

    Returns
    -------
    dict
        The slug of each stage that lacks something, with the levels that it lacks.
    """
    found = {
        stage.slug: [
            level
            for level in LEVELS
            if not any(ready(env, week, level) for week in known.weeks_of(stage.slug, level))
        ]
        for stage in known.stages
    }
    return {slug: levels for slug, levels in found.items() if levels}


class CoverageMatrix(Written):
    """A row for each stage and a column for each week, then what is still planned."""

    def run(self) -> list[nodes.Node]:
        """Make the table, then the text."""
        return [self._table(course.load()), *super().run()]

    def markdown(self) -> str:
        """Say what is covered; warn of a stage that all lessons leave out."""
        known = course.load()
        lacking = uncovered(self.env, known)
        lessons = [week for week in known.weeks if links.lesson(self.env, week)]
        sheets = [week for week in known.weeks if links.exercise(self.env, week)]
        if not lacking:
            return "Every stage is taught, practised and assessed."
        lines = [
            f"The book has {len(lessons)} of {len(known.weeks)} lessons "
            f"and {len(sheets)} of {len(known.weeks)} exercises.",
            "These stages are still planned:",
            "",
        ]
        for stage in known.stages:
            if stage.slug not in lacking:
                continue
            planned = []
            for level in lacking[stage.slug]:
                weeks = [f"week {week.number}" for week in known.weeks_of(stage.slug, level)]
                planned.append(f"{DONE[level]} in {enumeration(weeks)}")
            lines.append(f"- {self.to_stage(stage)}: {', '.join(planned)}")
            if len(lessons) == len(known.weeks):
                _log.warning(
                    "All lessons are there, but the stage '%s' is not %s.",
                    stage.slug,
                    enumeration([DONE[level] for level in lacking[stage.slug]]),
                    location=self.get_location(),
                    type="coverage",
                )
        return "\n".join(lines)

    def _table(self, known: Course) -> nodes.Node:
        make = elements.make
        head = [make("th", "Stage", scope="col")]
        head += [make("th", self._to_week(week), scope="col") for week in known.weeks]
        rows = []
        for name, find in (("Lesson", links.lesson), ("Exercise", links.exercise)):
            states = ["ready" if find(self.env, week) else "planned" for week in known.weeks]
            if "planned" not in states:
                continue
            cells = [make("td", state) for state in states]
            rows.append(make("tr", make("th", name, scope="row"), *cells))
        for stage in known.stages:
            name = make("th", f"{stage.number}. ", self._to_stage(stage), scope="row")
            cells = [self._cell(week.levels.get(stage.slug, [])) for week in known.weeks]
            rows.append(make("tr", name, *cells))
        table = make(
            "table",
            make("thead", make("tr", *head)),
            make("tbody", *rows),
            classes=("table", "ol-coverage"),
        )
        return make("div", table, classes=("pst-scrollable-table-container",))

    def _cell(self, levels: list[Level]) -> nodes.Node:
        """Show one letter for each level; a screen reader hears the words instead."""
        make = elements.make
        if not levels:
            return make("td")
        letters = " ".join(level[0].upper() for level in levels)
        words = ", ".join(levels)
        return make(
            "td",
            make("span", letters, aria_hidden="true"),
            make("span", words, classes=("visually-hidden",)),
        )

    def _to_week(self, week: Week) -> nodes.Node:
        text, here = f"Week {week.number}", self.env.docname
        if page := links.lesson(self.env, week):
            return links.to_page(page, text, here)
        if links.syllabus(self.env):
            return links.to_label(f"syllabus-{week.id}", text, here)
        return nodes.Text(text)

    def _to_stage(self, stage: Stage) -> nodes.Node:
        if links.chapter(self.env, stage):
            return links.to_label(f"stage-{stage.slug}", stage.name, self.env.docname)
        return nodes.Text(stage.name)


def setup(app: Any) -> None:
    """Register the directive."""
    app.add_directive("coverage-matrix", CoverageMatrix)
