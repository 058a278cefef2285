"""Charts in one style, which never travel without caption, unit, source and alternative text."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from organizer_lab import data
from organizer_lab.errors import LabError, nearest
from organizer_lab.pictures import AXIS, GRID, HUES, INK, LABEL, PIXELS, SIZE, Chart, Numbers, write
from organizer_lab.words import number

# On white, each with a contrast of at least 3. The last lines also differ by their dashes.
PALETTE = (*(light for light, _ in HUES), INK[0])
DASHES = ("-", "--", "-.", ":", (0, (1, 3)))
MARGIN = 0.08  # inches, left of the title
WRAP = 38  # letters of a title in one line: in bold, they fit in the width

_STYLE: dict[str, Any] = {
    "axes.axisbelow": True,
    "axes.grid": True,
    "axes.labelcolor": LABEL[0],
    "axes.labelsize": 12,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.figsize": SIZE,
    "figure.titlesize": 13,
    "figure.titleweight": "bold",
    "font.family": "sans-serif",
    "font.size": 12,
    "grid.color": GRID[0],
    "legend.frameon": False,
    "lines.linewidth": 2,
    # Letters stay letters: smaller files, text that a reader can search and enlarge.
    "svg.fonttype": "none",
    # A dollar sign is a dollar sign, and not the start of a formula.
    "text.parse_math": False,
    # The same figure gives the same bytes, so that builds can be compared.
    "svg.hashsalt": "organizer-lab",
}


@dataclass
class _Words:
    """What is said about the drawing while it is drawn."""

    alt: list[str] = field(default_factory=list)


def line(
    table: pd.DataFrame,
    x: str,
    y: str | list[str],
    *,
    title: str,
    shows: str = "",
    labels: list[str] | None = None,
    unit: str | None = None,
    zero: bool = False,
) -> Chart:
    """Draw one or more time series as lines.

    Parameters
    ----------
    table : DataFrame
        Rows of one table of the course, in the order in which they are to be joined.
    x, y : str, str or list of str
        Column names. All ``y`` columns share one axis, so they must share one unit.
    title : str
        What the chart is about.
    shows : str, optional
        One sentence for the alternative text: the pattern a person sees.
    labels : list of str, optional
        Names of the lines; by default the titles of the columns.
    unit : str, optional
        The unit of columns that were computed and so have no card, such as "articles per million
        users".
    zero : bool, optional
        Draw a line at zero, for anomalies.

    Returns
    -------
    Chart
        In the unit of the columns, with the source line of the table.

    Raises
    ------
    LabError
        For an unknown column, a column of words, columns of different units, more lines than can
        be told apart, a wrong number of labels, or no rows.
    """
    columns = [y] if isinstance(y, str) else list(y)
    _known(table, [x, *columns])
    _numeric(table, columns)
    labels = labels or [_title(table, column) for column in columns]
    if len(labels) != len(columns):
        raise LabError(
            f"There are {len(columns)} lines and {len(labels)} labels. Give one label for each."
        )
    if len(columns) > len(PALETTE):
        raise LabError(
            f"{len(columns)} lines cannot be told apart. Choose at most {len(PALETTE)} columns."
        )

    def draw(axes: Any, words: _Words) -> None:
        for column, label, colour, dash in zip(columns, labels, PALETTE, DASHES, strict=False):
            shown = _drawable(table, x, column)
            # The numpy values: matplotlib does not draw every pandas extension type.
            axes.plot(
                shown[x].to_numpy(), shown[column].to_numpy(float),
                color=colour, linestyle=dash, label=label,
            )  # fmt: skip
            words.alt.append(
                _series_in_words(table, shown, x, column, label, _unit(table, column, unit))
            )
        if pd.api.types.is_datetime64_any_dtype(table[x]):
            from matplotlib.dates import AutoDateLocator

            # More than these would write over each other; whole days are the widest.
            few = table[x].max() - table[x].min() < pd.Timedelta(days=100)
            axes.xaxis.set_major_locator(AutoDateLocator(minticks=2, maxticks=3 if few else 5))
        if zero:
            axes.axhline(0, color=AXIS[0], linewidth=1)
        if len(columns) > 1:
            axes.legend()

    return _chart(
        table, x, columns, draw,
        title=title, kind="Line chart", shows=shows, unit=unit, labels=labels,
    )  # fmt: skip


def bars(
    table: pd.DataFrame,
    x: str,
    y: str,
    *,
    title: str,
    shows: str = "",
    unit: str | None = None,
) -> Chart:
    """Draw one value for each of a few categories or years as bars.

    Parameters
    ----------
    table : DataFrame
        Rows of one table of the course; at most 40.
    x, y : str
        Column of the categories, and column of the values.
    title, shows, unit : str
        As for `line`.

    Raises
    ------
    LabError
        For an unknown column, a column of words, no rows, more rows than can be read, or a
        category that has more than one row.
    """
    _known(table, [x, y])
    _numeric(table, [y])
    _one_each(table, x, 40)

    def draw(axes: Any, words: _Words) -> None:
        shown = _drawable(table, x, y)
        values = shown[y].to_numpy(float)
        colours = [PALETTE[0] if value < 0 else PALETTE[1] for value in values]
        axes.bar(shown[x].astype(str).to_numpy(), values, color=colours)
        axes.axhline(0, color=AXIS[0], linewidth=1)
        axes.grid(axis="x", visible=False)
        if len(shown) > 8:
            axes.tick_params(axis="x", rotation=60)
        words.alt.append(
            _series_in_words(table, shown, x, y, _title(table, y), _unit(table, y, unit))
        )

    return _chart(table, x, [y], draw, title=title, kind="Bar chart", shows=shows, unit=unit)


def scatter(
    points: Mapping[str, tuple[float, float]],
    *,
    x: tuple[str, str],
    y: tuple[str, str],
    title: str,
    source: str,
    span: tuple[int, int] = (1, 5),
    names: Mapping[str, str] | None = None,
) -> Chart:
    """Place labels on a matrix of two scores.

    Parameters
    ----------
    points : mapping
        A short label and its two scores. Labels on the same spot share one box. Without points
        the empty matrix is drawn.
    x, y : tuple of str
        The words at the low and at the high end of each axis, such as ``("slow", "quick")``.
    title : str
        What the matrix is about.
    source : str
        Who gave the scores.
    span : tuple of int
        The lowest and the highest score.
    names : mapping, optional
        What a label stands for, to be read aloud in the alternative text.

    Returns
    -------
    Chart
    """
    spots: dict[tuple[float, float], list[str]] = {}
    for label, spot in points.items():
        spots.setdefault(spot, []).append(label)

    def draw(axes: Any) -> None:
        for (across, up), labels in spots.items():
            axes.text(
                across,
                up,
                ", ".join(labels),
                color="white",
                ha="center",
                va="center",
                bbox={"boxstyle": "round", "facecolor": PALETTE[0], "edgecolor": "none"},
            )
        ticks = range(span[0], span[1] + 1)
        for (low, high), limits, where, words in (
            (x, axes.set_xlim, axes.set_xticks, axes.set_xlabel),
            (y, axes.set_ylim, axes.set_yticks, axes.set_ylabel),
        ):
            limits(span[0] - 0.5, span[1] + 0.5)
            where(ticks)
            words(f"{span[0]} {low} – {span[1]} {high}")
        # The middle: above and to the right of it lies what is wanted on both.
        axes.axvline(sum(span) / 2, color=AXIS[0], linewidth=1)
        axes.axhline(sum(span) / 2, color=AXIS[0], linewidth=1)

    read = [
        f"{label}{f' ({names[label]})' if names else ''}: {x[1]} {across}, {y[1]} {up}."
        for label, (across, up) in points.items()
    ]
    caption = (
        f"{_sentence(title)} Unit: points from {span[0]} to {span[1]}. To the right means {x[1]}, "
        f"upwards means {y[1]}. Source: {source}."
    )
    alt = " ".join([f"Matrix: {_sentence(title)}", *(read or ["No idea has its scores yet."])])
    svg, png = _picture(draw, title)
    return Chart(svg, caption, alt, numbers=_scores(points, x, y, title, names), png=png)


def _scores(
    points: Mapping[str, tuple[float, float]],
    x: tuple[str, str],
    y: tuple[str, str],
    title: str,
    names: Mapping[str, str] | None,
) -> Numbers | None:
    """Write the points of a matrix as a table; without points there is none."""
    if not points:
        return None
    heads = [*(["What it is"] if names else []), "Label", *(f"{e[1]} (points)" for e in (x, y))]
    rows = tuple(
        (*([names[label]] if names else []), label, number(across), number(up))
        for label, (across, up) in points.items()
    )
    return Numbers(_sentence(title), tuple(head[0].upper() + head[1:] for head in heads), rows)


def _picture(
    draw: Callable[[Any], None], title: str, size: tuple[float, float] = SIZE
) -> tuple[str, bytes | None]:
    """Draw in the course's style; the size is in inches. Gives SVG, and PNG if that is lighter."""
    # Imported here: a table can be used without waiting for the drawing library.
    import matplotlib
    from matplotlib.figure import Figure

    with matplotlib.rc_context(_STYLE):
        # A Figure of its own, not pyplot's: nothing stays open and no window is asked for.
        figure = Figure(figsize=size, layout="constrained")
        axes = figure.add_subplot()
        draw(axes)
        # From the edge of the picture, not of the axes: long names beside bars would push it out.
        figure.suptitle(textwrap.fill(title, WRAP), x=MARGIN / size[0], ha="left")
        return write(figure)


