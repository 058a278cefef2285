"""The report: right numbers, nobody named, and no small group that could be worked out."""

from __future__ import annotations

import csv
import itertools
import json
import re
import shutil
from collections import Counter
from datetime import date
from pathlib import Path

import graded
import pytest
from browser import visit
from hypothesis import given
from hypothesis import strategies as st

pytest.importorskip("nbgrader")

from organizer_lab import course as structure
from organizer_lab.errors import LabError
from organizer_lab.grading import agreement, pages, report, scores, sheet

WEEKS = {
    "week-1": {"data-1-1": 2.0, "data-1-2": 2.0, "plan-1-5": 2.0, "judgement-1-8": 6.0},
    "week-2": {"data-2-1": 2.0, "judgement-2-8": 6.0},
}
PEOPLE = [f"person-{number:02}" for number in range(14)]
HARMFUL = '=cmd|"/c calc"!A1,<script>window.ran=1</script>'


@pytest.fixture(scope="module")
def course(tmp_path_factory) -> Path:
    """Fourteen learners in two weeks; what each number is, is said where it is tested."""
    folder = graded.invented(tmp_path_factory.mktemp("report") / "exercises", WEEKS)
    for position, person in enumerate(PEOPLE):
        wrong = position < 6
        graded.give(
            folder,
            "week-1",
            person,
            {
                "data-1-1": 0.0 if wrong else 2.0,
                "data-1-2": 0.0 if position < 4 else 2.0,
                "plan-1-5": 2.0,
                "judgement-1-8": 3.0,
            },
            {
                "data-1-1": [f"value: {position}.25 is not what 'table {position}' gives."],
                "data-1-2": ["That is a sum of 2024.", HARMFUL],
            },
            late=position in (0, 1),
        )
        if position < 8:
            graded.give(
                folder,
                "week-2",
                person,
                {"data-2-1": 2.0, "judgement-2-8": None if position < 5 else 6.0},
            )
    (folder / "submitted" / PEOPLE[8] / "week-2").mkdir()
    journal = folder / "grading" / "week-1.jsonl"
    journal.parent.mkdir()
    journal.write_text(
        "".join(
            json.dumps(
                {
                    "learner": person,
                    "end": "time" if person == PEOPLE[0] else "done",
                    "repaired": ["The cell of question 1.1 was gone."] if number < 5 else [],
                }
            )
            + "\n"
            for number, person in enumerate(PEOPLE)
        )
        + '{"learner": "cut sho'
    )
    (folder / "roster.csv").write_text(
        "username,group\n"
        + "".join(
            f"Person {number:02},{'north' if number < 4 else 'south' if number < 9 else 'west'}\n"
            for number in range(14)
        )
        + "Somebody else,west\n",
        "utf-8",
    )
    return folder


@pytest.fixture(scope="module")
def cohort(course) -> report.Cohort:
    from organizer_lab.grading import roster

    return report.read([course], roster.read(course / "roster.csv"))


@pytest.fixture(scope="module")
def tables(cohort) -> dict[str, report.Table]:
    return report.tables(cohort, report.pseudonyms(cohort.people, b"salt"))


def rows(table: report.Table) -> list[dict]:
    return [dict(zip(table.head, row, strict=True)) for row in table.rows]


def test_progress_counts_work_that_is_late_missing_mended_stopped_and_not_graded(tables):
    first, second = rows(tables["weeks"])
    assert first["Handed in"] == 14 and first["Missing"] == 1 and first["Late"] == 2
    assert first["Mended"] == 5 and first["Stopped"] == 1 and first["Waits for a grader"] == 0
    assert second["Handed in"] == 9 and second["Missing"] == 6 and second["Not graded"] == 1
    assert second["Waits for a grader"] == 5
    # 14 learners with 5 of 12 points, 8 of whom have 2 more, and 10 of whom another 2.
    assert first["Share of points"] == pytest.approx(
        (14 * 5 + 8 * 2 + 10 * 2) / (14 * 12), abs=1e-4
    )


def test_difficulty_is_the_share_with_full_points_of_those_that_are_graded(tables):
    found = {row["Question"]: row for row in rows(tables["questions"])}
    assert found["1.1"]["n"] == 14 and found["1.1"]["Full points"] == pytest.approx(
        8 / 14, abs=1e-4
    )
    assert found["1.8"]["Full points"] == 0 and found["1.8"]["Share of points"] == 0.5
    # Five of eight wait for a person, so three are left: too few to be shown.
    assert found["2.8"]["n"] == 3 and found["2.8"]["Full points"] == report.HIDDEN
    assert list(found) == ["1.1", "1.2", "1.5", "1.8", "2.1", "2.8"]


