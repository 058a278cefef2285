"""Feedback for learners: one page for each, and one archive to send.

The page stands where nbgrader puts it, ``feedback/<learner>/<week>/<week>.html``. It shows no
hidden test and no mark scheme, runs no script and asks nobody for anything (`harmless`, `pages`).
`FeedbackExporter` makes the page, for this command and for nbgrader's own alike.
"""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from html import escape
from pathlib import Path
from typing import Any

import nbformat
from nbconvert.exporters import Exporter
from nbconvert.filters import strip_ansi
from nbformat import NotebookNode
from traitlets import default

from organizer_lab import course as structure
from organizer_lab.errors import LabError, nearest
from organizer_lab.grading import harmless, pages, repair, roster, scores
from organizer_lab.grading.batch import JOURNAL, Course, read_journal
from organizer_lab.grading.pages import Safe, plural, points
from organizer_lab.grading.scores import Score

HIDDEN = "# (Here stands a test that is not shown.)"
_BLOCK = re.compile(
    r"^[^\n]*### BEGIN (?P<what>HIDDEN TESTS|MARK SCHEME)[^\n]*\n?(?P<code>.*?)"
    r"(?:^[^\n]*### END (?P=what)[^\n]*\n?|\Z)",
    re.MULTILINE | re.DOTALL,
)
# Shorter lines, such as "try:", say nothing about a test.
_TELLING = 12
_LONGEST_OUTPUT = 20_000
_STYLE = """
.cell { margin: .8rem 0; } .answer { border-left: .25rem solid var(--line); padding-left: .6rem; }
"""
_STOPPED = (
    "<h2>Your notebook did not run to its end</h2>\n<p>When it was graded, {}. "
    "What was right before that moment has its points.</p>"
)
_ENDS = {
    "time": _STOPPED.format("it used up the time that it has"),
    "died": _STOPPED.format("its Python ended before the last cell"),
    "output": _STOPPED.format("it wrote too much"),
    "cell": (
        "<h2>A cell of your notebook was stopped</h2>\n<p>When it was graded, it ran for too long. "
        "Look for a loop that never ends. The cells after it ran, and what is right in them has "
        "its points.</p>"
    ),
}


# -- the page --------------------------------------------------------------------------------


class FeedbackExporter(Exporter):
    """nbconvert's way to a feedback page: set it as ``c.GenerateFeedback.exporter_class``.

    Points and comments stand in the cells' metadata, where nbgrader's ``GetGrades`` puts them.
    """

    output_mimetype = "text/html"

    @default("file_extension")
    def _file_extension_default(self) -> str:
        return ".html"

    def from_notebook_node(
        self, nb: NotebookNode, resources: Any = None, **kw: Any
    ) -> tuple[str, Any]:
        """Give the page as text."""
        nb, resources = super().from_notebook_node(nb, resources, **kw)
        return page(nb, resources["nbgrader"]), resources


def page(notebook: NotebookNode, said: dict[str, Any]) -> str:
    """Write the feedback page of one graded notebook.

    Parameters
    ----------
    notebook : NotebookNode
        From ``autograded/``; the metadata of each graded cell has ``score``, ``points``,
        ``comment`` and, where known, ``waiting``, as that of nbgrader's ``GetGrades``.
    said : dict
        ``student``, ``assignment``, ``score``, ``max_score`` and ``late_penalty``, as nbgrader's
        resources have them, and perhaps ``state``.
    """
    week = str(said["assignment"])
    title = f"Feedback: {_title(week)}"
    secret = _secret(notebook)
    cells, rows, mended = [], [], _mended(notebook)
    for cell in notebook.cells:
        if mended and str(cell.get("id", "")).startswith(repair.NOTE):
            # It tells the grader what the page says at its top.
            continue
        mine = cell.metadata.get("nbgrader")
        mine = mine if isinstance(mine, dict) else {}
        cells.append(_cell(cell, mine, secret))
        if "points" in mine:
            rows.append(_row(mine))
    body = [
        "<main>",
        f"<h1>{escape(title)}</h1>",
        f"<p>Learner: <strong>{escape(roster.called(str(said['student'])))}</strong></p>",
        f"<p class='points'>Points: {points(said['score'])} of {points(said['max_score'])}</p>",
    ]
    if said.get("late_penalty"):
        body.append(f"<p>{points(said['late_penalty'])} points were taken off for lateness.</p>")
    if rows:
        body.append(
            pages.table("Points of each question", ("Question", "Points", "Of", ""), rows, (1, 2))
        )
    body += [mended, *cells, "</main>"]
    return pages.page(
        title, "\n".join(filter(None, body)), state=said.get("state", ""), style=_STYLE
    )


