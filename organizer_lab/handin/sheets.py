"""The released sheets, and the notebooks that were made from them: where they stand."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any

from organizer_lab import files
from organizer_lab.errors import LabError, nearest

# The learner edition has the sheets here, out of sight; in a checkout they are made by a release.
EDITION = Path(__file__).resolve().parent / "originals"
CHECKOUT = Path(__file__).resolve().parents[2] / "exercises" / "release"

_WEEK = re.compile(r"week[-_ ]?([1-9]\d?)(?!\d)", re.IGNORECASE)
_OURS = re.compile(r"-(mended|before-mending)(-\d+)?$")


def original(week: str) -> bytes:
    """Give the released sheet of a week.

    Parameters
    ----------
    week : str
        Such as ``"week-1"``.

    Raises
    ------
    LabError
        If there is none.
    """
    for path in (EDITION / f"{week}.json", CHECKOUT / week / f"{week}.ipynb"):
        if path.is_file():
            return path.read_bytes()
    known = sorted({p.stem for p in EDITION.glob("*.json")} | {p.name for p in CHECKOUT.glob("*")})
    raise LabError(
        f"The sheet of {week} is not here to compare with.{nearest(week, known)} Get the learner "
        f"edition again, or make the sheet: organizer-lab release {week}"
    )


def week_of(path: Path, content: bytes) -> str:
    """Say to which week a notebook belongs: by its name, its folder, or its first lines.

    Raises
    ------
    LabError
        If nothing tells.
    """
    path = path.resolve()
    for name in (path.stem, path.parent.name):
        if match := _WEEK.search(name):
            return f"week-{match[1]}"
    start = content[:20_000].decode("utf-8", errors="replace")
    if match := re.search(r'"intro-([1-9]\d?)"|# Exercise ([1-9]\d?):', start):
        return f"week-{match[1] or match[2]}"
    raise LabError(
        f"It cannot be seen to which week {path.name} belongs. Give it the name of its exercise, "
        "such as week-1.ipynb."
    )


def find(file: Path | str | None = None) -> Path:
    """Find the notebook that is meant: the one that was named, or the one in this folder.

    Raises
    ------
    LabError
        If there is none, or several.
    """
    if file is not None:
        path = Path(file)
        if not path.is_file():
            beside = [p.name for p in path.parent.glob("*.ipynb")] if path.parent.is_dir() else []
            raise LabError(f"There is no file {path}.{nearest(path.name, beside)}")
        return path
    here = Path.cwd()
    there = sorted(p for p in here.glob("*.ipynb") if p.is_file() and not _OURS.search(p.stem))
    # Jupyter's server says in this variable which notebook the kernel was started for.
    running = Path(os.environ.get("JPY_SESSION_NAME", "")).name
    exact = [path for path in there if re.fullmatch(rf"{files.WEEK}\.ipynb", path.name)]
    for group in ([p for p in there if p.name == running], exact, there):
        if len(group) == 1:
            return group[0]
    if not there:
        raise LabError(f"There is no notebook in this folder ({here.name}).")
    names = ", ".join(f'"{path.name}"' for path in there)
    raise LabError(
        f"There are several notebooks in this folder: {names}. Write which one is meant between "
        "the brackets, with the quotation marks."
    )


def content_of(path: Path) -> bytes:
    """Read a file.

    Raises
    ------
    LabError
        If it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise LabError(f"{path} cannot be read ({error.strerror}).") from error


def as_file(notebook: dict[str, Any]) -> bytes:
    """Write a notebook as Jupyter does: one line of the file for each line of a cell."""
    cells = [
        {**cell, "source": "".join(cell["source"]).splitlines(keepends=True)}
        for cell in notebook["cells"]
    ]
    text = json.dumps({**notebook, "cells": cells}, ensure_ascii=False, indent=1, sort_keys=True)
    return f"{text}\n".encode()


def write(path: Path, content: bytes) -> None:
    """Write a file whole or not at all.

    Raises
    ------
    LabError
        If the folder cannot be written.
    """
    try:
        files.write(path, content)
    except OSError as error:
        raise LabError(f"{path} cannot be written ({error.strerror}). Is the disk full?") from error


def free(path: Path, content: bytes) -> Path:
    """Give a name that is free, or whose file has this very content already."""
    number, place = 1, path
    while place.exists() and place.read_bytes() != content:
        number += 1
        place = path.with_name(f"{path.stem}-{number}{path.suffix}")
    return place
