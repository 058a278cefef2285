"""What chapters say in words about the tables, and their example of a registration.

The `value` role keeps figures true; these tests keep the sentences around them true.
"""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from organizer_lab import data

FRAMEWORK = Path(__file__).resolve().parents[1] / "book" / "framework"
TYPES = [
    {"editing-event", "media-upload-event", "backlog-drive", "contest"},
    {"workshop", "training-seminar", "meetup", "hackathon", "conference"},
    {"other"},
]


def sentence_in(chapter: str, sentence: str) -> None:
    """Fail where the chapter no longer says it, so that no claim is tested in vain."""
    assert sentence in (FRAMEWORK / f"{chapter}.md").read_text(encoding="utf-8")


def test_peak_week_of_attention() -> None:
    sentence_in("invite-and-communicate", "highest of the four years in five of the eight editions")
    weekly = data.load("climate_views_weekly")
    peaks = weekly.loc[weekly.groupby("language_code")["views"].idxmax()]
    assert len(peaks) == 8
    assert (peaks["week_start"].astype(str) == "2019-09-23").sum() == 5
    english = weekly[weekly["language_code"] == "en"].set_index("week_start")["views"]
    sentence_in("invite-and-communicate", "below the average")
    assert english["2019-11-04"] < english.mean() < english["2019-10-14"] < english["2019-09-23"]


def test_days_of_the_week() -> None:
    sentence_in("invite-and-communicate", "typical Tuesday has the most views")
    sentence_in("invite-and-communicate", "typical Saturday the fewest")
    daily = data.load("climate_views_daily_en")
    typical = daily.groupby(daily["date"].dt.day_name())["views_all_articles"].median()
    assert (typical.idxmax(), typical.idxmin()) == ("Tuesday", "Saturday")


def test_highest_day_has_another_cause() -> None:
    sentence_in("invite-and-communicate", "the most of any day")
    daily = data.load("climate_views_daily_en").set_index("date")
    assert str(daily["views_all_articles"].idxmax().date()) == "2018-11-17"
    assert "Climate engineering" in str(data.card("climate_views_daily_en"))


def test_climate_on_main_pages() -> None:
    sentence_in("invite-and-communicate", "More than half of the 332 editions had none")
    by_language = data.load("mainpage_climate_by_language")
    assert len(by_language) == 332
    assert (by_language["days_with_climate_link"] == 0).mean() > 0.5
    daily = data.load("mainpage_climate_daily").set_index("date")
    assert str(daily["climate_links"].idxmax().date()) == "2024-11-12"
    sentence_in("invite-and-communicate", "From July 2024 to April 2025")
    span = [f"{day:%B %Y}" for day in (daily.index.min(), daily.index.max())]
    assert span == ["July 2024", "April 2025"]


def test_protection_list() -> None:
    sentence_in("run-and-support", "It marks 36 of 250 countries and territories")
    listed = data.load("country_profile")["on_protection_list"]
    assert (listed.sum(), len(listed)) == (36, 250)


@pytest.fixture
def registration() -> dict[str, object]:
    text = (FRAMEWORK / "set-up-pages.md").read_text(encoding="utf-8")
    return json.loads(re.search(r"^```json\n(.*?)^```", text, re.M | re.S)[1])


def test_registration_keeps_the_limits(registration: dict) -> None:
    assert registration["event_page"].startswith("Event:")
    assert registration["start_time"] < registration["end_time"]
    assert all(re.fullmatch(r"\d{14}", registration[t]) for t in ("start_time", "end_time"))
    types = set(registration["types"])
    assert 1 <= len(types) <= 2
    assert types <= TYPES[0] | TYPES[1] or types == TYPES[2]
    assert 1 <= len(registration["topics"]) <= 5
    assert registration["online_meeting"] or registration["inperson_meeting"]
    assert registration["inperson_meeting"] or "meeting_address" not in registration
    assert re.fullmatch("[A-Z]{2}", registration["meeting_country_code"])
    assert "tracks_contributions" in registration


def test_each_field_of_the_registration_is_explained(registration: dict) -> None:
    text = (FRAMEWORK / "set-up-pages.md").read_text(encoding="utf-8")
    rows = "\n".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    assert set(registration) <= set(re.findall(r"`(\w+)`", rows))
    listed = text.split("The types are ")[1].split(" {cite}")[0]
    assert set(re.findall(r"`([\w-]+)`", listed)) == set().union(*TYPES)
