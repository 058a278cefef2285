"""The course inside a browser: its parts, its lock file, its page, and a real start of it.

The compiled packages that the tables and charts need can be had from no registry. So the browser
test runs a site that lacks them, and tries all that does without: Python, the package itself, the
plan, which is saved in the reader's browser, and the package to hand in.
"""

from __future__ import annotations

import hashlib
import http.server
import json
import os
import re
import shutil
import subprocess
import sys
import threading
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from browser import missing
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from organizer_lab import cli, data, learners
from organizer_lab.errors import LabError
from organizer_lab.lite import lock, parts, site, start_page

WEEK = "week-1"


# ---- The parts -----------------------------------------------------------------------------------


def sha(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


@pytest.fixture
def wanted():
    return parts.Needed(
        "runtime",
        "1.0",
        {"run.wasm": sha(b"run")},
        {"heavy-1.0-py3-none-any.whl": sha(b"heavy")},
        {"light-2.0-py3-none-any.whl": sha(b"light")},
    )


@pytest.fixture
def full(tmp_path):
    """A folder that a maintainer has filled: a release, unpacked, and a file beside it."""
    folder = tmp_path / "full"
    (folder / "pyodide").mkdir(parents=True)
    (folder / "pyodide" / "heavy-1.0-py3-none-any.whl").write_bytes(b"heavy")
    (folder / "run.wasm").write_bytes(b"run")
    (folder / "light-2.0-py3-none-any.whl").write_bytes(b"light")
    return folder


@pytest.fixture
def no_registry(monkeypatch):
    def fail(command, folder, what):
        raise AssertionError(f"asked for {what}")

    monkeypatch.setattr(parts, "_run", fail)


def test_the_list_names_whole_files_with_their_sums(repository):
    needed = parts.needed()
    every = [*needed.runtime.items(), *needed.release.items(), *needed.index.items()]
    assert all(re.fullmatch(r"[0-9a-f]{64}", found) for _, found in every)
    assert parts.LOCK in needed.runtime
    guide = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    # Six compiled packages are all that a maintainer has to bring, and the guide says so.
    assert len(needed.release) == 6 and all("wasm32" in name for name in needed.release)
    assert "Six compiled packages" in guide


def test_a_full_folder_needs_no_registry(wanted, full, tmp_path, no_registry):
    found = parts.gather(full, tmp_path / "cache", wanted=wanted)
    assert found.missing == ()
    assert found.runtime["run.wasm"].read_bytes() == b"run"
    assert {path.read_bytes() for path in found.wheels.values()} == {b"heavy", b"light"}


def test_what_is_missing_is_named_before_anything_is_fetched(wanted, full, tmp_path, no_registry):
    (full / "pyodide" / "heavy-1.0-py3-none-any.whl").unlink()
    (full / "run.wasm").unlink()
    with pytest.raises(LabError, match=r"(?s)release 1.0 of runtime.*- heavy-1.0.*CONTRIBUTING"):
        parts.gather(full, tmp_path / "cache", wanted=wanted)
    with pytest.raises(LabError, match="There is no folder"):
        parts.gather(tmp_path / "nowhere", tmp_path / "cache", wanted=wanted)


def test_a_wrong_file_is_refused_and_named(wanted, full, tmp_path, no_registry):
    (full / "pyodide" / "heavy-1.0-py3-none-any.whl").write_bytes(b"heavier")
    for incomplete in (False, True):
        with pytest.raises(LabError, match=r"(?s)not the ones that are meant.*heavy-1.0"):
            parts.gather(full, tmp_path / "cache", incomplete, wanted=wanted)


@pytest.fixture
def registry(monkeypatch):
    """Registries that hand out files; gives the list of what they were asked for."""
    asked: list[str] = []
    offered = {"run.wasm": b"run", "light-2.0-py3-none-any.whl": b"light"}

    def fetch(names, cache):
        for name in names:
            asked.append(name)
            (cache / name).write_bytes(offered[name])

    monkeypatch.setattr(parts, "_fetch_runtime", lambda wanted, names, cache: fetch(names, cache))
    monkeypatch.setattr(parts, "_fetch_wheels", fetch)
    return asked, offered


def test_what_was_fetched_is_kept_and_proved_each_time(wanted, tmp_path, registry):
    asked, _ = registry
    cache = tmp_path / "cache"
    first = parts.gather(None, cache, incomplete=True, wanted=wanted)
    assert first.missing == ("heavy-1.0-py3-none-any.whl",)
    assert asked == ["run.wasm", "light-2.0-py3-none-any.whl"]
    assert parts.gather(None, cache, incomplete=True, wanted=wanted) == first
    assert len(asked) == 2
    (cache / "run.wasm").write_bytes(b"spoiled")
    assert parts.gather(None, cache, incomplete=True, wanted=wanted) == first
    assert asked[2:] == ["run.wasm"]


def test_a_registry_that_gives_another_file_is_not_believed(wanted, tmp_path, registry):
    _, offered = registry
    offered["light-2.0-py3-none-any.whl"] = b"not what it was"
    with pytest.raises(LabError, match=r"light-2\.0.*otherwise"):
        parts.gather(None, tmp_path, incomplete=True, wanted=wanted)
    assert not (tmp_path / "light-2.0-py3-none-any.whl").exists()


def test_without_npm_or_network_the_sentence_says_what_to_do(
    wanted, full, tmp_path, monkeypatch, capfd
):
    monkeypatch.setattr(parts.shutil, "which", lambda _: None)
    (full / "run.wasm").unlink()
    with pytest.raises(LabError, match=r"(?s)Install Node.js, or put these.*- run.wasm"):
        parts.gather(full, tmp_path / "cache", wanted=wanted)
    (full / "run.wasm").write_bytes(b"run")
    (full / "light-2.0-py3-none-any.whl").unlink()
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    with pytest.raises(LabError, match="Are you connected to the network"):
        parts.gather(full, tmp_path / "cache", wanted=wanted)


# ---- The lock file -------------------------------------------------------------------------------


def wheel(folder: Path, name: str, *needs: str, modules=("__init__.py",)) -> tuple[str, Path]:
    project, version = name.split("-")[:2]
    path = folder / name
    with zipfile.ZipFile(path, "w") as archive:
        for module in modules:
            archive.writestr(f"{project}/{module}", "")
        lines = ["Metadata-Version: 2.1", f"Name: {project}", f"Version: {version}"]
        lines += [f"Requires-Dist: {need}" for need in needs]
        archive.writestr(f"{project}-{version}.dist-info/METADATA", "\n".join([*lines, ""]))
    return name, path


UPSTREAM = {"info": {"python": "3.14.2", "arch": "wasm32"}, "packages": {}}


def test_the_lock_says_what_each_wheel_has_and_needs(tmp_path):
    wheels = dict(
        [
            wheel(
                tmp_path,
                "top-1.0-py3-none-any.whl",
                "Base_Thing>=1",
                'windows-only; sys_platform == "win32"',
                'extra-only; extra == "more"',
                "jupyterlab_widgets~=3.0",
            ),
            wheel(tmp_path, "base_thing-1.5-py3-none-any.whl", modules=("a.py", "data.txt")),
        ]
    )
    made = lock.make(UPSTREAM, wheels)
    assert made["info"] == UPSTREAM["info"]
    top = made["packages"]["top"]
    assert top["depends"] == ["base-thing"] and top["imports"] == ["top"]
    assert top["sha256"] == parts.checksum(wheels["top-1.0-py3-none-any.whl"])
    assert made["packages"]["base-thing"]["imports"] == ["base_thing"]


def test_a_set_that_does_not_fit_together_is_refused(tmp_path):
    alone = dict([wheel(tmp_path, "top-1.0-py3-none-any.whl", "base>=2")])
    with pytest.raises(LabError, match=r"needs base, which wheels.toml lacks"):
        lock.make(UPSTREAM, alone)
    old = dict([*alone.items(), wheel(tmp_path, "base-1.5-py3-none-any.whl")])
    with pytest.raises(LabError, match=r"needs base>=2, but wheels.toml has base 1.5"):
        lock.make(UPSTREAM, old)
    # What is known to be missing is done without.
    made = lock.make(UPSTREAM, alone, ("base-2.0-cp314-cp314-x_wasm32.whl",))
    assert made["packages"]["top"]["depends"] == []


def test_what_the_runtime_says_of_its_own_wheel_counts(tmp_path):
    name, path = wheel(tmp_path, "heavy-1.0-py3-none-any.whl", "never-heard-of")
    entry = {
        "name": "heavy",
        "file_name": name,
        "sha256": parts.checksum(path),
        "imports": ["heavy", "heavy_too"],
        "depends": ["Base_Thing"],
    }
    wheels = dict([(name, path), wheel(tmp_path, "base_thing-1.5-py3-none-any.whl")])
    made = lock.make({**UPSTREAM, "packages": {"heavy": entry}}, wheels)
    assert made["packages"]["heavy"] == {**entry, "depends": ["base-thing"]}


# ---- The course as a wheel -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def edition(tmp_path_factory):
    pytest.importorskip("nbgrader")
    from organizer_lab.grading import release

    sheets = release.release_sheets()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(release, "release_sheets", lambda: sheets)
        return learners.build(tmp_path_factory.mktemp("learners"))


def test_the_wheel_is_the_edition_and_runs_from_anywhere(edition, tmp_path, monkeypatch):
    made = lock.course_wheel(edition, tmp_path)
    content = made.read_bytes()
    # zipfile notes in each entry on which system it was made.
    monkeypatch.setattr(zipfile.sys, "platform", "win32")
    assert lock.course_wheel(edition, tmp_path).read_bytes() == content
    monkeypatch.undo()
    with zipfile.ZipFile(made) as archive:
        names = archive.namelist()
        archive.extractall(tmp_path / "there")
    assert not [name for name in names if re.search(r"grading|/book/|__pycache__|cli\.py", name)]
    for name in ("co2_mauna_loa_monthly.csv", "datapackage.json"):
        assert f"organizer_lab/datasets/{name}" in names
    code = (
        f"import sys; sys.path.insert(0, {str(tmp_path / 'there')!r})\n"
        "from organizer_lab import data; from organizer_lab.handin import sheets\n"
        "from importlib import metadata; metadata.version('organizer-lab')\n"
        f"print(len(data.names()), len(sheets.original('{WEEK}')), data.__file__)"
    )
    told = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True
    ).stdout.split()
    assert int(told[0]) == len(data.names()) and int(told[1]) > 1000
    assert told[2].startswith(str(tmp_path))


