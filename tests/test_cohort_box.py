"""A facilitator's folder: its dates in every zone, its check, pairs, messages, session plans."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from organizer_lab import cli, course
from organizer_lab.cohort import messages, pairs
from organizer_lab.cohort import settings as dates
from organizer_lab.errors import LabError

ROOT = Path(__file__).resolve().parents[1]
SESSIONS = ROOT / "book" / "facilitators" / "sessions"
WEEKS = [week.id for week in course.load().weeks]
PEERS = [week for week in dates.PEER_WEEKS if week in WEEKS]
ZONES = ["Africa/Dar_es_Salaam", "Europe/Berlin", "America/Santiago", "Africa/Cairo"]
ZONES += ["Asia/Kathmandu", "Australia/Lord_Howe", "Pacific/Kiritimati", "America/St_Johns"]
some = settings(deadline=None, max_examples=25)


def cohort(zone: str = "Africa/Dar_es_Salaam", start: date = date(2027, 2, 1), **more):
    session = more.pop("session", (2, time(18)))
    pauses = more.pop("pauses", ())
    return dates.Cohort(
        name="North",
        start=start,
        time_zone=zone,
        weeks=dates.planned(start, ZoneInfo(zone), session, pauses),
        **more,
    )


def saved(folder: Path, text: str) -> str:
    """Save dates that a person wrote; give what they are told."""
    (folder / dates.FILE).write_text(text, encoding="utf-8")
    with pytest.raises(LabError) as told:
        dates.read(folder)
    return str(told.value)


# -- dates -----------------------------------------------------------------------------------


@some
@given(
    st.dates(date(2026, 1, 1), date(2035, 1, 1)),
    st.sampled_from(ZONES),
    st.integers(0, 6),
    st.times().map(lambda t: t.replace(second=0, microsecond=0)),
    st.lists(st.integers(0, 100), max_size=3),
)
def test_every_start_zone_and_session_gives_dates_that_can_be_read_again(
    tmp_path_factory, start, zone, day, hour, off
):
    pauses = [start + timedelta(days=n) for n in off]
    made = cohort(zone, start, session=(day, hour), pauses=pauses)
    for each in made.weeks:
        assert each.session.weekday() == day
        # 18:00 stays 18:00, in summer and in winter; only an hour that does not come is another.
        local = made.utc(each.session).astimezone(made.zone).replace(tzinfo=None)
        assert local == each.session
        assert each.session.time() == hour or each.session.time() > hour
        assert made.due(each).astimezone(made.zone).replace(tzinfo=None) == each.due
        first = made.begins(each)
        assert first <= each.session.date() <= each.due.date() == first + timedelta(days=6)
        assert not any(first <= pause <= each.due.date() for pause in pauses)
    assert [each.id for each in made.weeks] == WEEKS
    folder = tmp_path_factory.mktemp("dates")
    (folder / dates.FILE).write_text(dates.written(made), encoding="utf-8")
    assert dates.read(folder) == made


def test_a_session_stays_at_its_hour_when_summer_time_begins():
    berlin = cohort("Europe/Berlin", date(2027, 3, 15))
    hours = [(each.session.hour, berlin.utc(each.session).hour) for each in berlin.weeks]
    assert hours[:3] == [(18, 17), (18, 17), (18, 16)]
    # 28 March 2027: from 02:00 to 03:00 there is no time.
    early = cohort("Europe/Berlin", date(2027, 3, 22), session=(6, time(2, 30)))
    assert early.weeks[0].session == datetime(2027, 3, 28, 3, 30)
    assert early.weeks[1].session == datetime(2027, 4, 4, 2, 30)


def test_of_an_hour_that_comes_twice_a_session_is_the_first_and_a_deadline_the_second():
    group = cohort("Europe/Berlin")
    twice = datetime(2027, 10, 31, 2, 30)
    assert group.utc(twice) == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert group.utc(twice, latest=True) == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "found"),
    [("Wed 18:00", (2, time(18))), ("sunday 9.30", (6, time(9, 30))), ("Fri, 00:00", (4, time()))],
)
def test_days_and_times_are_read(text, found):
    assert dates.day_and_time(text) == found


@pytest.mark.parametrize(
    "text", ["18:00", "Wed", "Wed 25:00", "Wed 18:60", "Wedding 18:00", "x 1:00"]
)
def test_a_wrong_day_or_time_is_told(text):
    with pytest.raises(LabError, match="Wed 18:00"):
        dates.day_and_time(text)


@pytest.mark.parametrize(
    ("wrong", "hint"),
    [
        ("Dar es Salaam", "Did you mean Africa/Dar_es_Salaam?"),
        ("africa/lagos", "Did you mean Africa/Lagos?"),
        ("Africa/Nairobbi", "Africa/Nairobi"),
        ("../../etc/passwd", "there is no time zone"),
        ("", "there is no time zone"),
        ("localtime", "there is no time zone"),
    ],
)
def test_a_wrong_zone_is_told_with_the_one_that_was_meant(wrong, hint):
    assert hint in dates.zone_problem(wrong)


RIGHT = dates.written(cohort())


@pytest.mark.parametrize(
    ("before", "after", "line", "said"),
    [
        ("2027-02-10 18:00:00", "10.2.2027", "session = 10.2.2027", "such as 2027-02-03 18:00:00"),
        ("2027-02-10 18:00:00", '"2027-02-10 18:00"', "session = \"", "without quotation marks"),
        ("2027-02-10 18:00:00", "2027-02-10", "session = 2027-02-10", "a day and a time"),
        ("2027-02-10 18:00:00", "2027-02-10 18:00:00Z", "18:00:00Z", "without a zone"),
        ("2027-02-10 18:00:00", "2027-05-10 18:00:00", "2027-05-10", "at most a week after"),
        ("due = 2027-02-14", "due = 2027-02-31", "2027-02-31", "The day must exist"),
        ("due = 2027-02-14", "due = 2027-02-07", "week-2", "must be due after week-1 is due"),
        ("due = 2027-02-14", "duo = 2027-02-14", "duo =", "no setting 'duo'. Did you mean due"),
        ('id = "week-2"', 'id = "week-22"', 'id = "week-22"', "Did you mean week-2"),
        ('id = "week-2"', 'id = "week-1"', 'id = "week-1"', "week-1 stands twice"),
        ("start = 2027-02-01", "start = 2027-02-30", "2027-02-30", "such as 2027-02-01"),
        ("minutes = 90", "minutes = 9", "minutes = 9", "from 15 to 240 minutes"),
        ('["week-3", "week-9"]', '["week-30"]', "peer_feedback", "no week 'week-30'"),
        ('language = "en"', 'language = "enn"', "language", "Did you mean en?"),
        ("Africa/Dar_es_Salaam", "Africa/Dar-es-Salaam", "time_zone", "Africa/Dar_es_Salaam"),
        ('name = "North"', "name = North", "name = North", "between quotation marks"),
        ('name = "North"', 'name = ""', "name =", "name"),
    ],
)  # fmt: skip
def test_a_wrong_edit_is_told_with_its_line_and_what_to_do(tmp_path, before, after, line, said):
    assert before in RIGHT
    text = RIGHT.replace(before, after)
    told = saved(tmp_path, text)
    assert said in told, told
    number = int(re.search(r"line (\d+)", told)[1])
    near = text.splitlines()[max(number - 3, 0) : number + 1]
    assert any(line in each for each in near), (told, near)


def test_a_time_that_does_not_exist_is_told_with_the_one_that_does(tmp_path):
    berlin = dates.written(cohort("Europe/Berlin", date(2027, 3, 22)))
    told = saved(tmp_path, berlin.replace("2027-03-24 18:00:00", "2027-03-28 02:30:00"))
    assert "Write 2027-03-28 03:30:00." in told


@some
@given(st.data())
def test_no_edit_ends_in_an_error_that_nobody_understands(tmp_path_factory, data):
    lines = RIGHT.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    lines[at] = data.draw(
        st.one_of(st.just(""), st.text(max_size=30), st.permutations(lines[at]).map("".join))
    )
    folder = tmp_path_factory.mktemp("edited")
    (folder / dates.FILE).write_bytes("\n".join(lines).encode("utf-8", "surrogatepass"))
    try:
        dates.read(folder)
    except LabError as told:
        assert dates.FILE in str(told)


def test_without_the_file_the_way_to_the_folder_is_told(tmp_path):
    with pytest.raises(LabError, match=r"cohort new FOLDER"):
        dates.read(tmp_path)


# -- pairs -----------------------------------------------------------------------------------

names = st.lists(st.text("abcdefghijklmnop", min_size=1, max_size=6), unique=True)


def counted(found):
    return Counter(a for a, _ in found), Counter(b for _, b in found)


def distinct(found):
    return {frozenset(pair) for pair in found}


@some
@given(names.filter(lambda people: len(people) > 1))
def test_everybody_gives_and_gets_the_same(people):
    target = 1 if len(people) <= 3 else 2
    first = pairs.paired(people)
    again = pairs.paired(people, met=first)
    for found in (first, again):
        gives, gets = counted(found)
        assert gives == gets == Counter(dict.fromkeys(people, target))
        assert all(a != b for a, b in found) and len(set(found)) == len(found)
    # The order of the lines on the roster decides nothing.
    assert pairs.paired(reversed(people)) == first
    if len(people) >= 5:
        assert not distinct(first) & distinct(again)
    elif len(people) == 3:
        assert not set(first) & set(again)


@pytest.mark.parametrize("people", [20, 63, 500])
def test_large_groups_meet_nobody_twice_and_are_quick(people):
    group = [f"Person {n}" for n in range(people)]
    first = pairs.paired(group)
    again = pairs.paired(group, met=first)
    assert not distinct(first) & distinct(again)
    # Nobody reads the one who reads them: no points are paid back.
    assert all((b, a) not in set(first) for a, b in first)


@some
@given(names.filter(lambda people: len(people) > 5), st.data())
def test_who_comes_late_or_leaves_changes_no_pair_of_the_others(people, data):
    here = data.draw(st.integers(2, len(people) - 1))
    early, late = people[:here], people[here:]
    gone = set(data.draw(st.lists(st.sampled_from(early), max_size=here - 2, unique=True)))
    before = pairs.paired(early)
    now = [one for one in people if one not in gone]
    assume(len(now) > 1)
    after = pairs.paired(now, kept=before)
    assert [pair for pair in before if not gone & set(pair)] == after[: len(before) - sum(
        bool(gone & set(pair)) for pair in before)]  # fmt: skip
    gives, gets = counted(after)
    target = pairs.each_gives(len(now))
    for one in now:
        assert target <= gives[one] <= target + 2 and target <= gets[one] <= target + 2, late
    assert sum(gives.values()) <= target * len(now) + 2 * len(late) + 2 * len(gone) + 2
    assert set(gives) == set(now)
    assert len(set(after)) == len(after) and all(a != b for a, b in after)


def test_with_late_joiners_week_9_still_separates_those_who_met():
    early = [f"Person {n}" for n in range(12)]
    everybody = [*early, "Late A", "Late B", "Late C"]
    week_3 = pairs.paired(everybody, kept=pairs.paired(early))
    week_9 = pairs.paired(everybody, met=week_3)
    assert not distinct(week_3) & distinct(week_9)


@pytest.mark.parametrize("people", [[], ["Ada"]])
def test_one_person_alone_is_told_what_to_do(people):
    with pytest.raises(LabError, match="needs two people"):
        pairs.paired(people)


# -- messages --------------------------------------------------------------------------------

FULL = {
    "course_address": "https://example.org/course",
    "meeting_address": "https://example.org/room",
    "hand_in": "Send week-N.zip to me in private.",
}


@pytest.mark.parametrize("week", WEEKS)
def test_messages_are_filled_in(week):
    group = cohort(**FULL)
    kinds = messages.kinds(group, week)
    assert set(kinds) >= {"start", "reminder", "feedback"}
    for kind in kinds:
        for wiki in (False, True):
            subject, text = messages.message(group, week, kind, wiki=wiki)
            assert not re.search(r"[{}]", subject + text)
            assert group.name in subject and len(subject) < 100
            assert 30 < len(text.split()) < 220, kind
    start = messages.message(group, week, "start")[1]
    found = course.load().week(week)
    assert found.question in start and all(f"- {each}" in start for each in found.objectives)
    due = group.week(week).due
    assert f"{due.day} " in start and "23:59 (Africa/Dar_es_Salaam)" in start
    assert "20:59 (UTC)" in start
    assert ("they read yours" in start) == (week in PEERS)


def test_a_free_week_is_told_in_the_table_and_to_the_learners():
    pytest.importorskip("nbgrader")
    from organizer_lab.cohort.folder import table

    easter = cohort("Africa/Maseru", date(2027, 2, 1), pauses=[date(2027, 3, 26)])
    assert "free     2027-03-22  until 2027-03-28\nweek-8   2027-03-29" in table(easter)
    told = [week for week in WEEKS if "break" in messages.message(easter, week, "start")[1]]
    assert told == ["week-7"]
    assert "begins on Monday 29 March 2027." in messages.message(easter, "week-7", "start")[1]
    assert "free" not in table(cohort("Africa/Maseru", date(2027, 2, 1)))


@pytest.mark.parametrize(("days", "moved"), [(-2, 0), (2, 0), (6, 0), (7, 7)])
def test_a_deadline_that_is_moved_by_some_days_leaves_the_beginning_of_its_week(days, moved):
    before = cohort("Africa/Maseru", date(2027, 2, 1))
    due = before.weeks[3].due + timedelta(days=days)
    weeks = [*before.weeks]
    weeks[3] = weeks[3].model_copy(update={"due": due})
    after = before.model_copy(update={"weeks": weeks})
    begins = [each.begins(each.weeks[3]) for each in (before, after)]
    assert begins[1] - begins[0] == timedelta(days=moved)


def test_a_message_names_the_file_of_its_week():
    north = cohort("Africa/Maseru", date(2027, 2, 1)).model_copy(
        update={"hand_in": "Send week-N.zip to me."}
    )
    assert "Send week-4.zip to me." in messages.message(north, "week-4", "reminder")[1]


def test_the_first_and_the_last_week_have_one_message_more():
    kinds = {week: messages.kinds(cohort(), week) for week in WEEKS}
    assert [week for week in WEEKS if "before" in kinds[week]] == WEEKS[:1]
    assert [week for week in WEEKS if "end" in kinds[week]] == WEEKS[-1:]


def test_what_the_facilitator_did_not_give_leaves_no_gap():
    start = messages.message(cohort(session=None), WEEKS[0], "start")[1]
    assert "Live session" not in start and "Here" not in start
    assert "\n\n\n" not in start and ": \n" not in start
    assert "Live session" in messages.message(cohort(), WEEKS[0], "start")[1]


def test_words_of_a_facilitator_are_no_wikitext():
    group = cohort(hand_in="Ask {{me}} or [[you]] <b>now</b> ~~~~")
    text = messages.message(group, WEEKS[0], "reminder", wiki=True)[1]
    assert "{{" not in text.replace("<nowiki>{{</nowiki>", "")
    assert "~~~~" not in text.replace("<nowiki>~~~~</nowiki>", "")
    assert "Ask {{me}}" in messages.message(group, WEEKS[0], "reminder")[1]


@pytest.mark.parametrize("file", sorted(dates.TEXTS.glob("*.toml")), ids=lambda file: file.stem)
def test_each_file_of_texts_has_a_sentence_a_line(file):
    content = messages.texts(file.stem)
    for kind in messages.KINDS:
        for line in content[kind]["text"].strip().splitlines():
            assert not re.search(r"[.?!] [A-Z]", line), line
            assert len(line.split()) <= 25, line


def test_a_wrong_translation_is_told(tmp_path, monkeypatch):
    english = (dates.TEXTS / "en.toml").read_text(encoding="utf-8")
    monkeypatch.setattr(dates, "TEXTS", tmp_path)
    for language, before, after, said in (
        ("aa", "{due}", "{duo}", "there is no word {duo}. Did you mean due"),
        ("bb", '"Sunday"]', "]", "weekdays, a list of 7 words"),
        ("cc", "[end]", "[ende]", "[end] subject is missing"),
        ("dd", 'subject = "', "subject = ", "cannot be read"),
        ("ee", "{title}", "{title", "[start] subject"),
    ):
        (tmp_path / f"{language}.toml").write_text(english.replace(before, after))
        with pytest.raises(LabError, match=re.escape(said)):
            messages.texts(language)
    with pytest.raises(LabError, match="There are: aa, bb"):
        messages.texts("zz")


# -- session plans ---------------------------------------------------------------------------

PARTS = [
    *("Aims", "Prepare", "Plan", "Opening", "Activity", "Live demo", "Peer feedback"),
    *("Common mistakes", "Safe space", "Text only", "What learners leave with"),
]


@pytest.mark.parametrize("week", course.load().weeks, ids=lambda week: week.id)
def test_a_session_plan_is_whole_and_adds_up(week):
    text = (SESSIONS / f"{week.id}.md").read_text(encoding="utf-8")
    assert text.startswith(f"# Session {week.number}: {week.title}\n")
    assert f"```{{week-aims}} {week.id}\n```" in text
    found = [head.split(":")[0] for head in re.findall(r"^## (.+)$", text, re.M)]
    wanted = [part for part in PARTS if part != "Peer feedback" or week.id in PEERS]
    assert sorted(found) == sorted(wanted)
    rows = re.findall(r"^\| (\d+) \| ([^|]+) \| ([^|]+) \|$", text, re.M)
    assert sum(int(minutes) for minutes, _, _ in rows) == dates.MINUTES
    assert len(rows) >= 6 and max(int(minutes) for minutes, _, _ in rows) <= 40
    said = " ".join(what for _, what, _ in rows).lower()
    assert "open" in said and "live demo" in said and "close" in said
    mistakes = re.search(r"^## Common mistakes\n\n(.*?)\n\n", text, re.M | re.S)[1]
    assert 4 <= len(mistakes.splitlines()) <= 6
    # The demonstration names a control that the lesson's explorer really has.
    demo = re.search(r"^## Live demo\n\n(.*?)^## ", text, re.M | re.S)[1]
    labels = re.findall(r"\*\*([^*]+)\*\*", demo)
    cells = json.loads(week.lesson.read_text(encoding="utf-8"))["cells"]
    code = "\n".join("".join(cell["source"]) for cell in cells if cell["cell_type"] == "code")
    assert labels and all(re.search(rf"""["']{re.escape(name)}["']""", code) for name in labels)


def test_peer_feedback_asks_what_the_course_asks():
    third, ninth = ((SESSIONS / f"{week}.md").read_text("utf-8") for week in PEERS)
    lesson = "".join(
        "".join(cell["source"])
        for cell in json.loads(course.load().week("week-3").lesson.read_text("utf-8"))["cells"]
    )
    exercise = (ROOT / "exercises/source/week-9/week-9.ipynb").read_text("utf-8")
    for text, place, count in ((third, lesson, 2), (ninth, exercise, 2)):
        part = re.search(r"^## Peer feedback\n(.*?)^## ", text, re.M | re.S)[1]
        questions = re.findall(r"^\d\. (.+\?)$", part, re.M)
        assert len(questions) == count
        assert all(question in place for question in questions)


def test_every_session_is_in_the_list():
    text = (SESSIONS / "index.md").read_text(encoding="utf-8")
    assert re.findall(r"sessions/(week-\d+)`", text) == WEEKS


# -- the folder, with nbgrader ---------------------------------------------------------------


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    """A new folder, as the command makes it. Copy it before you change it."""
    pytest.importorskip("nbgrader")
    folder = tmp_path_factory.mktemp("cohort") / "north"
    words = f"cohort new {folder} --start 2027-03-15 --time-zone Europe/Berlin --name North".split()
    assert cli.main([*words, "--session", "Wed 18:00", "--pause", "2027-03-30"]) == 0
    return folder


@pytest.fixture
def here(made, tmp_path, monkeypatch) -> Path:
    """A folder of one's own, and the place in which commands are typed."""
    folder = tmp_path / "north"
    shutil.copytree(made, folder)
    monkeypatch.chdir(folder)
    return folder


def due_in_gradebook(folder: Path) -> dict[str, datetime]:
    from organizer_lab.cohort.folder import due_dates

    return due_dates(folder)


def test_a_new_folder_is_complete(made):
    files = {path.name for path in made.iterdir()}
    assert files == {
        *(".gitignore", "README.md", "calendar.ics", "cohort.toml", "edition.json"),
        *("gradebook.db", "nbgrader_config.py", "roster.csv", "rubrics", "source"),
    }
    assert (made.stat().st_mode & 0o077) == 0
    for name in ("source", "rubrics"):
        before = {path.name for path in (ROOT / "exercises" / name).iterdir()
                  if not path.name.endswith(".html")}  # fmt: skip
        assert {path.name for path in (made / name).iterdir()} == before
    written = json.loads((made / "edition.json").read_text())
    assert written["edition"] and re.fullmatch(r"20\d\d-\d\d-\d\d", written["made"])
    # No learner that would be graded: the example stands in the README.
    assert (made / "roster.csv").read_text() == "username,group\n"
    assert "```text\nusername,group\n" in (made / "README.md").read_text()
    assert due_in_gradebook(made) == {
        each.id: dates.read(made).due(each) for each in dates.read(made).weeks
    }
    # Clocks change on 28 March 2027, and the week of 30 March is left out.
    assert due_in_gradebook(made)["week-1"] == datetime(2027, 3, 21, 22, 59, tzinfo=UTC)
    assert due_in_gradebook(made)["week-3"] == datetime(2027, 4, 11, 21, 59, tzinfo=UTC)


def test_the_commands_of_the_readme_exist(made):
    text = (made / "README.md").read_text()
    lines = re.findall(r"^\$ organizer-lab (.+)$", text, re.M)
    assert len(lines) > 8
    for line in lines:
        assert cli.parser().parse_args(line.split()).run


def test_the_calendar_is_read_by_another_program(made):
    icalendar = pytest.importorskip("icalendar")
    read = icalendar.Calendar.from_ical((made / "calendar.ics").read_bytes())
    events = list(read.walk("VEVENT"))
    assert len(events) == 2 * len(WEEKS) == len({str(event["UID"]) for event in events})
    sessions = [event for event in events if "hand in" not in str(event["SUMMARY"])]
    local = {event.decoded("DTSTART").astimezone(ZoneInfo("Europe/Berlin")).hour
             for event in sessions}  # fmt: skip
    assert local == {18}
    assert {event.decoded("DTEND") - event.decoded("DTSTART") for event in sessions} == {
        timedelta(minutes=90)
    }
    assert all("Europe/Berlin" in str(event["DESCRIPTION"]) for event in events)


def test_git_takes_nothing_that_is_private(here):
    if not shutil.which("git"):
        pytest.skip("git is not installed")
    private = [
        *("roster.csv", "gradebook.db", "gradebook.db-journal", "list.csv", "pairs/week-3.txt"),
        *("submitted/ada/week-1/week-1.ipynb", "autograded/ada/week-1/week-1.ipynb"),
        *("received/week-1/ada/week-1.ipynb", "feedback/ada/week-1/week-1.html"),
        *("report/report.html", "certificates/ada.txt", "ana.csv", "inbox/ada/week-1.ipynb"),
        *("source/week-1/plan.json", "messages/week-1-1-before.txt", "photo.png"),
    ]
    for name in private:
        path = here / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("private")
    subprocess.run(["git", "init", "-q"], cwd=here, check=True)
    done = subprocess.run(
        ["git", "ls-files", "--others", "--exclude-standard"],
        cwd=here, capture_output=True, text=True, check=True,
    )  # fmt: skip
    taken = set(done.stdout.split())
    assert not taken & set(private)
    assert {"cohort.toml", "README.md", "source/week-1/week-1.ipynb", "rubrics/week-1.yml"} <= taken


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--start", "1.2.2027"], "such as 2027-02-01"),
        (["--start", "2027-02-30"], "is no day"),
        (["--start", "0001-01-01"], "of this century"),
        (["--time-zone", "Dar es Salaam"], "Did you mean Africa/Dar_es_Salaam?"),
        (["--session", "18:00"], "such as 'Wed 18:00'"),
        (["--pause", "easter"], "--pause easter is no day"),
        (["--pause", "2072-03-26"], "which goes from 2027-02-01 to 2027-04-04"),
        (["--language", "xx"], "There are: en"),
        (["--name", "a\x1bb"], "signs that can be seen"),
    ],
)
def test_wrong_words_make_no_folder(tmp_path, capsys, words, said):
    target = tmp_path / "new"
    given_ = ["--start", "2027-02-01", "--time-zone", "Africa/Lagos", *words]
    assert cli.main(["cohort", "new", str(target), *given_]) == 1
    assert said in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


