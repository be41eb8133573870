"""Where chance comes from: one generator for each thing that is drawn, and picks from pools."""

import zlib
from collections.abc import Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

Whole = NDArray[np.int64]
Real = NDArray[np.float64]
Flags = NDArray[np.bool_]


def dice(seed: int, *what: object) -> np.random.Generator:
    """The generator for `what` under `seed`: the same words, the same numbers.

    >>> dice(1, "plans", 2024).random(2).tolist() == dice(1, "plans", 2024).random(2).tolist()
    True
    """
    return np.random.default_rng([seed, *(zlib.crc32(str(word).encode()) for word in what)])


def picked(pool: Sequence[str], places: Whole) -> pl.Series:
    """The words at these places of a pool.

    >>> picked(("a", "b"), np.array([1, 0, 1])).to_list()
    ['b', 'a', 'b']
    """
    return pl.Series(pool, dtype=pl.String).gather(places)


def spread(rolls: np.random.Generator, shares: Sequence[float], size: int) -> Whole:
    """Places in a pool, each as often as its share says."""
    edges = np.cumsum(shares) / np.sum(shares)
    found: Whole = np.searchsorted(edges, rolls.random(size), side="right")
    return np.minimum(found, len(shares) - 1)


def dollars(cents: Whole) -> pl.Expr:
    """Whole cents as dollars with two decimals, digit by digit.

    >>> pl.select(dollars(np.array([1205, 7]))).to_series().to_list()
    ['12.05', '0.07']
    """
    whole = pl.Series(cents)
    tail = (whole % 100).cast(pl.String).str.zfill(2)
    return pl.lit((whole // 100).cast(pl.String) + "." + tail)
