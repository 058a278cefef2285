"""What the search finds, and what its page shows.

The index, the stemmer and the look-up are Sphinx's own: they are kept up, know many languages, and
need nobody's server. Three things are added.

- *Lay words.* A person who does not know the name of a stage looks for "get people to come". Such
  words stand beside the stage or the week in ``course.yml``, or as ``keywords`` in the front matter
  of another page. They join the index as the keywords of the page, and ``assets/search.js`` puts
  the page first when somebody asks for one of them.
- *Results that can be read.* Sphinx fetches each page found for an excerpt, which a browser refuses
  where the book is opened from a folder. The page of the search brings a description of each page.
- *Help.* Without a result, and without JavaScript, the page lists where to look.
"""

from __future__ import annotations

import json
import re
from functools import cache
from typing import Any

from docutils import nodes
from sphinx.environment import BuildEnvironment

from organizer_lab import course
from organizer_lab.book import links

PAGE = "search"
WORDS = "ol-words"
_LISTS = {
    "book/glossary": "The words of the course, explained.",
    "book/tables/index": "All tables, with their columns, sources and licences.",
    "book/tools": "The tools of an organizer, one card for each.",
    "book/facilitators/index": "For people who guide a group of learners.",
}


@cache
def known() -> course.Course:
    """Read the course file once a build: it is asked for on every page."""
    return course.load()


def lay_words(env: BuildEnvironment, page: str, doctree: nodes.document) -> list[str]:
    """List the words by which a page is to be found although it may not use them.

    Parameters
    ----------
    env : BuildEnvironment
        The environment of the build.
    page : str
        The page.
    doctree : nodes.document
        Its content; the ``keywords`` of its front matter are taken out of it.

    Returns
    -------
    list of str
        Words and phrases.
    """
    found = []
    if about := links.stage_of(env, page, known()) or links.week_of(env, page, known()):
        links.follow(env, page)
        found += about.words
    for meta in list(doctree.findall(nodes.meta)):
        if meta.get("name") == "keywords":
            found += [word.strip() for word in meta["content"].split(",")]
            meta.parent.remove(meta)
    return list(dict.fromkeys(filter(None, found)))


def _index(app: Any, doctree: nodes.document) -> None:
    """Put the lay words of a page into its entry of the index, each word by itself."""
    page = app.env.docname
    phrases = app.env.metadata[page][WORDS] = lay_words(app.env, page, doctree)
    words = dict.fromkeys(word for text in phrases for word in re.findall(r"\w{3,}", text.lower()))
    if words:
        # Sphinx takes what stands between two commas for one term.
        doctree.append(nodes.meta("", name="keywords", content=", ".join(words)))


def parts(env: BuildEnvironment) -> dict[str, str]:
    """Name the part of the book in which each page stands, in the order of the contents."""
    contents = getattr(env, "external_site_map", None)
    found: dict[str, str] = {}

    def walk(page: str, part: str) -> None:
        found[page] = part
        for tree in contents[page].subtrees if page in contents else ():
            for item in tree.items:
                if str(item) in env.found_docs:
                    walk(str(item), tree.caption or part)

    if contents is not None:
        walk(contents.root.docname, "")
    return found | {page: "" for page in sorted(env.found_docs) if page not in found}


def _page(app: Any, page: str, template: str, context: dict[str, Any], doctree: Any) -> None:
    """Give the page of the search what it shows."""
    if page != PAGE:
        return
    env, to = app.env, app.builder.get_relative_uri
    pages = [
        {
            "page": name,
            "part": part,
            "about": env.metadata[name].get("ol-description", ""),
            "words": env.metadata[name].get(WORDS, []),
        }
        for name, part in parts(env).items()
    ]
    # A closing tag inside the data would end the script element.
    context["ol_search_data"] = json.dumps(pages, ensure_ascii=False).replace("<", "\\u003c")
    context["ol_search_stages"] = [
        {"uri": to(PAGE, chapter), "name": stage.name, "about": stage.summary}
        for stage in known().stages
        if (chapter := links.chapter(env, stage))
    ]
    context["ol_search_lists"] = [
        {"uri": to(PAGE, name), "name": env.titles[name].astext(), "about": about}
        for name, about in _LISTS.items()
        if name in env.found_docs
    ]


def setup(app: Any) -> None:
    """Add the words when a page is read, and the data when the search page is written."""
    app.connect("doctree-read", _index)
    app.connect("html-page-context", _page)
