"""Dimensions: days; members, plans and providers with their history; engagement, which has none.

History is half-open, [valid_from, valid_to). A fact takes the version of its own day.
"""

import polars as pl

from engine.claims.quality.rules import RULES
from engine.claims.tables.attributes import ENGAGEMENT, MEMBER, PLAN, PROVIDER
from engine.claims.tables.fields import (
    IS_CURRENT,
    LOAD_ID,
    MEMBER_ID,
    OWNER,
    PLAN_ID,
    PROVIDER_ID,
    VALID_FROM,
    VALID_TO,
    always,
    surrogate,
    text,
)
from engine.rules import Between, NotNull
from engine.table import Column, Table
from engine.table_rules import NoOverlap, Unique

_OTHER = text("other_attributes", "Filled cells of columns that no contract names, as JSON")
_VALIDITY = (VALID_FROM, VALID_TO, IS_CURRENT, LOAD_ID)

DIM_DATE = Table(
    name="dim_date",
    grain="day",
    meaning="Every day from 2000 to 2035, by calendar and by financial year.",
    key=("date_key",),
    columns=(
        Column("date_key", pl.Int32, "The day as yyyymmdd", "yyyymmdd", rules=(NotNull(),)),
        Column("full_date", pl.Date, "The day", rules=(NotNull(),)),
        *(
            Column(name, pl.Int32, meaning, unit, rules=(NotNull(), Between(low, high)))
            for name, meaning, unit, low, high in (
                ("year", "Calendar year", "year", 2000, 2035),
                ("quarter", "Quarter of the calendar year", "quarter", 1, 4),
                ("month", "Month", "month", 1, 12),
                ("day", "Day of the month", "day", 1, 31),
                ("day_of_week", "Day of the week, Monday 1 to Sunday 7", "day", 1, 7),
                ("week_of_year", "Week of the year (ISO)", "week", 1, 53),
            )
        ),
        Column("month_name", pl.String, "January to December"),
        Column("day_name", pl.String, "Monday to Sunday"),
        Column("is_weekend", pl.Boolean, "Saturday or Sunday"),
        Column("month_start", pl.Date, "First day of its month"),
        Column("days_of_month", pl.Int32, "Days that its month has", "days"),
        Column("financial_year", pl.String, "April to March, such as 2024-25"),
        Column("financial_period", pl.Int32, "Month of the financial year, April 1", "month"),
    ),
    owner=OWNER,
    sort=("date_key",),
)


def _dimension(
    name: str, of: str, key: tuple[Column, ...], attributes: tuple[Column, ...]
) -> Table:
    names = tuple(column.name for column in key)
    return Table(
        name=f"dim_{name}",
        grain=f"{of}, for as long as all that is tracked of it was the same",
        meaning=f"Each {of} through time.",
        key=(f"{name}_sk",),
        columns=(
            surrogate(f"{name}_sk", of, required=True),
            *key,
            *attributes,
            _OTHER,
            *_VALIDITY,
        ),
        owner=OWNER,
        sort=(*names, "valid_from"),
        rules=(
            Unique((*names, "valid_from"), of="version"),
            NoOverlap(names),
            *RULES[f"dim_{name}"],
        ),
    )


DIM_MEMBER = _dimension("member", "member", (always(MEMBER_ID),), MEMBER)
DIM_PLAN = _dimension(
    "plan",
    "plan of a year",
    (
        always(PLAN_ID),
        Column("effective_year", pl.Int64, "Year of the plan", "year", rules=(NotNull(),)),
    ),
    PLAN,
)
DIM_PROVIDER = _dimension("provider", "provider", (always(PROVIDER_ID),), PROVIDER)

MEMBER_ENGAGEMENT = Table(
    name="member_engagement",
    grain="member x year",
    meaning="What the newest batch of a year says of each member's contacts and risk.",
    key=("member_id", "year"),
    columns=(
        always(MEMBER_ID),
        Column("year", pl.String, "Calendar year", rules=(NotNull(),)),
        *ENGAGEMENT,
        LOAD_ID,
    ),
    owner=OWNER,
    sort=("year", "member_id"),
)
