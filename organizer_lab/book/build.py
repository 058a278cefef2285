"""Build the book, every notebook executed, and tell where it is."""

from __future__ import annotations

import contextlib
import hashlib
import http.server
import importlib.util
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterable
from functools import partial
from importlib import metadata
from pathlib import Path

from organizer_lab import course, data, quizzes
from organizer_lab.errors import LabError

PACKAGE = Path(__file__).resolve().parents[1]
ROOT = PACKAGE.parent
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


def book(serve: bool = False, everything: bool = False) -> Path:
    """Release the exercises, build the learner edition and the complete plan, then the book.

    Parameters
    ----------
    serve : bool
        Serve the book on this computer afterwards, until Ctrl-C.
    everything : bool
        Write every page again, changed or not. Notebooks run again only if something that their
        results depend on has changed.

    Returns
    -------
    Path
        The first page of the book.

    Raises
    ------
    LabError
        If this is no checkout of the course, a package is missing, or the build has a warning.
    """
    _ready(ROOT)
    began = time.monotonic()
    _skip_slow_import()
    _learner_edition()
    _complete_plan()
    page = render(ROOT, ROOT / "_build", everything=everything)
    print(f"The book is ready after {time.monotonic() - began:.0f} s: {page.as_uri()}", flush=True)
    if serve:
        serve_folder(page.parent)
    return page


def _ready(root: Path) -> None:
    """Say what is missing before anything is started."""
    for name in ("_config.yml", "_toc.yml"):
        if not (root / name).exists():
            raise LabError(
                f"There is no {name} in {root}. The book is built from a checkout of the course, "
                "not from the installed package."
            )
    if importlib.util.find_spec("jupyter_book") is None:
        raise LabError(
            "Jupyter Book is not installed here. Type 'make book', which installs it, "
            "or 'pip install organizer-lab[book,grading]'."
        )


def _learner_edition() -> None:
    from organizer_lab import learners

    print("Releasing the exercises and building the learner edition …", flush=True)
    learners.build()


def _complete_plan() -> None:
    """Make the complete plan, where the book has the page that shows it."""
    from organizer_lab.book.directives import worked

    # A shorter course need not reach every export, and then has no such page.
    if worked.PAGE in (ROOT / "_toc.yml").read_text(encoding="utf-8"):
        worked.make()


def render(root: Path, out: Path, everything: bool = False) -> Path:
    """Run Jupyter Book with every warning an error.

    Parameters
    ----------
    root : Path
        The folder with ``_config.yml`` and ``_toc.yml``.
    out : Path
        A folder named ``_build``, which need not exist; pages come into its ``html``.
    everything : bool
        Write every page again.

    Returns
    -------
    Path
        The first page.

    Raises
    ------
    LabError
        With the warnings, the errors, and the traceback of a cell that failed.
    """
    out.mkdir(parents=True, exist_ok=True)
    changed = _forget_what_is_old(root, out)
    print("Running the notebooks and writing the pages …", flush=True)
    command = [sys.executable, "-m", __name__, str(root), "--path-output", str(out.parent)]
    command += ["-W", "-n", "--keep-going", *(["--all"] if everything or changed else [])]
    environment = {
        **os.environ,
        "PYTHONIOENCODING": "utf-8",
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }
    log = out / "book.log"
    with log.open("w", encoding="utf-8") as file:
        done = subprocess.run(
            command, cwd=root, env=environment, stdout=file, stderr=subprocess.STDOUT, check=False
        )
    page = out / "html" / "index.html"
    if done.returncode or not page.exists():
        # The next build must not take the pages of this one for finished.
        (out / "pages.key").unlink(missing_ok=True)
        problems = _problems(log.read_text(encoding="utf-8", errors="replace"))
        raise LabError(f"The book has problems (all messages: {log}).\n{problems}")
    for name, key in keys(root).items():
        (out / name).write_text(key, encoding="utf-8")
    return page


