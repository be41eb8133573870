"""Metric: what a number means, declared once and used by the query, the page and the receipts."""

from dataclasses import dataclass
from typing import Literal

import polars as pl

from engine.dimension import Dimension, Lookup
from engine.errors import BadDeclaration
from engine.unit import SCALES, Format, Money, formatted

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


@dataclass(frozen=True, kw_only=True, eq=False)
class Metric:
    """A sum, or a sum over a sum, of what the rows of one table add.

    table        the lake's table that holds its parts
    numerator    expression over one row of that table, null where the row adds nothing to it
    denominator  likewise; None: a plain sum, or one that is `over` another metric's
    over         the metric whose sum it is divided by, where that lies in another table
    lookup       columns of another table that the expressions need beside the row's own
    dimensions   what its rows can be grouped by
    format       how its value is scaled and written; `money`: in which currency
    better       which way is good, for words only; colours never say it
    interval     whether a Wilson interval makes sense: a share of people, not of points
    crowds       whether values lie so close that bands of equal width tell nobody apart
    sql          numerator and denominator once more in SQL, for receipts
    shows        the published columns that a receipt shows
    target       what is aimed at, in its unit
    """

    name: str
    label: str
    table: str
    numerator: pl.Expr
    denominator: pl.Expr | None = None
    over: "Metric | None" = None
    lookup: Lookup | None = None
    dimensions: tuple[Dimension, ...]
    formula: str
    unit: str
    format: Format
    money: Money | None = None
    better: Better
    words: MetricWords
    why: str
    caveats: str
    owner: str
    interval: bool = False
    crowds: bool = False
    sql: tuple[str, str] = ("", "")
    shows: tuple[str, ...] = ()
    target: float | None = None

    def __post_init__(self) -> None:
        # At import, so that a wrong declaration stops a start and never a visitor.
        wrong = (
            (self.denominator is not None and self.over, "has two denominators"),
            ((self.format == "money") != (self.money is not None), "is money without a currency"),
            (SCALES[self.format] != 1 and not self.is_ratio, "is a share of nothing"),
            (self.interval and self.format != "percent", "has an interval and is no share"),
        )
        for is_so, what in wrong:
            if is_so:
                raise BadDeclaration(f"the metric {what}", where=self.name, found=self.format)

    @property
    def is_ratio(self) -> bool:
        """Whether it is a sum over a sum."""
        return self.denominator is not None or self.over is not None

    @property
    def value(self) -> pl.Expr:
        """The value, in the metric's unit, over the summed `numerator` and `denominator`.

        Null where nothing was given, or there is nothing to divide by.
        """
        if not self.is_ratio:
            return pl.col("numerator")
        below = pl.when(pl.col("denominator") > 0).then("denominator")
        return pl.col("numerator") * SCALES[self.format] / below

    @property
    def has_gap(self) -> bool:
        """Whether "so many more" means anything: a share of people, of which more is better."""
        return self.interval and self.better == "higher"

    @property
    def which_way(self) -> str:
        """Which way is good, in words without a full stop."""
        return BETTER[self.better]

    def written(self, value: float | None) -> str:
        """A value of this metric as people read it."""
        return formatted(value, self.format, self.money)


def total(column: pl.Expr) -> pl.Expr:
    """A sum that is null, not zero, where there is nothing to add.

    In a fixed order: points are fractions, and the last bit of their sum hangs on the order in
    which threads bring the rows. A mark at a band's edge must not flip between two builds.
    """
    # Polars adds nothing up to 0, and "0 patients" is another thing than "nobody said".
    return pl.when(column.count() > 0).then(column.sort().sum())
