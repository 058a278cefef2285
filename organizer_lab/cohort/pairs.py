"""Who gives feedback to whom, in the weeks in which learners read each other's work.

Everybody stands in one circle, in an order that only the names on the roster decide, and gives
feedback to two others at fixed distances in it. So everybody also gets two, nobody is alone, and
a later week takes other distances. What a person was told once stays: a pair that stands in the
folder is kept, and newcomers are added to it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import random
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from organizer_lab import files
from organizer_lab.cohort.settings import Cohort
from organizer_lab.errors import LabError, shown
from organizer_lab.grading.roster import Roster

FOLDER = "pairs"
HEAD = ["gives", "gets"]
# Three people: two each would be everybody with everybody, in two weeks twice the same.
_SMALL = 3
# From so many people on, two such weeks of pairs have none twice, in either direction.
_LARGE = 9
_TRIES = 60

Pair = tuple[str, str]


def each_gives(people: int) -> int:
    """Say to how many others a person gives feedback, and from how many they get it."""
    return 1 if people <= _SMALL else 2


def paired(
    names: Iterable[str], kept: Collection[Pair] = (), met: Collection[Pair] = ()
) -> list[Pair]:
    """Choose who gives feedback to whom.

    Parameters
    ----------
    names : iterable of str
        Everybody who takes part; their order does not matter.
    kept : collection of (str, str)
        Pairs that were told already. Those of people who left are dropped; the others stay.
    met : collection of (str, str)
        Pairs of another week, which are not repeated where that can be avoided.

    Returns
    -------
    list of (str, str)
        Who gives, and who gets; the kept ones first. Everybody gives to two people and gets from
        two, or one each where there are at most three. After people came or left it can be one
        more; never oneself, and no pair twice.

    Raises
    ------
    LabError
        If there are fewer than two people.
    """
    people = sorted(set(names))
    if len(people) < 2:
        raise LabError(
            "Feedback needs two people, and here is "
            f"{'one' if people else 'nobody'}. Read the work yourself, and say that you are the "
            "peer; or ask a facilitator of another group for a partner."
        )
    seed = hashlib.sha256("\n".join(people).encode()).digest()
    dice = random.Random(seed)
    there = set(people)
    found = [pair for pair in dict.fromkeys(kept) if set(pair) <= there and pair[0] != pair[1]]
    if found:
        return _completed(people, found, met, dice)
    dice.shuffle(people)
    return _circle(people, met, dice)


def _distances(people: int, again: bool) -> tuple[int, ...]:
    """Give the distances in the circle to those who get feedback."""
    if people <= _SMALL:
        return (1,)
    if people >= _LARGE:
        return (3, 4) if again else (1, 2)
    # A small circle has too few pairs for that: here two people read each other.
    step = 2 if again and people > 4 else 1
    return (step, people - step)


def _circle(order: list[str], met: Collection[Pair], dice: random.Random) -> list[Pair]:
    """Pair all of them, and change places in the circle as long as that separates old pairs."""
    distances = _distances(len(order), bool(met))
    before, count = set(met), len(order)

    def pairs(at: Iterable[int]) -> set[Pair]:
        return {(order[n % count], order[(n + d) % count]) for n in at for d in distances}

    def touched(*places: int) -> set[Pair]:
        return pairs({n - d for n in places for d in (0, *distances)})

    def again(some: Iterable[Pair]) -> int:
        # To give the same person feedback twice is worse than to change the direction.
        return sum(2 * (pair in before) + (pair[::-1] in before) for pair in some)

    for _ in range(_TRIES):
        repeated = [n for n in range(count) if again(pairs([n]))]
        if not repeated:
            break
        for one in repeated:
            for other in dice.sample(range(count), min(count, _TRIES)):
                cost = again(touched(one, other))
                order[one], order[other] = order[other], order[one]
                if again(touched(one, other)) < cost:
                    break
                order[one], order[other] = order[other], order[one]
    return [(order[n], order[(n + d) % count]) for n in range(count) for d in distances]


def _completed(
    people: Sequence[str], kept: list[Pair], met: Collection[Pair], dice: random.Random
) -> list[Pair]:
    """Give those who have too few partners new ones, and leave all other pairs as they are."""
    target = each_gives(len(people))
    found = list(kept)
    taken, before = set(found), {frozenset(pair) for pair in met}
    gives, gets = Counter(a for a, _ in found), Counter(b for _, b in found)
    order = list(people)
    dice.shuffle(order)

    def choose(person: str, has: Counter[str], giving: bool) -> str | None:
        def free(other: str) -> bool:
            pair = (person, other) if giving else (other, person)
            return other != person and pair not in taken

        # Those with the fewest first, then those whom the person has not met.
        return min(
            filter(free, order),
            key=lambda other: (has[other], frozenset((person, other)) in before),
            default=None,
        )

    for has, others, giving in ((gives, gets, True), (gets, gives, False)):
        for person in order:
            while has[person] < target and (other := choose(person, others, giving)):
                pair = (person, other) if giving else (other, person)
                found.append(pair)
                taken.add(pair)
                gives[pair[0]] += 1
                gets[pair[1]] += 1
    return found


# -- the files -------------------------------------------------------------------------------


@dataclass(frozen=True)
class Made:
    """The pairs of a week, and where they stand.

    Attributes
    ----------
    new : int
        How many of the pairs were not there before.
    again : int
        How many people meet somebody of an earlier week again.
    """

    week: str
    pairs: list[Pair]
    new: int
    again: int
    files: list[Path]

    def __str__(self) -> str:
        """Say it in lines."""
        people = {person for pair in self.pairs for person in pair}
        gives = Counter(Counter(a for a, _ in self.pairs).values())
        each = " or ".join(str(number) for number in sorted(gives))
        lines = [
            f"{self.week}: {len(people)} people, {len(self.pairs)} pairs, {self.new} of them new. "
            f"Each person gives feedback to {each} others."
            if each != "1"
            else f"{self.week}: {len(people)} people, {len(self.pairs)} pairs, {self.new} of them "
            "new. Each person gives feedback to 1 other."
        ]
        if self.again:
            lines.append(
                f"{self.again} pairs have met in an earlier week: with so few people it cannot be "
                "avoided."
            )
        lines.append(f"The pairs: {', '.join(str(file) for file in self.files)}")
        lines.append(
            "They name people. Send them in private, or put them on a page only if all agreed."
        )
        return "\n".join(lines)


def make(
    folder: Path, cohort: Cohort, week: str, roster: Roster, handed_in: str | None = None
) -> Made:
    """Pair the people of a roster for a week, and write the pairs down.

    Parameters
    ----------
    folder : Path
        The cohort's folder; the files go into ``pairs``.
    cohort : Cohort
    week : str
        One of its weeks of feedback.
    roster : Roster
    handed_in : str, optional
        A week: only those take part whose work of that week was collected.

    Raises
    ------
    LabError
        If the week has no feedback among peers, or there are too few people.
    """
    cohort.week(week)
    if week not in cohort.peer_feedback:
        weeks = " and ".join(cohort.peer_feedback) or "none"
        raise LabError(
            f"In {week} learners do not read each other's work; the weeks for that are: {weeks}. "
            "They stand in cohort.toml, behind peer_feedback."
        )
    people = list(roster)
    if handed_in:
        cohort.week(handed_in)
        people = [one for one in people if (folder / "submitted" / one.id / handed_in).is_dir()]
        if not people:
            raise LabError(f"Nobody's work of {handed_in} is in {folder / 'submitted'}.")
    home = folder / FOLDER
    earlier = cohort.peer_feedback[: cohort.peer_feedback.index(week)]
    met = [pair for name in earlier for pair in read(home / f"{name}.csv")]
    before = read(home / f"{week}.csv")
    found = paired((one.username for one in people), before, met)
    old = {frozenset(pair) for pair in met}
    home.mkdir(exist_ok=True)
    outputs = {
        home / f"{week}.csv": _csv(found),
        home / f"{week}.txt": text(found, week),
        home / f"{week}.wikitext": text(found, week, wiki=True),
    }
    for path, content in outputs.items():
        files.write(path, content)
    again = len({frozenset(pair) for pair in found} & old)
    return Made(week, found, len(set(found) - set(before)), again, list(outputs))


def read(file: Path) -> list[Pair]:
    """Read pairs that were made before; none where there is no file.

    Raises
    ------
    LabError
        If it is no such table.
    """
    if not file.exists():
        return []
    try:
        rows = list(csv.reader(io.StringIO(file.read_text(encoding="utf-8-sig")), strict=True))
        if rows[0] != HEAD or any(len(row) != 2 for row in rows[1:]):
            raise ValueError("its columns are not 'gives' and 'gets'")
    except (OSError, ValueError, csv.Error, IndexError) as error:
        raise LabError(
            f"{file} cannot be read ({error}). Take it back from your copy; or delete it, and "
            "everybody gets new partners."
        ) from None
    return [(_name(row[0]), _name(row[1])) for row in rows[1:]]


def _name(cell: str) -> str:
    """Take away the apostrophe that keeps a spreadsheet from computing a name."""
    return cell[1:] if cell[:1] == "'" and files.as_cell(cell[1:]) == cell else cell


def _csv(pairs: Iterable[Pair]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerows([HEAD, *([files.as_cell(name) for name in pair] for pair in pairs)])
    return out.getvalue()


def text(pairs: Sequence[Pair], week: str, wiki: bool = False) -> str:
    """Write the pairs for people: a line for each who gives, in the order of the alphabet.

    Parameters
    ----------
    pairs : sequence of (str, str)
    week : str
        Such as ``"week-3"``.
    wiki : bool
        As wikitext, with links to the people, who are told by that.
    """
    to: dict[str, list[str]] = {}
    for giver, receiver in pairs:
        to.setdefault(giver, []).append(receiver)

    def name(person: str) -> str:
        # User names hold no sign that ends a link; apostrophes in a row would be bold.
        return f"[[User:{person}|<nowiki>{person}</nowiki>]]" if wiki else shown(person, 255)

    number = week.removeprefix("week-")
    head = f"Week {number}: who reads whose work"
    lines = [f"== {head} ==" if wiki else head, ""]
    for giver in sorted(to, key=str.casefold):
        others = " and ".join(map(name, to[giver]))
        if len(to[giver]) > 2:
            *first, last = map(name, to[giver])
            others = f"{', '.join(first)} and {last}"
        lines.append(f"{'* ' if wiki else ''}{name(giver)} reads the work of {others}.")
    return "\n".join(lines) + "\n"
