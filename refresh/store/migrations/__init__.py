"""The ledger's schema, change by change. What engine/ledger.py declares is where they lead.

Whoever changes a table there adds the next file to versions/ (its number, `down_revision`, and an
`upgrade()` of Alembic's operations) and counts HEAD up; a test says what is missing until both
agree. A migration never deletes a row of load_events or validation_results, and none is edited
once it is on main: ledgers that have gone through it will not go through it again.
"""

HEAD = "0006"
"""The newest change, written here so that no opening needs Alembic only to be told it."""

VERSION_TABLE = "ledger_version"
"""Alembic's own, by another name than usual: a PostgreSQL may keep other programs' tables too."""
