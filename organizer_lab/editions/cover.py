"""The picture on the cover, drawn from a table of the course like every other figure."""

from __future__ import annotations

import base64
import io
from functools import cache
from typing import Any

from organizer_lab import data

TABLE, COLUMN = "global_climate_annual", "gistemp_anomaly_c"
_COOL, _WARM = "#2166ac", "#b2182b"


@cache
def picture() -> tuple[str, str, str]:
    """Draw the cover's picture.

    Returns
    -------
    tuple of str
        The picture as a ``data:`` address (SVG), what it shows, and its source.
    """
    svg = _draw("svg")
    shown = _rows()
    what = data.field(TABLE, COLUMN)
    words = (
        f"One bar for each year from {shown.index[0]} to {shown.index[-1]}: how much warmer or "
        f"colder the world was than in {what['baseline'].replace('-', ' to ')}, in {what['unit']}."
    )
    source = f"Source: {data.attribution(TABLE)}."
    return f"data:image/svg+xml;base64,{base64.b64encode(svg).decode()}", words, source


def poster(title: str, summary: str) -> bytes:
    """Draw the cover of an e-book, with its title, as a PNG of 1,200 by 1,600 pixels."""
    return _draw("png", title, summary)


def _rows() -> Any:
    table = data.load(TABLE).set_index("year")[COLUMN].dropna()
    table.index = table.index.astype(int)
    return table


def _draw(kind: str, title: str = "", summary: str = "") -> bytes:
    import textwrap

    import matplotlib as mpl
    from matplotlib.figure import Figure

    shown = _rows()
    with mpl.rc_context({"svg.hashsalt": "cover", "svg.fonttype": "none"}):
        figure = Figure(figsize=(6, 8) if title else (6.5, 3.6))
        axes = figure.add_axes((0.08, 0.12, 0.84, 0.42) if title else (0, 0, 1, 1))
        colours = [_WARM if value > 0 else _COOL for value in shown]
        axes.bar(shown.index, shown, width=0.85, color=colours)
        axes.axis("off")
        if title:
            figure.text(0.08, 0.86, title, fontsize=38, weight="bold")
            figure.text(0.08, 0.82, textwrap.fill(summary, 44), fontsize=15, va="top")
        file = io.BytesIO()
        moment = {"Date": None} if kind == "svg" else {"Software": None}
        figure.savefig(file, format=kind, dpi=200, metadata=moment, transparent=not title)
    return file.getvalue()
