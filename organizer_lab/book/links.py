"""Links to pages of the course that exist, and plain text for those that do not yet."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import BuildEnvironment

from organizer_lab import course, data
from organizer_lab.course import Course, Stage, Week

# Marks a link that a program wrote. Such a link does not count as one that an author set.
GENERATED = "ol_generated"
_MARK = "ol-follows-the-course"


def lesson(env: BuildEnvironment, week: Week) -> str | None:
    """Name the page of a week's lesson, if the book has it."""
    start = f"weeks/{week.id}-"
    return next((page for page in sorted(env.found_docs) if page.startswith(start)), None)


def exercise(env: BuildEnvironment, week: Week) -> str | None:
    """Name the page of a week's released exercise, if the book has it."""
    page = f"exercises/release/{week.id}/{week.id}"
    return page if page in env.found_docs else None


def chapter(env: BuildEnvironment, stage: Stage) -> str | None:
    """Name the page of a stage's chapter, if the book has it."""
    page = f"book/framework/{stage.slug}"
    return page if page in env.found_docs else None


def stage_of(env: BuildEnvironment, page: str, known: Course) -> Stage | None:
    """Find the stage whose chapter a page is."""
    return next((stage for stage in known.stages if chapter(env, stage) == page), None)


def week_of(env: BuildEnvironment, page: str, known: Course) -> Week | None:
    """Find the week whose lesson a page is."""
    return next((week for week in known.weeks if lesson(env, week) == page), None)


def cards(env: BuildEnvironment) -> bool:
    """Say whether the book has the page of data cards, with its labels ``table-NAME``."""
    return "book/tables/index" in env.found_docs


def plan(env: BuildEnvironment) -> bool:
    """Say whether the book has the page of the campaign plan, with its labels ``plan-FIELD``."""
    return "book/plan" in env.found_docs


def syllabus(env: BuildEnvironment) -> bool:
    """Say whether the book has the syllabus, with its labels ``syllabus-week-N``."""
    return "book/syllabus" in env.found_docs


def to_page(page: str | None, text: str, source: str) -> nodes.Node:
    """Make a link to a page, or plain text where there is none."""
    return _reference("doc", f"/{page}", text, source) if page else nodes.Text(text)


def to_label(label: str, text: str, source: str) -> nodes.Node:
    """Make a link to a label. A label that does not exist is a warning of the build."""
    return _reference("ref", label, text, source)


def _reference(kind: str, target: str, text: str, source: str) -> nodes.Node:
    return addnodes.pending_xref(
        "",
        nodes.inline("", text, classes=["std", f"std-{kind}"]),
        refdomain="std",
        reftype=kind,
        reftarget=target,
        refdoc=source,
        refexplicit=True,
        refwarn=True,
        **{GENERATED: True},
    )


def follow(env: BuildEnvironment, page: str, *tables: str) -> None:
    """Have a page read again when the course file, the descriptor or a table changes.

    It is also read again when a page is added to the book or taken out of it.
    """
    env.metadata[page][_MARK] = True
    folder = data.folder()
    for path in (
        course.file(),
        folder / "datapackage.json",
        *(folder / f"{t}.csv" for t in tables),
    ):
        env.note_dependency(str(Path(path).resolve()))


def _outdated(
    app: Any, env: BuildEnvironment, added: set[str], changed: set[str], removed: set[str]
) -> list[str]:
    if not added and not removed:
        return []
    return [page for page, known in env.metadata.items() if _MARK in known and page not in removed]


def setup(app: Any) -> None:
    """Keep pages up to date with the set of pages."""
    app.connect("env-get-outdated", _outdated)
