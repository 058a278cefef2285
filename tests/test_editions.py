"""What readers take home: chapters from finished pages, the PDF, the e-book, the offline zip."""

from __future__ import annotations

import hashlib
import io
import posixpath
import re
import shutil
import subprocess
import zipfile
from datetime import date
from pathlib import Path
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from browser import apart, visit
from hypothesis import given, settings
from hypothesis import strategies as st

pytest.importorskip("jupyter_book")
pytest.importorskip("pypdf")

import pypdf
from bs4 import BeautifulSoup

from organizer_lab.book.directives import downloads
from organizer_lab.editions import chapters, cover, ebook, printed, site
from organizer_lab.errors import LabError

ROOT = Path(__file__).resolve().parents[1]
DAY = date(2026, 2, 3)
FACTS = {
    "title": "A small book & more",
    "author": "Its authors",
    "language": "en",
    "version": "1.2",
    "summary": "A book of four pages",
    "licences": "Text: CC BY-SA 4.0.",
}
TOC = """\
format: jb-book
root: book/welcome
parts:
  - caption: The weeks
    chapters:
      - file: weeks/week-1
        sections:
          - file: weeks/sheet-1
  - caption: Look up
    chapters:
      - file: book/terms
      - file: book/download
"""
PICTURE = """<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/svg11.dtd">
<svg xmlns="http://www.w3.org/2000/svg" width="70" height="40"><path d="M0 0h70v40z"/></svg>"""
WELCOME = """
<section id="start"><h1>Welcome<a class="headerlink" href="#start">#</a></h1>
<p>Read <a href="../weeks/week-1.html#two">week 1</a>, <a href="../weeks/week-1.html#gone">more</a>,
<a href="https://example.org/a?b=1&amp;c=2">a page</a>,
<a href="https://example.org/a?b=1&amp;c=2">again</a>,
<a href="https://example.org/bare">https://example.org/bare</a> and
<a href="../_downloads/1/x.zip" download="">a zip</a>,
or <a href="absent.html">a page that is not there</a>.</p>
<button>Copy</button><script>run()</script></section>
"""
LESSON = """
<section id="one"><h1>Week 1: <em>Numbers</em> &amp; "words"</h1>
<figure class="ol-explorer"><div class="ol-control" hidden=""><label>Country <select>
<option value="0">A</option><option value="1" selected="">B</option></select></label></div>
<img class="ol-frame" src="../_images/ol-b.svg" alt="Line: B rises &quot;fast&quot;"
style="max-width:100%" width="70" height="40">
<figcaption aria-live="polite">B. Unit: °C.</figcaption>
<details class="ol-numbers"><summary>Show the numbers</summary>
<table border="1"><caption>B</caption><thead><tr><th scope="col">Year</th></tr></thead>
<tbody><tr><td>2024</td></tr></tbody></table></details>
<script type="application/json" class="ol-frames">[{"src": "../_images/ol-a.svg"}]</script></figure>
<h2 id="two">Two</h2><p>Back to <a href="#one">the top</a>
and <a href="../book/welcome.html">home</a>;
<a href="../book/download.html">take it</a>.</p>
<details><summary>A listing</summary><div><pre>LISTING</pre></div></details></section>
""".replace("LISTING", "\n".join(f"line {n}" for n in range(100)))
SHEET = (
    '<section id="one"><h1>Exercise 1</h1><p>See <a href="week-1.html#one">it</a>.</p></section>'
)
DOWNLOAD = """
<section id="take"><h1>Take it home</h1>
<p class="ol-edition" data-ol-edition="learners">
<a href="../_downloads/1/x.zip">x.zip</a> (1 kB)</p>
<p class="ol-edition" data-ol-edition="print">Not here.</p>
<p class="ol-edition" data-ol-edition="ebook">Not here.</p>
<p class="ol-edition" data-ol-edition="offline">Not here.</p></section>
"""
PAGES = {
    "book/welcome": WELCOME,
    "weeks/week-1": LESSON,
    "weeks/sheet-1": SHEET,
    "book/terms": '<section id="terms"><h1>Terms</h1><p>Gap.</p></section>',
    "book/download": DOWNLOAD,
}


