"""Answers for the form of a Rapid Fund, in Markdown: a person reads, mends and copies them.

Questions 1 to 6 of the form are known to us, with their numbers. The rest is known by subject only:
these answers stand under a heading without a number, to be checked against a fresh form.
"""

from __future__ import annotations

import re
from typing import Any

from organizer_lab import data
from organizer_lab.export import numbers
from organizer_lab.export.money import totals
from organizer_lab.export.wikitext import ADDRESS, plain
from organizer_lab.plan import Plan
from organizer_lab.plan.part import Evidence
from organizer_lab.plan.week_3 import PersonaAndFunnel
from organizer_lab.plan.week_4 import IdeaMatrix
from organizer_lab.plan.week_5 import ActionCard, CampaignModel
from organizer_lab.plan.week_7 import EventPlan, Registration
from organizer_lab.plan.week_8 import IN_KIND, BudgetAndMetrics, Target
from organizer_lab.plan.week_9 import EvaluationPlan
from organizer_lab.words import number

NOT_WRITTEN = "*Not written yet.*"
YOURSELF = "*Answer this yourself: the plan of the course does not ask it.*"

# Every sign that CommonMark, its tables, bare addresses or formulas give a meaning to.
_MARKUP = re.compile(
    r"[\\`*{}\[\]<>#|~@$]|(?<![^\W_])_|_(?![^\W_])|&(?=[#\w])|\A[-+=]|(?<=\A\d)[.)]|(?<=\A\d\d)[.)]|\A\d{3,9}[.)]|(?<=[A-Za-z]):(?=\S)"
    r"|(?<=www)\.|(?<=/)/",
    re.IGNORECASE,
)


def rapid_fund(plan: Plan) -> str:
    """Write answers to the form of a Rapid Fund from the plan.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
        Markdown. Learners' words are text only. Where the plan has no answer yet, or never asks,
        the page says so.
    """
    sections = [
        ("Applicant details", [YOURSELF + " User name, organization, roles."]),
        *_main_proposal(plan),
        *_work(plan),
        *_community(plan),
        *_learning(plan),
        *_budget(plan),
        ("Endorsements", [YOURSELF + " Tell your community before you hand in, with a link."]),
        ("Agreement", _agreement(plan)),
    ]
    text = [
        "# Answers for a Rapid Fund",
        "Made from plan.json by Organizer Lab. Nothing was sent anywhere.",
        "A backslash before a sign belongs to this file only: leave it out when you copy.",
        "The numbers of questions 1 to 6 are those of the form that we know. "
        "The other headings have no number, because we could not check it: "
        "compare them with a fresh form before you copy.",
    ]
    for heading, answers in sections:
        text += [f"## {heading}", *filter(None, answers)]
    return "\n\n".join(text) + "\n"


def inert(value: Any) -> str:
    r"""Write a text for Markdown so that it is text only, on one line.

    Examples
    --------
    >>> inert("*all* of <it>")
    '\\*all\\* of \\<it\\>'
    """
    return _MARKUP.sub(_escaped, plain(value))


def _main_proposal(plan: Plan) -> list[tuple[str, list[str]]]:
    money = plan.budget_and_metrics or BudgetAndMetrics()
    event, card, gap = plan.event_plan, plan.topic_card, plan.gap_statement
    model, matrix = plan.campaign_model, plan.idea_matrix
    country = None
    if plan.place and plan.place.iso3:
        country = data.value("country_profile", "country", where={"iso3": plan.place.iso3})
    place = plain(card and card.place)
    if country and country.casefold() not in place.casefold():
        place = ", ".join(filter(None, (place, country)))
    found = [*(card.evidence if card else []), *([gap.number] if gap and gap.number else [])]
    return [
        ("1. Title", [_or_gap(event and event.name)]),
        ("2–3. Start and end", [_span(money.grant_start, money.grant_end)]),
        ("4. Where", [_or_gap(place)]),
        (
            "5. Part of a movement campaign",
            [
                '*Choose yourself from the list of the form, which has "Organizer Lab".*',
                f"The campaign resembles: {_or_gap(model and model.resembles)}",
            ],
        ),
        (
            "6. Change, problems, approach",
            [
                f"The change: {_or_gap(card and card.goal)}",
                f"Why now: {_or_gap(card and card.why_now)}",
                f"The problem: {_or_gap(gap and gap.content)}",
                _bullets(map(_number, found)),
                f"Who feels it: {_or_gap(gap and gap.for_whom)}",
                _lines("Needs that we heard", matrix.needs if matrix else []),
                f"The idea: {_or_gap(matrix and _idea(matrix))}",
                f"Why this idea: {_or_gap(matrix and matrix.reason)}",
            ],
        ),
    ]


