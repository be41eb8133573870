"""Inpatient stays: the claims of one stay brought together, and which stay is a readmission.

Pure and lazy. A hospital bills a long stay in parts and a transfer is billed by both hospitals, so
claims that overlap, touch, or follow within a day are one stay. A same-day stay counts as one day.
"""

from collections.abc import Sequence

import polars as pl

READMITTED_WITHIN = 30
"""Days after a discharge in which another stay is a readmission, the last of them in it (CMS)."""
GAP = 1
"""Days between the end of one bill and the start of the next that still are one stay."""

_ADMITTED, _DISCHARGED = pl.col("admitted"), pl.col("discharged")


def stays(
    bills: pl.LazyFrame,
    *,
    sums: Sequence[str] = (),
    firsts: Sequence[str] = (),
    gap_days: int = GAP,
    within_days: int = READMITTED_WITHIN,
) -> pl.LazyFrame:
    """Stays of inpatient bills, one row a stay, by member and admission.

    Takes:  bills: `member_id`, `admitted`, `discharged` (Date; an end before the start, or none, is
            the start), each bill once; which columns are added up, and of which the first bill's
            value is taken.
    Gives:  `member_id`, `admitted`, `discharged`, `length_days` (at least 1), `bills`, the sums and
            firsts, `days_since` the discharge before (null at a member's first stay) and
            `is_readmission`.

    >>> from datetime import date
    >>> bills = pl.LazyFrame(
    ...     {
    ...         "member_id": ["A", "A", "A"],
    ...         "admitted": [date(2025, 1, 1), date(2025, 1, 4), date(2025, 2, 8)],
    ...         "discharged": [date(2025, 1, 4), date(2025, 1, 9), date(2025, 2, 8)],
    ...     }
    ... )
    >>> stays(bills).select("bills", "length_days", "is_readmission").collect().rows()
    [(2, 8, False), (1, 1, True)]
    """
    order = ["admitted", "discharged"]
    ends = pl.max_horizontal(_ADMITTED, _DISCHARGED)
    placed = bills.filter(_ADMITTED.is_not_null()).with_columns(discharged=ends)
    until = _DISCHARGED.cum_max().shift().over("member_id", order_by=order)
    begins = until.is_null() | (_ADMITTED > until.dt.offset_by(f"{gap_days}d"))
    numbered = placed.with_columns(_begins=begins).with_columns(
        _stay=pl.col("_begins").cum_sum().over("member_id", order_by=order)
    )
    whole = numbered.group_by("member_id", "_stay").agg(
        _ADMITTED.min(),
        _DISCHARGED.max(),
        pl.len().alias("bills").cast(pl.Int64),
        *(pl.col(name).sum() for name in sums),
        *(pl.col(name).sort_by(order).first() for name in firsts),
    )
    before = _DISCHARGED.shift().over("member_id", order_by="admitted")
    length = (_DISCHARGED - _ADMITTED).dt.total_days()
    return (
        whole.with_columns(
            length_days=pl.max_horizontal(length, 1),
            days_since=(_ADMITTED - before).dt.total_days(),
        )
        .with_columns(
            is_readmission=pl.col("days_since").is_between(1, within_days).fill_null(False)
        )
        .drop("_stay")
        .sort("member_id", "admitted")
    )


def inpatient_stays(fact_claim: pl.LazyFrame) -> pl.LazyFrame:
    """The stays of facility claims of inpatients; who is discharged is there for `units_days`.

    A denied bill is part of its stay: whether it was paid says nothing of whether it took place.
    """
    is_inpatient = (pl.col("claim_type") == "Facility") & (pl.col("channel") == "IP")
    admitted = pl.coalesce("claim_from", "service_date")
    days = pl.col("units_days").fill_null(0).clip(0)
    bills = fact_claim.filter(is_inpatient).with_columns(
        admitted=admitted, discharged=admitted + pl.duration(days=days)
    )
    first = ("claim_id", "member_sk", "plan_sk", "plan_id", "provider_id", "diagnosis_code")
    sums = ("billed_cents", "allowed_cents", "paid_cents")
    return stays(bills, sums=sums, firsts=first).with_columns(
        month=_ADMITTED.dt.truncate("1mo"), year=_ADMITTED.dt.year().cast(pl.String)
    )
