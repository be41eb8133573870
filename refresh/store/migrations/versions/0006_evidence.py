"""Which targets the goals had from when on, who set them and why."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0006", "0005"


def upgrade() -> None:
    """One table, whose rows are added and never deleted."""
    op.create_table(
        "goal_targets",
        sa.Column("target_id", sa.Integer, primary_key=True),
        sa.Column("goal_id", sa.Integer, nullable=False),
        sa.Column("metric_name", sa.String(100), nullable=False, index=True),
        sa.Column("target_value", sa.Float, nullable=False),
        sa.Column("former_value", sa.Float, nullable=False),
        sa.Column("decided_by", sa.String(255), nullable=False),
        sa.Column("decided_at", sa.DateTime, nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
    )
