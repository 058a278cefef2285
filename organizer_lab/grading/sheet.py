"""The rubric of a week as one page to print, for people who grade."""

from __future__ import annotations

from html import escape
from pathlib import Path

from organizer_lab import course as structure
from organizer_lab.errors import LabError
from organizer_lab.grading import pages, rubrics, scores
from organizer_lab.grading.harmless import markdown
from organizer_lab.grading.rubrics import Rubric, Task

_STYLE = """
@page { size: A4; margin: 12mm; }
@media print { body { font-size: 10pt; padding: 0; } .box { padding: .3rem .5rem; }
  th, td { padding: .15rem .4rem; } h1 { font-size: 15pt; } h2 { font-size: 12pt; } }
"""


def rubric(week: str, to: Path | None = None, folder: Path | None = None) -> Path:
    """Write the rubric of a week: criteria, levels and the words for graders.

    Parameters
    ----------
    week : str
        Such as ``"week-3"``.
    to : Path, optional
        A file that ends with ``.html`` or ``.md``; by default ``<week>.html`` beside the rubric.
    folder : Path, optional
        Where the rubrics stand.

    Raises
    ------
    LabError
        If there is no such week or rubric.
    """
    title = structure.load().week(week).title
    found = rubrics.load(week, folder)
    file = to or (folder or rubrics.FOLDER) / f"{week}.html"
    if file.suffix.lower() == ".md":
        pages.write(file, as_markdown(found, title))
    elif file.suffix.lower() in (".html", ".htm"):
        pages.write(file, as_html(found, title))
    else:
        raise LabError(f"The rubric is a page: end its name with .html or .md, not '{file}'.")
    return file


def as_markdown(found: Rubric, title: str) -> str:
    """Write it as Markdown."""
    lines = [f"# Rubric of {found.week.replace('-', ' ')}: {title}", "", _FOR, ""]
    for task in found.tasks:
        lines += [f"## {_head(task)}", "", task.table(), "", f"**For graders.** {task.scheme}", ""]
    return "\n".join(lines)


def as_html(found: Rubric, title: str) -> str:
    """Write it as a page."""
    name = f"Rubric of {found.week.replace('-', ' ')}: {title}"
    body = ["<main>", f"<h1>{escape(name)}</h1>", f"<p>{escape(_FOR)}</p>"]
    for task in found.tasks:
        body += [
            f"<section>\n<h2>{escape(_head(task))}</h2>",
            f"<div class='wide' tabindex='0'>{markdown(task.table())}</div>",
            f"<div class='box'><strong>For graders</strong>{markdown(task.scheme)}</div>",
            "<p>Learner: <span class='soft'>……………………</span> Points: "
            f"<span class='soft'>……</span> of {task.points}</p>\n</section>",
        ]
    body.append("</main>")
    return pages.page(name, "\n".join(body), style=_STYLE)


_FOR = "Only for people who grade: it says what a full answer sounds like."


def _head(task: Task) -> str:
    least, most = task.words
    number = scores.number(task.grade_id)
    return f"Question {number}: {task.title} ({task.points} points, {least} to {most} words)"