def ranks(
    table: pd.DataFrame,
    names: str,
    values: str,
    *,
    title: str,
    shows: str = "",
    unit: str | None = None,
    mark: str | None = None,
) -> Chart:
    """Draw one value for each name as lying bars, in the order of the rows, with its number.

    Parameters
    ----------
    table : DataFrame
        Rows of one table of the course; at most 20. The first row stands on top.
    names, values : str
        Column of the names, and column of the values.
    title, shows, unit : str
        As for `line`.
    mark : str, optional
        The name whose bar gets another colour.

    Raises
    ------
    LabError
        As for `bars`, and where the marked name is not among the rows.
    """
    _known(table, [names, values])
    _numeric(table, [values])
    _one_each(table, names, 20)
    if mark is not None and mark not in set(table[names]):
        raise LabError(f"'{mark}' is not in these rows.{nearest(mark, table[names].astype(str))}")

    def draw(axes: Any, words: _Words) -> None:
        shown = _drawable(table, names, values)
        each = shown[values].to_numpy(float)
        # The marked bar is told by its bold name too, not by its colour alone.
        colours = [PALETTE[1] if name == mark else PALETTE[0] for name in shown[names]]
        drawn = axes.barh(shown[names].astype(str).to_numpy(), each, color=colours)
        axes.bar_label(drawn, [f" {number(value, _short(value))}" for value in each], fontsize=11)
        axes.margins(x=0.2)
        axes.invert_yaxis()
        # Each bar has its number, so a scale would only say it again.
        axes.set_xticks([])
        axes.grid(visible=False)
        for label in axes.get_yticklabels():
            label.set_fontweight("bold" if label.get_text() == mark else "normal")
        read = [
            f"{name} {number(value, _short(value))}"
            for name, value in zip(shown[names], each, strict=True)
        ]
        words.alt.append(f"From top to bottom, in {_unit(table, values, unit)}: {'; '.join(read)}.")

    return _chart(
        table, names, [values], draw, title=title, kind="Bar chart", shows=shows, unit=unit,
        lying=True,
    )  # fmt: skip


