"""Peers: who is nearest, by what, and who cannot be asked."""

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from polars.testing import assert_frame_equal

from engine.atlas.peers import peers, taking_part
from engine.errors import BadQuestion, UnknownName
from tests.conftest import rows

FEATURES = {
    "practice_code": pl.String,
    "practice_name": pl.String,
    "list_size": pl.UInt32,
    "imd_score": pl.Float64,
    "gp_fte": pl.Float64,
    "same": pl.Int64,
}
# Quartiles of list size 4,000 and 8,000; of the score 10 and 30.
DRAWN = """
practice_code | practice_name | list_size | imd_score | gp_fte | same
A00001        | Ash           | 6000      | 20        | 5      | 1
A00002        | Birch         | 4000      | 20        |        | 1
A00003        | Cedar         | 8000      | 10        | 6      | 1
A00004        | Elder         | 2000      | 30        | 7      | 1
A00005        | Fir           | 90000     | 90        | 8      | 1
A00006        | Gorse         | 4000      | 10        | 9      | 1
A00007        | Holly         |           | 20        | 5      | 1
"""


@pytest.fixture
def features() -> pl.LazyFrame:
    return rows(DRAWN, FEATURES).lazy()


def codes(lf: pl.LazyFrame) -> list[str]:
    return lf.collect()["practice_code"].to_list()


def test_the_nearest_come_first_with_why(features: pl.LazyFrame):
    result = peers(features, "A00001", ["list_size"], count=2).collect()
    # Complete practices: quartiles 4,000 and 7,500.
    expected = pl.DataFrame(
        {
            "practice_code": ["A00002", "A00003"],
            "distance": [2000 / 3500, 2000 / 3500],
            "list_size": [4000.0, 8000.0],
            "list_size_difference": [-2000.0, 2000.0],
        }
    )
    assert_frame_equal(result, expected)


def test_distance_is_euclidean_in_interquartile_ranges(features: pl.LazyFrame):
    result = peers(features, "A00001", ["list_size", "imd_score"]).collect()
    elder = result.row(by_predicate=pl.col("practice_code") == "A00004", named=True)
    lists, scores = 4000 / 3500, 10 / 15  # quartiles of the score: 12.5 and 27.5
    assert elder["distance"] == pytest.approx((lists**2 + scores**2) ** 0.5)


def test_the_chosen_one_is_not_its_own_peer(features: pl.LazyFrame):
    assert "A00001" not in codes(peers(features, "A00001", ["imd_score"]))


def test_practices_lacking_a_feature_are_left_out_and_counted(features: pl.LazyFrame):
    names = ["list_size", "gp_fte"]
    assert set(codes(peers(features, "A00001", names))) == {"A00003", "A00004", "A00005", "A00006"}
    assert taking_part(features, names).collect().row(0, named=True) == {
        "practices": 5,
        "left_out": 2,
        "list_size_missing": 1,
        "gp_fte_missing": 1,
    }


def test_a_number_that_is_none_is_missing():
    lf = pl.LazyFrame(
        {"practice_code": ["A", "B", "C", "D"], "x": [1.0, float("nan"), float("inf"), 2.0]}
    )
    assert codes(peers(lf, "A", ["x"])) == ["D"]
    assert taking_part(lf, ["x"]).collect()["left_out"].item() == 2


@pytest.mark.parametrize("chosen", ["A00002", "NOBODY"])
def test_a_practice_that_cannot_be_placed_has_no_peers(features: pl.LazyFrame, chosen: str):
    assert codes(peers(features, chosen, ["gp_fte"])) == []


def test_a_feature_that_is_the_same_everywhere_tells_nobody_apart(features: pl.LazyFrame):
    with_it = codes(peers(features, "A00001", ["imd_score", "same"]))
    assert with_it == codes(peers(features, "A00001", ["imd_score"]))
    assert codes(peers(features, "A00001", ["same"], count=3)) == ["A00002", "A00003", "A00004"]


def test_no_feature_or_one_that_is_none_is_refused(features: pl.LazyFrame):
    with pytest.raises(BadQuestion):
        peers(features, "A00001", [])
    for name in ("rurality", "practice_name"):
        with pytest.raises(UnknownName) as caught:
            peers(features, "A00001", [name])
        assert caught.value.expected == "list_size, imd_score, gp_fte, same"


NUMBERS = st.lists(st.integers(-50, 50), min_size=2, max_size=30)


@given(NUMBERS, st.integers(1, 1000), st.randoms())
def test_neither_unit_nor_order_of_rows_changes_who_is_near(numbers, times, shuffle):
    table = [(f"P{i:02d}", float(number)) for i, number in enumerate(numbers)]
    there = pl.LazyFrame(table, schema=["practice_code", "x"], orient="row")
    shuffle.shuffle(table)
    again = pl.LazyFrame(table, schema=["practice_code", "x"], orient="row")
    scaled = again.with_columns(x=pl.col("x") * 1024)  # a power of two, so nothing is rounded
    expected = codes(peers(there, "P00", ["x"]))
    assert codes(peers(scaled, "P00", ["x"])) == expected
    away = {code: abs(number - numbers[0]) for code, number in table}
    assert expected == sorted(set(away) - {"P00"}, key=lambda code: (away[code], code))[:20]
