"""Where each field of the plan goes: found by changing the field and exporting the plan again.

Nothing here knows what an export holds. A field is given one value, then another one of the same
kind; the files that differ between the two hold it. So the list cannot differ from the exports.
"""

from __future__ import annotations

import itertools
import zoneinfo
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from typing import Any, Literal, get_args, get_origin

from organizer_lab import data, wiki
from organizer_lab.errors import LabError
from organizer_lab.plan import PARTS, Part, Plan, Problems
from organizer_lab.plan.rows import day, moment
from organizer_lab.plan.week_7 import GOAL_METRICS, TOPICS, TYPES
from organizer_lab.plan.week_8 import CATEGORIES

Export = Callable[[Plan], dict[str, str]]
# Words of no language. Two of them, so that a file which only says "too long" stays the same.
_MARKS = ("Qwertyne", "Qwertyno")
_ADDRESSES = ("https://example.org/one", "https://example.org/two")


class _Valid(Plan):
    """A plan without a word about its problems: a list of these would quote every field."""

    def problems(self) -> Problems:
        """Find nothing."""
        return Problems()


def trace(plan: Plan, export: Export) -> dict[str, list[str]]:
    """Find the files to which each field goes.

    Parameters
    ----------
    plan : Plan
        A complete one. Of rows that are alike, the first one is changed.
    export : callable
        Gives the files of a plan: text by file name. It may refuse a plan with a `LabError`.

    Returns
    -------
    dict of str to list of str
        File names by field, such as ``"event_plan.registration.start"``; for a field that holds
        others, the files of all of these. An empty list for a field that no file holds.

    Raises
    ------
    LabError
        If the plan lacks a part, or if no changed value of a field can be exported.
    """
    found: dict[str, list[str]] = {}
    for part in PARTS:
        if getattr(plan, part.field) is None:
            raise LabError(f"A plan without its {part.title.lower()} cannot be traced.")
        for path in _paths(getattr(plan, part.field), (part.field,)):
            name = ".".join(step for step in path if isinstance(step, str))
            files = _files(plan, path, export)
            for end in range(2, name.count(".") + 2):
                holder = ".".join(name.split(".")[:end])
                found[holder] = sorted({*found.get(holder, ()), *files})
    return found


def _paths(part: Part, before: tuple[str | int, ...]) -> Iterator[tuple[str | int, ...]]:
    """Give the way to each field that holds no other fields."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        if isinstance(value, Part):
            yield from _paths(value, (*before, name))
        elif isinstance(value, list) and value and isinstance(value[0], Part):
            yield from _paths(value[0], (*before, name, 0))
        else:
            yield (*before, name)


def _files(plan: Plan, path: tuple[str | int, ...], export: Export) -> set[str]:
    *_, name = path
    owner = _at(plan, path)
    answered, files = False, set()
    for pair in _pairs(getattr(owner, name), type(owner).model_fields[name].annotation):
        try:
            first, second = (export(_changed(plan, path, value)) for value in pair)
        except LabError:
            continue
        answered = True
        files |= {file for file in {*first, *second} if first.get(file) != second.get(file)}
    if not answered:
        raise LabError(f"No changed value of {'.'.join(map(str, path))} can be exported.")
    return files


def _at(plan: Plan, path: tuple[str | int, ...]) -> Any:
    """Follow a way to the object that has the field."""
    place: Any = plan
    for step in path[:-1]:
        place = place[step] if isinstance(step, int) else getattr(place, step)
    return place


def _changed(plan: Plan, path: tuple[str | int, ...], value: Any) -> Plan:
    """Copy a plan with one field changed, and with a meeting that is on the web and in a room."""
    copy = _Valid.model_validate(plan.model_dump())
    # A calendar says when it was made; without this, that would be now.
    copy.saved = copy.saved or "2027-01-11T00:00:00+00:00"
    if copy.worklist:
        copy.worklist.pages = copy.worklist.pages[:1]
    if copy.event_plan and copy.event_plan.registration:
        copy.event_plan.registration.meeting = "both"
        copy.event_plan.registration.meeting_url = "https://example.org/room"
    setattr(_at(copy, path), path[-1], value)
    return copy


def _pairs(value: Any, annotation: Any) -> list[tuple[Any, Any]]:
    """Give pairs of other values of the same kind."""
    if choices := _choices(annotation):
        return list(itertools.pairwise(choices))
    if isinstance(value, bool):
        return [(True, False)]
    if isinstance(value, int | float) or (value is None and _is_number(annotation)):
        return [((value or 0) + 1, (value or 0) + 2)]
    if isinstance(value, list):
        pairs = _texts(value[0] if value else None)
        return [([first, *value[1:]], [second, *value[1:]]) for first, second in pairs]
    if isinstance(value, dict):
        return [
            ({**value, key: first}, {**value, key: second})
            for key, old in value.items()
            for first, second in _pairs(old, type(old))
        ]
    return _texts(value)


def _choices(annotation: Any) -> tuple[Any, ...]:
    """Give the allowed values of a field that has a list of them."""
    if get_origin(annotation) is Literal:
        return get_args(annotation)
    return next(filter(None, map(_choices, get_args(annotation))), ())


def _is_number(annotation: Any) -> bool:
    kinds = {annotation, *get_args(annotation)}
    return bool({int, float} & kinds) and str not in kinds


def _texts(text: str | None) -> list[tuple[str, str]]:
    """Give pairs of texts: days for a day, codes for a code, and marks for all others."""
    if (known := day(text)) or (known := moment(text)):
        later = [known + timedelta(days=days) for days in (1, 2)]
        form = "%Y-%m-%d" if day(text) else "%Y-%m-%d %H:%M"
        return [(later[0].strftime(form), later[1].strftime(form))]
    for words in _vocabularies():
        if text in words:
            others = [word for word in words if word != text]
            return [(others[0], others[1])]
    if text is None:
        return [_MARKS, _ADDRESSES]
    first, second = (f"{text} {mark}" for mark in _MARKS)
    return [(first, second), *([_ADDRESSES] if text.startswith("https://") else [])]


@cache
def _vocabularies() -> tuple[tuple[str, ...], ...]:
    """List the sets of words of which one can stand for another."""
    return (
        tuple(data.load("country_profile")["iso3"]),
        tuple(data.load("wikipedia_editions")["language_code"].head(50)),
        tuple(sorted(wiki.databases())),
        ("Africa/Nairobi", "Africa/Lagos", *sorted(zoneinfo.available_timezones())),
        TYPES,
        TOPICS,
        GOAL_METRICS,
        CATEGORIES,
    )
