"""How near care is, and what leaves the network: collected once a snapshot. See the engine's words.

What a share of access or a leakage is, engine.claims.analytics.network says.
"""

from dataclasses import dataclass
from datetime import timedelta
from functools import lru_cache

import polars as pl

from app.claims.asked import as_of
from app.claims.months import Stretch
from app.monitoring.series import question_answered
from engine import Lake
from engine.claims.analytics.network import access, adequacy, leakage


@dataclass(frozen=True, eq=False)
class Network:
    """The network as it is now, and what left it in a stretch of months.

    near  one row a specialty and state: see `adequacy`
    rows  one row a specialty: members, with_one, share (0-1), active, per_1000 (members), and of
          the stretch allowed_cents, oon_allowed_cents, oon_share (0-1), hhi; worst access first
    """

    near: pl.DataFrame
    rows: pl.DataFrame


@lru_cache(maxsize=16)
def network(lake: Lake, period: Stretch) -> Network:
    """The network of a snapshot."""
    near = _near(lake)
    active = near.lazy().group_by("specialty").agg(pl.col("active").sum())
    month = pl.col("service_month")
    claims = lake.scan("fact_claim").filter(month >= period.first, month <= period.last)
    rows = (
        access(near.lazy())
        .join(active, on="specialty")
        .with_columns(per_1000=pl.col("active") * 1_000 / pl.col("members"))
        .join(leakage(claims).drop("providers"), on="specialty", how="left")
        .sort("share", "specialty")
    )
    with question_answered("claims", "network"):
        return Network(near, rows.collect())


@lru_cache(maxsize=4)
def _near(lake: Lake) -> pl.DataFrame:
    names = ("fact_claim", "member_month", "dim_member", "dim_provider")
    tables = (lake.scan(name) for name in names)
    return adequacy(*tables, until=as_of(lake) + timedelta(days=1)).collect()
