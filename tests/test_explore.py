"""Explorers: the same choice with a kernel and without one."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

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
