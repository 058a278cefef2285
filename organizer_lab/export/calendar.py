r"""The days of the plan as an iCalendar file (RFC 5545), for every calendar program.

The writer is our own because a learner has four packages and none of them writes calendars. It
keeps to three rules of the standard: lines end with CR LF and have at most 75 bytes before they are
folded; a comma, a semicolon and a backslash in a text are escaped; the event's times are in UTC.
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple

from organizer_lab.export.wikitext import plain
from organizer_lab.plan import Plan
from organizer_lab.plan.rows import day, moment
from organizer_lab.plan.week_7 import EventPlan, Registration

LONGEST_LINE = 75  # bytes, without CR LF


class Entry(NamedTuple):
    """One entry of the calendar.

    Attributes
    ----------
    kind : str
        Such as ``"task"``: a part of the entry's identity.
    text : str
        What the calendar shows.
    start, end : date or datetime
        Days for an entry of whole days, the last one included; moments in UTC for the event.
    note : str
        Who does it, or where.
    place : str
    """

    kind: str
    text: str
    start: date
    end: date
    note: str = ""
    place: str = ""


def entries(plan: Plan) -> list[Entry]:
    """List what has a day in the plan: event, tasks, messages, measuring days, follow-ups, report.

    A line without a readable day is left out.
    """
    found = sorted(_entries(plan), key=lambda entry: (str(entry.start)[:10], entry.kind))
    return [entry for entry in found if entry.text]


def ics(plan: Plan) -> str:
    """Write the plan's days as iCalendar.

    The time of the event comes from the clock of its time zone, with the summer time of that day.
    Where the zone is not known, the event stands there as whole days. Only an event of one day
    marks people as busy.

    An entry keeps its UID when its day changes, when other lines come or go, and when the plan is
    exported again, so that a calendar program moves the entry instead of adding a second one.
    """
    name = plain(plan.event_plan.name) if plan.event_plan else ""
    seen: Counter[str] = Counter()
    events = []
    for entry in entries(plan):
        identity = "\n".join([*_identity(plan), entry.kind, entry.text])
        seen[identity] += 1
        events.append((f"{identity}\n{seen[identity]}", entry))
    return calendar(name, events, _stamp(plan), plan.revision)


def calendar(
    name: str,
    events: Iterable[tuple[str, Entry]],
    stamp: str,
    revision: int,
    about: str = "Campaign plan",
) -> str:
    """Write entries as iCalendar.

    Parameters
    ----------
    name : str
        What the calendar is called; may be empty.
    events : iterable of (str, Entry)
        What makes an entry the same one when its day changes, and the entry.
    stamp : str
        When they were written, such as ``20270201T120000Z``.
    revision : int
        Grows with each change.
    about : str
        What they are about: a part of the name of the program that wrote them.
    """
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:-//Organizer Lab//{about}//EN",
        "CALSCALE:GREGORIAN",
        *([f"X-WR-CALNAME:{_text(name)}"] if name else []),
    ]
    for identity, entry in events:
        uid = uuid.uuid5(uuid.NAMESPACE_OID, f"organizer-lab\n{identity}")
        lines += [
            "BEGIN:VEVENT",
            f"UID:{uid}",
            f"DTSTAMP:{stamp}",
            f"SEQUENCE:{revision}",
            *_when(entry),
            f"SUMMARY:{_text(entry.text)}",
            *([f"DESCRIPTION:{_text(entry.note)}"] if entry.note else []),
            *([f"LOCATION:{_text(entry.place)}"] if entry.place else []),
            "END:VEVENT",
        ]
    lines.append("END:VCALENDAR")
    return "".join(f"{_folded(line)}\r\n" for line in lines)


def _entries(plan: Plan) -> Iterator[Entry]:
    if event := plan.event_plan:
        yield from _event(event)
        for task in event.timeline:
            yield from _all_day("task", task.due, task.task, task.owner)
        for message in event.messages:
            text = " → ".join(filter(None, (plain(message.channel), plain(message.audience))))
            yield from _all_day("message", message.on, text and f"Message: {text}", message.owner)
    if money := plan.budget_and_metrics:
        for target in money.targets:
            text = plain(target.metric) or target.kind
            yield from _all_day("target", target.due, text and f"Measure: {text}", target.method)
        yield from _all_day("report", money.report_due, "Final report of the grant is due")
    if evaluation := plan.evaluation_plan:
        yield from _all_day("compare", evaluation.compare_on, "Compare results with targets")
        for each in evaluation.retention_on:
            yield from _all_day("retention", each, "Look who still edits")
        for step in evaluation.follow_up:
            text = plain(step.action)
            yield from _all_day("follow-up", step.on, text and f"Follow-up: {text}", step.owner)


def _all_day(kind: str, on: str | None, text: object, note: object = "") -> Iterator[Entry]:
    if when := day(on):
        yield Entry(kind, plain(text), when, when, plain(note))


def _event(event: EventPlan) -> Iterator[Entry]:
    form = event.registration or Registration()
    start, end = moment(form.start), moment(form.end)
    if start is None:
        return
    if end is None or end < start:
        form, end = form.model_copy(update={"end": form.start}), start
    clock = f"{form.start} to {form.end}, {form.timezone}" if form.timezone else ""
    rest = (plain(clock), plain(form.address or form.meeting_url))
    name = plain(event.name) or plain(form.event_page)
    # Without a known zone, the event stands there as whole days.
    yield Entry("event", name, *(form.utc() or (start.date(), end.date())), *rest)


def _identity(plan: Plan) -> tuple[str, ...]:
    """Tell one plan's entries from another's by what hardly ever changes."""
    place, event = plan.place, plan.event_plan
    return (
        *((plain(place.iso3), plain(place.language_code)) if place else ()),
        *((plain(event.name),) if event else ()),
    )


def _stamp(plan: Plan) -> str:
    """Say when the plan was saved last; an unsaved plan is as old as this call."""
    try:
        saved = datetime.fromisoformat(plan.saved or "").astimezone(UTC)
    except (ValueError, OverflowError):
        saved = datetime.now(UTC)
    return f"{saved.year:04}{saved:%m%dT%H%M%SZ}"


def _when(entry: Entry) -> Iterator[str]:
    if isinstance(entry.start, datetime):
        yield f"DTSTART:{_moment(entry.start)}"
        if entry.end > entry.start:
            yield f"DTEND:{_moment(entry.end)}"
        if entry.end - entry.start > timedelta(days=1):
            # Nobody is busy all day and all night for two weeks.
            yield "TRANSP:TRANSPARENT"
        return
    yield f"DTSTART;VALUE=DATE:{_day(entry.start)}"
    # The end is the day after the last one. Without it the entry has one day.
    if entry.end > entry.start and entry.end < date.max:
        yield f"DTEND;VALUE=DATE:{_day(entry.end + timedelta(days=1))}"
    yield "TRANSP:TRANSPARENT"


def _day(when: date) -> str:
    return f"{when.year:04}{when:%m%d}"


def _moment(when: datetime) -> str:
    return f"{_day(when)}T{when:%H%M%S}Z"


def _text(text: str) -> str:
    """Escape what has a meaning in a text; line breaks have become spaces already."""
    for sign in ("\\", ";", ","):
        text = text.replace(sign, f"\\{sign}")
    return text


def _folded(line: str) -> str:
    """Fold a line into pieces of at most 75 bytes, without cutting a character."""
    pieces, piece, size = [], "", 0
    for sign in line:
        width = len(sign.encode())
        if size + width > LONGEST_LINE:
            pieces.append(piece)
            # The space that continues the line is one of the bytes.
            piece, size = "", 1
        piece += sign
        size += width
    return "\r\n ".join([*pieces, piece])
