"""Reconcile: our sums of practices beside the totals that the publisher printed for areas.

Each year by its own published mapping: that is what the printed totals are of.
"""

import polars as pl

from engine.atlas.metrics.qof_measures import MEASURES
from engine.atlas.rollup import organisation_code
from engine.atlas.tables.published_contracts import AREAS
from engine.lake import Lake
from engine.metric import total

KEY = ("level", "organisation_code", "code", "part")


def reconcile(lake: Lake, year: str) -> pl.LazyFrame:
    """Every total printed for a year, with ours: see `compare`."""
    names = ("practice_geography", "percent_achieved", "prevalence")
    return compare(
        lake.scan("published_total", year), **{name: lake.scan(name, year) for name in names}
    )


def compare(
    printed: pl.LazyFrame,
    *,
    practice_geography: pl.LazyFrame,
    percent_achieved: pl.LazyFrame,
    prevalence: pl.LazyFrame,
) -> pl.LazyFrame:
    """One row a printed total, with the same sum of our own.

    Takes:  four tables of one year.
    Gives:  KEY, `printed` and `ours` (patients, or practices), sorted by KEY. `ours` is null where
            the lake has no such figure of any of the area's practices: there is nothing to compare.
    """
    net, share = MEASURES["net"], MEASURES["prevalence"]
    achieved = percent_achieved.select(
        "practice_code",
        code="indicator_code",
        numerator=net.numerator,
        denominator=net.denominator,
        pcas=pl.when(net.numerator.is_not_null()).then("pcas"),
    )
    registers = prevalence.select(
        "practice_code",
        code="group_code",
        register=share.numerator,
        list_size=share.denominator,
        practices=pl.lit(1, pl.Int64),
    )
    ours = [
        _per_area(facts, practice_geography, level)
        for level in AREAS
        for facts in (achieved, registers)
    ]
    return (
        printed.select(*KEY, printed="value")
        .join(pl.concat(ours), on=KEY, how="left")
        .select(*KEY, "printed", "ours")
        .sort(KEY)
    )


def tally(compared: pl.LazyFrame) -> pl.LazyFrame:
    """How far a comparison agrees, a level a row.

    Gives: `level`, `printed`, `compared` (ours is there), `equal` and `differ` (totals), by level
           from the finest to England.
    """
    there = pl.col("ours").is_not_null()
    order = {level: at for at, level in enumerate(AREAS)}
    return (
        compared.group_by("level")
        .agg(
            printed=pl.len().cast(pl.Int64),
            compared=there.sum().cast(pl.Int64),
            equal=(pl.col("printed") == pl.col("ours")).sum().cast(pl.Int64),
            differ=(pl.col("printed") != pl.col("ours")).sum().cast(pl.Int64),
        )
        .sort(pl.col("level").replace_strict(order, return_dtype=pl.Int8))
    )


def _per_area(facts: pl.LazyFrame, practices: pl.LazyFrame, level: str) -> pl.LazyFrame:
    """The sums of every part over the practices of each area of a level, a part a row."""
    area = practices.select("practice_code", organisation_code=organisation_code(level))
    parts = [
        name for name in facts.collect_schema().names() if name not in ("practice_code", "code")
    ]
    return (
        facts.join(area, on="practice_code")
        .filter(pl.col("organisation_code").is_not_null())
        .group_by("organisation_code", "code")
        .agg(total(pl.col(part)) for part in parts)
        .unpivot(
            parts, index=["organisation_code", "code"], variable_name="part", value_name="ours"
        )
        .with_columns(level=pl.lit(level))
        .select(*KEY, "ours")
    )
