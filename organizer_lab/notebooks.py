"""The notebooks in the repository: one way to write them down, and the rules of the house.

`tidy` gives a notebook the form in which it is committed, so that a diff shows what an author
changed and nothing else. `problems` says which rules a notebook breaks.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import nbformat

from organizer_lab import files
from organizer_lab.errors import LabError

ROOT = Path(__file__).resolve().parents[1]
SOURCES = (
    "weeks/*.ipynb",
    "exercises/source/**/*.ipynb",
    "learners/*.ipynb",
    "examples/**/*.ipynb",
)
LONGEST_CELL = 10

# What Jupyter and editors note about one person's session.
PASSING = [
    "metadata.signature",
    "metadata.widgets",
    "metadata.vscode",
    "cell.metadata.ExecuteTime",
    "cell.metadata.collapsed",
    "cell.metadata.execution",
    "cell.metadata.heading_collapsed",
    "cell.metadata.hidden",
    "cell.metadata.jupyter.outputs_hidden",
    "cell.metadata.scrolled",
    "cell.metadata.trusted",
    "cell.metadata.vscode",
]
KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}

READABLE_ID = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Jupyter's own ids: eight or more hexadecimal digits, one of them a digit, with or without hyphens.
RANDOM_ID = re.compile(r"(?=.*\d)[0-9a-f-]{8,}")
# These make a page wait for its whole time limit now and then, and weigh 900 kB each.
STALLING = re.compile(
    r"\b(interact|interact_manual|interactive|interactive_output|Output)\s*\(|@interact\b"
)
# What nbgrader takes out of the learner's copy.
NOT_RELEASED = re.compile(r"### BEGIN HIDDEN TESTS.*?### END HIDDEN TESTS", re.DOTALL)
CODE_DIRECTIVES = {"code", "code-block", "code-cell", "literalinclude", "math", "mermaid"}
PICTURES = {"image", "figure"}


def sources() -> list[Path]:
    """List the notebooks that git keeps: lessons, exercise sources, learners' pages, examples."""
    found = (path for pattern in SOURCES for path in ROOT.glob(pattern))
    return sorted(path for path in found if ".ipynb_checkpoints" not in path.parts)


def tidy(files: Sequence[Path] = (), check: bool = False) -> list[Path]:
    """Give notebooks the form in which they are committed.

    Outputs, execution counts and the traces of a session go; sources, cell ids, tags, attachments
    and the metadata of nbgrader stay. Keys are sorted: the same notebook is always the same text.
    Every file is read before the first is written: one broken notebook leaves all as they are.

    Parameters
    ----------
    files : sequence of Path, optional
        The notebooks; by default those of `sources`.
    check : bool, optional
        Write nothing, only say which files are not tidy.

    Returns
    -------
    list of Path
        The files that were changed, or would be with ``check=False``.

    Raises
    ------
    LabError
        If a file is missing, is not JSON, or is not a notebook.
    """
    texts = {Path(path): canonical(Path(path)) for path in files or sources()}
    changed = [path for path, text in texts.items() if path.read_bytes() != text.encode()]
    if not check:
        for path in changed:
            _replace(path, texts[path])
    return changed


def canonical(path: Path) -> str:
    """Give the text that a notebook file has when it is tidy.

    Parameters
    ----------
    path : Path
        The notebook, which is only read.

    Returns
    -------
    str
        JSON with sorted keys, an indent of one space and a newline at the end.

    Raises
    ------
    LabError
        If the file is missing, is not JSON, or is not a notebook.
    """
    # Named where it is used: problems() also runs where only the book is built.
    from nbstripout import strip_output

    notebook = strip_output(
        _read(path), keep_output=False, keep_count=False, keep_id=True, extra_keys=PASSING
    )
    notebook.metadata.update(kernelspec=dict(KERNEL), language_info={"name": "python"})
    # Cells have ids since 4.5; a cell without one gets one that says where it stood.
    notebook.nbformat_minor = max(5, notebook.nbformat_minor)
    taken = {cell.get("id") for cell in notebook.cells}
    for number, cell in enumerate(notebook.cells, start=1):
        if not cell.get("id"):
            names = (f"cell-{number}{end}" for end in ["", *(f"-{n}" for n in range(2, 10**6))])
            cell["id"] = next(name for name in names if name not in taken)
            taken.add(cell["id"])
        if cell.metadata.get("jupyter") == {}:
            del cell.metadata["jupyter"]
    try:
        nbformat.validate(notebook)
    except nbformat.ValidationError as error:
        raise LabError(
            f"{path} is not a valid notebook: {str(error).splitlines()[0]} "
            "Open it in Jupyter, put it right and save it."
        ) from error
    return nbformat.v4.writes(notebook) + "\n"


def problems(path: Path) -> list[str]:
    """Say which rules of the house a notebook breaks.

    The rules: no outputs or execution counts; cell ids unique and readable; at most ten lines of
    code that a learner reads in a cell; no widget calls that stall the execution; in Markdown no
    HTML, one title that comes first, no heading level left out, a text for every picture.

    Parameters
    ----------
    path : Path
        The notebook.

    Returns
    -------
    list of str
        One sentence for each problem, with the number and id of the cell; empty when all is well.

    Raises
    ------
    LabError
        If the file is missing, is not JSON, or is not a notebook.
    """
    found: list[str] = []
    seen: set[str] = set()
    level = 0
    for number, cell in enumerate(_read(path).cells, start=1):
        name = cell.get("id") or ""
        where = f"cell {number} ({name or 'no id'})"
        if not READABLE_ID.fullmatch(name) or RANDOM_ID.fullmatch(name):
            found.append(f"{where}: the id is not readable; use words, such as 'load-the-table'")
        if name in seen:
            found.append(f"{where}: another cell has the same id")
        seen.add(name)
        if cell.cell_type == "code":
            found += [f"{where}: {problem}" for problem in _code_problems(cell)]
        elif cell.cell_type == "markdown":
            for kind, value in _marks(cell.source, front=number == 1):
                if kind == "heading":
                    problem, level = _heading_problem(int(value), level, number), int(value)
                else:
                    problem = value
                if problem:
                    found.append(f"{where}: {problem}")
    if not level:
        found.append("there is no title: begin with a heading of the first level")
    return found


