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


def days(lake: Lake, metric: Metric, rows: pl.LazyFrame | None = None) -> pl.LazyFrame:
    """Every day of the metric's calendar, once, as the day that a row counts for.

    Takes:  rows  of the metric, with whose last day time ends if the metric says so
    """
    known = calendar(metric)
    every = lake.scan(known.table).select(pl.col(known.day).cast(pl.Date).alias(CLOCK))
    if rows is None or not metric.is_over:
        return every
    last = rows.select(_last=pl.col(CLOCK).cast(pl.Date).max())
    return every.join(last, how="cross").filter(pl.col(CLOCK) <= pl.col("_last")).drop("_last")


def told_by(lake: Lake, metric: Metric, times: Sequence[Key]) -> pl.LazyFrame:
    """Every day of the calendar with the keys that it has."""
    return with_keys(lake, days(lake, metric), times, metric, is_moved=True)


def spread(
    lake: Lake, rows: pl.LazyFrame, metric: Metric, window: Cumulative, asked: Sequence[Grain]
) -> pl.LazyFrame:
    """Each row once for every day over whose window it lies.

    Takes:  asked  the grains that the answer is told by, the shortest first
    """
    day = pl.col(CLOCK)
    rows = rows.with_columns(day.cast(pl.Date))
    spine, step = days(lake, metric, rows), "1d"
    if window.told == "last" and len(asked) == 1 and _is_whole(window.window or "1y", asked[0]):
        # Twelve whole months end with the month: 28 February less 12 months would leave one day of
        # a leap year in. And there are far fewer months than days.
        rows = rows.with_columns(truncated(day, asked[0]))
        spine, step = spine.select(truncated(day, asked[0])).unique(), GRAINS[asked[0]]
    if metric.aggregation in ADDS_UP and metric.denominator is None:
        if metric.aggregation == "count":
            rows = rows.with_columns(pl.col("numerator").is_not_null().cast(pl.Int64))
        # What adds up is added up by day first: there are far fewer days than rows.
        keys = [name for name in rows.collect_schema() if name != "numerator"]
        rows = rows.group_by(keys).agg(pl.col("numerator").sum())
    if window.window:
        spine = spine.with_columns(_after=day.dt.offset_by(f"-{window.window}"))
    elif window.to_date:
        spine = spine.with_columns(_after=truncated(day, window.to_date).dt.offset_by("-1d"))
    if window.is_full and (window.window or window.to_date):
        first = rows.select(_first=day.min())
        begins = pl.col("_after").dt.offset_by(step if window.window else "1d")
        spine = spine.join(first, how="cross").filter(begins >= pl.col("_first")).drop("_first")
    within = [day <= pl.col("_day")]
    if window.window or window.to_date:
        within.append(day > pl.col("_after"))
    spread_out = rows.join_where(spine.rename({CLOCK: "_day"}), *within)
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
        spine = days(lake, metric, rows)
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
        spine = days(lake, metric, rows).select(
            day.alias("_day"), day.dt.offset_by(f"-{offset.by}")
        )
    moved = rows.with_columns(day.cast(pl.Date)).join(spine, on=CLOCK, how="inner")
    return moved.with_columns(pl.col("_day").alias(CLOCK)).drop("_day")


def with_keys(
    lake: Lake,
    rows: pl.LazyFrame,
    keys: Iterable[Key],
    metric: Metric,
    *,
    is_moved: bool = False,
    keep: Iterable[str] = (),
) -> pl.LazyFrame:
    """The rows with every key that is asked.

    Takes:  is_moved  whether rows count for other days than their own, which are on the clock
            keep      columns that are wanted besides
    """
    said: dict[str, pl.Expr] = {}
    for key in keys:
        dimension = metric.dimension[key.dimension]
        is_time = is_moved and key.dimension in metric.when
        column = pl.col(CLOCK if is_time else key.dimension)
        own = dimension.calendar
        if own and key.step in own.grains:
            found = f"own {key.name}"
            days = (pl.col(own.day).cast(pl.Date).alias("_day"), pl.col(key.step).alias(found))
            rows = rows.with_columns(column.cast(pl.Date).alias("_day")).join(
                lake.scan(own.table).select(*days), on="_day", how="left", maintain_order="left"
            )
            said[key.name] = pl.col(found)
        else:
            # On the clock are days, though the dimension knows months only.
            said[key.name] = stepped(column, key.step or (dimension.grain or "" if is_time else ""))
    clock = [CLOCK] if CLOCK in rows.collect_schema() else []
    also = [name for name in dict.fromkeys((*clock, *keep)) if name not in said]
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
