"""Checks of week 7, "Plan the event and keep people safe"."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from organizer_lab import data
from organizer_lab.check import (
    as_number,
    country_name,
    named,
    near,
    not_sound,
    place_problems,
    question,
)
from organizer_lab.plan import EventPlan
from organizer_lab.plan.rows import day, moment
from organizer_lab.plan.week_7 import WEEKS_BEFORE, YEARS
from organizer_lab.words import count_words

WEEKLY, DAILY = "climate_views_weekly", "climate_views_daily_en"
# Half a view of a middle week, and one decimal of a ratio.
TOLERANCE_VIEWS, TOLERANCE_TIMES = 0.5, 0.05
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


@question("7.0", "country", "language")
def place(country: Any, language: Any) -> list[str]:
    """Check that the tables know the place, and say what follows for this week."""
    if problems := place_problems(country, language):
        return problems
    if language not in _editions():
        print(
            f"Note: the views are known for eight editions ({', '.join(_editions())}), and "
            f"'{language}' is not one of them. In question 7.1 you choose the one that your "
            "readers also use, and say why."
        )
    if data.value("country_profile", "on_protection_list", where={"iso3": country}):
        print(
            f"Note: {country_name(country)} is on the protection list. People there need more "
            "care: read the part about it in the lesson before you write your risks."
        )
    return []


@question("7.1", "language", "edition", "why_edition", "base_week")
def base_level(language: Any, edition: Any, why_edition: Any, base_week: Any) -> list[str]:
    """Check the edition, the reason for it, and the median week."""
    if problems := _about_edition(language, edition):
        return problems
    if edition != language and (not isinstance(why_edition, str) or count_words(why_edition) < 6):
        return ["why_edition: say in six words or more why your readers also use this edition."]
    value = as_number(base_week)
    if isinstance(value, str):
        return [f"base_week: {value}"]
    views = _views(edition)
    if near(value, views.median(), TOLERANCE_VIEWS):
        return []
    mistakes = {
        "That is the mean. A few very high weeks pull it up. Take the median.": views.mean(),
        "That is the week with most views. The base level is the middle week.": views.max(),
        "That is the week with fewest views. The base level is the middle week.": views.min(),
        "That is the sum of all weeks.": views.sum(),
        "That is the number of weeks. Take the median of their views.": len(views),
        "That is a middle day. The question asks for a middle week.": views.median() / 7,
    }
    if said := named(value, mistakes, TOLERANCE_VIEWS):
        return [said]
    for code in _editions():
        if code != edition and near(value, _views(code).median(), TOLERANCE_VIEWS):
            return [f"That is the middle week of '{code}'. Select the rows of '{edition}'."]
    if near(value, views.median(), 0.01 * views.median()):
        return ["Very near. Take all weeks of the four years, and do not round by hand."]
    return [f"That is not the middle week of '{edition}'. Take the median of its column views."]


@question("7.2", "language", "edition", "peak_week", "peak_times")
def peak(language: Any, edition: Any, peak_week: Any, peak_times: Any) -> list[str]:
    """Check the week with most views, and its size against the median week."""
    if problems := _about_edition(language, edition):
        return problems
    views = _views(edition)
    found = _about_week(views, peak_week, edition)
    value = as_number(peak_times)
    if isinstance(value, str):
        return [*found, f"peak_times: {value}"]
    top, middle = views.max(), views.median()
    if near(value, top / middle, TOLERANCE_TIMES):
        return found
    mistakes = {
        "You divided by the mean. Divide by the median week of question 7.1.": top / views.mean(),
        "That is the number of views. Divide it by the median week.": top,
        "That is upside down: divide the peak by the median week.": middle / top,
        "That is per cent. The question asks how many times: divide by 100.": 100 * top / middle,
        "That is what the peak has more than the median week. Divide, and take nothing away.": (
            top / middle - 1
        ),
        "You took the median week away. Divide by it instead.": top - middle,
        "You divided by the lowest week. Divide by the median week.": top / views.min(),
    }
    if said := named(value, mistakes, TOLERANCE_TIMES):
        return [*found, f"peak_times: {said}"]
    for code in _editions():
        other = _views(code)
        if code != edition and near(value, other.max() / other.median(), TOLERANCE_TIMES):
            return [*found, f"peak_times: That is the value of '{code}'. Select '{edition}'."]
    if near(value, top / middle, 0.5):
        return [*found, "peak_times: Very near. Give one decimal, and round only at the end."]
    return [*found, "peak_times: Divide the views of the peak week by those of the median week."]


@question("7.3", "busiest_day", "quietest_day")
def weekdays(busiest_day: Any, quietest_day: Any) -> list[str]:
    """Check the weekdays with the largest and with the smallest median."""
    rows = data.load(DAILY)
    typical = rows.groupby(rows["date"].dt.day_name())["views_all_articles"].median()
    right = {"busiest_day": typical.idxmax(), "quietest_day": typical.idxmin()}
    highest = rows.loc[rows["views_all_articles"].idxmax(), "date"].day_name()
    given = {"busiest_day": busiest_day, "quietest_day": quietest_day}
    found = []
    for name, answer in given.items():
        if not isinstance(answer, str) or answer.strip().capitalize() not in WEEKDAYS:
            found.append(
                f'{name}: write the English name of a weekday in quotation marks, such as "Monday".'
            )
    if found:
        return found
    days = {name: answer.strip().capitalize() for name, answer in given.items()}
    if days == right:
        return []
    if days == {"busiest_day": right["quietest_day"], "quietest_day": right["busiest_day"]}:
        return ["The two are the wrong way round."]
    for name, answer in days.items():
        if answer == right[name]:
            continue
        if name == "busiest_day" and answer == highest:
            found.append(
                f"{name}: that is the weekday of the one highest day. One day with a jump is no "
                "habit: take the median of each weekday."
            )
        else:
            found.append(
                f"{name}: compare the seven medians again. Look at all articles, over all years."
            )
    return found


@question("7.4", "planned_on", "start", "days_left", "latest_day")
def days_before(planned_on: Any, start: Any, days_left: Any, latest_day: Any) -> list[str]:
    """Check the days from the plan to the start, and the day six weeks before it."""
    planned, begins = day(planned_on), moment(start)
    found = []
    if planned is None or planned.year not in YEARS:
        found.append('planned_on: write a day that exists, in quotation marks: "2027-01-11".')
    if begins is None or begins.year not in YEARS:
        found.append(
            'start: write a day and a time that exist, in quotation marks: "2027-03-06 09:00".'
        )
    if found:
        return found
    true = (begins.date() - planned).days
    value = as_number(days_left)
    if isinstance(value, str):
        hint = " Write .days behind the difference." if "Timedelta" in value else ""
        found.append(f"days_left: {value}{hint}")
    elif value != true:
        found.append(f"days_left: {_about_days(value, true, begins.date().day - planned.day)}")
    return found + _about_latest(latest_day, begins.date(), planned)


@question("7.5", "event")
def registration(event: Any) -> list[str]:
    """Check name, day of the plan, reason, number and the form."""
    return _said(event, "name", "planned_on", "why_then", "attention", "registration")


@question("7.6", "event")
def team_and_time(event: Any) -> list[str]:
    """Check timeline, roles and messages."""
    return _said(event, "timeline", "roles", "messages")


@question("7.7", "event")
def safety(event: Any) -> list[str]:
    """Check risks and rules of conduct."""
    return _said(event, "risks", "friendly_space", "keeps_ucoc")


def _said(event: Any, *fields: str) -> list[str]:
    if wrong := not_sound(event, EventPlan, "event"):
        return wrong
    return [f"{p.field}: {p.text}" for p in event.problems() if p.field.split(",")[0] in fields]


def _about_edition(language: Any, edition: Any) -> list[str]:
    """Say why an edition is not the one whose views are to be used."""
    if isinstance(language, str) and language in _editions():
        if edition == language:
            return []
        return [f"edition: the table has rows of your own language, so write '{language}'."]
    if isinstance(edition, str) and edition in _editions():
        return []
    return [f"edition: the table knows eight editions. Write one of {', '.join(_editions())}."]


def _about_week(views: Any, peak_week: Any, edition: str) -> list[str]:
    best = views.idxmax().date()
    given = day(peak_week[:10].strip()) if isinstance(peak_week, str) else None
    if given is None:
        return [
            "peak_week: write the Monday as text in quotation marks, month and day with two "
            f'digits: "{views.index[0].date()}". In code, str(...) makes a text.'
        ]
    if given == best:
        return []
    if best < given < best + timedelta(days=7):
        return ["peak_week: this day lies in the right week. Write its Monday."]
    if given not in {week.date() for week in views.index}:
        return ["peak_week: no week of the table starts on this day. Take it from the table."]
    if given == views.idxmin().date():
        return ["peak_week: that is the week with fewest views."]
    for code in _editions():
        if code != edition and given == _views(code).idxmax().date():
            return [f"peak_week: that is the peak of '{code}'. Select the rows of '{edition}'."]
    return ["peak_week: another week has more views."]


def _about_days(value: float, true: int, days_of_month: int) -> str:
    if value == -true and true:
        return "the sign is wrong: take the start minus the day of the plan."
    if abs(value - true) == 1:
        return "one day too many or too few. Subtract the dates and count neither day twice."
    if near(value, true / 7, 0.5):
        return "those are weeks. The question asks for days."
    if value == days_of_month:
        return "you subtracted the days of the month only. Subtract the whole dates."
    if near(value, true, 1):
        return "write whole days. Leave the time of the start out."
    return "subtract the day of the plan from the day of the start."


def _about_latest(latest_day: Any, start: date, planned: date) -> list[str]:
    weeks = timedelta(weeks=WEEKS_BEFORE)
    given = day(latest_day)
    if given is None:
        return [
            'latest_day: write a day as text in quotation marks, such as "2027-01-11". '
            "In code, str(...)[:10] makes one."
        ]
    if given == start - weeks:
        return []
    if given == start + weeks:
        return ["latest_day: those weeks come after the start. Go back in time."]
    if given == planned + weeks:
        return ["latest_day: you counted from the day of the plan. Count back from the start."]
    if abs((given - (start - weeks)).days) == 1:
        return ["latest_day: one day too early or too late. Six weeks have 42 days."]
    return ["latest_day: it lies six weeks, 42 days, before the start, on the same weekday."]


def _editions() -> list[str]:
    return sorted(data.load(WEEKLY)["language_code"].unique())


def _views(edition: str) -> Any:
    """Give the views of an edition by the Monday of each week."""
    rows = data.load(WEEKLY)
    return rows[rows["language_code"] == edition].set_index("week_start")["views"]
