"""An invented campaign of two programmes, in the files that the Programs & Events Dashboard gives.

Every account, edit and number is invented; only the titles on the list of the campaign are real,
from ``climate_articles_views``. All files are added up from one list of invented edits, so they
agree with each other as real ones do, and the traps of week 9 stand in them on purpose.
"""

from __future__ import annotations

import csv
import io
import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SEED = 9
HOME, OTHER = "home.wiki.example", "other.wiki.example"
ARTICLE, TALK, USER = 0, 1, 2
PREFIX = {ARTICLE: "", TALK: "Talk:", USER: "User:"}

COURSE = [
    "course_slug",
    "title",
    "institution",
    "term",
    "home_wiki",
    "created_at",
    "start_date",
    "end_date",
    "new_or_returning",
    "editors",
    "new_editors",
    "articles_edited",
    "articles_created",
    "bytes_added",
    "references_added",
    "total_edits",
    "mainspace_edits",
    "article_talk_edits",
    "userspace_edits",
    "article_views",
    "upload_count",
    "uploads_used_in_articles",
    "upload_usage_count_across_all_wikis",
    "training_completion_rate",
    "retained_new_editors",
]
# The files of single programmes have no slug; here two of them stand in one file.
EDITORS = [
    "course_slug",
    "username",
    "global_id",
    "enrollment_timestamp",
    "registered_at",
    "revisions_during_project",
    "mainspace_bytes_added",
    "userspace_bytes_added",
    "draft_space_bytes_added",
    "references_added",
    "registered_during_project",
    "total_articles_created",
    "total_articles_edited",
    "completed_training_modules_count",
    "assigned_training_modules_count",
    "completed_training_modules",
]
ARTICLES = [
    "course_slug",
    "title",
    "rating",
    "namespace",
    "wiki",
    "usernames",
    "url",
    "edit_count",
    "characters_added",
    "references_added",
    "new",
    "deleted",
    "pageviews_link",
]
HASHTAGS = ["Domain", "Timestamp", "Username", "Page_title", "Edit_summary", "Revision_id"]


@dataclass(frozen=True)
class Person:
    """An invented participant.

    Attributes
    ----------
    registered : float
        Days from the start of the programme to the registration; negative before it.
    listed, beside, elsewhere, talk, user : int
        Edits during the programme: to articles on the list, to articles of the home wiki beside
        it, to articles of another wiki, to talk pages, to user pages.
    later : tuple
        Edits after the end: day, wiki, namespace. Day 7 is the seventh day after the end.
    """

    registered: float
    listed: int = 0
    beside: int = 0
    elsewhere: int = 0
    talk: int = 0
    user: int = 0
    later: tuple[tuple[int, str, int], ...] = ()


@dataclass(frozen=True)
class Programme:
    """An invented programme: its dates, its part of the list, and who joined.

    ``created`` and ``deleted`` are numbers of pages, from the beginning of each group of pages.
    """

    number: str
    start: datetime
    end: datetime
    titles: tuple[str, ...]
    people: tuple[Person, ...]
    created: dict[str, int] = field(default_factory=dict)
    deleted: dict[str, int] = field(default_factory=dict)

    @property
    def slug(self) -> str:
        """Give the end of the address of the programme."""
        return f"Invented_Club/Invented_programme_{self.number}_({self.start.year})"


@dataclass(frozen=True)
class Edit:
    """One invented edit during a programme."""

    person: int
    wiki: str
    namespace: int
    title: str
    group: str
    place: int
    size: int
    references: int


def _stays(*days: int) -> tuple[tuple[int, str, int], ...]:
    return tuple((day, HOME, ARTICLE) for day in days)


