"""Claims as they are made: history applied, and millions written by year and summed.

Beside DuckDB doing the same in SQL, from the same Parquet files to Parquet files of its own,
pressed by the lake's codec as ours are: by its own default it would press less, and do less.
"""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from engine import Lake
from refresh.store.fold import Edition, history
from tests.bench.claims import in_turn
from tests.bench.figures import Figure

MEMBERS, BATCHES, CHANGED = 100_000, 3, 0.1
BLOCK = 1_000_000  # claims that are invented at a time
YEARS = ("2022", "2023", "2024", "2025")
TRACKED = ("city", "segment", "metal", "region")

HISTORY = """
with said as (
  select *, row({tracked}) is distinct from lag(row({tracked})) over key as is_other,
    row_number() over key = 1 as is_first
  from read_parquet({files}) window key as (partition by member_id order by valid_from)
)
select member_id, {tracked}, valid_from,
  lead(valid_from, 1, date '9999-12-31') over (
    partition by member_id order by valid_from) as valid_to
from said where is_first or is_other order by member_id, valid_from
"""
SUMS = """
select service_year, service_month, count(*) as claims, sum(billed_cents) as billed,
  sum(paid_cents) as paid from read_parquet('{folder}/**/*.parquet',
  hive_partitioning=false) group by all order by all
"""


def measure(_: Lake, *, rounds: int, claims: int) -> list[Figure]:
    """Seconds of each, ours and DuckDB's."""
    with tempfile.TemporaryDirectory() as folder:
        return [
            *_history(Path(folder) / "members", rounds),
            *_written(Path(folder) / "claims", rounds, claims),
        ]


def _history(folder: Path, rounds: int) -> Iterator[Figure]:
    files = [*_members(folder)]
    editions = [
        Edition(f"202{at}-12-31", 1, pl.scan_parquet(file).drop("valid_from"))
        for at, file in enumerate(files)
    ]
    sql = HISTORY.format(tracked=", ".join(TRACKED), files=[str(file) for file in files])
    connection = duckdb.connect()

    def ours() -> pl.DataFrame:
        return history(editions, ["member_id"]).collect()

    def theirs() -> pl.DataFrame:
        return pl.DataFrame(connection.sql(sql).to_arrow_table())

    made = ours()
    assert made.equals(theirs().select(made.columns)) and made.height > MEMBERS
    name = f"history of {MEMBERS:,} members, {BATCHES} batches"
    yield from in_turn(name, ours, theirs, rounds)


def _written(folder: Path, rounds: int, claims: int) -> Iterator[Figure]:
    given = _claims(folder / "given", claims)
    connection = duckdb.connect()
    mine, other = folder / "ours", folder / "theirs"

    def ours() -> None:
        shutil.rmtree(mine, ignore_errors=True)
        mine.mkdir()
        rows = pl.scan_parquet(given / "*.parquet")
        # One filtered streaming sink a year, as the builder does: no year waits in memory.
        for year in YEARS:
            rows.filter(pl.col("service_year") == year).sink_parquet(mine / f"{year}.parquet")

    def theirs() -> None:
        shutil.rmtree(other, ignore_errors=True)
        connection.execute(
            f"copy (select * from read_parquet('{given}/*.parquet')) to '{other}'"
            " (format parquet, compression zstd, partition_by (service_year),"
            " write_partition_columns true)"
        )

    yield from in_turn(f"{claims:,} claims written, a file a year", ours, theirs, rounds)

    def summed() -> pl.DataFrame:
        by = ["service_year", "service_month"]
        billed, paid = pl.col("billed_cents").sum(), pl.col("paid_cents").sum()
        sums = {"claims": pl.len(), "billed": billed, "paid": paid}
        rows = pl.scan_parquet(mine / "*.parquet").group_by(by).agg(**sums).sort(by)
        return rows.collect(engine="streaming")

    def their_sums() -> list[tuple[Any, ...]]:
        return connection.execute(SUMS.format(folder=other)).fetchall()

    assert summed().rows() == their_sums()
    yield from in_turn(f"{claims:,} claims summed by month", summed, their_sums, rounds)


def _members(folder: Path) -> Iterator[Path]:
    """Batches of all members, of whom a tenth is somewhere else in each after the first."""
    folder.mkdir()
    draw = np.random.default_rng(5)
    at = draw.integers(0, 500, (len(TRACKED), MEMBERS))
    for batch in range(BATCHES):
        if batch:
            moved = draw.random(MEMBERS) < CHANGED
            at[0] = np.where(moved, draw.integers(0, 500, MEMBERS), at[0])
        attributes = {
            name: pl.Series(values).cast(pl.String)
            for name, values in zip(TRACKED, at, strict=True)
        }
        rows = pl.DataFrame({"member_id": np.arange(MEMBERS)} | attributes)
        path = folder / f"{batch}.parquet"
        rows.with_columns(
            pl.format("MBR{}", pl.col("member_id").cast(pl.String).str.zfill(9)).alias("member_id"),
            valid_from=pl.lit(date(2020 + batch, 12, 31)),
        ).write_parquet(path)
        yield path


def _claims(folder: Path, claims: int) -> Path:
    """Claims of four years in files of a million, as a staged feed has them."""
    folder.mkdir(parents=True)
    for block in range(-(-claims // BLOCK)):
        count = min(BLOCK, claims - block * BLOCK)
        draw = np.random.default_rng(block)
        billed = draw.integers(1_000, 900_000, count)
        day = pl.lit(date(2022, 1, 1)) + pl.duration(days=pl.col("day"))
        pl.DataFrame(
            {
                "day": draw.integers(0, 365 * len(YEARS), count),
                "claim": np.arange(count) + block * BLOCK,
                "member_sk": draw.integers(0, 1 << 62, count),
                "billed_cents": billed,
                "paid_cents": billed // 2,
            }
        ).select(
            pl.format("CLM{}", "claim").alias("claim_id"),
            "member_sk",
            "billed_cents",
            "paid_cents",
            service_month=day.dt.month_start(),
            service_year=day.dt.year().cast(pl.String),
        ).write_parquet(folder / f"{block:03}.parquet")
    return folder
