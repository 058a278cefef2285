"""The learner edition: what a learner needs and nothing else, as a folder and a zip.

It is put together from explicit lists, then read again as a whole: `problems` looks for everything
that learners must not get, and for links that lead nowhere. Only a clean edition is published.
"""

from __future__ import annotations

import json
import os
import posixpath
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from organizer_lab import course, data, overview, quizzes
from organizer_lab.errors import LabError
from organizer_lab.files import WEEK, pack, swap

ROOT = Path(__file__).resolve().parents[1]
NAME = "organizer-lab-learners"

# The part of the package that lessons and exercises import, and that needs no other packages than
# a learner has. A new module belongs either here or to NOT_FOR_LEARNERS; a test asks for it.
PACKAGE = (
    "__init__.py",
    "charts.py",
    "check",
    "data.py",
    "errors.py",
    "explore.py",
    "export",
    "files.py",
    "handin",
    "namespaces.py",
    "pictures.py",
    "plan",
    "quizzes.py",
    "start.py",
    "wiki.py",
    "words.py",
)
NOT_FOR_LEARNERS = (
    "book",
    "checked_yaml.py",
    "cli.py",
    "cohort",
    "contract.py",
    "course.py",
    "editions",
    "grading",
    "learners.py",
    "lite",
    "notebooks.py",
    "overview.py",
    "prepared",
    "publish.py",
    "refresh",
    "tables.py",
)
ORIGINALS = "organizer_lab/handin/originals"
BINDER = ("postBuild", "requirements.txt", "runtime.txt")

_AT_ROOT = {
    *(".binder", "datasets", "exercises", "organizer_lab", "weeks"),
    *("LICENSE", "LICENSE-content", "README.md", "start-here.ipynb"),
}
_NAMES_OF_GRADING = re.compile(
    r"gradebook|nbgrader_config|\.db$|\.ya?ml$|\.log$|^plan\b.*\.json$|^\.ipynb_checkpoints$"
    r"|^__pycache__$|^(grading|marking|rubrics|source|submitted|autograded|feedback)$"
)
_MARKER = r"### (?:BEGIN|END) (?:SOLUTION|HIDDEN TESTS|MARK SCHEME)"
_USE_OF_GRADING = r"(?:from|import) organizer_lab\.grading|organizer_lab import \(?[\w, ]*\bgrading"
_WORDS_OF_GRADING = {
    # A comment of the package may say where points come from; a page for learners need not.
    ".py": re.compile(f"{_USE_OF_GRADING}|{_MARKER}"),
    "": re.compile(rf"organizer_lab\.grading|{_USE_OF_GRADING}|{_MARKER}"),
}
_LINK = re.compile(r"(?P<image>!?)\[(?P<text>[^\]]*)\]\((?P<target>[^)\s]+)(?P<title>[^)]*)\)")


def build(target: Path | None = None) -> Path:
    """Build the learner edition.

    The folder and the zip are made beside their final places, proved, and then swapped in: after
    a failure the edition before this one is still there. The same sources give the same bytes.

    Parameters
    ----------
    target : Path, optional
        The folder that holds the edition; by default ``_build/learners``.

    Returns
    -------
    Path
        The edition's folder; the zip stands beside it and has its name.

    Raises
    ------
    LabError
        If an exercise cannot be released, or something is in the edition that learners must not
        get, or a link leads nowhere. Nothing is published then.
    """
    from organizer_lab.grading import release

    if not (ROOT / "learners").is_dir():
        raise LabError("The learner edition is built from a checkout of the course; this is none.")
    target = (target or ROOT / "_build" / "learners").resolve()
    sheets = {path.stem: path for path in release.release_sheets()}
    try:
        target.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target, prefix=".new-") as workshop:
            draft = Path(workshop) / NAME
            _assemble(draft, sheets)
            if found := problems(draft):
                raise LabError(
                    "The learner edition was not published:\n"
                    + "\n".join(f"- {problem}" for problem in found)
                )
            archive = _zip(draft, Path(workshop) / f"{NAME}.zip")
            swap(draft, target / NAME, Path(workshop) / "before")
            os.replace(archive, target / archive.name)
    except OSError as error:
        raise LabError(
            f"The learner edition could not be written to {target} ({error.strerror}). "
            "The one before it is unchanged."
        ) from error
    folder = target / NAME
    size = (target / f"{NAME}.zip").stat().st_size / 1000
    lessons, exercises = (len(list(folder.glob(p))) for p in ("weeks/*.ipynb", "exercises/*/*"))
    print(
        f"The learner edition is ready. Lessons: {lessons}, exercises: {exercises}, "
        f"tables: {len(data.names())}.\n"
        f"Hand out this zip ({size:,.0f} kB): {target / NAME}.zip\n"
        f"Its content is this folder:\n{folder}",
        flush=True,
    )
    return folder


