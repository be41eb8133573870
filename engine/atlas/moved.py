"""Moved: every indicator of one organisation, held against its own figures of another year.

As engine.atlas.change says it of one indicator: by Newcombe's interval, and nothing across a break
in series.
"""

import polars as pl

from engine.atlas.change import newcombe
from engine.geography import practices
from engine.interval import wilson
from engine.lake import Lake
from engine.metrics.qof import MEASURES
from engine.rollup import organisation_code, total

ROSE, SIMILAR, FELL = "rose", "similar", "fell"
FEW = 10


def moved(lake: Lake, year: str, before: str, level: str, organisation: str) -> pl.LazyFrame:
    """How far each indicator (net) and register (prevalence) moved since an earlier year.

    Takes:  two years of the lake, the earlier one as `before`; an organisation of both.
    Gives:  one row an indicator that has a value in both years and no break in series between
            them, by code: `indicator_code`, `measure`, `value_before` (percent), `change` in
            percentage points with its 95 % interval `change_low` and `change_high`, and `moved`:
            rose, fell, or similar where the interval holds 0 (null under ten patients in either
            year).
    """
    keys = ["indicator_code", "measure"]
    now, then = (_figures(lake, one, level, organisation) for one in (year, before))
    broken = lake.scan("indicator").filter(
        pl.col("year") > before, pl.col("year") <= year, pl.col("breaks_series").fill_null(False)
    )
    low, high = newcombe()
    few = pl.min_horizontal("denominator_before", "denominator_after") < FEW
    return (
        then.join(now, on=keys, suffix="_after")
        .join(broken, on="indicator_code", how="anti")
        .rename({name: f"{name}_before" for name in ("denominator", *_VALUES)})
        .with_columns(
            change=pl.col("value_after") - pl.col("value_before"), change_low=low, change_high=high
        )
        .with_columns(
            moved=pl.when(few)
            .then(None)
            .when(pl.col("change_low") > 0)
            .then(pl.lit(ROSE))
            .when(pl.col("change_high") < 0)
            .then(pl.lit(FELL))
            .otherwise(pl.lit(SIMILAR))
        )
        .sort(keys)
        .select(*keys, "value_before", "change", "change_low", "change_high", "moved")
    )


_VALUES = ("value", "value_low", "value_high")


def _figures(lake: Lake, year: str, level: str, organisation: str) -> pl.LazyFrame:
    """The organisation's share of each indicator and register of a year, where it has one."""
    own = practices(lake, "published", year).filter(organisation_code(level) == organisation)
    codes = own.select("practice_code")
    low, high = wilson(pl.col("numerator"), pl.col("denominator"))
    sums = [
        lake.scan(metric.table, year)
        .select(
            "practice_code",
            indicator_code=metric.code,
            numerator=metric.numerator,
            denominator=metric.denominator,
        )
        .join(codes, on="practice_code", how="semi")
        .group_by("indicator_code")
        .agg(total(pl.col("numerator")), total(pl.col("denominator")))
        .with_columns(measure=pl.lit(metric.name))
        for metric in (MEASURES["net"], MEASURES["prevalence"])
    ]
    return (
        pl.concat(sums)
        .filter(pl.col("denominator") > 0, pl.col("numerator").is_not_null())
        .with_columns(
            value=pl.col("numerator") * 100 / pl.col("denominator"), value_low=low, value_high=high
        )
        .select("indicator_code", "measure", "denominator", *_VALUES)
    )
