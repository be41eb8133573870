"""Measure: metrics of any wing by dimensions that they share, in one table (drill-across).

Each metric is summed on its own table first, and only the sums are joined. Rows of one fact are
never joined to rows of another, which would count some of them several times.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import reduce

import polars as pl

from engine.aggregation import aggregated
from engine.asked import Key, Where, check, conditions, keys, named
from engine.derived import Conversion, Cumulative, Derived, Input, MeasuredDimension, Offset
from engine.dimension import Dimension
from engine.errors import BadQuestion
from engine.fact_rows import fact_rows, looked_up
from engine.grain import GRAINS, Grain, truncated
from engine.lake import Lake
from engine.metric import AnyMetric, Metric
from engine.time_walk import CLOCK, shifted, spread, told_by, with_keys
from engine.wings import TABLES
from engine.wings import metric as metric_called

__all__ = ["Where", "combinations", "looked_up", "measure"]

During = tuple[date, date]


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
    values = _together([_value(asked, metric) for metric in wanted], by)
    values = values.with_columns(_filled((m.name, m) for m in wanted))
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
    rows = _placed(_asked(lake, [one], by, where, None), one)
    return rows.select(by).unique().sort(by, nulls_last=True)


@dataclass(frozen=True, eq=False)
class _Asked:
    """What one metric, or one part of a metric, is asked.

    by, where  the keys of the answer; what holds of their rows, over keys that `narrowed` names
    given      the caller's own condition, which may name a partition
    only       what else has to hold of the rows, before they are moved in time
    offsets    how rows are moved in time, the first to apply first
    """

    lake: Lake
    by: tuple[Key, ...]
    where: tuple[pl.Expr, ...]
    narrowed: tuple[Key, ...]
    given: Where = None
    during: During | None = None
    only: tuple[pl.Expr, ...] = ()
    offsets: tuple[Offset, ...] = ()

    @property
    def columns(self) -> list[str]:
        return [key.name for key in self.by]

    @property
    def keys(self) -> list[Key]:
        """Every key that a row needs, each once."""
        return list({key.name: key for key in (*self.by, *self.narrowed)}.values())

    def times(self, metric: Metric) -> list[Key]:
        """The keys of the answer that say when a row of the metric counts."""
        return [key for key in self.by if key.dimension in metric.when]


def _asked(
    lake: Lake, metrics: Sequence[AnyMetric], by: Sequence[str], where: Where, during: During | None
) -> _Asked:
    wanted = conditions(where)
    found = keys(metrics, [*by, *named(*wanted)])
    asked_by, narrowed = ([found[n] for n in names] for names in (by, named(*wanted)))
    check(metrics, asked_by, narrowed)
    return _Asked(lake, tuple(asked_by), tuple(wanted), tuple(narrowed), where, during)


def _value(asked: _Asked, metric: AnyMetric) -> pl.LazyFrame:
    """`by` with the metric's value, under its name."""
    match metric:
        case Metric():
            value = metric.value
            found = _parts(asked, metric)
        case Derived():
            value = metric.expression
            found = _together([_input(asked, given) for given in metric.inputs], asked.columns)
            found = found.with_columns(_filled((i.column, i.metric) for i in metric.inputs))
        case Cumulative():
            value = metric.of.value
            found = _cumulated(asked, metric)
        case Conversion():
            value = pl.col("numerator")
            if metric.rate:
                value = value / pl.when(pl.col("denominator") > 0).then("denominator")
            found = _converted(asked, metric)
        case _:
            raise BadQuestion(f"nothing says how `{metric.name}` is made")
    return found.select(*asked.columns, value.alias(metric.name))


def _input(asked: _Asked, given: Input) -> pl.LazyFrame:
    only = asked.only if given.only is None else (*asked.only, given.only)
    offsets = asked.offsets if given.offset is None else (given.offset, *asked.offsets)
    found = _value(replace(asked, only=only, offsets=offsets), given.metric)
    return found.rename({given.metric.name: given.column})


def _filled(columns: Iterable[tuple[str, AnyMetric]]) -> list[pl.Expr]:
    """What stands where a metric has no rows, for those that say so and are no ratio."""
    return [
        pl.col(name).fill_null(metric.fill)
        for name, metric in columns
        if isinstance(metric, Metric) and metric.fill is not None and not metric.is_ratio
    ]


