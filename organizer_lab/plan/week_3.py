"""Week 3 of the plan: one invented person, and the way from an invitation to staying."""

from __future__ import annotations

from typing import ClassVar

from pydantic import ConfigDict, Field

from organizer_lab import data
from organizer_lab.plan.part import Evidence, Part, Place, Problem, Problems
from organizer_lab.words import count_words, number

# A crowd has no evening off and no phone. Only words that cannot be one person.
_CROWDS = ("all", "anybody", "anyone", "everybody", "everyone", "people", "students", "youth")
_MOST = 1_000_000_000
# Where numbers about access to the internet, languages and devices stand.
TABLES = ("country_profile", "languages_by_country", "wikipedia_editions")


class Persona(Part):
    """One invented person who stands for the people that a campaign wants to reach."""

    # "time = 2" is an answer: two hours.
    model_config = ConfigDict(coerce_numbers_to_str=True)

    who: str | None = Field(
        None,
        description="One invented person: name, age, work and where they live, in four words or "
        "more.",
    )
    motive: str | None = Field(
        None,
        description="Why this person would take part, in a sentence of six words or more.",
    )
    skill: str | None = Field(
        None, description="What this person can already do, and what not yet."
    )
    device: str | None = Field(
        None, description="The device and the connection: whose it is, and what it costs."
    )
    language: str | None = Field(
        None, description="The languages this person speaks, reads and writes."
    )
    time: str | None = Field(None, description="How much time there is, and when.")

    def problems(self) -> Problems:
        """Say what keeps a stranger from seeing this person."""
        found = Problems(self._empty("who", "motive", "skill", "device", "language", "time"))
        first = (self.who or "").lower().replace(",", " ").split()[:1]
        if first and first[0] in _CROWDS:
            found.append(Problem("who", "That is a crowd. Describe one invented person."))
        for name, words in (("who", 4), ("motive", 6)):
            text = getattr(self, name) or ""
            if text.strip() and count_words(text) < words:
                found.append(_too_short(self, name))
        return found


class Funnel(Part):
    """The steps from an invitation to staying: how many people are left after each."""

    invited: int | float | None = Field(
        None, description="How many people you invite: a whole number above zero."
    )
    registered: int | float | None = Field(
        None, description="How many of them sign up and come; not more than before, and not zero."
    )
    registered_source: str | None = Field(
        None,
        description="Where the rate from invited to registered comes from, in three words or more.",
    )
    edited: int | float | None = Field(
        None, description="How many of these make an edit; not more than before, and not zero."
    )
    edited_source: str | None = Field(
        None,
        description="Where the rate from registered to edited comes from, in three words or more.",
    )
    stayed: int | float | None = Field(
        None,
        description="How many of these still edit in the second month; not more than before.",
    )
    stayed_source: str | None = Field(
        None, description="Where the rate from edited to stayed comes from, in three words or more."
    )

    STEPS: ClassVar = ("invited", "registered", "edited", "stayed")

    def __str__(self) -> str:
        """Give one line for each step, with its rate."""
        counts = [getattr(self, name) for name in self.STEPS]
        lines = [f"{'invited':12}{number(counts[0]):>8}"]
        for before, name, count in zip(counts, self.STEPS[1:], counts[1:], strict=False):
            known = _is_count(before) and _is_count(count) and before > 0
            rate = f"   {number(100 * count / before, '.0f')} % of the step before" if known else ""
            lines.append(f"{name:12}{number(count):>8}{rate}")
        return "\n".join(lines)

    def problems(self) -> Problems:
        """Say which step is missing or grows, and which rate has no source."""
        found = Problems()
        before = None
        for name in self.STEPS:
            count = getattr(self, name)
            if count is None:
                text = type(self).model_fields[name].description
                found.append(Problem(name, f"Not written yet: {text}"))
            elif not _is_count(count):
                found.append(
                    Problem(
                        name, f"{number(count)} is not a number of people. Write a whole number."
                    )
                )
            elif before is not None and count > before:
                found.append(
                    Problem(
                        name,
                        f"The funnel grows here: {number(count)} people {name} after "
                        f"{number(before)}. A later step can only be smaller or equal.",
                    )
                )
            elif count == 0 and name != "stayed":
                found.append(
                    Problem(name, "With nobody at this step there is no campaign. Invite more.")
                )
            if _is_count(count):
                before = count
        for name in self.STEPS[1:]:
            source = (getattr(self, f"{name}_source") or "").strip()
            if count_words(source) < 3:
                found.append(
                    Problem(
                        f"{name}_source",
                        f"Say in three words or more where the rate of '{name}' comes from. "
                        "'Our assumption, tested in May' is a source; silence is not.",
                    )
                )
        return found


