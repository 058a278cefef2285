"""Week 8: every measure and grant, mistakes that are named, the plan part, sheet and lesson."""

from __future__ import annotations

import json
import statistics
from typing import ClassVar

import figures
import numpy as np
import pandas as pd
import pytest
from every_week import EveryLesson, EverySheet
from week import both, fill, output, printed, quietly, right, said, spoken

from organizer_lab import check, course
from organizer_lab.errors import LabError
from organizer_lab.plan import (
    BudgetAndMetrics,
    BudgetLine,
    EventPlan,
    Evidence,
    Place,
    Plan,
    Target,
    rows,
)
from organizer_lab.plan.week_7 import Role, Task
from organizer_lab.plan.week_8 import CATEGORIES

WEEK = course.load().week("week-8")
PROMISES, GRANTS = figures.rows("campaign_targets"), figures.rows("grants")
METRICS = sorted({row["metric"] for row in PROMISES})
WHY = "There are only few reports."


def pairs(metric: str) -> list[tuple[int, int]]:
    """Target and result of each row of a measure."""
    return [(int(r["target"]), int(r["achieved"])) for r in PROMISES if r["metric"] == metric]


def ratios(metric: str) -> list[float]:
    return sorted(achieved / target for target, achieved in pairs(metric))


def kept(metric: str) -> int:
    return sum(achieved >= target for target, achieved in pairs(metric))


def quantile(values: list[float], part: float) -> float:
    """Linear interpolation between two neighbours in the sorted list."""
    place = part * (len(values) - 1)
    below = min(int(place), len(values) - 2)
    return values[below] + (place - below) * (values[below + 1] - values[below])


LARGE = [metric for metric in METRICS if len(pairs(metric)) >= 3]
SMALL = [metric for metric in METRICS if len(pairs(metric)) < 3]
COSTS = {
    row["grant_id"]: float(row["awarded_usd"]) / int(row["participants"])
    for row in GRANTS
    if row["awarded_usd"] and row["participants"]
}
MIDDLE = statistics.median(COSTS.values())


# -- every measure, every grant ----------------------------------------------------------------


def test_every_measure_is_welcome(capsys):
    assert len(LARGE) == 5 and len(SMALL) == 5
    for metric in METRICS:
        assert check.reply("8.0", {"metric": metric, "my_target": 30})[0]
        note = capsys.readouterr().out
        assert f"{len(pairs(metric))} row" in note
        assert ("fewer than 3" in note) == (metric in SMALL)
        assert both(
            "8.1",
            metric=metric,
            class_rows=len(pairs(metric)),
            class_reached=np.int64(kept(metric)),
        )


@pytest.mark.parametrize("metric", LARGE)
def test_middle_and_range_of_every_measure_with_enough_rows(metric):
    middle, low, high = (quantile(ratios(metric), part) for part in (0.5, 0.25, 0.75))
    assert middle == pytest.approx(statistics.median(ratios(metric)))
    for value in (middle, round(middle, 2), np.float64(middle)):
        assert both("8.2", metric=metric, median_ratio=value, why_none="")
    for goal in (1, 30, 1234.5, np.int64(1000)):
        for digits in (1, 6):
            ends = {"low": round(low * goal, digits), "high": round(high * goal, digits)}
            assert both("8.3", metric=metric, my_target=goal, **ends, why_none="")
    assert "None is not right" in said("8.2", metric=metric, median_ratio=None, why_none=WHY)
    assert "None is not right" in said(
        "8.3", metric=metric, my_target=30, low=None, high=None, why_none=WHY
    )


@pytest.mark.parametrize("metric", SMALL)
def test_measures_with_few_rows_have_no_middle(metric):
    answer = {"metric": metric, "why_none": WHY}
    assert both("8.2", **answer, median_ratio=None)
    assert both("8.3", **answer, my_target=30, low=None, high=None)
    assert "Write None" in said("8.2", **answer, median_ratio=statistics.median(ratios(metric)))
    assert "high: " in said("8.3", **answer, my_target=30, low=None, high=20)
    answer["why_none"] = "few"
    assert "Now say in why_none" in said("8.2", **answer, median_ratio=None)
    assert "Now say" in said("8.3", **answer, my_target=30, low=None, high=None)


