"""Make a facilitator's folder, and keep its gradebook and calendar in step with its dates."""

from __future__ import annotations

import hashlib
import json
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from importlib import metadata
from pathlib import Path
from typing import Any

from organizer_lab import course, files
from organizer_lab.cohort import settings
from organizer_lab.cohort.settings import Cohort
from organizer_lab.errors import LabError, shown
from organizer_lab.export.calendar import Entry, calendar
from organizer_lab.grading import COURSE

EDITION = "edition.json"
CALENDAR = "calendar.ics"
ROSTER = "roster.csv"
COPIED = ("source", "rubrics")
# Everything is private unless it is named here, so that a new kind of file cannot slip into git.
_IGNORE = """\
# Names, points and what people wrote are personal data: git gets only what is named here.
*
!.gitignore
!README.md
!cohort.toml
!edition.json
!nbgrader_config.py
!calendar.ics
!source/
!source/**/
!source/**/*.ipynb
!rubrics/
!rubrics/*.yml
.ipynb_checkpoints/
"""
_SKIP = shutil.ignore_patterns(".ipynb_checkpoints", "__pycache__", "*.html", ".*")


def new(
    folder: Path,
    *,
    start: str,
    time_zone: str,
    name: str = "",
    session: str | None = None,
    pauses: Iterable[str] = (),
    language: str = "en",
) -> str:
    """Make a folder in which one cohort can be graded from its first day to its last.

    Parameters
    ----------
    folder : Path
        A new folder, or an empty one.
    start : str
        The first day, such as ``"2027-02-01"``.
    time_zone : str
        Such as ``"Africa/Dar_es_Salaam"``.
    name : str
        What the group is called; by default the course's name and the year.
    session : str, optional
        When the live sessions are, such as ``"Wed 18:00"``; by default there are none.
    pauses : iterable of str
        Days in weeks that are left out.
    language : str
        The language of the messages.

    Returns
    -------
    str
        What was made, the dates, and what comes next.

    Raises
    ------
    LabError
        If a word is no date, zone or time, or the folder holds files. Nothing is written then.
    """
    from organizer_lab.cohort import messages

    if problem := settings.zone_problem(time_zone):
        raise LabError(problem[0].upper() + problem[1:])
    messages.texts(language)
    first = _day(start, "--start")
    off = [_day(each, "--pause") for each in pauses]
    when = settings.day_and_time(session) if session else None
    zone = settings.ZoneInfo(time_zone)
    cohort = Cohort(
        name=_name(name) or f"{course.load().title} {first.year}",
        start=first,
        time_zone=time_zone,
        language=language,
        peer_feedback=[week.id for week in course.load().weeks if week.id in settings.PEER_WEEKS],
        weeks=settings.planned(first, zone, when, off),
    )
    last = cohort.weeks[-1].due.date()
    for day in off:
        if not first <= day <= last:
            raise LabError(
                f"--pause {day} is not in the course, which goes from {first} to {last}. "
                "Is its year right?"
            )
    notes = [
        f"In {dates.id} clocks are set forward at that hour: the session is at "
        f"{dates.session:%H:%M}."
        for dates in cohort.weeks
        if when and dates.session and dates.session.time() != when[1]
    ]
    _need_empty(folder)
    if not (COURSE / "nbgrader_config.py").exists():
        raise LabError(
            "The exercises are not here: a cohort's folder is made from a checkout of the course."
        )
    _make(folder.resolve(), cohort)
    return "\n".join(
        [
            f"The folder of '{cohort.name}' is ready: {folder}",
            *notes,
            "",
            table(cohort),
            "",
            "Next:",
            f"1. cd {shlex.quote(str(folder))}",
            f"2. Look at the dates in {settings.FILE}, and write the learners into {ROSTER}.",
            "3. organizer-lab release",
            "4. organizer-lab cohort check week-1",
        ]
    )


def _name(text: str) -> str:
    text = " ".join(text.split())
    if not text.isprintable() or len(text) > 100:
        raise LabError("Give --name at most 100 signs that can be seen.")
    return text


def _day(text: str, option: str) -> date:
    try:
        found = datetime.strptime(text, "%Y-%m-%d").date()
    except ValueError:
        raise LabError(
            f"{option} {shown(text)} is no day. Write year, month and day, such as 2027-02-01."
        ) from None
    if not 2000 <= found.year <= 2200:
        raise LabError(f"{option} {shown(text)}: write a year of this century.")
    return found


def _need_empty(folder: Path) -> None:
    try:
        there = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    except NotADirectoryError:
        raise LabError(f"{folder} is a file. Choose another name for the folder.") from None
    except OSError as error:
        raise LabError(f"{folder} cannot be read ({error.strerror}).") from None
    if there:
        raise LabError(
            f"{folder} holds files already, such as {shown(there[0])}, and nothing was changed. "
            "Choose a new name: each cohort needs a folder of its own."
        )


