"""Tests on several processors: which tests stay together, and which are begun first.

With ``--numprocesses`` (pytest-xdist) each process takes a whole file at a time, so that what a
file prepares for its tests is prepared once. The files that write into the checkout itself, such as
the book in ``_build``, go to one process together: they would spoil each other's work.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

CHECKOUT = "the checkout"
# A test that writes into the checkout does so by one of these.
_WRITES = re.compile(r"\b(built_book|toured)\b|\b(release_sheets|worked\.make|learners\.build)\(\)")
# How many quick tests take as long as a slow one, roughly.
_SLOW = 50


@cache
def room(file: Path) -> str:
    """Name the group of a test file: its own, or that of the files that work in the checkout."""
    return CHECKOUT if _WRITES.search(file.read_text(encoding="utf-8")) else file.name


def longest_first(items: list[Any]) -> None:
    """Sort the tests by group: a long one that is begun last would leave a processor idle."""
    work: Counter[str] = Counter()
    for item in items:
        slow = item.get_closest_marker("slow") or item.get_closest_marker("browser")
        work[room(item.path)] += _SLOW if slow else 1
    items.sort(key=lambda item: (-work[room(item.path)], room(item.path)))


def scheduler(config: Any, log: Any) -> Any:
    """Give pytest-xdist the groups, in the order of the tests."""
    from xdist.scheduler import LoadScopeScheduling

    class Rooms(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return room(config.rootpath / nodeid.split("::", 1)[0])

    config.option.loadscopereorder = False
    return Rooms(config, log)
