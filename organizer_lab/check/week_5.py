"""Checks of week 5, "Choose the form and the action"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from organizer_lab import data
from organizer_lab.check import (
    as_number,
    country_name,
    named,
    near,
    not_sound,
    place_problems,
    question,
)
from organizer_lab.check.contests import TABLE as CONTESTS
from organizer_lab.check.contests import contests_of, instead, stand_in
from organizer_lab.plan import CampaignModel
from organizer_lab.words import count_words

FOREST = ("forest_by_country", "forest_share_pct")
# One decimal of a ratio or of a share in per cent, two decimals of percentage points.
TOLERANCE, TOLERANCE_POINTS = 0.05, 0.005


@question("5.0", "country", "language")
def place(country: Any, language: Any) -> list[str]:
    """Check that the tables know the place, and say what they lack about it."""
    if problems := place_problems(country, language):
        return problems
    if contests_of(country).empty:
        print(
            f"Note: {country_name(country)} has no row of its own in {CONTESTS}."
            f"{_together(country)} You can go on. {instead(country)}"
        )
    elif parts := _parts(country):
        print(
            f"Note: {CONTESTS} has also rows of {parts} without a country code. Count only the "
            f"rows with the code {country}."
        )
    if _forest(country).empty:
        print(
            f"Note: {country_name(country)} has no row in {FOREST[0]}. In question 5.4 the "
            "answer is None, with the reason."
        )
    return []


@question("5.1", "country", "contests", "last_year", "why_missing", "contest_country")
def record(
    country: Any, contests: Any, last_year: Any, why_missing: Any, contest_country: Any
) -> list[str]:
    """Check the number of years with a contest, the latest one, and the neighbour if none."""
    if problems := place_problems(country):
        return problems
    rows = contests_of(country)
    if rows.empty:
        return _never(country, contests, last_year, why_missing) or stand_in(
            country, contest_country
        )
    found = []
    for name, given in (("contests", contests), ("last_year", last_year)):
        if given is None:
            return [f"{name}: the table has rows for {country_name(country)}: None is not right."]
        if isinstance(value := as_number(given), str):
            found.append(f"{name}: {value}")
        elif name == "contests" and value != len(rows):
            found.append(f"contests: {_about_count(value, rows)}")
        elif name == "last_year" and value != rows["year"].max():
            found.append(f"last_year: {_about_year(value, rows)}")
    return found + stand_in(country, contest_country)


@question("5.2", "country", "contest_country", "photos_per_uploader")
def per_uploader(country: Any, contest_country: Any, photos_per_uploader: Any) -> list[str]:
    """Check photos divided by accounts in the latest year."""

    def other(year: dict[str, float]) -> dict[str, float]:
        photos, people = year["uploads"], year["uploaders"]
        return {
            "That is upside down: divide the photos by the people, not the people by the photos.": (
                people / photos
            ),
            "That is the number of photos. Divide it by the number of uploaders.": photos,
            "That is the number of uploaders. Divide the photos by it.": people,
            "You divided by the new uploaders only. Divide by all uploaders.": (
                photos / year["new_uploaders"] if year["new_uploaders"] else -1
            ),
        }

    return _ratio(country, contest_country, photos_per_uploader, ("uploads", "uploaders", 1), other)


@question("5.3", "country", "contest_country", "new_share_pct")
def share_new(country: Any, contest_country: Any, new_share_pct: Any) -> list[str]:
    """Check the new accounts in a hundred accounts, in the latest year."""

    def other(year: dict[str, float]) -> dict[str, float]:
        new, people = year["new_uploaders"], year["uploaders"]
        return {
            "That is a fraction of one. The question asks for per cent: multiply by 100.": (
                new / people
            ),
            "That is the share of those who are **not** new.": 100 - 100 * new / people,
            "That is the number of new uploaders. Say which share of all uploaders it is.": new,
            "You divided by the photos. A share of people has people above and below.": (
                100 * new / year["uploads"]
            ),
            "That is upside down: divide the new uploaders by all uploaders.": (
                100 * people / new if new else -1
            ),
        }

    return _ratio(
        country, contest_country, new_share_pct, ("new_uploaders", "uploaders", 100), other
    )


@question("5.4", "country", "forest_change", "why_no_forest")
def forest(country: Any, forest_change: Any, why_no_forest: Any) -> list[str]:
    """Check the change of the forest share from 2000 to 2015, percentage points."""
    if problems := place_problems(country):
        return problems
    share = _forest(country)
    if share.empty:
        if forest_change is not None:
            return [
                f"The table has no row for {country_name(country)}, so no number can be right. "
                "Write None, without quotation marks, and give the reason in why_no_forest."
            ]
        if not isinstance(why_no_forest, str) or count_words(why_no_forest) < 3:
            return ["None is right. Now say in why_no_forest, in a few words, why."]
        return []
    if forest_change is None:
        return [f"The table has rows for {country_name(country)}, so None is not right."]
    value = as_number(forest_change)
    if isinstance(value, str):
        return [value]
    first, last = float(share.loc[2000]), float(share.loc[2015])
    true = last - first
    if near(value, true, TOLERANCE_POINTS):
        return []
    mistakes = {
        "The size is right, but not the sign. Take the later share minus the earlier one.": -true,
        "That is the share in one year. Subtract the share of 2000 from that of 2015.": last,
        "That is the share of 2000. Subtract it from that of 2015.": first,
        "That is a change in per cent **of the earlier forest**. The question asks for "
        "percentage points: one share minus the other.": 100 * true / first if first else -1000,
        "That is a fraction of one. The table gives per cent, so subtract its numbers.": true / 100,
        "That is a fraction **of the earlier forest**. The question asks for percentage points: "
        "one share minus the other.": true / first if first else -1000,
        "That is a change per year. The question asks for the whole change.": true / 15,
        "That begins in 2005. The question begins in 2000.": last - float(share.loc[2005]),
        "That begins in 2010. The question begins in 2000.": last - float(share.loc[2010]),
        "That ends in 2010. The question ends in 2015.": float(share.loc[2010]) - first,
    }
    if said := named(value, mistakes, TOLERANCE_POINTS):
        return [said]
    for code in ("TZA", "PHL"):
        theirs = _forest(code)
        if near(value, float(theirs.loc[2015] - theirs.loc[2000]), TOLERANCE_POINTS):
            return [f"That is the value of {country_name(code)}. Select your own rows."]
    if near(value, true, 0.06):
        return ["Very near. Give two decimals, as the table does."]
    return ["That is not the change. Look at the four rows of your country first."]


@question("5.5", "model")
def action_card(model: Any) -> list[str]:
    """Check gap, action, steps and minutes."""
    return _said(model, lambda name: name.startswith("action") and "success" not in name)


@question("5.6", "model")
def success(model: Any) -> list[str]:
    """Check size, unit and kind of a successful edit."""
    return _said(model, lambda name: name == "action" or name.startswith("action, success"))


@question("5.7", "model")
def campaign(model: Any) -> list[str]:
    """Check form, length, who runs it and why, help, and the number."""
    return _said(model, lambda name: not name.startswith("action"))


def _said(model: Any, wanted: Callable[[str], bool]) -> list[str]:
    if wrong := not_sound(model, CampaignModel, "model"):
        return wrong
    return [f"{p.field}: {p.text}" for p in model.problems() if wanted(p.field)]


def _ratio(
    country: Any,
    contest_country: Any,
    given: Any,
    columns: tuple[str, str, int],
    other: Callable[[dict[str, float]], dict[str, float]],
) -> list[str]:
    """Check one column divided by another in the latest year of a country."""
    if problems := place_problems(country) or stand_in(country, contest_country):
        return problems
    if given is None:
        return [f"The table has rows for {country_name(contest_country)}: None is not right."]
    value = as_number(given)
    if isinstance(value, str):
        return [value]
    above, below, times = columns
    rows = contests_of(contest_country).set_index("year")
    ratios = times * rows[above] / rows[below]
    latest = int(rows.index.max())
    if near(value, float(ratios.loc[latest]), TOLERANCE):
        return []
    year = {name: float(rows.loc[latest, name]) for name in ("uploads", "uploaders", above)}
    year["new_uploaders"] = float(rows.loc[latest, "new_uploaders"])
    if said := named(value, other(year), TOLERANCE):
        return [said]
    for past, ratio in ratios.items():
        if near(value, float(ratio), TOLERANCE):
            return [f"That is the value of {past}. Take the latest year of {contest_country}."]
    pooled = times * float(rows[above].sum()) / float(rows[below].sum())
    if near(value, pooled, TOLERANCE) or near(value, float(ratios.mean()), TOLERANCE):
        return ["That is the value of all years together. Take the latest year only."]
    for code in dict.fromkeys((country, "TZA", "PHL")):
        theirs = contests_of(code).set_index("year")
        if theirs.empty:
            continue
        last = theirs.loc[theirs.index.max()]
        if near(value, times * float(last[above]) / float(last[below]), TOLERANCE):
            return [f"That is the value of {country_name(code)}. Select {contest_country}."]
    if near(value, float(ratios.loc[latest]), 0.6):
        return ["Very near. Give one decimal, and round only at the end."]
    return [f"That is not it. Look at the row of {contest_country} with the latest year."]


def _never(country: str, contests: Any, last_year: Any, why: Any) -> list[str]:
    found = [
        f"{name}: no row means that nobody wrote a number down. Write None, not in quotes."
        for name, given in (("contests", contests), ("last_year", last_year))
        if given is not None
    ]
    if found:
        return [*found, f"{country_name(country)} has no row of its own in {CONTESTS}."]
    if not isinstance(why, str) or count_words(why) < 3:
        return ["None is right. Now say in why_missing, in a few words, why there is no number."]
    return []


def _together(country: str) -> str:
    """Name the joint contest of a country that has none of its own."""
    rows = data.load(CONTESTS)
    for area in rows.loc[rows["area_type"] == "joint", "area"].unique():
        if country_name(country) in area.split(" & "):
            return f" It took part only together with others, as '{area}'."
    return ""


def _parts(country: str) -> str:
    """Name areas without a code whose photos belong to the country, in part or whole."""
    rows = data.load(CONTESTS)
    name = country_name(country)
    joint = [
        area
        for area in rows.loc[rows["area_type"] == "joint", "area"].unique()
        if name in area.split(" & ")
    ]
    # The descriptor says that all constituent areas are parts of the United Kingdom.
    parts = rows.loc[rows["area_type"] == "constituent", "area"].unique()
    return ", ".join(sorted(parts) if country == "GBR" else joint)


def _about_count(value: float, rows: Any) -> str:
    if value == rows["uploads"].sum() or value == rows["uploads"].iloc[-1]:
        return "that is a number of photos. The question asks for the number of years."
    if value == rows["year"].max() - rows["year"].min() + 1:
        return "you counted the years in between too. Count only the years that have a row."
    return "count the rows of your country: one row is one year with a contest."


def _about_year(value: float, rows: Any) -> str:
    if value == rows["year"].min() or value in set(rows["year"]):
        return "there is a row for that year, but a later one too."
    return "there is no row of your country for that year."


def _forest(country: str) -> Any:
    """Give the forest share by year, % of the land area."""
    return data.rows(FOREST[0], "iso3", country).set_index("year")[FOREST[1]]
