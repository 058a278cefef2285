"""The course file and the rubrics: what stands in them, and that each mistake names its line."""

from __future__ import annotations

import json
import random
import re

import pytest
import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organizer_lab import course, data
from organizer_lab.errors import LabError
from organizer_lab.grading import rubrics

SOURCE = course.file().read_text(encoding="utf-8")
LINES = SOURCE.splitlines()
# Verbs whose result another person can see; "understand" and "know" are not among them.
VERBS = set(
    [
        "Add",
        "Build",
        "Calculate",
        "Choose",
        "Compare",
        "Compute",
        "Cut",
        "Define",
        "Describe",
        "Draw",
        "Explain",
        "Export",
        "Fill",
        "Find",
        "Give",
        "Join",
        "Justify",
        "Keep",
        "List",
        "Load",
        "Merge",
        "Name",
        "Place",
        "Plan",
        "Rank",
        "Read",
        "Record",
        "Say",
        "Score",
        "Separate",
        "Set",
        "Sort",
        "Use",
        "Write",
    ]
)
some = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def load(tmp_path, text: str):
    path = tmp_path / "course.yml"
    path.write_text(text, encoding="utf-8")
    return course.load(path)


def refused(tmp_path, text: str) -> str:
    with pytest.raises(LabError) as told:
        load(tmp_path, text)
    assert "Traceback" not in str(told.value)
    return str(told.value)


def lines_named(message: str) -> list[int]:
    return [int(number) for number in re.findall(r"course\.yml line (\d+)", message)]


# -- what stands in it -----------------------------------------------------------------------


def test_the_course():
    whole = course.load()
    assert [week.id for week in whole.weeks] == [f"week-{n}" for n in range(1, 10)]
    assert [stage.number for stage in whole.stages] == list(range(1, 11))
    named = {table for week in whole.weeks for table in week.tables}
    assert named <= set(data.names())
    for level in course.LEVELS:
        done = {slug for week in whole.weeks for slug in week.stages if level in week.levels[slug]}
        assert done == {stage.slug for stage in whole.stages}
    for week in whole.weeks:
        assert (week.points.data, week.points.plan, week.points.judgement) == (8, 6, 6)
        assert week.points.automatic == 14 and week.points.total == 20
        assert 120 <= week.minutes.total <= 180


def test_objectives_begin_with_something_that_can_be_seen():
    for week in course.load().weeks:
        for objective in week.objectives:
            assert objective.split()[0] in VERBS, objective


def test_lessons_and_exercises_are_found(repository):
    whole = course.load()
    for folder, attribute in (("weeks/week-*.ipynb", "lesson"), ("exercises/source/week-*", "")):
        for path in repository.glob(folder):
            week = whole.week("-".join(path.name.split("-")[:2]).removesuffix(".ipynb"))
            if attribute:
                assert week.lesson == path
            else:
                assert week.exercise == path / f"{path.name}.ipynb"
                assert rubrics.load(week.id).week == week.id
    assert whole.week("week-1").lesson and whole.week("week-1").exercise


def test_a_lesson_has_the_title_of_the_course_file_and_leaves_the_rest_to_it(repository):
    for week in course.load().weeks:
        for path in filter(None, [week.lesson]):
            cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
            text = ["".join(cell["source"]) for cell in cells]
            assert text[0] == f"# Week {week.number}: {week.title}"
            assert not any(week.question in cell for cell in text)


def test_summary_and_unknown_week():
    whole = course.load()
    lines = whole.summary().splitlines()
    assert lines[0].startswith("Organizer Lab: ") and len(lines) == 10
    assert re.match(
        r"week-1  What is a topic for impact\?\s+155 min  20 points  lesson  exerc", lines[1]
    )
    with pytest.raises(LabError, match=r"no week 'week-10'.*Did you mean week-1"):
        whole.week("week-10")


# -- what breaks it --------------------------------------------------------------------------


def block(position: int) -> tuple[int, int]:
    """The first and last line number of the item in which a line stands."""
    first = position
    while first and not re.match(r"(  - |[a-z])", LINES[first]):
        first -= 1
    last = position + 1
    while last < len(LINES) and not re.match(r"(  - |[a-z])", LINES[last]):
        last += 1
    return first + 1, last


KEYS = [
    i
    for i, line in enumerate(LINES)
    if re.match(r"\s+(- )?[a-z_]+: ?", line) and i > LINES.index("weeks:") - 40
]


