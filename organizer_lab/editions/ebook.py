"""The e-book: the whole book as an EPUB 3 file, a chapter for each page.

An EPUB is a zip of pages in XHTML with a list of its files and a table of contents. All of it is
written here: what the course needs of the format is small, and a reader's own size of letters,
colours and voice work on it, which a PDF does not offer.
"""

from __future__ import annotations

import html
import posixpath
import re
import uuid
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from organizer_lab.book.directives.downloads import written
from organizer_lab.editions import chapters as book
from organizer_lab.editions import cover, printed
from organizer_lab.editions.chapters import Chapter
from organizer_lab.errors import LabError
from organizer_lab.files import pack

_KINDS = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles><rootfile full-path="EPUB/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles></container>
"""
# How the book can be read: with eyes, ears or fingers. The words are those of schema.org.
_ACCESS = (
    ("accessMode", "textual"),
    ("accessMode", "visual"),
    ("accessModeSufficient", "textual"),
    ("accessibilityFeature", "alternativeText"),
    ("accessibilityFeature", "displayTransformability"),
    ("accessibilityFeature", "readingOrder"),
    ("accessibilityFeature", "structuralNavigation"),
    ("accessibilityFeature", "tableOfContents"),
    ("accessibilityHazard", "none"),
    (
        "accessibilitySummary",
        "Every figure has a text alternative and a caption. Tables have header cells.",
    ),
)


def make(site: Path, toc: Path, facts: dict[str, Any], day: date, target: Path) -> int:
    """Write the EPUB; parameters as for `printed.make`.

    Returns
    -------
    int
        How many chapters it has.

    Raises
    ------
    LabError
        If a page cannot be written as XHTML, or a picture is of a kind that e-books do not have.
    """
    chapters = book.read(site, toc)
    files = {"META-INF/container.xml": _CONTAINER.encode()}
    known = {chapter.name: chapter for chapter in chapters}
    pictures: dict[str, Path] = {}

    def image(path: str) -> str:
        name = f"images/{posixpath.basename(path)}"
        pictures[name] = site / path
        return name

    for chapter in chapters:
        book.relink(chapter, known, _address, image)
    language = facts["language"]
    for chapter in chapters:
        inside = chapter.body.decode_contents(formatter="minimal")
        files[f"EPUB/{chapter.slug}.xhtml"] = page(chapter.title, inside, language)
    for name, path in sorted(pictures.items()):
        if path.suffix not in _KINDS or not path.is_file():
            raise LabError(f"The picture {path} cannot come into the e-book.")
        files[f"EPUB/{name}"] = _alone(path)
    files["EPUB/images/cover.png"] = cover.poster(facts["title"], facts["summary"])
    files["EPUB/cover.xhtml"] = _cover(facts, day)
    files["EPUB/nav.xhtml"] = page("Contents", _contents(chapters), language)
    sheet = (printed.ASSETS / "book.css").read_text(encoding="utf-8")
    files["EPUB/style.css"] = f"{sheet}\n{printed.code_colours()}\n".encode()
    files["EPUB/package.opf"] = _package(facts, day, chapters, sorted(files))
    # The first file says, unpacked, what kind of zip this is.
    pack(target, {"mimetype": b"application/epub+zip", **files}, stored={"mimetype"})
    return len(chapters)


def _alone(picture: Path) -> bytes:
    """Read a picture; a drawing without its document type, which lies on somebody else's server."""
    content = picture.read_bytes()
    if picture.suffix == ".svg":
        content = re.sub(rb"<!DOCTYPE[^>\[]*>\s*", b"", content, count=1)
    return content


def _address(chapter: Chapter, anchor: str) -> str:
    return f"{chapter.slug}.xhtml" + (f"#{anchor}" if anchor else "")


