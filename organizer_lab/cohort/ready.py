"""Is the folder ready for a week? Each answer says what to do, and with which command."""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Literal

from organizer_lab import learners
from organizer_lab.cohort import folder as working
from organizer_lab.cohort import settings
from organizer_lab.cohort.settings import Cohort, Dates
from organizer_lab.errors import LabError

State = Literal["fine", "to do", "wrong"]
GB = 1e9
# A submission may use 1 GB; below that grading cannot begin, and one at a time needs little more.
_MEMORY = (1.0, 2.0)
_DISK = (0.5, 2.0)


@dataclass(frozen=True)
class Line:
    """One answer.

    Attributes
    ----------
    state : str
        ``"fine"``, ``"to do"`` or ``"wrong"``.
    what : str
        What was looked at.
    found : str
        How it is.
    mend : str
        What to do; empty where there is nothing to do.
    """

    state: State
    what: str
    found: str
    mend: str = ""

    def __str__(self) -> str:
        """Say it in one line, or two."""
        text = f"{self.state:6} {self.what}: {self.found}"
        return f"{text}\n       → {self.mend}" if self.mend else text


@dataclass(frozen=True)
class Answers:
    """All answers about a week."""

    week: str
    lines: list[Line]

    @property
    def wrong(self) -> int:
        """How many things are wrong."""
        return sum(line.state == "wrong" for line in self.lines)

    def __str__(self) -> str:
        """Say them, and one sentence about all of them."""
        left = sum(line.state == "to do" for line in self.lines)
        if self.wrong:
            said = f"Not ready for {self.week}: {self.wrong} wrong, {left} to do."
        elif left:
            said = f"Nearly ready for {self.week}: {left} to do."
        else:
            said = f"Ready for {self.week}."
        return "\n".join([*map(str, self.lines), "", said])


def check(folder: Path, week: str | None = None, now: datetime | None = None) -> Answers:
    """Look whether everything is ready for a week.

    Parameters
    ----------
    folder : Path
        The cohort's folder.
    week : str, optional
        Such as ``"week-3"``; by default the one that is not over yet.
    now : datetime, optional
        Another time than now, in UTC.

    Returns
    -------
    Answers
        The computer, the folder, the week, the weeks before it.

    Raises
    ------
    LabError
        If the folder is none, or its dates cannot be read, or there is no such week.
    """
    now = now or datetime.now(UTC)
    cohort = settings.read(folder)
    dates = cohort.week(week) if week else cohort.now(now)
    lines = [
        *_computer(folder),
        *_copy(folder),
        _roster(folder),
        _sheet(folder, dates.id),
        *_handed_out(folder, dates.id),
    ]
    book = _saved(folder)
    if book.state == "fine":
        lines.append(_date(folder, cohort, dates, now))
        for earlier in cohort.weeks[: cohort.weeks.index(dates)]:
            lines += _before(folder, cohort, earlier, now)
    return Answers(dates.id, [*lines, book])


# -- the computer ----------------------------------------------------------------------------


def _computer(folder: Path) -> Iterator[Line]:
    from organizer_lab import start

    if start.place().key == "paws":
        yield Line(
            "wrong",
            "Place",
            "this is PAWS, where everybody can read the points of your learners",
            "Delete this folder here, and grade on a computer of your own.",
        )
    yield Line("fine", "Python", platform.python_version())
    if find_spec("nbgrader"):
        yield Line("fine", "nbgrader", metadata.version("nbgrader"))
        yield _sandbox()
    else:
        mend = "pip install 'organizer-lab[grading]'"
        yield Line("wrong", "nbgrader", "it is not installed", mend)
    free = shutil.disk_usage(folder).free / GB
    yield _enough("Disk", free, _DISK, "Delete what you do not need on this disk.")
    with contextlib.suppress(OSError, ValueError, StopIteration):
        facts = Path("/proc/meminfo").read_text().splitlines()
        kilobytes = next(line for line in facts if line.startswith("MemAvailable:")).split()[1]
        mend = "Close other programs, and grade one by one: organizer-lab grade week-N --jobs 1"
        yield _enough("Memory", int(kilobytes) * 1024 / GB, _MEMORY, mend)


