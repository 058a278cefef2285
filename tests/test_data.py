"""The tables, their descriptor and their contract."""

from __future__ import annotations

import copy
import json
import shutil
import subprocess
import sys
import xml.etree.ElementTree as ElementTree
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from small_tables import describe, only, read, small, write

from organizer_lab import cli, contract, data, prepared
from organizer_lab.errors import LabError

DESCRIPTOR = data.descriptor()
RESOURCES = {entry["name"]: entry for entry in DESCRIPTOR["resources"]}
CALM = settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# -- what every table must have --------------------------------------------------------------


def test_there_are_the_22_tables_of_the_course():
    tables = data.tables()
    figures = tables[[not name.startswith(prepared.NAMES) for name in tables.index]]
    assert len(figures) == 22
    assert figures["rows"].sum() == 17_100
    assert data.tables().index.name == "name"


@pytest.mark.parametrize("name", RESOURCES)
def test_every_column_has_its_type(name):
    frame = data.load(name)
    entry = RESOURCES[name]
    assert list(frame.columns) == [field["name"] for field in entry["schema"]["fields"]]
    assert len(frame) == entry["rows"]
    assert frame.attrs["table"] == name
    for field in entry["schema"]["fields"]:
        column, required = frame[field["name"]], field.get("constraints", {}).get("required")
        kind = field["type"]
        if kind in ("integer", "year"):
            assert str(column.dtype) == ("int64" if required else "Int64")
        elif kind == "number":
            assert str(column.dtype) == "float64"
        elif kind in ("date", "yearmonth"):
            assert column.dtype.kind == "M"
        elif kind == "boolean":
            assert str(column.dtype) == "bool"
        elif "enum" in field.get("constraints", {}):
            assert list(column.cat.categories) == field["constraints"]["enum"]
        else:
            assert pd.api.types.is_string_dtype(column.dropna())
        # What may be empty says what empty means, and really is empty somewhere.
        assert column.isna().any() == (not required) == ("missing" in field)


@pytest.mark.parametrize("name", RESOURCES)
def test_every_table_states_source_licence_and_what_to_print(name):
    entry = RESOURCES[name]
    assert data.descriptor_problems(DESCRIPTOR) == []
    assert data.attribution(name) == entry["attribution"]
    for part in (*entry["sources"], *entry["licenses"]):
        assert part["path"].startswith("https://")
    for part in entry["licenses"]:
        assert part.get("mark", "text") in DESCRIPTOR["licenceMarks"]


def test_baselines_of_the_three_anomalies():
    found = {
        (name, field["name"]): field["baseline"]
        for name, entry in RESOURCES.items()
        for field in entry["schema"]["fields"]
        if "baseline" in field
    }
    assert found == {
        ("global_climate_annual", "gistemp_anomaly_c"): "1951-1980",
        ("global_climate_annual", "hadcrut5_anomaly_c"): "1961-1990",
        ("temperature_by_country", "temperature_anomaly_c"): "1991-2020",
    }
    anomalies = {
        field["name"]
        for entry in RESOURCES.values()
        for field in entry["schema"]["fields"]
        if "anomaly" in field["name"]
    }
    assert anomalies == {column for _, column in found}


def test_descriptor_is_written_in_one_form():
    path = data.folder() / data.DESCRIPTOR
    assert path.read_text(encoding="utf-8") == (
        json.dumps(DESCRIPTOR, indent=2, ensure_ascii=False) + "\n"
    )


# -- keys, joins, spans ----------------------------------------------------------------------


@pytest.mark.parametrize("name", RESOURCES)
def test_key_names_each_row_once(name):
    assert not data.load(name).duplicated(RESOURCES[name]["schema"]["primaryKey"]).any()


def test_countries_join_everywhere():
    known = data.load("country_profile").set_index("iso3")["country"]
    for name in data.names():
        frame = data.load(name)
        if "iso3" in frame:
            assert set(frame["iso3"].dropna()) <= set(known.index), name
        if "country" in frame:
            assert (frame["country"] == frame["iso3"].map(known)).all(), name


