"""The plan: what is saved comes back, what is there is never lost, what is wrong is said."""

from __future__ import annotations

import errno
import json
import os
import random
import re
import tempfile

import figures
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from organizer_lab import plan as plans
from organizer_lab.course import load as load_course
from organizer_lab.errors import LabError
from organizer_lab.grading import marking
from organizer_lab.grading.answers import plain
from organizer_lab.plan import FILE, PREVIOUS, Evidence, Place, Plan, Task, TopicCard, rows

some = settings(
    deadline=None,
    max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty folder, with no course above it and nbgrader not at work."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("NBGRADER_EXECUTION", raising=False)
    return tmp_path


# Text of many scripts; surrogates are no text.
text = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
evidence = st.builds(
    Evidence,
    table=text,
    column=text,
    where=st.dictionaries(st.text(max_size=5), st.integers(-9, 9999) | st.text(max_size=5)),
    year=st.none() | st.integers(-5, 3000),
    to_year=st.none() | st.integers(),
    value=st.none() | st.floats(allow_nan=False, allow_infinity=False),
    unit=text,
    baseline=text,
)
cards = st.builds(
    TopicCard,
    topic=text,
    place=text,
    languages=st.lists(st.text(max_size=5), max_size=3),
    evidence=st.lists(evidence, max_size=3),
    goal_for=st.sampled_from(["readers", "contributors", None]),
    goal=text,
    why_now=text,
)
places = st.builds(Place, iso3=text, language_code=text)

NAMES = ["Kūlia", "তাপমাত্রা", "अकाल", "干旱", "الجفاف", "Засуха", "בצורת", "ድርቅ", "🌍🌧", "ကျွန်ုပ်"]


# -- keeping ---------------------------------------------------------------------------------


@some
@given(place=places, card=cards)
def test_what_is_saved_comes_back(tmp_path, place, card):
    path = tmp_path / "any.json"
    path.unlink(missing_ok=True)
    saved = Plan().put(place, card).save(path)
    assert saved.revision == 1
    back = Plan.load(path)
    assert back == saved
    assert back.place == place and back.topic_card == card
    for part in (place, card):
        for problem in part.problems():
            assert str(problem)


def test_many_scripts_stay_readable_in_the_file(tmp_path):
    for name in NAMES:
        Plan.load().put(TopicCard(topic=name, place=name)).save()
        assert name in (tmp_path / FILE).read_text(encoding="utf-8")
        assert Plan.load().topic_card.topic == name


def test_the_plan_before_is_kept(tmp_path):
    Plan().put(Place(iso3="TZA")).save()
    assert not (tmp_path / PREVIOUS).exists()
    first = (tmp_path / FILE).read_bytes()
    Plan.load().put(Place(iso3="NOR")).save()
    assert (tmp_path / PREVIOUS).read_bytes() == first
    assert Plan.load().place.iso3 == "NOR"
    assert Plan.load(tmp_path / PREVIOUS).place.iso3 == "TZA"


def test_saving_without_a_change_writes_nothing(tmp_path):
    Plan().put(Place(iso3="TZA")).save()
    before = (tmp_path / FILE).read_bytes()
    again = Plan.load().put(Place(iso3="TZA")).save()
    assert again.revision == 1
    assert (tmp_path / FILE).read_bytes() == before
    assert not (tmp_path / PREVIOUS).exists()


def test_a_newer_plan_is_not_overwritten(tmp_path):
    Plan().put(Place(iso3="TZA")).save()
    old, new = Plan.load(), Plan.load()
    new.put(Place(iso3="NOR")).save()
    there = (tmp_path / FILE).read_bytes()
    with pytest.raises(LabError, match=r"is newer than the plan in this notebook.*Plan\.load"):
        old.put(Place(iso3="PHL")).save()
    assert (tmp_path / FILE).read_bytes() == there
    assert Plan.load().put(Place(iso3="PHL")).save().revision == 3


def test_a_fresh_plan_does_not_replace_a_saved_one(tmp_path):
    Plan().put(Place(iso3="TZA")).save()
    with pytest.raises(LabError, match="is newer"):
        Plan().put(Place(iso3="NOR")).save()


@pytest.mark.parametrize("which", [1, 2])
def test_an_interrupted_write_loses_nothing(tmp_path, monkeypatch, which):
    Plan().put(Place(iso3="TZA")).save()
    before = (tmp_path / FILE).read_bytes()
    mine = Plan.load().put(Place(iso3="NOR"))
    real, calls = os.replace, []

    def replace(*paths):
        calls.append(paths)
        if len(calls) == which:
            raise OSError(28, "No space left on device")
        real(*paths)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", replace)
        with pytest.raises(LabError, match="No space left on device"):
            mine.save()
    assert (tmp_path / FILE).read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} <= {FILE, PREVIOUS}
    assert mine.save().revision == 2
    assert Plan.load().place.iso3 == "NOR"


