"""What people meet who listen to the book, use it by keyboard, enlarge it or choose its colours."""

from __future__ import annotations

import html
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pandas as pd
import pytest
from browser import visit
from hypothesis import given
from hypothesis import strategies as st
from tour import DESK, ENLARGED, PHONE, SETTLE, barriers, pages

pytest.importorskip("jupyter_book")

from bs4 import BeautifulSoup

from organizer_lab.book.pages import accessible
from organizer_lab.errors import LabError

CHAPTER = "book/framework/idea-generation.html"
LESSON = "weeks/week-1-what-is-a-topic-for-impact.html"
KINDS = [
    "book/welcome.html",
    CHAPTER,
    LESSON,
    "exercises/release/week-1/week-1.html",
    "book/coverage.html",
    "book/facilitators/run-a-cohort.html",
    "search.html",
]


def soup(text: str) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


# -- Tables --------------------------------------------------------------------------------------

words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="<"), max_size=30)


@given(before=words, between=words, after=words)
def test_only_tables_change(before, between, after):
    table = "<table><tr><td>1</td></tr></table>"
    body = f"<h2>Here</h2>{before}{table}<p>{between}{table}{after}"
    named, again = (f'<table aria-label="{name}">{table[7:]}' for name in ("Here", "Here, table 2"))
    assert accessible.tables(body) == f"<h2>Here</h2>{before}{named}<p>{between}{again}{after}"


def test_a_table_is_named_after_the_heading_above_it():
    link = '<a class="headerlink" href="#x" title="Link to this heading">#</a>'
    table = "<table><tbody><tr><th>a</th><td>1</td></tr></tbody></table>"
    body = f"<h1>Fire &amp; <em>rain</em>{link}</h1>{table}<h2>Next</h2>{table}{table}"
    names = [found["aria-label"] for found in soup(accessible.tables(body)).find_all("table")]
    assert names == ["Fire & rain", "Next", "Next, table 2"]


@pytest.mark.parametrize(
    "table",
    [
        "<table><caption>Mine</caption><tr><td>1</td></tr></table>",
        '<table aria-label="Mine"><tr><td>1</td></tr></table>',
        '<table aria-labelledby="mine"><tr><td>1</td></tr></table>',
    ],
)
def test_a_table_keeps_the_name_that_it_has(table):
    assert accessible.tables(f"<h2>Here</h2>{table}") == f"<h2>Here</h2>{table}"


def test_header_cells_of_pandas_say_what_they_head():
    frame = pd.DataFrame(
        {("co2", "first"): [1.0, 2.0], ("co2", "last"): [3.0, 4.0]},
        index=pd.MultiIndex.from_tuples([("A", 1), ("A", 2)], names=["group", None]),
    )
    found = soup(accessible.tables(f"<h2>Here</h2>{frame._repr_html_()}"))
    scopes = {cell.get_text(): cell.get("scope") for cell in found.find_all("th")}
    assert scopes == {
        "co2": "colgroup",
        "first": "col",
        "last": "col",
        "group": "col",
        "A": "rowgroup",
        "1": "row",
        "2": "row",
    }
    before = soup(frame._repr_html_())
    assert len(found.find_all(["th", "td"])) == len(before.find_all(["th", "td"]))


def test_columns_of_words_begin_at_the_left():
    frame = pd.DataFrame(
        {
            "title": ["Climate crisis", "2012"],
            "views": [3489, None],
            "share": ["12.5 %", "−3"],
            "day": ["2027-01-02", "…"],
        }
    )
    found = soup(accessible.tables(frame._repr_html_()))
    lines = [
        ["ol-text" in cell.get("class", []) for cell in line.find_all(["th", "td"])]
        for line in found.find_all("tr")
    ]
    assert lines == [[False, True, False, False, True]] * 3
    # A cell over several columns would move those behind it.
    wide = pd.DataFrame({("a", "x"): ["one"], ("a", "y"): ["two"]})._repr_html_()
    assert "ol-text" not in accessible.tables(wide)
    assert "ol-text" not in accessible.tables("<table><tr><td>word</td></tr></table>")


