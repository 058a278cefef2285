"""Feedback: what it shows, what it never shows, and that nothing in it runs or loads."""

from __future__ import annotations

import base64
import csv
import io
import itertools
import json
import os
import re
import shutil
import zipfile
from html.parser import HTMLParser
from pathlib import Path

import graded
import nbformat
import pytest
from browser import visit
from cohort import COHORT
from hypothesis import example, given, settings
from hypothesis import strategies as st

pytest.importorskip("nbgrader")

from nbformat.v4 import (
    new_code_cell,
    new_markdown_cell,
    new_notebook,
    new_output,
    new_raw_cell,
)

from organizer_lab.errors import LabError
from organizer_lab.grading import feedback, harmless, pages
from organizer_lab.grading.roster import learner_id

# -- attack strings --------------------------------------------------------------------------

EVIL = "https://evil.example"
ATTACKS = {
    "script": "<script>window.ran = 1</script>",
    "script-case": "<ScRiPt src=//evil.example/x.js></sCrIpT>",
    "onerror": '<img src=x onerror="window.ran=1">',
    "onerror-slash": "<img/src=x/onerror=window.ran=1>",
    "svg-onload": "<svg/onload=window.ran=1>",
    "svg-script": "<svg><script>window.ran=1</script></svg>",
    "svg-use": f"<svg><use href='{EVIL}/x.svg#a'/></svg>",
    "svg-animate": "<svg><a><animate attributeName=href values=javascript:window.ran=1 /></a>",
    "javascript-link": "<a href='javascript:window.ran=1'>click</a>",
    "javascript-entity": "<a href='java&#115;cript&colon;window.ran=1'>click</a>",
    "javascript-tab": "<a href='java\tscript:window.ran=1'>click</a>",
    "markdown-link": "[click](javascript:window.ran=1)",
    "markdown-link-2": "[click](<javascript:window.ran=1>)",
    "markdown-auto": "<javascript:window.ran=1>",
    "markdown-data": "[click](data:text/html;base64,PHNjcmlwdD53aW5kb3cucmFuPTE8L3NjcmlwdD4=)",
    "markdown-picture": f"![x]({EVIL}/pixel.png)",
    "markdown-title": '![x](y "\\" onerror=window.ran=1 ")',
    "markdown-definition": "[a]: javascript:window.ran=1\n\n[a]",
    "iframe": f"<iframe src='{EVIL}'></iframe>",
    "srcdoc": "<iframe srcdoc='<script>parent.ran=1</script>'></iframe>",
    "data-html": "<iframe src='data:text/html,<script>parent.ran=1</script>'></iframe>",
    "object": f"<object data='{EVIL}/x.swf'></object><embed src='{EVIL}/x.swf'>",
    "refresh": f"<meta http-equiv=refresh content='0;url={EVIL}'>",
    "base": f"<base href='{EVIL}/'>",
    "link": f"<link rel=stylesheet href='{EVIL}/x.css'><link rel=prefetch href='{EVIL}/p'>",
    "import": f"<style>@import '{EVIL}/x.css'; body {{ background: url({EVIL}/b.png) }}</style>",
    "style": f"<p style='position:fixed;inset:0;background:url({EVIL}/c.png)'>cover</p>",
    "expression": "<p style='width:expression(window.ran=1)'>x</p>",
    "form": f"<form action='{EVIL}'><input autofocus onfocus=window.ran=1><button>b</form>",
    "details": "<details open ontoggle=window.ran=1>x</details>",
    "video": f"<video autoplay poster='{EVIL}/v.png'><source onerror=window.ran=1 src=x></video>",
    "marquee": "<marquee onstart=window.ran=1>x</marquee>",
    "ping": f"<a href='https://example.org' ping='{EVIL}/ping'>x</a>",
    "noscript": '<noscript><p title="</noscript><img src=x onerror=window.ran=1>">',
    "math": '<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 '
    'onerror=window.ran=1&gt;">',
    "form-math": '<form><math><mtext></form><form><mglyph><svg><mtext><style><path id="</style>'
    '<img onerror=window.ran=1 src>">',
    "template": "<template><img src=x onerror=window.ran=1></template>",
    "title": "<title><a title='</title><img src=x onerror=window.ran=1>'>",
    "textarea": "</textarea></pre></code></section></main></body><img src=x onerror=window.ran=1>",
    "comment": "<!--><img src=x onerror=window.ran=1>-->",
    "cdata": "<![CDATA[><img src=x onerror=window.ran=1>]]>",
    "xmp": "<xmp><p title='</xmp><img src=x onerror=window.ran=1>'>",
    "clobber": "<form id=body><input name=children></form><img name=cookie id=question-data-1-1>",
    "shadow": "<div><template shadowrootmode=open><script>window.ran=1</script></template></div>",
    "points": "<section class='box' id='x'><p class='points good'>20 of 20</p></section>",
    "ansi": "\x1b[31m<script>window.ran=1</script>\x1b]8;;javascript:window.ran=1\x07x\x1b[0m",
    "nul": "<scr\x00ipt>window.ran=1</scr\x00ipt><img src=x \x00onerror=window.ran=1>",
    "half-sign": "\ud800<img src=x onerror=window.ran=1>\udfff",
    "percent": "{{ 7*7 }}{% raw %}<script>window.ran=1</script>",
}