@some
@given(st.sampled_from(KEYS))
def test_a_misspelled_key_names_its_line(tmp_path, position):
    lines = list(LINES)
    lines[position] = re.sub(r"([a-z_]+):", r"\1x:", lines[position], count=1)
    named = lines_named(refused(tmp_path, "\n".join(lines)))
    first, last = block(position)
    assert named and position + 1 in named
    assert all(first <= line <= last for line in named)


@some
@given(st.sampled_from([i for i in KEYS if "- " not in LINES[i].split(":")[0]]))
def test_a_key_that_stands_twice_names_its_line(tmp_path, position):
    lines = list(LINES)
    lines.insert(position, lines[position].split(":")[0] + ": 0")
    message = refused(tmp_path, "\n".join(lines))
    assert "stands twice" in message
    # The second one is named.
    assert lines_named(message) == [position + 2]


@some
@given(st.sampled_from([i for i in KEYS if not LINES[i].rstrip().endswith(":")]))
def test_a_missing_key_names_a_line_of_its_block(tmp_path, position):
    lines = list(LINES)
    marker = re.match(r"\s*- ", lines[position])
    if marker:
        # The dash of the list stays, so that the next key is the first of the item.
        nxt = lines[position + 1]
        lines[position + 1] = marker.group() + nxt.strip()
    del lines[position]
    first, last = block(position)
    named = lines_named(refused(tmp_path, "\n".join(lines)))
    assert named and all(first - 1 <= line <= last for line in named)


def replaced(old: str, new: str) -> tuple[str, int]:
    """The file with one change, and the number of the changed line."""
    at = next(i for i, line in enumerate(LINES) if old in line)
    lines = list(LINES)
    lines[at] = lines[at].replace(old, new)
    return "\n".join(lines), at + 1


@pytest.mark.parametrize(
    ("old", "new", "phrase"),
    [
        ("co2_mauna_loa_monthly", "co2_mauna_loa", "Did you mean co2_mauna_loa_monthly"),
        ("      idea-generation:", "      idea-generations:", "Did you mean idea-generation"),
        ("[teaches, practises, assesses]", "[teaches, practices]", "'practises' or 'assesses'"),
        ("[teaches, practises, assesses]", "[]", "at least 1 item"),
        ("[teaches, practises, assesses]", "[assesses, assesses]", "a word stands twice"),
        (
            "{data: 8, plan: 6, judgement: 6}",
            "{data: 9, plan: 6, judgement: 6}",
            "20 points, not 21",
        ),
        ("{data: 8, plan: 6, judgement: 6}", "{data: -8, plan: 6, judgement: 6}", "greater than"),
        ("{data: 8, plan: 6, judgement: 6}", "{data: x, plan: 6, judgement: 6}", "valid integer"),
        ("exercise: 75", "exercise: 100", "less than or equal to 90"),
        ("exercise: 75, reading: 30", "exercise: 90, reading: 60", "at most 180 minutes, not 200"),
        ("id: week-1", "id: week-2", "expected week-1, in order"),
        ("id: week-1", "id: week 1", "pattern"),
        ("field: gap_statement", "field: topic_card", "another week fills this plan field"),
        ("slug: choose-the-form", "slug: idea-generation", "'idea-generation' stands twice"),
        ("question: Which climate topic", "question: [Which] #", "valid string"),
        ("language: en", "language: English", "language"),
    ],
)
def test_what_does_not_fit_names_its_line(tmp_path, old, new, phrase):
    text, line = replaced(old, new)
    message = refused(tmp_path, text)
    assert phrase in message
    assert line in lines_named(message)


@pytest.mark.parametrize("level", course.LEVELS)
def test_a_stage_that_no_week_covers_names_the_line_of_the_stage(tmp_path, level):
    slug = "run-and-support"
    kept = [other for other in course.LEVELS if other != level]
    text, _ = replaced(f"{slug}: [teaches, practises, assesses]", f"{slug}: [{', '.join(kept)}]")
    message = refused(tmp_path, text)
    assert f"no week {level} this stage" in message
    assert lines_named(message) == [LINES.index(f"  - slug: {slug}") + 1]


