"""Checks of week 1, "Which numbers matter?"."""

from __future__ import annotations

from typing import Any

from organizer_lab import data
from organizer_lab.check import as_number, near, not_sound, place_problems, question
from organizer_lab.plan import TopicCard

TABLE = "invented_clinic_visits"


@question("1.0", "country", "language")
def place(country: Any, language: Any) -> list[str]:
    """Check that the tables know the learner's country and language."""
    return place_problems(country, language)


@question("1.1", "visits_2024")
def visits(given: Any) -> list[str]:
    """Check the visits of one district in 2024."""
    value = as_number(given)
    if isinstance(value, str):
        return [value]
    if near(value, _of("visits"), 0.5):
        return []
    if near(value, _of("people"), 0.5):
        return ["That is the number of people. The question asks for visits."]
    return ["That value is not in the row of Hills and 2024. Look at the row again."]


@question("1.2", "rate_2024")
def rate(given: Any) -> list[str]:
    """Check the visits for each person."""
    value = as_number(given)
    if isinstance(value, str):
        return [value]
    true = _of("visits") / _of("people")
    if near(value, true, 0.005):
        return []
    if near(value, 1 / true, 0.005):
        return ["That is people for each visit. Divide the visits by the people."]
    return ["Divide the visits by the people of the same district and year."]


@question("1.3", "card")
def topic_card(card: Any) -> list[str]:
    """Check the whole card."""
    if wrong := not_sound(card, TopicCard, "card"):
        return wrong
    return [f"{each.field}: {each.text}" for each in card.problems()]


def _of(column: str) -> float:
    return float(data.value(TABLE, column, year=2024, where={"district": "Hills"}))
