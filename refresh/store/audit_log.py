"""The audit log: who did what, or was refused it; rows are added and never changed.

Writers one after another, in whichever process: whoever adds a row holds the head meanwhile.
"""

from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from typing import Any, TypedDict, cast

from sqlalchemy import insert, select, update

from engine.ledger import AUDIT_HEAD, AUDIT_LOG
from engine.vocabulary import Outcome
from refresh.store.audit_chain import Broken, broken, hash_of
from refresh.store.records import Records, now


class AuditRow(TypedDict):
    """A row of `audit_log`; `before` and `after` are JSON, `hash` is of all others."""

    audit_id: int
    at: datetime
    who: str
    role: str
    action: str
    object: str
    source_code: str | None
    before: str | None
    after: str | None
    outcome: Outcome
    why: str
    request_id: str
    previous: str
    hash: str


class AuditLog(Records):
    """The log of an open ledger.

    Takes:  the ledger's address; the file beside the lake in which each row's hash is noted, too:
            whoever can change the database cannot change that one as well, one hopes.
    """

    def __init__(self, url: str, anchors: Path | None = None):
        super().__init__(url)
        self._anchors = anchors

    def add(self, said: Mapping[str, Any]) -> AuditRow:
        """Add a row: columns of `audit_log` but its number, its time and its hashes."""
        with self._write() as connection:
            # This first: it takes the lock that the next writer waits for.
            connection.execute(update(AUDIT_HEAD).values(rows=AUDIT_HEAD.c.rows + 1))
            head = connection.execute(select(AUDIT_HEAD.c.rows, AUDIT_HEAD.c.hash)).one()
            row: dict[str, Any] = {
                "source_code": None,
                "before": None,
                "after": None,
                "why": "",
                "request_id": "",
                **said,
                "audit_id": head.rows,
                "at": now(),
                "previous": head.hash,
            }
            row["hash"] = hash_of(row)
            connection.execute(insert(AUDIT_LOG).values(row))
            connection.execute(update(AUDIT_HEAD).values(hash=row["hash"]))
        self._note(row["audit_id"], row["hash"])
        return cast(AuditRow, row)

    def rows(self, *, since: datetime | None = None, limit: int | None = None) -> list[AuditRow]:
        """The rows, the oldest first: all, those from an instant on, or the last so many."""
        query = select(AUDIT_LOG)
        if since:
            query = query.where(AUDIT_LOG.c.at >= since)
        newest_first = query.order_by(AUDIT_LOG.c.audit_id.desc()).limit(limit)
        return list(reversed(self._rows(newest_first)))

    def head(self) -> tuple[int, str]:
        """How many rows there are, and the last one's hash, as was noted with the last."""
        (row,) = self._rows(select(AUDIT_HEAD))
        return row["rows"], row["hash"]

    def broken(self) -> list[Broken]:
        """Every place where the log is not what was written."""
        while True:
            anchors, head, rows = self._noted(), self.head(), self.rows()
            if head == self.head():  # else somebody added a row meanwhile
                return broken(rows, head, anchors)

    def _note(self, number: int, digest: str) -> None:
        if self._anchors is None:
            return
        # A line so short is added whole, whoever else is writing. Without a folder to write to
        # (a lake that is only read here) the head in the database is all there is.
        with suppress(OSError), self._anchors.open("a", encoding="utf-8") as file:
            file.write(f"{number} {digest}\n")

    def _noted(self) -> list[tuple[int, str]]:
        if self._anchors is None or not self._anchors.is_file():
            return []
        lines = self._anchors.read_text(encoding="utf-8").splitlines()
        pairs = (line.split() for line in lines)
        return [(int(pair[0]), pair[1]) for pair in pairs if len(pair) == 2 and pair[0].isdecimal()]
