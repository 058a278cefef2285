"""Folders and zips that a facilitator has: from e-mail, a learning platform, an older collection.

Whose a file is, is read from its name and the folders around it, also in nbgrader's own layouts
(``<learner>/<week>/<week>.ipynb``, ``downloaded/<week>/archive/``). Nothing is unpacked to the
disk, no link is followed, and no more is read than a submission may have.
"""

from __future__ import annotations

import contextlib
import io
import os
import re
import stat
import warnings
import zipfile
from collections import Counter, OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

from dateutil import parser

from organizer_lab.errors import LabError, shown
from organizer_lab.grading.incoming import (
    LARGEST_NOTEBOOK,
    LARGEST_PACKAGE,
    LARGEST_PLAN,
    WITHOUT_PLAN,
    Fault,
    Offer,
    Unfit,
)
from organizer_lab.grading.roster import Learner, Roster
from organizer_lab.handin import pack

_DEEPEST = 20
_MOST_MEMBERS = 100_000
_OTHER_ARCHIVES = (".tar", ".gz", ".tgz", ".bz2", ".xz", ".7z", ".rar")
# Somebody may have saved their work under a few names, and sent it a few times.
_MOST_OFFERS = 20
_TOO_MANY = f"are not looked at: only the newest {_MOST_OFFERS} of a learner are."
_NOT_FOUND = "The pattern does not find it."
_WEEK = re.compile(r"week[-_ ]?0?([1-9]\d?)(?!\d)", re.IGNORECASE)
_LIMITS = {".ipynb": LARGEST_NOTEBOOK, ".json": LARGEST_PLAN, ".txt": 1000, ".zip": LARGEST_PACKAGE}


@dataclass(frozen=True)
class _Found:
    """A file that may belong to a submission; its content is read when it is needed.

    ``place`` are the names that say whose it is and of which week; ``around`` are those of folders
    in which a single file was found, which count where it says nothing itself.
    """

    place: tuple[str, ...]
    origin: str
    time: datetime
    read: Callable[[], bytes]
    around: tuple[str, ...] = ()

    @property
    def ending(self) -> str:
        return os.path.splitext(self.place[-1])[1].lower()

    @property
    def stem(self) -> str:
        return os.path.splitext(self.place[-1])[0]


