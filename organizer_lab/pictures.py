"""What a chart is once it is drawn: a picture, its words and its numbers, ready for a page."""

from __future__ import annotations

import base64
import html
import io
import re
import zlib
from dataclasses import dataclass
from typing import Any

# Inches. Small, so that the letters are still readable where a phone shrinks the picture.
SIZE = (4.8, 3.4)
# Of a page, for each inch of the drawing.
PIXELS = 100
# What a phone's screen can show: two dots for each pixel of the page.
SHARP = 2 * PIXELS
# Bytes, packed. Above this a drawing of lines is compared with one of dots.
HEAVY = 20_000
# A longer table shows its two ends.
MOST_ROWS, END_ROWS = 40, 10

# Each colour of a drawing, and the one that takes its place on a dark ground. Against its ground
# each has a contrast of 3 or more, and of 4.5 where letters have it; the grid may be faint.
# The grounds are those of the book's pages.
GROUND = ("#ffffff", "#121212")
INK = ("#000000", "#e6e6e6")
LABEL = ("#333333", "#d0d4d9")
AXIS = ("#666666", "#a0a8b0")
GRID = ("#dddddd", "#3a424d")
# From Okabe and Ito's palette, whose colours stay apart for people with every common kind of
# colour blindness. Their lighter blue and orange are too pale on white, and right on black.
HUES = (
    ("#0072b2", "#56b4e9"),
    ("#d55e00", "#e69f00"),
    ("#009e73", "#2fcf9c"),
    ("#cc79a7", "#e8a0c8"),
)
COLOURS = dict((GROUND, INK, LABEL, AXIS, GRID, *HUES))

_FONT = re.compile(r"; font-family: [^;\"]*")
# Wide letters, for which matplotlib has measured the room.
_LETTERS = "text{font-family:'DejaVu Sans','Bitstream Vera Sans',Verdana,Geneva,sans-serif}"


