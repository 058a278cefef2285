"""The tables of the course: typed, described, and never fetched from the network.

Everything known about a table stands in one place, ``datasets/datapackage.json`` (a Data Package
with Table Schema, https://specs.frictionlessdata.io).
This module only reads it, so no table has code of its own here.
"""

from __future__ import annotations

import csv
import json
import math
import re
import textwrap
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from pathlib import Path
from typing import Any

import pandas as pd

from organizer_lab.errors import LabError, nearest

DESCRIPTOR = "datapackage.json"
REPAIR = "Put the original file back: 'git restore datasets', or download the course again."

# Resolved once: every question to a table begins here.
_PACKAGE = Path(__file__).resolve().parent
_PLACES = (_PACKAGE / "datasets", _PACKAGE.parent / "datasets")
_DATES = {"yearmonth": "%Y-%m", "date": "%Y-%m-%d"}
_BOOLEANS = {"true": True, "True": True, "false": False, "False": False}
_KIND = {
    "string": "text",
    "integer": "whole number",
    "number": "number",
    "boolean": "yes or no",
    "year": "year",
    "yearmonth": "month (YYYY-MM)",
    "date": "date (YYYY-MM-DD)",
}


def folder() -> Path:
    """Find the tables: inside the installed package, or beside it in a checkout.

    Returns
    -------
    pathlib.Path
        The folder that holds ``datapackage.json`` and the CSV files.
        A learner edition has the same layout as a checkout.

    Raises
    ------
    LabError
        If neither place has a descriptor.
    """
    for place in _PLACES:
        if (place / DESCRIPTOR).is_file():
            return place
    raise LabError(f"The tables are missing: there is no {DESCRIPTOR} in {_PLACES[1]}. {REPAIR}")


def _broken(path: Path, why: str) -> LabError:
    return LabError(f"{path.parent.name}/{path.name}: {why} {REPAIR}")


_TEXTS = ("title", "description", "theme", "vintage", "snapshot", "attribution")
_LISTS = ("sources", "licenses", "transformation", "caveats", "checked")


# What neither a terminal nor HTML can show.
_UNSHOWABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]")


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and not _UNSHOWABLE.search(value)


def _problems_of_column(entry: Any) -> Iterator[str]:
    if not isinstance(entry, dict) or not _is_text(entry.get("name")):
        yield "has a column without a 'name'."
        return
    here = f"column {entry['name']}"
    for key in ("title", "description"):
        if not _is_text(entry.get(key)):
            yield f"{here} has no '{key}'."
    if entry.get("type") not in list(_KIND):
        yield f"{here} needs a 'type': {', '.join(_KIND)}."
    measured = entry.get("type") in ("integer", "number")
    # The unit of a number is asked for below.
    for key in ("baseline", "missing") if measured else ("unit", "baseline", "missing"):
        if key in entry and not _is_text(entry[key]):
            yield f"'{key}' of {here} is empty, or no text."
    limits = entry.get("constraints", {})
    if not isinstance(limits, dict):
        yield f"'constraints' of {here} are not a list of rules with names."
        return
    words = limits.get("enum", ["a word"])
    if not isinstance(words, list) or not words or not all(map(_is_text, words)):
        yield f"'enum' of {here} is not a list of words."
    elif len(set(words)) < len(words):
        yield f"'enum' of {here} has a word twice."
    if measured and not _is_text(entry.get("unit")):
        yield f"{here} is a number without a 'unit'."
    if not limits.get("required") and not _is_text(entry.get("missing")):
        yield f"{here} may be empty, but 'missing' does not say what an empty cell means."