@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=60))
def test_only_the_mark_of_what_is_printed_changes(text):
    plain = html.escape(text)
    box = '<div class="output stream highlight-myst-ansi notranslate"><div class="highlight">'
    body = f"<pre>{plain}</pre>{box}<pre><span></span>{plain}</pre></div></div>"
    marked = accessible.printed(body)
    assert marked.replace(' class="ol-lines"', "") == body
    assert not marked.startswith("<pre class")


@pytest.mark.parametrize(
    ("text", "breaks"),
    [
        ("- timezone: &#x27;EAT&#x27; is no time zone of a place.\n- end: it is before.", True),
        ("title                 views\nClimate crisis          12", False),
        ("mean      2204.7\nmedian    2310.0", False),
        ("    indented, and no column", True),
    ],
)
def test_sentences_are_broken_and_columns_are_not(text, breaks):
    box = '<div class="output text_plain highlight-myst-ansi notranslate"><div class="highlight">'
    marked = accessible.printed(f"{box}<pre><span></span>{text}</pre></div></div>")
    assert ('<pre class="ol-lines">' in marked) is breaks


# -- Contents, languages -------------------------------------------------------------------------


def test_the_contents_mark_the_open_page_and_name_their_buttons():
    made = soup(
        '<p class="caption" role="heading" aria-level="2">The weeks</p><ul>'
        '<li class="has-children"><a href="one.html">Week 1: <em>A</em></a>'
        '<details><summary><span><i></i></span></summary><ul><li><a class="current" href="#">B</a>'
        "</li></ul></details></li></ul>"
    )
    for _ in range(2):
        mended = accessible.contents(made)
        assert not mended.select("[role=heading], [aria-level]")
        assert mended.summary["aria-label"] == "Pages below: Week 1: A"
        assert [link.get("aria-current") for link in mended.find_all("a")] == [None, "page"]
    assert accessible.contents("") == ""


def source(folder: Path, language: str) -> Path:
    path = folder / "sources.bib"
    entries = "@misc{a, title = {{Über} das {Klima}}, langid = {%s}}\n@misc{b, title = {Air}}\n"
    path.write_text(entries % language, encoding="utf-8")
    return path


def test_titles_in_other_languages_are_found(tmp_path):
    assert accessible.foreign_titles([source(tmp_path, "German")]) == {"Über das Klima": "de"}
    assert accessible.foreign_titles([source(tmp_path, "english")]) == {}
    with pytest.raises(LabError, match=r"'a' is in 'Germn', .* Did you mean german"):
        accessible.foreign_titles([source(tmp_path, "Germn")])


def test_a_title_in_another_language_is_marked_where_it_is_printed():
    from docutils import nodes

    # As BibTeX's braces cut it.
    pieces = ["Diff. ", "Über", " das ", "Klima", ". 2023."]
    before = [nodes.Text(piece) for piece in pieces]
    marked = accessible.mark(
        [*before, nodes.emphasis("", "Über das Klima")], {"Über das Klima": "de"}
    )
    assert [node.astext() for node in marked] == [
        "Diff. ",
        "Über das Klima",
        ". 2023.",
        "Über das Klima",
    ]
    assert [node.get("html") for node in marked if isinstance(node, nodes.Element)] == [
        {"lang": "de"},
        None,
    ]
    assert accessible.mark(before, {"Air": "de"}) == before

    # Not every text of a page knows the paragraph in which it stands.
    paragraph = nodes.paragraph("", "", *before)
    before[0].parent = None
    document = nodes.container("", paragraph)
    accessible._languages(
        SimpleNamespace(ol_foreign_titles={"Über das Klima": "de"}), document, "page"
    )
    assert [node.astext() for node in paragraph] == ["Diff. ", "Über das Klima", ". 2023."]


# -- The whole book in a browser -----------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("screen", ["light", "dark"])
def test_axe_finds_no_barrier_on_any_page(toured, screen):
    assert len(toured) > 50
    # The page for addresses that do not exist has a style of its own.
    assert {name for name, seen in toured.items() if seen.theme != "dark"} <= {"404.html"}
    assert {name: found for name, seen in toured.items() if (found := getattr(seen, screen))} == {}


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_axe_finds_no_barrier_in_what_opens(built_book, browser, serve, mode):
    pytest.importorskip("axe_playwright_python")
    with visit(
        browser,
        serve(built_book) + LESSON,
        viewport=PHONE,
        color_scheme=mode,
        reduced_motion="reduce",
    ) as seen:
        page = seen.page
        for name in ("Contents of the book", "Contents of this page", "Search"):
            page.get_by_role("button", name=name).click()
            assert page.get_by_role("dialog", name=name).is_visible()
            assert barriers(page) == [], name
            page.keyboard.press("Escape")
        page.locator(".ol-menu > summary").click()
        for folded in page.locator("main details:not(.ol-menu) > summary").all():
            folded.click()
        page.locator(".ol-menu > summary").click()
        assert barriers(page) == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("screen", ["phone", "enlarged"])