# ---- The pages -----------------------------------------------------------------------------------

BOX = '<html><body><div class="ol-lite docutils container">\n<p>Not here.</p>\n</div><p>End</p>'


def book(folder: Path, box: str = BOX) -> Path:
    page = folder / start_page.BOOK_PAGE
    page.parent.mkdir(parents=True)
    page.write_text(box, encoding="utf-8")
    lite = folder / "lite"
    lite.mkdir()
    weight = {"python": 40_000_001, "page": 3_000_000, "disk": 9}
    (lite / start_page.WEIGHT).write_text(json.dumps(weight))
    return lite


def test_the_books_page_says_the_size_and_leads_to_the_site(tmp_path):
    lite = book(tmp_path)
    page = tmp_path / start_page.BOOK_PAGE
    assert start_page.announce(tmp_path, lite)
    text = page.read_text(encoding="utf-8")
    assert "44 MB" in text and "Not here" not in text and text.endswith("</div><p>End</p>")
    assert 'href="../../lite/lab/index.html?path=start-here.ipynb"' in text
    assert "<script" not in text and "<iframe" not in text
    # Once more changes nothing; an incomplete site says what it lacks.
    assert start_page.announce(tmp_path, lite) and page.read_text(encoding="utf-8") == text
    start_page.announce(tmp_path, lite, ["numpy-1-x.whl", "pandas-2-x.whl"])
    assert "it lacks numpy, pandas" in page.read_text(encoding="utf-8")


