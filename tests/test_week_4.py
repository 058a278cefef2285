"""Week 4: its answers for every place, its plan part, its sheet and its lesson."""

from __future__ import annotations

import contextlib
import io
import json
import re
from typing import ClassVar

import figures
import numpy as np
import pytest
import week
from every_week import EveryLesson, EverySheet
from figures import COUNTRIES, LANGUAGES, average
from week import both, said, spoken

from organizer_lab import check, course
from organizer_lab.errors import LabError
from organizer_lab.grading import judge
from organizer_lab.plan import Idea, IdeaMatrix, Place, Plan

WEEK = course.load().week("week-4")


# -- the numbers, from the tables alone ------------------------------------------------------

CO2 = figures.rows("co2_by_country")
NOW = {row["iso3"]: row for row in CO2 if row["year"] == "2023"}
CUMULATIVE = sum(float(row["cumulative_co2_mt"]) for row in NOW.values())


def per_person(iso3: str, year: str = "2023") -> float | None:
    row = next((r for r in CO2 if r["iso3"] == iso3 and r["year"] == year), None)
    if row is None or not row["population"]:
        return None
    return float(row["co2_mt"]) * 1e6 / int(row["population"])


def share(iso3: str) -> float | None:
    return 100 * float(NOW[iso3]["cumulative_co2_mt"]) / CUMULATIVE if iso3 in NOW else None


def recorded(iso3: str) -> dict[str, int]:
    return {
        row["year"]: int(row["new_displacements"])
        for row in figures.rows("disaster_displacement")
        if row["iso3"] == iso3
    }


def counts(iso3: str) -> tuple[int, int, int]:
    """Rows of emissions, and of their joins with displacement on the country, and on both."""
    years = [row["year"] for row in CO2 if row["iso3"] == iso3]
    return len(years), len(years) * len(recorded(iso3)), len(set(years) & set(recorded(iso3)))


ROWS = ("rows_before", "rows_by_country", "rows_by_country_and_year")


def joined(iso3: str, **changes) -> dict:
    return {"country": iso3, **dict(zip(ROWS, counts(iso3), strict=True)), **changes}


def one(answer, country="TZA", why="") -> dict:
    return {"country": country, "tonnes_per_person": answer, "why_missing": why}


def of_all(answer, country="TZA") -> dict:
    return {"country": country, "cumulative_share_pct": answer}


def moved(number, years, country="TZA") -> dict:
    return {"country": country, "displacements": number, "years_recorded": years}


# -- every place -----------------------------------------------------------------------------


def test_the_tables_have_the_gaps_that_the_tests_speak_of():
    assert {c for c in COUNTRIES if c in NOW and per_person(c) is None} == {"ATA", "CXR"}
    assert not recorded("LVA") and not recorded("SMR") and "SMR" not in NOW
    assert "2010" not in recorded("TZA") and len(recorded("TZA")) == 8


def test_right_answers_of_every_country():
    for country in COUNTRIES:
        true = per_person(country)
        if true is None:
            assert both("4.1", **one(None, country, "not in the table"))
            assert not both("4.1", **one(None, country))
            assert not both("4.1", **one(0, country, "not in the table"))
        else:
            for answer in (true, round(true, 2), np.float64(true)):
                assert both("4.1", **one(answer, country))
            assert not both("4.1", **one(None, country, "not in the table"))
            assert not both("4.1", **one(0, country))
        part = share(country)
        if part is None:
            assert both("4.2", **of_all(None, country)) and not both("4.2", **of_all(0.0, country))
        else:
            for answer in (part, float(f"{part:.3g}"), np.float32(part)):
                assert both("4.2", **of_all(answer, country))
            assert not both("4.2", **of_all(None, country))
            assert not both("4.2", **of_all(part / 100, country))
            assert not both("4.2", **of_all(part * 1.02, country))
        years = recorded(country)
        if years:
            assert both("4.3", **moved(sum(years.values()), len(years), country))
            assert both("4.3", **moved(np.int64(sum(years.values())), len(years), country))
            assert not both("4.3", **moved(None, len(years), country))
            assert not both("4.3", **moved(sum(years.values()), len(years) + 1, country))
        else:
            assert both("4.3", **moved(None, 0, country))
            assert not both("4.3", **moved(0, 0, country))
            assert not both("4.3", **moved(None, 10, country))
        assert both("4.4", **joined(country))