def _problems_of_table(entry: Mapping[str, Any]) -> Iterator[str]:
    for key in _TEXTS:
        if not _is_text(entry.get(key)):
            yield f"has no '{key}'."
    for key in _LISTS:
        if not isinstance(entry.get(key), list) or not entry[key]:
            yield f"has no list of '{key}'."
        elif key in ("sources", "licenses"):
            wanted = ("title", "path") if key == "sources" else ("name", "title", "path")
            for part in entry[key]:
                if not isinstance(part, dict) or not all(_is_text(part.get(k)) for k in wanted):
                    yield f"an entry of '{key}' has no {', '.join(wanted)}."
                elif not part["path"].startswith("https://"):
                    yield f"an entry of '{key}' needs an address as 'path': https://…"
                elif "covers" in part and not _is_text(part["covers"]):
                    yield f"'covers' of an entry of '{key}' is empty, or no text."
        elif not all(map(_is_text, entry[key])):
            yield f"'{key}' is not a list of sentences, or one of them is empty."
    if type(entry.get("rows")) is not int:
        yield "has no number of 'rows'."
    file = entry.get("path")
    if not _is_text(file) or Path(file).name != file:
        yield "'path' is not the name of a file beside the descriptor."
    schema = entry.get("schema")
    fields = schema.get("fields") if isinstance(schema, dict) else None
    if not isinstance(fields, list) or not fields:
        yield "has no columns ('schema', 'fields')."
        return
    for column in fields:
        yield from _problems_of_column(column)
    gaps = schema.get("missingValues", [""])
    if not isinstance(gaps, list) or not all(isinstance(gap, str) for gap in gaps):
        yield "'missingValues' is not a list of texts."
    columns = [c["name"] for c in fields if isinstance(c, dict) and _is_text(c.get("name"))]
    key = schema.get("primaryKey")
    if not isinstance(key, list) or not key or not all(column in columns for column in key):
        yield "'primaryKey' is not a list of columns of the table."
    if len(set(columns)) < len(columns):
        yield "two columns have the same name."


def descriptor_problems(found: Any) -> list[str]:
    """Say what a descriptor lacks of what the course needs.

    Parameters
    ----------
    found : object
        What stands in a ``datapackage.json``.

    Returns
    -------
    list of str
        A sentence for each problem that names the table and the column; empty when all is well.
    """
    resources = found.get("resources") if isinstance(found, dict) else None
    if not isinstance(resources, list) or not resources:
        return ["there is no list of 'resources'."]
    problems, seen = [], set()
    for number, entry in enumerate(resources, 1):
        name = entry.get("name") if isinstance(entry, dict) else None
        if not _is_text(name):
            problems.append(f"table number {number} has no 'name'.")
            continue
        if name in seen:
            problems.append(f"two tables have the name {name}.")
        seen.add(name)
        problems += [f"table {name}: {problem}" for problem in _problems_of_table(entry)]
    return problems


@lru_cache(maxsize=8)
def _read_descriptor(path: Path, _state: tuple[int, int, int]) -> dict[str, Any]:
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except UnicodeDecodeError:
        raise _broken(path, "the file is not UTF-8 text.") from None
    except json.JSONDecodeError as error:
        raise _broken(path, f"the file is not valid JSON (line {error.lineno}).") from None
    except (ValueError, RecursionError):
        raise _broken(path, "the file is not valid JSON.") from None
    problems = descriptor_problems(found)
    if problems:
        more = f" ({len(problems) - 1} more problems: 'organizer-lab data check'.)"
        raise _broken(path, problems[0] + (more if len(problems) > 1 else ""))
    return found


def _state(path: Path) -> tuple[int, int, int]:
    try:
        stat = path.stat()
    except OSError:
        raise _broken(path, "the file is missing or cannot be read.") from None
    return stat.st_ino, stat.st_mtime_ns, stat.st_size


def descriptor(at: Path | None = None) -> dict[str, Any]:
    """Read the descriptor of the tables.

    Parameters
    ----------
    at : pathlib.Path, optional
        Another folder with a ``datapackage.json``; by default :func:`folder`.

    Returns
    -------
    dict
        The Data Package. It is shared between callers: do not change it.

    Raises
    ------
    LabError
        If the file is missing or broken; the text names the file and the place in it.
    """
    path = (folder() if at is None else Path(at)) / DESCRIPTOR
    return _read_descriptor(path, _state(path))


def names(at: Path | None = None) -> list[str]:
    """Name every table, in the order of the descriptor."""
    return [resource["name"] for resource in descriptor(at)["resources"]]


def resource(name: str, at: Path | None = None) -> dict[str, Any]:
    """Give the entry of one table in the descriptor.

    Raises
    ------
    LabError
        If there is no such table; the nearest names are in the text.
    """
    for entry in descriptor(at)["resources"]:
        if entry["name"] == name:
            return entry
    raise LabError(
        f"There is no table {name!r}.{nearest(name, names(at))} data.tables() shows them all."
    )


