"""What a reader's browser has to fetch for each page of the book, in a real Chromium."""

from __future__ import annotations

import gzip
import http.server
import os
import re
import shutil
import statistics
import tempfile
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from benchmarks.workshop import Failed, Row, Workshop

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"]
TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")
# In kB, packed by gzip 6, at first view with an empty cache.
LESSON, CHAPTER, PROGRAMS = 180, 110, 60
REQUESTS = 25
KINDS = {
    "document": "HTML",
    "stylesheet": "CSS",
    "script": "JS",
    "font": "fonts",
    "image": "images",
}


@dataclass
class Weight:
    """What one page asked for.

    Attributes
    ----------
    page : str
        Its address below the folder of the book.
    kinds : Counter
        Bytes by kind: HTML, CSS, JS, fonts, images, index (of the search), other.
    requests : int
        How many files of its own site.
    strangers : set of str
        The hosts of others that it asked. Nothing was sent to them, so they weigh nothing here.
    problems : list of str
        Errors of the console, and answers that say that a file is not there.
    """

    page: str
    kinds: Counter[str] = field(default_factory=Counter)
    requests: int = 0
    strangers: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    @property
    def total(self) -> float:
        """All of it, in kB."""
        return self.kinds.total() / 1000

    @property
    def limit(self) -> int:
        """What it may weigh, in kB."""
        return LESSON if self.page.startswith("weeks/") else CHAPTER

    def broken(self) -> list[str]:
        """Say which promises the page breaks, one sentence each."""
        programs = self.kinds["JS"] / 1000
        found = [
            (self.total > self.limit, f"weighs {self.total:.0f} kB of {self.limit}"),
            (programs > PROGRAMS, f"has {programs:.0f} kB of programs of {PROGRAMS}"),
            (self.requests > REQUESTS, f"asks for {self.requests} files of {REQUESTS}"),
            (bool(self.strangers), f"asks {', '.join(sorted(self.strangers))}"),
            (bool(self.problems), f"says: {'; '.join(self.problems)}"),
        ]
        return [f"{self.page} {text}." for wrong, text in found if wrong]


def browser_path() -> str:
    """Find the Chromium of the system."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise Failed("there is no Chromium on the PATH")
    return found


def names(html: Path) -> list[str]:
    """List the pages of a built book."""
    written = [
        path
        for path in sorted(html.rglob("*.html"))
        if path.relative_to(html).parts[0] not in {"_static", "_sources", "_downloads", "lite"}
    ]
    # A page that only forwards is gone before it can be weighed.
    return [
        path.relative_to(html).as_posix()
        for path in written
        if b'http-equiv="refresh"' not in path.read_bytes().lower()
    ]


class _Packed(http.server.SimpleHTTPRequestHandler):
    """Serves files, texts packed."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        kind = self.guess_type(str(path))
        body = path.read_bytes()
        self.send_response(200)
        if kind.startswith(TEXT):
            kind += "; charset=utf-8"
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def served(html: Path) -> Iterator[str]:
    """Serve a folder to this computer, texts packed by gzip as every host of pages does.

    Gives its address, with a final slash.
    """
    handler = partial(_Packed, directory=str(html))
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{web.server_port}/"
    finally:
        web.shutdown()
        web.server_close()


def weigh(html: Path, pages: Iterable[str] | None = None) -> Iterator[Weight]:
    """Open pages of a built book once each, with an empty cache.

    Parameters
    ----------
    html : Path
        The folder of the pages.
    pages : iterable of str, optional
        Which; all of them by default.
    """
    from playwright.sync_api import sync_playwright

    path = browser_path()
    with (
        tempfile.TemporaryDirectory(prefix="organizer-lab-chromium-") as home,
        served(html) as address,
        sync_playwright() as playwright,
    ):
        environment = {**os.environ, "HOME": home}
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS, env=environment)
        for name in names(html) if pages is None else pages:
            yield _weigh(browser, address, name)
        browser.close()


