"""Week 5: answers for every country, mistakes that are named, the plan part, sheet and lesson."""

from __future__ import annotations

import json
import re
from typing import ClassVar

import figures
import numpy as np
import pandas as pd
import pytest
from every_week import EveryLesson, EverySheet
from figures import COUNTRIES, LANGUAGES
from week import both, fill, output, printed, quietly, right, said, spoken

from organizer_lab import check, course
from organizer_lab.errors import LabError
from organizer_lab.plan import ActionCard, CampaignModel, Evidence, Place, Plan

WEEK = course.load().week("week-5")
WHY = "No contest is recorded for us."
PROFILE = {row["iso3"]: row for row in figures.rows("country_profile")}


def contests(iso3: str) -> list[dict[str, str]]:
    """The rows of a country under its own code, oldest first."""
    found = [row for row in figures.rows("wle_by_country") if row["iso3"] == iso3]
    return sorted(found, key=lambda row: row["year"])


def near(iso3: str) -> list[str]:
    """The nearest countries with a contest, by the rule of the exercise."""
    known = [code for code in COUNTRIES if contests(code)]
    for column in ("un_subregion", "un_continent", "wikimedia_region"):
        own = PROFILE[iso3][column]
        if found := [code for code in known if own and PROFILE[code][column] == own]:
            return found
    return known


def ratio(row: dict[str, str], above: str = "uploads", times: int = 1) -> float:
    return times * int(row[above]) / int(row["uploaders"])


def share_new(row: dict[str, str]) -> float:
    return ratio(row, "new_uploaders", 100)


def forest(iso3: str) -> dict[int, float]:
    return {
        int(row["year"]): float(row["forest_share_pct"])
        for row in figures.rows("forest_by_country")
        if row["iso3"] == iso3
    }


TOOK_PART = [iso3 for iso3 in COUNTRIES if contests(iso3)]
NEVER = [iso3 for iso3 in COUNTRIES if not contests(iso3)]
WITH_FOREST = [iso3 for iso3 in COUNTRIES if forest(iso3)]
WITHOUT_FOREST = [iso3 for iso3 in COUNTRIES if not forest(iso3)]


def card(**changes) -> ActionCard:
    content = {
        "gap": "Swahili articles about protected areas have no photo.",
        "action": "Add one photo with a caption in Swahili",
        "steps": ["Open your page from the list.", "Choose Edit.", "Insert the photo.", "Publish."],
        "taught_min": 15,
        "done_min": 10,
        "success_size": 1,
        "success_unit": "photo with a caption",
        "success_kind": "image",
    }
    return ActionCard(**{**content, **changes})


def number(**changes) -> Evidence:
    content = {
        "table": "wle_by_country",
        "column": "uploaders",
        "where": {"iso3": "TZA"},
        "year": 2024,
        "value": float(contests("TZA")[-1]["uploaders"]),
        "unit": "accounts",
    }
    return Evidence(**{**content, **changes})


def model(**changes) -> CampaignModel:
    content = {
        "form": "micro-contribution",
        "resembles": "Wikipedia Pages Wanting Photos",
        "days": 14,
        "organized": "decentralised",
        "organized_because": "Three towns have clubs that choose their own day.",
        "local_support": "Each club gets the card, the list and a call on Friday.",
        "experienced_editors": "They check new captions every evening.",
        "evidence": number(),
        "action": card(),
    }
    return CampaignModel(**{**content, **changes})


# -- every place -----------------------------------------------------------------------------


def test_every_place_is_welcome(capsys):
    for country in COUNTRIES:
        assert check.reply("5.0", {"country": country, "language": "en"})[0]
        note = capsys.readouterr().out
        assert ("no row of its own" in note) == (country in NEVER)
        assert ("no row in forest_by_country" in note) == (country in WITHOUT_FOREST)
        if country in NEVER:
            codes = re.findall(r"\(([A-Z]{3})\)", note.split("such as")[1].split(". ")[0])
            assert codes and set(codes) <= set(near(country))
    for language in LANGUAGES:
        assert check.reply("5.0", {"country": "TZA", "language": language})[0]
    assert not check.reply("5.0", {"country": "tza", "language": "sw"})[0]


