"""The search finds a stage by a lay word, and its page can be read and used by everybody."""

from __future__ import annotations

import json
import re
from pathlib import Path
from urllib.parse import quote

import pytest
from browser import visit
from small_book import HOME, make

pytest.importorskip("jupyter_book")

import yaml

from organizer_lab import course
from organizer_lab.book import build
from organizer_lab.errors import LabError

STAGES = {stage.slug: stage for stage in course.load().stages}
# What people said, and the stage that they meant.
ASKED = {
    "get people to come": "invite-and-communicate",
    "How do I get more people to come to my event?": "invite-and-communicate",
    "nobody came": "invite-and-communicate",
    "tell newspapers": "invite-and-communicate",
    "Journalists": "invite-and-communicate",
    "prize": "judge-and-recognise",
    "prizes": "judge-and-recognise",
    "photo contest": "judge-and-recognise",
    "who won": "judge-and-recognise",
    "say thank you": "judge-and-recognise",
    "what was spent": "evaluate-report-follow-up",
    "count the results": "track-progress",
    "did it work?": "evaluate-report-follow-up",
    "spreadsheet": "compile-the-list",
    "list of articles": "compile-the-list",
    "sign up": "set-up-pages",
    "website": "set-up-pages",
    "harassment": "run-and-support",
    "train newcomers": "run-and-support",
    "statistics": "track-progress",
    "how many edits": "track-progress",
    "find volunteers": "team-partners-roles",
    "work with a library": "team-partners-roles",
    "type of campaign": "choose-the-form",
    "where do I start?": "idea-generation",
}
# What no stage is about stands in the lesson of a week.
ASKED_OF_A_LESSON = {
    "money": "week-8",
    "How to find money for my campaign?": "week-8",
    "who can fund us": "week-8",
}


def test_every_stage_has_words_and_no_word_has_two_stages(tmp_path):
    assert all(len(stage.words) >= 8 for stage in STAGES.values())
    said = yaml.safe_load(course.file().read_text(encoding="utf-8"))
    said["stages"][1]["words"].append(said["stages"][0]["words"][0].upper())
    file = tmp_path / "course.yml"
    file.write_text(yaml.safe_dump(said), encoding="utf-8")
    with pytest.raises(LabError, match="stands twice"):
        course.load(file)


def test_a_word_of_a_week_is_not_a_word_of_a_stage(tmp_path):
    said = yaml.safe_load(course.file().read_text(encoding="utf-8"))
    said["weeks"][0]["words"] = [said["stages"][0]["words"][0]]
    file = tmp_path / "course.yml"
    file.write_text(yaml.safe_dump(said), encoding="utf-8")
    with pytest.raises(LabError, match="stands twice"):
        course.load(file)


@pytest.fixture(scope="module")
def small(tmp_path_factory) -> Path:
    """The pages of a small book, whose chapters do not say the lay words themselves."""
    root = make(tmp_path_factory.mktemp("small"))
    build.render(root, root / "_build")
    return root / "_build" / "html"


