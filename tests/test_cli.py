"""The command line: what is printed, on which stream, with which exit status."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from importlib import metadata

import figures
import pytest

from organizer_lab import cli, course
from organizer_lab.plan import Place, Plan


@pytest.fixture
def run(capsys, tmp_path, monkeypatch):
    """Run a command in an empty folder: gives exit status and both streams."""
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> tuple[int, str, str]:
        try:
            status = cli.main(list(words))
        except SystemExit as stop:
            status = stop.code
        heard = capsys.readouterr()
        assert "Traceback" not in heard.out + heard.err
        return status, heard.out, heard.err

    return call


def failed(result: tuple[int, str, str], phrase: str) -> None:
    """A fault that a person can put right: status 1, one message, nothing printed before."""
    status, out, err = result
    assert (status, out) == (1, "")
    assert err.startswith("organizer-lab: ") and phrase in err


def test_data_list(run):
    status, out, err = run("data", "list")
    assert (status, err) == (0, "")
    assert sorted(line.split()[0] for line in out.splitlines()) == figures.tables()


def test_data_card(run):
    status, out, err = run("data", "card", "temperature_by_country")
    assert (status, err) == (0, "")
    assert "1991-2020" in out and "Licence" in out
    failed(run("data", "card", "temperature"), "There is no table 'temperature'.")


def test_data_check(run, tmp_path):
    pytest.importorskip("frictionless")
    status, out, err = run("data", "check")
    assert (status, err) == (0, "") and out
    failed(run("data", "check", "--folder", str(tmp_path / "nowhere")), "datapackage.json")
    broken = tmp_path / "datasets"
    shutil.copytree(figures.DATASETS, broken)
    table = broken / "forest_by_country.csv"
    table.write_text(table.read_text(encoding="utf-8").replace("2000,", "2000,much", 1))
    status, _, err = run("data", "check", "--folder", str(broken))
    assert status == 1 and "forest_by_country" in err


def test_data_refresh_of_an_unknown_table(run):
    failed(run("data", "refresh", "forests_by_country"), "Did you mean forest_by_country")


def test_course(run, tmp_path):
    status, out, err = run("course")
    assert (status, err) == (0, "")
    assert out.count("week-") == 9
    broken = tmp_path / "course.yml"
    text = course.file().read_text(encoding="utf-8")
    broken.write_text(text.replace("minutes: {lesson: 50", "minutes: {lesson: 500", 1))
    failed(run("course", "--file", str(broken)), "course.yml line ")
    failed(run("course", "--file", "nowhere.yml"), "Cannot read nowhere.yml")


@pytest.mark.parametrize("place", [".", "exercises", "book/facilitators"])
def test_release_of_an_unknown_week(run, monkeypatch, repository, place):
    """Inside the checkout, at any depth, it is the course of the checkout that is meant."""
    pytest.importorskip("nbgrader")
    monkeypatch.chdir(repository / place)
    failed(run("release", "week-12"), "There is no exercise 'week-12'")


@pytest.mark.parametrize(
    "words",
    [
        ["release"],
        ["release", "week-1"],
        ["collect", "week-1", "--roster", "roster.csv", "--from", "inbox"],
        ["grade", "week-1"],
        ["feedback", "week-1"],
        ["report"],
        ["report", "--to", "report.html"],
        ["certificates", "--to", "certificates"],
    ],
    ids=" ".join,
)
def test_beside_the_folder_of_a_cohort_nothing_is_done(run, monkeypatch, tmp_path, words):
    """Not in the checkout either, which would be a stranger's choice of folder."""
    pytest.importorskip("nbgrader")
    from organizer_lab import grading
    from organizer_lab.grading import collect, release

    ours = tmp_path / "checkout" / "exercises"
    shutil.copytree(grading.COURSE / "source" / "week-1", ours / "source" / "week-1")
    shutil.copytree(grading.COURSE / "rubrics", ours / "rubrics")
    shutil.copy(grading.COURSE / "nbgrader_config.py", ours)
    for module, name in ((grading, "COURSE"), (release, "FOLDER"), (collect, "COURSE")):
        monkeypatch.setattr(module, name, ours)
    here = tmp_path / "teaching"
    (here / "first-group").mkdir(parents=True)
    (here / "first-group" / "nbgrader_config.py").touch()
    monkeypatch.chdir(here)
    before = sorted(tmp_path.rglob("*"))
    result = run(*words)
    failed(result, f"This folder, {here}, holds no course: ")
    assert "cd FOLDER" in result[2] and "--course FOLDER" in result[2]
    assert len(result[2].splitlines()) == 1
    assert sorted(tmp_path.rglob("*")) == before


