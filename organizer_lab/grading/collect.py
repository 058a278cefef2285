"""Collect: from where learners have their work into nbgrader's ``submitted`` folder.

What comes in is kept untouched in ``received/<week>/<id>/``. From there
``submitted/<id>/<week>/`` is made, whole or not at all. A newer submission is never replaced by an
older one, nor any by the sheet of another week, and what is replaced stays in ``received``.
Collecting again is cheap, goes on after an interruption, and says of every learner and every file
what became of it.
"""

from __future__ import annotations

import contextlib
import csv
import io
import json
import shutil
import sys
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from organizer_lab import course
from organizer_lab.errors import LabError
from organizer_lab.files import as_cell
from organizer_lab.grading import COURSE
from organizer_lab.grading.alone import alone
from organizer_lab.grading.incoming import WITHOUT_PLAN, Fault, Offer
from organizer_lab.grading.incoming.files import Files
from organizer_lab.grading.incoming.paws import Paws
from organizer_lab.grading.incoming.received import Shelf, sign, write
from organizer_lab.grading.roster import Learner, Roster
from organizer_lab.handin import sheets
from organizer_lab.handin.examine import examine

PAWS = "paws"
REPORT = "collected.csv"

# What can become of a learner or a file, in the order of the summary.
STATES = {
    "collected": "new",
    "updated": "newer than before",
    "unchanged": "as before",
    "kept": "not replaced by what came now",
    "refused": "not taken",
    "failed": "not reached; collect again",
    "missing": "nothing handed in",
    "ignored": "left out",
}
_STALE = timedelta(hours=12)
# A clock that is ahead a little is not worth a word.
_AHEAD = timedelta(minutes=5)
# So many outcomes with one reason are told one by one.
_FEW = 3
# The plan counts at the end of the course only, when it is late to ask for it.
_NO_PLAN = (
    "No plan.json came with it. The certificate needs it: ask the learner to save it and to hand "
    "in again."
)
_STAMP = "%Y-%m-%d %H:%M:%S.%f UTC"


@dataclass(frozen=True)
class Outcome:
    """What became of a learner or a file.

    Attributes
    ----------
    state : str
        One of `STATES`.
    learner, username : str
        Empty for a file that belongs to nobody.
    origin : str
        Where it came from.
    time : str
        When it was last changed, in UTC; may be empty.
    reason : str
        Why; empty where the state says all.
    """

    state: str
    learner: str = ""
    username: str = ""
    origin: str = ""
    time: str = ""
    reason: str = ""


@dataclass
class Collection:
    """What became of all of them."""

    week: str
    folder: Path
    dry_run: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    skipped: int = 0

    def of(self, state: str) -> list[Outcome]:
        """List those with one state."""
        return [outcome for outcome in self.outcomes if outcome.state == state]

    @property
    def troubles(self) -> int:
        """How many files or learners need somebody to act."""
        return len(self.of("refused")) + len(self.of("failed"))

    def __str__(self) -> str:
        """Say it in lines: the counts, then each that is not plainly in order."""
        count = Counter(outcome.state for outcome in self.outcomes)
        counts = ", ".join(f"{count[state]} {state}" for state in STATES if count[state])
        would = "Would be the result" if self.dry_run else "Result"
        lines = [f"{would} for {self.week}: {counts or 'nothing'}."]
        if self.skipped:
            lines.append(
                f"{self.skipped} of them were asked before the interruption, and not again. "
                "'--afresh' asks everybody."
            )
        for state, meaning in STATES.items():
            told = [each for each in self.of(state) if each.reason]
            if told:
                lines.append(f"{state.capitalize()} ({meaning}):")
                lines += [f"- {line}" for line in _lines(told)]
        return "\n".join(lines)

    def csv(self) -> str:
        """Give all outcomes as a table for a spreadsheet."""
        file = io.StringIO(newline="")
        writer = csv.writer(file)
        names = list(Outcome.__dataclass_fields__)
        writer.writerow(names)
        for outcome in self.outcomes:
            writer.writerow([as_cell(getattr(outcome, name)) for name in names])
        return file.getvalue()


