"""Maintenance deletes what no kept snapshot names, and nothing else, in an order that is safe."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import pytest

from engine import current_id, open_lake
from engine.errors import LakeBusy, NoSnapshot
from engine.lake import Layout, snapshot_ids
from refresh.__main__ import main
from refresh.operate.lifecycle import rollback
from refresh.operate.maintain import maintain
from refresh.store.seal import writing
from tests.people import DBA
from tests.refresh.mirrors import lay_out, members, packed, refresh, zip_of

YEAR = "2023-24"


def sealed_again(root: Path, issues: range) -> None:
    """A snapshot more for each issue of the year."""
    for issue in issues:
        lay_out(root / "mirror", {zip_of(YEAR): packed(members(YEAR, issue))})
        assert refresh(root / "mirror", root / "data").is_new


@pytest.fixture(scope="module")
def many(original: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Five snapshots of one England, the newest live; not to be written to."""
    root = Path(shutil.copytree(original, tmp_path_factory.mktemp("many") / "root"))
    sealed_again(root, range(2, 6))
    assert len(snapshot_ids(root / "data")) == 5
    return root


@pytest.fixture
def data(many: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(many / "data", tmp_path / "data"))


def files(folder: Path) -> set[Path]:
    return {path for path in folder.rglob("*") if path.is_file()}


def table_files(data: Path) -> set[Path]:
    return files(Layout(data).tables)


def opened(data: Path) -> dict[str, set[Path]]:
    """The files of every snapshot that is there; each must open."""
    return {name: set(open_lake(data, snapshot=name).paths) for name in snapshot_ids(data)}


def test_the_live_and_the_newest_stay_with_exactly_the_files_that_they_name(data: Path):
    live, newest = current_id(data), snapshot_ids(data)
    raw = files(data / "raw")
    swept = maintain(data, keep=2)
    assert swept.kept == tuple(newest[:2]) == tuple(snapshot_ids(data))
    assert current_id(data) == live
    assert table_files(data) == set().union(*opened(data).values())
    assert files(data / "raw") == raw


def test_what_is_live_stays_however_old_it_is(data: Path):
    oldest = snapshot_ids(data)[-1]
    rollback(data, oldest, by=DBA)
    assert maintain(data, keep=1).kept == (max(snapshot_ids(data)), oldest)
    assert maintain(data, keep=0).kept == (oldest,)
    assert table_files(data) == set(open_lake(data).paths)


def test_a_rollback_to_a_kept_snapshot_and_a_refresh_still_work(many: Path, tmp_path: Path):
    root = Path(shutil.copytree(many, tmp_path / "root"))
    kept = maintain(root / "data", keep=2).kept
    assert rollback(root / "data", by=DBA) == kept[1] == open_lake(root / "data").id
    outcome = refresh(root / "mirror", root / "data", again=True)
    assert outcome.exit_code == 0 and outcome.is_new
    assert refresh(root / "mirror", root / "data").is_new is False


def test_a_maintenance_that_dies_leaves_a_lake_that_opens_and_the_next_ends_it(
    data: Path, tmp_path: Path
):
    going = [path for path, _ in maintain(data, keep=1, dry_run=True).files]
    maintain(whole := Path(shutil.copytree(data, tmp_path / "whole")), keep=1)
    for path in going:
        path.unlink()
        assert open_lake(data).id in opened(data), f"dead after {path.name}"
        if path is going[len(going) // 2]:
            half = Path(shutil.copytree(data, tmp_path / "half"))
            maintain(half, keep=1)
            assert {p.relative_to(half) for p in files(half)} == {
                p.relative_to(whole) for p in files(whole)
            }


def test_staged_rows_of_an_older_contract_go_and_those_in_use_stay(data: Path):
    staged = data / "staged"
    before = files(staged)
    kept = next(path for path in sorted(before) if path.name.startswith("prevalence-"))
    older = kept.with_name("prevalence-0ld0ld00.parquet")
    shutil.copy(kept, older)
    assert older in {path for path, _ in maintain(data, keep=5).files}
    assert files(staged) == before
    assert maintain(data, keep=5).files == ()


def test_what_dead_runs_left_over_goes_and_whole_files_of_releases_stay(data: Path):
    (release,) = (data / "raw" / "qof" / "2022-23").iterdir()
    left = [
        *(data / "lake" / name for name in (".part-7-CURRENT", "tables/pcn/.part-7-all.parquet")),
        *(data / name for name in ("staged/qof/.part-7-a.parquet", ".refresh.json.7")),
        *(release.parent / name for name in (f".part-7-{release.name}/QOF.zip", ".part-abc")),
    ]
    for path in left:
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"half")
    raw, swept = files(release), maintain(data)
    assert not any(path.exists() for path in left) and swept.bytes == 4 * len(left)
    assert files(release) == raw and not (release.parent / f".part-7-{release.name}").exists()
    assert maintain(data).files == ()


def test_a_snapshot_to_be_kept_that_cannot_be_read_stops_it_before_anything_goes(data: Path):
    (Layout(data).snapshots / f"{snapshot_ids(data)[1]}.json").write_text("{", encoding="utf-8")
    before = files(data / "lake")
    with pytest.raises(NoSnapshot, match="nothing is removed"):
        maintain(data, keep=2)
    assert files(data / "lake") == before


def test_while_a_refresh_is_writing_nothing_is_swept_away(data: Path):
    before = files(data / "lake")
    with writing(Layout(data)), pytest.raises(LakeBusy):
        maintain(data, keep=1)
    assert files(data / "lake") == before


def test_the_command_says_what_went_and_how_many_bytes(data: Path, capsys):
    before, older = files(data / "lake"), snapshot_ids(data)[2]
    verb = ["maintain", "--data", str(data), "--keep", "2"]
    assert main([*verb, "--dry-run"]) == 0
    said = capsys.readouterr().out
    assert f"lake/snapshots/{older}.json" in said and "Would remove" in said
    assert files(data / "lake") == before
    assert main(verb) == 0
    gone = sum(1 for path in before if not path.exists())
    assert f"Removed {gone} files, " in capsys.readouterr().out
    assert main(verb) == 0 and "Nothing to remove. Snapshots kept: 2." in capsys.readouterr().out
    with pytest.raises(SystemExit) as wrong:
        main([*verb, "--keep", "-1"])
    assert wrong.value.code == 2


def test_counts_of_use_are_kept_for_a_year_and_a_month(data: Path):
    layout, today = Layout(data), date(2026, 3, 31)
    layout.usage.mkdir()
    for back in (0, 1, 365):
        layout.asked_on(today - timedelta(days=back)).touch()
    assert not [path for path, _ in maintain(data).files if path.parent == layout.usage]
    for back in range(420):
        layout.asked_on(today - timedelta(days=back)).touch()
    maintain(data)
    assert len(files(layout.usage)) == 400
    assert layout.asked_on(today).exists() and layout.asked_on(today - timedelta(days=399)).exists()
