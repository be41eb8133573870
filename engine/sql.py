"""Measure in SQL: the same declarations as one query, for any engine that reads the lake's Parquet.

Text only, nothing is run here. It is written for DuckDB and put into another dialect by sqlglot.
A metric takes part whose parts are declared in SQL; windows and offsets are refused in words.
tests/engine/test_sql.py holds the query to what `measure` answers.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import sqlglot

from engine.asked import Key, check, keys
from engine.derived import Derived
from engine.dimension import Dimension
from engine.errors import BadQuestion
from engine.grain import GRAINS, PARTS
from engine.metric import AnyMetric, Metric
from engine.unit import SCALES
from engine.view import View
from engine.wings import metric as metric_called

Dialect = Literal["duckdb", "spark", "databricks", "snowflake", "bigquery", "postgres", "trino"]
_PARTS = {
    "year_number": "year",
    "quarter_of_year": "quarter",
    "month_of_year": "month",
    "day_of_month": "day",
    "day_of_week": "isodow",
    "day_of_year": "doy",
}


@dataclass(frozen=True)
class Query:
    """A question in SQL, and the tables that it names."""

    sql: str
    tables: tuple[str, ...]


def measure_sql(
    metrics: Sequence[str | AnyMetric],
    by: Sequence[str] = (),
    where: Mapping[str, Any] | None = None,
    *,
    during: tuple[date, date] | None = None,
    views: Iterable[View] = (),
    dialect: Dialect = "duckdb",
) -> Query:
    """The query that answers what `measure` does, with the same columns and order.

    Takes:  metrics, by, where  as `measure` does, conditions as values of dimensions only
            during  the first and the last day that count
            views   what of the tables is worked out: each says how in SQL
    Raises: BadQuestion for what no metric declares in SQL; what `measure` raises.
    """
    known = [metric_called(m) if isinstance(m, str) else m for m in metrics]
    named = dict(where or {})
    found = keys(known, [*by, *named])
    check(known, [found[name] for name in by], [found[name] for name in named])
    asked = _Asked(tuple(found[n] for n in dict.fromkeys(by)), tuple(named.items()), found, during)
    leaves = list(dict.fromkeys(leaf for metric in known for leaf in _leaves(metric)))
    values = ", ".join(f"{_value(metric, asked)} as {_name(metric.name)}" for metric in known)
    shown = "".join(f"{_name(key.name)}, " for key in asked.by)
    order = ", ".join(f"{_name(key.name)} nulls last" for key in asked.by)
    told = f"select {shown}{values} from sums" + (f" order by {order}" if order else "")
    sums = f"sums as ({_sums(asked, leaves)})"
    of = {side.table for leaf in leaves for side in (leaf, leaf.over) if side}
    worked_out = [f"{view.name} as ({view.sql})" for view in views if view.name in of]
    query = sqlglot.parse_one(f"with {', '.join([*worked_out, sums])} {told}", read="duckdb")
    made = {part.alias for part in query.find_all(sqlglot.exp.CTE)}
    read = {table.name for table in query.find_all(sqlglot.exp.Table)} - made
    return Query(query.sql(dialect, pretty=True), tuple(sorted(read)))


@dataclass(frozen=True)
class _Asked:
    by: tuple[Key, ...]
    where: tuple[tuple[str, Any], ...]
    keys: Mapping[str, Key]
    during: tuple[date, date] | None

    def without(self, dimensions: Iterable[str]) -> "_Asked":
        apart = set(dimensions)
        return _Asked(
            tuple(key for key in self.by if key.dimension not in apart),
            tuple(one for one in self.where if self.keys[one[0]].dimension not in apart),
            self.keys,
            self.during,
        )


def _leaves(metric: AnyMetric) -> list[Metric]:
    """The metrics of tables that one is made of, without those they are divided by."""
    match metric:
        case Metric():
            if not metric.sql[0] or metric.balance or metric.every_day:
                raise BadQuestion(f"`{metric.name}` is not declared in SQL")
            return [metric]
        case Derived() if metric.sql:
            if any(given.offset or given.only is not None for given in metric.inputs):
                raise BadQuestion(f"`{metric.name}` is compared with another time: not in SQL yet")
            return [leaf for given in metric.inputs for leaf in _leaves(given.metric)]
    raise BadQuestion(f"`{metric.name}` goes along time: not in SQL yet")


def _value(metric: AnyMetric, asked: _Asked) -> str:
    """A metric over the columns of the sums."""
    if isinstance(metric, Derived):
        text = sqlglot.parse_one(metric.sql, read="duckdb")
        said = {given.column: _filled(given.metric, asked) for given in metric.inputs}
        for column in list(text.find_all(sqlglot.exp.Column)):
            inner = sqlglot.parse_one(f"({said[column.name]})", read="duckdb")
            column.replace(inner)
        return text.sql("duckdb")
    return _filled(metric, asked)


def _filled(metric: AnyMetric, asked: _Asked) -> str:
    if not isinstance(metric, Metric):
        return _value(metric, asked)
    above = _name(f"{metric.name} above")
    if metric.fill is not None:
        above = f"coalesce({above}, {metric.fill})"
    if not metric.is_ratio:
        return above
    below = _name(_below(metric, asked))
    scale = SCALES[metric.format]
    return f"cast({above} as double) * {scale} / case when {below} > 0 then {below} end"


def _below(metric: Metric, asked: _Asked) -> str:
    """The column of what a ratio is divided by."""
    if metric.over is None:
        return f"{metric.name} below"
    return f"{metric.over.name} {'beside' if _apart(asked, metric) else 'above'}"


def _sums(asked: _Asked, leaves: Sequence[Metric]) -> str:
    """One row a combination: the sums of every metric, each first summed on its own table."""
    shared = [m.over for m in leaves if m.over is not None and not _apart(asked, m)]
    groups: dict[tuple[str, str], list[Metric]] = {}
    for metric in dict.fromkeys([*leaves, *shared]):
        groups.setdefault((metric.table, metric.only_sql), []).append(metric)
    columns = [column for group in groups.values() for m in group for column in _columns(m)]
    shown = [_name(key.name) for key in asked.by]
    parts = [_padded(shown, columns, _own(asked, group), group) for group in groups.values()]
    # Each part has a combination once, so that the most of its values is the one there is; and what
    # is unknown is a combination, which a join would not find.
    most = ", ".join(f"max({_name(column)}) as {_name(column)}" for column in columns)
    by = f" group by {', '.join(shown)}" if shown else ""
    found = f"select {', '.join([*shown, most])} from ({' union all '.join(parts)}) as parts{by}"
    beside: dict[frozenset[str], list[Metric]] = {}
    for metric in leaves:
        if metric.over is not None and (apart := _apart(asked, metric)):
            beside.setdefault(apart, []).append(metric.over)
    for apart, over in beside.items():
        whole = list(dict.fromkeys(over))
        found = _beside(asked, apart, whole, found, columns)
        columns += [f"{metric.name} beside" for metric in whole]
    return found


def _beside(
    asked: _Asked,
    apart: frozenset[str],
    over: Sequence[Metric],
    found: str,
    columns: Sequence[str],
) -> str:
    """The same sums with what is the same for all values of the dimensions that it lacks."""
    less = asked.without(apart)
    names = [_name(key.name) for key in less.by]
    same = " and ".join(f"one.{name} is not distinct from other.{name}" for name in names)
    # A combination that only the lower side has is not lost where both have the same keys.
    is_full = bool(names) and len(less.by) == len(asked.by)
    mine = [f"coalesce(one.{name}, other.{name}) as {name}" for name in names]
    mine = mine if is_full else [f"one.{_name(key.name)}" for key in asked.by]
    kept = [f"one.{_name(column)}" for column in columns]
    values = [f"other.{_name(f'{m.name} above')} as {_name(f'{m.name} beside')}" for m in over]
    return (
        f"select {', '.join([*mine, *kept, *values])} from ({found}) as one"
        f" {'full' if is_full else 'left'} join ({_sums(less, over)}) as other on {same or 'true'}"
    )


def _apart(asked: _Asked, metric: Metric) -> frozenset[str]:
    used = {key.dimension for key in asked.by} | {asked.keys[n].dimension for n, _ in asked.where}
    return frozenset(used & set(metric.beside_over))


def _columns(metric: Metric) -> list[str]:
    above = f"{metric.name} above"
    return [above] if metric.denominator is None else [above, f"{metric.name} below"]


def _padded(shown: Sequence[str], columns: Sequence[str], own: str, group: Sequence[Metric]) -> str:
    """The sums of some metrics with a column for those of every other, empty."""
    has = {column for metric in group for column in _columns(metric)}
    values = [
        _name(column) if column in has else f"cast(null as double) as {_name(column)}"
        for column in columns
    ]
    return f"select {', '.join([*shown, *values])} from ({own}) as own"


def _own(asked: _Asked, group: Sequence[Metric]) -> str:
    """Metrics of the same rows, summed on their table by the keys that are asked."""
    values = []
    for number, metric in enumerate(group):
        above, *below = _columns(metric)
        values.append(f"{_aggregate(metric, f'numerator_{number}')} as {_name(above)}")
        values += [f"sum(denominator_{number}) as {_name(column)}" for column in below]
    shown = [_name(key.name) for key in asked.by]
    by = f" group by {', '.join(shown)}" if shown else ""
    return f"select {', '.join([*shown, *values])} from ({_rows(asked, group)}) as placed{by}"


def _aggregate(metric: Metric, column: str) -> str:
    match metric.aggregation:
        case "count_distinct":
            return f"count(distinct {column})"
        case "average":
            return f"avg({column})"
        case "percentile":
            kind = "disc" if metric.discrete else "cont"
            return f"percentile_{kind}({metric.quantile}) within group (order by {column})"
    return f"{metric.aggregation}({column})"


def _rows(asked: _Asked, group: Sequence[Metric]) -> str:
    """The rows of a table that count, each with the keys that are asked."""
    metric = group[0]
    used = {key.name: key for key in (*asked.by, *(asked.keys[name] for name, _ in asked.where))}
    only = sqlglot.parse_one(metric.only_sql, read="duckdb") if metric.only_sql else None
    of_only = {c.name for c in only.find_all(sqlglot.exp.Column)} if only else set()
    wanted = {key.dimension for key in used.values()} | of_only
    joins, columns = [], {}
    for number, name in enumerate(sorted(wanted)):
        dimension = metric.dimension[name]
        if dimension.is_elsewhere:
            joins.append(_joined(dimension, f"d{number}"))
            columns[name] = f"d{number}.value"
        else:
            columns[name] = _own_value(dimension)
    shown = [f"{_stepped(metric, key, columns)} as {_name(key.name)}" for key in used.values()]
    for number, one in enumerate(group):
        shown.append(f"{_qualified(one.sql[0])} as numerator_{number}")
        if one.denominator is not None:
            shown.append(f"{_qualified(one.sql[1])} as denominator_{number}")
    conditions = [_is(_stepped(metric, asked.keys[n], columns), value) for n, value in asked.where]
    if only is not None:
        for column in list(only.find_all(sqlglot.exp.Column)):
            column.replace(sqlglot.parse_one(f"({columns[column.name]})", read="duckdb"))
        conditions.append(only.sql("duckdb"))
    if asked.during and metric.when:
        conditions.append(_within(asked, metric))
    where = f" where {' and '.join(conditions)}" if conditions else ""
    return f"select {', '.join(shown)} from {metric.table} as fact {' '.join(joins)}{where}"


def _own_value(dimension: Dimension) -> str:
    return _qualified(dimension.sql or _name(dimension.name))


def _qualified(sql: str) -> str:
    """An expression over the fact's own columns, which a joined table may have, too."""
    text = sqlglot.parse_one(sql, read="duckdb")
    for column in text.find_all(sqlglot.exp.Column):
        column.set("table", sqlglot.to_identifier("fact"))
    return text.sql("duckdb")


