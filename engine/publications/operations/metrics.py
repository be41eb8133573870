"""Metrics of loads: how many, how many well, how long, and what they brought."""

from typing import Any

import polars as pl

from engine.dimension import Dimension
from engine.goals import LOADS_WELL
from engine.load_success import HAS_ENDED_SQL, IS_WELL_SQL
from engine.metric import Better, Metric, MetricWords
from engine.publications.operations.contracts import OWNER
from engine.unit import Format

_IS_FINISHED = f"case when {HAS_ENDED_SQL} then 1 else 0 end"
_IS_WELL = f"case when {IS_WELL_SQL} then 1 else 0 end"
_IS_FAILED = "case when status in ('failed', 'rolled_back') then 1 else 0 end"
_SECONDS_WELL = f"case when {IS_WELL_SQL} then seconds end"
_WHO_TOOK = f"case when {IS_WELL_SQL} and seconds is not null then 1 else 0 end"
_DIMENSIONS = (
    Dimension("started_on", grain="day"),
    *map(
        Dimension,
        ("started_at", "source_code", "source_name", "publication", "domain", "status", "period"),
    ),
)


def _metric(
    name: str,
    label: str,
    above: str,
    below: str = "",
    *,
    of: tuple[str, str],
    unit: str,
    written: Format,
    better: Better = "neither",
    target: float | None = None,
    **words: Any,
) -> Metric:
    """A metric whose parts are SQL over one load; `words`: its formula, why, and caveats."""
    return Metric(
        name=name,
        label=label,
        table="load",
        numerator=pl.sql_expr(above),
        denominator=pl.sql_expr(below) if below else None,
        sql=(above, below),
        dimensions=_DIMENSIONS,
        when=("started_on",),
        unit=unit,
        format=written,
        better=better,
        target=target,
        owner=OWNER,
        words=MetricWords(
            *of,
            counted="loads",
            nobody="no data: nothing was loaded then",
            enough="10 or more loads",
            size="Loads",
            banded=label,
            no_interval="Loads are counted, not sampled.",
        ),
        **words,
    )


LOADS = _metric(
    "loads",
    "Loads",
    "1",
    of=("loads", ""),
    unit="loads",
    written="count",
    formula="count(loads)",
    why="Whether anything comes at all.",
    caveats="An attempt is a load, however it ended; one that runs still is one, too.",
)
FINISHED = _metric(
    "finished_loads",
    "Finished loads",
    _IS_FINISHED,
    of=("finished loads", ""),
    unit="loads",
    written="count",
    formula="count(loads that are not in progress)",
    why="What a share of loads is a share of.",
    caveats="A load that a dead run left open is finished once the next run has closed it.",
)
FAILED = _metric(
    "failed_loads",
    "Failed loads",
    _IS_FAILED,
    of=("failed loads", ""),
    unit="loads",
    written="count",
    better="lower",
    formula="count(loads that failed or were rolled back)",
    why="Each of them is a release that readers do not have.",
    caveats="A release that fails is looked at again only when something changed.",
)
SUCCESS = _metric(
    "load_success",
    "Load success",
    _IS_WELL,
    _IS_FINISHED,
    target=LOADS_WELL,
    of=("completed loads", "finished loads"),
    unit="percent",
    written="percent",
    better="higher",
    formula="count(completed loads) / count(finished loads)",
    why="Goal 3: of a hundred loads at least 95 should bring what was published.",
    caveats="A load in progress is on neither side. Without any finished load there is no data.",
)
DURATION = _metric(
    "load_duration",
    "Average duration",
    _SECONDS_WELL,
    _WHO_TOOK,
    of=("seconds of completed loads", "completed loads"),
    unit="seconds",
    written="number",
    better="lower",
    formula="sum(seconds of completed loads) / count(completed loads)",
    why="A source that takes longer each time will not be ready in the morning.",
    caveats="A load that failed says nothing of how long a good one takes. Fetching is not in it.",
)
ROWS = _metric(
    "rows_brought",
    "Rows brought",
    f"case when {IS_WELL_SQL} then rows_loaded end",
    of=("rows that completed loads brought", ""),
    unit="rows",
    written="count",
    formula="sum(rows of completed loads)",
    why="How much comes.",
    caveats="A period that is loaded again counts again.",
)
COLUMNS = _metric(
    "columns_brought",
    "Columns added",
    f"case when {IS_WELL_SQL} then columns_added end",
    of=("columns that completed loads added", ""),
    unit="columns",
    written="count",
    formula="sum(columns added by completed loads)",
    why="A table that grows sideways breaks those who read it by place.",
    caveats="Columns that wait for a review are not added yet.",
)
LOAD_METRICS = (LOADS, FINISHED, FAILED, SUCCESS, DURATION, ROWS, COLUMNS)
