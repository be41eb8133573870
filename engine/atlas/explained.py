"""Explained: what an area's figure would be if only who its patients are set it apart from England.

Indirect standardisation: each practice has the share that England has among practices of its kind.
What is left between that and the area's own figure, the kind does not account for. It is arithmetic
and no cause.
"""

import polars as pl

from engine.metric import total


def fifth(decile: str) -> pl.Expr:
    """The fifth of England's practices (1 most deprived) that a tenth lies in; null for a null.

    >>> pl.DataFrame({"d": [1, 2, 3, 10, None]}).select(f=fifth("d"))["f"].to_list()
    [1, 1, 2, 5, None]
    """
    return ((pl.col(decile).cast(pl.Int64) + 1) // 2).alias("kind")


def expected(lf: pl.LazyFrame) -> pl.LazyFrame:
    """An area's figure beside that which England has among practices of the same kinds.

    Takes:  one row a practice of England, those of no area among them: `numerator`, `denominator`
            (patients; null where not given), `kind` (null where it is not known), `here` (Bool).
    Gives:  one row: `value`, the area's share in percent, of its practices whose kind is known;
            `expected`, the share that they would have with England's share of each kind; `england`,
            that of all whose kind is known; `practices`, how many of the area count; `unknown`, how
            many gave figures and are left out, for their kind is not known. Null where there is
            nothing to divide.

    >>> lf = pl.LazyFrame({"numerator": [30, 90, 40], "denominator": [100, 100, 100],
    ...                    "kind": [1, 2, 1], "here": [False, False, True]})
    >>> expected(lf).collect().row(0)
    (40.0, 35.0, 53.333333333333336, 1, 0)
    """
    given = lf.filter(pl.col("numerator").is_not_null() & (pl.col("denominator") > 0))
    known, here = pl.col("kind").is_not_null(), pl.col("here")
    of_kind = (pl.col("numerator").sum() / pl.col("denominator").sum()).over("kind")
    counted = given.with_columns(would_be=of_kind * pl.col("denominator"))
    own = [pl.col(name).filter(here & known) for name in ("numerator", "would_be", "denominator")]
    whole = [pl.col(name).filter(known) for name in ("numerator", "denominator")]
    return counted.select(
        value=_share(own[0], own[2]),
        expected=_share(own[1], own[2]),
        england=_share(*whole),
        practices=(here & known).sum().cast(pl.Int64),
        unknown=(here & ~known).sum().cast(pl.Int64),
    )


def _share(upper: pl.Expr, lower: pl.Expr) -> pl.Expr:
    """In percent; null where there is nothing."""
    return total(upper) * 100 / total(lower)
