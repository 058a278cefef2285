"""Marking of week 4, "From needs to an idea"."""

from __future__ import annotations

from typing import Any

from organizer_lab.grading.marking import Wrong, agrees, marks, number, rows, text

OPPOSITES = ("essential", "feasible", "quick", "influential")
SCORES = ("first", "second")


def _rows(table: str, country: Any) -> list[dict[str, str]]:
    """Give the country's rows of a table; none where the table does not know it."""
    if not isinstance(country, str) or country not in {
        row["iso3"] for row in rows("country_profile")
    }:
        raise Wrong("'country' is not the code of a country.")
    return [row for row in rows(table) if row["iso3"] == country]


def _in_2023(country: Any) -> dict[str, str] | None:
    return next((row for row in _rows("co2_by_country", country) if row["year"] == "2023"), None)


@marks("4.1", "country", "tonnes_per_person", "why_missing")
def per_person(country: Any, tonnes_per_person: Any, why_missing: Any) -> None:
    """Two decimals of tonnes per inhabitant in 2023; None with a reason where it is unknown."""
    row = _in_2023(country)
    if row and row["population"]:
        true = float(row["co2_mt"]) * 1_000_000 / int(row["population"])
        return agrees(tonnes_per_person, true, 0.005)
    if tonnes_per_person is not None:
        raise Wrong("the table cannot give this number, so the answer is None.")
    text(why_missing, 3)
    return None


@marks("4.2", "country", "cumulative_share_pct")
def cumulative_share(country: Any, cumulative_share_pct: Any) -> None:
    """Three leading digits of the share of all countries' sum up to 2023, per cent."""
    row = _in_2023(country)
    if row is None:
        if cumulative_share_pct is not None:
            raise Wrong("the table has no row for this country, so the answer is None.")
        return
    whole = sum(
        float(each["cumulative_co2_mt"])
        for each in rows("co2_by_country")
        if each["year"] == "2023"
    )
    true = 100 * float(row["cumulative_co2_mt"]) / whole
    if abs(number(cumulative_share_pct) - true) > 0.005 * true * (1 + 1e-9):
        raise Wrong("the number is not right.")


@marks("4.3", "country", "displacements", "years_recorded")
def displacement(country: Any, displacements: Any, years_recorded: Any) -> None:
    """Sum of the recorded years and their number; None and 0 where nothing is recorded."""
    recorded = _rows("disaster_displacement", country)
    agrees(years_recorded, len(recorded), 0)
    if recorded:
        return agrees(displacements, sum(int(row["new_displacements"]) for row in recorded), 0.5)
    if displacements is not None:
        raise Wrong("nothing is recorded for this country, so the answer is None.")
    return None


@marks("4.4", "country", "rows_before", "rows_by_country", "rows_by_country_and_year")
def joins(country: Any, before: Any, by_country: Any, by_both: Any) -> None:
    """Three counts of rows: the emissions, and their joins with displacement."""
    left = [row["year"] for row in _rows("co2_by_country", country)]
    right = [row["year"] for row in _rows("disaster_displacement", country)]
    agrees(before, len(left), 0)
    agrees(by_country, len(left) * len(right), 0)
    agrees(by_both, sum(left.count(year) for year in right), 0)


@marks("4.5", "matrix")
def lists(matrix: Any) -> None:
    """Who was heard, at least two needs, and at least five different ideas."""
    matrix = _matrix(matrix)
    text(matrix.get("heard_from"), 1)
    needs = matrix.get("needs")
    if not isinstance(needs, list) or len(needs) < 2:
        raise Wrong("two needs or more are missing.")
    for need in needs:
        text(need, 4)
    written = [" ".join(text(idea.get("text"), 2).casefold().split()) for idea in _ideas(matrix)]
    if len(written) < 5:
        raise Wrong("five ideas or more are missing.")
    if len(set(written)) < len(written):
        raise Wrong("two ideas are the same.")


@marks("4.6", "matrix")
def scores(matrix: Any) -> None:
    """Two different opposites; for each idea two scores from 1 to 5."""
    matrix = _matrix(matrix)
    opposites = [matrix.get("first_opposite"), matrix.get("second_opposite")]
    if not all(name in OPPOSITES for name in opposites) or opposites[0] == opposites[1]:
        raise Wrong("two different opposites are missing.")
    if not _ideas(matrix):
        raise Wrong("there are no ideas to score.")
    for idea in _ideas(matrix):
        if not all(_is_whole(idea.get(name)) and 1 <= idea[name] <= 5 for name in SCORES):
            raise Wrong("an idea has no two scores from 1 to 5.")


@marks("4.7", "matrix")
def choice(matrix: Any) -> None:
    """Demand the idea with the most points, or a sentence that says why another one."""
    matrix = _matrix(matrix)
    text(matrix.get("reason"), 6)
    chosen, ideas = matrix.get("chosen"), _ideas(matrix)
    if not _is_whole(chosen) or not 1 <= chosen <= len(ideas):
        raise Wrong("the number of the chosen idea is missing or not in the list.")
    totals = [
        sum(idea[name] for name in SCORES)
        for idea in ideas
        if all(_is_whole(idea.get(name)) for name in SCORES)
    ]
    mine = [ideas[chosen - 1].get(name) for name in SCORES]
    if not all(_is_whole(score) for score in mine):
        raise Wrong("the chosen idea has no scores.")
    if sum(mine) < max(totals):
        text(matrix.get("exception"), 6)


def _matrix(matrix: Any) -> dict[str, Any]:
    if not isinstance(matrix, dict) or matrix.get("part") != "IdeaMatrix":
        raise Wrong("'matrix' is not an idea matrix.")
    return matrix


def _ideas(matrix: dict[str, Any]) -> list[dict[str, Any]]:
    ideas = matrix.get("ideas")
    if not isinstance(ideas, list) or not all(
        isinstance(idea, dict) and idea.get("part") == "Idea" for idea in ideas
    ):
        raise Wrong("the list of ideas is not one.")
    return ideas


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
