"""Week 7: answers for every language, mistakes that are named, the event plan, sheet and lesson."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from statistics import mean, median
from typing import ClassVar

import figures
import numpy as np
import pandas as pd
import plans
import pytest
from every_week import EveryLesson, EverySheet
from figures import COUNTRIES, LANGUAGES
from week import both, error_stream, fill, marked, output, printed, right, run, said, spoken

from organizer_lab import check, course, notebooks
from organizer_lab.errors import LabError
from organizer_lab.grading.marking import week_7 as marking
from organizer_lab.plan import (
    EventPlan,
    Evidence,
    Place,
    Plan,
    Registration,
    Risk,
    Role,
    Task,
    week_7,
)

WEEK = course.load().week("week-7")
WHY = "Students here read their course books in this language."
LISTED = [
    row["iso3"] for row in figures.rows("country_profile") if row["on_protection_list"] == "True"
]


def weekly(edition: str) -> dict[str, int]:
    return {
        row["week_start"]: int(row["views"])
        for row in figures.rows("climate_views_weekly")
        if row["language_code"] == edition
    }


VIEWS = {code: weekly(code) for code in ("da", "de", "en", "fr", "it", "nl", "no", "sv")}
BASE = {code: median(views.values()) for code, views in VIEWS.items()}
PEAK = {code: max(views, key=views.get) for code, views in VIEWS.items()}
TIMES = {code: VIEWS[code][PEAK[code]] / BASE[code] for code in VIEWS}


def daily(of: str = "views_all_articles") -> dict[str, float]:
    """The median of each weekday."""
    days: dict[str, list[int]] = {}
    for row in figures.rows("climate_views_daily_en"):
        days.setdefault(f"{date.fromisoformat(row['date']):%A}", []).append(int(row[of]))
    return {name: median(values) for name, values in days.items()}


BUSIEST = max(daily(), key=daily().get)
QUIETEST = min(daily(), key=daily().get)


# -- data questions --------------------------------------------------------------------------


def test_every_place_is_welcome(capsys):
    for country in COUNTRIES:
        assert check.reply("7.0", {"country": country, "language": "en"})[0]
        assert ("is on the protection list" in capsys.readouterr().out) == (country in LISTED)
    for language in LANGUAGES:
        assert check.reply("7.0", {"country": "TZA", "language": language})[0]
        assert ("In question 7.1 you choose" in capsys.readouterr().out) == (language not in VIEWS)
    assert not check.reply("7.0", {"country": "TZA", "language": "xx"})[0]


def attention(language, edition, why=WHY, base=None):
    return {"language": language, "edition": edition, "why_edition": why, "base_week": base}


def test_right_answers_in_every_language():
    for language in LANGUAGES:
        editions = [language] if language in VIEWS else list(VIEWS)
        for edition in editions if language in ("sw", *VIEWS) else editions[:1]:
            why = "" if edition == language else WHY
            assert both("7.1", **attention(language, edition, why, BASE[edition]))
            assert both(
                "7.2",
                language=language,
                edition=edition,
                peak_week=PEAK[edition],
                peak_times=round(TIMES[edition], 1),
            )


def test_numbers_of_other_kinds_are_right_too():
    assert both("7.1", **attention("en", "en", "", np.float64(BASE["en"])))
    assert both("7.1", **attention("da", "da", "", round(BASE["da"])))
    week = f"{PEAK['en']} 00:00:00"
    times = np.float64(TIMES["en"])
    assert both("7.2", language="en", edition="en", peak_week=week, peak_times=times)


@pytest.mark.parametrize(
    ("edition", "why", "base", "phrase"),
    [
        ("en", "", BASE["en"], "six words or more"),
        ("en", "They read it.", BASE["en"], "six words or more"),
        ("en", 5, BASE["en"], "six words or more"),
        ("sw", WHY, BASE["en"], "Write one of da, de, en"),
        (["en"], WHY, BASE["en"], "Write one of da, de, en"),
        ("de", WHY, mean(VIEWS["de"].values()), "That is the mean"),
        ("de", WHY, max(VIEWS["de"].values()), "most views"),
        ("de", WHY, min(VIEWS["de"].values()), "fewest views"),
        ("de", WHY, sum(VIEWS["de"].values()), "sum of all weeks"),
        ("de", WHY, len(VIEWS["de"]), "number of weeks"),
        ("de", WHY, BASE["de"] / 7, "middle day"),
        ("de", WHY, BASE["en"], "middle week of 'en'"),
        ("de", WHY, BASE["de"] + 20, "Very near"),
        ("de", WHY, 7, "Take the median of its column"),
        ("de", WHY, None, "This is None"),
        ("de", WHY, pd.Series([BASE["de"]]), "holds 1 value. "),
        ("de", WHY, str(BASE["de"]), "without quotation marks"),
    ],
)
def test_mistakes_in_the_base_level_are_named(edition, why, base, phrase):
    assert phrase in said("7.1", **attention("sw", edition, why, base))


def test_an_own_edition_is_not_left_for_another():
    assert "write 'fr'" in said("7.1", **attention("fr", "en", WHY, BASE["en"]))
    peak = {"peak_week": PEAK["en"], "peak_times": TIMES["en"]}
    assert "write 'fr'" in said("7.2", language="fr", edition="en", **peak)


IT = VIEWS["it"]


@pytest.mark.parametrize(
    ("week", "times", "phrase"),
    [
        ("2019-03-13", TIMES["it"], "lies in the right week"),
        ("2019-08-25", TIMES["it"], "no week of the table starts"),
        (min(IT, key=IT.get), TIMES["it"], "fewest views"),
        (PEAK["en"], TIMES["it"], "peak of '"),
        ("2018-03-05", TIMES["it"], "another week has more"),
        ("2 September 2019", TIMES["it"], "write the Monday as text"),
        (pd.Timestamp(PEAK["it"]), TIMES["it"], "write the Monday as text"),
        (None, TIMES["it"], "write the Monday as text"),
        (PEAK["it"], max(IT.values()) / mean(IT.values()), "divided by the mean"),
        (PEAK["it"], max(IT.values()), "number of views"),
        (PEAK["it"], 1 / TIMES["it"], "upside down"),
        (PEAK["it"], 100 * TIMES["it"], "per cent"),
        (PEAK["it"], TIMES["it"] - 1, "take nothing away"),
        (PEAK["it"], max(IT.values()) - BASE["it"], "Divide by it instead"),
        (PEAK["it"], max(IT.values()) / min(IT.values()), "lowest week"),
        (PEAK["it"], TIMES["no"], "value of 'no'"),
        (PEAK["it"], TIMES["it"] + 0.3, "Very near"),
        (PEAK["it"], 20, "Divide the views of the peak week"),
        (PEAK["it"], "4.8", "without quotation marks"),
    ],
)
def test_mistakes_in_the_peak_are_named(week, times, phrase):
    right = {"language": "sw", "edition": "it"}
    assert phrase in said("7.2", **right, peak_week=week, peak_times=times)


def test_weekdays():
    assert both("7.3", busiest_day=BUSIEST, quietest_day=QUIETEST)
    assert both("7.3", busiest_day=f" {BUSIEST.lower()}", quietest_day=QUIETEST.upper())
    # Other honest ways to compare the weekdays lead to the same two.
    other = daily("views_climate_change_article")
    assert (max(other, key=other.get), min(other, key=other.get)) == (BUSIEST, QUIETEST)


@pytest.mark.parametrize(
    ("busiest", "quietest", "phrase"),
    [
        (QUIETEST, BUSIEST, "wrong way round"),
        ("Saturday", "Sunday", "weekday of the one highest day"),
        ("Monday", QUIETEST, "busiest_day: compare the seven medians"),
        (BUSIEST, "Sunday", "quietest_day: compare the seven medians"),
        (1, 5, "English name of a weekday"),
        ("Jumanne", QUIETEST, "busiest_day: write the English name"),
        (None, QUIETEST, "busiest_day: write the English name"),
    ],
)
def test_mistakes_in_the_weekdays_are_named(busiest, quietest, phrase):
    assert phrase in said("7.3", busiest_day=busiest, quietest_day=quietest)


def days(**changes):
    right = {
        "planned_on": "2027-01-11",
        "start": "2027-03-06 09:00",
        "days_left": 54,
        "latest_day": "2027-01-23",
    }
    return {**right, **changes}


def test_days_before_the_start():
    assert both("7.4", **days())
    assert both("7.4", **days(days_left=np.int64(54), latest_day=" 2027-01-23 "))
    for planned, start in (
        ("2026-11-30", "2027-03-28T18:00"),
        ("2027-12-31", "2028-03-01 00:00"),
        ("2027-02-28", "2027-03-01 23:59"),
    ):
        first, last = date.fromisoformat(planned), date.fromisoformat(start[:10])
        answers = {"days_left": (last - first).days, "latest_day": str(last - timedelta(42))}
        assert both("7.4", planned_on=planned, start=start, **answers)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"planned_on": "11.1.2027"}, "planned_on: write a day that exists"),
        ({"planned_on": "2027-02-30"}, "planned_on: write a day that exists"),
        ({"planned_on": date(2027, 1, 11)}, "planned_on: write a day that exists"),
        ({"planned_on": "0001-01-01"}, "planned_on: write a day that exists"),
        ({"start": "9999-12-31 23:59"}, "start: write a day and a time"),
        ({"start": "2027-03-06"}, "start: write a day and a time"),
        ({"start": "2027-03-06 25:00"}, "start: write a day and a time"),
        ({"days_left": 55}, "one day too many or too few"),
        ({"days_left": -54}, "the sign is wrong"),
        ({"days_left": 54 / 7}, "those are weeks"),
        ({"days_left": -5}, "days of the month only"),
        ({"days_left": 54.375}, "write whole days"),
        ({"days_left": 12}, "subtract the day of the plan"),
        ({"days_left": "54"}, "without quotation marks"),
        ({"days_left": pd.Timedelta(days=54)}, "Write .days behind"),
        ({"latest_day": "2027-04-17"}, "come after the start"),
        ({"latest_day": "2027-02-22"}, "counted from the day of the plan"),
        ({"latest_day": "2027-01-24"}, "Six weeks have 42 days"),
        ({"latest_day": "2027-01-03"}, "42 days, before the start"),
        ({"latest_day": "2027-01-23 09:00:00"}, "as text in quotation marks"),
        ({"latest_day": pd.Timestamp("2027-01-23")}, "as text in quotation marks"),
        ({"latest_day": None}, "as text in quotation marks"),
    ],
)
def test_mistakes_in_the_days_are_named(changes, phrase):
    assert phrase in said("7.4", **days(**changes))


def test_no_wrong_answer_is_told_the_right_one():
    for edition in VIEWS:
        for value in (0, -1, None, "x", 0.5, 1e6):
            base = said("7.1", **attention("sw", edition, WHY, value))
            assert f"{BASE[edition]:.0f}" not in base.replace(",", "")
            peak = said("7.2", language="sw", edition=edition, peak_week="x", peak_times=value)
            assert f"{TIMES[edition]:.1f}" not in peak and PEAK[edition] not in peak
    assert BUSIEST not in said("7.3", busiest_day="Friday", quietest_day="Friday")
    wrong = said("7.4", **days(days_left=1, latest_day="2027-01-01"))
    assert "54" not in wrong and "2027-01-23" not in wrong


# -- the plan part ---------------------------------------------------------------------------

QUESTIONS = ("7.5", "7.6", "7.7")


# The event of the tests' complete plan, once.
EVENT = plans.event_plan()


def form(**changes) -> Registration:
    return Registration(**{**EVENT.registration.model_dump(), **changes})


def event(**changes) -> EventPlan:
    content = {name: getattr(EVENT, name) for name in EventPlan.model_fields}
    return EventPlan(**{**content, "attention": peak_number(), **changes})


def peak_number(**changes) -> Evidence:
    content = {
        "table": "climate_views_weekly",
        "column": "views",
        "where": {"language_code": "en", "week_start": PEAK["en"]},
        "year": int(PEAK["en"][:4]),
        "value": VIEWS["en"][PEAK["en"]],
        "unit": "views per week",
    }
    return Evidence(**{**content, **changes})


def lost(**changes) -> list[str]:
    return [question for question in QUESTIONS if not both(question, event=event(**changes))]


def line(name: str, at: int, **changes) -> dict:
    """The lines of one table, with one of them changed."""
    lines = [each.model_copy() for each in getattr(event(), name)]
    lines[at] = type(lines[at])(**{**lines[at].model_dump(), **changes})
    return {name: lines}


def test_a_right_plan():
    assert event().problems() == []
    assert lost() == []
    assert event().organizers() == 4
    assert EVENT.problems() == []
    online = {
        "meeting": "online",
        "meeting_url": "https://meet.example.org/room",
        "country": None,
        "address": None,
    }
    assert lost(registration=form(**online), friendly_space=None) == []
    assert lost(registration=form(**{**online, "meeting": "both"})) == ["7.5"]
    both_ways = {"meeting": "both", "meeting_url": "https://meet.example.org/room"}
    assert lost(registration=form(**both_ways)) == []


def test_words_are_taken_as_people_write_them():
    written = form(
        types="Editing event, Training_seminar",
        topics="Earth and environment\nAfrica, africa",
        wikis="SWwiki, commonswiki",
        meeting="In-Person",
    )
    assert written.types == ["editing-event", "training-seminar"]
    assert written.topics == ["earth-and-environment", "africa"]
    assert written.wikis == ["swwiki", "commonswiki"] and written.meeting == "in person"
    assert lost(registration=written) == []
    for wikis in ("*", "be_x_oldwiki", "be-x-oldwiki", "swwiktionary, metawiki"):
        assert lost(registration=form(wikis=wikis)) == [], wikis
    assert lost(**line("timeline", 0, owner=" Partner  CONTACT")) == []
    for page in (" event: dry_Seasons ", "https://meta.wikimedia.org/wiki/Event:Dry_Seasons"):
        assert form(event_page=page).event_page == "Event:Dry Seasons"
    assert form(event_page="Event").event_page == "Event"
    assert lost(registration=form(types="other")) == []


def test_every_wikipedia_and_every_choice_of_the_form_is_known():
    every = [f"{code.replace('-', '_')}wiki" for code in LANGUAGES]
    assert set(every) <= week_7.wikis()
    choices = [{"wikis": every[at : at + 100]} for at in range(0, len(every), 100)]
    choices += [{"types": word} for word in week_7.TYPES]
    choices += [{"topics": word} for word in week_7.TOPICS]
    choices += [{"goal_metric": word} for word in week_7.GOAL_METRICS]
    for choice in choices:
        assert both("7.5", event=event(registration=form(**choice))), choice
    assert len(week_7.TOPICS) == len(set(week_7.TOPICS)) == len(marking.TOPICS)


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"name": None}, "name: Not written yet"),
        ({"name": "x" * 101}, "At most 100 characters"),
        ({"planned_on": None}, "planned_on: Not written yet"),
        ({"planned_on": "11 January"}, "is no day that exists"),
        ({"planned_on": "2027-01-24"}, "The start is 41 days after this day"),
        ({"planned_on": "2027-03-06"}, "The start is not later than this day"),
        ({"why_then": "In March."}, "six words or more"),
        ({"why_then": None}, "why_then: Not written yet"),
        ({"attention": None}, "attention: Not written yet"),
        ({"attention": peak_number(value=5)}, "is not what climate_views_weekly gives"),
        ({"attention": peak_number(unit="people")}, "is not the unit"),
        ({"attention": peak_number(year=2020)}, "has no views for"),
        ({"registration": None}, "registration: Not written yet"),
    ],
)
def test_each_rule_of_the_dates_loses_its_own_points(changes, phrase):
    # Tasks and messages that were then due before the day of the plan cost their own points.
    late = (changes.get("planned_on") or "") > "2027-01-18"
    assert lost(**changes) == (["7.5", "7.6"] if late else ["7.5"])
    assert phrase in said("7.5", event=event(**changes))


def test_six_weeks_are_enough():
    assert lost(planned_on="2027-01-23", **line("timeline", 0, due="2027-01-23")) == []


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"event_page": None}, "event_page: Not written yet"),
        ({"event_page": "Dry Seasons"}, "begins with 'Event:'"),
        ({"event_page": "Event: "}, "An empty title"),
        ({"event_page": "Event:Dry [[Seasons]]"}, "No title can hold '['"),
        ({"timezone": None}, "timezone: Not written yet"),
        ({"timezone": "Dar es Salaam"}, "Write 'Africa/Dar_es_Salaam'"),
        ({"timezone": "Africa/Dar es Salaam"}, "Write 'Africa/Dar_es_Salaam'"),
        ({"timezone": "Africa/Nairobbi"}, "Did you mean Africa/Nairobi"),
        ({"timezone": "EST"}, "no time zone of a place"),
        ({"timezone": "Etc/GMT-3"}, "no time zone of a place"),
        ({"timezone": "../../etc/passwd"}, "no time zone of a place"),
        ({"start": "2027-02-30 09:00"}, "no day and time that exists"),
        ({"start": "2027-03-06 9:00"}, "no day and time that exists"),
        ({"end": "2027-03-06 09:00"}, "not later than the start"),
        ({"end": None}, "end: Not written yet"),
        ({"end": "9999-12-31 23:59"}, "The year 9999 is far away"),
        ({"types": []}, "types: Not written yet"),
        ({"types": "editing-event, meetup, workshop"}, "At most 2; you wrote 3"),
        ({"types": "editing-event, other"}, "'other' stands alone"),
        ({"types": "Edit-a-thon"}, "does not know 'edit-a-thon'. Write 'editing-event'"),
        ({"types": "contests"}, "Did you mean contest"),
        ({"topics": ""}, "topics: Not written yet"),
        ({"topics": "Climate change"}, "Write 'earth-and-environment'"),
        ({"topics": "xyz"}, "Known are: architecture"),
        ({"topics": ", ".join(week_7.TOPICS[:6])}, "At most 5; you wrote 6"),
        ({"wikis": []}, "wikis: Not written yet"),
        ({"wikis": "sw"}, "Write 'swwiki'"),
        ({"wikis": "https://sw.wikipedia.org/wiki/Mwanzo"}, "Write 'swwiki'"),
        ({"wikis": "swahiliwiki"}, "No wiki that we know"),
        ({"wikis": "*, swwiki"}, "means every wiki"),
        ({"meeting": None}, "meeting: Not written yet"),
        ({"country": None}, "country: Not written yet"),
        ({"country": "Tanzania"}, "Write 'TZA'"),
        ({"country": "TZ"}, "No country has the code"),
        ({"address": " "}, "address: Not written yet"),
        ({"address": "x" * 9000}, "too long for an address"),
        ({"address": "ж" * 5000}, "too long for an address"),
        ({"meeting_url": "https://meet.example.org/x"}, "You meet in person"),
        ({"meeting": "online"}, "You meet online"),
        ({"meeting": "both"}, "meeting_url: Not written yet"),
        ({"meeting": "both", "meeting_url": "http://meet.example.org"}, "begins with https://"),
        ({"chat_url": "t.me/dry"}, "chat_url: Write the whole address"),
        ({"goal_metric": None}, "goal_metric: Not written yet"),
        ({"goal_metric": "articles"}, "cannot be counted there"),
        ({"goal_target": None}, "goal_target: Not written yet"),
        ({"goal_target": 0}, "A goal is 1 or more"),
    ],
)
def test_each_rule_of_the_form_loses_its_own_points(changes, phrase):
    wrong = form(**changes)
    assert lost(registration=wrong) == ["7.5"]
    assert phrase in said("7.5", event=event(registration=wrong))


def test_a_long_list_of_wikis():
    every = sorted(week_7.wikis())[:101]
    assert "At most 100" in said("7.5", event=event(registration=form(wikis=every)))


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"timeline": []}, "Too few tasks: 0, and you need at least 4"),
        ({"timeline": event().timeline[:3]}, "Too few tasks: 3"),
        (line("timeline", 1, due="soon"), "is no day that exists"),
        (line("timeline", 1, due=None), "timeline, line 2: due: Not written yet"),
        (line("timeline", 1, due="2026-01-29"), "before the day of the plan"),
        (line("timeline", 3, due="2027-02-01"), "line 4: This task is due before the one above"),
        (line("timeline", 1, task=None), "line 2: task: Not written yet"),
        (line("timeline", 1, owner=None), "line 2: Nobody owns this line"),
        (line("timeline", 1, owner="coordinator, trainer"), "is none of your roles"),
        (line("timeline", 1, owner="trainr"), "Did you mean trainer"),
        ({"roles": []}, "roles: Not written yet"),
        (line("roles", 0, role="trainer"), "stands here twice"),
        (line("roles", 0, role=None), "line 1: role: Not written yet"),
        (line("roles", 0, duty=" "), "line 1: duty: Not written yet"),
        (line("roles", 0, people=0), "how many people"),
        (line("roles", 0, people=None), "how many people"),
        ({"messages": event().messages[:1]}, "Too few messages: 1"),
        (line("messages", 0, on="Friday"), "is no day that exists"),
        (line("messages", 0, on="2026-02-12"), "before the day of the plan"),
        (line("messages", 0, channel=None), "channel: Not written yet"),
        (line("messages", 0, audience=""), "audience: Not written yet"),
        (line("messages", 0, owner="Juma"), "is none of your roles"),
        (
            {"messages": 2 * [event().messages[0].model_copy(update={"on": "2027-03-06"})]},
            "No message goes out before the start",
        ),
    ],
)  # fmt: skip
def test_each_rule_of_team_and_time_loses_its_own_points(changes, phrase):
    assert lost(**changes) == ["7.6"]
    assert phrase in said("7.6", event=event(**changes))


def test_one_person_is_no_team():
    alone = [Role(role="coordinator", people=1, duty="Does everything")]
    mine = [Task(due=f"2027-02-0{n}", task="Work", owner="Coordinator") for n in range(1, 5)]
    told = [m.model_copy(update={"owner": "coordinator"}) for m in event().messages]
    changes = {"roles": alone, "timeline": mine, "messages": told}
    assert lost(**changes) == ["7.6"]
    assert "Find a second one" in said("7.6", event=event(**changes))


@pytest.mark.parametrize(
    ("changes", "phrase"),
    [
        ({"risks": event().risks[:2]}, "Too few risks: 2, and you need at least 3"),
        (line("risks", 0, risk=None), "line 1: risk: Not written yet"),
        (line("risks", 0, likelihood=None), "likelihood: write a number from 1 to 5"),
        (line("risks", 0, likelihood=6), "likelihood: write a number from 1 to 5"),
        (line("risks", 0, effect=0), "effect: write a number from 1 to 5"),
        (line("risks", 0, response=None), "response: Not written yet"),
        (line("risks", 0, response="Be careful"), "what you do before"),
        (line("risks", 0, contact=None), "contact: Not written yet"),
        (line("risks", 0, contact="Ada, +000 00 00"), "The contact 'Ada, +000 00 00' is none of"),
        (line("risks", 0, contact="nobody"), "Your roles: coordinator, "),
        (line("risks", 0, risk=event().risks[1].risk.upper()), "This risk stands here twice"),
        ({"friendly_space": None}, "need a friendly-space policy"),
        ({"friendly_space": "yes, we have: one"}, "where the policy stands"),
        ({"keeps_ucoc": None}, "Read the Universal Code of Conduct"),
        ({"keeps_ucoc": False}, "Read the Universal Code of Conduct"),
    ],
)
def test_each_rule_of_safety_loses_its_own_points(changes, phrase):
    assert lost(**changes) == ["7.7"]
    assert phrase in said("7.7", event=event(**changes))


def test_a_country_on_the_protection_list_needs_a_grave_risk():
    small = [
        Risk(risk=f"Risk {n}", likelihood=5, effect=3, response="We stop now.", contact="trainer")
        for n in range(3)
    ]
    assert len(LISTED) > 30
    for country in COUNTRIES:
        plan = event(registration=form(country=country), risks=small)
        assert marked("7.7", event=plan) == (country not in LISTED), country
    for country in ("TZA", "ETH", "XKX"):
        wanted = ["7.7"] if country in LISTED else []
        assert lost(registration=form(country=country), risks=small) == wanted, country
    wrong = event(registration=form(country="VNM"), risks=small)
    assert "Vietnam is on the protection list" in said("7.7", event=wrong)
    grave = [*small[:2], small[2].model_copy(update={"effect": 4})]
    assert lost(registration=form(country="VNM"), risks=grave) == []


def test_something_else_than_an_event_plan():
    forged = {"part": "EventPlan", **event().model_dump()}
    for wrong in (None, "plan", 5, forged, EventPlan, form(), pd.NA):
        for question in QUESTIONS:
            assert "is not an event plan" in said(question, event=wrong)


def test_a_plan_that_was_changed_behind_its_back():
    wrong = event(timeline=list(EVENT.timeline))
    wrong.timeline.append("Saturday")
    assert "timeline" in said("7.6", event=wrong)


@pytest.mark.parametrize(
    ("kind", "content", "phrase"),
    [
        (Registration, {"meeting": "outside"}, "Registration, meeting: expected 'online'"),
        (Registration, {"goal_target": "many"}, "Registration, goal_target: expected a number"),
        (Registration, {"types": 5}, "Registration, types"),
        (Risk, {"likelihood": "high"}, "Risk, likelihood: expected a number"),
        (EventPlan, {"place": "here"}, "EventPlan, place: this field is not known"),
    ],
)
def test_wrong_types_are_said_in_words(kind, content, phrase):
    with pytest.raises(LabError, match=re.escape(phrase)):
        kind(**content)


def test_times_are_right_over_a_change_to_summer_time():
    """Dates of the changes: the European rule, last Sundays of March and October at 01:00 UTC."""

    def hours(zone, start, end):
        first, last = form(timezone=zone, start=start, end=end).utc()
        assert first.tzinfo == last.tzinfo == UTC
        return (last - first).total_seconds() / 3600

    saturday, sunday = "2027-03-27 12:00", "2027-03-28 12:00"
    assert hours("Africa/Dar_es_Salaam", saturday, sunday) == 24
    assert hours("Europe/Berlin", saturday, sunday) == 23
    assert hours("Europe/Berlin", "2027-10-30 12:00", "2027-10-31 12:00") == 25
    start, end = form().utc()
    assert (start, end) == (
        datetime(2027, 3, 6, 6, 0, tzinfo=UTC),
        datetime(2027, 3, 20, 13, 0, tzinfo=UTC),
    )
    assert str(form().local()[0]) == "2027-03-06 09:00:00+03:00"
    for unknown in ({"timezone": "Mars"}, {"start": None}, {"end": "later"}):
        assert form(**unknown).local() is None and form(**unknown).utc() is None
    gap = {"timezone": "Europe/Berlin", "start": "2027-03-28 02:30", "end": "2027-04-03 12:00"}
    assert lost(registration=form(**gap)) == ["7.5"]
    assert "start: This time does not exist" in said("7.5", event=event(registration=form(**gap)))
    assert form(**{**gap, "start": "2027-03-28 03:00"}).problems() == []


def test_the_part_survives_the_file(tmp_path):
    path = tmp_path / "plan.json"
    Plan().put(Place(iso3="TZA", language_code="sw"), event()).save(path)
    again = Plan.load(path)
    assert again.event_plan == event() and again.event_plan.problems() == []
    draft = event(registration=None, timeline=...)
    assert Plan.load(path).put(draft).save(path).event_plan == draft
    content = json.loads(path.read_text(encoding="utf-8"))
    del content["event_plan"]
    path.write_text(json.dumps(content), encoding="utf-8")
    assert Plan.load(path).event_plan is None
    content["event_plan"] = {"timeline": "Monday"}
    path.write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(LabError, match=r"plan\.json.*timeline"):
        Plan.load(path)


# -- the sheet -------------------------------------------------------------------------------


class TestSheet(EverySheet):
    judged: ClassVar = {"judgement-7-8": 3, "judgement-7-9": 3}

    def untouched(self, done, folder):
        assert "There is no plan with your place" in printed(done, "setup")

    def solved(self, done, plan):
        assert output(done, "save", "text/plain") == "Nothing to mend."
        mine = plan.event_plan
        assert mine.problems() == [] and mine.organizers() == 4 and len(mine.timeline) == 9
        assert mine.registration.local()[0].isoformat() == "2027-03-06T09:00:00+03:00"


@pytest.mark.slow
def test_an_online_event_from_a_protected_country(sheet, tmp_path):
    Plan().put(Place(iso3="ETH", language_code="am")).save(tmp_path / "plan.json")
    answers = {
        "answer-7-1": 'edition = "fr"\n'
        'why_edition = "Many of our readers learned French at school."',
        "answer-base": "base_week = views.median()",
        "answer-7-7": '+meeting, address = "online", None\n'
        'meeting_url = "https://meet.example.org/room"',
        "answer-7-13": 'risks = """A participant is recognised | 2 | 3 | No names | safety"""',
        # A column that cannot be read costs the points of its own question only.
        "answer-7-12": 'messages = """2027-02-12 | Chat | students | trainer | too many"""',
        "answer-7-14": "friendly_space = None\nkeeps_ucoc = True",
    }
    done = run(fill(sheet, answers), tmp_path, errors=True)
    assert [error[:21] for error in error_stream(done)] == ["Line 1 has 5 columns,"]
    notes = printed(done, "check-place")
    assert "'am' is not one of them" in notes and "Ethiopia is on the protection list" in notes
    assert right(done) == [1]
    reply = printed(done, "test-7-7")
    assert "Too few risks: 1" in reply and "effect of 4 or 5" in reply
    assert "friendly" not in reply
    assert len(Plan.load(tmp_path / "plan.json").event_plan.risks) == 1


# -- the lesson ------------------------------------------------------------------------------


class TestLesson(EveryLesson):
    typed: ClassVar = {
        "7": "week 7",
        "2": "week 2",
        "5": "points from 1 to 5, and 5 June",
        "1": "points from 1 to 5",
        "11": "11 January",
        "18": "18:00",
        "00": "18:00",
        "3": "UTC+3",
        "29": "COP29",
        "45": "about 45 languages, as the card says",
        "300": "more than 300 languages",
    }
    met: ClassVar = {
        "Find the peak and the base level": ["peak", "say-peak", "base", "say-mean"],
        "Plan backwards from the start": ["backwards", "owners", "timeline"],
        "Fill a registration form": ["form", "form-mended", "say-summer"],
        "Keep a risk register": ["safety", "risks", "risks-read", "safety-more"],
        "Write a communication plan": ["messages"],
    }
    pictures = 5
    own = 1


@pytest.mark.slow
def test_the_numbers_that_the_lesson_says(lesson):
    it = VIEWS["it"]
    assert f"**{PEAK['it']}**: {it[PEAK['it']]:,} views" in spoken(lesson, "say-peak")
    text = spoken(lesson, "say-mean")
    assert f"The mean week has {mean(it.values()):,.0f} views" in text
    assert f"the middle week **{BASE['it']:,.0f}**" in text and f"the {len(it)} weeks" in text
    rise = 9 * max(it.values()) / len(it)
    assert f"would rise by {rise:,.0f} views, and the median by 0." in text
    assert f"**{TIMES['it']:.1f} times**" in text

    text = spoken(lesson, "say-same")
    same = [code for code in VIEWS if PEAK[code] == "2019-09-23"]
    assert f"In {len(same)} of {len(VIEWS)} editions" in text and "that of 2019-09-23" in text
    assert f"But in {', '.join(code for code in VIEWS if code not in same)} the peak" in text

    rows = {row["date"]: row for row in figures.rows("climate_views_daily_en")}
    every = {day: int(row["views_all_articles"]) for day, row in rows.items()}
    own = {day: int(row["views_climate_change_article"]) for day, row in rows.items()}
    top = max(every, key=every.get)
    text = spoken(lesson, "say-spike")
    assert top == "2018-11-17" and date.fromisoformat(top).strftime("%A") == "Saturday"
    assert f"only {own[top]:,} of the {every[top]:,} views" in text
    november = {day: views for day, views in every.items() if day[:7] == "2018-11"}
    others = [views for day, views in november.items() if day != top]
    assert f"from {mean(others):,.0f} to {mean(november.values()):,.0f} views" in text
    assert f"stays near {median(november.values()):,.0f}" in text
    assert round(median(others), -3) == round(median(november.values()), -3)
    assert "Climate engineering" in printed(lesson, "spike-card")

    text = spoken(lesson, "say-rename")
    july = median(views for day, views in own.items() if day[:7] == "2020-07")
    september = median(views for day, views in own.items() if day[:7] == "2020-09")
    assert f"July 2020 has {july:,.0f} views, one of September {september:,.0f}" in text
    assert f"**{september / july:.0f} times**" in text

    shown = output(lesson, "weekend", "text/plain")
    assert every["2021-06-05"] < every["2021-06-04"] and str(every["2021-06-05"]) in shown

    def typical(weekday):
        days = (day for day in own if day[:4] == "2021")
        return median(own[day] for day in days if f"{date.fromisoformat(day):%A}" == weekday)

    share = 100 * typical("Saturday") / typical("Friday")
    assert f"{share:.0f}% of the views of a middle Friday" in spoken(lesson, "say-weekday")

    main = figures.rows("mainpage_climate_daily")
    shares = [
        100 * int(row["languages_with_climate_link"]) / int(row["languages_observed"])
        for row in main
    ]
    most = max(range(len(main)), key=lambda at: int(main[at]["climate_links"]))
    text = spoken(lesson, "say-main")
    assert f"between {min(shares):.0f}% and {max(shares):.0f}%" in text
    assert f"On {main[most]['date']}, during" in text
    assert f"*links*, {main[most]['climate_links']}, but the share was {shares[most]:.0f}%" in text
    assert f"on a middle day ({median(shares):.0f}%)" in text
    assert min(int(row["languages_observed"]) for row in main) > 300

    weeks = printed(lesson, "backwards-code").splitlines()
    assert weeks[0].endswith(str(date(2027, 3, 6) - timedelta(42))) and len(weeks) == 5
    assert "has 54 days, or 7 full weeks" in spoken(lesson, "say-days")
    wrong = printed(lesson, "timeline")
    for phrase in ("none of your roles", "before the one above", "line 3: Nobody owns"):
        assert phrase in wrong
    assert output(lesson, "form-code", "text/plain").count("\n") == 2
    assert output(lesson, "form-mended", "text/plain") == "Nothing to mend."
    body = output(lesson, "form-export-code", "text/plain")
    assert "'meeting_country_code': 'TZ'" in body and "'start_time': '20270306090000'" in body
    assert "At 20:00, and a week later at **19:00**" in spoken(lesson, "say-summer")
    assert "but 23 hours" in spoken(lesson, "say-lasts")

    text = spoken(lesson, "say-protection")
    assert f"{len(LISTED)} of {len(COUNTRIES)} countries" in text
    assert "TZA" not in LISTED and "Tanzania is not on the list" in text
    assert "ETH" in LISTED and "Ethiopia, two borders away, is on the list" in text

    assert output(lesson, "explorer-show", "text/html").count("<option") == len(VIEWS)


def test_the_page_about_the_plan_lists_the_words_of_the_form():
    page = (notebooks.ROOT / "book" / "plan.md").read_text("utf-8").split("(event-words)=")[1]
    blocks = re.findall(r"^: .*(?:\n  .*)*", page, re.MULTILINE)
    listed = [re.findall(r"`([^`]+)`", block) for block in blocks]
    assert listed == [list(week_7.TYPES), list(week_7.TOPICS), list(week_7.GOAL_METRICS)]