def test_every_grant():
    for grant in (row["grant_id"] for row in GRANTS):
        answer = {"grant": grant, "median_cost": MIDDLE}
        if grant in COSTS:
            for value in (COSTS[grant], round(COSTS[grant], 2)):
                assert both("8.4", **answer, cost_per_participant=value)
        else:
            text = said("8.4", **answer, cost_per_participant=None)
            assert "Empty means not seen" in text
            assert all(known in text for known in COSTS)
    assert "'participants' is empty" in said(
        "8.4", grant="rf-wle-kenya-2022", cost_per_participant=1, median_cost=1
    )
    assert "'awarded_usd' is empty" in said(
        "8.4", grant="rf-wle-uzbekistan-2024", cost_per_participant=1, median_cost=1
    )


# -- mistakes ----------------------------------------------------------------------------------

ALL = sorted(int(row["achieved"]) / int(row["target"]) for row in PROMISES)
PEOPLE = ratios("participants")
TRUE = {part: quantile(PEOPLE, part) for part in (0.25, 0.5, 0.75)}


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"class_rows": len(PROMISES)}, "number of all rows"),
        ({"class_rows": len({row["report_id"] for row in PROMISES})}, "number of reports"),
        ({"class_rows": 3}, "your measure only"),
        ({"class_rows": "14"}, "class_rows: This is text"),
        ({"class_reached": len(PEOPLE) - kept("participants")}, "**not** reached"),
        ({"class_reached": sum(map(kept, METRICS))}, "for all measures"),
        ({"class_reached": round(kept("participants") / len(PEOPLE), 2)}, "is a share"),
        ({"class_reached": 71.4}, "is a share"),
        ({"class_reached": 13}, "at least as large"),
        ({"class_reached": None}, "class_reached: This is None"),
        ({"metric": "participant"}, "Did you mean participants"),
        ({"metric": "happiness"}, "It has: "),
        ({"metric": ["participants"]}, "in quotation marks"),
    ],
)
def test_mistakes_in_the_class_are_named(changes, phrase):
    right = {"class_rows": len(PEOPLE), "class_reached": kept("participants")}
    assert phrase in said("8.1", **{"metric": "participants", **right, **changes})


def test_a_target_met_exactly_is_reached():
    more = sum(achieved > target for target, achieved in pairs("articles"))
    answer = {"metric": "articles", "class_rows": len(pairs("articles"))}
    assert more < kept("articles")
    assert "use >=" in said("8.1", **answer, class_reached=more)


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (statistics.mean(PEOPLE), "That is the mean"),
        (statistics.median([1 / each for each in PEOPLE]), "upside down"),
        (100 * TRUE[0.5], "in per cent"),
        (statistics.median(ALL), "all measures"),
        (
            sum(a for _, a in pairs("participants")) / sum(t for t, _ in pairs("participants")),
            "sums divided",
        ),
        (statistics.median([a for _, a in pairs("participants")]), "of what was achieved"),
        (kept("participants") / len(PEOPLE), "share of the targets"),
        (TRUE[0.25], "lower quartile"),
        (TRUE[0.75], "upper quartile"),
        (quantile(ratios("photos_used"), 0.5), "value of photos_used"),
        (TRUE[0.5] + 0.04, "two decimals"),
        (7, "not the median"),
        ("1.2", "without quotation marks"),
        (float("nan"), "'nan'"),
        (pd.Series([1.2]), "holds 1 value. "),
    ],
)
def test_mistakes_in_the_median_are_named(value, phrase):
    text = said("8.2", metric="participants", median_ratio=value, why_none="")
    assert phrase in text and f"{TRUE[0.5]:.2f}" not in text


LOW, HIGH = 30 * TRUE[0.25], 30 * TRUE[0.75]


