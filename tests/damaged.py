"""Notebooks damaged in every way that we have seen or can think of, and what each must lead to.

Each case takes the filled sheet of a learner of week 1 (`cohort.COHORT[0]`), damages it, and says
which findings it has to give, which texts must be in the mended notebook, and which points the
learner must get.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cohort import ALL, COHORT

Notebook = dict[str, Any]
RIGHT = COHORT[0]
TEXT = RIGHT.answers["text-1-8"]
ANSWER = RIGHT.answers["answer-1-2"]
OTHER_WEEK = "week-3"


def at(notebook: Notebook, name: str) -> int:
    """The place of a cell, by its id."""
    return next(i for i, cell in enumerate(notebook["cells"]) if cell.get("id") == name)


def cell(notebook: Notebook, name: str) -> dict[str, Any]:
    return notebook["cells"][at(notebook, name)]


def source(item: dict[str, Any]) -> str:
    return item["source"] if isinstance(item["source"], str) else "".join(item["source"])


def filled(release: Notebook, learner=RIGHT) -> Notebook:
    """The sheet as a learner hands it in."""
    notebook = copy.deepcopy(release)
    for item in notebook["cells"]:
        item["source"] = learner.answers.get(item["id"], source(item))
    return notebook


def code(text: str, name: str = "mine") -> dict[str, Any]:
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": name,
        "metadata": {},
        "outputs": [],
        "source": text,
    }


def text(words: str, name: str = "mine") -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": words}


@dataclass(frozen=True)
class Case:
    """A damage to the cells, and what it must lead to."""

    name: str
    damage: Callable[[Notebook], Any]
    kinds: set[str]
    holds: tuple[str, ...] = (TEXT, ANSWER)
    points: dict[str, float] = field(default_factory=lambda: dict(ALL))
    run: bool = False


def removed(*names: str) -> Callable[[Notebook], None]:
    def damage(notebook: Notebook) -> None:
        for name in names:
            del notebook["cells"][at(notebook, name)]

    return damage


def copied(name: str, to: int | str, words: str | None = None) -> Callable[[Notebook], None]:
    """Copy and paste a cell, with its metadata, as Jupyter does."""

    def damage(notebook: Notebook) -> None:
        twin = copy.deepcopy(cell(notebook, name)) | {"id": "twin"}
        if words is not None:
            twin["source"] = words
        place = at(notebook, to) if isinstance(to, str) else to
        notebook["cells"].insert(place, twin)

    return damage


def split(name: str, where: str) -> Callable[[Notebook], None]:
    """Split a cell: both halves keep the metadata, the second gets a new id."""

    def damage(notebook: Notebook) -> None:
        first = cell(notebook, name)
        head, found, tail = source(first).partition(where)
        assert found
        second = copy.deepcopy(first) | {"id": "half", "source": where + tail}
        first["source"] = head
        notebook["cells"].insert(at(notebook, name) + 1, second)

    return damage


def merged(*names: str) -> Callable[[Notebook], None]:
    """Merge cells into the first one, as Jupyter does."""

    def damage(notebook: Notebook) -> None:
        first, *others = (cell(notebook, name) for name in names)
        first["source"] = "\n\n".join(source(item) for item in [first, *others])
        for item in others:
            notebook["cells"].remove(item)

    return damage


def retyped(name: str, kind: str) -> Callable[[Notebook], None]:
    def damage(notebook: Notebook) -> None:
        item = cell(notebook, name)
        item["cell_type"] = kind
        for key in ("outputs", "execution_count"):
            item.pop(key, None)

    return damage


def moved(name: str, to: int | str) -> Callable[[Notebook], None]:
    def damage(notebook: Notebook) -> None:
        item = notebook["cells"].pop(at(notebook, name))
        notebook["cells"].insert(at(notebook, to) if isinstance(to, str) else to, item)

    return damage


def written(name: str, words: str) -> Callable[[Notebook], None]:
    """Put words in the place of a cell's; "{}" stands for what was there."""

    def damage(notebook: Notebook) -> None:
        item = cell(notebook, name)
        item["source"] = words.replace("{}", source(item))

    return damage


def grade_ids(**names: str) -> Callable[[Notebook], None]:
    """Give cells the grade_id of other cells, or another name."""

    def damage(notebook: Notebook) -> None:
        new = {}
        for name, other in names.items():
            place = name.replace("_", "-")
            there = [item for item in notebook["cells"] if item["id"] == other]
            new[place] = (
                copy.deepcopy(there[0]["metadata"])
                if there
                else {
                    "nbgrader": cell(notebook, place)["metadata"]["nbgrader"] | {"grade_id": other}
                }
            )
        for place, metadata in new.items():
            cell(notebook, place)["metadata"] = metadata

    return damage


