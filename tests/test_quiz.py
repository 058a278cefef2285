"""The questions at the end of lessons: what is asked, how it is shown, and what is refused."""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from browser import visit
from hypothesis import given, settings
from hypothesis import strategies as st

import organizer_lab as lab
from organizer_lab import cli, course, explore, learners, quizzes
from organizer_lab.errors import LabError

WEEKS = course.load().weeks
OBJECTIVES = {week.id: week.objectives for week in WEEKS}
ALL = {week: quizzes.quiz(week) for week in quizzes.found()}
EVERY = [(week, each) for week, quiz in ALL.items() for each in quiz.questions]

RIGHT = """[[questions.options]]
right = true
text = "A number"
why = "Because it counts."
"""
WRONG = """[[questions.options]]
text = "A word"
why = "It is more than that."
"""


def asking(question, objective, *options):
    """One question of a file, with its options in this order."""
    return f'[[questions]]\nquestion = "{question}"\nobjective = "{objective}"\n' + "".join(options)


TWO, THREE = (
    asking("What is two?", "Count.", WRONG, RIGHT),
    asking("What is three?", "Add.", RIGHT, WRONG),
)
GOOD = asking("What is one?", "Count.", RIGHT, WRONG) + TWO + THREE


def write(folder, text, name="week-1.toml"):
    path = folder / name
    path.write_text(text, encoding="utf-8")
    return path


@pytest.fixture
def in_page(monkeypatch):
    """Show the page's face, as the book's build does."""
    monkeypatch.setenv(explore.STATIC, "1")


# -- the questions of the course --------------------------------------------------------------


def test_every_week_asks_about_each_of_its_objectives():
    assert list(ALL) == [week.id for week in WEEKS]
    assert "without a question" not in quizzes.check(OBJECTIVES)
    for quiz in ALL.values():
        assert 3 <= len(quiz.questions) <= 5


def test_neither_place_nor_length_gives_the_right_option_away():
    places, longest, alone, chance = Counter(), 0, 0, 0.0
    for _, asked in EVERY:
        at = [option.right for option in asked.options].index(True)
        lengths = [len(option.text) for option in asked.options]
        places[at] += 1
        longest += lengths[at] == max(lengths)
        alone += lengths[at] == max(lengths) and lengths.count(max(lengths)) == 1
        chance += 1 / len(lengths)
    assert max(places.values()) < len(EVERY) / 2
    assert longest <= len(EVERY) / 2
    # Who always takes the longest option finds no more than who rolls a dice.
    assert alone <= chance + 1e-9, (alone, chance)


def test_the_words_are_plain():
    prose = pytest.importorskip("organizer_lab.book.checks.prose")
    for week, quiz in ALL.items():
        texts = [asked.question for asked in quiz.questions]
        texts += [option.why for asked in quiz.questions for option in asked.options]
        found = prose.measure("\n".join(texts))
        assert found.grade <= 7 and found.mean <= 14 and found.longest <= 30, (week, found)


def test_an_explanation_says_more_than_its_option():
    for week, asked in EVERY:
        explained = [option.why for option in asked.options]
        assert len(set(explained)) == len(explained), (week, asked.question)
        for option in asked.options:
            # The page says it before each explanation.
            assert not re.match(r"(right|wrong|correct|not quite|yes|no)[.,:!]", option.why, re.I)
            assert option.why[-1] in ".?”" and asked.question.strip("”")[-1] == "?", asked.question


def test_each_lesson_ends_with_its_questions():
    for week in WEEKS:
        cells = json.loads(week.lesson.read_text(encoding="utf-8"))["cells"]
        text = ["".join(cell["source"]) for cell in cells]
        at = [n for n, each in enumerate(text) if "lab.quiz(" in each]
        assert len(at) == 1 and f'lab.quiz("{week.id}")' in text[at[0]]
        # The heading under which the questions stand, as headings of the next level.
        assert text[at[0] - 1].startswith("## ")
        assert text[at[0] - 2].startswith("## What you can do now")
        assert at[0] == len(text) - 2


def test_a_week_of_questions_is_light(in_page):
    for week, quiz in ALL.items():
        assert len(gzip.compress(quiz._repr_html_().encode(), 6)) < 2500, week


# -- how they are shown -----------------------------------------------------------------------


class Tree(HTMLParser):
    """Notes each element with its attributes, and the text below each path of elements."""

    def __init__(self, page):
        super().__init__()
        self.path, self.seen, self.text = [], [], []
        self.feed(page)
        assert not self.path, "an element stays open"

    def handle_starttag(self, tag, attrs):
        self.path.append(tag)
        self.seen.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.path.pop() == tag

    def handle_data(self, data):
        if data.strip():
            self.text.append((tuple(self.path), data))

    def below(self, tag):
        return [text for path, text in self.text if tag in path]


