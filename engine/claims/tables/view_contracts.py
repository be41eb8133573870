"""What is worked out of claims whenever it is asked."""

import polars as pl

from engine.claims.stays import GAP, READMITTED_WITHIN, inpatient_stays
from engine.claims.tables.fact_contracts import FACT_CLAIM
from engine.claims.tables.fields import (
    MEMBER_ID,
    OWNER,
    PLAN_ID,
    PROVIDER_ID,
    always,
    cents,
    surrogate,
)
from engine.rules import NotNull
from engine.table import Column, Table
from engine.view import View

# What stays.py says, once more as SQL: bills are one stay where none ended more than a day before.
_STAYS = f"""
with bills as (
  select *, coalesce(claim_from, service_date) as starts,
    coalesce(claim_from, service_date) + cast(greatest(coalesce(units_days, 0), 0) as int) as ends
  from fact_claim where claim_type = 'Facility' and channel = 'IP'
), marked as (
  select *, max(ends) over (
    partition by member_id order by starts, ends, claim_id
    rows between unbounded preceding and 1 preceding
  ) as until
  from bills
), numbered as (
  select *, sum(case when until is null or starts > until + {GAP} then 1 else 0 end) over (
    partition by member_id order by starts, ends, claim_id
  ) as stay, row_number() over (
    partition by member_id order by starts, ends, claim_id
  ) as place
  from marked
), whole as (
  select member_id, stay, min(starts) as admitted, max(ends) as discharged, count(*) as bills,
    sum(billed_cents) as billed_cents, sum(allowed_cents) as allowed_cents,
    sum(paid_cents) as paid_cents, min(place) as place
  from numbered group by member_id, stay
), since as (
  select *, datediff('day', lag(discharged) over (
    partition by member_id order by admitted
  ), admitted) as days_since
  from whole
)
select since.member_id, since.admitted, since.discharged, since.bills, since.billed_cents,
  since.allowed_cents, since.paid_cents, one.claim_id, one.member_sk, one.plan_sk, one.plan_id,
  one.provider_id, one.diagnosis_code,
  greatest(datediff('day', since.admitted, since.discharged), 1) as length_days, since.days_since,
  coalesce(since.days_since between 1 and {READMITTED_WITHIN}, false) as is_readmission,
  cast(date_trunc('month', since.admitted) as date) as month,
  cast(extract(year from since.admitted) as varchar) as year
from since join numbered as one
  on one.member_id = since.member_id and one.place = since.place
"""

INPATIENT_STAY = View(
    Table(
        name="inpatient_stay",
        grain="stay in hospital: the bills that overlap, touch or follow within a day",
        meaning="Inpatient stays, worked out of facility claims of inpatients.",
        key=("member_id", "admitted"),
        columns=(
            always(MEMBER_ID),
            Column("admitted", pl.Date, "First day of the stay", rules=(NotNull(),)),
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
    sql=_STAYS,
)
