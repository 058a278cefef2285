"""Marking of week 6, "Build the worklist"."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import cache
from typing import Any
from urllib.parse import unquote

from organizer_lab import namespaces
from organizer_lab.grading.marking import Wrong, agrees, marks, number, rows, text
from organizer_lab.grading.marking.evidence import right_value, right_words

MOST = 300
YEAR_PAGE = re.compile(r"\d{4} in climate change")
FIGURES = ("renewables_share_pct", "carbon_intensity_gco2_per_kwh")


@cache
def _counts() -> dict[str, int]:
    """Count what the two prepared sources hold together."""
    pages = [(row["title"], row["namespace"]) for row in rows("prepared_petscan_list")]
    pages += [(_bare(row["line"]), "") for row in rows("prepared_workshop_notes")]
    articles, others = [], 0
    for found, space in pages:
        title = _bare(found)
        if space or title.partition(":")[0].casefold() in namespaces.WORDS:
            others += 1
        else:
            articles.append(title)
    different = set(articles)
    return {
        "all_lines": len(pages),
        "not_articles": others,
        "doubles": len(articles) - len(different),
        "clean_titles": len(different),
        "year_pages": sum(YEAR_PAGE.fullmatch(title) is not None for title in different),
    }


def _bare(found: str) -> str:
    """Write a line of the prepared sources as a title."""
    found = found.removeprefix("* ").split("/wiki/")[-1].split("#")[0].split("|")[0]
    found = " ".join(unquote(found).replace("_", " ").strip("[] ").split())
    return found[:1].upper() + found[1:]


@marks("6.1", "all_lines", "clean_titles")
def clean(all_lines: Any, clean_titles: Any) -> None:
    """All lines of both sources, and the different articles among them."""
    agrees(all_lines, _counts()["all_lines"], 0)
    agrees(clean_titles, _counts()["clean_titles"], 0)


@marks("6.2", "not_articles", "doubles", "year_pages")
def noise(not_articles: Any, doubles: Any, year_pages: Any) -> None:
    """Pages that are no articles, articles that stand there again, and pages about one year."""
    for name, given in (
        ("not_articles", not_articles),
        ("doubles", doubles),
        ("year_pages", year_pages),
    ):
        agrees(given, _counts()[name], 0)


@marks("6.3", "editors", "pages_each", "capacity", "clean_titles", "year_pages", "reserve")
def capacity(
    editors: Any, pages_each: Any, capacity: Any, clean_titles: Any, year_pages: Any, reserve: Any
) -> None:
    """Whole pages that the editors can do, and how many good titles are left for later."""
    people, each = number(editors), number(pages_each)
    if not 0 < people <= 100_000 or not 0 < each <= 1000:
        raise Wrong("the editors, or the pages of each, are no number above zero.")
    pages = int(people * each + 1e-9)
    agrees(capacity, pages, 0)
    # With the learner's own counts: a mistake there has lost its points already.
    agrees(reserve, max(0, number(clean_titles) - number(year_pages) - pages), 0)


@marks(
    "6.4",
    "country",
    "last_year",
    "renewables_pct",
    "carbon_intensity",
    "why_no_electricity",
)
def electricity(
    country: Any, last_year: Any, renewables_pct: Any, carbon_intensity: Any, why: Any
) -> None:
    """Demand the latest row with both figures; None and a reason where there is none."""
    if country not in {row["iso3"] for row in rows("country_profile")}:
        raise Wrong("'country' is not the code of a country.")
    whole = [
        row
        for row in rows("electricity_by_country")
        if row["iso3"] == country and all(row[name] for name in FIGURES)
    ]
    if not whole:
        if not last_year is renewables_pct is carbon_intensity is None:
            raise Wrong("the table has no such row for this country, so the answers are None.")
        text(why, 3)
        return
    last = max(whole, key=lambda row: int(row["year"]))
    agrees(last_year, int(last["year"]), 0)
    agrees(renewables_pct, float(last[FIGURES[0]]), 0.05)
    agrees(carbon_intensity, float(last[FIGURES[1]]), 0.5)


@marks("6.5", "worklist")
def pages(worklist: Any) -> None:
    """Canonical titles, each once, on known wikis, for somebody, with a reason."""
    worklist = _worklist(worklist)
    listed = _pages(worklist)
    if len(listed) > MOST:
        raise Wrong(f"the list has more than {MOST} pages.")
    known = {row["language_code"].replace("-", "_") + "wiki" for row in rows("wikipedia_editions")}
    for page in listed:
        if page.get("wiki") not in known:
            raise Wrong("a page is on an unknown wiki.")
        _title(page.get("title"))
        text(page.get("reason"), 2)
        if page.get("group") not in ("newcomers", "experienced"):
            raise Wrong("it is not said for whom a page is.")
    if max(Counter((page["wiki"], page["title"]) for page in listed).values()) > 1:
        raise Wrong("a title stands twice for one wiki.")


@marks("6.6", "worklist")
def sources(worklist: Any) -> None:
    """Two sources, what was left out and why, and how it was looked up."""
    worklist = _worklist(worklist)
    given = worklist.get("sources")
    if not isinstance(given, list):
        raise Wrong("the sources are missing.")
    if len({" ".join(str(source).lower().split()) for source in given} - {""}) < 2:
        raise Wrong("fewer than two sources are named.")
    left = worklist.get("left_out")
    if not isinstance(left, list) or not left:
        raise Wrong("nothing is said about titles that were left out.")
    for item in left:
        if not isinstance(item, dict):
            raise Wrong("a title that was left out cannot be read.")
        text(item.get("title"), 1)
        text(item.get("reason"), 1)
    if not re.search(r"\d{4}", text(worklist.get("looked_up"), 4)):
        raise Wrong("it is not said on which day the pages were looked up.")


@marks("6.7", "worklist")
def fit(worklist: Any) -> None:
    """Demand kind, language, size within capacity, both groups, and the number for the focus."""
    worklist = _worklist(worklist)
    listed = _pages(worklist)
    language, source = worklist.get("language_code"), worklist.get("source_language")
    if language not in {row["language_code"] for row in rows("wikipedia_editions")}:
        raise Wrong("the language is not the code of a Wikipedia.")
    own = language.replace("-", "_") + "wiki"
    if all(page.get("wiki") != own for page in listed):
        raise Wrong("no page is on the wiki of the language.")
    if worklist.get("kind") == "translation list":
        titles = {
            row["title"] for row in rows("climate_articles_views") if row["language_code"] == source
        }
        if not titles or source == language:
            raise Wrong("the source language is none of the table's, or the own language.")
        for page in listed:
            if page.get("source_title") not in titles:
                raise Wrong("a source title is not in the table.")
            _title(page["source_title"])
    elif worklist.get("kind") != "pages to improve" or source:
        raise Wrong("the kind of list is missing, or does not fit the source language.")
    editors, each = number(worklist.get("editors")), number(worklist.get("pages_each"))
    if not 0 < editors <= 100_000 or not 0 < each <= 100_000:
        raise Wrong("the editors, or the pages of each, are no number above zero.")
    if len(listed) > int(editors * each + 1e-9):
        raise Wrong("the list is longer than the editors can do.")
    if len({page.get("group") for page in listed} - {None}) == 1:
        text(worklist.get("one_group_because"), 4)
    focus = worklist.get("focus")
    if not isinstance(focus, dict) or focus.get("part") != "Evidence":
        raise Wrong("the number that decides the focus is missing.")
    right_value(focus)
    right_words(focus)


def _worklist(worklist: Any) -> dict[str, Any]:
    if not isinstance(worklist, dict) or worklist.get("part") != "Worklist":
        raise Wrong("'worklist' is not a worklist.")
    return worklist


def _pages(worklist: dict[str, Any]) -> list[dict[str, Any]]:
    listed = worklist.get("pages")
    if not isinstance(listed, list) or not listed:
        raise Wrong("the list has no page.")
    if any(not isinstance(page, dict) or page.get("part") != "WorklistPage" for page in listed):
        raise Wrong("a page of the list cannot be read.")
    return listed


def _title(title: Any) -> None:
    """Demand the canonical title of an article, as MediaWiki writes it."""
    text(title, 1)
    try:
        size = len(title.encode())
    except UnicodeEncodeError:
        raise Wrong("a title cannot be written in UTF-8.") from None
    if size > 255:
        raise Wrong("a title is longer than 255 bytes.")
    if re.search(r"[#<>\[\]|{}_\x00-\x1f\x7f\ufffd]|~~~|%[0-9A-Fa-f]{2}|&#?\w+;", title):
        raise Wrong("a title holds signs that no title can hold.")
    if re.search(r"(^|/)\.{1,2}(/|$)", title) or re.match("(?i)https?://[^/ ]+/wiki/", title):
        raise Wrong("a title is an address or a path.")
    # Marks of direction, and spaces other than the plain one.
    odd = "\u1680\u180e\u202f\u205f\u3000\u00a0\u200e\u200f"
    odd += "".join(map(chr, [*range(0x2000, 0x200B), *range(0x2028, 0x202F)]))
    if set(title) & set(odd) or title != " ".join(title.split(" ")).strip() or "  " in title:
        raise Wrong("a title has spaces or marks that its canonical form has not.")
    first = title[0].upper()
    if title.startswith(":") or (len(first) == 1 and first != title[0]):
        raise Wrong("a title does not begin as its canonical form does.")
    if unicodedata.normalize("NFC", title) != title:
        raise Wrong("a title is not in the usual form of Unicode.")
    before, colon, _ = title.partition(":")
    languages = {row["language_code"] for row in rows("wikipedia_editions")}
    if colon and before.strip().casefold() in namespaces.WORDS | languages:
        raise Wrong("a title leads out of the articles.")
