"""Rows placed: what of a metric's table counts for an answer, when, and under which keys.

This is one walk for every kind of metric: the rows with their dimensions, those that the metric
counts at all, moved in time if they are, narrowed to what is asked.
"""

from collections.abc import Callable, Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import date

import polars as pl

from engine.asked import Key, Where, check, keys, named
from engine.derived import Cumulative, Offset
from engine.dimension import Dimension
from engine.errors import BadQuestion
from engine.fact_rows import fact_rows, looks_up_few
from engine.grain import GRAINS, Grain, stretch
from engine.lake import Lake
from engine.metric import Metric
from engine.time_walk import CLOCK, shifted, spread, with_keys
from engine.wings import TABLES, VIEWS

During = tuple[date, date]


@dataclass(frozen=True, eq=False)
class Asked:
    """What one metric, or one part of a metric, is asked.

    source     gives the table of a dimension that the metric's rows do not have
    by, where  the keys of the answer; what holds of their rows, over keys that `narrowed` names
    given      the caller's own condition, which may name a partition
    only       what else has to hold of the rows, before they are moved in time
    offsets    how rows are moved in time, the first to apply first
    """

    lake: Lake
    source: Callable[[Dimension], pl.LazyFrame]
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


def asked_without(asked: Asked, apart: Set[str]) -> Asked:
    """The same question without some dimensions, for the side of a ratio that lacks them.

    Raises: BadQuestion for a condition that is on such and on others at once.
    """
    return replace(
        asked,
        by=tuple(key for key in asked.by if key.dimension not in apart),
        where=tuple(one for one in asked.where if not _looks_at(asked, one, apart)),
        narrowed=tuple(key for key in asked.narrowed if key.dimension not in apart),
        given=_without(asked.given, apart),
    )


def placed(
    asked: Asked,
    metric: Metric,
    window: Cumulative | None = None,
    *,
    adds: Mapping[str, pl.Expr] | None = None,
    keep: Sequence[str] = (),
    compact: bool = False,
) -> pl.LazyFrame:
    """The rows that count, in the time that they count for, each with the keys that are asked.

    Takes:  window  over which days a row counts, where not on its own only
            adds    what each row adds, where it is not what this metric alone says
            keep    dimensions that are wanted besides
            compact whether rows that are alike may be one, added up: see `can_be_compact`
    """
    adds = metric.adds if adds is None else adds
    only = [one for one in (metric.only, *asked.only) if one is not None]
    found = keys([metric], named(*only)).values()
    before = [replace(key, step="") if key.name == key.dimension else key for key in found]
    balance = metric.balance
    further = (*keep, *((balance.along, *balance.per) if balance else ()))
    names = {key.dimension for key in (*asked.keys, *before)} | set(further)
    rows = fact_rows(
        asked.lake,
        metric,
        names if compact else names | set(metric.when[:1]),
        adds,
        given=scanned(asked, metric),
        source=asked.source,
        compact=compact,
    )
    if only:
        check([metric], (), before)
        own = rows.collect_schema().names()
        placed = with_keys(asked.lake, rows, before, metric, keep=own)
        rows = placed.filter(*only).select(own)
    if metric.when and not compact:
        rows = rows.with_columns(pl.col(metric.when[0]).alias(CLOCK))
    is_moved = bool(window or asked.offsets)
    if is_moved:
        _check_years(asked, metric)
    if window:
        rows = spread(asked.lake, rows, metric, window, grains(asked, metric))
    for offset in asked.offsets:
        _check_offset(asked, metric)
        rows = shifted(asked.lake, rows, metric, offset, grains(asked, metric))
    rows = with_keys(
        asked.lake, rows, asked.keys, metric, is_moved=is_moved, keep=(*adds, *further)
    )
    rows = rows.filter(*asked.where, *days_that_count(asked, metric))
    if balance:
        per = [*balance.per, *(key.name for key in asked.times(metric))]
        day = pl.col(balance.along)
        chosen = day.min() if balance.take == "first" else day.max()
        rows = rows.filter(day == (chosen.over(per) if per else chosen))
    return rows


def can_be_compact(asked: Asked, metric: Metric) -> bool:
    """Whether rows that are alike may be added up before anything is looked up for them.

    Not where each row's own day matters, nor where little would be saved.
    """
    if asked.during is not None or asked.offsets or metric.balance:
        return False
    only = named(*(one for one in (metric.only, *asked.only) if one is not None))
    wanted = {key.dimension for key in (*asked.keys, *keys([metric], only).values())}
    return looks_up_few(asked.lake, metric, wanted)


def grains(asked: Asked, metric: Metric) -> list[Grain]:
    """The grains of time that are asked by, the shortest first; none where any other step is."""
    steps = [key.step or metric.dimension[key.dimension].grain for key in asked.times(metric)]
    return [g for g in GRAINS if g in steps] if all(step in GRAINS for step in steps) else []


def days_that_count(asked: Asked, metric: Metric) -> list[pl.Expr]:
    """The days that count, made longer to whole stretches of the grain that is asked by."""
    if asked.during is None:
        return []
    if not metric.when:
        raise BadQuestion(f"`{metric.name}` is of no time", next="leave the days out")
    asked_by = grains(asked, metric)
    first, end = stretch(*asked.during, asked_by[0] if asked_by else "day")
    return [pl.col(CLOCK) >= first, pl.col(CLOCK) < end]


def _check_offset(asked: Asked, metric: Metric) -> None:
    if not any(key.dimension in metric.when for key in asked.keys):
        raise BadQuestion(
            f"`{metric.name}` is compared with another time and asked by none",
            expected=f"one of {', '.join(metric.when) or 'no time'}, by any grain",
            next="ask by a time as well",
        )


def _check_years(asked: Asked, metric: Metric) -> None:
    if _partitions(asked.given, metric):
        raise BadQuestion(
            f"`{metric.name}` looks back, and what it looks back to lies in other partitions",
            found=f"narrowed to some by {', '.join(key.name for key in asked.narrowed)}",
            next="give the days that are wanted with `during`",
        )


def scanned(asked: Asked, metric: Metric) -> pl.LazyFrame:
    """The metric's table, or those partitions alone that a condition leaves."""
    name = metric.table
    if name in VIEWS:
        view = VIEWS[name]
        return view.by(*(asked.lake.scan(table.name) for table in view.of))
    wanted = _partitions(asked.given, metric)
    if not wanted:
        return asked.lake.scan(name)
    return pl.concat(asked.lake.scan(name, one) for one in wanted)


def _partitions(given: Where, metric: Metric) -> list[str]:
    """The partitions that a condition names, by whatever name the metric has for their column."""
    column = TABLES[metric.table].partition if metric.table in TABLES else None
    if column is None or not isinstance(given, Mapping):
        return []
    is_it = (
        d.name
        for d in metric.dimensions
        if not d.is_elsewhere and d.column.meta.undo_aliases().meta.eq(pl.col(column))
    )
    wanted = next((given[name] for name in is_it if name in given), None)
    several = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(several, list | tuple | set | frozenset):
        return []
    return list(several) if all(isinstance(one, str) for one in several) else []


def _looks_at(asked: Asked, condition: pl.Expr, dimensions: Set[str]) -> bool:
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


def _without(given: Where, dimensions: Set[str]) -> Where:
    if not isinstance(given, Mapping):
        return given
    return {name: value for name, value in given.items() if name not in dimensions}