def _joined(dimension: Dimension, alias: str) -> str:
    """The join that brings a dimension, at most one row for each of the fact's."""
    given = {other.name: other for other in dimension.via}
    if any(other.is_elsewhere for other in dimension.via) or not dimension.table:
        raise BadQuestion(f"`{dimension.name}` is found through another table: not in SQL yet")

    def mine(name: str) -> str:
        return _qualified(given[name].sql) if name in given else f"fact.{_name(name)}"

    keys_ = [_name(name) for name in dimension.on]
    shown = [*keys_, f"{dimension.sql or _name(dimension.name)} as value"]
    on = [f"{alias}.{_name(name)} = {mine(name)}" for name in dimension.on]
    if dimension.as_of:
        shown += ["valid_from", "valid_to"]
        day = mine(dimension.as_of)
        on += [f"{alias}.valid_from <= {day}", f"{day} < {alias}.valid_to"]
    there = f"(select {', '.join(shown)} from {dimension.table})"
    return f"left join {there} as {alias} on {' and '.join(on)}"


def _stepped(metric: Metric, key: Key, columns: Mapping[str, str]) -> str:
    column = columns[key.dimension]
    if key.step in GRAINS:
        return f"cast(date_trunc('{key.step}', {column}) as date)"
    if key.step in PARTS:
        return f"extract({_PARTS[key.step]} from {column})"
    if key.step:
        own = metric.dimension[key.dimension].calendar
        assert own is not None
        return f"(select max({key.step}) from {own.table} where {own.day} = {column})"
    return column


