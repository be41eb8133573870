"""Collecting: all eight goals measured and kept, the baselines of before beside them."""

import os
import subprocess
import sys
from collections.abc import Sequence
from contextlib import closing
from datetime import date, datetime, timedelta
from pathlib import Path

from engine.goals import GOALS, MEASURES
from engine.lake import Layout
from refresh.operate.lifecycle import note_evidence
from refresh.operate.reports import file_report
from refresh.operate.scorecard import baseline_report
from refresh.publications.goals import from_ledger
from refresh.publications.goals.consistency import consistency
from refresh.publications.goals.extraction import extraction
from refresh.publications.goals.figures import Figures
from refresh.publications.goals.timed import slowest, timed
from refresh.store.evidence import Evidence
from refresh.store.history import History

SURVEY = (sys.executable, "-m", "app.agent", "--survey", "--evidence")
"""Asks the agents' server and keeps goal 8 itself: it is the app's, and not known from here."""
PATIENCE_SECONDS = 600


def collect(
    data: Path,
    *,
    now: datetime,
    golden: Path,
    is_timed: bool = True,
    survey: Sequence[str] = SURVEY,
) -> Figures:
    """Measure all goals and keep what was found.

    Takes:  the data folder; the instant (UTC); the folder of golden datasets; whether to load a
            file against the clock; the program that asks the agents' server, none for nobody.
    Gives:  what was measured here, and why something could not be. Goal 8 keeps its own evidence.
    Raises: LedgerBroken where it cannot be kept.
    """
    found = _by_ledger(data, now) | consistency(data) | extraction(data, golden)[0]
    if is_timed:
        found |= timed()
    note_evidence(data, found.values, now=now, notes=found.notes)
    found |= _asked(data, survey)
    if note_baselines(data, now=now):
        file_report(data, baseline_report(data, now=now))
    return found


def note_baselines(data: Path, *, now: datetime) -> bool:
    """Keep what was measured before us, once; of what nobody measured our own first figure.

    Gives:  whether anything was noted that was not known.
    """
    with closing(Evidence(Layout(data).registry_url)) as evidence:
        known = {row["metric_name"] for row in evidence.baselines()}
        first = {row["metric_name"]: row for row in reversed(evidence.rows(date.min, now.date()))}
    is_new = False
    for goal in GOALS:
        name, said = goal.headline.name, goal.baseline
        own = first.get(name)
        value = own["actual_value"] if said.value is None and own else said.value
        if value is not None and name not in known:
            notes = {name: f"baseline: {said.source}"}
            note_evidence(data, {name: value}, now=now, notes=notes, kind="audit")
            is_new = True
    return is_new


def _by_ledger(data: Path, now: datetime) -> Figures:
    with closing(History(Layout(data).registry_url)) as history:
        week, month = (now - timedelta(days=days) for days in (7, 30))
        columns, loads = history.columns(), history.loads(month, now)
        requests = history.requests(datetime.min, now)
        return (
            from_ledger.schema_stability(history.drifts(month, now), requests, len(columns))
            | from_ledger.load_success([load for load in loads if load["started_at"] >= week])
            | from_ledger.data_quality(history.newest_verdicts())
            | from_ledger.metadata_coverage(history.sources(), columns)
            | slowest(loads)
        )


def _asked(data: Path, survey: Sequence[str]) -> Figures:
    """Have the survey made by a program of its own; why it was not, where it was not."""
    mine = [name for name, (goal, _) in MEASURES.items() if goal.number == 8]
    if not survey:
        return Figures(missing=dict.fromkeys(mine, "nobody asked the agents' server"))
    try:
        done = subprocess.run(
            survey,
            env=os.environ | {"CARE_ATLAS_DATA": str(data)},
            capture_output=True,
            text=True,
            timeout=PATIENCE_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return Figures(missing=dict.fromkeys(mine, f"the survey did not end: {error}"[:300]))
    if done.returncode:
        last = (done.stderr.strip().splitlines() or ["it said nothing"])[-1]
        return Figures(missing=dict.fromkeys(mine, f"the survey failed: {last}"[:300]))
    return Figures()