class Files:
    """Looks through folders, zips and single notebooks.

    Parameters
    ----------
    sources : iterable of Path
    pattern : str, optional
        A regular expression for the path of a file, as nbgrader's ``zip_collect`` takes it: with
        the group ``student_id``, and if wanted ``timestamp``. Only files that it finds are taken.

    Raises
    ------
    LabError
        If a source is not there, or the pattern is none.
    """

    def __init__(self, sources: Iterable[Path | str], pattern: str | None = None):
        self.sources = [Path(source) for source in sources]
        for source in self.sources:
            if not source.exists():
                raise LabError(f"{source} is not there. Name a folder, zips, or the word paws.")
        try:
            self._pattern = re.compile(pattern) if pattern else None
        except re.error as error:
            raise LabError(f"The pattern is no regular expression: {error}.") from None
        if self._pattern and "student_id" not in self._pattern.groupindex:
            raise LabError("The pattern needs a group (?P<student_id>…) for the learner.")
        self._archives = _Archives()

    def offers(self, roster: Roster, week: str) -> Iterator[Offer | Fault]:
        """Give what is there of each learner, one after the other, older things first.

        Parameters
        ----------
        roster : Roster
        week : str
            Such as ``"week-1"``. What names another week is left out.
        """
        owner = _Owner(roster)
        groups: dict[tuple[Learner, tuple[str, ...]], list[_Found]] = defaultdict(list)
        orphans: list[_Found] = []
        packages: list[tuple[Learner, _Found]] = []
        for found in self._scan():
            if isinstance(found, Fault):
                yield found
                continue
            if (named := _week((*found.around, *found.place))) and named != week:
                yield Fault("ignored", found.origin, f"It is of {named}.")
                continue
            found, learner, reason = self._whose(found, owner)
            if learner is None and found.ending in (".json", ".txt"):
                orphans.append(found)
            elif learner is None:
                kind = "ignored" if reason == _NOT_FOUND else "refused"
                yield Fault(kind, found.origin, reason)
            elif found.ending == ".zip":
                packages.append((learner, found))
            else:
                groups[learner, found.place[:-1]].append(found)
        _adopt(orphans, groups)
        made: list[tuple[Learner, datetime, str, Callable[[], Offer | Fault]]] = []
        for (learner, _), files in groups.items():
            yield from _submissions(learner, files, week, made)
        several: Counter[str] = Counter()
        for learner, found in packages:
            several[learner.id] += 1
            if several[learner.id] <= _MOST_OFFERS:
                made.append((learner, *_package(learner, found, week)))
        for learner in roster:
            if (more := several[learner.id] - _MOST_OFFERS) > 0:
                yield Fault("refused", "packages", f"{more} packages {_TOO_MANY}", learner)
        yield from _newest(made)
        order = {learner.id: position for position, learner in enumerate(roster)}
        for learner, _, origin, read in sorted(
            made, key=lambda each: (order[each[0].id], each[1], each[2])
        ):
            try:
                yield read()
            except (Unfit, OSError) as error:
                yield Fault("refused", origin, str(error), learner)
        self._archives.close()

    def _whose(self, found: _Found, owner: _Owner) -> tuple[_Found, Learner | None, str]:
        if self._pattern is None:
            return found, *owner.of(found.place, found.around)
        match = self._pattern.search("/".join(found.place))
        if match is None:
            return found, None, _NOT_FOUND
        name, told = match["student_id"], match.groupdict().get("timestamp")
        if told and (time := _parsed(told)):
            found = replace(found, time=time)
        learner = owner.roster.find(name or "")
        return found, learner, f"The roster has no '{shown(name or '')}'."

    # -- looking ---------------------------------------------------------------------------

    def _scan(self) -> Iterator[_Found | Fault]:
        for source in self.sources:
            if source.is_dir():
                yield from self._folder(source, (source.resolve().name,), source.name or ".")
            else:
                # The empty name stands for the folder around it, which nobody gave to us.
                around = source.resolve().parts[-3:-1]
                nothing = Fault("refused", source.name, "It is no folder, zip or notebook.")
                for found in list(self._file(source, ("", source.name), source.name)) or [nothing]:
                    yield replace(found, around=around) if isinstance(found, _Found) else found

    def _folder(
        self, folder: Path, place: tuple[str, ...], origin: str
    ) -> Iterator[_Found | Fault]:
        try:
            entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
        except OSError as error:
            yield Fault("failed", shown(origin), f"It cannot be read ({error.strerror}).")
            return
        for entry in entries:
            if _unseen(entry.name):
                continue
            here, name = (*place, entry.name), f"{origin}/{entry.name}"
            if problem := _name_problem(entry.name):
                yield Fault("refused", shown(name, 200), problem)
            elif entry.is_symlink():
                yield Fault("refused", name, "It is a link to another file, and not a file.")
            elif not entry.is_dir(follow_symlinks=False):
                yield from self._file(Path(entry.path), here, name)
            elif len(here) > _DEEPEST:
                yield Fault("refused", name, "The folders lie too deep in each other.")
            else:
                yield from self._folder(Path(entry.path), here, name)

    def _file(self, path: Path, place: tuple[str, ...], origin: str) -> Iterator[_Found | Fault]:
        ending = path.suffix.lower()
        if ending in _OTHER_ARCHIVES:
            yield Fault("refused", origin, "Only zips can be read here. Pack it again as a zip.")
        elif ending == ".zip":
            yield from self._archive(path, place, origin)
        elif _wanted(place):
            try:
                state = path.lstat()
            except OSError as error:
                yield Fault("failed", origin, f"It cannot be read ({error.strerror}).")
                return
            if not stat.S_ISREG(state.st_mode):
                yield Fault("refused", origin, "It is not an ordinary file.")
                return
            limit = _LIMITS[ending]
            yield _Found(place, origin, _file_time(path, state), lambda: read_file(path, limit))

    def _archive(self, path: Path, place: tuple[str, ...], origin: str) -> Iterator[_Found | Fault]:
        try:
            state = path.lstat()
            if not stat.S_ISREG(state.st_mode):
                raise Unfit("It is not an ordinary file.")
            members = self._archives.members(path)
        except OSError as error:
            yield Fault("failed", origin, f"It cannot be read ({error.strerror}).")
            return
        except Unfit as error:
            yield Fault("refused", origin, str(error))
            return
        time = _file_time(path, state)
        if _looks_like_package(members):
            yield _Found(place, origin, time, lambda: read_file(path, LARGEST_PACKAGE))
            return
        inside = (*place[:-1], path.stem)
        for member in members:
            name = f"{origin}: {shown(member.name, 200)}"
            if member.problem:
                yield Fault("refused", name, member.problem)
                continue
            parts = (*inside, *member.parts)
            ending = os.path.splitext(member.name)[1].lower()
            if ending in _OTHER_ARCHIVES:
                yield Fault("refused", name, "Only zips can be read here. Pack it again as a zip.")
            elif ending == ".zip" or _wanted(parts):
                yield _Found(
                    parts, name, member.time or time, self._archives.reader(path, member.info)
                )


