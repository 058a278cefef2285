"""Measure, and write the table."""

from __future__ import annotations

import argparse
import json
import os
import platform
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict
from importlib import metadata
from pathlib import Path

from benchmarks import book, environment, grading, pages
from benchmarks.workshop import ROOT, Failed, Row, Workshop

# Cheap ones first; the book is built once and used by those after it.
ALL = {"book": book, "pages": pages, "grading": grading, "environment": environment}
VERSIONS = ["jupyter-book", "sphinx", "nbgrader", "pandas", "matplotlib"]


def machine() -> dict[str, str]:
    """Say on what was measured; times mean nothing without it."""
    names = {name: metadata.version(name) for name in VERSIONS}
    return {
        "measured": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "system": f"{platform.system()} {platform.machine()}, {os.cpu_count()} cores",
        "load before": ", ".join(f"{load:.1f}" for load in os.getloadavg())
        if hasattr(os, "getloadavg")
        else "unknown",
        "Python": platform.python_version(),
        **names,
    }


def table(facts: dict[str, str], rows: Iterable[Row], failures: Iterable[str]) -> str:
    """Write the results as Markdown."""
    lines = ["# Benchmarks", "", *(f"- {name}: {value}" for name, value in facts.items()), ""]
    lines += ["| | measured | median | lowest to highest | times | |", "|---|---|--:|--:|--:|---|"]
    for row in rows:
        span = f"{min(row.values):.4g} to {max(row.values):.4g}" if len(row.values) > 1 else ""
        value = f"{row.median:.4g} {row.unit}"
        cells = [row.group, row.what, value, span, str(len(row.values)), row.note]
        lines.append(f"| {' | '.join(cells)} |")
    lines += ["", *(f"Not measured: {failure}." for failure in failures)]
    return "\n".join(lines).rstrip() + "\n"


def main() -> int:
    """Run the chosen measurements; 1 if one of them could not be made."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--only", action="append", choices=ALL, help="may be given several times")
    parser.add_argument("--repeats", type=int, default=3, help="of each cheap measurement")
    parser.add_argument("--out", type=Path, default=ROOT / "_build", help="folder for the results")
    args = parser.parse_args()
    if args.repeats < 1:
        parser.error("--repeats must be at least 1")
    facts, rows, failures = machine(), [], []
    with tempfile.TemporaryDirectory(prefix="organizer-lab-bench-") as folder:
        shop = Workshop(Path(folder), args.repeats)
        for name in [name for name in ALL if not args.only or name in args.only]:
            print(f"Measuring: {name} ...", flush=True)
            try:
                rows += ALL[name].measure(shop)
            except Failed as reason:
                failures.append(f"{name}: {reason}")
            except Exception as error:
                # What was measured in the minutes before must not be lost.
                failures.append(f"{name}: {type(error).__name__}: {error}")
    text = table(facts, rows, failures)
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "benchmarks.md").write_text(text, encoding="utf-8")
    results = [{**asdict(row), "median": row.median} for row in rows]
    found = {"machine": facts, "results": results, "not measured": failures}
    (args.out / "benchmarks.json").write_text(json.dumps(found, indent=1), encoding="utf-8")
    print(text)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
