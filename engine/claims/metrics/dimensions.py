"""By what claims, cover and stays are asked: conformed dimensions, and those of claims alone.

A claim and a month of cover name the version of the member and of the plan that held on their day,
so that both sides of a ratio are grouped by what was true then.
"""

import polars as pl

from engine.dimension import Dimension
from engine.grain import Calendar, Grain

DAYS = Calendar("dim_date", "full_date", ("financial_year",))

_OF_MEMBER = {
    "state": "state",
    "region": "region",
    "gender": "gender",
    "age_group": "age_group",
    "clinical_segment": "clinical_segment",
    "network": "plan_network_access_type",
    "condition": "mutually_exclusive_hcc_condition",
    "high_cost_member": "high_cost_member",
    "deprivation_decile": "wisconsin_area_deprivation_index",
    "general_agency_name": "general_agency_name",
    "broker_name": "broker_name",
    "service_area_entity": "sa_contracting_entity_name",
    "zip": "zip",
}
# How the payer reports its areas: two issuers by their own name, Texas by network, else by state.
_REPORTED_AREA = (
    "case when starts_with(hios_id, '29341') then 'OHB (Columbus)'"
    " when starts_with(hios_id, '45845') then 'OHC (Cleveland Clinic Product)'"
    " when state = 'TX' then concat('TX-', plan_network_access_type) else state end"
)
_OF_CLAIM = (
    *("provider_id", "provider_specialty", "provider_group_name", "best_contracting_entity_name"),
    *("diagnosis_code", "procedure_code", "cpt", "cpt_consumer_description"),
    *("ms_drg", "ms_drg_description", "ms_drg_mdc", "ms_drg_mdc_desc"),
    *("major_service_category", "detailed_service_category", "claim_type", "channel"),
    *("status", "clean_claim_status", "is_oon"),
    *(f"procedure_level_{level}" for level in range(1, 6)),
    *("drug_name", "drug_class", "drug_subclass", "drug"),
    *("ccsr_system_description", "ccsr_description"),
)


def plain(name: str, column: str = "") -> Dimension:
    """A dimension that is a column of the metric's own rows."""
    return Dimension(name, pl.col(column or name), sql=column or name)


def time(name: str, column: str, grain: Grain) -> Dimension:
    """A time that is a column of the metric's own rows."""
    return Dimension(name, pl.col(column), grain=grain, calendar=DAYS, sql=column)


def _elsewhere(name: str, sql: str, table: str, key: str) -> Dimension:
    return Dimension(name, pl.sql_expr(sql), table=table, on=(key,), sql=sql)


OF_MEMBER = (
    *(_elsewhere(n, column, "dim_member", "member_sk") for n, column in _OF_MEMBER.items()),
    _elsewhere("reported_area", _REPORTED_AREA, "dim_member", "member_sk"),
)
OF_PLAN = tuple(
    _elsewhere(name, name, "dim_plan", "plan_sk") for name in ("metal_tier", "plan_name")
)
SHARED = (plain("member_id"), plain("plan_id"), *OF_PLAN, *OF_MEMBER)
"""What claims, cover and stays have in common, beside the month and the year."""

OF_PROVIDER = tuple(
    _elsewhere(name, column, "dim_provider", "provider_sk")
    for name, column in (
        ("provider_name", "provider_name"),
        ("specialty", "specialty"),
        ("provider_state", "state"),
    )
)
CLAIM_ONLY = (*map(plain, _OF_CLAIM), *OF_PROVIDER)
CLAIM_TIMES = (
    time("service_date", "service_date", "day"),
    time("month", "service_month", "month"),
    plain("year", "service_year"),
)
OF_CLAIMS = (*CLAIM_TIMES, *SHARED, *CLAIM_ONLY)
BESIDE_COVER = ("service_date", *(dimension.name for dimension in CLAIM_ONLY))
"""Dimensions that member months do not share: they are the same for every kind of service."""

OF_COVER = (time("month", "month", "month"), plain("year"), *SHARED)
OF_STAYS = (
    time("admitted", "admitted", "day"),
    time("month", "month", "month"),
    plain("year"),
    *SHARED,
    *(plain(name) for name in ("provider_id", "diagnosis_code")),
    # What the first bill's version says.
)
# Engagement is told by year: the member is who he was on the last day of it.
_YEAR_END = Dimension(
    "year_end",
    pl.date(pl.col("year").cast(pl.Int32), 12, 31),
    sql="make_date(cast(year as int), 12, 31)",
)
OF_RISK = (
    plain("year"),
    plain("member_id"),
    *(
        Dimension(
            name,
            pl.col(column),
            table="dim_member",
            on=("member_id",),
            as_of="year_end",
            via=(_YEAR_END,),
            sql=column,
        )
        for name, column in _OF_MEMBER.items()
    ),
)
