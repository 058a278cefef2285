"""Explorers: the same choice with a kernel and without one."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import visit

from organizer_lab import charts, data
from organizer_lab.charts import Chart
from organizer_lab.errors import LabError
from organizer_lab.explore import MOST_FRAMES, STATIC, Control, Explorer
from organizer_lab.pictures import Numbers


def draw(value) -> Chart:
    if value == "broken":
        raise LabError("No <rows> for this choice.")
    return Chart(f"<svg>{value}</svg>", f"Caption of {value}.", f"Alt of {value}.")


class Page(HTMLParser):
    """Reads a page, and refuses elements that are not closed in order."""

    def __init__(self, text: str):
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict]] = []
        self.texts: dict[str, str] = {}
        self.feed(text)
        self.close()
        assert not self.open, self.open

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))
        if tag not in ("img", "input"):
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        if self.open:
            self.texts[self.open[-1]] = self.texts.get(self.open[-1], "") + data

    def all(self, tag: str) -> list[dict]:
        return [attrs for name, attrs in self.found if name == tag]


NAMES = {
    "Côte d'Ivoire": "CIV",
    '<script>alert("x")</script>': "BAD",
    "Kō & Co": "KO",
    "</script><!--": "END",
}


def test_the_page_of_a_list():
    page = Page(Explorer(draw, NAMES, label="Country & code", start="KO").page())
    assert page.all("figure") == [{"class": "ol-explorer"}]
    assert page.all("div") == [{"class": "ol-control", "hidden": None}]
    options = page.all("option")
    assert [option["value"] for option in options] == ["0", "1", "2", "3"]
    assert [i for i, option in enumerate(options) if "selected" in option] == [2]
    assert page.texts["option"] == "".join(NAMES)
    assert page.texts["label"].strip() == "Country & code"
    (picture,) = page.all("img")
    assert (picture["class"], picture["alt"]) == ("ol-frame", "Alt of KO.")
    assert page.all("figcaption") == [{"aria-live": "polite"}]
    assert page.texts["figcaption"] == "Caption of KO."
    assert page.all("script") == [{"type": "application/json", "class": "ol-frames"}]
    frames = json.loads(page.texts["script"])
    assert [frame["name"] for frame in frames] == list(NAMES)
    assert [frame["alt"] for frame in frames] == [f"Alt of {code}." for code in NAMES.values()]
    assert frames[2]["src"] == picture["src"]


def test_the_page_of_a_slider():
    page = Page(Explorer(draw, range(2010, 2015), label="Year", start=2012, slider=True).page())
    (slider,) = page.all("input")
    assert slider == {
        **{"type": "range", "min": "0", "max": "4", "step": "1", "value": "2"},
        "aria-valuetext": "2012",
    }
    assert page.texts["output"] == "2012"
    # Else the year would be a part of the slider's name, and be said twice.
    assert page.all("output") == [{"aria-hidden": "true"}]
    assert len(json.loads(page.texts["script"])) == 5


def test_the_page_offers_the_named_frames_in_the_order_of_the_choices():
    explorer = Explorer(draw, range(100), label="N", start=7, frames=[50, 3, 3, 50])
    frames = json.loads(Page(explorer.page()).texts["script"])
    assert [frame["name"] for frame in frames] == ["3", "7", "50"]


def test_at_most_forty_pictures():
    most = range(MOST_FRAMES)
    twice = [*most, *most]
    page = Page(Explorer(draw, range(500), label="N", frames=twice).page())
    assert len(json.loads(page.texts["script"])) == MOST_FRAMES
    with pytest.raises(LabError, match=r"would put 41 pictures.*frames="):
        Explorer(draw, range(41), label="N").page()


def test_wrong_choices():
    with pytest.raises(LabError, match="nothing to choose from"):
        Explorer(draw, [], label="N")
    with pytest.raises(LabError, match="has no choice 5"):
        Explorer(draw, [1, 2], label="N", start=5)
    with pytest.raises(LabError, match="has no choice 'x'"):
        Explorer(draw, [1, 2], label="N", frames=[1, "x"])


def test_static_mode_makes_no_widget(monkeypatch):
    monkeypatch.setenv(STATIC, "1")
    monkeypatch.setattr(Explorer, "widget", lambda self: pytest.fail("a widget was made"))
    explorer = Explorer(draw, NAMES, label="Country")
    bundle = explorer._repr_mimebundle_()
    assert set(bundle) == {"text/html", "text/plain"}
    assert bundle["text/html"] == explorer.page()
    assert "Alt of CIV." in bundle["text/plain"] and "4 choices" in bundle["text/plain"]


def test_live_mode_shows_a_widget_and_keeps_the_start_picture(monkeypatch):
    monkeypatch.delenv(STATIC, raising=False)
    bundle = Explorer(draw, NAMES, label="Country", start="KO")._repr_mimebundle_()
    assert "application/vnd.jupyter.widget-view+json" in bundle
    assert bundle["text/html"] == draw("KO")._repr_html_()


def test_a_move_of_the_slider_draws_again():
    choices = {"One": 1, "Two": 2, "Three": "broken"}
    control, picture, *_ = Explorer(draw, choices, label="N", slider=True).widget().children
    assert control.description == "N" and control.value == 1
    assert picture.value == draw(1).figure()
    control.value = 2
    assert picture.value == draw(2).figure()
    control.value = "broken"
    assert picture.value == "<p>No &lt;rows&gt; for this choice.</p>"
    control.value = 1
    assert picture.value == draw(1).figure()


def counted(value, other="") -> Chart:
    """A chart with its numbers."""
    if value == "broken":
        raise LabError("No rows.")
    shown = Numbers(f"Of {value}{other}.", ("Year", "CO₂ <Mt>"), (("2020", f"{value} & {other}"),))
    return Chart("<svg/>", f"Caption {value}{other}.", f"Alt {value}{other}.", 480, 300, shown)


def test_the_numbers_stay_open_from_one_choice_to_the_next():
    choices = {"One": 1, "Two": 2, "Three": "broken"}
    control, picture, switch, numbers = (
        Explorer(counted, choices, label="N", slider=True).widget().children
    )
    assert switch.description == "Show the numbers"
    assert "<table" not in picture.value and numbers.value == ""
    switch.value = True
    assert numbers.value == counted(1).numbers.table()
    control.value = 2
    assert numbers.value == counted(2).numbers.table() and switch.value
    control.value = "broken"
    assert numbers.value == "" and "No rows." in picture.value
    switch.value = False
    switch.value = True
    assert numbers.value == ""
    control.value = 1
    assert numbers.value == counted(1).numbers.table()


def test_the_page_has_the_numbers_of_each_frame_and_the_first_ones_without_script():
    page = Page(Explorer(counted, [1, 2], label="N", start=2).page())
    assert page.all("details") == [{"class": "ol-numbers"}]
    assert page.texts["caption"] == "Of 2. 1 row."
    assert page.texts["th"] == "YearCO₂ <Mt>2020" and page.texts["td"] == "2 & "
    assert [cell["scope"] for cell in page.all("th")] == ["col", "col", "row"]
    frames = json.loads(page.texts["script"])
    assert frames[0]["numbers"] == {
        "caption": "Of 1. 1 row.",
        "heads": ["Year", "CO₂ <Mt>"],
        "rows": [["2020", "1 & "]],
    }
    assert [frame["height"] for frame in frames] == [300, 300]
    # A figure's caption is its first or last part, apart from scripts.
    assert [tag for tag, _ in page.found if tag in ("details", "figcaption", "script")] == [
        *("details", "figcaption", "script")
    ]


def two() -> Explorer:
    years = Control(range(2018, 2022), label="Year", start=2021, slider=True)
    return Explorer(counted, {"French": "fr", "Danish": "da"}, label="Edition", second=years)


def test_the_page_of_two_controls():
    page = Page(two().page())
    assert page.texts["label"].split() == ["Edition", "Year"]
    assert [option["value"] for option in page.all("option")] == ["0", "1"]
    assert page.all("input")[0]["value"] == "3" and page.all("input")[0]["max"] == "3"
    assert page.texts["figcaption"] == "Caption fr2021."
    frames = json.loads(page.texts["script"])
    # The second control runs fastest.
    assert [frame["name"] for frame in frames] == [
        [name, str(year)] for name in ("French", "Danish") for year in range(2018, 2022)
    ]
    assert frames[4]["alt"] == "Alt da2018."


def test_two_live_controls_work_together():
    edition, year, picture, *_ = two().widget().children
    assert picture.value == counted("fr", 2021).figure()
    year.value = 2019
    assert picture.value == counted("fr", 2019).figure()
    edition.value = "Danish"
    assert picture.value == counted("da", 2019).figure()
    edition.value = "Danissh"
    assert "Did you mean Danish?" in picture.value
    year.value = 2020
    assert picture.value == counted("da", 2020).figure()
    assert "Edition and Year, 2 × 4 choices. Alt fr2021." in repr(two())


def test_two_controls_multiply_their_pictures():
    seven = Control(range(7), label="B")
    with pytest.raises(LabError, match=r"'A and B' would put 42 pictures"):
        Explorer(counted, range(6), label="A", second=seven).page()
    few = Control(range(7), label="B", start=6, frames=[0, 2])
    page = Page(Explorer(counted, range(6), label="A", second=few).page())
    frames = json.loads(page.texts["script"])
    assert len(frames) == 18 and frames[2]["name"] == ["0", "6"]
    with pytest.raises(LabError, match="'B' has no choice 9"):
        Control(range(7), label="B", start=9)


def test_a_typed_name_draws_again():
    choices = {"Tanzania": 1, "Norway": 2, "<Nowhere>": "broken"}
    control, picture, *_ = Explorer(draw, choices, label="Country", start=2).widget().children
    assert list(control.options) == list(choices)
    assert control.description == "Country" and control.placeholder.startswith("Norway ")
    assert picture.value == draw(2).figure()
    control.value = " Tanzania "
    assert picture.value == draw(1).figure()
    assert control.value == "" and control.placeholder.startswith("Tanzania ")
    control.value = "<Tanzanya>"
    assert "&lt;Tanzanya&gt;" in picture.value and "Did you mean Tanzania?" in picture.value
    control.value = "<Nowhere>"
    assert picture.value == "<p>No &lt;rows&gt; for this choice.</p>"


def test_an_explorer_of_a_real_table():
    table = data.load("temperature_by_country")

    def country(code):
        rows = table[table["iso3"] == code]
        return charts.bars(rows, x="year", y="temperature_anomaly_c", title=code)

    page = Page(Explorer(country, ["TZA", "PHL"], label="Country").page())
    frames = json.loads(page.texts["script"])
    assert "°C" in frames[1]["caption"] and "PHL" in frames[1]["alt"]
    assert frames[0]["src"] != frames[1]["src"]


# -- In a browser --------------------------------------------------------------------------------

STYLES = (
    *(f"pydata_sphinx_theme/theme/pydata_sphinx_theme/static/styles/{name}"
      for name in ("theme.css", "pydata-sphinx-theme.css")),
    "sphinx_book_theme/theme/sphinx_book_theme/static/styles/sphinx-book-theme.css",
    "myst_nb/static/mystnb.css",
)  # fmt: skip
SHAPE = """<!doctype html>
<html lang="en" data-theme="{mode}"><head><meta charset="utf-8"><title>A lesson</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{styles}
<script src="explorer.js" defer></script></head>
<body><div class="bd-container"><main class="bd-main"><div class="bd-content">
<article class="bd-article"><h1>A lesson</h1><div class="cell_output docutils container">
<div class="output text_html">{output}</div></div></article>
</div></main></div></body></html>"""


def views(code, year) -> Chart:
    """Draw what the lesson of week 6 draws."""
    table = data.load("climate_articles_views")
    top = table[table["language_code"] == code].nlargest(10, f"views_{year}")
    top["page"] = top["title"].str[:24]
    return charts.ranks(top, "page", f"views_{year}", title=f"Most read in {year}: {code}")


@pytest.fixture(scope="module")
def pages(tmp_path_factory) -> Path:
    """A page for each mode, in the style of the book, without building one."""
    pytest.importorskip("sphinx_book_theme")
    import pydata_sphinx_theme

    from organizer_lab.book.light import frames
    from organizer_lab.book.pages.repairs import ASSETS as assets

    packages = Path(pydata_sphinx_theme.__file__).parents[1]
    folder = tmp_path_factory.mktemp("pages")
    sheets = [packages / style for style in STYLES] + [assets / "course.css"]
    (folder / "styles").mkdir()
    for path in sheets:
        shutil.copy(path, folder / "styles")
    shutil.copy(assets / "explorer.js", folder)
    # The theme's sheet asks for this one, which Sphinx makes while it builds.
    (folder / "basic.css").touch()
    years = Control([2019, 2020, 2021], label="Year", start=2021, slider=True)
    explorer = Explorer(views, ["fr", "da", "it"], label="Edition", start="da", second=years)
    styles = "".join(f'<link rel="stylesheet" href="styles/{path.name}">' for path in sheets)
    for mode in ("light", "dark"):
        page = SHAPE.format(mode=mode, styles=styles, output=explorer.page())
        (folder / f"{mode}.html").write_text(page, encoding="utf-8")
    frames.move_pictures(folder)
    return folder


def wait_for(page, words: str) -> None:
    """Wait until the picture is the one whose alternative text has these words."""
    page.wait_for_function(
        "words => document.querySelector('.ol-frame').alt.includes(words)", arg=words
    )


def words_of(page) -> tuple[str, str, list[list[str]]]:
    """Caption of the picture, caption of the table, and cells of the table."""
    cells = "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    return (
        page.locator("figcaption").inner_text(),
        page.locator(".ol-numbers caption").text_content(),
        page.locator(".ol-numbers tr").evaluate_all(cells),
    )


@pytest.mark.browser
@pytest.mark.parametrize("start", ["file", "http"])
@pytest.mark.parametrize("width", [1280, 360])
def test_two_controls_by_keyboard_and_pointer(pages, browser, serve, start, width):
    address = f"{serve(pages)}light.html" if start == "http" else (pages / "light.html").as_uri()
    size = {"width": width, "height": 740}
    with visit(browser, address, viewport=size, has_touch=width < 400) as seen:
        page = seen.page
        assert sum("_images" in path for path in seen.requests) == 1
        list_ = page.get_by_label("Edition")
        slider = page.get_by_role("slider", name="Year", exact=True)
        page.keyboard.press("Tab")
        assert list_.evaluate("e => e === document.activeElement")
        page.keyboard.press("ArrowDown")
        wait_for(page, "2021: it")
        page.keyboard.press("Tab")
        assert slider.evaluate("e => e === document.activeElement")
        page.keyboard.press("ArrowLeft")
        wait_for(page, "2020: it")
        assert slider.get_attribute("aria-valuetext") == "2020"
        assert page.locator("output").inner_text() == "2020"
        chart = views("it", 2020)
        caption, above, (heads, *rows) = words_of(page)
        assert (caption, above) == (chart.caption, chart.numbers.caption)
        assert (tuple(heads), [tuple(row) for row in rows]) == (
            chart.numbers.heads,
            list(chart.numbers.rows),
        )
        assert page.locator(".ol-frame").get_attribute("alt") == chart.alt
        # The table opens by keyboard, and stays open from one choice to the next.
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        table = page.get_by_role("table", name="Most read in 2020: it. 10 rows.")
        table.wait_for()
        assert page.get_by_role("columnheader").count() == 2
        assert page.get_by_role("rowheader").count() == 10
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.className") == "ol-scroll"
        list_.select_option("fr")
        wait_for(page, "2020: fr")
        press = slider.tap if width < 400 else slider.click
        press(position={"x": 3, "y": slider.bounding_box()["height"] / 2})
        wait_for(page, "2019: fr")
        page.get_by_role("table", name="Most read in 2019: fr").wait_for()
        for control in (list_, slider):
            assert control.bounding_box()["height"] >= 24
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert seen.problems == seen.strangers == []


@pytest.mark.browser
def test_without_script_the_picture_and_its_numbers_are_there(pages, browser):
    address = (pages / "light.html").as_uri()
    with visit(browser, address, java_script_enabled=False) as seen:
        page = seen.page
        assert page.locator(".ol-frame").is_visible()
        assert not page.get_by_label("Edition").is_visible()
        table = page.get_by_role("table", name="Most read in 2021: da")
        assert not table.is_visible()
        page.get_by_text("Show the numbers").click()
        assert table.is_visible()
        assert words_of(page)[2][1:] == [list(row) for row in views("da", 2021).numbers.rows]


def ground(page) -> str:
    """Say whether the picture is light or dark on the screen, from a dot in its corner."""
    import io

    from PIL import Image

    shot = page.locator(".ol-frame").screenshot()
    dot = Image.open(io.BytesIO(shot)).convert("RGB").getpixel((8, 8))
    known = {"light": (255, 255, 255), "dark": (0x12, 0x12, 0x12)}
    # A browser may round a colour by a step.
    near = [
        mode
        for mode, colour in known.items()
        if all(abs(a - b) <= 2 for a, b in zip(dot, colour, strict=True))
    ]
    return near[0] if near else str(dot)


@pytest.mark.browser
@pytest.mark.parametrize("prefers", ["light", "dark"])
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_a_drawing_follows_the_mode_of_the_page_and_not_of_the_system(
    pages, browser, mode, prefers
):
    with visit(browser, (pages / f"{mode}.html").as_uri(), color_scheme=prefers) as seen:
        page = seen.page
        assert ground(page) == mode
        # The reader's own change of mode, and a frame that was loaded later.
        page.get_by_label("Edition").select_option("fr")
        wait_for(page, "2021: fr")
        assert ground(page) == mode
        page.evaluate("document.documentElement.dataset.theme = 'light'")
        assert ground(page) == "light"
        page.evaluate("document.documentElement.dataset.theme = 'dark'")
        assert ground(page) == "dark"
        page.emulate_media(media="print")
        assert ground(page) == "light", "paper is white"


@pytest.mark.slow
def test_explorers_of_the_real_book_are_light_and_each_chart_has_its_numbers(built_book):
    bs4 = pytest.importorskip("bs4")
    lessons = sorted((built_book / "weeks").glob("week-*.html"))
    assert len(lessons) == 9
    for path in lessons:
        page = bs4.BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        assert page.select("figure.ol-explorer"), f"{path.name} has no explorer"
        for figure in page.select("figure.ol-explorer, figure.ol-figure"):
            table = figure.select_one(".ol-numbers table")
            assert table.caption.get_text(strip=True), path.name
            assert all(re.search(r"\w", head.get_text()) for head in table.select("thead th"))
            assert len(table.select("tbody tr")) <= 40
        for script in page.select("script.ol-frames"):
            frames = json.loads(script.string)
            assert 1 < len(frames) <= MOST_FRAMES
            assert all(frame["numbers"]["rows"] for frame in frames)
            pictures = {(path.parent / frame["src"]).resolve() for frame in frames}
            weight = sum(len(gzip.compress(file.read_bytes(), 6)) for file in pictures)
            assert weight <= 250_000, f"{path.name}: {weight} bytes on demand"
