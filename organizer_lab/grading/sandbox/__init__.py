"""Running learners' code where it can read and change nothing but its own scratch folder.

Three layers, each by a tool or library that others maintain:

- **bubblewrap** (the program ``bwrap``, also used by Flatpak) gives namespaces: no network, no
  process but its own, and a file system that holds Python, its libraries, the learners' part of
  this package, the tables, and one small folder in memory. No gradebook, no source, no other
  submission, no home, no environment;
- **libseccomp** (through ``pyseccomp``) lets the kernel refuse new processes and programs, sockets,
  signals to others, and calls that no exercise needs;
- **resource limits** for memory, file size, time of the processor and open files.

A warm Python waits inside, with pandas and the course loaded, and makes a copy of itself for each
submission. When a submission is done, everything it left is ended and its folder is emptied.
Code inside can still spend its limits, and read what the course publishes anyway.
"""

from __future__ import annotations

import base64
import contextlib
import ctypes.util
import dataclasses
import json
import os
import shutil
import socket
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from organizer_lab import data
from organizer_lab.errors import LabError
from organizer_lab.grading import answers
from organizer_lab.grading.sandbox import inside
from organizer_lab.learners import PACKAGE

# The words with which a facilitator says that learners' code may run unprotected.
UNPROTECTED = "ORGANIZER_LAB_RUN_LEARNERS_CODE_UNPROTECTED"
CONSENT = "yes, it may read and change everything on this computer"
WAY_OUT = (
    "What to do stands in the book for facilitators, under 'What to do when … the sandbox does "
    "not work?' (book/facilitators/troubles.md)."
)

FOLDER = "/submission"
_OWN = "/organizer-lab-inside"
_START_S = 120
_MOST_OUTPUTS = 1000
_HERE = Path(__file__).resolve().parent
_PROJECT = Path(__file__).resolve().parents[3]

MODULES = (
    "pandas",
    "matplotlib.pyplot",
    "ipywidgets",
    "organizer_lab.check",
    "organizer_lab.charts",
    "organizer_lab.explore",
    "organizer_lab.export",
    "organizer_lab.handin.pack",
    "organizer_lab.plan",
    "organizer_lab.words",
)
# Done once before the first submission: each table is read, one picture is drawn, one table and
# one error are shown.
_WARM = """
import importlib, io, pkgutil
import matplotlib.pyplot, pandas
import organizer_lab.check, organizer_lab.data
matplotlib.pyplot.plot([0, 1])
matplotlib.pyplot.title("°C")
matplotlib.pyplot.savefig(io.BytesIO(), format="svg")
matplotlib.pyplot.close("all")
pandas.DataFrame({"°C": [0.5]})._repr_html_()
for _name in organizer_lab.data.names():
    organizer_lab.data.load(_name)
for _week in pkgutil.iter_modules(organizer_lab.check.__path__):
    importlib.import_module("organizer_lab.check." + _week.name)
1 / 0
"""


@dataclass(frozen=True)
class Limits:
    """What one submission may use.

    Attributes
    ----------
    cell_s, all_s : float
        Seconds for one cell, and for all of them. A cell that takes longer is interrupted.
    grace_s : float
        Seconds that an interrupted cell has before the whole submission is ended.
    memory_mb, file_mb, scratch_mb : float
        Megabytes of memory, of one file, and of all files.
    said_mb : float
        Megabytes of output of all cells.
    """

    cell_s: float = 30
    all_s: float = 120
    grace_s: float = 3
    memory_mb: float = 1024
    file_mb: float = 16
    scratch_mb: float = 64
    said_mb: float = 20


@dataclass(frozen=True)
class Cell:
    """A cell to run: its code, and the variables to copy afterwards (None for none of them)."""

    source: str
    names: tuple[str, ...] | None = None


@dataclass
class Ran:
    """What came out of one cell.

    Attributes
    ----------
    outputs : list of dict
        As notebooks have them.
    answers : dict or None
        The copied answers, where some were asked for.
    interrupted : bool
        Whether it ran for longer than a cell may.
    """

    outputs: list[dict[str, Any]]
    answers: dict[str, Any] | None = None
    interrupted: bool = False


@dataclass
class Run:
    """What came out of one submission.

    Attributes
    ----------
    cells : list of Ran or None
        One for each cell; None for those that did not finish.
    end : str
        ``"done"``, or why it stopped: ``"time"``, ``"died"``, ``"output"``.
    files : dict
        Content by name: what the code left of the files that were asked for.
    """

    cells: list[Ran | None]
    end: str
    files: dict[str, bytes] = field(default_factory=dict)


