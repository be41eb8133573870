"""Measure: metrics of any wing by dimensions that they share, in one table (drill-across).

Each metric is summed on its own table first, and only the sums are joined. Rows of one fact are
never joined to rows of another, which would count some of them several times.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from typing import Any

import polars as pl

from engine.dimension import Dimension
from engine.errors import BadQuestion
from engine.lake import Lake
from engine.metric import Metric, total
from engine.wings import TABLES
from engine.wings import metric as metric_called

Where = pl.Expr | Mapping[str, Any] | None


def measure(
    lake: Lake,
    metrics: Sequence[str | Metric],
    by: Sequence[str] = (),
    where: Where = None,
) -> pl.LazyFrame:
    """The values of metrics, one row a combination of `by`, one column a metric.

    Takes:  metrics, by name or themselves; names of dimensions that all of them share; which rows
            count: a value (or several in a list) for each dimension that is named, or a Boolean
            expression over dimensions.
    Gives:  `by` and a column for each metric, in its unit (money in whole minor units), sorted by
            `by`, nulls last: rows of which a dimension is not known are a row of their own, so that
            sums add up. A combination that a metric has no rows for is null there, not zero.
            Without `by` one row.
    Raises: UnknownName for a metric that nobody declared; BadQuestion for none at all, or for a
            dimension that one of them lacks.
    """
    known = (metric_called(m) if isinstance(m, str) else m for m in metrics)
    # Named twice is asked once: two columns of one name cannot be.
    wanted, by = list({m.name: m for m in known}.values()), list(dict.fromkeys(by))
    if not wanted:
        raise BadQuestion("no metric is named", next="name at least one, such as `net`")
    _check(wanted, by, where)
    values = [
        _parts(lake, metric, by, where).select(*by, metric.value.alias(metric.name))
        for metric in wanted
    ]
    if not by:
        return pl.concat(values, how="horizontal")
    return reduce(lambda one, other: _beside(one, other, by), values).sort(by, nulls_last=True)


def looked_up(lake: Lake, rows: pl.LazyFrame, metric: Metric) -> pl.LazyFrame:
    """The rows of a metric's table with what its expressions need of another, if they do.

    Takes:  rows with the columns that name a row of the other table.
    Gives:  the same rows; null where the other table has none.
    """
    if (lookup := metric.lookup) is None:
        return rows
    other = lake.scan(lookup.table).select(*lookup.on, *lookup.columns)
    return rows.join(other, on=list(lookup.on), how="left", maintain_order="left")


def _check(metrics: Sequence[Metric], by: Iterable[str], where: Where) -> None:
    """Raises BadQuestion where a dimension is not shared by all.

    What a metric is `over` counts as one: a share can be asked by what both its sides have.
    """
    sides = [side for metric in metrics for side in (metric, metric.over) if side]
    has = {side.name: [d.name for d in side.dimensions] for side in sides}
    first, *others = has.values()
    shared = [name for name in first if all(name in own for own in others)]
    for wanted, said in ((by, "be asked by"), (_named(where), "be narrowed by")):
        for dimension in wanted:
            lacking = [name for name, own in has.items() if dimension not in own]
            if lacking:
                raise BadQuestion(
                    f"`{lacking[0]}` cannot {said} `{dimension}`",
                    found=f"{lacking[0]} has {', '.join(has[lacking[0]]) or 'no dimension'}",
                    expected=f"shared by all that are asked: {', '.join(shared) or 'none'}",
                    next="leave the dimension out, or ask for the metrics apart",
                )


def _named(where: Where) -> list[str]:
    """The dimensions that a condition looks at."""
    if where is None:
        return []
    return list(where) if isinstance(where, Mapping) else where.meta.root_names()


def _parts(lake: Lake, metric: Metric, by: Sequence[str], where: Where) -> pl.LazyFrame:
    """`by` with the metric's sums: `numerator`, and `denominator` where it is a ratio."""
    rows = _rows(lake, metric, [*by, *_named(where)], where).filter(*_conditions(where))
    names = ["numerator"] if metric.denominator is None else ["numerator", "denominator"]
    sums = [total(pl.col(name)).alias(name) for name in names]
    own = rows.group_by(by).agg(sums) if by else rows.select(sums)
    if metric.over is None:
        return own
    below = _parts(lake, metric.over, by, where).select(*by, denominator="numerator")
    return _beside(own, below, by) if by else pl.concat([own, below], how="horizontal")


