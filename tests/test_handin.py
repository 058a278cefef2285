"""Handing in: every damage is found and mended, no answer is lost, and packages can be trusted."""

from __future__ import annotations

import base64
import copy
import io
import json
import os
import re
import shutil
import sys
import time
import zipfile
from pathlib import Path

import damaged
import pytest
from browser import missing
from damaged import ANSWER, CASES, FILES, OTHER_WEEK, TEXT, dumped, filled
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import organizer_lab as lab
from organizer_lab import cli, learners, start
from organizer_lab.errors import LabError
from organizer_lab.handin import pack, sheets
from organizer_lab.handin.doctor import doctor, visit
from organizer_lab.handin.examine import examine, unanswered, unreadable, with_kept

pytest.importorskip("nbgrader")


@pytest.fixture(scope="module")
def releases(tmp_path_factory, repository: Path) -> dict[str, dict]:
    """The released sheets of all weeks, made in a course directory of their own."""
    from organizer_lab.grading.release import release

    folder = tmp_path_factory.mktemp("course") / "exercises"
    folder.mkdir()
    shutil.copy(repository / "exercises" / "nbgrader_config.py", folder)
    for name in ("source", "rubrics"):
        shutil.copytree(repository / "exercises" / name, folder / name)
    weeks = sorted(path.name for path in (folder / "source").glob("week-*"))
    return {w: json.loads(release(w, folder=folder, database=False).read_bytes()) for w in weeks}


@pytest.fixture(scope="module")
def release(releases) -> dict:
    return releases["week-1"]


@pytest.fixture
def home(tmp_path, releases, monkeypatch) -> Path:
    """A learner's folder with the filled sheet, in an edition with the originals."""
    originals = tmp_path / "originals"
    originals.mkdir()
    for week, sheet in releases.items():
        (originals / f"{week}.json").write_bytes(dumped(sheet))
    monkeypatch.setattr(sheets, "EDITION", originals)
    folder = tmp_path / "week-1"
    folder.mkdir()
    (folder / "week-1.ipynb").write_bytes(dumped(filled(releases["week-1"])))
    monkeypatch.chdir(folder)
    monkeypatch.delenv("JPY_SESSION_NAME", raising=False)
    return folder


def texts(notebook: dict) -> str:
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


def kinds(found) -> set[str]:
    return {finding.kind for finding in found.findings}


def is_whole(notebook: dict, release: dict) -> None:
    """What the format and nbgrader ask for, and what the sheet has."""
    import nbformat
    from nbgrader.nbgraderformat import MetadataValidator

    node = nbformat.from_dict(copy.deepcopy(notebook))
    nbformat.validate(node)
    MetadataValidator().validate_nb(node)
    has_every_cell(notebook, release)


def has_every_cell(notebook: dict, release: dict) -> None:
    """The sheet's own cells once each, in their order, with their words; every id once."""
    assert len({cell["id"] for cell in notebook["cells"]}) == len(notebook["cells"])
    own = [c["metadata"]["nbgrader"] for c in notebook["cells"] if c["metadata"].get("nbgrader")]
    asked = [c["metadata"]["nbgrader"] for c in release["cells"] if c["metadata"].get("nbgrader")]
    assert own == asked
    locked = {
        c["metadata"]["nbgrader"]["grade_id"]: "".join(c["source"])
        for c in release["cells"]
        if c["metadata"].get("nbgrader", {}).get("locked")
    }
    for cell in notebook["cells"]:
        name = cell["metadata"].get("nbgrader", {}).get("grade_id")
        if name in locked:
            assert "".join(cell["source"]) == locked[name]


def is_mended(content: bytes, release: dict, name: str = "", check=is_whole):
    found = examine(content, release, name)
    whole = with_kept(found)
    check(whole, release)
    again = examine(sheets.as_file(whole), release, "week-1.ipynb" if name else "")
    assert again.findings == [] and again.kept == []
    assert texts(again.notebook) == texts(whole)
    for finding in found.findings:
        assert finding.text[0].isupper() and finding.text.endswith("."), finding
    return found, whole


def test_every_released_sheet_is_sound(releases):
    for week, sheet in releases.items():
        found = examine(dumped(sheet), sheet, f"{week}.ipynb")
        assert found.sound, (week, found.findings)
        assert texts(found.notebook) == texts(sheet)
        assert unanswered(found.notebook, sheet)


def test_a_cell_that_may_stay_as_it_is_is_not_called_unanswered(releases):
    weeks = set()
    for week, sheet in releases.items():
        mine, before = copy.deepcopy(sheet), ""
        for cell in mine["cells"]:
            written = "".join(cell["source"])
            if re.search(r"leave (it|the next cell) as it is", before):
                weeks.add(week)
            elif not cell["metadata"].get("nbgrader", {}).get("locked"):
                cell["source"] = f"{written}\n# mine"
            before = written
        assert unanswered(mine, sheet) == [], week
    # The place of the plan, or room for more lines.
    assert {"week-2", "week-6", "week-8"} <= weeks


