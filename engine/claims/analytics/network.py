"""The network: enough providers, near enough, how concentrated, and what leaks out of it."""

from datetime import date

import polars as pl


def adequacy(
    claims: pl.LazyFrame,
    months: pl.LazyFrame,
    members: pl.LazyFrame,
    providers: pl.LazyFrame,
    *,
    until: date,
) -> pl.LazyFrame:
    """Providers for members, by specialty and state, on a day.

    Takes:  `fact_claim`, `member_month`, `dim_member`, `dim_provider`; the day. Who had a claim in
            the twelve months before it is active; who was covered in its last month is a member.
    Gives:  specialty, state, `members`, `providers`, `active` (providers), `per_1000` (active
            providers for 1,000 members), `active_share` (0-1, of providers; null without any),
            `has_one` (whether members there have one of the specialty in their state); every
            specialty with every state that has members, by both.
    """
    since = pl.lit(until).dt.offset_by("-12mo")
    day = pl.col("service_date")
    active = claims.filter(day >= since, day < until).select("provider_id").unique()
    current = providers.filter("is_current").select("provider_id", "specialty", "state")
    counted = (
        current.join(active.with_columns(is_active=pl.lit(True)), on="provider_id", how="left")
        .group_by("specialty", "state")
        .agg(
            pl.len().cast(pl.Int64).alias("providers"),
            pl.col("is_active").count().cast(pl.Int64).alias("active"),
        )
    )
    states = _members_of(months, members, until).group_by("state").agg(
        pl.len().cast(pl.Int64).alias("members")
    )  # fmt: skip
    active_count = pl.col("active")
    return (
        states.join(current.select("specialty").unique().drop_nulls(), how="cross")
        .join(counted, on=["specialty", "state"], how="left")
        .with_columns(pl.col("providers", "active").fill_null(0))
        .select(
            "specialty",
            "state",
            "members",
            "providers",
            "active",
            (active_count * 1_000 / pl.col("members")).alias("per_1000"),
            (active_count / pl.when(pl.col("providers") > 0).then("providers")).alias(
                "active_share"
            ),
            (active_count > 0).alias("has_one"),
        )
        .sort("specialty", "state")
    )


def access(adequate: pl.LazyFrame) -> pl.LazyFrame:
    """Which share of members has an active provider of a specialty in their state.

    Takes:  what `adequacy` gives.
    Gives:  specialty, `members`, `with_one` (members), `share` (0-1); by specialty.
    """
    having = pl.col("members").filter("has_one").sum()
    return (
        adequate.group_by("specialty")
        .agg(pl.col("members").sum(), having.alias("with_one"))
        .with_columns(share=pl.col("with_one") / pl.col("members"))
        .sort("specialty")
    )


def leakage(claims: pl.LazyFrame) -> pl.LazyFrame:
    """What goes out of network, and how concentrated the specialty is.

    Takes:  `fact_claim`: provider_specialty, provider_id, allowed_cents, is_oon.
    Gives:  specialty, `providers`, `allowed_cents`, `oon_allowed_cents` (the leakage), `oon_share`
            (0-1 of allowed; null where nothing is), `hhi` (0-10,000: squares of the providers'
            shares of allowed, in percent); the largest leakage first, then by specialty.
    """
    out = pl.col("allowed_cents").filter(pl.col("is_oon").fill_null(False)).sum()
    each = claims.group_by("provider_specialty", "provider_id").agg(
        pl.col("allowed_cents").sum(), out.alias("oon_allowed_cents")
    )
    total = pl.col("allowed_cents").sum()
    percent = 100 * pl.col("allowed_cents") / pl.when(total != 0).then(total)
    return (
        each.group_by(pl.col("provider_specialty").alias("specialty"))
        .agg(
            pl.len().cast(pl.Int64).alias("providers"),
            total,
            pl.col("oon_allowed_cents").sum(),
            (percent**2).sum().alias("hhi"),
        )
        .with_columns(
            oon_share=pl.col("oon_allowed_cents")
            / pl.when(pl.col("allowed_cents") != 0).then(pl.col("allowed_cents"))
        )
        .select("specialty", "providers", "allowed_cents", "oon_allowed_cents", "oon_share", "hhi")
        .sort("oon_allowed_cents", "specialty", descending=[True, False])
    )


def panels(claims: pl.LazyFrame) -> pl.LazyFrame:
    """How many members each provider sees, and how claims fare.

    Takes:  `fact_claim`.
    Gives:  provider_id, `members` (panel), `claims`, `approval_share`, `denial_share` (0-1, of
            claims), `days_to_pay` (median days from service to settlement of approved claims;
            null without any); by provider.
    """
    # A reversal takes back its claim from every count.
    status, count = pl.col("status"), pl.col("claim_count")
    some = pl.when(count.sum() > 0).then(count.sum())
    days = (pl.col("clean_claim_out") - pl.col("claim_from")).dt.total_days()
    return (
        claims.group_by("provider_id")
        .agg(
            pl.col("member_id").n_unique().cast(pl.Int64).alias("members"),
            count.sum().cast(pl.Int64).alias("claims"),
            *(
                (count.filter(status == word).sum() / some).alias(name)
                for word, name in (("approved", "approval_share"), ("denied", "denial_share"))
            ),
            days.filter(status == "approved").median().alias("days_to_pay"),
        )
        .sort("provider_id")
    )


def _members_of(months: pl.LazyFrame, members: pl.LazyFrame, until: date) -> pl.LazyFrame:
    """Members covered in the last month before a day, each with the state of that month."""
    last = pl.lit(until).dt.offset_by("-1mo").dt.month_start()
    covered = months.filter(pl.col("month") == last).select("member_id", "member_sk")
    state = members.select("member_sk", "state")
    return covered.unique("member_id").join(state, on="member_sk", how="left").filter(
        pl.col("state").is_not_null()
    )  # fmt: skip
