"""Checks of week 3, "Who will take part?"."""

from __future__ import annotations

from typing import Any

from organizer_lab import data
from organizer_lab.check import (
    as_number,
    country_name,
    near,
    neighbours,
    not_sound,
    place_problems,
    question,
)
from organizer_lab.plan import PersonaAndFunnel
from organizer_lab.words import count_words

# Of 100 invited people 50 register, and 30 of these edit: what question 3.4 supposes.
INVITED, REGISTERED, EDITED = 100, 50, 30
TOLERANCE_PCT = 0.05
TOLERANCE_PEOPLE = 0.05
LESSON = (("TZA", "sw"), ("PHL", "tl"))


@question("3.0", "country", "language")
def place(country: Any, language: Any) -> list[str]:
    """Check that the tables know country and language, and say what they lack for them."""
    if problems := place_problems(country, language):
        return problems
    name = country_name(country)
    if _internet(country) is None:
        print(
            f"Note: there is no figure on internet users for {name}. You can go on: question 3.1 "
            f"says what to answer. {_instead(country)}"
        )
    if _share(country, language) is None:
        print(
            f"Note: languages_by_country has no row for {name} and '{language}'. You can go on: "
            "question 3.2 says what to answer."
        )
    return []


@question("3.1", "country", "people_online", "why_no_figure")
def people_online(country: Any, answer: Any, why: Any) -> list[str]:
    """Check the number of people online in the country."""
    if problems := place_problems(country):
        return problems
    name = country_name(country)
    online = _online(country)
    if online is None:
        text = f"country_profile has no figure on internet users for {name}"
        return _none(answer, why, "why_no_figure", f"{text}, so no number can be right.")
    if answer is None:
        return [f"The table has figures for {name}, so None is not right."]
    value = as_number(answer)
    if isinstance(value, str):
        return [value]
    if _within(value, online):
        return []
    people, pct = _population(country), _internet(country)
    if near(value, pct, 0.5) or near(value, pct / 100, 0.005):
        return ["That is the share. The question asks for people: take this share of them."]
    if _within(value, 100 * online):
        return ["That is a hundred times too large: a per cent is a hundredth. Divide by 100."]
    if _within(value, online / 100):
        return ["That is a hundred times too small. Divide by 100 only once."]
    if _within(value, online / 1e3) or _within(value, online / 1e6):
        return ["That is in thousands or millions. Write the number of people."]
    if _within(value, people):
        return ["That is the whole population. Not everybody is online."]
    if _within(value, people - online):
        return ["That is the number of people who are not online."]
    if there := _of_lesson(value, country, lambda code, _: _online(code)):
        return [f"That is the value of {there}. Select the row of {name}."]
    return ["That is not population × internet users. Look at both numbers, and at their row."]


@question("3.2", "country", "language", "online_in_language", "why_no_share")
def online_in_language(country: Any, language: Any, answer: Any, why: Any) -> list[str]:
    """Check the number of people online who can use the language."""
    if problems := place_problems(country, language):
        return problems
    name, online, share = country_name(country), _online(country), _share(country, language)
    if online is None or share is None:
        lacking = (
            f"languages_by_country has no row for {name} and '{language}'"
            if online is not None
            else f"without the people online in {name} this cannot be computed"
        )
        return _none(answer, why, "why_no_share", f"No number can be right: {lacking}.")
    if answer is None:
        return [f"The tables have figures for {name} and '{language}', so None is not right."]
    value = as_number(answer)
    if isinstance(value, str):
        return [value]
    if _within(value, online * share / 100):
        return []
    if near(value, share, 0.5) or near(value, share * _internet(country) / 100, 0.5):
        return ["That is a share. The question asks for people."]
    if _within(value, 100 * online * share / 100):
        return ["That is a hundred times too large: a per cent is a hundredth. Divide by 100."]
    if _within(value, online * share / 1e4):
        return ["That is a hundred times too small. Divide by 100 only once."]
    if _within(value, online * share / 1e5) or _within(value, online * share / 1e8):
        return ["That is in thousands or millions. Write the number of people."]
    if _within(value, _population(country) * share / 100):
        return ["That is everybody who can use the language. Take only those who are online."]
    if _within(value, online):
        return ["That is everybody online. Take the share that can use the language."]
    for other, pct in _languages(country):
        if _within(value, online * pct / 100):
            return [f"That is the number for {other}. Select the row of your own language."]
    if there := _of_lesson(value, country, _online_in):
        return [f"That is the value of {there}. Select the rows of {name}."]
    return ["That is not the share of the language × the people online. Look at both numbers."]


