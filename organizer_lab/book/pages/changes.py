"""When the text of each page last changed, as git knows it.

Asked once for the whole book. A page of an exercise is made anew from its source by every release,
so the date is that of the source; that is why no ready-made extension serves here. Where git does
not know, as in a zip or a clone without history, no date is given rather than a wrong one.
"""

from __future__ import annotations

import re
import subprocess
from datetime import date
from pathlib import Path
from typing import Any

from sphinx.environment import BuildEnvironment

_RELEASED = re.compile(r"exercises/release/(.+)")


def of_files(root: Path) -> dict[str, date]:
    """Ask git for the day of the last change of each file.

    Parameters
    ----------
    root : Path
        A folder of a checkout.

    Returns
    -------
    dict of str to date
        By path relative to the folder, with slashes. Empty where there is no complete history.
    """
    if _git(root, "rev-parse", "--is-shallow-repository").strip() != "false":
        # In a shallow clone the oldest commit seems to have changed every file.
        return {}
    log = _git(root, "log", "--relative", "--name-only", "-z", "--format=%x01%cs")
    found: dict[str, date] = {}
    for commit in log.split("\x01")[1:]:
        day, *names = re.split(r"[\0\n]+", commit)
        for name in filter(None, names):
            found.setdefault(name, date.fromisoformat(day))
    return found


def _git(root: Path, *words: str) -> str:
    """Ask git; give nothing where it has no answer or is not there."""
    try:
        done = subprocess.run(
            ["git", *words], cwd=root, capture_output=True, text=True, encoding="utf-8", check=False
        )
    except OSError:
        return ""
    return "" if done.returncode else done.stdout


def of_pages(env: BuildEnvironment) -> dict[str, date]:
    """Give the day of the last change of each page's source, where git knows it."""
    files = of_files(Path(env.srcdir))
    found = {}
    for page in env.found_docs:
        source = Path(env.doc2path(page, base=False)).as_posix()
        if day := files.get(_RELEASED.sub(r"exercises/source/\1", source)):
            found[page] = day
    return found


def _update(app: Any, env: BuildEnvironment) -> list[str]:
    """Note the days, and have the pages written again whose day is another one now."""
    before = getattr(env, "ol_changes", {})
    env.ol_changes = of_pages(env)
    both = before.keys() | env.ol_changes.keys()
    return [page for page in both & env.found_docs if before.get(page) != env.ol_changes.get(page)]


def day(env: BuildEnvironment, page: str) -> date | None:
    """Give the day on which a page last changed, if it is known."""
    return getattr(env, "ol_changes", {}).get(page)


def setup(app: Any) -> None:
    """Ask when all pages are read."""
    app.connect("env-updated", _update)
