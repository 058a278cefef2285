"""The picture that other sites show beside a link to a page: its title, its part, its place.

Drawn with matplotlib, which the course has anyway, in 1200 by 630 pixels, the size that the sites
ask for; few colours keep it small. A picture is drawn once and kept until its words change.
"""

from __future__ import annotations

import hashlib
import io
import textwrap
from dataclasses import astuple, dataclass
from pathlib import Path

from organizer_lab import files

WIDTH, HEIGHT, COLOURS = 1200, 630, 24
_GROUND, _TEXT, _QUIET, _SIGN = "#00695c", "#ffffff", "#d5ece8", "#ffb300"
# Changes when the drawing does, so that no picture of an older one is kept.
_DRAWING = "1"


@dataclass(frozen=True)
class Card:
    """The words of a picture.

    Attributes
    ----------
    title : str
        The title of the page.
    part : str
        The part of the book in which it stands, or nothing.
    book : str
        The name of the book.
    place, places : int
        The place in a row of steps, from 1, and the number of steps; 0 where there is no row.
    """

    title: str
    part: str
    book: str
    place: int = 0
    places: int = 0

    @property
    def alt(self) -> str:
        """The picture in words."""
        where = f", step {self.place} of {self.places}" if self.places else ""
        part = f" {self.part}{where}." if self.part else ""
        return f"Title card: {self.title}.{part} {self.book}."


def keep(card: Card, folder: Path) -> Path:
    """Give the picture of a card, drawn if that has not been done yet.

    Parameters
    ----------
    card : Card
        Its words.
    folder : Path
        Where pictures are kept between builds.
    """
    words = "\0".join(map(str, (*astuple(card), _DRAWING)))
    path = folder / f"{hashlib.sha256(words.encode()).hexdigest()[:20]}.png"
    if not path.exists():
        folder.mkdir(parents=True, exist_ok=True)
        files.write(path, draw(card))
    return path


def draw(card: Card) -> bytes:
    """Draw a card as PNG."""
    import matplotlib as mpl
    import numpy as np
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.patches import Circle
    from PIL import Image

    with mpl.rc_context({"font.family": "DejaVu Sans", "text.parse_math": False}):
        figure = Figure(figsize=(WIDTH / 100, HEIGHT / 100), dpi=100, facecolor=_GROUND)
        canvas = FigureCanvasAgg(figure)
        axes = figure.add_axes((0, 0, 1, 1), xlim=(0, WIDTH), ylim=(0, HEIGHT))
        axes.set_axis_off()
        # The sign of the course: a line that climbs to a point.
        axes.plot(
            [80, 128, 168, 240], [526, 574, 542, 582], color=_TEXT, lw=9, solid_capstyle="round"
        )
        axes.add_patch(Circle((240, 582), 15, color=_SIGN, zorder=3))
        axes.text(280, 556, card.book, color=_TEXT, size=26, weight="bold", va="center")
        size, width = next(
            (size, width)
            for size, width, lines in ((46, 27, 3), (38, 33, 4), (30, 42, 99))
            if len(textwrap.wrap(card.title, width)) <= lines
        )
        title = "\n".join(textwrap.wrap(card.title, width))
        axes.text(
            80, 300, title, color=_TEXT, size=size, weight="bold", va="center", linespacing=1.25
        )
        axes.text(80, 96, card.part, color=_QUIET, size=24, va="center")
        for step in range(card.places):
            here = step + 1 == card.place
            at = (WIDTH - 80 - 42 * (card.places - 1 - step), 96)
            axes.add_patch(Circle(at, 15 if here else 9, color=_SIGN if here else _QUIET))
        canvas.draw()
        picture = Image.fromarray(np.asarray(canvas.buffer_rgba())).convert("RGB")
    small = picture.quantize(COLOURS, Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    file = io.BytesIO()
    small.save(file, "PNG", optimize=True)
    return file.getvalue()
