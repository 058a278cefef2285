"""The dates of a cohort: read from ``cohort.toml``, which a person may edit, and nowhere else.

The file holds times of the clock on the wall, because that is what people agree on: a session at
18:00 stays at 18:00 when summer time begins. The moments in UTC are computed from them.
"""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo, available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from organizer_lab import course
from organizer_lab.errors import LabError, nearest, shown

FILE = "cohort.toml"
# What learners are told, one file for each language.
TEXTS = Path(__file__).parent / "texts"
# The weeks in which learners give each other feedback, as the exercises ask.
PEER_WEEKS = ("week-3", "week-9")
DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
# Work is taken until the last minute of the last day of a week.
LAST_MINUTE = time(23, 59)
WEEK = timedelta(days=7)
MINUTES = 90

_FORM = {
    "session": "Write a day and a time without quotation marks, such as 2027-02-03 18:00:00.",
    "due": "Write a day and a time without quotation marks, such as 2027-02-07 23:59:00.",
    "start": "Write a day without quotation marks, such as 2027-02-01.",
    "time_zone": 'Write a name such as "Africa/Dar_es_Salaam".',
    "minutes": "Write how long a session is, from 15 to 240 minutes.",
    "peer_feedback": 'Write weeks, such as ["week-3", "week-9"], or [] for none.',
    "id": 'Each part begins with [[weeks]] and a line such as id = "week-1".',
}


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)


class Dates(_Strict):
    """The dates of one week, by the clock of the cohort's zone.

    Attributes
    ----------
    id : str
        Such as ``"week-1"``.
    session : datetime or None
        When the live session begins; None where there is none.
    due : datetime
        Until when work is taken.
    """

    id: str
    session: datetime | None = None
    due: datetime


class Cohort(_Strict):
    """A group that takes the course together.

    Attributes
    ----------
    name, language : str
        What the group is called, and the language of its messages, such as ``"en"``.
    start : date
        The first day of the first week.
    time_zone : str
        A name of the IANA database, such as ``"Africa/Dar_es_Salaam"``.
    minutes : int
        How long a live session is.
    course_address, meeting_address, hand_in : str
        Where the course is, where the group meets, and how work is handed in: for the messages.
        May be empty.
    peer_feedback : list of str
        The weeks in which learners give each other feedback.
    weeks : list of Dates
    """

    name: Annotated[str, Field(min_length=1, max_length=100)]
    start: date
    time_zone: str
    language: Annotated[str, Field(pattern=r"^[a-z]{2,3}(-[a-z0-9]+)*$")] = "en"
    minutes: Annotated[int, Field(ge=15, le=240)] = MINUTES
    course_address: str = ""
    meeting_address: str = ""
    hand_in: str = ""
    peer_feedback: list[str] = list(PEER_WEEKS)
    weeks: Annotated[list[Dates], Field(min_length=1)]

    @property
    def zone(self) -> ZoneInfo:
        """The time zone."""
        return ZoneInfo(self.time_zone)

    def week(self, name: str) -> Dates:
        """Find the dates of a week; a LabError names the weeks that there are."""
        for dates in self.weeks:
            if dates.id == name:
                return dates
        known = [dates.id for dates in self.weeks]
        raise LabError(
            f"This cohort has no week '{shown(name)}'.{nearest(name, known)} "
            f"Its weeks are {known[0]} to {known[-1]}."
        )

    def utc(self, local: datetime, latest: bool = False) -> datetime:
        """Give a moment in UTC.

        Parameters
        ----------
        local : datetime
            By the clock of the cohort's zone.
        latest : bool
            Where clocks are set back, one time comes twice: whether the second one is meant.
        """
        return local.replace(tzinfo=self.zone, fold=int(latest)).astimezone(UTC)

    def due(self, dates: Dates) -> datetime:
        """Give the end of a week in UTC; of a time that comes twice, the later one."""
        return self.utc(dates.due, latest=True)

    def begins(self, dates: Dates) -> date:
        """Give the first day of a week: the day after the one before is due.

        After a free week or more that would be too early, and the week begins a week before its
        end. A deadline that is a few days later leaves the beginning where it was.
        """
        position = [each.id for each in self.weeks].index(dates.id)
        before = self.weeks[position - 1].due.date() + timedelta(days=1) if position else self.start
        alone = dates.due.date() - WEEK + timedelta(days=1)
        return alone if alone - before >= WEEK else before

    def resumes(self, dates: Dates) -> date | None:
        """Give the first day of the next week where a free week or more comes before it."""
        position = [each.id for each in self.weeks].index(dates.id) + 1
        if position == len(self.weeks):
            return None
        begins = self.begins(self.weeks[position])
        return begins if begins - dates.due.date() > WEEK else None

    def now(self, moment: datetime) -> Dates:
        """Give the week that is not yet over at a moment, or the last one."""
        return next((dates for dates in self.weeks if self.due(dates) > moment), self.weeks[-1])


