"""Pages about the whole course: the weeks in one table, the syllabus, the campaign plan."""

from __future__ import annotations

import re
from typing import Any, get_args

from organizer_lab import course, data, overview
from organizer_lab.book import links
from organizer_lab.book.directives import worked
from organizer_lab.book.directives.written import Written, cell, doc
from organizer_lab.course import Week
from organizer_lab.plan import PARTS, Part
from organizer_lab.words import counted

# What a description quotes to be typed as it stands; straight quotes and dots must stay.
_CODE = re.compile(r"\{[^}]*\}|[\w.]+\([^)]*\)|(?<!\w)'[^']+'")


class CourseOverview(Written):
    """All weeks; one whose lesson is in the book is a link."""

    def markdown(self) -> str:
        """Write a table."""
        rows = [
            # Four columns fit on a phone.
            "| Week | Lesson and question | You make | Time |",
            "| ---: | --- | --- | --- |",
        ]
        for week in course.load().weeks:
            page = links.lesson(self.env, week)
            title = doc(page, cell(week.title)) if page else cell(week.title)
            cells = [
                str(week.number),
                f"{title} – {cell(week.question)}",
                self.to_part(week, cell(week.artefact.name)),
                overview.duration(week.minutes.total),
            ]
            rows.append(f"| {' | '.join(cells)} |")
        return "\n".join(rows)


class _Weeks(Written):
    """A page with one section a week."""

    def stages(self, week: Week) -> list[str]:
        """List the stages of a week, and what it does with each."""
        known = {stage.slug: stage for stage in course.load().stages}
        return [
            f"  - {self.to_stage(known[slug])}: {overview.levels(week, slug)}"
            for slug in week.stages
        ]

    def sheet(self, week: Week, text: str) -> str:
        """Link to the exercise of a week, or name it as planned."""
        page = links.exercise(self.env, week)
        return doc(page, text) if page else f"{text} (planned)"


class Syllabus(_Weeks):
    """Every week in full, each with the label ``syllabus-WEEK``."""

    def markdown(self) -> str:
        """Write the sums, then one section for each week."""
        known = course.load()
        titles = data.tables()["title"]
        hours = overview.duration(sum(week.minutes.total for week in known.weeks))
        points = sum(week.points.total for week in known.weeks)
        many = counted(len(known.weeks), "week")
        lines = [f"The {many} take about {hours} together and give {points} points.", ""]
        for week in known.weeks:
            page = links.lesson(self.env, week)
            lesson = doc(page, "lesson") if page else "lesson (planned)"
            lines += [
                f"(syllabus-{week.id})=",
                f"## Week {week.number}: {week.title}",
                "",
                f"**{week.question}**",
                "",
                f"- **Pages:** {lesson} and {self.sheet(week, 'exercise')}",
                f"- **Time:** {overview.time(week)}",
                "- **After this week you can**",
                *(f"  - {objective}" for objective in week.objectives),
                f"- **You make:** {self.to_part(week)}. {week.artefact.description}",
                "- **Tables**",
                *(f"  - {self.to_table(name, titles[name])}" for name in week.tables),
                "- **Organizer Framework**",
                *self.stages(week),
                f"- **Points:** {overview.points(week)}.",
                "",
            ]
        return "\n".join(lines)


class PlanParts(_Weeks):
    """The place and the parts of the campaign plan, each with the label ``plan-FIELD``."""

    def markdown(self) -> str:
        """Write one section for each part, with its fields where its model exists."""
        known = course.load()
        models = {part.field: part for part in PARTS}
        first = known.weeks[0]
        place = models["place"]
        fields = _Fields(worked.goes_to())
        if fields.goes_to:
            self.env.note_dependency(str(worked.FOLDER / worked.TRACES))
        lines = [
            f"(plan-{place.field})=",
            f"## Before the {counted(len(known.weeks), 'part')}: your {place.title.lower()}",
            "",
            f"{place.__doc__}",
            f"You write it down in the {self.sheet(first, 'exercise of week 1')}.",
            "",
            *fields.tables(place),
        ]
        for week in known.weeks:
            artefact = week.artefact
            lesson = self.to_lesson(week, f"Week {week.number}: {week.title}")
            lines += [
                f"(plan-{artefact.field})=",
                f"## {week.number}. {artefact.name}",
                "",
                artefact.description,
                "",
                f"- **Week:** {lesson}, {self.sheet(week, 'exercise')}",
                f"- **Key in `plan.json`:** `{artefact.field}`",
                "- **Organizer Framework**",
                *self.stages(week),
                "",
            ]
            if model := models.get(artefact.field):
                lines += fields.tables(model)
            else:
                lines += [
                    f"What you fill in will be listed here when week {week.number} is ready.",
                    "",
                ]
        return "\n".join(lines)


class _Fields:
    """The fields of the parts in tables, each kind of object inside them listed once.

    Parameters
    ----------
    goes_to : dict of str to list of str
        The files to which each field goes, see `worked.goes_to`; empty if that is not known.
    """

    def __init__(self, goes_to: dict[str, list[str]]):
        self.goes_to = goes_to
        self._listed: dict[type[Part], str] = {}

    def tables(self, part: type[Part]) -> list[str]:
        """List the fields of a part in a table, and then those of the objects inside it."""
        return self._tables(part, part.field, f"of the {part.title.lower()}")

    def _tables(self, model: type[Part], path: str, whose: str) -> list[str]:
        lines = ["| Field | What you write |", "| --- | --- |"]
        if self.goes_to:
            lines = ["| Field | What you write | Goes to |", "| --- | --- | --- |"]
        inner = []
        for name, field in model.model_fields.items():
            words = _CODE.sub(r"`\g<0>`", field.description or "")
            lines.append(f"| `{name}` | {cell(words)} |{self._files(f'{path}.{name}')}")
            inner += [(name, kind) for kind in _parts_in(field.annotation)]
        lines.append("")
        for name, kind in inner:
            if first := self._listed.get(kind):
                lines += [f"`{name}` has the same fields as {first}.", ""]
            else:
                self._listed[kind] = f"`{name}` {whose}"
                lines += [f"The fields of `{name}`:", ""]
                lines += self._tables(kind, f"{path}.{name}", whose)
        return lines

    def _files(self, path: str) -> str:
        """Write the last cell of a row."""
        if not self.goes_to:
            return ""
        if path not in self.goes_to:
            return " not known |"
        return f" {', '.join(f'`{file}`' for file in self.goes_to[path]) or 'your plan only'} |"


def _parts_in(annotation: Any) -> list[type[Part]]:
    """Find the models inside a type such as ``list[Evidence]`` or ``Evidence | None``."""
    if isinstance(annotation, type) and issubclass(annotation, Part):
        return [annotation]
    return [part for inner in get_args(annotation) for part in _parts_in(inner)]


def setup(app: Any) -> None:
    """Register the directives."""
    app.add_directive("course-overview", CourseOverview)
    app.add_directive("syllabus", Syllabus)
    app.add_directive("plan-parts", PlanParts)
