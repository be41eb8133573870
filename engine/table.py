"""Table, Column and the rules that describe and check themselves: the contract of every table.

Validation, documentation, staging and the lake are all derived from these declarations. Nothing
here reads a file; a rule gives a Polars expression and a sentence.
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Any, Literal

import polars as pl

Severity = Literal["warn", "fail"]

# Every type that a column of a table may have, by the name that a manifest has for it.
TYPES: dict[str, pl.DataType] = {
    "string": pl.String(),
    "boolean": pl.Boolean(),
    "int8": pl.Int8(),
    "int16": pl.Int16(),
    "int32": pl.Int32(),
    "int64": pl.Int64(),
    "float32": pl.Float32(),
    "float64": pl.Float64(),
    "date": pl.Date(),
    "timestamp": pl.Datetime("us", "UTC"),
}


def type_name(dtype: pl.DataType | type[pl.DataType]) -> str:
    """The name that a manifest has for a column's type.

    Raises: StopIteration for one that no table may have.

    >>> type_name(pl.Int64), type_name(pl.Datetime("us", "UTC"))
    ('int64', 'timestamp')
    """
    return next(name for name, known in TYPES.items() if known == dtype)


@dataclass(frozen=True)
class Rule:
    """Something every value of a column must be; a null breaks only `NotNull`.

    severity  the verdict where more than `allow` break it
    allow     the share of rows (0-1) that may break it with no more than a warning
    """

    severity: Severity = "fail"
    allow: float = 0.0

    @property
    def words(self) -> str:
        raise NotImplementedError

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
        most = "" if self.high is None else f" and at most {_plain(self.high)}"
        return f"is {_plain(self.low)} or more{most}"

    def broken(self, column: str) -> pl.Expr:
        over = pl.lit(False) if self.high is None else pl.col(column) > self.high
        return ((pl.col(column) < self.low) | over).fill_null(False)


@dataclass(frozen=True)
class Matches(Rule):
    pattern: str = ""
    example: str = ""

    @property
    def words(self) -> str:
        return f"looks like {self.example}"

    def broken(self, column: str) -> pl.Expr:
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
class Column:
    """One column: what it means, its unit, and every name that publishers have used for it.

    aka       header names as published (upper case, underscores), the preferred one first; the
              column's own name in upper case always counts
    required  a release without it breaks the contract
    derived   made by a fold, so not looked for in what is published
    """

    name: str
    dtype: type[pl.DataType] | pl.DataType
    meaning: str
    unit: str = ""
    aka: tuple[str, ...] = ()
    required: bool = True
    derived: bool = False
    rules: tuple[Rule, ...] = ()

    @property
    def published_as(self) -> tuple[str, ...]:
        """Header names to look for, the preferred one first."""
        return (*self.aka, self.name.upper())


@dataclass(frozen=True)
class Table:
    """A contract: what one row is, what makes it unique, and what each column holds.

    partition  the column whose values each get files of their own, so that a reader opens only
               what it needs and a rebuild touches only what changed
    """

    name: str
    grain: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    owner: str
    sort: tuple[str, ...] = ()
    partition: str | None = None
    row_group: int = 100_000

    @property
    def schema(self) -> pl.Schema:
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def published(self) -> tuple[Column, ...]:
        """The columns that are looked for in a release."""
        return tuple(column for column in self.columns if not column.derived)

    @property
    def staged(self) -> "Table":
        """The contract of this table as staged: without what a fold adds."""
        names = {column.name for column in self.published}
        return replace(self, columns=self.published, key=tuple(k for k in self.key if k in names))

    @property
    def fingerprint(self) -> str:
        """Eight characters that change when the contract does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]

    def empty(self) -> pl.LazyFrame:
        """No rows, all columns."""
        return pl.LazyFrame(schema=self.schema)


def described(table: Table) -> dict[str, Any]:
    """What a manifest says of a table, so that a reader needs no code of ours to know it."""
    return {
        "contract": table.fingerprint,
        "grain": table.grain,
        "key": list(table.key),
        "partition": table.partition,
        "columns": [
            {"name": c.name, "type": type_name(c.dtype), "unit": c.unit, "meaning": c.meaning}
            for c in table.columns
        ],
    }


def _plain(number: float) -> str:
    """A limit as people write it: `1,000,000`, `0.5`."""
    return f"{number:,.0f}" if float(number).is_integer() else f"{number:,}"