def test_notes_on_joint_areas_and_parts(capsys):
    for country, phrase in (
        ("AND", "together with others, as 'Andorra & Catalan areas'"),
        ("GBR", "rows of England, Northern Ireland, Scotland, Wales without a country code"),
        ("XKX", "rows of Albania & Kosovo without"),
    ):
        check.reply("5.0", {"country": country, "language": "en"})
        assert phrase in capsys.readouterr().out
    # Its name is a part of the name "Northern Ireland".
    check.reply("5.0", {"country": "IRL", "language": "en"})
    assert capsys.readouterr().out == ""


@pytest.mark.parametrize("country", TOOK_PART)
def test_right_answers_of_every_country_that_took_part(country):
    rows = contests(country)
    last = int(rows[-1]["year"])
    for count, year in ((len(rows), last), (np.int64(len(rows)), float(last))):
        assert both("5.1", **record(country, count, year))
    own = {"country": country, "contest_country": country}
    for value in (ratio(rows[-1]), round(ratio(rows[-1]), 1), np.float64(ratio(rows[-1]))):
        assert both("5.2", **own, photos_per_uploader=value)
    for value in (share_new(rows[-1]), round(share_new(rows[-1]), 1)):
        assert both("5.3", **own, new_share_pct=value)
    assert not both("5.1", **record(country, None, None, WHY))
    assert not both("5.2", **own, photos_per_uploader=None)
    other = "KEN" if country != "KEN" else "UGA"
    assert "has rows, so write its code" in said(
        "5.1", **record(country, len(rows), last, contest_country=other)
    )


@pytest.mark.parametrize("country", NEVER)
def test_right_answers_of_every_country_that_never_took_part(country):
    assert "None is right. Now say" in said(
        "5.1", **record(country, None, None, "", near(country)[0])
    )
    assert "nobody wrote a number down" in said(
        "5.1", **record(country, 0, None, WHY, near(country)[0])
    )
    assert "there is no row of" in said("5.1", **record(country, None, None, WHY, country))
    far = next((code for code in TOOK_PART if code not in near(country)), None)
    if far:
        assert "nearer" in said("5.1", **record(country, None, None, WHY, far))
    assert "has no row in the table" in said(
        "5.1", **record(country, None, None, WHY, "ATA" if country != "ATA" else "BVT")
    )
    for neighbour in (near(country)[0], near(country)[-1]):
        assert both("5.1", **record(country, None, None, WHY, neighbour))
    place = {"country": country, "contest_country": near(country)[-1]}
    row = contests(near(country)[-1])[-1]
    assert both("5.2", **place, photos_per_uploader=round(ratio(row), 1))
    assert both("5.3", **place, new_share_pct=round(share_new(row), 1))
    place["contest_country"] = country
    assert not both("5.2", **place, photos_per_uploader=ratio(row))


def test_forest_of_every_country():
    for country in WITH_FOREST:
        change = forest(country)[2015] - forest(country)[2000]
        for value in (change, round(change, 2), np.float32(round(change, 2))):
            assert both("5.4", country=country, forest_change=value, why_no_forest="")
        assert not both("5.4", country=country, forest_change=None, why_no_forest=WHY)
    for country in WITHOUT_FOREST:
        assert both("5.4", country=country, forest_change=None, why_no_forest=WHY)
        assert "Now say in why_no_forest" in said(
            "5.4", country=country, forest_change=None, why_no_forest=""
        )
        assert "Write None" in said("5.4", country=country, forest_change=0, why_no_forest=WHY)


