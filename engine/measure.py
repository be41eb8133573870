"""Measure: metrics of any wing by dimensions that they share, in one table (drill-across).

Each metric is summed on its own table first, and only the sums are joined. Rows of one fact are
never joined to rows of another, which would count some of them several times.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import reduce

import polars as pl

from engine.aggregation import aggregated
from engine.asked import Where, check, conditions, keys, named
from engine.derived import Conversion, Cumulative, Derived, Input, MeasuredDimension
from engine.dimension import Dimension
from engine.errors import BadQuestion
from engine.fact_rows import fact_rows, looked_up
from engine.lake import Lake
from engine.metric import AnyMetric, Metric
from engine.placed import Asked, During, asked_without, can_be_compact, days_that_count, placed
from engine.stored_sums import as_stored, summary_for
from engine.summary import ROWS, in_parts
from engine.time_walk import CLOCK, told_by
from engine.unit import SCALES
from engine.wings import metric as metric_called

Columns = tuple[pl.Expr, pl.Expr]

__all__ = ["Where", "combinations", "looked_up", "measure"]


def measure(
    lake: Lake,
    metrics: Sequence[str | AnyMetric],
    by: Sequence[str] = (),
    where: Where = None,
    *,
    during: During | None = None,
    order: Sequence[str] = (),
    limit: int | None = None,
) -> pl.LazyFrame:
    """The values of metrics, one row a combination of `by`, one column a metric.

    Takes:  metrics, by name or themselves; names of dimensions that all of them share, a time by
            any grain (`service_date__month`); which rows count: a value (or several in a list) for
            each dimension that is named, or a Boolean expression over dimensions.
            during  the first and the last day that count, each metric by its own time; made longer
                    to whole stretches of the grain that is asked by
            order   columns to sort by instead of `by`, those with a `-` before them downwards
            limit   how many rows at most
    Gives:  `by` and a column for each metric, in its unit (money in whole minor units), sorted by
            `by`, nulls last: rows of which a dimension is not known are a row of their own, so that
            sums add up. A combination that a metric has no rows for is null there, not zero, unless
            the metric says what it is then. Without `by` one row.
    Raises: UnknownName for a metric that nobody declared; BadQuestion for none at all, or for a
            dimension that one of them lacks.
    """
    known = (metric_called(m, lake.manifest) if isinstance(m, str) else m for m in metrics)
    # Named twice is asked once: two columns of one name cannot be.
    wanted, by = list({m.name: m for m in known}.values()), list(dict.fromkeys(by))
    if not wanted:
        raise BadQuestion("no metric is named", next="name at least one, such as `net`")
    asked = _asked(lake, wanted, by, where, during)
    values = _values(asked, wanted).with_columns(_filled((m.name, m) for m in wanted))
    if order or by:
        columns = [name.removeprefix("-") for name in order] or by
        down = [name.startswith("-") for name in order] or [False] * len(by)
        values = values.sort(columns, descending=down, nulls_last=True)
    return values if limit is None else values.head(limit)


def combinations(
    lake: Lake, metric: str | AnyMetric, by: Sequence[str], where: Where = None
) -> pl.LazyFrame:
    """The combinations of dimensions that a metric's rows have: what can be chosen from.

    Takes:  dimensions and conditions, as `measure` does.
    Gives:  `by`, each combination once, sorted, nulls last.
    Raises: as `measure` does; BadQuestion too for a metric that is made of others.
    """
    one = metric_called(metric, lake.manifest) if isinstance(metric, str) else metric
    if not isinstance(one, Metric):
        raise BadQuestion(f"`{one.name}` has no rows of its own", next="name what it is made of")
    rows = placed(_asked(lake, [one], by, where, None), one)
    return rows.select(by).unique().sort(by, nulls_last=True)


def _asked(
    lake: Lake, metrics: Sequence[AnyMetric], by: Sequence[str], where: Where, during: During | None
) -> Asked:
    wanted = conditions(where)
    found = keys(metrics, [*by, *named(*wanted)])
    asked_by, narrowed = ([found[n] for n in names] for names in (by, named(*wanted)))
    check(metrics, asked_by, narrowed)
    return Asked(
        lake,
        lambda one: _table(lake, one),
        tuple(asked_by),
        tuple(wanted),
        tuple(narrowed),
        where,
        during,
    )


def _values(asked: Asked, metrics: Sequence[AnyMetric]) -> pl.LazyFrame:
    """`by` with the values of metrics, under their names."""
    plain = [metric for metric in metrics if isinstance(metric, Metric)]
    found = [_composed(asked, metric) for metric in metrics if not isinstance(metric, Metric)]
    if plain:
        sums, columns = _sums(asked, plain)
        values = [metric.valued(*columns[metric]).alias(metric.name) for metric in plain]
        found.append(sums.select(*asked.columns, *values))
    together = _together(found, asked.columns)
    return together.select(*asked.columns, *(metric.name for metric in metrics))


def _composed(asked: Asked, metric: AnyMetric) -> pl.LazyFrame:
    """`by` with the value of a metric that is made of others."""
    match metric:
        case Derived():
            value = metric.expression
            found = _together(_inputs(asked, metric.inputs), asked.columns)
            found = found.with_columns(
                _filled((i.column, i.metric) for i in metric.inputs if i.is_filled)
            )
        case Cumulative():
            value = metric.of.value
            found = _cumulated(asked, metric)
        case Conversion():
            value = pl.col("numerator")
            if metric.rate:
                below = pl.when(pl.col("denominator") > 0).then("denominator")
                value = value * SCALES[metric.format] / below
            found = _converted(asked, metric)
        case _:
            raise BadQuestion(f"nothing says how `{metric.name}` is made")
    return found.select(*asked.columns, value.alias(metric.name))


def _inputs(asked: Asked, inputs: Sequence[Input]) -> list[pl.LazyFrame]:
    """`by` with each input's value, under the name that the expression has for it."""

    def answered(given: Input, metrics: Sequence[AnyMetric]) -> pl.LazyFrame:
        only = asked.only if given.only is None else (*asked.only, given.only)
        offsets = asked.offsets if given.offset is None else (given.offset, *asked.offsets)
        return _values(replace(asked, only=only, offsets=offsets), metrics)

    together = [given for given in inputs if given.only is None and given.offset is None]
    apart = [given for given in inputs if given not in together]
    found = [
        answered(given, [given.metric]).rename({given.metric.name: given.column}) for given in apart
    ]
    if together:
        known = {given.metric.name: given.metric for given in together}
        names = [pl.col(given.metric.name).alias(given.column) for given in together]
        found.append(answered(together[0], list(known.values())).select(*asked.columns, *names))
    return found


