"""Marking of week 1, "Which numbers matter?"."""

from __future__ import annotations

from typing import Any

from organizer_lab.grading.marking import Wrong, agrees, marks, rows, text
from organizer_lab.grading.marking.evidence import right_value, right_words


def _of(column: str) -> float:
    for row in rows("invented_clinic_visits"):
        if (row["district"], row["year"]) == ("Hills", "2024"):
            return float(row[column])
    raise Wrong("the table has no such row.")


@marks("1.1", "visits_2024")
def visits(given: Any) -> None:
    """Give the points for the count of the table."""
    agrees(given, _of("visits"), 0.5)


@marks("1.2", "rate_2024")
def rate(given: Any) -> None:
    """Two decimals."""
    agrees(given, _of("visits") / _of("people"), 0.005)


@marks("1.3", "card")
def topic_card(card: Any) -> None:
    """Two numbers that can be found again, and words for all else."""
    if not isinstance(card, dict) or card.get("part") != "TopicCard":
        raise Wrong("'card' is not a topic card.")
    evidence = card.get("evidence")
    if not isinstance(evidence, list) or not 2 <= len(evidence) <= 10:
        raise Wrong("a topic card needs two numbers.")
    for item in evidence:
        if not isinstance(item, dict):
            raise Wrong("an evidence number is not an Evidence object.")
        right_value(item)
        right_words(item)
    for name, words in (("topic", 1), ("place", 1), ("goal", 6), ("why_now", 6)):
        text(card.get(name), words)
