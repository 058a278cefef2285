"""Learners' code in its sandbox: what it reaches, what it leaves, and which points it gets."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import psutil
import pytest
from browser import missing
from cohort import COHORT
from hostile import FORGED, REACHING
from week import read

from organizer_lab.errors import LabError
from organizer_lab.grading import sandbox as sandboxes
from organizer_lab.grading.execute import execute, files_beside
from organizer_lab.grading.sandbox import Cell, Limits, Sandbox

pytestmark = pytest.mark.slow
pytest.importorskip("nbgrader")

SOLUTION = re.compile(r"### BEGIN SOLUTION\n.*?### END SOLUTION\n?", re.DOTALL)


@pytest.fixture(scope="module")
def sandbox():
    if not all(sandboxes.layers().values()):
        missing("The sandbox needs bubblewrap, libseccomp and Linux.")
    with Sandbox(Limits(cell_s=8, all_s=60, grace_s=2)) as warm:
        yield warm


def sheet(week: str = "week-1") -> nbformat.NotebookNode:
    """The sheet as it is graded: no solutions, with the hidden tests."""
    notebook = read(f"exercises/source/{week}/{week}.ipynb")
    for cell in notebook.cells:
        cell.source = SOLUTION.sub("", cell.source)
    return notebook


def points(notebook: nbformat.NotebookNode) -> dict[str, float]:
    from nbgrader.utils import determine_grade, is_grade, is_solution

    return {
        cell.metadata.nbgrader.grade_id: determine_grade(cell)[0]
        for cell in notebook.cells
        if is_grade(cell) and not is_solution(cell)
    }


def filled(answers: dict[str, str]) -> nbformat.NotebookNode:
    notebook = sheet()
    for cell in notebook.cells:
        cell.source = answers.get(cell.id, cell.source)
    return notebook


def honest(sandbox: Sandbox) -> dict[str, float]:
    right = COHORT[0]
    notebook, report = execute(filled(right.answers), {}, sandbox)
    assert report["end"] == "done"
    return points(notebook)


def test_the_layers_work_here(sandbox):
    assert sandbox.layers == {"namespaces": True, "seccomp": True, "limits": True}
    assert sandboxes.layers() == sandbox.layers


@pytest.mark.parametrize("learner", COHORT[:5], ids=lambda learner: learner.name)
def test_every_learner_gets_exactly_the_points(sandbox, learner):
    notebook, _ = execute(filled(learner.answers), {}, sandbox)
    given = points(notebook)
    assert given == {name: learner.points.get(name, 0.0) for name in given}


@pytest.mark.parametrize("name", FORGED)
def test_no_point_can_be_forged(sandbox, name):
    notebook, _ = execute(filled({"answer-place": FORGED[name]}), {}, sandbox)
    assert set(points(notebook).values()) == {0.0}
    # The next learner does not notice.
    assert honest(sandbox) == COHORT[0].points


def test_points_earned_before_a_crash_stay(sandbox):
    answers = COHORT[0].answers | {"answer-1-4": "import os\nos._exit(1)"}
    notebook, report = execute(filled(answers), {}, sandbox)
    assert report["end"] == "died"
    given = points(notebook)
    assert [given[f"data-1-{n}"] for n in (1, 2, 3, 4)] == [2.0, 2.0, 2.0, 0.0]
    told = [o.evalue for c in notebook.cells for o in c.get("outputs", []) if "evalue" in o]
    assert any("did not finish" in text for text in told)


def test_an_endless_loop_costs_its_own_question_only(sandbox):
    answers = COHORT[0].answers | {"answer-1-3": "co2_change = None\nwhile True:\n    pass"}
    notebook, report = execute(filled(answers), {}, sandbox)
    assert report["end"] == "cell"
    assert points(notebook) == COHORT[0].points | {"data-1-3": 0.0}
    (told,) = [o.evalue for c in notebook.cells for o in c.get("outputs", []) if "evalue" in o][:1]
    assert told.startswith("This cell ran for more than 8 seconds and was stopped.")


def test_only_the_clock_says_that_a_cell_ran_for_too_long(sandbox):
    """Who raises the same error has not run for long, and who catches it has."""
    caught = "try:\n    while True:\n        pass\nexcept KeyboardInterrupt:\n    pass"
    cells = [Cell("raise KeyboardInterrupt"), Cell(caught), Cell("1")]
    run = sandbox.run(cells)
    assert run.end == "done" and [ran.interrupted for ran in run.cells] == [False, True, False]


def test_a_loop_that_cannot_be_interrupted_is_ended(sandbox):
    stubborn = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\nwhile True:\n    pass"
    run = sandbox.run([Cell("first = 1", ("first",)), Cell(stubborn), Cell("1")])
    assert run.end == "time"
    assert run.cells[0].answers == {"first": 1} and run.cells[1:] == [None, None]


def test_a_warning_is_no_failure(sandbox):
    """nbgrader takes the points of a test cell that writes to the error stream; we do not."""
    answers = dict(COHORT[0].answers)
    answers["answer-1-1"] += "\nimport sys\nfrom organizer_lab import check\nold = check.answer\n"
    answers["answer-1-1"] += "check.answer = lambda *a: (old(*a), sys.stderr.write('warning'))\n"
    notebook, _ = execute(filled(answers), {}, sandbox)
    assert points(notebook) == COHORT[0].points


@pytest.mark.parametrize("name", REACHING)
def test_nothing_outside_is_reached(sandbox, name, repository: Path):
    source = REACHING[name].replace("{course!r}", repr(str(repository / "exercises")))
    run = sandbox.run([Cell(source), Cell("after = 1", ("after",))])
    outputs = run.cells[0].outputs
    assert any(output["output_type"] == "error" for output in outputs), outputs
    assert run.cells[1].answers == {"after": 1}, "the limit is an error, not the end"


def test_what_can_be_seen_is_the_course_for_learners(sandbox, repository: Path):
    source = (
        "import os\nseen = [os.path.join(d, f) for d, _, fs in "
        f"os.walk({str(repository)!r}) for f in fs if '.venv' not in d]"
    )
    seen = sandbox.run([Cell(source, ("seen",))]).cells[0].answers["seen"]
    assert seen and not [
        path
        for path in seen
        if not path.startswith((f"{repository}/organizer_lab/", f"{repository}/datasets/"))
        or re.search(r"grading|rubric|source/week|gradebook|/book/", path)
    ]


def test_the_environment_holds_no_secret():
    os.environ["A_SECRET_OF_THE_GRADER"] = "42"
    try:
        with Sandbox(modules=()) as cold:
            source = "import os\nfound = dict(os.environ)"
            found = cold.run([Cell(source, ("found",))]).cells[0].answers["found"]
    finally:
        del os.environ["A_SECRET_OF_THE_GRADER"]
    assert "42" not in found.values() and found["NBGRADER_EXECUTION"] == "autograde"


def test_nothing_is_left_for_the_next_one(sandbox):
    source = (
        "import os, pandas\nos.makedirs('deep/er')\nopen('deep/er/note', 'w').write('x')\n"
        "os.chmod('deep', 0)\npandas.mark = 1\nimport builtins\nbuiltins.mark = 1"
    )
    assert sandbox.run([Cell(source)], {"plan.json": b"{}"}).end == "done"
    source = (
        "import os, pandas, builtins\nleft = os.listdir('.')\n"
        "marked = hasattr(pandas, 'mark') or hasattr(builtins, 'mark')"
    )
    run = sandbox.run([Cell(source, ("left", "marked"))])
    assert run.cells[0].answers == {"left": [], "marked": False}


LEFT = {
    "folders that nobody may change": """