def _lines(outcomes: list[Outcome]) -> list[str]:
    """Say each outcome in a line; one reason that holds for many, such as no network, once."""
    shared: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        shared.setdefault(outcome.reason, []).append(outcome)
    lines = []
    for reason, those in shared.items():
        if len(those) > _FEW:
            names = ", ".join(each.username or each.origin for each in those)
            lines.append(f"{reason} This holds for {len(those)}: {names}")
            continue
        for each in those:
            who = each.username or each.origin
            from_ = f" ({each.origin})" if each.username and each.origin else ""
            lines.append(f"{who}{from_}: {reason}")
    return lines


def collect(
    week: str,
    roster: Roster,
    sources: Iterable[Path | str] = (PAWS,),
    folder: Path | None = None,
    *,
    paws: Paws | None = None,
    pattern: str | None = None,
    replace: bool = False,
    dry_run: bool = False,
    afresh: bool = False,
    say: Callable[[int, int], None] | None = None,
) -> Collection:
    """Collect the submissions of a week.

    Parameters
    ----------
    week : str
        Such as ``"week-1"``.
    roster : Roster
    sources : iterable of path or str
        Folders, zips and notebooks, or the word ``"paws"``.
    folder : Path, optional
        The nbgrader course directory; by default ``exercises`` of this checkout.
    paws : Paws, optional
        Asks for public copies.
    pattern : str, optional
        See `organizer_lab.grading.incoming.files.Files`.
    replace : bool
        Take what is offered also where it is not newer.
    dry_run : bool
        Say what would be done, and write nothing.
    afresh : bool
        Ask PAWS for everybody again, also after an interruption.
    say : callable, optional
        Is told how many of how many learners are done.

    Returns
    -------
    Collection
        One outcome for each learner at least.

    Raises
    ------
    LabError
        If there is no such week, source or course directory, or the disk is full, or another
        collection of this week is running.
    """
    course.load().week(week)
    folder = (folder or COURSE).resolve()
    if not folder.is_dir():
        raise LabError(f"{folder} is no course directory.")
    names = list(map(str, sources))
    if PAWS in names and (len(names) > 1 or pattern):
        raise LabError("Collect from PAWS, then from folders and zips: not both at once.")
    found = Collection(week, folder, dry_run)
    shelf = Shelf(folder / "received" / week)
    place = _Place(folder, week, shelf, replace=replace, dry_run=dry_run)
    try:
        with contextlib.nullcontext() if dry_run else alone(shelf.folder, f"Collecting {week}"):
            if not dry_run:
                place.recover(roster)
            if PAWS in names:
                _from_paws(found, roster, shelf, place, paws or Paws(), afresh, say)
            else:
                _from_files(found, roster, place, Files(names, pattern), say)
            if not dry_run:
                write(shelf.folder / REPORT, ("\ufeff" + found.csv()).encode())
    except OSError as error:
        raise LabError(
            f"The submissions could not be written ({error.strerror or error}). Is there space, "
            "and may you write there? What was collected before this is whole: collect again."
        ) from error
    return found


def _from_files(
    found: Collection,
    roster: Roster,
    place: _Place,
    files: Files,
    say: Callable[[int, int], None] | None,
) -> None:
    seen: set[str] = set()
    for given in files.offers(roster, found.week):
        outcome = place.settle(given) if isinstance(given, Offer) else _fault(given)
        found.outcomes.append(outcome)
        if outcome.learner and outcome.state != "ignored":
            seen.add(outcome.learner)
            if say:
                say(len(seen), len(roster))
    for learner in roster:
        if learner.id not in seen:
            found.outcomes.append(place.absent(learner, "", ""))


