"""The scorecard: what the evidence says of each goal now, and what it said before. As a report."""

from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any, Literal

from engine.goals import GOALS, Goal, Measure, status_of
from engine.lake import Layout
from engine.vocabulary import Verdict
from refresh.operate.health_report import Report, Section, markdown
from refresh.store.evidence import Evidence, EvidenceRow, TargetRow
from refresh.store.history import History
from refresh.store.ledger import Ledger

Kind = Literal["weekly", "monthly", "quarterly"]
LOOKS_BACK: Mapping[Kind, tuple[int, ...]] = {
    "weekly": (7,),
    "monthly": (30, 60, 90),
    "quarterly": (91, 182, 273, 364),
}
"""How many days before now each report shows a figure of."""
_TITLES: Mapping[Kind, str] = {
    "weekly": "Evidence of the week",
    "monthly": "Scorecard of the month",
    "quarterly": "Audit of the quarter",
}
_REPOSITORY = (
    "Not measured by a lake: `make cover` holds the branch coverage of engine and refresh at 95 %"
    " or more (80 % is aimed at), and tests hold that every public function, column, metric"
    " and verb is described. The survey of ten questions is goal 8."
)


def scorecard(data: Path, kind: Kind, *, now: datetime) -> Report:
    """The report of the evidence that is kept.

    Takes:  the data folder; how often it is made; the instant (UTC).
    Gives:  a section a goal, then golden datasets, what is covered, and targets that moved.
    """
    furthest = max(LOOKS_BACK[kind])
    # A figure of that day may be some days older: it is collected on Mondays.
    since = now.date() - timedelta(days=furthest + 14)
    with closing(Evidence(Layout(data).registry_url)) as evidence:
        rows, targets = evidence.rows(since, now.date()), evidence.targets()
        baselines = {row["metric_name"]: row for row in evidence.baselines()}
    measured = [row for row in rows if row["evidence_type"] != "audit"]
    sections = [
        _goal(goal, measured, targets, baselines, now.date(), LOOKS_BACK[kind]) for goal in GOALS
    ]
    sections += [golden_section(data), _coverage(data), _targets(targets, now, furthest)]
    if kind == "quarterly":
        sections.append(Section("pass", _REPOSITORY, heading="What the program itself is held to"))
    return Report(f"evidence-{kind}", f"{_TITLES[kind]} to {now:%-d %B %Y}", now, sections)


def baseline_report(data: Path, *, now: datetime) -> Report:
    """The baselines of all goals: what each was before, and whose word that is."""
    with closing(Evidence(Layout(data).registry_url)) as evidence:
        known = {row["metric_name"]: row for row in evidence.baselines()}
    rows = [
        {
            "goal": f"{goal.number}. {goal.name}",
            "measure": goal.headline.label,
            "baseline": goal.headline.written(row["actual_value"] if row else None),
            "aimed at": goal.headline.aim(),
            "whose": goal.baseline.source,
            "noted": str(row["evidence_date"]) if row else "",
        }
        for goal in GOALS
        for row in [known.get(goal.headline.name)]
    ]
    words = f"{len(known)} of {len(GOALS)} goals have a baseline; our own measurements replace it."
    section = Section("pass", words, rows, heading="Where it began")
    return Report("baseline", "Baselines of the eight goals", now, [section])


def figure_of(rows: Iterable[EvidenceRow], name: str, day: date) -> EvidenceRow | None:
    """The last figure of a measure that was noted on a day or before."""
    mine = [r for r in rows if r["metric_name"] == name and r["evidence_date"] <= day]
    return max(mine, key=lambda r: (r["evidence_date"], r["evidence_id"]), default=None)


