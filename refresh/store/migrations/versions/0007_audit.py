"""Who may do what, and what everybody did: rows of the log can be added, and nothing else.

The database refuses to change or delete them, whoever asks; that no owner of the database went
around it, the chain of hashes tells (refresh/store/audit_chain.py).
"""

import sqlalchemy as sa
from alembic import op

revision, down_revision = "0007", "0004"

_REFUSED = "rows of audit_log are added and never changed"
_SHRUNK = "audit_head counts up"
SQLITE = (
    "CREATE TRIGGER audit_log_no_{verb} BEFORE {VERB} ON audit_log"
    f" BEGIN SELECT RAISE(ABORT, '{_REFUSED}'); END"
)
SQLITE_HEAD = (
    "CREATE TRIGGER audit_head_no_delete BEFORE DELETE ON audit_head"
    f" BEGIN SELECT RAISE(ABORT, '{_SHRUNK}'); END",
    'CREATE TRIGGER audit_head_counts_up BEFORE UPDATE ON audit_head WHEN NEW."rows" < OLD."rows"'
    f" BEGIN SELECT RAISE(ABORT, '{_SHRUNK}'); END",
)
POSTGRESQL = (
    "CREATE FUNCTION audit_log_refuses() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{_REFUSED}'; END $$",
    "CREATE TRIGGER audit_log_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_log_refuses()",
    "CREATE FUNCTION audit_head_refuses() RETURNS trigger LANGUAGE plpgsql AS"
    f" $$ BEGIN RAISE EXCEPTION '{_SHRUNK}'; END $$",
    "CREATE TRIGGER audit_head_no_delete BEFORE DELETE OR TRUNCATE ON audit_head"
    " FOR EACH STATEMENT EXECUTE FUNCTION audit_head_refuses()",
    "CREATE TRIGGER audit_head_counts_up BEFORE UPDATE ON audit_head FOR EACH ROW"
    ' WHEN (NEW."rows" < OLD."rows") EXECUTE FUNCTION audit_head_refuses()',
)


def upgrade() -> None:
    """The log, its head, the grants; and what refuses to change the log."""
    op.create_table(
        "audit_log",
        sa.Column("audit_id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("at", sa.DateTime, nullable=False, index=True),
        sa.Column("who", sa.String(255), nullable=False),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("action", sa.String(20), nullable=False),
        sa.Column("object", sa.Text, nullable=False),
        sa.Column("source_code", sa.String(63)),
        sa.Column("before", sa.Text),
        sa.Column("after", sa.Text),
        sa.Column("outcome", sa.String(8), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("request_id", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("rows", sa.Integer, nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "rows": 0, "hash": ""}])
    op.create_table(
        "access_grants",
        sa.Column("principal", sa.String(255), primary_key=True),
        sa.Column("role", sa.String(10), nullable=False),
        sa.Column("domains", sa.JSON),
        sa.Column("granted_by", sa.String(255), nullable=False),
        sa.Column("granted_at", sa.DateTime, nullable=False),
    )
    for statement in _refusals(op.get_bind().dialect.name):
        op.execute(sa.text(statement))


def _refusals(dialect: str) -> tuple[str, ...]:
    if dialect == "postgresql":
        return POSTGRESQL
    verbs = ("update", "delete")
    return (*(SQLITE.format(verb=v, VERB=v.upper()) for v in verbs), *SQLITE_HEAD)
