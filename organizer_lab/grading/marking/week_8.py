"""Marking of week 8, "Budget and metrics"."""

from __future__ import annotations

import datetime
import re
import statistics
from typing import Any

from organizer_lab.grading.marking import Wrong, agrees, marks, number, rows, text
from organizer_lab.grading.marking.evidence import right_value, right_words

CATEGORIES = {
    "Personnel related expenses",
    "Administrative",
    "Grants and contributions",
    "Equipment & Materials",
    "Services",
    "Travel & Events",
    "Communications",
    "Learning & Evaluation",
    "In-kind services or goods",
    "Other",
}
PEOPLE = ("participants", "editors", "organizers")
CONTENT = {"articles created", "articles improved", "other content"}
LEAST_ROWS = 3
MOST = 1e12


def _class(metric: Any) -> list[tuple[int, int]]:
    """Give target and result of each row of a measure."""
    found = [
        (int(row["target"]), int(row["achieved"]))
        for row in rows("campaign_targets")
        if row["metric"] == metric
    ]
    if not isinstance(metric, str) or not found:
        raise Wrong("the table has no such measure.")
    return found


def _quartiles(metric: Any) -> list[float]:
    """Give lower quartile, median and upper quartile of achieved to target.

    "inclusive" is the linear interpolation between two neighbours of pandas.
    """
    return statistics.quantiles(
        [achieved / target for target, achieved in _class(metric)], n=4, method="inclusive"
    )


def _is_small(metric: Any, why: Any, *answers: Any) -> bool:
    """Say whether there are too few rows; then the answers are None, with a reason."""
    if len(_class(metric)) >= LEAST_ROWS:
        return False
    if any(answer is not None for answer in answers):
        raise Wrong("there are too few rows, so the answer is None.")
    text(why, 3)
    return True


@marks("8.1", "metric", "class_rows", "class_reached")
def reference_class(metric: Any, class_rows: Any, class_reached: Any) -> None:
    """Demand the number of targets, and of those that were reached."""
    known = _class(metric)
    agrees(class_rows, len(known), 0)
    agrees(class_reached, sum(achieved >= target for target, achieved in known), 0)


@marks("8.2", "metric", "median_ratio", "why_none")
def middle(metric: Any, median_ratio: Any, why_none: Any) -> None:
    """Two decimals of the median of achieved to target; None where rows are few."""
    if not _is_small(metric, why_none, median_ratio):
        agrees(median_ratio, _quartiles(metric)[1], 0.005)


@marks("8.3", "metric", "my_target", "low", "high", "why_none")
def span(metric: Any, my_target: Any, low: Any, high: Any, why_none: Any) -> None:
    """One decimal of the own target times both quartiles; None where rows are few."""
    if not 0 < number(my_target) < 1e9:
        raise Wrong("the own target is not above zero.")
    if _is_small(metric, why_none, low, high):
        return
    lower, _, upper = _quartiles(metric)
    agrees(low, my_target * lower, 0.05)
    agrees(high, my_target * upper, 0.05)


@marks("8.4", "grant", "cost_per_participant", "median_cost")
def cost(grant: Any, cost_per_participant: Any, median_cost: Any) -> None:
    """Two decimals of US dollars awarded for each participant, of one grant and of the middle."""
    costs = {
        row["grant_id"]: float(row["awarded_usd"]) / int(row["participants"])
        for row in rows("grants")
        if row["awarded_usd"] and row["participants"]
    }
    if not isinstance(grant, str) or grant not in costs:
        raise Wrong("the grant has not both an award and participants.")
    agrees(cost_per_participant, costs[grant], 0.005)
    agrees(median_cost, statistics.median(costs.values()), 0.005)


@marks("8.5", "budget")
def budget_lines(budget: Any) -> None:
    """People, and lines that name category, activity, unit, price, people and quantity."""
    budget = _budget(budget)
    people = {name: _whole(budget.get(name)) for name in PEOPLE}
    if people["editors"] > people["participants"]:
        raise Wrong("there are more editors than participants.")
    if not _lines(budget):
        raise Wrong("the budget has no lines.")
    for line in _lines(budget):
        if line.get("category") not in CATEGORIES:
            raise Wrong("a line has none of the ten categories.")
        text(line.get("item"), 1)
        text(line.get("unit"), 1)
        _whole(line.get("task"))
        _total(line)
        whom = line.get("whom")
        if whom not in ("participants", "organizers", "all"):
            raise Wrong("a line does not say for whom it is.")
        if whom != "all" and line["people"] != people[whom]:
            raise Wrong(f"a line does not pay for the planned number of {whom}.")


