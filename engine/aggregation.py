"""Aggregations: how what the rows of a table add becomes one number."""

from typing import Literal

import polars as pl

Aggregation = Literal["sum", "count", "count_distinct", "min", "max", "average", "percentile"]
ADDS_UP: frozenset[Aggregation] = frozenset(("sum", "count"))
"""Those whose parts add up to the whole: distinct members of two months are not those of both."""
Interpolation = Literal["linear", "equiprobable"]


def total(column: pl.Expr) -> pl.Expr:
    """A sum that is null, not zero, where there is nothing to add.

    In a fixed order: points are fractions, and the last bit of their sum hangs on the order in
    which threads bring the rows. A mark at a band's edge must not flip between two builds.
    """
    # Polars adds nothing up to 0, and "0 patients" is another thing than "nobody said".
    return pl.when(column.count() > 0).then(column.sort().sum())


def whole_total(column: pl.Expr) -> pl.Expr:
    """The same of whole numbers, whose sum is the same in any order: not sorted, so quicker."""
    # Polars adds up small whole numbers in as few bits as they have.
    return pl.when(column.count() > 0).then(column.cast(pl.Int64).sum())


def aggregated(
    column: pl.Expr, how: Aggregation, *, quantile: float, discrete: bool, exact: bool
) -> pl.Expr:
    """One number of many, over the rows of a group; nulls take no part.

    Takes:  quantile  from 0 to 1, for a percentile; `discrete`: a value that is there, not one
                      between two
            exact     whether the column holds whole numbers

    >>> paid = pl.DataFrame({"paid": [4, None, 1, 2, 3, 4]})
    >>> [
    ...     paid.select(
    ...         aggregated(pl.col("paid"), how, quantile=0.9, discrete=False, exact=True)
    ...     ).item()
    ...     for how in ("sum", "count", "count_distinct", "average", "percentile")
    ... ]
    [14, 5, 4, 2.8, 4.0]
    """
    if how == "sum":
        return whole_total(column) if exact else total(column)
    if how == "count":
        return column.count()
    if how == "count_distinct":
        return column.n_unique() - column.has_nulls().cast(pl.Int64)
    if how == "percentile":
        between: Interpolation = "equiprobable" if discrete else "linear"
        return column.quantile(quantile, interpolation=between)
    return {"min": column.min, "max": column.max, "average": column.mean}[how]()