def _filled(columns: Iterable[tuple[str, AnyMetric]]) -> list[pl.Expr]:
    """What stands where a metric has no rows, for those that say so and are no ratio."""
    return [
        pl.col(name).fill_null(metric.fill)
        for name, metric in columns
        if isinstance(metric, Metric) and metric.fill is not None and not metric.is_ratio
    ]


def _sums(asked: Asked, metrics: Sequence[Metric]) -> tuple[pl.LazyFrame, dict[Metric, Columns]]:
    """`by` with the aggregates of metrics, and which columns those of each are.

    Metrics whose rows are the same are aggregated together, in one pass over them.
    """
    apart = {metric: _apart(asked, metric) for metric in metrics}
    shared = [m.over for m in metrics if m.over is not None and not apart[m]]
    jobs = {metric: f"{i}" for i, metric in enumerate(dict.fromkeys([*metrics, *shared]))}
    alike: dict[Hashable, dict[Metric, str]] = {}
    for metric, name in jobs.items():
        alike.setdefault(_rows_of(asked, metric), {})[metric] = name
    found = _together([_own_sums(asked, group) for group in alike.values()], asked.columns)
    columns = {m: (pl.col(f"{n} above"), pl.col(f"{n} below")) for m, n in jobs.items()}
    for metric in metrics:
        if metric.over is not None:
            below = (
                columns[metric.over][0] if not apart[metric] else pl.col(f"{jobs[metric]} below")
            )
            columns[metric] = (columns[metric][0], below)
    for names in dict.fromkeys(filter(None, apart.values())):
        over = {m: m.over for m in metrics if m.over is not None and apart[m] == names}
        found = _beside_over(asked, found, names, {jobs[m]: below for m, below in over.items()})
    return found, columns


def _apart(asked: Asked, metric: Metric) -> frozenset[str]:
    """The dimensions that are asked and that what a metric is over does not share."""
    asked_for = {key.dimension for key in asked.keys}
    return frozenset(asked_for.intersection(metric.beside_over)) if metric.over else frozenset()


