"""Rows in time: over which days they count, moved to other days, told by any grain.

What is cumulated or compared goes along the calendar of the lake, day by day, so that a day without
rows is there as well.
"""

from collections.abc import Iterable, Sequence

import polars as pl

from engine.aggregation import ADDS_UP
from engine.asked import Key
from engine.derived import Cumulative, Offset
from engine.errors import BadDeclaration
from engine.grain import GRAINS, Calendar, Grain, stepped, truncated
from engine.lake import Lake
from engine.metric import Metric

CLOCK = "_when"
"""The column with the day that a row counts for."""


def calendar(metric: Metric) -> Calendar:
    """The calendar along which a metric is moved.

    Raises: BadDeclaration where none of its times names one.
    """
    for name in metric.when:
        if found := metric.dimension[name].calendar:
            return found
    raise BadDeclaration(
        "a metric that is moved in time, or has no gaps, needs a calendar",
        where=metric.name,
        next="name one in the dimension that says when its rows count",
    )


def days(lake: Lake, metric: Metric) -> pl.LazyFrame:
    """Every day of the metric's calendar, once, as the day that a row counts for."""
    known = calendar(metric)
    return lake.scan(known.table).select(pl.col(known.day).cast(pl.Date).alias(CLOCK))


def told_by(lake: Lake, metric: Metric, times: Sequence[Key]) -> pl.LazyFrame:
    """Every day of the calendar with the keys that it has."""
    return with_keys(lake, days(lake, metric), times, metric, clock=CLOCK, keep=())


def spread(lake: Lake, rows: pl.LazyFrame, metric: Metric, window: Cumulative) -> pl.LazyFrame:
    """Each row once for every day over whose window it lies."""
    if metric.aggregation in ADDS_UP and metric.denominator is None:
        if metric.aggregation == "count":
            rows = rows.with_columns(pl.col("numerator").is_not_null().cast(pl.Int64))
        # What adds up is added up by day first: there are far fewer days than rows.
        keys = [name for name in rows.collect_schema() if name != "numerator"]
        rows = rows.group_by(keys).agg(pl.col("numerator").sum())
    day = pl.col(CLOCK)
    after = None
    if window.window:
        after = day.dt.offset_by(f"-{window.window}")
    elif window.to_date:
        after = truncated(day, window.to_date).dt.offset_by("-1d")
    spine = days(lake, metric).select(
        day.alias("_day"), *([after.alias("_after")] if after is not None else [])
    )
    within = [pl.col(CLOCK) <= pl.col("_day")]
    if after is not None:
        within.append(pl.col(CLOCK) > pl.col("_after"))
    rows = rows.with_columns(pl.col(CLOCK).cast(pl.Date))
    spread_out = rows.join_where(spine, *within)
    return spread_out.with_columns(pl.col("_day").alias(CLOCK)).drop("_day", "_after", strict=False)


def shifted(
    lake: Lake, rows: pl.LazyFrame, metric: Metric, offset: Offset, asked: Sequence[Grain]
) -> pl.LazyFrame:
    """Each row at the days whose earlier day it is.

    Takes:  asked  the grains that the answer is told by, the shortest first
    """
    day = pl.col(CLOCK)
    known = calendar(metric)
    if offset.start:
        spine = days(lake, metric)
        if asked:
            # What stood at the start is taken once for a stretch, on the first of its days.
            spine = spine.filter(pl.any_horizontal(day == truncated(day, g) for g in asked))
        spine = spine.select(day.alias("_day"), truncated(day, offset.start))
    elif own := next((g for g in known.grains if offset.by.endswith(f" {g}")), None):
        spine = _by_own_grain(lake, known, own, int(offset.by.split()[0]))
    else:
        if asked and _is_whole(offset.by, asked[0]):
            # Month beside month: a day by day walk would count 28 February on 28 to 31 March.
            rows = rows.with_columns(truncated(day, asked[0]))
        spine = days(lake, metric).select(day.alias("_day"), day.dt.offset_by(f"-{offset.by}"))
    moved = rows.with_columns(day.cast(pl.Date)).join(spine, on=CLOCK, how="inner")
    return moved.with_columns(pl.col("_day").alias(CLOCK)).drop("_day")


def with_keys(
    lake: Lake,
    rows: pl.LazyFrame,
    keys: Iterable[Key],
    metric: Metric,
    *,
    clock: str | None,
    keep: Iterable[str],
) -> pl.LazyFrame:
    """The rows with every key that is asked, and what they add.

    Takes:  clock  the column of the day that a row counts for; None: rows that were not moved
            keep   columns that are wanted besides
    """
    schema = rows.collect_schema()
    said: dict[str, pl.Expr] = {}
    for key in keys:
        dimension = metric.dimension[key.dimension]
        is_time = clock is not None and key.dimension in metric.when
        column = clock if is_time and clock else key.dimension
        own = dimension.calendar
        if own and key.step in own.grains:
            table = lake.scan(own.table).select(
                pl.col(own.day).cast(pl.Date).alias("_day"),
                pl.col(key.step).alias(f"own {key.name}"),
            )
            rows = rows.with_columns(pl.col(column).cast(pl.Date).alias("_day"))
            rows = rows.join(table, on="_day", how="left", maintain_order="left").drop("_day")
            said[key.name] = pl.col(f"own {key.name}")
        else:
            said[key.name] = stepped(pl.col(column), key.step)
    parts = [name for name in ("numerator", "denominator", clock) if name in schema]
    also = [name for name in dict.fromkeys((*parts, *keep)) if name and name not in said]
    return rows.select(*also, *(value.alias(name) for name, value in said.items()))


def _is_whole(stretch: str, grain: Grain) -> bool:
    """Whether a stretch is of whole months, quarters or years, and the grain is one of those.

    >>> _is_whole("1mo", "month"), _is_whole("1mo", "year"), _is_whole("1y", "month")
    (True, False, True)
    """
    months = {"mo": 1, "q": 3, "y": 12}
    number = stretch.rstrip("abcdefghijklmnopqrstuvwxyz")
    unit = stretch[len(number) :]
    of_grain = months.get(GRAINS[grain][1:], 0)
    return bool(of_grain) and unit in months and int(number) * months[unit] % of_grain == 0


def _by_own_grain(lake: Lake, known: Calendar, grain: str, back: int) -> pl.LazyFrame:
    """For each day, the day that is as far into the stretch so many before its own."""
    place = pl.int_range(pl.len()).over("_own", order_by="_day")
    all_days = (
        lake.scan(known.table)
        .select(pl.col(known.day).cast(pl.Date).alias("_day"), pl.col(grain).alias("_own"))
        .sort("_day")
        .with_columns(_place=place, _stretch=pl.col("_own").rank("dense"))
    )
    earlier = all_days.select(pl.col("_day").alias(CLOCK), "_place", pl.col("_stretch") + back)
    return all_days.join(earlier, on=["_place", "_stretch"]).select("_day", CLOCK)
