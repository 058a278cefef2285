"""The lesson as a learner meets it: in a real JupyterLab, in a real browser."""

from __future__ import annotations

import json
import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import pytest

pytestmark = [pytest.mark.slow, pytest.mark.browser]
pytest.importorskip("jupyterlab")

LESSON = "weeks/week-1-what-is-a-topic-for-impact.ipynb"
TWO_CONTROLS = "weeks/week-6-build-the-worklist.ipynb"
EXPLORER = ".jp-OutputArea .widget-text input"


@pytest.fixture(scope="module")
def lab(tmp_path_factory, repository: Path):
    """JupyterLab over a folder with two lessons; gives its address, for the path of a lesson."""
    folder = tmp_path_factory.mktemp("lab")
    (folder / "weeks").mkdir()
    for lesson in (LESSON, TWO_CONTROLS):
        shutil.copy(repository / lesson, folder / "weeks")
    # All cells are drawn, also those out of sight, and no question about news is asked.
    settings = folder / "own" / "jupyterlab_settings_dir" / "@jupyterlab"
    for name, content in (
        ("notebook-extension/tracker", {"windowingMode": "none"}),
        ("apputils-extension/notification", {"fetchNews": "false"}),
    ):
        path = settings / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True)
        path.write_text(json.dumps(content))
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    own = {
        name: str(folder / "own" / name.lower())
        for name in ("JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTERLAB_SETTINGS_DIR")
    }
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
            "--IdentityProvider.token=learner",
        ],
        cwd=folder,
        env={**os.environ, **own},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        for _ in range(120):
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{port}/api?token=learner", timeout=5)
                break
            except OSError:
                assert server.poll() is None, "JupyterLab ended"
                time.sleep(0.5)
        yield f"http://127.0.0.1:{port}/lab/tree/{{}}?reset&token=learner"
    finally:
        server.terminate()
        server.wait(timeout=30)


def run_all(page) -> None:
    """Choose Run, Run All Cells; again if the kernel was not listening yet."""
    page.locator(".jp-Notebook-ExecutionIndicator[data-status='idle']").wait_for(timeout=120_000)
    for _ in range(10):
        page.get_by_role("menuitem", name="Run", exact=True).click()
        page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
        page.wait_for_timeout(5_000)
        if page.locator(".jp-InputPrompt").get_by_text(re.compile(r"\[(1|\*)\]")).count():
            return
    raise AssertionError("no cell ever ran")


def opened(lab: str, lesson: str, browser):
    """Open a lesson, run it, and wait for its explorer."""
    page = browser.new_page(viewport={"width": 1300, "height": 1000})
    # On a slow machine JupyterLab may ask something, such as which kernel to take.
    question = page.locator("dialog.jp-Dialog")
    page.add_locator_handler(question, lambda: question.locator(".jp-mod-accept").click())
    page.goto(lab.format(lesson))
    run_all(page)
    page.locator(EXPLORER).wait_for(timeout=120_000)
    return page


def test_the_explorer_moves_live(lab: str, browser):
    page = opened(lab, LESSON, browser)
    control = page.locator(EXPLORER)
    assert alt(page, "Tanzania")
    # By keyboard: JupyterLab must not take the letters for its shortcuts (x cuts a cell).
    cells = page.locator(".jp-Cell").count()
    control.focus()
    page.keyboard.type("Mexico")
    page.keyboard.press("Enter")
    assert alt(page, "Mexico")
    assert page.locator(".jp-Cell").count() == cells
    assert "Mexico" in page.locator(".widget-html figcaption").inner_text()
    # A wrong name is answered in words, and a country that the built page does not offer is drawn.
    control.fill("Urugay")
    page.keyboard.press("Enter")
    page.get_by_text("Did you mean Uruguay").wait_for()
    control.fill("Uruguay")
    page.keyboard.press("Enter")
    assert alt(page, "Uruguay")
    assert not page.locator("[data-mime-type='application/vnd.jupyter.error']").count()
    page.close()


def test_two_controls_and_the_numbers_move_live(lab: str, browser):
    page = opened(lab, TWO_CONTROLS, browser)
    assert alt(page, "2021: fr")
    # The table of a plain chart needs no kernel to open.
    chart = page.locator(".jp-RenderedHTMLCommon figure.ol-figure").first
    # JupyterLab leaves cells far out of sight undrawn.
    chart.evaluate("figure => figure.scrollIntoView()")
    chart.get_by_text("Show the numbers").click()
    chart.get_by_role("table").wait_for()
    # By keyboard: from the list to the slider, to the switch.
    page.locator(EXPLORER).focus()
    page.keyboard.type("da")
    page.keyboard.press("Enter")
    assert alt(page, "2021: da")
    slider = page.locator(".jp-OutputArea .widget-slider [role=slider]")
    slider.focus()
    page.keyboard.press("ArrowLeft")
    assert alt(page, "2020: da")
    switch = page.get_by_label("Show the numbers")
    switch.focus()
    page.keyboard.press("Space")
    page.get_by_role("table", name="Most read in 2020: da. 10 rows.").wait_for()
    # By pointer: the numbers stay open.
    track = page.locator(".jp-OutputArea .widget-slider .noUi-target")
    track.click(position={"x": 2, "y": track.bounding_box()["height"] / 2})
    assert alt(page, "2018: da")
    page.get_by_role("table", name="Most read in 2018: da. 10 rows.").wait_for()
    # In a window as narrow as a phone, the list of files closed, the picture shrinks with it, and
    # the keys still work.
    page.keyboard.press("Control+b")
    page.set_viewport_size({"width": 420, "height": 800})
    slider.focus()
    page.keyboard.press("ArrowRight")
    assert alt(page, "2019: da")
    too_wide = """image => image.getBoundingClientRect().width
      - image.closest(".jp-OutputArea-output").getBoundingClientRect().width"""
    assert page.locator(".widget-html img.ol-frame").evaluate(too_wide) <= 0
    page.close()


def alt(page, name: str) -> bool:
    """Wait until the picture's alternative text names a country."""
    page.wait_for_function(
        "name => document.querySelector('.widget-html img.ol-frame')?.alt.includes(name)", arg=name
    )
    return True
