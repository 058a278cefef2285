"""What leaves the course: the plan in the formats that Wikimedia organizers use.

Everything here writes text and files. Nothing edits a wiki, and nothing is sent anywhere.
"""

from __future__ import annotations

from organizer_lab.export.calendar import ics
from organizer_lab.export.certificate import certificate_text
from organizer_lab.export.event import event_wikitext, goals, registration, registration_json
from organizer_lab.export.folder import FILES, FOLDER, files, left_out, report, write
from organizer_lab.export.grant import rapid_fund
from organizer_lab.export.money import budget_csv, metrics_csv
from organizer_lab.export.notebook import button
from organizer_lab.export.page import plan_wikitext
from organizer_lab.export.worklist import listeria, pagepile, wikitable, worklist_json

__all__ = [
    "FILES",
    "FOLDER",
    "budget_csv",
    "button",
    "certificate_text",
    "event_wikitext",
    "files",
    "goals",
    "ics",
    "left_out",
    "listeria",
    "metrics_csv",
    "pagepile",
    "plan_wikitext",
    "rapid_fund",
    "registration",
    "registration_json",
    "report",
    "wikitable",
    "worklist_json",
    "write",
]
