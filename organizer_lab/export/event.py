"""The registration of the event in the form that the program Event Registration takes."""

from __future__ import annotations

import json
from typing import Any

from organizer_lab.export.countries import two_letters
from organizer_lab.export.wikitext import plain
from organizer_lab.plan.rows import moment
from organizer_lab.plan.week_7 import EventPlan, Registration


def registration(event_plan: EventPlan) -> dict[str, Any]:
    """Give the body of a registration, with the names and forms of CampaignEvents.

    The names are those of the code of August 2026 (``src/Rest`` of the extension). Nothing is sent:
    a person copies the values into the form, where the friendlier words of the same fields stand.

    Parameters
    ----------
    event_plan : EventPlan

    Returns
    -------
    dict
        ``start_time`` and ``end_time`` are fourteen digits on the clock of ``timezone``;
        ``meeting_country_code`` has two letters. A field that is not written yet is not there.
        Address and country are there for a meeting in person only, ``meeting_url`` for one online.
        ``is_test_event`` is false, and ``tracks_contributions`` true: a campaign counts its edits
        from the first minute, and a goal needs it.
    """
    form = event_plan.registration or Registration()
    online, in_person = form.meeting in ("online", "both"), form.meeting in ("in person", "both")
    body: dict[str, Any] = {
        "event_page": plain(form.event_page),
        "timezone": plain(form.timezone),
        "start_time": _digits(form.start),
        "end_time": _digits(form.end),
        "types": [plain(each) for each in form.types],
        "wikis": [plain(each) for each in form.wikis],
        "topics": [plain(each) for each in form.topics],
    }
    if form.meeting:
        body |= {"online_meeting": online, "inperson_meeting": in_person}
    if online:
        body["meeting_url"] = plain(form.meeting_url)
    if in_person:
        body["meeting_country_code"] = two_letters(form.country)
        body["meeting_address"] = plain(form.address)
    body["chat_url"] = plain(form.chat_url)
    body = {name: value for name, value in body.items() if value not in ("", None, [])}
    body |= {"is_test_event": False, "tracks_contributions": True}
    if form.goal_metric and form.goal_target is not None:
        body |= {"goal_type": plain(form.goal_metric), "goal_target": form.goal_target}
    return body


def registration_json(event_plan: EventPlan) -> str:
    """Write `registration` as JSON, with letters of every script as they are."""
    return json.dumps(registration(event_plan), ensure_ascii=False, indent=2) + "\n"


def goals(event_plan: EventPlan) -> dict[str, Any] | None:
    """Give the goal as Event Registration keeps it, or None where no goal is written.

    The form is that of ``EventGoal`` in CampaignEvents, August 2026.
    """
    form = event_plan.registration or Registration()
    if not form.goal_metric or form.goal_target is None:
        return None
    metric = {"metric": plain(form.goal_metric), "target": form.goal_target}
    return {"operator": "AND", "metrics": [metric]}


def _digits(text: str | None) -> str | None:
    """Write a moment as MediaWiki does: fourteen digits, year first."""
    when = moment(text)
    # strftime would write the year 27 with two digits on some systems.
    return f"{when.year:04}{when:%m%d%H%M%S}" if when else None
