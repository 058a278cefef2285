"""The examples of formats in the chapter about worklists, and what stages 2 to 4 say of tables."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from organizer_lab import data

FRAMEWORK = Path(__file__).resolve().parents[1] / "book" / "framework"


def chapter(name: str) -> str:
    return (FRAMEWORK / f"{name}.md").read_text(encoding="utf-8")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", chapter("compile-the-list"), re.M | re.S)


def block(language: str, start: str) -> str:
    return next(text for text in blocks(language) if text.startswith(start))


def sentence_in(name: str, sentence: str) -> None:
    """Fail where the chapter no longer says it, so that no claim is tested in vain."""
    assert sentence in chapter(name)


# ---- Formats ------------------------------------------------------------------------------------


@pytest.fixture
def petscan() -> str:
    return block("text", '"number"')


def read_as_shown(csv: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Run the chapter's own lines on a file."""
    (folder / "petscan.csv").write_text(csv, encoding="utf-8")
    monkeypatch.chdir(folder)
    names: dict[str, object] = {"pd": pd}
    exec(block("python", "pages = "), names)
    return list(names["titles"])


def test_petscan_file_is_read_as_the_chapter_says(
    petscan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        petscan.splitlines()[0].replace('"', "") == "number,title,pageid,namespace,length,touched"
    )
    titles = read_as_shown(petscan, tmp_path, monkeypatch)
    assert titles == ["Ocean heat content", "Climate spiral"]


def test_odd_titles_survive_the_reading(
    petscan: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    odd = ['"The_\\"green\\"_plan,_2"', '"NA"']
    lines = [f'"{n}",{title},"{n}","","9","20260101000000"' for n, title in enumerate(odd, start=4)]
    titles = read_as_shown(petscan + "\n".join(lines), tmp_path, monkeypatch)
    assert titles[2:] == ['The "green" plan, 2', "NA"]


def test_pagepile_lines_have_a_tab_and_a_namespace() -> None:
    lines = block("text", "Ocean heat content").splitlines()
    assert [line.split("\t")[1:] for line in lines] == [["0"]] * len(lines)
    pile = json.loads(block("json", '{"wiki"'))
    assert pile["wiki"] == "enwiki"
    assert [page.replace("_", " ") for page in pile["pages"]] == [
        line.split("\t")[0] for line in lines
    ]


def test_worklist_of_an_event_keeps_its_own_rules() -> None:
    worklist = json.loads(block("json", "{\n"))
    assert worklist and all(re.fullmatch("[a-z_]+wiki", wiki) for wiki in worklist)
    for titles in worklist.values():
        assert titles and len(set(titles)) == len(titles)
        assert all(title == title[:1].upper() + title[1:] for title in titles)
        assert not any(re.search(r"[_#]|^\s|\s$", title) for title in titles)


def test_listeria_block_ends_only_where_it_should() -> None:
    text = block("text", "{{Wikidata list\n")
    assert text.endswith("}}\n{{Wikidata list end}}\n")
    template = text.removesuffix("}}\n{{Wikidata list end}}\n").removeprefix("{{")
    # Two braces together, or a bar inside the query, would end the parameter too early.
    assert "{{" not in template and "}}" not in template
    parameters = dict(part.split("=", 1) for part in template.split("\n|")[1:])
    assert list(parameters) == ["sparql", "columns", "sort", "links", "summary"]
    assert parameters["sparql"].count("{") == parameters["sparql"].count("}")
    project = "Q15305047"
    assert project in parameters["sparql"]
    assert project in str(data.card("mainpage_climate_daily"))


# ---- Sentences ----------------------------------------------------------------------------------


def test_titles_in_the_examples_are_real() -> None:
    sentence_in("compile-the-list", "The titles in this file are real")
    views = data.load("climate_articles_views")
    english = set(views.loc[views["language_code"] == "en", "title"])
    named = {title.replace("_", " ") for title in json.loads(block("json", '{"wiki"'))["pages"]}
    assert named <= english
    assert {
        "Kaya identity",
        "Climate inertia",
        "Ecology: Can We Survive Under Capitalism?",
    } <= english


def test_french_and_english_titles() -> None:
    sentence_in("compile-the-list", "nearly three times as many French as English titles")
    count = data.load("climate_articles_views")["language_code"].value_counts()
    assert 2.5 < count["fr"] / count["en"] < 3


def test_a_page_without_views() -> None:
    sentence_in("compile-the-list", "Zero can mean that the page came later")
    views = data.load("climate_articles_views").set_index(["language_code", "title"])
    assert (views.loc[("en", "Oslo Principles")] == 0).all()


def test_tanzania_had_more_photos_from_fewer_people() -> None:
    sentence_in("choose-the-form", "a few people gave more photos than many had given in 2019")
    years = data.load("wle_by_country").query("iso3 == 'TZA'").set_index("year")
    assert years.loc[2021, "uploads"] > years.loc[2019, "uploads"]
    assert years.loc[2021, "uploaders"] * 5 < years.loc[2019, "uploaders"]
    assert years.loc[2021, "new_uploaders"] <= 1


def test_world_totals_of_wiki_loves_earth() -> None:
    sentence_in("choose-the-form", "The row for 2022 is marked as incomplete")
    world = data.load("wle_international").set_index("year")
    assert list(world.index[~world["complete"].astype(bool)]) == [2022]
    sentence_in("choose-the-form", "In 2013 the contest took place in Ukraine alone")
    assert world.loc[2013, "countries"] == 1
    assert list(data.load("wle_by_country").query("year == 2013")["area"]) == ["Ukraine"]


def reported(report: str, metric: str) -> tuple[int, int]:
    rows = data.load("campaign_targets").query("report_id == @report and metric == @metric")
    return int(rows["target"].iloc[0]), int(rows["achieved"].iloc[0])


def test_promises_and_results() -> None:
    sentence_in("choose-the-form", "editors and as many photographers")
    assert (
        reported("wfhr-morocco-2021", "participants")[0]
        == reported("wfhr-morocco-2021", "outreach_participants")[0]
    )
    sentence_in("choose-the-form", "reached more participants than planned")
    target, achieved = reported("wle-philippines-2022", "participants")
    assert achieved > target
    sentence_in("team-partners-roles", "held all its")
    target, achieved = reported("black-climate-rights-2020", "events")
    assert achieved == target
    sentence_in("team-partners-roles", "still passed its goal for articles")
    target, achieved = reported("wfhr-northern-ghana-2022", "articles")
    assert achieved > target
