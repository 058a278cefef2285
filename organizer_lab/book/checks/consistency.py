"""A whole book has no loose end: each one is a warning, and a warning fails the build."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from sphinx.environment import BuildEnvironment
from sphinx.util import logging

from organizer_lab import course, data
from organizer_lab.book import links
from organizer_lab.book.pages import network
from organizer_lab.book.pages.network import Network
from organizer_lab.overview import enumeration
from organizer_lab.plan import PARTS, Place

_log = logging.getLogger(__name__)

_LABEL = re.compile(r"^\(([\w.-]+)\)=$", re.MULTILINE)
# A loose end: the page where it can be mended, and a sentence.
Loose = tuple[str | None, str]


def _stages(env: BuildEnvironment, known: Network) -> Iterator[Loose]:
    """Each stage that a week names has a chapter, which is complete and linked to."""
    whole = course.load()
    for stage in whole.stages:
        page = links.chapter(env, stage)
        if page is None:
            weeks = enumeration([week.id for week in whole.weeks_of(stage.slug)])
            yield None, f"the stage '{stage.slug}' of {weeks} has no chapter in the book"
            continue
        if stage.slug not in env.metadata[page].get("ol-stage-course", []):
            yield page, f"the chapter lacks {{stage-course}} {stage.slug}"
        if "ol-checklist" not in env.metadata[page]:
            yield page, "the chapter lacks a {checklist}"
        if not (known.labels[f"stage-{stage.slug}"] | known.pages[page]) - {page}:
            yield page, "no sentence of another page links to this chapter"


def _tables(env: BuildEnvironment, known: Network) -> Iterator[Loose]:
    """Each table is used by a week or a chapter."""
    of_weeks = {table for week in course.load().weeks for table in week.tables}
    for table in data.names():
        if table not in of_weeks and not known.tables[table]:
            yield "book/tables/index", f"no week and no chapter uses the table '{table}'"


def _terms(env: BuildEnvironment, known: Network) -> Iterator[Loose]:
    """Each term of the glossary is used on a page."""
    for term in network.glossary(env):
        if not known.terms[term.lower()]:
            yield "book/glossary", f"no page uses the term '{term}'"


def _labels(env: BuildEnvironment, known: Network) -> Iterator[Loose]:
    """Each label that an author wrote is the target of a link."""
    for page in sorted(env.found_docs):
        path = Path(env.doc2path(page))
        if path.suffix == ".md":
            for label in _LABEL.findall(path.read_text(encoding="utf-8")):
                if not known.labels[label] | known.made[label]:
                    yield page, f"nothing links to the label '{label}'"


def _parts(env: BuildEnvironment, known: Network) -> Iterator[Loose]:
    """Each part of the plan has a week. The place has none of its own: week 1 asks for it."""
    fields = {week.artefact.field for week in course.load().weeks}
    for part in PARTS:
        if part is not Place and part.field not in fields:
            yield "book/plan", f"no week fills the plan part '{part.field}'"


def loose_ends(env: BuildEnvironment) -> list[Loose]:
    """Find everything in the book that leads nowhere or that nothing leads to.

    Returns
    -------
    list of tuple
        The page where it can be mended, or None, and a sentence.
    """
    known = network.gather(env)
    return [
        loose for rule in (_stages, _tables, _terms, _labels, _parts) for loose in rule(env, known)
    ]


def _check(app: Any, env: BuildEnvironment) -> None:
    if app.config.organizer_lab_whole_book:
        for page, text in loose_ends(env):
            location = page if page in env.found_docs else None
            _log.warning("Loose end: %s", text, location=location, type="loose")


def setup(app: Any) -> None:
    """Check when all pages are read."""
    app.add_config_value("organizer_lab_whole_book", False, "env", bool)
    app.connect("env-check-consistency", _check)
