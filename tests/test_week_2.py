"""Week 2: answers for every language and country, mistakes that are named, plan, sheet, lesson."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from typing import ClassVar

import figures
import numpy as np
import pandas as pd
import pytest
import week
from every_week import EveryLesson, EverySheet
from figures import COUNTRIES, LANGUAGES
from week import both, said, spoken

from organizer_lab import check, course
from organizer_lab.errors import LabError
from organizer_lab.grading import judge
from organizer_lab.plan import GapNumber, GapRow, GapStatement, Place, Plan

WEEK = course.load().week("week-2")
LESSON = week.read(WEEK.lesson)
SOURCE = week.ROOT / "exercises/source/week-2/week-2.ipynb"
EDITIONS = {row["language_code"]: row for row in figures.rows("wikipedia_editions")}
MILLION = 1_000_000
WHY = "The table has no estimate."


def users(language: str) -> int:
    return int(EDITIONS[language]["language_users_estimate"] or 0)


def per_million(language: str, column: str = "articles") -> float:
    return float(EDITIONS[language][column]) / users(language) * MILLION


def group(language: str) -> list[str]:
    """Comparable editions, the best first."""
    mine = users(language)
    alike = [code for code in COUNTED if mine <= 2 * users(code) and users(code) <= 2 * mine]
    return sorted(alike, key=per_million, reverse=True)


def without(iso3: str) -> list[dict[str, str]]:
    """The country's languages without a Wikipedia, the largest first."""
    rows = [
        row
        for row in figures.rows("languages_by_country")
        if row["iso3"] == iso3 and row["language_code"] == ""
    ]
    return sorted(rows, key=lambda row: -float(row["population_share_pct"]))


COUNTED = [code for code in LANGUAGES if users(code)]
UNCOUNTED = [code for code in LANGUAGES if not users(code)]


def one(answer, language="sw", why="") -> dict:
    return {"language": language, "articles_per_million": answer, "why_missing": why}


def two(answer, language="sw") -> dict:
    return {"language": language, "editors_per_million": answer}


def three(rank, size, language="sw") -> dict:
    return {"language": language, "rank": rank, "group_size": size}


def four(name, country="TZA", why="") -> dict:
    return {"country": country, "largest_without": name, "why_none": why}


# -- every place -----------------------------------------------------------------------------


def digits(value: float) -> float:
    """Three leading digits, as the question allows."""
    return float(f"{value:.3g}")


def test_right_answers_of_every_language():
    for language in COUNTED:
        articles, editors = (
            per_million(language, column) for column in ("articles", "monthly_active_editors")
        )
        assert both("2.1", **one(digits(articles), language))
        assert both("2.2", **two(np.float64(editors), language))
        order = group(language)
        rank, size = order.index(language) + 1, len(order)
        assert both("2.3", **three(rank, size, language))
        assert not both("2.3", **three(rank + 1, size, language))
    for language in COUNTED[::10]:
        order = group(language)
        rank, size = float(order.index(language) + 1), np.int64(len(order))
        assert both("2.1", **one(per_million(language), language))
        assert both("2.3", **three(rank, size, language))
        for question, answers in (
            ("2.1", one(None, language, WHY)),
            ("2.2", two(None, language)),
            ("2.3", three(None, None, language)),
            ("2.3", three(rank, size + 1, language)),
        ):
            assert not both(question, **answers)


def test_languages_without_users_are_answered_with_none():
    assert {"la", "eo", "simple", "dag"} <= set(UNCOUNTED)
    for language in UNCOUNTED:
        assert both("2.1", **one(None, language, WHY))
        assert both("2.1", **one(None, language, "没有这种语言的人数估计"))
        assert both("2.2", **two(None, language))
        assert both("2.3", **three(None, None, language))
        assert "None is right. Now say" in said("2.1", **one(None, language))
    for language in ("la", "simple"):
        for wrong in (0, float("inf"), int(EDITIONS[language]["articles"]), "None", pd.NA):
            assert "Write None" in said("2.1", **one(wrong, language, WHY))
            assert "Write None" in said("2.2", **two(wrong, language))
            assert "Write None" in said("2.3", **three(wrong, None, language))
            assert "Write None" in said("2.3", **three(None, wrong, language))