def record(country, count, year, why="", contest_country=None) -> dict:
    return {
        "country": country,
        "contests": count,
        "last_year": year,
        "why_missing": why,
        "contest_country": contest_country or country,
    }


# -- mistakes --------------------------------------------------------------------------------

TZA, PHL = contests("TZA"), contests("PHL")
LAST = TZA[-1]
COUNT, YEAR = len(TZA), int(LAST["year"])


@pytest.mark.parametrize(
    ("count", "year", "phrase"),
    [
        (YEAR - int(TZA[0]["year"]) + 1, YEAR, "years in between too"),
        (sum(int(row["uploads"]) for row in TZA), YEAR, "number of photos"),
        (int(LAST["uploads"]), YEAR, "number of photos"),
        (13, YEAR, "count the rows of your country"),
        (COUNT, int(TZA[0]["year"]), "a later one too"),
        (COUNT, 2025, "no row of your country for that year"),
        (COUNT, None, "None is not right"),
        (COUNT, str(YEAR), "without quotation marks"),
        (pd.Series([COUNT]), YEAR, "contests: This holds 1 value. "),
        (True, YEAR, "True or False"),
    ],
)
def test_mistakes_in_the_record_are_named(count, year, phrase):
    assert phrase in said("5.1", **record("TZA", count, year))


def test_a_stand_in_that_is_no_country():
    for wrong in ("Kenya", " ", "\ud800", "x" * 1000):
        assert "has no row in the table" in said("5.1", **record("ETH", None, None, WHY, wrong))
    for wrong in (5, ["KEN"], {"KEN"}):
        assert "one code" in said("5.1", **record("ETH", None, None, WHY, wrong))


def total(column: str) -> int:
    return sum(int(row[column]) for row in TZA)


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (1 / ratio(LAST), "upside down"),
        (int(LAST["uploads"]), "number of photos"),
        (int(LAST["uploaders"]), "number of uploaders"),
        (int(LAST["uploads"]) / int(LAST["new_uploaders"]), "new uploaders only"),
        (ratio(TZA[0]), "value of 2019"),
        (round(ratio(TZA[0]), 1), "value of 2019"),
        (total("uploads") / total("uploaders"), "all years together"),
        (figures.average([ratio(row) for row in TZA]), "all years together"),
        (ratio(PHL[-1]), "value of Philippines"),
        (ratio(LAST) + 0.4, "one decimal"),
        (None, "None is not right"),
        (f"{ratio(LAST):.1f}".replace(".", ","), "point, not a comma"),
        (float("nan"), "'nan'"),
        (pd.Series([ratio(LAST)]), "holds 1 value. "),
        (777, "latest year"),
    ],
)
def test_mistakes_in_photos_per_uploader_are_named(value, phrase):
    assert phrase in said("5.2", country="TZA", contest_country="TZA", photos_per_uploader=value)


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (share_new(LAST) / 100, "multiply by 100"),
        (100 - share_new(LAST), "**not** new"),
        (int(LAST["new_uploaders"]), "number of new uploaders"),
        (100 * int(LAST["new_uploaders"]) / int(LAST["uploads"]), "divided by the photos"),
        (10000 / share_new(LAST), "upside down"),
        (share_new(TZA[2]), "value of 2021"),
        (100 * total("new_uploaders") / total("uploaders"), "all years together"),
        (share_new(PHL[-1]), "value of Philippines"),
        (share_new(LAST) + 0.3, "one decimal"),
        ("87", "without quotation marks"),
        (None, "None is not right"),
    ],
)
def test_mistakes_in_the_share_of_new_accounts_are_named(value, phrase):
    assert phrase in said("5.3", country="TZA", contest_country="TZA", new_share_pct=value)


def test_the_lesson_s_country_left_in_is_named():
    place = {"country": "NPL", "contest_country": "NPL"}
    assert "value of Tanzania" in said("5.2", **place, photos_per_uploader=ratio(LAST))
    change = forest("TZA")[2015] - forest("TZA")[2000]
    assert "value of Tanzania" in said("5.4", country="NPL", forest_change=change, why_no_forest="")


