"""Icon fonts cut down to the icons that the theme's templates use: about 8 kB instead of 300 kB.

The theme brings three complete icon fonts. A second ``@font-face`` of the same family, limited to
the characters in use, is preferred by browsers; for an icon outside of it they still fetch the
theme's font, so nothing can go missing.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from organizer_lab.files import write

STYLE = "ol-icons.css"
_CLASS = re.compile(r"\bfa-[a-z0-9-]+")
_RULE = re.compile(r"([^{}]+)\{content:\"\\([0-9a-f]{2,5})\"\}")
_VARIABLE = re.compile(r"--pst-icon-[a-z-]+:\s*\"(.|\\[0-9a-f]{2,5})\"")
_FACE = re.compile(
    r"@font-face\{[^}]*font-family:(?P<family>[^;]+);[^}]*font-weight:(?P<weight>\d+);"
    r"[^}]*url\([^)]*?(?P<file>[\w-]+)\.woff2\)[^}]*\}"
)


def characters(css: str, texts: list[str]) -> set[int]:
    """Find the characters of the icons in use.

    Parameters
    ----------
    css : str
        The theme's style sheet, which gives each icon class its character.
    texts : list of str
        Templates and programs in which icon classes are named.

    Returns
    -------
    set of int
        Unicode code points.
    """
    used = {name for text in texts for name in _CLASS.findall(text)}
    found = set()
    for selectors, code in _RULE.findall(css):
        if any(name.lstrip(".").split(":")[0] in used for name in selectors.split(",")):
            found.add(int(code, 16))
    for text in _VARIABLE.findall(css):
        found.add(int(text[1:], 16) if text.startswith("\\") else ord(text))
    return found


def make(folder: Path) -> Path | None:
    """Write the small fonts and their style sheet, unless they are there already.

    Parameters
    ----------
    folder : Path
        Where to keep them between builds.

    Returns
    -------
    Path or None
        The style sheet; None where the theme is laid out in another way than expected. The pages
        then use the theme's own fonts.
    """
    import pydata_sphinx_theme
    import sphinx_book_theme

    packages = [Path(module.__file__).parent for module in (pydata_sphinx_theme, sphinx_book_theme)]
    static = packages[0] / "theme" / "pydata_sphinx_theme" / "static"
    sheet = static / "styles" / "pydata-sphinx-theme.css"
    if not sheet.exists():
        return None
    css = sheet.read_text(encoding="utf-8")
    style = folder / STYLE
    key = f"/* made from {hashlib.sha256(css.encode()).hexdigest()} */"
    if style.exists() and style.read_text(encoding="utf-8").startswith(key):
        return style
    sources = [
        path
        for package in packages
        for path in sorted(package.rglob("*"))
        if path.suffix in {".py", ".html", ".js"} and not path.name.startswith("fontawesome")
    ]
    wanted = characters(css, [path.read_text(encoding="utf-8") for path in sources])
    rules = [key]
    folder.mkdir(parents=True, exist_ok=True)
    for face in _FACE.finditer(css):
        font = next(static.rglob(f"{face['file']}.ttf"), None)
        if font is None:
            return None
        small, there = _subset(font, wanted)
        if not there:
            continue
        write(folder / f"ol-{face['file']}.woff", small)
        family = face["family"].replace("\\", "").strip("\"'")
        rules.append(
            f'@font-face {{ font-family: "{family}"; font-weight: {face["weight"]}; '
            f"font-display: block; src: url(ol-{face['file']}.woff) format('woff'); "
            f"unicode-range: {', '.join(f'U+{code:x}' for code in sorted(there))}; }}"
        )
    write(style, "\n".join(rules) + "\n")
    return style


def _subset(font: Path, wanted: set[int]) -> tuple[bytes, set[int]]:
    """Cut a font down to some characters; say which of them it had."""
    import io

    from fontTools import subset

    options = subset.Options(flavor="woff", notdef_outline=True)
    with subset.load_font(str(font), options) as whole:
        there = wanted & set(whole.getBestCmap())
        cutter = subset.Subsetter(options)
        cutter.populate(unicodes=there)
        cutter.subset(whole)
        file = io.BytesIO()
        subset.save_font(whole, file, options)
    return file.getvalue(), there


def _prepare(app: Any, config: Any) -> None:
    folder = Path(app.doctreedir) / "icons"
    if make(folder):
        config.html_static_path.append(str(folder))
        app.add_css_file(STYLE, priority=901)


def setup(app: Any) -> None:
    """Make the fonts before the build copies its static files."""
    app.connect("config-inited", _prepare)