def stripped(*keys: str) -> Callable[[Notebook], None]:
    """Take away what a tool takes away from all cells: "id", "metadata"."""

    def damage(notebook: Notebook) -> None:
        for item in notebook["cells"]:
            if "id" in keys:
                item.pop("id", None)
            if "metadata" in keys:
                item["metadata"] = {}

    return damage


def both(*damages: Callable[[Notebook], Any]) -> Callable[[Notebook], None]:
    def damage(notebook: Notebook) -> None:
        for each in damages:
            each(notebook)

    return damage


def points_of(name: str, value: float) -> dict[str, float]:
    return ALL | {name: value}


def _metadata(notebook: Notebook) -> None:
    grading = cell(notebook, "test-1-2")["metadata"]["nbgrader"]
    grading.update(points=2000, locked=False, solution=True)


def _extra(notebook: Notebook) -> None:
    for number in range(200):
        notebook["cells"].insert(5 + number, code(f"note_{number} = {number}", f"extra-{number}"))


def _kernel(notebook: Notebook) -> None:
    notebook["metadata"] = {
        "kernelspec": {"display_name": "R", "language": "R", "name": "ir"},
        "language_info": {"name": "R"},
    }


def _unknown(notebook: Notebook) -> None:
    foreign = code("foreign = 1")
    foreign["metadata"] = {"nbgrader": {"grade_id": "data-7-7", "grade": True, "points": 2}}
    notebook["cells"].append(foreign)


