"""Anomalies of trends (A8): months in which a segment cost far more than its other months.

A month is judged by others, never by itself: by those before it where there are twelve or more, so
that a whole year of seasons is among them, otherwise by all others. What independent claims of
that size make by chance is the least that counts as spread, so that one large claim is no trend.
"""

from collections.abc import Mapping, Sequence

import polars as pl

from engine.claims.analytics.anomaly import MOST_CLAIMS, anomalies_of, dollars, percent
from engine.claims.analytics.segments import (
    DIAGNOSIS,
    PROVIDER,
    SEGMENTS,
    Segment,
    exposure,
    months_of,
    segmented,
)
from engine.claims.analytics.spread import MAD_TO_SD

ENOUGH_MONTHS = 12
ODD_MONTH = 4.0
LEAST_EFFECT_CENTS = 2_500_000
"""What a month must cost beyond the usual, $25,000, before anybody is told of it."""
CAP_CENTS = 10_000_000
"""A claim counts for $100,000 at most when a month is judged: of its effect nothing is cut."""
EXPLAINED = 0.5
CAUSES = (DIAGNOSIS, PROVIDER)


def month_scores(
    claims: pl.LazyFrame,
    exposed: pl.LazyFrame,
    segment: Segment,
    *,
    least_cents: int = LEAST_EFFECT_CENTS,
) -> pl.LazyFrame:
    """How odd each month of each value of a segment is, where it costs enough to matter.

    Takes:  what `segmented` and `exposure` give; how much a month must cost to be looked at.
    Gives:  value, month, `claims`, `paid_cents`, `member_months`, `expected_cents` (of the month,
            by the median PMPM of the months that it is judged by), `judged_by` (their number),
            `score` (spreads beyond the expected; null: fewer than ENOUGH_MONTHS to judge by).
    """
    months = months_of(exposed, segment)
    capped = pl.col("paid_cents").clip(-CAP_CENTS, CAP_CENTS)
    cells = (
        claims.group_by(pl.col(segment.name).alias("value"), "month")
        .agg(
            pl.col("claim_count").sum().cast(pl.Int64).alias("claims"),
            pl.col("paid_cents").sum(),
            capped.sum().alias("capped"),
            (capped.cast(pl.Float64) ** 2).sum().alias("squares"),
        )
        .cache()
    )
    keys = ["value", "month"] if segment.of_members else ["month"]
    looked_at = cells.join(months, on=keys).filter(pl.col("capped") >= least_cents).cache()
    base = _others(looked_at, cells, months, segment)
    per_month = pl.col("member_months")
    noise = pl.max_horizontal(
        # Squares add up as variances do: of the others' months, and of this one's own claims.
        (pl.col("squares_a_month") * per_month).sqrt(),
        pl.col("squares").sqrt(),
        MAD_TO_SD * pl.col("mad") * per_month,
    )
    beyond = pl.col("capped") - pl.col("usual_capped") * per_month
    is_enough = pl.col("judged_by") >= ENOUGH_MONTHS
    return looked_at.join(base, on=["value", "month"], how="left").select(
        "value",
        "month",
        "claims",
        "paid_cents",
        "member_months",
        (pl.col("usual") * per_month).alias("expected_cents"),
        pl.col("judged_by").fill_null(0),
        pl.when(is_enough).then(beyond / noise).alias("score"),
    )


