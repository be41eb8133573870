"""Moved: of the organisations that changed between two years, those that chance does not explain.

Of many that are compared a twentieth lies outside of a 95 % interval by chance alone, so how many
that makes is told beside how many there are.
"""

import polars as pl

ROSE, FELL = "rose", "fell"
BY_CHANCE = 0.05


def moved(change: pl.LazyFrame) -> pl.LazyFrame:
    """Those whose change is beyond chance, the largest first.

    Takes:  what engine.atlas.year_change.change gives.
    Gives:  its rows whose 95 % interval of the change leaves 0 out, with `moved` (rose or fell); by
            the size of the change, then by code. None of points, which have no interval.

    >>> rows = {"organisation_code": ["A", "B", "C"], "change": [2.0, -5.0, 9.0],
    ...     "change_low": [0.5, -8.0, -1.0], "change_high": [3.5, -2.0, 19.0]}
    >>> moved(pl.LazyFrame(rows)).select("organisation_code", "moved").collect().rows()
    [('B', 'fell'), ('A', 'rose')]
    """
    word = (
        pl.when(pl.col("change_low") > 0)
        .then(pl.lit(ROSE))
        .when(pl.col("change_high") < 0)
        .then(pl.lit(FELL))
    )
    return (
        change.with_columns(moved=word)
        .drop_nulls("moved")
        .sort(pl.col("change").abs(), "organisation_code", descending=[True, False])
    )


def moved_in_all(change: pl.LazyFrame) -> pl.LazyFrame:
    """How many were compared, how many moved, and how many would by chance: one row.

    Gives:  `compared` (those with an interval), `rose`, `fell`, and `by_chance`: a twentieth of
            `compared`.
    """
    return change.select(
        compared=pl.col("change_low").count(),
        rose=(pl.col("change_low") > 0).sum(),
        fell=(pl.col("change_high") < 0).sum(),
        by_chance=pl.col("change_low").count() * BY_CHANCE,
    )
