"""The worded checks of week 1: right answers pass, each common mistake is named."""

from __future__ import annotations

import contextlib
import io

import figures
import numpy as np
import pandas as pd
import pytest
from figures import BASELINES, CO2_CHANGE, COUNTRIES, LANGUAGES, WITH_DATA, WITHOUT_DATA

from organizer_lab import check, data
from organizer_lab.errors import LabError
from organizer_lab.plan import Evidence, TopicCard


def said(number: str, **variables) -> str:
    """The reply to a wrong answer, as one text."""
    right, sentences = check.reply(number, variables)
    assert right == (not sentences)
    assert sentences, f"{variables} was taken as right"
    return " ".join(sentences)


def right(number: str, **variables) -> bool:
    return check.reply(number, variables)[0]


def one(anomaly, country="TZA", why="") -> dict:
    return {"country": country, "anomaly_2024": anomaly, "why_missing": why}


def card(**changes) -> TopicCard:
    content = {
        "topic": "Longer dry seasons",
        "place": "Dodoma",
        "languages": ["sw"],
        "goal_for": "readers",
        "goal": "Farmers can read in Swahili which crops stand dry years.",
        "why_now": "The rains came late for the third time.",
        "evidence": [
            Evidence(
                table="temperature_by_country",
                column="temperature_anomaly_c",
                where={"iso3": "TZA"},
                year=2024,
                value=figures.anomalies("TZA")[2024],
                unit="°C",
                baseline="1991-2020",
            ),
            Evidence(
                table="co2_mauna_loa_monthly",
                column="co2_ppm",
                year=2015,
                to_year=2024,
                value=figures.co2(2015, 2024),
                unit="ppm",
            ),
        ],
    }
    return TopicCard(**{**content, **changes})


# -- the learner's place ---------------------------------------------------------------------


def test_every_country_and_every_wikipedia_is_a_place(capsys):
    for country in COUNTRIES:
        assert right("1.0", country=country, language="sw"), country
        note = capsys.readouterr().out
        assert ("without a row" in note) == (country in WITHOUT_DATA)
    for language in LANGUAGES:
        assert right("1.0", country="TZA", language=language), language


@pytest.mark.parametrize(
    ("country", "language", "phrase"),
    [
        ("tza", "sw", "Write 'TZA'"),
        ("Philippines", "sw", "Write 'PHL'"),
        ("TZZ", "sw", "Did you mean"),
        ("TZA", "SW", "Write 'sw'"),
        ("TZA", "Swahili", "Write 'sw'"),
        ("TZA", "sw.wikipedia.org", "Write 'sw'"),
        ("TZA", "https://sw.m.wikipedia.org/wiki/Mwanzo", "Write 'sw'"),
        ("Sénégal", "wo", "Write 'SEN'"),
        ("", "sw", "Not written yet"),
        (5, "sw", "quotation marks"),
        ("TZA", None, "quotation marks"),
        ("\ud800", "sw", "No country has the code"),
        ("x" * 100_000, "sw", "No country has the code"),
    ],
)
def test_a_wrong_place_gets_help(country, language, phrase):
    reply = said("1.0", country=country, language=language)
    assert phrase in reply
    assert len(reply) < 400


def test_neighbours_that_are_named_have_data(capsys):
    for country in WITHOUT_DATA:
        check.reply("1.0", {"country": country, "language": "en"})
        note = capsys.readouterr().out
        codes = [part.split(")")[0] for part in note.split("such as")[-1].split("(")[1:]]
        assert codes or "world table" in note
        assert set(codes) <= set(WITH_DATA)


# -- one year, ten years ---------------------------------------------------------------------


@pytest.mark.parametrize("country", WITH_DATA)
def test_right_answers_of_every_country_with_data(country):
    for value in (figures.anomalies(country)[2024], np.float64(figures.anomalies(country)[2024])):
        assert right("1.1", **one(value, country))
    mean = figures.decade(country)
    for value in (mean, round(mean, 2), np.float64(mean), np.array(mean)):
        assert right("1.2", country=country, mean_2015_2024=value)


