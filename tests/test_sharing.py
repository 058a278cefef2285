"""Pages that are easy to find, to link to, to share and to cite."""

from __future__ import annotations

import io
import os
import re
import shutil
import subprocess
import threading
import xml.etree.ElementTree as ET
from datetime import date
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace

import pytest
from browser import visit
from hypothesis import given
from hypothesis import strategies as st
from small_book import CHAPTER, HOME, LESSON, SHEET, make, read

pytest.importorskip("jupyter_book")

from bs4 import BeautifulSoup
from PIL import Image
from pybtex.database import parse_string

from organizer_lab import course
from organizer_lab.book import build
from organizer_lab.book.pages import cards, changes, citation, sharing
from organizer_lab.errors import LabError

SITE = "https://example.org/lab/"
EARLY, LATE = "2026-03-01T12:00:00+00:00", "2026-05-09T12:00:00+00:00"


# -- Words and addresses -------------------------------------------------------------------------


@pytest.mark.parametrize("text", [SITE, SITE.rstrip("/"), f"  {SITE} ", f"{SITE}//"])
def test_the_address_of_the_site_has_one_form(text):
    assert sharing.address(text) == SITE
    assert sharing.address("") == sharing.address(" ") == ""


@pytest.mark.parametrize("text", ["example.org", "//example.org/", "https://", "file:///a/", "a?b"])
def test_what_is_no_address_is_refused_with_an_example(text):
    with pytest.raises(LabError, match=r"https://example\.org/organizer-lab/"):
        sharing.address(text)


def test_days_are_written_for_readers_in_english_on_every_computer(monkeypatch):
    class Elsewhere(date):
        """A day as a computer in another language formats it, which Sphinx asks for."""

        def __format__(self, form: str) -> str:
            return super().__format__(form).replace("November", "Novembre")

    day = Elsewhere(2026, 11, 3)
    assert f"{day:%B}" == "Novembre"
    monkeypatch.setattr(sharing.changes, "day", lambda env, page: day)
    monkeypatch.setattr(sharing.citation, "read", lambda: None)
    context: dict = {}
    app = SimpleNamespace(env=None, config=SimpleNamespace(root_doc=HOME))
    sharing._page(app, CHAPTER, context)
    assert context["ol_changed"] == {"day": "2026-11-03", "words": "3 November 2026"}


def test_elements_of_the_head_are_safe_and_never_empty():
    text = sharing.meta([("og:title", 'A "b" <c>'), ("description", ""), ("robots", "noindex")])
    assert text.splitlines() == [
        '<meta property="og:title" content="A &quot;b&quot; &lt;c&gt;" />',
        '<meta name="robots" content="noindex" />',
    ]


# -- Citations -----------------------------------------------------------------------------------

WORK = citation.Work("The work", ("Ada B", "A group"), "1.2", SITE, "CC BY-SA 4.0")


def test_a_reference_names_what_was_read_and_where():
    assert citation.plain(WORK, "2026") == (
        f"Ada B and A group (2026). The work, version 1.2. CC BY-SA 4.0. {SITE}"
    )
    assert citation.plain(WORK, "2026", "What now?", f"{SITE}a.html") == (
        f"Ada B and A group (2026). What now? In: The work, version 1.2. CC BY-SA 4.0. {SITE}a.html"
    )
    assert citation.plain(citation.Work("W.", ("A",)), "n.d.") == "A (n.d.). W."


@given(
    title=st.text(st.characters(exclude_categories=["C"]), min_size=1),
    author=st.text(st.characters(exclude_categories=["C", "Z"]), min_size=1),
)
def test_bibtex_is_read_by_a_program_whatever_stands_in_a_title(title, author):
    text = citation.bibtex(citation.Work(title, (author, "B")), "2026", "key")
    (entry,) = parse_string(text, "bibtex").entries.values()
    assert len(entry.persons["author"]) == 2
    assert entry.fields["year"] == "2026"
    assert "".join(entry.fields["title"].split()) == (
        "{" + "".join(citation._escape(title).split()) + "}"
    )


