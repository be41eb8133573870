"""Who needs attention: risk of every member, and what is odd; collected once a snapshot.

What a tier or an anomaly is, is the engine's (engine/claims/analytics). Names are in none of it.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

import polars as pl

from app.claims.asked import as_of
from app.claims.months import moved
from app.monitoring.series import question_answered
from engine import Lake
from engine.claims.analytics.anomaly import ranked
from engine.claims.analytics.claim_anomalies import (
    duplicates,
    impossible,
    odd_amounts,
    odd_units,
    too_many_a_day,
    uncovered,
)
from engine.claims.analytics.provider_anomalies import odd_providers
from engine.claims.analytics.risk import TIERS, UNJUDGED, risk, risk_features
from engine.claims.analytics.trend_anomalies import odd_trends

QUARTER = 3  # months: what a tier is held against
HIGHEST_FIRST = (*reversed(TIERS), UNJUDGED)


@dataclass(frozen=True, eq=False)
class Risks:
    """Every member who was covered in the last twelve months.

    rows   what engine.claims.analytics.risk gives, with `tier_before`, the tier of a quarter ago,
           `step`: by how many tiers it went up or down, and `state` and `clinical_segment` as they
           are now; the dearest first
    until  the first day that is not known yet
    """

    rows: pl.DataFrame
    until: date

    @property
    def counts(self) -> dict[str, int]:
        """Members of each tier, the highest first."""
        there = dict(self.rows["tier"].value_counts().iter_rows())
        return {tier: there.get(tier, 0) for tier in HIGHEST_FIRST}

    def values(self, column: str) -> list[str]:
        """The values of `state` or `clinical_segment`, sorted."""
        return self.rows[column].drop_nulls().unique().sort().to_list()


@lru_cache(maxsize=4)
def risks(lake: Lake) -> Risks:
    """The risk of every member, now and a quarter ago."""
    until = as_of(lake) + timedelta(days=1)
    before = moved(until.replace(day=1), -QUARTER)
    number = {tier: at for at, tier in enumerate(TIERS)}
    now, then = (_risk(lake, day) for day in (until, before))
    step = [
        pl.col(name).replace_strict(number, default=None, return_dtype=pl.Int64)
        for name in ("tier", "tier_before")
    ]
    joined = now.join(then.select("member_id", tier_before="tier"), on="member_id", how="left")
    today = lake.scan("dim_member").filter("is_current")
    kinds = today.select("member_id", "state", "clinical_segment").unique("member_id")
    rows = joined.with_columns(step=step[0] - step[1]).join(kinds, on="member_id", how="left")
    by_cost = rows.sort("expected_cents", "member_id", descending=[True, False], nulls_last=True)
    with question_answered("claims", "risk"):
        return Risks(by_cost.collect(), until)


def _risk(lake: Lake, until: date) -> pl.LazyFrame:
    tables = (lake.scan(name) for name in ("fact_claim", "member_month", "dim_member"))
    return risk(risk_features(*tables, until=until))


@lru_cache(maxsize=4)
def anomalies(lake: Lake) -> pl.DataFrame:
    """All that is odd, what costs most first: see engine.claims.analytics.anomaly."""
    names = ("fact_claim", "member_month", "dim_member", "dim_plan", "dim_provider")
    claims, months, members, plans, providers = map(lake.scan, names)
    found = (
        odd_amounts(claims),
        duplicates(claims),
        *((uncovered(refused(lake), lake.scan("fact_enrollment")),) if _knows_cover(lake) else ()),
        impossible(claims, members, providers),
        odd_units(claims),
        odd_providers(claims, providers),
        too_many_a_day(claims),
        odd_trends(claims, months, members, plans),
    )
    with question_answered("claims", "anomalies"):
        return ranked(found).collect()


def refused(lake: Lake) -> pl.LazyFrame:
    """Claims that no cover of their day was found for: facts are covered, or they would be none.

    Gives:  as `claims_reject` has them, the newest row of each, with its key as `claim_id`.
    """
    # Of all rows claims alone are held against cover.
    rows = lake.scan("claims_reject").filter(pl.col("reason") == "no_enrollment_on_date")
    newest = rows.sort("batch", "file_row").unique("key", keep="last", maintain_order=True)
    return newest.rename({"key": "claim_id"})


def _knows_cover(lake: Lake) -> bool:
    return lake.has("claims_reject") and lake.has("fact_enrollment")