def test_every_country_and_language_is_a_place():
    with contextlib.redirect_stdout(io.StringIO()) as heard:
        for country in COUNTRIES:
            assert check.reply("4.0", {"country": country, "language": "sw"})[0]
        notes = heard.getvalue()
        for language in LANGUAGES:
            assert check.reply("4.0", {"country": "TZA", "language": language})[0]
    assert "San Marino has no row in co2_by_country." in notes
    assert "Latvia has no row in disaster_displacement." in notes
    assert "Tanzania has no row" not in notes
    assert not check.reply("4.0", {"country": "Tanzania", "language": "sw"})[0]


def test_without_a_place_the_first_answer_cell_is_named():
    for number in ("4.0", "4.1"):
        names = check._CHECKS[number][0] if number in check._CHECKS else ("country", "language")
        text = " ".join(check.reply(number, dict.fromkeys(names, ...))[1])
        assert "first answer cell" in text


# -- the common mistakes ---------------------------------------------------------------------

TZA = per_person("TZA")


@pytest.mark.parametrize(
    ("answer", "hint"),
    [
        (float(NOW["TZA"]["co2_mt"]), "Divide it by the number of inhabitants"),
        (float(NOW["TZA"]["co2_mt"]) * 1e6, "Divide it by the number of inhabitants"),
        (TZA / 1e6, "a million tonnes are 1,000,000 tonnes"),
        (TZA * 1000, "a million tonnes are 1,000,000 tonnes"),
        (1 / TZA, "Divide the other way round"),
        (per_person("TZA", "2010"), "That is the value of 2010"),
        (per_person("PHL"), "That is the value of the Philippines|of Philippines"),
        (
            float(NOW["TZA"]["cumulative_co2_mt"]) * 1e6 / int(NOW["TZA"]["population"]),
            "the sum of all years",
        ),
        (round(TZA, 1), "Give two decimals"),
        (None, "None is not right"),
        ("0,27", "Write a point"),
        (77.7, "divided by the inhabitants"),
    ],
)
def test_mistakes_in_emissions_per_person(answer, hint):
    text = said("4.1", **one(answer, why="not in the table"))
    assert re.search(hint, text)
    assert f"{TZA:.2f}" not in text


def test_mistakes_in_the_share():
    row = NOW["IND"]
    mine, true = float(row["cumulative_co2_mt"]), share("IND")
    world = 1000 * sum(
        float(r["fossil_co2_gt"])
        for r in figures.rows("global_climate_annual")
        if r["fossil_co2_gt"] and int(r["year"]) <= 2023
    )
    every = sum(float(r["cumulative_co2_mt"]) for r in CO2)
    own = sum(float(r["cumulative_co2_mt"]) for r in CO2 if r["iso3"] == "IND")
    people = sum(int(r["population"]) for r in NOW.values() if r["population"])
    emitted = sum(float(r["co2_mt"]) for r in NOW.values())
    for answer, hint in (
        (true / 100, "times 100"),
        (true * 100, "only once"),
        (100 * float(row["co2_mt"]) / emitted, "share of 2023 alone"),
        (100 * mine / world, "ships and planes"),
        (100 * mine / every, "rows of several years"),
        (100 * own / every, "rows of several years"),
        (100 * int(row["population"]) / people, "share of the world's people"),
        (mine, "amount in million tonnes"),
        (CUMULATIVE / mine, "other way round"),
        (share("TZA"), "That is the share of Tanzania"),
        (true * 1.02, "three leading digits"),
        (None, "None is not right"),
        (50.5, "part of the sum"),
    ):
        text = said("4.2", **of_all(answer, "IND"))
        assert hint in text, (answer, text)
        assert f"{true:.2f}" not in text