def test_mistakes_are_counted_without_the_values_of_one_learner(tables):
    found = rows(tables["mistakes"])
    assert [(row["Question"], row["What was said"], row["Learners"]) for row in found] == [
        ("1.1", "Value: … is not what '…' gives.", 6)
    ], "six made the first mistake; the second was made by four, which is too few"


def test_what_nobody_has_begun_hides_no_mistake():
    said = {"answer: Not written yet: a number.": 9, "That is a sum.": 6, "Too large.": 7}
    asked = report.Question("week-1", "data-1-1", False, mistakes=Counter(said))
    table = report._mistakes(report.Cohort(questions={("week-1", "data-1-1"): asked}))
    assert [(row[2], row[3]) for row in table.rows] == [
        ("Too large.", 7),
        ("That is a sum.", 6),
        ("answer: Not written yet: a number.", 9),
    ]


def test_the_marking_speaks_where_the_check_is_silent():
    cell = {"outputs": [{"output_type": "error", "evalue": "Question 1.1: it is no number."}]}
    assert list(report._said(cell)) == ["it is no number."]


def test_stages_come_from_the_weeks_that_assess_them(tables):
    found = {row["Stage"]: row for row in rows(tables["stages"])}
    assert len(found) == 10
    idea = found["1. Idea generation"]
    weeks = {w.id for w in structure.load().weeks_of("idea-generation", "assesses")}
    assert "1" in idea["Weeks"] and "week-1" in weeks
    assert idea[""] == "teach again" and idea["Share of points"] < 0.7
    assert idea["Hardest questions"].split(", ")[0] == "1.8"
    assert found["10. Evaluate, report and follow up"][""] == "no points yet"


def test_what_was_mended_is_named_when_it_concerns_enough(tables):
    assert rows(tables["mended"]) == [
        {"What was wrong": "The cell of question 1.1 was gone.", "Notebooks": 5}
    ]


def test_a_small_group_cannot_be_worked_out(tables, cohort):
    found = {(row["Group"], row["Week"]): row["Graded"] for row in rows(tables["groups"])}
    # north has 4, south and west 5 each: with one of them hidden as well, 9 are left unknown.
    assert found["north", "week-1"] == report.HIDDEN_GROUP
    shown = [found[name, "week-1"] for name in ("south", "west")]
    assert sorted(map(str, shown)) == sorted(["5", report.HIDDEN_GROUP])
    assert all(found[name, "week-2"] == report.HIDDEN_GROUP for name in ("north", "south", "west"))


@given(st.dictionaries(st.text(min_size=1, max_size=3), st.integers(0, 30), max_size=7))
def test_what_is_hidden_is_never_less_than_five_people_or_one_group(counts):
    hidden = report.suppressed(counts)
    assert {name for name, count in counts.items() if count < report.FEWEST} <= hidden
    if hidden and hidden != set(counts):
        assert len(hidden) > 1 and sum(counts[name] for name in hidden) >= report.FEWEST
    if all(count >= report.FEWEST for count in counts.values()):
        assert not hidden


def test_pseudonyms_are_stable_in_a_report_and_new_in_the_next():
    one, two = (report.pseudonyms(PEOPLE, salt) for salt in (b"a", b"b"))
    assert one == report.pseudonyms(PEOPLE, b"a") and not set(one.items()) & set(two.items())
    many = report.pseudonyms(map(str, range(20_000)), b"a")
    assert len(set(many.values())) == 20_000


def written(course, folder: Path, **settings) -> tuple[str, dict[str, list[dict]]]:
    made = report.report(folder / "report.html", [course], on=date(2027, 5, 1), **settings)
    listed = {}
    for path in made[1:]:
        with open(path, newline="", encoding="utf-8") as file:
            listed[path.stem.removeprefix("report-")] = list(csv.DictReader(file, strict=True))
    return made[0].read_text("utf-8"), listed


def test_nobody_is_named_unless_it_is_asked_for(course, tmp_path):
    roster = course / "roster.csv"
    html, listed = written(course, tmp_path, roster=roster)
    everything = html + json.dumps(listed)
    assert not re.search(r"person[- ]\d", everything, re.I) and "Somebody" not in everything
    assert len(listed["learners"]) == 15
    assert {name for row in listed["learners"] for name in (row["Learner"],)} <= set(
        re.findall(r"Learner [0-9A-F]{4,}", html)
    )
    named, listed = written(course, tmp_path, roster=roster, names=True)
    assert "Person 03" in named and "Do not publish it" in named
    assert listed["learners"][0]["Learner"] == "Person 00"


