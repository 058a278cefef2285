"""A real nbgrader course: release, submit, autograde, grade by hand, give feedback, export.

Only stock nbgrader commands run after the release, as a facilitator types them. The other weeks are
autograded by the same nbgrader, but in this process: a command takes longer to start than to grade.
"""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import nbformat
import pytest
from cohort import COHORT
from formgrader import TOKEN
from formgrader import formgrader as formgrader_of

from organizer_lab.course import load as load_course
from organizer_lab.grading import rubrics
from organizer_lab.plan import PARTS

pytestmark = pytest.mark.slow
pytest.importorskip("nbgrader")


def nbgrader(course: Path, *words: str) -> str:
    """Type an nbgrader command in the course folder; give what it printed."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *words],
        cwd=course,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def course(tmp_path_factory, repository: Path) -> Path:
    """A copy of the course directory, with week 1 released, submitted and autograded."""
    from organizer_lab.grading.release import release

    folder = tmp_path_factory.mktemp("course") / "exercises"
    folder.mkdir()
    shutil.copy(repository / "exercises" / "nbgrader_config.py", folder)
    for name in ("source", "rubrics"):
        shutil.copytree(repository / "exercises" / name, folder / name)
    sheet = release("week-1", folder=folder)
    for learner in COHORT:
        handed_in = folder / "submitted" / learner.name / "week-1"
        handed_in.mkdir(parents=True)
        nbformat.write(learner.sheet(sheet), handed_in / "week-1.ipynb")
    # Beside the notebook stands a library of the learner's own, which must not be used.
    (folder / "submitted" / "wrong" / "week-1" / "csv.py").write_text("DictReader = lambda f: []")
    nbgrader(folder, "autograde", "week-1")
    return folder


@pytest.fixture(scope="module")
def gradebook(course: Path):
    from nbgrader.api import Gradebook

    with Gradebook(f"sqlite:///{course}/gradebook.db") as book:
        yield book


@pytest.fixture(scope="module")
def autograder(course: Path):
    """The code behind ``nbgrader autograde``, with the settings of the course."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config, PyFileConfigLoader

    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.merge(Config({"CourseDirectory": {"root": str(course)}}))
    return NbGraderAPI(CourseDirectory(config=config), config=config)


def scores(gradebook, learner: str, week: str = "week-1") -> dict[str, float | None]:
    notebook = gradebook.find_submission_notebook(week, week, learner)
    return {grade.name: grade.auto_score for grade in notebook.grades}


@pytest.mark.parametrize("learner", COHORT, ids=lambda learner: learner.name)
def test_every_learner_has_exactly_the_automatic_points(gradebook, learner):
    given = scores(gradebook, learner.name)
    wanted = {name: learner.points.get(name, 0.0) for name in given if "judgement" not in name}
    assert {name: given[name] for name in wanted} == wanted
    assert sum(wanted.values()) == sum(learner.points.values())


@pytest.mark.parametrize("week", load_course().weeks[: len(PARTS) - 1], ids=lambda week: week.id)
def test_the_solution_gets_all_automatic_points_and_the_bare_sheet_none(
    course, gradebook, autograder, week
):
    from organizer_lab.grading.release import release

    sheet = release(week.id, folder=course)
    for name, made_from in (
        ("solution", course / "source" / week.id / f"{week.id}.ipynb"),
        ("bare", sheet),
    ):
        handed_in = course / "submitted" / name / week.id
        handed_in.mkdir(parents=True)
        shutil.copy(made_from, handed_in)
        told = autograder.autograde(week.id, name)
        assert told["success"], told.get("error") or told.get("log")
    gradebook.db.expire_all()
    for name, points in (("solution", week.points.automatic), ("bare", 0)):
        given = scores(gradebook, name, week.id)
        assert sum(score or 0 for score in given.values()) == points, name


def test_the_plan_is_saved_beside_the_notebook_and_nowhere_else(course):
    plan = json.loads((course / "autograded" / "right" / "week-1" / "plan.json").read_text())
    assert plan["place"] == {"iso3": "PHL", "language_code": "tl"}
    assert plan["topic_card"]["place"] == "Iloilo"
    assert not list(course.glob("plan*.json")) and not list(course.parent.glob("plan*.json"))


def test_the_grader_sees_rubric_and_mark_scheme(course):
    task = rubrics.load("week-1").tasks[0]
    graded = nbformat.read(course / "autograded" / "right" / "week-1" / "week-1.ipynb", 4)
    text = next(c.source for c in graded.cells if c.id == "task-1-8")
    assert task.scheme in text and task.table() in text


@pytest.fixture(scope="module")
def formgrader(course: Path):
    """Ask formgrader as its pages do: a path, and what is to be written, if anything."""
    with formgrader_of(course) as address:

        def ask(path: str, content: dict | None = None) -> str:
            request = urllib.request.Request(
                f"{address}{path}",
                data=None if content is None else json.dumps(content).encode(),
                method="GET" if content is None else "PUT",
                headers={"Authorization": f"token {TOKEN}"},
            )
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.read().decode()

        yield ask


@pytest.fixture(scope="module")
def graded_by_hand(gradebook, formgrader):
    """Every judged text marked in formgrader, with a comment."""
    for learner in COHORT:
        notebook = gradebook.find_submission_notebook("week-1", "week-1", learner.name)
        listed = json.loads(formgrader(f"/api/grades?submission_id={notebook.id}"))
        grade = next(grade for grade in listed if grade["name"] == "judgement-1-8")
        assert grade["max_score"] == 6
        formgrader(f"/api/grade/{grade['id']}", {"manual_score": learner.judged})
        said = json.loads(formgrader(f"/api/comments?submission_id={notebook.id}"))
        comment = next(comment for comment in said if comment["name"] == "judgement-1-8")
        formgrader(f"/api/comment/{comment['id']}", {"manual_comment": f"Read, {learner.name}."})
    gradebook.db.expire_all()


def test_formgrader_shows_each_submission(gradebook, formgrader, graded_by_hand):
    for learner in COHORT:
        notebook = gradebook.find_submission_notebook("week-1", "week-1", learner.name)
        page = formgrader(f"/submissions/{notebook.id}")
        assert "impact and popularity" in page


def test_export_has_exactly_the_points(course, graded_by_hand):
    nbgrader(course, "export", "--to", "grades.csv")
    with open(course / "grades.csv", newline="", encoding="utf-8") as file:
        rows = [row for row in csv.DictReader(file) if row["assignment"] == "week-1"]
    total = {row["student_id"]: float(row["score"]) for row in rows}
    for learner in COHORT:
        assert total[learner.name] == sum(learner.points.values()) + learner.judged


def test_feedback_comments_and_gives_no_answer_away(course, graded_by_hand):
    nbgrader(course, "generate_feedback", "week-1")
    for learner in COHORT:
        page = (course / "feedback" / learner.name / "week-1" / "week-1.html").read_text()
        points = sum(learner.points.values()) + learner.judged
        assert f"Read, {learner.name}." in page
        assert f"Points: {points:g} of 20<" in page, learner.name
    # The wrong answers are explained in words; the right ones are not told.
    wrong = (course / "feedback" / "wrong" / "week-1" / "week-1.html").read_text()
    assert "That is the sum of ten years." in wrong
    assert "That is the value of 2023." in wrong
    assert "early = co2" not in wrong and "1951-1980, 1961-1990" not in wrong