def attacked() -> nbformat.NotebookNode:
    """A graded notebook with every attack in answers, outputs, errors, metadata and names."""
    cells = []
    for name, text in ATTACKS.items():
        cells.append(new_markdown_cell(text))
        cells.append(new_markdown_cell(f"* list\n\n  > {text}\n\n| a |\n|---|\n| {text} |\n"))
        cells.append(
            new_code_cell(
                text,
                outputs=[
                    new_output("display_data", {"text/html": text, "text/plain": "x"}),
                    new_output("display_data", {"text/markdown": text}),
                    new_output("display_data", {"text/latex": text}),
                    new_output("display_data", {"text/plain": text}),
                    new_output("display_data", {"image/svg+xml": f"<svg>{text}</svg>"}),
                    new_output("display_data", {"image/png": f'"><{text}'}),
                    new_output("display_data", {"application/javascript": "window.ran=1"}),
                    new_output("display_data", {"text/vnd.mermaid": text}),
                    new_output(
                        "display_data",
                        {"application/vnd.jupyter.widget-view+json": {"model_id": text}},
                        metadata={"isolated": True, "text/html": {"isolated": True}},
                    ),
                    new_output("stream", name="stdout", text=text),
                    new_output("stream", name="stderr", text=text),
                    new_output("error", ename=text, evalue=text, traceback=[text, text]),
                ],
            )
        )
        # nbconvert makes class names of tags, and texts of alt.
        cells[-1].metadata.update(tags=[text.replace(",", ";")], alt=text)
        cells.append(new_raw_cell(text, metadata={"raw_mimetype": "text/html"}))
        cells[-4].metadata["nbgrader"] = {
            "grade_id": f"judgement-1-{len(cells)}",
            "solution": True,
            "points": 6,
            "score": 1,
            "comment": f"{text} said the grader about {name}",
        }
    notebook = new_notebook()
    notebook.cells = cells
    notebook.metadata["organizer_lab"] = {"doctor": list(ATTACKS.values()), "end": "time"}
    notebook.metadata["widgets"] = {
        "application/vnd.jupyter.widget-state+json": {"state": {"x": ATTACKS["script"]}}
    }
    notebook.metadata["title"] = ATTACKS["script"]
    return notebook


SAID = {"assignment": "week-1", "score": 1, "max_score": 20, "late_penalty": 0}

