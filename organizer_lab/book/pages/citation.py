"""How to cite the course or a page of it: from ``CITATION.cff``, as plain text and as BibTeX.

The file follows the Citation File Format 1.2. Only its title, authors, version, address and licence
are used, so it is read as what it is, YAML; the one converter for Python has had no release in five
years.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from organizer_lab.errors import LabError

FILE = Path(__file__).resolve().parents[3] / "CITATION.cff"
# BibTeX takes these as commands. Other letters stay: every current processor reads UTF-8.
_COMMANDS = {
    "\\": r"\textbackslash{}",
    # BibTeX counts every brace, even after a backslash.
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
}
_LICENCES = {"CC-BY-SA-4.0": "CC BY-SA 4.0", "MIT": "MIT licence"}


@dataclass(frozen=True)
class Work:
    """What ``CITATION.cff`` says about the course.

    Attributes
    ----------
    authors : tuple of str
        In full; an organization or a group has one name.
    address : str
        Where the course stands, or nothing.
    licence : str
        That of the text, for readers.
    """

    title: str
    authors: tuple[str, ...]
    version: str = ""
    address: str = ""
    licence: str = ""


def read(file: Path = FILE) -> Work | None:
    """Read the citation file; None where there is none, as in an installed package.

    Raises
    ------
    LabError
        If it cannot be read, or lacks a title or an author.
    """
    if not file.is_file():
        return None
    try:
        said = yaml.safe_load(file.read_text(encoding="utf-8"))
        authors = tuple(_name(author) for author in said["authors"])
        licences = said.get("license") or []
        licences = [licences] if isinstance(licences, str) else licences
        # Text first: a citation is about what somebody read.
        licence = next((name for name in licences if name.startswith("CC")), *licences[:1] or [""])
        return Work(
            title=" ".join(said["title"].split()),
            authors=authors,
            version=str(said.get("version") or ""),
            address=said.get("url") or "",
            licence=_LICENCES.get(licence, licence),
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError, yaml.YAMLError) as error:
        raise LabError(
            f"Cannot read how to cite the course from {file}: {type(error).__name__}: {error}. "
            "The file needs a title and authors, as the Citation File Format says."
        ) from None


def _name(author: dict[str, Any]) -> str:
    if name := author.get("name"):
        return str(name)
    parts = [author.get("given-names"), author.get("name-particle"), author["family-names"]]
    return " ".join(filter(None, parts))


def plain(work: Work, year: str, title: str = "", address: str = "") -> str:
    """Write a reference that can stand in any text.

    Parameters
    ----------
    work : Work
        The course.
    year : str
        The year of the text.
    title : str
        The title of a page; without it the course is cited.
    address : str
        Where the page stands; nothing where that is not known.
    """
    whole = f"{work.title}, version {work.version}" if work.version else work.title
    parts = [f"{_list(work.authors)} ({year})", title, f"In: {whole}" if title else whole]
    parts = [part for part in (*parts, work.licence) if part]
    text = " ".join(part if part.endswith((".", "?", "!")) else f"{part}." for part in parts)
    # Last, and without a full stop, which would be taken for a part of it.
    return f"{text} {address or work.address}".strip()


def _list(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def bibtex(work: Work, year: str, key: str, title: str = "", address: str = "") -> str:
    """Write an entry for BibTeX; parameters as for `plain`, and the key of the entry."""
    whole = f"{work.title}, version {work.version}" if work.version else work.title
    fields = {
        # A second pair of braces keeps a group's name in one piece, and capitals as they are.
        "author": " and ".join(f"{{{_escape(name)}}}" for name in work.authors),
        "title": f"{{{_escape(title or work.title)}}}",
        "howpublished": _escape(f"In: {whole}") if title else "",
        "year": year,
        "version": "" if title else _escape(work.version),
        "url": address or work.address,
        "note": _escape(work.licence),
    }
    lines = [f"  {name:12} = {{{value}}}" for name, value in fields.items() if value]
    return f"@misc{{{key},\n" + ",\n".join(lines) + "\n}"


def _escape(text: str) -> str:
    return "".join(_COMMANDS.get(sign, sign) for sign in text)


def key(page: str, home: bool, year: str) -> str:
    """Name the entry of a page, such as ``organizer-lab-idea-generation-2026``."""
    name = "" if home else f"-{page.removesuffix('/index').rpartition('/')[2]}"
    return re.sub(r"[^a-z0-9-]+", "-", f"organizer-lab{name}-{year}".lower())
