"""Publications under management: what is registered, measured, drifts, and waits for a word.

The tables and fields of PUBLICATIONS 2.1. The new tables are frozen here as engine/ledger.py
declared them then. Defaults are the database's own too: whoever inserts a source by hand gets them.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0003", "0002"

_BYTES = sa.BigInteger().with_variant(sa.Integer, "sqlite")
ADDED = sa.MetaData()
# What the new tables refer to; it is there already.
sa.Table("sources", ADDED, sa.Column("code", sa.String(63), primary_key=True))

sa.Table(
    "source_metrics",
    ADDED,
    sa.Column("metric_id", sa.Integer, primary_key=True),
    sa.Column("source_code", sa.String(63), sa.ForeignKey("sources.code"), nullable=False),
    sa.Column("metric_date", sa.Date, nullable=False),
    sa.Column("row_count", _BYTES),
    sa.Column("column_count", sa.Integer),
    sa.Column("table_size_bytes", _BYTES),
    sa.Column("load_duration_seconds", sa.Float),
    sa.Column("validation_pass_rate", sa.Numeric(5, 2)),
    sa.UniqueConstraint("source_code", "metric_date"),
)

sa.Table(
    "test_evidence",
    ADDED,
    sa.Column("evidence_id", sa.Integer, primary_key=True),
    sa.Column("evidence_date", sa.Date, nullable=False, index=True),
    sa.Column("goal_id", sa.Integer, nullable=False, index=True),
    sa.Column("metric_name", sa.String(100), nullable=False),
    sa.Column("target_value", sa.Float),
    sa.Column("actual_value", sa.Float),
    sa.Column("status", sa.String(4), nullable=False),
    sa.Column("evidence_type", sa.String(10), nullable=False, default="automated"),
    sa.Column("notes", sa.Text),
    sa.Column("created_at", sa.DateTime, nullable=False),
)

sa.Table(
    "golden_datasets",
    ADDED,
    sa.Column("dataset_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False, unique=True),
    sa.Column("manifest_path", sa.Text, nullable=False),
    sa.Column("expected_sources", sa.Integer),
    sa.Column("expected_rows", _BYTES),
    sa.Column("validation_rules", sa.JSON),
    sa.Column("last_tested_at", sa.DateTime),
)

sa.Table(
    "canonical_sources",
    ADDED,
    sa.Column("canonical_code", sa.String(63), primary_key=True),
    sa.Column("fingerprint", sa.JSON, nullable=False),
    sa.Column("first_seen_period", sa.String(10)),
    sa.Column("last_seen_period", sa.String(10)),
    sa.Column("total_loads", sa.Integer, nullable=False, default=0),
    sa.Column("total_rows_loaded", _BYTES, nullable=False, default=0),
)

sa.Table(
    "source_mappings",
    ADDED,
    sa.Column("generated_code", sa.String(63), primary_key=True),
    sa.Column("period", sa.String(10), primary_key=True),
    sa.Column("canonical_code", sa.String(63), nullable=False),
    sa.Column("match_confidence", sa.Float, nullable=False),
    sa.Column("match_method", sa.String(12), nullable=False),
    sa.Column("reviewed", sa.Boolean, nullable=False, default=False),
)

sa.Table(
    "drift_events",
    ADDED,
    sa.Column("drift_id", sa.Integer, primary_key=True),
    sa.Column("canonical_code", sa.String(63), nullable=False, index=True),
    sa.Column("period", sa.String(10), nullable=False),
    sa.Column("drift_type", sa.String(20), nullable=False),
    sa.Column("severity", sa.String(8), nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("auto_resolved", sa.Boolean, nullable=False, default=False),
    sa.Column("resolution_action", sa.Text),
    sa.Column("notified", sa.Boolean, nullable=False, default=False),
    sa.Column("detected_at", sa.DateTime, nullable=False),
)

sa.Table(
    "column_metadata",
    ADDED,
    sa.Column("source_code", sa.String(63), sa.ForeignKey("sources.code"), primary_key=True),
    sa.Column("column_name", sa.String(63), primary_key=True),
    sa.Column("original_name", sa.Text),
    sa.Column("description", sa.Text),
    sa.Column("data_type", sa.String(20)),
    sa.Column("is_dimension", sa.Boolean, nullable=False, default=False),
    sa.Column("is_measure", sa.Boolean, nullable=False, default=False),
    sa.Column("query_keywords", sa.JSON),
    sa.Column("min", sa.Text),
    sa.Column("max", sa.Text),
    sa.Column("null_rate", sa.Float),
    sa.Column("distinct_count", _BYTES),
    sa.Column("metadata_source", sa.String(10)),
    sa.Column("confidence", sa.Float),
)

sa.Table(
    "cli_runs",
    ADDED,
    sa.Column("run_id", sa.Integer, primary_key=True),
    sa.Column("command", sa.String(60), nullable=False),
    sa.Column("args", sa.Text),
    sa.Column("pipeline", sa.Text),
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("ended_at", sa.DateTime),
    sa.Column("duration_ms", sa.Integer),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("error", sa.Text),
    sa.Column("result_summary", sa.Text),
    sa.Column("hostname", sa.Text),
    sa.Column("username", sa.Text),
)

sa.Table(
    "schema_change_requests",
    ADDED,
    sa.Column("request_id", sa.Integer, primary_key=True),
    sa.Column("source_code", sa.String(63), sa.ForeignKey("sources.code"), nullable=False),
    sa.Column("period", sa.String(10), nullable=False),
    sa.Column("change", sa.String(10), nullable=False),
    sa.Column("details", sa.JSON, nullable=False),
    sa.Column("status", sa.String(10), nullable=False, default="pending"),
    sa.Column("requested_at", sa.DateTime, nullable=False),
    sa.Column("decided_at", sa.DateTime),
    sa.Column("decided_by", sa.String(255)),
    sa.Column("reason", sa.Text),
)


DEFAULTS: dict[str, Any] = {
    "retention_days": "365",
    "load_mode": "replace",
    "validation_required": sa.true(),
    "status": "registered",
}


def upgrade() -> None:
    """The new tables; more columns for sources, releases and loads; defaults for sources."""
    for column in _of_loads():
        op.add_column("load_events", column)
    op.add_column("releases", sa.Column("read_by", sa.Text))
    # SQLite cannot change a column: the table is made anew and its rows are copied.
    with op.batch_alter_table("sources") as sources:
        for column in _of_sources():
            sources.add_column(column)
        for name, default in DEFAULTS.items():
            sources.alter_column(name, server_default=default)
    op.execute(
        "UPDATE sources SET id = (SELECT count(*) FROM sources s WHERE s.code <= sources.code)"
    )
    made = [table for table in ADDED.sorted_tables if table.name != "sources"]
    ADDED.create_all(op.get_bind(), tables=made)


def _of_sources() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("id", sa.Integer),
        sa.Column("table_name", sa.String(67)),
        sa.Column("schema_name", sa.String(63), nullable=False, server_default="staging"),
        sa.Column("default_sheet", sa.Text),
        sa.Column("publication", sa.String(255)),
        sa.Column("domain", sa.String(50)),
        sa.Column("description", sa.Text),
        sa.Column("tags", sa.JSON),
        sa.Column("metadata", sa.JSON),
        sa.Column("deprecation_reason", sa.Text),
        sa.Column("archive_date", sa.Date),
        sa.Column("archived_at", sa.DateTime),
        sa.Column("created_by", sa.String(255)),
        sa.Column("contract", sa.Text),
        sa.Column("manifest_name", sa.Text),
        sa.Column("manifest_text", sa.Text),
    )


def _of_loads() -> tuple[sa.Column[Any], ...]:
    return (
        sa.Column("columns_added", sa.Integer, nullable=False, server_default="0"),
        sa.Column("columns_added_names", sa.JSON),
        sa.Column("manifest_name", sa.Text),
        sa.Column("error_details", sa.JSON),
        sa.Column("profile", sa.JSON),
        sa.Column("reconciliation", sa.String(15)),
    )
