"""The lake's Parquet on other engines: DuckDB, and Spark on this machine."""

import math
from collections.abc import Callable
from datetime import date
from typing import Any

import duckdb

from engine import Lake, measure
from engine.sql import Dialect, measure_sql
from engine.wings import VIEWS, table

Rows = list[tuple[Any, ...]]
Run = Callable[[str], Rows]
DAYS = (date(2024, 3, 10), date(2025, 2, 10))
BY_EVERYTHING: tuple[dict[str, Any], ...] = (
    {"metrics": ["claims", "paid", "claim_members", "pmpm_paid", "pmpy_paid"], "by": []},
    {
        "metrics": ["pmpm_paid", "member_months", "approval_rate", "medical_loss_ratio"],
        "by": ["month", "metal_tier"],
    },
    {"metrics": ["pmpm_paid", "claims"], "by": ["month__quarter", "provider_specialty"]},
    {
        "metrics": ["pmpm_allowed", "claims_per_1000"],
        "by": ["month"],
        "where": {"provider_specialty": ["Cardiology", None], "state": "TX"},
    },
    {
        "metrics": ["days_to_pay_average", "oon_share"],
        "by": ["reported_area", "service_date__month"],
    },
    {"metrics": ["risk_adjusted_months"], "by": ["clinical_segment", "year"]},
    {"metrics": ["paid", "premium"], "by": ["month__month_of_year"], "during": DAYS},
    {
        "metrics": [
            "inpatient_stays",
            "readmission_rate",
            "stays_per_1000",
            "average_length_of_stay",
        ],
        "by": ["month", "plan_id"],
    },
)
"""Questions that use each way of joining, narrowing and dividing."""


def on_duckdb(lake: Lake) -> Run:
    """Queries on DuckDB, over the files of the lake."""
    connection = duckdb.connect()
    for name in lake.manifest["tables"]:
        files = [str(lake.layout.table_file(file["path"])) for file in lake.files(name)]
        if files:
            connection.execute(f"create view {name} as select * from read_parquet({files})")
    return lambda sql: connection.execute(sql).fetchall()


def agree(lake: Lake, run: Run, dialect: Dialect, question: dict[str, Any]) -> None:
    """Raises AssertionError where another engine answers something else than `measure`."""
    metrics, by = question["metrics"], question["by"]
    more = {name: question[name] for name in ("where", "during") if name in question}
    query = measure_sql(metrics, by, **more, views=VIEWS.values(), dialect=dialect)
    ours, theirs = measure(lake, metrics, by, **more).collect().rows(), run(query.sql)
    assert len(ours) == len(theirs)
    for mine, other in zip(ours, theirs, strict=True):
        assert all(map(_is_same, mine, other)), (mine, other, query.sql)
    assert all(table(name) for name in query.tables)


def _is_same(one: Any, other: Any) -> bool:
    """Whether two values are the same; sums of fractions differ in their last digits."""
    if one is None or other is None or isinstance(one, str | bool | date):
        return bool(one == other)
    return math.isclose(float(one), float(other), rel_tol=1e-10)
