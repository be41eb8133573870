"""Grains: how long the stretches are by which time is told together, and the calendar of a lake.

A time dimension is asked by its name, or as `name__grain`: `service_date__month`,
`service_date__month_of_year`, or a grain of the calendar's own such as a fiscal quarter.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

Grain = Literal["second", "minute", "hour", "day", "week", "month", "quarter", "year"]
GRAINS: dict[Grain, str] = {
    "second": "1s",
    "minute": "1m",
    "hour": "1h",
    "day": "1d",
    "week": "1w",
    "month": "1mo",
    "quarter": "1q",
    "year": "1y",
}
"""Every grain, the finest first, as Polars writes one stretch of it; a week begins on Monday."""
_IN_A_DAY: frozenset[str] = frozenset(("second", "minute", "hour"))

Part = Literal[
    "year_number",
    "quarter_of_year",
    "month_of_year",
    "day_of_month",
    "day_of_week",
    "day_of_year",
]
PARTS: dict[Part, Callable[[pl.Expr], pl.Expr]] = {
    "year_number": lambda time: time.dt.year(),
    "quarter_of_year": lambda time: time.dt.quarter(),
    "month_of_year": lambda time: time.dt.month(),
    "day_of_month": lambda time: time.dt.day(),
    "day_of_week": lambda time: time.dt.weekday(),
    "day_of_year": lambda time: time.dt.ordinal_day(),
}
"""What is alike in every year, as a number; Monday is day 1 of the week."""


@dataclass(frozen=True)
class Calendar:
    """The table of a lake with one row a day: where gaps are seen, and grains of one's own.

    table   the table
    day     its column with the day
    grains  its columns that tell days together: a fiscal quarter, a school term
    """

    table: str
    day: str
    grains: tuple[str, ...] = ()


def truncated(time: pl.Expr, grain: Grain) -> pl.Expr:
    """The first day (or second, minute, hour) of the stretch that a time lies in.

    >>> days = pl.DataFrame({"on": [date(2024, 2, 29)]})
    >>> days.select(w=truncated(pl.col("on"), "week"), q=truncated(pl.col("on"), "quarter")).row(0)
    (datetime.date(2024, 2, 26), datetime.date(2024, 1, 1))
    """
    start = time.dt.truncate(GRAINS[grain])
    return start if grain in _IN_A_DAY else start.cast(pl.Date)


def stretch(first: date, last: date, grain: Grain) -> tuple[date, date]:
    """The whole stretches of a grain in which two days lie: the first day, and that after the last.

    >>> stretch(date(2020, 1, 15), date(2020, 2, 3), "month")
    (datetime.date(2020, 1, 1), datetime.date(2020, 3, 1))
    """
    starts = pl.Series([first, last]).dt.truncate(GRAINS[grain])
    return starts[0], starts.dt.offset_by(GRAINS[grain])[1]


def coarsest(*grains: Grain) -> Grain:
    """The grain with the longest stretches.

    >>> coarsest("day", "quarter", "month")
    'quarter'
    """
    return max(grains, key=list(GRAINS).index)


def stepped(time: pl.Expr, step: str) -> pl.Expr:
    """A time as a grain or a part tells it; unchanged where the step is none."""
    if step in PARTS:
        return PARTS[step](time)
    return truncated(time, step) if step in GRAINS else time
