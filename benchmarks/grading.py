"""How much a submission costs to grade: ours and stock nbgrader, side by side.

Stock is nbgrader's own command with its own list of steps and its own kernel. Ours is
``organizer-lab grade`` with the repair, the sandbox and the judge. Both get the same invented
submissions, in turn, with one process each, and must give the same points. What is compared is
the time of the processor with all processes that a command starts: on a busy machine it says more
than the clock.

``python -m benchmarks.grading --submissions 10000`` then grades that many with ours alone, and
``--keep`` writes the record ``benchmarks/results/grading.json``. The record is measured, not made
from the sources, so it stands in git with its date and machine; the facilitators' pages and their
test read it.

The next factor of ten, on paper, from the record of a week without charts, where a submission
costs some 110 ms in a batch. Half of it are the learner's own cells and the checks that they call,
a quarter is the copy of the warm Python with its folder and its limits, and a tenth is reading,
judging and writing. In a week with charts the cells are three quarters.

- Do not draw: pictures and tables that no person grades need not be made. The code must still run,
  so this gives a factor of at most two, and only in weeks with charts.
- Do not run what has run: a sheet whose answers equal those of one graded before has its points.
  Untouched and copied sheets would cost nothing, but few honest ones are equal.
- Make a smaller copy: a Python without pandas until a sheet asks for it has fewer pages to copy.
- More processors: the serial part is the limit. At some 4 ms one writer serves 250 submissions a
  second, the work of 27 processors. Beyond that each group of learners has a gradebook of its own,
  and the writers do not meet.

So on one processor a factor of two is left, and no ten; the next ten come from twenty processors.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib import metadata
from pathlib import Path
from typing import Any

from benchmarks.submissions import write
from benchmarks.workshop import ROOT, Failed, Row, Workshop

RECORD = Path(__file__).parent / "results" / "grading.json"
# Facts about the machine that differ from run to run.
_OF_ONE_RUN = {"measured", "load_before"}
WEEKS = ["week-1"]
# What stock does with this course: no repair, no sandbox, the judge asked by the test cell.
STOCK = """\
import os, sysconfig
c = get_config()
os.environ["PATH"] = os.pathsep.join([sysconfig.get_path("scripts"), os.environ["PATH"]])
c.CourseDirectory.course_id = "organizer-lab"
c.OverwriteCells.add_missing_cells = True
"""
POINTS = """\
select a.student_id, round(sum(coalesce(g.auto_score, 0)), 6) from grade g
join submitted_notebook n on g.notebook_id = n.id
join submitted_assignment a on n.assignment_id = a.id group by a.student_id
"""


def measure(shop: Workshop, weeks: list[str] | None = None, number: int = 40) -> Iterator[Row]:
    """Compare both on the same submissions, and say where our time goes."""
    if not sys.platform.startswith("linux"):
        raise Failed("the sandbox, and counting the time of all processes, need Linux")
    for week in weeks or WEEKS:
        found = compare(shop, week, number, min(shop.repeats, 2))
        ours, stock = found["ours"], found["stock"]
        each = f"{number} submissions, {found['rounds']} rounds in turn, start included"
        yield Row("Grading", f"{week}: stock nbgrader autograde", "ms of processor", stock, each)
        yield Row("Grading", f"{week}: organizer-lab grade", "ms of processor", ours, each)
        factor = [s / o for s, o in zip(stock, ours, strict=True)]
        yield Row("Grading", f"{week}: how many times less", "x", factor, "the same points")
        found |= parts(shop, week, found["course"])
        for name, value in found["parts"].items():
            yield Row("Grading", f"{week}: {name}", "ms of processor", [value], "of ours")


def prepare(shop: Workshop, week: str, number: int) -> Path:
    """Give a course directory with the week released and this many submissions."""
    course = Path(tempfile.mkdtemp(dir=shop.folder, prefix=f"{week}-{number}-"))
    shutil.copy(shop.root / "exercises" / "nbgrader_config.py", course)
    for name in ("source", "rubrics"):
        shutil.copytree(shop.root / "exercises" / name, course / name)
    shop.seconds(
        *(sys.executable, "-c"),
        "import pathlib, sys; from organizer_lab.grading import release;"
        "release.release(sys.argv[1], folder=pathlib.Path(sys.argv[2]))",
        *(week, str(course)),
    )
    write(course, week, number)
    return course


def compare(shop: Workshop, week: str, number: int, rounds: int) -> dict[str, Any]:
    """Grade the same submissions with stock and ours in turn; milliseconds for each submission.

    What the start of a command costs is seen from a run with four submissions, and taken off.
    Of ours it is too large a part for that; see `parts`.
    """
    course = prepare(shop, week, number)
    few = prepare(shop, week, 4)
    found: dict[str, Any] = {"week": week, "number": number, "rounds": rounds, "course": course}
    runs: dict[str, list[dict[str, Any]]] = {"stock": [], "ours": []}
    points: list[dict[str, float]] = []
    for count in range(rounds):
        for who in runs:
            print(f"{week}: {who}, round {count + 1} of {rounds} ...", file=sys.stderr, flush=True)
            copy = shop.folder / f"{who}-{week}-{count}"
            shutil.copytree(course, copy)
            runs[who].append(run(shop, who, copy, week, 1))
            points.append(points_of(copy))
    if any(each != points[0] for each in points) or len(points[0]) != number:
        raise Failed(f"{week}: stock and ours do not give the same points")
    for who, several in runs.items():
        found[who] = [1000 * each["cpu_s"] / number for each in several]
        found[f"{who} wall"] = [1000 * each["wall_s"] / number for each in several]
        found[f"{who} memory"] = max(mb for each in several for _, mb in each["memory_mb"])
    start = run(shop, "stock", few, week, 1)["cpu_s"]
    more = statistics.median(each["cpu_s"] for each in runs["stock"]) - start
    found["stock without start"] = 1000 * more / (number - 4)
    return found


def run(shop: Workshop, who: str, course: Path, week: str, jobs: int) -> dict[str, Any]:
    """Run the command of one of them in a course directory, and measure all its processes."""
    command = [sys.executable, "-m"]
    if who == "stock":
        (course / "nbgrader_config.py").write_text(STOCK)
        command += ["nbgrader", "autograde", week]
    else:
        command += ["organizer_lab.cli", "grade", week, "--course", str(course)]
        command += ["--jobs", str(jobs)]
    out = course / "measured.json"
    _watched(shop, out, *command)
    return json.loads(out.read_text("utf-8"))


def points_of(course: Path) -> dict[str, float]:
    """Read everybody's automatic points from the gradebook."""
    import sqlite3

    with sqlite3.connect(course / "gradebook.db") as book:
        return dict(book.execute(POINTS))


