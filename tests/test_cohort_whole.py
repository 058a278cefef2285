"""A mixed cohort, from the roster to the certificates, with the commands that a facilitator types.

Good, late, empty, broken and hostile work is collected from PAWS, zips and a folder, mended, graded
in the sandbox, marked by hand in formgrader in a real browser, returned and reported.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import shutil
import zipfile
from datetime import UTC, datetime, timedelta
from pathlib import Path

import damaged
import nbformat
import pytest
from browser import missing
from cohort import COHORT
from formgrader import TOKEN, formgrader
from hostile import FORGED, REACHING
from test_collect import FakePaws

from organizer_lab import cli
from organizer_lab.grading import sandbox
from organizer_lab.grading.roster import learner_id

pytestmark = [pytest.mark.slow, pytest.mark.browser]
pytest.importorskip("nbgrader")

WEEK = "week-1"
DUE = datetime(2027, 1, 31, tzinfo=UTC)
# Names as Wikimedia has them: other scripts, spaces, quotation marks, slashes.
NAMES = ("Amina N", "Ümit d'Öz", 'The "Rain" man', "জলবায়ু ১", "Álvaro/Paz", "李 四")
EVERYTHING = sum(COHORT[0].points.values())


class Cohort:
    """What everybody hands in, by which way, and the points that each must get."""

    def __init__(self, course: Path, box: Path, paws: FakePaws):
        released = course / "release" / WEEK / f"{WEEK}.ipynb"
        self.points: dict[str, float] = {}
        for name, learner in zip(NAMES, COHORT, strict=True):
            sheet = nbformat.writes(learner.sheet(released)).encode()
            if "/" in name:
                # PAWS cannot show the files of such a name: its bearer sends the package.
                self._pack(box, name, sheet)
            else:
                paws.save(name, sheet, when=DUE - timedelta(days=1))
            self.points[name] = sum(learner.points.values())
        right = json.loads(nbformat.writes(COHORT[0].sheet(released)))
        paws.save("Late again", json.dumps(right).encode(), when=DUE + timedelta(days=3))
        self.points["Late again"] = EVERYTHING
        for number, (_, code) in enumerate([*FORGED.items(), *REACHING.items()]):
            sheet = nbformat.read(released, 4)
            place = next(cell for cell in sheet.cells if cell.id == "answer-place")
            place.source = code.replace("{course!r}", repr(str(course)))
            self._send(box, f"Hostile {number}", nbformat.writes(sheet).encode())
            self.points[f"Hostile {number}"] = 0
        for number, case in enumerate(damaged.CASES):
            sheet = damaged.filled(json.loads(released.read_text()))
            changed = case.damage(sheet)
            content = damaged.dumped(changed if isinstance(changed, dict) else sheet)
            self._send(box, f"Damaged {number}", content)
            self.points[f"Damaged {number}"] = sum(case.points.values())
        for number, file in enumerate(damaged.FILES):
            whole = damaged.dumped(damaged.filled(json.loads(released.read_text())))
            self._send(box, f"Broken {number}", file.make(whole))
            if file.exact:
                # What is no notebook at all, or has no cells, holds no answer to a question.
                lost = file.kinds & {"not-a-notebook", "missing", "empty-file"}
                # Of an answer in two versions nobody knows which one was meant.
                unclear = 2 if "doubled" in file.kinds else 0
                self.points[f"Broken {number}"] = 0 if lost else EVERYTHING - unclear
        self.absent = "Not yet here"

    @staticmethod
    def _pack(box: Path, name: str, content: bytes) -> None:
        """As `lab.pack()` makes it, beside the notebook."""
        home = box.parent / "home"
        home.mkdir()
        (home / f"{WEEK}.ipynb").write_bytes(content)
        made = cli.main(["pack", str(home / f"{WEEK}.ipynb")])
        assert made == 0
        shutil.copy(home / f"{WEEK}.zip", box / f"{learner_id(name)}.zip")

    @staticmethod
    def _send(box: Path, name: str, content: bytes) -> None:
        """As people send it: half of them as a zip, half as a folder."""
        learner = learner_id(name)
        if int(name.split()[-1]) % 2:
            made = io.BytesIO()
            with zipfile.ZipFile(made, "w") as archive:
                archive.writestr(f"{WEEK}.ipynb", content)
            (box / f"{learner}.zip").write_bytes(made.getvalue())
        else:
            (box / learner).mkdir()
            (box / learner / f"{WEEK}.ipynb").write_bytes(content)

    def roster(self, path: Path) -> None:
        with open(path, "w", newline="", encoding="utf-8") as file:
            rows = csv.writer(file)
            rows.writerow(["username"])
            rows.writerows([name] for name in [*sorted(self.names()), self.absent])

    def names(self) -> set[str]:
        broken = {f"Broken {n}" for n in range(len(damaged.FILES))}
        return set(self.points) | broken


@pytest.fixture(scope="module")
def cohort(tmp_path_factory, repository: Path):
    """Everything handed in, collected and graded."""
    from nbgrader.api import Gradebook

    from organizer_lab.grading.release import release

    if not all(sandbox.layers().values()):
        missing("The sandbox needs bubblewrap, libseccomp and Linux.")
    folder = tmp_path_factory.mktemp("cohort")
    course, box = folder / "exercises", folder / "box"
    course.mkdir()
    box.mkdir()
    shutil.copy(repository / "exercises" / "nbgrader_config.py", course)
    for name in ("source", "rubrics"):
        shutil.copytree(repository / "exercises" / name, course / name)
    release(WEEK, folder=course)
    with Gradebook(f"sqlite:///{course}/gradebook.db", "organizer-lab") as book:
        book.update_or_create_assignment(WEEK, duedate=DUE.replace(tzinfo=None).isoformat(" "))
    paws = FakePaws()
    try:
        people = Cohort(course, box, paws)
        people.roster(folder / "roster.csv")
        before = fingerprint(course)
        collect = ["collect", WEEK, "--roster", str(folder / "roster.csv")]
        collect += ["--course", str(course)]
        cli.main([*collect, "--paws", paws.address, "--pause", "0.01"])
        cli.main([*collect, "--from", str(box)])
    finally:
        paws.server.shutdown()
        paws.server.server_close()
    received = fingerprint(course / "received")
    cli.main(["doctor", WEEK, "--submitted", str(course / "submitted")])
    assert cli.main(["grade", WEEK, "--course", str(course), "--jobs", "2"]) == 0
    people.course, people.folder, people.before, people.received = course, folder, before, received
    return people


def fingerprint(folder: Path) -> dict[str, str]:
    """The content of every file that is not the gradebook."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and "gradebook" not in path.name
    }