# What a page may not hold after a browser has read it.
LOOK = """() => {
  const found = [];
  for (const each of document.querySelectorAll('*')) {
    const name = each.localName;
    if (/^(script|iframe|object|embed|form|input|base|link|svg|math|template|video|source|button)$/
        .test(name)) found.push(name);
    if (name === 'meta' && /refresh/i.test(each.httpEquiv)) found.push('refresh');
    for (const {name: key, value} of each.attributes) {
      if (/^on/i.test(key)) found.push(key);
      if (key === 'style' || key === 'ping') found.push(key);
      if (key === 'href' && !/^(#|https?:|mailto:)/i.test(value)) found.push('href ' + value);
      if (key === 'src' && !/^data:image\\//.test(value)) found.push('src ' + value);
      const own = /^(learner|wide|soft)$/.test(each.className);
      if (each.closest('.learner') && each.className && !own) found.push(each.className);
    }
  }
  return found;
}"""


@pytest.mark.browser
def test_nothing_runs_and_nothing_is_asked_for(browser, serve, tmp_path):
    html = feedback.page(attacked(), {**SAID, "student": ATTACKS["script"]})
    pages.write(tmp_path / "week-1.html", html)
    # The same without our policy: the cleaning alone has to be enough.
    bare = re.sub(r'<meta http-equiv="Content-Security-Policy"[^>]*>', "", html)
    assert bare != html
    pages.write(tmp_path / "bare.html", bare)
    address = serve(tmp_path)
    for name in ("week-1.html", "bare.html"):
        with visit(browser, address + name) as seen:
            seen.page.wait_for_timeout(500)
            assert seen.page.evaluate("window.ran") is None, name
            assert seen.page.evaluate(LOOK) == [], name
            # Every link is pressed: none of them runs anything.
            seen.page.evaluate(
                """document.querySelectorAll('a').forEach(a => {
                    if (!/^https?:/.test(a.href) || a.hash) a.click(); })"""
            )
            assert seen.page.evaluate("window.ran") is None, name
            assert seen.strangers == [], name
            assert [each for each in seen.requests if "favicon" not in each] == [address + name]
    assert "said the grader about script" in html


@pytest.mark.browser
def test_the_policy_alone_stops_a_script(browser, serve, tmp_path):
    body = f"<script>window.ran = 1</script><img src='{EVIL}/x.png' onerror='window.ran = 1'>"
    pages.write(tmp_path / "page.html", pages.page("x", body))
    with visit(browser, serve(tmp_path) + "page.html") as seen:
        assert seen.page.evaluate("window.ran") is None
        assert seen.strangers == []
        assert any("Content Security Policy" in problem for problem in seen.problems)


class Read(HTMLParser):
    """What a reader finds: the names of tags and of attributes, addresses, and the text."""

    def __init__(self, html: str):
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()
        self.addresses: set[str] = set()
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.attributes |= {key for key, _ in attrs}
        self.addresses |= {value for key, value in attrs if key in ("href", "src")}

    def handle_data(self, data):
        self.text += data


@pytest.mark.parametrize("name", ATTACKS)
def test_each_attack_is_cleaned_on_its_own(name):
    for found in (harmless.html(ATTACKS[name]), harmless.markdown(ATTACKS[name])):
        assert harmless.html(found) == found, "a second reading finds nothing more"
        assert not re.search(r"<(script|iframe|svg|style|form|meta|base|link)", found, re.I)
        read = Read(found)
        assert not {key for key in read.attributes if key.startswith("on")}
        assert not read.attributes & {"style", "class", "id", "name", "srcdoc", "ping"}
        found.encode()


