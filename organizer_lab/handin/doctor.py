"""The doctor: says what is wrong with a notebook before it is handed in, and mends a copy."""

from __future__ import annotations

import hashlib
import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from organizer_lab.errors import LabError
from organizer_lab.handin import sheets
from organizer_lab.handin.examine import Examination, examine, unanswered, unreadable, with_kept

# Findings that a new name puts right, and those that leave nothing to mend.
_ONLY_NAME = {"name"}
_NOTHING = {"not-a-notebook", "empty-file"}


class Looked(NamedTuple):
    """One notebook, and what was found in it."""

    path: Path
    week: str
    found: Examination
    release: dict[str, Any]


def look(file: Path | str | None = None) -> Looked:
    """Examine a notebook on the disk.

    Parameters
    ----------
    file : path, optional
        By default the notebook in this folder.

    Raises
    ------
    LabError
        If there is no notebook, or no sheet to compare it with.
    """
    path = sheets.find(file)
    content = sheets.content_of(path)
    week = sheets.week_of(path, content)
    release = json.loads(sheets.original(week))
    return Looked(path, week, examine(content, release, path.name), release)


def doctor(file: Path | str | None = None, *, replace: bool = False) -> None:
    """Say what is wrong with a notebook, and write a mended copy beside it.

    Parameters
    ----------
    file : path, optional
        By default the notebook in this folder.
    replace : bool
        Put the mended notebook in the place of the other one, which is kept under another name.

    Raises
    ------
    LabError
        If the file that was named is not there, or nothing can be written.
    """
    if file is None and os.environ.get("NBGRADER_EXECUTION"):
        # While a sheet is graded nobody is there to mend it, and no copy is wanted.
        return
    try:
        looked = look(file)
    except LabError as error:
        # The last cells of a sheet run with all others, also where no notebook is on the disk.
        if file is not None:
            raise
        print(error)
        return
    print(report(looked))
    if mended := mend(looked, replace=replace):
        print(mended)


def visit(file: Path | str, *, mend: bool = False) -> tuple[bool, str]:
    """Say what a facilitator has to know of one file; a file never stops those after it.

    Parameters
    ----------
    file : path
    mend : bool
        Write a mended copy beside it.

    Returns
    -------
    tuple of bool and str
        Whether all of it could be done, and the text.
    """
    try:
        looked = look(file)
    except (LabError, OSError) as error:
        return False, f"{file}: {error}"
    path, _, found, release = looked
    lines = [f"{path}: {'sound' if found.sound else 'damaged'}"]
    lines += [f"- {finding.text}" for finding in found.findings]
    if found.kept:
        lines.append(
            f"- Texts without a place, kept at the end of the mended copy: {len(found.kept)}"
        )
    if open_ := unanswered(found.notebook, release):
        lines.append(f"- Without an answer: {'; '.join(open_)}")
    if faults := unreadable(found.notebook, release):
        lines.append(f"- Python cannot read: {'; '.join(faults)}")
    done = True
    if mend and not found.sound:
        try:
            lines.append(f"- Mended copy: {_copy(looked)}")
        except LabError as error:
            done = False
            lines.append(f"- No mended copy: {error}")
    return done, "\n".join(lines)


def saved(path: Path) -> str:
    """Say when a notebook was saved, by the clock of this computer.

    The clock of a server such as PAWS shows UTC, which is rarely the time on the learner's wall.
    """
    when = datetime.fromtimestamp(path.stat().st_mtime).astimezone()
    return when.strftime("%H:%M on %d %B" if when.utcoffset() else "%H:%M UTC on %d %B")


def report(looked: Looked) -> str:
    """Say in plain words what was found."""
    path, _, found, release = looked
    lines = [f"I looked at {path.name} as it was saved at {saved(path)}."]
    if found.sound:
        lines.append("It is sound: every cell of the exercise is there and in its place.")
    else:
        lines += [
            "This is wrong with it, and put right in a mended copy:",
            *(f"- {finding.text}" for finding in found.findings),
        ]
    if found.kept:
        lines.append("What fits no question is kept at the end of the copy. Nothing is lost.")
    return "\n".join([*lines, *left(found.notebook, release)])


def left(notebook: dict[str, Any], release: dict[str, Any]) -> list[str]:
    """Say in lines what a learner may still want to do: questions without an answer, and faults."""
    lines = []
    if open_ := unanswered(notebook, release):
        lines += ["Still without an answer:", *(f"- {title}" for title in open_)]
    if faults := unreadable(notebook, release):
        lines += [
            "Python cannot read these cells, so what stands in them does not count yet:",
            *(f"- {fault}" for fault in faults),
        ]
    return lines


def mend(looked: Looked, *, replace: bool = False) -> str:
    """Write the mended copy if there is something to mend, and say where it is and what to do."""
    path, week, found, _ = looked
    kinds = {finding.kind for finding in found.findings}
    if found.sound:
        return ""
    if kinds <= _ONLY_NAME:
        return f"Rename the file to {week}.ipynb. Nothing else has to be done."
    if kinds & _NOTHING and not found.kept:
        return f"There is nothing in it that could be mended. Begin with a new {week}.ipynb."
    if not replace:
        place = _copy(looked)
        return (
            f"A mended copy with your answers is {place.name}. Open it, run all its cells and "
            f"look through it.\nThen hand it in under the name {week}.ipynb. "
            "lab.doctor(replace=True) puts it in the place of your notebook, which is kept "
            "under another name."
        )
    content = sheets.as_file(with_kept(found))
    before = sheets.content_of(path)
    aside = sheets.free(path.with_name(f"{week}-before-mending.ipynb"), before)
    sheets.write(aside, before)
    sheets.write(path.with_name(f"{week}.ipynb"), content)
    return (
        f"{week}.ipynb is mended now. The notebook as it was is {aside.name}.\n"
        "In Jupyter choose the menu File, then Reload Notebook from Disk, and run all cells."
    )


def _copy(looked: Looked) -> Path:
    """Write the mended copy. An earlier one in which somebody worked stays as it is."""
    notebook = with_kept(looked.found)
    metadata = {**notebook["metadata"], "organizer_lab": {"mended": _digest(notebook)}}
    content = sheets.as_file({**notebook, "metadata": metadata})
    number, place = 1, looked.path.with_name(f"{looked.week}-mended.ipynb")
    while place.exists() and not _untouched(place):
        number += 1
        place = looked.path.with_name(f"{looked.week}-mended-{number}.ipynb")
    sheets.write(place, content)
    return place


def _digest(notebook: dict[str, Any]) -> str:
    sources = ["".join(cell["source"]) for cell in notebook["cells"]]
    return hashlib.sha256(json.dumps(sources).encode()).hexdigest()


def _untouched(path: Path) -> bool:
    """Whether a mended copy still says in its cells what the doctor wrote."""
    try:
        notebook = json.loads(path.read_bytes())
        return notebook["metadata"]["organizer_lab"]["mended"] == _digest(notebook)
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False
