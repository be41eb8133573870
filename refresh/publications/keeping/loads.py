"""What a maintenance says of loads and sources: what failed, is late, or belongs to nobody."""

from collections import Counter

from engine.goals import LOADS_ILL, LOADS_WELL
from engine.lake import current_id, open_lake
from engine.load_success import success
from engine.period import late
from engine.vocabulary import Verdict
from refresh.operate import lifecycle
from refresh.operate.health_report import Section
from refresh.publications.keeping.task import Task
from refresh.store.rows import VerdictRow

WEEK = 7
ORPHANS = 5.0
"""Percent of tables that may belong to nobody."""


def load_health(task: Task) -> Section:
    """How many loads of the last seven days went well, and how many rows they brought."""
    with task.history() as history:
        loads = history.loads(task.since(WEEK), task.now)
    share = success([load["status"] for load in loads])
    if share is None:
        return Section("pass", "No load has ended in these days.", page="operations")
    counts = Counter(load["status"] for load in loads)
    rows = sum(load["rows_loaded"] or 0 for load in loads)
    words = f"{share:.1f} % of {counts.total() - counts['in_progress']} loads went well"
    words += f" ({LOADS_WELL:.0f} % is aimed at); they brought {rows:,} rows."
    verdict: Verdict = "pass" if share >= LOADS_WELL else "warn" if share >= LOADS_ILL else "fail"
    table = [{"status": status, "loads": count} for status, count in sorted(counts.items())]
    return Section(verdict, words, table, page="operations")


def failed_loads(task: Task) -> Section:
    """Each load of the last seven days that failed, why, and what to do."""
    with task.history() as history:
        every = history.loads(task.since(WEEK), task.now)
        failed = [load for load in every if load["status"] in ("failed", "rolled_back")]
        verdicts = history.verdicts_of([load["load_id"] for load in failed])
    if not failed:
        return Section("pass", "No load failed in the last seven days.")
    steps: dict[int | None, VerdictRow] = {}
    for verdict in verdicts:
        if verdict["status"] == "fail":
            steps.setdefault(verdict["load_id"], verdict)
    later = {
        load["source_code"]: load["load_id"] for load in every if load["status"] == "completed"
    }
    rows = [
        {
            "load": str(load["load_id"]),
            "source": load["source_code"],
            "period": load["period"],
            "why": load["error_message"] or load["error_type"] or "nobody noted why",
            "next": steps[load["load_id"]]["next_step"] if load["load_id"] in steps else "",
            "loaded since": later.get(load["source_code"], 0) > load["load_id"],
        }
        for load in failed
    ]
    open_ = sum(not row["loaded since"] for row in rows)
    words = f"{len(rows)} loads failed in the last seven days; of {open_} nothing was loaded since."
    return Section("warn", words, rows, "see the runbook", "runbooks/failed-load")


def stale_sources(task: Task) -> Section:
    """Sources of which a newer period should be out by their own calendar."""
    sources = open_lake(task.data).manifest.get("sources", {}) if current_id(task.data) else {}
    codes = late(sources, task.today)
    if not codes:
        return Section("pass", "No source is later than its publisher's calendar allows.")
    with task.history() as history:
        last = history.last_completed()
    rows = [
        {
            "source": code,
            "newest": sources[code]["newest"],
            "comes every": sources[code]["calendar"]["every"],
            "days since its last load": (task.now - last[code]).days if code in last else None,
        }
        for code in codes
    ]
    words = f"{len(rows)} of {len(sources)} sources are late by their publishers' calendars."
    step = f"python -m refresh run {codes[0]}"
    return Section("warn", words, rows, step, "operations/freshness")


def never_loaded(task: Task) -> Section:
    """Sources that somebody registered and nobody ever loaded."""
    with task.history() as history:
        last = history.last_completed()
        rows = [
            {
                "source": row["code"],
                "owner": row["owner"],
                "days since it was registered": (task.now - row["created_at"]).days,
            }
            for row in history.sources()
            if row["status"] in ("registered", "active") and row["code"] not in last
        ]
    if not rows:
        return Section("pass", "Every source that is registered was loaded once.")
    words = f"{len(rows)} sources are registered and were never loaded."
    step = "load them, or deprecate and archive them"
    return Section("warn", words, rows, step, "operations/freshness")


def orphans(task: Task) -> Section:
    """What belongs to nobody; what is a week old goes to the archive where that is asked for."""
    found = lifecycle.orphans(task.data, today=task.today)
    if not found:
        return Section("pass", "Everything belongs to a source.")
    by, gone = lifecycle.me(task.data), []
    if task.acts:
        gone = lifecycle.archive_orphans(task.data, by=by, today=task.today)
    rows = [
        {
            "kind": one.kind,
            "name": one.name,
            "days": one.days,
            "ask": one.ask,
            "done": "archived" if one in gone else f"to do: {one.action}",
        }
        for one in found
    ]
    tables = open_lake(task.data).manifest["tables"] if current_id(task.data) else {}
    alone = sum(one.kind == "table without source" for one in found)
    share = 100 * alone / max(1, len(tables))
    words = f"{len(rows)} things belong to nobody, {alone} of {len(tables)} tables ({share:.1f} %"
    words += f", under {ORPHANS:.0f} % is aimed at)."
    step = "" if gone else "python -m refresh orphans --execute"
    return Section("warn", words, rows, step, "runbooks/orphaned-table")