@pytest.mark.parametrize("country", WITHOUT_DATA)
def test_right_answers_of_every_country_without_data(country):
    assert right("1.1", **one(None, country, "the source has no value"))
    assert right("1.2", country=country, mean_2015_2024=None)
    assert "None is right. Now say" in said("1.1", **one(None, country))
    assert "Write None" in said("1.1", **one(0.5, country, "the source has no value"))
    assert "Write None" in said("1.1", **one("None", country, "the source has no value"))
    assert "Answer None here too" in said("1.2", country=country, mean_2015_2024=0.5)


TRUE = figures.anomalies("TZA")[2024]
WORLD = figures.average([figures.anomalies(iso3)[2024] for iso3 in WITH_DATA])


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (figures.anomalies("TZA")[2015], "value of 2015"),
        (-TRUE, "not the sign"),
        (figures.average(list(figures.anomalies("TZA").values())), "mean of all years"),
        (WORLD, "mean of all countries"),
        (figures.anomalies("PHL")[2024], "value of Philippines"),
        (TRUE + 0.04, "two decimals"),
        (99, "not in the table"),
        (None, "None is not right"),
        (str(TRUE), "without quotation marks"),
        (str(TRUE).replace(".", ","), "point, not a comma"),
        ((0, 33), "point, not a comma"),
        (float("nan"), "'nan'"),
        (np.float32("nan"), "'nan'"),
        (True, "True or False"),
        (np.bool_(True), "True or False"),
        (pd.Series([TRUE]), "holds 1 value. "),
        (np.array([1.0, 2.0]), "holds 2 values"),
        ([TRUE], "holds 1 value. "),
        (10**400, "far too large"),
        (float("inf"), "far too large"),
        (pd.NA, "kind 'NAType'"),
        (1j, "kind 'complex'"),
    ],
)
def test_mistakes_in_one_year_are_named(value, phrase):
    assert phrase in said("1.1", **one(value))


TEN = figures.decade("TZA")


def span(first: int, last: int) -> float:
    return figures.average([figures.anomalies("TZA")[year] for year in range(first, last + 1)])


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (10 * TEN, "sum of ten years"),
        (-TEN, "not the sign"),
        (span(2010, 2024), "mean of all years"),
        (span(2016, 2024), "mean of 2016 to 2024"),
        (span(2015, 2023), "mean of 2015 to 2023"),
        (span(2014, 2024), "mean of 2014 to 2024"),
        (TRUE, "2024 alone"),
        (None, "None is not right"),
        ("0.33", "without quotation marks"),
        (pd.Series(range(10)), "holds 10 values"),
        (float("nan"), "'nan'"),
        (TEN + 0.02, "two decimals"),
        (44, "Are these ten rows"),
    ],
)
def test_mistakes_in_ten_years_are_named(value, phrase):
    assert phrase in said("1.2", country="TZA", mean_2015_2024=value)


def test_the_lesson_s_country_left_in_is_named():
    assert "value of Tanzania" in said("1.2", country="NOR", mean_2015_2024=TEN)


def test_no_country_no_answer():
    assert "No country has the code" in said("1.1", **one(0.3, "XXX"))
    assert "quotation marks" in said("1.2", country=3, mean_2015_2024=0.3)
    assert "Not answered yet" in said("1.1", **one(..., "TZA"))
    assert "Python does not know 'country' and 'anomaly_2024' yet" in said("1.1")


# -- a change --------------------------------------------------------------------------------

EARLY, LATE = figures.co2(1965, 1974), figures.co2(2015, 2024)


def test_a_change_to_one_decimal_is_right():
    for value in (CO2_CHANGE, round(CO2_CHANGE, 1), np.float32(round(CO2_CHANGE, 1))):
        assert right("1.3", co2_change=value)


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (-CO2_CHANGE, "later decade minus the earlier"),
        (CO2_CHANGE / EARLY, "share of the earlier mean"),
        (100 * CO2_CHANGE / EARLY, "share of the earlier mean"),
        (CO2_CHANGE / 50, "change per year"),
        (LATE, "mean of one decade"),
        (EARLY, "mean of one decade"),
        (figures.co2(2024, 2024) - figures.co2(1965, 1965), "two single years"),
        (figures.co2(2015, 2015) - figures.co2(1965, 1965), "two single years"),
        (figures.co2(2015, 2025) - EARLY, "one year off"),
        (LATE - figures.co2(1965, 1975), "one year off"),
        (LATE - figures.co2(1964, 1973), "one year off"),
        (round(figures.co2(2016, 2025) - EARLY, 1), "one year off"),
        (f"{CO2_CHANGE:.1f}".replace(".", ","), "point, not a comma"),
        (pd.Series([CO2_CHANGE]), "holds 1 value. "),
        (None, "there is no number"),
        (7, "Compute each mean first"),
    ],
)
def test_mistakes_in_a_change_are_named(value, phrase):
    assert phrase in said("1.3", co2_change=value)


