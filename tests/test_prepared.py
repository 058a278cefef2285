"""The invented campaign: nobody takes it for a real one, its files agree, its traps are there."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
from datetime import datetime, timedelta

import figures
import pytest

from organizer_lab import charts, data, prepared
from organizer_lab.prepared import dashboard

TABLES = [name for name in data.names() if name.startswith("invented_")]
COURSES = figures.rows("invented_dashboard_course")
PEOPLE = figures.rows("invented_dashboard_editors")
PAGES = figures.rows("invented_dashboard_articles")
LATER = figures.rows("invented_later_edits")


def moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S UTC")


def of(rows: list[dict[str, str]], course: dict[str, str]) -> list[dict[str, str]]:
    return [row for row in rows if row["course_slug"] == course["course_slug"]]


def total(rows: list[dict[str, str]], column: str) -> int:
    return sum(int(row[column]) for row in rows)


def fresh(course: dict[str, str]) -> set[str]:
    """The names of the new editors, by the definition."""
    start, end = moment(course["start_date"]), moment(course["end_date"])
    return {
        row["username"]
        for row in of(PEOPLE, course)
        if start <= moment(row["registered_at"]) <= end
    }


# -- made by a script ------------------------------------------------------------------------


def test_the_same_bytes_every_time_and_in_every_python_process():
    made = dashboard.make()
    assert made == dashboard.make()
    assert {name.removesuffix(".csv") for name in made} == set(TABLES)
    code = (
        "import hashlib; from organizer_lab.prepared.dashboard import make; "
        "print(hashlib.sha256(b''.join(make().values())).hexdigest())"
    )
    found = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONHASHSEED": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert found.stdout.strip() == hashlib.sha256(b"".join(made.values())).hexdigest()
    for name, content in made.items():
        assert (data.folder() / name).read_bytes() == content


def test_only_what_differs_is_written(tmp_path):
    assert {path.name for path in prepared.write(tmp_path)} == set(prepared.make())
    assert prepared.write(tmp_path) == []
    (tmp_path / "invented_later_edits.csv").write_text("spoiled", encoding="utf-8")
    assert [path.name for path in prepared.write(tmp_path)] == ["invented_later_edits.csv"]
    assert not list(tmp_path.glob(".prepared-*"))


@pytest.mark.parametrize("name", TABLES)
def test_card_and_caption_say_that_it_is_invented(name):
    entry = data.resource(name)
    for text in (entry["title"], entry["description"], entry["attribution"], entry["theme"]):
        assert "invented" in text.lower()
    assert "Everything in it is invented" in entry["caveats"][0]
    frame = data.load(name).head(2)
    number = {
        "invented_dashboard_course": "editors",
        "invented_later_edits": "Revision_id",
    }.get(name, "references_added")
    frame["row"] = ["first", "second"]
    assert (
        "Source: Invented for this course" in charts.bars(frame, "row", number, title="T").caption
    )


def test_no_name_or_address_can_be_a_real_one():
    text = "".join(content.decode() for content in dashboard.make().values())
    for row in PEOPLE:
        assert row["username"].startswith("Invented editor ")
        assert int(row["global_id"]) > 900_000_000
    domains = {row["wiki"] for row in PAGES} | {row["Domain"] for row in LATER}
    assert domains == {dashboard.HOME, dashboard.OTHER}
    assert all(domain.endswith(".example") for domain in domains)
    assert ".org" not in text
    english = {
        row["title"].replace(" ", "_")
        for row in figures.rows("climate_articles_views")
        if row["language_code"] == "en"
    }
    for row in PAGES:
        assert row["title"] in english or row["title"].startswith("Invented_")


# -- the figures agree -----------------------------------------------------------------------


@pytest.mark.parametrize("course", COURSES, ids=["one", "two"])
def test_the_sums_of_people_and_pages_are_those_of_the_course(course):
    people, pages = of(PEOPLE, course), of(PAGES, course)
    assert int(course["editors"]) == len(people)
    assert int(course["total_edits"]) == total(people, "revisions_during_project")
    assert int(course["total_edits"]) == total(pages, "edit_count")
    assert int(course["bytes_added"]) == total(people, "mainspace_bytes_added")
    assert int(course["references_added"]) == total(people, "references_added")
    assert int(course["references_added"]) == total(pages, "references_added")
    by_space = [[row for row in pages if row["namespace"] == space] for space in "012"]
    for rows, column in zip(
        by_space, ("mainspace_edits", "article_talk_edits", "userspace_edits"), strict=True
    ):
        assert int(course[column]) == total(rows, "edit_count") > 0
    assert int(course["bytes_added"]) == total(by_space[0], "characters_added")
    live = [row for row in by_space[0] if row["deleted"] == "false"]
    assert int(course["articles_edited"]) == len(live)
    created = [row for row in live if row["new"] == "true"]
    assert int(course["articles_created"]) == len(created)
    assert int(course["articles_created"]) == total(people, "total_articles_created")
    names = {row["username"] for row in people}
    for row in people:
        mine = [page for page in live if row["username"] in page["usernames"].split(", ")]
        assert int(row["total_articles_edited"]) == len(mine)
        assert row["registered_during_project"] == str(row["username"] in fresh(course)).lower()
        assert moment(row["registered_at"]) < moment(row["enrollment_timestamp"])
    assert all(set(page["usernames"].split(", ")) <= names for page in pages)
    assert int(course["new_editors"]) == len(fresh(course))


@pytest.mark.parametrize("course", COURSES, ids=["one", "two"])
def test_retained_new_editors_follow_from_the_later_edits(course):
    limit = moment(course["end_date"]) + timedelta(days=7)
    kept = {
        row["Username"]
        for row in LATER
        if row["Domain"] == course["home_wiki"]
        and ":" not in row["Page_title"]
        and moment(row["Timestamp"]) > limit
    }
    assert int(course["retained_new_editors"]) == len(kept & fresh(course)) > 0


# -- the traps -------------------------------------------------------------------------------


@pytest.mark.parametrize("course", COURSES, ids=["one", "two"])
def test_every_trap_is_there(course):
    start, end = moment(course["start_date"]), moment(course["end_date"])
    people, pages = of(PEOPLE, course), of(PAGES, course)
    since = [(moment(row["registered_at"]), row) for row in people]
    assert [row for when, row in since if start - timedelta(days=1) < when < start]
    assert [row for when, row in since if when > end]
    idle = {row["username"] for row in people if row["revisions_during_project"] == "0"}
    assert idle & fresh(course)

    mine = [row for row in LATER if row["Username"] in fresh(course)]
    late = [row for row in mine if moment(row["Timestamp"]) > end + timedelta(days=7)]
    assert {row["Username"] for row in late} & idle
    assert [row for row in late if row["Domain"] != course["home_wiki"]]
    assert [row for row in late if row["Page_title"].startswith("Talk:")]
    assert [row for row in late if row["Page_title"].startswith("User:")]
    # Somebody's last edit was on the seventh day, by the calendar and by the clock.
    last = {row["Username"]: moment(row["Timestamp"]) for row in mine}
    assert [when for when in last.values() if (when.date() - end.date()).days == 7]
    # Between 7 and 8 days nobody begins: whole days and exact times give the same number.
    for name in fresh(course):
        times = [moment(row["Timestamp"]) - end for row in mine if row["Username"] == name]
        assert not [t for t in times if timedelta(days=7) < t < timedelta(days=8)] or max(
            times
        ) > timedelta(days=8)

    new = [row for row in pages if row["new"] == "true"]
    assert {row["namespace"] for row in new} == {"0", "2"}
    assert {row["deleted"] for row in new} == {"true", "false"}
    assert {row["wiki"] for row in new} == {dashboard.HOME, dashboard.OTHER}
    assert any(row["title"].startswith("Invented_village") for row in new)
    assert any("_" in row["title"] and not row["title"].startswith("Invented") for row in new)