# Halves of tags too: what is open in one piece is closed in another, or never.
OURS = ["<b>", "</b>", "<p>", "</p>", "<i>", "<table>", "<tr>", "<td>", "</table>", "<pre>\n"]
OURS += ["<ul>", "<li>", "</ul>", "<br>", "<details open>", "</details>", "<h2>", "</pre>", "<q>"]
NOT_OURS = ["<math>", "</math>", "<name of ", "<script>", "</script>", "<style>", "</style>"]
NOT_OURS += ["<iframe ", "<svg onload=x>", "<svg", "</svg>", "<textarea>", "<title>", "<xmp>"]
NOT_OURS += ["<!--", "-->", "<![CDATA[", "]]>", "<?", "</", "<", ">", "<b is ", "<a ", "/>"]
NOT_OURS += ["<noscript>", "<template>", "<select>", "<meta http-equiv=refresh content=0>", "&"]
NOT_OURS += ["</textarea>", "<plaintext>", "<form>", "<frameset>", "<body onload=x>", "<base "]
QUOTED = ['"', "'", "=", "<a href='javascript:x'>", '<img src=x onerror="x">', "<b onclick=x>"]
QUOTED += ["<a href=//e.example>", '<p title="', '<p style="x">', "<p class=good id='x' ", "`"]
QUOTED += ["<a href='java&#115;cript:x'>", '<a title="<script>', "<img alt='", *ATTACKS.values()]
MARKS = ["\n", "\n\n", "**", "* ", "> ", "| a |\n|---|\n| ", "    ", "# "]
WORDS = ["maji", "kijiji", "ნინო", "قرية", "rest of my answer"]


@settings(deadline=None)
@given(
    st.lists(st.sampled_from(OURS + NOT_OURS + QUOTED + MARKS + WORDS), max_size=14).map("".join)
)
@example("<style><!--</style><script>x</script>-->")
@example("<a><table><a>")
@example("<a><table>" * 30)
@example('<a title="<style>x</style>"><style>x</style></a>')
def test_no_mixture_of_tags_becomes_live(source):
    for found in (harmless.html(source), harmless.markdown(source)):
        read = Read(found)
        assert read.tags <= harmless._TAGS
        assert not read.tags & {"script", "style", "svg", "math", "iframe", "meta", "form", "base"}
        assert read.attributes <= {"href", "rel", "src", "alt", "title", "width", "height"}
        for address in read.addresses:
            assert re.match(r"https?://|mailto:|data:image/", address)
        assert found.count("<") == len(re.findall(r"</?[a-z][a-z0-9]*(?: [^<>]*)?>", found))
        assert harmless.html(found) == found, "a second reading finds nothing more"


@settings(deadline=None)
@given(st.lists(st.sampled_from(OURS + NOT_OURS + MARKS + WORDS), max_size=14).map(" ".join))
def test_no_word_is_lost_among_tags(source):
    shown = Read(harmless.markdown(source)).text
    for word in WORDS:
        assert shown.count(word) == source.count(word)


@settings(deadline=None)
@given(st.lists(st.sampled_from([*"xyzéყ <>/!?=-&;\"'", "<x", "</y", "<z "])).map("".join))
@example("<x>y</x> <z y")
def test_the_letters_of_a_plain_text_stay(source):
    shown = Read(harmless.markdown(source)).text
    assert re.findall(r"\w", shown) == re.findall(r"\w", source)


@pytest.mark.parametrize(
    ("source", "shown"),
    [
        ("<math>CO_2</math> rest", "<math>CO_2</math> rest"),
        ("<name of village> has no well", "<name of village> has no well"),
        ("<b is what> I mean", "<b is what> I mean"),
        ("a <svg onload=x> rest", "a <svg onload=x> rest"),
        ("my answer <iframe src=x> goes on", "my answer <iframe src=x> goes on"),
        ("<script> is a word\n\nand I go on", "<script> is a word\n\nand I go on"),
        ("<!-- is what I began with\n\nmore", "<!-- is what I began with\n\nmore"),
        ("Water <b>and</b> **life**", "Water and life"),
    ],
)
def test_what_is_no_tag_of_ours_is_shown_as_text(source, shown):
    assert Read(harmless.markdown(source)).text.strip() == shown