def whole(article: str) -> str:
    return (
        '<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><nav>Menu</nav>'
        f'<main><article class="bd-article">{article}</article></main></body></html>'
    )


def checkout(folder: Path, pages: dict[str, str] = PAGES, toc: str = TOC) -> Path:
    """Write a small book as it stands after a build."""
    html = folder / "_build" / "html"
    for name, article in pages.items():
        page = html / f"{name}.html"
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(whole(article), encoding="utf-8")
    for name in ("_images/ol-b.svg", "_downloads/1/x.zip", "index.html", "objects.inv"):
        (html / name).parent.mkdir(parents=True, exist_ok=True)
        (html / name).write_text(PICTURE, encoding="utf-8")
    (folder / "_toc.yml").write_text(toc, encoding="utf-8")
    settings_ = "title: T\nauthor: A\nsphinx: {config: {language: en}}\n"
    (folder / "_config.yml").write_text(settings_, encoding="utf-8")
    zipped = folder / f"{downloads.LEARNERS}.zip"
    zipped.parent.mkdir(parents=True)
    zipped.write_bytes(b"learners")
    return html


@pytest.fixture
def pages(tmp_path):
    return checkout(tmp_path)


def soup(text: str | bytes) -> BeautifulSoup:
    return BeautifulSoup(text, "html.parser")


def read(pages: Path) -> dict[str, chapters.Chapter]:
    return {each.name: each for each in chapters.read(pages, pages.parents[1] / "_toc.yml")}


# -- Chapters ------------------------------------------------------------------------------------


def test_chapters_stand_in_the_order_of_the_contents_each_in_its_part(pages):
    found = read(pages)
    assert [(each.part, each.title) for each in found.values()] == [
        ("", "Welcome"),
        ("The weeks", 'Week 1: Numbers & "words"'),
        ("The weeks", "Exercise 1"),
        ("Look up", "Terms"),
    ]


def test_a_missing_page_is_named(pages):
    (pages / "weeks" / "sheet-1.html").unlink()
    with pytest.raises(LabError, match="weeks/sheet-1"):
        read(pages)


def test_a_page_for_the_web_only_stays_there(tmp_path):
    only = SHEET.replace("<section", f'<section class="{chapters.WEB_ONLY}"')
    assert "weeks/sheet-1" not in read(checkout(tmp_path, {**PAGES, "weeks/sheet-1": only}))


def test_an_explorer_keeps_its_start_frame_its_words_and_its_table(pages):
    body = read(pages)["weeks/week-1"].body
    figure = body.select_one("figure.ol-explorer")
    assert [image["alt"] for image in figure.select("img")] == ['Line: B rises "fast"']
    assert figure.figcaption.get_text() == "B. Unit: °C."
    # In a figure of an e-book the caption stands last, so the rest follows the figure.
    assert [tag.name for tag in figure.find_all(recursive=False)] == ["img", "figcaption"]
    numbers, choices = figure.find_next_siblings(limit=2)
    assert numbers.select_one(".ol-box-title").get_text() == "The numbers"
    assert numbers.table.td.get_text() == "2024"
    assert "Country (2 to choose from)" in choices.get_text()
    assert not body.select("script, select, details, summary, .ol-control, [style], [border]")


def test_a_slider_says_how_many_states_it_has():
    body = soup(
        '<article><figure class="ol-explorer"><div class="ol-control"><label>Year '
        '<input type="range" min="0" max="6"> <output>2000</output></label></div></figure>'
        "</article>"
    ).article
    chapters.clean(body)
    assert body.get_text() == "In the web edition you can choose here: Year (7 to choose from)."


