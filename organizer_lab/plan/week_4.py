"""Week 4 of the plan: the needs that were heard, the ideas, and the matrix that orders them."""

from __future__ import annotations

import re
from typing import Any, ClassVar

from pydantic import Field, field_validator

from organizer_lab import charts
from organizer_lab.charts import Chart
from organizer_lab.errors import nearest
from organizer_lab.plan.part import Part, Problem, Problems, short
from organizer_lab.plan.rows import lines
from organizer_lab.words import count_words

# The four pairs of opposites of the Organizer Lab's matrix: the end that gets 5, and that gets 1.
OPPOSITES: dict[str, str] = {
    "essential": "optional",
    "feasible": "impractical",
    "quick": "slow",
    "influential": "inconsequential",
}
LOWEST, HIGHEST = 1, 5
FEWEST_IDEAS, FEWEST_NEEDS = 5, 2


class Idea(Part):
    """One idea, with its two scores."""

    text: str | None = Field(
        None, description="What people would do, in one line of two words or more."
    )
    first: int | None = Field(
        None, description="Score from 1 to 5 on the first opposite, a whole number."
    )
    second: int | None = Field(
        None, description="Score from 1 to 5 on the second opposite, a whole number."
    )

    def total(self) -> int | None:
        """Give the sum of the two scores, or None while one of them is missing."""
        if self.first is None or self.second is None:
            return None
        return self.first + self.second


