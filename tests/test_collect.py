"""Collecting: what PAWS, folders and zips can hold, and what becomes of each of it."""

from __future__ import annotations

import contextlib
import csv
import hashlib
import io
import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import threading
import time
import warnings
import zipfile
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from organizer_lab import cli
from organizer_lab.errors import LabError
from organizer_lab.grading import collect as collecting
from organizer_lab.grading.collect import collect
from organizer_lab.grading.incoming import files, paws
from organizer_lab.grading.incoming.paws import Paws
from organizer_lab.grading.roster import Learner, Roster
from organizer_lab.handin import pack as packing

WEEK = "week-1"
NAMES = ("Ada Lovelace", "Ngũgĩ 'X' O'Neil", "日本 太郎", "Bo")
MONDAY, TUESDAY, WEDNESDAY = (datetime(2025, 3, day, 12, tzinfo=UTC) for day in (3, 4, 5))


def sheet(text: str = "hello") -> bytes:
    cell = {"cell_type": "markdown", "id": "a", "metadata": {}, "source": text}
    return json.dumps(
        {"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    ).encode()


@pytest.fixture
def people() -> Roster:
    return Roster(map(Learner, NAMES))


@pytest.fixture
def course(tmp_path) -> Path:
    folder = tmp_path / "exercises"
    folder.mkdir()
    return folder


@pytest.fixture
def box(tmp_path) -> Path:
    """A folder with what learners sent."""
    folder = tmp_path / "sent"
    folder.mkdir()
    return folder


def put(path: Path, content: bytes, when: datetime = MONDAY) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    os.utime(path, (when.timestamp(),) * 2)
    return path


def submitted(course: Path, learner: str) -> dict[str, bytes]:
    folder = course / "submitted" / learner / WEEK
    return {path.name: path.read_bytes() for path in folder.iterdir()} if folder.is_dir() else {}


def states(found) -> dict[str, str]:
    return {each.username: each.state for each in found.outcomes if each.username}


def shelf(course: Path, learner: str) -> list[str]:
    folder = course / "received" / WEEK / learner
    return sorted(path.name for path in folder.glob("2*")) if folder.is_dir() else []


def refusals(found) -> dict[str, str]:
    return {each.origin: each.reason for each in found.outcomes if each.state == "refused"}


# -- a server that answers as PAWS does ------------------------------------------------------


class FakePaws:
    """Public copies as nbserve gives them, and everything that can go wrong on the way."""

    def __init__(self):
        self.homes: dict[tuple[str, str], tuple[bytes, datetime]] = {}
        self.special: dict[str, list] = {}
        self.asked: list[str] = []
        self.agents: set[str] = set()
        self.at_once = self.most_at_once = 0
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *args):
                pass

            def do_GET(self):
                outer.at_once += 1
                outer.most_at_once = max(outer.most_at_once, outer.at_once)
                try:
                    with contextlib.suppress(ConnectionError):
                        outer.answer(self)
                finally:
                    outer.at_once -= 1

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.address = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def save(self, name: str, content: bytes, when=MONDAY, file=f"{WEEK}.ipynb", folder=None):
        folder = folder or f"organizer-lab-learners/exercises/{WEEK}"
        self.homes[name, f"{folder}/{file}"] = content, when

    def answer(self, request):
        self.asked.append(request.path)
        self.agents.add(request.headers["User-Agent"])
        parts = urlsplit(request.path)
        name, _, path = parts.path.removeprefix("/User:").partition("/")
        name, path = unquote(name).replace("_", " "), unquote(path)
        queue = self.special.get(name)
        if queue:
            special = queue.pop(0) if len(queue) > 1 else queue[0]
            if special is not None:
                return special(request)
        if any(part.startswith(".") for part in path.split("/")):
            return self.send(request, 403, b"<html>403 Forbidden</html>", "text/html")
        if (name, path) not in self.homes:
            return self.send(request, 404, b"<html>404 Not Found</html>", "text/html")
        content, when = self.homes[name, path]
        if path.endswith(".ipynb") and parts.query != "format=raw":
            return self.send(request, 200, b"<!DOCTYPE html><p>a page</p>", "text/html")
        etag = f'"{int(when.timestamp()):x}-{len(content):x}"'
        headers = {"ETag": etag, "Last-Modified": format_datetime(when, usegmt=True)}
        if request.headers["If-None-Match"] == etag:
            return self.send(request, 304, b"", None, headers)
        kind = "application/json" if path.endswith(".json") else "text/plain"
        return self.send(request, 200, content, kind, headers)

    @staticmethod
    def send(request, code, body, kind, headers=()):
        request.send_response(code)
        for key, value in dict(headers).items():
            request.send_header(key, value)
        if kind:
            request.send_header("Content-Type", kind)
        if code != 304:
            request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        request.wfile.write(body)


@pytest.fixture
def server():
    running = FakePaws()
    yield running
    running.server.shutdown()
    running.server.server_close()


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def ask(course, people, server, slept):
    """Collect from the server, without waiting."""

    def run(learners=people, **options):
        with_address = options.pop("address", server.address)
        asker = Paws(with_address, pause=0.01, sleep=slept.append)
        return collect(WEEK, learners, folder=course, paws=asker, **options)

    return run


def test_paws_gives_notebook_and_plan(ask, server, course, people):
    for position, name in enumerate(NAMES[:3]):
        server.save(name, sheet(name), MONDAY)
        server.save(name, b'{"n": %d}' % position, TUESDAY, "plan.json")
    found = ask()
    assert states(found) == dict(zip(NAMES, ["collected"] * 3 + ["missing"], strict=True))
    for position, learner in enumerate(list(people)[:3]):
        assert submitted(course, learner.id) == {
            "week-1.ipynb": sheet(learner.username),
            "plan.json": b'{"n": %d}' % position,
            # The later of the two is when the learner was last at work.
            "timestamp.txt": b"2025-03-04 12:00:00.000000 UTC\n",
        }
        assert len(shelf(course, learner.id)) == 2
    assert "paws_path can name another one" in found.of("missing")[0].reason
    assert found.troubles == 0 and server.most_at_once == 1
    (agent,) = server.agents
    assert "organizer-lab" in agent and "no contact given" in agent
    assert any("/User:%E6%97%A5%E6%9C%AC_%E5%A4%AA%E9%83%8E/" in path for path in server.asked)
    # nbgrader reads the time, as the first of its own steps does.
    with open(course / "received" / WEEK / collecting.REPORT, encoding="utf-8-sig") as file:
        rows = list(csv.DictReader(file))
    assert [row["username"] for row in rows] == list(NAMES)


def test_the_second_time_only_news_are_sent(ask, server, course):
    for name in NAMES:
        server.save(name, sheet(name), MONDAY)
    ask()
    server.save("Bo", sheet("better"), TUESDAY)
    sent = []
    plain = server.send
    server.send = lambda request, code, *rest: (sent.append(code), plain(request, code, *rest))
    found = ask()
    assert states(found) == dict.fromkeys(NAMES[:3], "unchanged") | {"Bo": "updated"}
    assert sent.count(304) == 3 and sent.count(200) == 1
    assert submitted(course, "bo")["week-1.ipynb"] == sheet("better")
    # What was replaced is still there, as it came and as it stood.
    assert [name[-5:] for name in shelf(course, "bo")] == ["ipynb", "ipynb", "laced"]


def test_an_older_copy_never_replaces_a_newer_one(ask, server, course, box, people):
    put(box / "Bo" / "week-1.ipynb", sheet("by mail"), WEDNESDAY)
    collect(WEEK, people, [box], course)
    server.save("Bo", sheet("on PAWS"), TUESDAY)
    found = ask()
    (kept,) = found.of("kept")
    assert "older (2025-03-04 12:00:00 UTC)" in kept.reason and "2025-03-05" in kept.reason
    assert submitted(course, "bo")["week-1.ipynb"] == sheet("by mail")
    assert len(shelf(course, "bo")) == 2
    assert states(ask(replace=True))["Bo"] == "updated"
    assert submitted(course, "bo")["week-1.ipynb"] == sheet("on PAWS")


def test_a_newer_file_that_is_damaged_does_not_replace_a_whole_one(ask, server, course):
    server.save("Bo", sheet("whole"), MONDAY)
    ask()
    for damaged in (b"", sheet("cut")[:-20]):
        server.save("Bo", damaged, TUESDAY)
        (kept,) = [each for each in ask().outcomes if each.username == "Bo"]
        assert kept.state == "kept" and "damaged" in kept.reason
        assert submitted(course, "bo")["week-1.ipynb"] == sheet("whole")
    # Where nothing stands, damaged is better than nothing: it can be repaired.
    server.save("Ada Lovelace", sheet("cut")[:-20], MONDAY)
    (taken,) = [each for each in ask().outcomes if each.username == "Ada Lovelace"]
    assert taken.state == "collected" and "damaged" in taken.reason


def page(code, body=b"<html>error</html>", kind="text/html", **headers):
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda request: FakePaws.send(request, code, body, kind, headers)


def huge(promised):
    def answer(request):
        request.send_response(200)
        request.send_header("Content-Type", "text/plain")
        if promised:
            request.send_header("Content-Length", str(10**10))
        request.end_headers()
        with contextlib.suppress(ConnectionError):
            for _ in range(30):
                request.wfile.write(b'{"cells": "' + b"x" * 4_000_000)
        request.close_connection = True

    return answer


def cut(request):
    request.send_response(200)
    request.send_header("Content-Type", "text/plain")
    request.send_header("Content-Length", "100000")
    request.end_headers()
    request.wfile.write(sheet())
    request.close_connection = True


def hang_up(request):
    request.close_connection = True


@pytest.mark.parametrize(
    ("special", "phrase"),
    [
        (page(200), "sent a web page"),
        (page(200, b"\xef\xbb\xbf\n<!DOCTYPE HTML><p>Log in", "text/plain"), "sent a web page"),
        (page(200, b"\x89PNG\r\n", "image/png"), "something else than a notebook (image/png)"),
        (page(200, b"\x1f\x8b", "text/plain", Content_Encoding="gzip"), "packed"),
        (page(400), "HTTP 400"),
        (page(403), "HTTP 403"),
        (page(302, Location="https://idm.example.org/login"), "another server (idm.example.org)"),
        (page(302, Location="file:///etc/passwd"), "PAWS"),
        (huge(promised=True), "more than 50 MB"),
        (huge(promised=False), "more than 50 MB"),
    ],
)
def test_what_paws_sends_instead_of_a_notebook(ask, server, course, special, phrase, people):
    server.special["Ada Lovelace"] = [special]
    server.save("Bo", sheet())
    found = ask()
    (refused,) = found.of("refused")
    assert refused.username == "Ada Lovelace" and phrase in refused.reason
    assert submitted(course, "ada-_lovelace") == {} and states(found)["Bo"] == "collected"
    assert found.troubles == 1


@pytest.mark.parametrize(
    ("special", "phrase"),
    [
        (page(500), "HTTP 500"),
        (page(502), "HTTP 502"),
        (page(429), "HTTP 429"),
        (cut, "broke off"),
        (hang_up, "cannot be reached"),
    ],
)
def test_a_server_in_trouble_is_asked_again_and_more_slowly(
    ask, server, course, special, phrase, slept
):
    server.save("Ada Lovelace", sheet())
    server.special["Ada Lovelace"] = [special, special, None]
    assert states(ask())["Ada Lovelace"] == "collected"
    waits = [seconds for seconds in slept if seconds > 1]
    assert waits == [5, 10]
    server.special["Ada Lovelace"] = [special]
    shutil.rmtree(course / "received")
    (failed,) = ask().of("failed")
    assert phrase in failed.reason and "asked 4 times" in failed.reason
    # What stood there before still does.
    assert submitted(course, "ada-_lovelace")["week-1.ipynb"] == sheet()


def test_retry_after_is_obeyed(ask, server, slept):
    later = format_datetime(datetime.fromtimestamp(time.time() + 90, UTC), usegmt=True)
    server.save("Bo", sheet())
    server.special["Bo"] = [page(429, Retry_After="33"), page(503, Retry_After=later), None]
    assert states(ask())["Bo"] == "collected"
    short, long = (seconds for seconds in slept if seconds > 1)
    assert short == 33 and 80 < long <= 90
    server.special["Bo"] = [page(429, Retry_After="3600")]
    (failed,) = ask().of("failed")
    assert "wait 60 minutes" in failed.reason


def test_redirects_on_the_same_server_are_followed(ask, server):
    server.save("Cy", sheet("moved"))
    here = f"/User:Cy/organizer-lab-learners/exercises/{WEEK}/{WEEK}.ipynb?format=raw"
    server.special["Bo"] = [page(301, Location=here), page(404)]
    assert states(ask())["Bo"] == "collected"
    server.special["Bo"] = [page(302, Location=f"/User:Bo/x?{n}") for n in range(30)]
    found = ask()
    assert states(found)["Bo"] in {"refused", "failed"}


def test_a_slow_server_is_waited_for_only_so_long(ask, server, monkeypatch):
    monkeypatch.setattr(paws, "_SILENCE", 0.3)
    monkeypatch.setattr(paws, "_LONGEST", 0.5)

    def silent(request):
        time.sleep(1)

    def drip(request):
        request.send_response(200)
        request.send_header("Content-Type", "text/plain")
        request.send_header("Content-Length", "1000")
        request.end_headers()
        with contextlib.suppress(OSError):
            for _ in range(20):
                request.wfile.write(b"{")
                request.wfile.flush()
                time.sleep(0.1)
        request.close_connection = True

    server.special["Bo"], server.special["Ada Lovelace"] = [silent], [drip]
    reasons = {each.username: each.reason for each in ask().of("failed")}
    assert "cannot be reached" in reasons["Bo"] and "minutes for a file" in reasons["Ada Lovelace"]


def test_a_server_that_is_down_is_left_alone(ask, server, course, people, slept):
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{closed.getsockname()[1]}"
    found = ask(address=address)
    assert states(found) == dict.fromkeys(NAMES, "failed")
    assert len([seconds for seconds in slept if seconds > 1]) == 9
    assert "Not asked, because PAWS gave no answer 3 times" in found.outcomes[-1].reason


def test_a_reason_that_holds_for_many_is_said_once(tmp_path):
    names = [f"Person {number}" for number in range(30)]
    many = [collecting.Outcome("failed", "", name, "place", reason="No network.") for name in names]
    few = [
        collecting.Outcome("refused", "", name, "place", reason="Too large.") for name in names[:3]
    ]
    said = str(collecting.Collection("week-1", tmp_path, outcomes=many + few))
    assert said.count("No network.") == 1 and all(name in said for name in names)
    assert said.count("(place): Too large.") == 3


def test_a_plan_that_cannot_be_taken_does_not_keep_the_notebook_back(ask, server, course):
    server.save("Bo", sheet())
    server.special["Bo"] = [None, page(200)]
    (taken,) = [each for each in ask().outcomes if each.username == "Bo"]
    assert taken.state == "collected" and "Without plan.json" in taken.reason
    assert set(submitted(course, "bo")) == {"week-1.ipynb", "timestamp.txt"}


def test_a_submission_without_a_plan_keeps_the_earlier_plan(ask, server, course):
    server.save("Bo", sheet("one"), MONDAY)
    server.save("Bo", b"{}", MONDAY, "plan.json")
    ask()
    server.save("Bo", sheet("two"), TUESDAY)
    del server.homes["Bo", f"organizer-lab-learners/exercises/{WEEK}/plan.json"]
    (told,) = [each for each in ask().outcomes if each.username == "Bo"]
    assert told.state == "updated" and "the earlier one stays" in told.reason
    assert submitted(course, "bo")["plan.json"] == b"{}"
    assert submitted(course, "bo")["week-1.ipynb"] == sheet("two")


def test_a_slash_in_a_name_does_not_lead_into_another_home(ask, server):
    server.save("Foo", sheet(), folder=f"bar/organizer-lab-learners/exercises/{WEEK}")
    found = ask(Roster([Learner("Foo/bar")]))
    assert "slash" in found.of("refused")[0].reason and server.asked == []


def test_paths_of_the_roster(ask, server, course):
    server.save("Bo", sheet(), folder="my work")
    found = ask(Roster([Learner("Bo", paws_path="my work/week-N.ipynb")]))
    assert states(found) == {"Bo": "collected"}


def test_nothing_newer_is_not_a_loss(ask, server, course):
    server.save("Bo", sheet(), MONDAY)
    ask()
    server.homes.clear()
    (told,) = [each for each in ask().outcomes if each.username == "Bo"]
    assert told.state == "unchanged" and "2025-03-03" in told.reason
    # Somebody emptied submitted/: it is made again from what was received.
    server.save("Bo", sheet(), MONDAY)
    shutil.rmtree(course / "submitted")
    assert states(ask())["Bo"] == "collected"
    assert submitted(course, "bo")["week-1.ipynb"] == sheet()


def test_times_that_cannot_be_are_not_taken(ask, server, course):
    server.save("Bo", sheet("one"), datetime(2125, 1, 1, tzinfo=UTC))
    server.special["Ada Lovelace"] = [page(200, sheet(), "text/plain", Last_Modified="soon")]
    reasons = {each.username: each.reason for each in ask().of("collected")}
    assert "in the future" in reasons["Bo"]
    for learner in ("bo", "ada-_lovelace"):
        stamp = submitted(course, learner)["timestamp.txt"].decode()
        assert stamp.startswith(datetime.now(UTC).strftime("%Y-%m-%d"))


SCRIPT = """
import os, sys
from pathlib import Path
from organizer_lab.grading import collect
from organizer_lab.grading.incoming.paws import Paws
from organizer_lab.grading.roster import Learner, Roster

address, course, after, where, *names = sys.argv[1:]
count = 0

def die(*given, really={real}, **named):
    global count
    count += 1
    if count == int(after):
        os._exit(9)
    return really(*given, **named)

{real} = die
collect.collect("week-1", Roster(map(Learner, names)), folder=Path(course),
                paws=Paws(address, pause=0, patience=0.1))
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("real", "after"),
    [
        ("os.replace", 3),
        ("os.replace", 8),
        ("Path.rename", 1),
        ("Path.rename", 2),
        ("Path.rename", 4),
        ("collect.shutil.move", 1),
        ("Path.mkdir", 12),
    ],
)
def test_a_collection_that_is_killed_goes_on_where_it_was(server, course, ask, real, after):
    names = [f"Learner {n}" for n in range(6)]
    people = Roster(map(Learner, names))
    old, new = sheet("old"), sheet("new")
    for name in names:
        server.save(name, old, MONDAY)
        server.save(name, b"1", MONDAY, "plan.json")
    if real != "Path.mkdir":
        ask(people)
        for name in names:
            server.save(name, new, TUESDAY)
            server.save(name, b"2", TUESDAY, "plan.json")
    else:
        new = old
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            SCRIPT.format(real=real),
            server.address,
            course,
            str(after),
            "",
            *names,
        ],
        check=False,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 9, done.stderr
    for learner in people:
        # Whole, old or new; for a moment it may stand under its other name.
        there = submitted(course, learner.id)
        if there:
            pair = there["week-1.ipynb"], there["plan.json"], there["timestamp.txt"][:10]
            assert pair in {(old, b"1", b"2025-03-03"), (new, b"2", b"2025-03-04")} or new == old
    server.asked.clear()
    found = ask(people)
    assert {each.state for each in found.outcomes} <= {"collected", "updated", "unchanged"}
    for learner in people:
        assert submitted(course, learner.id)["week-1.ipynb"] == new
    assert [path.name for path in (course / "submitted").rglob(".*")] == []
    assert not list((course / "received").rglob("*progress*"))
    assert len(server.asked) == 2 * (len(names) - found.skipped)


def test_who_was_asked_before_an_interruption_is_not_asked_again(ask, server, course, people):
    for name in NAMES:
        server.save(name, sheet(name))
    server.special["日本 太郎"] = [page(503)]
    ask()
    del server.special["日本 太郎"]
    server.asked.clear()
    found = ask()
    assert found.skipped == 3 and "3 of them were asked before" in str(found)
    assert states(found) == dict.fromkeys(NAMES, "collected")
    assert len(server.asked) == 2
    server.asked.clear()
    assert ask().skipped == 0 and len(server.asked) == 8
    server.special["日本 太郎"] = [page(503)]
    ask()
    assert ask(afresh=True).skipped == 0


# -- folders ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "Ada Lovelace/week-1/week-1.ipynb",
        "ada-_lovelace/week-1/week-1.ipynb",
        "ada_Lovelace/week-1.ipynb",
        "North/Ada Lovelace/deep/er/Week 01/week-1 (2).ipynb",
        "Ada Lovelace.ipynb",
        "week-1_Ada_Lovelace_attempt_2025-03-03-12-00-00_week-1.ipynb",
        "ada lovelace - week-1.ipynb",
        "User_Ada Lovelace_123_assignsubmission_file_/week-1.ipynb",
        "Ada Lovelace/Untitled.IPYNB",
    ],
)
def test_whose_a_file_is_can_be_said_in_many_ways(course, box, people, path):
    put(box / path, sheet())
    found = collect(WEEK, people, [box], course)
    assert states(found)["Ada Lovelace"] == "collected", str(found)
    assert submitted(course, "ada-_lovelace") == {
        "week-1.ipynb": sheet(),
        "timestamp.txt": b"2025-03-03 12:00:00.000000 UTC\n",
    }


@pytest.mark.parametrize(
    ("path", "phrase"),
    [
        ("somebody/week-1.ipynb", "name nobody"),
        ("week-1.ipynb", "name nobody"),
        ("Bo/Ada Lovelace.ipynb", "several people: Ada Lovelace, Bo"),
        ("Bo and Ada Lovelace.ipynb", "several people"),
        ("Bo/Ada Lovelace/week-1.ipynb", "several people"),
        ("Bo.tar.gz", "Only zips"),
        ("Bo.zip", "no zip, or it is damaged"),
    ],
)
def test_nobody_hands_in_for_somebody_else(course, box, people, path, phrase):
    put(box / path, sheet())
    found = collect(WEEK, people, [box], course)
    (reason,) = refusals(found).values()
    assert phrase in reason and not (course / "submitted").exists()
    assert "Bo" not in states(found) or states(found)["Bo"] == "missing"


def test_plans_times_and_leftovers_in_folders(course, box, people):
    put(box / "Bo" / "week-1" / "week-1.ipynb", sheet(), WEDNESDAY)
    put(box / "Bo" / "week-1" / "plan.json", b"{}")
    put(box / "Bo" / "week-1" / "plan.previous.json", b"no")
    put(box / "Bo" / "week-1" / "timestamp.txt", b"2025-03-01 10:00:00.5 +0200\n")
    put(box / "Bo" / "week-1" / "Untitled.ipynb", b"scratch")
    put(box / "Bo" / "week-1" / ".ipynb_checkpoints" / "week-1-checkpoint.ipynb", b"old")
    put(box / "Bo" / "week-1" / "csv.py", b"boom")
    put(box / "Bo" / "week-2" / "week-2.ipynb", sheet("week 2"))
    put(box / "__MACOSX" / "Bo" / "week-1.ipynb", b"junk")
    put(box / "Ada Lovelace" / "week-1.ipynb", sheet())
    put(box / "Ada Lovelace" / "timestamp.txt", b"yesterday-ish [*]")
    put(box / "日本 太郎" / "plan.json", b"{}")
    put(box / "flat" / "ngũgĩ 'x' o'neil_week-1.ipynb", sheet())
    put(box / "flat" / "plan.json", b"flat")
    found = collect(WEEK, people, [box], course)
    assert states(found) == {
        "Bo": "collected",
        "Ada Lovelace": "collected",
        "Ngũgĩ 'X' O'Neil": "collected",
        "日本 太郎": "missing",
    }
    assert submitted(course, "bo") == {
        "week-1.ipynb": sheet(),
        "plan.json": b"{}",
        "timestamp.txt": b"2025-03-01 08:00:00.000000 UTC\n",
    }
    assert submitted(course, people.find(NAMES[1]).id)["plan.json"] == b"flat"
    reasons = " ".join(each.reason for each in found.outcomes)
    assert "It is of week-2" in reasons and "has the right name" in reasons
    assert "timestamp.txt cannot be read" in reasons and "a plan, and no notebook" in reasons
    assert found.troubles == 0


@pytest.mark.parametrize(("hour", "told"), [(1, True), (-1, False)])
def test_a_second_copy_that_is_newer_is_told(course, box, people, hour, told):
    """The name decides, so a facilitator has to know where the time says something else."""
    put(box / "Bo" / "week-1.ipynb", sheet(), WEDNESDAY)
    put(box / "Bo" / "week-1 (1).ipynb", sheet("second"), WEDNESDAY + timedelta(hours=hour))
    found = collect(WEEK, people, [box], course)
    (left,) = [each for each in found.outcomes if each.state == "ignored"]
    assert ("This one is newer" in left.reason) is told
    assert submitted(course, "bo")["week-1.ipynb"] == sheet()


def test_links_and_odd_files_are_not_followed(course, box, people, tmp_path):
    secret = put(tmp_path / "gradebook.db", b"secret")
    other = put(tmp_path / "other" / "week-1.ipynb", sheet("of another learner"))
    (box / "Bo").mkdir()
    (box / "Bo" / "week-1.ipynb").symlink_to(other)
    (box / "Bo" / "plan.json").symlink_to(secret)
    (box / "Ada Lovelace").symlink_to(other.parent)
    (box / "日本 太郎").mkdir()
    os.mkfifo(box / "日本 太郎" / "week-1.ipynb")
    broken = os.fsencode(box) + b"/Bo/\xff\xfe week-1.ipynb"
    with open(broken, "wb") as file:
        file.write(sheet())
    found = collect(WEEK, people, [box], course)
    assert not (course / "submitted").exists() and shelf(course, "bo") == []
    reasons = sorted(refusals(found).values())
    assert [reason[:22] for reason in reasons] == [
        "It is a link to anothe",
        "It is a link to anothe",
        "It is a link to anothe",
        "It is not an ordinary ",
        "Its name is not UTF-8.",
    ]
    str(found).encode()


def test_second_collections_with_older_equal_and_newer_files(course, box, people):
    bo = box / "Bo" / "week-1.ipynb"

    def again(content: bytes, when: datetime, **options):
        put(bo, content, when)
        (each,) = [
            each
            for each in collect(WEEK, people, [box], course, **options).outcomes
            if each.username == "Bo"
        ]
        return each.state, submitted(course, "bo")["week-1.ipynb"]

    assert again(sheet("b"), TUESDAY) == ("collected", sheet("b"))
    assert again(sheet("b"), TUESDAY) == ("unchanged", sheet("b"))
    assert again(sheet("b"), WEDNESDAY) == ("unchanged", sheet("b"))
    assert submitted(course, "bo")["timestamp.txt"].startswith(b"2025-03-04")
    assert again(sheet("a"), MONDAY) == ("kept", sheet("b"))
    assert again(sheet("x"), TUESDAY) == ("refused", sheet("b"))
    assert again(sheet("c"), WEDNESDAY, dry_run=True) == ("updated", sheet("b"))
    assert again(sheet("c"), WEDNESDAY) == ("updated", sheet("c"))
    assert again(sheet("a"), MONDAY, replace=True) == ("updated", sheet("a"))
    # Everything that ever came is there, as it came.
    contents = {path.read_bytes() for path in (course / "received" / WEEK / "bo").glob("*.ipynb")}
    assert contents == {sheet(text) for text in "abcx"}


def test_a_submission_that_somebody_mended_by_hand_is_not_lost(course, box, people):
    put(box / "Bo" / "week-1.ipynb", sheet("sent"), MONDAY)
    collect(WEEK, people, [box], course)
    mended = course / "submitted" / "bo" / WEEK
    (mended / "week-1.ipynb").write_bytes(sheet("mended"))
    (mended / "notes.txt").write_bytes(b"by the facilitator")
    put(box / "Bo" / "week-1.ipynb", sheet("sent again"), TUESDAY)
    collect(WEEK, people, [box], course)
    (aside,) = (course / "received" / WEEK / "bo").glob("*-replaced")
    assert (aside / "week-1.ipynb").read_bytes() == sheet("mended")
    assert (aside / "notes.txt").exists()


def test_a_folder_without_the_notebook_is_set_aside_with_a_word(course, box, people):
    put(course / "submitted" / "bo" / WEEK / "Untitled.ipynb", sheet("by hand"))
    put(box / "Bo" / "week-1.ipynb", sheet("sent"))
    (told,) = collect(WEEK, people, [box], course).of("collected")
    assert "without a week-1.ipynb" in told.reason
    (aside,) = (course / "received" / WEEK / "bo").glob("*-replaced")
    assert (aside / "Untitled.ipynb").read_bytes() == sheet("by hand")


def test_a_submission_put_there_by_hand_has_the_time_of_its_file(course, box, people):
    put(course / "submitted" / "bo" / WEEK / "week-1.ipynb", sheet("by hand"), TUESDAY)
    put(box / "Bo" / "week-1.ipynb", sheet("older"), MONDAY)
    assert states(collect(WEEK, people, [box], course))["Bo"] == "kept"
    put(box / "Bo" / "week-1.ipynb", sheet("newer"), WEDNESDAY)
    assert states(collect(WEEK, people, [box], course))["Bo"] == "updated"


def test_two_in_one_collection(course, box, people):
    put(box / "first" / "Bo.ipynb", sheet("one"), MONDAY)
    put(box / "second" / "Bo.ipynb", sheet("two"), TUESDAY)
    put(box / "third" / "Bo.ipynb", sheet("three"), TUESDAY)
    for dry_run in (True, False):
        found = collect(WEEK, people, [box], course, dry_run=dry_run)
        of_bo = [each.state for each in found.outcomes if each.username == "Bo"]
        assert of_bo == ["collected", "updated", "refused"]
        assert (course / "received").exists() is not dry_run
    assert submitted(course, "bo")["week-1.ipynb"] == sheet("two")
    # The one that was refused can be taken from what was received, with its own time.
    (third,) = [
        path
        for path in (course / "received" / WEEK / "bo").glob("*.ipynb")
        if path.read_bytes() == sheet("three")
    ]
    found = collect(WEEK, people, [third], course, replace=True)
    assert states(found)["Bo"] == "updated"
    assert submitted(course, "bo")["week-1.ipynb"] == sheet("three")
    assert submitted(course, "bo")["timestamp.txt"].startswith(b"2025-03-04 12:00:00")


def test_nbgrader_s_own_collect_layout_and_patterns(course, tmp_path, people):
    box = tmp_path / "downloaded" / WEEK / "archive"
    put(box / "ps1_Bo_attempt_2016-01-30-15-00-00_week-1.ipynb", sheet("old"))
    put(box / "ps1_Bo_attempt_2016-02-01-08-30-00_week-1.ipynb", sheet("new"))
    put(box / "ps1_Nobody_attempt_2016-01-30-15-00-00_week-1.ipynb", sheet())
    put(box / "readme.ipynb", sheet())
    pattern = r".*_(?P<student_id>\w+)_attempt_(?P<timestamp>[0-9\-]+)_(?P<file_id>\w+)"
    found = collect(WEEK, people, [box], course, pattern=pattern)
    assert submitted(course, "bo")["week-1.ipynb"] == sheet("new")
    assert submitted(course, "bo")["timestamp.txt"] == b"2016-02-01 08:30:00.000000 UTC\n"
    assert [each.state for each in found.outcomes if not each.username] == ["refused", "ignored"]
    for wrong in ("(", "(?P<who>x)"):
        with pytest.raises(LabError, match="pattern"):
            collect(WEEK, people, [box], course, pattern=wrong)


# -- zips ------------------------------------------------------------------------------------


def pack(path: Path, members, **options) -> Path:
    """Make a zip of names or ZipInfos and contents, in order."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings(), zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        warnings.simplefilter("ignore")
        for name, content in members:
            if isinstance(name, str):
                name = zipfile.ZipInfo(name, (2025, 3, 3, 12, 0, 0))
                name.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(name, content, **options)
    return path


def special(name: str, mode: int = 0o100644, flags: int = 0) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name, (2025, 3, 3, 12, 0, 0))
    info.external_attr, info.flag_bits = mode << 16, flags
    info.create_system = 3
    return info


