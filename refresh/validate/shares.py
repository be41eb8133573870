"""How much of a table breaks something, and in which of its groups most: a register, an indicator.

A share of a whole file hides what happens to one register. Pure: frames in, words and numbers out.
"""

from dataclasses import dataclass

import polars as pl

from engine.table import Table

FEWEST = 100  # rows: of fewer, one is more than a hundredth, and says nothing


@dataclass(frozen=True)
class Share:
    """A share of rows, from 0 to 1, of the whole (`group` is empty) or of the group it is of."""

    broken: int
    of: int
    group: str = ""

    @property
    def share(self) -> float:
        return self.broken / max(self.of, 1)

    @property
    def words(self) -> str:
        """`; most in OST: 638 of 6,378`, or nothing where no group stands out."""
        return f"; most in {self.group}: {self.broken:,} of {self.of:,}" if self.group else ""


def worst(rows: pl.DataFrame, broken: pl.Series, table: Table) -> Share:
    """The greatest share of rows that are broken: of all of them, or of one of their groups.

    Takes:  rows to the contract; for each, whether it is broken; the contract, whose key says what
            groups there are: all of it but the column that has the most different values.
    Gives:  a Share; a group has 100 rows or more, and a code of its own.
    """
    whole = Share(int(broken.sum()), rows.height)
    key = [name for name in table.key if name in rows.columns]
    if not whole.broken or len(key) < 2:
        return whole
    sizes = rows.select(pl.col(key).n_unique()).row(0)
    by = [name for name, size in zip(key, sizes, strict=True) if size < max(sizes)]
    if not by:
        return whole
    groups = (
        rows.select(by)
        .with_columns(broken=broken)
        .drop_nulls(by)
        .group_by(by)
        .agg(pl.col("broken").sum(), of=pl.len())
        .filter(pl.col("of") >= FEWEST, pl.col("broken") > 0)
        .sort(pl.col("broken") / pl.col("of"), *by, descending=[True, *(False for _ in by)])
    )
    if groups.is_empty():
        return whole
    *codes, count, of = groups.row(0)
    most = Share(count, of, " ".join(map(str, codes)))
    return most if most.share > whole.share else whole
