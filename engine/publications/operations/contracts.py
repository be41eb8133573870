"""Loads, each with what the registry says of its source: worked out of the ledger when asked."""

import polars as pl

from engine.rules import NotNull
from engine.table import Column, Table
from engine.view import View

OWNER = "Operations"
NO_DOMAIN = "No domain"
"""What stands for the domain of a source of which nobody said one."""


def _of_ledger(name: str, grain: str, meaning: str, key: str) -> Table:
    """A table of the ledger, as a view names it; engine/ledger.py says its columns."""
    return Table(name, grain, meaning, (key,), (), OWNER)


LOAD_EVENTS = _of_ledger("load_events", "load", "Every attempt to load a release.", "load_id")
SOURCES = _of_ledger("sources", "source", "Every publication that is followed.", "code")

_TIME = pl.Datetime("us")


def loads_of(events: pl.LazyFrame, sources: pl.LazyFrame) -> pl.LazyFrame:
    """Loads beside what is said of their sources.

    Takes:  `load_events` and `sources` of the ledger.
    Gives:  a row a load, as LOAD says; of a source that the registry lost, its code alone.
    """
    known = sources.select(
        pl.col("code").alias("source_code"),
        pl.col("name").alias("source_name"),
        "publication",
        pl.col("domain").fill_null(NO_DOMAIN),
    )
    ended = pl.col("status").is_in(["completed", "failed"])
    took = (pl.col("completed_at") - pl.col("started_at")).dt.total_microseconds() / 1e6
    return events.join(known, on="source_code", how="left", maintain_order="left").select(
        "load_id",
        "source_code",
        pl.col("source_name").fill_null(pl.col("source_code")),
        "publication",
        pl.col("domain").fill_null(NO_DOMAIN),
        "period",
        "status",
        "started_at",
        "completed_at",
        pl.col("started_at").cast(pl.Date).alias("started_on"),
        pl.when(ended).then(took).alias("seconds"),
        "load_mode",
        "rows_loaded",
        "rows_rejected",
        "file_size_bytes",
        "columns_added",
        "error_type",
        "error_message",
        "file_url",
        "triggered_by",
    )


LOAD = View(
    Table(
        name="load",
        grain="load: one attempt to bring one release into its table",
        meaning="Loads with the publication and domain of their sources, from the ledger.",
        key=("load_id",),
        columns=(
            Column("load_id", pl.Int64, "Number of the load", "number", rules=(NotNull(),)),
            Column("source_code", pl.String, "Code of the source"),
            Column("source_name", pl.String, "Name of the source, or its code"),
            Column("publication", pl.String, "Publication that the source belongs to"),
            Column("domain", pl.String, f"Domain of the source; “{NO_DOMAIN}” where none is said"),
            Column("period", pl.String, "Period of the release"),
            Column("status", pl.String, "in_progress, completed, failed or rolled_back"),
            Column("started_at", _TIME, "When it began, in UTC", derived=True),
            Column("completed_at", _TIME, "When it ended, in UTC", derived=True),
            Column("started_on", pl.Date, "Day on which it began, in UTC"),
            Column("seconds", pl.Float64, "How long it took, if it ended by itself", "seconds"),
            Column("load_mode", pl.String, "How its releases become a table"),
            Column("rows_loaded", pl.Int64, "Rows that were loaded", "rows"),
            Column("rows_rejected", pl.Int64, "Rows that could not be used", "rows"),
            Column("file_size_bytes", pl.Int64, "Size of the release as published", "bytes"),
            Column("columns_added", pl.Int64, "Columns that it added to the table", "columns"),
            Column("error_type", pl.String, "Check that failed"),
            Column("error_message", pl.String, "What failed, in words"),
            Column("file_url", pl.String, "Where its first file came from"),
            Column("triggered_by", pl.String, "Who or what began it"),
        ),
        owner=OWNER,
        sort=("load_id",),
    ),
    of=(LOAD_EVENTS, SOURCES),
    by=loads_of,
)