def test_a_folder_with_files_is_left_alone(tmp_path, capsys):
    target = tmp_path / "old"
    target.mkdir()
    (target / "gradebook.db").write_text("points")
    words = ["cohort", "new", str(target), "--start", "2027-02-01", "--time-zone", "Africa/Lagos"]
    assert cli.main(words) == 1
    assert "holds files already, such as gradebook.db" in capsys.readouterr().err
    assert [path.name for path in target.iterdir()] == ["gradebook.db"]
    words[2] = str(target / "gradebook.db")
    assert cli.main(words) == 1
    assert "is a file" in capsys.readouterr().err


def test_a_new_date_reaches_gradebook_and_calendar(here, capsys):
    file = here / dates.FILE
    before = (here / "calendar.ics").read_text()
    file.write_text(file.read_text().replace("due = 2027-03-28", "due = 2027-03-27"))
    assert cli.main(["cohort", "check", "week-2"]) == 1
    assert "the gradebook says 2027-03-28 21:59 UTC" in capsys.readouterr().out
    assert cli.main(["cohort", "dates"]) == 0
    capsys.readouterr()
    assert due_in_gradebook(here)["week-2"] == datetime(2027, 3, 27, 22, 59, tzinfo=UTC)
    after = (here / "calendar.ics").read_text()
    uids = [re.findall(r"^UID:.*", text, re.M) for text in (before, after)]
    assert before != after and uids[0] == uids[1]


