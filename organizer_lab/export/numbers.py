"""A number with a source, in words that a person without our tables understands."""

from __future__ import annotations

from functools import cache

from organizer_lab import data
from organizer_lab.errors import LabError
from organizer_lab.export.wikitext import plain
from organizer_lab.plan.part import Evidence
from organizer_lab.words import number


def what(item: Evidence) -> str:
    """Say what was counted or measured, and of which rows: "Uploaders (Tanzania)"."""
    contract = item.field_in_table()
    title = contract.get("title") if contract else item.column
    rows = ", ".join(_row(item.table, column, value) for column, value in item.where.items())
    return plain(title) + (f" ({plain(rows)})" if rows else "")


def value(item: Evidence) -> str:
    """Write the value with its unit and the years with which it is compared."""
    if item.value is None:
        return plain(item.unit)
    text = f"{number(item.value)} {plain(item.unit)}".rstrip()
    return text + (f", compared with {plain(item.baseline)}" if plain(item.baseline) else "")


def years(item: Evidence) -> str:
    """Write the year, or the first and the last one."""
    return "–".join(str(year) for year in (item.year, item.to_year) if year is not None)


def source(item: Evidence) -> str:
    """Give source and licence of the table, or its name where our data have no such table."""
    return attribution(item.table) or plain(item.table)


def attribution(name: str | None) -> str | None:
    """Give the source and the licence of a table, or None where our data have no such table."""
    try:
        described = data.resource(name or "")
    except LabError:
        return None
    licences = ", ".join(dict.fromkeys(each["name"] for each in described["licenses"]))
    return f"{described['attribution']} ({licences})"


def language(code: str | None) -> str:
    """Write a language by its name and code, and a code that our tables do not know as it is."""
    name = _names("wikipedia_editions", "language_code", "language").get(code or "")
    return f"{name} ({plain(code)})" if name else plain(code)


def _row(table: str | None, column: str, chosen: str | int) -> str:
    """Write which rows: the name behind a code, or the title of the column and the value."""
    if column == "iso3":
        return _names("country_profile", "iso3", "country").get(str(chosen), str(chosen))
    if column == "language_code":
        return _names("wikipedia_editions", column, "language").get(str(chosen), str(chosen))
    try:
        title = data.field(table or "", column)["title"]
    except LabError:
        title = column
    return f"{title} {chosen}"


@cache
def _names(table: str, code: str, name: str) -> dict[str, str]:
    rows = data.load(table)
    return dict(zip(rows[code].astype(str), rows[name].astype(str), strict=True))
