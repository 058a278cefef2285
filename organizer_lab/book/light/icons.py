"""Icon fonts cut down to the icons in use: a few kB instead of 300 kB.

The theme brings three complete icon fonts. A style sheet names the character of each icon; once it
holds no rule that the pages do not use, its characters are the icons of the pages.
"""

from __future__ import annotations

import hashlib
import io
import logging
import posixpath
import re
from pathlib import Path

from organizer_lab.files import write

_FACE = re.compile(r"@font-face\s*\{[^}]*\}\s*")
_FAMILY = re.compile(r"font-family:\s*([^;}]+)")
_SOURCE = re.compile(r"src:[^;}]*?url\(\s*[\"']?([^\"')]+\.ttf)[\"']?\s*\)[^;}]*")
# A text of one character, written out or as a number.
_CHARACTER = re.compile(r"([\"'])(?:\\([0-9a-fA-F]{1,6})\s?|([^\"'\\]))\1")


def characters(css: str) -> set[int]:
    """Find the characters that a style sheet writes before or after an element.

    Parameters
    ----------
    css : str
        The style sheet.

    Returns
    -------
    set of int
        Unicode code points.
    """
    return {int(code, 16) if code else ord(sign) for _, code, sign in _CHARACTER.findall(css)}


def cut(css: str, folder: Path) -> str:
    """Put small fonts in the place of the whole ones.

    Parameters
    ----------
    css : str
        A style sheet without unused rules, whose addresses are relative to the folder.
    folder : Path
        Where the sheet and the fonts are. The small fonts are written into it, once.

    Returns
    -------
    str
        The sheet with the addresses of the small fonts. A font that no rule uses, or that has none
        of the characters, is gone; one whose complete file is not there stays as it is.
    """
    wanted = characters(css)
    rules = _plain(_FACE.sub("", css))

    def change(match: re.Match) -> str:
        face = match[0]
        family, source = _FAMILY.search(face), _SOURCE.search(face)
        if family and _plain(family[1]) not in rules:
            return ""
        font = folder / posixpath.normpath(source[1]) if source else None
        if not source or not font or not font.is_file():
            return face
        small = _small(font, wanted, folder)
        return face.replace(source[0], f"src:url({small}) format('woff')") if small else ""

    return _FACE.sub(change, css)


def _plain(text: str) -> str:
    """Give names of fonts in one spelling: with or without quotes and escaped spaces."""
    return re.sub(r"\\(?=\s)|[\"']", "", text).strip()


def _small(font: Path, wanted: set[int], folder: Path) -> str | None:
    """Name the file of a font with some characters only; None if it has none of them."""
    key = hashlib.sha256(repr(sorted(wanted)).encode() + font.read_bytes()).hexdigest()[:12]
    path = folder / f"ol-{font.stem}.{key}.woff"
    if path.exists():
        return path.name
    from fontTools import subset

    # It reports every step, and would bury the warnings of a build that failed.
    logging.getLogger("fontTools.subset").setLevel(logging.WARNING)
    options = subset.Options(flavor="woff", notdef_outline=True)
    with subset.load_font(str(font), options) as whole:
        there = wanted & set(whole.getBestCmap())
        if not there:
            return None
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=there)
        cutter.subset(whole)
        file = io.BytesIO()
        subset.save_font(whole, file, options)
    write(path, file.getvalue())
    return path.name
