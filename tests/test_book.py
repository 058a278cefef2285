"""The book: what the extension writes, how the pages behave in a browser, how a build fails."""

from __future__ import annotations

import base64
import json
import re
import shutil
import urllib.request
from pathlib import Path
from types import SimpleNamespace

import pytest
from browser import executable, visit
from hypothesis import given
from hypothesis import strategies as st
from tour import pages

pytest.importorskip("jupyter_book")

from bs4 import BeautifulSoup

from organizer_lab import course, data, overview
from organizer_lab.book import build
from organizer_lab.book.checks import consistency
from organizer_lab.book.directives import checklists, coverage
from organizer_lab.book.directives.tables import figure_from_table
from organizer_lab.book.light import frames
from organizer_lab.book.pages import repairs
from organizer_lab.book.pages.network import Network
from organizer_lab.errors import LabError
from organizer_lab.grading import rubrics
from organizer_lab.plan import PARTS


def read(page: Path) -> BeautifulSoup:
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")


# -- Pictures ------------------------------------------------------------------------------------


def address(content: bytes, kind: str = "svg+xml") -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"


def explorer(shown: list[dict[str, str]], slider: bool = False) -> str:
    script = json.dumps(shown).replace("<", "\\u003c")
    options = "".join(f'<option value="{at}">{at}</option>' for at in range(len(shown)))
    label = f"Country <select>{options}</select>"
    if slider:
        label = f'Year <input type="range" min="0" max="{len(shown) - 1}" step="1" value="0">'
        label += f" <output>{shown[0]['name']}</output>"
    return (
        '<figure class="ol-explorer"><div class="ol-control" hidden>'
        f"<label>{label}</label></div>"
        f'<img class="ol-frame" src="{shown[0]["src"]}" alt="start" width="70" height="40">'
        '<figcaption aria-live="polite">Start.</figcaption>'
        f'<script type="application/json" class="ol-frames">{script}</script></figure>'
    )


words = st.text(st.characters(exclude_categories=["Cs"]), max_size=40)
kinds = st.sampled_from([("svg+xml", "svg"), ("png", "png"), ("jpeg", "jpg"), ("webp", "webp")])


@given(
    pictures=st.lists(
        st.tuples(st.binary(min_size=1, max_size=60), kinds, words, words), min_size=1
    ),
    depth=st.integers(0, 4),
)
def test_moving_pictures_keeps_every_picture_and_every_word(pictures, depth):
    shown = [
        {"name": alt, "src": address(content, kind[0]), "alt": alt, "caption": caption}
        for content, kind, alt, caption in pictures
    ]
    before = explorer(shown)
    folder = "../" * depth + "_images/"
    after, files = frames.extract(before, folder)

    assert "data:image" not in re.sub(r'"(name|alt|caption)": "(\\.|[^"\\])*"', "", after)
    soup = BeautifulSoup(after, "html.parser")
    moved = json.loads(soup.find("script", class_="ol-frames").string)
    for old, new, (content, kind, _, _) in zip(shown, moved, pictures, strict=True):
        assert {**old, "src": new["src"]} == new
        assert new["src"].startswith(folder)
        name = new["src"].removeprefix(folder)
        assert name.endswith(f".{kind[1]}")
        assert files[name] == content
    assert soup.img["src"] == moved[0]["src"]
    assert len(files) == len({(content, kind) for content, kind, _, _ in pictures})
    # A page that an earlier build has been through stays as it is.
    assert frames.extract(after, folder) == (after, {})


@given(st.text(st.characters(exclude_categories=["Cs"])))
def test_a_page_without_pictures_stays_as_it_is(text):
    html = f"<p>{text.replace('data:image', '')}</p>"
    assert frames.extract(html, "_images/") == (html, {})


@pytest.mark.parametrize(
    "strange",
    ["data:image/png;base64,A", "data:text/plain;base64,QQ==", "data:image/svg+xml,<svg/>"],
)
def test_an_address_of_another_kind_is_left_alone(strange):
    html = f'<img alt="" src="{strange}">'
    assert frames.extract(html, "_images/") == (html, {})


def test_pages_of_earlier_builds_keep_their_pictures_and_old_pictures_go(tmp_path):
    (tmp_path / "weeks" / "deep").mkdir(parents=True)
    first, second = tmp_path / "weeks" / "one.html", tmp_path / "weeks" / "deep" / "two.html"
    first.write_text(explorer([{"src": address(b"<svg>1</svg>")}]), encoding="utf-8")
    second.write_text(f'<img alt="" src="{address(b"<svg>1</svg>")}">', encoding="utf-8")
    frames.move_pictures(tmp_path)
    kept = first.read_bytes()
    assert [path.read_bytes() for path in (tmp_path / "_images").iterdir()] == [b"<svg>1</svg>"]
    for page in (first, second):
        assert (page.parent / read(page).img["src"]).resolve().is_file()

    (tmp_path / "_images" / "drawing.svg").write_text("<svg/>", encoding="utf-8")
    second.write_text(f'<img alt="" src="{address(b"2", "png")}">', encoding="utf-8")
    frames.move_pictures(tmp_path)
    assert first.read_bytes() == kept
    assert {path.suffix for path in (tmp_path / "_images").glob("ol-*")} == {".svg", ".png"}

    first.unlink()
    frames.move_pictures(tmp_path)
    left = sorted(path.name for path in (tmp_path / "_images").iterdir())
    assert left[0] == "drawing.svg"
    assert [Path(name).suffix for name in left] == [".svg", ".png"]


# -- Figures from tables, words of headers -------------------------------------------------------


