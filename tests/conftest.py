"""What every test may use: frames drawn as text, and small lakes sealed by the real code.

`rows`, `whole` and `sealed` are plain functions (`from tests.conftest import rows`). Fixtures are
few and come last; none of them stands in for code of ours.
"""

import gc
from collections.abc import Generator, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from httpx._config import DEFAULT_TIMEOUT_CONFIG
from hypothesis import settings

from engine import Lake, open_lake
from engine.lake import Layout
from engine.table import Table
from engine.wings import LAKE
from engine.wings import table as contract_of
from refresh.atlas.synthetic.england import write_england
from refresh.pipeline import run
from refresh.store.seal import Draft
from tests.folders import keep_compiled, put_in_memory
from tests.workers import ByFile, how_many, made_once, must_come_last, turn

# A loaded machine is slow, not wrong: no deadline, and few enough examples for a quick suite.
settings.register_profile("house", deadline=None, max_examples=40)
settings.load_profile("house")
# For the same reason: who asks a server of a test without a limit gives up after five seconds.
DEFAULT_TIMEOUT_CONFIG.connect = DEFAULT_TIMEOUT_CONFIG.read = 60.0


def rows(text: str, of: Table | Mapping[str, Any]) -> pl.DataFrame:
    """A frame drawn as text: a header, then a line a row; cells parted by `|`, blank is null.

    Takes:  the text; a Table, or a schema, that gives each column its dtype.
    Gives:  the header's columns in its order. A name the schema lacks raises KeyError, a line
            with more or fewer cells than the header raises ValueError.
    """
    schema = of.schema if isinstance(of, Table) else of
    lines = [line for line in text.splitlines() if line.strip(" |-")]
    names, *body = ([cell.strip() for cell in line.split("|")] for line in lines)
    columns = zip(names, *body, strict=True)
    return pl.DataFrame(
        pl.Series(name, [_value(cell, schema[name]) for cell in cells], dtype=schema[name])
        for name, *cells in columns
    )


def whole(frame: pl.DataFrame, of: Table) -> pl.DataFrame:
    """All columns of a contract, in its order, null where the drawing has none."""
    return frame.select(
        pl.col(c.name) if c.name in frame.columns else pl.lit(None, c.dtype).alias(c.name)
        for c in of.columns
    )


def sealed(folder: Path, facts: dict[str, Any] | None = None, **tables: pl.DataFrame) -> Lake:
    """Hand-written tables, sealed below `folder` by the real code, and the snapshot opened.

    Takes:  frames by table name; a column left out is null. They are put in the contract's order,
            and split by its partition, as the makers of the real tables do. `facts`: what else the
            manifest says.
    """
    draft = Draft(Layout(folder))
    for name, frame in tables.items():
        contract = contract_of(name)
        ordered = whole(frame, contract).sort(contract.sort)
        for partition, part in _parts(ordered, contract.partition):
            draft.keep(contract, draft.write(contract, part, partition=partition, inputs=""))
    for name in LAKE:
        draft.declare(contract_of(name))
    said = {"inputs": "", "releases": [], "coverage": {}} | (facts or {})
    draft.invented |= set(tables) if said.pop("demonstration", False) else set()
    draft.seal(**said)
    return open_lake(folder)


@pytest.fixture(scope="session")
def mirror(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demonstration's publications, about 130 practices; not to be written to."""
    return made_once(tmp_path_factory, "mirror", lambda to: write_england(to, seed=1, scale=0.02))


@pytest.fixture(scope="session")
def lake(mirror: Path, tmp_path_factory: pytest.TempPathFactory) -> Lake:
    """The demonstration's lake, built by the real refresh; not to be written to."""
    return open_lake(
        made_once(
            tmp_path_factory,
            "data",
            lambda to: run(data=to, mirror=str(mirror), demonstration=True),
        )
    )


def _parts(frame: pl.DataFrame, by: str | None) -> list[tuple[str | None, pl.DataFrame]]:
    if by is None:
        return [(None, frame)]
    return [(str(key[0]), part) for key, part in frame.partition_by(by, as_dict=True).items()]


def _value(cell: str, dtype: Any) -> Any:
    if not cell:
        return None
    if dtype == pl.Boolean:
        return {"true": True, "false": False}[cell]
    if dtype == pl.Date:
        return date.fromisoformat(cell)
    if dtype.is_integer():
        return int(cell)
    return float(cell) if dtype.is_float() else cell


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Helpers beside the tests are imported by them, never collected (some start servers)."""
    is_helper = collection_path.suffix == ".py" and not collection_path.name.startswith("test_")
    return True if is_helper else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browser tests come last: Playwright keeps an event loop running once it has started."""
    items.sort(key=turn)


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Generator[None, Any, Any]:
    """What is collected stays: Python need not look through it again for what may go.

    Each of its rounds over all modules and six thousand tests takes half a second; while they are
    collected it takes a sixth of the time, and afterwards a tenth of a refresh's.
    """
    gc.disable()
    try:
        return (yield)
    finally:
        gc.collect()
        gc.freeze()
        gc.enable()


def pytest_unconfigure() -> None:
    """At the end all may go, as it does in other programs."""
    gc.unfreeze()


def pytest_runtest_setup(item: pytest.Item) -> None:
    """What opens Chromium is marked so, and nothing else looks like it."""
    must_come_last(item)


def pytest_configure() -> None:
    """Before anything asks for a folder, and before a worker or another process starts."""
    put_in_memory()
    keep_compiled()


def pytest_xdist_auto_num_workers(config: pytest.Config) -> int:
    """What `-n auto` is, which every run has (pyproject.toml)."""
    return how_many(config)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> ByFile:
    """Who runs which test."""
    return ByFile(config, log)