@pytest.mark.parametrize(
    ("written", "says"),
    [
        ('country = "TZA', "line 1: unterminated string literal"),
        ('country = "who?', "line 1: unterminated string literal"),
        ("country = “TZA”", "line 1: invalid character '“'"),
        ("country = 1\nlanguage = (2", "line 2: '(' was never closed"),
        ("country = 1\n language = 2", "line 2: unexpected indent"),
        ("country = " + "(" * 100_000, "line 1: too many nested parentheses"),
        # A notebook reads more than Python.
        ("%pip list\ncountry = 1", None),
        ("data.card?", None),
        ("!ls", None),
        ("await later()", None),
        ("country = '\\d'", None),
    ],
)
def test_an_answer_that_python_cannot_read_is_named(release, written, says):
    mine = filled(release)
    damaged.cell(mine, "answer-place")["source"] = written
    assert examine(dumped(mine), release, "week-1.ipynb").sound
    faults = unreadable(mine, release)
    assert len(faults) == (says is not None)
    assert all(fault.startswith(f"Your place, {says}") for fault in faults), faults


def test_a_sheet_as_it_is_released_can_be_read(releases):
    for sheet in releases.values():
        assert unreadable(sheet, sheet) == []


def test_a_sound_notebook_is_left_as_it_is(release):
    mine = filled(release)
    mine["cells"].insert(5, damaged.code("helper = 1"))
    mine["cells"][5]["outputs"] = [{"output_type": "stream", "name": "stdout", "text": "1"}]
    mine["metadata"]["widgets"] = {"state": {}}
    found = examine(dumped(mine), release, "week-1.ipynb")
    assert found.sound and found.kept == []
    assert found.notebook == mine
    assert unanswered(found.notebook, release) == []


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_every_damage_to_cells_is_found_and_mended(release, case):
    mine = filled(release)
    case.damage(mine)
    found, whole = is_mended(dumped(mine), release)
    assert case.kinds <= kinds(found), found.findings
    assert bool(case.kinds) != found.sound, found.findings
    for words in case.holds:
        assert words in texts(whole)


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_damage_to_a_file_is_found_and_mended(release, file):
    content = sheets.as_file(filled(release))
    found, whole = is_mended(file.make(content), release)
    assert file.kinds == kinds(found) if file.exact else file.kinds <= kinds(found), found.findings
    for words in file.holds:
        assert words in texts(whole)


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("week-1.ipynb", None),
        ("week-1 (1).ipynb", "“week-1.ipynb”"),
        ("week-1-Copy1.ipynb", "“week-1.ipynb”"),
        ("Week 1.ipynb.txt", "“week-1.ipynb”"),
        ("week-1-checkpoint.ipynb", "made by itself"),
        ("x" * 400, "…"),
        ("\udcff.ipynb", "“week-1.ipynb”"),
    ],
)
def test_the_name_of_the_file_is_looked_at(release, name, says):
    found = examine(dumped(filled(release)), release, name)
    assert found.costly == [] and kinds(found) == ({"name"} if says else set())
    if says:
        assert says in found.findings[0].text
        found.findings[0].text.encode()


def test_the_sheet_of_another_week_is_kept_whole(releases):
    other = filled(releases[OTHER_WEEK])
    damaged.cell(other, "answer-3-1")["source"] = "mine = 'of week 3'"
    found, whole = is_mended(dumped(other), releases["week-1"])
    assert kinds(found) == {"wrong-week"} and "week 3" in found.findings[0].text
    assert "mine = 'of week 3'" in texts(whole)
    assert unanswered(found.notebook, releases["week-1"])


