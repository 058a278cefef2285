"""What all parts of the plan share, and the two that later weeks use: place and evidence."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterator
from typing import Any, ClassVar, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from organizer_lab import data, wiki
from organizer_lab.errors import LabError, nearest
from organizer_lab.words import number


class Problem(NamedTuple):
    """One thing that a plan still lacks, or that does not fit.

    Attributes
    ----------
    field : str
        Where it stands, such as ``"topic_card.goal"``.
    text : str
        What is wrong and what to do, in one or two sentences.
    """

    field: str
    text: str

    def __str__(self) -> str:
        return f"{self.field}: {self.text}"


class Problems(list[Problem]):
    """A list of problems that reads well as the result of a cell."""

    def __repr__(self) -> str:
        return "\n".join(f"- {problem}" for problem in self) or "Nothing to mend."


class Part(BaseModel):
    """A piece of the plan. Three dots (``...``) in a field mean "not written yet"."""

    model_config = ConfigDict(extra="forbid", validate_assignment=True)

    def __init__(self, **content: Any):
        try:
            super().__init__(**content)
        except ValidationError as error:
            raise LabError(in_words(type(self).__name__, error)) from None

    @model_validator(mode="before")
    @classmethod
    def _dots_are_gaps(cls, content: Any) -> Any:
        return _without_dots(content)

    def __setattr__(self, name: str, value: Any) -> None:
        if value is ... and name in type(self).model_fields:
            value = type(self).model_fields[name].get_default(call_default_factory=True)
        try:
            super().__setattr__(name, value)
        except ValidationError as error:
            raise LabError(in_words(type(self).__name__, error)) from None

    def _empty(self, *names: str) -> Iterator[Problem]:
        for name in names:
            value = getattr(self, name)
            if not (value.strip() if isinstance(value, str) else value):
                yield Problem(name, f"Not written yet: {type(self).model_fields[name].description}")


class Place(Part):
    """The learner's own country and Wikipedia language, chosen once in week 1."""

    field: ClassVar = "place"
    title: ClassVar = "Place"

    iso3: str | None = Field(
        None, description="Code of the country, three capital letters, as in country_profile."
    )
    language_code: str | None = Field(
        None, description="Code of the Wikipedia language, as in wikipedia_editions."
    )

    def problems(self) -> Problems:
        """Say whether the course's tables know the country and the language."""
        found = Problems(self._empty("iso3", "language_code"))
        if self.iso3 and self.iso3 not in data.known("country_profile", "iso3"):
            close = _code_of(self.iso3, data.load("country_profile"), "iso3", "country")
            found.append(
                Problem("iso3", f"No country has the code {short(self.iso3)} in our tables.{close}")
            )
        if self.language_code and self.language_code not in data.known(
            "wikipedia_editions", "language_code"
        ):
            editions = data.load("wikipedia_editions")
            close = _code_of(self.language_code, editions, "language_code", "language")
            found.append(
                Problem(
                    "language_code",
                    "Our list of Wikipedias (January 2023) has no "
                    f"{short(self.language_code)}.{close}"
                    " If your language has no Wikipedia yet, take the one that your readers use.",
                )
            )
        return found


