"""Lakes of hand-made tables that no wing declares, sealed by the real code."""

from pathlib import Path

import polars as pl

from engine import Lake, open_lake
from engine.lake import Layout
from engine.table import Column, Table
from refresh.store.seal import Draft


def made(folder: Path, tables: dict[str, pl.DataFrame]) -> Lake:
    """A lake below `folder` with these tables, each with the columns that its frame has."""
    draft = Draft(Layout(folder))
    for name, rows in tables.items():
        columns = tuple(Column(column, dtype, "as given") for column, dtype in rows.schema.items())
        contract = Table(name, "one row", "As given.", (), columns, "tests")
        draft.keep(contract, draft.write(contract, rows, partition=None, inputs=""))
    draft.seal(inputs="", releases=[], coverage={})
    return open_lake(folder)
