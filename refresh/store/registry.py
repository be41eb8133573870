"""The registry: which sources are followed, what may change of them, and how they are doing.

The half of the ledger that is about sources. What happened to releases is ledger.py's.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Table, delete, func, insert, select, update

from engine.ledger import (
    CANONICAL_SOURCES,
    CLI_RUNS,
    COLUMN_METADATA,
    DRIFT_EVENTS,
    GOLDEN_DATASETS,
    LOAD_EVENTS,
    SCHEMA_CHANGE_REQUESTS,
    SOURCE_MAPPINGS,
    SOURCE_METRICS,
    SOURCES,
)
from engine.vocabulary import Change, DriftSeverity, DriftType, LoadMode, RequestStatus
from refresh.source import Source
from refresh.store.records import Records, now
from refresh.store.rows import RequestRow, SourceRow


@dataclass(frozen=True)
class Drift:
    """How the columns of one release differ from those of the release before.

    action  what was done about it, where that needed nobody
    """

    kind: DriftType
    severity: DriftSeverity
    details: Mapping[str, Any]
    action: str = ""


@dataclass(frozen=True)
class Measured:
    """What is kept of a source for each day on which it was loaded.

    size  bytes of all that is staged of it and used, whatever release it is of
    """

    rows: int
    columns: int
    size: int
    seconds: float
    pass_rate: float


class Registry(Records):
    """Sources and what is said of them. Requests and drift are added, never deleted."""

    def register(self, source: Source, *, load_mode: LoadMode) -> None:
        """Note a source and the word that folds it; one that is known already keeps its state."""
        self.register_all([(source, load_mode)])

    def register_all(self, sources: Iterable[tuple[Source, LoadMode]]) -> None:
        """The same of several sources, each with its word; what is noted already is not written."""
        known = {row["code"]: row for row in self.sources()}
        with self._write() as connection:
            for source, load_mode in sources:
                declared = {
                    "name": source.name,
                    "publisher": source.publisher,
                    "owner": source.owner,
                    "purpose": source.purpose,
                    "load_mode": load_mode,
                    "domain": source.domain,
                }
                row = known.get(source.code)
                # Not an upsert of one dialect: the two databases write it differently, and one
                # writer holds the lock.
                if row is None:
                    new = declared | {"code": source.code, "created_at": now()}
                    connection.execute(insert(SOURCES).values(new))
                elif not declared.items() <= row.items():
                    mine = SOURCES.c.code == source.code
                    connection.execute(update(SOURCES).where(mine).values(declared))

    def checked(self, source: str) -> None:
        """Note that the publisher was asked just now, whatever came of it."""
        with self._write() as connection:
            connection.execute(
                update(SOURCES).where(SOURCES.c.code == source).values(last_checked_at=now())
            )

    def sources(self) -> list[SourceRow]:
        return self._rows(select(SOURCES).order_by(SOURCES.c.code))

    def source(self, code: str) -> SourceRow | None:
        """One source's row; None where nobody registered it."""
        rows: list[SourceRow] = self._rows(select(SOURCES).where(SOURCES.c.code == code))
        return rows[0] if rows else None

    def enrol(self, code: str, **said: Any) -> None:
        """Register a source that no wing declares, with what is said of it: columns of `sources`.

        Takes:  a code that nobody has; `verbs` look at that, and at what may be said.
        """
        with self._write() as connection:
            last = connection.execute(select(func.max(SOURCES.c.id))).scalar() or 0
            row = said | {"code": code, "created_at": now(), "id": last + 1}
            connection.execute(insert(SOURCES).values(row))

    def amend(self, code: str, **said: Any) -> None:
        """Say something else of a source: columns of `sources`."""
        with self._write() as connection:
            connection.execute(update(SOURCES).where(SOURCES.c.code == code).values(said))

    def ever_loaded(self, code: str) -> bool:
        """Whether any load of a source was ever completed."""
        mine = (LOAD_EVENTS.c.source_code == code, LOAD_EVENTS.c.status == "completed")
        return bool(self._rows(select(LOAD_EVENTS.c.load_id).where(*mine).limit(1)))

    def loads_of_nobody(self) -> list[tuple[str, datetime]]:
        """Codes that loads name and that no source has, each with its last load's beginning."""
        last = func.max(LOAD_EVENTS.c.started_at).label("last")
        query = (
            select(LOAD_EVENTS.c.source_code, last)
            .where(LOAD_EVENTS.c.source_code.not_in(select(SOURCES.c.code)))
            .group_by(LOAD_EVENTS.c.source_code)
            .order_by(LOAD_EVENTS.c.source_code)
        )
        return [(row["source_code"], row["last"]) for row in self._rows(query)]

    # What may change, and who says so

    def request_change(
        self,
        source: str,
        period: str,
        change: Change,
        details: Mapping[str, Any],
        *,
        status: RequestStatus = "pending",
        by: str = "",
        reason: str = "",
    ) -> int:
        """Ask for a change, or note one that needs nobody; its number. Asked twice, it is one."""
        same = [
            row
            for row in self.requests(source)
            if (row["change"], row["details"]) == (change, details) and row["status"] != "rejected"
        ]
        if same:
            return same[0]["request_id"]
        row = {
            "source_code": source,
            "period": period,
            "change": change,
            "details": details,
            "status": status,
            "requested_at": now(),
        }
        if status != "pending":
            row |= {"decided_at": now(), "decided_by": by, "reason": reason}
        with self._write() as connection:
            key = connection.execute(insert(SCHEMA_CHANGE_REQUESTS).values(row))
            assert key.inserted_primary_key is not None  # one row with a key of its own
            number: int = key.inserted_primary_key[0]
            return number

    def requests(
        self, source: str = "", *, status: RequestStatus | None = None
    ) -> list[RequestRow]:
        """What was asked for, the oldest first: of one source, or of a status."""
        query = select(SCHEMA_CHANGE_REQUESTS).order_by(SCHEMA_CHANGE_REQUESTS.c.request_id)
        if source:
            query = query.where(SCHEMA_CHANGE_REQUESTS.c.source_code == source)
        if status:
            query = query.where(SCHEMA_CHANGE_REQUESTS.c.status == status)
        return self._rows(query)

    def decide(self, request: int, status: RequestStatus, *, by: str, reason: str) -> None:
        """Note who said what to a request."""
        said = dict(status=status, decided_at=now(), decided_by=by, reason=reason)
        mine = SCHEMA_CHANGE_REQUESTS.c.request_id == request
        with self._write() as connection:
            connection.execute(update(SCHEMA_CHANGE_REQUESTS).where(mine).values(said))

    # How it is doing

    def note_drift(self, source: str, period: str, drifts: Iterable[Drift]) -> None:
        """Keep how a release's columns moved."""
        rows = [
            {
                "canonical_code": source,
                "period": period,
                "drift_type": drift.kind,
                "severity": drift.severity,
                "details": dict(drift.details),
                "auto_resolved": bool(drift.action),
                "resolution_action": drift.action or None,
                "notified": False,
                "detected_at": now(),
            }
            for drift in drifts
        ]
        self._add(DRIFT_EVENTS, rows)

    def drifts(self, source: str) -> list[dict[str, Any]]:
        """Every drift of a source, the oldest first."""
        mine = DRIFT_EVENTS.c.canonical_code == source
        return self._rows(select(DRIFT_EVENTS).where(mine).order_by(DRIFT_EVENTS.c.drift_id))

    def note_metrics(self, source: str, day: date, measured: Measured) -> None:
        """Keep how a source did on a day: the last load of a day is the day's."""
        mine = (SOURCE_METRICS.c.source_code == source, SOURCE_METRICS.c.metric_date == day)
        row = {
            "source_code": source,
            "metric_date": day,
            "row_count": measured.rows,
            "column_count": measured.columns,
            "table_size_bytes": measured.size,
            "load_duration_seconds": measured.seconds,
            "validation_pass_rate": round(measured.pass_rate, 2),
        }
        with self._write() as connection:
            if not connection.execute(update(SOURCE_METRICS).where(*mine).values(row)).rowcount:
                connection.execute(insert(SOURCE_METRICS).values(row))

    def metrics_of(self, source: str) -> list[dict[str, Any]]:
        """What is kept of a source, a row a day, the oldest first."""
        mine = SOURCE_METRICS.c.source_code == source
        return self._rows(select(SOURCE_METRICS).where(mine).order_by(SOURCE_METRICS.c.metric_date))

    def describe_columns(self, source: str, columns: Sequence[Mapping[str, Any]]) -> None:
        """What is known of a source's columns now, in place of what was known of them before."""
        mine = COLUMN_METADATA.c.source_code == source
        with self._write() as connection:
            connection.execute(delete(COLUMN_METADATA).where(mine))
            if columns:
                rows = [{"source_code": source, **column} for column in columns]
                connection.execute(insert(COLUMN_METADATA), rows)

    def columns_of(self, source: str) -> list[dict[str, Any]]:
        """What is known of a source's columns."""
        return self._rows(select(COLUMN_METADATA).where(COLUMN_METADATA.c.source_code == source))

    def note_canonical(
        self, code: str, *, fingerprint: Mapping[str, Any], period: str, rows: int
    ) -> None:
        """Keep what a source is known by, and that it was loaded once more."""
        mine = CANONICAL_SOURCES.c.canonical_code == code
        with self._write() as connection:
            found = connection.execute(select(CANONICAL_SOURCES).where(mine)).mappings().first()
            said = {
                "fingerprint": dict(fingerprint),
                "first_seen_period": found["first_seen_period"] if found else period,
                "last_seen_period": period,
                "total_loads": (found["total_loads"] if found else 0) + 1,
                "total_rows_loaded": (found["total_rows_loaded"] if found else 0) + rows,
            }
            if found:
                connection.execute(update(CANONICAL_SOURCES).where(mine).values(said))
            else:
                connection.execute(insert(CANONICAL_SOURCES).values(canonical_code=code, **said))

    def canonical_sources(self) -> list[dict[str, Any]]:
        """What every source is known by, by code."""
        return self._rows(select(CANONICAL_SOURCES).order_by(CANONICAL_SOURCES.c.canonical_code))

    def note_mappings(self, mappings: Iterable[Mapping[str, Any]]) -> None:
        """Keep which drafted source is which known one; the newer word counts."""
        with self._write() as connection:
            for row in mappings:
                keys = ("generated_code", "period")
                mine = [SOURCE_MAPPINGS.c[name] == row[name] for name in keys]
                connection.execute(delete(SOURCE_MAPPINGS).where(*mine))
                connection.execute(insert(SOURCE_MAPPINGS).values(**row))

    def mappings(self) -> list[dict[str, Any]]:
        """Which drafted source is which known one, by period."""
        order = (SOURCE_MAPPINGS.c.period, SOURCE_MAPPINGS.c.generated_code)
        return self._rows(select(SOURCE_MAPPINGS).order_by(*order))

    def note_golden(self, name: str, **said: Any) -> None:
        """Keep that a golden dataset was tested now, and what came of it."""
        row = {**said, "last_tested_at": now()}
        mine = GOLDEN_DATASETS.c.name == name
        with self._write() as connection:
            if not connection.execute(update(GOLDEN_DATASETS).where(mine).values(row)).rowcount:
                connection.execute(insert(GOLDEN_DATASETS).values(name=name, **row))

    def golden_datasets(self) -> list[dict[str, Any]]:
        """The golden datasets that were ever tested, by name."""
        return self._rows(select(GOLDEN_DATASETS).order_by(GOLDEN_DATASETS.c.name))

    # Who called

    def note_command(self, **said: Any) -> None:
        """Keep that a command was run, and how it ended: columns of `cli_runs`."""
        self._add(CLI_RUNS, [said])

    def _add(self, to: Table, rows: list[dict[str, Any]]) -> None:
        if rows:
            with self._write() as connection:
                connection.execute(insert(to), rows)