def test_on_small_screens_each_page_keeps_its_order_and_its_width(toured, screen):
    assert {name: found for name, seen in toured.items() if (found := getattr(seen, screen))} == {}


FOCUS = (
    f"async () => {{{SETTLE}"
    + """
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const box = element.getBoundingClientRect();
  const drawn = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2;
  const bar = document.querySelector(".bd-header-article")?.getBoundingClientRect();
  const inPage = element.closest("article, .prev-next-footer, .bd-footer-content");
  const inside = box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth;
  const low = Math.min(box.bottom, innerHeight), left = Math.max(box.left, 0);
  const right = Math.min(box.right, innerWidth), high = Math.max(box.top, 0);
  const dots = [[0.5, 0.5], [0.1, 0.5], [0.9, 0.5], [0.5, 0.1], [0.5, 0.9]];
  const seen = dots.some(([x, y]) => {
    const hit = document.elementFromPoint(left + x * (right - left), high + y * (low - high));
    return hit && (element.contains(hit) || hit.contains(element));
  });
  return {
    what: element.outerHTML.slice(0, 140),
    drawn,
    seen: inside && seen,
    covered: Boolean(inPage && bar && box.top < bar.bottom - 1 && box.height < innerHeight / 2),
    key: (window.olKeys ??= new Map()).has(element),
    note: window.olKeys.set(element, true) && "",
  };
}"""
)


def walk(page: Any, key: str, most: int = 400) -> list[dict]:
    """Press a key until the focus has left the page or comes back; give each stop."""
    stops: list[dict] = []
    page.evaluate("window.olKeys = new Map()")
    for _ in range(most):
        page.keyboard.press(key)
        stop = page.evaluate(FOCUS)
        if stop is None or stop["key"]:
            break
        stops.append(stop)
    return stops


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, ENLARGED])
@pytest.mark.parametrize("name", KINDS)
def test_the_focus_is_seen_wherever_it_goes(built_book, browser, serve, name, size):
    with visit(browser, serve(built_book) + name, viewport=size, reduced_motion="reduce") as seen:
        page = seen.page
        forth = walk(page, "Tab")
        page.evaluate("scrollTo(0, document.body.scrollHeight); document.activeElement.blur()")
        back = walk(page, "Shift+Tab")
        assert min(len(forth), len(back)) > 5
        for stop in forth + back:
            assert stop["drawn"], f"no ring: {stop['what']}"
            assert stop["seen"], f"out of sight: {stop['what']}"
            assert not stop["covered"], f"under the bar of buttons: {stop['what']}"


@pytest.mark.slow
@pytest.mark.browser
def test_the_first_key_leads_past_the_contents(built_book, browser, serve):
    with visit(browser, serve(built_book) + CHAPTER, reduced_motion="reduce") as seen:
        page = seen.page
        page.keyboard.press("Tab")
        link = page.get_by_role("link", name="Skip to main content")
        assert link.evaluate("each => each === document.activeElement")
        box = link.bounding_box()
        assert box["y"] >= 0 and box["height"] >= 24
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert page.evaluate("Boolean(document.activeElement.closest('main'))")


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("name", ["Contents of the book", "Contents of this page"])
def test_contents_open_and_close_by_key_and_by_touch_on_a_phone(built_book, browser, serve, name):
    with visit(browser, serve(built_book) + CHAPTER, viewport=PHONE, has_touch=True) as seen:
        page = seen.page
        button = page.get_by_role("button", name=name)
        window = page.get_by_role("dialog", name=name)
        focused = "each => each === document.activeElement"
        button.focus()
        page.keyboard.press("Enter")
        assert window.get_by_role("link").first.is_visible()
        assert page.evaluate("Boolean(document.activeElement.closest('dialog'))")
        page.keyboard.press("Escape")
        assert not window.is_visible() and button.evaluate(focused)
        button.tap()
        window.get_by_role("button", name="Close").tap()
        assert not window.is_visible() and button.evaluate(focused)


