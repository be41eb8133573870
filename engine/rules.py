"""Rules of a value and of a row: each says itself in a sentence and finds what breaks it.

Declared on `Column.rules` and `Table.rules`. A rule reads no data: it gives a Polars expression.
Rules of a whole table, and between tables, are in engine/table_rules.py.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

import polars as pl

from engine.vocabulary import Severity


@dataclass(frozen=True)
class AnyRule:
    """What every rule has: how much may break it, and what it is called.

    severity  the verdict where more than `allow` break it
    allow     the share of what is judged (0-1) that may break it with no more than a warning
    """

    severity: Severity = field(default="fail", kw_only=True)
    allow: float = field(default=0.0, kw_only=True)

    @property
    def words(self) -> str:
        """The rule in words; of a value, the sentence's end: the column's name goes before."""
        raise NotImplementedError


@dataclass(frozen=True)
class Rule(AnyRule):
    """Something every value of a column must be; a null breaks only `NotNull`."""

    def broken(self, column: str) -> pl.Expr:
        """A Boolean expression, true where `column` breaks the rule."""
        raise NotImplementedError


@dataclass(frozen=True)
class NotNull(Rule):
    @property
    def words(self) -> str:
        return "is always given"

    def broken(self, column: str) -> pl.Expr:
        return pl.col(column).is_null()


@dataclass(frozen=True)
class Between(Rule):
    low: float = 0
    high: float | None = None

    @property
    def words(self) -> str:
        if self.low == self.high:
            return f"is {_plain(self.low)}"
        most = "" if self.high is None else f" and at most {_plain(self.high)}"
        return f"is {_plain(self.low)} or more{most}"

    def broken(self, column: str) -> pl.Expr:
        over = pl.lit(False) if self.high is None else pl.col(column) > self.high
        # A null is NotNull's business: else one blank would be told of twice.
        return ((pl.col(column) < self.low) | over).fill_null(False)


@dataclass(frozen=True)
class Matches(Rule):
    pattern: str = ""
    example: str = ""

    @property
    def words(self) -> str:
        return f"looks like {self.example}"

    def broken(self, column: str) -> pl.Expr:
        # Anchored here and grouped, so that `A|B` in a pattern is not `^A` or `B$`.
        return (~pl.col(column).str.contains(f"^(?:{self.pattern})$")).fill_null(False)


@dataclass(frozen=True)
class OneOf(Rule):
    values: tuple[str, ...] = ()

    @property
    def words(self) -> str:
        return "is one of " + ", ".join(self.values)

    def broken(self, column: str) -> pl.Expr:
        return (~pl.col(column).is_in(list(self.values))).fill_null(False)


@dataclass(frozen=True)
class NoMoreThan(Rule):
    """Not more than another column of the same row."""

    other: str = ""

    @property
    def words(self) -> str:
        return f"is not more than `{self.other}`"

    def broken(self, column: str) -> pl.Expr:
        return (pl.col(column) > pl.col(self.other)).fill_null(False)


@dataclass(frozen=True)
class CheckDigit(Rule):
    """Digits of which the last is right by Luhn's formula; what else it looks like, `Matches` says.

    before  digits that are put before each when it is reckoned, as 80840 before an NPI

    >>> CheckDigit(before="80840").words
    'ends in the right check digit (Luhn, after 80840)'
    """

    before: str = ""
    digits: int = field(default=10, kw_only=True)

    @property
    def words(self) -> str:
        after = f", after {self.before}" if self.before else ""
        return f"ends in the right check digit (Luhn{after})"

    def broken(self, column: str) -> pl.Expr:
        whole = pl.lit(self.before) + pl.col(column)
        length = len(self.before) + self.digits
        each = [whole.str.slice(i, 1).cast(pl.Int64, strict=False) for i in range(length)]
        # From the last one to the left, every second digit counts twice; of 10 to 18 the digits of
        # that are added up.
        twice = [i % 2 != (length - 1) % 2 for i in range(length)]
        counted = [
            (2 * digit - 9 * (digit > 4)) if doubled else digit
            for digit, doubled in zip(each, twice, strict=True)
        ]
        is_whole = pl.col(column).str.len_chars() == self.digits
        is_right = pl.sum_horizontal(counted, ignore_nulls=False) % 10 == 0
        # What has another length, or a letter in it, ends in no check digit at all.
        is_good = (is_whole & is_right).fill_null(False)
        return pl.col(column).is_not_null() & ~is_good


@dataclass(frozen=True)
class RowRule(AnyRule):
    """Something every row must be, over several of its columns; what is unknown breaks nothing."""

    @property
    def columns(self) -> tuple[str, ...]:
        """The columns that it looks at; where one is not there, it is not judged."""
        raise NotImplementedError

    def broken(self) -> pl.Expr:
        """A Boolean expression, true where the row breaks the rule."""
        raise NotImplementedError


@dataclass(frozen=True)
class When(RowRule):
    """A rule of one column that holds only where another has one of some words.

    >>> When("status", ("denied", "pending"), "paid", Between(high=0)).words
    'where `status` is denied or pending, `paid` is 0'
    """

    column: str
    values: tuple[str, ...]
    of: str
    then: Rule

    @property
    def words(self) -> str:
        return f"where `{self.column}` is {' or '.join(self.values)}, `{self.of}` {self.then.words}"

    @property
    def columns(self) -> tuple[str, ...]:
        return (self.column, self.of)

    def broken(self) -> pl.Expr:
        is_one = pl.col(self.column).is_in(list(self.values)).fill_null(False)
        return is_one & self.then.broken(self.of)


@dataclass(frozen=True, repr=False)
class Holds(RowRule):
    """A comparison of columns, in words of one's own.

    that  gives the expression that is true of a good row

    >>> Holds("paid is not above billed", lambda: pl.col("paid") <= pl.col("billed")).columns
    ('paid', 'billed')
    """

    sentence: str
    that: Callable[[], pl.Expr] = field(compare=False)

    @property
    def words(self) -> str:
        return self.sentence

    @property
    def columns(self) -> tuple[str, ...]:
        # Asked of the expression itself: a list beside it would be forgotten when it changes.
        return tuple(dict.fromkeys(self.that().meta.root_names()))

    def broken(self) -> pl.Expr:
        return (~self.that()).fill_null(False)

    def __repr__(self) -> str:
        # A contract's fingerprint is made of this: a lambda's own says where it lies in memory,
        # and Polars' words for an expression leave out the middle of a long list.
        said = hashlib.sha256(self.that().meta.serialize()).hexdigest()[:16]
        return f"Holds({self.severity}, {self.allow}, {self.sentence!r}, {said})"


def _plain(number: float) -> str:
    """A limit as people write it: `1,000,000`, `0.5`."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,}"