def test_zips_of_one_and_of_many(course, box, people):
    pack(box / "Bo.zip", [("week-1/week-1.ipynb", sheet("bo")), ("week-1/plan.json", b"{}")])
    everybody = pack(
        box.parent / "platform-week-1.zip",
        [
            ("Ada Lovelace_77_file/week-1.ipynb", sheet("ada")),
            ("日本 太郎/week-1.ipynb", sheet("taro")),
            ("日本 太郎/", b""),
            ("__MACOSX/日本 太郎/._week-1.ipynb", b"junk"),
            ("windows\\Ngũgĩ 'X' O'Neil\\week-1.ipynb", sheet("ngũgĩ")),
        ],
    )
    found = collect(WEEK, people, [box, everybody], course)
    assert states(found) == dict.fromkeys(NAMES, "collected"), str(found)
    assert submitted(course, "bo")["plan.json"] == b"{}"
    assert submitted(course, "bo")["timestamp.txt"].startswith(b"2025-03-03 12:00:00")
    assert submitted(course, people.find(NAMES[1]).id)["week-1.ipynb"] == sheet("ngũgĩ")


def test_bad_members_are_refused_one_by_one(course, box, people, tmp_path):
    link = special("Bo/week-1.ipynb", 0o120777)
    pack(
        box / "all.zip",
        [
            (link, b"../../gradebook.db"),
            ("../Bo/plan.json", b"{}"),
            ("/etc/Bo/week-1.ipynb", sheet()),
            ("C:\\Bo\\week-1.ipynb", sheet()),
            ("..\\Bo\\week-1.ipynb", sheet()),
            (special("Bo/a/week-1.ipynb", 0o010644), sheet()),
            ("Bo/twice/week-1.ipynb", sheet("one")),
            ("Bo/Twice/week-1.ipynb", sheet("two")),
            ("Bo/bad\x07/week-1.ipynb", sheet()),
            ("Bo/inner.zip", b"PK\x05\x06" + b"\0" * 18),
            ("Bo/inner.7z", b"7z"),
            ("Ada Lovelace/week-1.ipynb", sheet("honest")),
        ],
    )
    before = sorted(path for path in tmp_path.rglob("*"))
    found = collect(WEEK, people, [box], course)
    assert states(found)["Ada Lovelace"] == "collected"
    told = [(origin.partition(": ")[2], reason) for origin, reason in refusals(found).items()]
    for name, phrase in [
        ("Bo/week-1.ipynb", "link"),
        ("../Bo/plan.json", "'..'"),
        ("/etc/Bo/week-1.ipynb", "absolute"),
        ("C:/Bo/week-1.ipynb", "absolute"),
        ("../Bo/week-1.ipynb", "'..'"),
        ("Bo/a/week-1.ipynb", "not an ordinary file"),
        ("Bo/twice/week-1.ipynb", "two files of this name"),
        ("Bo/Twice/week-1.ipynb", "two files of this name"),
        ("Bo/bad\\x07/week-1.ipynb", "cannot be seen"),
        ("Bo/inner.zip", "A zip in a zip"),
        ("Bo/inner.7z", "Only zips"),
    ]:
        assert any(name == each and phrase in reason for each, reason in told), (name, told)
    assert len(told) == 11 and submitted(course, "bo") == {}
    made = set(tmp_path.rglob("*")) - set(before)
    assert all(course in path.parents for path in made)


