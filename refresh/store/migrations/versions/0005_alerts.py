"""Alerts: what came up and how it stands, what happened to each, and what was told to whom."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0005", "0007"


def upgrade() -> None:
    """Three tables; what happened to an alert is added and never deleted."""
    op.create_table(
        "alerts",
        sa.Column("alert_id", sa.Integer, primary_key=True),
        sa.Column("rule", sa.String(40), nullable=False),
        sa.Column("source_code", sa.String(63), nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
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
    alert = sa.ForeignKey("alerts.alert_id")
    op.create_table(
        "alert_events",
        sa.Column("event_id", sa.Integer, primary_key=True),
        sa.Column("alert_id", sa.Integer, alert, nullable=False, index=True),
        sa.Column("event", sa.String(12), nullable=False),
        sa.Column("at", sa.DateTime, nullable=False),
        sa.Column("by", sa.String(255), nullable=False),
        sa.Column("words", sa.Text, nullable=False),
    )
    op.create_table(
        "alert_deliveries",
        sa.Column("delivery_id", sa.Integer, primary_key=True),
        sa.Column("alert_id", sa.Integer, sa.ForeignKey("alerts.alert_id"), nullable=False),
        sa.Column("severity", sa.String(8), nullable=False),
        sa.Column("channel", sa.String(60), nullable=False),
        sa.Column("cadence", sa.String(10), nullable=False),
        sa.Column("status", sa.String(10), nullable=False),
        sa.Column("due_at", sa.DateTime, nullable=False),
        sa.Column("attempts", sa.Integer, nullable=False),
        sa.Column("claimed_at", sa.DateTime),
        sa.Column("delivered_at", sa.DateTime),
        sa.UniqueConstraint("alert_id", "severity", "channel"),
    )
