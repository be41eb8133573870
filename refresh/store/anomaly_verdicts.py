"""What people said of what is odd. Every word is kept; the last one counts."""

from datetime import datetime
from typing import TypedDict

from sqlalchemy import insert, select

from engine.ledger import ANOMALY_VERDICTS
from refresh.store.records import Records, now


class AnomalyVerdict(TypedDict):
    """A row of `anomaly_verdicts`: confirmed, dismissed or open."""

    verdict_id: int
    anomaly_id: str
    verdict: str
    reason: str
    decided_by: str
    decided_at: datetime


class AnomalyVerdicts(Records):
    """The verdicts of an open ledger."""

    def add(self, anomaly: str, verdict: str, *, by: str, reason: str) -> None:
        """Note who said what of an anomaly."""
        said = dict(anomaly_id=anomaly, verdict=verdict, decided_by=by, reason=reason)
        with self._write() as connection:
            connection.execute(insert(ANOMALY_VERDICTS).values(said | {"decided_at": now()}))

    def all(self, anomaly: str | None = None) -> list[AnomalyVerdict]:
        """What was said, the first word first: of one anomaly, or of all."""
        query = select(ANOMALY_VERDICTS).order_by(ANOMALY_VERDICTS.c.verdict_id)
        if anomaly is not None:
            query = query.where(ANOMALY_VERDICTS.c.anomaly_id == anomaly)
        return self._rows(query)
