"""The ledger as `create_all` made it before there were migrations.

Frozen: a copy of what engine/ledger.py declared then. A ledger of that time has these tables and
no version; refresh/store/migrate.py holds them against this before it calls them 0001.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0001", None

BASELINE = sa.MetaData()

sa.Table(
    "sources",
    BASELINE,
    sa.Column("code", sa.String(63), primary_key=True),
    sa.Column("name", sa.String(255), nullable=False),
    sa.Column("publisher", sa.String(255), nullable=False),
    sa.Column("owner", sa.String(255), nullable=False),
    sa.Column("purpose", sa.String(500), nullable=False),
    sa.Column("load_mode", sa.String(10), nullable=False),
    sa.Column("validation_required", sa.Boolean, nullable=False),
    sa.Column("retention_days", sa.Integer, nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("last_validated_at", sa.DateTime),
    sa.Column("last_load_at", sa.DateTime),
    sa.Column("last_checked_at", sa.DateTime),
    sa.Column("created_at", sa.DateTime, nullable=False),
)

sa.Table(
    "releases",
    BASELINE,
    sa.Column("source_code", sa.String(63), sa.ForeignKey("sources.code"), primary_key=True),
    sa.Column("period", sa.String(10), primary_key=True),
    sa.Column("sha256", sa.String(64), primary_key=True),
    sa.Column("revision", sa.Integer, nullable=False),
    sa.Column("published_on", sa.String(10)),
    sa.Column("demonstration", sa.Boolean, primary_key=True),
    sa.Column("files", sa.JSON, nullable=False),
    sa.Column("parts", sa.JSON, nullable=False),
    sa.Column("status", sa.String(10), nullable=False),
    sa.Column("judged_by", sa.String(16), nullable=False),
    sa.Column("stored_at", sa.DateTime, nullable=False),
    sa.UniqueConstraint("source_code", "period", "revision", "demonstration"),
)

sa.Table(
    "fetches",
    BASELINE,
    sa.Column("url", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.String(64), nullable=False),
    sa.Column("size", sa.Integer, nullable=False),
    sa.Column("etag", sa.Text, nullable=False),
    sa.Column("last_modified", sa.Text, nullable=False),
    sa.Column("stamp", sa.Text, nullable=False),
    sa.Column("fetched_at", sa.DateTime, nullable=False),
)

sa.Table(
    "load_events",
    BASELINE,
    sa.Column("load_id", sa.Integer, primary_key=True),
    sa.Column("source_code", sa.String(63), sa.ForeignKey("sources.code"), nullable=False),
    sa.Column("period", sa.String(10), nullable=False),
    sa.Column("file_url", sa.Text, nullable=False),
    sa.Column("file_sha256", sa.String(64), nullable=False),
    sa.Column("file_size_bytes", sa.Integer, nullable=False),
    sa.Column("load_mode", sa.String(10), nullable=False),
    sa.Column("status", sa.String(12), nullable=False),
    sa.Column("started_at", sa.DateTime, nullable=False),
    sa.Column("completed_at", sa.DateTime),
    sa.Column("source_row_count", sa.Integer),
    sa.Column("rows_loaded", sa.Integer),
    sa.Column("rows_rejected", sa.Integer),
    sa.Column("error_type", sa.String(60)),
    sa.Column("error_message", sa.Text),
    sa.Column("triggered_by", sa.String(60), nullable=False),
)

sa.Table(
    "validation_results",
    BASELINE,
    sa.Column("validation_id", sa.Integer, primary_key=True),
    sa.Column("load_id", sa.Integer, sa.ForeignKey("load_events.load_id")),
    sa.Column("source_code", sa.String(63), nullable=False),
    sa.Column("period", sa.String(10), nullable=False),
    sa.Column("validation_type", sa.String(15), nullable=False),
    sa.Column("check_name", sa.Text, nullable=False),
    sa.Column("status", sa.String(4), nullable=False),
    sa.Column("where", sa.Text, nullable=False),
    sa.Column("column", sa.Text, nullable=False),
    sa.Column("message", sa.Text, nullable=False),
    sa.Column("expected", sa.Text, nullable=False),
    sa.Column("observed", sa.Text, nullable=False),
    sa.Column("n_failed", sa.Integer, nullable=False),
    sa.Column("n_total", sa.Integer, nullable=False),
    sa.Column("sample", sa.Text, nullable=False),
    sa.Column("next_step", sa.Text, nullable=False),
    sa.Column("validated_at", sa.DateTime, nullable=False),
)

sa.Table(
    "postcodes",
    BASELINE,
    sa.Column("postcode", sa.String(8), primary_key=True),
    sa.Column("longitude", sa.Float),
    sa.Column("latitude", sa.Float),
    sa.Column("method", sa.String(20), nullable=False),
    sa.Column("vintage", sa.String(40), nullable=False),
)


def upgrade() -> None:
    """Make those tables that are not there: all in a new ledger, none in an old one."""
    BASELINE.create_all(op.get_bind())
