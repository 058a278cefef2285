"""Week 5 of the plan: the campaign model, and the card of its one editing action."""

from __future__ import annotations

import re
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field, field_validator

from organizer_lab.plan.part import Evidence, Part, Problem, Problems, one_of
from organizer_lab.words import count_words

Form = Literal[
    "photography",
    "micro-contribution",
    "writing contest",
    "edit-a-thon",
    "decentralised drive",
    "combination",
]
Kind = Literal["text", "reference", "image", "upload", "translation", "data", "other"]

MOST_STEPS = 7
MOST_TEACHING_MIN = 15
MOST_DOING_MIN = 10
# The Organizer Lab: a decentralised drive lasts a month or more. February counts as a month.
DRIVE_DAYS = 28
LONGEST_DAYS = 366
_LIST = re.compile(r"[;\n]")
_NUMBER = re.compile(r"^\s*\d+[.)]\s+")


class ActionCard(Part):
    """One action on one card: what people do, in which steps, and what counts as done."""

    gap: str | None = Field(
        None,
        description="The one gap that the action closes, in a sentence of six words or more.",
    )
    action: str | None = Field(
        None, description="The one thing that people do, such as an edit, on one line."
    )
    steps: list[str] = Field(
        default_factory=list,
        description="What a person does, one step after the other: from two to seven, all "
        "different.",
    )
    taught_min: float | None = Field(
        None, description="Minutes in which a newcomer learns the action: at most 15."
    )
    done_min: float | None = Field(
        None, description="Minutes in which a person then does it alone: at most 10."
    )
    success_size: float | None = Field(
        None, description="How much counts as one successful edit: a number above zero."
    )
    success_unit: str | None = Field(
        None,
        description="What this number counts, in words, such as 'images with a caption'.",
    )
    success_kind: Kind | None = Field(
        None, description=f"The kind of edit: {', '.join(get_args(Kind))}."
    )

    @field_validator("success_kind", mode="before")
    @classmethod
    def _small_letters(cls, word: Any) -> Any:
        return one_of(get_args(Kind), word)

    @field_validator("steps", mode="before")
    @classmethod
    def _lines(cls, steps: Any) -> Any:
        """Take the lines of a text as the steps; dots and numbers before them do not count."""
        if type(steps) is not str:
            return steps
        lines = [_NUMBER.sub("", line).strip() for line in steps.splitlines()]
        return [line for line in lines if line not in ("", "...", "…")]

    def problems(self) -> Problems:
        """Apply the rules for the action card."""
        found = Problems(self._empty("gap", "action", "steps", "success_unit", "success_kind"))
        if self.gap and self.gap.strip() and count_words(self.gap) < 6:
            found.append(Problem("gap", "Write a whole sentence, of six words or more."))
        for name in ("gap", "action"):
            if _LIST.search((getattr(self, name) or "").strip()):
                found.append(
                    Problem(name, f"This looks like a list. Choose one {name}, on one line.")
                )
        found += self._problems_of_steps()
        for name, most, what in (
            ("taught_min", MOST_TEACHING_MIN, "to teach"),
            ("done_min", MOST_DOING_MIN, "to do"),
        ):
            minutes = getattr(self, name)
            if minutes is None:
                description = type(self).model_fields[name].description
                found.append(Problem(name, f"Not written yet: {description}"))
            elif not minutes > 0:
                found.append(Problem(name, "Measure it with a clock, and write the minutes."))
            elif not minutes <= most:
                found.append(
                    Problem(
                        name,
                        f"That is too long {what}: {most} minutes at the most. Make the action "
                        "smaller, and keep the rest for another day.",
                    )
                )
        if self.success_size is None:
            found.append(Problem("success_size", "Not written yet: how much counts as one edit?"))
        elif not 0 < self.success_size <= 1_000_000:
            found.append(
                Problem("success_size", "Write a number above zero: how much is one edit?")
            )
        if self.success_unit and re.fullmatch(r"[\d\s.,%]+", self.success_unit):
            found.append(
                Problem("success_unit", "Say in words what is counted, such as 'references'.")
            )
        return found

    def _problems_of_steps(self) -> Problems:
        found = Problems()
        if len(self.steps) > MOST_STEPS:
            found.append(
                Problem(
                    "steps",
                    f"{len(self.steps)} steps are too many: {MOST_STEPS} at the most. "
                    "Which step could you do before people come?",
                )
            )
        if len(self.steps) == 1:
            found.append(
                Problem("steps", "One step hides others. Write down each click that you make.")
            )
        written = [" ".join(step.lower().split()) for step in self.steps]
        if not all(written):
            found.append(Problem("steps", "One of the steps is empty."))
        if len(set(written)) < len(written):
            found.append(Problem("steps", "Two steps are the same. Write each step once."))
        return found