@marks("8.6", "budget")
def money(budget: Any) -> None:
    """Currency, exchange rate, the sum in both currencies, and the days of the grant."""
    budget = _budget(budget)
    currency = budget.get("currency")
    if not isinstance(currency, str) or not re.fullmatch("[A-Z]{3}", currency):
        raise Wrong("the currency is no code of three letters.")
    text(budget.get("rate_source"), 1)
    rate, asked = number(budget.get("local_per_usd")), number(budget.get("requested_usd"))
    if not 0 < rate < MOST or (currency == "USD" and rate != 1):
        raise Wrong("the exchange rate is not above zero, or is not 1 for US dollars.")
    if not 500 <= asked <= 5000:
        raise Wrong("the amount is not within the limits of a Rapid Fund.")
    costs = [(line.get("category"), _total(line)) for line in _lines(budget)]
    paid = sum(cost for category, cost in costs if category != "In-kind services or goods")
    if abs(paid / rate - asked) > 1 + 1e-9:
        raise Wrong("the paid lines do not add up to the amount.")
    _day(budget.get("rate_date"))
    start, end, report = (_day(budget.get(n)) for n in ("grant_start", "grant_end", "report_due"))
    if not 28 <= (end - start).days + 1 <= 366:
        raise Wrong("the grant does not last from one to twelve months.")
    if not 0 <= (report - end).days <= 30:
        raise Wrong("the report is not due within 30 days after the grant.")


@marks("8.7", "budget")
def metrics(budget: Any) -> None:
    """Complete targets for people and content, one in words, a past number and a question."""
    budget = _budget(budget)
    targets = _items(budget, "targets", "Target")
    for target in targets:
        _target_is_whole(target)
    for kind in PEOPLE:
        numbers = [target["target"] for target in targets if target["kind"] == kind]
        if len(numbers) != 1:
            raise Wrong(f"there is not exactly one target for {kind}.")
        if budget.get(kind) is not None and numbers[0] != budget[kind]:
            raise Wrong(f"the target for {kind} is not the planned number.")
    kinds = {target["kind"] for target in targets}
    if not kinds & CONTENT or "qualitative" not in kinds:
        raise Wrong("a target for content, or one that is not a number, is missing.")
    item = budget.get("reference")
    if not isinstance(item, dict) or item.get("part") != "Evidence":
        raise Wrong("the number of a past campaign is missing.")
    if item.get("table") not in ("grants", "campaign_targets", "campaign_results"):
        raise Wrong("the number is not from a table of past campaigns.")
    right_value(item)
    right_words(item)
    _is_question(budget.get("learning_question"))


def _target_is_whole(target: dict[str, Any]) -> None:
    kind = target.get("kind")
    if kind not in (*PEOPLE, *CONTENT, "qualitative"):
        raise Wrong("a target has no kind.")
    text(target.get("metric"), 4 if kind == "editors" else 2)
    for name in ("source", "method"):
        text(target.get(name), 1)
    _day(target.get("due"))
    for name in ("baseline", "target"):
        value = target.get(name)
        words = name == "target" and kind == "qualitative"
        if isinstance(value, str) and (words or name == "baseline"):
            text(value, 3 if words else 1)
        elif words:
            raise Wrong("a measure that should be told in words has a number.")
        elif not 0 <= number(value) < MOST:
            raise Wrong(f"a {name} is no number from zero.")


def _is_question(answer: Any) -> None:
    question = text(answer, 4).strip()
    # Closing quotation marks and brackets may follow the sign.
    end = re.sub(r"\W*$", "", question)
    signs = question[len(end) :]
    greek = bool(end) and (0x370 <= ord(end[-1]) <= 0x3FF or 0x1F00 <= ord(end[-1]) <= 0x1FFF)
    asks = set(signs) & set("?؟？፧") or (greek and signs[:1] in (";", "\u037e"))
    if not asks and "՞" not in question:
        raise Wrong("the learning question is no question.")


def _budget(budget: Any) -> dict[str, Any]:
    if not isinstance(budget, dict) or budget.get("part") != "BudgetAndMetrics":
        raise Wrong("'budget' is not a budget and metrics plan.")
    return budget


def _lines(budget: dict[str, Any]) -> list[dict[str, Any]]:
    return _items(budget, "lines", "BudgetLine")


def _items(budget: dict[str, Any], name: str, part: str) -> list[dict[str, Any]]:
    items = budget.get(name)
    if not isinstance(items, list) or any(
        not isinstance(item, dict) or item.get("part") != part for item in items
    ):
        raise Wrong(f"the {name} hold something else.")
    return items


def _whole(answer: Any) -> int:
    if isinstance(answer, bool) or not isinstance(answer, int) or not 1 <= answer < MOST:
        raise Wrong("a number of people, or of a task, is not from 1.")
    return answer


def _total(line: dict[str, Any]) -> float:
    """Give the cost of a line in local currency."""
    price, each = number(line.get("unit_cost")), number(line.get("units_each"))
    if not 0 <= price < MOST or not 0 < each < MOST:
        raise Wrong("a price or a quantity is missing or out of its limits.")
    return price * _whole(line.get("people")) * each


def _day(answer: Any) -> datetime.date:
    written = answer.strip() if isinstance(answer, str) else ""
    try:
        if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", written):
            raise ValueError(written)
        return datetime.date.fromisoformat(written)
    except ValueError:
        raise Wrong("a day is missing, or not written as 2027-03-31.") from None
