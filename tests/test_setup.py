"""The set-up: environment, pinned versions, package, make, and the run for continuous integration.

The environments of the quick tests are real, made by the real `bootstrap.py` with a real uv, but
for a course of one file: its build backend lies beside it, so nothing is fetched.
"""

import ast
import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import tomllib
import zipfile
from pathlib import Path

import pytest
import workers
import yaml
from browser import missing

ROOT = Path(__file__).resolve().parents[1]
BASE_PYTHON = getattr(sys, "_base_executable", None) or sys.executable
UNREACHABLE = "http://127.0.0.1:9/simple"

PYPROJECT = """
[build-system]
requires = []
build-backend = "backend"
backend-path = ["."]
[project]
name = "organizer-lab"
version = "0.1.0"
dependencies = [{needs}]
[project.optional-dependencies]
book = []
grading = []
dev = []
"""

BACKEND = """
import os, zipfile

NAME = "organizer_lab-0.1.0"
METADATA = ["Metadata-Version: 2.1", "Name: organizer-lab", "Version: 0.1.0"]
WHEEL = ["Wheel-Version: 1.0", "Root-Is-Purelib: true", "Tag: py3-none-any"]

def lines(*all):
    return "".join(line + "\\n" for line in all)

def build_editable(folder, config_settings=None, metadata_directory=None):
    files = {
        "organizer_lab.pth": os.getcwd(),
        NAME + ".dist-info/METADATA": lines(
            *METADATA,
            *("Requires-Dist: " + need for need in NEEDS),
            *("Provides-Extra: " + extra for extra in ["book", "grading", "dev"]),
        ),
        NAME + ".dist-info/WHEEL": lines(*WHEEL),
        NAME + ".dist-info/entry_points.txt": lines(
            "[console_scripts]", "organizer-lab = lab:main"
        ),
    }
    files[NAME + ".dist-info/RECORD"] = lines(*(name + ",," for name in files))
    wheel = NAME + "-py3-none-any.whl"
    with zipfile.ZipFile(os.path.join(folder, wheel), "w") as archive:
        for name, text in files.items():
            archive.writestr(name, text)
    return wheel
"""


def need(part, reason):
    """Skip a test whose part is missing here; where everything has to be there, fail."""
    if not part:
        missing(reason[0].upper() + reason[1:] + ".")


class Checkout:
    """A course of one file in a folder with a space in its name, and how to set it up."""

    def __init__(self, folder, uv=True):
        self.folder = folder / "my course"
        self.programs = folder / "programs"
        self.programs.mkdir(parents=True)
        self.folder.mkdir()
        shutil.copy(ROOT / "bootstrap.py", self.folder)
        (self.folder / "constraints.txt").write_text("six==1.17.0\n")
        (self.folder / "lab.py").write_text("def main():\n    print('the course answers')\n")
        self.depends_on()
        if uv:
            need(shutil.which("uv", path=Path(sys.prefix) / "bin"), "uv is not in the environment")
            (self.programs / "uv").symlink_to(Path(sys.prefix) / "bin/uv")
        self.environment = {
            "PATH": str(self.programs),
            "HOME": str(folder),
            "UV_CACHE_DIR": str(folder / "cache"),
            "UV_DEFAULT_INDEX": UNREACHABLE,
            "UV_HTTP_RETRIES": "0",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": UNREACHABLE,
            "PIP_RETRIES": "0",
        }

    def depends_on(self, *needs):
        words = ", ".join(f'"{name}"' for name in needs)
        (self.folder / "pyproject.toml").write_text(PYPROJECT.format(needs=words))
        (self.folder / "backend.py").write_text(f"NEEDS = {list(needs)!r}\n{BACKEND}")

    def program(self, name, text):
        path = self.programs / name
        path.write_text(f"#!/bin/sh\n{text}\n")
        path.chmod(0o755)
        return path

    def set_up(self, *words, python=BASE_PYTHON, cwd=None, **more):
        return subprocess.run(
            [python, str(self.folder / "bootstrap.py"), *words],
            cwd=cwd or self.folder,
            env=self.environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=120,
            **more,
        )

    def answers(self):
        done = subprocess.run(
            [self.folder / ".venv/bin/organizer-lab"], capture_output=True, text=True
        )
        return done.stdout == "the course answers\n"


