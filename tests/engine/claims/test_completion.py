"""Completion: the published reserve of a published triangle, and a triangle by hand."""

import json
from datetime import date

import polars as pl
from polars.testing import assert_frame_equal

from engine.claims.completion import completed, factors, triangle
from tests.conftest import rows
from tests.engine.claims.lakes import published


def test_the_reserve_of_raa_as_published():
    there = published("11-runout-triangles")
    truth = json.loads((there / "truth.json").read_text(encoding="utf-8"))["raa"]
    known = pl.read_csv(there / "raa.csv.gz").sort("origin", "development")
    value = pl.col("values")
    increments = known.select(
        "origin",
        lag=pl.col("development") - pl.col("origin"),
        value=value - value.shift(fill_value=0).over("origin"),
    )
    found = completed(increments.lazy()).collect()
    assert round(found["to_come"].sum(), 3) == 52_135.228
    assert found["value"].sum() == truth["latest"]
    steps = factors(increments.lazy()).collect()["factor"].drop_nulls()
    assert [round(step, 6) for step in steps] == truth["factors"]


def test_a_triangle_by_hand():
    """May's 100 grew by half in the month after; June's 200 will, and July's 40 by as much."""
    claims = rows(
        """
        on         | settled    | paid
        2025-05-03 | 2025-05-30 | 60
        2025-05-31 | 2025-05-31 | 40
        2025-05-09 | 2025-06-02 | 50
        2025-06-01 | 2025-06-20 | 200
        2025-06-01 | 2025-07-20 | 100
        2025-07-01 | 2025-07-02 | 40
        2025-07-02 |            | 999
        """,
        {"on": pl.Date, "settled": pl.Date, "paid": pl.Int64},
    )
    found = triangle(claims.lazy(), origin="on", known="settled", value="paid")
    expected = rows(
        """
        origin     | lag | value
        2025-05-01 | 0   | 100
        2025-05-01 | 1   | 50
        2025-05-01 | 2   | 0
        2025-06-01 | 0   | 200
        2025-06-01 | 1   | 100
        2025-07-01 | 0   | 40
        """,
        {"origin": pl.Date, "lag": pl.Int64, "value": pl.Int64},
    )
    assert_frame_equal(found.collect(), expected)
    months = completed(found).select("origin", "ultimate", "to_come").collect()
    assert months.rows() == [
        (date(2025, 5, 1), 150.0, 0.0),
        (date(2025, 6, 1), 300.0, 0.0),
        (date(2025, 7, 1), 60.0, 20.0),
    ]


def test_what_was_settled_after_the_last_whole_month_is_not_in_the_triangle():
    day = pl.lit(date(2025, 6, 1))
    claims = pl.LazyFrame(
        {
            "on": [date(2025, 5, 1), date(2025, 5, 1)],
            "settled": [date(2025, 6, 30), date(2025, 7, 1)],
            "paid": [5, 7],
        }
    )
    found = triangle(claims, origin="on", known="settled", value="paid", until=day).collect()
    assert found.select("lag", "value").rows() == [(0, 0), (1, 5)]