def test_a_stopped_kernel_leaves_no_half_file(tmp_path, monkeypatch):
    def stop(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "replace", stop)
    with pytest.raises(KeyboardInterrupt):
        Plan().put(Place(iso3="TZA")).save()
    assert list(tmp_path.iterdir()) == []


def course(folder):
    """The folders by which the root of the course is known; gives that of an exercise."""
    for name in ("weeks", "exercises/week-1"):
        (folder / name).mkdir(parents=True)
    return folder / "exercises" / "week-1"


def test_when_only_one_of_two_files_could_be_written_the_next_try_succeeds(tmp_path, monkeypatch):
    monkeypatch.chdir(course(tmp_path))
    mine = Plan().put(Place(iso3="TZA"))
    real = plans._write

    def write(path, content):
        if path.parent != tmp_path:
            raise LabError("The plan could not be written.")
        real(path, content)

    with monkeypatch.context() as patch:
        patch.setattr(plans, "_write", write)
        with pytest.raises(LabError, match="could not be written"):
            mine.save()
    assert (tmp_path / FILE).exists()
    mine.save()
    assert Plan.load(tmp_path / FILE) == Plan.load(tmp_path / "exercises/week-1" / FILE) == mine


def test_a_read_only_folder(tmp_path, monkeypatch):
    def refuse(*_, **__):
        # Root may write everywhere, so the refusal is played.
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(tempfile, "mkstemp", refuse)
    with pytest.raises(LabError, match="read-only"):
        Plan().put(Place(iso3="TZA")).save()
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_written(tmp_path):
    with pytest.raises(LabError, match="could not be written"):
        Plan().put(Place(iso3="TZA")).save(tmp_path / "nowhere" / FILE)
    (tmp_path / "file").write_text("")
    with pytest.raises(LabError, match=r"could not be written|cannot be read"):
        Plan().put(Place(iso3="TZA")).save(tmp_path / "file" / FILE)


def test_a_character_that_no_file_can_hold(tmp_path):
    with pytest.raises(LabError, match="no file can hold"):
        Plan().put(TopicCard(topic="\ud83c")).save()
    assert list(tmp_path.iterdir()) == []


# -- places ----------------------------------------------------------------------------------


def test_the_root_and_a_copy_beside_the_notebook(tmp_path, monkeypatch):
    beside = course(tmp_path)
    monkeypatch.chdir(beside)
    assert plans.root() == tmp_path.resolve()
    Plan().put(Place(iso3="TZA")).save()
    assert (beside / FILE).read_bytes() == (tmp_path / FILE).read_bytes()
    monkeypatch.chdir(tmp_path)
    Plan.load().put(Place(iso3="NOR")).save()
    monkeypatch.chdir(beside)
    assert Plan.load().place.iso3 == "NOR"


