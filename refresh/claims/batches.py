"""Batches of an entity in the order in which they count, and the rows that can be used. Pure.

A batch counts from its own day, whenever it arrives: one that is late takes its place among the
others. Of two rows with one key the later one wins: by day, by issue, by file name, by row.
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

import polars as pl

from engine.period import UNDATED
from refresh.store.fold import Edition

FLOOR = date(1900, 1, 1)
"""Where the first version of a key begins, and the day of a batch of which nobody knows one."""

Absent = Literal["ignore", "close"]
"""What becomes of a member, plan or provider that a batch lacks: nothing, or it is gone."""

STAGED_ONLY = ("file_row", "file_rows", "columns_given", "problem")
"""Columns of what is staged that say where a row stood, and nothing of what it is about."""

_KEYS_AT_ONCE = 50_000
_CUT_SHARE, _CUT_ROWS = 0.1, 10
_HALF = 0.5


@dataclass(frozen=True)
class Batch:
    """The rows of one day of one entity, all files and issues together.

    load_id  entity, day and issue: `claims 2026-02-01 1`
    """

    load_id: str
    on: date
    revision: int
    files: str
    rows: pl.LazyFrame


def batch_of(edition: Edition, part: str) -> Batch:
    """An edition as a batch; of one without a day nobody knows more than that it was first."""
    on = FLOOR if edition.period == UNDATED else edition.on
    load_id = f"{part.removesuffix('_raw')} {on} {edition.revision}"
    return Batch(load_id, on, edition.revision, edition.where, edition.rows)


def in_order(editions: Sequence[Edition], part: str) -> list[Batch]:
    """The batches of an entity, oldest first."""
    return sorted((batch_of(e, part) for e in editions), key=lambda b: (b.on, b.revision))


def usable(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of a batch with which nothing is wrong."""
    return rows.filter(pl.col("problem").is_null())


def put_together(batches: Sequence[Batch]) -> pl.LazyFrame:
    """All rows of all batches one after the other, each with its `load_id` and place `at`."""
    stamped = [
        batch.rows.with_columns(load_id=pl.lit(batch.load_id), at=pl.lit(at, pl.Int32))
        for at, batch in enumerate(batches)
    ]
    return pl.concat(stamped).with_row_index("nth")


def by_day(
    batches: Sequence[Batch],
    key: Sequence[str],
    *,
    columns: Collection[str] = (),
    among: pl.Expr | None = None,
) -> Iterator[Edition]:
    """What was said on each day: one row a key, the last one; only columns that the files have.

    Takes:  the columns that are wanted beside the key; which keys are (None: all).
    Gives:  editions for `fold.history`, their rows held; `where` is the batch's load_id.
    """
    for on in sorted({batch.on for batch in batches}):
        mine = [batch for batch in batches if batch.on == on]
        rows = pl.concat(usable(batch.rows) for batch in mine)
        said = rows.select(pl.col("columns_given").unique()).collect(engine="streaming")
        given = {c for names in said.to_series() for c in names.split(" ")}
        # Before they are held: a batch has columns of which no version is made.
        told = [c for c in columns if c in given or c == "other_attributes"]
        wanted = rows if among is None else rows.filter(among)
        held = wanted.select(*key, *(c for c in told if c not in key)).collect()
        last = held.unique(key, keep="last", maintain_order=True)
        yield Edition(on.isoformat(), 1, last.lazy(), where=mine[-1].load_id)


def shares_of(batches: Sequence[Batch], key: str) -> list[pl.Expr | None]:
    """Conditions that part the keys of all batches, in their order, into shares that memory holds.

    Gives:  one condition a share; None alone where there are few keys.
    """
    return shares_of_keys(pl.concat(usable(b.rows).select(key) for b in batches), key)


def shares_of_keys(every: pl.LazyFrame, key: str) -> list[pl.Expr | None]:
    """The same of rows that have the key; each key may stand in many of them."""
    keys = every.unique().collect(engine="streaming").to_series().sort()
    edges = keys.gather_every(_KEYS_AT_ONCE)[1:].to_list()
    if not edges:
        return [None]
    pairs = zip([None, *edges], [*edges, None], strict=True)
    return [
        pl.all_horizontal(
            pl.lit(True) if low is None else pl.col(key) >= low,
            pl.lit(True) if high is None else pl.col(key) < high,
        )
        for low, high in pairs
    ]


def whole_days(batches: Sequence[Batch], key: Sequence[str], *, absent: Absent) -> frozenset[date]:
    """The days whose batches are whole, so that a key they lack is gone: by policy, and by how
    much they lack.

    Takes:  `absent`: `ignore`, a key that a batch lacks stays as it is; `close`, it is gone, unless
            so many are gone at once that the file seems cut short.
    """
    if absent == "ignore":
        return frozenset()
    known, told = pl.DataFrame(), set()
    for edition in by_day(batches, key):
        there = edition.rows.select(key).collect()
        before = known if known.width else there.clear()
        missed = before.join(there, on=list(key), how="anti").height
        is_cut = seems_cut_short(missed, before.height)
        told |= set() if is_cut else {edition.on}
        known = pl.concat([before, there]).unique() if is_cut else there
    return frozenset(told)


def seems_cut_short(missed: int, known: int) -> bool:
    """Whether a file lacks so many of the keys known that it was cut short rather than pruned.

    >>> [seems_cut_short(*one) for one in ((1, 3), (5, 20), (11, 100), (500, 100_000), (60, 100))]
    [False, False, True, False, True]
    """
    share = missed / max(known, 1)
    return share >= _HALF or (missed > _CUT_ROWS and share > _CUT_SHARE)
