"""What the browser's Python installs: the course as a wheel, and the list of all wheels.

The runtime loads a package when a cell imports it. It looks into its lock file, which says for each
package which file holds it, which modules it has and what it needs. Ours lists the course, what it
needs, and nothing else: so a lesson runs as it is, without a line that installs something, and
nothing is ever asked of a package index.
"""

from __future__ import annotations

import base64
import hashlib
import io
import json
import tomllib
import zipfile
from collections.abc import Mapping
from email.parser import HeaderParser
from importlib import metadata
from pathlib import Path, PurePosixPath
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from organizer_lab.errors import LabError
from organizer_lab.files import pack
from organizer_lab.lite.parts import checksum

ROOT = Path(__file__).resolve().parents[2]
COURSE = "organizer-lab"
# Loaded before the first cell, in the place of what the kernel would look for in an index.
BOOT = ("micropip", "piplite", "ipykernel", "comm", "pyodide-kernel", "jedi", "ipython")
# Named as needed by a wheel and not needed here: this is the part that runs on the page itself.
_ON_THE_PAGE = {"jupyterlab-widgets"}
# Zones of time: a browser has none in its files, and week 7 asks for one.
_ALSO = ("tzdata",)


def course_wheel(edition: Path, folder: Path) -> Path:
    """Pack the package and the tables of the learner edition as a wheel.

    Parameters
    ----------
    edition : Path
        The learner edition: nothing else of the course gets into the wheel.
    folder : Path
        Where the wheel is written. The same edition gives the same bytes.
    """
    version = metadata.version(COURSE)
    info = f"organizer_lab-{version}.dist-info"
    files = {
        path.relative_to(edition).as_posix(): path.read_bytes()
        for path in sorted((edition / "organizer_lab").rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }
    # What the package carries when it is installed anywhere else, as far as learners get it.
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    carried = project["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
    for source, place in sorted(carried.items()):
        for path in sorted((edition / source).glob("*")):
            files[f"{place}/{path.name}"] = path.read_bytes()
    needs = [need for need in metadata.requires(COURSE) or [] if "extra ==" not in need]
    head = ["Metadata-Version: 2.1", f"Name: {COURSE}", f"Version: {version}"]
    head += [f"Requires-Dist: {need}" for need in [*needs, *_ALSO]]
    files[f"{info}/METADATA"] = "\n".join([*head, ""]).encode()
    files[f"{info}/WHEEL"] = b"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    record = [f"{name},sha256={_digest(content)},{len(content)}" for name, content in files.items()]
    files[f"{info}/RECORD"] = "\n".join([*record, f"{info}/RECORD,,", ""]).encode()
    made = folder / f"organizer_lab-{version}-py3-none-any.whl"
    pack(made, files)
    return made


def _digest(content: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(content).digest()).rstrip(b"=").decode()


def make(
    upstream: Mapping[str, Any], wheels: Mapping[str, Path], missing: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Write the lock file for a set of wheels.

    Parameters
    ----------
    upstream : mapping
        The lock file of the runtime: it knows its own wheels best.
    wheels : mapping
        Name of a file to its place.
    missing : tuple of str
        Wheels that are known to be missing; what needs them does without.

    Raises
    ------
    LabError
        If a wheel needs a package, or a version of it, that is not in the set.
    """
    theirs = {entry["file_name"]: entry for entry in upstream["packages"].values()}
    versions = {
        canonicalize_name(parse_wheel_filename(name)[0]): parse_wheel_filename(name)[1]
        for name in wheels
    }
    without = {canonicalize_name(parse_wheel_filename(name)[0]) for name in missing}
    packages: dict[str, Any] = {}
    for name, path in sorted(wheels.items()):
        known = theirs.get(name)
        if known and known["sha256"] == checksum(path):
            entry = {**known, "depends": [canonicalize_name(each) for each in known["depends"]]}
        else:
            entry = _entry(path, upstream["info"]["python"], versions, without)
        lost = set(entry["depends"]) - set(versions) - without
        if lost:
            raise LabError(f"{name} needs {', '.join(sorted(lost))}, which wheels.toml lacks.")
        entry["depends"] = sorted(set(entry["depends"]) - without)
        packages[canonicalize_name(entry["name"])] = entry
    return {"info": dict(upstream["info"]), "packages": packages}


def _entry(
    path: Path, python: str, versions: Mapping[str, Any], without: set[str]
) -> dict[str, Any]:
    """Describe a wheel by what it says of itself."""
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
        (head,) = (n for n in names if n.count("/") == 1 and n.endswith(".dist-info/METADATA"))
        said = HeaderParser().parse(io.StringIO(archive.read(head).decode("utf-8")))
    there = {
        "sys_platform": "emscripten",
        "platform_system": "Emscripten",
        "platform_machine": "wasm32",
        "os_name": "posix",
        "implementation_name": "cpython",
        "platform_python_implementation": "CPython",
        "python_version": ".".join(python.split(".")[:2]),
        "python_full_version": python,
        "extra": "",
    }
    depends = []
    for line in said.get_all("Requires-Dist", []):
        need = Requirement(line)
        name = canonicalize_name(need.name)
        if name in _ON_THE_PAGE or (need.marker and not need.marker.evaluate(there)):
            continue
        has = versions.get(name)
        if has is not None and not need.specifier.contains(has, prereleases=True):
            raise LabError(f"{path.name} needs {line}, but wheels.toml has {name} {has}.")
        depends.append(name)
    return {
        "name": canonicalize_name(said["Name"]),
        "version": said["Version"],
        "file_name": path.name,
        "install_dir": "site",
        "sha256": checksum(path),
        "package_type": "package",
        "imports": _modules(names),
        "depends": depends,
        "unvendored_tests": False,
    }


def _modules(names: list[str]) -> list[str]:
    """Name the modules at the top of a wheel."""
    found = set()
    for name in names:
        place = PurePosixPath(name)
        if place.suffix in {".py", ".so"} and not place.parts[0].endswith((".dist-info", ".data")):
            found.add(place.parts[0].split(".")[0])
    return sorted(found)


def read(path: Path) -> dict[str, Any]:
    """Read a lock file."""
    return json.loads(path.read_text(encoding="utf-8"))