def _row(mine: dict[str, Any]) -> tuple[Any, ...]:
    name = str(mine["grade_id"])
    link = f"<a href='#{escape(_anchor(name))}'>{escape(scores.number(name))}</a>"
    note = "waits for a person who reads it" if mine.get("waiting") else ""
    return Safe(link), points(mine.get("score") or 0), points(mine["points"] or 0), note


def _anchor(name: str) -> str:
    return "question-" + re.sub(r"[^A-Za-z0-9_-]", "-", name)


@cache
def _title(week: str) -> str:
    with contextlib.suppress(LabError):
        found = structure.load().week(week)
        return f"week {found.number}, {found.title}"
    return week


def _mended(notebook: NotebookNode) -> str:
    """Say what was mended before grading, and whether the notebook ran to its end."""
    ours = notebook.metadata.get("organizer_lab")
    ours = ours if isinstance(ours, dict) else {}
    found = ours.get("doctor")
    texts = [
        harmless.text(each.get("text") if isinstance(each, dict) else each)
        for each in (found if isinstance(found, list) else [])
    ]
    lines = [f"<li>{escape(text)}</li>" for text in texts if text]
    body = ""
    if lines:
        body += (
            "<h2>What was mended before grading</h2>\n<p>The sheet was put in order, so that it "
            "could be graded:</p>\n"
            f"<ul>{''.join(lines)}</ul>"
            "<p>All that could be read in your file is below. Is something missing that you had "
            "written? Then send your file again.</p>"
        )
    # A notebook that nobody graded here may hold anything in its place.
    body += _ENDS.get(str(ours.get("end")), "")
    return f"<section class='box'>{body}</section>" if body else ""


def _secret(notebook: NotebookNode) -> re.Pattern[str] | None:
    """Give the lines of the hidden tests, which a learner's code may have printed."""
    lines = {
        line.strip()
        for cell in notebook.cells
        for block in _BLOCK.finditer(harmless.text(cell.source))
        for line in block["code"].splitlines()
        if len(line.strip()) >= _TELLING
    }
    ordered = sorted(lines, key=lambda line: (-len(line), line))
    return re.compile("|".join(map(re.escape, ordered))) if ordered else None


def _cell(cell: NotebookNode, mine: dict[str, Any], secret: re.Pattern[str] | None) -> str:
    source = _BLOCK.sub(
        lambda block: f"{HIDDEN}\n" if block["what"] == "HIDDEN TESTS" else "",
        harmless.text(cell.source),
    )
    hides = source != cell.source and HIDDEN in source
    if cell.cell_type == "code":
        body = f"<pre tabindex='0'><code>{escape(source.rstrip())}</code></pre>"
        body += "".join(_output(each, secret, hides) for each in cell.get("outputs", []))
    elif cell.cell_type == "markdown":
        cell.source = source
        body = _lower(harmless.markdown(harmless.with_attachments(cell)))
    else:
        body = f"<pre>{escape(source)}</pre>"
    body = f"<div class='learner'>{body}</div>"
    comment = harmless.text(mine.get("comment"))
    if comment:
        body += f"<p class='points'>Comment</p>\n<div>{_lower(harmless.markdown(comment))}</div>"
    if "points" in mine:
        name = str(mine["grade_id"])
        got, of = mine.get("score") or 0, mine["points"] or 0
        head = f"Question {scores.number(name)}: {points(got)} of {points(of)} points"
        colour = " good" if got >= of else "" if got else " bad"
        if mine.get("waiting"):
            head += " so far; a person has still to read this"
            colour = ""
        return (
            f"<section class='box' id='{escape(_anchor(name))}' aria-label='{escape(head)}'>\n"
            f"<p class='points{colour}'>{escape(head)}</p>\n"
            f"{body}</section>"
        )
    if comment:
        return f"<section class='box'>{body}</section>"
    return f"<div class='cell{' answer' if mine.get('solution') else ''}'>{body}</div>"


def _lower(html: str) -> str:
    """Make headings one level lower: the page has its own first one."""
    return re.sub(r"(</?h)([1-5])(?=[ >])", lambda tag: f"{tag[1]}{int(tag[2]) + 1}", html)