def test_right_answers_of_every_country():
    for country in COUNTRIES:
        found = without(country)
        if not found:
            assert both("2.4", **four(None, country, "I looked in languages_by_country"))
            assert "say in why_none" in said("2.4", **four(None, country))
            assert "Write None" in said("2.4", **four("English", country, "in the table"))
            continue
        first = found[0]["population_share_pct"]
        for row in found:
            right = row["population_share_pct"] == first
            assert both("2.4", **four(f" {row['language'].upper()} ", country)) == right
        assert "None is not right" in said("2.4", **four(None, country, "in the table"))


def test_two_languages_of_one_size_are_both_right():
    ties = [
        (country, names)
        for country in COUNTRIES
        if len(found := without(country)) > 1
        and found[0]["population_share_pct"] == found[1]["population_share_pct"]
        for names in [[found[0]["language"], found[1]["language"]]]
    ]
    for country, names in [*ties, ("TZA", ["Sukuma"])]:
        assert all(both("2.4", **four(name, country)) for name in names)


def test_every_place_is_known_and_its_gap_is_told(capsys):
    for language in LANGUAGES:
        assert check.reply("2.0", {"country": "TZA", "language": language})[0]
        assert ("no estimate" in capsys.readouterr().out) == (language in UNCOUNTED)
    for country in COUNTRIES:
        assert check.reply("2.0", {"country": country, "language": "sw"})[0]


# -- mistakes --------------------------------------------------------------------------------

ARTICLES, EDITORS = per_million("sw"), per_million("sw", "monthly_active_editors")


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (int(EDITIONS["sw"]["articles"]), "total of articles"),
        (ARTICLES / MILLION, "per person"),
        (ARTICLES / 1000, "per thousand users"),
        (ARTICLES * 10, "zeros of one million"),
        (ARTICLES / 10, "zeros of one million"),
        (users("sw") / int(EDITIONS["sw"]["articles"]), "Turned round"),
        (users("sw"), "number of users"),
        (per_million("tl"), "number of Tagalog"),
        (EDITORS, "counts active editors"),
        (per_million("sw", "monthly_pageviews"), "counts page views"),
        (ARTICLES * 1.02, "three leading digits"),
        (7, "Divide the number"),
        (None, "None is not right"),
        (f"{ARTICLES:.0f}", "without quotation marks"),
        (float("inf"), "divided by zero"),
        (float("nan"), "'nan'"),
        (pd.Series([ARTICLES]), "holds 1 value. "),
        (True, "True or False"),
    ],
)
def test_mistakes_in_articles_are_named(value, phrase):
    assert phrase in said("2.1", **one(value))


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (float(EDITIONS["sw"]["monthly_active_editors"]), "total of active editors"),
        (per_million("sw", "monthly_editors"), "counts all editors"),
        (per_million("sw", "monthly_new_active_editors"), "counts new active editors"),
        (ARTICLES, "That counts articles"),
        (per_million("tl", "monthly_active_editors"), "number of Tagalog"),
        (users("sw") / float(EDITIONS["sw"]["monthly_active_editors"]), "Turned round"),
        (EDITORS / MILLION, "per person"),
        (round(EDITORS, 1), "Divide the number"),
        (round(EDITORS, 2), "three leading digits"),
    ],
)
def test_mistakes_in_editors_are_named(value, phrase):
    assert phrase in said("2.2", **two(value))


def test_the_lesson_s_language_left_in_is_named():
    assert "number of Swahili" in said("2.1", **one(ARTICLES, "om"))
    assert "number of Swahili" in said("2.2", **two(EDITORS, "om"))


SIZE, RANK = len(group("sw")), group("sw").index("sw") + 1
ALL = sorted(COUNTED, key=per_million, reverse=True)
BY_TOTAL = sorted(group("sw"), key=lambda code: -int(EDITIONS[code]["articles"]))


