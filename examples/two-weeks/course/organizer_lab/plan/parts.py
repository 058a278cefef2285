"""The parts of the campaign plan, in the order in which the course makes them."""

from __future__ import annotations

from organizer_lab.plan.message_card import MessageCard
from organizer_lab.plan.part import Part, Place
from organizer_lab.plan.week_1 import TopicCard

PARTS: tuple[type[Part], ...] = (Place, TopicCard, MessageCard)