@pytest.mark.slow
def test_lay_words_stand_in_the_index_one_by_one(small):
    text = (small / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(re.fullmatch(r"Search\.setIndex\((.*)\)\s*", text, re.DOTALL)[1])
    chapter = index["docnames"].index("book/framework/judge-and-recognise")
    for word in ("prize", "photo", "winner"):
        assert chapter in [index["terms"][word]] or chapter in index["terms"][word]
    # From the front matter of a page that is no stage.
    assert index["terms"]["raw"] == index["docnames"].index("book/numbers")


def ask(page, web: str, query: str) -> list[str]:
    """Search, and give the addresses of the pages found, the best first."""
    page.goto(f"{web}search.html?q={quote(query)}")
    page.wait_for_function("document.querySelector('.ol-search-said').textContent")
    links = page.locator(".ol-search-found .ol-search-page")
    return links.evaluate_all("links => links.map((link) => link.getAttribute('href'))")


def chapter(slug: str) -> str:
    return f"book/framework/{slug}.html"


@pytest.mark.slow
@pytest.mark.browser
def test_every_lay_word_finds_its_stage_first(small, browser, serve):
    web = serve(small)
    with visit(browser, f"{web}search.html") as seen:
        for stage in STAGES.values():
            for word in stage.words:
                found = ask(seen.page, web, word)
                assert found and found[0] == chapter(stage.slug), word
        for query, slug in ASKED.items():
            assert ask(seen.page, web, query)[0] == chapter(slug), query
        assert seen.problems == seen.strangers == []


@pytest.mark.slow
@pytest.mark.browser
def test_pages_terms_and_sections_are_found_by_their_own_words(small, browser, serve):
    web = serve(small)
    with visit(browser, f"{web}search.html") as seen:
        page = seen.page
        assert ask(page, web, "open data")[0] == "book/numbers.html"
        assert ask(page, web, "PetScan")[0] == "book/tools.html"
        assert ask(page, web, "barnstars")[0] == "book/glossary.html"
        term = page.get_by_role("link", name="Barnstar", exact=True)
        assert term.get_attribute("href") == "book/glossary.html#term-Barnstar"
        assert ask(page, web, "track progress")[0] == chapter("track-progress")
        found = ask(page, web, "checklist")
        assert len(found) == 10
        assert page.locator(f'a[href="{found[0]}#checklist-idea-generation"]').is_visible()
        # What stands beside a page: its part of the book and what it is about.
        first = page.locator(".ol-search-found > li").first
        assert "The Organizer Framework" in first.inner_text()
        assert STAGES["idea-generation"].summary in first.inner_text()
        # Words that stand nowhere do not hide the page that has the others.
        assert chapter("judge-and-recognise") == ask(page, web, "prizes in xylophonia")[0]
        # One page that has every word of a question does not hide those that have most of them.
        found = ask(page, web, "raw numbers")
        assert found[0] == "book/numbers.html"
        assert len(found) > 1


@pytest.mark.slow
@pytest.mark.browser
def test_without_a_result_the_page_says_what_to_try(small, browser, serve):
    web = serve(small)
    with visit(browser, f"{web}search.html") as seen:
        page, lists = seen.page, seen.page.locator(".ol-search-help")
        assert lists.is_visible(), "before a question, too"
        assert ask(page, web, "xylophone") == []
        assert "Try one word" in page.get_by_role("status").inner_text()
        assert lists.get_by_role("link", name=STAGES["set-up-pages"].name).is_visible()
        assert ask(page, web, "prize") and not lists.is_visible()
        # A typing error, also where the wrong word stands inside of a right one.
        link = page.locator(".ol-search-meant a")
        ask(page, web, "pres release")
        assert link.inner_text() == "press release"
        ask(page, web, "newspapre")
        assert link.inner_text() == "newspaper"
        link.click()
        page.wait_for_function("document.querySelector('.ol-search-found a')")
        assert page.locator(".ol-search-page").first.get_attribute("href") == chapter(
            "invite-and-communicate"
        )
        # Words that are everywhere, nothing at all, and what a browser could take for a program.
        for query in ("the", " ", "<img src=x onerror=alert(1)>", "constructor", "-", "(["):
            page.goto(f"{web}search.html?q={quote(query)}")
            page.wait_for_load_state()
            assert page.locator(".ol-search img").count() == 0, query
        assert seen.problems == seen.strangers == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_the_search_is_done_by_keyboard_from_any_page(small, browser, serve, width):
    web = serve(small)
    size = {"width": width, "height": 740}
    with visit(browser, f"{web}{HOME}.html", viewport=size) as seen:
        page = seen.page
        page.keyboard.press("Control+k")
        page.keyboard.type("who won")
        page.keyboard.press("Enter")
        page.wait_for_url("**/search.html?q=who*won*")
        page.wait_for_function("document.querySelector('.ol-search-found a')")
        assert "“who won”" in page.title()
        assert page.locator("#ol-search-words").input_value() == "who won"
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        page.locator("#ol-search-words").focus()
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.textContent") == "Search"
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/{chapter('judge-and-recognise')}")
        assert seen.problems == seen.strangers == []


@pytest.mark.slow
@pytest.mark.browser
def test_the_search_works_from_a_folder(small, browser):
    with visit(browser, (small / "search.html").as_uri()) as seen:
        web = small.as_uri() + "/"
        assert ask(seen.page, web, "tell newspapers")[0] == chapter("invite-and-communicate")
        assert seen.problems == []


@pytest.mark.slow
@pytest.mark.browser
def test_without_script_the_lists_lead_on_and_no_dead_field_shows(small, browser, serve):
    with visit(browser, f"{serve(small)}search.html", java_script_enabled=False) as seen:
        page = seen.page
        assert not page.locator("#ol-search-words").is_visible()
        assert page.locator("noscript > p").is_visible()
        page.locator(".ol-search-help").get_by_role("link", name="Glossary").click()
        assert page.url.endswith("book/glossary.html")


@pytest.mark.slow
@pytest.mark.browser
def test_the_real_book_answers_people_who_do_not_know_its_words(built_book, browser, serve):
    web = serve(built_book)
    with visit(browser, f"{web}search.html") as seen:
        for query, slug in ASKED.items():
            assert ask(seen.page, web, query)[0] == chapter(slug), query
        for query, week in ASKED_OF_A_LESSON.items():
            assert ask(seen.page, web, query)[0].startswith(f"weeks/{week}-"), query
        found = ask(seen.page, web, "where do I start?")
        assert seen.page.locator(".ol-search-found > li > p").count() == len(found)
        assert seen.problems == seen.strangers == []