F = forest("TZA")


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (F[2000] - F[2015], "not the sign"),
        (F[2015], "share in one year"),
        (F[2000], "share of 2000"),
        (100 * (F[2015] - F[2000]) / F[2000], "percentage points"),
        ((F[2015] - F[2000]) / 100, "fraction of one"),
        ((F[2015] - F[2000]) / F[2000], "fraction **of the earlier forest**"),
        ((F[2015] - F[2000]) / 15, "change per year"),
        (F[2015] - F[2005], "begins in 2005"),
        (F[2015] - F[2010], "begins in 2010"),
        (F[2010] - F[2000], "ends in 2010"),
        (forest("PHL")[2015] - forest("PHL")[2000], "value of Philippines"),
        (F[2015] - F[2000] + 0.04, "two decimals"),
        (None, "None is not right"),
        ("-6.61", "without quotation marks"),
        (50, "four rows"),
    ],
)
def test_mistakes_in_the_forest_change_are_named(value, phrase):
    assert phrase in said("5.4", country="TZA", forest_change=value, why_no_forest="")


def test_no_wrong_answer_is_told_the_right_one():
    for country in TOOK_PART[::5]:
        rows = contests(country)
        place = {"country": country, "contest_country": country}
        for value in (int(rows[-1]["uploads"]), ratio(rows[0]), -1, None, "x", 0.5):
            for question, name, secret in (
                ("5.2", "photos_per_uploader", ratio(rows[-1])),
                ("5.3", "new_share_pct", share_new(rows[-1])),
            ):
                ok, sentences = check.reply(question, {**place, name: value})
                assert ok or f"{secret:.1f}" not in " ".join(sentences)
        # The number of years is short, so digits of other words could hide it.
        _, sentences = check.reply("5.1", record(country, 99, 1999))
        assert not re.search(rf"\b({len(rows)}|{rows[-1]['year']})\b", " ".join(sentences))


# -- the plan part ---------------------------------------------------------------------------

QUESTIONS = ("5.5", "5.6", "5.7")


def lost(**changes) -> list[str]:
    return [question for question in QUESTIONS if not both(question, model=model(**changes))]


def test_a_right_model():
    assert model().problems() == []
    assert lost() == []
    assert lost(form="Photography", organized="CENTRALIZED", days=1) == []
    assert lost(form="decentralized drive", days=28) == []
    assert model(form="Editathon").form == "edit-a-thon"
    assert model(form=" micro contribution").form == "micro-contribution"
    steps = [f"Step {n}." for n in range(7)]
    assert lost(action=card(steps=steps, done_min=0.5, success_size=300)) == []


