"""The first page of a learner: where it runs, what is missing, and how to find it tomorrow.

Nothing here asks the network, and nothing reads a password or a token: only the names of places
and versions. This module needs the standard library alone, so that it can say what is missing.
"""

from __future__ import annotations

import os
import re
import sys
import tempfile
import warnings
from collections.abc import Iterator, Mapping
from importlib import metadata
from pathlib import Path
from typing import NamedTuple

from organizer_lab import files
from organizer_lab.errors import LabError

FOLDER = Path(__file__).resolve().parents[1]
PYTHON = (3, 11)
# The oldest versions that the course works with; pyproject.toml says the same.
PACKAGES = {"pandas": "2.2", "matplotlib": "3.8", "ipywidgets": "8.1", "pydantic": "2.7"}

STARTUP = "50-organizer-lab.py"
MARK = "# Made by Organizer Lab"


class Place(NamedTuple):
    """Where the course runs.

    Attributes
    ----------
    key : str
        "paws", "binder", "browser", "server" or "computer".
    name : str
        As it is said to people.
    advice : str
        What they must know about their files there.
    """

    key: str
    name: str
    advice: str


PLACES = {
    place.key: place
    for place in (
        Place(
            "paws",
            "You are on PAWS.",
            "**Everything that you save here is public**, drafts too. Write no names, contacts "
            "or private plans of other people. Your files stay; packages that you install "
            "are gone when your server stops.",
        ),
        Place(
            "binder",
            "You are on Binder.",
            "**Nothing stays here** when you close it or pause for ten minutes. Download your "
            "exercise and your `plan.json` before you leave.",
        ),
        Place(
            "browser",
            "You are inside the browser, without a server.",
            "**Your files stay in this browser only**, and are gone when its data are cleared. "
            "Download your exercise and your `plan.json` whenever you have worked.",
        ),
        Place(
            "server",
            "You are on a Jupyter server that other people run.",
            "Ask them who can see your files, and how long they are kept.",
        ),
        Place(
            "computer",
            "This looks like your own computer.",
            "Your files stay here, and nobody else sees them unless you send them.",
        ),
    )
}


def place(
    environment: Mapping[str, str] | None = None,
    platform: str = sys.platform,
    prefix: str = sys.prefix,
) -> Place:
    """Say where the course runs.

    The signs, and where they come from:

    - Python in the browser (Pyodide) calls its platform "emscripten" (Python's documentation of
      ``sys.platform``);
    - Binder sets ``BINDER_REPO_URL`` and ``BINDER_LAUNCH_HOST`` (jupyterhub/binderhub,
      ``binderhub/binderspawner_mixin.py``). Binder is also a JupyterHub, so it is asked first;
    - PAWS has its Python in ``/srv/paws`` and its users in ``/home/paws`` (toolforge/paws,
      ``images/singleuser/Dockerfile``);
    - every JupyterHub sets ``JUPYTERHUB_SERVICE_PREFIX`` (JupyterHub's documentation of
      single-user servers).

    Parameters
    ----------
    environment : mapping, optional
        Environment variables; by default those of this process.
    platform, prefix : str
        As in ``sys.platform`` and ``sys.prefix``.

    Returns
    -------
    Place
        "computer" where no sign is found.
    """
    here = os.environ if environment is None else environment
    if platform == "emscripten":
        return PLACES["browser"]
    if "BINDER_REPO_URL" in here or "BINDER_LAUNCH_HOST" in here:
        return PLACES["binder"]
    if Path(prefix).as_posix() == "/srv/paws" or here.get("HOME") == "/home/paws":
        return PLACES["paws"]
    if "JUPYTERHUB_SERVICE_PREFIX" in here:
        return PLACES["server"]
    return PLACES["computer"]


class Finding(NamedTuple):
    """One thing that was looked at.

    Attributes
    ----------
    fine : bool
        Whether nothing has to be done.
    text : str
        What was found, and what to do where it is not fine.
    """

    fine: bool
    text: str


class Page:
    """Text that a notebook shows as Markdown, and everything else as plain text."""

    def __init__(self, text: str):
        self.text = text

    def __repr__(self) -> str:
        return re.sub(r"\*\*|`", "", self.text)

    def _repr_markdown_(self) -> str:
        return self.text


class Report(Page):
    """Where the learner is, and what was found there.

    Attributes
    ----------
    place : Place
        Where the course runs.
    findings : list of Finding
        Python, each package, the tables, the folder.
    ready : bool
        Whether everything is fine.
    """

    def __init__(self, place: Place, findings: list[Finding]):
        self.place = place
        self.findings = findings
        self.ready = all(finding.fine for finding in findings)
        lines = [f"- {'OK' if fine else '**To do**'}: {text}" for fine, text in findings]
        end = (
            "Everything is ready. Go on with the next cell."
            if self.ready
            else "Do what stands behind each **To do**, restart the kernel (menu **Kernel**), "
            "and run this cell again. If you are stuck, send this text to your facilitator."
        )
        super().__init__("\n".join([f"**{place.name}** {place.advice}", "", *lines, "", end]))


def here() -> Report:
    """Look around: name the place, and check Python, the packages, the tables and the folder.

    Returns
    -------
    Report
        Shown as a list in a notebook; ``.ready`` says whether all is fine.
    """
    where = place()
    findings = [_python(), *_packages(where)]
    # Without pandas the tables cannot be tried, and a second complaint would not help.
    if all(finding.fine for finding in findings):
        findings.append(_tables())
    # In the browser the course itself is installed in memory; the work is in the list of files.
    return Report(where, [*findings, _kept() if where.key == "browser" else _writable(FOLDER)])


