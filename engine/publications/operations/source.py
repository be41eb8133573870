"""One source: what is said of it, its releases, loads with their gates, how its columns moved."""

from datetime import datetime, timedelta

import polars as pl

from engine.lake import Lake
from engine.publications.operations.health import loads

DAYS = 366


def about(lake: Lake, code: str) -> pl.LazyFrame:
    """What the registry says of a source: its row of `sources`; no row where there is no such."""
    return lake.scan("sources").filter(pl.col("code") == code)


def releases(lake: Lake, code: str) -> pl.LazyFrame:
    """The releases of a source that are kept, the newest period and revision first.

    Gives:  `period`, `revision`, `published_on`, `stored_at`, `status`, `sha256`, `demonstration`,
            and `is_live`: whether the snapshot that is served was made of it.
    """
    live = [of["sha256"] for of in lake.manifest["releases"] if of["source"] == code]
    return (
        lake.scan("releases")
        .filter(pl.col("source_code") == code)
        .with_columns(is_live=pl.col("sha256").is_in(live))
        .sort("period", "revision", descending=True)
        .select(
            "period",
            "revision",
            "published_on",
            "stored_at",
            "status",
            "sha256",
            "demonstration",
            "is_live",
        )
    )


def loads_with_gates(lake: Lake, code: str, now: datetime, *, days: int = DAYS) -> pl.LazyFrame:
    """The loads of a source within the last days, the newest first, with how their gates went.

    Gives:  the columns of LOAD, and `checks`, `failed_checks`, `warned_checks` of each load.
    """
    began = pl.col("started_at")
    mine = loads(lake).filter(
        pl.col("source_code") == code, began >= now - timedelta(days=days), began <= now
    )
    status = pl.col("status")
    verdicts = lake.scan("validation_results").filter(pl.col("source_code") == code)
    counted = verdicts.group_by("load_id").agg(
        checks=pl.len().cast(pl.Int64),
        failed_checks=(status == "fail").sum().cast(pl.Int64),
        warned_checks=(status == "warn").sum().cast(pl.Int64),
    )
    none = [pl.col(name).fill_null(0) for name in ("checks", "failed_checks", "warned_checks")]
    return (
        mine.join(counted, on="load_id", how="left")
        .with_columns(none)
        .sort("load_id", descending=True)
    )


def drift(lake: Lake, code: str) -> pl.LazyFrame:
    """Every change of a source's columns, the newest first: the rows of `drift_events`.

    Gives:  `detected_at`, `period`, `drift_type`, `severity`, `columns` (names in one text), and
            `resolution_action`.
    """
    details = pl.Struct({"columns": pl.List(pl.String)})
    named = pl.col("details").str.json_decode(details).struct.field("columns")
    return (
        lake.scan("drift_events")
        .filter(pl.col("canonical_code") == code)
        .sort("drift_id", descending=True)
        .select(
            "detected_at",
            "period",
            "drift_type",
            "severity",
            named.list.join(", ").alias("columns"),
            "resolution_action",
        )
    )


def open_alerts(lake: Lake, code: str) -> pl.LazyFrame:
    """What needs somebody of a source, the newest first: rows of `alerts` that are not resolved."""
    mine = (pl.col("source_code") == code) & pl.col("resolved_at").is_null()
    return lake.scan("alerts").filter(mine).sort("alert_id", descending=True)