CASES = (
    Case("deleted check", removed("test-1-4"), {"missing"}, run=True),
    Case("deleted checks and texts", removed("test-1-1", "test-1-2", "q1", "title"), {"missing"}),
    Case(
        "deleted answer",
        removed("answer-1-2"),
        {"missing"},
        (TEXT, "mean_2015_2024 = ..."),
        points_of("data-1-2", 0),
    ),
    Case(
        "answer in a cell of one's own instead of the deleted one",
        both(
            removed("answer-1-2"), lambda nb: nb["cells"].insert(at(nb, "test-1-2"), code(ANSWER))
        ),
        {"metadata"},
        run=True,
    ),
    Case(
        "deleted answer that was given in another cell",
        both(removed("answer-1-2"), written("answer-1-1", "{}\n" + ANSWER)),
        {"missing"},
        run=True,
    ),
    Case("deleted cell for the text", removed("text-1-8"), {"missing"}, (ANSWER,)),
    Case(
        "text in a cell of one's own instead of the deleted one",
        both(removed("text-1-8"), lambda nb: nb["cells"].insert(at(nb, "end"), text(TEXT))),
        set(),
    ),
    Case("copied check", copied("test-1-2", "q3"), {"doubled"}, run=True),
    Case("copied check, far away", copied("test-1-2", 0), {"doubled"}),
    Case("copied answer", copied("answer-1-2", "q4"), {"doubled"}),
    Case(
        "answer in the copy, the first one untouched",
        both(copied("answer-1-2", "test-1-2"), written("answer-1-2", "mean_2015_2024 = ...\n")),
        {"doubled"},
        run=True,
    ),
    Case(
        "untouched copy below the answer",
        copied("answer-1-2", "test-1-2", "mean_2015_2024 = ...\n"),
        {"doubled"},
        run=True,
    ),
    Case(
        "two attempts, the second is right",
        both(copied("answer-1-2", "test-1-2"), written("answer-1-2", "mean_2015_2024 = 99  # no")),
        {"doubled"},
        (TEXT, ANSWER, "mean_2015_2024 = 99  # no"),
    ),
    Case("split answer", split("answer-1-1", "anomaly_2024"), {"split"}, run=True),
    Case("split check", split("test-1-2", "check.answer"), {"split"}),
    Case("split text of a question", split("q2", "What is the mean"), {"split"}),
    Case("split judged text", split("text-1-8", "Few read"), set(), ("Few read about",)),
    Case("answer and check merged", merged("answer-1-2", "test-1-2"), {"merged"}, run=True),
    Case("question, answer and check merged", merged("q2", "answer-1-2", "test-1-2"), {"merged"}),
    Case(
        "answer, check and the next question merged",
        merged("answer-1-2", "test-1-2", "q3"),
        {"merged"},
        run=True,
    ),
    Case("task and text merged", merged("task-1-8", "text-1-8"), {"edited"}),
    Case("all cells merged", lambda nb: merged(*(c["id"] for c in nb["cells"]))(nb), {"merged"}),
    Case("answer made text", retyped("answer-1-2", "markdown"), {"retyped"}, run=True),
    Case("answer made raw", retyped("answer-1-2", "raw"), {"retyped"}),
    Case("check made text", retyped("test-1-2", "markdown"), {"retyped"}),
    Case("judged text made code", retyped("text-1-8", "code"), {"retyped"}),
    Case("judged text made raw", retyped("text-1-8", "raw"), {"retyped"}),
    Case("cell of a kind that does not exist", retyped("answer-1-2", "sql"), {"cell", "retyped"}),
    Case("no kind at all", lambda nb: cell(nb, "answer-1-2").pop("cell_type"), {"cell"}),
    Case(
        "code added to the ready-made cell",
        written("setup", "{}\nimport math"),
        {"edited"},
        (TEXT, ANSWER, "import math"),
    ),
    Case(
        "ready-made code changed",
        written("setup", "from organizer_lab import check, data\nimport os"),
        {"edited"},
        (TEXT, ANSWER, "import os"),
    ),
    Case(
        "answer in the cell of the check",
        both(written("answer-1-2", ""), written("test-1-2", ANSWER + "\n{}")),
        {"edited"},
        run=True,
    ),
    Case(
        "check changed and the answer in it",
        both(
            written("answer-1-2", ""),
            written("test-1-2", f'{ANSWER}\ncheck.answer("1.2", globals())'),
        ),
        {"edited"},
    ),
    Case(
        "text of a question changed",
        written("q2", "{} I asked my friend."),
        {"edited"},
        (TEXT, ANSWER, "I asked my friend."),
    ),
    Case(
        "judged text in the cell of the task",
        both(
            written("task-1-8", "{}\n\n" + TEXT),
            written("text-1-8", "*Replace this line by your text.*"),
        ),
        {"edited"},
    ),
    Case("ready-made cell emptied", written("setup", ""), {"emptied"}, run=True),
    Case("check emptied", written("test-1-2", "  \n"), {"emptied"}),
    Case("answer emptied", written("answer-1-2", ""), set(), (TEXT,), points_of("data-1-2", 0)),
    Case("check before its answer", moved("test-1-2", "answer-1-2"), {"moved"}, run=True),
    Case("answer at the top", moved("answer-1-2", 0), {"moved"}, run=True),
    Case("answer at the end", moved("answer-1-2", 99), {"moved"}),
    Case("all cells in the other direction", lambda nb: nb["cells"].reverse(), {"moved"}, run=True),
    Case("all metadata lost", stripped("metadata"), {"metadata"}, run=True),
    Case("ids lost", stripped("id"), set()),
    Case("metadata and ids lost", stripped("id", "metadata"), {"metadata"}, run=True),
    Case("points changed", _metadata, {"metadata"}),
    Case("metadata of one cell lost", grade_ids(answer_1_2="gone-9"), {"metadata"}),
    Case(
        "grade_ids of two answers swapped",
        grade_ids(answer_1_2="answer-1-3", answer_1_3="answer-1-2"),
        {"metadata"},
        run=True,
    ),
    Case(
        "grade_ids swapped, ids lost",
        both(grade_ids(answer_1_2="answer-1-3", answer_1_3="answer-1-2"), stripped("id")),
        {"metadata"},
    ),
    Case("two cells with one grade_id", grade_ids(answer_1_2="answer-1-3"), {"metadata"}, run=True),
    Case("a cell of another exercise", _unknown, {"unknown"}, (TEXT, ANSWER, "foreign = 1")),
    Case("200 cells of one's own", _extra, set(), (TEXT, ANSWER, "note_199 = 199")),
    Case("another language", _kernel, {"kernel"}),
    Case("source is a number", lambda nb: cell(nb, "q2").update(source=7), {"cell", "edited"}),
    Case("source is null", lambda nb: cell(nb, "q2").update(source=None), {"cell", "emptied"}),
    Case(
        "source is a mixed list",
        lambda nb: cell(nb, "answer-1-2").update(source=[ANSWER, "\n# ", 5, None]),
        {"cell"},
    ),
    Case("source is missing", lambda nb: cell(nb, "q2").pop("source"), {"cell", "emptied"}),
    Case("metadata is a list", lambda nb: cell(nb, "answer-1-2").update(metadata=[]), {"cell"}),
    Case(
        "grade_id is a number",
        lambda nb: cell(nb, "answer-1-2")["metadata"]["nbgrader"].update(grade_id=12),
        {"metadata"},
    ),
    Case(
        "a cell is text", lambda nb: nb["cells"].append("lonely words"), {"cell"}, ("lonely words",)
    ),
    Case("a cell is null", lambda nb: nb["cells"].append(None), {"cell"}),
    Case("cells are named", lambda nb: nb.update(cells=dict(enumerate(nb["cells"]))), {"format"}),
    Case("outputs are text", lambda nb: cell(nb, "setup").update(outputs="x"), {"outputs"}),
    Case("zero bytes", written("answer-1-2", "{}\x00"), {"signs"}, run=True),
    Case("half of a sign", written("answer-1-2", "{}  # \ud800"), {"signs"}, run=True),
    Case("one id for all", lambda nb: [c.update(id="same") for c in nb["cells"]], set()),
)


