"""What is worked out of claims whenever it is asked."""

import polars as pl

from engine.claims.stays import inpatient_stays
from engine.claims.tables.fact_contracts import FACT_CLAIM
from engine.claims.tables.fields import MEMBER_ID, OWNER, PLAN_ID, PROVIDER_ID, cents, surrogate
from engine.table import Column, Table
from engine.view import View

INPATIENT_STAY = View(
    Table(
        name="inpatient_stay",
        grain="stay in hospital: the bills that overlap, touch or follow within a day",
        meaning="Inpatient stays, worked out of facility claims of inpatients.",
        key=("member_id", "admitted"),
        columns=(
            MEMBER_ID,
            Column("admitted", pl.Date, "First day of the stay"),
            Column("discharged", pl.Date, "Last day of it"),
            Column("bills", pl.Int64, "Claims of which it is made", "claims"),
            cents("billed_cents", "What was billed for it"),
            cents("allowed_cents", "What was allowed for it"),
            cents("paid_cents", "What was paid for it"),
            Column("claim_id", pl.String, "The first of its claims"),
            surrogate("member_sk", "member"),
            surrogate("plan_sk", "plan"),
            PLAN_ID,
            PROVIDER_ID,
            Column("diagnosis_code", pl.String, "Diagnosis of the first claim"),
            Column("length_days", pl.Int64, "Days from first to last, at least 1", "days"),
            Column("days_since", pl.Int64, "Days since the discharge before", "days"),
            Column("is_readmission", pl.Boolean, "Whether 1 to 30 days after a discharge"),
            Column("month", pl.Date, "First day of the month of admission"),
            Column("year", pl.String, "Calendar year of admission"),
        ),
        owner=OWNER,
        sort=("member_id", "admitted"),
    ),
    of=(FACT_CLAIM,),
    by=inpatient_stays,
)
