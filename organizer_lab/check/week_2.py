"""Checks of week 2, "What is missing?"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pandas as pd

from organizer_lab import data
from organizer_lab.check import (
    as_number,
    country_name,
    near,
    not_sound,
    place_problems,
    question,
)
from organizer_lab.plan import GapStatement
from organizer_lab.plan.week_2 import EDITIONS, TOLERANCE, USERS
from organizer_lab.words import count_words

LANGUAGES = "languages_by_country"
MILLION = 1_000_000
NO_USERS = (
    "The table has no estimate of the users of {language}, so nothing can be divided by it. "
    "Write None, without quotation marks"
)
KINDS = {
    "articles": "articles",
    "monthly_active_editors": "active editors",
    "monthly_editors": "all editors, with one edit or more",
    "monthly_new_active_editors": "new active editors",
    "monthly_unique_devices": "devices",
    "monthly_pageviews": "page views",
}


@question("2.0", "country", "language")
def place(country: Any, language: Any) -> list[str]:
    """Check that the tables know the learner's country and language."""
    problems = place_problems(country, language)
    if not problems and not _users(language):
        print(
            f"Note: the table has no estimate of how many people use {_name(language)}. You can "
            "go on: each question says what to answer then."
        )
    return problems


@question("2.1", "language", "articles_per_million", "why_missing")
def articles(language: Any, articles_per_million: Any, why_missing: Any) -> list[str]:
    """Check the articles per million users of the learner's language."""
    if problems := place_problems("TZA", language):
        return problems
    if _users(language):
        return _quotient(language, articles_per_million, "articles")
    if articles_per_million is not None:
        return [f"{NO_USERS.format(language=_name(language))}, and give the reason in why_missing."]
    return _why(why_missing, "why_missing")


@question("2.2", "language", "editors_per_million")
def editors(language: Any, editors_per_million: Any) -> list[str]:
    """Check the active editors per million users of the learner's language."""
    if problems := place_problems("TZA", language):
        return problems
    if _users(language):
        return _quotient(language, editors_per_million, "monthly_active_editors")
    if editors_per_million is not None:
        return [f"{NO_USERS.format(language=_name(language))}, here too."]
    return []


@question("2.3", "language", "rank", "group_size")
def rank(language: Any, given_rank: Any, group_size: Any) -> list[str]:
    """Check the place of the edition in the group of comparable ones."""
    if problems := place_problems("TZA", language):
        return problems
    users = _users(language)
    if not users:
        if given_rank is not None or group_size is not None:
            return [f"{NO_USERS.format(language=_name(language))}, for rank and for group_size."]
        return []
    found = []
    for name, value in (("rank", given_rank), ("group_size", group_size)):
        if value is None:
            found.append(f"{name}: the table has an estimate of users, so None is not right.")
        elif isinstance(as_number(value), str):
            found.append(f"{name}: {as_number(value)}")
    if found:
        return found
    return _size(users, float(group_size)) + _rank(language, users, float(given_rank))


@question("2.4", "country", "largest_without", "why_none")
def largest_without(country: Any, largest: Any, why_none: Any) -> list[str]:
    """Check the country's largest language without a Wikipedia."""
    if problems := place_problems(country):
        return problems
    table = data.load(LANGUAGES)
    mine = table[table["iso3"] == country]
    without = mine[mine["language_code"].isna()]
    name = country_name(country)
    if without.empty:
        if largest is not None:
            return [
                f"The table names no language of {name} without a Wikipedia. Write None, without "
                "quotation marks, and say in why_none where you looked."
            ]
        return _why(why_none, "why_none")
    if largest is None:
        return [f"The table has a language of {name} without a Wikipedia, so None is not right."]
    if not isinstance(largest, str):
        return ["Write the name of the language in quotation marks, as the table writes it."]
    written = " ".join(largest.lower().split())
    most = without["population_share_pct"].max()
    if written in _lower(without.loc[without["population_share_pct"] == most, "language"]):
        return []
    if written in _lower(without["language"]):
        return ["That language has no Wikipedia, but another one is used by more people."]
    if written in _lower(mine["language"]) | _lower(mine["language_code"].dropna()):
        return ["That language has a Wikipedia: its language_code is not empty."]
    if written in _lower(table["language"]):
        return [f"That language is of another country. Select the rows of {name}."]
    return [f"The table has no such language for {name}. Copy the name from the column language."]


@question("2.5", "gap")
def gap_number(gap: Any) -> list[str]:
    """Check the number of the gap statement."""
    return _said(gap, lambda field: field.startswith("number"))


@question("2.6", "gap")
def gap_table(gap: Any) -> list[str]:
    """Check the rows of the gap table."""
    return _said(gap, lambda field: field.startswith("gap_table"))


@question("2.7", "gap")
def gap_words(gap: Any) -> list[str]:
    """Check type, content, language and whom the gap concerns."""
    return _said(gap, lambda field: not field.startswith(("number", "gap_table")))


def _said(gap: Any, wanted: Callable[[str], bool]) -> list[str]:
    if wrong := not_sound(gap, GapStatement, "gap"):
        return wrong
    return [str(problem) for problem in gap.problems() if wanted(problem.field)]


def _edition(language: str) -> dict[str, Any]:
    return data.rows(EDITIONS, "language_code", language).iloc[0].to_dict()