def test_languages_join_except_those_the_cards_speak_of():
    editions = set(data.load("wikipedia_editions")["language_code"])
    missing = {}
    for name in data.names():
        frame = data.load(name)
        if "language_code" in frame:
            lost = set(frame["language_code"].dropna()) - editions
            missing |= {name: lost} if lost else {}
    assert list(missing) == ["mainpage_climate_by_language"]
    assert len(missing["mainpage_climate_by_language"]) == 24
    assert any(
        "24 language codes" in c for c in RESOURCES["mainpage_climate_by_language"]["caveats"]
    )
    assert "be-tarask" in missing["mainpage_climate_by_language"] and "be-x-old" in editions
    # Only languages without a Wikipedia have no code.
    languages = data.load("languages_by_country")
    assert languages["language_code"].isna().sum() == 103


def test_areas_without_a_code_are_no_countries():
    frame = data.load("wle_by_country")
    assert (frame["iso3"].isna() == (frame["area_type"] != "country")).all()
    assert frame["iso3"].isna().sum() == 19


def test_spans():
    temperature = data.load("temperature_by_country")
    assert temperature["iso3"].nunique() == 194
    assert sorted(temperature["year"].unique()) == list(range(2010, 2025))
    assert len(temperature) == 194 * 15
    months = data.load("co2_mauna_loa_monthly")["date"]
    assert list(months) == list(pd.date_range("1958-03", "2026-06", freq="MS"))
    assert list(data.load("global_climate_annual")["year"]) == list(range(1850, 2026))
    weekly = data.load("climate_views_weekly")
    assert (weekly["week_start"].dt.day_of_week == 0).all()
    assert weekly["language_code"].nunique() == 8 and weekly["week_start"].nunique() == 208
    daily = data.load("climate_views_daily_en")["date"]
    assert list(daily) == list(pd.date_range("2018-01-01", "2021-12-31"))
    shown = data.load("mainpage_climate_daily")["date"]
    missed = pd.date_range(shown.min(), shown.max()).difference(pd.DatetimeIndex(shown))
    assert list(missed) == [pd.Timestamp("2025-03-24")]
    assert sorted(data.load("co2_by_country")["year"].unique()) == [
        1950, 1970, 1990, 2000, 2005, 2010, 2015, *range(2018, 2024)
    ]  # fmt: skip


# -- well-known published figures ------------------------------------------------------------


@pytest.mark.parametrize(("year", "mean"), [(2022, 418.53), (2023, 421.08), (2025, 427.35)])
def test_twelve_months_give_the_published_year(year, mean):
    assert round(data.value("co2_mauna_loa_monthly", "co2_ppm", year), 2) == mean
    assert data.value("global_climate_annual", "co2_ppm", year) == mean


def test_published_climate_figures():
    def gt(iso3):
        return round(data.value("co2_by_country", "co2_mt", 2023, where={"iso3": iso3}) / 1000, 2)

    assert (gt("CHN"), gt("USA"), gt("IND")) == (11.90, 4.91, 3.06)
    assert round(data.select("co2_by_country", "co2_mt", 2023).sum() / 1000, 1) == 36.7
    assert round(data.value("global_climate_annual", "fossil_co2_gt", 2023), 1) == 37.8
    for year, anomaly in ((2016, 1.01), (2020, 1.01), (2023, 1.17)):
        assert data.value("global_climate_annual", "gistemp_anomaly_c", year) == anomaly
    assert data.value("global_climate_annual", "hadcrut5_anomaly_c", 2024) == 1.18
    assert data.value("global_climate_annual", "gistemp_anomaly_c", 2024) is None


def test_published_sums_of_displacement_in_millions():
    for year, millions in ((2008, 36.5), (2010, 42.4), (2012, 32.4), (2014, 19.1), (2016, 24.2)):
        total = data.select("disaster_displacement", "new_displacements", year).sum()
        assert round(total / 1e6, 1) == millions
    count = data.load("disaster_displacement").groupby("year").size()
    assert (count[2008], count[2017]) == (80, 133)


def test_electricity_weighted_by_generation():
    frame = data.load("electricity_by_country").query("year == 2024")
    weight = frame["generation_twh"].where(frame["renewables_share_pct"].notna())
    assert round((frame["renewables_share_pct"] * weight).sum() / weight.sum(), 2) == 31.97
    years = data.load("electricity_by_country").groupby("year").size()
    assert (years[2023], years[2024], years[2025]) == (213, 197, 91)


