"""Dimensions: what a metric's rows can be grouped by, and where it stands if not in those rows.

A fact's row gets its dimension from at most one row of another table: never fewer rows, never more.
"""

from dataclasses import dataclass

import polars as pl

from engine.grain import Calendar, Grain


@dataclass(frozen=True, eq=False)
class Lookup:
    """Columns that another table has beside each row of a metric's own.

    table    the table that has them
    on       the columns of both that name one row of it
    columns  what is taken from there
    """

    table: str
    on: tuple[str, ...]
    columns: tuple[str, ...]


@dataclass(frozen=True, eq=False)
class Dimension:
    """Something to group by. Metrics share one if each declares one of that name.

    name    what a caller asks for, and the column of the answer
    value   expression for it over a row of its table; None: the column of that name
    table   the table that has it; empty: the metric's own rows do
    on      the columns of both tables that name one row of it
    as_of   the column of the metric's rows with the day that decides, where the table keeps
            history: the version is taken whose [valid_from, valid_to) holds that day
    via     dimensions that give columns of `on`, or `as_of`, which the metric's own rows do not
            have: the owner of a listing, by whom the owner's state is found
    grain   of a time, the shortest stretch that it tells apart: it can be asked by any longer one
    calendar  of a time, the table that has a row for every day
    sql     `value` in SQL, where a query in SQL is to have it
    """

    name: str
    value: pl.Expr | None = None
    table: str = ""
    on: tuple[str, ...] = ()
    as_of: str = ""
    via: tuple["Dimension", ...] = ()
    grain: Grain | None = None
    calendar: Calendar | None = None
    sql: str = ""

    @property
    def is_elsewhere(self) -> bool:
        """Whether it stands in another table than the metric's rows."""
        return bool(self.table)

    @property
    def column(self) -> pl.Expr:
        """The dimension over a row of its table, under its own name."""
        value = pl.col(self.name) if self.value is None else self.value
        return value.alias(self.name)

    @property
    def needs(self) -> tuple[str, ...]:
        """The columns of the metric's rows by which it is found elsewhere."""
        given = {other.name for other in self.via}
        further = (name for other in self.via if other.is_elsewhere for name in other.needs)
        return (*(name for name in (*self.on, self.as_of) if name and name not in given), *further)
