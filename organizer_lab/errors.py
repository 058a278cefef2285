"""The one kind of error that a person is meant to read."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class LabError(Exception):
    """Something a person can put right; its text says what is wrong and what to do.

    On the command line it is printed without a traceback and the exit status is 1.
    In a notebook only its text is shown, because a traceback helps nobody who does not program.
    """

    def _render_traceback_(self) -> list[str]:
        """Give IPython the lines to show instead of a traceback."""
        return [str(self)]


def nearest(word: str, known: Iterable[str]) -> str:
    """Say which known names come closest to a wrong one.

    Parameters
    ----------
    word : str
        What the person wrote.
    known : iterable of str
        The names that exist.

    Returns
    -------
    str
        ``" Did you mean a, b or c?"``, or an empty string where nothing is near.
    """
    close = difflib.get_close_matches(str(word), list(known), n=3, cutoff=0.5)
    if not close:
        return ""
    *first, last = close
    return f" Did you mean {', '.join(first) + ' or ' if first else ''}{last}?"


def shown(text: str, longest: int = 60) -> str:
    """Write a text of somebody else's so that it can be printed anywhere, and is not long.

    Signs that nobody sees, that turn the direction of writing, or that command a terminal are
    written as their code.

    Parameters
    ----------
    text : str
        Such as the name of a file, or a word from a learner's notebook.
    longest : int
        How many signs of it are kept.

    Returns
    -------
    str
        One line.
    """
    text = text if len(text) <= longest else text[: longest - 1] + "…"
    return "".join(
        sign if sign.isprintable() else sign.encode("unicode_escape").decode() for sign in text
    )
