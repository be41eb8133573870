"""Freshness: how long ago each source last loaded, and from when on that is too long.

A publication of the year is not stale after a month: its own calendar decides. Without a calendar,
or without a date, thirty days without a load do.
"""

from datetime import datetime, timedelta

import polars as pl

from engine.lake import Lake
from engine.period import Calendar
from engine.publications.operations.contracts import NO_DOMAIN

STALE_AFTER = timedelta(days=30)
_CALENDARS = {
    "source_code": pl.String,
    "every": pl.String,
    "newest": pl.String,
    "late_from": pl.Date,
    "is_invented": pl.Boolean,
}


def freshness(lake: Lake, now: datetime) -> pl.LazyFrame:
    """Every source that should be loaded, with its last load and what is expected of it.

    Gives:  a row a source that is registered or active: `source_code`, `source_name`,
            `publication`, `domain`, `owner`, `status`; `last_loaded_at` of its last completed load,
            `days_since` then in whole days, `loads` completed, all null where none ever was;
            `every` and `newest` of its calendar and the live snapshot; `expected_by`, the day by
            which the next should be here, grace included; `is_stale`: by that day, or without a
            calendar by thirty days; null where it was never loaded; `is_invented`: then it is never
            stale, and nothing is expected. By code.
    """
    sources = lake.scan("sources").filter(pl.col("status").is_in(["registered", "active"]))
    completed = lake.scan("load_events").filter(pl.col("status") == "completed")
    last = completed.group_by("source_code").agg(
        pl.col("completed_at").max().alias("last_loaded_at"), pl.len().cast(pl.Int64).alias("loads")
    )
    since = now - pl.col("last_loaded_at")
    by_calendar = pl.col("late_from") <= now.date()
    is_real = ~pl.col("is_invented").fill_null(False)
    is_stale = pl.coalesce(by_calendar, since > STALE_AFTER) & is_real
    without = pl.col("last_loaded_at").dt.date() + STALE_AFTER
    return (
        sources.select(
            pl.col("code").alias("source_code"),
            pl.col("name").alias("source_name"),
            pl.col("domain").fill_null(NO_DOMAIN),
            *("publication", "owner", "status"),
        )
        .join(last, on="source_code", how="left")
        .join(_calendars(lake), on="source_code", how="left")
        .with_columns(
            since.dt.total_days().alias("days_since"),
            pl.when(is_real).then(pl.coalesce("late_from", without)).alias("expected_by"),
            pl.when(pl.col("last_loaded_at").is_not_null()).then(is_stale).alias("is_stale"),
        )
        .with_columns(pl.col("is_invented").fill_null(False))
        .drop("late_from")
        .sort("source_code")
    )


def year_of_loads(lake: Lake, now: datetime) -> pl.LazyFrame:
    """The loads of twelve months that ended, the oldest first.

    Gives:  `source_code`, `began`, the day; `is_well`, whether it was completed.
    """
    began = pl.col("started_at")
    ended = lake.scan("load_events").filter(
        (began >= now - timedelta(days=366)) & (began <= now) & (pl.col("status") != "in_progress")
    )
    return ended.sort("started_at").select(
        "source_code",
        began.cast(pl.Date).alias("began"),
        (pl.col("status") == "completed").alias("is_well"),
    )


def _calendars(lake: Lake) -> pl.LazyFrame:
    """What the live snapshot says of each source's calendar, where anything of it is there."""
    said = [
        {
            "source_code": code,
            "every": of["calendar"]["every"],
            "newest": of["newest"],
            "late_from": Calendar(**of["calendar"]).late_from(of["newest"]),
            "is_invented": of.get("demonstration", False),
        }
        for code, of in lake.manifest.get("sources", {}).items()
        if of["newest"]
    ]
    return pl.LazyFrame(said, schema=_CALENDARS)
