"""Marking of week 1, "What is a topic for impact?"."""

from __future__ import annotations

from typing import Any

from organizer_lab.grading.marking import (
    Wrong,
    agrees,
    columns,
    marks,
    mean,
    number,
    rows,
    text,
)


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
def ten_years(country: Any, mean_2015_2024: Any) -> None:
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
        if _years(given.get(column)) != columns(table)[column]["baseline"]:
            raise Wrong(f"the baseline of {column} is not right.")


@marks("1.5", "card")
def evidence_values(card: Any) -> None:
    """Two different numbers, each as its table gives it."""
    evidence = _evidence(card)
    for item in evidence:
        true = _table_value(item)
        if abs(number(item.get("value")) - true) > max(0.00501, 0.0005 * abs(true)):
            raise Wrong("an evidence number is not what its table gives.")


@marks("1.6", "card")
def evidence_words(card: Any) -> None:
    """Demand the unit, year and baseline of each number."""
    for item in _evidence(card):
        column = columns(str(item.get("table"))).get(str(item.get("column")))
        last = item.get("to_year")
        if column is None or not _is_year(item.get("year")) or not (last is None or _is_year(last)):
            raise Wrong("an evidence number does not name table, column and year.")
        if not _same_unit(item.get("unit"), column.get("unit", "")):
            raise Wrong("an evidence number has not the unit of its column.")
        if _years(item.get("baseline")) != column.get("baseline", ""):
            raise Wrong("an evidence number has not the baseline of its column.")


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
    if not isinstance(evidence, list) or len(evidence) < 2:
        raise Wrong("a topic card needs two evidence numbers.")
    if not all(isinstance(item, dict) and item.get("part") == "Evidence" for item in evidence):
        raise Wrong("an evidence number is not an Evidence object.")
    place = ("table", "column", "where", "year", "to_year")
    if all(evidence[0].get(name) == evidence[1].get(name) for name in place):
        raise Wrong("the two evidence numbers are the same.")
    return evidence


def _table_value(item: dict[str, Any]) -> float:
    """Give the value of the rows that an evidence number names: of one, or the mean of several."""
    table, column = str(item.get("table")), str(item.get("column"))
    known = columns(table)
    if column not in known:
        raise Wrong("an evidence number names a table or column that does not exist.")
    if known[column]["type"] not in ("integer", "number"):
        raise Wrong("an evidence number is taken from a column that holds no numbers.")
    first = item.get("year")
    last = first if item.get("to_year") is None else item["to_year"]
    if not _is_year(first) or not _is_year(last):
        raise Wrong("an evidence number has no year.")
    where = item.get("where") or {}
    if not isinstance(where, dict) or not set(where) <= set(known):
        raise Wrong("an evidence number selects by a column that does not exist.")
    values = [
        row[column]
        for row in rows(table)
        if _in_span(row, first, last)
        and all(_is(row[name], wanted, known[name]["type"]) for name, wanted in where.items())
    ]
    values = [value for value in values if value != ""]
    if not values:
        raise Wrong("an evidence number selects no row.")
    return mean([float(value) for value in values])


def _is_year(year: Any) -> bool:
    return isinstance(year, int) and not isinstance(year, bool) and 0 < year < 10_000


def _is(cell: str, wanted: Any, kind: str) -> bool:
    """Say whether a cell is the wanted one: 3 is 3.0 and "3" in a column of numbers."""
    if cell == "" or isinstance(wanted, bool) or not isinstance(wanted, str | int):
        return False
    if kind in ("integer", "number", "year"):
        try:
            return float(cell) == float(str(wanted))
        except ValueError:
            return False
    if kind == "boolean":
        return str(wanted).lower() in {"true": ("true", "1"), "false": ("false", "0")}[cell.lower()]
    return cell == str(wanted)


def _in_span(row: dict[str, str], first: int, last: int) -> bool:
    """Say whether a row lies in the years; a table without years is one edition."""
    for name in ("year", "date", "week_start"):
        if name in row:
            return bool(row[name]) and first <= int(row[name][:4]) <= last
    return True


def _years(answer: Any) -> str:
    return (answer if isinstance(answer, str) else "").replace("–", "-").replace(" ", "")


def _same_unit(answer: Any, unit: str) -> bool:
    """Compare word by word; the first words of a long unit are enough."""
    given, wanted = _unit_words(str(answer or "")), _unit_words(unit)
    if not given or not wanted:
        return False
    if wanted[0] == "count" or (wanted == ["°c"] and given == ["c"]):
        return True
    return wanted[: len(given)] == given


def _unit_words(text: str) -> list[str]:
    """Give the words of a unit; names of degrees, per cent and dollars become their signs."""
    text = " ".join(text.lower().split())
    for long, short in (
        ("₂", "2"),
        ("℃", "°c"),
        ("per cent", "%"),
        ("percent", "%"),
        ("degrees", "°"),
        ("degree", "°"),
        ("deg", "°"),
        ("º", "°"),
        ("° ", "°"),
        ("celsius", "c"),
        ("us$", "usd"),
        ("us dollars", "usd"),
    ):
        text = text.replace(long, short)
    return text.split()
