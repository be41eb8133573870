"""Time analysis: comparisons by the calendar, on months that are over; seasons by hand."""

from datetime import date
from math import pi, sin

import polars as pl
import pytest

from engine.claims.analytics.seasons import over_time, season_index, yearly_growth


def series(values: dict[str, float | None]) -> pl.LazyFrame:
    months = [date.fromisoformat(f"{month}-01") for month in values]
    return pl.LazyFrame({"month": months, "value": list(values.values())},
                        schema={"month": pl.Date, "value": pl.Float64})  # fmt: skip


def years(*totals: float, season: float = 0.0) -> pl.LazyFrame:
    """Years of twelve equal months, or of a season: more in the first half, less in the second."""
    return series(
        {
            f"{2020 + y}-{m:02}": total / 12 * (1 + season * sin(2 * pi * (m - 0.5) / 12))
            for y, total in enumerate(totals)
            for m in range(1, 13)
        }
    )


def test_a_month_that_is_not_over_has_a_value_and_no_comparison():
    told = over_time(series({"2025-04": 10, "2025-05": 9, "2025-06": 3}), as_of=date(2025, 6, 10))
    result = told.collect()
    assert result["value"].to_list() == [10, 9, 3]
    assert result["is_complete"].to_list() == [True, True, False]
    assert result["mom"].to_list() == [None, pytest.approx(-0.1), None]


def test_the_last_day_completes_a_month_and_the_last_three_complete_ones_are_immature():
    six = series({f"2025-0{m}": 1.0 for m in range(1, 7)})
    whole = over_time(six, as_of=date(2025, 6, 30)).collect()
    assert whole["is_immature"].to_list() == [False] * 3 + [True] * 3
    day_less = over_time(six, as_of=date(2025, 6, 29)).collect()
    assert day_less["is_immature"].to_list() == [False] * 2 + [True] * 3 + [False]


def test_a_missing_month_is_not_stepped_over():
    told = over_time(series({"2025-01": 10, "2025-03": 20, "2025-04": 30, "2025-05": 0,
                             "2025-06": 5}), as_of=date(2025, 12, 31)).collect()  # fmt: skip
    assert told["mom"].to_list() == [None, None, 0.5, -1.0, None]
    assert told["rolling_3"].to_list() == [None, None, None, 50.0, 35.0]


def test_year_on_year_and_rolling_years():
    told = over_time(years(120, 240), as_of=date(2021, 12, 31)).collect()
    assert told["yoy"].to_list() == [None] * 12 + [1.0] * 12
    assert told["rolling_12"][11] == pytest.approx(120)
    assert told["rolling_12"][-1] == pytest.approx(240)


def test_seasons_are_freed_of_growth_and_need_two_mature_years():
    as_of = date(2023, 6, 30)
    index = season_index(years(120, 240, 480, season=0.5), as_of=as_of).collect()
    expected = [1 + 0.5 * sin(2 * pi * (m - 0.5) / 12) for m in range(1, 13)]
    assert index["index"].to_list() == pytest.approx(expected)
    assert index["years"].unique().to_list() == [3]
    # October to December 2021 are immature then: one mature year is too little.
    assert season_index(years(120, 240), as_of=date(2021, 12, 31)).collect().height == 0


def test_growth_is_compounded_over_whole_years():
    assert yearly_growth(years(100, 130, 121), as_of=date(2022, 12, 31)).collect().rows() == [
        (2020, 2022, pytest.approx(0.1))
    ]
    # The third year is not over.
    assert yearly_growth(years(100, 130, 121), as_of=date(2022, 12, 30)).collect().rows() == [
        (2020, 2021, pytest.approx(0.3))
    ]
    assert yearly_growth(years(100), as_of=date(2022, 12, 30)).collect().rows() == [
        (2020, 2020, None)
    ]
