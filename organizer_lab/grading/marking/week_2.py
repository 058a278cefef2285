"""Marking of week 2, "What is missing?"."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

from organizer_lab.grading.marking import Wrong, columns, marks, number, rows, text
from organizer_lab.grading.marking.evidence import (
    is_year,
    right_value,
    right_words,
    table_value,
    years,
)

EDITIONS, USERS = "wikipedia_editions", "language_users_estimate"


def _edition(language: Any) -> dict[str, str]:
    """Give the row of a Wikipedia."""
    for row in rows(EDITIONS):
        if row["language_code"] == language:
            return row
    raise Wrong("'language' is not the code of a Wikipedia.")


def _users(edition: dict[str, str]) -> int:
    """Give the users of the language; 0 where there is no estimate to divide by."""
    return int(edition[USERS] or 0)


def _near(answer: Any, true: float) -> None:
    """Demand three leading digits."""
    if abs(number(answer) - true) > 0.005 * abs(true) * (1 + 1e-9):
        raise Wrong("the number is not right.")


def _none(answer: Any) -> None:
    if answer is not None:
        raise Wrong("the table has no number to divide by, so the answer is None.")


@marks("2.1", "language", "articles_per_million", "why_missing")
def articles(language: Any, articles_per_million: Any, why_missing: Any) -> None:
    """Three leading digits of articles per million users; None with a reason without users."""
    row = _edition(language)
    if _users(row):
        return _near(articles_per_million, int(row["articles"]) * 1_000_000 / _users(row))
    _none(articles_per_million)
    text(why_missing, 3)
    return None


@marks("2.2", "language", "editors_per_million")
def editors(language: Any, editors_per_million: Any) -> None:
    """Three leading digits of active editors per million users; None without users."""
    row = _edition(language)
    if not _users(row):
        return _none(editors_per_million)
    true = float(row["monthly_active_editors"]) * 1_000_000 / _users(row)
    return _near(editors_per_million, true)


@marks("2.3", "language", "rank", "group_size")
def rank(language: Any, given_rank: Any, group_size: Any) -> None:
    """Demand place and size of the group whose languages have half to twice as many users."""
    mine = _edition(language)
    if not _users(mine):
        _none(given_rank)
        return _none(group_size)
    group = [
        int(row["articles"]) / _users(row)
        for row in rows(EDITIONS)
        if _users(row) and _users(mine) / 2 <= _users(row) <= 2 * _users(mine)
    ]
    above = sum(each > int(mine["articles"]) / _users(mine) for each in group)
    if number(given_rank) != above + 1 or number(group_size) != len(group):
        raise Wrong("the rank or the size of the group is not right.")
    return None


@marks("2.4", "country", "largest_without", "why_none")
def largest_without(country: Any, largest: Any, why_none: Any) -> None:
    """Demand the name of a language; None with a reason where the table names none."""
    if not isinstance(country, str) or country not in {r["iso3"] for r in rows("country_profile")}:
        raise Wrong("'country' is not the code of a country.")
    without = [
        row
        for row in rows("languages_by_country")
        if row["iso3"] == country and not row["language_code"]
    ]
    if not without:
        if largest is not None:
            raise Wrong("the table names no such language, so the answer is None.")
        text(why_none, 3)
        return None
    most = max(float(row["population_share_pct"]) for row in without)
    names = {
        row["language"].lower() for row in without if float(row["population_share_pct"]) == most
    }
    if not isinstance(largest, str) or " ".join(largest.lower().split()) not in names:
        raise Wrong("this is not the largest language without a Wikipedia.")
    return None


@marks("2.5", "gap")
def gap_number(gap: Any) -> None:
    """Demand value, unit, year and baseline of the number, also where it was divided."""
    item = _gap(gap).get("number")
    if not isinstance(item, dict) or item.get("part") != "GapNumber":
        raise Wrong("a gap statement needs one number.")
    if item.get("per_million_users") is not True:
        right_value(item)
        return right_words(item)
    column, where = str(item.get("column")), item.get("where") or {}
    if item.get("table") != EDITIONS or "language_code" not in where or column == USERS:
        raise Wrong("only a number of one Wikipedia can be divided by its users.")
    field = columns(EDITIONS).get(column, {})
    if field.get("unit", "share").startswith("share"):
        raise Wrong("this column is not to be divided by users.")
    if not is_year(item.get("year")):
        raise Wrong("the number has no year.")
    value, users = table_value(item), table_value({**item, "column": USERS})
    if not users:
        raise Wrong("there is no estimate of the users of this language.")
    _near(item.get("value"), value / users * 1_000_000)
    unit = str(item.get("unit") or "").lower()
    million = "million" in unit or "1000000" in re.sub(r"[ ,.\u00a0\u202f]", "", unit)
    if not million or field["unit"].split()[0] not in re.findall(r"\w+", unit):
        raise Wrong("the unit does not say what is counted, per million.")
    if years(item.get("baseline")):
        raise Wrong("this number has no baseline.")
    return None


@marks("2.6", "gap")
def gap_table(gap: Any) -> None:
    """Demand three different subjects or more, each with a state, a place and a day of looking."""
    table = _gap(gap)["gap_table"]
    if len(table) < 3:
        raise Wrong("the gap table needs three rows.")
    for row in table:
        for name in ("subject", "state", "looked_in"):
            _written(row.get(name))
        if row["state"] not in ("missing", "short", "old", "one-sided", "hard", "few"):
            raise Wrong("a row has an unknown state.")
        _looked(row.get("looked_on"))
    if len({" ".join(row["subject"].lower().split()) for row in table}) < len(table):
        raise Wrong("a subject stands twice.")


@marks("2.7", "gap")
def gap_words(gap: Any) -> None:
    """Demand type, content, language and whom the gap concerns."""
    gap = _gap(gap)
    if gap.get("gap_type") not in ("reader", "contributor", "content"):
        raise Wrong("the gap is a 'reader', a 'contributor' or a 'content' gap.")
    text(gap.get("content"), 6)
    _written(gap.get("language"))
    _written(gap.get("for_whom"))


def _gap(gap: Any) -> dict[str, Any]:
    if not isinstance(gap, dict) or gap.get("part") != "GapStatement":
        raise Wrong("'gap' is not a gap statement.")
    table = gap.get("gap_table")
    if not isinstance(table, list) or any(
        not isinstance(row, dict) or row.get("part") != "GapRow" for row in table
    ):
        raise Wrong("a row of the gap table is not a GapRow.")
    return gap


def _written(answer: Any) -> str:
    if not isinstance(answer, str) or not answer.strip():
        raise Wrong("something is not written yet.")
    return answer


def _looked(answer: Any) -> None:
    """Demand a day from the beginning of Wikipedia to tomorrow, as somewhere it has begun."""
    try:
        if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", _written(answer).strip()):
            raise ValueError
        day = date.fromisoformat(answer.strip())
    except ValueError:
        raise Wrong("a day is not written as year, month and day.") from None
    if not date(2001, 1, 15) <= day <= datetime.now(UTC).date() + timedelta(days=1):
        raise Wrong("nobody can have looked on that day.")
