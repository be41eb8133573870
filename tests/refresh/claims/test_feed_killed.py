"""A second batch that is killed on its way: the last good stays, and the next run brings it whole.

What a lake should say is asked of the CSV files themselves; each killed run is a process of its
own, gone before a file gets its name or before a transaction of the ledger.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from engine import current_id, open_lake
from refresh.claims.synthetic.feed import BATCHES, Size, write_feed
from tests.refresh.claims.cases import loaded, refreshed
from tests.refresh.forked import Forking, forking

pytestmark = pytest.mark.skipif(os.name == "nt", reason="needs fork and SIGKILL")

KILLS, MENDED = 20, 5  # after every fifth the next run is let finish
FIRST, SECOND = BATCHES[3:5]


class Killer:
    """A payer with one batch loaded and another in its mirror, and who kills that one's load."""

    def __init__(self, process: Forking, folder: Path):
        self._forking, self._folder = process, folder
        feed = folder / "feed"
        for _ in write_feed(feed, seed=5, size=Size(40, 60), batches=(FIRST, SECOND)):
            pass
        files = sorted(feed.glob("*.csv"))
        self.said = [told(files, f"{FIRST:%Y%m%d}"), told(files, "")]
        loaded([path for path in files if f"{FIRST:%Y%m%d}" in path.name], folder / "old")
        for path in files:
            shutil.copy2(path, folder / "old" / "mirror" / path.name)
        self.new = self.copy("new")
        self.steps = self.run(self.new)

    def copy(self, name: str) -> Path:
        return Path(shutil.copytree(self._folder / "old", self._folder / name))

    def run(self, root: Path, **moment: Any) -> dict[str, int]:
        """Load the second batch and be killed; without a moment, to the end: its steps by kind."""
        asked = {"mirror": str(root / "mirror"), "data": str(root / "data"), "wing": "claims"}
        return self._forking.run(asked | moment)


def told(files: list[Path], stamp: str) -> tuple[int, int, int]:
    """What the files of a batch, or of all, say: claims, their cents paid, and members."""

    def newest(entity: str, key: str) -> pl.DataFrame:
        mine = [path for path in files if path.name.startswith(entity) and stamp in path.name]
        rows = [pl.read_csv(path, infer_schema=False) for path in mine]
        return pl.concat(rows, how="diagonal").unique(key, keep="last", maintain_order=True)

    claims = newest("claims_", "claim_id")
    paid = claims.select(pl.col("paid_amount").cast(pl.Float64) * 100).sum().item()
    return claims.height, round(paid), newest("members_", "member_id").height


def served(root: Path) -> tuple[int, int, int]:
    lake = open_lake(root / "data")
    claims = lake.scan("fact_claim").select(pl.len(), pl.col("paid_cents").sum()).collect().row(0)
    members = lake.scan("dim_member").select(pl.col("member_id").n_unique()).collect().item()
    hops = lake.scan("claims_reconciliation").select(pl.col("^.*_difference.*$").abs().sum())
    assert sum(hops.collect().row(0)) == 0
    return (*claims, members)


@pytest.fixture(scope="module")
def killer(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Killer]:
    with forking("tests.refresh.killed") as process:
        yield Killer(process, tmp_path_factory.mktemp("payer"))


def test_twenty_kills_between_two_batches_leave_the_last_good(killer: Killer):
    files, writes = killer.steps["file"], killer.steps["ledger"]
    assert files >= KILLS and writes >= KILLS and killer.said[0] != killer.said[1]
    assert served(killer.new) == killer.said[1]
    half = KILLS // 2
    moments = [("file", 1 + at * (files - 1) // (half - 1)) for at in range(half)]
    moments += [("ledger", 1 + at * (writes - 1) // (half - 1)) for at in range(half)]
    for nth, (kind, at) in enumerate(moments):
        root = killer.copy(f"{kind}{at}")
        was = current_id(root / "data")
        assert killer.run(root, kind=kind, at=at) == {}
        what = f"killed before {kind} {at}"
        # The snapshot is new only once its one line is written; then all of it is.
        is_old = current_id(root / "data") == was
        assert served(root) == killer.said[0 if is_old else 1], what
        if nth % MENDED == 0:
            assert refreshed(root).exit_code == 0, what
            assert served(root) == killer.said[1], what
        shutil.rmtree(root)
