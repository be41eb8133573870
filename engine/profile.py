"""Profiles: what the values of a table's columns look like, all of them in one pass. Lazy.

`profiling` is the question, one row wide; `profiles_of` reads its answer.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import polars as pl

BARS = 24
TOP = 6
_LONGEST = 40
_FACTS = (
    *("nulls", "distinct", "low", "high", "sum", "mean"),
    *("least", "most", "finite", "bars", "top"),
)


@dataclass(frozen=True)
class ColumnProfile:
    """One column.

    low, high  the least and the greatest value, as text
    bars       of numbers and dates: how many values lie in each of equal steps from low to high
    top        of others: the commonest values, with how many rows have each
    """

    name: str
    dtype: str
    rows: int
    nulls: int
    distinct: int
    low: str = ""
    high: str = ""
    sum: float | None = None
    mean: float | None = None
    bars: tuple[int, ...] = ()
    top: tuple[tuple[str, int], ...] = ()

    @property
    def null_share(self) -> float:
        """The share of rows without a value, 0 to 1; 0 where there are no rows."""
        return self.nulls / self.rows if self.rows else 0.0


def profiling(rows: pl.LazyFrame, schema: Mapping[str, pl.DataType]) -> pl.LazyFrame:
    """What must be asked of a table to know what its columns look like.

    Takes:  the table; its columns with their types.
    Gives:  one row, for `profiles_of`.
    """
    asked = (
        fact.alias(f"{at} {name}")
        for at, (column, dtype) in enumerate(schema.items())
        for name, fact in _facts(column, dtype).items()
    )
    return rows.select(pl.len().alias("rows"), *asked)


def profiles_of(row: Mapping[str, Any], schema: Mapping[str, pl.DataType]) -> list[ColumnProfile]:
    """A profile of each column, in their order.

    Takes:  the one row that `profiling` gave; the columns that it was asked of.

    >>> rows = pl.DataFrame({"n": [1, 2, 2, None], "sex": ["F", "M", "F", "F"]})
    >>> asked = profiling(rows.lazy(), rows.schema).collect()
    >>> one, two = profiles_of(asked.row(0, named=True), rows.schema)
    >>> one.nulls, one.sum, one.bars[0], one.bars[-1], two.top
    (1, 5.0, 1, 2, (('F', 3), ('M', 1)))
    """
    return [
        _profile(name, dtype, row["rows"], {fact: row.get(f"{at} {fact}") for fact in _FACTS})
        for at, (name, dtype) in enumerate(schema.items())
    ]


def _facts(name: str, dtype: pl.DataType) -> dict[str, pl.Expr]:
    column = pl.col(name)
    values = column.drop_nulls()
    facts = {
        "nulls": column.null_count(),
        "distinct": values.n_unique(),
        "low": column.min(),
        "high": column.max(),
    }
    if dtype.is_numeric():
        floats = column.cast(pl.Float64)
        facts |= {"sum": floats.sum(), "mean": floats.mean()} | _steps(floats)
    elif dtype.is_temporal():
        facts |= _steps(column.to_physical().cast(pl.Float64))
    else:
        counted = _counted(values.cast(pl.String))
        facts["top"] = counted.head(TOP).implode()
    return facts


def _steps(floats: pl.Expr) -> dict[str, pl.Expr]:
    """How many values lie in each of equal steps, with the ends of these."""
    floats = floats.filter(floats.is_finite())
    low, high = floats.min(), floats.max()
    # The greatest value belongs to the last step, not to one behind it. One value alone: no step.
    step = (floats - low) / (high - low) * BARS
    at = step.floor().clip(0, BARS - 1).cast(pl.Int32, strict=False)
    return {
        "least": low,
        "most": high,
        "finite": floats.len(),
        "bars": _counted(at.drop_nulls()).implode(),
    }


def _counted(values: pl.Expr) -> pl.Expr:
    """How often each value is there, the commonest first."""
    # Under names of its own: a column may be called `count` itself.
    return values.alias("value").value_counts(sort=True, name="count")


def _profile(name: str, dtype: pl.DataType, rows: int, facts: Mapping[str, Any]) -> ColumnProfile:
    is_known = facts["nulls"] < rows
    is_summed = dtype.is_numeric() and is_known
    return ColumnProfile(
        name=name,
        dtype=str(dtype).lower(),
        rows=rows,
        nulls=facts["nulls"],
        distinct=facts["distinct"],
        low=_text(facts["low"]) if is_known else "",
        high=_text(facts["high"]) if is_known else "",
        sum=facts["sum"] if is_summed else None,
        mean=facts["mean"] if is_summed else None,
        bars=_bars(facts),
        top=tuple((_text(of["value"]), of["count"]) for of in facts["top"] or ()),
    )


def _bars(facts: Mapping[str, Any]) -> tuple[int, ...]:
    if facts["least"] is None:
        return ()
    if facts["least"] == facts["most"]:
        return (facts["finite"],)
    counted = {of["value"]: of["count"] for of in facts["bars"]}
    return tuple(counted.get(step, 0) for step in range(BARS))


def _text(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
