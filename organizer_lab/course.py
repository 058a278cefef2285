"""The structure of the course, read from ``course.yml`` and nowhere else."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

from organizer_lab import checked_yaml, data, files
from organizer_lab.errors import LabError, nearest

_HERE = Path(__file__).resolve().parent

Sentence = Annotated[str, Field(min_length=10, pattern=r"[.?]$")]
Slug = Annotated[str, Field(pattern=r"^[a-z0-9]+(-[a-z0-9]+)*$")]
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
# What people who do not know the name of a thing may look for: words and phrases, for the search.
Words = list[Annotated[str, Field(pattern=r"^[^,]+$")]]
# What a week does with a stage: the lesson explains it, learners do it, points are given for it.
Level = Literal["teaches", "practises", "assesses"]
LEVELS: tuple[Level, ...] = get_args(Level)


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class Stage(_Strict):
    """A stage of the Organizer Framework."""

    slug: Slug
    name: str
    summary: Sentence
    words: Words = []
    number: int = 0


class Minutes(_Strict):
    """How long a week takes, in minutes."""

    lesson: Annotated[int, Field(ge=15, le=60)]
    exercise: Annotated[int, Field(ge=30, le=90)]
    reading: Annotated[int, Field(ge=0, le=60)]

    @property
    def total(self) -> int:
        """Minutes of the whole week."""
        return self.lesson + self.exercise + self.reading


class Artefact(_Strict):
    """What a learner holds at the end of a week: one part of the campaign plan."""

    name: str
    field: Identifier
    description: Sentence


class Points(_Strict):
    """Points of a week: data questions and plan part are autograded, judgement is not."""

    data: Annotated[int, Field(ge=0)]
    plan: Annotated[int, Field(ge=0)]
    judgement: Annotated[int, Field(ge=0)]

    @property
    def automatic(self) -> int:
        """Points that a program gives."""
        return self.data + self.plan

    @property
    def total(self) -> int:
        """All points of the week."""
        return self.automatic + self.judgement


class Week(_Strict):
    """One week: a lesson, an exercise, an artefact.

    Attributes
    ----------
    levels : dict of str to list of str
        Stage by stage, which of `LEVELS` the week does. In the file this is ``stages``.
    """

    id: Annotated[str, Field(pattern=rf"^{files.WEEK}$")]
    title: Annotated[str, Field(min_length=5)]
    question: Annotated[str, Field(pattern=r"\?$")]
    minutes: Minutes
    objectives: Annotated[list[Sentence], Field(min_length=3, max_length=6)]
    levels: Annotated[
        dict[Slug, Annotated[list[Level], Field(min_length=1)]],
        Field(alias="stages", min_length=1),
    ]
    tables: Annotated[list[Identifier], Field(min_length=1)]
    artefact: Artefact
    points: Points
    words: Words = []

    @property
    def number(self) -> int:
        """The week's number, from 1."""
        return int(self.id.removeprefix("week-"))

    @property
    def stages(self) -> list[str]:
        """The slugs of the stages that the week works on; for what it does, see ``levels``."""
        return list(self.levels)

    @property
    def lesson(self) -> Path | None:
        """The lesson notebook in ``weeks/``, or None where there is none."""
        return next(iter(sorted((_HERE.parent / "weeks").glob(f"{self.id}-*.ipynb"))), None)

    @property
    def exercise(self) -> Path | None:
        """The source of the exercise, or None where there is none."""
        path = _HERE.parent / "exercises" / "source" / self.id / f"{self.id}.ipynb"
        return path if path.exists() else None


