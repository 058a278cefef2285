"""The worklist of week 6 in the four forms that tools and wikis read."""

from __future__ import annotations

import json
import re

from organizer_lab import data, wiki
from organizer_lab.errors import LabError
from organizer_lab.export import wikitext
from organizer_lab.plan.week_6 import Worklist, WorklistPage

ARTICLES = 0  # the number of the namespace of articles


def titles(worklist: Worklist) -> dict[str, list[str]]:
    """Give the titles by wiki as tools take them: canonical, each once, no wiki without titles.

    Raises
    ------
    LabError
        If a title cannot be one, a wiki is unknown, or no page is left.
    """
    found: dict[str, list[str]] = {}
    for name, written in worklist.by_wiki().items():
        if name not in wiki.databases():
            raise LabError(f"'{name[:40]}' is not the name of a Wikipedia. Swahili, say: 'swwiki'.")
        # A dictionary keeps the order and forgets what stands twice.
        found[name] = list(dict.fromkeys(wiki.canonical(title) for title in written))
    if not found:
        raise LabError("The worklist has no page with a wiki and a title yet.")
    return found


def worklist_json(worklist: Worklist) -> str:
    """Write the worklist of an event: a page with JSON.

    The form is that of CampaignEvents in August 2026: an object whose keys are wikis and whose
    values are lists of titles, with spaces, each once, none empty. The code keeps this feature
    behind a switch that is off by default; see whether your wiki has it.

    Parameters
    ----------
    worklist : Worklist

    Returns
    -------
    str
        JSON with letters of every script as they are, such as ``{"swwiki": ["Ukame"]}``.

    Raises
    ------
    LabError
        See `titles`.
    """
    return json.dumps(titles(worklist), ensure_ascii=False, indent=2) + "\n"


def pagepile(worklist: Worklist, database: str | None = None) -> str:
    """Write the lines that PagePile takes: a title, a tab, and the number of the namespace.

    The form is that of PagePile's ``create_pile_with_data``. A pile belongs to one wiki, which is
    chosen on PagePile's own page.

    Parameters
    ----------
    worklist : Worklist
    database : str, optional
        The wiki, such as ``"swwiki"``; by default the one with the most pages.

    Raises
    ------
    LabError
        If the list has no page of that wiki, and as `titles`.
    """
    by_wiki = titles(worklist)
    name = database or max(by_wiki, key=lambda each: len(by_wiki[each]))
    if name not in by_wiki:
        raise LabError(f"The worklist has no page of '{name}'. It has {', '.join(by_wiki)}.")
    return "".join(f"{title}\t{ARTICLES}\n" for title in by_wiki[name])


def listeria(worklist: Worklist) -> str:
    """Write the block between whose templates Listeria's bot keeps a table fresh.

    The form is that of Listeria's code of May 2026.

    The query names the pages by their addresses: those that are translated from, or else the
    pages themselves. It asks Wikidata which items these pages are about, so a page that has no
    item, or does not exist yet and is translated from nothing, is not in the bot's table.
    Addresses hold no quotation marks, bars or braces, with which Listeria's parser ends a value
    too early, and no language codes, which differ between Wikipedia and Wikidata.

    The bot works on wikis that have its templates, and makes red links there for what is missing.

    Raises
    ------
    LabError
        If no page has a title and a wiki that our tables know.
    """
    pages = [place for page in worklist.pages if (place := _known_page(worklist, page))]
    if not pages:
        raise LabError("The worklist has no page yet that Wikidata could know.")
    addresses = "\n".join(
        f"    <{wikitext.page_address(code, title)}>" for code, title in dict.fromkeys(pages)
    )
    labels = "".join(
        f"label/{code}:In {_language(code)},"
        for code in dict.fromkeys(code for code, _ in pages)
        if code != worklist.language_code
    )
    return (
        "{{Wikidata list\n"
        "|sparql=SELECT DISTINCT ?item WHERE {\n"
        "  VALUES ?page {\n"
        f"{addresses}\n"
        "  }\n"
        "  ?page schema:about ?item .\n"
        "}\n"
        f"|columns=number:#,label:Article,{labels}description,qid:Item\n"
        "|sort=label\n"
        "|links=RED\n"
        "|summary=itemnumber\n"
        "}}\n"
        "{{Wikidata list end}}\n"
    )


def wikitable(worklist: Worklist, group: str | None = None) -> str:
    """Write the worklist as a table for any wiki page, the most urgent page first.

    Links begin with a colon and the language, so that they work from every wiki. Titles and
    reasons are inert text.

    Parameters
    ----------
    worklist : Worklist
    group : str, optional
        Only the pages for ``"newcomers"`` or for ``"experienced"``; ranks stay those of the list.
    """
    source = any(page.source_title for page in worklist.pages)
    head = [
        *("Rank", "Page"),
        *(["Translated from"] if source else []),
        "Views in a year",
        *([] if group else ["For"]),
        "Why",
    ]
    rows = []
    for rank, page in enumerate(worklist.pages, 1):
        if group and page.group != group:
            continue
        cells = [str(rank), wikitext.page(page.wiki, page.title)]
        if source:
            database = wiki.database(worklist.source_language or "")
            cells.append(wikitext.page(database, page.source_title))
        cells.append(wikitext.amount(page.views))
        if not group:
            cells.append(page.group or "")
        rows.append([*cells, wikitext.shown(page.reason)])
    return wikitext.table(head, rows) + "\n"


def _known_page(worklist: Worklist, page: WorklistPage) -> tuple[str, str] | None:
    """Give language and title under which Wikidata can know the page, or None."""
    if page.source_title:
        code, title = worklist.source_language, page.source_title
    else:
        code, title = wiki.databases().get(page.wiki or ""), page.title
    if not title or wiki.database(code or "") not in wiki.databases():
        return None
    title = wiki.normalise(title)
    return None if wiki.title_problem(title) else (str(code), title)


def _language(code: str) -> str:
    """Give the English name of a language, without signs that end a column of Listeria."""
    name = data.value("wikipedia_editions", "language", where={"language_code": code})
    return re.sub(r"[^\w ()-]", "", str(name or code))