class Sandbox:
    """One warm Python in a sandbox of its own; it runs one submission at a time.

    Parameters
    ----------
    limits : Limits, optional
    modules : sequence of str, optional
        What is loaded before the first submission comes.

    Raises
    ------
    LabError
        If a layer is missing on this machine, and nobody has consented to run without it.

    Notes
    -----
    Use it in a ``with`` statement, or call `close`. After an error the next submission gets a new
    Python.
    """

    def __init__(self, limits: Limits | None = None, modules: tuple[str, ...] = MODULES):
        self.limits = limits or Limits()
        self.modules = modules
        self._process: subprocess.Popen[bytes] | None = None
        self._channel: socket.socket | None = None
        self._folder: tempfile.TemporaryDirectory[str] | None = None
        self.layers: dict[str, bool] = {}

    def __enter__(self) -> Sandbox:
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def open(self) -> None:
        """Start the warm Python; nothing is done if it runs already."""
        if self._process and self._process.poll() is None:
            return
        self.close()
        wrapped = _bubblewrap_works()
        if not wrapped:
            _need_consent(
                "bubblewrap is not installed, or the system does not let it work. Its own words: "
                f"{_bubblewrap_says()}. {WAY_OUT}"
            )
        ours, theirs = socket.socketpair()
        settings = {
            "channel": theirs.fileno(),
            "modules": list(self.modules),
            "warm": _WARM if self.modules == MODULES else "",
            "alone": wrapped,
            "path": [str(_PROJECT)],
            "library": ctypes.util.find_library("seccomp"),
        }
        if wrapped:
            settings |= {"folder": FOLDER, "own": _OWN}
            command = [*_wrapping(self.limits), sys.executable, "-I", f"{_OWN}/inside.py"]
            environment = {"PATH": os.environ.get("PATH", os.defpath)}
        else:
            self._folder = tempfile.TemporaryDirectory(prefix="organizer-lab-")
            own = Path(self._folder.name, "own")
            work = Path(self._folder.name, "submission")
            own.mkdir()
            work.mkdir()
            for file in _own_files():
                shutil.copy(file, own)
            settings |= {"folder": str(work), "own": str(own)}
            command = [sys.executable, "-I", str(own / "inside.py")]
            environment = _environment()
        self._process = subprocess.Popen(
            [*command, json.dumps(settings)],
            pass_fds=[theirs.fileno()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            env=environment,
            cwd="/",
        )
        theirs.close()
        self._channel = ours
        ours.settimeout(_START_S)
        with self._watched("it did not start"):
            ready = inside.receive(ours) or {}
        if not ready.get("ready"):
            said = self._last_words()
            self.close()
            raise LabError(f"The sandbox did not start. {ready.get('failed', said)}")
        self.layers = {"namespaces": wrapped, "seccomp": ready["seccomp"], "limits": True}
        if not ready["seccomp"]:
            try:
                _need_consent(f"libseccomp is missing. {WAY_OUT}")
            except LabError:
                self.close()
                raise

    def close(self) -> None:
        """End the warm Python and everything in its sandbox."""
        if self._channel:
            self._channel.close()
        if self._process:
            self._process.kill()
            self._process.wait()
            if self._process.stderr:
                self._process.stderr.close()
        if self._folder:
            self._folder.cleanup()
        self._process = self._channel = self._folder = None

    def run(
        self,
        cells: list[Cell],
        files: Mapping[str, bytes] | None = None,
        keep: tuple[str, ...] = (),
    ) -> Run:
        """Run the cells of one submission.

        Parameters
        ----------
        cells : list of Cell
            In their order, in one Python.
        files : mapping, optional
            Content by name: what stands in the folder where the cells run.
        keep : tuple of str
            Names of files that are read from that folder afterwards, if they are there.

        Returns
        -------
        Run
            What the learner's side said, made harmless in form but not in content.
        """
        used = self._process is not None
        found = self._run(cells, files or {}, keep)
        if used and found is None:
            # Whoever was here before may have brought it about; this one is not to suffer for it.
            found = self._run(cells, files or {}, keep)
        return found or Run([None] * len(cells), "died")

    def _run(
        self, cells: list[Cell], files: Mapping[str, bytes], keep: tuple[str, ...]
    ) -> Run | None:
        """Run the cells; give None if the warm Python ended without a word about them."""
        self.open()
        assert self._channel is not None
        limits = self.limits
        ran: list[Ran | None] = [None] * len(cells)
        self._channel.settimeout(limits.all_s + limits.grace_s + _START_S)
        job = {
            "cells": [dataclasses.asdict(cell) for cell in cells],
            "files": {
                _file_name(name): base64.b64encode(content).decode()
                for name, content in files.items()
            },
            "keep": list(keep),
            "limits": dataclasses.asdict(limits),
            "environment": _environment(),
        }
        end = "died"
        try:
            inside.send(self._channel, job)
            while (message := inside.receive(self._channel)) is not None:
                if "end" in message:
                    kept = {n: base64.b64decode(c) for n, c in message["kept"].items()}
                    if message["spent"]:
                        self.close()
                    return Run(ran, message["end"], kept)
                _take(ran, base64.b64decode(message["said"]), message["interrupted"])
        except TimeoutError:
            end = "time"
        except (OSError, ValueError, KeyError):
            # What only this submission can have brought about stops no others.
            pass
        # The warm Python itself is gone; a new one is started for the next submission.
        self.close()
        return Run(ran, end) if end == "time" or any(ran) else None

    @contextlib.contextmanager
    def _watched(self, what: str) -> Iterator[None]:
        try:
            yield
        except (OSError, ValueError, KeyError) as error:
            self.close()
            raise LabError(f"The sandbox failed: {what} ({error}).") from error

    def _last_words(self) -> str:
        assert self._process is not None and self._process.stderr is not None
        self._process.kill()
        return self._process.stderr.read().decode(errors="replace")[-1000:].strip()


def layers() -> dict[str, bool]:
    """Say which layers work on this machine, by trying them.

    Returns
    -------
    dict
        ``namespaces``, ``seccomp`` and ``limits``.
    """
    return {
        "namespaces": _bubblewrap_works(),
        "seccomp": inside.seccomp() is not None,
        "limits": sys.platform == "linux",
    }


def consented() -> bool:
    """Say whether somebody allowed learners' code to run unprotected, in so many words."""
    return os.environ.get(UNPROTECTED, "") == CONSENT


def _need_consent(why: str) -> None:
    if not consented():
        raise LabError(
            f"Learners' code is not run, because it could not be kept from your files: {why} "
            "Only if every submission comes from somebody you trust, you may set "
            f"{UNPROTECTED}='{CONSENT}'."
        )


def _bubblewrap_works() -> bool:
    return not _bubblewrap_says()


def _bubblewrap_says() -> str:
    """Try bubblewrap; give what it says where it does not work, and nothing where it does."""
    if shutil.which("bwrap") is None:
        return "there is no program 'bwrap'"
    probe = [
        *_wrapping(Limits()),
        *(sys.executable, "-I", "-S", "-c", "import os; os.listdir('/submission')"),
    ]
    try:
        tried = subprocess.run(
            probe, capture_output=True, text=True, errors="replace", timeout=60, check=False
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    if tried.returncode == 0:
        return ""
    said = tried.stderr.strip().splitlines()
    return said[-1].rstrip(".") if said else f"it ended with {tried.returncode}"


def _wrapping(limits: Limits) -> list[str]:
    """Give the beginning of the command that makes the namespaces and their file system."""
    words = ["bwrap", "--unshare-all", "--unshare-user", "--uid", "65534", "--gid", "65534"]
    words += ["--die-with-parent", "--new-session", "--clearenv", "--cap-drop", "ALL"]
    for name, value in _environment().items():
        words += ["--setenv", name, value]
    for place in _system():
        words += ["--symlink", os.readlink(place), place] if os.path.islink(place) else []
        words += ["--ro-bind", place, place] if not os.path.islink(place) else []
    for place in _python():
        words += ["--ro-bind", place, place]
    # The learners' part of the package, and nothing of the graders'. Where it stands inside a
    # folder bound above, an empty folder covers the rest of it.
    package = str(_PROJECT / "organizer_lab")
    words += ["--tmpfs", package]
    for name in PACKAGE:
        words += ["--ro-bind", f"{package}/{name}", f"{package}/{name}"]
    words += ["--ro-bind", str(data.folder()), str(data.folder())]
    for file in _own_files():
        words += ["--ro-bind", str(file), f"{_OWN}/{file.name}"]
    words += ["--dev", "/dev", "--remount-ro", "/dev", "--remount-ro", package]
    words += ["--size", str(int(limits.scratch_mb * inside.MEGABYTE)), "--tmpfs", FOLDER]
    return [*words, "--chdir", FOLDER, "--remount-ro", "/", "--"]


def _own_files() -> tuple[Path, Path]:
    return _HERE / "inside.py", Path(answers.__file__).resolve()


def _system() -> list[str]:
    """List the folders of libraries, fonts and time zones that this machine has."""
    places = ["/usr/lib", "/usr/lib64", "/usr/lib32", "/lib", "/lib64", "/lib32", "/bin"]
    places += ["/usr/share/zoneinfo", "/usr/share/fonts", "/usr/share/fontconfig", "/etc/fonts"]
    places += ["/etc/ld.so.cache", "/etc/ld.so.conf", "/etc/ld.so.conf.d", "/etc/localtime"]
    # A folder that is no link would hold programs and is not needed.
    return [p for p in places if os.path.lexists(p) and (p != "/bin" or os.path.islink(p))]


def _python() -> list[str]:
    """List where this Python and its packages stand."""
    found = [sysconfig.get_path(name) for name in ("stdlib", "platstdlib", "purelib", "platlib")]
    found += [sys.prefix] if sys.prefix != sys.base_prefix else []
    found += [os.path.realpath(sys.executable)]
    if not sys.base_prefix.startswith("/usr"):
        found.append(sys.base_prefix)
    else:
        found += [f"{sys.base_prefix}/lib"]
    library = sysconfig.get_config_var("LIBDIR")
    found += [library] if library else []
    found = [place for place in dict.fromkeys(found) if place and os.path.exists(place)]
    # The outer ones first, so that an inner one is not hidden.
    found.sort(key=len)
    return [
        place
        for position, place in enumerate(found)
        if not any(place.startswith(outer.rstrip("/") + "/") for outer in found[:position])
    ]


def _environment() -> dict[str, str]:
    """Give the environment of a learner's notebook while it is graded."""
    return {
        "PATH": "/usr/bin:/bin",
        "HOME": FOLDER,
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
        "NBGRADER_EXECUTION": "autograde",
        "ORGANIZER_LAB_STATIC": "1",
        "MPLBACKEND": "module://matplotlib_inline.backend_inline",
        "MPLCONFIGDIR": FOLDER,
        "IPYTHONDIR": FOLDER,
        # Threads of a library do not survive the copying of a process.
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _file_name(name: str) -> str:
    if os.path.basename(name) != name or name in ("", ".", ".."):
        raise ValueError(f"{name!r} is no name of a file in one folder")
    return name


def _take(ran: list[Ran | None], said: bytes, interrupted: bool) -> None:
    """Take what the learner's side said about one cell, if it has the right form."""
    try:
        # "NaN" and its like are no JSON, and no answer.
        message = json.loads(said, parse_constant=lambda word: f"not a number ({word})")
        position = message["cell"]
        if type(position) is not int or not 0 <= position < len(ran) or ran[position] is not None:
            return
        outputs = [o for each in message["outputs"][:_MOST_OUTPUTS] if (o := _sound(each))]
        given = message.get("answers")
        answers = given if isinstance(given, dict) else None
        ran[position] = Ran(outputs, answers, interrupted)
    except (ValueError, KeyError, TypeError, RecursionError):
        return


def _sound(output: Any) -> dict[str, Any] | None:
    """Give an output in the form that notebooks know, or None if it has another one."""
    kind = output.get("output_type") if isinstance(output, dict) else None
    if kind == "stream" and output.get("name") in ("stdout", "stderr"):
        return {"output_type": kind, "name": output["name"], "text": str(output.get("text", ""))}
    if kind in ("display_data", "execute_result") and isinstance(output.get("data"), dict):
        # Only text has its place here: pictures are text too, in base 64. JSON of any depth and
        # size, such as the state of a widget, nobody could see afterwards.
        content = {name: value for name, value in output["data"].items() if isinstance(value, str)}
        found: dict[str, Any] = {"output_type": kind, "data": content, "metadata": {}}
        return found | ({"execution_count": None} if kind == "execute_result" else {})
    if kind == "error":
        lines = output.get("traceback")
        return {
            "output_type": kind,
            "ename": str(output.get("ename", "")),
            "evalue": str(output.get("evalue", "")),
            "traceback": [str(line) for line in lines] if isinstance(lines, list) else [],
        }
    return None
