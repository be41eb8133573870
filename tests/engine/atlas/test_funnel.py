"""Funnel: limits against the published formula and the Wilson interval; what is chance."""

from math import sqrt
from pathlib import Path
from statistics import NormalDist

import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import Lake, Question
from engine.atlas.funnel import PLACES, Z998, dispersion, funnel, limits
from engine.atlas.years import qof_years
from engine.interval import Z95, wilson
from tests.engine.universe import england

COUNTS = st.integers(1, 50_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))
SHARES = st.integers(1, 999).map(lambda tenths: tenths / 10)
LIMITS = ("low_998", "low_95", "high_95", "high_998")


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Lake:
    return england(tmp_path_factory.mktemp("lake"))


def around(n: int | None, share: float, z: float) -> tuple[float, float]:
    frame = pl.DataFrame({"n": [n]}, schema={"n": pl.Int64})
    low, high = limits(pl.col("n"), pl.lit(share), z)
    return frame.select(low.alias("low"), high.alias("high")).row(0)


def as_fingertips(n: int, share: float, z: float) -> tuple[float, float]:
    """The roots of the quadratic that Fingertips' workbook solves for the count, as percent.

    (1/z2 + 1/n) x2 - 2 p (n/z2 + 1) x + p (n (p (n/z2 + 2) - 1) + z2 (p - 1)) = 0
    """
    p, z2 = share / 100, z * z
    a, half_b = 1 / z2 + 1 / n, p * (n / z2 + 1)
    c = p * (n * (p * (n / z2 + 2) - 1) + z2 * (p - 1))
    root = sqrt(max(half_b * half_b - a * c, 0))
    return tuple(min(max((half_b + s * root) / a / n * 100, 0), 100) for s in (-1, 1))


@pytest.mark.parametrize("z", [Z95, Z998])
@given(st.integers(1, 20_000), SHARES)
def test_the_limits_are_those_of_fingertips(z: float, n: int, share: float):
    assert around(n, share, z) == pytest.approx(as_fingertips(n, share, z), abs=1e-4)


@pytest.mark.parametrize("z", [Z95, Z998])
@given(COUNTS, SHARES)
def test_outside_the_limits_is_where_the_interval_leaves_the_share_out(
    z: float, counts: tuple[int, int], share: float
):
    frame = pl.DataFrame({"x": [counts[0]], "n": [counts[1]]})
    low, high = frame.select(*_named(wilson(pl.col("x"), pl.col("n"), z))).row(0)
    bottom, top = around(counts[1], share, z)
    value = counts[0] * 100 / counts[1]
    clear = 1e-7  # at the limit itself both sides are rounded
    if value < bottom - clear or value > top + clear:
        assert not low + clear < share < high - clear
    elif bottom + clear < value < top - clear:
        assert low - clear < share < high + clear


def test_limits_narrow_with_size_and_stay_within_0_and_100():
    widths = [around(n, 90, Z95) for n in (1, 10, 100, 10_000)]
    assert [high - low for low, high in widths] == sorted(
        (high - low for low, high in widths), reverse=True
    )
    assert all(0 <= low <= 90 <= high <= 100 for low, high in widths)
    assert around(0, 90, Z95) == around(None, 90, Z95) == (None, None)


def test_every_practice_has_its_place_and_those_not_compared_have_none(drawn: Lake):
    result = funnel(drawn, Question("COPD010", "2021-22")).collect()
    assert dict(result.select("organisation_code", "place").rows()) == {
        "A00001": "above_998",  # z is 3.88
        "A00002": "within",
        "A00003": "within",
        "B00001": "below_998",
        "B00002": None,  # 9 of 9: fewer than ten
        "B00003": "below_998",
        "C00001": None,
        "C00002": None,
        "C00003": None,
        "C00004": None,  # counts more than it could
        "C00005": None,
    }
    assert result.filter(pl.col("place").is_null())["low_95"].count() == 0


def test_a_place_beyond_each_limit(tmp_path: Path):
    # Around 50 % of 100: 95 % limits 40.2 and 59.8, 99.8 % limits 34.5 and 65.5.
    achieved = """
    year    | practice_code | indicator_code | numerator | denominator
    2021-22 | A00001        | COPD010        | 34        | 100
    2021-22 | A00002        | COPD010        | 35        | 100
    2021-22 | A00003        | COPD010        | 40        | 100
    2021-22 | B00001        | COPD010        | 41        | 100
    2021-22 | B00002        | COPD010        | 59        | 100
    2021-22 | B00003        | COPD010        | 60        | 100
    2021-22 | C00001        | COPD010        | 65        | 100
    2021-22 | C00002        | COPD010        | 66        | 100
    """
    lake = england(tmp_path, percent_achieved=achieved)
    result = funnel(lake, Question("COPD010", "2021-22")).collect()
    assert result["place"].drop_nulls().to_list() == [
        *("below_998", "below_95", "below_95", "within"),
        *("within", "above_95", "above_95", "above_998"),
    ]


