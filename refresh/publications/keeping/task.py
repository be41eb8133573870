"""Task: one maintenance, of which lake, when, and how far it may go."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from pathlib import Path

from engine.errors import LakeError
from engine.lake import Layout
from refresh.operate.health_report import Section
from refresh.store.history import History


@dataclass(frozen=True)
class Task:
    """What a maintenance is asked.

    now      UTC, as the ledger keeps it
    keep     how many snapshots stay, beside the live one
    dry_run  change nothing at all
    execute  also do what somebody should have decided: archive what is orphaned or past its grace
    golden   the folder of golden datasets, where there is one
    """

    data: Path
    now: datetime
    keep: int = 5
    dry_run: bool = False
    execute: bool = False
    golden: Path = Path("tests/golden/publications")

    @property
    def today(self) -> date:
        """The day, in UTC."""
        return self.now.date()

    @property
    def acts(self) -> bool:
        """Whether what needs a decision is done."""
        return self.execute and not self.dry_run

    def since(self, days: int) -> datetime:
        """So many days ago."""
        return self.now - timedelta(days=days)

    @contextmanager
    def history(self) -> Iterator[History]:
        """The ledger, asked by time."""
        history = History(Layout(self.data).registry_url)
        try:
            yield history
        finally:
            history.close()


Step = Callable[[Task], Section]
"""One thing that a maintenance looks at or does."""


def done(task: Task, steps: Mapping[str, Step]) -> list[Section]:
    """Every step in order, under its heading; one that cannot be done is told, and stops no other.

    Takes:  by heading, what is looked at or done.
    """
    return [replace(_done(task, step), heading=heading) for heading, step in steps.items()]


def _done(task: Task, step: Step) -> Section:
    try:
        return step(task)
    except LakeError as error:
        return Section("fail", f"This could not be done: {error.what}", next=error.next)
    except OSError as error:
        return Section("fail", f"This could not be done: {error}", next="mend the disk")
