"""How long a facilitator waits for the automatic points of one learner."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator

from benchmarks.workshop import Failed, Row, Workshop, in_turn

WEEK = "week-1"


def measure(shop: Workshop) -> Iterator[Row]:
    """Grade the notebook with the solutions, with nbgrader's own command."""
    course = shop.root / "exercises"
    if not (course / "source" / WEEK).is_dir():
        raise Failed(f"there is no exercise {WEEK}")
    nbgrader = [sys.executable, "-m", "nbgrader"]
    release = [shop.command("release", WEEK)]
    shutil.copytree(course / "source" / WEEK, course / "submitted" / "ada" / WEEK)

    def start() -> float:
        return shop.seconds(*nbgrader, "--version", cwd=course)

    def autograde() -> float:
        return shop.seconds(*nbgrader, "autograde", WEEK, "--student=ada", "--force", cwd=course)

    autograde()  # The first run also enters the learner in the gradebook.
    nothing, graded = in_turn(shop.repeats, start, autograde)
    if not (course / "autograded" / "ada" / WEEK / f"{WEEK}.ipynb").exists():
        raise Failed("nbgrader said that all is well but graded nothing")
    yield Row("Grading", f"release of {WEEK}, with its proof", "s", release)
    yield Row("Grading", "starting nbgrader, which then does nothing", "s", nothing)
    yield Row("Grading", f"one submission of {WEEK}, autograded (start included)", "s", graded)
