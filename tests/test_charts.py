"""Charts: no picture without its unit, source, licence and words."""

from __future__ import annotations

import base64
import io
import itertools
import re
import xml.etree.ElementTree as ElementTree
import zlib

import figures
import pandas as pd
import pytest

from organizer_lab import charts, data, pictures
from organizer_lab.errors import LabError

SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def tanzania():
    table = data.load("temperature_by_country")
    return table[table["iso3"] == "TZA"]


@pytest.fixture(scope="module")
def bar_chart(tanzania):
    return charts.bars(tanzania, x="year", y="temperature_anomaly_c", title="Tanzania")


def words_in(svg: str) -> str:
    """The text that stands as text in a drawing."""
    tree = ElementTree.fromstring(svg)
    return " ".join("".join(element.itertext()).strip() for element in tree.iter(f"{SVG}text"))


def parsed(chart) -> ElementTree.Element:
    """What a chart gives to a notebook, which is well formed but for the end of its image."""
    return ElementTree.fromstring(re.sub(r"(<img[^>]*)>", r"\1/>", chart._repr_html_()))


def test_alt_text_is_made_from_the_numbers(bar_chart):
    values = figures.anomalies("TZA")
    low, high = min(values, key=values.get), max(values, key=values.get)
    assert bar_chart.alt.startswith("Bar chart: Tanzania. ")
    spoken = bar_chart.alt.replace("−", "-")
    for year in (2010, 2024):
        assert f"{values[year]:.2f} °C ({year})" in spoken
    assert f"lowest {values[low]:.2f} ({low})" in spoken
    assert f"highest {values[high]:.2f} ({high})" in spoken


def test_caption_has_unit_baseline_source_and_licence(bar_chart):
    resource = data.resource("temperature_by_country")
    assert bar_chart.caption.startswith("Tanzania. Unit: °C. Compared with the mean of 1991-2020.")
    assert resource["attribution"] in bar_chart.caption
    assert resource["licenses"][0]["title"] in bar_chart.caption


def test_text_stays_text_in_a_well_formed_drawing(bar_chart):
    shown = words_in(bar_chart.svg)
    assert "Tanzania" in shown and "°C" in shown and "2024" in shown


def test_the_same_figure_gives_the_same_bytes(tanzania, bar_chart):
    again = charts.bars(tanzania, x="year", y="temperature_anomaly_c", title="Tanzania")
    assert again == bar_chart
    assert "dc:date" not in again.svg


def test_html_carries_picture_and_words(bar_chart):
    page = parsed(bar_chart)
    picture, caption = page.find("img"), page.find("figcaption")
    assert page.get("class") == "ol-figure"
    assert picture.get("alt") == bar_chart.alt and caption.text == bar_chart.caption
    assert (picture.get("width"), picture.get("height")) == tuple(
        str(round(100 * inches)) for inches in charts.SIZE
    )
    kind, content = picture.get("src").split(",")
    assert kind == "data:image/svg+xml;base64"
    assert base64.b64decode(content).decode() == bar_chart.svg
    assert repr(bar_chart) == f"Chart: {bar_chart.alt} {bar_chart.caption}"


HOSTILE = """<b>"Rain" & 'sun'</b> $5 to $9 -- {x} %s تغير"""


def test_hostile_titles_are_escaped_and_no_formulas(tanzania):
    chart = charts.bars(
        tanzania, x="year", y="temperature_anomaly_c", title=HOSTILE, shows='"><script>'
    )
    assert HOSTILE in words_in(chart.svg)
    html = chart._repr_html_()
    assert "<b>" not in html and "<script" not in html
    assert parsed(chart).find("img").get("alt") == chart.alt


def test_a_title_that_is_a_question_keeps_its_mark(tanzania):
    chart = charts.line(tanzania, x="year", y="temperature_anomaly_c", title="Warmer?", zero=True)
    assert chart.caption.startswith("Warmer? Unit") and chart.alt.startswith("Line chart: Warmer? ")


def test_lines_of_one_unit_share_an_axis():
    world = data.load("global_climate_annual")
    chart = charts.line(
        world,
        x="year",
        y=["gistemp_anomaly_c", "hadcrut5_anomaly_c"],
        title="The world",
        labels=["One institute", "Another"],
    )
    assert "One institute: from" in chart.alt and "Another: from" in chart.alt
    assert "1951-1980 and 1961-1990" in chart.caption
    assert "One institute" in words_in(chart.svg) and "Another" in words_in(chart.svg)


