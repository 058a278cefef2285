"""The complete plan of the book: made by the solutions, shown whole, each field traced."""

from __future__ import annotations

import re
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from hypothesis import given, settings
from hypothesis import strategies as st
from plans import complete_plan

from organizer_lab import course, export
from organizer_lab.book.directives import preview, worked
from organizer_lab.book.directives.traces import trace
from organizer_lab.book.directives.weeks import _Fields, _parts_in
from organizer_lab.errors import LabError
from organizer_lab.export import wikitext
from organizer_lab.plan import PARTS, Part, Plan


def documented(model: type[Part], path: str) -> set[str]:
    """Every field that the page about the plan can list, by its way from the plan."""
    found = set()
    for name, field in model.model_fields.items():
        found.add(f"{path}.{name}")
        for inner in _parts_in(field.annotation):
            found |= documented(inner, f"{path}.{name}")
    return found


EVERY_FIELD = set().union(*(documented(part, part.field) for part in PARTS))


# ---- Where a field goes -------------------------------------------------------------------------


def sample(plan: Plan) -> dict[str, str]:
    event, money = plan.event_plan, plan.budget_and_metrics
    if len(plan.topic_card.place) > 100:
        raise LabError("The place is too long.")
    return {
        "text": f"{plan.topic_card.topic} {plan.worklist.pages[0].title}",
        "days": f"{event.timeline[0].due} {plan.evaluation_plan.compare_on}",
        "numbers": str(money.lines[0].total()),
        "choice": str(plan.topic_card.goal_for),
        "list": " ".join([*event.registration.wikis, *event.registration.topics]),
        "truth": str(event.keeps_ucoc),
        "pair": str(plan.persona_and_funnel.connectivity.where),
        "web": str(event.registration.meeting_url or ""),
        "length": "long" if len(plan.topic_card.goal) > 10 else "short",
        "problems": str(plan.problems()),
        **({"sometimes": "A link."} if event.registration.meeting_url == "no" else {}),
    }


def test_each_kind_of_field_is_found_where_it_goes():
    found = trace(complete_plan(), sample)
    assert set(found) == EVERY_FIELD
    holds = {
        "topic_card.topic": ["text"],
        "worklist.pages.title": ["text"],
        "worklist.pages": ["text"],
        "event_plan.timeline.due": ["days"],
        "event_plan.timeline": ["days"],
        "budget_and_metrics.lines.people": ["numbers"],
        "budget_and_metrics.lines.units_each": ["numbers"],
        "budget_and_metrics.lines.unit_cost": ["numbers"],
        "budget_and_metrics.lines": ["numbers"],
        "evaluation_plan.compare_on": ["days"],
        "topic_card.goal_for": ["choice"],
        "event_plan.registration.wikis": ["list"],
        "event_plan.registration.topics": ["list"],
        "event_plan.keeps_ucoc": ["truth"],
        "persona_and_funnel.connectivity.where": ["pair"],
        "persona_and_funnel.connectivity": ["pair"],
        "event_plan.registration.meeting_url": ["web"],
        "event_plan.registration": ["list", "web"],
    }
    assert {field: found[field] for field in holds} == holds
    assert {field for field, files in found.items() if files} == set(holds)
    # No field goes to a list of problems, nor to a file that only counts its letters.
    assert not {"problems", "length", "sometimes"} & set().union(*found.values())


def test_what_cannot_be_traced_is_said():
    plan = complete_plan()
    plan.event_plan = None
    with pytest.raises(LabError, match="without its event plan"):
        trace(plan, lambda plan: {})

    def picky(plan: Plan) -> dict[str, str]:
        if plan.topic_card.topic != complete_plan().topic_card.topic:
            raise LabError("Another topic.")
        return {}

    with pytest.raises(LabError, match=r"topic_card\.topic"):
        trace(complete_plan(), picky)


def test_the_last_column_says_files_or_none():
    fields = _Fields({"place.iso3": ["a.csv", "b.md"], "place.language_code": []})
    rows = fields.tables(PARTS[0])
    assert rows[0] == "| Field | What you write | Goes to |"
    assert rows[2].endswith("| `a.csv`, `b.md` |") and rows[3].endswith("| your plan only |")
    assert _Fields({"place.iso3": []}).tables(PARTS[0])[3].endswith("| not known |")
    assert _Fields({}).tables(PARTS[0])[0] == "| Field | What you write |"


