"""The marking of week 1: right and wrong, in agreement with the checks, and out of reach."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
import textwrap

import figures
import numpy as np
import pandas as pd
import pytest
from figures import BASELINES, CO2_CHANGE, LANGUAGES, WITH_DATA, WITHOUT_DATA
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from week import both, marked

from organizer_lab import check
from organizer_lab.grading import judge, marking
from organizer_lab.plan import Evidence, TopicCard

some = settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.too_slow])


def checked(number: str, **variables) -> bool:
    return check.reply(number, variables)[0]


# -- every place -----------------------------------------------------------------------------


def test_right_answers_of_every_country():
    for country in WITH_DATA:
        true, mean = figures.anomalies(country)[2024], figures.decade(country)
        for answer in (true, np.float64(true), np.float32(true), np.array(true)):
            assert both("1.1", country=country, anomaly_2024=answer, why_missing="")
        for answer in (mean, round(mean, 2), np.longdouble(mean)):
            assert both("1.2", country=country, mean_2015_2024=answer)
        assert not both("1.1", country=country, anomaly_2024=None, why_missing="the table is empty")
        assert not both("1.2", country=country, mean_2015_2024=None)
    for country in WITHOUT_DATA:
        why = "the source has none"
        assert both("1.1", country=country, anomaly_2024=None, why_missing=why)
        assert not both("1.1", country=country, anomaly_2024=None, why_missing="")
        assert not both("1.1", country=country, anomaly_2024=0.5, why_missing=why)
        assert both("1.2", country=country, mean_2015_2024=None)
        assert not both("1.2", country=country, mean_2015_2024=0.5)


def test_every_language_is_good_for_a_card():
    for language in LANGUAGES:
        assert both("1.7", card=card(languages=[language]))


def test_another_country_s_value_gets_no_points():
    for country, other in itertools.pairwise(WITH_DATA):
        answer = figures.anomalies(other)[2024]
        apart = abs(answer - figures.anomalies(country)[2024]) > 0.006
        given_points = both("1.1", country=country, anomaly_2024=answer, why_missing="")
        assert given_points != apart


# -- check and marking agree -----------------------------------------------------------------


class Yes:
    """Claims to be equal to everything."""

    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    def __hash__(self):
        return 0

    def __abs__(self):
        return 0.0

    def __sub__(self, other):
        return 0.0

    __rsub__ = __add__ = __sub__
    __lt__ = __le__ = __gt__ = __ge__ = __eq__


class Hostile:
    """Raises whatever is done with it."""

    def _no(self, *_args):
        raise RuntimeError("do not touch")

    __eq__ = __repr__ = __str__ = __float__ = __len__ = __iter__ = __bool__ = __hash__ = _no
    __index__ = __abs__ = __sub__ = __contains__ = __getitem__ = _no


class Liar(float):
    """A wrong number that says it is any number."""

    __eq__ = __lt__ = __le__ = __gt__ = __ge__ = Yes.__eq__
    __ne__ = Yes.__ne__
    __hash__ = float.__hash__

    def __float__(self):
        return CO2_CHANGE

    __abs__ = __float__
    __repr__ = Hostile._no


class Word(str):
    """A text that is equal to every other text."""

    __eq__ = Yes.__eq__
    __ne__ = Yes.__ne__
    __hash__ = str.__hash__
    __str__ = Hostile._no

    def replace(self, *_):
        return "1951-1980"


class Whole(int):
    __float__ = Hostile._no


class Forged:
    """Says that it comes from numpy."""

    __module__ = "numpy"
    ndim = 0
    dtype = np.dtype(float)

    def item(self):
        return self

    __float__ = item


def nested(depth: int) -> list:
    return [nested(depth - 1)] if depth else []


endless: list = []
endless.append(endless)

ODD = [
    Yes(),
    Hostile(),
    Liar(7.5),
    Word("7"),
    Whole(7),
    pd.NA,
    pd.NaT,
    pd.Series([1.0]),
    pd.DataFrame({"a": [1]}),
    np.datetime64("2024-01-01", "ns"),
    np.timedelta64(5, "ns"),
    np.array([Hostile()], dtype=object),
    np.array([1.0]),
    np.str_("TZA"),
    np.complex128(1),
    10**17,
    10**19,
    -(10**400),
    float("nan"),
    float("inf"),
    1e300,
    1j,
    ...,
    None,
    True,
    np.bool_(False),
    b"7",
    {1, 2},
    {"part": "TopicCard"},
    {Hostile: 1},
    nested(500),
    endless,
    lambda: CO2_CHANGE,
    float,
    "\ud800",
    "0,33",
    TopicCard.model_construct(),
    Evidence.model_construct(where=Hostile()),
]


@pytest.mark.parametrize("position", range(len(ODD)))
def test_odd_objects_crash_neither(position):
    odd = ODD[position]
    for number in ("1.1", "1.2", "1.3", "1.4", "1.5", "1.6", "1.7"):
        names = marking.names(number)
        assert not both(number, **dict.fromkeys(names, odd))
    for country in ("TZA", WITHOUT_DATA[0]):
        points = both("1.1", country=country, anomaly_2024=odd, why_missing="none in the source")
        assert points == (odd is None and country != "TZA")
    assert not both("1.4", baselines={**BASELINES, "gistemp_anomaly_c": odd})


def test_a_number_in_odd_clothes_is_still_a_number():
    class Own(float):
        __float__ = __repr__ = Hostile._no

    assert both("1.3", co2_change=Own(CO2_CHANGE))
    assert both("1.3", co2_change=np.longdouble(CO2_CHANGE))
    for odd in (Forged(), Liar(7.5), 7 * np.float16(1)):
        assert not both("1.3", co2_change=odd)
    country = Word("TZA")
    true = figures.anomalies("TZA")[2024]
    assert both("1.1", country=country, anomaly_2024=true, why_missing="")
    assert both("1.1", country=np.str_("TZA"), anomaly_2024=true, why_missing="")


near_right = st.one_of(
    st.sampled_from([*figures.anomalies("TZA").values(), figures.decade("TZA"), CO2_CHANGE]),
    st.floats(-0.02, 0.02).map(lambda off: figures.anomalies("TZA")[2024] + off),
    st.floats(-0.02, 0.02).map(lambda off: figures.decade("TZA") + off),
    st.floats(-0.2, 0.2).map(lambda off: CO2_CHANGE + off),
)
anything = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=12), near_right
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.tuples(inner, inner),
        st.dictionaries(st.text(max_size=8) | st.sampled_from([*BASELINES, "part"]), inner),
        inner.map(lambda value: pd.Series([value], dtype=object)),
        st.just(np.float32(0.33)),
    ),
    max_leaves=6,
)


@some
@given(country=st.sampled_from([*figures.COUNTRIES, "tza", "", 5, None]), answer=anything)
def test_checks_and_marking_agree_on_numbers(country, answer):
    both("1.1", country=country, anomaly_2024=answer, why_missing="not in the source")
    both("1.2", country=country, mean_2015_2024=answer)
    both("1.3", co2_change=answer)


@some
@given(why=anything | st.text(alphabet="a \u00a0\u3000", max_size=9))
def test_checks_and_marking_agree_on_reasons(why):
    both("1.1", country=WITHOUT_DATA[0], anomaly_2024=None, why_missing=why)


years = st.sampled_from(["1951-1980", "1961–1990", "1991 - 2020", "1951-80", "", ...]) | anything


@some
@given(st.dictionaries(st.sampled_from([*BASELINES, "other"]), years) | anything)
def test_checks_and_marking_agree_on_baselines(answer):
    both("1.4", baselines=answer)


# -- the topic card --------------------------------------------------------------------------


def card(**changes) -> TopicCard:
    content = {
        "topic": "Longer dry seasons",
        "place": "Dodoma",
        "languages": ["sw"],
        "goal_for": "readers",
        "goal": "Farmers can read in Swahili which crops stand dry years.",
        "why_now": "The rains came late for the third time.",
        "evidence": [first(), second()],
    }
    return TopicCard(**{**content, **changes})


def first(**changes) -> Evidence:
    content = {
        "table": "temperature_by_country",
        "column": "temperature_anomaly_c",
        "where": {"iso3": "TZA"},
        "year": 2024,
        "value": figures.anomalies("TZA")[2024],
        "unit": "°C",
        "baseline": "1991-2020",
    }
    return Evidence(**{**content, **changes})


def second(**changes) -> Evidence:
    content = {
        "table": "co2_mauna_loa_monthly",
        "column": "co2_ppm",
        "year": 2015,
        "to_year": 2024,
        "value": figures.co2(2015, 2024),
        "unit": "ppm",
    }
    return Evidence(**{**content, **changes})


def mistakes(**changes) -> list[str]:
    """The questions that a card with this first number loses; both sides must agree."""
    wrong = card(evidence=[first(**changes), second()])
    return [number for number in ("1.5", "1.6", "1.7") if not both(number, card=wrong)]


@pytest.mark.parametrize(
    ("changes", "lost"),
    [
        ({}, []),
        ({"unit": "degrees Celsius", "baseline": "1991 – 2020"}, []),
        ({"unit": "° C"}, []),
        ({"unit": "℃"}, []),
        ({"value": 9.5}, ["1.5"]),
        ({"value": None}, ["1.5"]),
        ({"value": float("nan")}, ["1.5"]),
        ({"unit": "ppm"}, ["1.6"]),
        ({"unit": None}, ["1.6"]),
        ({"unit": None, "value": 9.5}, ["1.5", "1.6"]),
        ({"baseline": None}, ["1.6"]),
        ({"baseline": "1951-1980"}, ["1.6"]),
        ({"baseline": None, "value": None}, ["1.5", "1.6"]),
        ({"year": None}, ["1.5", "1.6"]),
        ({"year": 10**30}, ["1.5", "1.6"]),
        ({"year": 2025}, ["1.5"]),
        ({"to_year": 0}, ["1.5", "1.6"]),
        ({"to_year": 2023}, ["1.5"]),
        ({"table": "temperatures"}, ["1.5", "1.6"]),
        ({"column": "country"}, ["1.5", "1.6"]),
        ({"column": "year", "value": 2024}, ["1.5", "1.6"]),
        ({"where": {"iso": "TZA"}}, ["1.5"]),
        ({"where": {"iso3": "tza"}}, ["1.5"]),
        ({"where": {"iso3": ""}}, ["1.5"]),
    ],
)
def test_mistakes_in_an_evidence_number_lose_their_own_points(changes, lost):
    assert mistakes(**changes) == lost


def test_a_word_in_the_place_of_a_count_is_welcome_only_for_counts():
    """ "countries" begins like "count", and is a unit of its own."""
    row = next(r for r in figures.rows("wle_international") if r["year"] == "2015")
    content = {"table": "wle_international", "where": {}, "year": 2015, "baseline": None}
    countries = {"column": "countries", "value": float(row["countries"])}
    assert mistakes(**content, **countries, unit="countries") == []
    assert mistakes(**content, **countries, unit="photos") == ["1.6"]
    campaign = {"campaign": "WikiForHumanRights", "metric": "articles_edited"}
    row = next(
        r
        for r in figures.rows("campaign_results")
        if r["year"] == "2020" and all(r[name] == word for name, word in campaign.items())
    )
    assert (
        mistakes(
            table="campaign_results",
            column="value",
            where=campaign,
            year=2020,
            value=float(row["value"]),
            unit="articles",
            baseline="",
        )
        == []
    )


def test_the_same_number_twice():
    for again in (first(), first(value=figures.anomalies("TZA")[2024] + 0.001)):
        twice = card(evidence=[first(), again])
        assert [both(n, card=twice) for n in ("1.5", "1.6", "1.7")] == [False, False, True]


def test_a_dictionary_is_no_card():
    forged = {"part": "TopicCard", **card().model_dump()}
    forged["evidence"] = [{"part": "Evidence", **item} for item in forged["evidence"]]
    for number in ("1.5", "1.6", "1.7"):
        assert both(number, card=card())
        assert not both(number, card=forged)


def test_lists_that_were_changed_after_the_card_was_made():
    for changed in (["sw", 5], ["sw", ["en"]], ["sw"] * 2000, [Hostile()], [...]):
        wrong = card()
        wrong.languages[:] = changed
        assert not marked("1.7", card=wrong)
        if len(changed) < 1000:
            assert not both("1.7", card=wrong)
    for odd in (None, {"table": "x"}, Hostile(), "x"):
        wrong = card()
        wrong.evidence.append(odd)
        assert not both("1.5", card=wrong)
        assert not both("1.6", card=wrong)
    for odd in (2.5, None, Hostile(), [2024]):
        wrong = card()
        wrong.evidence[0].where["year"] = odd
        assert not both("1.5", card=wrong)


words = st.one_of(
    st.none(),
    st.sampled_from(["", " ", "\t\n", "a b c d e f", "a b c d e", "x" * 120, "x" * 121, "Dodoma"]),
    st.text(max_size=20),
)


@some
@given(
    topic=words,
    place=words,
    goal=words,
    why_now=words,
    goal_for=st.sampled_from(["readers", "contributors", None]),
    languages=st.lists(st.sampled_from(["sw", "en", "swa", "", "SW", "zh-yue"]), max_size=3),
)
@example(
    topic="t",
    place="p",
    goal="a b c d e f",
    why_now="a b c d e f",
    goal_for="readers",
    languages=["sw"],
)
def test_checks_and_marking_agree_on_the_words_of_a_card(**content):
    both("1.7", card=card(**content))


units = st.sampled_from(
    """° °C °c C Celsius deg degC|degrees Celsius|degree  Celsius|º C|℃|°|ppm|PPM|%|per cent|percent
    |% of population|percent of population|% of land area|Mt|Mt CO2|Mt CO₂|US$|USD|US dollars|people
    |count|counts|countries|articles|views per week|index from 0 to 1|share|x""".replace(
        "\n", ""
    ).split("|")
) | st.text(alphabet="°cC%$ usdegrlia₂2º", max_size=9)


@some
@given(data=st.data(), unit=units)
def test_checks_and_marking_agree_on_units(data, unit):
    table = data.draw(st.sampled_from(figures.tables()))
    column = data.draw(st.sampled_from(sorted(figures.fields(table))))
    both("1.6", card=card(evidence=[first(table=table, column=column, unit=unit), second()]))


# -- out of reach ----------------------------------------------------------------------------


def test_marks_of_the_real_judge():
    true = figures.anomalies("TZA")[2024]
    judge.mark("1.1", {"country": "TZA", "anomaly_2024": true, "why_missing": ""})
    for number in ("1.5", "1.6", "1.7"):
        judge.mark(number, {"card": card()})
    for answer in (9.9, ..., None, Hostile(), Yes(), "x"):
        with pytest.raises(judge.NotRight, match=r"Question 1\.1: ") as told:
            judge.mark("1.1", {"country": "TZA", "anomaly_2024": answer, "why_missing": ""})
        assert str(true) not in str(told.value)
    with pytest.raises(judge.NotRight, match="was never set"):
        judge.mark("1.3", {})


def test_a_broken_marking_is_no_wrong_answer(monkeypatch):
    monkeypatch.setattr(judge, "_HOME", "/nowhere")
    with pytest.raises(RuntimeError, match="No module named"):
        judge.mark("1.3", {"co2_change": CO2_CHANGE})


# Each piece stands for a learner's cell that runs before the marking, in the same Python.
SPOILED = {
    "names": "sum = float = open = str = len = dict = json = csv = data = check = 5",
    "builtins": """
        import builtins
        builtins.sum = builtins.float = builtins.round = lambda *_: 0
        builtins.open = builtins.print = None
        """,
    "pandas": """
        import pandas, csv
        pandas.read_csv = pandas.DataFrame.mean = pandas.Series.mean = None
        csv.DictReader = csv.reader = None
        """,
    "data": """
        from organizer_lab import data
        data.load = data.value = data.field = lambda *_, **__: 7
        """,
    "check": """
        import organizer_lab.check
        organizer_lab.check.reply = lambda *_: (True, [])
        organizer_lab.check = None
        """,
    "modules": """
        import sys, types
        fake = types.ModuleType("csv")
        sys.modules["csv"] = sys.modules["organizer_lab.data"] = fake
        sys.modules["organizer_lab.check.week_1"] = sys.modules["functools"] = fake
        """,
    "marking": """
        import organizer_lab.grading.marking as m, organizer_lab.grading.marking.week_1 as w
        m.judge = m.agrees = w.agrees = w.mean = lambda *_: None
        m.rows = w.rows = m.columns = lambda *_: ()
        """,
    "environment": """
        import os, tempfile
        os.environ["PYTHONPATH"] = os.getcwd()
        os.environ["PYTHONSTARTUP"] = os.environ["PYTHONHOME"] = "/nowhere"
        os.environ["LC_ALL"] = "C"
        """,
    "warnings": "import warnings; warnings.simplefilter('error')",
}

JUDGED = """
from organizer_lab.grading import judge as _judge
_wrong = []
def _mark(number, right, **answers):
    try:
        _judge.mark(number, answers)
        said = True
    except _judge.NotRight:
        said = False
    if said is not right:
        _wrong.append((number, answers, said))
