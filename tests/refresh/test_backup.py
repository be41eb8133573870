"""A lake that is backed up, lost and brought back: the same answers, or a refusal that says why."""

import json
import sqlite3
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from polars.testing import assert_frame_equal

from engine import Question, answer, current_id, open_lake
from engine.errors import NotAllowed
from engine.lake import Layout, snapshot_ids
from refresh.__main__ import main
from refresh.operate.backing_up import NotBackedUp, backup, digest_of
from refresh.operate.restoring import NotRestored, restore
from refresh.store.seal import rollback
from tests.conftest import sealed
from tests.refresh.mirrors import refresh
from tests.refresh.test_publishing import ANALYST, DBA, names, place, seal, server  # noqa: F401  (fixtures)

NOW = datetime(2036, 11, 30, 18, 30)
HYP = Question(indicator="HYP008", year="2023-24", level="practice", measure="net")


def table(data: Path, name: str) -> list[Any]:
    with closing(sqlite3.connect(data / "registry.sqlite")) as registry:
        return registry.execute(f"SELECT * FROM {name}").fetchall()


def files(folder: Path) -> dict[str, bytes]:
    """What lies below a folder, but for locks and the databases."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith((".", "registry.sqlite"))
    }


def test_what_was_destroyed_gives_the_same_answers_and_goes_on(
    root: Path, tmp_path: Path, capsys: Any
):
    data, kept = root / "data", tmp_path / "kept"
    before = {"answer": answer(open_lake(data), HYP).collect(), "raw": files(data / "raw")}
    tables = {name: table(data, name) for name in ("releases", "load_events", "validation_results")}
    assert main(["backup", str(kept), "--data", str(data)]) == 0
    live = current_id(data)
    assert f"snapshot {live}" in capsys.readouterr().out
    data = data.rename(tmp_path / "lost").parent / "another place" / "data"
    assert main(["restore", str(kept), "--data", str(data)]) == 0
    assert current_id(data) == live
    assert_frame_equal(answer(open_lake(data), HYP).collect(), before["answer"])
    assert files(data / "raw") == before["raw"]
    assert {name: table(data, name) for name in tables} == tables
    assert main(["audit", "verify", "--data", str(data)]) == 0
    assert len(Layout(data).audit_anchors.read_text().splitlines()) == len(table(data, "audit_log"))
    last = table(data, "audit_log")[-1]
    assert {"restore", "done"} <= set(last) and any(str(kept) in str(value) for value in last)
    # It is a lake that is refreshed as ever: what was staged is staged again, and is the same.
    assert refresh(root / "mirror", data).exit_code == 0
    assert_frame_equal(answer(open_lake(data), HYP).collect(), before["answer"])


def test_to_each_place_that_we_promise_and_the_second_costs_what_is_new(
    place: str,  # noqa: F811
    tmp_path: Path,
):
    data = tmp_path / "data"
    first, second = seal(data, "A1"), seal(data, "A1", "B2")
    one = backup(data, place, now=NOW)
    assert [Path(kept.path).name for kept in one.kept if "tables" in kept.path] == [
        second.paths[0].name
    ]
    assert one.sent == sum(kept.bytes for kept in one.kept)
    two = backup(data, place, now=NOW + timedelta(days=1), every=True)
    extra = {kept.path for kept in two.kept} - {kept.path for kept in one.kept}
    assert {Path(path).name for path in extra} == {f"{first.id}.json", first.paths[0].name}
    assert two.sent == sum(kept.bytes for kept in two.kept if kept.path in extra)
    restore(tmp_path / "newest", place, by=DBA)
    assert snapshot_ids(tmp_path / "newest") == [second.id, first.id]
    restore(tmp_path / "first", place, at=one.id, by=DBA)
    assert snapshot_ids(tmp_path / "first") == [second.id]
    assert names(open_lake(tmp_path / "first")) == ["A1", "B2"]


@pytest.mark.parametrize("damage", ["flip", "cut", "lose"])
def test_a_damaged_backup_is_refused_and_names_the_file(tmp_path: Path, damage: str):
    data, kept = tmp_path / "data", tmp_path / "kept"
    lake = seal(data, "A1")
    made = backup(data, str(kept), now=NOW)
    [one] = [one for one in made.kept if "tables" in one.path]
    stored = kept / "files" / one.sha256[:2] / one.sha256
    content = stored.read_bytes()
    if damage == "lose":
        stored.unlink()
    else:
        stored.write_bytes(content[:-5] if damage == "cut" else content[:-1] + b"?")
    for dry_run in (True, False):
        with pytest.raises(NotRestored, match=lake.paths[0].name) as wrong:
            restore(tmp_path / "back", str(kept), dry_run=dry_run, by=DBA)
        assert ("missing" if damage == "lose" else "damaged") in wrong.value.found
        assert files(tmp_path / "back") == {} and current_id(tmp_path / "back") is None
    # The next backup does not rely on what is there under that name.
    if damage != "flip":
        backup(data, str(kept), now=NOW + timedelta(days=1))
        assert restore(tmp_path / "back", str(kept), by=DBA).snapshot == lake.id


@pytest.mark.parametrize(
    ("name", "value"),
    [("id", "../../elsewhere"), ("path", "../outside"), ("path", "C:\\outside"), ("path", "")],
)
def test_a_list_that_leads_elsewhere_is_refused_though_its_hash_is_right(
    tmp_path: Path, name: str, value: str
):
    seal(tmp_path / "data", "A1")
    made = backup(tmp_path / "data", str(tmp_path / "kept"), now=NOW)
    listed = tmp_path / "kept" / "backups" / f"{made.id}.json"
    said = json.loads(listed.read_text(encoding="utf-8"))
    del said["sha256"]
    (said if name == "id" else said["files"][0])[name] = value
    listed.write_text(json.dumps(said | {"sha256": digest_of(said)}), encoding="utf-8")
    with pytest.raises(NotRestored, match=f"{made.id}.json"):
        restore(tmp_path / "back", str(tmp_path / "kept"), by=DBA, force=True)
    assert files(tmp_path / "back") == {}


@pytest.mark.parametrize("change", ["path", "cut", "version"])
def test_a_list_that_was_altered_is_refused(tmp_path: Path, change: str):
    seal(tmp_path / "data", "A1")
    made = backup(tmp_path / "data", str(tmp_path / "kept"), now=NOW)
    listed = tmp_path / "kept" / "backups" / f"{made.id}.json"
    said = json.loads(listed.read_text(encoding="utf-8"))
    if change == "path":
        said["files"][0]["path"] = "../outside"
    said["version"] = 2 if change == "version" else 1
    text = json.dumps(said)
    listed.write_text(text[:-20] if change == "cut" else text, encoding="utf-8")
    with pytest.raises(NotRestored, match=f"{made.id}.json"):
        restore(tmp_path / "back", str(tmp_path / "kept"), by=DBA)
    assert files(tmp_path / "back") == {} and not (tmp_path / "outside").exists()


def test_a_newer_lake_is_not_written_over_unless_it_is_meant(root: Path, tmp_path: Path):
    data, kept = root / "data", str(tmp_path / "kept")
    seal(data, "Z9")
    backup(data, kept, now=NOW)
    older = current_id(data)
    newer = seal(data, "A1", "B2")
    before = files(data)
    with pytest.raises(NotRestored, match="--force"):
        restore(data, kept, by=DBA)
    assert files(data) == before and current_id(data) == newer.id
    registry = table(data, "load_events")
    assert restore(data, kept, force=True, by=DBA).snapshot == older == current_id(data)
    # What was here is kept: the snapshot can be gone back to, and the registry lies beside it.
    assert names(open_lake(data, snapshot=newer.id)) == ["A1", "B2"]
    [aside] = data.glob("registry.sqlite.before-*Z")
    with closing(sqlite3.connect(aside)) as was:
        assert was.execute("SELECT * FROM load_events").fetchall() == registry


def test_loads_after_the_backup_are_not_lost_either(root: Path, tmp_path: Path):
    data = root / "data"
    backup(data, str(tmp_path / "kept"), now=datetime(2001, 1, 1))
    with pytest.raises(NotRestored, match="a load that began at"):
        restore(data, str(tmp_path / "kept"), by=DBA)


def test_who_may_not_restore_is_told_and_nothing_happens(tmp_path: Path):
    seal(tmp_path / "data", "A1")
    backup(tmp_path / "data", str(tmp_path / "kept"), now=NOW)
    with pytest.raises(NotAllowed, match="may not restore"):
        restore(tmp_path / "back", str(tmp_path / "kept"), by=ANALYST)
    assert files(tmp_path / "back") == {}


def test_a_rollback_is_backed_up_as_it_is(tmp_path: Path):
    data = tmp_path / "data"
    first = seal(data, "A1")
    seal(data, "A1", "B2")
    rollback(Layout(data), first.id)
    backup(data, str(tmp_path / "kept"), now=NOW)
    restore(tmp_path / "back", str(tmp_path / "kept"), by=DBA)
    assert names(open_lake(tmp_path / "back")) == ["A1"]


def test_a_damaged_registry_is_not_kept_and_one_is_restored_over_it(root: Path, tmp_path: Path):
    data, kept = root / "data", str(tmp_path / "kept")
    backup(data, kept, now=NOW)
    loads = table(data, "load_events")
    (data / "registry.sqlite").write_bytes(b"no database, though it is called so" * 500)
    for beside in data.glob("registry.sqlite-*"):
        beside.unlink()
    with pytest.raises(NotBackedUp, match=r"registry\.sqlite"):
        backup(data, kept, now=NOW + timedelta(days=1))
    restore(data, kept, by=DBA)
    assert table(data, "load_events") == loads


def test_addresses_of_followers_are_kept_only_where_asked(tmp_path: Path):
    data = tmp_path / "data"
    sealed(data)
    with closing(sqlite3.connect(data / "watch.sqlite")) as watch, watch:
        watch.execute("CREATE TABLE followers (address TEXT)")
        watch.execute("INSERT INTO followers VALUES ('somebody@example.org')")
    kept = tmp_path / "kept"
    backup(data, str(kept), now=NOW)
    assert not any(b"somebody@example.org" in content for content in files(kept).values())
    backup(data, str(kept), now=NOW + timedelta(days=1), watch=True)
    restore(tmp_path / "back", str(kept), by=DBA)
    with closing(sqlite3.connect(tmp_path / "back" / "watch.sqlite")) as watch:
        assert watch.execute("SELECT * FROM followers").fetchall() == [("somebody@example.org",)]


def test_a_registry_elsewhere_is_told_how_it_is_kept_without_its_password(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
):
    seal(tmp_path / "data", "A1")
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", "postgresql+psycopg://atlas:s3cret@127.0.0.1:1/atlas")
    made = backup(tmp_path / "data", str(tmp_path / "kept"), now=NOW)
    assert made.registry == "postgresql://atlas@127.0.0.1:1/atlas" and "s3cret" not in made.text
    monkeypatch.delenv("CARE_ATLAS_REGISTRY")
    asked = ["restore", str(tmp_path / "kept"), "--data", str(tmp_path / "back"), "--dry-run"]
    assert main(asked) == 0
    said = capsys.readouterr().out
    assert "Whole, and not restored" in said and "pg_restore" in said
    assert current_id(tmp_path / "back") is None


def test_nothing_to_keep_and_nothing_to_bring_are_told(tmp_path: Path):
    with pytest.raises(NotBackedUp, match="no lake"):
        backup(tmp_path / "none", str(tmp_path / "kept"), now=NOW)
    with pytest.raises(NotRestored, match="there is no backup"):
        restore(tmp_path / "data", str(tmp_path / "kept"), by=DBA)
    seal(tmp_path / "data", "A1")
    made = backup(tmp_path / "data", str(tmp_path / "kept"), now=NOW)
    with pytest.raises(NotRestored, match=made.id):
        restore(tmp_path / "back", str(tmp_path / "kept"), at="20260101T000000Z", by=DBA)
