"""The book side of the course: a Sphinx extension, its assets, and the command that builds.

Loaded by Jupyter Book through ``sphinx.extra_extensions`` in ``_config.yml``, it has four rooms:

- `directives`: what a page asks for by name, such as a data card or a checklist,
- `pages`: what every page gets, such as its header, its buttons and its description,
- `light`: when all pages are written, of style, programs and fonts only what each of them needs,
- `checks`: what is asked of the book, such as that nothing leads nowhere.

All use `links`, the links to pages that exist; `elements` is the HTML that docutils lacks.
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
    from organizer_lab.book import elements, light
    from organizer_lab.book.checks import consistency
    from organizer_lab.book.directives import (
        checklists,
        coverage,
        downloads,
        rubrics,
        scale,
        sessions,
        stages,
        tables,
        weeks,
        worked,
    )
    from organizer_lab.book.light import frames
    from organizer_lab.book.pages import (
        accessible,
        headers,
        network,
        repairs,
        routes,
        search,
        sharing,
    )

    asked = [tables, weeks, stages, coverage, checklists, rubrics, scale, worked, downloads]
    of_all = [headers, routes, network, consistency, search, sharing, repairs, accessible]
    return [elements, *asked, sessions, *of_all, frames, light]


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