def test_wiki_loves_earth_agrees_with_what_organizers_published():
    frame = data.load("wle_by_country")
    # Constituent areas are counted in the United Kingdom only from 2025 on.
    ukraine = data.value("wle_by_country", "uploads", 2013, where={"area": "Ukraine"})
    assert ukraine == 11_736
    world = data.load("wle_international").set_index("year")
    for year, most in ((2014, 0.14), (2019, 0.05), (2021, 0.05), (2023, 0.05)):
        total = frame.loc[frame["year"] == year, "uploads"].sum()
        assert abs(total / world.loc[year, "uploads"] - 1) < most
    share = (100 * world["images_used"] / world["uploads"]).round().astype(int)
    assert [share[2013], share[2014], share[2015]] == [97, 31, 25]


def test_other_checks_of_the_cards():
    weather = data.load("wikiproject_weather_quality").groupby("importance", observed=True)
    sums = weather["articles"].sum()
    # The two columns in which no class was left out equal the page, the others are below it.
    assert (sums["Top"], sums["Unknown"]) == (104, 1045)
    assert (sums["High"], sums["Mid"], sums["Low"]) == (580, 2324, 5001)
    assert data.value("wikipedia_editions", "articles", where={"language_code": "en"}) == 6_614_510
    views = data.load("climate_views_daily_en").set_index("date")["views_climate_change_article"]
    assert views.idxmax() == pd.Timestamp("2021-10-31") and views.max() == 39_591
    links = data.load("mainpage_climate_daily").set_index("date")["climate_links"]
    assert links.idxmax() == pd.Timestamp("2024-11-12") and links.max() == 123
    weekly = data.load("climate_views_weekly").set_index("week_start")
    peaks = weekly.groupby("language_code")["views"].idxmax()
    assert (peaks == pd.Timestamp("2019-09-23")).sum() == 5
    articles = data.load("climate_articles_views")
    assert (articles.filter(like="views_").sum(axis=1) == 0).sum() == 52
    hdi = data.load("country_profile").set_index("country")["hdi_2022"]
    assert (hdi.idxmax(), hdi.idxmin(), hdi["Kenya"]) == ("Switzerland", "Somalia", 0.601)
    assert hdi.isna().sum() == 57


# -- asking ----------------------------------------------------------------------------------


def test_one_row_gives_its_value_and_several_their_mean():
    where = {"iso3": "TZA"}
    one = data.value("temperature_by_country", "temperature_anomaly_c", 2024, where=where)
    assert one == 0.44 and type(one) is float
    cells = data.select("temperature_by_country", "temperature_anomaly_c", 2015, 2024, where)
    assert len(cells) == 10 and cells.name == "temperature_anomaly_c"
    mean = data.value("temperature_by_country", "temperature_anomaly_c", 2015, 2024, where)
    assert mean == pytest.approx(cells.mean())
    people = data.value("country_profile", "population_2023", where=where)
    assert people == 66_617_556 and type(people) is int
    assert data.value("country_profile", "country", where=where) == "Tanzania"
    assert data.value("country_profile", "wikimedia_region", where=where) == "Sub-Saharan Africa"
    assert data.value("country_profile", "on_protection_list", where={"iso3": "AFG"}) is True
    assert data.value("co2_mauna_loa_monthly", "date", 2020, where={"month": 5}) == "2020-05"
    assert (
        data.value("climate_views_daily_en", "date", where={"date": "2021-10-31"}) == "2021-10-31"
    )


def test_no_data_is_none():
    assert data.value("country_profile", "hdi_2022", where={"iso3": "XKX"}) is None
    assert data.value("temperature_by_country", "temperature_anomaly_c", 1990) is None
    assert data.value("co2_by_country", "co2_mt", where={"iso3": "QQQ"}) is None
    assert data.select("co2_by_country", "co2_mt", where={"iso3": "QQQ"}).empty


def test_years_come_from_dates_where_there_is_no_year():
    assert len(data.select("climate_views_daily_en", "views_all_articles", 2020)) == 366
    assert len(data.select("campaign_results", "value", 2020)) == 6  # rows without a year drop out