def raw_zip(name: bytes, content: bytes, *, flags=0, size=None, method=0, packed=None) -> bytes:
    """A zip whose every field can lie."""
    import zlib

    packed = content if packed is None else packed
    size = len(content) if size is None else size
    head = struct.pack(
        "<HHHHHLLLHH", 20, flags, method, 0, 0x5A63, zlib.crc32(content), len(packed), size,
        len(name), 0,
    )  # fmt: skip
    local = b"PK\x03\x04" + head + name + packed
    central = (
        b"PK\x01\x02" + struct.pack("<H", 20) + head
        + struct.pack("<HHHLL", 0, 0, 0, 0o100644 << 16, 0) + name
    )  # fmt: skip
    end = b"PK\x05\x06" + struct.pack("<HHHHLLH", 0, 0, 1, 1, len(central), len(local), 0)
    return local + central + end


def deflated(content: bytes) -> bytes:
    import zlib

    press = zlib.compressobj(9, zlib.DEFLATED, -15)
    return press.compress(content) + press.flush()


BOMB = deflated(b"\0" * 300_000_000)


@pytest.mark.parametrize(
    ("content", "phrase"),
    [
        (raw_zip(b"week-1.ipynb", sheet(), flags=1), "encrypted"),
        (raw_zip(b"\xff\xfe.ipynb", sheet()), "not UTF-8"),
        (raw_zip(b"\xff\xfe.ipynb", sheet(), flags=0x800), "damaged"),
        (raw_zip(b"week-1.ipynb", b"", size=300_000_000, method=8, packed=BOMB), "300 MB"),
        (raw_zip(b"week-1.ipynb", b"", size=1000, method=8, packed=BOMB), "larger than"),
        (raw_zip(b"week-1.ipynb", sheet(), method=14), "unusual way"),
        (raw_zip(b"week-1.ipynb", sheet(), method=8, packed=b"\xff\xff\xff"), "damaged"),
        (raw_zip(b"week-1.ipynb", sheet())[:-30], "damaged"),
        (b"PK\x03\x04 not a zip at all", "damaged"),
        (b"", "damaged"),
    ],
)
def test_zips_that_lie(course, box, people, content, phrase):
    put(box / "Bo.zip", content)
    put(box / "Ada Lovelace" / "week-1.ipynb", sheet("honest"))
    found = collect(WEEK, people, [box], course)
    (reason,) = refusals(found).values()
    assert phrase in reason, reason
    assert submitted(course, "bo") == {} and states(found)["Ada Lovelace"] == "collected"


