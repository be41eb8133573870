"""Time: growth, rolling sums and seasons of a monthly series, on complete months only.

Months are compared by the calendar, never by their place in a list: where one is missing, what is
compared with it is not known. A month that is not over has a value and no comparison. The last
complete months still miss claims that come later; they are called immature.
"""

from datetime import date

import polars as pl

IMMATURE_MONTHS = 3
ENOUGH_FOR_SEASONS = 24


def over_time(series: pl.LazyFrame, *, as_of: date) -> pl.LazyFrame:
    """A series with what each month is to those before it.

    Takes:  one row a month: `month` (its first day) and `value` (may be null); the day up to which
            the data go, that day in it.
    Gives:  month, value, `is_complete`, `is_immature`, `mom` and `yoy` (change as a share: 0.1 is a
            tenth more), `rolling_3` and `rolling_12` (sums of so many complete months); by month.
            Null where a month that it needs is missing, is not over, or is 0 below the line.
    """
    over = pl.col("month").dt.month_end() <= as_of
    lf = series.sort("month").select("month", "value", is_complete=over)
    known = lf.filter("is_complete").select("month", "value")
    ago = {"mom": -1, "yoy": -12}
    for name, months in ago.items():
        earlier = known.select(
            pl.col("month").dt.offset_by(f"{-months}mo"), pl.col("value").alias(f"{name} base")
        )
        lf = lf.join(earlier, on="month", how="left", maintain_order="left")
    for months in (3, 12):
        lf = lf.join(_rolling(known, months), on="month", how="left", maintain_order="left")
    bases = {name: pl.col(f"{name} base") for name in ago}
    change = [
        pl.when(pl.col("is_complete") & (base != 0)).then(pl.col("value") / base - 1).alias(name)
        for name, base in bases.items()
    ]
    # By the day, not by the newest month there is: a feed that stopped ripens all the same.
    current = pl.lit(as_of).dt.offset_by("1d").dt.month_start()
    immature = pl.col("month") >= current.dt.offset_by(f"-{IMMATURE_MONTHS}mo")
    return lf.select(
        "month",
        "value",
        "is_complete",
        (pl.col("is_complete") & immature).alias("is_immature"),
        *change,
        "rolling_3",
        "rolling_12",
    ).sort("month")


def season_index(series: pl.LazyFrame, *, as_of: date) -> pl.LazyFrame:
    """How each calendar month stands to the mean month, with growth from year to year taken out.

    Takes:  as `over_time`.
    Gives:  `calendar_month` (1-12), `index` (1: as the mean month), `years` (that it is made of);
            by month; no rows where fewer than two whole mature years are known. Each month is held
            against the mean of its own year, so that a dearer year tells nothing of the season.
    """
    timed = over_time(series, as_of=as_of).filter(
        "is_complete", ~pl.col("is_immature"), pl.col("value").is_not_null()
    )
    year = pl.col("month").dt.year().alias("year")
    whole = timed.with_columns(year).filter(pl.len().over("year") == 12)
    mean = pl.col("value").mean().over("year")
    adjusted = whole.with_columns(
        adjusted=pl.col("value") / pl.when(mean != 0).then(mean), months=pl.len()
    )
    return (
        adjusted.filter(pl.col("months") >= ENOUGH_FOR_SEASONS)
        .group_by(pl.col("month").dt.month().cast(pl.Int64).alias("calendar_month"))
        .agg(
            pl.col("adjusted").mean().alias("index"),
            pl.col("year").n_unique().cast(pl.Int64).alias("years"),
        )
        .sort("calendar_month")
    )


def yearly_growth(series: pl.LazyFrame, *, as_of: date) -> pl.LazyFrame:
    """Growth a year, compounded over whole years (CAGR).

    Takes:  as `over_time`, of amounts that add up over months.
    Gives:  one row: `first_year`, `last_year`, `growth` (a share a year; null with fewer than two
            whole years, or nothing in the first).
    """
    timed = over_time(series, as_of=as_of).filter("is_complete", pl.col("value").is_not_null())
    years = (
        timed.group_by(pl.col("month").dt.year().cast(pl.Int64).alias("year"))
        .agg(pl.col("value").sum(), pl.len())
        .filter(pl.col("len") == 12)
        .sort("year")
    )
    first, last = pl.col("value").first(), pl.col("value").last()
    apart = pl.col("year").last() - pl.col("year").first()
    times = last / pl.when((apart > 0) & (first > 0)).then(first)
    return years.select(
        first_year=pl.col("year").first(),
        last_year=pl.col("year").last(),
        growth=times ** (1 / apart) - 1,
    )


def _rolling(known: pl.LazyFrame, months: int) -> pl.LazyFrame:
    """Sums of so many months, up to each; none where one of them is missing or null."""
    window = known.filter(pl.col("value").is_not_null()).sort("month")
    since = pl.col("month").shift(months - 1)
    is_whole = since == pl.col("month").dt.offset_by(f"-{months - 1}mo")
    total = pl.col("value").rolling_sum(months)
    return window.select("month", pl.when(is_whole).then(total).alias(f"rolling_{months}"))
