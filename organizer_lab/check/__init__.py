"""Instant, worded replies to a learner's answers. They never print the answer.

A check explains; it gives no points. Points come from the hidden tests, which compute on their own
(`organizer_lab.grading`). Checks need neither nbgrader nor the network.
"""

from __future__ import annotations

import importlib
import warnings
from collections.abc import Callable, Collection, Mapping
from typing import Any, get_args

from organizer_lab import data
from organizer_lab.check import stopped
from organizer_lab.errors import LabError, nearest
from organizer_lab.plan import Part, Place, Plan

Check = Callable[..., list[str]]
_CHECKS: dict[str, tuple[tuple[str, ...], Check]] = {}


def question(number: str, *names: str) -> Callable[[Check], Check]:
    """Register a check.

    Parameters
    ----------
    number : str
        Week and question, such as ``"1.2"``.
    *names : str
        The learner's variables that the check needs, in the order of its parameters.

    Returns
    -------
    callable
        A decorator. The check gives a list of sentences: what is not right yet. An empty list
        means that all is well.
    """

    def register(check: Check) -> Check:
        _CHECKS[number] = (names, check)
        return check

    return register


def reply(number: str, variables: Mapping[str, Any]) -> tuple[bool, list[str]]:
    """Check one answer.

    Parameters
    ----------
    number : str
        Week and question, such as ``"1.2"``.
    variables : mapping
        The notebook's variables: ``globals()``.

    Returns
    -------
    tuple of bool and list of str
        Whether the answer is right, and what is not right yet.

    Raises
    ------
    LabError
        If there is no such question.
    """
    week = number.split(".")[0]
    try:
        importlib.import_module(f"organizer_lab.check.week_{week}")
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("organizer_lab.check.week_"):
            raise
    if number not in _CHECKS:
        raise LabError(f"There is no question '{number}'.{nearest(number, _CHECKS)}")
    names, check = _CHECKS[number]
    # A reason is asked for only where a table has a gap; who takes its line out has given none.
    variables = {name: "" for name in names if name.startswith("why_")} | dict(variables)
    unseen = [name for name in names if name not in variables]
    if unseen:
        return False, [
            f"Python does not know {_listed(unseen)} yet. Run the cell above that sets "
            f"{'it' if len(unseen) == 1 else 'them'} (Shift+Enter), then run this cell again."
        ]
    open_ = [name for name in names if variables[name] is ...]
    if week != "1" and {"country", "language"} & set(open_):
        return False, [
            "Not answered yet: your place is not known. Write the codes of your country and your "
            "language into the first answer cell, run that cell, then this one."
        ]
    if open_:
        return False, [
            f"Not answered yet: replace the three dots behind {_listed(open_)}, "
            "run that cell, then this one."
        ]
    with warnings.catch_warnings():
        # nbgrader takes the points of a test cell that writes to the error stream.
        warnings.simplefilter("ignore")
        sentences = check(*(_plain(variables[name]) for name in names))
    return not sentences, sentences


def answer(number: str, variables: Mapping[str, Any]) -> None:
    """Check one answer and print the reply in words.

    Parameters
    ----------
    number : str
        Week and question, such as ``"1.2"``.
    variables : mapping
        The notebook's variables: write ``globals()``.
    """
    right, sentences = reply(number, variables)
    if right:
        print(f"Question {number}: this looks right.")
    else:
        print(f"Question {number}: not yet.")
        for sentence in sentences:
            print(f"- {sentence}")
    for begins in stopped.cells():
        print(
            f"- Careful: the cell that begins with “{begins}” stopped with an error. What it sets "
            "is as before, or not there. Mend and run it, then this one."
        )


def place() -> tuple[Any, Any]:
    """Give country and language from the plan of the earlier weeks, and say so in a sentence.

    Returns
    -------
    tuple
        The codes, or twice three dots where the plan is absent or has no place: the notebook's
        first answer cell is for that case.

    Raises
    ------
    LabError
        If there is a plan that cannot be read.
    """
    mine = Plan.load().place
    if mine is None or not mine.iso3 or not mine.language_code:
        print(
            "There is no plan with your place here yet. Write the codes of your country and of "
            "your language in the next cell."
        )
        return ..., ...
    print(
        f"From your plan: country {mine.iso3}, language {mine.language_code}. "
        "You need not change the next cell."
    )
    return mine.iso3, mine.language_code


def place_problems(country: Any, language: Any = "en") -> list[str]:
    """Say why a country or a language is none that the tables know."""
    if not isinstance(country, str) or not isinstance(language, str):
        return ['Write both codes in quotation marks, such as "TZA" and "sw".']
    try:
        return [p.text for p in Place(iso3=country, language_code=language).problems()]
    except LabError as error:
        return [str(error)]


