"""Over time: what was a month or a year before, over twelve months, and since January."""

from typing import Any, Literal

from engine.claims.metrics.claim_metrics import CLAIMS, PAID
from engine.claims.metrics.cover_metrics import MEMBER_MONTHS, PMPM_PAID
from engine.claims.metrics.declared import OWNER, derived, words
from engine.derived import Cumulative, Derived, Input, Offset
from engine.metric import AnyMetric, Metric

_COMPLETE = "Of a month that is not over it says nothing; see `trend`, which leaves such out."
_AGO: dict[Literal["mom", "yoy"], tuple[str, str]] = {
    "mom": ("1mo", "month"),
    "yoy": ("1y", "year"),
}


def _change(of: AnyMetric, short: Literal["mom", "yoy"]) -> Derived:
    back, what = _AGO[short]
    return derived(
        f"{of.name}_{short}",
        f"{of.label}, change on the {what} before",
        f"({of.name} / nullif(before, 0) - 1) * 100",
        Input(of, is_filled=False),
        Input(of, "before", offset=Offset(back), is_filled=False),
        written="percent",
        of=f"change on the {what} before",
        why=f"Whether it rises or falls against the {what} before.",
        caveats=_COMPLETE,
    )


def _over(of: Metric, short: str, label: str, **window: Any) -> Cumulative:
    return Cumulative(
        name=f"{of.name}_{short}",
        label=f"{of.label}, {label}",
        of=of,
        told="last",
        is_full="window" in window,
        formula=f"{of.formula} {label}",
        unit=of.unit,
        format=of.format,
        money=of.money,
        better=of.better,
        words=words(f"{of.words.numerator}, {label}"),
        why="A month alone swings; twelve together show where things go.",
        caveats=_COMPLETE,
        owner=OWNER,
        **window,
    )


PAID_12M = _over(PAID, "12m", "over twelve months", window="12mo")
MONTHS_12M = _over(MEMBER_MONTHS, "12m", "over twelve months", window="12mo")
PMPM_PAID_12M = derived(
    "pmpm_paid_12m",
    "Paid per member per month, over twelve months",
    "paid_12m / nullif(member_months_12m, 0)",
    *(Input(PAID_12M), Input(MONTHS_12M)),
    written="money",
    of="paid per member per month",
    better="lower",
    why="The level without the season.",
    caveats=_COMPLETE,
)
TIME_METRICS = (
    *(_change(of, short) for of in (CLAIMS, PAID, PMPM_PAID) for short in _AGO),
    *(PAID_12M, MONTHS_12M, PMPM_PAID_12M),
    _over(PAID, "ytd", "since January", to_date="year"),
    _over(CLAIMS, "ytd", "since January", to_date="year"),
)
