"""The specification: every measure at every level, drawn, on the small England of universe.py.

Sum over sum; the published denominator already lacks the adjustments; no adjustments recorded is
none; a practice that lacks a part adds to neither sum; nobody eligible is no value and no band.
Prevalence is the exception that the publisher makes: the list of a practice that gave no register
counts in its areas (2017-18: CCG 02P has 265,436 patients with it and 260,302 without).
"""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer
from engine.atlas.rollup import LEVELS
from tests.conftest import rows
from tests.engine.universe import england

SPEC = {
    "level": pl.String,
    "code": pl.String,
    "numerator": pl.Float64,
    "denominator": pl.Float64,
    "pcas": pl.Int64,
    "value": pl.Float64,
    "band": pl.UInt8,
    "practices": pl.Int64,
}

NET = """
level    | code   | numerator | denominator | pcas | value  | band | practices
practice | A00001 | 80        | 100         | 25   | 80.00  | 4    | 1
practice | A00002 | 5         | 10          |      | 50.00  | 2    | 1
practice | A00003 | 30        | 40          | 10   | 75.00  | 3    | 1
practice | B00001 | 0         | 20          | 0    | 0.00   | 0    | 1
practice | B00002 | 9         | 9           |      | 100.00 | 4    | 1
practice | B00003 | 10        | 50          | 50   | 20.00  | 1    | 1
practice | C00001 |           |             |      |        |      | 0
practice | C00002 | 0         | 0           | 4    |        |      | 1
practice | C00003 |           |             |      |        |      | 0
practice | C00004 | 12        | 10          | 1    | 120.00 | 4    | 1
practice | C00005 |           |             |      |        |      | 0
pcn      | U00001 | 85        | 110         | 25   | 77.27  | 3    | 2
pcn      | U00002 | 30        | 60          | 10   | 50.00  | 2    | 2
pcn      | U00003 | 9         | 9           |      | 100.00 | 4    | 1
pcn      | U00004 | 0         | 0           | 4    |        |      | 1
pcn      | U00005 | 12        | 10          | 1    | 120.00 | 4    | 1
sub_icb  | 01A    | 115       | 150         | 35   | 76.67  | 3    | 3
sub_icb  | 02B    | 19        | 79          | 50   | 24.05  | 1    | 3
sub_icb  | 03C    | 12        | 10          | 5    | 120.00 | 4    | 2
icb      | QAA    | 115       | 150         | 35   | 76.67  | 3    | 3
icb      | QBB    | 31        | 89          | 55   | 34.83  | 1    | 5
region   | Y01    | 115       | 150         | 35   | 76.67  | 3    | 3
region   | Y02    | 31        | 89          | 55   | 34.83  | 1    | 5
england  | ENG    | 146       | 239         | 90   | 61.09  | 3    | 8
"""
PRI = """
level    | code   | numerator | denominator | pcas | value  | band | practices
practice | A00001 | 80        | 125         | 25   | 64.00  | 3    | 1
practice | A00002 | 5         | 10          |      | 50.00  | 2    | 1
practice | A00003 | 30        | 50          | 10   | 60.00  | 3    | 1
practice | B00001 | 0         | 20          | 0    | 0.00   | 0    | 1
practice | B00002 | 9         | 9           |      | 100.00 | 4    | 1
practice | B00003 | 10        | 100         | 50   | 10.00  | 0    | 1
practice | C00001 |           |             |      |        |      | 0
practice | C00002 | 0         | 4           | 4    | 0.00   | 0    | 1
practice | C00003 |           |             |      |        |      | 0
practice | C00004 | 12        | 11          | 1    | 109.09 | 4    | 1
practice | C00005 |           |             |      |        |      | 0
pcn      | U00001 | 85        | 135         | 25   | 62.96  | 3    | 2
pcn      | U00002 | 30        | 70          | 10   | 42.86  | 2    | 2
pcn      | U00003 | 9         | 9           |      | 100.00 | 4    | 1
pcn      | U00004 | 0         | 4           | 4    | 0.00   | 0    | 1
pcn      | U00005 | 12        | 11          | 1    | 109.09 | 4    | 1
sub_icb  | 01A    | 115       | 185         | 35   | 62.16  | 3    | 3
sub_icb  | 02B    | 19        | 129         | 50   | 14.73  | 0    | 3
sub_icb  | 03C    | 12        | 15          | 5    | 80.00  | 4    | 2
icb      | QAA    | 115       | 185         | 35   | 62.16  | 3    | 3
icb      | QBB    | 31        | 144         | 55   | 21.53  | 1    | 5
region   | Y01    | 115       | 185         | 35   | 62.16  | 3    | 3
region   | Y02    | 31        | 144         | 55   | 21.53  | 1    | 5
england  | ENG    | 146       | 329         | 90   | 44.38  | 2    | 8
"""
PCA_RATE = """
level    | code   | numerator | denominator | pcas | value  | band | practices
practice | A00001 | 25        | 125         | 25   | 20.00  | 1    | 1
practice | A00002 | 0         | 10          |      | 0.00   | 0    | 1
practice | A00003 | 10        | 50          | 10   | 20.00  | 1    | 1
practice | B00001 | 0         | 20          | 0    | 0.00   | 0    | 1
practice | B00002 | 0         | 9           |      | 0.00   | 0    | 1
practice | B00003 | 50        | 100         | 50   | 50.00  | 2    | 1
practice | C00001 |           |             |      |        |      | 0
practice | C00002 | 4         | 4           | 4    | 100.00 | 4    | 1
practice | C00003 |           |             |      |        |      | 0
practice | C00004 | 1         | 11          | 1    | 9.09   | 0    | 1
practice | C00005 |           |             |      |        |      | 0
pcn      | U00001 | 25        | 135         | 25   | 18.52  | 0    | 2
pcn      | U00002 | 10        | 70          | 10   | 14.29  | 0    | 2
pcn      | U00003 | 0         | 9           |      | 0.00   | 0    | 1
pcn      | U00004 | 4         | 4           | 4    | 100.00 | 4    | 1
pcn      | U00005 | 1         | 11          | 1    | 9.09   | 0    | 1
sub_icb  | 01A    | 35        | 185         | 35   | 18.92  | 0    | 3
sub_icb  | 02B    | 50        | 129         | 50   | 38.76  | 1    | 3
sub_icb  | 03C    | 5         | 15          | 5    | 33.33  | 1    | 2
icb      | QAA    | 35        | 185         | 35   | 18.92  | 0    | 3
icb      | QBB    | 55        | 144         | 55   | 38.19  | 1    | 5
region   | Y01    | 35        | 185         | 35   | 18.92  | 0    | 3
region   | Y02    | 55        | 144         | 55   | 38.19  | 1    | 5
england  | ENG    | 90        | 329         | 90   | 27.36  | 1    | 8
"""
POINTS = """
level    | code   | numerator | denominator | value  | band | practices
practice | A00001 | 2.5       | 3           | 83.33  | 4    | 1
practice | A00002 | 0         | 3           | 0.00   | 0    | 1
practice | A00003 | 1.5       | 3           | 50.00  | 2    | 1
practice | B00001 | 0         | 3           | 0.00   | 0    | 1
practice | B00002 | 3         | 3           | 100.00 | 4    | 1
practice | B00003 | 1.25      | 3           | 41.67  | 2    | 1
practice | C00001 | 2         | 3           | 66.67  | 3    | 1
practice | C00002 |           |             |        |      | 0
practice | C00003 |           |             |        |      | 0
practice | C00004 | 3         | 3           | 100.00 | 4    | 1
practice | C00005 | 1         | 3           | 33.33  | 1    | 1
pcn      | U00001 | 2.5       | 6           | 41.67  | 2    | 2
pcn      | U00002 | 1.5       | 6           | 25.00  | 1    | 2
pcn      | U00003 | 3         | 3           | 100.00 | 4    | 1
pcn      | U00004 |           |             |        |      | 0
pcn      | U00005 | 4         | 6           | 66.67  | 3    | 2
sub_icb  | 01A    | 4         | 9           | 44.44  | 2    | 3
sub_icb  | 02B    | 4.25      | 9           | 47.22  | 2    | 3
sub_icb  | 03C    | 6         | 9           | 66.67  | 3    | 3
icb      | QAA    | 4         | 9           | 44.44  | 2    | 3
icb      | QBB    | 10.25     | 18          | 56.94  | 2    | 6
region   | Y01    | 4         | 9           | 44.44  | 2    | 3
region   | Y02    | 10.25     | 18          | 56.94  | 2    | 6
england  | ENG    | 14.25     | 27          | 52.78  | 2    | 9
"""
DIABETES = """
level    | code   | numerator | denominator | pcas | value  | band | practices
practice | A00001 | 60        | 800         |      | 7.50   | 0    | 1
practice | A00002 | 40        | 200         |      | 20.00  | 1    | 1
practice | A00003 | 0         | 500         |      | 0.00   | 0    | 1
practice | B00001 |           | 900         |      |        |      | 0
practice | B00002 | 50        | 250         |      | 20.00  | 1    | 1
practice | B00003 |           |             |      |        |      | 0
practice | C00001 | 30        | 1000        |      | 3.00   | 0    | 1
practice | C00002 | 0         | 0           |      |        |      | 1
practice | C00003 |           |             |      |        |      | 0
practice | C00004 | 7         | 700         |      | 1.00   | 0    | 1
practice | C00005 |           |             |      |        |      | 0
pcn      | U00001 | 100       | 1000        |      | 10.00  | 0    | 2
pcn      | U00002 | 0         | 1400        |      | 0.00   | 0    | 1
pcn      | U00003 | 50        | 250         |      | 20.00  | 1    | 1
pcn      | U00004 | 0         | 0           |      |        |      | 1
pcn      | U00005 | 7         | 700         |      | 1.00   | 0    | 1
sub_icb  | 01A    | 100       | 1500        |      | 6.67   | 0    | 3
sub_icb  | 02B    | 50        | 1150        |      | 4.35   | 0    | 1
sub_icb  | 03C    | 37        | 1700        |      | 2.18   | 0    | 3
icb      | QAA    | 100       | 1500        |      | 6.67   | 0    | 3
icb      | QBB    | 87        | 2850        |      | 3.05   | 0    | 4
region   | Y01    | 100       | 1500        |      | 6.67   | 0    | 3
region   | Y02    | 87        | 2850        |      | 3.05   | 0    | 4
england  | ENG    | 187       | 4350        |      | 4.30   | 0    | 7
"""


