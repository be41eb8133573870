"""Which organisations the ticks of the legend leave in: for table, files, map of change. Pure."""

from collections.abc import Collection

import polars as pl

from app.atlas.view import NONE, UNREPORTED


def in_ticked_bands(rows: pl.DataFrame, ticked: Collection[str]) -> pl.DataFrame:
    """The rows in bands that are ticked; `none` and `unreported` are bands of their own.

    Where something else colours the dots it is bands of `dot`, and nobody is unreported.
    """
    bands = [int(key) for key in ticked if key.isdigit()]
    # The ticks are those of the legend, which is of whatever colours the dots.
    is_coloured = "dot" in rows.columns
    band = pl.col("dot" if is_coloured else "band")
    reported = pl.lit(True) if is_coloured else pl.col("reported")
    wanted = (
        band.is_in(bands).fill_null(False)
        | (reported & band.is_null() & (NONE in ticked))
        | (~reported & (UNREPORTED in ticked))
    )
    return rows.filter(wanted)
