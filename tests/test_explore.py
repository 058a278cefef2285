"""Explorers: the same choice with a kernel and without one."""

from __future__ import annotations

import json
from html.parser import HTMLParser

import pytest

from organizer_lab import charts, data
from organizer_lab.charts import Chart
from organizer_lab.errors import LabError
from organizer_lab.explore import MOST_FRAMES, STATIC, Explorer


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
    assert slider == {"type": "range", "min": "0", "max": "4", "step": "1", "value": "2"}
    assert page.texts["output"] == "2012"
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
    control, picture = Explorer(draw, choices, label="N", slider=True).widget().children
    assert control.description == "N" and control.value == 1
    assert picture.value == draw(1)._repr_html_()
    control.value = 2
    assert picture.value == draw(2)._repr_html_()
    control.value = "broken"
    assert picture.value == "<p>No &lt;rows&gt; for this choice.</p>"
    control.value = 1
    assert picture.value == draw(1)._repr_html_()


def test_a_typed_name_draws_again():
    choices = {"Tanzania": 1, "Norway": 2, "<Nowhere>": "broken"}
    control, picture = Explorer(draw, choices, label="Country", start=2).widget().children
    assert list(control.options) == list(choices)
    assert control.description == "Country" and control.placeholder.startswith("Norway ")
    assert picture.value == draw(2)._repr_html_()
    control.value = " Tanzania "
    assert picture.value == draw(1)._repr_html_()
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
