"""What runs inside the sandbox: a Python that has everything loaded, and a copy of it for each job.

The parent of this process has put it into namespaces of its own (`organizer_lab.grading.sandbox`).
It loads the libraries of the course once, then waits for jobs. For each job it forks: the child
gives up what is left of its rights and runs the cells of one notebook. The child is never trusted:
what it says is passed on as bytes, within limits, and afterwards nothing of it is alive.

This file is started alone, by its path: it must not import anything of the project at the top.
"""

from __future__ import annotations

import base64
import json
import os
import resource
import select
import shutil
import signal
import socket
import stat
import struct
import sys
import time
from typing import Any

MEGABYTE = 1024**2
_HEAD = struct.Struct("!I")
_KEPT = 3
_LONGEST_STREAM = 1_000_000
# More files and folders than an exercise could leave. Together they cannot be too deep, either.
_MOST_LEFT = 500


# -- messages --------------------------------------------------------------------------------


def send(channel: socket.socket, message: dict[str, Any]) -> None:
    """Send a message: its length, then JSON."""
    # An output may hold anything; what JSON does not know is said by its name.
    content = json.dumps(message, default=lambda thing: type(thing).__name__).encode()
    channel.sendall(_HEAD.pack(len(content)) + content)


def receive(channel: socket.socket) -> dict[str, Any] | None:
    """Wait for a message; None when the other side has closed."""
    head = _exactly(channel, _HEAD.size)
    if head is None:
        return None
    content = _exactly(channel, _HEAD.unpack(head)[0])
    return None if content is None else json.loads(content)


def _exactly(channel: socket.socket, size: int) -> bytes | None:
    parts = []
    while size:
        part = channel.recv(min(size, MEGABYTE))
        if not part:
            return None
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


# -- the one that waits ----------------------------------------------------------------------


def main() -> None:
    """Load the libraries, say so, then do one job after the other until the channel closes."""
    settings = json.loads(sys.argv[1])
    channel = socket.socket(fileno=settings["channel"])
    sys.path.extend(settings["path"])
    # The one file of our own that the child needs; see answers.py beside it.
    sys.path.append(settings["own"])
    try:
        shell = _warm_up(settings["modules"], settings["warm"])
        _emptied(settings["folder"])
    except Exception as error:
        send(channel, {"failed": f"{type(error).__name__}: {error}"})
        return
    send(channel, {"ready": True, "seccomp": seccomp(settings["library"]) is not None})
    while (job := receive(channel)) is not None:
        _do(job, channel, settings, shell)


def _warm_up(modules: list[str], warm: str) -> Any:
    """Load what lessons and exercises use, and make the shell that the children inherit.

    What is done here once need not be done for each submission: tables that are read once stay
    read, and an error that was shown once has loaded what shows errors.
    """
    import importlib

    from IPython.core.interactiveshell import InteractiveShell
    from traitlets.config import Config

    class Shell(InteractiveShell):
        def enable_gui(self, gui: Any = None) -> None:
            """Do nothing: there is no window here. Pictures are shown in the notebook."""

    config = Config()
    # A history would be a file and a thread.
    config.HistoryManager.enabled = False
    config.InteractiveShell.colors = "NoColor"
    config.InteractiveShell.cache_size = 0
    shell = Shell.instance(config=config)
    for name in modules:
        importlib.import_module(name)
    if "matplotlib" in sys.modules:
        shell.run_line_magic("matplotlib", "inline")
    shell.run_cell(warm)
    shell.reset(new_session=True)
    import gc

    gc.collect()
    # Pages that the collector does not touch stay shared between parent and child.
    gc.freeze()
    return shell


def _do(job: dict[str, Any], channel: socket.socket, settings: dict[str, Any], shell: Any) -> None:
    """Run one job in a child, and pass on what it says, within the limits."""
    limits, folder = job["limits"], settings["folder"]
    for name, content in job["files"].items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(base64.b64decode(content))
    ours, theirs = socket.socketpair()
    child = os.fork()
    if child == 0:
        try:
            channel.close()
            ours.close()
            _learner(job, theirs, folder, shell)
        finally:
            os._exit(1)
    theirs.close()
    why = _relay(child, ours, channel, limits, len(job["cells"]))
    ours.close()
    _kill_all(child, settings["alone"])
    kept = _left(folder, job["keep"], limits)
    # What cannot be removed must not be there for the next learner: then all of this is given up.
    send(channel, {"end": why, "kept": kept, "spent": not _emptied(folder)})