def test_months_and_days_are_named():
    months = charts.line(
        data.load("co2_mauna_loa_monthly"), x="date", y="co2_ppm", title="CO₂ at Mauna Loa"
    )
    rows = figures.rows("co2_mauna_loa_monthly")
    assert f"from {float(rows[0]['co2_ppm']):.2f} ppm (March 1958)" in months.alt
    days = data.load("climate_views_daily_en")
    first = days[days["date"].dt.day == 1].head(1)
    alt = charts.line(first, x="date", y="views_all_articles", title="Views").alt
    assert re.search(r"views per day \(\d{4}-\d{2}-01\)", alt)


def test_gaps_are_left_out_of_the_words():
    world = data.load("global_climate_annual")
    chart = charts.line(world, x="year", y="gistemp_anomaly_c", title="The world")
    first = next(r for r in figures.rows("global_climate_annual") if r["gistemp_anomaly_c"])
    assert f"({first['year']})" in chart.alt and "nan" not in chart.alt
    early = world[world["year"] < 1900]
    two = charts.line(early, x="year", y=["co2_ppm"], title="x") if early["co2_ppm"].any() else None
    assert two is None or "no values" not in two.alt


@pytest.mark.parametrize(
    ("change", "phrase"),
    [
        ({"y": "temperature"}, "Did you mean temperature_anomaly_c"),
        ({"x": "yaer"}, "Did you mean year"),
        ({"y": "country"}, "holds no numbers"),
        ({"y": "year"}, "holds no numbers"),
    ],
)
@pytest.mark.parametrize("draw", [charts.bars, charts.line])
def test_wrong_columns(tanzania, draw, change, phrase):
    with pytest.raises(LabError, match=phrase):
        draw(tanzania, **{"x": "year", "y": "temperature_anomaly_c", "title": "x", **change})


def test_other_mistakes(tanzania):
    world = data.load("global_climate_annual")
    everybody = data.load("temperature_by_country")
    with pytest.raises(LabError, match=r"different units \(mm, ppm\)"):
        charts.line(world, x="year", y=["co2_ppm", "sea_level_noaa_mm"], title="x")
    with pytest.raises(LabError, match="2 lines and 1 labels"):
        charts.line(
            world,
            x="year",
            y=["gistemp_anomaly_c", "hadcrut5_anomaly_c"],
            title="x",
            labels=["one"],
        )
    with pytest.raises(LabError, match="8 lines cannot be told apart"):
        charts.line(world, x="year", y=["co2_ppm"] * 8, title="x")
    for draw in (charts.bars, charts.line):
        with pytest.raises(LabError, match="nothing to draw"):
            draw(tanzania.head(0), x="year", y="temperature_anomaly_c", title="x")
    with pytest.raises(LabError, match="at most 40 rows"):
        charts.bars(everybody, x="country", y="temperature_anomaly_c", title="x")
    two = everybody[everybody["iso3"].isin(["TZA", "PHL"])]
    with pytest.raises(LabError, match="'2010' has more than one row"):
        charts.bars(two, x="year", y="temperature_anomaly_c", title="x")
    nameless = tanzania.copy()
    nameless.attrs = {}
    with pytest.raises(LabError, match="do not say which table"):
        charts.line(nameless, x="year", y="temperature_anomaly_c", title="x")


def test_a_computed_column_says_its_unit():
    editions = data.load("wikipedia_editions").head(3)
    editions["per_editor"] = editions["articles"] / editions["monthly_editors"]
    with pytest.raises(LabError, match="Say it: unit="):
        charts.bars(editions, "language", "per_editor", title="Articles")
    chart = charts.bars(
        editions, "language", "per_editor", title="Articles", unit="articles per editor"
    )
    assert "Unit: articles per editor." in chart.caption
    for name in editions["language"]:
        assert name in chart.alt


def test_joined_rows_name_both_sources():
    both = data.load("co2_by_country").merge(data.load("country_profile"), on="iso3")
    region = both.groupby("wikimedia_region", observed=True, as_index=False)["co2_mt"].sum()
    with pytest.raises(LabError, match="do not say which table"):
        charts.bars(region, "wikimedia_region", "co2_mt", title="Emissions")
    region.attrs["table"] = ["co2_by_country", "country_profile"]
    chart = charts.bars(region, "wikimedia_region", "co2_mt", title="Emissions")
    for name in region.attrs["table"]:
        assert data.attribution(name) in chart.caption


