"""Light pages: what is purged from style sheets, which programs a page keeps, what is deleted."""

from __future__ import annotations

import re

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

pytest.importorskip("sphinx")
pytest.importorskip("tinycss2")

import soupsieve
from bs4 import BeautifulSoup

from organizer_lab.book import light
from organizer_lab.book.light import icons
from organizer_lab.book.light.night import night
from organizer_lab.book.light.purge import Names, purge

# -- Style ---------------------------------------------------------------------------------------


def names(html: str = "", program: str = "") -> Names:
    found = Names()
    found.add_page(html)
    found.add_program(program)
    return found


TAGS = ["p", "div", "em", "table", "mark"]
CLASSES = ["a", "b-c", "sd-1/2", "Äpfel", "none"]
IDS = ["one", "two", "3"]
# Names as a style sheet writes them.
ESCAPED = {"sd-1/2": r"sd-1\/2", "3": r"\33 "}


@st.composite
def elements(draw, depth: int = 0) -> str:
    tag = draw(st.sampled_from(TAGS))
    classes = draw(st.lists(st.sampled_from(CLASSES), max_size=2))
    words = f' class="{" ".join(classes)}"' if classes else ""
    if draw(st.booleans()):
        words += f' id="{draw(st.sampled_from(IDS))}"'
    if draw(st.booleans()):
        words += ' data-x="y"'
    inside = draw(st.lists(elements(depth + 1), max_size=2)) if depth < 2 else []
    return f"<{tag}{words}>{''.join(inside)}</{tag}>"


@st.composite
def compounds(draw, depth: int = 0) -> str:
    parts = [
        f".{ESCAPED.get(name, name)}"
        for name in draw(st.lists(st.sampled_from(CLASSES), max_size=2))
    ]
    if draw(st.booleans()):
        name = draw(st.sampled_from(IDS))
        parts.append(f"#{ESCAPED.get(name, name)}")
    parts += draw(
        st.lists(
            st.sampled_from(["[data-x]", '[data-x="y"]', "[lang|=de]", ":first-child", ":empty"]),
            max_size=1,
        )
    )
    if depth < 2 and draw(st.booleans()):
        kind = draw(st.sampled_from(["is", "where", "not"]))
        inside = draw(st.lists(selectors(depth + 1), min_size=1, max_size=2))
        parts.append(f":{kind}({', '.join(inside)})")
    tag = draw(st.sampled_from(["", "*", *TAGS]))
    return tag + "".join(parts) or "p"


@st.composite
def selectors(draw, depth: int = 0) -> str:
    parts = draw(st.lists(compounds(depth), min_size=1, max_size=3))
    signs = [draw(st.sampled_from([" ", " > ", "+", " ~ "])) for _ in parts[1:]]
    return parts[0] + "".join(sign + part for sign, part in zip(signs, parts[1:], strict=True))


def prelude(css: str) -> list[str]:
    return re.findall(r"^(.*)\{color:red\}$", css, re.MULTILINE)


@settings(max_examples=100, deadline=None)
@given(page=elements(), selector=st.lists(selectors(), min_size=1, max_size=3).map(", ".join))
@example(page='<p class="a">', selector=":not(.never):is(.never, .a)")
def test_a_rule_that_finds_an_element_is_never_purged(page, selector):
    soup = BeautifulSoup(page, "html.parser")
    css = purge(f"{selector} {{ color: red }}", names(page))
    for each in soupsieve.select(selector, soup):
        assert prelude(css), f"{selector} finds {each}"
        assert soupsieve.match(prelude(css)[0], each), "and still finds it"


def test_what_a_program_makes_is_as_good_as_what_stands_on_a_page():
    selector = "mark.found#one[data-shown], .sd-lost"
    program = 'x.className = "found"; mark(`<p id="one">`); x.setAttribute("data-shown", "")'
    assert prelude(purge(f"{selector}{{color:red}}", names("", program))) == [
        "mark.found#one[data-shown]"
    ]


