"""Metric: what a number means, declared once and used by the query, the page and the receipts."""

from dataclasses import dataclass
from typing import Literal

import polars as pl


@dataclass(frozen=True)
class Metric:
    """A share of patients (or points), always formed as a sum over a sum.

    table        the lake's table that holds its parts
    code         the column of that table which the Question's indicator selects
    numerator    expression over one row of that table, null where the row adds nothing to it
    denominator  likewise; areas sum each over what their practices gave
    better       which way is good, for words only; colours never say it
    interval     whether a Wilson interval makes sense (a share of people, not of points)
    """

    name: str
    label: str
    table: str
    code: str
    numerator: pl.Expr
    denominator: pl.Expr
    formula: str
    unit: str
    better: Literal["higher", "neither"]
    why: str
    caveats: str
    owner: str
    interval: bool = True