def _unseen(name: str) -> bool:
    """Whether a name is one of those that systems leave behind, such as .DS_Store."""
    return name.startswith(".") or name == "__MACOSX"


def _name_problem(name: str) -> str | None:
    try:
        name.encode()
    except UnicodeEncodeError:
        return "Its name is not UTF-8. Give it another name."
    return None if name.isprintable() else "Its name holds characters that cannot be seen."


def _wanted(place: tuple[str, ...]) -> bool:
    stem, ending = os.path.splitext(place[-1].lower())
    return (
        ending == ".ipynb"
        or (ending == ".json" and "plan" in stem and "previous" not in stem and "kept" not in stem)
        or place[-1] == "timestamp.txt"
    )


def _week(place: tuple[str, ...]) -> str | None:
    """Give the week that the innermost name says."""
    for part in reversed(place):
        if found := _WEEK.findall(part):
            return f"week-{found[-1]}"
    return None


def _file_time(path: Path, state: os.stat_result) -> datetime:
    """Say when a file was changed: by its name if we received it ourselves, else as the disk."""
    if ours := re.match(r"(\d{8}T\d{6})Z-[0-9a-f]{16}\.", path.name):
        with contextlib.suppress(ValueError):
            return datetime.strptime(ours[1], "%Y%m%dT%H%M%S").replace(tzinfo=UTC)
    return datetime.fromtimestamp(int(state.st_mtime), UTC)


def read_file(path: Path, limit: int) -> bytes:
    """Read an ordinary file that is no link and not too large.

    Raises
    ------
    Unfit
        With the reason.
    """
    flags = os.O_RDONLY | sum(getattr(os, f"O_{name}", 0) for name in ("NOFOLLOW", "NONBLOCK"))
    try:
        handle = os.open(path, flags | getattr(os, "O_BINARY", 0))
        with os.fdopen(handle, "rb") as file:
            state = os.fstat(handle)
            if not stat.S_ISREG(state.st_mode):
                raise Unfit("It is not an ordinary file.")
            content = file.read(limit + 1) if state.st_size <= limit else None
    except OSError as error:
        raise Unfit(f"It cannot be read ({error.strerror}).") from None
    return _sized(content, limit)


def _sized(content: bytes | None, limit: int) -> bytes:
    if content is None or len(content) > limit:
        raise Unfit(f"It has more than {max(limit // 10**6, 1)} MB.")
    return content