def _work(plan: Plan) -> list[tuple[str, list[str]]]:
    event, model = plan.event_plan or EventPlan(), plan.campaign_model or CampaignModel()
    action, form = model.action or ActionCard(), event.registration or Registration()
    tasks = [
        ": ".join(filter(None, (inert(each.due), inert(each.task)))) + _owner(each.owner)
        for each in event.timeline
    ]
    roles = [
        f"{_or_gap(role.role)} ({_amount(role.people)}): {_or_gap(role.duty)}"
        for role in event.roles
    ]
    return [
        (
            "Activities",
            [
                f"The event: {_span(form.start, form.end)}, {_or_gap(form.timezone)}",
                f"Place: {_or_gap(form.address)}" if form.in_person() else "Place: online",
                f"Form: {_or_gap(model.form)}",
                f"The action: {_or_gap(action.action)}",
                _bullets(tasks) or NOT_WRITTEN,
            ],
        ),
        (
            "Team and experience",
            [_bullets(roles) or NOT_WRITTEN, "*Add who has which experience of editing.*"],
        ),
    ]


def _community(plan: Plan) -> list[tuple[str, list[str]]]:
    audience = plan.persona_and_funnel or PersonaAndFunnel()
    funnel, gap = audience.funnel, plan.gap_statement
    model = plan.campaign_model or CampaignModel()
    evaluation = plan.evaluation_plan or EvaluationPlan()
    event = plan.event_plan or EventPlan()
    steps = (
        ", ".join(f"{name} {_amount(getattr(funnel, name))}" for name in funnel.STEPS)
        if funnel
        else NOT_WRITTEN
    )
    follow_up = [
        ": ".join(filter(None, (inert(each.on), inert(each.action)))) + _owner(each.owner)
        for each in evaluation.follow_up
    ]
    risks = [f"{_or_gap(risk.risk)}: {_or_gap(risk.response)}" for risk in event.risks]
    messages = [
        ", ".join(filter(None, (inert(each.on), inert(each.channel), inert(each.audience))))
        for each in event.messages
    ]
    return [
        (
            "Target participants, and how they are engaged and followed up",
            [
                f"People: {steps}",
                f"Channel: {_or_gap(audience.channel)}",
                f"Support: {_or_gap(model.local_support)}",
                _bullets(follow_up) or NOT_WRITTEN,
            ],
        ),
        (
            "Children and youth, and safety",
            [
                "*Say yourself whether children or young people take part, and how you protect "
                "them.*",
                f"Friendly space policy: {_address(event.friendly_space)}",
                inert(audience.safety_note),
                _bullets(risks) or NOT_WRITTEN,
            ],
        ),
        (
            "How the community was told",
            [
                "Messages that we plan:",
                _bullets(messages) or NOT_WRITTEN,
                "*Add links to what you wrote on the wiki.*",
            ],
        ),
        (
            "Knowledge gap",
            [f"Kind of gap: {_or_gap(gap and gap.gap_type)}", _or_gap(gap and gap.content)],
        ),
        ("Movement Strategy goals", [YOURSELF]),
    ]


