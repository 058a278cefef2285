"""A folder with few countries, languages and years: the tables as they are, only smaller."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

import pandas as pd

from organizer_lab import data

COUNTRIES = ["PHL", "TZA", "XKX"]
EXTRA_EDITIONS = ["be-x-old", "en", "sw", "tl", "zh-yue"]
_FROM = {"co2_mauna_loa_monthly": 2022, "global_climate_annual": 2010}


def read(folder: Path, name: str) -> pd.DataFrame:
    """Read a CSV as the text that stands in it."""
    return pd.read_csv(folder / f"{name}.csv", dtype=str, keep_default_na=False)


def write(folder: Path, name: str, frame: pd.DataFrame, rows: bool = True) -> None:
    """Write a CSV and, unless it is to be wrong, the number of its rows."""
    frame.to_csv(folder / f"{name}.csv", index=False, lineterminator="\n")
    if rows:
        describe(folder, name, lambda entry: entry.update(rows=len(frame)))


def describe(folder: Path, name: str, change: Callable[[dict], object]) -> None:
    """Change the entry of one table in the descriptor."""
    path = folder / data.DESCRIPTOR
    package = json.loads(path.read_text(encoding="utf-8"))
    change(next(entry for entry in package["resources"] if entry["name"] == name))
    path.write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")


def only(folder: Path, names: Iterable[str]) -> None:
    """Keep these tables only."""
    path = folder / data.DESCRIPTOR
    package = json.loads(path.read_text(encoding="utf-8"))
    package["resources"] = [e for e in package["resources"] if e["name"] in set(names)]
    path.write_text(json.dumps(package, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
    for file in folder.glob("*.csv"):
        if file.stem not in set(names):
            file.unlink()


def small(folder: Path) -> Path:
    """Copy the tables into `folder` and cut them down; the contract still holds."""
    source = data.folder()
    folder.mkdir(parents=True, exist_ok=True)
    for path in [*source.glob("*.csv"), source / data.DESCRIPTOR]:
        shutil.copyfile(path, folder / path.name)
    languages = read(folder, "languages_by_country")
    spoken = languages[languages["iso3"].isin(COUNTRIES)]["language_code"]
    editions = {*spoken, *EXTRA_EDITIONS}
    for name in data.names(folder):
        frame = read(folder, name)
        if "iso3" in frame:
            frame = frame[frame["iso3"].isin(COUNTRIES)]
        elif name == "wikipedia_editions":
            frame = frame[frame["language_code"].isin(editions)]
        elif name == "climate_articles_views":
            keep = frame["title"].isin(["Climate change", "Climate engineering"])
            frame = frame[(frame["language_code"] == "en") & keep]
        elif name == "climate_views_weekly":
            keep = frame["week_start"] == "2021-12-20"
            frame = frame[(frame["language_code"] == "en") & keep]
        elif name == "climate_views_daily_en":
            frame = frame[frame["date"] >= "2021-12-20"]
        elif name in _FROM:
            frame = frame[frame["year"].astype(int) >= _FROM[name]]
        write(folder, name, frame)
    return folder
