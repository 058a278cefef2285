"""What makes a page easy to find, to link to, to share and to cite.

Written always: a description and a useful title of each page, links to sections that stay, the day
of the last change, "Cite this page", a first page that leads on, and a page for wrong addresses.

Written only where the address of the site is known: the canonical address of each page, what other
sites show beside a link (Open Graph), with a picture of its own, ``sitemap.xml`` and
``robots.txt``. The address is ``html: baseurl:`` in ``_config.yml``, or ``ORGANIZER_LAB_ADDRESS``
in the environment, which is meant for the build that is published.

The extensions for Open Graph and site maps would be three more packages for about forty lines: they
take their descriptions from the running text, draw pictures of another look without a choice of
colours, ask git once a page, and know nothing of exercises that are released from a source.
"""

from __future__ import annotations

import contextlib
import html
import os
import re
import shutil
from collections.abc import Iterable
from pathlib import Path
from typing import Any
from urllib.parse import urljoin, urlsplit
from xml.sax.saxutils import escape

from docutils import nodes
from sphinx.environment import BuildEnvironment
from sphinx.errors import ConfigError

from organizer_lab import files
from organizer_lab.book import links
from organizer_lab.book.directives import downloads
from organizer_lab.book.pages import cards, changes, citation, repairs, search
from organizer_lab.errors import LabError

ADDRESS = "ORGANIZER_LAB_ADDRESS"
DESCRIPTION = "ol-description"
PICTURES = "cards"
NOT_FOUND, SIGN = "404.html", "ol-here.svg"
# Pages made by the builder; a description in the place of a first paragraph.
_MADE = {
    "genindex": "Every term that the course explains, from A to Z, with the page that explains it.",
    "search": "Search the book in your own words, or look in the lists of its stages and terms.",
}


def address(text: str) -> str:
    """Bring the address of the site into its one form.

    Parameters
    ----------
    text : str
        As somebody wrote it; empty where there is none.

    Returns
    -------
    str
        With a slash at the end, or empty.

    Raises
    ------
    LabError
        If it is no address of a site.
    """
    text = text.strip()
    if not text:
        return ""
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or parts.query or parts.fragment:
        raise LabError(
            f"'{text}' is not the address of a site. Write all of it, such as "
            "https://example.org/organizer-lab/, in _config.yml (html: baseurl:) or in "
            f"{ADDRESS}, or leave it out."
        )
    return f"{text.rstrip('/')}/"


def published(configured: str | None) -> str:
    """Give the address of the book: that of this build, else the one in ``_config.yml``."""
    return address(os.environ.get(ADDRESS) or configured or "")


def _configure(app: Any, config: Any) -> None:
    try:
        config.html_baseurl = published(config.html_baseurl)
    except LabError as error:
        raise ConfigError(str(error)) from None
    # Below the page: after the author and the licence of the book, what concerns this page.
    config.html_theme_options.setdefault(
        "footer_content_items", "author.html, copyright.html, ol-page.html, extra-footer.html"
    )


# -- Reading a page ------------------------------------------------------------------------------


def describe(env: BuildEnvironment, page: str, doctree: nodes.document) -> str:
    """Say in one or two sentences what a page is for.

    The author's own ``description`` in the front matter goes first. A chapter of a stage and a
    lesson take theirs from the course file; any other page begins with what it is about.
    """
    for meta in doctree.findall(nodes.meta):
        if meta.get("name") == "description":
            return meta["content"]
    known = search.known()
    if stage := links.stage_of(env, page, known):
        of = f"Stage {stage.number} of {len(known.stages)} of the Organizer Framework"
        return f"{stage.summary} {of}, with a checklist."
    if week := links.week_of(env, page, known):
        made = week.artefact.name
        return f"{week.question} Week {week.number} of {len(known.weeks)}; you make: {made}."
    return repairs.description(doctree)


