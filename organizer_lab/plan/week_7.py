"""Week 7 of the plan: the event, the people who carry it, and what could go wrong."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, ClassVar, Literal
from zoneinfo import ZoneInfo, available_timezones

from pydantic import Field, field_validator

from organizer_lab import data, wiki
from organizer_lab.errors import nearest
from organizer_lab.plan.part import Evidence, Part, Problem, Problems, short
from organizer_lab.plan.rows import day, moment
from organizer_lab.words import count_words, number

# What Event Registration knows: the code of the CampaignEvents extension of MediaWiki, and for the
# topics ArticleTopicFiltersRegistry in WikimediaMessages.
TYPES = (
    "editing-event",
    "media-upload-event",
    "backlog-drive",
    "contest",
    "workshop",
    "training-seminar",
    "meetup",
    "hackathon",
    "conference",
    "other",
)
REGIONS = (
    "africa",
    "asia",
    "central-america",
    "europe",
    "north-america",
    "oceania",
    "south-america",
)
TOPICS = (
    "architecture",
    "art",
    "biography",
    "biology",
    "business-and-economics",
    "chemistry",
    "comics-and-anime",
    "computers-and-internet",
    "earth-and-environment",
    "education",
    "engineering",
    "entertainment",
    "fashion",
    "food-and-drink",
    "general-science",
    "history",
    "literature",
    "mathematics",
    "medicine-and-health",
    "military-and-warfare",
    "music",
    "performing-arts",
    "philosophy-and-religion",
    "physics",
    "politics-and-government",
    "society",
    "sports",
    "technology",
    "transportation",
    "tv-and-film",
    "video-games",
    "women",
    *REGIONS,
)
GOAL_METRICS = (
    "total_articles_created",
    "total_articles_edited",
    "total_edits",
    "total_bytes_added",
    "total_bytes_removed",
    "total_links_added",
    "total_links_removed",
)
# What people often write, and the word of the form for it.
_MEANT = {
    "edit-a-thon": "editing-event",
    "editathon": "editing-event",
    "photography": "media-upload-event",
    "photo-contest": "contest",
    "writing-contest": "contest",
    "training": "training-seminar",
    "climate": "earth-and-environment",
    "climate-change": "earth-and-environment",
    "environment": "earth-and-environment",
    "health": "medicine-and-health",
    "agriculture": "earth-and-environment",
}
EVERY_WIKI = "*"
MOST_TYPES, MOST_TOPICS, MOST_WIKIS = 2, 5, 100
LONGEST_ADDRESS = 8192  # bytes in UTF-8
LONGEST_NAME = 100
WEEKS_BEFORE = 6
# Other years are slips of the finger, and the ends of time cannot be turned to another zone.
YEARS = range(2001, 2200)
FEWEST_TASKS, FEWEST_MESSAGES, FEWEST_RISKS, FEWEST_PEOPLE = 4, 2, 3, 2
# From here on an effect is grave, on the scale from 1 to 5.
GRAVE = 4

# Wikis that are not a Wikipedia: the common ones, and the other projects in every language.
_COMMON = ("commonswiki", "wikidatawiki", "metawiki", "specieswiki", "incubatorwiki")
_PROJECTS = (
    "wikibooks",
    "wikinews",
    "wikiquote",
    "wikisource",
    "wikiversity",
    "wikivoyage",
    "wiktionary",
)
# The zones of places. Others ("EST", "Etc/GMT-3") have no summer time, or a sign that misleads.
_ZONES = re.compile(
    "(Africa|America|Antarctica|Arctic|Asia|Atlantic|Australia|Europe|Indian|Pacific)/.|UTC$"
)
_SECURE = re.compile(r"https://[^\s/.]+\.[^\s]+")


class Registration(Part):
    """What Event Registration asks for."""

    event_page: str | None = Field(
        None, description="Title of the event page; it begins with 'Event:'."
    )
    timezone: str | None = Field(
        None, description="Time zone by region and city, such as 'Africa/Dar_es_Salaam'."
    )
    start: str | None = Field(
        None, description="Day and time of the start on the clock there: '2027-03-06 09:00'."
    )
    end: str | None = Field(
        None,
        description="Day and time of the end on the clock there, after the start: "
        "'2027-03-20 16:00'.",
    )
    types: list[str] = Field(
        default_factory=list,
        description="One or two types of event that the form knows, such as 'editing-event'. All "
        "are below the tables of the book's page Your campaign plan; 'other' stands alone.",
    )
    topics: list[str] = Field(
        default_factory=list,
        description="One to five topics that the form knows, such as 'earth-and-environment'. All "
        "are below the tables of the book's page Your campaign plan.",
    )
    wikis: list[str] = Field(
        default_factory=list,
        description="Names of the wikis, at most 100, such as 'swwiki'; '*' alone means every one.",
    )
    meeting: Literal["online", "in person", "both"] | None = Field(
        None, description="'online', 'in person' or 'both'."
    )
    meeting_url: str | None = Field(
        None,
        description="Address of the online meeting, with https:// at the beginning; empty if there "
        "is none.",
    )
    country: str | None = Field(
        None, description="Code of the country where people meet, such as 'TZA'; empty if online."
    )
    address: str | None = Field(
        None, description="Place where people meet, no private address; empty if online."
    )
    chat_url: str | None = Field(
        None,
        description="Address of a chat, with https:// at the beginning; empty if there is none.",
    )
    goal_metric: str | None = Field(
        None,
        description="What the event counts, such as 'total_articles_created'. The book's page Your "
        "campaign plan lists all.",
    )
    goal_target: int | None = Field(None, description="The goal, a whole number from 1.")

    @field_validator("event_page")
    @classmethod
    def _canonical(cls, page: str | None) -> str | None:
        """Write the title as the wiki would: one space, a capital first; also from an address."""
        if page is None or "#" in page:
            return page
        space, colon, title = wiki.normalise(page).partition(":")
        if not colon or space.strip().lower() != "event":
            return page
        return f"Event:{wiki.normalise(title)}"

    @field_validator("types", "topics", "wikis", mode="before")
    @classmethod
    def _items(cls, given: Any, info: Any) -> Any:
        """Take a text as its words between commas or lines, in the form that the tools know."""
        if type(given) is str:
            given = re.split(r"[,;\n]", given)
        if type(given) not in (list, tuple) or not all(type(item) is str for item in given):
            return given
        words = (item.strip().strip(".…'\"").strip().lower() for item in given)
        gap = "_" if info.field_name == "wikis" else "-"
        return list(dict.fromkeys(re.sub(r"[\s_-]+", gap, word) for word in words if word))

    @field_validator("meeting", mode="before")
    @classmethod
    def _meeting(cls, word: Any) -> Any:
        if type(word) is not str:
            return word
        return re.sub(r"[\s_-]+", " ", word.strip().lower()).replace("on line", "online")

    def local(self) -> tuple[datetime, datetime] | None:
        """Give start and end with their time zone.

        Returns
        -------
        tuple of datetime or None
            Aware of the zone, so that hours between them are right over a change to summer time
            once both are turned to UTC. None while zone, start or end is missing or not valid.
        """
        start, end = moment(self.start), moment(self.end)
        if start is None or end is None or self.timezone not in zones():
            return None
        if start.year not in YEARS or end.year not in YEARS:
            return None
        place = ZoneInfo(self.timezone)
        return start.replace(tzinfo=place), end.replace(tzinfo=place)

    def utc(self) -> tuple[datetime, datetime] | None:
        """Give start and end in UTC, or None while they are not known: see `local`."""
        both = self.local()
        return both and (both[0].astimezone(UTC), both[1].astimezone(UTC))

    def in_person(self) -> bool:
        """Say whether people meet in one room; True while it is not said."""
        return self.meeting != "online"

    def problems(self) -> Problems:
        """Apply the rules of Event Registration, and some of good sense."""
        found = Problems(
            self._empty(
                "event_page",
                "timezone",
                "start",
                "end",
                "types",
                "topics",
                "wikis",
                "meeting",
                "goal_metric",
            )
        )
        for field, text in (
            ("event_page", _about_page(self.event_page)),
            ("timezone", _about_zone(self.timezone)),
        ):
            if (getattr(self, field) or "").strip() and text:
                found.append(Problem(field, text))
        found += self._about_times()
        found += _not_known(self.types, TYPES, "types", MOST_TYPES)
        if "other" in self.types and len(self.types) > 1:
            found.append(Problem("types", "'other' stands alone. Take it or the other type away."))
        found += _not_known(self.topics, TOPICS, "topics", MOST_TOPICS)
        found += self._about_wikis()
        found += self._about_meeting()
        if (self.chat_url or "").strip() and not _SECURE.fullmatch(self.chat_url.strip()):
            found.append(Problem("chat_url", "Write the whole address. It begins with https://"))
        if (self.goal_metric or "").strip() and self.goal_metric not in GOAL_METRICS:
            hint = nearest(self.goal_metric, GOAL_METRICS) or f" Known are: {_list(GOAL_METRICS)}."
            found.append(
                Problem("goal_metric", f"{short(self.goal_metric)} cannot be counted there.{hint}")
            )
        if self.goal_target is None:
            found.append(Problem("goal_target", "Not written yet: the goal, a whole number."))
        elif self.goal_target < 1:
            found.append(Problem("goal_target", "A goal is 1 or more."))
        return found

    def _about_times(self) -> Problems:
        found = Problems()
        for name in ("start", "end"):
            written = getattr(self, name)
            at = moment(written)
            if at and at.year not in YEARS:
                found.append(Problem(name, f"The year {at.year:04} is far away. Look at it again."))
            elif written and written.strip() and at is None:
                found.append(
                    Problem(
                        name,
                        f"{short(written)} is no day and time that exists. Write year, month, day, "
                        "a space, hours and minutes of the 24-hour clock: '2027-03-06 09:00'.",
                    )
                )
        start, end = moment(self.start), moment(self.end)
        if start and end and end <= start:
            found.append(Problem("end", "The end is not later than the start. Look at both again."))
        for name, at in zip(("start", "end"), self.local() or (), strict=False):
            if at.astimezone(UTC).astimezone(at.tzinfo).replace(tzinfo=None) != at.replace(
                tzinfo=None
            ):
                found.append(
                    Problem(
                        name,
                        "This time does not exist there: in that night the clocks jump to summer "
                        "time. Choose another hour.",
                    )
                )
        return found

    def _about_wikis(self) -> Problems:
        found = Problems()
        for name in self.wikis:
            if name == EVERY_WIKI:
                if len(self.wikis) > 1:
                    found.append(
                        Problem("wikis", "'*' means every wiki. Take it away, or all others.")
                    )
            elif name not in wikis():
                meant = wiki.database(wiki.without_address(name))
                hint = (
                    f" Write '{meant}'." if meant in wikis() else nearest(name, sorted(wikis()))
                ) or " A Wikipedia is named by its language code and 'wiki', such as 'swwiki'."
                found.append(Problem("wikis", f"No wiki that we know is called '{name}'.{hint}"))
        if len(self.wikis) > MOST_WIKIS:
            found.append(Problem("wikis", f"At most {MOST_WIKIS} wikis; you wrote more."))
        return found

    def _about_meeting(self) -> Problems:
        found = Problems()
        if self.meeting in ("in person", "both"):
            found += self._empty("country", "address")
            if (self.country or "").strip() and self.country not in _countries():
                hint = nearest(self.country, _countries())
                for code, name in _countries().items():
                    if self.country.strip().lower() in (code.lower(), name.lower()):
                        hint = f" Write '{code}'."
                found.append(
                    Problem("country", f"No country has the code {short(self.country)}.{hint}")
                )
            if len((self.address or "").encode(errors="replace")) > LONGEST_ADDRESS:
                found.append(Problem("address", "This is too long for an address. Shorten it."))
        if self.meeting in ("online", "both"):
            if not (self.meeting_url or "").strip():
                found += self._empty("meeting_url")
            elif not _SECURE.fullmatch(self.meeting_url.strip()):
                found.append(
                    Problem("meeting_url", "Write the whole address. It begins with https://")
                )
        for name, wanted in (("address", "online"), ("meeting_url", "in person")):
            if self.meeting == wanted and (getattr(self, name) or "").strip():
                found.append(
                    Problem(name, f"You meet {wanted}. Leave this empty, or write 'both' above.")
                )
        return found


class Task(Part):
    """One task of the timeline."""

    due: str | None = Field(
        None,
        description="The day by which it is done, as '2027-01-31': not before the day of the plan.",
    )
    task: str | None = Field(None, description="What is done.")
    owner: str | None = Field(
        None, description="The role that does it: one of your roles, not a name."
    )


class Role(Part):
    """One role in the team."""

    role: str | None = Field(
        None, description="The role, such as 'coordinator'. No names, and no role twice."
    )
    people: int | None = Field(None, description="How many organizers have this role, from 1.")
    duty: str | None = Field(None, description="What they do, in a few words.")


class Message(Part):
    """One message of the communication plan."""

    on: str | None = Field(
        None, description="The day, as '2027-02-01': not before the day of the plan."
    )
    channel: str | None = Field(
        None, description="Where it is said, such as a village pump or a group chat."
    )
    audience: str | None = Field(None, description="Who hears it.")
    owner: str | None = Field(None, description="The role that sends it: one of your roles.")


class Risk(Part):
    """One line of the risk register."""

    risk: str | None = Field(None, description="What could go wrong; no risk twice.")
    likelihood: int | None = Field(None, description="From 1, rare, to 5, almost sure.")
    effect: int | None = Field(None, description="From 1, small, to 5, very bad.")
    response: str | None = Field(
        None,
        description="What you do before, and what when it happens, in three words or more.",
    )
    contact: str | None = Field(None, description="The role that people turn to.")


class EventPlan(Part):
    """Week 7: registration, timeline, roles, communication and risks."""

    field: ClassVar = "event_plan"
    title: ClassVar = "Event plan"

    name: str | None = Field(None, description="Name of the event, in at most 100 characters.")
    planned_on: str | None = Field(
        None,
        description="The day on which you make this plan, as '2027-01-11': six weeks or more "
        "before the start.",
    )
    attention: Evidence | None = Field(
        None, description="One number about attention on which the dates rest."
    )
    why_then: str | None = Field(
        None, description="Why these dates, in a sentence of six words or more."
    )
    registration: Registration | None = Field(
        None, description="The fields of the registration form."
    )
    timeline: list[Task] = Field(
        default_factory=list,
        description="Four tasks or more, in order of time, each with an owner.",
    )
    roles: list[Role] = Field(
        default_factory=list,
        description="Who does what in the team: two people or more in all roles together.",
    )
    messages: list[Message] = Field(
        default_factory=list,
        description="The communication plan: two messages or more, one of them before the start.",
    )
    risks: list[Risk] = Field(
        default_factory=list,
        description="Three risks or more. In a country of the protection list, one of them has an "
        "effect of 4 or 5.",
    )
    friendly_space: str | None = Field(
        None,
        description="Where your friendly-space policy stands: an address or a page; may be empty "
        "if all is online.",
    )
    keeps_ucoc: bool | None = Field(
        None, description="True: the team has read and keeps the Universal Code of Conduct."
    )

    def organizers(self) -> int | None:
        """Give the number of people in all roles, or None while one is not said."""
        counts = [role.people for role in self.roles]
        return None if not counts or None in counts else sum(counts)

    def start_day(self) -> date | None:
        """Give the day of the start, or None while it is not known."""
        start = moment(self.registration.start) if self.registration else None
        return start and start.date()

    def problems(self) -> Problems:
        """Apply the rules of week 7."""
        found = Problems(self._empty("name", "planned_on", "why_then"))
        if len((self.name or "").strip()) > LONGEST_NAME:
            found.append(Problem("name", f"At most {LONGEST_NAME} characters. Make it shorter."))
        if (self.why_then or "").strip() and count_words(self.why_then) < 6:
            found.append(Problem("why_then", "Write a whole sentence, of six words or more."))
        found += self._about_planned_on()
        for name in ("attention", "registration"):
            part = getattr(self, name)
            if part is None:
                found.append(
                    Problem(name, f"Not written yet: {type(self).model_fields[name].description}")
                )
            else:
                found += [Problem(f"{name}, {p.field}", p.text) for p in part.problems()]
        return Problems(
            [
                *found,
                *self._about_timeline(),
                *self._about_roles(),
                *self._about_messages(),
                *self._about_risks(),
                *self._about_safety(),
            ]
        )

    def _about_planned_on(self) -> Problems:
        found = Problems()
        planned, start = day(self.planned_on), self.start_day()
        if (self.planned_on or "").strip() and planned is None:
            found.append(Problem("planned_on", _no_day(self.planned_on)))
        ahead = (start - planned).days if planned and start else None
        if ahead is not None and ahead < 7 * WEEKS_BEFORE:
            said = f"{number(ahead)} days after" if ahead > 0 else "not later than"
            found.append(
                Problem(
                    "planned_on",
                    f"The start is {said} this day. Plan at least {WEEKS_BEFORE} weeks ahead, "
                    f"{7 * WEEKS_BEFORE} days: partners and rooms need them. Choose a later start.",
                )
            )
        return found

    def _about_timeline(self) -> Problems:
        found = Problems()
        planned, before = day(self.planned_on), None
        for line, task in enumerate(self.timeline, 1):
            found += _in_line("timeline", line, task._empty("due", "task"))
            found += self._about_owner("timeline", line, task.owner)
            due = day(task.due)
            if (task.due or "").strip() and due is None:
                found.append(Problem(f"timeline, line {line}", _no_day(task.due)))
            elif due and planned and due < planned:
                found.append(
                    Problem(
                        f"timeline, line {line}",
                        "This task is due before the day of the plan. Look at the year, or leave "
                        "it out: it is done.",
                    )
                )
            elif due and before and due < before:
                found.append(
                    Problem(
                        f"timeline, line {line}",
                        "This task is due before the one above it. Put the lines in order of time.",
                    )
                )
            before = due or before
        return found + _too_few(self.timeline, FEWEST_TASKS, "timeline", "tasks")

    def _about_roles(self) -> Problems:
        found = Problems()
        names = [_same(role.role) for role in self.roles]
        for line, role in enumerate(self.roles, 1):
            found += _in_line("roles", line, role._empty("role", "duty"))
            if role.people is None or not 1 <= role.people <= 1000:
                found.append(
                    Problem(f"roles, line {line}", "Write how many people have this role, from 1.")
                )
            if names[line - 1] and names[line - 1] in names[: line - 1]:
                found.append(
                    Problem(f"roles, line {line}", "This role stands here twice. Write it once.")
                )
        if not self.roles:
            return Problems(self._empty("roles"))
        team = self.organizers()
        if team is not None and team < FEWEST_PEOPLE:
            found.append(
                Problem(
                    "roles",
                    "One person alone cannot be ill, and cannot take a report about herself or "
                    "himself. Find a second one.",
                )
            )
        return found

    def _about_messages(self) -> Problems:
        found = Problems()
        planned, start = day(self.planned_on), self.start_day()
        days = [day(message.on) for message in self.messages]
        for line, message in enumerate(self.messages, 1):
            found += _in_line("messages", line, message._empty("on", "channel", "audience"))
            found += self._about_owner("messages", line, message.owner)
            if (message.on or "").strip() and days[line - 1] is None:
                found.append(Problem(f"messages, line {line}", _no_day(message.on)))
            elif days[line - 1] and planned and days[line - 1] < planned:
                found.append(
                    Problem(
                        f"messages, line {line}",
                        "This message goes out before the day of the plan. Look at the year.",
                    )
                )
        if start and any(days) and not any(on and on < start for on in days):
            found.append(
                Problem("messages", "No message goes out before the start. Who would come?")
            )
        return found + _too_few(self.messages, FEWEST_MESSAGES, "messages", "messages")

    def _about_owner(self, name: str, line: int, owner: str | None) -> Problems:
        """Demand that a line has an owner, and that it is one role of the team."""
        if not _same(owner):
            return Problems(
                [Problem(f"{name}, line {line}", "Nobody owns this line. Write one role.")]
            )
        return self._about_role(name, line, "owner", owner)

    def _about_role(self, name: str, line: int, what: str, written: str) -> Problems:
        """Demand one role of the team: the pages are public, and a name or number stays there."""
        roles = {_same(role.role): role.role for role in self.roles if _same(role.role)}
        if not roles or _same(written) in roles:
            return Problems()
        hint = nearest(written, roles.values()) or f" Your roles: {_list(roles.values())}."
        return Problems(
            [
                Problem(
                    f"{name}, line {line}",
                    f"The {what} {short(written)} is none of your roles. Write one role.{hint}",
                )
            ]
        )

    def _about_risks(self) -> Problems:
        found = Problems()
        names = [_same(risk.risk) for risk in self.risks]
        for line, risk in enumerate(self.risks, 1):
            found += _in_line("risks", line, risk._empty("risk", "response", "contact"))
            # Whether the roles are right is another question, with points of its own.
            if _same(risk.contact) and not self._about_roles():
                found += self._about_role("risks", line, "contact", risk.contact)
            for name in ("likelihood", "effect"):
                if (points := getattr(risk, name)) is None or not 1 <= points <= 5:
                    found.append(
                        Problem(f"risks, line {line}", f"{name}: write a number from 1 to 5.")
                    )
            if (risk.response or "").strip() and count_words(risk.response) < 3:
                found.append(
                    Problem(
                        f"risks, line {line}",
                        "Say in some words what you do before, and what when it happens.",
                    )
                )
            if names[line - 1] and names[line - 1] in names[: line - 1]:
                found.append(
                    Problem(f"risks, line {line}", "This risk stands here twice. Write it once.")
                )
        country = self.registration.country if self.registration else None
        if country in _protected() and not any((risk.effect or 0) >= GRAVE for risk in self.risks):
            found.append(
                Problem(
                    "risks",
                    f"{_countries()[country]} is on the protection list: people could be harmed "
                    "because they took part. Add this risk, with an effect of 4 or 5.",
                )
            )
        return found + _too_few(self.risks, FEWEST_RISKS, "risks", "risks")

    def _about_safety(self) -> Problems:
        found = Problems()
        in_person = self.registration is None or self.registration.in_person()
        if in_person and not (self.friendly_space or "").strip():
            found.append(
                Problem(
                    "friendly_space",
                    "People who meet need a friendly-space policy. Say where it stands: an "
                    "address, or a page of the wiki.",
                )
            )
        elif in_person and not re.search(r"\S[:/]\S", self.friendly_space or ""):
            found.append(
                Problem(
                    "friendly_space",
                    "Say where the policy stands, so that people can read it: an address that "
                    "begins with https://, or a page such as 'Project:Friendly space'.",
                )
            )
        if self.keeps_ucoc is not True:
            found.append(
                Problem(
                    "keeps_ucoc",
                    "Read the Universal Code of Conduct with your team, then write True.",
                )
            )
        return found


@cache
def zones() -> frozenset[str]:
    """Give the time zones that can be chosen: those of places, and UTC."""
    return frozenset(name for name in available_timezones() if _ZONES.match(name))


@cache
def wikis() -> frozenset[str]:
    """Give the names of all wikis that a registration can list."""
    codes = [code.replace("-", "_") for code in wiki.databases().values()]
    others = (f"{code}{project}" for code in codes for project in _PROJECTS)
    return frozenset([*wiki.databases(), *_COMMON, *others])


@cache
def _countries() -> dict[str, str]:
    profile = data.load("country_profile")
    return dict(zip(profile["iso3"].astype(str), profile["country"].astype(str), strict=True))


@cache
def _protected() -> frozenset[str]:
    profile = data.load("country_profile")
    return frozenset(profile.loc[profile["on_protection_list"].astype(bool), "iso3"])


def _about_page(page: str | None) -> str | None:
    space, colon, title = (page or "").strip().partition(":")
    if not colon or space.strip().lower() != "event":
        return "The page of an event begins with 'Event:', such as 'Event:Dry Seasons in Swahili'."
    return wiki.title_problem(title.strip())


def _about_zone(zone: str | None) -> str | None:
    if zone in zones():
        return None
    city = re.sub(r"[\s_]+", "_", (zone or "").strip()).rpartition("/")[2].lower()
    same_city = sorted(known for known in zones() if known.rpartition("/")[2].lower() == city)
    hint = f" Write '{same_city[0]}'." if same_city else nearest(zone or "", sorted(zones()))
    return (
        f"{short(zone)} is no time zone of a place.{hint} A zone is named by a region and a city, "
        "with a capital first and '_' for spaces, such as 'Africa/Dar_es_Salaam'."
    )


def _not_known(given: Collection[str], known: Iterable[str], field: str, most: int) -> Problems:
    found = Problems()
    for word in given:
        if word not in known:
            hint = nearest(word, known) or f" Known are: {_list(known)}."
            if (meant := _MEANT.get(word)) in known:
                hint = f" Write '{meant}'."
            found.append(Problem(field, f"The form does not know {short(word)}.{hint}"))
    if len(given) > most:
        found.append(Problem(field, f"At most {most}; you wrote {len(given)}."))
    return found


def _too_few(given: Collection[Any], fewest: int, field: str, what: str) -> Problems:
    if len(given) >= fewest:
        return Problems()
    text = f"Too few {what}: {number(len(given))}, and you need at least {number(fewest)}."
    return Problems([Problem(field, text)])


def _in_line(field: str, line: int, found: Iterable[Problem]) -> list[Problem]:
    return [Problem(f"{field}, line {line}", f"{p.field}: {p.text}") for p in found]


def _no_day(written: str | None) -> str:
    return f"{short(written)} is no day that exists. Write year, month and day: '2027-01-31'."


def _same(role: str | None) -> str:
    """Give a role or risk as it is compared: capitals and spaces do not count."""
    return " ".join((role or "").casefold().split())


def _list(words: Iterable[str]) -> str:
    return ", ".join(words)
