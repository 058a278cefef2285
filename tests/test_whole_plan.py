"""The plan as a whole: each rule between two weeks, broken once."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser

import pytest
from plans import complete_plan

from organizer_lab.plan import PARTS, Plan, whole


def event(plan: Plan):
    return plan.event_plan.registration


def money(plan: Plan):
    return plan.budget_and_metrics


def target(plan: Plan, kind: str):
    return next(each for each in money(plan).targets if each.kind == kind)


def line(plan: Plan, whom: str):
    return next(each for each in money(plan).lines if each.whom == whom)


def put(thing, name: str, value) -> None:
    setattr(thing, name, value)


# What is broken, the weeks that then disagree, and both values as the sentence shows them.
BROKEN: dict[str, tuple[Callable[[Plan], None], str, list[str]]] = {
    "topic after the event": (
        lambda p: (
            put(p.topic_card.evidence[0], "year", 2031),
            put(p.topic_card.evidence[0], "to_year", None),
        ),
        "weeks 1 and 7",
        ["2031", "2027-03-06"],
    ),
    "gap looked up after the start": (
        lambda p: put(p.gap_statement.gap_table[0], "looked_on", "2027-05-02"),
        "weeks 2 and 7",
        ["2027-05-02", "2027-03-06"],
    ),
    "another length": (
        lambda p: put(p.campaign_model, "days", 30),
        "weeks 5 and 7",
        ["30 days", "there are 15"],
    ),
    "follow-up before the end": (
        lambda p: put(p.evaluation_plan.follow_up[0], "on", "2027-03-10"),
        "weeks 7 and 9",
        ["2027-03-10", "2027-03-20"],
    ),
    "comparison before the end": (
        lambda p: put(p.evaluation_plan, "compare_on", "2027-03-19"),
        "weeks 7 and 9",
        ["2027-03-19", "2027-03-20"],
    ),
    "retention before the end": (
        lambda p: put(p.evaluation_plan, "retention_on", ["2027-03-01"]),
        "weeks 7 and 9",
        ["2027-03-01", "2027-03-20"],
    ),
    "event before the grant": (
        lambda p: put(money(p), "grant_start", "2027-03-10"),
        "weeks 7 and 8",
        ["2027-03-06", "2027-03-10"],
    ),
    "event after the grant": (
        lambda p: put(money(p), "grant_end", "2027-03-15"),
        "weeks 7 and 8",
        ["2027-03-20", "2027-03-15"],
    ),
    "target measured too early": (
        lambda p: put(target(p, "articles created"), "due", "2027-03-08"),
        "weeks 7 and 8",
        ["2027-03-08", "2027-03-20"],
    ),
    "comparison after the report": (
        lambda p: put(p.evaluation_plan, "compare_on", "2027-08-01"),
        "weeks 8 and 9",
        ["2027-08-01", "2027-06-30"],
    ),
    "participants": (
        lambda p: put(money(p), "participants", 50),
        "weeks 3 and 8",
        ["30 registered", "50 in its number of participants"],
    ),
    "budget for more people": (
        lambda p: put(line(p, "participants"), "people", 50),
        "weeks 3 and 8",
        ["30 registered", "50 in budget line"],
    ),
    "target of participants": (
        lambda p: put(target(p, "participants"), "target", 35),
        "weeks 3 and 8",
        ["30 registered", "35 in the target"],
    ),
    "editors": (
        lambda p: put(target(p, "editors"), "target", 20),
        "weeks 3 and 8",
        ["18 who edit", "20 in the target"],
    ),
    "organizers": (
        lambda p: put(p.event_plan.roles[0], "people", 8),
        "weeks 7 and 8",
        ["organizers, but week 8 has 4"],
    ),
    "editors of the list": (
        lambda p: put(p.worklist, "editors", 25),
        "weeks 3 and 6",
        ["18 people who edit", "25"],
    ),
    "more targets than pages": (
        lambda p: (put(p.worklist, "pages", p.worklist.pages[:7]),),
        "weeks 6 and 8",
        ["12 articles", "7 pages"],
    ),
    "more targets than capacity": (
        lambda p: put(p.worklist, "pages_each", 0.5),
        "weeks 6 and 8",
        ["12 articles", "can do 9"],
    ),
    "another goal": (
        lambda p: put(event(p), "goal_target", 40),
        "weeks 7 and 8",
        ["is 40", "add up to 12"],
    ),
    "a wiki that is not registered": (
        lambda p: put(event(p), "wikis", ["enwiki"]),
        "weeks 6 and 7",
        ["'swwiki'", "only enwiki"],
    ),
    "another language": (
        lambda p: put(p.topic_card, "languages", ["tl"]),
        "weeks 1 and 6",
        ["'sw'", "tl"],
    ),
    "a cost without activity": (
        lambda p: put(money(p).lines[0], "task", 99),
        "weeks 7 and 8",
        ["task 99", f"{len(complete_plan().event_plan.timeline)} tasks"],
    ),
}


def test_the_complete_plan_is_complete():
    plan = complete_plan()
    assert plan.problems() == []
    assert plan.show().splitlines()[0] == "9 of 9 parts complete"


@pytest.mark.parametrize("name", BROKEN)
def test_each_rule_names_the_weeks_and_both_values(name):
    breaks, weeks, shown = BROKEN[name]
    plan = complete_plan()
    breaks(plan)
    found = [problem for problem in whole.problems(plan) if problem.field == weeks]
    assert found, whole.problems(plan)
    text = " ".join(problem.text for problem in found)
    assert all(part in text for part in shown), text
    # What to change is said in a second sentence.
    assert all(". " in each.text and each.text.endswith(".") for each in found)
    view = plan.show()
    assert whole.BETWEEN in view and f"- {weeks}: " in view


def test_every_rule_is_broken_above():
    broken = []
    for breaks, _, _ in BROKEN.values():
        plan = complete_plan()
        breaks(plan)
        broken.append({rule.__name__ for rule in whole._RULES if list(rule(plan))})
    assert set.union(*broken) == {rule.__name__ for rule in whole._RULES}


@pytest.mark.parametrize("field", [part.field for part in PARTS])
def test_a_missing_part_is_said_once_and_breaks_no_rule(field):
    plan = complete_plan()
    setattr(plan, field, None)
    assert [problem.field for problem in plan.problems()] == [field]
    empty = next(part for part in PARTS if part.field == field)()
    # A part without a word in it has problems of its own, and none between the weeks.
    assert not whole.problems(plan.put(empty))
    assert plan.problems()


def test_days_may_be_counted_with_or_without_the_last_one():
    for days, right in ((13, False), (14, True), (15, True), (16, False)):
        plan = complete_plan()
        plan.campaign_model.days = days
        assert (not whole.problems(plan)) is right, days


def test_all_wikis_are_all_wikis():
    plan = complete_plan()
    event(plan).wikis = ["*"]
    assert not whole.problems(plan)


def test_the_view_of_a_notebook_is_a_table_that_is_safe():
    class Tags(HTMLParser):
        def __init__(self):
            super().__init__()
            self.seen: list[str] = []

        def handle_starttag(self, tag, attrs):
            self.seen.append(tag)

    plan = complete_plan()
    money(plan).lines[0].item = "<script>alert(1)</script>"
    money(plan).lines[0].task = 99
    view = plan.show()
    tags = Tags()
    tags.feed(view._repr_html_())
    assert "script" not in tags.seen
    assert tags.seen.count("table") == 1 and tags.seen.count("caption") == 1
    assert tags.seen.count("tr") == len(PARTS) + 2, "a head, the parts, and one for between"
    assert repr(view) == str(view)