@pytest.mark.parametrize(
    ("low", "high", "phrase"),
    [
        (HIGH, LOW, "The two are exchanged"),
        (TRUE[0.25], TRUE[0.75], "high: that is the quartile of the ratios"),
        (30 * PEOPLE[0], HIGH, "low: that is the smallest or the largest"),
        (LOW, 30 * PEOPLE[-1], "high: that is the smallest or the largest"),
        (30 * TRUE[0.5], HIGH, "target times the median"),
        (30 / TRUE[0.25], HIGH, "divided by the quartile"),
        (100 * TRUE[0.25], HIGH, "in per cent of your target"),
        (LOW, 30 * quantile(ALL, 0.75), "of all measures"),
        (round(LOW), HIGH, "very near"),
        (LOW, 1000, "high: that is not your target"),
        ("25", HIGH, "low: This is text"),
        (True, HIGH, "True or False"),
    ],
)
def test_mistakes_in_the_range_are_named(low, high, phrase):
    answer = {"metric": "participants", "my_target": 30, "low": low, "high": high, "why_none": ""}
    text = said("8.3", **answer)
    assert phrase in text
    assert f"{LOW:.1f}" not in text and f"{HIGH:.1f}" not in text


@pytest.mark.parametrize("goal", [0, -5, float("inf"), "30", None, 1e12])
def test_a_target_that_cannot_be_multiplied(goal):
    answer = {"metric": "participants", "my_target": goal, "low": 1, "high": 2, "why_none": ""}
    assert "my_target" in said("8.3", **answer)
    assert not check.reply("8.0", {"metric": "participants", "my_target": goal})[0]


OWN = "rf-ogoni-climate-literacy"
ROW = next(row for row in GRANTS if row["grant_id"] == OWN)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"cost_per_participant": 1 / COSTS[OWN]}, "upside down"),
        ({"cost_per_participant": float(ROW["awarded_usd"])}, "whole award"),
        ({"cost_per_participant": int(ROW["participants"])}, "number of participants"),
        ({"cost_per_participant": COSTS["rf-wikiactivate-sdg13"]}, "value of rf-wikiactivate"),
        ({"cost_per_participant": round(COSTS[OWN])}, "two decimals"),
        ({"cost_per_participant": 5}, "Divide awarded_usd by participants"),
        ({"cost_per_participant": None}, "cost_per_participant: This is None"),
        ({"median_cost": statistics.mean(COSTS.values())}, "median_cost: that is the mean"),
        ({"median_cost": COSTS[OWN]}, "value of your own grant"),
        ({"median_cost": 1 / MIDDLE}, "median_cost: that is upside down"),
        ({"median_cost": 5}, "median_cost: that is not it"),
        ({"grant": "rf-ogoni"}, "no grant of this name"),
        ({"grant": 5}, "in quotation marks"),
    ],
)
def test_mistakes_in_the_cost_are_named(changes, phrase):
    right = {"grant": OWN, "cost_per_participant": COSTS[OWN], "median_cost": MIDDLE}
    assert both("8.4", **right)
    text = said("8.4", **{**right, **changes})
    assert phrase in text and f"{MIDDLE:.2f}" not in text


def test_the_amount_spent_is_named():
    grant = "rf-wle-italy-2024"
    row = next(row for row in GRANTS if row["grant_id"] == grant)
    spent = float(row["spent_usd"]) / int(row["participants"])
    assert "amount spent" in said(
        "8.4", grant=grant, cost_per_participant=spent, median_cost=MIDDLE
    )


# -- the plan part -----------------------------------------------------------------------------

OF_LINE = ("task", "category", "item", "unit", "unit_cost", "whom", "people", "units_each")
OF_TARGET = ("kind", "metric", "baseline", "target", "source", "method", "due")
LINES = """
1 | Travel & Events | Hall | day | 200000 | all | 1 | 2
6 | travel and events | Lunch | meal | 12000 | Participants | 30 | 2
5 | Communications | Data | package | 20000 | organisers | 4 | 2.5
2 | in-kind services or goods | Books | day | 50000 | all | 1 | 2
"""
TARGETS = """
Participants | people who come | 0 | 30 | funnel | list | 2027-03-20
editors | people with one edit or more | 0 | 18 | funnel | Dashboard | 2027-03-20
organisers | people with a task | 0 | 4 | team | table | 2027-03-20
Articles Created | new articles | 0 | 12 | worklist | Dashboard | 2027-03-20
qualitative | what people say | nobody asked | three people tell | talks | asking | 2027-04-20
"""
SUM_USD = (400_000 + 720_000 + 200_000) / 2500