def test_the_answers_to_questions_stand_at_the_end_of_the_chapter():
    asked = """<article><section><h2>Test yourself</h2><div class="ol-quiz"><fieldset><legend>
    <h3>Question 1</h3>What is it?</legend>
    <details name="a"><summary>This.</summary><p><strong>Right:</strong> It is.</p></details>
    <details name="a"><summary>That.</summary><p><strong>Not quite:</strong> No.</p></details>
    </fieldset></div><p>After.</p></section></article>"""
    body = soup(asked).article
    chapters.clean(body)
    quiz, answers = body.select_one(".ol-quiz"), body.select_one(".ol-answers")
    assert quiz.get_text(" ", strip=True) == "Question 1 What is it? This. That."
    assert [item.get_text() for item in quiz.select("ol > li")] == ["This.", "That."]
    words = [item.get_text() for item in answers.select("ol > li")]
    assert words == ["Right: It is.", "Not quite: No."]
    assert "Question 1" in answers.get_text()
    assert body.find_all(True, recursive=False)[-1] is answers
    assert not body.select("details, summary, fieldset, legend")


def test_a_very_long_listing_in_a_box_is_cut_and_says_so(pages):
    box = read(pages)["weeks/week-1"].body.select_one("div.ol-box:has(pre)")
    assert box.pre.get_text().splitlines() == [f"line {n}" for n in range(chapters.LINES)]
    assert box.select_one(".ol-cut").get_text().startswith("… and 40 more lines")


def test_addresses_are_numbered_once_and_bare_ones_not():
    body = soup(f'{WELCOME}<p><a href="https://example.org/z">z</a></p>')
    assert chapters.addresses(body) == ["https://example.org/a?b=1&c=2", "https://example.org/z"]
    assert [mark.get_text() for mark in body.select("sup.ol-address")] == ["1", "1", "2"]


names = st.lists(
    st.text("abc-", min_size=1, max_size=4).filter(lambda text: text.strip("-")),
    min_size=2,
    max_size=5,
    unique=True,
)


@settings(max_examples=40, deadline=None)
@given(names=names, data=st.data())
def test_in_the_joined_book_every_anchor_is_unique_and_every_link_arrives(
    tmp_path_factory, names, data
):
    anchors = st.sampled_from(["", "#one", "#two", "#gone"])
    where = st.sampled_from(["", *(f"{name}.html" for name in names), "gone.html", "x/y.zip"])
    pages = {}
    for name in names:
        links = data.draw(st.lists(st.tuples(where, anchors), max_size=4))
        text = "".join(f'<a href="{page}{anchor}">x</a>' for page, anchor in links)
        pages[name] = f'<section id="one"><h1>{name}</h1><p id="two">{text}</p></section>'
    first, *others = names
    toc = f"format: jb-book\nroot: {first}\nchapters:\n"
    toc += "".join(f"  - file: {name}\n" for name in others)
    html = checkout(tmp_path_factory.mktemp("book"), pages, toc)
    found = chapters.read(html, html.parents[1] / "_toc.yml")
    joined = soup(printed.join(found, html, FACTS, DAY))
    ids = [tag["id"] for tag in joined.find_all(id=True)]
    assert len(ids) == len(set(ids)) >= 3 * len(names)
    assert {tag["href"] for tag in joined.find_all("a")} <= {f"#{name}" for name in ids}


# -- The e-book ----------------------------------------------------------------------------------