def _make(folder: Path, cohort: Cohort) -> None:
    """Write the folder beside its place, and put it there when it is whole."""
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".new-") as workshop:
            draft = Path(workshop) / "cohort"
            draft.mkdir()
            for name in COPIED:
                shutil.copytree(COURSE / name, draft / name, ignore=_SKIP)
            shutil.copy(COURSE / "nbgrader_config.py", draft)
            files.write(draft / settings.FILE, settings.written(cohort))
            files.write(draft / ROSTER, "username,group\n")
            files.write(draft / ".gitignore", _IGNORE)
            files.write(draft / "README.md", _readme(cohort))
            files.write(draft / EDITION, json.dumps(_edition(draft), indent=1) + "\n")
            update(draft, cohort)
            draft.chmod(0o700)
            if folder.exists():
                folder.rmdir()
            draft.rename(folder)
    except OSError as error:
        raise LabError(
            f"The folder {folder} cannot be made ({error.strerror or error}). Choose a place in "
            "which you may write, on a disk with space."
        ) from None


# -- the edition that was copied -------------------------------------------------------------


def _edition(folder: Path) -> dict[str, Any]:
    return {
        "edition": metadata.version("organizer-lab"),
        "commit": _commit(),
        "made": f"{datetime.now(UTC):%Y-%m-%d}",
        "files": dict(_signed(folder)),
    }


def _commit() -> str:
    """Ask git which commit of the course this is; a zip of the course has none."""
    try:
        words = ["git", "rev-parse", "--short=12", "HEAD"]
        done = subprocess.run(words, cwd=COURSE, capture_output=True, text=True, check=False)
    except OSError:
        return ""
    return "" if done.returncode else done.stdout.strip()


def _signed(folder: Path) -> Iterator[tuple[str, str]]:
    paths = [folder / "nbgrader_config.py"]
    for name in COPIED:
        paths += sorted(path for path in (folder / name).rglob("*") if path.is_file())
    for path in paths:
        place = path.relative_to(folder)
        # What Jupyter and printing leave beside them is not a part of the copy.
        if path.is_file() and ".ipynb_checkpoints" not in place.parts and path.suffix != ".html":
            yield place.as_posix(), hashlib.sha256(path.read_bytes()).hexdigest()


def edition(folder: Path) -> dict[str, Any]:
    """Read which edition of the course was copied into a folder, and when.

    Returns
    -------
    dict
        ``edition``, ``commit``, ``made`` and ``files``, the SHA-256 of each file by its place.
    """
    try:
        found = json.loads((folder / EDITION).read_text(encoding="utf-8"))
        return {"edition": str(found["edition"]), "commit": str(found["commit"]),
                "made": str(found["made"]), "files": dict(found["files"])}  # fmt: skip
    except (OSError, ValueError, KeyError, TypeError):
        raise LabError(
            f"{EDITION} is missing or damaged. Take it back from your copy of this folder."
        ) from None


def changed(folder: Path) -> list[str]:
    """List the copied files that are not as they were when the folder was made."""
    before, now = edition(folder)["files"], dict(_signed(folder))
    return sorted(name for name in before.keys() | now.keys() if before.get(name) != now.get(name))


# -- dates -----------------------------------------------------------------------------------


def update(folder: Path, cohort: Cohort | None = None) -> Cohort:
    """Write the dates of ``cohort.toml`` into the gradebook and the calendar.

    nbgrader counts a submission as late by the date in its gradebook, which is in UTC.
    """
    from sqlalchemy.exc import SQLAlchemyError

    from organizer_lab.grading.batch import Course

    cohort = cohort or settings.read(folder)
    files.write(folder / CALENDAR, ics(cohort, folder / settings.FILE))
    try:
        with Course(folder.resolve()).gradebook(make=True) as book:
            for dates in cohort.weeks:
                due = cohort.due(dates).replace(tzinfo=None)
                book.update_or_create_assignment(dates.id, duedate=due)
    except SQLAlchemyError as error:
        raise LabError(
            f"The gradebook cannot be written ({getattr(error, 'orig', None) or error}). Close "
            "formgrader and every other program that uses it, and try again."
        ) from None
    return cohort


def due_dates(folder: Path) -> dict[str, datetime | None]:
    """Read the date of each week from the gradebook, in UTC."""
    from nbgrader.api import Assignment
    from sqlalchemy import select

    from organizer_lab.grading.batch import Course

    with Course(folder).gradebook() as book:
        rows = book.db.execute(select(Assignment.name, Assignment.duedate)).all()
    return {name: due.replace(tzinfo=UTC) if due else None for name, due in rows}


