"""A part of the plan that only this course has: the message card."""

from __future__ import annotations

from typing import ClassVar

from pydantic import Field

from organizer_lab.plan.part import Evidence, Part, Problem, Problems

LONGEST = 160


class MessageCard(Part):
    """Week 2: one message for one group of people."""

    field: ClassVar = "message_card"
    title: ClassVar = "Message card"

    people: str | None = Field(None, description="The group of people that it is for.")
    channel: str | None = Field(None, description="Where they hear or read it.")
    message: str | None = Field(None, description="The message in at most 160 characters.")
    number: Evidence | None = Field(None, description="The number behind it.")

    def problems(self) -> Problems:
        """Apply the rules of week 2."""
        found = Problems(self._empty("people", "channel", "message", "number"))
        if self.message and len(self.message) > LONGEST:
            found.append(
                Problem("message", f"{len(self.message)} characters are too many: {LONGEST}.")
            )
        if self.number:
            found += [
                Problem(f"number, {each.field}", each.text) for each in self.number.problems()
            ]
        return found
