"""Words for dimensions and their values. Names of people are in none of them: members are numbers.

What a code means is asked once a snapshot, which never changes.
"""

from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

import polars as pl

from app.claims.view import NOBODY
from engine import Lake

DIMENSIONS: dict[str, str] = {
    "metal_tier": "metal tier",
    "plan_id": "plan",
    "clinical_segment": "clinical segment",
    "age_group": "age group",
    "gender": "sex",
    "region": "region",
    "state": "state",
    "reported_area": "reporting area",
    "network": "kind of network",
    "condition": "condition",
    "deprivation_decile": "deprivation decile",
    "high_cost_member": "high-cost member",
    "provider_id": "provider",
    "provider_specialty": "specialty",
    "provider_group_name": "provider group",
    "service_area_entity": "contracting entity",
    "broker_name": "broker",
    "provider_state": "provider’s state",
    "diagnosis_code": "diagnosis",
    "ccsr_description": "diagnosis category",
    "ccsr_system_description": "body system",
    "is_oon": "network",
    "channel": "channel",
    "claim_type": "claim type",
    "status": "status",
    "clean_claim_status": "settlement",
    "major_service_category": "service",
    "detailed_service_category": "detailed service",
    "drug_class": "drug class",
    "drug_name": "drug",
    "procedure_code": "procedure",
    "cpt": "CPT code",
    "ms_drg": "diagnosis-related group",
    "member_id": "member",
    "month": "month",
}
UNKNOWN = "not known"
_FLAGS = {
    "is_oon": {True: "out of network", False: "in network"},
    "high_cost_member": {True: "high cost", False: "not high cost"},
}
# A code, the table that says what it means, and the column that does.
_MEANINGS = {
    "plan_id": ("dim_plan", "plan_name"),
    "provider_id": ("dim_provider", "specialty"),
    "diagnosis_code": ("fact_claim", "ccsr_description"),
    "ms_drg": ("fact_claim", "ms_drg_description"),
    "cpt": ("fact_claim", "cpt_consumer_description"),
}


def of_dimension(name: str) -> str:
    """A dimension as it stands in a sentence.

    >>> of_dimension("plan_id"), of_dimension("never_heard_of")
    ('plan', 'never heard of')
    """
    return DIMENSIONS.get(name, name.replace("_", " "))


def plainly(dimension: str, value: Any) -> str:
    """A value as people read it, where it is no code."""
    if value is None:
        return UNKNOWN
    if isinstance(value, date):
        return f"{value:%b %Y}"
    if isinstance(value, bool):
        return _FLAGS.get(dimension, {True: "yes", False: "no"})[value]
    return str(value)


def of_value(lake: Lake, dimension: str, value: Any) -> str:
    """A value of a dimension in words; a code keeps its place before what it means."""
    text = plainly(dimension, value)
    meaning = meanings(lake, dimension).get(text, "") if value is not None else ""
    return f"{text} · {meaning}" if meaning else text


@lru_cache(maxsize=32)
def meanings(lake: Lake, dimension: str) -> Mapping[str, str]:
    """What the codes of a dimension mean; nothing where they say so themselves."""
    if dimension not in _MEANINGS:
        return {}
    table, column = _MEANINGS[dimension]
    if not lake.has(table):
        return {}
    known = lake.scan(table).select(dimension, column).drop_nulls()
    rows = known.group_by(dimension).agg(pl.col(column).last()).collect()
    return dict(rows.iter_rows())


def as_said(value: Any) -> str:
    """A value as an address has it."""
    if value is None:
        return NOBODY
    return str(value).lower() if isinstance(value, bool) else str(value)


def as_meant(dimension: str, said: str) -> Any:
    """The value that an address names.

    >>> as_meant("is_oon", "true"), as_meant("region", "-"), as_meant("region", "West")
    (True, None, 'West')
    """
    if said == NOBODY:
        return None
    return said == "true" if dimension in _FLAGS else said
