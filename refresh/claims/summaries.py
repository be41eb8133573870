"""How claims and cover become sums by month and a few dimensions. Pure."""

import polars as pl

from engine.claims.summaries import SUMMARIES
from engine.claims.tables.dimension_contracts import DIM_MEMBER, DIM_PLAN
from engine.dimension import Dimension
from engine.stored_sums import summed

_BY_NAME = {summary.name: summary for summary in SUMMARIES}


def sums(
    rows: pl.LazyFrame, *, members: pl.LazyFrame, plans: pl.LazyFrame, name: str
) -> pl.LazyFrame:
    """The sums of a year's facts.

    Takes:  the facts; the dimensions that facts name versions of; the name of the summary.
    """
    there = {DIM_MEMBER.name: members, DIM_PLAN.name: plans}

    def source(dimension: Dimension) -> pl.LazyFrame:
        return there[dimension.table]

    # Streaming: of ten million facts only the sums are in memory.
    return summed(_BY_NAME[name], rows, source).collect(engine="streaming").lazy()