def test_among_fewer_than_five_no_pseudonym_hides_anybody(tmp_path):
    folder = graded.invented(tmp_path / "exercises", {"week-1": {"data-1-1": 2.0}})
    for person in PEOPLE[:4]:
        graded.give(folder, "week-1", person, {"data-1-1": 2.0})
    (tmp_path / "report-learners.csv").write_text("of an earlier report")
    html, listed = written(folder, tmp_path)
    assert "learners" not in listed and not (tmp_path / "report-learners.csv").exists()
    assert report.HIDDEN in html and "Full points" in html
    assert "learners" in written(folder, tmp_path, names=True)[1]


def test_course_directories_are_put_together(course, tmp_path):
    other = graded.invented(tmp_path / "other", {"week-1": WEEKS["week-1"]})
    graded.give(other, "week-1", "new", {"data-1-1": 2.0})
    assert len(report.read([course, other]).people) == 15
    graded.give(other, "week-1", PEOPLE[0], {"data-1-1": 2.0})
    with pytest.raises(LabError, match="in two course directories"):
        report.read([course, other])


def test_errors_say_what_to_do(tmp_path):
    empty = graded.invented(tmp_path / "exercises", {"week-1": {"data-1-1": 2.0}})
    with pytest.raises(LabError, match="organizer-lab grade week-1"):
        report.report(tmp_path / "a.html", [empty])
    with pytest.raises(LabError, match=r"ends with \.html"):
        report.report(tmp_path / "a.csv", [empty])


def test_points_are_those_of_nbgrader(graded_course):
    from organizer_lab.grading.batch import Course

    course = Course(graded_course)
    found = {}
    for score in scores.scores(course):
        found.setdefault(score.learner, []).append(score)
    with course.gradebook() as book:
        for submission in book.assignment_submissions("week-1"):
            own = found[submission.student.id]
            assert sum(score.points for score in own) == submission.score
            assert sum(score.of for score in own) == submission.max_score
            assert any(score.waiting for score in own) == submission.needs_manual_grade
    assert all(score.by_hand == (score.question == "judgement-1-8") for score in own)


def test_a_csv_holds_any_text_and_no_formula():
    text = pages.csv_text(("a", "b"), [(HARMFUL, 'x"y\r\nz'), ("+1", None), (1.5, -2.0)])
    read = list(csv.reader(text.splitlines(keepends=True), strict=True))
    assert read == [["a", "b"], ["'" + HARMFUL, 'x"y\r\nz'], ["'+1", ""], ["1.5", "-2"]]


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_is_whole_and_readable_on_a_phone(course, browser, serve, tmp_path, scheme):
    from test_feedback import contrast

    written(course, tmp_path, roster=course / "roster.csv")
    context = {"viewport": {"width": 360, "height": 640}, "color_scheme": scheme}
    with visit(browser, serve(tmp_path) + "report.html", **context) as seen:
        page = seen.page
        assert seen.strangers == [] and page.evaluate("window.ran") is None
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        assert page.evaluate(
            "[...document.querySelectorAll('svg')].every(s => s.getAttribute('aria-label'))"
        )
        assert page.locator("svg").count() == 3
        assert page.evaluate("document.querySelectorAll('table caption').length") >= 6
        assert contrast(page) >= 4.5
        problems = [each for each in seen.problems if "favicon" not in each]
        assert problems == []


# -- rubric and agreement --------------------------------------------------------------------


@pytest.mark.parametrize("week", [week.id for week in structure.load().weeks])
def test_the_rubric_of_each_week_is_a_page(week, tmp_path):
    from organizer_lab.grading import rubrics

    page = sheet.rubric(week, tmp_path / "rubric.html").read_text("utf-8")
    text = sheet.rubric(week, tmp_path / "rubric.md").read_text("utf-8")
    for task in rubrics.load(week).tasks:
        for criterion in task.criteria:
            assert pages.escape(criterion.question, quote=False) in page and criterion.name in text
        assert task.scheme in text
    with pytest.raises(LabError, match=r"\.html or \.md"):
        sheet.rubric(week, tmp_path / "rubric.pdf")


def test_a_rubric_is_printed_where_git_takes_no_notice_of_it(tmp_path, repository, monkeypatch):
    from organizer_lab import cli

    shutil.copytree(repository / "exercises" / "rubrics", tmp_path / "rubrics")
    (tmp_path / "nbgrader_config.py").touch()
    monkeypatch.chdir(tmp_path)
    assert cli.main(["rubric", "week-1"]) == 0
    assert (tmp_path / "rubrics" / "week-1.html").is_file()
    assert "exercises/rubrics/*.html" in (repository / ".gitignore").read_text().splitlines()