def _users(language: str) -> int:
    """Give the users of a language; 0 where there is no estimate to divide by."""
    users = _edition(language)[USERS]
    return 0 if pd.isna(users) else int(users)


def _name(language: str) -> str:
    return str(_edition(language)["language"])


def _lower(names: Any) -> set[str]:
    return {str(name).lower() for name in names}


def _why(why: Any, name: str) -> list[str]:
    if not isinstance(why, str) or count_words(why) < 3:
        return [f"None is right. Now say in {name}, in a few words, why."]
    return []


def _alike(value: float, true: float) -> bool:
    """Say whether three leading digits agree."""
    return abs(value - true) <= TOLERANCE * abs(true) * (1 + 1e-9)


def _quotient(language: str, given: Any, column: str) -> list[str]:
    """Check a number of an edition per million users of its language."""
    if given is None:
        return ["The table has an estimate of the users, so None is not right."]
    if isinstance(given, float) and abs(given) == float("inf"):
        return ["This is 'inf': something was divided by zero. Which rows did you select?"]
    value = as_number(given)
    if isinstance(value, str):
        return [value]
    row, users = _edition(language), _users(language)
    total = float(row[column])
    true = total / users * MILLION
    if _alike(value, true):
        return []
    for factor, text in (
        (1 / MILLION, "per person. Multiply by one million."),
        (1 / 1000, "per thousand users. Multiply by one thousand."),
        (1000, "per thousand million users. Divide by one thousand."),
        (1 / 10, "too small by ten. Count the zeros of one million."),
        (10, "too large by ten. Count the zeros of one million."),
    ):
        if _alike(value, true * factor):
            return [f"Near: that is {text}"]
    if _alike(value, total):
        return [f"That is the total of {KINDS[column]}. Divide it by the users, in millions."]
    if _alike(value, users / MILLION) or _alike(value, users):
        return ["That is the number of users. Divide by it."]
    if total and (_alike(value, users / total) or _alike(value, users / total / MILLION)):
        return [f"Turned round: that is users for each of the {KINDS[column]}."]
    for other, words in KINDS.items():
        if other != column and _alike(value, float(row[other]) / users * MILLION):
            return [f"That counts {words}. The question asks for {KINDS[column]}."]
    articles_count = float(row["articles"])
    if column != "articles" and _alike(value, total / articles_count * MILLION):
        return ["That is per million articles. Divide by the users of the language."]
    for other in ("sw", "tl", "en"):
        if other != language:
            there = _edition(other)
            if _alike(value, float(there[column]) / _users(other) * MILLION):
                return [f"That is the number of {there['language']}. Select your own language."]
    if near(value, true, 0.1 * true):
        return ["Very near. Keep at least three leading digits when you round."]
    return ["That is not it. Divide the number of the table by the users, then take a million."]


def _counted() -> pd.DataFrame:
    """Give the editions with an estimate, their users and their articles for each user."""
    table = data.load(EDITIONS)
    table = table[table[USERS].fillna(0) > 0]
    users = table[USERS].astype(float)
    return pd.DataFrame(
        {
            "language_code": table["language_code"],
            "users": users,
            "articles": table["articles"].astype(float),
            "each": table["articles"].astype(float) / users,
        }
    )


def _size(users: int, given: float) -> list[str]:
    """Check the number of editions in the group."""
    all_users = _counted()["users"]
    true = int(all_users.between(users / 2, users * 2).sum())
    if given == true:
        return []
    if given == true - 1:
        text = "one is missing. Your own edition belongs to the group, and so do both ends."
    elif given in (len(all_users), len(data.load(EDITIONS))):
        text = "these are all editions. Keep those with half to twice as many users as yours."
    elif given in (int((all_users >= users / 2).sum()), int((all_users >= users).sum())):
        text = "the group has an upper end too: at most twice as many users as yours."
    elif given == int((all_users <= users * 2).sum()):
        text = "the group has a lower end too: at least half as many users as yours."
    else:
        text = "that is not how many editions have half to twice as many users as yours."
    return [f"group_size: {text}"]


def _rank(language: str, users: int, given: float) -> list[str]:
    """Check the place in the group."""
    counted = _counted()
    group = counted[counted["users"].between(users / 2, users * 2)]

    def place_in(rows: pd.DataFrame, column: str) -> int:
        mine = rows.loc[rows["language_code"] == language, column].iloc[0]
        return 1 + int((rows[column] > mine).sum())

    true = place_in(group, "each")
    if given == true:
        return []
    if given != int(given) or given < 1:
        text = "a rank is a whole number from 1 on."
    elif given == len(group) + 1 - true:
        text = "counted from the other end. Rank 1 has the most articles per million users."
    elif given == place_in(counted, "each"):
        text = "that is the rank among all editions. Keep the group of comparable ones."
    elif given == place_in(group, "articles"):
        text = "that is the rank by all articles. Divide by the users first."
    elif given == place_in(group, "users"):
        text = "that is the rank by users. Sort by articles per million users."
    elif given in (true - 1, true + 1):
        text = "one off. The first one has rank 1, not 0."
    else:
        text = "that is not your place. Sort the group by articles per million users, and count."
    return [f"rank: {text}"]
