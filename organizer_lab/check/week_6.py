"""Checks of week 6, "Build the worklist"."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from organizer_lab import data, wiki
from organizer_lab.check import (
    as_number,
    country_name,
    named,
    near,
    neighbours,
    not_sound,
    place_problems,
    question,
)
from organizer_lab.plan import Plan, Worklist
from organizer_lab.plan.week_6 import VIEWS
from organizer_lab.words import count_words

ELECTRICITY = "electricity_by_country"
RENEWABLES, CARBON = "renewables_share_pct", "carbon_intensity_gco2_per_kwh"


def planned_editors() -> Any:
    """Give the number of people who edit from the funnel of week 3, and say so in a sentence.

    Returns
    -------
    int or ellipsis
        Three dots where the plan has no funnel: the notebook's first answer cell is for that case.
    """
    part = Plan.load().persona_and_funnel
    edited = part.funnel.edited if part and part.funnel else None
    if edited is None or not edited >= 1:
        print(
            "There is no funnel in a plan here yet. Write in the next cell how many people who "
            "edit you plan with."
        )
        return ...
    print(f"From your funnel: {int(edited)} people who edit.")
    return int(edited)


@question("6.0", "country", "language", "editors")
def place(country: Any, language: Any, editors: Any) -> list[str]:
    """Check that the tables know the place, and say what it means for the list."""
    if problems := place_problems(country, language):
        return problems
    people = as_number(editors)
    if isinstance(people, str):
        return [f"editors: {people}"]
    if people < 1 or people % 1:
        return ["editors: write a whole number of people, 1 or more."]
    languages = sorted(set(data.load(VIEWS)["language_code"]))
    if language in languages:
        print(
            f"Note: {VIEWS} has titles of the Wikipedia '{language}'. You can make a list of pages "
            "to improve, or a translation list from another of its languages."
        )
    else:
        print(
            f"Note: {VIEWS} has no titles of the Wikipedia '{language}'. Make a translation list. "
            f"You can translate from: {', '.join(languages)}."
        )
    if _figures(country).empty:
        near_by = _near_electricity(country)[:3]
        names = ", ".join(f"{country_name(code)} ({code})" for code in near_by)
        print(
            f"Note: {ELECTRICITY} has no row of {country_name(country)} with both figures. In "
            f"question 6.4 the answers are None, with the reason. For the focus of your list, take "
            f"a country near you, such as {names}."
        )
    return []


@question("6.1", "all_lines", "clean_titles")
def clean(all_lines: Any, clean_titles: Any) -> list[str]:
    """Check the lines of both sources and the articles that are left."""
    found, true = _merged(), _counts()
    one = {name: (found["source"] == name).sum() for name in ("list", "notes")}
    articles = found[found["namespace"] == ""]
    too_early = found[(found["namespace"] == "") & ~wiki.doubles(found)]
    return [
        *_count(
            "all_lines",
            all_lines,
            true["all_lines"],
            {
                "That is the list alone. Merge it with the notes first.": one["list"],
                "These are the notes alone. Merge them with the list.": one["notes"],
                "These are different spellings. Count all rows of 'found': len(found).": (
                    found["found"].nunique()
                ),
            },
            "count all rows of the merged table, before anything is left out.",
        ),
        *_count(
            "clean_titles",
            clean_titles,
            true["clean_titles"],
            {
                "That is all lines. Leave out what is no article, then the doubles.": len(found),
                "You left out what is no article, but the doubles are still in.": len(articles),
                "These are different spellings of titles: normalise first, then count.": (
                    articles["found"].nunique()
                ),
                "These are different spellings, talk pages too. Count titles of articles.": (
                    found["found"].nunique()
                ),
                "You took the doubles out first, so some articles went out as doubles of their own "
                "talk pages. Begin again with wiki.merge(...), and change the order.": (
                    len(too_early)
                ),
                "The pages about one year are not to be left out yet: that is the next question.": (
                    true["clean_titles"] - true["year_pages"]
                ),
                "That is the list alone. Merge it with the notes first.": (
                    articles.loc[articles["source"] == "list", "title"].nunique()
                ),
            },
            "leave out what is no article, then the doubles, and count the rows without a reason.",
        ),
    ]


@question("6.2", "not_articles", "doubles", "year_pages")
def noise(not_articles: Any, doubles: Any, year_pages: Any) -> list[str]:
    """Check how many lines went out for each reason."""
    found, true = _merged(), _counts()
    articles = found[found["namespace"] == ""]
    titles = articles["title"].drop_duplicates()
    of_list = found[found["source"] == "list"]
    return [
        *_count(
            "not_articles",
            not_articles,
            true["not_articles"],
            {
                "That is the list alone. The notes have such pages too.": (
                    (of_list["namespace"] != "").sum()
                ),
                "These are the talk pages. A portal and a category are no articles either.": (
                    (found["namespace"] == "Talk").sum()
                ),
                "These are the articles. Count the rows with a namespace.": len(articles),
                "Some of them went out as doubles before. Begin again with wiki.merge(...), and "
                "leave out first what is no article.": (
                    ((found["namespace"] != "") & ~wiki.doubles(found)).sum()
                ),
            },
            "count the rows whose namespace is not empty.",
        ),
        *_count(
            "doubles",
            doubles,
            true["doubles"],
            {
                "You counted before the talk pages were left out: a talk page is no double of its "
                "article.": wiki.doubles(found).sum(),
                "That is the list alone. Merge it with the notes first.": (
                    of_list.loc[of_list["namespace"] == "", "title"].duplicated().sum()
                ),
                "These are equal spellings only. Compare the normalised titles.": (
                    articles["found"].duplicated().sum()
                ),
                "You counted the first of each pair too. One of them stays on the list.": (
                    articles["title"].duplicated(keep=False).sum()
                ),
                "Here the count is zero because the doubles are out already. Run the cell again "
                "from its first line, wiki.merge(...).": 0,
            },
            "leave out what is no article, and then count with wiki.doubles(found).sum().",
        ),
        *_count(
            "year_pages",
            year_pages,
            true["year_pages"],
            {
                "You caught every title that begins with digits. The drought and the flood are no "
                "pages about a year: look at the end of the title too.": (
                    titles.str.match(r"\d{4}").sum()
                ),
                "You counted doubles too. Count only rows that are still in.": (
                    articles["title"].str.fullmatch(r"\d{4} in climate change").sum()
                ),
                "That is the list alone. The notes have such a page too.": (
                    of_list["title"].drop_duplicates().str.fullmatch(r"\d{4} in climate change")
                ).sum(),
            },
            "count the different articles whose title is a year, and then 'in climate change'.",
        ),
    ]


@question("6.3", "editors", "pages_each", "capacity", "clean_titles", "year_pages", "reserve")
def capacity(
    editors: Any, pages_each: Any, capacity: Any, clean_titles: Any, year_pages: Any, reserve: Any
) -> list[str]:
    """Check the pages that the editors can do, and what is left for later."""
    values = {}
    for name, given in (
        ("editors", editors),
        ("pages_each", pages_each),
        ("capacity", capacity),
        ("clean_titles", clean_titles),
        ("year_pages", year_pages),
        ("reserve", reserve),
    ):
        values[name] = as_number(given)
        if isinstance(values[name], str):
            return [f"{name}: {values[name]}"]
    people, each = values["editors"], values["pages_each"]
    if not 0 < people <= 100_000 or not 0 < each <= 1000:
        return ["editors and pages_each: write numbers above zero."]
    exact = people * each
    pages = int(exact + 1e-9)
    if not near(values["capacity"], pages, 0):
        if near(values["capacity"], exact, 1e-6):
            return ["capacity: half a page is no page. Round down to a whole number."]
        if near(values["capacity"], round(exact), 0) or near(values["capacity"], pages + 1, 0):
            return ["capacity: do not round up. A page that nobody has time for is not done."]
        if near(values["capacity"], people / each, 0.51):
            return ["capacity: you divided. Multiply the people by the pages of each."]
        return ["capacity: multiply the people who edit by the pages of each."]
    left = values["clean_titles"] - values["year_pages"]
    if near(values["reserve"], max(0, left - pages), 0):
        return []
    if left - pages < 0:
        if near(values["reserve"], left - pages, 0):
            return ["reserve: a list cannot be shorter than nothing. If all titles fit, write 0."]
        return ["reserve: all titles fit into the capacity, so nothing is left for later."]
    if near(values["reserve"], values["clean_titles"] - pages, 0):
        return ["reserve: the pages about one year went out too. Subtract them as well."]
    if near(values["reserve"], left, 0):
        return ["reserve: these are all titles that are left. Subtract the capacity."]
    return ["reserve: clean titles, minus the pages about one year, minus the capacity."]


@question("6.4", "country", "last_year", "renewables_pct", "carbon_intensity", "why_no_electricity")
def electricity(
    country: Any, last_year: Any, renewables_pct: Any, carbon_intensity: Any, why: Any
) -> list[str]:
    """Check the latest figures of the country's electricity."""
    if problems := place_problems(country):
        return problems
    rows = _figures(country)
    given = {
        "last_year": last_year,
        "renewables_pct": renewables_pct,
        "carbon_intensity": carbon_intensity,
    }
    if rows.empty:
        found = [
            f"{name}: no row means that nobody wrote a number down. Write None, not in quotes."
            for name, value in given.items()
            if value is not None
        ]
        if not found and (not isinstance(why, str) or count_words(why) < 3):
            found = ["None is right. Now say in why_no_electricity, in a few words, why."]
        return found
    found, last = [], rows.iloc[-1]
    for name, value in given.items():
        if value is None:
            return [f"{name}: the table has rows for {country_name(country)}: None is not right."]
        if isinstance(as_number(value), str):
            found.append(f"{name}: {as_number(value)}")
    if found:
        return found
    if last_year != last["year"]:
        later = last_year in set(rows["year"])
        return [
            "last_year: there is a later row with both figures."
            if later
            else "last_year: your country has no row with both figures for that year."
        ]
    for name, column, other, tolerance in (
        ("renewables_pct", RENEWABLES, CARBON, 0.05),
        ("carbon_intensity", CARBON, RENEWABLES, 0.5),
    ):
        value, true = float(as_number(given[name])), float(last[column])
        if near(value, true, tolerance):
            continue
        text = _about_figure(value, country, column, other, tolerance)
        found.append(f"{name}: {text}")
    return found


