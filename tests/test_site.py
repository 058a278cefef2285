"""Every page of the real book as a reader meets it: light, private, without errors."""

from __future__ import annotations

import gzip
import json
import re
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from browser import apart, executable, visit

pytest.importorskip("jupyter_book")

from bs4 import BeautifulSoup

REPOSITORY = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="session")
def scales(repository):
    """The part of the benchmarks that weighs pages, with the budgets."""
    import sys

    sys.path.insert(0, str(repository))
    from benchmarks import pages

    return pages


def read(path: Path) -> BeautifulSoup:
    return BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")


@pytest.mark.slow
@pytest.mark.browser
def test_every_page_keeps_its_budget_and_asks_nobody_else(built_book, scales):
    executable()
    weights = apart(lambda: list(scales.weigh(built_book)))
    assert len(weights) > 50
    assert [sentence for weight in weights for sentence in weight.broken()] == []


@pytest.mark.slow
def test_every_page_has_one_sheet_and_no_file_is_kept_for_nobody(built_book, scales):
    static = built_book / "_static"
    assert {path.suffix for path in static.rglob("*") if path.is_file()} <= {
        *(".css", ".js", ".woff", ".svg", ".png"),
    }
    # The page for wrong addresses is shown at any depth, so it carries its own style.
    for name in set(scales.names(built_book)) - {"404.html"}:
        page = read(built_book / name)
        sheets = [link["href"] for link in page.select("link[rel=stylesheet]")]
        assert len(sheets) == 1 and "_static/ol-book.css?v=" in sheets[0], name
        for tag in page.select("script[src], link[rel=stylesheet], link[rel=icon]"):
            address = (tag.get("src") or tag["href"]).partition("?")[0]
            assert (built_book / name).parent.joinpath(address).resolve().is_file(), (name, address)


@pytest.mark.slow
@pytest.mark.browser
def test_explorers_and_the_search_ask_nobody_else(built_book, browser, serve):
    web = serve(built_book)
    lessons = sorted(path.name for path in (built_book / "weeks").glob("*.html"))
    assert lessons
    for name in lessons:
        with visit(browser, f"{web}weeks/{name}") as seen:
            controls = seen.page.locator(".ol-control :is(select, input)").all()
            assert controls, name
            for control in controls:
                control.focus()
                seen.page.keyboard.press("End")
            seen.page.wait_for_load_state("networkidle")
            assert seen.strangers == seen.problems == [], name
    with visit(browser, f"{web}search.html?q=climate") as seen:
        seen.page.wait_for_selector("#search-results a")
        assert seen.strangers == seen.problems == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize(("width", "wider"), [(360, True), (1280, False)])
def test_a_table_that_is_wider_than_the_window_says_so(built_book, browser, serve, width, wider):
    address = f"{serve(built_book)}book/coverage.html"
    with visit(browser, address, viewport={"width": width, "height": 740}) as seen:
        box = seen.page.locator(".pst-scrollable-table-container:has(.ol-coverage)")
        assert box.evaluate("box => box.scrollWidth > box.clientWidth") is wider
        said = box.evaluate("box => getComputedStyle(box, '::after').content")
        assert ("scroll it sideways" in said) is wider


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1280])
def test_what_a_program_shows_still_has_its_style(built_book, browser, serve, width):
    """Open, by keyboard, what is not there when the rules are chosen."""
    style = "(e, name) => getComputedStyle(e)[name]"
    web = serve(built_book)
    with visit(
        browser,
        f"{web}book/framework/idea-generation.html",
        viewport={"width": width, "height": 740},
    ) as seen:
        page = seen.page
        page.keyboard.press("Control+k")
        dialog = page.locator("#pst-search-dialog")
        assert dialog.is_visible()
        assert dialog.evaluate(style, "position") == "fixed"
        assert page.evaluate("document.activeElement.name") == "q"
        page.keyboard.press("Escape")
        assert not dialog.is_visible()
        if width == 360:
            page.locator(".primary-toggle").click()
            contents = page.locator("#pst-primary-sidebar-modal")
            assert contents.is_visible()
            assert contents.locator("a", has_text="Syllabus").first.is_visible()
            assert contents.evaluate(style, "position") == "fixed"
            page.keyboard.press("Escape")
            assert not contents.is_visible()
        # The page follows the colours that are chosen.
        light = page.evaluate("getComputedStyle(document.body).backgroundColor")
        for _ in range(3):
            page.locator(".theme-switch-button").first.click()
            if page.evaluate("document.documentElement.dataset.theme") == "dark":
                break
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
        # The button for copying is made by a program.
        page.locator("details.ol-checklist-wiki summary").click()
        button = page.locator("button.copybtn").last
        assert button.evaluate(style, "position") == "absolute"
        assert seen.strangers == seen.problems == []