def test_the_styles_of_a_table_are_not_shown():
    pandas = pytest.importorskip("pandas")
    table = pandas.DataFrame({"a": [1]})._repr_html_()
    assert "<style" in table
    assert Read(harmless.html(table)).text.split() == ["a", "0", "1"]
    # A learner's words after one that is never closed are.
    assert "my answer" in harmless.html("<style> my answer")


def test_where_a_long_text_is_cut_it_is_said():
    said = "The rest is too long to be shown here."
    for clean in (harmless.html, harmless.markdown):
        assert said in clean("x" * (harmless.LONGEST_HTML + 1))
        assert said not in clean("<div>" * 500)


def test_honest_text_stays():
    found = harmless.markdown(
        "# Plan\n\n*Water* is **life**, see [Meta](https://meta.wikimedia.org/wiki/Grants).\n\n"
        "| a | b |\n|---|---|\n| 1 | مرحبا |\n\n1. one\n2. two\n\n`x < y`\n"
    )
    for part in (
        "<h1>",
        "<em>Water</em>",
        'href="https://meta.wikimedia.org/wiki/Grants"',
        "مرحبا",
    ):
        assert part in found
    assert "<code>x &lt; y</code>" in found and "<table>" in found and "<ol>" in found
    frame = '<figure><img src="data:image/svg+xml;base64,PHN2Zy8+" alt="A line"></figure>'
    assert harmless.html(frame) == frame


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<div>" * 300_000, id="deep"),
        pytest.param("</b><b>" * 100_000, id="closed first"),
        pytest.param("[" * 300_000, id="brackets"),
        pytest.param("> " * 40_000, id="quotes"),
        pytest.param("<table><td>" * 9000, id="tables"),
        pytest.param("</b </b " * 150_000, id="never closed"),
        pytest.param('<p a="' * 200_000, id="quotes never closed"),
        pytest.param('<p a="<p a=\' b="' * 80_000, id="two kinds of quotes"),
        pytest.param("<style>" * 200_000, id="styles never closed"),
    ],
)
def test_a_page_that_is_meant_to_take_for_ever_does_not(text):
    import time

    start = time.monotonic()
    assert len(harmless.markdown(text)) < 3_000_000
    assert len(harmless.html(text)) < 3_000_000
    assert time.monotonic() - start < 10


# -- the graded course -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def course(graded_course, tmp_path_factory) -> Path:
    """The graded course, with texts marked by hand; the text of one learner waits."""
    folder = tmp_path_factory.mktemp("feedback") / "exercises"
    shutil.copytree(graded_course, folder)
    for learner in COHORT[:-1]:
        graded.judge(folder, learner.name, learner.judged, f"Read, **{learner.name}**. 1 < 2")
    return folder


@pytest.fixture(scope="module")
def made(course):
    return feedback.feedback("week-1", folder=course)


def sheet(course: Path, learner: str) -> str:
    return (course / "feedback" / learner / "week-1" / "week-1.html").read_text("utf-8")


def test_each_learner_gets_points_and_comments(course, made):
    assert sorted(made.made) == sorted(learner.name for learner in COHORT)
    assert made.waiting == ["deleted-cells"] and not made.failed
    for learner in COHORT[:-1]:
        html = sheet(course, learner.name)
        points = sum(learner.points.values()) + learner.judged
        assert f"Points: {points:g} of 20<" in html
        assert f"Read, <strong>{learner.name}</strong>. 1 &lt; 2" in html
    assert "a person has still to read this" in sheet(course, "deleted-cells")
    wrong = sheet(course, "wrong")
    assert "That is the sum of ten years." in wrong and "Question 1.2: 0 of 2 points" in wrong


def test_no_hidden_test_and_no_mark_scheme_is_shown(course, made):
    from organizer_lab.grading import rubrics

    scheme = rubrics.load("week-1").tasks[0].scheme
    for learner in COHORT:
        html = sheet(course, learner.name)
        assert html.count(feedback.HIDDEN) == 7
        for secret in ("judge.mark", "HIDDEN TESTS", "MARK SCHEME", scheme[:40]):
            assert secret not in html