class IdeaMatrix(Part):
    """Week 4: what people need, which ideas answer it, and the one that is chosen."""

    field: ClassVar = "idea_matrix"
    title: ClassVar = "Idea list and priority matrix"

    heard_from: str | None = Field(
        None, description="With which group you talked, and where. No names of persons."
    )
    needs: list[str] = Field(
        default_factory=list,
        description="At least two needs that you heard, each in a sentence of four words or more.",
    )
    ideas: list[Idea] = Field(
        default_factory=list, description="At least five different ideas, each with two scores."
    )
    first_opposite: str | None = Field(
        None, description="What the first score means: essential, feasible, quick or influential."
    )
    second_opposite: str | None = Field(
        None, description="What the second score means: another one of the four."
    )
    chosen: int | None = Field(
        None,
        description="The number of the chosen idea in your list: one with the most points, or "
        "there is an exception.",
    )
    reason: str | None = Field(
        None,
        description="Which need the chosen idea answers, in a sentence of six words or more.",
    )
    exception: str | None = Field(
        None,
        description="Why you chose it although another idea has more points, in a sentence of six "
        "words or more; else empty.",
    )

    @field_validator("first_opposite", "second_opposite", mode="before")
    @classmethod
    def _small_letters(cls, word: Any) -> Any:
        return word.strip().lower() if type(word) is str else word

    @classmethod
    def from_lines(
        cls, *, needs: Any = "", ideas: Any = "", scores: Any = "", **rest: Any
    ) -> IdeaMatrix:
        """Build the part from texts in which each line is one need, one idea, or two scores.

        Parameters
        ----------
        needs, ideas : str
            One in each line. Empty lines, three dots, bullets and numbers in front are left out.
        scores : str
            Two scores in each line, in the order of the ideas, such as ``"4 5"``. With three
            numbers, as in ``"2: 4 5"``, the first one says which idea is meant.
        **rest
            The other fields.

        Returns
        -------
        IdeaMatrix

        Raises
        ------
        LabError
            If a field is of a wrong kind.
        """
        texts = lines(ideas)
        pairs = _pairs(scores)
        return cls(
            needs=lines(needs),
            ideas=[
                Idea(text=text, first=pair[0], second=pair[1])
                for position, text in enumerate(texts, 1)
                for pair in [pairs.get(position, (None, None))]
            ],
            **rest,
        )

    def best(self) -> list[int]:
        """Give the numbers of the ideas with the most points; several if they are level."""
        totals = {
            n: total for n, idea in enumerate(self.ideas, 1) if (total := idea.total()) is not None
        }
        most = max(totals.values(), default=None)
        return [n for n, total in totals.items() if total == most]

    def ranking(self) -> str:
        """Give the ideas in the order of their points, each with its number in the list."""
        if not self.ideas:
            return "There are no ideas yet."
        numbered = list(enumerate(self.ideas, 1))
        numbered.sort(key=lambda item: -(item[1].total() or 0))
        return "\n".join(
            f"no scores yet: {n}. {idea.text}"
            if idea.total() is None
            else f"{idea.total():2} points: {n}. {idea.text} ({idea.first} and {idea.second})"
            for n, idea in numbered
        )

    def chart(self) -> Chart:
        """Place the ideas on a matrix by their numbers; ideas without scores are left out."""
        axes = [
            (OPPOSITES[name], name) if name in OPPOSITES else ("low", "high")
            for name in (self.first_opposite, self.second_opposite)
        ]
        placed = {
            str(n): idea
            for n, idea in enumerate(self.ideas, 1)
            if idea.total() is not None
            and all(LOWEST <= score <= HIGHEST for score in (idea.first, idea.second))
        }
        return charts.scatter(
            {n: (idea.first, idea.second) for n, idea in placed.items()},
            x=axes[0],
            y=axes[1],
            title="Which idea first?",
            source="the organizer's own scores",
            span=(LOWEST, HIGHEST),
            names={n: idea.text or "" for n, idea in placed.items()},
        )

    def problems(self) -> Problems:
        """Apply the rules of week 4."""
        return Problems([*self._of_lists(), *self._of_scores(), *self._of_choice()])

    def _of_lists(self) -> Problems:
        found = Problems(self._empty("heard_from", "needs", "ideas"))
        if 0 < len(self.needs) < FEWEST_NEEDS:
            found.append(Problem("needs", "Write at least two needs, one in each line."))
        for position, need in enumerate(self.needs, 1):
            if count_words(need) < 4:
                found.append(
                    Problem("needs", f"Need {position} is very short. Who misses what? Say both.")
                )
        if 0 < len(self.ideas) < FEWEST_IDEAS:
            found.append(
                Problem(
                    "ideas",
                    f"There are {len(self.ideas)} ideas so far. Write at least five, also odd "
                    "ones: nobody judges yet.",
                )
            )
        seen: dict[str, int] = {}
        for position, idea in enumerate(self.ideas, 1):
            text = " ".join((idea.text or "").casefold().split())
            if count_words(text) < 2:
                found.append(Problem("ideas", f"Idea {position} needs a few words more."))
            elif text in seen:
                found.append(Problem("ideas", f"Ideas {seen[text]} and {position} are the same."))
            seen.setdefault(text, position)
        return found

    def _of_scores(self) -> Problems:
        found = Problems(self._empty("first_opposite", "second_opposite"))
        for name in ("first_opposite", "second_opposite"):
            word = getattr(self, name)
            if word and word not in OPPOSITES:
                ends = [high for high, low in OPPOSITES.items() if low == word]
                hint = (
                    f" '{word}' is the end that gets 1. Write '{ends[0]}'."
                    if ends
                    else nearest(word, OPPOSITES)
                )
                found.append(Problem(name, f"Choose one of: {', '.join(OPPOSITES)}.{hint}"))
        if self.first_opposite and self.first_opposite == self.second_opposite:
            found.append(Problem("second_opposite", "Choose two different opposites."))
        if not self.ideas:
            found.append(Problem("scores", "There are no ideas to score yet."))
        for position, idea in enumerate(self.ideas, 1):
            if idea.total() is None:
                found.append(
                    Problem(
                        "scores",
                        f"Idea {position} has no two scores yet. Write two whole numbers in its "
                        "line, such as 4 2.",
                    )
                )
                continue
            for score in (idea.first, idea.second):
                if not LOWEST <= score <= HIGHEST:
                    found.append(Problem("scores", f"Idea {position}: {score} is not from 1 to 5."))
        return found

    def _of_choice(self) -> Problems:
        found = Problems(self._empty("reason"))
        if self.reason and count_words(self.reason) < 6:
            found.append(Problem("reason", "Write a whole sentence, of six words or more."))
        if self.chosen is None:
            return Problems(
                [Problem("chosen", "Not written yet: the number of the chosen idea."), *found]
            )
        if not 1 <= self.chosen <= len(self.ideas):
            found.append(
                Problem(
                    "chosen",
                    f"There is no idea {short(self.chosen)}. Your list has {len(self.ideas)}.",
                )
            )
            return found
        best = self.best()
        if self.ideas[self.chosen - 1].total() is None:
            found.append(Problem("chosen", f"Idea {self.chosen} has no scores yet."))
        elif self.chosen not in best and count_words(self.exception or "") < 6:
            found.append(
                Problem(
                    "exception",
                    f"Idea {best[0]} has more points than idea {self.chosen}. Choose it, or say "
                    "in a whole sentence why another one is better this time.",
                )
            )
        return found


def _pairs(text: Any) -> dict[int, tuple[int, int]]:
    """Read the scores of each idea by its number; lines without two whole numbers are left out."""
    if isinstance(text, list | tuple):
        text = "\n".join(str(line) for line in text)
    if not isinstance(text, str):
        return {}
    found: dict[int, tuple[int, int]] = {}
    position = 0
    for line in filter(str.strip, text.splitlines()):
        position += 1
        # A half point is no score. Without this, "4.5 3" would mean idea 4 with 5 and 3.
        if re.search(r"\d\.\d", line):
            continue
        numbers = [int(digits) for digits in re.findall(r"(?<!\d)-?\d{1,6}", line)]
        if len(numbers) == 3:
            position = numbers.pop(0)
        if len(numbers) == 2:
            found[position] = (numbers[0], numbers[1])
    return found
