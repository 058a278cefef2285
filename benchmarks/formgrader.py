"""How long formgrader's lists take: ``python -m benchmarks.formgrader RESULT COURSE WEEK``.

The calls are those that its pages make; the rows are those of one graded submission, once for each
learner.
"""

from __future__ import annotations

import json
import sys
import time
from pathlib import Path

from organizer_lab.grading import batch, submission


def main() -> None:
    """Record everybody's rows, then ask for the lists."""
    target, folder, week = Path(sys.argv[1]), Path(sys.argv[2]), sys.argv[3]
    course = batch.Course(folder)
    template = course.template(week)
    learners = course.submissions(week)
    result = submission.grade(course.files(learners[0], week), template)
    with batch.Writer(course, week, template) as writer:
        for learner in learners:
            writer.add(learner, course.fingerprint(learner, week), result)
    from nbgrader.apps.api import NbGraderAPI

    api = NbGraderAPI(course.directory, config=course.config)
    found = {"learners": len(learners)}
    for name, ask in (
        ("list_s", lambda: api.get_submissions(week)),
        ("next_s", lambda: api.get_notebook_submission_indices(week, week)),
    ):
        start = time.perf_counter()
        assert len(ask()) == len(learners)
        found[name] = round(time.perf_counter() - start, 2)
    target.write_text(json.dumps(found), encoding="utf-8")


if __name__ == "__main__":
    main()