def _from_paws(
    found: Collection,
    roster: Roster,
    shelf: Shelf,
    place: _Place,
    paws: Paws,
    afresh: bool,
    say: Callable[[int, int], None] | None,
) -> None:
    journal = _Journal(shelf.folder / ".paws-progress.jsonl", paws.address, found.dry_run)
    done = {} if afresh else journal.read()
    journal.begin(done.values())
    asked = [learner for learner in roster if learner.id not in done]
    found.skipped = len(roster) - len(asked)
    results = dict(done)
    for count, given in enumerate(paws.offers(asked, found.week, shelf), found.skipped + 1):
        if isinstance(given, Offer):
            outcome = place.settle(given)
            if given.state and not found.dry_run:
                shelf.remember(given.learner.id, given.state)
        elif given.kind == "missing" and given.learner:
            outcome = place.absent(given.learner, given.origin, given.reason)
        else:
            outcome = _fault(given)
        results[outcome.learner] = outcome
        if outcome.state != "failed":
            journal.add(outcome)
        if say:
            say(count, len(roster))
    found.outcomes += [results[learner.id] for learner in roster]
    if not found.of("failed"):
        journal.end()


def _fault(fault: Fault) -> Outcome:
    who = fault.learner
    return Outcome(
        fault.kind,
        who.id if who else "",
        who.username if who else "",
        fault.origin,
        reason=fault.reason,
    )


# -- what stands in submitted/ ---------------------------------------------------------------


@dataclass(frozen=True)
class _Standing:
    """A submission that is there already, or would be."""

    notebook: str
    plan: str
    time: datetime
    readable: bool


