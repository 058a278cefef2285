"""The form of committed notebooks, and the rules of the house over all of them."""

import json
import subprocess

import nbformat
import pytest
from browser import missing
from hypothesis import given, settings
from hypothesis import strategies as st

from organizer_lab import cli, notebooks
from organizer_lab.errors import LabError

GRADED = {"grade": True, "grade_id": "anomaly", "locked": False, "points": 2, "schema_version": 3}


def code(source, **more):
    cell = {"cell_type": "code", "id": "load-the-table", "metadata": {}, "source": source}
    return {**cell, "outputs": [], "execution_count": None, **more}


def text(source, **more):
    return {"cell_type": "markdown", "id": "title", "metadata": {}, "source": source, **more}


def write(path, *cells, **more):
    notebook = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **more}
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


@pytest.fixture
def used(tmp_path):
    """Give a notebook as Jupyter saves it after a working day."""
    printed = {"output_type": "stream", "name": "stdout", "text": "421.0"}
    session = {"execution": {"iopub.status.busy": "now"}, "scrolled": True, "trusted": True}
    kept = {"tags": ["remove-input"], "jupyter": {"source_hidden": True}, "nbgrader": GRADED}
    return write(
        tmp_path / "used.ipynb",
        text("# CO₂ in the air", id="title"),
        code(
            "co2 = load('co2')\n\nco2.tail()  ",
            metadata={**kept, **session, "collapsed": False},
            outputs=[printed],
            execution_count=7,
        ),
        code("1", id="one", metadata={"jupyter": {"outputs_hidden": True}}),
        metadata={
            "widgets": {"state": {}},
            "kernelspec": {"name": "my-env", "display_name": "Mine", "language": "python"},
            "language_info": {"name": "python", "version": "3.12.1"},
        },
    )


def test_what_a_session_left_goes_and_what_an_author_wrote_stays(used):
    assert notebooks.tidy([used]) == [used]
    notebook = json.loads(used.read_text(encoding="utf-8"))
    title, cell, last = notebook["cells"]
    assert title["source"] == ["# CO₂ in the air"]
    assert (cell["outputs"], cell["execution_count"]) == ([], None)
    assert cell["source"] == ["co2 = load('co2')\n", "\n", "co2.tail()  "]
    assert cell["metadata"] == {
        "tags": ["remove-input"],
        "jupyter": {"source_hidden": True},
        "nbgrader": GRADED,
    }
    assert [cell["id"] for cell in notebook["cells"]] == ["title", "load-the-table", "one"]
    assert last["metadata"] == {}
    assert notebook["metadata"] == {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }


def test_the_text_is_canonical(used):
    notebooks.tidy([used])
    written = used.read_bytes()
    again = json.dumps(json.loads(written), sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    assert written == again.encode()
    assert "CO₂".encode() in written


def test_a_tidy_notebook_is_not_written_again(used):
    notebooks.tidy([used])
    before = used.stat()
    assert notebooks.tidy([used]) == []
    assert (used.stat().st_mtime_ns, used.stat().st_ino) == (before.st_mtime_ns, before.st_ino)


def test_line_ends_of_another_system_are_untidy(used):
    notebooks.tidy([used])
    used.write_bytes(used.read_bytes().replace(b"\n", b"\r\n"))
    assert notebooks.tidy([used]) == [used]
    assert b"\r" not in used.read_bytes()


def test_check_writes_nothing(used):
    before = used.read_bytes()
    assert notebooks.tidy([used], check=True) == [used]
    assert used.read_bytes() == before


def test_permissions_stay_and_no_draft_is_left(used):
    used.chmod(0o640)
    notebooks.tidy([used])
    assert used.stat().st_mode & 0o777 == 0o640
    assert [path.name for path in used.parent.iterdir()] == ["used.ipynb"]


def test_a_cell_without_id_gets_one_that_stays(tmp_path):
    nameless = code("1")
    del nameless["id"]
    path = write(tmp_path / "old.ipynb", text("# Title", id="cell-2"), nameless, nbformat_minor=4)
    notebooks.tidy([path])
    first = path.read_bytes()
    assert [cell["id"] for cell in json.loads(first)["cells"]] == ["cell-2", "cell-2-2"]
    assert notebooks.tidy([path]) == []


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "not valid JSON: see line 1"),
        (b'{"cells": [\n<<<<<<< HEAD\n', "unfinished merge"),
        (b"[1, 2]", "no list of cells"),
        (b"1" * 5_000, "not valid JSON"),
        (b'{"cells": 3, "nbformat": 4}', "no list of cells"),
        (b'{"cells": [], "nbformat": 3}', "old format"),
        (b'{"cells": [{"cell_type": "code"}], "nbformat": 4}', "cell 1 has no source"),
        (b'{"cells": [{"cell_type": "code", "source": 4}], "nbformat": 4}', "no proper 'source'"),
        (b'{"cells": [{"cell_type": "x", "source": ""}], "nbformat": 4}', "not a valid notebook"),
        (b"\xff\xfe", "UTF-8"),
    ],
)
def test_what_is_no_notebook_is_named_and_left_alone(tmp_path, used, content, says):
    broken = tmp_path / "broken.ipynb"
    broken.write_bytes(content)
    untouched = used.read_bytes()
    with pytest.raises(LabError, match=says) as caught:
        notebooks.tidy([used, broken])
    assert "broken.ipynb" in str(caught.value)
    assert broken.read_bytes() == content
    assert used.read_bytes() == untouched, "the good one must wait too"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(LabError, match=r"no notebook .*nowhere\.ipynb"):
        notebooks.tidy([tmp_path / "nowhere.ipynb"])


