"""Grade one submission: bytes in, bytes out, and nothing else is touched.

The same function runs in the processes of one machine and on the workers of a cluster. What it
needs of the course, the `Template`, is read once from nbgrader's gradebook; what it gives, the
`Graded`, is recorded by one writer (`organizer_lab.grading.batch`).
"""

from __future__ import annotations

import atexit
import hashlib
import json
from dataclasses import dataclass, field
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import LimitOutput
from nbgrader.utils import compute_checksum, determine_grade, is_grade, is_solution, is_task

from organizer_lab.grading import marking
from organizer_lab.grading.execute import execute, visible
from organizer_lab.grading.repair import for_grading
from organizer_lab.grading.sandbox import Limits, Sandbox
from organizer_lab.handin.examine import examine


@dataclass(frozen=True)
class Template:
    """What the course says about one week's sheet.

    Attributes
    ----------
    week : str
        Such as ``"week-3"``; also the name of its notebook.
    release : dict
        The released sheet, as learners get it.
    cells : dict
        For each grade_id: ``cell_type``, ``source`` (with hidden tests), ``checksum``, ``locked``,
        ``points`` (None for cells without).
    kernelspec : dict or None
        What the gradebook says about the kernel.
    limits : Limits
        What a submission may use.
    """

    week: str
    release: dict[str, Any]
    cells: dict[str, dict[str, Any]]
    kernelspec: dict[str, Any] | None = None
    limits: Limits = field(default_factory=Limits)

    def fingerprint(self) -> str:
        """Give a name to this state of the sheet and its marking: another one is graded anew."""
        decides = marking.version(self.week)
        content = json.dumps([self.release, self.cells, decides], sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:16]


@dataclass
class Graded:
    """What became of one submission.

    Attributes
    ----------
    notebook : bytes or None
        The graded notebook, for ``autograded/``; None where there was none.
    scores : dict
        The automatic points by grade_id; None where a person has to grade.
    comments : dict
        The automatic comment by grade_id.
    repaired : list of str
        What was mended, in sentences.
    plan : bytes or None
        The campaign plan that the sheet wrote.
    end : str
        As in the report of `execute`, or ``"missing"`` without a notebook.
    """

    notebook: bytes | None
    scores: dict[str, float | None]
    comments: dict[str, str | None]
    repaired: list[str]
    end: str
    plan: bytes | None = None


def grade(files: dict[str, bytes], template: Template, sandbox: Sandbox | None = None) -> Graded:
    """Mend, run, judge and score one submission.

    Parameters
    ----------
    files : dict
        Content by name: the notebook, and what stands beside it.
    template : Template
        The week's sheet.
    sandbox : Sandbox, optional
        Where the code runs; by default the one of this process.

    Returns
    -------
    Graded
        Also for a submission that cannot be read at all.
    """
    name = _notebook_name(files, template.week)
    if name is None:
        return _nothing(template)
    found = examine(files[name], template.release, name)
    repaired = [each.text for each in found.findings]
    notebook = sanitise(for_grading(found), template)
    notebook, report = execute(notebook, visible(files), sandbox or own_sandbox(template.limits))
    limit = LimitOutput()
    for index, cell in enumerate(notebook.cells):
        limit.preprocess_cell(cell, {}, index)
    scores, comments = _scored(notebook)
    for grade_id, cell in template.cells.items():
        if cell["points"] is not None:
            scores.setdefault(grade_id, 0.0)
    # Its form is sound by now: nbformat's own writing would validate it again, and take longer
    # than the judge. What is no text in any alphabet (half a sign) is written as "?".
    content = json.dumps(notebook, ensure_ascii=False).encode("utf-8", "replace") + b"\n"
    return Graded(content, scores, comments, repaired, report["end"], report["plan"])


def sanitise(notebook: NotebookNode, template: Template) -> NotebookNode:
    """Put back what learners must not change: types, locked sources, points; take outputs away.

    The rules are those of nbgrader's own steps before autograding.
    """
    if template.kernelspec:
        notebook.metadata["kernelspec"] = NotebookNode(template.kernelspec)
    taken: set[str] = set()
    for cell in reversed(notebook.cells):
        if cell.cell_type == "code":
            cell.outputs, cell.execution_count = [], None
        mine = cell.metadata.get("nbgrader")
        if not isinstance(mine, dict):
            cell.metadata.pop("nbgrader", None)
            continue
        source = template.cells.get(str(mine.get("grade_id")))
        if source is None or mine["grade_id"] in taken:
            # Unknown, or a copy of a cell that comes later: an ordinary cell.
            del cell.metadata["nbgrader"]
            continue
        taken.add(mine["grade_id"])
        mine.update(source["metadata"])
        if cell.cell_type != source["cell_type"]:
            cell.cell_type = source["cell_type"]
            if cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
            else:
                cell.pop("outputs", None)
                cell.pop("execution_count", None)
        if source["locked"]:
            cell.source = source["source"]
    return notebook


_sandbox: Sandbox | None = None


def own_sandbox(limits: Limits) -> Sandbox:
    """Give the one sandbox of this process; it is closed when the process ends."""
    global _sandbox
    if _sandbox is None or _sandbox.limits != limits:
        if _sandbox:
            _sandbox.close()
        _sandbox = Sandbox(limits)
        atexit.register(_sandbox.close)
    return _sandbox


def _notebook_name(files: dict[str, bytes], week: str) -> str | None:
    """Find the notebook: by its name, or the only one there is."""
    if f"{week}.ipynb" in files:
        return f"{week}.ipynb"
    sheets = [name for name in files if name.lower().endswith(".ipynb")]
    return sheets[0] if len(sheets) == 1 else None


def _scored(notebook: NotebookNode) -> tuple[dict[str, float | None], dict[str, str | None]]:
    """Give points and comments as nbgrader's own step does (SaveAutoGrades)."""
    scores: dict[str, float | None] = {}
    comments: dict[str, str | None] = {}
    for cell in notebook.cells:
        mine = cell.metadata.get("nbgrader", {})
        if is_grade(cell):
            scores[mine["grade_id"]] = determine_grade(cell)[0]
        if is_solution(cell) or is_task(cell):
            untouched = mine.get("checksum") == compute_checksum(cell) and not is_task(cell)
            comments[mine["grade_id"]] = "No response." if untouched else None
        if is_task(cell):
            scores.setdefault(mine["grade_id"], None)
    return scores, comments


def _nothing(template: Template) -> Graded:
    scores = {name: 0.0 for name, cell in template.cells.items() if cell["points"] is not None}
    return Graded(None, scores, {}, ["There is no notebook in this submission."], "missing")
