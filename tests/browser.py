"""Open pages in the Chromium of the system, and note everything they ask for."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
FLAGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def missing(reason: str) -> None:
    """Skip a test for want of a part of the system; fail it where CI has promised the part."""
    if os.environ.get("CI", "").lower() == "true":
        pytest.fail(f"{reason} CI must have it.")
    pytest.skip(reason)


def executable() -> str:
    """Find Chromium, or skip (in CI: fail) the test."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    if not found:
        missing("No Chromium is on the PATH.")
    return str(found)


@contextmanager
def chromium() -> Iterator[Any]:
    """Start Chromium without a window and with a user folder of its own."""
    sync_api = pytest.importorskip("playwright.sync_api")
    path = executable()
    with (
        tempfile.TemporaryDirectory(prefix="organizer-lab-chromium-") as profile,
        sync_api.sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(
            executable_path=path,
            headless=True,
            args=[*FLAGS, f"--disk-cache-dir={profile}"],
            env={**os.environ, "HOME": profile},
        )
        yield browser
        browser.close()


def apart(work: Callable[[], Any]) -> Any:
    """Do something that opens a browser of its own: Playwright allows one in each thread."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(work).result()


@dataclass
class Visit:
    """What happened while a page was open.

    Attributes
    ----------
    requests : list of str
        Every address that the page asked for.
    problems : list of str
        Errors and warnings of the console, uncaught errors, answers of 400 and above.
    """

    page: Any
    own: str
    requests: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def strangers(self) -> list[str]:
        """The addresses that belong to somebody else."""
        return [
            address
            for address in self.requests
            if urlsplit(address).scheme not in {"data", "blob"}
            and urlsplit(address).netloc != self.own
        ]


@contextmanager
def visit(browser: Any, address: str, **context: Any) -> Iterator[Visit]:
    """Open a page in a fresh context and note what it does.

    Parameters
    ----------
    browser : playwright Browser
        From `chromium`.
    address : str
        The page; requests to any other host are noted and refused.
    **context
        Settings of the context, such as ``viewport`` or ``java_script_enabled``.
    """
    own = urlsplit(address).netloc
    opened = browser.new_context(**context)
    page = opened.new_page()
    seen = Visit(page, own)

    def route(handle: Any) -> None:
        seen.requests.append(handle.request.url)
        strange = urlsplit(handle.request.url).netloc not in {own, ""}
        handle.abort() if strange else handle.continue_()

    opened.route("**/*", route)
    page.on(
        "console",
        lambda said: (
            seen.problems.append(f"{said.type}: {said.text}")
            if said.type in {"error", "warning"}
            else None
        ),
    )
    page.on("pageerror", lambda error: seen.problems.append(f"uncaught: {error}"))
    page.on(
        "response",
        lambda answer: (
            seen.problems.append(f"{answer.status}: {answer.url}") if answer.status >= 400 else None
        ),
    )
    try:
        page.goto(address, wait_until="load")
        yield seen
    finally:
        opened.close()