@pytest.fixture
def checkout(tmp_path):
    return Checkout(tmp_path)


@pytest.fixture
def ready(checkout):
    done = checkout.set_up()
    assert done.returncode == 0, done.stderr
    return checkout


def refused(done):
    """Give the one line that a person reads when there is no environment."""
    assert done.returncode == 1
    lines = done.stderr.strip().splitlines()
    assert len(lines) == 1, done.stderr
    assert lines[0].startswith("bootstrap: ")
    return lines[0]


def test_an_environment_is_made_from_nothing_and_from_any_folder(checkout, tmp_path):
    done = checkout.set_up(cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "ready" in done.stdout
    assert checkout.answers()


def test_a_finished_environment_is_left_alone_in_no_time(ready):
    environment = ready.folder / ".venv"
    before = {path: path.lstat().st_mtime_ns for path in environment.rglob("*")}
    times = []
    for _ in range(3):
        # Of the processor: other tests may run at the same time.
        start = os.times()
        done = ready.set_up()
        end = os.times()
        times.append(
            end.children_user + end.children_system - start.children_user - start.children_system
        )
        assert (done.returncode, done.stdout) == (0, "The environment is up to date.\n")
    assert {path: path.lstat().st_mtime_ns for path in environment.rglob("*")} == before
    assert 0 < min(times) < 1


def test_a_changed_pin_brings_it_up_to_date_in_place(ready):
    mine = ready.folder / ".venv/mine.txt"
    mine.write_text("kept")
    (ready.folder / "constraints.txt").write_text("six==1.16.0\n")
    done = ready.set_up()
    assert done.returncode == 0, done.stderr
    assert "up to date ..." in done.stdout
    assert mine.read_text() == "kept"
    assert ready.set_up().stdout == "The environment is up to date.\n"


def test_fresh_makes_it_again(ready):
    mine = ready.folder / ".venv/mine.txt"
    mine.write_text("gone")
    assert ready.set_up("--fresh").returncode == 0
    assert not mine.exists()
    assert ready.answers()


def lose_the_interpreter(environment):
    for link in (environment / "bin").glob("python*"):
        link.unlink()


def lose_the_interpreters_home(environment):
    (environment / "bin/python").unlink()
    (environment / "bin/python").symlink_to("/nowhere/python3.11")


def lose_a_package(environment):
    for path in environment.glob("lib/python*/site-packages/organizer_lab*"):
        shutil.rmtree(path) if path.is_dir() else path.unlink()


def lose_the_command(environment):
    (environment / "bin/organizer-lab").unlink()


def spoil_the_stamp(environment):
    (environment / "organizer-lab.json").write_text("{ half")


def lose_the_stamp(environment):
    (environment / "organizer-lab.json").unlink()


def become_a_file(environment):
    shutil.rmtree(environment)
    environment.write_text("not a folder")


@pytest.mark.parametrize(
    "harm",
    [
        lose_the_interpreter,
        lose_the_interpreters_home,
        lose_a_package,
        lose_the_command,
        spoil_the_stamp,
        lose_the_stamp,
        become_a_file,
    ],
)
def test_a_broken_environment_is_repaired(ready, harm):
    harm(ready.folder / ".venv")
    done = ready.set_up()
    assert done.returncode == 0, done.stderr
    assert ready.answers()
    assert ready.set_up().stdout == "The environment is up to date.\n"


def test_a_checkout_that_was_moved_gets_a_new_environment(ready):
    ready.folder = ready.folder.rename(ready.folder.with_name("moved"))
    done = ready.set_up()
    assert done.returncode == 0, done.stderr
    assert ready.answers()
    script = (ready.folder / ".venv/bin/organizer-lab").read_text()
    assert "my course" not in script


def test_without_a_network_the_former_environment_stays(ready):
    ready.depends_on("six")
    line = refused(ready.set_up())
    assert "the package index did not answer" in line
    assert ready.answers()
    # Not taken for done: with the cause gone the next run finishes.
    ready.depends_on()
    assert ready.set_up().returncode == 0


def test_without_a_network_nothing_half_done_is_left(checkout):
    checkout.depends_on("six")
    assert "the package index did not answer" in refused(checkout.set_up())
    assert not (checkout.folder / ".venv").exists()


def test_without_a_network_and_without_uv(tmp_path):
    checkout = Checkout(tmp_path, uv=False)
    found = subprocess.run([BASE_PYTHON, "-c", "import ensurepip"], capture_output=True)
    need(found.returncode == 0, "this Python has no ensurepip")
    assert "the package index did not answer" in refused(checkout.set_up())
    assert not (checkout.folder / ".venv").exists()


def test_a_rebuild_that_fails_brings_the_former_environment_back(ready):
    ready.depends_on("six")
    assert "index" in refused(ready.set_up("--fresh"))
    assert ready.answers()
    assert not (ready.folder / "_build/venv-before").exists()


def test_a_rebuild_that_was_killed_is_undone_first(ready):
    before = ready.folder / "_build/venv-before"
    before.parent.mkdir()
    (ready.folder / ".venv").rename(before)
    (ready.folder / ".venv/bin").mkdir(parents=True)
    assert ready.set_up().stdout == "The environment is up to date.\n"
    assert ready.answers()
    assert not before.exists()


def test_a_python_that_is_too_old_is_named(checkout):
    old = checkout.program("python3.9", "printf '3.9\\n/usr/bin/python3.9\\nvenv\\nensurepip\\n'")
    line = refused(checkout.set_up("--python", str(old)))
    assert "Python 3.11 or newer is needed, this is Python 3.9" in line
    assert not (checkout.folder / ".venv").exists()


def test_a_python_that_is_not_there_is_named(checkout):
    assert "'python9' does not start" in refused(checkout.set_up("--python", "python9"))


@pytest.fixture
def bootstrap(monkeypatch, tmp_path):
    spec = importlib.util.spec_from_file_location("bootstrap", ROOT / "bootstrap.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setenv("PATH", str(tmp_path))
    for name, says in {"old": "3.8", "python3.11": "", "python3.12": "3.12"}.items():
        script = tmp_path / name
        script.write_text(f"#!/bin/sh\nprintf '{says}\\n{tmp_path}/{name}\\nvenv\\n'\n")
        script.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "old"))
    return module