def _learning(plan: Plan) -> list[tuple[str, list[str]]]:
    money = plan.budget_and_metrics or BudgetAndMetrics()
    core, other = [], []
    for target in money.targets:
        (other if target.kind in (None, "qualitative", "other content") else core).append(target)
    tools = dict.fromkeys(filter(None, (inert(target.method) for target in money.targets)))
    return [
        ("Learning and metrics: what we hope to learn", [_or_gap(money.learning_question)]),
        (
            "Core metrics: participants, editors, organizers, content",
            [_bullets(map(_target, core)) or NOT_WRITTEN],
        ),
        ("Other metrics", [_bullets(map(_target, other)) or NOT_WRITTEN]),
        ("Tools that measure", [_bullets(tools) or NOT_WRITTEN]),
    ]


def _budget(plan: Plan) -> list[tuple[str, list[str]]]:
    money = plan.budget_and_metrics or BudgetAndMetrics()
    currency = inert(money.currency)
    sums = [
        f"{inert(name)}: {_amount(total)} {currency}".rstrip()
        + (f" ({_amount(usd)} US dollars)" if usd is not None else "")
        + (", given by others and not asked for" if name == IN_KIND else "")
        for name, total, usd in totals(money)
    ]
    rate = (
        f"One US dollar is {_amount(money.local_per_usd)} {currency} on "
        f"{_or_gap(money.rate_date)}. Source: {_or_gap(money.rate_source)}"
        if money.local_per_usd
        else ""
    )
    asked = money.requested_usd
    return [
        (
            "Budget",
            [
                f"Amount: {_amount(asked)} US dollars" if asked is not None else NOT_WRITTEN,
                rate,
                _bullets(sums) or (NOT_WRITTEN if asked is not None else ""),
                "*Put budget.csv into a sheet that everybody can read, and give its link here.*",
            ],
        )
    ]


def _agreement(plan: Plan) -> list[str]:
    if plan.event_plan and plan.event_plan.keeps_ucoc:
        kept = "The team has read the Universal Code of Conduct and keeps it."
    else:
        kept = NOT_WRITTEN
    return [kept, "*Agree yourself to friendly space and privacy in the form.*"]


def _target(target: Target) -> str:
    now, then = _amount(target.baseline), _amount(target.target)
    due = f", by {inert(target.due)}" if plain(target.due) else ""
    return f"{_or_gap(target.metric or target.kind)}. Baseline: {now}. Target: {then}{due}"


def _owner(role: str | None) -> str:
    return f" ({inert(role)})" if plain(role) else ""


def _lines(title: str, items: list[str]) -> str:
    found = _bullets(inert(item) for item in items if plain(item))
    return f"{title}:\n\n{found}" if found else ""


def _bullets(items: Any) -> str:
    return "\n".join(f"- {item}" for item in items)


def _or_gap(value: Any) -> str:
    return inert(value) or NOT_WRITTEN


def _span(first: Any, last: Any) -> str:
    """Write two days or times; where both are missing, that is said once."""
    if not plain(first) and not plain(last):
        return NOT_WRITTEN
    return f"{_or_gap(first)} – {_or_gap(last)}"


def _amount(value: Any) -> str:
    return _or_gap(value) if value is None or isinstance(value, str) else number(value)


def _number(item: Evidence) -> str:
    """Write a number with its year and source, as reviewers ask for it."""
    dated = ", ".join(filter(None, (numbers.what(item), numbers.years(item))))
    told = ": ".join(filter(None, (dated, numbers.value(item))))
    return f"{_or_gap(told)}. Source: {_or_gap(numbers.source(item))}"


def _idea(matrix: IdeaMatrix) -> str | None:
    chosen = matrix.chosen
    known = chosen is not None and 1 <= chosen <= len(matrix.ideas)
    return matrix.ideas[chosen - 1].text if known else None


def _address(value: Any) -> str:
    """Write an address so that it can be opened and copied, and everything else as text."""
    text = plain(value)
    return f"<{text}>" if ADDRESS.fullmatch(text) else _or_gap(text)


def _escaped(found: re.Match[str]) -> str:
    text = found.group()
    # "123." at the beginning would be a list; its sign is the last one.
    return text[:-1] + "\\" + text[-1]
