"""Views: tables worked out of a lake's tables whenever they are asked, and never stored."""

from collections.abc import Callable
from dataclasses import dataclass

import polars as pl

from engine.table import Table


@dataclass(frozen=True, eq=False)
class View:
    """A contract whose rows a pure function makes of other tables' rows.

    of  the tables that it is made of, in the order of the function's parameters
    by  the function: frames in, a frame of the contract out
    sql the same as a query over those tables, for who asks in SQL
    """

    table: Table
    of: tuple[Table, ...]
    by: Callable[..., pl.LazyFrame]
    sql: str = ""

    @property
    def name(self) -> str:
        """The name by which metrics name it as theirs."""
        return self.table.name
