"""The print edition: the whole book as one PDF, with cover, contents and page numbers.

The chapters are joined into one document, and the system's Chromium prints it. It is printed twice:
only the first print tells on which page each chapter begins.
"""

from __future__ import annotations

import html
import io
import logging
import os
import shutil
import tempfile
from datetime import date
from pathlib import Path
from typing import Any

from organizer_lab.book.directives.downloads import written
from organizer_lab.editions import chapters as book
from organizer_lab.editions import cover
from organizer_lab.editions.chapters import Chapter
from organizer_lab.errors import LabError
from organizer_lab.files import write

ASSETS = Path(__file__).parent / "assets"
BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")


def browser() -> str:
    """Find the Chromium of the system.

    Raises
    ------
    LabError
        If there is none, or the package that starts it is missing.
    """
    found = next(filter(None, map(shutil.which, BROWSERS)), None)
    if not found:
        raise LabError(
            "The print edition is made by Chromium, which is not on the PATH. Install it "
            "(on Debian and Ubuntu: apt-get install chromium), or leave the PDF out: "
            "organizer-lab site --no-pdf"
        )
    return found


def make(site: Path, toc: Path, facts: dict[str, Any], day: date, target: Path) -> int:
    """Write the PDF.

    Parameters
    ----------
    site : Path
        The finished pages.
    toc : Path
        ``_toc.yml``.
    facts : dict
        From `chapters.facts`.
    day : date
        The date of the edition.
    target : Path
        The file to write.

    Returns
    -------
    int
        How many pages it has.
    """
    chapters = book.read(site, toc)
    text = join(chapters, site, facts, day)
    _, anchors = _print(text)
    numbers = {chapter.slug: anchors.get(chapter.slug, 0) for chapter in chapters}
    if missing := [name for name, number in numbers.items() if not number]:
        raise LabError(f"These chapters did not come into the PDF: {', '.join(missing)}")
    second, again = _print(_number(text, numbers))
    if anchors != again:
        raise LabError("The page numbers of the contents moved the chapters. Print again.")
    write(target, _finish(second, facts, day))
    return _pages(second)


def join(chapters: list[Chapter], site: Path, facts: dict[str, Any], day: date) -> str:
    """Join the chapters to one HTML document; page numbers in the contents are still ``000``."""
    known = {chapter.name: chapter for chapter in chapters}
    bodies, part = [], ""
    for chapter in chapters:
        book.relink(
            chapter,
            known,
            lambda there, anchor: f"#{there.slug}--{anchor}" if anchor else f"#{there.slug}",
            lambda path: (site / path).resolve().as_uri(),
        )
        if chapter.part != part:
            part = chapter.part
            # On the same kind of page as its first chapter: else a page would begin between them.
            kind = f'class="part" style="page: {chapter.slug}"'
            bodies.append(f"<h1 {kind}>{html.escape(part)}</h1>")
        bodies.append(_chapter(chapter, opens_part=bool(part) and bodies[-1].startswith("<h1")))
    return (
        f'<!DOCTYPE html>\n<html lang="{facts["language"]}"><head><meta charset="utf-8">'
        f"<title>{html.escape(facts['title'])}</title>"
        f"<style>{style(facts, chapters)}</style></head><body>"
        f"{_front(facts, day)}{_contents(chapters)}<main>{''.join(bodies)}</main></body></html>"
    )


def _chapter(chapter: Chapter, opens_part: bool) -> str:
    body = chapter.body
    for tag in body.find_all(True):
        for name in ("id", "for", "aria-labelledby", "aria-describedby", "headers"):
            if tag.get(name):
                values = tag[name] if isinstance(tag[name], list) else tag[name].split()
                tag[name] = " ".join(f"{chapter.slug}--{value}" for value in values)
    notes = book.addresses(body)
    book.demote(body)
    after = ""
    if notes:
        listed = "".join(f"<li>{html.escape(address)}</li>" for address in notes)
        title = "Addresses of the links in this chapter"
        after = f'<div class="addresses"><p>{title}</p><ol>{listed}</ol></div>'
    kind = "chapter first" if opens_part else "chapter"
    return (
        f'<article class="{kind}" id="{chapter.slug}" style="page: {chapter.slug}">'
        f"{body.decode_contents(formatter='minimal')}{after}</article>"
    )