@pytest.mark.slow
@pytest.mark.browser
def test_the_buttons_of_a_wide_page_answer_to_the_keyboard(built_book, browser, serve):
    with visit(browser, serve(built_book) + LESSON, viewport=DESK, reduced_motion="reduce") as seen:
        page = seen.page
        focused = "each => each === document.activeElement"
        contents = page.get_by_role("button", name="Contents of the book")
        link = page.get_by_role("link", name="Glossary", exact=True).first
        for expanded in ("true", "false", "true"):
            assert contents.get_attribute("aria-expanded") == expanded
            assert link.is_visible() == (expanded == "true")
            contents.focus()
            page.keyboard.press("Enter")
            assert contents.evaluate(focused)

        menu = page.locator(".ol-menu > summary")
        entry = page.get_by_role("link", name=re.compile("ipynb"))
        menu.focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        assert entry.evaluate(focused)
        page.keyboard.press("Escape")
        assert not entry.is_visible() and menu.evaluate(focused)
        menu.click()
        assert entry.is_visible()
        page.mouse.click(640, 500)
        assert not entry.is_visible()

        colours = page.get_by_role("button", name=re.compile("^Colours"))
        said = []
        for _ in range(3):
            said.append(colours.inner_text().strip())
            colours.focus()
            page.keyboard.press("Enter")
            assert colours.evaluate(focused)
        assert len(set(said)) == 3
        assert seen.problems == []


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("size", [DESK, PHONE])
def test_without_script_nothing_is_dead_and_all_pages_are_in_reach(
    built_book, browser, serve, size
):
    with visit(
        browser, serve(built_book) + CHAPTER, viewport=size, java_script_enabled=False
    ) as seen:
        page = seen.page
        # Only a mode that the sheets know has colours, and a script would set it.
        assert page.locator("html").get_attribute("data-theme") == "light"
        dead = [button for button in page.get_by_role("button").all() if button.is_visible()]
        assert [button.inner_html() for button in dead] == []
        link = page.get_by_role("link", name="Glossary", exact=True).first
        assert link.is_visible()
        if size is PHONE:
            to_contents = page.get_by_role("link", name="Contents of the book")
            to_contents.click()
            box = page.locator("#pst-primary-sidebar").bounding_box()
            assert 0 <= box["y"] < 200 and 300 < box["width"] <= 360
        page.locator(".ol-menu > summary").click()
        assert page.get_by_role("link", name=re.compile("Download source")).is_visible()


@pytest.mark.slow
@pytest.mark.browser
def test_on_a_phone_lists_open_inside_and_large_letters_fit(built_book, browser, serve):
    phone = {"viewport": PHONE, "has_touch": True, "is_mobile": True}
    with visit(browser, serve(built_book) + CHAPTER, **phone) as seen:
        page = seen.page
        page.locator(".ol-menu > summary").tap()
        box = page.locator(".ol-menu > ul").bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        size = "title => parseFloat(getComputedStyle(title).fontSize)"
        title, section = (
            page.locator(f"article {tag}").first.evaluate(size) for tag in ("h1", "h2")
        )
        assert title > section
        # Nothing hovers on a phone, so what a pointer would show must be there.
        page.locator("article summary", has_text="Copy the checklist").tap()
        copy = page.locator(".ol-checklist-wiki button.copybtn")
        assert copy.evaluate("button => getComputedStyle(button).opacity") == "1"
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]


