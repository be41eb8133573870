"""The snapshot scenarios of dbt's own maintainers: which ids are current and which were closed.

Rows are compared column by column, `updated_at` among them, which is what their timestamp strategy
sees; where a scenario names its columns, those are tracked.
"""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from refresh.store.fold import FOREVER, Edition, history
from tests.refresh.claims.cases import SHARED

FOLDER = SHARED / "claims" / "07-dbt-snapshot-scenarios"
SCENARIOS = ("updates", "inserts", "deletes", "revives", "new_column", "untracked_columns")


def editions(scenario: str) -> list[Edition]:
    files = sorted(FOLDER.glob(f"{scenario}_batch*.csv"))
    days = (str(date(2024, month, 1)) for month in range(1, 9))
    return [Edition(day, 1, read(path)) for day, path in zip(days, files, strict=False)]


def read(path: Path) -> pl.LazyFrame:
    return pl.read_csv(path, infer_schema=False, try_parse_dates=False).lazy()


def ids(rows: pl.DataFrame) -> list[int]:
    return sorted(rows["id"].unique().cast(pl.Int64).to_list())


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_current_and_closed_ids_are_those_of_the_maintainers(scenario: str):
    if not FOLDER.is_dir():
        pytest.skip("../shared/claims is not beside the project")
    want = json.loads((FOLDER / "expected.json").read_text(encoding="utf-8"))[scenario]
    tracked = ["email"] if scenario == "untracked_columns" else None
    told = history(editions(scenario), ["id"], tracked=tracked).collect()
    is_current = pl.col("valid_to") == FOREVER
    assert ids(told.filter(is_current)) == want["current_ids"]
    assert ids(told.filter(~is_current)) == want["closed_ids"]


def test_a_column_that_is_not_tracked_begins_no_version_and_shows_its_newest_value():
    """The first scenario with `updated_at` left out: five rows moved it, and nothing else."""
    if not FOLDER.is_dir():
        pytest.skip("../shared/claims is not beside the project")
    first, second = editions("updates")
    names = first.rows.collect_schema().names()
    tracked = [name for name in names if name != "updated_at"]
    told = history([first, second], ["id"], tracked=tracked).collect()
    assert told.height == 20 and (told["valid_to"] == FOREVER).all()
    newest = dict(second.rows.select("id", "updated_at").collect().rows())
    assert dict(told.select("id", "updated_at").rows()) == newest


def test_an_edition_in_part_closes_nobody():
    if not FOLDER.is_dir():
        pytest.skip("../shared/claims is not beside the project")
    told = history([replace(e, is_whole=False) for e in editions("deletes")], ["id"]).collect()
    assert told.height == 20 and (told["valid_to"] == FOREVER).all()
