"""How far two graders agree who read the same texts.

Weighted kappa: J. Cohen, "Weighted kappa: nominal scale agreement with provision for scaled
disagreement or partial credit", Psychological Bulletin 70 (1968), 213-220. The weight of a
disagreement is the square of its points, as in J. L. Fleiss and J. Cohen, "The equivalence of
weighted kappa and the intraclass correlation coefficient as measures of reliability", Educational
and Psychological Measurement 33 (1973), 613-619.
"""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from organizer_lab.errors import LabError
from organizer_lab.grading import pages, scores
from organizer_lab.grading.pages import plural, points

# Our own columns, and those of nbgrader's "export", which gives one score for a whole sheet.
_OURS = ("learner", "question", "score")
_NBGRADERS = ("student_id", "assignment", "raw_score")
_LARGEST = 50_000_000


@dataclass(frozen=True)
class Agreement:
    """Two graders on one question, or on all.

    Attributes
    ----------
    question : str
        Its name; ``"all"`` for all questions together.
    n, same, near : int
        Texts, those with the same points, and those with at most one point between.
    kappa : float or None
        1 is full agreement, 0 what chance would give. None where it is not defined: both graders
        gave one and the same score to every text.
    """

    question: str
    n: int
    same: int
    near: int
    kappa: float | None


def kappa(first: Sequence[float], second: Sequence[float]) -> float | None:
    """Compute Cohen's weighted kappa with quadratic weights.

    Parameters
    ----------
    first, second : sequence of float
        The points of two graders for the same texts, in the same order.

    Returns
    -------
    float or None
        1 less the mean square of the differences, divided by the mean square that the same points
        would give in every combination. None where that is 0.
    """
    seen = sum((a - b) ** 2 for a, b in zip(first, second, strict=True)) / len(first)
    # The mean of (a - b)² over all combinations, without making them.
    mean_a, mean_b = sum(first) / len(first), sum(second) / len(second)
    spread_a = sum((a - mean_a) ** 2 for a in first) / len(first)
    spread_b = sum((b - mean_b) ** 2 for b in second) / len(second)
    by_chance = spread_a + spread_b + (mean_a - mean_b) ** 2
    return None if by_chance == 0 else 1 - seen / by_chance


class Comparison:
    """The points of two graders, side by side.

    Attributes
    ----------
    pairs : list of tuple
        Learner, question and both scores, for what both graders have.
    only : tuple of int
        How many texts only the first, or only the second grader has.
    """

    def __init__(self, first: Path, second: Path):
        one, two = read(first), read(second)
        both = sorted(one.keys() & two.keys(), key=lambda key: (scores.order(key[1]), key[0]))
        if not both:
            raise LabError(
                f"{first.name} and {second.name} have no learner and question in common."
            )
        self.pairs = [(*key, one[key], two[key]) for key in both]
        self.only = (len(one.keys() - two.keys()), len(two.keys() - one.keys()))

    def rows(self) -> list[Agreement]:
        """Give the agreement on each question, then on all."""
        questions = list(dict.fromkeys(question for _, question, _, _ in self.pairs))
        found = [
            self._of(question, [p for p in self.pairs if p[1] == question])
            for question in questions
        ]
        return found if len(found) == 1 else [*found, self._of("all", self.pairs)]

    def _of(self, question: str, pairs: Sequence[tuple[str, str, float, float]]) -> Agreement:
        first, second = [pair[2] for pair in pairs], [pair[3] for pair in pairs]
        gaps = [abs(a - b) for a, b in zip(first, second, strict=True)]
        # Of different questions the points are not on one scale.
        value = None if question == "all" else kappa(first, second)
        return Agreement(
            question,
            len(pairs),
            sum(g < 1e-9 for g in gaps),
            sum(g < 1 + 1e-9 for g in gaps),
            value,
        )

    def disagreements(self) -> list[tuple[str, str, float, float, float]]:
        """List the texts with different points, the largest difference first."""
        found = [(*pair, pair[3] - pair[2]) for pair in self.pairs if abs(pair[3] - pair[2]) > 1e-9]
        return sorted(found, key=lambda row: (-abs(row[4]), scores.order(row[1]), row[0]))

    def __str__(self) -> str:
        """Say it in lines."""
        lines = [f"{'Question':16} {'n':>5} {'same':>6} {'within 1':>9} {'kappa':>7}"]
        for row in self.rows():
            value = "-" if row.kappa is None else f"{row.kappa:.2f}"
            lines.append(
                f"{row.question:16} {row.n:>5} {row.same / row.n:>6.0%} {row.near / row.n:>9.0%} "
                f"{value:>7}"
            )
        lines.append(
            "Kappa: Cohen's weighted kappa (1968), quadratic weights; 1 is full agreement, 0 is "
            "chance."
        )
        if any(row.kappa is None and row.question != "all" for row in self.rows()):
            lines.append("A line: both graders gave the same score to every text.")
        for count, name in zip(self.only, ("first", "second"), strict=True):
            if count:
                lines.append(f"Only the {name} grader has {plural(count, 'text')}; not compared.")
        if found := self.disagreements():
            lines += ["", f"{'Learner':24} {'Question':16} {'first':>6} {'second':>7}"]
            lines += [
                f"{learner:24} {question:16} {points(a):>6} {points(b):>7}"
                for learner, question, a, b, _ in found
            ]
            lines.append("Read these texts together, and agree on points before you give feedback.")
        return "\n".join(lines)

    def csv(self) -> str:
        """Give the table of disagreements as CSV."""
        return pages.csv_text(
            ("learner", "question", "first", "second", "difference"), self.disagreements()
        )