@pytest.mark.parametrize(
    ("rank", "size", "phrase"),
    [
        (RANK, SIZE - 1, "one is missing"),
        (RANK, len(LANGUAGES), "these are all editions"),
        (RANK, len(COUNTED), "these are all editions"),
        (RANK, sum(2 * users(c) >= users("sw") for c in COUNTED), "upper end"),
        (RANK, sum(users(c) <= 2 * users("sw") for c in COUNTED), "lower end"),
        (RANK, 77, "half to twice"),
        (SIZE + 1 - RANK, SIZE, "from the other end"),
        (ALL.index("sw") + 1, SIZE, "among all editions"),
        (BY_TOTAL.index("sw") + 1, SIZE, "by all articles"),
        (sorted(group("sw"), key=users, reverse=True).index("sw") + 1, SIZE, "by users"),
        (RANK + 1, SIZE, "one off"),
        (7.5, SIZE, "whole number"),
        (0, SIZE, "whole number"),
        (9, SIZE, "not your place"),
        (None, SIZE, "rank: the table has an estimate"),
        (RANK, "13", "group_size: This is text"),
    ],
)
def test_mistakes_in_the_rank_are_named(rank, size, phrase):
    assert phrase in said("2.3", **three(rank, size))


@pytest.mark.parametrize(
    ("name", "country", "phrase"),
    [
        ("English", "TZA", "has a Wikipedia"),
        ("sw", "TZA", "has a Wikipedia"),
        ("Hiligaynon", "TZA", "of another country"),
        ("Sukumo", "TZA", "Copy the name"),
        (5, "TZA", "quotation marks"),
        ("fuv", "NGA", "used by more people"),
        ("Sukuma", "TZ", "No country has the code"),
    ],
)
def test_mistakes_in_the_language_are_named(name, country, phrase):
    assert phrase in said("2.4", **four(name, country))


@pytest.mark.parametrize("number", ["2.1", "2.2", "2.3"])
def test_a_wrong_language_gets_no_points(number):
    for language in ("swa", "", None, 5, pd.NA):
        names = {"2.1": one(1, language), "2.2": two(1, language), "2.3": three(1, 1, language)}
        said(number, **names[number])


def test_no_wrong_answer_is_told_the_right_one():
    for language in COUNTED[::9]:
        secret = f"{per_million(language):,.4g}".replace(",", "")
        for value in (7, None, "x", 10 * per_million(language), EDITIONS[language]["articles"]):
            assert secret not in said("2.1", **one(value, language)).replace(",", "")
    for size in (1, 77, 264):
        assert not re.search(rf"\b{SIZE}\b", said("2.3", **three(RANK, size)))
    for name in ("English", "x", None):
        assert "Sukuma" not in said("2.4", **four(name))


ODD = [
    *(pd.NA, pd.Series([1.0]), np.array([1.0, 2.0]), 1j, {"part": "GapStatement"}, [1], (4, 1)),
    *(10**30, -1, True, b"7", float("nan"), object(), GapStatement, GapRow(), "\ud800", ...),
]


@pytest.mark.parametrize("position", range(len(ODD)))
def test_odd_answers_crash_neither(position):
    odd = ODD[position]
    for language in ("sw", "la"):
        assert not both("2.1", **one(odd, language, WHY))
        assert not both("2.2", **two(odd, language))
        assert not both("2.3", **three(odd, odd, language))
    for country in ("TZA", "NOR", odd):
        assert not both("2.4", **four(odd, country, WHY))
    for number in ("2.5", "2.6", "2.7"):
        assert not both(number, gap=odd)


# -- the plan part ---------------------------------------------------------------------------


def number(**changes) -> GapNumber:
    content = {
        "table": "wikipedia_editions",
        "column": "articles",
        "where": {"language_code": "sw"},
        "year": 2023,
        "value": ARTICLES,
        "per_million_users": True,
        "unit": "articles per million users",
    }
    return GapNumber(**{**content, **changes})


def row(subject="Drought", **changes) -> GapRow:
    content = {
        "subject": subject,
        "state": "missing",
        "looked_in": "Search on sw.wikipedia.org",
        "looked_on": "2026-03-02",
    }
    return GapRow(**{**content, **changes})