def test_a_division_by_zero_is_no_bar():
    editions = data.load("wikipedia_editions").head(3)
    editions["odd"] = [1.0, float("inf"), float("nan")]
    chart = charts.bars(editions, "language", "odd", title="Odd", unit="pieces")
    assert "inf" not in chart.alt and editions["language"].iloc[1] not in chart.alt


@pytest.mark.parametrize("weeks", [9, 60, 208])
def test_the_days_below_a_line_do_not_write_over_each_other(weeks):
    from matplotlib.textpath import TextPath

    table = data.load("climate_views_weekly").query("language_code == 'it'").head(weeks)
    chart = charts.line(table, x="week_start", y="views", title="Views")
    below = re.findall(r'anchor: middle" x="([\d.]+)"[^>]*>(20[-\d]+)<', chart.svg)
    assert len(below) >= 2
    # The middle of each text, and half of its width.
    places = [(float(x), TextPath((0, 0), text, 12).get_extents().width / 2) for x, text in below]
    for (before, half), (after, other) in itertools.pairwise(places):
        assert before + half + 3 < after - other, below


# -- lying bars ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def editions():
    table = data.load("wikipedia_editions").set_index("language_code", drop=False)
    return table.loc[["en", "sw", "tl", "om"]]


def test_lying_bars_have_a_number_each_and_are_read_from_top_to_bottom(editions):
    chart = charts.ranks(editions, "language", "articles", title="Four editions", mark="Swahili")
    counts = {row["language_code"]: row["articles"] for row in figures.rows("wikipedia_editions")}
    read = [f"{int(counts[code]):,}" for code in ("en", "sw", "tl", "om")]
    assert f"English {read[0]}; Swahili {read[1]}; Tagalog {read[2]}; Oromo {read[3]}." in chart.alt
    for written in read:
        assert written in words_in(chart.svg)
    assert "Unit: articles. Source: " in chart.caption
    # More than its colour tells the marked bar.
    assert re.search(r"700[^>]*>Swahili<", chart.svg)
    assert not re.search(r"700[^>]*>English<", chart.svg)


def test_a_long_list_of_lying_bars_gets_a_higher_picture():
    table = data.load("wikipedia_editions")
    short, long = (
        charts.ranks(table.head(count), "language", "articles", title="Editions")
        for count in (3, 20)
    )
    assert short.height == round(charts.SIZE[1] * 100) < long.height
    assert f'height="{long.height}"' in long.img()
    with pytest.raises(LabError, match="at most 20 rows"):
        charts.ranks(table.head(21), "language", "articles", title="Editions")


def test_a_long_title_stays_in_the_picture_beside_long_names(editions):
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import TextPath

    named = editions.assign(name="Wikipedia in the language " + editions["language"])
    title = "How many articles four Wikipedias had in the month in which somebody counted them"
    chart = charts.ranks(named, "name", "articles", title=title, unit="articles")
    lines = re.findall(
        r'<text style="font-weight: 700[^>]*translate\(([\d.]+) [^>]*>([^<]+)', chart.svg
    )
    assert " ".join(line for _, line in lines) == title
    bold = FontProperties(weight="bold")
    right = [float(x) + TextPath((0, 0), line, 13, prop=bold).get_extents().x1 for x, line in lines]
    assert {x for x, _ in lines} == {lines[0][0]} and float(lines[0][0]) < 10
    # An inch has 72 of the picture's units.
    assert max(right) < charts.SIZE[0] * 72


def test_a_lying_bar_that_is_not_there_is_not_marked(editions):
    with pytest.raises(LabError, match=r"'Swahilli' is not in these rows\. Did you mean"):
        charts.ranks(editions, "language", "articles", title="Editions", mark="Swahilli")


def test_a_matrix_names_every_point_and_shares_a_spot():
    chart = charts.scatter(
        {"1": (5, 4), "2": (5, 4), "3": (1, 2)},
        x=("slow", "quick"),
        y=("optional", "essential"),
        title="Which idea first?",
        source="a group",
        names={"1": "photo walk", "2": "quiz", "3": "list"},
    )
    assert ">1, 2<" in chart.svg and ">3<" in chart.svg
    assert "1 slow – 5 quick" in chart.svg and "1 optional – 5 essential" in chart.svg
    assert "2 (quiz): quick 5, essential 4." in chart.alt and "3 (list): quick 1" in chart.alt
    assert "Source: a group." in chart.caption
    empty = charts.scatter({}, x=("a", "b"), y=("c", "d"), title="Nothing", source="nobody")
    assert "No idea has its scores yet." in empty.alt


# -- Light and dark, lines and dots --------------------------------------------------------------


