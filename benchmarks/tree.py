"""Run a program and measure it together with all that it starts. Linux only.

``python -m benchmarks.tree RESULT PROGRAM ...`` writes a JSON file. It is a program of its own, so
that it can wait for every descendant, also those whose parent was ended before them (a sandbox):
Linux counts the time of a process that was waited for, and no other.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import resource
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil

_PR_SET_CHILD_SUBREAPER = 36
_EVERY_S = 0.5


def descendants(root: int) -> list[psutil.Process]:
    """List the processes below one, itself included, as they are now."""
    first = psutil.Process(root)
    return [first, *first.children(recursive=True)]


def cpu_s(processes: list[psutil.Process]) -> float:
    """Give the seconds of processor that they used, with those of the children they waited for."""
    seconds = 0.0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            times = process.cpu_times()
            seconds += times.user + times.system + times.children_user + times.children_system
    return seconds


def memory_mb(processes: list[psutil.Process]) -> float:
    """Give the megabytes that they hold together; a page that several share counts once (PSS)."""
    total = 0
    for process in processes:
        with contextlib.suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total / 2**20


def main() -> int:
    """Run the program; give its exit status."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    curve: list[tuple[float, float]] = []
    seen = [0.0]
    start = time.monotonic()
    program = subprocess.Popen(sys.argv[2:])
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_EVERY_S):
            _, *mine = descendants(os.getpid())
            curve.append((round(time.monotonic() - start, 2), round(memory_mb(mine), 1)))
            seen.append(cpu_s(mine))

    watcher = threading.Thread(target=watch)
    watcher.start()
    status = program.wait()
    wall = time.monotonic() - start
    with contextlib.suppress(ChildProcessError):
        while True:
            os.wait()
    over.set()
    watcher.join()
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    # The time of a sandbox is lost where nobody waited for its first process: then what was last
    # seen of the running tree is nearer to the truth.
    cpu = max(used.ru_utime + used.ru_stime, max(seen))
    result = {"wall_s": wall, "cpu_s": cpu, "memory_mb": curve}
    Path(sys.argv[1]).write_text(json.dumps(result), encoding="utf-8")
    return status


if __name__ == "__main__":
    sys.exit(main())