def _short(value: float) -> str:
    """Give the format that keeps three leading digits of a small number; counts stay whole."""
    if value == round(value):
        return ",.0f"
    return ",.0f" if abs(value) >= 100 else ",.1f" if abs(value) >= 10 else ",.2f"


def _one_each(table: pd.DataFrame, x: str, most: int) -> None:
    """Refuse rows whose bars could not be read, or would stand behind each other."""
    if len(table) > most:
        raise LabError(
            f"A bar chart of {len(table)} rows cannot be read. Choose at most {most} rows."
        )
    twice = table.loc[table[x].duplicated(), x]
    if len(twice):
        # Their bars would stand behind each other, and one would hide the other.
        raise LabError(
            f"'{twice.iloc[0]}' has more than one row, but a bar chart has one bar for each {x}. "
            "Select the rows of one country, year or group first."
        )


def _chart(
    table: pd.DataFrame,
    x: str,
    columns: list[str],
    draw: Callable[[Any, _Words], None],
    *,
    title: str,
    kind: str,
    shows: str,
    unit: str | None,
    labels: list[str] | None = None,
    lying: bool = False,
) -> Chart:
    """Draw the chart, and put its caption, alternative text and table of numbers together.

    Lying bars have their unit below, and a height that fits their number.
    """
    names = _names(table)
    units = {_unit(table, column, unit) for column in columns}
    if len(units) > 1:
        raise LabError(
            f"These columns have different units ({', '.join(sorted(units))}), so they cannot "
            "share one axis. Draw one chart for each unit."
        )
    if table[columns].dropna(how="all").empty:
        raise LabError(
            f"There is nothing to draw: no row of '{names[0]}' is left. "
            "Look at the table first: a country may be missing in it."
        )
    unit = units.pop()
    words = _Words()

    def draw_with_labels(axes: Any) -> None:
        draw(axes, words)
        if lying:
            # From the right: beside long names there is less room than the words need.
            axes.set_xlabel(unit, loc="right")
        else:
            axes.set_ylabel(unit)
            axes.set_xlabel("" if x in ("date", "year") else _title(table, x))

    size = (SIZE[0], max(SIZE[1], 1.3 + 0.27 * len(table))) if lying else SIZE
    svg, png = _picture(draw_with_labels, title, size)
    baselines = dict.fromkeys(_field(table, column).get("baseline", "") for column in columns)
    base = " and ".join(filter(None, baselines))
    caption = f"{_sentence(title)} Unit: {unit}."
    if base:
        caption += f" Compared with the mean of {base}."
    for name in names:
        caption += f" Source: {data.attribution(name)}. Licence: {_licence(name)}."
    alt = " ".join(filter(None, [f"{kind}: {_sentence(title)}", shows, *words.alt]))
    labels = labels or [_title(table, column) for column in columns]
    numbers = _numbers(table, x, columns, [_with_unit(label, unit) for label in labels], title)
    return Chart(svg, caption, alt, *(round(inches * PIXELS) for inches in size), numbers, png)


