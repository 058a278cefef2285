"""How the tests of a week answer questions, run its sheet and read its lesson."""

from __future__ import annotations

import contextlib
import copy
import io
import json
import os
import re
import shutil
from pathlib import Path
from typing import Any

import nbformat

from organizer_lab import check
from organizer_lab.explore import STATIC

FIGURE = re.compile(r"\d+(?:[.,]\d+)*")
YEAR = re.compile(r"(19|20)\d\d")


def marked(number: str, **variables: Any) -> bool:
    """Mark as `judge.mark` does, without the start of a Python for each answer."""
    from organizer_lab.grading import judge, marking

    answers = {name: judge._plain(value) for name, value in variables.items()}
    try:
        marking.judge(number, json.loads(json.dumps(answers)))
    except marking.Wrong:
        return False
    return True


def both(number: str, **variables: Any) -> bool:
    """What check and marking say; they must say the same and nothing on the error stream."""
    heard = io.StringIO()
    with contextlib.redirect_stderr(heard), contextlib.redirect_stdout(io.StringIO()):
        points = marked(number, **variables)
        reply = check.reply(number, variables)
    assert reply[0] == points, (number, variables, reply)
    assert heard.getvalue() == ""
    return points


def said(number: str, **variables: Any) -> str:
    """The reply to a wrong answer, as one text."""
    assert not both(number, **variables), f"{variables} was taken as right"
    return " ".join(check.reply(number, variables)[1])


def released(week: str, repository: Path, folder: Path) -> nbformat.NotebookNode:
    """Release a week in a course folder of its own, and give the learners' sheet."""
    from organizer_lab.grading.release import release

    (folder / "source").mkdir(parents=True)
    (folder / "rubrics").mkdir()
    shutil.copy(repository / "exercises" / "nbgrader_config.py", folder)
    shutil.copytree(repository / "exercises" / "source" / week, folder / "source" / week)
    shutil.copy(repository / "exercises" / "rubrics" / f"{week}.yml", folder / "rubrics")
    return nbformat.read(release(week, folder=folder, database=False), as_version=4)


def ran(notebook: nbformat.NotebookNode, folder: Path, monkeypatch: Any) -> nbformat.NotebookNode:
    """Run a copy of a notebook in a folder, as it runs for the book; no cell may fail."""
    from nbclient import NotebookClient

    for name in list(os.environ):
        if name.startswith("NBGRADER"):
            monkeypatch.delenv(name)
    monkeypatch.setenv(STATIC, "1")
    notebook = copy.deepcopy(notebook)
    folder.mkdir(parents=True, exist_ok=True)
    NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    ).execute()
    for each in notebook.cells:
        for out in each.get("outputs", []):
            assert out.get("name") != "stderr", (each.id, out.get("text"))
            assert "application/vnd.jupyter.widget-view+json" not in out.get("data", {}), each.id
    return notebook


def printed(notebook: nbformat.NotebookNode) -> dict[str, str]:
    """What the cells of a sheet printed, by grade_id."""
    return {
        each.metadata.get("nbgrader", {}).get("grade_id", each.id): "".join(
            out.get("text", "") for out in each.get("outputs", [])
        )
        for each in notebook.cells
    }


def shown(notebook: nbformat.NotebookNode, cell_id: str, kind: str = "text/markdown") -> str:
    """What a cell of a lesson shows in one format, with plain hyphens for minus signs."""
    cell = next(each for each in notebook.cells if each.id == cell_id)
    return next(out["data"][kind] for out in cell.outputs if kind in out.get("data", {})).replace(
        "−", "-"
    )


def typed_figures(notebook: nbformat.NotebookNode) -> set[str]:
    """The figures in a lesson's sentences that no cell computes; years are left out."""
    texts = [
        re.sub(r"\]\([^)]*\)", "]", each.source)
        for each in notebook.cells
        if each.cell_type == "markdown"
    ]
    texts += [re.sub(r"\{[^}]*\}", "", text) for text in spoken_texts(notebook)]
    found = {digits for text in texts for digits in FIGURE.findall(text)}
    return {digits for digits in found if not YEAR.fullmatch(digits)}


def spoken_texts(notebook: nbformat.NotebookNode) -> list[str]:
    """The sentences that the cells of a lesson read aloud, with braces for the numbers."""
    return [
        text
        for each in notebook.cells
        if each.cell_type == "code"
        for text in re.findall(r'say\("""(.*?)"""', each.source, re.DOTALL)
    ]


def words(notebook: nbformat.NotebookNode) -> int:
    """How many words a reader of the lesson reads."""
    texts = [each.source for each in notebook.cells if each.cell_type == "markdown"]
    return sum(len(text.split()) for text in [*texts, *spoken_texts(notebook)])