@dataclass(frozen=True)
class Numbers:
    """The numbers that a chart shows, as a table to read.

    Attributes
    ----------
    title : str
        What the table is about.
    heads : tuple of str
        The head of each column, with its unit.
    rows : tuple of tuple of str
        The cells as people read them. The first of each row names the row.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @property
    def cut(self) -> int:
        """How many rows in the middle are left out."""
        return len(self.rows) - 2 * END_ROWS if len(self.rows) > MOST_ROWS else 0

    @property
    def caption(self) -> str:
        """The title, with the number of rows."""
        count = len(self.rows)
        if self.cut:
            return f"{self.title} The first {END_ROWS} and the last {END_ROWS} of {count:,} rows."
        return f"{self.title} {count} {'row' if count == 1 else 'rows'}."

    def shown(self) -> list[tuple[str, ...]]:
        """Give the rows for a page. Where some are left out, a row of one cell says so."""
        if not self.cut:
            return list(self.rows)
        gap = f"{self.cut:,} rows in between are left out here."
        return [*self.rows[:END_ROWS], (gap,), *self.rows[-END_ROWS:]]

    def plain(self) -> dict[str, Any]:
        """Give the table as plain values, for the script of a page."""
        return {"caption": self.caption, "heads": self.heads, "rows": self.shown()}

    def table(self) -> str:
        """Give the table in a box that scrolls where it is too wide or too long."""
        heads = "".join(f'<th scope="col">{html.escape(head)}</th>' for head in self.heads)
        return (
            '<div class="ol-scroll" role="group" aria-label="Numbers of the chart" tabindex="0" '
            'style="max-width:100%;max-height:32rem;overflow:auto"><table>'
            f"<caption>{html.escape(self.caption)}</caption><thead><tr>{heads}</tr></thead>"
            f"<tbody>{''.join(map(self._row, self.shown()))}</tbody></table></div>"
        )

    def _row(self, cells: tuple[str, ...]) -> str:
        first, *others = map(html.escape, cells)
        if len(cells) == 1 < len(self.heads):
            return f'<tr><td colspan="{len(self.heads)}">{first}</td></tr>'
        values = "".join(f"<td>{cell}</td>" for cell in others)
        return f'<tr><th scope="row">{first}</th>{values}</tr>'

    def html(self) -> str:
        """Give the table behind the words "Show the numbers"; this works without any script."""
        return (
            '<details class="ol-numbers"><summary>Show the numbers</summary>'
            f"{self.table()}</details>"
        )


@dataclass(frozen=True)
class Chart:
    """A finished picture with its words and its numbers.

    Attributes
    ----------
    svg : str
        The drawing. It has its own ground, and colours for a light and for a dark page.
    caption : str
        What is shown, in which unit, and the source line with its licence.
    alt : str
        What a person hears who does not see the picture. Made from the numbers.
    width, height : int
        Pixels in a page.
    numbers : Numbers, optional
        What was drawn, as a table.
    png : bytes, optional
        The drawing in dots, where that is lighter. It is always light.
    """

    svg: str
    caption: str
    alt: str
    width: int = round(SIZE[0] * PIXELS)
    height: int = round(SIZE[1] * PIXELS)
    numbers: Numbers | None = None
    png: bytes | None = None

    @property
    def src(self) -> str:
        """The drawing as a data address, so that a notebook needs no second file."""
        kind, content = ("png", self.png) if self.png else ("svg+xml", self.svg.encode())
        return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"

    def img(self) -> str:
        """Give the HTML image element with its alternative text.

        It is light, whatever the system prefers, unless the style of a page says "dark": not
        every place that shows notebooks follows the system.
        """
        return (
            f'<img class="ol-frame" src="{self.src}" alt="{html.escape(self.alt)}" '
            f'width="{self.width}" height="{self.height}" '
            'style="max-width:100%;height:auto;color-scheme:light">'
        )

    def figure(self) -> str:
        """Give picture and caption without the table."""
        return self._html("")

    def _html(self, numbers: str) -> str:
        return (
            f'<figure class="ol-figure">{self.img()}{numbers}'
            f"<figcaption>{html.escape(self.caption)}</figcaption></figure>"
        )

    def _repr_html_(self) -> str:
        return self._html(self.numbers.html() if self.numbers else "")

    def __repr__(self) -> str:
        return f"Chart: {self.alt} {self.caption}"


def write(figure: Any) -> tuple[str, bytes | None]:
    """Write a drawing as lines and letters; as dots too where these are lighter.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn in the course's style.

    Returns
    -------
    tuple of str and (bytes or None)
        SVG, and a PNG of 64 colours where the packed SVG would be heavier than it.
    """
    drawn = io.StringIO()
    figure.savefig(
        drawn, format="svg", metadata=dict.fromkeys(("Date", "Creator", "Format", "Type"))
    )
    svg = with_dark_colours(drawn.getvalue())
    weight = len(zlib.compress(svg.encode()))
    if weight <= HEAVY:
        return svg, None
    dots = _dots(figure)
    return svg, dots if len(dots) < weight else None


def _dots(figure: Any) -> bytes:
    from PIL import Image

    drawn, small = io.BytesIO(), io.BytesIO()
    figure.savefig(drawn, format="png", dpi=SHARP)
    # No dithering: it would make the even grounds heavy.
    few = Image.open(drawn).convert("RGB").quantize(64, dither=Image.Dither.NONE)
    few.save(small, format="png", optimize=True)
    return small.getvalue()


def with_dark_colours(svg: str) -> str:
    """Add the colours for a dark page to a drawing by matplotlib.

    A browser tells a picture the colour scheme of the element that shows it. Where it does not,
    the picture follows the system; it can be read all the same, because it brings its own ground.
    Programs that know no style sheet see the light colours, which stay where matplotlib set them.
    """
    svg = _FONT.sub("", svg)
    used = [(light, dark) for light, dark in COLOURS.items() if f": {light}" in svg]
    rules = "".join(
        f'[style*="{kind}: {light}"]{{{kind}:{dark}!important}}'
        for light, dark in used
        for kind in ("fill", "stroke")
        if f"{kind}: {light}" in svg
    )
    # Letters without a colour of their own are black.
    dark = f"@media (prefers-color-scheme:dark){{text{{fill:{INK[1]}}}{rules}}}"
    return svg.replace("</style>", f"{_LETTERS}{dark}</style>", 1)
