"""Links that lead out of the project: a list of them, and a polite check over the network."""

from __future__ import annotations

import re
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urldefrag

from organizer_lab.book.checks import prose

_ADDRESS = re.compile(r"https?://[^\s<>\"'`{}|\\^\[\]]+")
_DOI = re.compile(r"^\s*doi\s*=\s*\{(10\.[^}]+)\}", re.IGNORECASE)
_AGENT = "organizer-lab-link-check/1.0 (checks the links of an open course once)"
# An answer that says "not for programs" or "not now": a person has to look.
_CLOSED = {401, 403, 405, 406, 429, 503}


class Link(NamedTuple):
    """An address and where it stands; in a notebook the line is that of its file."""

    path: Path
    line: int
    address: str


class Answer(NamedTuple):
    """What a server said about an address.

    Attributes
    ----------
    state : str
        ``"works"``, ``"broken"``, or ``"unsure"`` where the server lets no program look.
    reason : str
        The status or the error; where the page has moved, its new address.
    """

    state: str
    reason: str


def sources() -> list[Path]:
    """List the files in which links for readers stand."""
    root = prose.ROOT
    return [
        *prose.pages(),
        *sorted(root.glob("*.md")),
        root / "book" / "references.bib",
        root / "datasets" / "datapackage.json",
    ]


def links(paths: Iterable[Path] | None = None) -> list[Link]:
    """Find all links that lead out of the project.

    Parameters
    ----------
    paths : iterable of Path, optional
        Markdown, notebooks, BibTeX or JSON; by default all sources of the course.

    Returns
    -------
    list of Link
        In the order of files and lines. Code in Markdown is left out: it holds patterns and
        examples.
    """
    return [
        Link(path, number, address)
        for path in (sources() if paths is None else paths)
        for number, line in _lines(path)
        for address in _addresses(line)
    ]


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".md":
        for number, line in prose.unfenced(text):
            yield number, re.sub(r"(?<!`)`[^`]+`", "", line)
        return
    for number, line in enumerate(text.splitlines(), 1):
        # In the JSON of a notebook the end of a line and a quote are written with a backslash.
        yield number, re.sub(r"\\[n\"]", " ", line)


def _addresses(line: str) -> list[str]:
    found = []
    for address in _ADDRESS.findall(line):
        # A bracket belongs to the address only if it was opened in it.
        while (last := address[-1]) in ".,;:!?*)":
            if last == ")" and address.count("(") >= address.count(")"):
                break
            address = address[:-1]
        found.append(address)
    if doi := _DOI.match(line):
        found.append(f"https://doi.org/{doi[1]}")
    return found


def ask(address: str, timeout: float = 15) -> Answer:
    """Ask for one address: for its head first, for all of it where that fails.

    Parameters
    ----------
    address : str
        With ``http`` or ``https``. Redirects are followed.
    timeout : float
        Seconds to wait for each answer.
    """
    reason = ""
    code = 0
    for method in ("HEAD", "GET"):
        try:
            request = urllib.request.Request(address, method=method, headers={"User-Agent": _AGENT})
            with urllib.request.urlopen(request, timeout=timeout) as answer:
                moved = answer.url if urldefrag(answer.url)[0] != address else ""
                return Answer("works", f"moved to {moved}" if moved else "")
        except urllib.error.HTTPError as error:
            code, reason = error.code, f"{error.code} {error.reason}"
        except TimeoutError:
            # The second try would only wait as long again.
            return Answer("broken", f"no answer in {timeout:g} s")
        except (OSError, ValueError) as error:
            code, reason = 0, str(getattr(error, "reason", error))
            if isinstance(getattr(error, "reason", None), TimeoutError):
                return Answer("broken", f"no answer in {timeout:g} s")
    return Answer("unsure" if code in _CLOSED else "broken", reason)


def check(
    found: Iterable[Link], timeout: float = 15, pause: float = 0.5, together: int = 4
) -> dict[str, Answer]:
    """Ask for every address once: a few servers at a time, each server slowly.

    Parameters
    ----------
    found : iterable of Link
        As `links` gives them. What follows a ``#`` is not asked for.
    timeout : float
        Seconds to wait for each answer.
    pause : float
        Seconds between two questions to the same server.
    together : int
        Number of servers that are asked at the same time.

    Returns
    -------
    dict
        The answer for each address, without what follows its ``#``.
    """
    addresses = sorted({urldefrag(link.address)[0] for link in found}, key=_server)

    def one_server(mine: list[str]) -> dict[str, Answer]:
        answers = {}
        for position, address in enumerate(mine):
            if position:
                time.sleep(pause)
            answers[address] = ask(address, timeout)
        return answers

    servers = [list(mine) for _, mine in groupby(addresses, key=_server)]
    with ThreadPoolExecutor(max_workers=together) as pool:
        return {
            address: answer
            for answers in pool.map(one_server, servers)
            for address, answer in answers.items()
        }


def _server(address: str) -> str:
    return address.split("/")[2].lower()


def listing(found: Iterable[Link]) -> str:
    """Write one line for each link: file, line, address."""
    return "\n".join(f"{_name(link.path)}:{link.line}: {link.address}" for link in found)


def findings(found: list[Link], answers: dict[str, Answer]) -> tuple[str, int]:
    """Write what a person should look at.

    Returns
    -------
    tuple of str and int
        The lines, then the number of links that are broken.
    """
    lines, broken = [], 0
    for link in found:
        answer = answers[urldefrag(link.address)[0]]
        if answer.state == "works" and not answer.reason:
            continue
        broken += answer.state == "broken"
        lines.append(
            f"{_name(link.path)}:{link.line}: {link.address}\n  {answer.state}: {answer.reason}"
        )
    return "\n".join(lines), broken


def _name(path: Path) -> str:
    return (path.relative_to(prose.ROOT) if path.is_relative_to(prose.ROOT) else path).as_posix()