@pytest.fixture(scope="module")
def lake(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"))


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(
    ("measure", "indicator", "drawn"),
    [
        ("net", "COPD010", NET),
        ("pri", "COPD010", PRI),
        ("pca_rate", "COPD010", PCA_RATE),
        ("points", "COPD010", POINTS),
        ("prevalence", "DM", DIABETES),
    ],
)
def test_every_measure_at_every_level(
    lake: Lake, measure: str, indicator: str, drawn: str, level: str
):
    expected = rows(drawn, SPEC).filter(pl.col("level") == level).drop("level")
    result = answer(lake, Question(indicator, "2021-22", level, measure)).collect()
    seen = (
        result.rename({"organisation_code": "code"})
        .sort("code")
        .select(expected.columns)
        .with_columns(pl.col("value").round(2))
        .with_columns(pl.col("numerator", "denominator").cast(pl.Float64))
    )
    assert_frame_equal(seen, expected)


def test_points_come_with_the_care_adjustments_of_their_practices(lake: Lake):
    """They count patients, whatever the measure: those that were left out beside the points."""
    points, net = (
        answer(lake, Question("COPD010", "2021-22", "practice", measure)).collect()
        for measure in ("points", "net")
    )
    both = points.join(net, on="organisation_code", suffix="_net").filter(
        pl.col("numerator").is_not_null(), pl.col("numerator_net").is_not_null()
    )
    assert both["pcas"].to_list() == both["pcas_net"].to_list()
    assert both["pcas"].drop_nulls().sum() > 0
