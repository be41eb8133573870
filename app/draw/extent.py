"""How far the numbers of a column reach, and what they add up to. Pure.

Polars types the least of a column as anything that a column may hold. These say that it is a number
and fail where it is none, so that whoever draws can count with it.
"""

import polars as pl


def least(values: pl.Series) -> float:
    """The least of a column of numbers that has any.

    >>> least(pl.Series([2.5, None, 1.5])), most(pl.Series([2, 7])), total(pl.Series([2, 7]))
    (1.5, 7, 9)
    """
    return _number(values.min(), values)


def most(values: pl.Series) -> float:
    """The highest of a column of numbers that has any."""
    return _number(values.max(), values)


def total(values: pl.Series) -> float:
    """The sum of a column of numbers; 0 of none."""
    return _number(values.sum(), values)


def _number(found: object, values: pl.Series) -> float:
    """Not converted: what counts patients is written without a decimal."""
    if not isinstance(found, int | float):
        raise TypeError(f"`{values.name}` has no number to reach to: {found!r} of {values.dtype}")
    return found