def test_mistakes_in_displacements():
    years = recorded("TZA")
    total = sum(years.values())
    people = next(r for r in figures.rows("country_profile") if r["iso3"] == "TZA")
    everybody = sum(int(r["new_displacements"]) for r in figures.rows("disaster_displacement"))
    for answer, hint in (
        (total / 8, "mean of the recorded years"),
        (total / 10, "divided by ten years"),
        (years["2016"], "value of 2016 alone"),
        (1000 * total / int(people["population_2023"]), "per 1,000 inhabitants"),
        (everybody, "sum of all countries"),
        (total * counts("TZA")[0], "after a join on the country alone"),
        (sum(recorded("PHL").values()), "Philippines"),
        (round(total, -4), "without rounding"),
        (None, "None is not right"),
    ):
        text = said("4.3", **moved(answer, 8))
        assert hint in text, (answer, text)
        assert f"{total}" not in text and f"{total:,}" not in text
    assert "the whole span" in said("4.3", **moved(total, 10))
    assert "count the rows" in said("4.3", **moved(total, 9)).lower()
    assert "0 would be a claim" in said("4.3", **moved(0, 0, "LVA"))


def test_mistakes_in_joins():
    before, times, common = counts("TZA")
    whole = len(CO2)
    for changes, hint in (
        ({"rows_before": whole}, "rows_before: that is the whole table"),
        ({"rows_before": len(recorded("TZA"))}, "counts the displacement rows"),
        ({"rows_by_country": common}, "join on two columns"),
        ({"rows_by_country_and_year": times}, "each year meets every other year"),
        ({"rows_by_country_and_year": before}, "Join without how="),
        ({"rows_by_country": before + len(recorded("TZA"))}, "rows of both tables"),
        ({"rows_by_country": 5}, "not this number"),
        ({"rows_before": [1, 2]}, "len(...) counts rows"),
    ):
        text = said("4.4", **joined("TZA", **changes))
        assert hint in text, (changes, text)
        for true in (before, times, common):
            assert not re.search(rf"\b{true}\b", text.replace("1,000", "")), text


# -- the plan part ---------------------------------------------------------------------------

GOOD = {
    "heard_from": "Nurses at two clinics",
    "needs": "Families do not know which water is safe.\nLeaflets exist in English only.",
    "ideas": "Translate ten pages\nPhoto walk along the river\nA timeline of floods\n"
    "Add sources to a page\nA quiz for schools",
    "scores": "5 4\n2 4\n3 2\n2 5\n3 3",
    "first_opposite": "essential",
    "second_opposite": "Feasible ",
    "chosen": 1,
    "reason": "Families can look up which water is safe.",
    "exception": "",
}
RULES = ("4.5", "4.6", "4.7")


def matrix(**changes) -> IdeaMatrix:
    return IdeaMatrix.from_lines(**{**GOOD, **changes})


def lost(**changes) -> list[str]:
    return [number for number in RULES if not both(number, matrix=matrix(**changes))]


def test_a_good_matrix():
    good = matrix()
    assert good.problems() == [] and lost() == []
    assert good.second_opposite == "feasible"
    assert good.best() == [1]
    assert good.ranking().splitlines()[0] == " 9 points: 1. Translate ten pages (5 and 4)"
    chart = good.chart()
    assert "essential 5, feasible 4" in chart.alt and "Translate ten pages" in chart.alt
    assert "optional" in chart.svg and "impractical" in chart.svg
    for number in RULES:
        judge.mark(number, {"matrix": good})


LONG = "People asked for this one first, and they will help."


