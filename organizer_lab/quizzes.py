"""Questions at the end of a lesson: one face for Jupyter, the book and every other viewer.

The questions are data, in ``weeks/quizzes/week-N.toml``. Each option is a native ``<details>``: its
summary is the option, and its body says whether it is right, and why. So it needs no script, no
widget, no kernel and no network, works by keyboard, and nobody's answers are counted or stored.

Why no library, looked at in November 2026: jupyterquiz 2.9.6 is kept up, but each quiz brings 40 kB
of script, shows nothing without it, and in JupyterLab fetches MathJax from somebody else's server;
ipyquizjb 0.3 needs widgets, which the book does not load; easyquiz, ipyquiz and nbquiz have rested
for two years and more. The standard library is enough for what is left.
"""

from __future__ import annotations

import hashlib
import html
import os
import re
import textwrap
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from organizer_lab.errors import LabError, nearest

_PACKAGE = Path(__file__).resolve().parent
# Inside an installed package; beside it in a checkout and in the learner edition.
_PLACES = tuple(place / "weeks" / "quizzes" for place in (_PACKAGE, _PACKAGE.parent))

RIGHT, NOT_QUITE = "Right:", "Not quite:"
SEVERAL = "More than one option is right."
LEAST, MOST = 3, 5
# In letters: what can be read at one look, and keeps a page light.
LONGEST = {"question": 300, "text": 120, "why": 240}

# Jupyter does not know the book's style sheet: a line for each option, large enough for a thumb.
_STYLE = (
    "<style>.ol-quiz fieldset{border:0;margin:0 0 1.5em;min-width:0;padding:0}"
    ".ol-quiz summary{border:1px solid #808080;border-radius:4px;cursor:pointer;"
    "margin:.4em 0;padding:.5em .75em}.ol-quiz details p{margin:.4em 1.25em}</style>"
)


@dataclass(frozen=True)
class Option:
    """One answer that can be chosen, whether it is right, and why or why not."""

    text: str
    why: str
    right: bool = False


@dataclass(frozen=True)
class Question:
    """One question with its options, in the order in which they are shown."""

    question: str
    objective: str
    options: tuple[Option, ...]


@dataclass(frozen=True)
class Quiz:
    """The questions of one week. Jupyter and the book show them as HTML, a terminal as text."""

    week: str
    questions: tuple[Question, ...]

    def _repr_html_(self) -> str:
        # The book has the style in its own sheet; see organizer_lab.explore.STATIC.
        style = "" if os.environ.get("ORGANIZER_LAB_STATIC") == "1" else _STYLE
        asked = "".join(self._fieldset(n, each) for n, each in enumerate(self.questions, 1))
        return f'{style}<div class="ol-quiz">{asked}</div>'

    def _fieldset(self, number: int, asked: Question) -> str:
        # Options with one name: opening one closes the others.
        name = html.escape(f"ol-{self.week}-{number}")
        options = "".join(
            f'<details name="{name}"><summary>{_marked(option.text)}</summary>'
            f"<p><strong>{_verdict(option)}</strong> {_marked(option.why)}</p></details>\n"
            for option in asked.options
        )
        return (
            f"<fieldset><legend><h3>Question {number}</h3>{_marked(_whole(asked))}</legend>\n"
            f"{options}</fieldset>\n"
        )

    def __repr__(self) -> str:
        """Give the questions as text, with all answers at the end."""
        questions, answers = [], ["Answers"]
        for number, asked in enumerate(self.questions, 1):
            lines = [f"{number}. {_whole(asked)}"]
            for letter, option in zip("abcd", asked.options, strict=False):
                lines.append(f"   {letter}) {option.text}")
                answers.append(f"{number} {letter}) {_verdict(option)} {option.why}")
            questions.append("\n".join(map(_wrapped, lines)))
        return "\n\n".join([*questions, "\n".join(map(_wrapped, answers))])


def _whole(asked: Question) -> str:
    several = sum(option.right for option in asked.options) > 1
    return f"{asked.question} {SEVERAL}" if several else asked.question


def _verdict(option: Option) -> str:
    return RIGHT if option.right else NOT_QUITE


def _marked(text: str) -> str:
    """Give a text as HTML: words between backticks are code, between asterisks stressed."""
    text = html.escape(text)
    text = re.sub(r"`([^`]+)`", r"<code>\1</code>", text)
    return re.sub(r"(?<![\w*])\*(\w[^*<>]*)\*(?![\w*])", r"<em>\1</em>", text)


def _wrapped(line: str) -> str:
    return textwrap.fill(line, 88, subsequent_indent="      ")


def quiz(week: str) -> Quiz:
    """Show the questions of a week.

    Parameters
    ----------
    week : str
        Such as ``"week-1"``.

    Returns
    -------
    Quiz
        As the last line of a cell it shows itself. Each option opens its explanation.

    Raises
    ------
    LabError
        If the week has no questions, or its file has mistakes; each is named with its question.
    """
    files = found()
    if week not in files:
        there = f" There are questions for: {', '.join(files)}." if files else ""
        raise LabError(f"There are no questions for '{week}'.{nearest(str(week), files)}{there}")
    return read(files[week])


def found() -> dict[str, Path]:
    """List the files of questions by their weeks: those of the first place that has any."""
    for place in _PLACES:
        # "week-10" comes after "week-9".
        files = sorted(place.glob("*.toml"), key=lambda file: (len(file.stem), file.stem))
        if files:
            return {file.stem: file for file in files}
    return {}


