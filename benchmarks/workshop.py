"""A copy of the checkout to measure in, and the rows of the table."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
MADE = shutil.ignore_patterns(".venv", "_build", ".git", "gradebook.db*", "submitted", "autograded")


class Failed(Exception):
    """A measurement that could not be made, and why."""


@dataclass(frozen=True)
class Row:
    """One line of the table: what was measured, and each value that was seen."""

    group: str
    what: str
    unit: str
    values: Sequence[float]
    note: str = ""

    @property
    def median(self) -> float:
        """The middle value."""
        return statistics.median(self.values)


class Workshop:
    """A temporary copy of the sources, and programs that run in it.

    Parameters
    ----------
    folder : Path
        An empty folder, removed by the caller afterwards.
    repeats : int
        How often a cheap measurement is taken; dear ones are taken once.
    """

    def __init__(self, folder: Path, repeats: int) -> None:
        self.folder = folder
        self.repeats = repeats
        self.root = self.copy("course")
        self._book: Path | None = None

    def copy(self, name: str) -> Path:
        """Copy what git knows or would take; outside of git, all that is not made."""
        target = self.folder / name
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT,
            capture_output=True,
            text=True,
        )
        if listed.returncode:
            return Path(shutil.copytree(ROOT, target, ignore=MADE))
        for path in filter(None, listed.stdout.split("\0")):
            if (ROOT / path).is_file():
                (target / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(ROOT / path, target / path)
        return target

    def seconds(self, *command: str | Path, cwd: Path | None = None, **more: str) -> float:
        """Run a program in the copy and give the time it took, in seconds.

        Keyword arguments are added to its environment variables.
        """
        # The copy's package comes before the one that is installed.
        own = {"PYTHONPATH": str(self.root), "HOME": str(self.folder), **more}
        start = time.perf_counter()
        done = subprocess.run(
            [str(word) for word in command],
            cwd=cwd or self.root,
            env={**os.environ, **own},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
        )
        taken = time.perf_counter() - start
        if done.returncode:
            last = " / ".join(done.stdout.strip().splitlines()[-6:])
            raise Failed(f"{Path(str(command[0])).name} {' '.join(map(str, command[1:4]))}: {last}")
        return taken

    def command(self, *words: str) -> float:
        """Run ``organizer-lab`` in the copy and give the time it took, in seconds."""
        return self.seconds(sys.executable, "-m", "organizer_lab.cli", *words)

    def book(self) -> Path:
        """Give the folder of the built pages; they are built once."""
        if self._book is None:
            self.command("book")
            self._book = self.root / "_build" / "html"
        return self._book


def in_turn(repeats: int, *measures: Callable[[], float]) -> list[list[float]]:
    """Take several measurements in turn, so that a busy moment touches all of them."""
    rounds = [[measure() for measure in measures] for _ in range(repeats)]
    return [list(values) for values in zip(*rounds, strict=True)]