@pytest.mark.parametrize(
    ("changes", "field", "phrase", "points"),
    [
        ({"heard_from": ...}, "heard_from", "Not written yet", ["4.5"]),
        ({"heard_from": " "}, "heard_from", "Not written yet", ["4.5"]),
        ({"needs": "...\n...\n"}, "needs", "Not written yet", ["4.5"]),
        ({"needs": "Families miss safe water."}, "needs", "at least two needs", ["4.5"]),
        ({"needs": "Families miss safe water.\nLeaflets"}, "needs", "very short", ["4.5"]),
        ({"ideas": ""}, "ideas", "Not written yet", ["4.5", "4.6", "4.7"]),
        (
            {"ideas": "One idea\nTwo ideas\n...", "scores": "1 2\n1 1"},
            "ideas",
            "2 ideas so far",
            ["4.5"],
        ),
        (
            {"ideas": GOOD["ideas"].replace("A quiz for schools", "photo  walk along the RIVER")},
            "ideas",
            "Ideas 2 and 5 are the same",
            ["4.5"],
        ),
        (
            {"ideas": GOOD["ideas"].replace("A quiz for schools", "Quiz")},
            "ideas",
            "Idea 5 needs a few words",
            ["4.5"],
        ),
        ({"first_opposite": ...}, "first_opposite", "Not written yet", ["4.6"]),
        ({"first_opposite": "slow"}, "first_opposite", "Write 'quick'", ["4.6"]),
        ({"second_opposite": "feasable"}, "second_opposite", "mean feasible?", ["4.6"]),
        ({"second_opposite": "cheap"}, "second_opposite", "Choose one of", ["4.6"]),
        ({"first_opposite": "feasible"}, "second_opposite", "two different", ["4.6"]),
        ({"scores": "5 4\n2 4\n3 2\n2 5"}, "scores", "Idea 5 has no two scores", ["4.6"]),
        ({"scores": "5 4\n2 4\n3 2\n2 5\n3"}, "scores", "Idea 5 has no two scores", ["4.6"]),
        ({"scores": "5 4\n2 4\n3 2\n2 5\n4.5 3"}, "scores", "Idea 5 has no two", ["4.6"]),
        ({"scores": "5 4\n2 4\n3 2\n2 6\n3 3"}, "scores", "Idea 4: 6 is not from 1", ["4.6"]),
        ({"scores": "5 4\n2 4\n3 2\n2 5\n0 3"}, "scores", "Idea 5: 0 is not from 1", ["4.6"]),
        ({"scores": "5 4\n2 4\n3 2\n2 5\n-3 3"}, "scores", "Idea 5: -3 is not", ["4.6"]),
        ({"scores": ...}, "scores", "Idea 1 has no two scores", ["4.6", "4.7"]),
        ({"chosen": ...}, "chosen", "Not written yet", ["4.7"]),
        ({"chosen": 6}, "chosen", "There is no idea 6", ["4.7"]),
        ({"chosen": 0}, "chosen", "There is no idea 0", ["4.7"]),
        ({"chosen": 2}, "exception", "Idea 1 has more points than idea 2", ["4.7"]),
        ({"chosen": 2, "exception": "I like it"}, "exception", "more points", ["4.7"]),
        ({"reason": ...}, "reason", "Not written yet", ["4.7"]),
        ({"reason": "It is good"}, "reason", "whole sentence", ["4.7"]),
    ],
)
def test_each_broken_rule_is_said_and_loses_its_own_points(changes, field, phrase, points):
    told = matrix(**changes).problems()
    assert any(p.field == field and phrase in p.text for p in told), told
    assert lost(**changes) == points


@pytest.mark.parametrize(
    ("need", "idea", "reason"),
    [
        ("洪水后的家庭不知道哪些水可以喝", "翻译十个页面", "家庭可以用自己的语言查到安全的水"),
        (
            "洪水の後どの水が安全か分からない",
            "ページを翻訳する",
            "安全な水を自分の言葉で調べる",
        ),
        ("ครอบครัวไม่รู้ว่าน้ำไหนปลอดภัย", "แปลสิบหน้า", "ครอบครัวค้นหาน้ำที่ปลอดภัยได้"),
    ],
)
def test_scripts_without_spaces_have_words_too(need, idea, reason):
    ideas = GOOD["ideas"].replace("A quiz for schools", idea)
    assert lost(needs=f"{need}\n{need}", ideas=ideas, reason=reason) == []
    assert lost(needs=need[:3] + "\n" + need, reason=reason[:6]) == ["4.5", "4.7"]


def test_an_argued_exception_and_a_tie_are_fine():
    assert lost(chosen=2, exception=LONG) == []
    assert lost(scores="5 4\n4 5\n3 2\n2 5\n3 3", chosen=2) == []
    assert lost(chosen="1") == []