def test_names_in_utf_8_without_the_mark_that_says_so(course, box, people):
    name = "日本 太郎/week-1.ipynb".encode()
    put(box / "all.zip", raw_zip(name, sheet()))
    assert states(collect(WEEK, people, [box], course))["日本 太郎"] == "collected"


def test_files_that_lie_on_top_of_each_other(course, box, people):
    """A few kilobytes that would be petabytes: all entries share one packed content."""
    path = pack(box / "Bo.zip", [("week-1.ipynb", b"0" * 1_000_000), ("x.ipynb", b"0" * 10)])
    content = bytearray(path.read_bytes())
    second = content.rindex(b"PK\x01\x02")
    content[second + 42 : second + 46] = struct.pack("<L", 10)
    path.write_bytes(content)
    (reason,) = refusals(collect(WEEK, people, [box], course)).values()
    assert "on top of each other" in reason


def test_too_large_files_in_folders(course, box, people, monkeypatch):
    monkeypatch.setitem(files._LIMITS, ".ipynb", 100)
    put(box / "Bo" / "week-1.ipynb", sheet("x" * 1000))
    (reason,) = refusals(collect(WEEK, people, [box], course)).values()
    assert "more than 1 MB" in reason


def test_memory_and_disk_stay_flat_with_bombs(course, box, people):
    resource = pytest.importorskip("resource")
    lie = raw_zip(b"week-1.ipynb", b"", size=49_000_000, method=8, packed=BOMB)
    for n in range(5):
        put(box / f"{n}" / "Bo.zip", lie)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    found = collect(WEEK, people, [box], course)
    assert len(refusals(found)) == 5
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 150_000  # kilobytes
    assert sum(path.stat().st_size for path in course.rglob("*") if path.is_file()) < 10_000


