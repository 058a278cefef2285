"""Marking of week 2, "Write the message"."""

from __future__ import annotations

from typing import Any

from organizer_lab.grading.marking import Wrong, agrees, marks, mean, rows, text
from organizer_lab.grading.marking.evidence import right_value, right_words


def _last() -> list[dict[str, str]]:
    return [row for row in rows("invented_clinic_visits") if row["year"] == "2024"]


@marks("2.1", "mean_2024")
def mean_of_visits(given: Any) -> None:
    """Give the points for the mean of the districts."""
    agrees(given, mean([float(row["visits"]) for row in _last()]), 0.5)


@marks("2.2", "highest")
def highest(given: Any) -> None:
    """Give the points for the name of the district."""
    rates = {row["district"]: float(row["visits"]) / float(row["people"]) for row in _last()}
    if given != max(rates, key=rates.__getitem__):
        raise Wrong("another district has the highest rate.")


@marks("2.3", "card")
def message_card(card: Any) -> None:
    """Words in every field, at most 160 characters, and a number that can be found again."""
    if not isinstance(card, dict) or card.get("part") != "MessageCard":
        raise Wrong("'card' is not a message card.")
    for name in ("people", "channel", "message"):
        text(card.get(name), 1)
    if len(card["message"]) > 160:
        raise Wrong("the message is too long.")
    if not isinstance(card.get("number"), dict):
        raise Wrong("there is no number behind the message.")
    right_value(card["number"])
    right_words(card["number"])
