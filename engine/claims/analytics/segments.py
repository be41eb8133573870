"""Segments: claims and member months by what they can be cut by, and what each costs a month.

What belongs to the member (region, tier) has member months of its own; what belongs to the claim
(diagnosis, provider, specialty) is held against all of them: nobody is a member of a diagnosis.
"""

from dataclasses import dataclass

import polars as pl


@dataclass(frozen=True)
class Segment:
    """One way to cut claims.

    name        as a column, and in words
    of_members  member months are cut by it, too
    """

    name: str
    words: str
    of_members: bool = False


DIAGNOSIS = Segment("diagnosis", "Diagnosis")
PROVIDER = Segment("provider", "Provider")
SPECIALTY = Segment("specialty", "Specialty")
TIER = Segment("tier", "Tier", of_members=True)
REGION = Segment("region", "Region", of_members=True)
SEGMENTS = (DIAGNOSIS, PROVIDER, SPECIALTY, TIER, REGION)
"""From the cause to the circumstance: what an earlier one explains, a later one need not say."""


def segmented(claims: pl.LazyFrame, members: pl.LazyFrame, plans: pl.LazyFrame) -> pl.LazyFrame:
    """Claims with the value of every segment.

    Takes:  `fact_claim`, `dim_member`, `dim_plan`; each claim's own versions of them.
    Gives:  claim_id, claim_count, `month` (its first day), paid_cents, allowed_cents, and a column
            a segment; `unknown` where nothing is said.
    """
    lf = _with_places(claims, members, plans).select(
        "claim_id",
        "claim_count",
        "paid_cents",
        "allowed_cents",
        pl.col("service_month").alias("month"),
        pl.col("diagnosis_code").alias("diagnosis"),
        pl.col("provider_id").alias("provider"),
        pl.col("provider_specialty").alias("specialty"),
        "tier",
        "region",
    )
    return lf.with_columns(pl.col(s.name).fill_null("unknown") for s in SEGMENTS)


def exposure(months: pl.LazyFrame, members: pl.LazyFrame, plans: pl.LazyFrame) -> pl.LazyFrame:
    """Member months by what belongs to members.

    Takes:  `member_month`, `dim_member`, `dim_plan`.
    Gives:  month, tier, region, `member_months`; one row a combination.
    """
    cut = [s.name for s in SEGMENTS if s.of_members]
    return (
        _with_places(months, members, plans)
        .with_columns(pl.col(cut).fill_null("unknown"))
        .group_by("month", *cut)
        .agg(pl.col("member_months").sum())
    )


def _with_places(rows: pl.LazyFrame, members: pl.LazyFrame, plans: pl.LazyFrame) -> pl.LazyFrame:
    region = members.select("member_sk", "region")
    tier = plans.select("plan_sk", pl.col("metal_tier").alias("tier"))
    return rows.join(region, on="member_sk", how="left").join(tier, on="plan_sk", how="left")


def months_of(exposed: pl.LazyFrame, segment: Segment) -> pl.LazyFrame:
    """Member months of each month, and of each value where members are cut by the segment.

    Takes:  what `exposure` gives.
    Gives:  month, `value` (only of such a segment), `member_months`; none without any.
    """
    by = [pl.col("month"), *([pl.col(segment.name).alias("value")] if segment.of_members else [])]
    total = exposed.group_by(by).agg(pl.col("member_months").sum())
    return total.filter(pl.col("member_months") > 0)
