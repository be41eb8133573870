"""Fold: releases become a table, by one of four words. Pure; frames in, frames out.

The word is a recipe's. A wrong one cannot corrupt anything: releases are kept, so change the word
and build again. A table with files a period is appended by its partitions.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import polars as pl

from engine.period import Kind, Period

FOREVER = date(9999, 12, 31)


@dataclass(frozen=True)
class Edition:
    """What a release staged for one table. `rows` to contract; `on` the first day it was valid.

    where  the release's files, for messages
    kind   what its period is where its text could be two things, as the source's calendar says
    """

    period: str
    revision: int
    rows: pl.LazyFrame
    where: str = ""
    kind: Kind | None = None

    @property
    def span(self) -> Period:
        """The period it is of, in time."""
        return Period.parse(self.period, self.kind)

    @property
    def on(self) -> date:
        """The first day of the period: `2026-02` is 1 February, `2021-22` is 1 April 2021."""
        return self.span.first_day


def newest_revisions(editions: Sequence[Edition]) -> list[Edition]:
    """The newest revision of every period, oldest period first."""
    # The last of a period wins, for it comes last: a dict keeps one value a key.
    best = {e.period: e for e in sorted(editions, key=lambda e: (e.period, e.revision))}
    return list(best.values())


def as_folded(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The maker of a table that is what its releases fold into, and nothing more."""
    return rows


def replace(editions: Sequence[Edition]) -> pl.LazyFrame:
    """The newest revision of the newest period, and nothing else."""
    return newest_revisions(editions)[-1].rows


def append(editions: Sequence[Edition], *, period: str = "period") -> pl.LazyFrame:
    """The newest revision of every period, one after the other; `period` names the added column."""
    return pl.concat(
        e.rows.with_columns(pl.lit(e.period).alias(period)) for e in newest_revisions(editions)
    )


def upsert(editions: Sequence[Edition], key: Sequence[str]) -> pl.LazyFrame:
    """All rows of all periods; of those that share a key, the one that came last."""
    rows = pl.concat(e.rows for e in newest_revisions(editions))
    return rows.unique(subset=list(key), keep="last", maintain_order=True)


def history(editions: Sequence[Edition], key: Sequence[str]) -> pl.LazyFrame:
    """Slowly changing dimension, type 2: a row for as long as it said the same.

    Takes:  editions whose rows have `key` and any other columns; a null equals a null.
    Gives:  those columns with `valid_from` and `valid_to`, half open; `valid_to` is 9999-12-31
            while current. A key that vanishes is closed on the day it was first missed, and opens
            a new version if it comes back.

    >>> first = Edition("2022-05", 1, pl.LazyFrame({"code": ["A", "B"], "name": ["Ash", None]}))
    >>> later = Edition("2026-02", 1, pl.LazyFrame({"code": ["A", "B"], "name": ["Oak", None]}))
    >>> rows = history([first, later], ["code"]).collect()
    >>> [(r["name"], str(r["valid_from"]), str(r["valid_to"])) for r in rows.to_dicts()]
    [('Ash', '2022-05-01', '2026-02-01'), ('Oak', '2026-02-01', '9999-12-31'), \
(None, '2022-05-01', '9999-12-31')]
    """
    ordered = newest_revisions(editions)
    # Until the next edition, not until the period ends: between two publications the last word
    # holds.
    ends = [*(e.on for e in ordered[1:]), FOREVER]
    stamped = pl.concat(
        e.rows.with_columns(valid_from=pl.lit(e.on), valid_to=pl.lit(end))
        for e, end in zip(ordered, ends, strict=True)
    ).sort(*key, "valid_from")
    others = [c for c in stamped.collect_schema().names() if c not in (*key, "valid_to")]
    said = [c for c in others if c != "valid_from"]
    # Null equals null here: a blank that stays blank is no change.
    same = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift().over(key)) for c in said)
    # A key that was missed in between begins a new version, though it say the same.
    unbroken = pl.col("valid_to").shift().over(key) == pl.col("valid_from")
    version = (~(same & unbroken)).fill_null(True).cum_sum().over(key).alias("_version")
    return (
        stamped.with_columns(version)
        .group_by(*key, "_version", maintain_order=True)
        .agg(*(pl.col(c).first() for c in others), pl.col("valid_to").last())
        .drop("_version")
    )