def test_a_figure_is_the_one_in_the_table():
    table = data.load("temperature_by_country")
    mine = table[table["iso3"] == "TZA"].set_index("year")["temperature_anomaly_c"]
    mean = mine.loc[2015:2024].mean()
    name = "temperature_by_country.temperature_anomaly_c"
    single = figure_from_table(f"{name}[iso3=TZA, year=2024]")
    assert single == (f"{mine[2024]:.2f}", "°C", "temperature_by_country")
    spanned = figure_from_table(f"mean {name}[ iso3 = TZA,year=2015..2024 ]|+.3f")
    assert spanned[0] == f"{mean:+.3f}".replace("-", "−")
    cold = mine.index[mine == mine.min()][0]
    coldest = figure_from_table(f"{name}[iso3=TZA, year={cold}]|.2f")[0]
    assert coldest == f"{mine.min():.2f}".replace("-", "−")


def test_a_figure_without_a_unit_that_fits_all_rows_has_none():
    name = "campaign_results.value[metric=pageviews_total]"
    words, unit, _ = figure_from_table(name)
    assert (words, unit) == ("340,000,000", "")
    assert figure_from_table("wle_international.countries[year=2014]")[1] == "countries"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("temperature", "Cannot read"),
        ("temperature_by_contry.year[iso3=TZA]", "temperature_by_country"),
        ("temperature_by_country.temperature_anomaly[iso3=TZA]", "temperature_anomaly_c"),
        ("temperature_by_country.temperature_anomaly_c[iso=TZA]", "iso3"),
        ("temperature_by_country.temperature_anomaly_c[iso3=TZA, year=1800]", "No row"),
        ("temperature_by_country.temperature_anomaly_c[iso3]", "key=value"),
        ("campaign_results.value[metric=communities]", "fits 2 rows"),
        ("temperature_by_country.temperature_anomaly_c[year=last]", "not a number"),
        ("temperature_by_country.temperature_anomaly_c[iso3=TZA, year=2024]|q", "not a format"),
    ],
)
def test_a_wrong_figure_says_what_is_wrong(text, said):
    with pytest.raises(LabError, match=re.escape(said)):
        figure_from_table(text)


@pytest.mark.parametrize(("minutes", "text"), [(155, "2 h 35 min"), (180, "3 h"), (45, "45 min")])
def test_durations(minutes, text):
    assert overview.duration(minutes) == text


def test_scripts_of_thebe_and_second_copies_go():
    def script(name, body=None):
        return SimpleNamespace(filename=name, attributes={"body": body} if body else {})

    listed = [
        script("_static/doctools.js"),
        script("_static/sphinx-thebe.js"),
        script(None, 'const THEBE_JS_URL = "https://example.org"'),
        script(None, "let a = 1"),
        script(None, "let a = 1"),
        script("_static/doctools.js"),
    ]
    same = listed
    repairs._tidy(listed)
    assert listed is same
    assert [(part.filename, part.attributes) for part in listed] == [
        ("_static/doctools.js", {}),
        (None, {"body": "let a = 1"}),
    ]


# -- Checklists, coverage, loose ends -------------------------------------------------------------


def test_a_checklist_as_wikitext():
    text = checklists.wikitext("Idea generation", ["One\n  subject.", "A link: [[Main Page]]."])
    assert text.splitlines() == [
        "== Idea generation: checklist ==",
        "# One subject.",
        "# <nowiki>A link: [[Main Page]].</nowiki>",
    ]


@pytest.mark.parametrize(
    "item",
    ["{{Worklist}} is there.", "We add ''tags''.", "# is first.", "a <br> b", "* one", "~~~~"],
)
def test_what_a_wiki_would_take_for_markup_is_protected(item):
    assert checklists.wikitext("A", [item]).endswith(f"\n# <nowiki>{item}</nowiki>")
    assert "nowiki" not in checklists.wikitext("A", ["It's 3 % of #1Lib1Ref, isn't it?"])


def library(*found: str, **metadata: dict) -> SimpleNamespace:
    """Stand for the environment of a build that has these pages."""
    notes = {page: metadata.get(page.rpartition("/")[2].replace("-", "_"), {}) for page in found}
    return SimpleNamespace(found_docs=set(found), metadata=notes)


def lessons_and_sheets() -> tuple[list[str], list[str]]:
    ids = [week.id for week in course.load().weeks]
    return [f"weeks/{i}-x" for i in ids], [f"exercises/release/{i}/{i}" for i in ids]


def test_stages_are_covered_by_pages_and_not_by_plans():
    known = course.load()
    lessons, sheets = lessons_and_sheets()
    everything = {stage.slug: list(course.LEVELS) for stage in known.stages}
    assert coverage.uncovered(library(), known) == everything
    assert coverage.uncovered(library(*lessons, *sheets), known) == {}
    untrained = {stage.slug: ["practises", "assesses"] for stage in known.stages}
    assert coverage.uncovered(library(*lessons), known) == untrained
    # Week 3 alone teaches team, partners and roles; week 7 alone assesses it.
    without = [page for page in lessons + sheets if "week-3" not in page]
    assert coverage.uncovered(library(*without), known)["team-partners-roles"] == ["teaches"]
    without = [page for page in lessons + sheets if "week-7" not in page]
    assert coverage.uncovered(library(*without), known)["team-partners-roles"] == ["assesses"]


SLUGS = [stage.slug for stage in course.load().stages]


def framework(**changes: dict) -> SimpleNamespace:
    whole = {
        slug.replace("-", "_"): {"ol-stage-course": [slug], "ol-checklist": True} for slug in SLUGS
    }
    return library(*(f"book/framework/{slug}" for slug in SLUGS), **whole | changes)


def linked(*left_out: str) -> Network:
    known = Network()
    for slug in SLUGS:
        if slug not in left_out:
            known.labels[f"stage-{slug}"].add("book/welcome")
    return known


