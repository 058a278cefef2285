"""Marking of week 3, "Who will take part?"."""

from __future__ import annotations

from typing import Any

from organizer_lab.grading.marking import Wrong, agrees, marks, mean, number, rows, text
from organizer_lab.grading.marking.evidence import right_value, right_words

# What question 3.4 supposes: of 100 invited people 50 register, and 30 of these edit.
EDITED = 30
CROWDS = {"all", "anybody", "anyone", "everybody", "everyone", "people", "students", "youth"}
TABLES = ("country_profile", "languages_by_country", "wikipedia_editions")


def _country(country: Any) -> dict[str, str]:
    for row in rows("country_profile"):
        if row["iso3"] == country:
            return row
    raise Wrong("'country' is not the code of a country.")


def _edition(language: Any) -> dict[str, str]:
    for row in rows("wikipedia_editions"):
        if row["language_code"] == language:
            return row
    raise Wrong("'language' is not the code of a Wikipedia.")


def _online(country: Any) -> float | None:
    """Give the people online, or None where the table has no figure."""
    row = _country(country)
    if not row["population_2023"] or not row["internet_users_pct"]:
        return None
    return int(row["population_2023"]) * float(row["internet_users_pct"]) / 100


def _share(country: Any, language: Any) -> float | None:
    """Give the share of people who can use the language, in per cent, or None without a row."""
    _edition(language)
    shares = [
        float(row["population_share_pct"])
        for row in rows("languages_by_country")
        if row["iso3"] == country and row["language_code"] == language
    ]
    return mean(shares) if shares else None


def _people(answer: Any, true: float | None, why: Any) -> None:
    """Demand a number within 1 %, or None with a reason where there is none."""
    if true is not None:
        return agrees(answer, true, 0.01 * true)
    if answer is not None:
        raise Wrong("the tables have no figure for this, so the answer is None.")
    text(why, 3)
    return None


@marks("3.1", "country", "people_online", "why_no_figure")
def people_online(country: Any, answer: Any, why: Any) -> None:
    """Multiply population and internet users; None with a reason where the figure is missing."""
    _people(answer, _online(country), why)


@marks("3.2", "country", "language", "online_in_language", "why_no_share")
def online_in_language(country: Any, language: Any, answer: Any, why: Any) -> None:
    """Take the language's share of the people online; None with a reason where one is missing."""
    online, share = _online(country), _share(country, language)
    true = None if online is None or share is None else online * share / 100
    _people(answer, true, why)


@marks("3.3", "language", "mobile_edits_pct")
def mobile_edits(language: Any, answer: Any) -> None:
    """Demand one decimal of the share of edits made on a phone, in per cent."""
    agrees(answer, 100 * float(_edition(language)["mobile_edits_share"]), 0.05)


@marks("3.4", "language", "stay_own", "stay_group")
def stay(language: Any, own: Any, group: Any) -> None:
    """Demand one decimal of 30 people times each rate: the edition's own, and that of its group."""
    mine = _edition(language)
    size = float(mine["monthly_active_editors"])
    rates = [
        float(row["new_editor_retention"])
        for row in rows("wikipedia_editions")
        if size / 2 <= float(row["monthly_active_editors"]) <= size * 2
    ]
    agrees(own, EDITED * float(mine["new_editor_retention"]), 0.05)
    agrees(group, EDITED * mean(rates), 0.05)


@marks("3.5", "audience")
def persona(audience: Any) -> None:
    """Demand one invented person: who, motive, skill, device, language and time."""
    persona = _inner(_part(audience), "persona", "Persona")
    words = text(persona.get("who"), 4).lower().replace(",", " ").split()
    if set(words[:1]) & CROWDS:
        raise Wrong("the persona is a crowd, not one person.")
    text(persona.get("motive"), 6)
    for name in ("skill", "device", "language", "time"):
        text(persona.get(name), 1)


@marks("3.6", "audience")
def funnel(audience: Any) -> None:
    """Demand whole numbers of people that never grow, and a source for each rate."""
    funnel = _inner(_part(audience), "funnel", "Funnel")
    before = 1e9
    for name, least in (("invited", 1), ("registered", 1), ("edited", 1), ("stayed", 0)):
        count = number(funnel.get(name))
        if not count.is_integer() or count < least:
            raise Wrong(f"'{name}' is not a number of people.")
        if count > before:
            raise Wrong(f"the funnel grows at '{name}'.")
        before = count
        if name != "invited":
            text(funnel.get(f"{name}_source"), 3)


@marks("3.7", "audience")
def design(audience: Any) -> None:
    """Demand a number about access and its consequence, an invitation, and safety if needed."""
    part = _part(audience)
    country = _country(part.get("country"))
    evidence = _inner(part, "connectivity", "Evidence")
    if evidence.get("table") not in TABLES:
        raise Wrong("the number is not about internet, language or device.")
    right_value(evidence)
    right_words(evidence)
    if evidence.get("column") == "internet_users_pct":
        there = (evidence.get("where") or {}).get("iso3")
        years = [r["internet_users_year"] for r in rows("country_profile") if r["iso3"] == there]
        if years and years[0] and str(evidence["year"]) != years[0]:
            raise Wrong("the number does not name the year of its figure.")
    text(part.get("consequence"), 6)
    text(part.get("channel"), 4)
    text(part.get("invitation"), 10)
    if country["on_protection_list"] == "True":
        text(part.get("safety_note"), 6)


def _part(part: Any) -> dict[str, Any]:
    if not isinstance(part, dict) or part.get("part") != "PersonaAndFunnel":
        raise Wrong("'audience' is not a PersonaAndFunnel.")
    return part


def _inner(part: dict[str, Any], name: str, kind: str) -> dict[str, Any]:
    inner = part.get(name)
    if not isinstance(inner, dict) or inner.get("part") != kind:
        raise Wrong(f"'{name}' is missing.")
    return inner
