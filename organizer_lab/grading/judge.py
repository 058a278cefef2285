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

from organizer_lab.grading import answers

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
    given = answers.of(variables)
    # -I: no environment variables, and no module from the folder of the submission.
    # -S: no installed packages. The marking needs none, and it starts faster without them.
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-X", "utf8", "-c", _START, number, _HOME],
        input=json.dumps(given),
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
