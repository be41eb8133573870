"""Table and Column: the contract of every table.

Validation, documentation, staging and the lake are all derived from these declarations. Nothing
here reads a file; the rules that a contract declares are in rules.py and table_rules.py.
"""

import hashlib
from dataclasses import dataclass, field, replace
from functools import cache, cached_property

import polars as pl

from engine.manifest import ContractEntry
from engine.rules import RowRule, Rule
from engine.table_rules import BetweenRule, TableRule
from engine.vocabulary import TypeName

# Every type that a column of a table may have, by the name that a manifest has for it.
TYPES: dict[TypeName, pl.DataType] = {
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


@cache  # a run asks of a thousand columns, a reader's first look at a snapshot of as many
def type_name(dtype: pl.DataType | type[pl.DataType]) -> TypeName:
    """The name that a manifest has for a column's type.

    Raises: StopIteration for one that no table may have.

    >>> type_name(pl.Int64), type_name(pl.Datetime("us", "UTC"))
    ('int64', 'timestamp')
    """
    return next(name for name, known in TYPES.items() if known == dtype)


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
    rules      what each row must be over several columns, what the table must be as a whole beside
               having one row a key, and what it must be to other tables
    may_be_empty  no rows are good news, as of a table of what went wrong
    deprecated that it is on its way out, why and when: whoever reads it is told
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
    rules: tuple[RowRule | TableRule | BetweenRule, ...] = ()
    # Not in the fingerprint: no row is another for it.
    may_be_empty: bool = field(default=False, repr=False)
    # Not part of the contract's fingerprint: what is in the table is the same.
    deprecated: str = field(default="", repr=False)

    @property
    def schema(self) -> pl.Schema:
        return pl.Schema({column.name: column.dtype for column in self.columns})

    @property
    def published(self) -> tuple[Column, ...]:
        """The columns that are looked for in a release."""
        return tuple(column for column in self.columns if not column.derived)

    @cached_property
    def staged(self) -> "Table":
        """The contract of this table as staged: without what a fold adds."""
        names = {column.name for column in self.published}
        return replace(
            self,
            columns=self.published,
            key=tuple(k for k in self.key if k in names),
            # A rule of a column that only a fold makes cannot be judged yet.
            rules=tuple(rule for rule in self.rules if names.issuperset(rule.columns)),
        )

    @property
    def refers_to(self) -> tuple[str, ...]:
        """The other tables that its rules look at: they are made before it is judged."""
        between = (rule for rule in self.rules if isinstance(rule, BetweenRule))
        # Each once and in the order of the rules, so that what is made first is the same at every
        # start.
        return tuple(dict.fromkeys(name for rule in between for name in rule.others))

    @cached_property
    def fingerprint(self) -> str:
        """Eight characters that change when the contract does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]

    def empty(self) -> pl.LazyFrame:
        """No rows, all columns."""
        return pl.LazyFrame(schema=self.schema)


def described(table: Table) -> ContractEntry:
    """What a manifest says of a table, so that a reader needs no code of ours to know it."""
    said: ContractEntry = {
        "contract": table.fingerprint,
        "grain": table.grain,
        "key": list(table.key),
        "partition": table.partition,
        "columns": [
            {"name": c.name, "type": type_name(c.dtype), "unit": c.unit, "meaning": c.meaning}
            for c in table.columns
        ],
    }
    if table.deprecated:
        said["deprecated"] = table.deprecated
    return said