def states(found) -> dict[str, str]:
    return {line.what: line.state for line in found.lines}


def test_the_check_sees_what_is_wrong_and_how_to_mend_it(here, capsys):
    from organizer_lab.cohort import ready

    early = datetime(2027, 3, 1, tzinfo=UTC)
    found = states(ready.check(here, now=early))
    assert (found["Roster"], found["Sheet"], found["Date"]) == ("to do", "to do", "fine")
    (here / "roster.csv").write_text("username,mail\nAda,ada@example.org\n")
    assert states(ready.check(here, "week-1", early))["Roster"] == "wrong"
    (here / "roster.csv").write_text("username\nAda\n")
    assert cli.main(["release", "week-1"]) == 0
    # Released here, and not in the checkout, with the date that was there before.
    assert (here / "release" / "week-1" / "week-1.ipynb").exists()
    assert due_in_gradebook(here)["week-1"] == datetime(2027, 3, 21, 22, 59, tzinfo=UTC)
    found = states(ready.check(here, "week-1", early))
    assert (found["Roster"], found["Sheet"], found["Date"]) == ("fine", "fine", "fine")
    assert found["Exercises"] == found["Edition"] == "fine"
    sheet = here / "release" / "week-1" / "week-1.ipynb"
    sheet.write_text(sheet.read_text().replace("Exercise 1", "Exercise one"))
    source = here / "source" / "week-2" / "week-2.ipynb"
    source.write_text(source.read_text() + "\n")
    told = ready.check(here, "week-1", early)
    assert (states(told)["Sheet"], states(told)["Exercises"]) == ("wrong", "wrong")
    assert "→ organizer-lab release week-1" in str(told)
    assert "source/week-2/week-2.ipynb is not as it was copied" in str(told)
    assert told.wrong and "Not ready for week-1" in str(told)
    # After the end of a week there is something to collect, and the next week is the one.
    late = datetime(2027, 3, 24, tzinfo=UTC)
    told = ready.check(here, now=late)
    assert told.week == "week-2" and states(told)["Week 1"] == "to do"
    assert "organizer-lab collect week-1 --roster roster.csv" in str(told)
    # An edition that was built from another version of the course is noticed.
    edition = here / "edition"
    copy = edition / "exercises" / "week-1" / "week-1.ipynb"
    copy.parent.mkdir(parents=True)
    assert list(ready._handed_out(here, "week-1", edition)) == []
    shutil.copy(sheet, copy)
    assert [line.state for line in ready._handed_out(here, "week-1", edition)] == ["fine"]
    copy.write_text(copy.read_text().replace("Exercise one", "Exercise 1"))
    assert [line.state for line in ready._handed_out(here, "week-1", edition)] == ["wrong"]
    (here / "edition.json").write_text("{")
    (here / "gradebook.db").write_bytes(b"no database" * 100)
    found = states(ready.check(here, "week-1", early))
    assert (found["Edition"], found["Gradebook"]) == ("wrong", "wrong")
    # A lost one is not replaced by an empty one in which everybody has no points.
    (here / "gradebook.db").unlink()
    told = ready.check(here, "week-1", late)
    assert states(told)["Gradebook"] == "wrong" and "Take it back from your copy" in str(told)
    for words in (["feedback", "week-1"], ["report"]):
        assert cli.main(words) == 1
        assert "Take gradebook.db back from your copy" in capsys.readouterr().err
    assert not (here / "gradebook.db").exists()
    assert cli.main(["cohort", "dates"]) == 0
    assert (here / "gradebook.db").exists()


