"""Lakes of hand-made tables that no wing declares, sealed by the real code."""

from pathlib import Path

import polars as pl

from engine import Lake, open_lake
from engine.lake import Layout
from engine.table import Column, Table
from refresh.store.seal import Draft


def made(
    folder: Path, tables: dict[str, pl.DataFrame], partitions: dict[str, str] | None = None
) -> Lake:
    """A lake below `folder` with these tables, each with the columns that its frame has.

    Takes:  partitions  by table, the column whose values get files of their own
    """
    draft = Draft(Layout(folder))
    for name, rows in tables.items():
        columns = tuple(Column(column, dtype, "as given") for column, dtype in rows.schema.items())
        by = (partitions or {}).get(name)
        contract = Table(name, "one row", "As given.", (), columns, "tests", partition=by)
        parts = {(None,): rows} if by is None else rows.partition_by(by, as_dict=True)
        for (partition,), part in parts.items():
            draft.keep(contract, draft.write(contract, part, partition=partition, inputs=""))
    draft.seal(inputs="", releases=[], coverage={})
    return open_lake(folder)