def _relay(
    child: int, ours: socket.socket, channel: socket.socket, limits: dict[str, Any], cells: int
) -> str:
    """Pass messages on until the child has finished, is silent for too long, or says too much."""
    start = since = time.monotonic()
    interrupted = False
    buffer = b""
    heard = finished = 0
    while True:
        now = time.monotonic()
        patience = limits["grace_s"] if interrupted else limits["cell_s"]
        left = min(since + patience - now, start + limits["all_s"] - now)
        if left <= 0:
            if interrupted or now - start >= limits["all_s"]:
                return "time"
            # As nbgrader does: first the cell is interrupted, and the next ones may still run.
            os.kill(child, signal.SIGINT)
            interrupted, since = True, now
            continue
        if not select.select([ours], [], [], left)[0]:
            continue
        try:
            part = ours.recv(MEGABYTE)
        except OSError:
            part = b""
        if not part:
            return "done" if finished == cells else "died"
        heard += len(part)
        if heard > limits["said_mb"] * MEGABYTE:
            return "output"
        buffer += part
        while len(buffer) >= _HEAD.size:
            size = _HEAD.unpack(buffer[: _HEAD.size])[0]
            if size > limits["said_mb"] * MEGABYTE:
                return "output"
            if len(buffer) < _HEAD.size + size:
                break
            content, buffer = buffer[_HEAD.size : _HEAD.size + size], buffer[_HEAD.size + size :]
            # Bytes of the learner's side: not read here, only packed.
            said = base64.b64encode(content).decode()
            send(channel, {"said": said, "interrupted": interrupted})
            finished += 1
            interrupted, since = False, time.monotonic()
            if finished > cells:
                return "output"


def _kill_all(child: int, alone: bool) -> None:
    """End the child and, where the process namespace is ours, everything it may have started."""
    try:
        if alone:
            # Every process of this namespace but its first and this one, in one call.
            os.kill(-1, signal.SIGKILL)
        else:
            os.kill(child, signal.SIGKILL)
    except ProcessLookupError:
        pass
    while True:
        try:
            os.waitpid(-1, 0)
        except ChildProcessError:
            return


def _left(folder: str, names: list[str], limits: dict[str, Any]) -> dict[str, str]:
    """Read the files that are asked for; not through a link, and not if they are too large."""
    found = {}
    for name in names:
        try:
            handle = os.open(
                os.path.join(folder, name), os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK
            )
        except OSError:
            continue
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            if stat.S_ISREG(state.st_mode) and state.st_size <= limits["file_mb"] * MEGABYTE:
                found[name] = base64.b64encode(file.read()).decode()
    return found


def _emptied(folder: str) -> bool:
    """Remove what a learner left; say whether nothing of it is there any more.

    Rights, depth and number are the learner's: folders that nobody may open, or a million files.
    """
    seen = 0
    for place, folders, files in os.walk(folder):
        seen += len(folders) + len(files)
        if seen > _MOST_LEFT:
            return False
        for name in folders:
            path = os.path.join(place, name)
            if not os.path.islink(path):
                os.chmod(path, 0o700)
    for entry in os.scandir(folder):
        if entry.is_dir(follow_symlinks=False):
            shutil.rmtree(entry.path, ignore_errors=True)
        else:
            os.unlink(entry.path)
    return not os.listdir(folder)


# -- the learner's side ----------------------------------------------------------------------


def _learner(job: dict[str, Any], channel: socket.socket, folder: str, shell: Any) -> None:
    """Give up rights, then run the cells one after the other and say what came out of each."""
    import answers  # the project's own, beside this file

    os.chdir(folder)
    os.environ.clear()
    os.environ.update(job["environment"], HOME=folder)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    nothing = os.open("/dev/null", os.O_RDWR)
    for number in (0, 1, 2):
        os.dup2(nothing, number)
    number = channel.detach()
    os.dup2(number, _KEPT)
    own = socket.socket(fileno=_KEPT)
    os.closerange(_KEPT + 1, 65536)
    _limit(job["limits"])
    _own_random_numbers()
    say = Outputs(shell)
    sys.path.insert(0, "")
    for position, cell in enumerate(job["cells"]):
        say.begin()
        shell.run_cell(cell["source"], store_history=True)
        message = {"cell": position, "outputs": say.end()}
        if cell.get("names") is not None:
            message["answers"] = answers.of(shell.user_ns, tuple(cell["names"]))
        send(own, message)
    os._exit(0)


