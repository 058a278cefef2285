"""Markup of the book's own: data cards, and figures from tables."""

from __future__ import annotations

import os
import re
from typing import Any

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from organizer_lab import data
from organizer_lab.book import links
from organizer_lab.book.directives.written import Written
from organizer_lab.book.pages.network import TABLES
from organizer_lab.errors import LabError, nearest
from organizer_lab.words import number

_log = logging.getLogger(__name__)

NO_BREAK = "\u00a0"

_VALUE = re.compile(
    r"(?P<mean>mean\s+)?(?P<table>\w+)\.(?P<column>\w+)\s*(?:\[(?P<rows>[^\]]*)\])?\s*(?:\|(?P<pattern>.*))?"
)


class DataCard(Written):
    """What one table holds, where it comes from and how far it can be trusted."""

    required_arguments = 1

    def markdown(self) -> str:
        """Write the card without a heading of its own."""
        name = self.arguments[0]
        if name not in data.names():
            raise LabError(f"There is no table '{name}'.{nearest(name, data.names())}")
        self.tables = (name,)
        return f"{_card(name)}\n{_file(self.env, name)}"


class DataList(Written):
    """All data cards in a few lines, for a page that is long."""

    def markdown(self) -> str:
        """Write one line for each theme, with links to the cards of its tables."""
        return "\n".join(
            f"- {str(theme).capitalize()}: "
            + ", ".join(self.to_table(name, title) for name, title in tables["title"].items())
            for theme, tables in data.tables().groupby("theme", sort=False)
        )


class DataCards(Written):
    """All data cards by theme, each with the label ``table-NAME``."""

    def markdown(self) -> str:
        """Write one section for each theme and, in it, one for each table."""
        every = data.tables()
        self.tables = tuple(every.index)
        lines = []
        for theme, tables in every.groupby("theme", sort=False):
            lines += [f"## {str(theme).capitalize()}", ""]
            for name, row in tables.iterrows():
                lines += [f"(table-{name})=", f"### {row['title']}", ""]
                # The heading has said what the card's own first line says.
                facts = f"`{name}`, {row['rows']:,} rows. {_file(self.env, name)}"
                lines += [facts, "", f"```{{used-in}} {name}", "```", ""]
                lines += [_folded(_card(name).partition("\n\n")[2]), ""]
        return "\n".join(lines)


def _card(name: str) -> str:
    return data.card(name)._repr_markdown_()


def _folded(text: str) -> str:
    """Fold the columns of a card away: they are its longest part."""
    description, _, rest = text.partition("\n\n")
    columns, source, rest = rest.partition("**Sources**")
    return (
        f"{description}\n\n:::{{dropdown}} Columns, their units and meanings\n{columns}:::\n\n"
        f"{source}{rest}"
    )


def _file(env: Any, name: str) -> str:
    path = os.path.relpath(data.folder() / f"{name}.csv", env.srcdir).replace(os.sep, "/")
    return f"{{download}}`Download {name}.csv </{path}>`"


def figure_from_table(text: str) -> tuple[str, str, str]:
    """Look up a figure for a sentence.

    Parameters
    ----------
    text : str
        ``table.column[key=value, year=2024]|+.2f``. One row must match all keys. The mean of
        several rows is written ``mean table.column[key=value, year=2015..2024]``. What follows
        the bar is a Python format; without it whole
        numbers are grouped and others get up to two decimals.

    Returns
    -------
    tuple of str
        The figure, its unit, which may be empty, and the name of the table.

    Raises
    ------
    LabError
        If the text has another form, or a table, column, key or row does not exist.
    """
    match = _VALUE.fullmatch(text.strip())
    if not match:
        raise LabError(
            f"Cannot read '{text}'. "
            "Write table.column[key=value, year=2024] and, if you like, |.2f after it."
        )
    table, column = match["table"], match["column"]
    field = data.field(table, column)
    year: int | None = None
    to_year: int | None = None
    where: dict[str, Any] = {}
    for condition in filter(None, map(str.strip, (match["rows"] or "").split(","))):
        key, sign, wanted = (part.strip() for part in condition.partition("="))
        if not sign or not wanted:
            raise LabError(f"Cannot read '{condition}' in '{text}'. Write key=value.")
        try:
            if key == "year":
                first, _, last = wanted.partition("..")
                year, to_year = int(first), int(last) if last else None
            else:
                kind = data.field(table, key)["type"]
                where[key] = {"integer": int, "number": float}.get(kind, str)(wanted)
        except ValueError:
            raise LabError(f"'{wanted}' in '{text}' is not a number.") from None
    cells = data.select(table, column, year=year, to_year=to_year, where=where or None).dropna()
    if len(cells) > 1 and not match["mean"]:
        raise LabError(f"'{text}' fits {len(cells)} rows. Name one, or write 'mean' before it.")
    found = data.value(table, column, year=year, to_year=to_year, where=where or None)
    if found is None:
        raise LabError(f"No row of '{table}' has a value for '{text}'.")
    if isinstance(found, str):
        return found, "", table
    if isinstance(found, bool):
        return "yes" if found else "no", "", table
    pattern = (match["pattern"] or "").strip()
    if not pattern and (column == "year" or field["type"] == "year"):
        pattern = "d"
    try:
        words = number(found, pattern)
    except ValueError as error:
        raise LabError(f"'{pattern}' is not a format for {found!r}: {error}.") from None
    unit = field.get("unit", "")
    # Where rows of one column count different things, no unit fits them all.
    return words, "" if unit.split(" ")[:1] == ["count"] else unit, table


class Value(SphinxRole):
    """A figure taken from a table when the book is built, so that no text can disagree with it.

    Parameters
    ----------
    unit : bool
        Write the unit of the column after the figure.
    """

    def __init__(self, unit: bool = True):
        super().__init__()
        self.unit = unit

    def run(self) -> tuple[list[nodes.Node], list[nodes.system_message]]:
        """Give the figure, or warn and show the source text."""
        try:
            words, unit, table = figure_from_table(self.text)
        except LabError as error:
            _log.warning("%s", error, location=self.get_location(), type="value")
            return [nodes.literal(self.rawtext, self.text)], []
        links.follow(self.env, self.env.docname, table)
        self.env.metadata[self.env.docname].setdefault(TABLES, set()).add(table)
        figure = nodes.inline(self.rawtext, words, classes=["ol-value"])
        if self.unit and unit:
            figure["unit"] = unit
        return [figure], []


def _units(app: Any, doctree: nodes.document) -> None:
    """Write the unit after each figure, unless the sentence itself goes on with it."""
    for figure in doctree.findall(nodes.inline):
        unit = figure.attributes.pop("unit", "")
        at = figure.parent.index(figure)
        rest = "".join(node.astext() for node in figure.parent[at + 1 :]).lstrip()
        if unit and not rest.startswith(unit):
            space = "" if unit.startswith("%") else NO_BREAK
            figure[0] = nodes.Text(figure[0] + space + unit)


def setup(app: Any) -> None:
    """Register the directives and the role."""
    app.add_directive("data-card", DataCard)
    app.add_directive("data-cards", DataCards)
    app.add_directive("data-list", DataList)
    app.add_role("value", Value())
    app.add_role("value-only", Value(unit=False))
    app.connect("doctree-read", _units)
    links.setup(app)
