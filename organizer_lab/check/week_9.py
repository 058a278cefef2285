"""Checks of week 9, "Evaluate, follow up, submit"."""

from __future__ import annotations

from functools import cache
from typing import Any

import pandas as pd

from organizer_lab import data
from organizer_lab.check import (
    as_number,
    country_name,
    named,
    not_sound,
    place_problems,
    question,
)
from organizer_lab.check.contests import TABLE, contests_of, instead, stand_in
from organizer_lab.plan import EvaluationPlan
from organizer_lab.words import count_words

# The programme of the lesson, and that of the exercise.
LESSON, EXERCISE = "one", "two"
RETAINED_AFTER = pd.Timedelta(days=7)
TARGET_CREATED = 12
# The fields that each question about the plan is about.
FIELDS = {
    "9.5": ("scope", "attribution", "compare_on", "retention_on", "if_missed"),
    "9.6": ("judging", "recognition", "follow_up"),
    "9.7": ("peer_week_3", "peer_week_9"),
}


@question("9.0", "country", "language")
def place(country: Any, language: Any) -> list[str]:
    """Check that the tables know the place, and say what they lack about it."""
    if problems := place_problems(country, language):
        return problems
    if contests_of(country).empty:
        print(
            f"Note: {country_name(country)} has no row of its own in {TABLE}. You can go on. "
            f"{instead(country)}"
        )
    return []


@question("9.1", "new_editors")
def new(new_editors: Any) -> list[str]:
    """Check the accounts registered between start and end of the programme."""
    value = as_number(new_editors)
    if isinstance(value, str):
        return [value]
    mine = _people(EXERCISE)
    if value == mine["new"]:
        return []
    mistakes = {
        "That is everybody who joined. Count only accounts that were registered between start "
        "and end.": mine["joined"],
        "That is everybody who edited. Whether somebody is new is said by registered_at.": mine[
            "edited"
        ],
        "You counted accounts that were registered after the end, too. They are not new "
        "editors of this programme.": mine["since_start"],
        "You counted accounts that were registered before the start, too.": mine["until_end"],
        "You left out new people without an edit. The Dashboard's definition asks for no edit."
        "": mine["new_and_edited"],
        "That is a number of programme one. Select the rows of programme two.": _people(LESSON)[
            "new"
        ],
        "That is both programmes together. Select the rows of programme two.": mine["new"]
        + _people(LESSON)["new"],
    }
    return [
        named(value, mistakes, 0)
        or "That is not it. Compare registered_at with the start and with the end, as the lesson "
        "does, and count the rows."
    ]


@question("9.2", "retained")
def stayed(retained: Any) -> list[str]:
    """Check the new editors with an edit of an article on the home wiki, over 7 days later."""
    value = as_number(retained)
    if isinstance(value, str):
        return [value]
    mine = _retained(EXERCISE)
    if value == mine["right"]:
        return []
    new_ones = _people(EXERCISE)["new"]
    mistakes = {
        "That is everybody with a later edit. Three conditions are missing: new, in an article of "
        "the home wiki, more than 7 days after the end.": mine["any"],
        "That is every new editor with a later edit. Where, in what kind of page, and when?": mine[
            "new"
        ],
        "You counted edits of the first seven days, too. Only what comes more than 7 days after "
        "the end counts.": mine["articles"],
        "You counted people who are not new, too. Keep only the new editors.": mine["not_new"],
        "You counted people who are not new, and every kind of page. Keep only new editors, and "
        "only articles of the home wiki.": mine["after_7"],
        "You counted every kind of page on every wiki. Keep only articles of the home wiki.": mine[
            "new_after_7"
        ],
        "You counted talk pages or user pages. Their titles begin with Talk: or User:.": mine[
            "home"
        ],
        "You counted edits on the other wiki. Keep only the home wiki.": mine["main"],
        "You counted the seventh day itself. The definition says **more** than 7 days.": mine[
            "from_7"
        ],
        "You left out somebody who made no edit while the programme ran. The definition does not "
        "ask for one.": mine["edited"],
        "That is a number of edits. Count people: .nunique() does it.": mine["edits"],
        "That is the number for 30 days after the end. The Dashboard's rule is 7 days.": mine[
            "after_30"
        ],
        "That is programme one. Take the people and the end of programme two.": _retained(LESSON)[
            "right"
        ],
        "That is the number of new editors, from question 9.1. Who of them stayed?": new_ones,
        "That is a share. The question asks for a number of people.": mine["right"] / new_ones,
        "That is a share in per cent. The question asks for a number of people.": 100
        * mine["right"]
        / new_ones,
    }
    return [
        named(value, mistakes, 0)
        or "That is not it. Go step by step as the lesson does: new, on the home wiki, an article, "
        "more than 7 days after the end; then count each person once."
    ]


