"""The registry's and the ledger's tables (SQL): what is followed, and all that ever happened.

Declared here because pages read what the refresh writes; refresh/store/ writes it. Rows of
load_events and validation_results are added and never deleted.
"""

from sqlalchemy import (
    JSON,
    Boolean,
    Column,
    DateTime,
    Float,
    ForeignKey,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)

METADATA = MetaData()

SOURCES = Table(
    "sources",
    METADATA,
    Column("code", String(63), primary_key=True),
    Column("name", String(255), nullable=False),
    Column("publisher", String(255), nullable=False, default=""),
    Column("owner", String(255), nullable=False),
    Column("purpose", String(500), nullable=False),
    Column("load_mode", String(10), nullable=False, default="replace"),
    Column("validation_required", Boolean, nullable=False, default=True),
    Column("retention_days", Integer, nullable=False, default=365),
    Column("status", String(12), nullable=False, default="registered"),
    Column("last_validated_at", DateTime),
    Column("last_load_at", DateTime),
    Column("last_checked_at", DateTime),
    Column("created_at", DateTime, nullable=False),
)

RELEASES = Table(
    "releases",
    METADATA,
    Column("source_code", String(63), ForeignKey("sources.code"), primary_key=True),
    Column("period", String(10), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("published_on", String(10)),
    Column("demonstration", Boolean, primary_key=True, default=False),
    Column("files", JSON, nullable=False),
    Column("parts", JSON, nullable=False, default=dict),
    Column("status", String(10), nullable=False),
    Column("judged_by", String(16), nullable=False, default=""),
    Column("stored_at", DateTime, nullable=False),
    UniqueConstraint("source_code", "period", "revision", "demonstration"),
)

FETCHES = Table(
    "fetches",
    METADATA,
    Column("url", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("size", Integer, nullable=False),
    Column("etag", Text, nullable=False, default=""),
    Column("last_modified", Text, nullable=False, default=""),
    Column("stamp", Text, nullable=False, default=""),
    Column("fetched_at", DateTime, nullable=False),
)

LOAD_EVENTS = Table(
    "load_events",
    METADATA,
    Column("load_id", Integer, primary_key=True),
    Column("source_code", String(63), ForeignKey("sources.code"), nullable=False),
    Column("period", String(10), nullable=False),
    Column("file_url", Text, nullable=False, default=""),
    Column("file_sha256", String(64), nullable=False, default=""),
    Column("file_size_bytes", Integer, nullable=False, default=0),
    Column("load_mode", String(10), nullable=False),
    Column("status", String(12), nullable=False),
    Column("started_at", DateTime, nullable=False),
    Column("completed_at", DateTime),
    Column("source_row_count", Integer),
    Column("rows_loaded", Integer),
    Column("rows_rejected", Integer),
    Column("error_type", String(60)),
    Column("error_message", Text),
    Column("triggered_by", String(60), nullable=False, default=""),
)

VALIDATION_RESULTS = Table(
    "validation_results",
    METADATA,
    Column("validation_id", Integer, primary_key=True),
    Column("load_id", Integer, ForeignKey("load_events.load_id")),
    Column("source_code", String(63), nullable=False),
    Column("period", String(10), nullable=False, default=""),
    Column("validation_type", String(15), nullable=False),
    Column("check_name", Text, nullable=False),
    Column("status", String(4), nullable=False),
    Column("where", Text, nullable=False, default=""),
    Column("column", Text, nullable=False, default=""),
    Column("message", Text, nullable=False),
    Column("expected", Text, nullable=False, default=""),
    Column("observed", Text, nullable=False, default=""),
    Column("n_failed", Integer, nullable=False, default=0),
    Column("n_total", Integer, nullable=False, default=0),
    Column("sample", Text, nullable=False, default=""),
    Column("next_step", Text, nullable=False, default=""),
    Column("validated_at", DateTime, nullable=False),
)

POSTCODES = Table(
    "postcodes",
    METADATA,
    Column("postcode", String(8), primary_key=True),
    Column("longitude", Float),
    Column("latitude", Float),
    Column("method", String(20), nullable=False),
    Column("vintage", String(40), nullable=False),
)
