"""Upkeep of the ledger's database: what SQLite and PostgreSQL want done now and then."""

from dataclasses import dataclass

import sqlalchemy as sa

from refresh.store.database import trouble_named
from refresh.store.records import Records


@dataclass(frozen=True)
class Kept:
    """What was done to a database, in its own words, and what it said of itself (`ok`)."""

    dialect: str
    done: tuple[str, ...]
    found: str
    before: int
    after: int

    @property
    def is_whole(self) -> bool:
        """Whether the database found nothing wrong with itself."""
        return self.found == "ok"


class Upkeep(Records):
    """The upkeep of an open ledger. No row is changed."""

    def look(self) -> Kept:
        """What the database says of itself; nothing is done."""
        return self._kept(())

    def keep_up(self) -> Kept:
        """Room given back and statistics made anew.

        Raises: LedgerBroken where somebody else holds the database, or it cannot be read.
        """
        is_sqlite = self._engine.dialect.name == "sqlite"
        return self._kept(("PRAGMA optimize", "VACUUM") if is_sqlite else ("VACUUM (ANALYZE)",))

    def _kept(self, doing: tuple[str, ...]) -> Kept:
        with trouble_named(self._engine), self._engine.connect() as connection:
            # Neither database takes a VACUUM within a transaction.
            alone = connection.execution_options(isolation_level="AUTOCOMMIT")
            found, before = self._sound(alone), self._bytes(alone)
            # One that is broken is not written to: what can be read of it is saved first.
            for statement in doing if found == "ok" else ():
                alone.execute(sa.text(statement))
            after = self._bytes(alone)
        return Kept(self._engine.dialect.name, doing, found, before, after)

    def _sound(self, connection: sa.Connection) -> str:
        """`ok`, or what is wrong; PostgreSQL has no such check and says so by refusing to read."""
        if self._engine.dialect.name != "sqlite":
            return "ok"
        rows = connection.execute(sa.text("PRAGMA integrity_check")).scalars()
        return "; ".join(map(str, rows))

    def _bytes(self, connection: sa.Connection) -> int:
        if self._engine.dialect.name == "sqlite":
            pages, size = (
                connection.execute(sa.text(f"PRAGMA {name}")).scalar_one()
                for name in ("page_count", "page_size")
            )
            return int(pages) * int(size)
        query = sa.text("SELECT pg_database_size(current_database())")
        return int(connection.execute(query).scalar_one())