OLD, EVENING = -900.0, -0.12
ONE = Programme(
    "one",
    datetime(2025, 3, 1),
    datetime(2025, 3, 15, 23, 59, 59),
    (
        "Climate action",
        "Climate inertia",
        "Climate psychology",
        "Climate security",
        "Climate spiral",
        "Deforestation and climate change",
        "Flight shame",
        "Global dimming",
        "Ocean heat content",
        "Polar amplification",
        "Transition town",
        "Marsh organ",
    ),
    (
        # Accounts that are older than the programme: by years, and by one evening.
        Person(OLD, 9, 7, 4, 2, 1, (*_stays(2, 9, 15, 40, 66, 101), (30, OTHER, ARTICLE))),
        Person(OLD - 311, 6, 5, later=_stays(4, 12, 33)),
        Person(OLD - 87, 3, 8, 6, later=_stays(1, 20, 55)),
        Person(EVENING, 4, 1, user=1, later=_stays(10, 26)),
        Person(EVENING, 2, 0, talk=1),
        # New, and they stay in different ways.
        Person(0.4, 7, 2, 0, 1, 2, _stays(3, 9, 17, 35, 62, 97)),
        Person(0.4, 5, 0, 0, 0, 1, _stays(12, 41)),
        Person(0.5, 4, 1, later=_stays(5, 19, 28)),
        Person(7.4, 3, 3, 1, later=_stays(24, 70, 93)),
        Person(7.4, 2, user=1, later=_stays(11)),
        # New, and no edit of them counts as staying.
        Person(0.5, 4, later=_stays(1, 4, 7)),
        Person(0.5, 3, 1, later=_stays(2, 5)),
        Person(7.5, 2, 0, 3, later=((16, OTHER, ARTICLE), (45, OTHER, ARTICLE))),
        Person(7.5, 3, talk=2, later=((21, HOME, TALK), (50, HOME, TALK))),
        Person(7.6, 1, user=2, later=((13, HOME, USER),)),
        Person(0.6, 2),
        Person(7.6, 1, 2),
        # New, and without an edit while it ran; the second of them edits a month later.
        Person(0.7),
        Person(0.7, later=_stays(32)),
        # They registered after the end, and joined late.
        Person(16.3, later=_stays(9)),
    ),
    {"listed": 5, "beside": 4, "elsewhere": 2},
    {"listed": 1, "beside": 1},
)
TWO = Programme(
    "two",
    datetime(2025, 5, 3),
    datetime(2025, 5, 17, 23, 59, 59),
    (
        "Abrupt climate change",
        "Climate change and cities",
        "Climate change litigation",
        "Climate emergency declaration",
        "Climate engineering",
        "Environmental policy of the Joe Biden administration",
        "General circulation model",
        "Glacial survival hypothesis",
        "Global change",
        "Global cooling",
        "Global surface temperature",
        "Global terrestrial stilling",
        "Greenland ice core project",
        "Infrared window",
        "Kaya identity",
        "Natural disasters in Nigeria",
        "Oslo Principles",
        "Water vapor windows",
    ),
    (
        Person(OLD - 40, 11, 9, 7, 3, 2, _stays(1, 8, 22, 44, 80)),
        Person(OLD - 512, 8, 6, 3, later=_stays(6, 18, 60)),
        Person(OLD - 205, 2, 12, 5),
        Person(OLD + 300, 5, 3, 0, 1, 0, _stays(3, 37)),
        Person(EVENING, 5, 2, later=_stays(14, 31)),
        Person(EVENING, 3, user=1, later=_stays(9)),
        Person(EVENING, 1),
        Person(0.4, 8, 1, 2, 1, 1, _stays(2, 10, 25, 48, 74, 99)),
        Person(0.4, 6, 4, user=1, later=_stays(11, 38, 95)),
        Person(0.4, 5, 0, 1, later=_stays(9, 13)),
        Person(0.5, 4, 2, talk=1, later=_stays(16, 34)),
        Person(7.3, 6, 1, user=2, later=_stays(29, 91)),
        Person(7.3, 3, 0, later=_stays(6, 23)),
        Person(7.4, 2, 1, later=_stays(12)),
        Person(7.4, 2, user=1, later=_stays(53)),
        Person(0.5, 3, later=_stays(7)),
        Person(0.5, 4, 1, later=_stays(3, 6)),
        Person(0.6, 2, 2, later=_stays(1)),
        Person(0.6, 3, 0, 4, later=((10, OTHER, ARTICLE), (36, OTHER, ARTICLE))),
        Person(7.5, 1, 0, 5, later=((19, OTHER, ARTICLE),)),
        Person(7.5, 2, talk=1, later=((15, HOME, TALK),)),
        Person(7.5, 1, user=3, later=((27, HOME, USER), (58, HOME, USER))),
        Person(7.6, 2, talk=1, later=((40, HOME, TALK), (5, HOME, ARTICLE))),
        Person(0.6, 3, 1),
        Person(0.7, 1),
        Person(7.6, 2),
        Person(0.7),
        Person(0.7),
        Person(7.7, later=_stays(20)),
        Person(16.4, later=_stays(8, 30)),
        Person(17.1, later=_stays(11)),
    ),
    {"listed": 12, "beside": 6, "elsewhere": 4},
    {"listed": 2, "beside": 1, "elsewhere": 1},
)
# How many pages there are beside the list and on the other wiki.
PAGES = {"beside": 10, "elsewhere": 6}