def test_where_takes_several_values():
    frame = data.select("co2_by_country", "co2_mt", 2023, where={"iso3": ["TZA", "KEN"]})
    assert len(frame) == 2


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: data.load("co2_country"), "Did you mean co2_by_country"),
        (lambda: data.card("grant"), "Did you mean grants"),
        (lambda: data.field("grants", "awarded"), "Did you mean awarded_usd"),
        (lambda: data.attribution("zzz"), "There is no table 'zzz'"),
        (lambda: data.value("grants", "awarded"), "Did you mean awarded_usd"),
        (lambda: data.select("grants", "title", where={"iso": "TZA"}), "Did you mean iso3"),
        (lambda: data.value("grants", "title"), "27 rows of grants match"),
        (lambda: data.value("co2_by_country", "co2_mt", 2023, 2020), "backwards"),
        (lambda: data.value("co2_by_country", "co2_mt", to_year=2020), "needs year"),
        (lambda: data.value("co2_by_country", "co2_mt", "2020"), "whole number"),
        (lambda: data.value("co2_by_country", "co2_mt", True), "whole number"),
        (lambda: data.value("country_profile", "hdi_2022", 2022), "no column with a year"),
        (
            lambda: data.select("climate_views_daily_en", "date", where={"date": "soon"}),
            "needs a date",
        ),
    ],
)
def test_errors_say_what_to_do(call, words):
    with pytest.raises(LabError) as caught:
        call()
    assert words in str(caught.value)


def test_a_loaded_table_belongs_to_the_caller():
    first = data.load("wle_international")
    first.loc[0, "uploads"] = -1
    cells = data.select("wle_international", "uploads")
    cells.iloc[0] = -1
    assert data.load("wle_international").loc[0, "uploads"] == 9_695
    assert data.select("wle_international", "uploads").iloc[0] == 9_695


# -- cards -----------------------------------------------------------------------------------


class Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.heads: list[dict[str, str | None]] = []
        self.text = ""

    def handle_starttag(self, tag, attrs):
        if tag == "th":
            self.heads.append(dict(attrs))

    def handle_data(self, text):
        self.text += text


@pytest.mark.parametrize("name", RESOURCES)
def test_card_tells_the_same_in_three_forms(name):
    entry, card = RESOURCES[name], data.card(name)
    html = card._repr_html_()
    ElementTree.fromstring(html)
    page = Texts()
    page.feed(html)
    assert all(head["scope"] in ("col", "row") for head in page.heads)
    assert len(page.heads) == 5 + len(entry["schema"]["fields"])
    plain = " ".join(str(card).split())
    markdown = card._repr_markdown_().replace("\\", "")
    sentences = [entry["title"], entry["description"], entry["vintage"], entry["attribution"]]
    sentences += entry["caveats"] + entry["checked"]
    sentences += [part["title"] for part in (*entry["sources"], *entry["licenses"])]
    for sentence in sentences:
        assert sentence in plain and sentence in markdown and sentence in page.text
    for part in (*entry["sources"], *entry["licenses"]):
        assert part["path"] in str(card) and f"(<{part['path']}>)" in card._repr_markdown_()
    for line in card._repr_markdown_().splitlines():
        if line.startswith("| `"):
            assert line.replace("\\|", "").count("|") == 6
    assert max(len(line) for line in str(card).splitlines() if "://" not in line) <= 98


def test_card_escapes_what_is_special():
    entry = copy.deepcopy(RESOURCES["wle_international"])
    entry["title"] = '<b>1 & 2|"3"'
    card = data.Card(entry)
    assert ElementTree.fromstring(card._repr_html_()).find("p/strong").text == entry["title"]
    assert "\\<b\\>1 & 2\\|" in card._repr_markdown_()


# -- where the tables are --------------------------------------------------------------------


def test_tables_are_found_inside_an_installed_package(tmp_path):
    """The wheel has the tables inside the package; site-packages may have another 'datasets'."""
    package = Path(data.__file__).parent
    site = tmp_path / "site-packages"
    (site / "organizer_lab").mkdir(parents=True)
    for name in ("__init__.py", "data.py", "errors.py"):
        shutil.copy(package / name, site / "organizer_lab" / name)
    (site / "datasets").mkdir()
    code = "from organizer_lab import data; print(data.folder()); print(len(data.load('grants')))"

    def run():
        return subprocess.run(
            [sys.executable, "-c", code], cwd=site, capture_output=True, text=True, check=False
        )

    missing = run()
    assert missing.returncode == 1 and "The tables are missing" in missing.stderr
    shutil.copytree(data.folder(), site / "organizer_lab" / "datasets")
    found = run()
    assert found.stdout.split() == [str(site / "organizer_lab" / "datasets"), "27"]


