"""What a facilitator writes to the learners, week by week, with the dates filled in.

All texts of a language stand in one file, ``texts/LANGUAGE.toml``: a translator copies it and
translates the sentences. Words in braces are filled in; each text may use those of `FIELDS`.
"""

from __future__ import annotations

import re
import string
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

from organizer_lab import course, files
from organizer_lab.cohort import settings
from organizer_lab.cohort.settings import Cohort
from organizer_lab.course import Week
from organizer_lab.errors import LabError, nearest

FOLDER = "messages"
# The messages of every week; the first week also has "before", the last one "end".
KINDS = ("before", "start", "reminder", "feedback", "end")
REMINDER = timedelta(days=2)
FIELDS = frozenset(
    {
        *("name", "number", "title", "question", "makes", "minutes", "objectives"),
        *("begins", "session", "session_minutes", "due", "remind", "weeks", "closes"),
        *("course", "meeting", "hand_in", "peers", "resumes"),
    }
)
# A paragraph with one of these is left out where the facilitator gave none.
_OPTIONAL = frozenset({"session", "course", "meeting", "hand_in", "peers", "resumes"})
_WORDS = {"weekdays": 7, "months": 12}


@cache
def texts(language: str) -> dict[str, Any]:
    """Read the texts of a language, and check them.

    Raises
    ------
    LabError
        If there are none, or with what is wrong in the file.
    """
    if problem := settings.language_problem(language):
        raise LabError(problem[0].upper() + problem[1:])
    file = settings.TEXTS / f"{language}.toml"
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as error:
        raise LabError(f"{file.name} cannot be read: {error}.") from None
    if problems := list(_problems(content)):
        raise LabError("\n".join(f"{file.name}: {problem}" for problem in problems))
    return content


def _problems(content: dict[str, Any]) -> Iterator[str]:
    words = content.get("words", {})
    for name, count in _WORDS.items():
        given = words.get(name)
        if not isinstance(given, list) or len(given) != count:
            yield f"[words] needs {name}, a list of {count} words."
    allowed: dict[str, set[str]] = {
        "date": {"weekday", "day", "month", "year"},
        "moment": {"date", "time", "zone"},
        "clock": {"time", "zone"},
        "both": {"local", "utc"},
        "peers": set(),
    }
    for name, fields in allowed.items():
        yield from _wrong(f"[words] {name}", words.get(name), fields)
    for kind in KINDS:
        for part in ("subject", "text"):
            yield from _wrong(f"[{kind}] {part}", content.get(kind, {}).get(part), FIELDS)


def _wrong(where: str, text: Any, fields: set[str] | frozenset[str]) -> Iterator[str]:
    if not isinstance(text, str) or not text.strip():
        yield f"{where} is missing."
        return
    try:
        used = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError as error:
        yield f"{where}: {error}."
        return
    for name in used:
        if name not in fields:
            yield f"{where}: there is no word {{{name}}}.{nearest(name, fields)}"


def kinds(cohort: Cohort, week: str) -> list[str]:
    """List the messages of a week: ``start``, ``reminder`` and ``feedback``, and more at the ends.

    The first week begins with ``before``, and the last one ends with ``end``.
    """
    ids = [dates.id for dates in cohort.weeks]
    cohort.week(week)
    return [
        *(["before"] if week == ids[0] else []),
        *("start", "reminder", "feedback"),
        *(["end"] if week == ids[-1] else []),
    ]


def message(cohort: Cohort, week: str, kind: str, wiki: bool = False) -> tuple[str, str]:
    """Fill in one message.

    Parameters
    ----------
    cohort : Cohort
    week : str
        Such as ``"week-3"``.
    kind : str
        One of `KINDS`.
    wiki : bool
        As wikitext for a page or a talk page, instead of plain text for mail and chat.

    Returns
    -------
    tuple of str
        The subject, and the text. A paragraph about what the facilitator did not give is left out.
    """
    asked = texts(cohort.language)
    values = _values(cohort, course.load().week(week), asked["words"])
    mark = "*" if wiki else "-"
    paragraphs = []
    for block in re.split(r"\n\s*\n", asked[kind]["text"].strip()):
        used = {name for _, name, _, _ in string.Formatter().parse(block) if name}
        if any(not values[name] for name in used & _OPTIONAL):
            continue
        # A sentence a line in the file; on a phone a paragraph is easier to read.
        lines: list[str] = []
        for line in block.splitlines():
            item = line.startswith("- ")
            words = _filled(line.removeprefix("- "), values, wiki)
            if not words.strip():
                continue
            if item or not lines or lines[-1].startswith(f"{mark} "):
                lines.append(f"{mark} {words}" if item else words)
            else:
                lines[-1] += f" {words}"
            if item and "\n" in words:
                lines[-1] = "\n".join(f"{mark} {each}" for each in words.splitlines())
        paragraphs.append("\n".join(lines))
    subject = _filled(asked[kind]["subject"], values, wiki=False)
    return subject, "\n\n".join(paragraphs)