@pytest.mark.slow
@pytest.mark.browser
def test_the_pages_work_from_a_folder(built_book, browser):
    """Without a server: the style, the programs and the search."""
    page_address = (built_book / "search.html").as_uri()
    with visit(browser, f"{page_address}?q=checklist") as seen:
        seen.page.wait_for_selector("#search-results a")
        assert seen.problems == []
        assert seen.page.evaluate("getComputedStyle(document.body).display") == "flex"


def test_a_page_is_weighed_as_a_host_sends_it(scales, tmp_path):
    style = b"p { color: red }\n" * 500
    (tmp_path / "a.css").write_bytes(style)
    (tmp_path / "a.png").write_bytes(style)
    with scales.served(tmp_path) as address:
        for name, packed in (("a.css", True), ("a.png", False)):
            with urlopen(address + name) as answer:
                body = answer.read()
            assert answer.headers["Content-Length"] == str(len(body))
            assert (answer.headers["Content-Encoding"] == "gzip") is packed
            assert (gzip.decompress(body) if packed else body) == style
        with pytest.raises(HTTPError, match="404"):
            urlopen(f"{address}b.css")


def test_budgets_name_the_page_and_what_is_wrong(scales):
    weight = scales.Weight("book/a.html", requests=26, strangers={"example.org"})
    weight.kinds.update({"HTML": 20_000, "JS": 61_000, "images": 40_000})
    weight.problems.append("404: x.png")
    assert weight.broken() == [
        "book/a.html weighs 121 kB of 110.",
        "book/a.html has 61 kB of programs of 60.",
        "book/a.html asks for 26 files of 25.",
        "book/a.html asks example.org.",
        "book/a.html says: 404: x.png.",
    ]
    lesson = scales.Weight("weeks/week-1.html", requests=25)
    lesson.kinds["images"] = 179_900
    assert lesson.broken() == []


def test_scores_of_lighthouse_name_the_page_and_what_cost_points(scales):
    from benchmarks import site

    good = {"performance": 95, "accessibility": 100, "best-practices": 96, "seo": 100, "lost": []}
    assert site.opinions({"a.html": good, "b.html": {**good, "performance": 20}, "c": good}) == []
    bad = {**good, "performance": 80, "seo": 91, "lost": ["meta-description"]}
    assert site.opinions({"a.html": bad}) == [
        "a.html: seo is 91 of 95 (meta-description).",
        "The median of performance is 80 of 90.",
    ]


def test_a_report_has_ours_beside_the_default(scales):
    from benchmarks import site

    ours = scales.Weight("weeks/week-1.html", requests=9)
    ours.kinds.update({"HTML": 20_000, "CSS": 20_000})
    other = scales.Weight("weeks/week-1.html", requests=33, strangers={"example.org"})
    other.kinds["JS"] = 900_000
    text = site.report({"Python": "3"}, [ours], [other], {})
    row = next(line for line in text.splitlines() if line.startswith("| weeks/week-1 "))
    cells = [cell.strip() for cell in row.strip("|").split("|")]
    assert cells == ["weeks/week-1", "40", "20.0", "20.0", *["0.0"] * 5, "9", "0", "900", "33", "1"]
    assert "| lessons, default settings | 1 | 900 | 900 | 33 | 33 | 900 | 1 |" in text
    assert json.dumps(scales.summary([ours])["lessons"]["worst"]) == "40.0"
    assert re.search(r"^\| lessons, ours \| 1 \| 40 \|", text, re.MULTILINE)
