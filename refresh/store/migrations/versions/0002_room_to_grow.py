"""Room to grow: sizes beyond 2 GiB, any postcode, and verdicts found without reading all of them.

PostgreSQL's INTEGER ends at 2 GiB, which the files of one release may exceed, and it refuses what
a publisher takes for a postcode where that is longer than one; SQLite minds neither. Verdicts are
never deleted, and each run asks for those of every release it has: without an index, a hundredfold
history costs a run that finds nothing new a second more.
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0002", "0001"


def upgrade() -> None:
    """Three wider columns where it matters, and two indexes."""
    if op.get_bind().dialect.name != "sqlite":
        op.alter_column("fetches", "size", type_=sa.BigInteger())
        op.alter_column("load_events", "file_size_bytes", type_=sa.BigInteger())
        op.alter_column("postcodes", "postcode", type_=sa.Text())
    op.create_index("load_events_of_a_release", "load_events", ["file_sha256"])
    op.create_index(
        "verdicts_of_a_period", "validation_results", ["source_code", "period", "load_id"]
    )