def odd_trends(
    claims: pl.LazyFrame,
    months: pl.LazyFrame,
    members: pl.LazyFrame,
    plans: pl.LazyFrame,
    *,
    least_cents: int = LEAST_EFFECT_CENTS,
) -> pl.LazyFrame:
    """A8: what cost far more than usual for a month or longer, and who made it.

    Takes:  `fact_claim`, `member_month`, `dim_member`, `dim_plan`; how much a month must cost
            beyond the usual.
    Gives:  ANOMALY, one a diagnosis, provider, specialty, tier or region and run of months. What a
            diagnosis explains is not told again of its provider, its specialty or its tier.
            Observed and expected are PMPM; the effect is all that was paid beyond the usual.
    """
    cut, exposed = segmented(claims, members, plans), exposure(months, members, plans).cache()
    # Held while the plan runs: few rows, and all that follows asks for them several times over.
    alarms = {
        segment: _alarms(
            month_scores(cut, exposed, segment, least_cents=least_cents), least_cents
        ).cache()
        for segment in SEGMENTS
    }
    made_of = {segment: _claims_of(alarms[segment], cut, segment, alarms) for segment in SEGMENTS}
    return pl.concat(
        _told(_runs(_unexplained(alarms[s], made_of[s])), made_of[s], s) for s in SEGMENTS
    )


def _others(
    looked_at: pl.LazyFrame, cells: pl.LazyFrame, months: pl.LazyFrame, segment: Segment
) -> pl.LazyFrame:
    """What the months that each is judged by cost a member and month."""
    other = months.rename({"month": "other", "member_months": "other_months"})
    calendar = months.select("month").unique().sort("month").with_row_index("before")
    judged = looked_at.select("value", "month").join(calendar, on="month")
    pairs = (
        judged.join(other, on="value") if segment.of_members else judged.join(other, how="cross")
    )
    is_earlier = pl.col("other") < pl.col("month")
    # Months without a claim cost nothing: they count as much as any.
    costs = (
        pairs.filter(
            pl.col("other") != pl.col("month"), is_earlier | (pl.col("before") < ENOUGH_MONTHS)
        )
        .join(cells.rename({"month": "other"}), on=["value", "other"], how="left")
        .with_columns(pl.col("paid_cents", "capped", "squares").fill_null(0))
        .with_columns(pl.col("paid_cents", "capped") / pl.col("other_months"))
    )
    away = (pl.element() - pl.element().median()).abs()
    return (
        costs.group_by("value", "month")
        .agg(
            pl.len().cast(pl.Int64).alias("judged_by"),
            pl.col("paid_cents").median().alias("usual"),
            pl.col("capped").alias("each"),
            (pl.col("squares").sum() / pl.col("other_months").sum()).alias("squares_a_month"),
        )
        .with_columns(
            usual_capped=pl.col("each").list.median(),
            mad=pl.col("each").list.eval(away).list.median(),
        )
        .drop("each")
    )


def _alarms(scores: pl.LazyFrame, least_cents: int) -> pl.LazyFrame:
    effect = pl.col("paid_cents") - pl.col("expected_cents")
    odd = scores.with_columns(effect=effect).filter(
        pl.col("score") > ODD_MONTH, pl.col("effect") >= least_cents
    )
    return odd


def _claims_of(
    alarms: pl.LazyFrame,
    cut: pl.LazyFrame,
    segment: Segment,
    all_alarms: Mapping[Segment, pl.LazyFrame],
) -> pl.LazyFrame:
    """The claims of a segment's alarms; `explained`: an alarm of an earlier cause has them, too."""
    lf = cut.with_columns(value=pl.col(segment.name)).join(
        alarms.select("value", "month"), on=["value", "month"], how="semi"
    )
    causes = [c for c in CAUSES if SEGMENTS.index(c) < SEGMENTS.index(segment)]
    for cause in causes:
        about = all_alarms[cause].select(
            pl.col("value").alias(cause.name), "month", pl.lit(True).alias(f"by {cause.name}")
        )
        lf = lf.join(about, on=[cause.name, "month"], how="left")
    by = [pl.col(f"by {cause.name}").fill_null(False) for cause in causes]
    explained = pl.any_horizontal(by) if by else pl.lit(False)
    return lf.with_columns(explained=explained).cache()


