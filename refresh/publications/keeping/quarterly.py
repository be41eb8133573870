"""The quarter's maintenance: the audit trail, old events, what is owed, how fast, which targets."""

from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta

import polars as pl

from engine.goals import GOALS, status_of
from engine.lake import Layout
from engine.vocabulary import Verdict
from refresh.operate import lifecycle
from refresh.operate.health_report import Report, Section
from refresh.operate.old_events import archive_events, events_to_archive
from refresh.publications.keeping.task import Step, Task, done
from refresh.store.audit_log import AuditLog
from refresh.store.evidence import Evidence
from refresh.store.rows import LoadRow

QUARTER, YEAR = 91, 365
SLOWER = 20.0
"""Percent by which a source's loads may take longer than in the quarter before."""


def audit_trail(task: Task) -> Section:
    """Whether the log of what everybody did is as it was written."""
    layout = Layout(task.data)
    with closing(AuditLog(layout.registry_url, layout.audit_anchors)) as log:
        (count, last), wrong = log.head(), log.broken()
    words = f"{count:,} rows, the last {last[:12] or 'none'}"
    if not wrong:
        return Section("pass", f"The audit log is whole: {words}.")
    rows = [{"row": str(one.row), "what": one.what} for one in wrong]
    step = "python -m refresh audit verify"
    return Section("fail", f"The audit log is broken: {words}.", rows, step, "operations/audit")


def old_events(task: Task) -> Section:
    """Loads that began over a year ago are kept as Parquet too; none is ever deleted."""
    before = task.since(YEAR)
    many = events_to_archive(task.data, before=before)
    if not many:
        return Section("pass", "No load of over a year ago is missing from the archive.")
    if not task.acts:
        step = "python -m refresh maintain quarterly --execute"
        return Section("warn", f"{many:,} loads of over a year ago are to be archived.", next=step)
    file = archive_events(task.data, before=before, today=task.today)
    words = f"{many:,} loads of over a year ago lie in {file.name} too; the ledger keeps them."
    return Section("pass", words)


def compliance(task: Task) -> Section:
    """What every registered source owes: an owner, a purpose, a domain, its retention."""
    outlived = {one.source for one in lifecycle.outlived(task.data, today=task.today)}
    with task.history() as history:
        sources = [s for s in history.sources() if s["contract"] and s["status"] != "archived"]
        described = {c["source_code"] for c in history.columns() if c["description"]}
    rows = []
    for source in sources:
        owes = [name for name in ("owner", "purpose", "domain") if not source[name]]
        owes += ["descriptions"] if source["code"] not in described else []
        owes += ["loads that are validated"] if not source["validation_required"] else []
        owes += ["periods kept too long"] if source["code"] in outlived else []
        if owes:
            rows.append(
                {"source": source["code"], "owner": source["owner"], "owes": ", ".join(owes)}
            )
    if not rows:
        return Section("pass", f"All {len(sources)} registered sources have what they owe.")
    words = f"{len(rows)} of {len(sources)} registered sources owe something."
    return Section("warn", words, rows, "mend its manifest, and load it with --force")


def performance(task: Task) -> Section:
    """How long each source's loads took, beside the quarter before."""
    with task.history() as history:
        now = history.loads(task.since(QUARTER), task.now)
        before = history.loads(task.since(2 * QUARTER), task.since(QUARTER))
    took, was = _seconds(now), _seconds(before)
    rows = [
        {
            "source": code,
            "seconds": seconds,
            "before": was.get(code),
            "percent more": 100 * (seconds / was[code] - 1) if was.get(code) else None,
        }
        for code, seconds in sorted(took.items(), key=lambda pair: -pair[1])
    ]
    slower = [
        row for row in rows if row["percent more"] and float(str(row["percent more"])) > SLOWER
    ]
    words = f"Loads of {len(rows)} sources were completed; {len(slower)} take over {SLOWER:.0f} %"
    words += " longer than in the quarter before."
    return Section("warn" if slower else "pass", words, rows, page="operations")


def targets(task: Task) -> Section:
    """How each goal did against its target all quarter, and whether the target should move."""
    since = (task.now - timedelta(days=QUARTER)).date()
    with closing(Evidence(Layout(task.data).registry_url)) as evidence:
        rows = evidence.rows(since, task.today)
        aims = {row["metric_name"]: row["target_value"] for row in evidence.targets()}
    table = []
    for goal in GOALS:
        head, aim = goal.headline, aims.get(goal.headline.name)
        figures = [
            row["actual_value"]
            for row in rows
            if row["metric_name"] == head.name
            and row["evidence_type"] != "audit"
            and row["actual_value"] is not None
        ]
        found = [status_of(head, figure, aim) for figure in figures]
        table.append(
            {
                "goal": f"{goal.number}. {goal.name}",
                "aimed at": head.aim(aim),
                "measured": len(found),
                "met": found.count("pass"),
                "review": _review(found),
            }
        )
    words = "A target moves by a person's word and reason, never by itself."
    step = "python -m refresh evidence targets --goal N --target X --reason WORDS"
    return Section("pass", words, table, step, "evidence")


def _review(found: Sequence[Verdict]) -> str:
    if not found:
        return "measure it first"
    if all(status == "pass" for status in found):
        return "always met: could it be more?"
    return "never met: what stands in the way?" if "pass" not in found else "keep it"


def _seconds(loads: Sequence[LoadRow]) -> dict[str, float]:
    """Mean seconds of the completed loads of each source."""
    told = [
        {
            "source": load["source_code"],
            "seconds": (load["completed_at"] - load["started_at"]).total_seconds(),
        }
        for load in loads
        if load["status"] == "completed" and load["completed_at"] is not None
    ]
    if not told:
        return {}
    return dict(pl.DataFrame(told).group_by("source").agg(pl.col("seconds").mean()).iter_rows())


STEPS: dict[str, Step] = {
    "The audit trail": audit_trail,
    "Loads of over a year ago": old_events,
    "What sources owe": compliance,
    "How long loads take": performance,
    "Targets": targets,
}


def quarterly(task: Task) -> Report:
    """What is due every quarter, as a report; without `execute` nothing is archived."""
    title = f"Audit of the lake, quarter to {task.today:%-d %B %Y}"
    return Report("quarterly", title, task.now, done(task, STEPS))
