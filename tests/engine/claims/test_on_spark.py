"""The same declarations on Spark, over the same Parquet: the numbers are those of `measure`.

Skipped, saying so, where pyspark or Java is not: it is large, and only who runs a cluster needs it.
"""

import shutil
from collections.abc import Iterator
from typing import Any

import pytest

from engine import Lake
from tests.engine.claims.engines import BY_EVERYTHING, Run, agree
from tests.engine.claims.lakes import seeded

pytestmark = pytest.mark.filterwarnings(
    # Py4J leaves its sockets to the collector.
    "ignore::pytest.PytestUnraisableExceptionWarning",
    "ignore::ResourceWarning",
)
sql = pytest.importorskip("pyspark.sql", reason="pyspark is not here: tests/bench/requirements.txt")


@pytest.fixture(scope="module")
def spark(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Lake, Run]]:
    if shutil.which("java") is None:
        pytest.skip("Java is not here, and Spark runs on it")
    lake = seeded(tmp_path_factory.mktemp("spark"))
    folder = tmp_path_factory.mktemp("warehouse")
    builder = sql.SparkSession.builder.master("local[1]").appName("measure")
    for name, value in {
        "spark.ui.enabled": "false",
        "spark.sql.shuffle.partitions": "1",
        "spark.sql.warehouse.dir": str(folder),
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.session.timeZone": "UTC",
    }.items():
        builder = builder.config(name, value)
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("ERROR")
    for table in lake.manifest["tables"]:
        files = [str(lake.layout.table_file(file["path"])) for file in lake.files(table)]
        if files:
            session.read.parquet(*files).createOrReplaceTempView(table)
    yield lake, lambda query: [tuple(row) for row in session.sql(query).collect()]
    session.stop()


@pytest.mark.parametrize("question", BY_EVERYTHING)
def test_spark_answers_the_same(spark: tuple[Lake, Run], question: dict[str, Any]):
    agree(*spark, "spark", question)
