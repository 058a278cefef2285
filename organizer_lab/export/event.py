"""The event: its registration as Event Registration takes it, and its page for participants."""

from __future__ import annotations

import json
from typing import Any

from organizer_lab.export import wikitext
from organizer_lab.export.countries import two_letters
from organizer_lab.export.wikitext import bullets, plain, section, shown, written
from organizer_lab.export.worklist import wikitable
from organizer_lab.plan import Plan
from organizer_lab.plan.rows import moment
from organizer_lab.plan.week_5 import ActionCard
from organizer_lab.plan.week_7 import EventPlan, Registration

UCOC = "https://foundation.wikimedia.org/wiki/Policy:Universal_Code_of_Conduct"
PROTECTED = (
    "<!-- This country is on the protection list of the Wikimedia Foundation. Ask yourselves for "
    "each line of the page whether it can put a person in danger, and take it out if it can. -->"
)


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


def event_wikitext(plan: Plan) -> str:
    """Write the page of the event, in wikitext that works on every wiki.

    It is for participants: reason, date, first task, pages to choose from, and rules that keep
    people safe. Button and list of participants come from Event Registration. What is not in the
    plan yet is said to be missing.
    """
    event = plan.event_plan or EventPlan()
    form = event.registration or Registration()
    card, audience = plan.topic_card, plan.persona_and_funnel
    model, evaluation = plan.campaign_model, plan.evaluation_plan
    blocks = [
        "<!-- For a page whose name begins with Event: – the sign-up button appears when "
        "registration is enabled there. Made from plan.json by Organizer Lab. The "
        "headings are in English: translate them for the people who come. Read it as a stranger "
        "would, and test it on a phone, before you save it. -->",
        *([PROTECTED] if protected(plan) else []),
        f"'''{shown(event.name)}'''" if plain(event.name) else wikitext.NOT_WRITTEN,
        written(audience and audience.invitation),
        section("Why", written(card and card.goal), shown(card and card.why_now)),
        section("When and where", bullets(_when_and_where(form))),
        section("Your first task", *_task(model and model.action)),
        section("Pages to choose from", *_pages(plan)),
        section(
            "Help",
            bullets(
                filter(
                    None,
                    [
                        f"Where you are: {written(model and model.local_support)}",
                        _line("Experienced editors", shown(model and model.experienced_editors)),
                        _line("Chat", wikitext.address(form.chat_url)),
                    ],
                )
            ),
        ),
        section("Rules that keep people safe", bullets(safety(event))),
        section("Thank you", written(evaluation and evaluation.recognition)),
    ]
    return "\n\n".join(blocks) + "\n"


def safety(event: EventPlan) -> list[str]:
    """Give the lines on rules that every page of a campaign should have, as wikitext."""
    policy = wikitext.address(event.friendly_space) or wikitext.NOT_WRITTEN
    lines = [
        f"Friendly space policy: {policy}",
        f"The [{UCOC} Universal Code of Conduct] is for everybody who takes part.",
    ]
    contacts = list(dict.fromkeys(filter(None, (plain(risk.contact) for risk in event.risks))))
    if contacts:
        lines.append(f"If something is wrong, turn to: {', '.join(map(shown, contacts))}")
    return lines


def protected(plan: Plan) -> bool:
    """Say whether the people live in a country of the protection list."""
    return plan.persona_and_funnel is not None and plan.persona_and_funnel.needs_safety_note()


def _when_and_where(form: Registration) -> list[str]:
    zone = f" ({shown(form.timezone)})" if plain(form.timezone) else ""
    here, online = shown(form.address), wikitext.address(form.meeting_url)
    places = {"online": [online], "in person": [here], "both": [here, online]}
    where = " · ".join(filter(None, places.get(form.meeting or "", [])))
    return [
        f"Begins: {written(form.start)}{zone}",
        f"Ends: {written(form.end)}{zone}",
        f"Where: {where or wikitext.NOT_WRITTEN}",
    ]


def _line(name: str, text: str) -> str:
    return f"{name}: {text}" if text else ""


def _task(action: ActionCard | None) -> list[str]:
    if action is None:
        return [wikitext.NOT_WRITTEN]
    steps = [f"# {shown(step)}" for step in action.steps if plain(step)]
    return [
        written(action.action),
        f"It takes about {wikitext.amount(action.done_min)} minutes." if action.done_min else "",
        "\n".join(steps) or wikitext.NOT_WRITTEN,
    ]


def _pages(plan: Plan) -> list[str]:
    """Give newcomers their own list first, where the worklist is split."""
    worklist = plan.worklist
    if not worklist or not worklist.pages:
        return [wikitext.NOT_WRITTEN]
    groups = {"newcomers": "For newcomers", "experienced": "For experienced editors"}
    if not all(page.group for page in worklist.pages):
        return [wikitable(worklist).strip()]
    return [
        section(title, wikitable(worklist, group).strip(), level=3)
        for group, title in groups.items()
        if any(page.group == group for page in worklist.pages)
    ]


def _digits(text: str | None) -> str | None:
    """Write a moment as MediaWiki does: fourteen digits, year first."""
    when = moment(text)
    # strftime would write the year 27 with two digits on some systems.
    return f"{when.year:04}{when:%m%d%H%M%S}" if when else None