def _rows(rows: csv.DictReader[str], name: str) -> Iterator[dict[str | None, Any]]:
    """Give each row, or say in which line the file breaks off."""
    try:
        yield from rows
    except csv.Error as error:
        raise LabError(f"{name}, line {rows.line_num}: {error}.") from None


def read(file: Path) -> dict[tuple[str, str], float]:
    """Read the points of one grader.

    Parameters
    ----------
    file : Path
        A CSV file with the columns ``learner``, ``question`` and ``score``, or what
        ``nbgrader export`` writes. Rows without a score are left out: nobody has read them.

    Returns
    -------
    dict
        The score by learner and question.

    Raises
    ------
    LabError
        With the number of the line that is wrong.
    """
    try:
        if file.stat().st_size > _LARGEST:
            raise LabError(f"{file.name} is too large for a list of points.")
        text = file.read_text("utf-8-sig")
    except OSError as error:
        raise LabError(f"{file} cannot be read ({error.strerror}).") from None
    except UnicodeDecodeError:
        raise LabError(
            f"{file.name} is not UTF-8. Save it from your spreadsheet as 'CSV UTF-8'."
        ) from None
    first = text.partition("\n")[0]
    sign = next((sign for sign in "\t;," if sign in first), ",")
    rows = csv.DictReader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    head = [(name or "").strip() for name in rows.fieldnames or ()]
    rows.fieldnames = head
    if twice := next((name for name in head if name and head.count(name) > 1), None):
        raise LabError(f"{file.name}: the column '{twice}' stands twice. Take one of them out.")
    names = next((each for each in (_OURS, _NBGRADERS) if set(each) <= set(head)), None)
    if names is None:
        raise LabError(
            f"{file.name}: the first line must name the columns {', '.join(_OURS)}; or take the "
            "file that 'nbgrader export' writes."
        )
    found: dict[tuple[str, str], float] = {}
    for row in _rows(rows, file.name):
        learner, question, given = ((row[name] or "").strip() for name in names)
        place = f"{file.name}, line {rows.line_num}"
        if None in row:
            raise LabError(
                f"{place}: there are more values than columns. Write points with a point, such as "
                "1.5, or put the value in quotation marks."
            )
        if not given or given == "None":
            continue
        if not learner or not question:
            raise LabError(f"{place}: learner or question is empty.")
        try:
            score = float(given.replace(",", ".") if sign == ";" else given)
        except ValueError:
            score = math.nan
        if not math.isfinite(score):
            raise LabError(f"{place}: '{given[:20]}' is no number of points.")
        if (learner, question) in found:
            raise LabError(f"{place}: '{learner}' has question {question} twice.")
        found[learner, question] = score
    if not found:
        raise LabError(f"{file.name} has no points.")
    return found
