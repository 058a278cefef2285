"""What a reader's browser has to fetch for each page of the book, in a real Chromium."""

from __future__ import annotations

import gzip
import shutil
import threading
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from benchmarks.workshop import Failed, Row, Workshop

NAMES = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"]
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-quic"]
TEXT = ("text/", "application/json", "application/javascript", "image/svg+xml")


def measure(shop: Workshop) -> Iterator[Row]:
    """Open every page once, with an empty cache, and weigh what it asks for at first view."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        raise Failed("there is no Chromium on the PATH")
    from playwright.sync_api import sync_playwright

    from organizer_lab.book.build import server

    html = shop.book()
    web = server(html)
    threading.Thread(target=web.serve_forever, daemon=True).start()
    written = [path for path in sorted(html.rglob("*.html")) if "_static" not in path.parts]
    # A page that only forwards is gone before it can be weighed.
    pages = [path for path in written if b'http-equiv="refresh"' not in path.read_bytes().lower()]
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path=found, args=FLAGS)
            for page in pages:
                name = page.relative_to(html).as_posix()
                yield _page(browser, f"http://127.0.0.1:{web.server_port}/", name)
            browser.close()
    finally:
        web.shutdown()
        web.server_close()


def _page(browser: Any, address: str, name: str) -> Row:
    # A new context has an empty cache.
    context = browser.new_context()
    asked: list[Any] = []
    others: set[str] = set()

    def answer(route: Any) -> None:
        if route.request.url.startswith(address):
            route.continue_()
        else:
            # Noted, and not sent: a benchmark leaves other people's servers alone.
            others.add(urlsplit(route.request.url).netloc)
            route.abort()

    context.route("**/*", answer)
    page = context.new_page()
    page.on("response", lambda response: asked.append(response))
    page.goto(address + name, wait_until="networkidle")
    weights = [_weight(response) for response in asked]
    context.close()
    strangers = f"asks third parties: {', '.join(sorted(others))}" if others else "no third party"
    note = f"{len(asked)} requests, {strangers}"
    return Row("Page", name, "kB gzip", [sum(weights) / 1000], note)


def _weight(response: Any) -> int:
    """Give the bytes of an answer; text is counted as a server sends it, packed by gzip."""
    if response.status >= 300:
        return 0
    body = response.body()
    packed = response.headers.get("content-type", "").startswith(TEXT)
    return len(gzip.compress(body, 6)) if packed else len(body)
