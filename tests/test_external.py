"""Links that lead out of the project: found where they stand, and asked for politely."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import pairwise
from pathlib import Path

import pytest

from organizer_lab import cli
from organizer_lab.book.checks import external, prose
from organizer_lab.book.checks.external import Answer, Link


def found_in(tmp_path: Path, name: str, text: str) -> list[tuple[int, str]]:
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return [(link.line, link.address) for link in external.links([path])]


@pytest.mark.parametrize(
    ("line", "addresses"),
    [
        ("See [a](https://a.org/b) and <https://c.org>.", ["https://a.org/b", "https://c.org"]),
        ("[x](https://a.org/Gap_(law)) ends.", ["https://a.org/Gap_(law)"]),
        ("(see https://a.org/b), or https://a.org/c?", ["https://a.org/b", "https://a.org/c"]),
        ("[https://a.org](https://a.org/#part)", ["https://a.org", "https://a.org/#part"]),
        ("**https://a.org/q?x=1&y=2**.", ["https://a.org/q?x=1&y=2"]),
        ("`https://pattern.org/OWNER` and a.org", []),
        ("[here](../b.md)", []),
    ],
)
def test_links_in_a_sentence(tmp_path, line, addresses):
    assert found_in(tmp_path, "a.md", f"\n{line}\n") == [(2, address) for address in addresses]


def test_links_of_each_kind_of_file(tmp_path):
    code = "```text\nhttps://pattern.org\n```\n:::{note}\nhttps://a.org/note\n:::\n"
    assert found_in(tmp_path, "a.md", code) == [(5, "https://a.org/note")]
    entry = "@misc{a,\n  url = {https://a.org/x},\n  doi = {10.1000/182},\n}\n"
    assert found_in(tmp_path, "a.bib", entry) == [
        (2, "https://a.org/x"),
        (3, "https://doi.org/10.1000/182"),
    ]
    cell = {"cell_type": "markdown", "source": ["a https://a.org/1\n", '"https://a.org/2"']}
    notebook = json.dumps({"cells": [cell]}, indent=1)
    assert [address for _, address in found_in(tmp_path, "a.ipynb", notebook)] == [
        "https://a.org/1",
        "https://a.org/2",
    ]


def test_links_of_the_course(capsys):
    assert cli.main(["links"]) == 0
    printed = capsys.readouterr().out.splitlines()
    assert len(printed) == len(external.links())
    for start in ("book/references.bib:", "book/tools.md:", "datasets/datapackage.json:"):
        assert any(line.startswith(start) for line in printed)
    for line in printed:
        place, address = line.split(": ")
        name, number = place.rsplit(":", 1)
        text = (prose.ROOT / name).read_text(encoding="utf-8").splitlines()[int(number) - 1]
        assert address.removeprefix("https://doi.org/") in text


class _Site(BaseHTTPRequestHandler):
    """Answers by path: /200, /404, /to/PATH redirects, /get/PATH knows no HEAD, /hang waits."""

    asked: list[tuple[str, str, str, float]]
    done: threading.Event

    def _answer(self) -> None:
        self.asked.append((self.command, self.path, self.headers["User-Agent"], time.monotonic()))
        if self.path == "/hang":
            self.done.wait(5)
            return
        if self.path.startswith("/to/"):
            self.send_response(301)
            self.send_header("Location", self.path.removeprefix("/to"))
        elif self.path.startswith("/get/"):
            self.send_response(405 if self.command == "HEAD" else int(self.path[5:]))
        else:
            self.send_response(int(self.path[1:4]))
        self.send_header("Content-Length", "0")
        self.end_headers()

    do_HEAD = do_GET = _answer

    def log_message(self, *_: object) -> None:
        """Say nothing."""


@pytest.fixture
def site() -> Iterator[tuple[str, type[_Site]]]:
    handler = type("Site", (_Site,), {"asked": [], "done": threading.Event()})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", handler
    handler.done.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.mark.parametrize(
    ("path", "state", "reason", "methods"),
    [
        ("/200", "works", "", ["HEAD"]),
        ("/to/200", "works", "moved to {site}/200", ["HEAD", "GET"]),
        ("/to/404", "broken", "404 Not Found", ["HEAD", "GET", "GET", "GET"]),
        ("/404", "broken", "404 Not Found", ["HEAD", "GET"]),
        ("/500", "broken", "500 Internal Server Error", ["HEAD", "GET"]),
        ("/get/200", "works", "", ["HEAD", "GET"]),
        ("/get/404", "broken", "404 Not Found", ["HEAD", "GET"]),
        ("/403", "unsure", "403 Forbidden", ["HEAD", "GET"]),
        ("/429", "unsure", "429 Too Many Requests", ["HEAD", "GET"]),
        ("/hang", "broken", "no answer in 0.3 s", ["HEAD"]),
    ],
)
def test_what_a_server_can_say(site, path, state, reason, methods):
    base, handler = site
    # An answer may take long where other tests run at the same time.
    patience = 0.3 if path == "/hang" else 30
    assert external.ask(base + path, patience) == Answer(state, reason.format(site=base))
    # urllib goes on with GET after a redirect.
    assert [method for method, *_ in handler.asked] == methods
    assert {agent for _, _, agent, _ in handler.asked} == {external._AGENT}


def test_a_circle_of_redirects_and_a_server_that_is_not_there(site):
    base, handler = site
    handler.send_response = lambda self, code, *rest: BaseHTTPRequestHandler.send_response(
        self, 302 if self.path == "/200" else code, *rest
    )
    handler.end_headers = lambda self: (
        self.send_header("Location", "/200"),
        BaseHTTPRequestHandler.end_headers(self),
    )
    assert external.ask(f"{base}/200").state == "broken"
    assert external.ask("http://127.0.0.1:9/nobody", timeout=2).state == "broken"
    assert external.ask("http://[no-address/", timeout=2).state == "broken"


def test_each_address_is_asked_for_once_and_slowly(site):
    base, handler = site
    found = [
        Link(Path("a.md"), line, base + path)
        for line, path in enumerate(["/200", "/200#part", "/404", "/200", "/200?x=1"], 1)
    ]
    answers = external.check(found, timeout=2, pause=0.2)
    assert set(answers) == {f"{base}/200", f"{base}/404", f"{base}/200?x=1"}
    heads = [(path, when) for method, path, _, when in handler.asked if method == "HEAD"]
    assert len(heads) == 3
    assert all(b[1] - a[1] >= 0.2 for a, b in pairwise(heads))


def test_a_slow_server_does_not_keep_the_others_waiting(site):
    base, _ = site
    other = base.replace("127.0.0.1", "localhost")
    addresses = [f"{base}/hang", f"{other}/200", f"{other}/hang"]
    began = time.monotonic()
    answers = external.check([Link(Path("a.md"), 1, each) for each in addresses], timeout=1.5)
    # One after the other they would take twice 1.5 s and a pause.
    assert time.monotonic() - began < 3.2
    assert [answers[each].state for each in addresses] == ["broken", "works", "broken"]


def test_the_command_names_broken_links_and_fails(site, monkeypatch, capsys):
    base, _ = site
    page = prose.ROOT / "README.md"
    good = [Link(page, 3, f"{base}/200#top"), Link(page, 4, f"{base}/to/200")]
    monkeypatch.setattr(external, "links", lambda: good)
    assert cli.main(["links", "--check", "--timeout", "2"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        f"README.md:4: {base}/to/200",
        f"  works: moved to {base}/200",
    ]
    bad = [
        Link(page, 7, f"{base}/404"),
        Link(page, 9, f"{base}/404#x"),
        Link(page, 8, base + "/403"),
    ]
    monkeypatch.setattr(external, "links", lambda: good[:1] + bad)
    assert cli.main(["links", "--check"]) == 1
    heard = capsys.readouterr()
    assert "README.md:7" in heard.out and "README.md:9" in heard.out
    assert "unsure: 403 Forbidden" in heard.out and "README.md:3" not in heard.out
    assert "2 of 4 links are broken" in heard.err
    monkeypatch.setattr(external, "links", lambda: good[:1])
    assert cli.main(["links", "--check"]) == 0
    assert capsys.readouterr().out == "Every link works.\n"


def test_no_network_is_told_from_broken_links(site, monkeypatch, capsys):
    page = prose.ROOT / "README.md"
    nowhere = [Link(page, 3, "http://a.invalid/"), Link(page, 4, "http://b.invalid/")]
    monkeypatch.setattr(external, "links", lambda: nowhere)
    assert cli.main(["links", "--check", "--timeout", "2"]) == 1
    heard = capsys.readouterr().err
    assert "No address answered" in heard and "broken" not in heard
    monkeypatch.setattr(external, "links", lambda: [*nowhere, Link(page, 5, f"{site[0]}/404")])
    assert cli.main(["links", "--check", "--timeout", "2"]) == 1
    assert "3 of 3 links are broken" in capsys.readouterr().err
