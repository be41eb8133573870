"""A metric held against itself: two periods of it side by side, and a whole beside its parts.

What each value means is `engine.measure`'s to say; here two of its answers are joined, never two
facts. Whether two periods can be compared at all is for who knows the publication.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from engine.aggregation import ADDS_UP
from engine.lake import Lake
from engine.measure import measure
from engine.metric import AnyMetric, Metric


def compared(
    lake: Lake,
    metric: AnyMetric,
    *,
    period: str,
    before: str,
    after: str,
    by: Sequence[str] = (),
    where: Mapping[str, Any] | None = None,
) -> pl.LazyFrame:
    """A metric in two periods, one row a combination of `by`.

    Takes:  the dimension that is the period, and its two values, the earlier one first.
    Gives:  `by`, `value_before`, `value_after`, `change` (after less before, in the metric's unit:
            percentage points of a percentage) and `change_percent` (of the value before; null where
            that is zero). A combination that one of the periods lacks has no change; it is never
            zero. Sorted by `by`, nulls last.
    Raises: as `engine.measure.measure`.
    """
    sides = [
        measure(lake, [metric], by, {**(where or {}), period: value}).rename({metric.name: name})
        for value, name in ((before, "value_before"), (after, "value_after"))
    ]
    together = (
        sides[0].join(sides[1], on=list(by), how="full", coalesce=True, nulls_equal=True)
        if by
        else pl.concat(sides, how="horizontal")
    )
    change = pl.col("value_after") - pl.col("value_before")
    was = pl.when(pl.col("value_before") != 0).then("value_before")
    rows = together.with_columns(change=change, change_percent=change * 100 / was)
    return rows.sort(by, nulls_last=True) if by else rows


def broken_down(
    lake: Lake, metric: AnyMetric, into: str, where: Mapping[str, Any] | None = None
) -> pl.LazyFrame:
    """A metric of a whole, taken apart by one dimension, the largest part first.

    Gives:  `into`, `value`, `whole` (the same in every row), `share_percent`: how much of the whole
            a part is, and `difference`: value less whole. Of a sum only the one has a meaning, of a
            ratio only the other, of a count of different ones neither; what has none is null.
            Nulls last, then by `into`.
    Raises: as `engine.measure.measure`.
    """
    whole = measure(lake, [metric], where=where).rename({metric.name: "whole"})
    none = pl.lit(None, pl.Float64)
    share = pl.col("value") * 100 / pl.when(pl.col("whole") != 0).then("whole")
    adds_up, is_share = _adds_up(metric), not (isinstance(metric, Metric) and not metric.is_ratio)
    return (
        measure(lake, [metric], [into], where)
        .rename({metric.name: "value"})
        .join(whole, how="cross")
        .with_columns(
            share_percent=share if adds_up else none,
            difference=(pl.col("value") - pl.col("whole")).cast(pl.Float64) if is_share else none,
        )
        .sort("value", into, descending=[True, False], nulls_last=True)
    )


def _adds_up(metric: AnyMetric) -> bool:
    """Whether the parts of it make the whole: not of a ratio, of different ones, or a balance."""
    return (
        isinstance(metric, Metric)
        and not metric.is_ratio
        and metric.aggregation in ADDS_UP
        and metric.balance is None
    )
