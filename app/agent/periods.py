"""The tool that holds a metric against itself: two periods, and never across a break in series."""

from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field

from app.agent import known
from app.agent.asking import MOST_NAMED, asked_as, explain_nothing, named, typed
from app.agent.tool import (
    USUAL_ROWS,
    Answer,
    Beside,
    By,
    Explained,
    Limit,
    MetricAsked,
    MetricName,
    Tool,
    Where,
)
from engine import Lake
from engine.comparison import compared
from engine.errors import BadQuestion

PeriodText = Annotated[
    str | int, Field(description="A period, as get_periods gives it: 2024-25, 2024-03 or 2024.")
]


def compare_periods(
    lake: Lake,
    metric: MetricName,
    before: PeriodText,
    after: PeriodText,
    where: Where = None,
    by: By = None,
    order: Annotated[
        Literal["as grouped", "rose most", "fell most"], Field(description="How rows are sorted.")
    ] = "as grouped",
    limit: Limit = USUAL_ROWS,
) -> Answer:
    """One metric in two periods, and how far it moved."""
    asked = asked_as(lake, metric, by, where)
    period = _compared_by(asked, str(before))
    first, last = sorted(_period(lake, asked, period, said) for said in (before, after))
    asked = MetricAsked(asked.metric, asked.by, asked.where, (first, last))
    rows = compared(
        lake,
        asked.metric,
        period=period,
        before=first,
        after=last,
        by=asked.by,
        where=asked.where,
    ).collect()
    values = ("value_before", "value_after")
    if rows.is_empty() or all(rows[name].null_count() == rows.height for name in values):
        explain_nothing(lake, asked, {**asked.where, period: [first, last]})
    beside = known.beside(lake, asked)
    rows = _without_breaks(rows, beside)
    if order != "as grouped":
        rows = rows.sort("change", descending=order == "rose most", nulls_last=True)
    return Answer(
        values={
            **{"metric": asked.metric.name, "period": period, "before": first, "after": last},
            "where": dict(asked.where),
            **_said_broken(beside, rows),
        },
        rows=named(rows, beside),
        limit=limit,
        explains=_explained(asked),
        tables=known.read_by([asked.metric]),
        periods=asked.periods,
        metrics=(asked.metric,),
        caveats=beside.caveats,
        address=beside.address,
    )


def _period(lake: Lake, asked: MetricAsked, period: str, said: str | int) -> Any:
    """A period as the dimension has it."""
    return typed(lake, asked.metric, {period: said})[period]


def _compared_by(asked: MetricAsked, said: str) -> str:
    """The dimension by which two periods of a metric are told apart.

    Raises: BadQuestion for a metric without one, or a question that says it twice.
    """
    period = known.period_of(asked.metric, said)
    if period is None:
        raise BadQuestion(
            f"`{asked.metric.name}` has no period",
            found=", ".join(known.dimensions(asked.metric)),
            next="query_metric asks for it as it is",
        )
    if period in asked.where or period in asked.by:
        raise BadQuestion(
            f"`{period}` is what is compared",
            found=f"`{period}` in where or by",
            next=f"leave `{period}` out: `before` and `after` say it",
        )
    return period


def _said_broken(beside: Beside, rows: pl.DataFrame) -> dict[str, Any]:
    """Why there is no change, of all rows or of some."""
    there = {d: set(rows[d]) for d in beside.broken if d in rows.columns}
    of_some = [
        f"{value}: {why}"
        for dimension, values in there.items()
        for value, why in beside.broken[dimension].items()
        if value in values
    ]
    said = [*beside.parted, *of_some]
    return {"cannot_be_compared": said[:MOST_NAMED]} if said else {}


def _without_breaks(rows: pl.DataFrame, beside: Beside) -> pl.DataFrame:
    """No change across a break in series; both values stay, each of its own series."""
    is_one = pl.lit(not beside.parted)
    for dimension, why in beside.broken.items():
        if dimension in rows.columns:
            is_one &= ~pl.col(dimension).is_in(list(why)).fill_null(False)
    told = [pl.when(is_one).then(name).alias(name) for name in ("change", "change_percent")]
    return rows.with_columns(told)


def _explained(asked: MetricAsked) -> tuple[Explained, ...]:
    """What the columns of a comparison mean."""
    (before, after), unit = asked.periods, asked.metric.unit
    points = "percentage points" if unit.startswith("percent") else unit
    return (
        Explained("value_before", f"{asked.metric.label}, {before}", unit),
        Explained("value_after", f"{asked.metric.label}, {after}", unit),
        Explained("change", "After less before; null where either has no value", points),
        Explained("change_percent", "The change as a share of the value before", "percent"),
    )


TOOLS = (
    Tool(
        "compare_periods",
        "Compare two periods",
        "One metric in two periods and how far it moved. Where the series broke in between, both"
        " values are given and no change.",
        compare_periods,
    ),
)
