"""The ledger's database: reached, of the shape of today, and its trouble told in one way.

SQLite in WAL mode, or PostgreSQL. What the tables hold is the ledger's business.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from engine.errors import LakeError
from engine.layout import Layout
from refresh.store.migrations import HEAD, VERSION_TABLE


class LedgerBroken(LakeError):
    """The ledger's database cannot be read or written."""


def open_database(url: str) -> sa.Engine:
    """The database at an address, made or brought up to date where it is not of today.

    Raises: LedgerBroken where it cannot be reached or written; LedgerRefused where a newer Care
            Atlas wrote it, or where it is no ledger.
    """
    _assert_not_of_a_copy(url)
    engine = _engine_of(url)
    try:
        with trouble_named(engine):
            if not _is_of_today(engine):
                # Alembic takes longer to import than a run that finds nothing new; rarely needed.
                from refresh.store.migrate import upgrade

                upgrade(engine)
    # Also where somebody interrupts: connections left open hold the file.
    except BaseException:
        engine.dispose()
        raise
    return engine


@contextmanager
def trouble_named(engine: sa.Engine) -> Iterator[None]:
    """Whatever the database complains of within is a LedgerBroken that says where and what next."""
    try:
        yield
    except sa.exc.DBAPIError as error:
        raise LedgerBroken(
            "the ledger cannot be read or written",
            where=engine.url.render_as_string(),
            found=str(error.orig),
            next="make room on the disk or mend the database (what is live stays live), then run"
            " again",
        ) from error


def _engine_of(url: str) -> sa.Engine:
    try:
        engine = sa.create_engine(url)
    except ModuleNotFoundError as error:
        raise LedgerBroken(
            "the driver of the ledger's database is not installed",
            where=sa.make_url(url).render_as_string(),
            found=str(error),
            next="for PostgreSQL: pip install 'psycopg[binary]'; then run again",
        ) from error
    if engine.dialect.name == "sqlite":
        # For each connection: the wait is a setting of the connection, not of the file.
        sa.event.listen(engine, "connect", _write_ahead)
    return engine


def _assert_not_of_a_copy(url: str) -> None:
    """A file beside the copy of a published lake is a registry that only this machine would see."""
    at = sa.make_url(url)
    if at.get_backend_name() != "sqlite" or not at.database:
        return
    layout = Layout(Path(at.database).parent)
    if layout.is_copy and layout.registry_file == Path(at.database):
        raise LedgerBroken(
            "the lake that is read here is a copy, and its registry is not here",
            where=str(layout.root),
            next="set CARE_ATLAS_REGISTRY to the database that its refresh writes: PostgreSQL",
        )


def _is_of_today(engine: sa.Engine) -> bool:
    with engine.connect() as connection:
        if not sa.inspect(connection).has_table(VERSION_TABLE):
            return False
        version = sa.text(f"SELECT version_num FROM {VERSION_TABLE}")
        return connection.execute(version).scalar() == HEAD


def _write_ahead(connection: Any, _record: Any) -> None:
    """Readers do not wait for the writer, and a killed writer loses nothing that was committed."""
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout=10000")
    cursor.execute("PRAGMA journal_mode=WAL")
    cursor.close()
