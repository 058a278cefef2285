"""Reading what learners write in lines: one thing in each line, its columns between ``|``.

A beginner can write a table as text without a bracket to break. What the lines mean is said by the
part of the plan that they fill.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any, TypeVar, get_args

from organizer_lab.errors import LabError
from organizer_lab.plan.part import Part, short

Row = TypeVar("Row", bound=Part)

_BULLET = re.compile(r"^(?:[-*•]|\d+[.):])\s+")
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def lines(text: Any) -> list[str]:
    """Give the lines of a text that say something, without bullets and numbers in front.

    Of a list, the lines of each text in it are taken.
    """
    texts = text if isinstance(text, list | tuple) else [text]
    written = (line for each in texts if isinstance(each, str) for line in each.splitlines())
    found = (_BULLET.sub("", line.strip()).strip() for line in written)
    return [line for line in found if line.strip(".…| ")]


def rows(text: Any, kind: type[Row], *names: str) -> list[Row]:
    """Read each line as one row: its columns, between ``|``, are fields in the given order.

    Parameters
    ----------
    text : str or list of str
        One row in each line. Empty lines, three dots, bullets and numbers in front are left out,
        and so is a first line with the names of the columns.
    kind : type of Part
        What each row becomes.
    *names : str
        The fields, in the order of the columns. A column that is missing or ``...`` stays empty.

    Returns
    -------
    list of Part

    Raises
    ------
    LabError
        If a line has too many columns, or something else than ``|`` between them, or a column
        holds what its field cannot be. It names the line.
    """
    found = []
    for position, line in enumerate(lines(text), 1):
        cells = [cell.strip() for cell in line.split("|")]
        if position == 1 and cells[0].lower() == names[0].replace("_", " ") and len(cells) > 1:
            continue
        while len(cells) > len(names) and not cells[-1]:
            cells.pop()
        if len(cells) == 1 and any(line.count(sign) >= len(names) - 1 > 0 for sign in ",;\t"):
            raise LabError(
                f"Line {position} has no sign |. Write it between the columns, and nothing else: "
                f"{' | '.join(names)}."
            )
        if len(cells) > len(names):
            raise LabError(
                f"Line {position} has {len(cells)} columns, and should have {len(names)}: "
                f"{' | '.join(names)}. Take out the sign | that is too many."
            )
        content: dict[str, Any] = {}
        for name, cell in zip(names, cells, strict=False):
            if not cell.strip(".…"):
                continue
            content[name] = _number(cell, kind, name, position)
        try:
            found.append(kind(**content))
        except LabError as error:
            raise LabError(f"Line {position}: {error}") from None
    return found


def day(text: Any) -> date | None:
    """Read a day written as ``2027-03-31``; None for everything else."""
    if not isinstance(text, str) or not re.fullmatch(_DAY, text.strip()):
        return None
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None


def moment(text: Any) -> datetime | None:
    """Read a day and a time of the clock, written as ``2027-03-31 09:00``; None otherwise.

    The time is that of the place: the time zone is said elsewhere.
    """
    if not isinstance(text, str) or not re.fullmatch(_DAY + "[ T][0-9]{2}:[0-9]{2}", text.strip()):
        return None
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _number(cell: str, kind: type[Part], name: str, position: int) -> Any:
    """Turn the text of a column into a number where its field is one."""
    kinds = get_args(kind.model_fields[name].annotation)
    if str in kinds or not {int, float} & set(kinds):
        return cell
    try:
        value = float(cell)
    except ValueError:
        value = None
    if value is None or not abs(value) < 1e15:
        raise LabError(
            f"Line {position}, {name}: {short(cell)} is not a number. Write digits only, with a "
            "point before decimals and nothing between thousands, such as 1500 or 2.5."
        )
    return int(value) if value == int(value) else value
