"""Metrics made of metrics: sums over a window of time, expressions, conversions.

None of them holds data: `measure` asks what they are made of and puts that together.
"""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from engine.dimension import Dimension
from engine.errors import BadDeclaration
from engine.grain import Grain
from engine.metric import AnyMetric, Metric


@dataclass(frozen=True)
class Offset:
    """From when a value is taken that is shown beside another: a year before, or its first day.

    by     how far back, as Polars writes a stretch of time: `1mo`, `5d`; or one grain of the
           calendar's own
    start  the first day of which stretch instead
    """

    by: str = ""
    start: Grain | None = None

    def __post_init__(self) -> None:
        if bool(self.by) == bool(self.start):
            raise BadDeclaration("an offset is either so far back or to a start", found=str(self))


@dataclass(frozen=True, eq=False)
class Input:
    """A metric as part of another: under which name, of which rows, as of when.

    is_filled  whether what the metric is where it has no rows counts here as well: a change on
               nothing is none
    """

    metric: AnyMetric
    name: str = ""
    only: pl.Expr | None = None
    offset: Offset | None = None
    is_filled: bool = True

    @property
    def column(self) -> str:
        """What the expression calls it."""
        return self.name or self.metric.name


@dataclass(frozen=True, kw_only=True, eq=False)
class Derived(AnyMetric):
    """An expression over other metrics, each of them first aggregated by what is asked.

    expression  over the names of the inputs; what is divided by zero is null
    sql         the same in SQL, where a query in SQL is to have it
    """

    inputs: tuple[Input, ...]
    expression: pl.Expr
    sql: str = ""

    def _contradictions(self) -> list[tuple[bool, str]]:
        given, used = {i.column for i in self.inputs}, set(self.expression.meta.root_names())
        return [*super()._contradictions(), (not used <= given, "names what it has no input for")]


@dataclass(frozen=True, kw_only=True, eq=False)
class Cumulative(AnyMetric):
    """A metric over all days up to each day: since ever, since a start, or of a trailing window.

    of       the metric whose rows count
    window   how far back, as Polars writes a stretch of time: `12mo`; empty: since ever
    to_date  since the first day of which stretch instead
    told     which of its days speaks for a longer stretch: its first or last, or their average
    is_full  whether there is none where the window begins before the first row
    """

    of: Metric
    window: str = ""
    to_date: Grain | None = None
    told: Literal["first", "last", "average"] = "first"
    is_full: bool = False

    def _contradictions(self) -> list[tuple[bool, str]]:
        return [
            *super()._contradictions(),
            (bool(self.window and self.to_date), "has two windows"),
            (not self.of.when, "is of no time"),
            (self.of.over is not None, "is a window of two tables: divide two windows instead"),
        ]


@dataclass(frozen=True, kw_only=True, eq=False)
class Conversion(AnyMetric):
    """How many of one kind of rows are followed by one of another kind, of the same entity.

    base     the metric that counts what may be followed, and has the dimensions
    by       the metric that counts what follows; each goes with the last row of `base` before it
    entity   the dimension of both that says whose they are
    within   how much later at most (exclusive), as Polars writes it; empty: whenever
    rate     whether it is a share of `base`, or their number
    """

    base: Metric
    by: Metric
    entity: str
    within: str = ""
    rate: bool = True


@dataclass(frozen=True, eq=False, kw_only=True)
class MeasuredDimension(Dimension):
    """A dimension that is a metric's value for each: members by what they cost.

    of  the metric, asked by `on`; `value` is an expression over its name
    """

    of: AnyMetric

    @property
    def is_elsewhere(self) -> bool:
        return True


def parts(metric: AnyMetric) -> list[Metric]:
    """The metrics with tables of their own that one is made of, each once, in order."""
    match metric:
        case Derived():
            found = [part for given in metric.inputs for part in parts(given.metric)]
        case Cumulative():
            found = parts(metric.of)
        case Conversion():
            found = parts(metric.base)
        case Metric():
            found = [metric]
        case _:
            raise BadDeclaration("nothing says how the metric is made", where=metric.name)
    return list(dict.fromkeys(found))
