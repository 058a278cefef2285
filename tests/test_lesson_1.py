"""Lesson 1: its spoken numbers are those of the tables, and it keeps the form of a lesson."""

from __future__ import annotations

import copy
import os
import re
from datetime import date

import figures
import nbformat
import pytest
from figures import COUNTRIES, average
from week import output, spoken

from organizer_lab import course
from organizer_lab.explore import STATIC

WEEK = course.load().week("week-1")
LESSON = nbformat.read(WEEK.lesson, as_version=4)
MARKDOWN = [each for each in LESSON.cells if each.cell_type == "markdown"]
CODE = [each for each in LESSON.cells if each.cell_type == "code"]


@pytest.fixture(scope="module")
def lesson(tmp_path_factory):
    """The lesson after it ran, in an empty folder, as it runs for the book."""
    from nbclient import NotebookClient

    before = os.environ.get(STATIC)
    os.environ[STATIC] = "1"
    notebook = copy.deepcopy(LESSON)
    folder = tmp_path_factory.mktemp("lesson")
    try:
        NotebookClient(
            notebook,
            timeout=120,
            kernel_name="python3",
            resources={"metadata": {"path": str(folder)}},
        ).execute()
    finally:
        os.environ.pop(STATIC)
        if before is not None:
            os.environ[STATIC] = before
    assert list(folder.iterdir()) == []
    return notebook


# -- the numbers -----------------------------------------------------------------------------


@pytest.mark.slow
def test_it_runs_without_a_word_on_the_error_stream(lesson):
    for each in lesson.cells:
        for out in each.get("outputs", []):
            assert out.get("name") != "stderr", (each.id, out.get("text"))
            assert "application/vnd.jupyter.widget-view+json" not in out.get("data", {}), each.id


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
    assert f"**{figures.decade('TZA'):+.2f} °C** in the mean of 2015 to 2024" in text


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
def test_every_picture_has_its_words(lesson):
    pictures = [
        out["data"]["text/html"]
        for each in lesson.cells
        for out in each.get("outputs", [])
        if "ol-f" in out.get("data", {}).get("text/html", "")
    ]
    assert len(pictures) == 3
    for html in pictures:
        assert re.search(r'alt="[^"]{40,}"', html) and "Source: " in html and "Licence: " in html
    html = output(lesson, "explorer-show", "text/html")
    assert html.startswith('<figure class="ol-explorer">')
    assert 20 <= html.count("<option") <= 40 and "Tanzania" in html


# -- the form --------------------------------------------------------------------------------

# Digits in the text that are no figure of a table: years, parameters of a question, a count that
# the text itself shows.
TYPED = {
    "400": "the threshold of the question",
    "0.33": "the value of the worked evidence, tested above",
    "0.53": "the wrong value that the learner is to try",
    "1": "numbered lists, week 1",
    "2": "numbered lists, CO2",
    "3": "numbered lists",
    "8": "week 8",
}
YEAR = re.compile(r"(19|20)\d\d")


def test_no_figure_is_typed():
    for each in MARKDOWN:
        text = re.sub(r"\]\([^)]*\)", "]", each.source)
        for digits in re.findall(r"\d+(?:[.,]\d+)*", text):
            assert YEAR.fullmatch(digits) or digits in TYPED, (each.id, digits)


def test_what_is_said_aloud_has_no_typed_figure_either():
    """Outside the braces of say(...) only years and parameters stand as digits."""
    for each in CODE:
        if "say(" not in each.source:
            continue
        for text in re.findall(r'say\("""(.*?)"""', each.source, re.DOTALL):
            plain = re.sub(r"\{[^}]*\}", "", text)
            for digits in re.findall(r"\d+(?:[.,]\d+)*", plain):
                assert YEAR.fullmatch(digits) or digits in TYPED, (each.id, digits)


def test_length():
    words = sum(len(each.source.split()) for each in MARKDOWN)
    words += sum(
        len(text.split())
        for each in CODE
        for text in re.findall(r'say\("""(.*?)"""', each.source, re.DOTALL)
    )
    assert 1000 <= words <= 1900


def test_code_cells_are_short_and_clean():
    for each in CODE:
        assert len(each.source.splitlines()) <= 10, each.id
        assert not each.outputs and each.execution_count is None
        assert not re.search(r"\binteract\b|interactive_output|\bOutput\(", each.source)


# Where each objective of course.yml is met: its first words, and the cells that do it.
MET = {
    "Explain with one example how impact differs": ["views-hide"],
    "Load a table and report a value": ["load-co2", "my-numbers", "say-country"],
    "Compute a change and say what the base is": ["rates", "say-rates"],
    "Draw and caption one time series": ["chart-co2", "read-chart"],
    "Write a topic card whose every number": ["card", "evidence", "goal"],
}


def test_every_objective_is_met_by_a_section():
    ids = {each.id for each in LESSON.cells}
    assert len(MET) == len(WEEK.objectives)
    for objective, (beginning, cells) in zip(WEEK.objectives, MET.items(), strict=True):
        assert objective.startswith(beginning)
        assert set(cells) <= ids


def test_the_tables_of_the_week_are_the_tables_of_the_lesson():
    used = set(re.findall(r'data\.load\("(\w+)"\)', "\n".join(each.source for each in CODE)))
    assert set(WEEK.tables) <= used | {"country_profile"}
    assert used - {"country_profile"} == set(WEEK.tables)
