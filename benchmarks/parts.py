"""Where the time of our grading goes: ``python -m benchmarks.parts RESULT COURSE WEEK``.

It is a program of its own, so that the clocks of its processor hold nothing else.
"""

from __future__ import annotations

import contextlib
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from benchmarks.tree import cpu_s, descendants
from organizer_lab.grading import batch, execute, submission
from organizer_lab.grading.sandbox import Sandbox

_WARM = 3


def inside_s(sandbox: Sandbox) -> float:
    """Give the seconds of processor that everything in the sandbox has used."""
    assert sandbox._process is not None
    return cpu_s(descendants(sandbox._process.pid))


@contextlib.contextmanager
def timed(module: Any, name: str, spent: dict[str, float], what: str) -> Iterator[None]:
    """Count the time of a function of a module."""
    function: Callable[..., Any] = getattr(module, name)

    def counted(*args: Any, **more: Any) -> Any:
        start = time.process_time()
        try:
            return function(*args, **more)
        finally:
            spent[what] = spent.get(what, 0.0) + time.process_time() - start

    setattr(module, name, counted)
    try:
        yield
    finally:
        setattr(module, name, function)


def main() -> None:
    """Grade a week's submissions in this process, and write the parts in milliseconds."""
    target, folder, week = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    course = batch.Course(folder)
    template = course.template(week)
    learners = course.submissions(week)
    spent: dict[str, float] = {}
    results = {}
    with Sandbox(template.limits) as sandbox:
        for learner in learners[:_WARM]:
            submission.grade(course.files(learner, week), template, sandbox)
        before, start = inside_s(sandbox), time.process_time()
        with (
            timed(execute, "_verdict", spent, "the judge"),
            timed(submission, "examine", spent, "the doctor"),
        ):
            for learner in learners:
                results[learner] = submission.grade(course.files(learner, week), template, sandbox)
        own, inside = time.process_time() - start, inside_s(sandbox) - before
        # The same once more, with cells that do nothing: what remains is the learner's own.
        run = sandbox.run
        sandbox.run = lambda cells, *rest, **more: run(  # type: ignore[method-assign]
            [replace(cell, source="pass") for cell in cells], *rest, **more
        )
        before = inside_s(sandbox)
        for learner in learners:
            submission.grade(course.files(learner, week), template, sandbox)
        around = inside_s(sandbox) - before
    # Everything that only the one writer can do: finding, reading, handing out, recording.
    spent_alone: dict[str, float] = {}
    with timed(batch.Writer, "flush", spent_alone, "the record"):
        start = time.process_time()
        batch.grade_week(week, folder, jobs=1)
        serial = time.process_time() - start
    parts = {
        "learner's own cells and their checks (the floor)": inside - around,
        "copy of the warm Python, folder, limits, messages": around,
        "the judge": spent["the judge"],
        "the doctor": spent["the doctor"],
        "reading, restoring, scoring and writing the notebook": own - sum(spent.values()),
        "serial part: handing out and recording, one process for all": serial,
        "of it the record": spent_alone["the record"],
    }
    each = {name: round(1000 * seconds / len(learners), 2) for name, seconds in parts.items()}
    target.write_text(json.dumps({"parts": each}), encoding="utf-8")


if __name__ == "__main__":
    main()