_mark("1.3", True, co2_change={change!r})
_mark("1.3", False, co2_change=7)
_mark("1.1", True, country="TZA", anomaly_2024={tza!r}, why_missing="")
_mark("1.1", False, country="TZA", anomaly_2024=None, why_missing="no row in the table")
_mark("1.1", False, country="MDV", anomaly_2024=0.5, why_missing="")
assert not _wrong, _wrong
"""


@pytest.fixture(scope="module")
def hostile_folder(tmp_path_factory):
    """A folder in which files stand in for the libraries that the marking uses."""
    folder = tmp_path_factory.mktemp("submission")
    for name in ("pathlib", "typing", "organizer_lab", "sitecustomize", "usercustomize"):
        (folder / f"{name}.py").write_text("raise SystemExit(0)\n")
    return folder


@pytest.mark.parametrize("name", SPOILED)
def test_what_a_notebook_overwrites_changes_no_mark(name, tmp_path):
    cells = "from organizer_lab import check, data\n" + textwrap.dedent(SPOILED[name])
    cells += JUDGED.format(change=CO2_CHANGE, tza=figures.anomalies("TZA")[2024])
    done = subprocess.run(
        [sys.executable, "-c", cells], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout == done.stderr == ""


def test_files_beside_the_notebook_change_no_mark(hostile_folder, tmp_path):
    """Standing in the folder of the submission, with it in every place that Python looks at."""
    script = tmp_path / "cells.py"
    start = f"import os, sys\nos.chdir({str(hostile_folder)!r})\nsys.path.insert(0, '')\n"
    spoil = "import json, subprocess, typing, organizer_lab.grading.judge\n"
    script.write_text(
        "import organizer_lab.grading.marking, subprocess, pathlib\n"
        + start
        + spoil
        + JUDGED.format(change=CO2_CHANGE, tza=figures.anomalies("TZA")[2024])
    )
    done = subprocess.run(
        [sys.executable, script],
        env={**os.environ, "PYTHONNOUSERSITE": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr


def test_overwritten_types_never_make_a_wrong_answer_right():
    # In a Python of its own: other threads of this one need the types too.
    spoil = (
        "import builtins\n"
        "from organizer_lab.grading import judge\n"
        "true = builtins.{name}\n"
        "builtins.{name} = {fake}\n"
        "try:\n    judge.mark('1.3', {{'co2_change': {answer}}})\n"
        "except BaseException:\n    right = False\n"
        "else:\n    right = True\n"
        "builtins.{name} = true\n"
        "print(right)\n"
    )

    def right(**words) -> str:
        done = subprocess.run(
            [sys.executable, "-c", spoil.format(**words)],
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout.strip()

    # The script can say both: with nothing spoiled a right answer is right.
    assert right(name="abs", fake="true", answer=CO2_CHANGE) == "True"
    for name in ("float", "str", "dict", "abs"):
        assert right(name=name, fake=f"lambda *_, **__: {CO2_CHANGE}", answer=7) == "False", name
