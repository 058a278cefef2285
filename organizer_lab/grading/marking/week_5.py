"""Marking of week 5, "Choose the form and the action"."""

from __future__ import annotations

import re
from typing import Any

from organizer_lab.grading.marking import (
    Wrong,
    agrees,
    columns,
    marks,
    number,
    rows,
    text,
)
from organizer_lab.grading.marking.contests import (
    contests_of,
    contests_or_neighbour,
    known_country,
)
from organizer_lab.grading.marking.evidence import same_unit, table_value, years

FORMS = (
    "photography",
    "micro-contribution",
    "writing contest",
    "edit-a-thon",
    "decentralised drive",
    "combination",
)
KINDS = ("text", "reference", "image", "upload", "translation", "data", "other")


def _latest(country: Any, contest_country: Any) -> dict[str, str]:
    """Give the latest row of the country, or of the neighbour that stands for it."""
    found = contests_or_neighbour(country, contest_country)
    return found[max(found)]


@marks("5.1", "country", "contests", "last_year", "why_missing", "contest_country")
def record(
    country: Any, contests: Any, last_year: Any, why_missing: Any, contest_country: Any
) -> None:
    """Years with a contest and the latest one; None, a reason and a neighbour where none is."""
    _latest(country, contest_country)
    found = contests_of(country)
    if found:
        agrees(contests, len(found), 0)
        agrees(last_year, max(found), 0)
        return
    if contests is not None or last_year is not None:
        raise Wrong("the table has no row for this country, so the answers are None.")
    text(why_missing, 3)


@marks("5.2", "country", "contest_country", "photos_per_uploader")
def per_uploader(country: Any, contest_country: Any, photos_per_uploader: Any) -> None:
    """One decimal of photos divided by accounts, in the latest year."""
    row = _latest(country, contest_country)
    agrees(photos_per_uploader, int(row["uploads"]) / int(row["uploaders"]), 0.05)


@marks("5.3", "country", "contest_country", "new_share_pct")
def share_new(country: Any, contest_country: Any, new_share_pct: Any) -> None:
    """One decimal of new accounts in a hundred accounts, in the latest year."""
    row = _latest(country, contest_country)
    agrees(new_share_pct, 100 * int(row["new_uploaders"]) / int(row["uploaders"]), 0.05)


@marks("5.4", "country", "forest_change", "why_no_forest")
def forest(country: Any, forest_change: Any, why_no_forest: Any) -> None:
    """Two decimals of the change from 2000 to 2015, percentage points; None without a row."""
    known_country(country)
    share = {
        row["year"]: float(row["forest_share_pct"])
        for row in rows("forest_by_country")
        if row["iso3"] == country
    }
    if share:
        agrees(forest_change, share["2015"] - share["2000"], 0.005)
        return
    if forest_change is not None:
        raise Wrong("the table has no row for this country, so the answer is None.")
    text(why_no_forest, 3)


@marks("5.5", "model")
def action_card(model: Any) -> None:
    """One gap, one action, two to seven steps, fifteen and ten minutes."""
    action = _action(model)
    for name, words in (("gap", 6), ("action", 1)):
        if re.search(r"[;\n]", text(action.get(name), words).strip()):
            raise Wrong(f"'{name}' is a list.")
    steps = action.get("steps")
    if not isinstance(steps, list) or not 2 <= len(steps) <= 7:
        raise Wrong("the card has not two to seven steps.")
    if len({" ".join(text(step, 1).lower().split()) for step in steps}) < len(steps):
        raise Wrong("two steps are the same.")
    for name, most in (("taught_min", 15), ("done_min", 10)):
        if not 0 < number(action.get(name)) <= most:
            raise Wrong(f"'{name}' is not from 1 to {most} minutes.")


@marks("5.6", "model")
def success(model: Any) -> None:
    """Demand a size, what it counts, and a kind of edit."""
    action = _action(model)
    if not 0 < number(action.get("success_size")) <= 1_000_000:
        raise Wrong("the size of a successful edit is no number above zero.")
    if re.fullmatch(r"[\d\s.,%]+", text(action.get("success_unit"), 1)):
        raise Wrong("it is not said what the size counts.")
    if action.get("success_kind") not in KINDS:
        raise Wrong("the kind of a successful edit is missing.")


@marks("5.7", "model")
def campaign(model: Any) -> None:
    """Form, length, who runs it and why, help for local organizers, and one number."""
    model = _model(model)
    form, organized, days = model.get("form"), model.get("organized"), model.get("days")
    if form not in FORMS or organized not in ("centralised", "decentralised"):
        raise Wrong("the form, or who runs it, is missing.")
    for name, words in (
        ("resembles", 1),
        ("organized_because", 6),
        ("local_support", 6),
        ("experienced_editors", 1),
    ):
        text(model.get(name), words)
    if not 1 <= number(days) <= 366:
        raise Wrong("the length is not from 1 to 366 days.")
    if form == "decentralised drive" and (organized == "centralised" or days < 28):
        raise Wrong("a decentralised drive is run locally and lasts 28 days or more.")
    _evidence_is_right(model.get("evidence"))


def _model(model: Any) -> dict[str, Any]:
    if not isinstance(model, dict) or model.get("part") != "CampaignModel":
        raise Wrong("'model' is not a campaign model.")
    return model


def _action(model: Any) -> dict[str, Any]:
    action = _model(model).get("action")
    if not isinstance(action, dict) or action.get("part") != "ActionCard":
        raise Wrong("the campaign model has no action card.")
    return action


def _evidence_is_right(item: Any) -> None:
    if not isinstance(item, dict) or item.get("part") != "Evidence":
        raise Wrong("the number on which the choice rests is missing.")
    true = table_value(item)
    if abs(number(item.get("value")) - true) > max(0.00501, 0.0005 * abs(true)):
        raise Wrong("the evidence number is not what its table gives.")
    column = columns(str(item["table"]))[str(item["column"])]
    if not same_unit(item.get("unit"), column.get("unit", "")):
        raise Wrong("the evidence number has not the unit of its column.")
    if years(item.get("baseline")) != column.get("baseline", ""):
        raise Wrong("the evidence number has not the baseline of its column.")
