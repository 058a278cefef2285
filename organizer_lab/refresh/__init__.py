"""Fetch the provider's current edition of a table, show what changed, and only then replace it.

The order is the safety: everything is downloaded and read in memory, compared with the present
table, tested against the contract in a temporary folder, and the present files are replaced last.
Whatever goes wrong before that leaves them untouched.
"""

from __future__ import annotations

import contextlib
import io
import json
import re
import shutil
import tempfile
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from organizer_lab import contract, data, files
from organizer_lab.errors import LabError
from organizer_lab.prepared import NAMES as MADE
from organizer_lab.refresh.fetch import Fetcher
from organizer_lab.refresh.providers import PROVIDERS, Task

__all__ = ["Change", "Refreshed", "compare", "everything", "refresh"]

_UNTOUCHED = "The present table is untouched."


@dataclass(frozen=True)
class Change:
    """What a new edition changes.

    Attributes
    ----------
    added, removed, changed : int
        Rows that are new, gone, or have at least one other cell.
    columns : dict of str to tuple
        For each changed column: the number of changed cells and the largest change in words.
    """

    added: int
    removed: int
    changed: int
    columns: dict[str, tuple[int, str]]

    def __bool__(self) -> bool:
        return bool(self.added or self.removed or self.changed)

    def __str__(self) -> str:
        if not self:
            return "Nothing has changed."
        lines = [f"{self.added} rows added, {self.removed} removed, {self.changed} changed."]
        for column, (count, largest) in self.columns.items():
            lines.append(f"  {column}: {count} cells; {largest}")
        return "\n".join(lines)


def compare(old: pd.DataFrame, new: pd.DataFrame, key: list[str]) -> Change:
    """Compare two editions of a table.

    Parameters
    ----------
    old, new : pandas.DataFrame
        With the same columns.
    key : list of str
        The columns that name a row.
    """
    before, after = old.set_index(key), new.set_index(key)
    shared = before.index.intersection(after.index)
    columns, touched = {}, pd.Series(False, index=shared)
    for name in before.columns:
        was, now = before[name].reindex(shared), after[name].reindex(shared)
        if was.dtype == "category":
            was, now = was.astype(object), now.astype(object)
        same = (was == now).fillna(False).astype(bool) | (was.isna() & now.isna())
        if same.all():
            continue
        touched |= ~same
        where = shared[(~same).to_numpy()][0]
        if pd.api.types.is_numeric_dtype(was) and was.dtype != bool:
            moved = (now.astype("float64") - was.astype("float64")).abs()
            if moved.notna().any():
                where = moved.idxmax()
        place = ", ".join(_shown(part) for part in (where if isinstance(where, tuple) else [where]))
        largest = f"the largest at {place}: {_shown(was[where])} → {_shown(now[where])}"
        columns[name] = (int((~same).sum()), largest)
    return Change(
        len(after.index.difference(before.index)),
        len(before.index.difference(after.index)),
        int(touched.sum()),
        columns,
    )


def _shown(value: Any) -> str:
    if pd.isna(value):
        return "empty"
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def _arranged(frame: pd.DataFrame, old: pd.DataFrame, entry: dict[str, Any]) -> pd.DataFrame:
    """Give the new rows the columns and the order of the present table."""
    key = entry["schema"]["primaryKey"]
    frame = frame[list(old.columns)]
    if by := entry.get("sortedBy"):
        return frame.sort_values(by, ignore_index=True)
    # Without an order of its own the table keeps its rows in place; new ones come last.
    place = {row: number for number, row in enumerate(old[key].itertuples(index=False, name=None))}
    order = [place.get(row, len(place)) for row in frame[key].itertuples(index=False, name=None)]
    return frame.iloc[pd.Series(order).argsort(kind="stable")].reset_index(drop=True)


