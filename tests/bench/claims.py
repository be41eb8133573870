"""Questions of claims, beside DuckDB doing the same in SQL over the same Parquet.

Four years of an invented payer: 300,000 spans of cover, and 200,000 or 5 million claims. Each is
asked in turn with its peer, so that whatever else the machine does slows both; and told by seconds
of the processor, too, which do not wait for others.
"""

import math
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import polars as pl

from engine import Lake, measure
from engine.claims.exposure import exposure
from engine.claims.questions.cubes import first_of_each
from tests.bench.figures import Figure, median
from tests.engine.made import made

SPANS, PLANS, YEARS = 300_000, 80, 4
START = date(2022, 1, 1)
FILES = {"few": 200_000, "many": 5_000_000}
Ask = Callable[[], Any]


@dataclass(frozen=True)
class Taken:
    """Seconds that a question took, by the clock and of all threads' processor time."""

    clock: float
    processor: float


PMPM = """
with months as (
  select plan_id, unnest(generate_series(date_trunc('month', start_date), end_date,
    interval 1 month)) as month, start_date, end_date from fact_enrollment
), cover as (
  select plan_id, cast(month as date) as month, sum((date_diff('day', greatest(start_date, month),
    least(end_date, last_day(month))) + 1) / day(last_day(month))) as member_months
  from months group by all
), cost as (
  select plan_id, service_month as month, sum(paid_cents) as paid from fact_claim group by all
)
select plan_id, month, member_months, coalesce(paid, 0) / member_months as pmpm
from cover left join cost using (plan_id, month) order by plan_id, month
"""
TOP = """
with counted as (
  select service_month as month, diagnosis_code, count(*) as claims, sum(billed_cents) as billed,
    sum(paid_cents) as paid from fact_claim group by all
)
select * from counted
qualify row_number() over (partition by month order by claims desc, diagnosis_code) <= 50
order by month, claims desc, diagnosis_code
"""
YEAR = """
select service_month as month, count(*) as claims, sum(billed_cents) as billed,
  sum(allowed_cents) as allowed, sum(paid_cents) as paid,
  sum(case when status = 'approved' then 1 else 0 end) * 100.0 / count(*) as approval_rate
from fact_claim where service_year = '2024' group by all order by month
"""


def measure_claims(_: Lake, *, rounds: int) -> list[Figure]:
    """Seconds for each question, ours and DuckDB's, over few and over many claims."""
    figures = []
    for name, claims in FILES.items():
        with tempfile.TemporaryDirectory() as folder:
            lake = _invented(Path(folder), claims)
            figures += _asked(lake, f"{claims:,} claims", rounds, all_of_it=name == "many")
    return figures


def _asked(lake: Lake, over: str, rounds: int, *, all_of_it: bool) -> list[Figure]:
    connection = duckdb.connect()
    for table in ("fact_claim", "fact_enrollment"):
        paths = [str(lake.layout.table_file(file["path"])) for file in lake.files(table)]
        connection.execute(f"create view {table} as select * from read_parquet({paths})")
    asked: dict[str, tuple[Ask, str]] = {
        f"PMPM by plan and month, {SPANS:,} spans": (lambda: _pmpm(lake), PMPM)
    }
    if all_of_it:
        asked |= {
            "top 50 diagnoses a month": (lambda: _top(lake), TOP),
            "one year of four by month": (lambda: _year(lake), YEAR),
        }
    figures = []
    for name, (ours, sql) in asked.items():
        theirs = lambda sql=sql: connection.execute(sql).fetchall()  # noqa: E731
        _agree(ours(), theirs())
        figures += in_turn(f"{name}, {over}", ours, theirs, rounds)
    return figures


