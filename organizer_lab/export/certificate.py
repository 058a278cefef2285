"""The certificate: its text where the pass rule is met, and the reasons where it is not yet.

The pass rule is the course's: every part of the plan valid and none against another, 70 % of the
automatic points, and feedback on two peers. Points are counted by a facilitator, so they are given
as numbers; nothing here can check them. A name is on the certificate only if somebody writes it.
"""

from __future__ import annotations

import math
from datetime import date

from organizer_lab.errors import LabError
from organizer_lab.export.wikitext import plain
from organizer_lab.plan import PARTS, EvaluationPlan, Plan
from organizer_lab.words import counted

SHARE = 0.7


def reasons(plan: Plan, points: float | None, of: float | None) -> list[str]:
    """Say what is still missing for the certificate, in sentences; an empty list means nothing.

    Parameters
    ----------
    plan : Plan
    points, of : float
        The automatic points of this learner, and how many there are. A facilitator knows both.
    """
    found = []
    wrong = plan.problems()
    fields = {problem.field.split(".")[0] for problem in wrong}
    parts = [kind.title for kind in PARTS if kind.field in fields]
    if parts:
        found.append(f"These parts of the plan are not there or not valid yet: {', '.join(parts)}.")
    between = len([name for name in fields if name not in {kind.field for kind in PARTS}])
    if between:
        found.append("Weeks of the plan disagree; 'organizer-lab plan show' says which.")
    if points is None or of is None:
        found.append("The automatic points are not given. The facilitator knows them.")
    elif not 0 <= points <= of or not of > 0:
        found.append(f"{points:g} of {of:g} points cannot be right.")
    elif points < SHARE * of - 1e-9:
        # Rounded down: 69.97 % are not 70 %.
        reached = math.floor(1000 * points / of) / 10
        found.append(
            f"{points:g} of {of:g} automatic points are {reached:g}%; {SHARE:.0%} are needed."
        )
    # Week 9 asks for this feedback; a course without that week does not have it.
    evaluation = plan.evaluation_plan
    given = [plain(evaluation.peer_week_3), plain(evaluation.peer_week_9)] if evaluation else []
    if EvaluationPlan in PARTS and (not all(given) or not given):
        found.append("Feedback on two peers is needed: one in week 3 and one in week 9.")
    return found


def certificate_text(
    plan: Plan,
    points: float | None,
    of: float | None,
    *,
    name: str = "",
    on: date | None = None,
) -> str:
    """Write the text of the certificate.

    Parameters
    ----------
    plan : Plan
    points, of : float
        The automatic points, and how many there are.
    name : str
        The name that the person wants to see there. Without it there is an empty line for a pen.
    on : date, optional
        By default today.

    Raises
    ------
    LabError
        With the reasons, where the pass rule is not met.
    """
    if missing := reasons(plan, points, of):
        raise LabError("No certificate yet. " + " ".join(missing))
    title = plain(plan.event_plan.name) if plan.event_plan else ""
    weeks = len(PARTS) - 1  # All but the place, which has no week of its own.
    peers = (
        "- Feedback on the work of two other learners stands in the plan.\n"
        if EvaluationPlan in PARTS
        else ""
    )
    blank = "_" * 30
    return (
        "ORGANIZER LAB\n"
        "Certificate\n\n"
        f"{plain(name) or blank}\n\n"
        f"has completed the {counted(weeks, 'week')} of Organizer Lab and written a whole campaign "
        f"plan:\n{title}\n\n"
        f"- {counted(weeks, 'part').capitalize()} of the plan are complete and fit together.\n"
        f"- {points:g} of {of:g} automatic points.\n"
        f"{peers}\n"
        f"Date: {(on or date.today()).isoformat()}\n"
        f"Facilitator: {blank}\n"
    )
