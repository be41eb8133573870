"""Stays: how often, how long and how soon again members are in hospital."""

from functools import partial

from engine.claims.metrics.cover_metrics import MEMBER_MONTHS
from engine.claims.metrics.declared import metric
from engine.claims.metrics.dimensions import OF_STAYS

_stays = partial(
    metric,
    table="inpatient_stay",
    dimensions=OF_STAYS,
    when=("admitted", "month"),
    is_over=True,
    why="Stays in hospital cost most of what care costs, and some could be avoided.",
)
_MERGED = "Bills that overlap, touch or follow within a day are one stay, transfers too."
STAYS = _stays(
    "inpatient_stays",
    "Inpatient stays",
    "1",
    of=("stays",),
    written="count",
    formula="count(stays)",
    caveats=_MERGED,
    fill=0,
)
READMISSIONS = _stays(
    "readmissions",
    "Readmissions within 30 days",
    "case when is_readmission then 1 else 0 end",
    of=("readmissions",),
    written="count",
    formula="count(stays that begin 1 to 30 days after a discharge)",
    caveats=_MERGED,
    better="lower",
    fill=0,
)
READMISSION_RATE = _stays(
    "readmission_rate",
    "30-day readmission rate",
    "case when is_readmission then 1 else 0 end",
    "1",
    of=("readmissions", "stays"),
    written="percent",
    formula="stays that begin 1 to 30 days after a discharge / stays",
    caveats=f"Planned readmissions are in it, and no deaths are left out. {_MERGED}",
    better="lower",
)
LENGTH = _stays(
    "average_length_of_stay",
    "Average length of stay",
    "length_days",
    "1",
    of=("days in hospital", "stays"),
    written="days",
    formula="days / stays",
    caveats="A stay that ends on its first day counts as one day.",
)
STAYS_PER_1000 = _stays(
    "stays_per_1000",
    "Stays per 1,000 members a year",
    "12",
    over=MEMBER_MONTHS,
    beside_over=("admitted", "provider_id", "diagnosis_code"),
    fill=0,
    of=("stays a year", "member months"),
    written="per 1,000",
    formula="stays / member months x 12,000",
    caveats=_MERGED,
)
STAY_METRICS = (STAYS, READMISSIONS, READMISSION_RATE, LENGTH, STAYS_PER_1000)
