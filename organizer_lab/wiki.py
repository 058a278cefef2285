"""Titles of wiki pages: what is one, how it is written, and files that list many of them.

The rules are those of MediaWiki (https://www.mediawiki.org/wiki/Manual:Page_title). Nothing here
asks a wiki: whether a page exists is looked up by a person.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Iterable, Mapping
from functools import cache
from html import unescape
from pathlib import Path
from urllib.parse import unquote

import pandas as pd

from organizer_lab import data, namespaces
from organizer_lab.errors import LabError, nearest

_LONGEST_ROW = 100_000
LONGEST_TITLE = 255  # bytes in UTF-8
# The columns that PetScan always writes; a seventh, "Wikidata", is there when it was asked for.
PETSCAN = ("number", "title", "pageid", "namespace", "length", "touched")

_FORBIDDEN = re.compile(r"[#<>\[\]|{}\x00-\x1f\x7f\ufffd]")
_SPACES = re.compile("[_ \u00a0\u1680\u180e\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+")
# Marks of direction are not seen, and MediaWiki takes them out of titles.
_UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e]")
_ADDRESS = re.compile(r"https?://[^/\s]+/wiki/", re.IGNORECASE)
_CODE = re.compile(r"&#?\w+;")
_BULLET = re.compile(r"^[-*•]\s+")
_RELATIVE = re.compile(r"^\.{1,2}$|^\.{1,2}/|/\.{1,2}/|/\.{1,2}$")

# What people copy from the bar of their browser, on a phone too.
_OF_EDITION = re.compile(
    r"(?:https?://)?([a-z_-]+)(?:\.m)?\.wikipedia\.org(?:/.*)?", re.IGNORECASE | re.DOTALL
)


def database(language_code: str) -> str:
    """Give the name under which tools know a Wikipedia.

    Parameters
    ----------
    language_code : str
        Code as in its web address, such as ``"sw"``.

    Returns
    -------
    str
        Such as ``"swwiki"``: hyphens become underscores.
    """
    return language_code.strip().replace("-", "_") + "wiki"


def without_address(text: str) -> str:
    """Give the code of a Wikipedia whose address somebody wrote; any other text stays as it is.

    Examples
    --------
    >>> without_address("https://sw.wikipedia.org/wiki/Mwanzo"), without_address("Swahili")
    ('sw', 'Swahili')
    """
    found = _OF_EDITION.fullmatch(text.strip())
    return found[1] if found else text


@cache
def databases() -> dict[str, str]:
    """Give the language code of every Wikipedia that the tables know, by its database name."""
    return {database(code): code for code in data.load("wikipedia_editions")["language_code"]}


def normalise(text: str) -> str:
    """Write a title in its canonical form: with spaces, and a capital first.

    Addresses of pages, square brackets around, ``%``-codes and a part after ``#`` are taken away.
    What is left may still be no title: see `title_problem`.

    Examples
    --------
    >>> normalise("climate_change#Causes")
    'Climate change'
    """
    # A title that was copied twice may hold codes of codes.
    while (once := _normalised(text)) != text:
        text = once
    return text


def _normalised(text: str) -> str:
    text = _UNSEEN.sub("", text).strip()
    if found := _ADDRESS.match(text):
        text = unquote(text[found.end() :].split("?")[0])
    elif re.search(r"%[0-9A-Fa-f]{2}", text):
        text = unquote(text)
    text = _CODE.sub(lambda code: unescape(code.group()), text)
    if text.startswith("[[") and text.endswith("]]"):
        text = text[2:-2].split("|")[0]
    text = _SPACES.sub(" ", text.split("#")[0]).strip().removeprefix(":").strip()
    text = unicodedata.normalize("NFC", text)
    # Only the first letter, and only where its capital is one letter too: "ß" stays.
    first = text[:1].upper()
    return first + text[1:] if len(first) == 1 else text


def namespace(title: str) -> str | None:
    """Give the namespace or the other wiki before a colon, or None for an article.

    Known are the English names, which work everywhere, and those of some larger languages. In
    another language a name such as "Talk" looks like the beginning of a title: PetScan's own
    column says it surely.

    Examples
    --------
    >>> namespace("Talk:Climate change"), namespace("Ecology: can we survive?")
    ('Talk', None)
    """
    before, colon, _ = _SPACES.sub(" ", title).strip().removeprefix(":").partition(":")
    word = before.strip().casefold()
    if colon and (word in namespaces.WORDS or word in databases().values()):
        return before.strip()
    return None


def title_problem(title: str) -> str | None:
    """Say why a text is not the canonical title of an article, or give None where it is.

    Parameters
    ----------
    title : str
        As it would stand in a worklist.

    Returns
    -------
    str or None
        A sentence that ends with what to do.
    """
    if not title.strip():
        return "An empty title: take the line out."
    try:
        size = len(title.encode())
    except UnicodeEncodeError:
        return "This title holds half of a character. Type it again."
    if "#" in title:
        return "A title has no part after '#': that is a place inside the page. Take it away."
    if found := _FORBIDDEN.search(title):
        sign = found.group()
        shown = f"'{sign}'" if sign.isprintable() else "a character that cannot be seen"
        return f"No title can hold {shown}. Take it away."
    if size > LONGEST_TITLE:
        return f"This title has {size} bytes; a wiki takes {LONGEST_TITLE}. Make it shorter."
    if _RELATIVE.search(title):
        return "A title cannot be '.' or '..', nor have such a part. Take it away."
    if "~~~" in title:
        return "No title can hold three tildes: they are a signature. Take them away."
    if re.search(r"%[0-9A-Fa-f]{2}", title) or _CODE.search(title):
        return "This title holds codes from a web page. Write the letters themselves."
    if prefix := namespace(title):
        return f"'{prefix}:' leads out of the articles, and a worklist holds articles only."
    if normalise(title) != title:
        return f"Not the canonical form. Write '{normalise(title)}'."
    return None


def canonical(title: str) -> str:
    """Write a title in its canonical form, or refuse what is no title of an article.

    Raises
    ------
    LabError
        With the reason.
    """
    found = normalise(title)
    if problem := title_problem(found):
        raise LabError(f"'{title[:80]}' is not a title for a worklist. {problem}")
    return found


def read_petscan(file: Path | str) -> pd.DataFrame:
    r"""Read a list that PetScan gave as CSV or TSV.

    PetScan writes underscores for spaces, and a quotation mark inside a value as ``\"``.

    Parameters
    ----------
    file : path
        The file that PetScan offered for download.

    Returns
    -------
    DataFrame
        One row for each page, in the file's order: ``title`` as the file has it, ``namespace``
        (empty for articles), ``length`` in bytes, ``touched``, ``pageid``, and ``wikidata``, the
        item or an empty text.

    Raises
    ------
    LabError
        If the file cannot be read or is not of that form.
    """
    path = Path(file)
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeError) as error:
        raise LabError(
            f"{path.name} cannot be read ({error}). Is it the file that PetScan gave?"
        ) from None
    sign = "\t" if "\t" in text.partition("\n")[0] else ","
    # Line by line, so that a broken line can be named. Titles hold no line breaks.
    # Only a quotation mark is escaped: another backslash is a letter of the title, even the last
    # one, after which the page's number follows.
    marks = re.compile(rf'\\"(?!{sign}"\d+"{sign})')
    text = re.sub(r"\r\n?", "\n", text)
    # Said here, because the limit of Python's own reader may have been raised by another library.
    if any(len(row) > _LONGEST_ROW for row in text.split("\n")):
        raise LabError(f"{path.name} cannot be read (a line is far too long). Download it again.")
    try:
        lines = list(csv.reader((marks.sub('""', row) for row in text.split("\n")), delimiter=sign))
    except csv.Error as error:
        raise LabError(f"{path.name} cannot be read ({error}). Download it again.") from None
    header = [name.strip() for name in lines[0]] if lines else []
    if tuple(header[:6]) != PETSCAN or header[6:] not in ([], ["Wikidata"]):
        raise LabError(
            f"{path.name} does not begin with the columns of PetScan ({', '.join(PETSCAN)}). "
            "Choose 'CSV' on the page 'Output' of PetScan, and download it again."
        )
    found = []
    for position, cells in enumerate(lines[1:], 2):
        if not cells:
            continue
        if len(cells) != len(header):
            raise LabError(
                f"{path.name}, line {position}: {len(cells)} values for {len(header)} columns. "
                "Was the file changed in another program? Download it again."
            )
        found.append(dict(zip(header, cells, strict=True)))
    table = pd.DataFrame(found, columns=header, dtype="object")
    table = table.rename(columns={"Wikidata": "wikidata"})
    if "wikidata" not in table:
        table["wikidata"] = ""
    for name in ("length", "pageid"):
        numbers = pd.to_numeric(table[name], errors="coerce")
        if numbers.isna().any():
            line = int(numbers.isna().to_numpy().argmax()) + 2
            raise LabError(f"{path.name}, line {line}: '{name}' is not a number.")
        table[name] = numbers.astype("int64")
    return table[["title", "namespace", "length", "touched", "pageid", "wikidata"]]


def merge(sources: Mapping[str, pd.DataFrame | Iterable[str]]) -> pd.DataFrame:
    """Put the pages of several sources below each other, and write their titles in one form.

    Nothing is thrown away here: see `doubles` and `leave_out`.

    Parameters
    ----------
    sources : mapping
        For each source its name and what it gave: a table of `read_petscan`, lines of text, or a
        text with a title in each line.

    Returns
    -------
    DataFrame
        One row for each page or line: ``source``, ``found`` as the source has it, ``title`` in
        canonical form and without namespace, ``namespace`` (empty for articles), and ``why_out``,
        the reason for leaving it out, still empty.
    """
    parts = []
    for source, given in sources.items():
        if isinstance(given, pd.DataFrame):
            if missing := {"title", "namespace"} - set(given):
                raise LabError(
                    f"The table of '{source}' has no column {', '.join(sorted(missing))}. "
                    "Read it with wiki.read_petscan(...)."
                )
            pages = list(zip(given["title"], given["namespace"].fillna(""), strict=True))
        else:
            lines = given.splitlines() if isinstance(given, str) else given
            pages = [(str(line).strip(), "") for line in lines]
        for found, before in pages:
            title = normalise(_BULLET.sub("", str(found)))
            if not title:
                continue
            before = str(before).strip()
            if not before and (before := namespace(title) or ""):
                title = normalise(title.partition(":")[2])
            parts.append((source, str(found), title, before, ""))
    return pd.DataFrame(
        parts, columns=["source", "found", "title", "namespace", "why_out"], dtype="object"
    )


def doubles(found: pd.DataFrame) -> pd.Series:
    """Say for each row whether its title stands in an earlier one; rows left out do not count.

    Returns
    -------
    Series of bool
    """
    _merged(found)
    still_in = found["why_out"] == ""
    return found["title"].where(still_in).duplicated() & still_in


def leave_out(found: pd.DataFrame, which: pd.Series | str, reason: str) -> pd.DataFrame:
    """Leave rows out of the list, and keep the reason. A reason that is there already stays.

    Parameters
    ----------
    found : DataFrame
        As `merge` gives it. It is not changed.
    which : Series of bool, or str
        The rows, or one title.
    reason : str
        Why.

    Returns
    -------
    DataFrame
        All rows, with ``why_out`` filled in those that are left out.

    Raises
    ------
    LabError
        If the reason is empty, or no row has the title.
    """
    _merged(found)
    if not isinstance(reason, str) or not reason.strip():
        raise LabError("Say in a few words why: wiki.leave_out(found, which, 'reason').")
    if isinstance(which, str):
        title = normalise(which)
        which = found["title"] == title
        if not which.any():
            raise LabError(f"No row has the title '{title}'.{nearest(title, found['title'])}")
    if not isinstance(which, pd.Series) or which.dtype != bool or len(which) != len(found):
        raise LabError("Say which rows: a title, or a condition such as found['namespace'] != ''.")
    found = found.copy()
    found.loc[which & (found["why_out"] == ""), "why_out"] = reason.strip()
    return found


def _merged(found: pd.DataFrame) -> None:
    if not isinstance(found, pd.DataFrame) or not {"title", "why_out"} <= set(found):
        raise LabError("Merge the sources first: found = wiki.merge({'name': source, ...}).")
