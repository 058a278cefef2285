"""Checks of week 1, "What is a topic for impact?"."""

from __future__ import annotations

from typing import Any

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
from organizer_lab.plan import Problem, TopicCard
from organizer_lab.words import count_words

TEMPERATURE = ("temperature_by_country", "temperature_anomaly_c")
TOLERANCE_C = 0.005
TOLERANCE_PPM = 0.05
SIGN = "The size is right, but not the sign. Above the baseline is positive."


@question("1.0", "country", "language")
def place(country: Any, language: Any) -> list[str]:
    """Check that the tables know the learner's country and language."""
    problems = place_problems(country, language)
    if not problems and not len(_anomalies(country)):
        print(
            f"Note: {country_name(country)} is one of the places without a row in "
            f"{TEMPERATURE[0]}. You can go on. {_instead(country)}"
        )
    return problems


@question("1.1", "country", "anomaly_2024", "why_missing")
def anomaly(country: Any, anomaly_2024: Any, why_missing: Any) -> list[str]:
    """Check the anomaly of the country in 2024 (°C)."""
    if problems := place_problems(country):
        return problems
    rows = _anomalies(country)
    if rows.empty:
        return _missing(country, anomaly_2024, why_missing)
    value = as_number(anomaly_2024)
    if anomaly_2024 is None:
        return [f"The table has a row for {country_name(country)} in 2024, so None is not right."]
    if isinstance(value, str):
        return [value]
    by_year = rows.set_index("year")["temperature_anomaly_c"]
    true = float(by_year.loc[2024])
    if near(value, true, TOLERANCE_C):
        return []
    if near(value, -true, TOLERANCE_C):
        return [SIGN]
    if near(value, float(by_year.mean()), 0.0005):
        return ["That is a mean of all years. The question asks for the one year 2024."]
    for year, other in by_year.items():
        if near(value, float(other), TOLERANCE_C):
            return [f"That is the value of {year}. The question asks for 2024."]
    if near(value, float(by_year.mean()), TOLERANCE_C):
        return ["That is a mean of all years. The question asks for the one year 2024."]
    if near(value, _world(), TOLERANCE_C):
        return ["That is a mean of all countries. Select the rows of your country first."]
    if (there := _whose(value, 2024, 2024)) is not None:
        return [f"That is the value of {there}. Select the rows of {country_name(country)}."]
    if near(value, true, 0.06):
        return ["Very near. Give two decimals, as the table does."]
    return ["That value is not in the table for your country and 2024. Look at the row again."]


@question("1.2", "country", "mean_2015_2024")
def mean(country: Any, mean_2015_2024: Any) -> list[str]:
    """Check the mean anomaly of 2015 to 2024 (°C)."""
    if problems := place_problems(country):
        return problems
    rows = _anomalies(country)
    if rows.empty:
        if mean_2015_2024 is None:
            return []
        return [f"There is no row for {country_name(country)}. Answer None here too."]
    if mean_2015_2024 is None:
        return [f"The table has rows for {country_name(country)}, so None is not right."]
    value = as_number(mean_2015_2024)
    if isinstance(value, str):
        return [value]
    by_year = rows.set_index("year")["temperature_anomaly_c"]
    ten = by_year.loc[2015:2024]
    if near(value, float(ten.mean()), TOLERANCE_C):
        return []
    if near(value, float(ten.sum()), 0.01):
        return ["That is the sum of ten years. The mean is the sum divided by their number."]
    if near(value, -float(ten.mean()), TOLERANCE_C):
        return [SIGN]
    if near(value, float(by_year.mean()), TOLERANCE_C):
        return ["That is the mean of all years in the table. Keep the years from 2015 on."]
    for first, last in ((2015, 2023), (2016, 2024), (2014, 2024), (2014, 2023)):
        other = float(by_year.loc[first:last].mean())
        if near(value, other, 0.0005) or near(value, round(other, 2), 0):
            return [f"That is the mean of {first} to {last}. Check the first and the last year."]
    if near(value, float(ten.median()), TOLERANCE_C):
        return ["That is the median, the value in the middle. The question asks for the mean."]
    if near(value, float(by_year.loc[2024]), TOLERANCE_C):
        return ["That is the year 2024 alone. The question asks for a mean of ten years."]
    if (there := _whose(value, 2015, 2024)) is not None:
        return [f"That is the value of {there}. Select the rows of {country_name(country)}."]
    if near(value, float(ten.mean()), 0.06):
        return ["Near, but not it. Check the years, and give two decimals."]
    return ["That is not the mean of 2015 to 2024. Are these ten rows, all of your country?"]


