"""Load health: the rate of the last seven days, how long loads took, which failed and what next."""

from collections.abc import Mapping
from datetime import datetime, timedelta

import polars as pl

from engine import load_success
from engine.lake import Lake
from engine.ledger_scan import first_line
from engine.measure import measure
from engine.publications.operations.contracts import loads_of
from engine.publications.operations.metrics import (
    DURATION,
    FAILED,
    FINISHED,
    LOADS,
    SUCCESS,
)

Only = Mapping[str, str] | None
"""Dimensions of loads with the value that counts; one whose value is empty does not narrow."""
ROLLING_DAYS = 7
SLOWEST = 10


def within(now: datetime, days: int) -> pl.Expr:
    """That a load began in the last so many days, up to now."""
    began = pl.col("started_at")
    return (began >= now - timedelta(days=days)) & (began <= now)


def success(
    lake: Lake, now: datetime, *, days: int = ROLLING_DAYS, only: Only = None
) -> pl.LazyFrame:
    """How the loads of the last days went, together.

    Takes:  how many days; which loads count, such as `{"source_code": "beds"}`.
    Gives:  one row: `load_success` in percent, null where nothing was finished; `finished_loads`,
            `failed_loads`, `loads`.
    """
    return measure(lake, [SUCCESS, FINISHED, FAILED, LOADS], (), _where(now, days, only))


def by_source(lake: Lake, now: datetime, *, days: int, only: Only = None) -> pl.LazyFrame:
    """The same a source, with how long its loads take and how often they come.

    Gives:  `source_code`, `source_name`, `domain`, the metrics, `load_duration` in seconds, and
            `loads_a_week`; a source without a load in those days has no row.
    """
    by = ["source_code", "source_name", "domain"]
    metrics = [SUCCESS, FINISHED, FAILED, LOADS, DURATION]
    found = measure(lake, metrics, by, _where(now, days, only))
    return found.with_columns((pl.col("loads") * ROLLING_DAYS / days).alias("loads_a_week"))


def over_time(
    lake: Lake, now: datetime, *, days: int, grain: str = "day", only: Only = None
) -> pl.LazyFrame:
    """The same by day or by week (of Monday); a day without loads has no row.

    Gives:  `began`, the metrics.
    """
    by = "started_on" if grain == "day" else f"started_on__{grain}"
    found = measure(lake, [SUCCESS, FINISHED, FAILED, LOADS], [by], _where(now, days, only))
    return found.rename({by: "began"})


def rolling(lake: Lake, now: datetime, *, days: int, only: Only = None) -> pl.LazyFrame:
    """The rate of the seven days before each of the last days, at the hour that it is now.

    Gives:  `at`, the oldest first, `load_success` as `success` has it, `finished_loads`.
    """
    instants = [now - timedelta(days=back) for back in reversed(range(days))]
    began = pl.col("started_at")
    found = _loads(lake, now, days + ROLLING_DAYS, only).select("started_at", "status")
    each = pl.LazyFrame({"at": instants}, schema={"at": pl.Datetime("us")})
    finished = (
        each.join(found.filter(load_success.HAS_ENDED), how="cross")
        .filter(began <= pl.col("at"), began >= pl.col("at") - timedelta(days=ROLLING_DAYS))
        .group_by("at")
        .agg(
            load_success.SHARE,
            pl.len().cast(pl.Int64).alias("finished_loads"),
        )
    )
    filled = pl.col("finished_loads").fill_null(0)
    return each.join(finished, on="at", how="left").with_columns(filled).sort("at")


def failures(lake: Lake, now: datetime, *, days: int, only: Only = None) -> pl.LazyFrame:
    """The loads that failed, the newest first, with what to do about each.

    Gives:  the columns of LOAD; `reason`: what failed, in one line; and `next_step`: that of its
            first check that failed; both null where none said any.
    """
    verdicts = lake.scan("validation_results").filter(pl.col("status") == "fail")
    steps = (
        verdicts.filter(pl.col("next_step") != "")
        .sort("validation_id")
        .group_by("load_id", maintain_order=True)
        .agg(pl.col("next_step").first())
    )
    failed = _loads(lake, now, days, only).filter(
        (pl.col("status") == "failed") | (pl.col("status") == "rolled_back")
    )
    told = failed.with_columns(first_line("error_message").alias("reason"))
    return told.join(steps, on="load_id", how="left").sort("load_id", descending=True)


def slowest(lake: Lake, now: datetime, *, days: int, only: Only = None) -> pl.LazyFrame:
    """The ten loads that took longest of those that ended, the slowest first."""
    ended = _loads(lake, now, days, only).filter(pl.col("seconds").is_not_null())
    return ended.sort("seconds", "load_id", descending=[True, False]).head(SLOWEST)


def loads(lake: Lake) -> pl.LazyFrame:
    """Every load, the newest first, as LOAD says."""
    found = loads_of(lake.scan("load_events"), lake.scan("sources"))
    return found.sort("load_id", descending=True)


def _loads(lake: Lake, now: datetime, days: int, only: Only) -> pl.LazyFrame:
    found = loads_of(lake.scan("load_events"), lake.scan("sources"))
    return found.filter(_where(now, days, only))


def _where(now: datetime, days: int, only: Only) -> pl.Expr:
    wanted = (pl.col(name) == value for name, value in (only or {}).items() if value)
    return pl.all_horizontal(within(now, days), *wanted)


def needing(lake: Lake) -> pl.LazyFrame:
    """The alerts that nobody has (rows of `alerts`), the worst first, then the newest."""
    place = pl.col("severity").replace_strict(
        {"critical": 0, "warning": 1}, default=2, return_dtype=pl.Int8
    )
    is_open = pl.col("status") == "open"
    return lake.scan("alerts").filter(is_open).sort(place, -pl.col("alert_id"))