def _limit(limits: dict[str, Any]) -> None:
    """Set the limits of the kernel on this process. None of them can be raised again."""
    import ctypes

    for what, value in (
        (resource.RLIMIT_CORE, 0),
        (resource.RLIMIT_FSIZE, int(limits["file_mb"] * MEGABYTE)),
        (resource.RLIMIT_NOFILE, 256),
        (resource.RLIMIT_NPROC, 100),
        (resource.RLIMIT_CPU, int(limits["all_s"]) + 1),
        (resource.RLIMIT_DATA, int(limits["memory_mb"] * MEGABYTE)),
        (resource.RLIMIT_AS, int(limits["memory_mb"] * MEGABYTE) + 4096 * MEGABYTE),
    ):
        _, hard = resource.getrlimit(what)
        value = value if hard == resource.RLIM_INFINITY else min(value, hard)
        resource.setrlimit(what, (value, value))
    # A file larger than the limit is an error, not the end of the process.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    # No program can give more rights than this process has (PR_SET_NO_NEW_PRIVS).
    ctypes.CDLL(None).prctl(38, 1, 0, 0, 0)
    library = seccomp()
    if library is not None:
        _filter(library)


def seccomp(library: str | None = None) -> Any:
    """Give the module pyseccomp, or None where it or its library is missing.

    Parameters
    ----------
    library : str, optional
        Name of the shared library as it was found outside. The search for it starts programs,
        which are not there inside.
    """
    import ctypes.util

    if library is not None:
        ctypes.util.find_library = lambda name: library  # type: ignore[assignment]
    try:
        import pyseccomp
    except (ImportError, OSError, RuntimeError):
        return None
    return pyseccomp


# Calls of the kernel that no exercise needs, and that could reach out of the process.
_FORBIDDEN = (
    *("fork", "vfork", "execve", "execveat", "ptrace", "process_vm_readv", "process_vm_writev"),
    *("mount", "umount2", "pivot_root", "chroot", "unshare", "setns", "move_mount", "fsopen"),
    *("open_tree", "keyctl", "add_key", "request_key", "bpf", "perf_event_open", "userfaultfd"),
    *("io_uring_setup", "io_uring_enter", "io_uring_register", "socket", "memfd_create"),
    *("shmget", "msgget", "semget", "mq_open", "kexec_load", "init_module", "finit_module"),
    *("name_to_handle_at", "open_by_handle_at", "pidfd_open", "pidfd_getfd"),
    *("pidfd_send_signal", "personality", "acct", "quotactl", "reboot", "swapon", "syslog"),
    *("sched_setscheduler", "sched_setattr", "setpriority", "ioprio_set", "setrlimit"),
    *("sched_setaffinity", "sched_setparam", "migrate_pages", "move_pages", "process_madvise"),
    *("process_mrelease", "memfd_secret", "io_setup", "kcmp"),
)
_NO_SUCH_CALL, _NOT_PERMITTED = 38, 1
_CLONE_THREAD = 0x00010000
_MAP_SHARED = 0x01
# A file or pipe can send any signal to a process that is made its owner: F_SETOWN, F_SETSIG and
# F_SETOWN_EX of fcntl, FIOSETOWN and SIOCSPGRP of ioctl.
_OWNERS = {"fcntl": (8, 10, 15), "ioctl": (0x8901, 0x8902)}
_WORD = 0xFFFFFFFF


