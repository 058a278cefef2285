"""Where the course works on each stage: stage by stage, and as one matrix."""

from __future__ import annotations

from typing import Any

from organizer_lab import course
from organizer_lab.book import links
from organizer_lab.book.directives.written import Written, cell, doc
from organizer_lab.course import Week
from organizer_lab.errors import LabError, nearest
from organizer_lab.overview import enumeration, levels


class StageMap(Written):
    """The ten stages of the Organizer Framework, in order, with the weeks that work on each."""

    def markdown(self) -> str:
        """Write a numbered list."""
        known = course.load()
        items = []
        for stage in known.stages:
            weeks = [
                self.to_lesson(week, f"week {week.number}") for week in known.weeks_of(stage.slug)
            ]
            text = (
                f"{stage.number}. **{self.to_stage(stage)}** – {stage.summary} "
                f"In {enumeration(weeks)}."
            )
            if links.chapter(self.env, stage):
                text += f" {{ref}}`Checklist <checklist-{stage.slug}>`."
            items.append(text)
        return "\n".join(items)


class StageCourse(Written):
    """Where the course teaches, practises and assesses a stage; the argument is its slug."""

    required_arguments = 1

    def markdown(self) -> str:
        """Write a table of weeks and plan parts, then name the neighbouring stages."""
        known = course.load()
        slugs = [stage.slug for stage in known.stages]
        slug = self.arguments[0]
        if slug not in slugs:
            raise LabError(f"There is no stage '{slug}'.{nearest(slug, slugs)}")
        self.env.metadata[self.env.docname].setdefault("ol-stage-course", []).append(slug)
        lines = [
            "| Week | Does with this stage | Fills in your plan |",
            "| --- | --- | --- |",
        ]
        for week in known.weeks_of(slug):
            cells = [self._week(week), levels(week, slug), self.to_part(week)]
            lines.append(f"| {' | '.join(cells)} |")
        lines.append("")
        position = slugs.index(slug)
        for words, at in (("Stage before", position - 1), ("Next stage", position + 1)):
            if 0 <= at < len(slugs):
                stage = known.stages[at]
                lines.append(f"- **{words}:** {self.to_stage(stage)}")
        return "\n".join(lines)

    def _week(self, week: Week) -> str:
        """Link to the lesson and the exercise; name as planned what is not there."""
        lesson, sheet = links.lesson(self.env, week), links.exercise(self.env, week)
        text = self.to_lesson(week, cell(f"Week {week.number}: {week.title}"))
        text += f", {doc(sheet, 'exercise')}" if sheet else ""
        missing = [name for name, page in (("lesson", lesson), ("exercise", sheet)) if page is None]
        return text + (f" ({enumeration(missing)} planned)" if missing else "")


def setup(app: Any) -> None:
    """Register the directives."""
    app.add_directive("stage-map", StageMap)
    app.add_directive("stage-course", StageCourse)
