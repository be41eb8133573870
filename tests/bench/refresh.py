"""The refresh of one QOF year: from the files as published to one row a practice and indicator.

Ours unzips, decodes, stages by column name, checks every rule of the contract and pivots. DuckDB's
read_csv and PIVOT do the same to the same CSV files without any check, once with the files unzipped
beforehand (outside its clock) and once with the unzipping inside it.
"""

import re
import tempfile
import time
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl

from engine import Lake
from refresh.atlas import qof_tables
from refresh.source import Release
from refresh.staging import stage_release
from refresh.wings import SOURCES
from tests.bench.figures import Figure, median

PIVOT = """
SELECT *, NUMERATOR / nullif(DENOMINATOR, 0) * 100 AS percent_net,
       NUMERATOR / nullif(DENOMINATOR + coalesce(PCAS, 0), 0) * 100 AS percent_pri
FROM (
  PIVOT (SELECT PRACTICE_CODE, {indicator} AS indicator_code, MEASURE, VALUE
         FROM read_csv($files, union_by_name = true))
  ON MEASURE IN ('NUMERATOR', 'DENOMINATOR', 'PCAS', 'REGISTER', 'ACHIEVED_POINTS')
  USING first(VALUE) GROUP BY PRACTICE_CODE, indicator_code
) ORDER BY indicator_code, PRACTICE_CODE
"""


def measure(lake: Lake, *, rounds: int) -> list[Figure]:
    """Median seconds of the newest release that is stored as a zip; none where there is no such."""
    archive = _newest_zip(lake.layout.raw / "qof")
    if archive is None:
        return []
    with tempfile.TemporaryDirectory() as folder:
        files, indicator = _unzip(archive, Path(folder))
        ways: dict[str, Callable[[], pl.DataFrame]] = {
            "ours": lambda: _ours(archive),
            "DuckDB": lambda: _duckdb(files, indicator),
            "DuckDB and unzip": lambda: _duckdb(*_unzip(archive, Path(folder))),
        }
        _check_same(ways["ours"](), ways["DuckDB"]())
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, way in ways.items():
                times[name].append(_timed(way))
    ours = median(times["ours"])
    name = f"refresh of QOF {archive.parent.parent.name}: read, stage, pivot, median"
    return [Figure(name, "s", ours, median(times[peer]), peer) for peer in list(ways)[1:]]


def _ours(archive: Path) -> pl.DataFrame:
    source, year = SOURCES["qof"], archive.parent.parent.name
    achievement = tuple(part for part in source.parts if part.name == "achievement")
    release = Release(source.code, year, 0, "", ())
    judged = stage_release(replace(source, parts=achievement), release, [archive], before={})
    staged = judged.parts["achievement"].lazy()
    return qof_tables.percent_achieved(staged, year=year).collect()


def _duckdb(files: list[str], indicator: str) -> pl.DataFrame:
    with duckdb.connect() as connection:
        query = PIVOT.format(indicator=indicator)
        return connection.sql(query, params={"files": files}).pl()


def _newest_zip(folder: Path) -> Path | None:
    zips = sorted(folder.glob("*/*/*.zip"), key=lambda path: path.parent.parent.name)
    return zips[-1] if zips else None


def _unzip(archive: Path, folder: Path) -> tuple[list[str], str]:
    """The achievement files of a release below `folder`, and what they call the indicator."""
    with zipfile.ZipFile(archive) as zipped:
        names = [n for n in zipped.namelist() if re.match(r"(?:.*/)?ACHIEVEMENT.*\.csv$", n)]
        files = [zipped.extract(name, folder) for name in names]
    with Path(files[0]).open(encoding="utf-8-sig") as first:
        header = first.readline().strip().split(",")
    return files, next(name for name in header if re.match(r"IND\w*_CODE$", name))


def _check_same(ours: pl.DataFrame, theirs: pl.DataFrame) -> None:
    """As many rows, and the same patients in them."""
    sums = [float(ours["numerator"].sum()), float(ours["denominator"].sum())]
    others = [float(theirs["NUMERATOR"].sum()), float(theirs["DENOMINATOR"].sum())]
    if (ours.height, sums) != (theirs.height, others):
        raise SystemExit(
            f"The refresh and DuckDB disagree: {ours.height} rows {sums},"
            f" {theirs.height} rows {others}"
        )


def _timed(way: Callable[[], pl.DataFrame]) -> float:
    start = time.perf_counter()
    way()
    return time.perf_counter() - start