def ics(cohort: Cohort, file: Path) -> str:
    """Write sessions and deadlines as iCalendar.

    Times are in UTC, so every calendar program shows them by the clock of its reader; the note of
    an entry says them by the clock of the cohort.

    Parameters
    ----------
    cohort : Cohort
    file : Path
        ``cohort.toml``: the day of its last change is that of the entries.
    """
    titles = {week.id: f"Week {week.number}: {week.title}" for week in course.load().weeks}
    clock = "{:%Y-%m-%d %H:%M} in " + cohort.time_zone
    events = []
    for dates in cohort.weeks:
        title = titles[dates.id]
        if dates.session:
            start = cohort.utc(dates.session)
            end = start + timedelta(minutes=cohort.minutes)
            note = clock.format(dates.session)
            entry = Entry("session", title, start, end, note, cohort.meeting_address)
            events.append((dates.id, entry))
        due = cohort.due(dates)
        note = clock.format(dates.due)
        events.append((dates.id, Entry("due", f"{title}: hand in your work", due, due, note)))
    changed = int(file.stat().st_mtime)
    return calendar(
        cohort.name,
        [(f"{cohort.name}\n{cohort.start}\n{week}\n{entry.kind}", entry) for week, entry in events],
        f"{datetime.fromtimestamp(changed, UTC):%Y%m%dT%H%M%SZ}",
        # Minutes since 2020: a later change has a larger number, as RFC 5545 asks.
        max(0, changed - int(datetime(2020, 1, 1, tzinfo=UTC).timestamp())) // 60,
        about="Cohort",
    )


def table(cohort: Cohort) -> str:
    """List the weeks with their dates, by the cohort's clock and in UTC."""
    lines = [f"{'':8} {'begins':11} {'session':20} {'due':17} due in UTC"]
    for dates in cohort.weeks:
        meets = f"{dates.session:%a %Y-%m-%d %H:%M}" if dates.session else "-"
        lines.append(
            f"{dates.id:8} {cohort.begins(dates):%Y-%m-%d}  {meets:20} "
            f"{dates.due:%Y-%m-%d %H:%M}  {cohort.due(dates):%Y-%m-%d %H:%M}"
        )
        if again := cohort.resumes(dates):
            first, last = dates.due.date() + timedelta(days=1), again - timedelta(days=1)
            lines.append(f"{'free':8} {first:%Y-%m-%d}  until {last:%Y-%m-%d}")
    return "\n".join([*lines, f"Times are those of {cohort.time_zone}."])


# -- the page in the folder ------------------------------------------------------------------


def _readme(cohort: Cohort) -> str:
    peers = " and ".join(cohort.peer_feedback)
    ids = [dates.id for dates in cohort.weeks]
    pairs = (
        f"\nIn {peers}, before the session: who reads whose work.\n\n"
        f"```console\n$ organizer-lab cohort pairs {cohort.peer_feedback[0]}\n```\n"
        if peers
        else ""
    )
    return _README.format(
        name=cohort.name,
        first=ids[0],
        last=ids[-1],
        pairs=pairs,
        zone=cohort.time_zone,
        closing=f"{settings.LAST_MINUTE:%H:%M}",
    )


_README = """\
# {name}

This is the folder of one cohort.
It holds names, points and what people wrote: keep it on a computer that only you use.
Git ignores all of that here; `.gitignore` names the few files that it takes.
The chapter *Run a cohort* of the book explains every step.

## What is where

| File | What it is |
| --- | --- |
| `cohort.toml` | all dates, by the clock of {zone}: change them here and nowhere else |
| `roster.csv` | the learners, one Wikimedia user name on each line |
| `calendar.ics` | sessions and deadlines, for your calendar and theirs |
| `edition.json` | which edition of the course was copied here, and when |
| `source`, `rubrics`, `nbgrader_config.py` | the exercises of that edition: do not change them |
| `gradebook.db` | points, and the dates by which nbgrader sees what is late |

## The roster

`roster.csv` has a heading line already.
Below it, write one person on each line; the group may be empty.
It looks like this:

```text
username,group
Name of a user,north
Name of another,
```

No real names, no e-mail addresses.

## Once, before the course

```console
$ organizer-lab release
$ organizer-lab learners
$ organizer-lab cohort check {first}
$ organizer-lab cohort messages {first}
```

Send the message *before*, and give everybody the learner edition and `calendar.ics`.

## Each week, from {first} to {last}

Write the week that it is in the place of `{first}`.
Before the week begins:

```console
$ organizer-lab cohort check {first}
$ organizer-lab cohort messages {first}
```
{pairs}
When the work is due, on the last day of the week at {closing} unless you changed that:

```console
$ organizer-lab collect {first} --roster roster.csv
$ organizer-lab grade {first}
$ jupyter lab
$ organizer-lab feedback {first}
$ organizer-lab report --roster roster.csv
```

In JupyterLab, open *Nbgrader*, *Formgrader*, and read the written answers.
Send each learner their archive, then the message *feedback*.

## When a date changes

Change it in `cohort.toml`, then write it into the gradebook and the calendar:

```console
$ organizer-lab cohort dates
```

Send the new `calendar.ics` to everybody: their calendar moves the entries.

## Once a week: a copy

Copy this whole folder to a second disk that only you can read.
The work of a whole course is in it.

## At the end

```console
$ organizer-lab certificates --roster roster.csv
$ organizer-lab cohort messages {last}
```

Delete this folder and its copies on the day that you promised.
"""
