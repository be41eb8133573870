"""Seen: what a load brings, counted: all that the gates (gates.py) look at. Values only."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

from engine.vocabulary import TypeName

USUAL_ROWS = 100
AUDIT = ("_load_id", "_loaded_at", "_period", "_manifest_file_id", "_row_hash")
"""Columns that are stamped on every loaded row."""

Reconciled = Literal["match", "rows_lost", "rows_added", "no_source_info"]


@dataclass(frozen=True)
class ColumnSeen:
    """One column of a load: its type, how many cells are null, and of days the first and last."""

    dtype: TypeName
    nulls: int = 0
    first: date | None = None
    last: date | None = None


@dataclass(frozen=True)
class Before:
    """The last good load of the same source: its rows, and each column's type and filled cells."""

    rows: int
    columns: Mapping[str, tuple[TypeName, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Seen:
    """What a load brings, counted.

    rows        that would be loaded; `source_rows` of them in the files (None: nobody knows),
                `rejected` with a reason
    columns     by name, without those for audit, of which `audit` are there
    before      the last good load; None: this is the first
    added       new columns that are taken, `held` those that wait for somebody
    gone        columns that the load before had, `may_go` those of which somebody said that they
                may
    retyped     by name, what a column was and what it is now
    mismatches  cells that do not fit their column's type, the first few in words in `mismatch`
    misread     cells that are marks and stand as text
    described   how many columns have a description, `searchable` search terms; None: not declared
    on          the day of the load
    may_be_empty  no rows are good news, as of a table of what went wrong
    """

    rows: int
    columns: Mapping[str, ColumnSeen] = field(default_factory=dict)
    before: Before | None = None
    source_rows: int | None = None
    rejected: int = 0
    usual_rows: int = USUAL_ROWS
    added: tuple[str, ...] = ()
    held: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    may_go: frozenset[str] = frozenset()
    retyped: Mapping[str, tuple[TypeName, TypeName]] = field(default_factory=dict)
    mismatches: int = 0
    mismatch: tuple[str, ...] = ()
    misread: int = 0
    audit: tuple[str, ...] = AUDIT
    described: int | None = None
    searchable: int | None = None
    on: date | None = None
    strict: bool = False
    may_be_empty: bool = False

    @property
    def cells(self) -> int:
        return self.rows * len(self.columns)


def is_breaking(was: TypeName, now: TypeName) -> bool:
    """Whether a column's new type breaks those who read it: it narrows, or is of another kind.

    >>> is_breaking("int64", "float64"), is_breaking("float64", "int64")
    (False, True)
    """
    order = ("int8", "int16", "int32", "int64", "float32", "float64")
    if was in order and now in order:
        return order.index(now) < order.index(was)
    return True


def reconciled(seen: Seen) -> Reconciled:
    """Whether every row of the files is accounted for.

    >>> reconciled(Seen(8, source_rows=10, rejected=2)), reconciled(Seen(8, source_rows=10))
    ('match', 'rows_lost')
    """
    if seen.source_rows is None:
        return "no_source_info"
    told = seen.rows + seen.rejected
    if told == seen.source_rows:
        return "match"
    return "rows_lost" if told < seen.source_rows else "rows_added"
