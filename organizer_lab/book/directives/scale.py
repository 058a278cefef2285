"""Hardware and time for cohorts of several sizes, computed from what the benchmark measured.

The record, ``benchmarks/results/grading.json``, is written by ``python -m benchmarks.grading``. No
measured number is typed into a page.
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

from organizer_lab.book.directives.written import Written
from organizer_lab.errors import LabError
from organizer_lab.grading.incoming.paws import PAUSE
from organizer_lab.grading.sandbox import Limits

RECORD = Path(__file__).resolve().parents[3] / "benchmarks" / "results" / "grading.json"
# What a whole record has. The benchmark can leave each of them out.
_WHOLE = ("machine", "compared", "alone", "feedback_ms", "formgrader")
LEARNERS = (20, 200, 2_000, 10_000)
PROCESSORS = (2, 8, 16)
# How many learners one gradebook takes before formgrader's lists make people wait.
FEWEST_IN_GRADEBOOK, MOST_IN_GRADEBOOK = 300, 500
# An assumption, and said to be one: what a person needs to read and mark one short text.
READING_MINUTES = 3


def load(path: Path = RECORD) -> dict[str, Any]:
    """Read the record.

    Raises
    ------
    LabError
        If it is not there, or not whole.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        if not all(record[name] for name in _WHOLE):
            raise ValueError("a part of it is empty")
    except (OSError, ValueError, KeyError) as error:
        raise LabError(
            f"The record {path.name} cannot be used ({error}). Make it anew: "
            "python -m benchmarks.grading --keep --feedback 40 --formgrader 300 500 1000"
        ) from None
    return record


def duration(seconds: float) -> str:
    """Say a length of time in words, rounded as one would say it."""
    for unit, length, most in (("seconds", 1, 90), ("minutes", 60, 90), ("hours", 3600, 48)):
        if seconds < most * length:
            number = max(1, round(seconds / length))
            return f"{number} {unit if number != 1 else unit[:-1]}"
    return f"{round(seconds / 86400)} days"


def rates(record: dict[str, Any]) -> dict[str, float]:
    """Give what one submission costs: milliseconds of processor.

    Returns
    -------
    dict
        ``grade``: all processes, in the largest batch, start included; ``serial``: the part of it
        that one process does for all; ``start_s``: seconds until the first submission runs;
        ``feedback``: a page; ``memory_mb``: for each process that grades; ``dearest``: how many
        times as much the dearest week costs.
    """
    alone = max(record["alone"], key=lambda each: each["number"])
    serial = max(
        ms
        for each in record["compared"]
        for name, ms in each["parts"].items()
        if name.startswith("serial")
    )
    each = {week["week"]: week["ours"]["cpu_without_start_ms"] for week in record["compared"]}
    return {
        "grade": alone["cpu_ms"],
        "start_s": max(
            week["number"] * (week["ours"]["cpu_ms"] - week["ours"]["cpu_without_start_ms"]) / 1000
            for week in record["compared"]
        ),
        "dearest": max(each.values()) / each[alone["week"]],
        "serial": serial,
        "feedback": record["feedback_ms"],
        "memory_mb": max(alone["memory_mb"]) / alone["jobs"],
    }


def source(record: dict[str, Any]) -> str:
    """Say how it was measured."""
    machine = record["machine"]
    alone = max(record["alone"], key=lambda each: each["number"])
    return "\n".join(
        [
            f"Measured on {machine['measured']}, by `python -m benchmarks.grading`: "
            f"{alone['number']:,} invented submissions of {_named(alone['week'])}.",
            f"The machine: {machine['processor']}, shared with other work, {machine['system']}.",
            f"The programs: Python {machine['Python']}, nbgrader {machine['nbgrader']}, "
            f"pandas {machine['pandas']}, matplotlib {machine['matplotlib']}.",
        ]
    )


def compared(record: dict[str, Any]) -> str:
    """Compare with stock nbgrader, a row for each week."""
    lines = [
        "| Week | Submissions | Stock | Ours | Times less |",
        "| --- | --: | --: | --: | --: |",
    ]
    for each in record["compared"]:
        stock, ours = each["stock"]["cpu_ms"], each["ours"]["cpu_ms"]
        lines.append(
            f"| {_named(each['week'])} | {each['number']} | {stock:,.0f} ms | {ours:,.0f} ms "
            f"| {stock / ours:.1f} |"
        )
        stock, ours = each["stock"]["cpu_without_start_ms"], each["ours"]["cpu_without_start_ms"]
        lines.append(
            f"| without the start | one more | {stock:,.0f} ms | {ours:,.0f} ms "
            f"| {stock / ours:.1f} |"
        )
        for many in record["alone"]:
            if many["week"] == each["week"]:
                ours, number = many["cpu_ms"], many["number"]
                lines.append(
                    f"| in a batch, {many['jobs']} processes | {number:,} | {stock:,.0f} ms "
                    f"| {ours:,.0f} ms | {stock / ours:.1f} |"
                )
    return "\n".join(lines)


