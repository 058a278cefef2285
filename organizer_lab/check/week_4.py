"""Checks of week 4, "From needs to an idea"."""

from __future__ import annotations

from typing import Any

import pandas as pd

from organizer_lab import data
from organizer_lab.check import (
    as_number,
    country_name,
    near,
    neighbours,
    not_sound,
    place_problems,
    question,
)
from organizer_lab.plan import IdeaMatrix
from organizer_lab.words import count_words

YEAR = 2023
TOLERANCE_T = 0.005
# Of the answer itself: three leading digits. A share can be very small.
TOLERANCE_SHARE = 0.005


@question("4.0", "country", "language")
def place(country: Any, language: Any) -> list[str]:
    """Check that the tables know the learner's country and language."""
    problems = place_problems(country, language)
    if not problems:
        for table in ("co2_by_country", "disaster_displacement"):
            known = data.known(table, "iso3")
            if country not in known:
                print(
                    f"Note: {country_name(country)} has no row in {table}. You can go on: the "
                    f"questions say what to answer then.{_near_by(country, known)}"
                )
    return problems


@question("4.1", "country", "tonnes_per_person", "why_missing")
def per_person(country: Any, tonnes_per_person: Any, why_missing: Any) -> list[str]:
    """Check the emissions per inhabitant in 2023 (tonnes CO₂)."""
    if problems := place_problems(country):
        return problems
    true = _per_person(country, YEAR)
    if true is None:
        return _missing(country, tonnes_per_person, why_missing)
    if tonnes_per_person is None:
        return [f"The table has what you need for {country_name(country)}. None is not right."]
    value = as_number(tonnes_per_person)
    if isinstance(value, str):
        return [value]
    if near(value, true, TOLERANCE_T):
        return []
    row = _of_year("co2_by_country", country, YEAR)
    tonnes, people = float(row["co2_mt"]) * 1e6, int(row["population"])
    if _close(value, tonnes / 1e6) or _close(value, tonnes):
        return ["That is the total of the country. Divide it by the number of inhabitants."]
    for step in (1e-6, 1e-3, 1e3, 1e6):
        if _close(value, true * step, 0.005):
            return [
                "The digits are right, the unit is not: a million tonnes are 1,000,000 tonnes. "
                "The answer is in tonnes for one person."
            ]
    if _close(value, people / tonnes) or _close(value, people / tonnes * 1e6):
        return ["That is inhabitants divided by emissions. Divide the other way round."]
    if _close(value, float(row["cumulative_co2_mt"]) * 1e6 / people):
        return [f"That takes the sum of all years. The question asks for {YEAR} alone."]
    for year in _years("co2_by_country", country):
        other = _per_person(country, year)
        if year != YEAR and other is not None and _close(value, other, 0.005):
            return [f"That is the value of {year}. The question asks for {YEAR}."]
    if (world := _world_per_person()) and _close(value, world, 0.005):
        return ["That is all countries together. Select the row of your country first."]
    if there := _whose(value, country, lambda code: _per_person(code, YEAR)):
        return [f"That is the value of {there}. Select the row of {country_name(country)}."]
    if near(value, true, 0.06):
        return ["Very near. Give two decimals."]
    return [f"That is not the emissions of {YEAR} divided by the inhabitants of {YEAR}."]


@question("4.2", "country", "cumulative_share_pct")
def cumulative_share(country: Any, cumulative_share_pct: Any) -> list[str]:
    """Check the share of the cumulative total of all countries (per cent)."""
    if problems := place_problems(country):
        return problems
    row = _of_year("co2_by_country", country, YEAR)
    if row is None:
        if cumulative_share_pct is None:
            return []
        return [f"There is no row for {country_name(country)}. Answer None here too."]
    if cumulative_share_pct is None:
        return [f"The table has a row for {country_name(country)}, so None is not right."]
    value = as_number(cumulative_share_pct)
    if isinstance(value, str):
        return [value]
    table = data.load("co2_by_country")
    now = table[table["year"] == YEAR]
    mine, whole = float(row["cumulative_co2_mt"]), float(now["cumulative_co2_mt"].sum())
    true = 100 * mine / whole
    if _close(value, true, TOLERANCE_SHARE):
        return []
    if _close(value, true / 100, TOLERANCE_SHARE):
        return ["That is the share as a fraction. The question asks for per cent: times 100."]
    if _close(value, 100 * true, TOLERANCE_SHARE):
        return ["That is a hundred times too much. Multiply by 100 only once."]
    if _close(value, 100 * float(row["co2_mt"]) / float(now["co2_mt"].sum()), TOLERANCE_SHARE):
        return [f"That is the share of {YEAR} alone. Use the column cumulative_co2_mt."]
    if _close(value, 100 * mine / _world_mt(), TOLERANCE_SHARE):
        return [
            "That is a share of the world total with ships and planes. The question asks for the "
            "share of what all countries add up to."
        ]
    own = table[table["iso3"] == country]["cumulative_co2_mt"]
    every = float(table["cumulative_co2_mt"].sum())
    if _close(value, 100 * mine / every, TOLERANCE_SHARE) or _close(
        value, 100 * float(own.sum()) / every, TOLERANCE_SHARE
    ):
        return [
            f"That adds up the rows of several years. The column is a sum already: keep the year "
            f"{YEAR} only, for your country and for all."
        ]
    if _close(value, float(own.sum()) / every, TOLERANCE_SHARE):
        return ["That is a fraction, and it adds up the rows of several years."]
    if row["population"] and _close(value, 100 * row["population"] / now["population"].sum()):
        return ["That is the share of the world's people. The question is about emissions."]
    if _close(value, mine):
        return ["That is the amount in million tonnes. Divide it by the sum of all countries."]
    if _close(value, 100 * whole / mine, TOLERANCE_SHARE) or _close(value, whole / mine):
        return ["That is all countries divided by yours. Divide the other way round."]
    if there := _whose(value, country, lambda code: _cumulative(code) * 100 / whole):
        return [f"That is the share of {there}. Select the row of {country_name(country)}."]
    if _close(value, true, 0.06):
        return ["Near, but not it. Round less: three leading digits are needed."]
    return [f"That is not the country's part of the sum of cumulative_co2_mt in {YEAR}."]


