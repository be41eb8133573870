"""Column profiles: what the values of a table's columns look like, column by column. Pure."""

from dataclasses import dataclass

import polars as pl

BARS = 24
TOP = 6
_LONGEST = 40


@dataclass(frozen=True)
class ColumnProfile:
    """One column of what was loaded.

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


def column_profiles(rows: pl.DataFrame) -> list[ColumnProfile]:
    """A profile of each column, in their order.

    >>> rows = pl.DataFrame({"n": [1, 2, 2, None], "sex": ["F", "M", "F", "F"]})
    >>> one, two = column_profiles(rows)
    >>> one.nulls, one.sum, one.bars[0], one.bars[-1], two.top
    (1, 5.0, 1, 2, (('F', 3), ('M', 1)))
    """
    return [_profile(rows[name]) for name in rows.columns]


def _profile(column: pl.Series) -> ColumnProfile:
    values = column.drop_nulls()
    is_number = column.dtype.is_numeric()
    numbers = values if is_number else _as_days(values)
    known = numbers is not None and numbers.len() > 0
    counts = () if known else _top(values)
    return ColumnProfile(
        name=column.name,
        dtype=str(column.dtype).lower(),
        rows=column.len(),
        nulls=column.null_count(),
        distinct=values.n_unique(),
        low=_text(values.min()) if values.len() else "",
        high=_text(values.max()) if values.len() else "",
        sum=float(values.cast(pl.Float64).sum()) if is_number and known else None,
        mean=float(values.cast(pl.Float64).mean()) if is_number and known else None,  # type: ignore[arg-type]
        bars=_bars(numbers) if numbers is not None and known else (),
        top=counts,
    )


def _as_days(values: pl.Series) -> pl.Series | None:
    """Dates and times as numbers; None for what is neither."""
    return values.to_physical() if values.dtype.is_temporal() else None


def _bars(numbers: pl.Series) -> tuple[int, ...]:
    floats = numbers.cast(pl.Float64)
    floats = floats.filter(floats.is_finite())
    if not floats.len():
        return ()
    low, high = float(floats.min()), float(floats.max())  # type: ignore[arg-type]
    if low == high:
        return (floats.len(),)
    # The greatest value belongs to the last step, not to one behind it.
    steps = ((floats - low) / (high - low) * BARS).floor().clip(0, BARS - 1).cast(pl.Int32)
    counted = dict(steps.value_counts().iter_rows())
    return tuple(counted.get(step, 0) for step in range(BARS))


def _top(values: pl.Series) -> tuple[tuple[str, int], ...]:
    counted = values.cast(pl.String).value_counts(sort=True).head(TOP)
    return tuple((_text(value), count) for value, count in counted.iter_rows())


def _text(value: object) -> str:
    text = str(value)
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"
