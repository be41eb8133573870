"""Over time: months that can be compared, those that cannot, and what a season is.

A month that is not over keeps its value and is compared with none; the newest that are over are
compared and marked, for claims are still to come. Nothing here reads a clock: `as_of` is given.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import polars as pl

from engine.claims.completion import completed, triangle
from engine.derived import Cumulative, Derived, Input
from engine.errors import BadQuestion
from engine.lake import Lake
from engine.measure import measure
from engine.metric import AnyMetric, Metric
from engine.unit import SCALES
from engine.wings import metric as metric_called

IMMATURE = 3
"""How many of the newest complete months claims are still to come for (run-out)."""
_MONTH, _VALUE = pl.col("month"), pl.col("value")
Where = Mapping[str, Any] | None


def trend(
    lake: Lake,
    metric: str | AnyMetric,
    *,
    as_of: date,
    by: Sequence[str] = (),
    where: Where = None,
    during: tuple[date, date] | None = None,
) -> pl.LazyFrame:
    """A metric by month, with what can be said of its change.

    Takes:  as_of  the last day that the data speak of: a month that ends later is partial
    Gives:  `by`, `month`, `value`; `is_complete`; `is_immature` (one of the newest complete months,
            or not complete); `mom_percent` and `yoy_percent`, the change on the month and on the
            same month of the year before: null where either month is partial or has no value.
    """
    one = metric_called(metric) if isinstance(metric, str) else metric
    keys = [*by, "month"]
    # The whole series, for the first months that are shown are compared with others, too.
    rows = measure(lake, [one], keys, where).rename({one.name: "value"})
    flagged = with_flags(rows, as_of)
    comparable = flagged.filter("is_complete").select(*keys, before="value")
    for name, back in (("mom_percent", "1mo"), ("yoy_percent", "1y")):
        moved = comparable.with_columns(_MONTH.dt.offset_by(back))
        then = pl.when(pl.col("before") != 0).then("before")
        change = pl.when("is_complete").then((_VALUE / then - 1) * 100)
        flagged = (
            flagged.join(moved, on=keys, how="left", nulls_equal=True)
            .with_columns(change.alias(name))
            .drop("before")
        )
    if during:
        flagged = flagged.filter(_MONTH.is_between(during[0].replace(day=1), during[1]))
    return flagged.sort(keys, nulls_last=True)


def with_flags(rows: pl.LazyFrame, as_of: date) -> pl.LazyFrame:
    """Rows by `month` with `is_complete` and `is_immature`.

    >>> months = pl.LazyFrame({"month": [date(2025, 2, 1), date(2025, 5, 1), date(2025, 6, 1)]})
    >>> with_flags(months, date(2025, 6, 10)).collect().rows()[1:]
    [(datetime.date(2025, 5, 1), True, True), (datetime.date(2025, 6, 1), False, True)]
    """
    is_complete = _MONTH.dt.month_end() <= as_of
    # The month after `as_of` begins none that is complete.
    next_day = pl.lit(as_of).dt.offset_by("1d").dt.truncate("1mo")
    return rows.with_columns(
        is_complete=is_complete, is_immature=_MONTH >= next_day.dt.offset_by(f"-{IMMATURE}mo")
    )


def rolled(metric: Metric, months: int) -> AnyMetric:
    """The same metric over so many whole months to the end of each.

    A ratio of two tables becomes one sum over the months divided by the other.
    """
    name, window = f"{metric.name}_{months}m", f"{months}mo"
    said = {
        "label": f"{metric.label}, over {months} months",
        "formula": f"{metric.formula}, over {months} months",
        **{
            word: getattr(metric, word)
            for word in ("unit", "format", "money", "better", "words", "why", "caveats", "owner")
        },
    }
    if metric.over is None:
        return Cumulative(name=name, of=metric, window=window, told="last", is_full=True, **said)
    above = replace(metric, name="above", over=None, beside_over=(), format="number", money=None)
    sides = [
        Input(Cumulative(name=n, of=of, window=window, told="last", is_full=True, **said), n)
        for n, of in (("above", above), ("below", metric.over))
    ]
    below = pl.when(pl.col("below") > 0).then("below")
    value = pl.col("above").fill_null(0) * SCALES[metric.format] / below
    return Derived(name=name, inputs=tuple(sides), expression=value, **said)


def seasons(
    lake: Lake, metric: str | AnyMetric, *, as_of: date, where: Where = None
) -> pl.LazyFrame:
    """How each month of the year stands to the mean of its year, over all years that are whole.

    Gives:  `month_of_year` (1-12), `index` (1: like the mean), `years`; no rows of fewer than two
            whole years, for one year has no season.
    """
    monthly = trend(lake, metric, as_of=as_of, where=where)
    year = _MONTH.dt.year().alias("year")
    whole = monthly.filter("is_complete", _VALUE.is_not_null()).filter(pl.len().over(year) == 12)
    compared = whole.with_columns(index=_VALUE / _VALUE.mean().over(year))
    by_month = compared.group_by(_MONTH.dt.month().alias("month_of_year")).agg(
        pl.col("index").mean(), years=pl.len()
    )
    return by_month.filter(pl.col("years") >= 2).sort("month_of_year")


def yearly_growth(
    lake: Lake, metric: str | AnyMetric, *, as_of: date, where: Where = None
) -> pl.LazyFrame:
    """Compound growth a year, from the first to the last year that is whole: one row.

    Gives:  `first_year`, `last_year`, `first_value`, `last_value`, `percent_a_year` (null of fewer
            than two years, or from nothing).
    """
    one = metric_called(metric) if isinstance(metric, str) else metric
    yearly = measure(lake, [one], ["month__year"], where)
    year = pl.col("month__year")
    monthly = with_flags(measure(lake, [one], ["month"], where), as_of)
    whole = (
        monthly.filter("is_complete")
        .group_by(_MONTH.dt.truncate("1y").alias("month__year"))
        .agg(months=pl.len())
        .filter(pl.col("months") == 12)
    )
    kept = yearly.join(whole, on="month__year", how="semi").sort("month__year")
    value = pl.col(one.name)
    ends = kept.select(
        first_year=year.dt.year().first(),
        last_year=year.dt.year().last(),
        first_value=value.first(),
        last_value=value.last(),
    )
    span = pl.col("last_year") - pl.col("first_year")
    ratio = pl.col("last_value") / pl.when(pl.col("first_value") > 0).then("first_value")
    return ends.with_columns(percent_a_year=pl.when(span > 0).then((ratio.pow(1 / span) - 1) * 100))


def run_out(lake: Lake, *, as_of: date, where: Where = None) -> pl.LazyFrame:
    """What was paid by month of service, and what is still to come of it (chain ladder).

    Takes:  where  values of columns of `fact_claim`
    Gives:  `month`, `paid` (settled by the end of the last whole month), `completion` (0-1),
            `ultimate`, `to_come`, in cents.
    """
    claims = lake.scan("fact_claim")
    for name, value in (where or {}).items():
        claims = claims.filter(pl.col(name).is_in(value if isinstance(value, list) else [value]))
    last = pl.lit(as_of).dt.offset_by("1d").dt.truncate("1mo").dt.offset_by("-1mo")
    rows = triangle(
        claims, origin="service_date", known="clean_claim_out", value="paid_cents", until=last
    )
    return completed(rows).select(
        pl.col("origin").alias("month"),
        pl.col("value").alias("paid"),
        *("completion", "ultimate", "to_come"),
    )


def compared(
    lake: Lake,
    metrics: Sequence[str],
    by: Sequence[str],
    *,
    one: Mapping[str, Any],
    other: Mapping[str, Any],
    beside: Sequence[str] = (),
) -> pl.LazyFrame:
    """Metrics of two groups, or two stretches of days, side by side.

    Takes:  one, other  what `measure` takes besides: `where`, `during` or both
            beside      metrics that are wanted of the one alone
    Gives:  `by`, and for each metric `<metric>` of the one, `<metric>_other`, `<metric>_difference`
            (one less other) and `<metric>_percent` (of the other; null where that is 0); `beside`.
    Raises: BadQuestion where a dimension is a time and the two are different days: no month of one
            is a month of the other.
    """
    if any(name.partition("__")[0] in ("month", "service_date", "year") for name in by):
        raise BadQuestion("two stretches of days have no day in common", next="leave the time out")
    left = measure(lake, [*metrics, *beside], by, **one)
    right = measure(lake, metrics, by, **other)
    renamed = right.rename({name: f"{name}_other" for name in metrics})
    both = (
        left.join(renamed, on=list(by), how="full", coalesce=True, nulls_equal=True)
        if by
        else pl.concat([left, renamed], how="horizontal")
    )
    changes = []
    for name in metrics:
        mine, theirs = pl.col(name), pl.col(f"{name}_other")
        changes += [
            (mine - theirs).alias(f"{name}_difference"),
            ((mine / pl.when(theirs != 0).then(theirs) - 1) * 100).alias(f"{name}_percent"),
        ]
    return (
        both.with_columns(changes).sort(list(by), nulls_last=True)
        if by
        else both.with_columns(changes)
    )