def gap(**changes) -> GapStatement:
    content = {
        "gap_type": "content",
        "content": "How to store water for a dry year.",
        "language": "sw",
        "for_whom": "Farmers around Dodoma",
        "number": number(),
        "gap_table": [row(), row("Sorghum"), row("Rainwater")],
    }
    return GapStatement(**{**content, **changes})


def lost(part: GapStatement) -> list[str]:
    """The questions that a part loses; check and marking must agree on each."""
    return [question for question in ("2.5", "2.6", "2.7") if not both(question, gap=part)]


def test_a_good_part():
    assert gap().problems() == [] and lost(gap()) == []


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({}, None),
        ({"value": digits(ARTICLES)}, None),
        ({"unit": "Articles per 1,000,000 speakers"}, None),
        ({"column": "monthly_active_editors", "value": EDITORS, "unit": "active editors per "
          "million users"}, None),
        ({"per_million_users": False, "value": 76358, "unit": "articles"}, None),
        ({"table": "mainpage_climate_by_language", "column": "days_with_climate_link",
          "per_million_users": False, "value": 12, "unit": "days", "year": 2024}, None),
        ({"per_million_users": False}, "is not what"),
        ({"value": 76358}, "is not what"),
        ({"value": None}, "value: Not written yet"),
        ({"value": pd.NA}, "value: Not written yet"),
        ({"value": np.float64("nan")}, "value: Not written yet"),
        ({"value": float("inf")}, "is not what"),
        ({"unit": "articles"}, "is not the unit"),
        ({"unit": "per million users"}, "is not the unit"),
        ({"unit": None}, "unit: Not written yet"),
        ({"year": None}, "year: Not written yet"),
        ({"baseline": "1991-2020"}, "not compared with a baseline"),
        ({"where": {}}, "Only a number of one Wikipedia"),
        ({"where": {"language_code": "swa"}}, "has no articles for"),
        ({"where": {"language_code": "la"}}, "no estimate of the users"),
        ({"where": {"language_code": "dag"}}, "no estimate of the users"),
        ({"column": "revert_rate"}, "fair as it is"),
        ({"column": "language_users_estimate"}, "fair as it is"),
        ({"column": "language"}, "holds no numbers"),
        ({"column": "article"}, "has no column 'article'"),
        ({"table": "co2_by_country", "column": "co2_mt"}, "Only a number of one Wikipedia"),
    ],
)  # fmt: skip
def test_rules_of_the_number(changes, phrase):
    part = gap(number=number(**changes))
    assert lost(part) == (["2.5"] if phrase else [])
    if phrase:
        assert phrase in " ".join(str(problem) for problem in part.problems())


def test_the_number_of_every_language():
    for language in COUNTED:
        fair = number(where={"language_code": language}, value=digits(per_million(language)))
        assert lost(gap(number=fair)) == []
    for language in UNCOUNTED:
        total = number(
            where={"language_code": language},
            value=int(EDITIONS[language]["articles"]),
            per_million_users=False,
            unit="articles",
        )
        assert lost(gap(number=total)) == []


TOMORROW = date.today() + timedelta(days=1)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"state": " Short "}, None),
        ({"looked_on": " 2026-03-02 "}, None),
        ({"looked_on": date(2026, 3, 2)}, None),
        ({"subject": " "}, "subject: Not written yet"),
        ({"subject": " sorghum"}, "stands twice"),
        ({"state": None}, "state: Not written yet"),
        ({"looked_in": ""}, "looked_in: Not written yet"),
        ({"looked_on": None}, "looked_on: Not written yet"),
        ({"looked_on": "2 March 2026"}, "is not a day"),
        ({"looked_on": "2026-02-30"}, "is not a day"),
        ({"looked_on": "20260302"}, "is not a day"),
        ({"looked_on": "1999-03-02"}, "began in January 2001"),
        ({"looked_on": str(TOMORROW + timedelta(days=2))}, "has not come yet"),
    ],
)
def test_rules_of_the_table(changes, phrase):
    part = gap(gap_table=[row(**changes), row("Sorghum"), row("Rainwater")])
    assert lost(part) == (["2.6"] if phrase else [])
    if phrase:
        assert phrase in " ".join(str(problem) for problem in part.problems())


