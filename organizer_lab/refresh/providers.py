"""One small adapter per provider: its current file in, our columns out.

An adapter never guesses. It names the columns that it needs, and where the file has others it
stops with a sentence that says what was expected and what came.
Addresses and transformations are those described in ``datasets/datapackage.json``.
"""

from __future__ import annotations

import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import pandas as pd

from organizer_lab import data
from organizer_lab.errors import LabError
from organizer_lab.refresh.fetch import NotThere


@dataclass(frozen=True)
class Task:
    """What an adapter may use: the table as it is now, the day, and a way to download."""

    frame: pd.DataFrame
    entry: dict[str, Any]
    get: Callable[[str], str]
    today: date
    at: Path

    @property
    def countries(self) -> pd.Series:
        """Names of the countries by their code: the only ones that our tables have."""
        return data.load("country_profile", self.at).set_index("iso3")["country"]


@dataclass(frozen=True)
class Fresh:
    """What an adapter gives: a table in our columns, its edition, and what to keep in mind."""

    frame: pd.DataFrame
    vintage: str
    notes: list[str] = field(default_factory=list)


# -- reading what providers send -------------------------------------------------------------


def _changed(url: str, expected: str, found: str) -> LabError:
    return LabError(
        f"The format of {url} has changed: expected {expected}, found {found[:200]}. "
        "The adapter in organizer_lab/refresh/providers.py has to be adapted."
    )


def _table(text: str, url: str, wanted: Sequence[str], **how: Any) -> pd.DataFrame:
    """Read delimited text whose header has the wanted columns; all cells stay text."""
    try:
        frame = pd.read_csv(
            io.StringIO(text), dtype=str, keep_default_na=False, index_col=False, **how
        )
    except (ValueError, pd.errors.ParserError):
        frame = pd.DataFrame(columns=text.strip().splitlines()[:1])
    frame.columns = [str(name).strip() for name in frame.columns]
    if not set(wanted) <= set(frame.columns) or frame.empty:
        what = "no rows" if set(wanted) <= set(frame.columns) else ", ".join(frame.columns)
        raise _changed(url, f"the columns {', '.join(wanted)}", what or "an empty file")
    return frame


def _numbers(cells: pd.Series, url: str, gaps: Iterable[str] = ("",)) -> pd.Series:
    """Turn text into numbers; only the named placeholders may stand for a gap."""
    text = cells.str.strip()
    found = pd.to_numeric(text, errors="coerce").astype("float64")
    wrong = found.isna() & ~text.isin(list(gaps))
    if wrong.any():
        raise _changed(url, f"numbers in the column {cells.name}", repr(text[wrong].iloc[0]))
    return found


def _whole(cells: pd.Series, url: str) -> pd.Series:
    found = _numbers(cells, url, gaps=())
    if (found % 1 != 0).any():
        raise _changed(url, f"whole numbers in the column {cells.name}", "fractions")
    return found.astype("int64")


# -- NOAA and NASA ---------------------------------------------------------------------------

_NOAA = "https://gml.noaa.gov/webdata/ccgg/trends/co2/"
_GISTEMP = "https://data.giss.nasa.gov/gistemp/tabledata_v4/GLB.Ts+dSST.csv"


def mauna_loa(task: Task) -> Fresh:
    """Read monthly means of CO₂ in ppm; NOAA explains its columns in comment lines."""
    url = _NOAA + "co2_mm_mlo.csv"
    wanted = ["year", "month", "average", "deseasonalized", "ndays"]
    raw = _table(task.get(url), url, wanted, comment="#")
    years, months = _whole(raw["year"], url), _whole(raw["month"], url)
    days = _numbers(raw["ndays"], url)
    frame = pd.DataFrame(
        {
            "date": pd.to_datetime({"year": years, "month": months, "day": 1}, errors="coerce"),
            "year": years,
            "month": months,
            "co2_ppm": _numbers(raw["average"], url),
            "co2_deseasonalized_ppm": _numbers(raw["deseasonalized"], url),
            # Not positive means that no daily mean stands behind the monthly one.
            "days_with_data": days.where(days > 0).astype("Int64"),
        }
    )
    last = frame["date"].max()
    return Fresh(frame, f"{last:%B %Y} (NOAA file of {task.today})")


