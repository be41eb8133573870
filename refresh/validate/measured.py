"""Measured: a frame counted for the gates, and described for people. Pure; one pass where it can.

What the gates then say of it is gates.py's.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from engine.table import type_name
from refresh.validate.cells import MARK
from refresh.validate.seen import AUDIT, ColumnSeen

_IS_NUMBER = r"^[+-]?[0-9][0-9,]*(?:\.[0-9]+)?$"


def columns_seen(rows: pl.DataFrame | pl.LazyFrame) -> dict[str, ColumnSeen]:
    """What the gates look at of each column, those for audit left out.

    >>> columns_seen(pl.DataFrame({"n": [1, None], "_period": ["2026-02"] * 2}))
    {'n': ColumnSeen(dtype='int64', nulls=1, first=None, last=None)}
    """
    schema = rows.lazy().collect_schema()
    names = [name for name in schema.names() if name not in AUDIT]
    if not names:
        return {}
    days = [name for name in names if schema[name] == pl.Date]
    told = _row(
        rows,
        *(pl.col(name).null_count().alias(f"{name} nulls") for name in names),
        *(pl.col(name).min().alias(f"{name} first") for name in days),
        *(pl.col(name).max().alias(f"{name} last") for name in days),
    )
    return {
        name: ColumnSeen(
            type_name(schema[name]),
            told[f"{name} nulls"],
            told.get(f"{name} first"),
            told.get(f"{name} last"),
        )
        for name in names
    }


def misread_marks(rows: pl.DataFrame | pl.LazyFrame) -> int:
    """Cells of text that are marks, in columns that are otherwise numbers: nobody understood them.

    >>> misread_marks(pl.DataFrame({"n": ["1", "2", "*"], "name": ["Ash", "-", "Elm"]}))
    1
    """
    return sum(misread_columns(rows).values())


def misread_columns(rows: pl.DataFrame | pl.LazyFrame) -> dict[str, int]:
    """The same by column, of those that have any."""
    schema = rows.lazy().collect_schema()
    texts = [n for n, d in schema.items() if d == pl.String and n not in AUDIT]
    if not texts:
        return {}
    counts = _row(
        rows,
        *(pl.col(n).str.contains(_IS_NUMBER).sum().alias(f"{n} numbers") for n in texts),
        *(is_mark(n).sum().alias(f"{n} marks") for n in texts),
        *(pl.col(n).count().alias(f"{n} filled") for n in texts),
    )

    def are_numbers(name: str) -> bool:
        told = counts[f"{name} numbers"], counts[f"{name} filled"] - counts[f"{name} marks"]
        return bool(told[0]) and 2 * told[0] > told[1]

    marks = {name: counts[f"{name} marks"] for name in texts}
    return {name: many for name, many in marks.items() if many and are_numbers(name)}


def profiled(rows: pl.DataFrame, names: Sequence[str]) -> dict[str, dict[str, Any]]:
    """By column, its least and greatest value as text, its share of nulls, and how many differ."""
    told = {}
    for name in names:
        column = rows[name]
        least, most = (column.min(), column.max()) if column.count() else (None, None)
        told[name] = {
            "min": None if least is None else str(least),
            "max": None if most is None else str(most),
            "null_rate": column.null_count() / max(rows.height, 1),
            "distinct_count": column.n_unique() - bool(column.null_count()),
        }
    return told


def _row(rows: pl.DataFrame | pl.LazyFrame, *counts: pl.Expr) -> Mapping[str, Any]:
    """Counts over all rows, in one pass that holds few of them."""
    return rows.lazy().select(counts).collect(engine="streaming").row(0, named=True)


def is_mark(name: str) -> pl.Expr:
    """Whether the cells of a column of text are marks of the kind that publishers withhold by."""
    # Case-insensitive, and all of the cell: a mark stands alone.
    return pl.col(name).str.strip_chars().str.contains(rf"(?i)^(?:{MARK})$")
