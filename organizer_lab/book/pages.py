"""Small repairs of every page: scripts that are not wanted, style, a description."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes

ASSETS = Path(__file__).parent / "assets"


_THEBE = re.compile(
    r"<script type=\"text/x-thebe-config\">.*?</script>\s*(?:<script>kernelName.*?</script>)?",
    re.DOTALL,
)


def _tidy(assets: list[Any]) -> None:
    """Drop Thebe's files and what stands twice, in place because the builder keeps the list.

    Thebe would fetch its program from somebody else's server. And Jupyter Book sets two
    extensions up twice; the second copy of an inline ``const`` is an error on every page.
    """
    seen: dict[tuple[str, str], Any] = {}
    for asset in assets:
        body = getattr(asset, "attributes", {}).get("body") or ""
        key = (str(getattr(asset, "filename", None) or ""), body)
        if "thebe" not in " ".join(key).lower():
            seen.setdefault(key, asset)
    assets[:] = seen.values()


def description(doctree: nodes.document, length: int = 155) -> str:
    """Take the first paragraph of a page as its description for search engines.

    Parameters
    ----------
    doctree : docutils.nodes.document
        The page.
    length : int
        The most characters to keep; a longer text ends at a word with an ellipsis.
    """
    prose = (p for p in doctree.findall(nodes.paragraph) if isinstance(p.parent, nodes.section))
    text = " ".join(next((p.astext() for p in prose), "").split())
    return text if len(text) <= length else text[:length].rsplit(" ", 1)[0].rstrip(",;:–-") + "…"


def _context(
    app: Any, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    context["body"] = _THEBE.sub("", context.get("body") or "")
    if "ol-explorer" in context["body"]:
        app.add_js_file("explorer.js", loading_method="defer")
    for kind in ("script_files", "css_files"):
        if isinstance(context.get(kind), list):
            _tidy(context[kind])
    tags = context.get("metatags", "")
    text = description(doctree) if doctree is not None else ""
    if text and 'name="description"' not in tags:
        context["metatags"] = f'{tags}\n<meta name="description" content="{html.escape(text)}" />\n'


def _assets(app: Any, config: Any) -> None:
    config.html_static_path.append(str(ASSETS))


def setup(app: Any) -> None:
    """Add the style sheet, and repair each page after the other extensions had their turn."""
    app.connect("config-inited", _assets)
    app.add_css_file("course.css", priority=900)
    app.connect("html-page-context", _context, priority=900)
