"""Light pages: of style, programs and fonts, only what a page needs.

By default each page asks for ten style sheets and twenty programs, about a megabyte, whether it has
code, tabs and a search or not. When all pages are written, this step

- joins the sheets into one, without the rules that no page uses (`purge`), and cuts the icon fonts
  down to the icons in use (`icons`), and gives the dark colours also to pages without programs
  (`night`),
- leaves out the programs that a page has no use for, and joins those that all pages need,
- deletes the files of ``_static`` that nothing names any more.

A page that an earlier build wrote has been through this already. Sphinx then brings the theme's
files back whenever it writes any page, so every sheet and program is there when it is needed.
"""

from __future__ import annotations

import hashlib
import posixpath
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sphinx.util import logging

from organizer_lab.book.light import icons
from organizer_lab.book.light.night import night
from organizer_lab.book.light.purge import Names, purge
from organizer_lab.files import write

STATIC = "_static"
STYLE = "ol-book.css"
# Folders of a finished book that hold no pages of it.
_NO_PAGES = {STATIC, "_sources", "_downloads", "_images", "lite"}

_LINK = re.compile(r"[ \t]*<link\b[^>]*>\n?")
_SCRIPT = re.compile(r"[ \t]*<script\b(?P<attributes>[^>]*)>(?P<body>.*?)</script>\n?", re.DOTALL)
_VIEWPORT = re.compile(r"[ \t]*<meta name=\"viewport\"[^>]*>\n?")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*\"([^\"]*)\"")
_OWN = re.compile(rf"(?:[^\"':?#]*/)?{STATIC}/(?P<name>[^\"'?#]+)")
_JOINED = re.compile(rf"{STATIC}/(ol-[a-z]+\.(?:css|js))\?v=[0-9a-f]+")
_IMPORT = re.compile(r"@import\s+(?:url\()?[\"']?([^\"');]+)[\"']?\)?\s*;")
_ADDRESS = re.compile(r"url\(\s*([\"']?)(?!data:|#|/|[a-z]+:)([^\"')]+)\1\s*\)")
_MAP = re.compile(r"^//# sourceMappingURL=.*$", re.MULTILINE)
_COMMENT = re.compile(r"^\s*(//.*|/\*.*\*/)$", re.MULTILINE)

# -- What a program is needed for ----------------------------------------------------------------


def _always(page: Names) -> bool:
    return True


def _never(page: Names) -> bool:
    return False


def _code(page: Names) -> bool:
    return "highlight" in page.classes and "pre" in page.tags


def _toggles(page: Names) -> bool:
    return "toggle" in page.classes or {"admonition", "dropdown"} <= page.classes


def _tabs(page: Names) -> bool:
    return "sd-tab-label" in page.classes


def _search(page: Names) -> bool:
    return "search-results" in page.ids


# A program that is not named here stays on its pages.
NEEDED: dict[str, Callable[[Names], bool]] = {
    # The icons are drawn from the fonts; this would draw them all once more.
    "scripts/fontawesome.js": _never,
    # Tips that the browser shows itself, and menus; ours unfold without a program.
    "scripts/bootstrap.js": _never,
    "doctools.js": _search,
    "sphinx_highlight.js": _search,
    "searchtools.js": _search,
    "language_data.js": _search,
    "search.js": _search,
    # `search.js` loads it for the first question.
    "searchindex.js": _never,
    "clipboard.min.js": _code,
    "copybutton.js": _code,
    "togglebutton.js": _toggles,
    "design-tabs.js": _tabs,
    "scripts/sphinx-book-theme.js": _always,
    "scripts/pydata-sphinx-theme.js": _always,
}
# Which of them are one file, in this order.
JOINED = {
    "ol-page.js": ("scripts/sphinx-book-theme.js", "scripts/pydata-sphinx-theme.js"),
    "ol-code.js": ("clipboard.min.js", "copybutton.js"),
    "ol-search.js": (
        "doctools.js",
        "sphinx_highlight.js",
        "searchtools.js",
        "language_data.js",
        "search.js",
    ),
}
_PART_OF = {name: joined for joined, names in JOINED.items() for name in names}
# It expects that the page is not complete yet. It stands at the end, where it holds nothing up.
_LATE = "ol-search.js"
_OPTIONS = "documentation_options.js"
# What stands in a page for a program: the beginning of the text, and the program.
_INLINE = {
    "let toggle": "togglebutton.js",
    "var togglebuttonSelector": "togglebutton.js",
}

# -- One page ------------------------------------------------------------------------------------


