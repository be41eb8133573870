"""How far a value lies from those of its group, in a way that a few odd ones cannot bend.

Median and median absolute deviation (MAD) instead of mean and standard deviation. Two things go
wrong with them elsewhere: a group of which more than half are equal has no spread, and a group of
one is judged by itself. Here the spread has a floor, and small groups are not judged.
"""

from collections.abc import Sequence

import polars as pl

MAD_TO_SD = 1.4826
"""A normal distribution's standard deviation over its MAD."""


def spread(
    rows: pl.LazyFrame, value: str, by: Sequence[str], *, floor: float | pl.Expr
) -> pl.LazyFrame:
    """Median and spread of each group.

    Takes:  rows; a numeric column (nulls are not counted); what makes a group; the least that
            counts as spread, in the unit of the value: an expression over `median` and `size`, or
            a number.
    Gives:  `by`, `size` (values), `median`, `spread` (of the size of a standard deviation, never
            0 where the floor is not).

    >>> rows = pl.LazyFrame({"g": ["a"] * 5 + ["b"], "x": [1.0, 1, 1, 1, 9, 5]})
    >>> spread(rows, "x", ["g"], floor=0.5).sort("g").collect().rows()
    [('a', 5, 1.0, 0.5), ('b', 1, 5.0, 0.5)]
    """
    given = rows.filter(pl.col(value).is_not_null()).select(*by, value)
    middle = given.group_by(by).agg(
        pl.len().cast(pl.Int64).alias("size"), pl.col(value).median().alias("median")
    )
    away = (pl.col(value) - pl.col("median")).abs()
    # By groups and joined, not with `over`: that holds every row of a table larger than memory.
    deviations = given.join(middle, on=by, nulls_equal=True).group_by(by).agg(mad=away.median())
    least = floor if isinstance(floor, pl.Expr) else pl.lit(float(floor))
    return middle.join(deviations, on=by, nulls_equal=True).select(
        *by,
        "size",
        "median",
        pl.max_horizontal(MAD_TO_SD * pl.col("mad"), least).alias("spread"),
    )


def score(value: str | pl.Expr) -> pl.Expr:
    """How many spreads a value lies from the median: `median` and `spread` stand beside it."""
    value = pl.col(value) if isinstance(value, str) else value
    return (value - pl.col("median")) / pl.col("spread")