def test_the_face_is_made_of_native_elements(in_page):
    quiz = ALL["week-1"]
    page = Tree(quiz._repr_html_())
    tags = Counter(tag for tag, _ in page.seen)
    options = sum(len(asked.options) for asked in quiz.questions)
    assert tags["fieldset"] == tags["legend"] == tags["h3"] == len(quiz.questions)
    assert tags["details"] == tags["summary"] == options
    assert not {"script", "style", "input", "button", "a", "img"} & set(tags)
    assert not any(name.startswith("on") for _, attrs in page.seen for name in attrs)
    names = Counter(attrs["name"] for tag, attrs in page.seen if tag == "details")
    assert sorted(names) == [f"ol-week-1-{n}" for n in range(1, len(quiz.questions) + 1)]
    assert page.below("strong") == [
        "Right:" if option.right else "Not quite:"
        for asked in quiz.questions
        for option in asked.options
    ]


def test_the_style_comes_with_the_live_face_alone(monkeypatch):
    monkeypatch.setenv(explore.STATIC, "1")
    page = ALL["week-2"]._repr_html_()
    monkeypatch.delenv(explore.STATIC)
    live = ALL["week-2"]._repr_html_()
    assert live.startswith("<style>") and live.endswith(page)


def test_marks_become_code_and_stress():
    assert quizzes._marked("a `b*c*` d") == "a <code>b*c*</code> d"
    assert quizzes._marked("tells *why*, not") == "tells <em>why</em>, not"
    assert quizzes._marked("5 * 3 * 2 and a*b*c") == "5 * 3 * 2 and a*b*c"


letters = st.text(st.characters(exclude_categories=["Cs"]), max_size=9)
signs = ["<b>", "</p>", "</details>", "<script>", "<!--", '"', "'", " onclick=x", "&lt;", "`", "*"]
anything = st.lists(letters | st.sampled_from(signs), min_size=1, max_size=9).map("".join)


@settings(deadline=None)
@given(texts=st.lists(anything, min_size=5, max_size=5), week=anything)
def test_no_word_can_leave_its_place(texts, week):
    question, objective, first, second, why = texts
    options = (quizzes.Option(first, why, True), quizzes.Option(second, why))
    quiz = quizzes.Quiz(week, (quizzes.Question(question, objective, options),))
    page = Tree(quiz._repr_html_().removeprefix(quizzes._STYLE))
    allowed = {"div", "fieldset", "legend", "h3", "details", "summary", "p", "strong", "code", "em"}
    assert {tag for tag, _ in page.seen} <= allowed
    assert [attrs for _, attrs in page.seen if attrs] == [
        {"class": "ol-quiz"},
        *[{"name": f"ol-{week}-1"}] * 2,
    ]


def test_several_right_options_are_announced(tmp_path):
    also = RIGHT.replace("A number", "A count")
    first = asking("What is one?", "Count.", RIGHT, also, WRONG)
    quiz = quizzes.read(write(tmp_path, first + TWO + THREE))
    assert _in_question(quiz._repr_html_()) == _in_question(repr(quiz)) == ["one"]


def _in_question(text):
    """The questions that say that several options are right."""
    return re.findall(rf"What is (\w+)\? {re.escape(quizzes.SEVERAL)}", " ".join(text.split()))


def test_a_terminal_gets_text_with_the_answers_at_the_end():
    text = repr(ALL["week-3"])
    questions, answers = text.split("\n\nAnswers\n")
    assert "Right:" not in questions and "Not quite:" not in questions
    shown, answered = " ".join(questions.split()), " ".join(answers.split())
    for number, asked in enumerate(ALL["week-3"].questions, 1):
        assert f"{number}. {asked.question} a)" in shown
        for letter, option in zip("abcd", asked.options, strict=False):
            verdict = "Right:" if option.right else "Not quite:"
            assert f"{letter}) {option.text}" in shown
            assert f"{number} {letter}) {verdict} {option.why}" in answered
    assert max(map(len, text.splitlines())) <= 88


def test_the_weeks_stand_in_the_order_of_the_course(tmp_path, monkeypatch):
    for number in (10, 9, 2):
        (tmp_path / f"week-{number}.toml").touch()
    monkeypatch.setattr(quizzes, "_PLACES", (tmp_path,))
    assert list(quizzes.found()) == ["week-2", "week-9", "week-10"]


