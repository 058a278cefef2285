"""Budget and measures as CSV: a spreadsheet opens them, and a person pastes them into a form."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from typing import Any

from organizer_lab.export.wikitext import plain
from organizer_lab.files import as_cell
from organizer_lab.plan.week_7 import EventPlan, Task
from organizer_lab.plan.week_8 import CONTENT, IN_KIND, BudgetAndMetrics, BudgetLine, Target

# The columns of the budget template of the Wikimedia Foundation, in its words and order.
COLUMNS = (
    "Program or strategy number",
    "Program or strategy",
    "Expense category",
    "Expense item number",
    "Expense item",
    "Description",
    "Unit",
    "Unit cost",
    "Number of units (quantity)",
    "Currency",
    "Total cost in local currency",
    "Total cost in US dollars",
)
METRICS = ("metric", "kind", "baseline", "target", "source", "method", "due")

_KINDS = {name: "content" for name in CONTENT}


def budget_csv(money: BudgetAndMetrics, event_plan: EventPlan | None = None) -> str:
    """Write the budget with the twelve columns of the Foundation's template.

    The template is the spreadsheet that the Wikimedia Foundation's grants link to. The four columns
    of its report part (received, spent, difference, explanation) are for later.

    Program number and program are the task of week 7 that a line pays for. Services and goods that
    others give are in the file, under the template's own category, so that sums leave them out.

    Parameters
    ----------
    money : BudgetAndMetrics
    event_plan : EventPlan, optional
        Names the tasks.

    Returns
    -------
    str
        CSV as RFC 4180 describes it. Numbers have a point and no separators of thousands; US
        dollars are rounded to cents. See `cell` for text that looks like a formula.
    """
    tasks = event_plan.timeline if event_plan else []
    rows = []
    for position, line in enumerate(money.lines, 1):
        total = line.total()
        in_dollars = None
        if total is not None and money.local_per_usd:
            in_dollars = round(total / money.local_per_usd, 2)
        rows.append(
            (
                line.task,
                _task(tasks, line.task).task,
                line.category,
                position,
                line.item,
                _description(line),
                line.unit,
                line.unit_cost,
                line.quantity(),
                money.currency,
                total,
                in_dollars,
            )
        )
    return _csv(COLUMNS, rows)


def metrics_csv(money: BudgetAndMetrics) -> str:
    """Write the measures, one in each row, and the learning question as a row of its own.

    The columns are the course's own: no tool of Wikimedia reads this file. A person copies it into
    the part "Learning and metrics" of an application.

    The kinds are content, editors, organizers, participants, qualitative and learning: the core
    measures of a Rapid Fund, and the two that are not numbers.
    """
    rows: list[tuple[Any, ...]] = [
        (
            _metric(target),
            _KINDS.get(target.kind or "", target.kind),
            target.baseline,
            target.target,
            target.source,
            target.method,
            target.due,
        )
        for target in money.targets
    ]
    if plain(money.learning_question):
        question = money.learning_question
        rows.append((question, "learning", "", "", "", "Final report", money.report_due))
    return _csv(METRICS, rows)


def totals(money: BudgetAndMetrics) -> list[tuple[str, float, float | None]]:
    """Sum the lines by category, in the order in which the categories first come.

    Returns
    -------
    list of (str, float, float or None)
        Category, local currency, and US dollars rounded to cents. Lines without a total are left
        out.
    """
    sums: dict[str, float] = {}
    for line in money.lines:
        total = line.total()
        if total is not None:
            name = plain(line.category) or "No category yet"
            sums[name] = sums.get(name, 0) + total
    rate = money.local_per_usd
    return [(name, total, round(total / rate, 2) if rate else None) for name, total in sums.items()]


def cell(value: Any) -> str | int | float:
    """Write a value for a cell of a spreadsheet, where text must stay text.

    Text that begins like a formula gets an apostrophe in front, as people themselves type it:
    spreadsheets take what follows as text. Numbers stay numbers, and whole ones lose their point.
    """
    if isinstance(value, float):
        # Three times 0.1 is a little more than 0.3 for a computer.
        value = float(f"{value:.12g}")
        return int(value) if value.is_integer() and abs(value) < 1e15 else value
    if isinstance(value, int):
        return value
    return as_cell(plain(value))


def _task(tasks: Sequence[Task], position: int | None) -> Task:
    found = position is not None and 1 <= position <= len(tasks)
    return tasks[position - 1] if found else Task()


def _description(line: BudgetLine) -> str:
    given = "In kind: given by others, not asked for. " if line.category == IN_KIND else ""
    if line.people is None or line.units_each is None or line.whom in (None, "all"):
        return given.strip()
    return f"{given}{line.people} {line.whom}, {cell(line.units_each)} for each"


def _metric(target: Target) -> str:
    """Name the measure; a number of pages says whether they are created or improved."""
    text, kind = plain(target.metric), target.kind or ""
    if not text:
        return kind
    return f"{text} ({kind})" if " " in kind and kind not in text.lower() else text


def _csv(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    file = io.StringIO(newline="")
    writer = csv.writer(file)
    writer.writerow(head)
    writer.writerows([cell(value) for value in row] for row in rows)
    return file.getvalue()