class CampaignModel(Part):
    """Week 5: the form of the campaign, who runs it where, and its one action."""

    field: ClassVar = "campaign_model"
    title: ClassVar = "Campaign model and action card"

    form: Form | None = Field(None, description=f"The type: {', '.join(get_args(Form))}.")
    resembles: str | None = Field(
        None, description="A real campaign that yours resembles, such as Wiki Loves Earth."
    )
    days: int | None = Field(
        None,
        description=f"How many days it lasts, from 1 to {LONGEST_DAYS}; a decentralised drive at "
        f"least {DRIVE_DAYS}.",
    )
    organized: Literal["centralised", "decentralised"] | None = Field(
        None,
        description="'centralised': one team runs all; "
        "'decentralised': local organizers run their own parts, as in every decentralised drive.",
    )
    organized_because: str | None = Field(
        None, description="Why so, in a sentence of six words or more."
    )
    local_support: str | None = Field(
        None,
        description="How the people who organize locally are helped, in a sentence of six words "
        "or more. "
        "With one team: who helps participants where they are, and how.",
    )
    experienced_editors: str | None = Field(
        None, description="What experienced editors are asked to do."
    )
    evidence: Evidence | None = Field(
        None, description="One number about a real campaign on which your choice rests."
    )
    action: ActionCard | None = Field(None, description="The card of the one editing action.")

    @field_validator("form", "organized", mode="before")
    @classmethod
    def _small_letters(cls, word: Any) -> Any:
        return one_of((*get_args(Form), "centralised", "decentralised"), word)

    def problems(self) -> Problems:
        """Apply the rules of week 5."""
        found = Problems(
            self._empty(
                "form",
                "resembles",
                "organized",
                "organized_because",
                "local_support",
                "experienced_editors",
            )
        )
        for name in ("organized_because", "local_support"):
            text = getattr(self, name) or ""
            if text.strip() and count_words(text) < 6:
                found.append(Problem(name, "Write a whole sentence, of six words or more."))
        if self.days is None:
            found.append(Problem("days", "Not written yet: how many days from start to end?"))
        elif not 1 <= self.days <= LONGEST_DAYS:
            text = f"Write the whole days of one edition, from 1 to {LONGEST_DAYS}."
            found.append(Problem("days", text))
        elif self.form == "decentralised drive" and self.days < DRIVE_DAYS:
            found.append(
                Problem(
                    "days",
                    "A decentralised drive lasts a month or more, because news travels slowly "
                    "through many places. Make it longer, or choose another form.",
                )
            )
        if self.form == "decentralised drive" and self.organized == "centralised":
            found.append(
                Problem(
                    "organized",
                    "A decentralised drive cannot be centralised. Change this word or the form.",
                )
            )
        for name, part in (("evidence", self.evidence), ("action", self.action)):
            if part is None:
                description = type(self).model_fields[name].description
                found.append(Problem(name, f"Not written yet: {description}"))
            else:
                found += [Problem(f"{name}, {p.field}", p.text) for p in part.problems()]
        return found