def tables() -> pd.DataFrame:
    """List the tables.

    Returns
    -------
    pandas.DataFrame
        Index ``name``; columns ``rows``, ``title``, ``theme``, ``vintage`` and ``licence``.
    """
    rows = [
        {
            "name": entry["name"],
            "rows": entry.get("rows"),
            "title": entry.get("title"),
            "theme": entry.get("theme"),
            "vintage": entry.get("vintage"),
            "licence": ", ".join(dict.fromkeys(part["name"] for part in entry["licenses"])),
        }
        for entry in descriptor()["resources"]
    ]
    return pd.DataFrame(rows).set_index("name")


def field(table: str, column: str) -> dict[str, Any]:
    """Give the description of one column.

    Returns
    -------
    dict
        Its Table Schema field: ``name``, ``title``, ``type``, ``description`` and, where they
        apply, ``unit``, ``baseline`` (of an anomaly), ``missing`` (what an empty cell means)
        and ``constraints``.

    Raises
    ------
    LabError
        If the table or the column does not exist; the nearest names are in the text.
    """
    fields = resource(table)["schema"]["fields"]
    for entry in fields:
        if entry["name"] == column:
            return entry
    known = [entry["name"] for entry in fields]
    raise LabError(
        f"The table {table} has no column {column!r}.{nearest(column, known)} "
        f"Its columns are {', '.join(known)}."
    )


def attribution(table: str) -> str:
    """Give the line that must stand wherever figures of the table are shown."""
    return resource(table)["attribution"]


# -- reading ---------------------------------------------------------------------------------


class _BadCells(Exception):
    """Cells that are in the way of a type: a mask over the rows, and why."""

    def __init__(self, wrong: pd.Series, why: str) -> None:
        super().__init__(why)
        self.row = int(wrong.to_numpy().argmax())
        self.count = int(wrong.sum())


def _forbid(wrong: pd.Series, why: str) -> None:
    if wrong.any():
        raise _BadCells(wrong, why)


def _typed(text: pd.Series, entry: Mapping[str, Any]) -> pd.Series:
    """Turn a column of text into its type, or raise _BadCells."""
    limits = entry.get("constraints", {})
    required = bool(limits.get("required"))
    kind = entry["type"]
    empty = text.isna()
    if required:
        _forbid(empty, "is empty, but a value is required")
    if kind == "string":
        if "enum" not in limits:
            return text
        _forbid(~empty & ~text.isin(limits["enum"]), "is not one of the allowed words")
        return text.astype(pd.CategoricalDtype(limits["enum"], bool(entry.get("ordered"))))
    if kind == "boolean":
        _forbid(~empty & ~text.isin(list(_BOOLEANS)), "is not True or False")
        return text.map(_BOOLEANS).astype("bool" if required else "boolean")
    if kind in _DATES:
        # pandas alone would take 2020-1 for 2020-01.
        shape = r"\d{4}-\d{2}" + (r"-\d{2}" if kind == "date" else "")
        whole = text.where(text.str.fullmatch(shape).fillna(False).astype(bool))
        found = pd.to_datetime(whole, format=_DATES[kind], errors="coerce")
        _forbid(~empty & found.isna(), f"is not a {_KIND[kind]}")
        return found
    found = pd.to_numeric(text, errors="coerce").astype("float64")
    _forbid(~empty & (found.isna() | found.abs().eq(math.inf)), "is not a number")
    if kind == "number":
        return found
    # Beyond 2**53 a float no longer holds every whole number.
    _forbid(~empty & ((found % 1 != 0) | (found.abs() > 2**53)), "is not a whole number")
    if kind == "year":
        _forbid(~empty & ~found.between(1, 9999), "is not a year")
    return found.astype("int64" if required else "Int64")


@lru_cache(maxsize=64)
def _read(path: Path, name: str, _states: tuple[tuple[int, int, int], ...]) -> pd.DataFrame:
    schema = resource(name, path.parent)["schema"]
    wanted = [entry["name"] for entry in schema["fields"]]
    try:
        with path.open(encoding="utf-8", newline="") as file:
            header, *rows = list(csv.reader(file, strict=True)) or [[]]
    except UnicodeDecodeError:
        raise _broken(path, "the file is not UTF-8 text.") from None
    except csv.Error as error:
        raise _broken(path, f"the rows cannot be read ({error}).") from None
    lost = [column for column in wanted if column not in header]
    extra = [column for column in header if column not in wanted]
    if lost:
        raise _broken(path, f"the column {', '.join(lost)} is missing.")
    if extra:
        raise _broken(path, f"the column {', '.join(extra)} is not in the descriptor.")
    if len(header) > len(wanted):
        raise _broken(path, "a column occurs twice.")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise _broken(path, f"row {number} has {len(row)} cells instead of {len(header)}.")
    text = pd.DataFrame(rows, columns=header, dtype=str)
    text = text.mask(text.isin(schema.get("missingValues", [""])))
    columns = {}
    for entry in schema["fields"]:
        column = entry["name"]
        try:
            columns[column] = _typed(text[column], entry)
        except _BadCells as error:
            cell = text[column].iloc[error.row]
            shown = "the cell" if pd.isna(cell) else repr(str(cell)[:60])
            more = f" (and {error.count - 1} more such cells)" if error.count > 1 else ""
            # The header is row 1, as in a spreadsheet.
            raise _broken(
                path, f"row {error.row + 2}, column {column}: {shown} {error}{more}."
            ) from None
    table = pd.DataFrame(columns)
    table.attrs["table"] = name
    return table


