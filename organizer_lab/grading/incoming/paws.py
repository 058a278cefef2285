"""Public copies on PAWS: ``/User:<Name>/<path>.ipynb?format=raw``, asked for politely.

How the server answers is in toolforge/paws: ``paws/templates/nbserve/nginx.yaml`` looks the user
name up on Meta-Wiki (404 for nobody), refuses names with a dot in front (403), and gives files as
they are, with ETag and Last-Modified; without ``format=raw`` ``images/renderer/renderer.py`` makes
a web page of a notebook. This is reading only: nothing is ever run or graded on PAWS.
"""

from __future__ import annotations

import http.client
import os
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import quote, urlsplit

from organizer_lab.errors import LabError
from organizer_lab.grading.incoming import (
    LARGEST_NOTEBOOK,
    LARGEST_PLAN,
    WITHOUT_PLAN,
    Fault,
    Offer,
    Unfit,
)
from organizer_lab.grading.incoming.received import Shelf, sign
from organizer_lab.grading.roster import Learner

ADDRESS = "https://public-paws.wmcloud.org"
PAUSE = 0.5  # seconds between two requests, and only one at a time

_TRIES = 4
_FIRST_WAIT = 5.0  # seconds; doubled each time
_LONGEST_WAIT = 120.0  # seconds that we wait when the server asks for it
_SILENCE = 60.0  # seconds without a byte; rendering a page may take PAWS long
_LONGEST = 300.0  # seconds for one file
_IN_A_ROW = 3  # learners without an answer, after which we leave the server alone
_NOT_NOW = {408, 425, 429, 500, 502, 503, 504}


class Trouble(LabError):
    """The server does not answer, or not now."""


@dataclass(frozen=True)
class Answer:
    """A file, and what the server said about it."""

    body: bytes
    etag: str = ""
    modified: str = ""
    sign: str = ""

    @property
    def time(self) -> datetime | None:
        """When the file was changed, or None where the server does not say it."""
        try:
            return parsedate_to_datetime(self.modified).astimezone(UTC)
        except (ValueError, TypeError, OverflowError):
            return None

    def state(self) -> dict[str, str]:
        """Give what makes the next question a short one."""
        return {"etag": self.etag, "modified": self.modified, "sign": self.sign}


class _SameServer(urllib.request.HTTPRedirectHandler):
    """Follows the server to another address of its own, and to nobody else's."""

    def redirect_request(self, *given: Any) -> urllib.request.Request | None:
        """Refuse another server; the order of arguments is that of the class above."""
        here, there = urlsplit(given[0].full_url), urlsplit(given[5])
        if there.hostname != here.hostname or there.scheme not in ("http", "https"):
            raise Unfit(f"PAWS sends on to another server ({there.hostname}), and not to a file.")
        return super().redirect_request(*given)


