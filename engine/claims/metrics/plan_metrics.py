"""Plans: what is offered, at what premium."""

from functools import partial

from engine.claims.metrics.declared import metric
from engine.claims.metrics.dimensions import plain

_plans = partial(
    metric,
    table="dim_plan",
    only="is_current",
    dimensions=tuple(map(plain, ("metal_tier", "plan_id", "effective_year", "is_current"))),
    why="What members can choose, and what they pay for it.",
)
_NOW = "Each plan of a year as it is now; plans count alike, however many members they have."
PLANS = _plans(
    "plans",
    "Plans of a year",
    "1",
    of=("plans of a year",),
    written="count",
    formula="count(plan and year)",
    caveats=_NOW,
)
MEDIAN_PREMIUM = _plans(
    "median_premium",
    "Median monthly premium",
    "premium_cents",
    of=("monthly premium",),
    written="money",
    aggregation="percentile",
    formula="median of the monthly premium",
    caveats=_NOW,
)
PLAN_METRICS = (PLANS, MEDIAN_PREMIUM)