def _filter(library: Any) -> None:
    """Forbid new processes, programs, sockets, signals to others and more; threads are allowed."""
    rules = library.SyscallFilter(library.ALLOW)
    refuse = library.ERRNO(_NOT_PERMITTED)
    for name in _FORBIDDEN:
        try:
            rules.add_rule(refuse, name)
        except (OSError, RuntimeError, ValueError):
            # This machine has no such call.
            continue
    # Its flags stand in memory where a filter cannot look; the libraries then use clone.
    rules.add_rule(library.ERRNO(_NO_SUCH_CALL), "clone3")
    rules.add_rule(refuse, "clone", library.Arg(0, library.MASKED_EQ, _CLONE_THREAD, 0))
    me = os.getpid()
    for name in ("kill", "tgkill", "rt_sigqueueinfo", "rt_tgsigqueueinfo"):
        rules.add_rule(refuse, name, library.Arg(0, library.NE, me))
    rules.add_rule(refuse, "tkill")
    for name, commands in _OWNERS.items():
        for command in commands:
            # The kernel looks at the lower half of the argument only.
            rules.add_rule(refuse, name, library.Arg(1, library.MASKED_EQ, _WORD, command))
    # Memory that is shared with nobody yet counts for no limit.
    rules.add_rule(refuse, "mmap", library.Arg(3, library.MASKED_EQ, _MAP_SHARED, _MAP_SHARED))
    # prlimit64 of another process.
    rules.add_rule(refuse, "prlimit64", library.Arg(0, library.GT, 0))
    rules.load()


def _own_random_numbers() -> None:
    """Let no two learners draw the same random numbers, as all begin as copies of one process."""
    import random

    random.seed()
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed()


class _Stream:
    """Stands for sys.stdout or sys.stderr, and keeps what is written in its order."""

    encoding, errors, closed = "utf-8", "strict", False

    def __init__(self, name: str, into: Outputs):
        self.name, self.into = name, into

    def write(self, text: str) -> int:
        if not isinstance(text, str):
            raise TypeError(f"write() argument must be str, not {type(text).__name__}")
        self.into.stream(self.name, text)
        return len(text)

    def writelines(self, texts: Any) -> None:
        for text in texts:
            self.write(text)

    def flush(self) -> None:
        pass

    def isatty(self) -> bool:
        return False

    def writable(self) -> bool:
        return True

    def readable(self) -> bool:
        return False


class Outputs:
    """The outputs of a cell, as a notebook has them, in the order in which they came."""

    def __init__(self, shell: Any):
        self.shell = shell
        self.found: list[dict[str, Any]] = []
        self.written = 0
        sys.stdout, sys.stderr = _Stream("stdout", self), _Stream("stderr", self)
        into = self

        class Hook(type(shell.displayhook)):  # type: ignore[misc]
            def write_output_prompt(self) -> None:
                pass

            def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
                into.data("execute_result", format_dict, md_dict)

            def start_displayhook(self) -> None:
                pass

            def finish_displayhook(self) -> None:
                pass

        class Publisher(type(shell.display_pub)):  # type: ignore[misc]
            def publish(
                self, data: Any, metadata: Any = None, *rest: Any, update: bool = False, **more: Any
            ) -> None:
                into.data("display_data", data, metadata)

            def clear_output(self, wait: bool = False) -> None:
                into.found.clear()

        shell.displayhook = Hook(shell=shell, parent=shell)
        shell.display_trap.hook = shell.displayhook
        shell.display_pub = Publisher(shell=shell, parent=shell)
        shell._showtraceback = self.error

    def begin(self) -> None:
        """Forget the cell before."""
        self.found, self.written = [], 0

    def end(self) -> list[dict[str, Any]]:
        """Give the outputs of the cell."""
        return self.found

    def stream(self, name: str, text: str) -> None:
        """Keep what was written; text that is far too long is cut."""
        room = _LONGEST_STREAM - self.written
        if room <= 0:
            return
        self.written += len(text)
        if len(text) > room:
            text = text[:room] + "\n... Output truncated ...\n"
        last = self.found[-1] if self.found else {}
        if last.get("output_type") == "stream" and last["name"] == name:
            last["text"] += text
        else:
            self.found.append({"output_type": "stream", "name": name, "text": text})

    def data(self, kind: str, data: Any, metadata: Any) -> None:
        """Keep what was shown."""
        plain = {}
        for name, value in data.items():
            if isinstance(value, bytes):
                value = base64.b64encode(value).decode()
            plain[name] = value
        output = {"output_type": kind, "data": plain, "metadata": metadata or {}}
        if kind == "execute_result":
            output["execution_count"] = None
        self.found.append(output)

    def error(self, kind: Any, value: Any, lines: list[str]) -> None:
        """Keep an error, in the words of the shell."""
        self.found.append(
            {
                "output_type": "error",
                "ename": str(getattr(kind, "__name__", kind)),
                "evalue": str(value),
                "traceback": list(lines),
            }
        )


if __name__ == "__main__":
    main()