def dumped(notebook: Notebook) -> bytes:
    """As a file, whatever is in the notebook."""
    return json.dumps(notebook, indent=1).encode()


@dataclass(frozen=True)
class File:
    """A damage to the bytes of the file, and what it must lead to."""

    name: str
    make: Callable[[bytes], bytes]
    kinds: set[str]
    holds: tuple[str, ...] = (TEXT, ANSWER)
    exact: bool = True


def _as(change: Callable[[Notebook], Any]) -> Callable[[bytes], bytes]:
    def make(content: bytes) -> bytes:
        notebook = json.loads(content)
        return dumped(change(notebook) or notebook)

    return make


def _format_3(notebook: Notebook) -> Notebook:
    cells = []
    for item in notebook["cells"]:
        old = {"cell_type": item["cell_type"], "metadata": item["metadata"]}
        if item["cell_type"] == "code":
            old |= {
                "input": item["source"],
                "language": "python",
                "outputs": [],
                "collapsed": False,
            }
        else:
            old["source"] = item["source"]
        cells.append(old)
    heading = {"cell_type": "heading", "level": 2, "metadata": {}, "source": "My own heading"}
    return {
        "metadata": {"name": ""},
        "nbformat": 3,
        "nbformat_minor": 0,
        "worksheets": [{"cells": [*cells[:5], heading, *cells[5:]], "metadata": {}}],
    }


def _format_2(notebook: Notebook) -> Notebook:
    old = _format_3(notebook)
    for item in old["worksheets"][0]["cells"]:
        item.pop("metadata")
    return old | {"nbformat": 2}


def _in_conflict(content: bytes) -> bytes:
    """A merge of two versions of one answer, as git leaves it."""
    lines = content.decode().splitlines(keepends=True)
    place = next(i for i, line in enumerate(lines) if "mean_2015_2024" in line)
    theirs = lines[place].replace(".mean()", ".sum()")
    assert theirs != lines[place]
    marked = ["<<<<<<< HEAD\n", lines[place], "=======\n", theirs, ">>>>>>> other\n"]
    return "".join([*lines[:place], *marked, *lines[place + 1 :]]).encode()


def _huge(notebook: Notebook) -> None:
    stream = {"output_type": "stream", "name": "stdout", "text": "x" * 11_000_000}
    cell(notebook, "setup")["outputs"] = [stream]


