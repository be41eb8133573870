"""From whatever a ledger's database holds to the tables of today, in one transaction.

Imported only where there is something to do: Alembic takes longer to import than most runs take.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib.resources import files
from typing import Any

import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory

from engine.errors import LakeError
from refresh.store.migrations import HEAD, VERSION_TABLE

_LOCK = 0xCA7E_A71A5  # any number that other programs of the same PostgreSQL do not take


class LedgerRefused(LakeError):
    """A database that is no ledger, or one of a newer Care Atlas: it is left as it is."""


def upgrade(engine: sa.Engine) -> None:
    """Make a new ledger, or bring one to HEAD: all the way, or not at all where it is stopped.

    Takes:  the database: empty, of any version, or of the time before there were versions.
            Others that open it meanwhile wait, and then find nothing left to do.
    Raises: LedgerRefused for a version that nobody here knows, and for tables of the same names
            that are not the ledger's; DBAPIError where the database cannot be written.
    """
    scripts = _scripts()
    with _alone(engine) as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})
        at = context.get_current_revision()
        steps = list(scripts.walk_revisions())  # the newest first
        if at is None:
            _assert_baseline(connection, steps[-1])
        elif at not in {step.revision for step in steps}:
            raise _too_new(engine, at)
        with Operations.context(context):
            # Alembic walks from the newest; a ledger grows from the oldest.
            for step in reversed(list(scripts.iterate_revisions(HEAD, at or "base"))):
                step.module.upgrade()
            # Once, and not after each: all steps are one transaction.
            context.stamp(scripts, HEAD)


@cache
def _scripts() -> ScriptDirectory:
    """The steps, read once a process: reading them takes a third of what a new ledger does."""
    return ScriptDirectory(str(files("refresh.store.migrations")))


@contextmanager
def _alone(engine: sa.Engine) -> Iterator[sa.Connection]:
    """A transaction, of DDL too, that one process at a time can have."""
    is_sqlite = engine.dialect.name == "sqlite"
    # Python's sqlite3 begins no transaction before DDL. Told to begin none at all, it lets us.
    level = {"isolation_level": "AUTOCOMMIT"} if is_sqlite else {}
    with engine.connect().execution_options(**level) as connection, connection.begin():
        if is_sqlite:
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        elif engine.dialect.name == "postgresql":
            connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_LOCK)))
        yield connection


def _assert_baseline(connection: sa.Connection, first: Script) -> None:
    """Whether tables of our names, where there are any, are those of before the migrations.

    One that is missing is made by the first of them; an index too many is its owner's business.
    """
    baseline: sa.MetaData = first.module.BASELINE
    if baseline.tables.keys().isdisjoint(sa.inspect(connection).get_table_names()):
        return

    def is_ours(name: str | None, kind: str, _within: Any) -> bool:
        return kind != "table" or name in baseline.tables

    opts = {"include_name": is_ours, "version_table": VERSION_TABLE}
    differences = compare_metadata(MigrationContext.configure(connection, opts=opts), baseline)
    harmless = ("add table ", "remove index ")
    wrong = [said for said in map(_said, differences) if not said.startswith(harmless)]
    if wrong:
        raise LedgerRefused(
            "there are tables of these names that are not the ledger's",
            where=connection.engine.url.render_as_string(),
            expected="an empty database, or a ledger of Care Atlas 0.1",
            found="what would have to be changed: " + "; ".join(wrong),
            next="name another database in CARE_ATLAS_REGISTRY; or, if these tables may go, move"
            " them away: the next run fetches and judges everything anew",
        )


def _said(difference: Any) -> str:
    """One of Alembic's differences in words: `add column releases.judged_by`."""
    change, *of = difference[0] if isinstance(difference, list) else difference
    if change.endswith(("_column", "_nullable", "_type", "_comment", "_default")):
        _schema, table, column = of[:3]
        name = f"{table}.{getattr(column, 'name', column)}"
    else:
        name = getattr(getattr(of[0], "table", of[0]), "name", "")
    return f"{change.replace('_', ' ')} {name}"


def _too_new(engine: sa.Engine, at: str) -> LedgerRefused:
    return LedgerRefused(
        "the ledger was written by a newer Care Atlas than this one",
        where=engine.url.render_as_string(),
        expected=f"schema {HEAD} or older",
        found=f"schema {at}",
        next="update the program here to the version that wrote it, or name another database in"
        " CARE_ATLAS_REGISTRY; nothing was changed",
    )