def make() -> dict[str, bytes]:
    """Make the course, editors and articles file, and the list of later edits.

    Returns
    -------
    dict
        The content of each file by its name, always the same bytes.
    """
    # Only random() is used: its numbers are the same in every version of Python.
    chance = random.Random(SEED)
    course: list[list[object]] = []
    editors: list[list[object]] = []
    articles: list[list[object]] = []
    later: list[tuple[datetime, list[object]]] = []
    first = 1
    for programme in (ONE, TWO):
        names = [f"Invented editor {first + place:02d}" for place in range(len(programme.people))]
        first += len(names)
        edits = _edits(programme, chance)
        rows = _articles(programme, edits, names)
        articles += rows
        people = _editors(programme, edits, rows, names, chance)
        editors += people
        course.append(_course(programme, edits, rows, people, chance))
        later += _later(programme, names, chance)
    later.sort(key=lambda row: (row[0], row[1]))
    numbered = [[*row[:5], 880_000_000 + 137 * number] for number, (_, row) in enumerate(later, 1)]
    return {
        "invented_dashboard_course.csv": _csv(COURSE, course),
        "invented_dashboard_editors.csv": _csv(EDITORS, editors),
        "invented_dashboard_articles.csv": _csv(ARTICLES, articles),
        "invented_later_edits.csv": _csv(HASHTAGS, numbered),
    }


def _edits(programme: Programme, chance: random.Random) -> list[Edit]:
    """Give every invented edit of a programme; each page of the list has at least one."""
    edits: list[Edit] = []
    for group, wiki in (("listed", HOME), ("beside", HOME), ("elsewhere", OTHER)):
        known = len(programme.titles) if group == "listed" else PAGES[group]
        often = [getattr(person, group) for person in programme.people]
        # Everybody's first edit, then everybody's second one: so the pages are begun by many.
        order = [n for turn in range(max(often)) for n, times in enumerate(often) if turn < times]
        for turn, number in enumerate(order):
            # In turn at first, so that no page stays untouched, and then by chance.
            place = turn if turn < known else int(chance.random() * known)
            title = _title(programme, group, place)
            size, references = 40 + int(chance.random() * 1200), int(chance.random() * 3)
            edits.append(Edit(number, wiki, ARTICLE, title, group, place, size, references))
    for number, person in enumerate(programme.people):
        for group, namespace, times in (("talk", TALK, person.talk), ("user", USER, person.user)):
            for _ in range(times):
                place = int(chance.random() * 4)
                title = (
                    f"Invented_editor_page_{programme.number}_{number + 1}"
                    if namespace == USER
                    else _title(programme, "listed", place)
                )
                size = 30 + int(chance.random() * 300)
                edits.append(Edit(number, HOME, namespace, title, group, place, size, 0))
    return edits


def _title(programme: Programme, group: str, place: int) -> str:
    """Name a page as the Dashboard does: with underscores."""
    if group == "listed":
        return programme.titles[place].replace(" ", "_")
    what = "village" if group == "beside" else "page"
    return f"Invented_{what}_{programme.number}_{place + 1}"


def _articles(
    programme: Programme, edits: Sequence[Edit], names: Sequence[str]
) -> list[list[object]]:
    pages = list(dict.fromkeys((edit.wiki, edit.namespace, edit.title) for edit in edits))
    rows: list[list[object]] = []
    for page in sorted(pages):
        mine = [edit for edit in edits if (edit.wiki, edit.namespace, edit.title) == page]
        wiki, namespace, title = page
        group, place = mine[0].group, mine[0].place
        # A user page is new by its nature.
        new = place < programme.created.get(group, 0) or group == "user"
        who = list(dict.fromkeys(names[edit.person] for edit in mine))
        address = f"{PREFIX[namespace]}{title}"
        rows.append(
            [
                programme.slug,
                title,
                "",
                namespace,
                wiki,
                ", ".join(who),
                f"https://{wiki}/wiki/{address}",
                len(mine),
                sum(edit.size for edit in mine),
                sum(edit.references for edit in mine),
                _word(new),
                _word(place < programme.deleted.get(group, 0)),
                f"https://pageviews.example/?project={wiki}&pages={address}",
            ]
        )
    return rows