def test_the_command_fails_only_when_something_is_untidy(used, capsys):
    assert cli.main(["tidy", "--check", str(used)]) == 1
    assert "not tidy" in capsys.readouterr().out
    assert cli.main(["tidy", str(used)]) == 0
    assert cli.main(["tidy", "--check", str(used)]) == 0


# Surrogates are no text that a file in UTF-8 can hold.
words = st.text(st.characters(exclude_categories=["Cs"]), max_size=60)
# The format allows no empty tag and no comma in one.
tags = st.text("ab -é", min_size=1, max_size=9)
metadata = st.fixed_dictionaries(
    {},
    optional={
        "nbgrader": st.fixed_dictionaries({"grade_id": words, "points": st.integers(0, 20)}),
        "tags": st.lists(tags, max_size=2, unique=True),
        "scrolled": st.booleans(),
        "jupyter": st.fixed_dictionaries(
            {}, optional={"source_hidden": st.booleans(), "outputs_hidden": st.booleans()}
        ),
    },
)
output = st.builds(lambda said: {"output_type": "stream", "name": "stdout", "text": said}, words)


@st.composite
def written_notebooks(draw):
    cells = []
    for number in range(draw(st.integers(0, 4))):
        make = draw(st.sampled_from([code, text]))
        source = draw(words)
        if draw(st.booleans()):
            source = source.splitlines(keepends=True)
        cell = make(source, id=f"cell-{number}", metadata=draw(metadata))
        if make is code:
            cell["outputs"] = draw(st.lists(output, max_size=2))
            cell["execution_count"] = draw(st.none() | st.integers(1, 99))
        if draw(st.booleans()):
            del cell["id"]
        cells.append(cell)
    return cells


@settings(deadline=None, max_examples=40)
@given(cells=written_notebooks())
def test_tidying_twice_changes_nothing_and_loses_nothing(tmp_path_factory, cells):
    path = write(tmp_path_factory.mktemp("any") / "any.ipynb", *cells)
    assert notebooks.tidy([path]) in ([], [path])
    once = path.read_bytes()
    assert notebooks.tidy([path]) == []
    assert path.read_bytes() == once
    after = nbformat.reads(once.decode(), as_version=4)
    assert [cell.source for cell in after.cells] == ["".join(cell["source"]) for cell in cells]
    for old, new in zip(cells, after.cells, strict=True):
        for key in ["nbgrader", "tags"]:
            assert new.metadata.get(key) == old["metadata"].get(key)
        hidden = old["metadata"].get("jupyter", {}).get("source_hidden")
        assert new.metadata.get("jupyter", {}).get("source_hidden") == hidden
        assert new.id == old.get("id", new.id)
        assert not new.get("outputs")
    assert len({cell.id for cell in after.cells}) == len(cells)


