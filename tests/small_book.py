"""A small book of Markdown: the ten chapters of the stages, a lesson, an exercise, three lists."""

from __future__ import annotations

from pathlib import Path

from bs4 import BeautifulSoup

from organizer_lab import course

HOME, LESSON = "book/welcome", "weeks/week-1-a-sample"
CHAPTER, SHEET = "book/framework/idea-generation", "exercises/release/week-1/week-1"
SETTINGS = """\
title: Organizer Lab
copyright: "2021"
only_build_toc_files: true
exclude_patterns: [_build]
execute: {execute_notebooks: "off"}
sphinx:
  extra_extensions: [organizer_lab.book]
  recursive_update: true
  config:
    language: en
    html_context: {default_mode: auto}
    html_theme_options: {navbar_persistent: []}
"""
CONTENTS = """\
format: jb-book
root: book/welcome
parts:
  - caption: The weeks
    chapters:
      - file: weeks/week-1-a-sample
        sections: [{file: exercises/release/week-1/week-1}]
  - caption: The Organizer Framework
    chapters: [CHAPTERS]
  - caption: Look things up
    chapters: [{file: book/glossary}, {file: book/numbers}, {file: book/tools}]
"""
PAGES = {
    HOME: "# Organizer Lab\n\nHow to get people to come, the press, who won a prize, and money.\n",
    LESSON: "# Week 1: A sample\n\nSay where the money goes.\n\n## Prizes\n\nThe media.\n",
    SHEET: "# Exercise 1: Your work\n\nYou do what the sheet of this week asks you to do, alone.\n",
    "book/glossary": (
        "# Glossary\n\nWords that stand on many pages of this book, each of them explained.\n\n"
        "```{glossary}\nJury\n  The people who judge.\n\nBarnstar\n  A picture of a star.\n```\n"
    ),
    "book/numbers": (
        "---\nmyst:\n  html_meta:\n    keywords: raw numbers, open data\n"
        "    description: All that was counted, in tables that anybody may copy and use.\n---\n"
        "# Tables\n\nRows & columns.\n"
    ),
    "book/tools": "# Tools\n\nThere is one tool here, which finds pages: PetScan, of the wikis.\n",
}


def make(root: Path) -> Path:
    """Write the sources of the book into a folder, and give the folder."""
    stages = course.load().stages
    chapters = {
        f"book/framework/{stage.slug}": (
            f"(stage-{stage.slug})=\n# Stage {stage.number}: {stage.name}\n\nStage "
            f"{stage.number}.\n\n(checklist-{stage.slug})=\n## Checklist\n\nTick.\n"
        )
        for stage in stages
    }
    for page, text in (PAGES | chapters).items():
        path = root / f"{page}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    listed = ", ".join(f"{{file: {page}}}" for page in chapters)
    (root / "_toc.yml").write_text(CONTENTS.replace("CHAPTERS", listed), encoding="utf-8")
    (root / "_config.yml").write_text(SETTINGS, encoding="utf-8")
    return root


def read(page: Path) -> BeautifulSoup:
    """Read a page."""
    return BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser")
