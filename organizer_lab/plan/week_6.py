"""Week 6 of the plan: the worklist."""

from __future__ import annotations

import re
from collections import Counter
from typing import Any, ClassVar, Literal, get_args

from pydantic import Field, field_validator

from organizer_lab import data, wiki
from organizer_lab.plan.part import Evidence, Part, Problem, Problems, one_of, short
from organizer_lab.plan.rows import lines, rows
from organizer_lab.words import count_words

# The tool for invitation lists of Event Registration reads no more titles than these.
MOST_TITLES = 300
VIEWS = "climate_articles_views"
_SHOWN = 3  # problems of one kind: more of them only repeat the same fault
Kind = Literal["pages to improve", "translation list"]
Group = Literal["newcomers", "experienced"]


class WorklistPage(Part):
    """One page on which people will work."""

    wiki: str | None = Field(None, description="Name of the wiki, such as 'swwiki'.")
    title: str | None = Field(
        None,
        description="Title of the article on that wiki, with spaces, at most 255 bytes; no title "
        "twice.",
    )
    source_title: str | None = Field(
        None,
        description="Title of the page that is translated, as climate_articles_views writes it; "
        "empty if nothing is translated.",
    )
    views: int | None = Field(
        None, description="Views in the last year of the table, of this page or of its source."
    )
    group: Group | None = Field(None, description="For whom: 'newcomers' or 'experienced'.")
    reason: str | None = Field(
        None, description="Why the page is on the list, in two words or more."
    )

    @field_validator("group", mode="before")
    @classmethod
    def _small_letters(cls, word: Any) -> Any:
        return one_of(get_args(Group), word)


class LeftOut(Part):
    """One title that was found and not kept."""

    title: str | None = Field(None, description="The title as it was found.")
    reason: str | None = Field(None, description="Why it was left out.")