@pytest.mark.parametrize(
    ("changes", "question", "phrase"),
    [
        ({"gap": None}, "5.5", "gap: Not written yet"),
        ({"gap": "No photos."}, "5.5", "six words or more"),
        ({"gap": "Our articles about forests have no photo; dates are old"}, "5.5", "like a list"),
        ({"action": " "}, "5.5", "action: Not written yet"),
        ({"action": "Add a photo\nTranslate a page"}, "5.5", "Choose one action"),
        ({"steps": []}, "5.5", "steps: Not written yet"),
        ({"steps": ["Edit the page."]}, "5.5", "One step hides others"),
        ({"steps": [f"Step {n}." for n in range(8)]}, "5.5", "8 steps are too many"),
        ({"steps": ["Open it.", " "]}, "5.5", "One of the steps is empty"),
        ({"steps": ["Open it.", "Save.", "open  it."]}, "5.5", "Two steps are the same"),
        ({"taught_min": 16}, "5.5", "too long to teach: 15 minutes"),
        ({"done_min": 10.5}, "5.5", "too long to do: 10 minutes"),
        ({"done_min": 0}, "5.5", "with a clock"),
        ({"done_min": float("nan")}, "5.5", "with a clock"),
        ({"taught_min": None}, "5.5", "taught_min: Not written yet"),
        ({"success_size": None}, "5.6", "success_size: Not written yet"),
        ({"success_size": 0}, "5.6", "above zero"),
        ({"success_size": 1e300}, "5.6", "above zero"),
        ({"success_unit": None}, "5.6", "success_unit: Not written yet"),
        ({"success_unit": "100"}, "5.6", "in words what is counted"),
        ({"success_kind": None}, "5.6", "success_kind: Not written yet"),
    ],
)
def test_each_rule_of_the_card_loses_its_own_points(changes, question, phrase):
    wrong = card(**changes)
    assert lost(action=wrong) == [question]
    assert phrase in said(question, model=model(action=wrong))


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"form": None}, "form: Not written yet"),
        ({"resembles": ""}, "resembles: Not written yet"),
        ({"organized": None}, "organized: Not written yet"),
        ({"organized_because": "It is easier."}, "six words or more"),
        ({"local_support": None}, "local_support: Not written yet"),
        ({"local_support": "We help."}, "six words or more"),
        ({"experienced_editors": None}, "experienced_editors: Not written yet"),
        ({"days": None}, "days: Not written yet"),
        ({"days": 0}, "from 1 to 366"),
        ({"days": 5000}, "from 1 to 366"),
        ({"form": "decentralised drive"}, "lasts a month or more"),
        (
            {"form": "decentralised drive", "days": 40, "organized": "centralised"},
            "cannot be centralised",
        ),
        ({"evidence": None}, "evidence: Not written yet"),
        ({"evidence": number(value=99)}, "is not what wle_by_country gives"),
        ({"evidence": number(value=None)}, "evidence, value: Not written yet"),
        ({"evidence": number(unit="photos")}, "is not the unit"),
        ({"evidence": number(unit=None)}, "evidence, unit: Not written yet"),
        ({"evidence": number(year=2023)}, "has no uploaders for"),
        ({"evidence": number(baseline="1991-2020")}, "baseline does not fit"),
    ],
)
def test_each_rule_of_the_model_loses_its_own_points(changes, phrase):
    assert lost(**changes) == ["5.7"]
    assert phrase in said("5.7", model=model(**changes))


def test_a_model_without_action():
    assert lost(action=None) == ["5.5", "5.6"]


def test_something_else_than_a_model():
    forged = {"part": "CampaignModel", **model().model_dump()}
    for wrong in (None, "model", 5, forged, CampaignModel, card(), pd.NA):
        for question in QUESTIONS:
            assert "is not a campaign model" in said(question, model=wrong)


def test_a_model_that_was_changed_behind_its_back():
    wrong = model()
    wrong.action.steps.append(5)
    assert "steps" in said("5.5", model=wrong)
    wrong = model()
    wrong.action.steps.append(" ")
    assert lost(action=wrong.action) == ["5.5"]


@pytest.mark.parametrize(
    "wrong",
    [{"form": "photos"}, {"organized": "both"}, {"days": 1.5}, {"days": "long"}, {"length": 3}],
)
def test_wrong_types_are_said_in_words(wrong):
    with pytest.raises(LabError, match=f"CampaignModel, {next(iter(wrong))}"):
        model(**wrong)


