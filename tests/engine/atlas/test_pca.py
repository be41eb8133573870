"""The PCA switch: both shares as their own answers give them, and how far each one moves."""

import polars as pl
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer
from engine.atlas.pca_switch import pca_switch
from engine.atlas.rollup import LEVELS
from engine.atlas.years import qof_years
from tests.conftest import rows
from tests.engine.universe import england

SPEC = {
    "organisation_code": pl.String,
    "net": pl.Float64,
    "pri": pl.Float64,
    "moves": pl.Float64,
    "net_rank": pl.Int64,
    "pri_rank": pl.Int64,
    "percentile_moves": pl.Float64,
    "net_band": pl.UInt8,
    "pri_band": pl.UInt8,
    "band_changes": pl.Boolean,
}
COPD = """
organisation_code | net | pri | moves | net_rank | pri_rank | percentile_moves | net_band | pri_band | band_changes
A00001            | 80  | 64  | -16   | 1        | 1        | 0                | 4        | 3        | true
A00002            | 50  | 50  | 0     | 3        | 3        | 0                | 2        | 2        | false
A00003            | 75  | 60  | -15   | 2        | 2        | 0                | 3        | 3        | false
B00001            | 0   | 0   | 0     | 5        | 5        | 0                | 0        | 0        | false
B00002            | 100 | 100 | 0     |          |          |                  | 4        | 4        | false
B00003            | 20  | 10  | -10   | 4        | 4        | 0                | 1        | 0        | true
C00001            |     |     |       |          |          |                  |          |          | false
C00002            |     | 0   |       |          |          |                  |          | 0        | false
C00003            |     |     |       |          |          |                  |          |          | false
C00004            | 120 | 109.09 | -10.91 |      |          |                  | 4        | 4        | false
C00005            |     |     |       |          |          |                  |          |          | false
"""  # noqa: E501


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"))


def test_both_shares_and_the_distance_between_them(drawn: Lake):
    result = pca_switch(drawn, Question("COPD010", "2021-22")).collect()
    seen = result.select(*SPEC).with_columns(pl.col(pl.Float64).round(2))
    assert_frame_equal(seen, rows(COPD, SPEC))


def test_a_practice_that_leaves_many_out_falls_behind_one_that_does_not(tmp_path):
    achieved = """
    year    | practice_code | indicator_code | numerator | denominator | pcas
    2021-22 | A00001        | COPD010        | 90        | 100         | 100
    2021-22 | A00002        | COPD010        | 80        | 100         |
    """
    lake = england(tmp_path, percent_achieved=achieved)
    result = pca_switch(lake, Question("COPD010", "2021-22", area="pcn:U00001")).collect()
    assert result.select("net_rank", "pri_rank", "percentile_moves").rows() == [
        (1, 2, -50),
        (2, 1, 50),
    ]


@pytest.mark.parametrize("bands", ["five", "quintiles"])
@pytest.mark.parametrize("level", LEVELS)
def test_each_share_is_what_its_own_answer_says(lake: Lake, level: str, bands: str):
    asked = {"indicator": "DM020", "year": qof_years(lake)[0], "level": level, "bands": bands}
    result = pca_switch(lake, Question(**asked)).collect()
    for measure in ("net", "pri"):
        said = answer(lake, Question(**asked, measure=measure)).collect()
        assert_frame_equal(
            result.select("organisation_code", value=measure, band=f"{measure}_band"),
            said.select("organisation_code", "value", "band"),
        )


def test_nobody_gains_by_nobody_being_left_out(lake: Lake):
    result = pca_switch(lake, Question("DM020", qof_years(lake)[0])).collect()
    assert result["moves"].max() <= 0
    assert result.filter(pl.col("pcas").fill_null(0) == 0)["moves"].drop_nulls().eq(0).all()