# ---- The solutions ------------------------------------------------------------------------------


def notebook(path: Path, *sources: str) -> Path:
    cells = [nbformat.v4.new_code_cell(text, id=f"cell-{n}") for n, text in enumerate(sources, 1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    return path


def weeks(root: Path, *sources: str) -> Path:
    """A course whose weeks all hold the same cells."""
    for week in course.load().weeks:
        notebook(root / "exercises" / "source" / week.id / f"{week.id}.ipynb", *sources)
    return root


SAVE = "from organizer_lab.plan import Place, Plan\nPlan.load().put(Place(iso3={!r})).save()"


def test_the_weeks_share_one_plan_and_nothing_else(tmp_path):
    hidden = "### BEGIN HIDDEN TESTS\nraise SystemExit('marked')\n### END HIDDEN TESTS"
    first = notebook(tmp_path / "week-1.ipynb", SAVE.format("TZA"), f"print('seen')\n{hidden}")
    again = "before = Plan.load().place.iso3\nassert before == 'TZA' and 'Place' in globals()"
    second = notebook(tmp_path / "week-2.ipynb", "assert 'Place' not in globals()")
    second = notebook(second, "assert 'Place' not in globals()", SAVE.format("KEN"))
    third = notebook(tmp_path / "week-3.ipynb", SAVE.format("TZA"), again)
    plan = worked._solve([first, second, third], tmp_path / "home")
    assert plan.place.iso3 == "TZA" and plan.revision == 3
    assert (tmp_path / "home" / "exercises" / "week-2" / "plan.json").exists()


def test_a_cell_that_fails_is_named(tmp_path):
    bad = notebook(tmp_path / "week-1.ipynb", "x = 1", "x / 0")
    with pytest.raises(LabError, match=r"(?s)week-1\.ipynb, cell-2.*ZeroDivisionError"):
        worked._solve([bad], tmp_path / "home")


def test_an_unfinished_course_gives_no_complete_plan(tmp_path):
    with pytest.raises(LabError, match=r"no week-1\.ipynb"):
        worked.make(tmp_path / "out", tmp_path)
    weeks(tmp_path, SAVE.format("TZA"))
    with pytest.raises(
        LabError, match=r"(?s)not complete.*topic_card: Topic card, of week 1, is not there"
    ):
        worked.make(tmp_path / "out", tmp_path)
    assert not (tmp_path / "out").exists()
    assert worked.goes_to(tmp_path / "out") == {}


def test_the_solutions_run_again_only_when_something_changed(tmp_path, monkeypatch):
    monkeypatch.setattr(worked.subprocess, "run", None)
    root = weeks(tmp_path, "x = 1")
    key = worked._key(worked.sheets(root))
    out = tmp_path / "out"
    out.mkdir()
    (out / "key").write_text(key, encoding="utf-8")
    assert worked.make(out, root) == out
    notebook(worked.sheets(root)[-1], "x = 2")
    assert worked._key(worked.sheets(root)) != key
    with pytest.raises(TypeError):
        worked.make(out, root)


def test_a_long_file_is_folded_and_no_file_ends_its_own_block():
    assert worked._shown("a.json", "{}") == ["```json", "{}", "```"]
    text = "\n".join(["```", ":::", *["line"] * 30])
    first, fence, body, end, last = worked._shown("a.ics", text)
    assert (first, last) == ("::::{dropdown} a.ics: 32 lines", "::::")
    assert (fence, end) == ("````text", "````") and body == text


# ---- The page to read ---------------------------------------------------------------------------


@settings(deadline=None)
@given(st.lists(st.text(max_size=9) | st.text("'=*#:;|!-_~&<>[]{}\n "), min_size=6, max_size=6))
def test_words_of_learners_are_read_as_they_were_written(words):
    words = [wikitext.plain(word) or "-" for word in words]
    one, two, three, four, five, six = map(wikitext.shown, words)
    text = "\n\n".join(
        [
            f"'''{one}''' – of nobody",
            wikitext.section("Budget", wikitext.bullets([two, two])),
            wikitext.facts([("Where", three)]),
            wikitext.table(["Task", four], [[five, six]]),
        ]
    )
    page = BeautifulSoup(preview.html(text, 3), "html.parser")
    found = [each.get_text() for each in page.select("strong, li, td, th")]
    assert found == [words[0], words[1], words[1], "Where", words[2], "Task", *words[3:]]
    known = {"p", "strong", "h3", "ul", "li", "table", "thead", "tbody", "tr", "th", "td", "bdi"}
    assert {tag.name for tag in page.find_all()} - {"div"} <= known


@pytest.mark.parametrize(
    "text",
    ["{{Hello}}", "* one\ntwo", "[[File:A.jpg]]", "<b>x</b>", "{|\n|- style\n|}", ": x", "a | b"],
)
def test_a_page_that_the_exports_do_not_write_is_not_guessed(text):
    with pytest.raises(LabError, match="page"):
        preview.html(text, 3)


# ---- The real ones ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def made() -> Path:
    return worked.make()


@pytest.mark.slow
def test_the_solutions_make_one_complete_plan(made):
    plan = Plan.load(made / "plan.json")
    assert plan.problems() == [] and None not in plan.parts().values()
    assert "9 of 9 parts complete" in plan.show()
    files = {path.name: path for path in (made / "files").iterdir()}
    assert set(files) == set(export.FILES)
    assert Plan.load(files["plan.json"]) == plan
    for name, path in files.items():
        text = path.read_text(encoding="utf-8-sig")
        assert text.strip() and "Not written yet" not in text, name
    # One campaign from the first week to the last one.
    assert plan.worklist.language_code == plan.place.language_code == plan.gap_statement.language
    assert plan.campaign_model.action.success_kind == "translation"
    assert plan.worklist.kind == "translation list"
    wanted = {row.subject for row in plan.gap_statement.gap_table if row.state == "missing"}
    assert wanted <= {page.source_title for page in plan.worklist.pages}


@pytest.mark.slow
def test_every_field_is_traced_and_every_file_is_reached(made):
    found = worked.goes_to()
    assert set(found) == EVERY_FIELD
    reached = set().union(*found.values())
    assert reached == set(export.FILES) - {"plan.json"}
    # Some that anybody can see with their own eyes, and one that must never leave.
    assert "plan.wikitext" in found["topic_card.topic"]
    assert found["event_plan.registration.goal_target"] == ["registration.json", "goals.json"]
    assert "calendar.ics" in found["event_plan.timeline.due"]
    assert "pagepile.tsv" in found["worklist.pages.title"]
    assert found["evaluation_plan.peer_week_9"] == []
    order = list(export.FILES)
    assert all(files == sorted(files, key=order.index) for files in found.values())


@pytest.mark.slow
def test_the_book_shows_the_plan_and_its_files(made, built_book):
    page = BeautifulSoup(
        (built_book / "book" / "worked-plan.html").read_text("utf-8"), "html.parser"
    )
    assert len(page.select_one("article table.table").select("tbody tr")) == len(PARTS)
    plan = Plan.load(made / "plan.json")
    read = page.select_one("#the-plan-to-read")
    headings = [each.get_text() for each in read.select("h3, h4")]
    written = (made / "files" / "plan.wikitext").read_text("utf-8")
    assert headings == re.findall(r"(?m)^=+ (.+) =+$", written) and len(headings) > 10
    assert plan.persona_and_funnel.invitation in read.get_text()
    assert {each.title for each in plan.worklist.pages} <= {
        cell.get_text() for cell in read.select("td")
    }
    assert not read.select("td a, li a, p a")
    blocks = [block.get_text() for block in page.select("article pre")]
    links = [link.get_text() for link in page.select("article a.download")]
    assert links == [f"Download {name}" for name in export.FILES]
    for name in export.FILES:
        text = (made / "files" / name).read_text(encoding="utf-8-sig").strip()
        assert any(block.strip() == text for block in blocks), name
    plan = BeautifulSoup((built_book / "book" / "plan.html").read_text("utf-8"), "html.parser")
    heads = [[cell.get_text() for cell in row.select("th")] for row in plan.select("thead tr")]
    assert heads and all(head == ["Field", "What you write", "Goes to"] for head in heads)
    assert "not known" not in plan.get_text()
