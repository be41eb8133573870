"""All fifteen rules in one replay of sixty days: a script of what happens on which day, and beside
it, worked out by hand, what goes out on which morning; each once, by web hook and by mail."""

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine.alert_measures import REPEATED
from engine.alert_rules import RULES
from engine.atlas.tables.qof_contracts import PERCENT_ACHIEVED
from engine.ledger import (
    ALERTS,
    COLUMN_METADATA,
    DRIFT_EVENTS,
    LOAD_EVENTS,
    SOURCE_METRICS,
    SOURCES,
    VALIDATION_RESULTS,
)
from refresh.operate.alert_channels import by_severity, channels
from refresh.operate.alert_delivery import deliver
from refresh.operate.alerting import evaluate
from refresh.store.database import open_database
from tests.conftest import rows, sealed
from tests.sinks import mail_server, web_hook

MONDAY = datetime(2026, 6, 1, 9, 0)  # the morning of day 0; what happens on a day happens at six
DAY, SIX = timedelta(days=1), timedelta(hours=-3)
Statement = sa.Insert | sa.Update
Told = tuple[int, str, str, str]
"""The morning (a day's number), the severity, the rule and the source of what a message tells."""

SENT: list[Told] = [
    # rota fails on days 5, 6 and 7: a warning is told the next morning, the third failure at once.
    (6, "warning", "failures_in_a_row", "rota"),
    (7, "critical", "failures_in_a_row", "rota"),
    (13, "warning", "not_brought", "lost"),
    (14, "info", "new_table", "fresh"),  # day 10, a Thursday: the Monday after
    (15, "critical", "breaking_schema", "cols"),
    (18, "critical", "zero_metadata", "bare"),
    (21, "warning", "metadata_coverage", "bare"),  # day 18, weekly
    # bulk: 5 failures beside some 80 loads of the week; then 25 more, under 80 %.
    (21, "warning", "success_rate", ""),
    (22, "critical", "success_rate", ""),
    (28, "warning", "performance", "slow"),  # day 26: 100 and 150 s in a week, where 100 were usual
    (36, "warning", "slow_load", "late"),  # day 35: 250 s where 100 were usual
    (39, "warning", "runaway_storage", ""),  # day 38: 1,300 bytes where there were 1,000
    (41, "warning", "orphans", ""),  # day 40: one beside the lake's one table
    (42, "warning", "duplicate_data", "twice"),
    (43, "critical", "duplicate_data", "twice"),
    (49, "info", "new_period", "monthly"),  # day 44
    (49, "info", "deprecated", "old"),  # day 46
    (56, "info", "archived", "old"),  # day 52
]


def at(day: int) -> datetime:
    return MONDAY + day * DAY + SIX


def load(
    source: str,
    day: int,
    *,
    seconds: int = 60,
    well: bool = True,
    period: str = "2026-05",
    n: int = 0,
) -> Statement:
    began = at(day) + timedelta(minutes=n)
    return sa.insert(LOAD_EVENTS).values(
        source_code=source,
        period=period,
        file_url="https://example.org/a.csv",
        load_mode="replace",
        status="completed" if well else "failed",
        started_at=began,
        completed_at=began + timedelta(seconds=seconds),
        triggered_by="refresh run",
    )


def source(code: str, **said: Any) -> Statement:
    told = {"name": code, "owner": "o", "purpose": "p", "created_at": at(-40), "status": "active"}
    return sa.insert(SOURCES).values(told | {"code": code} | said)


def of_source(code: str, **said: Any) -> Statement:
    return sa.update(SOURCES).where(SOURCES.c.code == code).values(**said)


def judged(source: str, day: int, check: str, **said: Any) -> Statement:
    told = {
        "validation_type": "quality",
        "status": "fail",
        "message": "so it is",
        "period": "2026-05",
    }
    return sa.insert(VALIDATION_RESULTS).values(
        told | {"source_code": source, "check_name": check, "validated_at": at(day)} | said
    )


def repeated(day: int, percent: int) -> Statement:
    counted = {"n_failed": percent, "n_total": 100, "where": "twice: 4 and 5", "load_id": 1}
    return judged("twice", day, REPEATED, **counted)


def weighed(day: int, size: int) -> Statement:
    return sa.insert(SOURCE_METRICS).values(
        source_code="fat", metric_date=at(day).date(), row_count=1, table_size_bytes=size
    )


def described(words: str | None) -> Iterator[Statement]:
    table = COLUMN_METADATA
    for name in ("a", "b"):
        if words is None:
            yield sa.insert(table).values(source_code="bare", column_name=name, data_type="int64")
        else:
            yield sa.update(table).where(table.c.column_name == name).values(description=words)


def mixed(day: int, failures: int) -> Iterator[Statement]:
    """As many failures as successes, never two in a row, a success at the end."""
    for n in range(failures):
        yield load("bulk", day, well=False, n=2 * n)
        yield load("bulk", day, n=2 * n + 1)