def _output(found: dict[str, Any], secret: re.Pattern[str] | None, hides: bool) -> str:
    """Show one output of a cell. Of an error in a hidden test only its last line is shown."""
    shown = harmless.output(found)
    if shown is None:
        return "<p class='soft'>(An output that only a running notebook can show.)</p>"
    if shown.output_type == "stream":
        return _text(shown.text, secret)
    if shown.output_type == "error":
        if shown.ename == "NotRight":
            return _text(f"Not right yet. {shown.evalue}", secret)
        last = f"{shown.ename}: {shown.evalue}"
        return _text(last if hides else "\n".join(shown.traceback) or last, secret)
    ((kind, data),) = shown.data.items()
    if kind == "text/plain":
        return _text(data, secret)
    if kind == "text/html":
        if secret and secret.search(data):
            return f"<p class='soft'>{HIDDEN[2:]}</p>"
        return f"<div class='wide' tabindex='0'>{_lower(data)}</div>"
    return f'<img src="data:{kind};base64,{data}" alt="A picture that this cell drew">'


def _text(text: str, secret: re.Pattern[str] | None) -> str:
    text = strip_ansi(text)
    if secret:
        text = secret.sub(HIDDEN[2:], text)
    if len(text) > _LONGEST_OUTPUT:
        text = f"{text[:_LONGEST_OUTPUT]}\n(The rest is left out.)"
    return f"<pre tabindex='0'>{escape(text)}</pre>" if text.strip() else ""


# -- a week ----------------------------------------------------------------------------------


@dataclass
class Made:
    """What a run did.

    Attributes
    ----------
    made, unchanged : list of str
        Learners whose page is new, and those whose page was right already.
    waiting : list of str
        Learners with a text that nobody has read yet: their feedback is not final.
    failed : dict
        Why there is no page, by learner.
    """

    week: str = ""
    folder: Path = Path()
    made: list[str] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        """Say it in lines, with what to do next."""
        lines = [
            f"Feedback for {self.week} in {self.folder}: {len(self.made)} made, "
            f"{len(self.unchanged)} unchanged, {len(self.failed)} without a page."
        ]
        lines += [f"No page: {learner}: {why}" for learner, why in sorted(self.failed.items())]
        if self.waiting:
            lines.append(
                f"Not final for {plural(len(self.waiting), 'learner')}: a text waits for a grader. "
                "Grade it in formgrader, and run this command again."
            )
        lines.append(
            f"Next: send each learner the one archive feedback/LEARNER/{self.week}.zip. "
            "It holds the page and the learner's own points."
        )
        return "\n".join(lines)


def feedback(
    week: str,
    learners: Sequence[str] = (),
    folder: Path | None = None,
    *,
    say: Callable[[str], None] | None = None,
) -> Made:
    """Make the feedback of a week: a page and an archive for each learner.

    Only what has changed since the last time is made again.

    Parameters
    ----------
    week : str
        Such as ``"week-3"``.
    learners : sequence of str
        Ids; by default everybody in the gradebook.
    folder : Path, optional
        The course directory; by default ``exercises`` of this checkout.
    say : callable, optional
        Is told the progress, a line at a time.

    Raises
    ------
    LabError
        If nothing of this week is graded, or a learner is not known.
    """
    from organizer_lab.grading.release import FOLDER

    course = Course((folder or FOLDER).resolve())
    handed = {each.learner: each for each in scores.submissions(course, week)}
    if not handed:
        raise LabError(f"Nothing of '{week}' is graded yet. Run: organizer-lab grade {week}")
    for learner in learners:
        if learner not in handed:
            raise LabError(f"The gradebook has no {week} of '{learner}'.{nearest(learner, handed)}")
    chosen = sorted(set(learners) or handed)
    given: dict[str, list[Score]] = {}
    for score in scores.scores(course, week, chosen):
        given.setdefault(score.learner, []).append(score)
    comments = scores.comments(course, week)
    journal = read_journal(course.folder / JOURNAL / f"{week}.jsonl")
    target = course.folder / course.directory.feedback_directory
    made = Made(week, target)
    for count, learner in enumerate(chosen, 1):
        own = given.get(learner, [])
        try:
            new = _one(
                course,
                target,
                week,
                own,
                comments.get(learner, {}),
                journal.get(learner, {}),
                learner,
                handed[learner].penalty,
            )
        except _NoPage as reason:
            made.failed[learner] = str(reason)
        except Exception as error:
            # One learner's notebook must not keep the feedback from all the others.
            made.failed[learner] = f"{type(error).__name__}: {error}"
        else:
            (made.made if new else made.unchanged).append(learner)
            if any(score.waiting for score in own):
                made.waiting.append(learner)
        if say and (count % 50 == 0 or count == len(chosen)):
            say(f"{week}: feedback for {count} of {len(chosen)}")
    return made


class _NoPage(Exception):
    """Why a learner gets no page, in words."""


