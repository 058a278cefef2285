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

_PR_SET_CHILD_SUBREAPER = 36
_EVERY_S = 0.5


def descendants(root: int) -> list[int]:
    """List the processes below one, itself included, as they are now."""
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            with contextlib.suppress(OSError, ValueError, IndexError):
                # The name of the program, in brackets, may hold anything.
                rest = (entry / "stat").read_text(errors="replace").rpartition(")")[2].split()
                parents[int(entry.name)] = int(rest[1])
    found = [root]
    for one in found:
        found += [child for child, parent in parents.items() if parent == one]
    return found


def cpu_s(processes: list[int]) -> float:
    """Give the seconds of processor that they used, with those of the children they waited for."""
    ticks = 0
    for process in processes:
        with contextlib.suppress(OSError, ValueError, IndexError):
            rest = Path(f"/proc/{process}/stat").read_text(errors="replace").rpartition(")")[2]
            ticks += sum(map(int, rest.split()[11:15]))
    return ticks / os.sysconf("SC_CLK_TCK")


def memory_mb(processes: list[int]) -> float:
    """Give the megabytes that they hold together; a page that several share counts once (PSS)."""
    total = 0
    for process in processes:
        with contextlib.suppress(OSError):
            for line in Path(f"/proc/{process}/smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
    return total / 1024


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
            mine = [process for process in descendants(os.getpid()) if process != os.getpid()]
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
