"""How batches become dimensions: days, versions of whom and what, each member's contacts. Pure."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date

import polars as pl

from engine.claims.tables.attributes import ENGAGEMENT
from engine.claims.tables.dimension_contracts import DIM_DATE, MEMBER_ENGAGEMENT
from engine.period import MONTHS
from engine.table import Table
from refresh.claims.batches import (
    FLOOR,
    Absent,
    by_day,
    in_order,
    shares_of,
    usable,
    whole_days,
)
from refresh.store.fold import FOREVER, Edition, history

_FIRST, _LAST = date(2000, 1, 1), date(2035, 12, 31)
_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def dimension(
    batches: Sequence[Edition], *, table: Table, part: str, key: tuple[str, ...], absent: Absent
) -> Iterator[pl.DataFrame]:
    """Versions of each key through time, some keys at a time.

    Takes:  the batches; the contract of the dimension; the part that they are staged as; the
            columns that make a key; `absent`, what becomes of a key that a batch lacks.
    Gives:  the contract's columns, in its order; a key's first version begins at the floor.
    """
    ordered = in_order(batches, part)
    whole = whole_days(ordered, key, absent=absent)
    for among in shares_of(ordered, key[0]):
        editions = by_day(ordered, key, columns=table.schema, among=among)
        told = [replace(edition, is_whole=edition.on in whole) for edition in editions]
        yield _versions(told, table, key)


def _versions(editions: Sequence[Edition], table: Table, key: tuple[str, ...]) -> pl.DataFrame:
    known = {*table.schema} - {*key, "load_id"}
    versions = history(editions, key, tracked=[*known]).collect()
    began = {edition.on: edition.where for edition in editions}
    is_first = ~pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift()) for c in key)
    said = versions.with_columns(
        load_id=pl.col("valid_from").replace_strict(began, return_dtype=pl.String),
        valid_from=pl.when(is_first.fill_null(True)).then(FLOOR).otherwise("valid_from"),
        is_current=pl.col("valid_to") == FOREVER,
    )
    numbered = said.with_columns(surrogate_keys(said, (*key, "valid_from")).alias(table.key[0]))
    lacking = [c for c in table.columns if c.name not in numbered.columns]
    whole = numbered.with_columns(pl.lit(None, c.dtype).alias(c.name) for c in lacking)
    return whole.sort(table.sort)


def surrogate_keys(rows: pl.DataFrame, key: Sequence[str]) -> pl.Series:
    """The numbers of versions: 63 bits of a hash of what names one, the same wherever it is made.

    >>> rows = pl.DataFrame({"id": ["A", "B"], "on": [1, 1]})
    >>> surrogate_keys(rows, ("id", "on")).to_list() == surrogate_keys(rows, ("id", "on")).to_list()
    True
    """
    # Polars' own hashes may change with its version; facts of other partitions keep theirs.
    text = rows.select(pl.concat_str([pl.col(c).cast(pl.String) for c in key], separator="\0"))
    numbers = (
        int.from_bytes(hashlib.blake2b(said.encode(), digest_size=8).digest()) >> 1
        for said in text.to_series()
    )
    return pl.Series(numbers, dtype=pl.Int64)


def engagement(batches: Sequence[Edition], *, part: str) -> pl.LazyFrame:
    """What the newest batch of each year says of each member's contacts and risk.

    The year is the row's own; where it says none it is that of its batch.
    """
    names = [column.name for column in ENGAGEMENT]
    of_year = [
        usable(batch.rows).select(
            "member_id",
            *names,
            year=pl.coalesce("year", pl.lit(batch.on.year, pl.Int64)).cast(pl.String),
            load_id=pl.lit(batch.load_id),
        )
        for batch in in_order(batches, part)
    ]
    key = [*MEMBER_ENGAGEMENT.key]
    return pl.concat(of_year).unique(key, keep="last", maintain_order=True)


def days() -> pl.LazyFrame:
    """Every day from 2000 to 2035."""
    on = pl.col("full_date")
    starts = pl.when(on.dt.month() < 4).then(on.dt.year() - 1).otherwise(on.dt.year())
    ends = ((starts + 1) % 100).cast(pl.String).str.zfill(2)
    return (
        pl.LazyFrame({"full_date": pl.date_range(_FIRST, _LAST, eager=True)})
        .with_columns(
            date_key=on.dt.year() * 10_000 + on.dt.month().cast(pl.Int32) * 100 + on.dt.day(),
            year=on.dt.year(),
            quarter=on.dt.quarter(),
            month=on.dt.month(),
            day=on.dt.day(),
            day_of_week=on.dt.weekday(),
            week_of_year=on.dt.week(),
            month_name=on.dt.month().replace_strict(dict(enumerate(MONTHS, 1))),
            day_name=on.dt.weekday().replace_strict(dict(enumerate(_DAYS, 1))),
            is_weekend=on.dt.weekday() > 5,
            month_start=on.dt.month_start(),
            days_of_month=on.dt.days_in_month(),
            financial_year=pl.format("{}-{}", starts, ends),
            financial_period=(on.dt.month() + 8) % 12 + 1,
        )
        .select(DIM_DATE.schema.names())
    )
