"""Claims: how many, what they cost, how they were settled."""

from dataclasses import replace
from functools import partial

import polars as pl

from engine.claims.metrics.declared import metric
from engine.claims.metrics.dimensions import OF_CLAIMS
from engine.metric import Metric

_claims = partial(
    metric,
    table="fact_claim",
    dimensions=OF_CLAIMS,
    when=("service_date", "month"),
    is_over=True,
    why="What care was claimed for, what it cost and how it was settled.",
)
_LATE = "The newest months are not all in: claims come and are settled months after the service."
_STATES = "A claim that is pending now may be approved later."

CLAIMS = _claims(
    "claims",
    "Claims",
    "1",
    of=("claims",),
    written="count",
    formula="count(claims)",
    caveats=f"A reversal is a claim of its own. {_LATE}",
    fill=0,
)
_amount = partial(_claims, written="money", caveats=_LATE, fill=0)
BILLED = _amount("billed", "Billed", "billed_cents", of=("billed",), formula="sum(billed_cents)")
ALLOWED = _amount(
    "allowed", "Allowed", "allowed_cents", of=("allowed",), formula="sum(allowed_cents)"
)
PAID = _amount("paid", "Paid", "paid_cents", of=("paid",), formula="sum(paid_cents)")
MEMBERS = _claims(
    "claim_members",
    "Members with claims",
    "member_id",
    of=("members with claims",),
    written="count",
    aggregation="count_distinct",
    formula="count(distinct member_id)",
    caveats="Members of two months are not the sum of both: who is in both counts once.",
    fill=0,
)
PROVIDERS = replace(
    MEMBERS,
    name="claim_providers",
    label="Providers with claims",
    numerator=pl.col("provider_id"),
    sql=("provider_id", ""),
    formula="count(distinct provider_id)",
    caveats="Providers of two months are not the sum of both: who is in both counts once.",
)


def _state(name: str, label: str, status: str) -> Metric:
    return _claims(
        name,
        label,
        f"case when status = '{status}' then 1 else 0 end",
        of=(f"{status} claims",),
        written="count",
        formula=f"count(claims that are {status})",
        caveats=f"{_STATES} {_LATE}",
        fill=0,
    )


APPROVED = _state("approved_claims", "Approved claims", "approved")
DENIED = _state("denied_claims", "Denied claims", "denied")
PENDING = _state("pending_claims", "Pending claims", "pending")