def _pmpm(lake: Lake) -> pl.DataFrame:
    cover = exposure(lake.scan("fact_enrollment"), ["plan_id"])
    paid = measure(lake, ["paid"], ["plan_id", "month"])
    both = cover.join(paid, on=["plan_id", "month"], how="left", maintain_order="left")
    pmpm = pl.col("paid").fill_null(0) / pl.col("member_months")
    return both.select("plan_id", "month", "member_months", pmpm=pmpm).collect()


def _top(lake: Lake) -> pl.DataFrame:
    by = ("month", "diagnosis_code")
    counted = measure(lake, ["claims", "billed", "paid"], by)
    return first_of_each(counted, by, "claims", 50).collect()


def _year(lake: Lake) -> pl.DataFrame:
    metrics = ["claims", "billed", "allowed", "paid", "approval_rate"]
    return measure(lake, metrics, ["month"], {"year": "2024"}).collect()


def _agree(ours: pl.DataFrame, theirs: list[tuple[Any, ...]]) -> None:
    """Raises AssertionError where the two answer something else."""
    assert ours.height == len(theirs)
    for mine, other in zip(ours.rows(), theirs, strict=True):
        assert all(map(_is_same, mine, other)), (mine, other)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same; sums of fractions differ in their last digits."""
    if isinstance(one, str | date):
        return bool(one == other)
    return math.isclose(float(one), float(other), rel_tol=1e-9)


def in_turn(name: str, ours: Ask, theirs: Ask, rounds: int) -> list[Figure]:
    """One question asked of both, each first in every second round: by the clock, by the processor.

    Takes:  how often each is asked; the middle one counts.
    """
    both = (ours, theirs)
    taken: list[list[Taken]] = [[], []]
    for nth in range(rounds):
        for side in (0, 1) if nth % 2 == 0 else (1, 0):
            taken[side].append(_taken(both[side]))
    units = {"s": "clock", "s of processor": "processor"}
    return [
        Figure(
            name,
            unit,
            *(median([getattr(one, field) for one in side]) for side in taken),
            "DuckDB",
            at_least=1.0,
        )
        for unit, field in units.items()
    ]


def _taken(ask: Ask) -> Taken:
    start, busy = time.perf_counter(), time.process_time()
    ask()
    return Taken(time.perf_counter() - start, time.process_time() - busy)


def _invented(folder: Path, claims: int) -> Lake:
    draw = np.random.default_rng(7)
    days = 365 * YEARS
    first = draw.integers(0, days, SPANS)
    start = pl.lit(START) + pl.duration(days=pl.col("first"))
    spans = (
        pl.DataFrame({"first": first, "length": draw.integers(30, 365, SPANS)})
        .with_columns(
            plan_id=pl.format("PLN{}", pl.Series(draw.integers(0, PLANS, SPANS))),
            start_date=start,
        )
        .with_columns(end_date=pl.col("start_date") + pl.duration(days="length"))
        .select("plan_id", "start_date", "end_date")
    )
    day = pl.lit(START) + pl.duration(days=pl.col("day"))
    billed = draw.integers(1_000, 900_000, claims)
    facts = (
        pl.DataFrame(
            {
                "day": draw.integers(0, days, claims),
                "plan": draw.integers(0, PLANS, claims),
                "dx": draw.integers(0, 400, claims),
                "billed_cents": billed,
                "allowed_cents": billed * 3 // 4,
                "paid_cents": billed // 2,
                "approved": draw.random(claims) < 0.8,
            }
        )
        .with_columns(service_date=day)
        .select(
            "service_date",
            "billed_cents",
            "allowed_cents",
            "paid_cents",
            service_month=pl.col("service_date").dt.truncate("1mo"),
            service_year=pl.col("service_date").dt.year().cast(pl.String),
            plan_id=pl.format("PLN{}", "plan"),
            diagnosis_code=pl.format("D{}", "dx"),
            status=pl.when("approved").then(pl.lit("approved")).otherwise(pl.lit("denied")),
        )
    )
    tables = {"fact_enrollment": spans, "fact_claim": facts}
    return made(folder, tables, {"fact_claim": "service_year"})
