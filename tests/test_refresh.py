"""Refresh against a local server that answers in the formats of the providers."""

from __future__ import annotations

import gzip
import json
import re
import socket
import threading
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

import pandas as pd
import pytest
from small_tables import describe, read, small, write

from organizer_lab import cli, contract, data, prepared
from organizer_lab.errors import LabError
from organizer_lab.refresh import _replace, _text, compare, everything, fetch, refresh
from organizer_lab.refresh.providers import PROVIDERS

pytest.importorskip("frictionless")

RECORDED = Path(__file__).parent / "recorded"
TODAY = date(2026, 11, 22)
MLO = "gml.noaa.gov/webdata/ccgg/trends/co2/co2_mm_mlo.csv"
GISTEMP = "data.giss.nasa.gov/gistemp/tabledata_v4/GLB.Ts+dSST.csv"
GRAPHER = "ourworldindata.org/grapher/"
BANK = "api.worldbank.org/v2/country/all/indicator/VC.IDP.NWDS"


class Provider(ThreadingHTTPServer):
    """Every provider in one: the recorded files, except where a test says otherwise."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.instead: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.once: dict[str, tuple[int, bytes, dict[str, str]]] = {}
        self.asked: list[tuple[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def say(self, key: str, body: str | bytes = "", status: int = 200, **headers: str) -> None:
        body = body.encode() if isinstance(body, str) else body
        self.instead[key] = (status, body, {k.replace("_", "-"): v for k, v in headers.items()})


class Handler(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        server: Provider = self.server
        parts = urlsplit(self.path)
        key = unquote(parts.path).lstrip("/")
        page = parse_qs(parts.query).get("page")
        key += f".page-{page[0]}" if page else ""
        server.asked.append((key, self.headers["User-Agent"]))
        answer = server.once.pop(key, None) or server.instead.get(key)
        if answer is None:
            file = RECORDED / key
            found = file.is_file()
            answer = (200, file.read_bytes(), {}) if found else (404, b"", {})
        status, body, headers = answer
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        pass


@pytest.fixture
def provider(monkeypatch):
    monkeypatch.setattr(fetch, "PAUSE", 0)
    server = Provider()
    threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}).start()
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="module")
def original(tmp_path_factory) -> Path:
    return small(tmp_path_factory.mktemp("original"))


@pytest.fixture
def tables(tmp_path, original) -> Path:
    for path in original.iterdir():
        (tmp_path / path.name).write_bytes(path.read_bytes())
    return tmp_path


def content(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def ask(table: str, tables: Path, provider: Provider, **how):
    how = {"today": TODAY, **how}
    return refresh(table, at=tables, mirror=provider.address, **how)


def older(tables: Path, name: str, column: str, row: int, value: str, drop: int = 0) -> None:
    """Make the table an older edition: one other value, the last rows not yet there."""
    frame = read(tables, name)
    frame.loc[row, column] = value
    write(tables, name, frame.iloc[: len(frame) - drop] if drop else frame)


def test_the_small_tables_keep_the_contract(tables):
    assert contract.check(tables) == []


# Table, column, row, older value, rows that the older edition does not have, day of the refresh.
LATER = date(2022, 6, 1)
OLDER = [
    ("co2_mauna_loa_monthly", "co2_ppm", 3, "420.00", 3, TODAY),
    ("global_climate_annual", "gistemp_anomaly_c", 5, "0.80", 1, TODAY),
    ("temperature_by_country", "temperature_anomaly_c", 2, "0.99", 0, TODAY),
    ("electricity_by_country", "solar_share_pct", 1, "0.01", 2, TODAY),
    ("disaster_displacement", "new_displacements", 0, "1000000", 1, TODAY),
    ("country_profile", "internet_users_pct", 0, "70.0", 0, TODAY),
    ("wikipedia_editions", "articles", 1, "6000", 0, TODAY),
    ("climate_views_weekly", "views", 0, "40000", 0, LATER),
    ("climate_views_daily_en", "views_climate_change_article", 2, "3000", 0, LATER),
    ("climate_articles_views", "views_2019", 1, "100000", 0, TODAY),
]


@pytest.mark.parametrize(("table", "column", "row", "value", "drop", "today"), OLDER)
def test_a_newer_edition_replaces_the_table(
    tables, original, provider, capsys, table, column, row, value, drop, today
):
    older(tables, table, column, row, value, drop)
    before = content(tables)

    change = ask(table, tables, provider, today=today)

    assert (change.added, change.removed) == (drop, 0)
    assert column in change.columns
    after = content(tables)
    assert after[f"{table}.csv"] == content(original)[f"{table}.csv"]
    changed = {name for name in after if after[name] != before.get(name)}
    assert changed == {f"{table}.csv", data.DESCRIPTOR}
    entry = data.resource(table, tables)
    assert entry["rows"] == len(data.load(table, tables))
    assert f"ownloaded from {next(iter(_hosts(provider)))}" in entry["snapshot"]
    assert str(today) in entry["snapshot"]
    assert contract.check(tables) == []
    said = capsys.readouterr().out
    assert f"{drop} rows added, 0 removed" in said
    assert column in said and "→" in said and "Replaced" in said


def _hosts(provider: Provider) -> dict[str, None]:
    return dict.fromkeys(key.split("/")[0] for key, _ in provider.asked)


def test_emissions_are_summed_over_all_years(tables, original, provider):
    older(tables, "co2_by_country", "co2_mt", 3, "40.0", drop=2)
    change = ask("co2_by_country", tables, provider)
    assert change.added == 2
    new, old = data.load("co2_by_country", tables), data.load("co2_by_country", original)
    for column in ("iso3", "country", "year", "co2_mt", "population"):
        pd.testing.assert_series_equal(new[column], old[column])
    # The recorded emissions are rounded to kilotonnes before they are summed.
    assert (new["cumulative_co2_mt"] - old["cumulative_co2_mt"]).abs().max() < 0.11


def test_every_provider_is_asked_by_name(tables, provider):
    for table in PROVIDERS:
        if table.startswith("climate_views"):
            continue
        ask(table, tables, provider, write=False)
    assert {key.split("/")[0] for key, _ in provider.asked} == {
        path.name for path in RECORDED.iterdir() if path.is_dir()
    }
    assert all(agent.startswith("organizer-lab/") for _, agent in provider.asked)


def test_nothing_new_writes_nothing(tables, provider, capsys):
    before = content(tables)
    assert not ask("co2_mauna_loa_monthly", tables, provider)
    assert content(tables) == before
    assert "Nothing has changed." in capsys.readouterr().out


def test_dry_run_shows_but_does_not_write(tables, provider, capsys):
    older(tables, "co2_mauna_loa_monthly", "co2_ppm", 3, "420.00", 1)
    before = content(tables)
    change = ask("co2_mauna_loa_monthly", tables, provider, write=False)
    assert change.added == 1 and change.changed == 1
    assert content(tables) == before
    said = capsys.readouterr().out
    assert "dry run" in said and "Replaced" not in said


def test_second_refresh_names_the_download_once(tables, provider):
    for value in ("420.00", "421.00"):
        older(tables, "co2_mauna_loa_monthly", "co2_ppm", 3, value)
        ask("co2_mauna_loa_monthly", tables, provider)
    assert data.resource("co2_mauna_loa_monthly", tables)["snapshot"].count("ownloaded") == 1


def untouched(table: str, tables: Path, provider: Provider, *words: str, **how) -> str:
    before = content(tables)
    with pytest.raises(LabError) as caught:
        ask(table, tables, provider, **how)
    assert content(tables) == before
    text = str(caught.value)
    for word in (*words, "untouched"):
        assert word in text
    return text


@pytest.mark.parametrize("status", [400, 403, 404, 500])
def test_http_error(tables, provider, status):
    provider.say(MLO, status=status)
    untouched("co2_mauna_loa_monthly", tables, provider, "gml.noaa.gov", str(status))


def test_busy_provider_is_asked_again(tables, provider):
    older(tables, "co2_mauna_loa_monthly", "co2_ppm", 3, "420.00")
    provider.once[MLO] = (429, b"", {"Retry-After": "0"})
    assert ask("co2_mauna_loa_monthly", tables, provider)
    assert len(provider.asked) == 2


def test_provider_that_stays_busy(tables, provider):
    provider.say(MLO, status=503, Retry_After="0")
    untouched("co2_mauna_loa_monthly", tables, provider, "503")
    assert len(provider.asked) == 3


def test_no_server(tables):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    before = content(tables)
    with pytest.raises(LabError, match=r"gml\.noaa\.gov cannot be reached.*untouched"):
        refresh("co2_mauna_loa_monthly", at=tables, mirror=f"http://127.0.0.1:{port}")
    assert content(tables) == before


def test_answer_that_breaks_off(tables, provider):
    provider.say(MLO, "year,month", Content_Length="100000")
    untouched("co2_mauna_loa_monthly", tables, provider, "broke off")
    packed = gzip.compress((RECORDED / MLO).read_bytes())
    provider.say(MLO, packed[:-200], Content_Encoding="gzip")
    untouched("co2_mauna_loa_monthly", tables, provider, "broke off")


def test_packed_answer(tables, provider):
    provider.say(MLO, gzip.compress((RECORDED / MLO).read_bytes()), Content_Encoding="gzip")
    assert not ask("co2_mauna_loa_monthly", tables, provider)


@pytest.mark.parametrize("packed", [False, True])
def test_answer_beyond_the_limit(tables, provider, monkeypatch, packed):
    monkeypatch.setattr(fetch, "LIMIT", 1000)
    body = (RECORDED / MLO).read_bytes()
    provider.say(
        MLO,
        gzip.compress(body) if packed else body,
        **({"Content_Encoding": "gzip"} if packed else {}),
    )
    untouched("co2_mauna_loa_monthly", tables, provider, "more than")


def recorded(key: str) -> str:
    return (RECORDED / key).read_text(encoding="utf-8")


FORMATS = [
    ("co2_mauna_loa_monthly", MLO, "<!DOCTYPE html><p>Moved", "expected the columns year"),
    ("co2_mauna_loa_monthly", MLO, "", "an empty file"),
    ("co2_mauna_loa_monthly", MLO, b"\xff\xfe\x00\x01", "not UTF-8"),
    ("co2_mauna_loa_monthly", MLO, "year,month,average,deseasonalized,ndays\n", "no rows"),
    (
        "co2_mauna_loa_monthly",
        MLO,
        "year,month,average,deseasonalized,ndays\n2022,1,n/a,417,31\n",
        "numbers in the column average",
    ),
    ("global_climate_annual", GISTEMP, "Global\nYear,Jan,Annual\n1951,0,0\n", "J-D"),
    (
        "global_climate_annual",
        GISTEMP,
        "Global\nYear,J-D\n" + "".join(f"{year},.5\n" for year in range(1951, 2024)),
        "baseline 1951-1980",
    ),
    ("temperature_by_country", GRAPHER + "annual-temperature-anomalies.csv", "a,b\n1,2\n", "Code"),
    (
        "co2_by_country",
        GRAPHER + "population.csv",
        "Entity,Code,Year,People\nTanzania,TZA,2023,1\n",
        "one column of 'Population'",
    ),
    (
        "co2_by_country",
        GRAPHER + "population.csv",
        "Entity,Code,Year,Population\nTanzania,TZA,2023,1\nTanzania,TZA,2023,2\n",
        "one row per country and year",
    ),
    ("disaster_displacement", BANK + ".page-1", '[{"message":[{"key":"Invalid"}]}]', "about, rows"),
    ("disaster_displacement", BANK + ".page-2", "<html>", "about, rows"),
    ("disaster_displacement", BANK + ".page-1", '[{"pages":1},[]]', "found none"),
    ("disaster_displacement", BANK + ".page-1", '[{"pages":9999},[]]', "200 pages"),
]


@pytest.mark.parametrize(("table", "key", "body", "words"), FORMATS)
def test_changed_format(tables, provider, table, key, body, words):
    provider.say(key, body)
    untouched(table, tables, provider, words)


def test_other_baseline_is_refused(tables, provider):
    key = GRAPHER + "annual-temperature-anomalies.csv"
    lines = recorded(key).splitlines()
    moved = [line.rsplit(",", 1) for line in lines[1:]]
    body = [lines[0], *(f"{start},{float(value) + 0.6}" for start, value in moved)]
    provider.say(key, "\n".join(body))
    untouched("temperature_by_country", tables, provider, "baseline 1991-2020")


def test_other_unit_is_refused(tables, provider):
    key = GRAPHER + "electricity-generation.csv"
    lines = recorded(key).splitlines()
    moved = [line.rsplit(",", 1) for line in lines[1:]]
    body = [lines[0], *(f"{start},{float(value) * 1000}" for start, value in moved)]
    provider.say(key, "\n".join(body))
    untouched("electricity_by_country", tables, provider, "generation_twh", "unit")


def test_half_a_file_is_refused(tables, provider):
    provider.say(MLO, "\n".join(recorded(MLO).splitlines()[:30]))
    untouched("co2_mauna_loa_monthly", tables, provider, "incomplete")


def test_month_that_is_no_month(tables, provider):
    provider.say(MLO, recorded(MLO).replace("2022,3,", "2022,13,"))
    untouched("co2_mauna_loa_monthly", tables, provider, "contract", "column date")


def test_broken_contract(tables, provider):
    lines = recorded(MLO).splitlines()
    provider.say(MLO, "\n".join(line for line in lines if not line.startswith("2023,5,")))
    untouched("co2_mauna_loa_monthly", tables, provider, "contract", "1 months are missing")


def test_value_beyond_its_limits(tables, provider):
    provider.say(MLO, recorded(MLO).replace(",418.", ",9418.", 1))
    untouched("co2_mauna_loa_monthly", tables, provider, "contract", "maximum")


def test_views_that_are_all_missing(tables, provider):
    # Nothing is recorded for the span that ends in 2022.
    untouched("climate_views_daily_en", tables, provider, "no view", today=date(2023, 6, 1))


def test_views_of_one_article_may_be_missing(tables, provider):
    key = next(
        k for k in map(str, _files()) if k.endswith("engineering/monthly/2018010100/2021123100")
    )
    provider.say(key, status=404)
    before = data.load("climate_articles_views", tables)
    change = ask("climate_articles_views", tables, provider, write=False)
    assert change.changed == 1 and change.removed == 0
    assert before["views_2018"].gt(0).all()


def _files() -> list[Path]:
    return [path.relative_to(RECORDED) for path in RECORDED.rglob("*") if path.is_file()]


def test_snapshots_that_are_not_there(tables, provider):
    key = next(k for k in map(str, _files()) if k.endswith("tree.page-1"))
    provider.say(key, json.dumps([{"path": "README.md"}]))
    untouched("wikipedia_editions", tables, provider, "snapshots")


def test_newest_snapshot_is_taken(tables, provider):
    key = next(k for k in map(str, _files()) if k.endswith("tree.page-1"))
    folder = "data-collection/snapshots/"
    names = ["Dec_2021.tsv", "Jan_2023.tsv", "Apr_2022.tsv"]
    provider.say(key, json.dumps([{"path": folder + name} for name in names]))
    ask("wikipedia_editions", tables, provider)
    assert "Jan_2023.tsv" in provider.asked[-1][0]


def test_tables_without_a_provider_say_where_to_look(tables, provider):
    by_hand = set(data.names(tables)) - set(PROVIDERS)
    assert {"grants", "forest_by_country", "wle_by_country"} <= by_hand
    for table in by_hand:
        with pytest.raises(LabError, match="by hand") as caught:
            ask(table, tables, provider)
        assert data.resource(table, tables)["sources"][0]["path"] in str(caught.value)
    assert provider.asked == []


def test_unknown_table(tables, provider):
    with pytest.raises(LabError, match="Did you mean co2_mauna_loa_monthly"):
        ask("co2_mauna_loa", tables, provider)


def test_failing_disk_restores_the_old_files(tables, monkeypatch):
    from organizer_lab import refresh as room

    first, second = tables / "a.csv", tables / "b.json"
    first.write_text("old a")
    second.write_text("old b")
    real = room.files.write

    def put(path: Path, content: bytes) -> None:
        if content == b"new b":
            raise OSError("no space left")
        real(path, content)

    monkeypatch.setattr(room.files, "write", put)
    with pytest.raises(LabError, match="no space left"):
        _replace({first: "new a", second: "new b"})
    assert (first.read_text(), second.read_text()) == ("old a", "old b")


def test_same_cells_give_the_same_bytes():
    for name in data.names():
        if name.startswith(prepared.NAMES):
            # Made by a script, and never refreshed from a provider.
            continue
        entry = data.resource(name)
        path = data.folder() / entry["path"]
        assert _text(data.load(name), entry).encode("utf-8") == path.read_bytes(), name


def test_compare_counts_rows_and_finds_the_largest_change():
    old = pd.DataFrame({"k": [1, 2, 3], "v": [1.0, 2.0, None], "w": ["a", "b", "c"]})
    new = pd.DataFrame({"k": [2, 3, 4], "v": [2.5, None, 9.0], "w": ["b", "x", "d"]})
    change = compare(old, new, ["k"])
    assert (change.added, change.removed, change.changed) == (1, 1, 2)
    assert change.columns["v"] == (1, "the largest at 2: 2.0 → 2.5")
    assert change.columns["w"][0] == 1
    assert not compare(old, old, ["k"])


def test_command(tables, provider, monkeypatch, capsys):
    monkeypatch.setattr(data, "folder", lambda: tables)
    monkeypatch.setenv("ORGANIZER_LAB_MIRROR", provider.address)
    older(tables, "co2_mauna_loa_monthly", "co2_ppm", 3, "420.00")
    before = content(tables)
    assert cli.main(["data", "refresh", "--dry-run", "co2_mauna_loa_monthly"]) == 0
    assert content(tables) == before
    provider.say(MLO, status=500)
    assert cli.main(["data", "refresh", "co2_mauna_loa_monthly"]) == 1
    assert content(tables) == before
    assert "untouched" in capsys.readouterr().err
    del provider.instead[MLO]
    assert cli.main(["data", "refresh", "co2_mauna_loa_monthly"]) == 0
    assert content(tables) != before


def test_broken_descriptor_stops_before_any_download(tables, provider):
    describe(tables, "grants", lambda entry: entry.pop("schema"))
    with pytest.raises(LabError, match="grants"):
        ask("co2_mauna_loa_monthly", tables, provider)
    assert provider.asked == []


# -- All tables at once


def test_all_tables_are_refreshed_and_one_that_fails_stops_no_other(tables, provider, capsys):
    older(tables, "co2_mauna_loa_monthly", "co2_ppm", 3, "420.00", 1)
    older(tables, "disaster_displacement", "new_displacements", 0, "1000000", 1)
    provider.say(GISTEMP, status=404)
    before = content(tables)
    found = everything(at=tables, mirror=provider.address, today=TODAY)
    assert {"co2_mauna_loa_monthly", "disaster_displacement"} <= set(found.changed)
    assert "global_climate_annual" in found.failed
    assert {*found.changed, *found.same, *found.failed} == set(PROVIDERS) & set(data.names(tables))
    others = set(data.names(tables)) - set(PROVIDERS)
    assert set(found.by_hand) == {n for n in others if not n.startswith(prepared.NAMES)}
    assert found.by_hand and any(name.startswith(prepared.NAMES) for name in others)
    after = content(tables)
    changed = {Path(name).stem for name in after if after[name] != before[name]}
    assert changed == {*found.changed, "datapackage"}
    assert contract.check(tables) == []
    said = capsys.readouterr().out
    assert all(name in said for name in PROVIDERS)


def test_the_report_tells_a_person_what_to_decide(tables, provider):
    older(tables, "co2_mauna_loa_monthly", "co2_ppm", 3, "420.00", 1)
    provider.say(GISTEMP, status=404)
    before = content(tables)
    found = everything(False, at=tables, mirror=provider.address, today=TODAY)
    assert content(tables) == before
    report = found.report()
    assert report.startswith(found.summary())
    # What a provider writes stands in blocks of code only.
    assert "### co2_mauna_loa_monthly\n\n    co2_mauna_loa_monthly: 1 rows added" in report
    assert re.search(r"### global_climate_annual\n\n    .*404", report)
    assert "Not refreshed" in report and "As before" in report


def test_the_command_refreshes_one_table_or_all(monkeypatch, tmp_path, capsys):
    from organizer_lab.refresh import Refreshed

    assert cli.main(["data", "refresh"]) == 1
    assert cli.main(["data", "refresh", "a", "--all"]) == 1
    assert capsys.readouterr().err.count("Name one table, or say --all") == 2
    assert cli.main(["data", "refresh", "a", "--report", str(tmp_path / "report.md")]) == 1
    assert "of all tables only" in capsys.readouterr().err
    found = Refreshed({"a": "a: changed"}, {}, {}, ("c",))
    monkeypatch.setattr("organizer_lab.refresh.everything", lambda write: found)
    report = tmp_path / "new/report.md"
    assert cli.main(["data", "refresh", "--all", "--report", str(report)]) == 0
    assert report.read_text("utf-8") == found.report()
    found = Refreshed({}, {}, {"b": "b: gone"}, ())
    assert cli.main(["data", "refresh", "--all", "--report", str(report)]) == 1
    assert "1 could not be refreshed: b." in capsys.readouterr().err
    assert "b: gone" in report.read_text("utf-8")
