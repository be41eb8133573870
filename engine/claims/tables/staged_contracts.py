"""What the files of a batch are staged as: every row of every file, those that cannot be used too.

Nothing is refused here but a file without its key column: a row that cannot be used keeps its
dollars and says why in `problem`, so that what comes of it can be reconciled to the cent.
"""

import polars as pl

from engine.claims.tables.attributes import (
    CLAIM,
    CLAIM_AMOUNTS,
    ENGAGEMENT,
    MEMBER,
    PLAN,
    PROVIDER,
)
from engine.claims.tables.fields import (
    MEMBER_ID,
    OWNER,
    PLAN_ID,
    PROVIDER_ID,
    cents,
    day,
    flag,
    text,
    whole,
)
from engine.rules import NotNull
from engine.table import Column, Table

_KEY = Column("source_row", pl.String, "Batch, file and row", derived=True, rules=(NotNull(),))
_ROW = (
    whole("file_row", "Row of the file, from 1 below the header", "row"),
    whole("file_rows", "Rows that the file has", "rows"),
    text("problem", "Why the row cannot be used; null where it can"),
    text("columns_given", "Columns that the file has, by our names, with a blank between"),
    text("other_attributes", "Filled cells of columns that no contract names, as JSON"),
)
_EFFECTIVE_YEAR = whole("effective_year", "Year of the plan", "year")


def _staged(name: str, meaning: str, *columns: Column) -> Table:
    return Table(
        name=name,
        grain="a row of a file of a batch",
        meaning=meaning,
        key=(_KEY.name,),
        columns=(_KEY, *columns, *_ROW),
        owner=OWNER,
    )


MEMBERS_RAW = _staged(
    "members_raw",
    "Members as a batch has them.",
    MEMBER_ID,
    *MEMBER,
    *ENGAGEMENT,
    whole("year", "Year that the row is about", "year"),
)
PLANS_RAW = _staged(
    "plans_raw", "Plans and their years as a batch has them.", PLAN_ID, _EFFECTIVE_YEAR, *PLAN
)
PROVIDERS_RAW = _staged("providers_raw", "Providers as a batch has them.", PROVIDER_ID, *PROVIDER)
ENROLLMENTS_RAW = _staged(
    "enrollments_raw",
    "Spans of cover as a batch has them.",
    text("enrollment_id", "Span of cover"),
    MEMBER_ID,
    PLAN_ID,
    day("start_date", "First day of cover"),
    day("end_date", "Last day of cover, in it"),
    cents("premium_cents", "Premium of a month of cover (premium_paid)"),
    text("csr_variant", "Cost-sharing reduction: none, 73, 87 or 94"),
)
CLAIMS_RAW = _staged(
    "claims_raw",
    "Claims as a batch has them.",
    text("claim_id", "Claim"),
    MEMBER_ID,
    PROVIDER_ID,
    PLAN_ID,
    day("service_date", "Day of the service"),
    *CLAIM_AMOUNTS,
    flag("is_rounded", "Whether an amount had more than two decimals"),
    *CLAIM,
)
