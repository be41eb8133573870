"""Sixty days of a lake that never was: loads that went well and badly, drift, growth, requests.

Written into a ledger row by row at instants of a clock of its own. What the pages should say of it
is worked out in the tests from these very rows.
"""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa

from engine import Lake
from engine.atlas.tables.qof_contracts import PERCENT_ACHIEVED
from engine.ledger import (
    DRIFT_EVENTS,
    LOAD_EVENTS,
    SCHEMA_CHANGE_REQUESTS,
    SOURCE_METRICS,
    SOURCES,
    VALIDATION_RESULTS,
)
from refresh.store.database import open_database
from tests.conftest import rows, sealed

NOW = datetime(2026, 11, 30, 9, 0)  # a Monday morning
DAYS = 60
BEGAN = NOW - timedelta(days=DAYS)
Row = dict[str, Any]

# code: domain, how often it is loaded (days), seconds, rows, growth a load, how likely it fails
SOURCES_SAID: Mapping[str, tuple[str | None, int, float, int, float, float]] = {
    "beds": ("Operational", 1, 12, 4_000, 1.002, 0.05),
    "appointments": ("Operational", 2, 95, 60_000, 1.01, 0.3),
    "workforce": ("Workforce", 7, 40, 9_000, 1.0, 0.0),
    "dementia": ("Clinical", 3, 25, 7_500, 1.12, 0.1),
    "diagnostics": ("Clinical", 5, 61, 900, 1.05, 0.2),
    "lists": (None, 6, 8, 1_500, 1.3, 0.0),
}
NEVER = "maternity"
# how often, days after the period's end, grace, the newest period in the snapshot
CALENDARS = {
    "beds": ("month", 14, 20, "2026-10"),
    "appointments": ("month", 20, 5, "2026-09"),  # October should be out by 25 November
    "workforce": ("quarter", 30, 30, "2026-Q3"),
    "dementia": ("month", 14, 17, "2026-10"),  # November should be out by 31 December
    "diagnostics": ("year", 150, 60, "2024-25"),  # 2025-26 should be out by 27 October
}
NEXT_STEP = "ask the publisher for the file again"


def history(folder: Path) -> tuple[Lake, dict[str, list[Row]]]:
    """A lake with that history; the rows of its ledger, by table."""
    said = {
        code: {
            "newest": newest,
            "calendar": {"every": every, "after_days": after, "grace_days": grace},
        }
        for code, (every, after, grace, newest) in CALENDARS.items()
    }
    one = rows(
        "year | practice_code | indicator_code\n2021-22 | A00001 | COPD010", PERCENT_ACHIEVED
    )
    lake = sealed(folder, {"sources": said}, percent_achieved=one)
    told = _told()
    fill(lake.layout.registry_url, told)
    return lake, told


def fill(url: str, told: Mapping[str, list[Row]]) -> None:
    """Write the history into a database of either kind."""
    engine = open_database(url)
    with engine.begin() as write:
        for table in (
            *(SOURCES, LOAD_EVENTS, VALIDATION_RESULTS, SOURCE_METRICS, DRIFT_EVENTS),
            SCHEMA_CHANGE_REQUESTS,
        ):
            for row in told[table.name]:
                write.execute(sa.insert(table).values(row))
    engine.dispose()


def _told() -> dict[str, list[Row]]:
    dice = Random(60)
    loads = list(_numbered(sorted(_loads(dice), key=lambda row: row["started_at"])))
    return {
        "sources": list(_sources()),
        "load_events": loads,
        "validation_results": list(_verdicts(loads)),
        "source_metrics": list(_measured(loads)),
        "drift_events": list(_drifts(dice)),
        "schema_change_requests": _requests(),
    }


def _sources() -> Iterator[Row]:
    domains = {code: said[0] for code, said in SOURCES_SAID.items()} | {NEVER: "Clinical"}
    for at, (code, domain) in enumerate(domains.items(), 1):
        yield {
            "id": at,
            "code": code,
            "name": f"The {code} return",
            "publisher": "NHS England",
            "owner": f"{code}@nhs.net",
            "purpose": f"How {code} are.",
            "publication": "Monthly returns",
            "domain": domain,
            "table_name": f"tbl_{code}",
            "status": "registered" if code == NEVER else "active",
            "created_at": BEGAN,
        }


