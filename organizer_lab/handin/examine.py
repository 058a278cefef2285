"""Compare a notebook with the sheet it was made from, and put the answers on a clean copy.

The clean copy is the released sheet, cell by cell, in its order. Into it go the learner's answers,
found by what nbgrader calls the cell (its ``grade_id``), by what the notebook calls it, by the
names that its code sets, by its text, or by its place. Cells that the learner added stay where they
were. What fits nowhere is kept apart, so that no answer is lost. A sound notebook is left alone.
"""

from __future__ import annotations

import ast
import copy
import json
import re
import warnings
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import PurePath
from typing import Any, NamedTuple

from organizer_lab.errors import shown
from organizer_lab.handin import reading
from organizer_lab.handin.reading import Cell

KEPT_HEADING = (
    "## What had no place\n\n"
    "The cells below were in the notebook, but belong to no question. Nothing in them is lost."
)

# Findings that cost points where nobody mends the notebook. The others are told all the same.
COSTLY = frozenset(
    {
        *("missing", "doubled", "split", "merged", "retyped", "moved", "emptied"),
        *("metadata", "unknown", "wrong-week", "kernel", "broken", "encoding", "cell"),
        *("not-a-notebook", "empty-file", "too-large", "signs"),
    }
)


class Finding(NamedTuple):
    """Something that is wrong with a notebook.

    Attributes
    ----------
    kind : str
        One word, such as "missing", "doubled", "moved" or "broken".
    cell : str or None
        The cell of the sheet that it is about, by its ``grade_id``; of a cell for a judged text,
        which has none, its id. None where it is about the whole file.
    text : str
        What is wrong, and what was done, in plain words.
    """

    kind: str
    cell: str | None
    text: str


