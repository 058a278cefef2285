"""Numbers and sentences as people read them."""

from __future__ import annotations

import decimal
import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from organizer_lab.errors import nearest
from organizer_lab.words import MINUS, number, say


@pytest.mark.parametrize(
    ("value", "pattern", "words"),
    [
        (1234567, "", "1,234,567"),
        (1234.0, "", "1,234"),
        (1234.5, "", "1,234.50"),
        (np.int64(-5), "", "−5"),
        (np.float32(0.5), "", "0.50"),
        (decimal.Decimal("1.5"), "", "1.50"),
        (-0.25, "+.2f", "−0.25"),
        (0.25, "+.2f", "+0.25"),
        (-0.001, "", "0.00"),
        (-0.04, "+.1f", "0.0"),
        (-0.0, "", "0"),
        (0, "", "0"),
        (float("-inf"), "", "−inf"),
        (None, "", "no value"),
        (float("nan"), "+.2f", "no value"),
        (np.float64("nan"), "", "no value"),
        (pd.NA, ".2f", "no value"),
        (pd.NaT, "", "no value"),
    ],
)
def test_numbers(value, pattern, words):
    assert number(value, pattern) == words


def test_a_year_of_a_table_has_no_comma():
    row = pd.DataFrame({"year": [2024], "share": [0.5]}).iloc[0]
    assert str(say("In {year:d} and {then:d}.", year=row["year"], then=1998)) == "In 2024 and 1998."
    with pytest.raises(ValueError, match="'d'"):
        number(2024.5, "d")


@given(st.floats(allow_nan=False, allow_infinity=False) | st.integers())
def test_a_number_can_be_read_back(value):
    back = float(number(value).replace(",", "").replace(MINUS, "-"))
    assert math.isclose(back, float(value), abs_tol=0.005001, rel_tol=1e-15)


def test_say_fills_in_and_joins_lines():
    spoken = say(
        """The change is {change:+.1f} °C
        in {month:%B %Y} ({name}).""",
        change=-0.25,
        month=pd.Timestamp("2015-03-01"),
        name="Kūlia-Nord",
    )
    assert repr(spoken) == "The change is −0.2 °C in March 2015 (Kūlia-Nord)."
    assert spoken._repr_markdown_() == repr(spoken)


def test_say_names_gaps():
    for gap in (None, float("nan"), pd.NA):
        assert repr(say("{a:.2f} ppm", a=gap)) == "no value ppm"


def test_nearest():
    assert nearest("temprature", ["temperature", "forest"]) == " Did you mean temperature?"
    assert nearest("week-1x", ["week-1", "week-12"]) == " Did you mean week-1 or week-12?"
    assert nearest("xyz", ["temperature"]) == ""
    assert nearest(5, []) == ""
