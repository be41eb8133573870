"""Trend: one organisation, or a group of practices, through the years, beside England and others.

Each year is summed over that year's published geography, or over today's. Whether two
years may be joined by a line is said by `segment`; nothing else may join them.
"""

from dataclasses import replace

import polars as pl

from engine.atlas.area import GROUP
from engine.atlas.ask import Question, check
from engine.atlas.comparability import protected, year_note
from engine.atlas.geography import practices as practices_of
from engine.atlas.metrics.qof_measures import QofMeasure
from engine.atlas.parents import ABOVE, parents
from engine.atlas.rollup import GIVEN, LEVELS, SHARE, organisation_code
from engine.atlas.standing import compared
from engine.interval import wilson
from engine.lake import Lake
from engine.measure import looked_up
from engine.metric import Metric, total
from engine.period import starts

DECILES = tuple(range(10, 100, 10))
FAN = tuple(f"p{percent}" for percent in DECILES)
COLUMNS = (
    "year",
    "indicator_code",
    "organisation_code",
    "numerator",
    "denominator",
    "practices",
    "value",
    "value_low",
    "value_high",
    "parent_code",
    "parent_value",
    "england_value",
    *FAN,
    "organisations",
    "segment",
    "breaks_series",
    "break_reason",
    "protected",
    "year_note",
)
_PARENTS = [f"{level}_code" for level in LEVELS if level != "england"]


def trend(
    lake: Lake, question: Question, organisation: str, *, parent: str | None = None
) -> pl.LazyFrame:
    """An organisation's figure in every year in which the measure was published.

    Takes:  a question, of which indicator, level, measure and geography count (not year or bands);
            the code of an organisation of that level, or `group` for the practices that the
            question's area lists: each year sums those of them that it has; the level of the parent
            to show, by default the ICB (for an ICB its region). A group has none.
    Gives:  COLUMNS, one row a year, oldest first. `numerator`, `denominator` (patients; points for
            points), `practices` that gave both, `value` and its 95 % interval (percent): null in a
            year in which it gave nothing. `parent_code` of that year. `p10` to `p90`:
            the deciles of the level's `organisations` that can be compared (ten eligible patients
            or more). `segment` counts from 1 and grows at every break in series and after every
            missing year. `protected` marks a year to be hatched, `year_note` says why.
    Raises: UnknownName, BadQuestion; see `answer`.
    """
    metric, _ = check(lake, question)
    level, above = question.level, parent or ABOVE[question.level]
    check(lake, replace(question, level=above))
    practices = _practices(lake, metric, question)
    rows = _summed(practices, level)
    own = (
        _summed(practices.filter(question.within.holds), "england")
        if organisation == GROUP
        else rows.filter(pl.col("organisation_code") == organisation)
    )
    belongs = parents(lake, level, above, geography=question.geography).filter(
        pl.col("organisation_code") == organisation
    )
    parent_rows = _summed(practices, above).select("year", "organisation_code", parent_value=SHARE)
    return (
        _years(lake, practices, question.indicator)
        .join(_fan(rows, metric), on="year", how="left")
        .join(own.with_columns(*_figures(metric)), on="year", how="left")
        # Year by year: who moved to another board is held against that one from then on.
        .join(belongs.select("year", "parent_code"), on="year", how="left")
        .join(
            parent_rows,
            left_on=["year", "parent_code"],
            right_on=["year", "organisation_code"],
            how="left",
        )
        .with_columns(
            organisation_code=pl.lit(organisation),
            practices=pl.col("practices").fill_null(0),
            organisations=pl.col("organisations").fill_null(0),
            protected=protected(question.measure),
            year_note=year_note(question.measure),
        )
        .sort("year")
        .select(COLUMNS)
    )


def segments() -> pl.Expr:
    """The number of the unbroken run that each year belongs to, from 1.

    Takes: rows in order of `year`, with `breaks_series` (never null).

    >>> pl.DataFrame({"year": ["2019-20", "2020-21", "2022-23", "2023-24"],
    ...     "breaks_series": [True, False, False, True]}).select(segments())["segment"].to_list()
    [1, 1, 2, 3]
    """
    start = starts("year")
    # A year that was not loaded may hide a break: no line is drawn across it.
    missing = start.diff() != 1
    joined = start.shift().is_null()  # the first year has nothing to be joined to
    return (
        (pl.col("breaks_series") | missing.fill_null(False))
        .and_(~joined)
        .cum_sum()
        .add(1)
        .cast(pl.Int64)
        .alias("segment")
    )


def _practices(lake: Lake, metric: QofMeasure, question: Question) -> pl.LazyFrame:
    """The parts of the metric in all years, one row a practice and year, with its geography.

    Kept for the length of one query: four sums are made of it.
    """
    rows = lake.scan(metric.table).filter(pl.col(metric.code) == question.indicator)
    parts = looked_up(lake, rows, metric).select(
        "year", "practice_code", numerator=metric.numerator, denominator=metric.denominator
    )
    belongs = practices_of(lake, question.geography)
    joined = parts.join(belongs, on=["year", "practice_code"])
    return joined.select("year", *_PARENTS, "numerator", "denominator").cache()


def _summed(practices: pl.LazyFrame, level: str) -> pl.LazyFrame:
    """The rows of `roll_up` for every year: sums that are null where no practice gave any."""
    rows = practices.select(
        "year",
        "numerator",
        "denominator",
        organisation_code=organisation_code(level),
        practices=GIVEN.cast(pl.Int64),
    ).filter(pl.col("organisation_code").is_not_null())
    if level == "practice":
        return rows
    return rows.group_by("year", "organisation_code").agg(
        *(total(pl.col(name)).alias(name) for name in ("numerator", "denominator")),
        pl.col("practices").sum(),
    )


def _years(lake: Lake, practices: pl.LazyFrame, indicator: str) -> pl.LazyFrame:
    """The years in which the measure was published, with England's value and the segments."""
    # A year counts as published where England has a number, whether or not this organisation has.
    england = _summed(practices, "england").filter(pl.col("numerator").is_not_null())
    told = lake.scan("indicator").filter(pl.col("indicator_code") == indicator)
    return (
        england.select("year", england_value=SHARE)
        .join(told.select("year", "breaks_series", "break_reason"), on="year", how="left")
        .sort("year")
        .with_columns(
            indicator_code=pl.lit(indicator), breaks_series=pl.col("breaks_series").fill_null(False)
        )
        .with_columns(segments())
    )


def _fan(rows: pl.LazyFrame, metric: Metric) -> pl.LazyFrame:
    # Tiny practices at 0 or 100 % would widen the fan until it says nothing.
    values = rows.filter(compared(metric)).select("year", value=SHARE)
    return values.group_by("year").agg(
        *(
            pl.col("value").quantile(percent / 100, "linear").alias(name)
            for percent, name in zip(DECILES, FAN, strict=True)
        ),
        organisations=pl.len().cast(pl.Int64),
    )


def _figures(metric: Metric) -> list[pl.Expr]:
    low, high = wilson(pl.col("numerator"), pl.col("denominator"))
    none = pl.lit(None, pl.Float64)
    return [
        SHARE.alias("value"),
        (low if metric.interval else none).alias("value_low"),
        (high if metric.interval else none).alias("value_high"),
    ]