@question("3.3", "language", "mobile_edits_pct")
def mobile_edits(language: Any, answer: Any) -> list[str]:
    """Check the share of edits made on a phone (%)."""
    if problems := place_problems("TZA", language):
        return problems
    value = as_number(answer)
    if isinstance(value, str):
        return [value]
    true = 100 * _edition(language, "mobile_edits_share")
    if near(value, true, TOLERANCE_PCT):
        return []
    if near(value, true / 100, 0.001):
        return ["That is the fraction from the table. As a per cent it is 100 times as large."]
    devices = _edition(language, "mobile_devices_share")
    if near(value, 100 * devices, TOLERANCE_PCT) or near(value, devices, 0.0005):
        return ["That is the share of devices that read on a phone. Take the share of edits."]
    if near(value, 100 - true, TOLERANCE_PCT):
        return ["That is the share of edits that are not made on a phone."]
    for _, code in LESSON:
        if near(value, 100 * _edition(code, "mobile_edits_share"), TOLERANCE_PCT):
            return [f"That is the value of the edition '{code}'. Select the row of your own."]
    if near(value, true, 0.6):
        return ["Very near. Give one decimal."]
    return ["That is not the mobile share of edits of this edition. Look at column and row again."]


@question("3.4", "language", "stay_own", "stay_group")
def stay(language: Any, own: Any, group: Any) -> list[str]:
    """Check how many of 30 new editors stay, by the edition's rate and by that of its group."""
    if problems := place_problems("TZA", language):
        return problems
    editions = data.load("wikipedia_editions")
    mine = editions[editions["language_code"] == language].iloc[0]
    size = float(mine["monthly_active_editors"])
    near_in_size = editions[editions["monthly_active_editors"].between(size / 2, size * 2)]
    rates = near_in_size["new_editor_retention"]
    others = {
        "That is the rate of all editions. Keep the ones of a comparable size.": (
            editions["new_editor_retention"].mean()
        ),
        "That is the median of the group. The question asks for the mean.": rates.median(),
        "Here the group was chosen by another column. Take monthly_active_editors.": (
            editions.loc[
                editions["monthly_editors"].between(
                    mine["monthly_editors"] / 2, mine["monthly_editors"] * 2
                ),
                "new_editor_retention",
            ].mean()
        ),
    }
    own_rate, group_rate = float(mine["new_editor_retention"]), float(rates.mean())
    found = _stayed("stay_own", own, own_rate, {"That is the rate of the group.": group_rate})
    swapped = {"That is the rate of your edition alone. Take the group's mean.": own_rate}
    return found + _stayed("stay_group", group, group_rate, swapped | others)


@question("3.5", "audience")
def persona(audience: Any) -> list[str]:
    """Check that one person can be seen."""
    return _problems(audience, ("persona",))


@question("3.6", "audience")
def funnel(audience: Any) -> list[str]:
    """Check that the funnel never grows and that each rate has a source."""
    return _problems(audience, ("funnel",))


@question("3.7", "audience")
def design(audience: Any) -> list[str]:
    """Check the number and its consequence, channel, invitation and safety note."""
    names = ("country", "connectivity", "consequence", "channel", "invitation", "safety_note")
    return _problems(audience, names)


