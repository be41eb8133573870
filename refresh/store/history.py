"""What the ledger says of a stretch of time: loads, drift, verdicts, answers. Only read here."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Table, func, select

from engine.ledger import (
    COLUMN_METADATA,
    DRIFT_EVENTS,
    LOAD_EVENTS,
    SCHEMA_CHANGE_REQUESTS,
    SOURCE_METRICS,
    SOURCES,
    VALIDATION_RESULTS,
)
from refresh.store.records import Records
from refresh.store.rows import LoadRow, RequestRow, SourceRow, VerdictRow


class History(Records):
    """An open ledger, asked by time. Times are UTC; both ends of a stretch are in it."""

    def loads(self, since: datetime, until: datetime) -> list[LoadRow]:
        """The loads that began in a stretch of time, the oldest first."""
        return self._between(LOAD_EVENTS, LOAD_EVENTS.c.started_at, since, until)

    def drifts(self, since: datetime, until: datetime) -> list[dict[str, Any]]:
        """How columns moved in a stretch of time, the oldest first."""
        return self._between(DRIFT_EVENTS, DRIFT_EVENTS.c.detected_at, since, until)

    def requests(self, since: datetime, until: datetime) -> list[RequestRow]:
        """What was asked for in a stretch of time, the oldest first."""
        at = SCHEMA_CHANGE_REQUESTS.c.requested_at
        return self._between(SCHEMA_CHANGE_REQUESTS, at, since, until)

    def newest_verdicts(self) -> list[VerdictRow]:
        """What the last completed load of each source was found to be."""
        last = select(func.max(LOAD_EVENTS.c.load_id)).where(LOAD_EVENTS.c.status == "completed")
        of = last.group_by(LOAD_EVENTS.c.source_code)
        return self._rows(select(VALIDATION_RESULTS).where(VALIDATION_RESULTS.c.load_id.in_(of)))

    def verdicts_of(self, loads: list[int]) -> list[VerdictRow]:
        """What these loads were found to be, in the order in which it was looked at."""
        mine = VALIDATION_RESULTS.c.load_id.in_(loads)
        query = select(VALIDATION_RESULTS).where(mine)
        return self._rows(query.order_by(VALIDATION_RESULTS.c.validation_id))

    def sources(self) -> list[SourceRow]:
        """The registry."""
        return self._rows(select(SOURCES).order_by(SOURCES.c.code))

    def columns(self) -> list[dict[str, Any]]:
        """What is known of the columns of all sources."""
        return self._rows(select(COLUMN_METADATA))

    def sizes(self) -> list[dict[str, Any]]:
        """What is kept of each source a day, the oldest first."""
        return self._rows(select(SOURCE_METRICS).order_by(SOURCE_METRICS.c.metric_date))

    def last_completed(self) -> dict[str, datetime]:
        """When the last load of each source was completed; not there where none ever was."""
        code, at = LOAD_EVENTS.c.source_code, func.max(LOAD_EVENTS.c.completed_at).label("at")
        query = select(code, at).where(LOAD_EVENTS.c.status == "completed").group_by(code)
        return {row["source_code"]: row["at"] for row in self._rows(query)}

    def last_files(self) -> dict[str, str]:
        """The address of the file that each source loaded last."""
        last = select(func.max(LOAD_EVENTS.c.load_id)).group_by(LOAD_EVENTS.c.source_code)
        query = select(LOAD_EVENTS.c.source_code, LOAD_EVENTS.c.file_url)
        rows = self._rows(query.where(LOAD_EVENTS.c.load_id.in_(last)))
        return {row["source_code"]: row["file_url"] for row in rows}

    def _between(
        self, table: Table, at: ColumnElement[Any], since: datetime, until: datetime
    ) -> list[Any]:
        return self._rows(select(table).where(at >= since, at <= until).order_by(at))
