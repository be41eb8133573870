"""Which sums of claims and of cover are kept beside them: by who, by what, by plan, by provider.

What people ask of a page is mostly of months and a few dimensions of few values. Whatever else is
asked, `measure` reads the facts for. Of distinct members nothing is kept: they do not add up.
"""

from engine.claims.metrics.claim_metrics import CLAIM_METRICS
from engine.claims.metrics.cover_metrics import COVER_METRICS
from engine.claims.metrics.dimensions import OF_CLAIMS, OF_COVER
from engine.claims.tables.dimension_contracts import DIM_MEMBER, DIM_PLAN
from engine.claims.tables.fact_contracts import FACT_CLAIM, MEMBER_MONTH
from engine.metric import Metric
from engine.summary import Summary, summary
from engine.table import Table

_METRICS = tuple(m for m in (*CLAIM_METRICS, *COVER_METRICS) if isinstance(m, Metric))
_WHEN = ("month", "year")
_WHO = ("metal_tier", "region", "state", "age_group", "gender", "clinical_segment")
_WHAT = (
    *("metal_tier", "region", "diagnosis_code", "provider_specialty"),
    *("major_service_category", "claim_type", "is_oon"),
)


def _summary(name: str, meaning: str, of: Table, *by: str) -> Summary:
    known = {d.name: d for d in (OF_CLAIMS if of is FACT_CLAIM else OF_COVER)}
    return summary(
        name,
        meaning,
        of=of,
        by=[known[name] for name in (*_WHEN, *by)],
        metrics=_METRICS,
        tables=(DIM_MEMBER, DIM_PLAN),
    )


CLAIMS_BY_MEMBERS = _summary(
    "claims_by_members", "Claims added up by month and kind of member.", FACT_CLAIM, *_WHO
)
CLAIMS_BY_SERVICE = _summary(
    "claims_by_service", "Claims added up by month and kind of service.", FACT_CLAIM, *_WHAT
)
CLAIMS_BY_PLAN = _summary(
    "claims_by_plan",
    "Claims added up by month and plan.",
    FACT_CLAIM,
    *("plan_id", "metal_tier", "plan_name", "region"),
)
CLAIMS_BY_PROVIDER = _summary(
    "claims_by_provider",
    "Claims added up by month and provider.",
    FACT_CLAIM,
    *("provider_id", "provider_specialty", "is_oon"),
)
COVER_BY_MEMBERS = _summary(
    "cover_by_members", "Months of cover added up by kind of member.", MEMBER_MONTH, *_WHO
)
COVER_BY_PLAN = _summary(
    "cover_by_plan",
    "Months of cover added up by plan.",
    MEMBER_MONTH,
    *("plan_id", "metal_tier", "plan_name", "region"),
)
OF_CLAIMS_SUMMARIES = (CLAIMS_BY_MEMBERS, CLAIMS_BY_SERVICE, CLAIMS_BY_PLAN, CLAIMS_BY_PROVIDER)
OF_COVER_SUMMARIES = (COVER_BY_MEMBERS, COVER_BY_PLAN)
SUMMARIES = (*OF_CLAIMS_SUMMARIES, *OF_COVER_SUMMARIES)
