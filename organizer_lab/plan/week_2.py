"""Week 2 of the plan: the gap statement, its number and its table."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, ClassVar, Literal

from pydantic import Field, field_validator

from organizer_lab.plan.part import Evidence, Part, Problem, Problems, short
from organizer_lab.words import count_words

EDITIONS = "wikipedia_editions"
USERS = "language_users_estimate"
# Half a per cent: what is lost when three leading digits are kept.
TOLERANCE = 0.005
FEWEST_ROWS = 3
FEWEST_WORDS = 6
# The day on which Wikipedia began: nobody can have looked there before.
FIRST_DAY = date(2001, 1, 15)


class GapNumber(Evidence):
    """A number for a gap: as a table gives it, or divided by the users of the language."""

    per_million_users: bool = Field(
        False,
        description="True where a number of one Wikipedia was divided by the million users of its "
        "language, which needs an estimate of these users in wikipedia_editions.",
    )

    @field_validator("value", mode="before")
    @classmethod
    def _gap_of_a_table(cls, value: Any) -> Any:
        # What .item() gives of an empty cell: pandas.NA, or a number that is none.
        empty = type(value).__name__ == "NAType" or (isinstance(value, float) and value != value)
        return None if empty else value

    def true_value(self) -> float | None:
        """Give the table's own value, or that value for each million users of the language.

        Users are the column ``language_users_estimate`` of ``wikipedia_editions``.
        None as in `Evidence`, and where there is no estimate or it is zero.
        """
        value = super().true_value()
        if not self.per_million_users or value is None:
            return value
        users = self._users()
        return value / users * 1_000_000 if users else None

    def fits_value(self, true: float) -> bool:
        """Say whether the value is the table's; a quotient may keep three leading digits."""
        if not self.per_million_users:
            return super().fits_value(true)
        return abs((self.value or 0) - true) <= TOLERANCE * abs(true) * (1 + 1e-9)

    def fits_unit(self, unit: str) -> bool:
        """Say whether the unit is meant; a quotient says what is counted, per million."""
        if not self.per_million_users:
            return super().fits_unit(unit)
        given = (self.unit or "").lower()
        million = "million" in given or "1000000" in re.sub(r"[ ,.\u00a0\u202f]", "", given)
        counted = unit.split()[:1]
        return million and bool(counted) and counted[0] in re.findall(r"\w+", given)

    def problems(self) -> Problems:
        """Say what keeps another person from finding this number again."""
        found = Problems(self._no_quotient())
        return found or super().problems()

    def _no_quotient(self) -> Iterator[Problem]:
        """Say why the number cannot be divided by users."""
        contract = self.field_in_table()
        if contract is None or not self.per_million_users:
            return
        if self.table != EDITIONS or "language_code" not in self.where:
            text = (
                f"Only a number of one Wikipedia can be divided by its users. Take {EDITIONS} and "
                "say in where which language_code, or write False."
            )
        elif contract.get("unit", "").startswith("share") or self.column == USERS:
            text = f"{self.column} is not to be divided by users: it is fair as it is. Write False."
        elif super().true_value() is not None and not self._users():
            text = (
                "The table has no estimate of the users of this language, so nothing can be "
                "divided by it. Write False, and give the number itself as the value."
            )
        else:
            return
        yield Problem("per_million_users", text)

    def _users(self) -> float | None:
        return Evidence(
            table=EDITIONS, column=USERS, where=self.where, year=self.year, to_year=self.to_year
        ).true_value()


class GapRow(Part):
    """One line of the gap table: what is missing or poor, and who looked where and when."""

    subject: str | None = Field(None, description="A page, a subject or a group of people.")
    state: Literal["missing", "short", "old", "one-sided", "hard", "few"] | None = Field(
        None,
        description="'missing', 'short', 'old', 'one-sided' or 'hard' to read for content; 'few' "
        "for people.",
    )
    looked_in: str | None = Field(
        None, description="Where you looked: a wiki, a search, a table, or whom you asked."
    )
    looked_on: str | None = Field(
        None, description="The day on which you looked, as 2026-03-31; not a day to come."
    )

    @field_validator("state", mode="before")
    @classmethod
    def _small_letters(cls, word: Any) -> Any:
        return word.strip().lower() if type(word) is str else word

    @field_validator("looked_on", mode="before")
    @classmethod
    def _as_text(cls, day: Any) -> Any:
        return day.isoformat()[:10] if type(day) in (date, datetime) else day

    def problems(self) -> Problems:
        """Say what this row lacks."""
        found = Problems(self._empty("subject", "state", "looked_in", "looked_on"))
        day = (self.looked_on or "").strip()
        if day and (text := _no_day(day)):
            found.append(Problem("looked_on", text))
        return found


class GapStatement(Part):
    """Week 2: what is missing, in which language, for whom, and how you know."""

    field: ClassVar = "gap_statement"
    title: ClassVar = "Gap statement"

    gap_type: Literal["reader", "contributor", "content"] | None = Field(
        None, description="What kind of gap it is: 'reader', 'contributor' or 'content'."
    )
    content: str | None = Field(
        None,
        description="What is missing or poor, or who does not take part, in a sentence of six "
        "words or more.",
    )
    language: str | None = Field(None, description="The language of the gap, its code or its name.")
    for_whom: str | None = Field(None, description="Who feels the gap: name a group of people.")
    number: GapNumber | None = Field(None, description="One number, with its table and year.")
    gap_table: list[GapRow] = Field(
        default_factory=list,
        description="At least three different pages, subjects or groups, each with where and when "
        "you looked.",
    )

    @field_validator("gap_type", mode="before")
    @classmethod
    def _one_word(cls, word: Any) -> Any:
        return word.strip().lower().removesuffix("gap").strip() if type(word) is str else word

    def problems(self) -> Problems:
        """Apply the rules of week 2."""
        found = Problems(self._empty("gap_type", "content", "language", "for_whom"))
        if 0 < count_words(self.content or "") < FEWEST_WORDS:
            text = "Write a whole sentence, of six words or more: which knowledge, or which people?"
            found.append(Problem("content", text))
        if self.number is None:
            found.append(Problem("number", "A gap statement needs one number from the tables."))
        else:
            found += [Problem(f"number, {p.field}", p.text) for p in self.number.problems()]
        if len(self.gap_table) < FEWEST_ROWS:
            found.append(Problem("gap_table", "The gap table needs three rows or more."))
        subjects = [" ".join((row.subject or "").lower().split()) for row in self.gap_table]
        for position, row in enumerate(self.gap_table, 1):
            subject = subjects[position - 1]
            if subject and subject in subjects[: position - 1]:
                text = f"{short(row.subject)} stands twice. Choose another subject."
                found.append(Problem(f"gap_table {position}, subject", text))
            found += [Problem(f"gap_table {position}, {p.field}", p.text) for p in row.problems()]
        return found


def _no_day(text: str) -> str | None:
    """Say why a text is no day on which somebody can have looked."""
    try:
        if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError
        day = date.fromisoformat(text)
    except ValueError:
        return f"{short(text)} is not a day. Write year, month and day, as in 2026-03-31."
    if day < FIRST_DAY:
        return "Wikipedia began in January 2001. Check the year."
    # A day more, because somewhere on earth tomorrow has begun.
    if day > datetime.now(UTC).date() + timedelta(days=1):
        return "This day has not come yet. Write the day on which you really looked."
    return None
