"""Wilson score intervals for a share of people, as expressions."""

import polars as pl

Z95 = 1.959963984540054


def wilson(numerator: pl.Expr, denominator: pl.Expr, z: float = Z95) -> tuple[pl.Expr, pl.Expr]:
    """The low and the high end of the Wilson score interval, in percent.

    Takes:  people counted and people who could be, whole and at least 0; z of the confidence.
    Gives:  two Float64 expressions from 0 to 100; null where nobody could be counted, either is
            null, or more were counted than could be.
    Source: PHEindicatormethods `phe_proportion`, Fingertips technical guidance.

    >>> df = pl.DataFrame({"n": [65, 0, 1], "d": [100, 0, 1]})
    >>> low, high = wilson(pl.col("n"), pl.col("d"))
    >>> df.select(low.round(2).alias("low"), high.round(2).alias("high")).rows()
    [(55.25, 73.64), (None, None), (20.65, 100.0)]
    """
    possible = (denominator > 0) & (numerator <= denominator)
    n = pl.when(possible).then(denominator)
    # The textbook's formula times n / (n + z²): the same ends, in half the steps.
    reach = z * (numerator * (n - numerator) / n + z * z / 4).sqrt()
    low, high = ((numerator + z * z / 2 + sign * reach) / (n + z * z) * 100 for sign in (-1, 1))
    return low.clip(0, 100), high.clip(0, 100)
