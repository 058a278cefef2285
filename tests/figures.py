"""The tables, read with the standard library: what a test compares the package with."""

from __future__ import annotations

import csv
import json
from functools import cache
from pathlib import Path
from typing import Any

DATASETS = Path(__file__).resolve().parents[1] / "datasets"


@cache
def rows(table: str) -> list[dict[str, str]]:
    """The rows of a table as text."""
    with (DATASETS / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def fields(table: str) -> dict[str, dict[str, Any]]:
    """The columns of a table as the descriptor gives them."""
    package = json.loads((DATASETS / "datapackage.json").read_text(encoding="utf-8"))
    entry = next(entry for entry in package["resources"] if entry["name"] == table)
    return {field["name"]: field for field in entry["schema"]["fields"]}


def tables() -> list[str]:
    """The names of all tables."""
    return sorted(path.stem for path in DATASETS.glob("*.csv"))


def average(values: list[float]) -> float:
    return sum(values) / len(values)


@cache
def anomalies(iso3: str) -> dict[int, float]:
    """The anomalies of a country by year, °C."""
    return {
        int(row["year"]): float(row["temperature_anomaly_c"])
        for row in rows("temperature_by_country")
        if row["iso3"] == iso3
    }


def decade(iso3: str) -> float:
    """The mean anomaly of 2015 to 2024, °C."""
    return average([anomalies(iso3)[year] for year in range(2015, 2025)])


@cache
def co2(first: int, last: int) -> float:
    """The mean of the monthly values of a span of years, ppm."""
    return average(
        [
            float(row["co2_ppm"])
            for row in rows("co2_mauna_loa_monthly")
            if first <= int(row["year"]) <= last
        ]
    )


COUNTRIES = [row["iso3"] for row in rows("country_profile")]
WITH_DATA = [iso3 for iso3 in COUNTRIES if anomalies(iso3)]
WITHOUT_DATA = [iso3 for iso3 in COUNTRIES if not anomalies(iso3)]
LANGUAGES = [row["language_code"] for row in rows("wikipedia_editions")]
BASELINES = {
    "gistemp_anomaly_c": "1951-1980",
    "hadcrut5_anomaly_c": "1961-1990",
    "temperature_anomaly_c": "1991-2020",
}
CO2_CHANGE = co2(2015, 2024) - co2(1965, 1974)
