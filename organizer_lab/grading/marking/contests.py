"""Countries of Wiki Loves Earth in the marking: their contests, and who stands in for them."""

from __future__ import annotations

from typing import Any

from organizer_lab.grading.marking import Wrong, rows


def contests_of(country: str) -> dict[int, dict[str, str]]:
    """Give the rows of a country by year; empty where it has none under its own code."""
    return {int(row["year"]): row for row in rows("wle_by_country") if row["iso3"] == country}


def known_country(country: Any) -> dict[str, str]:
    """Give the profile of a country that the tables know."""
    for row in rows("country_profile"):
        if isinstance(country, str) and row["iso3"] == country:
            return row
    raise Wrong("'country' is not the code of a country.")


def contests_or_neighbour(country: Any, contest_country: Any) -> dict[int, dict[str, str]]:
    """Give the contests of the country, or of the neighbour that stands for it."""
    own = known_country(country)
    allowed = {country} if contests_of(own["iso3"]) else _nearest(own)
    if not isinstance(contest_country, str) or contest_country not in allowed:
        raise Wrong("'contest_country' is neither the own country nor a near one with rows.")
    return contests_of(contest_country)


def _nearest(own: dict[str, str]) -> set[str]:
    """Give the nearest countries with rows: sub-region, continent, region, else all of them."""
    known = {row["iso3"] for row in rows("wle_by_country")} - {""}
    for column in ("un_subregion", "un_continent", "wikimedia_region"):
        near = {
            row["iso3"]
            for row in rows("country_profile")
            if own[column] and row[column] == own[column] and row["iso3"] in known
        }
        if near:
            return near
    return known