# -- baselines -------------------------------------------------------------------------------


def test_baselines_may_have_a_dash_and_spaces():
    assert right("1.4", baselines=BASELINES)
    assert right("1.4", baselines={k: v.replace("-", " – ") for k, v in BASELINES.items()})
    assert {
        column: figures.fields(table)[column]["baseline"]
        for table in ("global_climate_annual", "temperature_by_country")
        for column in figures.fields(table)
        if "baseline" in figures.fields(table)[column]
    } == BASELINES


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"gistemp_anomaly_c": "1961-1990"}, "another column"),
        ({"gistemp_anomaly_c": "1951-1981"}, "as on its card"),
        ({"gistemp_anomaly_c": 1951 - 1980}, "quotation marks"),
        ({"gistemp_anomaly_c": (1951, 1980)}, "quotation marks"),
        ({"gistemp_anomaly_c": ...}, "not answered yet"),
    ],
)
def test_mistakes_in_baselines_are_named(change, phrase):
    reply = said("1.4", baselines={**BASELINES, **change})
    assert phrase in reply and "gistemp_anomaly_c" in reply and "hadcrut5" not in reply


def test_baselines_without_braces():
    for given in ("1951-1980", ["1951-1980"], None, pd.Series(BASELINES)):
        assert "Keep the braces" in said("1.4", baselines=given)


# -- the topic card --------------------------------------------------------------------------


def test_a_right_card():
    for number in ("1.5", "1.6", "1.7"):
        assert right(number, card=card())


@pytest.mark.parametrize("number", ["1.5", "1.6", "1.7"])
def test_something_else_than_a_card(number):
    for given in ("card", None, {"part": "TopicCard"}, TopicCard, 5):
        assert "not a topic card" in said(number, card=given)


def test_a_value_is_checked_although_the_unit_is_missing():
    wrong = card()
    wrong.evidence[0].value, wrong.evidence[0].unit = 9.5, None
    assert "is not what temperature_by_country gives" in said("1.5", card=wrong)
    assert "unit: Not written yet" in said("1.6", card=wrong)


def test_unit_and_baseline_are_checked_although_the_value_is_missing():
    wrong = card()
    wrong.evidence[0].value, wrong.evidence[0].baseline = None, None
    assert "value: Not written yet" in said("1.5", card=wrong)
    assert "baseline does not fit" in said("1.6", card=wrong)


def test_two_roundings_of_one_number_are_one_number():
    twice = card()
    again = twice.evidence[0].model_copy(update={"value": twice.evidence[0].value + 0.001})
    twice.evidence = [twice.evidence[0], again]
    assert "The two numbers are the same" in said("1.5", card=twice)


def test_a_card_that_was_changed_behind_its_back():
    wrong = card()
    wrong.evidence.append("one more")
    wrong.languages.append(5)
    for number in ("1.5", "1.6", "1.7"):
        assert "not Evidence" in said(number, card=wrong)
    wrong.evidence.pop()
    assert "languages.1: write text, in quotation marks, not 5." in said("1.7", card=wrong)


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"topic": "x" * 121}, "121 characters"),
        ({"topic": " "}, "topic: Not written yet"),
        ({"place": " \t"}, "place: Not written yet"),
        ({"languages": []}, "languages: Not written yet"),
        ({"languages": ["sw", "swa"]}, "There is no Wikipedia 'swa'"),
        ({"goal_for": None}, "goal_for: Not written yet"),
        ({"goal": "More articles."}, "six words or more"),
        ({"why_now": "Now."}, "six words or more"),
    ],
)
def test_mistakes_in_the_words_are_named(change, phrase):
    assert phrase in said("1.7", card=card(**change))


