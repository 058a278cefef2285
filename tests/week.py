"""What the tests of a week share: check and marking side by side, sheets and lessons that run."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import re
import shutil
from pathlib import Path

import nbformat

from organizer_lab import check
from organizer_lab.explore import STATIC
from organizer_lab.grading import marking
from organizer_lab.grading.answers import plain

ROOT = Path(__file__).resolve().parents[1]


def marked(number: str, **variables) -> bool:
    """Mark as `judge.mark` does, without the start of a Python for each answer."""
    answers = {name: plain(value) for name, value in variables.items()}
    try:
        marking.judge(number, json.loads(json.dumps(answers)))
    except marking.Wrong:
        return False
    return True


def both(number: str, **variables) -> bool:
    """What check and marking say; they must say the same and nothing on the error stream."""
    heard = io.StringIO()
    with contextlib.redirect_stderr(heard), contextlib.redirect_stdout(io.StringIO()):
        given = marked(number, **variables)
        right, sentences = check.reply(number, variables)
    assert right == given, (number, variables, given, sentences)
    assert heard.getvalue() == ""
    return given


def said(number: str, **variables) -> str:
    """The reply to a wrong answer, which gets no points, as one text."""
    assert not both(number, **variables), f"{variables} was taken as right"
    return " ".join(check.reply(number, variables)[1])


def read(path: Path | str) -> nbformat.NotebookNode:
    return nbformat.read(ROOT / path, as_version=4)


def released(week: str, folder: Path) -> nbformat.NotebookNode:
    """The learners' sheet, made and proved in a course directory of its own."""
    from organizer_lab.grading.release import FOLDER, release

    for name in ("source", "rubrics"):
        shutil.copytree(FOLDER / name, folder / name)
    shutil.copy(FOLDER / "nbgrader_config.py", folder)
    return read(release(week, folder=folder, database=False))


def fill(sheet: nbformat.NotebookNode, answers: dict[str, str]) -> nbformat.NotebookNode:
    """Write answers into the cells of a sheet, by cell id; "+" begins what is only added."""
    sheet, open_ = copy.deepcopy(sheet), dict(answers)
    for cell in sheet.cells:
        if (text := open_.pop(cell.id, None)) is not None:
            cell.source = cell.source + "\n" + text[1:] if text.startswith("+") else text
    assert not open_, f"the sheet has no cell {sorted(open_)}"
    return sheet


def run(notebook: nbformat.NotebookNode, folder: Path, *, errors: bool = False):
    """Run a copy of a notebook in a folder, as it runs for the book."""
    from nbclient import NotebookClient

    notebook, before = copy.deepcopy(notebook), os.environ.get(STATIC)
    os.environ[STATIC] = "1"
    try:
        NotebookClient(
            notebook,
            timeout=120,
            kernel_name="python3",
            allow_errors=errors,
            resources={"metadata": {"path": str(folder)}},
        ).execute()
    finally:
        os.environ.pop(STATIC)
        if before is not None:
            os.environ[STATIC] = before
    return notebook


def quietly(notebook: nbformat.NotebookNode, folder: Path):
    """A copy of a notebook after it ran in a folder, without a word on the error stream."""
    done = run(notebook, folder)
    assert error_stream(done) == []
    return done


def cell(notebook, cell_id: str):
    return next(each for each in notebook.cells if each.id == cell_id)


def output(notebook, cell_id: str, kind: str) -> str:
    """What a cell shows in one format."""
    outputs = cell(notebook, cell_id).outputs
    return next(out["data"][kind] for out in outputs if kind in out.get("data", {}))


def printed(notebook, cell_id: str) -> str:
    """What a cell prints."""
    outputs = cell(notebook, cell_id).outputs
    return "".join(out["text"] for out in outputs if out.get("name") == "stdout")


def replies(notebook) -> dict[str, str]:
    """What each check says first, by the number of its question."""
    said = "".join(printed(notebook, each.id) for each in notebook.cells if "outputs" in each)
    return dict(re.findall(r"^Question (\d\.\d): (.*)\.$", said, re.MULTILINE))


def right(notebook) -> list[int]:
    """The questions whose check says that the answer looks right, without the one of the place."""
    found = [name for name, reply in replies(notebook).items() if reply == "this looks right"]
    return [int(name.split(".")[1]) for name in found if not name.endswith(".0")]


def spoken(notebook, cell_id: str) -> str:
    """A paragraph that reads a result aloud, with plain hyphens for minus signs."""
    return output(notebook, cell_id, "text/markdown").replace("−", "-")


def error_stream(notebook) -> list[str]:
    """What was written to the error stream, and errors."""
    return [
        out.get("text") or out.get("evalue", "")
        for each in notebook.cells
        for out in each.get("outputs", [])
        if out.get("name") == "stderr" or out.output_type == "error"
    ]


def read_aloud(notebook) -> dict[str, str]:
    """The texts of say(...), by cell id, as they are written."""
    return {
        each.id: text
        for each in notebook.cells
        if each.cell_type == "code"
        for text in re.findall(r'say\("""(.*?)"""', each.source, re.DOTALL)
    }


def length(notebook) -> int:
    """The words of a lesson, with those that are read aloud."""
    texts = [each.source for each in notebook.cells if each.cell_type == "markdown"]
    return sum(len(text.split()) for text in [*texts, *read_aloud(notebook).values()])


def typed_figures(notebook) -> list[tuple[str, str]]:
    """Digits in the text that are no year, with their cell; the addresses of links do not count."""
    texts = {each.id: each.source for each in notebook.cells if each.cell_type == "markdown"}
    texts |= {name: re.sub(r"\{[^}]*\}", "", text) for name, text in read_aloud(notebook).items()}
    return [
        (name, digits)
        for name, text in texts.items()
        for digits in re.findall(r"\d+(?:[.,]\d+)*", re.sub(r"\]\([^)]*\)", "]", text))
        if not re.fullmatch(r"(19|20)\d\d", digits)
    ]