def _enough(what: str, free: float, bounds: tuple[float, float], mend: str) -> Line:
    state: State = "wrong" if free < bounds[0] else "to do" if free < bounds[1] else "fine"
    return Line(state, what, f"{free:.1f} GB free", "" if state == "fine" else mend)


def _sandbox() -> Line:
    from organizer_lab.grading import sandbox

    missing = [name for name, works in sandbox.layers().items() if not works]
    if not missing:
        return Line("fine", "Sandbox", "all its layers work")
    return Line(
        "wrong",
        "Sandbox",
        f"{' and '.join(missing)} {'does' if len(missing) == 1 else 'do'} not work, so nothing can "
        "be graded",
        f"On Linux: sudo apt-get install bubblewrap libseccomp2. {sandbox.WAY_OUT}",
    )


# -- the folder ------------------------------------------------------------------------------


def _copy(folder: Path) -> Iterator[Line]:
    try:
        made = working.edition(folder)
        changed = working.changed(folder)
    except LabError as error:
        yield Line("wrong", "Edition", str(error))
        return
    here = metadata.version("organizer-lab")
    mark = f"{made['edition']}, copied on {made['made']}"
    if made["edition"] == here:
        yield Line("fine", "Edition", mark)
    else:
        yield Line(
            "to do",
            "Edition",
            f"{mark}; but {here} is installed here",
            f"Go on with {made['edition']} until the course is over: points must not change.",
        )
    if not changed:
        yield Line("fine", "Exercises", "unchanged since they were copied")
    else:
        more = f" and {len(changed) - 1} more" if len(changed) > 1 else ""
        yield Line(
            "wrong",
            "Exercises",
            f"{changed[0]}{more} is not as it was copied",
            "Take it back from your copy of this folder. A change of an exercise is for the next "
            "cohort.",
        )


def _roster(folder: Path) -> Line:
    from organizer_lab.grading import roster

    file = folder / working.ROSTER
    mend = f"Write one Wikimedia user name on each line of {working.ROSTER}, below 'username'."
    if not file.exists():
        return Line("wrong", "Roster", f"there is no {working.ROSTER}", mend)
    try:
        count = len(roster.read(file))
    except LabError as error:
        if "names nobody" in str(error):
            return Line("to do", "Roster", "it names nobody yet", mend)
        return Line("wrong", "Roster", str(error))
    return Line("fine", "Roster", f"{count} {'person' if count == 1 else 'people'}")


def _date(folder: Path, cohort: Cohort, dates: Dates, now: datetime) -> Line:
    clock = f"{dates.due:%Y-%m-%d %H:%M} in {cohort.time_zone}"
    wanted = cohort.due(dates)
    given = working.due_dates(folder).get(dates.id)
    if given != wanted:
        return Line(
            "wrong",
            "Date",
            f"{dates.id} is due at {clock}, but the gradebook says "
            f"{f'{given:%Y-%m-%d %H:%M} UTC' if given else 'nothing'}",
            "organizer-lab cohort dates",
        )
    if wanted <= now:
        return Line(
            "to do",
            "Date",
            f"{dates.id} was due at {clock}",
            f"organizer-lab collect {dates.id} --roster {working.ROSTER}",
        )
    left = (wanted - now).days
    return Line(
        "fine",
        "Date",
        f"{dates.id} is due at {clock}, in {left} {'day' if left == 1 else 'days'}",
    )


def _sheet(folder: Path, week: str) -> Line:
    """Compare the released sheet with what the copied exercise gives."""
    what, mend = "Sheet", f"organizer-lab release {week}"
    sheet = folder / "release" / week / f"{week}.ipynb"
    if not sheet.exists():
        return Line("to do", what, f"{week} is not released", mend)
    from organizer_lab.grading import release

    try:
        with tempfile.TemporaryDirectory() as workshop:
            copy = Path(workshop)
            shutil.copytree(folder / "source" / week, copy / "source" / week)
            shutil.copytree(folder / "rubrics", copy / "rubrics")
            shutil.copy(folder / "nbgrader_config.py", copy)
            made = release.release(week, folder=copy, database=False)
            same = json.loads(made.read_bytes()) == json.loads(sheet.read_bytes())
    except (OSError, ValueError, LabError) as error:
        return Line("wrong", what, f"{week} cannot be released: {error}")
    if same:
        return Line("fine", what, f"{week} is released, and agrees with the exercise")
    if _folders(folder / "submitted", week):
        return Line(
            "wrong",
            what,
            f"the sheet of {week} is not what the exercise gives, and work was handed in on it",
            f"Take release/{week} back from your copy of this folder.",
        )
    return Line("wrong", what, f"the sheet of {week} is not what the exercise gives", mend)