@pytest.mark.parametrize(
    "selector",
    [
        ".other",
        "p.other",
        "#other",
        "section",
        "[data-other]",
        ".a .other",
        ".other > p",
        ".a:is(.other, #other)",
        ".a:where(section)",
        ".a:hover + .other::before",
    ],
)
def test_a_rule_for_what_no_page_has_goes(selector):
    html = '<div class="a"><p id="x" data-x>'
    assert purge(f"{selector} {{ color: red }}", names(html)) == ""
    kept = purge(f"{selector}, p:hover {{ color: red }}", names(html))
    assert kept == "p:hover{color:red}\n"


@pytest.mark.parametrize("selector", [".a", ":root", "*", "details[open]", "::selection", "svg|a"])
def test_states_and_what_is_not_understood_stay(selector):
    css = f"@media (min-width: 30em) {{ {selector} {{ color: red }} }}"
    html = '<details class="a"></details>'
    assert selector in purge(css, names(html))


def test_variables_stay_where_something_needs_them():
    css = """
      :root { --a: 1px; --b: calc(var(--a) * 2); --c: var(--d); --d: 2; --e: 3; --f: 4 }
      p { margin: var(--b) !important }
      em { width: var(--c) }
    """
    kept = purge(css, names('<p style="left: var(--e)">', 'x("--f")'))
    assert set(re.findall(r"(--\w)\s*:", kept)) == {"--a", "--b", "--e", "--f"}
    assert "margin:var(--b)!important" in kept


def test_rules_for_the_night_stand_once_more_for_pages_without_programs():
    sheet = """
      html[data-theme=light] p{color:#000}
      html[data-theme="dark"] :is(a, b),p.night{color:#fff}
      @media print{html[data-theme='dark'] a{color:#111}}
      p{color:#222}
    """
    assert night(sheet).split("\n") == [
        "@media screen and (scripting: none) and (prefers-color-scheme: dark){",
        "html[data-theme] :is(a, b){color:#fff}",
        "@media print{",
        "html[data-theme] a{color:#111}",
        "}",
        "}",
        "",
    ]
    assert night("p{color:#222}") == ""


def test_animations_and_groups_without_use_go():
    css = """
      @charset "utf-8";
      @keyframes turn { to { rotate: 1turn } }
      @keyframes blink { to { opacity: 0 } }
      p { animation: 1s turn }
      @media print { .other { color: red } p { color: black } }
      @supports (display: grid) { @media print { .other { color: red } } }
      @font-face { font-family: X; src: url(x.woff) }
    """
    kept = purge(css, names("<p>"))
    assert "turn" in kept and "blink" not in kept and "other" not in kept
    assert "@supports" not in kept and "@charset" not in kept
    assert "@media print{\np{color:black}\n}" in kept
    assert "@font-face" in kept


# -- Icons ---------------------------------------------------------------------------------------


def test_icons_are_the_characters_in_the_sheet():
    css = '.s:before{content:"\\f005"} :root{--pst-icon-bell:"\uf0f3"} .t:after{content:\'#\'}'
    assert icons.characters(css) == {0xF005, 0xF0F3, ord("#")}
    assert icons.characters('.a{content:"";x:"long"}') == set()


@pytest.fixture(scope="module")
def theme(tmp_path_factory):
    """Stand for the folder of the theme's files, with its real fonts."""
    import shutil
    from pathlib import Path

    package = pytest.importorskip("pydata_sphinx_theme")
    source = Path(package.__file__).parent / "theme" / "pydata_sphinx_theme" / "static"
    static = tmp_path_factory.mktemp("site") / "_static"
    shutil.copytree(source / "vendor", static / "vendor")
    shutil.copytree(source / "styles", static / "styles")
    return static


def test_icon_fonts_hold_the_icons_in_use(theme):
    from fontTools.ttLib import TTFont

    css = light.gather(theme, "styles/pydata-sphinx-theme.css")
    # The magnifying glass of the search field and the bars of the menu.
    page = '<i class="fa-solid fa-magnifying-glass"></i><i class="fa-solid fa-bars"></i>'
    small = icons.cut(purge(css, names(page)), theme)
    fonts = {name: TTFont(theme / name) for name in re.findall(r"url\(([\w.-]+\.woff)\)", small)}
    assert {0xF002, 0xF0C9} <= set().union(*(font.getBestCmap() for font in fonts.values()))
    assert sum((theme / name).stat().st_size for name in fonts) < 10_000
    assert ".ttf" not in small and ".woff2" not in small
    before = {path: path.stat().st_mtime_ns for path in theme.iterdir()}
    assert icons.cut(purge(css, names(page)), theme) == small
    assert before == {path: path.stat().st_mtime_ns for path in theme.iterdir()}