# -- reading ---------------------------------------------------------------------------------


def read(folder: Path) -> Cohort:
    """Read the dates of a cohort.

    Parameters
    ----------
    folder : Path
        The facilitator's folder, which `folder.new` made.

    Raises
    ------
    LabError
        If this is no such folder, or with all mistakes in the file, each with its line and with
        what to do.
    """
    path = folder / FILE
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise LabError(
            f"There is no {FILE} in this folder. Go into the folder of your cohort (cd FOLDER), or "
            "make one: organizer-lab cohort new FOLDER --start 2027-02-01 --time-zone Africa/Lagos"
        ) from None
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(
            f"{FILE} cannot be read ({error}). Save it as plain text in UTF-8."
        ) from None
    try:
        content = tomllib.loads(text)
    except ValueError as error:
        raise LabError(f"{_where(text, error)}. {_advice(text, error)}") from None
    try:
        cohort = Cohort.model_validate(content)
        mistakes = list(_mistakes(cohort))
    except ValidationError as error:
        # A wrong name first: it is also why another setting is missing.
        found = sorted(error.errors(), key=lambda each: each["type"] != "extra_forbidden")
        cohort, mistakes = None, [_mistake(each) for each in found]
    if cohort is None or mistakes:
        lines = [f"{FILE}, line {_line(text, keys)}: {why}" for keys, why in mistakes]
        raise LabError("\n".join(lines))
    return cohort


def _where(text: str, error: ValueError) -> str:
    """Say in which line the file is no TOML."""
    found = re.search(r"at line (\d+), column \d+", str(error))
    number = int(found[1]) if found else max(len(text.splitlines()), 1)
    lines = text.splitlines()
    line = lines[number - 1].strip() if number <= len(lines) else ""
    return f"{FILE}, line {number}: this cannot be read: {shown(line)}"


def _advice(text: str, error: ValueError) -> str:
    where = _where(text, error)
    if "session" in where or "due" in where or "start" in where:
        name = next(name for name in ("session", "due", "start") if name in where)
        return f"{_FORM[name]} The day must exist."
    return 'Texts stand between quotation marks, such as name = "Our group".'


def _mistake(error: Any) -> tuple[tuple[Any, ...], str]:
    keys = tuple(error["loc"])
    name = str(keys[-1]) if keys else ""
    if error["type"] == "extra_forbidden":
        model = Dates if len(keys) > 1 else Cohort
        meant = nearest(name, model.model_fields) or " Take the line out."
        return keys, f"there is no setting '{shown(name)}'.{meant}"
    known = next((str(key) for key in reversed(keys) if key in _FORM), "")
    if error["type"] == "missing":
        return keys, f"'{name}' is missing. {_FORM.get(name, f'Add a line: {name} = …')}"
    return keys, f"{name}: {_FORM.get(known) or error['msg'] + '.'}"