def not_sound(part: Any, kind: type[Part], name: str) -> list[str]:
    """Say why an answer is no part of the plan whose rules can be applied.

    Parameters
    ----------
    part : any
        The learner's variable.
    kind : type of Part
        What it must be, such as `TopicCard`.
    name : str
        The variable's name.
    """
    if type(part) is not kind:
        words = kind.title[:1].lower() + kind.title[1:]
        article = "an" if words[:1] in "aeiou" else "a"
        return [
            f"'{name}' is not {article} {words}. Run the cell that begins with {name} = "
            f"{kind.__name__}."
        ]
    # Lists can be changed after the part was made, and then nobody has looked at what came in.
    for field, info in kind.model_fields.items():
        for inner in get_args(info.annotation):
            if isinstance(inner, type) and issubclass(inner, Part):
                value = getattr(part, field)
                items = value if isinstance(value, list) else [value] if value is not None else []
                if any(type(item) is not inner for item in items):
                    return [f"The {field} of '{name}' holds what is not {inner.__name__}(...)."]
    try:
        kind(**part.model_dump(warnings=False))
    except LabError as error:
        return [str(error)]
    return []


def country_name(code: str) -> str:
    """Give the name of a country that the tables know."""
    return str(data.value("country_profile", "country", where={"iso3": code}))


def neighbours(country: str, known: Collection[str]) -> list[str]:
    """List the nearest countries that a table knows.

    Parameters
    ----------
    country : str
        Code of a country of ``country_profile``.
    known : collection of str
        Codes of the countries with data.

    Returns
    -------
    list of str
        Those of the same United Nations sub-region; where it has none, of the same continent, and
        then of the same Wikimedia region. Empty where there are none at all.
    """
    profile = data.load("country_profile").set_index("iso3")
    for column in ("un_subregion", "un_continent", "wikimedia_region"):
        same = profile.index[profile[column] == profile.loc[country, column]]
        if found := [code for code in same if code in known and code != country]:
            return found
    return []


def _listed(names: list[str]) -> str:
    *first, last = [f"'{name}'" for name in names]
    return f"{', '.join(first)} and {last}" if first else last


class Unreadable:
    """Stands for an answer that is neither a plain value nor anything the course works with."""

    def __init__(self, kind: str):
        self.kind = kind


def _plain(value: Any, depth: int = 0) -> Any:
    """Give an answer as a plain value, so that no object of the learner's runs code in a check.

    Numbers of numpy become Python's own, as do numbers and texts of derived types. Tables, lists
    and parts of the plan are given as they are.
    """
    import numpy
    import pandas

    kind = type(value)
    if value is None or value is ... or kind in (bool, int, float, str, list, tuple, set):
        return value
    if kind in (pandas.Series, pandas.DataFrame) or kind.__module__.startswith(
        "organizer_lab.plan."
    ):
        return value
    # float.__float__ and its like cannot be overridden by a derived type.
    for base, own in ((float, float.__float__), (int, int.__int__), (str, str.__str__)):
        if issubclass(kind, base):
            return own(value)
    if issubclass(kind, dict):
        if depth:
            return Unreadable("dict")
        return {
            _plain(name): _plain(item, 1)
            for name, item in dict.items(value)
            if issubclass(type(name), str)
        }
    if kind is numpy.ndarray:
        return value if value.ndim or depth else _plain(value[()], 1)
    if kind in numpy.sctypeDict.values():
        if issubclass(kind, numpy.floating):
            return float(value)
        if issubclass(kind, numpy.integer | numpy.bool_):
            return value.item()
    return Unreadable(type.__dict__["__name__"].__get__(kind))


def as_number(value: Any) -> float | str:
    """Read an answer as a number, or say in a sentence why it is none.

    Returns
    -------
    float or str
        The number, or the sentence.
    """
    if isinstance(value, bool):
        return "This is True or False. The answer is a number."
    if isinstance(value, int | float):
        if value != value:
            return "This is 'nan': a computation without values. Check which rows you selected."
        if abs(value) > 1e18:
            return "This number is far too large. Look at each step of the computation again."
        return float(value)
    if isinstance(value, str):
        hint = " Write a point, not a comma." if "," in value else ""
        return f"This is text. Write the number without quotation marks.{hint}"
    if isinstance(value, tuple | set | dict):
        return "Write one number. Use a point, not a comma, before the decimals."
    if hasattr(value, "__len__"):
        held = "1 value" if len(value) == 1 else f"{len(value)} values"
        return (
            f"This holds {held}. Take the one number out of it, as the lesson does "
            "with .item() for one row, or with .mean() for several."
        )
    if value is None:
        return (
            "This is None, which means: there is no number. Look whether another row or year has "
            "one. Where the question takes None, write the reason too."
        )
    kind = value.kind if isinstance(value, Unreadable) else type(value).__name__
    return f"This is of the kind '{kind}'. The answer is a number."


def near(value: float, wanted: float, tolerance: float) -> bool:
    """Say whether two numbers agree within a tolerance, in their own unit."""
    return abs(value - wanted) <= tolerance + 1e-9


def named(value: float, mistakes: Mapping[str, float], tolerance: float) -> str | None:
    """Give the sentence of the mistake that leads to this value.

    Small results, such as fractions, are compared more closely, so that not every small number
    is taken for one of them.

    Parameters
    ----------
    value : float
        The learner's number.
    mistakes : mapping
        What each mistake would give, by the sentence that names the mistake.
    tolerance : float
        How far a number may be away, in its own unit.
    """
    for sentence, wrong in mistakes.items():
        if near(value, wrong, min(tolerance, 0.01 * abs(wrong) + 0.0005)):
            return sentence
    return None