def _weigh(browser: Any, address: str, name: str) -> Weight:
    # A new context has an empty cache.
    context = browser.new_context()
    weight = Weight(name)
    answers: list[Any] = []

    def route(asked: Any) -> None:
        if asked.request.url.startswith(address):
            asked.continue_()
        else:
            # Noted, and not sent: a benchmark leaves other people's servers alone.
            weight.strangers.add(urlsplit(asked.request.url).netloc)
            asked.abort()

    context.route("**/*", route)
    page = context.new_page()
    page.on("response", lambda answer: answers.append(answer))
    page.on("pageerror", lambda error: weight.problems.append(str(error)))
    page.on(
        "console",
        lambda said: weight.problems.append(said.text) if said.type == "error" else None,
    )
    page.goto(address + name, wait_until="networkidle")
    for answer in answers:
        weight.requests += 1
        kind = KINDS.get(answer.request.resource_type, "other")
        if urlsplit(answer.url).path.endswith("/searchindex.js"):
            # Data, although it comes as a program, so that it can be read from a folder.
            kind = "index"
        if answer.status < 300:
            weight.kinds[kind] += int(answer.headers["content-length"])
        elif answer.status >= 400:
            weight.problems.append(f"{answer.status}: {answer.url}")
    context.close()
    return weight


def group(page: str) -> str:
    """Name the kind of a page."""
    kinds = {"weeks/": "lessons", "exercises/": "exercises", "book/": "chapters"}
    return next((kind for start, kind in kinds.items() if page.startswith(start)), "other pages")


def measure(shop: Workshop) -> Iterator[Row]:
    """Weigh every page, and the same pages of a book with default settings."""
    from benchmarks import default_book

    ours = list(weigh(shop.book()))
    built = default_book.build(shop.copy("default"), shop.root / "_build")
    default = [weight for weight in weigh(built) if weight.page in {each.page for each in ours}]
    for weight in ours:
        kinds = ", ".join(
            f"{kind} {size / 1000:.1f}" for kind, size in sorted(weight.kinds.items())
        )
        strangers = ", ".join(sorted(weight.strangers)) or "no third party"
        note = f"{weight.requests} requests, {strangers}; {kinds}"
        yield Row("Page", weight.page, "kB gzip", [weight.total], note)
    for kind in ("lessons", "chapters", "exercises"):
        for whose, weights in (("ours", ours), ("default settings", default)):
            totals = [weight.total for weight in weights if group(weight.page) == kind]
            strangers = set().union(*(w.strangers for w in weights if group(w.page) == kind))
            note = f"{whose}; third parties: {', '.join(sorted(strangers)) or 'none'}"
            yield Row("Pages", kind, "kB gzip", totals, note)


def summary(weights: Iterable[Weight]) -> dict[str, dict[str, float]]:
    """Give the median and the worst page of each kind.

    Returns
    -------
    dict
        Kind of page to: pages, median and worst in kB, median and most requests, most programs,
        third parties.
    """
    kinds: dict[str, list[Weight]] = {}
    for weight in weights:
        kinds.setdefault(group(weight.page), []).append(weight)
    return {
        kind: {
            "pages": len(found),
            "median": statistics.median(weight.total for weight in found),
            "worst": max(weight.total for weight in found),
            "requests": statistics.median(weight.requests for weight in found),
            "most requests": max(weight.requests for weight in found),
            "programs": max(weight.kinds["JS"] / 1000 for weight in found),
            "third parties": len(set().union(*(weight.strangers for weight in found))),
        }
        for kind, found in sorted(kinds.items())
    }


def _short(page: str) -> str:
    return re.sub(r"\.html$", "", page)


def table(ours: Iterable[Weight], default: Iterable[Weight]) -> str:
    """Write every page beside the same page of a book with default settings, as Markdown."""
    other = {weight.page: weight for weight in default}
    kinds = ["HTML", "CSS", "JS", "index", "fonts", "images", "other"]
    head = ["page", "kB", *kinds, "files", "third parties"]
    if other:
        head += ["default: kB", "files", "third parties"]
    lines = [f"| {' | '.join(head)} |", f"|---|{'--:|' * (len(head) - 1)}"]
    for weight in sorted(ours, key=lambda weight: (group(weight.page), -weight.total)):
        cells = [_short(weight.page), f"{weight.total:.0f}"]
        cells += [f"{weight.kinds[kind] / 1000:.1f}" for kind in kinds]
        cells += [str(weight.requests), str(len(weight.strangers))]
        if other:
            same = other.get(weight.page)
            cells += (
                [f"{same.total:.0f}", str(same.requests), str(len(same.strangers))]
                if same
                else ["none", "", ""]
            )
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"