def test_keys_of_entries_tell_pages_apart():
    assert citation.key("book/framework/index", False, "2026") == "organizer-lab-framework-2026"
    assert citation.key("book/tables/index", False, "2026") == "organizer-lab-tables-2026"
    assert citation.key("book/welcome", True, "n.d.") == "organizer-lab-n-d-"


@pytest.mark.parametrize("text", ["", "title: a", "title: a\nauthors: []x", "title: [a", "- a"])
def test_a_citation_file_that_says_too_little_is_named(tmp_path, text):
    file = tmp_path / "CITATION.cff"
    assert citation.read(file) is None
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LabError, match=r"CITATION\.cff"):
        citation.read(file)


def test_people_are_cited_with_their_whole_name(tmp_path):
    file = tmp_path / "CITATION.cff"
    file.write_text(
        "title: A\nauthors:\n- {family-names: B, given-names: Ada, name-particle: van}\n"
        "license: MIT\nurl: https://example.org\n",
        encoding="utf-8",
    )
    assert citation.read(file) == citation.Work(
        "A", ("Ada van B",), "", "https://example.org", "MIT licence"
    )
    assert citation.read().title.startswith(course.load().title)


# -- Pictures ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "title", ["Short", "A title of a usual length for a page", "An endless title $1 of " * 6]
)
def test_a_card_is_a_small_picture_whose_words_stay_inside(tmp_path, title):
    card = cards.Card(title, "The weeks", "Organizer Lab", 2, 9)
    path = cards.keep(card, tmp_path / "new")
    picture = Image.open(path)
    assert picture.size == (cards.WIDTH, cards.HEIGHT)
    assert path.stat().st_size < 25_000
    ground = picture.convert("RGB").getpixel((2, 2))
    frame = [(x, y) for x in (2, cards.WIDTH - 3) for y in range(cards.HEIGHT)]
    frame += [(x, y) for y in (2, cards.HEIGHT - 3) for x in range(cards.WIDTH)]
    assert {picture.convert("RGB").getpixel(at) for at in frame} == {ground}
    before = path.stat().st_mtime_ns
    assert cards.keep(card, tmp_path / "new") == path
    assert path.stat().st_mtime_ns == before
    assert card.alt == f"Title card: {title}. The weeks, step 2 of 9. Organizer Lab."


# -- A small book with an address, in git --------------------------------------------------------


def git(root: Path, *words: str, day: str = EARLY) -> None:
    who = {"GIT_AUTHOR_DATE": day, "GIT_COMMITTER_DATE": day, "GIT_CONFIG_GLOBAL": os.devnull}
    name = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "init.defaultBranch=main"]
    command = ["git", *name, *words]
    subprocess.run(command, cwd=root, check=True, capture_output=True, env=os.environ | who)


@pytest.fixture(scope="module")
def shared(tmp_path_factory) -> Path:
    """A small book built with an address, from a history of two commits."""
    root = make(tmp_path_factory.mktemp("shared"))
    source = root / "exercises" / "source" / "week-1" / "week-1.md"
    source.parent.mkdir(parents=True)
    source.write_text("# The source\n", encoding="utf-8")
    (root / ".gitignore").write_text("_build\nexercises/release\n", encoding="utf-8")
    git(root, "init", "-q")
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    for path in (source, root / f"{CHAPTER}.md"):
        path.write_text(path.read_text(encoding="utf-8") + "\nMore.\n", encoding="utf-8")
    git(root, "commit", "-qam", "two", day=LATE)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(sharing.ADDRESS, SITE.rstrip("/"))
        build.render(root, root / "_build")
    return root / "_build" / "html"


def head(page: BeautifulSoup) -> dict[str, str]:
    tags = page.find_all("meta", content=True)
    return {tag.get("property") or tag.get("name"): tag["content"] for tag in tags}


