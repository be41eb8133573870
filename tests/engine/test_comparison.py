"""Two periods side by side, a whole beside its parts: worked by hand on a few practices."""

from pathlib import Path

import pytest

from engine import Lake
from engine.comparison import broken_down, compared
from engine.errors import BadQuestion
from engine.wings import metric, table
from tests.conftest import rows, sealed

ACHIEVED = """
year    | practice_code | indicator_code | register | numerator | denominator | points
2023-24 | A10001        | HYP008         | 100      | 40        | 80          | 5
2023-24 | A10002        | HYP008         | 100      | 30        | 40          | 7
2024-25 | A10001        | HYP008         | 100      | 60        | 80          | 6
2024-25 | A10003        | HYP008         | 100      | 10        | 40          | 8
"""


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    folder: Path = tmp_path_factory.mktemp("compared")
    return sealed(folder, percent_achieved=rows(ACHIEVED, table("percent_achieved")))


def test_two_periods_by_practice(small: Lake):
    result = compared(
        small, metric("net"), period="year", before="2023-24", after="2024-25", by=["practice_code"]
    ).collect()
    # 40/80 and 60/80; 30/40 and nobody; nobody and 10/40.
    assert result.rows() == [
        ("A10001", 50.0, 75.0, 25.0, 50.0),
        ("A10002", 75.0, None, None, None),
        ("A10003", None, 25.0, None, None),
    ]


def test_two_periods_as_a_whole(small: Lake):
    result = compared(
        small,
        metric("net"),
        period="year",
        before="2023-24",
        after="2024-25",
        where={"indicator_code": "HYP008"},
    ).collect()
    # 70 of 120, then 70 of 120: the same share of other practices.
    assert result["change"].to_list() == [0.0]


def test_a_period_that_nobody_has_gives_no_change(small: Lake):
    result = compared(
        small, metric("net"), period="year", before="2019-20", after="2024-25", by=["practice_code"]
    ).collect()
    assert result["change"].to_list() == [None, None]


def test_a_ratio_is_held_against_the_whole(small: Lake):
    result = broken_down(small, metric("net"), "practice_code", {"year": "2023-24"}).collect()
    assert result["practice_code"].to_list() == ["A10002", "A10001"]
    assert result["difference"].round(3).to_list() == [16.667, -8.333]
    assert result["share_percent"].to_list() == [None, None]


def test_a_dimension_that_it_lacks_is_refused(small: Lake):
    with pytest.raises(BadQuestion, match="cannot be asked by `colour`"):
        broken_down(small, metric("net"), "colour")