_share = partial(_claims, written="percent", caveats=_STATES)
_APPROVED, _DENIED, _PENDING = (
    f"case when status = '{state}' then 1 else 0 end" for state in ("approved", "denied", "pending")
)
SHARES = (
    _share(
        "approval_rate",
        "Approval rate",
        _APPROVED,
        "1",
        of=("approved claims", "claims"),
        formula="approved claims / claims",
        better="higher",
    ),
    _share(
        "denial_rate",
        "Denial rate",
        _DENIED,
        "1",
        of=("denied claims", "claims"),
        formula="denied claims / claims",
        better="lower",
    ),
    _share(
        "pending_share",
        "Pending share",
        _PENDING,
        "1",
        of=("pending claims", "claims"),
        formula="pending claims / claims",
        better="lower",
    ),
    *(
        _share(
            f"{state}_billed_share",
            f"Share of billed that is {state}",
            f"case when status = '{state}' then billed_cents else 0 end",
            "billed_cents",
            of=(f"billed of {state} claims", "billed"),
            formula=f"billed of {state} claims / billed",
        )
        for state in ("approved", "denied", "pending")
    ),
    _share(
        "allowance_ratio",
        "Allowance ratio",
        "allowed_cents",
        "billed_cents",
        of=("allowed", "billed"),
        formula="allowed / billed",
    ),
    _share(
        "payment_ratio",
        "Payment ratio",
        "paid_cents",
        "allowed_cents",
        of=("paid", "allowed"),
        formula="paid / allowed",
    ),
    _share(
        "oon_share",
        "Out-of-network share",
        "case when is_oon then allowed_cents else 0 end",
        "allowed_cents",
        of=("allowed out of network", "allowed"),
        formula="allowed out of network / allowed",
        better="lower",
    ),
)
_each = partial(_claims, written="money", caveats=f"A few large claims move it. {_LATE}")
PER_CLAIM = (
    _each(
        "average_billed",
        "Billed per claim",
        "billed_cents",
        "1",
        of=("billed", "claims"),
        formula="billed / claims",
    ),
    _each(
        "average_paid",
        "Paid per claim",
        "paid_cents",
        "1",
        of=("paid", "claims"),
        formula="paid / claims",
    ),
    *(
        _each(
            name,
            label,
            "billed_cents",
            of=("billed of a claim",),
            aggregation="percentile",
            quantile=quantile,
            formula=f"percentile {quantile} of billed",
        )
        for name, label, quantile in (
            ("median_billed", "Median billed", 0.5),
            ("p90_billed", "90th percentile billed", 0.9),
        )
    ),
)
PER_MEMBER = (
    _each(
        "cost_per_claimant",
        "Paid per member with claims",
        "paid_cents",
        over=MEMBERS,
        of=("paid", "members with claims"),
        formula="paid / distinct members with claims",
    ),
    _claims(
        "claims_per_claimant",
        "Claims per member with claims",
        "1",
        over=MEMBERS,
        of=("claims", "members with claims"),
        written="number",
        formula="claims / distinct members with claims",
        caveats="Of members with claims, not of all who are covered.",
    ),
)
_OUT = "case when is_oon then allowed_cents else 0 end"
DESCRIBED = (
    _amount(
        "settled_charges",
        "Charges settled",
        "case when clean_claim_status = 'PAID' then charges_cents else 0 end",
        of=("charges of claims that were paid",),
        formula="sum(charges of claims that are PAID)",
    ),
    _amount(
        "denied_charges",
        "Charges not paid",
        "case when clean_claim_status = 'PAID' then 0 else charges_cents end",
        of=("charges of claims that were not paid",),
        formula="sum(charges of claims that are not PAID)",
    ),
    _amount(
        "oon_allowed",
        "Allowed out of network",
        _OUT,
        of=("allowed out of network",),
        formula="sum(allowed out of network)",
    ),
    _claims(
        "utilization",
        "Utilization",
        "utilization",
        of=("services used",),
        written="number",
        formula="sum(utilization)",
        caveats=_LATE,
    ),
    _claims(
        "units_days",
        "Units and days",
        "units_days",
        of=("units or days",),
        written="number",
        formula="sum(units_days)",
        caveats="Days of a stay and units of a service are different things: split by category.",
    ),
)
_settled = partial(
    _claims,
    above="0",
    of=("days from service to payment",),
    written="days",
    better="lower",
    caveats="Of claims that were paid; those that take longest are not settled yet.",
)


def _days_to_pay(name: str, label: str, how: str, **aggregated: object) -> Metric:
    declared = _settled(
        name, label, formula=f"{how} of clean_claim_out - claim_from, where PAID", **aggregated
    )
    days = (pl.col("clean_claim_out") - pl.col("claim_from")).dt.total_days()
    return replace(
        declared,
        # What one day less another is, every engine says in its own words.
        numerator=pl.when(pl.col("clean_claim_status") == "PAID").then(days),
        sql=(
            "case when clean_claim_status = 'PAID'"
            " then datediff('day', claim_from, clean_claim_out) end",
            "",
        ),
    )


DAYS_TO_PAY = (
    _days_to_pay("days_to_pay_median", "Median days to pay", "median", aggregation="percentile"),
    _days_to_pay(
        "days_to_pay_p90",
        "90th percentile of days to pay",
        "percentile 0.9",
        aggregation="percentile",
        quantile=0.9,
    ),
    _days_to_pay("days_to_pay_average", "Average days to pay", "average", aggregation="average"),
)
CLAIM_METRICS = (
    *(CLAIMS, BILLED, ALLOWED, PAID, MEMBERS, PROVIDERS, APPROVED, DENIED, PENDING),
    *(*SHARES, *PER_CLAIM, *PER_MEMBER, *DESCRIBED, *DAYS_TO_PAY),
)