def budget(**changes) -> BudgetAndMetrics:
    content = {
        "participants": 30,
        "editors": 18,
        "organizers": 4,
        "currency": "tzs",
        "local_per_usd": 2500,
        "rate_date": "2027-01-11",
        "rate_source": "An example",
        "requested_usd": SUM_USD,
        "grant_start": "2027-02-01",
        "grant_end": "2027-05-31",
        "report_due": "2027-06-30",
        "lines": rows(LINES, BudgetLine, *OF_LINE),
        "targets": rows(TARGETS, Target, *OF_TARGET),
        "reference": Evidence(
            table="grants",
            column="awarded_usd",
            where={"grant_id": OWN},
            year=2025,
            value=float(ROW["awarded_usd"]),
            unit="USD",
        ),
        "learning_question": "Who comes back after the second Saturday?",
    }
    return BudgetAndMetrics(**{**content, **changes})


def lines(position: int, **changes) -> list[BudgetLine]:
    """The lines, with one of them changed."""
    found = budget().lines
    found[position - 1] = BudgetLine(**{**found[position - 1].model_dump(), **changes})
    return found


def targets(position: int, **changes) -> list[Target]:
    found = budget().targets
    found[position - 1] = Target(**{**found[position - 1].model_dump(), **changes})
    return found


QUESTIONS = ("8.5", "8.6", "8.7")


def lost(plan: BudgetAndMetrics) -> list[str]:
    return [question for question in QUESTIONS if not both(question, budget=plan)]


def test_a_right_budget():
    plan = budget()
    assert plan.problems() == [] and lost(plan) == []
    assert plan.currency == "TZS" and plan.total_usd() == SUM_USD
    assert plan.total(in_kind=True) - plan.total() == 100_000
    assert [line.category for line in plan.lines[1:]] == [
        "Travel & Events",
        "Communications",
        "In-kind services or goods",
    ]
    assert [line.whom for line in plan.lines] == ["all", "participants", "organizers", "all"]
    assert plan.targets[0].kind == "participants" and plan.targets[3].kind == "articles created"
    sums = plan.sums().splitlines()
    assert sums[1] == "Line 2: Lunch: 60 × 12,000 = 720,000 TZS"
    assert sums[3].endswith("= 100,000 TZS (in kind, not to be paid)")
    assert sums[4] == "To be paid: 1,320,000 TZS = 528 US dollars"
    assert BudgetAndMetrics().sums() == "To be paid: 0 local currency = ? US dollars"


@pytest.mark.parametrize(
    "changes",
    [
        {"requested_usd": SUM_USD + 1},
        {"requested_usd": SUM_USD - 0.99},
        {"editors": 30, "targets": targets(2, target=30)},
        {"grant_end": "2027-02-28", "report_due": "2027-02-28"},
        {"grant_end": "2028-01-31", "report_due": "2028-03-01"},
        {"targets": targets(4, target=0, baseline="12")},
        {"targets": [*budget().targets, budget().targets[4]]},
        {"lines": lines(1, unit_cost=0), "requested_usd": 500, "local_per_usd": 1840},
        {"learning_question": "هل يعود الناس بعد أسبوعين؟"},
        {"learning_question": "参加した人は戻ってきますか？"},
        {"learning_question": "Θα έρθουν ξανά οι άνθρωποι;"},
        {"learning_question": "¿Quién vuelve después de la «fiesta?» "},
        {
            "currency": "USD",
            "local_per_usd": 1,
            "lines": rows("1|Other|a|b|500|all|1|1", BudgetLine, *OF_LINE),
            "requested_usd": 500,
        },
        {
            "reference": Evidence(
                table="campaign_targets",
                column="achieved",
                where={"report_id": "green-wiki-nigeria-2022", "metric": "participants"},
                year=2022,
                value=46,
                unit="people",
            )
        },
    ],
)
def test_what_a_sensible_plan_may_do(changes):
    assert lost(budget(**changes)) == []


