"""Facts: claims and enrolments that could be placed, and each member's months of cover."""

import polars as pl

from engine.claims.quality.rules import RULES
from engine.claims.tables.attributes import CLAIM, CLAIM_AMOUNTS
from engine.claims.tables.fields import (
    LOAD_ID,
    MEMBER_ID,
    OWNER,
    PLAN_ID,
    PROVIDER_ID,
    always,
    cents,
    flag,
    surrogate,
    text,
)
from engine.rules import Between, NotNull
from engine.table import Column, Table

_KEYS = (surrogate("member_sk", "member"), surrogate("plan_sk", "plan"))

FACT_CLAIM = Table(
    name="fact_claim",
    grain="claim, as the newest batch has it; a reversal of it is an entry of its own",
    meaning="Claims whose member, provider, plan and cover are known on the day of the service.",
    key=("claim_id", "entry"),
    columns=(
        Column("claim_id", pl.String, "Claim", rules=(NotNull(),)),
        Column(
            "entry",
            pl.Int32,
            "1: the claim; from 2 on, reversals under its number",
            "entry",
            rules=(NotNull(), Between(1)),
        ),
        Column(
            "claim_count",
            pl.Int32,
            "What it counts as: 1; a reversal of the whole bill -1, an adjustment of a payment 0."
            " Claims are the sum of it",
            "claims",
            rules=(NotNull(), Between(-1, 1)),
        ),
        *_KEYS,
        surrogate("provider_sk", "provider"),
        always(MEMBER_ID),
        PROVIDER_ID,
        PLAN_ID,
        Column("service_date", pl.Date, "Day of the service", rules=(NotNull(),)),
        Column("service_month", pl.Date, "First day of its month", rules=(NotNull(),)),
        Column("service_year", pl.String, "Its calendar year", rules=(NotNull(),)),
        *CLAIM_AMOUNTS,
        flag("is_rounded", "Whether an amount had more than two decimals"),
        *CLAIM,
        text("other_attributes", "Filled cells of columns that no contract names, as JSON"),
        LOAD_ID,
    ),
    owner=OWNER,
    partition="service_year",
    rules=RULES["fact_claim"],
    may_be_empty=True,
)

FACT_ENROLLMENT = Table(
    name="fact_enrollment",
    grain="span of cover, as the newest batch has it",
    meaning="Who was covered by which plan from when to when.",
    key=("enrollment_id",),
    columns=(
        Column("enrollment_id", pl.String, "Span of cover", rules=(NotNull(),)),
        *_KEYS,
        always(MEMBER_ID),
        PLAN_ID,
        Column("start_date", pl.Date, "First day of cover", rules=(NotNull(),)),
        Column("end_date", pl.Date, "Last day of cover, in it", rules=(NotNull(),)),
        Column("service_year", pl.String, "Calendar year of the first day", rules=(NotNull(),)),
        cents("premium_cents", "Premium of a month of cover"),
        text("csr_variant", "Cost-sharing reduction: none, 73, 87 or 94"),
        Column(
            "coverage_days",
            pl.Int64,
            "Days from the first to the last, both in it",
            "days",
            rules=(NotNull(), Between(1)),
        ),
        LOAD_ID,
    ),
    owner=OWNER,
    sort=("member_id", "start_date", "enrollment_id"),
    partition="service_year",
    rules=RULES["fact_enrollment"],
    may_be_empty=True,
)

MEMBER_MONTH = Table(
    name="member_month",
    grain="member x plan x month with at least a day of cover",
    meaning="Cover by month: a day that two spans of one plan share counts once.",
    key=("member_id", "plan_id", "month"),
    columns=(
        always(MEMBER_ID),
        *_KEYS,
        Column(
            "plan_id", pl.String, "Plan; an empty text where none was named", rules=(NotNull(),)
        ),
        Column("month", pl.Date, "First day of the month", rules=(NotNull(),)),
        Column("year", pl.String, "Its calendar year", rules=(NotNull(),)),
        Column("days", pl.Int32, "Days of cover in it", "days", rules=(NotNull(), Between(1, 31))),
        Column(
            "days_of_month",
            pl.Int32,
            "Days that it has",
            "days",
            rules=(NotNull(), Between(28, 31)),
        ),
        Column(
            "member_months",
            pl.Float64,
            "Days of cover as a share of the month (0-1)",
            "months",
            rules=(NotNull(), Between(0, 1)),
        ),
        Column(
            "premium_cents",
            pl.Float64,
            "Premium earned: that of a month, by days of cover; parts of a cent are kept, so that"
            " a whole month adds up",
            "cents",
        ),
    ),
    owner=OWNER,
    sort=("plan_id", "month", "member_id"),
    partition="year",
)