@question("6.5", "worklist")
def pages(worklist: Any) -> list[str]:
    """Check titles, wikis, groups and reasons of the pages."""
    return _said(worklist, _of_pages)


@question("6.6", "worklist")
def sources(worklist: Any) -> list[str]:
    """Check sources, what was left out, and how it was looked up."""
    return _said(worklist, _of_sources)


@question("6.7", "worklist")
def fit(worklist: Any) -> list[str]:
    """Check kind, language, capacity, both groups and the number."""
    return _said(worklist, _of_fit)


def _said(worklist: Any, wanted: Callable[[str], bool]) -> list[str]:
    if wrong := not_sound(worklist, Worklist, "worklist"):
        return wrong
    found = worklist.problems()
    return [f"{p.field}: {p.text}" for p in found if wanted(p.field)] or (
        # Nothing can be said about a list without pages.
        [f"{p.field}: {p.text}" for p in found if p.field == "pages" and not worklist.pages]
        if wanted is _of_fit
        else []
    )


def _of_pages(field: str) -> bool:
    return field in ("pages", "pages, wiki", "pages, title", "pages, group", "pages, reason")


def _of_sources(field: str) -> bool:
    return field in ("sources", "left_out", "looked_up")


def _of_fit(field: str) -> bool:
    return not _of_pages(field) and not _of_sources(field)