@pytest.mark.parametrize("category", CATEGORIES)
def test_categories_as_people_write_them(category):
    for written in (category, category.upper(), category.replace("&", "and"), f" {category} "):
        assert BudgetLine(category=written).category == category


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"participants": None}, "participants: Not written yet"),
        ({"organizers": 0, "targets": targets(3, target=0)}, "organizers: Write a whole number"),
        ({"lines": lines(1, category="Traveling & Event")}, "Did you mean Travel & Events"),
        ({"lines": lines(1, category="xyz")}, "They are: Personnel"),
        ({"lines": lines(1, category=None)}, "line 1, category: Not written yet"),
        ({"lines": lines(1, item=" ")}, "line 1, item: Not written yet"),
        ({"lines": lines(2, unit=None)}, "line 2, unit: Not written yet"),
        ({"lines": lines(2, whom=None)}, "line 2, whom: Not written yet"),
        ({"lines": lines(2, task=None)}, "line 2, task: Not written yet"),
        ({"lines": lines(2, task=0)}, "line 2, task: Name an activity"),
        ({"lines": lines(4, people=3, whom="organizers")}, "pays for 3 organizers"),
    ],
)
def test_each_rule_of_the_lines_loses_its_own_points(changes, phrase):
    assert lost(budget(**changes)) == ["8.5"]
    assert phrase in said("8.5", budget=budget(**changes))


def test_internet_for_50():
    plan = budget(lines=lines(4, people=50, whom="participants"))
    assert "It pays for 50 participants, but you plan with 30" in said("8.5", budget=plan)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"unit_cost": None}, "unit_cost: Not written yet"),
        ({"unit_cost": -1}, "zero or more"),
        ({"unit_cost": float("nan")}, "zero or more"),
        ({"people": 0}, "people: Count one person"),
        ({"people": 10**400}, "people: Count one person"),
        ({"units_each": 0}, "above zero"),
        ({"units_each": float("inf")}, "above zero"),
    ],
)
def test_a_line_without_its_numbers_has_no_sum(changes, phrase):
    plan = budget(lines=lines(1, **changes))
    assert lost(plan) == ["8.5", "8.6"]
    assert phrase in said("8.5", budget=plan)
    assert "before each line has all its numbers" in said("8.6", budget=plan)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"currency": None}, "currency: Not written yet"),
        ({"currency": "shilling"}, "three letters"),
        ({"local_per_usd": None}, "local_per_usd: Not written yet"),
        ({"local_per_usd": 0}, "above zero"),
        ({"local_per_usd": float("nan")}, "above zero"),
        ({"local_per_usd": 0.0004, "requested_usd": SUM_USD}, "Is the rate upside down?"),
        ({"currency": "USD"}, "the rate is 1"),
        ({"rate_date": None}, "rate_date: Not written yet"),
        ({"rate_date": "11.1.2027"}, "is no day"),
        ({"rate_source": ""}, "rate_source: Not written yet"),
        ({"requested_usd": None}, "requested_usd: Not written yet"),
        ({"requested_usd": 499.9}, "from 500 to 5,000"),
        ({"requested_usd": float("nan")}, "from 500 to 5,000"),
        ({"requested_usd": SUM_USD + 1.01}, "which is 528 US dollars, but you ask for 529.01"),
        ({"lines": lines(4, category="Other")}, "add up to 1,420,000 TZS"),
        ({"grant_end": "2027-01-31"}, "ends (2027-01-31) before it has begun"),
        ({"grant_end": "2027-02-20", "report_due": "2027-02-21"}, "one month to twelve"),
        ({"grant_end": "2028-02-02", "report_due": "2028-02-21"}, "one month to twelve"),
        ({"grant_start": "2027-02-30"}, "is no day"),
        ({"report_due": "2027-07-01"}, "due in the 30 days"),
        ({"report_due": "2027-05-30"}, "due in the 30 days"),
        ({"report_due": None}, "report_due: Not written yet"),
    ],
)
def test_each_rule_of_the_money_loses_its_own_points(changes, phrase):
    assert lost(budget(**changes)) == ["8.6"]
    assert phrase in said("8.6", budget=budget(**changes))


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"targets": []}, "targets: Not written yet"),
        ({"targets": targets(1, target=50)}, "is 50, but you plan with 30"),
        ({"targets": targets(3, target="four")}, "is not a number"),
        ({"targets": targets(1, target=None)}, "target 1, target: Not written yet"),
        ({"targets": targets(1, target=-1)}, "cannot be counted"),
        ({"targets": targets(4, target=float("inf"))}, "cannot be counted"),
        ({"targets": targets(1, kind="editors")}, "one target for editors. There are 2"),
        ({"targets": budget().targets[1:]}, "one target for participants. There are 0"),
        ({"targets": targets(4, kind="qualitative", target="a b c")}, "target for content"),
        ({"targets": budget().targets[:4]}, "one target that is not a number"),
        ({"targets": targets(5, target=20)}, "qualitative measure is not a number"),
        ({"targets": targets(5, target="many smiles")}, "qualitative measure is not a number"),
        ({"targets": targets(2, metric="active editors")}, "what an editor is"),
        ({"targets": targets(4, metric="articles")}, "two words or more"),
        ({"targets": targets(4, metric=None)}, "target 4, metric: Not written yet"),
        ({"targets": targets(4, kind=None)}, "target 4, kind: Not written yet"),
        ({"targets": targets(4, baseline=None)}, "target 4, baseline: Not written yet"),
        ({"targets": targets(4, baseline=-3)}, "cannot be counted"),
        ({"targets": targets(4, source=None)}, "target 4, source: Not written yet"),
        ({"targets": targets(4, method=" ")}, "target 4, method: Not written yet"),
        ({"targets": targets(4, due=None)}, "target 4, due: Not written yet"),
        ({"targets": targets(4, due="March")}, "is no day"),
        ({"reference": None}, "reference: Not written yet"),
        ({"learning_question": None}, "learning_question: Not written yet"),
        ({"learning_question": "We learn much from it."}, "no question yet"),
        ({"learning_question": "We ask this of people;"}, "no question yet"),
        ({"learning_question": "Why?"}, "four words"),
    ],
)
def test_each_rule_of_the_targets_loses_its_own_points(changes, phrase):
    assert lost(budget(**changes)) == ["8.7"]
    assert phrase in said("8.7", budget=budget(**changes))


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"value": 99}, "is not what grants gives"),
        ({"unit": "euros"}, "is not the unit"),
        ({"year": 2024}, "has no awarded_usd"),
        (
            {"table": "wle_by_country", "column": "uploads", "where": {"iso3": "TZA"}},
            "number of past campaigns",
        ),
    ],
)
def test_the_reference_is_a_number_of_past_campaigns(changes, phrase):
    wrong = Evidence(**{**budget().reference.model_dump(), **changes})
    assert lost(budget(reference=wrong)) == ["8.7"]
    assert phrase in said("8.7", budget=budget(reference=wrong))