LONG = "\n".join(f"a{n} = {n}" for n in range(11))


@pytest.mark.parametrize(
    ("cells", "says"),
    [
        ([text("# A", id="3f9a1c2b")], "id is not readable"),
        ([text("# A", id="1c9e6679-7425-40de-944b-e07fc1f90ae7")], "id is not readable"),
        ([text("# A", id="Load_table")], "id is not readable"),
        ([text("# A"), text("B")], "same id"),
        ([text("# A"), code("1", execution_count=3)], "execution count"),
        ([text("# A"), code(LONG)], "11 lines of code"),
        ([text("# A"), code("from ipywidgets import interact\ninteract(f, x=3)")], "stall"),
        ([text("# A"), code("@interact\ndef f(x): ...")], "stall"),
        ([text("# A"), code("out = widgets.Output()")], "stall"),
        ([text("# A"), code("interactive_output (f, {})")], "stall"),
        ([text("# A\n\n<div>x</div>")], "HTML in the text"),
        ([text("# A\n\na <b>c</b>")], "HTML in the text"),
        ([text("# A\n\n:::{note}\n<br>\n:::")], "HTML in the text"),
        ([text("# A\n\n```{raw} html\nx\n```")], "raw HTML"),
        ([text("Hello"), text("# A", id="late")], "begin with its title"),
        ([text("## A")], "begin with its title"),
        ([code("1")], "no title"),
        ([text("# A\n\n# B")], "second title"),
        ([text("# A\n\n### B")], "level 3 follows one of level 1"),
        ([text("# A\n\n![](map.png)")], "picture without a text"),
        ([text("# A\n\n```{figure} map.png\n:width: 3em\nThe map\n```")], "picture without a text"),
        ([text("# A\n\n::::{grid}\n:::{image} map.png\n:::\n::::")], "picture without a text"),
    ],
)
def test_each_rule_finds_what_breaks_it(tmp_path, cells, says):
    found = notebooks.problems(write(tmp_path / "rule.ipynb", *cells))
    assert any(says in problem for problem in found), found


def test_what_the_rules_allow(tmp_path):
    hidden = f"assert x\n### BEGIN HIDDEN TESTS\n{LONG}\n### END HIDDEN TESTS"
    comments = "# why\n\n" * 20 + "x = 1"
    prose = (
        "---\nmyst:\n  html_meta:\n    description: One line\n---\n(top)=\n# A\n\n"
        "See <https://example.org>, `<div>` and 3 < 4.\n\n![A map](m.png)\n\n"
        "```python\n# no title\n<b>\n```\n\n:::{figure} m.png\n:alt: A map\n\nCaption\n:::"
    )
    path = write(
        tmp_path / "fine.ipynb",
        text(prose),
        code(hidden, id="hidden"),
        code(comments, id="comments"),
        code("reinteract(3)\n# interact(f)\nprint('x')", id="words-2"),
        text("## B\n\n### C\n\n## D", id="rest"),
    )
    assert notebooks.problems(path) == []


def test_there_are_notebooks_to_look_at():
    kept = {path.relative_to(notebooks.ROOT).parts[0] for path in notebooks.sources()}
    assert {"weeks", "exercises"} <= kept


def test_every_notebook_that_git_keeps_is_looked_at(repository):
    command = ["git", "ls-files", "-z", "*.ipynb"]
    listed = subprocess.run(command, cwd=repository, capture_output=True, text=True)
    if listed.returncode != 0:
        missing("This is no git checkout.")
    tracked = {repository / name for name in listed.stdout.split("\0") if name}
    assert tracked <= set(notebooks.sources())


def relative(path):
    return path.relative_to(notebooks.ROOT).as_posix()


@pytest.mark.parametrize("path", notebooks.sources(), ids=relative)
def test_committed_notebooks_keep_the_rules(path):
    # The list itself: a comparison would show the first problem only.
    problems = notebooks.problems(path)
    assert not problems, "\n".join(problems)
    assert notebooks.tidy([path], check=True) == [], "run 'organizer-lab tidy'"
