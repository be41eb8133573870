"""The same declarations on Spark, over the same Parquet: metrics, stays, history and facts.

Skipped, saying so, where pyspark or Java is not: it is large, and only who runs a cluster needs it.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from engine import Lake
from refresh.claims.facts_sql import FACTS_ON_SPARK
from tests.engine.claims.engines import BY_EVERYTHING, Run, agree
from tests.engine.claims.lakes import seeded
from tests.refresh.claims.batches_in_sql import facts_agree, history_agrees, write_batches

pytestmark = pytest.mark.filterwarnings(
    # Py4J leaves its sockets to the collector.
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::ResourceWarning",
)
sql = pytest.importorskip("pyspark.sql", reason="pyspark is not here: tests/bench/requirements.txt")


@pytest.fixture(scope="module")
def session(tmp_path_factory: pytest.TempPathFactory) -> Iterator[sql.SparkSession]:
    if shutil.which("java") is None:
        pytest.skip("Java is not here, and Spark runs on it")
    folder = tmp_path_factory.mktemp("warehouse")
    builder = sql.SparkSession.builder.master("local[1]").appName("measure")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(folder),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
        **FACTS_ON_SPARK,
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    yield session
    session.stop()


@pytest.fixture(scope="module")
def spark(session: sql.SparkSession, tmp_path_factory: pytest.TempPathFactory) -> tuple[Lake, Run]:
    lake = seeded(tmp_path_factory.mktemp("spark"))
    for table in lake.manifest["tables"]:
        files = [str(lake.layout.table_file(file["path"])) for file in lake.files(table)]
        if files:
            session.read.parquet(*files).createOrReplaceTempView(table)
    return lake, asked_of(session)


@pytest.fixture(scope="module")
def batches(
    session: sql.SparkSession, tmp_path_factory: pytest.TempPathFactory
) -> tuple[Mapping[str, Path], Run]:
    paths = write_batches(tmp_path_factory.mktemp("batches"))
    for name, path in paths.items():
        session.read.parquet(str(path)).createOrReplaceTempView(name)
    return paths, asked_of(session)


def asked_of(session: sql.SparkSession) -> Run:
    return lambda query: [tuple(row) for row in session.sql(query).collect()]


@pytest.mark.parametrize("question", BY_EVERYTHING)
def test_spark_answers_the_same(spark: tuple[Lake, Run], question: dict[str, Any]):
    agree(*spark, "spark", question)


def test_spark_tells_the_same_versions(batches: tuple[Mapping[str, Path], Run]):
    history_agrees(*batches, "spark", (True, False, True))


def test_spark_makes_the_same_facts_and_refuses_the_same_claims(
    batches: tuple[Mapping[str, Path], Run],
):
    facts_agree(*batches, "spark")