class Course(_Strict):
    """The whole course."""

    title: str
    subtitle: str
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[A-Za-z0-9]+)*$")]
    stages: Annotated[list[Stage], Field(min_length=1)]
    weeks: Annotated[list[Week], Field(min_length=1)]

    @model_validator(mode="before")
    @classmethod
    def _number_stages(cls, content: Any) -> Any:
        stages = content.get("stages") if isinstance(content, dict) else None
        if not isinstance(stages, list):
            return content
        numbered = [
            {**stage, "number": number} if isinstance(stage, dict) else stage
            for number, stage in enumerate(stages, 1)
        ]
        return {**content, "stages": numbered}

    def week(self, week_id: str) -> Week:
        """Find a week by its id.

        Parameters
        ----------
        week_id : str
            Such as ``"week-1"``.

        Raises
        ------
        LabError
            If there is no such week.
        """
        for week in self.weeks:
            if week.id == week_id:
                return week
        known = [week.id for week in self.weeks]
        raise LabError(
            f"There is no week '{week_id}'.{nearest(week_id, known)} "
            f"The weeks are {known[0]} to {known[-1]}."
        )

    def weeks_of(self, stage: str, level: Level | None = None) -> list[Week]:
        """List the weeks that work on a stage.

        Parameters
        ----------
        stage : str
            The stage's slug.
        level : str, optional
            Only the weeks that teach, practise or assess it: one of `LEVELS`.
        """
        return [
            week
            for week in self.weeks
            if (level in week.levels.get(stage, []) if level else stage in week.levels)
        ]

    def summary(self) -> str:
        """Give one line for each week, with its minutes and points."""
        rows = [
            f"{week.id}  {week.title:38} {week.minutes.total:>4} min {week.points.total:>3} points"
            f"  {'lesson' if week.lesson else '-':6}  {'exercise' if week.exercise else '-'}"
            for week in self.weeks
        ]
        return "\n".join([f"{self.title}: {self.subtitle}", *rows])


def file() -> Path:
    """Where ``course.yml`` stands: in the checkout, or inside the installed package."""
    checkout = _HERE.parent / "course.yml"
    return checkout if checkout.exists() else _HERE / "course.yml"


def load(path: Path | None = None) -> Course:
    """Read and validate the course file.

    Parameters
    ----------
    path : Path, optional
        Another file than the course's own.

    Raises
    ------
    LabError
        If the file is missing, is no YAML, or breaks a rule. Each problem names its line.
    """
    return checked_yaml.read(path or file(), Course, _problems)


def _problems(course: Course) -> list[tuple[tuple, str]]:
    """List what the types cannot say, each with the path of keys that leads to it."""
    found: list[tuple[tuple, str]] = []
    slugs = [stage.slug for stage in course.stages]
    for position, slug in enumerate(slugs):
        if slug in slugs[:position]:
            found.append((("stages", position, "slug"), f"'{slug}' stands twice"))
        found += [
            (("stages", position, "slug"), f"no week {level} this stage")
            for level in LEVELS
            if not course.weeks_of(slug, level)
        ]
    words = {
        "stages": [stage.words for stage in course.stages],
        "weeks": [week.words for week in course.weeks],
    }
    lay = [
        (word.lower(), (part, at, "words"))
        for part, lists in words.items()
        for at, said in enumerate(lists)
        for word in said
    ]
    for position, (word, place) in enumerate(lay):
        if word in [earlier for earlier, _ in lay[:position]]:
            found.append((place, f"'{word}' stands twice"))
    fields = [week.artefact.field for week in course.weeks]
    tables = data.names()
    for position, week in enumerate(course.weeks):
        here = ("weeks", position)
        if week.number != position + 1:
            found.append(((*here, "id"), f"expected week-{position + 1}, in order"))
        for slug, levels in week.levels.items():
            if slug not in slugs:
                why = f"no stage is called '{slug}'.{nearest(slug, slugs)}"
                found.append(((*here, "stages", slug), why))
            if len(set(levels)) < len(levels):
                found.append(((*here, "stages", slug), "a word stands twice"))
        if not any("assesses" in levels and len(levels) > 1 for levels in week.levels.values()):
            why = "the week must assess a stage that it also teaches or practises"
            found.append(((*here, "stages"), why))
        for index, name in enumerate(week.tables):
            if name not in tables:
                found.append(
                    (
                        (*here, "tables", index),
                        f"no table is called '{name}'.{nearest(name, tables)}",
                    )
                )
        if week.artefact.field in fields[:position]:
            found.append(((*here, "artefact", "field"), "another week fills this plan field"))
        if week.points.total != 20:
            found.append(((*here, "points"), f"a week has 20 points, not {week.points.total}"))
        if week.minutes.total > 180:
            found.append(
                ((*here, "minutes"), f"a week takes at most 180 minutes, not {week.minutes.total}")
            )
    return found
