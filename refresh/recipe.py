"""Recipe: which tables are made of what, for which partition, by which pure function.

Declarations only: a wing has a tuple of them, the builder (refresh/builder.py) walks it. Nothing
here reads, writes or collects.
"""

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

import polars as pl

from engine.table import Table
from engine.vocabulary import LoadMode
from refresh.extract.patience import Patience
from refresh.finding import Finding
from refresh.store.ledger import Ledger

Take = Literal["same", "newest", "every", "revisions", "batches", "append", "upsert", "history"]
"""Which editions of a part a maker is given:
same: the newest revision of the partition's own period; newest: that of the newest period
(`replace`); every: of each period, as Editions; revisions: also those that were issued again, for
makers that take from an older one what the newest lacks; batches: all but those of which the very
files were issued again, where each brings rows of its own; append, upsert, history: one frame."""


@dataclass(frozen=True)
class Staged:
    """An input: what releases staged of one part.

    key       for `upsert` and `history`: what makes a row the same row
    optional  the maker can do without: it is then given None, or no editions
    """

    part: str
    take: Take
    key: tuple[str, ...] = ()
    optional: bool = False


@dataclass(frozen=True)
class Built:
    """An input: a table that another recipe makes.

    every     all its partitions, as a mapping from partition to frame; else the partition's own
              (or the one frame of a table without partitions)
    optional  the maker can do without: it is then given no rows, or no partitions
    """

    table: Table
    every: bool = False
    optional: bool = False


@dataclass(frozen=True)
class World:
    """What may be used by those who ask outside.

    patience  with whom the network may be asked; None: nobody may be asked
    """

    ledger: Ledger
    patience: Patience | None


@dataclass(frozen=True)
class Asked:
    """An input that somebody outside must be asked for: the one kind that is not pure.

    by       called with a `World`, and its inputs by name, at every build
    missing  the check of a finding by which the last snapshot says that nobody answered: while it
             stands and somebody may be asked, the lake is not up to date
    """

    name: str
    by: Callable[..., "Answers"]
    of: Mapping[str, "Input"]
    missing: str = ""


@dataclass(frozen=True)
class Answers:
    """What came of asking: frames by name, which stand for themselves in an inputs' hash."""

    frames: Mapping[str, pl.DataFrame]
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class Partition:
    """An input: the partition's own value, as text."""


Input = Staged | Built | Asked | Partition
THIS = Partition()


def staged(part: Table, take: Take, *, key: tuple[str, ...] = (), optional: bool = False) -> Staged:
    """What releases staged of a part, by one of the words of `Take`; its contract's key counts."""
    return Staged(part.name, take, key or part.staged.key, optional)


def made(table: Table, *, every: bool = False, optional: bool = False) -> Built:
    """A table made before."""
    return Built(table, every, optional)


@dataclass(frozen=True)
class Once:
    """One file: the table has no partitions."""


@dataclass(frozen=True)
class Each:
    """A file for each period that any of these staged parts has."""

    parts: tuple[str, ...]


@dataclass(frozen=True)
class Named:
    """One file under a name of its own: the partition is made by its own recipe."""

    name: str


@dataclass(frozen=True, repr=False)
class Values:
    """A file for each value that `by` has in the rows of a staged part, as text.

    Of a partition's inputs only the editions that have rows of its value count, and they are given
    those rows alone: what a late batch does not touch is not made again. `by` must hang on the
    row's key alone, or a corrected row would be left in the partition that it has moved from.
    Where `by` gives a list each of its values counts; the part itself is then no input.
    """

    part: str
    by: pl.Expr

    def __repr__(self) -> str:
        # A recipe's hash is made of this: an expression's own words say where it lies in memory,
        # and with them every run would make every partition again.
        said = hashlib.sha256(self.by.meta.serialize()).hexdigest()[:16]
        return f"Values({self.part!r}, {said})"


Per = Once | Each | Named | Values
ONCE = Once()
# The ledger has had these four words from the start; a partition a period is what appending was.
_LOAD_MODES: dict[Take, LoadMode] = {
    "same": "append",
    "every": "append",
    "revisions": "append",
    "batches": "upsert",
    "newest": "replace",
    "append": "append",
    "upsert": "upsert",
    "history": "history",
}


