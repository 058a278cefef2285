"""A report on a cohort: one page for facilitators, and the same as CSV.

It names nobody. Learners have pseudonyms that are new in each report; a statistic of fewer than
five learners is not shown, nor what would let somebody work it out from the others.
"""

from __future__ import annotations

import hashlib
import json
import re
import secrets
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from html import escape
from pathlib import Path
from typing import Any

from organizer_lab import course as structure
from organizer_lab.errors import LabError
from organizer_lab.export.certificate import SHARE
from organizer_lab.grading import harmless, pages, scores
from organizer_lab.grading.batch import JOURNAL, Course, read_journal
from organizer_lab.grading.pages import Safe, plural, points
from organizer_lab.grading.roster import Roster
from organizer_lab.grading.roster import read as read_roster

FEWEST = 5
HIDDEN = "fewer than 5"
HIDDEN_GROUP = "not shown"
FOLDER = "report"
_NO_GROUP = "(no group)"
_LONGEST_SENTENCE = 200
_QUOTED = re.compile(r"'[^'\n]*'")
_OPEN = "Not written yet"
# Values of one learner: decimals and large numbers. Years stay, they tell mistakes apart.
# The number of a question stays as well.
_VALUE = re.compile(
    r"(?<![Qq]uestion )(?<![0-9.,])[-−]?(?:[0-9]+[.,][0-9][0-9.,]*|[0-9]{5,})", re.ASCII
)
_STYLE = """
figure { margin: 1rem 0; } figure svg { width: 100%; max-width: 30rem; }
.bar { fill: var(--accent); } .low { fill: var(--bad); } .ground { fill: var(--box); }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
"""


@dataclass
class Work:
    """What one learner did in one week.

    Attributes
    ----------
    points, of : float
        Points after lateness, and how many there are.
    waiting : bool
        Whether a person has still to read something.
    repaired : list of str
        What was mended before grading.
    stopped : bool
        Whether the notebook did not run to its end.
    """

    learner: str
    week: str
    late: bool
    points: float = 0.0
    of: float = 0.0
    waiting: bool = False
    repaired: list[str] = field(default_factory=list)
    stopped: bool = False


@dataclass
class Question:
    """What is known about one question.

    Attributes
    ----------
    n, full : int
        How many submissions are graded, and how many of them have full points.
    points, of : float
        The sum of points, and how many there could be.
    mistakes : Counter
        For each sentence, how many learners it was said to.
    """

    week: str
    name: str
    by_hand: bool
    n: int = 0
    full: int = 0
    points: float = 0.0
    of: float = 0.0
    mistakes: Counter[str] = field(default_factory=Counter)


@dataclass
class Cohort:
    """Everything that a report is made from.

    Attributes
    ----------
    people : list of str
        Ids of all learners: of the roster, and of the gradebooks.
    work : dict
        By week and learner.
    questions : dict
        By week and ``grade_id``.
    ungraded : Counter
        For each week, how many were handed in and are not graded.
    groups : dict
        The group of each learner, if the roster has groups.
    strangers : int
        How many learners are in a gradebook and not in the roster.
    """

    people: list[str] = field(default_factory=list)
    work: dict[str, dict[str, Work]] = field(default_factory=dict)
    questions: dict[tuple[str, str], Question] = field(default_factory=dict)
    ungraded: Counter[str] = field(default_factory=Counter)
    groups: dict[str, str] = field(default_factory=dict)
    strangers: int = 0

    @property
    def weeks(self) -> list[str]:
        """The weeks in which somebody handed in something, in their order."""
        return sorted({*self.work, *self.ungraded}, key=scores.order)


# -- reading ---------------------------------------------------------------------------------


def read(
    folders: Sequence[Path],
    roster: Roster | None = None,
    say: Callable[[str], None] | None = None,
) -> Cohort:
    """Read one or more course directories; each has its own gradebook.

    Raises
    ------
    LabError
        If a gradebook is empty, or a learner has the same week in two of them.
    """
    cohort = Cohort()
    for folder in folders:
        course = Course(folder.resolve())
        for handed in scores.submissions(course):
            week = cohort.work.setdefault(handed.week, {})
            if handed.learner in week:
                raise LabError(
                    f"'{handed.learner}' has {handed.week} in two course directories. "
                    "Take it out of one of them, or report on each alone."
                )
            week[handed.learner] = Work(handed.learner, handed.week, handed.late, -handed.penalty)
        _read_points(course, cohort, say)
    if not cohort.work:
        raise LabError("Nothing is graded yet. Run: organizer-lab grade week-1")
    known = {learner for week in cohort.work.values() for learner in week}
    listed = [each.id for each in roster] if roster else []
    cohort.strangers = len(known - set(listed)) if roster else 0
    cohort.people = sorted(known | set(listed))
    if roster and any(each.group for each in roster):
        cohort.groups = {each.id: each.group or _NO_GROUP for each in roster}
        cohort.groups |= {learner: _NO_GROUP for learner in known - set(listed)}
    return cohort