def test_a_notebook_of_something_else_is_kept(release):
    nb = {"cells": [damaged.code("x = 1")], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    found, whole = is_mended(dumped(nb), release)
    assert kinds(found) == {"missing"} and len(found.findings) == 1
    assert "x = 1" in texts(whole)


def test_code_stays_in_the_order_in_which_it_was_written(release):
    mine = filled(release)
    mine["cells"].insert(damaged.at(mine, "answer-1-2"), damaged.code("before = 1", "b"))
    mine["cells"].insert(damaged.at(mine, "test-1-2"), damaged.code("between = 1", "c"))
    del mine["cells"][damaged.at(mine, "test-1-1")]
    whole = texts(is_mended(dumped(mine), release)[1])
    places = [whole.index(t) for t in ("before = 1", ANSWER, "between = 1", '("1.2", globals())')]
    assert places == sorted(places)


def test_pictures_in_a_judged_text_stay(release):
    mine = filled(release)
    picture = {"map.png": {"image/png": "iVBORw0KGgo="}}
    damaged.cell(mine, "text-1-8")["attachments"] = picture
    del mine["cells"][damaged.at(mine, "q2")]
    _, whole = is_mended(dumped(mine), release)
    assert damaged.cell(whole, "text-1-8")["attachments"] == picture


def _many(name: str) -> bytes:
    cells = [damaged.code("a = 1", f"{name}-{number}") for number in range(30_000)]
    return dumped({"cells": cells, "nbformat": 4})


def test_hostile_files_are_read_in_no_time(release):
    own = damaged.cell(release, "answer-1-2")
    start = time.perf_counter()
    for content in (
        b'{"cell_type": "x' * 200_000,
        b'{"cell_type": "code", "source": ["' * 50_000,
        b'{"id":{' * 200_000,
        b'"' + b"\\" * 2_000_000,
        b"<<<<<<< \n" * 100_000,
        dumped({"cells": [damaged.code("a = 1")] * 5000, "nbformat": 4}),
        dumped({"cells": [damaged.code("a" + " " * 300_000)], "nbformat": 4}),
        dumped({"cells": [damaged.code("`" * 300_000)], "nbformat": 4}),
        b'{"cell_type": "code", "source": "' + b"\\q" * 300_000,
        b"<<<<<<< \n%b\n=======\n%b\n>>>>>>> \n" % (_many("a"), _many("b")),
        dumped({"cells": [{**own, "source": f"z = {n}"} for n in range(19_000)], "nbformat": 4}),
    ):
        examine(content, release)
    assert time.perf_counter() - start < 30


def test_data_that_lie_too_deep_are_left_out_and_the_answers_stay(release):
    """Nothing that comes after the doctor could copy them."""
    mine = filled(release)
    for _ in range(300):
        mine["metadata"] = {"deep": mine["metadata"]}
    found, whole = is_mended(dumped(mine), release)
    assert [finding.kind for finding in found.findings] == ["format"]
    assert "deep" not in whole["metadata"] and ANSWER in texts(whole)


def test_no_word_of_a_learner_commands_a_terminal(release, tmp_path, capsys):
    mine = filled(release)
    mine["metadata"]["kernelspec"] = {"name": "ir\x1b]0;mine\x07", "language": "R\x1b[2J\u202e"}
    name = "week-1\x1b[31m.ipynb"
    for finding in examine(dumped(mine), release, name).findings:
        assert finding.text.isprintable()
    (tmp_path / name).write_bytes(dumped(mine))
    assert cli.main(["doctor", str(tmp_path / name)]) == 0
    assert cli.main(["doctor", str(tmp_path / "week-2\x1b[31m.ipynb")]) == 1
    heard = capsys.readouterr()
    assert not set("\x1b\x07\u202e") & set(heard.out + heard.err)


# --- properties -------------------------------------------------------------------------------

quick = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
KEYS = (
    *("cells", "cell_type", "source", "input", "id", "metadata", "nbgrader", "grade_id"),
    *("outputs", "worksheets", "nbformat", "attachments", "code"),
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                [
                    "cells",
                    "cell_type",
                    "source",
                    "input",
                    "id",
                    "metadata",
                    "nbgrader",
                    "grade_id",
                    "outputs",
                    "worksheets",
                    "nbformat",
                    "attachments",
                    "code",
                ]
            ),
            inner,
            max_size=5,
        )
    ),
    max_leaves=30,
)


@quick
@given(content=st.binary(max_size=300))
@example(b'{"cells":')
@example(b'{"cell_type":')
@example(b"\xff\xfe\x00")
def test_no_bytes_raise_an_error(release, content):
    is_mended(content, release, check=has_every_cell)


@quick
@given(value=json_values)
@example({"cells": [{"cell_type": "code", "source": ["a", {"b": 1}]}]})
def test_no_json_raises_an_error(release, value):
    is_mended(json.dumps(value).encode(), release, check=has_every_cell)


@quick
@given(data=st.data())
def test_no_broken_notebook_raises_an_error(release, data):
    content = sheets.as_file(filled(release))
    for _ in range(data.draw(st.integers(1, 4))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 300))
        content = content[:start] + data.draw(st.binary(max_size=20)) + content[start + length :]
    is_mended(content, release, check=has_every_cell)


EDITS = ("delete", "copy", "split", "merge", "retype", "write", "move", "strip", "rename", "add")