def _assemble(edition: Path, sheets: dict[str, Path]) -> None:
    """Copy what learners get, and write the overview and the list of contents."""
    files, book = _copies(sheets), _book()
    for source, place in files.items():
        if not source.is_file():
            raise LabError(f"The learner edition needs {source}, which is missing.")
        copy = edition / place
        copy.parent.mkdir(parents=True, exist_ok=True)
        # An exercise stays as it was released, because nbgrader knows its cells by checksum.
        if source.suffix == ".ipynb" and not place.startswith("exercises/"):
            _write(copy, _notebook(source, files, book))
        else:
            copy.write_bytes(source.read_bytes())
        copy.chmod(0o755 if source.name == "postBuild" else 0o644)
    # What lab.doctor() compares with. It stands where nobody works in it by mistake.
    for week, sheet in sheets.items():
        copy = edition / ORIGINALS / f"{week}.json"
        copy.parent.mkdir(exist_ok=True)
        copy.write_bytes(sheet.read_bytes())
        copy.chmod(0o644)


def _copies(sheets: dict[str, Path]) -> dict[Path, str]:
    """Say which file goes where."""
    package = ROOT / "organizer_lab"
    modules = [file for name in PACKAGE for file in sorted(_files(package / name))]
    weeks = course.load().weeks
    return {
        ROOT / "learners" / "start-here.ipynb": "start-here.ipynb",
        ROOT / "learners" / "README.md": "README.md",
        ROOT / "LICENSE": "LICENSE",
        ROOT / "LICENSE-content": "LICENSE-content",
        **{ROOT / ".binder" / name: f".binder/{name}" for name in BINDER},
        **{file: file.relative_to(ROOT).as_posix() for file in modules},
        **{data.folder() / f"{name}.csv": f"datasets/{name}.csv" for name in data.names()},
        data.folder() / data.DESCRIPTOR: f"datasets/{data.DESCRIPTOR}",
        **{week.lesson: f"weeks/{week.lesson.name}" for week in weeks if week.lesson},
        **{file: f"weeks/quizzes/{file.name}" for file in quizzes.found().values()},
        **{path: f"exercises/{week}/{week}.ipynb" for week, path in sheets.items()},
    }


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        yield from (file for file in path.rglob("*.py") if file.is_file())
    else:
        yield path


def _book() -> str:
    """Give the address of the published book, with a final slash; empty where there is none."""
    from organizer_lab.book.pages.sharing import published

    settings = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    return published(settings.get("html", {}).get("baseurl"))


def _notebook(source: Path, files: dict[Path, str], book: str) -> dict[str, Any]:
    """Give a notebook the words that only the edition needs, and links that lead somewhere."""
    notebook = json.loads(source.read_text(encoding="utf-8"))
    place = files[source]
    for cell in notebook["cells"]:
        if cell["cell_type"] == "markdown":
            text = "".join(cell["source"])
            cell["source"] = _LINK.sub(lambda link: _relink(link, source, files, book), text)
    if place.startswith("weeks/"):
        week = course.load().week(re.match(WEEK, source.name)[0])
        sheet = f"exercises/{week.id}/{week.id}.ipynb"
        link = f"../{sheet}" if sheet in files.values() else None
        notebook["cells"].insert(1, _markdown("overview", overview.lesson(week, link)))
    elif place == "start-here.ipynb":
        cell = next(cell for cell in notebook["cells"] if cell["id"] == "contents")
        where = book and f" at {book}"
        cell["source"] += (
            f"\n\nThe chapters that lessons name are in the book{where}. "
            "Any phone or computer shows it, without Jupyter"
            f"{'.' if book else '; whoever gave you this folder knows its address.'}"
            f"\n\n{_contents(files)}"
        )
    return notebook


