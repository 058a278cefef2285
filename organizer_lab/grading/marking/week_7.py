"""Marking of week 7, "Plan the event and keep people safe"."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, date, datetime
from functools import cache
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from organizer_lab.grading.marking import Wrong, agrees, marks, number, rows, text
from organizer_lab.grading.marking.evidence import right_value, right_words

YEARS = range(2001, 2200)
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
TYPES = {
    "editing-event", "media-upload-event", "backlog-drive", "contest", "workshop",
    "training-seminar", "meetup", "hackathon", "conference", "other",
}  # fmt: skip
TOPICS = {
    "architecture", "art", "biography", "biology", "business-and-economics", "chemistry",
    "comics-and-anime", "computers-and-internet", "earth-and-environment", "education",
    "engineering", "entertainment", "fashion", "food-and-drink", "general-science", "history",
    "literature", "mathematics", "medicine-and-health", "military-and-warfare", "music",
    "performing-arts", "philosophy-and-religion", "physics", "politics-and-government",
    "society", "sports", "technology", "transportation", "tv-and-film", "video-games", "women",
    "africa", "asia", "central-america", "europe", "north-america", "oceania", "south-america",
}  # fmt: skip
METRICS = {
    "total_articles_created",
    "total_articles_edited",
    "total_edits",
    "total_bytes_added",
    "total_bytes_removed",
    "total_links_added",
    "total_links_removed",
}
OTHER_WIKIS = {"commonswiki", "wikidatawiki", "metawiki", "specieswiki", "incubatorwiki"}
PROJECTS = (
    "wiki", "wikibooks", "wikinews", "wikiquote", "wikisource", "wikiversity", "wikivoyage",
    "wiktionary",
)  # fmt: skip
PLACES = re.compile(
    "(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.|UTC$"
)


def _weeks(language: Any, edition: Any) -> dict[str, int]:
    """Give the views by week of the own edition, or of the chosen one where it has none."""
    views: dict[str, dict[str, int]] = defaultdict(dict)
    for row in rows("climate_views_weekly"):
        views[row["language_code"]][row["week_start"]] = int(row["views"])
    if not isinstance(edition, str) or edition not in views:
        raise Wrong("'edition' is none of the eight editions.")
    if isinstance(language, str) and language in views and edition != language:
        raise Wrong("the own language has an edition with views.")
    return views[edition]


@marks("7.1", "language", "edition", "why_edition", "base_week")
def base_level(language: Any, edition: Any, why_edition: Any, base_week: Any) -> None:
    """Demand the middle week, and the reason for the edition, where it is not the own one."""
    weeks = _weeks(language, edition)
    if edition != language:
        text(why_edition, 6)
    agrees(base_week, median(weeks.values()), 0.5)


@marks("7.2", "language", "edition", "peak_week", "peak_times")
def peak(language: Any, edition: Any, peak_week: Any, peak_times: Any) -> None:
    """Demand the Monday of the week with most views, and how many times the middle week it had."""
    weeks = _weeks(language, edition)
    best = max(weeks, key=lambda week: weeks[week])
    if not isinstance(peak_week, str) or peak_week.strip()[:10] != best:
        raise Wrong("the week is not the one with most views.")
    agrees(peak_times, weeks[best] / median(weeks.values()), 0.05)


@marks("7.3", "busiest_day", "quietest_day")
def weekdays(busiest_day: Any, quietest_day: Any) -> None:
    """Demand the weekdays with the largest and with the smallest median of views."""
    views: dict[str, list[int]] = defaultdict(list)
    for row in rows("climate_views_daily_en"):
        name = WEEKDAYS[date.fromisoformat(row["date"]).weekday()]
        views[name].append(int(row["views_all_articles"]))
    typical = {name: median(each) for name, each in views.items()}
    for given, wanted in (
        (busiest_day, max(typical, key=lambda name: typical[name])),
        (quietest_day, min(typical, key=lambda name: typical[name])),
    ):
        if not isinstance(given, str) or given.strip().capitalize() != wanted:
            raise Wrong("a weekday is not right.")


@marks("7.4", "planned_on", "start", "days_left", "latest_day")
def days_before(planned_on: Any, start: Any, days_left: Any, latest_day: Any) -> None:
    """Days from the plan to the start, and the day six weeks before the start."""
    planned, begins = _day(planned_on), _moment(start)
    if planned is None or begins is None or not {planned.year, begins.year} <= set(YEARS):
        raise Wrong("'planned_on' or 'start' is no date, or far away.")
    agrees(days_left, begins.toordinal() - planned.toordinal(), 0)
    latest = _day(latest_day)
    if latest is None or begins.toordinal() - latest.toordinal() != 42:
        raise Wrong("the latest day is not right.")


@marks("7.5", "event")
def registration(event: Any) -> None:
    """Name, day of the plan, reason, number, and a form that the tool would take."""
    event = _event(event)
    if len(text(event.get("name"), 1).strip()) > 100:
        raise Wrong("the name is too long.")
    text(event.get("why_then"), 6)
    number_ = event.get("attention")
    if not isinstance(number_, dict) or number_.get("part") != "Evidence":
        raise Wrong("the number about attention is missing.")
    right_value(number_)
    right_words(number_)
    form = _form(event)
    start, end = _times(form)
    planned = _day(event.get("planned_on"))
    if planned is None or start.toordinal() - planned.toordinal() < 42:
        raise Wrong("the plan is not made six weeks before the start.")
    if end <= start:
        raise Wrong("the end is not later than the start.")
    _page(form)
    _choices(form)
    _meeting(form)
    if form.get("goal_metric") not in METRICS or not number(form.get("goal_target")) >= 1:
        raise Wrong("the goal is missing.")


@marks("7.6", "event")
def team_and_time(event: Any) -> None:
    """Tasks in order, two people or more, messages before the start, an owner for each line."""
    event = _event(event)
    names = _team(event)
    planned, before = _day(event.get("planned_on")), date.min
    for task in _lines(event, "timeline", "Task", 4):
        text(task.get("task"), 1)
        due = _owned(task, "due", names)
        if due < before or (planned and due < planned):
            raise Wrong("the tasks are not in order, or one is due before the plan.")
        before = due
    sent = []
    for message in _lines(event, "messages", "Message", 2):
        text(message.get("channel"), 1)
        text(message.get("audience"), 1)
        sent.append(_owned(message, "on", names))
        if planned and sent[-1] < planned:
            raise Wrong("a message goes out before the plan.")
    form = event.get("registration")
    start = _moment(form.get("start")) if isinstance(form, dict) else None
    if start and not any(day < start.date() for day in sent):
        raise Wrong("no message goes out before the start.")


@marks("7.7", "event")
def safety(event: Any) -> None:
    """Three risks with likelihood, effect, response and contact; the two rules of conduct."""
    event = _event(event)
    risks = _lines(event, "risks", "Risk", 3)
    for risk in risks:
        text(risk.get("risk"), 1)
        text(risk.get("response"), 3)
        text(risk.get("contact"), 1)
        for name in ("likelihood", "effect"):
            if not 1 <= number(risk.get(name)) <= 5:
                raise Wrong("a likelihood or an effect is not from 1 to 5.")
    if len({_same(risk["risk"]) for risk in risks}) < len(risks):
        raise Wrong("a risk stands there twice.")
    # Whether the roles are right is another question, with points of its own.
    try:
        names = _team(event)
    except Wrong:
        names = [_same(risk["contact"]) for risk in risks]
    if any(_same(risk["contact"]) not in names for risk in risks):
        raise Wrong("a contact is no role of the team.")
    form = event.get("registration")
    form = form if isinstance(form, dict) else {}
    listed = {r["iso3"] for r in rows("country_profile") if r["on_protection_list"] == "True"}
    if form.get("country") in listed and not any(risk["effect"] >= 4 for risk in risks):
        raise Wrong("no grave risk, in a country on the protection list.")
    where = r"\S[:/]\S"
    if form.get("meeting") != "online" and not re.search(
        where, text(event.get("friendly_space"), 1)
    ):
        raise Wrong("the friendly-space policy is at no address or page.")
    if event.get("keeps_ucoc") is not True:
        raise Wrong("the Universal Code of Conduct is not kept.")


def _event(event: Any) -> dict[str, Any]:
    if not isinstance(event, dict) or event.get("part") != "EventPlan":
        raise Wrong("'event' is not an event plan.")
    return event


def _team(event: dict[str, Any]) -> list[str]:
    """Give the roles of a team of two people or more."""
    roles = _lines(event, "roles", "Role", 1)
    names = [_same(text(role.get("role"), 1)) for role in roles]
    people = 0.0
    for role in roles:
        text(role.get("duty"), 1)
        if not 1 <= number(role.get("people")) <= 1000:
            raise Wrong("a role has no people.")
        people += role["people"]
    if people < 2 or len(set(names)) < len(names):
        raise Wrong("the team is one person, or a role stands there twice.")
    return names


def _form(event: dict[str, Any]) -> dict[str, Any]:
    form = event.get("registration")
    if not isinstance(form, dict) or form.get("part") != "Registration":
        raise Wrong("the registration is missing.")
    return form


def _lines(event: dict[str, Any], name: str, part: str, fewest: int) -> list[dict[str, Any]]:
    lines = event.get(name)
    if not isinstance(lines, list) or len(lines) < fewest:
        raise Wrong(f"'{name}' has fewer than {fewest} lines.")
    if any(not isinstance(line, dict) or line.get("part") != part for line in lines):
        raise Wrong(f"'{name}' holds something else.")
    return lines


def _owned(line: dict[str, Any], when: str, roles: list[str]) -> date:
    """Give the day of a line whose owner is a role."""
    day = _day(line.get(when))
    if day is None or _same(text(line.get("owner"), 1)) not in roles:
        raise Wrong("a line has no day, or its owner is no role.")
    return day


def _times(form: dict[str, Any]) -> tuple[datetime, datetime]:
    zone = form.get("timezone")
    known = _zones()
    # A computer without the list of zones can only look at the form of the name.
    if not isinstance(zone, str) or not PLACES.match(zone) or (known and zone not in known):
        raise Wrong("the time zone is not one of a place.")
    times = []
    for name in ("start", "end"):
        at = _moment(form.get(name))
        if at is None or at.year not in YEARS:
            raise Wrong(f"'{name}' is no day and time.")
        if known:
            there = at.replace(tzinfo=ZoneInfo(zone))
            again = there.astimezone(UTC).astimezone(ZoneInfo(zone))
            if again.replace(tzinfo=None) != at:
                raise Wrong(f"'{name}' does not exist in that zone.")
        times.append(at)
    return times[0], times[1]


@cache
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _page(form: dict[str, Any]) -> None:
    space, _, title = text(form.get("event_page"), 1).strip().partition(":")
    if space.strip().lower() != "event" or not title.strip() or re.search(r"[#<>\[\]|{}]", title):
        raise Wrong("the title of the event page is not right.")


def _choices(form: dict[str, Any]) -> None:
    for name, known, most in (("types", TYPES, 2), ("topics", TOPICS, 5), ("wikis", None, 100)):
        words = form.get(name)
        if not isinstance(words, list) or not 1 <= len(words) <= most:
            raise Wrong(f"'{name}' has none or too many.")
        if known and not set(words) <= known:
            raise Wrong(f"'{name}' holds one that the form does not know.")
    if "other" in form["types"] and len(form["types"]) > 1:
        raise Wrong("'other' does not stand alone.")
    if form["wikis"] != ["*"] and not set(form["wikis"]) <= _wikis():
        raise Wrong("a wiki is not known.")


@cache
def _wikis() -> set[str]:
    codes = [row["language_code"].replace("-", "_") for row in rows("wikipedia_editions")]
    return {code + project for code in codes for project in PROJECTS} | OTHER_WIKIS


def _meeting(form: dict[str, Any]) -> None:
    meeting = form.get("meeting")
    if meeting not in ("online", "in person", "both"):
        raise Wrong("it is not said how people meet.")
    place, url = form.get("address"), form.get("meeting_url")
    if meeting == "online" and str(place or "").strip():
        raise Wrong("an online event has no place.")
    if meeting == "in person" and str(url or "").strip():
        raise Wrong("an event in one room has no address of a meeting.")
    if meeting != "online":
        if form.get("country") not in {row["iso3"] for row in rows("country_profile")}:
            raise Wrong("the country is not known.")
        if len(text(place, 1).encode(errors="replace")) > 8192:
            raise Wrong("the place is too long.")
    for given in ([url] if meeting != "in person" else []) + [
        form.get("chat_url") or "https://a.b"
    ]:
        if not re.fullmatch(r"https://[^\s/.]+\.\S+", str(given or "").strip() or "https://a.b"):
            raise Wrong("an address does not begin with https://")
    if meeting != "in person":
        text(url, 1)


def _day(written: Any) -> date | None:
    moment = _moment(f"{written.strip()} 00:00") if isinstance(written, str) else None
    return moment and moment.date()


def _moment(written: Any) -> datetime | None:
    shape = r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}"
    if not isinstance(written, str) or not re.fullmatch(shape, written.strip(), re.ASCII):
        return None
    try:
        return datetime.fromisoformat(written.strip())
    except ValueError:
        return None


def _same(words: str) -> str:
    return " ".join(words.casefold().split())
