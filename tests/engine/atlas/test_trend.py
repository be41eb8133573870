"""Trend: one row a published year, sums of that year's geography, and no line across a break."""

from pathlib import Path

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer
from engine.atlas.rollup import LEVELS
from engine.atlas.trend import COLUMNS, FAN, segments, trend
from engine.atlas.years import qof_years
from engine.errors import UnknownName
from engine.period import financial_year
from tests.conftest import rows
from tests.engine.universe import england

# A00001 moves from QAA to QBB in 2023-24 and is alone in its last year; 2022-23 was not published.
GEOGRAPHY = """
year    | practice_code | pcn_code | sub_icb_code | icb_code | region_code
2020-21 | A00001        | U00001   | 01A          | QAA      | Y01
2020-21 | A00002        | U00001   | 01A          | QAA      | Y01
2020-21 | B00001        | U        | 02B          | QBB      | Y02
2021-22 | A00001        | U00001   | 01A          | QAA      | Y01
2021-22 | B00001        | U        | 02B          | QBB      | Y02
2022-23 | A00001        | U00001   | 01A          | QAA      | Y01
2023-24 | A00001        | U00001   | 02B          | QBB      | Y02
2023-24 | A00002        | U00001   | 01A          | QAA      | Y01
2023-24 | B00001        | U        | 02B          | QBB      | Y02
2024-25 | B00001        | U        | 02B          | QBB      | Y02
"""
ACHIEVED = """
year    | practice_code | indicator_code | numerator | denominator | pcas | points
2020-21 | A00001        | COPD010        | 20        | 50          |      | 1
2020-21 | A00002        | COPD010        | 40        | 50          |      | 2
2020-21 | B00001        | COPD010        | 90        | 100         |      | 3
2021-22 | A00001        | COPD010        | 3         | 4           | 1    | 1
2021-22 | B00001        | COPD010        | 50        | 100         |      | 3
2022-23 | A00001        | HYP008         | 1         | 2           |      |
2023-24 | A00001        | COPD010        | 10        | 20          |      | 1
2023-24 | B00001        | COPD010        | 20        | 20          |      | 1
2024-25 | B00001        | COPD010        | 10        | 10          |      | 1
"""
INDICATOR = """
year    | indicator_code | kind      | group_code | points_max | breaks_series | break_reason
2020-21 | COPD010        | indicator | COPD       | 3          | true          | New
2021-22 | COPD010        | indicator | COPD       | 3          | false         |
2023-24 | COPD010        | indicator | COPD       | 4          | false         |
2024-25 | COPD010        | indicator | COPD       | 4          | true          | Another age band
"""
ORGANISATION = """
year    | level    | organisation_code
2020-21 | practice | A00001
2021-22 | practice | A00001
2022-23 | practice | A00001
2023-24 | practice | A00001
2024-25 | practice | B00001
"""
DRAWN = {
    "practice_geography": GEOGRAPHY,
    "percent_achieved": ACHIEVED,
    "indicator": INDICATOR,
    "organisation": ORGANISATION,
}
SPEC = {
    "year": pl.String,
    "numerator": pl.Int64,
    "denominator": pl.Int64,
    "practices": pl.Int64,
    "value": pl.Float64,
    "parent_code": pl.String,
    "parent_value": pl.Float64,
    "england_value": pl.Float64,
    "segment": pl.Int64,
    "protected": pl.Boolean,
}
PRACTICE = """
year    | numerator | denominator | practices | value | parent_code | parent_value | england_value | segment | protected
2020-21 | 20        | 50          | 1         | 40    | QAA         | 60           | 75            | 1       | true
2021-22 | 3         | 4           | 1         | 75    | QAA         | 75           | 50.96         | 1       | true
2023-24 | 10        | 20          | 1         | 50    | QBB         | 75           | 75            | 2       | false
2024-25 |           |             | 0         |       |             |              | 100           | 3       | false
"""  # noqa: E501
NETWORK = """
year    | numerator | denominator | practices | value | parent_code | parent_value | england_value | segment | protected
2020-21 | 60        | 100         | 2         | 60    | QAA         | 60           | 75            | 1       | true
2021-22 | 3         | 4           | 1         | 75    | QAA         | 75           | 50.96         | 1       | true
2023-24 | 10        | 20          | 1         | 50    | QAA         |              | 75            | 2       | false
2024-25 |           |             | 0         |       |             |              | 100           | 3       | false
"""  # noqa: E501
COPD = Question("COPD010", "2020-21")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"), **DRAWN)


@pytest.mark.parametrize(
    ("level", "code", "spec"), [("practice", "A00001", PRACTICE), ("pcn", "U00001", NETWORK)]
)
def test_a_row_for_every_published_year(drawn: Lake, level: str, code: str, spec: str):
    result = trend(drawn, Question("COPD010", "2020-21", level), code).collect()
    seen = result.select(*SPEC).with_columns(pl.col(pl.Float64).round(2))
    assert_frame_equal(seen, rows(spec, SPEC))


GROUP = """
year    | numerator | denominator | practices | value | england_value | segment
2020-21 | 110       | 150         | 2         | 73.33 | 75            | 1
2021-22 | 53        | 104         | 2         | 50.96 | 50.96         | 1
2023-24 | 30        | 40          | 2         | 75    | 75            | 2
2024-25 | 10        | 10          | 1         | 100   | 100           | 3
"""


