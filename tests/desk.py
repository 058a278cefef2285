"""A learner's desk: a real JupyterLab of any environment, driven in a real browser.

The tests of the routes use it as a learner does: they open files, press keys and read what is on
the screen.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import psutil
from browser import missing

TOKEN = "learner"
LESSON = "weeks/week-1-what-is-a-topic-for-impact.ipynb"
SHEET = "exercises/week-1/week-1.ipynb"
# A machine under load may need minutes for what takes seconds.
PATIENCE = 180_000
# The tab of the file that is in sight.
TAB = ".lm-DockPanel-tabBar .lm-TabBar-tab.lm-mod-current"


def environment(
    folder: Path, *packages: str, wrap: Sequence[str] = (), python: str = "3.12"
) -> str:
    """Make a fresh environment, and give the Python in it.

    Parameters
    ----------
    folder : Path
        Where it comes to stand, as the commands see it.
    *packages : str
        What is installed, as pip reads it.
    wrap : sequence of str
        What stands before each command, such as a program that shows it other folders.
    python : str
        The version that the route has; another where this computer has none of it.
    """
    uv = shutil.which("uv", path=f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}")
    if not uv:
        missing("uv is not installed.")
    own = str(folder / "bin" / "python")
    made = None
    for version in (python, sys.executable):
        made = run(*wrap, uv, "venv", "-q", "--seed", "--python", version, folder)
        if not made.returncode:
            made = run(*wrap, uv, "pip", "install", "-q", "--python", own, *packages)
            break
    if made is None or made.returncode:
        missing(f"No environment could be made: {made.stderr.strip()[-400:] if made else ''}")
    return own


def run(*command: Any, **more: Any) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, and keep what it says."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "PYENV_VERSION": "3.12"}
    return subprocess.run(
        list(map(str, command)), **{"capture_output": True, "text": True, "env": env, **more}
    )


@dataclass
class Server:
    """A running JupyterLab.

    Attributes
    ----------
    address : str
        With a slash at its end.
    started : float
        Seconds from the command to the first answer.
    worked : float
        Seconds of a processor until then; they do not grow when the computer does other things.
    """

    address: str
    process: Any
    started: float
    worked: float
    memory: list[int] = field(default_factory=list)

    def of(self, file: str) -> str:
        """Give the address that opens a file."""
        return f"{self.address}lab/tree/{file}?token={TOKEN}"

    def peak(self) -> float:
        """Give the most memory that server and kernels held together, in megabytes."""
        return max(self.memory) / 1_000_000


def settings(home: Path) -> dict[str, Any]:
    """Write the settings that let a test reach JupyterLab in a learner's home.

    The command of the learner stays as it is: no window is opened by it, and the port is free.
    All cells are drawn, also those out of sight, because a test reads them.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = {
        "ServerApp": {
            "allow_root": True,
            "ip": "127.0.0.1",
            "open_browser": False,
            "port": port,
            "port_retries": 0,
        },
        "IdentityProvider": {"token": TOKEN},
    }
    own = home / ".jupyter"
    own.mkdir(exist_ok=True)
    (own / "jupyter_server_config.json").write_text(json.dumps(config))
    for name, content in (
        ("notebook-extension/tracker", {"windowingMode": "none"}),
        ("apputils-extension/notification", {"fetchNews": "false"}),
    ):
        path = own / "lab/user-settings/@jupyterlab" / f"{name}.jupyterlab-settings"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(content))
    return {"port": port}