def _filled(text: str, values: dict[str, str], wiki: bool) -> str:
    if wiki:
        values = {name: _harmless(value) for name, value in values.items()}
    return text.strip().format_map(values)


def _harmless(value: str) -> str:
    """Keep the words of a facilitator from being read as wikitext."""
    return re.sub(r"(\[\[|\]\]|\{\{|\}\}|''+|~~~+|<)", r"<nowiki>\1</nowiki>", value)


def _values(cohort: Cohort, week: Week, words: dict[str, Any]) -> dict[str, str]:
    dates = cohort.week(week.id)
    last = course.load().week(cohort.weeks[-1].id)

    def day(when: date) -> str:
        return words["date"].format(
            weekday=words["weekdays"][when.weekday()],
            day=when.day,
            month=words["months"][when.month - 1],
            year=when.year,
        )

    def moment(when: datetime, zone: str) -> str:
        return words["moment"].format(date=day(when), time=f"{when:%H:%M}", zone=zone)

    def both(local: datetime, utc: datetime) -> str:
        # The day is said twice only where it is another one.
        there = (
            words["clock"].format(time=f"{utc:%H:%M}", zone="UTC")
            if utc.date() == local.date()
            else moment(utc, "UTC")
        )
        return words["both"].format(local=moment(local, cohort.time_zone), utc=there)

    closes, again = cohort.week(last.id), cohort.resumes(dates)
    return {
        "name": cohort.name,
        "number": str(week.number),
        "title": week.title,
        "question": week.question,
        "makes": f"{week.artefact.name}: {week.artefact.description}",
        "minutes": str(week.minutes.total),
        "objectives": "\n".join(week.objectives),
        "begins": day(cohort.begins(dates)),
        "session": both(dates.session, cohort.utc(dates.session)) if dates.session else "",
        "session_minutes": str(cohort.minutes),
        "due": both(dates.due, cohort.due(dates)),
        "remind": day((dates.due - REMINDER).date()),
        "weeks": str(len(cohort.weeks)),
        "closes": both(closes.due, cohort.due(closes)),
        "course": cohort.course_address,
        "meeting": cohort.meeting_address,
        "hand_in": cohort.hand_in.replace("week-N", week.id),
        "resumes": day(again) if again else "",
        "peers": words["peers"] if week.id in cohort.peer_feedback else "",
    }


def when(cohort: Cohort, week: str, kind: str) -> str:
    """Say when a message goes out, for the facilitator."""
    dates = cohort.week(week)
    begins = cohort.begins(dates)
    return {
        "before": f"a week before the course: {begins - timedelta(days=7)}",
        "start": f"when the week begins: {begins}",
        "reminder": f"two days before the work is due: {(dates.due - REMINDER).date()}",
        "feedback": "when the feedback is made",
        "end": "when the certificates are made",
    }[kind]


def write(cohort: Cohort, week: str, to: Path) -> list[tuple[Path, str]]:
    """Write the messages of a week, each as plain text and as wikitext.

    Returns
    -------
    list of (Path, str)
        Each file, and when its message goes out.
    """
    found = []
    to.mkdir(parents=True, exist_ok=True)
    for position, kind in enumerate(kinds(cohort, week), 1):
        stem = f"{week}-{position}-{kind}"
        subject, plain = message(cohort, week, kind)
        _, page = message(cohort, week, kind, wiki=True)
        outputs = {
            to / f"{stem}.txt": f"{subject}\n\n{plain}\n",
            to / f"{stem}.wikitext": f"== {_harmless(subject)} ==\n\n{page}\n\n~~~~\n",
        }
        for path, content in outputs.items():
            files.write(path, content)
            found.append((path, when(cohort, week, kind)))
    return found
