"""Run a submission in the sandbox, and judge its test cells where its code cannot reach.

A test cell of this course holds a check, which speaks to the learner, and a hidden line that asks
for the marking. Here the check runs in the sandbox like any other code. The hidden line does not
run at all: the answers are copied out as plain values, and the marking happens in this process.
So no point depends on anything in the learner's Python: not on patched functions or libraries,
not on objects that equal everything, not on what was printed, nor on how it ended.

Tests that somebody adds to a sheet in other words, and that need a function of the learner's, run
in the sandbox whole. There a learner's code can still look at them and tamper with their libraries;
only an error, or a cell that did not finish, is sure to get no points.
"""

from __future__ import annotations

import atexit
import json
import re
import stat
from pathlib import Path
from typing import Any

from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor
from nbgrader.utils import is_grade, is_solution
from traitlets import Float

from organizer_lab.grading import marking
from organizer_lab.grading.sandbox import Cell, Limits, Ran, Sandbox
from organizer_lab.plan import FILE as PLAN

_HIDDEN = re.compile(
    r"^[ \t]*### BEGIN HIDDEN TESTS[^\n]*\n(?P<code>.*?)^[ \t]*### END HIDDEN TESTS[^\n]*\n?",
    re.MULTILINE | re.DOTALL,
)
_MARKED = re.compile(
    r"\s*from organizer_lab\.grading import judge\s+"
    r"judge\.mark\(\s*[\"'](?P<number>\d+\.\d+)[\"'],\s*globals\(\)\s*\)\s*"
)
# More than any answer of the course needs, and little enough to be looked at in no time.
_LONGEST_ANSWER = 200_000
_LARGEST_FILE = 5_000_000
_LARGEST_TOGETHER = 20_000_000
_MOST_FILES = 50

_STOPPED = {
    "time": "This cell did not finish in the time that a submission has.",
    "died": "This cell did not finish: the Python that ran it ended.",
    "output": "This cell did not finish: the submission wrote too much.",
}


def execute(
    notebook: NotebookNode, files: dict[str, bytes], sandbox: Sandbox
) -> tuple[NotebookNode, dict[str, Any]]:
    """Run the code cells of a notebook, and judge its test cells.

    Parameters
    ----------
    notebook : NotebookNode
        A submission whose test cells have their hidden tests again. It is changed in place.
    files : dict
        Content by name: what stands beside the notebook.
    sandbox : Sandbox
        Where the code runs.

    Returns
    -------
    tuple
        The notebook with its outputs, and a report: how it ended (as the run of the sandbox, or
        ``"cell"`` where a cell was interrupted and the others ran), how many cells finished, and
        ``plan``, the campaign plan that the sheet wrote (bytes, or None). The plan is the
        learner's: it can hold anything.
    """
    code = [cell for cell in notebook.cells if cell.cell_type == "code"]
    tests = [_test(cell) for cell in code]
    run = sandbox.run([cell for cell, _ in tests], files, keep=(PLAN,))
    slow = any(ran.interrupted for ran in run.cells if ran)
    for position, (cell, (_, number), ran) in enumerate(
        zip(code, tests, run.cells, strict=True), 1
    ):
        cell.execution_count = position
        if number is not None:
            outputs = _spoken(ran) + _verdict(number, ran)
        elif is_grade(cell) and not is_solution(cell):
            outputs = _strict(ran)
        else:
            outputs = ran.outputs if ran else []
        # Of a question that was judged, only the judgement counts.
        if number is None and ran and ran.interrupted:
            seconds = f"{sandbox.limits.cell_s:g} seconds"
            text = f"This cell ran for more than {seconds} and was stopped. Does a loop never end?"
            others = [each for each in outputs if each["output_type"] != "error"]
            outputs = [_error("TooLong", text), *others]
        if ran is None and not any(each["output_type"] == "error" for each in outputs):
            outputs = [*outputs, _error("NotFinished", _STOPPED.get(run.end, _STOPPED["died"]))]
        cell.outputs = [NotebookNode(_nodes(each)) for each in outputs]
        for output in cell.outputs:
            if output.output_type == "execute_result":
                output.execution_count = position
    return notebook, {
        "end": "cell" if slow and run.end == "done" else run.end,
        "finished": sum(ran is not None for ran in run.cells),
        "plan": run.files.get(PLAN),
    }


def _test(cell: NotebookNode) -> tuple[Cell, str | None]:
    """Give what of a cell runs in the sandbox, and the number of its question if we judge it."""
    if is_grade(cell) and not is_solution(cell):
        hidden = _HIDDEN.search(cell.source)
        marked = _MARKED.fullmatch(hidden["code"]) if hidden else None
        if hidden and marked:
            visible = cell.source[: hidden.start()] + cell.source[hidden.end() :]
            return Cell(visible, marking.names(marked["number"])), marked["number"]
    return Cell(cell.source), None