def test_a_hidden_test_that_was_printed_is_taken_out():
    secret = "assert answer == 42, 'forty-two'"
    hidden = f"x = 1\n  ### BEGIN HIDDEN TESTS\n{secret}\n### END HIDDEN TESTS\ny = 2"
    test = new_code_cell(hidden, metadata={"nbgrader": {"grade_id": "t", "points": 1, "score": 0}})
    test.outputs = [
        new_output("error", ename="AssertionError", evalue="no", traceback=[f"---> {secret}"])
    ]
    spy = new_code_cell("print(In)")
    spy.outputs = [
        new_output("stream", name="stdout", text=f"before {secret} after"),
        new_output("display_data", {"text/html": f"<b>{secret}</b>"}),
    ]
    html = feedback.page(new_notebook(cells=[test, spy]), {**SAID, "student": "ada"})
    assert "42" not in html and "x = 1" in html and "y = 2" in html
    assert "AssertionError: no" in html and "before" in html and "after" in html
    unclosed = new_code_cell(f"x\n### BEGIN HIDDEN TESTS\n{secret}")
    assert "42" not in feedback.page(new_notebook(cells=[unclosed]), {**SAID, "student": "ada"})


def test_what_was_mended_is_told(course, made):
    assert "What was mended before grading" in sheet(course, "deleted-cells")
    assert "What was mended" not in sheet(course, "right")
    assert sheet(course, "deleted-cells").count("The check of “Question 1.4") == 1, "told once"


@pytest.mark.parametrize(
    ("end", "told"),
    [
        ("cell", "A cell of your notebook was stopped"),
        ("time", "Your notebook did not run to its end"),
        ("done", None),
        (["time"], None),
    ],
)
def test_it_is_told_where_a_notebook_or_a_cell_was_stopped(end, told):
    long = "This cell ran for more than 30 seconds."
    error = new_output("error", ename="TooLong", evalue=long, traceback=[long])
    cell = new_code_cell("while True: pass", outputs=[error])
    notebook = new_notebook(cells=[cell], metadata={"organizer_lab": {"end": end}})
    page = feedback.page(notebook, {**SAID, "student": "ada"})
    assert long in page
    assert (told in page) if told else ("When it was graded" not in page)


def test_a_learner_is_called_by_the_user_name():
    said = {**SAID, "student": learner_id("ნინო")}
    assert "Learner: <strong>ნინო</strong>" in feedback.page(new_notebook(), said)
    cut = learner_id("".join(chr(0x4E00 + 97 * n) for n in range(80)))
    assert f"<strong>{cut}</strong>" in feedback.page(new_notebook(), {**SAID, "student": cut})


def test_the_archive_has_the_page_and_the_own_points_only(course, made):
    with zipfile.ZipFile(course / "feedback" / "wrong" / "week-1.zip") as archive:
        assert archive.namelist() == ["week-1.html", "scores.csv"]
        assert archive.read("week-1.html").decode() == sheet(course, "wrong")
        rows = list(csv.DictReader(io.StringIO(archive.read("scores.csv").decode(), newline="")))
    assert [row["question"] for row in rows] == [f"1.{n}" for n in range(1, 9)]
    assert sum(float(row["points"]) for row in rows) == 4
    assert rows[-1]["given by"] == "a person" and rows[-1]["comment"].startswith("Read, **wrong**")


def test_only_what_changed_is_made_again(course, made):
    again = feedback.feedback("week-1", folder=course)
    assert not again.made and len(again.unchanged) == len(COHORT)
    before = {path: path.stat().st_mtime_ns for path in course.glob("feedback/*/*.zip")}
    graded.judge(course, "right", 4.5, "=1+1")
    (course / "feedback" / "empty" / "week-1.zip").unlink()
    again = feedback.feedback("week-1", folder=course)
    assert sorted(again.made) == ["empty", "right"]
    assert "Points: 18.5 of 20" in sheet(course, "right")
    with zipfile.ZipFile(course / "feedback" / "right" / "week-1.zip") as archive:
        assert "'=1+1" in archive.read("scores.csv").decode(), "no formula in a spreadsheet"
    same = [path for path, at in before.items() if path.exists() and path.stat().st_mtime_ns == at]
    assert len(same) == len(COHORT) - 2
    assert not list(course.glob("feedback/**/.new-*"))