def _with_unit(label: str, unit: str) -> str:
    return label if label.endswith(f"({unit})") else f"{label} ({unit})"


def _numbers(
    table: pd.DataFrame, x: str, columns: list[str], heads: list[str], title: str
) -> Numbers:
    """Write the values that are drawn as a table: a row for each place with at least one value."""
    table = table.reset_index(drop=True)
    drawn = [_drawable(table, x, column)[column].astype(float) for column in columns]
    patterns = [_digits(values) for values in drawn]
    kept = sorted(set().union(*(values.index for values in drawn)))
    monthly = _kind(table, x) == "yearmonth"
    rows = tuple(
        (
            _place(table[x][at], monthly),
            *(
                number(values.get(at), pattern)
                for values, pattern in zip(drawn, patterns, strict=True)
            ),
        )
        for at in kept
    )
    return Numbers(_sentence(title), (_title(table, x), *heads), rows)


def _digits(values: pd.Series) -> str:
    """Give one format for a column: whole numbers stay whole, others keep two leading digits."""
    if (values == values.round()).all():
        return ",.0f"
    size = math.floor(math.log10(values.abs().max()))
    return f",.{max(2, 1 - size)}f"


def _series_in_words(
    table: pd.DataFrame, shown: pd.DataFrame, x: str, y: str, label: str, unit: str
) -> str:
    """Say where a series starts and ends and how far it reaches."""
    if shown.empty:
        return f"{label}: no values."
    values = shown[y].astype(float).reset_index(drop=True)
    # A table of months keeps the first day of each.
    monthly = _kind(table, x) == "yearmonth"
    places = [_place(value, monthly) for value in shown[x]]
    if len(values) == 1:
        return f"{label}: {number(values[0])} {unit} ({places[0]})."
    if _kind(table, x) == "string" and len(values) <= 12:
        # Names have no first and last: each is read with its value.
        read = (f"{place} {number(value)}" for place, value in zip(places, values, strict=True))
        return f"{label}, in {unit}: {'; '.join(read)}."
    low, high = int(values.idxmin()), int(values.idxmax())
    return (
        f"{label}: from {number(values.iloc[0])} {unit} ({places[0]}) "
        f"to {number(values.iloc[-1])} {unit} ({places[-1]}); "
        f"lowest {number(values[low])} ({places[low]}), "
        f"highest {number(values[high])} ({places[high]})."
    )


