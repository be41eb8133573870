"""Seal: whatever dies on the way, readers keep the last good snapshot; one writer at a time."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import polars as pl
import pyarrow.parquet as pq
import pytest
from polars.testing import assert_frame_equal

from engine import Lake, current_id, open_lake
from engine.atlas.tables.qof_contracts import INDICATOR, PERCENT_ACHIEVED
from engine.errors import LakeBusy, NoSnapshot
from engine.lake import Layout, snapshot_ids
from refresh.store.seal import Draft, manifest_of, rollback, writing
from tests.conftest import rows, sealed, whole

HEADER = "year | practice_code | indicator_code | numerator | denominator\n"
OLD = rows(HEADER + "2021-22 | A00001 | COPD010 | 1 | 2", PERCENT_ACHIEVED)
NEW = rows(HEADER + "2021-22 | A00001 | COPD010 | 2 | 2", PERCENT_ACHIEVED)
NEXT_YEAR = rows(HEADER + "2022-23 | A00001 | COPD010 | 3 | 4", PERCENT_ACHIEVED)


def numerators(lake: Lake) -> list[int]:
    return lake.scan("percent_achieved").collect()["numerator"].to_list()


def files(root: Path) -> set[str]:
    return {path.name for path in root.rglob("*.parquet")}


def draft_of(root: Path, frame: pl.DataFrame, *, inputs: str) -> Draft:
    draft = Draft(Layout(root))
    file = draft.write(
        PERCENT_ACHIEVED, whole(frame, PERCENT_ACHIEVED), partition="2021-22", inputs=inputs
    )
    draft.keep(PERCENT_ACHIEVED, file)
    return draft


FACTS = {"inputs": "", "releases": [], "coverage": {}}


# A snapshot


def test_load_1_load_2_look(tmp_path: Path):
    assert numerators(sealed(tmp_path, percent_achieved=OLD)) == [1]
    assert numerators(sealed(tmp_path, percent_achieved=NEW)) == [2]
    assert numerators(open_lake(tmp_path)) == [2]


def test_snapshots_of_one_second_sort_as_they_were_sealed(tmp_path: Path):
    """What is newest, and what a rollback goes to, is told by their names."""
    sealed_in_turn = [
        draft_of(tmp_path, frame, inputs=str(n)).seal(**FACTS)["id"]
        for n, frame in enumerate((OLD, NEW) * 4)
    ]
    assert sealed_in_turn == sorted(sealed_in_turn) and len(set(sealed_in_turn)) == 8
    assert snapshot_ids(tmp_path) == sealed_in_turn[::-1]


def test_a_manifest_names_every_file_with_its_rows_and_hash(tmp_path: Path):
    manifest = sealed(tmp_path, percent_achieved=pl.concat([OLD, NEXT_YEAR])).manifest
    described = manifest["tables"]["percent_achieved"]
    assert described["grain"] == PERCENT_ACHIEVED.grain
    assert described["contract"] == PERCENT_ACHIEVED.fingerprint
    assert [f["partition"] for f in described["files"]] == ["2021-22", "2022-23"]
    for file in described["files"]:
        content = (tmp_path / "lake" / file["path"]).read_bytes()
        assert file["sha256"] == hashlib.sha256(content).hexdigest()
        assert file["sha256"][:12] in file["path"]
        assert file["rows"] == 1


def test_a_manifest_says_what_came_before_and_whether_it_is_a_demonstration(tmp_path: Path):
    first = sealed(tmp_path, percent_achieved=OLD)
    draft = draft_of(tmp_path, NEW, inputs="b")
    draft.invented.add("percent_achieved")
    manifest = draft.seal(**FACTS)
    assert (first.manifest["previous"], manifest["previous"]) == (None, first.id)
    lake = open_lake(tmp_path)
    assert lake.is_demonstration and lake.is_invented("percent_achieved")
    assert not lake.is_invented("prevalence")
    assert (
        manifest == manifest_of(Layout(tmp_path)) == manifest_of(Layout(tmp_path), manifest["id"])
    )


def test_the_same_content_keeps_its_file(tmp_path: Path):
    sealed(tmp_path, percent_achieved=OLD)
    before = files(tmp_path)
    sealed(tmp_path, percent_achieved=OLD)
    assert files(tmp_path) == before
    sealed(tmp_path, percent_achieved=pl.concat([OLD, NEXT_YEAR]))
    assert files(tmp_path) > before and len(files(tmp_path)) == 2


def test_the_same_inputs_keep_their_file_while_it_is_there(tmp_path: Path):
    draft_of(tmp_path, OLD, inputs="a").seal(**FACTS)
    draft = Draft(Layout(tmp_path))
    kept = draft.kept("percent_achieved", "2021-22", "a")
    assert kept and kept == draft.last("percent_achieved", "2021-22")
    assert draft.kept("percent_achieved", "2021-22", "b") is None
    assert draft.kept("percent_achieved", "2022-23", "a") is None
    assert draft.kept("prevalence", "2021-22", "a") is None
    (tmp_path / "lake" / kept["path"]).unlink()
    assert draft.kept("percent_achieved", "2021-22", "a") is None


def test_a_file_holds_the_contract_and_nothing_else(tmp_path: Path):
    draft = Draft(Layout(tmp_path))
    odd = (
        whole(OLD, PERCENT_ACHIEVED)
        .select(pl.all().reverse())
        .with_columns(more=1, numerator=pl.lit(1.0))
    )
    file = draft.write(PERCENT_ACHIEVED, odd, partition="2021-22", inputs="")
    written = pl.read_parquet(tmp_path / "lake" / file["path"])
    assert written.schema == PERCENT_ACHIEVED.schema


def test_a_file_is_in_the_contracts_order_whatever_order_rows_came_in(tmp_path: Path):
    codes = ["COPD010", "AF006", "COPD010", "AF006"]
    mixed = whole(pl.concat([OLD, NEW, OLD, NEW]), PERCENT_ACHIEVED).with_columns(
        indicator_code=pl.Series(codes), practice_code=pl.Series(["B1", "B1", "A1", "A1"])
    )
    draft = Draft(Layout(tmp_path))
    file = draft.write(PERCENT_ACHIEVED, mixed, partition="2021-22", inputs="")
    written = pl.read_parquet(tmp_path / "lake" / file["path"])
    assert_frame_equal(written, mixed.sort(PERCENT_ACHIEVED.sort))


def test_files_are_laid_out_for_readers_that_skip(tmp_path: Path):
    many = whole(OLD, PERCENT_ACHIEVED).sample(100_000, with_replacement=True, seed=1)
    draft = Draft(Layout(tmp_path))
    file = draft.write(PERCENT_ACHIEVED, many, partition="2021-22", inputs="")
    described = pq.ParquetFile(tmp_path / "lake" / file["path"]).metadata
    assert described.num_row_groups == -(-100_000 // PERCENT_ACHIEVED.row_group)
    chunk = described.row_group(0).column(described.schema.names.index("indicator_code"))
    assert chunk.statistics.has_min_max and chunk.physical_type == "BYTE_ARRAY"


# Whatever dies


class Died(BaseException):
    """The process was killed here (never caught by our code as an error of its own)."""


def die_at(monkeypatch: pytest.MonkeyPatch, n: int, *, after: bool) -> None:
    """Die at the nth replacement of a file, before it or right after it."""
    calls, real = iter(range(1, 1_000)), os.replace

    def replace(source, target):
        is_nth = next(calls) == n
        if is_nth and not after:
            raise Died
        real(source, target)
        if is_nth:
            raise Died

    monkeypatch.setattr(os, "replace", replace)


STEPS = ["the first file", "the second file", "the manifest", "CURRENT"]


@pytest.mark.parametrize("after", [False, True], ids=["before", "after"])
@pytest.mark.parametrize("step", range(1, 5), ids=STEPS)
def test_a_seal_that_dies_leaves_the_last_good_snapshot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int, after: bool
):
    good = sealed(tmp_path, percent_achieved=OLD)
    with monkeypatch.context() as patched:
        die_at(patched, step, after=after)
        with pytest.raises(Died):
            sealed(tmp_path, percent_achieved=pl.concat([NEW, NEXT_YEAR]))
    if step == 4 and after:
        assert numerators(open_lake(tmp_path)) == [2, 3]
    else:
        assert current_id(tmp_path) == good.id
        assert numerators(open_lake(tmp_path)) == [1]
    assert numerators(open_lake(tmp_path, snapshot=good.id)) == [1]
    assert numerators(sealed(tmp_path, percent_achieved=pl.concat([NEW, NEXT_YEAR]))) == [2, 3]


@pytest.mark.parametrize("step", range(1, 5), ids=STEPS)
def test_a_first_seal_that_dies_leaves_no_snapshot_and_the_next_one_succeeds(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: int
):
    with monkeypatch.context() as patched:
        die_at(patched, step, after=False)
        with pytest.raises(Died):
            sealed(tmp_path, percent_achieved=pl.concat([OLD, NEXT_YEAR]))
    assert current_id(tmp_path) is None
    assert numerators(sealed(tmp_path, percent_achieved=OLD)) == [1]


def test_current_is_replaced_last(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    targets, real = [], os.replace
    monkeypatch.setattr(os, "replace", lambda a, b: (targets.append(Path(b).name), real(a, b)))
    lake = sealed(tmp_path, percent_achieved=pl.concat([OLD, NEXT_YEAR]))
    assert len(targets) == len(STEPS)
    assert targets[-2:] == [f"{lake.id}.json", "CURRENT"]


def test_a_full_disk_leaves_the_last_good_snapshot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    good = sealed(tmp_path, percent_achieved=OLD)
    with monkeypatch.context() as patched:

        def full(_file: int) -> None:
            raise OSError(28, "No space left on device")

        patched.setattr(os, "fsync", full)
        with pytest.raises(OSError, match="No space"):
            sealed(tmp_path, percent_achieved=NEW)
    assert current_id(tmp_path) == good.id
    assert numerators(open_lake(tmp_path)) == [1]


@pytest.mark.parametrize("left", ["", "{", "\n"])
def test_a_live_manifest_that_cannot_be_read_is_built_again(tmp_path: Path, left: str):
    bad = sealed(tmp_path, percent_achieved=OLD)
    (bad.layout.snapshots / f"{bad.id}.json").write_text(left, encoding="utf-8")
    assert Draft(bad.layout).previous is None
    assert numerators(sealed(tmp_path, percent_achieved=NEW)) == [2]


# Back


def test_rollback_serves_the_snapshot_before_and_a_new_seal_goes_on_from_there(tmp_path: Path):
    first = sealed(tmp_path, percent_achieved=OLD)
    second = sealed(tmp_path, percent_achieved=NEW)
    assert rollback(Layout(tmp_path)) == first.id == current_id(tmp_path)
    assert numerators(open_lake(tmp_path)) == [1]
    third = sealed(tmp_path, percent_achieved=NEXT_YEAR)
    assert third.manifest["previous"] == first.id
    assert rollback(Layout(tmp_path), second.id) == second.id
    assert numerators(open_lake(tmp_path)) == [2]


def test_there_is_nothing_before_the_first(tmp_path: Path):
    with pytest.raises(NoSnapshot, match="no snapshot at all"):
        rollback(Layout(tmp_path))
    only = sealed(tmp_path, percent_achieved=OLD)
    with pytest.raises(NoSnapshot, match="no earlier snapshot"):
        rollback(Layout(tmp_path))
    assert current_id(tmp_path) == only.id


def test_a_snapshot_that_is_not_there_is_told_with_those_there_are(tmp_path: Path):
    only = sealed(tmp_path, percent_achieved=OLD)
    with pytest.raises(NoSnapshot) as caught:
        rollback(Layout(tmp_path), "20200101T000000Z-00000000")
    assert caught.value.expected == only.id
    assert current_id(tmp_path) == only.id


def test_rollback_makes_nothing_live_that_cannot_be_opened(tmp_path: Path):
    first = sealed(tmp_path, percent_achieved=OLD)
    second = sealed(tmp_path, percent_achieved=NEW)
    (tmp_path / "lake" / first.manifest["tables"]["percent_achieved"]["files"][0]["path"]).unlink()
    with pytest.raises(NoSnapshot):
        rollback(Layout(tmp_path))
    assert current_id(tmp_path) == second.id


# One writer

HOLD = """
import sys
from pathlib import Path
from engine.lake import Layout, snapshot_ids
from refresh.store.seal import writing
with writing(Layout(Path(sys.argv[1]))):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def other_writer(tmp_path: Path):
    """Another process that holds the lake's lock."""
    root = Path(__file__).parents[2]
    command = [sys.executable, "-c", HOLD, str(tmp_path)]
    with subprocess.Popen(
        command, cwd=root, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_second_writer_is_told_to_wait_and_a_dead_one_holds_nothing(
    tmp_path: Path, other_writer: subprocess.Popen
):
    with pytest.raises(LakeBusy, match="python -m refresh status") as caught:
        with writing(Layout(tmp_path)):
            pytest.fail("two processes write at once")
    assert caught.value.where == str(tmp_path)
    other_writer.kill()
    other_writer.wait()
    with writing(Layout(tmp_path)):
        assert numerators(sealed(tmp_path, percent_achieved=OLD)) == [1]


def test_the_lock_is_freed_by_an_error_within_and_told_as_itself(tmp_path: Path):
    with pytest.raises(ZeroDivisionError), writing(Layout(tmp_path)):
        1 / 0  # noqa: B018
    with writing(Layout(tmp_path)):
        pass


def test_readers_do_not_wait_for_the_writer(tmp_path: Path):
    sealed(tmp_path, percent_achieved=OLD)
    with writing(Layout(tmp_path)):
        assert numerators(open_lake(tmp_path)) == [1]


def test_manifests_are_plain_json_that_other_tools_read(tmp_path: Path):
    lake = sealed(tmp_path, indicator=INDICATOR.empty().collect())
    text = (lake.layout.snapshots / f"{lake.id}.json").read_text(encoding="utf-8")
    assert json.loads(text) == lake.manifest
    assert lake.layout.current.read_text(encoding="utf-8") == f"{lake.id}\n"
