"""The campaign plan: nine parts, one a week, kept in ``plan.json``.

A part is a typed object whose fields may still be empty: a draft can be saved on any day.
What is missing or does not fit is said by ``problems()``, in sentences and never as a traceback.
"""

from __future__ import annotations

import json
import math
import os
import re
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, ClassVar, Literal, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from organizer_lab import data
from organizer_lab.errors import LabError, nearest
from organizer_lab.words import number

FILE = "plan.json"
PREVIOUS = "plan.previous.json"
FORMAT = 1


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
            raise LabError(_in_words(type(self).__name__, error)) from None

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
            raise LabError(_in_words(type(self).__name__, error)) from None

    def _empty(self, *names: str) -> Iterator[Problem]:
        for name in names:
            value = getattr(self, name)
            if not (value.strip() if isinstance(value, str) else value):
                yield Problem(name, f"Not written yet: {type(self).model_fields[name].description}")


class Place(Part):
    """The learner's own country and Wikipedia language, chosen once in week 1."""

    field: ClassVar = "place"
    title: ClassVar = "Place"

    iso3: str | None = Field(None, description="Code of the country, three capital letters.")
    language_code: str | None = Field(None, description="Code of the Wikipedia language.")

    def problems(self) -> Problems:
        """Say whether the course's tables know the country and the language."""
        found = Problems(self._empty("iso3", "language_code"))
        countries = data.load("country_profile")
        editions = data.load("wikipedia_editions")
        if self.iso3 and self.iso3 not in set(countries["iso3"]):
            close = _code_of(self.iso3, countries, "iso3", "country")
            found.append(
                Problem(
                    "iso3", f"No country has the code {_short(self.iso3)} in our tables.{close}"
                )
            )
        if self.language_code and self.language_code not in set(editions["language_code"]):
            close = _code_of(self.language_code, editions, "language_code", "language")
            found.append(
                Problem(
                    "language_code",
                    "Our list of Wikipedias (January 2023) has no "
                    f"{_short(self.language_code)}.{close}"
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
    value: float | None = Field(None, description="The number, as the table gives it.")
    unit: str | None = Field(None, description="The unit, such as °C or ppm.")
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
                found.append(Problem(name, f"{_short(year)} is not a year. Write four digits."))
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
        elif not same(self.value, true):
            found.append(
                Problem(
                    "value",
                    f"{number(self.value)} is not what {self.table} gives for these rows and "
                    "years. Compute it again, and round to two decimals at the most.",
                )
            )
        if self.unit and not same_unit(self.unit, contract.get("unit", "")):
            found.append(
                Problem("unit", f"'{self.unit}' is not the unit of {self.column}. See the card.")
            )
        if (self.baseline or "").replace("–", "-").replace(" ", "") != contract.get("baseline", ""):
            text = (
                "Name the years of the baseline, first and last year with a hyphen."
                if contract.get("baseline")
                else "This column is not compared with a baseline. Leave it empty."
            )
            found.append(Problem("baseline", f"The baseline does not fit this column. {text}"))
        return found


class TopicCard(Part):
    """Week 1: what the campaign is about, and why it matters here and now."""

    field: ClassVar = "topic_card"
    title: ClassVar = "Topic card"

    topic: str | None = Field(None, description="The topic in at most 120 characters.")
    place: str | None = Field(None, description="Where: a country, a region or a town.")
    languages: list[str] = Field(
        default_factory=list, description="Codes of the Wikipedias that the campaign works on."
    )
    evidence: list[Evidence] = Field(
        default_factory=list, description="Two numbers that show why the topic matters."
    )
    goal_for: Literal["readers", "contributors"] | None = Field(
        None, description="Whose life changes: 'readers' or 'contributors'."
    )
    goal: str | None = Field(None, description="The change for these people, in a sentence.")
    why_now: str | None = Field(None, description="Why this year, in a sentence.")

    @field_validator("goal_for", mode="before")
    @classmethod
    def _small_letters(cls, word: Any) -> Any:
        return word.strip().lower() if type(word) is str else word

    def problems(self) -> Problems:
        """Apply the rules of week 1."""
        found = Problems(self._empty("topic", "place", "languages", "goal_for", "goal", "why_now"))
        if self.topic and len(self.topic) > 120:
            found.append(
                Problem("topic", f"{len(self.topic)} characters are too many: 120 at the most.")
            )
        editions = set(data.load("wikipedia_editions")["language_code"])
        for code in self.languages:
            if code not in editions:
                found.append(
                    Problem(
                        "languages",
                        f"There is no Wikipedia {_short(code)}.{nearest(code, editions)}",
                    )
                )
        for name in ("goal", "why_now"):
            text = getattr(self, name)
            if text and len(text.split()) < 6:
                found.append(Problem(name, "Write a whole sentence, of six words or more."))
        if len(self.evidence) < 2:
            found.append(Problem("evidence", "A topic card needs two numbers from the tables."))
        elif self.evidence[0].names_same_cells(self.evidence[1]):
            found.append(Problem("evidence", "The two numbers are the same. Choose another one."))
        for position, item in enumerate(self.evidence, 1):
            found += [
                Problem(f"evidence {position}, {problem.field}", problem.text)
                for problem in item.problems()
            ]
        return found


PARTS: tuple[type[Part], ...] = (Place, TopicCard)


class Plan(BaseModel):
    """The whole plan of one learner.

    Attributes
    ----------
    format : int
        Version of the file's layout.
    revision : int
        Grows by one with each saving. It tells a newer file from an older one.
    saved : str or None
        Time of the last saving, ISO 8601, UTC.
    """

    model_config = ConfigDict(extra="forbid")

    format: Literal[1] = FORMAT
    revision: int = Field(0, ge=0)
    saved: str | None = None
    place: Place | None = None
    topic_card: TopicCard | None = None

    @classmethod
    def load(cls, path: Path | str | None = None) -> Plan:
        """Read the plan.

        Parameters
        ----------
        path : path, optional
            A file. By default the newer one of ``plan.json`` in this folder and at the root of
            the course; where neither exists, an empty plan.

        Raises
        ------
        LabError
            If the file cannot be read, is damaged, or breaks the plan's types. It is left as it is.
        """
        if path is not None:
            if not Path(path).exists():
                raise LabError(f"There is no file {path}. A plan is saved by the week-1 exercise.")
            return _read(Path(path))
        found = [_read(file) for file in _places() if file.exists()]
        return max(found, key=lambda plan: plan.revision, default=cls())

    def put(self, *parts: Part) -> Plan:
        """Set parts of the plan, and give the plan back.

        Parameters
        ----------
        *parts : Part
            Such as a `Place` or a `TopicCard`. An older part of the same kind is replaced.
        """
        for part in parts:
            if not isinstance(part, PARTS):
                known = " or ".join(kind.__name__ for kind in PARTS)
                raise LabError(
                    f"'{type(part).__name__}' is not a part of the plan. Give a {known}."
                )
        for part in parts:
            setattr(self, part.field, part)
        return self

    def save(self, path: Path | str | None = None) -> Plan:
        """Write the plan: at the root of the course, and a copy beside the notebook.

        The file before this one is kept as ``plan.previous.json``. While nbgrader runs the
        notebook only the copy is written.

        Parameters
        ----------
        path : path, optional
            Write one file, there.

        Raises
        ------
        LabError
            If a file holds a newer plan than the one that was loaded: nothing is changed then.
            If a file cannot be written: the plan before it is still there.
        """
        targets = [Path(path)] if path else _places()
        for target in targets:
            if target.exists() and (there := _read(target)).revision > self.revision:
                raise LabError(
                    f"{target} is newer than the plan in this notebook (saved {there.saved}). "
                    "Nothing was written. Run the cell with Plan.load() again, then save."
                )
        if self.revision and all(_same_content(target, self) for target in targets):
            return self
        fresh = self.model_copy(
            update={
                "revision": self.revision + 1,
                "saved": datetime.now(UTC).isoformat(timespec="seconds"),
            }
        )
        try:
            text = fresh.model_dump_json(indent=2) + "\n"
        except ValueError as error:
            # Half of an emoji, for example, as some programs cut them.
            raise LabError(f"The plan holds a character that no file can hold ({error}).") from None
        for target in targets:
            _write(target, text)
            # At once: if the next file fails, the first one is not "newer" than this plan.
            self.revision, self.saved = fresh.revision, fresh.saved
        return self

    def parts(self) -> dict[str, Part | None]:
        """Give every part by its field; None for those that are not there yet."""
        return {kind.field: getattr(self, kind.field) for kind in PARTS}

    def problems(self) -> Problems:
        """List what is missing or does not fit, over all parts."""
        found = Problems()
        for name, part in self.parts().items():
            if part is None:
                found.append(Problem(name, "This part is not there yet."))
            else:
                found += [Problem(f"{name}.{p.field}", p.text) for p in part.problems()]
        return found

    def show(self) -> str:
        """Give the state of the plan at a glance: one line for each part, then what to mend."""
        problems = self.problems()
        lines = []
        for kind in PARTS:
            mine = [p for p in problems if p.field.split(".")[0] == kind.field]
            if getattr(self, kind.field) is None:
                state = "not there yet"
            else:
                state = f"{len(mine)} to mend" if mine else "complete"
            lines.append(f"{kind.title:12} {state}")
        return "\n".join(lines + [f"- {problem}" for problem in problems])


def _without_dots(content: Any) -> Any:
    """Drop every "not written yet", however deep it stands."""
    if isinstance(content, dict):
        return {name: _without_dots(value) for name, value in content.items() if value is not ...}
    if type(content) in (list, tuple):
        return [_without_dots(value) for value in content if value is not ...]
    return content


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


def root(start: Path | None = None) -> Path:
    """Find the root of the course: the nearest folder that holds ``weeks`` and ``exercises``.

    Where there is none, as for a notebook that was downloaded alone, it is the folder itself.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / "weeks").is_dir() and (folder / "exercises").is_dir():
            return folder
    return here


def _places() -> list[Path]:
    """Where the plan stands: beside the notebook, and at the root unless nbgrader runs it."""
    here = Path.cwd().resolve()
    if os.environ.get("NBGRADER_EXECUTION"):
        return [here / FILE]
    return list(dict.fromkeys([root(here) / FILE, here / FILE]))


def _read(path: Path) -> Plan:
    try:
        # "sig": some editors put a mark at the beginning that JSON does not know.
        content = json.loads(path.read_text(encoding="utf-8-sig"))
    except json.JSONDecodeError as error:
        raise LabError(
            f"{path} is damaged: line {error.lineno}, column {error.colno}: {error.msg}. "
            f"Mend that line, or rename {PREVIOUS} beside it to {FILE}."
        ) from None
    except (OSError, ValueError, RecursionError) as error:
        raise LabError(
            f"{path} cannot be read ({type(error).__name__}: {error}). "
            f"If there is a {PREVIOUS} beside it, rename that to {FILE}."
        ) from None
    if not isinstance(content, dict):
        raise LabError(f"{path} is not a campaign plan: it should begin with a brace.")
    if isinstance(content.get("format"), int) and content["format"] > FORMAT:
        raise LabError(
            f"{path} was made by a newer edition of the course (format {content['format']}; this "
            f"edition knows {FORMAT}). Get the newer edition; the file was left as it is."
        )
    try:
        return Plan.model_validate(content)
    except ValidationError as error:
        raise LabError(_in_words(str(path), error)) from None
    except LabError as error:
        # A part says what is wrong in it, but does not know from which file it comes.
        raise LabError(f"{path}: {error}") from None


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all, and keep the one before it."""
    try:
        if path.exists():
            _replace(path.with_name(PREVIOUS), path.read_bytes())
        _replace(path, text.encode())
    except OSError as error:
        raise LabError(
            f"The plan could not be written to {path} ({error.strerror}). Is the disk full, or "
            "the folder read-only? The plan before it is unchanged."
        ) from error


def _replace(path: Path, content: bytes) -> None:
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".plan-")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        os.chmod(name, 0o644)
        os.replace(name, path)
    except BaseException:
        # Also when a person stops the kernel just now.
        os.unlink(name)
        raise


def _same_content(path: Path, plan: Plan) -> bool:
    stamp = {"revision", "saved"}
    return path.exists() and _read(path).model_dump(exclude=stamp) == plan.model_dump(exclude=stamp)


def _in_words(owner: str, error: ValidationError) -> str:
    """Turn pydantic's list of errors into sentences that name the field."""
    lines = []
    for item in error.errors():
        where = ".".join(str(step) for step in item["loc"]) or "the content"
        if item["type"] == "extra_forbidden":
            text = "this field is not known. Is it misspelled, or from a newer edition?"
        elif item["type"] == "literal_error":
            text = f"expected {item['ctx']['expected']}, not {_short(item['input'])}."
        elif item["type"] in ("float_parsing", "int_parsing"):
            text = (
                f"expected a number, not {_short(item['input'])}. "
                "Write it without quotation marks, and with a point before the decimals."
            )
        else:
            text = (
                f"{item['msg'].removeprefix('Input ').lower()}, but it is {_short(item['input'])}."
            )
        lines.append(f"{owner}, {where}: {text}")
    return "\n".join(lines)


def _short(value: Any) -> str:
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
    for attempt in (written.strip().upper(), written.strip().lower()):
        if attempt in codes:
            return f" Write '{attempt}'."
    if written.strip().lower() in by_name:
        return f" Write '{by_name[written.strip().lower()]}'."
    return nearest(written, codes)
