"""Marking of week 1, "What is a topic for impact?"."""

from __future__ import annotations

from typing import Any

from organizer_lab.grading.marking import (
    Wrong,
    agrees,
    columns,
    marks,
    mean,
    rows,
    text,
)
from organizer_lab.grading.marking.evidence import right_value, right_words, years


def _anomalies(country: Any) -> dict[int, float]:
    """Give the country's anomalies by year, °C; empty where the table has no row for it."""
    if not isinstance(country, str) or country not in {
        row["iso3"] for row in rows("country_profile")
    }:
        raise Wrong("'country' is not the code of a country.")
    return {
        int(row["year"]): float(row["temperature_anomaly_c"])
        for row in rows("temperature_by_country")
        if row["iso3"] == country
    }


@marks("1.1", "country", "anomaly_2024", "why_missing")
def anomaly(country: Any, anomaly_2024: Any, why_missing: Any) -> None:
    """Two decimals of the value of 2024; None with a reason where the table has no row."""
    by_year = _anomalies(country)
    if by_year:
        return agrees(anomaly_2024, by_year[2024], 0.005)
    if anomaly_2024 is not None:
        raise Wrong("the table has no row for this country, so the answer is None.")
    text(why_missing, 3)
    return None


@marks("1.2", "country", "mean_2015_2024")
def tenyears(country: Any, mean_2015_2024: Any) -> None:
    """Two decimals of the mean of ten years; None where the table has no row."""
    by_year = _anomalies(country)
    if by_year:
        return agrees(mean_2015_2024, mean([by_year[year] for year in range(2015, 2025)]), 0.005)
    if mean_2015_2024 is not None:
        raise Wrong("the table has no row for this country, so the answer is None.")
    return None


@marks("1.3", "co2_change")
def co2_change(change: Any) -> None:
    """One decimal of the mean of 2015-2024 minus the mean of 1965-1974, ppm."""

    def decade(first: int) -> float:
        return mean(
            [
                float(row["co2_ppm"])
                for row in rows("co2_mauna_loa_monthly")
                if first <= int(row["year"]) < first + 10
            ]
        )

    agrees(change, decade(2015) - decade(1965), 0.05)


@marks("1.4", "baselines")
def baselines(given: Any) -> None:
    """Three columns, three spans of years."""
    if not isinstance(given, dict):
        raise Wrong("the answer is not the dictionary of the cell.")
    for table, column in (
        ("global_climate_annual", "gistemp_anomaly_c"),
        ("global_climate_annual", "hadcrut5_anomaly_c"),
        ("temperature_by_country", "temperature_anomaly_c"),
    ):
        if years(given.get(column)) != columns(table)[column]["baseline"]:
            raise Wrong(f"the baseline of {column} is not right.")


@marks("1.5", "card")
def evidence_values(card: Any) -> None:
    """Two different numbers, each as its table gives it."""
    for item in _evidence(card):
        right_value(item)


@marks("1.6", "card")
def evidence_words(card: Any) -> None:
    """Demand the unit, year and baseline of each number."""
    for item in _evidence(card):
        right_words(item)


@marks("1.7", "card")
def goal(card: Any) -> None:
    """Topic, place and languages; a goal for readers or contributors; a reason."""
    card = _card(card)
    if len(text(card.get("topic"), 1)) > 120:
        raise Wrong("the topic is longer than 120 characters.")
    text(card.get("place"), 1)
    editions = {row["language_code"] for row in rows("wikipedia_editions")}
    languages = card.get("languages")
    if (
        not isinstance(languages, list)
        or not languages
        or not all(isinstance(code, str) and code in editions for code in languages)
    ):
        raise Wrong("the languages are not codes of Wikipedias.")
    if card.get("goal_for") not in ("readers", "contributors"):
        raise Wrong("the goal is for 'readers' or for 'contributors'.")
    text(card.get("goal"), 6)
    text(card.get("why_now"), 6)


def _card(card: Any) -> dict[str, Any]:
    if not isinstance(card, dict) or card.get("part") != "TopicCard":
        raise Wrong("'card' is not a topic card.")
    return card


def _evidence(card: Any) -> list[dict[str, Any]]:
    evidence = _card(card).get("evidence")
    if not isinstance(evidence, list) or not 2 <= len(evidence) <= 50:
        raise Wrong("a topic card needs two evidence numbers, and not dozens.")
    if not all(isinstance(item, dict) and item.get("part") == "Evidence" for item in evidence):
        raise Wrong("an evidence number is not an Evidence object.")
    place = ("table", "column", "where", "year", "to_year")
    if all(evidence[0].get(name) == evidence[1].get(name) for name in place):
        raise Wrong("the two evidence numbers are the same.")
    return evidence
