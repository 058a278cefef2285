"""One complete plan: made by the solutions of all weeks, and shown with all that leaves it.

The solutions run in order in one folder, as a learner would do the weeks, before the book is
built. What the page shows is read from that folder, so nothing on it is typed.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from organizer_lab import course, export
from organizer_lab.book.directives import preview
from organizer_lab.book.directives.traces import trace
from organizer_lab.book.directives.written import Written
from organizer_lab.errors import LabError
from organizer_lab.explore import STATIC
from organizer_lab.notebooks import NOT_RELEASED
from organizer_lab.plan import FILE, Plan

ROOT = Path(__file__).resolve().parents[3]
FOLDER = ROOT / "_build" / "worked-plan"
FILES, TRACES, KEY = "files", "traces.json", "key"
# The plan itself holds every field, so it says nothing about any of them.
EVERYTHING = "plan.json"
# Shown as a wiki shows it, because nobody reads a plan as JSON.
TO_READ = "plan.wikitext"
LEARNER = "An example learner"
PAGE = "book/worked-plan"
# A longer file is folded, so that the page can be read.
LONGEST_SHOWN = 25
_LANGUAGES = {".json": "json", ".md": "markdown"}


def sheets(root: Path = ROOT) -> list[Path]:
    """List the solution notebook of each week, in order.

    Raises
    ------
    LabError
        If a week has none.
    """
    found = [
        root / "exercises" / "source" / week.id / f"{week.id}.ipynb" for week in course.load().weeks
    ]
    for path in found:
        if not path.is_file():
            raise LabError(f"The complete plan needs a solution for each week: no {path.name}.")
    return found


def make(folder: Path = FOLDER, root: Path = ROOT) -> Path:
    """Run the solutions, unless nothing has changed since they ran, and export their plan.

    Parameters
    ----------
    folder : Path
        It gets ``plan.json``, the exported files in ``files``, and ``traces.json``, which says for
        each field of the plan to which files it goes.
    root : Path
        Where ``exercises/source`` stands.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    LabError
        If a week has no solution, a cell fails, or the plan at the end is not complete.
    """
    notebooks = sheets(root)
    key = _key(notebooks)
    with contextlib.suppress(OSError):
        if (folder / KEY).read_text(encoding="utf-8") == key:
            return folder
    print("Running the solutions of all weeks for the complete plan …", flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix=".worked-") as workshop:
        draft = Path(workshop) / folder.name
        plan = _solve(notebooks, Path(workshop) / "learner")
        if problems := plan.problems():
            raise LabError(f"The plan of the solutions is not complete:\n{problems}")
        draft.mkdir()
        plan.save(draft / FILE)
        of = sum(week.points.data + week.points.plan for week in course.load().weeks)
        marked: dict[str, Any] = {"points": of, "of": of, "name": LEARNER}
        export.write(plan, draft / FILES, **marked)
        if waiting := export.left_out(plan, points=of, of=of):
            raise LabError(f"Not every file of the complete plan can be exported: {waiting}")
        known = trace(plan, lambda changed: _without_ids(export.files(changed, **marked)))
        for files in known.values():
            files[:] = [file for file in files if file != EVERYTHING]
        text = json.dumps(known, indent=1, ensure_ascii=False) + "\n"
        (draft / TRACES).write_text(text, encoding="utf-8")
        (draft / KEY).write_text(key, encoding="utf-8")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(draft, folder)
    return folder


def goes_to(folder: Path = FOLDER) -> dict[str, list[str]]:
    """Give the files to which each field goes, in the order of the exports.

    Empty where no complete plan has been made, as for a book of a few pages.
    """
    try:
        known = json.loads((folder / TRACES).read_text(encoding="utf-8"))
    except OSError:
        return {}
    order = list(export.FILES)
    return {field: sorted(files, key=order.index) for field, files in known.items()}


def _key(notebooks: list[Path]) -> str:
    """Fingerprint all that the complete plan and its files depend on."""
    from organizer_lab.book import build

    made_by = [*notebooks, Path(__file__), Path(__file__).with_name("traces.py")]
    return build._fingerprint(made_by, [build.keys(ROOT)["results.key"]])


def _without_ids(files: dict[str, str]) -> dict[str, str]:
    """Leave out the names that only calendar programs read: they are made from many fields."""
    return {name: re.sub(r"(?m)^UID:.*$", "", text) for name, text in files.items()}


def _solve(notebooks: list[Path], home: Path) -> Plan:
    """Do the weeks in a learner's folder, and give the plan at its root."""
    for name in ("weeks", "exercises"):
        (home / name).mkdir(parents=True)
    command = [sys.executable, "-m", __name__, str(home), *map(str, notebooks)]
    # No window for a chart, and no widget.
    environment = {**os.environ, STATIC: "1", "MPLBACKEND": "agg", "PYTHONIOENCODING": "utf-8"}
    environment.pop("NBGRADER_EXECUTION", None)
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, encoding="utf-8", check=False
    )
    if done.returncode:
        raise LabError(f"The solutions do not run in order.\n{done.stderr.strip()}")
    return Plan.load(home / FILE)


