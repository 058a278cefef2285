"""The plan as one page for Meta-Wiki, in wikitext that works on every wiki."""

from __future__ import annotations

from collections.abc import Iterator

from organizer_lab.export import numbers
from organizer_lab.export.event import PROTECTED, protected, safety
from organizer_lab.export.money import totals
from organizer_lab.export.wikitext import (
    NOT_WRITTEN,
    amount,
    bullets,
    facts,
    plain,
    section,
    shown,
    table,
    written,
)
from organizer_lab.export.worklist import wikitable
from organizer_lab.plan import Plan
from organizer_lab.plan.part import Evidence, Part, Problem
from organizer_lab.plan.week_3 import Funnel
from organizer_lab.plan.week_5 import CampaignModel
from organizer_lab.plan.week_7 import EventPlan, Registration
from organizer_lab.plan.week_8 import BudgetAndMetrics
from organizer_lab.plan.week_9 import EvaluationPlan

LICENCE = "https://creativecommons.org/licenses/by-sa/4.0/"


def plan_wikitext(plan: Plan) -> str:
    """Write the whole plan as a page, with a section for each question that reviewers ask.

    Learners' words stand on it as inert text; only headings, tables, lists and links are markup,
    and no template is used, because templates exist on one wiki only. What is not in the plan yet
    is said to be missing, and listed at the end. Feedback to other learners stays out.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    str
    """
    sections = [
        section("Topic and gap", *_topic(plan)),
        section("Audience", *_audience(plan)),
        section("Action", *_action(plan)),
        section("Worklist", *_worklist(plan)),
        section("Timeline", *_timeline(plan)),
        section("Team", *_team(plan)),
        section("Communication", *_communication(plan)),
        section("Safety", *_safety(plan)),
        section("Budget", *_budget(plan)),
        section("Metrics", *_metrics(plan)),
        section("Evaluation", *_evaluation(plan)),
        section("Licence", *_licence(plan)),
    ]
    if missing := plan.problems():
        sections.append(
            section("Still to do", bullets(f"{_place(p)}: {shown(p.text)}" for p in missing))
        )
    return "\n\n".join([*_head(plan), *sections]) + "\n"


def _place(problem: Problem) -> str:
    """Say where something is missing, without the signs of a programmer."""
    return shown(problem.field.replace("_", " ").replace(".", ", "))


def _head(plan: Plan) -> list[str]:
    event, card = plan.event_plan or EventPlan(), plan.topic_card
    form, model = event.registration or Registration(), plan.campaign_model or CampaignModel()
    money = plan.budget_and_metrics
    when = " – ".join(filter(None, (shown(form.start), shown(form.end))))
    zone = f", {shown(form.timezone)}" if when and plain(form.timezone) else ""
    asked = f"{amount(money.requested_usd)} US dollars" if money and money.requested_usd else ""
    length = f"{amount(model.days)} days" if model.days else ""
    form_of = ", ".join(filter(None, (shown(model.form), shown(model.organized), length)))
    languages = ", ".join(shown(numbers.language(code)) for code in card.languages) if card else ""
    return [
        "<!-- Made from plan.json by Organizer Lab, to be copied to a page on Meta-Wiki. Nothing "
        "was sent anywhere. Read it once more before you save it: a wiki page is public, and its "
        "history stays. -->",
        " – ".join(
            [
                f"'''{shown(event.name)}'''" if plain(event.name) else NOT_WRITTEN,
                written(card and card.topic),
            ]
        ),
        facts(
            [
                ("Where", written(card and card.place)),
                ("When", f"{when}{zone}" if when else NOT_WRITTEN),
                ("Languages", languages or NOT_WRITTEN),
                ("Wikis", ", ".join(map(shown, form.wikis)) or NOT_WRITTEN),
                ("Form", form_of or NOT_WRITTEN),
                ("Resembles", written(model.resembles)),
                ("Participants", amount(money and money.participants) or NOT_WRITTEN),
                ("Requested", asked or NOT_WRITTEN),
            ]
        ),
    ]


def _topic(plan: Plan) -> list[str]:
    card, gap = plan.topic_card, plan.gap_statement
    evidence = _evidence(*(card.evidence if card else ()), *_one(gap and gap.number))
    rows = [
        (shown(row.subject), shown(row.state), shown(row.looked_in), shown(row.looked_on))
        for row in (gap.gap_table if gap else [])
    ]
    return [
        written(card and card.goal),
        shown(card and card.why_now),
        evidence,
        section(
            "The gap",
            written(gap and gap.content),
            bullets(
                [
                    f"Kind of gap: {written(gap and gap.gap_type)}",
                    f"Language: {written(gap and numbers.language(gap.language))}",
                    f"Who feels it: {written(gap and gap.for_whom)}",
                ]
            ),
            table(("Subject", "State", "Looked in", "Looked on"), rows) if rows else "",
            level=3,
        ),
    ]


