"""History in SQL: what `fold.history` says, as one query for any engine that reads Parquet.

Text only, nothing is run here. It is written for DuckDB and put into another dialect by sqlglot;
tests hold it to `fold.history`, on DuckDB and on Spark.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import sqlglot

from engine.sql import Dialect
from refresh.store.fold import FOREVER


@dataclass(frozen=True)
class Told:
    """An edition by the name of its view: `on`, the first day it was valid; whether a key that it
    lacks is gone."""

    view: str
    on: date
    is_whole: bool = True


def history_sql(
    editions: Sequence[Told],
    key: Sequence[str],
    others: Sequence[str],
    *,
    tracked: Sequence[str] | None = None,
    dialect: Dialect = "duckdb",
) -> str:
    """The query that gives the versions which `fold.history` does, by key and day.

    Takes:  editions, one a day, whose views all have these columns, each key once
            key      what makes a row the same row; others: what is said of it
            tracked  of which columns a change begins a version (None: of all)
    Gives:  a query with the columns `key`, `others`, `valid_from` and `valid_to`.
    Raises: ValueError where there is no edition, or two are of one day.
    """
    ordered = sorted(editions, key=lambda one: one.on)
    if not ordered or len({one.on for one in ordered}) < len(ordered):
        days = ", ".join(str(one.on) for one in ordered) or "none"
        raise ValueError(
            f"history wants editions of different days, found {days}; put those of a day together"
        )
    said = list(others if tracked is None else tracked)
    names = ", ".join(map(_name, (*key, *others)))
    stamped = " union all ".join(
        f"select {names}, {_day(one.on)} as valid_from, {_day(_missed(ordered[at + 1 :]))} as"
        f" valid_to from {_name(one.view)}"
        for at, one in enumerate(ordered)
    )
    of_key = ", ".join(map(_name, key))
    over = f"over (partition by {of_key} order by valid_from)"
    is_other = [f"{_name(c)} is distinct from lag({_name(c)}) {over}" for c in said]
    # A key that was missed in between begins a new version, though it say the same.
    begins = " or ".join(
        [f"lag(valid_from) {over} is null", f"lag(valid_to) {over} < valid_from", *is_other]
    )
    run = f"over (partition by {of_key}, run order by valid_from)"
    query = f"""
        with stamped as ({stamped}),
        marked as (select *, case when {begins} then 1 else 0 end as begins from stamped),
        counted as (select *, sum(begins) {over} as run, lead(begins) {over} as next_begins,
          lead(valid_from) {over} as next_from from marked),
        since as (select *, min(valid_from) {run} as began from counted)
        select {names}, began as valid_from,
          least(valid_to, coalesce(next_from, valid_to)) as valid_to
        from since where coalesce(next_begins, 1) = 1 order by {of_key}, began"""
    return sqlglot.transpile(query, read="duckdb", write=dialect, pretty=True)[0]


def _missed(later: Sequence[Told]) -> date:
    return next((one.on for one in later if one.is_whole), FOREVER)


def _day(on: date) -> str:
    return f"cast('{on}' as date)"


def _name(name: str) -> str:
    return f'"{name}"'
