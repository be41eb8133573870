"""Table and Column: the contract of every table.

Validation, documentation, staging and the lake are all derived from these declarations. Nothing
here reads a file; the rules that a contract declares are in rules.py and table_rules.py.
"""

import hashlib
from dataclasses import dataclass, replace

import polars as pl

from engine.rules import RowRule, Rule
from engine.table_rules import BetweenRule, TableRule


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
    load_mode  the word that folds releases into the table: replace, append, upsert or history
    rules      what each row must be over several columns, what the table must be as a whole beside
               having one row a key, and what it must be to other tables
    """

    name: str
    grain: str
    meaning: str
    key: tuple[str, ...]
    columns: tuple[Column, ...]
    load_mode: str
    owner: str
    sort: tuple[str, ...] = ()
    partition: str | None = None
    row_group: int = 100_000
    rules: tuple[RowRule | TableRule | BetweenRule, ...] = ()

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
        return replace(
            self,
            columns=self.published,
            key=tuple(k for k in self.key if k in names),
            rules=tuple(rule for rule in self.rules if names.issuperset(rule.columns)),
        )

    @property
    def refers_to(self) -> tuple[str, ...]:
        """The other tables that its rules look at: they are made before it is judged."""
        between = (rule for rule in self.rules if isinstance(rule, BetweenRule))
        return tuple(dict.fromkeys(name for rule in between for name in rule.others))

    @property
    def fingerprint(self) -> str:
        """Eight characters that change when the contract does."""
        return hashlib.sha256(repr(self).encode()).hexdigest()[:8]

    def empty(self) -> pl.LazyFrame:
        """No rows, all columns."""
        return pl.LazyFrame(schema=self.schema)