@pytest.mark.slow
@pytest.mark.browser
def test_motion_colours_and_paper_are_the_readers_choice(built_book, browser, serve):
    web = serve(built_book)
    with visit(browser, web + CHAPTER, reduced_motion="reduce") as seen:
        moving = """() => [...document.querySelectorAll("*")].filter((each) => {
          const style = getComputedStyle(each);
          const longest = (times) => Math.max(...times.split(",").map(parseFloat));
          return style.scrollBehavior === "smooth" || longest(style.transitionDuration) > 0
            || longest(style.animationDuration) > 0.001;
        }).length"""
        assert seen.page.evaluate(moving) == 0
    with visit(browser, web + CHAPTER, forced_colors="active", viewport=DESK) as seen:
        stops = walk(seen.page, "Tab", most=60)
        assert len(stops) > 5
        for stop in stops:
            assert stop["drawn"], stop["what"]
    with visit(browser, web + CHAPTER, color_scheme="dark", viewport=DESK) as seen:
        page = seen.page
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"
        page.evaluate("dispatchEvent(new Event('beforeprint'))")
        page.emulate_media(media="print", color_scheme="dark")
        assert page.evaluate("document.documentElement.dataset.theme") == "light"
        shown = "each => each.filter((one) => one.checkVisibility()).length"
        assert page.locator("h1").evaluate_all(shown) == 1
        assert page.locator("nav, button, .bd-header-article").evaluate_all(shown) == 0
        page.emulate_media(media="screen")
        page.evaluate("dispatchEvent(new Event('afterprint'))")
        assert page.evaluate("document.documentElement.dataset.theme") == "dark"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize(
    ("mode", "last", "screen", "theme"),
    [
        (None, None, "dark", "dark"),
        # The last page was read by day; the screen is dark since then, or light again.
        ("auto", "light", "dark", "dark"),
        ("auto", "dark", "light", "light"),
        ("light", "light", "dark", "light"),
        ("dark", "dark", "light", "dark"),
    ],
)
def test_a_page_has_its_colours_before_its_scripts_have_come(
    built_book, browser, serve, mode, last, screen, theme
):
    web = serve(built_book)
    with visit(browser, web + "ol-here.svg", color_scheme=screen) as seen:
        page = seen.page
        kept = [(name, value) for name, value in (("mode", mode), ("theme", last)) if value]
        page.evaluate("kept => kept.forEach((each) => localStorage.setItem(...each))", kept)
        page.route("**/*.js*", lambda handle: handle.abort())
        page.goto(web + CHAPTER)
        assert page.evaluate("document.documentElement.dataset.theme") == theme


COLOURS = """() => [...document.querySelectorAll("body, main *")]
  .filter((each) => !each.closest("button, noscript, .ol-control") && each.checkVisibility())
  .map((each) => {
    const style = getComputedStyle(each);
    return [each.tagName, style.color, style.backgroundColor, style.colorScheme, style.filter];
  })
  .join("\\n")"""


@pytest.mark.slow
@pytest.mark.browser
def test_new_colours_are_there_at_once_for_readers_who_want_no_motion(built_book, browser, serve):
    address = serve(built_book) + LESSON
    with visit(browser, address, viewport=DESK, reduced_motion="reduce") as seen:
        switch = "document.documentElement.dataset.theme = 'dark'"
        at_once = seen.page.evaluate(f"() => {{{switch}; return ({COLOURS})()}}")
        assert "rgb(206, 214, 221)" in at_once
        assert seen.page.evaluate("document.getAnimations().length") == 0
        seen.page.wait_for_timeout(500)
        assert seen.page.evaluate(COLOURS) == at_once


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("name", [CHAPTER, LESSON])
def test_a_page_without_scripts_has_the_same_colours_at_night(built_book, browser, serve, name):
    colours, view = [], {"color_scheme": "dark", "reduced_motion": "reduce", "viewport": DESK}
    for script in (True, False):
        address = serve(built_book) + name
        with visit(browser, address, java_script_enabled=script, **view) as seen:
            colours.append(seen.page.evaluate(COLOURS).split("\n"))
            if not script:
                assert seen.page.evaluate("document.documentElement.dataset.theme") == "light"
                seen.page.emulate_media(media="print", color_scheme="dark")
                scheme = "getComputedStyle(document.documentElement).colorScheme"
                assert seen.page.evaluate(scheme) == "light"
    assert len(colours[0]) > 200
    # A few elements are there with programs only, or without them only.
    assert set(colours[1]) == set(colours[0])


@pytest.mark.slow
def test_the_book_says_which_language_it_is_in(built_book):
    for name in pages(built_book):
        assert soup((built_book / name).read_text("utf-8")).html["lang"] == "en", name
    sources = soup((built_book / "book" / "references.html").read_text("utf-8"))
    known = accessible.foreign_titles([Path(__file__).parents[1] / "book" / "references.bib"])
    marked = {each.get_text(): each["lang"] for each in sources.select("article [lang]")}
    assert known and marked == known
