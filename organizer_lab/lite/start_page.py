"""What a reader is told before the browser's Python is loaded, and the link that starts it."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Sequence
from html import escape
from pathlib import Path

from organizer_lab import files
from organizer_lab.errors import LabError

WEIGHT = "weight.json"
BOOK_PAGE = Path("book") / "routes" / "in-your-browser.html"
_LAB = "lab/index.html?path="
_BEGIN = f"{_LAB}start-here.ipynb"
# JupyterLite reads settings from this element of its first page.
_SETTINGS = re.compile(
    r'<script\b(?=[^>]*\bid="jupyter-config-data")[^>]*>.*?</script>', re.DOTALL | re.IGNORECASE
)
# The button of a lesson or exercise (organizer_lab.book.pages.routes): it leads to the page above.
_BUTTON = re.compile(
    r'(<a class="ol-open-in-browser" data-ol-file="(?P<file>[^"]+)" href=")[^"]*(">[^<(]*\b)[^<]*'
)
_BOX = re.compile(r'(<div class="[^"]*\bol-lite\b[^"]*">).*?(</div>)', re.DOTALL)

_PAGE = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Organizer Lab in your browser</title>
<meta name="description" content="Run the lessons and exercises of Organizer Lab in your browser.">
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.1rem/1.6 system-ui, sans-serif; max-width: 40rem; margin: 3rem auto;
  padding: 0 1rem; }}
a {{ display: inline-block; padding: .3rem 0; }}
</style>
</head>
<body>
<main>
<h1>Organizer Lab in your browser</h1>
{words}
</main>
{settings}
</body>
</html>
"""


def megabytes(site: Path) -> int:
    """Give the most that a first start loads, in whole megabytes.

    Raises
    ------
    LabError
        If the site has no record of it.
    """
    try:
        weight = json.loads((site / WEIGHT).read_text(encoding="utf-8"))
        return -(-(weight["python"] + weight["page"]) // 1_000_000)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabError(f"{site} is no site of the course. Build it: organizer-lab lite") from error


def words(site: Path, begin: str, missing: Sequence[str] = ()) -> str:
    """Say what a start costs, and lead to it."""
    lines = []
    if missing:
        names = escape(", ".join(name.split("-")[0] for name in missing))
        lines.append(
            f"<p><strong>This copy is incomplete and only for trying:</strong> it lacks {names}. "
            "Lessons and exercises do not run in it.</p>"
        )
    lines += [
        f"<p>A first start loads up to <strong>{megabytes(site)} MB</strong> from this website and "
        "from nowhere else. On a slow line this takes minutes and may cost money. "
        "Nothing is loaded before you choose the link. "
        "The next start is quicker, because your browser keeps most of it.</p>",
        f'<p><a href="{escape(begin)}"><strong>Start the course in this browser</strong></a></p>',
    ]
    return "\n".join(lines)


def write(site: Path, missing: Sequence[str] = ()) -> None:
    """Write the first page of the site: JupyterLite's own would start at once."""
    page = site / "index.html"
    settings = _SETTINGS.search(page.read_text(encoding="utf-8"))
    if not settings:
        raise LabError("The first page of JupyterLite has changed: it holds no settings any more.")
    said = words(site, _BEGIN, missing)
    files.write(page, _PAGE.format(words=said, settings=settings[0]))


def announce(book: Path, site: Path, missing: Sequence[str] = ()) -> bool:
    """Have the book's page lead to the site; without it the page says that there is none.

    The button "This browser" of each lesson and exercise then opens that file, and says how much a
    first start loads.

    Parameters
    ----------
    book : Path
        The folder of the book's pages that readers get.
    site : Path
        The site, below that folder.
    missing : sequence of str
        Packages that the site lacks.

    Returns
    -------
    bool
        Whether there is such a page.
    """
    page = book / BOOK_PAGE
    if not page.is_file() or not site.is_relative_to(book):
        return False
    text = page.read_text(encoding="utf-8")
    begin = os.path.relpath(site, page.parent).replace(os.sep, "/") + f"/{_BEGIN}"
    filled, count = _BOX.subn(
        lambda box: f"{box[1]}\n{words(site, begin, missing)}\n{box[2]}", text, count=1
    )
    if not count:
        raise LabError(f"{page} has no place for the link: a box with the class 'ol-lite'.")
    files.write(page, filled)
    if not missing:
        _open_files(book, site)
    return True


def _open_files(book: Path, site: Path) -> None:
    weight = f" (up to {megabytes(site)} MB)"
    for page in book.rglob("*.html"):
        if page.is_relative_to(site):
            continue
        text = page.read_text(encoding="utf-8")
        lab = os.path.relpath(site, page.parent).replace(os.sep, "/") + f"/{_LAB}"
        led, count = _BUTTON.subn(
            lambda link, lab=lab: f"{link[1]}{lab}{link['file']}{link[3]}{weight}", text
        )
        if count:
            files.write(page, led)
