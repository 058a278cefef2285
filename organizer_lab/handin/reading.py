"""Read any bytes as the cells of a notebook, and never give up.

A file that Jupyter cannot open may still hold every answer: cut off in the middle, with the marks
of a merge, in another encoding, in an older or newer format. What can be read is read, and what is
odd about the file is said in words. Nothing here raises an error for any content.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

# Far more than a sheet with plots has; a larger file could fill the memory.
LARGEST = 100_000_000
# From this size on, outputs make a notebook hard to open and to send.
LARGE_OUTPUTS = 10_000_000
# Broken text is searched cell by cell. This bounds the work on text that was made to be slow.
_LONGEST_BROKEN = 30_000_000
_MOST_TRIES = 1000
_MOST_CELLS = 20_000
# Notebooks have about ten levels, with the pictures of a learner's own a few more.
_DEEPEST = 60
_LONGEST_REST = 200_000

_TYPES = ("code", "markdown", "raw")
_SIGNS = {
    b"\x89PNG": "a picture (PNG)",
    b"\xff\xd8\xff": "a picture (JPEG)",
    b"GIF8": "a picture (GIF)",
    b"%PDF": "a PDF document",
    b"PK\x03\x04": "a zip file or an office document",
    b"\x1f\x8b": "a compressed file (gzip)",
    b"SQLite format": "a database",
}


@dataclass
class Cell:
    """A cell as the learner's file has it.

    Attributes
    ----------
    kind : str
        "code", "markdown" or "raw".
    source : str
        Its text.
    grade_id, cell_id : str or None
        What nbgrader and what the notebook format call it.
    grading : dict
        The whole metadata of nbgrader; empty where there are none.
    attachments : dict
        Pictures that were pasted into the text.
    cut : bool
        Whether it was cut out of another cell.
    """

    kind: str
    source: str
    grade_id: str | None = None
    cell_id: str | None = None
    grading: dict[str, Any] = field(default_factory=dict)
    attachments: dict[str, Any] = field(default_factory=dict)
    cut: bool = False


@dataclass
class Content:
    """What was read from a file.

    Attributes
    ----------
    cells : list of Cell
        In the order of the file.
    notebook : dict
        The notebook as it was written; empty unless it is well formed in format 4.
    metadata : dict
        Those of the notebook.
    oddities : list of tuple
        Kind and sentence for everything that is odd about the file.
    rest : list of str
        Text that belongs to no cell.
    """

    cells: list[Cell] = field(default_factory=list)
    notebook: dict[str, Any] = field(default_factory=dict)
    metadata: dict[str, Any] = field(default_factory=dict)
    oddities: list[tuple[str, str]] = field(default_factory=list)
    rest: list[str] = field(default_factory=list)

    def odd(self, kind: str, text: str) -> None:
        """Note something once."""
        if (kind, text) not in self.oddities:
            self.oddities.append((kind, text))


def read(content: bytes) -> Content:
    """Read what can be read of a notebook.

    Parameters
    ----------
    content : bytes
        A file as it was handed in; anything at all.
    """
    found = Content()
    if not content.strip(b"\x00 \t\r\n"):
        found.odd("empty-file", "The file is empty.")
        return found
    if len(content) > LARGEST:
        found.odd("too-large", f"The file has more than {LARGEST // 1_000_000} MB.")
        return found
    for sign, name in _SIGNS.items():
        if content.startswith(sign):
            found.odd("not-a-notebook", f"The file is {name}, not a notebook.")
            return found
    text = _decoded(content, found)
    value = _json(text)
    if value is _BROKEN:
        _salvage(text, found)
    elif not _take_notebook(value, found):
        found.odd("not-a-notebook", "The file is not a notebook: it holds no cells.")
        _keep(text, found)
    if len(found.cells) > _MOST_CELLS:
        joined = "\n\n".join(cell.source for cell in found.cells[_MOST_CELLS:])
        found.odd("too-large", f"The notebook has more than {_MOST_CELLS} cells.")
        found.cells = found.cells[:_MOST_CELLS]
        found.rest.append(joined)
    return found


_BROKEN = object()


def _json(text: str) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return _BROKEN


def _decoded(content: bytes, found: Content) -> str:
    """Turn bytes into text; note every encoding but the one that notebooks have."""
    marks = (
        (b"\xef\xbb\xbf", "utf-8-sig"),
        (b"\xff\xfe\x00\x00", "utf-32"),
        (b"\x00\x00\xfe\xff", "utf-32"),
        (b"\xff\xfe", "utf-16"),
        (b"\xfe\xff", "utf-16"),
    )
    for mark, encoding in marks:
        if content.startswith(mark):
            found.odd("encoding", "The file is not plain UTF-8 text, as notebooks are.")
            return content.decode(encoding, errors="replace")
    if content[1:2] == b"\x00" or content[:1] == b"\x00":
        # Half of the bytes of UTF-16 text in Latin letters are zero.
        wide = "utf-16-le" if content[1:2] == b"\x00" else "utf-16-be"
        if content[:4000].count(b"\x00") > len(content[:4000]) // 3:
            found.odd("encoding", "The file is not plain UTF-8 text, as notebooks are.")
            return content.decode(wide, errors="replace")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        found.odd("encoding", "Some signs of the file are not UTF-8 text, as notebooks are.")
    broken = content.decode("utf-8", errors="replace")
    # Old Windows editors write one byte for each sign: then nearly every special sign is broken.
    if broken.count("�") > sum(ord(sign) > 127 for sign in broken) // 2:
        return content.decode("cp1252", errors="replace")
    return broken


# --- a notebook that is JSON ------------------------------------------------------------------


def _take_notebook(value: Any, found: Content) -> bool:
    """Take the cells of a parsed notebook of any format; say whether there were any."""
    if not isinstance(value, dict):
        if isinstance(value, list) and any(_is_cell(item) for item in value):
            found.odd("format", "The file holds cells, but not in the form of a notebook.")
            for item in value:
                _take_cell(item, found)
            return True
        return False
    cells = _list_of_cells(value)
    if cells is None:
        return False
    metadata = value.get("metadata")
    found.metadata = metadata if isinstance(metadata, dict) else {}
    form = value.get("nbformat")
    minor = value.get("nbformat_minor")
    if form != 4 or isinstance(form, bool | float) or "cells" not in value:
        shown = form if isinstance(form, int) and abs(form) < 1000 else "unknown"
        found.odd(
            "format",
            f"The notebook is written in another format ({shown}) than Jupyter uses today (4).",
        )
    before = len(found.oddities)
    for item in cells:
        _take_cell(item, found)
    form_is_fine = isinstance(metadata, dict) and isinstance(minor, int) and minor >= 0
    if not form_is_fine or not isinstance(value.get("cells", []), list):
        found.odd("format", "The notebook does not say in which format it is written.")
    if not _is_shallow(value):
        found.odd("format", "The notebook holds data that lie far too deep in each other.")
    if len(found.oddities) == before and isinstance(value.get("cells"), list):
        try:
            _shown(value).encode("utf-8")
            found.notebook = value
        except UnicodeEncodeError:
            found.odd("signs", "The notebook holds a broken sign, with which it cannot be saved.")
    return True


def _is_shallow(value: Any) -> bool:
    """Say whether a value can be copied and written in the usual way, part by part."""
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            part
            for each in level
            for part in (each.values() if isinstance(each, dict) else each)
            if isinstance(part, dict | list)
        ]
        if not level:
            return True
    return False


def _list_of_cells(value: dict[str, Any]) -> list[Any] | None:
    """Find the cells: at the top since format 4, in worksheets before."""
    cells = value.get("cells")
    if isinstance(cells, dict):
        cells = list(cells.values())
    if isinstance(cells, list):
        return cells
    sheets = value.get("worksheets")
    if isinstance(sheets, list):
        found: list[Any] = []
        for sheet in sheets:
            inner = sheet.get("cells") if isinstance(sheet, dict) else None
            found += inner if isinstance(inner, list) else []
        return found
    return None


def _is_cell(item: Any) -> bool:
    return isinstance(item, dict) and "cell_type" in item and ("source" in item or "input" in item)


def _take_cell(item: Any, found: Content) -> None:
    """Take one cell of any format; what is no cell is kept as text."""
    if not isinstance(item, dict):
        found.odd("cell", "Something in the list of cells is not a cell.")
        if text := clean("\n".join(_texts(item)), found):
            found.rest.append(text)
        return
    kind = item.get("cell_type")
    source = item.get("source", item.get("input"))
    if "source" not in item and "input" not in item:
        found.odd("cell", "A cell has no text in the place where cells have it.")
    text = _source(source, found)
    if kind in ("heading", "html"):
        # Formats 2 and 3 had cells for headings and for HTML.
        level = item.get("level")
        level = level if isinstance(level, int) and 1 <= level <= 6 else 1
        text = f"{'#' * level} {text}" if kind == "heading" else text
        found.odd("format", "The notebook has cells of a kind that Jupyter no longer knows.")
        kind = "markdown"
    elif kind not in _TYPES:
        found.odd("cell", "A cell is neither code nor text.")
        looks_like_code = "outputs" in item or "input" in item
        kind = "code" if looks_like_code else "markdown"
    metadata = item.get("metadata", {})
    if not isinstance(metadata, dict):
        found.odd("cell", "A cell has metadata that cannot be read.")
        metadata = {}
    grading = metadata.get("nbgrader", {})
    if not isinstance(grading, dict):
        found.odd("cell", "A cell has metadata that cannot be read.")
        grading = {}
    name, cell_id = grading.get("grade_id"), item.get("id")
    attachments = item.get("attachments", {})
    if not _are_attachments(attachments):
        found.odd("cell", "A picture in a cell cannot be read.")
    if "source" in item and not _are_outputs(item.get("outputs", [])):
        found.odd("outputs", "What a cell shows is not written as it must be. It was left out.")
    found.cells.append(
        Cell(
            kind,
            text,
            name if isinstance(name, str) else None,
            cell_id if isinstance(cell_id, str) else None,
            grading,
            attachments if _are_attachments(attachments) else {},
        )
    )


def _are_attachments(value: Any) -> bool:
    """Say whether these are files by name, each as text by its type."""
    return isinstance(value, dict) and all(
        isinstance(forms, dict) and all(isinstance(form, str) for form in forms.values())
        for forms in value.values()
    )


_FORMS: dict[str, dict[str, type | tuple[type, ...]]] = {
    "stream": {"name": str, "text": (str, list)},
    "display_data": {"data": dict, "metadata": dict},
    "execute_result": {"data": dict, "metadata": dict},
    "error": {"ename": str, "evalue": str, "traceback": list},
}


def _are_outputs(value: Any) -> bool:
    """Say whether these are outputs as format 4 has them; older formats are left out anyway."""
    return isinstance(value, list) and all(
        isinstance(output, dict)
        and isinstance(output.get("output_type"), str)
        and all(
            isinstance(output.get(name), kind)
            for name, kind in _FORMS.get(output["output_type"], {}).items()
        )
        for output in value
    )


def _source(value: Any, found: Content) -> str:
    if isinstance(value, str):
        return clean(value, found)
    if isinstance(value, list) and all(isinstance(line, str) for line in value):
        return clean("".join(value), found)
    found.odd("cell", "The text of a cell is not written as text.")
    if isinstance(value, list):
        return clean(
            "".join(line if isinstance(line, str) else _shown(line) for line in value), found
        )
    return clean(_shown(value), found)


def _shown(value: Any) -> str:
    """Write what is no text as text, so that nothing is lost."""
    if value is None:
        return ""
    try:
        return json.dumps(value, ensure_ascii=False)
    except (ValueError, RecursionError):
        return ""


def _texts(value: Any) -> Iterator[str]:
    """Give the texts inside any value, without ever going too deep."""
    open_ = [value]
    while open_:
        item = open_.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            open_ += reversed(list(item.values()))
        elif isinstance(item, list):
            open_ += reversed(item)
        elif isinstance(item, int | float) and not isinstance(item, bool):
            yield _shown(item)


def clean(text: str, found: Content | None = None) -> str:
    """Replace signs that can stand in no notebook: zero bytes and halves of a sign."""
    if "\x00" in text:
        text = text.replace("\x00", "")
        if found:
            found.odd("signs", "A cell holds zero bytes, with which no code runs.")
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Two halves that belong together are one sign; a half alone is none.
        text = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
        if found:
            found.odd("signs", "A cell holds a broken sign, with which it cannot be saved.")
    return text


# --- text that is not JSON --------------------------------------------------------------------

_CONFLICT = re.compile(r"^(<{7}|\|{7}|={7}|>{7})(?=[ \r\n]|$)", re.MULTILINE)
_START = re.compile(
    r'\{\s*"(?:cell_type|id|metadata|execution_count|attachments|outputs|source|input)"\s*:'
)
_OF_NBGRADER = re.compile(r'"nbgrader"\s*:\s*$')
_STRING = re.compile(r'"((?:[^"\\]|\\.)*+)("?)', re.DOTALL)


def _salvage(text: str, found: Content) -> None:
    """Take what can be read of a text that is not JSON."""
    start = text.lstrip("\ufeff\x00 \t\r\n")[:2000].lower()
    if start.startswith(("<!doctype", "<html", "<?xml")):
        found.odd(
            "not-a-notebook",
            "The file is a web page, not a notebook. Whoever saved it saved the view of the "
            "notebook. Download the notebook itself.",
        )
        _keep(_words_of_page(text), found)
        return
    if re.search(r"^<{7}[ \r\n]", text, re.MULTILINE):
        found.odd("broken", "The file holds the marks of a merge (<<<<<<<): two versions of it.")
        _two_versions(text, found)
        return
    for mended in (text.replace("\x00", ""), text.strip("\ufeff\x00 \t\r\n")):
        value = _json(mended)
        if value is _BROKEN:
            value = _lenient(mended)
        if value is not _BROKEN and _take_notebook(value, found):
            found.notebook = {}
            found.odd("broken", "The file holds signs that must not stand in a notebook.")
            return
    try:
        first = text.index("{")
        value, end = json.JSONDecoder(strict=False).raw_decode(text, first)
    except (ValueError, RecursionError):
        value, end = None, 0
    if value is not None and _take_notebook(value, found):
        found.notebook = {}
        found.odd("broken", "There is text before or after the notebook in its file.")
        around = f"{text[:first]}\n{text[end:]}"
        if '"cell_type"' in around:
            _cells_in(around, found)
        else:
            _keep(around, found)
        return
    _cells_in(text, found)
    if found.cells:
        found.odd("broken", "The file is broken, for example cut off. Jupyter cannot open it.")
    else:
        found.odd("not-a-notebook", "The file is not a notebook: no cell can be read in it.")
        _keep(text, found)


def _lenient(text: str) -> Any:
    """Parse JSON whose texts hold line ends and the like, which are not allowed there."""
    try:
        return json.loads(text, strict=False, parse_constant=lambda _: None)
    except (ValueError, RecursionError):
        return _BROKEN


def _two_versions(text: str, found: Content) -> None:
    """Read both sides of a merge; what differs stands one after the other."""
    ours, theirs, side = [], [], ""
    for line in text.splitlines(keepends=True):
        if mark := _CONFLICT.match(line):
            side = {"<": "ours", "|": "base", "=": "theirs", ">": ""}[mark[1][0]]
            continue
        if side in ("", "ours"):
            ours.append(line)
        if side in ("", "theirs"):
            theirs.append(line)
    versions = []
    for lines in (ours, theirs):
        version = Content()
        value = _lenient("".join(lines))
        if value is _BROKEN or not _take_notebook(value, version):
            _cells_in("".join(lines), version)
        found.oddities += [odd for odd in version.oddities if odd not in found.oddities]
        found.rest += version.rest
        found.metadata = found.metadata or version.metadata
        versions.append(version.cells)
    first, second = versions
    if not first and not second:
        _keep(text, found)
    places: dict[tuple[str | None, str | None], int] = {}
    for place, cell in enumerate(first):
        places.setdefault((cell.cell_id, cell.grade_id), place)
    texts = {(cell.cell_id, cell.grade_id, cell.source) for cell in first}
    behind: dict[int, list[Cell]] = {}
    place = -1
    for cell in second:
        place = places.get((cell.cell_id, cell.grade_id), place)
        if (cell.cell_id, cell.grade_id, cell.source) not in texts:
            behind.setdefault(place, []).append(cell)
    found.cells = behind.get(-1, [])
    for place, cell in enumerate(first):
        found.cells += [cell, *behind.get(place, [])]


def _cells_in(text: str, found: Content) -> None:
    """Take every cell that can be made out in a text, well formed or not."""
    if len(text) > _LONGEST_BROKEN:
        found.odd("too-large", "The file is broken, and too large to be read to its end.")
        text = text[:_LONGEST_BROKEN]
    decoder = json.JSONDecoder(strict=False)
    position, tries, work = 0, 0, 0
    while start := _START.search(text, position):
        if tries > _MOST_TRIES or work > 20 * _LONGEST_BROKEN:
            _keep(text[position:], found)
            return
        try:
            value, end = decoder.raw_decode(text, start.start())
        except (ValueError, RecursionError) as error:
            stopped = getattr(error, "pos", len(text))
            tries += 1
            unended = "Unterminated" in str(error)
            work += (len(text) if unended else stopped) - start.start()
            if '"cell_type"' in start.group():
                end = _next_cell(text, start.end())
                work += end - start.end()
                _broken_cell(text[start.start() : end], found)
                position = end
            else:
                position = start.end()
            continue
        work += end - start.start()
        if isinstance(value, dict) and "cell_type" in value and not _inside_nbgrader(text, start):
            _take_cell(value, found)
        position = end


def _inside_nbgrader(text: str, start: re.Match[str]) -> bool:
    """Say whether this is the metadata of nbgrader, which also name a type of cell."""
    return bool(_OF_NBGRADER.search(text[max(0, start.start() - 40) : start.start()]))


def _next_cell(text: str, position: int) -> int:
    """Find where the next cell begins."""
    while start := _START.search(text, position):
        if '"cell_type"' in start.group() and not _inside_nbgrader(text, start):
            return start.start()
        position = start.end()
    return len(text)


def _broken_cell(text: str, found: Content) -> None:
    """Take what is left of one cell."""
    source = re.search(r'"(?:source|input)"\s*:\s*(\[\s*)?', text)
    lines = []
    if source:
        position = source.end()
        while line := _STRING.match(text, position):
            lines.append(_unquoted(line[1]))
            between = re.compile(r"\s*,\s*").match(text, line.end())
            if not source[1] or not line[2] or not between:
                break
            position = between.end()
    kind, name, cell_id = (
        re.search(pattern, text)
        for pattern in (
            r'"cell_type"\s*:\s*"(\w+)"',
            r'"grade_id"\s*:\s*"([\w-]+)"',
            r'"id"\s*:\s*"([\w-]+)"',
        )
    )
    words = clean("".join(lines), found)
    if not words:
        return
    kind = kind[1] if kind and kind[1] in _TYPES else "markdown"
    grading = {"grade_id": name[1]} if name else {}
    names = (name[1] if name else None, cell_id[1] if cell_id else None)
    found.cells.append(Cell(kind, words, *names, grading))


def _unquoted(text: str) -> str:
    """Undo the signs that JSON writes into a text, up to where it breaks off."""
    value = _lenient(f'"{text}"')
    if value is _BROKEN:
        # What broke is at the end: half of a sign such as \\u00e9, or a single backslash.
        cut = text.rfind("\\", max(0, len(text) - 6))
        value = _lenient(f'"{text[:cut]}"') if cut >= 0 else text
    return value if isinstance(value, str) else text


class _Words(HTMLParser):
    """The text of a web page, without its scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self.silent = 0

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.silent += tag in ("script", "style")

    def handle_endtag(self, tag: str) -> None:
        self.silent -= tag in ("script", "style") and self.silent > 0

    def handle_data(self, data: str) -> None:
        if not self.silent and data.strip():
            self.words.append(data.strip("\r\n"))


def _words_of_page(text: str) -> str:
    reader = _Words()
    try:
        reader.feed(text[:_LONGEST_BROKEN])
    except Exception:
        # A page that is not even HTML: its raw text is kept.
        return text
    return "\n".join(reader.words)


def _keep(text: str, found: Content) -> None:
    """Keep text that belongs to no cell, if there is a word in it."""
    text = clean(text).strip()
    if not re.search(r"\w", text):
        return
    if len(text) > _LONGEST_REST:
        found.odd("too-large", "The file holds much text that is no cell. Its end was left out.")
        text = text[:_LONGEST_REST]
    found.rest.append(text)