@pytest.mark.parametrize(
    "scores",
    [
        "5 4\n\n2 4\n3, 2\n2/5\n3-3\n",
        "1: 5 4\n2: 2 4\n3: 3 2\n4: 2 5\n5: 3 3",
        "5: 3 3\n4: 2 5\n3: 3 2\n2: 2 4\n1: 5 4",
        "5 and 4\n2 and 4\n3 and 2\n2 and 5\n3 and 3",
        ["5 4", "2 4", "3 2", "2 5", "3 3"],
        [(5, 4), (2, 4), (3, 2), (2, 5), (3, 3)],
    ],
)
def test_scores_may_be_written_in_many_ways(scores):
    assert matrix(scores=scores) == matrix()


def test_lines_may_have_bullets_and_numbers():
    ideas = "\n".join(f"{n}. {line}" for n, line in enumerate(GOOD["ideas"].splitlines(), 1))
    assert matrix(ideas=ideas) == matrix()
    assert matrix(ideas=GOOD["ideas"].replace("\n", "\n - ")) == matrix()
    assert matrix(ideas=GOOD["ideas"].splitlines()) == matrix()
    years = matrix(ideas=GOOD["ideas"].replace("A quiz", "2030 quiz"))
    assert years.ideas[4].text == "2030 quiz for schools"


def test_odd_values_are_said_in_words():
    for changes, phrase in (
        ({"chosen": "first"}, "expected a number"),
        ({"chosen": 1.5}, "chosen"),
        ({"heard_from": 5}, "heard_from"),
    ):
        with pytest.raises(LabError) as told:
            matrix(**changes)
        assert phrase in str(told.value) and "pydantic" not in str(told.value)
    for odd in (5, None, {"a": 1}, [None, 5, object()]):
        empty = IdeaMatrix.from_lines(needs=odd, ideas=odd, scores=odd)
        assert empty.ideas == [] and empty.needs == []
    assert "no scores yet: 1. Translate" in matrix(scores="").ranking()
    assert "No idea has its scores yet" in matrix(scores="9 9").chart().alt
    assert "upwards means high" in matrix(second_opposite="slow").chart().caption


def test_what_is_no_matrix_gets_no_points():
    forged = {"part": "IdeaMatrix", **matrix().model_dump()}
    for odd in (5, None, "x", forged, matrix().model_dump(), Place(iso3="TZA"), [matrix()]):
        for number in RULES:
            assert not both(number, matrix=odd)
    for odd in (None, 5, {"text": "two words", "first": 1, "second": 1}):
        changed = matrix()
        changed.ideas.append(odd)
        for number in RULES:
            assert not both(number, matrix=changed)
    changed = matrix()
    changed.needs.append(5)
    assert not both("4.5", matrix=changed)


def test_it_travels_through_the_plan(tmp_path):
    path = tmp_path / "plan.json"
    Plan().put(Place(iso3="TZA", language_code="sw"), matrix()).save(path)
    back = Plan.load(path)
    assert back.idea_matrix == matrix() and back.idea_matrix.ideas[0] == Idea(
        text="Translate ten pages", first=5, second=4
    )
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["idea_matrix"]
    path.write_text(json.dumps(content), encoding="utf-8")
    older = Plan.load(path)
    assert older.idea_matrix is None and older.place.iso3 == "TZA"
    content["idea_matrix"] = {"ideas": [{"text": "x", "frist": 1}]}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(LabError, match="frist: this field is not known"):
        Plan.load(path)


# -- the sheet -------------------------------------------------------------------------------


class TestSheet(EverySheet):
    judged: ClassVar = {"judgement-4-8": 6}

    def untouched(self, done, folder):
        plan = Plan.load(folder / "plan.json")
        for number in RULES:
            assert not both(number, matrix=plan.idea_matrix)


