"""What Lighthouse says of pages, on a slow phone that it imitates. It needs Node.

Lighthouse comes from npm into ``_build/node`` and uses the Chromium of the system.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from benchmarks.pages import FLAGS, browser_path, served
from benchmarks.workshop import Failed

# The newest one for Node 18 and 20; later ones want Node 22.
VERSION = "12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


def install(folder: Path) -> Path:
    """Have Lighthouse in a folder; gives its program."""
    program = folder / "node_modules" / "lighthouse" / "cli" / "index.js"
    if not shutil.which("node") or not shutil.which("npm"):
        raise Failed("Lighthouse needs Node and npm, and they are not on the PATH")
    told = folder / "node_modules" / "lighthouse" / "package.json"
    if not told.exists() or json.loads(told.read_text(encoding="utf-8"))["version"] != VERSION:
        folder.mkdir(parents=True, exist_ok=True)
        command = ["npm", "install", "--prefix", str(folder), "--no-fund", "--no-audit"]
        done = subprocess.run(
            [*command, "--no-save", f"lighthouse@{VERSION}"], capture_output=True, text=True
        )
        if done.returncode:
            raise Failed(f"npm could not install Lighthouse: {done.stderr.strip()[-300:]}")
    return program


def scores(html: Path, pages: Iterable[str], node: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Ask Lighthouse for its opinion of pages.

    Parameters
    ----------
    html : Path
        The folder of the pages.
    pages : iterable of str
        Their addresses below it.
    node : Path
        Where Lighthouse is, or comes.

    Yields
    ------
    tuple of str and dict
        The page, and its scores from 0 to 100 by category. ``lcp`` is the time in seconds until
        its largest part is there; ``lost`` lists what cost points outside of performance.
    """
    program, chromium = install(node), browser_path()
    with served(html) as address, tempfile.TemporaryDirectory(prefix="organizer-lab-lh-") as home:
        environment = {**os.environ, "CHROME_PATH": chromium, "HOME": home, "CI": "true"}
        for page in pages:
            out = Path(home) / "result.json"
            out.unlink(missing_ok=True)
            command = ["node", str(program), address + page, "--quiet", "--output=json"]
            command += [f"--output-path={out}", f"--only-categories={','.join(CATEGORIES)}"]
            if b'content="noindex"' in (html / page).read_bytes():
                # The results of a search are not to be found by other searches, on purpose.
                command.append("--skip-audits=is-crawlable")
            command += [f"--chrome-flags=--headless=new {' '.join(FLAGS)}"]
            done = subprocess.run(command, env=environment, capture_output=True, text=True)
            if not out.exists():
                raise Failed(f"Lighthouse stopped at {page}: {done.stderr.strip()[-300:]}")
            yield page, _read(json.loads(out.read_text(encoding="utf-8")))


def _read(result: dict) -> dict:
    found = {
        name: round(100 * (category["score"] or 0))
        for name, category in result["categories"].items()
    }
    refs = {
        ref["id"]
        for name, category in result["categories"].items()
        if name != "performance"
        for ref in category["auditRefs"]
        if ref["weight"]
    }
    lost = [
        name
        for name in sorted(refs)
        if result["audits"][name]["score"] is not None and result["audits"][name]["score"] < 1
    ]
    seconds = result["audits"]["largest-contentful-paint"].get("numericValue", 0) / 1000
    return {**found, "lcp": round(seconds, 2), "lost": lost}