def test_a_zip_full_of_sheets_does_not_fill_the_disk(course, box, people):
    """A hundred different sheets of one learner, and as many packages; the newest counts."""
    sheets = [(f"{n}/week-1.ipynb", sheet(f"version {n}")) for n in range(100)]
    pack(box / "Bo.zip", sheets)
    os.utime(box / "Bo.zip", (MONDAY.timestamp(),) * 2)
    packages = [(f"{n}.zip", package(f"package {n}")) for n in range(100)]
    pack(box / "Ada Lovelace.zip", packages)
    put(box / "Bo" / "week-1.ipynb", sheet("newest"), TUESDAY)
    found = collect(WEEK, people, [box], course)
    assert len(shelf(course, "bo")) <= 21 and len(shelf(course, "ada-_lovelace")) <= 20
    assert "80 packages are not looked at" in " ".join(refusals(found).values())
    (left,) = [each for each in found.of("ignored") if each.username == "Bo"]
    assert "81 older ones are not looked at: only the newest 20" in left.reason
    assert b"newest" in submitted(course, "bo")["week-1.ipynb"]


def package(text: str, made: datetime = TUESDAY, week: str = WEEK, **files: bytes) -> bytes:
    """What a learner's button makes, from a list that can lie."""
    content = {f"{week}.ipynb": sheet(text), "plan.json": b'{"of": "package"}'} | files
    manifest = {
        "kind": packing.KIND,
        "format": packing.FORMAT,
        "week": week,
        "edition": "0" * 16,
        "made": made.isoformat(),
        "files": {name: hashlib.sha256(each).hexdigest() for name, each in content.items()},
        "findings": [],
    }
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, each in content.items():
            packed.writestr(name, each)
        packed.writestr(packing.MANIFEST, json.dumps(manifest))
    return archive.getvalue()


