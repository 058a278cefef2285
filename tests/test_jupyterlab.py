"""The lesson as a learner meets it: in a real JupyterLab, in a real browser."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import desk
import pytest
from desk import LESSON, Desk

pytestmark = [pytest.mark.slow, pytest.mark.browser]
pytest.importorskip("jupyterlab")

TWO_CONTROLS = "weeks/week-6-build-the-worklist.ipynb"


@pytest.fixture(scope="module")
def lab(tmp_path_factory, repository: Path) -> Iterator[desk.Server]:
    """JupyterLab over a folder with two lessons."""
    folder, home = tmp_path_factory.mktemp("lab"), tmp_path_factory.mktemp("home")
    (folder / "weeks").mkdir()
    for lesson in (LESSON, TWO_CONTROLS):
        shutil.copy(repository / lesson, folder / "weeks")
    with desk.server([sys.executable, "-m", "jupyterlab"], folder, home) as running:
        yield running


@contextmanager
def opened(lab: desk.Server, lesson: str, browser: Any) -> Iterator[Desk]:
    """Open a lesson, run it, and wait for its explorer."""
    with Desk(browser) as at:
        at.open(lab.of(lesson))
        at.run_all()
        at.explorer.wait_for()
        yield at


def test_the_explorer_moves_live(lab, browser):
    with opened(lab, LESSON, browser) as at:
        page = at.page
        control = at.explorer
        at.drawn("Tanzania")
        # By keyboard: JupyterLab must not take the letters for its shortcuts (x cuts a cell).
        cells = page.locator(".jp-Cell").count()
        control.focus()
        page.keyboard.type("Mexico")
        page.keyboard.press("Enter")
        at.drawn("Mexico")
        assert page.locator(".jp-Cell").count() == cells
        assert "Mexico" in page.locator(".widget-html figcaption").inner_text()
        # A wrong name is answered in words; a country that the built page does not offer is drawn.
        control.fill("Urugay")
        page.keyboard.press("Enter")
        page.get_by_text("Did you mean Uruguay").wait_for()
        control.fill("Uruguay")
        page.keyboard.press("Enter")
        at.drawn("Uruguay")
        assert not at.errors()


def test_two_controls_and_the_numbers_move_live(lab, browser):
    with opened(lab, TWO_CONTROLS, browser) as at:
        page = at.page
        at.drawn("2021: fr")
        # The table of a plain chart needs no kernel to open.
        chart = page.locator(".jp-RenderedHTMLCommon figure.ol-figure").first
        # JupyterLab leaves cells far out of sight undrawn.
        chart.evaluate("figure => figure.scrollIntoView()")
        chart.get_by_text("Show the numbers").click()
        chart.get_by_role("table").wait_for()
        # By keyboard: from the list to the slider, to the switch.
        at.explorer.focus()
        page.keyboard.type("da")
        page.keyboard.press("Enter")
        at.drawn("2021: da")
        slider = page.locator(".jp-OutputArea .widget-slider [role=slider]")
        slider.focus()
        page.keyboard.press("ArrowLeft")
        at.drawn("2020: da")
        switch = page.get_by_label("Show the numbers")
        switch.focus()
        page.keyboard.press("Space")
        page.get_by_role("table", name="Most read in 2020: da. 10 rows.").wait_for()
        # By pointer: the numbers stay open.
        track = page.locator(".jp-OutputArea .widget-slider .noUi-target")
        track.click(position={"x": 2, "y": track.bounding_box()["height"] / 2})
        at.drawn("2018: da")
        page.get_by_role("table", name="Most read in 2018: da. 10 rows.").wait_for()
        # In a window as narrow as a phone, the list of files closed, the picture shrinks with it,
        # and the keys still work.
        page.keyboard.press("Control+b")
        page.set_viewport_size({"width": 420, "height": 800})
        slider.focus()
        page.keyboard.press("ArrowRight")
        at.drawn("2019: da")
        too_wide = """image => image.getBoundingClientRect().width
          - image.closest(".jp-OutputArea-output").getBoundingClientRect().width"""
        assert page.locator(".widget-html img.ol-frame").evaluate(too_wide) <= 0
