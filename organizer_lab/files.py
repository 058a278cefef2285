"""Writing files: whole or not at all, and tables whose text stays text."""

from __future__ import annotations

import os
import stat
import tempfile
from pathlib import Path

# What a spreadsheet takes for the beginning of a formula, also in the wide signs of East Asia.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\uff1d", "\uff0b", "\uff0d", "\uff20")


def as_cell(text: str) -> str:
    """Give a text for a cell of a CSV file, which no spreadsheet takes for a formula.

    One that begins like a formula gets an apostrophe in front, as people themselves type it.
    """
    return f"'{text}" if text.startswith(_FORMULA) else text


def write(path: Path, content: bytes | str) -> None:
    """Write a file in one step, so that nobody ever sees a half of it.

    A file that was there keeps its permissions; a new one can be read by everybody.

    Parameters
    ----------
    path : Path
        Its folder must be there.
    content : bytes or str
        A text is written in UTF-8, its line ends as they are.

    Raises
    ------
    OSError
        If it cannot be written. What was there before is unchanged.
    """
    path = path.resolve()
    mode = stat.S_IMODE(path.stat().st_mode) if path.exists() else 0o644
    handle, draft = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(draft, mode)
        os.replace(draft, path)
    except BaseException:
        # Also when a person stops the kernel just now.
        os.unlink(draft)
        raise
