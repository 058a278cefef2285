"""What a week is about, put on its lesson and its exercise page from ``course.yml``.

The notebooks hold no directive for it: JupyterLab would show one as raw text.
"""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes

from organizer_lab import course, data, overview
from organizer_lab.book import links
from organizer_lab.course import Week
from organizer_lab.files import WEEK

_LESSON = re.compile(rf"weeks/({WEEK})-[a-z0-9-]+")
_EXERCISE = re.compile(rf"exercises/release/({WEEK})/\1")


def _row(name: str, *body: nodes.Node) -> nodes.field:
    return nodes.field("", nodes.field_name("", name), nodes.field_body("", *body))


def _sentence(*parts: nodes.Node | str) -> nodes.paragraph:
    paragraph = nodes.paragraph()
    paragraph += [nodes.Text(part) if isinstance(part, str) else part for part in parts]
    return paragraph


def _list(items: list[list[nodes.Node | str]]) -> nodes.bullet_list:
    return nodes.bullet_list("", *(nodes.list_item("", _sentence(*item)) for item in items))


def lesson_header(env: Any, week: Week, page: str) -> nodes.container:
    """Make the header of a lesson page.

    Parameters
    ----------
    env : sphinx.environment.BuildEnvironment
        Knows which pages the book has.
    week : Week
        The week of the lesson.
    page : str
        The page that the header stands on.
    """
    stages = {stage.slug: stage for stage in course.load().stages}
    titles = data.tables()["title"]
    framework = [
        [
            links.to_label(f"stage-{slug}", stages[slug].name, page)
            if links.chapter(env, stages[slug])
            else nodes.Text(stages[slug].name),
            f": {overview.levels(week, slug)}",
        ]
        for slug in week.stages
    ]
    cards = links.cards(env)
    tables = [
        links.to_label(f"table-{name}", titles[name], page) if cards else nodes.Text(titles[name])
        for name in week.tables
    ]
    made = week.artefact
    part = (
        links.to_label(f"plan-{made.field}", made.name, page)
        if links.plan(env)
        else nodes.Text(made.name)
    )
    sheet = links.to_page(links.exercise(env, week), "exercise", page)
    rows = nodes.field_list(
        "",
        _row("Time", _sentence(overview.time(week))),
        _row("After this week you can", _list([[text] for text in week.objectives])),
        _row("You make", _sentence(part, f". {made.description}")),
        _row("Tables", _list([[table] for table in tables])),
        _row("Organizer Framework", _list(framework)),
        _row("Points", _sentence(f"{overview.points(week)}. You earn them in the ", sheet, ".")),
    )
    return nodes.container(
        "",
        nodes.paragraph("", "", nodes.strong("", week.question), classes=["ol-question"]),
        rows,
        classes=["ol-week"],
    )


def exercise_header(env: Any, week: Week, page: str) -> nodes.container:
    """Make the short header of an exercise page; parameters as for `lesson_header`."""
    text = f"Week {week.number}: {week.title}"
    rows = nodes.field_list(
        "",
        _row("Lesson", _sentence(links.to_page(links.lesson(env, week), text, page))),
        _row("Time", _sentence(f"about {overview.duration(week.minutes.exercise)}")),
        _row("Points", _sentence(f"{overview.points(week)}.")),
    )
    return nodes.container("", rows, classes=["ol-week"])


def _insert(app: Any, doctree: nodes.document) -> None:
    env = app.env
    page = env.docname
    for pattern, make in ((_LESSON, lesson_header), (_EXERCISE, exercise_header)):
        match = pattern.fullmatch(page)
        if not match:
            continue
        links.follow(env, page)
        section = next(iter(doctree.findall(nodes.section)), None)
        if section is not None:
            section.insert(1, make(env, course.load().week(match[1]), page))


def setup(app: Any) -> None:
    """Put the header on each page when the page is read."""
    app.connect("doctree-read", _insert)
