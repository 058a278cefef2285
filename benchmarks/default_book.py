"""The same content as a Jupyter Book with default settings, to compare with.

Left out are our parts that make the pages light, private, accessible, and easy to find. Two kinds
of settings stay: what the text cannot do without, such as the directives that put figures of the
tables into a sentence, and the contents. Explorers are then what they are in a notebook: widgets.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

from benchmarks.workshop import Failed

SETTINGS = """\
title: Organizer Lab
author: The Organizer Lab authors
only_build_toc_files: true
exclude_patterns: [".*", "_build", "dist", "exercises/source", "node_modules"]
execute:
  execute_notebooks: cache
  timeout: 60
  exclude_patterns: ["exercises/release/*/*.ipynb"]
parse:
  myst_enable_extensions: [colon_fence, deflist, substitution, tasklist]
bibtex_bibfiles: [book/references.bib]
sphinx:
  extra_extensions: [benchmarks.default_book]
  recursive_update: true
  config:
    bibtex_reference_style: author_year
"""


# Our parts that no text asks for.
WITHOUT = {"accessible", "frames", "light", "pages", "search", "sharing"}


def build(root: Path, made: Path) -> Path:
    """Build the book of a copy of the checkout with default settings.

    Parameters
    ----------
    root : Path
        The copy. It is changed.
    made : Path
        What was made for our own book: a folder with the learner edition and the complete plan,
        beside a checkout with the released exercises.

    Returns
    -------
    Path
        The folder of the pages.
    """
    for name in ("learners", "worked-plan"):
        shutil.copytree(made / name, root / "_build" / name, dirs_exist_ok=True)
    release = Path("exercises") / "release"
    shutil.copytree(made.parent / release, root / release, dirs_exist_ok=True)
    (root / "_config.yml").write_text(SETTINGS, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(root), "HOME": str(root.parent)}
    environment.pop("ORGANIZER_LAB_STATIC", None)
    done = subprocess.run(
        [sys.executable, "-m", "organizer_lab.book.build", str(root), "--path-output", str(root)],
        cwd=root,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
    )
    html = root / "_build" / "html"
    if not (html / "index.html").exists():
        raise Failed(f"default settings: {' / '.join(done.stdout.strip().splitlines()[-6:])}")
    return html


def setup(app: Any) -> dict[str, Any]:
    """Register the parts of our extension that the text itself needs, and no others."""
    from organizer_lab import book

    for part in book.parts():
        if part.__name__.rpartition(".")[2] not in WITHOUT:
            part.setup(app)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