def stable_sections(doctree: nodes.document) -> None:
    """Let a section be linked to by the label that its author gave it, in place.

    Sphinx offers the name that it makes from the title, which changes with the title. That name
    still works, as a second one.
    """
    labels = {doctree.nameids.get(name) for name, explicit in doctree.nametypes.items() if explicit}
    for section in doctree.findall(nodes.section):
        section["ids"].sort(key=lambda name: name not in labels)


def _read(app: Any, doctree: nodes.document) -> None:
    env = app.env
    env.metadata[env.docname][DESCRIPTION] = describe(env, env.docname, doctree)
    stable_sections(doctree)


# -- Writing a page ------------------------------------------------------------------------------

_PERMALINK = re.compile(
    r"(?P<heading><h[1-6][^>]*>)(?P<text>(?:(?!</h[1-6]>).)*?)"
    r"<a class=\"headerlink\" href=\"(?P<to>[^\"]+)\" title=\"[^\"]*\">(?P<sign>[^<]*)</a>",
    re.DOTALL,
)


def name_permalinks(body: str) -> str:
    """Say to which section each link beside a heading leads; "#" is no name."""

    def name(match: re.Match) -> str:
        words = " ".join(re.sub(r"<[^>]*>", "", match["text"]).split())
        label = f"Link to this section: {words}".replace('"', "&quot;")
        return (
            f'{match["heading"]}{match["text"]}<a class="headerlink" href="{match["to"]}" '
            f'title="Link to this section" aria-label="{label}">{match["sign"]}</a>'
        )

    return _PERMALINK.sub(name, body)


def meta(names: Iterable[tuple[str, str]]) -> str:
    """Write elements for the head of a page: Open Graph has a property, all others a name."""
    return "".join(
        f'<meta {"property" if re.match("(og|article):", name) else "name"}="{name}" '
        f'content="{html.escape(content)}" />\n'
        for name, content in names
        if content
    )