@pytest.mark.parametrize(
    ("changes", "phrase", "question"),
    [
        ({"gap_type": "Contributor gap"}, None, ""),
        ({"content": "旱年怎样储水储种,斯瓦希里语里没有文章说明。"}, None, ""),
        ({"language": "Sukuma"}, None, ""),
        ({"gap_type": None}, "gap_type: Not written yet", "2.7"),
        ({"content": "Drought"}, "Write a whole sentence", "2.7"),
        ({"content": "  "}, "content: Not written yet", "2.7"),
        ({"language": None}, "language: Not written yet", "2.7"),
        ({"for_whom": "\t"}, "for_whom: Not written yet", "2.7"),
        ({"number": None}, "needs one number", "2.5"),
        ({"gap_table": []}, "three rows or more", "2.6"),
        ({"gap_table": [row(), row("Sorghum")]}, "three rows or more", "2.6"),
    ],
)
def test_rules_of_the_statement(changes, phrase, question):
    part = gap(**changes)
    assert lost(part) == ([question] if phrase else [])
    if phrase:
        assert phrase in " ".join(str(problem) for problem in part.problems())


@pytest.mark.parametrize(
    ("make", "phrase"),
    [
        (lambda: gap(gap_type="all"), "expected 'reader', 'contributor' or 'content', not 'all'"),
        (lambda: row(state="gone"), "GapRow, state: expected 'missing', 'short'"),
        (lambda: number(value="much"), "GapNumber, value: expected a number, not 'much'"),
        (lambda: number(per_million_users="maybe"), "GapNumber, per_million_users"),
        (lambda: gap(gap_table=["Drought"]), "GapStatement, gap_table.0"),
    ],
)
def test_what_cannot_be_is_said_in_words(make, phrase):
    with pytest.raises(LabError) as told:
        make()
    assert phrase in str(told.value) and "pydantic" not in str(told.value)


def test_a_part_that_was_changed_behind_its_back():
    wrong = gap()
    wrong.gap_table.append("one more")
    assert lost(wrong) == ["2.5", "2.6", "2.7"]


def test_a_dictionary_is_no_gap_statement():
    forged = {"part": "GapStatement", **gap().model_dump()}
    assert lost(forged) == ["2.5", "2.6", "2.7"]


def test_what_is_saved_comes_back_and_an_older_plan_is_read(tmp_path):
    path = tmp_path / "plan.json"
    place = Place(iso3="TZA", language_code="sw")
    Plan().put(place).save(path)
    old = Plan.load(path)
    assert old.gap_statement is None
    assert "Gap statement not there yet" in " ".join(old.show().split())
    old.put(gap()).save(path)
    assert Plan.load(path).gap_statement == gap()
    assert Plan.load(path).place == place
    content = json.loads(path.read_text(encoding="utf-8"))
    content["gap_statement"]["gap_type"] = "all"
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(LabError, match="gap_type: expected 'reader'"):
        Plan.load(path)


def test_every_description_is_a_sentence_for_a_learner():
    for kind in (GapStatement, GapNumber, GapRow):
        for name, field in kind.model_fields.items():
            assert field.description and field.description.endswith("."), name


# -- the sheet -------------------------------------------------------------------------------


class TestSheet(EverySheet):
    judged: ClassVar = {"judgement-2-8": 6}

    def untouched(self, done, folder):
        assert "There is no plan" in week.printed(done, "setup")

    def solved(self, done, plan):
        assert lost(plan.gap_statement) == []


WORDS = {
    "answer-2-6": 'looked_in, looked_on = "The search, and Wikidata", "2026-02-01"\n'
    + "\n".join(
        f'row_{n} = GapRow(subject="Subject {n}", state="short", looked_in=looked_in,'
        " looked_on=looked_on)"
        for n in (1, 2, 3)
    ),
    "answer-2-7": 'gap_type, for_whom = "reader", "Teachers in villages"\n'
    'content = "Teachers do not know that pages can be kept on a phone."',
}