# -- zips ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Member:
    info: zipfile.ZipInfo
    name: str
    problem: str | None

    @property
    def parts(self) -> tuple[str, ...]:
        return tuple(part for part in self.name.split("/") if part not in ("", "."))

    @property
    def time(self) -> datetime | None:
        """The time in the zip, which has no time zone; None where it is none."""
        try:
            return datetime(*self.info.date_time, tzinfo=UTC)
        except ValueError:
            return None


class _Archives:
    """Zips that are open: a few, because thousands of learners may have sent one each."""

    def __init__(self) -> None:
        self._open: OrderedDict[Path, zipfile.ZipFile] = OrderedDict()

    def members(self, path: Path) -> list[_Member]:
        """List the files in a zip, with what is wrong about each."""
        return _members(self._get(path))

    def reader(self, path: Path, info: zipfile.ZipInfo) -> Callable[[], bytes]:
        return lambda: read_member(self._get(path), info)

    def close(self) -> None:
        while self._open:
            self._open.popitem()[1].close()

    def _get(self, path: Path) -> zipfile.ZipFile:
        if path not in self._open:
            if len(self._open) >= 8:
                self._open.popitem(last=False)[1].close()
            self._open[path] = _opened(path)
        self._open.move_to_end(path)
        return self._open[path]


def _opened(source: Path | io.BytesIO) -> zipfile.ZipFile:
    try:
        return zipfile.ZipFile(source)
    except OSError:
        raise
    except Exception:
        # Bytes that pretend to be a zip make the reader fail in many ways.
        raise Unfit("It is no zip, or it is damaged. Ask for it again.") from None


def _members(archive: zipfile.ZipFile) -> list[_Member]:
    infos = archive.infolist()
    if len(infos) > _MOST_MEMBERS:
        raise Unfit(f"The zip has {len(infos)} files. Nobody hands in so many.")
    spans = sorted((info.header_offset, info.compress_size) for info in infos)
    if any(one + size > two for (one, size), (two, _) in pairwise(spans)):
        raise Unfit("The files in this zip lie on top of each other: it is made to do harm.")
    named = [(_member_name(info), info) for info in infos if not info.is_dir()]
    count = Counter(name.casefold() for name, _ in named)
    return [
        _Member(info, name, _member_problem(name, info, count[name.casefold()] > 1))
        for name, info in named
        if not any(_unseen(part) and part not in (".", "..") for part in name.split("/"))
    ]


def _member_name(info: zipfile.ZipInfo) -> str:
    """Give the name of a file in a zip, with slashes; U+FFFD stands for what is no letter."""
    name = info.orig_filename
    if not info.flag_bits & 0x800 and not name.isascii():
        # The zip does not say in which encoding the name is; macOS writes UTF-8 all the same.
        name = name.encode("cp437", "replace").decode("utf-8", "replace")
    return name.replace("\\", "/")


def _member_problem(name: str, info: zipfile.ZipInfo, twice: bool) -> str | None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    limit = _LIMITS.get(os.path.splitext(name)[1].lower())
    if "\ufffd" in name:
        return "Its name is not UTF-8. Give it another name and pack it again."
    if not name.isprintable():
        return "Its name holds characters that cannot be seen."
    if name.startswith("/") or re.match(r"[A-Za-z]:", name):
        return "Its name is an absolute path, which leads out of the zip."
    if ".." in name.split("/"):
        return "Its name leads out of the zip ('..')."
    if kind == stat.S_IFLNK:
        return "It is a link to another file, and not a file."
    if kind not in (0, stat.S_IFREG):
        return "It is not an ordinary file."
    if info.flag_bits & 0x1:
        return "It is encrypted. Ask for a zip without a password."
    if twice:
        return "The zip has two files of this name. Which is the right one?"
    if limit is None:
        return None
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        return "It is packed in an unusual way. Pack it again as an ordinary zip."
    if info.file_size > limit:
        return f"It has {info.file_size // 10**6} MB when unpacked, more than a submission may."
    return None


