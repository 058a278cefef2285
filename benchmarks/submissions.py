"""Invented submissions of a week, as many as are wanted, each one different from the others."""

from __future__ import annotations

import copy
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

_SOLUTION = re.compile(
    r"^[ \t]*### BEGIN SOLUTION[^\n]*\n(?P<code>.*?)^[ \t]*### END SOLUTION[^\n]*\n?", re.M | re.S
)
# Of twenty learners. Most finish; some stop half-way, slip, or never begin. No loop without an end:
# stock nbgrader pays 30 seconds for each, which would hide everything else.
KINDS = ["right"] * 12 + ["half"] * 3 + ["slip"] * 2 + ["error", "broken", "untouched"]
# Step through the kinds so that any forty learners, and any four, are mixed.
_STEP = 7


def write(course: Path, week: str, number: int) -> list[str]:
    """Hand in for this many learners, below ``submitted/`` of a course directory.

    Parameters
    ----------
    course : Path
        A course directory in which the week is released.
    week : str
        Such as ``"week-1"``.
    number : int
        How many learners.

    Returns
    -------
    list of str
        Their ids.
    """
    found = []
    for learner, notebook in submissions(course, week, number):
        folder = course / "submitted" / learner / week
        folder.mkdir(parents=True)
        (folder / f"{week}.ipynb").write_text(json.dumps(notebook, indent=1), encoding="utf-8")
        found.append(learner)
    return found


def submissions(course: Path, week: str, number: int) -> Iterator[tuple[str, dict[str, Any]]]:
    """Give each learner's id and notebook, made from the sheet and from the author's solution."""
    sheet = json.loads((course / "release" / week / f"{week}.ipynb").read_text("utf-8"))
    source = json.loads((course / "source" / week / f"{week}.ipynb").read_text("utf-8"))
    solved = {}
    for cell in source["cells"]:
        text = "".join(cell["source"])
        if cell["metadata"].get("nbgrader", {}).get("solution") and _SOLUTION.search(text):
            solved[cell["id"]] = _SOLUTION.sub(lambda found: found["code"], text)
    for count in range(number):
        kind = KINDS[count * _STEP % len(KINDS)]
        notebook = copy.deepcopy(sheet)
        left = {"untouched": 0, "half": len(solved) // 2}.get(kind, len(solved))
        last = None
        for cell in notebook["cells"]:
            if cell["id"] not in solved or left == 0:
                continue
            left -= 1
            # The comment lets no two answers be the same text.
            cell["source"] = f"{solved[cell['id']]}\n# Written by learner {count}."
            if cell["cell_type"] == "code":
                last = cell
        if last and kind in ("slip", "error", "broken"):
            last["source"] += {
                "slip": "\ntopic = place = 0",
                "error": "\nmy_number = 1 / 0",
                "broken": "\nfor row in",
            }[kind]
        yield f"learner-{count:05}", notebook
