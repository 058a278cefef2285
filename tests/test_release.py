"""The release: a sheet without a leak, and none at all where the proof fails."""

from __future__ import annotations

import copy
import json
import os
import shutil
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("nbgrader")

from organizer_lab import course
from organizer_lab.errors import LabError
from organizer_lab.grading import release as releases
from organizer_lab.grading.release import FOLDER, release

WEEK = "week-1"
SOURCE = json.loads((FOLDER / "source" / WEEK / f"{WEEK}.ipynb").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def folder(tmp_path_factory) -> Path:
    """A course directory of its own, with neither gradebook nor release."""
    here = tmp_path_factory.mktemp("exercises")
    for name in ("source", "rubrics"):
        shutil.copytree(FOLDER / name, here / name)
    shutil.copy(FOLDER / "nbgrader_config.py", here)
    return here


@pytest.fixture
def notebook(folder):
    """The source, to be changed; afterwards the folder is as it was."""
    rubric = (folder / "rubrics" / f"{WEEK}.yml").read_text(encoding="utf-8")
    yield copy.deepcopy(SOURCE)
    put(folder, SOURCE)
    (folder / "rubrics" / f"{WEEK}.yml").write_text(rubric, encoding="utf-8")


@pytest.fixture(scope="module")
def sheet(folder):
    return nbformat.read(release(WEEK, folder=folder, database=False), as_version=4)


def put(folder: Path, notebook: dict) -> None:
    path = folder / "source" / WEEK / f"{WEEK}.ipynb"
    path.write_text(json.dumps(notebook), encoding="utf-8")


def refused(folder: Path, notebook: dict) -> str:
    """Release a changed source: it must fail, and make no sheet."""
    put(folder, notebook)
    shutil.rmtree(folder / "release", ignore_errors=True)
    with pytest.raises(LabError) as told:
        release(WEEK, folder=folder, database=False)
    assert not (folder / "release" / WEEK / f"{WEEK}.ipynb").exists()
    assert "Traceback" not in str(told.value)
    return str(told.value)


def cell(notebook: dict, grade_id: str) -> dict:
    """The cell of this grade_id."""
    return next(
        each
        for each in notebook["cells"]
        if each["metadata"].get("nbgrader", {}).get("grade_id") == grade_id
    )


def source(each: dict) -> str:
    return "".join(each["source"])


# -- a good release --------------------------------------------------------------------------


def test_no_gradebook_is_needed_or_made(folder, sheet):
    assert not (folder / "gradebook.db").exists()


def test_the_sheet_gives_nothing_away(sheet):
    text = json.dumps(sheet, ensure_ascii=False)
    for secret in ("BEGIN", "END SOLUTION", "HIDDEN", "MARK SCHEME", "organizer_lab.grading"):
        assert secret not in text
    for own in SOURCE["cells"]:
        inside = False
        for line in source(own).splitlines():
            if line.startswith("###"):
                inside = "BEGIN" in line
            elif inside and not line.endswith("("):
                assert line.strip() not in text
    assert "market women" not in text
    assert not any(each.get("outputs") for each in sheet.cells)


def test_the_sheet_has_the_questions_and_the_rubric(sheet):
    text = "\n".join(each.source for each in sheet.cells)
    for number in range(1, 9):
        assert f"Question 1.{number}: " in text
    task = next(each for each in sheet.cells if each.metadata.get("nbgrader", {}).get("task"))
    assert "| Criterion | Points |" in task.source and "write 80 to 200 words" in task.source
    assert [each["id"] for each in SOURCE["cells"]] == [each.id for each in sheet.cells]


def test_a_release_can_be_repeated(folder, sheet):
    path = release(WEEK, folder=folder, database=False)
    first = path.read_bytes()
    assert release(WEEK, folder=folder, database=False).read_bytes() == first


def test_a_release_that_fails_leaves_the_sheet_before_it(folder, notebook, sheet):
    path = release(WEEK, folder=folder, database=False)
    before = path.read_bytes()
    text = cell(notebook, "text-1-1")
    text["source"] = source(text).replace("(2 points)", "(3 points)")
    put(folder, notebook)
    with pytest.raises(LabError, match="was not released"):
        release(WEEK, folder=folder, database=False)
    assert path.read_bytes() == before


def test_a_week_without_exercise(folder):
    with pytest.raises(LabError, match=r"no exercise 'week-11'.*Did you mean week-1"):
        release("week-11", folder=folder)


# -- leaks -----------------------------------------------------------------------------------


def test_a_solution_line_above_its_region(folder, notebook):
    answer = cell(notebook, "answer-1-2")
    answer["source"] = (
        source(answer).replace(
            "mean_2015_2024 = ...",
            'mean_2015_2024 = data.value("temperature_by_country", "temperature_anomaly_c",',
            1,
        )
        + "\n"
    )
    assert "answer-1-2' still holds the line" in refused(folder, notebook)


def test_a_solution_line_in_another_cell(folder, notebook):
    lines = source(cell(notebook, "answer-1-4")).splitlines()
    solution = lines[lines.index("### BEGIN SOLUTION") + 1]
    text = cell(notebook, "text-1-4")
    text["source"] = source(text) + f"\n\n{solution}"
    assert "'q4' still holds the line: baselines = dict" in refused(folder, notebook)


def test_a_solution_line_in_metadata(folder, notebook):
    lines = source(cell(notebook, "answer-1-4")).splitlines()
    notebook["metadata"]["notes"] = lines[lines.index("### BEGIN SOLUTION") + 1]
    assert "metadata of the notebook still hold" in refused(folder, notebook)


@pytest.mark.parametrize("kind", ["SOLUTION", "HIDDEN TESTS"])
def test_a_region_that_is_not_closed(folder, notebook, kind):
    grade_id = "answer-1-1" if kind == "SOLUTION" else "data-1-1"
    broken = cell(notebook, grade_id)
    broken["source"] = source(broken).replace(f"### END {kind}", "")
    assert refused(folder, notebook)


def test_a_solution_in_a_cell_that_has_none(folder, notebook):
    text = cell(notebook, "text-1-3")
    text["source"] = source(text) + "\n\n### BEGIN SOLUTION\nsecret\n### END SOLUTION"
    assert "Solution region detected in a non-solution cell" in refused(folder, notebook)


@pytest.mark.parametrize("marker", ["BEGIN SOLUTION", "END HIDDEN TESTS", "BEGIN MARK SCHEME"])
def test_a_marker_in_a_sheet_is_a_leak(marker):
    source = nbformat.reads(json.dumps(SOURCE), as_version=4)
    left = copy.deepcopy(source)
    left.cells[0].metadata["note"] = f"### {marker}"
    assert f"The marker '### {marker}' is left." in releases.leaks(source, left)


def test_the_facilitator_s_package_in_plain_sight(folder, notebook):
    setup = cell(notebook, "setup-1")
    setup["source"] = source(setup) + "\nfrom organizer_lab.grading import judge"
    assert "organizer_lab.grading is named" in refused(folder, notebook)


def test_a_hidden_test_without_markers(folder, notebook):
    test = cell(notebook, "data-1-1")
    test["source"] = "\n".join(
        line for line in source(test).splitlines() if not line.startswith("###")
    )
    assert "organizer_lab.grading is named" in refused(folder, notebook)


def test_an_attachment(folder, notebook):
    cell(notebook, "text-1-1")["attachments"] = {"key.png": {"image/png": "aGk="}}
    assert "holds an attachment" in refused(folder, notebook)


def test_outputs_of_the_source_do_not_reach_the_sheet(folder, notebook):
    answer = cell(notebook, "answer-1-1")
    answer["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "0.4399"}]
    answer["execution_count"] = 3
    put(folder, notebook)
    assert "0.4399" not in release(WEEK, folder=folder, database=False).read_text(encoding="utf-8")


def test_an_output_in_a_sheet_is_a_leak():
    left = nbformat.reads(json.dumps(SOURCE), as_version=4)
    at = next(i for i, each in enumerate(left.cells) if each.cell_type == "code")
    left.cells[at].outputs = [nbformat.v4.new_output("stream", text="0.44")]
    found = releases.leaks(nbformat.reads(json.dumps(SOURCE), as_version=4), left)
    assert f"Cell '{left.cells[at].id}' holds an output." in found


def test_a_solution_cell_without_a_region(folder, notebook):
    answer = cell(notebook, "answer-1-1")
    answer["source"] = "anomaly_2024 = 0.44"
    assert "without a BEGIN SOLUTION region" in refused(folder, notebook)


# -- points ----------------------------------------------------------------------------------


def test_wrong_points_in_a_heading(folder, notebook):
    text = cell(notebook, "text-1-1")
    text["source"] = source(text).replace("(2 points)", "(3 points)")
    message = refused(folder, notebook)
    assert "No heading says 'Question 1.1: … (2 points)'" in message


def test_wrong_points_in_the_metadata(folder, notebook):
    cell(notebook, "data-1-1")["metadata"]["nbgrader"]["points"] = 3
    message = refused(folder, notebook)
    assert "No heading says 'Question 1.1: … (3 points)'" in message
    assert "course.yml promises 8 points for data; the cells have 9" in message


def test_no_points_in_the_metadata(folder, notebook):
    del cell(notebook, "data-1-1")["metadata"]["nbgrader"]["points"]
    assert "points" in refused(folder, notebook)


def test_wrong_points_in_the_course_file(folder, notebook, tmp_path, monkeypatch):
    text = course.file().read_text(encoding="utf-8")
    changed = tmp_path / "course.yml"
    changed.write_text(
        text.replace("{data: 8, plan: 6, judgement: 6}", "{data: 6, plan: 8, judgement: 6}"),
        encoding="utf-8",
    )
    monkeypatch.setattr(course, "file", lambda: changed)
    message = refused(folder, notebook)
    assert "course.yml promises 6 points for data; the cells have 8" in message
    assert "course.yml promises 8 points for plan; the cells have 6" in message
    assert "The first cell does not say '20 points: 6 for data questions, 8 for" in message


def test_wrong_points_in_the_first_cell(folder, notebook):
    first = cell(notebook, "intro-1")
    first["source"] = source(first).replace("20 points: 8", "20 points: 9")
    assert "The first cell does not say" in refused(folder, notebook)


def test_a_question_without_marking(folder, notebook):
    test = cell(notebook, "data-1-1")
    test["metadata"]["nbgrader"]["grade_id"] = "data-1-9"
    message = refused(folder, notebook)
    assert "Question 1.9 has no marking: write it in organizer_lab/grading/marking/" in message
    assert "Question 1.9 has no check: write it in organizer_lab/check/week_1.py." in message


@pytest.mark.parametrize("left", ["", "### BEGIN HIDDEN TESTS\n### END HIDDEN TESTS"])
def test_points_that_nothing_can_take_away(folder, notebook, left):
    test = cell(notebook, "data-1-1")
    test["source"] = source(test).partition("### BEGIN")[0] + left
    assert "Cell 'data-1-1' has points but no hidden test" in refused(folder, notebook)


def test_a_grade_id_of_no_kind(folder, notebook):
    cell(notebook, "data-1-1")["metadata"]["nbgrader"]["grade_id"] = "test-1-1"
    assert "does not begin with data, plan or judgement" in refused(folder, notebook)


def test_a_missing_question(folder, notebook):
    notebook["cells"].remove(cell(notebook, "data-1-1"))
    assert "The heading of question 1.1 has no graded cell" in refused(folder, notebook)


def test_a_grade_id_that_stands_twice(folder, notebook):
    cell(notebook, "data-1-2")["metadata"]["nbgrader"]["grade_id"] = "data-1-1"
    assert "data-1-1" in refused(folder, notebook)


# -- rubric ----------------------------------------------------------------------------------


def test_a_task_that_the_rubric_does_not_know(folder, notebook):
    cell(notebook, "judgement-1-8")["metadata"]["nbgrader"]["grade_id"] = "judgement-1-9"
    assert "has no task 'judgement-1-9'" in refused(folder, notebook)


def test_a_rubric_whose_task_is_missing(folder, notebook):
    notebook["cells"].remove(cell(notebook, "judgement-1-8"))
    assert "has no task cell judgement-1-8" in refused(folder, notebook)


@pytest.mark.parametrize(
    ("old", "new", "phrase"),
    [
        ("grade_id: judgement-1-8", "grade_id: judgement-1-7", "has no task 'judgement-1-8'"),
        ("words: [80, 200]", "words: [200, 80]", "week-1.yml line"),
        ("points: 6", "points: 5", "week-1.yml line"),
    ],
)
def test_the_rubric_of_the_course_folder_counts(folder, notebook, old, new, phrase):
    path = folder / "rubrics" / f"{WEEK}.yml"
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")
    assert phrase in refused(folder, notebook)


def test_a_missing_rubric(folder, notebook):
    path = folder / "rubrics" / f"{WEEK}.yml"
    path.rename(path.with_suffix(".away"))
    try:
        assert "Cannot read" in refused(folder, notebook)
    finally:
        path.with_suffix(".away").rename(path)


# -- what the sheets do ----------------------------------------------------------------------


def run(notebook, folder: Path, monkeypatch) -> dict[str, str]:
    """Run a notebook in an empty folder; gives what each cell printed on either stream."""
    from nbclient import NotebookClient

    for name in list(os.environ):
        if name.startswith("NBGRADER"):
            monkeypatch.delenv(name)
    client = NotebookClient(
        notebook, timeout=120, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
    )
    client.execute()
    said = {}
    for each in notebook.cells:
        outputs = each.get("outputs", [])
        assert not [out for out in outputs if out.get("name") == "stderr"], each.id
        grade_id = each.metadata.get("nbgrader", {}).get("grade_id", each.id)
        said[grade_id] = "".join(out.get("text", "") for out in outputs)
    return said


TESTS = [f"data-1-{n}" for n in range(1, 5)] + [f"plan-1-{n}" for n in range(5, 8)]


@pytest.mark.slow
def test_an_untouched_sheet_runs_and_says_what_is_open(sheet, tmp_path, monkeypatch):
    said = run(copy.deepcopy(sheet), tmp_path, monkeypatch)
    assert "Not answered yet: replace the three dots behind 'country'" in said["check-1-0"]
    for name in TESTS:
        assert "not yet" in said[name], name
    assert {path.name for path in tmp_path.iterdir()} <= {"plan.json"}


@pytest.mark.slow
def test_the_solution_is_right(tmp_path, monkeypatch):
    said = run(nbformat.reads(json.dumps(SOURCE), as_version=4), tmp_path, monkeypatch)
    for name in ("check-1-0", *TESTS):
        assert "this looks right" in said[name], name
    assert "Topic card complete" in " ".join(said["save-1"].split())
    plan = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    assert plan["place"] == {"iso3": "TZA", "language_code": "sw"}