def test_more_editors_than_participants():
    plan = budget(editors=31, targets=targets(2, target=31))
    assert lost(plan) == ["8.5"]
    assert "more editors (31) than participants (30)" in said("8.5", budget=plan)


def test_something_else_than_a_budget():
    forged = {"part": "BudgetAndMetrics", **budget().model_dump()}
    for wrong in (None, "budget", 5, forged, BudgetAndMetrics, budget().lines[0], pd.NA):
        for question in QUESTIONS:
            assert "is not a budget and metrics plan" in said(question, budget=wrong)
    wrong = budget()
    wrong.lines.append(5)
    assert "lines" in said("8.5", budget=wrong)


def test_a_table_that_cannot_be_read_names_its_line():
    for text, kind, fields, phrase in (
        ("1|Other|a|b|5|all|1|1\n2|Other|a|b|5|editors|1|1", BudgetLine, OF_LINE, "Line 2: .*whom"),
        ("1 | Other | a | b | 2,500 | all | 1 | 1", BudgetLine, OF_LINE, "Line 1, unit_cost"),
        ("happiness | a | 0 | 5", Target, OF_TARGET, "Line 1: Target, kind: expected"),
    ):
        with pytest.raises(LabError, match=phrase):
            rows(text, kind, *fields)


def test_the_names_of_the_columns_may_stand_in_the_first_line():
    names = "Task | category | item | unit | unit cost | for whom | people | units for each"
    assert rows(f"{names}\n{LINES}", BudgetLine, *OF_LINE) == budget().lines
    with pytest.raises(LabError, match="Line 5, task"):
        rows(f"{LINES}\n{names}", BudgetLine, *OF_LINE)


def test_numbers_that_look_like_words():
    found = rows("participants | a | nan | infinity\neditors | a | 1.5 | 12", Target, *OF_TARGET)
    assert [(each.baseline, each.target) for each in found] == [("nan", "infinity"), (1.5, 12)]


