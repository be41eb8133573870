"""The query: one indicator and year answered from the lake, beside DuckDB and pandas.

The same question three times: every practice of the year with its numerator, denominator, value,
95 % interval, band and marks, or the same summed up to integrated care boards. Ours and DuckDB read
the same Parquet files; pandas has the year's frames in memory already, which is generous to it.
"""

import time
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import numpy as np
import pandas as pd
import polars as pl
from polars.testing import assert_frame_equal

from engine import Lake, Question, answer, marked
from engine.interval import Z95
from tests.bench.figures import Figure, median, p95
from tests.bench.scene import BANDS, subjects

LEVELS = ("practice", "icb")
INDICATORS = 12
TABLES = ("percent_achieved", "practice_geography", "organisation")
Ask = Callable[[str, str], object]

FLAT = """
SELECT g.practice_code AS organisation_code, f.numerator, f.denominator, f.pcas,
       (f.numerator IS NOT NULL AND f.denominator IS NOT NULL)::BIGINT AS practices
FROM geography g LEFT JOIN facts f USING (practice_code)
"""
ROLLED_UP = """
SELECT g.{level}_code AS organisation_code,
       sum(f.numerator) FILTER (WHERE f.denominator IS NOT NULL)::BIGINT AS numerator,
       sum(f.denominator) FILTER (WHERE f.numerator IS NOT NULL)::BIGINT AS denominator,
       sum(f.pcas) FILTER (WHERE f.numerator IS NOT NULL AND f.denominator IS NOT NULL)::BIGINT
         AS pcas,
       count(*) FILTER (WHERE f.numerator IS NOT NULL AND f.denominator IS NOT NULL) AS practices
FROM geography g LEFT JOIN facts f USING (practice_code)
WHERE g.{level}_code IS NOT NULL GROUP BY 1
"""
SQL = """
WITH facts AS (
  SELECT practice_code, numerator, denominator, pcas FROM read_parquet($percent_achieved)
  WHERE indicator_code = $code AND year = $year
), geography AS (
  SELECT * FROM read_parquet($practice_geography)
), organisations AS (
  SELECT organisation_code, organisation_name, latitude, longitude
  FROM read_parquet($organisation) WHERE level = $level
), sums AS ({sums}), parts AS (
  SELECT *, CASE WHEN denominator > 0 THEN denominator END AS eligible,
    CASE WHEN denominator > 0 AND numerator <= denominator THEN denominator::DOUBLE END AS n
  FROM sums
), shares AS (
  SELECT *, numerator / n AS share, numerator * 100.0 / eligible AS value FROM parts
), middles AS (
  SELECT *, share + {z2} / (2 * n) AS middle, 1 + {z2} / n AS whole,
    {z} * sqrt(share * (1 - share) / n + {z2} / (4 * n * n)) AS reach
  FROM shares
), intervals AS (
  SELECT *,
    CASE WHEN n > 0 THEN greatest(0, (middle - reach) / whole * 100) END AS value_low,
    CASE WHEN n > 0 THEN least(100, (middle + reach) / whole * 100) END AS value_high
  FROM middles
)
SELECT organisation_code, organisation_name, numerator, denominator, pcas, value, value_low,
  value_high, {band_of_value} AS band, practices, latitude, longitude,
  numerator IS NOT NULL AND denominator IS NOT NULL AS reported,
  coalesce(denominator < 10, false) AS small,
  coalesce({band_of_low} <> {band_of_high}, false) AS uncertain
FROM intervals LEFT JOIN organisations USING (organisation_code) ORDER BY organisation_code
"""


def measure(lake: Lake, *, rounds: int) -> list[Figure]:
    """Each engine in turn through all indicators, at two levels, after all gave the same answer."""
    year, codes = subjects(lake, INDICATORS)
    ways = {"ours": _ours(lake, year), "DuckDB": _duckdb(lake, year), "pandas": _pandas(lake, year)}
    figures: list[Figure] = []
    for level in LEVELS:
        for code in codes:
            _check_same(ways, code, level)
        times: dict[str, list[float]] = {name: [] for name in ways}
        for _ in range(rounds):
            for name, ask in ways.items():
                times[name] += [_timed(ask, code, level) for code in codes]
        figures += _figures(level, times)
    return figures


def _figures(level: str, times: dict[str, list[float]]) -> Iterator[Figure]:
    for peer in ("DuckDB", "pandas"):
        ours, theirs = median(times["ours"]), median(times[peer])
        name = f"one indicator-year at level {level}, median"
        yield Figure(name, "ms", ours, theirs, peer, at_most=5, at_least=1)
    for peer in ("DuckDB", "pandas"):
        ours, theirs = p95(times["ours"]), p95(times[peer])
        yield Figure(f"one indicator-year at level {level}, p95", "ms", ours, theirs, peer)