@pytest.mark.slow
def test_a_place_without_data_from_its_plan(sheet, tmp_path):
    """Norway has no language without a Wikipedia in the table, Dagbani no estimate of users."""
    Plan().put(Place(iso3="NOR", language_code="dag")).save(tmp_path / "plan.json")
    answers = {
        "answer-2-1": 'articles_per_million, why_missing = None, "No estimate of its users."',
        "answer-2-2": "editors_per_million = None",
        "answer-2-3": "rank, group_size = None, None",
        "answer-2-4": 'largest_without, why_none = None, "I looked in languages_by_country."',
        "answer-2-5": 'number = GapNumber(table="wikipedia_editions", column="articles",\n'
        '    where={"language_code": language}, year=2023, value=6457, unit="articles")',
        **WORDS,
    }
    done = week.quietly(week.fill(sheet, answers), tmp_path)
    assert "country NOR, language dag" in week.printed(done, "setup")
    assert week.right(done) == [1, 2, 3, 4, 5, 6, 7]
    assert Plan.load(tmp_path / "plan.json").gap_statement.language == "dag"


@pytest.mark.slow
def test_the_folder_alone_is_enough(sheet, tmp_path):
    answers = {"answer-place": 'country, language = "KEN", "om"', **WORDS}
    done = week.run(week.fill(sheet, answers), tmp_path)
    assert "this looks right" in week.printed(done, "check-place")
    assert "this looks right" in week.printed(done, "test-2-6")
    assert "not yet" in week.printed(done, "test-2-1")


def test_the_real_judge():
    judge.mark("2.1", one(ARTICLES))
    for question in ("2.5", "2.6", "2.7"):
        judge.mark(question, {"gap": gap()})
    with pytest.raises(judge.NotRight, match=r"2\.6"):
        judge.mark("2.6", {"gap": gap(gap_table=[])})


# -- the lesson ------------------------------------------------------------------------------


class TestLesson(EveryLesson):
    typed: ClassVar = {
        "0": "the estimate that is zero",
        "1": "numbered lists",
        "2": "numbered lists, week 2",
        "3": "numbered lists",
        "4": "week 4",
        "6": "week 6",
    }
    met: ClassVar = {
        "Sort a gap into reader": ["three-kinds", "people"],
        "Compare Wikipedia editions fairly": ["totals", "per-million", "say-fair", "group-code"],
        "Read a table of quality and importance": ["quality-code", "quality-read", "say-quality"],
        "Say why a zero": ["best-why", "absence", "constant", "three-cares"],
        "Write a gap statement": ["statement", "number", "row", "whom"],
    }
    pictures = 1


@pytest.mark.slow
def test_the_explorer_and_the_examples(lesson):
    html = week.output(lesson, "explorer-show", "text/html")
    assert html.startswith('<figure class="ol-explorer">') and 20 <= html.count("<option") <= 40
    for name in ("number", "row"):
        assert week.output(lesson, name, "text/plain") == "Nothing to mend."


@pytest.mark.slow
def test_totals_and_fair_numbers(lesson):
    text = spoken(lesson, "say-totals")
    for code in ("ceb", "sw", "tl"):
        assert f"{int(EDITIONS[code]['articles']):,}" in text
    assert f"made {float(EDITIONS['ceb']['bot_edits_share']):.0%} of the edits" in text
    text = spoken(lesson, "say-fair")
    assert f"Swahili has **{ARTICLES:.0f}** articles" in text
    assert f"Tagalog **{per_million('tl'):.0f}**" in text
    # The order is turned round.
    assert int(EDITIONS["sw"]["articles"]) > int(EDITIONS["tl"]["articles"])
    assert per_million("tl") > ARTICLES


