"""Compared: metrics of one set of rows beside the same of another: two periods, or two groups."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from engine.aggregation import ADDS_UP
from engine.errors import BadQuestion
from engine.lake import Lake
from engine.measure import Where, measure
from engine.metric import AnyMetric, Metric

BEFORE = "_before"


def compared(
    lake: Lake,
    metrics: Sequence[str | AnyMetric],
    by: Sequence[str] = (),
    *,
    where: Where = None,
    against: Where,
) -> pl.LazyFrame:
    """The values of metrics under two conditions, one row a combination of `by` that either has.

    Takes:  metrics and dimensions as `measure` does; which rows count; which they are held against.
    Gives:  `by`, a column a metric, the same with `_before` behind its name for what it is held
            against, and of the first metric `change` (in its unit) and `change_percent`: null where
            one of the two is not known or, for the share, where it was 0; sorted by `by`.
    Raises: as `measure`.
    """
    names = [metric if isinstance(metric, str) else metric.name for metric in metrics]
    names = list(dict.fromkeys(names))
    now = measure(lake, metrics, by, where)
    then = measure(lake, metrics, by, against).rename({name: name + BEFORE for name in names})
    rows = (
        now.join(then, on=list(by), how="full", coalesce=True, nulls_equal=True)
        if by
        else pl.concat([now, then], how="horizontal")
    )
    first, before = pl.col(names[0]), pl.col(names[0] + BEFORE)
    # Of what was below 0 a share would have the wrong sign.
    share = pl.when(before > 0).then(100 * (first - before) / before)
    known = rows.with_columns(change=first - before, change_percent=share)
    return known.sort(by, nulls_last=True) if by else known


def contributions(
    lake: Lake, metric: Metric, by: Sequence[str], *, where: Where = None, against: Where
) -> pl.LazyFrame:
    """What each group adds to the change of a metric of all of them together.

    A group's part of a ratio is its own numerator over everybody's denominator: so parts add up to
    the whole, and a group adds to a change by what it costs and by how many it holds.

    Takes:  a metric whose parts add up; one dimension or several; conditions as `compared` does.
    Gives:  `by`, `part` and `part_before` (0 where a group has nothing), `contribution`, all in
            the metric's unit, and `share` of the whole change, null where nothing changed; the
            largest first, whichever way.
    Raises: as `measure`; BadQuestion for a metric whose parts do not add up.
    """
    if not adds_up(metric):
        raise BadQuestion(
            f"the parts of `{metric.name}` do not add up to it",
            found=metric.aggregation,
            expected="a sum, or a sum over a sum",
        )
    parts = compared(lake, [_in_parts(metric, by)], by, where=where, against=against)
    rows = parts.select(
        *by,
        part=pl.col(metric.name).fill_null(0),
        part_before=pl.col(metric.name + BEFORE).fill_null(0),
    ).with_columns(contribution=pl.col("part") - pl.col("part_before"))
    whole = pl.col("contribution").sum()
    shared = rows.with_columns(share=pl.when(whole != 0).then(pl.col("contribution") / whole))
    order = [pl.col("contribution").abs(), *(pl.col(name) for name in by)]
    return shared.sort(order, descending=[True, *(False for _ in by)], nulls_last=True)


def adds_up(metric: AnyMetric) -> bool:
    """Whether the parts of a metric's groups add up to that of all: no count of distinct does."""
    if not isinstance(metric, Metric) or metric.balance:
        return False
    return metric.aggregation in ADDS_UP and (metric.over is None or adds_up(metric.over))


def _in_parts(metric: Metric, by: Sequence[str]) -> Metric:
    """The metric with everybody's denominator beside each group."""
    over = metric.over
    if metric.denominator is not None:
        over = replace(metric, numerator=metric.denominator, denominator=None, **_AS_A_SUM)
    if over is None:
        return metric
    apart = tuple(dict.fromkeys([*metric.beside_over, *by]))
    return replace(metric, denominator=None, over=over, beside_over=apart)


_AS_A_SUM: dict[str, Any] = {"format": "number", "money": None, "interval": False, "sql": ("", "")}