def _key(name: str, at: Path | None = None) -> tuple[Path, str, tuple[tuple[int, int, int], ...]]:
    """Name a table as it lies on the disk now: what was read of it is kept until that changes."""
    entry = resource(name, at)
    place = folder() if at is None else Path(at)
    path = place / entry["path"]
    return path, name, (_state(place / DESCRIPTOR), _state(path))


def _shared(name: str, at: Path | None = None) -> pd.DataFrame:
    """Give the one frame that is kept in memory; whoever hands it on has to copy it."""
    return _read(*_key(name, at))


def load(name: str, at: Path | None = None) -> pd.DataFrame:
    """Load one table with the types that its descriptor gives.

    Parameters
    ----------
    name : str
        Name of the table, for example ``"co2_by_country"``.
    at : pathlib.Path, optional
        Another folder with tables; by default :func:`folder`.

    Returns
    -------
    pandas.DataFrame
        One row per row of the CSV. Whole numbers are ``int64``, or ``Int64`` where cells may be
        empty; months and dates are ``datetime64``; columns with a fixed list of words are
        categories. ``attrs["table"]`` is the name. The frame is yours: changing it does not
        change what the next call gives.

    Raises
    ------
    LabError
        If there is no such table (with the nearest names), or if its file is missing or broken
        (with the file, row and column).
    """
    return _shared(name, at).copy()


# -- asking ----------------------------------------------------------------------------------


@lru_cache(maxsize=64)
def _rows_of(key: tuple[Any, ...], column: str) -> dict[Any, Any]:
    """Say for each value of a column in which rows it stands."""
    return dict(_read(*key).groupby(column, observed=True).indices)


def known(table: str, column: str) -> Collection[Any]:
    """Give the different values of a column, without the empty cells.

    The answer is kept: a check may ask for it as often as it likes.

    Raises
    ------
    LabError
        If the table or the column does not exist; the nearest names are in the text.
    """
    field(table, column)
    return _rows_of(_key(table), column).keys()


def rows(table: str, column: str, wanted: Any) -> pd.DataFrame:
    """Give the rows of a table that have one value in a column.

    The same rows as ``frame[frame[column] == wanted]`` of a loaded table, but quick to ask again
    and again: where the rows of each value stand is kept.

    Parameters
    ----------
    table, column : str
        Names of the table and of its column.
    wanted : object
        The value, such as ``"TZA"``.

    Returns
    -------
    pandas.DataFrame
        The rows in the order of the table, none where the value does not occur. It is yours.

    Raises
    ------
    LabError
        If the table or the column does not exist; the nearest names are in the text.
    """
    field(table, column)
    key = _key(table)
    return _read(*key).take(_rows_of(key, column).get(wanted, []))


def _year(value: Any, label: str) -> int:
    if isinstance(value, bool) or not hasattr(value, "__index__"):
        span = " For a span write year=2015, to_year=2024." if label == "year" else ""
        raise LabError(f"{label} must be a whole number such as 2024, not {value!r}.{span}")
    return int(value)


def _years_of(table: str, frame: pd.DataFrame) -> pd.Series:
    for entry in resource(table)["schema"]["fields"]:
        if entry["name"] == "year":
            return frame["year"]
        if entry["type"] in _DATES:
            return frame[entry["name"]].dt.year
    raise LabError(f"The table {table} has no column with a year: leave out year and to_year.")


