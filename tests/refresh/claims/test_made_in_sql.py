"""History and facts as SQL, on DuckDB: the rows are those that are made here."""

from collections.abc import Mapping
from datetime import date
from pathlib import Path

import duckdb
import pytest

from refresh.store.fold_sql import Told, history_sql
from tests.engine.claims.engines import Run
from tests.refresh.claims.batches_in_sql import facts_agree, history_agrees, write_batches

Made = tuple[Mapping[str, Path], Run]


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    paths = write_batches(tmp_path_factory.mktemp("batches"))
    connection = duckdb.connect()
    for name, path in paths.items():
        connection.execute(f"create view {name} as select * from read_parquet('{path}')")
    return paths, lambda sql: connection.execute(sql).fetchall()


def test_facts_and_refused_claims_are_the_same(made: Made):
    facts_agree(*made, "duckdb")


@pytest.mark.parametrize("whole", [(True, True, True), (True, False, True), (False, False, False)])
def test_versions_are_the_same(made: Made, whole: tuple[bool, ...]):
    history_agrees(*made, "duckdb", whole)


def test_editions_of_one_day_are_refused_in_words():
    same = [Told(view, date(2024, 2, 1)) for view in ("one", "other")]
    with pytest.raises(ValueError, match="of different days, found 2024-02-01, 2024-02-01"):
        history_sql(same, ["member_id"], ["city"])
