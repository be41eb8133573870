"""Tools that ask metrics: one by filters, several side by side, two periods, a whole and its parts.

The numbers are the engine's (measure, comparison); here a question is read, an empty answer is
explained, and what the metric's wing knows is put beside it.
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Annotated, Any, Literal

import polars as pl
from pydantic import Field

from app.agent import known
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
from engine import Lake, measure
from engine.comparison import broken_down, compared
from engine.errors import BadQuestion
from engine.metric import Metric
from engine.table import type_name

Order = Annotated[
    Literal["as grouped", "highest first", "lowest first"],
    Field(description="How the rows are sorted; rows without a value come last."),
]
Metrics = Annotated[
    list[str], Field(min_length=1, max_length=8, description="Metrics that share the dimensions.")
]
PeriodText = Annotated[str, Field(description="A period, as get_periods gives it.")]
MOST_NAMED = 12


def query_metric(
    lake: Lake,
    metric: MetricName,
    where: Where = None,
    by: By = None,
    order: Order = "as grouped",
    limit: Limit = USUAL_ROWS,
) -> Answer:
    """One metric, narrowed and grouped."""
    asked = _asked(lake, metric, by, where)
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
    asked = [_asked(lake, name, by, where) for name in metrics]
    wanted = [one.metric for one in asked]
    rows = measure(lake, wanted, asked[0].by, asked[0].where).collect()
    _is_there(lake, wanted, asked[0], rows)
    return _answer(lake, asked, _sorted(rows, wanted[0].name, order), limit)


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
    asked = _asked(lake, metric, by, where)
    period = _compared_by(asked)
    first, last = sorted(_period(lake, asked, period, said) for said in (before, after))
    asked = MetricAsked(asked.metric, asked.by, asked.where, (first, last))
    found = compared(
        *(lake, asked.metric),
        period=period,
        before=first,
        after=last,
        by=asked.by,
        where=asked.where,
    )
    rows = found.collect()
    values = ("value_before", "value_after")
    if rows.is_empty() or all(rows[name].null_count() == rows.height for name in values):
        _explain_nothing(lake, asked, {**asked.where, period: [first, last]})
    beside = known.beside(lake, asked)
    if beside.parted:
        # Across a break there is no change to tell; both values are, each of its own series.
        none = pl.lit(None, pl.Float64)
        rows = rows.with_columns(change=none, change_percent=none)
    if order != "as grouped":
        rows = rows.sort("change", descending=order == "rose most", nulls_last=True)
    return Answer(
        values={
            **{"metric": asked.metric.name, "period": period, "before": first, "after": last},
            "where": dict(asked.where),
            **({"cannot_be_compared": list(beside.parted)} if beside.parted else {}),
        },
        rows=_named(rows, beside),
        limit=limit,
        explains=_explained(asked),
        tables=known.read_by([asked.metric]),
        periods=asked.periods,
        metrics=(asked.metric,),
        caveats=beside.caveats,
        address=beside.address,
    )


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
    asked = _asked(lake, metric, [into], where)
    rows = broken_down(lake, asked.metric, asked.by[0], asked.where).collect()
    if rows.is_empty() or rows["value"].null_count() == rows.height:
        _explain_nothing(lake, asked, asked.where)
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
        rows=_named(rows.drop("whole", *unused[:1]), beside),
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


def _asked(
    lake: Lake, name: str, by: Sequence[str] | None, where: Mapping[str, Any] | None
) -> MetricAsked:
    """A question with its names and values as the lake has them."""
    metric = known.metric(lake, name)
    has = {name.lower(): name for name in known.dimensions(metric)}

    def dimension(said: str) -> str:
        if (found := has.get(said.strip().lower())) is not None:
            return found
        near = known.nearest(said, has.values())
        raise BadQuestion(
            f"`{metric.name}` has no dimension `{said[:80]}`",
            found=said[:80],
            expected=", ".join(has.values()),
            next=f"did you mean {near[0]}?" if near else "use one of those",
        )

    values = {dimension(said): value for said, value in (where or {}).items()}
    asked = MetricAsked(metric, tuple(dimension(said) for said in by or ()), values)
    return MetricAsked(metric, asked.by, _typed(lake, metric, values))


def _typed(lake: Lake, metric: Metric, where: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a filter as the dimension has them: JSON knows no days, and a code in small
    letters is the same code."""
    if not where:
        return {}
    schema = measure(lake, [metric], [*where]).collect_schema()
    return {name: _value(name, value, schema[name]) for name, value in where.items()}


