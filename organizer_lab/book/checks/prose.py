"""The text of the book as readers see it, and how hard it is to read."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from organizer_lab.errors import LabError

ROOT = Path(__file__).resolve().parents[3]

# Directives whose content is text for readers; the content of any other fence is code or data.
TEXT_DIRECTIVES = {
    "admonition", "caution", "checklist", "dropdown", "figure", "glossary", "grid", "grid-item",
    "grid-item-card", "important", "note", "tip", "warning",
}  # fmt: skip
FENCE = re.compile(r"\s*(?P<fence>`{3,}|~{3,}|:{3,})\s*(?P<info>.*)")
_SETTINGS = re.compile(r"\A---\n.*?\n---\n", re.DOTALL)
ROLE = re.compile(r"\{(?P<name>[\w:-]+)\}`(?P<text>[^`]*)`")
SENTENCE_END = re.compile(r"[.!?][\"”’)*`]*\s+(?=[\"“‘(*`{\[]*[A-Z])")
WORD = re.compile(r"[\w’'.,/-]*\w")


def pages() -> list[Path]:
    """List what readers and learners read: the pages of the book, lessons and exercises."""
    notebooks = [
        path
        for folder in ("weeks", "exercises/source")
        for path in sorted((ROOT / folder).rglob("*.ipynb"))
        if ".ipynb_checkpoints" not in path.parts
    ]
    return [*sorted((ROOT / "book").rglob("*.md")), *notebooks]


def read(path: Path) -> str:
    """Read a page as Markdown; of a notebook, its text cells with empty lines between them.

    Raises
    ------
    LabError
        If the file cannot be read, or is no notebook although its name ends like one.
    """
    try:
        text = path.read_text(encoding="utf-8")
        if path.suffix != ".ipynb":
            # Settings at the beginning of a page are no text; its lines keep their numbers.
            return _SETTINGS.sub(lambda found: "\n" * found[0].count("\n"), text)
        cells = json.loads(text)["cells"]
        return "\n\n".join("".join(c["source"]) for c in cells if c["cell_type"] == "markdown")
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise LabError(f"Cannot read {path}: {error}.") from None


def unfenced(text: str) -> Iterator[tuple[int, str]]:
    """Give the lines that readers see as text, with their numbers; code and options left out."""
    open_fences: list[tuple[str, bool]] = []
    for number, line in enumerate(text.splitlines(), 1):
        match = FENCE.fullmatch(line)
        if match:
            fence, info = match["fence"], match["info"]
            closes = open_fences and not info and fence[0] == open_fences[-1][0][0]
            if closes and len(fence) >= len(open_fences[-1][0]):
                open_fences.pop()
            elif all(is_text for _, is_text in open_fences):
                directive = re.match(r"\{([\w-]+)\}", info)
                open_fences.append((fence, bool(directive and directive[1] in TEXT_DIRECTIVES)))
        elif all(is_text for _, is_text in open_fences) and not (
            open_fences and re.match(r"\s*:[\w-]+:", line)
        ):
            yield number, line


def plain(line: str) -> str:
    """Turn a line of Markdown into the words that readers see."""
    line = re.sub(r"^\s*(>\s*)*(([-*+]|\d+\.)\s+)?", "", line.replace("**", ""))
    line = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", line)

    def seen(role: re.Match[str]) -> str:
        if role["name"].startswith("cite"):
            return ""
        return "42" if role["name"].startswith("value") else role["text"].split(" <")[0]

    line = ROLE.sub(seen, line)
    return re.sub(r"\s+([.,;:!?])", r"\1", re.sub(r"`[^`]*`", "code", line))


def lines(text: str) -> list[tuple[int, str]]:
    """Give the lines of running text as Markdown: no heading, table, label or empty line."""
    return [
        (number, line)
        for number, line in unfenced(text)
        if line.strip() and not re.match(r"\s*(#|\||\(.*\)=$|> ?\*\*\w+\.\*\*$)", line)
    ]


def sentences(text: str) -> list[str]:
    """Give the sentences of running text in plain words. A line of the sources holds one."""
    return [
        part for _, line in lines(text) for part in SENTENCE_END.sub("\n", plain(line)).split("\n")
    ]


def count(sentence: str) -> int:
    """Count the words of a plain sentence."""
    return len(WORD.findall(sentence))


class Measure(NamedTuple):
    """How long and how hard a text is.

    Attributes
    ----------
    words, sentences, longest : int
        ``longest`` is the number of words of the longest sentence.
    mean : float
        Words for each sentence.
    grade : float
        Flesch-Kincaid grade (Kincaid and others, Naval Technical Training report 8-75, 1975):
        the year of an American school in which the text can be read. Syllables are counted by
        hyphenation, which misses one in words such as "idea": grades are a little low.
    """

    words: int
    sentences: int
    mean: float
    longest: int
    grade: float


def measure(text: str) -> Measure:
    """Measure a page.

    Parameters
    ----------
    text : str
        Markdown with one sentence a line. Headings, tables, code and sources do not count.

    Raises
    ------
    LabError
        If there is not a single sentence.
    """
    from pyphen import Pyphen

    tokens = [WORD.findall(sentence) for sentence in sentences(text)]
    tokens = [words for words in tokens if words]
    if not tokens:
        raise LabError("There is no sentence to measure.")
    lengths = [len(words) for words in tokens]
    mean = sum(lengths) / len(lengths)
    divide = Pyphen(lang="en_US").positions
    syllables = sum(len(divide(word.lower())) + 1 for words in tokens for word in words)
    grade = 0.39 * mean + 11.8 * syllables / sum(lengths) - 15.59
    return Measure(sum(lengths), len(lengths), mean, max(lengths), grade)


def report(paths: list[Path] | None = None) -> str:
    """Write a table with one line for each page.

    Parameters
    ----------
    paths : list of Path, optional
        By default all pages, lessons and exercises.
    """
    rows = ["words sentences  mean longest grade  page"]
    for path in paths or pages():
        if not sentences(text := read(path)):
            continue
        found = measure(text)
        name = path.resolve()
        name = name.relative_to(ROOT) if name.is_relative_to(ROOT) else path
        rows.append(
            f"{found.words:5} {found.sentences:9} {found.mean:5.1f} {found.longest:7} "
            f"{found.grade:5.1f}  {name.as_posix()}"
        )
    return "\n".join(rows)
