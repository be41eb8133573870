"""Run-out: how much of each month's payments is in by now, and what a metric will come to.

Claims are paid weeks after the care. The newest months look cheap until they are; older ones say
how cheap (questions/over_time.py).
"""

from datetime import date

import polars as pl

from engine.claims.questions.over_time import run_out
from engine.lake import Lake
from engine.metric import AnyMetric, Metric

PAID = "paid_cents"
COMPLETE = 0.995
"""From which share on a month counts as all in."""


def completion(lake: Lake, *, as_of: date) -> pl.LazyFrame:
    """How complete the payments of each month are.

    Takes:  as_of  the last day that the data speak of
    Gives:  `month`, `completion` (0-1, null where nothing can be said) and `is_immature`, sorted.
    """
    share = pl.col("completion").fill_nan(None).clip(0, 1)
    return run_out(lake, as_of=as_of).select(
        "month",
        completion=pl.when(share > 0).then(share),
        is_immature=(share < COMPLETE).fill_null(False),
    )


def last_day(lake: Lake) -> pl.LazyFrame:
    """The last day that the claims speak of: of the newest batch, else of what is in them."""
    if lake.has("load_batch"):
        return lake.scan("load_batch").select(pl.col("batch_on").max().alias("as_of"))
    days = pl.max_horizontal("service_date", "clean_claim_out")
    return lake.scan("fact_claim").select(days.max().alias("as_of"))


def grows(metric: AnyMetric) -> bool:
    """Whether a metric's value grows as payments come in: a sum of them, or that over another."""
    if not isinstance(metric, Metric) or metric.denominator is not None:
        return False
    return metric.aggregation == "sum" and PAID in metric.numerator.meta.root_names()


def expected(series: pl.LazyFrame, completion: pl.LazyFrame) -> pl.LazyFrame:
    """A metric by month with what it will come to once all is in.

    Takes:  `month` and `value` of a metric that grows; `completion` of the same snapshot.
    Gives:  the same rows with `completion` and `ultimate`, in the value's unit: the value itself of
            a month that is all in, and of one of which nothing is known.

    >>> from datetime import date
    >>> month = [date(2025, 11, 1), date(2025, 12, 1)]
    >>> series = pl.LazyFrame({"month": month, "value": [100.0, 50.0]})
    >>> share = pl.LazyFrame({"month": month, "completion": [1.0, 0.4]})
    >>> expected(series, share).collect()["ultimate"].to_list()
    [100.0, 125.0]
    """
    there = completion.select("month", "completion")
    with_share = series.join(there, on="month", how="left", maintain_order="left")
    return with_share.with_columns(ultimate=pl.col("value") / pl.col("completion").fill_null(1))
