"""The shelf on which everything that came in is kept, untouched.

``received/<week>/<id>/<time>-<sha>.<ending>``: the name says when it was changed last and what is
in it, so nothing is ever overwritten, and the same thing is kept once.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from organizer_lab import files

_STATE = "paws.json"


def sign(content: bytes) -> str:
    """Give a name to a content: the first 16 digits of its SHA-256."""
    return hashlib.sha256(content).hexdigest()[:16]


def write(path: Path, content: bytes) -> None:
    """Write a file, whole or not at all, and its folder if it is not there."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, content)


class Shelf:
    """What was received for one week.

    Parameters
    ----------
    folder : Path
        Such as ``exercises/received/week-1``.
    """

    def __init__(self, folder: Path):
        self.folder = folder

    def keep(self, learner: str, time: datetime, ending: str, content: bytes) -> Path:
        """Put a content on the shelf, unless it stands there; give its place."""
        if place := self.find(learner, sign(content), ending):
            return place
        stamp = time.astimezone(UTC).strftime("%Y%m%dT%H%M%SZ")
        place = self.folder / learner / f"{stamp}-{sign(content)}.{ending}"
        write(place, content)
        return place

    def find(self, learner: str, wanted: str, ending: str) -> Path | None:
        """Find a content by its sign."""
        return next(iter((self.folder / learner).glob(f"*-{wanted}.{ending}")), None)

    def remember(self, learner: str, state: Mapping[str, Any]) -> None:
        """Write down what a source wants to know the next time."""
        write(self.folder / learner / _STATE, json.dumps(state, indent=1).encode())

    def remembered(self, learner: str) -> dict[str, Any]:
        """Read it again; where it is missing or damaged there is nothing to know."""
        try:
            state = json.loads((self.folder / learner / _STATE).read_bytes())
        except (OSError, ValueError):
            return {}
        return state if isinstance(state, dict) else {}
