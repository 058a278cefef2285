"""Marking of week 9, "Evaluate, follow up, submit"."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Any

from organizer_lab.grading.marking import Wrong, agrees, marks, rows, text
from organizer_lab.grading.marking.contests import contests_or_neighbour

PROGRAMME = "programme_two_"
TARGET = 12
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"


def _of_programme(table: str) -> list[dict[str, str]]:
    return [row for row in rows(table) if PROGRAMME in row["course_slug"]]


def _time(moment: str) -> datetime:
    return datetime.strptime(moment, "%Y-%m-%d %H:%M:%S UTC")


def _new_names() -> set[str]:
    """Give the accounts that were registered between start and end."""
    course = _of_programme("invented_dashboard_course")[0]
    start, end = _time(course["start_date"]), _time(course["end_date"])
    return {
        row["username"]
        for row in _of_programme("invented_dashboard_editors")
        if start <= _time(row["registered_at"]) <= end
    }


@marks("9.1", "new_editors")
def new(new_editors: Any) -> None:
    """Count accounts registered between start and end."""
    agrees(new_editors, len(_new_names()), 0)


@marks("9.2", "retained")
def stayed(retained: Any) -> None:
    """Count new editors with an edit to an article of the home wiki, more than 7 days later."""
    course = _of_programme("invented_dashboard_course")[0]
    limit = _time(course["end_date"]) + timedelta(days=7)
    names = {
        row["Username"]
        for row in rows("invented_later_edits")
        if row["Domain"] == course["home_wiki"]
        and ":" not in row["Page_title"]
        and _time(row["Timestamp"]) > limit
    }
    agrees(retained, len(names & _new_names()), 0)


@marks("9.3", "own_created", "target_met")
def own_articles(own_created: Any, target_met: Any) -> None:
    """Count new articles of the list on the home wiki that are still there; compare with 12."""
    home = _of_programme("invented_dashboard_course")[0]["home_wiki"]
    titles = {r["title"] for r in rows("climate_articles_views") if r["language_code"] == "en"}
    own = [
        row
        for row in _of_programme("invented_dashboard_articles")
        if (row["new"], row["deleted"], row["namespace"]) == ("true", "false", "0")
        and row["wiki"] == home
        and row["title"].replace("_", " ") in titles
    ]
    agrees(own_created, len(own), 0)
    if target_met is not (len(own) >= TARGET):
        raise Wrong("it is not said rightly whether the target was met.")


@marks("9.4", "country", "contest_country", "best_year", "after_best", "why_none")
def after_the_best(
    country: Any, contest_country: Any, best_year: Any, after_best: Any, why_none: Any
) -> None:
    """Find the first year with the most uploaders, and the uploaders of the next row."""
    people = {
        year: int(row["uploaders"])
        for year, row in contests_or_neighbour(country, contest_country).items()
    }
    best = min(year for year in people if people[year] == max(people.values()))
    agrees(best_year, best, 0)
    later = [year for year in people if year > best]
    if later:
        agrees(after_best, people[min(later)], 0)
        return
    if after_best is not None:
        raise Wrong("there is no row after the best year, so the answer is None.")
    text(why_none, 3)


@marks("9.5", "evaluation")
def judged(evaluation: Any) -> None:
    """Demand scope, attribution, the day of comparing, the looks, and what follows a miss."""
    plan = _plan(evaluation)
    for name in ("scope", "attribution", "if_missed"):
        text(plan.get(name), 6)
    _day(plan.get("compare_on"))
    looks = plan.get("retention_on")
    if not isinstance(looks, list) or len(looks) < 2:
        raise Wrong("there are not two days on which retention is looked at.")
    days = [_day(each) for each in looks]
    if sorted(set(days)) != days or days[-1] - days[0] < timedelta(days=14):
        raise Wrong("the days are not in order, or too near to each other.")


@marks("9.6", "evaluation")
def follow_up(evaluation: Any) -> None:
    """Demand judging, recognition, and follow-up for people and for content."""
    plan = _plan(evaluation)
    text(plan.get("judging"), 8)
    text(plan.get("recognition"), 6)
    items = plan.get("follow_up")
    if not isinstance(items, list):
        raise Wrong("there is no follow-up.")
    for item in items:
        if not isinstance(item, dict) or item.get("part") != "FollowUp":
            raise Wrong("a follow-up is none.")
        _day(item.get("on"))
        text(item.get("action"), 3)
        text(item.get("owner"), 1)
    if {item.get("subject") for item in items} != {"people", "content"}:
        raise Wrong("there is not a follow-up for people and one for content.")


@marks("9.7", "evaluation")
def peers(evaluation: Any) -> None:
    """Demand feedback on two peers, of six words or more, and not twice the same."""
    plan = _plan(evaluation)
    first, second = (text(plan.get(name), 6) for name in ("peer_week_3", "peer_week_9"))
    if first.split() == second.split():
        raise Wrong("the feedback of both weeks is the same.")


def _plan(evaluation: Any) -> dict[str, Any]:
    if not isinstance(evaluation, dict) or evaluation.get("part") != "EvaluationPlan":
        raise Wrong("'evaluation' is not an evaluation plan.")
    return evaluation


def _day(answer: Any) -> date:
    if isinstance(answer, str) and re.fullmatch(_DAY, answer.strip()):
        try:
            return date.fromisoformat(answer.strip())
        except ValueError:
            pass
    raise Wrong("a day is missing, or is not written as 2027-04-20.")