def edit(cells: list[dict], number: int, draw) -> None:
    """Do one thing to the cells that a person or a tool may do."""
    index = draw(st.integers(0, len(cells) - 1))
    cell, what = cells[index], draw(st.sampled_from(EDITS))
    text, other = damaged.source(cell), draw(st.integers(0, len(cells) - 1))
    if what == "delete" and len(cells) > 1:
        cells.pop(index)
    elif what == "copy":
        cells.insert(other, copy.deepcopy(cell) | {"id": f"copy-{number}"})
    elif what == "split":
        place = draw(st.integers(0, len(text)))
        cells.insert(index + 1, copy.deepcopy(cell) | {"id": f"half-{number}"})
        cell["source"], cells[index + 1]["source"] = text[:place], text[place:]
    elif what == "merge" and index + 1 < len(cells):
        cell["source"] = f"{text}\n\n{damaged.source(cells.pop(index + 1))}"
    elif what == "retype":
        cell["cell_type"] = draw(st.sampled_from(["code", "markdown", "raw", "heading", "?"]))
    elif what == "write":
        words = f"word_{number} = '§{number}§'"
        form = draw(st.sampled_from(["{0}\n{1}", "{1}\n{0}", "{1}", "{0} {1}"]))
        cell["source"] = form.format(text, words)
    elif what == "move":
        cells.insert(other, cells.pop(index))
    elif what == "strip":
        cell["metadata"] = {}
        if draw(st.booleans()):
            cell.pop("id", None)
    elif what == "rename":
        cell["metadata"], cells[other]["metadata"] = cells[other]["metadata"], cell["metadata"]
    else:
        make = draw(st.sampled_from([damaged.code, damaged.text]))
        cells.insert(index, make(f"own_{number} = '§{number}§'", f"own-{number}"))


@settings(quick, max_examples=300)
@given(data=st.data())
def test_no_text_of_a_learner_is_lost(releases, data):
    release = releases[data.draw(st.sampled_from(["week-1", "week-4"]))]
    mine = copy.deepcopy(release)
    for number in range(data.draw(st.integers(1, 10))):
        edit(mine["cells"], number, data.draw)
    _, whole = is_mended(dumped(mine), release, check=has_every_cell)
    marks = re.findall(r"§\d+§", texts(mine))
    assert set(marks) <= set(re.findall(r"§\d+§", texts(whole)))


# --- the learner's side -----------------------------------------------------------------------


def test_the_doctor_says_that_all_is_well_and_writes_nothing(home, capsys):
    lab.doctor()
    said = capsys.readouterr().out
    assert "week-1.ipynb" in said and "sound" in said and "answer" not in said
    assert os.listdir(home) == ["week-1.ipynb"]


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="This system keeps one time zone.")
@pytest.mark.parametrize(
    ("zone", "moment"), [("UTC", "11:31 UTC on 29 July"), ("XYZ+3", "08:31 on 29 July")]
)
def test_on_a_server_the_clock_is_named(home, capsys, monkeypatch, zone, moment):
    os.utime(home / "week-1.ipynb", (1816860660, 1816860660))
    with monkeypatch.context() as away:
        away.setenv("TZ", zone)
        time.tzset()
        lab.doctor()
        lab.pack()
    time.tzset()
    said = capsys.readouterr().out
    assert f"as it was saved at {moment}." in said
    assert f"with your notebook as it was saved at {moment}. There" in said


def test_the_doctor_mends_a_copy_and_never_the_notebook_itself(home, capsys, release):
    mine = filled(release)
    del mine["cells"][damaged.at(mine, "test-1-2")]
    mine["cells"][0]["source"] = "My own words"
    before = dumped(mine)
    (home / "week-1.ipynb").write_bytes(before)
    lab.doctor()
    lab.doctor()
    said = capsys.readouterr().out
    assert "The check of “Question 1.2: ten years” is missing." in said
    assert "week-1-mended.ipynb" in said and "Nothing is lost" in said
    assert (home / "week-1.ipynb").read_bytes() == before
    copies = sorted(path.name for path in home.glob("*-mended*"))
    assert copies == ["week-1-mended.ipynb"], "an untouched copy is written again, not beside"
    mended = json.loads((home / "week-1-mended.ipynb").read_bytes())
    assert "My own words" in texts(mended) and TEXT in texts(mended)
    assert examine(dumped(mended), release).sound
    mended["cells"][3]["source"] = "somebody works here"
    (home / "week-1-mended.ipynb").write_bytes(dumped(mended))
    lab.doctor()
    assert "week-1-mended-2.ipynb" in capsys.readouterr().out
    assert "somebody works here" in (home / "week-1-mended.ipynb").read_text()


def test_the_doctor_replaces_only_when_asked_and_keeps_the_old_one(home, capsys, release):
    before = sheets.as_file(filled(release))[:-300]
    (home / "week-1.ipynb").write_bytes(before)
    lab.doctor(replace=True)
    assert "Reload Notebook from Disk" in capsys.readouterr().out
    assert (home / "week-1-before-mending.ipynb").read_bytes() == before
    assert examine((home / "week-1.ipynb").read_bytes(), release).sound
    lab.doctor()
    assert "sound" in capsys.readouterr().out