def unpacked(book: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(book) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def check_ebook(book: Path) -> list[str]:
    """Find what would make a reader stumble: the rules of EPUB 3 that concern our files."""
    with zipfile.ZipFile(book) as archive:
        first = archive.infolist()[0]
    assert (first.filename, first.compress_type, first.extra) == ("mimetype", 0, b"")
    files = unpacked(book)
    assert files.pop("mimetype") == b"application/epub+zip"
    package = ElementTree.fromstring(files["EPUB/package.opf"])
    space = {"o": "http://www.idpf.org/2007/opf", "dc": "http://purl.org/dc/elements/1.1/"}
    found = []
    for name in ("identifier", "title", "language"):
        if not package.findtext(f".//dc:{name}", "", space).strip():
            found.append(f"no {name}")
    items = {item.get("id"): item for item in package.iterfind(".//o:item", space)}
    listed = {f"EPUB/{item.get('href')}" for item in items.values()}
    if listed != set(files) - {"EPUB/package.opf", "META-INF/container.xml"}:
        found.append(f"not listed or not there: {listed ^ set(files)}")
    spine = [items[ref.get("idref")].get("href") for ref in package.iterfind(".//o:itemref", space)]
    pages = {name for name in files if name.endswith(".xhtml")}
    if {f"EPUB/{name}" for name in spine} != pages or len(spine) != len(set(spine)):
        found.append("the order of reading is not the list of pages")
    ids: dict[str, set[str]] = {}
    for name in pages:
        tree = ElementTree.fromstring(files[name])
        marks = [tag.get("id") for tag in tree.iter() if tag.get("id")]
        if len(marks) != len(set(marks)):
            found.append(f"{name} has an id twice")
        ids[name] = set(marks)
    for name in pages:
        for tag in ElementTree.fromstring(files[name]).iter():
            for address in filter(None, (tag.get("href"), tag.get("src"))):
                if re.match(r"[a-z]+:", address):
                    continue
                path, _, anchor = address.partition("#")
                there = posixpath.normpath(f"EPUB/{unquote(path)}") if path else name
                if there not in files or (anchor and unquote(anchor) not in ids[there]):
                    found.append(f"{name}: {address} leads nowhere")
            if tag.tag.endswith("}img") and tag.get("alt") is None:
                found.append(f"{name}: a picture without words")
            if tag.tag.rpartition("}")[2] in {"script", "button", "input", "style", "iframe"}:
                found.append(f"{name}: <{tag.tag}>")
    return found


def test_the_ebook_is_whole_and_every_link_in_it_arrives(pages, tmp_path):
    target = tmp_path / "book.epub"
    assert ebook.make(pages, tmp_path / "_toc.yml", FACTS, DAY, target) == 4
    assert check_ebook(target) == []
    files = unpacked(target)
    lesson = soup(files["EPUB/weeks-week-1.xhtml"])
    assert lesson.h1.get_text() == 'Week 1: Numbers & "words"'
    assert lesson.img["src"] == "images/ol-b.svg"
    # Without the document type, which is an address of somebody else.
    assert files["EPUB/images/ol-b.svg"].decode() == PICTURE.partition("\n")[2]
    welcome = soup(files["EPUB/book-welcome.xhtml"])
    assert [tag["href"] for tag in welcome.select("section a")] == [
        "weeks-week-1.xhtml#two",
        "weeks-week-1.xhtml",
        *["https://example.org/a?b=1&c=2"] * 2,
        "https://example.org/bare",
    ]
    assert "a page that is not there" in welcome.get_text()
    parts = [tag.get_text() for tag in soup(files["EPUB/nav.xhtml"]).select("nav span")]
    assert parts == ["The weeks", "Look up"]
    package = ElementTree.fromstring(files["EPUB/package.opf"])
    assert FACTS["title"] in {tag.text for tag in package.iter()}


def test_the_same_pages_give_the_same_ebook(pages, tmp_path):
    made = []
    for name in ("one.epub", "two.epub"):
        ebook.make(pages, tmp_path / "_toc.yml", FACTS, DAY, tmp_path / name)
        made.append((tmp_path / name).read_bytes())
    assert made[0] == made[1]


@pytest.mark.parametrize(
    ("page", "said"),
    [
        (SHEET.replace("<p>", '<p a&="1">'), "Exercise 1"),
        (SHEET.replace("<p>", '<p><img src="../_images/gone.svg">'), "gone.svg"),
        (SHEET.replace("<p>", '<p><img src="../objects.inv">'), "objects.inv"),
    ],
)
def test_a_page_that_no_ebook_can_hold_is_named(tmp_path, page, said):
    html = checkout(tmp_path, {**PAGES, "weeks/sheet-1": page})
    with pytest.raises(LabError, match=said):
        ebook.make(html, tmp_path / "_toc.yml", FACTS, DAY, tmp_path / "book.epub")
    assert not (tmp_path / "book.epub").exists()


def test_the_cover_shows_the_years_of_its_table():
    from organizer_lab import data

    address, words, source = cover.picture()
    years = data.load(cover.TABLE).dropna(subset=[cover.COLUMN])["year"]
    assert address.startswith("data:image/svg+xml;base64,")
    assert f"from {years.min()} to {years.max()}" in words
    assert "1951 to 1980" in words
    assert "NASA GISS" in source
    assert source == f"Source: {data.attribution(cover.TABLE)}."
    assert cover.poster("T", "s")[:4] == b"\x89PNG"


# -- The page of downloads -----------------------------------------------------------------------

TAKE = """# Take it home

```{edition} learners
```

```{edition} print
```

```{notebook-downloads}
```
"""


def render(folder: Path) -> BeautifulSoup:
    """Build a book of one page, with only what the page needs."""
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    (folder / "index.md").write_text(TAKE, encoding="utf-8")
    parts = [
        "myst_parser",
        "organizer_lab.book.elements",
        "organizer_lab.book.directives.downloads",
    ]
    out = folder / "_build" / "html"
    settings_ = {"extensions": parts, "exclude_patterns": ["_build"]}
    quiet = {"status": None, "warning": io.StringIO(), "warningiserror": True}
    with patch_docutils(), docutils_namespace():
        Sphinx(folder, None, out, folder / "_build" / "trees", "html", settings_, **quiet).build()
    return soup((out / "index.html").read_text(encoding="utf-8"))


def test_without_make_site_the_page_says_what_is_not_there(tmp_path):
    edition = tmp_path / downloads.LEARNERS
    (edition / "exercises" / "week-2").mkdir(parents=True)
    (edition / "exercises" / "week-2" / "week-2.ipynb").write_bytes(b"0" * 2100)
    Path(f"{edition}.zip").write_bytes(b"0" * 5000)
    page = render(tmp_path)
    lines = {tag["data-ol-edition"]: tag for tag in page.select("p.ol-edition")}
    assert lines["print"].get_text() == downloads.ABSENT
    assert not lines["print"].a
    assert re.fullmatch(
        r"organizer-lab-learners\.zip \(5 kB, of \d+ \w+ 20\d\d\)", lines["learners"].get_text()
    )
    links = [lines["learners"].a, *page.select("table a")]
    for link, size in zip(links, (5000, 2100), strict=True):
        file = tmp_path / "_build" / "html" / unquote(link["href"])
        assert file.stat().st_size == size
    cells = [cell.get_text() for cell in page.select("table tr")[2].select("td")]
    assert cells == ["–", "Exercise 2 (2 kB)"]


def test_a_page_without_any_edition_has_no_link(tmp_path):
    page = render(tmp_path)
    assert {line.get_text() for line in page.select("p.ol-edition")} == {downloads.ABSENT}
    assert not page.select("table a")


# -- The site ------------------------------------------------------------------------------------


def test_the_site_names_each_edition_with_size_and_date_and_no_link_is_dead(pages, tmp_path):
    before = {path: path.read_bytes() for path in pages.rglob("*") if path.is_file()}
    target = tmp_path / "out" / "site"
    assert site.assemble(pages, tmp_path, target, DAY, pdf=False) == target / "index.html"
    assert {path: path.read_bytes() for path in pages.rglob("*") if path.is_file()} == before

    page = soup((target / site.PAGE).read_text(encoding="utf-8"))
    lines = {tag["data-ol-edition"]: tag for tag in page.select(".ol-edition")}
    for name, line in lines.items():
        if name == "print":
            assert line.get_text() == "Not here."
            continue
        file = (target / "book" / line.a["href"]).resolve()
        assert file == target / "downloads" / downloads.EDITIONS[name]
        assert line.get_text().endswith(f"({downloads.size(file)}, of 3 February 2026)")
    sums = (target / "downloads" / site.SUMS).read_text().splitlines()
    assert len(sums) == 3
    for line in sums:
        digest, _, name = line.partition("  ")
        content = (target / "downloads" / name).read_bytes()
        assert hashlib.sha256(content).hexdigest() == digest


def test_the_offline_zip_is_the_book_without_what_is_beside_it(pages, tmp_path):
    made = []
    for name in ("one", "two"):
        site.assemble(pages, tmp_path, tmp_path / name, DAY, pdf=False)
        made.append((tmp_path / name / "downloads" / downloads.EDITIONS["offline"]).read_bytes())
    assert made[0] == made[1]
    with zipfile.ZipFile(io.BytesIO(made[0])) as archive:
        inside = {name.partition("/")[2] for name in archive.namelist()}
        page = soup(archive.read(f"{site.OFFLINE}/{site.PAGE}"))
    there = {path.relative_to(pages).as_posix() for path in pages.rglob("*") if path.is_file()}
    assert inside == there - {"objects.inv"}
    lines = {tag["data-ol-edition"]: tag for tag in page.select(".ol-edition")}
    assert lines["learners"].a["href"] == "../_downloads/1/x.zip"
    assert "not part of the copy" in lines["print"].get_text()
    assert [tag["href"] for tag in page.select(".ol-edition a")] == ["../_downloads/1/x.zip"]


def test_a_site_that_cannot_be_made_leaves_the_one_before(pages, tmp_path, monkeypatch):
    target = tmp_path / "site"
    site.assemble(pages, tmp_path, target, DAY, pdf=False)
    before = {path: path.read_bytes() for path in target.rglob("*") if path.is_file()}
    (pages / "index.html").write_text("newer", encoding="utf-8")
    monkeypatch.setattr(site.files, "pack", lambda *_: (_ for _ in ()).throw(OSError(28, "full")))
    with pytest.raises(LabError, match="full"):
        site.assemble(pages, tmp_path, target, DAY, pdf=False)
    assert {path: path.read_bytes() for path in target.rglob("*") if path.is_file()} == before
    assert not [path for path in tmp_path.iterdir() if path.name.startswith(".new-")]


def test_a_folder_that_cannot_be_put_in_place_leaves_the_one_before(tmp_path):
    (tmp_path / "place").mkdir()
    (tmp_path / "place" / "old").touch()
    with pytest.raises(OSError):
        site.files.swap(tmp_path / "absent", tmp_path / "place", tmp_path / "aside")
    assert [path.name for path in tmp_path.rglob("*")] == ["place", "old"]


def test_a_folder_of_somebody_else_is_not_touched(pages, tmp_path):
    (tmp_path / "photos").mkdir()
    (tmp_path / "photos" / "me.jpg").write_bytes(b"1")
    with pytest.raises(LabError, match="holds something else"):
        site.assemble(pages, tmp_path, tmp_path / "photos", DAY, pdf=False)
    for target in (pages, pages / "site", pages.parent):
        with pytest.raises(LabError, match="must not lie in each other"):
            site.assemble(pages, tmp_path, target, DAY, pdf=False)


def test_without_chromium_nothing_is_begun(monkeypatch):
    monkeypatch.setattr(printed.shutil, "which", lambda name: None)
    with pytest.raises(LabError, match="--no-pdf"):
        site.site()


def test_the_date_of_the_editions_can_be_given(monkeypatch):
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1770076800")
    assert site.today() == DAY
    assert downloads.written(DAY) == "3 February 2026"


@pytest.mark.parametrize(
    ("count", "words"),
    [(0, "1 kB"), (1500, "2 kB"), (999_499, "999 kB"), (999_500, "1.0 MB"), (4_249_000, "4.2 MB")],
)
def test_sizes_are_written_for_people(tmp_path, count, words):
    (tmp_path / "file").write_bytes(b"0" * count)
    assert downloads.size(tmp_path / "file") == words


# -- The print edition ---------------------------------------------------------------------------


def leaves(tree: list, depth: int = 1) -> list[tuple[int, str]]:
    """Flatten an outline: depth and title of each line."""
    flat = []
    for item in tree:
        flat += leaves(item, depth + 1) if isinstance(item, list) else [(depth, item.title)]
    return flat


def structure(node: object, found: list) -> list:
    """Gather the kind and the alternative text of each element of a tagged PDF."""
    node = node.get_object() if hasattr(node, "get_object") else node
    if isinstance(node, list):
        for child in node:
            structure(child, found)
    elif isinstance(node, dict):
        if "/S" in node:
            found.append((str(node["/S"]), str(node.get("/Alt", ""))))
        structure(node.get("/K"), found)
    return found


def check_print(pdf: Path, expected: list[chapters.Chapter]) -> tuple[pypdf.PdfReader, list]:
    """Check what holds for every print edition; give its reader and its structure."""
    reader = pypdf.PdfReader(pdf)
    root = reader.trailer["/Root"]
    assert root["/Lang"] == "en"
    assert root["/MarkInfo"]["/Marked"]
    assert root["/ViewerPreferences"]["/DisplayDocTitle"]
    outline = leaves(reader.outline)
    assert [title for depth, title in outline if depth == 2] or len(expected) == 1
    titles = {" ".join(title.split()) for _, title in outline}
    assert {chapter.title for chapter in expected} <= titles
    # The contents name the page on which a reader finds the chapter, by the number printed there.
    where = {
        name.lstrip("/"): reader.get_destination_page_number(place) + 1
        for name, place in reader.named_destinations.items()
    }
    words = " ".join(page.extract_text() for page in reader.pages[2:6])
    for chapter in expected:
        page = where[chapter.slug]
        assert squeezed(f"{chapter.title}{page}") in squeezed(words)
        printed_there = reader.pages[page - 1].extract_text()
        assert squeezed(chapter.title) in squeezed(printed_there)
        assert re.search(rf"\b{page}\b", printed_there)
    return reader, structure(root["/StructTreeRoot"], [])


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.mark.browser
def test_the_print_edition_is_tagged_has_an_outline_and_true_page_numbers(pages, tmp_path):
    printed.browser()
    target = tmp_path / "book.pdf"
    count = apart(lambda: printed.make(pages, tmp_path / "_toc.yml", FACTS, DAY, target))
    reader, tags = check_print(target, list(read(pages).values()))
    assert count == len(reader.pages) >= 7
    assert reader.metadata.title == FACTS["title"]
    assert reader.metadata.author == FACTS["author"]
    kinds = {kind for kind, _ in tags}
    assert {"/H1", "/H2", "/Table", "/TH", "/Figure", "/Link"} <= kinds
    assert 'Line: B rises "fast"' in {alt for _, alt in tags}
    text = "\n".join(page.extract_text() for page in reader.pages)
    assert "https://example.org/a?b=1&c=2" in squeezed(text)
    assert "Country (2 to choose from)" in " ".join(text.split())
    assert (1, "The weeks") in leaves(reader.outline)


# -- The real book -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def real_site(built_book, tmp_path_factory):
    printed.browser()
    target = tmp_path_factory.mktemp("editions") / "site"
    apart(lambda: site.assemble(built_book, ROOT, target, DAY))
    return target


@pytest.mark.slow
@pytest.mark.browser
def test_the_whole_book_on_paper(built_book, real_site):
    expected = chapters.read(built_book, ROOT / "_toc.yml")
    _, tags = check_print(real_site / "downloads" / downloads.EDITIONS["print"], expected)
    drawn = {image["alt"] for each in expected for image in each.body.find_all("img")}
    assert len(drawn) > 20
    said = {" ".join(alt.split()) for _, alt in tags}
    assert {" ".join(alt.split()) for alt in drawn} - {""} <= said
    assert [kind for kind, _ in tags].count("/Table") >= sum(
        len(each.body.find_all("table")) for each in expected
    )


@pytest.mark.slow
@pytest.mark.browser
def test_the_whole_book_as_an_ebook(real_site, tmp_path):
    book = real_site / "downloads" / downloads.EDITIONS["ebook"]
    assert check_ebook(book) == []
    if (checker := shutil.which("epubcheck")) and shutil.which("java"):
        # On Debian it is the archive of a Java program.
        program = ["java", "-jar", checker] if zipfile.is_zipfile(checker) else [checker]
        said = subprocess.run(
            [*program, "--failonwarnings", book], capture_output=True, text=True, check=False
        )
        assert said.returncode == 0, said.stdout + said.stderr


@pytest.mark.slow
@pytest.mark.browser
def test_the_offline_book_works_from_a_folder(real_site, browser, tmp_path):
    with zipfile.ZipFile(real_site / "downloads" / downloads.EDITIONS["offline"]) as archive:
        archive.extractall(tmp_path)
    home = tmp_path / site.OFFLINE
    # Every link and picture of every page leads to a file of the folder.
    lost = []
    for page in home.rglob("*.html"):
        if "_static" in page.parts or page.name == "404.html":
            continue
        for tag in soup(page.read_text(encoding="utf-8")).find_all(["a", "img", "script", "link"]):
            address = unquote(str(tag.get("href") or tag.get("src") or "")).partition("#")[0]
            address = address.partition("?")[0]
            if address and not re.match(r"[a-z]+:|//", address):
                there = (page.parent / address).resolve()
                if not there.is_file():
                    lost.append(f"{page.relative_to(home)}: {address}")
    assert lost == []
    with visit(browser, (home / "index.html").as_uri()) as seen:
        seen.page.wait_for_selector("article h1")
        assert seen.page.inner_text("article h1").startswith("Organizer Lab")
    with visit(browser, (home / "search.html").as_uri() + "?q=worklist") as seen:
        result = seen.page.locator("#search-results li a").first
        result.wait_for(timeout=30_000)
        result.click()
        seen.page.wait_for_selector("article h1")
        assert "worklist" in seen.page.inner_text("article").lower()
    lesson = next((home / "weeks").glob("week-1-*.html"))
    with visit(browser, lesson.as_uri()) as seen:
        image = seen.page.locator("figure.ol-explorer img.ol-frame").first
        before = image.get_attribute("src")
        seen.page.locator("figure.ol-explorer select").first.select_option(index=1)
        seen.page.wait_for_function(
            "before => document.querySelector('figure.ol-explorer img.ol-frame')"
            ".getAttribute('src') !== before",
            arg=before,
        )
        assert image.evaluate("img => img.naturalWidth") > 0
        assert seen.problems == []


@pytest.mark.slow
def test_the_page_of_downloads_offers_every_notebook(built_book):
    page = soup((built_book / "book" / "download.html").read_text(encoding="utf-8"))
    links = [tag["href"] for tag in page.select("article table a[download]")]
    assert len(links) == 18
    for link in links:
        assert (built_book / "book" / unquote(link)).resolve().suffix == ".ipynb"
        assert (built_book / "book" / unquote(link)).resolve().is_file()
    lines = {tag["data-ol-edition"]: tag for tag in page.select(".ol-edition")}
    assert set(lines) == set(downloads.EDITIONS)
    assert (built_book / "book" / lines["learners"].a["href"]).resolve().is_file()
    for name in ("print", "ebook", "offline"):
        assert lines[name].get_text() == downloads.ABSENT
