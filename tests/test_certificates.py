"""Certificates: the pass rule, learner by learner, and nothing in silence."""

from __future__ import annotations

import csv
import json
import os
from datetime import date
from pathlib import Path
from types import SimpleNamespace

import graded
import pytest
from plans import complete_plan

pytest.importorskip("nbgrader")

from organizer_lab import course as structure
from organizer_lab.errors import LabError
from organizer_lab.grading import batch, certificates
from organizer_lab.plan import Plan

ON = date(2027, 6, 1)
WEEKS = {
    week.id: {
        **{f"data-{week.number}-{n}": 2.0 for n in range(1, 5)},
        **{f"plan-{week.number}-{n}": 2.0 for n in range(5, 8)},
        f"judgement-{week.number}-8": 6.0,
    }
    for week in structure.load().weeks
}
TOTAL = 126


def points(full: int) -> list[dict[str, float | None]]:
    """Nine weeks in which so many of the 63 automatic questions are right, and no text is read."""
    given = iter([2.0] * full + [0.0] * (63 - full))
    return [
        {name: None if name.startswith("judgement") else next(given) for name in questions}
        for questions in WEEKS.values()
    ]


def saved(plan: Plan, file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(plan.model_dump_json(), "utf-8")


def without_peer() -> Plan:
    plan = complete_plan()
    plan.evaluation_plan.peer_week_3 = ""
    return plan


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """Learners who miss one part of the rule each, and some who meet it."""
    folder = graded.invented(tmp_path_factory.mktemp("certificates") / "exercises", WEEKS)
    for learner, full, plan in (
        ("passes", 63, complete_plan()),
        ("just-passes", 45, complete_plan()),
        ("too-few", 44, complete_plan()),
        ("no-peer", 63, without_peer()),
        ("no-part", 63, complete_plan().model_copy(update={"worklist": None})),
        ("no-plan", 63, None),
        ("submitted-plan", 63, complete_plan()),
        ("one-week-open", 50, complete_plan()),
        ("broken-plan", 63, None),
    ):
        for week, given in zip(WEEKS, points(full), strict=True):
            if learner == "one-week-open" and week == "week-9":
                (folder / "submitted" / learner / week).mkdir(parents=True)
                continue
            graded.give(folder, week, learner, given)
        if plan:
            place = "submitted" if learner == "submitted-plan" else "autograded"
            saved(plan, folder / place / learner / "week-9" / "plan.json")
    broken = folder / "autograded" / "broken-plan" / "week-9" / "plan.json"
    broken.write_text("[" * 100_000)
    (folder / "roster.csv").write_text(
        "username\nPasses\nToo few\nNobody has seen me\n", encoding="utf-8"
    )
    return folder


@pytest.fixture(scope="module")
def issued(course) -> certificates.Issued:
    return certificates.certificates(course, course / "roster.csv", on=ON)


def standing(issued, learner: str) -> certificates.Standing:
    return next(each for each in issued.standings if each.learner == learner)


def test_who_meets_the_rule_gets_one(course, issued):
    files = {path.stem for path in (course / "certificates").glob("*.txt")}
    assert files == {"passes", "just-passes", "submitted-plan", "one-week-open"}
    text = (course / "certificates" / "passes.txt").read_text("utf-8")
    assert "\nPasses\n" in text and f"{TOTAL} of {TOTAL} automatic points" in text
    assert "Date: 2027-06-01" in text
    # Not in the roster: no name is made up for the id.
    assert "just-passes" not in (course / "certificates" / "just-passes.txt").read_text("utf-8")
    # 45 of 63 questions are 90 of 126 points, 71 %; 44 are 69.8 %.
    assert standing(issued, "just-passes").points == 90


@pytest.mark.parametrize(
    ("learner", "why"),
    [
        ("too-few", "88 of 126 automatic points"),
        ("no-peer", "Feedback on two peers is needed"),
        ("no-part", "These parts of the plan are not there or not valid yet: Worklist."),
        ("no-plan", "There is no plan.json in week-9."),
        ("broken-plan", "The plan cannot be read"),
        ("nobody-has-seen-me", "There is no plan.json in week-9."),
    ],
)
def test_who_does_not_is_told_why(issued, learner, why):
    assert why in " ".join(standing(issued, learner).reasons)


def test_the_list_has_everybody(course, issued):
    with open(course / "certificates" / "list.csv", newline="", encoding="utf-8") as file:
        rows = {row["learner"]: row for row in csv.DictReader(file)}
    assert len(rows) == 10 and rows["passes"]["certificate"] == "yes"
    assert rows["too-few"]["certificate"] == "no" and rows["too-few"]["missing"]
    assert rows["nobody-has-seen-me"]["username"] == "Nobody has seen me"
    assert "Nothing handed in for week-1" in rows["nobody-has-seen-me"]["notes"]
    assert "Not in the roster." in rows["no-peer"]["notes"]


def test_the_weeks_of_a_note_stand_in_the_order_of_the_course():
    standing = certificates.Standing("ada", "Ada", 0.0, 9.0)
    certificates._note(standing, "Nothing handed in for", {"week-10", "week-9", "week-2"})
    assert standing.notes == ["Nothing handed in for week-2, week-9, week-10."]


def test_what_is_not_graded_is_said(issued):
    assert issued.incomplete == ["1 submission of week-9 is not graded."]
    open_ = standing(issued, "one-week-open")
    assert open_.notes[0] == "Handed in, but not graded week-9." and open_.points == 100
    assert "Issued, but look: one-week-open: Handed in, but not graded" in str(issued)


def test_a_certificate_keeps_its_date_and_is_not_taken_back_in_silence(course, issued, tmp_path):
    again = certificates.certificates(course, course / "roster.csv", on=date(2027, 7, 1))
    assert again.made == []
    assert "2027-06-01" in (course / "certificates" / "passes.txt").read_text("utf-8")
    with batch.Course(course).gradebook() as book:
        for week in WEEKS:
            for n in range(1, 5):
                grade = book.find_grade(f"data-{week[-1]}-{n}", week, week, "just-passes")
                grade.manual_score = 0
        book.db.commit()
    again = certificates.certificates(course, on=ON)
    left = standing(again, "just-passes")
    assert left.reasons and "An earlier certificate is in just-passes.txt" in left.notes[-1]
    assert (course / "certificates" / "just-passes.txt").exists()


def test_extra_points_and_links_help_nobody(course, tmp_path):
    folder = graded.invented(tmp_path / "exercises", {"week-1": WEEKS["week-1"]})
    graded.give(folder, "week-1", "ada", {"data-1-1": 2.0})
    with batch.Course(folder).gradebook() as book:
        book.find_grade("data-1-1", "week-1", "week-1", "ada").extra_credit = 500
        book.db.commit()
    place = folder / "autograded" / "ada" / "week-9"
    place.mkdir(parents=True)
    saved(complete_plan(), tmp_path / "plan.json")
    os.symlink(tmp_path / "plan.json", place / "plan.json")
    found = certificates.certificates(folder, on=ON)
    ada = standing(found, "ada")
    assert ada.points == 2 and "cannot be read" in ada.reasons[0]
    assert found.incomplete[0].startswith("Nobody is graded in week-2, week-3")


def test_a_gradebook_with_other_points_is_refused(tmp_path):
    folder = graded.invented(tmp_path / "exercises", {"week-1": {"data-1-1": 2.0}})
    graded.give(folder, "week-1", "ada", {"data-1-1": 2.0})
    with pytest.raises(LabError, match="2 automatic points for week-1"):
        certificates.certificates(folder)
    empty = graded.invented(tmp_path / "empty", {"week-1": {"data-1-1": 2.0}})
    with pytest.raises(LabError, match="organizer-lab grade week-1"):
        certificates.certificates(empty)


def test_a_plan_that_takes_for_ever_costs_seconds_and_no_certificate(tmp_path, monkeypatch):
    monkeypatch.setattr(certificates, "_LONGEST_S", 0.5)
    plan = json.loads(complete_plan().model_dump_json())
    plan["topic_card"]["evidence"] *= 2000
    place = tmp_path / "endless" / "week-9"
    place.mkdir(parents=True)
    (place / "plan.json").write_text(json.dumps(plan))
    learner, texts = certificates.Standing("endless", "", 126.0, 126.0), {}
    course = SimpleNamespace(autograded=tmp_path, submitted=tmp_path)
    certificates._look_at_plan(course, learner, texts, ON)
    # Only the end of the time says this.
    assert learner.reasons == ["The plan is so large that it cannot be checked."] and texts == {}