def _read_points(course: Course, cohort: Cohort, say: Callable[[str], None] | None) -> None:
    lost: dict[tuple[str, str], list[Question]] = {}
    mine: set[str] = set()
    for score in scores.scores(course):
        mine.add(score.week)
        work = cohort.work[score.week][score.learner]
        work.points, work.of = work.points + score.points, work.of + score.of
        work.waiting = work.waiting or score.waiting
        key = score.week, score.question
        question = cohort.questions.setdefault(key, Question(*key, score.by_hand))
        if score.waiting:
            continue
        question.n += 1
        question.full += score.full
        question.points, question.of = question.points + score.points, question.of + score.of
        if not score.full and not score.by_hand:
            lost.setdefault((score.week, score.learner), []).append(question)
    for count, ((week, learner), questions) in enumerate(lost.items(), 1):
        found = _sentences(course.autograded / learner / week / f"{week}.ipynb")
        for question in questions:
            question.mistakes.update(found.get(question.name, set()))
        if say and (count % 500 == 0 or count == len(lost)):
            say(f"read {count} of {len(lost)} submissions with mistakes")
    for week in {*mine, *_handed_in(course)}:
        journal = read_journal(course.folder / JOURNAL / f"{week}.jsonl")
        graded = cohort.work.get(week, {})
        for learner, entry in journal.items():
            if work := graded.get(learner):
                work.repaired = [text for text in entry.get("repaired", []) if text]
                work.stopped = entry.get("end", "done") != "done"
        cohort.ungraded[week] += sum(each not in graded for each in course.submissions(week))
    cohort.ungraded += Counter()


def _handed_in(course: Course) -> set[str]:
    """List the weeks that somebody handed in, graded or not."""
    known = {week.id for week in structure.load().weeks}
    return {
        path.name
        for path in (course.submitted.glob("*/week-*") if course.submitted.is_dir() else ())
        if path.name in known and path.is_dir() and not path.is_symlink()
    }


def _sentences(file: Path) -> dict[str, set[str]]:
    """Give what was said to a learner about each question: by the check, else by the marking."""
    try:
        cells = json.loads(pages.read(file))["cells"]
        return {
            name: {_plain(sentence) for sentence in _said(cell)}
            for cell in cells
            if (name := cell.get("metadata", {}).get("nbgrader", {}).get("grade_id"))
        }
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError):
        # A notebook that is broken or gone tells nothing; its points are in the gradebook.
        return {}


def _said(cell: dict[str, Any]) -> Iterator[str]:
    outputs = cell.get("outputs", [])
    printed = "".join(
        harmless.text(each.get("text")) for each in outputs if each["output_type"] == "stream"
    )
    _, not_yet, rest = printed.partition(": not yet.\n")
    lines = [line[2:] for line in rest.splitlines() if line.startswith("- ")]
    if not_yet and lines:
        yield from lines
        return
    for each in outputs:
        if each["output_type"] == "error":
            text = harmless.text(each.get("evalue")) or harmless.text(each.get("ename"))
            yield re.sub(r"^Question [0-9.]+: ", "", text)
            return


def _plain(sentence: str) -> str:
    """Take the values of one learner out of a sentence, so that equal mistakes are counted."""
    sentence = _VALUE.sub("…", _QUOTED.sub("'…'", " ".join(sentence.split())))
    sentence = sentence[:1].upper() + sentence[1:]
    return sentence if len(sentence) <= _LONGEST_SENTENCE else sentence[:_LONGEST_SENTENCE] + "…"


# -- who is not shown ------------------------------------------------------------------------


def pseudonyms(learners: Iterable[str], salt: bytes) -> dict[str, str]:
    """Give each learner a name that tells nothing, and that is another one with another salt."""
    signs = {
        learner: hashlib.blake2b(learner.encode("utf-8", "replace"), key=salt).hexdigest().upper()
        for learner in learners
    }
    length = 4
    while len({sign[:length] for sign in signs.values()}) < len(signs):
        length += 1
    return {learner: f"Learner {sign[:length]}" for learner, sign in signs.items()}