@dataclass
class Page:
    """A page on its way: its text, its names, and what it asked for.

    Attributes
    ----------
    sheets : list of str
        The style sheets that were taken out, relative to ``_static``, in their order; where one is
        for some media only, such as print, these follow after a space.
    programs : list of str
        The own programs that the page still asks for, in the same way.
    inline : list of str
        The programs that stand in the page.
    """

    html: str
    names: Names = field(init=False)
    sheets: list[str] = field(default_factory=list)
    programs: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)
    _late: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.names = Names()
        self.names.add_page(self.html)

    @property
    def fresh(self) -> bool:
        """Say whether the page has still to become light. One with a style of its own has not."""
        return bool(self._linked() - {None, STYLE})

    @property
    def light(self) -> bool:
        """Say whether the page became light in an earlier build."""
        return self._linked() >= {STYLE} and not self.fresh

    def _linked(self) -> set[str | None]:
        links = (dict(_ATTRIBUTE.findall(link)) for link in _LINK.findall(self.html))
        return {_own(link["href"]) for link in links if link.get("rel") == "stylesheet"}

    def lighten(self, options: str) -> None:
        """Take the sheets and the needless programs out.

        Parameters
        ----------
        options : str
            The program ``documentation_options.js``; it is short and goes into the page, because
            the texts of programs in the page refer to it.
        """
        self.html = _LINK.sub(self._link, self.html)
        seen: set[str] = set()
        self.html = _SCRIPT.sub(lambda match: self._script(match, options, seen), self.html)
        head, end, tail = self.html.rpartition("</body>")
        self.html = f"{head}{''.join(self._late)}{end}{tail}"
        first, *_ = [match.start() for match in _VIEWPORT.finditer(self.html)] or [0]
        self.html = _VIEWPORT.sub(
            lambda match: match[0] if match.start() == first else "", self.html
        )

    def note(self) -> None:
        """Note the programs of a page that has been through this before."""
        _SCRIPT.sub(lambda match: self._keep(match, _own(_source(match))), self.html)

    def _link(self, match: re.Match) -> str:
        attributes = dict(_ATTRIBUTE.findall(match[0]))
        address = attributes.get("href", "")
        if attributes.get("rel") == "preload" and attributes.get("as") == "script":
            return ""
        name = _own(address)
        if attributes.get("rel") != "stylesheet" or name is None:
            return match[0]
        media = attributes.get("media", "all")
        self.sheets.append(name if media == "all" else f"{name} {media}")
        if len(self.sheets) > 1:
            return ""
        root = address[: address.index(f"{STATIC}/")]
        return f'<link rel="stylesheet" href="{root}{STATIC}/{STYLE}?v=0" />\n'

    def _script(self, match: re.Match, options: str, seen: set[str]) -> str:
        source, body = _source(match), match["body"].strip()
        name = _own(source)
        if not source:
            program = next((p for start, p in _INLINE.items() if body.startswith(start)), "")
            wanted = not program or NEEDED[program](self.names)
            return self._keep(match, None) if wanted else ""
        if name is None:
            return match[0]
        if name == _OPTIONS:
            self.inline.append(options)
            return f"<script>{options}</script>\n"
        if not NEEDED.get(name, _always)(self.names):
            return ""
        asked = _PART_OF.get(name, name)
        if asked in seen:
            return ""
        seen.add(asked)
        self.programs.append(asked)
        text = match[0]
        if asked != name:
            root = source[: source.index(f"{STATIC}/")]
            text = f'<script src="{root}{STATIC}/{asked}?v=0"></script>\n'
        if asked == _LATE:
            self._late.append(text)
            return ""
        # Deferred programs run in their order, after the page is there.
        waits = re.search(r"\b(defer|async|type)\b", text.partition(">")[0])
        return text if waits else text.replace("<script", "<script defer", 1)

    def _keep(self, match: re.Match, name: str | None) -> str:
        if name:
            self.programs.append(name)
        elif not re.search(r"type=\"(application|text/x)", match["attributes"]):
            self.inline.append(match["body"])
        return match[0]


def _source(match: re.Match) -> str:
    return dict(_ATTRIBUTE.findall(match["attributes"])).get("src", "")


def _own(address: str) -> str | None:
    """Name a file of ``_static`` relative to it; None for another address."""
    if address.split("?")[0].endswith("searchindex.js") and ":" not in address:
        # The one program that Sphinx puts beside the pages.
        return "searchindex.js"
    match = _OWN.match(address)
    return match["name"] if match else None


# -- The whole site ------------------------------------------------------------------------------


def left_over(site: Path, documents: Collection[str]) -> list[Path]:
    """List the pages of an earlier build that this book has no longer.

    Parameters
    ----------
    site : Path
        The folder of the pages, just written.
    documents : collection of str
        The pages of the book, without their ending.

    Returns
    -------
    list of Path
        Nothing where no page was written: the lists that Sphinx makes itself, such as the one of
        terms, are no documents, but are written whenever a page is.
    """
    found = {path: Page(_read(path)) for path in _pages(site)}
    if not any(page.fresh for page in found.values()):
        return []
    names = {path: path.relative_to(site).with_suffix("").as_posix() for path in found}
    return [path for path, page in found.items() if page.light and names[path] not in documents]


