"""Build the site that runs the course in a browser, and lead to it from the book."""

from __future__ import annotations

import gzip
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from organizer_lab import files
from organizer_lab.errors import LabError
from organizer_lab.lite import lock, parts, start_page

ROOT = Path(__file__).resolve().parents[2]
SITE = ROOT / "_build" / "site"
CACHE = ROOT / "_build" / "lite-parts"
# Where a maintainer puts what no registry has. Outside _build, which may be deleted at any time.
WHEELS = ROOT / "lite-wheels"
_KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
# What learners find in the list of files. The package and its tables are a wheel.
_CONTENTS = ("start-here.ipynb", "weeks", "exercises", "datasets", "LICENSE", "LICENSE-content")


def build(
    edition: Path,
    target: Path | None = None,
    wheels: Path | None = None,
    *,
    incomplete: bool = False,
    cache: Path = CACHE,
) -> Path:
    """Build the site beside its final place, then swap it in.

    Parameters
    ----------
    edition : Path
        The learner edition, from `learners.build`.
    target : Path, optional
        The folder of the site; by default ``_build/site/lite``.
    wheels : Path, optional
        What a maintainer has gathered; by default ``lite-wheels``, where it exists.
    incomplete : bool
        Build also without compiled packages that are missing, to try the rest.
    cache : Path
        Where fetched files are kept.

    Returns
    -------
    Path
        The page that starts it.

    Raises
    ------
    LabError
        If a part is missing or wrong, or JupyterLite cannot build. The site before this one is
        still there then.
    """
    target = (target or SITE / "lite").resolve()
    if target.exists() and not (target / "jupyter-lite.json").exists() and any(target.iterdir()):
        raise LabError(f"{target} holds something else. Name a folder that is empty or new.")
    if wheels is None and WHEELS.is_dir():
        wheels = WHEELS
    found = parts.gather(wheels, cache, incomplete)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=target.parent, prefix=".new-") as workshop:
            draft = _build(edition, found, Path(workshop))
            (draft / start_page.WEIGHT).write_text(json.dumps(_weights(draft)) + "\n")
            start_page.write(draft, found.missing)
            files.swap(draft, target, Path(workshop) / "before")
    except OSError as error:
        raise LabError(f"The site could not be written to {target} ({error.strerror}).") from error
    return target / "index.html"


def _build(edition: Path, found: parts.Gathered, workshop: Path) -> Path:
    """Lay everything out as JupyterLite wants it, and let it build."""
    contents, runtime = workshop / "contents", workshop / "static" / "pyodide"
    contents.mkdir()
    runtime.mkdir(parents=True)
    for name in _CONTENTS:
        source = edition / name
        (shutil.copytree if source.is_dir() else shutil.copyfile)(source, contents / name)
    course = lock.course_wheel(edition, workshop)
    wheels = {**found.wheels, **_kernel_wheels(), course.name: course}
    for name, path in {**found.runtime, **wheels}.items():
        shutil.copyfile(path, runtime / name)
    made = lock.make(lock.read(found.runtime[parts.LOCK]), wheels, found.missing)
    (runtime / parts.LOCK).write_text(json.dumps(made, separators=(",", ":")), encoding="utf-8")
    _extensions(workshop / "labextensions")
    settings = {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Organizer Lab",
            "litePluginSettings": {
                _KERNEL: {
                    "disablePyPIFallback": True,
                    "loadPyodideOptions": {"packages": list(lock.BOOT)},
                }
            },
        },
    }
    _write_json(workshop / "jupyter-lite.json", settings)
    _write_json(
        workshop / "overrides.json",
        {
            # A closed window loses what was not saved, so it is saved often.
            "@jupyterlab/docmanager-extension:plugin": {"autosaveInterval": 20},
            "@jupyterlab/apputils-extension:notification": {
                "checkForUpdates": False,
                "doNotDisturbMode": False,
                "fetchNews": "false",
            },
        },
    )
    made_site = workshop / "site"
    command = [sys.executable, "-m", "jupyterlite_core", "build", "--lite-dir", str(workshop)]
    command += ["--output-dir", str(made_site), "--contents", str(contents), "--apps", "lab"]
    command += ["--no-sourcemaps", "--no-unused-shared-packages", "--no-libarchive"]
    # Only the two extensions that the site needs, not all that are installed here.
    command += ["--ignore-sys-prefix"]
    command += [f"--FederatedExtensionAddon.extra_labextensions_path={workshop / 'labextensions'}"]
    done = subprocess.run(
        command,
        cwd=workshop,
        env={**os.environ, "JUPYTER_CONFIG_DIR": str(workshop / "no-config")},
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (made_site / "lab" / "index.html").exists():
        said = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise LabError(f"JupyterLite could not build the site:\n{said}")
    return made_site


def _write_json(path: Path, content: dict[str, Any]) -> None:
    path.write_text(json.dumps(content, indent=1), encoding="utf-8")


def _installed(package: str, pattern: str) -> Iterable[Path]:
    """Find files that an installed package brought along."""
    try:
        every = metadata.files(package) or []
    except metadata.PackageNotFoundError:
        raise ModuleNotFoundError(name=package) from None
    return [Path(str(file.locate())).resolve() for file in every if file.match(pattern)]


def _kernel_wheels() -> dict[str, Path]:
    """Find the wheels that the kernel itself consists of."""
    found = _installed("jupyterlite-pyodide-kernel", "pypi/*.whl")
    # The same stand-in twice, for two generations of widgets; the course uses the second.
    return {path.name: path for path in found if "-3." not in path.name}


def _extensions(folder: Path) -> None:
    """Copy the parts of JupyterLab that run the kernel and show widgets."""
    for package in ("jupyterlite-pyodide-kernel", "jupyterlab-widgets"):
        for description in _installed(package, "labextensions/@*/*/package.json"):
            source = description.parent
            shutil.copytree(source, folder / source.parent.name / source.name)


def _weights(site: Path) -> dict[str, int]:
    """Add up what a browser loads, in bytes, text compressed as web servers do it.

    Returns
    -------
    dict
        ``python``: the runtime and all wheels, exactly. ``page``: the programs of the page; not
        all of them are needed at once, so it is the most that they can be. ``disk``: the site.
    """
    python = list((site / "static" / "pyodide").iterdir())
    page = [*(site / "build").rglob("*.js"), *(site / "extensions").rglob("*.js")]
    return {
        "python": sum(map(_transferred, python)),
        "page": sum(map(_transferred, page)),
        "disk": sum(path.stat().st_size for path in site.rglob("*") if path.is_file()),
    }


def _transferred(path: Path) -> int:
    if path.suffix in {".whl", ".zip"}:
        return path.stat().st_size
    return len(gzip.compress(path.read_bytes(), 6, mtime=0))
