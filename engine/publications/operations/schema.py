"""Schema evolution: which tables came, which grew sideways, and which do not hold still."""

from datetime import datetime, timedelta

import polars as pl

from engine.lake import Lake
from engine.measure import measure
from engine.publications.operations.contracts import NO_DOMAIN
from engine.publications.operations.health import within
from engine.publications.operations.metrics import COLUMNS

DAYS = 30
RESTLESS = 5
"""Changes in thirty days, above which a source drifts much."""
_DETAILS = pl.Struct({"columns": pl.List(pl.String)})


def columns_added(lake: Lake, now: datetime, *, days: int = DAYS) -> pl.LazyFrame:
    """Columns that completed loads of the last days added, a row a source that added any.

    Gives:  `source_code`, `source_name`, `domain`, `columns_brought`; the most first.
    """
    found = measure(lake, [COLUMNS], ["source_code", "source_name", "domain"], within(now, days))
    grown = found.filter(pl.col("columns_brought") > 0)
    return grown.sort("columns_brought", "source_code", descending=[True, False])


def tables_created(lake: Lake, now: datetime, *, days: int = DAYS) -> pl.LazyFrame:
    """Sources whose first completed load is of the last days: then their table came to be.

    Gives:  `source_code`, `source_name`, `table_name` (null where a wing declares it), `domain`,
            `created_at`, `rows_loaded` by that load; the newest first.
    """
    completed = lake.scan("load_events").filter(pl.col("status") == "completed")
    first = completed.sort("load_id").group_by("source_code").first()
    at = pl.col("completed_at")
    named = lake.scan("sources").select(
        pl.col("code").alias("source_code"),
        pl.col("name").alias("source_name"),
        "table_name",
        pl.col("domain").fill_null(NO_DOMAIN),
    )
    return (
        first.filter((at >= now - timedelta(days=days)) & (at <= now))
        .join(named, on="source_code", how="left")
        .select(
            "source_code",
            "source_name",
            "table_name",
            "domain",
            at.alias("created_at"),
            "rows_loaded",
        )
        .sort("created_at", "source_code", descending=[True, False])
    )


def changes(lake: Lake, now: datetime, *, days: int = DAYS) -> pl.LazyFrame:
    """How often the columns of each source changed in the last days.

    Each column that came, went or took another type is a change.

    Gives:  `source_code`, `new_columns`, `missing_columns`, `type_changes`, `changes` of all kinds,
            `is_restless` where they are more than five; the most first.
    """
    seen = pl.col("detected_at")
    drifts = lake.scan("drift_events").filter((seen >= now - timedelta(days=days)) & (seen <= now))
    named = pl.col("details").str.json_decode(_DETAILS).struct.field("columns").list.len()
    many = pl.max_horizontal(named.fill_null(1), 1).cast(pl.Int64)

    def of(kind: str) -> pl.Expr:
        return many.filter(pl.col("drift_type") == kind).sum()

    counted = drifts.group_by(pl.col("canonical_code").alias("source_code")).agg(
        of("new_columns").alias("new_columns"),
        of("missing_columns").alias("missing_columns"),
        of("type_change").alias("type_changes"),
        many.sum().alias("changes"),
    )
    return counted.with_columns((pl.col("changes") > RESTLESS).alias("is_restless")).sort(
        "changes", "source_code", descending=[True, False]
    )
