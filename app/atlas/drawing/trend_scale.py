"""Where a year and a percentage lie in the drawing of a trend. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from math import ceil, floor

from app.atlas.row import Row
from engine.period import start_of

WIDTH, HEIGHT = 440, 280
LEFT, RIGHT, TOP, BOTTOM = 44, 118, 22, 26
STEPS = (0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
MOST_TICKS = 6
CLOSE_TO_ZERO = 0.4  # of the highest value: from there down the axis starts at zero
DRAWN = ("value", "value_low", "value_high", "parent_value", "england_value", "p10", "p90")


@dataclass(frozen=True)
class Scale:
    """first, last: starting calendar years; low, high and ticks: percent."""

    first: int
    last: int
    low: float
    high: float
    ticks: tuple[float, ...]

    @property
    def step(self) -> float:
        """How far a year is from the next, in units of the drawing."""
        return (WIDTH - LEFT - RIGHT) / (self.last - self.first + 1)

    def x(self, year: str) -> float:
        return LEFT + self.step * (start_of(year) - self.first + 0.5)

    def y(self, value: float) -> float:
        share = (value - self.low) / (self.high - self.low)
        return HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM)


def scale_of(rows: Iterable[Row]) -> Scale:
    """A scale that holds everything that is drawn of these years.

    >>> two = [dict.fromkeys(DRAWN, 70) | {"year": "2020-21"}]
    >>> two += [dict.fromkeys(DRAWN, 82) | {"year": "2021-22"}]
    >>> scale_of(two).ticks, scale_of(two).low
    ((70, 75, 80, 85), 70)
    """
    rows = list(rows)
    # Of nothing at all the axis is the whole of a percentage.
    values = [row[name] for row in rows for name in DRAWN if row[name] is not None] or [0, 100]
    low, high = min(values), max(values)
    low = 0 if low < CLOSE_TO_ZERO * high else low
    step = next((s for s in STEPS if (high - low) / s <= MOST_TICKS - 1), STEPS[-1])
    # Counted in steps: sums of tenths would not meet the round numbers.
    low, high = floor(low / step), max(ceil(high / step), floor(low / step) + 1)
    starts = [start_of(row["year"]) for row in rows]
    ticks = tuple(round(tick * step, 2) for tick in range(low, high + 1))
    return Scale(min(starts), max(starts), low * step, high * step, ticks)
