"""One at a time: what two commands at once would spoil."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path

from organizer_lab.errors import LabError


@contextlib.contextmanager
def alone(folder: Path, what: str) -> Iterator[None]:
    """Let only one command at a time work on something; the system frees the lock when it dies.

    Parameters
    ----------
    folder : Path
        Where the lock stands; it is made if it is not there.
    what : str
        Such as ``"Grading of week-1"``.

    Raises
    ------
    LabError
        If another one is running.
    """
    folder.mkdir(parents=True, exist_ok=True)
    name = "".join(sign if sign.isalnum() else "-" for sign in what.lower())
    with open(folder / f".{name}.lock", "w") as file:
        try:
            import fcntl
        except ModuleNotFoundError:
            # Windows has no such lock; two people rarely work on one of its computers.
            yield
            return
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LabError(f"{what} is running already. Wait until it ends.") from None
        yield
