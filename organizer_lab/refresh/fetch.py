"""Download a provider's file into memory: politely, within limits, with plain errors."""

from __future__ import annotations

import http.client
import os
import sys
import time
import zlib
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit
from urllib.request import Request, urlopen

from organizer_lab.errors import LabError

TIMEOUT = 60  # seconds
LIMIT = 50_000_000  # bytes, packed or unpacked
PAUSE = 0.05  # seconds between two requests
_TRIES = 3


class NotThere(LabError):
    """The provider answers, but has nothing at this address (HTTP 404)."""


class Fetcher:
    """Ask providers for files, and remember whom it asked.

    Parameters
    ----------
    mirror : str, optional
        Address of a server that answers in place of every provider: it is asked for
        ``mirror/HOST/PATH``. By default the value of ``ORGANIZER_LAB_MIRROR``, and where that is
        not set the providers themselves.

    Attributes
    ----------
    hosts : dict of str to None
        The providers that were asked, in order.
    asked : int
        The number of files asked for.
    """

    def __init__(self, mirror: str | None = None) -> None:
        self.mirror = mirror or os.environ.get("ORGANIZER_LAB_MIRROR")
        self.hosts: dict[str, None] = {}
        self.asked = 0

    def __call__(self, url: str) -> str:
        """Give the text at an address.

        Raises
        ------
        NotThere
            If the provider has nothing at this address.
        LabError
            If the provider cannot be reached, refuses, or sends too much or no text.
        """
        host = urlsplit(url).netloc
        if self.hosts:
            time.sleep(PAUSE)
        self.hosts[host] = None
        self.asked += 1
        if self.asked % 50 == 0:
            print(f"{self.asked} files downloaded so far", file=sys.stderr)
        address = f"{self.mirror.rstrip('/')}/{url.split('://', 1)[1]}" if self.mirror else url
        for remaining in reversed(range(_TRIES)):
            try:
                return self._text(host, address)
            except HTTPError as error:
                busy = error.code in (429, 503)
                if busy and remaining:
                    time.sleep(_wait(error.headers.get("Retry-After")))
                    continue
                if error.code == 404:
                    raise NotThere(f"{host} has nothing at {url} any more (HTTP 404).") from None
                raise LabError(
                    f"{host} answered with an error (HTTP {error.code} {error.reason}). "
                    "Try again later."
                ) from None
            except (URLError, OSError, http.client.HTTPException) as error:
                reason = getattr(error, "reason", None) or type(error).__name__
                raise LabError(
                    f"{host} cannot be reached ({reason}). Check the network and try again."
                ) from None
        raise AssertionError("the last try returns or raises")

    def _text(self, host: str, url: str) -> str:
        # Wikimedia asks programs to say who they are and how to reach the person who runs them.
        contact = os.environ.get("ORGANIZER_LAB_CONTACT", "no contact given")
        agent = f"organizer-lab/0.1 (refresh of course tables; {contact})"
        headers = {"User-Agent": agent, "Accept-Encoding": "gzip"}
        with urlopen(Request(url, headers=headers), timeout=TIMEOUT) as answer:
            body = answer.read(LIMIT + 1)
            packed = answer.headers.get("Content-Encoding") == "gzip"
            promised = answer.headers.get("Content-Length", "")
        # A read with a limit does not notice by itself that the connection ended too soon.
        if promised.isdigit() and len(body) < min(int(promised), LIMIT):
            raise LabError(f"{host} broke off in the middle of the file. Try again.")
        try:
            if packed and len(body) <= LIMIT:
                unpack = zlib.decompressobj(wbits=zlib.MAX_WBITS | 16)
                body = unpack.decompress(body, LIMIT + 1)
                if len(body) <= LIMIT and not unpack.eof:
                    raise LabError(f"{host} broke off in the middle of the file. Try again.")
            if len(body) > LIMIT:
                raise LabError(f"{host} sends more than {LIMIT // 10**6} MB: not the file we know.")
            return body.decode("utf-8-sig")
        except (zlib.error, UnicodeDecodeError):
            raise LabError(f"{host} sends something that is not UTF-8 text.") from None


def _wait(told: str | None) -> float:
    """Seconds to wait before asking a busy provider again, at most a minute."""
    return min(float(told), 60.0) if told and told.isdigit() else 5.0
