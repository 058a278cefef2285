"""Checklists: a numbered list with boxes to tick on paper, and the same list for a wiki page."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

_CLASS = "ol-checklist-page"
_SOURCE = "ol-source"
# What MediaWiki would read as markup.
_MARKUP = re.compile(r"\[\[|\]\]|\{\{|\}\}|''|~~~|<|^[*#:;=]|https?://")


class Checklist(SphinxDirective):
    """The checklist of a stage; the argument is its name, the body a list of sentences."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Make the list, and below it, folded, a place for its wiki form."""
        body = nodes.Element()
        body.document = self.state.document
        self.state.nested_parse(self.content, self.content_offset, body)
        kinds = (nodes.enumerated_list, nodes.bullet_list)
        if len(body) != 1 or not isinstance(body[0], kinds):
            raise self.error("A checklist holds one list of items and nothing else.")
        for number, item in enumerate(body[0], 1):
            if len(item) != 1 or not isinstance(item[0], nodes.paragraph):
                raise self.error(f"Item {number} of the checklist must be one paragraph.")
            for source in list(item.findall(addnodes.pending_xref)):
                if source.get("refdomain") == "cite":
                    source.replace_self(nodes.inline("", "", source.deepcopy(), classes=[_SOURCE]))
        name = self.arguments[0]
        self.env.metadata[self.env.docname]["ol-checklist"] = True
        shown = nodes.enumerated_list("", *body[0].children, classes=["ol-checklist"])
        shown["enumtype"], shown["prefix"], shown["suffix"] = "arabic", "", "."
        # Only on paper: on the screen the heading of the section has just said it.
        title = nodes.paragraph("", f"{name}: checklist", classes=["ol-checklist-title"])
        folded = self._folded(name)
        return [nodes.container("", title, shown, *folded, classes=[_CLASS], name=name)]

    def _folded(self, name: str) -> list[nodes.Node]:
        box = nodes.Element()
        box.document = self.state.document
        text = [
            "```{dropdown} Copy the checklist to a wiki page",
            ":class-container: ol-checklist-wiki",
            "",
            "~~~text",
            name,
            "~~~",
            "```",
        ]
        self.state.nested_parse(StringList(text, source=self.get_source_info()[0]), 0, box)
        return box.children


def wikitext(name: str, items: list[str]) -> str:
    """Write a checklist as wikitext.

    Parameters
    ----------
    name : str
        Of the stage.
    items : list of str
        Plain sentences. One that MediaWiki could take for markup is protected.

    Examples
    --------
    >>> print(wikitext("Track progress", ["We count from day one."]))
    == Track progress: checklist ==
    # We count from day one.
    """
    lines = [f"== {name}: checklist =="]
    for item in items:
        text = " ".join(item.split())
        lines.append(f"# <nowiki>{text}</nowiki>" if _MARKUP.search(text) else f"# {text}")
    return "\n".join(lines)


def _plain(item: nodes.Element) -> str:
    """Give the words of an item as readers see them, without its sources."""
    copy = item.deepcopy()
    for source in list(copy.findall(nodes.inline)):
        if _SOURCE in source["classes"]:
            source.parent.remove(source)
    return re.sub(r"\s+([.,;:!?])", r"\1", copy.astext())


def _fill(app: Any, doctree: nodes.document, page: str) -> None:
    """Write the wiki form when links have got their words and figures their units."""
    for box in doctree.findall(nodes.container):
        if _CLASS not in box["classes"]:
            continue
        items = next(box.findall(nodes.enumerated_list))
        block = next(box.findall(nodes.literal_block))
        text = wikitext(box["name"], [_plain(item) for item in items])
        block[:] = [nodes.Text(text)]
        block.rawsource = text


def setup(app: Any) -> None:
    """Register the directive."""
    app.add_directive("checklist", Checklist)
    app.connect("doctree-resolved", _fill)