def _gistemp(task: Task) -> pd.Series:
    """Read the annual global anomaly in °C against 1951-1980; ``***`` marks an unfinished year."""
    text = task.get(_GISTEMP)
    raw = _table(text, _GISTEMP, ["Year", "J-D"], skiprows=1)
    found = _numbers(raw["J-D"], _GISTEMP, gaps=("", "***", "****"))
    found.index = _whole(raw["Year"], _GISTEMP)
    shift = found.loc[1951:1980].mean()
    if not abs(shift) < 0.02:
        raise _changed(_GISTEMP, "anomalies with the baseline 1951-1980", f"a mean of {shift:.2f}")
    return found.dropna().round(2)


def global_climate(task: Task) -> Fresh:
    """Take CO₂ and GISTEMP from their providers, emissions of the world; keep other columns."""
    url = _NOAA + "co2_annmean_mlo.csv"
    raw = _table(task.get(url), url, ["year", "mean"], comment="#")
    co2 = pd.Series(_numbers(raw["mean"], url).to_numpy(), index=_whole(raw["year"], url))
    emissions = _owid(task, "annual-co2-emissions-per-country", "CO₂ emissions")
    world = emissions[emissions["code"] == "OWID_WRL"].set_index("year")["value"]
    if world.empty:
        raise _changed(_grapher("annual-co2-emissions-per-country"), "rows of the World", "none")
    fresh = {
        "co2_ppm": co2,
        "fossil_co2_gt": (world / 1e9).round(3),
        "gistemp_anomaly_c": _gistemp(task),
    }
    old = task.frame.set_index("year")
    years = old.index
    for series in fresh.values():
        years = years.union(series.index)
    years = years[(years >= old.index.min()) & (years < task.today.year)]
    frame = old.reindex(years).assign(**{name: s.reindex(years) for name, s in fresh.items()})
    last = {name: frame[name].last_valid_index() for name in frame}
    vintage = (
        f"CO₂ to {last['co2_ppm']}, emissions to {last['fossil_co2_gt']}, "
        f"GISTEMP to {last['gistemp_anomaly_c']} (all three downloaded on {task.today}), "
        f"HadCRUT5 to {last['hadcrut5_anomaly_c']}, sea level to {last['sea_level_noaa_mm']}"
    )
    kept = "HadCRUT5 and sea level have no direct download: they are kept as they were."
    return Fresh(frame.rename_axis("year").reset_index(), vintage, [kept])


# -- Our World in Data -----------------------------------------------------------------------


def _grapher(slug: str) -> str:
    return f"https://ourworldindata.org/grapher/{slug}.csv"


def _owid(task: Task, slug: str, word: str) -> pd.DataFrame:
    """Read a chart file: code, year and the one column whose name has the word.

    Chart files have the columns Entity, Code, Year, then the indicator under its title, and
    sometimes helpers of the chart behind it (such as the world region).
    """
    url = _grapher(slug)
    raw = _table(task.get(url), url, ["Entity", "Code", "Year"])
    named = [name for name in raw.columns[3:] if word.casefold() in name.casefold()]
    if len(named) != 1:
        expected = f"Entity, Code, Year and one column of '{word}'"
        raise _changed(url, expected, ", ".join(raw.columns))
    frame = pd.DataFrame(
        {
            # Kosovo has no ISO code; ours is the user-assigned XKX.
            "code": raw["Code"].str.strip().replace("OWID_KOS", "XKX"),
            "year": _whole(raw["Year"], url),
            "value": _numbers(raw[named[0]], url),
        }
    ).dropna()
    if frame[frame["code"] != ""].duplicated(["code", "year"]).any():
        raise _changed(url, "one row per country and year", "several")
    return frame


def _of_countries(task: Task, frame: pd.DataFrame, first: int) -> pd.DataFrame:
    """Keep countries of our list and finished years; regions and the world fall out."""
    names = task.countries
    keep = frame["code"].isin(names.index) & frame["year"].between(first, task.today.year - 1)
    found = frame[keep].rename(columns={"code": "iso3"})
    return found.assign(country=found["iso3"].map(names))


def _to(frame: pd.DataFrame, task: Task) -> str:
    return f"Data to {frame['year'].max()}, downloaded on {task.today}"


def temperature(task: Task) -> Fresh:
    """Read annual anomalies in °C against 1991-2020, which is proved on each country."""
    slug = "annual-temperature-anomalies"
    raw = _owid(task, slug, "Temperature anomaly")
    known = raw[raw["code"].isin(task.countries.index)]
    means = known[known["year"].between(1991, 2020)].groupby("code")["value"].mean()
    if means.empty or means.abs().max() > 0.02:
        found = "no such years" if means.empty else f"means up to {means.abs().max():.2f}"
        raise _changed(_grapher(slug), "anomalies with the baseline 1991-2020", found)
    frame = _of_countries(task, raw, first=2010)
    frame = frame.assign(temperature_anomaly_c=frame["value"].round(2))
    return Fresh(frame, _to(frame, task))