def _markdown(name: str, text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": name, "metadata": {}, "source": text}


def _contents(files: dict[Path, str]) -> str:
    """List the lessons and exercises of the edition, with links."""
    lines = []
    for week in course.load().weeks:
        sheet = f"exercises/{week.id}/{week.id}.ipynb"
        parts = [f"[Lesson]({files[week.lesson]})"] if week.lesson else []
        parts += [f"[Exercise]({sheet})"] if sheet in files.values() else []
        if parts:
            lines.append(f"- Week {week.number}, *{week.title}* {' · '.join(parts)}")
    return "\n".join(lines)


def _relink(link: re.Match[str], source: Path, files: dict[Path, str], book: str = "") -> str:
    """Point a link to the edition's own copy, or to the book.

    Where the book has no address its chapter is only named. Other links stay as they are;
    `problems` finds those that lead nowhere.
    """
    path, _, anchor = link["target"].partition("#")
    if not path or _is_address(path):
        return link[0]
    there = Path(posixpath.normpath((source.parent / path).as_posix()))
    if there in files:
        start = posixpath.dirname(files[source]) or "."
        anchor = f"#{anchor}" if anchor else ""
        target = posixpath.relpath(files[there], start) + anchor
        return f"{link['image']}[{link['text']}]({target}{link['title']})"
    if there.is_relative_to(ROOT / "book") and there.suffix == ".md" and there.exists():
        if book:
            page = there.relative_to(ROOT).with_suffix(".html").as_posix()
            return f"[{link['text']}]({book}{page}{link['title']})"
        return f"**{link['text']}** (a chapter of the book)"
    return link[0]


def _is_address(target: str) -> bool:
    return bool(re.match(r"[a-z][a-z0-9+.-]*:", target, re.IGNORECASE))


def problems(edition: Path) -> list[str]:
    """Find what must not be in a learner edition.

    Parameters
    ----------
    edition : Path
        The edition's folder.

    Returns
    -------
    list of str
        One sentence each for: a file of the facilitator's side, the name of its package, a marker,
        solution or mark scheme, an output, a path of this computer, a link that leads nowhere.
        Empty when the edition is clean.
    """
    found = []
    secrets = list(_secrets())
    homes = [f"{place}{os.sep}" for place in {ROOT, Path.home()} if place != Path(place.anchor)]
    for path in sorted(edition.rglob("*")):
        name = path.relative_to(edition)
        if path.is_symlink():
            found.append(f"{name} is a link to another file.")
            continue
        if _NAMES_OF_GRADING.search(path.name) or name.parts[0] not in _AT_ROOT:
            found.append(f"{name} is not for learners.")
        if path.is_dir():
            continue
        text = path.read_bytes().decode("utf-8", errors="replace")
        if path.suffix == ".ipynb":
            try:
                notebook = json.loads(text)
                text = "\n".join(_texts(notebook))
                found += [f"{name}: {problem}" for problem in _traces(notebook)]
            except (ValueError, KeyError, TypeError, AttributeError):
                found.append(f"{name} is not a notebook.")
        words = _WORDS_OF_GRADING.get(path.suffix, _WORDS_OF_GRADING[""])
        for match in words.finditer(text):
            found.append(f"{name} holds '{match[0]}'.")
        plain = _plain(text)
        found += [f"{name} holds {what}." for what, secret in secrets if secret in plain]
        found += [f"{name} holds a path of this computer: {home}" for home in homes if home in text]
        if path.suffix in {".ipynb", ".md"}:
            found += [
                f"{name}: the link to {link} leads nowhere." for link in _dangling(path, text)
            ]
    return found


def _secrets() -> Iterator[tuple[str, str]]:
    """Give the solutions and mark schemes of all exercises, each with a name for it."""
    from organizer_lab.grading import rubrics

    region = re.compile(r"### BEGIN (SOLUTION|HIDDEN TESTS)\n(.*?)### END \1", re.DOTALL)
    for week in course.load().weeks:
        if not week.exercise:
            continue
        for cell in json.loads(week.exercise.read_text(encoding="utf-8"))["cells"]:
            for kind, body in region.findall("".join(cell["source"])):
                # A very short text, such as "pass", stands everywhere and gives nothing away.
                if len(secret := _plain(body)) >= 12:
                    yield f"{kind.lower()} of {week.id}, cell '{cell['id']}'", secret
        for task in rubrics.load(week.id).tasks:
            yield f"the mark scheme of {week.id}, {task.grade_id}", _plain(task.scheme)


def _plain(text: str) -> str:
    """Leave out what a different layout may change."""
    return " ".join(text.split())


def _texts(value: Any) -> Iterator[str]:
    """Give every text in a notebook; the lines of a cell's source as one text."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, list) and all(isinstance(item, str) for item in value):
        yield "".join(value)
    elif isinstance(value, list | dict):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _texts(item)


def _traces(notebook: dict[str, Any]) -> Iterator[str]:
    for cell in notebook["cells"]:
        if cell.get("outputs") or cell.get("execution_count") is not None:
            yield f"cell '{cell.get('id')}' has an output."
        if cell.get("attachments"):
            yield f"cell '{cell.get('id')}' has an attachment."


def _dangling(path: Path, text: str) -> Iterator[str]:
    for link in _LINK.finditer(text):
        target = link["target"].partition("#")[0]
        if target and not _is_address(target) and not (path.parent / target).exists():
            yield target


def _write(path: Path, notebook: dict[str, Any]) -> None:
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).splitlines(keepends=True)
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True)
    path.write_text(text + "\n", encoding="utf-8", newline="\n")


def _zip(folder: Path, archive: Path) -> Path:
    """Pack a folder so that the same files always give the same bytes."""
    inside = {
        (Path(folder.name) / path.relative_to(folder)).as_posix(): path
        for path in sorted(path for path in folder.rglob("*") if path.is_file())
    }
    programs = {name for name in inside if name.endswith("/postBuild")}
    pack(archive, inside, programs=programs)
    return archive
