"""The first page: which place it names, what it finds missing, and the one file that it writes."""

import json
import subprocess
import sys
import tomllib
from importlib import metadata
from pathlib import Path

import pytest

from organizer_lab import data, start
from organizer_lab.errors import LabError

BINDER = {"BINDER_REPO_URL": "https://example.org/x", "JUPYTERHUB_SERVICE_PREFIX": "/user/x/"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A learner's home with nothing in it, and no sign of any server."""
    pytest.importorskip("IPython")
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    for name in ("IPYTHONDIR", "XDG_CONFIG_HOME", "BINDER_REPO_URL", "BINDER_LAUNCH_HOST"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.delenv("JUPYTERHUB_SERVICE_PREFIX", raising=False)
    return tmp_path


@pytest.fixture
def file(home):
    return home / ".ipython" / "profile_default" / "startup" / start.STARTUP


def pretend(monkeypatch, key):
    monkeypatch.setattr(start, "place", lambda: start.PLACES[key])


@pytest.mark.parametrize(
    ("key", "environment", "platform", "prefix"),
    [
        ("computer", {"HOME": "/home/amina"}, "linux", "/home/amina/.venv"),
        ("computer", {}, "win32", "C:\\Users\\amina\\.venv"),
        ("browser", {}, "emscripten", "/"),
        ("binder", BINDER, "linux", "/srv/conda/envs/notebook"),
        ("binder", {"BINDER_LAUNCH_HOST": "https://example.org/"}, "linux", "/usr"),
        ("paws", {"JUPYTERHUB_SERVICE_PREFIX": "/user/Amina/"}, "linux", "/srv/paws"),
        ("paws", {"HOME": "/home/paws"}, "linux", "/usr"),
        ("server", {"JUPYTERHUB_SERVICE_PREFIX": "/user/amina/"}, "linux", "/opt/conda"),
    ],
)
def test_each_place_is_known_by_its_signs(key, environment, platform, prefix):
    assert start.place(environment, platform, prefix) is start.PLACES[key]


def test_no_token_is_asked_for():
    asked = set()

    class Watched(dict):
        def __contains__(self, name):
            asked.add(name)
            return False

        def get(self, name, default=None):
            asked.add(name)
            return default

    start.place(Watched(), "linux", "/usr")
    assert asked == {*BINDER, "BINDER_LAUNCH_HOST", "HOME"}


def test_people_on_paws_are_told_that_files_are_public(home, monkeypatch):
    pretend(monkeypatch, "paws")
    assert "Everything that you save here is public" in str(start.here())
    assert "public" in str(start.stay())


def test_here_where_all_is_well(monkeypatch, tmp_path):
    pretend(monkeypatch, "computer")
    monkeypatch.setattr(start, "FOLDER", tmp_path)
    report = start.here()
    assert report.ready
    assert f"All {len(data.names())} tables can be read." in str(report)
    assert f"- OK: pandas {metadata.version('pandas')}." in str(report)
    assert "To do" not in str(report)
    assert list(tmp_path.iterdir()) == []
    assert "**" in report._repr_markdown_()
    assert "**" not in repr(report)


def test_a_missing_and_an_old_package_are_named_with_their_remedy(monkeypatch):
    pretend(monkeypatch, "paws")
    versions = {"pandas": "2.10.0rc1", "matplotlib": "3.7.5", "ipywidgets": "8.1"}

    def version(name):
        if name not in versions:
            raise metadata.PackageNotFoundError(name)
        return versions[name]

    monkeypatch.setattr(metadata, "version", version)
    report = start.here()
    assert not report.ready
    assert [finding.fine for finding in report.findings[1:5]] == [True, False, True, False]
    assert 'pydantic is missing: run `%pip install "pydantic>=2.7"`' in report.text
    assert "again after your server has stopped" in report.text
    assert "matplotlib 3.7.5 is too old" in report.text
    assert "restart the kernel" in report.text
    assert "tables" not in report.text


def test_an_old_python_is_named(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    finding = start._python()
    assert not finding.fine
    assert "Python 3.10 is too old" in finding.text


def test_broken_tables_and_a_folder_that_cannot_be_written(monkeypatch, tmp_path):
    def fail(name):
        raise LabError(f"{name} is broken.")

    pretend(monkeypatch, "computer")
    monkeypatch.setattr(data, "load", fail)
    monkeypatch.setattr(start, "FOLDER", tmp_path / "not there")
    report = start.here()
    tables, folder = report.findings[-2:]
    assert not report.ready
    assert "is broken. If you changed nothing, download" in tables.text
    assert "Nothing can be saved" in folder.text
    assert "Copy the whole folder" in folder.text


def test_the_minimum_versions_are_those_of_the_project(repository):
    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted = {name: f"{name}>={least}" for name, least in start.PACKAGES.items()}
    assert {entry.split(",")[0] for entry in project["dependencies"]} == set(wanted.values())
    assert project["requires-python"] == f">={'.'.join(map(str, start.PYTHON))}"


def test_stay_writes_one_file_once_and_leave_takes_it_away(home, file):
    said = start.stay()
    assert str(file) in str(said)
    assert "start.leave()" in str(said)
    assert [path for path in home.rglob("*") if path.is_file()] == [file]
    before = file.stat()
    assert "set already" in str(start.stay())
    assert file.stat() == before
    assert "deleted" in str(start.leave())
    assert not file.exists()
    assert "nothing to take away" in str(start.leave())


@pytest.mark.parametrize("name", ["Zürich's course", "kozi ya tabianchi 気候", 'a "b" \\ c'])
def test_a_new_python_finds_the_course_from_anywhere(home, file, tmp_path, name):
    folder = tmp_path / name
    (folder / "a_course").mkdir(parents=True)
    (folder / "a_course" / "__init__.py").touch()
    start.stay(folder)
    # Startup files run among the learner's own variables: they must leave no name there.
    code = f"import runpy; got = runpy.run_path({str(file)!r})"
    check = "import a_course; print([n for n in got if not n.startswith('__')])"
    done = subprocess.run(
        [sys.executable, "-c", f"{code}; {check}"], capture_output=True, text=True, cwd=home
    )
    assert done.stderr == ""
    assert done.stdout == "[]\n"


def test_ipython_runs_the_file_when_it_starts(home, file, tmp_path):
    (tmp_path / "course" / "a_course").mkdir(parents=True)
    start.stay(tmp_path / "course")
    code = "import a_course; print(a_course.__path__)"
    command = [sys.executable, "-m", "IPython", "--no-banner", "--colors=NoColor", "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, cwd=home)
    assert str(tmp_path / "course" / "a_course") in done.stdout


def test_a_moved_folder_replaces_the_older_line(file, tmp_path):
    start.stay(tmp_path / "old")
    start.stay(tmp_path / "new")
    assert repr(str(tmp_path / "new")) in file.read_text(encoding="utf-8")
    assert file.read_text(encoding="utf-8").count("append") == 1


def test_files_of_others_are_left_alone(file):
    file.parent.mkdir(parents=True)
    other = file.with_name("00-mine.py")
    other.write_text("mine = 1\n", encoding="utf-8")
    file.write_text("# my own file, with our name\n", encoding="utf-8")
    with pytest.raises(LabError, match=r"left alone.*put this line"):
        start.stay()
    assert "nothing to take away" in str(start.leave())
    assert file.read_text(encoding="utf-8") == "# my own file, with our name\n"
    file.unlink()
    start.stay()
    start.leave()
    assert [path.name for path in file.parent.iterdir()] == ["00-mine.py"]
    assert other.read_text(encoding="utf-8") == "mine = 1\n"


def test_ipythondir_is_honoured(home, file, monkeypatch):
    monkeypatch.setenv("IPYTHONDIR", str(home / "elsewhere"))
    start.stay()
    assert (home / "elsewhere/profile_default/startup" / start.STARTUP).exists()
    assert not file.exists()


def test_a_profile_that_cannot_be_written_gives_the_line_to_paste(home, file):
    (home / ".ipython").mkdir()
    (home / ".ipython" / "profile_default").write_text("in the way", encoding="utf-8")
    with pytest.raises(LabError, match=r"cannot be written \(.+\)\. Instead, put this line"):
        start.stay()


def test_a_temporary_profile_is_refused(home):
    # IPython takes a temporary folder, with a warning, where its own cannot be one.
    (home / ".ipython").write_text("in the way", encoding="utf-8")
    with pytest.raises(LabError, match="nothing would last"):
        start.stay()


def test_nothing_is_left_when_writing_fails(file, monkeypatch):
    start.stay("/old")
    before = file.read_bytes()

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(start.os, "replace", fail)
    with pytest.raises(LabError, match="No space left"):
        start.stay("/new")
    assert file.read_bytes() == before
    assert [path.name for path in file.parent.iterdir()] == [start.STARTUP]


def test_the_browser_gets_a_line_and_no_file(home, file, monkeypatch):
    pretend(monkeypatch, "browser")
    assert "put this line" in str(start.stay("/course"))
    assert "__import__(\"sys\").path.append('/course')" in str(start.stay("/course"))
    assert not file.exists()


def test_in_a_site_for_the_browser_the_course_is_installed(home, file, monkeypatch, tmp_path):
    pretend(monkeypatch, "browser")
    assert "Nothing has to be done" in str(start.stay("/lib/python3.14/site-packages"))
    assert not file.exists()
    monkeypatch.chdir(tmp_path)
    assert [finding.fine for finding in start.here().findings if "private" in finding.text] == [
        False
    ]
    monkeypatch.setattr(Path, "cwd", lambda: Path("/drive/weeks"))
    assert "list of files" in start.here().findings[-1].text


def test_binder_says_that_it_forgets(home, file, monkeypatch):
    pretend(monkeypatch, "binder")
    assert "Binder forgets" in str(start.stay())
    assert file.exists()


def test_the_page_uses_what_exists(repository):
    page = json.loads((repository / "learners/start-here.ipynb").read_text(encoding="utf-8"))
    text = "\n".join("".join(cell["source"]) for cell in page["cells"])
    called = {call.split("(")[0] for call in text.split("start.")[1:]}
    assert called == {"here", "stay", "leave"}
    assert all(hasattr(start, name) for name in called)
    assert Path(start.__file__).parent.name == "organizer_lab"
