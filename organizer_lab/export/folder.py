"""All files that leave the course, made from a plan and written into a folder."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from organizer_lab import files as whole
from organizer_lab import plan as plans
from organizer_lab.errors import LabError
from organizer_lab.export.calendar import entries, ics
from organizer_lab.export.certificate import certificate_text, reasons
from organizer_lab.export.event import event_wikitext, goals, registration_json
from organizer_lab.export.grant import rapid_fund
from organizer_lab.export.money import budget_csv, metrics_csv
from organizer_lab.export.page import plan_wikitext
from organizer_lab.export.worklist import listeria, pagepile, titles, worklist_json
from organizer_lab.plan import BudgetAndMetrics, EventPlan, Part, Place, Plan, Worklist

FOLDER = "export"

# Only a facilitator knows the points for it.
CERTIFICATE = "certificate.txt"
# What each file is for, in the order in which a person meets them.
FILES: dict[str, str] = {
    "plan.json": "the plan itself, to keep and to import again",
    "plan.wikitext": "a page for Meta-Wiki with the whole plan",
    "event.wikitext": "the page of the event, for participants",
    "registration.json": "the fields of Event Registration",
    "goals.json": "the goal of the event, as Event Registration keeps it",
    "worklist.json": "the worklist of an event",
    "pagepile.tsv": "lines for PagePile",
    "listeria.wikitext": "a block in which Listeria's bot keeps a table fresh",
    "budget.csv": "the budget, in the columns of the Foundation's template",
    "metrics.csv": "the measures, and what you want to learn",
    "rapid_fund.md": "answers for the form of a Rapid Fund",
    "calendar.ics": "all days of the plan, for a calendar program",
    CERTIFICATE: "the text of the certificate",
}
_CSV_MARK = "\ufeff"
# What is made from one part alone: a course without that part does not speak of it.
_FROM: dict[str, type[Part]] = {
    "event.wikitext": EventPlan,
    "registration.json": EventPlan,
    "goals.json": EventPlan,
    "worklist.json": Worklist,
    "pagepile.tsv": Worklist,
    "listeria.wikitext": Worklist,
    "budget.csv": BudgetAndMetrics,
    "metrics.csv": BudgetAndMetrics,
}


def files(
    plan: Plan, *, points: float | None = None, of: float | None = None, name: str = ""
) -> dict[str, str]:
    """Make every file for which the plan has something to say.

    A plan that is not finished gives the files that make sense: their pages say "Not written yet",
    and ``plan.wikitext`` ends with a list of what is missing. `left_out` says which files are not
    made, and why.

    Parameters
    ----------
    plan : Plan
    points, of : float, optional
        The automatic points and how many there are, for the certificate.
    name : str
        The name for the certificate.

    Returns
    -------
    dict of str to str
        File name and text, in the order of ``FILES``.
    """
    made, _ = _make(plan, points, of, name)
    return made


def left_out(plan: Plan, *, points: float | None = None, of: float | None = None) -> dict[str, str]:
    """Say for each file that is not made what it waits for, in a sentence."""
    _, waiting = _make(plan, points, of, "")
    return waiting


def write(
    plan: Plan,
    folder: Path | str | None = None,
    *,
    points: float | None = None,
    of: float | None = None,
    name: str = "",
) -> list[Path]:
    """Write the files into a folder, each whole or not at all.

    A file of an earlier export is replaced. One that is not made this time stays where it is.

    Parameters
    ----------
    plan : Plan
    folder : path, optional
        By default the folder ``export`` beside ``plan.json``. It is made if it is not there.
    points, of, name
        See `files`.

    Returns
    -------
    list of Path
        In the order of ``FILES``.

    Raises
    ------
    LabError
        If the folder or a file cannot be written.
    """
    target = Path(folder) if folder is not None else plans._places()[0].parent / FOLDER
    written = []
    try:
        target.mkdir(parents=True, exist_ok=True)
        for file, text in files(plan, points=points, of=of, name=name).items():
            # Some spreadsheets take a CSV without this mark for a file of another script.
            mark = _CSV_MARK if file.endswith(".csv") else ""
            whole.write(target / file, mark + text)
            written.append(target / file)
    except OSError as error:
        raise LabError(
            f"The files could not be written to {target} ({error.strerror}). Is it a folder, is "
            "there space, and may you write there? Files that were written before this are whole."
        ) from error
    return written


def report(paths: list[Path], waiting: dict[str, str]) -> str:
    """Say which files were written, which were not, and what lies there from an earlier time."""
    lines = [f"Written to {paths[0].parent}:"]
    lines += [f"- {path.name}: {FILES[path.name]}" for path in paths]
    if waiting:
        lines += ["Not written:", *(f"- {file}: {why}" for file, why in waiting.items())]
    old = [file for file in waiting if (paths[0].parent / file).exists()]
    if old:
        lines.append(f"Still there from an earlier export, and out of date: {', '.join(old)}.")
    return "\n".join(lines)


def _make(
    plan: Plan, points: float | None, of: float | None, name: str
) -> tuple[dict[str, str], dict[str, str]]:
    made: dict[str, str] = {}
    waiting: dict[str, str] = {}
    for file, (maker, lacks) in _makers(plan, points, of, name).items():
        if _FROM.get(file, Place) not in plans.PARTS:
            continue
        if why := lacks():
            waiting[file] = why
            continue
        try:
            made[file] = maker()
        except LabError as error:
            # Such as a title that cannot be one: this file has a rule that the plan breaks.
            waiting[file] = str(error)
    if "pagepile.tsv" in made:
        # The file holds one wiki. Nothing is left out without a word.
        _, *others = sorted(titles(plan.worklist).items(), key=lambda item: -len(item[1]))
        for database, _ in others:
            call = f"export.pagepile(Plan.load().worklist, '{database}')"
            waiting[f"pagepile.tsv of {database}"] = f"a pile has one wiki; {call} gives its lines."
    return made, waiting


def _copy(plan: Plan) -> str:
    try:
        return plan.model_dump_json(indent=2) + "\n"
    except ValueError as error:
        raise LabError(f"The plan holds a character that no file can hold ({error}).") from None


def _makers(
    plan: Plan, points: float | None, of: float | None, name: str
) -> dict[str, tuple[Callable[[], str], Callable[[], str]]]:
    """Give for each file what makes it, and what says why it cannot be made."""
    event, money, pages = plan.event_plan, plan.budget_and_metrics, plan.worklist

    def always() -> str:
        return ""

    def unless(there: object, why: str) -> Callable[[], str]:
        return lambda: "" if there else why

    form = unless(event and event.registration, "the registration of week 7 is not there yet.")
    listed = unless(pages and pages.pages, "the worklist of week 6 has no page yet.")
    lines = unless(money and money.lines, "the budget of week 8 has no line yet.")
    aims = unless(money and (money.targets or money.learning_question), "week 8 has no target yet.")
    goal = unless(event and goals(event), "the registration of week 7 has no goal yet.")
    days = unless(entries(plan), "the plan has no day yet.")
    return {
        "plan.json": (lambda: _copy(plan), always),
        "plan.wikitext": (lambda: plan_wikitext(plan), always),
        "event.wikitext": (
            lambda: event_wikitext(plan),
            unless(event, "the event plan of week 7 is not there yet."),
        ),
        "registration.json": (lambda: registration_json(event), form),
        "goals.json": (lambda: json.dumps(goals(event), indent=2) + "\n", goal),
        "worklist.json": (lambda: worklist_json(pages), listed),
        "pagepile.tsv": (lambda: pagepile(pages), listed),
        "listeria.wikitext": (lambda: listeria(pages), listed),
        "budget.csv": (lambda: budget_csv(money, event), lines),
        "metrics.csv": (lambda: metrics_csv(money), aims),
        "rapid_fund.md": (
            lambda: rapid_fund(plan),
            unless(any(plan.parts().values()), "the plan has no part yet."),
        ),
        "calendar.ics": (lambda: ics(plan), days),
        CERTIFICATE: (
            lambda: certificate_text(plan, points, of, name=name),
            lambda: " ".join(reasons(plan, points, of)),
        ),
    }