def test_the_part_survives_the_file(tmp_path):
    path = tmp_path / "plan.json"
    Plan().put(Place(iso3="TZA", language_code="sw"), model()).save(path)
    again = Plan.load(path)
    assert again.campaign_model == model()
    assert "Campaign model and action card complete" in " ".join(again.show().split())
    draft = model(action=None, form=...)
    assert Plan.load(path).put(draft).save(path).campaign_model == draft
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["campaign_model"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert Plan.load(path).campaign_model is None
    content["campaign_model"] = {"form": "photos"}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(LabError, match=r"plan\.json.*form: expected 'photography'"):
        Plan.load(path)


def test_a_plan_with_this_part_alone_shows_the_others_as_open():
    shown = Plan().put(model()).show()
    assert shown.startswith("1 of 9 parts complete")
    assert "week 1 Topic card not there yet week 2" in " ".join(shown.split())
    assert "- campaign_model" not in shown


# -- the sheet -------------------------------------------------------------------------------


class TestSheet(EverySheet):
    judged: ClassVar = {"judgement-5-8": 6}

    def untouched(self, done, folder):
        assert "There is no plan with your place" in printed(done, "setup")
        assert "first answer cell" in printed(done, "check-place")

    def solved(self, done, plan):
        assert plan.campaign_model.days == 14 and plan.campaign_model.problems() == []


@pytest.mark.slow
def test_a_place_of_the_plan_without_contest_and_forest(sheet, tmp_path):
    Plan().put(Place(iso3="MAC", language_code="zh")).save(tmp_path / "plan.json")
    neighbour = near("MAC")[0]
    answers = {
        "answer-5-1": 'wle = data.load("wle_by_country")\ncontests = last_year = None\n'
        f'why_missing = "No row for Macao."\ncontest_country = "{neighbour}"',
        "answer-5-3": 'share = record["new_uploaders"] / record["uploaders"]\n'
        "new_share_pct = 100 * share.item()",
        "answer-5-4": 'forest_change = None\nwhy_no_forest = "No row for Macao."',
    }
    done = quietly(fill(sheet, answers), tmp_path)
    assert "country MAC, language zh" in printed(done, "setup")
    notes = printed(done, "check-place")
    assert "no row of its own" in notes and "no row in forest_by_country" in notes
    assert right(done) == [1, 3, 4]
    plan = Plan.load(tmp_path / "plan.json")
    assert plan.place.iso3 == "MAC" and plan.campaign_model.evidence.where == {"iso3": neighbour}


# -- the lesson ------------------------------------------------------------------------------


class TestLesson(EveryLesson):
    typed: ClassVar = {
        "5": "week 5",
        "4": "Wiki4Climate",
        "15": "minutes to teach",
        "10": "minutes to do",
    }
    met: ClassVar = {
        "Name the type of real campaigns": ["two-halves", "types"],
        "Compute contributions per contributor": ["my-contest", "say-contest", "unfinished"],
        "Choose a centralised or a decentralised form": ["who-runs", "countries", "defend"],
        "Write an editing action": ["action", "card", "card-small", "clock"],
        "Define a successful edit": ["success"],
    }
    borrowed: ClassVar = {"country_profile"}
    pictures = 4


WORLD = {int(row["year"]): row for row in figures.rows("wle_international")}


def photos(year: int, wanted) -> int:
    rows = figures.rows("wle_by_country")
    return sum(int(r["uploads"]) for r in rows if int(r["year"]) == year and wanted(r))


@pytest.mark.slow
def test_the_numbers_that_the_lesson_says(lesson):
    rights = {
        row["metric"]: int(row["value"])
        for row in figures.rows("campaign_results")
        if (row["campaign"], row["year"]) == ("WikiForHumanRights", "2020")
    }
    each = rights["articles_edited"] / rights["editors"]
    text = spoken(lesson, "say-rights")
    assert f"{rights['editors']} editors worked on more than {rights['articles_edited']}" in text
    assert f"**{each:.1f} articles for each editor**" in text

    many = max(TZA, key=lambda row: int(row["uploaders"]))
    few = min(TZA, key=lambda row: int(row["uploaders"]))
    text = spoken(lesson, "say-contest")
    assert f"**{len(TZA)} years**" in text
    assert f"In {many['year']}, {many['uploaders']} people gave **{ratio(many):.1f} photos" in text
    assert f"**{share_new(many):.0f}%** of them were new" in text
    assert f"In {few['year']} only {few['uploaders']} people took part" in text
    assert f"gave {ratio(few):.1f} photos each, and {share_new(few):.0f}% were new" in text

    text = spoken(lesson, "say-philippines")
    assert f"{share_new(PHL[0]):.0f}% of the uploaders were new in {PHL[0]['year']}" in text
    assert f"and {share_new(PHL[-1]):.0f}% in {PHL[-1]['year']}" in text
    assert [int(row["year"]) for row in PHL] == list(range(2018, 2026))

    text = spoken(lesson, "say-twice")
    assert f"The sum is {photos(2025, lambda row: True):,}" in text
    assert f"the sum is **{photos(2025, lambda row: row['iso3']):,}**" in text
    parts = photos(2024, lambda row: row["area_type"] == "constituent")
    assert f"and {parts:,} photos stand only in the rows of its parts" in text
    assert not [row for row in contests("GBR") if row["year"] == "2024"]
    # The rows without a code hold photos of the rows with a code, as the text says.
    for kind, codes in (("constituent", ["GBR"]), ("joint", ["ALB", "XKX"])):
        again = photos(2025, lambda row, kind=kind: row["area_type"] == kind)
        first = photos(2025, lambda row, codes=codes: row["iso3"] in codes)
        assert again == pytest.approx(first, rel=0.01)

    people = sum(
        int(contest["uploaders"])
        for code in TOOK_PART
        for contest in contests(code)
        if contest["year"] == "2019"
    )
    text = spoken(lesson, "say-people")
    assert f"add up to {people:,} uploaders" in text
    assert f"published {int(WORLD[2019]['uploaders']):,}" in text

    assert [year for year, row in WORLD.items() if row["complete"] != "True"] == [2022]
    text = spoken(lesson, "say-used")
    assert "The row of 2022 is **not complete**" in text
    assert f"with {int(WORLD[2022]['uploads']):,} photos" in text
    assert f"countries has {photos(2022, lambda row: row['iso3']):,}" in text
    old = {name: int(WORLD[2017][name]) for name in ("uploads", "images_used", "uploaders")}
    text = spoken(lesson, "say-2017")
    assert f"of {old['uploads']:,} photos of 2017, {old['images_used']:,} were" in text
    assert f"**{100 * old['images_used'] / old['uploads']:.0f}%**" in text
    new = int(WORLD[2017]["new_uploaders"])
    assert f"{100 * new / old['uploaders']:.0f}% of the uploaders" in text

    codes = set(re.findall(r"\b[A-Z]{3}\b", output(lesson, "neighbours", "text/plain")))
    assert codes == set(near("ETH")) and "ETH" in NEVER

    text = spoken(lesson, "say-forest")
    change = F[2015] - F[2000]
    assert f"from {F[2000]:.2f}% of the land to {F[2015]:.2f}%" in text
    assert f"**{change:.2f} percentage points**" in text
    assert f"**{100 * change / F[2000]:.1f} per cent**" in text
    for code in ("PHL", "VNM"):
        assert forest(code)[2015] > forest(code)[2000]

    africa = {
        row["metric"]: int(row["value"])
        for row in figures.rows("campaign_results")
        if row["campaign"] == "Africa Environment WikiFocus"
    }
    text = spoken(lesson, "say-countries")
    assert f"in {WORLD[2013]['countries']} country in 2013" in text
    assert f"in {WORLD[2023]['countries']} countries in 2023" in text
    grant = africa["microgrants_total_usd"] / africa["microgrants_selected"]
    assert f"{africa['microgrants_selected']} of {africa['microgrant_applications']}" in text
    assert f"**{grant:,.0f} US dollars**" in text
    assert f"more than {africa['events']} events in {africa['countries']} countries" in text

    assert "too long to teach" in output(lesson, "card", "text/plain")
    assert output(lesson, "card-small", "text/plain") == "Nothing to mend."
    assert 20 <= output(lesson, "explorer-show", "text/html").count("<option") <= 40