def page(title: str, inside: str, language: str) -> bytes:
    """Write one page of the e-book.

    Raises
    ------
    LabError
        If the content is not well-formed; an e-book reader would show an error instead of it.
    """
    text = f"""<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE html>
<html xmlns="http://www.w3.org/1999/xhtml" xmlns:epub="http://www.idpf.org/2007/ops" \
lang="{language}" xml:lang="{language}">
<head><title>{html.escape(title)}</title>
<link rel="stylesheet" type="text/css" href="style.css"/></head>
<body>{inside}</body></html>
"""
    try:
        ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise LabError(f"The page '{title}' cannot be written for an e-book: {error}.") from error
    return text.encode()


def _cover(facts: dict[str, Any], day: date) -> bytes:
    _, words, source = cover.picture()
    inside = (
        f'<section epub:type="cover"><img src="images/cover.png" alt="{html.escape(words)}"/>'
        f"<p>{html.escape(facts['title'])}, version {facts['version']}, "
        f"{written(day)}. {html.escape(facts['author'])}.</p>"
        f"<p>{html.escape(facts['licences'])}</p>"
        f"<p>The picture: {html.escape(words)} {html.escape(source)}</p></section>"
    )
    return page(facts["title"], inside, facts["language"])


def _contents(chapters: list[Chapter]) -> str:
    """List the chapters below the parts of the book."""
    parts: dict[str, list[str]] = {}
    for chapter in chapters:
        line = f'<li><a href="{_address(chapter, "")}">{html.escape(chapter.title)}</a></li>'
        parts.setdefault(chapter.part, []).append(line)
    rows = [
        f"<li><span>{html.escape(part)}</span><ol>{''.join(lines)}</ol></li>"
        if part
        else "".join(lines)
        for part, lines in parts.items()
    ]
    return f'<nav epub:type="toc" id="toc"><h1>Contents</h1><ol>{"".join(rows)}</ol></nav>'


def _package(
    facts: dict[str, Any], day: date, chapters: list[Chapter], names: Iterable[str]
) -> bytes:
    """Describe the book and list its files."""
    moment = f"{day:%Y-%m-%d}T00:00:00Z"
    # The same version of the same day is the same book.
    identifier = uuid.uuid5(uuid.NAMESPACE_DNS, f"organizer-lab {facts['version']} {moment}")
    special = {
        "EPUB/images/cover.png": ' properties="cover-image"',
        "EPUB/nav.xhtml": ' properties="nav"',
    }
    items = []
    for name in names:
        suffix = posixpath.splitext(name)[1]
        kind = {".xhtml": "application/xhtml+xml", ".css": "text/css", **_KINDS}.get(suffix)
        if name.startswith("EPUB/") and kind:
            short = name.removeprefix("EPUB/")
            items.append(
                f'<item id="{_id(short)}" href="{short}" media-type="{kind}"'
                f"{special.get(name, '')}/>"
            )
    order = ["cover.xhtml", "nav.xhtml", *(_address(chapter, "") for chapter in chapters)]
    spine = "".join(f'<itemref idref="{_id(name)}"/>' for name in order)
    access = "".join(
        f'<meta property="schema:{name}">{html.escape(value)}</meta>' for name, value in _ACCESS
    )
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="id" \
xml:lang="{facts["language"]}">
<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">
<dc:identifier id="id">urn:uuid:{identifier}</dc:identifier>
<dc:title>{html.escape(facts["title"])}</dc:title>
<dc:language>{facts["language"]}</dc:language>
<dc:creator>{html.escape(facts["author"])}</dc:creator>
<dc:description>{html.escape(facts["summary"])}</dc:description>
<dc:rights>{html.escape(facts["licences"])}</dc:rights>
<dc:date>{day:%Y-%m-%d}</dc:date>
<meta property="dcterms:modified">{moment}</meta>
{access}
</metadata>
<manifest>{"".join(items)}</manifest>
<spine>{spine}</spine>
</package>
""".encode()


def _id(name: str) -> str:
    return "f-" + name.replace("/", "-")