def suppressed(counts: Mapping[str, int]) -> set[str]:
    """Say which parts of a known whole must not be shown.

    Parts of fewer than five are hidden. If what is hidden is one part only, or fewer than five
    learners together, the next smallest part is hidden as well: otherwise the whole less what is
    shown would give it away.
    """
    hidden = {name for name, count in counts.items() if count < FEWEST}
    rest = sorted((count, name) for name, count in counts.items() if name not in hidden)
    while hidden and rest:
        if len(hidden) > 1 and sum(counts[name] for name in hidden) >= FEWEST:
            break
        hidden.add(rest.pop(0)[1])
    return hidden


# -- the tables ------------------------------------------------------------------------------


@dataclass
class Table:
    """One table of the report, as texts and numbers.

    Attributes
    ----------
    bars : tuple of int or None
        Columns of labels and of shares (0 to 1) that are also drawn.
    """

    title: str
    about: str
    head: tuple[str, ...]
    rows: list[tuple[Any, ...]]
    bars: tuple[int, int] | None = None


def _share(part: float, whole: float, n: int) -> float | str | None:
    if n == 0 or whole <= 0:
        return None
    return HIDDEN if n < FEWEST else max(0.0, round(part / whole, 4))


def _mean(work: Iterable[Work]) -> float | str | None:
    done = list(work)
    return _share(sum(each.points for each in done), sum(each.of for each in done), len(done))


def tables(cohort: Cohort, names: Mapping[str, str], named: bool = False) -> dict[str, Table]:
    """Compute all tables of a report.

    Parameters
    ----------
    cohort : Cohort
    names : mapping
        How each learner is called in the report.
    named : bool
        Whether these are their own names; pseudonyms hide nobody among fewer than five.
    """
    found = {
        "weeks": _weeks(cohort),
        "questions": _questions(cohort),
        "mistakes": _mistakes(cohort),
        "stages": _stages(cohort),
        "mended": _mended(cohort),
    }
    if cohort.groups:
        found["groups"] = _groups(cohort)
    if named or len(cohort.people) >= FEWEST:
        found["learners"] = _learners(cohort, names)
    return found


def _weeks(cohort: Cohort) -> Table:
    rows = []
    for week in cohort.weeks:
        work = cohort.work.get(week, {}).values()
        rows.append(
            (
                week,
                len(work) + cohort.ungraded[week],
                len(cohort.people) - len(work) - cohort.ungraded[week],
                sum(each.late for each in work),
                cohort.ungraded[week],
                sum(each.waiting for each in work),
                sum(bool(each.repaired) for each in work),
                sum(each.stopped for each in work),
                _mean(work),
            )
        )
    head = ("Week", "Handed in", "Missing", "Late", "Not graded", "Waits for a grader")
    return Table(
        "Progress from week to week",
        "Share of points: of all points that the graded submissions could have.",
        (*head, "Mended", "Stopped", "Share of points"),
        rows,
        (0, 8),
    )


def _questions(cohort: Cohort) -> Table:
    rows = [
        (
            scores.number(question.name),
            question.week,
            "a person" if question.by_hand else "a program",
            question.n,
            _share(question.full, question.n, question.n),
            _share(question.points, question.of, question.n),
        )
        for question in _in_order(cohort)
    ]
    return Table(
        "How hard each question is",
        "The share of graded submissions with full points; n says how many were graded.",
        ("Question", "Week", "Graded by", "n", "Full points", "Share of points"),
        rows,
        (0, 4),
    )


def _in_order(cohort: Cohort) -> list[Question]:
    return sorted(cohort.questions.values(), key=lambda each: (scores.order(each.name), each.week))


def _mistakes(cohort: Cohort) -> Table:
    rows: list[tuple[Any, ...]] = []
    for question in _in_order(cohort):
        common = [
            (sentence, count) for sentence, count in question.mistakes.items() if count >= FEWEST
        ]
        # What nobody has begun comes last: it is no mistake, and would hide them.
        for sentence, count in sorted(common, key=lambda each: (_OPEN in each[0], -each[1], each)):
            rows.append((scores.number(question.name), question.week, sentence, count))
    return Table(
        "Common mistakes",
        "What the checks and the marking said to five learners or more. Values of single learners "
        "are left out (…).",
        ("Question", "Week", "What was said", "Learners"),
        rows,
    )