def _run(notebook: Path, folder: Path) -> None:
    """Run the code cells of a notebook in a folder, but for the tests that only mark."""
    folder.mkdir(parents=True)
    os.chdir(folder)
    names: dict[str, Any] = {"__name__": "__main__"}
    for cell in json.loads(notebook.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "code":
            source = NOT_RELEASED.sub("", "".join(cell["source"]))
            with contextlib.redirect_stdout(io.StringIO()):
                exec(compile(source, f"{notebook.name}, {cell['id']}", "exec"), names)


class WorkedPlan(Written):
    """The complete plan at a glance and to read, then each file that leaves it."""

    def markdown(self) -> str:
        """Write the view of the plan, its page, and a section for each file."""
        if not (FOLDER / KEY).exists():
            raise LabError("There is no complete plan yet. Type 'organizer-lab book'.")
        plan, files = Plan.load(FOLDER / FILE), FOLDER / FILES
        self.env.note_dependency(str(FOLDER / KEY))
        # As all other tables of the book look.
        view = plan.show()._repr_html_().replace("<table>", '<table class="table">', 1)
        page = preview.html((files / TO_READ).read_text(encoding="utf-8"), level=3)
        lines = [
            *("## The plan at a glance", "", "```{raw} html", view, "```", ""),
            *("## The plan to read", ""),
            f"This is `{TO_READ}` as a wiki shows it, but for the links.",
            # Headings right below a section would be marked with it when a link leads there.
            *("", "```{raw} html", f"<div>{page}</div>", "```"),
        ]
        for name, what in export.FILES.items():
            text = (files / name).read_text(encoding="utf-8-sig").rstrip("\n")
            # Relative to the book, because a place on this computer is no address.
            path = os.path.relpath(files / name, self.env.srcdir).replace(os.sep, "/")
            lines += [
                "",
                f"## {name}",
                "",
                f"This file is {what}.",
                f"{{download}}`Download {name} </{path}>`",
                "",
                *_shown(name, text),
            ]
        return "\n".join(lines)


def _shown(name: str, text: str) -> list[str]:
    """Write a file as a block of code, folded where it is long."""
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    block = [fence + _LANGUAGES.get(Path(name).suffix, "text"), text, fence]
    count = text.count("\n") + 1
    if count <= LONGEST_SHOWN:
        return block
    colons = ":" * max(3, max((len(run) for run in re.findall(":+", text)), default=0) + 1)
    return [f"{colons}{{dropdown}} {name}: {count} lines", *block, colons]


def setup(app: Any) -> None:
    """Register the directive."""
    app.add_directive("worked-plan", WorkedPlan)


if __name__ == "__main__":
    place, *weeks = map(Path, sys.argv[1:])
    for sheet in weeks:
        _run(sheet, place / "exercises" / sheet.stem)
