"""Certificates for those who meet the pass rule, and the reasons for everybody else.

The rule is the course's (`organizer_lab.export.certificate`): every part of the plan valid, 70 % of
the automatic points, feedback on two peers. Points that are not graded yet count as none, and are
always named: so nobody gets a certificate too early, and nobody is turned down in silence.
"""

from __future__ import annotations

import contextlib
import re
import signal
import tempfile
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from organizer_lab import course as structure
from organizer_lab.errors import LabError
from organizer_lab.export.certificate import certificate_text, reasons
from organizer_lab.grading import pages, scores
from organizer_lab.grading.batch import Course
from organizer_lab.grading.pages import plural, points
from organizer_lab.grading.roster import Roster
from organizer_lab.grading.roster import read as read_roster
from organizer_lab.plan import FILE as PLAN
from organizer_lab.plan import Plan

FOLDER = "certificates"
LIST = "list.csv"
_LARGEST_PLAN = 5_000_000
# A hundred times what the check of a full plan takes.
_LONGEST_S = 10.0
_DATE = re.compile(r"^Date: .*$", re.MULTILINE)


@dataclass
class Standing:
    """How far one learner is.

    Attributes
    ----------
    learner, username : str
        The user name is empty without a roster.
    points, of : float
        Automatic points, and how many the course has.
    reasons : list of str
        What is missing; empty for those who get the certificate.
    notes : list of str
        What is not known yet, or has to be looked at.
    """

    learner: str
    username: str
    points: float
    of: float
    reasons: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


@dataclass
class Issued:
    """What a run did."""

    folder: Path
    standings: list[Standing] = field(default_factory=list)
    made: list[str] = field(default_factory=list)
    incomplete: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        """Say it in lines, with what to do next."""
        passed = [each for each in self.standings if not each.reasons]
        lines = [
            f"{plural(len(passed), 'certificate')} in {self.folder}, {len(self.made)} of them new; "
            f"{len(self.standings) - len(passed)} not yet. The reasons stand in {LIST}."
        ]
        if self.incomplete:
            lines += [f"Not complete: {text}" for text in self.incomplete]
            lines.append("Grade what is missing, and run this command again.")
        noted = [each for each in passed if each.notes]
        lines += [f"Issued, but look: {each.learner}: {' '.join(each.notes)}" for each in noted]
        if any(not each.username for each in passed):
            lines.append(
                "Without a roster a certificate has a line for a name, to be filled in by hand."
            )
        return "\n".join(lines)


def certificates(
    folder: Path | None = None,
    roster: Path | None = None,
    *,
    to: Path | None = None,
    on: date | None = None,
) -> Issued:
    """Write a text file for each learner who meets the pass rule, and a list of all.

    A certificate that stands there already keeps its date.

    Parameters
    ----------
    folder : Path, optional
        The course directory; by default ``exercises`` of this checkout.
    roster : Path, optional
        For the names, and to list those who have handed in nothing.
    to : Path, optional
        By default ``certificates`` in the course directory.
    on : date, optional
        By default today.

    Raises
    ------
    LabError
        If nothing is graded.
    """
    from organizer_lab.grading.release import FOLDER as COURSE

    course = Course((folder or COURSE).resolve())
    known = read_roster(roster) if roster else None
    issued = Issued(to or course.folder / FOLDER)
    issued.standings, issued.incomplete = _standings(course, known)
    texts: dict[str, str] = {}
    for each in issued.standings:
        _look_at_plan(course, each, texts, on or date.today())
        file = issued.folder / f"{each.learner}.txt"
        if each.learner in texts:
            if _written(file) != _undated(texts[each.learner]):
                pages.write(file, texts[each.learner])
                issued.made.append(each.learner)
        elif file.exists():
            each.notes.append(
                f"An earlier certificate is in {file.name}, but the rule is not met now. "
                "Look, and delete it if it is wrong."
            )
    pages.write(issued.folder / LIST, _listed(issued.standings))
    return issued


