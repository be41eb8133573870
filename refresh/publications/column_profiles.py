"""Column profiles: what the values of loaded rows look like, column by column. Pure."""

import polars as pl

from engine.profile import BARS, ColumnProfile, profiles_of, profiling

__all__ = ["BARS", "ColumnProfile", "column_profiles"]


def column_profiles(rows: pl.DataFrame) -> list[ColumnProfile]:
    """A profile of each column of rows that are at hand, in their order."""
    asked = profiling(rows.lazy(), rows.schema).collect()
    return profiles_of(asked.row(0, named=True), rows.schema)
