"""Sentences with computed numbers: how a lesson reads its own results aloud."""

from __future__ import annotations

import re
from typing import Any

MINUS = "−"
_SMALL = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten")


def counted(count: int, one: str) -> str:
    """Count things in words, up to ten.

    Examples
    --------
    >>> counted(9, "week"), counted(1, "part"), counted(12, "week")
    ('nine weeks', 'one part', '12 weeks')
    """
    words = _SMALL[count] if count < len(_SMALL) else f"{count}"
    return f"{words} {one if count == 1 else one + 's'}"


def number(value: Any, pattern: str = "") -> str:
    """Write a number as people read it.

    Parameters
    ----------
    value : int, float or None
        The number. None and NaN are written as words, because a gap is not a zero.
    pattern : str, optional
        A Python format, such as ``"+.2f"``. By default whole numbers get thousands
        separators and other numbers up to two decimals. ``"d"`` is for a year: 2024, not 2,024.

    Returns
    -------
    str
        With a real minus sign, which screen readers say.
    """
    if _is_gap(value):
        return "no value"
    if not pattern:
        whole = isinstance(value, int) or float(value).is_integer()
        # ",d" where it can be: a very large whole number has no place in a float.
        pattern = (",d" if isinstance(value, int) else ",.0f") if whole else ",.2f"
    elif pattern.endswith("d") and isinstance(value, float) and value.is_integer():
        # A row of a table turns its whole numbers into floats when another column has decimals.
        value = int(value)
    written = format(value, pattern)
    if "0" in written and not any(digit in written for digit in "123456789"):
        # What is rounded to zero has no sign: "−0.00" looks like a mistake.
        written = written.replace("-", "").replace("+", "")
    return written.replace("-", MINUS)


def _is_gap(value: Any) -> bool:
    """Say whether a value is missing: None, NaN, or the gap of a pandas column."""
    if value is None or type(value).__name__ in ("NAType", "NaTType"):
        return True
    # Only NaN differs from itself. math.isnan would refuse very large whole numbers.
    return hasattr(value, "__float__") and bool(value != value)


# Thai, Lao, Burmese, Khmer, and the signs of Chinese and Japanese.
_WITHOUT_SPACES = re.compile(
    r"[\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff\U00020000-\U0003ffff]"
)


def count_words(text: str) -> int:
    """Count the words of a text, roughly, in any script.

    Some scripts put no spaces between words; of these, two signs are counted as one word.
    """
    signs = len(_WITHOUT_SPACES.findall(text))
    return len(_WITHOUT_SPACES.sub(" ", text).split()) + (signs + 1) // 2


class Say:
    """A paragraph in Markdown, shown as the result of a cell."""

    def __init__(self, text: str):
        self.text = " ".join(text.split())

    def __repr__(self) -> str:
        return self.text

    def _repr_markdown_(self) -> str:
        return self.text


def say(text: str, **numbers: Any) -> Say:
    """Read a result aloud.

    Parameters
    ----------
    text : str
        Markdown with names in braces: ``"{rise:.2f} ppm a year"``.
    **numbers
        The values behind the names. A value that is missing becomes the words "no value".

    Returns
    -------
    Say
        Shown as a paragraph in a notebook and in the book.

    Examples
    --------
    >>> say("The change is {change:+.1f} °C.", change=-0.25)
    The change is −0.2 °C.
    """
    return Say(text.format(**{name: _Spoken(value) for name, value in numbers.items()}))


class _Spoken:
    """Lets str.format treat gaps and minus signs as `number` does, and text as text."""

    def __init__(self, value: Any):
        self.value = value

    def __format__(self, pattern: str) -> str:
        if _is_gap(self.value) or hasattr(self.value, "__float__"):
            return number(self.value, pattern)
        return format(self.value, pattern)
