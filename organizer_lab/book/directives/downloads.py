"""What readers can take home: a line for each edition, and the notebooks one by one.

The pages of ``make book`` offer the learner edition, which is made before them. The other editions
are made from finished pages, so ``make site`` fills in their lines afterwards
(`organizer_lab.editions.site`); until then a line says so instead of leading nowhere.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from babel.dates import format_date
from docutils import nodes
from docutils.parsers.rst import directives
from sphinx import addnodes
from sphinx.util.docutils import SphinxDirective

from organizer_lab import course
from organizer_lab.book import elements

LEARNERS = "_build/learners/organizer-lab-learners"
# The editions by the name that the page and the files use.
EDITIONS = {
    "learners": "organizer-lab-learners.zip",
    "offline": "organizer-lab-offline.zip",
    "print": "organizer-lab.pdf",
    "ebook": "organizer-lab.epub",
}
ABSENT = (
    "This copy of the book has no such file. "
    "Whoever looks after the book makes it with the command make site."
)


def size(path: Path) -> str:
    """Write the size of a file for people: ``594 kB``, ``4.2 MB``. A kB has 1,000 bytes."""
    count = path.stat().st_size
    if count < 999_500:
        return f"{max(1, round(count / 1000))} kB"
    return f"{count / 1_000_000:.1f} MB"


def written(day: date) -> str:
    """Write a date in words, in English on every computer."""
    return format_date(day, "d MMMM y", locale="en")


def made(path: Path) -> str:
    """Say how large a file is and from which day."""
    day = datetime.fromtimestamp(path.stat().st_mtime, UTC).date()
    return f"{size(path)}, of {written(day)}"


def _link(directive: SphinxDirective, file: Path, text: str) -> nodes.Node:
    """Link to a file that the build copies into the site."""
    target = "/" + file.relative_to(directive.env.srcdir).as_posix()
    link = addnodes.download_reference(
        "", text, refdoc=directive.env.docname, reftarget=target, refdomain="", reftype="download"
    )
    return link


class Edition(SphinxDirective):
    """The line of one edition; the argument is its name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Link to what is there, with size and date; say plainly what is not."""
        name = directives.choice(self.arguments[0], list(EDITIONS))
        line = elements.make("p", classes=("ol-edition",), data_ol_edition=name)
        file = Path(self.env.srcdir) / f"{LEARNERS}.zip"
        if name != "learners" or not file.exists():
            line += nodes.Text(ABSENT)
            return [line]
        self.env.note_dependency(str(file))
        line += [_link(self, file, EDITIONS[name]), nodes.Text(f" ({made(file)})")]
        return [line]


class Notebooks(SphinxDirective):
    """A table of all notebooks of the learner edition, each to take alone."""

    def run(self) -> list[nodes.Node]:
        """Make a row for each week."""
        make = elements.make
        head = [make("th", text, scope="col") for text in ("Week", "Lesson", "Exercise")]
        rows = []
        for week in course.load().weeks:
            cells = [make("th", f"{week.number}: {week.title}", scope="row")]
            lesson = week.lesson.name if week.lesson else ""
            for place in (f"weeks/{lesson}", f"exercises/{week.id}/{week.id}.ipynb"):
                file = Path(self.env.srcdir) / LEARNERS / place
                if not file.is_file():
                    cells.append(make("td", "–"))
                    continue
                self.env.note_dependency(str(file))
                text = f"{'Lesson' if place.startswith('weeks/') else 'Exercise'} {week.number}"
                cells.append(make("td", _link(self, file, text), nodes.Text(f" ({size(file)})")))
            rows.append(make("tr", *cells))
        return [
            make(
                "div",
                make(
                    "table",
                    make("caption", "Notebooks to take one by one"),
                    make("thead", make("tr", *head)),
                    make("tbody", *rows),
                    classes=("table",),
                ),
                classes=("pst-scrollable-table-container",),
            )
        ]


def setup(app: Any) -> None:
    """Register the directives."""
    app.add_directive("edition", Edition)
    app.add_directive("notebook-downloads", Notebooks)
