"""The tables as their maintainers meet them: add one with its description, or keep only some.

A table enters the course whole or not at all: its file, its entry in the descriptor, and a contract
that holds. Learners never need this.
"""

from __future__ import annotations

import csv
import itertools
import json
import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from organizer_lab import contract, data, files
from organizer_lab.errors import LabError, nearest

_NAME = re.compile(r"[a-z][a-z0-9_]*")
_SHAPES = (
    ("date", r"\d{4}-\d{2}-\d{2}"),
    ("yearmonth", r"\d{4}-\d{2}"),
    ("integer", r"-?\d+"),
    ("number", r"-?\d+(\.\d+)?([eE][-+]?\d+)?"),
)


def add(file: Path, folder: Path | None = None) -> str:
    """Add a table to the course, in two runs.

    The first one writes a description beside the CSV file, with all that can be seen in it; a
    person fills in the rest. The second one checks the table against it, and takes both in.

    Parameters
    ----------
    file : Path
        A CSV file: UTF-8, one row of headers, an empty field for a missing value. Its name becomes
        the name of the table.
    folder : Path, optional
        The folder of the tables; by default that of the course.

    Returns
    -------
    str
        What was done, and what is next.

    Raises
    ------
    LabError
        If the file is no such table, a table has this name, or the contract does not hold. Nothing
        of the course is changed then.
    """
    place = folder or data.folder()
    name = file.stem
    if file.suffix != ".csv" or not file.is_file():
        raise LabError(f"There is no CSV file {file}. Name a file that ends in .csv.")
    if not _NAME.fullmatch(name):
        raise LabError(
            f"'{name}' cannot be the name of a table. Rename the file: small letters, digits and "
            "underscores, such as clinic_visits.csv."
        )
    if name in data.names(place):
        raise LabError(
            f"There is a table '{name}' already. Change its file and its entry in "
            f"{place / data.DESCRIPTOR}, or choose another name."
        )
    rows = _read(file)
    description = file.with_suffix(".json")
    if not description.exists():
        files.write(description, _json(_draft(name, rows)))
        return (
            f"{description} describes the columns as they look. Fill in what is empty: title, "
            "source, licence, attribution, what can mislead, and the meaning and unit of each "
            f"column. Then run again: organizer-lab data add {file}"
        )
    try:
        entry = json.loads(description.read_text(encoding="utf-8"))
    except (ValueError, RecursionError) as error:
        raise LabError(f"{description} is no valid JSON: {error}.") from None
    if not isinstance(entry, dict) or entry.get("name") != name:
        raise LabError(f'{description} must begin with a brace and have "name": "{name}".')
    _take_in(file, {**entry, "path": file.name, "rows": len(rows) - 1}, place)
    return (
        f"The table '{name}' is in the course: {len(rows) - 1:,} rows, copied into {place}. "
        "Name it in course.yml for the weeks that use it, or use it in a chapter; the build asks "
        "for one of the two."
    )


def keep(names: Sequence[str], folder: Path | None = None) -> list[str]:
    """Take all other tables out of the course, as for another topic.

    Parameters
    ----------
    names : sequence of str
        The tables that stay.
    folder : Path, optional
        The folder of the tables; by default that of the course.

    Returns
    -------
    list of str
        The tables that are gone.

    Raises
    ------
    LabError
        If a name is not known, or a table that stays joins one that would go. Nothing is changed.
    """
    place = folder or data.folder()
    package = json.loads((place / data.DESCRIPTOR).read_text(encoding="utf-8"))
    known = [entry["name"] for entry in package["resources"]]
    for name in names:
        if name not in known:
            raise LabError(f"There is no table '{name}'.{nearest(name, known)}")
    stay = [entry for entry in package["resources"] if entry["name"] in names]
    for entry in stay:
        for other in _joined(entry):
            if other not in names:
                raise LabError(f"'{entry['name']}' joins '{other}', so keep that one too.")
    gone = [name for name in known if name not in names]
    package["resources"] = stay
    files.write(place / data.DESCRIPTOR, _json(package))
    for name in gone:
        (place / f"{name}.csv").unlink(missing_ok=True)
    return gone


