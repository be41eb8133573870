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


def columns_seen(rows: pl.DataFrame) -> dict[str, ColumnSeen]:
    """What the gates look at of each column, those for audit left out.

    >>> columns_seen(pl.DataFrame({"n": [1, None], "_period": ["2026-02"] * 2}))
    {'n': ColumnSeen(dtype='int64', nulls=1, first=None, last=None)}
    """
    names = [name for name in rows.columns if name not in AUDIT]
    nulls = rows.select(names).null_count().row(0, named=True) if names else {}
    days = [name for name in names if rows.schema[name] == pl.Date]
    ends = rows.select(
        *(pl.col(name).min().alias(f"{name} first") for name in days),
        *(pl.col(name).max().alias(f"{name} last") for name in days),
    )
    ended: Mapping[str, Any] = ends.row(0, named=True) if days else {}
    return {
        name: ColumnSeen(
            type_name(rows.schema[name]),
            nulls[name],
            ended.get(f"{name} first"),
            ended.get(f"{name} last"),
        )
        for name in names
    }


def misread_marks(rows: pl.DataFrame) -> int:
    """Cells of text that are marks, in columns that are otherwise numbers: nobody understood them.

    >>> misread_marks(pl.DataFrame({"n": ["1", "2", "*"], "name": ["Ash", "-", "Elm"]}))
    1
    """
    texts = [n for n, d in rows.schema.items() if d == pl.String and n not in AUDIT]
    if not texts or not rows.height:
        return 0
    counts = rows.select(
        *(pl.col(n).str.contains(_IS_NUMBER).sum().alias(f"{n} numbers") for n in texts),
        *(_is_mark(n).sum().alias(f"{n} marks") for n in texts),
        *(pl.col(n).count().alias(f"{n} filled") for n in texts),
    ).row(0, named=True)

    def are_numbers(name: str) -> bool:
        told = counts[f"{name} numbers"], counts[f"{name} filled"] - counts[f"{name} marks"]
        return bool(told[0]) and 2 * told[0] > told[1]

    return sum(counts[f"{name} marks"] for name in texts if are_numbers(name))


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


def _is_mark(name: str) -> pl.Expr:
    # Case-insensitive, and all of the cell: a mark stands alone.
    return pl.col(name).str.strip_chars().str.contains(rf"(?i)^(?:{MARK})$")
