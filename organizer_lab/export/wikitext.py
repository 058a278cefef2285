"""Text of learners in wikitext: always seen as it was written, and never understood as markup.

Signs that mean something in wikitext become numeric character references, such as ``&#91;`` for
``[``. A wiki shows the sign and does nothing else with it. Unlike ``<nowiki>``, a reference cannot
be closed by the text itself, and it holds in tables and lists, too. Only signs that are dangerous
where they stand are replaced, so that the source of the page stays readable.

The signs are those of https://www.mediawiki.org/wiki/Help:Formatting, of behaviour switches
(Help:Magic words) and of links that need no brackets (Help:Links, "magic links").
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache
from typing import Any
from urllib.parse import quote

from organizer_lab import data, wiki
from organizer_lab.words import number

NOT_WRITTEN = "''Not written yet.''"

_MARKUP = re.compile(
    "|".join(
        (
            r"[&<>\[\]{}|~\u007f]",
            r"''+|\A'|'\Z",  # bold and italic, also together with a sign beside the text
            "[_\uff3f]{2,}",  # __NOTOC__, also with the wide lines of Japanese
            "!!+",  # a cell in the head of a table
            r"\A[*#:;=!+\-]",  # lists, headings, rules, and parts of a table
            r"(?<=[A-Za-z]):(?=\S)",  # https://, mailto:, and all other kinds of addresses
            r"\b(?:ISBN|RFC|PMID)(?=\s)",
        )
    )
)
# Three signs have names that a person who reads the source knows.
_NAMED = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
_NEVER = "".join(chr(plane << 16 | last) for plane in range(17) for last in (0xFFFE, 0xFFFF))
_SPACES = re.compile(r"\s+")
# What is no text: signs that steer old terminals, halves of characters, and places that Unicode
# keeps empty for ever. Letters that are newer than this Python stay.
_NO_TEXT = re.compile(rf"[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef{_NEVER}]")
_RIGHT_TO_LEFT = frozenset({"R", "AL", "AN", "RLE", "RLO", "RLI", "LRE", "LRO", "LRI", "FSI"})
ADDRESS = re.compile(r"https?://[^\s<>\[\]{}|\"'`^\\]+", re.IGNORECASE)
# What a wiki leaves as it is when it makes an address of a title (wfUrlencode of MediaWiki).
_PLAIN_IN_ADDRESS = ";@$!*(),/~:-_."


def plain(value: Any) -> str:
    """Give a text as one clean line: spaces for line breaks, nothing that is no text.

    Parameters
    ----------
    value : any
        None gives an empty text, and numbers are written out.
    """
    if value is None:
        return ""
    text = _SPACES.sub(" ", str(value))
    text = unicodedata.normalize("NFC", _NO_TEXT.sub("", text))
    return _SPACES.sub(" ", text).strip()


def inert(value: Any) -> str:
    """Write a text so that a wiki shows it and does nothing with it, on one line.

    Undoing the character references gives `plain` again.

    Examples
    --------
    >>> inert("{{Delete}} [all] of it")
    '&#123;&#123;Delete&#125;&#125; &#91;all&#93; of it'
    """
    return _MARKUP.sub(lambda found: _references(found.group()), plain(value))


def shown(value: Any) -> str:
    """Write a text for a page: inert, and kept together where its direction could spill over.

    A text with letters that run from right to left, or with marks of direction, stands in
    ``<bdi>``. That element finds the direction by itself and shuts it in: numbers and punctuation
    beside the text stay in their places, and a mark that is never closed ends with the text.
    Other texts need no element, and the source of the page stays readable.
    """
    text = inert(value)
    if any(unicodedata.bidirectional(sign) in _RIGHT_TO_LEFT for sign in plain(value)):
        return f"<bdi>{text}</bdi>"
    return text


def amount(value: Any) -> str:
    """Write a number as people read it, a text as `shown`, and nothing for nothing."""
    if value is None or isinstance(value, str):
        return shown(value)
    return shown(number(value))


def written(value: Any) -> str:
    """Write a text as `shown` does, or say that it is missing."""
    return shown(value) or NOT_WRITTEN


def address(value: Any, label: str = "") -> str:
    """Write the address of a website as a link, and everything else as inert text.

    Without a label the link shows the address as browsers do, without its ``https://``.
    Only for fields that hold an address. Brackets, quotation marks and spaces end a link on a
    wiki, so a text with these is no address.
    """
    text = plain(value)
    if not ADDRESS.fullmatch(text):
        return shown(text)
    # Two apostrophes were refused; what is left of markup in an address are tildes and lines.
    target = text.replace("~~", "%7E%7E").replace("__", "%5F%5F").replace("&", "&amp;")
    return f"[{target} {shown(label or text.partition('://')[2])}]"


def page(database: str | None, title: str | None) -> str:
    """Write a link to a page of a Wikipedia that works from every wiki.

    A title that is not canonical, or a wiki that our tables do not know, gives inert text.

    Examples
    --------
    >>> page("swwiki", "Mabadiliko ya tabianchi")
    '[[:sw:Mabadiliko ya tabianchi|Mabadiliko ya tabianchi]]'
    """
    if title and database in wiki.databases() and wiki.title_problem(title) is None:
        prefix = domain(wiki.databases()[database]).partition(".")[0]
        # These may stand in a title, and mean something. A wiki reads the codes as the signs.
        target = title.replace("''", "%27%27").replace("\uff3f", "%EF%BC%BF")
        return f"[[:{prefix}:{target}|{shown(title)}]]"
    return shown(title)


def domain(language_code: str) -> str:
    """Give the domain of a Wikipedia, such as ``sw.wikipedia.org``, from the table of editions."""
    return _domains()[language_code]


@cache
def _domains() -> dict[str, str]:
    editions = data.load("wikipedia_editions")
    return dict(zip(editions["language_code"], editions["domain"].astype(str), strict=True))


def page_address(language_code: str, title: str) -> str:
    """Give the address of a page as wikis and Wikidata write it: underscores, then %-codes.

    As `wfUrlencode` of MediaWiki, which Wikidata uses for the pages of an item
    (``SiteLinksRdfBuilder`` in the source code of Wikibase).
    """
    name = quote(title.replace(" ", "_"), safe=_PLAIN_IN_ADDRESS)
    return f"https://{domain(language_code)}/wiki/{name}"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Write a table that readers can sort; cells are wikitext already, each on one line."""
    lines = ['{| class="wikitable sortable"', f"! {' !! '.join(head)}"]
    for row in rows:
        lines += ["|-", *(f"| {cell or '–'}" for cell in row)]
    return "\n".join([*lines, "|}"])


def facts(rows: Iterable[tuple[str, str]]) -> str:
    """Write a table of two columns: what, and wikitext that says it."""
    lines = ['{| class="wikitable"']
    for name, cell in rows:
        lines += ["|-", f'! scope="row" | {name}', f"| {cell or '–'}"]
    return "\n".join([*lines, "|}"])


def bullets(items: Iterable[str]) -> str:
    """Write a list; items are wikitext already, each on one line."""
    return "\n".join(f"* {item}" for item in items)


def section(title: str, *blocks: str, level: int = 2) -> str:
    """Write a heading and what stands below it; empty blocks are left out."""
    signs = "=" * level
    return "\n\n".join([f"{signs} {title} {signs}", *filter(None, blocks)])


def _references(text: str) -> str:
    if text in _NAMED:
        return _NAMED[text]
    if text in ("ISBN", "RFC", "PMID"):
        return f"&#{ord(text[0])};{text[1:]}"
    return "".join(f"&#{ord(sign)};" for sign in text)