def _parts(asked: _Asked, metric: Metric) -> pl.LazyFrame:
    """`by` with the metric's aggregates: `numerator`, and `denominator` where it is a ratio."""
    rows = _placed(asked, metric)
    own = _every_day(asked, metric, _aggregated(rows, metric, asked.columns))
    if metric.over is None:
        return own
    apart = set(metric.beside_over)
    below_asked = replace(
        asked,
        by=tuple(key for key in asked.by if key.dimension not in apart),
        where=tuple(one for one in asked.where if not _looks_at(asked, one, apart)),
        narrowed=tuple(key for key in asked.narrowed if key.dimension not in apart),
        given=_without(asked.given, apart),
    )
    below = _parts(below_asked, metric.over).select(*below_asked.columns, denominator="numerator")
    if len(below_asked.by) == len(asked.by):
        return _together([own, below], asked.columns)
    if not below_asked.by:
        return own.join(below, how="cross")
    return own.join(below, on=below_asked.columns, how="left", nulls_equal=True)


def _looks_at(asked: _Asked, condition: pl.Expr, dimensions: set[str]) -> bool:
    """Whether a condition is on dimensions that the other side does not share.

    Raises: BadQuestion where it is on such and on shared ones, and cannot be taken apart.
    """
    names = set(named(condition))
    is_apart = {key.dimension in dimensions for key in asked.narrowed if key.name in names}
    if len(is_apart) > 1:
        raise BadQuestion(
            "one condition is on dimensions that both sides of a ratio have and on one's own",
            found=", ".join(sorted(names)),
            next="give each dimension a condition of its own, as a mapping does",
        )
    return is_apart == {True}


def _without(given: Where, dimensions: set[str]) -> Where:
    if not isinstance(given, Mapping):
        return given
    return {name: value for name, value in given.items() if name not in dimensions}