def co2(task: Task) -> Fresh:
    """Read fossil emissions in million tonnes, sum them over all years, add the population."""
    raw = _owid(task, "annual-co2-emissions-per-country", "CO₂ emissions")
    raw = raw.sort_values(["code", "year"], ignore_index=True)
    raw["total"] = raw.groupby("code")["value"].cumsum()
    people = _owid(task, "population", "Population").rename(columns={"value": "population"})
    frame = _of_countries(task, raw, first=1950)
    chosen = frame["year"].isin((1950, 1970, 1990, 2000, 2005, 2010, 2015))
    frame = frame[chosen | (frame["year"] >= 2018)]
    frame = frame.merge(
        people.rename(columns={"code": "iso3"}), on=["iso3", "year"], how="left", validate="1:1"
    )
    frame = frame.assign(
        co2_mt=(frame["value"] / 1e6).round(3),
        cumulative_co2_mt=(frame["total"] / 1e6).round(1),
        population=frame["population"].round().astype("Int64"),
    )
    return Fresh(frame, _to(frame, task))


_ELECTRICITY = {
    "generation_twh": ("electricity-generation", "generation", 2),
    "renewables_share_pct": ("share-electricity-renewables", "Renewables", 2),
    "solar_share_pct": ("share-electricity-solar", "Solar", 2),
    "wind_share_pct": ("share-electricity-wind", "Wind", 2),
    "carbon_intensity_gco2_per_kwh": ("carbon-intensity-electricity", "Carbon intensity", 1),
}


def electricity(task: Task) -> Fresh:
    """Read the generation in TWh, and for the same rows the shares and the intensity."""
    frame = None
    for column, (slug, word, digits) in _ELECTRICITY.items():
        raw = _owid(task, slug, word).rename(columns={"value": column})
        raw[column] = raw[column].round(digits)
        if frame is None:
            frame = _of_countries(task, raw, first=2000)
        else:
            raw = raw.rename(columns={"code": "iso3"})
            frame = frame.merge(raw, on=["iso3", "year"], how="left", validate="1:1")
    frame = frame[frame["year"].isin((2000, 2005, 2010, 2015)) | (frame["year"] >= 2018)]
    return Fresh(frame, _to(frame, task))


# -- World Bank ------------------------------------------------------------------------------


def _world_bank(task: Task, indicator: str, first: int) -> pd.DataFrame:
    """Read all pages of an indicator; empty values are dropped. Gives code, year and value."""
    rows: list[dict[str, Any]] = []
    page = pages = 1
    while page <= pages:
        asked = {"format": "json", "per_page": 1000, "page": page}
        url = f"https://api.worldbank.org/v2/country/all/indicator/{indicator}?" + urlencode(
            {**asked, "date": f"{first}:{task.today.year}"}
        )
        text = task.get(url)
        try:
            about, found = json.loads(text)
            pages = int(about["pages"])
            rows += [
                {"code": row["countryiso3code"], "year": int(row["date"]), "value": row["value"]}
                for row in found
            ]
        except (ValueError, TypeError, KeyError):
            raise _changed(url, "a list of [about, rows]", repr(text[:120])) from None
        if pages > 200:
            raise _changed(url, "at most 200 pages", str(pages))
        page += 1
    frame = pd.DataFrame(rows, columns=["code", "year", "value"]).dropna()
    if frame.empty:
        raise _changed(url, "values", "none")
    if not frame["value"].map(lambda v: isinstance(v, (int, float))).all():
        raise _changed(url, "numbers as values", "something else")
    return frame.astype({"year": "int64", "value": "float64"})


def displacement(task: Task) -> Fresh:
    """Read new displacements; a country and year without a recorded value has no row."""
    raw = _of_countries(task, _world_bank(task, "VC.IDP.NWDS", 2008), first=2008)
    frame = raw.assign(new_displacements=raw["value"].round().astype("int64"))
    return Fresh(frame, _to(frame, task))