def test_an_old_python_finds_a_newer_one_on_the_path(bootstrap, tmp_path):
    # python3.11 is on the PATH but does not start, as version managers leave it.
    assert bootstrap.find_python("").path == str(tmp_path / "python3.12")


def test_an_old_python_alone_says_so(bootstrap, tmp_path):
    (tmp_path / "python3.12").unlink()
    with pytest.raises(
        bootstrap.Stop, match=r"this is Python 3\.8 and no newer one is on the PATH"
    ):
        bootstrap.find_python("")


def test_a_python_without_venv_says_how_to_get_it(tmp_path):
    checkout = Checkout(tmp_path, uv=False)
    bare = checkout.program("bare", "printf '3.12\\n/usr/bin/python3.12\\nvenv\\n'")
    assert "apt install python3-venv" in refused(checkout.set_up("--python", str(bare)))


STARTS = 'case "$1" in --version) exit 0;; esac\n'


def test_a_full_disk_is_named(checkout):
    (checkout.programs / "uv").unlink()
    checkout.program("uv", STARTS + 'echo "No space left on device (os error 28)"\nexit 2')
    assert "the disk is full" in refused(checkout.set_up())


def test_words_that_nobody_foresaw_are_shown(checkout):
    (checkout.programs / "uv").unlink()
    checkout.program("uv", STARTS + 'echo "the moon is wrong"\nexit 2')
    done = checkout.set_up()
    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == "the moon is wrong"
    assert "for the reason above" in done.stderr.splitlines()[-1]