def _ours(lake: Lake, year: str) -> Ask:
    return lambda code, level: marked(
        answer(lake, Question(code, year, level, bands=BANDS)), BANDS
    ).collect(engine="in-memory")


def _duckdb(lake: Lake, year: str) -> Ask:
    connection = duckdb.connect()
    connection.execute("SET parquet_metadata_cache = true")
    files = {name: str(path) for name, path in _files(lake, year).items()}
    queries = {level: _sql(level) for level in LEVELS}

    def ask(code: str, level: str) -> object:
        said = {"code": code, "year": year, "level": level, **files}
        return connection.sql(queries[level], params=said).to_arrow_table()

    return ask


def _sql(level: str) -> str:
    def band(column: str) -> str:
        return "+".join(f"({column} >= {edge})::UTINYINT" for edge in (20, 40, 60, 80))

    return SQL.format(
        sums=FLAT if level == "practice" else ROLLED_UP.format(level=level),
        z=Z95,
        z2=Z95 * Z95,
        band_of_value=f"({band('value')})::UTINYINT",
        band_of_low=f"({band('value_low')})",
        band_of_high=f"({band('value_high')})",
    )


def _pandas(lake: Lake, year: str) -> Ask:
    facts, geography, organisation = (pd.read_parquet(_files(lake, year)[name]) for name in TABLES)
    by_level = {
        level: organisation.loc[
            organisation["level"] == level,
            ["organisation_code", "organisation_name", "latitude", "longitude"],
        ]
        for level in LEVELS
    }

    def ask(code: str, level: str) -> object:
        wanted = facts.loc[
            facts["indicator_code"] == code, ["practice_code", "numerator", "denominator", "pcas"]
        ]
        code_column = f"{level}_code"
        columns = ["practice_code"] if level == "practice" else ["practice_code", code_column]
        rows = geography[columns].merge(wanted, on="practice_code", how="left")
        sums = _sums(rows, level).merge(by_level[level], on="organisation_code", how="left")
        return _values(sums)

    return ask


def _sums(rows: pd.DataFrame, level: str) -> pd.DataFrame:
    given = rows["numerator"].notna() & rows["denominator"].notna()
    rows = rows.assign(practices=given.astype("int64"))
    if level == "practice":
        return rows.rename(columns={"practice_code": "organisation_code"})
    parts = ["numerator", "denominator", "pcas"]
    rows[parts] = rows[parts].where(given)
    groups = rows.rename(columns={f"{level}_code": "organisation_code"}).groupby(
        "organisation_code", sort=True
    )
    return groups[parts].sum(min_count=1).join(groups["practices"].sum()).reset_index()


def _values(rows: pd.DataFrame) -> pd.DataFrame:
    numerator, denominator = rows["numerator"], rows["denominator"]
    value = numerator * 100 / denominator.where(denominator > 0)
    n = denominator.where((denominator > 0) & (numerator <= denominator))
    share, z2 = numerator / n, Z95 * Z95
    middle = share + z2 / (2 * n)
    reach = Z95 * np.sqrt(share * (1 - share) / n + z2 / (4 * n * n))
    low = ((middle - reach) / (1 + z2 / n) * 100).clip(0, 100)
    high = ((middle + reach) / (1 + z2 / n) * 100).clip(0, 100)
    return rows.assign(
        value=value,
        value_low=low,
        value_high=high,
        band=_band(value),
        reported=numerator.notna() & denominator.notna(),
        small=denominator < 10,
        uncertain=(_band(low) != _band(high)) & low.notna(),
    )


def _band(values: pd.Series) -> pd.Series:
    bands = np.searchsorted((20, 40, 60, 80), values.to_numpy(), side="right")
    return pd.Series(bands, index=values.index).where(values.notna())


def _files(lake: Lake, year: str) -> dict[str, Path]:
    """The Parquet files of the year, by table."""
    return {
        name: lake.layout.root / "lake" / file["path"]
        for name in TABLES
        for file in lake.manifest["tables"][name]["files"]
        if file["partition"] == year
    }


def _check_same(ways: dict[str, Ask], code: str, level: str) -> None:
    """A faster wrong answer is no answer."""
    expected = ways["ours"](code, level)
    for name in ("DuckDB", "pandas"):
        given = ways[name](code, level)
        frame = pl.from_arrow(given) if name == "DuckDB" else pl.from_pandas(given)
        result = frame.select(
            pl.col(column).cast(dtype) for column, dtype in expected.schema.items()
        )
        assert_frame_equal(result, expected, abs_tol=1e-9)


def _timed(ask: Ask, code: str, level: str) -> float:
    start = time.perf_counter()
    ask(code, level)
    return 1000 * (time.perf_counter() - start)
