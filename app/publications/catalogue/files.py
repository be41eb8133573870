"""The files of the catalogue: a table as CSV or Parquet, its schema, its package, and DCAT.

Rows are written by streaming sinks to a file that goes when it was sent: a table may be larger
than memory. All are read through the lake, so that a reader has the rows that are his.
"""

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import FileResponse, Response

from app.agent import known
from app.http.conditional import sent
from app.publications.catalogue import in_others_words as words
from engine import Lake
from engine.alert_measures import undescribed_table
from engine.errors import LakeError
from engine.table_schema import table_schema

JSON_LD = "application/ld+json"


class NotDescribed(LakeError):
    """A table that is not exported as long as nobody says what its columns are."""


def front_of(request: Request) -> str:
    """The address of the front of the house, with its last slash: as it is declared, else asked."""
    said = os.environ.get("CARE_ATLAS_ADDRESS") or str(request.base_url)
    return f"{said.rstrip('/')}/"


def rows_file(form: str) -> Callable[[Request, Lake], Response]:
    """A table as a file of a form: `csv` or `parquet`."""

    def made(request: Request, lake: Lake) -> Response:
        table = known.dataset(lake, request.path_params["table"])
        if form == "parquet":
            _assert_described(lake, table)
        handle, name = tempfile.mkstemp(prefix="catalogue-", suffix=f".{form}")
        os.close(handle)
        path = Path(name)
        try:
            _sink(lake.scan(table), path, form)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return FileResponse(
            path,
            media_type=words.FILES[form][1],
            filename=f"{table}.{form}",
            headers={"X-Snapshot": lake.id, "Cache-Control": "no-cache"},
            background=BackgroundTask(path.unlink, missing_ok=True),
        )

    return made


def _assert_described(lake: Lake, table: str) -> None:
    """Parquet is what others build on: a table of which nobody says what it holds is not given."""
    if not lake.has("column_metadata"):  # no ledger beside this lake
        return
    found = undescribed_table(lake.scan, table).collect()
    if found.height:
        raise NotDescribed(
            f"none of the {found.item()} columns of {table} is described, so it is not exported",
            where=table,
            next="write what they mean into its manifest, and load it with --force",
        )


def _sink(rows: pl.LazyFrame, path: Path, form: str) -> None:
    if form == "csv":
        rows.sink_csv(path)
    else:
        rows.sink_parquet(path)


def catalogue_file(request: Request, lake: Lake) -> Response:
    """The whole catalogue as DCAT."""
    return _json(request, words.dcat_catalogue(lake, front_of(request)), JSON_LD)


def dataset_file(request: Request, lake: Lake) -> Response:
    """One table as a DCAT dataset."""
    table = known.dataset(lake, request.path_params["table"])
    return _json(request, words.dcat_dataset(lake, table, front_of(request)), JSON_LD)


def package_file(request: Request, lake: Lake) -> Response:
    """One table as a Data Package."""
    table = known.dataset(lake, request.path_params["table"])
    return _json(request, words.data_package(lake, table, front_of(request)), "application/json")


def schema_file(request: Request, lake: Lake) -> Response:
    """One table's columns as Table Schema."""
    table = known.dataset(lake, request.path_params["table"])
    return _json(request, table_schema(lake.manifest["tables"][table]), "application/json")


def _json(request: Request, told: dict[str, Any], kind: str) -> Response:
    return sent(request, json.dumps(told, indent=1).encode(), kind)