def scores(course: Path) -> dict[str, dict[str, float | None]]:
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db", "organizer-lab") as book:
        return {
            submission.student.id: {
                grade.name: grade.auto_score
                for notebook in submission.notebooks
                for grade in notebook.grades
            }
            for submission in book.assignment_submissions(WEEK)
        }


def test_everybody_is_collected_and_graded(cohort):
    assert set(scores(cohort.course)) == {learner_id(name) for name in cohort.names()}


def test_every_learner_has_exactly_the_points(cohort):
    found = scores(cohort.course)
    given = {
        name: sum(score or 0 for score in found[learner_id(name)].values())
        for name in cohort.points
    }
    assert given == cohort.points


def test_nothing_outside_has_changed(cohort):
    after = fingerprint(cohort.course)
    assert {name: after[name] for name in cohort.before} == cohort.before
    assert fingerprint(cohort.course / "received") == cohort.received
    assert not Path("/left-behind").exists()


@pytest.fixture(scope="module")
def judged(cohort, browser):
    """Two texts marked by hand in formgrader, in a real browser."""
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{cohort.course}/gradebook.db", "organizer-lab") as book:
        submissions = {
            name: book.find_submission_notebook(WEEK, WEEK, learner_id(name)).id
            for name in (NAMES[0], NAMES[4])
        }
    with formgrader(cohort.course) as address:
        page = browser.new_page(extra_http_headers={"Authorization": f"token {TOKEN}"})
        for points, (name, submission) in zip((5, 3), submissions.items(), strict=True):
            page.goto(f"{address}/submissions/{submission}")
            page.wait_for_load_state("networkidle")
            score = page.locator("input.score").last
            assert score.is_visible()
            score.fill(str(points))
            comment = page.locator("textarea.comment").last
            comment.fill(f"<b>Well</b> seen, {name}. <script>alert(1)</script>")
            comment.blur()
            page.wait_for_load_state("networkidle")
            page.wait_for_timeout(500)
        page.close()
    return cohort


def test_marks_given_in_the_browser_are_in_the_gradebook(judged):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{judged.course}/gradebook.db", "organizer-lab") as book:
        for name, points in ((NAMES[0], 5), (NAMES[4], 3)):
            notebook = book.find_submission_notebook(WEEK, WEEK, learner_id(name))
            by_hand = {grade.name: grade.manual_score for grade in notebook.grades}
            assert by_hand["judgement-1-8"] == points
            assert any(name in (c.manual_comment or "") for c in notebook.comments)


def test_feedback_runs_nothing_and_tells_no_test(judged, browser):
    assert cli.main(["feedback", WEEK, "--course", str(judged.course)]) == 0
    pages = sorted((judged.course / "feedback").rglob(f"{WEEK}.html"))
    assert len(pages) == len(judged.names())
    asked, dialogs = [], []
    tab = browser.new_page()
    tab.on("request", lambda request: asked.append(request.url))
    tab.on("dialog", lambda dialog: (dialogs.append(dialog.message), dialog.dismiss()))
    for page in pages:
        text = page.read_text("utf-8")
        assert "judge.mark" not in text and "BEGIN HIDDEN" not in text
        if "hostile" in str(page).lower() or learner_id(NAMES[0]) in str(page):
            tab.goto(page.as_uri())
    tab.close()
    assert dialogs == [] and all(url.startswith("file:") for url in asked)
    told = (judged.course / "feedback" / learner_id(NAMES[0]) / WEEK / f"{WEEK}.html").read_text()
    assert f"seen, {NAMES[0]}" in told and "<script>alert" not in told


def test_report_and_certificates_come_without_a_stop(judged):
    course, roster = str(judged.course), str(judged.folder / "roster.csv")
    page = judged.folder / "report.html"
    assert cli.main(["report", "--course", course, "--roster", roster, "--to", str(page)]) == 0
    text = page.read_text("utf-8")
    assert not [name for name in NAMES if name in text]
    assert "http://" not in text.replace("http://www.w3.org", "")
    target = judged.folder / "certificates"
    words = ["certificates", "--course", course, "--roster", roster, "--to", str(target)]
    assert cli.main(words) == 0
    # One week of nine gives nobody a certificate.
    assert not list(target.glob("*.txt"))