def _handed_out(folder: Path, week: str, edition: Path | None = None) -> Iterator[Line]:
    """Compare the sheet in the learner edition, where one was built here, with the released one."""
    edition = edition or learners.ROOT / "_build" / "learners" / learners.NAME
    ours = folder / "release" / week / f"{week}.ipynb"
    theirs = edition / "exercises" / week / f"{week}.ipynb"
    if not ours.exists() or not theirs.exists():
        return
    with contextlib.suppress(OSError, ValueError):
        if json.loads(ours.read_bytes()) == json.loads(theirs.read_bytes()):
            yield Line("fine", "Learner edition", f"it holds this sheet of {week}")
        else:
            yield Line(
                "wrong",
                "Learner edition",
                f"the one that was built here holds another sheet of {week}",
                "Go back to the edition of the course that is named above, and then: "
                "organizer-lab learners",
            )


def _folders(place: Path, week: str) -> set[str]:
    """List the learners for whom there is something of a week."""
    return {path.parent.name for path in place.glob(f"*/{week}") if path.is_dir()}


# -- the weeks before ------------------------------------------------------------------------


def _before(folder: Path, cohort: Cohort, dates: Dates, now: datetime) -> Iterator[Line]:
    """Say of an earlier week what is collected, graded, read and given back."""
    week, what = dates.id, dates.id.replace("-", " ").capitalize()
    handed = _folders(folder / "submitted", week)
    if not handed:
        if cohort.due(dates) > now:
            yield Line("fine", what, "still open, and nothing collected yet")
        else:
            mend = f"organizer-lab collect {week} --roster {working.ROSTER}"
            yield Line("to do", what, "nothing was collected", mend)
        return
    graded = handed & _folders(folder / "autograded", week)
    if graded != handed:
        text = f"{len(handed)} collected, {len(graded)} of them graded"
        yield Line("to do", what, text, f"organizer-lab grade {week}")
        return
    waiting = _waiting(folder, week)
    if waiting:
        people = "learner" if waiting == 1 else "learners"
        text = f"{len(handed)} graded; texts of {waiting} {people} wait for a person"
        yield Line("to do", what, text, "jupyter lab, then Nbgrader, Formgrader")
        return
    given = {path.parent.name for path in (folder / "feedback").glob(f"*/{week}.zip")}
    if handed - given:
        text = f"{len(handed)} graded, feedback for {len(handed & given)} of them"
        yield Line("to do", what, text, f"organizer-lab feedback {week}")
        return
    yield Line("fine", what, f"{len(handed)} collected, graded, and with feedback")


def _waiting(folder: Path, week: str) -> int:
    from organizer_lab.grading.batch import Course
    from organizer_lab.grading.scores import scores

    return len({score.learner for score in scores(Course(folder), week) if score.waiting})


def _saved(folder: Path) -> Line:
    book = folder / "gradebook.db"
    if not book.exists():
        mend = (
            "Take it back from your copy; where nothing is graded yet: organizer-lab cohort dates"
        )
        return Line("wrong", "Gradebook", "gradebook.db is missing", mend)
    if not os.access(book, os.W_OK):
        return Line(
            "wrong", "Gradebook", "gradebook.db cannot be written", f"chmod u+w {book.name}"
        )
    try:
        working.due_dates(folder)
    except Exception as error:  # nbgrader and its database raise many kinds
        return Line(
            "wrong",
            "Gradebook",
            f"it cannot be read ({type(error).__name__})",
            "Close formgrader. If that does not help, take gradebook.db back from your copy.",
        )
    return Line(
        "fine",
        "Gradebook",
        f"last changed on {datetime.fromtimestamp(book.stat().st_mtime):%Y-%m-%d}; once a week, "
        "copy this folder to a disk that only you can read",
    )
