"""Check the finished pages as their readers meet them: ``make check-site``.

Every page is weighed in a real browser and held against the budgets. Lighthouse looks at all of
them on the slow phone that it imitates. With ``--compare`` the same content is built with default
settings, and the table has both.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
from collections.abc import Iterable
from pathlib import Path

from benchmarks import default_book, lighthouse, pages
from benchmarks.__main__ import machine
from benchmarks.workshop import ROOT, Failed, Workshop

KEPT = ROOT / "benchmarks" / "results" / "pages.md"
# Performance is the median of all pages, because one run on a busy computer says little.
PERFORMANCE = 90
SCORES = {"accessibility": 100, "best-practices": 95, "seo": 95}


def opinions(found: dict[str, dict]) -> list[str]:
    """Say which scores are too low, one sentence each."""
    if not found:
        return []
    wrong = [
        f"{page}: {name} is {scores[name]} of {least} ({', '.join(scores['lost']) or 'no reason'})."
        for page, scores in found.items()
        for name, least in SCORES.items()
        if scores[name] < least
    ]
    median = statistics.median(scores["performance"] for scores in found.values())
    if median < PERFORMANCE:
        wrong.append(f"The median of performance is {median:.0f} of {PERFORMANCE}.")
    return wrong


def report(
    facts: dict[str, str],
    ours: list[pages.Weight],
    default: list[pages.Weight],
    found: dict[str, dict],
) -> str:
    """Write everything as Markdown: medians, then each page."""
    lines = ["# What the pages weigh", "", *(f"- {name}: {value}" for name, value in facts.items())]
    lines += [
        "",
        "First view with an empty cache, text packed by gzip 6. Nothing was sent to third parties,",
        "so what they would have added is not in these numbers. The book with default settings has",
        "the same text and tables; its explorers are widgets, and none of our repairs is in it.",
        "",
        "| | pages | median kB | worst kB | median files | most files | most programs kB "
        "| third parties |",
        "|---|--:|--:|--:|--:|--:|--:|--:|",
    ]
    for whose, weights in (("ours", ours), ("default settings", default)):
        for kind, row in pages.summary(weights).items():
            numbers = [f"{row[name]:.0f}" for name in row]
            lines.append(f"| {kind}, {whose} | {' | '.join(numbers)} |")
    if found:
        lines += ["", "| Lighthouse, mobile | lowest | median | highest |", "|---|--:|--:|--:|"]
        for name in (*lighthouse.CATEGORIES, "lcp"):
            values = [scores[name] for scores in found.values()]
            title = "largest part is there after, s" if name == "lcp" else name
            low, middle, high = min(values), statistics.median(values), max(values)
            lines.append(f"| {title}, {len(values)} pages | {low:g} | {middle:g} | {high:g} |")
    lines += ["", pages.table(ours, default)]
    return "\n".join(lines)


def compared(shop: Workshop, html: Path) -> list[pages.Weight]:
    """Weigh the pages of our book in a book with default settings."""
    wanted = set(pages.names(html))
    built = default_book.build(shop.root, ROOT / "_build")
    return list(pages.weigh(built, [name for name in pages.names(built) if name in wanted]))


def _chosen(names: Iterable[str], only: list[str] | None) -> list[str]:
    return [name for name in names if not only or any(part in name for part in only)]


def _plain(weight: pages.Weight) -> dict:
    return {
        "page": weight.page,
        "bytes": dict(weight.kinds),
        "requests": weight.requests,
        "strangers": sorted(weight.strangers),
        "problems": weight.problems,
    }


def main() -> int:
    """Check the pages; 1 if one of them breaks a promise."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.site", description=__doc__)
    parser.add_argument("--book", type=Path, default=ROOT / "_build" / "html", help="built pages")
    parser.add_argument("--only", action="append", help="pages with this in their name")
    parser.add_argument("--compare", action="store_true", help="with a book of default settings")
    parser.add_argument("--without-lighthouse", action="store_true", help="weigh only")
    parser.add_argument("--keep", action="store_true", help=f"write {KEPT.relative_to(ROOT)}")
    args = parser.parse_args()
    facts, default, found, wrong = machine(), [], {}, []
    chosen = _chosen(pages.names(args.book), args.only) if args.book.exists() else []
    if not chosen:
        parser.error(f"there are no such pages in {args.book}; 'make book' builds the book")
    try:
        ours = list(pages.weigh(args.book, chosen))
        wrong += [sentence for weight in ours for sentence in weight.broken()]
        if not args.without_lighthouse:
            node = ROOT / "_build" / "node"
            for page, scores in lighthouse.scores(args.book, chosen, node):
                print(page, *(f"{name} {scores[name]}" for name in scores), flush=True)
                found[page] = scores
            wrong += opinions(found)
        if args.compare:
            with tempfile.TemporaryDirectory(prefix="organizer-lab-site-") as folder:
                default = compared(Workshop(Path(folder), 1), args.book)
    except Failed as reason:
        print(f"Not measured: {reason}.", file=sys.stderr)
        return 1
    text = report(facts, ours, default, found)
    out = ROOT / "_build"
    (out / "site.md").write_text(text, encoding="utf-8")
    whole = {
        "machine": facts,
        "ours": [_plain(weight) for weight in ours],
        "default settings": [_plain(weight) for weight in default],
        "lighthouse": found,
        "wrong": wrong,
    }
    (out / "site.json").write_text(json.dumps(whole, indent=1), encoding="utf-8")
    if args.keep:
        KEPT.write_text(text, encoding="utf-8")
    print(text)
    for sentence in wrong:
        print(sentence, file=sys.stderr)
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
