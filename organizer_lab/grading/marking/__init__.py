"""The marking: right or not, computed from the tables with the standard library alone.

It is a second computation, independent of `organizer_lab.check`, of pandas and of everything that
a learner's notebook can touch. `organizer_lab.grading.judge` runs it in a Python of its own.
"""

from __future__ import annotations

import csv
import hashlib
import importlib
import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

LARGEST = 1e18
_MARKS: dict[str, tuple[tuple[str, ...], Callable[..., None]]] = {}


class Wrong(Exception):
    """An answer that gets no points, with the reason in words."""


def marks(number: str, *names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register the marking of a question, and the variables that it reads."""

    def register(function: Callable[..., None]) -> Callable[..., None]:
        _MARKS[number] = (names, function)
        return function

    return register


def names(number: str) -> tuple[str, ...]:
    """Give the variables that a question reads."""
    return _find(number)[0]


def judge(number: str, answers: dict[str, Any]) -> None:
    """Mark one answer given as plain values.

    Parameters
    ----------
    number : str
        Week and question, such as ``"1.2"``.
    answers : dict
        The values by variable name, as JSON has them.

    Raises
    ------
    Wrong
        If the answer is missing or not right.
    """
    wanted, function = _find(number)
    # A reason is asked for only where a table has a gap; who takes its line out has given none.
    answers = {name: "" for name in wanted if name.startswith("why_")} | answers
    missing = [name for name in wanted if name not in answers]
    if missing:
        raise Wrong(f"Question {number}: no answer ({', '.join(missing)} was never set).")
    try:
        function(*(answers[name] for name in wanted))
    except Wrong as wrong:
        raise Wrong(f"Question {number}: {wrong}") from None


def _find(number: str) -> tuple[tuple[str, ...], Callable[..., None]]:
    importlib.import_module(f"{__name__}.week_{number.split('.')[0]}")
    return _MARKS[number]


def version(week: str) -> str:
    """Give a name to what decides about the points of a week: its marking, and the tables.

    Parameters
    ----------
    week : str
        Such as ``"week-1"``.
    """
    own = f"{week.replace('-', '_')}.py"
    here = Path(__file__).resolve().parent
    files = [file for file in here.glob("*.py") if file.name == own or "week_" not in file.name]
    digest = hashlib.sha256()
    for file in sorted([*files, *folder().glob("*.csv"), folder() / "datapackage.json"]):
        digest.update(f"{file.name}\0".encode() + file.read_bytes())
    return digest.hexdigest()[:16]


@cache
def folder() -> Path:
    """Find the tables: those of the checkout, or those inside the installed package."""
    package = Path(__file__).resolve().parents[2]
    checkout = package.parent / "datasets"
    return checkout if (checkout / "datapackage.json").exists() else package / "datasets"


@cache
def rows(table: str) -> tuple[dict[str, str], ...]:
    """Read a table as text, a dictionary for each row."""
    with open(folder() / f"{table}.csv", encoding="utf-8", newline="") as file:
        return tuple(csv.DictReader(file))


@cache
def columns(table: str) -> dict[str, dict[str, Any]]:
    """Read the contract of a table's columns; empty for an unknown table."""
    package = json.loads((folder() / "datapackage.json").read_text(encoding="utf-8"))
    for resource in package["resources"]:
        if resource["name"] == table:
            return {field["name"]: field for field in resource["schema"]["fields"]}
    return {}


def number(answer: Any) -> float:
    """Take an answer that must be a number."""
    if isinstance(answer, bool) or not isinstance(answer, int | float):
        raise Wrong("the answer is not a number.")
    # Nothing is further from a number that is none than any tolerance.
    if answer != answer or abs(answer) > LARGEST:
        raise Wrong("the answer is not a number that could be right.")
    return float(answer)


def agrees(answer: Any, true: float, tolerance: float) -> None:
    """Demand that a number agrees with the table's within a tolerance, in its own unit."""
    if abs(number(answer) - true) > tolerance + 1e-9:
        raise Wrong("the number is not right.")


def mean(values: list[float]) -> float:
    """Give the arithmetic mean."""
    return sum(values) / len(values)


def text(answer: Any, words: int) -> str:
    """Take an answer that must be a text of some words."""
    if not isinstance(answer, str) or _words(answer) < words:
        raise Wrong(f"a text of {words} words or more is missing.")
    return answer


def _words(answer: str) -> int:
    """Count words; where a script has no spaces between them, two signs are one word."""
    rest, signs = "", 0
    for sign in answer:
        unspaced = any(low <= ord(sign) <= high for low, high in UNSPACED)
        signs += unspaced
        rest += " " if unspaced else sign
    return len(rest.split()) + (signs + 1) // 2


# Thai and Lao, Burmese, Khmer, Japanese, Chinese and its rarer signs.
UNSPACED = (
    (0x0E00, 0x0EFF),
    (0x1000, 0x109F),
    (0x1780, 0x17FF),
    (0x3040, 0x30FF),
    (0x3400, 0x9FFF),
    (0x20000, 0x3FFFF),
)
