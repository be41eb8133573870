"""Standing: mid-ranks among those that can be compared, and England by the interval."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer
from engine.atlas.rollup import LEVELS
from engine.atlas.standing import percentile, standing
from engine.atlas.years import qof_years
from engine.errors import BadQuestion, UnknownName
from tests.conftest import rows
from tests.engine.universe import england

COPD = Question("COPD010", "2021-22")
SPEC = {
    "organisation_code": pl.String,
    "icb_code": pl.String,
    "compared": pl.Boolean,
    "percentile_icb": pl.Float64,
    "among_icb": pl.Int64,
    "percentile_england": pl.Float64,
    "among_england": pl.Int64,
    "against_england": pl.String,
}
# England is 61.09 %: B00002 has 9 of 9 and C00004 counts 12 of 10, so neither is compared.
PRACTICES = """
organisation_code | icb_code | compared | percentile_icb | among_icb | percentile_england | among_england | against_england
A00001            | QAA      | true     | 83.33          | 3         | 90                 | 5             | higher
A00002            | QAA      | true     | 16.67          | 3         | 50                 | 5             | similar
A00003            | QAA      | true     | 50             | 3         | 70                 | 5             | similar
B00001            | QBB      | true     | 25             | 2         | 10                 | 5             | lower
B00002            | QBB      | false    |                | 2         |                    | 5             |
B00003            | QBB      | true     | 75             | 2         | 30                 | 5             | lower
C00001            | QBB      | false    |                | 2         |                    | 5             |
C00002            | QBB      | false    |                | 2         |                    | 5             |
C00003            | QBB      | false    |                | 2         |                    | 5             |
C00004            | QBB      | false    |                | 2         |                    | 5             |
C00005            | QBB      | false    |                | 2         |                    | 5             |
"""  # noqa: E501
NETWORKS = """
organisation_code | icb_code | compared | percentile_icb | among_icb | percentile_england | among_england | against_england
U00001            | QAA      | true     | 75             | 2         | 75                 | 2             | higher
U00002            | QAA      | true     | 25             | 2         | 25                 | 2             | similar
U00003            | QBB      | false    |                | 0         |                    | 2             |
U00004            | QBB      | false    |                | 0         |                    | 2             |
U00005            | QBB      | false    |                | 0         |                    | 2             |
"""  # noqa: E501


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"))


@pytest.mark.parametrize(("level", "spec"), [("practice", PRACTICES), ("pcn", NETWORKS)])
def test_every_organisation_has_its_place(drawn: Lake, level: str, spec: str):
    result = standing(drawn, Question("COPD010", "2021-22", level)).collect()
    seen = result.select(*SPEC).with_columns(pl.col(pl.Float64).round(2))
    assert_frame_equal(seen, rows(spec, SPEC))
    assert result["england_value"].round(2).unique().to_list() == [61.09]


def test_an_area_does_not_change_a_place(drawn: Lake):
    part = Question("COPD010", "2021-22", area="icb:QBB")
    assert_frame_equal(standing(drawn, part).collect(), standing(drawn, COPD).collect())


@pytest.mark.parametrize("level", ["icb", "region", "england"])
def test_areas_have_no_place_within_an_icb(drawn: Lake, level: str):
    result = standing(drawn, Question("COPD010", "2021-22", level)).collect()
    assert (
        result.select("icb_code", "percentile_icb", "among_icb").null_count().row(0)
        == (len(result),) * 3
    )


def test_england_is_neither_above_nor_below_itself_and_has_nobody_beside_it(drawn: Lake):
    one = standing(drawn, Question("COPD010", "2021-22", "england")).collect().row(0, named=True)
    assert (one["against_england"], one["percentile_england"]) == ("similar", None)


def test_points_have_places_but_no_interval_to_hold_against_england(drawn: Lake):
    points = standing(drawn, Question("COPD010", "2021-22", measure="points")).collect()
    assert points["against_england"].null_count() == len(points)
    assert points["percentile_england"].count() == points["compared"].sum() == 9


@pytest.mark.parametrize("level", LEVELS)
def test_an_absent_indicator_has_rows_without_places(drawn: Lake, level: str):
    result = standing(drawn, Question("NOSUCH", "2021-22", level)).collect()
    assert len(result) and result["percentile_england"].count() == 0
    assert not result["compared"].any() and result["against_england"].count() == 0


def test_what_cannot_be_asked_is_refused(drawn: Lake):
    with pytest.raises(UnknownName):
        standing(drawn, Question("COPD010", "2021-22", measure="mean"))
    with pytest.raises(BadQuestion):
        standing(drawn, Question("COPD010", "2031-32"))


@given(st.lists(st.none() | st.integers(0, 5)))
def test_percentiles_of_equal_values_are_equal_and_their_mean_is_the_middle(values: list):
    frame = pl.DataFrame({"v": values}, schema={"v": pl.Float64})
    ranks = frame.select(r=percentile(pl.col("v")))["r"].to_list()
    given_ranks = [r for r in ranks if r is not None]
    assert [r is None for r in ranks] == [v is None for v in values]
    assert all(0 < r < 100 for r in given_ranks)
    if given_ranks:
        assert sum(given_ranks) / len(given_ranks) == pytest.approx(50)
    pairs = [(v, r) for v, r in zip(values, ranks, strict=True) if v is not None]
    assert all((v < w) == (r < s) for v, r in pairs for w, s in pairs)


def test_every_organisation_of_the_answer_is_there_in_its_order(lake: Lake):
    for level in LEVELS:
        question = Question("DM020", qof_years(lake)[0], level)
        codes = answer(lake, question).collect()["organisation_code"].to_list()
        assert standing(lake, question).collect()["organisation_code"].to_list() == codes