import os
os.makedirs("a/b/c")
open("a/b/c/answers", "w").write("x")
open("a/b/large", "wb").write(b"0" * 15_000_000)
for name in ("a/b/c", "a/b"):
    os.chmod(name, 0o500)
""",
    "folders that nobody may open": """
import os
os.makedirs("a/b")
open("a/b/answers", "w").write("x")
os.chmod("a/b", 0)
""",
    "folders that lie too deep": """
import os
for _ in range(3000):
    os.mkdir("d")
    os.chdir("d")
""",
    "more files than anybody counts": """
for n in range(5000):
    open(str(n), "w").close()
""",
    "links": """
import os
os.mkdir("a")
os.symlink("/usr", "a/link")
os.symlink("a", "other")
""",
}


@pytest.mark.parametrize("name", LEFT)
def test_nothing_can_be_left_for_the_next_one(sandbox, name):
    """Neither an answer for a friend, nor a full folder for everybody else."""
    assert sandbox.run([Cell(LEFT[name])]).end == "done"
    source = (
        "import os\nleft = os.listdir('.')\n"
        "for n in range(4):\n    open(str(n), 'wb').write(b'0' * 14_000_000)\nfits = True"
    )
    run = sandbox.run([Cell(source, ("left", "fits"))])
    assert run.cells[0].answers == {"left": [], "fits": True}


def test_an_innocent_one_does_not_pay_for_a_python_that_is_gone(sandbox):
    assert honest(sandbox) == COHORT[0].points
    sandbox._process.kill()
    assert honest(sandbox) == COHORT[0].points
    # What answers no more is ended, and costs one submission, not the batch.
    limits, sandbox.limits = sandbox.limits, Limits(cell_s=0.5, all_s=0.5, grace_s=0.1)
    wait, sandboxes._START_S = sandboxes._START_S, 0.5
    try:
        os.kill(inner(sandbox._process.pid), signal.SIGSTOP)
        assert sandbox.run([Cell("1")]).end == "time"
    finally:
        sandbox.limits, sandboxes._START_S = limits, wait
    assert honest(sandbox) == COHORT[0].points


def inner(process: int) -> int:
    """The innermost process: the warm Python itself."""
    children = psutil.Process(process).children()
    return inner(children[0].pid) if children else process


def test_two_learners_draw_different_random_numbers(sandbox):
    source = "import random, numpy\nown = [random.random(), float(numpy.random.rand())]"
    first, second = (
        sandbox.run([Cell(source, ("own",))]).cells[0].answers["own"] for _ in range(2)
    )
    assert first[0] != second[0] and first[1] != second[1]


def test_everything_ends_with_the_grader(tmp_path):
    """Also when the grader is killed and cannot tidy up."""
    script = (
        "import time\nfrom organizer_lab.grading.sandbox import *\n"
        "box = Sandbox(modules=())\nbox.open()\nprint(box._process.pid, flush=True)\ntime.sleep(60)"
    )
    grader = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    inner = int(grader.stdout.readline())
    grader.kill()
    grader.wait()
    for _ in range(50):
        try:
            if psutil.Process(inner).status() == psutil.STATUS_ZOMBIE:
                return
        except psutil.NoSuchProcess:
            return
        time.sleep(0.1)
    raise AssertionError("the sandbox outlived its grader")


def test_outputs_keep_their_order_and_form(sandbox):
    source = (
        "import sys\nprint('one')\nprint('two', file=sys.stderr)\nprint('three')\n"
        "import matplotlib.pyplot as plt\nplt.plot([1, 2])\nplt.show()\n6 * 7"
    )
    outputs = sandbox.run([Cell(source)]).cells[0].outputs
    assert [(o["output_type"], o.get("name")) for o in outputs] == [
        ("stream", "stdout"),
        ("stream", "stderr"),
        ("stream", "stdout"),
        ("display_data", None),
        ("execute_result", None),
    ]
    assert outputs[3]["data"]["image/png"].startswith("iVBOR")
    assert outputs[4]["data"] == {"text/plain": "42"}


def test_files_beside_the_notebook_are_given_and_links_are_not(sandbox, tmp_path):
    secret = tmp_path / "secret"
    secret.write_text("hidden")
    folder = tmp_path / "submission"
    folder.mkdir()
    (folder / "plan.json").write_text("{}")
    (folder / "link.txt").symlink_to(secret)
    (folder / "inner").mkdir()
    files = files_beside(folder)
    assert files == {"plan.json": b"{}"}
    run = sandbox.run([Cell("import os\nthere = os.listdir('.')", ("there",))], files)
    assert run.cells[0].answers == {"there": ["plan.json"]}


def test_without_a_layer_nothing_is_run(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    monkeypatch.delenv(sandboxes.UNPROTECTED, raising=False)
    with pytest.raises(LabError, match=r"Learners' code is not run.*bubblewrap"):
        Sandbox(modules=()).open()
    monkeypatch.setenv(sandboxes.UNPROTECTED, "yes")
    with pytest.raises(LabError, match="Learners' code is not run"):
        Sandbox(modules=()).open()
    monkeypatch.setenv(sandboxes.UNPROTECTED, sandboxes.CONSENT)
    with Sandbox(modules=()) as unprotected:
        assert unprotected.layers["namespaces"] is False
        assert unprotected.run([Cell("x = 2", ("x",))]).cells[0].answers == {"x": 2}


def test_the_message_leads_to_the_way_out(tmp_path, monkeypatch, repository):
    """As on Ubuntu, whose AppArmor lets bubblewrap make no namespaces for ordinary users."""
    said = "bwrap: setting up uid map: Permission denied"
    program = tmp_path / "bwrap"
    program.write_text(f"#!/bin/sh\necho '{said}' >&2\nexit 1\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv(sandboxes.UNPROTECTED, raising=False)
    with pytest.raises(LabError, match=said) as told:
        Sandbox(modules=()).open()
    assert sandboxes.WAY_OUT in str(told.value)
    # Both names are in the message, and both are there.
    page = (repository / "book" / "facilitators" / "troubles.md").read_text(encoding="utf-8")
    assert "(book/facilitators/troubles.md)" in sandboxes.WAY_OUT
    title, heading = re.findall("'(.*) … (.*)'", sandboxes.WAY_OUT)[0]
    assert f"# {title} …" in page and f"### … {heading}" in page
    assert said.removeprefix("bwrap: ") in page and "apparmor" in page


def as_ordinary_user(*needed: Path) -> list[str]:
    """The beginning of a command that runs as user 'nobody', to whom these folders are opened."""
    if os.geteuid() != 0:
        return []
    words = ["bwrap", "--dev-bind", "/", "/", "--cap-add", "ALL"]
    opened: dict[Path, list[Path]] = {}
    for folder in needed:
        closed = [p for p in reversed(folder.parents) if not p.stat().st_mode & 0o001]
        if closed:
            opened.setdefault(closed[0], []).append(folder)
    for outer, folders in opened.items():
        words += ["--perms", "0755", "--tmpfs", str(outer)]
        for folder in folders:
            for parent in reversed(folder.parents):
                if parent.is_relative_to(outer) and parent != outer:
                    words += ["--perms", "0755", "--dir", str(parent)]
            words += ["--ro-bind", str(folder), str(folder)]
    return [*words, "--", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]


def test_an_ordinary_user_has_the_sandbox_too(repository: Path):
    """Somebody without any right but that to make namespaces."""
    script = (
        "from organizer_lab.grading.sandbox import *\n"
        "many = 'import threading, time\\nthreading.stack_size(65536)\\nfor _ in range(2000):\\n'\n"
        "many += '    threading.Thread(target=time.sleep, args=(2,), daemon=True).start()'\n"
        "with Sandbox(modules=()) as box:\n"
        "    run = box.run([Cell('x = 1', ('x',)), Cell('open(\"/etc/passwd\")'), Cell(many)])\n"
        "import os\n"
        "print(os.getuid(), box.layers, *(c.answers or c.outputs[-1]['ename'] for c in run.cells))"
    )
    done = subprocess.run(
        [
            *as_ordinary_user(repository, Path(sys.prefix), Path(sys.base_prefix)),
            *(sys.executable, "-c", script),
        ],
        capture_output=True,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(repository)},
        check=False,
        timeout=300,
    )
    words = done.stdout.split(maxsplit=1)
    assert words and words[0] != "0", done.stderr[-2000:]
    assert words[1].strip() == (
        "{'namespaces': True, 'seccomp': True, 'limits': True} {'x': 1} FileNotFoundError "
        "RuntimeError"
    )
