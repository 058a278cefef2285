"""Marking of evidence numbers, which several weeks ask for: value, unit, years."""

from __future__ import annotations

from typing import Any

from organizer_lab.grading.marking import Wrong, columns, mean, number, rows


def right_value(item: dict[str, Any]) -> None:
    """Demand that the number is the table's, rounded as people round."""
    true = table_value(item)
    if abs(number(item.get("value")) - true) > max(0.00501, 0.0005 * abs(true)):
        raise Wrong("an evidence number is not what its table gives.")


def right_words(item: dict[str, Any]) -> None:
    """Demand the year of a number, and its column's unit and baseline."""
    column = columns(str(item.get("table"))).get(str(item.get("column")))
    last = item.get("to_year")
    if column is None or not is_year(item.get("year")) or not (last is None or is_year(last)):
        raise Wrong("an evidence number does not name table, column and year.")
    if not same_unit(item.get("unit"), column.get("unit", "")):
        raise Wrong("an evidence number has not the unit of its column.")
    if years(item.get("baseline")) != column.get("baseline", ""):
        raise Wrong("an evidence number has not the baseline of its column.")


def table_value(item: dict[str, Any]) -> float:
    """Give the value of the rows that an evidence number names: of one, or the mean of several."""
    table, column = str(item.get("table")), str(item.get("column"))
    known = columns(table)
    if column not in known:
        raise Wrong("an evidence number names a table or column that does not exist.")
    if known[column]["type"] not in ("integer", "number"):
        raise Wrong("an evidence number is taken from a column that holds no numbers.")
    first = item.get("year")
    last = first if item.get("to_year") is None else item["to_year"]
    if not is_year(first) or not is_year(last):
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


def is_year(year: Any) -> bool:
    """Say whether a number can be a year."""
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


def years(answer: Any) -> str:
    """Write a span of years without spaces and with a hyphen; empty for what is no text."""
    return (answer if isinstance(answer, str) else "").replace("–", "-").replace(" ", "")


def same_unit(answer: Any, unit: str) -> bool:
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
