"""The same declarations as SQL, on DuckDB: the numbers are those of `measure`."""

from datetime import date
from typing import Any

import pytest

from engine import Lake
from engine.claims.wing import CLAIMS
from engine.errors import BadQuestion
from engine.metric import Metric
from engine.sql import measure_sql
from tests.engine.claims.engines import BY_EVERYTHING, Run, agree, on_duckdb
from tests.engine.claims.lakes import seeded

OF_FACTS = [m for m in CLAIMS.metrics if isinstance(m, Metric) and m.table != "dim_plan"]


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Run]:
    lake = seeded(tmp_path_factory.mktemp("sql"))
    return lake, on_duckdb(lake)


@pytest.mark.parametrize("question", BY_EVERYTHING)
def test_duckdb_answers_the_same(both: tuple[Lake, Run], question: dict[str, Any]):
    agree(*both, "duckdb", question)


def test_every_metric_of_a_table_is_the_same_in_sql(both: tuple[Lake, Run]):
    for by in ([], ["year"], ["year", "member_id"]):
        for some in (OF_FACTS[::2], OF_FACTS[1::2]):
            shared = [m.name for m in some if set(by) <= set(m.dimension)]
            agree(*both, "duckdb", {"metrics": shared, "by": by})


@pytest.mark.parametrize("name", ["paid_12m", "paid_yoy"])
def test_what_goes_along_time_is_refused_in_words(name: str):
    with pytest.raises(BadQuestion, match="not in SQL yet"):
        measure_sql([name], ["month"])


def test_a_query_can_be_had_in_another_dialect_and_names_its_tables():
    asked = measure_sql(["pmpm_paid"], ["month"], {"state": "O'Hara"}, dialect="spark")
    assert "`month`" in asked.sql and "O\\'Hara" in asked.sql
    assert asked.tables == ("dim_member", "fact_claim", "member_month")


def test_days_are_whole_stretches_in_sql_too(both: tuple[Lake, Run]):
    days = (date(2024, 5, 20), date(2024, 6, 2))
    for by in (["month"], ["service_date"], []):
        agree(*both, "duckdb", {"metrics": ["paid", "claims"], "by": by, "during": days})
