"""The claims warehouse: the tables and metrics it adds."""

from engine.claims.metrics.claim_metrics import CLAIM_METRICS
from engine.claims.metrics.cover_metrics import COVER_METRICS
from engine.claims.metrics.plan_metrics import PLAN_METRICS
from engine.claims.metrics.stay_metrics import STAY_METRICS
from engine.claims.metrics.time_metrics import TIME_METRICS
from engine.claims.summaries import SUMMARIES
from engine.claims.tables.account_contracts import (
    CLAIMS_MOVED,
    CLAIMS_PLACE,
    CLAIMS_RECONCILIATION,
    CLAIMS_REJECT,
    ENROLLMENTS_MOVED,
    LOAD_BATCH,
)
from engine.claims.tables.dimension_contracts import (
    DIM_DATE,
    DIM_MEMBER,
    DIM_PLAN,
    DIM_PROVIDER,
    MEMBER_ENGAGEMENT,
)
from engine.claims.tables.fact_contracts import FACT_CLAIM, FACT_ENROLLMENT, MEMBER_MONTH
from engine.claims.tables.staged_contracts import (
    CLAIMS_RAW,
    ENROLLMENTS_RAW,
    MEMBERS_RAW,
    PLANS_RAW,
    PROVIDERS_RAW,
)
from engine.claims.tables.view_contracts import INPATIENT_STAY
from engine.wing import Wing

CLAIMS = Wing(
    name="claims",
    tables=(
        DIM_DATE,
        DIM_MEMBER,
        DIM_PLAN,
        DIM_PROVIDER,
        MEMBER_ENGAGEMENT,
        FACT_CLAIM,
        FACT_ENROLLMENT,
        MEMBER_MONTH,
        CLAIMS_REJECT,
        CLAIMS_RECONCILIATION,
        CLAIMS_PLACE,
        CLAIMS_MOVED,
        ENROLLMENTS_MOVED,
        LOAD_BATCH,
        *(summary.table for summary in SUMMARIES),
    ),
    parts=(MEMBERS_RAW, PLANS_RAW, PROVIDERS_RAW, ENROLLMENTS_RAW, CLAIMS_RAW),
    metrics=(*CLAIM_METRICS, *COVER_METRICS, *STAY_METRICS, *PLAN_METRICS, *TIME_METRICS),
    views=(INPATIENT_STAY,),
    summaries=SUMMARIES,
    personal={"dim_member": ("first_name", "last_name", "email")},
)
