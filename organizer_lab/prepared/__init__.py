"""Files prepared for teaching: made by a script, with a fixed seed, and labelled as such.

Two kinds of figures stand in ``datasets/``: those of a provider, and these. Their names begin with
``prepared_`` (real titles, made messy on purpose) or ``invented_`` (nobody did this). The cards and
captions say so too. The files in the folder are exactly what the modules here make; a test holds
them to it.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Callable
from pathlib import Path

from organizer_lab import data, files
from organizer_lab.errors import LabError

NAMES = ("prepared_", "invented_")


def make() -> dict[str, bytes]:
    """Make every prepared file.

    Returns
    -------
    dict
        The content of each file by its name. Each module of this package has a function ``make``
        that gives a part of it. The same sources give the same bytes.
    """
    made: dict[str, bytes] = {}
    for module in pkgutil.iter_modules(__path__):
        part: Callable[[], dict[str, bytes]] = importlib.import_module(
            f"{__name__}.{module.name}"
        ).make
        made |= part()
    if wrong := [name for name in made if not name.startswith(NAMES)]:
        raise ValueError(f"A prepared file must say so in its name: {wrong}")
    return made


def write(folder: Path | None = None) -> list[Path]:
    """Write the prepared files that are not there yet or differ; each whole or not at all.

    Parameters
    ----------
    folder : Path, optional
        By default the tables of the course.

    Returns
    -------
    list of Path
        The files that were written.

    Raises
    ------
    LabError
        If a file cannot be written. Those before it are complete.
    """
    folder = folder or data.folder()
    written = []
    for name, content in make().items():
        path = folder / name
        if path.exists() and path.read_bytes() == content:
            continue
        try:
            files.write(path, content)
        except OSError as error:
            raise LabError(f"{path} cannot be written ({error.strerror}).") from error
        written.append(path)
    return written