@pytest.mark.slow
def test_the_trap_of_the_best(lesson):
    text = spoken(lesson, "say-best")
    zeros = [r for r in EDITIONS.values() if r["language_users_estimate"] == "0"]
    assert all(each["language"] in text for each in zeros)
    best = max(COUNTED, key=per_million)
    assert f"Then comes {EDITIONS[best]['language']}, with {users(best):,} users" in text
    gaps = sum(each["language_users_estimate"] == "" for each in EDITIONS.values())
    assert f"And {gaps} editions, such as Simple English" in text
    assert EDITIONS["simple"]["language_users_estimate"] == ""


@pytest.mark.slow
def test_the_fewest_articles_and_the_rank(lesson):
    large = [code for code in COUNTED if users(code) >= 30_000_000]
    first, last = min(large, key=per_million), max(large, key=per_million)
    text = spoken(lesson, "say-large")
    assert f"Among {len(large)} Wikipedias whose language has at least 30 million users" in text
    assert f"**{EDITIONS[first]['language']}** has the fewest: **{per_million(first):.0f} " in text
    assert f"{EDITIONS[last]['language']}, at the other end, has {per_million(last):,.0f}" in text
    assert f"Swahili has rank **{RANK} of {SIZE}**" in spoken(lesson, "say-group")


@pytest.mark.slow
def test_the_factor_of_active_editors(lesson):
    text = spoken(lesson, "say-editors")
    tagalog, english = (per_million(c, "monthly_active_editors") / EDITORS for c in ("tl", "en"))
    assert f"**{EDITORS:.2f} active editors per million users**" in text
    assert f"one for every {1 / EDITORS:.1f} million" in text
    assert f"Tagalog has {tagalog:.1f} times as many, English {english:.0f} times" in text


MAINPAGE = figures.rows("mainpage_climate_by_language")


@pytest.mark.slow
def test_absences(lesson):
    text = spoken(lesson, "say-no-wiki")
    assert f"For Tanzania the table names: **{without('TZA')[0]['language']}**" in text
    assert f"Only {sum(bool(without(c)) for c in COUNTRIES)} countries" in text
    pidgin = next(each for each in MAINPAGE if each["language_code"] == "pcm")
    text = spoken(lesson, "say-absence")
    assert f"main page on {pidgin['days_observed']} days" in text
    assert f"has {sum(r['language_code'] not in EDITIONS for r in MAINPAGE)} codes" in text
    assert without("NGA")[0]["language"] == "Nigerian Pidgin" and "pcm" not in EDITIONS


@pytest.mark.slow
def test_the_work_list(lesson):
    cells = [
        (r["quality"], r["importance"], int(r["articles"]))
        for r in figures.rows("wikiproject_weather_quality")
        if r["quality"] not in ("List", "FL")
    ]
    weak = sum(n for quality, _, n in cells if quality in ("Stub", "Start"))
    needed = [(q, n) for q, importance, n in cells if importance in ("Top", "High")]
    urgent = sum(n for quality, n in needed if quality in ("Stub", "Start", "C"))
    text = spoken(lesson, "say-quality")
    assert f"**{weak / sum(n for *_, n in cells):.0%}** of the assessed articles" in text
    assert f"Stub or Start: {weak:,} pages" in text and f"only **{urgent}** articles" in text
    assert f"Stubs among them: {sum(n for q, n in needed if q == 'Stub')}." in text


@pytest.mark.slow
def test_the_constant(lesson):
    days = {r["language_code"]: r for r in MAINPAGE}
    every = [r for r in MAINPAGE if r["days_with_climate_link"] == r["days_observed"]]
    text = spoken(lesson, "say-constant")
    assert f"{len(every)} languages have a link on every day" in text
    assert f"English has one on {days['en']['days_with_climate_link']} days" in text
    assert f"Swahili on {days['sw']['days_with_climate_link']}, out of" in text
    fixed = [
        r
        for r in every
        if int(r["climate_links_total"]) == int(r["days_observed"]) * int(r["max_links_in_a_day"])
    ]
    never = sum(r["climate_links_total"] == "0" for r in MAINPAGE)
    text = spoken(lesson, "say-test")
    assert f"In {len(fixed)} of these {len(every)}" in text and f"And {never} languages" in text
