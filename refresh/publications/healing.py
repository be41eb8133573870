"""Healing: types that a file outgrew, widened as far as who loads it allows, and told.

`permissive` makes fractions of whole numbers where the file has fractions; `aggressive` makes text
of whatever else does not fit. `strict` heals nothing: rows that do not fit are rejected.
"""

from collections.abc import Mapping
from pathlib import Path

import msgspec
import polars as pl

from engine.table import TYPES
from engine.vocabulary import TypeName
from refresh.finding import Finding
from refresh.publications.manifest import ManifestColumn, TableOf
from refresh.publications.reading import read


def healed(of: TableOf, paths: Mapping[str, Path], heal: str) -> tuple[TableOf, list[Finding]]:
    """A manifest whose types take what its files hold.

    Takes:  the manifest; by address, where its files lie; strict, permissive or aggressive.
    Gives:  the manifest, and a finding for each column that was widened.
    """
    if heal == "strict":
        return of, []
    rejects = [read(paths[file.url], of, file).rejects for file in of.files]
    if not any(frame.height for frame in rejects):
        return of, []
    left = pl.concat(rejects, how="diagonal_relaxed")
    wider = {
        column.name: found
        for column in of.columns
        if column.dtype != "string" and (found := _wider(left, column, heal))
    }
    columns = [
        msgspec.structs.replace(column, dtype=wider.get(column.name, column.dtype))
        for column in of.columns
    ]
    told = [_told(of, column, wider[column.name]) for column in of.columns if column.name in wider]
    return msgspec.structs.replace(of, columns=columns), told


def _wider(left: pl.DataFrame, column: ManifestColumn, heal: str) -> TypeName | None:
    """The type that takes the rejected rows' cells; None where they fit, or may not be healed."""
    cells = left[column.name].str.strip_chars().str.replace_all(",", "")
    cells = cells.filter(cells.is_not_null() & (cells != "") & ~cells.is_in([*column.marks]))
    fits = (
        cells.cast(TYPES[column.dtype], strict=False) if TYPES[column.dtype].is_numeric() else None
    )
    if fits is not None and not fits.null_count():
        return None
    numbers = cells.cast(pl.Float64, strict=False)
    if TYPES[column.dtype].is_integer() and not numbers.null_count():
        return "float64"
    return "string" if heal == "aggressive" else None


def _told(of: TableOf, column: ManifestColumn, to: TypeName) -> Finding:
    return Finding(
        "warn",
        "schema",
        "a type was widened",
        of.code,
        f"`{column.name}` was {column.dtype} and is {to} from now on, for rows did not fit",
        column=column.name,
        expected=column.dtype,
        observed=to,
        next_step="if that is wrong, look at the rows, mend the manifest and load with --force",
    )
