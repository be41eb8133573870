"""Of a table that nobody described no Parquet is given, until somebody says what it holds."""

from pathlib import Path

import pytest
import sqlalchemy as sa
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.publications.catalogue.routes import routes
from engine.ledger import COLUMN_METADATA, SOURCES
from tests.app.publications.history import history

TABLE = "percent_achieved"


def test_no_parquet_is_given_of_what_nobody_described(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    lake, _rows = history(tmp_path / "data")
    monkeypatch.setenv("CARE_ATLAS_DATA", str(lake.layout.root))
    engine = sa.create_engine(lake.layout.registry_url)
    mine = COLUMN_METADATA.c.source_code == "beds"
    with engine.begin() as write:
        of_beds = sa.update(SOURCES).where(SOURCES.c.code == "beds").values(table_name=TABLE)
        write.execute(of_beds)
        columns = [{"source_code": "beds", "column_name": name} for name in ("year", "points")]
        write.execute(sa.delete(COLUMN_METADATA).where(mine))
        write.execute(sa.insert(COLUMN_METADATA), columns)
    client = TestClient(Starlette(routes=routes()))
    refused = client.get(f"/catalogue/{TABLE}.parquet")
    assert refused.status_code == 422 and "None of the 2 columns" in refused.text
    assert client.get(f"/catalogue/{TABLE}.csv").status_code == 200
    with engine.begin() as write:
        one = COLUMN_METADATA.c.column_name == "year"
        write.execute(sa.update(COLUMN_METADATA).where(mine, one).values(description="Which."))
    engine.dispose()
    assert client.get(f"/catalogue/{TABLE}.parquet").content[:4] == b"PAR1"