def _problems(audience: Any, fields: tuple[str, ...]) -> list[str]:
    """Apply the plan's own rules to some of the fields."""
    if wrong := not_sound(audience, PersonaAndFunnel, "audience"):
        return wrong
    return [str(p) for p in audience.problems() if p.field.split(",")[0] in fields]


def _stayed(name: str, answer: Any, rate: float, others: dict[str, float]) -> list[str]:
    value = as_number(answer)
    if isinstance(value, str):
        return [f"{name}: {value}"]
    if near(value, EDITED * rate, TOLERANCE_PEOPLE):
        return []
    for people in (INVITED, REGISTERED):
        if near(value, people * rate, TOLERANCE_PEOPLE):
            return [f"{name}: that is the rate of {people} people. Only {EDITED} edit."]
    if near(value, 100 * EDITED * rate, 5):
        return [f"{name}: that is a hundred times too large. The rate is a fraction already."]
    if near(value, rate, 0.0005):
        return [f"{name}: that is the rate itself. Take it of the {EDITED} people who edit."]
    if near(value, EDITED * (1 - rate), TOLERANCE_PEOPLE):
        return [f"{name}: that is how many leave. The question asks how many stay."]
    # Several mistakes can lie within the tolerance of each other: the nearest one is meant.
    sentence, other = min(others.items(), key=lambda item: abs(value - EDITED * float(item[1])))
    if near(value, EDITED * float(other), TOLERANCE_PEOPLE):
        return [f"{name}: {sentence}"]
    if near(value, EDITED * rate, 0.6):
        return [f"{name}: near, but not it. Give one decimal; here a part of a person is allowed."]
    return [f"{name}: that is not {EDITED} people × the rate. Look at the rate and its rows."]


def _none(answer: Any, why: Any, name: str, lacking: str) -> list[str]:
    """Demand None and a reason where the tables have no figure."""
    if answer is not None:
        return [f"{lacking} Write None, without quotation marks, and give the reason in {name}."]
    if not isinstance(why, str) or count_words(why) < 3:
        return [f"None is right. Now say in {name}, in a few words, why there is no number."]
    return []


def _within(value: float, true: float) -> bool:
    """Say whether two numbers of people agree within 1 %."""
    return near(value, true, 0.01 * true)


def _population(country: str) -> float | None:
    return data.value("country_profile", "population_2023", where={"iso3": country})


def _internet(country: str) -> float | None:
    return data.value("country_profile", "internet_users_pct", where={"iso3": country})


def _online(country: str) -> float | None:
    people, pct = _population(country), _internet(country)
    return None if people is None or pct is None else people * pct / 100


def _share(country: str, language: str) -> float | None:
    where = {"iso3": country, "language_code": language}
    return data.value("languages_by_country", "population_share_pct", where=where)


def _online_in(country: str, language: str) -> float | None:
    online, share = _online(country), _share(country, language)
    return None if online is None or share is None else online * share / 100


def _languages(country: str) -> list[tuple[str, float]]:
    rows = data.rows("languages_by_country", "iso3", country)
    return list(zip(rows["language"], rows["population_share_pct"], strict=True))


def _edition(language: str, column: str) -> float:
    return float(data.value("wikipedia_editions", column, where={"language_code": language}))


def _of_lesson(value: float, country: str, compute: Any) -> str | None:
    """Name the country of the lesson if the value is its own: its code was not changed."""
    for code, language in LESSON:
        if code != country and _within(value, compute(code, language)):
            return country_name(code)
    return None


def _instead(country: str) -> str:
    """Name neighbours with a figure on internet users."""
    profile = data.load("country_profile")
    near_by = neighbours(country, set(profile.loc[profile["internet_users_pct"].notna(), "iso3"]))
    names = ", ".join(f"{country_name(code)} ({code})" for code in near_by[:3])
    return (
        f"For your plan take a neighbour's figure, such as {names}."
        if names
        else "For your plan take a number of your Wikipedia edition."
    )
