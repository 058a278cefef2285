"""The roster: who takes the course, by Wikimedia user name, and the id of each for nbgrader.

An id is the name of a folder, a key of the gradebook and a part of addresses. User names are
Unicode, with spaces and quotation marks. So every name is written with small letters, digits,
hyphens and underscores, in a way that can be read back.
"""

from __future__ import annotations

import csv
import hashlib
import io
import ipaddress
import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from organizer_lab.errors import LabError, nearest, shown

COLUMNS = ("username", "group", "paws_path")
# "week-N" stands for the week that is collected, so that one roster serves the whole course.
PAWS_PATH = "organizer-lab-learners/exercises/week-N/week-N.ipynb"
LONGEST_NAME = 255  # bytes in UTF-8, MediaWiki's $wgMaxNameChars
# Far below the 255 bytes of a file name: others put a week, a time or an ending after it.
LONGEST_ID = 100

_LONGEST_FILE = 10_000_000  # bytes
_LONGEST_PATH = 1000  # characters
_MOST_ERRORS = 20
_HASH = 26
_SHORTENED = re.compile(rf"_1[0-9a-f]{{{_HASH}}}$")
# Names that Windows keeps for devices.
_DEVICES = frozenset(
    {"con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(10))}
)
_SPACES = re.compile(r"[ _]+")
_UNSEEN = re.compile("[\u200e\u200f\u202a-\u202e]")
# What no title can hold, and what MediaWiki's UserNameUtils::isValid adds for names of users.
_FORBIDDEN = re.compile(
    "[#<>\\[\\]|{}\x00-\x1f\x7f-\x9f\u00a0\u2000-\u200f\u2028-\u202f\u3000\ue000-\uf8ff\ufffd]"
)
_CODES = re.compile(r"%[0-9A-Fa-f]{2}|&[\w#]+;")
_IP = re.compile(r"\d{1,3}\.\d{1,3}\.\d{1,3}\.(?:x{3}|\d{1,3})")
_MAIL = re.compile(r"[^\s@]+@[^\s@]+\.[^\s@]+")
_PRIVATE = re.compile(r"mail|first|last|real|full|phone|address|^name$|birth", re.IGNORECASE)


# -- names and ids ---------------------------------------------------------------------------


def normalise(username: str) -> str:
    """Write a user name as MediaWiki does: spaces for underscores, and a capital first.

    Examples
    --------
    >>> normalise("user:ada_Lovelace ")
    'Ada Lovelace'
    """
    # Each step can make work for one before it, as in "user:_user:ada".
    while (once := _normalised(username)) != username:
        username = once
    return username


def _normalised(text: str) -> str:
    text = unicodedata.normalize("NFC", _UNSEEN.sub("", text))
    text = _SPACES.sub(" ", text).strip(" ")
    if text[:5].lower() == "user:":
        text = text[5:].strip(" ")
    # Georgian has capitals since 2018, and MediaWiki does not use them for titles. A capital that
    # is two letters, such as that of "ß", is none.
    first = text[:1] if "\u10d0" <= text[:1] <= "\u10ff" else text[:1].upper()
    return first + text[1:] if len(first) == 1 else text


def name_problem(username: str) -> str | None:
    """Say why a text is no Wikimedia user name, or give None where it may be one.

    The rules are those of MediaWiki (``UserNameUtils::isValid``), in its normal form. A slash is
    let through, because old accounts have it.
    """
    name = normalise(username)
    if not name:
        return "The user name is empty."
    try:
        size = len(name.encode())
    except UnicodeEncodeError:
        return "The user name holds half of a character. Type it again."
    if found := _FORBIDDEN.search(name):
        sign = found.group()
        shown = f"'{sign}'" if sign.isprintable() else f"the unseen character U+{ord(sign):04X}"
        return f"A user name cannot hold {shown}."
    if size > LONGEST_NAME:
        return f"The user name has {size} bytes, and a wiki takes at most {LONGEST_NAME}."
    if _MAIL.fullmatch(name):
        return "This looks like an e-mail address. Write the Wikimedia user name."
    if _IP.fullmatch(name) or _is_address(name):
        return "This is the address of a computer. Only people with an account can be learners."
    if name in (".", "..") or name.startswith(("./", "../")) or "~~~" in name:
        return "A user name cannot be '.' or '..', and cannot hold three tildes."
    if _CODES.search(name):
        return "The user name holds codes from a web page. Write the letters themselves."
    return None


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def learner_id(username: str) -> str:
    """Give the id under which nbgrader knows a person.

    - small letters and digits stand for themselves, a hyphen for a space;
    - ``_x`` is a capital X; the capital at the beginning of every name is not marked;
    - ``_`` and two digits is another ASCII character, by its hexadecimal code;
    - ``_0`` begins the characters beyond ASCII, in Punycode (RFC 3492).

    An id of more than 100 characters is cut, and ends with ``_1`` and a part of the name's
    SHA-256: then only a roster can lead back to the name. Since an id has no capitals, two ids
    are also different where a file system takes no notice of them.

    Parameters
    ----------
    username : str
        In any spelling that MediaWiki takes for the same name.

    Returns
    -------
    str
        ASCII: small letters, digits, hyphens inside and underscores.

    Raises
    ------
    LabError
        If it cannot be a user name.

    Examples
    --------
    >>> learner_id("Ada Lovelace"), learner_id("José O'Brien")
    ('ada-_lovelace', 'jos-_o_27_brien_0dbb')
    """
    if problem := name_problem(username):
        raise LabError(f"'{shown(username)}' is no user name. {problem}")
    name = normalise(username)
    whole = _encode(name[0].lower() + name[1:] if "A" <= name[0] <= "Z" else name)
    if whole in _DEVICES:
        whole = f"_{whole}"
    if len(whole) > LONGEST_ID:
        sign = hashlib.sha256(name.encode()).hexdigest()[:_HASH]
        whole = f"{whole[: LONGEST_ID - _HASH - 2]}_1{sign}"
    return whole


def _encode(name: str) -> str:
    plain = "".join(sign for sign in name if sign.isascii())
    beyond = "" if len(plain) == len(name) else name.encode("punycode").decode().rpartition("-")[2]
    text = "".join(map(_letter, plain))
    if text.startswith("-"):
        # A program would take it for an option.
        text = f"_20{text[1:]}"
    return f"{text}_0{beyond}" if beyond else text


def _letter(sign: str) -> str:
    if sign == " ":
        return "-"
    if sign.islower() or sign.isdigit():
        return sign
    return f"_{sign.lower()}" if sign.isupper() else f"_{ord(sign):02x}"


def username(learner: str, names: Iterable[str] = ()) -> str:
    """Read the user name from an id.

    Parameters
    ----------
    learner : str
        As `learner_id` gives it.
    names : iterable of str
        The user names of the roster; needed for an id that was cut.

    Returns
    -------
    str
        In MediaWiki's normal form.

    Raises
    ------
    LabError
        If it is no such id, or it was cut and no name belongs to it.
    """
    if _SHORTENED.search(learner):
        for name in names:
            if learner_id(name) == learner:
                return normalise(name)
        raise LabError(f"The id '{learner}' was cut, and no name of the roster belongs to it.")
    try:
        name = _decode(learner)
        if learner_id(name) == learner:
            return normalise(name)
    except (LabError, ValueError, OverflowError):
        pass
    raise LabError(f"'{shown(learner)}' is no id that Organizer Lab made from a user name.")


def called(learner: str) -> str:
    """Give the user name of an id to show it, or the id where no name can be read from it."""
    try:
        return username(learner)
    except LabError:
        return learner


def _decode(learner: str) -> str:
    text, beyond, digits = learner.partition("_0")
    text = re.sub(r"_([2-7][0-9a-f])", lambda code: chr(int(code[1], 16)), text.replace("-", " "))
    text = re.sub("_([a-z])", lambda code: code[1].upper(), text)
    return f"{text}-{digits}".encode("ascii").decode("punycode") if beyond else text


# -- the file --------------------------------------------------------------------------------


@dataclass(frozen=True)
class Learner:
    """A person of the roster.

    Attributes
    ----------
    username : str
        In MediaWiki's normal form.
    group : str
        May be empty.
    paws_path : str
        Where the exercise lies in the person's home on PAWS; "week-N" stands for the week.
    """

    username: str
    group: str = ""
    paws_path: str = PAWS_PATH

    @cached_property
    def id(self) -> str:
        """The id for nbgrader."""
        return learner_id(self.username)

    def path(self, week: str) -> str:
        """Give the path on PAWS of one week's exercise."""
        return self.paws_path.replace("week-N", week)


class Roster:
    """The people who take the course, in the order of the file."""

    def __init__(self, learners: Iterable[Learner]):
        self.learners = tuple(learners)
        self.by_id = {learner.id: learner for learner in self.learners}
        self._by_name = {learner.username: learner for learner in self.learners}

    def __iter__(self) -> Iterator[Learner]:
        return iter(self.learners)

    def __len__(self) -> int:
        return len(self.learners)

    def find(self, text: str) -> Learner | None:
        """Find a person by id, or by user name in any spelling of it; None where nobody is."""
        return self.by_id.get(text) or self._by_name.get(normalise(text))

    def username(self, learner: str) -> str:
        """Give the user name of an id, also of one that was cut."""
        known = self.by_id.get(learner)
        return known.username if known else username(learner)


def read(path: Path | str) -> Roster:
    """Read a roster.

    A roster is a CSV file with the column ``username`` and, if wanted, ``group`` and
    ``paws_path``. It holds nothing else about a person: no real name, no e-mail address.
    Commas, semicolons or tabs divide the columns; empty lines are left out.

    Raises
    ------
    LabError
        If the file cannot be read, or with all problems of its lines, each with its number.
    """
    path = Path(path)
    lines = _lines(path)
    try:
        number, head = next(lines)
    except StopIteration:
        raise LabError(f"{path.name} is empty. Its first line must be: username") from None
    columns = [name.strip().lower() for name in head]
    if problem := _head_problem(columns):
        raise LabError(f"{path.name}, line {number}: {problem}")
    problems: list[str] = []
    learners: dict[str, Learner] = {}
    seen: dict[str, int] = {}
    for number, row in lines:
        if len(row) > len(columns):
            problems.append(
                f"line {number}: more values than columns. Put a value with a comma between "
                "quotation marks."
            )
            continue
        values = dict(zip(columns, map(str.strip, row), strict=False))
        name, given = normalise(values.get("username", "")), values.get("paws_path", "")
        found = [name_problem(name), _group_problem(values.get("group", "")), _path_problem(given)]
        if name in seen:
            found = [
                f"'{shown(name)}' stands already in line {seen[name]}. MediaWiki takes a small "
                "first letter for a capital, and an underscore for a space."
            ]
        if told := [f"line {number}: {problem}" for problem in found if problem]:
            problems += told
            continue
        seen[name] = number
        learners[name] = Learner(name, values.get("group", ""), given or PAWS_PATH)
    if problems:
        more = len(problems) - _MOST_ERRORS
        listed = [f"- {problem}" for problem in problems[:_MOST_ERRORS]]
        raise LabError(
            f"{path.name} has {len(problems)} {'problem' if len(problems) == 1 else 'problems'}:\n"
            + "\n".join(listed + ([f"- and {more} more"] if more > 0 else []))
        )
    if not learners:
        raise LabError(f"{path.name} names nobody. Write one user name on each line.")
    return Roster(learners.values())


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Give each line that is not empty, with the number at which it begins."""
    try:
        if path.stat().st_size > _LONGEST_FILE:
            raise LabError(f"{path.name} is too long for a roster.")
        content = path.read_bytes()
        encoding = "utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig"
        text = content.decode(encoding)
    except OSError as error:
        raise LabError(
            f"The roster {path} cannot be read ({error.strerror}). It is a CSV file with a user "
            "name on each line, below the heading 'username'."
        ) from None
    except UnicodeDecodeError:
        raise LabError(
            f"{path.name} is not UTF-8. Save it from your spreadsheet as 'CSV UTF-8'."
        ) from None
    head = next((line for line in text.splitlines() if line.strip()), "")
    sign = next((sign for sign in "\t;," if sign in head), ",")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=sign, strict=True)
    before = 0
    try:
        for row in reader:
            number, before = before + 1, reader.line_num
            # Spreadsheets write empty columns behind the last one.
            while row and not row[-1].strip():
                row.pop()
            if row:
                yield number, row
    except csv.Error as error:
        raise LabError(
            f"{path.name}, line {before + 1}: a quotation mark is not closed, or stands in the "
            f"middle of a value ({error})."
        ) from None


def _head_problem(columns: list[str]) -> str | None:
    for name in columns:
        if name in COLUMNS:
            continue
        if _PRIVATE.search(name):
            return (
                f"take the column '{shown(name)}' out. A roster holds user names and groups, and "
                "no real names or addresses of people."
            )
        return f"there is no column '{shown(name)}'.{nearest(name, COLUMNS)} " + (
            f"The columns are {', '.join(COLUMNS)}."
        )
    if "username" not in columns:
        return "the first line must name the column 'username'."
    twice = {name for name in columns if columns.count(name) > 1}
    return f"the column '{twice.pop()}' stands twice." if twice else None


def _group_problem(group: str) -> str | None:
    if len(group) > 100:
        return "the name of a group has at most 100 characters."
    if not group.isprintable():
        return "the group holds a character that cannot be seen."
    return "the group looks like an e-mail address." if _MAIL.search(group) else None


def _path_problem(path: str) -> str | None:
    if not path:
        return None
    parts = path.split("/")
    if not path.endswith(".ipynb"):
        return "paws_path must lead to a notebook: it ends with .ipynb."
    if "\\" in path or not path.isprintable() or "" in parts:
        return "paws_path must be like folder/week-N/week-N.ipynb, from the home folder on."
    if any(part.startswith(".") for part in parts):
        return "paws_path cannot lead through a name with a dot in front: PAWS does not show it."
    return "paws_path is too long." if len(path) > _LONGEST_PATH else None
