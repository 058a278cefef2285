"""Six invented learners of week 1, each made from the released sheet as a person would fill it."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from pathlib import Path

import nbformat

WORDS = (
    'topic, place = "Clean water after floods", "{place}"\n'
    'goal_for = "readers"\n'
    'goal = "Families can read in their own language when to boil water."\n'
    'why_now = "The rains of this year were the heaviest that people remember."'
)
CO2 = (
    "second_number = Evidence(\n"
    '    table="co2_mauna_loa_monthly", column="co2_ppm", where={}, year=2023,\n'
    '    value=421.08, unit="ppm", baseline=None)\n'
    "second_number.problems()"
)
TEMPERATURE = (
    "first_number = Evidence(\n"
    '    table="temperature_by_country", column="temperature_anomaly_c",\n'
    '    where={{"iso3": {iso3}}}, year=2024, value={value},\n'
    '    unit="°C", baseline="1991-2020")\n'
    "first_number.problems()"
)
ROWS = 'rows = data.load("temperature_by_country")\nmine = rows[rows["iso3"] == country]\n'
MEAN = "mean_2015_2024 = mine.loc[mine['year'].between(2015, 2024), 'temperature_anomaly_c'].mean()"
YEAR_2024 = "anomaly_2024 = mine.loc[mine['year'] == 2024, 'temperature_anomaly_c'].item()"
CHANGE = (
    'co2 = data.load("co2_mauna_loa_monthly").set_index("year")["co2_ppm"]\n'
    "co2_change = co2.loc[2015:2024].mean() - co2.loc[1965:1974].mean()"
)
BASELINES = (
    'baselines = {"gistemp_anomaly_c": "1951-1980", "hadcrut5_anomaly_c": "1961–1990",\n'
    '             "temperature_anomaly_c": "1991 - 2020"}'
)


def _right(iso3: str, language: str, place: str) -> dict[str, str]:
    return {
        "answer-place": f'country = "{iso3}"\nlanguage = "{language}"',
        "answer-1-1": f'{ROWS}{YEAR_2024}\nwhy_missing = ""',
        "answer-1-2": MEAN,
        "answer-1-3": CHANGE,
        "answer-1-4": BASELINES,
        "answer-1-5": TEMPERATURE.format(iso3="country", value="anomaly_2024"),
        "answer-1-6": CO2,
        "answer-1-7": WORDS.format(place=place),
        "text-1-8": "Many people read about the football cup. Few read about cholera, but ...",
    }


@dataclass(frozen=True)
class Learner:
    """What a learner writes, and the points that it must get, by grade_id."""

    name: str
    answers: dict[str, str]
    points: dict[str, float] = field(default_factory=dict)
    judged: float = 0
    deleted: tuple[str, ...] = ()

    def sheet(self, released: Path) -> nbformat.NotebookNode:
        """Fill the released sheet."""
        sheet = copy.deepcopy(nbformat.read(released, as_version=4))
        open_ = dict(self.answers)
        for cell in sheet.cells:
            if cell.id in open_:
                cell.source = open_.pop(cell.id)
        assert not open_, f"the sheet has no cell {sorted(open_)}"
        sheet.cells = [cell for cell in sheet.cells if cell.id not in self.deleted]
        return sheet


ALL = {f"data-1-{n}": 2.0 for n in (1, 2, 3, 4)} | {f"plan-1-{n}": 2.0 for n in (5, 6, 7)}

COHORT = (
    Learner("right", _right("PHL", "tl", "Iloilo"), ALL, judged=5),
    Learner(
        "wrong",
        _right("BRA", "pt", "Acre")
        | {
            # The year before, a sum, a change per year, two baselines swapped.
            "answer-1-1": f'{ROWS}{YEAR_2024.replace("== 2024", "== 2023")}\nwhy_missing = ""',
            "answer-1-2": MEAN.replace(".mean()", ".sum()"),
            "answer-1-3": CHANGE + "\nco2_change = co2_change / 50",
            "answer-1-4": BASELINES.replace("1951-1980", "X")
            .replace("1961–1990", "1951-1980")
            .replace("X", "1961-1990"),
            # A number that the table does not give, with the wrong unit; the words are right.
            "answer-1-6": CO2.replace("421.08", "420").replace('"ppm"', '"%"'),
        },
        {"plan-1-7": 2.0},
        judged=2,
    ),
    Learner("empty", {}),
    Learner(
        "crashed",
        _right("IND", "hi", "Kerala") | {"answer-1-3": "co2_change = 1 / 0"},
        ALL | {"data-1-3": 0.0},
        judged=6,
    ),
    Learner(
        "missing-data",
        _right("MDV", "dv", "Malé")
        | {
            "answer-1-1": 'anomaly_2024 = None\nwhy_missing = "The table has no row for Maldives."',
            "answer-1-2": "mean_2015_2024 = None",
            "answer-1-5": TEMPERATURE.format(
                iso3='"LKA"',
                value='data.value("temperature_by_country", "temperature_anomaly_c",\n'
                '    year=2024, where={"iso3": "LKA"})',
            ),
        },
        ALL,
        judged=4,
    ),
    # A grade cell that was deleted is put back; the answer that was deleted gets nothing.
    Learner(
        "deleted-cells",
        _right("BOL", "qu", "Potosí"),
        ALL | {"data-1-2": 0.0},
        judged=3,
        deleted=("test-1-4", "answer-1-2"),
    ),
)