def keys(root: Path) -> dict[str, str]:
    """Fingerprint what results and pages depend on besides their own source.

    jupyter-cache knows a notebook by its code cells alone, and Sphinx does not know the programs
    that draw a page. Without these keys a changed table would leave old figures in the book.
    """
    code = [
        path
        for path in sorted(PACKAGE.rglob("*.py"))
        # What is made from finished pages changes none of them.
        if path.relative_to(PACKAGE).parts[0] not in {"editions", "lite"}
    ]
    drawn = [path for path in code if path.relative_to(PACKAGE).parts[0] in {"book", "grading"}]
    tables = sorted(data.folder().glob("*"))
    versions = [platform.python_version()]
    for name in ("pandas", "matplotlib", "numpy"):
        versions.append(f"{name} {metadata.version(name)}")
    asked = quizzes.found().values()
    results = [*tables, *asked, course.file(), *(path for path in code if path not in drawn)]
    pages = [
        *drawn,
        *sorted(path for path in (PACKAGE / "book" / "assets").rglob("*") if path.is_file()),
        *sorted((PACKAGE / "book" / "templates").rglob("*.html")),
        root / "CITATION.cff",
        root / "_config.yml",
        root / "_toc.yml",
    ]
    return {
        "results.key": _fingerprint(results, versions),
        "pages.key": _fingerprint(pages, []),
    }


def _fingerprint(files: Iterable[Path], words: list[str]) -> str:
    digest = hashlib.sha256("\n".join(words).encode())
    for path in files:
        if path.is_file():
            digest.update(f"\n{path.name}\n".encode())
            digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()


def _forget_what_is_old(root: Path, out: Path) -> bool:
    """Drop results that no longer hold; tell whether all pages must be written again."""
    changed = False
    for name, key in keys(root).items():
        stamp = out / name
        if stamp.exists() and stamp.read_text(encoding="utf-8") == key:
            continue
        changed = True
        stamp.unlink(missing_ok=True)
        if name == "results.key":
            shutil.rmtree(out / ".jupyter_cache", ignore_errors=True)
    return changed


def _problems(log: str) -> str:
    """Pick the warnings, errors and tracebacks out of the messages of a build."""
    lines = _COLOUR.sub("", log).splitlines()
    noise = re.compile(
        r"^(\[IPKernelApp\]|\[etoc\]|Building your book|Config Path|Output Path|"
        r"Running Jupyter-Book|Source Folder|The HTML pages|building|checking|copying|dumping|"
        r"generating|loading|looking|making|myst v|myst-nb v|pickling|preparing|reading sources|"
        r"updating|writing (output|additional)|done$|=+$)|^(?!.*WARNING).*\[mystnb\]$"
    )
    first = next(
        (at for at, line in enumerate(lines) if re.search(r"WARNING|ERROR|Traceback|Error", line)),
        None,
    )
    # A message can stand on the same line as the step that found it.
    said = re.compile(r"(?!\[IPKernelApp\]).*(WARNING|ERROR): ")
    kept = [
        line
        for line in lines[first or 0 :]
        if line.strip() and (said.match(line) or not noise.match(line))
    ]
    return "\n".join(kept[-80:])


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files without a line for each request."""

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


def server(folder: Path, port: int = 0) -> http.server.ThreadingHTTPServer:
    """Make a server of a folder that only this computer can reach.

    Parameters
    ----------
    folder : Path
        The pages.
    port : int
        The port wished for; the next free one is taken where it is busy, any free one for 0.
    """
    handler = partial(_Quiet, directory=str(folder))
    for wanted in (port, 0):
        with contextlib.suppress(OSError):
            return http.server.ThreadingHTTPServer(("127.0.0.1", wanted), handler)
    raise LabError("No port is free on this computer, so the book cannot be served.")


def serve_folder(folder: Path) -> None:
    """Serve a folder on this computer until Ctrl-C."""
    with server(folder, 8000) as running:
        print(f"Open http://127.0.0.1:{running.server_port}/ and stop with Ctrl-C.", flush=True)
        with contextlib.suppress(KeyboardInterrupt):
            running.serve_forever()


def _skip_slow_import() -> None:
    """Have jsonschema leave out a package that takes 3-4 s to import, unless it is in already.

    The package checks one format of addresses that no notebook uses, and compiles a grammar for
    it. jsonschema takes it for absent where it cannot be imported.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]


def _jupyter_book() -> None:
    """Run Jupyter Book's own command in this process."""
    _skip_slow_import()
    from jupyter_book.cli.main import main

    main(["build", *sys.argv[1:]], standalone_mode=True)


if __name__ == "__main__":
    _jupyter_book()