def _stages(cohort: Cohort) -> Table:
    rows = []
    course = structure.load()
    for stage in course.stages:
        weeks = {week.id for week in course.weeks_of(stage.slug, "assesses")} & set(cohort.work)
        asked = [each for each in _in_order(cohort) if each.week in weeks]
        n = max((each.n for each in asked), default=0)
        share = _share(sum(each.points for each in asked), sum(each.of for each in asked), n)
        lowest = [
            each
            for each in sorted(asked, key=lambda one: one.points / one.of if one.of else 1)
            if each.n >= FEWEST and each.of and each.points / each.of < SHARE
        ]
        verdict = "no points yet" if share is None else ""
        if isinstance(share, float):
            verdict = "teach again" if share < SHARE else "learned"
        rows.append(
            (
                f"{stage.number}. {stage.name}",
                ", ".join(sorted((week.removeprefix("week-") for week in weeks), key=int)),
                share,
                verdict,
                ", ".join(scores.number(each.name) for each in lowest[:3]),
            )
        )
    return Table(
        "Stages of the Organizer Framework",
        "The points of all questions of the weeks that assess a stage. A question counts for each "
        f"stage of its week. Below {SHARE:.0%} the stage is worth another lesson.",
        ("Stage", "Weeks", "Share of points", "", "Hardest questions"),
        rows,
        (0, 2),
    )


def _mended(cohort: Cohort) -> Table:
    said: Counter[str] = Counter()
    for week in cohort.work.values():
        for work in week.values():
            said.update({_plain(text) for text in work.repaired})
    rows = [
        (sentence, count)
        for sentence, count in sorted(said.items(), key=lambda each: (-each[1], each[0]))
        if count >= FEWEST
    ]
    return Table(
        "What was mended before grading",
        "What was wrong with five notebooks or more. The answers were kept.",
        ("What was wrong", "Notebooks"),
        rows,
    )


def _groups(cohort: Cohort) -> Table:
    names = sorted(set(cohort.groups.values()))
    rows: list[tuple[Any, ...]] = []
    for week in cohort.weeks:
        parts: dict[str, list[Work]] = {name: [] for name in names}
        for learner, work in cohort.work.get(week, {}).items():
            parts[cohort.groups[learner]].append(work)
        hidden = suppressed({name: len(part) for name, part in parts.items()})
        for name in names:
            shown = name not in hidden
            # Whole percents: a mean with more digits can be matched with single learners' points.
            mean = _mean(parts[name])
            if isinstance(mean, float):
                mean = round(mean, 2)
            row = (len(parts[name]), mean) if shown else (HIDDEN_GROUP, HIDDEN_GROUP)
            rows.append((name, week, *row))
    return Table(
        "Groups of the roster",
        "A group of fewer than five graded submissions is not shown, nor the next smallest where "
        "the total would give the first one away.",
        ("Group", "Week", "Graded", "Share of points"),
        rows,
    )


def _learners(cohort: Cohort, names: Mapping[str, str]) -> Table:
    rows = []
    for learner in cohort.people:
        done = {
            week: cohort.work[week].get(learner) for week in cohort.weeks if week in cohort.work
        }
        cells = [_done(done.get(week)) for week in cohort.weeks]
        total = sum(each.points for each in done.values() if each)
        rows.append((names[learner], *cells, round(total, 2)))
    return Table(
        "Learners",
        "Points of each week. A line stands where nothing is graded; 'late' came after the "
        "deadline; 'waits' is not graded to the end.",
        ("Learner", *cohort.weeks, "Total"),
        # By name, because the order of a roster would tell who is who.
        sorted(rows, key=lambda row: str(row[0])),
    )


def _done(work: Work | None) -> str:
    if work is None:
        return "–"
    marks = [points(work.points), "late" if work.late else "", "waits" if work.waiting else ""]
    return ", ".join(filter(None, marks))


# -- the page --------------------------------------------------------------------------------


def _bars(title: str, rows: Sequence[tuple[str, Any]]) -> str:
    """Draw shares as bars, small enough to be read on a phone without turning it."""
    longest = max(len(label) for label, _ in rows)
    step, left, width = 24, 52 if longest < 7 else 118, 180
    drawn = []
    for position, (label, share) in enumerate(rows):
        y = position * step
        name = label if len(label) <= 19 else label[:18] + "…"
        drawn.append(f"<text x='0' y='{y + 16}'>{escape(name)}</text>")
        drawn.append(f"<rect class='ground' x='{left}' y='{y + 4}' width='{width}' height='16'/>")
        value = "–" if share is None else str(share)
        if isinstance(share, float):
            value = f"{share:.0%}"
            kind = "low" if share < SHARE else "bar"
            drawn.append(
                f"<rect class='{kind}' x='{left}' y='{y + 4}' width='{width * min(share, 1):.1f}' "
                "height='16'/>"
            )
        place = left + width + 6 if isinstance(share, float) else left + 6
        drawn.append(f"<text x='{place}' y='{y + 16}'>{escape(value)}</text>")
    known = sorted((share, label) for label, share in rows if isinstance(share, float))
    told = f"{title}: bars for {plural(len(rows), 'row')} of the table below."
    if known:
        told += f" Lowest: {known[0][1]}, {known[0][0]:.0%}. Highest: {known[-1][1]}, "
        told += f"{known[-1][0]:.0%}."
    return (
        f"<figure><svg role='img' viewBox='0 0 {left + width + 47} {step * len(rows)}' "
        f"aria-label='{escape(told, quote=True)}'>{''.join(drawn)}</svg></figure>\n"
    )