def test_a_group_sums_those_of_its_practices_that_each_year_has(drawn: Lake):
    asked = Question("COPD010", "2020-21", area="group:A00001.B00001.Z99999")
    result = trend(drawn, asked, "group").collect()
    want = rows(GROUP, {name: SPEC[name] for name in result.columns if name in GROUP})
    seen = result.select(want.columns).with_columns(pl.col(pl.Float64).round(2))
    assert_frame_equal(seen, want)
    assert result["parent_code"].null_count() == 4 and set(result["organisation_code"]) == {"group"}
    # The fan is that of all practices, as for any of them.
    one = trend(drawn, COPD, "A00001").collect()
    assert_frame_equal(result.select(*FAN), one.select(*FAN))


@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points", "prevalence"])
@pytest.mark.parametrize("level", LEVELS)
def test_the_columns_are_always_the_same(drawn: Lake, level: str, measure: str):
    schema = trend(drawn, Question("COPD010", "2020-21", level, measure), "X").collect_schema()
    assert tuple(schema.names()) == COLUMNS


def test_years_in_which_the_measure_was_not_published_have_no_row(drawn: Lake):
    assert trend(drawn, Question("NOSUCH", "2020-21"), "A00001").collect().is_empty()
    pcas = trend(drawn, Question("HYP008", "2020-21", measure="net"), "A00001").collect()
    assert pcas["year"].to_list() == ["2022-23"]


def test_an_indicator_without_a_mapping_is_drawn_without_breaks(drawn: Lake):
    one = trend(drawn, Question("HYP008", "2020-21"), "A00001").collect().row(0, named=True)
    assert (one["value"], one["segment"], one["breaks_series"]) == (50, 1, False)


def test_the_parent_shown_can_be_chosen(drawn: Lake):
    result = trend(drawn, COPD, "A00001", parent="pcn").collect()
    assert result["parent_code"].to_list() == ["U00001", "U00001", "U00001", None]
    assert result["parent_value"].to_list() == [60, 75, 50, None]
    with pytest.raises(UnknownName):
        trend(drawn, COPD, "A00001", parent="ccg")


def test_the_fan_leaves_small_denominators_out(drawn: Lake):
    fan = trend(drawn, COPD, "A00001").collect().select("organisations", "p10", "p50", "p90")
    assert fan.row(0) == pytest.approx((3, 48, 80, 88))
    assert fan.row(1) == pytest.approx((1, 50, 50, 50))


def test_the_fan_of_networks_is_without_the_unallocated(drawn: Lake):
    fan = trend(drawn, Question("COPD010", "2020-21", "pcn"), "U00001").collect()
    assert fan.select("organisations", "p50").row(0) == (1, 60)


def test_points_are_a_share_of_each_years_own_maximum(drawn: Lake):
    points = Question("COPD010", "2020-21", measure="points")
    result = trend(drawn, points, "A00001").collect()
    assert result["value"].round(2).to_list() == [33.33, 33.33, 25, None]
    assert result["value_low"].null_count() == len(result)


@given(
    st.lists(st.tuples(st.integers(2000, 2015), st.booleans()), unique_by=lambda row: row[0]),
)
def test_two_years_share_a_segment_only_if_nothing_between_them_broke(drawn_years):
    years = sorted(drawn_years)
    frame = pl.DataFrame(
        {"year": [financial_year(y) for y, _ in years], "breaks_series": [b for _, b in years]},
        schema={"year": pl.String, "breaks_series": pl.Boolean},
    )
    segment = frame.select(segments())["segment"].to_list()
    assert segment[:1] in ([], [1])
    for i in range(1, len(years)):
        joined = years[i][0] - years[i - 1][0] == 1 and not years[i][1]
        assert segment[i] == segment[i - 1] + (not joined)


@pytest.mark.parametrize("measure", ["net", "pri", "pca_rate", "points"])
def test_every_year_is_what_an_answer_says_of_it(lake: Lake, measure: str):
    first = answer(lake, Question("DM020", qof_years(lake)[0], "icb", measure)).collect()
    code = first["organisation_code"][0]
    result = trend(lake, Question("DM020", qof_years(lake)[0], "icb", measure), code).collect()
    assert result["year"].to_list() == list(qof_years(lake))
    for row in result.rows(named=True):
        said = answer(lake, Question("DM020", row["year"], "icb", measure)).collect()
        own = said.filter(organisation_code=code).row(0, named=True)
        for name in ("numerator", "denominator", "value", "value_low", "practices"):
            assert row[name] == pytest.approx(own[name])
        deciles = [said["value"].quantile(d / 10, "linear") for d in range(1, 10)]
        assert [row[name] for name in FAN] == pytest.approx(deciles)


def test_prevalence_has_a_trend_too(lake: Lake):
    result = trend(
        lake, Question("HYP", qof_years(lake)[0], "england", "prevalence"), "ENG"
    ).collect()
    assert result["year"].to_list() == list(qof_years(lake))
    assert result["value"].to_list() == result["england_value"].to_list()


def test_nothing_is_read_until_it_is_collected(tmp_path: Path):
    lake = england(tmp_path, **DRAWN)
    lf = trend(lake, COPD, "A00001")
    for file in (tmp_path / "lake" / "tables").rglob("*.parquet"):
        file.unlink()
    with pytest.raises(FileNotFoundError):
        lf.collect()