def read(file: Path) -> Quiz:
    """Read the questions of one file and bring their options into the order that is shown.

    The order is always the same and depends on the words alone, so that the place of an option in
    the file gives nothing away.

    Raises
    ------
    LabError
        If the file cannot be read or has mistakes. Each is named with the file and the question.
    """
    try:
        content = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise LabError(f"{file.name} cannot be read: {error}.") from None
    except (tomllib.TOMLDecodeError, RecursionError) as error:
        raise LabError(f"{file.name} is no valid TOML: {error}.") from None
    mistakes = list(_mistakes(content))
    if mistakes:
        raise LabError("\n".join(f"{file.name}, {mistake}" for mistake in mistakes))
    return Quiz(file.stem, tuple(_question(file.stem, each) for each in content["questions"]))


def _question(week: str, given: dict[str, Any]) -> Question:
    question = _tidy(given["question"])
    options = [
        Option(_tidy(each["text"]), _tidy(each["why"]), each.get("right", False))
        for each in given["options"]
    ]
    options.sort(key=lambda option: _dice(f"{week}|{question}|{option.text}"))
    return Question(question, _tidy(given["objective"]), tuple(options))


def _tidy(text: str) -> str:
    return " ".join(text.split())


def _dice(text: str) -> bytes:
    return hashlib.sha256(text.encode()).digest()


def _mistakes(content: dict[str, Any]) -> Iterator[str]:
    """Give what is wrong in a file, each with its question."""
    questions = content.get("questions")
    yield from _unknown("the file", content, {"questions"})
    if not isinstance(questions, list):
        yield "the file: it has no [[questions]]."
        return
    if not LEAST <= len(questions) <= MOST:
        yield f"the file: it has {len(questions)} questions; write {LEAST} to {MOST}."
    seen: set[str] = set()
    for number, asked in enumerate(questions, 1):
        where = f"question {number}"
        if not isinstance(asked, dict):
            yield f"{where}: it must be a table, [[questions]]."
            continue
        yield from _unknown(where, asked, {"question", "objective", "options"})
        yield from _texts(where, asked, ("question", "objective"))
        if (text := _plain(asked.get("question"))) and text in seen:
            yield f"{where}: this question stands twice."
        seen.add(text)
        yield from _mistakes_of_options(where, asked.get("options"))


def _mistakes_of_options(where: str, options: Any) -> Iterator[str]:
    if not isinstance(options, list) or not all(isinstance(each, dict) for each in options):
        yield f"{where}: it has no [[questions.options]]."
        return
    if not 2 <= len(options) <= 4:
        yield f"{where}: it has {len(options)} options; write 2 to 4."
    seen: set[str] = set()
    for number, option in enumerate(options, 1):
        here = f"{where}, option {number}"
        yield from _unknown(here, option, {"text", "why", "right"})
        yield from _texts(here, option, ("text", "why"))
        if not isinstance(option.get("right", False), bool):
            yield f"{here}: 'right' must be true or false, without quotation marks."
        if (text := _plain(option.get("text"))) and text in seen:
            yield f"{here}: another option says the same."
        seen.add(text)
    right = [option.get("right", False) is True for option in options]
    if not any(right):
        yield f"{where}: no option is right; write 'right = true' below one of them."
    elif all(right):
        yield f"{where}: every option is right; a question needs one that is not."


def _unknown(where: str, given: dict[str, Any], known: set[str]) -> Iterator[str]:
    for key in sorted(set(given) - known):
        yield f"{where}: there is no '{key}'.{nearest(key, sorted(known))}"


def _texts(where: str, given: dict[str, Any], names: tuple[str, ...]) -> Iterator[str]:
    for name in names:
        text = given.get(name)
        what = "the explanation, 'why'," if name == "why" else f"'{name}'"
        if not isinstance(text, str) or not text.strip():
            yield f"{where}: {what} is missing."
        elif len(_tidy(text)) > LONGEST.get(name, len(text)):
            yield f"{where}: {what} has {len(_tidy(text))} letters; {LONGEST[name]} are the most."


def _plain(text: Any) -> str:
    """Give a text without what does not make it another one."""
    return re.sub(r"\W+", " ", text).strip().casefold() if isinstance(text, str) else ""


def check(objectives: Mapping[str, Sequence[str]], files: Mapping[str, Path] | None = None) -> str:
    """Check all files of questions against the objectives of the course.

    Parameters
    ----------
    objectives : mapping of str to sequence of str
        For each week of the course its objectives, as ``course.yml`` has them.
    files : mapping of str to Path, optional
        The files by their weeks; by default those of `found`.

    Returns
    -------
    str
        How many questions there are, and which objectives none of them is about.

    Raises
    ------
    LabError
        With all mistakes: of the files, and each objective that its week does not have.
    """
    mistakes: list[str] = []
    silent: list[str] = []
    count = 0
    for week, file in (found() if files is None else files).items():
        if week not in objectives:
            mistakes.append(f"{file.name}: the course has no '{week}'.{nearest(week, objectives)}")
            continue
        try:
            questions = read(file).questions
        except LabError as error:
            mistakes.append(str(error))
            continue
        count += len(questions)
        known = [_tidy(each) for each in objectives[week]]
        for number, asked in enumerate(questions, 1):
            if asked.objective not in known:
                mistakes.append(
                    f"{file.name}, question {number}: {week} has no objective "
                    f"'{asked.objective}'.{nearest(asked.objective, known)}"
                )
        asked_about = {asked.objective for asked in questions}
        silent += [f"{week}: {each}" for each in known if each not in asked_about]
    if mistakes:
        raise LabError("\n".join(mistakes))
    lines = [f"Questions at the end of lessons: {count}."]
    if silent:
        lines.append("Objectives without a question:")
        lines += [f"- {each}" for each in silent]
    return "\n".join(lines)