def _shown(value: Any, head: str) -> Any:
    if isinstance(value, float):
        return f"{value:.0%}" if head in ("Share of points", "Full points") else points(value)
    return "–" if value is None else value


def html(cohort: Cohort, found: Mapping[str, Table], on: date, named: bool) -> str:
    """Write the report as one page."""
    body = [
        "<main>",
        "<h1>Organizer Lab: report on a cohort</h1>",
        f"<p>{escape(on.isoformat())}. {plural(len(cohort.people), 'learner')}, "
        f"{plural(len(cohort.weeks), 'week')}.</p>",
        "<p class='box'>"
        + (
            "<strong>This report names learners. Do not publish it.</strong>"
            if named
            else "Learners have pseudonyms, and other ones in the next report. A share of fewer "
            "than five learners is not shown."
        )
        + " A count of learners says how many, not who.</p>",
    ]
    if cohort.strangers:
        body.append(
            f"<p>{plural(cohort.strangers, 'learner')} of the gradebook "
            f"{'is' if cohort.strangers == 1 else 'are'} not in the roster.</p>"
        )
    for table in found.values():
        body.append(f"<section>\n<h2>{escape(table.title)}</h2>\n<p>{escape(table.about)}</p>")
        if table.bars and table.rows:
            label, share = table.bars
            body.append(_bars(table.title, [(str(row[label]), row[share]) for row in table.rows]))
        if table.rows:
            numbers = [
                column
                for column in range(1, len(table.head))
                if any(isinstance(row[column], int | float) for row in table.rows)
            ]
            cells = [
                [_shown(value, head) for value, head in zip(row, table.head, strict=True)]
                for row in table.rows
            ]
            body.append(pages.table(Safe(escape(table.title)), table.head, cells, numbers))
        else:
            body.append("<p>There is nothing to show.</p>")
        body.append("</section>")
    body.append("</main>")
    return pages.page("Organizer Lab: report on a cohort", "\n".join(body), style=_STYLE)


def report(
    to: Path | None = None,
    folders: Sequence[Path] = (),
    *,
    roster: Path | None = None,
    names: bool = False,
    on: date | None = None,
    say: Callable[[str], None] | None = None,
) -> list[Path]:
    """Write the report: a page, and each of its tables as CSV beside it.

    Parameters
    ----------
    to : Path, optional
        The page; by default ``report/report.html`` in the first course directory.
    folders : sequence of Path
        Course directories, each with its own gradebook; by default ``exercises`` of this checkout.
    roster : Path, optional
        The roster: who has handed in nothing, and the groups.
    names : bool
        Write user names, or ids, in the place of pseudonyms.
    on : date, optional
        By default today.
    say : callable, optional
        Is told the progress, a line at a time.

    Returns
    -------
    list of Path
        The page first.

    Raises
    ------
    LabError
        If there is nothing to report on.
    """
    from organizer_lab.grading.release import FOLDER as COURSE

    folders = [Path(folder) for folder in folders] or [COURSE]
    page = to or folders[0].resolve() / FOLDER / "report.html"
    if page.suffix.lower() not in (".html", ".htm"):
        raise LabError(f"The report is a page: give it a name that ends with .html, not '{page}'.")
    known = read_roster(roster) if roster else None
    cohort = read(folders, known, say)
    if names:
        called = {learner: learner for learner in cohort.people}
        if known:
            called |= {each.id: each.username for each in known}
    else:
        called = pseudonyms(cohort.people, secrets.token_bytes(16))
    found = tables(cohort, called, names)
    pages.write(page, html(cohort, found, on or date.today(), names))
    made = [page]
    for name, table in found.items():
        file = page.with_name(f"{page.stem}-{name}.csv")
        head = [head or "Verdict" for head in table.head]
        pages.write(file, pages.csv_text(head, table.rows))
        made.append(file)
    # A table that this report does not have is not to be left from an earlier one.
    for name in {"groups", "learners"} - set(found):
        page.with_name(f"{page.stem}-{name}.csv").unlink(missing_ok=True)
    return made