class Evidence(Part):
    """A number that anybody can find again: table, rows, column, year, value, unit, baseline."""

    table: str | None = Field(None, description="Name of the table, as in data.load(...).")
    column: str | None = Field(None, description="Name of the column.")
    where: dict[str, str | int] = Field(
        default_factory=dict, description="Which rows, such as {'iso3': 'TZA'}."
    )
    year: int | None = Field(None, description="The year, or the first year of a span.")
    to_year: int | None = Field(None, description="The last year, if the value is a mean of years.")
    value: float | None = Field(
        None, description="The number, as the table gives it; two decimals are enough."
    )
    unit: str | None = Field(None, description="The unit of the column, such as °C or ppm.")
    baseline: str | None = Field(
        None, description="The years that the value is compared with, or empty if there are none."
    )

    def field_in_table(self) -> dict[str, Any] | None:
        """Give the contract of the column, or None where table or column are not named right."""
        try:
            return data.field(self.table or "", self.column or "")
        except LabError:
            return None

    def true_value(self) -> float | None:
        """Give the table's own value: of one row, or the mean of all rows that match.

        None where table, column, rows or year are missing or match nothing, and for a column
        that holds no measured or counted numbers.
        """
        contract = self.field_in_table()
        if contract is None or contract["type"] not in ("integer", "number"):
            return None
        if not _is_year(self.year) or not _is_year(
            self.year if self.to_year is None else self.to_year
        ):
            return None
        span = {"year": self.year, "to_year": self.to_year} if _has_years(self.table) else {}
        try:
            where = {name: _cell(self.table, name, value) for name, value in self.where.items()}
            value = data.value(self.table, self.column, where=where, **span)
        except (LabError, ValueError):
            return None
        return None if value is None else float(value)

    def fits_value(self, true: float) -> bool:
        """Say whether the value is the true one, given that people round."""
        return self.value is not None and same(self.value, true)

    def fits_unit(self, unit: str) -> bool:
        """Say whether the unit is the one of the column, however it is written."""
        return same_unit(self.unit, unit)

    def names_same_cells(self, other: Evidence) -> bool:
        """Say whether two numbers are taken from the same place, however they are rounded."""
        place = ("table", "column", "where", "year", "to_year")
        return all(getattr(self, name) == getattr(other, name) for name in place)

    def problems(self) -> Problems:
        """Say what keeps another person from finding this number again."""
        found = Problems(self._empty("table", "column", "year", "unit"))
        if self.value is None:
            found.append(Problem("value", "Not written yet: the number, as the table gives it."))
        if any(problem.field in ("table", "column") for problem in found):
            return found
        try:
            contract = data.field(self.table or "", self.column or "")
        except LabError as error:
            return Problems([Problem("table", str(error)), *found])
        true = self.true_value()
        for name in ("year", "to_year"):
            if (year := getattr(self, name)) is not None and not _is_year(year):
                found.append(Problem(name, f"{short(year)} is not a year. Write four digits."))
        if self.value is None or not _is_year(self.year):
            pass
        elif contract["type"] not in ("integer", "number"):
            found.append(
                Problem("column", f"{self.column} holds no numbers. Choose a column with a unit.")
            )
        elif true is None:
            rows = ", ".join(f"{name} {value}" for name, value in self.where.items()) or "all rows"
            found.append(
                Problem(
                    "value",
                    f"{self.table} has no {self.column} for {rows}, {self.year}. "
                    "Check the code and the year, or use a neighbour's number or a world table.",
                )
            )
        elif not self.fits_value(true):
            found.append(
                Problem(
                    "value",
                    f"{number(self.value)} is not what {self.table} gives for these rows and "
                    "years. Compute it again, and round to two decimals at the most.",
                )
            )
        if self.unit and not self.fits_unit(contract.get("unit", "")):
            found.append(
                Problem(
                    "unit",
                    f"'{self.unit}' is not the unit of {self.column}. The card names it: "
                    f'data.card("{self.table}")',
                )
            )
        if (self.baseline or "").replace("–", "-").replace(" ", "") != contract.get("baseline", ""):
            text = (
                "Name the years of the baseline, first and last year with a hyphen."
                if contract.get("baseline")
                else "This column is not compared with a baseline. Leave it empty."
            )
            found.append(Problem("baseline", f"The baseline does not fit this column. {text}"))
        return found


def _without_dots(content: Any) -> Any:
    """Drop every "not written yet", however deep it stands."""
    if isinstance(content, dict):
        return {name: _without_dots(value) for name, value in content.items() if value is not ...}
    if type(content) in (list, tuple):
        return [_without_dots(value) for value in content if value is not ...]
    return content


# An address of e-mail, or a telephone number with the code of its country.
_PERSONAL = re.compile(r"[\w.+-]+@[\w-]+\.\w{2,}|\+\d(?:[\s().-]*\d){7,}")


def personal(part: Part) -> Problems:
    """Name the fields of a part that hold an e-mail address or a telephone number.

    The plan becomes public pages, where such a thing stays in the history for ever.
    """

    def texts(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict | list):
            for inner in value.values() if isinstance(value, dict) else value:
                yield from texts(inner)

    return Problems(
        Problem(
            name,
            f"{short(found[0])} looks like a telephone number or an e-mail address. Your plan "
            "becomes public pages: take it out, and write a role.",
        )
        for name, value in part.model_dump(warnings=False).items()
        if (found := next(filter(None, map(_PERSONAL.search, texts(value))), None))
    )


def one_of(known: tuple[str, ...], word: Any) -> Any:
    """Find the one of some words that is meant, or give back what was written.

    Capital letters, missing hyphens, "and" for "&", one person for many, and s for z are taken
    kindly.
    """
    if type(word) is not str:
        return word

    def letters(text: str) -> str:
        text = text.lower().replace(" and ", " ").replace("iz", "is")
        return "".join(filter(str.isalpha, text))

    meant = {letters(each): each for each in known}
    return meant.get(letters(word), meant.get(letters(word) + "s", word.strip()))


def same(value: float, true: float) -> bool:
    """Say whether a number is the table's, given that people round.

    Two decimals are enough for small numbers, and four leading digits for large ones.
    """
    return abs(value - true) <= max(0.00501, 0.0005 * abs(true))


