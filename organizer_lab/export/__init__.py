"""What leaves the course: the plan in the formats that Wikimedia organizers use.

Everything here writes text and files. Nothing edits a wiki, and nothing is sent anywhere.
"""

from __future__ import annotations

from organizer_lab.export.calendar import ics
from organizer_lab.export.event import goals, registration, registration_json
from organizer_lab.export.money import budget_csv, metrics_csv
from organizer_lab.export.worklist import listeria, pagepile, wikitable, worklist_json

__all__ = [
    "budget_csv",
    "goals",
    "ics",
    "listeria",
    "metrics_csv",
    "pagepile",
    "registration",
    "registration_json",
    "wikitable",
    "worklist_json",
]
