"""Week 6 of the plan: the worklist."""

from __future__ import annotations

from typing import ClassVar, Literal

from pydantic import Field

from organizer_lab.plan.part import Evidence, Part, Problems

# The tool for invitation lists of Event Registration reads no more titles than these.
MOST_TITLES = 300


class WorklistPage(Part):
    """One page on which people will work."""

    wiki: str | None = Field(None, description="Name of the wiki, such as 'swwiki'.")
    title: str | None = Field(None, description="Title of the page on that wiki, with spaces.")
    source_title: str | None = Field(
        None, description="Title of the page that is translated; empty if nothing is translated."
    )
    views: int | None = Field(
        None, description="Views in the last year of the table, of this page or of its source."
    )
    group: Literal["newcomers", "experienced"] | None = Field(
        None, description="For whom: 'newcomers' or 'experienced'."
    )
    reason: str | None = Field(None, description="Why the page is on the list, in a few words.")


class LeftOut(Part):
    """One title that was found and not kept."""

    title: str | None = Field(None, description="The title as it was found.")
    reason: str | None = Field(None, description="Why it was left out.")


class Worklist(Part):
    """Week 6: the pages to work on, ranked, cut to capacity, and split by experience."""

    field: ClassVar = "worklist"
    title: ClassVar = "Worklist"

    kind: Literal["pages to improve", "translation list"] | None = Field(
        None, description="'pages to improve' or 'translation list'."
    )
    language_code: str | None = Field(
        None, description="Code of the Wikipedia on which people work."
    )
    source_language: str | None = Field(
        None, description="Code of the Wikipedia that is translated from; empty if none is."
    )
    sources: list[str] = Field(
        default_factory=list, description="Where titles come from: at least two sources."
    )
    pages: list[WorklistPage] = Field(
        default_factory=list, description="The pages, the most urgent one first."
    )
    left_out: list[LeftOut] = Field(
        default_factory=list, description="Titles that were found and not kept, with the reason."
    )
    looked_up: str | None = Field(
        None, description="How you looked whether the pages exist, and on which day."
    )
    focus: Evidence | None = Field(
        None, description="The number about your country that decides what comes first."
    )
    editors: int | None = Field(None, description="How many editors you plan with.")
    pages_each: float | None = Field(None, description="How many pages one editor can do.")

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
        return int(self.editors * self.pages_each + 1e-9)

    def problems(self) -> Problems:
        """Apply the rules of week 6."""
        return Problems(self._empty("kind", "language_code", "sources", "pages", "looked_up"))