@question("1.3", "co2_change")
def co2_change(change: Any) -> list[str]:
    """Check the change of mean CO2 from 1965-1974 to 2015-2024 (ppm)."""
    value = as_number(change)
    if isinstance(value, str):
        return [value]
    co2 = data.load("co2_mauna_loa_monthly").set_index("year")["co2_ppm"]
    early, late = float(co2.loc[1965:1974].mean()), float(co2.loc[2015:2024].mean())
    true = late - early
    if near(value, true, TOLERANCE_PPM):
        return []
    if near(value, -true, TOLERANCE_PPM):
        return ["Take the later decade minus the earlier one: a rise is positive."]
    for share in (true / early, 100 * true / early):
        if near(value, share, 0.01 if share < 1 else 0.1):
            return ["That is a share of the earlier mean. The question asks for a change in ppm."]
    if near(value, true / 50, 0.02):
        return ["That is a change per year. The question asks for the whole change in ppm."]
    if near(value, late, TOLERANCE_PPM) or near(value, early, TOLERANCE_PPM):
        return ["That is the mean of one decade. Subtract the earlier mean from the later one."]
    for first, last in ((1965, 2024), (1974, 2024), (1965, 2015), (1974, 2015)):
        if near(value, float(co2.loc[last].mean() - co2.loc[first].mean()), TOLERANCE_PPM):
            return ["That compares two single years. Compare the means of the two decades."]
    # The years by which the first or the last year of a decade is moved.
    for start, end in ((-1, -1), (1, 1), (-1, 0), (0, 1), (1, 0), (0, -1)):
        moved_late = float(co2.loc[2015 + start : 2024 + end].mean())
        moved_early = float(co2.loc[1965 + start : 1974 + end].mean())
        for other in (moved_late - early, late - moved_early, moved_late - moved_early):
            if near(value, other, 0.02) or near(value, round(other, 1), 0):
                return [
                    "A first or last year is one year off. The decades are 1965 to 1974, "
                    "and 2015 to 2024."
                ]
    return ["That is not the change between the two means. Compute each mean first, and look."]


@question("1.4", "baselines")
def baselines(given: Any) -> list[str]:
    """Check the baselines of the three temperature columns."""
    columns = {
        "gistemp_anomaly_c": "global_climate_annual",
        "hadcrut5_anomaly_c": "global_climate_annual",
        "temperature_anomaly_c": "temperature_by_country",
    }
    if not isinstance(given, dict):
        return ["Keep the braces of the cell: each column name, a colon, and the years."]
    true = {column: data.field(table, column)["baseline"] for column, table in columns.items()}
    found = []
    for column in columns:
        years = given.get(column, ...)
        if years is ...:
            found.append(f"{column}: not answered yet.")
            continue
        if not isinstance(years, str):
            found.append(f"{column}: write the years in quotation marks.")
            continue
        years = years.replace("–", "-").replace(" ", "")
        if years == true[column]:
            continue
        if years in true.values():
            found.append(f"{column}: these are the baseline years of another column.")
        else:
            found.append(f"{column}: write first and last year of the baseline, as on its card.")
    return found


@question("1.5", "card")
def evidence_values(card: Any) -> list[str]:
    """Check that each evidence number is the table's."""
    if wrong := not_sound(card, TopicCard, "card"):
        return wrong
    return _said(card, lambda problem: problem.field.endswith(", value") or _number_gap(problem))


@question("1.6", "card")
def evidence_words(card: Any) -> list[str]:
    """Check that each evidence number names its unit, year and baseline."""
    if wrong := not_sound(card, TopicCard, "card"):
        return wrong
    return _said(
        card,
        lambda problem: (
            problem.field.startswith("evidence") and not problem.field.endswith(", value")
        ),
    )


@question("1.7", "card")
def goal(card: Any) -> list[str]:
    """Check the card's topic, place, languages, goal and reason."""
    if wrong := not_sound(card, TopicCard, "card"):
        return wrong
    return _said(card, lambda problem: not problem.field.startswith("evidence"))


def _number_gap(problem: Problem) -> bool:
    """Say whether a number cannot be judged, because there is none or its table is not named."""
    return problem.field == "evidence" or problem.field.endswith((", table", ", column", ", year"))


def _said(card: TopicCard, wanted: Any) -> list[str]:
    return [f"{p.field}: {p.text}" for p in card.problems() if wanted(p)]


def _missing(country: str, given: Any, why: Any) -> list[str]:
    name = country_name(country)
    if given is not None:
        return [
            f"The table has no row for {name}, so no number can be right. Write None, without "
            f"quotation marks, and give the reason in why_missing. {_instead(country)}"
        ]
    if not isinstance(why, str) or count_words(why) < 3:
        return ["None is right. Now say in why_missing, in a few words, why there is no number."]
    return []


def _instead(country: str) -> str:
    """Name neighbours with data."""
    near_by = neighbours(country, set(data.load(TEMPERATURE[0])["iso3"]))
    if not near_by:
        return "For your topic card take a world table, such as global_climate_annual."
    names = ", ".join(f"{country_name(iso3)} ({iso3})" for iso3 in near_by[:3])
    return f"For your topic card take a neighbour, such as {names}."


def _anomalies(country: str) -> Any:
    table = data.load(TEMPERATURE[0])
    return table[table["iso3"] == country]


def _world() -> float:
    table = data.load(TEMPERATURE[0])
    return float(table.loc[table["year"] == 2024, TEMPERATURE[1]].mean())


def _whose(value: float, first: int, last: int) -> str | None:
    """Name the country of the lesson if the value is its own: its code was not changed."""
    for code in ("TZA", "PHL"):
        true = data.value(*TEMPERATURE, year=first, to_year=last, where={"iso3": code})
        if near(value, float(true), 0.0005) or near(value, round(float(true), 2), 0):
            return country_name(code)
    return None
