"""Grading on a dask cluster with the gradebook on PostgreSQL, and a worker killed in the middle."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import missing
from cohort import COHORT
from test_grade import WEEK, hand_in, rows, sheet

from organizer_lab.grading import batch, sandbox

pytestmark = pytest.mark.slow
pytest.importorskip("distributed")
pytest.importorskip("psycopg")

SUBMISSIONS = 40


def free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return free.getsockname()[1]


@pytest.fixture(scope="module")
def postgres(tmp_path_factory) -> Iterator[str]:
    """A PostgreSQL server of its own, on the loopback, with an empty database."""
    places = [*Path("/usr/lib/postgresql").glob("*/bin"), Path("/usr/local/bin"), Path("/usr/bin")]
    home = next((place for place in places if (place / "initdb").exists()), None)
    if home is None:
        missing("PostgreSQL is not installed.")
    # Its folder must be reachable by the user that PostgreSQL runs as, who is never root.
    folder = Path("/tmp" if os.geteuid() == 0 else tmp_path_factory.mktemp("postgres"))
    folder = folder / f"organizer-lab-postgres-{os.getpid()}"
    folder.mkdir(mode=0o700)
    who: list[str] = []
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres", "postgres")
        who = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    port = free_port()
    try:
        subprocess.run(
            [*who, str(home / "initdb"), "-D", str(folder / "data"), "-U", "lab", "-A", "trust"],
            check=True,
            capture_output=True,
            cwd="/",
        )
        server = subprocess.Popen(
            [
                *(*who, str(home / "postgres"), "-D", str(folder / "data"), "-p", str(port)),
                *("-c", "listen_addresses=127.0.0.1", "-c", f"unix_socket_directories={folder}"),
                *("-c", "fsync=off"),
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            cwd="/",
        )
        try:
            yield f"postgresql+psycopg://lab@127.0.0.1:{_answering(port)}/postgres"
        finally:
            server.send_signal(signal.SIGINT)
            server.wait(timeout=60)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _answering(port: int) -> int:
    import psycopg

    for _ in range(300):
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(f"postgresql://lab@127.0.0.1:{port}/postgres").close()
            return port
        time.sleep(0.1)
    raise AssertionError("PostgreSQL did not start")


@pytest.fixture
def cluster(tmp_path) -> Iterator[tuple[str, list[subprocess.Popen]]]:
    """A scheduler and two workers, as somebody starts them on several machines."""
    port = free_port()
    address = f"tcp://127.0.0.1:{port}"
    started: list[subprocess.Popen] = []

    def start(program: str, *words: str) -> None:
        started.append(
            subprocess.Popen(
                [sys.executable, "-m", f"distributed.cli.dask_{program}", *words, "--no-dashboard"],
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                cwd=tmp_path,
            )
        )

    try:
        start("scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-show")
        for number in range(2):
            folder = str(tmp_path / f"worker-{number}")
            start("worker", address, "--nthreads=1", "--no-nanny", "--local-directory", folder)
        _wait_for_workers(address, 2)
        yield address, started[1:]
    finally:
        for process in reversed(started):
            process.kill()
            process.wait()


def _wait_for_workers(address: str, count: int) -> None:
    from distributed import Client

    for attempt in range(60):
        with contextlib.suppress(OSError), Client(address, timeout=5, set_as_default=False) as ask:
            ask.wait_for_workers(count, timeout=60)
            return
        time.sleep(0.5 + attempt / 20)
    raise AssertionError("the scheduler did not answer")


def test_a_lost_worker_loses_no_submission(tmp_path, repository, postgres, cluster):
    from organizer_lab.grading.release import release

    if not all(sandbox.layers().values()):
        missing("The sandbox needs bubblewrap, libseccomp and Linux.")
    course = tmp_path / "exercises"
    course.mkdir()
    config = (repository / "exercises" / "nbgrader_config.py").read_text()
    (course / "nbgrader_config.py").write_text(
        f"{config}\nc.CourseDirectory.db_url = {postgres!r}\n"
    )
    for name in ("source", "rubrics"):
        shutil.copytree(repository / "exercises" / name, course / name)
    release(WEEK, folder=course)
    for number in range(SUBMISSIONS):
        hand_in(course, f"learner-{number:02}", COHORT[number % 6].sheet(sheet(course)))
    address, workers = cluster
    killed = threading.Event()

    def kill_one(line: str) -> None:
        if not killed.is_set():
            workers[0].kill()
            killed.set()

    summary = batch.grade_week(WEEK, course, cluster=address, say=kill_one)
    assert killed.is_set() and workers[0].wait(timeout=10)
    assert summary.failed == {} and len(summary.graded) == SUBMISSIONS
    assert not (course / "gradebook.db").exists()
    found = rows(course, postgres)
    assert len(found) == SUBMISSIONS
    for number in range(SUBMISSIONS):
        mine = found[f"learner-{number:02}"]
        score = sum(row[0] or 0 for name, row in mine.items() if name.startswith("grade "))
        assert score == sum(COHORT[number % 6].points.values())
    again = batch.grade_week(WEEK, course, cluster=address)
    assert (again.graded, len(again.unchanged)) == ([], SUBMISSIONS)
