"""Cover: member months and premium, and what claims come to for each of them.

A ratio is of totals: each side is added up on its own table by what is asked, then divided. What
claims alone have (a diagnosis, a provider) splits the upper side and leaves the cover whole.
"""

from functools import partial

from engine.claims.metrics.claim_metrics import ALLOWED, BILLED, CLAIMS, PAID
from engine.claims.metrics.declared import derived, metric
from engine.claims.metrics.dimensions import BESIDE_COVER, OF_CLAIMS, OF_COVER, OF_RISK
from engine.derived import Input
from engine.metric import Metric

_cover = partial(
    metric,
    table="member_month",
    dimensions=OF_COVER,
    when=("month",),
    is_over=True,
    why="Who was covered.",
)
_PARTS = 4 * 7 * 29 * 3 * 5 * 31
"""Days of a month of 28, 29, 30 or 31 are whole numbers of these parts of a month."""
_MEMBERS_DO_NOT_ADD = "Who is covered in two months, or by two plans, counts once in both together."
MEMBER_MONTHS = _cover(
    "member_months",
    "Member months",
    "member_months",
    of=("member months",),
    written="number",
    formula="sum(days covered / days of the month)",
    caveats="Days of cover as a share of the month; months touched are counted apart.",
    fill=0,
    parts=_PARTS,
)
MONTHS_TOUCHED = _cover(
    "member_months_touched",
    "Months with a day of cover",
    "concat(member_id, ' ', month)",
    of=("months with a day of cover",),
    written="count",
    aggregation="count_distinct",
    formula="count(distinct member and month)",
    caveats="A month with one day of cover counts like a whole one.",
    fill=0,
)
COVERED = _cover(
    "covered_members",
    "Members covered",
    "member_id",
    of=("members covered",),
    written="count",
    aggregation="count_distinct",
    formula="count(distinct member_id)",
    caveats=_MEMBERS_DO_NOT_ADD,
    fill=0,
)
PREMIUM = _cover(
    "premium",
    "Premium earned",
    "premium_cents",
    of=("premium earned",),
    written="money",
    formula="sum(monthly premium x days covered / days of the month)",
    caveats="premium_paid is taken to be that of a month, and earned by the day.",
    fill=0,
    parts=_PARTS,
)

_per_month = partial(
    metric,
    table="fact_claim",
    dimensions=OF_CLAIMS,
    when=("service_date", "month"),
    is_over=True,
    over=MEMBER_MONTHS,
    beside_over=BESIDE_COVER,
    fill=0,
    why="What care costs for each member and month of cover, whoever had claims.",
    caveats="A few large claims move it; the newest months are not all in.",
)


def _pmpm(amount: Metric) -> Metric:
    return _per_month(
        f"pmpm_{amount.name}",
        f"{amount.label} per member per month",
        amount.sql[0],
        of=(amount.words.numerator, "member months"),
        written="money",
        formula=f"{amount.name} / member months",
        better="lower" if amount is PAID else "neither",
    )


PMPM_PAID, PMPM_ALLOWED, PMPM_BILLED = map(_pmpm, (PAID, ALLOWED, BILLED))
CLAIMS_PER_1000 = _per_month(
    "claims_per_1000",
    "Claims per 1,000 members a year",
    "12",
    of=("claims a year", "member months"),
    written="per 1,000",
    formula="claims / member months x 12,000",
)
LOSS_RATIO = metric(
    "medical_loss_ratio",
    "Medical loss ratio",
    "paid_cents",
    of=("paid", "premium earned"),
    written="percent",
    table="fact_claim",
    dimensions=OF_CLAIMS,
    when=("service_date", "month"),
    is_over=True,
    over=PREMIUM,
    beside_over=BESIDE_COVER,
    fill=0,
    formula="paid / premium earned",
    why="What share of the premium goes into care.",
    caveats="premium_paid is taken to be that of a month; the newest months are not all in.",
)
RISK_MONTHS = metric(
    "risk_adjusted_months",
    "Risk-adjusted member months",
    "ra_mm",
    of=("risk-adjusted member months",),
    written="number",
    table="member_engagement",
    dimensions=OF_RISK,
    formula="sum(ra_mm)",
    why="How much care the members of a year are expected to need.",
    caveats="Told by year: the newest batch of it, and the member as of its last day.",
    fill=0,
)
RISK_MEMBERS = metric(
    "members_of_year",
    "Members of the year",
    "member_id",
    of=("members of the year",),
    written="count",
    aggregation="count_distinct",
    table="member_engagement",
    dimensions=OF_RISK,
    formula="count(distinct member_id)",
    why="Whom the files of a year name.",
    caveats="Named by the year's files, whether covered or not.",
    fill=0,
)
_RISK = {dimension.name for dimension in OF_RISK}
RISK_PMPM = metric(
    "ra_pmpm_allowed",
    "Allowed per risk-adjusted member month",
    "allowed_cents",
    of=("allowed", "risk-adjusted member months"),
    written="money",
    table="fact_claim",
    dimensions=tuple(d for d in OF_CLAIMS if d.name in {*_RISK, *BESIDE_COVER}),
    when=("service_date",),
    over=RISK_MONTHS,
    beside_over=BESIDE_COVER,
    fill=0,
    formula="allowed / sum(ra_mm)",
    why="Costs of populations of unlike risk, side by side.",
    caveats="Only by whole years, and by members as of the end of the year.",
)
PMPY_PAID = derived(
    "pmpy_paid",
    "Paid per member per year",
    "pmpm_paid * 12",
    Input(PMPM_PAID),
    written="money",
    of="paid per member per year",
    better="lower",
    why="The same as per month, as budgets are written.",
    caveats="Twelve times the month's value, however long anybody was covered.",
)
CLAIMS_PER_MONTH = _per_month(
    "claims_per_member_month",
    "Claims per member per month",
    CLAIMS.sql[0],
    of=("claims", "member months"),
    written="number",
    formula="claims / member months",
)
COVER_METRICS = (
    *(MEMBER_MONTHS, MONTHS_TOUCHED, COVERED, PREMIUM, PMPM_PAID, PMPM_ALLOWED, PMPM_BILLED),
    *(PMPY_PAID, CLAIMS_PER_1000, CLAIMS_PER_MONTH, LOSS_RATIO),
    *(RISK_MONTHS, RISK_MEMBERS, RISK_PMPM),
)
