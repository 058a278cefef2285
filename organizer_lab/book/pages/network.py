"""Links the other way: on a data card and at a glossary term, the pages that use it."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment
from sphinx.util.docutils import SphinxDirective

from organizer_lab import course
from organizer_lab.book import links

TABLES = "ol-tables"
# Pages that list everything; to stand on them is no use.
LISTS = {"book/glossary", "book/references", "book/tables/index"}
_NOTEBOOK = re.compile(r"(weeks|exercises)/")


def _pages() -> dict[str, set[str]]:
    return defaultdict(set)


@dataclass
class Network:
    """Who links to what. Every mapping leads from a target to the pages that name it.

    Attributes
    ----------
    labels, pages : dict of str to set of str
        Targets of links that an author set.
    made : dict of str to set of str
        Labels that a program linked to.
    terms : dict of str to set of str
        Glossary terms in small letters; a notebook uses a term by naming it.
    tables : dict of str to set of str
        Tables from which a page takes a figure, or to whose card it links.
    """

    labels: dict[str, set[str]] = field(default_factory=_pages)
    pages: dict[str, set[str]] = field(default_factory=_pages)
    made: dict[str, set[str]] = field(default_factory=_pages)
    terms: dict[str, set[str]] = field(default_factory=_pages)
    tables: dict[str, set[str]] = field(default_factory=_pages)


def glossary(env: BuildEnvironment) -> list[str]:
    """List the terms that the glossary explains."""
    objects = env.get_domain("std").get_objects()
    return [name for name, _, kind, *_ in objects if kind == "term"]


def gather(env: BuildEnvironment) -> Network:
    """Read every page of the book for its links."""
    found = Network()
    terms = {term.lower(): _word(term) for term in glossary(env)}
    for page in env.found_docs:
        doctree = env.get_doctree(page)
        for link in doctree.findall(addnodes.pending_xref):
            target, kind = link["reftarget"], link.get("reftype")
            if link.get("refdomain") == "doc":
                found.pages[target].add(page)
            elif kind == "doc":
                found.pages[target.lstrip("/")].add(page)
            elif kind == "term":
                found.terms[" ".join(target.lower().split())].add(page)
            elif kind == "ref":
                (found.made if link.get(links.GENERATED) else found.labels)[target].add(page)
        for table in env.metadata[page].get(TABLES, []):
            found.tables[table].add(page)
        if _NOTEBOOK.match(page):
            text = _own_text(doctree)
            for term, word in terms.items():
                if word.search(text):
                    found.terms[term].add(page)
    for label, pages in found.labels.items():
        if label.startswith("table-"):
            found.tables[label.removeprefix("table-")] |= pages
    for pages in (*found.terms.values(), *found.tables.values()):
        pages -= LISTS
    return found


def _own_text(doctree: nodes.document) -> str:
    """Give the text of a notebook without the header that is made from the course file."""
    made = {
        id(paragraph)
        for box in doctree.findall(nodes.container)
        if "ol-week" in box["classes"]
        for paragraph in box.findall(nodes.paragraph)
    }
    return " ".join(
        paragraph.astext()
        for paragraph in doctree.findall(nodes.paragraph)
        if id(paragraph) not in made
    )


def _word(term: str) -> re.Pattern[str]:
    return re.compile(rf"\b{re.escape(term)}s?\b", re.IGNORECASE)


class used_in(nodes.General, nodes.Element):
    """Stands on a data card until all pages are read."""


class UsedIn(SphinxDirective):
    """The weeks and pages that use a table; the argument is its name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Keep a place for the line."""
        self.env.metadata[self.env.docname]["ol-used-in"] = True
        return [used_in("", table=self.arguments[0])]


class _Lines:
    """Writes the lines when all pages are known. One object serves one build."""

    def __init__(self) -> None:
        self.network = Network()

    def update(self, app: Any, env: BuildEnvironment) -> list[str]:
        """Gather the links anew; have the pages with such lines written again."""
        self.network = gather(env)
        return [page for page in env.found_docs if "ol-used-in" in env.metadata[page]] + [
            page for page in LISTS & env.found_docs if page == "book/glossary"
        ]

    def write(self, app: Any, doctree: nodes.document, page: str) -> None:
        """Put the lines in."""
        for place in list(doctree.findall(used_in)):
            table = place["table"]
            weeks = [week for week in course.load().weeks if table in week.tables]
            pages = {links.lesson(app.env, week) for week in weeks} | self.network.tables[table]
            planned = [week for week in weeks if not links.lesson(app.env, week)]
            line = self._line(app, page, pages - {None}, planned)
            place.replace_self(line or [])
        for item in doctree.findall(nodes.definition_list_item):
            if not isinstance(item.parent.parent, addnodes.glossary):
                continue
            term = " ".join(item[0].astext().lower().split())
            if line := self._line(app, page, self.network.terms[term], []):
                item[-1].append(line)

    def _line(
        self, app: Any, page: str, pages: Iterable[str], planned: list[course.Week]
    ) -> nodes.paragraph | None:
        """Write "Used in" with links, in the order of the book, planned weeks last."""
        order = {name: at for at, name in enumerate(app.env.collect_relations())}
        parts: list[nodes.Node] = [
            _to(app, page, target, "", _short(app.env, target))
            for target in sorted(pages, key=lambda name: order.get(name, len(order)))
        ]
        for week in planned:
            text = f"week {week.number} (planned)"
            if links.syllabus(app.env):
                parts.append(_to(app, page, "book/syllabus", f"syllabus-{week.id}", text))
            else:
                parts.append(nodes.Text(text))
        if not parts:
            return None
        line = nodes.paragraph("", "Used in: ", classes=["ol-used-in"])
        for part in parts:
            line += [part, nodes.Text(", ")]
        line[-1] = nodes.Text(".")
        return line


def _to(app: Any, page: str, target: str, anchor: str, text: str) -> nodes.reference:
    address = app.builder.get_relative_uri(page, target) + (f"#{anchor}" if anchor else "")
    return nodes.reference("", text, internal=True, refuri=address)


def _short(env: BuildEnvironment, page: str) -> str:
    """Name a page in a few words: "week 1", "exercise 1", "stage 4", or its title."""
    if match := re.match(r"weeks/week-(\d+)", page):
        return f"week {match[1]}"
    if match := re.match(r"exercises/release/week-(\d+)", page):
        return f"exercise {match[1]}"
    title = env.titles[page].astext()
    if page.startswith("book/framework/") and (match := re.match(r"Stage \d+", title)):
        return match[0].lower()
    return title


def setup(app: Any) -> None:
    """Register the directive and its two steps."""
    lines = _Lines()
    app.add_node(used_in)
    app.add_directive("used-in", UsedIn)
    app.connect("env-updated", lines.update)
    app.connect("doctree-resolved", lines.write)