@contextmanager
def server(
    command: Sequence[str], folder: Path, home: Path, variables: Mapping[str, str] | None = None
) -> Iterator[Server]:
    """Start JupyterLab with a learner's command, and end it.

    Parameters
    ----------
    command : sequence of str
        As the learner types it.
    folder : Path
        Where it is typed.
    home : Path
        The learner's home.
    variables : mapping, optional
        More environment variables. Of this process's own only a few are handed on.
    """
    port = settings(home)["port"]
    begin = time.monotonic()
    log = (home / "jupyterlab.log").open("w")
    process = subprocess.Popen(
        list(map(str, command)),
        cwd=folder,
        env={**plain(home), **(variables or {})},
        stdout=log,
        stderr=subprocess.STDOUT,
    )
    address = f"http://127.0.0.1:{port}/"
    ended = threading.Event()
    try:
        while True:
            try:
                urllib.request.urlopen(f"{address}api?token={TOKEN}", timeout=5).close()
                break
            except OSError:
                said = (home / "jupyterlab.log").read_text(errors="replace")[-2000:]
                assert process.poll() is None, f"JupyterLab ended:\n{said}"
                assert time.monotonic() - begin < PATIENCE / 1000, f"No answer:\n{said}"
                time.sleep(0.2)
        running = Server(address, process, time.monotonic() - begin, _worked(process.pid))
        watch = threading.Thread(target=_weigh, args=(running, ended), daemon=True)
        watch.start()
        yield running
    finally:
        ended.set()
        process.terminate()
        try:
            process.wait(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait(timeout=60)
        log.close()


def plain(home: Path) -> dict[str, str]:
    """Give the environment of somebody who has just signed in, and what finds packages here."""
    handed = re.compile(r"PATH|LANG|TMPDIR|(PIP|UV|SSL|REQUESTS|CURL|PYENV)_.*|.*_proxy", re.I)
    return {
        **{name: value for name, value in os.environ.items() if handed.fullmatch(name)},
        "HOME": str(home),
    }


def _weigh(running: Server, ended: threading.Event) -> None:
    """Note how much memory the server and all that it started hold (PSS: shared parts once)."""
    while not ended.wait(0.5):
        held = _of_family(running.process.pid, lambda member: member.memory_full_info().pss)
        running.memory.append(int(held))


def _worked(pid: int) -> float:
    return _of_family(pid, lambda member: sum(member.cpu_times()[:2]))


def _of_family(pid: int, amount: Callable[[psutil.Process], float]) -> float:
    """Add something up over a process and all that it started; some end while they are asked."""
    total = 0.0
    with contextlib.suppress(psutil.Error):
        first = psutil.Process(pid)
        for member in (first, *first.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                total += amount(member)
    return total


class Desk:
    """A page of the browser with JupyterLab in it."""

    def __init__(self, browser: Any, **context: Any):
        self.context = browser.new_context(
            **{"viewport": {"width": 1300, "height": 900}, "accept_downloads": True, **context}
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(PATIENCE)
        # On a slow machine JupyterLab may ask something, such as which kernel to take.
        question = self.page.locator("dialog.jp-Dialog")
        # Another question may come in its place, so nobody waits for it to go.
        self.page.add_locator_handler(
            question.first,
            lambda: question.first.locator(".jp-mod-accept").click(),
            no_wait_after=True,
        )

    def __enter__(self) -> Desk:
        return self

    def __exit__(self, *_: object) -> None:
        self.context.close()

    @property
    def notebook(self) -> Any:
        """The notebook that is in sight."""
        return self.page.locator(".jp-NotebookPanel:not(.lm-mod-hidden)")

    def open(self, address: str) -> None:
        """Open the address of a file, and wait until the kernel of the notebook is ready.

        JupyterLab first brings back what was open before: on a slow machine another notebook is
        in sight for seconds, with a kernel that is ready.
        """
        self.page.goto(address)
        file = re.search(r"lab/tree/([^?&]+)", unquote(address))[1]
        self.page.locator(f'{TAB}[title*="Path: {file}\\a "]').wait_for()
        self.ready()
        # A kernel that was only just chosen may still be exchanged for another one.
        self.page.wait_for_timeout(2_000)
        self.ready()

    @property
    def working(self) -> Any:
        """The sign of what the kernel does."""
        return self.notebook.locator(".jp-Notebook-ExecutionIndicator").first

    def ready(self) -> None:
        """Wait until the kernel has nothing to do."""
        self.working.and_(self.page.locator("[data-status='idle']")).wait_for()

    def menu(self, *names: str) -> None:
        """Choose an entry of the menus."""
        for name in names:
            self.page.get_by_role("menuitem", name=name, exact=True).first.click()

    def run_all(self) -> None:
        """Choose Run, Run All Cells, and wait until each cell has run.

        On a slow machine a kernel says that it is idle before it listens: what was sent to it is
        lost then, no cell has a number, and a learner opens the page again.
        """
        left = ["no cell was run"]
        for _ in range(3):
            if len(self._waiting(at_most=0)) < self.notebook.locator(".jp-CodeCell").count():
                # Numbers that were saved with the notebook say nothing about today.
                self.menu("Edit", "Clear Outputs of All Cells")
            self.menu("Run", "Run All Cells")
            # A kernel that works on is given ten minutes.
            for _ in range(20):
                if not (left := self._waiting()):
                    return self.ready()
                if self.working.get_attribute("data-status") == "idle":
                    break
            self._again()
        raise AssertionError(f"Cells that never ran: {left}")

    def _waiting(self, at_most: float = PATIENCE / 6) -> list[str]:
        """Give the cells that have not run after some milliseconds: those without a number.

        Where the code is hidden, only the result has it. A cell without code never gets one. A
        notebook without any cell is not drawn yet.
        """
        end = time.monotonic() + at_most / 1000
        while True:
            left: list[str] = self.page.evaluate(
                """() => {
                  const cells = [...document.querySelectorAll(
                    '.jp-NotebookPanel:not(.lm-mod-hidden) .jp-CodeCell')]
                  return cells.length === 0 ? ['(nothing is drawn)'] : cells
                  .filter(cell => ![...cell.querySelectorAll('.jp-InputPrompt, .jp-OutputPrompt')]
                    .some(prompt => /\\[\\d+\\]/.test(prompt.textContent)))
                  .filter(cell => cell.querySelector('.jp-InputPlaceholder')
                    || cell.querySelector('.cm-content').textContent.trim())
                  .map(cell => cell.textContent.trim().slice(0, 60) || '(hidden)')
                }"""
            )
            if not left or time.monotonic() > end:
                return left
            self.page.wait_for_timeout(500)

    def cell(self, text: str) -> Any:
        """Find a code cell by words in it."""
        return self.notebook.locator(".jp-CodeCell").filter(has_text=text).first

    def write(self, text: str, into: str) -> None:
        """Replace what stands in a code cell."""
        self.cell(into).locator(".cm-content").click()
        self.page.keyboard.press("ControlOrMeta+a")
        self.page.keyboard.insert_text(text)

    def run(self, text: str) -> None:
        """Run a code cell by keyboard, as the pages say, and wait until it has run.

        On a slow machine a kernel says that it is idle before it listens: what was sent to it is
        lost then, and a learner opens the page again.
        """
        prompt = self.cell(text).locator(".jp-InputPrompt")
        for _ in range(6):
            self.cell(text).locator(".cm-content").click()
            self.page.keyboard.press("Shift+Enter")
            for _ in range(60):
                self.page.wait_for_timeout(500)
                if re.fullmatch(r"\[\d+\]:", prompt.inner_text().strip()):
                    return
            self._again()
        raise AssertionError(f"The cell never ran: {text}")

    def _again(self) -> None:
        """Open the notebook again, with what was written: JupyterLab may hold a lost kernel."""
        self.save()
        self.open(self.page.url)

    def reads(self, text: str | re.Pattern[str]) -> None:
        """Wait until words are in an output."""
        outputs = self.notebook.locator(".jp-OutputArea-output")
        try:
            outputs.filter(has_text=text).first.wait_for()
        except Exception as error:
            error.add_note(f"The outputs in sight: {outputs.all_inner_texts()}")
            raise

    def errors(self) -> list[str]:
        """Give the errors that are on the screen."""
        found = self.notebook.locator("[data-mime-type='application/vnd.jupyter.error']")
        return found.all_inner_texts()

    def explore(self, name: str) -> None:
        """Choose a state of the explorer by keyboard, and wait for its picture."""
        self.explorer.focus()
        self.explorer.fill(name)
        self.page.keyboard.press("Enter")
        self.drawn(name)

    @property
    def explorer(self) -> Any:
        """The field of the explorer in which its state is written."""
        return self.notebook.locator(".jp-OutputArea .widget-text input")

    def drawn(self, name: str) -> None:
        """Wait until the alternative text of the explorer's picture names a state."""
        self.page.wait_for_function(
            "name => document.querySelector('.widget-html img.ol-frame')?.alt.includes(name)",
            arg=name,
        )

    def save(self) -> None:
        """Save the notebook by keyboard, and wait until its tab has no mark of a change."""
        self.page.keyboard.press("ControlOrMeta+s")
        self.page.locator(f"{TAB}.jp-mod-dirty").wait_for(state="detached")