def test_one_learners_broken_notebook_stops_nobody(course, made, tmp_path):
    folder = tmp_path / "exercises"
    shutil.copytree(course, folder)
    secret = folder / "secret.ipynb"
    secret.write_text(json.dumps(new_notebook(cells=[new_markdown_cell("gradebook")])))
    place = {name: folder / "autograded" / name / "week-1" / "week-1.ipynb" for name in NAMES}
    for file in place.values():
        file.chmod(0o644)
    place["wrong"].write_text("{broken")
    place["right"].unlink()
    os.symlink(secret, place["right"])
    place["empty"].unlink()
    shutil.rmtree(folder / "feedback" / "crashed" / "week-1")
    os.symlink(tmp_path, folder / "feedback" / "crashed" / "week-1")
    found = feedback.feedback("week-1", folder=folder)
    assert sorted(found.failed) == ["crashed", "right", "wrong"]
    assert "broken" in found.failed["wrong"] and "link" in found.failed["crashed"]
    assert "There was no notebook" in sheet(folder, "empty")
    assert not (tmp_path / "week-1.html").exists()
    assert "No page: wrong" in str(found)


NAMES = ("wrong", "right", "empty")


def test_errors_say_what_to_do(course, made):
    with pytest.raises(LabError, match="organizer-lab grade week-2"):
        feedback.feedback("week-2", folder=course)
    with pytest.raises(LabError, match="Did you mean right"):
        feedback.feedback("week-1", ["rigth"], course)
    assert feedback.feedback("week-1", ["right"], course).unchanged == ["right"]


def test_nbgraders_own_command_makes_the_same_page(course, made, tmp_path):
    from nbgrader.apps import NbGraderAPI
    from traitlets.config import PyFileConfigLoader

    folder = tmp_path / "exercises"
    shutil.copytree(course, folder, ignore=shutil.ignore_patterns("feedback"))
    config = PyFileConfigLoader("nbgrader_config.py", path=str(folder)).load_config()
    answer = NbGraderAPI(config=config).generate_feedback("week-1", "wrong")
    assert answer["success"], answer

    def told(html: str) -> str:
        return re.sub(r'(name="organizer-lab-state" content=")[^"]*', r"\1", html)

    assert told(sheet(folder, "wrong")) == told(sheet(course, "wrong"))


@pytest.mark.parametrize(
    ("score", "waiting", "colour"),
    [(6, False, " good"), (4, False, ""), (0, False, " bad"), (0, True, ""), (6, True, "")],
)
def test_only_a_question_without_a_point_is_red(score, waiting, colour):
    """Four of six are no failure, and a text that nobody has read yet is none either."""
    mine = {"grade_id": "judgement-1-8", "solution": True, "points": 6, "score": score}
    cell = new_markdown_cell("My text.", metadata={"nbgrader": mine})
    html = feedback._cell(cell, mine | {"waiting": waiting}, None)
    assert re.findall(r"<p class='points([^']*)'>", html) == [colour]


