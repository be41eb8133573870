"""Rules that hold a table's rows, or sums of them, against what another table says of them.

Declared on `Table.rules`, as those of engine/table_rules.py, where `References` is.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from engine.rules import RowRule, Rule
from engine.table_rules import BetweenRule

# Columns of the other table are told from the row's own by this.
_THERE = "there_"


@dataclass(frozen=True)
class _Against(BetweenRule):
    """What a rule that looks rows up in another table declares.

    key    columns of this table that name a row of the other
    table  the other table
    to     its columns for them, in that order; by default the same names
    """

    key: tuple[str, ...]
    table: str
    to: tuple[str, ...] = field(default=(), kw_only=True)

    @property
    def others(self) -> tuple[str, ...]:
        return (self.table,)

    def _keyed(self, rows: pl.LazyFrame, others: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        """The other table with this one's key: its names, and its types."""
        other, schema = others[self.table], rows.collect_schema()
        names = zip(self.to or self.key, self.key, strict=True)
        # A year is text in one table and a number in another.
        return other.with_columns(
            pl.col(there).cast(schema[here]).alias(_key(here)) for there, here in names
        )

    @property
    def _keys(self) -> list[str]:
        return [_key(name) for name in self.key]


@dataclass(frozen=True)
class Beside(_Against):
    """A rule of a row that looks at another table's columns, too, under `there_` and their names.

    A row that the other table does not know breaks nothing: that is for `References` to say.

    brings  the other table's columns that the rule looks at
    then    the rule
    as_of   this table's column with the day on which the other's row must be valid
    """

    brings: tuple[str, ...]
    then: RowRule
    as_of: str | None = field(default=None, kw_only=True)
    start: str = field(default="valid_from", kw_only=True)
    end: str = field(default="valid_to", kw_only=True)

    @property
    def words(self) -> str:
        on = f" on its `{self.as_of}`" if self.as_of else ""
        return f"beside its row of `{self.table}`{on}, {self.then.words}"

    @property
    def columns(self) -> tuple[str, ...]:
        own = (name for name in self.then.columns if not name.startswith(_THERE))
        return tuple(dict.fromkeys([*self.key, *filter(None, [self.as_of]), *own]))

    def broken(self, rows: pl.LazyFrame, others: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        days = [self.start, self.end] if self.as_of else []
        there = self._keyed(rows, others).select(
            *self._keys, pl.col(*dict.fromkeys([*self.brings, *days])).name.prefix(_THERE)
        )
        place = "place of the row"
        met = rows.with_row_index(place).join(there, left_on=self.key, right_on=self._keys)
        if self.as_of:
            day, start, end = (pl.col(n) for n in (self.as_of, *(f"{_THERE}{d}" for d in days)))
            met = met.filter((start <= day) & (day < end))
        # A row of which the other table has two is one row, and told once.
        wrong = met.filter(self.then.broken()).unique(place).sort(place)
        return wrong.select(pl.exclude(place, f"^{_THERE}.*$"))


@dataclass(frozen=True)
class SumNoMoreThan(_Against):
    """What a column adds up to for each key is not more than a column of the other table's row.

    column  what is added up; `less`, a column that is taken from it first
    limit   the other table's column
    when    only rows of which this column has one of these words: (column, words)
    """

    column: str
    limit: str
    less: str = field(default="", kw_only=True)
    by: tuple[str, ...] = field(default=(), kw_only=True)
    when: tuple[str, tuple[str, ...]] | None = field(default=None, kw_only=True)

    @property
    def words(self) -> str:
        less = f" less `{self.less}`" if self.less else ""
        each = " + ".join(f"`{name}`" for name in (*self.by, *self.key))
        only = f" where `{self.when[0]}` is {' or '.join(self.when[1])}" if self.when else ""
        return (
            f"the sum of `{self.column}`{less} of each {each}{only} is not more than"
            f" `{self.limit}` in `{self.table}`"
        )

    @property
    def columns(self) -> tuple[str, ...]:
        asked = self.when[:1] if self.when else ()
        return (*self.by, *self.key, self.column, *filter(None, [self.less]), *asked)

    @property
    def unit(self) -> str:
        return "sums"

    def units(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        amount = pl.col(self.column) - (pl.col(self.less) if self.less else 0)
        if self.when:
            rows = rows.filter(pl.col(self.when[0]).is_in(list(self.when[1])))
        return rows.group_by(*self.by, *self.key).agg(amount.sum().alias(self.column))

    def broken(self, rows: pl.LazyFrame, others: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        names = [*self.by, *self.key]
        limits = (
            self._keyed(rows, others).group_by(self._keys).agg(pl.col(self.limit).max().alias("_"))
        )
        return (
            self.units(rows)
            .join(limits, left_on=self.key, right_on=self._keys)
            .filter(pl.col(self.column) > pl.col("_"))
            .sort(names)
            # Sums have no value of what they are made of: it is shown as blank.
            .with_columns(
                pl.lit(None).alias(n) for n in self.columns if n not in (*names, self.column)
            )
            .select(self.columns)
        )


@dataclass(frozen=True)
class RatioBetween(_Against):
    """A sum of this table over a sum of the other, for each key, obeys a rule of a value.

    Each side is added up by itself, so that no row is counted twice. Where there is less than
    `enough` below the line, nothing is judged: a ratio to next to nothing says nothing.
    """

    column: str
    over: str
    rule: Rule
    enough: float = field(default=0.0, kw_only=True)

    @property
    def words(self) -> str:
        each = " + ".join(f"`{name}`" for name in self.key)
        return (
            f"`{self.column}` over `{self.over}` of `{self.table}`, for each {each},"
            f" {self.rule.words}"
        )

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, self.column)

    @property
    def unit(self) -> str:
        return "ratios"

    def units(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.group_by(self.key).agg(pl.col(self.column).sum())

    def broken(self, rows: pl.LazyFrame, others: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        below = (
            self._keyed(rows, others).group_by(self._keys).agg(pl.col(self.over).sum().alias("_"))
        )
        return (
            self.units(rows)
            .join(below, left_on=self.key, right_on=self._keys)
            .filter(pl.col("_") > self.enough)
            .with_columns(pl.col(self.column) / pl.col("_"))
            .filter(self.rule.broken(self.column))
            .sort(self.key)
            .select(*self.key, self.column)
        )


def _key(name: str) -> str:
    return f"key of {name}"


@dataclass(frozen=True)
class Ended(_Against):
    """Rows of the same key in the table's earlier files have ended before this one begins.

    What `NoOverlap` says within a file, of a table with a file for each year of `start`.

    last  the day in `end` is the last one, in the interval; else the first that is not in it
    """

    start: str
    end: str
    last: bool = field(default=False, kw_only=True)

    @property
    def words(self) -> str:
        return f"{' + '.join(f'`{name}`' for name in self.key)} has ended in files of earlier years"

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, self.start, self.end)

    def broken(self, rows: pl.LazyFrame, others: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        start, end = pl.col(self.start), pl.col(_key(self.end))
        began = pl.col(self.start).dt.year().alias(_key(self.start))
        until = pl.col(self.end).max().alias(_key(self.end))
        reached = self._keyed(rows, others).group_by(*self._keys, began).agg(until)
        is_in_it = start <= end if self.last else start < end
        is_earlier = pl.col(_key(self.start)) < start.dt.year()
        names = rows.collect_schema().names()
        marked = rows.with_row_index(_key("row")).join(
            reached, left_on=list(self.key), right_on=self._keys
        )
        # A key may have reached over from several years: the row is told once, in its place.
        found = marked.filter(is_earlier & is_in_it).unique(_key("row"))
        return found.sort(_key("row")).select(names)