def _unexplained(alarms: pl.LazyFrame, made_of: pl.LazyFrame) -> pl.LazyFrame:
    """Alarms of which less than half is made of claims that another alarm is about."""
    told = made_of.group_by("value", "month").agg(
        told=pl.col("paid_cents").filter("explained").sum()
    )
    is_new = pl.col("told") < EXPLAINED * pl.col("effect")
    return alarms.join(told, on=["value", "month"]).filter(is_new).drop("told")


def _runs(alarms: pl.LazyFrame) -> pl.LazyFrame:
    """Alarms with the first month of the run of months, one after the other, that each is in."""
    number = pl.col("month").dt.year() * 12 + pl.col("month").dt.month()
    ordered = alarms.sort("value", "month").with_columns(number=number)
    is_first = (pl.col("number").diff().over("value") != 1).fill_null(True)
    return ordered.with_columns(
        since=pl.when(is_first).then("month").forward_fill().over("value")
    ).drop("number")


def _told(runs: pl.LazyFrame, made_of: pl.LazyFrame, segment: Segment) -> pl.LazyFrame:
    """One anomaly a run, with its claims and who made most of it."""
    run = ["value", "since"]
    summed = runs.group_by(run).agg(
        pl.col("month").max().alias("until"),
        pl.col("effect", "paid_cents", "expected_cents", "member_months").sum(),
        pl.col("score").max(),
    )
    claims = made_of.join(runs.select(*run, "month"), on=["value", "month"])
    ids = claims.group_by(run).agg(
        pl.col("claim_id").unique().bottom_k(MOST_CLAIMS).alias("ids"),
        pl.col("claim_count").sum().alias("n"),
    )
    others = [other for other in SEGMENTS if other is not segment]
    lf = summed.join(ids, on=run).join(_most(claims, run, others), on=run, how="left")
    since, until = (pl.col(name).dt.strftime("%Y-%m") for name in ("since", "until"))
    period = pl.when(since == until).then(since).otherwise(since + "/" + until)
    observed, expected = (
        pl.col(name) / pl.col("member_months") for name in ("paid_cents", "expected_cents")
    )
    return anomalies_of(
        lf,
        rule="A8",
        level="trend",
        subject=pl.format("{}={}", pl.lit(segment.name), "value"),
        apart=since,
        period=period,
        score=pl.col("score"),
        observed=observed,
        expected=expected,
        unit="cents",
        effect_cents=pl.col("effect"),
        claim_ids=pl.col("ids"),
        claim_count=pl.col("n"),
        explanation=pl.format(
            "{} {} cost {} per member and month in {}, where {} is usual: {} more in all, from {}"
            " claims. Most of it: {}.",
            pl.lit(segment.words),
            "value",
            dollars(observed),
            period,
            dollars(expected),
            dollars(pl.col("effect")),
            "n",
            "who",
        ),
    )


def _most(claims: pl.LazyFrame, run: list[str], others: Sequence[Segment]) -> pl.LazyFrame:
    """In words, the value of each other segment that most of a run was paid for, with its share."""
    words = {other.name: other.words.lower() for other in others}
    paid = pl.col("paid_cents").sum()
    share = pl.col("paid_cents") / pl.col("paid_cents").sum().over(*run, "other")
    said = pl.format(
        "{} {} ({})", pl.col("other").replace_strict(words), "is", percent(pl.col("share"))
    )
    order = pl.col("other").replace_strict({n: i for i, n in enumerate(words)})
    return (
        claims.unpivot(list(words), index=[*run, "paid_cents"], variable_name="other",
                       value_name="is")
        .group_by(*run, "other", "is")
        .agg(paid)
        .with_columns(share=share)
        # By name where two are equal, so that the sentence is the same at every build.
        .sort("share", "is", descending=[True, False])
        .group_by(*run, "other", maintain_order=True)
        .agg(said.first().alias("who"))
        .sort(order)
        .group_by(run, maintain_order=True)
        .agg(pl.col("who").str.join(", "))
    )  # fmt: skip
