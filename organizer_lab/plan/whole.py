"""The plan as a whole: what one week says must fit what another week says, and the plan's view.

These are the faults that reviewers of real applications find: 35 organizers in the text and
internet for 50 in the budget, a page target that nobody has the time for, a follow-up before the
end. Each rule speaks only when both weeks have said something; what a week lacks, it says itself.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from html import escape
from typing import TYPE_CHECKING

from organizer_lab.plan.part import Part, Problem, Problems
from organizer_lab.plan.rows import day, moment
from organizer_lab.words import number

if TYPE_CHECKING:
    from organizer_lab.plan import Plan

BETWEEN = "Between the weeks"
# Targets that count pages, and the goal of Event Registration that counts the same.
_PAGES = {
    "articles created": "total_articles_created",
    "articles improved": "total_articles_edited",
}
_EVERY_WIKI = "*"


def problems(plan: Plan) -> Problems:
    """List where two weeks of a plan disagree.

    Parameters
    ----------
    plan : Plan

    Returns
    -------
    Problems
        The field of each names the weeks, such as ``"weeks 3 and 8"``; the text shows both values
        and says what to change.
    """
    return Problems(problem for rule in _RULES for problem in rule(plan))


def week(position: int) -> int:
    """Give the week that makes a part, by its position among all parts.

    The place comes first; it is chosen in week 1, and is no part of its own.
    """
    return max(position, 1)


def _weeks(first: int, second: int, text: str) -> Problem:
    return Problem(f"weeks {first} and {second}", text)


def _start(plan: Plan) -> date | None:
    form = plan.event_plan and plan.event_plan.registration
    found = moment(form.start) if form else None
    return found.date() if found else None


def _end(plan: Plan) -> date | None:
    form = plan.event_plan and plan.event_plan.registration
    found = moment(form.end) if form else None
    return found.date() if found else None


def _topic_before_event(plan: Plan) -> Iterator[Problem]:
    start = _start(plan)
    if start is None:
        return
    for item in plan.topic_card.evidence if plan.topic_card else []:
        latest = item.to_year or item.year
        if latest and latest > start.year:
            yield _weeks(
                1,
                7,
                f"A number of your topic is from {latest}, but the event starts on {start}. An "
                "event cannot start before its topic is known: change the start, or the number.",
            )
    looked = [day(row.looked_on) for row in (plan.gap_statement or _NONE).gap_table]
    late = max((each for each in looked if each and each > start), default=None)
    if late:
        yield _weeks(
            2,
            7,
            f"You looked for the gap on {late}, but the event starts on {start}. Change the day "
            "in week 2, or let the event start later.",
        )


def _length(plan: Plan) -> Iterator[Problem]:
    start, end = _start(plan), _end(plan)
    days = plan.campaign_model.days if plan.campaign_model else None
    if start is None or end is None or end < start or days is None:
        return
    lasts = (end - start).days + 1
    # Some people count the last day, and some do not.
    if days not in (lasts - 1, lasts):
        yield _weeks(
            5,
            7,
            f"The campaign model says {days} days, but from {start} to {end} there are {lasts}. "
            "Change the days in week 5, or the start or the end in week 7.",
        )


def _after_the_end(plan: Plan) -> Iterator[Problem]:
    end, evaluation = _end(plan), plan.evaluation_plan
    if end is None or evaluation is None:
        return
    planned = [
        *((day(each.on), "The follow-up") for each in evaluation.follow_up),
        (day(evaluation.compare_on), "The comparison with the targets"),
        *((day(each), "The look at who still edits") for each in evaluation.retention_on),
    ]
    for when, what in planned:
        if when and when < end:
            yield _weeks(
                7,
                9,
                f"{what} is planned for {when}, but the event ends on {end}. Choose a day after "
                "the end, or let the event end earlier.",
            )


def _in_the_grant(plan: Plan) -> Iterator[Problem]:
    money, start, end = plan.budget_and_metrics, _start(plan), _end(plan)
    if money is None:
        return
    first, last = day(money.grant_start), day(money.grant_end)
    if start and first and start < first:
        yield _weeks(
            7,
            8,
            f"The event starts on {start}, but the grant begins on {first}. Let the grant begin "
            "earlier, or the event start later.",
        )
    if end and last and end > last:
        yield _weeks(
            7,
            8,
            f"The event ends on {end}, but the grant ends on {last}. Let the grant end later, or "
            "the event earlier.",
        )
    for target in money.targets:
        due = day(target.due)
        if end and due and due < end:
            yield _weeks(
                7,
                8,
                f"The target '{target.metric or target.kind}' is measured on {due}, but the event "
                f"ends on {end}. Measure it at the end or later.",
            )
    compared = day(plan.evaluation_plan.compare_on) if plan.evaluation_plan else None
    due = day(money.report_due)
    if compared and due and compared > due:
        yield _weeks(
            8,
            9,
            f"Results are compared with the targets on {compared}, but the report is due on {due}. "
            "Compare before you report.",
        )


def _headcounts(plan: Plan) -> Iterator[Problem]:
    funnel = plan.persona_and_funnel and plan.persona_and_funnel.funnel
    team = plan.event_plan.organizers() if plan.event_plan else None
    for kind, week, expected, said in (
        ("participants", 3, funnel.registered if funnel else None, "the funnel has {} registered"),
        ("editors", 3, funnel.edited if funnel else None, "the funnel has {} who edit"),
        ("organizers", 7, team, "the team has {} organizers"),
    ):
        if expected is None or plan.budget_and_metrics is None:
            continue
        other = [
            f"{number(count)} in {where}"
            for count, where in _counts_of_week_8(plan, kind)
            if count != expected
        ]
        if other:
            yield _weeks(
                week,
                8,
                f"In week {week} {said.format(number(expected))}, but week 8 has "
                f"{', '.join(other)}. Write the same number of {kind} everywhere.",
            )


def _counts_of_week_8(plan: Plan, kind: str) -> Iterator[tuple[float, str]]:
    """Give each number of people of one kind that week 8 names, with its place in words."""
    money = plan.budget_and_metrics
    if (count := getattr(money, kind)) is not None:
        yield count, f"its number of {kind}"
    for position, line in enumerate(money.lines, 1):
        if line.whom == kind and line.people is not None:
            yield line.people, f"budget line {position} ('{line.item or 'no name yet'}')"
    for target in money.targets:
        if target.kind == kind and isinstance(target.target, int | float):
            yield target.target, f"the target '{target.metric or kind}'"


def _editors_of_the_list(plan: Plan) -> Iterator[Problem]:
    funnel = plan.persona_and_funnel and plan.persona_and_funnel.funnel
    edited = funnel.edited if funnel else None
    planned = plan.worklist.editors if plan.worklist else None
    if edited is not None and planned is not None and edited != planned:
        yield _weeks(
            3,
            6,
            f"The funnel has {number(edited)} people who edit, but the worklist is cut for "
            f"{number(planned)}. Write the same number in both weeks, and cut the list again.",
        )


def _pages(plan: Plan) -> Iterator[Problem]:
    pages = plan.worklist, plan.budget_and_metrics
    if None in pages:
        return
    worklist, money = pages
    counted = [
        target.target
        for target in money.targets
        if target.kind in _PAGES and isinstance(target.target, int | float)
    ]
    planned = sum(counted)
    if worklist.pages and planned > len(worklist.pages):
        yield _weeks(
            6,
            8,
            f"The targets add up to {number(planned)} articles, but the worklist has "
            f"{len(worklist.pages)} pages. Lower the targets, or put more pages on the list.",
        )
    capacity = worklist.capacity()
    if capacity is not None and planned > capacity:
        yield _weeks(
            6,
            8,
            f"The targets add up to {number(planned)} articles, but the planned editors can do "
            f"{capacity}. Lower the targets, or plan with more editors from week 3 on.",
        )


def _goal(plan: Plan) -> Iterator[Problem]:
    form = plan.event_plan and plan.event_plan.registration
    if not form or plan.budget_and_metrics is None or form.goal_target is None:
        return
    same = [
        target.target
        for target in plan.budget_and_metrics.targets
        if _PAGES.get(target.kind or "") == form.goal_metric
        and isinstance(target.target, int | float)
    ]
    if same and sum(same) != form.goal_target:
        yield _weeks(
            7,
            8,
            f"The goal of the registration is {number(form.goal_target)}, but the targets for the "
            f"same measure add up to {number(sum(same))}. Give one number in both weeks.",
        )


def _wikis(plan: Plan) -> Iterator[Problem]:
    if plan.worklist is None:
        return
    form = plan.event_plan and plan.event_plan.registration
    if form and form.wikis and _EVERY_WIKI not in form.wikis:
        for wiki in plan.worklist.by_wiki():
            if wiki not in form.wikis:
                yield _weeks(
                    6,
                    7,
                    f"The worklist has pages of '{wiki}', but the registration names only "
                    f"{', '.join(form.wikis)}. Add '{wiki}' to the wikis of the registration.",
                )
    languages = plan.topic_card.languages if plan.topic_card else []
    mine = plan.worklist.language_code
    if languages and mine and mine not in languages:
        yield _weeks(
            1,
            6,
            f"The worklist is for the Wikipedia '{mine}', but the topic card names "
            f"{', '.join(languages)}. Add the language to the topic card, or change the list.",
        )


def _activities(plan: Plan) -> Iterator[Problem]:
    if plan.budget_and_metrics is None or plan.event_plan is None or not plan.event_plan.timeline:
        return
    tasks = len(plan.event_plan.timeline)
    for position, line in enumerate(plan.budget_and_metrics.lines, 1):
        if line.task is not None and not 1 <= line.task <= tasks:
            yield _weeks(
                7,
                8,
                f"Budget line {position} ('{line.item or 'no name yet'}') pays for task "
                f"{line.task}, but the timeline has {tasks} tasks. Link each cost to a task.",
            )


class _Empty:
    gap_table: tuple[()] = ()


_NONE = _Empty()
_RULES: tuple[Callable[[Plan], Iterator[Problem]], ...] = (
    _topic_before_event,
    _length,
    _after_the_end,
    _in_the_grant,
    _headcounts,
    _editors_of_the_list,
    _pages,
    _goal,
    _wikis,
    _activities,
)


class View(str):
    """The state of a plan: text for a terminal, a table for a notebook."""

    __slots__ = ("_html",)

    def __new__(cls, text: str, html: str) -> View:
        """Hold one state in both forms."""
        view = super().__new__(cls, text)
        view._html = html
        return view

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return self._html


def view(plan: Plan, kinds: tuple[type[Part], ...]) -> View:
    """Show a plan at a glance: how many parts are complete, one line for each, what to mend."""
    found = plan.problems()
    rows: list[tuple[str, str, str]] = []
    mend: list[Problem] = []
    complete = 0
    for position, kind in enumerate(kinds):
        mine = [p for p in found if p.field.split(".")[0] == kind.field]
        if getattr(plan, kind.field) is None:
            state = "not there yet"
        else:
            state = f"{len(mine)} to mend" if mine else "complete"
            mend += mine
            complete += position > 0 and not mine
        rows.append((f"week {week(position)}", kind.title, state))
    between = [p for p in found if p.field.startswith("weeks ")]
    if between:
        rows.append(("", BETWEEN, f"{len(between)} to mend"))
    head = f"{complete} of {len(kinds) - 1} parts complete"
    width = max(len(title) for _, title, _ in rows)
    lines = [f"{week:7} {title:{width}}  {state}" for week, title, state in rows]
    items = [f"- {problem}" for problem in mend + between]
    cells = "".join(
        f"<tr><td>{week}</td><th scope='row'>{title}</th><td>{state}</td></tr>"
        for week, title, state in rows
    )
    html = (
        f"<table><caption>{head}</caption><thead><tr><th scope='col'>Week</th>"
        f"<th scope='col'>Part</th><th scope='col'>State</th></tr></thead>"
        f"<tbody>{cells}</tbody></table>"
    )
    if items:
        listed = "".join(f"<li>{escape(str(problem))}</li>" for problem in mend + between)
        html += f"<p>To mend:</p><ul>{listed}</ul>"
    return View("\n".join([head, "", *lines, *(["", *items] if items else [])]), html)