def contrast(first: str, second: str) -> float:
    """The WCAG 2 contrast ratio of two colours written as #rrggbb, 1 to 21."""

    def light(colour: str) -> float:
        parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((light(first), light(second)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("mode", [0, 1])
def test_every_colour_stands_out_from_its_ground(mode):
    ground = pictures.GROUND[mode]
    for letters in (pictures.INK, pictures.LABEL):
        assert contrast(letters[mode], ground) >= 4.5
    for lines in (pictures.AXIS, *pictures.HUES):
        assert contrast(lines[mode], ground) >= 3, lines
    # White letters stand on the first colour in a matrix; in the dark they take the dark ground.
    assert contrast(pictures.HUES[0][mode], ground) >= 4.5
    assert set(charts.PALETTE) <= set(pictures.COLOURS)


@pytest.fixture(scope="module")
def every_kind(tanzania, editions, bar_chart):
    world = data.load("global_climate_annual")
    both = ["gistemp_anomaly_c", "hadcrut5_anomaly_c"]
    return [
        bar_chart,
        charts.line(world, x="year", y=both, title="The world", zero=True),
        charts.ranks(editions, "language", "articles", title="Editions", mark="Swahili"),
        charts.scatter({"1": (5, 4)}, x=("a", "b"), y=("c", "d"), title="Matrix", source="us"),
    ]


def test_every_colour_of_a_drawing_has_a_dark_one(every_kind):
    for chart in every_kind:
        style = re.search(r"<style[^>]*>(.*?)</style>", chart.svg, re.DOTALL)[1]
        assert "@media (prefers-color-scheme:dark){text{fill:#e6e6e6}" in style
        drawn = re.sub(r"<style.*?</style>", "", chart.svg, flags=re.DOTALL)
        used = set(re.findall(r"(fill|stroke): (#[0-9a-f]{6})", drawn))
        assert {colour for _, colour in used} <= set(pictures.COLOURS), chart.alt
        for kind, colour in used:
            dark = pictures.COLOURS[colour]
            assert f'[style*="{kind}: {colour}"]{{{kind}:{dark}!important}}' in style
        # Its own ground is drawn first, over the whole picture.
        first = re.search(r"<path[^>]*>", drawn)[0]
        assert f"fill: {pictures.GROUND[0]}" in first and f"{chart.width * 0.72:g}" in first
        assert "font-family" not in drawn and "font-family" in style


def test_a_chart_is_light_where_no_page_says_dark(bar_chart):
    assert "color-scheme:light" in bar_chart.img()


def test_lines_differ_in_more_than_their_colour():
    world = data.load("global_climate_annual")
    columns = ["gistemp_anomaly_c", "hadcrut5_anomaly_c"]
    chart = charts.line(world, x="year", y=columns, title="The world")
    lines = re.findall(r'style="fill: none; (?:stroke-dasharray: ([^;]+); )?[^"]*#(0072b2|d55e00)',
                       chart.svg)  # fmt: skip
    assert {colour: bool(dash) for dash, colour in lines} == {"0072b2": False, "d55e00": True}


@pytest.fixture(scope="module")
def restless():
    """As many lines as can be told apart, each with a value on every day of many years."""
    days = range(4_800)
    table = pd.DataFrame({"date": pd.date_range("2010-01-01", periods=len(days))})
    for n in range(len(charts.PALETTE)):
        table[f"c{n}"] = [(day * (7919 + 2 * n)) % 1009 / 20 + 200 * n for day in days]
    table.attrs["table"] = "co2_mauna_loa_monthly"
    columns = [name for name in table.columns if name != "date"]
    return charts.line(table, "date", columns, title="Noise", unit="pieces")


def test_a_drawing_of_many_lines_is_sent_as_dots_where_these_are_lighter(restless, bar_chart):
    from PIL import Image

    assert bar_chart.png is None and bar_chart.src.startswith("data:image/svg+xml;")
    assert restless.src.startswith("data:image/png;base64,")
    _, content = restless.src.split(",")
    dots = base64.b64decode(content)
    assert len(dots) < len(zlib.compress(restless.svg.encode()))
    picture = Image.open(io.BytesIO(dots))
    # Two dots for each pixel of the page, in few colours.
    assert picture.size == (2 * restless.width, 2 * restless.height)
    assert picture.mode == "P" and len(picture.getcolors()) <= 64
    assert picture.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert 'alt="Line chart: Noise.' in restless.img()


def test_a_heavy_drawing_stays_lines_where_dots_are_heavier(monkeypatch, tanzania):
    monkeypatch.setattr(pictures, "HEAVY", 0)
    chart = charts.bars(tanzania, x="year", y="temperature_anomaly_c", title="Tanzania")
    assert chart.png is None


# -- The numbers ---------------------------------------------------------------------------------


def test_the_table_holds_what_was_drawn(bar_chart):
    values = figures.anomalies("TZA")
    numbers = bar_chart.numbers
    field = figures.fields("temperature_by_country")["temperature_anomaly_c"]
    assert numbers.heads == ("Year", f"{field['title']} (°C)")
    assert {int(year): float(value.replace("−", "-")) for year, value in numbers.rows} == {
        year: round(value, 2) for year, value in values.items()
    }
    assert numbers.caption == f"Tanzania. {len(values)} rows."
    page = parsed(bar_chart)
    assert [part.tag for part in page] == ["img", "details", "figcaption"]
    table = page.find("details/div/table")
    assert page.find("details/summary").text == "Show the numbers"
    assert table.find("caption").text == numbers.caption
    assert [head.get("scope") for head in table.findall("thead/tr/th")] == ["col", "col"]
    rows = table.findall("tbody/tr")
    assert [tuple(cell.text for cell in row) for row in rows] == list(numbers.rows)
    assert {row[0].get("scope") for row in rows} == {"row"}
    assert bar_chart.figure().count("<table") == 0


def test_a_long_table_shows_its_two_ends_and_says_what_is_between():
    months = data.load("co2_mauna_loa_monthly")
    numbers = charts.line(months, x="date", y="co2_ppm", title="CO₂").numbers
    rows = figures.rows("co2_mauna_loa_monthly")
    assert len(numbers.rows) == len(rows)
    shown = numbers.shown()
    assert len(shown) == 21 and shown[0][0] == "March 1958"
    assert shown[10] == (f"{len(rows) - 20} rows in between are left out here.",)
    assert shown[-1] == numbers.rows[-1]
    assert numbers.caption == f"CO₂. The first 10 and the last 10 of {len(rows)} rows."
    table = ElementTree.fromstring(numbers.table()).find("table")
    (gap,) = table.findall("tbody/tr/td[@colspan]")
    assert gap.get("colspan") == "2"
    short = charts.line(months.head(40), x="date", y="co2_ppm", title="CO₂").numbers
    assert short.cut == 0 and len(short.shown()) == 40


def test_a_gap_in_one_line_is_no_value_in_the_table():
    world = data.load("global_climate_annual").query("1930 <= year < 1960")
    columns = ["gistemp_anomaly_c", "co2_ppm"]
    world = world.assign(half=world["co2_ppm"].where(world["co2_ppm"] > 0) / 1000)
    chart = charts.line(world, "year", ["gistemp_anomaly_c", "half"], title="x", unit="pieces")
    by_year = {row[0]: row[1:] for row in chart.numbers.rows}
    for row in figures.rows("global_climate_annual"):
        if row["year"] in by_year:
            has = [bool(row[column]) for column in columns]
            assert [cell != "no value" for cell in by_year[row["year"]]] == has
    assert any("no value" in cells for cells in by_year.values())


@pytest.mark.parametrize(
    ("values", "written"),
    [
        ([1200.0, 3.0], ["1,200", "3"]),
        ([0.5, -0.25], ["0.50", "−0.25"]),
        ([0.0021, 0.0], ["0.0021", "0.0000"]),
        ([123456.789, 1.0], ["123,456.79", "1.00"]),
    ],
)
def test_the_numbers_of_a_column_are_written_alike(editions, values, written):
    table = editions.head(2).assign(odd=values)
    numbers = charts.ranks(table, "language", "odd", title="Odd", unit="pieces").numbers
    assert [row[1] for row in numbers.rows] == written


def test_the_points_of_a_matrix_are_a_table():
    points = {"1": (5, 4), "2": (1, 2)}
    axes = {"x": ("slow", "quick"), "y": ("optional", "essential")}
    plain = charts.scatter(points, **axes, title="Which?", source="us").numbers
    assert plain.heads == ("Label", "Quick (points)", "Essential (points)")
    assert plain.rows == (("1", "5", "4"), ("2", "1", "2"))
    names = {"1": "walk", "2": "quiz"}
    named = charts.scatter(points, **axes, title="Which?", source="us", names=names).numbers
    assert named.heads[:2] == ("What it is", "Label") and named.rows[1] == ("quiz", "2", "1", "2")
    assert charts.scatter({}, **axes, title="Which?", source="us").numbers is None
