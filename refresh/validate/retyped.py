"""Retyped: what the cells of a column hold, where that is not what its contract reads. Pure.

A contract's types do not change with a publisher's: what the publisher changed shows only in cells
that could not be read.
"""

from collections.abc import Mapping

import polars as pl

from engine.table import Table
from engine.vocabulary import TypeName
from refresh.validate.cells import number


def retyped(
    typed: pl.DataFrame,
    table: Table,
    names: Mapping[str, str | None],
    marks: Mapping[str, tuple[str, ...]],
) -> dict[str, TypeName]:
    """Columns of which most cells are of another type than the contract's.

    Takes:  the raw cells under their headers and, under `_` and the column's name, what was read of
            them; which header each column has; of the columns with cells that could not be read,
            the marks among these: what is withheld is of no type.
    Gives:  by column `string`, or `float64` where whole numbers have become decimal ones.
    """
    found: dict[str, TypeName] = {}
    for column in (column for column in table.columns if column.name in marks):
        told = pl.col(str(names[column.name]))
        cells = typed.filter(told.is_not_null(), ~told.is_in(list(marks[column.name])))
        unread = cells.filter(pl.col(f"_{column.name}").is_null())
        if 2 * unread.height <= cells.height:
            continue
        decimal = unread.select(number(told, pl.Float64)).to_series().count()
        is_decimal = column.dtype.is_integer() and 2 * decimal > unread.height
        found[column.name] = "float64" if is_decimal else "string"
    return found
