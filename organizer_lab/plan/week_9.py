"""Week 9 of the plan: how results are judged, and what follows."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from organizer_lab.plan.part import Part, Problems


class FollowUp(Part):
    """One thing that is done after the campaign."""

    subject: Literal["people", "content"] | None = Field(
        None, description="Whom or what it is for: 'people' or 'content'."
    )
    on: str | None = Field(None, description="The day, as '2027-04-20'.")
    action: str | None = Field(None, description="What is done.")
    owner: str | None = Field(None, description="The role that does it, not a name.")


class EvaluationPlan(Part):
    """Week 9: how results are judged and what follows; with it the campaign plan is complete."""

    field: ClassVar = "evaluation_plan"
    title: ClassVar = "Evaluation plan"

    scope: str | None = Field(
        None, description="Which wikis, pages, people and days are counted, in a sentence."
    )
    attribution: str | None = Field(
        None, description="How you separate what the campaign caused from what was only counted."
    )
    compare_on: str | None = Field(
        None, description="The day on which results are compared with targets."
    )
    retention_on: list[str] = Field(
        default_factory=list, description="The days on which you look who still edits."
    )
    if_missed: str | None = Field(
        None, description="What you do when a target is missed, in a sentence."
    )
    judging: str | None = Field(
        None, description="How quality is judged: by whom, and by which criteria."
    )
    recognition: str | None = Field(None, description="How people are thanked, in a sentence.")
    follow_up: list[FollowUp] = Field(
        default_factory=list, description="What follows, for people and for content."
    )
    peer_week_3: str | None = Field(
        None, description="Your feedback on the persona of another learner, in a sentence."
    )
    peer_week_9: str | None = Field(
        None, description="Your feedback on the plan of another learner, in a sentence."
    )

    def problems(self) -> Problems:
        """Apply the rules of week 9."""
        return Problems(
            self._empty(
                "scope",
                "attribution",
                "compare_on",
                "retention_on",
                "if_missed",
                "judging",
                "recognition",
                "follow_up",
                "peer_week_3",
                "peer_week_9",
            )
        )