def parts(shop: Workshop, week: str, course: Path) -> dict[str, Any]:
    """Say where our time goes: milliseconds of processor for each submission."""
    copy = shop.folder / f"parts-{week}"
    shutil.copytree(course, copy)
    return _asked(shop, "parts", copy, week)


def alone(shop: Workshop, week: str, number: int, jobs: int) -> dict[str, Any]:
    """Grade many submissions with ours; say time, and memory at the tenths of the batch."""
    course = prepare(shop, week, number)
    print(f"{week}: ours, {number} submissions ...", file=sys.stderr, flush=True)
    used = run(shop, "ours", course, week, jobs)
    memory = [mb for _, mb in used["memory_mb"]]
    return {
        "week": week,
        "number": number,
        "jobs": jobs,
        "wall_s": round(used["wall_s"], 1),
        "cpu_ms": round(1000 * used["cpu_s"] / number, 1),
        # The highest of each tenth: a batch that keeps what it has done would climb.
        "memory_mb": [
            round(max(memory[len(memory) * n // 10 : len(memory) * (n + 1) // 10] or [0]))
            for n in range(10)
        ],
    }


def feedback(shop: Workshop, week: str, number: int) -> float:
    """Give the milliseconds of processor for the page of one learner, start included."""
    course = prepare(shop, week, number)
    run(shop, "ours", course, week, 1)
    out = course / "measured.json"
    command = [sys.executable, "-m", "organizer_lab.cli", "feedback", week]
    _watched(shop, out, *command, "--course", str(course))
    return round(1000 * json.loads(out.read_text("utf-8"))["cpu_s"] / number, 1)


def formgrader(shop: Workshop, week: str, number: int) -> dict[str, float]:
    """Say how long formgrader's lists take with this many learners in one gradebook."""
    course = prepare(shop, week, number)
    return _asked(shop, "formgrader", course, week)


def _asked(shop: Workshop, module: str, course: Path, week: str) -> dict[str, Any]:
    """Run one of the programs beside this one, and read what it found."""
    out = course / f"{module}.json"
    command = [sys.executable, "-m", f"benchmarks.{module}", str(out), str(course), week]
    shop.seconds(*command, cwd=course, PYTHONPATH=_path(shop))
    return json.loads(out.read_text("utf-8"))


def _watched(shop: Workshop, out: Path, *command: str) -> None:
    """Run a command and measure all its processes."""
    tree = [sys.executable, "-m", "benchmarks.tree", str(out), *command]
    shop.seconds(*tree, cwd=out.parent, PYTHONPATH=_path(shop))


def _path(shop: Workshop) -> str:
    """Let the package of the copy come first."""
    return os.pathsep.join([str(shop.root), str(ROOT)])


def machine() -> dict[str, str]:
    """Say on what was measured."""
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    model = next((line.split(":")[1].strip() for line in lines if "model name" in line), "unknown")
    return {
        "measured": time.strftime("%Y-%m-%d", time.gmtime()),
        "processor": f"{model}, {os.cpu_count()} processors",
        "system": f"{platform.system()} {platform.release().split('-')[0]}",
        "load_before": f"{os.getloadavg()[0]:.1f}",
        "Python": platform.python_version(),
        **{name: metadata.version(name) for name in ("nbgrader", "pandas", "matplotlib")},
    }


def table(record: dict[str, Any]) -> str:
    """Write a record as Markdown."""
    lines = ["# Grading", ""]
    lines += [f"- {name}: {value}" for name, value in record["machine"].items()]
    if record["compared"]:
        lines += ["", "| | stock | ours | times less |", "|---|--:|--:|--:|"]
    for each in record["compared"]:
        stock, ours = each["stock"], each["ours"]
        week, number = each["week"], each["number"]
        for what, key, unit in (
            ("processor, start included", "cpu_ms", "ms"),
            ("processor, without start", "cpu_without_start_ms", "ms"),
            ("wall clock", "wall_ms", "ms"),
            ("peak memory, all processes", "memory_mb", "MB"),
        ):
            factor = f"{stock[key] / ours[key]:.1f}" if unit == "ms" else ""
            lines.append(
                f"| {week}, {number} submissions: {what} | {stock[key]:.0f} {unit} "
                f"| {ours[key]:.0f} {unit} | {factor} |"
            )
    if record["compared"]:
        lines += ["", "| where our time goes, each submission | ms of processor |", "|---|--:|"]
    for each in record["compared"]:
        lines += [f"| {each['week']}: {name} | {ms:.1f} |" for name, ms in each["parts"].items()]
    if record["alone"]:
        lines += ["", "| ours alone | submissions | processes | seconds | ms of processor each |"]
        lines[-1] += " peak memory by tenth of the batch, MB |"
        lines += ["|---|--:|--:|--:|--:|---|"]
    for each in record["alone"]:
        lines.append(
            f"| {each['week']} | {each['number']} | {each['jobs']} | {each['wall_s']:.0f} "
            f"| {each['cpu_ms']:.0f} | {', '.join(map(str, each['memory_mb']))} |"
        )
    if record["feedback_ms"]:
        lines += ["", f"Feedback: {record['feedback_ms']:.0f} ms of processor for each page."]
    if record["formgrader"]:
        lines += ["", "| learners in one gradebook | list of submissions | next submission |"]
        lines += ["|--:|--:|--:|"]
    for each in record["formgrader"]:
        lines.append(f"| {each['learners']} | {each['list_s']} s | {each['next_s']} s |")
    return "\n".join(lines) + "\n"


def recorded(found: dict[str, Any]) -> dict[str, Any]:
    """Give what is kept of a comparison."""
    # The record is a part of the serial part.
    found["ours without start"] = sum(found["parts"].values()) - found["parts"]["of it the record"]
    found["spread"] = [round(s / o, 1) for s, o in zip(found["stock"], found["ours"], strict=True)]
    middle = {
        who: {
            "cpu_ms": round(statistics.median(found[who]), 1),
            "cpu_without_start_ms": round(found[f"{who} without start"], 1),
            "wall_ms": round(statistics.median(found[f"{who} wall"]), 1),
            "memory_mb": round(found[f"{who} memory"]),
        }
        for who in ("stock", "ours")
    }
    kept = {name: found[name] for name in ("week", "number", "rounds", "parts", "spread")}
    return {**kept, **middle}


def completed(record: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """Keep what was not measured this time, if the same programs found it on the same machine."""
    then, now = (
        {name: fact for name, fact in each["machine"].items() if name not in _OF_ONE_RUN}
        for each in (before, record)
    )
    if then != now:
        return record
    return {name: value or before.get(name) for name, value in record.items()}


def main() -> int:
    """Compare, then grade many with ours alone; print the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.grading")
    parser.add_argument("--weeks", nargs="*", default=WEEKS, metavar="week-N")
    parser.add_argument("--pairs", type=int, default=40, help="submissions that both grade")
    parser.add_argument("--rounds", type=int, default=2, help="how often each grades them")
    parser.add_argument("--submissions", type=int, default=200, help="with ours alone; 0: none")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="for ours alone")
    parser.add_argument("--feedback", type=int, default=0, help="pages of feedback to make")
    parser.add_argument(
        "--formgrader", type=int, nargs="*", default=[], help="sizes of gradebooks to look at"
    )
    parser.add_argument("--keep", action="store_true", help=f"write {RECORD.relative_to(ROOT)}")
    args = parser.parse_args()
    record: dict[str, Any] = {
        "machine": machine(),
        "compared": [],
        "alone": [],
        "feedback_ms": None,
        "formgrader": [],
    }
    with tempfile.TemporaryDirectory(prefix="organizer-lab-bench-") as folder:
        shop = Workshop(Path(folder), args.rounds)
        for week in args.weeks if args.pairs else ():
            found = compare(shop, week, args.pairs, args.rounds)
            found |= parts(shop, week, found["course"])
            record["compared"].append(recorded(found))
        if args.submissions:
            record["alone"].append(alone(shop, args.weeks[0], args.submissions, args.jobs))
        if args.feedback:
            record["feedback_ms"] = feedback(shop, args.weeks[0], args.feedback)
        record["formgrader"] = [formgrader(shop, args.weeks[0], n) for n in args.formgrader]
    if args.keep:
        if RECORD.exists():
            record = completed(record, json.loads(RECORD.read_text("utf-8")))
        RECORD.parent.mkdir(exist_ok=True)
        RECORD.write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")
    print(table(record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
