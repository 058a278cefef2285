"""Pictures that a notebook drew into its page, moved to files that load on demand.

Charts and explorers give HTML that is complete in itself: every picture is a ``data:`` address.
That is right for JupyterLab and wrong for a reader on a slow link, who would download each state
of an explorer before seeing the first. So, when all pages are written, each picture becomes
``_images/ol-HASH.svg`` (or ``.png`` …) and the page holds its relative address.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from pathlib import Path
from typing import Any

from organizer_lab import files as written

_ADDRESS = re.compile(r"data:image/(svg\+xml|png|jpeg|webp|gif);base64,([A-Za-z0-9+/]+={0,2})")
_IMAGE = re.compile(r"(<img\b[^>]*?\bsrc=\")(data:image/[^\"]+)(?=\")")
_FRAMES = re.compile(r"(<script\b[^>]*\bclass=\"ol-frames\"[^>]*>)(.*?)(</script>)", re.DOTALL)
_FILE = re.compile(r"ol-[0-9a-f]{20}\.[a-z]+")
_EXTENSIONS = {"svg+xml": "svg", "jpeg": "jpg"}


def picture(address: str) -> tuple[str, bytes] | None:
    """Read the picture that a ``data:`` address holds.

    Parameters
    ----------
    address : str
        Such as ``data:image/png;base64,iVBOR…``.

    Returns
    -------
    tuple of str and bytes, or None
        The file name, made from a hash of the content so that equal pictures share one file, and
        the content. None where the address is of another kind.
    """
    match = _ADDRESS.fullmatch(address)
    if not match:
        return None
    try:
        content = base64.b64decode(match[2], validate=True)
    except ValueError:
        return None
    digest = hashlib.sha256(content).hexdigest()[:20]
    return f"ol-{digest}.{_EXTENSIONS.get(match[1], match[1])}", content


def extract(html: str, folder: str) -> tuple[str, dict[str, bytes]]:
    """Replace the pictures in a page by addresses of files.

    Parameters
    ----------
    html : str
        The page.
    folder : str
        The relative address of the folder of pictures as seen from the page, with a final slash.

    Returns
    -------
    tuple of str and dict
        The page without ``data:`` pictures, and the files to write: name to content.
        A page that has none comes back as it is.
    """
    files: dict[str, bytes] = {}

    def move(address: Any) -> Any:
        found = picture(address) if isinstance(address, str) else None
        if not found:
            return address
        files[found[0]] = found[1]
        return folder + found[0]

    def move_frames(match: re.Match) -> str:
        frames = json.loads(match[2])
        for frame in frames:
            frame["src"] = move(frame.get("src"))
        # "</" inside a script element would end it.
        text = json.dumps(frames, ensure_ascii=False).replace("<", "\\u003c")
        return match[1] + text + match[3]

    html = _IMAGE.sub(lambda match: match[1] + move(match[2]), html)
    return _FRAMES.sub(move_frames, html), files


def move_pictures(folder: Path) -> None:
    """Move the pictures of all pages below a folder into its ``_images``.

    A page that was written by an earlier build has been through this already and stays as it is.
    Pictures that no page shows any more are deleted.

    Parameters
    ----------
    folder : Path
        The finished HTML.
    """
    images = folder / "_images"
    shown: set[str] = set()
    for page in sorted(folder.rglob("*.html")):
        html = page.read_bytes().decode("utf-8")
        depth = len(page.relative_to(folder).parts) - 1
        moved, files = extract(html, "../" * depth + "_images/")
        # pandas heads its index column with an empty <th>, which a screen reader announces.
        moved = moved.replace("<th></th>", "<td></td>")
        for name, content in files.items():
            if not (images / name).exists():
                images.mkdir(exist_ok=True)
                written.write(images / name, content)
        if moved != html:
            written.write(page, moved.encode("utf-8"))
        shown.update(_FILE.findall(moved))
    for path in images.glob("ol-*"):
        if _FILE.fullmatch(path.name) and path.name not in shown:
            path.unlink()


def _finish(app: Any, error: Exception | None) -> None:
    if error is None and app.builder.name == "html":
        move_pictures(Path(app.outdir))


def setup(app: Any) -> None:
    """Move the pictures when all pages are written."""
    app.connect("build-finished", _finish)
