"""The parts of a Python that runs in a browser: which files are needed, and where they come from.

``wheels.toml`` lists every file with its SHA-256. A file that a maintainer has put into a folder
comes first, then what an earlier build fetched, then the registries of npm and Python. What no
registry offers can only come from the folder.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from packaging.utils import parse_wheel_filename

from organizer_lab import files
from organizer_lab.errors import LabError

LIST = Path(__file__).with_name("wheels.toml")
LOCK = "pyodide-lock.json"
GUIDE = "CONTRIBUTING.md says how, under 'Build the course for the browser'."


@dataclass(frozen=True)
class Needed:
    """Every file that is needed, and its SHA-256.

    Attributes
    ----------
    package, version : str
        The runtime's package of npm.
    runtime : dict
        Its files.
    release : dict
        Wheels that stand only in the runtime's own release.
    index : dict
        Wheels that the Python Package Index has.
    """

    package: str
    version: str
    runtime: Mapping[str, str]
    release: Mapping[str, str]
    index: Mapping[str, str]


def needed(file: Path = LIST) -> Needed:
    """Read the list."""
    with file.open("rb") as opened:
        found = tomllib.load(opened)
    runtime = found["runtime"]
    return Needed(
        runtime["package"], runtime["version"], runtime["files"], found["release"], found["index"]
    )


@dataclass(frozen=True)
class Gathered:
    """What is there.

    Attributes
    ----------
    runtime, wheels : dict
        Name of a file to its place.
    missing : tuple of str
        Names of wheels that are not there; empty unless an incomplete set was asked for.
    """

    runtime: dict[str, Path]
    wheels: dict[str, Path]
    missing: tuple[str, ...]


def gather(
    folder: Path | None, cache: Path, incomplete: bool = False, wanted: Needed | None = None
) -> Gathered:
    """Bring all files together.

    Parameters
    ----------
    folder : Path or None
        What a maintainer has filled: files, or a release of the runtime unpacked in it.
    cache : Path
        Where fetched files are kept for the next time.
    incomplete : bool
        Do without the wheels of the release that are not there.
    wanted : Needed, optional
        By default what ``wheels.toml`` lists.

    Raises
    ------
    LabError
        If a file is missing, is not the one that is meant, or cannot be fetched.
    """
    wanted = wanted or needed()
    if folder is not None and not folder.is_dir():
        raise LabError(f"There is no folder {folder}. {GUIDE}")
    every = {**wanted.runtime, **wanted.release, **wanted.index}
    there = {name: path for name in every if (path := _offered(folder, name))}
    wrong = [path for name, path in there.items() if checksum(path) != every[name]]
    if wrong:
        raise LabError(
            "These files are not the ones that are meant, by their SHA-256 in "
            f"{LIST.name}. Fetch them again, of the right version:\n{_lines(map(str, wrong))}"
        )
    # Before anything is fetched: nobody should wait and then hear of what was known.
    missing = tuple(name for name in wanted.release if name not in there)
    if missing and not incomplete:
        raise LabError(
            "The course cannot be built for the browser yet. These compiled packages are in no "
            f"registry; they come from release {wanted.version} of {wanted.package}, and belong "
            f"into {folder or 'a folder that you name with --wheels'}:\n{_lines(missing)}\n{GUIDE}"
        )
    cache.mkdir(parents=True, exist_ok=True)
    for name, sum_ in every.items():
        kept = cache / name
        if name not in there and name not in missing and kept.is_file():
            if checksum(kept) == sum_:
                there[name] = kept
            else:
                kept.unlink()
    if unfetched := [name for name in wanted.runtime if name not in there]:
        _fetch_runtime(wanted, unfetched, cache)
    if wheels := [name for name in wanted.index if name not in there]:
        _fetch_wheels(wheels, cache)
    for name in [*unfetched, *wheels]:
        path = cache / name
        if not path.is_file() or checksum(path) != every[name]:
            path.unlink(missing_ok=True)
            raise LabError(
                f"{name} came from its registry otherwise than {LIST.name} says, by its SHA-256. "
                "Nothing was built. If the registry is right, the list has to be made anew."
            )
        there[name] = path
    return Gathered(
        {name: there[name] for name in wanted.runtime},
        {name: there[name] for name in [*wanted.release, *wanted.index] if name in there},
        missing,
    )


def checksum(path: Path) -> str:
    """Give the SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _offered(folder: Path | None, name: str) -> Path | None:
    # A release unpacks into a folder of its own name.
    places = () if folder is None else (folder / name, folder / "pyodide" / name)
    return next((place for place in places if place.is_file()), None)


def _lines(names: Iterable[str]) -> str:
    return "\n".join(f"- {name}" for name in names)


def _fetch_runtime(wanted: Needed, names: list[str], cache: Path) -> None:
    """Take files out of the package of npm. Nothing of it is run."""
    package = f"{wanted.package}@{wanted.version}"
    if not (npm := shutil.which("npm")):
        raise LabError(
            f"The runtime comes from npm, which is not on the PATH. Install Node.js, or put these "
            f"files of release {wanted.version} of {wanted.package} into the folder that you name "
            f"with --wheels:\n{_lines(names)}"
        )
    with tempfile.TemporaryDirectory(dir=cache, prefix=".npm-") as draft:
        _run([npm, "pack", package, "--ignore-scripts", "--silent"], Path(draft), package)
        for archive in Path(draft).glob("*.tgz"):
            with tarfile.open(archive) as packed:
                for name in names:
                    try:
                        content = packed.extractfile(f"package/{name}")
                    except KeyError:
                        raise LabError(f"{package} has no file {name}.") from None
                    if content:
                        files.write(cache / name, content.read())


def _fetch_wheels(names: list[str], cache: Path) -> None:
    """Fetch wheels for the browser's kind of machine, with pip."""
    pins, platforms = [], set()
    for name in names:
        project, version, _, tags = parse_wheel_filename(name)
        pins.append(f"{project}=={version}")
        platforms |= {tag.platform for tag in tags} - {"any"}
    with tempfile.TemporaryDirectory(dir=cache, prefix=".wheels-") as draft:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--disable-pip-version-check", "--only-binary=:all:", "--dest", draft]
        command += ["--implementation", "cp", "--abi", "cp314", "--abi", "none"]
        command += ["--python-version", "3.14"]
        command += [f"--platform={platform}" for platform in sorted(platforms or {"any"})]
        _run([*command, *pins], Path(draft), "the wheels")
        for name in names:
            if (path := Path(draft) / name).is_file():
                files.write(cache / name, path.read_bytes())


def _run(command: list[str], folder: Path, what: str) -> None:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-6:])
        raise LabError(
            f"{what[:1].upper() + what[1:]} could not be fetched. Are you connected to the "
            f"network? {Path(command[0]).stem} says:\n{said}"
        )