def test_the_doctor_finds_the_notebook_that_is_meant(home, capsys, monkeypatch):
    (home / "scratch.ipynb").write_text("{}")
    lab.doctor()
    assert "week-1.ipynb" in capsys.readouterr().out
    (home / "week-1.ipynb").rename(home / "week-1-Copy1.ipynb")
    lab.doctor()
    assert "several notebooks" in capsys.readouterr().out
    monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/week-1/week-1-Copy1.ipynb")
    lab.doctor()
    assert "Rename the file to week-1.ipynb." in capsys.readouterr().out
    with pytest.raises(LabError, match=r"no file week-1-Copy2.*Did you mean week-1-Copy1"):
        lab.doctor("week-1-Copy2.ipynb")
    for path in home.iterdir():
        path.unlink()
    lab.doctor()
    assert "no notebook in this folder" in capsys.readouterr().out


def test_a_picture_is_not_mended(home, capsys):
    (home / "week-1.ipynb").write_bytes(b"\x89PNG\r\n\x1a\n")
    lab.doctor()
    assert "a picture (PNG)" in capsys.readouterr().out
    assert os.listdir(home) == ["week-1.ipynb"]


def test_the_doctor_names_what_has_no_answer_yet(home, capsys, release):
    (home / "week-1.ipynb").write_bytes(dumped(release))
    lab.doctor()
    said = capsys.readouterr().out
    assert "- Question 1.1: one year\n" in said
    assert "- Question 1.8: impact and popularity\n" in said


def test_the_doctor_and_the_package_name_what_python_cannot_read(home, capsys, release):
    mine = filled(release)
    damaged.cell(mine, "answer-place")["source"] = 'country = "TZA'
    (home / "week-1.ipynb").write_bytes(dumped(mine))
    for say in (lab.doctor, lab.pack):
        say()
        told = capsys.readouterr().out
        assert "Python cannot read these cells" in told
        assert "- Your place, line 1: unterminated string literal\n" in f"{told}\n"
    assert "Python cannot read: Your place, line 1" in visit("week-1.ipynb")[1]


def test_a_week_without_a_sheet_to_compare_with_is_said(home, monkeypatch, tmp_path):
    monkeypatch.setattr(sheets, "EDITION", tmp_path / "none")
    monkeypatch.setattr(sheets, "CHECKOUT", tmp_path / "none")
    with pytest.raises(LabError, match=r"The sheet of week-1 is not here"):
        doctor("week-1.ipynb")


def test_a_package_has_the_notebook_the_plan_and_a_list(home, capsys, release):
    (home / "plan.json").write_text('{"format": 1}')
    lab.pack()
    said = capsys.readouterr().out
    assert "week-1.zip" in said and "Nothing was sent" in said
    package = pack.read((home / "week-1.zip").read_bytes())
    assert package.week == "week-1" and package.findings == []
    assert package.notebook == (home / "week-1.ipynb").read_bytes()
    assert package.plan == b'{"format": 1}'
    assert package.made.tzinfo is not None
    assert package.edition == pack.edition("week-1") != pack.edition("week-2")
    with zipfile.ZipFile(home / "week-1.zip") as archive:
        assert sorted(archive.namelist()) == ["manifest.json", "plan.json", "week-1.ipynb"]


def test_the_plan_at_the_root_of_the_course_is_packed_too(home):
    for name in ("weeks", "exercises"):
        (home.parent / name).mkdir()
    (home.parent / "plan.json").write_text("{}")
    path, _ = pack.make()
    assert pack.read(path.read_bytes()).plan == b"{}"


def test_what_costs_points_is_not_packed_unless_it_is_wanted(home, release):
    mine = filled(release)
    del mine["cells"][damaged.at(mine, "test-1-2")]
    (home / "week-1.ipynb").write_bytes(dumped(mine))
    with pytest.raises(LabError, match=r"(?s)cost you points.*Question 1.2.*anyway=True"):
        lab.pack()
    assert not (home / "week-1.zip").exists()
    assert "Question 1.2" in lab.pack_button().press()
    lab.pack(anyway=True)
    package = pack.read((home / "week-1.zip").read_bytes())
    assert package.notebook == dumped(mine) and len(package.findings) == 1


def test_a_wrong_name_does_not_keep_from_packing(home):
    (home / "week-1.ipynb").rename(home / "week-1 (2).ipynb")
    path, said = pack.make()
    assert "must be called" in said
    assert pack.read(path.read_bytes()).week == "week-1"