def _code_problems(cell: Any) -> Iterator[str]:
    if cell.get("outputs") or cell.get("execution_count") is not None:
        yield "it has an output or an execution count; run 'organizer-lab tidy'"
    lines = [line.strip() for line in NOT_RELEASED.sub("", cell.source).splitlines()]
    code = [line for line in lines if line and not line.startswith("#")]
    if len(code) > LONGEST_CELL:
        yield f"it has {len(code)} lines of code; {LONGEST_CELL} are the most"
    if match := STALLING.search("\n".join(code)):
        yield f"'{match[0]}' can stall the execution; use organizer_lab.explore"


def _heading_problem(level: int, before: int, number: int) -> str:
    if not before:
        first = level == 1 and number == 1
        return "" if first else "the notebook must begin with its title, a first-level heading"
    if level == 1:
        return "a second title; the book takes one first-level heading for each notebook"
    if level > before + 1:
        return f"a heading of level {level} follows one of level {before}"
    return ""


def _marks(text: str, front: bool = False) -> Iterator[tuple[str, str]]:
    """Give ("heading", level) and ("problem", sentence) for Markdown, inside directives too."""
    from markdown_it import MarkdownIt
    from mdit_py_plugins.colon_fence import colon_fence_plugin
    from mdit_py_plugins.front_matter import front_matter_plugin

    parser = MarkdownIt("commonmark").enable("table").use(colon_fence_plugin)
    if front:
        parser.use(front_matter_plugin)
    for token in parser.parse(text):
        if token.type == "heading_open":
            yield "heading", token.tag[1:]
        elif token.type in {"fence", "colon_fence"}:
            directive = re.match(r"\{([\w:-]+)\}", token.info.strip())
            name = directive[1] if directive else "code"
            if name == "raw":
                yield "problem", "raw HTML; write it in Markdown"
            elif name in PICTURES and not re.search(r"^:alt: *\S", token.content, re.MULTILINE):
                yield "problem", "a picture without a text for those who cannot see it (:alt:)"
            if name not in CODE_DIRECTIVES:
                yield from _marks(token.content)
        for part in [token, *(token.children or [])]:
            if part.type in {"html_block", "html_inline"}:
                yield (
                    "problem",
                    f"HTML in the text ({part.content.strip()[:40]}); write it in Markdown",
                )
            elif part.type == "image" and not part.content.strip():
                yield "problem", "a picture without a text for those who cannot see it (alt)"


def _read(path: Path) -> Any:
    """Read a notebook as it is, or say in one sentence why it cannot be read."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except FileNotFoundError as error:
        raise LabError(f"There is no notebook {path}: check the name.") from error
    except UnicodeDecodeError as error:
        raise LabError(f"{path} is not a notebook: it is not a text in UTF-8.") from error
    except OSError as error:
        raise LabError(f"{path} cannot be read: {error.strerror}.") from error
    try:
        content = json.loads(text)
    except (ValueError, RecursionError) as error:
        merge = re.search(r"^(<<<<<<<|>>>>>>>) ", text, re.MULTILINE)
        line = getattr(error, "lineno", 1)
        why = "it has the marks of an unfinished merge" if merge else f"see line {line}"
        raise LabError(f"{path} is not valid JSON: {why}. It was left as it is.") from error
    cells = content.get("cells") if isinstance(content, dict) else None
    if not isinstance(cells, list) or not all(isinstance(cell, dict) for cell in cells):
        raise LabError(f"{path} is not a notebook: it has no list of cells.")
    if content.get("nbformat") != 4:
        raise LabError(f"{path} has an old format: open it in Jupyter and save it.")
    content.setdefault("metadata", {})
    content.setdefault("nbformat_minor", 5)
    for number, cell in enumerate(cells, start=1):
        cell.setdefault("metadata", {})
        if cell.get("cell_type") == "code":
            cell.setdefault("outputs", [])
            cell.setdefault("execution_count", None)
        if isinstance(cell.get("source"), list):
            cell["source"] = "".join(map(str, cell["source"]))
        kinds = {"source": str, "cell_type": str, "metadata": dict, "id": str, "outputs": list}
        for key, kind in kinds.items():
            if not isinstance(cell.get(key, kind()), kind):
                raise LabError(f"{path} is not a notebook: cell {number} has no proper '{key}'.")
        if not {"source", "cell_type"} <= cell.keys():
            raise LabError(f"{path} is not a notebook: cell {number} has no source or no type.")
    if not isinstance(content["metadata"], dict) or not isinstance(content["nbformat_minor"], int):
        raise LabError(f"{path} is not a notebook: its 'metadata' or 'nbformat_minor' is wrong.")
    return nbformat.from_dict(content)


def _replace(path: Path, text: str) -> None:
    try:
        files.write(path, text)
    except OSError as error:
        raise LabError(f"{path} cannot be written: {error.strerror}.") from error