@pytest.mark.parametrize("levels", ["teaches, practises", "assesses"])
def test_a_week_that_does_not_assess_what_it_works_on_names_its_line(tmp_path, levels):
    text, line = replaced(
        "compile-the-list: [teaches, practises, assesses]", f"compile-the-list: [{levels}]"
    )
    message = refused(tmp_path, text)
    assert "must assess a stage that it also teaches or practises" in message
    assert line - 1 in lines_named(message)


def test_weeks_of_a_stage():
    whole = course.load()
    assert [w.id for w in whole.weeks_of("team-partners-roles")] == ["week-3", "week-7"]
    assert [w.id for w in whole.weeks_of("team-partners-roles", "teaches")] == ["week-3"]
    assert [w.id for w in whole.weeks_of("team-partners-roles", "assesses")] == ["week-7"]
    assert whole.weeks_of("no-stage") == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        "just words",
        "weeks: [",
        "a: 1\na: 2",
        "? [a, b]\n: c",
        "a: &x [*x]",
        "a: *nowhere",
        "a: 2024-02-31",
        "a: 1\n---\nb: 2",
        "a: \t- b",
        "\x00",
        "a: !!python/object:os.system x",
        "[" * 20_000,
    ],
)
def test_what_is_no_course_file(tmp_path, text):
    assert "course.yml" in refused(tmp_path, text)


def test_missing_and_unreadable_files(tmp_path):
    with pytest.raises(LabError, match="Cannot read"):
        course.load(tmp_path / "nowhere.yml")
    with pytest.raises(LabError, match="Cannot read"):
        course.load(tmp_path)
    (tmp_path / "course.yml").write_bytes(SOURCE.encode("utf-16"))
    with pytest.raises(LabError, match="Cannot read"):
        course.load(tmp_path / "course.yml")


def test_random_damage_is_never_a_traceback(tmp_path):
    dice = random.Random(2)
    for _ in range(40):
        text = list(SOURCE)
        for _ in range(3):
            text[dice.randrange(len(text))] = dice.choice("\t\n:-[]{}'\"&*#|>%@`ü0")
        try:
            load(tmp_path, "".join(text))
        except LabError as error:
            assert "course.yml" in str(error)


# -- rubrics ---------------------------------------------------------------------------------


def test_rubrics_add_up_to_the_points_of_judgement():
    for week in course.load().weeks:
        if week.exercise:
            tasks = rubrics.load(week.id).tasks
            assert sum(task.points for task in tasks) == week.points.judgement
            for task in tasks:
                table = task.table().splitlines()
                assert len(table) == 2 + sum(len(c.levels) for c in task.criteria)
                assert task.scheme.strip() not in task.table()


@pytest.mark.parametrize(
    ("old", "new", "phrase"),
    [
        ("points: 6", "points: 7", "best levels add up to 6, not 7"),
        ("{points: 2, text", "{points: 1, text", "from the most points down to 0"),
        ("{points: 0, text", "{points: -1, text", "greater than or equal to 0"),
        ("[80, 200]", "[200, 80]", "least and the most words"),
        ("[80, 200]", "[80]", "at least 2 items"),
        ("grade_id: judgement-1-8", "grade_id: task-1-8", "pattern"),
        ("week: week-1", "week: 1", "valid string"),
        ("question: Does the text", "question: [x] # Does", "valid string"),
        ("scheme: >-", "schema: >-", "Extra inputs"),
    ],
)
def test_a_broken_rubric_names_its_line(tmp_path, old, new, phrase):
    lines = (rubrics.FOLDER / "week-1.yml").read_text(encoding="utf-8").splitlines()
    at = next(i for i, line in enumerate(lines) if old in line)
    lines[at] = lines[at].replace(old, new)
    (tmp_path / "week-1.yml").write_text("\n".join(lines), encoding="utf-8")
    with pytest.raises(LabError, match=phrase) as told:
        rubrics.load("week-1", tmp_path)
    named = [int(n) for n in re.findall(r"week-1\.yml line (\d+)", str(told.value))]
    # Rules about a whole list name the line of the list.
    assert any(0 <= at + 1 - line <= 1 for line in named), (named, at + 1)


def test_a_missing_rubric(tmp_path):
    with pytest.raises(LabError, match=r"Cannot read .*week-1\.yml"):
        rubrics.load("week-1", tmp_path)


def test_the_file_is_plain_yaml():
    assert set(yaml.safe_load(SOURCE)) == {"title", "subtitle", "language", "stages", "weeks"}
