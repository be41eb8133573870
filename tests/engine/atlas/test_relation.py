"""Relation: rank correlation by hand, fifths as sum over sum, ratings never averaged."""

import polars as pl
import pytest

from engine import Lake, Question, answer
from engine.atlas.context import context
from engine.atlas.correlation import RATINGS, relation, steps
from engine.atlas.years import qof_years


def organisations(**columns: list) -> pl.LazyFrame:
    return pl.LazyFrame(columns, strict=False)


def told(lf: pl.LazyFrame, measure: str) -> dict:
    return relation(lf, measure).collect().row(0, named=True)


def ranked(values: list[float]) -> list[float]:
    """Ranks as one works them out on paper: alike values share their mean place."""
    return [sum(v < w for v in values) + (sum(v == w for v in values) + 1) / 2 for w in values]


def test_the_correlation_is_spearmans_with_ties_at_their_mean_rank():
    value = [70.0, 72, 72, 75, 61, 80, 80, 80, 55, 90, 66]
    score = [30.0, 28, 20, 20, 41, 12, 20, 9, 41, 5, 33]
    result = told(organisations(value=value, deprivation=score), "deprivation")
    a, b = ranked(value), ranked(score)
    centre = (len(a) + 1) / 2
    cross = sum((x - centre) * (y - centre) for x, y in zip(a, b, strict=True))
    spread = [sum((x - centre) ** 2 for x in ranks) for ranks in (a, b)]
    assert result["correlation"] == pytest.approx(cross / (spread[0] * spread[1]) ** 0.5)
    assert (result["organisations"], result["unknown"]) == (11, 0)


def test_what_is_not_known_is_left_out_and_counted_never_zero():
    """DOMAIN trap: NA full-time equivalents read as 0."""
    lf = organisations(
        value=[*range(12), None, 50.0], gps_per_10_000=[*map(float, range(12)), 9.0, None]
    )
    assert told(lf, "gps_per_10_000") == {"organisations": 12, "unknown": 1, "correlation": 1.0}


@pytest.mark.parametrize(
    ("values", "scores"),
    [([1.0] * 9, [1.0] * 9), ([50.0] * 20, list(range(20))), (list(range(20)), [7] * 20), ([], [])],
)
def test_too_few_or_nothing_that_varies_has_no_correlation(values: list, scores: list):
    lf = pl.LazyFrame(
        {"value": values, "deprivation": scores},
        schema={"value": pl.Float64, "deprivation": pl.Float64},
    )
    assert told(lf, "deprivation")["correlation"] is None


def test_a_fifth_is_sum_over_sum_not_the_mean_of_percentages():
    """DOMAIN trap: mean-of-percent roll-up."""
    denominator = [1000, *[10] * 24]
    lf = organisations(
        list_size=list(range(25)),
        numerator=[500, *[10] * 24],
        denominator=denominator,
        value=[50.0, *[100.0] * 24],
    )
    first, *rest = steps(lf, "list_size").collect().to_dicts()
    assert (first["step"], first["low"], first["high"], first["organisations"]) == (1, 0, 4, 5)
    assert first["value"] == pytest.approx(540 / 1040 * 100)  # the mean would be 90
    assert [row["value"] for row in rest] == [100] * 4


def test_those_alike_in_context_are_in_one_fifth():
    tenths = [tenth for tenth in range(1, 11) for _ in range(7)]
    lf = organisations(
        deprivation_decile=tenths, value=[50.0] * 70, numerator=[1] * 70, denominator=[2] * 70
    )
    result = steps(lf, "deprivation_decile").collect()
    assert result.select("low", "high").rows() == [(1, 2), (3, 4), (5, 6), (7, 8), (9, 10)]


def test_a_handful_of_organisations_has_no_fifths():
    lf = organisations(
        list_size=[1, 2, 3], value=[1.0, 2, 3], numerator=[1, 2, 3], denominator=[100] * 3
    )
    assert steps(lf, "list_size").collect().height == 0


def test_ratings_are_groups_in_their_order_and_have_no_correlation():
    """DOMAIN 1.9: never average ratings; not rated is a kind of its own."""
    lf = organisations(
        cqc_rating=["Good", "Not rated", "Inadequate", "Good", None, "Unheard of"],
        value=[80.0, 70, 60, 40, 10, 5],
        numerator=[80, 7, 6, 4, 1, 1],
        denominator=[100, 10, 10, 10, 10, 20],
    )
    result = steps(lf, "cqc_rating").collect()
    assert [RATINGS[step] for step in result["step"]] == ["Inadequate", "Good", "Not rated"]
    assert result["value"].to_list() == pytest.approx([60, 84 / 110 * 100, 70])
    assert told(lf, "cqc_rating") == {"organisations": 5, "unknown": 1, "correlation": None}


def test_fifths_hold_every_organisation_of_the_demonstration_once(lake: Lake):
    year = qof_years(lake)[-1]
    rows = answer(lake, Question("DM020", year)).join(
        context(lake, year, measures=("deprivation",)), on="organisation_code", how="left"
    )
    count = relation(rows, "deprivation").collect().row(0, named=True)
    result = steps(rows, "deprivation").collect()
    assert result["organisations"].sum() == count["organisations"] > 25
    both = rows.filter(pl.col("value").is_not_null(), pl.col("deprivation").is_not_null())
    assert result["denominator"].sum() == both.collect()["denominator"].sum()
    edges = result.select("low", "high").rows()
    assert all(a[1] < b[0] for a, b in zip(edges, edges[1:], strict=False))
