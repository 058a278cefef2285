"""What Lighthouse says of pages, on a slow phone that it imitates. It needs Node.

Lighthouse comes from npm into ``_build/node`` and uses the Chromium of the system. The pages are
served packed by gzip, as every host of pages does.
"""

from __future__ import annotations

import gzip
import http.server
import json
import os
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from benchmarks.pages import FLAGS, TEXT, browser_path
from benchmarks.workshop import Failed

# The newest one for Node 18 and 20; later ones want Node 22.
VERSION = "12.8.2"
CATEGORIES = ("performance", "accessibility", "best-practices", "seo")


class _Packed(http.server.SimpleHTTPRequestHandler):
    """Serves files, texts packed."""

    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: object) -> None:
        pass

    def do_GET(self) -> None:
        path = Path(self.translate_path(self.path))
        path = path / "index.html" if path.is_dir() else path
        if not path.is_file():
            self.send_error(404)
            return
        kind = self.guess_type(str(path))
        body = path.read_bytes()
        self.send_response(200)
        if kind.startswith(TEXT) or kind.endswith("javascript"):
            kind += "; charset=utf-8"
            body = gzip.compress(body, 6)
            self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


@contextmanager
def packed(html: Path) -> Iterator[str]:
    """Serve a folder, texts packed; gives its address, with a final slash."""
    web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), partial(_Packed, directory=str(html)))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{web.server_port}/"
    finally:
        web.shutdown()
        web.server_close()


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
    with packed(html) as address, tempfile.TemporaryDirectory(prefix="organizer-lab-lh-") as home:
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
