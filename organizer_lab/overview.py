"""What a week is about, in words: for the header in the book and the cell in a learner's lesson."""

from __future__ import annotations

from organizer_lab import course, data
from organizer_lab.course import Week

# What a week does with a stage, as its page says it.
DONE = {"teaches": "taught", "practises": "practised", "assesses": "assessed"}


def duration(minutes: int) -> str:
    """Write minutes as hours and minutes.

    Examples
    --------
    >>> duration(155)
    '2 h 35 min'
    """
    hours, rest = divmod(minutes, 60)
    return " ".join(filter(None, [f"{hours} h" if hours else "", f"{rest} min" if rest else ""]))


def time(week: Week) -> str:
    """Say how long a week takes, and what for."""
    minutes = week.minutes
    return (
        f"about {duration(minutes.total)}: {minutes.lesson} min for this lesson, "
        f"{minutes.exercise} min for the exercise, {minutes.reading} min for reading"
    )


def points(week: Week) -> str:
    """Say what a week's points are made of."""
    given = week.points
    return (
        f"{given.total}: {given.data} for data questions, {given.plan} for your plan, "
        f"{given.judgement} for what you write"
    )


def enumeration(words: list[str]) -> str:
    """Join words for a sentence.

    Examples
    --------
    >>> enumeration(["taught", "practised", "assessed"])
    'taught, practised and assessed'
    """
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last


def levels(week: Week, stage: str) -> str:
    """Say what a week does with a stage, such as ``"taught and practised"``."""
    return enumeration([DONE[level] for level in week.levels[stage]])


def lesson(week: Week, exercise: str | None = None) -> str:
    """Write the overview of a lesson in Markdown.

    Parameters
    ----------
    week : Week
        The week of the lesson.
    exercise : str, optional
        Where the exercise stands, seen from the lesson. Without it, it is named but not linked.

    Returns
    -------
    str
        The question, then a list: time, objectives, artefact, tables, stages, points.
    """
    stages = {stage.slug: stage.name for stage in course.load().stages}
    titles = data.tables()["title"]
    sheet = f"[exercise]({exercise})" if exercise else "exercise"

    def several(name: str, items: list[str]) -> str:
        return "\n".join([f"- **{name}**", *(f"  - {item}" for item in items)])

    rows = [
        f"- **Time:** {time(week)}",
        several("After this week you can", list(week.objectives)),
        f"- **You make:** {week.artefact.name}. {week.artefact.description}",
        several("Tables", [f"{titles[name]} (`{name}`)" for name in week.tables]),
        several(
            "Organizer Framework",
            [f"{stages[s]} (a chapter of the book): {levels(week, s)}" for s in week.stages],
        ),
        f"- **Points:** {points(week)}. You earn them in the {sheet}.",
    ]
    return "\n".join([f"**{week.question}**", "", *rows])
