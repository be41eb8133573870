"""Anomalies of providers: A6, who bills unlike the others of the specialty, and who stands out.

`odd_providers` compares habits (levels of visits, claims a day, weekends) with those of peers.
`standing_out` ranks providers by how far they are in the measures that go with money lost: what
they were paid in all, and patients who come back. It has seen no label of fraud.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from engine.claims.analytics.anomaly import MOST_CLAIMS, anomalies_of
from engine.claims.analytics.spread import score, spread

ENOUGH_CLAIMS = 50
ENOUGH_PEERS = 6
ODD_PROVIDER = 3.5
VISIT = r"^99(?:20[2-5]|21[1-5]|22[1-3]|23[1-3]|28[1-5]|291)$"
HIGH_LEVEL = r"^99(?:20[45]|21[45]|22[3]|23[3]|28[45]|291)$"
LEAST_SPREAD = 0.02
"""Of shares, and of claims per member and day: habits a few hundredths apart are never odd."""
STANDS_OUT = 0.5
_ALL = "all specialties"
_DAY = ["provider_id", "member_id", "service_date"]


@dataclass(frozen=True)
class _Habit:
    """Something that providers do more or less often.

    value   of one provider: a share, or claims per member and day
    of      claims that it is a share of: the fewer, the more is chance
    made_of the claims that make it: which of those flagged
    effect  what of it is paid beyond the usual (`median`), in cents
    """

    name: str
    words: str
    value: pl.Expr
    of: pl.Expr
    made_of: pl.Expr
    effect: pl.Expr


def odd_providers(claims: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """A6: who has more high-level visits, claims a day or weekends than others of the specialty.

    Takes:  `fact_claim`, `dim_provider`; each claim's own version of its provider.
    Gives:  ANOMALY, one a provider and habit, for providers with ENOUGH_CLAIMS claims. Peers are
            those of the specialty with as many; where they are fewer than ENOUGH_PEERS, all
            providers are. What chance makes of so many claims is the least spread.
    """
    # Held while the plan runs: a row a provider, which every habit asks for several times.
    one = _of_each(claims, providers).cache()
    return pl.concat(_odd(one, _flagged(claims), habit) for habit in _HABITS)


def habits(claims: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    """What each provider does how often.

    Takes:  `fact_claim`, `dim_provider`.
    Gives:  provider_id, `specialty`, `claims`, `high_level_share` (0-1, of visits; null without
            any), `claims_a_day` (claims per member and day), `weekend_share` (0-1). Providers with
            fewer than ENOUGH_CLAIMS claims are left out.
    """
    named = [habit.value.alias(habit.name) for habit in _HABITS]
    return _of_each(claims, providers).select("provider_id", "specialty", "claims", *named)


def paid_and_returning(claims: pl.LazyFrame) -> pl.LazyFrame:
    """What `standing_out` needs of each provider.

    Takes:  `fact_claim`: provider_id, member_id, paid_cents, channel.
    Gives:  provider_id, `paid_cents`, `returning` (stays beyond the first of each member).
    """
    stays = pl.col("member_id").filter(pl.col("channel") == "IP")
    return claims.group_by("provider_id").agg(
        pl.col("paid_cents").sum(),
        (stays.len().cast(pl.Int64) - stays.n_unique()).alias("returning"),
    )


def standing_out(
    providers: pl.LazyFrame, measures: Sequence[str], *, key: str = "provider_id"
) -> pl.LazyFrame:
    """Providers by how far they are ahead of others, the farthest first.

    Takes:  one row a provider; numeric columns of which more is odder; the provider's column.
    Gives:  `key`, a column a measure with its part of the score, `score`: their mean, where 1 is
            the 99th percentile of all providers, `stands_out`: whether it is above STANDS_OUT,
            and `place` from 1; by score, then key. A logarithm would hide who is far ahead: on
            labelled providers it finds none.
    """
    # The percentile, not the largest: one giant would make all others look alike.
    parts = [
        (pl.col(m) / pl.max_horizontal(pl.col(m).quantile(0.99, "higher"), 1e-9)).alias(m)
        for m in measures
    ]
    return (
        providers.select(key, *parts)
        .with_columns(score=pl.mean_horizontal(measures))
        .with_columns(stands_out=pl.col("score") > STANDS_OUT)
        .sort("score", key, descending=[True, False])
        .with_columns(place=pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
    )


def _flagged(claims: pl.LazyFrame) -> pl.LazyFrame:
    """Claims with what they are of: a visit, one of a high level, a weekend."""
    visit, high = (pl.col("cpt").str.contains(p).fill_null(False) for p in (VISIT, HIGH_LEVEL))
    weekend = pl.col("service_date").dt.weekday() >= 6
    billed = claims.filter(pl.col("billed_cents") > 0)
    return billed.with_columns(visit=visit, high=high, weekend=weekend)


def _of_each(claims: pl.LazyFrame, providers: pl.LazyFrame) -> pl.LazyFrame:
    lf = _flagged(claims)
    paid, visits = pl.col("paid_cents"), pl.col("visit")
    # Paid for a high-level visit beyond what the provider is paid for the others.
    step = paid.filter("high").mean() - paid.filter(visits & ~pl.col("high")).mean().fill_null(0)
    own = lf.group_by("provider_id").agg(
        pl.len().cast(pl.Int64).alias("claims"),
        pl.col("visit", "high", "weekend").sum().cast(pl.Int64),
        paid.sum(),
        step.clip(0).fill_null(0).alias("step"),
        pl.col("provider_sk").max(),
    )
    days = lf.select(_DAY).unique().group_by("provider_id").agg(
        pl.len().cast(pl.Int64).alias("days")
    )  # fmt: skip
    specialty = providers.select("provider_sk", pl.col("specialty").fill_null(_ALL))
    return (
        own.filter(pl.col("claims") >= ENOUGH_CLAIMS)
        .join(days, on="provider_id")
        .join(specialty, on="provider_sk", how="left")
        .with_columns(pl.col("specialty").fill_null(_ALL))
    )


_HABITS = (
    _Habit(
        "high_level_share",
        "of visits are of a high level",
        pl.when(pl.col("visit") > 0).then(pl.col("high") / pl.col("visit")),
        pl.col("visit"),
        pl.col("high"),
        (pl.col("high") - pl.col("median") * pl.col("visit")) * pl.col("step"),
    ),
    _Habit(
        "claims_a_day",
        "more claims per member and day",
        pl.col("claims") / pl.col("days"),
        pl.col("claims"),
        pl.len().over(_DAY) > 1,
        pl.col("paid_cents") * (1 - pl.col("median") / pl.col("value")),
    ),
    _Habit(
        "weekend_share",
        "of claims are of a weekend",
        pl.col("weekend") / pl.col("claims"),
        pl.col("claims"),
        pl.col("weekend"),
        pl.lit(0.0),
    ),
)


def _odd(providers: pl.LazyFrame, claims: pl.LazyFrame, habit: _Habit) -> pl.LazyFrame:
    lf = providers.with_columns(value=habit.value, of=habit.of).filter(
        pl.col("value").is_not_null(), pl.col("of") >= ENOUGH_CLAIMS
    )
    everybody = lf.with_columns(peers=pl.lit(_ALL))
    groups = pl.concat([lf.with_columns(peers=pl.col("specialty")), everybody])
    # Of the specialty, where there are enough of it; else of all.
    peers = spread(groups, "value", ["peers"], floor=LEAST_SPREAD)
    size = peers.select(pl.col("peers").alias("specialty"), pl.col("size").alias("own"))
    is_own = pl.col("own").fill_null(0) >= ENOUGH_PEERS
    judged = (
        lf.join(size, on="specialty", how="left")
        .with_columns(peers=pl.when(is_own).then("specialty").otherwise(pl.lit(_ALL)))
        .join(peers, on="peers")
        .filter(pl.col("size") >= ENOUGH_PEERS)
    )
    usual = pl.col("median")
    # A share of so many claims strays this far by chance; a mean of counts likewise.
    is_share = usual <= 1
    chance = (
        pl.when(is_share).then(usual * (1 - usual)).otherwise(usual - 1) / pl.col("of")
    ).sqrt()
    odd = judged.with_columns(pl.max_horizontal("spread", chance)).filter(
        score("value") > ODD_PROVIDER
    )
    # Only now, for the few that are odd, which claims they are.
    ids = (
        claims.join(odd.select("provider_id"), on="provider_id", how="semi")
        .filter(habit.made_of)
        .group_by("provider_id")
        .agg(pl.col("claim_id").bottom_k(MOST_CLAIMS).alias("ids"), pl.len().alias("n"))
    )
    hundredth = (pl.col("value") * 100).round() / 100
    said = pl.format(
        "{} ({}): {} {}, where {} is usual among {} providers.",
        "provider_id",
        "peers",
        hundredth,
        pl.lit(habit.words),
        (usual * 100).round() / 100,
        "size",
    )
    return anomalies_of(
        odd.join(ids, on="provider_id"),
        rule="A6",
        level="provider",
        subject="provider_id",
        apart=pl.lit(habit.name),
        score=score("value"),
        observed=pl.col("value"),
        expected=usual,
        unit="claims" if habit.name == "claims_a_day" else "share",
        effect_cents=habit.effect.clip(0),
        claim_ids=pl.col("ids"),
        claim_count=pl.col("n"),
        explanation=said,
    )