def _read(file: Path) -> list[list[str]]:
    try:
        with file.open(encoding="utf-8", newline="") as text:
            rows = list(csv.reader(text))
    except UnicodeDecodeError:
        raise LabError(f"{file} is not in UTF-8. Save it again as 'CSV UTF-8'.") from None
    if len(rows) < 2:
        raise LabError(f"{file} needs a row of headers and at least one row of values.")
    odd = next((at for at, row in enumerate(rows, 1) if len(row) != len(rows[0])), None)
    if odd:
        raise LabError(
            f"{file}, line {odd}: {len(rows[odd - 1])} fields, but the header has {len(rows[0])}. "
            "Use commas between fields, and quotation marks around a text with a comma."
        )
    if len(set(rows[0])) < len(rows[0]) or not all(rows[0]):
        raise LabError(f"{file}: each column needs a name of its own.")
    return rows


def _draft(name: str, rows: list[list[str]]) -> dict[str, Any]:
    """Describe what can be seen, and leave empty what only a person knows."""
    header, *values = rows
    columns = [list(column) for column in zip(*values, strict=True)]
    fields = [_field(*each) for each in zip(header, columns, strict=True)]
    return {
        "name": name,
        "type": "table",
        "path": f"{name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "profile": "tabular-data-resource",
        "title": "",
        "description": "",
        "theme": "",
        "rows": len(values),
        "vintage": "",
        "snapshot": "",
        "attribution": "",
        "sources": [{"title": "", "path": ""}],
        "licenses": [{"name": "", "title": "", "path": "", "covers": ""}],
        "transformation": [""],
        "caveats": [""],
        "checked": [""],
        "schema": {
            "fields": fields,
            "missingValues": [""],
            "primaryKey": _key(fields, values),
        },
    }


def _key(fields: list[dict[str, Any]], values: list[list[str]]) -> list[str]:
    """Find the columns that together name each row once: as few, and as far left, as possible.

    Names and times come first; a number that was measured is no name.
    """
    whole = [at for at, field in enumerate(fields) if "missing" not in field]
    names = [at for at in whole if "unit" not in fields[at]]
    for columns in (names, whole):
        for count in range(1, min(len(columns), 4) + 1):
            for places in itertools.combinations(columns, count):
                if len({tuple(row[at] for at in places) for row in values}) == len(values):
                    return [fields[at]["name"] for at in places]
    return []


def _field(name: str, values: Iterable[str]) -> dict[str, Any]:
    values = list(values)
    given = [value for value in values if value]
    fits = (kind for kind, shape in _SHAPES if all(re.fullmatch(shape, value) for value in given))
    kind = next(fits, "string") if given else "string"
    if kind == "integer" and name == "year":
        kind = "year"
    field: dict[str, Any] = {"name": name, "type": kind, "title": "", "description": ""}
    if kind in ("integer", "number"):
        field["unit"] = ""
    if len(given) == len(values):
        field["constraints"] = {"required": True}
    else:
        field["missing"] = ""
    return field


def _take_in(file: Path, entry: dict[str, Any], place: Path) -> None:
    """Copy file and entry; take both back where the contract does not hold."""
    descriptor, copy = place / data.DESCRIPTOR, place / file.name
    before = descriptor.read_bytes()
    package = json.loads(before)
    package["resources"].append(entry)
    inside = copy.resolve() == file.resolve()
    try:
        if not inside:
            files.write(copy, file.read_bytes())
        files.write(descriptor, _json(package))
        problems = contract.check(place)
    except BaseException:
        _take_back(descriptor, before, None if inside else copy)
        raise
    if problems:
        _take_back(descriptor, before, None if inside else copy)
        # A person mends the two files at hand, not the descriptor into which they would have gone.
        told = (problem.removeprefix(f"{data.DESCRIPTOR}: ") for problem in problems)
        raise LabError(
            f"The table was not added. Mend {file.with_suffix('.json')} or {file}:\n"
            + "\n".join(f"- {problem}" for problem in told)
        )


def _take_back(descriptor: Path, before: bytes, copy: Path | None) -> None:
    files.write(descriptor, before)
    if copy:
        copy.unlink(missing_ok=True)


def _joined(entry: dict[str, Any]) -> list[str]:
    keys = entry["schema"].get("foreignKeys", [])
    return [key["reference"]["resource"] for key in keys if key["reference"]["resource"]]


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"
