"""Checks of week 2, "Write the message"."""

from __future__ import annotations

from typing import Any

from organizer_lab import data
from organizer_lab.check import as_number, near, not_sound, question
from organizer_lab.plan.message_card import MessageCard

TABLE = "invented_clinic_visits"


@question("2.1", "mean_2024")
def mean(given: Any) -> list[str]:
    """Check the mean of the districts in 2024 (visits)."""
    value = as_number(given)
    if isinstance(value, str):
        return [value]
    rows = data.load(TABLE).query("year == 2024")["visits"]
    if near(value, float(rows.mean()), 0.5):
        return []
    if near(value, float(rows.sum()), 0.5):
        return ["That is the sum. The mean is the sum divided by the number of districts."]
    return ["Take the rows of 2024, one for each district, and their mean."]


@question("2.2", "highest")
def highest(given: Any) -> list[str]:
    """Check which district has the highest rate."""
    last = data.load(TABLE).query("year == 2024").set_index("district")
    if given not in list(last.index):
        return ["Write the name of a district as the table has it, in quotation marks."]
    if given == (last["visits"] / last["people"]).idxmax():
        return []
    return ["Another district has more visits for each person. Divide first, then compare."]


@question("2.3", "card")
def message_card(card: Any) -> list[str]:
    """Check the whole card."""
    if wrong := not_sound(card, MessageCard, "card"):
        return wrong
    return [f"{each.field}: {each.text}" for each in card.problems()]