def _audience(plan: Plan) -> list[str]:
    part = plan.persona_and_funnel
    if part is None:
        return [NOT_WRITTEN]
    person = part.persona
    described = (
        [
            f"Who: {written(person.who)}",
            f"Motive: {written(person.motive)}",
            f"Skill: {written(person.skill)}",
            f"Device: {written(person.device)}",
            f"Languages: {written(person.language)}",
            f"Time: {written(person.time)}",
        ]
        if person
        else []
    )
    return [
        "One invented person stands for the people whom we want to reach." if described else "",
        bullets(described) or NOT_WRITTEN,
        _evidence(*_one(part.connectivity)),
        written(part.consequence),
        section("How many", _funnel(part.funnel), level=3),
        section(
            "Invitation",
            bullets(
                [f"Channel: {written(part.channel)}", f"Invitation: {written(part.invitation)}"]
            ),
            level=3,
        ),
    ]


def _funnel(funnel: Funnel | None) -> str:
    if funnel is None:
        return NOT_WRITTEN
    rows = [
        (name, amount(getattr(funnel, name)), shown(getattr(funnel, f"{name}_source", None)))
        for name in Funnel.STEPS
    ]
    return table(("Step", "People", "Where the rate comes from"), rows)


def _action(plan: Plan) -> list[str]:
    model, matrix = plan.campaign_model or CampaignModel(), plan.idea_matrix
    action = model.action
    blocks = [NOT_WRITTEN]
    if action is not None:
        minutes = (
            f"Taught in {amount(action.taught_min)} minutes, done in {amount(action.done_min)}."
        )
        size = " ".join(filter(None, (amount(action.success_size), shown(action.success_unit))))
        blocks = [
            written(action.action),
            f"The gap that it closes: {written(action.gap)}",
            "\n".join(f"# {shown(step)}" for step in action.steps if plain(step)) or NOT_WRITTEN,
            minutes if action.taught_min and action.done_min else "",
            f"One successful edit: {size}" + _kind(action.success_kind) if size else "",
        ]
    organized = [
        f"One team or many: {written(model.organized)}",
        f"Why: {written(model.organized_because)}",
        f"Local support: {written(model.local_support)}",
        f"Experienced editors: {written(model.experienced_editors)}",
    ]
    if matrix is not None:
        chosen = matrix.chosen is not None and 1 <= matrix.chosen <= len(matrix.ideas)
        blocks.append(
            section(
                "Needs and idea",
                f"Heard from: {written(matrix.heard_from)}",
                bullets(shown(need) for need in matrix.needs if plain(need)),
                f"Chosen idea: {written(matrix.ideas[matrix.chosen - 1].text if chosen else None)}",
                written(matrix.reason),
                shown(matrix.exception),
                level=3,
            )
        )
    number_behind = _evidence(*_one(model.evidence))
    return [*blocks, section("How it is organized", bullets(organized), number_behind, level=3)]


def _kind(kind: str | None) -> str:
    return f" ({shown(kind)})" if kind else ""


def _worklist(plan: Plan) -> list[str]:
    part = plan.worklist
    if part is None or not part.pages:
        return [NOT_WRITTEN]
    capacity = part.capacity()
    left_out = [(shown(each.title), shown(each.reason)) for each in part.left_out]
    return [
        bullets(
            filter(
                None,
                [
                    f"Kind: {written(part.kind)}",
                    f"Pages: {len(part.pages)}",
                    f"What the planned editors can do: {amount(capacity)} pages"
                    if capacity is not None
                    else "",
                    f"Sources: {'; '.join(map(shown, part.sources)) or NOT_WRITTEN}",
                    f"Looked up: {written(part.looked_up)}",
                ],
            )
        ),
        wikitable(part).strip(),
        _evidence(*_one(part.focus)),
        section("Left out", table(("Title", "Reason"), left_out), level=3) if left_out else "",
    ]


def _timeline(plan: Plan) -> list[str]:
    event = plan.event_plan
    if event is None:
        return [NOT_WRITTEN]
    rows = [
        (str(position), shown(task.due), shown(task.task), shown(task.owner))
        for position, task in enumerate(event.timeline, 1)
    ]
    return [
        f"Why then: {written(event.why_then)}",
        _evidence(*_one(event.attention)),
        table(("No.", "Day", "Task", "Owner"), rows) if rows else NOT_WRITTEN,
    ]


def _team(plan: Plan) -> list[str]:
    event = plan.event_plan
    if event is None or not event.roles:
        return [NOT_WRITTEN]
    rows = [(shown(role.role), amount(role.people), shown(role.duty)) for role in event.roles]
    count = event.organizers()
    total = f"Organizers: {amount(count)}." if count is not None else ""
    return [table(("Role", "People", "What they do"), rows), total]


def _communication(plan: Plan) -> list[str]:
    event = plan.event_plan
    if event is None or not event.messages:
        return [NOT_WRITTEN]
    rows = [
        (shown(each.on), shown(each.channel), shown(each.audience), shown(each.owner))
        for each in event.messages
    ]
    return [table(("Day", "Channel", "Audience", "Owner"), rows)]


