"""The glance: how claims stand, in one row."""

from datetime import date

import polars as pl

from engine.claims.questions.cubes import cube
from engine.claims.questions.over_time import trend, with_flags
from engine.lake import Lake
from engine.measure import measure

_COSTLY = ("High", "Very High")


def dashboard_summary(lake: Lake, *, as_of: date) -> pl.LazyFrame:
    """One row: the latest month that is over, who is covered, who costs most, who provides.

    Takes:  as_of  the last day that the data speak of
    Gives:  `latest_month`, `latest_claims`, `latest_paid` (cents), `latest_approval_rate` (%);
            `claims_mom_percent`, `paid_mom_percent`; `active_members` (covered in that month);
            `high_cost_members`, `very_high_cost_members`, `high_cost_share` (percent of paid that
            is theirs); `providers`, `high_volume_providers`; `approval_rate` (percent, of all).
    """
    latest = (
        with_flags(measure(lake, ["claims", "paid", "approval_rate"], ["month"]), as_of)
        .filter("is_complete")
        .sort("month")
        .tail(1)
        .select(
            latest_month="month",
            latest_claims="claims",
            latest_paid="paid",
            latest_approval_rate="approval_rate",
        )
    )
    covered = measure(lake, ["covered_members"], ["month"]).rename({"month": "latest_month"})
    row = latest.join(covered, on="latest_month", how="left").rename(
        {"covered_members": "active_members"}
    )
    for name in ("claims", "paid"):
        change = trend(lake, name, as_of=as_of).select(
            latest_month="month", **{f"{name}_mom_percent": pl.col("mom_percent")}
        )
        row = row.join(change, on="latest_month", how="left")
    return pl.concat([row, _members(lake), _providers(lake)], how="horizontal")


def _members(lake: Lake) -> pl.LazyFrame:
    category, paid = pl.col("cost_category"), pl.col("paid")
    share = (
        paid.filter(category.is_in(_COSTLY)).sum() * 100 / pl.when(paid.sum() > 0).then(paid.sum())
    )
    return cube(lake, "member_cost").select(
        high_cost_members=(category == _COSTLY[0]).sum(),
        very_high_cost_members=(category == _COSTLY[1]).sum(),
        high_cost_share=share,
    )


def _providers(lake: Lake) -> pl.LazyFrame:
    counted = measure(lake, ["claims"], ["provider_id"])
    known = counted.select(
        providers=pl.col("provider_id").count(),
        high_volume_providers=(pl.col("claims") >= 100).sum(),
    )
    return pl.concat([known, measure(lake, ["approval_rate"])], how="horizontal")
