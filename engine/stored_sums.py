"""Stored sums: a summary's rows, and when they answer a question in place of the fact's.

Both ways give the same number, to the last unit: only whole numbers are stored.
tests/engine/test_stored_sums.py and tests/refresh/claims/test_feed_loads.py hold them to it.
"""

from collections.abc import Set
from dataclasses import replace
from functools import partial

import polars as pl

from engine.aggregation import whole_total
from engine.asked import keys, named
from engine.fact_rows import Source, with_dimensions
from engine.lake import Lake
from engine.metric import Metric
from engine.placed import Asked
from engine.summary import ROWS, Summary, in_parts
from engine.wings import SUMMARIES


def summed(summary: Summary, rows: pl.LazyFrame, source: Source) -> pl.LazyFrame:
    """The rows of a summary.

    Takes:  rows of the fact; what gives the table of a dimension that stands elsewhere.
    Gives:  the contract's columns: one row a combination of dimensions, unknown ones among them.
    """
    placed = with_dimensions(rows, summary.dimensions, summary.sums, source=source)
    sums = [whole_total(pl.col(name)).alias(name) for name in summary.sums]
    count = pl.len().cast(pl.Int64).alias(ROWS)
    return placed.group_by(summary.columns).agg(count, *sums)


def summary_for(asked: Asked, metric: Metric) -> Summary | None:
    """The smallest summary that answers the same as the metric's own rows do.

    Gives: None where no summary has all dimensions and sums, or the lake has none.
    """
    declared = SUMMARIES.get(metric.table, ())
    if not declared or metric.aggregation != "sum" or metric.lookup or metric.balance:
        return None
    only = named(*(one for one in (metric.only, *asked.only) if one is not None))
    names = {key.dimension for key in (*asked.keys, *keys([metric], only).values())}
    if asked.during is not None or asked.offsets:
        names |= set(metric.when[:1])
    adds = [in_parts(metric), *([] if metric.denominator is None else [metric.denominator])]
    fitting = [
        one
        for one in declared
        if _has(one, metric, names)
        and all(value.meta.is_literal() or one.column_of(value) for value in adds)
        and _is_whole(asked.lake, one)
    ]
    return min(fitting, key=partial(_size, asked.lake), default=None)


def as_stored(summary: Summary, metric: Metric) -> Metric:
    """The metric as one of the summary's rows, of which each dimension is a column."""
    return replace(
        metric,
        table=summary.name,
        dimensions=tuple(
            replace(d, value=pl.col(d.name), table="", on=(), as_of="", via=())
            for d in summary.dimensions
        ),
        when=tuple(name for name in metric.when if name in summary.columns),
        # Only what rows add is asked of it, and said by who asks: no ratio, no interval.
        over=None,
        beside_over=(),
        parts=0,
        format="number",
        money=None,
        interval=False,
        every_day=False,
    )


def _has(summary: Summary, metric: Metric, names: Set[str]) -> bool:
    """Whether each dimension that is asked is the very one that the summary was made by."""
    own = {dimension.name: dimension for dimension in summary.dimensions}
    return all(name in own and own[name] is metric.dimension[name] for name in names)


def _is_whole(lake: Lake, summary: Summary) -> bool:
    """Whether the snapshot has it for all of the fact: a maker that failed leaves none behind."""
    return lake.has(summary.name) and (
        lake.partitions(summary.name) == lake.partitions(summary.of.name)
    )


def _size(lake: Lake, summary: Summary) -> int:
    return sum(file["rows"] for file in lake.files(summary.name))
