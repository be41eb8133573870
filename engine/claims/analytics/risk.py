"""Risk: what each member may cost a month from here on, in tiers, with the reasons.

Expected cost is a blend of parts of which each has the mean cost as its mean: the member's own
cost (damped, for a dear year is seldom followed by one as dear), how often care was sought, and
what members of the same kind cost. Nothing is fitted to the year foretold; risk_check.py says
how well it does. Costs are capped, so that one case of two million moves nobody's group.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from engine.claims.analytics.anomaly import dollars
from engine.claims.quality.care_limits import age_on

ENOUGH_MONTHS = 3.0
CAP_CENTS_A_MONTH = 1_000_000
"""Own cost counts up to $10,000 a month."""
SHRINKS = 20
"""Members of a kind that weigh as much as everybody together does, when its mean is taken."""
TIERS = ("Low", "Moderate", "Rising", "High", "Catastrophic")
_TIER_FROM = (0.0, 0.5, 0.8, 0.95, 0.99)
UNJUDGED = "insufficient exposure"
KINDS = ("clinical_segment", "condition", "age_group")
REASONS = 3


@dataclass(frozen=True)
class Part:
    """One part of the blend: its weight, what it is made of, and what is said of it."""

    name: str
    weight: float
    words: str


OWN = Part("own cost", 0.4, "own cost of the past months")
VISITS = Part("visits", 0.2, "how often care was sought")
URGENT = Part("urgent care", 0.1, "emergencies and stays in hospital")
KIND_WEIGHT = 0.3
"""Of all kinds together, each the same."""


def risk_features(
    claims: pl.LazyFrame,
    months: pl.LazyFrame,
    members: pl.LazyFrame,
    *,
    until: date,
    back: int = 12,
) -> pl.LazyFrame:
    """What is known of each member on a day, from the months before it.

    Takes:  `fact_claim`, `member_month`, `dim_member`; the first day that is not known yet; how
            many months count.
    Gives:  member_id, `member_months`, `paid_cents`, `visits` (claims), `urgent` (of these,
            emergencies and stays), and KINDS as of that day; one row a member with cover in these
            months, by member.
    """
    since = pl.lit(until).dt.offset_by(f"-{back}mo")
    day, month = pl.col("service_date"), pl.col("month")
    is_urgent = pl.col("channel").is_in(["IP", "URG"])
    used = (
        claims.filter(day >= since, day < until)
        .group_by("member_id")
        .agg(
            pl.col("paid_cents").sum(),
            pl.len().cast(pl.Int64).alias("visits"),
            is_urgent.sum().cast(pl.Int64).alias("urgent"),
        )
    )
    covered = months.filter(month >= since, month < until)
    exposed = covered.group_by("member_id").agg(pl.col("member_months").sum())
    is_of_that_day = (pl.col("valid_from") < until) & (pl.col("valid_to") >= until)
    age = age_on(pl.lit(until), pl.col("dob"))
    kinds = members.filter(is_of_that_day).select(
        "member_id",
        "clinical_segment",
        pl.col("mutually_exclusive_hcc_condition").alias("condition"),
        (age // 10 * 10).cast(pl.String).alias("age_group"),
    )
    return (
        exposed.join(used, on="member_id", how="left")
        .join(kinds, on="member_id", how="left")
        .with_columns(pl.col("paid_cents", "visits", "urgent").fill_null(0))
        .sort("member_id")
    )


def risk(features: pl.LazyFrame, *, kinds: Sequence[str] = KINDS) -> pl.LazyFrame:
    """Tiers of risk, with up to three reasons each.

    Takes:  what `risk_features` gives; the columns of it that tell what kind of member one is.
    Gives:  member_id, member_months, paid_cents, visits, `expected_cents` (a month), `percentile`
            (0-1, of those who are judged), `tier` (TIERS; UNJUDGED below ENOUGH_MONTHS, and then
            both others are null), `paid_bucket`, `use_bucket` (the payer's own buckets) and
            `reasons` (what raises the expected cost most, in cents a month); by member.
    """
    judged = features.filter(pl.col("member_months") >= ENOUGH_MONTHS)
    parts = _parts(judged, kinds)
    weights = [OWN, VISITS, URGENT, *(Part(k, KIND_WEIGHT / len(kinds), "") for k in kinds)]
    cents = [pl.col(p.name) * p.weight * pl.col("mean_cents") for p in weights]
    expected = parts.with_columns(expected_cents=pl.sum_horizontal(cents))
    # Ties are parted by member, so that every tier has its share.
    place = pl.struct("expected_cents", "member_id").rank("ordinal")
    placed = expected.select(
        "member_id", "expected_cents", ((place - 0.5) / pl.len()).alias("percentile")
    )
    lf = features.join(placed, on="member_id", how="left").join(
        _reasons(parts, weights, kinds), on="member_id", how="left"
    )
    return lf.select(
        "member_id",
        "member_months",
        "paid_cents",
        "visits",
        "expected_cents",
        "percentile",
        _tier(pl.col("percentile")).alias("tier"),
        paid_bucket(pl.col("paid_cents")).alias("paid_bucket"),
        use_bucket(pl.col("visits")).alias("use_bucket"),
        pl.col("reasons").fill_null([]),
    ).sort("member_id")


def rising(now: pl.LazyFrame, before: pl.LazyFrame) -> pl.LazyFrame:
    """Members whose tier went up by two or more since the period before.

    Takes:  what `risk` gives, of two periods.
    Gives:  member_id, `tier_before`, `tier`, expected_cents, reasons; the largest step first, then
            by cost and member. Who was not judged in both is not among them.
    """
    steps = {name: i for i, name in enumerate(TIERS)}
    number = {name: pl.col(name).replace_strict(steps, default=None, return_dtype=pl.Int64)
              for name in ("tier", "tier_before")}  # fmt: skip
    earlier = before.select("member_id", pl.col("tier").alias("tier_before"))
    step = number["tier"] - number["tier_before"]
    return (
        now.join(earlier, on="member_id")
        .with_columns(step=step)
        .filter(pl.col("step") >= 2)
        .sort("step", "expected_cents", "member_id", descending=[True, True, False])
        .select("member_id", "tier_before", "tier", "expected_cents", "reasons")
    )


def paid_bucket(cents: pl.Expr) -> pl.Expr:
    """The payer's own bucket of what was paid for a member."""
    return _bucket(cents, "No Cost", (50_000, 250_000, 1_000_000), is_below=True)


def use_bucket(claims: pl.Expr) -> pl.Expr:
    """The payer's own bucket of how many claims a member has."""
    return _bucket(claims, "No Util", (2, 6, 15), is_below=False)


def _bucket(of: pl.Expr, nothing: str, edges: tuple[int, int, int], *, is_below: bool) -> pl.Expr:
    said = pl.when(of <= 0).then(pl.lit(nothing))
    for edge, name in zip(edges, ("Low", "Moderate", "High"), strict=True):
        said = said.when(of < edge if is_below else of <= edge).then(pl.lit(name))  # type: ignore[assignment]
    return said.otherwise(pl.lit("Very High"))


def _parts(judged: pl.LazyFrame, kinds: Sequence[str]) -> pl.LazyFrame:
    """Each part of the blend as a multiple of its mean over members, weighed by their months."""
    months = pl.col("member_months")
    pmpm = (pl.col("paid_cents") / months).clip(0, CAP_CENTS_A_MONTH)
    mean = (pl.col("pmpm") * months).sum() / months.sum()
    lf = judged.with_columns(
        pl.col(kinds).cast(pl.String).fill_null("unknown"), pmpm=pmpm
    ).with_columns(
        (pl.col("pmpm").sqrt()).alias(OWN.name),
        (pl.col("visits") / months).alias(VISITS.name),
        (pl.col("urgent") / months).alias(URGENT.name),
        mean_cents=mean,
    )
    # A kind's mean leans towards everybody's the fewer members it has.
    leaning = {
        kind: (pl.col("pmpm").sum().over(kind) + SHRINKS * pl.col("mean_cents"))
        / (pl.len().over(kind) + SHRINKS)
        for kind in kinds
    }
    lf = lf.with_columns(*(value.alias(f"{kind} cents") for kind, value in leaning.items()))
    relative = [OWN.name, VISITS.name, URGENT.name]
    return lf.with_columns(
        *(_over_mean(pl.col(name), months).alias(name) for name in relative),
        *(_over_mean(pl.col(f"{kind} cents"), months).alias(f"{kind} part") for kind in kinds),
    ).select(
        "member_id",
        "mean_cents",
        *relative,
        *(pl.col(f"{kind} part").alias(kind) for kind in kinds),
        *(pl.col(kind).alias(f"{kind} is") for kind in kinds),
    )


def _over_mean(value: pl.Expr, months: pl.Expr) -> pl.Expr:
    mean = (value * months).sum() / months.sum()
    # Where nobody has any of it, it tells nobody from another.
    return pl.when(mean > 0).then(value / mean).otherwise(1.0)


def _reasons(parts: pl.LazyFrame, weights: Sequence[Part], kinds: Sequence[str]) -> pl.LazyFrame:
    """The parts that raise a member's expected cost above the mean, the largest first."""
    longer = []
    for part in weights:
        more = (pl.col(part.name) - 1) * part.weight * pl.col("mean_cents")
        words = (
            pl.format("{} {}", pl.lit(part.name.replace("_", " ")), f"{part.name} is")
            if part.name in kinds
            else pl.lit(part.words)
        )
        longer.append(parts.select("member_id", more.alias("more"), words.alias("words")))
    said = pl.format("{}: {} a month more", "words", dollars(pl.col("more")))
    return (
        pl.concat(longer)
        .filter(pl.col("more") > 0)
        .sort("member_id", "more", "words", descending=[False, True, False])
        .group_by("member_id", maintain_order=True)
        .agg(said.head(REASONS).alias("reasons"))
    )


def _tier(percentile: pl.Expr) -> pl.Expr:
    said = pl.when(percentile.is_null()).then(pl.lit(UNJUDGED))
    for edge, name in zip(_TIER_FROM[:0:-1], TIERS[:0:-1], strict=True):
        said = said.when(percentile > edge).then(pl.lit(name))  # type: ignore[assignment]
    return said.otherwise(pl.lit(TIERS[0]))