def lighten(site: Path) -> list[str]:
    """Make the pages of a finished book light.

    Parameters
    ----------
    site : Path
        The folder of the pages.

    Returns
    -------
    list of str
        What is wrong: sheets and programs that a page names and that are not there. The pages are
        then left as they are.
    """
    static = site / STATIC
    found = {path: Page(_read(path)) for path in _pages(site)}
    fresh = {path for path, page in found.items() if page.fresh}
    if not fresh:
        return []
    earlier = any(page.light for page in found.values())
    options = static / _OPTIONS
    short = _COMMENT.sub("", _read(options)).strip() if options.is_file() else ""
    for path, page in found.items():
        page.lighten(short) if path in fresh else page.note()
    sheets = list(dict.fromkeys(name for page in found.values() for name in page.sheets))
    if earlier and (static / STYLE).is_file():
        # The sheets of the pages that are light already.
        before = _read(static / STYLE).partition("\n")[0].strip("/* ").split(", ")
        sheets += [name for name in before if name not in sheets]
    asked = dict.fromkeys(name for page in found.values() for name in page.programs)
    parts = [part for name in asked for part in JOINED.get(name, (name,))]
    needed = (*(name.split(" ")[0] for name in sheets), *parts)
    absent = [name for name in needed if not (static / name).is_file()]
    if absent:
        return [f"A page asks for {STATIC}/{name}, which is not there." for name in absent]

    for name in asked.keys() & JOINED.keys():
        write(static / name, join([_read(static / part) for part in JOINED[name]]))
    names = _together(found.values(), [_read(static / name) for name in asked])
    css = purge("".join(gather(static, *name.split(" ", 1)) for name in sheets), names)
    css += night(css)
    write(static / STYLE, f"/* {', '.join(sheets)} */\n{icons.cut(css, static)}")
    for path, page in found.items():
        text = _JOINED.sub(lambda match: _versioned(static, match[1]), page.html)
        if path in fresh or text != page.html:
            write(path, text)
    _clear(site, [page.html for page in found.values()])
    return []


def _pages(site: Path) -> list[Path]:
    return [
        path
        for path in sorted(site.rglob("*.html"))
        if path.relative_to(site).parts[0] not in _NO_PAGES
    ]


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def join(programs: Iterable[str]) -> str:
    """Write several programs one after the other, as one that runs like them."""
    return "".join(f"{_MAP.sub('', text).strip()}\n;\n" for text in programs)


def gather(folder: Path, name: str, media: str = "") -> str:
    """Read a style sheet and those that it imports.

    Parameters
    ----------
    folder : Path
        Where the joined sheet will be; its addresses are relative to this folder.
    name : str
        The sheet, relative to the folder.
    media : str
        What it is for, such as ``print``; empty for everything.
    """
    beside = posixpath.dirname(name)
    css = (folder / name).read_text(encoding="utf-8")
    css = _IMPORT.sub(
        lambda match: gather(folder, posixpath.normpath(posixpath.join(beside, match[1]))), css
    )
    css = _ADDRESS.sub(
        lambda match: f'url("{posixpath.normpath(posixpath.join(beside, match[2]))}")', css
    )
    return f"@media {media} {{\n{css}\n}}\n" if media else f"{css}\n"


def _together(pages: Iterable[Page], programs: Iterable[str]) -> Names:
    names = Names()
    for page in pages:
        for kind in ("tags", "classes", "ids", "attributes", "variables"):
            getattr(names, kind).update(getattr(page.names, kind))
        for text in page.inline:
            names.add_program(text)
    for text in programs:
        names.add_program(text)
    return names


def _versioned(static: Path, name: str) -> str:
    """Give the address of a joined file, which changes with it, so that browsers may keep it."""
    digest = hashlib.sha256((static / name).read_bytes()).hexdigest()[:10]
    return f"{STATIC}/{name}?v={digest}"


def _clear(site: Path, pages: Iterable[str]) -> None:
    """Delete the files of ``_static`` whose name stands in no page, sheet or program that stays."""
    static = site / STATIC
    files = [path for path in static.rglob("*") if path.is_file()]
    text = "\n".join(pages)
    kept: set[Path] = set()
    while True:
        more = [path for path in files if path not in kept and _named(path.name, text)]
        if not more:
            break
        kept.update(more)
        texts = [_read(path) for path in more if path.suffix in {".css", ".js", ".svg"}]
        # The sheet names the sheets that it is made of in a comment.
        text = re.sub(r"/\*.*?\*/", "", "\n".join(texts), flags=re.DOTALL)
    for path in files:
        if path not in kept:
            path.unlink()
    for folder in sorted((path for path in static.rglob("*") if path.is_dir()), reverse=True):
        if not any(folder.iterdir()):
            folder.rmdir()


def _named(name: str, text: str) -> bool:
    return name in text and bool(re.search(rf"(?<![\w.-]){re.escape(name)}", text))


# -- The build -----------------------------------------------------------------------------------


def _finish(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        for path in left_over(Path(app.outdir), app.env.found_docs):
            path.unlink()
        for problem in lighten(Path(app.outdir)):
            logging.getLogger(__name__).warning(problem)


def setup(app: Any) -> None:
    """Work on the pages last, when every other part has finished them."""
    app.connect("build-finished", _finish, priority=950)
