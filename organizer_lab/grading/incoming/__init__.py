"""What comes in from learners: where it is looked for, and where it is kept as it came.

`paws` asks PAWS for public copies, `files` looks through folders and zips. Both give `Offer` for
what can be a submission, and `Fault` for what cannot, one at a time. Nothing here decides what
becomes a submission: that is `organizer_lab.grading.collect`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal

from organizer_lab.errors import LabError
from organizer_lab.grading.roster import Learner

# The limits are those of the package, so that what a learner can pack can be collected.
from organizer_lab.handin.pack import LARGEST_NOTEBOOK, LARGEST_PACKAGE, LARGEST_PLAN

__all__ = [
    "LARGEST_NOTEBOOK",
    "LARGEST_PACKAGE",
    "LARGEST_PLAN",
    "WITHOUT_PLAN",
    "Fault",
    "Offer",
    "Unfit",
]

# The note on a plan that is there and cannot be taken begins so; the reason follows.
WITHOUT_PLAN = "Without plan.json."


class Unfit(LabError):
    """What is there cannot be taken; the text says why."""


@dataclass(frozen=True)
class Offer:
    """A notebook that a source has for a learner.

    Attributes
    ----------
    learner : Learner
    origin : str
        Its address, or its path in the folder or zip.
    time : datetime
        When it was last changed, as the source says; with time zone.
    notebook : bytes
        As it came.
    plan : bytes or None
        The plan.json beside it.
    package : bytes or None
        The package in which both came.
    notes : tuple of str
        What a person should know about it.
    state : mapping or None
        What the source wants to remember for the next time.
    renamable : bool
        Whether the facilitator can move it to another week by its name alone.
    """

    learner: Learner
    origin: str
    time: datetime
    notebook: bytes
    plan: bytes | None = None
    package: bytes | None = None
    notes: tuple[str, ...] = ()
    state: Mapping[str, Any] | None = field(default=None, compare=False)
    renamable: bool = False


@dataclass(frozen=True)
class Fault:
    """Something that gives no submission.

    Attributes
    ----------
    kind : str
        ``"refused"``: it must not be taken. ``"failed"``: it may go well another time.
        ``"missing"``: there is nothing. ``"ignored"``: it does not belong to this collection.
    origin, reason : str
    learner : Learner or None
        Whose it is, if that is known.
    """

    kind: Literal["refused", "failed", "missing", "ignored"]
    origin: str
    reason: str
    learner: Learner | None = None