@pytest.mark.browser
@pytest.mark.parametrize("week", ["week-1", "week-6", "week-9"])
def test_the_rubric_is_printed_on_one_sheet(week, browser, serve, tmp_path):
    sheet.rubric(week, tmp_path / "rubric.html")
    with visit(browser, serve(tmp_path) + "rubric.html") as seen:
        printed = seen.page.pdf(format="A4", prefer_css_page_size=True)
    assert len(re.findall(rb"/Type\s*/Page\b", printed)) == 1


def points_file(folder: Path, name: str, text: str) -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def by_definition(first: list[float], second: list[float]) -> float:
    """Weighted kappa from the table of all pairs of scores, as Cohen wrote it."""
    values, n = sorted({*first, *second}), len(first)
    pairs = list(zip(first, second, strict=True))
    seen = expected = 0.0
    for a, b in itertools.product(values, values):
        weight = (a - b) ** 2
        seen += weight * pairs.count((a, b)) / n
        expected += weight * first.count(a) / n * second.count(b) / n
    return 1 - seen / expected


@given(st.lists(st.tuples(st.integers(0, 6), st.integers(0, 6)), min_size=2, max_size=30))
def test_kappa_is_what_its_definition_gives(pairs):
    first, second = [list(map(float, each)) for each in zip(*pairs, strict=True)]
    found = agreement.kappa(first, second)
    if len({*first, *second}) == 1:
        assert found is None
    else:
        assert found == pytest.approx(by_definition(first, second), abs=1e-9)


def test_kappa_of_known_cases():
    assert agreement.kappa([1, 2, 3], [1, 2, 3]) == 1
    assert agreement.kappa([0, 6], [6, 0]) == -1
    assert agreement.kappa([0, 0, 6, 6], [0, 6, 0, 6]) == pytest.approx(0)


def test_two_graders_are_compared(tmp_path):
    one = points_file(
        tmp_path,
        "one.csv",
        "learner,question,score\nada,1.8,6\nbo,1.8,3\ncy,1.8,0\nada,2.8,4\nbo,2.8,4\ndi,1.8,\n",
    )
    two = points_file(
        tmp_path,
        "two.csv",
        "\ufefflearner;question;score\nada;1.8;5,5\nbo;1.8;3\ncy;1.8;4\nada;2.8;4\nbo;2.8;4\nx;1.8;1\n",
    )
    found = agreement.Comparison(one, two)
    first, second, both = found.rows()
    assert (first.n, first.same, first.near) == (3, 1, 2)
    assert first.kappa == pytest.approx(by_definition([6, 3, 0], [5.5, 3, 4]))
    assert second.kappa is None and (both.n, both.same, both.kappa) == (5, 3, None)
    assert [row[:2] for row in found.disagreements()] == [("cy", "1.8"), ("ada", "1.8")]
    assert found.only == (0, 1) and "Only the second grader has 1 text" in str(found)
    assert "cy,1.8,0,4,4\r\n" in found.csv()


def test_what_nbgrader_exports_is_taken(tmp_path):
    head = "assignment,duedate,timestamp,student_id,last_name,first_name,email,raw_score,"
    head += "late_submission_penalty,score,max_score\n"
    one = points_file(tmp_path, "one.csv", head + "week-1,None,None,ada,,,,12.0,0.0,12.0,20.0\n")
    assert agreement.read(one) == {("ada", "week-1"): 12.0}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a,b,c\n1,2,3\n", "must name the columns"),
        ("learner,question,score\nada,1.8,6\nada,1.8,5\n", "line 3: 'ada' has question 1.8 twice"),
        ("learner,question,score\nada,1.8,six\n", "line 2: 'six' is no number"),
        ("learner,question,score\nada,1.8,nan\n", "line 2: 'nan' is no number"),
        ("learner,question,score\n,1.8,2\n", "line 2: learner or question is empty"),
        ("learner,question,score\nada,1.8,1,5\n", "line 2: there are more values than columns"),
        ('learner,question,score\nada,1.8,"1\nbo,1.8,2\n', "unexpected end of data"),
        ("learner,question,score,score\nada,1.8,1,2\n", "'score' stands twice"),
        ("learner,question,score\n", "no points"),
        ("", "must name the columns"),
    ],
)
def test_errors_in_a_list_of_points_name_the_line(tmp_path, text, said):
    with pytest.raises(LabError, match=re.escape(said)):
        agreement.read(points_file(tmp_path, "one.csv", text))
