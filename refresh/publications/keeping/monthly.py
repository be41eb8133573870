"""The month's maintenance: what is past its grace goes, what will be needed, what changed."""

from contextlib import closing
from datetime import timedelta

from engine.errors import LakeError
from engine.lake import Layout, current_id, open_lake
from engine.publications.operations.storage import FITTED_WEEKS, RUNAWAY, forecast, growth
from engine.publications.operations.storage import weekly as sizes
from engine.vocabulary import Verdict
from refresh.operate import lifecycle
from refresh.operate.health_report import Report, Section
from refresh.operate.scorecard import golden_section, scorecard
from refresh.publications.goals.extraction import extraction
from refresh.publications.keeping.task import Step, Task, done
from refresh.store.ledger import Ledger

AHEAD_WEEKS = 13
"""Three months, which is how far the forecast looks."""
MONTH = 30


def past_grace(task: Task) -> Section:
    """Deprecated sources whose day has come go to the archive, where that is asked for."""
    with closing(Ledger(Layout(task.data).registry_url)) as ledger:
        due = [
            row
            for row in ledger.sources()
            if row["status"] == "deprecated"
            and row["archive_date"] is not None
            and row["archive_date"] <= task.today
        ]
    if not due:
        return Section("pass", "No deprecated source is past its grace.")
    rows = [
        {
            "source": row["code"],
            "since": str(row["archive_date"]),
            "why it goes": row["deprecation_reason"],
            "done": _archived(task, row["code"]) if task.acts else "to do: archive",
        }
        for row in due
    ]
    is_done = task.acts and all(str(row["done"]).endswith("rows archived") for row in rows)
    step = "" if is_done else f"python -m refresh archive {due[0]['code']}"
    words = f"{len(rows)} deprecated sources are past their grace."
    return Section("pass" if is_done else "warn", words, rows, step)


def _archived(task: Task, code: str) -> str:
    try:
        gone = lifecycle.archive(task.data, code, today=task.today, by=lifecycle.me(task.data))
    except LakeError as error:
        return f"not archived: {error.what}"
    return f"{gone.rows:,} rows archived"


def capacity(task: Task) -> Section:
    """How much room the sources will need in three months, if they grow as they did."""
    if not current_id(task.data):
        return Section("pass", "Nothing is sealed yet.")
    lake = open_lake(task.data)
    known = sizes(lake, task.now).collect()
    if known.height < 2:
        return Section("pass", "It was measured for less than two weeks: nothing can be foreseen.")
    slope, then = forecast(known.lazy(), weeks=AHEAD_WEEKS).collect().row(0)
    rows = growth(lake, task.now).collect().to_dicts()
    now = known["bytes"][-1]
    words = f"Sources weigh {now:,} bytes; by a line through {known.height} of the last"
    words += f" {FITTED_WEEKS} weeks they will weigh {then:,.0f} in three months"
    words += f" ({slope:+,.0f} a week)."
    table = [
        {
            "domain": row["domain"],
            "sources": row["sources"],
            "bytes": row["bytes"],
            "percent in a week": row["percent"],
        }
        for row in rows
    ]
    fast = [str(row["domain"]) for row in rows if row["is_runaway"]]
    if not fast:
        return Section("pass", words, table, page="operations/storage")
    words += f" Grew by more than {RUNAWAY:.0f} % in a week: {', '.join(fast)}."
    return Section("warn", words, table, "see the runbook", "runbooks/runaway-storage")


def schema_changes(task: Task) -> Section:
    """How columns moved in the last month, and what was said to it."""
    with task.history() as history:
        drifts = history.drifts(task.since(MONTH), task.now)
        asked = history.requests(task.since(MONTH), task.now)
    rows = [
        {
            "day": f"{drift['detected_at']:%Y-%m-%d}",
            "source": drift["canonical_code"],
            "period": drift["period"],
            "change": drift["drift_type"],
            "severity": drift["severity"],
            "columns": ", ".join(_columns(drift["details"])),
            "what was done": drift["resolution_action"] or "",
        }
        for drift in drifts
    ]
    waiting = sum(request["status"] == "pending" for request in asked)
    breaking = sum(drift["severity"] == "error" for drift in drifts)
    words = f"{len(rows)} changes in {MONTH} days, {breaking} that break readers;"
    words += f" {waiting} requests of these days wait for an answer."
    verdict: Verdict = "warn" if waiting or breaking else "pass"
    step = "python -m refresh requests" if waiting else ""
    return Section(verdict, words, rows, step, "operations/schema")


def regressions(task: Task) -> Section:
    """The golden datasets are loaded again."""
    if not task.dry_run:
        extraction(task.data, task.golden)
    return golden_section(task.data)


def goals(task: Task) -> Section:
    """The eight goals with what they were thirty, sixty and ninety days before."""
    told = scorecard(task.data, "monthly", now=task.now)
    rows = [
        {"goal": section.heading} | dict(section.rows[0])
        for section in told.sections
        if section.heading[:1].isdecimal() and section.rows
    ]
    missed = sum(row["status"] == "fail" for row in rows)
    unknown = sum(row["status"] == "not measured" for row in rows)
    words = f"Of {len(rows)} goals {missed} are missed and {unknown} not measured."
    step = "python -m refresh evidence" if unknown else ""
    return Section("warn" if missed or unknown else "pass", words, rows, step, "evidence")


def resolved(task: Task) -> Section:
    """How long a source was without a good load after one that failed; a day is aimed at."""
    with task.history() as history:
        loads = history.loads(task.since(MONTH), task.now)
    rows = []
    for load in loads:
        if load["status"] not in ("failed", "rolled_back"):
            continue
        later = (
            other["completed_at"]
            for other in loads
            if other["source_code"] == load["source_code"]
            and other["status"] == "completed"
            and other["load_id"] > load["load_id"]
        )
        well = next(later, None)
        took = (well or task.now) - load["started_at"]
        rows.append(
            {
                "load": str(load["load_id"]),
                "source": load["source_code"],
                "hours": took / timedelta(hours=1),
                "well again": well is not None,
            }
        )
    late = [row for row in rows if float(str(row["hours"])) > 24]
    if not rows:
        return Section("pass", f"No load failed in {MONTH} days.")
    words = (
        f"{len(rows)} loads failed in {MONTH} days; {len(late)} were not mended within 24 hours."
    )
    return Section("warn" if late else "pass", words, late, page="runbooks/failed-load")


def _columns(details: dict[str, object]) -> list[str]:
    found = details.get("columns") or [details.get("column", "")]
    return [str(one) for one in found] if isinstance(found, list) else [str(found)]


STEPS: dict[str, Step] = {
    "Sources past their grace": past_grace,
    "Room in three months": capacity,
    "Schema changes of the month": schema_changes,
    "Failures and how long they lasted": resolved,
    "Golden datasets": regressions,
    "Goals": goals,
}


def monthly(task: Task) -> Report:
    """What is due every month, as a report; without `execute` nothing is archived."""
    title = f"Health of the lake, month to {task.today:%-d %B %Y}"
    return Report("monthly", title, task.now, done(task, STEPS))
