"""JupyterLab's server with nbgrader's formgrader, as a facilitator opens it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TOKEN = "cohort"


@contextmanager
def formgrader(course: Path) -> Iterator[str]:
    """Start it in a course directory; give the address of its pages."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = subprocess.Popen(
        [
            *(sys.executable, "-m", "jupyter", "server", "--no-browser", "--allow-root"),
            *("--ServerApp.ip=127.0.0.1", f"--ServerApp.port={port}", "--ServerApp.port_retries=0"),
            *(f"--IdentityProvider.token={TOKEN}", "--ServerApp.disable_check_xsrf=True"),
            "--ServerApp.jpserver_extensions=nbgrader.server_extensions.formgrader=True",
        ],
        cwd=course,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(course.parent / "jupyter")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}/formgrader"
    try:
        for _ in range(240):
            try:
                ask = urllib.request.Request(
                    f"{address}/api/assignments", headers={"Authorization": f"token {TOKEN}"}
                )
                urllib.request.urlopen(ask, timeout=60).close()
                break
            except OSError:
                assert server.poll() is None, "the Jupyter server ended"
                time.sleep(0.5)
        yield address
    finally:
        server.terminate()
        server.wait(timeout=60)
