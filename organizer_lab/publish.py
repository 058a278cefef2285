"""Publishing: the learner edition as a branch of a git repository, and the notes of a release.

Only the standard library is used, and ``python3 -m organizer_lab.cli publish`` runs in a bare
checkout. So the one step of a release that may write to the repository needs no package of anybody
else.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Sequence
from pathlib import Path

from organizer_lab.errors import LabError, nearest

ROOT = Path(__file__).resolve().parents[1]
BRANCH = "learners"
# What a branch must have to be taken for a learner edition, and must not have.
_EDITION = {"start-here.ipynb", "organizer_lab", "weeks"}
_SOURCES = {"course.yml", "pyproject.toml", "tests"}
_AUTHOR = {"NAME": "Organizer Lab", "EMAIL": "organizer-lab@localhost"}


def learners(
    repository: str,
    edition: Path,
    branch: str = BRANCH,
    *,
    title: str = "",
    dry_run: bool = False,
) -> str:
    """Put a learner edition on a branch: one commit on top of the edition before it.

    nbgitpuller merges a new edition into what a learner has changed, and so needs an edition to
    follow from the one before. Nothing is ever forced, and nothing else in the repository changes.

    Parameters
    ----------
    repository : str
        The address or the folder of a git repository.
    edition : Path
        The folder of the edition, as `organizer_lab.learners.build` makes it.
    branch : str
        It is made if it is not there.
    title : str, optional
        The first line of the commit; by default the version and the commit of the sources.
    dry_run : bool
        Say what would change, and write nothing.

    Returns
    -------
    str
        Which files are new, changed and gone.

    Raises
    ------
    LabError
        If the folder or the branch holds something else, or git cannot fetch or write. The branch
        is as before then.
    """
    there = {path.name for path in edition.iterdir()} if edition.is_dir() else set()
    if not there >= _EDITION or there & _SOURCES:
        raise LabError(f"{edition} is not a learner edition. Make one: organizer-lab learners.")
    if not shutil.which("git"):
        raise LabError("git is not installed, and publishing needs it.")
    if not repository.strip():
        # An empty variable of a script would mean the repository in which it stands.
        raise LabError("Say where to: the address or the folder of a git repository.")
    if Path(repository).is_dir():
        repository = str(Path(repository).resolve())
    with tempfile.TemporaryDirectory(prefix="organizer-lab-") as workshop:
        place = Path(workshop) / "git"
        _git("init", "--quiet", "--bare", str(place))
        before = _fetch(place, repository, branch)
        if before:
            names = set(_git("ls-tree", "--name-only", before, at=place).splitlines())
            if not names >= _EDITION or names & _SOURCES:
                raise LabError(
                    f"The branch '{branch}' of {repository} holds something other than a learner "
                    "edition. Name another branch with --branch."
                )
        tree = _tree(place, edition.resolve())
        if before and _git("rev-parse", f"{before}^{{tree}}", at=place) == tree:
            return f"The branch '{branch}' has this edition already; nothing was written."
        changes = _changes(place, before, tree)
        if dry_run:
            return f"{changes}\nNothing was written (dry run)."
        parent = ["-p", before] if before else []
        words = ["commit-tree", tree, *parent, "-m", title or _title()]
        commit = _git(*words, at=place, env=_author())
        _push(place, repository, commit, branch)
    return f"{changes}\nPublished on the branch '{branch}': {commit[:12]}"


def _fetch(place: Path, repository: str, branch: str) -> str:
    """Fetch the newest commit of the branch; empty where there is no such branch."""
    name = f"refs/heads/{branch}"
    try:
        _git("check-ref-format", name)
    except subprocess.CalledProcessError:
        raise LabError(f"'{branch}' cannot be the name of a branch.") from None
    try:
        if not (found := _git("ls-remote", "--", repository, name, at=place)):
            return ""
        # One commit is enough to build on; an edition is compared with that one only.
        _git("fetch", "--quiet", "--depth", "1", "--", repository, name, at=place)
    except subprocess.CalledProcessError as error:
        raise LabError(
            f"{repository} cannot be read. Check the address and your access.\n{_words(error)}"
        ) from None
    return found.split()[0]


def _tree(place: Path, edition: Path) -> str:
    """Have git store the files of the edition byte by byte, whatever this computer's settings."""
    # A person's settings may turn line ends, leave out files or keep them elsewhere.
    plain = {"GIT_CONFIG_GLOBAL": os.devnull, "GIT_CONFIG_NOSYSTEM": "1"}
    work = ("-c", "core.autocrlf=false", "-c", "core.bare=false", f"--work-tree={edition}")
    _git(*work, "add", "--force", "--all", ".", at=place, within=edition, env=plain)
    # Windows does not know which file is a program.
    if (edition / ".binder" / "postBuild").is_file():
        words = ("update-index", "--chmod=+x", ".binder/postBuild")
        _git(*work, *words, at=place, within=edition, env=plain)
    return _git("write-tree", at=place)


def _changes(place: Path, before: str, tree: str) -> str:
    """Say how many files are new, changed and gone, and which are gone."""
    before = before or _git("mktree", at=place)
    words = ("diff-tree", "-r", "-z", "--no-renames", "--name-status", before, tree)
    parts = _git(*words, at=place).strip("\0").split("\0")
    kinds: dict[str, list[str]] = {}
    for kind, name in zip(parts[::2], parts[1::2], strict=True):
        kinds.setdefault(kind, []).append(name)
    lines = [f"Files: {len(kinds.get('A', []))} new, {len(kinds.get('M', []))} changed"]
    gone = kinds.get("D", [])
    lines[0] += f", {len(gone)} gone."
    lines += [f"- {name} goes away; a learner who changed it keeps it." for name in gone]
    return "\n".join(lines)