@question("9.3", "own_created", "target_met")
def own_articles(own_created: Any, target_met: Any) -> list[str]:
    """Check the articles that the programme itself created, and what follows for its target."""
    value = as_number(own_created)
    if isinstance(value, str):
        return [f"own_created: {value}"]
    mine = _created(EXERCISE)
    if value != mine["right"]:
        mistakes = {
            "own_created: that is the number of the course file. It counts both wikis, and pages "
            "that are not on the list.": mine["course"],
            "own_created: these are all rows with new. Some are user pages, some were deleted, "
            "some are on the other wiki or not on the list.": mine["new"],
            "own_created: user pages are no articles. Keep namespace 0.": mine["not_deleted"],
            "own_created: you counted articles that were deleted since.": mine["with_deleted"],
            "own_created: you counted articles that were deleted since, and pages that are not on "
            "the list.": mine["articles"],
            "own_created: you counted articles that are not on the campaign's list.": mine["home"],
            "own_created: that is the number of pages on the list that were edited. Keep only "
            "new ones.": mine["edited"],
            "own_created: that is programme one. Select the rows of programme two.": _created(
                LESSON
            )["right"],
        }
        if value == 0:
            return [
                "own_created: no title was found in the list. The Dashboard writes titles with "
                "underscores, the list with spaces."
            ]
        return [
            named(value, mistakes, 0)
            or "own_created: that is not it. Keep rows that are new, not deleted, in namespace 0, "
            "on the home wiki, and whose title is on the list."
        ]
    if type(target_met) is not bool:
        return ["target_met: write True or False, without quotation marks."]
    if target_met is not (mine["right"] >= TARGET_CREATED):
        return [
            f"target_met: compare your number with the target of {TARGET_CREATED}. It is met with "
            f"{TARGET_CREATED} or more."
        ]
    return []


@question("9.4", "country", "contest_country", "best_year", "after_best", "why_none")
def after_the_best(
    country: Any, contest_country: Any, best_year: Any, after_best: Any, why_none: Any
) -> list[str]:
    """Check the year with the most uploaders, and the uploaders in the next year with a row."""
    if problems := place_problems(country) or stand_in(country, contest_country):
        return problems
    rows = contests_of(contest_country).set_index("year")["uploaders"].sort_index()
    best = int(rows.idxmax())
    name = country_name(contest_country)
    value = as_number(best_year)
    if isinstance(value, str):
        return [f"best_year: {value}"]
    if value != best:
        if value in rows.index and rows.loc[int(value)] == rows.max():
            return ["best_year: two years have the same number. Take the earlier one."]
        if value == rows.max():
            return ["best_year: that is a number of uploaders. The question asks for the year."]
        if value == contests_of(contest_country).set_index("year")["uploads"].idxmax():
            return ["best_year: that year has most photos. Look at the column uploaders."]
        return [f"best_year: another year of {name} has more uploaders."]
    later = rows[rows.index > best]
    if later.empty:
        if after_best is not None:
            return [
                f"after_best: {name} has no row after its best year, and no row is not a zero. "
                "Write None, without quotation marks, and give the reason in why_none."
            ]
        if not isinstance(why_none, str) or count_words(why_none) < 3:
            return ["after_best: None is right. Now say in why_none, in a few words, why."]
        return []
    if after_best is None:
        return [f"after_best: {name} has a row after its best year, so None is not right."]
    value = as_number(after_best)
    if isinstance(value, str):
        return [f"after_best: {value}"]
    if value == later.iloc[0]:
        return []
    everything = contests_of(contest_country).set_index("year")
    mistakes = {
        "after_best: that is the best year itself. Take the next row.": rows.max(),
        "after_best: that is the year. Write how many uploaders it had.": later.index[0],
        "after_best: those are photos. Take the column uploaders.": everything["uploads"].loc[
            later.index[0]
        ],
        "after_best: those are new uploaders only. Take the column uploaders.": everything[
            "new_uploaders"
        ].loc[later.index[0]],
        "after_best: that is the difference. Write the number of uploaders itself.": rows.max()
        - later.iloc[0],
        "after_best: that is the latest year. Take the first row after the best year.": later.iloc[
            -1
        ],
    }
    return [
        named(value, {said: float(wrong) for said, wrong in mistakes.items()}, 0)
        or f"after_best: that is not it. Look at the row of {name} below the one of the best year."
    ]


