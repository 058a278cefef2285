"""Pages for people who listen, use a keyboard, enlarge the page, or choose their own colours.

Jupyter Book's theme leaves some faults to the book. What is wrong in a template of the theme is
mended by the templates beside this file, each of which says which fault it mends. What is wrong in
the text of a page is mended here, when the page is written:

- Cells that head a column or a row say so, and each table has a name: that of its section. Columns
  of words begin at the left; pandas says of no column what it holds.
- What a cell prints in sentences is broken into lines that fit, on paper too; only columns that are
  drawn with spaces need their lines whole.
- The contents of the book mark the page that is open, name what each button unfolds, and put no
  headings before those of the page.
- The title of a source in another language says which language it is. Name it in
  ``references.bib`` with ``langid = {german}``.
"""

from __future__ import annotations

import html
import re
from collections import Counter
from itertools import groupby
from pathlib import Path
from typing import Any

from bs4 import BeautifulSoup
from docutils import nodes

from organizer_lab.book import elements
from organizer_lab.errors import LabError, nearest

TEMPLATES = Path(__file__).parents[1] / "templates"

_HEADING_OR_TABLE = re.compile(
    r"<h[1-6]\b[^>]*>(?P<heading>.*?)</h[1-6]>|(?P<table><table\b.*?</table>)", re.DOTALL
)
_LINK_TO_HEADING = re.compile(r"<a class=\"headerlink\".*?</a>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
_PRINTED = re.compile(
    r'(<div class="output (?:stream|text_plain)\b[^>]*><div class="highlight">)<pre>(.*?)</pre>',
    re.DOTALL,
)
_COLUMNS = re.compile(r"\S {3,}\S")
# A number, with a sign, thousands and per cent; a gap; or the dots of a table that is cut.
_FIGURE = re.compile(r"[-+−]?[\d.,]+(?:e[-+]?\d+)?\s*%?|NaN|NaT|None|<NA>|-?inf|…|\.\.\.|")


def tables(body: str) -> str:
    """Give every table header cells with a scope, and a name.

    Parameters
    ----------
    body : str
        The HTML of a page. Outside of its tables nothing changes.

    Returns
    -------
    str
        The same page. A table that has a caption or a name keeps it; any other is named after the
        heading above it, the second one below the same heading "…, table 2".
    """
    heading, seen = "", Counter[str]()

    def mend(match: re.Match) -> str:
        nonlocal heading
        if match["table"] is None:
            heading = _words(match["heading"])
            return match[0]
        seen[heading] += 1
        nth = seen[heading]
        return table(match["table"], f"{heading}, table {nth}" if nth > 1 else heading)

    return _HEADING_OR_TABLE.sub(mend, body)


def table(text: str, name: str) -> str:
    """Mend one table; see `tables`."""
    soup = BeautifulSoup(text, "html.parser")
    whole = soup.table
    for cell in whole.find_all("th"):
        if not cell.get_text(strip=True) and not cell.find(["img", "svg"]):
            # pandas heads its index column with an empty cell, which is read as a nameless header.
            cell.name = "td"
            cell.attrs.pop("scope", None)
        elif not cell.get("scope"):
            across, size = ("col", "colspan") if cell.find_parent("thead") else ("row", "rowspan")
            cell["scope"] = f"{across}group" if int(cell.get(size, 1)) > 1 else across
    if "dataframe" in whole.get("class", []):
        _align(whole)
    if name and not (whole.caption or whole.get("aria-label") or whole.get("aria-labelledby")):
        whole["aria-label"] = name
    return str(soup)


def _align(whole: Any) -> None:
    """Mark the cells of each column that holds words. Cells over several columns are left alone."""
    lines = [line.find_all(["th", "td"]) for line in whole.find_all("tr")]
    if any(cell.get("colspan") or cell.get("rowspan") for cells in lines for cell in cells):
        return
    body = [line.find_all(["th", "td"]) for line in whole.select("tbody tr")]
    for position in range(max(map(len, body), default=0)):
        column = [cells[position].get_text(strip=True) for cells in body if position < len(cells)]
        if all(_FIGURE.fullmatch(text) for text in column):
            continue
        for cells in lines:
            if position < len(cells):
                cells[position]["class"] = [*cells[position].get("class", []), "ol-text"]


def printed(body: str) -> str:
    """Mark what cells print in sentences, so that its lines may be broken.

    Parameters
    ----------
    body : str
        The HTML of a page.

    Returns
    -------
    str
        The same page; ``pre`` has the class ``ol-lines`` where no column is drawn with spaces.
    """

    def mend(match: re.Match) -> str:
        text = html.unescape(_TAG.sub("", match[2]))
        mark = "" if _COLUMNS.search(text) else ' class="ol-lines"'
        return f"{match[1]}<pre{mark}>{match[2]}</pre>"

    return _PRINTED.sub(mend, body)


def _words(fragment: str) -> str:
    return " ".join(html.unescape(_TAG.sub("", _LINK_TO_HEADING.sub("", fragment))).split())


def contents(soup: Any) -> Any:
    """Mend the theme's list of all pages, in place.

    Parameters
    ----------
    soup : bs4.BeautifulSoup
        The list as the theme made it, or an empty text where there is none.
    """
    if not isinstance(soup, BeautifulSoup):
        return soup
    for caption in soup.select("p.caption[role=heading]"):
        # A reader who goes from heading to heading wants those of the page.
        del caption["role"], caption["aria-level"]
    for link in soup.select("a.current"):
        link["aria-current"] = "page"
    for button in soup.select("li > details > summary"):
        link = button.find_parent("li").find("a")
        button["aria-label"] = f"Pages below: {' '.join(link.get_text().split())}"
    return soup


def _context(
    app: Any, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if context.get("body"):
        # docutils lists sources with a role that was withdrawn: they became children of no list.
        body = context["body"].replace('role="doc-biblioentry"', 'role="listitem"')
        context["body"] = printed(tables(body))
    make = context.get("generate_toctree_html")
    if make:
        context["generate_toctree_html"] = lambda *args, **settings: contents(
            make(*args, **settings)
        )


def foreign_titles(sources: list[Path]) -> dict[str, str]:
    """Find the titles in other languages among the sources of the book.

    Parameters
    ----------
    sources : list of Path
        Files of BibTeX. ``langid`` is the field of biblatex, such as ``german``.

    Returns
    -------
    dict
        Title, without the braces that keep its capitals, to language tag, such as ``de``.

    Raises
    ------
    LabError
        If a language is not known by its English name.
    """
    from babel import Locale
    from pybtex.database import parse_file

    tags = {name.lower(): tag for tag, name in Locale("en").languages.items()}
    found = {}
    for source in sources:
        for key, entry in parse_file(str(source), bib_format="bibtex").entries.items():
            language = entry.fields.get("langid", "english")
            if language.lower() == "english":
                continue
            if language.lower() not in tags:
                raise LabError(
                    f"{source.name}: '{key}' is in '{language}', which is no known language."
                    f"{nearest(language.lower(), tags)}"
                )
            title = re.sub(r"[{}]", "", entry.fields["title"])
            found[title] = tags[language.lower()].replace("_", "-")
    return found


def mark(children: list[nodes.Node], titles: dict[str, str]) -> list[nodes.Node]:
    """Put titles in other languages into elements that say so.

    Parameters
    ----------
    children : list of docutils.nodes.Node
        What stands in one paragraph. A title may be cut into several texts: each capital that is
        kept by braces in BibTeX begins a new one.
    titles : dict
        From `foreign_titles`.

    Returns
    -------
    list of docutils.nodes.Node
        The same, with the titles as ``<span lang>``.
    """
    marked: list[nodes.Node] = []
    for text, run in groupby(children, key=lambda node: isinstance(node, nodes.Text)):
        pieces = list(run)
        whole = "".join(piece.astext() for piece in pieces) if text else ""
        title = next((title for title in titles if title in whole), None)
        if title is None:
            marked += pieces
            continue
        before, _, after = whole.partition(title)
        span = elements.make("span", title, lang=titles[title])
        marked += [part for part in (nodes.Text(before), span, nodes.Text(after)) if part.astext()]
    return marked


def _languages(app: Any, doctree: nodes.document, page: str) -> None:
    """Mark titles in other languages where they are printed."""
    titles = app.ol_foreign_titles
    for parent in list(doctree.findall(nodes.TextElement)):
        # An address that is printed as a link may have the title in it.
        if isinstance(parent, nodes.reference):
            continue
        marked = mark(list(parent.children), titles)
        if marked != parent.children:
            parent[:] = marked


def _prepare(app: Any, config: Any) -> None:
    # Before the folders that the themes add for the same purpose.
    config.templates_path = [str(TEMPLATES), *config.templates_path]
    options = config.html_theme_options
    # The browser has its own key for a full screen; and nothing ever shows the other button.
    options.setdefault("use_fullscreen_button", False)
    options.setdefault("back_to_top_button", False)
    # By default the theme keeps a place for advertisements there.
    options.setdefault("primary_sidebar_end", [])
    sources = [Path(app.confdir) / name for name in getattr(config, "bibtex_bibfiles", [])]
    app.ol_foreign_titles = foreign_titles([source for source in sources if source.exists()])


def setup(app: Any) -> None:
    """Add the templates, and mend each page before it is put into one."""
    app.connect("config-inited", _prepare)
    app.add_css_file("accessible.css", priority=900)
    app.connect("doctree-resolved", _languages)
    app.connect("html-page-context", _context, priority=900)