def test_every_line_that_is_not_fine_says_what_to_do(here):
    from organizer_lab.cohort import ready

    for line in ready.check(here, "week-9", datetime(2027, 6, 1, tzinfo=UTC)).lines:
        assert line.state == "fine" or line.mend, line


@pytest.mark.slow
def test_a_week_in_the_folder_from_collecting_to_feedback(here, capsys):
    """The commands of a week, typed in the folder; late work is late by the cohort's clock."""
    import nbformat
    from cohort import COHORT

    from organizer_lab.cohort import ready
    from organizer_lab.grading import sandbox, scores
    from organizer_lab.grading.batch import Course

    if not all(sandbox.layers().values()):
        pytest.skip("The sandbox needs bubblewrap, libseccomp and Linux.")
    (here / "roster.csv").write_text("username\nAda\nBo\n")
    assert cli.main(["release", "week-1"]) == 0
    learner = next(one for one in COHORT if one.name == "right")
    sheet = learner.sheet(here / "release" / "week-1" / "week-1.ipynb")
    for name, when in (("Ada", "2027-03-21 22:58:00"), ("Bo", "2027-03-21 23:05:00")):
        folder = here / "submitted" / name.lower() / "week-1"
        folder.mkdir(parents=True)
        nbformat.write(sheet, folder / "week-1.ipynb")
        (folder / "timestamp.txt").write_text(f"{when} UTC")
    after = datetime(2027, 3, 24, tzinfo=UTC)
    said = {}
    for step in ("grade", "feedback"):
        said[step] = next(line for line in ready.check(here, "week-2", after).lines
                          if line.what == "Week 1")  # fmt: skip
        assert cli.main([step, "week-1"]) == 0
        capsys.readouterr()
    assert said["grade"].mend == "organizer-lab grade week-1"
    # Texts wait for a person, which comes before feedback.
    assert "Formgrader" in said["feedback"].mend
    handed = {each.learner: each for each in scores.submissions(Course(here), "week-1")}
    late = {name: each.when > each.due for name, each in handed.items()}
    assert late == {"ada": False, "bo": True}
    assert cli.main(["report", "--roster", "roster.csv"]) == 0
    assert cli.main(["cohort", "pairs", "week-3", "--handed-in", "week-1"]) == 0
    assert sorted(pairs.read(here / "pairs" / "week-3.csv")) == [("Ada", "Bo"), ("Bo", "Ada")]