def _count(name: str, given: Any, true: int, mistakes: dict[str, Any], hint: str) -> list[str]:
    """Say what is wrong with a count, by the mistake that leads to it."""
    value = as_number(given)
    if isinstance(value, str):
        return [f"{name}: {value}"]
    if value == true:
        return []
    wrong = {sentence: float(count) for sentence, count in mistakes.items() if count != true}
    return [f"{name}: {named(value, wrong, 0) or 'That is not it: ' + hint}"]


@cache
def _merged() -> Any:
    """Merge the two prepared sources."""
    listed = wiki.read_petscan(data.folder() / "prepared_petscan_list.csv")
    return wiki.merge({"list": listed, "notes": data.load("prepared_workshop_notes")["line"]})


@cache
def _counts() -> dict[str, int]:
    found = wiki.leave_out(_merged(), _merged()["namespace"] != "", "not an article")
    others = int((found["why_out"] != "").sum())
    found = wiki.leave_out(found, wiki.doubles(found), "double")
    kept = found[found["why_out"] == ""]
    return {
        "all_lines": len(found),
        "not_articles": others,
        "doubles": len(found) - others - len(kept),
        "clean_titles": len(kept),
        "year_pages": int(kept["title"].str.fullmatch(r"\d{4} in climate change").sum()),
    }


def _figures(country: str) -> Any:
    """Give the years in which both figures are known, oldest first."""
    table = data.load(ELECTRICITY)
    rows = table[table["iso3"] == country].dropna(subset=[RENEWABLES, CARBON])
    return rows.sort_values("year")


def _near_electricity(country: str) -> list[str]:
    known = set(data.load(ELECTRICITY).dropna(subset=[RENEWABLES, CARBON])["iso3"])
    return neighbours(country, known) or sorted(known)


def _about_figure(value: float, country: str, column: str, other: str, tolerance: float) -> str:
    rows = _figures(country)
    last = rows.iloc[-1]
    mistakes = {
        "That is the other column of the row.": float(last[other]),
        "That is the electricity in TWh.": float(last["generation_twh"]),
    }
    if column == RENEWABLES:
        mistakes |= {
            "That is a fraction of one. Give per cent, as the table does.": last[column] / 100,
            "That is the share that is **not** from renewables.": 100 - last[column],
            "That is solar alone.": float(last["solar_share_pct"]),
            "That is wind alone.": float(last["wind_share_pct"]),
        }
    mistakes = {text: wrong for text, wrong in mistakes.items() if wrong == wrong}
    if text := named(value, mistakes, tolerance):
        return text
    for year, past in zip(rows["year"], rows[column], strict=True):
        if near(value, float(past), tolerance):
            return f"That is the value of {year}. Take the latest row."
    for code in ("TZA", "PHL"):
        if code != country and near(value, float(_figures(code).iloc[-1][column]), tolerance):
            return f"That is the value of {country_name(code)}. Select your own rows."
    return "That is not in the latest row with both figures. Copy it as the table has it."
