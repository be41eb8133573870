"""Contributions: what each group adds to the change of a metric of all of them together."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import polars as pl

from engine.aggregation import ADDS_UP
from engine.errors import BadQuestion
from engine.lake import Lake
from engine.measure import Where, measure
from engine.metric import AnyMetric, Metric


def contributions(
    lake: Lake, metric: Metric, by: Sequence[str], *, where: Where = None, against: Where
) -> pl.LazyFrame:
    """What each group adds to the change of a metric between two sets of rows.

    A group's part of a ratio is its own numerator over everybody's denominator: so parts add up to
    the whole, and a group adds to a change by what it costs and by how many it holds.

    Takes:  a metric whose parts add up; one dimension or several; which rows count, and which they
            are held against.
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
    in_parts = _in_parts(metric, by)
    now, then = (
        measure(lake, [in_parts], by, condition).rename({metric.name: name})
        for condition, name in ((where, "part"), (against, "part_before"))
    )
    both = now.join(then, on=list(by), how="full", coalesce=True, nulls_equal=True)
    rows = both.with_columns(pl.col("part", "part_before").fill_null(0)).with_columns(
        contribution=pl.col("part") - pl.col("part_before")
    )
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