def test_while_nbgrader_runs_only_the_folder_of_the_notebook_is_written(tmp_path, monkeypatch):
    beside = course(tmp_path)
    monkeypatch.chdir(beside)
    monkeypatch.setenv("NBGRADER_EXECUTION", "autograde")
    (tmp_path / FILE).write_text('{"place": {"iso3": "NOR"}, "revision": 99}')
    before = (tmp_path / FILE).read_bytes()
    assert Plan.load().place is None
    Plan.load().put(Place(iso3="TZA")).save()
    assert (tmp_path / FILE).read_bytes() == before
    assert Plan.load(beside / FILE).place.iso3 == "TZA"


def test_a_notebook_that_was_downloaded_alone(tmp_path):
    assert plans.root() == tmp_path.resolve()
    Plan().put(Place(iso3="TZA")).save()
    assert [path.name for path in tmp_path.iterdir()] == [FILE]


def test_the_root_of_this_repository(repository):
    assert plans.root(repository / "exercises" / "source" / "week-1") == repository


# -- broken files ----------------------------------------------------------------------------

GOOD = json.dumps({"revision": 3, "place": {"iso3": "TZA"}, "topic_card": {"topic": "Heat"}})
BROKEN = {
    "": "line 1",
    '{\n"revision": 3,\n"place": {"iso3": TZA}\n}': "line 3",
    GOOD[:-2]: "is damaged: line 1",
    "[]": "not a campaign plan",
    '{"format": 2, "new": 1}': "newer edition of the course",
    '{"format": 0}': "format: expected 1",
    '{"revision": -1}': "revision: should be greater",
    '{"revision": "x"}': "revision: ",
    '{"budget": {}}': "budget: this field is not known",
    '{"place": 5}': "place: should be a valid dictionary",
    '{"place": {"iso": "TZA"}}': "Place, iso: this field is not known",
    '{"topic_card": {"goal_for": "all"}}': "goal_for: expected 'readers' or 'contributors'",
    '{"topic_card": {"evidence": [{"value": "much"}]}}': "Evidence, value: ",
    '{"topic_card": {"evidence": [7]}}': "evidence.0",
    '{"revision": ' + "1" * 5000 + "}": "cannot be read",
    "[" * 100_000: "cannot be read",
}


@pytest.mark.parametrize("content", BROKEN)
def test_a_broken_file_is_named_and_left_alone(tmp_path, content):
    path = tmp_path / FILE
    path.write_text(content, encoding="utf-8")
    for use in (Plan.load, lambda: Plan.load(path), lambda: Plan(revision=5).save()):
        with pytest.raises(LabError) as told:
            use()
        assert str(path) in str(told.value)
        assert BROKEN[content] in str(told.value)
        assert "pydantic" not in str(told.value)
    assert path.read_text(encoding="utf-8") == content
    assert [item.name for item in tmp_path.iterdir()] == [FILE]


def test_other_encodings(tmp_path):
    path = tmp_path / FILE
    path.write_bytes(GOOD.encode("utf-8-sig"))
    assert Plan.load().place.iso3 == "TZA"
    path.write_bytes(GOOD.encode("utf-16"))
    with pytest.raises(LabError, match="cannot be read"):
        Plan.load()


def test_no_file_and_a_folder(tmp_path):
    assert Plan.load() == Plan()
    with pytest.raises(LabError, match="There is no file"):
        Plan.load("nowhere.json")
    with pytest.raises(LabError, match="cannot be read"):
        Plan.load(tmp_path)