def test_packages_alone_and_in_the_zip_of_a_platform(course, box, people):
    mine = package("bo")
    put(box / "Bo" / "week-1.zip", mine)
    put(box / "Ada Lovelace (1).zip", package("ada"))
    put(box / "Bo" / "later" / "week-1.zip", package("other week", week="week-2"))
    pack(box / "platform.zip", [("日本 太郎_9_file/week-1.zip", package("taro"))])
    found = collect(WEEK, people, [box], course)
    assert [each.username for each in found.of("collected")] == [NAMES[0], NAMES[2], NAMES[3]]
    assert [each.username for each in found.of("missing")] == [NAMES[1]]
    assert submitted(course, "bo") == {
        "week-1.ipynb": sheet("bo"),
        "plan.json": b'{"of": "package"}',
        "timestamp.txt": b"2025-03-04 12:00:00.000000 UTC\n",
    }
    # The package itself is kept as it came, and can be collected from there.
    (kept,) = (course / "received" / WEEK / "bo").glob("*.zip")
    assert kept.read_bytes() == mine
    assert "It is of week-2." in [each.reason for each in found.of("ignored")]
    shutil.rmtree(course / "submitted")
    assert states(collect(WEEK, people, [kept], course))["Bo"] == "collected"


def test_newer_package_older_file_and_packages_that_lie(course, box, people):
    put(box / "Bo" / "week-1.zip", package("newer", WEDNESDAY))
    put(box / "Bo" / "week-1.ipynb", sheet("older"), MONDAY)
    put(box / "Ada Lovelace" / "week-1.zip", package("ada", datetime(2125, 1, 1, tzinfo=UTC)))
    broken = bytearray(package("x"))
    broken[40:60] = b"\0" * 20
    put(box / "日本 太郎" / "week-1.zip", bytes(broken))
    put(box / NAMES[1][:5] / "ngũgĩ 'x' o'neil.zip", package("x", **{"gradebook.db": b"x"}))
    found = collect(WEEK, people, [box], course)
    assert [each.state for each in found.outcomes if each.username == "Bo"] == [
        "collected",
        "updated",
    ]
    assert submitted(course, "bo")["week-1.ipynb"] == sheet("newer")
    reasons = {each.username: each.reason for each in found.outcomes}
    assert "in the future" in reasons["Ada Lovelace"]
    assert states(found)["日本 太郎"] == states(found)[NAMES[1]] == "refused"
    assert "other files" in reasons[NAMES[1]]