def test_a_folder_that_cannot_be_written_is_named(tmp_path):
    # Root may write everywhere, so root becomes nobody for this test, in a folder nobody can enter.
    as_nobody = {"user": 65534, "group": 65534} if os.getuid() == 0 else {}
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        checkout = Checkout(Path(folder), uv=False)
        python = shutil.which("python3", path="/usr/bin") if as_nobody else BASE_PYTHON
        need(python, "no Python that everybody may start")
        checkout.program("uv", "exit 1")
        os.chmod(checkout.folder, 0o555)
        done = checkout.set_up("--python", python, python=python, **as_nobody)
        os.chmod(checkout.folder, 0o755)
    assert re.search(r"cannot be written|Permission denied", refused(done))


def test_an_old_python_can_read_the_whole_file():
    ast.parse((ROOT / "bootstrap.py").read_text(encoding="ascii"), feature_version=(3, 7))


# -- what is pinned, and what is in the package


PIN = re.compile(r"([a-z0-9]+(?:-[a-z0-9]+)*)==[0-9][0-9a-z.]*(?: ; [^@/]+)?")


def names(requirements):
    return {re.match(r"[A-Za-z0-9-]+", word)[0].lower() for word in requirements}


@pytest.fixture(scope="module")
def project():
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_every_line_of_the_constraints_is_a_pin_and_no_address():
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not PIN.fullmatch(line)] == []
    assert len(lines) > 100


def test_everything_that_is_asked_for_is_pinned(project):
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pinned = {PIN.fullmatch(line)[1] for line in lines}
    extras = [name for extra in project["optional-dependencies"].values() for name in extra]
    assert names(project["dependencies"] + extras) <= pinned
    assert names(["hatchling", "uv"]) <= pinned


def test_a_learner_needs_four_packages(project):
    assert names(project["dependencies"]) == {"pandas", "matplotlib", "ipywidgets", "pydantic"}


def test_bootstrap_installs_every_extra(project):
    extras = re.search(r'^EXTRAS = "(.+)"$', (ROOT / "bootstrap.py").read_text(), re.MULTILINE)[1]
    assert set(extras.split(",")) == set(project["optional-dependencies"])


@pytest.mark.parametrize("name", ["bootstrap.py", "Makefile", ".ci/run", "constraints.txt"])
def test_no_download_address_is_written_anywhere(name):
    text = (ROOT / name).read_text(encoding="utf-8")
    assert not re.search(r"https?://|--index|--find-links", text)


@pytest.mark.slow
def test_the_wheel_holds_the_tables_and_no_tests(tmp_path):
    uv = Path(sys.prefix) / "bin/uv"
    need(uv.exists(), "uv is not in the environment")
    command = [uv, "build", "--quiet", "--offline", "--wheel", "--no-build-isolation"]
    subprocess.run(
        [*command, "--python", sys.executable, "--out-dir", tmp_path, ROOT], check=True, timeout=120
    )
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        inside = set(archive.namelist())
        described = json.loads(archive.read("organizer_lab/datasets/datapackage.json"))
        for resource in described["resources"]:
            table = f"datasets/{resource['path']}"
            assert archive.read(f"organizer_lab/{table}") == (ROOT / table).read_bytes()
    assert len(described["resources"]) == len(list((ROOT / "datasets").glob("*.csv")))
    assert {"organizer_lab/course.yml", "organizer_lab/cli.py"} <= inside
    rooms = {name.split("/")[0] for name in inside}
    version = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
    assert rooms == {"organizer_lab", f"organizer_lab-{version}.dist-info"}
    assert not [name for name in inside if "test_" in name or name.endswith(".pyc")]