@pytest.mark.slow
def test_every_page_says_what_it_is_and_where_it_stands(shared):
    found = [path for path in sorted(shared.rglob("*.html")) if "_static" not in path.parts]
    whole = [path for path in found if path.name not in {"404.html", "index.html"}]
    assert len(whole) > 10
    titles = [read(path).title.get_text() for path in whole]
    about = [head(read(path))["description"] for path in whole]
    assert len(set(titles)) == len(titles) and len(set(about)) == len(about)
    assert all(30 <= len(text) <= 160 for text in about), about
    for path in whole:
        place = SITE + path.relative_to(shared).as_posix()
        assert read(path).find("link", rel="canonical")["href"] == place
    home = read(shared / f"{HOME}.html")
    assert home.title.get_text().startswith(course.load().subtitle)


@pytest.mark.slow
def test_a_shared_link_shows_the_page_and_a_picture_of_its_own(shared):
    stage = course.load().stages[0]
    tags = head(read(shared / f"{CHAPTER}.html"))
    assert tags["og:url"] == f"{SITE}{CHAPTER}.html"
    assert tags["og:title"] == f"Stage 1: {stage.name}"
    assert tags["og:description"] == tags["description"]
    assert tags["description"].startswith(stage.summary)
    assert (tags["og:type"], tags["twitter:card"]) == ("article", "summary_large_image")
    assert tags["article:modified_time"] == "2026-05-09"
    assert f"step 1 of {len(course.load().stages)}" in tags["og:image:alt"]
    picture = shared / tags["og:image"].removeprefix(SITE)
    size = (int(tags["og:image:width"]), int(tags["og:image:height"]))
    assert Image.open(io.BytesIO(picture.read_bytes())).size == size
    pages = [path for path in shared.rglob("*.html") if 'property="og:image"' in path.read_text()]
    pictures = {head(read(path))["og:image"] for path in pages if path.name != "index.html"}
    assert len(pictures) == len(pages) - ((shared / "index.html") in pages)


@pytest.mark.slow
def test_the_first_page_of_the_site_leads_on_and_can_be_shared(shared):
    page = read(shared / "index.html")
    assert page.html["lang"] == "en" and page.title and page.h1
    assert page.find("a")["href"] == f"{HOME}.html"
    assert f"url={HOME}.html" in page.find("meta", {"http-equiv": "refresh"})["content"]
    assert page.find("link", rel="canonical")["href"] == f"{SITE}{HOME}.html"
    assert head(page)["og:url"] == f"{SITE}{HOME}.html"


@pytest.mark.slow
def test_the_site_map_lists_each_page_with_its_day(shared):
    space = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
    listed = {
        entry.findtext(f"{space}loc"): entry.findtext(f"{space}lastmod")
        for entry in ET.parse(shared / "sitemap.xml").getroot()
    }
    assert listed[f"{SITE}{CHAPTER}.html"] == listed[f"{SITE}{SHEET}.html"] == "2026-05-09"
    assert listed[f"{SITE}{LESSON}.html"] == "2026-03-01"
    # All but what the builder makes.
    made = {"404.html", "index.html", "search.html", "genindex.html"}
    pages = [path for path in shared.rglob("*.html") if path.name not in made]
    assert len(pages) > 10
    assert set(listed) == {SITE + path.relative_to(shared).as_posix() for path in pages}
    assert f"Sitemap: {SITE}sitemap.xml" in (shared / "robots.txt").read_text()


@pytest.mark.slow
def test_a_page_says_when_it_last_changed_and_how_to_cite_it(shared):
    for page, day in ((LESSON, "1 March 2026"), (SHEET, "9 May 2026")):
        assert read(shared / f"{page}.html").select_one(".ol-changed time").get_text() == day
    box = read(shared / f"{CHAPTER}.html").select_one(".ol-cite")
    text, entry = (part.get_text() for part in box.select(".ol-cite-text"))
    assert "(2026)" in text and text.endswith(f" {SITE}{CHAPTER}.html")
    fields = parse_string(entry, "bibtex").entries["organizer-lab-idea-generation-2026"].fields
    assert fields["url"] == f"{SITE}{CHAPTER}.html"
    assert all(button.has_attr("hidden") for button in box.select("button"))
    home = read(shared / f"{HOME}.html").select_one(".ol-cite")
    assert home.summary.get_text() == "Cite this course"
    assert "In: " not in home.get_text()


