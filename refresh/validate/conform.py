"""Conform: typed columns brought to the types of a contract, and the cells that cannot be. Pure."""

from collections.abc import Sequence

import polars as pl

from engine.table import Column


def conform(
    rows: pl.DataFrame, columns: Sequence[Column], first: int = 1
) -> tuple[pl.DataFrame, list[str]]:
    """The contract's columns of a frame, in its order; null where the frame has none.

    Takes:  a frame with typed columns under the contract's names; more of them are left out;
            the number of its first row, where it is a part of something.
    Gives:  the frame; a complaint for each cell that does not fit its type, and is null now.

    >>> column = Column("n", pl.Int64, "A count.")
    >>> conform(pl.DataFrame({"n": [1.0, 2.5], "x": "y"}), [column])[1]
    ['row 2: `n` is no int64: 2.5']
    """
    made, complaints = [], []
    for column in columns:
        if column.name not in rows.columns:
            made.append(pl.Series(column.name, [None], column.dtype).new_from_index(0, rows.height))
            continue
        given = rows[column.name]
        value = given if given.dtype == column.dtype else _cast(given, column)
        lost = (given.is_not_null() & value.is_null()).arg_true()
        kind = str(column.dtype).lower()
        complaints += [
            f"row {first + at:,}: `{column.name}` is no {kind}: {cell}"
            for at, cell in zip(lost, given.gather(lost), strict=True)
        ]
        made.append(value)
    return pl.DataFrame(made), complaints


def _cast(given: pl.Series, column: Column) -> pl.Series:
    """The series in another type; null where a cell does not fit it."""
    target = column.dtype
    try:
        if given.dtype.is_float() and target.is_integer():
            # A cast would cut 2.5 to 2 and say nothing.
            whole = given.to_frame().select(pl.when(pl.all() == pl.all().round()).then(pl.all()))
            return whole.to_series().cast(target, strict=False)
        if given.dtype == pl.String and target == pl.Date:
            return given.str.to_date(strict=False)
        return given.cast(target, strict=False)
    except pl.exceptions.PolarsError:  # such as a day for a number
        return pl.Series(given.name, [None], target).new_from_index(0, len(given))
