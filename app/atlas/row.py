"""A row of a frame by its columns' names, and the two that the whole page reads: Figure, Summary.

Pure. Polars says of a row only that it has names: here it is said once what these two hold.
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import polars as pl

Row = Mapping[str, Any]
"""One row by its columns' names; what they hold is said where the frame is made."""

Rows = Sequence[Row]


class Figure(TypedDict):
    """A sum over a sum: its parts, the value in percent and its interval.

    All are None where nothing was reported; no interval where the measure has none.
    """

    numerator: float | None
    denominator: float | None
    value: float | None
    value_low: float | None
    value_high: float | None


class Summary(Figure):
    """The figure of several organisations together, with the spread of their own values."""

    organisations: int
    reported: int
    lower_quartile: float | None
    median: float | None
    upper_quartile: float | None


def figure_of(answer: pl.DataFrame) -> Figure:
    """The figure of the one row of an answer (engine.atlas.ask.answer)."""
    row = answer.row(0, named=True)
    # Name by name, so that a column that the engine renames fails here and not on the page.
    return Figure(
        numerator=row["numerator"],
        denominator=row["denominator"],
        value=row["value"],
        value_low=row["value_low"],
        value_high=row["value_high"],
    )


def summary_of(together: pl.DataFrame) -> Summary:
    """The one row of what a whole answer says (engine.atlas.ask.summary)."""
    row = together.row(0, named=True)
    return Summary(
        **figure_of(together),
        organisations=row["organisations"],
        reported=row["reported"],
        lower_quartile=row["lower_quartile"],
        median=row["median"],
        upper_quartile=row["upper_quartile"],
    )