def select(
    table: str,
    column: str,
    year: int | None = None,
    to_year: int | None = None,
    where: Mapping[str, Any] | None = None,
) -> pd.Series:
    """Choose the cells of one column.

    Parameters
    ----------
    table, column : str
        Names of the table and of its column.
    year : int, optional
        Only rows of this year.
    to_year : int, optional
        With `year`: rows from `year` to `to_year`, both included.
    where : mapping, optional
        Column name to wanted value, or to a list of values, for example ``{"iso3": "TZA"}``.

    Returns
    -------
    pandas.Series
        The cells in the order of the table, empty where no row matches. Its name is `column`.

    Raises
    ------
    LabError
        If the table or a column does not exist, or the years make no span.
    """
    field(table, column)
    frame = _shared(table)
    keep = pd.Series(True, index=frame.index)
    if year is not None:
        first = _year(year, "year")
        last = first if to_year is None else _year(to_year, "to_year")
        if last < first:
            raise LabError(f"The span from {first} to {last} runs backwards: swap the years.")
        keep &= _years_of(table, frame).between(first, last).fillna(False).astype(bool)
    elif to_year is not None:
        raise LabError("to_year needs year, the first year of the span.")
    for name, wanted in (where or {}).items():
        entry = field(table, name)
        accepted = list(wanted) if isinstance(wanted, (list, tuple, set, frozenset)) else [wanted]
        if entry["type"] in _DATES:
            try:
                accepted = [pd.Timestamp(day) for day in accepted]
            except (ValueError, TypeError):
                raise LabError(f"{name} of {table} needs a {_KIND[entry['type']]}.") from None
        keep &= frame[name].isin(accepted)
    return frame.loc[keep, column].copy()


def value(
    table: str,
    column: str,
    year: int | None = None,
    to_year: int | None = None,
    where: Mapping[str, Any] | None = None,
) -> float | int | str | bool | None:
    """Give one value: of the row that matches, or the mean of the rows that match.

    Parameters are those of :func:`select`.

    Returns
    -------
    float, int, str, bool or None
        In the unit of the column, not rounded. Dates come as text in ISO 8601.
        None if no row matches or the cells are empty: no data is a normal case.

    Raises
    ------
    LabError
        As :func:`select`; also if several rows match a column that has no mean (text, dates).
    """
    cells = select(table, column, year, to_year, where).dropna()
    if cells.empty:
        return None
    kind = field(table, column)["type"]
    if len(cells) > 1:
        if kind not in ("integer", "number"):
            raise LabError(
                f"{len(cells)} rows of {table} match, and {column} has no mean. "
                "Say more exactly which row you mean (year, where)."
            )
        return float(cells.mean())
    cell = cells.iloc[0]
    if kind in _DATES:
        return cell.strftime(_DATES[kind])
    if kind == "string":
        return str(cell)
    return cell.item() if hasattr(cell, "item") else cell


# -- cards -----------------------------------------------------------------------------------


def _licence_line(part: Mapping[str, Any]) -> str:
    marks = descriptor().get("licenceMarks")
    marks = marks if isinstance(marks, dict) else {}
    covers = f" – {part['covers']}" if part.get("covers") else ""
    mark = f" ({marks[part['mark']]})" if part.get("mark") in list(marks) else ""
    return f"{covers}{mark}"


def _unit(entry: Mapping[str, Any]) -> str:
    unit = entry.get("unit", "")
    return f"{unit}, baseline {entry['baseline']}" if entry.get("baseline") else unit


