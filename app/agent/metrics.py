"""Tools that ask metrics: one by filters, several side by side, a whole and its parts.

The numbers are the engine's (measure, comparison); here a question is read, an empty answer is
explained, and what the metric's wing knows is put beside it.
"""

from collections.abc import Sequence
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field

from app.agent import known
from app.agent.asking import asked_as, explain_nothing, named
from app.agent.tool import (
    USUAL_ROWS,
    Answer,
    By,
    Explained,
    Limit,
    MetricAsked,
    MetricName,
    Tool,
    Where,
)
from engine import Lake, measure
from engine.comparison import broken_down
from engine.metric import AnyMetric

Order = Annotated[
    Literal["as grouped", "highest first", "lowest first"],
    Field(description="How the rows are sorted; rows without a value come last."),
]
Metrics = Annotated[
    list[str], Field(min_length=1, max_length=8, description="Metrics that share the dimensions.")
]


def query_metric(
    lake: Lake,
    metric: MetricName,
    where: Where = None,
    by: By = None,
    order: Order = "as grouped",
    limit: Limit = USUAL_ROWS,
) -> Answer:
    """One metric, narrowed and grouped."""
    asked = asked_as(lake, metric, by, where)
    rows = measure(lake, [asked.metric], asked.by, asked.where).collect()
    _is_there(lake, [asked.metric], asked, rows)
    return _answer(lake, [asked], _sorted(rows, asked.metric.name, order), limit)


def aggregate_by(
    lake: Lake,
    metrics: Metrics,
    by: By,
    where: Where = None,
    order: Order = "as grouped",
    limit: Limit = USUAL_ROWS,
) -> Answer:
    """Several metrics side by side, by dimensions that they share; sorted by the first."""
    asked = [asked_as(lake, name, by, where) for name in metrics]
    wanted = [one.metric for one in asked]
    rows = measure(lake, wanted, asked[0].by, asked[0].where).collect()
    _is_there(lake, wanted, asked[0], rows)
    return _answer(lake, asked, _sorted(rows, wanted[0].name, order), limit)


def drill_down(
    lake: Lake,
    metric: MetricName,
    into: Annotated[
        str, Field(description="The dimension to take it apart by, one step narrower.")
    ],
    where: Where = None,
    limit: Limit = USUAL_ROWS,
) -> Answer:
    """A metric of a whole beside its parts, the largest first."""
    asked = asked_as(lake, metric, [into], where)
    rows = broken_down(lake, asked.metric, asked.by[0], asked.where).collect()
    if rows.is_empty() or rows["value"].null_count() == rows.height:
        explain_nothing(lake, asked, asked.where)
    beside = known.beside(lake, asked)
    # Of the two that say how far a part goes, the one that has no meaning here is empty.
    unused = [n for n in ("share_percent", "difference") if rows[n].null_count() == rows.height]
    left = [d for d in known.dimensions(asked.metric) if d not in (*asked.by, *asked.where)]
    return Answer(
        values={
            "metric": asked.metric.name,
            "into": asked.by[0],
            "where": dict(asked.where),
            "whole": rows["whole"][0],
            "parts": rows.height,
        },
        rows=named(rows.drop("whole", *unused), beside),
        limit=limit,
        explains=(
            Explained("value", f"{asked.metric.label}, of the part", asked.metric.unit),
            Explained("share_percent", "The part's share of the whole", "percent"),
            Explained("difference", "The part's value less the whole's", asked.metric.unit),
        ),
        tables=known.read_by([asked.metric]),
        periods=_periods(asked),
        metrics=(asked.metric,),
        caveats=(*beside.caveats, *_unnarrowed(asked)),
        address=beside.address,
        next=((f"drill_down again, into one of: {', '.join(left)}",) if left else ()),
    )


def _is_there(
    lake: Lake, metrics: Sequence[AnyMetric], asked: MetricAsked, rows: pl.DataFrame
) -> None:
    """Nothing, where any metric has any value; else why not."""
    if all(rows[metric.name].null_count() == rows.height for metric in metrics):
        explain_nothing(lake, asked, asked.where)


def _answer(lake: Lake, asked: Sequence[MetricAsked], rows: pl.DataFrame, limit: int) -> Answer:
    first = asked[0]
    metrics = [one.metric for one in asked]
    besides = [known.beside(lake, one) for one in asked]
    caveats = [c for one in besides for c in one.caveats]
    values: dict[str, Any] = {"where": dict(first.where), "by": list(first.by)}
    if rows.height == 1 and not first.by:
        # A single number is said as people read it, too.
        values["value"] = {m.name: rows[m.name][0] for m in metrics}
        values["written"] = {m.name: m.written(rows[m.name][0]) for m in metrics}
    return Answer(
        values=values,
        rows=named(rows, besides[0]),
        limit=limit,
        tables=known.read_by(metrics),
        periods=_periods(first),
        metrics=tuple(metrics),
        caveats=(*caveats, *_unnarrowed(first)),
        address=besides[0].address,
    )


def _unnarrowed(asked: MetricAsked) -> tuple[str, ...]:
    """That all periods were added up, where nobody chose one."""
    period = known.period_of(asked.metric)
    if period is None or period in (*asked.by, *asked.where):
        return ()
    return (f"All periods are added up: name `{period}` in where or by.",)


def _periods(asked: MetricAsked) -> tuple[str, ...]:
    period = known.period_of(asked.metric)
    said = asked.where.get(period) if period else None
    several = said if isinstance(said, list) else [said]
    return tuple(str(one) for one in several if one is not None)


def _sorted(rows: pl.DataFrame, metric: str, order: str) -> pl.DataFrame:
    if order == "as grouped":
        return rows
    return rows.sort(metric, descending=order == "highest first", nulls_last=True)


TOOLS = (
    Tool(
        "query_metric",
        "Ask a metric",
        "The value of one metric, narrowed by `where` and grouped by `by`. Use it for every figure"
        " that a metric has: it knows what may be added up. Always say which period.",
        query_metric,
    ),
    Tool(
        "aggregate_by",
        "Metrics side by side",
        "Several metrics by the dimensions that they share, such as two measures by board.",
        aggregate_by,
    ),
    Tool(
        "drill_down",
        "Take a figure apart",
        "A metric of a whole beside its parts by one dimension, largest first: from England to"
        " boards, from a board to its practices.",
        drill_down,
    ),
)
