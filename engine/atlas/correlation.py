"""Relation: how an indicator's value goes with a measure of context, over organisations.

It says what goes with what and never why. Groups are sum over sum, so that a large organisation
counts for its patients; the rank correlation counts every organisation once.
"""

import polars as pl

from engine.atlas.metrics.context_measures import CONTEXT, NOT_RATED
from engine.atlas.rollup import SHARE

RATINGS = ("Inadequate", "Requires improvement", "Good", "Outstanding", NOT_RATED)
FIFTHS = 5
LEAST = 10  # organisations, for a correlation to say anything
LEAST_IN_FIFTHS = 25


def relation(lf: pl.LazyFrame, measure: str) -> pl.LazyFrame:
    """How many organisations there are to compare, and how their two orders agree.

    Takes:  one row an organisation: `value` (percent) and the context measure's own column; null
            where it is not known.
    Gives:  one row: `organisations` (both are known), `unknown` (a value, but no context) and
            `correlation`, Spearman's, from -1 to 1, ties at their mean rank; null for a measure
            in words, for fewer than LEAST organisations and where either is the same for all.
    Raises: KeyError for a measure that does not exist.

    >>> lf = pl.LazyFrame({"value": [*range(10), 5], "list_size": [*range(100, 0, -10), None]})
    >>> relation(lf, "list_size").collect().rows()
    [(10, 1, -1.0)]
    """
    known = pl.col("value").is_not_null() & pl.col(measure).is_not_null()
    result = lf.select(
        organisations=known.sum().cast(pl.Int64),
        unknown=(pl.col("value").is_not_null() & pl.col(measure).is_null()).sum().cast(pl.Int64),
        correlation=pl.lit(None, pl.Float64)
        if CONTEXT[measure].is_word
        else pl.corr(*(pl.col(c).filter(known).rank("average") for c in ("value", measure))),
    )
    # Of five points nearly any order correlates; saying so would be saying nothing.
    is_enough = pl.col("organisations") >= LEAST
    return result.with_columns(
        correlation=pl.when(is_enough).then(pl.col("correlation").fill_nan(None))
    )


def steps(lf: pl.LazyFrame, measure: str) -> pl.LazyFrame:
    """The value by fifths of a context measure, or by its words: sum over sum.

    Takes:  as `relation`, with `numerator` and `denominator`.
    Gives:  one row a step, those without organisations left out: `step` (fifths from 1, lowest
            context first; ratings in the order of RATINGS, from 0), `low` and `high` (context;
            null for words), `organisations`, `numerator`, `denominator`, `value` (percent).
            Organisations alike in context are in one fifth, so fifths may differ in size. No row
            where fifths would be of fewer than LEAST_IN_FIFTHS organisations in all.
    Raises: KeyError for a measure that does not exist.
    """
    known = lf.filter(pl.col("value").is_not_null(), pl.col(measure).is_not_null())
    if CONTEXT[measure].is_word:
        order = pl.Enum(RATINGS)
        step = pl.col(measure).cast(order, strict=False).to_physical().cast(pl.Int64)
        low = high = pl.lit(None, pl.Float64)
    else:
        known = known.filter(pl.len() >= LEAST_IN_FIFTHS)
        # By mean rank, so that equals are never parted, whatever that does to the sizes.
        share = (pl.col(measure).rank("average") - 0.5) / pl.len()
        step = (share * FIFTHS).floor().cast(pl.Int64) + 1
        low, high = (end.cast(pl.Float64) for end in (pl.col(measure).min(), pl.col(measure).max()))
    return (
        known.with_columns(step=step)
        .filter(pl.col("step").is_not_null())
        .group_by("step")
        .agg(
            low.alias("low"),
            high.alias("high"),
            pl.len().cast(pl.Int64).alias("organisations"),
            pl.col("numerator", "denominator").sum(),
        )
        .with_columns(value=SHARE)
        .sort("step")
    )