def test_the_limits_are_around_england_whatever_the_area(drawn: Lake):
    whole = funnel(drawn, Question("COPD010", "2021-22")).collect()
    part = funnel(drawn, Question("COPD010", "2021-22", area="icb:QAA")).collect()
    assert whole.equals(part)
    assert whole["england_value"].round(2).unique().to_list() == [61.09]


def test_points_have_no_funnel(drawn: Lake):
    lf = funnel(drawn, Question("COPD010", "2021-22", measure="points"))
    assert lf.collect().select(*LIMITS, "z", "place").null_count().row(0) == (11,) * 6
    assert dispersion(lf).collect().row(0, named=True) == {
        "organisations": 0,
        "flagged_95": 0,
        "flagged_998": 0,
        "beyond_998": 0,
        "ratio": None,
        "factor": 1.0,
        "expected_95": 0,
        "expected_998": 0,
        "overdispersed": False,
    }


def test_places_are_in_order_of_the_value(lake: Lake):
    compared = funnel(lake, Question("DM020", qof_years(lake)[0])).collect().drop_nulls("place")
    limits_of = compared.select(*LIMITS, "england_value").rows()
    assert all(a <= b <= e <= c <= d for a, b, c, d, e in limits_of)
    by_place = compared.group_by("place").agg(
        pl.col("z").min().alias("low"), high=pl.col("z").max()
    )
    spans = {place: (low, high) for place, low, high in by_place.rows()}
    seen = [spans[place] for place in PLACES if place in spans]
    assert all(a[1] <= b[0] for a, b in zip(seen, seen[1:], strict=False))


def scores(z: list[float]) -> pl.LazyFrame:
    place = [
        "within"
        if abs(s) < Z95
        else ("above" if s > 0 else "below") + ("_95", "_998")[abs(s) > Z998]
        for s in z
    ]
    return pl.LazyFrame({"z": z, "place": place}, schema={"z": pl.Float64, "place": pl.String})


def test_chance_alone_is_not_overdispersed():
    z = [NormalDist().inv_cdf((i + 0.5) / 1000) for i in range(1000)]
    told = dispersion(scores(z)).collect().row(0, named=True)
    assert (told["expected_95"], told["expected_998"]) == (50, 2)
    assert (told["flagged_95"], told["flagged_998"]) == (50, 2)
    assert told["ratio"] == pytest.approx(0.679, abs=0.002)  # under 1: the tails are pulled in
    assert not told["overdispersed"]
    assert (told["factor"], told["beyond_998"]) == (1, 2)


def test_twice_the_spread_of_chance_is():
    told = dispersion(scores([-4.0, -3.0, -2.5, 2.5, 3.0, 4.0] * 20)).collect().row(0, named=True)
    assert told["overdispersed"] and told["ratio"] > 4
    assert (told["flagged_95"], told["flagged_998"]) == (120, 40)
    # None is pulled in: the spread is the mean of 16, 9 and 6.25, and limits 3.23 times as wide.
    assert told["ratio"] == pytest.approx((16 + 9 + 6.25) / 3)
    assert told["factor"] == pytest.approx(sqrt((16 + 9 + 6.25) / 3)) and told["beyond_998"] == 0


def test_who_lies_outside_the_wide_limits_still_does():
    told = dispersion(scores([-3.0, 3.0] * 50 + [30.0])).collect().row(0, named=True)
    assert told["factor"] == pytest.approx(3.0) and told["flagged_998"] == 1
    assert told["beyond_998"] == 1 and Z998 * 3 < 30


def test_a_few_outliers_do_not_make_the_rest_overdispersed():
    quiet = [-1.0, 0.5, 1.0, -0.5] * 25
    assert not dispersion(scores([*quiet, 90.0])).collect()["overdispersed"].item()


def _named(ends: tuple[pl.Expr, pl.Expr]) -> tuple[pl.Expr, pl.Expr]:
    return ends[0].alias("low"), ends[1].alias("high")
