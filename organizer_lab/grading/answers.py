"""A safe copy of a learner's answers: plain values, as JSON has them.

It uses the standard library alone, and nothing of the course: it also runs inside the sandbox, in
the same Python as the learner's code. Whatever that code does to it, it can only change what its
own answers are said to be; whether they are right is judged elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

UNREADABLE = {"part": None}
_LONGEST = 1000
_DEEPEST = 6
# Taken from values, because the names may stand for something else by now.
_FLOAT, _INT, _STR, _BOOL = (0.0).__class__, (0).__class__, "".__class__, True.__class__
_DICT, _LIST, _TUPLE = {}.__class__, [].__class__, ().__class__


def plain(value: Any) -> Any:
    """Copy an answer as plain values; an object that cannot be copied is no answer."""
    try:
        return _copied(value, 0)
    except Exception:
        # An object of the learner's that raises when it is looked at.
        return UNREADABLE


def of(variables: Mapping[str, Any], names: tuple[str, ...] | None = None) -> dict[str, Any]:
    """Copy the variables of a notebook, or those that are named and there."""
    if names is None:
        names = tuple(name for name in variables if name[:1] != "_" and name not in ("In", "Out"))
    return {name: plain(variables[name]) for name in names if name in variables}


def _copied(value: Any, depth: int) -> Any:
    kind = type(value)
    if value is None or kind in (_BOOL, _STR):
        return value
    if issubclass(kind, _FLOAT):
        # float.__float__ and its like cannot be overridden by a derived type.
        value = _FLOAT.__float__(value)
        return value if abs(value) < 1e18 else UNREADABLE
    if issubclass(kind, _INT):
        value = _INT.__int__(value)
        return value if abs(value) < 1e18 else UNREADABLE
    if issubclass(kind, _STR):
        return _STR.__str__(value)
    if depth > _DEEPEST:
        return UNREADABLE
    if kind in (_LIST, _TUPLE) and len(value) <= _LONGEST:
        return [_copied(item, depth + 1) for item in value]
    if issubclass(kind, _DICT):
        items = {_copied(n, 7): v for n, v in _DICT.items(value) if issubclass(type(n), _STR)}
        # "part" is what marks the parts of a plan below. A dictionary cannot pass for one.
        if "part" in items or len(items) > _LONGEST:
            return UNREADABLE
        return {name: _copied(item, depth + 1) for name, item in items.items()}
    if kind.__module__.startswith("organizer_lab.plan."):
        fields = {name: getattr(value, name) for name in kind.model_fields}
        return {"part": kind.__name__, **_copied(fields, depth + 1)}
    if kind.__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        if value.dtype.kind == "f":
            return _copied(value.__float__(), depth + 1)
        # Of dates numpy would give a whole number.
        return _copied(value.item(), depth + 1) if value.dtype.kind in "biuUO" else UNREADABLE
    return UNREADABLE