def profile(task: Task) -> Fresh:
    """Read internet users in per cent, the latest year from 2015 on; all other columns are kept."""
    raw = _of_countries(task, _world_bank(task, "IT.NET.USER.ZS", 2015), first=2015)
    latest = raw.sort_values("year").groupby("iso3").last()
    frame = task.frame.set_index("iso3")
    frame.loc[latest.index, "internet_users_pct"] = latest["value"].round(1)
    frame.loc[latest.index, "internet_users_year"] = latest["year"]
    told = f"internet to {latest['year'].max()} (downloaded on {task.today})"
    vintage = re.sub(r"internet to \d{4}( \(downloaded on [\d-]+\))?", told, task.entry["vintage"])
    kept = "Only the columns on internet users are new. Countries the World Bank lacks keep theirs."
    return Fresh(frame.reset_index(), vintage, [kept])


# -- Wikimedia -------------------------------------------------------------------------------

_NO_NEW_PAGES = (
    "The list of articles is that of December 2022: articles that came later are missing, and an "
    "article that was renamed loses its views from then on."
)


def _views(task: Task, code: str, title: str, step: str, first: date, last: date) -> pd.Series:
    """Read views of one article by people, per day or per month; zeros where nobody looked."""
    name = quote(title.replace(" ", "_"), safe="")
    url = (
        "https://wikimedia.org/api/rest_v1/metrics/pageviews/per-article/"
        f"{code}.wikipedia/all-access/user/{name}/{step}/{first:%Y%m%d}00/{last:%Y%m%d}00"
    )
    try:
        text = task.get(url)
    except NotThere:
        # The service says 404 for an article without any view in the span.
        return pd.Series(dtype="int64", index=pd.DatetimeIndex([]))
    try:
        items = json.loads(text)["items"]
        days = pd.to_datetime([item["timestamp"] for item in items], format="%Y%m%d00")
        return pd.Series([int(item["views"]) for item in items], index=days, dtype="int64")
    except (ValueError, TypeError, KeyError):
        raise _changed(url, "items with timestamp and views", repr(text[:120])) from None


def _articles(task: Task) -> pd.DataFrame:
    return data.load("climate_articles_views", task.at)[["language_code", "title"]]


def _none_found(task: Task, total: int) -> None:
    if not total:
        raise LabError("Wikimedia gave no view of any article: nothing was changed.")


def _last_day(task: Task) -> date:
    return date(task.today.year - 1, 12, 31)


def views_daily(task: Task) -> Fresh:
    """Sum views per day of the English articles, up to the last finished year."""
    first, last = task.frame["date"].min().date(), _last_day(task)
    days = pd.date_range(first, last)
    every = pd.Series(0, index=days)
    main = every
    titles = _articles(task).query("language_code == 'en'")["title"]
    for title in titles:
        views = _views(task, "en", title, "daily", first, last).reindex(days, fill_value=0)
        every = every + views
        main = views if title == "Climate change" else main
    _none_found(task, every.sum())
    frame = pd.DataFrame(
        {"date": days, "views_all_articles": every, "views_climate_change_article": main}
    )
    vintage = f"{first:%Y}-{last:%Y}, downloaded on {task.today}"
    return Fresh(frame.reset_index(drop=True), vintage, [_NO_NEW_PAGES])