def test_a_font_that_nothing_uses_goes_and_one_without_its_file_stays(tmp_path):
    face = "@font-face{font-family:Own\\ Font;src:url(a.woff2),url(lost.ttf) format('truetype')}"
    assert icons.cut(f"{face}p{{content:'x'}}", tmp_path) == "p{content:'x'}"
    used = f"{face}p{{font-family:\"Own Font\";content:'x'}}"
    assert icons.cut(used, tmp_path) == used


# -- Pages and programs --------------------------------------------------------------------------

FILES = {
    "styles/theme.css": '@import "../basic.css";\n.used { background: url(../pictures/a.svg) }',
    "basic.css": ".unused { color: red } p { color: blue }",
    "own.css": ".set-by-program { color: green } .second { color: teal }",
    "paper.css": "p { color: black }",
    "pictures/a.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    "pictures/b.svg": '<svg xmlns="http://www.w3.org/2000/svg"/>',
    "documentation_options.js": "// Options.\nconst DOCUMENTATION_OPTIONS = { VERSION: '' };",
    "doctools.js": "const Documentation = 1;",
    "sphinx_highlight.js": "const SPHINX_HIGHLIGHT_ENABLED = true;",
    "searchtools.js": "const Search = {};",
    "language_data.js": "const stopwords = [];",
    "search.js": "{ Search.shown = true; }",
    "clipboard.min.js": "window.Clipboard = 1;",
    "copybutton.js": "window.copy = 1;\n//# sourceMappingURL=copybutton.js.map",
    "copybutton.js.map": "{}",
    "togglebutton.js": "window.toggle = 1;",
    "design-tabs.js": "window.tabs = 1;",
    "scripts/fontawesome.js": "window.icons = 1;",
    "scripts/bootstrap.js": "window.bootstrap = 1;",
    "scripts/sphinx-book-theme.js": "window.book = 1;",
    "scripts/pydata-sphinx-theme.js": 'document.body.classList.add("set-by-program")',
    "explorer.js": "window.explorer = 1;",
}
HEAD = [
    *("doctools.js", "sphinx_highlight.js", "clipboard.min.js", "copybutton.js"),
    *("scripts/sphinx-book-theme.js", "togglebutton.js", "design-tabs.js"),
]
SEARCH = ("searchtools.js", "language_data.js", "searchindex.js")


def page(body: str = "", more: str = "", root: str = "", programs: tuple[str, ...] = ()) -> str:
    """Write a page in the way of the theme."""

    def script(name: str, defer: str = "") -> str:
        folder = root if name == "searchindex.js" else f"{root}_static/"
        return f'    <script {defer}src="{folder}{name}?v=1"></script>\n'

    sheets = "".join(
        f'<link href="{root}_static/{name}?digest=1" rel="stylesheet" />\n'
        for name in ("styles/theme.css", "own.css")
    )
    return (
        f'<!DOCTYPE html>\n<html data-content_root="{root}"><head>\n'
        '<meta name="viewport" content="width=device-width" />\n'
        f'{sheets}<link rel="stylesheet" media="print" href="{root}_static/paper.css" />\n'
        f'<link rel="preload" as="script" href="{root}_static/scripts/bootstrap.js?digest=1" />\n'
        + script("scripts/fontawesome.js", "defer ")
        + script("documentation_options.js")
        + "".join(map(script, HEAD))
        + "<script>let toggleHintShow = 'Click to show';</script>\n"
        + "<script>DOCUMENTATION_OPTIONS.pagename = 'x';</script>\n"
        + f'<link rel="icon" href="{root}_static/pictures/a.svg"/>\n'
        + '<meta name="viewport" content="width=device-width"/>\n'
        + "".join(map(script, SEARCH))
        + "".join(map(script, programs))
        + f"{more}</head><body>{body}\n"
        + script("scripts/bootstrap.js", "defer ")
        + script("scripts/pydata-sphinx-theme.js", "defer ")
        + "</body></html>\n"
    )


