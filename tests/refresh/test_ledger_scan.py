"""The ledger is read as the lake is: by `scan`, lazily, of whichever database keeps it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa

from engine import Lake, open_lake
from engine.atlas.tables.qof_contracts import PERCENT_ACHIEVED
from engine.errors import LedgerUnreadable, UnknownName
from engine.ledger import LOAD_EVENTS, METADATA, SOURCE_METRICS, SOURCES
from engine.ledger_scan import ledger_scan, ledger_schema, reading
from refresh.store.database import open_database
from tests.conftest import rows, sealed

LOADS = (
    (1, "beds", "completed", datetime(2026, 11, 1, 9), datetime(2026, 11, 1, 9, 1), ["a"]),
    (2, "beds", "failed", datetime(2026, 11, 8, 9), datetime(2026, 11, 8, 9, 1), None),
    (3, "staff", "in_progress", datetime(2026, 11, 9, 9), None, None),
)


@pytest.fixture
def kept(url: str) -> str:
    """The address of a ledger with three loads of two sources."""
    engine = open_database(url)
    with engine.begin() as write:
        for code in ("beds", "staff"):
            said = dict(
                code=code, name=code, owner="o@nhs.net", purpose="p", created_at=LOADS[0][3]
            )
            write.execute(sa.insert(SOURCES).values(said))
        for load, code, status, began, ended, names in LOADS:
            row = dict(load_id=load, source_code=code, period="2026-10", load_mode="replace")
            row |= dict(status=status, started_at=began, completed_at=ended)
            write.execute(sa.insert(LOAD_EVENTS).values(row | {"columns_added_names": names}))
        measured = dict(source_code="beds", metric_date=date(2026, 11, 1), row_count=3_000_000_000)
        write.execute(sa.insert(SOURCE_METRICS).values(measured | {"validation_pass_rate": 97.5}))
    engine.dispose()
    return url


@contextmanager
def asked(url: str) -> Iterator[list[str]]:
    """The statements that the database is sent meanwhile."""
    said: list[str] = []

    def hear(_connection, _cursor, statement, *_more) -> None:
        said.append(statement)

    sa.event.listen(reading(url), "before_cursor_execute", hear)
    yield said
    sa.event.remove(reading(url), "before_cursor_execute", hear)


def test_every_table_of_the_ledger_can_be_scanned(kept: str):
    for table in METADATA.tables.values():
        assert ledger_scan(kept, table).collect().schema == ledger_schema(table)


def test_what_was_written_is_read_as_it_was(kept: str):
    result = ledger_scan(kept, LOAD_EVENTS).select(
        "load_id", "source_code", "status", "started_at", "completed_at", "columns_added_names"
    )
    expected = [(*load[:-1], '["a"]' if load[-1] else None) for load in LOADS]
    assert result.collect().rows() == expected


def test_numbers_keep_their_size_and_their_parts(kept: str):
    wanted = "metric_date", "row_count", "validation_pass_rate"
    (row,) = ledger_scan(kept, SOURCE_METRICS).select(wanted).collect().rows()
    assert row == (date(2026, 11, 1), 3_000_000_000, 97.5)


CONDITIONS: dict[str, tuple[pl.Expr, list[int], bool]] = {
    "text": (pl.col("status") == "failed", [2], True),
    "not that text": (pl.col("status") != "failed", [1, 3], True),
    "number": (pl.col("load_id") >= 2, [2, 3], True),
    "time": (pl.col("started_at") > datetime(2026, 11, 1, 9), [2, 3], True),
    "an end that is not there": (pl.col("completed_at") < datetime(2026, 12, 1), [1, 2], True),
    "both": ((pl.col("status") == "failed") & (pl.col("load_id") > 2), [], True),
    "half of both": ((pl.col("load_id") > 1) & pl.col("period").str.ends_with("10"), [2, 3], True),
    "either": ((pl.col("load_id") == 1) | (pl.col("status") == "failed"), [1, 2], False),
    "none": (pl.col("completed_at").is_null(), [3], False),
    "one of": (pl.col("source_code").is_in(["staff"]), [3], False),
    "order of texts": (pl.col("source_code") > "beds", [3], False),
}


def test_a_condition_is_sent_where_it_can_be_said_and_holds_where_not(kept: str):
    # A database takes longer to make than to ask, so one is asked all of them.
    for words, (only, found, is_sent) in CONDITIONS.items():
        with asked(kept) as said:
            result = ledger_scan(kept, LOAD_EVENTS).filter(only).select("load_id").collect()
        assert result["load_id"].to_list() == found, words
        assert ("WHERE" in said[-1]) is is_sent, words


def test_columns_that_nobody_wants_are_not_asked_for(kept: str):
    with asked(kept) as said:
        assert ledger_scan(kept, LOAD_EVENTS).select(pl.len()).collect().item() == 3
        ledger_scan(kept, LOAD_EVENTS).select("period").head(1).collect()
    assert not any("error_message" in one for one in said)
    assert "LIMIT" in said[-1]


def test_the_first_of_what_a_condition_leaves_is_found_behind_others(kept: str):
    scan = ledger_scan(kept, LOAD_EVENTS).filter(pl.col("source_code").is_in(["staff"]))
    assert scan.head(1).collect()["load_id"].to_list() == [3]


# Through the lake


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    """A lake of one table, in a folder without a registry."""
    one = rows(
        "year | practice_code | indicator_code\n2021-22 | A00001 | COPD010", PERCENT_ACHIEVED
    )
    return sealed(tmp_path / "data", percent_achieved=one)


def test_a_lake_scans_the_ledger_beside_it(lake: Lake, kept: str, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", kept)
    assert lake.has("load_events") and "load_events" not in lake.manifest["tables"]
    assert lake.scan("load_events").collect().height == len(LOADS)
    assert lake.schema("load_events")["started_at"] == pl.Datetime("us")


def test_a_lake_without_a_registry_says_so_and_makes_none(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("CARE_ATLAS_REGISTRY", raising=False)
    assert not lake.has("load_events")
    with pytest.raises(UnknownName, match="no ledger beside this lake"):
        lake.scan("load_events")
    assert not list(lake.layout.root.glob("registry*"))


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_a_ledger_of_an_older_shape_says_what_brings_it_up_to_date(
    lake: Lake, database: Callable[[], str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", database())
    engine = sa.create_engine(lake.layout.registry_url)
    with engine.begin() as write:
        write.execute(sa.text("CREATE TABLE sources (code TEXT)"))
    engine.dispose()
    scan = lake.scan("load_events")
    with pytest.raises(LedgerUnreadable, match="python -m refresh status"):
        scan.collect()
    assert open_lake(lake.layout.root) is lake


def test_a_folder_may_be_called_whatever_a_file_system_takes(tmp_path: Path):
    folder = tmp_path / "50%25 of what? #1"
    folder.mkdir()
    url = f"sqlite:///{folder / 'registry.sqlite'}"
    open_database(url).dispose()
    assert ledger_scan(url, LOAD_EVENTS).collect().height == 0