@question("4.3", "country", "displacements", "years_recorded")
def displacement(country: Any, displacements: Any, years_recorded: Any) -> list[str]:
    """Check the sum of recorded displacements and the number of recorded years."""
    if problems := place_problems(country):
        return problems
    rows = _rows("disaster_displacement", country)
    found = _years_said(years_recorded, len(rows))
    name = country_name(country)
    if rows.empty:
        if displacements is None:
            return found
        return [
            f"displacements: nothing is recorded for {name}, so nobody knows the number, and 0 "
            "would be a claim. Write None.",
            *found,
        ]
    if displacements is None:
        return [f"displacements: the table has rows for {name}, so None is not right.", *found]
    value = as_number(displacements)
    if isinstance(value, str):
        return [f"displacements: {value}", *found]
    numbers = rows.set_index("year")["new_displacements"]
    total = int(numbers.sum())
    if near(value, total, 0.5):
        return found
    return [f"displacements: {_wrong_sum(value, numbers, country)}", *found]


@question("4.4", "country", "rows_before", "rows_by_country", "rows_by_country_and_year")
def joins(country: Any, before: Any, by_country: Any, by_both: Any) -> list[str]:
    """Check the numbers of rows before and after two joins."""
    if problems := place_problems(country):
        return problems
    left, right = _rows("co2_by_country", country), _rows("disaster_displacement", country)
    whole = len(data.load("co2_by_country"))
    common = len(left.merge(right, on=["iso3", "year"]))
    times = len(left) * len(right)
    found = []
    for name, given, true in (
        ("rows_before", before, len(left)),
        ("rows_by_country", by_country, times),
        ("rows_by_country_and_year", by_both, common),
    ):
        value = as_number(given)
        if isinstance(value, str):
            hint = " len(...) counts rows." if not isinstance(given, int | float | str) else ""
            found.append(f"{name}: {value}{hint}")
        elif near(value, true, 0):
            continue
        elif near(value, whole, 0) and name == "rows_before":
            found.append(f"{name}: that is the whole table. Keep the rows of your country first.")
        elif near(value, len(right), 0) and name == "rows_before":
            found.append(f"{name}: that counts the displacement rows. Count those of emissions.")
        elif near(value, common, 0) and name == "rows_by_country":
            found.append(f'{name}: that is the join on two columns. Here, join on "iso3" alone.')
        elif near(value, times, 0) and name == "rows_by_country_and_year":
            found.append(
                f"{name}: that is the join on the country alone, in which each year meets every "
                'other year. Join on ["iso3", "year"].'
            )
        elif near(value, len(left), 0):
            found.append(
                f"{name}: that is the number before the join. Join without how=, and count the "
                "rows of the result."
            )
        elif near(value, len(left) + len(right), 0) or near(
            value, len(left) + len(right) - common, 0
        ):
            found.append(f"{name}: that counts the rows of both tables. Join without how=.")
        else:
            found.append(f"{name}: not this number. Count the rows with len(...).")
    return found


@question("4.5", "matrix")
def lists(matrix: Any) -> list[str]:
    """Check who was heard, the needs and the list of ideas."""
    return _said(matrix, "heard_from", "needs", "ideas")


@question("4.6", "matrix")
def scores(matrix: Any) -> list[str]:
    """Check the two opposites and the scores."""
    return _said(matrix, "first_opposite", "second_opposite", "scores")


@question("4.7", "matrix")
def choice(matrix: Any) -> list[str]:
    """Check the chosen idea, the reason, and the exception where one is needed."""
    return _said(matrix, "chosen", "reason", "exception")


