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
from typing import Any

TIME_LIMIT_S = 20


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
    """
    from organizer_lab.grading import marking

    names = marking.names(number)
    answers = {name: _plain(variables[name]) for name in names if name in variables}
    # -I: no environment variables, and no module from the folder of the submission.
    done = subprocess.run(
        [sys.executable, "-I", "-m", "organizer_lab.grading.marking", number],
        input=json.dumps(answers),
        capture_output=True,
        text=True,
        timeout=TIME_LIMIT_S,
        check=False,
    )
    if done.returncode == 0:
        return
    if done.returncode == 1:
        raise NotRight(done.stdout.strip())
    raise RuntimeError(f"The marking of question {number} failed: {done.stderr.strip()[-500:]}")


def _plain(value: Any, depth: int = 0) -> Any:
    """Copy an answer as plain values; what is no plain value is named by its type only."""
    if value is None or type(value) in (bool, str):
        return value
    if type(value) is int:
        return value if abs(value) < 1e18 else {"unreadable": "int"}
    if type(value) is float:
        return value if value == value and abs(value) != float("inf") else {"unreadable": "nan"}
    if depth < 6 and type(value) in (list, tuple):
        return [_plain(item, depth + 1) for item in value[:1000]]
    if depth < 6 and type(value) is dict:
        return {str(name): _plain(item, depth + 1) for name, item in list(value.items())[:1000]}
    kind = type(value)
    if kind.__module__ == "organizer_lab.plan":
        fields = {name: getattr(value, name) for name in kind.model_fields}
        return {"part": kind.__name__, **_plain(fields, depth + 1)}
    if kind.__module__ == "numpy" and getattr(value, "ndim", None) == 0:
        return _plain(value.item(), depth + 1)
    return {"unreadable": kind.__name__}
