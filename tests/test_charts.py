"""Charts: no picture without its unit, source, licence and words."""

from __future__ import annotations

import base64
import itertools
import re
import xml.etree.ElementTree as ElementTree

import figures
import pytest

from organizer_lab import charts, data
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
    page = ElementTree.fromstring(bar_chart._repr_html_().replace('fff">', 'fff"/>'))
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
    assert ElementTree.fromstring(html.replace('fff">', 'fff"/>')).find("img").get("alt") == (
        chart.alt
    )


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