@pytest.mark.slow
def test_a_fresh_clone_is_set_up_by_make(tmp_path):
    """All packages are really fetched and installed, and the command answers."""
    need(shutil.which("make"), "make is not installed")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True)
    need(listed.returncode == 0, "this is no git checkout")
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).exists():
            (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, tmp_path / name)
    command = ["make", "environment", f"PYTHON={BASE_PYTHON}"]
    done = subprocess.run(
        command, cwd=tmp_path, capture_output=True, text=True, stdin=subprocess.DEVNULL, timeout=600
    )
    if "index did not answer" in done.stderr:
        need(False, "no package index can be reached from here")
    assert done.returncode == 0, done.stderr
    pip = [Path(sys.prefix) / "bin/uv", "pip", "freeze", "--exclude-editable", "--python"]
    frozen = subprocess.run(
        [*pip, tmp_path / ".venv/bin/python"], capture_output=True, text=True, check=True
    ).stdout.split()
    pins = (tmp_path / "constraints.txt").read_text().splitlines()
    assert set(frozen) <= {line.split(" ;")[0] for line in pins}
    check = [tmp_path / ".venv/bin/organizer-lab", "data", "list"]
    tables = len(list((ROOT / "datasets").glob("*.csv")))
    shown = subprocess.run(check, capture_output=True, text=True, cwd="/", timeout=120)
    assert len(shown.stdout.splitlines()) == tables, shown.stderr


# -- make, continuous integration, hooks

TARGETS = ["help", "environment", "book", "serve", "lite", "test", "quick", "site", "learners"]
TARGETS += ["bench", "check", "check-site", "clean"]


@pytest.fixture
def make():
    need(shutil.which("make"), "make is not installed")

    def run(*words):
        done = subprocess.run(["make", *words], cwd=ROOT, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
        return done.stdout

    return run


def test_make_alone_lists_what_can_be_made(make):
    assert [line.split()[1] for line in make("--no-print-directory").splitlines()] == TARGETS


@pytest.mark.parametrize("target", sorted(set(TARGETS) - {"help", "environment", "clean"}))
def test_every_target_makes_the_environment_first(make, target):
    first, *rest = make("--dry-run", "--no-print-directory", target).splitlines()
    assert "bootstrap.py" in first
    assert rest


def test_all_tests_run_on_several_processors(make):
    assert "pytest --numprocesses=" in make("-n", "test")
    assert "numprocesses" not in make("-n", "quick")


def test_files_that_write_into_the_checkout_are_left_to_one_process():
    rooms = {path.name: workers.room(path) for path in (ROOT / "tests").glob("test_*.py")}
    together = {name for name, room in rooms.items() if room == workers.CHECKOUT}
    assert {"test_book.py", "test_learners.py", "test_worked_plan.py"} <= together
    assert {"test_words.py", "test_grading_cohort.py", "test_week_2.py"}.isdisjoint(together)
    assert all(rooms[name] == name for name in set(rooms) - together)


def test_a_python_that_is_named_is_wanted(make):
    assert '--python "/opt/py"' in make("-n", "environment", "PYTHON=/opt/py")
    assert "--python" not in make("-n", "environment")


def test_the_book_is_served_when_asked(make):
    assert "--serve" in make("-n", "book", "SERVE=1")
    assert "--serve" in make("-n", "serve")
    assert "--serve" not in make("-n", "book")


def test_the_ci_run_can_be_started_and_is_sound():
    run = ROOT / ".ci/run"
    assert os.access(run, os.X_OK)
    assert subprocess.run(["bash", "-n", run]).returncode == 0
    text = run.read_text(encoding="utf-8")
    assert "set -euo pipefail" in text
    # The summary of the tests has to be the last thing that is said.
    assert text.rstrip().endswith("make check\nmake test")


def test_hooks_fetch_nothing_and_start_what_is_there():
    hooks = yaml.safe_load((ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8"))
    assert [repo["repo"] for repo in hooks["repos"]] == ["local"]
    for hook in hooks["repos"][0]["hooks"]:
        assert hook["language"] == "system"
        assert shutil.which(Path(hook["entry"].split()[0]).name, path=Path(sys.prefix) / "bin")