def _plausible(frame: pd.DataFrame, old: pd.DataFrame, entry: dict[str, Any]) -> None:
    """Refuse what looks like half a file or like another unit."""
    key = entry["schema"]["primaryKey"]
    before, after = old.set_index(key), frame.set_index(key)
    if after.index.has_duplicates:
        raise LabError(f"The new edition has rows with the same {', '.join(key)}. {_UNTOUCHED}")
    gone = before.index.difference(after.index)
    if len(gone) > len(before) // 10:
        raise LabError(
            f"The new edition lacks {len(gone)} of the {len(before)} present rows: it may be "
            f"incomplete. {_UNTOUCHED}"
        )
    shared = before.index.intersection(after.index)
    for field in entry["schema"]["fields"]:
        name = field["name"]
        if field["type"] not in ("integer", "number") or name in key:
            continue
        was = before[name].reindex(shared).astype("float64").abs().median()
        now = after[name].reindex(shared).astype("float64").abs().median()
        if was > 0 and not 0.5 <= now / was <= 2:
            raise LabError(
                f"In the column {name} the middle value moves from {was:g} to {now:g} in the same "
                f"rows: the unit may have changed, or the values are gone. {_UNTOUCHED}"
            )


def _text(frame: pd.DataFrame, entry: dict[str, Any]) -> str:
    """Write a table as its CSV: the same cells give the same bytes."""
    frame = frame.copy()
    for field in entry["schema"]["fields"]:
        form = {"date": "%Y-%m-%d", "yearmonth": "%Y-%m"}.get(field["type"])
        if form:
            frame[field["name"]] = frame[field["name"]].dt.strftime(form)
    return frame.to_csv(index=False, lineterminator="\n")


def _replace(texts: dict[Path, str]) -> None:
    """Replace several files, or none: each from a temporary file beside it."""
    old = {path: path.read_bytes() for path in texts}
    done: list[Path] = []
    try:
        for path, text in texts.items():
            files.write(path, text.encode("utf-8"))
            done.append(path)
    except OSError as error:
        for path in done:
            files.write(path, old[path])
        raise LabError(f"The new files cannot be written ({error}). {_UNTOUCHED}") from None


def refresh(
    table: str,
    write: bool = True,
    *,
    at: Path | None = None,
    mirror: str | None = None,
    today: date | None = None,
) -> Change:
    """Fetch the current edition of a table and replace ours if the contract holds.

    Prints what changed, and the sentences of the descriptor that a person has to read again.

    Parameters
    ----------
    table : str
        Name of the table.
    write : bool
        False shows the changes and writes nothing.
    at : pathlib.Path, optional
        The folder of the tables; by default that of the course.
    mirror : str, optional
        A server that answers in place of the providers, see
        :class:`organizer_lab.refresh.fetch.Fetcher`.
    today : datetime.date, optional
        The day that is written into the descriptor; by default today.

    Returns
    -------
    Change
        The differences between the two editions.

    Raises
    ------
    LabError
        If the table has no direct provider, the provider cannot be reached or has changed its
        format, or the new edition breaks the contract. The present table is then untouched.
    """
    place = data.folder() if at is None else Path(at)
    entry = data.resource(table, place)
    if table not in PROVIDERS:
        where = "\n".join(f"- {part['title']}: {part['path']}" for part in entry["sources"])
        raise LabError(
            f"{table} is refreshed by hand: no provider offers its figures as one file.\n"
            f"Its sources are\n{where}\n"
            "Edit the CSV and its entry in datapackage.json, then run 'organizer-lab data check'."
        )
    old = data.load(table, place)
    fetch = Fetcher(mirror)
    task = Task(data.load(table, place), entry, fetch, today or date.today(), place)
    try:
        fresh = PROVIDERS[table](task)
    except LabError as error:
        raise LabError(f"{error} {_UNTOUCHED}") from None
    new = _arranged(fresh.frame, old, entry)
    _plausible(new, old, entry)
    change = compare(old, new, entry["schema"]["primaryKey"])
    print(f"{table}: {change}")
    for note in fresh.notes:
        print(f"Note: {note}")
    if not change:
        return change

    package = json.loads((place / data.DESCRIPTOR).read_text(encoding="utf-8"))
    target = next(part for part in package["resources"] if part["name"] == table)
    target["rows"] = len(new)
    target["vintage"] = fresh.vintage
    target["snapshot"] = _snapshot(target["snapshot"], list(fetch.hosts), task.today)
    files = {
        place / entry["path"]: _text(new, entry),
        place / data.DESCRIPTOR: json.dumps(package, indent=2, ensure_ascii=False) + "\n",
    }
    _keeps_contract(place, files)
    if not write:
        print("Nothing was written (dry run).")
        return change
    _replace(files)
    print(f"Replaced {entry['path']} and its entry in {data.DESCRIPTOR}.")
    _remind(target)
    return change


