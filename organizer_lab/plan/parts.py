"""The parts of the campaign plan, in the order in which the course makes them.

The one place to change for a shorter course, or for a part of your own: see "Make it yours" in
the book. A part that is not listed here stays in the package and is not asked for.
"""

from __future__ import annotations

from organizer_lab.plan.part import Part, Place
from organizer_lab.plan.week_1 import TopicCard
from organizer_lab.plan.week_2 import GapStatement
from organizer_lab.plan.week_3 import PersonaAndFunnel
from organizer_lab.plan.week_4 import IdeaMatrix
from organizer_lab.plan.week_5 import CampaignModel
from organizer_lab.plan.week_6 import Worklist
from organizer_lab.plan.week_7 import EventPlan
from organizer_lab.plan.week_8 import BudgetAndMetrics
from organizer_lab.plan.week_9 import EvaluationPlan

PARTS: tuple[type[Part], ...] = (
    Place,
    TopicCard,
    GapStatement,
    PersonaAndFunnel,
    IdeaMatrix,
    CampaignModel,
    Worklist,
    EventPlan,
    BudgetAndMetrics,
    EvaluationPlan,
)
