"""Recommendation of providers: who suits a member, in order, with the reasons.

Nothing of a provider's or a member's person is looked at: only claims, network, need and place.
Rates lean towards the specialty's the fewer claims a provider has, so that three good claims do
not beat three hundred.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from engine.claims.quality.census_regions import REGION_OF

LEANS = 20
"""Claims of the specialty's mean that every provider is given beside the own ones."""
ENOUGH_CLAIMS = 10
USUAL_DAYS = 30
IN_NETWORK = 0.5
LIMITED = "limited data"


@dataclass(frozen=True)
class Need:
    """What is looked for.

    until      the day on which it is asked: claims of the twelve months before it count
    state      of the member; None: place does not matter
    diagnosis  of the member, as the beginning of its code; None: any experience counts
    """

    specialty: str
    until: date
    state: str | None = None
    diagnosis: str | None = None


@dataclass(frozen=True)
class Part:
    """A part of the score, from 0 to 1, and what is said where it speaks for a provider."""

    name: str
    weight: float
    words: str


PARTS = (
    Part("cost", 0.35, "costs less than expected for the same services"),
    Part("approval", 0.20, "claims are mostly approved"),
    Part("denial", 0.10, "claims are seldom denied"),
    Part("turnaround", 0.10, "claims are settled quickly"),
    Part("experience", 0.15, "has experience with the condition"),
    Part("place", 0.10, "is near"),
)


def recommended(claims: pl.LazyFrame, providers: pl.LazyFrame, need: Need) -> pl.LazyFrame:
    """Providers of a specialty that suit a need, the best first.

    Takes:  `fact_claim`, `dim_provider` (the current version of each counts), what is needed.
    Gives:  `place_in_list` from 1, provider_id, provider_name, state, `claims` (of twelve months),
            `data` (`limited data` below ENOUGH_CLAIMS: listed after all others), `score` (0-1), a
            column a part (0-1), `reasons` (parts in which better than half of those listed, the
            weightiest first). Only who is active, of the specialty, and mostly in network is
            listed. Equal scores are in order of provider_id.
    """
    doctors = providers.filter(pl.col("is_current"), pl.col("specialty") == need.specialty).select(
        "provider_id", "provider_name", "state"
    )
    own = _recent(claims, need).join(doctors, on="provider_id", how="semi")
    scored = _scores(own, need).join(doctors, on="provider_id")
    lf = scored.filter(pl.col("oon_share") < IN_NETWORK).with_columns(place=_place(need))
    total = pl.sum_horizontal([pl.col(p.name) * p.weight for p in PARTS])
    is_limited = pl.col("claims") < ENOUGH_CLAIMS
    better = [
        pl.when(pl.col(p.name) > pl.col(p.name).median()).then(pl.lit(_words(p, need)))
        for p in sorted(PARTS, key=lambda part: -part.weight)
    ]
    return (
        lf.with_columns(
            score=total,
            data=pl.when(is_limited).then(pl.lit(LIMITED)).otherwise(pl.lit("")),
            reasons=pl.concat_list(better).list.drop_nulls(),
        )
        .sort("data", "score", "provider_id", descending=[False, True, False])
        .select(
            pl.int_range(1, pl.len() + 1, dtype=pl.Int64).alias("place_in_list"),
            "provider_id",
            "provider_name",
            "state",
            "claims",
            "data",
            "score",
            *(part.name for part in PARTS),
            "reasons",
        )
    )


def _words(part: Part, need: Need) -> str:
    """What is said of who is better in a part; without a condition nobody's experience is of it."""
    if part.name == "experience" and need.diagnosis is None:
        return "has many claims of this specialty"
    return part.words


def _recent(claims: pl.LazyFrame, need: Need) -> pl.LazyFrame:
    day, until = pl.col("service_date"), pl.lit(need.until)
    return claims.filter(
        day >= until.dt.offset_by("-12mo"), day < until, pl.col("billed_cents") > 0
    )


def _scores(own: pl.LazyFrame, need: Need) -> pl.LazyFrame:
    """Each provider's parts but place; rates lean towards the specialty's."""
    approved, denied = (pl.col("status") == word for word in ("approved", "denied"))
    days = (pl.col("clean_claim_out") - pl.col("claim_from")).dt.total_days()
    same = (
        pl.lit(True)
        if need.diagnosis is None
        else pl.col("diagnosis_code").str.starts_with(need.diagnosis)
    )
    # Expected of the same services: what the specialty is allowed for the code, on average.
    usual = own.group_by("cpt").agg(usual=pl.col("allowed_cents").mean())
    lf = own.join(usual, on="cpt", how="left", nulls_equal=True).with_columns(
        approved=approved, denied=denied, days=days, same=same.fill_null(False)
    )
    each = lf.group_by("provider_id").agg(
        pl.len().cast(pl.Int64).alias("claims"),
        pl.col("approved", "denied", "same", "days", "allowed_cents", "usual").sum(),
        pl.col("days").count().alias("settled"),
        pl.col("is_oon").fill_null(False).mean().alias("oon_share"),
    )
    n = pl.col("claims")

    def leaning(of: str, over: str = "claims") -> pl.Expr:
        rate = pl.col(of).sum() / pl.max_horizontal(pl.col(over).sum(), 1)
        return (pl.col(of) + LEANS * rate) / (pl.col(over) + LEANS)

    mean_usual = pl.col("usual").sum() / n.sum()
    ratio = (pl.col("allowed_cents") + LEANS * mean_usual) / (pl.col("usual") + LEANS * mean_usual)
    return each.select(
        "provider_id",
        "claims",
        "oon_share",
        # As expected is a half; twice as dear a third, half as dear two thirds.
        (1 / (1 + ratio)).alias("cost"),
        leaning("approved").alias("approval"),
        (1 - leaning("denied")).alias("denial"),
        (1 / (1 + leaning("days", "settled") / USUAL_DAYS)).alias("turnaround"),
        (pl.col("same") / (pl.col("same") + LEANS)).alias("experience"),
    )


def _place(need: Need) -> pl.Expr:
    """1 in the member's state, a half in its region, else 0."""
    if need.state is None:
        return pl.lit(1.0)
    there = [state for state, of in REGION_OF.items() if of == REGION_OF.get(need.state)]
    return (
        pl.when(pl.col("state") == need.state)
        .then(1.0)
        .when(pl.col("state").is_in(there))
        .then(0.5)
        .otherwise(0.0)
    )