def _spoken(ran: Ran | None) -> list[dict[str, Any]]:
    """Give what the check said to the learner. It decides nothing, so an error is only text."""
    found = []
    for output in ran.outputs if ran else []:
        if output["output_type"] == "stream":
            found.append(output | {"name": "stdout"})
        elif output["output_type"] == "error":
            text = f"(The check itself stopped: {output['ename']}: {output['evalue']})\n"
            found.append({"output_type": "stream", "name": "stdout", "text": text})
    return found


def _verdict(number: str, ran: Ran | None) -> list[dict[str, Any]]:
    """Judge the copied answers. An empty list means that they are right."""
    if ran is None:
        return []
    given = ran.answers or {}
    try:
        if len(json.dumps(given)) > _LONGEST_ANSWER:
            raise marking.Wrong(f"Question {number}: the answer is far too long.")
        marking.judge(number, given)
    except marking.Wrong as wrong:
        return [_error("NotRight", str(wrong))]
    except Exception as error:
        # Whatever the learner's side made up, the next learner is not to suffer from it.
        return [_error("NotRight", f"Question {number}: no answer ({type(error).__name__}).")]
    return []


def _strict(ran: Ran | None) -> list[dict[str, Any]]:
    """Give the outputs of a test in other words: an error comes first, warnings are no failure."""
    outputs = [
        output | {"name": "stdout"} if output["output_type"] == "stream" else output
        for output in (ran.outputs if ran else [])
    ]
    return sorted(outputs, key=lambda output: output["output_type"] != "error")


def _error(name: str, text: str) -> dict[str, Any]:
    return {"output_type": "error", "ename": name, "evalue": text, "traceback": [text]}


def _nodes(value: Any) -> Any:
    if isinstance(value, dict):
        return NotebookNode({name: _nodes(each) for name, each in value.items()})
    return [_nodes(each) for each in value] if isinstance(value, list) else value


def files_beside(folder: Path) -> dict[str, bytes]:
    """Read the files that stand beside a notebook and that its code may see.

    Links are not followed, and folders, notebooks and files that are very large are left out.
    """
    found: dict[str, bytes] = {}
    for path in sorted(folder.iterdir()):
        state = path.lstat()
        if stat.S_ISREG(state.st_mode) and state.st_size <= _LARGEST_FILE:
            found[path.name] = path.read_bytes()
    return visible(found)


def visible(files: dict[str, bytes]) -> dict[str, bytes]:
    """Give those of the files beside a notebook that its code may see, and that have room.

    The plan comes first. The rest may be a learner's photographs, which no exercise asks for.
    """
    found: dict[str, bytes] = {}
    size = 0
    for name in sorted(files, key=lambda name: (name != PLAN, name)):
        content = files[name]
        if (
            not name.lower().endswith(".ipynb")
            and len(content) <= _LARGEST_FILE
            and size + len(content) <= _LARGEST_TOGETHER
            and len(found) < _MOST_FILES
        ):
            found[name] = content
            size += len(content)
    return found


class SandboxedExecute(NbGraderPreprocessor):
    """nbgrader's step that executes a submission: the same place in its list, in the sandbox."""

    cell_s = Float(Limits.cell_s, help="Seconds for one cell.").tag(config=True)
    all_s = Float(Limits.all_s, help="Seconds for all cells of a submission.").tag(config=True)
    memory_mb = Float(Limits.memory_mb, help="Megabytes of memory.").tag(config=True)

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Execute one notebook; nbgrader gives the folder in which it stands."""
        folder = Path(resources["metadata"]["path"])
        nb, report = execute(nb, files_beside(folder), self._sandbox())
        if report["end"] != "done":
            self.log.warning("The submission in %s did not finish: %s", folder, report["end"])
        if report["plan"] is not None and not (folder / PLAN).is_symlink():
            (folder / PLAN).write_bytes(report["plan"])
        return nb, resources

    _open: Sandbox | None = None

    def _sandbox(self) -> Sandbox:
        """Give the one sandbox of this process; formgrader and a batch use it again and again."""
        limits = Limits(cell_s=self.cell_s, all_s=self.all_s, memory_mb=self.memory_mb)
        kind = SandboxedExecute
        if kind._open is None or kind._open.limits != limits:
            if kind._open:
                kind._open.close()
            kind._open = Sandbox(limits)
            atexit.register(kind._open.close)
        return kind._open