def _safety(plan: Plan) -> list[str]:
    event, audience = plan.event_plan, plan.persona_and_funnel
    if event is None:
        return [NOT_WRITTEN]
    rows = [
        (
            shown(each.risk),
            amount(each.likelihood),
            amount(each.effect),
            shown(each.response),
            shown(each.contact),
        )
        for each in event.risks
    ]
    head = ("Risk", "Likelihood, 1 to 5", "Effect, 1 to 5", "Response", "Contact")
    kept = "yes" if event.keeps_ucoc else NOT_WRITTEN
    return [
        PROTECTED if protected(plan) else "",
        bullets([*safety(event), f"The team has read and keeps the code of conduct: {kept}"]),
        shown(audience and audience.safety_note),
        table(head, rows) if rows else NOT_WRITTEN,
    ]


def _budget(plan: Plan) -> list[str]:
    money = plan.budget_and_metrics
    if money is None or not money.lines:
        return [NOT_WRITTEN]
    currency = written(money.currency)
    rows = [
        (
            amount(line.task),
            shown(line.category),
            shown(line.item),
            shown(line.unit),
            amount(line.unit_cost),
            amount(line.quantity()),
            amount(line.total()),
        )
        for line in money.lines
    ]
    head = (
        "Task of the timeline",
        "Category",
        "Item",
        "Unit",
        "Unit cost",
        "Quantity",
        f"Total, {currency}",
    )
    sums = [(shown(name), amount(total), amount(usd)) for name, total, usd in totals(money)]
    rate = (
        f"One US dollar is {amount(money.local_per_usd)} {currency} on {written(money.rate_date)}. "
        f"Source: {written(money.rate_source)}"
        if money.local_per_usd
        else ""
    )
    return [
        table(head, rows),
        "Services and goods in kind are given by others, and nobody asks money for them.",
        section(
            "Totals", table(("Category", f"Total, {currency}", "Total, US dollars"), sums), level=3
        ),
        bullets(
            filter(
                None,
                [
                    f"Lines to be paid: {amount(money.total())} {currency}, "
                    f"{amount(money.total_usd())} US dollars"
                    if money.total_usd() is not None
                    else "",
                    f"Requested: {amount(money.requested_usd) or NOT_WRITTEN} US dollars",
                    rate,
                    f"Grant: {written(money.grant_start)} – {written(money.grant_end)}",
                    f"Final report due: {written(money.report_due)}",
                ],
            )
        ),
        _evidence(*_one(money.reference)),
    ]


def _metrics(plan: Plan) -> list[str]:
    money = plan.budget_and_metrics or BudgetAndMetrics()
    rows = [
        (
            shown(each.kind),
            shown(each.metric),
            amount(each.baseline),
            amount(each.target),
            shown(each.source),
            shown(each.method),
            shown(each.due),
        )
        for each in money.targets
    ]
    head = ("Kind", "Measure", "Baseline", "Target", "Source", "Method", "Day")
    return [
        table(head, rows) if rows else NOT_WRITTEN,
        f"What we want to learn: {written(money.learning_question)}",
    ]


def _evaluation(plan: Plan) -> list[str]:
    part = plan.evaluation_plan or EvaluationPlan()
    looks = ", ".join(map(shown, part.retention_on))
    rows = [
        (shown(each.on), shown(each.subject), shown(each.action), shown(each.owner))
        for each in part.follow_up
    ]
    return [
        bullets(
            [
                f"What is counted: {written(part.scope)}",
                f"What the campaign caused: {written(part.attribution)}",
                f"Results are compared on: {written(part.compare_on)}",
                f"Days on which we look who still edits: {looks or NOT_WRITTEN}",
                f"If a target is missed: {written(part.if_missed)}",
                f"Quality: {written(part.judging)}",
                f"Thanks: {written(part.recognition)}",
            ]
        ),
        section(
            "Follow-up",
            table(("Day", "For", "What", "Owner"), rows) if rows else NOT_WRITTEN,
            level=3,
        ),
    ]


def _licence(plan: Plan) -> list[str]:
    sources = dict.fromkeys(
        source for item in _all_evidence(plan) if (source := numbers.attribution(item.table))
    )
    return [
        f"The text of this page is under [{LICENCE} CC BY-SA 4.0], as all text on this wiki.",
        "Numbers on this page come from:" if sources else "",
        bullets(shown(source) for source in sources),
    ]


def _all_evidence(part: Part | Plan) -> Iterator[Evidence]:
    """Find every number with a source, however deep it stands."""
    for name in type(part).model_fields:
        value = getattr(part, name)
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, Evidence):
                yield each
            elif isinstance(each, Part):
                yield from _all_evidence(each)


def _one(item: Evidence | None) -> tuple[Evidence, ...]:
    return () if item is None else (item,)


def _evidence(*items: Evidence) -> str:
    """Write numbers as a table that lets another person find them again."""
    rows = [
        (
            shown(numbers.what(item)),
            shown(numbers.value(item)),
            numbers.years(item),
            shown(numbers.source(item)),
        )
        for item in items
    ]
    return table(("Number", "Value", "Year", "Source"), rows) if rows else ""
