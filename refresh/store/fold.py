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
    is_whole  whether a key that it lacks is gone; of an extract in part, or one that was cut short,
              nobody can tell
    """

    period: str
    revision: int
    rows: pl.LazyFrame
    where: str = ""
    kind: Kind | None = None
    is_whole: bool = True

    @property
    def files(self) -> frozenset[str]:
        """The names of its files; one that tells none stands for all."""
        return frozenset(filter(None, self.where.split(", ")))

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


def batches(editions: Sequence[Edition]) -> list[Edition]:
    """Every edition that counts where each brings rows of its own, in the order of their issue.

    An issue is replaced where a later one of its period has all its files: they came once more and
    say something else. One that brings other files adds to it.
    """
    ordered = sorted(editions, key=lambda e: (e.period, e.revision))
    return [
        e
        for at, e in enumerate(ordered)
        if not any(o.period == e.period and e.files <= o.files for o in ordered[at + 1 :])
    ]


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


def history(
    editions: Sequence[Edition],
    key: Sequence[str],
    *,
    tracked: Sequence[str] | None = None,
) -> pl.LazyFrame:
    """Slowly changing dimension, type 2: a row for as long as it said the same.

    Takes:  editions whose rows have `key`, once each, and any other columns; a null equals a null.
            `tracked`: the columns of which a change begins a version (None: all of them); of the
            others a version has what was said last.
    Gives:  those columns with `valid_from` and `valid_to`, half open; `valid_to` is 9999-12-31
            while current. A key that vanishes is closed on the day it was first missed in a whole
            edition, and opens a new version if it comes back. What an edition has no column for
            stays as it was; a column that is new was null before.

    >>> first = Edition("2022-05", 1, pl.LazyFrame({"code": ["A", "B"], "name": ["Ash", None]}))
    >>> later = Edition("2026-02", 1, pl.LazyFrame({"code": ["A", "B"], "name": ["Oak", None]}))
    >>> rows = history([first, later], ["code"]).collect()
    >>> [(r["name"], str(r["valid_from"]), str(r["valid_to"])) for r in rows.to_dicts()]
    [('Ash', '2022-05-01', '2026-02-01'), ('Oak', '2026-02-01', '9999-12-31'), \
(None, '2022-05-01', '9999-12-31')]
    """
    ordered = newest_revisions(editions)
    stamped = pl.concat(
        (
            # Until the next edition, not until the period ends: between two publications the last
            # word holds.
            e.rows.with_columns(
                valid_from=pl.lit(e.on), valid_to=pl.lit(_missed(ordered[at + 1 :]))
            )
            for at, e in enumerate(ordered)
        ),
        how="diagonal",
    ).sort(*key, "valid_from")
    names = stamped.collect_schema().names()
    others = [c for c in names if c not in (*key, "valid_from", "valid_to")]
    carried = stamped.with_columns(_carried(ordered, others, key))
    # Sorted by key, so neighbours tell: a window over each key would take ten times as long.
    is_same_key = pl.all_horizontal(pl.col(c).eq_missing(pl.col(c).shift()) for c in key)
    # Null equals null here: a blank that stays blank is no change.
    said = others if tracked is None else [c for c in others if c in tracked]
    is_same = pl.all_horizontal(
        pl.lit(True), *(pl.col(c).eq_missing(pl.col(c).shift()) for c in said)
    )
    # A key that was missed in between begins a new version, though it say the same.
    is_unbroken = pl.col("valid_to").shift() >= pl.col("valid_from")
    is_first = ~is_same_key.fill_null(False) | (pl.int_range(pl.len()) == 0)
    begins = is_first | ~(is_same & is_unbroken)
    marked = carried.with_columns(_is_first=is_first, _begins=begins)
    began = marked.filter("_begins").select(*key, *said, "valid_from", "_is_first")
    ended = marked.filter(pl.col("_begins").shift(-1, fill_value=True)).select(
        *(c for c in others if c not in said), "valid_to"
    )
    return _closed(pl.concat([began, ended], how="horizontal")).select(*names)


def _missed(later: Sequence[Edition]) -> date:
    """The day on which a key is gone that none of the later editions has."""
    return next((e.on for e in later if e.is_whole), FOREVER)


def _carried(
    editions: Sequence[Edition], columns: Sequence[str], key: Sequence[str]
) -> list[pl.Expr]:
    """Columns that not all editions have, filled with what was said of each key before."""
    has = {e.on: set(e.rows.collect_schema().names()) for e in editions}
    return [
        pl.when(pl.col("valid_from").is_in([on for on, names in has.items() if column in names]))
        .then(pl.struct(pl.col(column).alias("said")))
        .forward_fill()
        .over(key)
        .struct.field("said")
        .alias(column)
        for column in columns
        if not all(column in names for names in has.values())
    ]


def _closed(versions: pl.LazyFrame) -> pl.LazyFrame:
    """Versions in their order, each ended no later than the next of its key begins."""
    has_next = ~pl.col("_is_first").shift(-1, fill_value=True)
    next_from = pl.when(has_next).then(pl.col("valid_from").shift(-1))
    return versions.with_columns(valid_to=pl.min_horizontal("valid_to", next_from))
