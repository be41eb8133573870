"""Exposure: spans of cover as months, by the calendar. Pure and lazy.

A month counts as the share of its days that are covered, both ends of a span in it; a day that two
spans of one member in one plan share counts once, with the premium of the span that began first.
Spans that end before they begin are no cover.
"""

from collections.abc import Sequence

import polars as pl

_START, _END, _MONTH = pl.col("start_date"), pl.col("end_date"), pl.col("month")


def member_months(spans: pl.LazyFrame) -> pl.LazyFrame:
    """Cover by month, one row a member x plan x month with at least a day of it.

    Takes:  spans of cover: `member_id`, `plan_id`, `start_date`, `end_date` (in it) and
            `premium_cents`, that of a whole month, null where unknown.
    Gives:  what `by_month` does.

    >>> from datetime import date
    >>> span = {"member_id": "A", "plan_id": "P", "premium_cents": 31000}
    >>> days = {"start_date": date(2024, 1, 15), "end_date": date(2024, 1, 31)}
    >>> member_months(pl.LazyFrame([span | days])).drop("first_on").collect().row(0)[3:]
    (17, 31, 0.5483870967741935, 17000.0)
    """
    return by_month(once_a_day(spans))


def by_month(spans: pl.LazyFrame) -> pl.LazyFrame:
    """Cover by month of spans that share no day of a member and plan, as `once_a_day` gives them.

    Gives:  `member_id`, `plan_id`, `month` (its first day), `days`, `days_of_month` (Int32),
            `member_months` (0-1), `premium_cents` (earned: by day of cover, with parts of a cent;
            null where none is known), `first_on` (the first day that is covered).
    """
    months = pl.date_ranges(_START.dt.truncate("1mo"), _END.dt.truncate("1mo"), "1mo")
    first, last = pl.max_horizontal(_START, _MONTH), pl.min_horizontal(_END, _MONTH.dt.month_end())
    length, premium = pl.col("days_of_month"), pl.col("premium_cents")
    return (
        spans.with_columns(month=months)
        .explode("month", empty_as_null=False, keep_nulls=False)
        .with_columns(
            days=_days(first, last).cast(pl.Int32), days_of_month=_length(_MONTH), first_on=first
        )
        .with_columns(premium_cents=premium * pl.col("days") / length)
        .group_by("member_id", "plan_id", "month", "days_of_month", maintain_order=True)
        .agg(
            pl.col("days").sum(),
            pl.when(premium.count() > 0).then(premium.sum()),
            pl.col("first_on").min(),
        )
        .with_columns(member_months=pl.col("days") / length)
        .select(
            *("member_id", "plan_id", "month", "days", "days_of_month"),
            *("member_months", "premium_cents", "first_on"),
        )
    )


def exposure(spans: pl.LazyFrame, by: Sequence[str]) -> pl.LazyFrame:
    """Member months by whatever spans have, one row a combination x month that has cover.

    Each span is a head and a tail, and what lies between them is cumulated over the months: the
    work is that of the spans and of the answer, not of every month of every span.

    Takes:  spans of cover, of which no two share a day (`once_a_day`).
    Gives:  `by`, `month`, `member_months`; sorted.
    """
    first, last = _START.dt.truncate("1mo"), _END.dt.truncate("1mo")
    is_one = first == last
    head = pl.when(is_one).then(_END).otherwise(_START.dt.month_end())
    placed = spans.filter(_START <= _END).select(
        *by,
        _first=first,
        _last=last,
        _head=_days(_START, head),
        _tail=_days(last, _END),
        _one=is_one,
    )
    longer = placed.filter(~pl.col("_one"))
    n = pl.len().cast(pl.Int64)
    events = [
        placed.group_by(*by, month="_first").agg(_days=pl.col("_head").sum(), _whole=0 * n),
        # Whole months begin after the first and end before the last.
        longer.group_by(*by, month="_first")
        .agg(_days=0 * n, _whole=n)
        .with_columns(_MONTH.dt.offset_by("1mo")),
        longer.group_by(*by, month="_last").agg(_days=pl.col("_tail").sum(), _whole=-n),
    ]
    held = pl.concat(events).group_by(*by, "month").agg(pl.col("_days", "_whole").sum())
    every = held.select(pl.date_range(_MONTH.min(), _MONTH.max(), "1mo").alias("month"))
    grid = held.select(by).unique().join(every, how="cross") if by else every
    held = grid.join(held, on=[*by, "month"], how="left", nulls_equal=True)
    running = pl.col("_whole").fill_null(0).cum_sum().over(by or None, order_by="month")
    months = running + pl.col("_days").fill_null(0) / _length(_MONTH)
    found = held.select(*by, "month", member_months=months).filter(pl.col("member_months") > 0)
    return found.sort(*by, "month")


def once_a_day(spans: pl.LazyFrame, *, ties: Sequence[str] = ()) -> pl.LazyFrame:
    """The same spans, those that begin later shortened to the days that no earlier one covers.

    Takes:  spans of cover; by which columns those of the same days are told apart, where it matters
            whose premium counts.
    """
    key = ("member_id", "plan_id")
    ordered = spans.filter(_START <= _END).sort(*key, "start_date", "end_date", *ties)
    before = _END.cum_max().shift().over(key).dt.offset_by("1d")
    begins = pl.max_horizontal(_START, before)
    return ordered.with_columns(start_date=begins).filter(_START <= _END)


def _days(first: pl.Expr, last: pl.Expr) -> pl.Expr:
    """Days from one to the other, both in it."""
    return (last - first).dt.total_days() + 1


def _length(month: pl.Expr) -> pl.Expr:
    return month.dt.days_in_month().cast(pl.Int32)
