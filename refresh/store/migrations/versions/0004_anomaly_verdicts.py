"""What people say of what is odd: confirmed, dismissed or open again, by whom and why."""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0004", "0003"


def upgrade() -> None:
    """One table, whose rows are added and never deleted."""
    op.create_table(
        "anomaly_verdicts",
        sa.Column("verdict_id", sa.Integer, primary_key=True),
        sa.Column("anomaly_id", sa.Text, nullable=False, index=True),
        sa.Column("verdict", sa.String(10), nullable=False),
        sa.Column("reason", sa.Text, nullable=False),
        sa.Column("decided_by", sa.String(255), nullable=False),
        sa.Column("decided_at", sa.DateTime, nullable=False),
    )
