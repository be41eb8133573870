"""The series of the lake: what was loaded, judged and is served; the same from every process.

From the snapshot's manifest and the ledger, asked when somebody scrapes and kept for a few seconds.
Where there is no ledger (a bundle brings the lake alone) its series are not there, and
`warehouse_ledger_readable` says 0. Only names that the registry holds are labels.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from threading import Lock
from time import monotonic
from typing import Any, get_args

import sqlalchemy as sa
from prometheus_client import CollectorRegistry
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from engine import Lake, open_lake
from engine.errors import NoSnapshot
from engine.lake import Layout, data_folder, read_following
from engine.ledger import ALERTS, LOAD_EVENTS, METADATA, VALIDATION_RESULTS
from engine.ledger_scan import ledger_there, reading
from engine.period import late
from engine.vocabulary import AlertSeverity

KEPT_SECONDS = 10.0
BUCKETS = (1, 5, 15, 30, 60, 120, 300, 900)


class LakeSeries:
    """Collects the series of the lake and its ledger."""

    def __init__(self, kept_seconds: float = KEPT_SECONDS) -> None:
        self._kept_seconds = kept_seconds
        self._kept: list[Metric] = []
        self._of: Path | None = None
        self._until = 0.0
        self._collecting = Lock()

    def collect(self) -> Iterable[Metric]:
        """The series as they are now, or were a few seconds ago."""
        of = data_folder()
        # Two scrapers at once ask the ledger once. What is kept of one lake is none of another's.
        with self._collecting:
            if of != self._of or monotonic() >= self._until:
                self._of = of
                self._kept = [*_of_snapshot(), *_of_copy(), *_of_ledger()]
                self._until = monotonic() + self._kept_seconds
            return self._kept


def registry() -> CollectorRegistry:
    """A registry with these series alone."""
    made = CollectorRegistry()
    made.register(LakeSeries())
    return made


LAKE = registry()


def _of_snapshot() -> Iterator[Metric]:
    try:
        lake = open_lake()
    except NoSnapshot:
        yield GaugeMetricFamily("care_atlas_ready", "Whether a snapshot is served.", value=0)
        return
    yield GaugeMetricFamily("care_atlas_ready", "Whether a snapshot is served.", value=1)
    yield GaugeMetricFamily(
        "care_atlas_snapshot_sealed_timestamp_seconds",
        "When the snapshot that is served was sealed.",
        value=lake.sealed_at.timestamp(),
    )
    yield GaugeMetricFamily(
        "care_atlas_snapshot_findings",
        "Checks that warned or failed when it was made.",
        value=len(lake.manifest.get("findings", [])),
    )
    rows = GaugeMetricFamily("warehouse_table_rows", "Rows of a table, live.", labels=["table"])
    size = GaugeMetricFamily("warehouse_table_bytes", "Bytes of its files.", labels=["table"])
    for name, entry in lake.manifest["tables"].items():
        rows.add_metric([name], sum(file["rows"] for file in entry["files"]))
        size.add_metric([name], _bytes(lake, name))
    yield rows
    yield size
    yield _late(lake)


def _of_copy() -> Iterator[Metric]:
    """Of a lake on object storage: when its copy was last the same, and whether that goes wrong."""
    said = read_following()
    if said is None:
        return
    if said["checked_at"]:
        yield GaugeMetricFamily(
            "care_atlas_copy_checked_timestamp_seconds",
            "When this copy of a published lake was last seen to be the same.",
            value=datetime.fromisoformat(said["checked_at"]).timestamp(),
        )
    yield GaugeMetricFamily(
        "care_atlas_copy_failing",
        "Whether the last look at the published lake went wrong.",
        value=int(bool(said["error"])),
    )


def _late(lake: Lake) -> Metric:
    sources = lake.manifest.get("sources", {})
    overdue = set(late(sources, date.today()))
    told = GaugeMetricFamily(
        "warehouse_source_late",
        "1 where a newer period should be out by the publisher's calendar, and is not here.",
        labels=["source"],
    )
    for code, source in sources.items():
        if source["newest"]:
            told.add_metric([code], int(code in overdue))
    return told


def _bytes(lake: Lake, name: str) -> int:
    paths = (lake.layout.table_file(file["path"]) for file in lake.files(name))
    return sum(path.stat().st_size for path in paths if path.is_file())


def _of_ledger() -> Iterator[Metric]:
    told = []
    try:
        engine = _opened()
        if engine is not None:
            with engine.connect() as connection:
                told = [*_loads(connection), *_verdicts(connection), *_goals(connection)]
                told += _alerts(connection)
    # A database that is away, or of another version, must not take the other series with it.
    except sa.exc.SQLAlchemyError:
        told = []
    readable = "warehouse_ledger_readable"
    yield GaugeMetricFamily(readable, "Whether the ledger could be read.", value=int(bool(told)))
    yield from told


def _opened() -> sa.Engine | None:
    """The ledger, for reading; None where there is none, for to open one would make it."""
    url = Layout(data_folder()).registry_url
    return reading(url) if ledger_there(url) else None


def _loads(connection: sa.Connection) -> Iterator[Metric]:
    source, status = LOAD_EVENTS.c.source_code, LOAD_EVENTS.c.status
    counted = sa.select(source, status, sa.func.count()).group_by(source, status)
    total = CounterMetricFamily(
        "warehouse_loads", "Loads, by source and how they stand.", labels=["source", "status"]
    )
    for code, word, count in connection.execute(counted):
        total.add_metric([code, word], count)
    yield total
    done = sa.select(LOAD_EVENTS).where(status == "completed")
    newest = sa.select(sa.func.max(LOAD_EVENTS.c.load_id)).where(status == "completed")
    last = done.where(LOAD_EVENTS.c.load_id.in_(newest.group_by(source)))
    success = GaugeMetricFamily(
        "warehouse_last_success_timestamp", "When a source last loaded.", labels=["source"]
    )
    rows = GaugeMetricFamily(
        "warehouse_rows", "Rows of a source's last successful load.", labels=["source"]
    )
    for load in connection.execute(last).mappings():
        success.add_metric([load["source_code"]], _seconds(load["completed_at"]))
        rows.add_metric([load["source_code"]], load["rows_loaded"] or 0)
    yield success
    yield rows
    times = connection.execute(
        sa.select(LOAD_EVENTS.c.started_at, LOAD_EVENTS.c.completed_at).where(
            status.in_(["completed", "failed"])
        )
    )
    yield _durations([(end - start).total_seconds() for start, end in times if end is not None])


def _durations(seconds: list[float]) -> Metric:
    counts: list[tuple[str, float]] = [
        (str(float(most)), sum(1 for one in seconds if one <= most)) for most in BUCKETS
    ]
    told = HistogramMetricFamily(
        "warehouse_load_duration_seconds", "How long loads took that ended, well or not."
    )
    told.add_metric([], [*counts, ("+Inf", len(seconds))], sum(seconds))
    return told


def _verdicts(connection: sa.Connection) -> Iterator[Metric]:
    gate, status = VALIDATION_RESULTS.c.validation_type, VALIDATION_RESULTS.c.status
    total = CounterMetricFamily(
        "warehouse_validation", "Verdicts of checks, by gate.", labels=["gate", "status"]
    )
    for word, verdict, count in connection.execute(
        sa.select(gate, status, sa.func.count()).group_by(gate, status)
    ):
        total.add_metric([word, verdict], count)
    yield total


def _goals(connection: sa.Connection) -> Iterator[Metric]:
    """The newest evidence of each goal's metrics, where the ledger keeps evidence."""
    evidence = METADATA.tables.get("test_evidence")
    if evidence is None:
        return
    of = evidence.c
    newest = sa.select(sa.func.max(of.evidence_id)).group_by(of.goal_id, of.metric_name)
    rows = connection.execute(sa.select(evidence).where(of.evidence_id.in_(newest))).mappings()
    kinds = {"actual": "What was measured last", "target": "What is aimed at"}
    told = {
        kind: GaugeMetricFamily(f"warehouse_goal_{kind}", f"{words}.", labels=["goal", "metric"])
        for kind, words in kinds.items()
    }
    for row in rows:
        for kind, family in told.items():
            if row[f"{kind}_value"] is not None:
                family.add_metric([str(row["goal_id"]), row["metric_name"]], row[f"{kind}_value"])
    yield from told.values()


def _alerts(connection: sa.Connection) -> Iterator[Metric]:
    severity, status = ALERTS.c.severity, ALERTS.c.status
    told = GaugeMetricFamily(
        "warehouse_open_alerts",
        "Alerts that nobody has, by severity.",
        labels=["severity"],
    )
    of_each = sa.select(severity, sa.func.count()).where(status == "open").group_by(severity)
    counts: dict[str, int] = {word: many for word, many in connection.execute(of_each)}
    for word in get_args(AlertSeverity):
        # None is said as well: a series that comes and goes cannot be watched.
        told.add_metric([word], counts.get(word, 0))
    yield told


def _seconds(at: Any) -> float:
    """A time of the ledger, which keeps UTC without saying so, in seconds."""
    when: datetime = at
    return when.replace(tzinfo=UTC).timestamp()