@dataclass(frozen=True)
class Refreshed:
    """What came of refreshing all tables: by name, what was said about each.

    Attributes
    ----------
    changed, same, failed : dict of str to str
        Tables with a new edition, without one, and those that keep the present one because
        something went wrong.
    by_hand : tuple of str
        Tables that no provider offers as one file.
    """

    changed: dict[str, str]
    same: dict[str, str]
    failed: dict[str, str]
    by_hand: tuple[str, ...]

    def summary(self) -> str:
        """Count the tables."""
        return (
            f"Tables: {len(self.changed)} changed, {len(self.same)} as before, "
            f"{len(self.failed)} not refreshed, {len(self.by_hand)} to be done by hand."
        )

    def report(self) -> str:
        """Write all of it in Markdown, for a person who decides about the new editions."""
        lines = [self.summary()]
        for title, part in (("New editions", self.changed), ("Not refreshed", self.failed)):
            if part:
                lines.append(f"## {title}")
            for name, said in part.items():
                # As a block of code, so that nothing a provider writes becomes Markdown.
                block = "\n".join(f"    {line}" for line in said.splitlines())
                lines += [f"### {name}", block]
        for title, names in (("As before", self.same), ("To be done by hand", self.by_hand)):
            if names:
                lines += [f"## {title}", ", ".join(names)]
        return "\n\n".join(lines) + "\n"


def everything(
    write: bool = True,
    *,
    at: Path | None = None,
    mirror: str | None = None,
    today: date | None = None,
) -> Refreshed:
    """Refresh every table that has a provider; one that fails does not stop the others.

    Parameters
    ----------
    write, at, mirror, today
        As in `refresh`.
    """
    place = data.folder() if at is None else Path(at)
    results: dict[str, dict[str, str]] = {"changed": {}, "same": {}, "failed": {}}
    by_hand = []
    for entry in data.descriptor(place)["resources"]:
        name = entry["name"]
        if name not in PROVIDERS:
            # The files that are made for teaching have no provider at all.
            by_hand += [] if name.startswith(MADE) else [name]
            continue
        said = io.StringIO()
        try:
            with contextlib.redirect_stdout(said):
                change = refresh(name, write, at=place, mirror=mirror, today=today)
            kind, text = ("changed" if change else "same"), said.getvalue()
        except LabError as error:
            kind, text = "failed", f"{name}: {error}"
        results[kind][name] = text
        print(text.rstrip(), flush=True)
    return Refreshed(**results, by_hand=tuple(by_hand))


def _snapshot(present: str, hosts: list[str], today: date) -> str:
    """Add the download to the line that says where the figures were copied from."""
    first = re.sub(r"(; )?downloaded from .*$", "", present, flags=re.IGNORECASE)
    told = f"downloaded from {', '.join(hosts)} on {today}"
    return f"{first}; {told}" if first else told.capitalize()


def _keeps_contract(place: Path, files: dict[Path, str]) -> None:
    """Test the candidate among copies of the other tables, where it can hurt nobody."""
    with tempfile.TemporaryDirectory(prefix="organizer-lab-") as folder:
        trial = Path(folder)
        for path in [*place.glob("*.csv"), place / data.DESCRIPTOR]:
            shutil.copyfile(path, trial / path.name)
        for path, text in files.items():
            (trial / path.name).write_text(text, encoding="utf-8", newline="")
        problems = contract.check(trial)
    if problems:
        shown = "\n".join(f"- {problem}" for problem in problems[:20])
        raise LabError(f"The new edition breaks the contract.\n{shown}\n{_UNTOUCHED}")


def _remind(entry: dict[str, Any]) -> None:
    """Name the sentences that a machine cannot renew."""
    sentences = [entry["description"], entry["attribution"], *entry["caveats"], *entry["checked"]]
    sentences += [field["description"] for field in entry["schema"]["fields"]]
    dated = [sentence for sentence in sentences if re.search(r"\d", sentence)]
    if dated:
        print("Read these sentences of the entry again; they were written for the old edition:")
        for sentence in dated:
            print(f"- {sentence}")