def read_member(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    """Read one file of a zip within the limits, whatever the zip says about its size.

    Raises
    ------
    Unfit
        With the reason.
    """
    limit = _LIMITS[os.path.splitext(info.filename)[1].lower()]
    try:
        with archive.open(info) as file:
            content = file.read(limit + 1)
    except Exception:
        # As above: hostile bytes.
        raise Unfit("It is damaged inside the zip, or larger than the zip says.") from None
    return _sized(content, limit)


# -- whose -----------------------------------------------------------------------------------


def _key(text: str) -> tuple[str, ...]:
    """Give the words of a name, so that spellings of it can be compared."""
    return tuple(re.findall(r"[^\W_]+", text.casefold()))


class _Owner:
    """Finds the learner whom a path names."""

    def __init__(self, roster: Roster):
        self.roster = roster
        self._words: dict[tuple[str, ...], set[Learner]] = defaultdict(set)
        for learner in roster:
            for text in (learner.username, learner.id):
                if words := _key(text):
                    self._words[words].add(learner)
        self._longest = max(map(len, self._words), default=0)

    def of(
        self, place: tuple[str, ...], around: tuple[str, ...] = ()
    ) -> tuple[Learner | None, str]:
        """Give the learner, or None and the reason in words.

        A folder or zip of one learner may hold a file with the name of another one: nobody can
        hand in for somebody else, so names that do not agree are refused.
        """
        outermost, *inside = place
        parts = [*inside[:-1], os.path.splitext(place[-1])[0]]
        named = [self._exact(outermost) if len(place) > 1 else set(), *map(self._named, parts)]
        hits = [found for found in named if found]
        hits = hits or [found for found in map(self._exact, around) if found]
        agreed = set.intersection(*hits) if hits else set()
        if len(agreed) == 1:
            return next(iter(agreed)), ""
        if not hits:
            return None, (
                "Its name and folders name nobody of the roster. Put it into a folder that has "
                "the learner's user name."
            )
        names = sorted({learner.username for found in hits for learner in found})
        return None, (
            f"Its name and folders name several people: {', '.join(map(shown, names[:4]))}. Put it "
            "into a folder that has the learner's user name, and nothing else."
        )

    def _exact(self, part: str) -> set[Learner]:
        learner = self.roster.find(part)
        return {learner} if learner else set()

    def _named(self, part: str) -> set[Learner]:
        """Give all whom a name can mean: by itself, else by the longest words in it."""
        if exact := self._exact(part):
            return exact
        words, found, taken = _key(_WEEK.sub(" ", part)), set(), set()
        for length in range(min(self._longest, len(words)), 0, -1):
            for start in range(len(words) - length + 1):
                span = range(start, start + length)
                if taken.isdisjoint(span) and (hit := self._words.get(words[start : span.stop])):
                    found |= hit
                    taken |= set(span)
        return found


def _adopt(
    orphans: list[_Found], groups: dict[tuple[Learner, tuple[str, ...]], list[_Found]]
) -> None:
    """Give plans without a name to the only learner who has something in the same folder."""
    people = defaultdict(list)
    for learner, folder in groups:
        people[folder].append(learner)
    for found in orphans:
        folder = found.place[:-1]
        if len(people[folder]) == 1:
            groups[people[folder][0], folder].append(found)


def _submissions(
    learner: Learner,
    files: list[_Found],
    week: str,
    made: list[tuple[Learner, datetime, str, Callable[[], Offer | Fault]]],
) -> Iterator[Fault]:
    """Put together what one learner has in one folder."""
    sheets = [found for found in files if found.ending == ".ipynb"]
    plans = [found for found in files if found.ending == ".json"]
    stamps = [found for found in files if found.ending == ".txt"]
    if not sheets:
        if plans:
            yield Fault("missing", plans[0].origin, "There is a plan, and no notebook.", learner)
        return
    # The right name counts more than "Untitled" or "week-1-Copy1" beside it.
    ranked = [
        [found for found in sheets if found.stem.casefold() == week],
        [found for found in sheets if _WEEK.search(found.stem)],
        sheets,
    ]
    best = next(found for found in ranked if found)
    for found in sheets:
        if found not in best:
            reason = f"Beside it is {best[0].place[-1]}, which has the right name."
            if found.time > max(other.time for other in best):
                # Such as "week-1 (1).ipynb", the second copy that a browser saved.
                reason += " This one is newer: if it counts, put it in the place of the other one."
            yield Fault("ignored", found.origin, reason, learner)
    plans.sort(key=lambda found: (found.place[-1].lower() != "plan.json", found.origin))
    for found in best:
        time, notes = found.time, []
        if stamps:
            try:
                told = _parsed(stamps[0].read().decode("utf-8", "replace"))
            except Unfit:
                told = None
            time = told or time
            if told is None:
                notes.append("Its timestamp.txt cannot be read; the time of the file is taken.")
        if found.stem.casefold() != week and not _WEEK.search(found.stem):
            notes.append(f"Its name does not say that it is {week}.")
        made.append(
            (learner, time, found.origin, _maker(learner, found, time, plans[:1], tuple(notes)))
        )


def _newest(made: list[tuple[Learner, datetime, str, Callable[[], Offer | Fault]]]) -> list[Fault]:
    """Take out all but the newest of each learner: a small zip can hold a disk full of them."""
    made.sort(key=lambda each: (each[0].id, each[1], each[2]), reverse=True)
    count: Counter[str] = Counter()
    kept, left = [], {}
    for each in made:
        count[each[0].id] += 1
        if count[each[0].id] <= _MOST_OFFERS:
            kept.append(each)
        else:
            left[each[0]] = each[2]
    made[:] = kept
    return [
        Fault("ignored", origin, f"{count[who.id] - _MOST_OFFERS} older ones {_TOO_MANY}", who)
        for who, origin in left.items()
    ]


def _looks_like_package(members: list[_Member]) -> bool:
    return any(member.name == pack.MANIFEST for member in members)


def _package(
    learner: Learner, found: _Found, week: str
) -> tuple[datetime, str, Callable[[], Offer | Fault]]:
    """Read a package of the course for its time; it is read again when its turn comes."""

    def make() -> Offer | Fault:
        content = found.read()
        package = _read_package(content)
        if package.week != week:
            return Fault("ignored", found.origin, f"It is of {package.week}.", learner)
        return Offer(
            learner, found.origin, package.made, package.notebook, package.plan, package=content
        )

    try:
        time = _read_package(found.read()).made
    except (Unfit, OSError):
        # The reason is said in its turn.
        time = found.time
    return time, found.origin, make


def _read_package(content: bytes) -> pack.Package:
    try:
        return pack.read(content)
    except LabError as error:
        raise Unfit(f"A zip in a zip, or one with a list, must be a package. {error}") from None


def _maker(
    learner: Learner, found: _Found, time: datetime, plans: list[_Found], notes: tuple[str, ...]
) -> Callable[[], Offer]:
    def make() -> Offer:
        told, plan = notes, None
        for each in plans:
            try:
                plan = each.read()
            except Unfit as error:
                told = (*told, f"{WITHOUT_PLAN} {error}")
        return Offer(learner, found.origin, time, found.read(), plan, notes=told, renamable=True)

    return make


def _parsed(text: str) -> datetime | None:
    """Read a time with or without a zone, such as nbgrader writes it; without one it is in UTC."""
    # "2026-01-30-15-00-00", as learning platforms put it into names.
    if dashed := re.fullmatch(r"(\d{4}-\d\d-\d\d)-(\d\d)-(\d\d)(?:-(\d\d))?", text.strip()):
        text = f"{dashed[1]} {dashed[2]}:{dashed[3]}:{dashed[4] or '00'}"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            time = parser.parse(text.strip())
        zoned = time if time.tzinfo else time.replace(tzinfo=UTC)
        return zoned.astimezone(UTC).replace(microsecond=0)
    except Exception:
        # The parser of dates fails in many ways on what is no date.
        return None
