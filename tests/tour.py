"""One round of every page of the real book, for all that is asked of each of them.

A page is opened as on a wide light screen, then as on a phone at night, then enlarged to 400 %.
What is seen is kept, and each test looks at its own part of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from browser import visit

RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
DESK, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
# Enlarged to 400 %, a window of 1280 pixels has room for this many.
ENLARGED = {"width": 320, "height": 640}

# What comes into sight does so with the next picture. What moves is brought to where it ends:
# colours on their way from one mode to the other, or the link past the contents on a busy computer.
# To wait for it would take for ever where Chromium draws nothing new and so never moves it.
SETTLE = """
  for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
  for (const moving of document.getAnimations()) moving.finish();
"""

# What a page must keep at every width, and axe does not ask.
LOOK = """() => {
  const shown = (element) => element.checkVisibility({visibilityProperty: true});
  const named = (table) =>
    table.caption?.textContent.trim() || table.ariaLabel || table.getAttribute("aria-labelledby");
  const headings = [...document.querySelectorAll("h1, h2, h3, h4, h5, h6, [role=heading]")]
    .filter(shown)
    .map((each) => Number(each.getAttribute("aria-level") || each.tagName[1]));
  const faults = [];
  if (headings[0] !== 1) faults.push(`the first heading is of level ${headings[0]}`);
  if (headings.filter((level) => level === 1).length !== 1) faults.push("not one h1");
  headings.forEach((level, at) => {
    if (at && level > headings[at - 1] + 1) faults.push(`heading ${at} jumps to level ${level}`);
  });
  for (const table of document.querySelectorAll("table:not([role=presentation])")) {
    if (!table.querySelector("th")) faults.push(`no header cell: ${table.innerText.slice(0, 60)}`);
    if (!named(table)) faults.push(`no name: ${table.innerText.slice(0, 60)}`);
    for (const cell of table.querySelectorAll("th"))
      if (!cell.scope || !cell.textContent.trim()) faults.push(`a header: ${cell.outerHTML}`);
  }
  for (const box of document.querySelectorAll("main *")) {
    const style = getComputedStyle(box);
    const scrolls = /auto|scroll/.test(style.overflowX) && box.scrollWidth > box.clientWidth + 1;
    const reached = box.tabIndex >= 0 || box.querySelector("a, button, [tabindex='0']");
    if (scrolls && shown(box) && !reached)
      faults.push(`no key reaches ${box.tagName}.${box.className}`);
  }
  const wide = document.documentElement.scrollWidth;
  if (wide > innerWidth) faults.push(`the page is ${wide} wide in a window of ${innerWidth}`);
  if (!document.documentElement.lang) faults.push("no language");
  return faults;
}"""


@dataclass
class Seen:
    """What was seen on one page.

    Attributes
    ----------
    theme : str
        The colours that it has at night, ``"dark"`` or ``"light"``.
    strangers, problems : list of str
        As `browser.Visit` has them, from all three looks.
    light, dark : list of str
        What axe finds on a wide light screen and on a phone at night.
    phone, enlarged : list of str
        What `LOOK` finds there.
    """

    theme: str
    strangers: list[str]
    problems: list[str]
    light: list[str]
    dark: list[str]
    phone: list[str]
    enlarged: list[str]


def pages(folder: Path) -> list[str]:
    """Name all pages except those that only forward."""
    return [
        path.relative_to(folder).as_posix()
        for path in sorted(folder.rglob("*.html"))
        if not path.relative_to(folder).parts[0].startswith("_")
        and b'http-equiv="refresh"' not in path.read_bytes().lower()
    ]


def barriers(page: Any) -> list[str]:
    """Ask axe-core, and give each finding in one line."""
    from axe_playwright_python.sync_playwright import Axe

    page.evaluate(f"async () => {{{SETTLE}}}")
    options = {"runOnly": {"type": "tag", "values": RULES}, "resultTypes": ["violations"]}
    return [
        f"{finding['id']}: {node['target']} {node['html'][:120]}"
        for finding in Axe().run(page, options=options).response["violations"]
        for node in finding["nodes"]
    ]


def tour(folder: Path, web: str, browser: Any) -> dict[str, Seen]:
    """Visit every page.

    Parameters
    ----------
    folder : Path
        The folder of the built book.
    web : str
        Where it is served.
    browser : playwright Browser
    """
    found = {}
    for name in pages(folder):
        # With transitions, axe would look at colours half-way.
        with visit(
            browser, web + name, viewport=DESK, color_scheme="light", reduced_motion="reduce"
        ) as seen:
            page = seen.page
            light = barriers(page)
            # Opened anew for each look: what a page does once, when it is opened, it does for that
            # look, and no colour is on its way from the day to the night.
            page.emulate_media(color_scheme="dark", reduced_motion="reduce")
            page.set_viewport_size(PHONE)
            page.reload()
            theme = page.evaluate("document.documentElement.dataset.theme")
            dark, phone = barriers(page), page.evaluate(LOOK)
            page.set_viewport_size(ENLARGED)
            page.reload()
            # What is asked for late counts too.
            page.wait_for_load_state("networkidle")
            found[name] = Seen(
                theme,
                seen.strangers,
                seen.problems,
                light,
                dark,
                phone,
                page.evaluate(LOOK),
            )
    return found
