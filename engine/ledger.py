"""The registry's and the ledger's tables (SQL): what is followed, and all that ever happened.

Declared here because pages read what the refresh writes; refresh/store/ writes it. Rows of
load_events, validation_results, drift_events, schema_change_requests, anomaly_verdicts and
alert_events are added and never deleted; those of audit_log the database itself lets nobody change
or delete. A database becomes what is declared here by refresh/store/migrations/, to which every
change of this file adds a step. What a column may hold is said by PUBLICATIONS, section 2.1.
"""

from typing import Any

import sqlalchemy as sa

METADATA = sa.MetaData()

# PostgreSQL's INTEGER ends at 2 GiB, which the files of one release may exceed, and it refuses what
# a publisher takes for a postcode where that is too long. SQLite minds neither.
_BYTES = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_POSTCODE = sa.Text().with_variant(sa.String(8), "sqlite")
_STAGING: dict[str, Any] = {"server_default": "staging"}

SOURCES = sa.Table(
    "sources",
    METADATA,
    sa.Column("code", sa.String(63), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("publisher", sa.String(255), nullable=False, default=""),
    sa.Column("owner", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(500), nullable=False),
    sa.Column(
        "load_mode", sa.String(10), nullable=False, default="replace", server_default="replace"
    ),
    sa.Column(
        "validation_required",
        sa.Boolean,
        nullable=False,
        default=True,
        server_default=sa.true(),
    ),
    sa.Column("retention_days", sa.Integer, nullable=False, default=365, server_default="365"),
    sa.Column(
        "status", sa.String(12), nullable=False, default="registered", server_default="registered"
    ),
    sa.Column("last_validated_at", sa.DateTime),
    sa.Column("last_load_at", sa.DateTime),
    sa.Column("last_checked_at", sa.DateTime),
    sa.Column("created_at", sa.DateTime, nullable=False),
    sa.Column("id", sa.Integer),
    sa.Column("table_name", sa.String(67)),
    sa.Column("schema_name", sa.String(63), nullable=False, default="staging", **_STAGING),
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
    # Of a source that no wing declares: what it is loaded by now, and the manifest's own text.
    sa.Column("contract", sa.Text),
    sa.Column("manifest_name", sa.Text),
    sa.Column("manifest_text", sa.Text),
)

RELEASES = sa.Table(
    "releases",
    METADATA,
    sa.Column("source_code", sa.String(63), sa.ForeignKey("sources.code"), primary_key=True),
    sa.Column("period", sa.String(10), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("published_on", sa.String(10)),
    sa.Column("demonstration", sa.Boolean, primary_key=True, default=False),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False, default=dict),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("judged_by", sa.String(16), nullable=False, default=""),
    sa.Column("stored_at", sa.DateTime, nullable=False),
    sa.Column("read_by", sa.Text),  # the manifest's words for it, where a manifest brought it
    sa.UniqueConstraint("source_code", "period", "revision", "demonstration"),
)

FETCHES = sa.Table(
    "fetches",
    METADATA,
    sa.Column("url", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size", _BYTES, nullable=False),
    sa.Column("etag", sa.Text, nullable=False, default=""),
    sa.Column("last_modified", sa.Text, nullable=False, default=""),
    sa.Column("stamp", sa.Text, nullable=False, default=""),
    sa.Column("fetched_at", sa.DateTime, nullable=False),
)

LOAD_EVENTS = sa.Table(
    "load_events",
    METADATA,
    sa.Column("load_id", sa.Integer, primary_key=True),
    sa.Column("source_code", sa.String(63), sa.ForeignKey("sources.code"), nullable=False),
    sa.Column("period", sa.String(10), nullable=False),
    sa.Column("file_url", sa.Text, nullable=False, default=""),
    sa.Column("file_sha256", sa.String(64), nullable=False, default=""),
    sa.Column("file_size_bytes", _BYTES, nullable=False, default=0),
    sa.Column("load_mode", sa.String(10), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("completed_at", sa.DateTime),
    sa.Column("source_row_count", sa.Integer),  # as the files have them, before all shaping
    sa.Column("rows_loaded", sa.Integer),
    sa.Column("rows_rejected", sa.Integer),
    sa.Column("error_type", sa.String(60)),
    sa.Column("error_message", sa.Text),
    sa.Column("triggered_by", sa.String(60), nullable=False, default=""),
    sa.Column("columns_added", sa.Integer, nullable=False, default=0, server_default="0"),
    sa.Column("columns_added_names", sa.JSON),
    sa.Column("manifest_name", sa.Text),
    sa.Column("error_details", sa.JSON),
    sa.Column("profile", sa.JSON),
    sa.Column("reconciliation", sa.String(15)),
    sa.Index("load_events_of_a_release", "file_sha256"),
)

VALIDATION_RESULTS = sa.Table(
    "validation_results",
    METADATA,
    sa.Column("validation_id", sa.Integer, primary_key=True),
    sa.Column("load_id", sa.Integer, sa.ForeignKey("load_events.load_id")),
    sa.Column("source_code", sa.String(63), nullable=False),
    sa.Column("period", sa.String(10), nullable=False, default=""),
    sa.Column("validation_type", sa.String(15), nullable=False),
    sa.Column("check_name", sa.Text, nullable=False),
    sa.Column("status", sa.String(4), nullable=False),
    sa.Column("where", sa.Text, nullable=False, default=""),
    sa.Column("column", sa.Text, nullable=False, default=""),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("expected", sa.Text, nullable=False, default=""),
    sa.Column("observed", sa.Text, nullable=False, default=""),
    sa.Column("n_failed", sa.Integer, nullable=False, default=0),
    sa.Column("n_total", sa.Integer, nullable=False, default=0),
    sa.Column("sample", sa.Text, nullable=False, default=""),
    sa.Column("next_step", sa.Text, nullable=False, default=""),
    sa.Column("validated_at", sa.DateTime, nullable=False),
    sa.Index("verdicts_of_a_period", "source_code", "period", "load_id"),
)

POSTCODES = sa.Table(
    "postcodes",
    METADATA,
    sa.Column("postcode", _POSTCODE, primary_key=True),
    sa.Column("longitude", sa.Float),
    sa.Column("latitude", sa.Float),
    sa.Column("method", sa.String(20), nullable=False),
    sa.Column("vintage", sa.String(40), nullable=False),
)

SOURCE_METRICS = sa.Table(
    "source_metrics",
    METADATA,
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

TEST_EVIDENCE = sa.Table(
    "test_evidence",
    METADATA,
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

GOLDEN_DATASETS = sa.Table(
    "golden_datasets",
    METADATA,
    sa.Column("dataset_id", sa.Integer, primary_key=True),
    sa.Column("name", sa.String(100), nullable=False, unique=True),
    sa.Column("manifest_path", sa.Text, nullable=False),
    sa.Column("expected_sources", sa.Integer),
    sa.Column("expected_rows", _BYTES),
    sa.Column("validation_rules", sa.JSON),
    sa.Column("last_tested_at", sa.DateTime),
)

CANONICAL_SOURCES = sa.Table(
    "canonical_sources",
    METADATA,
    sa.Column("canonical_code", sa.String(63), primary_key=True),
    sa.Column("fingerprint", sa.JSON, nullable=False),
    sa.Column("first_seen_period", sa.String(10)),
    sa.Column("last_seen_period", sa.String(10)),
    sa.Column("total_loads", sa.Integer, nullable=False, default=0),
    sa.Column("total_rows_loaded", _BYTES, nullable=False, default=0),
)

SOURCE_MAPPINGS = sa.Table(
    "source_mappings",
    METADATA,
    sa.Column("generated_code", sa.String(63), primary_key=True),
    sa.Column("period", sa.String(10), primary_key=True),
    sa.Column("canonical_code", sa.String(63), nullable=False),
    sa.Column("match_confidence", sa.Float, nullable=False),
    sa.Column("match_method", sa.String(12), nullable=False),
    sa.Column("reviewed", sa.Boolean, nullable=False, default=False),
)

DRIFT_EVENTS = sa.Table(
    "drift_events",
    METADATA,
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

COLUMN_METADATA = sa.Table(
    "column_metadata",
    METADATA,
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

CLI_RUNS = sa.Table(
    "cli_runs",
    METADATA,
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

SCHEMA_CHANGE_REQUESTS = sa.Table(
    "schema_change_requests",
    METADATA,
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

ANOMALY_VERDICTS = sa.Table(
    "anomaly_verdicts",
    METADATA,
    sa.Column("verdict_id", sa.Integer, primary_key=True),
    sa.Column("anomaly_id", sa.Text, nullable=False, index=True),
    sa.Column("verdict", sa.String(10), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    sa.Column("decided_by", sa.String(255), nullable=False),
    sa.Column("decided_at", sa.DateTime, nullable=False),
)

# One row for every change and every refusal, each with the hash of the row before it.
AUDIT_LOG = sa.Table(
    "audit_log",
    METADATA,
    sa.Column("audit_id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("at", sa.DateTime, nullable=False, index=True),
    sa.Column("who", sa.String(255), nullable=False),
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("action", sa.String(20), nullable=False),
    sa.Column("object", sa.Text, nullable=False),
    sa.Column("source_code", sa.String(63)),  # of whose domain it is; null: of no single source
    sa.Column("before", sa.Text),  # JSON, as text: a hash is of bytes
    sa.Column("after", sa.Text),
    sa.Column("outcome", sa.String(8), nullable=False),
    sa.Column("why", sa.Text, nullable=False, default=""),
    sa.Column("request_id", sa.String(64), nullable=False, default=""),
    sa.Column("previous", sa.String(64), nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)

# One row: how many rows the log has, and the last one's hash. Who writes holds it.
AUDIT_HEAD = sa.Table(
    "audit_head",
    METADATA,
    sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("rows", sa.Integer, nullable=False),
    sa.Column("hash", sa.String(64), nullable=False),
)

ACCESS_GRANTS = sa.Table(
    "access_grants",
    METADATA,
    sa.Column("principal", sa.String(255), primary_key=True),  # a name; @ before a group; * others
    sa.Column("role", sa.String(10), nullable=False),
    sa.Column("domains", sa.JSON),  # null: all
    sa.Column("granted_by", sa.String(255), nullable=False),
    sa.Column("granted_at", sa.DateTime, nullable=False),
)

ALERTS = sa.Table(
    "alerts",
    METADATA,
    sa.Column("alert_id", sa.Integer, primary_key=True),
    sa.Column("rule", sa.String(40), nullable=False),
    sa.Column("source_code", sa.String(63), nullable=False, default=""),  # empty: the whole lake
    sa.Column("subject", sa.Text, nullable=False, default=""),
    # While it is not resolved, so that there is one of each; then none.
    sa.Column("open_key", sa.Text, unique=True),
    sa.Column("severity", sa.String(8), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("observed", sa.Float, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("opened_at", sa.DateTime, nullable=False),
    sa.Column("last_seen_at", sa.DateTime, nullable=False),
    sa.Column("snoozed_until", sa.Date),
    sa.Column("handled_by", sa.String(255)),
    sa.Column("resolved_at", sa.DateTime),
)

ALERT_EVENTS = sa.Table(
    "alert_events",
    METADATA,
    sa.Column("event_id", sa.Integer, primary_key=True),
    sa.Column("alert_id", sa.Integer, sa.ForeignKey("alerts.alert_id"), nullable=False, index=True),
    sa.Column("event", sa.String(12), nullable=False),
    sa.Column("at", sa.DateTime, nullable=False),
    sa.Column("by", sa.String(255), nullable=False, default=""),  # empty: the rule itself
    sa.Column("words", sa.Text, nullable=False, default=""),
)

ALERT_DELIVERIES = sa.Table(
    "alert_deliveries",
    METADATA,
    sa.Column("delivery_id", sa.Integer, primary_key=True),
    sa.Column("alert_id", sa.Integer, sa.ForeignKey("alerts.alert_id"), nullable=False),
    sa.Column("severity", sa.String(8), nullable=False),
    sa.Column("channel", sa.String(60), nullable=False),  # its kind and a mark, never its address
    sa.Column("cadence", sa.String(10), nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("due_at", sa.DateTime, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False, default=0),
    sa.Column("claimed_at", sa.DateTime),
    sa.Column("delivered_at", sa.DateTime),
    # An alert is told once of each severity that it reaches, on each channel.
    sa.UniqueConstraint("alert_id", "severity", "channel"),
)

GOAL_TARGETS = sa.Table(
    "goal_targets",
    METADATA,
    sa.Column("target_id", sa.Integer, primary_key=True),
    sa.Column("goal_id", sa.Integer, nullable=False),
    sa.Column("metric_name", sa.String(100), nullable=False, index=True),
    sa.Column("target_value", sa.Float, nullable=False),
    sa.Column("former_value", sa.Float, nullable=False),
    sa.Column("decided_by", sa.String(255), nullable=False),
    sa.Column("decided_at", sa.DateTime, nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
)