class PersonaAndFunnel(Part):
    """Week 3: who takes part, through which channel, and how many will stay."""

    field: ClassVar = "persona_and_funnel"
    title: ClassVar = "Persona and funnel"

    country: str | None = Field(None, description="Code of the country where the person lives.")
    persona: Persona | None = Field(None, description="The person that you want to reach.")
    funnel: Funnel | None = Field(None, description="The steps from invited to stayed.")
    connectivity: Evidence | None = Field(
        None,
        description="One number about internet, language or device, from country_profile, "
        "languages_by_country or wikipedia_editions.",
    )
    consequence: str | None = Field(
        None,
        description="What this number changes in your campaign, in a sentence of six words or "
        "more.",
    )
    channel: str | None = Field(
        None,
        description="The channel of the invitation, and why it reaches this person, in four words "
        "or more.",
    )
    invitation: str | None = Field(
        None,
        description="The invitation in one sentence of ten words or more: who, what they will do, "
        "when, what they need.",
    )
    safety_note: str | None = Field(
        None,
        description="How you protect people, in six words or more. Required for a country on the "
        "protection list.",
    )

    def problems(self) -> Problems:
        """Apply the rules of week 3."""
        found = Problems(self._empty("country", "consequence", "channel", "invitation"))
        if self.country:
            found += [
                Problem("country", problem.text)
                for problem in Place(iso3=self.country, language_code="en").problems()
            ]
        for name in ("persona", "funnel", "connectivity"):
            part = getattr(self, name)
            if part is None:
                text = type(self).model_fields[name].description
                found.append(Problem(name, f"Not written yet: {text}"))
            else:
                found += [Problem(f"{name}, {p.field}", p.text) for p in part.problems()]
        if self.connectivity is not None:
            found += _not_about_access(self.connectivity)
        for name, words in (("consequence", 6), ("channel", 4), ("invitation", 10)):
            text = getattr(self, name) or ""
            if text.strip() and count_words(text) < words:
                found.append(_too_short(self, name))
        if self.needs_safety_note() and count_words(self.safety_note or "") < 6:
            found.append(
                Problem(
                    "safety_note",
                    "This country is on the protection list of the Wikimedia Foundation. Say in a "
                    "sentence what you do not publish, and how people can take part safely.",
                )
            )
        return found

    def needs_safety_note(self) -> bool:
        """Say whether the country is on the protection list (edition of the table)."""
        return bool(
            self.country
            and data.value("country_profile", "on_protection_list", where={"iso3": self.country})
        )


def _too_short(part: Part, name: str) -> Problem:
    described = type(part).model_fields[name].description
    return Problem(name, f"Say more: {described}")


def _not_about_access(evidence: Evidence) -> Problems:
    """Say whether a number is about something else than people's access, or names another year."""
    found = Problems()
    if evidence.table and evidence.table not in TABLES:
        tables = f"{', '.join(TABLES[:-1])} or {TABLES[-1]}"
        found.append(Problem("connectivity, table", f"Take this number from {tables}."))
    if (evidence.table, evidence.column) == ("country_profile", "internet_users_pct"):
        year = data.value(evidence.table, "internet_users_year", where=_of_country(evidence))
        if year is not None and evidence.year not in (None, year):
            found.append(
                Problem(
                    "connectivity, year",
                    "The figure on internet users is of another year: see internet_users_year.",
                )
            )
    return found


def _of_country(evidence: Evidence) -> dict[str, str]:
    return {"iso3": str(evidence.where.get("iso3", ""))}


def _is_count(value: int | float | None) -> bool:
    """Say whether a number can be a number of people: whole, not negative, not beyond mankind."""
    return value is not None and 0 <= value <= _MOST and value == int(value)
