"""The demonstration: its newest year is live first, and what it ends with is as if made at once."""

import errno
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from engine import Lake, current_id, open_lake
from engine.atlas.years import qof_years
from engine.lake import Layout, read_progress, snapshot_ids
from refresh.__main__ import main
from refresh.operate.demonstrate import ROOT, demonstrate
from refresh.progress import Listener, silent
from tests.refresh.mirrors import contents, england, held, lay_out, refresh, told

YEARS = ("2022-23", "2023-24")


def invent(folder: Path, _seed: int, _scale: float, tell: Listener) -> Iterator[None]:
    """The newer year, then the older."""
    tell("the newer", 0, 2)
    lay_out(folder, england(YEARS[1:]))
    yield
    tell("the older", 1, 2)
    lay_out(folder, england(YEARS))


def fill_the_disk(folder: Path, seed: int, scale: float, tell: Listener) -> Iterator[None]:
    """The same on a disk that takes no more than the newer."""
    parts = invent(folder, seed, scale, tell)
    yield next(parts)
    tell("the older", 1, 2)
    raise OSError(errno.ENOSPC, "No space left on device", str(folder))


def years_of(data: Path) -> list[tuple[str, ...]]:
    """The years of each snapshot, oldest first."""
    lakes = (open_lake(data, snapshot=name) for name in sorted(snapshot_ids(data)))
    return [tuple(sorted(qof_years(lake))) for lake in lakes]


def test_the_newest_year_is_live_before_the_others_are_and_the_end_is_the_same(
    lake: Lake, tmp_path: Path
):
    said = ("--quiet", "--scale", "0.02", "--data", str(tmp_path / "data"))
    begun = subprocess.Popen(
        [sys.executable, "-m", "refresh", "demo", "--early", *said],
        cwd=ROOT,
        # The last bit of a sum of fractions hangs on how many threads add it up.
        env=os.environ | {"POLARS_MAX_THREADS": str(pl.thread_pool_size())},
        stdout=subprocess.PIPE,
        text=True,
    )
    with begun:
        assert begun.wait() == 0 and begun.stdout
        first = open_lake(tmp_path / "data", snapshot=min(snapshot_ids(tmp_path / "data")))
        # It ends when the process that goes on has ended, too.
        words = begun.stdout.read()
    assert first.is_demonstration and qof_years(first) == (max(qof_years(lake)),)
    assert first.partitions("practice_context"), "what is shown beside it is there from the start"
    # The other wings' invented data come with it; of these the lake has none.
    practices = {table for table, _ in contents(lake)}
    made = held(tmp_path / "data")
    assert {at: sha for at, sha in made.items() if at[0] in practices} == contents(lake)
    assert {table for table, _ in made} > practices
    live = current_id(tmp_path / "data")
    assert "The newest year is live" in words and f"A new snapshot is live: {live}" in words


def test_what_was_found_before_the_first_seal_is_told_at_the_end(tmp_path: Path):
    outcome = demonstrate(tmp_path / "data", [invent], seed=1, scale=1, tell=silent)
    assert years_of(tmp_path / "data") == [YEARS[1:], YEARS]
    lay_out(tmp_path / "mirror", england(YEARS))
    at_once = refresh(tmp_path / "mirror", tmp_path / "at once")
    assert {f.period for f in outcome.findings if f.source} >= set(YEARS)
    assert told(outcome.findings) == told(at_once.findings)


def test_one_that_stopped_says_so_keeps_its_first_year_and_goes_on_when_begun_again(tmp_path: Path):
    data, layout = tmp_path / "data", Layout(tmp_path / "data")
    with pytest.raises(OSError, match="No space left"):
        demonstrate(data, [fill_the_disk], seed=1, scale=1, tell=silent)
    said = read_progress(data) or {}
    assert said["state"] == "failed" and said["step"] == "the older"
    assert years_of(data) == [YEARS[1:]] and layout.unfinished.exists()
    assert demonstrate(data, [invent], seed=1, scale=1, tell=silent).is_new
    assert years_of(data) == [YEARS[1:], YEARS] and not layout.unfinished.exists()


def test_where_something_is_live_nothing_is_sealed_before_all_is_written(tmp_path: Path):
    demonstrate(tmp_path, [invent], seed=1, scale=1, tell=silent)
    before = snapshot_ids(tmp_path)
    outcome = demonstrate(tmp_path, [invent], seed=1, scale=1, tell=silent)
    assert not outcome.is_new and snapshot_ids(tmp_path) == before


def test_one_that_fails_before_anything_is_live_ends_with_its_own_code(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
):
    said = ("--quiet", "--scale", "2", "--data", str(tmp_path))
    assert main(["demo", "--early", *said]) == main(["demo", *said]) == 1
    assert capfd.readouterr().err.count("the scale of the invented England cannot be that") == 2


def test_one_that_real_data_overtook_is_over(tmp_path: Path):
    data = tmp_path / "data"
    lay_out(tmp_path / "mirror", england(YEARS))
    refresh(tmp_path / "mirror", data)
    live, unfinished = current_id(data), Layout(data).unfinished
    unfinished.touch()
    assert main(["demo", "--early", "--quiet", "--data", str(data)]) == 0
    assert current_id(data) == live and not unfinished.exists()