def _editors(
    programme: Programme,
    edits: Sequence[Edit],
    articles: Sequence[Sequence[object]],
    names: Sequence[str],
    chance: random.Random,
) -> list[list[object]]:
    live_new = {(row[4], row[1]) for row in articles if _live(row) and row[10] == "true"}
    creator: dict[tuple[object, object], int] = {}
    for edit in edits:
        if edit.namespace == ARTICLE and (edit.wiki, edit.title) in live_new:
            creator.setdefault((edit.wiki, edit.title), edit.person)
    rows: list[list[object]] = []
    for number, (person, name) in enumerate(zip(programme.people, names, strict=True)):
        mine = [edit for edit in edits if edit.person == number]
        registered = programme.start + timedelta(days=person.registered)
        registered += timedelta(seconds=int(chance.random() * 3000))
        joined = max(registered + timedelta(minutes=9), programme.start + timedelta(hours=9))
        in_articles = {(edit.wiki, edit.title) for edit in mine if edit.namespace == ARTICLE}
        live = {(row[4], row[1]) for row in articles if _live(row)}
        modules = int(chance.random() * 4)
        rows.append(
            [
                programme.slug,
                name,
                900_000_000 + int(name.split()[-1]),
                _moment(joined),
                _moment(registered),
                len(mine),
                sum(edit.size for edit in mine if edit.namespace == ARTICLE),
                sum(edit.size for edit in mine if edit.namespace == USER),
                0,
                sum(edit.references for edit in mine),
                _word(programme.start <= registered <= programme.end),
                list(creator.values()).count(number),
                len(in_articles & live),
                modules,
                3,
                ", ".join(f"Invented module {each + 1}" for each in range(modules)),
            ]
        )
    return rows


def _course(
    programme: Programme,
    edits: Sequence[Edit],
    articles: Sequence[Sequence[object]],
    editors: Sequence[Sequence[object]],
    chance: random.Random,
) -> list[object]:
    live = [row for row in articles if _live(row)]
    by_space = [sum(edit.namespace == space for edit in edits) for space in (ARTICLE, TALK, USER)]
    kept = [
        row[1]
        for row, person in zip(editors, programme.people, strict=True)
        if row[10] == "true"
        and any(
            day > 7 and wiki == HOME and namespace == ARTICLE
            for day, wiki, namespace in person.later
        )
    ]
    trained = sum(row[13] == row[14] for row in editors)
    return [
        programme.slug,
        f"Invented programme {programme.number}",
        "Invented Club",
        programme.start.year,
        HOME,
        _moment(programme.start - timedelta(days=30)),
        _moment(programme.start),
        _moment(programme.end),
        "first_time_instructor",
        len(editors),
        sum(row[10] == "true" for row in editors),
        len(live),
        sum(row[10] == "true" for row in live),
        sum(edit.size for edit in edits if edit.namespace == ARTICLE),
        sum(edit.references for edit in edits),
        len(edits),
        *by_space,
        4000 + int(chance.random() * 20_000),
        0,
        0,
        0,
        round(trained / len(editors), 4),
        len(kept),
    ]


def _later(
    programme: Programme, names: Sequence[str], chance: random.Random
) -> list[tuple[datetime, list[object]]]:
    found = []
    for person, name in zip(programme.people, names, strict=True):
        for day, wiki, namespace in person.later:
            # Between eight and twenty on that day of the calendar.
            when = datetime.combine(programme.end.date(), datetime.min.time())
            when += timedelta(days=day, hours=8, seconds=int(chance.random() * 12 * 3600))
            if namespace == USER:
                title = "Invented_page_of_a_user"
            else:
                group = "elsewhere" if wiki == OTHER else "beside"
                # Not the first page of a group, because it may have been deleted.
                place = 1 + int(chance.random() * (PAGES[group] - 1))
                title = _title(programme, group, place)
            row: list[object] = [
                wiki, _moment(when), name, PREFIX[namespace] + title, "Invented edit, never made",
            ]  # fmt: skip
            found.append((when, row))
    return found


def _live(row: Sequence[object]) -> bool:
    """Say whether a row of the articles file is an article that is still there."""
    return row[3] == ARTICLE and row[11] == "false"


def _moment(when: datetime) -> str:
    return f"{when:%Y-%m-%d %H:%M:%S} UTC"


def _word(value: bool) -> str:
    return "true" if value else "false"


def _csv(header: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue().encode("utf-8")