def _mistakes(cohort: Cohort) -> Iterable[tuple[tuple[Any, ...], str]]:
    """Find what types cannot say, each with the keys that lead to it."""
    known = [week.id for week in course.load().weeks]
    if problem := zone_problem(cohort.time_zone):
        yield ("time_zone",), problem
        return
    if not cohort.name.isprintable():
        yield ("name",), "the name must be one line of signs that can be seen."
    if problem := language_problem(cohort.language):
        yield ("language",), problem
    for name in cohort.peer_feedback:
        if name not in known:
            yield ("peer_feedback",), f"there is no week '{shown(name)}'.{nearest(name, known)}"
    given = [dates.id for dates in cohort.weeks]
    for at, dates in enumerate(cohort.weeks):
        if dates.id not in known:
            yield ("weeks", at, "id"), f"no week '{shown(dates.id)}'.{nearest(dates.id, known)}"
        elif dates.id in given[:at]:
            yield ("weeks", at, "id"), f"{dates.id} stands twice. Take one of them out."
        elif at and known.index(dates.id) < max(
            known.index(name) for name in given[:at] if name in known
        ):
            yield ("weeks", at, "id"), f"{dates.id} must stand before {given[at - 1]}."
        for name in ("session", "due"):
            local = getattr(dates, name)
            if local is None:
                continue
            if local.tzinfo is not None:
                yield (
                    ("weeks", at, name),
                    f"write the time without a zone, by the clock in {cohort.time_zone}: "
                    f"{_FORM[name]}",
                )
                return
            if (there := existing(local, cohort.zone)) != local:
                yield (
                    ("weeks", at, name),
                    f"on {local:%Y-%m-%d} there is no {local:%H:%M} in {cohort.time_zone}: clocks "
                    f"are set forward. Write {there:%Y-%m-%d %H:%M:%S}.",
                )
        before = cohort.weeks[at - 1].due if at else datetime.combine(cohort.start, time())
        if dates.due <= before:
            than = f"{given[at - 1]} is due" if at else "the course starts"
            yield ("weeks", at, "due"), f"{dates.id} must be due after {than} ({before:%Y-%m-%d})."
        if dates.session and not before <= dates.session <= dates.due + WEEK:
            yield (
                ("weeks", at, "session"),
                f"the session of {dates.id} must be after {before:%Y-%m-%d %H:%M} and at most a "
                f"week after the work is due ({dates.due:%Y-%m-%d}).",
            )
    missing = [name for name in known if name not in given]
    if missing:
        yield ("weeks",), f"{', '.join(missing)} {'is' if len(missing) == 1 else 'are'} missing."


def _line(text: str, keys: Sequence[Any]) -> int:
    """Find the line of a setting; of its week, or the first one, where it is not there."""
    lines = text.splitlines()
    at, end = 0, len(lines)
    heads = [n for n, line in enumerate(lines) if re.match(r"\s*\[\[?\s*\w+", line)]
    if len(keys) > 1 and keys[0] == "weeks" and isinstance(keys[1], int):
        weeks = [n for n in heads if re.match(r"\s*\[\[\s*weeks", lines[n])]
        if keys[1] < len(weeks):
            at = weeks[keys[1]]
            end = next((n for n in heads if n > at), len(lines))
    name = next((key for key in reversed(keys) if isinstance(key, str)), "")
    setting = re.compile(rf"""\s*(\[\[\s*)?["']?{re.escape(name)}["']?\s*(=|\])""")
    return next((n for n in range(at, end) if setting.match(lines[n])), at) + 1


# -- times -----------------------------------------------------------------------------------


@cache
def _zones() -> frozenset[str]:
    # These two are files of the zone data, and no places: another computer reads another zone.
    return frozenset(available_timezones() - {"localtime", "Factory"})


def zone_problem(name: str) -> str | None:
    """Say why a text names no time zone, or give None where it does."""
    try:
        if name in _zones():
            ZoneInfo(name)
            return None
    except (OSError, ValueError):
        pass
    zones = sorted(_zones())
    if not zones:
        return "this computer knows no time zones. Install them: pip install tzdata"
    # A person writes the city, or small letters.
    same = [zone for zone in zones if zone.lower() == name.strip().lower()]
    last = name.strip().replace(" ", "_").rpartition("/")[2].lower()
    cities = [zone for zone in zones if zone.rpartition("/")[2].lower() == last]
    likely = (same or cities)[:1]
    hint = f" Did you mean {likely[0]}?" if likely else nearest(name, zones)
    return (
        f"there is no time zone '{shown(name)}'.{hint} "
        "A zone is written like Africa/Dar_es_Salaam or Asia/Manila."
    )


def language_problem(language: str) -> str | None:
    """Say why there are no messages in a language, or give None where there are."""
    known = sorted(path.stem for path in TEXTS.glob("*.toml"))
    if language in known:
        return None
    return (
        f"there are no messages in the language '{shown(language)}'.{nearest(language, known)} "
        f"There are: {', '.join(known)}. CONTRIBUTING.md says how to translate them."
    )