def _python() -> Finding:
    version = ".".join(map(str, sys.version_info[:2]))
    if sys.version_info[:2] >= PYTHON:
        return Finding(True, f"Python {version}.")
    wanted = ".".join(map(str, PYTHON))
    return Finding(
        False,
        f"Python {version} is too old; the course needs {wanted} or newer. On your own computer, "
        "install it from python.org. Elsewhere, tell your facilitator.",
    )


def _packages(where: Place) -> Iterator[Finding]:
    again = " You need it again after your server has stopped." if where.key == "paws" else ""
    for name, least in PACKAGES.items():
        remedy = f'run `%pip install "{name}>={least}"` in a new cell.{again}'
        try:
            version = metadata.version(name)
        except metadata.PackageNotFoundError:
            yield Finding(False, f"The package {name} is missing: {remedy}")
            continue
        if _numbers(version) >= _numbers(least):
            yield Finding(True, f"{name} {version}.")
        else:
            yield Finding(False, f"{name} {version} is too old: {remedy}")


def _numbers(version: str) -> list[int]:
    """Read the leading numbers of a version, so that 2.10 is newer than 2.9."""
    return [int(part) for part in re.findall(r"\d+", re.split(r"[^\d.]", version)[0])]


def _tables() -> Finding:
    try:
        from organizer_lab import data

        names = data.names()
        for name in names:
            data.load(name)
    except Exception as error:
        return Finding(
            False,
            f"The tables cannot be read: {error} If you changed nothing, download the learner "
            "edition again, and unpack the whole zip.",
        )
    return Finding(True, f"All {len(names)} tables can be read.")


def _writable(folder: Path) -> Finding:
    try:
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        return Finding(
            False,
            f"Nothing can be saved in {folder} ({error.strerror}). Copy the whole folder to a "
            "place of your own, such as your home folder, and open it there.",
        )
    return Finding(True, f"Your work can be saved in {folder}.")


def _kept() -> Finding:
    """Say whether Python in the browser sees the list of files: then what it writes is kept."""
    if Path.cwd().is_relative_to("/drive"):
        return Finding(True, "Your work can be saved in the list of files on the left.")
    return Finding(
        False,
        "Nothing that a cell writes can be kept in this window. Open this page in an ordinary "
        "window of your browser, not in a private one.",
    )


def stay(folder: Path | str | None = None) -> Page:
    """Let every notebook find the course, today and on other days, without installing anything.

    One small file is written into the startup folder of the learner's IPython profile
    (https://ipython.readthedocs.io, "Startup files"). It adds the folder of the course to the
    places where Python looks for packages, behind all others, so that it hides none of them.
    An older file of the course is replaced, no other file is touched. `leave` undoes it.

    Parameters
    ----------
    folder : path, optional
        The folder that holds ``organizer_lab``; by default this one.

    Returns
    -------
    Page
        What was written, and where.

    Raises
    ------
    LabError
        If the file cannot be written, or a file with its name is not ours.
    """
    folder = Path(folder or FOLDER).resolve()
    line = f'__import__("sys").path.append({str(folder)!a})'
    by_hand = f"Instead, put this line into the first cell of each notebook: {line}"
    where = place()
    if where.key == "browser" and "site-packages" in folder.parts:
        return Page("Nothing has to be done: in this browser every notebook finds the course.")
    if where.key == "browser":
        return Page(f"In the browser nothing can be made to last. {by_hand}")
    startup = _startup_folder(by_hand)
    file = startup / STARTUP
    text = f"{MARK}: lets every notebook find the course. You may delete this file.\n{line}\n"
    last = " Binder forgets it when you leave." if where.key == "binder" else ""
    public = " Remember that everything you save on PAWS is public." if where.key == "paws" else ""
    try:
        before = file.read_text(encoding="utf-8") if file.exists() else None
        if before == text:
            return Page(f"All is set already: every notebook finds the course in `{folder}`.")
        if before is not None and not before.startswith(MARK):
            raise LabError(f"{file} was not made by the course, so it was left alone. {by_hand}")
        startup.mkdir(parents=True, exist_ok=True)
        files.write(file, text)
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not a text"
        raise LabError(f"{file} cannot be written ({reason}). {by_hand}") from error
    return Page(
        f"Done: every notebook that you open now finds the course in `{folder}`.{last} One small "
        f"file was written: `{file}`. To take it away again, run `start.leave()`.{public}"
    )


def leave() -> Page:
    """Take away what `stay` wrote; other files are left alone.

    Raises
    ------
    LabError
        If the file is there and cannot be deleted.
    """
    file = _startup_folder("") / STARTUP
    try:
        if not file.exists() or not file.read_bytes().startswith(MARK.encode()):
            return Page("There is nothing to take away.")
        file.unlink()
    except OSError as error:
        raise LabError(f"{file} cannot be deleted ({error.strerror}). Delete it by hand.") from None
    return Page(f"Done: `{file}` is deleted. Your notebooks and your plan are still there.")


def _startup_folder(by_hand: str) -> Path:
    """Find the folder whose files IPython runs when a notebook starts."""
    try:
        from IPython import get_ipython
        from IPython.paths import get_ipython_dir
    except ImportError:
        raise LabError(f"There is no IPython here. Open this page in Jupyter. {by_hand}") from None
    shell = get_ipython()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        base = Path(shell.ipython_dir if shell else get_ipython_dir()).resolve()
    wanted = Path(os.environ.get("IPYTHONDIR") or "~/.ipython").expanduser().resolve()
    # Where its own folder cannot be written, IPython takes one that is gone after the session.
    if base != wanted and base.is_relative_to(Path(tempfile.gettempdir()).resolve()):
        raise LabError(f"{wanted} cannot be written, so nothing would last. {by_hand}")
    profile = Path(shell.profile_dir.location) if shell else base / "profile_default"
    return profile / "startup"
