"""Week 1 of the plan: the topic card."""

from __future__ import annotations

from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from organizer_lab import data
from organizer_lab.errors import nearest
from organizer_lab.plan.part import Evidence, Part, Problem, Problems, short
from organizer_lab.words import count_words


class TopicCard(Part):
    """Week 1: what the campaign is about, and why it matters here and now."""

    field: ClassVar = "topic_card"
    title: ClassVar = "Topic card"

    topic: str | None = Field(None, description="The topic in at most 120 characters.")
    place: str | None = Field(None, description="Where: a country, a region or a town.")
    languages: list[str] = Field(
        default_factory=list,
        description="Codes of the Wikipedias that the campaign works on, as in wikipedia_editions.",
    )
    evidence: list[Evidence] = Field(
        default_factory=list, description="Two different numbers that show why the topic matters."
    )
    goal_for: Literal["readers", "contributors"] | None = Field(
        None, description="Whose life changes: 'readers' or 'contributors'."
    )
    goal: str | None = Field(
        None, description="The change for these people, in a sentence of six words or more."
    )
    why_now: str | None = Field(
        None, description="Why this year, in a sentence of six words or more."
    )

    @field_validator("goal_for", mode="before")
    @classmethod
    def _small_letters(cls, word: Any) -> Any:
        return word.strip().lower() if type(word) is str else word

    def problems(self) -> Problems:
        """Apply the rules of week 1."""
        found = Problems(self._empty("topic", "place", "languages", "goal_for", "goal", "why_now"))
        if self.topic and len(self.topic) > 120:
            found.append(
                Problem("topic", f"{len(self.topic)} characters are too many: 120 at the most.")
            )
        editions = data.known("wikipedia_editions", "language_code")
        for code in self.languages:
            if code not in editions:
                found.append(
                    Problem(
                        "languages",
                        f"There is no Wikipedia {short(code)}.{nearest(code, editions)}",
                    )
                )
        for name in ("goal", "why_now"):
            text = getattr(self, name)
            if text and count_words(text) < 6:
                found.append(Problem(name, "Write a whole sentence, of six words or more."))
        if len(self.evidence) < 2:
            found.append(Problem("evidence", "A topic card needs two numbers from the tables."))
        elif self.evidence[0].names_same_cells(self.evidence[1]):
            found.append(Problem("evidence", "The two numbers are the same. Choose another one."))
        for position, item in enumerate(self.evidence, 1):
            found += [
                Problem(f"evidence {position}, {problem.field}", problem.text)
                for problem in item.problems()
            ]
        return found
