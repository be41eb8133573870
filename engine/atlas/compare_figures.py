"""Held: the figures of one group of patients against those of another, all indicators at once.

One rule for "the same organisation, two years" (engine.atlas.compare_years) and for "two
organisations, one year" (engine.atlas.compare_pair): the difference of two shares with Newcombe's
interval. Whether the two may be held against each other at all is the caller's to say.
"""

import polars as pl

from engine.atlas.ask import SMALL
from engine.atlas.indicator_list import parts
from engine.atlas.metrics.qof_measures import LISTED
from engine.atlas.rollup import SHARE
from engine.atlas.year_change import newcombe
from engine.interval import wilson
from engine.lake import Lake
from engine.metric import total

LOWER, SIMILAR, HIGHER = "lower", "similar", "higher"
KEYS = ("indicator_code", "measure")
FIGURES = ("numerator", "denominator", "value", "value_low", "value_high")


def figures(lake: Lake, year: str, practices: pl.LazyFrame) -> pl.LazyFrame:
    """The share (net) of each indicator, and the prevalence of each register, of some practices.

    Takes:  a year of the lake; `practice_code` of those that count.
    Gives:  one row an indicator or register that has a value: `indicator_code`, `measure` (net or
            prevalence), `numerator`, `denominator`, summed, and `value`, `value_low`, `value_high`
            in percent (the interval null where more were counted than could be).
    """
    codes = practices.select("practice_code")
    low, high = wilson(pl.col("numerator"), pl.col("denominator"))
    sums = [
        parts(lake, year, metric)
        # Semi: a practice that is listed twice still counts once.
        .join(codes, on="practice_code", how="semi")
        .group_by("indicator_code")
        .agg(total(pl.col("numerator")), total(pl.col("denominator")))
        .with_columns(measure=pl.lit(metric.name))
        for metric in LISTED
    ]
    return (
        pl.concat(sums)
        # An area where nobody was eligible has nothing to be compared with.
        .filter(pl.col("denominator") > 0, pl.col("numerator").is_not_null())
        .with_columns(value=SHARE, value_low=low, value_high=high)
        .select(*KEYS, *FIGURES)
    )


def side_by_side(one: pl.LazyFrame, other: pl.LazyFrame) -> pl.LazyFrame:
    """Each figure of `one` against the same figure of `other`, as of two independent groups.

    Takes:  two frames of `figures`.
    Gives:  one row an indicator or register that either has, by code: the keys, FIGURES as
            `..._after` (of `one`) and `..._before` (of `other`), null where it has none;
            `difference`, one less other, in percentage points, with its 95 % interval
            `difference_low` and `difference_high`; and `verdict`: lower, higher, or similar where
            the interval holds 0 (null under ten patients in either, or without an interval).
    """
    named = [
        side.rename({name: f"{name}_{when}" for name in FIGURES})
        for side, when in ((other, "before"), (one, "after"))
    ]
    low, high = newcombe()
    # Either side decides: a comparison is as weak as its smaller half.
    few = pl.min_horizontal("denominator_before", "denominator_after") < SMALL
    return (
        named[0]
        # Full: what only one of them has is shown, without a verdict.
        .join(named[1], on=KEYS, how="full", coalesce=True)
        .with_columns(
            difference=pl.col("value_after") - pl.col("value_before"),
            difference_low=low,
            difference_high=high,
        )
        .with_columns(
            verdict=pl.when(few | pl.col("difference_low").is_null())
            .then(None)
            .when(pl.col("difference_low") > 0)
            .then(pl.lit(HIGHER))
            .when(pl.col("difference_high") < 0)
            .then(pl.lit(LOWER))
            .otherwise(pl.lit(SIMILAR))
        )
        .sort(KEYS)
    )
