"""The campaign of the course, broken: each rule between two weeks once.

Each entry fits `plans.complete_plan` and the plan that the nine solution notebooks make.
"""

from __future__ import annotations

from collections.abc import Callable

from organizer_lab.plan import Plan


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
        ["task 99", "9 tasks"],
    ),
}
