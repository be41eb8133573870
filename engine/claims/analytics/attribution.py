"""Attribution: which values of a segment a change of PMPM comes from, and by what.

Parts are held against all member months, so that they add up to the whole change, to the cent.
"""

from dataclasses import dataclass
from datetime import date

import polars as pl

from engine.claims.analytics.segments import Segment


@dataclass(frozen=True)
class Span:
    """Months from the first to the last, both in it, as the first day of each."""

    first: date
    last: date

    def has(self, month: pl.Expr) -> pl.Expr:
        """Whether a month is one of these."""
        return month.is_between(self.first, self.last)


def attribution(
    claims: pl.LazyFrame,
    exposed: pl.LazyFrame,
    segment: Segment,
    *,
    now: Span,
    before: Span,
    amount: str = "paid_cents",
) -> pl.LazyFrame:
    """What each value of a segment adds to the change of PMPM from one span to another.

    Takes:  what `segmented` and `exposure` give; two spans of months; a column of cents.
    Gives:  value, `before_cents` and `now_cents` (of PMPM, what it makes up), `change_cents` (they
            add up to the change of PMPM), `share` (of that change; negative: against it; null
            where nothing changed), `from_count_cents` and `from_cost_cents`: how much of it is
            that there was more of it (claims per member month; of what belongs to members, its
            share of them), and how much that each cost more. The largest part first, then by value.
    """
    count = pl.col("member_months") if segment.of_members else pl.col("claims")
    sides = []
    for span in (before, now):
        paid = claims.filter(span.has(pl.col("month"))).group_by(segment.name).agg(
            pl.col("claim_count").sum().alias("claims"), pl.col(amount).sum().alias("cents")
        )  # fmt: skip
        covered = exposed.filter(span.has(pl.col("month")))
        if segment.of_members:
            own = covered.group_by(segment.name).agg(pl.col("member_months").sum())
            # Full: what was paid where nobody was covered is part of the change, too.
            paid = own.join(paid, on=segment.name, how="full", coalesce=True)
        total = covered.select(total=pl.col("member_months").sum())
        per_month = paid.join(total, how="cross").select(
            pl.col(segment.name).alias("value"),
            (pl.col("cents").fill_null(0) / pl.col("total")).alias("pmpm"),
            (count.fill_null(0) / pl.col("total")).alias("rate"),
        )
        sides.append(per_month)
    both = (
        sides[0]
        .join(sides[1], on="value", how="full", coalesce=True, suffix="_now")
        .with_columns(pl.exclude("value").fill_null(0.0))
    )
    was, now_is = pl.col("pmpm"), pl.col("pmpm_now")
    rate, rate_now = pl.col("rate"), pl.col("rate_now")
    # What was not there before has no cost of its own to be dearer than: all of it is count.
    each = pl.when(rate > 0).then(was / rate).when(rate_now > 0).then(now_is / rate_now)
    change = now_is - was
    return (
        both.select(
            "value",
            was.alias("before_cents"),
            now_is.alias("now_cents"),
            change.alias("change_cents"),
            (change / pl.when(change.sum() != 0).then(change.sum())).alias("share"),
            ((rate_now - rate) * each.otherwise(0.0)).alias("from_count_cents"),
        )
        .with_columns(from_cost_cents=pl.col("change_cents") - pl.col("from_count_cents"))
        .sort(pl.col("change_cents").abs(), "value", descending=[True, False])
    )
