"""Wilson's score interval, against published values and the formula worked in plain Python."""

from math import inf, sqrt

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.interval import Z95, wilson

Z998 = 3.090232306167813
SHARES = st.integers(0, 1_000_000).flatmap(
    lambda n: st.tuples(st.integers(0, n), st.just(n)) if n else st.just((0, 1))
)


def interval(numerator: int | None, denominator: int | None, z: float = Z95) -> tuple:
    schema = {"n": pl.Int64, "d": pl.Int64}
    frame = pl.DataFrame({"n": [numerator], "d": [denominator]}, schema=schema)
    low, high = wilson(pl.col("n"), pl.col("d"), z)
    return frame.select(low.alias("low"), high.alias("high")).row(0)


def by_inversion(x: int, n: int, z: float) -> tuple[float, float]:
    """Both p at which the score test |x/n - p| = z sqrt(p (1 - p) / n) just rejects, by halving."""

    def rejects(p: float) -> bool:
        return abs(x / n - p) > z * sqrt(p * (1 - p) / n)

    ends = []
    for outside, inside in ((0.0, x / n), (1.0, x / n)):
        for _ in range(80):
            middle = (outside + inside) / 2
            outside, inside = (middle, inside) if rejects(middle) else (outside, middle)
        ends.append(inside * 100)
    return ends[0], ends[1]


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    # Newcombe (1998), Statistics in Medicine 17, 857-872, table I, method 3.
    [(81, 263, 25.53, 36.62), (15, 148, 6.24, 16.05), (0, 20, 0.0, 16.11), (1, 29, 0.61, 17.18)],
)
def test_published_intervals_are_reproduced(
    numerator: int, denominator: int, low: float, high: float
):
    assert interval(numerator, denominator) == pytest.approx((low, high), abs=0.005)


@pytest.mark.parametrize("z", [Z95, Z998])
@given(SHARES)
def test_the_ends_are_where_the_score_test_rejects(z: float, share: tuple[int, int]):
    assert interval(*share, z) == pytest.approx(by_inversion(*share, z), abs=1e-6)


@given(SHARES)
def test_the_value_lies_within_its_interval_and_both_within_0_and_100(share: tuple[int, int]):
    low, high = interval(*share)
    value = share[0] / share[1] * 100
    assert 0 <= low <= value + 1e-9 and value - 1e-9 <= high <= 100
    assert low < high


@given(SHARES, st.integers(2, 50))
def test_more_people_make_it_narrower(share: tuple[int, int], times: int):
    few, many = interval(*share), interval(share[0] * times, share[1] * times)
    assert many[1] - many[0] < few[1] - few[0]


@pytest.mark.parametrize(
    ("numerator", "denominator"), [(0, 0), (5, 0), (None, 10), (5, None), (None, None), (11, 10)]
)
def test_there_is_none_where_nobody_was_eligible_or_more_were_counted(
    numerator: int | None, denominator: int | None
):
    assert interval(numerator, denominator) == (None, None)


def test_no_interval_passes_the_ends_by_a_hair():
    n = pl.int_range(1, 5_000, eager=True)
    frame = pl.DataFrame({"x": pl.concat([n * 0, n]), "n": pl.concat([n, n])})
    low, high = wilson(pl.col("x"), pl.col("n"))
    assert frame.filter((low < 0) | (high > 100)).is_empty()


def test_everybody_and_nobody_reach_the_ends():
    assert interval(50, 50)[1] == pytest.approx(100)
    assert interval(0, 50)[0] == pytest.approx(0)
    assert all(abs(end) < inf for end in interval(10**9, 2 * 10**9))