def _loads(dice: Random) -> Iterator[Row]:
    for code, (_domain, every, seconds, size, growth, fails) in SOURCES_SAID.items():
        at, rows_now = BEGAN + timedelta(hours=dice.randint(1, 23)), float(size)
        # One that came late is a table that was created within the last thirty days.
        at += timedelta(days=40) if code == "lists" else timedelta()
        while at <= NOW:
            took = timedelta(seconds=round(seconds * dice.uniform(0.7, 1.6), 2))
            status = "failed" if dice.random() < fails else "completed"
            rows_now *= growth if status == "completed" else 1
            yield _load(code, at, took, status, int(rows_now), dice)
            at += timedelta(days=every, minutes=dice.randint(-90, 90))
    yield _load("beds", NOW - timedelta(days=3), timedelta(hours=5), "rolled_back", 0, dice)
    yield _load("appointments", NOW - timedelta(minutes=4), None, "in_progress", 0, dice)
    # On the very edge of seven days, and just beyond it.
    edge = NOW - timedelta(days=7)
    yield _load("workforce", edge, timedelta(seconds=40), "failed", 0, dice)
    yield _load("workforce", edge - timedelta(seconds=1), timedelta(seconds=40), "failed", 0, dice)


def _load(
    code: str, at: datetime, took: timedelta | None, status: str, size: int, dice: Random
) -> Row:
    is_well = status == "completed"
    added = dice.choice([0, 0, 0, 1, 3]) if is_well else 0
    return {
        "source_code": code,
        "period": f"{at:%Y-%m}",
        "file_url": f"https://example.org/{code}/{at:%Y%m%d}.csv",
        "file_sha256": f"{dice.getrandbits(256):064x}",
        "file_size_bytes": 31 * size,
        "load_mode": "replace",
        "status": status,
        "started_at": at,
        "completed_at": at + took if took is not None else None,
        "source_row_count": size if is_well else None,
        "rows_loaded": size if is_well else None,
        "rows_rejected": dice.randint(0, 9) if is_well else None,
        "error_type": None if status in ("completed", "in_progress") else "columns",
        "error_message": f"{code}.csv: no column `rate`" if status == "failed" else None,
        "triggered_by": "refresh run",
        "columns_added": added,
    }


def _numbered(loads: list[Row]) -> Iterator[Row]:
    for number, row in enumerate(loads, 1):
        yield {"load_id": number, **row}


def _verdicts(loads: list[Row]) -> Iterator[Row]:
    for load in loads:
        if load["status"] not in ("completed", "failed"):
            continue
        for gate in ("row_count", "schema", "quality", "metadata"):
            is_bad = load["status"] == "failed" and gate == "schema"
            yield {
                "load_id": load["load_id"],
                "source_code": load["source_code"],
                "period": load["period"],
                "validation_type": gate,
                "check_name": f"the {gate}",
                "status": "fail" if is_bad else "pass",
                "message": "no column `rate`" if is_bad else "as before",
                "sample": "row 8 (R007): `rate` is null" if is_bad else "",
                "next_step": NEXT_STEP if is_bad else "",
                "validated_at": load["started_at"],
            }


def _measured(loads: list[Row]) -> Iterator[Row]:
    days: dict[tuple[str, date], Row] = {}
    for load in loads:
        if load["status"] == "completed":
            key = load["source_code"], load["started_at"].date()
            days[key] = {
                "source_code": key[0],
                "metric_date": key[1],
                "row_count": load["rows_loaded"],
                "column_count": 12,
                "table_size_bytes": 17 * load["rows_loaded"],
                "load_duration_seconds": 1.0,
                "validation_pass_rate": 100,
            }
    yield from days.values()


def _drifts(dice: Random) -> Iterator[Row]:
    kinds = ("new_columns", "missing_columns", "type_change", "wide_date_detected")
    for code, many in {"appointments": 14, "dementia": 4, "beds": 2, "diagnostics": 6}.items():
        for _ in range(many):
            kind = dice.choice(kinds)
            details: Row = {"column": "rate", "was": "int64", "is": "string"}
            if kind in ("new_columns", "missing_columns"):
                details = {"columns": [f"c{n}" for n in range(dice.randint(1, 3))]}
            yield {
                "canonical_code": code,
                "period": "2026-10",
                "drift_type": kind,
                "severity": "warning",
                "details": details,
                "detected_at": NOW - timedelta(days=dice.uniform(0, DAYS)),
            }


def _requests() -> list[Row]:
    names = [f"role_{n}" for n in range(7)]
    return [
        {
            "request_id": 1,
            "source_code": "workforce",
            "period": "2026-Q3",
            "change": "added",
            "details": {"columns": names},
            "status": "pending",
            "requested_at": NOW - timedelta(days=2),
        },
        {
            "request_id": 2,
            "source_code": "beds",
            "period": "2026-10",
            "change": "removed",
            "details": {"columns": ["rate"]},
            "status": "rejected",
            "requested_at": NOW - timedelta(days=20),
            "decided_at": NOW - timedelta(days=19),
            "decided_by": "somebody@nhs.net",
            "reason": "The column comes back in December.",
        },
    ]
