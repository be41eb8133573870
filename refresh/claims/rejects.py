"""Rows that found no place, with the reason and their dollars: nothing is lost in silence. Pure."""

from collections.abc import Sequence

import polars as pl

from engine.claims.tables.account_contracts import CLAIMS_REJECT
from refresh.claims.batches import in_order, put_together
from refresh.claims.shapes import NO_KEY
from refresh.store.fold import Edition


def unread(rows: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of a part that staging found a problem in, with `reason` and `detail`."""
    is_keyless = pl.col("problem").str.starts_with(NO_KEY)
    reason = pl.when(is_keyless).then(pl.lit("no_key")).otherwise(pl.lit("unreadable"))
    return rows.filter(pl.col("problem").is_not_null()).with_columns(
        reason=reason, detail="problem"
    )


def unplaced(rows: Sequence[Edition], *, part: str, key: tuple[str, ...]) -> pl.LazyFrame:
    """The rows of a part that staging found a problem in, as rejects of their entity.

    Of claims those alone that have no day: the others are refused with the claims of their year.
    """
    entity = part.removesuffix("_raw")
    odd = unread(put_together(in_order(rows, part)))
    mine = odd.filter(pl.col("service_date").is_null()) if entity == "claims" else odd
    return numbered(as_rejects(mine, entity, entity, key=key[0]))


def as_rejects(
    rows: pl.LazyFrame, entity: str, part: str, *, key: str, on: str = "service_date"
) -> pl.LazyFrame:
    """Rows with a `reason` and a `detail` as the table of rejects has them, but for `nth`.

    Takes:  rows of a part, stamped with `load_id`; the entity; who refused them; the column of
            their key, and that of their day. Columns that the part does not have are left empty.
    """
    there = rows.collect_schema().names()
    said = {
        "part": pl.lit(part),
        "entity": pl.lit(entity),
        "key": pl.col(key).fill_null(""),
        "batch": pl.col("load_id"),
        "service_date": pl.col(on) if on in there else pl.lit(None, pl.Date),
    }
    names = [c for c in CLAIMS_REJECT.columns if c.name != "nth"]
    return rows.select(
        (said.get(c.name, pl.col(c.name) if c.name in there else pl.lit(None, c.dtype))).alias(
            c.name
        )
        for c in names
    )


def numbered(rejects: pl.LazyFrame) -> pl.LazyFrame:
    """Rejects told apart where two files of a batch have such a row."""
    same = ("entity", "batch", "key", "file_row")
    return rejects.with_columns(nth=pl.int_range(1, pl.len() + 1, dtype=pl.Int64).over(same))
