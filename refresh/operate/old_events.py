"""Old events: loads of long ago, written to the archive as Parquet. The ledger keeps every one.

A file holds what no earlier file holds, so that each load is in the archive once.
"""

import json
from contextlib import closing
from datetime import date, datetime
from pathlib import Path

import polars as pl

from engine.lake import Layout
from refresh.store.history import History
from refresh.store.seal import as_parquet, settle

NAME = "load_events"
_TEXT = ("columns_added_names", "error_details", "profile")


def events_to_archive(data: Path, *, before: datetime) -> int:
    """How many loads began before an instant (UTC) and are in no file of the archive yet."""
    return _rows(Layout(data), before).height


def archive_events(data: Path, *, before: datetime, today: date) -> Path:
    """Write those loads to a file of the archive, every column, the oldest first; its path.

    Raises: OSError where the disk does not take it; then nothing is there.
    """
    layout = Layout(data)
    rows = _rows(layout, before)
    final = layout.archived(NAME, f"{today:%Y%m%d}")
    first = int(rows["load_id"][0])
    if final.is_file():  # a second one of one day
        final = layout.archived(f"{NAME}_{first}", f"{today:%Y%m%d}")
    settle(final, as_parquet(rows))
    return final


def _rows(layout: Layout, before: datetime) -> pl.DataFrame:
    files = sorted(layout.archive.glob(f"{NAME}_*.parquet"))
    known = {row for file in files for row in pl.read_parquet(file)["load_id"]}
    with closing(History(layout.registry_url)) as history:
        loads = history.loads(datetime(1970, 1, 1), before)
    fresh = [dict(load) for load in loads if load["load_id"] not in known]
    for load in fresh:
        # What is JSON in the ledger is text here: its shape is another in each row.
        load |= {name: _text(load[name]) for name in _TEXT}
    return pl.DataFrame(fresh, infer_schema_length=None)


def _text(value: object) -> str | None:
    return None if value is None else json.dumps(value)