def test_a_real_package_of_a_learner(course, box, people):
    """From the learner's own function to the folder that nbgrader grades."""
    from organizer_lab.handin import sheets

    try:
        original = sheets.original(WEEK)
    except LabError as error:
        pytest.skip(str(error))
    put(box / "Bo" / "week-1.ipynb", original)
    packing.make(box / "Bo" / "week-1.ipynb", anyway=True)
    (box / "Bo" / "week-1.ipynb").unlink()
    assert states(collect(WEEK, people, [box], course))["Bo"] == "collected"
    assert submitted(course, "bo")["week-1.ipynb"] == original


# -- sheets of another week ------------------------------------------------------------------

MISPLACED = "This is the exercise of week 3, but the one of week 1 was expected."


def exercise(number: int, answer: str = "...", ids: int = 4) -> bytes:
    """A sheet as nbgrader releases it: the first cells have its ids, the others have lost them."""
    names = [f"intro-{number}", *(f"answer-{number}-{n}" for n in range(1, 4))]
    cells = []
    for place, name in enumerate(names):
        grading = {
            "grade_id": name,
            "locked": not place,
            "solution": bool(place),
            "grade": False,
            "schema_version": 3,
        }
        cells.append(
            {
                "cell_type": "markdown" if not place else "code",
                "id": name,
                "metadata": {"nbgrader": grading} if place < ids else {},
                "source": f"# Exercise {number}: a sheet" if not place else f"x = {answer}",
                **({"outputs": [], "execution_count": None} if place else {}),
            }
        )
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    return json.dumps(notebook).encode()


@pytest.fixture
def released(course) -> Path:
    """A course directory whose week 1 is released."""
    put(course / "release" / WEEK / f"{WEEK}.ipynb", exercise(1))
    return course


@pytest.mark.parametrize("options", [{}, {"replace": True}, {"dry_run": True}])
def test_the_sheet_of_another_week_does_not_replace_a_submission(released, box, people, options):
    """The same free name each week: what came for week 1 is not lost in week 3."""
    put(box / "Bo.ipynb", exercise(1, "right"), MONDAY)
    collect(WEEK, people, [box], released)
    before = submitted(released, "bo")
    put(box / "Bo.ipynb", exercise(3), TUESDAY)
    found = collect(WEEK, people, [box], released, **options)
    (reason,) = refusals(found).values()
    assert reason.startswith(f"{MISPLACED} Write its own week into its name, or ask the learner")
    assert "The submission from 2025-03-03 12:00:00 UTC stays." in reason
    assert states(found)["Bo"] == "refused" and found.troubles == 1
    assert submitted(released, "bo") == before
    # What was advised: with its week in its name it is no trouble, and the right one is taken.
    (box / "Bo.ipynb").rename(box / "Bo week-3.ipynb")
    put(box / "Bo week-1.ipynb", exercise(1, "better"), WEDNESDAY)
    found = collect(WEEK, people, [box], released)
    assert states(found)["Bo"] == "updated" and found.troubles == 0
    assert submitted(released, "bo")["week-1.ipynb"] == exercise(1, "better")


@pytest.mark.parametrize("path", ["Bo/week-1.ipynb", "week-3/Bo/week-1.ipynb", "Bo/Untitled.ipynb"])
def test_the_sheet_of_another_week_is_no_submission_under_any_name(released, box, people, path):
    put(box / path, exercise(3))
    found = collect(WEEK, people, [box], released)
    (reason,) = refusals(found).values()
    assert reason.startswith(MISPLACED) and "stays" not in reason
    assert submitted(released, "bo") == {}
    # As everything that came, it is kept as it came.
    (kept,) = (released / "received" / WEEK / "bo").glob("*.ipynb")
    assert kept.read_bytes() == exercise(3)


def test_packages_and_zips_with_the_sheet_of_another_week(released, box, people):
    put(box / "Bo.zip", package("", **{"week-1.ipynb": exercise(3)}))
    pack(box / "all.zip", [("Ada Lovelace/week-1.ipynb", exercise(3))])
    put(box / "日本 太郎.zip", package("", **{"week-1.ipynb": exercise(1)}))
    found = collect(WEEK, people, [box], released)
    reasons = {each.username: each.reason for each in found.of("refused")}
    # The name of a package does not say its week, so another name would not help.
    assert reasons["Bo"] == f"{MISPLACED} Ask the learner for the right one."
    assert reasons["Ada Lovelace"].startswith(f"{MISPLACED} Write its own week into its name")
    assert states(found)["日本 太郎"] == "collected" and len(reasons) == 2


def test_paws_with_the_sheet_of_another_week(ask, server, released):
    server.save("Bo", exercise(1, "right"), MONDAY)
    ask()
    server.save("Bo", exercise(3), TUESDAY)
    for _ in range(2):
        (refused,) = ask().of("refused")
        assert refused.reason.startswith(f"{MISPLACED} Ask the learner for the right one.")
        assert submitted(released, "bo")["week-1.ipynb"] == exercise(1, "right")


@pytest.mark.parametrize(
    "content",
    [
        exercise(1, "cells with ids"),
        exercise(1, "ids lost", ids=0),
        exercise(1, "few ids", ids=1),
        exercise(3).replace(b"# Exercise 3", b"# My notes").replace(b"intro-3", b"some-id"),
        exercise(3)[:-20],
        sheet("no ids at all"),
    ],
    ids=["right", "lost", "few", "unknown", "damaged", "other"],
)
def test_where_the_week_cannot_be_told_it_is_collected(released, box, people, content):
    put(box / "Bo" / "week-1.ipynb", content)
    assert states(collect(WEEK, people, [box], released))["Bo"] == "collected"


@pytest.mark.parametrize("content", [None, b"no sheet"])
def test_without_a_sheet_to_compare_with_all_is_collected(
    course, box, people, monkeypatch, tmp_path, content
):
    for place in ("EDITION", "CHECKOUT"):
        monkeypatch.setattr(collecting.sheets, place, tmp_path / "nowhere")
    if content:
        put(course / "release" / WEEK / f"{WEEK}.ipynb", content)
    put(box / "Bo" / "week-1.ipynb", exercise(3))
    assert states(collect(WEEK, people, [box], course))["Bo"] == "collected"


