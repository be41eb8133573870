"""Anomalies of trends (A8): months in which a segment cost far more than its other months.

A month is judged by others, never by itself: by those before it where there are twelve or more, so
that a whole year of seasons is among them, otherwise by all others. What independent claims of
that size make by chance is the least that counts as spread, so that one large claim is no trend.
"""

import polars as pl

from engine.claims.analytics.anomaly import anomalies_of, dollars, percent
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
    cells = claims.group_by(pl.col(segment.name).alias("value"), "month").agg(
        pl.len().cast(pl.Int64).alias("claims"),
        pl.col("paid_cents").sum(),
        capped.sum().alias("capped"),
        (capped.cast(pl.Float64) ** 2).sum().alias("squares"),
    )
    keys = ["value", "month"] if segment.of_members else ["month"]
    looked_at = cells.join(months, on=keys).filter(pl.col("capped") >= least_cents)
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
    cut, exposed = segmented(claims, members, plans), exposure(months, members, plans)
    alarms = {
        segment: _alarms(month_scores(cut, exposed, segment, least_cents=least_cents), least_cents)
        for segment in SEGMENTS
    }
    causes = {one: alarms[one].select("value", "month") for one in (DIAGNOSIS, PROVIDER)}
    found = []
    for segment in SEGMENTS:
        explained_by = {c: rows for c, rows in causes.items() if _comes_before(c, segment)}
        left = _unexplained(alarms[segment], cut, segment, explained_by)
        found.append(_told(_runs(left), cut, segment))
    return pl.concat(found)


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


def _comes_before(cause: Segment, segment: Segment) -> bool:
    return SEGMENTS.index(cause) < SEGMENTS.index(segment)


def _unexplained(
    alarms: pl.LazyFrame,
    cut: pl.LazyFrame,
    segment: Segment,
    causes: dict[Segment, pl.LazyFrame],
) -> pl.LazyFrame:
    """Alarms of which no more than half is made of claims that another alarm is about."""
    if not causes:
        return alarms
    about = pl.concat(
        cut.join(rows.rename({"value": cause.name}), on=[cause.name, "month"], how="semi")
        for cause, rows in causes.items()
    ).unique("claim_id")
    told = about.group_by(pl.col(segment.name).alias("value"), "month").agg(
        told=pl.col("paid_cents").sum()
    )
    is_new = pl.col("told").fill_null(0) < EXPLAINED * pl.col("effect")
    return alarms.join(told, on=["value", "month"], how="left").filter(is_new).drop("told")


def _runs(alarms: pl.LazyFrame) -> pl.LazyFrame:
    """Alarms with the first month of the run of months, one after the other, that each is in."""
    number = pl.col("month").dt.year() * 12 + pl.col("month").dt.month()
    ordered = alarms.sort("value", "month").with_columns(number=number)
    is_first = (pl.col("number").diff().over("value") != 1).fill_null(True)
    return ordered.with_columns(
        since=pl.when(is_first).then("month").forward_fill().over("value")
    ).drop("number")


def _told(runs: pl.LazyFrame, cut: pl.LazyFrame, segment: Segment) -> pl.LazyFrame:
    """One anomaly a run, with its claims and who made most of it."""
    run = ["value", "since"]
    summed = runs.group_by(run).agg(
        pl.col("month").max().alias("until"),
        pl.col("effect", "paid_cents", "expected_cents", "member_months").sum(),
        pl.col("score").max(),
    )
    claims = cut.with_columns(value=pl.col(segment.name)).join(
        runs.select(*run, "month"), on=["value", "month"]
    )
    ids = claims.group_by(run).agg(
        pl.col("claim_id").bottom_k(50).alias("ids"), pl.len().alias("n")
    )
    others = [other for other in SEGMENTS if other is not segment]
    most = [_most(claims, run, other) for other in others]
    lf = summed.join(ids, on=run)
    for one in most:
        lf = lf.join(one, on=run, how="left")
    since, until = (pl.col(name).dt.strftime("%Y-%m") for name in ("since", "until"))
    period = pl.when(since == until).then(since).otherwise(since + "/" + until)
    observed, expected = (
        pl.col(name) / pl.col("member_months") for name in ("paid_cents", "expected_cents")
    )
    who = pl.concat_str([_share(other) for other in others], separator=", ")
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
            who,
        ),
    )


def _share(of: Segment) -> pl.Expr:
    share = percent(pl.col(f"{of.name} share"))
    return pl.format("{} {} ({})", pl.lit(of.words.lower()), of.name, share)


def _most(claims: pl.LazyFrame, run: list[str], other: Segment) -> pl.LazyFrame:
    """The value of another segment that most of a run was paid for, and its share of it (0-1)."""
    share = pl.col("paid_cents") / pl.col("paid_cents").sum().over(run)
    return (
        claims.group_by(*run, other.name)
        .agg(pl.col("paid_cents").sum())
        .with_columns(share.alias(f"{other.name} share"))
        # By name where two are equal, so that the sentence is the same at every build.
        .sort(f"{other.name} share", other.name, descending=[True, False])
        .group_by(run)
        .agg(pl.col(other.name, f"{other.name} share").first())
    )