def _said(matrix: Any, *fields: str) -> list[str]:
    if wrong := not_sound(matrix, IdeaMatrix, "matrix"):
        return wrong
    return [f"{p.field}: {p.text}" for p in matrix.problems() if p.field in fields]


def _missing(country: str, given: Any, why: Any) -> list[str]:
    """Judge the answer for a country without emissions or without inhabitants in the table."""
    row = _of_year("co2_by_country", country, YEAR)
    name = country_name(country)
    lack = f"has no row for {name}" if row is None else f"gives no inhabitants for {name}"
    if given is not None:
        return [
            f"The table {lack}, so no number can be right. Write None, without quotation marks, "
            f"and give the reason in why_missing.{_near_by(country, _with_people())}"
        ]
    if not isinstance(why, str) or count_words(why) < 3:
        return ["None is right. Now say in why_missing, in a few words, why there is no number."]
    return []


def _near_by(country: str, known: Any) -> str:
    near_by = neighbours(country, set(known))
    if not near_by:
        return ""
    names = ", ".join(f"{country_name(code)} ({code})" for code in near_by[:3])
    return f" For your text you can take a neighbour's number, such as that of {names}."


def _years_said(given: Any, true: int) -> list[str]:
    value = as_number(given)
    if isinstance(value, str):
        return [f"years_recorded: {value} Write 0 where no year is recorded."]
    if near(value, true, 0):
        return []
    if near(value, 10, 0):
        return ["years_recorded: that is the whole span. Some years have no row: count the rows."]
    return ["years_recorded: not this number. Count the rows of your country with len(...)."]


def _wrong_sum(value: float, numbers: Any, country: str) -> str:
    total = int(numbers.sum())
    if _close(value, total / len(numbers)):
        return "that is the mean of the recorded years. The question asks for their sum."
    if _close(value, total / 10):
        return "that is the sum divided by ten years. The question asks for the sum."
    for year, one in numbers.items():
        if near(value, float(one), 0.5):
            return f"that is the value of {year} alone. The question asks for the sum."
    people = data.value("country_profile", "population_2023", where={"iso3": country})
    if people and _close(value, total / people * 1000):
        return "that is per 1,000 inhabitants. The question asks for the number itself."
    if near(value, float(data.load("disaster_displacement")["new_displacements"].sum()), 0.5):
        return "that is the sum of all countries. Select the rows of your country first."
    emission_years = len(_rows("co2_by_country", country))
    if emission_years > 1 and near(value, total * emission_years, 0.5):
        return "that counts each row many times. It was summed after a join on the country alone."
    if there := _whose(value, country, _recorded):
        return f"that is the sum of {there}. Select the rows of {country_name(country)}."
    if _close(value, total, 0.06):
        return "near, but not it. Give the sum itself, without rounding."
    return "that is not the sum of the rows of your country."


def _rows(table: str, country: str) -> Any:
    return data.rows(table, "iso3", country)


def _years(table: str, country: str) -> list[int]:
    return [int(year) for year in _rows(table, country)["year"]]


def _of_year(table: str, country: str, year: int) -> dict[str, Any] | None:
    """Give one row as a dictionary, with None for gaps; None where there is no such row."""
    rows = _rows(table, country)
    rows = rows[rows["year"] == year]
    if rows.empty:
        return None
    (row,) = rows.head(1).to_dict("records")
    return {name: None if pd.isna(cell) else cell for name, cell in row.items()}


def _per_person(country: str, year: int) -> float | None:
    row = _of_year("co2_by_country", country, year)
    if row is None or not row["population"]:
        return None
    return float(row["co2_mt"]) * 1e6 / int(row["population"])


def _cumulative(country: str) -> float:
    row = _of_year("co2_by_country", country, YEAR)
    return float(row["cumulative_co2_mt"]) if row else 0.0


def _recorded(country: str) -> float:
    return float(_rows("disaster_displacement", country)["new_displacements"].sum())


def _with_people() -> list[str]:
    table = data.load("co2_by_country")
    return list(table[(table["year"] == YEAR) & table["population"].notna()]["iso3"])


def _world_mt() -> float:
    """Give the world's emissions of all years up to `YEAR`, with ships and planes, Mt CO₂."""
    world = data.load("global_climate_annual")
    return float(world.loc[world["year"] <= YEAR, "fossil_co2_gt"].sum()) * 1000


def _world_per_person() -> float:
    table = data.load("co2_by_country")
    now = table[table["year"] == YEAR]
    return float(now["co2_mt"].sum()) * 1e6 / float(now["population"].sum())


def _whose(value: float, country: str, number_of: Any) -> str | None:
    """Name the country of the lesson if the value is its own: its code was not changed."""
    for code in ("TZA", "PHL"):
        if code != country and (other := number_of(code)) and _close(value, other, 0.005):
            return country_name(code)
    return None


def _close(value: float, other: float, tolerance: float = 0.0005) -> bool:
    """Say whether a number is another one, to a part of it."""
    return other != 0 and abs(value - other) <= tolerance * abs(other) * (1 + 1e-9)