def _within(asked: _Asked, metric: Metric) -> str:
    """The days that count, made longer to whole stretches of the grain that is asked by."""
    assert asked.during is not None
    steps = [
        k.step or metric.dimension[k.dimension].grain
        for k in asked.by
        if k.dimension in metric.when
    ]
    grain = next((grain for grain in GRAINS if grain in steps), "day")
    column = _own_value(metric.dimension[metric.when[0]])
    days = [f"cast('{day}' as date)" for day in asked.during]
    # A day is as short as it gets, and Spark cuts a date to no day at all.
    if grain != "day":
        column, *days = (f"date_trunc('{grain}', {day})" for day in (column, *days))
    return f"{column} between {days[0]} and {days[1]}"


def _is(column: str, value: Any) -> str:
    if isinstance(value, list | tuple | set | frozenset):
        several = [one for one in value if one is not None]
        known = f"{column} in ({', '.join(map(_literal, several))})" if several else "false"
        return f"({known} or {column} is null)" if len(several) < len(value) else known
    return f"{column} is null" if value is None else f"{column} = {_literal(value)}"


def _literal(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return str(value)
    text = str(value).replace("'", "''")
    return f"cast('{text}' as date)" if isinstance(value, date) else f"'{text}'"


def _name(name: str) -> str:
    return f'"{name}"'
