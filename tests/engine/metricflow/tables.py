"""The tables of a house-letting company, as a lake: sealed by the real code from files of CSV.

Columns that name an entity are called by it (`listing`, `user`); a version that is current ends on
9999-12-31, as our own history does.
"""

from datetime import date
from pathlib import Path

import polars as pl

from engine import Lake
from tests.engine.made import made

ENTITIES = {f"{name}_id": name for name in ("listing", "user", "guest", "host", "lux_listing")}
ENTITIES |= {"session_id": "session", "company_id": "company"}
RENAMED = {"active_from": "valid_from", "active_to": "valid_to"}
CURRENT = date(9999, 12, 31)


def sealed_from(files: Path, folder: Path) -> Lake:
    """A lake below `folder` with a table for every file."""
    paths = sorted(files.glob("*.csv.gz"))
    return made(folder, {path.name.removesuffix(".csv.gz"): _read(path) for path in paths})


def _read(path: Path) -> pl.DataFrame:
    rows = pl.read_csv(path, infer_schema_length=None)
    rows = rows.rename(ENTITIES | RENAMED, strict=False)
    typed = {name: _typed(rows[name]) for name in rows.columns}
    rows = rows.with_columns(**typed)
    return rows.with_columns(pl.col("valid_to").fill_null(CURRENT)) if "valid_to" in typed else rows


def _typed(values: pl.Series) -> pl.Series:
    """Text that is dates, times or true and false, as such."""
    said = values.drop_nulls()
    if values.dtype != pl.String or said.is_empty():
        return values.cast(pl.String) if said.is_empty() else values
    if said.is_in(["True", "False"]).all():
        return values == "True"
    if said.str.contains(r"^\d{4}-\d\d-\d\d$").all():
        return values.str.to_date()
    if said.str.contains(r"^\d{4}-\d\d-\d\d \d\d:").all():
        return values.str.to_datetime("%Y-%m-%d %H:%M:%S%.f").dt.replace_time_zone("UTC")
    return values