@pytest.fixture
def site(tmp_path):
    return fill(tmp_path / "html")


def fill(folder):
    for name, text in FILES.items():
        path = folder / "_static" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    (folder / "searchindex.js").write_text("Search.setIndex({})", encoding="utf-8")
    (folder / "deep").mkdir(exist_ok=True)
    pages = {
        "plain.html": page('<p class="used">Text.</p>'),
        "deep/code.html": page(
            '<div class="highlight"><pre>x</pre></div>', root="../", programs=("explorer.js",)
        ),
        "search.html": page('<div id="search-results"></div>', programs=("search.js",)),
    }
    for name, text in pages.items():
        (folder / name).write_text(text, encoding="utf-8")
    (folder / "index.html").write_text('<meta http-equiv="Refresh" content="0; url=plain.html">')
    return folder


def asked(site, name: str) -> list[str]:
    soup = BeautifulSoup((site / name).read_text(encoding="utf-8"), "html.parser")
    return [
        re.sub(r"\?v=\w+$", "", tag.get("src") or tag.get("href"))
        for tag in soup.select("script[src], link[rel=stylesheet]")
    ]


def test_a_page_asks_for_what_it_needs(site):
    assert light.lighten(site) == []
    assert asked(site, "plain.html") == ["_static/ol-book.css", "_static/ol-page.js"]
    assert asked(site, "deep/code.html") == [
        "../_static/ol-book.css",
        "../_static/ol-code.js",
        "../_static/ol-page.js",
        "../_static/explorer.js",
    ]
    # A search begins when its page is complete, and all its programs are known by then.
    assert asked(site, "search.html") == [
        "_static/ol-book.css",
        "_static/ol-page.js",
        "_static/ol-search.js",
    ]
    # The index stays where it is; the programs of the search load it for the first question.
    assert (site / "searchindex.js").is_file()
    late = (site / "search.html").read_text().index("ol-search.js")
    assert late > (site / "search.html").read_text().index('id="search-results"')
    text = (site / "plain.html").read_text()
    assert "toggleHint" not in text and "preload" not in text and "bootstrap" not in text
    assert text.count("viewport") == 1
    assert text.index("const DOCUMENTATION_OPTIONS") < text.index("DOCUMENTATION_OPTIONS.pagename")
    assert "refresh" in (site / "index.html").read_text().lower()


def test_the_sheet_has_what_pages_and_programs_use(site):
    light.lighten(site)
    css = (site / "_static" / "ol-book.css").read_text()
    rules = css.partition("\n")[2]
    assert rules.index("p{color:blue}") < rules.index(".used{") < rules.index(".set-by-program{")
    assert 'url("pictures/a.svg")' in rules
    assert "unused" not in rules and "second" not in rules
    assert "@media print{\np{color:black}\n}" in rules


def test_what_nothing_names_is_deleted(site):
    light.lighten(site)
    left = {
        path.relative_to(site / "_static").as_posix()
        for path in (site / "_static").rglob("*")
        if path.is_file()
    }
    assert left == {
        *("ol-book.css", "ol-code.js", "ol-page.js", "ol-search.js"),
        *("explorer.js", "pictures/a.svg"),
    }
    assert not (site / "_static" / "scripts").exists()
    assert "sourceMapping" not in (site / "_static" / "ol-code.js").read_text()


def test_a_page_with_a_style_of_its_own_stays_as_it_is(site):
    text = '<style>p { color: red }</style><script>x("_static/pictures/b.svg")</script><p>'
    (site / "404.html").write_text(text)
    light.lighten(site)
    assert (site / "404.html").read_text() == text
    assert (site / "_static" / "pictures" / "b.svg").exists()
    before = snapshot(site)
    assert light.lighten(site) == []
    assert snapshot(site) == before


def snapshot(site) -> dict[str, bytes]:
    return {
        path.relative_to(site).as_posix(): path.read_bytes()
        for path in site.rglob("*")
        if path.is_file()
    }


def test_a_second_build_without_changes_changes_nothing(site):
    light.lighten(site)
    before = snapshot(site)
    assert light.lighten(site) == []
    assert snapshot(site) == before


