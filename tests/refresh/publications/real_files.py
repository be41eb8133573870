"""Where the published files lie beside the project, and how a test reads one of them as text."""

import gzip
import io
import zipfile
from functools import cache
from pathlib import Path
from typing import Any

import fastexcel
import polars as pl
import pytest
from ruamel.yaml import YAML

SHARED = Path(__file__).parents[4] / "shared"


def read(path: str, member: str = "", *, header: bool = True) -> pl.DataFrame:
    """A published CSV, all text; of a zip the first member with `member` in its name."""
    data = published(path).read_bytes()
    if path.endswith(".zip"):
        with zipfile.ZipFile(io.BytesIO(data)) as packed:
            data = packed.read(next(name for name in packed.namelist() if member in name))
    elif path.endswith(".gz"):
        data = gzip.decompress(data)
    return pl.read_csv(data, infer_schema=False, encoding="utf8-lossy", has_header=header)


def read_table(folder: str, sheet: str | None = None, rows: int | None = None) -> pl.DataFrame:
    """A table of the corpus that lies in a workbook, as text, its header in one row."""
    table = truth(folder, sheet)
    path = published(f"corpus/files/{folder}/{_truths()[folder]['file'].split('/')[-1]}")
    sheet = fastexcel.read_excel(path).load_sheet(
        table["sheet"],
        header_row=None,
        skip_rows=table["header_rows"][-1] - 1,
        n_rows=rows,
        dtypes="string",
    )
    # Its header may be dates, which the reader would not take for names.
    header, *_ = (cells := sheet.to_polars()).rows()
    names = [name or f"column {i}" for i, name in enumerate(header, 1)]
    return cells[1:].rename(dict(zip(cells.columns, names, strict=True)))


def published(path: str) -> Path:
    """A file of ../shared; the test is skipped where it is not there."""
    if not (SHARED / path).is_file():
        pytest.skip(f"../shared/{path} is not beside the project")
    return SHARED / path


def truth(folder: str, sheet: str | None = None) -> dict[str, Any]:
    """What two readers say of a table of the corpus; the first where no sheet is named."""
    tables = _truths()[folder]["tables"]
    return next(table for table in tables if sheet in (None, table["sheet"]))


@cache
def _truths() -> dict[str, Any]:
    told = YAML(typ="safe").load(published("corpus/truth.yaml"))
    return {entry["id"]: entry for entry in told}
