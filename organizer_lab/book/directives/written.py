"""Directives that write Markdown, and have it read as if it stood in the page."""

from __future__ import annotations

from docutils import nodes
from docutils.statemachine import StringList
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from organizer_lab.book import links
from organizer_lab.course import Stage, Week
from organizer_lab.errors import LabError


class Written(SphinxDirective):
    """A directive that stands for Markdown made from the course file, the tables or the plan."""

    tables: tuple[str, ...] = ()

    def markdown(self) -> str:
        """Write what the directive stands for."""
        raise NotImplementedError

    def run(self) -> list[nodes.Node]:
        """Read the Markdown, headings and labels included."""
        try:
            text = self.markdown()
        except LabError as error:
            raise self.error(str(error)) from error
        links.follow(self.env, self.env.docname, *self.tables)
        container = nodes.Element()
        container.document = self.state.document
        lines = StringList(text.splitlines(), source=self.get_source_info()[0])
        document = self.state.document
        before = {id(link) for link in document.findall(addnodes.pending_xref)}
        self.state.nested_parse(lines, 0, container, match_titles=True)
        # What stands below a heading is put into the page itself, the rest into the container.
        for tree in (container, document):
            for link in tree.findall(addnodes.pending_xref):
                if id(link) not in before:
                    link[links.GENERATED] = True
        return container.children

    def to_lesson(self, week: Week, text: str) -> str:
        """Link to a week's lesson; where there is none, to its part of the syllabus."""
        page = links.lesson(self.env, week)
        if page:
            return doc(page, text)
        return ref(f"syllabus-{week.id}", text) if links.syllabus(self.env) else text

    def to_stage(self, stage: Stage, text: str = "") -> str:
        """Link to the chapter of a stage, or name it."""
        text = text or stage.name
        return ref(f"stage-{stage.slug}", text) if links.chapter(self.env, stage) else text

    def to_part(self, week: Week, text: str = "") -> str:
        """Link to the plan part that a week fills, or name it."""
        artefact = week.artefact
        text = text or artefact.name
        return ref(f"plan-{artefact.field}", text) if links.plan(self.env) else text

    def to_table(self, name: str, title: str) -> str:
        """Link to the data card of a table, or name it."""
        return ref(f"table-{name}", title) if links.cards(self.env) else title


def doc(page: str, text: str) -> str:
    """Write a link to a page."""
    return f"{{doc}}`{text} </{page}>`"


def ref(label: str, text: str) -> str:
    """Write a link to a label."""
    return f"{{ref}}`{text} <{label}>`"


def cell(text: str) -> str:
    """Make a text fit into one cell of a Markdown table."""
    return " ".join(str(text).split()).replace("|", "\\|")