@pytest.mark.slow
def test_the_real_sheets_are_told_apart(course, box, people):
    """The sheet of a week is taken, and the one of another week is not."""
    from organizer_lab import course as outline
    from organizer_lab.grading.release import FOLDER, release

    for name in ("source", "rubrics"):
        shutil.copytree(FOLDER / name, course / name)
    shutil.copy(FOLDER / "nbgrader_config.py", course)
    every = [week.id for week in outline.load().weeks]
    weeks = [every[0], every[3], every[-1]]
    originals = {week: release(week, folder=course, database=False).read_bytes() for week in weeks}
    for week, other in zip(weeks, [*weeks[1:], weeks[0]], strict=True):
        put(box / "Bo" / f"{week}.ipynb", originals[week])
        put(box / "Ada Lovelace" / f"{week}.ipynb", originals[other])
        found = collect(week, people, [box], course, dry_run=True)
        assert states(found)["Bo"] == "collected"
        assert states(found)["Ada Lovelace"] == "refused"


# -- submissions without a plan --------------------------------------------------------------


def test_a_submission_without_a_plan_is_told(course, box, people):
    put(box / "Bo" / "week-1.ipynb", sheet("without"))
    put(box / "Ada Lovelace" / "week-1.ipynb", sheet("with"))
    put(box / "Ada Lovelace" / "plan.json", b"{}")
    put(box / "日本 太郎.zip", package("with"))
    reasons = {
        each.username: each.reason for each in collect(WEEK, people, [box], course).of("collected")
    }
    assert reasons.pop("Bo") == collecting._NO_PLAN and set(reasons.values()) == {""}
    # Once it is taken, it is not said again; for a newer one without a plan it is.
    assert not [
        each for each in collect(WEEK, people, [box], course).of("unchanged") if each.reason
    ]
    put(box / "Bo" / "week-1.ipynb", sheet("without, too"), TUESDAY)
    (told,) = collect(WEEK, people, [box], course).of("updated")
    assert told.reason == collecting._NO_PLAN


@pytest.mark.parametrize("when", [MONDAY, TUESDAY, WEDNESDAY])
def test_a_plan_that_comes_later_is_put_beside_its_notebook(course, box, people, when):
    """The facilitator asked for it, and puts it into the same folder."""
    put(box / "Bo" / "week-1.ipynb", sheet(), TUESDAY)
    collect(WEEK, people, [box], course)
    put(box / "Bo" / "week-1.ipynb", sheet(), when)
    put(box / "Bo" / "plan.json", b"{}", WEDNESDAY)
    (told,) = collect(WEEK, people, [box], course).of("updated")
    assert told.reason == "The notebook is the same; its plan.json is new."
    assert submitted(course, "bo")["plan.json"] == b"{}"
    # Another notebook of the same time is another submission still.
    put(box / "Bo" / "week-1.ipynb", sheet("other"), when)
    assert states(collect(WEEK, people, [box], course))["Bo"] == "refused"


def test_many_without_a_plan_are_told_in_one_line(course, box, people):
    for name in NAMES:
        put(box / name / "week-1.ipynb", sheet(name))
    said = str(collect(WEEK, people, [box], course))
    assert said.count("No plan.json") == 1 and "This holds for 4: " in said
    assert all(name in said for name in NAMES)


def test_a_plan_that_is_missing_on_paws_is_told_once(ask, server):
    for name in NAMES:
        server.save(name, sheet(name))
    # Bo has one, which cannot be taken: the reason is enough.
    server.special["Bo"] = [None, page(200)]
    server.save("Ada Lovelace", b"{}", file="plan.json")
    reasons = {each.username: each.reason for each in ask().of("collected")}
    assert reasons["Bo"].startswith("Without plan.json.") and "No plan" not in reasons["Bo"]
    assert reasons["Ada Lovelace"] == ""
    assert reasons["日本 太郎"] == reasons[NAMES[1]] == collecting._NO_PLAN


# -- the whole -------------------------------------------------------------------------------


def test_only_one_collection_at_a_time(course, box, people):
    pytest.importorskip("fcntl")
    folder = course / "received" / WEEK
    with (
        collecting.alone(folder, f"Collecting {WEEK}"),
        pytest.raises(LabError, match="is running"),
    ):
        collect(WEEK, people, [box], course)
    collect(WEEK, people, [box], course)


@pytest.mark.parametrize(
    ("week", "sources", "phrase"),
    [
        ("week-0", ["."], "There is no week 'week-0'"),
        (WEEK, ["/nowhere/at/all"], "is not there"),
        (WEEK, ["paws", "."], "not both at once"),
    ],
)
def test_wrong_words(course, people, week, sources, phrase):
    with pytest.raises(LabError, match=phrase):
        collect(week, people, sources, course)


def test_a_full_disk_is_said(course, box, people, monkeypatch):
    def full(*_):
        raise OSError(28, "No space left on device")

    put(box / "Bo" / "week-1.ipynb", sheet())
    monkeypatch.setattr(collecting.Shelf, "keep", full)
    with pytest.raises(LabError, match="No space left"):
        collect(WEEK, people, [box], course)


def test_a_spreadsheet_takes_no_name_for_a_formula(course, box):
    names = ["=1+2", "@sum", "-x"]
    found = collect(WEEK, Roster(map(Learner, names)), [box], course)
    rows = list(csv.DictReader(io.StringIO(found.csv())))
    assert [row["username"] for row in rows] == ["'=1+2", "'@sum", "'-x"]


def test_the_command(course, box, tmp_path, capsys, monkeypatch):
    (tmp_path / "roster.csv").write_text("username\nBo\nAda Lovelace\n", "utf-8")
    put(box / "Bo" / "week-1.ipynb", sheet())
    words = ["collect", WEEK, "--roster", str(tmp_path / "roster.csv"), "--from", str(box)]
    words += ["--course", str(course)]
    assert cli.main([*words, "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "Would be the result for week-1: 1 collected, 1 missing" in out
    assert "Nothing was written" in out and list(course.iterdir()) == []
    assert cli.main(words) == 0
    out = capsys.readouterr().out
    assert "Ada Lovelace: Nothing here is theirs." in out
    assert "Next: organizer-lab grade week-1" in out
    put(box / "Nobody" / "week-1.ipynb", sheet())
    assert cli.main(words) == 1
    heard = capsys.readouterr()
    assert "1 unchanged, 1 refused, 1 missing" in heard.out
    assert "1 was not collected" in heard.err and "Traceback" not in heard.err
    # In a course directory of its own, the command works there.
    (course / "nbgrader_config.py").write_text("")
    monkeypatch.chdir(course)
    shutil.rmtree(course / "submitted")
    assert cli.main(words[:-2]) == 1
    assert submitted(course, "bo")


@pytest.mark.slow
def test_nbgrader_reads_what_was_collected(course, box, people):
    coursedir = pytest.importorskip("nbgrader.coursedir")
    put(box / "日本 太郎" / "week-1.ipynb", sheet())
    collect(WEEK, people, [box], course)
    directory = coursedir.CourseDirectory(root=str(course))
    directory.assignment_id = WEEK
    learner = people.find("日本 太郎").id
    path = directory.format_path("submitted", learner, WEEK)
    assert directory.get_existing_timestamp(path) == datetime(2025, 3, 3, 12)
    from nbgrader.apps import NbGraderAPI

    assert NbGraderAPI(directory).get_submitted_students(WEEK) == {learner}