@pytest.mark.slow
def test_links_to_sections_keep_their_name_and_say_where_they_lead(shared):
    page = read(shared / f"{CHAPTER}.html")
    for label in ("stage-idea-generation", "checklist-idea-generation"):
        heading = page.find("section", id=label).find(re.compile("h[12]"))
        link = heading.find("a", class_="headerlink")
        assert link["href"] == f"#{label}"
        link.extract()
        assert link["aria-label"] == f"Link to this section: {heading.get_text()}"
    # What was made from a title still leads there.
    assert page.find(id="stage-1-idea-generation").find_parent("section")["id"].startswith("stage-")
    every = [tag["id"] for tag in page.find_all(id=True)]
    assert len(every) == len(set(every))


@pytest.mark.slow
def test_without_address_and_history_nothing_is_made_up(shared, tmp_path):
    """The same folder built again, as from a zip, after an address was there."""
    root = tmp_path / "book"
    shutil.copytree(shared.parents[1], root, ignore=shutil.ignore_patterns(".git"))
    build.render(root, root / "_build")
    pages = root / "_build" / "html"
    for name in ("sitemap.xml", "robots.txt", sharing.PICTURES):
        assert (shared / name).exists() and not (pages / name).exists()
    for path in pages.rglob("*.html"):
        page = read(path)
        assert not page.find("link", rel="canonical"), path
        assert not page.find("meta", property=True), path
        assert not page.select(".ol-changed"), path
    text = read(pages / f"{CHAPTER}.html").select_one(".ol-cite-text").get_text()
    assert "http" not in text and "(2021)" in text
    assert head(read(pages / f"{CHAPTER}.html"))["description"]


@pytest.mark.slow
def test_a_clone_without_its_history_gives_no_day(shared, tmp_path):
    assert len(changes.of_files(shared.parents[1])) > 5
    clone = tmp_path / "clone"
    git(tmp_path, "clone", "-q", "--depth=1", f"file://{shared.parents[1]}", str(clone))
    assert changes.of_files(clone) == {}


# -- In a browser --------------------------------------------------------------------------------


class Host(SimpleHTTPRequestHandler):
    """Serves a site below /lab/, and its 404 page for all else, as hosts of static sites do."""

    def translate_path(self, path: str) -> str:
        return super().translate_path(
            path.removeprefix("/lab") if path.startswith("/lab/") else "/-"
        )

    def list_directory(self, path: object) -> None:
        self.send_error(404)

    def send_error(self, code: int, *more: object) -> None:
        body = Path(self.directory, "404.html").read_bytes()
        self.send_response(code)
        self.send_header("Content-Type", "text/html; charset=utf-8")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *more: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def plain_site(shared, tmp_path_factory) -> Path:
    """The small book without an address."""
    root = tmp_path_factory.mktemp("plain") / "book"
    shutil.copytree(shared.parents[1], root)
    build.render(root, root / "_build")
    return root / "_build" / "html"


@pytest.mark.slow
@pytest.mark.browser
@pytest.mark.parametrize("depth", ["idea-generaton.html", "book/framework/", "a/b/c/d.html"])
def test_a_wrong_address_leads_back_from_any_depth(plain_site, browser, depth):
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Host, directory=str(plain_site))) as web:
        threading.Thread(target=web.serve_forever, daemon=True).start()
        start = f"http://127.0.0.1:{web.server_port}/lab/"
        with visit(browser, f"{start}{depth}", viewport={"width": 360, "height": 640}) as seen:
            page = seen.page
            link = page.get_by_role("link")
            page.wait_for_function("document.getElementById('home').pathname.startsWith('/lab/')")
            assert page.evaluate("document.documentElement.scrollWidth") <= 360
            asked = page.get_by_role("searchbox").input_value()
            assert asked == {"i": "idea generaton", "b": "framework", "a": "d"}[depth[0]]
            link.click()
            # To its end: there is no way back from a page that is only about to come.
            page.wait_for_url(f"{start}{HOME}.html")
            page.go_back()
            page.wait_for_function("document.forms[0].action.includes('/lab/')")
            page.get_by_role("searchbox").press("Enter")
            page.wait_for_url("**/lab/search.html?q=*")
            assert seen.strangers == []
        web.shutdown()


