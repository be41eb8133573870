"""Risk: what each member may cost a month from here on, in tiers, with the reasons.

Expected cost is the mean cost and what four parts add to it: the member's own cost (damped, for a
dear year is seldom followed by one as dear), how often care was sought, how often in an emergency,
and what members of the same kind cost. How much each counts is learnt from the months that are
known: from what their first half told of the second. Nothing of what is foretold is looked at;
risk_check.py says how well it does. Own costs are capped: one case of two million moves no group.
"""

from collections.abc import Sequence
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


_MEASURED = {
    "own_cost": "own cost of the past months",
    "visits": "how often care was sought",
    "urgent": "emergencies and stays in hospital",
}


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
            emergencies and stays), the same of the first half of these months, as `early_` and
            their names, and KINDS as of that day; one row a member with cover in these months, by
            member.
    """
    since = pl.lit(until).dt.offset_by(f"-{back}mo")
    middle = pl.lit(until).dt.offset_by(f"-{back - back // 2}mo")
    day, month = pl.col("service_date"), pl.col("month")
    count, is_urgent = pl.col("claim_count"), pl.col("channel").is_in(["IP", "URG"])
    sums = {"paid_cents": pl.col("paid_cents"), "visits": count, "urgent": count * is_urgent}
    used = (
        claims.filter(day >= since, day < until)
        .group_by("member_id")
        .agg(
            *(e.sum().cast(pl.Int64).alias(n) for n, e in sums.items()),
            *(e.filter(day < middle).sum().cast(pl.Int64).alias(f"early_{n}")
              for n, e in sums.items()),
        )
    )  # fmt: skip
    months_covered = pl.col("member_months")
    exposed = (
        months.filter(month >= since, month < until)
        .group_by("member_id")
        .agg(
            months_covered.sum(),
            months_covered.filter(month < middle).sum().alias("early_member_months"),
        )
    )
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
        .with_columns(pl.col(*sums, *(f"early_{name}" for name in sums)).fill_null(0))
        .sort("member_id")
    )


def risk(features: pl.LazyFrame, *, kinds: Sequence[str] = KINDS) -> pl.LazyFrame:
    """Tiers of risk, with up to three reasons each.

    Takes:  what `risk_features` gives; the columns of it that tell what kind of member one is.
            Without any `early_` month all are expected to cost the mean.
    Gives:  member_id, member_months, paid_cents, visits, `expected_cents` (a month), `percentile`
            (0-1, of those who are judged), `tier` (TIERS; UNJUDGED below ENOUGH_MONTHS, and then
            both others are null), `paid_bucket`, `use_bucket` (the payer's own buckets) and
            `reasons` (what raises the expected cost most, in cents a month); by member.
    """
    judged = features.filter(pl.col("member_months") >= ENOUGH_MONTHS)
    parts = _parts(judged, kinds).join(_weights(judged, kinds), how="cross")
    names = [*_MEASURED, *kinds]
    more = [_more(name) for name in names]
    expected = parts.with_columns(expected_cents=pl.col("mean_cents") + pl.sum_horizontal(more))
    # Ties are parted by member, so that every tier has its share.
    place = pl.struct("expected_cents", "member_id").rank("ordinal")
    placed = expected.select(
        "member_id", "expected_cents", ((place - 0.5) / pl.len()).alias("percentile")
    )
    lf = features.join(placed, on="member_id", how="left").join(
        _reasons(parts, kinds), on="member_id", how="left"
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


def _more(name: str) -> pl.Expr:
    """What a part adds to the mean cost of a month, in cents; below nought where it takes away."""
    return (pl.col(name) - 1) * pl.col(f"weight of {name}") * pl.col("mean_cents")


def _weights(judged: pl.LazyFrame, kinds: Sequence[str]) -> pl.LazyFrame:
    """How much each part counts: by how well its first half year told of the second.

    Gives: one row, `weight of` each part: the slope by which it foretells, shared out by how much
           of the differences each explains. What foretells nothing has none.
    """
    names = [*_MEASURED, *kinds]
    months = pl.col("member_months") - pl.col("early_member_months")
    paid = pl.col("paid_cents") - pl.col("early_paid_cents")
    both = judged.filter(pl.col("early_member_months") > 0, months > 0)
    late = both.select("member_id", (paid / months).clip(0, CAP_CENTS_A_MONTH).alias("late"))
    early = both.with_columns(
        pl.col(f"early_{name}").alias(name)
        for name in ("member_months", "paid_cents", "visits", "urgent")
    )
    halves = _parts(early, kinds).join(late, on="member_id")
    came = pl.col("late") / pl.col("late").mean()
    explained = {n: _known(pl.corr(pl.col(n), came).clip(0, 1) ** 2) for n in names}
    total = pl.sum_horizontal(list(explained.values()))
    slope = {n: _known((pl.cov(pl.col(n), came) / pl.col(n).var()).clip(0, 1)) for n in names}
    return halves.select(
        (slope[n] * explained[n] / pl.when(total > 0).then(total).otherwise(1.0)).alias(
            f"weight of {n}"
        )
        for n in names
    )


def _known(value: pl.Expr) -> pl.Expr:
    # Where all are alike there is no slope.
    return pl.when(value.is_finite()).then(value).otherwise(0.0).fill_null(0.0)


def _parts(judged: pl.LazyFrame, kinds: Sequence[str]) -> pl.LazyFrame:
    """Each part of the blend as a multiple of its mean over members, weighed by their months."""
    months = pl.col("member_months")
    pmpm = pl.col("paid_cents") / months
    lf = judged.with_columns(
        pl.col(kinds).cast(pl.String).fill_null("unknown"),
        pmpm=pmpm.clip(0, CAP_CENTS_A_MONTH),
        # Dear cases are everybody's to bear: they raise the level, and nobody's own part.
        mean_cents=pl.col("paid_cents").sum() / months.sum(),
    ).with_columns(
        own_cost=pl.col("pmpm").sqrt(), visits=pl.col("visits") / months,
        urgent=pl.col("urgent") / months, mean_pmpm=pl.col("pmpm").mean(),
    )  # fmt: skip
    # A kind's mean leans towards everybody's the fewer members it has.
    leaning = {
        kind: (pl.col("pmpm").sum().over(kind) + SHRINKS * pl.col("mean_pmpm"))
        / (pl.len().over(kind) + SHRINKS)
        for kind in kinds
    }
    lf = lf.with_columns(*(value.alias(f"{kind} cents") for kind, value in leaning.items()))
    return lf.select(
        "member_id",
        "mean_cents",
        *(_over_mean(pl.col(name), months).alias(name) for name in _MEASURED),
        *(_over_mean(pl.col(f"{kind} cents"), months).alias(kind) for kind in kinds),
        *(pl.col(kind).alias(f"{kind} is") for kind in kinds),
    )


def _over_mean(value: pl.Expr, months: pl.Expr) -> pl.Expr:
    mean = (value * months).sum() / months.sum()
    # Where nobody has any of it, it tells nobody from another.
    return pl.when(mean > 0).then(value / mean).otherwise(1.0)


def _reasons(parts: pl.LazyFrame, kinds: Sequence[str]) -> pl.LazyFrame:
    """The parts that raise a member's expected cost above the mean, the largest first."""
    words = {name: pl.lit(said) for name, said in _MEASURED.items()} | {
        kind: pl.format("{} {}", pl.lit(kind.replace("_", " ")), f"{kind} is") for kind in kinds
    }
    longer = [
        parts.select("member_id", _more(name).alias("more"), said.alias("words"))
        for name, said in words.items()
    ]
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