def _rows_of(asked: Asked, metric: Metric) -> Hashable:
    """What two metrics have in common whose rows are the same."""
    dimensions = tuple(id(metric.dimension[key.dimension]) for key in asked.keys)
    # What is declared is known by who it is, not by what it says.
    parts = (metric.lookup, metric.only)
    return (
        *(metric.table, metric.balance, metric.when, metric.every_day, metric.is_over),
        *(*map(id, parts), *dimensions, summary_for(asked, metric)),
    )


def _own_sums(asked: Asked, group: Mapping[Metric, str]) -> pl.LazyFrame:
    """`by` with `<name> above`, and `<name> below` of a ratio, for metrics of the same rows."""
    first = next(iter(group))
    sides = {"numerator": "above", "denominator": "below"}
    adds = {
        f"{name} {sides[side]}": in_parts(metric) if side == "numerator" else value
        for metric, name in group.items()
        for side, value in metric.adds.items()
    }
    parts = {f"{name} above": metric.parts for metric, name in group.items() if metric.parts}
    how = {f"{name} above": metric for metric, name in group.items()}
    # What is the same for each row is counted, not written beside millions of rows and added up.
    each = {
        name: value
        for name, value in adds.items()
        if value.meta.is_literal() and (name not in how or how[name].aggregation == "sum")
    }
    summary = summary_for(asked, first)
    if summary is None and not asked.by and len(each) == len(adds):
        each = {}
    compact = summary is None and _adds_up(how.values()) and can_be_compact(asked, first)
    added = {name: value for name, value in adds.items() if name not in each}
    if summary is not None:
        added = {name: pl.col(summary.column_of(value) or "") for name, value in added.items()}
    if each and (compact or summary is not None):
        added[ROWS] = pl.lit(1, pl.Int64) if summary is None else pl.col(ROWS)
    rows = placed(
        asked,
        first if summary is None else as_stored(summary, first),
        adds=added,
        compact=compact,
    )
    read = {name: how.get(name) for name in added if name != ROWS}
    many = pl.col(ROWS).sum() if ROWS in added else pl.len().cast(pl.Int64)
    own = _aggregated(rows, read, asked.columns, each, many)
    own = own.with_columns(pl.col(name) / of for name, of in parts.items())
    return _every_day(asked, first, own)


def _adds_up(metrics: Iterable[Metric]) -> bool:
    """Whether sums of parts are all that is asked."""
    return all(metric.aggregation == "sum" for metric in metrics)


def _beside_over(
    asked: Asked, found: pl.LazyFrame, apart: frozenset[str], over: Mapping[str, Metric]
) -> pl.LazyFrame:
    """The same answer with `<name> below` of what is the same for all values of some dimensions."""
    below_asked = asked_without(asked, apart)
    by = below_asked.columns
    sums, columns = _sums(below_asked, list(dict.fromkeys(over.values())))
    values = [columns[metric][0].alias(f"{name} below") for name, metric in over.items()]
    below = sums.select(*by, *values)
    if len(by) == len(asked.by):
        return _together([found, below], by)
    if not by:
        return found.join(below, how="cross")
    return found.join(below, on=by, how="left", nulls_equal=True)


def _aggregated(
    rows: pl.LazyFrame,
    columns: Mapping[str, Metric | None],
    by: Sequence[str],
    each: Mapping[str, pl.Expr] | None = None,
    many: pl.Expr | None = None,
) -> pl.LazyFrame:
    """`by` with each column as its metric aggregates it; summed where none says how.

    Takes:  each  what every row adds alike, which is no column; `many`: how many rows there are
    """
    schema = rows.collect_schema()
    values = [
        aggregated(
            pl.col(name),
            "sum" if metric is None else metric.aggregation,
            quantile=0.5 if metric is None else metric.quantile,
            discrete=metric is not None and metric.discrete,
            exact=schema[name].is_integer(),
        ).alias(name)
        for name, metric in columns.items()
    ]
    many = pl.len().cast(pl.Int64) if many is None else many
    values += [
        pl.when(many > 0).then(many * value).alias(name) for name, value in (each or {}).items()
    ]
    return rows.group_by(by).agg(values) if by else rows.select(values)