def test_a_page_without_a_place_for_the_link_is_an_error(tmp_path):
    lite = book(tmp_path, "<p>Nothing</p>")
    with pytest.raises(LabError, match="ol-lite"):
        start_page.announce(tmp_path, lite)
    assert not start_page.announce(tmp_path / "elsewhere", lite)
    (lite / start_page.WEIGHT).unlink()
    with pytest.raises(LabError, match="no site of the course"):
        start_page.megabytes(lite)


def test_the_page_of_the_book_has_the_place(repository):
    text = (repository / "book" / "routes" / "in-your-browser.md").read_text(encoding="utf-8")
    assert ":::{container} ol-lite\n" in text
    assert start_page.BOOK_PAGE.with_suffix(".md").name == "in-your-browser.md"


def test_another_folder_is_not_overwritten(edition, tmp_path, no_registry):
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(LabError, match="holds something else"):
        site.build(edition, tmp_path, incomplete=True)
    assert (tmp_path / "mine.txt").read_text() == "precious"


def test_the_command_asks_for_the_book_first(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(site, "SITE", tmp_path)
    assert cli.main(["lite"]) == 1
    assert "make site" in capsys.readouterr().err
    monkeypatch.setattr(site, "WHEELS", tmp_path / "none")
    assert cli.main(["lite", "--to", str(tmp_path / "lite")]) == 1
    assert "numpy-" in capsys.readouterr().err


# ---- A real start --------------------------------------------------------------------------------

# The notebook in front: JupyterLab opens those of the last visit again.
SHOWN = ".jp-NotebookPanel:not(.lm-mod-hidden)"
# Milliseconds. Python starts in seconds where nothing else runs, in minutes on a busy machine.
SLOW = 400_000
# A service of Chromium itself, which it asks about every page that has a form.
CHROMIUM = "content-autofill.googleapis.com:443"

# What a cell does, and what its output must hold. The tables need pandas, which cannot be had
# here; a hollow one lets the plan's own code run, which needs no table for what is done below.
PROBE = {
    "python": ("import sys\nprint(sys.platform, 6 * 7)", "emscripten 42"),
    "import": (
        "import organizer_lab as lab\nfrom organizer_lab import start\nprint(start.place().name)",
        "inside the browser, without a server",
    ),
    "stay": ("print(start.stay())", "Nothing has to be done"),
    "kept": ("print(start.here())", "Your work can be saved in the list of files"),
    "tables": (
        "from organizer_lab import errors, handin\nfrom pathlib import Path\n"
        "home = Path(errors.__file__).parent\n"
        "print(len(list((home / 'datasets').glob('*.csv'))), 'tables')",
        f"{len(data.names())} tables",
    ),
    "plan": (
        "import types\nsys.modules['pandas'] = types.ModuleType('pandas')\n"
        "from organizer_lab.plan import Place, Plan\n"
        "Plan.load().put(Place(iso3='TZA', language_code='sw')).save()\n"
        "Plan.load().put(Place(iso3='PHL', language_code='tl')).save()\n"
        "print('revision', Plan.load().revision, Plan.load().place.iso3)",
        "revision 2 PHL",
    ),
    "files": (
        "print(sorted(path.name for path in Path('/drive').glob('plan*')))",
        "['plan.json', 'plan.previous.json']",
    ),
    "wrong": (
        "from organizer_lab.errors import LabError\ntry:\n    Place(iso3=7)\n"
        "except LabError as error:\n    print(error)",
        "Place, iso3: write text, in quotation marks, not 7.",
    ),
    "doctor": ("lab.doctor('week-1.ipynb')", "I looked at week-1.ipynb"),
    "pack": ("lab.pack('week-1.ipynb')", "Packed: week-1.zip"),
    "button": ("lab.pack_button('week-1.ipynb')", "Pack my exercise"),
}


def notebook(cells: list[str]) -> dict:
    return {
        "cells": [
            {
                "cell_type": "code",
                "id": f"probe-{number}",
                "metadata": {},
                "outputs": [],
                "execution_count": None,
                "source": source,
            }
            for number, source in enumerate(cells)
        ],
        "metadata": {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        },
        "nbformat": 4,
        "nbformat_minor": 5,
    }


@pytest.fixture(scope="module")
def built(edition, tmp_path_factory, repository) -> Path:
    """A site without the compiled packages, below a small book, with a notebook that tries it."""
    pytest.importorskip("jupyterlite_core")
    if not shutil.which("npm"):
        missing("npm is not on the PATH.")
    folder = tmp_path_factory.mktemp("site")
    page = folder / start_page.BOOK_PAGE
    page.parent.mkdir(parents=True)
    page.write_text(f"<!DOCTYPE html><title>The book</title>{BOX}", encoding="utf-8")
    mine = Path(shutil.copytree(edition, tmp_path_factory.mktemp("edition") / "edition"))
    cells = [source for source, _ in PROBE.values()]
    (mine / "exercises" / WEEK / "probe.ipynb").write_text(json.dumps(notebook(cells)))
    # What an earlier build fetched is used; nothing is written there.
    kept = site.CACHE if site.CACHE.is_dir() else None
    site.build(
        mine, folder / "lite", kept, incomplete=True, cache=tmp_path_factory.mktemp("fetched")
    )
    start_page.announce(folder, folder / "lite", tuple(parts.needed().release))
    return folder


@pytest.mark.slow
def test_the_sums_are_those_that_the_runtime_names(built):
    runtime = built / "lite" / "static" / "pyodide"
    ours = lock.read(runtime / parts.LOCK)
    assert set(ours["packages"]) >= {*lock.BOOT, "organizer-lab", "pydantic-core", "ipywidgets"}
    for entry in ours["packages"].values():
        assert parts.checksum(runtime / entry["file_name"]) == entry["sha256"]
    needed = parts.needed()
    found = parts.gather(site.CACHE if site.CACHE.is_dir() else None, built / "again", True)
    upstream = lock.read(found.runtime[parts.LOCK])["packages"]
    theirs = {entry["file_name"]: entry["sha256"] for entry in upstream.values()}
    assert {name: theirs.get(name) for name in needed.release} == dict(needed.release)
    # With them the set is whole: what they need is there, and the course takes their versions.
    there = {canonicalize_name(parse_wheel_filename(name)[0]): name for name in found.wheels}
    there |= {canonicalize_name(parse_wheel_filename(name)[0]): name for name in needed.release}
    for entry in upstream.values():
        if entry["file_name"] in needed.release:
            assert {canonicalize_name(each) for each in entry["depends"]} <= set(there)
    for need in map(Requirement, metadata.requires(lock.COURSE)):
        if need.marker is None:
            version = parse_wheel_filename(there[canonicalize_name(need.name)])[1]
            assert need.specifier.contains(version), need


@pytest.mark.slow
def test_the_site_holds_the_course_and_no_secret(built):
    lite = built / "lite"
    every = json.loads((lite / "api" / "contents" / "all.json").read_text(encoding="utf-8"))
    assert {"weeks", "exercises", "start-here.ipynb"} <= {each["name"] for each in every["content"]}
    assert len(list((lite / "files" / "weeks").glob("week-*.ipynb"))) == 9
    assert len(list((lite / "files" / "exercises").glob("*/week-*.ipynb"))) == 9
    for path in (lite / "files").rglob("*.ipynb"):
        assert "BEGIN SOLUTION" not in path.read_text(encoding="utf-8")
    settings = json.loads((lite / "jupyter-lite.json").read_text(encoding="utf-8"))
    extensions = settings["jupyter-config-data"]["federated_extensions"]
    assert {each["name"] for each in extensions} == {
        "@jupyter-widgets/jupyterlab-manager",
        "@jupyterlite/pyodide-kernel-extension",
    }


class Outside(http.server.BaseHTTPRequestHandler):
    """The whole world outside this computer: notes who is asked, and answers nobody."""

    asked: list[str]

    def refuse(self) -> None:
        self.asked.append(self.path)
        self.send_error(502)

    do_GET = do_POST = do_CONNECT = do_HEAD = do_OPTIONS = refuse

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def outside():
    asked: list[str] = []
    handler = type("Noted", (Outside,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


@pytest.mark.slow
@pytest.mark.browser
def test_a_learner_works_in_the_browser(built, serve, browser, outside):
    address = serve(built)
    proxy, strangers = outside
    context = browser.new_context(
        viewport={"width": 1300, "height": 1000}, proxy={"server": proxy, "bypass": "127.0.0.1"}
    )
    page = context.new_page()
    requests: list[str] = []
    context.on("request", lambda request: requests.append(request.url))

    # The page of the book says the size, and has loaded nothing of it.
    page.goto(f"{address}{start_page.BOOK_PAGE.as_posix()}")
    promised = int(re.search(r"up to (\d+) MB", page.inner_text(".ol-lite"))[1])
    assert not [url for url in requests if "/lite/" in url]
    page.get_by_role("link", name="Start the course in this browser").click()
    page.locator(SHOWN).get_by_role("heading", name="Start here").wait_for(timeout=SLOW)

    page.goto(f"{address}lite/lab/index.html?path=exercises/{WEEK}/probe.ipynb")
    run_all(page)
    # The output alone: the text of a whole cell holds its code, too.
    cells = page.locator(f"{SHOWN} .jp-Cell").all()
    outputs = ["\n".join(cell.locator(".jp-OutputArea").all_inner_texts()) for cell in cells]
    for (name, (_, wanted)), said in zip(PROBE.items(), outputs, strict=True):
        assert wanted in said, (name, said)

    # The button packs, and the package that comes out of the browser is whole.
    page.get_by_role("button", name="Pack my exercise").click()
    link = page.locator("[role=status] ~ p a", has_text="week-1.zip")
    link.wait_for(timeout=SLOW)
    with page.expect_download() as saved:
        link.click()
    from organizer_lab.handin import pack

    package = pack.read(Path(saved.value.path()).read_bytes())
    assert package.week == WEEK and package.plan is not None
    assert json.loads(package.plan)["place"]["iso3"] == "PHL"
    assert package.edition == pack.edition(WEEK)

    # What was written is still there when the page is opened again.
    page.goto("about:blank")
    page.goto(f"{address}lite/lab/index.html?path=exercises/{WEEK}/week-1.ipynb")
    page.locator(".jp-DirListing-item", has_text="week-1.zip").wait_for(timeout=SLOW)

    assert set(strangers) <= {CHROMIUM}
    own = [url for url in requests if not url.startswith((address, "data:", "blob:"))]
    assert own == [] or own == ["about:blank"]
    # The promise of the page is kept, and is not far from the truth.
    folder = built / "lite"
    weight = json.loads((folder / start_page.WEIGHT).read_text())
    assert promised == start_page.megabytes(folder)
    assert loaded(folder, address, requests) <= promised * 1_000_000
    assert loaded(folder, address, requests) >= weight["python"] / 2
    context.close()


def loaded(folder: Path, address: str, requests: list[str]) -> int:
    """Add up what was asked for of the site, compressed as the promise counts it."""
    paths = {url.split("?")[0].removeprefix(f"{address}lite/") for url in requests}
    return sum(
        site._transferred(folder / path) for path in paths if path and (folder / path).is_file()
    )


def run_all(page) -> None:
    """Run every cell, and wait until the last one has a number."""
    idle = page.locator(f"{SHOWN} .jp-Notebook-ExecutionIndicator[data-status='idle']")
    idle.wait_for(timeout=SLOW)
    page.get_by_role("menuitem", name="Run", exact=True).click()
    page.get_by_role("menuitem", name="Run All Cells", exact=True).click()
    last = page.locator(f"{SHOWN} .jp-Cell").last.locator(".jp-InputPrompt")
    last.get_by_text(re.compile(r"\[\d+\]")).wait_for(timeout=SLOW)
    page.get_by_role("button", name="Pack my exercise").wait_for(timeout=SLOW)