def test_importing_the_package_loads_no_pandas():
    code = "import organizer_lab, sys; sys.exit('pandas' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_tables_load_without_the_tools_for_changing_them():
    code = (
        "import sys; sys.modules['frictionless'] = None; from organizer_lab import data; "
        "print(len(data.load('grants')), 'urllib.request' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split()[0] == "27"


# -- broken files ----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    return small(tmp_path_factory.mktemp("original"))


@pytest.fixture
def tables(tmp_path, original) -> Path:
    shutil.copytree(original, tmp_path / "datasets")
    return tmp_path / "datasets"


def change_text(folder: Path, name: str, change) -> None:
    path = folder / f"{name}.csv"
    path.write_text(change(path.read_text(encoding="utf-8")), encoding="utf-8")


BROKEN_TABLES = [
    (lambda text: text.replace("country,", "land,", 1), "the column country is missing"),
    (lambda text: text.replace("year,", "year,year,", 1), "a column occurs twice"),
    (lambda text: text.replace("iso3,", "iso3,extra,", 1), "the column extra is not in"),
    (lambda text: text.replace(",2010,", ",2010,7,", 1), "row 2 has 5 cells instead of 4"),
    (lambda text: text.replace(",2010,", ",2010.5,", 1), "'2010.5' is not a whole number"),
    (
        lambda text: text.replace(",2010,", ",soon,", 1),
        "row 2, column year: 'soon' is not a number",
    ),
    (lambda text: text.replace(",2010,", ",,", 1), "the cell is empty, but a value is required"),
    (lambda text: text.replace(",2010,", ",inf,"), "(and 2 more such cells)"),
    (lambda text: text.rstrip("\n") + '\n"PHL', "the rows cannot be read"),
    (lambda text: "", "is missing"),
]


@pytest.mark.parametrize(("change", "words"), BROKEN_TABLES)
def test_broken_table_names_file_row_and_column(tables, change, words):
    change_text(tables, "temperature_by_country", change)
    with pytest.raises(LabError) as caught:
        data.load("temperature_by_country", tables)
    text = str(caught.value)
    assert words in text and "datasets/temperature_by_country.csv" in text and "git restore" in text


def test_missing_table(tables):
    (tables / "grants.csv").unlink()
    with pytest.raises(LabError, match=r"grants\.csv.*missing"):
        data.load("grants", tables)


def test_words_dates_and_yes_or_no(tables):
    change_text(tables, "wle_by_country", lambda text: text.replace(",country,", ",land,", 1))
    with pytest.raises(LabError, match="'land' is not one of the allowed words"):
        data.load("wle_by_country", tables)
    change_text(tables, "co2_mauna_loa_monthly", lambda text: text.replace("2022-01", "2022-1", 1))
    with pytest.raises(LabError, match="'2022-1' is not a month"):
        data.load("co2_mauna_loa_monthly", tables)
    change_text(tables, "wle_international", lambda text: text.replace("True", "perhaps", 1))
    with pytest.raises(LabError, match="'perhaps' is not True or False"):
        data.load("wle_international", tables)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not valid JSON (line 1)"),
        ("[]", "no list of 'resources'"),
        ('{"resources": [{}]}', "table number 1 has no 'name'"),
        ("[" * 100_000, "not valid JSON"),
        ("1" * 5_000, "not valid JSON"),
        (b"\xff", "not UTF-8"),
    ],
)
def test_broken_descriptor(tables, text, words):
    (tables / data.DESCRIPTOR).write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(LabError) as caught:
        data.names(tables)
    assert words in str(caught.value) and data.DESCRIPTOR in str(caught.value)
    assert contract.check(tables)


