"""What leaves the course: the plan in the formats that Wikimedia organizers use.

Everything here writes text and files. Nothing edits a wiki, and nothing is sent anywhere.
"""

from __future__ import annotations

from organizer_lab.export.worklist import listeria, pagepile, wikitable, worklist_json

__all__ = ["listeria", "pagepile", "wikitable", "worklist_json"]