def _context(
    app: Any, page: str, template: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    env, home = app.env, app.config.root_doc
    if page == home:
        # Else the book's name would stand twice, and nothing about what it is.
        context["title"] = search.known().subtitle
    if context.get("body"):
        context["body"] = name_permalinks(context["body"])
    about = env.metadata[page].get(DESCRIPTION, "") if doctree is not None else _MADE.get(page, "")
    tags = [("description", about)]
    if page == search.PAGE:
        tags.append(("robots", "noindex"))
    # An author's own description is there already.
    tags = [tag for tag in tags if f'name="{tag[0]}"' not in context.get("metatags", "")]
    if doctree is not None:
        _page(app, page, context)
        if app.config.html_baseurl:
            tags += _share(app, page, about)
    context["metatags"] = f"{context.get('metatags', '')}\n{meta(tags)}"


def _page(app: Any, page: str, context: dict[str, Any]) -> None:
    """Give the page its day and its reference."""
    env, home = app.env, page == app.config.root_doc
    day = changes.day(env, page)
    context["ol_changed"] = (
        {"day": day.isoformat(), "words": downloads.written(day)} if day else None
    )
    work = citation.read()
    if work is None:
        return
    stated = re.search(r"\d{4}", app.config.copyright or "")
    year = str(day.year) if day else stated[0] if stated else "n.d."
    title = "" if home else env.titles[page].astext()
    where = (app.config.html_baseurl or "") and _address_of(app, page)
    context["ol_citation"] = {
        "what": "course" if home else "page",
        "plain": citation.plain(work, year, title, where),
        "bibtex": citation.bibtex(work, year, citation.key(page, home, year), title, where),
    }
    app.add_js_file("cite.js", loading_method="defer")


def _address_of(app: Any, page: str) -> str:
    return urljoin(app.config.html_baseurl, app.builder.get_target_uri(page))


def card(env: BuildEnvironment, page: str) -> cards.Card:
    """Choose the words of the picture of a page."""
    known = search.known()
    place, places = 0, 0
    if stage := links.stage_of(env, page, known):
        place, places = stage.number, len(known.stages)
    for week in known.weeks:
        if page in (links.lesson(env, week), links.exercise(env, week)):
            place, places = week.number, len(known.weeks)
    home = page == env.config.root_doc
    title = known.subtitle if home else env.titles[page].astext()
    part = "" if home else search.parts(env).get(page, "")
    return cards.Card(title, part, known.title, place, places)


def _share(app: Any, page: str, about: str) -> list[tuple[str, str]]:
    """Draw the picture of a page, and list what other sites show beside a link to it."""
    env, home = app.env, page == app.config.root_doc
    shown = card(env, page)
    there = Path(app.outdir) / PICTURES / f"{page}.png"
    there.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(cards.keep(shown, Path(app.doctreedir) / PICTURES), there)
    day = changes.day(env, page)
    return [
        ("og:type", "website" if home else "article"),
        ("og:site_name", shown.book),
        ("og:title", shown.book if home else shown.title),
        ("og:description", about),
        ("og:url", _address_of(app, page)),
        ("og:locale", (app.config.language or "en").replace("-", "_")),
        ("og:image", urljoin(app.config.html_baseurl, f"{PICTURES}/{page}.png")),
        ("og:image:type", "image/png"),
        ("og:image:width", str(cards.WIDTH)),
        ("og:image:height", str(cards.HEIGHT)),
        ("og:image:alt", shown.alt),
        ("article:modified_time", day.isoformat() if day and not home else ""),
        # The rest of a card of X, formerly Twitter, is read from the properties above.
        ("twitter:card", "summary_large_image"),
    ]


# -- Files for the whole site --------------------------------------------------------------------


def sitemap(places: Iterable[tuple[str, str]]) -> str:
    """Write a site map: the address of each page and the day of its last change, if known."""
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append('<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">')
    for place, day in places:
        changed = f"<lastmod>{day}</lastmod>" if day else ""
        lines.append(f"<url><loc>{escape(place)}</loc>{changed}</url>")
    return "\n".join([*lines, "</urlset>", ""])


def _files(app: Any, error: Exception | None) -> None:
    if error or app.builder.name != "html":
        return
    folder, site, env = Path(app.outdir), app.config.html_baseurl, app.env
    home, known = app.builder.get_target_uri(app.config.root_doc), search.known()
    words = {
        "language": app.config.language or "en",
        "book": known.title,
        "subtitle": known.subtitle,
        "home": home,
        "search": app.builder.get_target_uri(search.PAGE),
        "site": site,
        "sign": SIGN,
    }
    # By it the page for wrong addresses finds the folder of the book.
    files.write(folder / SIGN, '<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>\n')
    files.write(folder / NOT_FOUND, _render(app, "ol-not-found.html", words))
    if home != "index.html":
        shared = meta(_share(app, app.config.root_doc, _about_home(env))) if site else ""
        files.write(folder / "index.html", _render(app, "ol-index.html", {**words, "meta": shared}))
    only_with_address = {
        "sitemap.xml": lambda: sitemap(
            (_address_of(app, page), str(changes.day(env, page) or ""))
            for page in search.parts(env)
        ),
        "robots.txt": lambda: f"User-agent: *\nAllow: /\n\nSitemap: {site}sitemap.xml\n",
    }
    for name, make in only_with_address.items():
        if site:
            files.write(folder / name, make())
        else:
            # An earlier build may have had an address.
            (folder / name).unlink(missing_ok=True)
    if not site:
        with contextlib.suppress(OSError):
            shutil.rmtree(folder / PICTURES)


def _about_home(env: BuildEnvironment) -> str:
    return env.metadata[env.config.root_doc].get(DESCRIPTION, "")


def _render(app: Any, template: str, words: dict[str, Any]) -> str:
    return app.builder.templates.render(template, words)


def setup(app: Any) -> None:
    """Take part when a page is read, when it is written, and when all are written."""
    changes.setup(app)
    app.connect("config-inited", _configure)
    # Before Sphinx collects the contents of each page, which name its sections.
    app.connect("doctree-read", _read, priority=400)
    app.add_css_file("sharing.css", priority=902)
    # Before `repairs`, which tidies the list of a page's programs: one may join it here.
    app.connect("html-page-context", _context, priority=890)
    app.connect("build-finished", _files)