BROKEN_ENTRIES = [
    (lambda e: e.pop("attribution"), "has no 'attribution'"),
    (lambda e: e.pop("licenses"), "has no list of 'licenses'"),
    (lambda e: e.pop("sources"), "has no list of 'sources'"),
    (lambda e: e.pop("vintage"), "has no 'vintage'"),
    (lambda e: e.update(caveats=[]), "has no list of 'caveats'"),
    (lambda e: e.update(caveats=[1]), "is not a list of sentences"),
    (lambda e: e.update(caveats=[""]), "one of them is empty"),
    (lambda e: e["sources"][0].pop("path"), "an entry of 'sources' has no title, path"),
    (lambda e: e["sources"][0].update(path="a.csv"), "needs an address as 'path': https://"),
    (lambda e: e["licenses"][0].update(covers=""), "is empty, or no text"),
    (lambda e: e.pop("rows"), "has no number of 'rows'"),
    (lambda e: e.update(path="../grants.csv"), "is not the name of a file"),
    (lambda e: e.pop("schema"), "has no columns"),
    (lambda e: e["schema"].pop("primaryKey"), "'primaryKey' is not a list"),
    (lambda e: e["schema"].update(missingValues="-"), "'missingValues' is not a list"),
    (lambda e: e["schema"]["fields"][3].pop("unit"), "is a number without a 'unit'"),
    (lambda e: e["schema"]["fields"][3].update(type="float"), "needs a 'type'"),
    (lambda e: e["schema"]["fields"][3].pop("constraints"), "what an empty cell means"),
    (lambda e: e["schema"]["fields"][3].pop("title"), "has no 'title'"),
    (lambda e: e["schema"]["fields"][3].update(name="year"), "two columns have the same name"),
]


@pytest.mark.parametrize(("change", "words"), BROKEN_ENTRIES)
def test_descriptor_that_lacks_something(tables, change, words):
    describe(tables, "temperature_by_country", change)
    with pytest.raises(LabError) as caught:
        data.load("grants", tables)
    assert words in str(caught.value) and "temperature_by_country" in str(caught.value)
    assert any(words in problem for problem in contract.check(tables))


# -- the contract ----------------------------------------------------------------------------


def test_contract_of_the_real_tables_holds(capsys):
    pytest.importorskip("frictionless")
    assert cli.main(["data", "check"]) == 0
    tables, rows = len(data.names()), data.tables()["rows"].sum()
    assert capsys.readouterr().out == f"The contract holds: {tables} tables, {rows:,} rows.\n"


def swap(frame: pd.DataFrame) -> pd.DataFrame:
    return pd.concat([frame.iloc[[1, 0]], frame.iloc[2:]])


def cell(column: str, value: str, row: int = 0):
    def change(frame: pd.DataFrame) -> pd.DataFrame:
        frame.loc[row, column] = value
        return frame

    return change


BROKEN_CONTRACTS = [
    ("temperature_by_country", swap, "row 3: the rows do not rise by iso3, year"),
    ("temperature_by_country", lambda f: f.drop(index=3), "1 combinations of iso3, year"),
    (
        "temperature_by_country",
        cell("year", "2011"),
        "row 3: has a key that is empty or occurs twice",
    ),
    (
        "temperature_by_country",
        cell("temperature_anomaly_c", "99"),
        "row 2, column temperature_anom",
    ),
    ("temperature_by_country", cell("temperature_anomaly_c", "NaN"), "'NaN' breaks"),
    ("temperature_by_country", cell("country", "Filipinas"), "row 2: does not join"),
    ("temperature_by_country", cell("iso3", "phl"), "row 2, column iso3: 'phl' breaks a rule"),
    ("electricity_by_country", cell("wind_share_pct", "101"), "row 2, column wind_share_pct"),
    ("languages_by_country", cell("language_code", "qqq"), "row 2: does not join"),
    (
        "co2_mauna_loa_monthly",
        lambda f: f.drop(index=5),
        "1 months are missing, the first is 2022-06",
    ),
    ("co2_mauna_loa_monthly", cell("month", "2"), "row 2: month does not agree with date"),
    ("co2_mauna_loa_monthly", cell("year", "2021"), "row 2: year does not agree with date"),
    ("climate_views_daily_en", cell("date", "2021-12-32"), "row 2, column date: '2021-12-32'"),
    ("climate_views_daily_en", lambda f: f.drop(index=5), "1 days are missing"),
    ("wle_international", lambda f: f.drop(index=5), "1 years are missing"),
    ("wle_international", lambda f: f.iloc[:0], "there are no rows"),
    ("wle_international", cell("year", "-5"), "'-5'"),
    ("wle_international", cell("complete", "perhaps"), "row 2, column complete: 'perhaps'"),
    ("grants", cell("program", "Other Fund"), "row 2, column program: 'Other Fund'"),
    ("wikiproject_weather_quality", lambda f: f.drop(index=5), "combinations of quality, import"),
]


