"""The weeks one after the other, as a learner does them, with one plan that grows."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from week import error_stream, read, run

from organizer_lab.course import load as load_course
from organizer_lab.plan import FILE, Plan

pytestmark = pytest.mark.slow

WEEKS = [week for week in load_course().weeks if week.exercise]


def do(week, home: Path) -> Plan:
    """Do the exercise of a week in the learner's folder; give the plan at the root."""
    folder = home / "exercises" / week.id
    folder.mkdir(parents=True, exist_ok=True)
    done = run(read(f"exercises/source/{week.id}/{week.id}.ipynb"), folder)
    assert error_stream(done) == []
    return Plan.load(home / FILE)


def test_the_plan_grows_from_week_to_week(tmp_path):
    (tmp_path / "weeks").mkdir()
    (tmp_path / "exercises").mkdir()
    for number, week in enumerate(WEEKS, 1):
        plan = do(week, tmp_path)
        assert plan == Plan.load(tmp_path / "exercises" / week.id / FILE)
        there = [part for part in plan.parts().values() if part is not None]
        assert len(there) == number + 1, "the place, and one part for each week"
        if number == 1:
            # Somebody edits the file by hand between two weeks.
            content = json.loads((tmp_path / FILE).read_text("utf-8"))
            content["topic_card"]["topic"] = "Kiangazi kirefu"
            (tmp_path / FILE).write_text(json.dumps(content), "utf-8")
    assert plan.topic_card.topic == "Kiangazi kirefu"
    assert plan.problems() == []
    # Doing a week again changes nothing, and so asks for no new version.
    assert do(WEEKS[-1], tmp_path).revision == plan.revision