def _value(name: str, value: Any, dtype: pl.DataType) -> Any:
    if isinstance(value, list):
        return [_value(name, one, dtype) for one in value]
    try:
        if value is None or isinstance(value, dict):
            fits = value is None
        elif dtype == pl.Date:
            value, fits = date.fromisoformat(value), True
        elif dtype == pl.String:
            value, fits = str(value), not isinstance(value, bool)
        elif dtype == pl.Boolean:
            fits = isinstance(value, bool)
        else:
            value, fits = float(value) if dtype.is_float() else int(value), True
    except (TypeError, ValueError):
        fits = False
    if not fits:
        raise BadQuestion(
            f"`{name}` cannot be `{str(value)[:80]}`",
            found=str(value)[:80],
            expected=f"a {type_name(dtype)}, or a list of such",
            next="a range is several values in a list; query_sql knows more conditions",
        )
    return value


def _is_there(
    lake: Lake, metrics: Sequence[Metric], asked: MetricAsked, rows: pl.DataFrame
) -> None:
    """Nothing, where any metric has any value; else why not."""
    if all(rows[metric.name].null_count() == rows.height for metric in metrics):
        _explain_nothing(lake, asked, asked.where)


def _explain_nothing(lake: Lake, asked: MetricAsked, where: Mapping[str, Any]) -> None:
    """Why a question has no answer: a value that the dimension does not have, with the nearest.

    Raises: BadQuestion, always.
    """
    for name, wanted in where.items():
        values = measure(lake, [asked.metric], [name]).collect()[name].drop_nulls().to_list()
        for one in wanted if isinstance(wanted, list) else [wanted]:
            if one is not None and one not in values and name == known.period_of(asked.metric):
                # Alike in letters is not near in time.
                raise BadQuestion(
                    f"`{asked.metric.name}` has nothing of {name} `{str(one)[:80]}`",
                    found=str(one)[:80],
                    expected=", ".join(map(str, values[-MOST_NAMED:])),
                    next=f"the newest is {values[-1]}" if values else "nothing is loaded yet",
                )
            if one is not None and one not in values:
                near = known.nearest(str(one), [str(value) for value in values])
                some = [str(value) for value in values[:MOST_NAMED]]
                raise BadQuestion(
                    f"no row of `{asked.metric.name}` has {name} `{str(one)[:80]}`",
                    found=str(one)[:80],
                    expected=", ".join(near or some)
                    + ("" if near or len(values) <= MOST_NAMED else ", ..."),
                    next=f"did you mean {near[0]}?"
                    if near
                    else f"query_metric by {name} lists all",
                )
    raise BadQuestion(
        f"`{asked.metric.name}` has no value there",
        found=", ".join(f"{name}={value}" for name, value in where.items()) or "no filter",
        next="each value exists by itself, but not all of them together: leave one out",
    )


def _period(lake: Lake, asked: MetricAsked, period: str, said: str) -> Any:
    """A period as the dimension has it."""
    return _typed(lake, asked.metric, {period: said})[period]


def _compared_by(asked: MetricAsked) -> str:
    """The dimension by which two periods of a metric are told apart.

    Raises: BadQuestion for a metric without one, or a question that says it twice.
    """
    period = known.period_of(asked.metric)
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
        rows=_named(rows, besides[0]),
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


def _named(rows: pl.DataFrame, beside: Beside) -> pl.DataFrame:
    """The rows with the names of what they are grouped by, each behind its code."""
    for dimension, names in beside.names.items():
        if dimension in rows.columns:
            rows = rows.join(names, on=dimension, how="left", maintain_order="left")
            others = [c for c in names.columns if c != dimension]
            at = rows.columns.index(dimension) + 1
            order = [c for c in rows.columns if c not in others]
            rows = rows.select(*order[:at], *others, *order[at:])
    return rows


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
        "compare_periods",
        "Compare two periods",
        "One metric in two periods and how far it moved. Where the series broke in between, both"
        " values are given and no change.",
        compare_periods,
    ),
    Tool(
        "drill_down",
        "Take a figure apart",
        "A metric of a whole beside its parts by one dimension, largest first: from England to"
        " boards, from a board to its practices.",
        drill_down,
    ),
)