def test_a_stage_without_chapter_list_directive_or_link_is_a_loose_end():
    assert list(consistency._stages(framework(), linked())) == []

    lost = framework()
    lost.found_docs.remove("book/framework/track-progress")
    ((page, text),) = consistency._stages(lost, linked())
    assert page is None and "'track-progress' of week-8 has no chapter" in text

    ((page, text),) = consistency._stages(
        framework(track_progress={"ol-checklist": True, "ol-stage-course": ["set-up-pages"]}),
        linked(),
    )
    assert page == "book/framework/track-progress"
    assert "lacks {stage-course} track-progress" in text
    ((_, text),) = consistency._stages(
        framework(track_progress={"ol-stage-course": ["track-progress"]}), linked()
    )
    assert "lacks a {checklist}" in text

    own = linked("track-progress")
    own.labels["stage-track-progress"].add("book/framework/track-progress")
    # The map of stages links to each chapter, but a program wrote it.
    own.made["stage-track-progress"].add("book/framework/index")
    ((page, text),) = consistency._stages(framework(), own)
    assert page == "book/framework/track-progress" and "no sentence" in text
    own.pages["book/framework/track-progress"].add("book/routes")
    assert list(consistency._stages(framework(), own)) == []


def test_a_table_that_nobody_uses_is_a_loose_end(monkeypatch):
    known = Network()
    assert list(consistency._tables(library(), known)) == []
    names = data.names()
    monkeypatch.setattr(data, "names", lambda: [*names, "forgotten"])
    ((_, text),) = consistency._tables(library(), known)
    assert "'forgotten'" in text
    known.tables["forgotten"].add("book/tools")
    assert list(consistency._tables(library(), known)) == []


def test_a_plan_part_without_week_is_a_loose_end(monkeypatch):
    assert list(consistency._parts(library(), Network())) == []
    stray = type("Stray", (PARTS[0],), {"field": "stray", "title": "Stray"})
    monkeypatch.setattr(consistency, "PARTS", (*PARTS, stray))
    ((page, text),) = consistency._parts(library(), Network())
    assert page == "book/plan" and "'stray'" in text


# -- The build -----------------------------------------------------------------------------------


def test_changed_tables_and_programs_are_noticed(tmp_path, monkeypatch):
    package, tables = tmp_path / "organizer_lab", tmp_path / "datasets"
    (package / "book" / "assets").mkdir(parents=True)
    (package / "book" / "pages").mkdir()
    tables.mkdir()
    watched = {
        tables / "one.csv": "results.key",
        package / "charts.py": "results.key",
        tmp_path / "course.yml": "results.key",
        package / "book" / "pages" / "repairs.py": "pages.key",
        package / "book" / "assets" / "course.css": "pages.key",
        tmp_path / "_config.yml": "pages.key",
    }
    for path in watched:
        path.write_text("before", encoding="utf-8")
    monkeypatch.setattr(build, "PACKAGE", package)
    monkeypatch.setattr(data, "folder", lambda: tables)
    monkeypatch.setattr(course, "file", lambda: tmp_path / "course.yml")
    out = tmp_path / "_build"
    (out / ".jupyter_cache").mkdir(parents=True)
    for path, key in watched.items():
        for name, value in build.keys(tmp_path).items():
            (out / name).write_text(value, encoding="utf-8")
        assert not build._forget_what_is_old(tmp_path, out)
        assert (out / ".jupyter_cache").exists()
        path.write_text("after", encoding="utf-8")
        assert build._forget_what_is_old(tmp_path, out)
        assert not (out / key).exists()
        assert (out / ".jupyter_cache").exists() == (key == "pages.key")
        (out / ".jupyter_cache").mkdir(exist_ok=True)


def test_a_folder_that_is_no_checkout_is_refused(tmp_path):
    with pytest.raises(LabError, match=r"no _config\.yml"):
        build._ready(tmp_path)


def test_the_server_is_reachable_from_this_computer_only(tmp_path):
    (tmp_path / "index.html").write_text("hello", encoding="utf-8")
    with build.server(tmp_path) as first, build.server(tmp_path, first.server_port) as second:
        assert first.server_address[0] == second.server_address[0] == "127.0.0.1"
        assert first.server_port != second.server_port


SETTINGS = """\
title: Sample
only_build_toc_files: true
execute: {execute_notebooks: cache, timeout: 60}
parse: {myst_enable_extensions: [colon_fence]}
bibtex_bibfiles: [book/references.bib]
sphinx:
  extra_extensions: [organizer_lab.book]
  recursive_update: true
  config:
    language: en
    nitpicky: true
    html_context: {default_mode: auto}
    html_theme_options: {navbar_persistent: []}
    nb_execution_show_tb: true
"""
WELCOME = """\
# Welcome

In 2024 it was {value}`temperature_by_country.temperature_anomaly_c[iso3=TZA, year=2024]` warmer,
that is {value}`temperature_by_country.temperature_anomaly_c[iso3=TZA, year=2024]` °C or plainly
{value-only}`temperature_by_country.temperature_anomaly_c[iso3=TZA, year=2024]`.

```{course-overview}
```

```{stage-map}
```

```{data-card} co2_by_country
```
"""
COLOURS = {"a": "#0072B2", "b": "#D55E00", "c": "#009E73"}
STATES = [
    {
        "name": name,
        "src": address(
            b'<svg xmlns="http://www.w3.org/2000/svg" width="70" height="40">'
            + f'<rect width="70" height="40" fill="{colour}"/></svg>'.encode()
        ),
        "alt": f"Alternative {name}",
        "caption": f"Caption {name}: 1 < 2 & 3.",
    }
    for name, colour in COLOURS.items()
]
CODE = f"from IPython.display import HTML\nHTML({explorer(STATES)!r})"
SLIDER = f"HTML({explorer(STATES, slider=True)!r})"


