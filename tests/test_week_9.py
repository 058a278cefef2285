"""Week 9: answers for every country, mistakes that are named, the plan part, sheet and lesson."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import ClassVar

import figures
import numpy as np
import pandas as pd
import plans
import pytest
from every_week import EveryLesson, EverySheet
from figures import COUNTRIES, LANGUAGES
from week import both, fill, output, printed, quietly, right, said, spoken

from organizer_lab import check, course
from organizer_lab.errors import LabError
from organizer_lab.export.folder import FILES
from organizer_lab.plan import EvaluationPlan, FollowUp, Place, Plan, rows

WEEK = course.load().week("week-9")
WHY = "No later contest is recorded."
PROFILE = {row["iso3"]: row for row in figures.rows("country_profile")}


def people_by_year(iso3: str) -> dict[int, int]:
    """The uploaders of each contest of a country under its own code."""
    return {
        int(row["year"]): int(row["uploaders"])
        for row in figures.rows("wle_by_country")
        if row["iso3"] == iso3
    }


def best(iso3: str) -> tuple[int, int | None]:
    """The first year with the most uploaders, and the uploaders of the next row."""
    years = people_by_year(iso3)
    top = next(year for year in sorted(years) if years[year] == max(years.values()))
    return top, next((years[year] for year in sorted(years) if year > top), None)


TOOK_PART = [iso3 for iso3 in COUNTRIES if people_by_year(iso3)]
NEVER = [iso3 for iso3 in COUNTRIES if not people_by_year(iso3)]


def near(iso3: str) -> list[str]:
    """The nearest countries with a contest, by the rule of the exercise."""
    for column in ("un_subregion", "un_continent", "wikimedia_region"):
        own = PROFILE[iso3][column]
        if found := [code for code in TOOK_PART if own and PROFILE[code][column] == own]:
            return found
    return TOOK_PART


# -- the invented programmes, computed once more ---------------------------------------------


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC")


class Programme:
    """Counts of one invented programme, by the standard library."""

    def __init__(self, number: str):
        def mine(table: str) -> list[dict[str, str]]:
            return [r for r in figures.rows(table) if f"programme_{number}_" in r["course_slug"]]

        self.course = mine("invented_dashboard_course")[0]
        self.people, self.pages = (
            mine("invented_dashboard_editors"),
            mine("invented_dashboard_articles"),
        )
        self.start, self.end = (moment(self.course[n]) for n in ("start_date", "end_date"))
        self.names = {row["username"] for row in self.people}
        self.busy = {r["username"] for r in self.people if r["revisions_during_project"] != "0"}
        self.new = {
            row["username"]
            for row in self.people
            if self.start <= moment(row["registered_at"]) <= self.end
        }
        self.later = [
            r for r in figures.rows("invented_later_edits") if r["Username"] in self.names
        ]

    def stayed(self, days=7, *, who=None, home=True, article=True) -> set[str]:
        limit = self.end + timedelta(days=days)
        return {
            row["Username"]
            for row in self.later
            if moment(row["Timestamp"]) > limit
            and (not home or row["Domain"] == self.course["home_wiki"])
            and (not article or ":" not in row["Page_title"])
        } & (self.new if who is None else who)

    def made(self, *, live=True, article=True, home=True, listed=True, new=True) -> int:
        titles = {
            row["title"].replace(" ", "_")
            for row in figures.rows("climate_articles_views")
            if row["language_code"] == "en"
        }
        return sum(
            (not new or row["new"] == "true")
            and (not live or row["deleted"] == "false")
            and (not article or row["namespace"] == "0")
            and (not home or row["wiki"] == self.course["home_wiki"])
            and (not listed or row["title"] in titles)
            for row in self.pages
        )


ONE, TWO = Programme("one"), Programme("two")
NEW, KEPT, OWN = len(TWO.new), len(TWO.stayed()), TWO.made()


def test_right_answers_about_programme_two():
    for value in (NEW, np.int64(NEW), float(NEW)):
        assert both("9.1", new_editors=value)
    for value in (KEPT, np.int64(KEPT)):
        assert both("9.2", retained=value)
    for value in (OWN, np.int64(OWN)):
        for answer in (False, np.bool_(False)):
            assert both("9.3", own_created=value, target_met=answer)
    assert OWN < 12 <= int(TWO.course["articles_created"])


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (len(TWO.people), "everybody who joined"),
        (len(TWO.busy), "everybody who edited"),
        (len(TWO.new & TWO.busy), "without an edit"),
        (
            sum(moment(row["registered_at"]) >= TWO.start for row in TWO.people),
            "registered after the end",
        ),
        (sum(moment(row["registered_at"]) <= TWO.end for row in TWO.people), "before the start"),
        (len(ONE.new), "programme one"),
        (len(ONE.new) + NEW, "both programmes"),
        (3, "Compare registered_at"),
        (None, "This is None"),
        ("22", "without quotation marks"),
        (pd.Series([NEW]), "holds 1 value. "),
        (True, "True or False"),
    ],
)
def test_mistakes_in_new_editors_are_named(value, phrase):
    assert phrase in said("9.1", new_editors=value)


def seventh_day() -> int:
    """The people that are counted where the seventh day counts, too."""
    day = TWO.end.date() + timedelta(days=7)
    return len(
        TWO.stayed()
        | {
            row["Username"]
            for row in TWO.later
            if moment(row["Timestamp"]).date() == day
            and row["Domain"] == TWO.course["home_wiki"]
            and ":" not in row["Page_title"]
            and row["Username"] in TWO.new
        }
    )


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (len(TWO.stayed(0, who=TWO.names, home=False, article=False)), "Three conditions"),
        (len(TWO.stayed(0, home=False, article=False)), "every new editor with a later edit"),
        (len(TWO.stayed(0)), "first seven days"),
        (len(TWO.stayed(who=TWO.names)), "not new, too. Keep only"),
        (len(TWO.stayed(who=TWO.names, home=False, article=False)), "every kind of page. Keep"),
        (len(TWO.stayed(home=False, article=False)), "every kind of page on every wiki"),
        (len(TWO.stayed(article=False)), "talk pages or user pages"),
        (len(TWO.stayed(home=False)), "other wiki"),
        (seventh_day(), "seventh day itself"),
        (len(TWO.stayed() & TWO.busy), "made no edit while"),
        (len(TWO.stayed(30)), "30 days"),
        (len(ONE.stayed()), "programme one"),
        (NEW, "question 9.1"),
        (KEPT / NEW, "That is a share"),
        (100 * KEPT / NEW, "share in per cent"),
        (0, "step by step"),
        (None, "This is None"),
    ],
)
def test_mistakes_in_retained_editors_are_named(value, phrase):
    assert phrase in said("9.2", retained=value)


@pytest.mark.parametrize(
    ("value", "phrase"),
    [
        (TWO.made(home=False, listed=False), "number of the course file"),
        (TWO.made(live=False, article=False, home=False, listed=False), "all rows with new"),
        (TWO.made(article=False, home=False, listed=False), "user pages are no articles"),
        (TWO.made(live=False), "deleted since."),
        (TWO.made(live=False, home=False, listed=False), "deleted since, and"),
        (TWO.made(listed=False), "not on the campaign's list"),
        (TWO.made(new=False), "Keep only new ones"),
        (ONE.made(), "programme one"),
        (0, "underscores"),
        (99, "Keep rows that are new"),
        ("10", "without quotation marks"),
    ],
)
def test_mistakes_in_own_articles_are_named(value, phrase):
    assert phrase in said("9.3", own_created=value, target_met=False)


@pytest.mark.parametrize(
    ("met", "phrase"), [(True, "compare your number"), ("no", "True or False"), (0, "True or")]
)
def test_mistakes_about_the_target_are_named(met, phrase):
    assert phrase in said("9.3", own_created=OWN, target_met=met)


def test_no_wrong_answer_is_told_the_right_one():
    for value in (0, 1, 999, -5, None, "x"):
        for number, name, secret in (
            ("9.1", "new_editors", NEW),
            ("9.2", "retained", KEPT),
            ("9.3", "own_created", OWN),
        ):
            sentences = check.reply(number, {name: value, "target_met": False})[1]
            plain = re.sub(r"(question )?\d\.\d|7 days|namespace \d", "", " ".join(sentences))
            assert not re.search(rf"\b{secret}\b", plain), plain


# -- every place -----------------------------------------------------------------------------


def test_every_place_is_welcome(capsys):
    for country in COUNTRIES:
        assert check.reply("9.0", {"country": country, "language": "en"})[0]
        assert ("no row of its own" in capsys.readouterr().out) == (country in NEVER)
    for language in LANGUAGES:
        assert check.reply("9.0", {"country": "TZA", "language": language})[0]
    assert not check.reply("9.0", {"country": "tza", "language": "sw"})[0]


def after(country, year, people, why="", contest_country=None) -> dict:
    return {
        "country": country,
        "contest_country": contest_country or country,
        "best_year": year,
        "after_best": people,
        "why_none": why,
    }


def test_right_answers_of_every_country_that_took_part():
    for country in TOOK_PART:
        year, people = best(country)
        if people is None:
            assert both("9.4", **after(country, year, None, WHY))
            assert "Now say in why_none" in said("9.4", **after(country, year, None))
            assert "no row is not a zero" in said("9.4", **after(country, year, 0, WHY))
        else:
            assert both("9.4", **after(country, year, people))
            assert both("9.4", **after(country, np.int64(year), float(people), WHY))
            assert "None is not right" in said("9.4", **after(country, year, None, WHY))
        for wrong in set(people_by_year(country)) - {year}:
            assert not both("9.4", **after(country, wrong, people, WHY))
    assert len(TOOK_PART) > 90 and sum(best(code)[1] is None for code in TOOK_PART) > 20


def test_right_answers_of_every_country_that_never_took_part():
    for country in NEVER:
        neighbour = near(country)[-1]
        year, people = best(neighbour)
        assert both("9.4", **after(country, year, people, WHY, neighbour))
        assert "there is no row of" in said("9.4", **after(country, year, people, WHY))
    assert "nearer" in said("9.4", **after("ETH", *best("PHL"), WHY, "PHL"))
    assert "has rows, so write its code" in said("9.4", **after("TZA", *best("KEN"), "", "KEN"))


YEAR, NEXT = best("TZA")
AFTER = next(
    row
    for row in figures.rows("wle_by_country")
    if row["iso3"] == "TZA" and int(row["year"]) > YEAR
)


@pytest.mark.parametrize(
    ("year", "people", "phrase"),
    [
        (max(people_by_year("TZA").values()), NEXT, "asks for the year"),
        (2024, NEXT, "has most photos"),
        (2021, NEXT, "another year of Tanzania"),
        (None, NEXT, "best_year: This is None"),
        (str(YEAR), NEXT, "without quotation marks"),
        (YEAR, max(people_by_year("TZA").values()), "that is the best year itself"),
        (YEAR, int(AFTER["year"]), "that is the year"),
        (YEAR, int(AFTER["uploads"]), "those are photos"),
        (YEAR, int(AFTER["new_uploaders"]), "new uploaders only"),
        (YEAR, max(people_by_year("TZA").values()) - NEXT, "the difference"),
        (YEAR, people_by_year("TZA")[2024], "the latest year"),
        (YEAR, 999, "below the one of the best year"),
        (YEAR, "17", "after_best: This is text"),
    ],
)
def test_mistakes_about_the_best_year_are_named(year, people, phrase):
    assert phrase in said("9.4", **after("TZA", year, people))


def test_the_earlier_of_two_equal_years():
    years = people_by_year("GNB")
    assert list(years.values()) == [max(years.values())] * 2
    assert both("9.4", **after("GNB", min(years), years[max(years)]))
    assert "Take the earlier one" in said("9.4", **after("GNB", max(years), None, WHY))


# -- the plan part ---------------------------------------------------------------------------

QUESTIONS = ("9.5", "9.6", "9.7")


def evaluation(**changes) -> EvaluationPlan:
    return EvaluationPlan(**{**plans.evaluation_plan().model_dump(), **changes})


def lost(**changes) -> list[str]:
    return [number for number in QUESTIONS if not both(number, evaluation=evaluation(**changes))]


def follow(text: str) -> list[FollowUp]:
    return rows(text, FollowUp, "subject", "on", "action", "owner")


PEOPLE = "people | 2027-03-28 | Thank each person | trainer"
CONTENT = "content | 2027-04-06 | Mend new pages | trainer"


def test_a_right_evaluation_plan():
    assert evaluation().problems() == []
    assert lost() == []
    assert lost(retention_on="2027-03-28\n- 2027-04-20") == []
    assert lost(retention_on=["2027-03-28", "2027-04-11"]) == []
    assert lost(follow_up=follow(f"People|2027-03-28|Thank each person|trainer\n{CONTENT}")) == []
    # Scripts without spaces between words are welcome.
    assert (
        lost(scope="登録した人の編集だけを数えます。", judging="二人が出典と事実と言葉を見ます。")
        == []
    )


@pytest.mark.parametrize(
    ("changes", "question", "phrase"),
    [
        ({"scope": None}, "9.5", "scope: Not written yet"),
        ({"scope": "All edits."}, "9.5", "of 6 words"),
        ({"attribution": " "}, "9.5", "attribution: Not written yet"),
        ({"attribution": "We count everything."}, "9.5", "whole sentence"),
        ({"if_missed": "We talk."}, "9.5", "whole sentence"),
        ({"compare_on": None}, "9.5", "compare_on: Not written yet"),
        ({"compare_on": "20 April"}, "9.5", "'20 April' is no day"),
        ({"compare_on": "2027-02-30"}, "9.5", "is no day"),
        ({"retention_on": []}, "9.5", "retention_on: Not written yet"),
        ({"retention_on": ["2027-03-28"]}, "9.5", "One look shows no change"),
        ({"retention_on": ["2027-03-28", "soon"]}, "9.5", "'soon' is no day"),
        ({"retention_on": ["2027-04-20", "2027-03-28"]}, "9.5", "in order"),
        ({"retention_on": ["2027-03-28", "2027-03-28"]}, "9.5", "in order"),
        ({"retention_on": ["2027-03-28", "2027-04-10"]}, "9.5", "14 days or more"),
        ({"judging": None}, "9.6", "judging: Not written yet"),
        ({"judging": "A jury decides what is best."}, "9.6", "by which criteria"),
        ({"recognition": "We say thanks."}, "9.6", "whole sentence"),
        ({"follow_up": []}, "9.6", "follow_up: Not written yet"),
        ({"follow_up": follow(PEOPLE)}, "9.6", "no follow-up for content"),
        ({"follow_up": follow(CONTENT)}, "9.6", "no follow-up for people"),
        (
            {"follow_up": follow(f"{PEOPLE}\n{CONTENT}\n | 2027-05-01 | Meet once more | trainer")},
            "9.6",
            "follow_up 3, subject: Not written yet",
        ),
        (
            {"follow_up": follow(f"{PEOPLE}\ncontent | May | Mend new pages | trainer")},
            "9.6",
            "follow_up 2, on: 'May' is no day",
        ),
        (
            {"follow_up": follow(f"{PEOPLE}\ncontent | 2027-05-01 | Mend | trainer")},
            "9.6",
            "three words or more",
        ),
        (
            {"follow_up": follow(f"{PEOPLE}\ncontent | 2027-05-01 | Mend new pages")},
            "9.6",
            "owner: Not written yet",
        ),
        ({"peer_week_3": None}, "9.7", "peer_week_3: Not written yet"),
        ({"peer_week_3": "Very good."}, "9.7", "how would such a person differ"),
        ({"peer_week_9": "Very good."}, "9.7", "what would you ask"),
        ({"peer_week_9": plans.evaluation_plan().peer_week_3}, "9.7", "feedback of week 3"),
    ],
)
def test_each_rule_loses_its_own_points(changes, question, phrase):
    assert lost(**changes) == [question]
    assert phrase in said(question, evaluation=evaluation(**changes))


def test_something_else_than_an_evaluation_plan():
    forged = {"part": "EvaluationPlan", **evaluation().model_dump()}
    for wrong in (None, "plan", 5, forged, EvaluationPlan, FollowUp(), pd.NA):
        for question in QUESTIONS:
            assert "is not an evaluation plan" in said(question, evaluation=wrong)
    changed = evaluation()
    changed.follow_up.append("content")
    assert "holds what is not FollowUp" in said("9.6", evaluation=changed)


@pytest.mark.parametrize("wrong", [{"subject": "pages"}, {"who": "trainer"}, {"on": 5}])
def test_wrong_types_are_said_in_words(wrong):
    with pytest.raises(LabError, match=f"FollowUp, {next(iter(wrong))}"):
        FollowUp(**wrong)


def test_the_part_survives_the_file(tmp_path):
    path = tmp_path / "plan.json"
    Plan().put(Place(iso3="TZA", language_code="sw"), evaluation()).save(path)
    assert Plan.load(path).evaluation_plan == evaluation()
    draft = evaluation(compare_on=..., retention_on=[..., "2027-04-20"])
    assert draft.retention_on == ["2027-04-20"]
    assert Plan.load(path).put(draft).save(path).evaluation_plan == draft
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["evaluation_plan"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert Plan.load(path).evaluation_plan is None


# -- the sheet -------------------------------------------------------------------------------


class TestSheet(EverySheet):
    judged: ClassVar = {"judgement-9-8": 6}

    def untouched(self, done, folder):
        assert "There is no plan with your place" in printed(done, "setup")
        shown = output(done, "export", "text/html")
        assert re.findall(r"<code>([a-z_]+\.[a-z]+)</code>", shown) == [
            name for name in FILES if name != "certificate.txt"
        ]
        assert not (folder / "export").exists()

    def before(self, folder):
        """The plan of the other weeks: all nine fit together."""
        whole = plans.complete_plan()
        whole.evaluation_plan = None
        whole.save(folder / "plan.json")

    def solved(self, done, plan):
        assert "The end of your event, week 7: 2027-03-20" in printed(done, "earlier")
        assert "9 of 9 parts complete" in output(done, "show-plan", "text/plain")
        assert output(done, "plan-problems", "text/plain") == "Nothing to mend."
        assert plan.evaluation_plan.compare_on == "2027-04-20"

    def test_the_files_that_it_promises(self, sheet):
        text = next(each.source for each in sheet.cells if each.id == "files")
        assert set(re.findall(r"`([a-z_]+\.[a-z]+)`", text)) == set(FILES)
        assert "Nothing is sent anywhere" in text and "70 per cent" in text


@pytest.mark.slow
def test_a_place_of_the_plan_without_a_contest(sheet, tmp_path):
    Plan().put(Place(iso3="MAC", language_code="zh")).save(tmp_path / "plan.json")
    neighbour = near("MAC")[0]
    year, people = best(neighbour)
    answers = {
        "answer-9-4": f'wle = data.load("wle_by_country")\ncontest_country = "{neighbour}"\n'
        f'best_year, after_best = {year}, {people}\nwhy_none = "No row after that year."'
    }
    done = quietly(fill(sheet, answers), tmp_path)
    assert "no row of its own" in printed(done, "check-place")
    assert right(done) == [4]


# -- the lesson ------------------------------------------------------------------------------


class TestLesson(EveryLesson):
    typed: ClassVar = {
        "9": "week 9",
        "6": "week 6",
        "7": "days of the definition",
        "30": "days, and people of an example",
        "90": "days",
        "25": "people of an example",
    }
    met: ClassVar = {
        "Compute new and retained editors": ["new-definition", "new-code", "sieves", "retained"],
        "Compare results with targets": ["why", "report", "say-report", "why-words"],
        "Separate what the campaign caused": ["own", "say-share", "anyway", "regression"],
        "Write a follow-up plan": ["first-plan", "first-plan-mended", "better-plan"],
        "Export the whole plan": ["whole", "next"],
    }
    pictures = 2


@pytest.mark.slow
def test_the_numbers_that_the_lesson_says(lesson):
    text = spoken(lesson, "say-promised")
    assert f"{len(ONE.new)} new editors, {len(ONE.stayed())} who stayed" in text
    assert f"{ONE.course['articles_created']} new articles" in text
    assert f"{len(ONE.people)} people joined, and {len(ONE.busy)}" in spoken(lesson, "say-joined")
    evening = [
        row
        for row in ONE.people
        if timedelta(0) < ONE.start - moment(row["registered_at"]) < timedelta(days=1)
    ]
    text = spoken(lesson, "say-new")
    assert f"**{len(ONE.new)} new editors**" in text
    assert f"{len(ONE.new - ONE.busy)} of them never edited" in text
    assert f"{len(evening)} people made their account on the evening before" in text

    anybody = ONE.stayed(0, who=ONE.names, home=False, article=False)
    assert f"{len(anybody)} of {len(ONE.people)} people" in spoken(lesson, "say-any")
    kept = ONE.stayed()
    text = spoken(lesson, "say-retained")
    late = ONE.stayed(who=ONE.names, home=False, article=False)
    assert f"from {len(late)} to **{len(kept)}**" in text
    assert f"{100 * len(kept) / len(ONE.new):.0f}%" in text
    assert f"{len(ONE.stayed(6) - kept)} more came back on the seventh day" in text
    assert f"{len(kept - ONE.busy)} of them made none" in text
    text = spoken(lesson, "say-looks")
    counts = [len(ONE.stayed(days)) for days in (7, 30, 90, 0)]
    assert re.findall(r"\d+", text.split(": excitement")[0]) == [
        *f"7 {counts[0]} 30 {counts[1]} 90 {counts[2]} {counts[3]}".split()
    ]
    assert len(set(counts)) == 4

    assert output(lesson, "underscores", "text/plain") == "0"
    text = spoken(lesson, "say-own")
    everything = ONE.made(live=False, article=False, home=False, listed=False)
    assert f"{everything} pages are marked" in text
    assert f"{ONE.made(home=False, listed=False)} are left" in text
    assert f"there are {ONE.made(listed=False)}" in text and f"**{ONE.made()}**" in text
    titles = {
        row["title"].replace(" ", "_")
        for row in figures.rows("climate_articles_views")
        if row["language_code"] == "en"
    }
    on_list = sum(
        int(row["edit_count"])
        for row in ONE.pages
        if row["title"] in titles and row["namespace"] == "0"
    )
    share = 100 * on_list / int(ONE.course["total_edits"])
    assert f"Only {share:.0f}% of all" in spoken(lesson, "say-share")

    text = spoken(lesson, "say-mine")
    assert f"{people_by_year('TZA')[YEAR]} uploaders in {YEAR}, and {NEXT} in" in text
    old = int(AFTER["uploaders"]) - int(AFTER["new_uploaders"])
    assert f"at most {old} of the {people_by_year('TZA')[YEAR]}" in text
    good, weak = [], []
    for code in TOOK_PART:
        years = [people_by_year(code)[year] for year in sorted(people_by_year(code))]
        mean = sum(years) / len(years)
        for now, then in pairwise(years):
            if now > mean:
                good.append(then < now)
            elif now < mean:
                weak.append(then > now)
    text = spoken(lesson, "say-regression")
    assert f"After {len(good)} good years" in text and f"After {len(weak)} weak" in text
    assert f"**{100 * sum(good) / len(good):.0f}%**" in text
    assert f"**{100 * sum(weak) / len(weak):.0f}%**" in text

    report = [
        row
        for row in figures.rows("campaign_targets")
        if row["report_id"] == "wle-philippines-2022"
    ]
    met: ClassVar = sum(int(row["achieved"]) >= int(row["target"]) for row in report)
    assert f"{met} of {len(report)} targets was met" in spoken(lesson, "say-report")

    assert "One look shows no change" in output(lesson, "first-plan", "text/plain")
    assert output(lesson, "better-plan", "text/plain") == "[]"
    explorer = output(lesson, "explorer", "text/html")
    assert "Source: Invented for this course" in explorer and "Invented programme one" in explorer
    assert 10 <= explorer.count('"alt"') <= 40
