"""Metric: what a number means, declared once and used by the query, the page and the receipts."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from engine.aggregation import Aggregation, total
from engine.dimension import Dimension, Lookup
from engine.errors import BadDeclaration
from engine.grain import Grain
from engine.unit import SCALES, Format, Money, formatted

__all__ = ["BETTER", "AnyMetric", "Better", "Metric", "MetricWords", "SemiAdditive", "total"]

Better = Literal["higher", "lower", "neither"]
BETTER: dict[Better, str] = {
    "higher": "Higher is better",
    "lower": "Lower is better",
    "neither": "Neither high nor low is better",
}


@dataclass(frozen=True)
class MetricWords:
    """How a metric and its parts are spoken of.

    numerator    what the upper part counts, in a word or two; denominator: the lower one
    counted      whom or what both count: patients
    nobody       what is said where there is nothing to be a share of
    enough       what an organisation needs to be held against others
    size         the denominator as the name of an axis
    axis         the value as the name of an axis; empty: the metric's label
    of           the lower part as it stands behind "of"; empty: the denominator's own words
    banded       the value in a word or two, as a band of it is called
    no_interval  why chance sets it no limits, where it has no interval
    """

    numerator: str
    denominator: str = ""
    counted: str = "patients"
    nobody: str = "no eligible patients"
    enough: str = "10 or more eligible patients"
    size: str = "Eligible patients"
    axis: str = ""
    banded: str = "Achievement"
    of: str = ""
    no_interval: str = ""

    @property
    def share(self) -> str:
        """What it is a share of, in words.

        >>> MetricWords("achieved", "on register", of="those on the register").share
        'achieved, of those on the register'
        """
        return f"{self.numerator}, of {self.of or self.denominator}"


@dataclass(frozen=True)
class SemiAdditive:
    """A balance: it adds up over everything but time, of which one day speaks for all.

    along  the dimension that it does not add up over
    take   which of its values counts
    per    whose first or last it is; empty: of all rows together
    """

    along: str
    take: Literal["first", "last"]
    per: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class AnyMetric:
    """What every metric says of itself, however its value comes about.

    format  how its value is scaled and written; `money`: in which currency
    better  which way is good, for words only; colours never say it
    target  what is aimed at, in its unit
    """

    name: str
    label: str
    formula: str
    unit: str
    format: Format
    money: Money | None = None
    better: Better
    words: MetricWords
    why: str
    caveats: str
    owner: str
    target: float | None = None

    def __post_init__(self) -> None:
        # At import, so that a wrong declaration stops a start and never a visitor.
        for is_so, what in self._contradictions():
            if is_so:
                raise BadDeclaration(f"the metric {what}", where=self.name, found=self.format)

    def _contradictions(self) -> list[tuple[bool, str]]:
        return [
            ((self.format == "money") != (self.money is not None), "is money without a currency")
        ]

    @property
    def which_way(self) -> str:
        """Which way is good, in words without a full stop."""
        return BETTER[self.better]

    def written(self, value: float | None) -> str:
        """A value of this metric as people read it."""
        return formatted(value, self.format, self.money)


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric(AnyMetric):
    """What the rows of one table add, aggregated; or that sum over another sum.

    table        the lake's table that holds its parts
    numerator    expression over one row of that table, null where the row adds nothing to it
    denominator  likewise, summed; None: no ratio, or one that is `over` another metric's
    aggregation  how the numerators of many rows become one; `quantile` (0 to 1) and `discrete`
                 (a value that is there, none in between) say which percentile
    only         condition over dimensions: which rows count at all
    over         the metric whose sum it is divided by, where that lies in another table
    beside_over  dimensions that `over` does not share: it is the same for all their values, as the
                 member months are beside each kind of service
    lookup       columns of another table that the expressions need beside the row's own
    dimensions   what its rows can be grouped by
    when         those of them that say when a row counts, each in its own way: what windows,
                 offsets and gaps are counted along
    grain        the grain by which `when` is told where nobody asks for another
    every_day    whether gaps in time are rows of an answer, too
    is_over      whether time ends with its last row: nothing is cumulated or compared beyond
    fill         what stands where it has no rows and something beside it, or below it, has
    parts        of which a whole number makes each numerator: days of any month are whole numbers
                 of 377,580ths of one. They are added up, so the sum is the same in any order; 0:
                 nobody says
    balance      how a balance is taken, which does not add up over time
    interval     whether a Wilson interval makes sense: a share of people, not of points
    crowds       whether values lie so close that bands of equal width tell nobody apart
    sql          numerator and denominator once more in SQL, for receipts
    only_sql     `only` once more in SQL
    shows        the published columns that a receipt shows
    """

    table: str
    numerator: pl.Expr
    denominator: pl.Expr | None = None
    aggregation: Aggregation = "sum"
    quantile: float = 0.5
    discrete: bool = False
    only: pl.Expr | None = None
    over: "Metric | None" = None
    beside_over: tuple[str, ...] = ()
    lookup: Lookup | None = None
    dimensions: tuple[Dimension, ...]
    when: tuple[str, ...] = ()
    grain: Grain | None = None
    every_day: bool = False
    is_over: bool = False
    fill: int | None = None
    parts: int = 0
    balance: SemiAdditive | None = None
    interval: bool = False
    crowds: bool = False
    sql: tuple[str, str] = ("", "")
    only_sql: str = ""
    shows: tuple[str, ...] = ()

    def _contradictions(self) -> list[tuple[bool, str]]:
        names = {dimension.name for dimension in self.dimensions}
        return [
            *super()._contradictions(),
            (self.denominator is not None and self.over is not None, "has two denominators"),
            (SCALES[self.format] != 1 and not self.is_ratio, "is a share of nothing"),
            (self.interval and self.format != "percent", "has an interval and is no share"),
            (not names.issuperset((*self.when, *self.beside_over)), "lacks one of its dimensions"),
            (self.every_day and not self.when, "is of every day and never"),
            (self.parts > 0 and self.aggregation != "sum", "has parts that are not added up"),
        ]

    @property
    def dimension(self) -> dict[str, Dimension]:
        """Its dimensions by name."""
        return {dimension.name: dimension for dimension in self.dimensions}

    @property
    def adds(self) -> dict[str, pl.Expr]:
        """What one row adds: `numerator`, and `denominator` where it has one of its own."""
        below = {} if self.denominator is None else {"denominator": self.denominator}
        return {"numerator": self.numerator, **below}

    @property
    def is_ratio(self) -> bool:
        """Whether it is a sum over a sum."""
        return self.denominator is not None or self.over is not None

    @property
    def value(self) -> pl.Expr:
        """The value, in the metric's unit, over the summed `numerator` and `denominator`.

        Null where nothing was given, or there is nothing to divide by.
        """
        return self.valued(pl.col("numerator"), pl.col("denominator"))

    def valued(self, above: pl.Expr, below: pl.Expr) -> pl.Expr:
        """The same over aggregates by any name; `below` is not looked at where it is no ratio."""
        if not self.is_ratio:
            return above
        if self.fill is not None:
            above = above.fill_null(self.fill)
        return above * SCALES[self.format] / pl.when(below > 0).then(below)

    @property
    def has_gap(self) -> bool:
        """Whether "so many more" means anything: a share of people, of which more is better."""
        return self.interval and self.better == "higher"