class Paws:
    """Asks for public copies, one request at a time.

    Parameters
    ----------
    address : str
        Where the public copies are.
    pause : float
        Seconds between two requests.
    patience : float
        Seconds before the second try; doubled for each further one.
    sleep : callable
        Waits that many seconds.
    """

    def __init__(
        self,
        address: str = ADDRESS,
        *,
        pause: float = PAUSE,
        patience: float = _FIRST_WAIT,
        sleep: Callable[[float], None] = time.sleep,
    ):
        parts = urlsplit(address)
        if parts.scheme not in ("http", "https") or not parts.hostname:
            raise LabError(f"'{address}' is no web address. The one of PAWS is {ADDRESS}.")
        self.address = address.rstrip("/")
        self._pause, self._patience, self._sleep = pause, patience, sleep
        self._before: float | None = None
        self._open = urllib.request.build_opener(_SameServer).open
        # Wikimedia asks programs to say who they are and how to reach the person who runs them.
        contact = os.environ.get("ORGANIZER_LAB_CONTACT", "no contact given")
        self._agent = f"organizer-lab/0.1 (collects the exercises of an open course; {contact})"

    def offers(
        self, learners: Iterable[Learner], week: str, shelf: Shelf
    ) -> Iterator[Offer | Fault]:
        """Give what PAWS has of each learner, one after the other.

        Parameters
        ----------
        learners : iterable of Learner
        week : str
            Such as ``"week-1"``.
        shelf : Shelf
            What was received before: it is not sent again.
        """
        silent = 0
        for learner in learners:
            page = self.url(learner, learner.path(week))
            if silent >= _IN_A_ROW:
                reason = (
                    f"Not asked, because PAWS gave no answer {silent} times in a row. "
                    "Collect again later: it goes on from here."
                )
                yield Fault("failed", page, reason, learner)
                continue
            try:
                yield self._offer(learner, week, shelf)
                silent = 0
            except Unfit as error:
                silent = 0
                yield Fault("refused", page, str(error), learner)
            except Trouble as error:
                silent += 1
                yield Fault("failed", page, str(error), learner)

    def url(self, learner: Learner, path: str) -> str:
        """Give the public address of a file in somebody's home."""
        # A slash inside the name would lead into the home of another person.
        name = quote(learner.username.replace(" ", "_"), safe="")
        return f"{self.address}/User:{name}/{quote(path)}"

    def _offer(self, learner: Learner, week: str, shelf: Shelf) -> Offer | Fault:
        if "/" in learner.username:
            raise Unfit(
                "PAWS cannot show the files of a user name with a slash. Ask for the package, and "
                "collect it from a folder."
            )
        before = shelf.remembered(learner.id)
        path = learner.path(week)
        page = f"{self.url(learner, path)}?format=raw"

        def file(url: str, kind: str, ending: str, limit: int) -> Answer | None:
            known = _known(before.get(kind), url, learner.id, ending, shelf)
            return self.fetch(url, limit, known)

        notebook = file(page, "notebook", "ipynb", LARGEST_NOTEBOOK)
        if notebook is None:
            reason = (
                f"PAWS has no {path} of this person. Is the user name right, and is the exercise "
                "saved in this folder? The column paws_path can name another one."
            )
            return Fault("missing", page, reason, learner)
        notes: tuple[str, ...] = ()
        beside = self.url(learner, f"{path.rpartition('/')[0]}/plan.json".lstrip("/"))
        try:
            plan = file(beside, "plan", "plan.json", LARGEST_PLAN)
        except Unfit as error:
            plan, notes = None, (f"{WITHOUT_PLAN} {error}",)
        times = [answer.time for answer in (notebook, plan) if answer and answer.time]
        state = {"notebook": {"url": page, **notebook.state()}}
        if plan:
            state["plan"] = {"url": beside, **plan.state()}
        return Offer(
            learner,
            page,
            max(times, default=datetime.now(UTC)),
            notebook.body,
            plan.body if plan else None,
            notes=notes,
            state=state,
        )

    def fetch(self, url: str, limit: int, known: Answer | None = None) -> Answer | None:
        """Ask for one file, several times if need be.

        Parameters
        ----------
        url : str
        limit : int
            The most bytes that are taken.
        known : Answer, optional
            What the server gave before; if it has nothing newer, this is given again.

        Returns
        -------
        Answer or None
            None where there is no such file.

        Raises
        ------
        Unfit
            If it is no file that could be handed in, with the reason.
        Trouble
            If the server does not answer.
        """
        for left in reversed(range(_TRIES)):
            wait = self._patience * 2 ** (_TRIES - 1 - left)
            self._rest()
            try:
                return self._ask(url, limit, known)
            except urllib.error.HTTPError as error:
                error.close()
                if error.code == 304 and known:
                    return known
                if error.code in (404, 410):
                    return None
                if error.code not in _NOT_NOW:
                    raise Unfit(
                        f"PAWS refuses to give this file (HTTP {error.code} {error.reason})."
                    ) from None
                wait = max(wait, told := _told(error.headers.get("Retry-After")))
                reason = f"PAWS has a problem or is busy (HTTP {error.code})."
                if told > _LONGEST_WAIT:
                    raise Trouble(f"{reason} It asks to wait {told / 60:.0f} minutes.") from None
            except Trouble as error:
                reason = str(error)
            except (OSError, http.client.HTTPException) as error:
                why = getattr(error, "reason", None) or error
                reason = f"PAWS cannot be reached ({why or type(error).__name__})."
            if left:
                self._sleep(wait)
        raise Trouble(f"{reason} It was asked {_TRIES} times. Collect again later.")

    def _rest(self) -> None:
        now = time.monotonic()
        if self._before is not None and now - self._before < self._pause:
            self._sleep(self._pause - (now - self._before))
        self._before = time.monotonic()

    def _ask(self, url: str, limit: int, known: Answer | None) -> Answer:
        headers = {"User-Agent": self._agent, "Accept-Encoding": "identity"}
        if known and known.etag:
            headers["If-None-Match"] = known.etag
        if known and known.modified:
            headers["If-Modified-Since"] = known.modified
        request = urllib.request.Request(url, headers=headers)
        with self._open(request, timeout=_SILENCE) as answer:
            body = _body(answer, limit)
            kind = answer.headers.get_content_type()
            etag, modified = (answer.headers.get(name, "") for name in ("ETag", "Last-Modified"))
        start = body[:200].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
        web = start.startswith((b"<!doctype html", b"<html"))
        if web or (kind == "text/html" and not start.startswith(b"{")):
            raise Unfit("PAWS sent a web page and not the file. Open the address in a browser.")
        if kind.startswith(("image/", "audio/", "video/")):
            raise Unfit(f"PAWS sent something else than a notebook ({kind}).")
        return Answer(body, etag, modified, sign(body))


def _body(answer: Any, limit: int) -> bytes:
    """Read an answer within limits of size and time."""
    end = time.monotonic() + _LONGEST
    promised = answer.headers.get("Content-Length", "")
    promised = int(promised) if promised.isdecimal() else None
    if answer.headers.get("Content-Encoding", "identity") != "identity":
        raise Unfit("PAWS sent the file packed, which nobody asked for.")
    parts, size = [], 0
    if promised is None or promised <= limit:
        # read1 comes back with what is there, so that a server that drips cannot hold us.
        while part := answer.read1(1 << 16):
            parts.append(part)
            size += len(part)
            if size > limit:
                break
            if time.monotonic() > end:
                raise Trouble(f"PAWS needs more than {_LONGEST / 60:.0f} minutes for a file.")
    if size > limit or (promised or 0) > limit:
        raise Unfit(
            f"The file has more than {limit // 10**6} MB. Ask the learner to clear the outputs "
            "(Edit, Clear Outputs of All Cells) and to save."
        )
    if promised is not None and size < promised:
        raise Trouble("PAWS broke off in the middle of a file.")
    return b"".join(parts)


def _told(header: str | None) -> float:
    """Seconds that a server asks to wait: a number, or a time of day."""
    if not header:
        return 0.0
    if header.strip().isdecimal():
        return float(header)
    try:
        return max(0.0, parsedate_to_datetime(header).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0


def _known(state: Any, url: str, learner: str, ending: str, shelf: Shelf) -> Answer | None:
    """Give the file that was received before from the same address, if it is still there."""
    if not isinstance(state, dict) or state.get("url") != url:
        return None
    place = shelf.find(learner, str(state.get("sign")), ending)
    try:
        body = place.read_bytes() if place else None
    except OSError:
        return None
    if body is None or sign(body) != state["sign"]:
        return None
    return Answer(body, str(state.get("etag", "")), str(state.get("modified", "")), state["sign"])
