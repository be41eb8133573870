"""Bands: members and providers sorted into a few by what they cost, use or do."""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

DOLLAR = 100


@dataclass(frozen=True)
class Band:
    """A column of words for a column of numbers.

    of     the column that is sorted into bands
    steps  the upper end of each band and its word, from the lowest; `is_in`: the end is in it
    above  the word beyond the last
    first  the word where another column (`unless`) is 0: nothing happened at all
    """

    name: str
    of: str
    steps: tuple[tuple[int, str], ...]
    above: str
    is_in: bool = True
    unless: str = ""
    first: str = ""

    @property
    def column(self) -> pl.Expr:
        """The word for each row; what is unknown or less than nothing is in the lowest band.

        >>> use = Band("use", "claims", ((2, "Low"), (6, "Moderate")), "High")
        >>> pl.DataFrame({"claims": [0, 2, 6, 7]}).select(use.column)["use"].to_list()
        ['Low', 'Low', 'Moderate', 'High']
        """
        value, told = pl.col(self.of).fill_null(0), pl.lit(self.above)
        for end, word in reversed(self.steps):
            told = (
                pl.when(value <= end if self.is_in else value < end)
                .then(pl.lit(word))
                .otherwise(told)
            )
        if self.unless:
            is_none = pl.col(self.unless).fill_null(0) == 0
            told = pl.when(is_none).then(pl.lit(self.first)).otherwise(told)
        return told.alias(self.name)


def _dollars(*steps: tuple[int, str]) -> tuple[tuple[int, str], ...]:
    return tuple((end * DOLLAR, word) for end, word in steps)


_NONE_OR = (0, "No Cost")
# Who has claims and no cost (all of them denied) is not without claims.
COST_CATEGORY = Band(
    "cost_category",
    "paid",
    _dollars(_NONE_OR, (500, "Low"), (2_000, "Moderate"), (10_000, "High")),
    "Very High",
    unless="claims",
    first="No Claims",
)
# Below 500, not at it: whole cents, so a cent less is the last.
PAID_RISK = Band(
    "paid_risk_bucket",
    "paid",
    (
        (0, "No Cost"),
        *(
            (end * DOLLAR - 1, word)
            for end, word in ((500, "Low"), (2_500, "Moderate"), (10_000, "High"))
        ),
    ),
    "Very High",
)
UTILIZATION = Band(
    "utilization_bucket",
    "claims",
    ((0, "No Util"), (2, "Low"), (6, "Moderate"), (15, "High")),
    "Very High",
)
VOLUME = Band(
    "volume_category",
    "claims",
    ((10, "Very Low"), (50, "Low"), (100, "Moderate")),
    "High",
    is_in=False,
)
PROVIDER_COST = Band(
    "cost_level",
    "paid",
    _dollars((5_000, "Very Low"), (20_000, "Low"), (50_000, "Moderate")),
    "High",
    is_in=False,
)


def banded(rows: pl.LazyFrame, bands: Sequence[Band]) -> pl.LazyFrame:
    """The same rows with a column of words for each band."""
    return rows.with_columns(band.column for band in bands)