def parts(record: dict[str, Any]) -> str:
    """Say where the time of one submission goes."""
    weeks = record["compared"]
    lines = [f"| Part | {' | '.join(_named(each['week']) for each in weeks)} |"]
    lines.append(f"| --- |{' --: |' * len(weeks)}")
    for name in weeks[0]["parts"]:
        found = " | ".join(f"{each['parts'][name]:.1f} ms" for each in weeks)
        lines.append(f"| {name[0].upper()}{name[1:]} | {found} |")
    return "\n".join(lines)


def cohorts(record: dict[str, Any]) -> str:
    """Compute time, memory and people for each size of cohort, for the exercise of one week."""
    rate = rates(record)
    head = ["Learners", *(f"{number:,}" for number in LEARNERS)]
    rows: list[list[str]] = []
    for processors in PROCESSORS:
        row = [f"Grade by program, {processors} processors"]
        for learners in LEARNERS:
            # The serial part cannot be shared.
            each = max(rate["grade"] / processors, rate["serial"])
            row.append(duration(rate["start_s"] + learners * each / 1000))
        rows.append(row)
    rows.append(
        ["Feedback, one processor"]
        + [duration(learners * rate["feedback"] / 1000) for learners in LEARNERS]
    )
    rows.append(
        ["Collect from PAWS, pauses alone"] + [duration(learners * PAUSE) for learners in LEARNERS]
    )
    rows.append(
        [f"Read one text each, at {READING_MINUTES} minutes"]
        + [duration_of_work(learners * READING_MINUTES / 60) for learners in LEARNERS]
    )
    rows.append(
        [f"Gradebooks of at most {MOST_IN_GRADEBOOK} learners"]
        + [f"{math.ceil(learners / MOST_IN_GRADEBOOK)}" for learners in LEARNERS]
    )
    lines = [f"| {' | '.join(head)} |", "| --- |" + " --: |" * len(LEARNERS)]
    lines += [f"| {' | '.join(row)} |" for row in rows]
    used, most = rate["memory_mb"] / 1000, Limits().memory_mb / 1024
    if rate["dearest"] > 1:
        lines += ["", f"A week with charts takes up to {rate['dearest']:.1f} times as long to run."]
    lines += [
        "",
        f"Memory: each process that grades held at most {used:.1f} GB.",
        f"One submission may use {most:g} GB, so plan {used + most:.1f} GB for each processor.",
        "It does not grow with the number of learners.",
    ]
    return "\n".join(lines)


def duration_of_work(hours: float) -> str:
    """Say hours of people's work; days would hide that nobody reads for 24 hours."""
    return f"{hours:,.0f} {'hour' if round(hours) == 1 else 'hours'}"


def formgrader(record: dict[str, Any]) -> str:
    """Say how long formgrader's lists take."""
    lines = ["| Learners in one gradebook | List of submissions | Going to the next one |"]
    lines.append("| --: | --: | --: |")
    for each in record["formgrader"]:
        lines.append(f"| {each['learners']:,} | {each['list_s']:.1f} s | {each['next_s']:.1f} s |")
    lines += ["", f"So keep to {FEWEST_IN_GRADEBOOK} learners in one gradebook, and never go "
              f"beyond {MOST_IN_GRADEBOOK}."]  # fmt: skip
    return "\n".join(lines)


def _named(week: str) -> str:
    return week.replace("-", " ")


TABLES = {
    "source": source,
    "compared": compared,
    "parts": parts,
    "cohorts": cohorts,
    "formgrader": formgrader,
}


class Scale(Written):
    """One table of the record; its argument names which."""

    required_arguments = 1

    def markdown(self) -> str:
        """Write the table."""
        self.env.note_dependency(str(RECORD))
        table = TABLES.get(self.arguments[0])
        if table is None:
            raise LabError(f"grading-scale knows {', '.join(TABLES)}.")
        return table(load())


def setup(app: Any) -> None:
    """Register the directive."""
    app.add_directive("grading-scale", Scale)
