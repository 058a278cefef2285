"""Week 7 of the plan: the event, the people who carry it, and what could go wrong."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from organizer_lab.plan.part import Evidence, Part, Problems


class Registration(Part):
    """What Event Registration asks for."""

    event_page: str | None = Field(None, description="Title of the event page, 'Event:…'.")
    timezone: str | None = Field(None, description="Time zone, such as 'Africa/Dar_es_Salaam'.")
    start: str | None = Field(
        None, description="Day and time of the start on the clock there: '2027-03-06 09:00'."
    )
    end: str | None = Field(
        None, description="Day and time of the end on the clock there: '2027-03-20 16:00'."
    )
    types: list[str] = Field(default_factory=list, description="One or two types of event.")
    topics: list[str] = Field(default_factory=list, description="One to five topics.")
    wikis: list[str] = Field(
        default_factory=list, description="Names of the wikis, such as 'swwiki'."
    )
    meeting: Literal["online", "in person", "both"] | None = Field(
        None, description="'online', 'in person' or 'both'."
    )
    meeting_url: str | None = Field(
        None, description="Address of the online meeting; empty if there is none."
    )
    country: str | None = Field(
        None, description="Code of the country where people meet, such as 'TZA'; empty if online."
    )
    address: str | None = Field(
        None, description="Place where people meet, no private address; empty if online."
    )
    chat_url: str | None = Field(None, description="Address of a chat; empty if there is none.")
    goal_metric: str | None = Field(
        None, description="What the event counts, such as 'total_articles_created'."
    )
    goal_target: int | None = Field(None, description="The goal, a whole number.")


class Task(Part):
    """One task of the timeline."""

    due: str | None = Field(None, description="The day on which it is done, as '2027-01-31'.")
    task: str | None = Field(None, description="What is done.")
    owner: str | None = Field(None, description="The role that does it, not a name.")


class Role(Part):
    """One role in the team."""

    role: str | None = Field(None, description="The role, such as 'coordinator'. No names.")
    people: int | None = Field(None, description="How many organizers have this role.")
    duty: str | None = Field(None, description="What they do, in a few words.")


class Message(Part):
    """One message of the communication plan."""

    on: str | None = Field(None, description="The day, as '2027-02-01'.")
    channel: str | None = Field(None, description="The channel.")
    audience: str | None = Field(None, description="Who hears it.")
    owner: str | None = Field(None, description="The role that sends it.")


class Risk(Part):
    """One line of the risk register."""

    risk: str | None = Field(None, description="What could go wrong.")
    likelihood: int | None = Field(None, description="From 1, rare, to 5, almost sure.")
    effect: int | None = Field(None, description="From 1, small, to 5, very bad.")
    response: str | None = Field(None, description="What you do before, and what when it happens.")
    contact: str | None = Field(None, description="The role that people turn to.")


class EventPlan(Part):
    """Week 7: registration, timeline, roles, communication and risks."""

    field: ClassVar = "event_plan"
    title: ClassVar = "Event plan"

    name: str | None = Field(None, description="Name of the event, in at most 100 characters.")
    planned_on: str | None = Field(
        None, description="The day on which you make this plan, as '2027-01-11'."
    )
    attention: Evidence | None = Field(
        None, description="One number about attention on which the dates rest."
    )
    why_then: str | None = Field(None, description="Why these dates, in a sentence.")
    registration: Registration | None = Field(
        None, description="The fields of the registration form."
    )
    timeline: list[Task] = Field(
        default_factory=list, description="The tasks in order of time, each with an owner."
    )
    roles: list[Role] = Field(default_factory=list, description="Who does what in the team.")
    messages: list[Message] = Field(default_factory=list, description="The communication plan.")
    risks: list[Risk] = Field(default_factory=list, description="At least three risks.")
    friendly_space: str | None = Field(
        None, description="Where your friendly-space policy stands: an address or a page."
    )
    keeps_ucoc: bool | None = Field(
        None, description="True: the team has read and keeps the Universal Code of Conduct."
    )

    def organizers(self) -> int | None:
        """Give the number of people in all roles, or None while one is not said."""
        counts = [role.people for role in self.roles]
        return None if not counts or None in counts else sum(counts)

    def problems(self) -> Problems:
        """Apply the rules of week 7."""
        return Problems(self._empty("name", "planned_on", "timeline", "roles", "messages", "risks"))
