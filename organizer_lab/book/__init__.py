"""The book side of the course: a Sphinx extension, its assets, and the command that builds.

Loaded by Jupyter Book through ``sphinx.extra_extensions`` in ``_config.yml``. It adds

- a header on each lesson and exercise page (`headers`),
- the directives ``data-cards`` and ``data-card`` and the roles ``value`` and ``value-only``
  (`directives`),
- pages made from the course file: ``course-overview``, ``syllabus``, ``plan-parts`` (`weeks`),
- where the course works on a stage: ``stage-map`` and ``stage-course`` (`stages`), and
  ``coverage-matrix`` (`coverage`),
- the directives ``checklist`` (`checklists`) and ``rubrics`` (`rubrics`), and ``grading-scale``,
  the measured cost of grading (`scale`),
- the directive ``worked-plan``: the plan of the solutions (`worked`), with the files to which each
  field of a plan goes (`traces`),
- the directive ``week-aims``: what a live session is for (`sessions`),
- the directives ``edition`` and ``notebook-downloads``: what readers can take home (`downloads`),
- buttons that open a lesson or exercise where it can be worked on (`routes`),
- links the other way, from data cards and glossary to the pages that use them (`network`),
- a check that nothing leads nowhere, with ``organizer_lab_whole_book: true`` (`consistency`),
- small repairs of each page: scripts, style (`pages`),
- what makes a page easy to find, share and cite (`sharing`), and the search (`search`),
- what the theme owes to people who listen, use a keyboard or enlarge the page (`accessible`),
- the step that moves drawn pictures out of the pages into files of their own (`frames`),
- when all pages are written: of style, programs and fonts only what a page needs (`light`).
"""

from __future__ import annotations

import os
from importlib import metadata
from typing import Any

from organizer_lab.explore import STATIC


def parts() -> list[Any]:
    """List the parts of the extension, in the order in which they are set up.

    Returns
    -------
    list of module
        Each with a function ``setup`` of its own.
    """
    from organizer_lab.book import (
        accessible,
        checklists,
        consistency,
        coverage,
        directives,
        downloads,
        elements,
        frames,
        headers,
        light,
        network,
        pages,
        routes,
        rubrics,
        scale,
        search,
        sessions,
        sharing,
        stages,
        weeks,
        worked,
    )

    written = (elements, directives, weeks, stages, coverage, checklists, rubrics, scale, worked)
    written = (*written, downloads, sessions)
    return [
        *written,
        headers,
        routes,
        network,
        consistency,
        search,
        sharing,
        pages,
        accessible,
        frames,
        light,
    ]


def setup(app: Any) -> dict[str, Any]:
    """Register the parts with Sphinx.

    Parameters
    ----------
    app : sphinx.application.Sphinx
        The running build.

    Returns
    -------
    dict
        What Sphinx wants to know of an extension. All that is remembered about a page is kept in
        Sphinx's own metadata of that page, so reading in parallel is safe. So is writing:
        finished pages are changed only when all of them are written.
    """
    # For the kernels that run the notebooks: explorers give their page face, and no widget enters
    # a page.
    os.environ[STATIC] = "1"
    for part in parts():
        part.setup(app)
    return {
        "version": metadata.version("organizer-lab"),
        "env_version": 2,
        "parallel_read_safe": True,
        "parallel_write_safe": True,
    }