def test_a_named_course_is_taken_from_anywhere(run, tmp_path):
    pytest.importorskip("nbgrader")
    mine = tmp_path / "mine"
    mine.mkdir()
    failed(run("release", "week-1", "--course", "mine"), "There is no exercise 'week-1' in mine")
    (mine / "nbgrader_config.py").touch()
    status, _, err = run("grade", "week-1", "--course", "mine")
    assert status == 1 and "holds no course" not in err


def test_plan_show(run, tmp_path):
    status, out, err = run("plan", "show")
    assert (status, err) == (0, "")
    assert out.startswith("0 of 9 parts complete\n\nweek 1  Place ")
    Plan().put(Place(iso3="TZA", language_code="sw")).save(tmp_path / "mine.json")
    assert run("plan", "show", "mine.json")[1].split()[5:9] == ["week", "1", "Place", "complete"]
    failed(run("plan", "show", "nowhere.json"), "There is no file nowhere.json")
    (tmp_path / "bad.json").write_text('{"revision": 1,\n oops}')
    failed(run("plan", "show", "bad.json"), "bad.json is damaged: line 2")


def test_tidy(run, tmp_path):
    from organizer_lab.grading.release import FOLDER

    mine = tmp_path / "mine.ipynb"
    shutil.copy(FOLDER / "source" / "week-1" / "week-1.ipynb", mine)
    assert run("tidy", "--check", str(mine)) == (0, "", "")
    mine.write_text(mine.read_text(encoding="utf-8") + "\n\n", encoding="utf-8")
    before = mine.read_bytes()
    status, out, err = run("tidy", "--check", str(mine))
    assert (status, out.strip()) == (1, f"not tidy: {mine}")
    assert "Run 'organizer-lab tidy'" in err
    assert mine.read_bytes() == before
    assert run("tidy", str(mine))[0] == 0
    assert run("tidy", "--check", str(mine)) == (0, "", "")
    # What no program can put right is named too, whether it only looks or tidies.
    sheet = json.loads(before)
    sheet["cells"][1]["source"] = "\n".join(f"x{line} = {line}" for line in range(11))
    mine.write_text(json.dumps(sheet), encoding="utf-8")
    for words in (["tidy"], ["tidy", "--check"]):
        status, _, err = run(*words, str(mine))
        assert status == 1 and "it has 11 lines of code; 10 are the most" in err
    mine.write_text("{}")
    assert run("tidy", "--check", str(mine))[0] == 1
    assert run("tidy", "--check", str(tmp_path / "nowhere.ipynb"))[0] == 1


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["dance"],
        ["data"],
        ["data", "dance"],
        ["data", "card"],
        ["data", "list", "more"],
        ["plan"],
        ["plan", "show", "a", "b"],
        ["course", "--fil"],
        ["book", "--everything"],
    ],
)
def test_wrong_words(run, words):
    status, out, err = run(*words)
    assert (status, out) == (2, "")
    assert err.startswith("usage: organizer-lab")


@pytest.mark.parametrize(
    "words", [[], ["data"], ["data", "refresh"], ["release"], ["plan", "show"], ["tidy"], ["book"]]
)
def test_help(run, words):
    status, out, err = run(*words, "--help")
    assert (status, err) == (0, "")
    assert out.startswith("usage: organizer-lab")


def test_what_the_system_refuses_is_no_traceback(run, tmp_path):
    pytest.importorskip("nbgrader")
    points = tmp_path / "one.csv"
    points.write_text("learner,question,score\nada,1.8,6\n")
    (tmp_path / "taken").mkdir()
    for to in ("taken", "one.csv/two.csv"):
        result = run("agreement", str(points), str(points), "--to", to)
        failed(result, "Is it the right name, may you read and write there")
    failed(run("agreement", str(points), str(points), "--to", "one.csv"), "points of a grader")
    assert points.read_text().startswith("learner,question,score")


def test_what_a_redirect_cannot_write_is_a_question_mark(tmp_path):
    done = subprocess.run(
        [sys.executable, "-m", "organizer_lab.cli", "data", "list"],
        env={**os.environ, "PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")
    assert b"CO? emissions" in done.stdout


def test_a_missing_package_is_named(run, monkeypatch):
    from organizer_lab import course as module

    def missing(*_):
        raise ModuleNotFoundError("No module named 'yaml'", name="yaml")

    monkeypatch.setattr(module, "load", missing)
    result = run("course")
    failed(result, "needs the package 'yaml'")
    named = re.search(r"organizer-lab\[(.+)\]", result[2])[1]
    assert set(named.split(",")) == set(
        metadata.metadata("organizer-lab").get_all("Provides-Extra")
    )
