"""One member: what is known, cover, claims and stays of twelve months; the name apart."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import polars as pl

from app.claims.people import Risks, anomalies, risks
from engine import Lake
from engine.claims.claims_behind import AMOUNTS, SHOWN

FACTS = ("age_group", "gender", "state", "region", "clinical_segment")


@dataclass(frozen=True, eq=False)
class OneMember:
    """What a member's page shows.

    facts   the current version of the member, without who it is
    risk    the row of the risk list; None for one without cover in twelve months
    cover   spans of cover; stays: in hospital; claims: the newest first
    odd     anomalies that a claim of the member is part of
    """

    member: str
    facts: dict[str, Any]
    risk: dict[str, Any] | None
    cover: pl.DataFrame
    stays: pl.DataFrame
    claims: pl.DataFrame
    odd: pl.DataFrame
    since: date
    until: date


def one_member(lake: Lake, member: str) -> OneMember | None:
    """A member by number; None for one who is not there."""
    is_own = pl.col("member_id") == member
    of: Risks = risks(lake)
    since = of.until.replace(year=of.until.year - 1)
    facts, cover, claims = pl.collect_all(
        [
            lake.scan("dim_member").filter(is_own, "is_current").select(FACTS),
            _cover(lake).filter(is_own).sort("start_date"),
            lake.scan("fact_claim")
            .filter(is_own)
            .select(*SHOWN, *AMOUNTS)
            .sort("service_date", "claim_id", descending=[True, False]),
        ]
    )
    if not facts.height:
        return None
    is_stay = (pl.col("channel") == "IP") & (pl.col("claim_type") == "Facility")
    own = of.rows.filter(is_own)
    ids = claims["claim_id"].to_list()
    touches = pl.col("claim_ids").list.eval(pl.element().is_in(ids)).list.any()
    return OneMember(
        member=member,
        facts=facts.row(0, named=True),
        risk=own.row(0, named=True) if own.height else None,
        cover=cover,
        stays=claims.filter(is_stay),
        claims=claims,
        odd=anomalies(lake).filter(touches),
        since=since,
        until=of.until,
    )


def name_of(lake: Lake, member: str) -> str:
    """A member's name, for who may see it: nothing of it is kept; empty where none is known."""
    current = lake.scan("dim_member").filter(pl.col("member_id") == member, "is_current")
    names = current.select("first_name", "last_name").collect()
    return " ".join(part for part in names.row(0) if part) if names.height else ""


def _cover(lake: Lake) -> pl.LazyFrame:
    return lake.scan("fact_enrollment").select("member_id", "plan_id", "start_date", "end_date")
