"""Countries of Wiki Loves Earth in checks: those with contests of their own, and who stands in."""

from __future__ import annotations

from typing import Any

from organizer_lab import data
from organizer_lab.check import country_name, neighbours

TABLE = "wle_by_country"


def contests_of(country: str) -> Any:
    """Give the rows of a country under its own code, in the order of the table."""
    return data.rows(TABLE, "iso3", country)


def near_contests(country: str) -> list[str]:
    """Give the nearest countries with contests; all of them where no neighbour has any."""
    known = data.known(TABLE, "iso3")
    return neighbours(country, known) or sorted(known)


def stand_in(country: str, contest_country: Any) -> list[str]:
    """Say why the country whose contests are used is not the right one."""
    own = not contests_of(country).empty
    if contest_country == country and own:
        return []
    if not isinstance(contest_country, str):
        return ["contest_country: write one code of three letters in quotation marks."]
    if own:
        return [f"contest_country: {country_name(country)} has rows, so write its code, {country}."]
    if contest_country in near_contests(country):
        return []
    if contest_country == country:
        return [f"contest_country: there is no row of {country}. {instead(country)}"]
    if contest_country in data.known(TABLE, "iso3"):
        return [
            f"contest_country: {country_name(contest_country)} took part, but there are nearer "
            f"countries that did. {instead(country)}"
        ]
    return [f"contest_country: this country has no row in the table. {instead(country)}"]


def instead(country: str) -> str:
    """Name some neighbours in whose place the learner can look."""
    names = [f"{country_name(iso3)} ({iso3})" for iso3 in near_contests(country)[:3]]
    return f"Take a neighbour that took part for contest_country, such as {', '.join(names)}."
