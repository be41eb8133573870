"""The claims behind a number: one row a claim, narrowed as the number is. Names are not in it."""

from dataclasses import replace

import polars as pl

from engine.dimension import Dimension
from engine.lake import Lake
from engine.measure import Where, measure
from engine.metric import Metric

SHOWN = (
    *("claim_id", "service_date", "member_id", "provider_id", "provider_specialty", "plan_id"),
    *("diagnosis_code", "ccsr_description", "procedure_code", "drug_name", "claim_type"),
    *("major_service_category", "channel", "status", "is_oon"),
)
AMOUNTS = ("billed_cents", "allowed_cents", "paid_cents")


def claims_behind(lake: Lake, metric: Metric, where: Where = None) -> pl.LazyFrame:
    """The claims that a metric of claims counts, under a condition.

    Takes:  a metric of `fact_claim`, for the dimensions that the condition is over.
    Gives:  what describes each claim (SHOWN) and its amounts in whole cents; what was paid most
            stands first, then by claim. Whoever was treated is a number, never a name.
    Raises: as `measure`.
    """
    there = {dimension.name for dimension in metric.dimensions}
    dimensions = (*metric.dimensions, *(Dimension(n) for n in SHOWN if n not in there))
    amounts = [
        replace(
            metric,
            name=name,
            numerator=pl.col(name),
            dimensions=dimensions,
            denominator=None,
            over=None,
            beside_over=(),
            aggregation="sum",
            only=None,
            format="number",
            money=None,
            interval=False,
        )
        for name in AMOUNTS
    ]
    return measure(lake, amounts, SHOWN, where, order=("-paid_cents", "claim_id"))