@pytest.mark.slow
@pytest.mark.browser
def test_the_page_for_wrong_addresses_knows_the_address_of_the_site(shared, browser, serve):
    with visit(browser, f"{serve(shared)}404.html", java_script_enabled=False) as seen:
        link = seen.page.get_by_role("link")
        assert link.get_attribute("href") == f"{SITE}{HOME}.html"
        assert seen.problems == seen.strangers == []


@pytest.mark.slow
@pytest.mark.browser
def test_a_reference_is_copied_by_keyboard(plain_site, browser, serve):
    web = serve(plain_site)
    rights = {"permissions": ["clipboard-read", "clipboard-write"]}
    with visit(browser, f"{web}{CHAPTER}.html", **rights) as seen:
        page = seen.page
        page.locator(".ol-cite > summary").focus()
        page.keyboard.press("Enter")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('.ol-cite-said').textContent === 'Copied.'")
        said = page.locator(".ol-cite-text").first.text_content()
        assert page.evaluate("navigator.clipboard.readText()") == said
        page.get_by_role("button", name="Copy the BibTeX entry").click()
        page.wait_for_function("navigator.clipboard.readText().then((t) => t.startsWith('@misc'))")
        assert seen.problems == seen.strangers == []


@pytest.mark.slow
@pytest.mark.browser
def test_without_script_a_reference_can_be_read_and_no_dead_button_shows(
    plain_site, browser, serve
):
    web = serve(plain_site)
    with visit(browser, f"{web}{CHAPTER}.html", java_script_enabled=False) as seen:
        seen.page.locator(".ol-cite > summary").click()
        assert seen.page.locator(".ol-cite-text").last.is_visible()
        assert not seen.page.locator(".ol-cite button").first.is_visible()


@pytest.mark.slow
@pytest.mark.browser
def test_a_link_to_a_section_shows_under_the_keyboard(plain_site, browser, serve):
    web = serve(plain_site)
    with visit(browser, f"{web}{CHAPTER}.html") as seen:
        link = seen.page.locator("h2 > .headerlink").first
        look = "link => [getComputedStyle(link).visibility, getComputedStyle(link).opacity]"
        assert link.evaluate(look) == ["visible", "0"]
        # From the keyboard: a focus that a script sets would not show in every browser.
        for _ in range(80):
            seen.page.keyboard.press("Tab")
            if link.evaluate("link => link === document.activeElement"):
                break
        assert link.evaluate(look) == ["visible", "1"]
        seen.page.keyboard.press("Enter")
        assert seen.page.url.endswith(link.get_attribute("href"))


# -- The real book -------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_real_page_has_a_title_and_a_description_of_its_own(built_book):
    found = [path for path in built_book.rglob("*.html") if "_static" not in path.parts]
    found = [path for path in found if path.name != "index.html" or path.parent != built_book]
    pages = {path.relative_to(built_book).as_posix(): read(path) for path in found}
    assert len({page.title.get_text() for page in pages.values()}) == len(found)
    about = {name: head(page).get("description", "") for name, page in pages.items()}
    assert len(set(about.values())) == len(found)
    for name, text in about.items():
        assert 50 <= len(text) <= 160, f"{name}: {text}"
        assert not re.search(r"[<>{}`]|\s[.,;]", text), f"{name}: {text}"
    for name, page in pages.items():
        every = [tag["id"] for tag in page.find_all(id=True)]
        assert len(every) == len(set(every)), name
        # A name that is only counted would change its section when a page grows.
        sections = [tag["id"] for tag in page.select("section[id]")]
        assert not [each for each in sections if re.fullmatch(r"id\d+", each)], name
