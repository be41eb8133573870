"""The rules of alerts, as data: what is measured, where it becomes an alert, how soon it is told.

The thresholds are PUBLICATIONS, section 2.5. Who evaluates and delivers is refresh/operate/.
"""

import operator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from engine import alert_measures as measures
from engine.alert_measures import Measure
from engine.goals import LOADS_ILL, LOADS_WELL
from engine.vocabulary import AlertSeverity, Cadence

Bound = Literal["below", "from", "above"]
"""On which side of its bound a value is an alert; `from` has the bound itself in it."""

DIGEST_HOUR = 7  # UTC: before people in England come to work, in winter and in summer
_MONDAY = 0


@dataclass(frozen=True)
class Level:
    """From which bound on a value is of a severity, and how soon that is told."""

    severity: AlertSeverity
    bound: float
    cadence: Cadence


@dataclass(frozen=True)
class Rule:
    """One rule.

    measure  from the ledger and an instant to one row a source and subject
    side     on which side of a level's bound a value is an alert
    levels   the worst first
    words    what an alert says: `{value}`, `{of}` (the source, or the whole lake) and `{detail}`
    next     what to do about it, where no runbook says it
    runbook  the name of the page below /runbooks that answers it; empty: there is none
    page     the address below the front of the house where it is decided or seen; empty: none
    """

    name: str
    title: str
    measure: Measure
    side: Bound
    levels: tuple[Level, ...]
    words: str
    next: str
    runbook: str = ""
    page: str = ""

    def level_of(self, value: float) -> Level | None:
        """The level that a value reaches; None where it is as it should be.

        >>> [level and level.severity for level in map(RULES[0].level_of, (79.9, 80.0, 95.0))]
        ['critical', 'warning', None]
        """
        reached = {"below": operator.lt, "from": operator.ge, "above": operator.gt}[self.side]
        return next((level for level in self.levels if reached(value, level.bound)), None)

    def said(self, value: float, *, source: str, detail: str) -> str:
        """What an alert of this rule says.

        >>> RULES[0].said(79.94, source="", detail="4 of 5")
        'The whole lake: 79.9 % of the loads of the last 7 days succeeded: 4 of 5'
        """
        # Cut, not rounded: 79.96 is under 80 and must not be told as 80.0.
        shown = f"{int(value * 10) / 10:.1f}".removesuffix(".0")
        text = self.words.format(value=shown, of=source or "The whole lake", detail=detail)
        return text.removesuffix(": ")

    @property
    def thresholds(self) -> str:
        """Its levels in words.

        >>> RULES[0].thresholds
        'critical below 80, warning below 95'
        """
        return ", ".join(f"{one.severity} {self.side} {one.bound:g}" for one in self.levels)


def _info(bound: float = 1) -> tuple[Level, ...]:
    return (Level("info", bound, "weekly"),)