@question("9.5", "evaluation")
def judged(evaluation: Any) -> list[str]:
    """Check scope, attribution, days, and what happens when a target is missed."""
    return _said("9.5", evaluation)


@question("9.6", "evaluation")
def follow_up(evaluation: Any) -> list[str]:
    """Check judging, recognition and follow-up."""
    return _said("9.6", evaluation)


@question("9.7", "evaluation")
def peers(evaluation: Any) -> list[str]:
    """Check that two peers were given feedback."""
    return _said("9.7", evaluation)


def _said(number: str, evaluation: Any) -> list[str]:
    if wrong := not_sound(evaluation, EvaluationPlan, "evaluation"):
        return wrong
    return [
        f"{p.field}: {p.text}" for p in evaluation.problems() if p.field.startswith(FIELDS[number])
    ]


def _rows(table: str, number: str) -> Any:
    rows = data.load(table)
    return rows[rows["course_slug"].str.contains(f"programme_{number}_")]


@cache
def _course(number: str) -> dict[str, Any]:
    return _rows("invented_dashboard_course", number).iloc[0].to_dict()


@cache
def _people(number: str) -> dict[str, int]:
    """Count the people of a programme, rightly and as mistakes would."""
    rows = _rows("invented_dashboard_editors", number)
    when = pd.to_datetime(rows["registered_at"])
    start, end = (pd.Timestamp(_course(number)[name]) for name in ("start_date", "end_date"))
    fresh, edited = when.between(start, end), rows["revisions_during_project"] > 0
    return {
        "joined": len(rows),
        "new": int(fresh.sum()),
        "edited": int(edited.sum()),
        "since_start": int((when >= start).sum()),
        "until_end": int((when <= end).sum()),
        "new_and_edited": int((fresh & edited).sum()),
    }


@cache
def _retained(number: str) -> dict[str, int]:
    """Count the people with later edits, rightly and as mistakes would."""
    people = _rows("invented_dashboard_editors", number)
    course, later = _course(number), data.load("invented_later_edits")
    later = later[later["Username"].isin(people["username"])]
    end, when = pd.Timestamp(course["end_date"]), pd.to_datetime(later["Timestamp"])
    new_ones = people.loc[people["registered_during_project"], "username"]
    busy = people.loc[people["revisions_during_project"] > 0, "username"]
    fresh = later["Username"].isin(new_ones)
    home = later["Domain"] == course["home_wiki"]
    article = ~later["Page_title"].str.contains(":")
    after = when > end + RETAINED_AFTER
    right = after & fresh & home & article
    days = (when.dt.normalize() - end.normalize()).dt.days
    found = {
        "right": right,
        "any": when > end,
        "new": fresh,
        "articles": fresh & home & article,
        "not_new": after & home & article,
        "after_7": after,
        "new_after_7": after & fresh,
        "home": after & fresh & home,
        "main": after & fresh & article,
        "from_7": (days >= 7) & fresh & home & article,
        "edited": right & later["Username"].isin(busy),
        "after_30": right & (when > end + pd.Timedelta(days=30)),
    }
    counts = {name: later.loc[kept, "Username"].nunique() for name, kept in found.items()}
    return counts | {"edits": int(right.sum())}


@cache
def _created(number: str) -> dict[str, int]:
    """Count the created pages of a programme, rightly and as mistakes would."""
    rows, climate = (
        _rows("invented_dashboard_articles", number),
        data.load("climate_articles_views"),
    )
    titles = climate.loc[climate["language_code"] == "en", "title"]
    listed = rows["title"].str.replace("_", " ").isin(titles)
    article, there = rows["namespace"] == 0, ~rows["deleted"]
    home = rows["wiki"] == _course(number)["home_wiki"]
    found = {
        "right": rows["new"] & article & there & home & listed,
        "course": rows["new"] & article & there,
        "new": rows["new"],
        "not_deleted": rows["new"] & there,
        "articles": rows["new"] & article,
        "with_deleted": rows["new"] & article & home & listed,
        "home": rows["new"] & article & there & home,
        "edited": article & there & home & listed,
    }
    return {name: int(kept.sum()) for name, kept in found.items()}