def existing(local: datetime, zone: ZoneInfo) -> datetime:
    """Give a time that the clocks of a zone show.

    Where clocks are set forward, some times do not come. Such a time becomes the one that is as
    long after midnight, as RFC 5545 does: 02:30 becomes 03:30.

    Parameters
    ----------
    local : datetime
        Without a zone.
    zone : ZoneInfo
        The cohort's zone.
    """
    there = local.replace(tzinfo=zone).astimezone(UTC).astimezone(zone)
    return there.replace(tzinfo=None, fold=0)


def planned(
    start: date,
    zone: ZoneInfo,
    session: tuple[int, time] | None = None,
    pauses: Iterable[date] = (),
) -> list[Dates]:
    """Lay the weeks of the course on the calendar.

    Parameters
    ----------
    start : date
        The first day of the first week; any day of the week.
    zone : ZoneInfo
        The cohort's zone.
    session : tuple of int and time, optional
        The day of the week, 0 for Monday, and the time at which the sessions begin.
    pauses : iterable of date
        A week that holds one of these days is left out: the rest follows a week later.
    """
    found, first, off = [], start, set(pauses)
    for week in course.load().weeks:
        while any(first <= day < first + WEEK for day in off):
            first += WEEK
        due = datetime.combine(first + WEEK - timedelta(days=1), LAST_MINUTE)
        meets = None
        if session:
            on = first + timedelta(days=(session[0] - first.weekday()) % 7)
            meets = existing(datetime.combine(on, session[1]), zone)
        found.append(Dates(id=week.id, session=meets, due=existing(due, zone)))
        first += WEEK
    return found


def day_and_time(text: str) -> tuple[int, time]:
    """Read when sessions begin, such as ``"Wed 18:00"``.

    Returns
    -------
    tuple of int and time
        The day of the week, 0 for Monday, and the time.

    Raises
    ------
    LabError
        If it is no day and time.
    """
    found = re.fullmatch(r"\s*([A-Za-z]+)\.?,?\s+(\d{1,2})[:.](\d{2})\s*", text)
    if found:
        days = [n for n, day in enumerate(DAYS) if found[1][:3].title() == day]
        whole = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
        hour, minute = int(found[2]), int(found[3])
        if days and whole[days[0]].lower().startswith(found[1].lower()):
            if hour < 24 and minute < 60:
                return days[0], time(hour, minute)
            raise LabError(f"There is no time {found[2]}:{found[3]}. Write it as in 'Wed 18:00'.")
    raise LabError(
        f"'{shown(text)}' is no day and time. Write a day of {', '.join(DAYS)} and a time from "
        "00:00 to 23:59, such as 'Wed 18:00'."
    )


# -- writing ---------------------------------------------------------------------------------


def written(cohort: Cohort) -> str:
    """Write ``cohort.toml`` for a new cohort, with words that say how to change it."""

    def text(value: str) -> str:
        return json.dumps(value, ensure_ascii=False)

    lines = [
        "# The dates of this cohort. Everything else is made from them.",
        "# Change what you need: for a holiday, move the days of that week and of those after it.",
        "# Then write the dates into the gradebook and the calendar: organizer-lab cohort dates",
        "",
        f"name = {text(cohort.name)}",
        "# The first day of the first week.",
        f"start = {cohort.start}",
        "# All times below are those of the clock here. Summer time is taken care of.",
        f"time_zone = {text(cohort.time_zone)}",
        "# The language of the messages.",
        f"language = {text(cohort.language)}",
        "# How long a live session is.",
        f"minutes = {cohort.minutes}",
        "# For the messages. What stays empty is left out of them.",
        "# Git takes this file: write no address into it that is not for everybody.",
        "# Where learners find the course, and where you meet:",
        f"course_address = {text(cohort.course_address)}",
        f"meeting_address = {text(cohort.meeting_address)}",
        '# How work is handed in, as a sentence, such as "Send week-N.zip to me in private."',
        "# In each message week-N becomes the name of its week.",
        f"hand_in = {text(cohort.hand_in)}",
        "# The weeks in which learners give each other feedback.",
        f"peer_feedback = [{', '.join(map(text, cohort.peer_feedback))}]",
    ]
    for dates in cohort.weeks:
        lines += ["", "[[weeks]]", f"id = {text(dates.id)}"]
        if dates.session:
            lines.append(f"session = {dates.session}")
        else:
            lines.append(
                "# No live session. To add one: session = "
                f"{datetime.combine(cohort.begins(dates), time(18))}"
            )
        lines.append(f"due = {dates.due}")
    return "\n".join(lines) + "\n"