def golden_section(data: Path) -> Section:
    """The golden datasets as the registry has them."""
    with closing(Ledger(Layout(data).registry_url)) as ledger:
        rows = [
            {
                "dataset": row["name"],
                "tested": f"{row['last_tested_at']:%Y-%m-%d}" if row["last_tested_at"] else "never",
                "outcome": (row["validation_rules"] or {}).get("outcome", "not tested"),
                "rows expected": row["expected_rows"],
                "differences": "; ".join((row["validation_rules"] or {}).get("differences", [])),
            }
            for row in ledger.golden_datasets()
        ]
    bad = sum(row["outcome"] == "regression" for row in rows)
    heading = "Golden datasets"
    if not rows:
        return Section("warn", "None was ever tested.", next=_GOLDEN, heading=heading)
    words = f"{len(rows)} datasets; {bad} give other numbers from the same bytes."
    verdict: Verdict = "fail" if bad else "pass"
    return Section(verdict, words, rows, _GOLDEN if bad else "", heading=heading)


_GOLDEN = "python -m refresh golden"


def _goal(
    goal: Goal,
    rows: Sequence[EvidenceRow],
    targets: Sequence[TargetRow],
    baselines: Mapping[str, EvidenceRow],
    today: date,
    back: Sequence[int],
) -> Section:
    aims = {row["metric_name"]: row["target_value"] for row in targets}
    table = [_line(one, rows, aims.get(one.name), today, back) for one in goal.measures]
    head, now = goal.headline, figure_of(rows, goal.headline.name, today)
    base = baselines.get(head.name)
    before = head.written(base["actual_value"]) if base else "none"
    words = f"{head.label}: {head.written(now and now['actual_value'])};"
    words += f" aimed at: {head.aim(aims.get(head.name))}; baseline: {before}."
    verdict: Verdict = "warn"
    if now is not None and now["actual_value"] is not None:
        verdict = status_of(head, now["actual_value"], aims.get(head.name))
    return Section(verdict, words, table, heading=f"{goal.number}. {goal.name}", page="evidence")


def _line(
    measure: Measure,
    rows: Sequence[EvidenceRow],
    aim: float | None,
    today: date,
    back: Sequence[int],
) -> dict[str, Any]:
    now = figure_of(rows, measure.name, today)
    value = now["actual_value"] if now else None
    status = "not measured" if value is None else status_of(measure, value, aim)
    said = {
        "measure": measure.label,
        "now": measure.written(value),
        "aimed at": measure.aim(aim),
        "status": status,
    }
    for days in back:
        then = figure_of(rows, measure.name, today - timedelta(days=days))
        said[f"{days} days before"] = measure.written(then["actual_value"] if then else None)
    return said


def _coverage(data: Path) -> Section:
    """How many publications are followed, by domain and by the format of their last file."""
    with closing(History(Layout(data).registry_url)) as history:
        sources = [s for s in history.sources() if s["status"] != "archived"]
        files = history.last_files()
    counted: dict[tuple[str, str], set[str]] = {}
    for source in sources:
        kind = source["domain"] or "declared in code"
        name = files.get(source["code"], "")
        form = name.rpartition(".")[2].split("?")[0].lower() if "." in name else "not loaded"
        counted.setdefault((kind, form), set()).add(source["code"])
    rows = [
        {"domain": kind, "format": form, "sources": len(codes)}
        for (kind, form), codes in sorted(counted.items())
    ]
    words = f"{len(sources)} sources are followed."
    return Section("pass", words, rows, heading="Publications by domain and format")


def _targets(targets: Sequence[TargetRow], now: datetime, days: int) -> Section:
    moved = [row for row in targets if row["decided_at"] >= now - timedelta(days=days)]
    rows = [
        {
            "day": f"{row['decided_at']:%Y-%m-%d}",
            "goal": row["goal_id"],
            "measure": row["metric_name"],
            "from": row["former_value"],
            "to": row["target_value"],
            "by": row["decided_by"],
            "why": row["reason"],
        }
        for row in moved
    ]
    words = f"{len(rows)} targets were moved in {days} days." if rows else "No target was moved."
    return Section("pass", words, rows, heading="Targets that were moved")


def scorecard_text(data: Path, kind: Kind, *, now: datetime) -> str:
    """The same as Markdown, for who takes it away."""
    return markdown(scorecard(data, kind, now=now))