def test_a_page_that_changes_brings_its_rules_and_the_others_follow(site, tmp_path):
    light.lighten(site)
    before = snapshot(site)
    # Sphinx brings all its files back and writes some pages, always the one of the search.
    again = fill(tmp_path / "again")
    for name in ("plain.html", "deep/code.html"):
        (again / name).write_bytes(before[name])
    (again / "_static" / "ol-book.css").write_bytes(before["_static/ol-book.css"])
    (again / "plain.html").write_text(page('<p class="used second">New.</p>'), encoding="utf-8")
    assert light.lighten(again) == []
    css = (again / "_static" / "ol-book.css").read_text()
    assert ".second{" in css and ".used{" in css
    versions = {
        re.search(r"ol-book\.css\?v=(\w+)", path.read_text())[1]
        for path in (again / "plain.html", again / "search.html", again / "deep" / "code.html")
    }
    assert len(versions) == 1, "every page asks for the new sheet"
    assert (again / "_static" / "ol-code.js").exists(), "a page of an earlier build needs it"
    assert asked(again, "deep/code.html") == asked(site, "deep/code.html")


def test_a_sheet_of_earlier_pages_is_not_lost(site):
    text = (site / "deep" / "code.html").read_text()
    (site / "_static" / "extra.css").write_text("pre { color: navy }")
    link = '<link rel="stylesheet" href="../_static/extra.css" />'
    (site / "deep" / "code.html").write_text(text.replace("</head>", f"{link}</head>"))
    light.lighten(site)
    light_page = (site / "deep" / "code.html").read_text()
    sheet = (site / "_static" / "ol-book.css").read_bytes()
    fill(site)
    (site / "_static" / "extra.css").write_text("pre { color: navy }")
    (site / "deep" / "code.html").write_text(light_page)
    (site / "_static" / "ol-book.css").write_bytes(sheet)
    assert light.lighten(site) == []
    assert "navy" in (site / "_static" / "ol-book.css").read_text()


def test_a_page_that_the_book_has_no_longer_goes_and_asks_for_nothing(site):
    """It stayed in the site, and kept asking for a sheet of the build that made it."""
    light.lighten(site)
    before = (site / "plain.html").read_bytes()
    fill(site)
    sheet = site / "_static" / "ol-book.css"
    sheet.write_text("/* former.css */\n")
    former = site / "former.html"
    former.write_bytes(before)
    assert light.left_over(site, {"plain", "deep/code"}) == [former]
    assert light.left_over(site, {"plain", "deep/code", "former"}) == []
    former.unlink()
    # No page is left that became light before, so the old list of sheets says nothing.
    assert light.lighten(site) == []


def test_a_file_that_is_not_there_is_said_and_nothing_is_changed(site):
    (site / "_static" / "own.css").unlink()
    before = snapshot(site)
    assert light.lighten(site) == ["A page asks for _static/own.css, which is not there."]
    assert snapshot(site) == before


def test_programs_of_others_and_unknown_ones_stay(site):
    (site / "_static" / "new.js").write_text("window.now = 1;")
    more = (
        '<script src="_static/new.js"></script>'
        '<script src="https://example.org/_static/x.js"></script>'
        '<script type="application/json" class="ol-frames">[{"alt": "word"}]</script>'
        '<script async src="_static/explorer.js"></script>'
    )
    (site / "plain.html").write_text(page("<p>Text.</p>", more=more), encoding="utf-8")
    light.lighten(site)
    text = (site / "plain.html").read_text()
    assert '<script defer src="_static/new.js"></script>' in text
    assert '<script src="https://example.org/_static/x.js"></script>' in text
    assert '[{"alt": "word"}]' in text
    assert '<script async src="_static/explorer.js"></script>' in text
    assert (site / "_static" / "new.js").exists()


def test_tabs_and_toggles_bring_their_programs(site):
    body = '<label class="sd-tab-label">One</label><div class="toggle">Two</div>'
    (site / "plain.html").write_text(page(body), encoding="utf-8")
    light.lighten(site)
    assert "_static/design-tabs.js" in asked(site, "plain.html")
    assert "_static/togglebutton.js" in asked(site, "plain.html")
    assert "toggleHintShow" in (site / "plain.html").read_text()
