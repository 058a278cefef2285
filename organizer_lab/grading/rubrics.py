"""Rubrics: how a judged text is marked, read from ``exercises/rubrics/week-N.yml``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from organizer_lab import checked_yaml
from organizer_lab.checked_yaml import Mistake
from organizer_lab.files import WEEK
from organizer_lab.grading import COURSE

FOLDER = COURSE / "rubrics"


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Level(_Strict):
    """What a text of this level does, and the points it gets."""

    points: Annotated[int, Field(ge=0)]
    text: Annotated[str, Field(min_length=5)]


class Criterion(_Strict):
    """One question that a grader asks, with its levels from best to none."""

    name: str
    question: Annotated[str, Field(pattern=r"\?$")]
    levels: Annotated[list[Level], Field(min_length=2)]


class Task(_Strict):
    """One judged text: its task cell, points, length in words, criteria and mark scheme."""

    grade_id: Annotated[str, Field(pattern=r"^judgement-[1-9][0-9]?-[0-9]+$")]
    title: str
    points: Annotated[int, Field(ge=1)]
    words: Annotated[list[int], Field(min_length=2, max_length=2)]
    criteria: Annotated[list[Criterion], Field(min_length=1)]
    scheme: Annotated[str, Field(min_length=20)]

    def table(self) -> str:
        """Give the criteria and levels as Markdown, for learners and graders alike."""
        rows = ["| Criterion | Points | What the text does |", "| --- | --- | --- |"]
        for criterion in self.criteria:
            for position, level in enumerate(criterion.levels):
                first = f"**{criterion.name}**: {criterion.question}" if position == 0 else ""
                rows.append(f"| {first} | {level.points} | {level.text} |")
        return "\n".join(rows)


class Rubric(_Strict):
    """The judged texts of one week."""

    week: Annotated[str, Field(pattern=rf"^{WEEK}$")]
    tasks: Annotated[list[Task], Field(min_length=1)]


def load(week: str, folder: Path | None = None) -> Rubric:
    """Read the rubric of a week.

    Parameters
    ----------
    week : str
        Such as ``"week-1"``.
    folder : Path, optional
        Where the rubrics stand; by default ``exercises/rubrics``.

    Raises
    ------
    LabError
        If it is missing or broken. Each mistake names its line.
    """
    return checked_yaml.read((folder or FOLDER) / f"{week}.yml", Rubric, _mistakes)


def _mistakes(rubric: Rubric) -> list[Mistake]:
    found: list[Mistake] = []
    for place, task in enumerate(rubric.tasks):
        best = 0
        for index, criterion in enumerate(task.criteria):
            points = [level.points for level in criterion.levels]
            keys = ("tasks", place, "criteria", index, "levels")
            if points != sorted(set(points), reverse=True) or points[-1] != 0:
                found.append((keys, "levels go from the most points down to 0, each once"))
            best += points[0]
        if best != task.points:
            found.append(
                (("tasks", place, "points"), f"the best levels add up to {best}, not {task.points}")
            )
        if task.words[0] >= task.words[1]:
            found.append((("tasks", place, "words"), "give the least and the most words"))
    return found