def _together(values: Sequence[pl.LazyFrame], by: Sequence[str]) -> pl.LazyFrame:
    """Answers beside each other: a combination that one of them lacks is kept."""
    if not by:
        return pl.concat(values, how="horizontal")

    def beside(one: pl.LazyFrame, other: pl.LazyFrame) -> pl.LazyFrame:
        # Unknown dimensions meet each other, too.
        return one.join(other, on=list(by), how="full", coalesce=True, nulls_equal=True)

    return reduce(beside, values)


def _every_day(asked: Asked, metric: Metric, own: pl.LazyFrame) -> pl.LazyFrame:
    """The same answer with a row for every stretch of time that it has none for."""
    times = asked.times(metric)
    if not metric.every_day or not times:
        return own
    days = told_by(asked.lake, metric, times).filter(*days_that_count(asked, metric))
    columns = [key.name for key in times]
    known = set(asked.columns)
    again = [one for one in asked.where if known.issuperset(named(one))]
    filled = days.select(columns).unique().join(own, on=columns, how="left")
    return filled.filter(*again)


def _cumulated(asked: Asked, metric: Cumulative) -> pl.LazyFrame:
    """`by` with the aggregates over the window of each day, or of the day that speaks for it."""
    of, times = metric.of, asked.times(metric.of)
    if not times:
        if metric.window or metric.to_date:
            raise BadQuestion(
                f"`{metric.name}` is of a window that moves, and is asked by no time",
                expected=f"one of {', '.join(of.when)}, by any grain",
                next="ask by a time as well",
            )
        return _alone(asked, of)
    rows = placed(asked, of, metric)
    if all(key.step in ("", of.dimension[key.dimension].grain) for key in times):
        return _every_day(asked, of, _aggregated(rows, _sides(of), asked.columns))
    daily = _aggregated(rows, _sides(of), [*asked.columns, CLOCK])
    values = pl.col(list(of.adds))
    told = {
        "first": values.sort_by(CLOCK).first(),
        "last": values.sort_by(CLOCK).last(),
        "average": values.mean(),
    }
    own = daily.group_by(asked.columns).agg(told[metric.told])
    return _every_day(asked, of, own)


def _sides(metric: Metric) -> dict[str, Metric | None]:
    """The columns of a metric's own rows, and which of them it aggregates in its own way."""
    return {name: metric if name == "numerator" else None for name in metric.adds}


def _alone(asked: Asked, metric: Metric) -> pl.LazyFrame:
    """`by` with the aggregates of one metric, as `numerator` and `denominator`."""
    return _aggregated(placed(asked, metric), _sides(metric), asked.columns)


def _converted(asked: Asked, metric: Conversion) -> pl.LazyFrame:
    """`by` with how many of `base` there are, and how many of them were followed."""
    base, by, entity = metric.base, metric.by, metric.entity
    rows = placed(asked, base, keep=[entity])
    later = fact_rows(
        asked.lake,
        by,
        {entity, by.when[0]},
        by.adds,
        given=asked.lake.scan(by.table),
        source=asked.source,
    ).select(pl.col(entity), pl.col(by.when[0]).alias("_later"))
    columns = list(dict.fromkeys([*asked.columns, entity, CLOCK]))
    pairs = later.sort("_later").join_asof(
        rows.select(*columns, _found=True).sort(CLOCK),
        left_on="_later",
        right_on=CLOCK,
        by=entity,
        check_sortedness=False,  # with `by` it cannot be checked; both are sorted
    )
    is_one = pl.col("_found")
    if metric.within:
        is_one = is_one & (pl.col("_later").dt.offset_by(f"-{metric.within}") < pl.col(CLOCK))
    followed = pairs.filter(is_one)
    count = pl.len().alias("numerator")
    above = followed.group_by(asked.columns).agg(count) if asked.by else followed.select(count)
    below = _aggregated(rows, _sides(base), asked.columns).rename({"numerator": "denominator"})
    both = _together([above, below], asked.columns)
    return both if by.fill is None else both.with_columns(pl.col("numerator").fill_null(by.fill))


def _table(lake: Lake, dimension: Dimension) -> pl.LazyFrame:
    """The table in which a dimension stands that the metric's rows do not have."""
    if isinstance(dimension, MeasuredDimension):
        return measure(lake, [dimension.of], dimension.on)
    return lake.scan(dimension.table)
