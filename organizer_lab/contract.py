"""The contract of the tables: what must hold before their figures are shown to anybody.

Types, limits, keys and joins are checked by frictionless, because it is the reference
implementation of Table Schema, still has regular releases (5.21 when this was written) and reads
the same descriptor as the rest of the course, so that no rule is written twice.
Only what Table Schema cannot say is checked here, driven by entries of our own in the descriptor:

``rows``
    The number of rows.
``sortedBy``
    Columns by which the rows rise.
``complete``
    Columns of which every combination of their values occurs.
``unbroken``
    ``{"field": …, "step": "day" | "week" | "month" | "year"}``: no step of time is left out.

frictionless (extra ``dev``) is needed to change tables, never to read them.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from organizer_lab import data
from organizer_lab.errors import LabError

_SHOWN = 20  # Problems listed per table: more of them only repeat the same fault.
_STEPS = {"day": "D", "week": "7D", "month": "MS", "year": "YS"}
_WORDS = {
    "type-error": "is not of the right type",
    "constraint-error": "breaks a rule of the column",
    "unique-error": "occurs twice",
    "incorrect-label": "the header has another name",
    "blank-row": "is empty",
    "extra-cell": "has a cell too many",
    "missing-cell": "has a cell too few",
    "foreign-key": "does not join",
    "primary-key": "has a key that is empty or occurs twice",
    "row-count": "the number of rows is not the one that the descriptor names",
}


def _worded(table: str, error: Any) -> str:
    """Say where an error of frictionless is and what it is."""
    place = [f"table {table}"]
    row = getattr(error, "row_number", None)
    column = getattr(error, "field_name", None)
    place += [f"row {row}"] if row else []
    place += [f"column {column}"] if column else []
    cell = getattr(error, "cell", None)
    what = _WORDS.get(error.type, error.title.lower())
    shown = f" {str(cell)[:60]!r}" if cell not in (None, "") else ""
    note = f" ({error.note.rstrip('.')})" if error.note else ""
    return f"{', '.join(place)}:{shown} {what}{note}."


def _by_frictionless(path: Path) -> list[str]:
    from frictionless import FrictionlessException, Package

    try:
        report = Package(str(path)).validate(limit_errors=_SHOWN)
    except FrictionlessException as exception:
        errors = [*exception.reasons] or [exception.error]
        return [f"{path.name}: {error.note.rstrip('.')}." for error in errors]
    except Exception as exception:
        # A descriptor that is odd enough makes frictionless itself stumble; that is a problem of
        # the descriptor and has to be said like any other.
        return [f"{path.name}: frictionless cannot read it ({exception!r})."]
    found = [f"{path.name}: {error.note.rstrip('.')}." for error in report.errors]
    for task in report.tasks:
        found += [_worded(task.name, error) for error in task.errors]
    return found


def _named_columns(entry: Mapping[str, Any]) -> Iterator[str]:
    """Check that our own entries speak of columns that exist."""
    types = {field["name"]: field["type"] for field in entry["schema"]["fields"]}
    for key in ("sortedBy", "complete"):
        columns = entry.get(key, [])
        if not isinstance(columns, list) or not all(column in list(types) for column in columns):
            yield f"'{key}' is not a list of columns of the table."
    if "unbroken" in entry:
        rule = entry["unbroken"]
        rule = rule if isinstance(rule, dict) else {}
        times = [name for name, kind in types.items() if kind in ("date", "yearmonth", "year")]
        if rule.get("field") not in times or rule.get("step") not in list(_STEPS):
            yield f"'unbroken' needs a 'field' with times and a 'step': {', '.join(_STEPS)}."


def _day(time: Any) -> str:
    return time.date().isoformat() if isinstance(time, pd.Timestamp) else str(time)


def _shape(entry: Mapping[str, Any], frame: pd.DataFrame) -> Iterator[str]:
    """Check order, completeness and steps of time of one table."""
    if frame.empty:
        yield "there are no rows."
        return
    by = entry.get("sortedBy", [])
    if by:
        order = frame[by].apply(lambda c: c.astype(str) if c.dtype == "category" else c)
        rank = pd.Series(frame.index, index=order.sort_values(by, kind="stable").index).sort_index()
        falls = (rank.diff() < 0).to_numpy()
        if falls.any():
            yield f"row {int(falls.argmax()) + 2}: the rows do not rise by {', '.join(by)}."
    full = entry.get("complete", [])
    if full:
        wanted = math.prod(frame[column].nunique() for column in full)
        there = len(frame[full].drop_duplicates())
        if there != wanted:
            yield f"{wanted - there} combinations of {', '.join(full)} are missing."
    if unbroken := entry.get("unbroken"):
        column, step = unbroken["field"], unbroken["step"]
        if pd.api.types.is_integer_dtype(frame[column]):
            times = pd.Index(frame[column].dropna().astype("int64").unique())
            wanted = pd.RangeIndex(times.min(), times.max() + 1)
        else:
            times = pd.DatetimeIndex(frame[column].dropna().unique())
            wanted = pd.date_range(times.min(), times.max(), freq=_STEPS[step])
        gaps, odd = wanted.difference(times), times.difference(wanted)
        if len(gaps):
            yield f"column {column}: {len(gaps)} {step}s are missing, the first is {_day(gaps[0])}."
        if len(odd):
            yield f"column {column}: {_day(odd[0])} does not fall on a whole {step}."
    dates = [f["name"] for f in entry["schema"]["fields"] if f["type"] in ("date", "yearmonth")]
    for part in ("year", "month"):
        if dates and part in frame:
            wrong = (getattr(frame[dates[0]].dt, part) != frame[part]).to_numpy()
            if wrong.any():
                yield f"row {int(wrong.argmax()) + 2}: {part} does not agree with {dates[0]}."


def check(folder: Path | None = None) -> list[str]:
    """Test every table against its contract.

    Parameters
    ----------
    folder : pathlib.Path, optional
        A folder with ``datapackage.json`` and the CSV files; by default that of the course.

    Returns
    -------
    list of str
        A sentence for each problem with the table and, where there is one, row and column
        (row 1 is the header). Empty when the contract holds. A problem is never an exception.

    Raises
    ------
    LabError
        If the folder has no descriptor at all.
    """
    place = data.folder() if folder is None else Path(folder)
    path = place / data.DESCRIPTOR
    if not path.is_file():
        raise LabError(f"There is no {data.DESCRIPTOR} in {place}. Name a folder that has one.")
    try:
        package = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        return [f"{path.name}: the file is not valid JSON in UTF-8 ({error})."]
    problems = data.descriptor_problems(package)
    if problems:
        # Everything else would only trip over the same places.
        return [f"{path.name}: {problem}" for problem in problems]

    for entry in package["resources"]:
        problems += [f"{path.name}: table {entry['name']}: {p}" for p in _named_columns(entry)]
    if problems:
        return problems
    described = {entry["path"] for entry in package["resources"]}
    there = {file.name for file in place.glob("*.csv")}
    problems += [f"{path.name}: {n} is not in the folder." for n in sorted(described - there)]
    problems += [f"{path.name}: {n} is not described." for n in sorted(there - described)]
    problems += _by_frictionless(path)
    for entry in package["resources"]:
        if entry["path"] not in there:
            continue
        name = entry["name"]
        try:
            frame = data.load(name, place)
        except LabError as error:
            # frictionless takes "NaN" for a number, the course does not: so ask both.
            if not any(problem.startswith(f"table {name}") for problem in problems):
                problems.append(f"table {name}: {error}")
            continue
        problems += [f"table {name}, {problem}" for problem in _shape(entry, frame)]
    return problems


def check_or_raise(folder: Path | None = None) -> None:
    """Test every table, and print one line when the contract holds.

    Raises
    ------
    LabError
        If it does not hold; the text lists the problems.
    """
    problems = check(folder)
    if problems:
        raise LabError(
            f"The contract of the tables does not hold, {len(problems)} problems:\n"
            + "\n".join(f"- {problem}" for problem in problems)
        )
    entries = data.descriptor(folder)["resources"]
    rows = sum(entry["rows"] for entry in entries)
    print(f"The contract holds: {len(entries)} tables, {rows:,} rows.")
