"""Checks of week 8, "Budget and metrics"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from organizer_lab import data
from organizer_lab.check import as_number, named, near, not_sound, question
from organizer_lab.errors import nearest
from organizer_lab.plan import BudgetAndMetrics
from organizer_lab.words import count_words

TARGETS, GRANTS = "campaign_targets", "grants"
# Fewer reports than this say nothing about the next one.
LEAST_ROWS = 3
# Two decimals of a ratio and of US dollars, one decimal of a target.
TOLERANCE, TOLERANCE_TARGET = 0.005, 0.05
_MONEY = ("lines", "currency", "rate", "local_per_usd", "requested_usd", "grant", "report_due")
_PEOPLE = ("participants", "editors", "organizers")


@question("8.0", "metric", "my_target")
def choice(metric: Any, my_target: Any) -> list[str]:
    """Check that the table knows the measure, and that the target can be multiplied."""
    if problems := _metric_problems(metric) or _target_problems(my_target):
        return problems
    rows = _class(metric)
    print(f"{metric}: {len(rows)} row{'s' if len(rows) > 1 else ''} in {TARGETS}.")
    if len(rows) < LEAST_ROWS:
        print(
            f"That is fewer than {LEAST_ROWS}. You can go on: in questions 8.2 and 8.3 the answer "
            "is None, with the reason. Or choose another measure."
        )
    return []


@question("8.1", "metric", "class_rows", "class_reached")
def reference_class(metric: Any, class_rows: Any, class_reached: Any) -> list[str]:
    """Check how many targets of this measure there are, and how many were reached."""
    if problems := _metric_problems(metric):
        return problems
    rows, every = _class(metric), data.load(TARGETS)
    reached = int((rows["achieved"] >= rows["target"]).sum())
    found = []
    if isinstance(value := as_number(class_rows), str):
        found.append(f"class_rows: {value}")
    elif value != len(rows):
        text = "count the rows of your measure only."
        if value == len(every):
            text = "that is the number of all rows. Select the rows of your measure first."
        elif value == every["report_id"].nunique():
            text = "that is the number of reports. Count the rows of your measure."
        found.append(f"class_rows: {text}")
    if isinstance(value := as_number(class_reached), str):
        found.append(f"class_reached: {value}")
    elif value != reached:
        text = "count the rows in which 'achieved' is at least as large as 'target'."
        if value == len(rows) - reached:
            text = "that is the number of those that were **not** reached."
        elif value == int((rows["achieved"] > rows["target"]).sum()):
            text = "a target that is met exactly is reached too: use >= and not only >."
        elif value == int((every["achieved"] >= every["target"]).sum()):
            text = "that is the number for all measures. Select the rows of your measure first."
        elif near(value, reached / len(rows), 0.006) or near(value, 100 * reached / len(rows), 0.6):
            text = "that is a share. The question asks for the number of rows."
        found.append(f"class_reached: {text}")
    return found


@question("8.2", "metric", "median_ratio", "why_none")
def middle(metric: Any, median_ratio: Any, why_none: Any) -> list[str]:
    """Check the median of achieved divided by target."""
    if problems := _metric_problems(metric) or _none(metric, why_none, median_ratio=median_ratio):
        return problems
    rows = _class(metric)
    if len(rows) < LEAST_ROWS:
        return []
    value = as_number(median_ratio)
    if isinstance(value, str):
        return [value]
    ratios, every = _ratios(rows), _ratios(data.load(TARGETS))
    true = float(ratios.median())
    if near(value, true, TOLERANCE):
        return []
    mistakes = {
        "That is the mean, and one very large result lifts it. Take the median.": ratios.mean(),
        "That is upside down: divide what was achieved by the target.": (1 / ratios).median(),
        "That is in per cent. Leave it as a number of times: do not multiply by 100.": 100 * true,
        "That is the median of all measures. Select the rows of your measure first.": (
            every.median()
        ),
        "Those are the sums divided, so the largest campaign decides. Divide in each row first, "
        "then take the median.": rows["achieved"].sum() / rows["target"].sum(),
        "Those are two medians divided. Divide in each row first, then take the median.": (
            rows["achieved"].median() / rows["target"].median()
        ),
        "That is the median of what was achieved. Divide by the target, row by row.": (
            rows["achieved"].median()
        ),
        "That is the share of the targets that were reached.": (ratios >= 1).mean(),
        "That is the lower quartile. The median is the middle.": ratios.quantile(0.25),
        "That is the upper quartile. The median is the middle.": ratios.quantile(0.75),
    }
    if said := _named_or_other(value, mistakes, metric, lambda r: r.median()):
        return [said]
    if near(value, true, 0.06):
        return ["Very near. Give two decimals, and round only at the end."]
    return ["That is not the median. Make the column of ratios first, and look at its values."]


@question("8.3", "metric", "my_target", "low", "high", "why_none")
def span(metric: Any, my_target: Any, low: Any, high: Any, why_none: Any) -> list[str]:
    """Check the own target times the lower and the upper quartile of achieved to target."""
    if problems := _metric_problems(metric) or _target_problems(my_target):
        return problems
    if problems := _none(metric, why_none, low=low, high=high):
        return problems
    rows = _class(metric)
    if len(rows) < LEAST_ROWS:
        return []
    ratios = _ratios(rows)
    quartiles = {"low": float(ratios.quantile(0.25)), "high": float(ratios.quantile(0.75))}
    numbers = {"low": as_number(low), "high": as_number(high)}
    found = [f"{name}: {said}" for name, said in numbers.items() if isinstance(said, str)]
    if found:
        return found
    true = {name: my_target * quartile for name, quartile in quartiles.items()}
    if all(near(numbers[name], true[name], TOLERANCE_TARGET) for name in true):
        return []
    if near(numbers["low"], true["high"], 0.06) and near(numbers["high"], true["low"], 0.06):
        return ["The two are exchanged: 'low' is the smaller one, and 'high' the larger one."]
    for name, value in numbers.items():
        if near(value, true[name], TOLERANCE_TARGET):
            continue
        mistakes = {
            "that is the quartile of the ratios. Multiply your own target by it.": quartiles[name],
            "that is the smallest or the largest campaign of all. Take the quartiles.": (
                my_target * float(ratios.min() if name == "low" else ratios.max())
            ),
            "that is your target times the median. Take the quartiles.": (
                my_target * float(ratios.median())
            ),
            "you divided by the quartile. Multiply your target by it.": (
                my_target / quartiles[name] if quartiles[name] else -1
            ),
            "that is in per cent of your target. Give it in the unit of your target.": (
                100 * quartiles[name]
            ),
            "that is a quartile of what others achieved. Use achieved divided by target, and "
            "multiply your own target by it.": float(
                rows["achieved"].quantile(0.25 if name == "low" else 0.75)
            ),
            "that is a quartile of all measures. Select the rows of your measure first.": (
                my_target
                * float(_ratios(data.load(TARGETS)).quantile(0.25 if name == "low" else 0.75))
            ),
        }
        said = named(value, mistakes, TOLERANCE_TARGET)
        if not said and near(value, true[name], max(0.6, 0.02 * true[name])):
            said = "very near. Give one decimal, and round only at the end."
        found.append(f"{name}: {said or 'that is not your target times the quartile.'}")
    return found


@question("8.4", "grant", "cost_per_participant", "median_cost")
def cost(grant: Any, cost_per_participant: Any, median_cost: Any) -> list[str]:
    """Check US dollars awarded for each participant, for one grant and in the middle of all."""
    rows = data.load(GRANTS).set_index("grant_id")
    known = rows.dropna(subset=["awarded_usd", "participants"])
    if not isinstance(grant, str):
        return ["grant: write the name of one grant in quotation marks, from 'grant_id'."]
    if grant not in rows.index:
        return [f"grant: the table has no grant of this name.{nearest(grant, rows.index)}"]
    if grant not in known.index:
        lacks = "participants" if pd.isna(rows.loc[grant, "participants"]) else "awarded_usd"
        return [
            f"grant: in this row the column '{lacks}' is empty. Empty means not seen, so nothing "
            f"can be divided. Choose a grant that has both: {', '.join(known.index)}."
        ]
    row = known.loc[grant]
    each = known["awarded_usd"] / known["participants"]
    people, awarded = float(row["participants"]), float(row["awarded_usd"])
    answers = {
        "cost_per_participant": (
            cost_per_participant,
            float(each.loc[grant]),
            {
                "that is upside down: divide the dollars by the people.": people / awarded,
                "that is the amount spent. Take the amount awarded.": (
                    float(row["spent_usd"]) / people
                ),
                "that is the whole award. Divide it by the participants.": awarded,
                "that is the number of participants. Divide the award by it.": people,
                **{
                    f"that is the value of {other}. Take the row of your grant.": float(value)
                    for other, value in each.items()
                    if other != grant
                },
            },
        ),
        "median_cost": (
            median_cost,
            float(each.median()),
            {
                "that is the mean. With so few grants one of them decides it. Take the median.": (
                    float(each.mean())
                ),
                "those are the sums divided. Divide in each row first, then take the median.": (
                    float(known["awarded_usd"].sum() / known["participants"].sum())
                ),
                "those are two medians divided. Divide in each row first.": (
                    float(known["awarded_usd"].median() / known["participants"].median())
                ),
                "those are medians of all rows, also of those without both numbers. Divide in each "
                "row first.": float(rows["awarded_usd"].median() / rows["participants"].median()),
                "that is upside down: divide the dollars by the people.": float(
                    (1 / each).median()
                ),
                "that is the amount spent. Take the amount awarded.": (
                    float((rows["spent_usd"] / rows["participants"]).median())
                ),
                "that is the value of your own grant. Take the median of all rows with both "
                "numbers.": float(each.loc[grant]),
            },
        ),
    }
    found = []
    for name, (given, true, mistakes) in answers.items():
        value = as_number(given)
        if isinstance(value, str):
            found.append(f"{name}: {value}")
        elif not near(value, true, TOLERANCE):
            said = named(value, mistakes, TOLERANCE)
            if not said and near(value, true, 0.6):
                said = "very near. Give two decimals, and round only at the end."
            found.append(f"{name}: {said or 'that is not it. Divide awarded_usd by participants.'}")
    return found


@question("8.5", "budget")
def budget_lines(budget: Any) -> list[str]:
    """Check the people, and every line with its category, its activity and its numbers."""
    return _said(budget, lambda name: name in (*_PEOPLE, "lines") or name.startswith("line "))


@question("8.6", "budget")
def money(budget: Any) -> list[str]:
    """Check currency, rate, sum, the amount asked for, and the days of the grant."""
    return _said(budget, lambda name: name.startswith(_MONEY) and name != "lines")


@question("8.7", "budget")
def metrics(budget: Any) -> list[str]:
    """Check targets, the number behind them, and the question that the team wants to answer."""
    return _said(budget, lambda name: name.startswith(("target", "reference", "learning")))


def _said(budget: Any, wanted: Callable[[str], bool]) -> list[str]:
    if wrong := not_sound(budget, BudgetAndMetrics, "budget"):
        return wrong
    return [f"{p.field}: {p.text}" for p in budget.problems() if wanted(p.field)]


def _metric_problems(metric: Any) -> list[str]:
    known = list(data.load(TARGETS)["metric"].unique())
    if not isinstance(metric, str):
        return ["metric: write one measure in quotation marks."]
    if metric in known:
        return []
    close = nearest(metric, known) or f" It has: {', '.join(known)}."
    return [f"metric: the table has no measure of this name.{close}"]


def _target_problems(my_target: Any) -> list[str]:
    value = as_number(my_target)
    if isinstance(value, str):
        return [f"my_target: {value}"]
    return [] if 0 < value < 1e9 else ["my_target: write your own target, a number above zero."]


def _none(metric: str, why: Any, **given: Any) -> list[str]:
    """Say that there is no number where rows are few, and that there is one where they are not."""
    if len(_class(metric)) >= LEAST_ROWS:
        return [
            f"{name}: {metric} has enough rows, so None is not right."
            for name, value in given.items()
            if value is None
        ]
    if found := [
        f"{name}: {metric} has fewer than {LEAST_ROWS} rows. Write None, without quotation marks."
        for name, value in given.items()
        if value is not None
    ]:
        return found
    if not isinstance(why, str) or count_words(why) < 3:
        return ["None is right. Now say in why_none, in a few words, why there is no number."]
    return []


def _named_or_other(
    value: float, mistakes: dict[str, float], metric: str, compute: Callable[[Any], float]
) -> str | None:
    """Name the mistake, or the other measure whose value this is."""
    if said := named(value, mistakes, TOLERANCE):
        return said
    for other, rows in data.load(TARGETS).groupby("metric"):
        if other != metric and near(value, float(compute(_ratios(rows))), TOLERANCE):
            return f"That is the value of {other}. Select the rows of {metric}."
    return None


def _class(metric: str) -> pd.DataFrame:
    """Give the reference class: the rows of one measure."""
    table = data.load(TARGETS)
    return table[table["metric"] == metric]


def _ratios(rows: pd.DataFrame) -> pd.Series:
    """Divide what was achieved by what was promised, row by row."""
    return rows["achieved"].astype(float) / rows["target"].astype(float)