FILES = (
    File("as it should be", lambda c: c, set()),
    File("one long line", _as(lambda nb: None), set()),
    File("escaped signs", lambda c: json.dumps(json.loads(c)).encode("ascii"), set()),
    File("format 4.0", _as(lambda nb: stripped("id")(nb) or nb.update(nbformat_minor=0)), set()),
    File("format 4.4", _as(lambda nb: stripped("id")(nb) or nb.update(nbformat_minor=4)), set()),
    File("format 4.9", _as(lambda nb: nb.update(nbformat_minor=9)), set()),
    File("format 3", _as(_format_3), {"format"}, (TEXT, ANSWER, "My own heading")),
    File("format 2", _as(_format_2), {"format", "metadata"}),
    File("format 5", _as(lambda nb: nb.update(nbformat=5)), {"format"}),
    File("format 99", _as(lambda nb: nb.update(nbformat=99)), {"format"}),
    File("format as text", _as(lambda nb: nb.update(nbformat="4")), {"format"}),
    File("no format", _as(lambda nb: {"cells": nb["cells"]}), {"format"}),
    File("cells alone", _as(lambda nb: nb["cells"]), {"format"}),
    File("metadata is null", _as(lambda nb: nb.update(metadata=None)), {"format"}),
    File("11 MB of output", _as(_huge), {"outputs"}),
    File("byte-order mark", lambda c: b"\xef\xbb\xbf" + c, {"encoding"}),
    File("UTF-16", lambda c: c.decode().encode("utf-16"), {"encoding"}),
    File("UTF-16 without mark", lambda c: c.decode().encode("utf-16-le"), {"encoding"}),
    File("UTF-16, big end first", lambda c: c.decode().encode("utf-16-be"), {"encoding"}),
    File("UTF-32", lambda c: c.decode().encode("utf-32"), {"encoding"}),
    File(
        "cp1252",
        lambda c: json.dumps(json.loads(c), ensure_ascii=False).encode("cp1252", "replace"),
        {"encoding"},
        exact=False,
    ),
    File("a wrong byte", lambda c: c.replace(b"cholera", b"chol\xffra"), {"encoding"}, (ANSWER,)),
    File("Windows line ends", lambda c: c.replace(b"\n", b"\r\n"), set()),
    File("zero bytes at the end", lambda c: c + b"\x00" * 4096, {"broken"}),
    File("a brace too many", lambda c: c + b"}", {"broken"}),
    File("words behind", lambda c: c + b"\nsent from my phone", {"broken"}, (TEXT, "my phone")),
    File("words before", lambda c: b"Here it is:\n" + c, {"broken"}),
    File("twice in one file", lambda c: c + c, {"broken"}, exact=False),
    File(
        "line ends inside a text",
        lambda c: c.replace(b"cholera", b"chol\nera"),
        {"broken"},
        (ANSWER,),
    ),
    File("cut off at the end", lambda c: c[:-200], {"broken"}, exact=False),
    File(
        "cut off inside the judged text",
        lambda c: c[: c.index(b"but ...")],
        {"broken", "missing"},
        (ANSWER, TEXT[:60]),
        exact=False,
    ),
    File(
        "cut off in the middle", lambda c: c[: len(c) // 2], {"broken", "missing"}, (), exact=False
    ),
    File(
        "a comma missing",
        lambda c: c.replace(b'"outputs": [],', b'"outputs": []', 3),
        {"broken"},
        exact=False,
    ),
    File(
        "a comma too many", lambda c: c.replace(b"]\n  },", b"],\n  },", 4), {"broken"}, exact=False
    ),
    File(
        "the beginning is gone",
        lambda c: c[c.index(b'"setup"') :],
        {"broken", "missing"},
        exact=False,
    ),
    File(
        "single quotation marks",
        lambda c: repr(json.loads(c)).encode(),
        {"not-a-notebook"},
        ("mean_2015_2024",),
    ),
    File("marks of a merge", _in_conflict, {"broken", "doubled"}, (TEXT, ANSWER, ".sum()")),
    File("empty", lambda c: b"", {"empty-file"}, ()),
    File("spaces", lambda c: b" \n\t", {"empty-file"}, ()),
    File("zero bytes alone", lambda c: b"\x00" * 5000, {"empty-file"}, ()),
    File("no cells", _as(lambda nb: nb.update(cells=[])), {"missing"}, ()),
    File("cells is null", _as(lambda nb: nb.update(cells=None)), {"not-a-notebook"}, ()),
    File("a picture", lambda c: b"\x89PNG\r\n\x1a\n" + c, {"not-a-notebook"}, ()),
    File("a document", lambda c: b"%PDF-1.7\n" + c, {"not-a-notebook"}, ()),
    File("a zip", lambda c: b"PK\x03\x04" + c, {"not-a-notebook"}, ()),
    File(
        "a web page",
        lambda c: b"<!DOCTYPE html><html><script>x</script><p>My answer was 0.58</p></html>",
        {"not-a-notebook"},
        ("My answer was 0.58",),
    ),
    File("a plan", lambda c: b'{"format": 1, "topic": "Floods"}', {"not-a-notebook"}, ("Floods",)),
    File("a list", lambda c: b"[1, 2]", {"not-a-notebook"}, ("[1, 2]",)),
    File("a number", lambda c: b"1e999", {"not-a-notebook"}, ("1e999",)),
    File("words", lambda c: "I forgot my file, désolée".encode(), {"not-a-notebook"}, ("désolée",)),
    File("10,000 brackets", lambda c: b"[" * 10_000, {"not-a-notebook"}, ()),
    File("10,000 cells in cells", lambda c: b'{"cell_type":' * 10_000, {"not-a-notebook"}, ()),
    File("a number of 10,000 digits", lambda c: b"9" * 10_000, {"not-a-notebook"}, ()),
)
