"""The plan as a whole: each rule between two weeks, broken once."""

from __future__ import annotations

from html.parser import HTMLParser

import pytest
from broken import BROKEN, event, money
from plans import complete_plan

from organizer_lab.plan import PARTS, whole


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


@pytest.mark.parametrize("contact", ["ada@example.org", "Ada, +221 77 123 45 67", "+255712345678"])
def test_what_reaches_one_person_is_found_wherever_it_stands(contact):
    plan = complete_plan()
    plan.persona_and_funnel.channel = f"By phone or in the chat: {contact}"
    plan.event_plan.messages[1].channel = contact
    found = plan.problems()
    assert [problem.field for problem in found] == [
        "persona_and_funnel.channel",
        "event_plan.messages",
    ]
    assert all("write a role" in problem.text for problem in found)
    plan.persona_and_funnel.channel = "Group chat, 2 000 + 300 people, pages 10-2027-01-12"
    plan.event_plan.messages[1].channel = "Village pump @ swwiki"
    assert plan.problems() == []


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