def _front(facts: dict[str, Any], day: date) -> str:
    picture, words, source = cover.picture()
    return f"""
<section class="cover"><p class="title">{html.escape(facts["title"])}</p>
<p class="summary">{html.escape(facts["summary"])}.</p>
<img src="{picture}" alt="{html.escape(words)}">
<p class="edition">Print edition · version {facts["version"]} · {written(day)}<br>
{html.escape(facts["author"])}</p></section>
<section class="imprint">
<p class="heading">About this edition</p>
<p>This is the whole book on paper, made on {written(day)} from the same pages as the web edition.
Every explorer shows one of its states, and every box that opens on a click is open.
The addresses of links stand at the end of each chapter.
Very long listings are cut.</p>
<p>To run the code you need the learner edition, a folder of notebooks with all tables.
The chapter <em>Where to work</em> says how to get it.</p>
<p>{html.escape(facts["licences"])}</p>
<p>The picture on the cover: {html.escape(words)} {html.escape(source)}</p>
<p>Organizer Lab is an independent project.
It is not run or endorsed by the Wikimedia Foundation.</p></section>"""


def _contents(chapters: list[Chapter]) -> str:
    rows, part = [], ""
    for chapter in chapters:
        if chapter.part != part:
            part = chapter.part
            rows.append(f'<li class="part">{html.escape(part)}</li>')
        rows.append(
            f'<li><a href="#{chapter.slug}"><span class="name">{html.escape(chapter.title)}</span>'
            f'<span class="number" data-for="{chapter.slug}">000</span></a></li>'
        )
    return (
        '<section class="contents"><p class="heading">Contents</p>'
        f"<ul>{''.join(rows)}</ul></section>"
    )


def _number(text: str, numbers: dict[str, int]) -> str:
    for slug, number in numbers.items():
        text = text.replace(f'data-for="{slug}">000<', f'data-for="{slug}">{number}<')
    return text


def style(facts: dict[str, Any], chapters: list[Chapter]) -> str:
    """Give the style sheet: the common rules, those of paper, and the running heads."""
    heads = [
        f"@page {chapter.slug} {{ @top-left {{ content: {_quoted(facts['title'])} }} "
        f"@top-right {{ content: {_quoted(chapter.title)} }} }}"
        for chapter in chapters
    ]
    sheets = [(ASSETS / name).read_text(encoding="utf-8") for name in ("book.css", "print.css")]
    return "\n".join([*sheets, code_colours(), *heads])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("<", "\\3c ")
    return f'"{escaped}"'


def code_colours() -> str:
    """Give the colours of program text, chosen for their contrast on white."""
    from pygments.formatters import HtmlFormatter

    rules = HtmlFormatter(style="a11y-high-contrast-light").get_style_defs(".highlight")
    return "\n".join(rule for rule in rules.splitlines() if "linenos" not in rule)


def _print(text: str) -> tuple[bytes, dict[str, int]]:
    """Print a document; give the PDF, and the page on which each anchor stands."""
    import pypdf
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory(prefix="organizer-lab-print-") as folder:
        page = Path(folder) / "book.html"
        page.write_text(text, encoding="utf-8")
        flags = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        with sync_playwright() as playwright:
            running = playwright.chromium.launch(
                executable_path=browser(), args=flags, env={**os.environ, "HOME": folder}
            )
            try:
                # Without scripts, and without the network: only the files of the book.
                context = running.new_context(java_script_enabled=False, offline=True)
                tab = context.new_page()
                tab.set_default_timeout(300_000)
                tab.goto(page.as_uri(), wait_until="load")
                tab.emulate_media(media="print", color_scheme="light")
                pdf = tab.pdf(prefer_css_page_size=True, tagged=True, outline=True)
            finally:
                running.close()
    reader = pypdf.PdfReader(io.BytesIO(pdf))
    at = {
        str(name).lstrip("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }
    return pdf, at


def _pages(pdf: bytes) -> int:
    import pypdf

    return len(pypdf.PdfReader(io.BytesIO(pdf)).pages)


def _finish(pdf: bytes, facts: dict[str, Any], day: date) -> bytes:
    """Say in the file what it is, and have readers show its title and its outline."""
    # It greets in the log of whoever has one.
    logging.getLogger("pikepdf").setLevel(logging.WARNING)
    import pikepdf
    import pypdf
    from pypdf.generic import NameObject, create_string_object

    writer = pypdf.PdfWriter(clone_from=io.BytesIO(pdf))
    stamp = f"D:{day:%Y%m%d}000000Z"
    writer.add_metadata(
        {
            "/Title": facts["title"],
            "/Author": facts["author"],
            "/Subject": facts["summary"],
            "/CreationDate": stamp,
            "/ModDate": stamp,
        }
    )
    writer.create_viewer_preferences().display_doctitle = True
    writer.page_mode = "/UseOutlines"
    writer.root_object[NameObject("/Lang")] = create_string_object(facts["language"])
    written_out, small = io.BytesIO(), io.BytesIO()
    writer.write(written_out)
    # Chromium writes the thousands of tags one by one and unpacked: two thirds of the file.
    with pikepdf.open(written_out) as document:
        document.save(
            small,
            object_stream_mode=pikepdf.ObjectStreamMode.generate,
            deterministic_id=True,
        )
    return small.getvalue()
