"""Alerting: every rule asked of the ledger; what it finds is opened, made worse, or resolved.

There is one open alert of a rule, source and subject, until its rule clears. Nothing is sent from
here: what a channel is to be told is queued, and alert_delivery.py takes it from there.
"""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date, datetime
from functools import partial
from pathlib import Path

import polars as pl

from engine.alert_measures import Scan
from engine.alert_rules import RULES, Level, Rule, due
from engine.lake import Layout, current_id, open_lake
from engine.ledger import METADATA
from engine.ledger_scan import ledger_scan
from engine.vocabulary import AlertSeverity
from refresh.operate.orphans import orphans
from refresh.store.alerts import AlertRow, Alerts, Raised

WORST: Sequence[AlertSeverity] = ("info", "warning", "critical")


@dataclass
class Changed:
    """What one evaluation changed: numbers of alerts."""

    opened: list[int] = field(default_factory=list)
    escalated: list[int] = field(default_factory=list)
    resolved: list[int] = field(default_factory=list)


def evaluate(
    data: Path,
    *,
    now: datetime,
    channels: Mapping[AlertSeverity, Sequence[str]] | None = None,
    rules: Iterable[Rule] = RULES,
) -> Changed:
    """Ask every rule of a lake's ledger, and keep what comes of it.

    Takes:  the data folder; the instant (UTC); by severity, the marks of the channels that are to
            be told; the rules.
    Gives:  what changed. A value that nobody knows now changes nothing.
    Raises: LedgerUnreadable, LedgerBroken where the ledger is away.
    """
    layout, changed = Layout(data), Changed()
    with closing(Alerts(layout.registry_url)) as alerts:
        tell = partial(_queue, alerts, channels or {}, now)
        standing = alerts.standing()
        for alert in [*standing.values()]:
            _wake(alerts, alert, now)
        scan = _scanning(layout, now.date())
        for rule in rules:
            rows = rule.measure(scan, now).collect().to_dicts()
            mine = {key: row for key, row in standing.items() if row["rule"] == rule.name}
            for row in rows:
                known = mine.pop(_key(rule, row["source_code"], row["subject"]), None)
                if row["value"] is None:
                    continue
                level = rule.level_of(row["value"])
                if level is None:
                    _resolve(alerts, known, now, changed)
                    continue
                raised = _raised(rule, level, row["source_code"], row["subject"], row)
                number = _keep(alerts, known, raised, now, changed)
                if number is not None:
                    tell(number, level)
            for gone in mine.values():
                _resolve(alerts, gone, now, changed)
    return changed


def _scanning(layout: Layout, today: date) -> Scan:
    """The ledger's tables by name, and what there is beside it: how many orphans."""

    def scan(name: str) -> pl.LazyFrame:
        if name == "orphans":
            return _orphans(layout, today)
        return ledger_scan(layout.registry_url, METADATA.tables[name])

    return scan


def _orphans(layout: Layout, today: date) -> pl.LazyFrame:
    """One row: how many orphans there are, and how many tables."""
    if current_id(layout.root) is None:
        return pl.LazyFrame({"orphans": [0], "tables": [0]})
    tables = open_lake(layout.root).manifest["tables"].values()
    there = sum(bool(table["files"]) for table in tables)
    found = len(orphans(layout.root, today=today))
    return pl.LazyFrame({"orphans": [found], "tables": [there]})


def _key(rule: Rule, source: str, subject: str) -> str:
    return Raised(rule.name, source, subject, "info", 0, "").key


def _raised(
    rule: Rule, level: Level, source: str, subject: str, row: Mapping[str, object]
) -> Raised:
    value, detail = row["value"], row["detail"]
    assert isinstance(value, float) and isinstance(detail, str)  # the columns of a measure
    # What publishers' files made an error say may be long, and of several lines.
    words = rule.said(value, source=source, detail=" ".join(detail.split())[:600])
    return Raised(rule.name, source, subject, level.severity, value, words)


def _keep(
    alerts: Alerts, known: AlertRow | None, raised: Raised, now: datetime, changed: Changed
) -> int | None:
    """Open an alert, or note what is observed of it now; its number."""
    if known is None:
        number = alerts.open(raised, now=now)
        if number is not None:
            changed.opened.append(number)
        return number
    is_worse = WORST.index(raised.severity) > WORST.index(known["severity"])
    alerts.see(known, raised, now=now, is_worse=is_worse)
    if is_worse:
        changed.escalated.append(known["alert_id"])
    return known["alert_id"]


def _resolve(alerts: Alerts, known: AlertRow | None, now: datetime, changed: Changed) -> None:
    if known and alerts.say(known["alert_id"], "resolved", "resolved", now=now):
        changed.resolved.append(known["alert_id"])


def _wake(alerts: Alerts, alert: AlertRow, now: datetime) -> None:
    """Open an alert again whose day has come."""
    until = alert["snoozed_until"]
    if alert["status"] == "snoozed" and until and until <= now.date():
        alerts.say(alert["alert_id"], "woken", "open", now=now)


def _queue(
    alerts: Alerts,
    channels: Mapping[AlertSeverity, Sequence[str]],
    now: datetime,
    alert: int,
    level: Level,
) -> None:
    for channel in channels.get(level.severity, ()):
        at = due(level.cadence, now)
        alerts.queue(alert, level.severity, channel, cadence=level.cadence, due_at=at)