@dataclass(frozen=True)
class Card:
    """What one should know about a table before using it; prints as text, Markdown or HTML.

    Attributes
    ----------
    resource : dict
        The entry of the table in the descriptor.
    """

    resource: dict[str, Any]

    def __repr__(self) -> str:
        return str(self)

    @property
    def facts(self) -> list[tuple[str, list[str]]]:
        """Headings with their sentences: date, attribution, checks and what to keep in mind."""
        entry = self.resource
        pairs = [
            ("Edition", [entry["vintage"]]),
            ("Print this line", [entry["attribution"]]),
            ("Copied from", [entry["snapshot"]]),
            ("What was changed", entry["transformation"]),
            ("Keep in mind", entry["caveats"]),
            ("Checked", entry["checked"]),
        ]
        return [(heading, sentences) for heading, sentences in pairs if sentences]

    @property
    def columns(self) -> list[tuple[str, str, str, str, str]]:
        """Name, type, unit, meaning and what an empty cell means, for each column."""
        return [
            (
                entry["name"],
                _KIND[entry["type"]],
                _unit(entry),
                f"{entry['title']}: {entry['description']}",
                _sentence(entry.get("missing", "")),
            )
            for entry in self.resource["schema"]["fields"]
        ]

    def __str__(self) -> str:
        entry = self.resource
        lines = [f"{entry['title']}  [{entry['name']}, {entry['rows']:,} rows]"]
        lines += [*_wrap(entry["description"]), "", "Columns"]
        for name, kind, unit, meaning, missing in self.columns:
            lines.append(f"  {name} – {kind}{f', {unit}' if unit else ''}")
            lines += _wrap(meaning, 6)
            lines += _wrap(f"Empty cell: {missing}", 6) if missing else []
        lines += ["", "Sources"]
        for part in entry["sources"]:
            lines += [*_wrap(part["title"], 2), f"    {part['path']}"]
        lines += ["", "Licence"]
        for part in entry["licenses"]:
            lines += [*_wrap(part["title"] + _licence_line(part), 2), f"    {part['path']}"]
        for heading, sentences in self.facts:
            lines += ["", heading]
            for sentence in sentences:
                lines += _wrap(sentence, 2)
        return "\n".join(lines)

    def _repr_markdown_(self) -> str:
        entry = self.resource
        lines = [f"**{_md(entry['title'])}** (`{entry['name']}`, {entry['rows']:,} rows)", ""]
        lines += [_md(entry["description"]), ""]
        lines += [
            "| Column | Type | Unit | Meaning | Empty cell |",
            "| --- | --- | --- | --- | --- |",
        ]
        for name, *rest in self.columns:
            lines.append(f"| `{name}` | " + " | ".join(_md(cell) for cell in rest) + " |")
        lines += ["", "**Sources**", ""]
        lines += [f"- [{_md(part['title'])}](<{part['path']}>)" for part in entry["sources"]]
        lines += ["", "**Licence**", ""]
        lines += [
            f"- [{_md(part['title'])}](<{part['path']}>){_md(_licence_line(part))}"
            for part in entry["licenses"]
        ]
        for heading, sentences in self.facts:
            lines += ["", f"**{heading}**", "", *(f"- {_md(sentence)}" for sentence in sentences)]
        return "\n".join(lines) + "\n"

    def _repr_html_(self) -> str:
        entry = self.resource
        head = ("Column", "Type", "Unit", "Meaning", "Empty cell")
        rows = "".join(
            f'<tr><th scope="row"><code>{escape(name)}</code></th>'
            + "".join(f"<td>{escape(cell)}</td>" for cell in rest)
            + "</tr>"
            for name, *rest in self.columns
        )
        blocks = [("Sources", [_link(part) for part in entry["sources"]])]
        blocks += [
            ("Licence", [_link(part) + escape(_licence_line(part)) for part in entry["licenses"]])
        ]
        blocks += [(heading, [escape(s) for s in sentences]) for heading, sentences in self.facts]
        return (
            '<div class="ol-card">'
            f"<p><strong>{escape(entry['title'])}</strong> "
            f"(<code>{escape(entry['name'])}</code>, {entry['rows']:,} rows)</p>"
            f"<p>{escape(entry['description'])}</p>"
            f"<table><caption>Columns of {escape(entry['name'])}</caption><thead><tr>"
            + "".join(f'<th scope="col">{title}</th>' for title in head)
            + f"</tr></thead><tbody>{rows}</tbody></table><dl>"
            + "".join(
                f"<dt>{heading}</dt>" + "".join(f"<dd>{item}</dd>" for item in items)
                for heading, items in blocks
            )
            + "</dl></div>"
        )


def _wrap(text: str, indent: int = 0) -> list[str]:
    space = " " * indent
    return textwrap.wrap(
        text,
        width=98,
        initial_indent=space,
        subsequent_indent=space,
        break_long_words=False,
        break_on_hyphens=False,
    )


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if not text or text.endswith(".") else ".")


def _md(text: str) -> str:
    for character in "\\|*_<>[]`":
        text = text.replace(character, f"\\{character}")
    return text


def _link(part: Mapping[str, Any]) -> str:
    return f'<a href="{escape(part["path"])}">{escape(part["title"])}</a>'


def card(name: str) -> Card:
    """Show what a table holds, where it comes from and what to keep in mind.

    Returns
    -------
    Card
        Prints as text, and shows itself as a table in a notebook.

    Raises
    ------
    LabError
        If there is no such table; the nearest names are in the text.
    """
    return Card(resource(name))
