"""Libraries: tables and metrics."""

import polars as pl

from engine.dimension import Dimension
from engine.libraries.tables import (
    LIBRARY,
    LIBRARY_COSTS,
    LIBRARY_LOANS,
    LIBRARY_RETURN,
    OWNER,
)
from engine.metric import Metric, MetricWords
from engine.unit import Money
from engine.wing import Wing

_ALL = "All libraries are counted: there is nothing for chance to do."
_SHARED = (Dimension("period"), Dimension("library_code"))
LOANS = Metric(
    name="library_loans",
    label="Books lent",
    table="library_loans",
    numerator=pl.col("loans"),
    dimensions=_SHARED,
    formula="sum(loans)",
    unit="books",
    format="count",
    better="higher",
    words=MetricWords(numerator="loans", no_interval=_ALL),
    sql=("loans", ""),
    why="What a library is for.",
    caveats="Books read in the library are not counted.",
    owner=OWNER,
)
COST_PER_LOAN = Metric(
    name="cost_per_loan",
    label="Cost of a loan",
    table="library_costs",
    numerator=pl.col("cost_pence"),
    over=LOANS,
    dimensions=(
        *_SHARED,
        Dimension("library_name", table="library", on=("library_code",), as_of="counted_on"),
    ),
    formula="sum(cost) / sum(loans)",
    unit="pence a loan",
    format="money",
    money=Money("GBP"),
    better="lower",
    words=MetricWords(numerator="cost", denominator="loans", counted="loans", no_interval=_ALL),
    sql=("cost_pence", ""),
    why="What a council pays for each book that is lent.",
    caveats="Large libraries do more than lend.",
    owner=OWNER,
)
LIBRARIES = Wing(
    name="libraries",
    tables=(LIBRARY, LIBRARY_LOANS, LIBRARY_COSTS),
    parts=(LIBRARY_RETURN,),
    metrics=(LOANS, COST_PER_LOAN),
)