def each(*parts: Table) -> Each:
    """A file for each period of these parts."""
    return Each(tuple(part.name for part in parts))


def values_of(part: Table, by: pl.Expr) -> Values:
    """A file for each value of an expression over a part's rows."""
    return Values(part.name, by)


@dataclass(frozen=True)
class Recipe:
    """How one or several tables are made together.

    tables  their contracts; of several, `by` gives as many frames, in this order
    by      a pure function: inputs by name in, one LazyFrame a table out; or its rows in shares,
            in the contract's order, of which one is held at a time. None where there is nothing
            to be made of these inputs
    of      its inputs, by the names of its parameters. A required one that is not there, or
            optional ones of which none is: the partition is not made
    per     which partitions there are
    finds   checks across rows, told at each build, of a kept file too: called with what it names
            of `made` (the frames, by table name), `where` (the release's files) and the inputs
    large   written by a streaming sink and checked on the file: it is never whole in memory
    keeps_last  whether the last file stays where a new one cannot be made. Not that of sums: they
            would be of rows that are not served any more
    """

    tables: tuple[Table, ...]
    by: Callable[..., pl.LazyFrame | Iterator[pl.DataFrame] | tuple[pl.LazyFrame, ...] | None]
    of: Mapping[str, Input]
    per: Per = ONCE
    finds: Callable[..., list[Finding]] | None = None
    large: bool = False
    keeps_last: bool = True

    @property
    def name(self) -> str:
        """Its tables, and the name of its partition where that is its own."""
        names = ", ".join(table.name for table in self.tables)
        return f"{names} {self.per.name}" if isinstance(self.per, Named) else names

    @property
    def words(self) -> str:
        """Its declaration but for its functions: what it is made of, and by which words."""
        inputs = (f"{name}={_words(given)}" for name, given in self.of.items())
        return f"{self.name} per {self.per}: {', '.join(inputs)}"


@dataclass(frozen=True)
class Fact:
    """What is known only once every table is made: written into the manifest under its name.

    by     called with the tables that it names; gives the value, as JSON has it, and findings
    words  what else its value hangs on, beside those tables and its code
    """

    name: str
    by: Callable[..., tuple[Any, list[Finding]]]
    of: Mapping[str, Built]
    words: str = ""


def recipe(
    tables: Table | tuple[Table, ...],
    by: Callable[..., Any],
    *,
    per: Per = ONCE,
    finds: Callable[..., list[Finding]] | None = None,
    large: bool = False,
    keeps_last: bool = True,
    **of: Input,
) -> Recipe:
    """A recipe as it reads best: the tables, their maker, and its inputs by name.

    >>> from engine.atlas.tables.organisation_contracts import PRACTICE
    >>> recipe(PRACTICE, by=lambda rows: rows, rows=staged(PRACTICE, "history")).of["rows"].key
    ('practice_code',)
    """
    several = tables if isinstance(tables, tuple) else (tables,)
    return Recipe(several, by, of, per, finds, large, keeps_last)


def load_mode_of(recipes: tuple[Recipe, ...], part: str) -> LoadMode:
    """The word by which a part's releases become a table: append, replace, upsert or history.

    Gives: the word of the first recipe that reads the part; empty where none does.
    """
    inputs = (given for recipe in recipes for given in inputs_of(recipe.of))
    takes = (i.take for i in inputs if isinstance(i, Staged) and i.part == part)
    return next((_LOAD_MODES[take] for take in takes), "")


def _words(given: Input) -> str:
    if isinstance(given, Built):
        return f"{given.table.name} {given.every} {given.optional}"
    if isinstance(given, Asked):
        return f"{given.name}({', '.join(map(_words, given.of.values()))})"
    return repr(given)


def inputs_of(of: Mapping[str, Input]) -> list[Input]:
    """The inputs, and those of what is asked for."""
    found: list[Input] = []
    for given in of.values():
        found += [given, *(inputs_of(given.of) if isinstance(given, Asked) else ())]
    return found
