"""The site to publish: the built book, and beside it all that readers can take home."""

from __future__ import annotations

import hashlib
import html
import os
import re
import shutil
import tempfile
from datetime import UTC, date, datetime
from pathlib import Path

from organizer_lab import files
from organizer_lab.book.directives.downloads import EDITIONS, LEARNERS, made
from organizer_lab.editions import chapters, ebook, printed
from organizer_lab.errors import LabError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = "downloads"
PAGE = Path("book") / "download.html"
SUMS = "SHA256SUMS"
# The folder that the offline zip unpacks to.
OFFLINE = "organizer-lab"
_LINE = re.compile(r'(<p\b[^>]*\bdata-ol-edition="(\w+)"[^>]*>)(.*?)(</p>)', re.DOTALL)
_ELSEWHERE = (
    "This file is not part of the copy that you are reading. Take it where you got this one."
)


def today() -> date:
    """Give the date of the editions: today, or the day in ``SOURCE_DATE_EPOCH``.

    The variable is a common agreement of tools that make the same bytes from the same sources.
    """
    seconds = os.environ.get("SOURCE_DATE_EPOCH", "")
    moment = datetime.fromtimestamp(int(seconds), UTC) if seconds.isdecimal() else None
    return (moment or datetime.now(UTC)).date()


def site(target: Path | None = None, pdf: bool = True) -> Path:
    """Build the book and all editions of it.

    Parameters
    ----------
    target : Path, optional
        The folder of the site; by default ``_build/site``.
    pdf : bool
        Also make the print edition, which needs Chromium.

    Returns
    -------
    Path
        The first page.

    Raises
    ------
    LabError
        If the book has problems, or Chromium is wanted and missing. The site before this one is
        still there then.
    """
    from organizer_lab.book import build

    if pdf:
        # Nobody shall wait for the book to learn that something is missing.
        printed.browser()
    pages = build.book().parent
    print("Making the editions to take home …", flush=True)
    return assemble(pages, ROOT, target or ROOT / "_build" / "site", today(), pdf)


def assemble(pages: Path, root: Path, target: Path, day: date, pdf: bool = True) -> Path:
    """Put the site together from finished pages; nothing is written into them.

    Parameters
    ----------
    pages : Path
        The finished pages.
    root : Path
        The checkout, with the contents of the book and the learner edition.
    target : Path
        The folder of the site. It is made beside its place and then swapped in.
    day : date
        The date of the editions.
    pdf : bool
        Also make the print edition.

    Returns
    -------
    Path
        The first page.
    """
    target = target.resolve()
    if target.is_relative_to(pages.resolve()) or pages.resolve().is_relative_to(target):
        raise LabError(f"{target} and the pages of the book must not lie in each other.")
    if target.exists() and any(target.iterdir()) and not (target / FOLDER / SUMS).exists():
        raise LabError(f"{target} holds something else. Name a folder that is empty or new.")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as workshop:
            draft = Path(workshop) / "site"
            shutil.copytree(pages, draft)
            _editions(draft, pages, root, day, pdf)
            files.swap(draft, target, Path(workshop) / "before")
    except OSError as error:
        raise LabError(
            f"The site could not be written to {target} ({error.strerror}). "
            "The one before it is unchanged."
        ) from error
    print(f"The site is ready. Publish this folder: {target}")
    for name in sorted(path.name for path in (target / FOLDER).iterdir()):
        if name != SUMS:
            print(f"  {FOLDER}/{name} ({made(target / FOLDER / name)})")
    return target / "index.html"


def _editions(draft: Path, pages: Path, root: Path, day: date, pdf: bool) -> None:
    """Make every edition, and name them on the page of downloads."""
    folder = draft / FOLDER
    folder.mkdir()
    facts, toc = chapters.facts(root), root / "_toc.yml"
    learners = root / f"{LEARNERS}.zip"
    if learners.exists():
        shutil.copyfile(learners, folder / EDITIONS["learners"])
    ebook.make(pages, toc, facts, day, folder / EDITIONS["ebook"])
    if pdf:
        printed.make(pages, toc, facts, day, folder / EDITIONS["print"])
    _offline(pages, folder / EDITIONS["offline"])
    moment = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
    there = [folder / name for name in EDITIONS.values() if (folder / name).exists()]
    for path in there:
        os.utime(path, (moment, moment))
    sums = [f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n" for path in there]
    files.write(folder / SUMS, "".join(sums))
    page = draft / PAGE
    if page.exists():
        files.write(page, fill(page.read_text(encoding="utf-8"), folder))


def fill(page: str, folder: Path) -> str:
    """Have the page of downloads lead to the editions in a folder beside its own.

    Parameters
    ----------
    page : str
        The page, from `organizer_lab.book.directives.downloads`.
    folder : Path
        The editions; one that is not there keeps its line.
    """

    def line(found: re.Match[str]) -> str:
        file = folder / EDITIONS.get(found[2], "-")
        if not file.is_file():
            return found[0]
        address = html.escape(f"../{folder.name}/{file.name}")
        return f'{found[1]}<a href="{address}" download>{file.name}</a> ({made(file)}){found[4]}'

    return _LINE.sub(line, page)


def _offline(pages: Path, target: Path) -> None:
    """Pack the pages so that they work from any folder of a computer."""
    inside: dict[str, bytes | Path] = {}
    for path in sorted(path for path in pages.rglob("*") if path.is_file()):
        # What only the next build or another builder reads.
        if path.name in {".buildinfo", "objects.inv", ".nojekyll"}:
            continue
        inside[f"{OFFLINE}/{path.relative_to(pages).as_posix()}"] = path
    name = f"{OFFLINE}/{PAGE.as_posix()}"
    if name in inside:
        text = (pages / PAGE).read_text(encoding="utf-8")
        # The learner edition is in it; what is made beside it is not.
        inside[name] = _LINE.sub(
            lambda line: line[0] if "href=" in line[3] else f"{line[1]}{_ELSEWHERE}{line[4]}", text
        ).encode()
    files.pack(target, inside)