def _drawable(table: pd.DataFrame, x: str, y: str) -> pd.DataFrame:
    """Give the rows that have a value; a division by zero has none."""
    shown = table[[x, y]]
    return shown[shown[y].astype(float).abs() < float("inf")].dropna()


def _place(value: Any, monthly: bool) -> str:
    """Write a point of the horizontal axis."""
    if isinstance(value, pd.Timestamp):
        return value.strftime("%B %Y") if monthly else value.date().isoformat()
    return str(value)


def _names(table: pd.DataFrame) -> list[str]:
    """Find which table of the course these rows come from, or which tables were joined."""
    name = table.attrs.get("table")
    if not name:
        raise LabError(
            "These rows do not say which table they come from, so the chart cannot name its "
            "source. Start from data.load(...), or set rows.attrs['table'] to the table's name; "
            "for joined rows to the list of their names."
        )
    return [name] if isinstance(name, str) else list(name)


def _licence(name: str) -> str:
    return ", ".join(item["title"] for item in data.resource(name)["licenses"])


def _known(table: pd.DataFrame, columns: list[str]) -> None:
    for column in columns:
        if column not in table.columns:
            raise LabError(
                f"There is no column '{column}' in these rows."
                f"{nearest(column, table.columns)} Columns: {', '.join(table.columns)}."
            )


def _numeric(table: pd.DataFrame, columns: list[str]) -> None:
    for column in columns:
        if _kind(table, column) not in ("integer", "number"):
            raise LabError(
                f"'{column}' holds no numbers that can be drawn. Choose a column with a unit: "
                f"data.card('{_names(table)[0]}') names them."
            )


def _sentence(title: str) -> str:
    return title if title.endswith((".", "?", "!")) else f"{title}."


def _field(table: pd.DataFrame, column: str) -> dict[str, Any]:
    """Give the contract of a column; a computed column has its name and its kind only."""
    for name in _names(table):
        for entry in data.resource(name)["schema"]["fields"]:
            if entry["name"] == column:
                return entry
    kind = "number" if pd.api.types.is_numeric_dtype(table[column]) else "string"
    # The unit is said beside the title.
    words = [word for word in column.split("_") if word not in ("pct", "usd")] or [column]
    return {"name": column, "title": " ".join(words).capitalize(), "type": kind}


def _kind(table: pd.DataFrame, column: str) -> str:
    return _field(table, column)["type"]


def _title(table: pd.DataFrame, column: str) -> str:
    return _field(table, column)["title"]


def _unit(table: pd.DataFrame, column: str, given: str | None) -> str:
    unit = given or _field(table, column).get("unit")
    if unit is None:
        raise LabError(
            f"'{column}' is no column of the table, so its unit is not known. "
            "Say it: unit='articles per million users', for example."
        )
    return unit
