"""Cubes: the tables that analysts of claims know, each a question over metrics.

A cube is declared by what it is by and which metrics it shows. It is worked out when it is asked,
over any days and any part of the claims, so it cannot disagree with the facts.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from engine.claims.questions.bands import (
    COST_CATEGORY,
    PAID_RISK,
    PROVIDER_COST,
    UTILIZATION,
    VOLUME,
    Band,
    banded,
)
from engine.errors import UnknownName
from engine.lake import Lake
from engine.measure import measure

Days = tuple[date, date]


@dataclass(frozen=True)
class Cube:
    """A table of metrics.

    by         the dimensions of a row
    metrics    its columns
    bands      columns of words beside them
    top        how many rows at most for each value of the first dimension, by the first metric
    most       dimensions of which the most frequent value stands beside each row
    """

    name: str
    label: str
    by: tuple[str, ...]
    metrics: tuple[str, ...]
    bands: tuple[Band, ...] = ()
    top: int | None = None
    most: tuple[str, ...] = ()


_AMOUNTS = ("claims", "billed", "allowed", "paid")
_RATIOS = ("allowance_ratio", "payment_ratio")
_STATES = ("approved_claims", "denied_claims", "pending_claims", "approval_rate")
_WHO = ("claim_members", "claim_providers")
_CLAIM_DESCRIPTORS = (
    *("claim_type", "channel", "major_service_category", "detailed_service_category"),
    *("provider_specialty", "provider_group_name", "best_contracting_entity_name", "is_oon"),
    *("ms_drg", "ms_drg_description", "ms_drg_mdc", "ms_drg_mdc_desc"),
    *("cpt", "cpt_consumer_description", "ccsr_system_description", "ccsr_description"),
    *(f"procedure_level_{level}" for level in range(1, 6)),
    *("drug_name", "drug_class", "drug_subclass", "drug"),
)
MEMBER_DESCRIPTORS = (
    *("state", "region", "gender", "age_group", "clinical_segment", "network", "condition"),
    *("high_cost_member", "general_agency_name", "broker_name", "service_area_entity"),
    "deprivation_decile",
)
"""What is known of a member for claims and for cover alike."""

CUBES = {
    cube.name: cube
    for cube in (
        Cube(
            "claims_monthly",
            "Claims by month",
            ("month",),
            (*_AMOUNTS, "average_billed", *_WHO, *_RATIOS, *_STATES),
        ),
        Cube(
            "member_cost",
            "Cost by member",
            ("member_id",),
            ("member_months", *_AMOUNTS, "pmpm_paid", "pmpy_paid", "claims_per_member_month"),
            bands=(COST_CATEGORY,),
        ),
        Cube(
            "member_risk",
            "Members by what they cost and use",
            ("member_id",),
            ("claims", "paid", "member_months"),
            bands=(PAID_RISK, UTILIZATION),
        ),
        Cube(
            "plan_performance",
            "Plans by month",
            ("plan_id", "month"),
            (
                *(*_AMOUNTS, "average_billed", *_WHO, *_RATIOS, *_STATES, "denial_rate"),
                *("member_months", "pmpm_paid", "premium", "medical_loss_ratio"),
            ),
        ),
        Cube(
            "provider_performance",
            "Providers",
            ("provider_id",),
            (
                *("claims", "claim_members", "billed", "allowed", "paid", "average_billed"),
                *(*_RATIOS, *_STATES, "claims_per_claimant", "cost_per_claimant"),
            ),
            bands=(VOLUME, PROVIDER_COST),
            most=("diagnosis_code", "procedure_code"),
        ),
        Cube(
            "provider_specialty_monthly",
            "Specialties by month",
            ("provider_specialty", "month"),
            (*_AMOUNTS, *_WHO, *_RATIOS, *_STATES, "pmpm_paid"),
        ),
        Cube(
            "diagnosis_summary",
            "Diagnoses by month, the 50 with most claims",
            ("month", "diagnosis_code"),
            (*_AMOUNTS, *_WHO, *_RATIOS, "approval_rate", "pmpm_paid"),
            top=50,
        ),
        Cube(
            "trend_descriptor",
            "Claims by year and by what describes them",
            ("year", *_CLAIM_DESCRIPTORS, *MEMBER_DESCRIPTORS),
            (
                *("settled_charges", "denied_charges", "allowed", "denied_claims", "claims"),
                *("oon_allowed", "utilization", "units_days", "days_to_pay_average"),
            ),
        ),
        Cube(
            "trend_normalizer",
            "Risk-adjusted member months by year and by what describes members",
            ("year", *MEMBER_DESCRIPTORS),
            ("risk_adjusted_months", "members_of_year"),
        ),
        Cube(
            "network",
            "In and out of network by specialty",
            ("provider_specialty",),
            (
                *("claims", "allowed", "oon_allowed", "oon_share", "claim_providers"),
                *("claim_members", "approval_rate", "denial_rate", "days_to_pay_median"),
            ),
        ),
        Cube(
            "inpatient",
            "Stays in hospital by month",
            ("month",),
            (
                *("inpatient_stays", "stays_per_1000", "average_length_of_stay"),
                *("readmissions", "readmission_rate"),
            ),
        ),
    )
}


def cube(
    lake: Lake,
    name: str,
    *,
    by: tuple[str, ...] | None = None,
    where: Mapping[str, Any] | None = None,
    during: Days | None = None,
) -> pl.LazyFrame:
    """A cube over some days and some part of the claims.

    Takes:  by      other dimensions than the cube's own: fewer of many descriptors, a longer grain
            where   a value, or several, for each dimension that is named
            during  the first and the last day that count; made longer to whole months where rows
                    are by month
    Gives:  `by`, a column for each metric (money in cents), bands and most frequent values; sorted
            by `by`, or downwards by the first metric where only the top of each is shown.
    Raises: UnknownName for no cube; what `measure` raises.
    """
    if name not in CUBES:
        raise UnknownName(f"no cube is called `{name}`", found=name, expected=", ".join(CUBES))
    declared = CUBES[name]
    keys = declared.by if by is None else by
    rows = measure(lake, declared.metrics, keys, where, during=during)
    rows = banded(rows, declared.bands)
    for dimension in declared.most:
        common = most_common(lake, dimension, keys, where, during)
        rows = rows.join(common, on=list(keys), how="left", nulls_equal=True, maintain_order="left")
    if declared.top is None:
        return rows
    return first_of_each(rows, keys, declared.metrics[0], declared.top)


def first_of_each(rows: pl.LazyFrame, by: tuple[str, ...], metric: str, most: int) -> pl.LazyFrame:
    """The rows with most of a metric for each value of the first of `by`, the largest first.

    Equal ones go by the other dimensions, so that the same are shown every time.
    """
    order = [by[0], metric, *by[1:]]
    ordered = rows.sort(order, descending=[False, True, *(False for _ in by[1:])], nulls_last=True)
    place = pl.int_range(pl.len()).over(by[0])
    return ordered.filter(place < most)


def most_common(
    lake: Lake,
    dimension: str,
    by: tuple[str, ...],
    where: Mapping[str, Any] | None = None,
    during: Days | None = None,
) -> pl.LazyFrame:
    """The value that most claims have, for each of `by`; of equally many the first by alphabet.

    Gives:  `by` and `most_common_<dimension>`; nothing where no claim has a value.
    """
    counted = measure(lake, ["claims"], [*by, dimension], where, during=during)
    known = counted.filter(pl.col(dimension).is_not_null())
    ordered = known.sort("claims", dimension, descending=[True, False])
    first = pl.col(dimension).first().alias(f"most_common_{dimension}")
    return ordered.group_by(by, maintain_order=True).agg(first)