def same_unit(written: str | None, unit: str) -> bool:
    """Say whether a unit is meant, however it is written.

    "degrees C" is "°C", "CO2" is "CO₂", and the first words are enough: "%" for
    "% of population". Where the contract says only "count", the learner's own word counts.
    """

    def plain(text: str) -> str:
        text = " ".join(text.lower().split()).replace("₂", "2").replace("℃", "°c")
        text = text.replace("per cent", "%").replace("percent", "%")
        for long in ("degrees", "degree", "deg", "º"):
            text = text.replace(long, "°")
        text = text.replace("° ", "°").replace("celsius", "c")
        return text.replace("us$", "usd").replace("us dollars", "usd").strip()

    given, wanted = plain(written or ""), plain(unit)
    if not given or not wanted:
        return False
    if wanted.split()[0] == "count":
        return True
    return f"{wanted} ".startswith(f"{given} ") or (wanted == "°c" and given == "c")


def _has_years(table: str | None) -> bool:
    """Say whether rows can be chosen by year; in other tables the year is that of the edition."""
    fields = data.resource(table or "")["schema"]["fields"]
    return any(f["name"] == "year" or f["type"] in ("date", "yearmonth") for f in fields)


def _is_year(year: Any) -> bool:
    """Say whether a number can be a year; others are too large for a computation with dates."""
    return isinstance(year, int) and 0 < year < 10_000


def _cell(table: str, column: str, wanted: str | int) -> Any:
    """Turn what a person wrote in ``where`` into the type of the column.

    Raises
    ------
    ValueError
        If it is no value of this column, so that no row can match.
    """
    kind = data.field(table, column)["type"]
    text = str(wanted)
    if kind in ("integer", "number", "year"):
        if math.isnan(found := float(text)):
            raise ValueError(text)
        return found
    if kind == "boolean":
        return {"true": True, "1": True, "false": False, "0": False}.get(text.lower(), text)
    # pandas alone would read "March 2015" or 2015 as some day.
    shape = {"yearmonth": "[0-9]{4}-[0-9]{2}", "date": "[0-9]{4}-[0-9]{2}-[0-9]{2}"}.get(kind)
    if shape and not re.fullmatch(shape, text):
        raise ValueError(text)
    return text


# What pydantic misses, in words for people who do not program.
_WANTED = {
    "string_type": "text, in quotation marks",
    "int_from_float": "a whole number",
    "int_type": "a whole number",
    "float_type": "a number",
    "bool_type": "True or False",
    "bool_parsing": "True or False",
    "list_type": "a list, in square brackets",
    "dict_type": "which rows you take, such as {'iso3': 'TZA'}",
}


def in_words(owner: str, error: ValidationError) -> str:
    """Turn pydantic's list of errors into sentences that name the field."""
    lines = []
    for item in error.errors():
        where = ".".join(str(step) for step in item["loc"]) or "the content"
        if item["type"] == "extra_forbidden":
            text = "this field is not known. Is it misspelled, or from a newer edition?"
        elif item["type"] == "literal_error":
            text = f"expected {item['ctx']['expected']}, not {short(item['input'])}."
        elif item["type"] in ("float_parsing", "int_parsing"):
            text = (
                f"expected a number, not {short(item['input'])}. "
                "Write it without quotation marks, and with a point before the decimals."
            )
        elif item["type"] in _WANTED:
            text = f"write {_WANTED[item['type']]}, not {short(item['input'])}."
        else:
            text = (
                f"{item['msg'].removeprefix('Input ').lower()}, but it is {short(item['input'])}."
            )
        lines.append(f"{owner}, {where}: {text}")
    return "\n".join(lines)


def short(value: Any) -> str:
    """Show a value where it is plain; tables and objects of any kind by their name."""
    if not isinstance(value, str | int | float | list | tuple | dict | set | None):
        # The words of a table would fill many lines.
        return f"a {type(value).__name__}"
    try:
        text = repr(value)
    except Exception:
        return f"a {type(value).__name__}"
    return text if len(text) <= 40 else text[:37] + "..."


def _code_of(written: str, rows: Any, code: str, name: str) -> str:
    """Help a person who wrote a name, or small letters, instead of a code."""
    by_name = dict(zip(rows[name].astype(str).str.lower(), rows[code].astype(str), strict=True))
    codes = set(by_name.values())
    written = wiki.without_address(written).strip()
    for attempt in (written.upper(), written.lower()):
        if attempt in codes:
            return f" Write '{attempt}'."
    plain = {_plain(known): code for known, code in by_name.items()}
    if _plain(written) in plain:
        return f" Write '{plain[_plain(written)]}'."
    return nearest(written, codes)


def _plain(name: str) -> str:
    """Give a name as it is compared: in small letters, without accents."""
    letters = unicodedata.normalize("NFKD", name.strip().lower())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