@some
@given(st.data())
def test_a_damaged_file_never_gives_a_traceback(tmp_path, data):
    content = bytearray(GOOD.encode())
    for _ in range(data.draw(st.integers(1, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    (tmp_path / FILE).write_bytes(content)
    try:
        Plan.load().show()
    except LabError as error:
        assert FILE in str(error)


# -- parts -----------------------------------------------------------------------------------


def test_only_parts_can_be_put():
    class Foreign:
        field = "revision"

    fine = Place(iso3="TZA")
    for wrong in (5, None, "place", Foreign(), Evidence(), Place, {"iso3": "TZA"}):
        mine = Plan()
        with pytest.raises(LabError, match="is not a part of the plan"):
            mine.put(fine, wrong)
        assert mine == Plan()
    assert Plan().put() == Plan()


def test_three_dots_are_gaps():
    empty = TopicCard(topic=..., languages=[...], evidence=[Evidence(value=..., unit=...), ...])
    assert empty.topic is None and empty.languages == []
    assert empty.evidence == [Evidence()]
    empty.topic, empty.languages = "Heat", ["sw"]
    empty.topic, empty.languages = ..., ...
    assert empty.topic is None and empty.languages == []


@pytest.mark.parametrize(
    "wrong",
    [{"value": "much"}, {"year": 2015.5}, {"where": [1]}, {"where": {"a": None}}, {"unitt": "m"}],
)
def test_wrong_types_are_said_in_words_when_made_and_when_changed(wrong):
    name = next(iter(wrong))
    with pytest.raises(LabError, match=f"Evidence, {name}"):
        Evidence(**wrong)
    if name in Evidence.model_fields:
        item = Evidence()
        with pytest.raises(LabError, match=f"Evidence, {name}"):
            setattr(item, name, wrong[name])


def test_parts_are_named_as_in_the_course_file():
    artefacts = {week.artefact.field: week.artefact.name for week in load_course().weeks}
    for part in plans.PARTS[1:]:
        assert artefacts[part.field] == part.title


def test_show_tells_what_is_there_and_what_to_mend():
    empty = str(Plan().show()).splitlines()
    assert empty[0] == "0 of 9 parts complete"
    assert [line.split("  ")[-1].strip() for line in empty[2:]] == (
        ["not there yet"] * len(plans.PARTS)
    )
    complete = Plan().put(Place(iso3="TZA", language_code="sw"))
    assert re.search(r"^week 1  Place +complete$", complete.show(), re.MULTILINE)
    half = complete.put(TopicCard(topic="Heat")).show()
    assert re.search(r"^week 1  Topic card +6 to mend$", half, re.MULTILINE)
    assert "- topic_card.goal: Not written yet: The change for these people" in half
    assert repr(Place(iso3="TZA", language_code="sw").problems()) == "Nothing to mend."


# -- evidence --------------------------------------------------------------------------------


def numeric(table: str) -> list[str]:
    return [
        name
        for name, field in figures.fields(table).items()
        if field["type"] in ("integer", "number")
    ]


COLUMNS = [(table, column) for table in figures.tables() for column in numeric(table)]
YEARS = ("year", "date", "week_start")


def year_of(row: dict[str, str]) -> int | None:
    for name in YEARS:
        if name in row:
            return int(row[name][:4]) if row[name] else None
    return 2024


def cells(table: str, column: str, where: dict, first: int, last: int) -> list[float]:
    """The values that an evidence number means, found by comparing text."""
    return [
        float(row[column])
        for row in figures.rows(table)
        if row[column]
        and year_of(row) is not None
        and first <= year_of(row) <= last
        and all(row[name] == wanted for name, wanted in where.items())
    ]


def marked(item: Evidence) -> bool:
    """What the marking says of the value."""
    other = Evidence(
        table="co2_mauna_loa_monthly", column="co2_ppm", year=1999, value=figures.co2(1999, 1999)
    )
    card = plain(TopicCard(evidence=[item, other]))
    try:
        marking.judge("1.5", {"card": json.loads(json.dumps(card))})
    except marking.Wrong:
        return False
    return True


def accepted(item: Evidence) -> bool:
    """What the plan says of the value; the marking must say the same."""
    plan = not [p for p in item.problems() if p.field not in ("unit", "baseline")]
    assert plan == marked(item), item
    return plan


@pytest.mark.parametrize(("table", "column"), COLUMNS)
def test_a_computed_value_passes_and_a_changed_one_fails(table, column):
    dice = random.Random(f"{table}.{column}")
    filled = [row for row in figures.rows(table) if row[column] and year_of(row)]
    words = [
        name
        for name, field in figures.fields(table).items()
        if field["type"] == "string" and name not in (column, *YEARS)
    ]
    field = figures.fields(table)[column]
    for row in dice.sample(filled, min(6, len(filled))):
        where = {name: row[name] for name in words if row[name] and dice.random() < 0.6}
        first = year_of(row)
        last = first + dice.choice([0, 0, 1, 9])
        values = cells(table, column, where, first, last)
        true = figures.average(values)
        item = Evidence(
            table=table,
            column=column,
            where=where,
            year=first,
            to_year=dice.choice([None, first]) if first == last else last,
            value=true,
            unit=field["unit"],
            baseline=field.get("baseline"),
        )
        assert item.problems() == []
        assert accepted(item)
        assert accepted(item.model_copy(update={"value": round(true, 2)}))
        least = 0.006 + 0.001 * abs(true)
        for wrong in (true + least, true - least, 3 * abs(true) + 1, -abs(true) - 1):
            assert not accepted(item.model_copy(update={"value": wrong}))
        text = repr(item.model_copy(update={"value": 3 * abs(true) + 1, "unit": "x"}).problems())
        if "is not the unit" in text:
            assert f'data.card("{item.table}")' in text
        assert "is not what" in text
        # Of a count the learner may say what was counted.
        assert ("is not the unit" in text) != field["unit"].startswith("count (")
        assert not accepted(item.model_copy(update={"year": 1066, "to_year": 1067})) or not any(
            name in row for name in YEARS
        )


odd = st.sampled_from(["", " ", "nan", "1e3", "True", "true", "1", "0", "x", "2015", "2015-03"])


@settings(some, max_examples=250)
@given(st.data())
def test_the_plan_and_the_marking_choose_the_same_rows(data):
    """Whatever a person writes in where, as text or as number, by any column."""
    table = data.draw(st.sampled_from(figures.tables()))
    fields = figures.fields(table)
    column = data.draw(st.sampled_from(sorted(fields)))
    row = data.draw(st.sampled_from(figures.rows(table)))
    where = {}
    for name in data.draw(st.lists(st.sampled_from(sorted(fields)), max_size=2, unique=True)):
        written = [row[name], f" {row[name]}", f"{row[name]}-01", row[name].lower()]
        if fields[name]["type"] in ("integer", "number", "year") and row[name]:
            written += [f"{row[name]}.0", int(float(row[name]))]
        where[name] = data.draw(st.sampled_from(written) | odd | st.integers(-3, 3000))
    first = data.draw(st.sampled_from([year_of(row), 2015, None, 0, -1, 99_999]))
    last = data.draw(st.sampled_from([None, 0, first, 2020, 99_999]))
    values = cells(table, column, {}, 0, 9999) if column in numeric(table) else [1.0]
    item = Evidence(
        table=table,
        column=column,
        where=where,
        year=first,
        to_year=last,
        unit="x",
        value=figures.average(values),
    )
    accepted(item)
    if (true := item.true_value()) is not None:
        assert accepted(item.model_copy(update={"value": true}))


@pytest.mark.parametrize("line", ["lunch, 3000, meal", "lunch; 3000; meal", "lunch\t3000\tmeal"])
def test_lines_with_another_sign_between_columns_are_told_which_one(line):
    names = ("task", "due", "owner")
    with pytest.raises(LabError, match=r"Line 2 has no sign \|. .* task \| due \| owner"):
        rows(f"Find a room\n{line}", Task, *names)
    # One comma is none of a list, and beside the right sign every other one is text.
    text = "Find a room, soon\nLunch, tea, cake | 2027-03-01 | host"
    found = [row.task for row in rows(text, Task, *names)]
    assert found == ["Find a room, soon", "Lunch, tea, cake"]
