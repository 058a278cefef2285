"""What several tests share: the built book, served pages, a browser.

A test that needs a part of the system, such as Chromium, skips with its reason where the part is
missing; with ``CI=true`` in the environment it fails instead (`browser.missing`).
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import tour
import workers
from browser import chromium

# Their assertions say what they compared, as those of a test file do.
pytest.register_assert_rewrite("week", "every_week")

REPOSITORY = Path(__file__).resolve().parents[1]

# jsonschema takes this package for absent then. It checks one format of addresses that no notebook
# uses, and compiles a grammar for it: 2 s of a processor in each process that runs tests.
sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def pytest_collection_modifyitems(config: Any, items: list[Any]) -> None:
    """With several processes, begin with the rooms that take longest."""
    if hasattr(config, "workerinput"):
        workers.longest_first(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: Any, log: Any) -> Any:
    """Keep together what belongs together, as `workers` says, unless told otherwise."""
    return workers.scheduler(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture(scope="session")
def repository() -> Path:
    """The checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def built_book() -> Path:
    """The folder of the real book's pages; what an earlier build left is used again."""
    pytest.importorskip("jupyter_book")
    from organizer_lab.book import build

    return build.book().parent


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, started once."""
    with chromium() as running:
        yield running


@pytest.fixture(scope="session")
def toured(built_book: Path, browser: Any, serve: Callable[[Path], str]) -> dict[str, tour.Seen]:
    """What a visit to each page of the real book has shown."""
    pytest.importorskip("axe_playwright_python")
    return tour.tour(built_book, serve(built_book), browser)


@pytest.fixture(scope="module")
def sheet(request, tmp_path_factory) -> Any:
    """The learners' sheet of the week of a test file; the release is its own proof."""
    pytest.importorskip("nbgrader")
    from week import released

    return released(request.module.WEEK.id, tmp_path_factory.mktemp("release"))


@pytest.fixture(scope="module")
def lesson(request, tmp_path_factory) -> Any:
    """The lesson of the week of a test file, after it ran as it runs for the book."""
    from week import read, run

    folder = tmp_path_factory.mktemp("lesson")
    done = run(read(request.module.WEEK.lesson), folder)
    assert list(folder.iterdir()) == []
    return done


@pytest.fixture(scope="session")
def graded_course(tmp_path_factory) -> Path:
    """A course directory with week 1 graded. Copy it before you change it."""
    pytest.importorskip("nbgrader")
    import graded

    return graded.build(tmp_path_factory.mktemp("graded") / "exercises")


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serve folders on this computer: gives the address of each, with a final slash."""
    from organizer_lab.book.build import server

    running = {}

    def start(folder: Path) -> str:
        if folder not in running:
            web = server(folder)
            # How often it asks whether it is to stop, in seconds.
            thread = threading.Thread(target=web.serve_forever, args=[0.1], daemon=True)
            thread.start()
            running[folder] = (web, thread)
        return f"http://127.0.0.1:{running[folder][0].server_port}/"

    yield start
    for web, thread in running.values():
        web.shutdown()
        web.server_close()
        thread.join()
