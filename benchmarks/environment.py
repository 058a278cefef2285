"""How long a newcomer waits for the environment: by uv, as `bootstrap.py` does, and by pip."""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Iterator

from benchmarks.workshop import Row, Workshop, in_turn

PYTHON = getattr(sys, "_base_executable", None) or sys.executable
SCRIPTS = "Scripts" if os.name == "nt" else "bin"


def measure(shop: Workshop) -> Iterator[Row]:
    """Set up from nothing with empty caches, in turn, then once more with nothing to do."""
    root = shop.copy("set-up")
    caches = {"UV_CACHE_DIR": str(shop.folder / "uv"), "PIP_CACHE_DIR": str(shop.folder / "pip")}
    # A newcomer has no uv: folders with one are taken from the PATH, so it is fetched as well.
    folders = os.environ["PATH"].split(os.pathsep)
    caches["PATH"] = os.pathsep.join(f for f in folders if not shutil.which("uv", path=f))

    def afresh() -> None:
        for path in [root / ".venv", root / "_build", shop.folder / "uv", shop.folder / "pip"]:
            shutil.rmtree(path, ignore_errors=True)

    def by_uv() -> float:
        afresh()
        return shop.seconds(PYTHON, "bootstrap.py", cwd=root, **caches)

    def by_pip() -> float:
        afresh()
        made = shop.seconds(PYTHON, "-m", "venv", ".venv", cwd=root)
        pip = [root / ".venv" / SCRIPTS / "python", "-m", "pip", "install", "--quiet"]
        pinned = ["--constraint", "constraints.txt", "--editable", ".[book,grading,dev]"]
        return made + shop.seconds(*pip, *pinned, cwd=root, **caches)

    pip, uv = in_turn(1, by_pip, by_uv)
    unchanged = [
        shop.seconds(PYTHON, "bootstrap.py", cwd=root, **caches) for _ in range(shop.repeats)
    ]
    afresh()
    factor = f"{pip[0] / uv[0]:.1f} times faster than pip in the same minutes"
    yield Row("Set-up", "with pip, nothing cached", "s", pip)
    yield Row("Set-up", "with uv (bootstrap.py), nothing cached", "s", uv, factor)
    yield Row("Set-up", "nothing to do", "s", unchanged)
