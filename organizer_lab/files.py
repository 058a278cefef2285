"""Writing files: whole or not at all, zips that come out the same, tables whose text stays text."""

from __future__ import annotations

import io
import os
import stat
import tempfile
import zipfile
from collections.abc import Container, Mapping
from pathlib import Path

# The id of a week, which names its files and folders: week-1 to week-99. Another course may be
# shorter or longer than ours.
WEEK = r"week-[1-9][0-9]?"

# What a spreadsheet takes for the beginning of a formula, also in the wide signs of East Asia.
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


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


def pack(
    path: Path,
    files: Mapping[str, bytes | Path],
    stored: Container[str] = (),
    programs: Container[str] = (),
) -> None:
    """Write a zip in one step, so that the same files always give the same bytes.

    Parameters
    ----------
    path : Path
        The zip to write.
    files : mapping of str to bytes or Path
        The name in the zip, with slashes, and the content or the file that holds it; in this order.
    stored : container of str
        Names that are kept as they are instead of being made smaller.
    programs : container of str
        Names that may be run as programs after unpacking.
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        for name, content in files.items():
            # Without a date of its own, and as if made on Unix, wherever it is made.
            entry = zipfile.ZipInfo(name)
            entry.compress_type = zipfile.ZIP_STORED if name in stored else zipfile.ZIP_DEFLATED
            entry.create_system = 3
            entry.external_attr = (0o100755 if name in programs else 0o100644) << 16
            packed.writestr(entry, content.read_bytes() if isinstance(content, Path) else content)
    write(path, archive.getvalue())


def swap(new: Path, place: Path, aside: Path) -> None:
    """Put a new folder in its place; if that fails, the one before comes back.

    Parameters
    ----------
    new : Path
        The folder to put in place.
    place : Path
        Where it shall be; what is there now goes to `aside`.
    aside : Path
        A name that is free, on the same disk.
    """
    if place.exists():
        place.rename(aside)
    try:
        new.rename(place)
    except OSError:
        if aside.exists():
            aside.rename(place)
        raise
