"""The finished pages of the book as chapters: what paper and an e-book can show, in order."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from bs4 import BeautifulSoup, SoupStrainer, Tag

from organizer_lab.errors import LabError

# A page, or a part of one, that has a use only on the web: buttons, the list of downloads.
WEB_ONLY = "ol-web-only"
# Pages that lead to what only the web has.
_ONLY_THERE = f"h1.{WEB_ONLY}, section.{WEB_ONLY} > h1, .ol-edition, .ol-lite"
# The longest listing that stands in a closed box on the web and is still printed in full.
LINES = 60
_CONTROLS = (
    "script, style, button, input, iframe, nav, [hidden], a.headerlink, .ol-control, "
    ".toctree-wrapper, .ol-checklist-wiki, .sd-summary-state-marker, "
    f".{WEB_ONLY}"
)
# Looks that a style sheet gives, and words for programs that are not there.
_ATTRIBUTES = {"style", "border", "align", "valign", "aria-live", "tabindex", "target", "download"}
_ATTRIBUTES |= {"loading", "decoding", "data-src"}
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


@dataclass
class Chapter:
    """One page of the book.

    Attributes
    ----------
    name : str
        The page as the contents name it, such as ``book/routes``.
    part : str
        The part of the book that begins or goes on here; empty for the first page.
    title : str
        Its heading.
    body : bs4.Tag
        The article, cleaned; links and pictures still have the addresses of the website.
    anchors : set of str
        The places in it that a link can lead to.
    """

    name: str
    part: str
    title: str
    body: Tag
    anchors: set[str] = field(default_factory=set)

    @property
    def slug(self) -> str:
        """A name for files and anchors."""
        return self.name.replace("/", "-")


def order(toc: Path) -> list[tuple[str, str]]:
    """Give every page of the contents with the part of the book that it belongs to.

    Parameters
    ----------
    toc : Path
        ``_toc.yml``.
    """
    from sphinx_external_toc.parsing import parse_toc_yaml

    site = parse_toc_yaml(toc)

    def below(name: str, part: str) -> Iterable[tuple[str, str]]:
        yield name, part
        for tree in site[name].subtrees:
            for item in tree.items:
                if isinstance(item, str) and item in site:
                    yield from below(str(item), tree.caption or part)

    return list(below(site.root.docname, ""))


def read(html: Path, toc: Path) -> list[Chapter]:
    """Read the chapters from the finished pages.

    Parameters
    ----------
    html : Path
        The pages.
    toc : Path
        ``_toc.yml``.

    Returns
    -------
    list of Chapter
        In the order of the contents, without pages that are for the web only.

    Raises
    ------
    LabError
        If a page is missing or is laid out in another way than expected.
    """
    chapters = []
    for name, part in order(toc):
        page = html / f"{name}.html"
        if not page.exists():
            raise LabError(f"The page {name} is not in {html}. Build the book first: make book")
        text = page.read_text(encoding="utf-8")
        body = BeautifulSoup(text, "html.parser", parse_only=SoupStrainer("article")).article
        title = body and body.find("h1")
        if not title:
            raise LabError(f"The page {page} has no article with a heading.")
        if body.select_one(_ONLY_THERE):
            continue
        clean(body)
        anchors = {tag["id"] for tag in body.find_all(id=True)}
        chapters.append(Chapter(name, part, title.get_text(" ", strip=True), body, anchors))
    return chapters


def clean(body: Tag) -> None:
    """Take away what cannot work without a browser, and open what is closed, in place."""
    for explorer in body.select("figure.ol-explorer"):
        if said := _choices(explorer):
            explorer.insert_after(_paragraph(said, "ol-choices"))
    for tag in body.select(_CONTROLS):
        tag.decompose()
    for numbers in body.select("figure > .ol-numbers"):
        # Picture and caption stay together; the table below may come to the next page.
        numbers.find_parent("figure").insert_after(numbers.extract())
    _questions(body)
    for box in body.find_all("details"):
        _open(box)
    for image in body.find_all("img"):
        image.attrs.setdefault("alt", "")
    for tag in [body, *body.find_all(True)]:
        for name in [name for name in tag.attrs if name in _ATTRIBUTES or name.startswith("on")]:
            del tag.attrs[name]


def _choices(explorer: Tag) -> str:
    """Say what a reader on the web can choose, which paper cannot offer."""
    said = []
    for label in explorer.select(".ol-control label"):
        words = "".join(label.find_all(string=True, recursive=False)).strip(" :\n")
        count = len(label.find_all("option"))
        slider = label.find("input")
        if slider and str(slider.get("max", "")).isdigit():
            count = int(slider["max"]) - int(slider.get("min") or 0) + 1
        if words and count:
            said.append(f"{words} ({count} to choose from)")
    return f"In the web edition you can choose here: {', '.join(said)}." if said else ""


def _questions(body: Tag) -> None:
    """List the options of each question, and what is to say about them at the end of the chapter.

    On the web an answer opens on a click. Open beside its option it would spoil the question.
    """
    answers = []
    for asked in body.select(".ol-quiz fieldset"):
        options = _new("ol", "ol-options", type="A")
        said = _new("ol", "ol-options", type="A")
        for option in asked.find_all("details"):
            item = _new("li")
            item.append(_paragraph(option.summary.extract().get_text(" ", strip=True)))
            options.append(item)
            # All that is left of it is the answer.
            option.name, option.attrs = "li", {}
            said.append(option.extract())
        legend = asked.find("legend")
        heading = legend.find(("h2", "h3", "h4"))
        answers += [_paragraph(heading.get_text(" ", strip=True), "ol-box-title"), said]
        asked.insert(0, heading.extract())
        legend.name, legend.attrs = "p", {}
        asked.append(options)
        asked.name, asked.attrs = "div", {"class": "ol-question-box"}
    if answers:
        heading = _new("h2")
        heading.string = "Answers to the questions"
        body.append(_new("section", "ol-answers"))
        body.contents[-1].extend([heading, *answers])


def _new(tag: str, classes: str = "", **attributes: str) -> Tag:
    named = {"class": classes, **attributes} if classes else attributes
    return BeautifulSoup("", "html.parser").new_tag(tag, attrs=named)


def _paragraph(text: str, classes: str = "") -> Tag:
    made = _new("p", classes)
    made.string = text
    return made


def _open(box: Tag) -> None:
    """Turn a box that opens on a click into one that is open; cut a very long listing in it."""
    for listing in box.find_all("pre"):
        lines = listing.get_text().rstrip("\n").split("\n")
        if len(lines) > LINES:
            listing.string = "\n".join(lines[:LINES])
            listing.insert_after(
                _paragraph(f"… and {len(lines) - LINES} more lines in the web edition.", "ol-cut")
            )
    summary = box.find("summary")
    if summary:
        words = summary.get_text(" ", strip=True)
        if words.startswith("Show "):
            words = words.removeprefix("Show ").capitalize()
        summary.replace_with(_paragraph(words, "ol-box-title"))
    box.name = "div"
    box.attrs = {"class": " ".join(["ol-box", *box.get("class", [])])}


def relink(
    chapter: Chapter,
    known: dict[str, Chapter],
    link: Callable[[Chapter, str], str],
    image: Callable[[str], str],
) -> None:
    """Give links and pictures the addresses of an edition, in place.

    A link to a page or file that the edition does not hold becomes plain text.

    Parameters
    ----------
    chapter : Chapter
        Whose body is changed.
    known : dict of str to Chapter
        The chapters of the edition by name.
    link : callable
        Gives the address of a chapter and an anchor in it; the anchor is empty for its beginning.
    image : callable
        Gives the address of a picture, from its path below the folder of pages.
    """
    for tag in chapter.body.find_all("a", href=True):
        target = urlsplit(tag["href"])
        if target.scheme or target.netloc:
            continue
        name = chapter.name
        if target.path:
            path = _beside(chapter, target.path)
            name = path.removesuffix(".html") if path.endswith(".html") else ""
        if name not in known:
            tag.unwrap()
            continue
        anchor = unquote(target.fragment)
        tag["href"] = link(known[name], anchor if anchor in known[name].anchors else "")
        # The title of a citation repeats the whole entry; a link inside a book needs none.
        tag.attrs.pop("title", None)
    for tag in chapter.body.find_all("img", src=True):
        if not urlsplit(tag["src"]).scheme:
            tag["src"] = image(_beside(chapter, urlsplit(tag["src"]).path))


def _beside(chapter: Chapter, path: str) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(chapter.name), unquote(path)))


def demote(body: Tag, by: int = 1) -> None:
    """Move every heading down, so that chapters can stand below the heading of a part."""
    for tag in body.find_all(_HEADINGS):
        tag.name = f"h{min(6, int(tag.name[1]) + by)}"


def addresses(body: Tag) -> list[str]:
    """Give a number to each link that leads out of the book, in place, and list where they lead.

    A link whose text is its address already has no number.
    """
    found: dict[str, int] = {}
    for tag in body.find_all("a", href=re.compile(r"^(https?|mailto):")):
        address = tag["href"].removeprefix("mailto:")
        if _bare(address) in _bare(tag.get_text()):
            continue
        number = found.setdefault(address, len(found) + 1)
        mark = _new("sup", "ol-address")
        mark.string = str(number)
        tag.insert_after(mark)
    return list(found)


def _bare(address: str) -> str:
    return re.sub(r"^https?://|/$|\s", "", address)


def facts(root: Path) -> dict[str, Any]:
    """Give what a title page says: title, author, language, version, summary, licences."""
    from importlib import metadata

    import yaml

    settings = yaml.safe_load((root / "_config.yml").read_text(encoding="utf-8"))
    about = metadata.metadata("organizer-lab")
    return {
        "title": settings["title"],
        "author": settings["author"],
        "language": settings["sphinx"]["config"]["language"],
        "version": about["Version"],
        "summary": about["Summary"],
        "licences": "Text: CC BY-SA 4.0. Code: MIT licence. "
        "Each table keeps the licence named on its data card.",
    }