@pytest.mark.browser
def test_formgraders_page_runs_no_script_of_a_learner(repository, browser, serve, tmp_path):
    """The page that a grader opens, with the settings of the course, without its own scripts."""
    from nbconvert.exporters import HTMLExporter
    from nbgrader.server_extensions.formgrader import handlers
    from traitlets.config import Config, PyFileConfigLoader

    place = str(repository / "exercises")
    config = PyFileConfigLoader("nbgrader_config.py", path=place).load_config()
    config.merge(
        Config(
            HTMLExporter={
                "template_name": "formgrade",
                "extra_template_basedirs": [handlers.template_path],
            }
        )
    )
    names = ("submission_id", "notebook_id", "assignment_id", "base_url", "notebook_path")
    resources = {**dict.fromkeys(names, "x"), "index": 0, "total": 1, "student": "ada"}
    notebook = attacked()
    html, _ = HTMLExporter(config=config).from_notebook_node(notebook, resources)
    start = html.index('id="notebook-container"')
    body = html[html.rindex("<div", 0, start) :]
    assert "window.ran" in body, "the texts are there"
    pages.write(tmp_path / "page.html", f"<!DOCTYPE html><meta charset=utf-8><body>{body}")
    with visit(browser, serve(tmp_path) + "page.html") as seen:
        seen.page.wait_for_timeout(300)
        assert seen.page.evaluate("window.ran") is None
        assert seen.strangers == []


@pytest.mark.browser
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_page_is_readable_on_a_phone_and_in_the_dark(course, made, browser, serve, scheme):
    context = {"viewport": {"width": 360, "height": 640}, "color_scheme": scheme}
    with visit(browser, f"{serve(course / 'feedback')}wrong/week-1/week-1.html", **context) as seen:
        page = seen.page
        assert page.evaluate("document.documentElement.scrollWidth") <= 360
        ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
        levels = page.evaluate(
            "[...document.querySelectorAll('h1,h2,h3,h4,h5,h6')].map(h => +h.localName[1])"
        )
        assert levels.count(1) == 1 and levels[0] == 1
        assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
        assert page.evaluate("[...document.images].every(i => i.hasAttribute('alt'))")
        # Each question of the table leads to its place.
        assert page.evaluate(
            "[...document.querySelectorAll('table a')].every(a => document.querySelector(a.hash))"
        )
        assert contrast(page) >= 4.5
        problems = [each for each in seen.problems if "favicon" not in each]
        assert problems == [], problems


def contrast(page) -> float:
    """The least contrast of a text with its ground (WCAG 2.2, relative luminance)."""
    return page.evaluate(
        """() => {
        const light = c => { const [r, g, b] = c.match(/[\\d.]+/g).slice(0, 3).map(v => {
            v /= 255; return v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4; });
            return .2126 * r + .7152 * g + .0722 * b; };
        const ground = e => { for (; e; e = e.parentElement) {
            const c = getComputedStyle(e).backgroundColor;
            if (!/, 0\\)$/.test(c)) return c; } return 'rgb(255,255,255)'; };
        let least = 21;
        for (const e of document.querySelectorAll('main *, body > *')) {
          if (![...e.childNodes].some(n => n.nodeType === 3 && n.data.trim())) continue;
          const [a, b] = [light(getComputedStyle(e).color), light(ground(e))].sort((x, y) => y - x);
          least = Math.min(least, (a + .05) / (b + .05));
        }
        return least; }"""
    )


def test_a_photograph_in_a_text_is_shown_and_a_thousand_are_not():
    """A picture counts for nothing in the length of a text, and fills no memory."""
    photo = base64.b64encode(os.urandom(300_000)).decode()
    cell = nbformat.NotebookNode(source="**See** ![it](attachment:a.png)", attachments={})
    cell.attachments = {"a.png": {"image/png": photo}}
    html = harmless.markdown(harmless.with_attachments(cell))
    assert "<strong>See</strong>" in html and f'src="data:image/png;base64,{photo}"' in html
    cell.source = "![it](attachment:a.png) " * 2000
    whole = harmless.with_attachments(cell)
    assert len(whole) < 2_000_000 and whole.count(photo) == 3
    cell.attachments = {"a.png": {"image/png": photo * 5}}
    cell.source = "**See** ![it](attachment:a.png)"
    html = harmless.markdown(harmless.with_attachments(cell))
    assert "<strong>See</strong>" in html and "too large to be shown" in html
