"""What holds in every week, for its lesson and for its exercise sheet.

The module of a week has ``WEEK``, and a class of its own for each of the two: it inherits these
tests and says what is special there. The lesson and the sheet of a week come from `conftest`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import ClassVar

import pytest
from week import ROOT, error_stream, length, quietly, read, replies, typed_figures

from organizer_lab import notebooks
from organizer_lab.course import Week
from organizer_lab.plan import Plan


class EveryLesson:
    """The form of a lesson, and that it runs without a complaint.

    Attributes
    ----------
    typed : dict of str to str
        Digits in the text that are no year and no result of a table, each with its reason.
    met : dict of str to list of str
        Where each objective of the course file is met: its first words, and the cells that do it.
    borrowed, left : set of str
        Tables of other weeks that the lesson uses as well, and tables of its week that only the
        exercise uses.
    pictures, own : int
        How many charts and explorers it shows, and how many of these show points that the lesson
        itself gives: they come from no table, so they name no licence.
    """

    typed: ClassVar[dict[str, str]]
    met: ClassVar[dict[str, list[str]]]
    borrowed: ClassVar[set[str]] = set()
    left: ClassVar[set[str]] = set()
    pictures: ClassVar[int]
    own: ClassVar[int] = 0

    @pytest.fixture
    def written(self, request):
        """The lesson as it is kept."""
        return read(request.module.WEEK.lesson)

    def test_the_rules_of_the_house(self, request, written):
        assert notebooks.problems(request.module.WEEK.lesson) == []
        assert 1000 <= length(written) <= 1900
        for each in written.cells:
            if each.cell_type == "code":
                assert not re.search(r"\binteract\b|interactive_output|\bOutput\(", each.source)
            else:
                # JupyterLab shows no role of the book.
                assert "{term}" not in each.source and "{cite}" not in each.source

    def test_no_figure_is_typed(self, written):
        assert {digits for _, digits in typed_figures(written)} == set(self.typed)
        assert all(self.typed.values())

    def test_it_uses_the_tables_of_its_week(self, request, written):
        code = "\n".join(each.source for each in written.cells if each.cell_type == "code")
        used = set(re.findall(r'data\.load\("(\w+)"\)|"(prepared_\w+)\.csv"', code))
        wanted = (set(request.module.WEEK.tables) | self.borrowed) - self.left
        assert {table or file for table, file in used} == wanted

    def test_it_leads_to_the_stages_of_its_week(self, request, written):
        text = "".join(each.source for each in written.cells)
        for stage in request.module.WEEK.stages:
            assert f"../book/framework/{stage}.md" in text, stage

    def test_every_objective_is_met_by_a_section(self, request, written):
        objectives = request.module.WEEK.objectives
        assert len(self.met) == len(objectives)
        for objective, (beginning, cells) in zip(objectives, self.met.items(), strict=True):
            assert objective.startswith(beginning)
            assert cells and set(cells) <= {each.id for each in written.cells}

    @pytest.mark.slow
    def test_it_runs_without_a_word_on_the_error_stream(self, lesson):
        assert error_stream(lesson) == []
        shown = [out.get("data", {}) for each in lesson.cells for out in each.get("outputs", [])]
        assert not [data for data in shown if "application/vnd.jupyter.widget-view+json" in data]
        pictures = [html for data in shown if "ol-f" in (html := data.get("text/html", ""))]
        assert len(pictures) == self.pictures
        for html in pictures:
            assert re.search(r'alt="[^"]{40,}"', html), html[:200]
            assert "Source: " in html and "Unit: " in html
        assert ["Licence: " in html for html in pictures].count(False) == self.own


class EverySheet:
    """The points of a sheet, and that checks and hidden tests agree about nothing and everything.

    Attributes
    ----------
    judged : dict of str to int
        The points of the answers that a person marks; those of a program are the same every week.
    """

    judged: ClassVar[dict[str, int]]

    def untouched(self, done, folder: Path) -> None:
        """Look at what else a sheet says to which nobody has written."""

    def before(self, folder: Path) -> None:
        """Put into the folder what the solution goes on from."""

    def solved(self, done, plan: Plan) -> None:
        """Look at what else the solution says, and at its plan."""

    @pytest.fixture
    def source(self, request):
        """The sheet with its solution."""
        name = request.module.WEEK.id
        return read(f"exercises/source/{name}/{name}.ipynb")

    def test_points(self, request, sheet):
        number = request.module.WEEK.number
        names = [f"data-{number}-{n}" for n in range(1, 5)]
        names += [f"plan-{number}-{n}" for n in range(5, 8)]
        points = {
            meta["grade_id"]: meta["points"]
            for each in sheet.cells
            if "points" in (meta := each.metadata.get("nbgrader", {}))
        }
        assert points == dict.fromkeys(names, 2) | self.judged
        assert sum(points.values()) == request.module.WEEK.points.total == 20

    def test_each_question_is_checked_and_marked(self, request, source):
        name, number = request.module.WEEK.id, request.module.WEEK.number
        assert notebooks.problems(ROOT / f"exercises/source/{name}/{name}.ipynb") == []
        code = "\n".join(each.source for each in source.cells if each.cell_type == "code")
        marked = [f"{number}.{n}" for n in range(1, 8)]
        assert re.findall(r'judge\.mark\("([\d.]+)"', code) == marked
        assert re.findall(r'check\.answer\("([\d.]+)"', code) == [f"{number}.0", *marked]

    @pytest.mark.slow
    def test_an_untouched_sheet_runs_and_gets_no_points(self, request, sheet, tmp_path):
        done = quietly(sheet, tmp_path)
        assert replies(done) == all_say(request.module.WEEK, "not yet")
        self.untouched(done, tmp_path)

    @pytest.mark.slow
    def test_the_solution_gets_all_points_from_its_own_folder(self, request, source, tmp_path):
        self.before(tmp_path)
        # The hidden tests run too: a mark that is refused would stop the run.
        done = quietly(source, tmp_path)
        assert replies(done) == all_say(request.module.WEEK, "this looks right")
        self.solved(done, Plan.load(tmp_path / "plan.json"))


def all_say(week: Week, reply: str) -> dict[str, str]:
    """The same reply to the question about the place or choice, and to all that a program marks."""
    return {f"{week.number}.{part}": reply for part in range(8)}
