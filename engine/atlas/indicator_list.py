"""Listed: what lists of all indicators share: the practices' parts, and the words beside them.

Every list of the atlas has one order: by clinical group, its register first.
"""

import polars as pl

from engine.atlas.metrics.qof_measures import LISTED, QofMeasure
from engine.lake import Lake

_PLACES = {metric.name: place for place, metric in enumerate(LISTED)}


def parts(lake: Lake, year: str, metric: QofMeasure) -> pl.LazyFrame:
    """What each practice gave to each code of a metric.

    Gives:  one row a practice and code: `practice_code`, `indicator_code` (of a register for
            prevalence), `numerator`, `denominator`; null where not reported.
    """
    return lake.scan(metric.table, year).select(
        "practice_code",
        indicator_code=metric.code,
        numerator=metric.numerator,
        denominator=metric.denominator,
    )


def in_words(lf: pl.LazyFrame, lake: Lake, year: str) -> pl.LazyFrame:
    """The rows of a list with `group_name` and `description` of their `indicator_code`, in order.

    Takes:  one row an `indicator_code` and `measure`.
    Gives:  its columns and the words, null where the year has none; by group, registers first.
    """
    told = lake.scan("indicator").filter(pl.col("year") == year)
    words = told.select("indicator_code", "group_name", "description")
    return lf.join(words, on="indicator_code", how="left").sort(
        "group_name", pl.col("measure").replace_strict(_PLACES), "indicator_code", nulls_last=True
    )