def _one(
    course: Course,
    target: Path,
    week: str,
    own: list[Score],
    comments: dict[str, str],
    entry: dict[str, Any],
    learner: str,
    penalty: float,
) -> bool:
    """Make page and archive of one learner; say whether anything was new."""
    if Path(learner).name != learner or learner in (".", ".."):
        raise _NoPage("this id cannot be the name of a folder.")
    places = (target / learner, target / learner / week)
    if any(place.is_symlink() for place in places):
        raise _NoPage("its folder in feedback is a link to another place.")
    try:
        content = pages.read(course.autograded / learner / week / f"{week}.ipynb")
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise _NoPage(f"its graded notebook cannot be read: {error.strerror}.") from None
    mended = {name: entry.get(name) for name in ("repaired", "end")}
    told = [own, sorted(comments.items()), penalty, mended]
    digest = hashlib.sha256(_version() + content + json.dumps(told, default=str).encode())
    state = digest.hexdigest()
    sheet, archive = places[1] / f"{week}.html", places[0] / f"{week}.zip"
    if pages.state_of(sheet) == state and _archived(archive) == state:
        return False
    html = _page(content, week, learner, own, comments, penalty, mended, state)
    listed = _csv(own, comments, penalty)
    pages.write(sheet, html)
    pages.write(archive, _zip({f"{week}.html": html, "scores.csv": listed}, state))
    return True


def _page(
    content: bytes,
    week: str,
    learner: str,
    own: list[Score],
    comments: dict[str, str],
    penalty: float,
    mended: dict[str, Any],
    state: str,
) -> str:
    said = {
        "student": learner,
        "assignment": week,
        "score": sum(score.points for score in own) - penalty,
        "max_score": sum(score.of for score in own),
        "late_penalty": penalty,
        "state": state,
    }
    if content:
        try:
            notebook = nbformat.reads(content.decode("utf-8", "replace"), as_version=4)
            _fill(notebook, own, comments)
        except Exception as error:
            raise _NoPage(f"its graded notebook is broken ({type(error).__name__}).") from None
    else:
        notebook = nbformat.v4.new_notebook()
        notebook.cells = [
            nbformat.v4.new_markdown_cell(
                "There was no notebook in what you handed in, so there is nothing to show. "
                f"Hand in the file `{week}.ipynb`."
            )
        ]
    ours = notebook.metadata.get("organizer_lab")
    ours = ours if isinstance(ours, dict) else {}
    notebook.metadata["organizer_lab"] = {
        "doctor": mended["repaired"] or ours.get("doctor"),
        "end": mended["end"],
    }
    return page(notebook, said)


def _fill(notebook: NotebookNode, own: list[Score], comments: dict[str, str]) -> None:
    """Put points and comments into the cells, as nbgrader's ``GetGrades`` does."""
    by_name = {score.question: score for score in own}
    for cell in notebook.cells:
        mine = cell.metadata.get("nbgrader")
        if not isinstance(mine, dict):
            cell.metadata.pop("nbgrader", None)
            continue
        name = mine.get("grade_id")
        for key in ("points", "score", "comment", "waiting"):
            mine.pop(key, None)
        if score := by_name.pop(name, None):
            mine.update(score=score.points, points=score.of, waiting=score.waiting)
        if mine.get("solution") or mine.get("task"):
            mine["comment"] = comments.get(name)


def _csv(own: list[Score], comments: dict[str, str], penalty: float) -> str:
    rows: list[list[Any]] = [
        [
            score.week,
            scores.number(score.question),
            score.points,
            score.of,
            "a person" if score.by_hand else "a program",
            "no" if score.waiting else "yes",
            harmless.text(comments.get(score.question)),
        ]
        for score in own
    ]
    if penalty:
        rows.append([own[0].week if own else "", "late", -penalty, 0.0, "a program", "yes", ""])
    return pages.csv_text(
        ("week", "question", "points", "of", "given by", "final", "comment"), rows
    )


def _zip(files: dict[str, str], state: str) -> bytes:
    """Pack files so that the same files give the same bytes."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            entry = zipfile.ZipInfo(name)
            entry.compress_type, entry.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(entry, text.encode("utf-8", "replace"))
        archive.comment = state.encode()
    return packed.getvalue()


def _archived(file: Path) -> str | None:
    try:
        with zipfile.ZipFile(file) as archive:
            return archive.comment.decode("ascii", "replace")
    except (OSError, zipfile.BadZipFile):
        return None


@cache
def _version() -> bytes:
    """Give a name to the code that makes the page: another code makes it anew."""
    digest = hashlib.sha256()
    for module in (harmless, pages, scores):
        digest.update(Path(str(module.__file__)).read_bytes())
    digest.update(Path(__file__).read_bytes())
    return digest.digest()
