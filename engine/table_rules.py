"""Rules of a whole table and between tables: each a sentence and a lazy plan of what breaks it.

Declared on `Table.rules`. Plans are made for tables that are larger than memory: what is compared
across all rows is eight bytes a row, and only suspects are looked at as they are.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

import polars as pl

from engine.rules import AnyRule, Between, Rule
from engine.vocabulary import Gate

# Eight bytes a row, whatever the key: 10 million keys as text would not fit beside the rows.
_HASH = "__hash"


@dataclass(frozen=True)
class TableRule(AnyRule):
    """Something a table as a whole must be."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it looks at; where one is not there, it is not judged."""
        raise NotImplementedError

    @property
    def gate(self) -> Gate:
        """Which kind of check it is."""
        return "quality"

    @property
    def unit(self) -> str:
        """What is counted where it breaks."""
        return "rows"

    def units(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """What is judged, one by one: the rows, or sums of them."""
        return rows

    def broken(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """Those of `units` that break the rule, with `columns` at least, in the order of rows."""
        raise NotImplementedError

    def complaint(self, broken: int, total: int) -> str:
        """What is said where `broken` of `total` units break it."""
        return f"{self.words}, but not in {broken:,} of {total:,} {self.unit}"


@dataclass(frozen=True)
class Unique(TableRule):
    """No two rows have the same in these columns; two blanks are the same.

    of  what the columns are together, in a word or two
    """

    key: tuple[str, ...]
    of: str = "key"

    @property
    def words(self) -> str:
        return f"one row a {self.of}"

    @property
    def columns(self) -> tuple[str, ...]:
        return self.key

    def broken(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        marked = _marked(rows, self.key)
        ordered = marked.select(_HASH).sort(_HASH)
        twice = ordered.filter(pl.col(_HASH) == pl.col(_HASH).shift(1))
        # Different keys may have one hash: of those few, the keys themselves are compared.
        return _those_of(marked, twice).filter(pl.len().over(self.key) > 1)

    def complaint(self, broken: int, total: int) -> str:
        return f"{broken:,} rows share a {self.of} with another row"


@dataclass(frozen=True)
class _Validity(TableRule):
    """What half-open intervals [start, end) of one key are to each other.

    An interval without a start or an end, or that covers no day, is left to other rules. Two keys
    of one hash could hide a gap, though no overlap: once in some 300,000 tables of 10 million rows.

    last  the day in `end` is the last one, in the interval; else the first that is not in it
    """

    key: tuple[str, ...]
    start: str = "valid_from"
    end: str = "valid_to"
    last: bool = field(default=False, kw_only=True)

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, self.start, self.end)

    def _is_wrong(self, end_before: pl.Expr) -> pl.Expr:
        raise NotImplementedError

    def broken(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        start, end = pl.col(self.start), pl.col(self.end)
        end = end.dt.offset_by("1d") if self.last else end
        # Half-open: a row that ends on the day another begins shares no day with it, and leaves
        # none out.
        marked = _marked(rows.filter(start < end), self.key)
        ordered = marked.select(_HASH, self.start, end).sort(_HASH, self.start, self.end)
        is_same = pl.col(_HASH) == pl.col(_HASH).shift(1)
        # Whatever is wrong in a key is wrong between two neighbours too, but a long interval may
        # reach over its neighbour: which rows they are is told by all that came before.
        keys = ordered.filter(is_same & self._is_wrong(pl.col(self.end).shift(1)))
        reached = end.cum_max().shift(1).over(self.key, order_by=[self.start, self.end])
        return _those_of(marked, keys).filter(self._is_wrong(reached))


@dataclass(frozen=True)
class NoOverlap(_Validity):
    """Of one key, at most one row is valid on any day."""

    @property
    def words(self) -> str:
        return f"at most one row of each {_names(self.key)} is valid at a time"

    def complaint(self, broken: int, total: int) -> str:
        return f"{broken:,} rows begin before an earlier one of the same {_names(self.key)} ends"

    def _is_wrong(self, end_before: pl.Expr) -> pl.Expr:
        return pl.col(self.start) < end_before


@dataclass(frozen=True)
class NoGap(_Validity):
    """Of one key, each row begins no later than those before it end."""

    @property
    def words(self) -> str:
        return f"the rows of each {_names(self.key)} follow each other without a gap"

    def complaint(self, broken: int, total: int) -> str:
        return f"{broken:,} rows begin after all earlier ones of the same {_names(self.key)} ended"

    def _is_wrong(self, end_before: pl.Expr) -> pl.Expr:
        return pl.col(self.start) > end_before


@dataclass(frozen=True)
class RowCount(TableRule):
    """How many rows there must be.

    >>> RowCount(100).words
    'the number of rows is 100 or more'
    """

    low: int = 1
    high: int | None = None

    @property
    def words(self) -> str:
        return f"the number of rows {Between(self.low, self.high).words}"

    @property
    def columns(self) -> tuple[str, ...]:
        return ()

    @property
    def gate(self) -> Gate:
        return "row_count"

    @property
    def unit(self) -> str:
        return "counts"

    def units(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return rows.select(pl.len().alias("rows"))

    def broken(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return self.units(rows).filter(Between(self.low, self.high).broken("rows"))


@dataclass(frozen=True)
class Sum(TableRule):
    """What the values of a column add up to, in the whole table or for each `by`.

    >>> Sum("share", Between(0.99, 1.01), by=("practice_code",)).words
    'the sum of `share` of each `practice_code` is 0.99 or more and at most 1.01'
    """

    column: str
    rule: Rule
    by: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        each = f" of each {_names(self.by)}" if self.by else ""
        return f"the sum of `{self.column}`{each} {self.rule.words}"

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.by, self.column)

    @property
    def unit(self) -> str:
        return "sums"

    def units(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        added = pl.col(self.column).sum()
        return rows.group_by(self.by).agg(added).sort(self.by) if self.by else rows.select(added)

    def broken(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        return self.units(rows).filter(self.rule.broken(self.column))


@dataclass(frozen=True)
class Rising(TableRule):
    """The median of a column rises from each of some words of another to the next, for each `by`.

    A word without rows is left out: its neighbours are then compared with each other.

    >>> Rising("premium", "tier", ("Bronze", "Silver"), by=("year",)).words
    'the median `premium` of each `year` rises with `tier`: Bronze, Silver'
    """

    column: str
    along: str
    order: tuple[str, ...]
    by: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        each = f" of each {_names(self.by)}" if self.by else ""
        steps = ", ".join(self.order)
        return f"the median `{self.column}`{each} rises with `{self.along}`: {steps}"

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.by, self.along, self.column)

    @property
    def unit(self) -> str:
        return "medians"

    def units(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        known = rows.filter(pl.col(self.along).is_in(list(self.order)))
        medians = known.group_by(*self.by, self.along).agg(pl.col(self.column).median())
        place = pl.col(self.along).cast(pl.Enum(self.order))
        return medians.filter(pl.col(self.column).is_not_null()).sort(*self.by, place)

    def broken(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        before = pl.col(self.column).shift(1)
        return self.units(rows).filter(
            pl.col(self.column) <= (before.over(self.by) if self.by else before)
        )


@dataclass(frozen=True)
class BetweenRule(AnyRule):
    """Something a table must be to other tables; judged where those are at hand."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns of the table itself that it looks at."""
        raise NotImplementedError

    @property
    def others(self) -> tuple[str, ...]:
        """The names of the other tables."""
        raise NotImplementedError

    @property
    def unit(self) -> str:
        """What is counted where it breaks."""
        return "rows"

    def units(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """What is judged, one by one: the rows, or sums of them."""
        return rows

    def broken(self, rows: pl.LazyFrame, others: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        """The rows that break the rule, in their order; `others` by name."""
        raise NotImplementedError


@dataclass(frozen=True)
class References(BetweenRule):
    """Every row's key is a row of another table, on a day of the row's own where one is named.

    key    columns of this table; a row that lacks one of them refers to nothing and breaks nothing
    to     the other table's columns for them, in that order; by default the same names
    as_of  this table's column with the day on which the other's row must be valid
    but    values of the key that refer to nothing, such as a publisher's word for none
    last   the day in `end` is the last valid one, as in an enrolment; else the first that is not

    >>> References(("practice_code",), "practice", as_of="paid_on").words
    'every `practice_code` is in `practice` on its `paid_on`'
    """

    key: tuple[str, ...]
    table: str
    to: tuple[str, ...] = ()
    as_of: str | None = None
    but: tuple[str, ...] = field(default=(), kw_only=True)
    start: str = field(default="valid_from", kw_only=True)
    end: str = field(default="valid_to", kw_only=True)
    last: bool = field(default=False, kw_only=True)

    @property
    def words(self) -> str:
        there = f" as {_names(self.to)}" if self.to else ""
        on = f" on its `{self.as_of}`" if self.as_of else ""
        return f"every {_names(self.key)} is in `{self.table}`{there}{on}"

    @property
    def columns(self) -> tuple[str, ...]:
        return (*self.key, *filter(None, [self.as_of]))

    @property
    def others(self) -> tuple[str, ...]:
        return (self.table,)

    def broken(self, rows: pl.LazyFrame, others: Mapping[str, pl.LazyFrame]) -> pl.LazyFrame:
        # A blank refers to nobody: whether it may be blank is NotNull's to say.
        given = rows.filter(
            pl.all_horizontal(pl.col(self.columns).is_not_null()),
            ~pl.any_horizontal(pl.col(self.key).cast(pl.String).is_in(list(self.but))),
        )
        names = dict(zip(self.to or self.key, self.key, strict=True))
        other = others[self.table].rename(names)
        as_of = self.as_of
        there = self._valid(given, other, as_of) if as_of else other.select(self.key).unique()
        return given.join(there, on=self.columns, how="anti", maintain_order="left")

    def _valid(self, given: pl.LazyFrame, other: pl.LazyFrame, as_of: str) -> pl.LazyFrame:
        """The keys and days for which the other table has a row that is valid."""
        spans = other.select(*self.key, pl.col(self.start, self.end).name.prefix("__"))
        day, start, end = (pl.col(n) for n in (as_of, f"__{self.start}", f"__{self.end}"))
        # Joined by key and day once, however many rows have them: a day of claims repeats both.
        asked = given.select(self.columns).unique()
        is_before_end = day <= end if self.last else day < end
        valid = asked.join(spans, on=self.key).filter((start <= day) & is_before_end)
        return valid.select(self.columns).unique()


def _marked(rows: pl.LazyFrame, key: tuple[str, ...]) -> pl.LazyFrame:
    return rows.with_columns(pl.struct(key).hash().alias(_HASH))


def _those_of(marked: pl.LazyFrame, hashes: pl.LazyFrame) -> pl.LazyFrame:
    """The rows whose key has one of these hashes, in their order."""
    some = hashes.select(_HASH).unique()
    return marked.join(some, on=_HASH, how="semi", maintain_order="left").drop(_HASH)


def _names(columns: tuple[str, ...]) -> str:
    return " + ".join(f"`{column}`" for column in columns)
