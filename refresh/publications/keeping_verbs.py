"""The verbs of keeping: maintenance by the week, month and quarter; schedules; evidence.

What each does lies in keeping/; these ask and tell. Imports that take long are made when a verb is
called.
"""

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console

from engine.errors import NoSnapshot
from engine.lake import Layout, data_folder
from refresh.publications.evidence_verbs import say

if TYPE_CHECKING:
    from refresh.operate.health_report import Report

CADENCES = ("weekly", "monthly", "quarterly")
_STYLES = {"pass": "green", "warn": "yellow", "fail": "red"}
console = Console()


def maintain_options(parser: argparse.ArgumentParser) -> None:
    """What `maintain` asks beside how many snapshots stay."""
    parser.add_argument("cadence", nargs="?", choices=CADENCES, help="all that is due that often")
    parser.add_argument(
        "--execute", action="store_true", help="also archive what is orphaned or past its grace"
    )
    parser.add_argument(
        "--golden", type=Path, default=Path("tests/golden/publications"), help="golden datasets"
    )


def is_scheduled(given: argparse.Namespace) -> bool:
    """Whether `maintain` was asked for what is due every week, month or quarter."""
    return given.cadence is not None


def maintain(given: argparse.Namespace) -> int:
    """Keep the lake well and file a report; 1 where something is wrong."""
    from refresh.publications.keeping.cadence import REPORTS
    from refresh.publications.keeping.task import Task
    from refresh.store.records import now

    data = _lake(given)
    task = Task(
        data,
        now(),
        keep=given.keep,
        dry_run=given.dry_run,
        execute=given.execute,
        golden=given.golden,
    )
    report = REPORTS[given.cadence](task)
    # Who only looks wants to see what there is, also where nothing is wrong.
    _tell(report, all_rows=task.dry_run)
    if not task.dry_run:
        _file(data, report)
    return int(report.verdict == "fail")


def schedule_options(parser: argparse.ArgumentParser) -> None:
    """What `schedule` asks."""
    from refresh.operate.schedules import WRITERS

    parser.add_argument("kind", nargs="?", choices=tuple(WRITERS), default="cron")


def schedule(given: argparse.Namespace) -> int:
    """Print entries for a scheduler, with this folder and this Python in them."""
    from refresh.operate.schedules import written

    # Not resolved: an environment's Python is a link, and what it links to knows no packages.
    print(written(given.kind, folder=str(Path.cwd()), python=sys.executable), end="")
    return 0


def retention_options(parser: argparse.ArgumentParser) -> None:
    """What `retention` asks."""
    from refresh.publications.registry_verbs import execute_options

    execute_options(parser)
    parser.add_argument("source", nargs="?", help="of which to change how long it is kept")
    parser.add_argument("--days", type=int, help="keep the source's data so many days")
    parser.add_argument("--reason", default="", help="why")


def retention(given: argparse.Namespace) -> int:
    """Show, or archive, periods that are kept too long; or keep a source's data longer or less."""
    from refresh.operate import lifecycle
    from refresh.publications import registry_verbs

    if given.source is None or given.days is None:
        return registry_verbs.retention(given)
    data = data_folder(given.data)
    by = lifecycle.me(data)
    before = lifecycle.keep_days(data, given.source, given.days, by=by, reason=given.reason)
    say(f"{given.source} is kept {given.days} days from now on, before: {before}.")
    return 0


def evidence_options(parser: argparse.ArgumentParser) -> None:
    """What `evidence` asks."""
    parser.add_argument("what", nargs="?", choices=("collect", "report", "targets"))
    parser.add_argument("cadence", nargs="?", choices=CADENCES, default="weekly")
    parser.add_argument("--goal", type=int, help="of a target: 1 to 8")
    parser.add_argument("--target", type=float, help="what is aimed at from now on")
    parser.add_argument("--measure", default="", help="of which figure, if not the goal's first")
    parser.add_argument("--reason", default="", help="why")
    parser.add_argument("--no-survey", action="store_true", help="do not ask the agents' server")
    parser.add_argument("--no-clock", action="store_true", help="load nothing against the clock")
    parser.add_argument(
        "--golden", type=Path, default=Path("tests/golden/publications"), help="golden datasets"
    )


def evidence(given: argparse.Namespace) -> int:
    """Measure the eight goals, report them, or aim at something else; 1 where one is missed."""
    from refresh.operate.scorecard import scorecard
    from refresh.publications.goals.collect import collect
    from refresh.store.records import now

    data = _lake(given)
    if given.what == "targets":
        return _targets(data, given)
    if given.what in (None, "collect"):
        survey = {"survey": ()} if given.no_survey else {}
        found = collect(data, now=now(), golden=given.golden, is_timed=not given.no_clock, **survey)
        for name, why in found.missing.items():
            say(f"not measured: {name}: {why}")
    report = scorecard(data, given.cadence, now=now())
    _tell(report, all_rows=True)
    if given.what == "report":
        _file(data, report)
    return int(report.verdict == "fail")


def _targets(data: Path, given: argparse.Namespace) -> int:
    from engine.goals import GOALS
    from refresh.operate import lifecycle
    from refresh.store.records import now

    if given.goal is None or given.target is None:
        for goal in GOALS:
            for measure in goal.measures:
                say(f"{goal.number} {measure.name}: {measure.label}, {measure.aim()}")
        return 0
    measure, former = lifecycle.set_target(
        data,
        given.goal,
        given.target,
        by=lifecycle.me(data),
        reason=given.reason,
        measure=given.measure,
        now=now(),
    )
    say(f"{measure.label}: {measure.aim(given.target)} from now on, before: {measure.aim(former)}")
    return 0


def _lake(given: argparse.Namespace) -> Path:
    """The data folder, where there is a lake in it."""
    data = data_folder(given.data)
    if not Layout(data).has_registry:
        raise NoSnapshot(
            "there is no lake here to keep well",
            where=str(data),
            next="python -m refresh run   (or, without a network: python -m refresh demo)",
        )
    return data


def _file(data: Path, report: "Report") -> None:
    """Keep a report, and tell those who want to be told."""
    from refresh.operate.reports import file_report, send_report

    for path in file_report(data, report):
        say(f"Filed: {path.relative_to(data).as_posix()}")
    sent = send_report(report)
    for mark in sent.taken:
        say(f"Sent: {mark}")
    for mark in sent.refused:
        say(f"Not sent: {mark} did not take it; it is filed")


def _tell(report: "Report", *, all_rows: bool = False) -> None:
    from refresh.operate.health_report import MARKS

    for section in report.sections:
        mark = MARKS[section.verdict]
        console.print(f"{mark}: {section.heading}", style=_STYLES[section.verdict], highlight=False)
        say(f"  {section.words}")
        for row in section.rows if all_rows or section.verdict != "pass" else ():
            say("    " + "; ".join(f"{name} {value}" for name, value in row.items() if value != ""))
        if section.next:
            say(f"  next: {section.next}")
