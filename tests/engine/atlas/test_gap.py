"""Gap: whole patients to an edge, against counting up one by one; who holds an area's gap."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer
from engine.atlas.gap import SHARE, fewest, holders, next_band, patients_to
from engine.atlas.years import qof_years
from engine.errors import UnknownName
from tests.conftest import rows
from tests.engine.universe import england

COUNTS = st.integers(0, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
EDGES = st.integers(1, 1000).map(lambda tenths: tenths / 10)
PARTS = {"numerator": pl.Int64, "denominator": pl.Int64}


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"))


def missing(numerator: int | None, denominator: int | None, edge: float) -> int | None:
    frame = pl.DataFrame({"numerator": [numerator], "denominator": [denominator]}, schema=PARTS)
    return frame.select(more=patients_to(edge))["more"].item()


@pytest.mark.parametrize(
    ("numerator", "denominator", "edge", "more"),
    [
        (79, 100, 80, 1),
        (80, 100, 80, None),  # at the edge is there
        (0, 3, 100, 3),
        (3, 3, 100, None),
        (28, 100, 29, 1),
        (29, 100, 29, None),  # 29 / 100 * 100 is 28.999999999999996
        (57, 100, 57, None),
        (160, 200, 80.5, 1),
        (161, 200, 80.5, None),
        (12, 10, 80, None),  # more counted than could be
        (0, 0, 80, None),
        (None, 10, 80, None),
        (5, None, 80, None),
    ],
)
def test_patients_to_an_edge(numerator, denominator, edge, more):
    assert missing(numerator, denominator, edge) == more


@given(COUNTS, EDGES)
def test_so_many_bring_it_there_and_one_fewer_does_not(counts: tuple[int, int], edge: float):
    numerator, denominator = counts
    more = missing(numerator, denominator, edge)
    tenths = round(edge * 10)  # whole numbers, so that the comparison is exact

    def is_there(counted: int) -> bool:
        return counted * 1000 >= tenths * denominator

    if more is None:
        assert denominator == 0 or is_there(numerator)
    else:
        assert is_there(numerator + more) and not is_there(numerator + more - 1)
        assert numerator + more <= denominator


def test_patients_to_the_median_of_all(drawn: Lake):
    lf = answer(drawn, Question("COPD010", "2021-22")).with_columns(
        more=patients_to(SHARE.median())
    )
    told = dict(lf.select("organisation_code", "more").drop_nulls().collect().rows())
    assert told == {"A00002": 3, "B00001": 15, "B00003": 28}  # the median is A00003's 75 %


FIVE = """
organisation_code | next_edge | patients_to_next
A00001            |           |
A00002            | 60        | 1
A00003            | 80        | 2
B00001            | 20        | 4
B00002            |           |
B00003            | 40        | 10
C00001            |           |
C00002            |           |
C00003            |           |
C00004            |           |
C00005            |           |
"""


def test_patients_to_the_next_band_of_each(drawn: Lake):
    lf = next_band(answer(drawn, Question("COPD010", "2021-22")), "five")
    schema = {
        "organisation_code": pl.String,
        "next_edge": pl.Float64,
        "patients_to_next": pl.Int64,
    }
    assert_frame_equal(lf.select(*schema).collect(), rows(FIVE, schema))


@pytest.mark.parametrize("bands", ["brief", "five", "quintiles", "custom:29,57.5,90"])
@pytest.mark.parametrize("measure", ["net", "pri", "prevalence"])
def test_so_many_more_is_the_next_band(lake: Lake, bands: str, measure: str):
    code = "HYP" if measure == "prevalence" else "DM020"
    question = Question(code, qof_years(lake)[0], measure=measure, bands=bands)
    told = next_band(answer(lake, question), bands).collect().drop_nulls("patients_to_next")
    after = (pl.col("numerator") + pl.col("patients_to_next")) * 100 / pl.col("denominator")
    before = after - 100 / pl.col("denominator")
    assert len(told) and told["patients_to_next"].min() >= 1
    assert told.filter(after < pl.col("next_edge")).is_empty()
    assert told.filter(before > pl.col("next_edge")).is_empty()


def test_points_are_no_patients(drawn: Lake):
    points = answer(drawn, Question("COPD010", "2021-22", measure="points"))
    told = next_band(points, "five").collect()
    assert told["next_edge"].count() == told["patients_to_next"].count() == 0


def test_bands_that_there_are_not_are_refused(drawn: Lake):
    with pytest.raises(UnknownName):
        next_band(answer(drawn, Question("COPD010", "2021-22")), "tenths")


HOLDERS = """
organisation_code | shortfall | place | cumulative | cumulative_percent
B00003            | 30        | 1     | 30         | 58.82
B00001            | 16        | 2     | 46         | 90.20
A00002            | 3         | 3     | 49         | 96.08
A00003            | 2         | 4     | 51         | 100
"""


def test_the_largest_shortfall_comes_first(drawn: Lake):
    lf = holders(answer(drawn, Question("COPD010", "2021-22")), 80)
    schema = {
        "organisation_code": pl.String,
        "shortfall": pl.Int64,
        "place": pl.Int64,
        "cumulative": pl.Int64,
        "cumulative_percent": pl.Float64,
    }
    seen = lf.select(*schema).with_columns(pl.col(pl.Float64).round(2)).collect()
    assert_frame_equal(seen, rows(HOLDERS, schema))
    assert lf.select(fewest(50)).collect().item() == 1
    assert lf.select(fewest(90)).collect().item() == 2


def test_only_the_practices_of_the_area_hold_its_gap(drawn: Lake):
    area = answer(drawn, Question("COPD010", "2021-22", area="icb:QAA"))
    assert holders(area, 80).collect()["organisation_code"].to_list() == ["A00002", "A00003"]


def test_equal_shortfalls_come_by_code_and_no_gap_is_held_by_nobody():
    lf = pl.LazyFrame(
        {
            "organisation_code": ["C", "A", "B"],
            "organisation_name": ["c", "a", "b"],
            "numerator": [1, 1, 1],
            "denominator": [2, 2, 2],
            "value": [50.0, 50.0, 50.0],
        }
    )
    assert holders(lf, 60).collect()["organisation_code"].to_list() == ["A", "B", "C"]
    assert holders(lf, 50).collect().is_empty()
    assert holders(lf, 50).select(fewest()).collect().item() == 0


@given(st.lists(st.integers(1, 500), min_size=1), st.integers(1, 100))
def test_fewest_is_the_first_that_reaches_the_share(shortfalls: list[int], percent: int):
    ordered = sorted(shortfalls, reverse=True)
    sums = [sum(ordered[: i + 1]) for i in range(len(ordered))]
    lf = pl.LazyFrame({"cumulative_percent": [s * 100 / sums[-1] for s in sums]})
    few = lf.select(fewest(percent)).collect().item()
    assert sums[few - 1] * 100 >= percent * sums[-1]
    assert few == 1 or sums[few - 2] * 100 < percent * sums[-1]
