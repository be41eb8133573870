"""Points of all indicators together: a sum over the most that each practice could achieve."""

from pathlib import Path

import pytest

from engine import measure
from engine.atlas.tables.qof_contracts import PERCENT_ACHIEVED, PRACTICE_GEOGRAPHY, PRACTICE_POINTS
from tests.conftest import rows, sealed

ACHIEVED = """
    year    | practice_code | indicator_code | points
    2018-19 | A81001        | COPD010        | 6
    2018-19 | A81001        | HYP008         | 12
    2018-19 | A81002        | HYP008         | 10
    2019-20 | A81001        | HYP008         | 14
"""
POSSIBLE = """
    year    | practice_code | points_max
    2018-19 | A81001        | 20
    2018-19 | A81002        | 40
"""
BOARDS = """
    year    | practice_code | icb_code
    2018-19 | A81001        | QOP
    2018-19 | A81002        | QRL
    2019-20 | A81001        | QOP
"""


@pytest.fixture
def lake(tmp_path: Path):
    return sealed(
        tmp_path,
        percent_achieved=rows(ACHIEVED, PERCENT_ACHIEVED),
        practice_points=rows(POSSIBLE, PRACTICE_POINTS),
        practice_geography=rows(BOARDS, PRACTICE_GEOGRAPHY),
    )


def test_all_points_are_held_to_the_most_that_was_possible(lake):
    """28 of 60 in all; no maximum was published for the next year."""
    found = measure(lake, ["points_overall"], by=["year"]).collect().rows()
    assert found == [("2018-19", pytest.approx(28 / 60 * 100)), ("2019-20", None)]


def test_a_board_has_a_sum_over_a_sum(lake):
    asked = {"by": ["icb_code"], "where": {"year": "2018-19"}}
    assert measure(lake, ["points_overall"], **asked).collect().rows() == [
        ("QOP", 90.0),
        ("QRL", 25.0),
    ]
