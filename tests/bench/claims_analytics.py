"""The analyses of claims: how many faults they miss, and how many alarms are false.

Faults are put into the lake's own claims, one kind at a time (tests/engine/claims/injected.py).
Where the public sets with known answers lie beside the project, providers labelled for fraud are
told as well. Less is better, as in every figure.
"""

from pathlib import Path

import polars as pl

from engine import Lake
from engine.claims.analytics.provider_anomalies import standing_out
from tests.bench.figures import Figure
from tests.engine.claims.injected import Score, scores

PUBLIC = Path(__file__).parents[2] / "../shared/claims"
OUTBREAKS = frozenset({"diagnosis=A98.4", "diagnosis=T66.XXXA"})
"""Of the demonstration: odd, and meant to be."""
NAMES = ("dim_member", "dim_plan", "dim_provider", "fact_claim", "fact_enrollment", "member_month")


def measure(lake: Lake, *, count: int = 100) -> list[Figure]:
    """For each rule what it misses, its false alarms, and alarms on claims as they are."""
    tables = {name: lake.scan(name) for name in NAMES}
    found = scores(tables, count=count, known=OUTBREAKS)
    return [*(figure for name, score in found.items() for figure in _of(name, score)), *_fraud()]


def _of(name: str, score: Score) -> list[Figure]:
    missed, false = 100 * (1 - score.recall), 100 * (1 - score.precision)
    return [
        Figure(f"{name}: faults missed", "of 100", missed, at_most=25),
        Figure(f"{name}: alarms that are false", "of 100", false, at_most=20),
        Figure(f"{name}: alarms on claims as they are", "alarms", score.on_clean),
    ]


def _fraud() -> list[Figure]:
    """Providers labelled for fraud: how many of the first 50 and 100 are none."""
    file = PUBLIC / "06-fraud-providers-labelled" / "provider_features_labelled.csv.gz"
    if not file.is_file():
        return []
    given = pl.read_csv(file).with_columns(
        paid=pl.col("TotalInpatientReimbursement") + pl.col("TotalOutpatientReimbursement"),
        returning=pl.col("InpatientClaimCount") - pl.col("UniqueInpatientBeneficiaries"),
    )
    ranked = standing_out(given.lazy(), ["paid", "returning"], key="Provider").collect()
    ours = ranked.join(given.select("Provider", "Fraud"), on="Provider", maintain_order="left")
    by_cost = given.sort("TotalInpatientReimbursement", descending=True)
    return [
        Figure(
            f"providers labelled for fraud: others among the first {n}",
            "of 100",
            100 * (1 - ours["Fraud"].head(n).mean()),
            100 * (1 - by_cost["Fraud"].head(n).mean()),
            "by inpatient total",
        )
        for n in (50, 100)
    ]