def test_the_order_depends_on_the_words_alone(tmp_path):
    turned = asking("What is one?", "Count.", WRONG, RIGHT) + TWO + THREE
    assert quizzes.read(write(tmp_path, GOOD)) == quizzes.read(write(tmp_path, turned))


# -- how they are reached ---------------------------------------------------------------------


def test_a_cell_calls_it_by_a_short_name_also_after_the_module_was_imported():
    import organizer_lab.quizzes

    assert lab.quiz("week-1") == ALL["week-1"]
    assert organizer_lab.quizzes.quiz is lab.quiz


def test_it_needs_the_standard_library_alone():
    code = (
        "import sys; before = set(sys.modules); import organizer_lab as lab; lab.quiz('week-1');"
        "new = {name.split('.')[0] for name in set(sys.modules) - before};"
        "print(sorted(new - set(sys.stdlib_module_names)))"
    )
    # -S: no package of the environment can be imported, so none is needed.
    paths = {**os.environ, "PYTHONPATH": str(learners.ROOT)}
    done = subprocess.run(
        [sys.executable, "-S", "-c", code], env=paths, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "['organizer_lab']"


def test_the_wheel_is_told_to_carry_them(repository):
    import tomllib

    project = tomllib.loads((repository / "pyproject.toml").read_text(encoding="utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    assert carried["weeks/quizzes"] == "organizer_lab/weeks/quizzes"
    places = [place.relative_to(repository).as_posix() for place in quizzes._PLACES]
    assert places == ["organizer_lab/weeks/quizzes", "weeks/quizzes"]


def test_the_learner_edition_carries_them():
    assert "quizzes.py" in learners.PACKAGE
    places = set(learners._copies({}).values())
    assert {f"weeks/quizzes/{week}.toml" for week in ALL} <= places


def test_the_book_runs_lessons_again_when_a_question_changes(monkeypatch, tmp_path, repository):
    build = pytest.importorskip("organizer_lab.book.build")
    file = write(tmp_path, GOOD)
    monkeypatch.setattr(quizzes, "_PLACES", (tmp_path,))
    before = build.keys(repository)
    write(tmp_path, GOOD.replace("A number", "The number"))
    assert build.keys(repository)["results.key"] != before["results.key"]
    assert list(quizzes.found().values()) == [file]


# -- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize("week", ["week-10", "Week-1", "", "../week-1", "week-1.toml", 1])
def test_an_unknown_week_is_answered_with_the_known_ones(week):
    with pytest.raises(LabError, match=r"no questions for .*There are questions for: week-1"):
        lab.quiz(week)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("right = true\n", "", "question 1: no option is right"),
        ('text = "A word"', 'text = "A word"\nright = true', "question 1: every option is right"),
        ('text = "A word"', 'text = "a  number."', "question 1, option 2: another option says"),
        ('why = "Because it counts."\n', "", "question 1, option 1: the explanation.*missing"),
        ('why = "Because it counts."', 'why = " "', "question 1, option 1: the explanation"),
        ('text = "A number"\n', "", "question 1, option 1: 'text' is missing"),
        ('text = "A number"', "text = 1", "question 1, option 1: 'text' is missing"),
        ('objective = "Count."\n', "", "question 1: 'objective' is missing"),
        ('question = "What is one?"\n', "", "question 1: 'question' is missing"),
        ('question = "What is one?"', 'question = "What is TWO?"', "question 2: .*stands twice"),
        ('objective = "Count."', 'objektive = "Count."', "'objektive'. Did you mean objective"),
        ("right = true", 'right = "yes"', "option 1: 'right' must be true or false"),
        ("right = true", "rigth = true", "no 'rigth'. Did you mean right"),
        ('text = "A number"', f'text = "{"x" * 121}"', "'text' has 121 letters; 120 are the most"),
        ("[[questions]]", "[questions]", "no valid TOML|no \\[\\[questions"),
        ("[[questions]]", "[[question]]\n[[questions]]", "no 'question'. Did you mean ques"),
        ('"What is one?"', "What is one?", "no valid TOML"),
        ("[[questions]]", "title = 'x'\n[[questions]]", "the file: there is no 'title'"),
    ],
)
def test_a_mistake_is_named_with_week_and_question(tmp_path, old, new, says):
    assert old in GOOD
    file = write(tmp_path, GOOD.replace(old, new, 1), "week-4.toml")
    with pytest.raises(LabError, match=says) as told:
        quizzes.read(file)
    assert str(told.value).startswith("week-4.toml")


def test_the_example_for_authors_is_a_good_question(repository):
    import tomllib

    guide = (repository / "CONTRIBUTING.md").read_text(encoding="utf-8")
    example = tomllib.loads(guide.split("```toml\n")[1].split("```")[0])
    assert list(quizzes._mistakes(example)) == ["the file: it has 1 questions; write 3 to 5."]
    assert example["questions"][0]["objective"] in OBJECTIVES["week-1"]


def test_too_few_and_too_many(tmp_path):
    one = asking("What is one?", "Count.", RIGHT, WRONG)
    with pytest.raises(LabError, match="it has 1 questions; write 3 to 5"):
        quizzes.read(write(tmp_path, one))
    six = "".join(one.replace("one", f"number {n}") for n in range(6))
    with pytest.raises(LabError, match="it has 6 questions; write 3 to 5"):
        quizzes.read(write(tmp_path, six))
    alone = asking("What is one?", "Count.", RIGHT) + TWO + THREE
    with pytest.raises(LabError, match="question 1: it has 1 options; write 2 to 4"):
        quizzes.read(write(tmp_path, alone))


@pytest.mark.parametrize(
    "text",
    [
        "",
        "questions = 3",
        "questions = [1, 2, 3]",
        "questions = []",
        "[[",
        "\x00",
        "a = 1979-02-30",
    ],
)
def test_what_is_no_file_of_questions(tmp_path, text):
    with pytest.raises(LabError, match=r"^week-1\.toml"):
        quizzes.read(write(tmp_path, text))


def test_a_file_in_another_encoding(tmp_path):
    (tmp_path / "week-1.toml").write_bytes(GOOD.replace("one", "één").encode("latin-1"))
    with pytest.raises(LabError, match="cannot be read"):
        quizzes.read(tmp_path / "week-1.toml")


def test_the_course_knows_each_objective(tmp_path, capsys):
    files = {"week-1": write(tmp_path, GOOD)}
    told = quizzes.check({"week-1": ["Count.", "Add.", "Divide."]}, files)
    assert (
        told
        == "Questions at the end of lessons: 3.\nObjectives without a question:\n- week-1: Divide."
    )
    with pytest.raises(
        LabError, match=r"week-1\.toml, question 3: .*'Add\.'\. Did you mean Adds\."
    ):
        quizzes.check({"week-1": ["Count.", "Adds."]}, files)
    with pytest.raises(LabError, match=r"week-1\.toml: the course has no 'week-1'"):
        quizzes.check({"week-11": []}, files)
    assert cli.main(["course"]) == 0
    assert f"Questions at the end of lessons: {len(EVERY)}." in capsys.readouterr().out


def test_the_command_stops_at_a_bad_file(tmp_path, monkeypatch, capsys):
    write(tmp_path, GOOD.replace("right = true", "", 1))
    monkeypatch.setattr(quizzes, "_PLACES", (tmp_path,))
    assert cli.main(["course"]) == 1
    assert "week-1.toml, question 1: no option is right" in capsys.readouterr().err


# -- in a browser -----------------------------------------------------------------------------

STYLES = (
    "pydata_sphinx_theme/theme/pydata_sphinx_theme/static/styles/theme.css",
    "pydata_sphinx_theme/theme/pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css",
    "sphinx_book_theme/theme/sphinx_book_theme/static/styles/sphinx-book-theme.css",
    "myst_nb/static/mystnb.css",
)
SHAPE = """<!doctype html>
<html lang="en" data-theme="{mode}"><head><meta charset="utf-8"><title>A lesson</title>
<meta name="viewport" content="width=device-width, initial-scale=1">{styles}</head>
<body><div class="bd-container"><main class="bd-main"><div class="bd-content">
<article class="bd-article"><h1>A lesson</h1><h2>Check yourself</h2>
<div class="cell docutils container"><div class="cell_output docutils container">
<div class="output text_html">{quiz}</div></div></div></article>
</div></main></div></body></html>"""
BARE = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Elsewhere</title>
<meta name="viewport" content="width=device-width, initial-scale=1"></head>
<body><main><h1>A lesson</h1><h2>Check yourself</h2>{quiz}</main></body></html>"""
EVERYWHERE = ("light", "dark", "bare")


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    """The questions of a week in the style of the book, light and dark, and in their own."""
    packages = Path(pytest.importorskip("pydata_sphinx_theme").__file__).parents[1]
    pytest.importorskip("sphinx_book_theme")
    folder = tmp_path_factory.mktemp("questions")
    sheets = [packages / style for style in STYLES]
    sheets.append(learners.ROOT / "organizer_lab" / "book" / "assets" / "course.css")
    for sheet in sheets:
        shutil.copy(sheet, folder)
    styles = "".join(f'<link rel="stylesheet" href="{sheet.name}">' for sheet in sheets)
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(explore.STATIC, raising=False)
        write(folder, BARE.format(quiz=lab.quiz("week-6")._repr_html_()), "bare.html")
        patch.setenv(explore.STATIC, "1")
        for mode in ("light", "dark"):
            quiz = lab.quiz("week-6")._repr_html_()
            write(folder, SHAPE.format(mode=mode, styles=styles, quiz=quiz), f"{mode}.html")
    return folder


def opened(page):
    """The explanations that can be seen."""
    seen = page.locator("details > p").all()
    return [each.inner_text() for each in seen if each.is_visible()]


@pytest.mark.browser
@pytest.mark.parametrize("script", [True, False])
@pytest.mark.parametrize("name", EVERYWHERE)
def test_an_option_opens_by_keyboard_and_closes_the_one_before(pages, browser, name, script):
    address = (pages / f"{name}.html").as_uri()
    first, second = ALL["week-6"].questions[:2]
    with visit(browser, address, java_script_enabled=script) as seen:
        page = seen.page
        assert opened(page) == []
        for option, key in zip(first.options, ["Enter", "Space", "Enter"], strict=True):
            page.keyboard.press("Tab")
            focused = page.locator("summary:focus")
            assert focused.inner_text() == option.text.replace("`", "")
            page.keyboard.press(key)
            (text,) = opened(page)
            assert text.startswith("Right: " if option.right else "Not quite: ")
            assert option.why.replace("`", "") in text
        # Another question leaves this one as it is; the same key closes again.
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        assert len(opened(page)) == 2
        page.keyboard.press("Enter")
        assert len(opened(page)) == 1
        # By pointer as well.
        page.get_by_text(second.options[2].text).click()
        assert len(opened(page)) == 2
        assert seen.strangers == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [320, 1280])
@pytest.mark.parametrize("name", EVERYWHERE)
def test_options_are_large_and_nothing_scrolls_sideways(pages, browser, name, width):
    size = {"width": width, "height": 740}
    with visit(browser, (pages / f"{name}.html").as_uri(), viewport=size) as seen:
        page = seen.page
        for option in page.locator("summary").all():
            box = option.bounding_box()
            assert box["height"] >= 32 and box["width"] >= 200
        page.locator("summary").first.click()
        widths = "all => all.map(e => [e.scrollWidth, e.clientWidth])"
        for inner, outer in page.locator("html, .text_html").evaluate_all(widths):
            assert inner <= outer


@pytest.mark.browser
@pytest.mark.parametrize("name", EVERYWHERE)
def test_no_barrier_is_in_the_questions(pages, browser, name):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    with visit(browser, (pages / f"{name}.html").as_uri(), reduced_motion="reduce") as seen:
        page = seen.page
        heads = page.locator("h1, h2, h3, h4").evaluate_all("all => all.map(e => e.tagName)")
        assert heads == ["H1", "H2", *["H3"] * 5]
        group = page.get_by_role("group", name=re.compile("^Question 1 ?A list for English Wiki"))
        assert group.count() == 1
        # All open at once, for axe alone.
        page.evaluate(
            "document.querySelectorAll('details').forEach(e => {e.name = ''; e.open = true})"
        )
        options = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
        found = axe.Axe().run(page, options=options).response
        assert [(each["id"], each["nodes"][0]["html"]) for each in found["violations"]] == []
        assert any(each["id"] == "color-contrast" for each in found["passes"])


@pytest.mark.browser
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_focus_is_seen_whole_and_paper_shows_everything(pages, browser, mode):
    with visit(browser, (pages / f"{mode}.html").as_uri()) as seen:
        page = seen.page
        page.keyboard.press("Tab")
        style = "getComputedStyle(document.activeElement)"
        assert page.evaluate(f"{style}.outlineStyle") == "solid"
        # The theme's light plate is for outputs that cannot be dark.
        plate = page.locator(".text_html").evaluate("e => getComputedStyle(e).backgroundColor")
        assert plate == "rgba(0, 0, 0, 0)"
        # The box around an output cuts off what is outside of it.
        assert page.evaluate(f"parseFloat({style}.outlineOffset)") < 0
        told = page.locator("details > p")
        seen_ = "all => all.filter(e => e.checkVisibility()).length"
        assert told.evaluate_all(seen_) == 0
        page.emulate_media(media="print")
        options = sum(len(asked.options) for asked in ALL["week-6"].questions)
        assert told.evaluate_all(seen_) == told.count() == options
