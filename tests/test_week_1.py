"""Week 1: what the lesson says aloud is what the tables say; its form, and its sheet."""

from __future__ import annotations

import re
from datetime import date
from typing import ClassVar

import figures
import pytest
from every_week import EveryLesson, EverySheet
from figures import COUNTRIES, average
from week import output, spoken

from organizer_lab import course

WEEK = course.load().week("week-1")


# -- the numbers -----------------------------------------------------------------------------


@pytest.mark.slow
def test_reading_of_climate_pages(lesson):
    rows = [r for r in figures.rows("campaign_results") if r["campaign"].startswith("All Wikim")]
    views, elsewhere = (int(row["value"]) for row in rows)
    assert {row["year"] for row in rows} == {"2023"}
    text = spoken(lesson, "say-reading")
    assert f"{rows[0]['qualifier']} {views / 1e6:.0f} million times" in text
    assert f"{rows[1]['qualifier']} {elsewhere}% of these views were **not** in English" in text


@pytest.mark.slow
def test_rates_of_co2(lesson):
    early = (figures.co2(1969, 1969) - figures.co2(1959, 1959)) / 10
    late = (figures.co2(2025, 2025) - figures.co2(2015, 2015)) / 10
    text = spoken(lesson, "say-rates")
    assert f"From 1959 to 1969 the air gained **{early:.2f} ppm a year**" in text
    assert (
        f"From 2015 to 2025 it gained **{late:.2f} ppm a year**: {late / early:.1f} times" in text
    )
    # A year that is not complete would bend its mean.
    for year in (1959, 1969, 2015, 2025):
        months = [r for r in figures.rows("co2_mauna_loa_monthly") if r["year"] == str(year)]
        assert len(months) == 12


MONTHS = [date(2000, month, 1).strftime("%B") for month in range(1, 13)]


@pytest.mark.slow
def test_first_400_ppm(lesson):
    first = {}
    for column in ("co2_ppm", "co2_deseasonalized_ppm"):
        row = next(r for r in figures.rows("co2_mauna_loa_monthly") if float(r[column]) >= 400)
        first[column] = (int(row["year"]), int(row["month"]))
    (year, month), (later, last) = first.values()
    gap = (later - year) * 12 + last - month
    text = spoken(lesson, "say-400")
    assert f"passed 400 ppm in **{MONTHS[month - 1]} {year}**" in text
    assert f"**{MONTHS[last - 1]} {later}**, {gap} months later" in text


@pytest.mark.slow
def test_month_of_the_record(lesson):
    highest = []
    for year in range(1959, 2026):
        months = [r for r in figures.rows("co2_mauna_loa_monthly") if r["year"] == str(year)]
        highest.append(int(max(months, key=lambda row: float(row["co2_ppm"]))["month"]))
    common = max(set(highest), key=highest.count)
    text = spoken(lesson, "say-record")
    assert (
        f"In {highest.count(common)} of 67 years the highest month is **{MONTHS[common - 1]}**"
        in text
    )


@pytest.mark.slow
def test_the_country(lesson):
    text = spoken(lesson, "say-country")
    assert f"**{figures.anomalies('TZA')[2024]:+.2f} °C** against its baseline in 2024" in text
    assert f"**{figures.decade('TZA'):+.2f} °C** on average from 2015 to 2024" in text


@pytest.mark.slow
def test_countries_warmer_than_their_mean(lesson):
    in_2024 = {
        row["country"]: float(row["temperature_anomaly_c"])
        for row in figures.rows("temperature_by_country")
        if row["year"] == "2024"
    }
    colder = [name for name, value in in_2024.items() if value <= 0]
    text = spoken(lesson, "say-warm")
    assert f"**{len(in_2024) - len(colder)} of {len(in_2024)}** countries" in text
    for name in colder:
        assert name in text


@pytest.mark.slow
def test_the_missing_country_and_its_neighbours(lesson):
    assert figures.anomalies("MDV") == {}
    assert output(lesson, "missing-code", "text/plain") == "0"
    region = {r["iso3"]: r["un_subregion"] for r in figures.rows("country_profile")}
    shown = set(re.findall(r"\b[A-Z]{3}\b", output(lesson, "neighbours", "text/plain")))
    assert shown == {
        code for code in COUNTRIES if region[code] == region["MDV"] and figures.anomalies(code)
    }


@pytest.mark.slow
def test_the_trap(lesson):
    gistemp, hadcrut = (
        {int(r["year"]): float(r[name]) for r in figures.rows("global_climate_annual") if r[name]}
        for name in ("gistemp_anomaly_c", "hadcrut5_anomaly_c")
    )
    wrong = gistemp[2023] - hadcrut[2023]
    always = average([gistemp[year] - hadcrut[year] for year in gistemp if year in hadcrut])
    bases = [average([one[year] for year in range(1991, 2021)]) for one in (gistemp, hadcrut)]
    right = (gistemp[2023] - bases[0]) - (hadcrut[2023] - bases[1])
    text = spoken(lesson, "say-trap")
    assert f"The result is {wrong:+.2f} °C" in text and f"common years is {always:+.2f} °C" in text
    text = spoken(lesson, "say-rebase")
    # Zero is written without a sign.
    near = f"{right:+.2f}" if abs(right) >= 0.005 else "0.00"
    assert f"in 2023 is {near} °C instead of {wrong:+.2f} °C" in text
    assert abs(right) < abs(wrong)
    assert figures.BASELINES["temperature_anomaly_c"] in text


@pytest.mark.slow
def test_the_worked_evidence_is_right(lesson):
    assert output(lesson, "evidence", "text/plain") == "Nothing to mend."


@pytest.mark.slow
def test_the_explorer(lesson):
    html = output(lesson, "explorer-show", "text/html")
    assert html.startswith('<figure class="ol-explorer">')
    assert 20 <= html.count("<option") <= 40 and "Tanzania" in html


# -- what every week has ---------------------------------------------------------------------


class TestLesson(EveryLesson):
    typed: ClassVar = {
        "400": "the threshold of the question",
        "0.33": "the value of the worked evidence, tested above",
        "0.53": "the wrong value that the learner is to try",
        "1": "numbered lists, week 1",
        "2": "numbered lists, CO2",
        "3": "numbered lists",
        "8": "week 8",
    }
    met: ClassVar = {
        "Explain with one example how impact differs": ["views-hide"],
        "Load a table and report a value": ["load-co2", "my-numbers", "say-country"],
        "Compute a change and say what the base is": ["rates", "say-rates"],
        "Draw and caption one time series": ["chart-co2", "read-chart"],
        "Write a topic card whose every number": ["card", "evidence", "goal"],
    }
    borrowed: ClassVar = {"country_profile"}
    pictures = 3


class TestSheet(EverySheet):
    judged: ClassVar = {"judgement-1-8": 6}

    def solved(self, done, plan):
        assert plan.place is not None and plan.topic_card.problems() == []
