"""The ledger's tables as lazy frames: what is read of them is asked of the database.

Nothing is read before a frame is collected. Columns that nobody wants stay in the database, and so
do rows, as far as a condition can be said in SQL; it is asked of the rest once more, so what cannot
be said costs time and nothing else.
"""

import json
import operator
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import quote

import polars as pl
import sqlalchemy as sa
from polars.io.plugins import register_io_source

from engine.errors import LedgerUnreadable

_ROWS_AT_ONCE = 20_000
_TYPES: tuple[tuple[type[Any], pl.DataType], ...] = (
    (sa.DateTime, pl.Datetime("us")),
    (sa.Date, pl.Date()),
    (sa.Boolean, pl.Boolean()),
    (sa.Float, pl.Float64()),
    (sa.Numeric, pl.Float64()),
    (sa.Integer, pl.Int64()),
    (sa.JSON, pl.String()),
    (sa.String, pl.String()),
)
_SAME: Mapping[str, Callable[..., Any]] = {"Eq": operator.eq, "NotEq": operator.ne}
_ORDER: Mapping[str, Callable[..., Any]] = {
    "Lt": operator.lt,
    "LtEq": operator.le,
    "Gt": operator.gt,
    "GtEq": operator.ge,
}


def ledger_schema(table: sa.Table) -> pl.Schema:
    """The columns of a table of the ledger: times are UTC without saying so, JSON is its text."""
    return pl.Schema({column.name: _type_of(column) for column in table.columns})


def ledger_scan(
    url: str, table: sa.Table, seen: sa.ColumnElement[bool] | None = None
) -> pl.LazyFrame:
    """A table of the ledger as a lazy frame.

    Takes:  the database's address; a table that engine/ledger.py declares; which of its rows there
            are, for who is asking (None: all).
    Gives:  its columns as `ledger_schema` says, its rows in the order of its key. To collect it
            raises LedgerUnreadable where the database is away, or older than the table.
    """

    def rows(
        columns: list[str] | None, only: pl.Expr | None, limit: int | None, _size: int | None
    ) -> Iterator[pl.DataFrame]:
        query = _query(table, columns, only, limit)
        query = query if seen is None else query.where(seen)
        schema = {column.name: _type_of(table.c[column.name]) for column in query.selected_columns}
        left = limit
        for some in _batches(url, query):
            frame = pl.DataFrame(some, schema=schema, orient="row")
            frame = frame if only is None else frame.filter(only)
            frame = frame if left is None else frame.head(left)
            yield frame
            left = None if left is None else left - frame.height
            if left == 0:
                return

    return register_io_source(rows, schema=ledger_schema(table))


def ledger_there(url: str) -> bool:
    """Whether there is a ledger to be read, as far as one can tell without asking it."""
    address = sa.make_url(url)
    # To open a file that is not there would make it.
    is_file = address.get_backend_name() == "sqlite"
    return not is_file or os.path.isfile(address.database or "")


@lru_cache(maxsize=8)
def reading(url: str) -> sa.Engine:
    """The ledger's database, for reading alone."""
    address = sa.make_url(url)
    if address.get_backend_name() == "sqlite":
        # As a URI has it: a folder's name may have a % or a ? in it.
        url = f"sqlite:///file:{quote(address.database or '')}?mode=ro&uri=true"
    # A connection that is kept would hold a file that somebody replaces, or a server that stops.
    return sa.create_engine(url, poolclass=sa.NullPool)


def _batches(url: str, query: sa.Select[Any]) -> Iterator[list[tuple[Any, ...]]]:
    try:
        with reading(url).connect() as connection:
            streamed = connection.execution_options(yield_per=_ROWS_AT_ONCE).execute(query)
            for some in streamed.partitions():
                yield [tuple(row) for row in some]
    except (sa.exc.SQLAlchemyError, ModuleNotFoundError) as error:
        raise LedgerUnreadable(
            "the ledger cannot be read",
            where=sa.make_url(url).render_as_string(),
            found=str(getattr(error, "orig", error)),
            next="python -m refresh status   brings an older one up to date, or says what is wrong",
        ) from error


def _query(
    table: sa.Table, columns: list[str] | None, only: pl.Expr | None, limit: int | None
) -> sa.Select[Any]:
    # None: all of them. Of none at all, one is read, so that rows can be counted.
    wanted = [c for c in table.columns if columns is None or c.name in columns]
    chosen = [_told(column) for column in wanted or list(table.primary_key.columns)[:1]]
    query = sa.select(*chosen).order_by(*table.primary_key.columns)
    said = None if only is None else _condition(table, _parsed(only))
    if said is not None:
        query = query.where(said)
    # Of rows that are looked at again here, the first few may all be the wrong ones.
    return query if limit is None or only is not None else query.limit(limit)


def _told(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    if isinstance(column.type, sa.JSON):
        # Nothing is JSON's `null` as often as the database's.
        return sa.func.nullif(sa.cast(column, sa.Text), "null").label(column.name)
    return column


def _type_of(column: sa.Column[Any]) -> pl.DataType:
    return next(known for kind, known in _TYPES if isinstance(column.type, kind))


def _parsed(only: pl.Expr) -> Any:
    try:
        return json.loads(only.meta.serialize(format="json"))
    except (pl.exceptions.PolarsError, ValueError):  # such as one with a function of Python's
        return None


def _condition(table: sa.Table, node: Any) -> sa.ColumnElement[bool] | None:
    """What of a condition can be said in SQL, never more than it says; None where nothing can."""
    match node:
        case {"BinaryExpr": {"left": left, "op": "And", "right": right}}:
            both = [_condition(table, side) for side in (left, right)]
            said = [side for side in both if side is not None]
            return sa.and_(*said) if said else None
        case {"BinaryExpr": {"left": {"Column": name}, "op": op, "right": {"Literal": value}}}:
            return _compared(table.c[name], op, value) if name in table.c else None
    return None


def _compared(column: sa.Column[Any], op: str, literal: Any) -> sa.ColumnElement[bool] | None:
    match literal:
        case {"Scalar": {"String": str(text)}} if isinstance(column.type, sa.String):
            # Which text comes before which, databases do not agree on.
            return _SAME[op](column, text) if op in _SAME else None
        case {"Scalar": {"Int64": int(value)}} if isinstance(column.type, sa.Integer):
            found: Any = value
        case {"Scalar": {"Date": int(days)}} if isinstance(column.type, sa.Date):
            found = date(1970, 1, 1) + timedelta(days=days)
        case {"Scalar": {"Datetime": [int(at), "Microseconds", None]}} if isinstance(
            column.type, sa.DateTime
        ):
            found = datetime.fromtimestamp(0, UTC).replace(tzinfo=None) + timedelta(microseconds=at)
        case _:
            return None
    how = {**_SAME, **_ORDER}.get(op)
    return None if how is None else how(column, found)


def first_line(column: str) -> pl.Expr:
    """What a message of the ledger says was wrong, without what was expected and what to do.

    >>> told = pl.DataFrame({"said": ["fail: beds: no rows\\n  next: ask", None]})
    >>> told.select(first_line("said"))["said"].to_list()
    ['beds: no rows', None]
    """
    return pl.col(column).str.split("\n").list.first().str.strip_prefix("fail: ")