def _beside(one: pl.LazyFrame, other: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    # Full: a combination that one side lacks is kept. Unknown dimensions meet each other, too.
    return one.join(other, on=list(by), how="full", coalesce=True, nulls_equal=True)


def _rows(lake: Lake, metric: Metric, named: Iterable[str], where: Where) -> pl.LazyFrame:
    """What each row of the metric's table adds, beside the dimensions that are named."""
    wanted = [d for d in metric.dimensions if d.name in named]
    own, joined = ([d for d in wanted if bool(d.table) is is_other] for is_other in (False, True))
    needs = {name for dimension in joined for name in dimension.needs}
    said = {_key(name): pl.col(name) for name in sorted(needs)}
    said |= {dimension.name: dimension.column for dimension in own}
    said["numerator"] = metric.numerator
    if metric.denominator is not None:
        said["denominator"] = metric.denominator
    given = lake.scan(metric.table, _partition(metric.table, where))
    # Beside the rows' own columns, so that a numerator of 1 counts each row, not all of them once.
    rows = looked_up(lake, given, metric).with_columns(**said).select(list(said))
    return reduce(lambda rows, dimension: _with(lake, rows, dimension), joined, rows)


def _with(lake: Lake, rows: pl.LazyFrame, dimension: Dimension) -> pl.LazyFrame:
    """The same rows, none more and none fewer, each with a dimension that another table has."""
    there = lake.scan(dimension.table)
    on = {name: _key(name) for name in dimension.on}
    if not dimension.as_of:
        known = there.select(*(pl.col(n).alias(key) for n, key in on.items()), dimension.column)
        return rows.join(
            # Two rows of the other table for one key would count a fact twice: refused, not told.
            known,
            on=list(on.values()),
            how="left",
            validate="m:1",
            maintain_order="left",
        )
    day = _key(dimension.as_of)
    versions = there.select(
        *(pl.col(name).alias(key) for name, key in on.items()),
        dimension.column,
        _from="valid_from",
        _to="valid_to",
    )
    return (
        rows.sort(day)
        .join_asof(
            versions.sort("_from"),
            left_on=day,
            right_on="_from",
            by=list(on.values()),
            check_sortedness=False,  # with `by` it cannot be checked; both are sorted above
        )
        # The last version that began by that day may have ended before it: half-open, `to` is not
        # in it.
        .with_columns(pl.when(pl.col(day) < pl.col("_to")).then(dimension.name))
        .drop("_from", "_to")
    )


def _key(name: str) -> str:
    """A column by which a dimension is found, so named that it is no dimension itself."""
    return f"key of {name}"


def _conditions(where: Where) -> list[pl.Expr]:
    if where is None:
        return []
    if isinstance(where, pl.Expr):
        return [where]
    return [_is(name, value) for name, value in where.items()]


def _is(name: str, value: Any) -> pl.Expr:
    if isinstance(value, list | tuple | set | frozenset):
        return pl.col(name).is_in(list(value), nulls_equal=True)
    return pl.col(name).is_null() if value is None else pl.col(name) == value


def _partition(table: str, where: Where) -> str | None:
    """The one partition that a condition leaves, so that only its files are opened."""
    by = TABLES[table].partition if table in TABLES else None
    value = where.get(by) if by and isinstance(where, Mapping) else None
    return value if isinstance(value, str) else None