def _push(place: Path, repository: str, commit: str, branch: str) -> None:
    try:
        _git("push", "--quiet", "--", repository, f"{commit}:refs/heads/{branch}", at=place)
    except subprocess.CalledProcessError as error:
        said = _words(error)
        if re.search(r"fetch first|non-fast-forward|stale info|cannot lock ref", said):
            raise LabError(
                f"Somebody else has published on '{branch}' just now. Run the command again."
            ) from None
        raise LabError(
            f"{repository} does not take the edition; the branch is as before. "
            f"Check that you may write to it.\n{said}"
        ) from None


def _title() -> str:
    """Name the edition by its version and, in a checkout, by the commit of its sources."""
    try:
        source = f", made from {_git('rev-parse', '--short=12', 'HEAD', within=ROOT)}"
    except subprocess.CalledProcessError:
        source = ""
    return f"Learner edition {version()}{source}"


def unsaved(root: Path = ROOT) -> list[str]:
    """List the files of a checkout that differ from its newest commit; none outside of git."""
    try:
        said = _git("status", "--porcelain", within=root)
    except subprocess.CalledProcessError:
        return []
    return [line[3:] for line in said.splitlines()]


def _git(
    *words: str,
    at: Path | None = None,
    within: Path | None = None,
    env: dict[str, str] | None = None,
) -> str:
    """Run git, apart from any repository that this process stands in, and give what it says."""
    # Inside of a hook git names its repository by such variables.
    own = {k: v for k, v in os.environ.items() if not re.match(r"GIT_(DIR|WORK|INDEX|OBJ)", k)}
    done = subprocess.run(
        ["git", *([f"--git-dir={at}"] if at else []), *words],
        cwd=within,
        env={**own, "LC_ALL": "C", **(env or {})},
        check=True,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
    )
    return done.stdout.rstrip("\n")


def _author() -> dict[str, str]:
    """Name the author of a commit where neither the person nor the environment does."""
    named = {}
    for key, value in _AUTHOR.items():
        try:
            _git("config", f"user.{key.lower()}", within=ROOT)
        except subprocess.CalledProcessError:
            for role in ("AUTHOR", "COMMITTER"):
                named[f"GIT_{role}_{key}"] = os.environ.get(f"GIT_{role}_{key}", value)
    return named


def _words(error: subprocess.CalledProcessError) -> str:
    """Give git's own words, without a password that somebody wrote into an address."""
    return re.sub(r"(?<=//)[^/@\s]+@", "", error.stderr.strip())


# -- Notes of a release --------------------------------------------------------------------------


def version(root: Path = ROOT) -> str:
    """Give the version of the sources."""
    text = (root / "pyproject.toml").read_text(encoding="utf-8")
    return str(tomllib.loads(text)["project"]["version"])


def notes(wanted: str, root: Path = ROOT) -> str:
    """Give the entry of a version in the changelog, if everything is ready for its release.

    Parameters
    ----------
    wanted : str
        Such as ``0.1.0`` or ``v0.1.0``, as tags are named.
    root : Path
        The checkout.

    Returns
    -------
    str
        The entry in Markdown, without its heading.

    Raises
    ------
    LabError
        If the changelog has no such entry or calls it unreleased, or another file names another
        version. Every reason is named.
    """
    wanted = wanted.removeprefix("v")
    entries = _entries((root / "CHANGELOG.md").read_text(encoding="utf-8"))
    problems = []
    if wanted not in entries:
        problems.append(f"CHANGELOG.md has no entry for {wanted}.{nearest(wanted, entries)}")
        day, text = "", ""
    else:
        day, text = entries[wanted]
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", day):
            heading = f"## {wanted} (2027-01-31)"
            problems.append(f"CHANGELOG.md does not give the day; write it like '{heading}'.")
        elif not text:
            problems.append(f"CHANGELOG.md says nothing about {wanted}.")
    if (there := version(root)) != wanted:
        problems.append(f"pyproject.toml has version {there}.")
    citation = (root / "CITATION.cff").read_text(encoding="utf-8")
    cited = dict(
        re.findall(r"^(version|date-released): *['\"]?([^'\"\s]+)", citation, re.MULTILINE)
    )
    if "version" not in cited:
        problems.append("CITATION.cff has no version.")
    for key, value in cited.items():
        right = wanted if key == "version" else day
        if value != right:
            problems.append(f"CITATION.cff has {key} {value}.")
    if problems:
        raise LabError(
            f"{wanted} is not ready to be released:\n"
            + "\n".join(f"- {problem}" for problem in problems)
        )
    return text


def _entries(changelog: str) -> dict[str, tuple[str, str]]:
    """Read the changelog: for each version what stands in brackets, and the text."""
    parts = re.split(r"^## +(\S+)(?: +\(([^)]*)\))? *$", changelog, flags=re.MULTILINE)
    found: Sequence[str] = parts[1:]
    return {
        name: (day or "", text.strip())
        for name, day, text in zip(found[::3], found[1::3], found[2::3], strict=True)
    }
