"""Why a view's metric changed: what each group of several dimensions adds, collected once."""

from dataclasses import dataclass
from functools import lru_cache

import polars as pl

from app.claims.asked import METRICS, dimensions_of, where
from app.claims.view import View
from engine import Lake
from engine.contributions import adds_up, contributions
from engine.metric import Metric

ASKED = ("diagnosis_code", "provider_id", "plan_id", "clinical_segment", "region", "claim_type")
"""The dimensions by which a change is told apart, in their order."""


@dataclass(frozen=True, eq=False)
class Why:
    """What the change is made of, by dimension: see engine.contributions."""

    metric: Metric
    parts: dict[str, pl.DataFrame]

    @property
    def telling(self) -> str:
        """The dimension of which one group tells nearest to all of the change; of equals the first.

        A group that adds more than the change, which others take back, explains less than one that
        adds just that.
        """
        return min(self.parts, key=self._untold)

    def _untold(self, dimension: str) -> float:
        share = self.parts[dimension]["share"]
        # By tenths: of a diagnosis and its only provider the diagnosis is the cause.
        return round(abs(1 - (share[0] or 0)), 1) if share.len() else 1


@lru_cache(maxsize=128)
def why(lake: Lake, view: View) -> Why | None:
    """The parts of a view's change; None where it has none that add up."""
    metric = METRICS[view.metric]
    if not isinstance(metric, Metric) or not adds_up(metric):
        return None
    now = where(view, view.period)
    against = where(view, view.period, than=True) if view.than else where(view, view.before)
    # A dimension that is narrowed to one value tells nothing apart.
    asked = [
        name
        for name in ASKED
        if name in dimensions_of(metric)
        and len(view.values_of(name)) != 1
        and view.than.partition(":")[0] != name
    ]
    plans = [contributions(lake, metric, [n], where=now, against=against) for n in asked]
    return Why(metric, dict(zip(asked, pl.collect_all(plans), strict=True))) if asked else None
