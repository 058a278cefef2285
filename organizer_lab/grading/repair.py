"""Mend damaged submissions inside nbgrader, before any other step looks at them.

With `AnyNotebook` and `Repair` in its settings, ``nbgrader autograde`` and formgrader's button go
on where they would stop: at a copied cell, lost metadata, an older format, or a file that is not
even JSON. Every answer stays, and the grader and the learner read what was mended.
"""

from __future__ import annotations

import json
from itertools import count
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import NotebookExporter
from nbformat import NotebookNode
from nbgrader.preprocessors import NbGraderPreprocessor

from organizer_lab.errors import LabError
from organizer_lab.handin import sheets
from organizer_lab.handin.examine import Examination, examine, with_kept

NOTE = "organizer-lab-note"
_RECEIVED = "organizer_lab_received"


def for_grading(found: Examination) -> NotebookNode:
    """Give the notebook that is graded: mended, with a note of what was mended.

    Parameters
    ----------
    found : Examination

    Returns
    -------
    NotebookNode
        A sound notebook is given without a note. Else the first cell lists the findings, for the
        grader and, in the feedback, for the learner; the notebook's metadata have them under
        ``organizer_lab.doctor``.
    """
    if found.sound:
        return nbformat.from_dict(found.notebook)
    notebook = with_kept(found)
    taken = {cell["id"] for cell in notebook["cells"]}
    note = {
        "cell_type": "markdown",
        "id": next(name for n in count() if (name := f"{NOTE}-{n}") not in taken),
        "metadata": {},
        "source": "\n".join(
            [
                "## About this notebook",
                "",
                "It was not quite as the exercise gave it, and it was mended before it was marked.",
                "All that could be read in it is still here.",
                "",
                *(f"- {_as_text(finding.text)}" for finding in found.findings),
            ]
        ),
    }
    doctor = [finding._asdict() for finding in found.findings]
    return nbformat.from_dict(
        {
            **notebook,
            "cells": [note, *notebook["cells"]],
            "metadata": {**notebook["metadata"], "organizer_lab": {"doctor": doctor}},
        }
    )


def _as_text(text: str) -> str:
    """Let no sign of a file's name become a part of the page."""
    for sign in "\\`*_[]<>&":
        text = text.replace(sign, f"\\{sign}" if sign not in "<>&" else f"&#{ord(sign)};")
    return " ".join(text.split())


class AnyNotebook(NotebookExporter):
    """nbgrader's reader of notebooks, which goes on where a file is no notebook.

    The bytes go to `Repair`, which makes a notebook of them.
    """

    def from_file(
        self, file_stream: Any, resources: dict[str, Any] | None = None, **kw: Any
    ) -> tuple[str, dict[str, Any]]:
        """Read a notebook from an open file."""
        content = file_stream.buffer.read()
        resources = {} if resources is None else resources
        resources[_RECEIVED] = content
        try:
            notebook = nbformat.reads(content.decode("utf-8"), as_version=4)
        except Exception:
            # Whatever is wrong with it is said by Repair.
            notebook = nbformat.v4.new_notebook()
        return self.from_notebook_node(notebook, resources=resources, **kw)


class Repair(NbGraderPreprocessor):
    """nbgrader's step that compares a submission with the released sheet and mends it.

    It belongs before all other steps.
    """

    def preprocess(
        self, nb: NotebookNode, resources: dict[str, Any]
    ) -> tuple[NotebookNode, dict[str, Any]]:
        """Mend one notebook."""
        names = resources["nbgrader"]
        content = resources.pop(_RECEIVED, None) or nbformat.writes(nb).encode(errors="replace")
        release = self._release(names["assignment"], names["notebook"])
        if release is None:
            self.log.warning("No released sheet of %s: nothing is mended.", names["assignment"])
            return nb, resources
        found = examine(content, release, f"{names['notebook']}.ipynb")
        for finding in found.findings:
            self.log.warning("Mended (%s): %s", finding.kind, finding.text)
        return for_grading(found), resources

    def _release(self, week: str, notebook: str) -> dict[str, Any] | None:
        """Read the sheet as this course directory released it, else as the course has it."""
        directory = self.config.CourseDirectory
        folder = Path(directory.get("root", ".")) / directory.get("release_directory", "release")
        try:
            path = folder / week / f"{notebook}.ipynb"
            content = path.read_bytes() if path.is_file() else sheets.original(week)
            return json.loads(content)
        except (OSError, ValueError, LabError):
            return None