def script() -> dict[int, list[Statement]]:
    """What happens, by day; day -1 stands for all that was before."""
    codes = "beds rota lost cols slow late monthly old bulk"
    plain = [source(code) for code in codes.split()]
    plain += [source("fat", domain="Bulky"), source("twice", load_mode="append")]
    plain += [source("fresh", table_name="tbl_fresh")]
    # Ten loads a day that go well, so that a failure of another source is a small part of a week.
    plain += [load("beds", day, n=n) for day in range(-8, 61) for n in range(10)]
    plain += [load("late", day, seconds=100) for day in (-10, -9, -8)]
    plain += [load(code, -20) for code in ("rota", "cols", "bulk")]
    gone = {"columns": ["beds_open"]}
    drift = sa.insert(DRIFT_EVENTS).values(
        canonical_code="cols", period="2026-05", drift_type="missing_columns", severity="error",
        details=gone, detected_at=at(15), auto_resolved=False,
    )  # fmt: skip
    return {
        -1: plain,
        0: [load("slow", 0, seconds=100), load("monthly", 0), weighed(0, 1000)],
        5: [load("rota", 5, well=False)],
        6: [load("rota", 6, well=False)],
        7: [load("rota", 7, well=False), load("slow", 7, seconds=100)],
        8: [load("rota", 8)],
        10: [load("fresh", 10)],
        12: [of_source("lost", last_checked_at=at(12)), judged("lost", 12, "NotTheFile")],
        14: [load("slow", 14, seconds=100), of_source("lost", last_checked_at=at(14))],
        15: [drift],
        17: [load("cols", 17)],
        18: [source("bare"), *described(None)],
        20: [*mixed(20, 5)],
        21: [load("slow", 21, seconds=100)],
        22: [*mixed(22, 25)],
        24: [*described("What it is.")],
        26: [load("slow", 26, seconds=150)],
        35: [load("late", 35, seconds=250)],
        38: [weighed(38, 1300)],
        40: [load("nobody", 40)],
        41: [repeated(41, 10)],
        42: [source("nobody", status="archived")],
        43: [repeated(43, 50)],
        44: [load("monthly", 44, period="2026-06")],
        45: [repeated(45, 1)],
        46: [of_source("old", status="deprecated", deprecation_reason="superseded")],
        52: [of_source("old", status="archived", archived_at=at(52))],
    }


def told(body: str, alerts: dict[int, tuple[str, str]], day: int) -> list[Told]:
    """What a message tells: its paragraphs, each with its severity and the number of its alert."""
    found = []
    for paragraph in re.split(r"\n\n+", body.replace("\r", "").strip()):
        severity = paragraph.partition(":")[0].partition(" ")[0]
        number = re.search(r"alerts/(\d+)", paragraph)
        assert number, paragraph
        found.append((day, severity, *alerts[int(number[1])]))
    return found


def test_each_of_the_fifteen_rules_goes_out_once_on_its_morning(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    one = rows(
        "year | practice_code | indicator_code\n2021-22 | A00001 | COPD010", PERCENT_ACHIEVED
    )
    layout = sealed(tmp_path / "data", percent_achieved=one).layout
    happens, database = script(), open_database(layout.registry_url)
    # Nothing changes on a morning between: those of a message, of a change, and some when all ends.
    days = sorted({*happens, *(day for day, *_ in SENT), *(day + 1 for day in happens), 29, 59, 60})
    sent: list[Told] = []
    mailed: list[Told] = []
    with web_hook() as hook, mail_server() as mail:
        known = channels(
            f"json://127.0.0.1:{hook.port}/ mailto://127.0.0.1:{mail.port}/?from=a@b.org&to=c@d.org"
        )
        for day in days:
            with database.begin() as write:
                for statement in happens.get(day, ()):
                    write.execute(statement)
            if day < 0:
                continue
            now = MONDAY + day * DAY
            # A second look at a morning on which something went out tells nobody again.
            for _ in range(2 if day in {morning for morning, *_ in SENT} else 1):
                evaluate(layout.root, now=now, channels=by_severity(known))
                deliver(layout.root, now=now, known=known)
            with database.begin() as read:
                kept = read.execute(
                    sa.select(ALERTS.c.alert_id, ALERTS.c.rule, ALERTS.c.source_code)
                )
                alerts = {number: (rule, code) for number, rule, code in kept}
            for body in hook.taken:
                sent += told(json.loads(body)["message"], alerts, day)
            for message in mail.taken:
                part = message.get_body(("plain",))
                assert part is not None
                mailed += told(part.get_content(), alerts, day)
            hook.taken.clear()
            mail.taken.clear()
    database.dispose()
    assert Counter(sent) == Counter(SENT)
    assert Counter(mailed) == Counter(sent)
    assert {rule for _, _, rule, _ in SENT} == {rule.name for rule in RULES}