def views_weekly(task: Task) -> Fresh:
    """Sum views per whole week (Monday to Sunday) by language, up to the last finished year."""
    first, last = task.frame["week_start"].min().date(), _last_day(task)
    last -= timedelta(days=(last.weekday() + 1) % 7)
    weeks = pd.date_range(first, last, freq="7D")
    tables = []
    for code, titles in _articles(task).groupby("language_code")["title"]:
        total = pd.Series(0, index=pd.date_range(first, last))
        for title in titles:
            views = _views(task, code, title, "daily", first, last)
            total = total + views.reindex(total.index, fill_value=0)
        weekly = total.groupby((total.index - total.index[0]).days // 7).sum()
        tables.append(
            pd.DataFrame({"language_code": code, "week_start": weeks, "views": weekly.to_numpy()})
        )
    frame = pd.concat(tables, ignore_index=True)
    _none_found(task, frame["views"].sum())
    vintage = f"{first:%Y}-{last:%Y}, downloaded on {task.today}"
    return Fresh(frame, vintage, [_NO_NEW_PAGES])


def views_of_articles(task: Task) -> Fresh:
    """Sum views per year of each article, for the years that the table has."""
    columns = [name for name in task.frame if name.startswith("views_")]
    years = [int(name.removeprefix("views_")) for name in columns]
    first, last = date(min(years), 1, 1), date(max(years), 12, 31)
    frame = _articles(task)
    sums = []
    for row in frame.itertuples():
        views = _views(task, row.language_code, row.title, "monthly", first, last)
        sums.append(views.groupby(views.index.year).sum().reindex(years, fill_value=0).tolist())
    frame[columns] = pd.DataFrame(sums, index=frame.index, columns=columns)
    _none_found(task, frame[columns].to_numpy().sum())
    return Fresh(frame, f"{first:%Y}-{last:%Y}, downloaded on {task.today}")


_GITLAB = "https://gitlab.wikimedia.org/api/v4/projects/repos%2Fmovement-insights%2Fwiki-comparison"
_EDITIONS = {
    "content pages": ("articles", 0),
    "monthly unique devices": ("monthly_unique_devices", 0),
    "monthly pageviews": ("monthly_pageviews", 0),
    "mobile unique devices": ("mobile_devices_share", 4),
    "monthly editors": ("monthly_editors", 1),
    "monthly active editors": ("monthly_active_editors", 1),
    "monthly new active editors": ("monthly_new_active_editors", 1),
    "second month new editor retention": ("new_editor_retention", 4),
    "mobile edits": ("mobile_edits_share", 4),
    "bot edits": ("bot_edits_share", 4),
    "anonymous edits": ("anonymous_edits_share", 4),
    "revert rate": ("revert_rate", 4),
}


def _newest_snapshot(task: Task) -> tuple[str, date]:
    """Find the newest file in the folder snapshots of the repository, and its month."""
    names = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
    months = {name: number for number, name in enumerate(names, 1)}
    found: list[tuple[date, str]] = []
    for page in range(1, 21):
        url = f"{_GITLAB}/repository/tree?" + urlencode(
            {"recursive": "true", "per_page": 100, "page": page}
        )
        text = task.get(url)
        try:
            paths = [entry["path"] for entry in json.loads(text)]
        except (ValueError, TypeError, KeyError):
            raise _changed(url, "a list of files", repr(text[:120])) from None
        for path in paths:
            match = re.search(r"snapshots/([A-Z][a-z]{2})_(\d{4})\.tsv$", path)
            if match and match[1] in months:
                found.append((date(int(match[2]), months[match[1]], 1), path))
        if len(paths) < 100:
            break
    if not found:
        raise _changed(_GITLAB, "snapshots such as snapshots/Jan_2024.tsv", "none")
    month, path = max(found)
    return path, month


def editions(task: Task) -> Fresh:
    """Read the Wikipedias of the newest snapshot; estimates of language users are kept."""
    path, month = _newest_snapshot(task)
    url = f"{_GITLAB}/repository/files/{quote(path, safe='')}/raw?ref=HEAD"
    wanted = ["project code", "language name", "domain name", *_EDITIONS]
    raw = _table(task.get(url), url, wanted, sep="\t", quoting=3)
    raw = raw[raw["project code"] == "wikipedia"].reset_index(drop=True)
    # Codes are those of the addresses (the column "language code" has yue for zh-yue), except
    # where the table already has another one for an address (be-x-old).
    codes = task.frame.set_index("domain")["language_code"]
    address = raw["domain name"].str.removesuffix(".wikipedia.org")
    frame = pd.DataFrame(
        {
            "language_code": raw["domain name"].map(codes).fillna(address),
            "language": raw["language name"],
            "domain": raw["domain name"],
        }
    )
    for name, (column, digits) in _EDITIONS.items():
        numbers = _numbers(raw[name], url, gaps=()).round(digits)
        frame[column] = numbers.astype("int64") if digits == 0 else numbers
    people = task.frame.set_index("language_code")["language_users_estimate"]
    frame["language_users_estimate"] = people.reindex(frame["language_code"]).to_numpy()
    frame["language_users_estimate"] = frame["language_users_estimate"].astype("Int64")
    kept = "language_users_estimate is kept as it was; new editions have none."
    return Fresh(frame, f"{month:%B %Y} (downloaded on {task.today})", [kept])


PROVIDERS: dict[str, Callable[[Task], Fresh]] = {
    "co2_mauna_loa_monthly": mauna_loa,
    "global_climate_annual": global_climate,
    "temperature_by_country": temperature,
    "co2_by_country": co2,
    "electricity_by_country": electricity,
    "disaster_displacement": displacement,
    "country_profile": profile,
    "wikipedia_editions": editions,
    "climate_views_weekly": views_weekly,
    "climate_views_daily_en": views_daily,
    "climate_articles_views": views_of_articles,
}