@dataclass
class Examination:
    """What was found in a notebook, and its mended copy.

    Attributes
    ----------
    findings : list of Finding
        Empty for a sound notebook.
    notebook : dict
        The learner's own notebook if nothing in it has to be mended; else the released sheet
        (format 4.5, without outputs) with the answers in it.
    kept : list of dict
        Cells that could not be placed, as text cells.
    """

    findings: list[Finding] = field(default_factory=list)
    notebook: dict[str, Any] = field(default_factory=dict)
    kept: list[dict[str, Any]] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether there is nothing to mend."""
        return not self.findings

    @property
    def costly(self) -> list[Finding]:
        """The findings that would cost points."""
        return [finding for finding in self.findings if finding.kind in COSTLY]


def with_kept(found: Examination) -> dict[str, Any]:
    """Give the mended notebook with the cells that could not be placed under a heading at its end.

    Where everything has its place, it is the notebook alone.
    """
    notebook, kept = found.notebook, found.kept
    if not kept:
        return notebook
    taken = {cell.get("id") for cell in [*notebook["cells"], *kept]}
    heading = _new_cell("markdown", KEPT_HEADING, _free_id("kept", taken))
    return {**notebook, "cells": [*notebook["cells"], heading, *kept]}


def examine(content: bytes, release: dict[str, Any], name: str = "") -> Examination:
    """Find what is wrong with a notebook, and mend a copy of it.

    Parameters
    ----------
    content : bytes
        The file as it was handed in. Whatever it is, no error is raised.
    release : dict
        The released sheet, as ``json.load`` gives it.
    name : str
        The name of the file; empty where it does not matter.

    Returns
    -------
    Examination
        The findings, the mended notebook, and what could not be placed.
    """
    sheet = _sheet(json.dumps(release, sort_keys=True))
    found = reading.read(content)
    result = Examination([Finding(kind, None, text) for kind, text in found.oddities])
    _check_name(name, sheet, result)
    _check_kernel(found.metadata, result)
    if len(content) > reading.LARGE_OUTPUTS and found.notebook:
        result.findings.append(
            Finding(
                "outputs",
                None,
                f"The notebook has {len(content) / 1e6:.0f} MB, nearly all of it what cells show.",
            )
        )
    if other := _other_week(found.cells, sheet):
        result.findings.append(Finding("wrong-week", None, other))
        kept = [cell for cell in found.cells if cell.source.strip()]
        result.notebook = _rebuilt(sheet, {}, {})
    else:
        kept = _compare(found, sheet, result)
    result.kept = _kept_cells([*kept, *_as_cells(found.rest)], result.notebook)
    return result


# --- the released sheet -----------------------------------------------------------------------


@dataclass(frozen=True, eq=False)
class _Released:
    """A cell of the released sheet, and what it is recognised by."""

    place: int
    raw: dict[str, Any]
    name: str
    grade_id: str | None
    cell_id: str
    kind: str
    source: str
    locked: bool
    test: bool
    names: frozenset[str]
    lines: frozenset[str]
    where: str


@dataclass(frozen=True, eq=False)
class _Sheet:
    cells: tuple[_Released, ...]
    by_grade_id: dict[str, _Released]
    by_cell_id: dict[str, _Released]
    by_source: dict[str, _Released]
    raw: dict[str, Any]
    week: str | None


_ASSIGNED = re.compile(r"^([A-Za-z_]\w*(?:[ \t]*,[ \t]*[A-Za-z_]\w*)*)[ \t]*=(?!=)", re.MULTILINE)

# Lines that a notebook understands, and Python does not: %magic, !command, help?
_MAGIC = re.compile(r"^[ \t]*(?:[%!?]|[\w.]+\?\??[ \t]*$)", re.MULTILINE)


def _assigned(source: str) -> set[str]:
    """Give the names that code sets at its left margin."""
    return {name.strip() for match in _ASSIGNED.findall(source) for name in match.split(",")} - {""}


def _even(text: str) -> str:
    """Give a text without what editors change: line ends and spaces at the end of a line."""
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _text(cell: dict[str, Any]) -> str:
    source = cell.get("source", "")
    return source if isinstance(source, str) else "".join(source)


@lru_cache(maxsize=16)
def _sheet(text: str) -> _Sheet:
    """Prepare a released sheet once for all the notebooks that are compared with it."""
    raw = json.loads(text)
    cells = raw["cells"]
    grading = [cell.get("metadata", {}).get("nbgrader", {}) for cell in cells]
    lines = Counter(line for cell in cells for line in set(_lines(_text(cell))))
    names = Counter(
        name
        for cell, meta in zip(cells, grading, strict=True)
        if not meta.get("locked") and cell["cell_type"] == "code"
        for name in _assigned(_text(cell))
    )
    released, heading = [], "the beginning"
    for place, (cell, meta) in enumerate(zip(cells, grading, strict=True)):
        source = _text(cell)
        if cell["cell_type"] == "markdown" and (title := re.search(r"^#+ +(.+)$", source, re.M)):
            heading = re.sub(r" \(\d+ points?\)$", "", title[1].strip())
        locked = bool(meta.get("locked"))
        test = bool(meta.get("grade") and not meta.get("solution"))
        grade_id = meta.get("grade_id")
        own = _assigned(source) if not locked and cell["cell_type"] == "code" else set()
        released.append(
            _Released(
                place,
                cell,
                grade_id or cell.get("id", f"cell-{place}"),
                grade_id,
                cell.get("id", f"cell-{place}"),
                cell["cell_type"],
                source,
                locked,
                test,
                frozenset(name for name in own if names[name] == 1),
                frozenset(line for line in _lines(source) if lines[line] == 1),
                _where(cell["cell_type"], locked, test, heading),
            )
        )
    intro = next(
        (re.fullmatch(r"intro-(\d+)", str(meta.get("grade_id"))) for meta in grading), None
    )
    sources = Counter(_even(cell.source) for cell in released)
    return _Sheet(
        tuple(released),
        {cell.grade_id: cell for cell in released if cell.grade_id},
        {cell.cell_id: cell for cell in released},
        {_even(c.source): c for c in released if sources[_even(c.source)] == 1},
        raw,
        f"week-{intro[1]}" if intro else None,
    )


def _lines(source: str) -> list[str]:
    return [line.strip() for line in source.splitlines() if len(line.strip()) >= 8]


def _where(kind: str, locked: bool, test: bool, heading: str) -> str:
    """Say which cell it is, as a learner sees it."""
    if test:
        return f"The check of “{heading}”"
    if locked:
        return f"The {'text' if kind == 'markdown' else 'ready-made code'} of “{heading}”"
    return f"The {'cell for your text' if kind == 'markdown' else 'answer cell'} of “{heading}”"


# --- the whole file ---------------------------------------------------------------------------


def _check_name(name: str, sheet: _Sheet, result: Examination) -> None:
    if not name or not sheet.week:
        return
    given, right = PurePath(name).name, f"{sheet.week}.ipynb"
    if given == right:
        return
    text = f"The file is called “{shown(given, 100)}”. It must be called “{right}”."
    if "checkpoint" in given:
        text += " It is a copy that Jupyter made by itself, and may be older than your work."
    result.findings.append(Finding("name", None, text))


def _check_kernel(metadata: dict[str, Any], result: Examination) -> None:
    """Look whether the notebook runs with Python; which Python does not matter."""
    kernel, language = (
        value if isinstance(value, dict) else {}
        for value in (metadata.get("kernelspec"), metadata.get("language_info"))
    )
    given = kernel.get("language") or language.get("name") or kernel.get("name")
    if isinstance(given, str) and "python" not in f"{given} {kernel.get('name')}".lower():
        text = f"The notebook was set to another language than Python: {shown(given, 50)}."
        result.findings.append(Finding("kernel", None, text))


def _other_week(cells: list[Cell], sheet: _Sheet) -> str:
    """Say so if this is the sheet of another week."""
    names = [cell.grade_id for cell in cells if cell.grade_id]
    intro = next((m for name in names if (m := re.fullmatch(r"intro-(\d+)", name))), None)
    title = None
    if not names:
        first = (re.match(r"\s*# Exercise (\d+):", cell.source) for cell in cells)
        title = next((match for match in first if match), None)
    other = intro or title
    known = sum(name in sheet.by_grade_id for name in names)
    expected = (sheet.week or "").removeprefix("week-")
    if not other or not expected or other[1] == expected or known > len(names) // 2:
        return ""
    return f"This is the exercise of week {other[1]}, but the one of week {expected} was expected."


# --- cells ------------------------------------------------------------------------------------


def _compare(found: reading.Content, sheet: _Sheet, result: Examination) -> list[Cell]:
    """Match the cells of a file with the sheet, note what is wrong, and build the notebook.

    Returns
    -------
    list of Cell
        What could not be placed.
    """
    cells = _apart(found.cells, sheet, result)
    match = _match(cells, sheet)
    if not match:
        if not {"not-a-notebook", "empty-file", "too-large"} & {f.kind for f in result.findings}:
            text = "No cell of the exercise is in the notebook."
            result.findings.append(Finding("missing", None, text))
        result.notebook = _rebuilt(sheet, {}, {})
        return [cell for cell in cells if cell.source.strip()]
    _by_place(cells, sheet, match)
    copies = _copies(cells, sheet, match, result)
    kept: list[Cell] = []
    answers: dict[int, Cell] = {}
    for index, released in match.items():
        answers[released.place] = cells[index]
    before, after = _edited(cells, sheet, match, result, kept)
    _order(match, result)
    _types_and_metadata(cells, match, found, result)
    extras: dict[int, list[Cell]] = {}
    anchor = -1
    for index, cell in enumerate(cells):
        if index in match:
            anchor = match[index].place
            # What stands before a check has to run before it.
            extras.setdefault(anchor - 1, []).extend(before.get(index, []))
            extras.setdefault(anchor, [])[:0] = after.get(index, [])
            continue
        if index in copies or not cell.source.strip():
            continue
        if cell.grade_id and cell.grade_id not in sheet.by_grade_id:
            text = "A cell says that it belongs to a question which this exercise does not have."
            result.findings.append(Finding("unknown", None, text))
        elif cell.grading and not cell.grade_id:
            text = "A cell that you added has leftovers of a question in it."
            result.findings.append(Finding("unknown", None, text))
        extras.setdefault(anchor, []).append(cell)
    if match:
        elsewhere = {
            name
            for index, cell in enumerate(cells)
            if index not in copies and not (index in match and match[index].locked)
            for name in _assigned(cell.source)
        }
        for released in sheet.cells:
            if released.place in answers:
                continue
            result.findings.append(
                Finding("missing", released.name, f"{released.where} is missing.")
            )
            if not released.locked and elsewhere & released.names:
                # The answer was given in another cell; the dots must not overwrite it.
                answers[released.place] = Cell(released.kind, "")
    if not result.findings and found.notebook:
        result.notebook = _as_it_is(found.notebook, sheet, cells, match)
    else:
        result.findings = list(dict.fromkeys(result.findings))
        result.notebook = _rebuilt(sheet, answers, extras)
    return kept


def _apart(cells: list[Cell], sheet: _Sheet, result: Examination) -> list[Cell]:
    """Cut cells into which ready-made cells of the sheet were merged, or to which text was added.

    A cell is cut where the whole text of a ready-made cell stands in it that is nowhere else.
    """
    present = {_even(cell.source) for cell in cells}
    absent = [
        released
        for released in sheet.cells
        if released.locked and released.source.strip() and _even(released.source) not in present
    ]
    if not absent:
        return cells
    done: list[Cell] = []
    for cell in cells:
        blocks = _blocks(_even(cell.source), absent)
        if not blocks:
            done.append(cell)
            continue
        own = sheet.by_grade_id.get(cell.grade_id or "") or sheet.by_cell_id.get(cell.cell_id or "")
        absent = [released for released in absent if released not in [r for r, _, _ in blocks]]
        others = [released for released, _, _ in blocks if released is not own]
        for released in others:
            result.findings.append(
                Finding(
                    "merged",
                    released.name,
                    f"{released.where} had grown together with another cell.",
                )
            )
        if not others:
            result.findings.append(
                Finding(
                    "edited",
                    own.name,
                    f"{own.where} was written into. That text stands in a cell of its own now.",
                )
            )
        done += _pieces(cell, own, blocks)
    return done


def _blocks(text: str, absent: list[_Released]) -> list[tuple[_Released, int, int]]:
    """Find the ready-made cells whose whole text stands in a text, from its start to its end."""
    found, taken = [], []
    lines = f"\n{text}\n"
    for released in sorted(absent, key=lambda each: -len(each.source)):
        whole = _even(released.source)
        start = lines.find(f"\n{whole}\n")
        if start < 0:
            continue
        end = start + len(whole)
        if any(start < other_end and other_start < end for other_start, other_end in taken):
            continue
        taken.append((start, end))
        found.append((released, start, end))
    return sorted(found, key=lambda each: each[1])


def _pieces(
    cell: Cell, own: _Released | None, blocks: list[tuple[_Released, int, int]]
) -> Iterable[Cell]:
    """Cut one cell at its blocks. The first piece of an answer keeps the name of the cell."""
    text = _even(cell.source)
    named = own is None or own not in [released for released, _, _ in blocks]
    position = 0
    for released, start, end in [*blocks, (None, len(text), len(text))]:
        piece = text[position:start].strip("\n")
        if piece.strip():
            kind = "code" if cell.kind != "code" and _is_code(piece) else cell.kind
            new = Cell(kind, piece, attachments=cell.attachments, cut=True)
            if named:
                new.grade_id, new.cell_id, new.grading = cell.grade_id, cell.cell_id, cell.grading
                named = False
            yield new
        if released is not None:
            grading = released.raw["metadata"].get("nbgrader", {})
            yield Cell(released.kind, released.source, released.grade_id, released.cell_id, grading)
        position = end


def _is_code(text: str) -> bool:
    """Whether a text is Python that sets something, and no sentence."""
    try:
        return bool(_assigned(text)) and bool(ast.parse(text))
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return False


def _match(cells: list[Cell], sheet: _Sheet) -> dict[int, _Released]:
    """Say which cell of the file is which of the sheet.

    Every sign counts: the name that nbgrader gave, the one of the notebook, the names that the
    code sets, and lines that stand nowhere else. The surest pairs are made first.
    """
    by_name: dict[str, list[_Released]] = {}
    by_line: dict[str, list[_Released]] = {}
    for released in sheet.cells:
        for name in released.names:
            by_name.setdefault(name, []).append(released)
        for line in released.lines:
            by_line.setdefault(line, []).append(released)
    pairs = []
    for index, cell in enumerate(cells):
        even = _even(cell.source)
        names = _assigned(cell.source) if len(cell.source) < 100_000 else set()
        lines = set(_lines(cell.source)) if len(cell.source) < 100_000 else set()
        possible = {
            sheet.by_grade_id.get(cell.grade_id or ""),
            sheet.by_cell_id.get(cell.cell_id or ""),
            sheet.by_source.get(even),
            *(released for name in names for released in by_name.get(name, ())),
            *(released for line in lines for released in by_line.get(line, ())),
        } - {None}
        for released in possible:
            score = _likeness(cell, even, names, lines, released, sheet)
            if score > 2:
                pairs.append((-score, index, released.place))
    match: dict[int, _Released] = {}
    taken: set[int] = set()
    for _, index, place in sorted(pairs):
        if index not in match and place not in taken:
            match[index] = sheet.cells[place]
            taken.add(place)
    return match


def _likeness(
    cell: Cell, even: str, names: set[str], lines: set[str], released: _Released, sheet: _Sheet
) -> float:
    score = 0.5 * (cell.kind == released.kind)
    if released.grade_id and cell.grade_id == released.grade_id:
        score += 4
    elif cell.grade_id and cell.grade_id not in sheet.by_grade_id:
        score -= 1.5
    score += 3 * (cell.cell_id == released.cell_id)
    score += 3 * (even == _even(released.source) and bool(even))
    by_names = 5 * len(names & released.names) / len(released.names) if released.names else 0
    by_lines = 3 * len(lines & released.lines) / len(released.lines) if released.lines else 0
    return score + max(by_names, by_lines)


def _by_place(cells: list[Cell], sheet: _Sheet, match: dict[int, _Released]) -> None:
    """Take the cells that stand where an answer is missing for the answer."""
    there = {released.place: index for index, released in match.items()}
    for released in sheet.cells:
        earlier = [place for place in range(released.place) if place in there]
        if released.locked or released.place in there or not earlier:
            continue
        gap = []
        for index in range(there[earlier[-1]] + 1, len(cells)):
            if index in match:
                break
            if cells[index].source.strip() and cells[index].grade_id not in sheet.by_grade_id:
                gap.append(index)
        alike = [index for index in gap if cells[index].kind == released.kind]
        if not alike and released.kind == "markdown" and len(gap) == 1:
            alike = gap
        if alike:
            match[alike[0]] = released
            there[released.place] = alike[0]


def _untouched(cell: Cell, released: _Released) -> bool:
    """Whether a learner wrote nothing into a cell for an answer."""
    even = _even(cell.source)
    return not even or even == _even(released.source)


def _copies(
    cells: list[Cell], sheet: _Sheet, match: dict[int, _Released], result: Examination
) -> set[int]:
    """Settle which of several cells with one name is the answer.

    Returns
    -------
    set of int
        The places of cells in which the learner wrote nothing. The others stay where they are, as
        cells that the learner added, so that all code runs in the order in which it was written.
    """
    empty: set[int] = set()
    groups: dict[str, list[int]] = {}
    for index, cell in enumerate(cells):
        if index not in match and cell.grade_id in sheet.by_grade_id:
            groups.setdefault(cell.grade_id, []).append(index)
    there = {released.grade_id: index for index, released in match.items()}
    for grade_id, others in groups.items():
        released = sheet.by_grade_id[grade_id]
        if released.grade_id not in there:
            # The name is on a cell that is plainly another one; its own cell is really missing.
            continue
        chosen = there[grade_id]
        written = [i for i in others if not _nothing_new(cells[i], released, sheet)]
        if _untouched(cells[chosen], released) and not released.locked and written:
            best = written.pop()
            match[best] = match.pop(chosen)
            there[grade_id] = best
            others = [i for i in [*others, chosen] if i != best]
            empty.add(chosen)
            chosen = best
        empty.update(set(others) - set(written))
        whole = _assigned(released.source)
        pieces = [cells[i] for i in [*written, chosen]]
        # Two cells that give the whole answer are a copy; otherwise each gives a part of it.
        parted = bool(written) and sum(whole <= _assigned(p.source) for p in pieces) < 2
        split = parted or (
            released.locked
            and _even(cells[chosen].source) != _even(released.source)
            and all(_even(cells[i].source) in _even(released.source) for i in [*others, chosen])
        )
        what = "was split into several cells" if split else f"is there {len(others) + 1} times"
        text = f"{released.where} {what}."
        if written:
            text += " One of them counts; the others stay as cells that were added."
        result.findings.append(Finding("split" if split else "doubled", released.name, text))
    # What was written into the cell of the task, while the cell for the text was left alone.
    for index, released in list(match.items()):
        if (
            released.kind == "markdown"
            and not released.locked
            and index
            and cells[index - 1].cut
            and index - 1 not in match
            and _untouched(cells[index], released)
        ):
            match[index - 1] = match.pop(index)
            empty.add(index)
    # An untouched copy that has lost its name is a copy all the same.
    for index, cell in enumerate(cells):
        if index in match or index in empty or cell.grade_id or not cell.source.strip():
            continue
        released = sheet.by_source.get(_even(cell.source))
        if released and not released.locked and released.kind == "code":
            other = there.get(released.grade_id)
            if other is not None and not _untouched(cells[other], released):
                empty.add(index)
                text = f"{released.where} is there once more, untouched. The answer counts."
                result.findings.append(Finding("doubled", released.name, text))
    return empty


def _nothing_new(cell: Cell, released: _Released, sheet: _Sheet) -> bool:
    """Whether a copy holds nothing that a learner wrote, so that it can go."""
    even = _even(cell.source)
    if not even or even == _even(released.source) or even in sheet.by_source:
        return True
    return released.locked and even in _even(released.source)


def _edited(
    cells: list[Cell],
    sheet: _Sheet,
    match: dict[int, _Released],
    result: Examination,
    kept: list[Cell],
) -> tuple[dict[int, list[Cell]], dict[int, list[Cell]]]:
    """Find ready-made cells that were changed, and keep what was written into them.

    Returns
    -------
    tuple of dict
        Code that has to run before, and code that has to run after a cell, by its place.
    """
    before: dict[int, list[Cell]] = {}
    after: dict[int, list[Cell]] = {}
    for index, released in sorted(match.items()):
        cell = cells[index]
        even, right = _even(cell.source), _even(released.source)
        if not released.locked or even == right:
            continue
        if not even:
            text = f"{released.where} is empty."
            result.findings.append(Finding("emptied", released.name, text))
            continue
        text = f"{released.where} was changed"
        if (
            even in sheet.by_source
            or set(_all_lines(even)) <= set(_all_lines(right))
            or (even in right)
        ):
            result.findings.append(Finding("edited", released.name, f"{text}."))
            continue
        if cell.kind == "code" and released.kind == "code":
            piece = Cell("code", cell.source)
            (before if released.test else after).setdefault(index, []).append(piece)
            text += ". That version stands in a cell of its own now."
        else:
            kept.append(
                Cell(cell.kind, _added(cell.source, released.source), attachments=cell.attachments)
            )
            text += ". What was written there stands at the end of the notebook now."
        result.findings.append(Finding("edited", released.name, text))
    return before, after


def _all_lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _added(text: str, right: str) -> str:
    """Give the lines of a text that are new in it."""
    old = set(_all_lines(right))
    return "\n".join(line for line in text.splitlines() if line.strip() not in old).strip("\n")


def _order(match: dict[int, _Released], result: Examination) -> None:
    """Find the cells that stand in another order than in the sheet: as few as explain it."""
    places = [match[index].place for index in sorted(match)]
    ends: list[int] = []
    at: list[int] = []
    before: list[int] = [-1] * len(places)
    for position, place in enumerate(places):
        length = bisect_left(ends, place)
        before[position] = at[length - 1] if length else -1
        ends[length : length + 1] = [place]
        at[length : length + 1] = [position]
    ordered = set()
    position = at[-1] if at else -1
    while position >= 0:
        ordered.add(position)
        position = before[position]
    for position, index in enumerate(sorted(match)):
        if position not in ordered:
            released = match[index]
            text = f"{released.where} stands in another place."
            result.findings.append(Finding("moved", released.name, text))


def _types_and_metadata(
    cells: list[Cell], match: dict[int, _Released], found: reading.Content, result: Examination
) -> None:
    lost = []
    for index, released in sorted(match.items()):
        cell = cells[index]
        if cell.kind != released.kind:
            right = "code" if released.kind == "code" else "text"
            text = f"{released.where} is a cell of another kind now. It must be {right}."
            result.findings.append(Finding("retyped", released.name, text))
        if cell.grading != released.raw["metadata"].get("nbgrader", {}):
            lost.append(released)
    if not lost or any(kind == "broken" for kind, _ in found.oddities):
        return
    if len(lost) > 3:
        text = f"Many cells ({len(lost)}) had lost what nbgrader knows them by."
        result.findings.append(Finding("metadata", None, text))
        return
    for released in lost:
        text = f"{released.where} had lost what nbgrader knows it by."
        result.findings.append(Finding("metadata", released.name, text))


# --- the notebook -----------------------------------------------------------------------------


def _as_it_is(
    notebook: dict[str, Any], sheet: _Sheet, cells: list[Cell], match: dict[int, _Released]
) -> dict[str, Any]:
    """Give a sound notebook in format 4.5, each source as one text.

    Only ids are added where they are missing or wrong.
    """
    ids = [cell.cell_id for cell in cells]
    keep = all(_fine_id(each) for each in ids) and len(set(ids)) == len(ids)
    taken: set[Any] = set() if keep else {released.cell_id for released in match.values()}
    new = []
    for index, (cell, mine) in enumerate(zip(notebook["cells"], cells, strict=True)):
        name = ids[index]
        if not keep and index in match:
            name = match[index].cell_id
        elif not keep and (not _fine_id(name) or name in taken):
            name = _free_id("added", taken)
        taken.add(name)
        shows = {"outputs": [], "execution_count": None} if mine.kind == "code" else {}
        new.append(
            {
                **shows,
                **cell,
                "metadata": cell.get("metadata", {}),
                "id": name,
                "source": mine.source,
            }
        )
    return {**notebook, "cells": new, "nbformat": 4, "nbformat_minor": 5}


def _fine_id(name: str | None) -> bool:
    return bool(name and re.fullmatch(r"[A-Za-z0-9_-]{1,64}", name))


def _free_id(stem: str, taken: set[Any]) -> str:
    # Not from one: thousands of cells without a name would be counted again for each.
    number = len(taken) + 1
    while f"{stem}-{number}" in taken:
        number += 1
    taken.add(f"{stem}-{number}")
    return f"{stem}-{number}"


def _new_cell(
    kind: str, source: str, cell_id: str, attachments: dict[str, Any] | None = None
) -> dict[str, Any]:
    cell: dict[str, Any] = {"cell_type": kind, "id": cell_id, "metadata": {}, "source": source}
    if kind == "code":
        return {**cell, "execution_count": None, "outputs": []}
    return {**cell, "attachments": attachments} if attachments else cell


def _rebuilt(
    sheet: _Sheet,
    answers: dict[int, Cell],
    extras: dict[int, list[Cell]],
) -> dict[str, Any]:
    """Build the sheet anew: its own cells in their order, with the answers and added cells."""
    taken: set[Any] = {released.cell_id for released in sheet.cells}
    new: list[dict[str, Any]] = []

    def add(place: int) -> None:
        for cell in extras.get(place, []):
            cell_id = cell.cell_id
            if not _fine_id(cell_id) or cell_id in taken:
                cell_id = _free_id("added", taken)
            taken.add(cell_id)
            new.append(_new_cell(cell.kind, cell.source, cell_id, cell.attachments))

    add(-1)
    for released in sheet.cells:
        cell = copy.deepcopy(released.raw)
        cell["id"] = released.cell_id
        cell["source"] = released.source
        answer = answers.get(released.place)
        if answer is not None and not released.locked:
            cell["source"] = answer.source
            if answer.attachments and released.kind == "markdown":
                cell["attachments"] = answer.attachments
        new.append(cell)
        add(released.place)
    return {
        "cells": new,
        "metadata": copy.deepcopy(sheet.raw["metadata"]),
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _as_cells(texts: list[str]) -> list[Cell]:
    return [Cell("raw", text) for text in texts]


def _kept_cells(cells: list[Cell], notebook: dict[str, Any]) -> list[dict[str, Any]]:
    """Make cells of what could not be placed: text to read, which does not run."""
    taken = {cell.get("id") for cell in notebook["cells"]}
    kept = []
    for cell in cells:
        text = cell.source
        if cell.kind != "markdown":
            fence = "`" * max(3, *(len(run) + 1 for run in re.findall(r"`+", text)), 3)
            text = f"{fence}{'python' if cell.kind == 'code' else ''}\n{text}\n{fence}"
        kept.append(_new_cell("markdown", text, _free_id("kept", taken), cell.attachments))
    return kept


# --- what is not answered yet -----------------------------------------------------------------


def unanswered(notebook: dict[str, Any], release: dict[str, Any]) -> list[str]:
    """Name the questions in whose cells nothing was written.

    Parameters
    ----------
    notebook : dict
        A sound or mended notebook.
    release : dict
        The released sheet.

    Returns
    -------
    list of str
        Their headings. A cell that may stay as it is, because it has no dots, is not named.
    """
    found = []
    for released, given in _answers(notebook, release):
        dots = any("..." in line.split("#")[0] for line in released.source.splitlines())
        even = _even(given)
        if (dots or released.kind == "markdown") and (not even or even == _even(released.source)):
            found.append(_heading(released))
    return list(dict.fromkeys(found))


def unreadable(notebook: dict[str, Any], release: dict[str, Any]) -> list[str]:
    """Name the answers that are not Python, each with its line and what Python says of it.

    Parameters
    ----------
    notebook : dict
        A sound or mended notebook.
    release : dict
        The released sheet.

    Returns
    -------
    list of str
        Such as ``Question 1.1: one year, line 2: unterminated string literal``.
    """
    return [
        f"{_heading(released)}, {fault}"
        for released, given in _answers(notebook, release)
        if released.kind == "code" and (fault := _fault(given))
    ]


def _answers(notebook: dict[str, Any], release: dict[str, Any]) -> Iterator[tuple[_Released, str]]:
    """Give each cell for an answer, and what stands in it."""
    by_id = {cell.get("id"): _text(cell) for cell in notebook["cells"]}
    by_grade_id = {
        cell["metadata"].get("nbgrader", {}).get("grade_id"): _text(cell)
        for cell in notebook["cells"]
    }
    for released in _sheet(json.dumps(release, sort_keys=True)).cells:
        if not released.locked:
            grade_id = released.grade_id
            given = by_grade_id.get(grade_id) if grade_id else by_id.get(released.cell_id)
            yield released, given or ""


def _heading(released: _Released) -> str:
    """Take the heading out of the words that say where a cell stands."""
    return re.sub(r"^.*?“|”$", "", released.where)


def _fault(source: str) -> str:
    """Say which line Python cannot read, or nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            compile(source, "cell", "exec", ast.PyCF_ALLOW_TOP_LEVEL_AWAIT | ast.PyCF_ONLY_AST)
    except SyntaxError as error:
        if _MAGIC.search(source):
            return ""
        said = re.sub(r" \(.*", "", error.msg or "invalid syntax")
        return f"line {error.lineno or 1}: {said}"
    except (ValueError, RecursionError, MemoryError):
        return "line 1: Python cannot read it"
    return ""