def notebook(path: Path, *cells: tuple[str, str]) -> None:
    from nbformat import v4, write

    make = {"code": v4.new_code_cell, "markdown": v4.new_markdown_cell}
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    made = v4.new_notebook(
        cells=[make[kind](text) for kind, text in cells], metadata={"kernelspec": kernel}
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    write(made, path)


def contents(root: Path, *files: str) -> None:
    lines = ["format: jb-book", "root: book/welcome", "chapters:"]
    (root / "_toc.yml").write_text(
        "\n".join([*lines, *(f"  - file: {file}" for file in files)]) + "\n", encoding="utf-8"
    )


LESSON, SHEET = "weeks/week-1-a-sample", "exercises/release/week-1/week-1"
CHAPTER, CARDS = "book/framework/idea-generation", "book/tables/index"
MADE = {
    "book/coverage": "# Coverage\n\n```{coverage-matrix}\n```\n",
    "book/syllabus": "# Syllabus\n\n```{syllabus}\n```\n",
    "book/plan": "# Plan\n\n```{plan-parts}\n```\n",
    "book/glossary": (
        "# Terms\n\n```{glossary}\nBaseline\n  What you compare with.\n\n"
        "Mauna Loa\n  A mountain.\n```\n\n```{bibliography}\n```\n"
    ),
    CHAPTER: (
        "(stage-idea-generation)=\n# Stage 1: Idea generation\n\n"
        "See {ref}`table-co2_by_country` and {term}`Baseline`.\n\n"
        "(checklist-idea-generation)=\n## Checklist\n\n```{checklist} Idea generation\n"
        "- We name a {term}`base <Baseline>`.\n"
        "- It was {value}`temperature_by_country.temperature_anomaly_c[iso3=TZA, year=2024]` "
        "more {cite}`a2020`.\n"
        "- See {ref}`table-co2_by_country`, and **write** `[[Main Page]]`.\n```\n\n"
        "## Weeks\n\n```{stage-course} idea-generation\n```\n"
    ),
}
SOURCES = "@misc{a2020,\n  author = {A Author},\n  title = {A title},\n  year = {2020}\n}\n"


@pytest.fixture(scope="module")
def sample(tmp_path_factory) -> Path:
    """A small book: its lesson has an explorer, its chapter does not exist yet."""
    root = tmp_path_factory.mktemp("sample")
    for folder in ("book/framework", "book/tables"):
        (root / folder).mkdir(parents=True)
    (root / "_config.yml").write_text(SETTINGS, encoding="utf-8")
    (root / "book" / "welcome.md").write_text(WELCOME, encoding="utf-8")
    cards = "# Tables\n\n```{data-cards}\n```\n"
    (root / "book" / "tables" / "index.md").write_text(cards, encoding="utf-8")
    (root / "book" / "references.bib").write_text(SOURCES, encoding="utf-8")
    for page, text in MADE.items():
        (root / f"{page}.md").write_text(text, encoding="utf-8")
    notebook(
        root / f"{LESSON}.ipynb",
        ("markdown", "# A sample lesson\n\nWhat the lesson is about."),
        ("code", CODE),
        ("code", SLIDER),
        ("code", "import pandas as pd\npd.DataFrame({'year': [2024]})"),
    )
    notebook(root / f"{SHEET}.ipynb", ("markdown", "# A sheet\n\nWork."), ("code", "1 + 1"))
    contents(root, LESSON, SHEET, CARDS)
    build.render(root, root / "_build")
    return root


@pytest.mark.slow
def test_headers_come_from_the_course_file(sample):
    week = course.load().week("week-1")
    lesson = read(sample / "_build" / "html" / f"{LESSON}.html")
    header = lesson.select_one("article .ol-week")
    text = " ".join(header.get_text(" ").split())
    assert header.find_previous("h1") is lesson.article.h1
    for said in [week.question, *week.objectives, week.artefact.name, week.artefact.description]:
        assert said in text
    for minutes in (week.minutes.lesson, week.minutes.exercise, week.minutes.reading):
        assert f"{minutes} min" in text
    assert f"{week.points.total}: {week.points.data} for data questions" in text
    linked = {Path(link["href"].partition("#")[0]).name for link in header.find_all("a")}
    assert linked == {"index.html", "week-1.html"}
    for name in week.tables:
        title = data.tables().loc[name, "title"]
        assert header.find("a", string=title)["href"].endswith(f"#table-{name.replace('_', '-')}")

    sheet = read(sample / "_build" / "html" / f"{SHEET}.html").select_one("article .ol-week")
    assert sheet.find("a", string=f"Week 1: {week.title}")["href"].endswith(f"{LESSON}.html")


@pytest.mark.slow
def test_overview_map_cards_and_figures(sample):
    known, every = course.load(), data.tables()
    welcome = read(sample / "_build" / "html" / "book" / "welcome.html")
    rows = welcome.article.table.tbody.find_all("tr")
    for week, row in zip(known.weeks, rows, strict=True):
        for said in (week.title, week.question, week.artefact.name):
            assert said in row.get_text()
        assert bool(row.a) == (week.number == 1)
    stages = welcome.select("article ol > li")
    for stage, item in zip(known.stages, stages, strict=True):
        assert stage.name in item.strong.get_text()
        assert stage.summary in item.get_text()
        assert not item.strong.a
    table, column = "temperature_by_country", "temperature_anomaly_c"
    figure = f"{data.value(table, column, 2024, where={'iso3': 'TZA'}):.2f}"
    said = [span.get_text() for span in welcome.select(".ol-value")]
    assert said == [f"{figure}\u00a0°C", figure, figure]

    cards = read(sample / "_build" / "html" / f"{CARDS}.html")
    html = sample / "_build" / "html" / "book" / "tables"
    for name, row in every.iterrows():
        section = cards.find("section", id=f"table-{name.replace('_', '-')}")
        # The page writes the apostrophe of a title in its curved form.
        assert row["title"] in section.get_text().replace("’", "'")
        file = section.find("a", class_="download")["href"]
        assert (html / file).resolve().read_bytes() == (data.folder() / f"{name}.csv").read_bytes()
    columns = {code.get_text() for code in cards.select("article td code")}
    assert set(data.load("grants").columns) <= columns


@pytest.mark.slow
def test_every_page_is_one_document_with_language_title_and_description(sample):
    for page in (LESSON, SHEET, CARDS, "book/welcome"):
        soup = read(sample / "_build" / "html" / f"{page}.html")
        assert soup.html["lang"] == "en"
        assert len(soup.article.find_all("h1")) == 1
        assert "thebe" not in str(soup).lower()
        assert not soup.find("th", string="")
    lesson = read(sample / "_build" / "html" / f"{LESSON}.html")
    about = lesson.find("meta", {"name": "description"})["content"]
    assert about.startswith(course.load().week("week-1").question)
    assert lesson.find("script", src=re.compile("explorer.js"))
    assert not read(sample / "_build" / "html" / f"{SHEET}.html").find(
        "script", src=re.compile("explorer.js")
    )


@pytest.fixture(scope="module")
def grown(sample, tmp_path_factory) -> Path:
    """The small book, built again after a chapter and the made pages came to it."""
    root = tmp_path_factory.mktemp("grown") / "copy"
    shutil.copytree(sample, root)
    contents(root, LESSON, SHEET, CARDS, *MADE)
    # Only the pages' own sources count here, as when Sphinx is asked to build what has changed.
    (root / "_build" / "pages.key").write_text(build.keys(root)["pages.key"], encoding="utf-8")
    build.render(root, root / "_build")
    return root


def page_of(root: Path, name: str) -> BeautifulSoup:
    return read(root / "_build" / "html" / f"{name}.html")


def words(node) -> str:
    return " ".join(node.get_text().replace("’", "'").split())


@pytest.mark.slow
def test_a_new_chapter_is_linked_from_pages_that_did_not_change(sample, grown):
    link = page_of(grown, LESSON).select_one("article .ol-week").find("a", string="Idea generation")
    assert link["href"].endswith("idea-generation.html#stage-idea-generation")
    first = page_of(grown, "book/welcome").select_one("article ol > li")
    assert [a["href"].rpartition("/")[2].rpartition("#")[2] for a in first.find_all("a")] == [
        "stage-idea-generation",
        "week-1-a-sample.html",
        *(f"syllabus-week-{number}" for number in (2, 3, 4)),
        "checklist-idea-generation",
    ]
    pictures = sorted(p.name for p in (sample / "_build" / "html" / "_images").glob("ol-*"))
    assert len(pictures) == 3
    there = sorted(p.name for p in (grown / "_build" / "html" / "_images").glob("ol-*"))
    assert there == pictures


@pytest.mark.slow
def test_a_checklist_stands_on_the_page_in_two_forms(grown):
    page = page_of(grown, CHAPTER)
    items = page.select("ol.ol-checklist > li")
    assert [words(item) for item in items[:1]] == ["We name a base."]
    assert not page.select(".ol-checklist-page :is(input, button:not(.copybtn))")
    figure = data.value(
        "temperature_by_country", "temperature_anomaly_c", 2024, where={"iso3": "TZA"}
    )
    title = data.tables().loc["co2_by_country", "title"]
    folded = page.select_one("details.ol-checklist-wiki")
    assert not folded.has_attr("open")
    assert folded.pre.get_text().strip().splitlines() == [
        "== Idea generation: checklist ==",
        "# We name a base.",
        f"# It was {figure:.2f}\u00a0°C more.".replace("\u00a0", " "),
        f"# <nowiki>See {title}, and write [[Main Page]].</nowiki>",
    ]


@pytest.mark.slow
def test_a_chapter_says_where_the_course_works_on_its_stage(grown):
    table = page_of(grown, CHAPTER).select("article table")[-1]
    weeks = course.load().weeks_of("idea-generation")
    for week, row in zip(weeks, table.tbody.find_all("tr"), strict=True):
        said, done, part = row.find_all("td")
        assert week.title in words(said)
        assert ("planned" in words(said)) == (week.number != 1)
        assert words(done) == overview.levels(week, "idea-generation")
        assert part.a["href"].endswith(f"plan.html#plan-{week.artefact.field.replace('_', '-')}")
    assert words(page_of(grown, CHAPTER).article).count("Next stage: Choose the form") == 1


@pytest.mark.slow
def test_the_matrix_says_everything_in_words_and_marks_its_headers(grown):
    known, page = course.load(), page_of(grown, "book/coverage")
    table = page.select_one("table.ol-coverage")
    assert {th["scope"] for th in table.thead.find_all("th")} == {"col"}
    lesson, sheet, *rows = table.tbody.find_all("tr")
    for row in (lesson, sheet):
        assert [words(td) for td in row.find_all("td")] == ["ready"] + ["planned"] * 8
    for stage, row in zip(known.stages, rows, strict=True):
        assert row.th["scope"] == "row" and stage.name in words(row.th)
        for week, cell in zip(known.weeks, row.find_all("td"), strict=True):
            levels = week.levels.get(stage.slug, [])
            heard = cell.select_one(".visually-hidden")
            assert (words(heard) if heard else "") == ", ".join(levels)
            seen = cell.find(attrs={"aria-hidden": "true"})
            assert (words(seen) if seen else "") == " ".join(name[0].upper() for name in levels)
    text = words(page.article)
    assert "1 of 9 lessons and 1 of 9 exercises" in text
    assert "Track progress: taught in week 8, practised in week 8, assessed in week 8" in text
    assert "Idea generation: taught" not in text


@pytest.mark.slow
def test_plan_and_syllabus_come_from_course_file_and_models(grown):
    known, plan, syllabus = (
        course.load(),
        page_of(grown, "book/plan"),
        page_of(grown, "book/syllabus"),
    )
    models = {part.field: part for part in PARTS}
    for week in known.weeks:
        part = plan.find(id=f"plan-{week.artefact.field.replace('_', '-')}")
        section = part if part.name == "section" else part.find_parent("section")
        assert f"{week.number}. {week.artefact.name}" in words(section.h2)
        text = words(section)
        assert week.artefact.description in text and f"Week {week.number}: {week.title}" in text
        cells = [words(td) for td in section.select("td:first-child")]
        if model := models.get(week.artefact.field):
            assert cells[: len(model.model_fields)] == list(model.model_fields)
        else:
            assert f"when week {week.number} is ready" in text and not cells

        part = syllabus.find(id=f"syllabus-{week.id}")
        section = part if part.name == "section" else part.find_parent("section")
        text = words(section)
        for said in (week.question, *week.objectives, week.artefact.name, overview.points(week)):
            assert said in text
        assert section.find("a", string=week.artefact.name)["href"].startswith("plan.html#plan-")
    assert "{'iso3': 'TZA'}" in plan.get_text(), "what is typed keeps its straight quotes"
    # Objects that stand in several parts are listed once.
    inner = [words(p) for p in plan.select("p") if words(p).startswith("The fields of ")]
    assert "The fields of evidence:" in inner and len(inner) == len(set(inner))


@pytest.mark.slow
def test_tables_and_terms_name_the_pages_that_use_them(grown):
    cards = page_of(grown, CARDS)
    card = cards.find(id="table-co2-by-country")
    section = card if card.name == "section" else card.find_parent("section")
    line = section.select_one(".ol-used-in")
    weeks = [week.number for week in course.load().weeks if "co2_by_country" in week.tables]
    assert words(line) == f"Used in: stage 1, week {weeks[0]} (planned)."
    assert line.a["href"].endswith("framework/idea-generation.html")
    card = cards.find(id="table-temperature-by-country")
    section = card if card.name == "section" else card.find_parent("section")
    # The welcome page and the checklist take a figure from it.
    assert words(section.select_one(".ol-used-in")) == "Used in: Welcome, week 1, stage 1."
    terms = page_of(grown, "book/glossary")
    lines = [words(line) for line in terms.select("dd .ol-used-in")]
    assert lines == ["Used in: stage 1."], "a term that no page uses has no line"


@pytest.mark.slow
def test_a_whole_book_with_loose_ends_names_each_of_them(sample, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(sample, root, ignore=shutil.ignore_patterns("_build", "weeks", "exercises"))
    whole = "nitpicky: true\n    organizer_lab_whole_book: true"
    settings = SETTINGS.replace("nitpicky: true", whole)
    (root / "_config.yml").write_text(settings, encoding="utf-8")
    (root / "weeks").mkdir()
    lessons = [f"weeks/week-{number}-a" for number in range(1, 10)]
    for page in lessons:
        (root / f"{page}.md").write_text("# A lesson\n\nText.\n", encoding="utf-8")
    (root / "book" / "welcome.md").write_text(
        "# Welcome\n\n(nobody)=\n## Here\n\n{ref}`x <no-label>` {term}`No term` {doc}`no-page`\n\n"
        "```{stage-course} idea-generator\n```\n\n```{checklist} A\nNo list.\n```\n\n"
        "```{checklist} B\n1. One\n\n   Two\n```\n",
        encoding="utf-8",
    )
    (root / f"{CHAPTER}.md").write_text(
        "(stage-idea-generation)=\n# Stage 1: Idea generation\n\nText.\n", encoding="utf-8"
    )
    contents(root, *lessons, CHAPTER, "book/coverage", "book/glossary")
    with pytest.raises(LabError) as caught:
        build.render(root, root / "_build")
    text = " ".join(str(caught.value).split())
    for said in (
        "the stage 'track-progress' of week-8 has no chapter",
        "the chapter lacks {stage-course} idea-generation",
        "the chapter lacks a {checklist}",
        "no sentence of another page links to this chapter",
        "no page uses the term 'Mauna Loa'",
        "nothing links to the label 'nobody'",
        "All lessons are there, but the stage 'track-progress' is not practised and assessed.",
        "undefined label: 'no-label'",
        "term not in glossary: 'No term'",
        "unknown document: 'no-page'",
        "There is no stage 'idea-generator'. Did you mean idea-generation",
        "A checklist holds one list of items and nothing else.",
        "Item 1 of the checklist must be one paragraph.",
    ):
        assert said in text, said


@pytest.mark.slow
def test_a_build_with_problems_names_each_of_them(sample, tmp_path):
    root = tmp_path / "copy"
    shutil.copytree(sample, root, ignore=shutil.ignore_patterns("_build"))
    (root / "book" / "welcome.md").write_text(
        "# Welcome\n\n{value}`co2_by_contry.co2_mt[year=2020]`\n\n```{data-card} grant\n```\n",
        encoding="utf-8",
    )
    notebook(root / f"{LESSON}.ipynb", ("markdown", "# A lesson"), ("code", "first = 1 / 0"))
    contents(root, LESSON)
    with pytest.raises(LabError) as caught:
        build.render(root, root / "_build")
    text = str(caught.value)
    assert "welcome.md:3" in text
    assert "co2_by_country" in text
    assert "There is no table 'grant'. Did you mean grants" in text
    assert "first = 1 / 0" in text
    assert "ZeroDivisionError: division by zero" in text
    assert not (root / "_build" / "pages.key").exists()


# -- In a browser --------------------------------------------------------------------------------


def state(page) -> tuple[str, str, str]:
    figure = page.locator("figure.ol-explorer").first
    image = figure.locator("img")
    return (
        image.get_attribute("src"),
        image.get_attribute("alt"),
        figure.locator("figcaption").inner_text(),
    )


@pytest.mark.slow
@pytest.mark.browser
def test_the_explorer_answers_to_keyboard_and_pointer(sample, browser, serve):
    web = serve(sample / "_build" / "html")
    with visit(browser, f"{web}{LESSON}.html") as seen:
        page = seen.page
        asked = [path for path in seen.requests if "/_images/" in path]
        assert len(asked) == 1, "only the start picture loads with the page"
        start = state(page)
        control = page.get_by_label("Country")
        control.focus()
        page.keyboard.press("ArrowDown")
        page.wait_for_function("document.querySelector('.ol-frame').alt === 'Alternative b'")
        second = state(page)
        assert second[1:] == ("Alternative b", "Caption b: 1 < 2 & 3.")
        control.select_option("2")
        page.wait_for_function("document.querySelector('.ol-frame').alt === 'Alternative c'")
        third = state(page)
        assert len({start[0], second[0], third[0]}) == 3
        assert page.evaluate("document.querySelector('.ol-frame').naturalWidth") == 70
        assert seen.problems == seen.strangers == []


@pytest.mark.slow
@pytest.mark.browser
def test_a_slider_says_where_it_stands(sample, browser, serve):
    web = serve(sample / "_build" / "html")
    with visit(browser, f"{web}{LESSON}.html") as seen:
        page = seen.page
        slider, last = page.get_by_label("Year"), "document.querySelectorAll('.ol-frame')[1].alt"
        slider.focus()
        page.keyboard.press("End")
        page.wait_for_function(f"{last} === 'Alternative c'")
        assert page.locator("output").inner_text() == "c"
        assert slider.get_attribute("aria-valuetext") == "c"
        box = slider.bounding_box()
        page.mouse.click(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.wait_for_function(f"{last} === 'Alternative b'")
        assert page.locator("output").inner_text() == "b"
        assert state(page)[1] == "start", "the other explorer stays where it is"


@pytest.mark.slow
@pytest.mark.browser
def test_a_picture_that_does_not_arrive_still_gets_its_words(sample, browser, serve):
    web = serve(sample / "_build" / "html")
    with visit(browser, f"{web}{LESSON}.html") as seen:
        seen.page.context.unroute_all()
        seen.page.context.route("**/_images/*", lambda handle: handle.abort())
        seen.page.get_by_label("Country").select_option("1")
        seen.page.wait_for_function("document.querySelector('.ol-frame').alt === 'Alternative b'")
        assert state(seen.page)[2] == "Caption b: 1 < 2 & 3."


@pytest.mark.slow
@pytest.mark.browser
def test_without_script_the_start_picture_stays_and_no_dead_control_shows(sample, browser, serve):
    web = serve(sample / "_build" / "html")
    with visit(browser, f"{web}{LESSON}.html", java_script_enabled=False) as seen:
        assert seen.page.locator("figure.ol-explorer img").first.is_visible()
        assert not seen.page.get_by_label("Country").is_visible()
        assert state(seen.page)[1] == "start"
        assert not seen.strangers


@pytest.mark.parametrize(
    ("ci", "outcome"), [("", pytest.skip.Exception), ("true", pytest.fail.Exception)]
)
def test_a_missing_part_of_the_system_skips_at_home_and_fails_in_ci(monkeypatch, ci, outcome):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", "")
    with pytest.raises(outcome, match="No Chromium"):
        executable()


def real_pages(folder: Path) -> list[str]:
    found = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.html"))]
    return [path for path in found if not path.startswith(("_static/", "_sources/"))]


@pytest.mark.slow
def test_pictures_of_the_real_book_have_words(built_book):
    charts = 0
    for name in real_pages(built_book):
        soup = read(built_book / name)
        assert "data:image" not in str(soup.find("article") or "")
        for image in soup.select("article img"):
            alt = image.get("alt", "").strip()
            assert alt, f"{name}: {image.get('src')} has no alternative text"
            assert not re.search(r"\.(svg|png|jpe?g|webp)$", alt), f"{name}: {alt}"
            assert (built_book / name).parent.joinpath(image["src"]).resolve().is_file()
        for figure in soup.select("article figure"):
            assert figure.figcaption and figure.figcaption.get_text(strip=True), name
        charts += len(soup.select("article .ol-explorer"))
        for script in soup.select("script.ol-frames"):
            for frame in json.loads(script.string):
                assert frame["alt"] and "Source: " in frame["caption"]
                assert (built_book / name).parent.joinpath(frame["src"]).resolve().is_file()
    assert charts >= 1, "the first lesson has an explorer"


@pytest.mark.slow
def test_from_an_idea_to_a_checklist_in_three_clicks(built_book):
    def follow(page: Path) -> set[Path]:
        links = [a["href"].partition("#")[0] for a in read(page).select("article a[href]")]
        return {(page.parent / link).resolve() for link in links if link and ":" not in link}

    reached, clicks = {built_book / "book" / "welcome.html"}, 0
    wanted = {built_book / "book" / "framework" / f"{slug}.html" for slug in SLUGS}
    while not wanted <= reached and clicks < 3:
        reached |= {page for start in reached for page in follow(start) if page.suffix == ".html"}
        clicks += 1
    assert wanted <= reached
    for page in wanted:
        assert len(read(page).select("ol.ol-checklist > li")) >= 8, page.name


@pytest.mark.slow
def test_every_table_term_and_stage_of_the_real_book_leads_back(built_book):
    cards = read(built_book / "book" / "tables" / "index.html")
    assert len(cards.select(".ol-used-in a")) >= len(data.names())
    terms = read(built_book / "book" / "glossary.html").select("dl.glossary > dd")
    assert terms and all(term.select(".ol-used-in a") for term in terms)


@pytest.mark.slow
def test_the_real_book_has_no_solution_and_no_way_out_of_itself(built_book):
    everything = set()
    for name in real_pages(built_book):
        soup = read(built_book / name)
        everything.update(script["src"] for script in soup.find_all("script", src=True))
        everything.update(link["href"] for link in soup.find_all("link", href=True))
        if name.startswith("exercises/"):
            text = soup.get_text()
            for mark in ("BEGIN SOLUTION", "BEGIN HIDDEN TESTS", "BEGIN MARK SCHEME"):
                assert mark not in text
    assert not [source for source in everything if re.match(r"(https?:)?//", source)]


@pytest.mark.slow
@pytest.mark.browser
def test_no_page_of_the_real_book_asks_a_stranger_or_complains(toured):
    assert {name: seen.strangers for name, seen in toured.items() if seen.strangers} == {}
    assert {name: seen.problems for name, seen in toured.items() if seen.problems} == {}


@pytest.mark.slow
@pytest.mark.browser
def test_pages_that_only_forward_ask_no_stranger_either(built_book, browser, serve):
    forwarding = set(real_pages(built_book)) - set(pages(built_book))
    assert "index.html" in forwarding
    for name in sorted(forwarding):
        with visit(browser, serve(built_book) + name) as seen:
            seen.page.wait_for_load_state("networkidle")
            assert not seen.page.url.endswith(f"/{name}")
            assert seen.strangers == seen.problems == [], name


def contrast(first: str, second: str) -> float:
    """Give the WCAG 2 contrast ratio of two CSS colours, 1 to 21."""

    def light(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(first), light(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("mode", ["light", "dark"])
def test_captions_and_controls_can_be_read_in_both_modes(sample, browser, serve, mode):
    look = """selector => {
      const element = document.querySelector(selector);
      let behind = element, colour = "rgba(0, 0, 0, 0)";
      while (behind && /, 0\\)$/.test(colour)) {
        colour = getComputedStyle(behind).backgroundColor;
        behind = behind.parentElement;
      }
      return [getComputedStyle(element).color, colour];
    }"""
    web = serve(sample / "_build" / "html")
    with visit(browser, f"{web}{LESSON}.html", color_scheme=mode) as seen:
        assert seen.page.evaluate("document.documentElement.dataset.theme") == mode
        for selector in ("figcaption", ".ol-control label", ".ol-control select", ".ol-week p"):
            assert contrast(*seen.page.evaluate(look, selector)) >= 4.5, selector
        style = "getComputedStyle(document.querySelector('.ol-frame'))"
        assert seen.page.evaluate(f"{style}.colorScheme") == mode
        assert seen.page.evaluate(f"{style}.filter") == "none"


@pytest.mark.slow
@pytest.mark.browser
def test_a_checklist_prints_on_its_own_page_without_navigation(grown, browser, serve):
    web = serve(grown / "_build" / "html")
    style = "name => selector => getComputedStyle(document.querySelector(selector))[name]"
    with visit(browser, f"{web}{CHAPTER}.html") as seen:

        def look(selector: str, name: str) -> str:
            return seen.page.evaluate(f"([s, n]) => ({style})(n)(s)", [selector, name])

        assert look(".ol-checklist-title", "display") == "none"
        assert look(".bd-sidebar-primary", "display") != "none"
        seen.page.emulate_media(media="print")
        assert look(".ol-checklist-title", "display") == "block"
        # The page begins with the heading, which else stands alone on the page before.
        assert look("section:has(> .ol-checklist-page)", "breakBefore") == "page"
        assert look(".ol-checklist-page", "breakAfter") == "page"
        for part in (".bd-sidebar-primary", ".bd-header-article", ".ol-checklist-wiki", "footer"):
            assert look(part, "display") == "none", part
        assert look("ol.ol-checklist > li", "breakInside") == "avoid"


@pytest.mark.slow
@pytest.mark.browser
def test_the_matrix_fits_a_desk_and_scrolls_in_its_own_box_on_a_phone(grown, browser, serve):
    web = serve(grown / "_build" / "html")
    box = "document.querySelector('table.ol-coverage').parentElement"
    for width in (1280, 360):
        size = {"width": width, "height": 740}
        with visit(browser, f"{web}book/coverage.html", viewport=size) as seen:
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
            hidden = seen.page.evaluate(f"{box}.scrollWidth - {box}.clientWidth")
            assert (hidden > 0) == (width == 360)
            seen.page.evaluate(f"{box}.scrollLeft = 200")
            name = seen.page.get_by_role("rowheader", name="Idea generation")
            assert name.bounding_box()["x"] >= 0, "the names of the stages stay in sight"


@pytest.mark.slow
def test_the_served_book_opens(sample):
    import threading

    with build.server(sample / "_build" / "html") as web:
        thread = threading.Thread(target=web.serve_forever, daemon=True)
        thread.start()
        opened = f"http://127.0.0.1:{web.server_port}/"
        assert b"welcome.html" in urllib.request.urlopen(opened, timeout=10).read()
        web.shutdown()
        thread.join()


@pytest.mark.slow
def test_the_page_about_judging_shows_every_rubric_and_no_mark_scheme(built_book):
    def plain(text: str) -> str:
        """Give a text without the difference between straight and curly quotes."""
        return re.sub("[\"“”'‘’]", "", " ".join(text.split()))

    page = BeautifulSoup((built_book / "book/judging.html").read_text("utf-8"), "html.parser")
    text = plain(page.article.get_text(" "))
    weeks = [week for week in course.load().weeks if week.exercise]
    assert weeks
    for week in weeks:
        for task in rubrics.load(week.id).tasks:
            for criterion in task.criteria:
                assert plain(criterion.question) in text
                for level in criterion.levels:
                    assert plain(level.text) in text
            # Its end is the model answer; the page itself begins as the schemes do.
            assert plain(task.scheme)[-60:] not in text
