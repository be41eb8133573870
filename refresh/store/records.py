"""Records: one open database of registry and ledger, each write a transaction of its own."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Select

from refresh.store.database import open_database, trouble_named


def now() -> datetime:
    """This instant, in UTC, as the database keeps it."""
    # SQLite keeps no time zone, and what comes back must compare with what was put in.
    return datetime.now(UTC).replace(tzinfo=None, microsecond=0)


class Records:
    """An open database; what stands in it is said by those who inherit from this.

    Any method raises LedgerBroken where the database is gone, damaged, or out of room; to open one
    raises LedgerRefused where a newer Care Atlas wrote it, or where it is no ledger.
    """

    def __init__(self, url: str):
        self._engine = open_database(url)

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _write(self) -> Iterator[Connection]:
        with trouble_named(self._engine), self._engine.begin() as connection:
            yield connection

    def _rows(self, query: Select[Any]) -> list[Any]:
        """Rows as dictionaries, of whatever the database keeps: callers say which shape it is."""
        with trouble_named(self._engine), self._engine.connect() as connection:
            return [dict(row) for row in connection.execute(query).mappings()]