class _Place:
    """Puts submissions where nbgrader looks for them."""

    def __init__(self, course: Path, week: str, shelf: Shelf, *, replace: bool, dry_run: bool):
        self._submitted, self._week, self._shelf = course / "submitted", week, shelf
        self._sheet = _sheet(course, week)
        self._replace, self._dry_run = replace, dry_run
        self._would: dict[str, _Standing] = {}

    def settle(self, offer: Offer) -> Outcome:
        """Keep what came, and make it the submission if it is the newest."""
        learner, now = offer.learner, datetime.now(UTC).replace(microsecond=0)
        time, notes = offer.time.astimezone(UTC).replace(microsecond=0), list(offer.notes)
        if time > now + _AHEAD:
            notes.append(f"Its time lies in the future ({_told(time)}); now is taken.")
            time = now
        if not _readable(offer.notebook):
            notes.append("The notebook is damaged; grading will save what can be read.")
        if not self._dry_run:
            self._keep(offer, time)
        before = self._would.get(learner.id) or self._standing(learner.id)
        state, reason = self._decide(offer, time, before)
        if reason:
            notes.insert(0, reason)
        if state == "collected" and (self._submitted / learner.id / self._week).exists():
            notes.append(
                f"A folder without a {self._week}.ipynb stood there; it is in received now."
            )
        if state in ("collected", "updated"):
            carried = offer.plan is None and before is not None and before.plan
            if carried:
                notes.append("It came without plan.json, so the earlier one stays with it.")
            elif offer.plan is None and not any(note.startswith(WITHOUT_PLAN) for note in notes):
                notes.append(_NO_PLAN)
            if self._dry_run:
                plan = sign(offer.plan) if offer.plan is not None else (carried or "")
                readable = _readable(offer.notebook)
                self._would[learner.id] = _Standing(sign(offer.notebook), plan, time, readable)
            else:
                self._put(learner.id, offer, time)
        return Outcome(
            state, learner.id, learner.username, offer.origin, _told(time), " ".join(notes)
        )

    def _decide(self, offer: Offer, time: datetime, before: _Standing | None) -> tuple[str, str]:
        if other := self._other_week(offer.notebook):
            return "refused", _misplaced(other, offer, before)
        if before is None:
            return "collected", ""
        same_plan = offer.plan is None or sign(offer.plan) == before.plan
        if sign(offer.notebook) == before.notebook and same_plan:
            return "unchanged", ""
        if sign(offer.notebook) == before.notebook and not before.plan:
            # Whatever their times are, nothing can be lost.
            return "updated", "The notebook is the same; its plan.json is new."
        if self._replace:
            return "updated", "Replaced as you asked; what stood there is in received."
        there = f"the submission from {_told(before.time)} stays"
        if time < before.time:
            return "kept", f"This one is older ({_told(time)}): {there}."
        if time == before.time:
            return "refused", (
                f"Two different submissions have the same time ({_told(time)}). The first stays; "
                "compare them in received, and take this one with '--replace' if it is right."
            )
        if before.readable and not _readable(offer.notebook):
            return (
                "kept",
                f"This one is newer, but damaged or empty: {there}. '--replace' takes it.",
            )
        return "updated", ""

    def _other_week(self, notebook: bytes) -> str:
        """Say it as the doctor does if this is plainly the sheet of another week, else nothing.

        Grading would find no answer in it. A damaged notebook is left to grading, which looks for
        every answer.
        """
        if self._sheet is None or not _readable(notebook):
            return ""
        findings = examine(notebook, self._sheet).findings
        return next((each.text for each in findings if each.kind == "wrong-week"), "")

    def absent(self, learner: Learner, origin: str, reason: str) -> Outcome:
        """Say what is there of a learner of whom nothing came."""
        before = self._standing(learner.id)
        if before:
            told = f"Nothing came now; the submission from {_told(before.time)} stays."
            return Outcome("unchanged", learner.id, learner.username, origin, reason=told)
        told = reason or "Nothing here is theirs."
        return Outcome("missing", learner.id, learner.username, origin, reason=told)

    # -- files -----------------------------------------------------------------------------

    def _standing(self, learner: str) -> _Standing | None:
        folder = self._submitted / learner / self._week
        notebook = folder / f"{self._week}.ipynb"
        try:
            content = notebook.read_bytes()
            changed = datetime.fromtimestamp(int(notebook.stat().st_mtime), UTC)
        except FileNotFoundError:
            return None
        plan, stamp = _content(folder / "plan.json"), _content(folder / "timestamp.txt")
        time = changed
        with contextlib.suppress(ValueError):
            time = datetime.strptime((stamp or b"").decode().strip(), _STAMP).replace(tzinfo=UTC)
        return _Standing(
            sign(content),
            sign(plan) if plan is not None else "",
            time.replace(microsecond=0),
            _readable(content),
        )

    def _keep(self, offer: Offer, time: datetime) -> None:
        keep = self._shelf.keep
        if offer.package is not None:
            keep(offer.learner.id, time, "zip", offer.package)
            return
        keep(offer.learner.id, time, "ipynb", offer.notebook)
        if offer.plan is not None:
            keep(offer.learner.id, time, "plan.json", offer.plan)

    def _put(self, learner: str, offer: Offer, time: datetime) -> None:
        """Make the folder aside, then swap it in.

        A kill leaves the old folder, or the new one, or for a moment the new one under its other
        name; `recover` puts it right then.
        """
        place = self._submitted / learner / self._week
        place.parent.mkdir(parents=True, exist_ok=True)
        draft = place.parent / f".{self._week}.part"
        draft.mkdir()
        plan = offer.plan if offer.plan is not None else _content(place / "plan.json")
        (draft / f"{self._week}.ipynb").write_bytes(offer.notebook)
        if plan is not None:
            (draft / "plan.json").write_bytes(plan)
        (draft / "timestamp.txt").write_text(time.strftime(_STAMP) + "\n")
        ready = self._ready(learner)
        draft.rename(ready)
        if place.exists():
            self._set_aside(learner, place)
        ready.rename(place)

    def _ready(self, learner: str) -> Path:
        return self._submitted / learner / f".{self._week}.new"

    def _set_aside(self, learner: str, place: Path) -> None:
        """Move what stands there to the shelf."""
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        aside = self._shelf.folder / learner / f"{stamp}-replaced"
        aside.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(place, aside)

    def recover(self, roster: Roster) -> None:
        """Finish what a collection that was killed had begun, and remove its drafts."""
        for learner in roster:
            place = self._submitted / learner.id / self._week
            ready = self._ready(learner.id)
            if ready.is_dir():
                if place.exists():
                    shutil.rmtree(ready)
                else:
                    ready.rename(place)
            shutil.rmtree(place.parent / f".{self._week}.part", ignore_errors=True)


