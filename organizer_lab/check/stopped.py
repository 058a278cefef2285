"""Which cells of a notebook stopped with an error and have not run well since.

After an error a name keeps what an earlier run gave it, and a check of it would praise an answer
that the learner has changed since. JupyterLab says which cell it runs; where nobody says it, as in
grading, nothing is known here.
"""

from __future__ import annotations

from typing import Any

from organizer_lab.errors import shown

_STOPPED: dict[str, str] = {}
_LONGEST = 40


def cells() -> list[str]:
    """Give the beginning of each cell that stopped."""
    return list(_STOPPED.values())


def note(result: Any) -> None:
    """Take the result of a cell, as IPython gives it after each one."""
    cell = getattr(result.info, "cell_id", None)
    if not cell:
        return
    _STOPPED.pop(cell, None)
    lines = [line.strip() for line in (result.info.raw_cell or "").splitlines()]
    begins = next((line for line in lines if line and not line.startswith("#")), "")
    if begins and not result.success:
        _STOPPED[cell] = shown(begins, _LONGEST)


def watch() -> None:
    """Ask IPython, where it runs, to tell of each cell."""
    try:
        from IPython.core.getipython import get_ipython
    except ImportError:
        return
    if shell := get_ipython():
        shell.events.register("post_run_cell", note)


watch()
