"""Week 9 of the plan: how results are judged, and what follows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from organizer_lab.plan.part import Part, Problem, Problems, short
from organizer_lab.plan.rows import day, lines
from organizer_lab.words import count_words

# A sentence that says something has so many words; one that says by whom and by what has more.
SENTENCE, JUDGING = 6, 8
# Two looks at the same people show staying only when some time lies between them.
LOOKS, LOOKS_APART_DAYS = 2, 14


class FollowUp(Part):
    """One thing that is done after the campaign."""

    subject: Literal["people", "content"] | None = Field(
        None, description="Whom or what it is for: 'people' or 'content'."
    )
    on: str | None = Field(None, description="The day, written as '2027-04-20'.")
    action: str | None = Field(None, description="What is done, in three words or more.")
    owner: str | None = Field(None, description="The role that does it, not a name.")

    @field_validator("subject", mode="before")
    @classmethod
    def _small_letters(cls, word: Any) -> Any:
        return word.strip().lower() if type(word) is str else word

    def problems(self) -> Problems:
        """Apply the rules for one follow-up."""
        found = Problems(self._empty("subject", "on", "action", "owner"))
        if self.on and self.on.strip() and day(self.on) is None:
            found.append(_no_day("on", self.on))
        if self.action and self.action.strip() and count_words(self.action) < 3:
            found.append(Problem("action", "Say in three words or more what is done."))
        return found


class EvaluationPlan(Part):
    """Week 9: how results are judged and what follows; with it the campaign plan is complete."""

    field: ClassVar = "evaluation_plan"
    title: ClassVar = "Evaluation plan"

    scope: str | None = Field(
        None,
        description="Which wikis, pages, people and days are counted, in a sentence of six words "
        "or more.",
    )
    attribution: str | None = Field(
        None,
        description="How you separate what the campaign caused from what was only counted, in a "
        "sentence of six words or more.",
    )
    compare_on: str | None = Field(
        None, description="The day on which results are compared with targets: '2027-04-20'."
    )
    retention_on: list[str] = Field(
        default_factory=list,
        description="The days on which you look who still edits: two or more, in order, 14 days or "
        "more from the first to the last; about 8, 30 and 90 days after the end.",
    )
    if_missed: str | None = Field(
        None, description="What you do when a target is missed, in a sentence of six words or more."
    )
    judging: str | None = Field(
        None,
        description="How quality is judged: by whom, and by which criteria, in eight words "
        "or more.",
    )
    recognition: str | None = Field(
        None, description="How people are thanked, in a sentence of six words or more."
    )
    follow_up: list[FollowUp] = Field(
        default_factory=list,
        description="What follows: at least one thing for people and one for content.",
    )
    peer_week_3: str | None = Field(
        None, description="Your feedback on the persona of another learner, in six words or more."
    )
    peer_week_9: str | None = Field(
        None,
        description="Your feedback on the plan of another learner, in six words or more; not that "
        "of week 3.",
    )

    @field_validator("retention_on", mode="before")
    @classmethod
    def _days_in_lines(cls, days: Any) -> Any:
        """Take the lines of a text as days."""
        return lines(days) if type(days) is str else days

    def problems(self) -> Problems:
        """Apply the rules of week 9."""
        found = Problems(self._empty(*(name for name in type(self).model_fields)))
        for name, least in (
            ("scope", SENTENCE),
            ("attribution", SENTENCE),
            ("if_missed", SENTENCE),
            ("recognition", SENTENCE),
            ("peer_week_3", SENTENCE),
            ("peer_week_9", SENTENCE),
            ("judging", JUDGING),
        ):
            text = (getattr(self, name) or "").strip()
            if text and count_words(text) < least:
                found.append(Problem(name, _MORE.get(name, _WHOLE)))
        if self.compare_on and self.compare_on.strip() and day(self.compare_on) is None:
            found.append(_no_day("compare_on", self.compare_on))
        both = [(text or "").split() for text in (self.peer_week_3, self.peer_week_9)]
        if both[0] and both[0] == both[1]:
            found.append(
                Problem("peer_week_9", "This is the feedback of week 3. Write about the plan.")
            )
        found += self._problems_of_looks()
        found += self._problems_of_follow_up()
        return found

    def _problems_of_looks(self) -> Problems:
        """Say what is wrong with the days on which retention is looked at."""
        if not self.retention_on:
            return Problems()
        days = [day(text) for text in self.retention_on]
        for text, found in zip(self.retention_on, days, strict=True):
            if found is None:
                return Problems([_no_day("retention_on", text)])
        if len(days) < LOOKS:
            text = "One look shows no change. Name two days or more, better three."
        elif any(later <= earlier for earlier, later in pairwise(days)):
            text = "Put the days in order, the earliest first, each of them once."
        elif (days[-1] - days[0]).days < LOOKS_APART_DAYS:
            text = (
                f"From the first look to the last there should be {LOOKS_APART_DAYS} days or "
                "more. About 8, 30 and 90 days after the end is a good rhythm."
            )
        else:
            return Problems()
        return Problems([Problem("retention_on", text)])

    def _problems_of_follow_up(self) -> Problems:
        """Say what is wrong with the things that are done afterwards."""
        found = Problems()
        for number, item in enumerate(self.follow_up, 1):
            found += [Problem(f"follow_up {number}, {p.field}", p.text) for p in item.problems()]
        subjects = [item.subject for item in self.follow_up]
        for subject, what in (
            ("people", "Who writes to the new editors, and invites them again?"),
            ("content", "Who looks at the pages again, and repairs what was deleted or marked?"),
        ):
            if subjects and subject not in subjects:
                found.append(
                    Problem("follow_up", f"There is no follow-up for {subject} yet. {what}")
                )
        return found


_WHOLE = f"Write a whole sentence, of {SENTENCE} words or more."
_MORE = {
    "judging": f"Say by whom, and by which criteria, in {JUDGING} words or more. A campaign "
    "without a jury is judged too: who reads the pages, and what do they look for?",
    "peer_week_3": f"Write {SENTENCE} words or more: what helps you see the person, and how would "
    "such a person differ where you live?",
    "peer_week_9": f"Write {SENTENCE} words or more: what is strong in the plan, and what would "
    "you ask?",
}


def _no_day(name: str, text: str) -> Problem:
    return Problem(name, f"{short(text)} is no day. Write year, month and day, as in 2027-04-20.")