def _aggregated(rows: pl.LazyFrame, metric: Metric, by: Sequence[str]) -> pl.LazyFrame:
    schema = rows.collect_schema()
    names = ["numerator"] if metric.denominator is None else ["numerator", "denominator"]
    values = [
        aggregated(
            pl.col(name),
            metric.aggregation if name == "numerator" else "sum",
            quantile=metric.quantile,
            discrete=metric.discrete,
            exact=schema[name].is_integer(),
        ).alias(name)
        for name in names
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


def _placed(
    asked: _Asked, metric: Metric, window: Cumulative | None = None, *, keep: Sequence[str] = ()
) -> pl.LazyFrame:
    """The rows that count, in the time that they count for, each with the keys that are asked.

    Takes:  window  over which days a row counts, where not on its own only
            keep    dimensions that are wanted besides
    """
    only = [one for one in (metric.only, *asked.only) if one is not None]
    found = keys([metric], named(*only)).values()
    before = [replace(key, step="") if key.name == key.dimension else key for key in found]
    balance = metric.balance
    further = (*keep, *((balance.along, *balance.per) if balance else ()))
    has_clock = bool(metric.when)
    names = {key.dimension for key in (*asked.keys, *before)} | set(further)
    rows = fact_rows(
        asked.lake,
        metric,
        names | set(metric.when[:1]),
        given=_scanned(asked, metric),
        source=lambda dimension: _table(asked.lake, dimension),
    )
    if only:
        check([metric], (), before)
        own = rows.collect_schema().names()
        placed = with_keys(asked.lake, rows, before, metric, clock=None, keep=own)
        rows = placed.filter(*only).select(own)
    rows = rows.with_columns(pl.col(metric.when[0]).alias(CLOCK)) if has_clock else rows
    if window:
        rows = spread(asked.lake, rows, metric, window)
    for offset in asked.offsets:
        _check_offset(asked, metric)
        rows = shifted(asked.lake, rows, metric, offset, _grains(asked, metric))
    rows = with_keys(
        asked.lake, rows, asked.keys, metric, clock=CLOCK if has_clock else None, keep=further
    )
    rows = rows.filter(*asked.where, *_during(asked, metric))
    if balance:
        per = [*balance.per, *(key.name for key in asked.times(metric))]
        day = pl.col(balance.along)
        chosen = day.min() if balance.take == "first" else day.max()
        rows = rows.filter(day == (chosen.over(per) if per else chosen))
    return rows


def _grains(asked: _Asked, metric: Metric) -> list[Grain]:
    """The grains of time that are asked by, the shortest first; none where any other step is."""
    steps = [key.step or metric.dimension[key.dimension].grain for key in asked.times(metric)]
    return [g for g in GRAINS if g in steps] if all(step in GRAINS for step in steps) else []


def _check_offset(asked: _Asked, metric: Metric) -> None:
    if not any(key.dimension in metric.when for key in asked.keys):
        raise BadQuestion(
            f"`{metric.name}` is compared with another time and asked by none",
            expected=f"one of {', '.join(metric.when) or 'no time'}, by any grain",
            next="ask by a time as well",
        )


def _during(asked: _Asked, metric: Metric) -> list[pl.Expr]:
    """The days that count, made longer to whole stretches of the grain that is asked by."""
    if asked.during is None:
        return []
    if not metric.when:
        raise BadQuestion(f"`{metric.name}` is of no time", next="leave the days out")
    first, last = (pl.lit(day) for day in asked.during)
    asked_by = _grains(asked, metric)
    grain: Grain = asked_by[0] if asked_by else "day"
    day = truncated(pl.col(CLOCK), grain)
    return [day >= truncated(first, grain), day <= truncated(last, grain)]


def _every_day(asked: _Asked, metric: Metric, own: pl.LazyFrame) -> pl.LazyFrame:
    """The same answer with a row for every stretch of time that it has none for."""
    times = asked.times(metric)
    if not metric.every_day or not times:
        return own
    days = told_by(asked.lake, metric, times).filter(*_during(asked, metric))
    columns = [key.name for key in times]
    known = set(asked.columns)
    again = [one for one in asked.where if known.issuperset(named(one))]
    filled = days.select(columns).unique().join(own, on=columns, how="left")
    return filled.filter(*again)


def _cumulated(asked: _Asked, metric: Cumulative) -> pl.LazyFrame:
    """`by` with the aggregates over the window of each day, or of the day that speaks for it."""
    of, times = metric.of, asked.times(metric.of)
    if not times:
        if metric.window or metric.to_date:
            raise BadQuestion(
                f"`{metric.name}` is of a window that moves, and is asked by no time",
                expected=f"one of {', '.join(of.when)}, by any grain",
                next="ask by a time as well",
            )
        return _parts(asked, of)
    rows = _placed(asked, of, metric)
    if all(key.step in ("", of.dimension[key.dimension].grain) for key in times):
        return _every_day(asked, of, _aggregated(rows, of, asked.columns))
    daily = _aggregated(rows, of, [*asked.columns, CLOCK])
    values = pl.col("numerator", "denominator" if of.denominator is not None else "numerator")
    told = {
        "first": values.sort_by(CLOCK).first(),
        "last": values.sort_by(CLOCK).last(),
        "average": values.mean(),
    }
    own = daily.group_by(asked.columns).agg(told[metric.told])
    return _every_day(asked, of, own)


def _converted(asked: _Asked, metric: Conversion) -> pl.LazyFrame:
    """`by` with how many of `base` there are, and how many of them were followed."""
    base, by, entity = metric.base, metric.by, metric.entity
    rows = _placed(asked, base, keep=[entity])
    later = fact_rows(
        asked.lake,
        by,
        {entity, by.when[0]},
        given=asked.lake.scan(by.table),
        source=lambda dimension: _table(asked.lake, dimension),
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
    below = _aggregated(rows, base, asked.columns).rename({"numerator": "denominator"})
    both = _together([above, below], asked.columns)
    return both if by.fill is None else both.with_columns(pl.col("numerator").fill_null(by.fill))


def _table(lake: Lake, dimension: Dimension) -> pl.LazyFrame:
    """The table in which a dimension stands that the metric's rows do not have."""
    if isinstance(dimension, MeasuredDimension):
        return measure(lake, [dimension.of], dimension.on)
    return lake.scan(dimension.table)


def _scanned(asked: _Asked, metric: Metric) -> pl.LazyFrame:
    """The metric's table, or those partitions alone that a condition leaves."""
    by = TABLES[metric.table].partition if metric.table in TABLES else None
    wanted = asked.given.get(by) if by and isinstance(asked.given, Mapping) else None
    if isinstance(wanted, str):
        return asked.lake.scan(metric.table, wanted)
    if isinstance(wanted, list | tuple) and wanted and all(isinstance(w, str) for w in wanted):
        return pl.concat(asked.lake.scan(metric.table, one) for one in wanted)
    return asked.lake.scan(metric.table)
