"""The verbs of keeping: maintenance by the week, month and quarter; schedules; evidence.

What each does lies in keeping/; these ask and tell. Imports that take long are made when a verb is
called.
"""

import argparse
from pathlib import Path

from rich.console import Console

from engine.errors import NoSnapshot
from engine.lake import Layout, data_folder
from refresh.publications.evidence_verbs import say

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
    from refresh.operate.health_report import MARKS
    from refresh.operate.reports import file_report
    from refresh.publications.keeping.cadence import REPORTS
    from refresh.publications.keeping.task import Task
    from refresh.store.records import now

    data = data_folder(given.data)
    if not Layout(data).has_registry:
        raise NoSnapshot(
            "there is no lake here to keep well",
            where=str(data),
            next="python -m refresh run   (or, without a network: python -m refresh demo)",
        )
    task = Task(
        data,
        now(),
        keep=given.keep,
        dry_run=given.dry_run,
        execute=given.execute,
        golden=given.golden,
    )
    report = REPORTS[given.cadence](task)
    for section in report.sections:
        mark = MARKS[section.verdict]
        console.print(f"{mark}: {section.heading}", style=_STYLES[section.verdict], highlight=False)
        say(f"  {section.words}")
        for row in section.rows if section.verdict != "pass" else ():
            say("    " + "; ".join(f"{name} {value}" for name, value in row.items() if value != ""))
        if section.next:
            say(f"  next: {section.next}")
    if not task.dry_run:
        for path in file_report(task.data, report):
            say(f"Filed: {path.relative_to(task.data).as_posix()}")
    return int(report.verdict == "fail")