class Worklist(Part):
    """Week 6: the pages to work on, ranked, cut to capacity, and split by experience."""

    field: ClassVar = "worklist"
    title: ClassVar = "Worklist"

    kind: Kind | None = Field(None, description="'pages to improve' or 'translation list'.")
    language_code: str | None = Field(
        None, description="Code of the Wikipedia on which people work."
    )
    source_language: str | None = Field(
        None,
        description="Code of the Wikipedia that is translated from, one that "
        "climate_articles_views has; empty if none is.",
    )
    sources: list[str] = Field(
        default_factory=list, description="Where titles come from: two different sources or more."
    )
    pages: list[WorklistPage] = Field(
        default_factory=list,
        description="The pages, the most urgent one first: not more than your editors can do "
        f"(editors × pages_each), and never more than {MOST_TITLES}.",
    )
    left_out: list[LeftOut] = Field(
        default_factory=list,
        description="Titles that were found and not kept, one or more, each with the reason.",
    )
    looked_up: str | None = Field(
        None,
        description="How you looked whether the pages exist, in four words or more, and on which "
        "day, with its year.",
    )
    focus: Evidence | None = Field(
        None, description="The number about your country that decides what comes first."
    )
    editors: int | None = Field(
        None, description="How many editors you plan with: those who edit in the funnel of week 3."
    )
    pages_each: float | None = Field(
        None, description="How many pages one editor can do, above zero; 0.5 is half a page."
    )
    one_group_because: str | None = Field(
        None,
        description="Both groups have pages. Only where one has none: why, in a sentence of four "
        "words or more.",
    )

    @field_validator("kind", mode="before")
    @classmethod
    def _small_letters(cls, word: Any) -> Any:
        return one_of(get_args(Kind), word)

    @field_validator("sources", mode="before")
    @classmethod
    def _lines(cls, sources: Any) -> Any:
        return lines(sources) if type(sources) is str else sources

    @field_validator("left_out", mode="before")
    @classmethod
    def _rows(cls, left_out: Any) -> Any:
        """Take lines with ``title | reason``."""
        return rows(left_out, LeftOut, "title", "reason") if type(left_out) is str else left_out

    @staticmethod
    def read(
        text: Any, *, kind: Any, language_code: str, source_language: Any = None
    ) -> list[WorklistPage]:
        """Read the pages from lines, and add the name of the wiki and the views of the table.

        Parameters
        ----------
        text : str
            One page in each line: ``source title | title | group | reason`` for a translation
            list, and ``title | group | reason`` for pages to improve.
        kind : str
            "translation list" or "pages to improve".
        language_code : str
            The Wikipedia on which people work.
        source_language : str, optional
            The Wikipedia that is translated from.

        Returns
        -------
        list of WorklistPage
            Empty as long as the kind or a language is not chosen.

        Raises
        ------
        LabError
            If the kind is none of the two, or a line has too many columns or an unknown group.
        """
        # A word that is no kind is said here already, and not only where the list is saved.
        kind = Worklist(kind=kind).kind
        translated = kind == "translation list"
        if kind is None or not isinstance(language_code, str):
            return []
        names = ("title", "group", "reason")
        pages = rows(text, WorklistPage, *(("source_title", *names) if translated else names))
        language = source_language if translated else language_code
        views = data.load(VIEWS)
        views = views[views["language_code"] == language].set_index("title")["views_2021"]
        for page in pages:
            page.wiki = wiki.database(language_code)
            title = page.source_title if translated else page.title
            found = views.get(wiki.normalise(title or ""))
            page.views = None if found is None else int(found)
        return pages

    def by_wiki(self) -> dict[str, list[str]]:
        """Give the titles by wiki, in the order of the list; pages without a title are left out."""
        found: dict[str, list[str]] = {}
        for page in self.pages:
            if page.wiki and page.title:
                found.setdefault(page.wiki, []).append(page.title)
        return found

    def capacity(self) -> int | None:
        """Give how many pages the planned editors can do, or None while that is not said."""
        if self.editors is None or self.pages_each is None:
            return None
        pages = self.editors * self.pages_each
        return int(pages + 1e-9) if 0 <= pages < 1e9 else None

    def problems(self) -> Problems:
        """Apply the rules of week 6."""
        found = Problems(self._empty("kind", "language_code", "pages"))
        if self.language_code and self.language_code not in wiki.databases().values():
            found.append(
                Problem("language_code", f"No Wikipedia has the code {short(self.language_code)}.")
            )
        found += self._problems_of_pages()
        found += self._problems_of_translation()
        found += self._problems_of_sources()
        found += self._problems_of_size()
        if self.focus is None:
            found.append(Problem("focus", f"Not written yet: {_described('focus')}"))
        else:
            found += [Problem(f"focus, {p.field}", p.text) for p in self.focus.problems()]
        return found

    def _problems_of_pages(self) -> Problems:
        """Say what is wrong with single pages; many faults of one kind are told by the first."""
        by_kind: dict[str, list[str]] = {}

        def say(kind: str, text: str) -> None:
            by_kind.setdefault(kind, []).append(text)

        known = wiki.databases()
        for position, page in enumerate(self.pages, 1):
            here = f"Line {position}" + (f", '{_short_title(page.title)}'" if page.title else "")
            if page.wiki not in known:
                say("wiki", f"{here}: {short(page.wiki)} is not the name of a Wikipedia.")
            if problem := wiki.title_problem(page.title or ""):
                say("title", f"{here}: {problem}")
            if not page.group:
                say("group", f"{here}: Say for whom: 'newcomers' or 'experienced'.")
            if count_words(page.reason or "") < 2:
                say("reason", f"{here}: Say in two words or more why this page.")
        found = Problems()
        for kind, texts in by_kind.items():
            found += [Problem(f"pages, {kind}", text) for text in texts[:_SHOWN]]
            if (rest := len(texts) - _SHOWN) > 0:
                found.append(Problem(f"pages, {kind}", f"And {rest} more such lines."))
        for (name, title), times in Counter(
            (page.wiki, wiki.normalise(page.title or "")) for page in self.pages if page.title
        ).items():
            if times > 1:
                found.append(
                    Problem(
                        "pages, title",
                        f"'{_short_title(title)}' stands {times} times on the list of {name}. Keep "
                        "one, or two people do the same work.",
                    )
                )
        own = wiki.database(self.language_code or "")
        if self.pages and own in known and all(page.wiki != own for page in self.pages):
            found.append(
                Problem("language_code", f"No page is on {own}, the wiki of your language.")
            )
        return found

    def _problems_of_translation(self) -> Problems:
        if self.kind == "pages to improve" and self.source_language:
            return Problems(
                [
                    Problem(
                        "source_language",
                        "Pages to improve are not translated. Leave it empty: None.",
                    )
                ]
            )
        if self.kind != "translation list":
            return Problems()
        table = data.load(VIEWS)
        languages = set(table["language_code"])
        if self.source_language not in languages:
            return Problems(
                [
                    Problem(
                        "source_language",
                        "A translation list needs the language of its source titles, one of "
                        f"{', '.join(sorted(languages))}: these are in {VIEWS}.",
                    )
                ]
            )
        if self.source_language == self.language_code:
            return Problems(
                [Problem("source_language", "Nobody translates a language into itself.")]
            )
        titles = set(table.loc[table["language_code"] == self.source_language, "title"])
        found = Problems()
        for position, page in enumerate(self.pages, 1):
            title = page.source_title or ""
            if not title.strip():
                text = "The page that is translated is missing."
            elif problem := wiki.title_problem(title):
                text = problem
            elif title not in titles:
                text = (
                    f"'{_short_title(title)}' is not among the {self.source_language} titles of "
                    f"{VIEWS}. Copy the title from the table, letter by letter. A page that the "
                    "table does not have cannot be compared: keep it for later, outside this list."
                )
            else:
                continue
            found.append(Problem("pages, source_title", f"Line {position}: {text}"))
        if (rest := len(found) - _SHOWN) > 0:
            found[_SHOWN:] = [Problem("pages, source_title", f"And {rest} more such lines.")]
        return found

    def _problems_of_sources(self) -> Problems:
        """Say whether another person can see where titles come from, and where they went."""
        found = Problems(self._empty("sources", "left_out", "looked_up"))
        written = {" ".join(source.lower().split()) for source in self.sources} - {""}
        if self.sources and len(written) < 2:
            found.append(
                Problem(
                    "sources", "One source is never enough. Name a second one, on its own line."
                )
            )
        for position, item in enumerate(self.left_out, 1):
            if not (item.title or "").strip() or not (item.reason or "").strip():
                found.append(
                    Problem(
                        "left_out",
                        f"Line {position}: write the title and, after the sign |, the reason.",
                    )
                )
        looked = self.looked_up or ""
        if looked.strip() and count_words(looked) < 4:
            found.append(Problem("looked_up", "Say how you looked, in four words or more."))
        if looked.strip() and not re.search(r"\d{4}", looked):
            found.append(
                Problem(
                    "looked_up",
                    "Say on which day you looked, with its year, such as 2027-01-09: a page can be "
                    "written tomorrow.",
                )
            )
        return found

    def _problems_of_size(self) -> Problems:
        found = Problems()
        if len(self.pages) > MOST_TITLES:
            found.append(
                Problem(
                    "pages",
                    f"{len(self.pages)} pages are too many: tools for invitations take "
                    f"{MOST_TITLES} at the most, and nobody reads such a list.",
                )
            )
        for name, value in (("editors", self.editors), ("pages_each", self.pages_each)):
            if value is None:
                found.append(Problem(name, f"Not written yet: {_described(name)}"))
            elif not 0 < value <= 100_000:
                found.append(Problem(name, "Write a number above zero."))
        if any(problem.field in ("editors", "pages_each") for problem in found):
            return found
        capacity = self.capacity()
        if capacity is not None and len(self.pages) > capacity:
            found.append(
                Problem(
                    "pages, capacity",
                    f"{len(self.pages)} pages are more than your editors can do: {self.editors} "
                    f"people with {self.pages_each:g} each make {capacity}. Cut the list, and keep "
                    "the rest as a reserve.",
                )
            )
        groups = {page.group for page in self.pages if page.group}
        if len(groups) == 1 and count_words(self.one_group_because or "") < 4:
            (only,) = groups
            other = next(group for group in get_args(Group) if group != only)
            found.append(
                Problem(
                    "one_group_because",
                    f"All pages are for '{only}'. Give some to '{other}', or say in "
                    "one_group_because, in a sentence, why nobody else comes.",
                )
            )
        return found


def _short_title(title: str) -> str:
    """Show a title of any length."""
    return title if len(title) <= 60 else title[:57] + "..."


def _described(name: str) -> str:
    return str(Worklist.model_fields[name].description)