@pytest.mark.slow
def test_a_place_without_data_with_the_plan_beside_the_sheet(sheet, tmp_path):
    Plan().put(Place(iso3="SMR", language_code="it")).save(tmp_path / "plan.json")
    answers = {
        "answer-4-1": 'tonnes_per_person = None\nwhy_missing = "No row for San Marino."\n'
        'emissions = data.load("co2_by_country")',
        "answer-4-2": "cumulative_share_pct = None",
        "answer-4-3": 'displaced = data.load("disaster_displacement")\n'
        "displacements, years_recorded = None, 0",
        "answer-4-4": 'mine = emissions[emissions["iso3"] == country]\n'
        "rows_before = len(mine)\n"
        'rows_by_country = len(mine.merge(displaced, on="iso3"))\n'
        'rows_by_country_and_year = len(mine.merge(displaced, on=["iso3", "year"]))',
    }
    done = week.quietly(week.fill(sheet, answers), tmp_path)
    assert week.replies(done)["4.0"] == "this looks right"
    assert week.right(done) == [1, 2, 3, 4]
    plan = Plan.load(tmp_path / "plan.json")
    assert plan.place.iso3 == "SMR" and plan.idea_matrix is not None


# -- the lesson ------------------------------------------------------------------------------

PROFILE = {row["iso3"]: row for row in figures.rows("country_profile")}


def of_region(region: str, column: str) -> float:
    """The sum of the countries of a region in 2023."""
    return sum(
        float(row[column])
        for iso3, row in NOW.items()
        if row[column] and region == PROFILE[iso3]["wikimedia_region"]
    )


def in_a_region(column: str) -> float:
    return sum(
        float(row[column])
        for iso3, row in NOW.items()
        if row[column] and PROFILE[iso3]["wikimedia_region"]
    )


@pytest.mark.slow
def test_the_first_join(lesson):
    text = spoken(lesson, "say-join")
    assert f"There were {len(NOW)} rows of emissions, and there are {len(NOW)} after" in text
    assert f"had {len(PROFILE)} rows; {len(set(PROFILE) - set(NOW))} of its places" in text
    assert "PRI" not in NOW and "SMR" not in NOW
    assert "Puerto Rico and San Marino" in text


@pytest.mark.slow
def test_shares_by_region(lesson):
    text = spoken(lesson, "say-shares")

    def part(region: str, column: str) -> str:
        return f"{100 * of_region(region, column) / in_a_region(column):.1f}%"

    africa, north, east = (
        "Sub-Saharan Africa",
        "North America",
        "East, Southeast Asia, & Pacific",
    )
    assert f"live {part(africa, 'population')} of the people" in text
    assert f"gave off {part(africa, 'co2_mt')} of the CO₂ of 2023" in text
    assert f"and {part(africa, 'cumulative_co2_mt')} of all CO₂" in text
    assert f"North America has {part(north, 'population')} of the people" in text
    assert f"{part(north, 'co2_mt')} of the year and {part(north, 'cumulative_co2_mt')}" in text
    assert f"{part(east, 'co2_mt')} of the year, but {part(east, 'cumulative_co2_mt')}" in text


@pytest.mark.slow
def test_the_example_country(lesson):
    text = spoken(lesson, "say-country")
    assert f"Tanzania gave off **{per_person('TZA'):.2f} tonnes for each person**" in text
    assert f"**{share('TZA'):.4f}%**: the cell gives {share('TZA') / 100:.6f}" in text


@pytest.mark.slow
def test_ships_and_planes(lesson):
    countries = sum(float(row["co2_mt"]) for row in NOW.values()) / 1000
    world = next(r for r in figures.rows("global_climate_annual") if r["year"] == "2023")
    gap = float(world["fossil_co2_gt"]) - countries
    south = of_region("Sub-Saharan Africa", "co2_mt") / 1000
    assert 0 < south < gap
    text = spoken(lesson, "say-world")
    assert (
        f"give {countries:.1f} billion tonnes, the world {float(world['fossil_co2_gt']):.1f}"
        in (text)
    )
    assert f"missing {gap:.1f} billion" in text and f"Africa, {south:.1f} billion" in text


