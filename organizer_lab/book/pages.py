"""Small repairs of every page: scripts that are not wanted, style, a description."""

from __future__ import annotations

import html
from pathlib import Path
from typing import Any

from docutils import nodes

ASSETS = Path(__file__).parent / "assets"


def _unwanted(asset: Any) -> bool:
    """Tell whether a script or style belongs to Thebe, which the course does not use."""
    text = f"{getattr(asset, 'filename', asset)} {getattr(asset, 'attributes', {}).get('body', '')}"
    return "thebe" in text.lower()


def _tidy(assets: list[Any]) -> None:
    """Drop Thebe's files and what stands twice, in place because the builder keeps the list.

    Two extensions are set up twice by Jupyter Book; the second copy of an inline ``const`` is an
    error in the console of every page.
    """
    kept: list[Any] = []
    for asset in assets:
        if not _unwanted(asset) and asset not in kept:
            kept.append(asset)
    assets[:] = kept


def description(doctree: nodes.document, length: int = 155) -> str:
    """Take the first paragraph of a page as its description for search engines.

    Parameters
    ----------
    doctree : docutils.nodes.document
        The page.
    length : int
        The most characters to keep; a longer text ends at a word with an ellipsis.
    """
    paragraph = next(iter(doctree.findall(nodes.paragraph)), None)
    text = " ".join(paragraph.astext().split()) if paragraph is not None else ""
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0].rstrip(",;:–-") + "…"


def _context(
    app: Any, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if "ol-explorer" in (context.get("body") or ""):
        app.add_js_file("explorer.js", loading_method="defer")
    for kind in ("script_files", "css_files"):
        if isinstance(context.get(kind), list):
            _tidy(context[kind])
    tags = context.get("metatags", "")
    if doctree is not None and 'name="description"' not in tags:
        text = html.escape(description(doctree))
        context["metatags"] = tags + f'\n<meta name="description" content="{text}" />\n'


def _assets(app: Any, config: Any) -> None:
    config.html_static_path.append(str(ASSETS))


def setup(app: Any) -> None:
    """Add the style sheet, and repair each page after the other extensions had their turn."""
    app.connect("config-inited", _assets)
    app.add_css_file("course.css", priority=900)
    app.connect("html-page-context", _context, priority=900)