@pytest.mark.parametrize(("name", "change", "words"), BROKEN_CONTRACTS)
def test_contract_finds_what_is_wrong(tables, name, change, words):
    pytest.importorskip("frictionless")
    only(tables, {name, "country_profile", "wikipedia_editions"})
    write(tables, name, change(read(tables, name)))
    problems = contract.check(tables)
    assert any(words in problem and name in problem for problem in problems), problems


def test_contract_compares_files_rows_and_own_entries(tables, capsys):
    pytest.importorskip("frictionless")
    only(tables, {"wle_international", "campaign_results"})
    (tables / "campaign_results.csv").unlink()
    (tables / "stray.csv").write_text("a\n1\n")
    frame = read(tables, "wle_international")
    write(tables, "wle_international", frame.iloc[:-1], rows=False)
    assert cli.main(["data", "check", "--folder", str(tables)]) == 1
    said = capsys.readouterr().err
    assert "campaign_results.csv is not in the folder" in said
    assert "stray.csv is not described" in said
    assert "the number of rows is not the one that the descriptor names" in said
    describe(tables, "wle_international", lambda e: e.update(sortedBy=["age"], unbroken={}))
    problems = contract.check(tables)
    assert any("'sortedBy'" in problem for problem in problems)
    assert any("'unbroken'" in problem for problem in problems)


def test_contract_of_a_folder_without_tables(tmp_path, capsys):
    assert cli.main(["data", "check", "--folder", str(tmp_path)]) == 1
    assert "Name a folder that has one" in capsys.readouterr().err


# -- corruption by chance --------------------------------------------------------------------


@pytest.fixture(scope="module")
def one(tmp_path_factory, original) -> Path:
    """A folder with one table of many types."""
    folder = tmp_path_factory.mktemp("one") / "datasets"
    shutil.copytree(original, folder)
    only(folder, {"wle_international"})
    return folder


def forget() -> None:
    """Files change faster here than the clock of the file system can tell."""
    data._read.cache_clear()
    data._read_descriptor.cache_clear()


def loads_or_explains(folder: Path) -> None:
    forget()
    try:
        for name in data.names(folder):
            frame = data.load(name, folder)
            assert len(frame.columns) == len(data.resource(name, folder)["schema"]["fields"])
            card = data.Card(data.resource(name, folder))
            assert str(card) and card._repr_markdown_()
            ElementTree.fromstring(card._repr_html_())
    except LabError as error:
        assert str(error).strip()


PIECES = st.sampled_from([",", "\n", '"', "\x00", "-", "NaN", "inf", "1e999", "é", "True", "", " "])


@CALM
@given(at=st.integers(0, 1200), length=st.integers(0, 30), piece=PIECES | st.text(max_size=5))
@example(at=0, length=0, piece="\ufeff")
def test_corrupt_csv_loads_or_explains_itself(one, at, length, piece):
    path = one / "wle_international.csv"
    text = path.read_text(encoding="utf-8")
    try:
        wrong = text[:at] + piece + text[at + length :]
        path.write_text(wrong, encoding="utf-8", errors="surrogatepass", newline="")
        loads_or_explains(one)
    finally:
        path.write_text(text, encoding="utf-8", newline="")
        forget()


@CALM
@given(at=st.integers(0, 1200), junk=st.binary(min_size=1, max_size=6))
def test_corrupt_bytes_load_or_explain_themselves(one, at, junk):
    path = one / "wle_international.csv"
    before = path.read_bytes()
    try:
        path.write_bytes(before[:at] + junk + before[at:])
        loads_or_explains(one)
    finally:
        path.write_bytes(before)
        forget()


