"""How a question about a metric is read, why it has no answer, and what its rows are called."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import polars as pl

from app.agent import known
from app.agent.tool import Beside, MetricAsked
from engine import Lake, measure
from engine.errors import BadQuestion
from engine.metric import AnyMetric
from engine.table import type_name

MOST_NAMED = 12


def asked_as(
    lake: Lake, name: str, by: Sequence[str] | None, where: Mapping[str, Any] | None
) -> MetricAsked:
    """A question with its names and values as the lake has them."""
    metric = known.metric(lake, name)
    has = {name.lower(): name for name in known.dimensions(metric)}

    def dimension(said: str) -> str:
        # Of a time the stretch is said behind it: service_date__month.
        base, stretch, step = said.strip().lower().partition("__")
        if (found := has.get(base)) is not None and (not step or found in known.times(metric)):
            return f"{found}{stretch}{step}"
        near = known.nearest(said, has.values())
        raise BadQuestion(
            f"`{metric.name}` has no dimension `{said[:80]}`",
            found=said[:80],
            expected=", ".join(has.values()),
            next=f"did you mean {near[0]}?" if near else "use one of those",
        )

    values = {dimension(said): value for said, value in (where or {}).items()}
    asked = MetricAsked(metric, tuple(dimension(said) for said in by or ()), values)
    return MetricAsked(metric, asked.by, typed(lake, metric, values))


def typed(lake: Lake, metric: AnyMetric, where: Mapping[str, Any]) -> dict[str, Any]:
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
            value, fits = _day(str(value)), True
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


def _is_period(asked: MetricAsked, name: str) -> bool:
    return name == known.period_of(asked.metric) or "__" in name


def _day(text: str) -> date:
    """The day that a text says; of a month or a year, the first."""
    return date.fromisoformat(text + "-01-01"[3 * text.count("-") :])


def explain_nothing(lake: Lake, asked: MetricAsked, where: Mapping[str, Any]) -> None:
    """Why a question has no answer: a value that the dimension does not have, with the nearest.

    Raises: BadQuestion, always.
    """
    for name, wanted in where.items():
        values = measure(lake, [asked.metric], [name]).collect()[name].drop_nulls().to_list()
        for one in wanted if isinstance(wanted, list) else [wanted]:
            if one is not None and one not in values and _is_period(asked, name):
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


def named(rows: pl.DataFrame, beside: Beside) -> pl.DataFrame:
    """The rows with the names of what they are grouped by, each behind its code."""
    for dimension, names in beside.names.items():
        if dimension in rows.columns:
            rows = rows.join(names, on=dimension, how="left", maintain_order="left")
            others = [c for c in names.columns if c != dimension]
            at = rows.columns.index(dimension) + 1
            order = [c for c in rows.columns if c not in others]
            rows = rows.select(*order[:at], *others, *order[at:])
    return rows