def test_pairs_are_written_and_kept(here, capsys):
    people = ["Ada", "=Sum", "-Dash", "Zoë's notes", "水の友", "Nile reader"]
    roster = here / "roster.csv"
    roster.write_text("username\n" + "\n".join(people) + "\n", encoding="utf-8")
    assert cli.main(["cohort", "pairs", "week-3"]) == 0
    assert "6 people, 12 pairs, 12 of them new" in capsys.readouterr().out
    table = (here / "pairs" / "week-3.csv").read_text(encoding="utf-8")
    assert "\n=" not in table and ",=" not in table and "\n-" not in table
    first = pairs.read(here / "pairs" / "week-3.csv")
    assert {name for pair in first for name in pair} == set(people)
    roster.write_text(roster.read_text(encoding="utf-8") + "Late\n", encoding="utf-8")
    assert cli.main(["cohort", "pairs", "week-3"]) == 0
    second = pairs.read(here / "pairs" / "week-3.csv")
    assert second[: len(first)] == first and len(second) > len(first)
    assert cli.main(["cohort", "pairs", "week-9"]) == 0
    page = (here / "pairs" / "week-9.wikitext").read_text(encoding="utf-8")
    assert page.count("[[User:Late|") == 3
    capsys.readouterr()
    assert cli.main(["cohort", "pairs", "week-4"]) == 1
    assert "week-3 and week-9" in capsys.readouterr().err
    (here / "pairs" / "week-3.csv").write_text("who,whom\n")
    assert cli.main(["cohort", "pairs", "week-3"]) == 1
    assert "cannot be read" in capsys.readouterr().err


def test_messages_are_written(here, capsys):
    assert cli.main(["cohort", "messages", "week-1", "--to", "out"]) == 0
    said = capsys.readouterr().out
    assert "out/week-1-1-before.txt: a week before the course: 2027-03-08" in said
    assert len(list((here / "out").iterdir())) == 8
    page = (here / "out" / "week-1-2-start.wikitext").read_text(encoding="utf-8")
    assert page.startswith("== North, week 1: ") and page.endswith("~~~~\n") and "\n* " in page
    assert cli.main(["cohort", "messages", "week-10"]) == 1
    assert "This cohort has no week 'week-10'" in capsys.readouterr().err


def test_the_texts_travel_in_the_wheel():
    # hatch packs every file below the package; the texts must not be ignored by git.
    told = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert told["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"] == ["organizer_lab"]
    assert dates.TEXTS.is_relative_to(ROOT / "organizer_lab")