def test_a_very_large_notebook_is_packed_without_what_it_shows(home, release, monkeypatch):
    monkeypatch.setattr(pack, "LARGEST_NOTEBOOK", 1_000_000)
    mine = filled(release)
    stream = {"output_type": "stream", "name": "stdout", "text": "x" * 11_000_000}
    damaged.cell(mine, "setup")["outputs"] = [stream]
    (home / "week-1.ipynb").write_bytes(dumped(mine))
    package = pack.read(pack.make()[0].read_bytes())
    assert len(package.notebook) < 100_000 and TEXT in texts(json.loads(package.notebook))


def test_what_is_too_large_to_be_collected_is_not_packed(home, release, monkeypatch):
    from organizer_lab.grading import incoming

    assert incoming.LARGEST_NOTEBOOK == pack.LARGEST_NOTEBOOK
    monkeypatch.setattr(pack, "LARGEST_NOTEBOOK", 1_000_000)
    mine = filled(release)
    mine["cells"].append(damaged.text("x" * 1_000_000))
    (home / "week-1.ipynb").write_bytes(dumped(mine))
    with pytest.raises(LabError, match="more than 1 MB, also without what its cells show"):
        pack.make()
    assert not (home / "week-1.zip").exists()


def zipped(members: dict[str, bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


@pytest.fixture
def members(home) -> dict[str, bytes]:
    (home / "plan.json").write_text("{}")
    with zipfile.ZipFile(pack.make()[0]) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def changed(members: dict[str, bytes], **fields) -> bytes:
    manifest = json.loads(members["manifest.json"]) | fields
    return zipped(members | {"manifest.json": json.dumps(manifest).encode()})


@pytest.mark.parametrize(
    ("make", "says"),
    [
        (lambda m: b"", "not a zip"),
        (lambda m: b"PK\x03\x04 no zip at all", "not a zip"),
        (lambda m: zipped(m)[:-40], "not a zip"),
        (lambda m: zipped({}), "list is missing"),
        (lambda m: zipped(m | {"evil.py": b""}), "other files"),
        (lambda m: zipped({"../week-1.ipynb": b"{}"}), "other files"),
        (lambda m: zipped(m | {"week-1.ipynb": b"{}"}), "was changed"),
        (lambda m: zipped({k: v for k, v in m.items() if k != "plan.json"}), "not those"),
        (
            lambda m: zipped(m | {"plan.json": b"0" * (pack.LARGEST_PLAN + 1)}),
            "plan.json .* is too",
        ),
        (lambda m: zipped(m | {"week-1.ipynb": b"0" * (pack.LARGEST_NOTEBOOK + 1)}), "too large"),
        (lambda m: changed(m, kind="other"), "not a package"),
        (lambda m: changed(m, format=2), "another edition"),
        (lambda m: changed(m, week="../../etc"), "not a package"),
        (lambda m: changed(m, week=1), "not a package"),
        (lambda m: changed(m, week="week-2"), "not those"),
        (lambda m: changed(m, made="yesterday"), "not a package"),
        (lambda m: changed(m, files=[]), "not a package"),
        (lambda m: changed(m, findings=[{}]), "not a package"),
        (lambda m: zipped(m | {"manifest.json": b"[" * 100_000}), "not a package"),
    ],
)
def test_a_package_that_was_tampered_with_is_refused(members, make, says):
    with pytest.raises(LabError, match=says):
        pack.read(make(members))


@settings(quick, max_examples=60)
@given(data=st.data())
def test_no_bytes_make_the_reader_of_packages_fail(members, data):
    content = bytearray(zipped(members))
    for _ in range(data.draw(st.integers(1, 6))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        package = pack.read(bytes(content))
    except LabError:
        return
    assert package.notebook == members["week-1.ipynb"]


def test_the_button_has_two_faces(home, monkeypatch):
    button = lab.pack_button()
    pytest.importorskip("ipywidgets")
    assert "application/vnd.jupyter.widget-view+json" in button._repr_mimebundle_()
    control, answer = button.widget().children
    control.click()
    assert "Packed: week-1.zip" in answer.value
    monkeypatch.setenv("ORGANIZER_LAB_STATIC", "1")
    assert set(button._repr_mimebundle_()) == {"text/html", "text/plain"}
    (home / "week-1.ipynb").rename(home / "week-1 <b>.ipynb")
    control.click()
    assert "<b>" not in answer.value and "&lt;b&gt;" in answer.value


def test_away_from_the_own_computer_the_package_can_be_saved_at_once(home, monkeypatch, capsys):
    pytest.importorskip("ipywidgets")
    control, answer = lab.pack_button().widget().children
    control.click()
    assert "<a" not in answer.value
    monkeypatch.setattr(start, "place", lambda: start.PLACES["browser"])
    control.click()
    name, content = re.search(
        r'<a [^>]*download="([^"]+)" href="data:application/zip;base64,([^"]+)">', answer.value
    ).groups()
    assert (home / name).read_bytes() == base64.b64decode(content)
    lab.pack()
    assert "Packed: week-1.zip" in capsys.readouterr().out
    monkeypatch.setattr(pack, "_LARGEST_LINK", 10)
    control.click()
    assert "<a" not in answer.value and "Packed" in answer.value


def test_every_written_question_says_how_a_cell_of_text_is_opened(releases):
    """In JupyterLab, letters typed after one click are commands that add and cut cells."""
    for sheet in releases.values():
        cells = [damaged.source(cell) for cell in sheet["cells"]]
        texts = [place for place, text in enumerate(cells) if text.startswith("*Replace this")]
        assert texts and all("Double-click the cell below" in cells[at - 1] for at in texts)


def test_every_exercise_ends_with_the_doctor_and_the_button(releases):
    ends = set()
    for week, sheet in releases.items():
        end, look, button = sheet["cells"][-3:]
        text = damaged.source(end)
        assert damaged.source(look) == "import organizer_lab as lab\nlab.doctor()"
        assert damaged.source(button) == "lab.pack_button()"
        assert text.startswith("## Hand in") and f"`{week}.zip`" in text
        ends.add(text.split("\n\n")[1].replace(f"{week}.zip", ""))
    assert len(ends) == 1, "one wording for all"


def test_the_edition_has_the_originals_and_what_is_needed(releases):
    assert "handin" in learners.PACKAGE
    for module in Path(sheets.__file__).parent.glob("*.py"):
        names = set(re.findall(r"^ *(?:from|import) (\w+)", module.read_text(), re.M))
        # ipywidgets brings IPython along.
        there = {"organizer_lab", "ipywidgets", "IPython"}
        assert names <= set(sys.stdlib_module_names) | there, module
        inner = set(re.findall(r"^ *from (organizer_lab[.\w]*)", module.read_text(), re.M))
        allowed = {"organizer_lab", "organizer_lab.errors", "organizer_lab.files"}
        assert all(n in allowed or "handin" in n for n in inner), module


# --- the facilitator's side -------------------------------------------------------------------


def test_the_command_looks_at_files_and_at_a_week(home, capsys, release, tmp_path):
    mine = filled(release)
    del mine["cells"][0]
    for name, content in (("ada", dumped(filled(release))), ("bo", dumped(mine)), ("cy", b"")):
        folder = tmp_path / "submitted" / name / "week-1"
        folder.mkdir(parents=True)
        (folder / "week-1.ipynb").write_bytes(content)
    submitted = str(tmp_path / "submitted")
    assert cli.main(["doctor", "week-1", "--submitted", submitted]) == 0
    said = capsys.readouterr().out
    assert re.search(r"ada.*: sound", said) and re.search(r"bo.*: damaged", said)
    assert "is empty" in said and not list((tmp_path / "submitted").rglob("*mended*"))
    assert (
        cli.main(["doctor", "week-1.ipynb", f"{submitted}/bo/week-1/week-1.ipynb", "--mend"]) == 0
    )
    assert "Mended copy" in capsys.readouterr().out
    assert len(list(tmp_path.rglob("*mended*"))) == 1
    assert cli.main(["doctor", "week-2", "--submitted", submitted]) == 1
    assert "Nobody has handed in week-2" in capsys.readouterr().err


def test_a_file_that_cannot_be_treated_stops_none_after_it(home, capsys, tmp_path, monkeypatch):
    from organizer_lab.handin import sheets

    (tmp_path / "other").mkdir()
    damaged_one = tmp_path / "other" / "week-1.ipynb"
    damaged_one.write_bytes(b"{")
    words = ["doctor", "nowhere.ipynb", "x" * 300, str(damaged_one), "week-1.ipynb", "--mend"]

    def read_only(place, content):
        raise LabError(f"{place.name} cannot be written (Permission denied).")

    monkeypatch.setattr(sheets, "write", read_only)
    assert cli.main(words) == 1
    heard = capsys.readouterr()
    assert "There is no file nowhere.ipynb" in heard.out
    assert "No mended copy: week-1-mended.ipynb cannot be written" in heard.out
    assert heard.out.rstrip().splitlines()[-1].startswith(("week-1.ipynb: sound", "- Without"))
    assert "3 of 4 could not be looked at or mended" in heard.err


def test_the_command_packs(home, capsys):
    assert cli.main(["pack"]) == 0
    assert "week-1.zip" in capsys.readouterr().out
    assert cli.main(["pack", "nothing.ipynb"]) == 1


@pytest.fixture(scope="module")
def template(releases, repository):
    """The sheet with its hidden tests, as grading has it, by grade_id."""
    from test_sandbox import sheet

    return {
        cell.metadata.nbgrader.grade_id: cell.source
        for cell in sheet("week-1").cells
        if cell.metadata.get("nbgrader")
    }


@pytest.fixture(scope="module")
def sandbox():
    from organizer_lab.grading import sandbox as sandboxes

    if not all(sandboxes.layers().values()):
        missing("The sandbox needs bubblewrap, libseccomp and Linux.")
    with sandboxes.Sandbox(sandboxes.Limits(cell_s=8, all_s=60, grace_s=2)) as warm:
        yield warm


@pytest.mark.slow
@pytest.mark.parametrize("case", [case for case in CASES if case.run], ids=lambda case: case.name)
def test_a_mended_sheet_gets_the_points_of_its_answers(release, template, sandbox, case):
    from test_sandbox import points

    from organizer_lab.grading.execute import execute
    from organizer_lab.grading.repair import for_grading

    mine = filled(release)
    case.damage(mine)
    notebook = for_grading(examine(dumped(mine), release))
    for cell in notebook.cells:
        grading = cell.metadata.get("nbgrader", {})
        if grading.get("locked"):
            cell.source = template[grading["grade_id"]]
    graded, report = execute(notebook, {}, sandbox)
    assert report["end"] == "done"
    assert points(graded) == case.points


def test_the_note_lists_what_was_mended_and_nothing_becomes_html(release):
    from organizer_lab.grading.repair import for_grading

    mine = filled(release)
    del mine["cells"][0]
    found = examine(dumped(mine), release, "<script>*x*.ipynb")
    notebook = for_grading(found)
    assert notebook.cells[0].source.startswith("## About this notebook")
    assert "is missing" in notebook.cells[0].source and "<script>" not in notebook.cells[0].source
    assert [each["kind"] for each in notebook.metadata.organizer_lab.doctor] == ["name", "missing"]
    again = examine(dumped(notebook), release, "week-1.ipynb")
    assert again.sound and for_grading(again).cells[0].source == notebook.cells[0].source
    sound = for_grading(examine(dumped(filled(release)), release))
    assert "organizer_lab" not in sound.metadata and len(sound.cells) == len(mine["cells"]) + 1


@pytest.mark.slow
def test_nbgraders_own_autograde_goes_on_with_damaged_sheets(tmp_path, repository, sandbox):
    """Stock nbgrader, in process: none of these may stop the batch or lose the points."""
    from nbgrader.apps import NbGraderAPI
    from nbgrader.coursedir import CourseDirectory
    from traitlets.config import Config, PyFileConfigLoader

    from organizer_lab.grading.release import release as make

    course = tmp_path / "exercises"
    for name in ("source/week-1", "rubrics"):
        shutil.copytree(repository / "exercises" / name, course / name)
    shutil.copy(repository / "exercises" / "nbgrader_config.py", course)
    sheet = json.loads(make("week-1", folder=course).read_bytes())
    chosen = {
        "copied": "copied check",
        "stripped": "all metadata lost",
        "foreign": "a cell of another exercise",
        "sql": "cell of a kind that does not exist",
    }
    handed_in = {}
    for learner, name in chosen.items():
        mine = filled(sheet)
        next(case for case in CASES if case.name == name).damage(mine)
        handed_in[learner] = dumped(mine)
    whole = sheets.as_file(filled(sheet))
    for learner, name in (("bom", "byte-order mark"), ("cut", "cut off at the end")):
        handed_in[learner] = next(file for file in FILES if file.name == name).make(whole)
    handed_in["picture"] = b"\x89PNG\r\n\x1a\n"
    for learner, content in handed_in.items():
        folder = course / "submitted" / learner / "week-1"
        folder.mkdir(parents=True)
        (folder / "week-1.ipynb").write_bytes(content)
    config = PyFileConfigLoader("nbgrader_config.py", path=str(course)).load_config()
    config.merge(Config({"CourseDirectory": {"root": str(course)}}))
    api = NbGraderAPI(CourseDirectory(config=config), config=config)
    with api.gradebook as gradebook:
        for learner in handed_in:
            done = api.autograde("week-1", learner)
            assert done["success"], (learner, done.get("error"), done.get("log"))
            notebook = gradebook.find_submission_notebook("week-1", "week-1", learner)
            scores = {g.name: g.auto_score for g in notebook.grades if "judgement" not in g.name}
            wanted = 0.0 if learner == "picture" else 2.0
            assert set(scores.values()) == {wanted}, (learner, scores)
            graded = course / "autograded" / learner / "week-1" / "week-1.ipynb"
            first = json.loads(graded.read_bytes())["cells"][0]
            assert "About this notebook" in damaged.source(first), learner
