"""What a council's return of its libraries holds, and what the lake makes of it."""

import polars as pl

from engine.rules import Between, Matches, NotNull
from engine.table import Column, Table

OWNER = "Libraries team"
CODE = Column(
    "library_code",
    pl.String,
    "Code of the library",
    rules=(NotNull(), Matches(pattern=r"L\d{3}", example="L001")),
)
PERIOD = Column("period", pl.String, "Month, such as 2026-05", derived=True, rules=(NotNull(),))
LOANS = Column("loans", pl.Int64, "Books lent in the month", "books", rules=(Between(),))
COST = Column("cost_pence", pl.Int64, "What it cost to run", "pence", rules=(Between(),))
LIBRARY = Table(
    name="library",
    grain="a library for as long as it was called the same",
    meaning="Libraries and their names through time.",
    key=("library_code", "valid_from"),
    columns=(
        CODE,
        Column("library_name", pl.String, "Its name", rules=(NotNull(),)),
        Column("valid_from", pl.Date, "First day of that name", derived=True),
        Column("valid_to", pl.Date, "Day on which it ended; 9999-12-31: current", derived=True),
    ),
    owner=OWNER,
    sort=("library_code", "valid_from"),
)
LIBRARY_RETURN = Table(
    name="library_return",
    grain="a library in a month",
    meaning="The return as published.",
    key=("library_code",),
    columns=(CODE, LOANS, COST),
    owner=OWNER,
)
LIBRARY_LOANS = Table(
    name="library_loans",
    grain="a library in a month",
    meaning="Books lent.",
    key=("period", "library_code"),
    columns=(PERIOD, CODE, LOANS),
    owner=OWNER,
    sort=("library_code",),
    partition="period",
)
LIBRARY_COSTS = Table(
    name="library_costs",
    grain="a library in a month",
    meaning="What it cost to run.",
    key=("period", "library_code"),
    columns=(
        PERIOD,
        CODE,
        COST,
        Column("counted_on", pl.Date, "First day of the month", derived=True),
    ),
    owner=OWNER,
    sort=("library_code",),
    partition="period",
)