def _sheet(course: Path, week: str) -> dict[str, Any] | None:
    """Give the sheet that learners of this course got; None where there is none to compare with."""
    released = course / "release" / week / f"{week}.ipynb"
    try:
        return json.loads(_content(released) or sheets.original(week))
    except (OSError, ValueError, LabError):
        return None


def _misplaced(other: str, offer: Offer, before: _Standing | None) -> str:
    """Say what to do with the sheet of another week, and what is left."""
    # What a package or PAWS holds has its week from the learner.
    rename = "Write its own week into its name, or ask" if offer.renamable else "Ask"
    stays = f" The submission from {_told(before.time)} stays." if before else ""
    return f"{other} {rename} the learner for the right one.{stays}"


def _content(path: Path) -> bytes | None:
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return None


def _readable(content: bytes) -> bool:
    """Whether a content is the JSON of a notebook with cells."""
    try:
        notebook = json.loads(content)
    except (ValueError, RecursionError):
        return False
    return isinstance(notebook, dict) and isinstance(
        notebook.get("cells", notebook.get("worksheets")), list
    )


def _told(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M:%S UTC")


# -- going on after an interruption -----------------------------------------------------------


class _Journal:
    """Remembers who was asked, so that an interrupted collection goes on where it was."""

    def __init__(self, path: Path, address: str, dry_run: bool):
        self._path, self._address, self._dry_run = path, address, dry_run

    def read(self) -> dict[str, Outcome]:
        """Give the outcomes of a collection from the same address that did not end today."""
        try:
            first, *lines = self._path.read_text("utf-8").splitlines()
            head = json.loads(first)
            begun = datetime.fromisoformat(head["begun"])
            if head["address"] != self._address or datetime.now(UTC) - begun > _STALE:
                return {}
        except (OSError, ValueError, KeyError, TypeError):
            return {}
        self._begun = begun
        outcomes = {}
        for line in lines:
            # The last line may be half of one.
            with contextlib.suppress(ValueError, TypeError):
                outcome = Outcome(**json.loads(line))
                outcomes[outcome.learner] = outcome
        return outcomes

    def begin(self, outcomes: Iterable[Outcome]) -> None:
        if self._dry_run:
            return
        begun = getattr(self, "_begun", datetime.now(UTC))
        head: dict[str, Any] = {"begun": begun.isoformat(), "address": self._address}
        lines = [head, *map(asdict, outcomes)]
        write(self._path, "".join(f"{json.dumps(line)}\n" for line in lines).encode())

    def add(self, outcome: Outcome) -> None:
        if not self._dry_run:
            with open(self._path, "a", encoding="utf-8") as file:
                file.write(json.dumps(asdict(outcome)) + "\n")

    def end(self) -> None:
        if not self._dry_run:
            self._path.unlink(missing_ok=True)


def show(done: int, total: int) -> None:
    """Draw how far it is: a bar in a terminal, else a line now and then."""
    if sys.stderr.isatty():
        full = 30 * done // max(total, 1)
        end = "\n" if done >= total else ""
        print(f"\r[{'#' * full:.<30}] {done} of {total} ", end=end, file=sys.stderr, flush=True)
    elif done % 50 == 0 or done == total:
        print(f"{done} of {total} learners", file=sys.stderr)
