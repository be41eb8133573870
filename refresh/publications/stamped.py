"""Stamped: rows as they were read, to their contract and with the audit columns.

Of a release that is too large for memory a part at a time, in a file beside the release's own.
"""

import shutil
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import polars as pl

from engine.table import Table
from refresh.extract.pieces import LARGE
from refresh.extract.read import members
from refresh.publications.manifest import TableOf
from refresh.publications.reading import Reading
from refresh.publications.reading.text import is_book
from refresh.publications.reading.typed import SUPPRESSED
from refresh.source import Release
from refresh.validate.conform import conform
from refresh.validate.seen import AUDIT

ROWS = "rows.parquet"


@dataclass(frozen=True)
class Stamp:
    """What rows are brought to, and what is stamped on them."""

    of: TableOf
    contract: Table
    release: Release
    load: int
    at: datetime = field(default_factory=lambda: datetime.now(UTC).replace(microsecond=0))

    def on(self, frame: pl.DataFrame, number: int, first: int) -> tuple[pl.DataFrame, list[str]]:
        """The rows of one file to contract, with the audit columns; and cells that do not fit.

        Takes:  the number of the file, and that of its first row in the release.
        """
        business = [column for column in self.contract.columns if column.name not in AUDIT]
        rows, mismatches = conform(long(frame, self.of), business, first)
        if len(business) < len(self.contract.columns):
            stamps = {
                "_load_id": pl.lit(self.load, pl.Int64),
                "_loaded_at": pl.lit(self.at),
                "_period": pl.lit(self.release.period),
                "_manifest_file_id": pl.lit(f"{self.release.sha256[:12]}-{number}"),
                "_row_hash": pl.lit(rows.hash_rows(seed=0).reinterpret(signed=True)),
            }
            rows = rows.with_columns(**stamps)
        return rows.cast(self.contract.schema), mismatches


def held(readings: list[Reading], stamp: Stamp) -> tuple[pl.DataFrame, list[str]]:
    """The rows of all files in memory, and the cells that do not fit."""
    made: list[pl.DataFrame] = []
    wrong: list[str] = []
    first = 1
    for number, reading in enumerate(readings):
        rows, cells = stamp.on(reading.frame.lazy().collect(), number, first)
        made.append(rows)
        wrong += cells
        first += rows.height
    return pl.concat(made), wrong


def streamed(
    readings: list[Reading], stamp: Stamp, scratch: Path
) -> tuple[pl.LazyFrame, list[str]]:
    """The same in one file, of which no more than a part was in memory."""
    wrong: list[str] = []
    stamped: list[Path] = []
    first = 1
    for number, reading in enumerate(readings):
        for part in reading.files:
            rows, cells = stamp.on(pl.read_parquet(part, memory_map=False), number, first)
            part.unlink()
            wrong += cells
            first += rows.height
            stamped.append(scratch / f"stamped-{len(stamped):05}.parquet")
            rows.write_parquet(stamped[-1])
    whole = scratch / ROWS
    pl.scan_parquet(stamped).sink_parquet(whole, maintain_order=True)
    for part in stamped:
        part.unlink()
    return pl.scan_parquet(whole, glob=False), wrong


def scratch_for(files: list[Path]) -> Path | None:
    """An empty folder for the rows of a release that is too large for memory; None for others."""
    if sum(map(_unpacked, files)) < LARGE:
        return None
    # On the disk of the data folder, where a whole file is moved to its place in one step; what a
    # run that was killed leaves there is taken by the next, and by maintenance.
    scratch = files[0].parent.with_name(f".part-staged-{files[0].parent.name}")
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    return scratch


def let_go(scratch: Path | None) -> None:
    """Remove what a release that is refused was staged in."""
    if scratch:
        shutil.rmtree(scratch, ignore_errors=True)


def _unpacked(path: Path) -> int:
    """About how many bytes of text a file has; a workbook is held whole in any case."""
    if is_book(path.name):
        return 0
    usual = 8 if path.suffix.lower() == ".gz" else 1
    return sum(usual * member.size for member in members(path) if not is_book(member.name))


def long(rows: pl.DataFrame, of: TableOf) -> pl.DataFrame:
    """Columns that are dates as rows: a date, as it was published, and a value each.

    Takes:  rows as they were read. Where the manifest says of no column that it is a date, they
            stay as they are.
    """
    if of.wide is None:
        return rows
    headers = {column.name: column.original_name or column.name for column in of.columns}
    dates = [name for name in of.wide.columns if name in rows.columns]
    reasons = [f"{name}{SUPPRESSED}" for name in dates]
    still = [name for name in rows.columns if name not in (*dates, *reasons)]
    told = {"index": still, "variable_name": of.wide.date, "value_name": of.wide.value}
    values = rows.select(*still, *dates).unpivot(dates, **told)  # type: ignore[arg-type]
    values = values.with_columns(pl.col(of.wide.date).replace(headers))
    if {*reasons}.isdisjoint(rows.columns):
        return values
    why = rows.select(
        pl.col(reason) if reason in rows.columns else pl.lit(None, pl.String).alias(reason)
        for reason in reasons
    )
    # Taken apart in the same order, so that each reason stands beside its value.
    return values.with_columns(why.unpivot(reasons)["value"].alias(f"{of.wide.value}{SUPPRESSED}"))