@pytest.mark.slow
def test_the_join_that_multiplies_and_the_join_that_loses(lesson):
    rows = sum(counts(iso3)[1] for iso3 in PROFILE)
    total = sum(recorded("TZA").values())
    times = counts("TZA")[0]
    text = spoken(lesson, "say-multiply")
    assert f"The result has {rows:,} rows" in text
    assert f"it counts {times * total:,} displacements; the table itself has {total:,}" in text
    assert f"{times} times too many" in text
    text = spoken(lesson, "say-lose")
    everything = len(figures.rows("disaster_displacement"))
    assert f"{sum(counts(iso3)[2] for iso3 in PROFILE)} rows of {everything} are left" in text
    assert f"Tanzania's {len(recorded('TZA'))} years only {counts('TZA')[2]}" in text
    years = {r["year"] for r in CO2} & {r["year"] for r in figures.rows("disaster_displacement")}
    assert f"only the years {' and '.join(sorted(years))} in common" in text


@pytest.mark.slow
def test_displacements_for_a_thousand_inhabitants(lesson):
    tza, phl = (
        1000 * sum(recorded(code).values()) / int(PROFILE[code]["population_2023"])
        for code in ("TZA", "PHL")
    )
    text = spoken(lesson, "say-thousand")
    assert f"{tza:.1f} displacements are recorded in Tanzania and {phl:.0f} in the Phil" in text


@pytest.mark.slow
def test_an_absent_year_is_no_zero(lesson):
    years = recorded("TZA")
    gaps = [str(year) for year in range(2008, 2018) if str(year) not in years]
    text = spoken(lesson, "say-absent")
    assert f"With zeros the mean is {sum(years.values()) / 10:,.0f}" in text
    assert f"of the {len(years)} recorded years it is {average([*years.values()]):,.0f}" in text
    assert f"for {' and '.join(gaps)} the table has no row" in text
    first, last = (
        sum(row["year"] == year for row in figures.rows("disaster_displacement"))
        for year in ("2008", "2017")
    )
    assert f"{first} countries have a row in 2008 and {last} in 2017" in text


@pytest.mark.slow
def test_deaths_for_the_same_coverage(lesson):
    deaths = {
        row["category"]: int(row["equal_coverage_casualties"])
        for row in figures.rows("disaster_news_coverage")
    }
    assert deaths["Europe"] == deaths["Volcano"] == 1
    latin = deaths["South and Central America"]
    text = spoken(lesson, "say-news")
    assert f"as much as {deaths['Africa']} in Africa, {deaths['Asia']} in Asia" in text
    assert f"{deaths['Pacific']} in the Pacific" in text
    assert f"{deaths['Africa']} ÷ {latin} = {deaths['Africa'] / latin:.0f}" in text


@pytest.mark.slow
def test_the_worked_matrix(lesson):
    ranking = week.printed(lesson, "matrix").splitlines()
    assert ranking[0].startswith(" 9 points: 1. Translate ten short pages")
    text = spoken(lesson, "say-matrix")
    assert "number 1, with 9 points" in text and "only 1 for feasible" in text
    years = recorded("TZA")
    worst = max(years, key=years.get)
    text = spoken(lesson, "say-four")
    assert f"records {years[worst]:,} displacements in Tanzania in {worst}" in text


@pytest.mark.slow
def test_the_explorers(lesson):
    assert week.output(lesson, "explorer-show", "text/html").count('"src"') == 13
    html = week.output(lesson, "explorer-2-show", "text/html")
    assert 20 <= html.count("<option") <= 40 and "Tanzania" in html


class TestLesson(EveryLesson):
    typed: ClassVar = {
        "1": "numbered lists, the lowest score",
        "3": "numbered lists, iso3",
        "4": "numbered lists, week 4",
        "5": "the highest score",
        "100": "per cent",
        "1,000": "per 1,000 inhabitants",
        "2": "numbered lists, CO2",
    }
    met: ClassVar = {
        "Record needs heard": ["listen", "ideas"],
        "List many ideas": ["many", "ideas"],
        "Score ideas on two opposites": ["opposites", "scores", "matrix-chart"],
        "Join tables without losing": ["join-code", "multiply-code", "lose-code"],
        "Justify the chosen idea": ["four", "say-four"],
    }
    pictures = 3
    own = 1
