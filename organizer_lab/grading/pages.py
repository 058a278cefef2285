"""What the pages and tables for facilitators share: one plain look, and safe writing.

A page is one file. It asks nobody for anything, runs no script, and says so to the browser.
"""

from __future__ import annotations

import csv
import errno
import io
import os
import stat
from collections.abc import Iterable, Sequence
from html import escape
from pathlib import Path
from typing import Any

from organizer_lab import files

_POLICY = (
    "script-src 'none'; default-src 'none'; img-src data:; style-src 'unsafe-inline'; "
    "base-uri 'none'; form-action 'none'"
)
# Colours have a contrast of 4.5 or more with their ground, in both modes.
STYLE = """
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #57606a; --page: #ffffff;
  --box: #f3f5f7; --line: #c9d1d9; --accent: #0b57a4; --good: #1a6b34; --bad: #9a3412; }
@media (prefers-color-scheme: dark) { :root { --ink: #e6e9ec; --soft: #a5afb9; --page: #14181c;
  --box: #1f252b; --line: #48525c; --accent: #7ab8f5; --good: #7fd399; --bad: #f5a97f; } }
* { box-sizing: border-box; }
body { margin: 0 auto; max-width: 50rem; padding: 1rem; color: var(--ink);
  background: var(--page); font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
h1 { font-size: 1.6rem; line-height: 1.25; } h2 { font-size: 1.3rem; } h3 { font-size: 1.1rem; }
a { color: var(--accent); } a:focus-visible, [tabindex]:focus-visible {
  outline: 3px solid var(--accent); outline-offset: 2px; }
img, svg { max-width: 100%; height: auto; } .learner img { background: #fff; }
.wide { overflow-x: auto; } table { border-collapse: collapse; margin: .6rem 0; }
th[scope=row] { min-width: 5.2rem; }
th, td { border: 1px solid var(--line); padding: .3rem .55rem; text-align: left;
  vertical-align: top; } td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; }
caption { text-align: left; color: var(--soft); padding-bottom: .3rem; }
pre { overflow-x: auto; margin: .4rem 0; padding: .6rem; background: var(--box);
  border-radius: .3rem; font-size: .875rem; white-space: pre-wrap; }
.points { font-weight: 600; margin: 0 0 .4rem; } .soft { color: var(--soft); }
.good { color: var(--good); } .bad { color: var(--bad); }
.box { border: 1px solid var(--line); border-left: .35rem solid var(--accent);
  border-radius: .3rem; padding: .6rem .8rem; margin: 1rem 0; }
@media print { body { max-width: none; } .box, tr { break-inside: avoid; } }
"""


def page(title: str, body: str, *, state: str = "", style: str = "") -> str:
    """Write a whole page.

    Parameters
    ----------
    title : str
        Plain text.
    body : str
        HTML that is safe.
    state : str
        From what it was made; `state_of` reads it again.
    style : str
        More rules of style.
    """
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f'<meta name="organizer-lab-state" content="{escape(state)}">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}{style}</style>\n</head>\n"
        f"<body>\n{body}\n</body>\n</html>\n"
    )


def state_of(file: Path) -> str | None:
    """Read from what a page was made; None where there is no page, or not one of ours."""
    try:
        with open(file, encoding="utf-8", errors="replace") as opened:
            head = opened.read(2000)
    except OSError:
        return None
    _, found, rest = head.partition('<meta name="organizer-lab-state" content="')
    return rest.partition('"')[0] if found else None


def table(
    caption: str, head: Sequence[str], rows: Iterable[Sequence[Any]], numbers: Sequence[int] = ()
) -> str:
    """Write a table, its first column as headings of the rows.

    Parameters
    ----------
    caption : str
        HTML that is safe.
    head : sequence of str
        Plain texts.
    rows : iterable
        Cells: plain text, or `Safe` HTML.
    numbers : sequence of int
        Positions of columns that hold numbers.
    """

    def kind(column: int) -> str:
        return ' class="n"' if column in numbers else ""

    lines = "".join(
        f"<th{kind(column)} scope='col'>{escape(name)}</th>" for column, name in enumerate(head)
    )
    text = f"<div class='wide' tabindex='0'><table><caption>{caption}</caption>\n"
    text += f"<thead><tr>{lines}</tr></thead>\n<tbody>\n"
    for row in rows:
        text += "<tr>"
        for column, cell in enumerate(row):
            shown = cell if isinstance(cell, Safe) else escape(str(cell))
            tag = "th scope='row'" if column == 0 else "td"
            text += f"<{tag}{kind(column)}>{shown}</{tag[:2]}>"
        text += "</tr>\n"
    return text + "</tbody></table></div>\n"


class Safe(str):
    """HTML that may stand on a page as it is."""

    __slots__ = ()


def csv_text(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Write a table as CSV (RFC 4180).

    A text that a spreadsheet would take for a formula gets an apostrophe in front.
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\r\n")
    writer.writerow(head)
    writer.writerows([_cell(cell) for cell in row] for row in rows)
    return file.getvalue()


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.10g}"
    if isinstance(value, str):
        # Halves of signs cannot be written to a file.
        return files.as_cell(value.encode("utf-8", "replace").decode())
    return "" if value is None else value


def write(file: Path, content: str | bytes) -> None:
    """Write a file as a whole or not at all, and its folder if it is not there."""
    if isinstance(content, str):
        content = content.encode("utf-8", "replace")
    file.parent.mkdir(parents=True, exist_ok=True)
    files.write(file, content)


def read(file: Path, largest: int = 100_000_000) -> bytes:
    """Read a file of a learner's folder, but nothing that a link leads to.

    Raises
    ------
    OSError
        If it is not there, a link, no file, or larger than so many bytes.
    """
    for folder in (file.parent, file.parent.parent):
        if folder.is_symlink():
            raise OSError(errno.ELOOP, "its folder is a link to another place")
    # Not to wait for ever where somebody made a pipe of this name.
    flags = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
    with os.fdopen(os.open(file, flags), "rb") as opened:
        found = os.fstat(opened.fileno())
        if not stat.S_ISREG(found.st_mode) or found.st_size > largest:
            raise OSError(errno.EINVAL, "it is no file, or far too large")
        return opened.read()


def points(value: float) -> str:
    """Write points: no more digits than they need."""
    return f"{round(value, 2):g}"


def plural(count: int, one: str, more: str = "") -> str:
    """Count things in words: "1 learner", "2 learners"."""
    return f"{count} {one if count == 1 else more or one + 's'}"