def _standings(course: Course, roster: Roster | None) -> tuple[list[Standing], list[str]]:
    """Count the automatic points of everybody, and say what is not graded yet."""
    weeks = structure.load().weeks
    total = float(sum(week.points.automatic for week in weeks))
    got: dict[str, float] = {}
    graded: dict[str, set[str]] = {week.id: set() for week in weeks}
    waiting: dict[str, set[str]] = {}
    maximum: dict[str, dict[str, float]] = {}
    for score in scores.scores(course):
        if score.week not in graded:
            continue
        graded[score.week].add(score.learner)
        got.setdefault(score.learner, 0.0)
        if score.by_hand:
            continue
        maximum.setdefault(score.week, {})[score.question] = score.of
        # What a person added on top is no automatic point.
        got[score.learner] += min(score.points, score.of)
        if score.waiting:
            waiting.setdefault(score.learner, set()).add(score.week)
    if not got:
        raise LabError("Nothing is graded yet. Run: organizer-lab grade week-1")
    none = [week for week, found in graded.items() if not found]
    incomplete = [f"Nobody is graded in {', '.join(none)}."] if none else []
    for week in weeks:
        found = sum(maximum.get(week.id, {}).values())
        if graded[week.id] and abs(found - week.points.automatic) > 1e-9:
            raise LabError(
                f"The gradebook has {points(found)} automatic points for {week.id}, and course.yml "
                f"{week.points.automatic}. Release the week again, or mend course.yml."
            )
    names = {each.id: each.username for each in roster} if roster else {}
    handed = {week.id: set(course.submissions(week.id)) for week in weeks}
    standings = []
    open_ = dict.fromkeys(graded, 0)
    for learner in sorted({*got, *names, *(each for week in handed.values() for each in week)}):
        standing = Standing(learner, names.get(learner, ""), got.get(learner, 0.0), total)
        late = [week for week in graded if learner in handed[week] - graded[week]]
        for week in late:
            open_[week] += 1
        _note(standing, "Handed in, but not graded", late)
        _note(standing, "A person has still to look at automatic points of", waiting.get(learner))
        nothing = [w for w in graded if learner not in handed[w] | graded[w]]
        _note(standing, "Nothing handed in for", nothing)
        if roster and learner not in names:
            standing.notes.append("Not in the roster.")
        standings.append(standing)
    incomplete += [
        f"{plural(count, 'submission')} of {week} {'is' if count == 1 else 'are'} not graded."
        for week, count in open_.items()
        if count
    ]
    return standings, incomplete


def _note(standing: Standing, text: str, weeks: Iterable[str] | None) -> None:
    if weeks:
        standing.notes.append(f"{text} {', '.join(sorted(weeks, key=scores.order))}.")


def _look_at_plan(course: Course, each: Standing, texts: dict[str, str], on: date) -> None:
    """Give the reasons, or else the text of the certificate."""
    try:
        with _at_most(_LONGEST_S):
            _give_reasons(course, each, texts, on)
    except TimeoutError:
        each.reasons.append("The plan is so large that it cannot be checked.")


@contextlib.contextmanager
def _at_most(seconds: float) -> Iterator[None]:
    """End a computation after some seconds, where the system can: a plan is a learner's work."""
    if (
        not hasattr(signal, "setitimer")
        or threading.current_thread() is not threading.main_thread()
    ):
        yield
        return

    def end(*_: object) -> None:
        raise TimeoutError

    before = signal.signal(signal.SIGALRM, end)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def _give_reasons(course: Course, each: Standing, texts: dict[str, str], on: date) -> None:
    last = structure.load().weeks[-1].id
    try:
        plan = _plan(
            [place / each.learner / last / PLAN for place in (course.autograded, course.submitted)]
        )
    except LabError as error:
        each.reasons.append(f"The plan cannot be read: {error}")
        return
    if plan is None:
        each.reasons.append(f"There is no {PLAN} in {last}.")
        each.reasons += reasons(Plan(), each.points, each.of)[1:]
        return
    each.reasons += reasons(plan, each.points, each.of)
    if not each.reasons:
        texts[each.learner] = certificate_text(
            plan, each.points, each.of, name=each.username, on=on
        )


def _plan(files: list[Path]) -> Plan | None:
    """Read the first plan that is there. What a learner's code wrote is read with care."""
    for file in files:
        try:
            content = pages.read(file, _LARGEST_PLAN)
        except FileNotFoundError:
            continue
        except OSError as error:
            raise LabError(f"{file.name}: {error.strerror}.") from None
        # A copy, so that nothing in the course directory changes or is followed meanwhile.
        with tempfile.TemporaryDirectory() as folder:
            copy = Path(folder) / PLAN
            copy.write_bytes(content)
            try:
                return Plan.load(copy)
            except RecursionError:
                raise LabError(f"{file.name} is damaged.") from None
            except LabError as error:
                raise LabError(str(error).replace(str(copy), PLAN)) from None
    return None


def _undated(text: str) -> str:
    return _DATE.sub("", text)


def _written(file: Path) -> str | None:
    try:
        return _undated(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError):
        return None


def _listed(standings: list[Standing]) -> str:
    return pages.csv_text(
        ("learner", "username", "certificate", "automatic points", "of", "missing", "notes"),
        [
            (
                each.learner,
                each.username,
                "no" if each.reasons else "yes",
                each.points,
                each.of,
                " ".join(each.reasons),
                " ".join(each.notes),
            )
            for each in standings
        ],
    )