# -- all questions ---------------------------------------------------------------------------


def test_unknown_question_gives_the_nearest():
    with pytest.raises(LabError, match=r"There is no question '1\.9'\. Did you mean"):
        check.reply("1.9", {})
    for number in ("99.1", "", "x"):
        with pytest.raises(LabError, match="There is no question"):
            check.reply(number, {})


def test_the_printed_reply(capsys):
    check.answer("1.3", {"co2_change": CO2_CHANGE})
    check.answer("1.3", {"co2_change": 7})
    heard = capsys.readouterr()
    assert heard.out.startswith("Question 1.3: this looks right.\nQuestion 1.3: not yet.\n- ")
    assert heard.err == ""


def test_no_wrong_answer_is_told_the_right_one():
    for country in WITH_DATA[::7]:
        true, mean = figures.anomalies(country)[2024], figures.decade(country)
        others = [*figures.anomalies(country).values(), 9.9, None, "x", -true, true + 0.03]
        for value in others:
            for number, answers, secret in (
                ("1.1", one(value, country), true),
                ("1.2", {"country": country, "mean_2015_2024": value}, mean),
            ):
                ok, sentences = check.reply(number, answers)
                text = " ".join(sentences).replace("−", "-")
                # "2.0" could hide in "2024.": only whole numbers with decimals are compared.
                assert ok or f"{abs(secret):.2f}" not in text
    for value in (LATE, EARLY, 7, "x", -CO2_CHANGE):
        assert f"{CO2_CHANGE:.1f}" not in said("1.3", co2_change=value)
    swapped = dict(zip(BASELINES, reversed(BASELINES.values()), strict=True))
    assert not any(years in said("1.4", baselines=swapped) for years in BASELINES.values())


def test_changing_a_loaded_table_changes_no_check():
    for table in ("temperature_by_country", "co2_mauna_loa_monthly", "country_profile"):
        mine = data.load(table)
        mine.iloc[:, :] = mine.iloc[::-1].to_numpy()
        del mine[mine.columns[0]]
    assert right("1.1", **one(TRUE))
    assert right("1.3", co2_change=CO2_CHANGE)


def test_a_check_writes_nothing_to_the_error_stream():
    heard = io.StringIO()
    with contextlib.redirect_stderr(heard):
        for value in (np.float64(TRUE), pd.Series([1]), pd.NA, np.datetime64("2024"), card()):
            for number, (names, _) in check._CHECKS.items():
                check.reply(number, dict.fromkeys(names, value))
    assert heard.getvalue() == ""


def test_a_reason_that_was_taken_out_counts_as_none():
    variables = one(figures.anomalies("TZA")[2024])
    del variables["why_missing"]
    assert right("1.1", **variables)
    assert "Python does not know 'country'" in said("1.1", anomaly_2024=1, why_missing="")


class TestStopped:
    """Cells as IPython runs them, and what the check after them says."""

    @pytest.fixture
    def shell(self):
        from IPython.core.interactiveshell import InteractiveShell

        from organizer_lab.check import stopped

        shell = InteractiveShell()
        shell.events.register("post_run_cell", stopped.note)
        yield shell
        stopped._STOPPED.clear()

    def replies(self, capsys) -> str:
        capsys.readouterr()
        check.answer("1.1", one(figures.anomalies("TZA")[2024]))
        return capsys.readouterr().out

    def test_it_says_which_cell_stopped_until_that_has_run_well(self, shell, capsys):
        shell.run_cell("# mine\nanomaly_2024 = 1 / 0", cell_id="a")
        found = self.replies(capsys)
        assert found.startswith("Question 1.1: this looks right.")
        assert "begins with “anomaly_2024 = 1 / 0” stopped with an error" in found
        shell.run_cell("place = 'TZA", cell_id="b")
        assert self.replies(capsys).count("stopped with an error") == 2
        shell.run_cell("place = 'TZA'", cell_id="b")
        shell.run_cell("anomaly_2024 = 1", cell_id="a")
        assert "stopped" not in self.replies(capsys)

    def test_where_nobody_says_which_cell_runs_nothing_is_known(self, shell, capsys):
        shell.run_cell("anomaly_2024 = 1 / 0")
        assert "stopped" not in self.replies(capsys)
