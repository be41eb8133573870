"""The registry's and the ledger's tables (SQL): what is followed, and all that ever happened.

Declared here because pages read what the refresh writes; refresh/store/ writes it. Rows of
load_events and validation_results are added and never deleted. A database becomes what is declared
here by refresh/store/migrations/, to which every change of this file adds a step.
"""

import sqlalchemy as sa

METADATA = sa.MetaData()

# PostgreSQL's INTEGER ends at 2 GiB, which the files of one release may exceed, and it refuses what
# a publisher takes for a postcode where that is too long. SQLite minds neither.
_BYTES = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_POSTCODE = sa.Text().with_variant(sa.String(8), "sqlite")

SOURCES = sa.Table(
    "sources",
    METADATA,
    sa.Column("code", sa.String(63), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("publisher", sa.String(255), nullable=False, default=""),
    sa.Column("owner", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(500), nullable=False),
    sa.Column("load_mode", sa.String(10), nullable=False, default="replace"),
    sa.Column("validation_required", sa.Boolean, nullable=False, default=True),
    sa.Column("retention_days", sa.Integer, nullable=False, default=365),
    sa.Column("status", sa.String(12), nullable=False, default="registered"),
    sa.Column("last_validated_at", sa.DateTime),
    sa.Column("last_load_at", sa.DateTime),
    sa.Column("last_checked_at", sa.DateTime),
    sa.Column("created_at", sa.DateTime, nullable=False),
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
