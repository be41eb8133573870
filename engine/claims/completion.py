"""Completion: what is still to come of months whose claims are not all in yet (chain ladder).

Pure and lazy. Claims of a month come in over the months after it. Each step from one age to the
next is estimated from all origins that have both (volume-weighted); the newest origins are carried
forward by what older ones did at their age.
"""

import polars as pl

_VALUE, _LAG = pl.col("value"), pl.col("lag")


def triangle(
    rows: pl.LazyFrame, *, origin: str, known: str, value: str, until: pl.Expr | None = None
) -> pl.LazyFrame:
    """Amounts by month of service and by how many months later they were known.

    Takes:  rows with the day of service `origin`, the day `known` on which the amount was settled
            (rows without are left out: nobody knows yet), and the amount; the newest month whose
            settlements are all in, if not that of the newest settlement.
    Gives:  `origin` (first day of a month), `lag` (months, 0 in the same), `value`; every lag that
            could have been observed by then, 0 where nothing was settled in it.
    """
    first, then = (pl.col(name).dt.truncate("1mo") for name in (origin, known))
    found = (
        rows.filter(pl.col(known).is_not_null(), pl.col(known) >= pl.col(origin))
        .select(origin=first, _known=then, value=pl.col(value))
        .with_columns(_last=until if until is not None else pl.col("_known").max())
        .filter(pl.col("_known") <= pl.col("_last"))
    )
    months = found.with_columns(lag=_months("_known") - _months("origin"))
    summed = months.group_by("origin", "lag").agg(_VALUE.sum())
    seen = found.select("origin", most=_months("_last") - _months("origin")).unique("origin")
    every = seen.select("origin", lag=pl.int_ranges(pl.col("most") + 1)).explode(
        "lag", empty_as_null=False, keep_nulls=False
    )
    filled = every.join(summed.with_columns(_LAG.cast(pl.Int64)), on=["origin", "lag"], how="left")
    return filled.with_columns(_VALUE.fill_null(0)).sort("origin", "lag")


def factors(increments: pl.LazyFrame) -> pl.LazyFrame:
    """How much grows from each age to the next, and how complete each age is.

    Takes:  a triangle: `origin`, `lag` (0, 1, 2 ...), `value` (what came in at that age).
    Gives:  `lag`, `factor` (to the next age; null at the last), `completion` (0-1: what is in at
            that age of what will be), sorted.
    """
    grown = _cumulated(increments)
    following = grown.select("origin", lag=_LAG - 1, then="value")
    steps = (
        grown.join(following, on=["origin", "lag"], how="inner")
        .group_by("lag")
        .agg(_VALUE.sum(), pl.col("then").sum())
        .with_columns(factor=pl.col("then") / pl.when(_VALUE != 0).then(_VALUE))
    )
    ages = grown.select("lag").unique().join(steps.select("lag", "factor"), on="lag", how="left")
    # The last age is taken to be complete: no triangle says what comes after it.
    to_come = pl.col("factor").fill_null(1.0).cum_prod(reverse=True)
    return ages.sort("lag").with_columns(completion=1 / to_come)


def completed(increments: pl.LazyFrame) -> pl.LazyFrame:
    """Each origin with what is in, what it will come to, and the difference.

    Gives:  `origin`, `lag` (its age), `value` (in so far), `completion` (0-1), `ultimate`,
            `to_come`; sorted by origin.

    >>> rows = [(1, 0, 100), (1, 1, 50), (2, 0, 200)]
    >>> two = pl.LazyFrame(rows, schema=["origin", "lag", "value"], orient="row")
    >>> completed(two).select("origin", "ultimate", "to_come").collect().rows()
    [(1, 150.0, 0.0), (2, 300.0, 100.0)]
    """
    newest = _cumulated(increments).filter(_LAG == _LAG.max().over("origin"))
    known = newest.join(factors(increments).select("lag", "completion"), on="lag", how="left")
    return (
        known.with_columns(ultimate=_VALUE / pl.col("completion"))
        .with_columns(to_come=pl.col("ultimate") - _VALUE)
        .sort("origin")
    )


def _cumulated(increments: pl.LazyFrame) -> pl.LazyFrame:
    return increments.select(
        "origin", _LAG.cast(pl.Int64), _VALUE.cum_sum().over("origin", order_by="lag")
    )


def _months(name: str) -> pl.Expr:
    """Months since the year 0, to take one from another."""
    return pl.col(name).dt.year().cast(pl.Int64) * 12 + pl.col(name).dt.month()