RULES: tuple[Rule, ...] = (
    Rule(
        "success_rate",
        "Loads that succeed",
        measures.success_rate,
        "below",
        (Level("critical", LOADS_ILL, "immediate"), Level("warning", LOADS_WELL, "daily")),
        "{of}: {value} % of the loads of the last 7 days succeeded: {detail}",
        "look at the loads that failed; each says why",
        "failed-load",
        "operations",
    ),
    Rule(
        "failures_in_a_row",
        "A source that does not load",
        measures.failures_in_a_row,
        "from",
        (Level("critical", 3, "immediate"), Level("warning", 1, "daily")),
        "{of}: failed loads in a row: {value}. {detail}",
        "read what the last load says, mend it, load again",
        "failed-load",
    ),
    Rule(
        "not_brought",
        "Files that could not be brought",
        measures.not_brought,
        "from",
        (Level("warning", 1, "daily"),),
        "{of}: files could not be brought: {detail}",
        "see whether the address is alive; a publisher who moved it is told to us in its source",
        "failed-load",
    ),
    Rule(
        "breaking_schema",
        "A breaking change of columns",
        measures.breaking_schema,
        "from",
        (Level("critical", 1, "immediate"),),
        "{of}: the release breaks those who read the table, and is not served: {detail}",
        "decide in the review of schema changes, or mend the manifest",
        "failed-load",
        "operations/reviews",
    ),
    Rule(
        "zero_metadata",
        "A new source that nobody described",
        measures.undescribed_columns,
        "from",
        (Level("critical", 1, "immediate"),),
        "{of}: of {value} columns none is described; they cannot be exported: {detail}",
        "write what its columns mean into the manifest, and load it with --force",
    ),
    Rule(
        "metadata_coverage",
        "Columns that are described",
        measures.metadata_coverage,
        "below",
        (Level("warning", 90, "weekly"),),
        "{of}: {value} % of its columns are described: {detail}",
        "write what the others mean into the manifest, and load it with --force",
    ),
    Rule(
        "performance",
        "Loads take longer than they did",
        measures.degradation,
        "above",
        (Level("warning", 20, "weekly"),),
        "{of}: its loads of a week take {value} % longer than those of four weeks before: {detail}",
        "see whether its files have grown, or the machine has less to give",
    ),
    Rule(
        "slow_load",
        "A slow load",
        measures.slowness,
        "above",
        (Level("warning", 2, "daily"),),
        "{of}: its last load took {value} times its average: {detail}",
        "see whether the file has grown, or the publisher was slow",
    ),
    Rule(
        "runaway_storage",
        "Storage that runs away",
        measures.storage_growth,
        "above",
        (Level("warning", 20, "daily"),),
        "{detail}: it grew by {value} % in a week",
        "see which tables grew, and what their retention is",
        "runaway-storage",
        "operations/storage",
    ),
    Rule(
        "orphans",
        "Tables and files that belong to nobody",
        measures.orphan_share,
        "above",
        (Level("warning", 5, "daily"),),
        "{of}: orphans are {value} % of the tables: {detail}",
        "python -m refresh orphans   lists them",
        "orphaned-table",
    ),
    Rule(
        "duplicate_data",
        "Rows that are counted twice",
        measures.duplicates,
        "from",
        (Level("critical", 50, "immediate"), Level("warning", 5, "daily")),
        "{of}: {value} % of the rows of a period are in the one before, too: {detail}",
        "see whether each release holds all that came before",
        "duplicate-data",
        "operations/reviews",
    ),
    Rule(
        "new_table",
        "A new table",
        measures.new_tables,
        "from",
        _info(),
        "{of}: its table was made: {detail}",
        "nothing, if it was meant",
    ),
    Rule(
        "new_period",
        "A new period",
        measures.new_periods,
        "from",
        _info(),
        "{of}: a new period was loaded: {detail}",
        "nothing: it is served",
    ),
    Rule(
        "deprecated",
        "A source on its way out",
        measures.deprecated,
        "from",
        _info(),
        "{of}: it is deprecated: {detail}",
        "find what takes its place before that day",
    ),
    Rule(
        "archived",
        "A source in the archive",
        measures.archived,
        "from",
        _info(),
        "{of}: it was archived: {detail}",
        "nothing: its table lies in the archive as Parquet",
    ),
)
BY_NAME = {rule.name: rule for rule in RULES}


def due(cadence: Cadence, at: datetime) -> datetime:
    """When what came up at an instant (UTC) goes out: now, the next morning, the next Monday's.

    >>> due("daily", datetime(2026, 11, 27, 6, 59)), due("daily", datetime(2026, 11, 27, 7, 0))
    (datetime.datetime(2026, 11, 27, 7, 0), datetime.datetime(2026, 11, 28, 7, 0))
    >>> due("weekly", datetime(2026, 11, 27, 6, 59))  # a Friday
    datetime.datetime(2026, 11, 30, 7, 0)
    """
    if cadence == "immediate":
        return at
    morning = at.replace(hour=DIGEST_HOUR, minute=0, second=0, microsecond=0)
    day = morning if at < morning else morning + timedelta(days=1)
    if cadence == "daily":
        return day
    return day + timedelta(days=(_MONDAY - day.weekday()) % 7)