def test_the_part_survives_the_file(tmp_path):
    path = tmp_path / "plan.json"
    Plan().put(Place(iso3="TZA", language_code="sw"), budget()).save(path)
    assert Plan.load(path).budget_and_metrics == budget()
    draft = BudgetAndMetrics(participants=30, lines=..., targets=...)
    assert Plan.load(path).put(draft).save(path).budget_and_metrics == draft
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["budget_and_metrics"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert Plan.load(path).budget_and_metrics is None


# -- the sheet ---------------------------------------------------------------------------------


class TestSheet(EverySheet):
    judged: ClassVar = {"judgement-8-8": 6}

    def untouched(self, done, folder):
        assert printed(done, "earlier") == ""

    def solved(self, done, plan):
        mine = plan.budget_and_metrics
        assert mine.problems() == []
        assert mine.total_usd() == mine.requested_usd == 1600
        assert (mine.participants, mine.editors, mine.organizers) == (30, 18, 4)


@pytest.mark.slow
def test_a_sheet_with_a_plan_and_a_measure_with_few_rows(sheet, tmp_path):
    event = EventPlan(
        timeline=[Task(due="2027-02-01", task="Find a hall", owner="coordinator")],
        roles=[Role(role="coordinator", people=4, duty="all")],
    )
    Plan().put(Place(iso3="TLS", language_code="tet"), event).save(tmp_path / "plan.json")
    answers = {
        "answer-8-0": 'metric, my_target = "events", 3',
        "answer-8-1": "class_rows = class_reached = 2",
        "answer-8-2": 'median_ratio, why_none = None, "Only two reports name events."',
        "answer-8-3": "low = high = None",
        "answer-8-4": 'grant = "rf-wle-italy-2024"\n'
        'both = grants.dropna(subset=["awarded_usd", "participants"]).set_index("grant_id")\n'
        'each = both["awarded_usd"] / both["participants"]\n'
        "cost_per_participant, median_cost = each[grant], each.median()",
        "answer-8-5": "participants, editors, organizers = 20, 12, 4",
        "answer-8-7": 'lines = """1 | Other | Lunch | meal | 5 | participants | 25 | 2"""',
    }
    done = quietly(fill(sheet, answers), tmp_path)
    assert printed(done, "earlier").splitlines() == [
        "Task 1: Find a hall (2027-02-01)",
        "Week 7: 4 organizers in the team",
    ]
    assert "fewer than 3" in printed(done, "check-choice")
    assert right(done) == [1, 2, 3, 4]
    assert "It pays for 25 participants, but you plan with 20" in printed(done, "test-8-5")
    assert "Lunch: 50 × 5 = 250" in printed(done, "save")
    assert Plan.load(tmp_path / "plan.json").budget_and_metrics.reference.where == {
        "grant_id": "rf-wle-italy-2024"
    }


# -- the lesson --------------------------------------------------------------------------------


class TestLesson(EveryLesson):
    typed: ClassVar = {
        "8": "week 8",
        "1": "a ratio",
        "2": "a ratio",
        "35": "organizers in a reviewer's words",
        "50": "internet in a reviewer's words",
        "20": "an example of a number",
    }
    met: ClassVar = {
        "Build budget lines": ["lines", "lines-code", "two-currencies"],
        "Place each line in one of the ten": ["categories", "craft"],
        "Use past reports as a reference class": ["say-promises", "quartiles", "cost-each"],
        "Set targets with baseline": ["targets", "target-code", "target-mended"],
        "Add a qualitative measure": ["qualitative"],
    }
    borrowed: ClassVar = {"wle_by_country"}
    pictures = 2


def uploads(iso3: str, year: str) -> int:
    found = [
        row for row in figures.rows("wle_by_country") if (row["iso3"], row["year"]) == (iso3, year)
    ]
    return int(found[0]["uploads"])


@pytest.mark.slow
def test_the_numbers_that_the_lesson_says(lesson):
    text = spoken(lesson, "say-promises")
    assert f"Of {len(PROMISES)} promises, **{sum(map(kept, METRICS))} were reached**" in text
    assert f"participants it was {kept('participants')} of {len(PEOPLE)}" in text
    photos = kept("photos_uploaded"), len(pairs("photos_uploaded"))
    assert f"only {photos[0]} of {photos[1]}" in text

    mean = statistics.mean(PEOPLE)
    assert f"reached {mean:.2f} times" in spoken(lesson, "say-mean")
    assert f"expect {30 * mean:.0f}?" in spoken(lesson, "say-mean")
    text = spoken(lesson, "say-median")
    assert "Nepal" in text and f"**{PEOPLE[-1]:.0f} times**" in text
    assert f"the mean would be {statistics.mean(PEOPLE[:-1]):.2f}" in text
    assert f"is **{TRUE[0.5]:.2f}**" in text and "the target was only 50" in text
    text = spoken(lesson, "say-range")
    assert f"between **{LOW:.0f} and {HIGH:.0f}**" in text
    assert f"worst would have given {30 * PEOPLE[0]:.0f}." in text

    text = spoken(lesson, "say-limits")
    assert f"{len(PEOPLE)} rows for participants and {len(pairs('articles'))} for articles" in text
    of_2020 = sum(row["year"] == "2020" for row in PROMISES)
    assert f"Of all {len(PROMISES)} rows, {of_2020} are of 2020" in text

    rights = {
        row["metric"]: int(row["value"])
        for row in figures.rows("campaign_results")
        if (row["campaign"], row["year"]) == ("WikiForHumanRights", "2020")
    }
    text = spoken(lesson, "say-results")
    assert f"{rights['editors']} editors created {rights['articles_created']} articles" in text
    assert f"**{rights['articles_created'] / rights['editors']:.1f} for each editor**" in text
    assert f"more than {rights['languages']} languages" in text

    rapid = [row for row in GRANTS if row["program"] == "Rapid Fund"]
    spent = sorted(float(row["spent_usd"]) for row in rapid if row["spent_usd"])
    assert spent[0] == 19.54 and spent[1] > 500
    text = spoken(lesson, "say-slip")
    all_, rest = statistics.mean(spent), statistics.mean(spent[1:])
    assert f"mean of {len(spent)} Rapid Funds is {all_:,.0f} US dollars" in text
    assert f"without it, {rest:,.0f}. One slip moves the mean by {rest - all_:,.0f}" in text
    little = abs(statistics.median(spent) - statistics.median(spent[1:]))
    assert f"the median only by {little:,.0f}." in text
    assert "271150.25 KES" in printed(lesson, "note")

    award = sorted(float(row["awarded_usd"]) for row in rapid if row["awarded_usd"])
    counted = [int(row["photos_uploaded"]) for row in GRANTS if row["photos_uploaded"]]
    text = spoken(lesson, "say-empty")
    assert f"**{statistics.median(award):,.0f} US dollars**" in text
    assert f"between {quantile(award, 0.25):,.0f} and {quantile(award, 0.75):,.0f}." in text
    assert f"{len(counted)} of {len(GRANTS)} rows have a number" in text
    before, after = statistics.mean(counted), sum(counted) / len(GRANTS)
    assert f"from {before:,.0f} to {after:,.0f} photos" in text

    text = spoken(lesson, "say-cost")
    assert f"**{min(COSTS.values()):,.0f} to {max(COSTS.values()):,.0f} US dollars**" in text
    assert f"median of {MIDDLE:,.0f}" in text and f"Only {len(COSTS)} grants" in text

    awards = {row["grant_id"]: float(row["awarded_usd"]) for row in GRANTS if row["awarded_usd"]}
    text = spoken(lesson, "say-part")
    north = awards["rf-wle-northern-ghana-2025"] / uploads("GHA", "2025")
    east = awards["rf-wle-ne-nigeria-2023"] / uploads("NGA", "2023")
    assert text.startswith(f"{north:.2f} US dollars") and f"gives {east:.2f}." in text

    said_of_budget = printed(lesson, "objection")
    assert "1,470,000 TZS = 588 US dollars" in said_of_budget
    assert "line 2, people: It pays for 50 participants" in said_of_budget
    assert "requested_usd" not in said_of_budget
    assert "what an editor is" in output(lesson, "target-code", "text/plain")
    assert output(lesson, "target-mended", "text/plain") == "Nothing to mend."
    assert output(lesson, "explorer-show", "text/html").count("<option") == len(LARGE)
