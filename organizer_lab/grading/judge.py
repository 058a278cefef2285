"""The bridge from a test cell to the marking.

A test cell runs in the same Python as the learner's answers, where names, builtins and libraries
may have been overwritten, by mistake or on purpose. So the answers are copied out as plain values
and a fresh Python, which shares nothing with the notebook, computes and compares.
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

TIME_LIMIT_S = 20
# The packages of this very checkout or installation; -I and -S leave out every other place.
_HOME = str(Path(__file__).resolve().parents[2])
_NOT_RIGHT = 3
# The standard library first: nothing that stands beside our package can take its place.
_START = (
    "import csv, functools, importlib, json, pathlib, sys, typing;"
    "sys.path.append(sys.argv.pop());"
    "from organizer_lab.grading.marking.__main__ import main;"
    "sys.exit(main())"
)


class NotRight(AssertionError):
    """An answer that gets no points. The text does not give the answer away."""

    def _render_traceback_(self) -> list[str]:
        return [str(self)]


def mark(number: str, variables: Mapping[str, Any]) -> None:
    """Mark one answer: return when it is right, raise when it is not.

    Parameters
    ----------
    number : str
        Week and question, such as ``"1.2"``.
    variables : mapping
        The notebook's variables: ``globals()``.

    Raises
    ------
    NotRight
        If the answer is missing, of a wrong kind, or not right.
    RuntimeError
        If the marking itself failed.
    """
    # All of them: to ask the marking which it needs, this Python would have to import it, and
    # with it whatever the notebook has put in the place of a library.
    own = [name for name in variables if name[:1] != "_" and name not in ("In", "Out")]
    answers = {name: _plain(variables[name]) for name in own}
    # -I: no environment variables, and no module from the folder of the submission.
    # -S: no installed packages. The marking needs none, and it starts faster without them.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START, number, _HOME],
        input=json.dumps(answers),
        capture_output=True,
        encoding="utf-8",
        timeout=TIME_LIMIT_S,
        check=False,
    )
    if done.returncode == 0:
        return
    if done.returncode == _NOT_RIGHT:
        raise NotRight(done.stdout.strip())
    raise RuntimeError(f"The marking of question {number} failed: {done.stderr.strip()[-500:]}")


_UNREADABLE = {"part": None}
# Taken from values, because the names may stand for something else by now.
_FLOAT, _INT, _STR, _BOOL = (0.0).__class__, (0).__class__, "".__class__, True.__class__
_DICT, _LIST, _TUPLE = {}.__class__, [].__class__, ().__class__


def _plain(value: Any) -> Any:
    """Copy an answer as plain values; an object that cannot be copied is no answer."""
    try:
        return _copied(value, 0)
    except Exception:
        # An object of the learner's that raises when it is looked at.
        return _UNREADABLE


def _copied(value: Any, depth: int) -> Any:
    kind = type(value)
    if value is None or kind in (_BOOL, _STR):
        return value
    if issubclass(kind, _FLOAT):
        # float.__float__ and its like cannot be overridden by a derived type.
        value = _FLOAT.__float__(value)
        return value if abs(value) < 1e18 else _UNREADABLE
    if issubclass(kind, _INT):
        value = _INT.__int__(value)
        return value if abs(value) < 1e18 else _UNREADABLE
    if issubclass(kind, _STR):
        return _STR.__str__(value)
    if depth > 6:
        return _UNREADABLE
    if kind in (_LIST, _TUPLE) and len(value) <= 1000:
        return [_copied(item, depth + 1) for item in value]
    if issubclass(kind, _DICT):
        items = {_copied(n, 7): v for n, v in _DICT.items(value) if issubclass(type(n), _STR)}
        # "part" is what marks the parts of a plan below. A dictionary cannot pass for one.
        if "part" in items or len(items) > 1000:
            return _UNREADABLE
        return {name: _copied(item, depth + 1) for name, item in items.items()}
    if kind.__module__.startswith("organizer_lab.plan."):
        fields = {name: getattr(value, name) for name in kind.model_fields}
        return {"part": kind.__name__, **_copied(fields, depth + 1)}
    if kind.__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        if value.dtype.kind == "f":
            return _copied(value.__float__(), depth + 1)
        # Of dates numpy would give a whole number.
        return _copied(value.item(), depth + 1) if value.dtype.kind in "biuUO" else _UNREADABLE
    return _UNREADABLE
