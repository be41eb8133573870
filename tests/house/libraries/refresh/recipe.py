"""How the libraries' tables are made of their returns. Pure."""

import polars as pl
from engine.libraries.tables import LIBRARY, LIBRARY_COSTS, LIBRARY_LOANS, LIBRARY_RETURN

from engine.period import Period
from refresh.recipe import THIS, each, recipe, staged
from refresh.store.fold import as_folded


def loans_and_costs(rows: pl.LazyFrame, *, period: str) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Two tables of one return."""
    dated = rows.with_columns(
        period=pl.lit(period), counted_on=pl.lit(Period.parse(period).first_day)
    )
    return dated, dated


RECIPES = (
    recipe(LIBRARY, as_folded, rows=staged(LIBRARY, "history")),
    recipe(
        (LIBRARY_LOANS, LIBRARY_COSTS),
        loans_and_costs,
        per=each(LIBRARY_RETURN),
        rows=staged(LIBRARY_RETURN, "same"),
        period=THIS,
    ),
)
