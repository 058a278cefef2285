"""Small repairs of every page: scripts that are not wanted, style; and its first sentences."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes

ASSETS = Path(__file__).parents[1] / "assets"


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
    """Take the first sentences of a page as its description, where it has no better one.

    Parameters
    ----------
    doctree : docutils.nodes.document
        The page.
    length : int
        The most characters to keep. A longer text ends with a whole sentence if that leaves enough,
        else at a word with an ellipsis.

    Returns
    -------
    str
        Text without citations, of the first paragraph; of the first two where that one is short.
    """
    prose = [p for p in doctree.findall(nodes.paragraph) if isinstance(p.parent, nodes.section)]
    text = ""
    for paragraph in prose[:2]:
        if len(text) < length // 3:
            text = f"{text} {_words(paragraph)}".strip()
    if len(text) <= length:
        return text
    ends = [end.end() for end in re.finditer(r"[.?!](?= )", text[: length + 1])]
    if ends and ends[-1] >= length // 3:
        return text[: ends[-1]]
    return text[:length].rsplit(" ", 1)[0].rstrip(",;:–-") + "…"


def _words(paragraph: nodes.paragraph) -> str:
    """Give a paragraph in words. A citation is one only where it leads to its source."""
    cited = {
        id(text)
        for link in paragraph.findall(addnodes.pending_xref)
        if link.get("refdomain") == "cite"
        for text in link.findall(nodes.Text)
    }
    text = "".join(text for text in paragraph.findall(nodes.Text) if id(text) not in cited)
    return re.sub(r" +([.,;:?!])", r"\1", " ".join(text.split()))


def _context(
    app: Any, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    context["body"] = _THEBE.sub("", context.get("body") or "")
    if "ol-explorer" in context["body"]:
        app.add_js_file("explorer.js", loading_method="defer")
    for kind in ("script_files", "css_files"):
        if isinstance(context.get(kind), list):
            _tidy(context[kind])


def _assets(app: Any, config: Any) -> None:
    config.html_static_path.append(str(ASSETS))


def setup(app: Any) -> None:
    """Add the style sheet, and repair each page after the other extensions had their turn."""
    app.connect("config-inited", _assets)
    app.add_css_file("course.css", priority=900)
    app.connect("html-page-context", _context, priority=900)