def places(node, trail=()):
    """Every place in a JSON document."""
    yield trail
    inner = (
        node.items()
        if isinstance(node, dict)
        else enumerate(node)
        if isinstance(node, list)
        else ()
    )
    for key, value in inner:
        yield from places(value, (*trail, key))


ENTRY = {"resources": [RESOURCES["wle_international"]]}
PLACES = [trail for trail in places(ENTRY) if trail]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


def corrupted(trail, value):
    package = copy.deepcopy(ENTRY)
    node = package
    for key in trail[:-1]:
        node = node[key]
    if value is ...:
        del node[trail[-1]]
    else:
        node[trail[-1]] = value
    return json.dumps(package)


@CALM
@given(trail=st.sampled_from(PLACES), value=JSON | st.just(...))
def test_corrupt_descriptor_loads_or_explains_itself(one, trail, value):
    path = one / data.DESCRIPTOR
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(corrupted(trail, value), encoding="utf-8")
        loads_or_explains(one)
    finally:
        path.write_text(before, encoding="utf-8")
        forget()


@settings(CALM, max_examples=40)
@given(trail=st.sampled_from(PLACES), value=JSON | st.just(...))
def test_contract_never_falls_over_a_corrupt_descriptor(one, trail, value):
    pytest.importorskip("frictionless")
    path = one / data.DESCRIPTOR
    before = path.read_text(encoding="utf-8")
    try:
        path.write_text(corrupted(trail, value), encoding="utf-8")
        forget()
        problems = contract.check(one)
        assert all(isinstance(problem, str) and problem for problem in problems)
    finally:
        path.write_text(before, encoding="utf-8")
        forget()


@settings(CALM, max_examples=40)
@given(
    row=st.integers(0, 10),
    column=st.sampled_from(
        ["year", "countries", "uploads", "images_used", "complete", "source_url"]
    ),
    value=st.sampled_from(["", "x", "-5", "1.5", "1e400", "NaN", "12 000", "http//", "٣"]),
)
def test_contract_finds_any_cell_of_the_wrong_type(one, row, column, value):
    pytest.importorskip("frictionless")
    frame = read(one, "wle_international")
    wrong = frame.copy()
    wrong.loc[row, column] = value
    try:
        write(one, "wle_international", wrong)
        forget()
        assert any(column in problem for problem in contract.check(one))
    finally:
        write(one, "wle_international", frame)
        forget()


# -- files that are prepared for teaching ----------------------------------------------------


def test_the_prepared_files_are_what_the_modules_make():
    made = prepared.make()
    there = {
        path.name: path.read_bytes()
        for path in data.folder().glob("*.csv")
        if path.name.startswith(prepared.NAMES)
    }
    assert made == there
    for entry in RESOURCES.values():
        if entry["path"].startswith(prepared.NAMES):
            word = entry["path"].partition("_")[0]
            assert word in entry["title"].lower()
            assert word in entry["attribution"].lower()
            assert any(word in caveat.lower() for caveat in entry["caveats"])


# -- the rows of one value -------------------------------------------------------------------


@pytest.mark.parametrize("name", data.names())
def test_the_rows_of_a_value_are_those_of_the_loaded_table(name):
    frame = data.load(name)
    for column in frame.columns[:3]:
        values = data.known(name, column)
        assert set(values) == set(frame[column].dropna())
        for wanted in list(values)[:3]:
            found = data.rows(name, column, wanted)
            pd.testing.assert_frame_equal(found, frame[frame[column] == wanted])
            assert found.attrs == {"table": name}
        pd.testing.assert_frame_equal(data.rows(name, column, "nowhere"), frame.iloc[:0])


def test_the_rows_of_a_value_are_one_s_own():
    mine = data.rows("co2_by_country", "iso3", "TZA")
    mine.loc[:, "co2_mt"] = 0
    assert data.rows("co2_by_country", "iso3", "TZA")["co2_mt"].min() > 0


def test_the_rows_of_a_wrong_column():
    for ask in (data.known, lambda table, column: data.rows(table, column, "TZA")):
        with pytest.raises(LabError, match=r"has no column 'iso'.*Did you mean iso3"):
            ask("co2_by_country", "iso")
        with pytest.raises(LabError, match="There is no table"):
            ask("co2", "iso3")
