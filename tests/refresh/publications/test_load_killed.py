"""A load of several tables that is killed: what was live stays live, and the next load mends it."""

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
import pytest
from filelock import FileLock

from engine import open_lake
from engine.errors import LakeBusy
from engine.lake import Layout
from refresh.publications.enrolling import enrol, fields_of
from refresh.publications.load import load
from refresh.publications.manifest import File, Manifest
from refresh.store.ledger import Ledger
from tests.refresh.forked import Forking, forking
from tests.refresh.publications.feeds import DESCRIBED, columns_of, organisations, source

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")

TABLES = ("beds", "wards", "staff")
KILLS = 20


class Killer:
    """A lake of three tables with one month, a second month to load, and who kills that."""

    def __init__(self, process: Forking, folder: Path):
        self._forking, self._folder, self._runs = process, folder, 0
        self.old = folder / "old"
        self.old.mkdir()
        for at, period in enumerate(("2026-01", "2026-02")):
            for name in TABLES:
                rows = [row | {"BEDS": row["BEDS"] + at} for row in organisations(100 + at)]
                pl.DataFrame(rows).write_csv(self.old / f"{name}-{period}.csv")
        with closing(_ledger(self.old)) as ledger:
            for of in manifest("2026-01").sources:
                enrol(ledger, of.code, fields_of(manifest("2026-01"), of))
        assert load(manifest("2026-01"), data=self.old / "data", base=self.old).exit_code == 0
        self.new = self.copy()
        self.steps = self.run(self.new)
        self.said = [tables(self.old), tables(self.new)]

    def copy(self) -> Path:
        self._runs += 1
        return Path(shutil.copytree(self.old, self._folder / str(self._runs)))

    def run(self, root: Path, **moment: Any) -> dict[str, int]:
        """Load February and be killed; without a moment, to the end: its steps of each kind."""
        asked = {"root": str(root), "manifest": msgspec.to_builtins(manifest("2026-02")), **moment}
        return self._forking.run(asked)


def manifest(period: str) -> Manifest:
    sources = [
        source(
            name,
            key=["org"],
            columns=columns_of(organisations(1)),
            files=[File(url=f"{name}-{period}.csv", period=period)],
        )
        for name in TABLES
    ]
    return Manifest(manifest=DESCRIBED, sources=sources)


def _ledger(root: Path) -> Ledger:
    (root / "data").mkdir(exist_ok=True)
    return Ledger(Layout(root / "data").registry_url)


def tables(root: Path) -> list[list[tuple]]:
    lake = open_lake(root / "data")
    return [lake.scan(f"tbl_{n}").select("org", "beds", "_period").collect().rows() for n in TABLES]


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    with forking("tests.refresh.publications.killed_load") as process:
        yield Killer(process, tmp_path_factory.mktemp("killed"))


def test_twenty_kills_leave_the_last_good_and_the_next_load_mends_it(killer: Killer):
    """Before every file that is given its name, and before transactions all along the way."""
    files, writes = killer.steps["file"], killer.steps["ledger"]
    assert files >= 10 and writes >= 20 and killer.said[0] != killer.said[1]
    moments = [("file", at) for at in range(1, files + 1, max(1, 2 * files // KILLS))]
    left = KILLS - len(moments)
    moments += [("ledger", 1 + at * (writes - 1) // left) for at in range(left)]
    assert len(moments) >= KILLS
    for kind, at in moments:
        root = killer.copy()
        assert killer.run(root, kind=kind, at=at) == {}
        what = f"killed before {kind} {at}"
        assert tables(root) in killer.said, what
        assert load(manifest("2026-02"), data=root / "data", base=root).exit_code == 0, what
        assert tables(root) == killer.said[1], what
        with closing(_ledger(root)) as ledger:
            assert {row["status"] for row in ledger.loads()} <= {"completed", "rolled_back"}, what
        shutil.rmtree(root)


def test_of_two_loads_at_once_the_second_says_who_writes(killer: Killer):
    root = killer.copy()
    layout = Layout(root / "data")
    said = {"state": "running", "pid": 4711, "started_at": "2026-11-30T10:00:00", "step": "reading"}
    layout.progress.write_text(json.dumps(said), encoding="utf-8")
    with FileLock(layout.lock), pytest.raises(LakeBusy) as busy:
        load(manifest("2026-02"), data=root / "data", base=root)
    assert "process 4711" in busy.value.found and "reading" in busy.value.found
    assert tables(root) == killer.said[0]
