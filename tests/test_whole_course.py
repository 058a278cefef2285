"""The weeks one after the other, as a learner does them, with one plan that grows."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import icalendar
import mwparserfromhell
import pytest
from broken import BROKEN
from week import error_stream, read, run

from organizer_lab import export
from organizer_lab.course import load as load_course
from organizer_lab.plan import FILE, Plan
from organizer_lab.plan.week_8 import IN_KIND

pytestmark = pytest.mark.slow

WEEKS = [week for week in load_course().weeks if week.exercise]


def do(week, home: Path) -> Plan:
    """Do the exercise of a week in the learner's folder; give the plan at the root."""
    folder = home / "exercises" / week.id
    folder.mkdir(parents=True, exist_ok=True)
    done = run(read(f"exercises/source/{week.id}/{week.id}.ipynb"), folder)
    assert error_stream(done) == []
    return Plan.load(home / FILE)


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Path:
    """A learner's folder in which all nine exercises were done, one after the other."""
    home = tmp_path_factory.mktemp("home")
    (home / "weeks").mkdir()
    (home / "exercises").mkdir()
    for number, week in enumerate(WEEKS, 1):
        plan = do(week, home)
        assert plan == Plan.load(home / "exercises" / week.id / FILE)
        there = [part for part in plan.parts().values() if part is not None]
        assert len(there) == number + 1, "the place, and one part for each week"
        if number == 1:
            # Somebody edits the file by hand between two weeks.
            content = json.loads((home / FILE).read_text("utf-8"))
            content["topic_card"]["topic"] = "Kiangazi kirefu"
            (home / FILE).write_text(json.dumps(content), "utf-8")
    return home


@pytest.fixture
def plan(home) -> Plan:
    return Plan.load(home / FILE)


def test_the_plan_grows_from_week_to_week(home, plan):
    assert [week.number for week in WEEKS] == list(range(1, 10))
    assert plan.topic_card.topic == "Kiangazi kirefu"
    assert plan.problems() == []
    # Doing a week again changes nothing, and so asks for no new version.
    assert do(WEEKS[-1], home).revision == plan.revision


def test_the_plan_leaves_as_valid_files(plan, tmp_path):
    paths = export.write(plan, tmp_path, points=60, of=72)
    assert [path.name for path in paths] == list(export.FILES)
    made = {path.name: path.read_text("utf-8-sig") for path in paths}
    for name, text in made.items():
        assert text.strip() and "Not written yet" not in text, name
    assert Plan.model_validate_json(made["plan.json"]) == plan
    form = json.loads(made["registration.json"])
    goal = json.loads(made["goals.json"])["metrics"][0]
    titles = [page.title for page in plan.worklist.pages]
    assert json.loads(made["worklist.json"]) == {"swwiki": titles}
    assert (form["goal_type"], form["goal_target"]) == (goal["metric"], goal["target"])
    assert goal["target"] == len(titles)
    for name in ("plan.wikitext", "event.wikitext"):
        page = mwparserfromhell.parse(made[name])
        assert not page.filter_templates() and not page.filter_arguments(), name
        linked = {str(link.title) for link in page.filter_wikilinks()}
        assert {f":sw:{title}" for title in titles} <= linked, name
        assert all(link.startswith((":sw:", ":en:")) for link in linked), name
        # Not a table and no list is left open by what a learner wrote.
        assert made[name].count("\n{|") == made[name].count("\n|}") > 0
    lines = list(csv.DictReader(io.StringIO(made["budget.csv"])))
    total = sum(
        float(line["Total cost in US dollars"])
        for line in lines
        if line["Expense category"] != IN_KIND
    )
    assert total == pytest.approx(plan.budget_and_metrics.requested_usd, abs=1)
    events = icalendar.Calendar.from_ical(made["calendar.ics"]).walk("VEVENT")
    starts = {str(each["SUMMARY"]): each["DTSTART"].dt for each in events}
    assert starts[plan.event_plan.name] == plan.event_plan.registration.utc()[0]


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_between_weeks_finds_the_slip_in_this_plan(plan, name):
    breaks, weeks, shown = BROKEN[name]
    breaks(plan)
    found = [problem.text for problem in plan.problems() if problem.field == weeks]
    assert all(part in " ".join(found) for part in shown), plan.problems()
