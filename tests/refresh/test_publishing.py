"""A lake that is published to another place and followed from there: a folder, and an S3 server."""

import shutil
from collections.abc import Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from threading import Event, Thread
from typing import Any

import polars as pl
import pytest

from engine import Lake, LakeError, current_id, open_lake
from engine.access import Reader
from engine.errors import NoSnapshot, NotAllowed
from engine.lake import Layout, read_following, snapshot_ids
from engine.layout import copy_of
from refresh.__main__ import main
from refresh.operate import mail
from refresh.operate.following import Followed, follow, follow_alone, follow_once
from refresh.operate.lifecycle import can_mail, judge, verdicts
from refresh.operate.maintain import maintain
from refresh.operate.publishing import NotPublished, Published, keep_published, publish
from refresh.store.audit_log import AuditLog
from refresh.store.database import LedgerBroken
from refresh.store.ledger import Ledger
from refresh.store.object_store import NotTheBytes, Store, StoreUnreachable
from refresh.store.seal import NotWritten, rollback, writing
from tests.conftest import sealed
from tests.refresh import s3

DBA, ANALYST = Reader("a dba", "dba"), Reader("an analyst", "analyst", frozenset({"Primary Care"}))


def seal(folder: Path, *names: str) -> Lake:
    """A snapshot with a table of so many organisations."""
    frame = pl.DataFrame({"practice_code": names, "practice_name": [f"of {n}" for n in names]})
    return sealed(folder, practice=frame)


def names(lake: Lake) -> list[str]:
    return lake.scan("practice").collect()["practice_code"].to_list()


def files(folder: Path) -> dict[str, bytes]:
    """What lies below a folder, but for what followers and locks leave beside it."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and not path.name.startswith(".") and path.name != "following.json"
    }


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with s3.serving() as address:
        yield address


@pytest.fixture(params=["folder", "s3"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: Any) -> str:
    """An address to publish to, of each kind that we promise."""
    if request.param == "folder":
        return str(tmp_path / "published")
    server = request.getfixturevalue("server")
    for name, value in (s3.KEYS | {"AWS_ENDPOINT_URL": server}).items():
        monkeypatch.setenv(name, value)
    return f"s3://{s3.bucket(server)}/care atlas"


@pytest.fixture
def copy(tmp_path: Path) -> Layout:
    return Layout(tmp_path / "copy")


def test_a_copy_is_the_lake_byte_for_byte_and_the_next_snapshot_sends_what_is_new(
    place: str, tmp_path: Path, copy: Layout
):
    first = seal(tmp_path / "data", "A1", "B2")
    said = publish(tmp_path / "data", place, by=DBA)
    assert said.snapshot == first.id and len(said.sent) == 2 and said.bytes > 0
    assert follow_once(copy, Store(place)).snapshot == first.id
    assert files(copy.root) == files(tmp_path / "data")
    assert names(open_lake(copy.root)) == ["A1", "B2"]

    second = seal(tmp_path / "data", "A1", "B2", "C3")
    sent = publish(tmp_path / "data", place, by=DBA).sent
    assert [key for key in sent if "tables" in key] == [
        second.layout.below(path) for path in second.paths
    ]
    assert len(follow_once(copy, Store(place)).brought) == 2
    assert names(open_lake(copy.root)) == ["A1", "B2", "C3"]
    assert names(open_lake(copy.root, snapshot=first.id)) == ["A1", "B2"]
    assert publish(tmp_path / "data", place, by=DBA).sent == ()
    assert follow_once(copy, Store(place)).brought == ()


def test_a_rollback_and_a_maintenance_reach_the_readers(place: str, tmp_path: Path, copy: Layout):
    data = tmp_path / "data"
    oldest, middle, _ = (seal(data, *named) for named in (("A1",), ("A1", "B2"), ("C3",)))
    publish(data, place, by=DBA)
    follow_once(copy, Store(place))
    rollback(Layout(data), middle.id)
    maintain(data, keep=1)
    removed = publish(data, place, by=DBA).removed
    assert {Path(key).name for key in removed} == {f"{oldest.id}.json", oldest.paths[0].name}
    assert follow_once(copy, Store(place)).snapshot == middle.id == current_id(copy.root)
    assert files(copy.root) == files(data)


def test_what_is_damaged_is_neither_handed_on_nor_taken(place: str, tmp_path: Path, copy: Layout):
    data = tmp_path / "data"
    first = seal(data, "A1")
    publish(data, place, by=DBA)
    follow_once(copy, Store(place))
    second = seal(data, "A1", "B2")
    [path] = second.paths
    good = path.read_bytes()
    path.write_bytes(good[:-9] + b"flipped!!")
    with pytest.raises(NotTheBytes, match=path.name):
        publish(data, place, by=DBA)
    path.write_bytes(good)
    publish(data, place, by=DBA)
    Store(place).write(Layout(data).below(path), good[:-9] + b"on a way!")
    with pytest.raises(NotTheBytes, match=path.name):
        follow_once(copy, Store(place))
    assert current_id(copy.root) == first.id and names(open_lake(copy.root)) == ["A1"]
    # Once somebody has removed it, it is sent again.
    Store(place).remove(Layout(data).below(path))
    publish(data, place, by=DBA)
    assert follow_once(copy, Store(place)).snapshot == second.id


def test_whatever_dies_before_the_last_line_readers_keep_the_snapshot_before(
    tmp_path: Path, copy: Layout
):
    """The published files are put there one by one, in the order in which they are sent."""
    data, place = tmp_path / "data", tmp_path / "published"
    first = seal(data, "A1")
    publish(data, str(place), by=DBA)
    seal(data, "A1", "B2")
    sent = publish(data, str(tmp_path / "elsewhere"), by=DBA).sent
    for key in (*sent, "lake/CURRENT"):
        assert follow_once(copy, Store(str(place))).snapshot == first.id, f"before {key}"
        assert names(open_lake(copy.root)) == ["A1"]
        (place / key).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(data / key, place / key)
    follow_once(copy, Store(str(place)))
    assert names(open_lake(copy.root)) == ["A1", "B2"]


def test_who_seals_later_elsewhere_is_not_published_over(tmp_path: Path):
    one, two, place = tmp_path / "one", tmp_path / "two", str(tmp_path / "published")
    ours = seal(one, "A1")
    shutil.copytree(one, two)
    theirs = seal(two, "Z9")
    assert publish(two, place, by=DBA).snapshot == theirs.id
    with pytest.raises(NotPublished, match=theirs.id):
        publish(one, place, by=DBA)
    assert current_id(place) == theirs.id
    assert publish(one, place, force=True, by=DBA).snapshot == ours.id == current_id(place)


@pytest.mark.parametrize(
    "current", ["../../../etc/passwd", "20260101T000000Z-/../../x", "", "20990101T000000Z-00000000"]
)
def test_a_store_cannot_lead_a_copy_outside_of_itself(tmp_path: Path, copy: Layout, current: str):
    seal(tmp_path / "data", "A1")
    publish(tmp_path / "data", str(tmp_path / "published"), by=DBA)
    (tmp_path / "published" / "lake" / "CURRENT").write_text(current, encoding="utf-8")
    with pytest.raises(NoSnapshot):
        follow_once(copy, Store(str(tmp_path / "published")))
    assert not copy.root.exists() or files(copy.root) == {}


def test_a_manifest_that_names_files_elsewhere_is_refused(tmp_path: Path, copy: Layout):
    lake = seal(tmp_path / "data", "A1")
    publish(tmp_path / "data", str(tmp_path / "published"), by=DBA)
    manifest = tmp_path / "published" / "lake" / "snapshots" / f"{lake.id}.json"
    text = manifest.read_text(encoding="utf-8")
    manifest.write_text(
        text.replace('"path": "tables/', '"path": "../../tables/'), encoding="utf-8"
    )
    with pytest.raises(NoSnapshot, match="outside of the lake"):
        follow_once(copy, Store(str(tmp_path / "published")))


def test_earlier_snapshots_come_as_far_as_they_fit_and_the_live_one_always(
    tmp_path: Path, copy: Layout
):
    every = [seal(tmp_path / "data", *[f"{n}{k}" for k in range(50)]) for n in "ABC"]
    publish(tmp_path / "data", place := str(tmp_path / "published"), by=DBA)
    size = sum(path.stat().st_size for path in every[2].paths)
    follow_once(copy, Store(place), most=2 * size + size // 2)
    assert snapshot_ids(copy.root) == [every[2].id, every[1].id]
    follow_once(copy, Store(place), most=0)
    assert snapshot_ids(copy.root) == [every[2].id] and len(list(copy.tables.rglob("*.*"))) == 1


def test_it_goes_on_while_the_storage_is_away_and_says_so(tmp_path: Path, copy: Layout):
    seal(tmp_path / "data", "A1")
    publish(tmp_path / "data", place := str(tmp_path / "published"), by=DBA)
    heard: list[Followed | LakeError] = []
    over, moved = Event(), Event()

    def tell(of: Followed | LakeError) -> None:
        heard.append(of)
        moved.set()

    def until_told() -> None:
        assert moved.wait(20)
        moved.clear()

    going = Thread(target=follow, args=(copy, place), kwargs=dict(every=0.02, over=over, tell=tell))
    going.start()
    until_told()
    (tmp_path / "published").rename(tmp_path / "away")
    until_told()
    assert isinstance(heard[-1], NoSnapshot) and names(open_lake(copy.root)) == ["A1"]
    second = seal(tmp_path / "data", "A1", "B2")
    publish(tmp_path / "data", str(tmp_path / "away"), by=DBA)
    (tmp_path / "away").rename(tmp_path / "published")
    until_told()
    over.set()
    going.join()
    assert isinstance(heard[-1], Followed) and heard[-1].snapshot == second.id
    said = read_following(copy.root)
    assert said["origin"] == place and said["snapshot"] == second.id and said["error"] == ""


def test_of_two_that_share_a_copy_one_brings_it_and_then_the_other(copy: Layout):
    over, first_ends = Event(), Event()
    began: list[str] = []
    begun = {name: Event() for name in ("one", "two")}

    def work(name: str) -> None:
        began.append(name)
        begun[name].set()
        if name == "one":
            assert first_ends.wait(20)

    one, two = (
        Thread(target=follow_alone, args=(copy, over, partial(work, name))) for name in begun
    )
    one.start()
    assert begun["one"].wait(20)
    two.start()
    assert not begun["two"].wait(0.2) and began == ["one"]
    first_ends.set()
    assert begun["two"].wait(20)
    one.join(), two.join()


def test_a_publishing_is_one_row_of_the_audit_log_and_so_is_a_refusal(tmp_path: Path):
    data, place = tmp_path / "data", str(tmp_path / "published")
    lake = seal(data, "A1")
    Ledger(Layout(data).registry_url).close()
    with pytest.raises(NotAllowed):
        publish(data, place, by=ANALYST)
    assert not (tmp_path / "published").exists()
    publish(data, place, by=DBA)
    with closing(AuditLog(Layout(data).registry_url)) as log:
        rows = [(row["who"], row["action"], row["outcome"]) for row in log.rows()]
        assert rows == [("an analyst", "export", "refused"), ("a dba", "export", "done")]
        assert lake.id in log.rows()[1]["object"]


def test_what_becomes_live_is_published_and_what_failed_is_tried_again(tmp_path: Path):
    seal(tmp_path / "data", "A1")
    heard: list[Published | LakeError] = []
    over, place = Event(), tmp_path / "published"
    place.write_text("a file, where a folder should be", encoding="utf-8")

    def tell(of: Published | LakeError) -> None:
        heard.append(of)
        if len(heard) == 1:
            place.unlink()
        elif len(heard) == 2:
            seal(tmp_path / "data", "A1", "B2")
        else:
            over.set()

    keep_published(tmp_path / "data", str(place), by=DBA, every=0.01, over=over, tell=tell)
    assert isinstance(heard[0], StoreUnreachable)
    ids = [of.snapshot for of in heard[1:] if isinstance(of, Published)]
    assert ids == list(reversed(snapshot_ids(tmp_path / "data")))


def test_no_bucket_and_no_server_are_told_in_words(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
):
    for name, value in (s3.KEYS | {"AWS_ENDPOINT_URL": server}).items():
        monkeypatch.setenv(name, value)
    seal(tmp_path / "data", "A1")
    assert main(["publish", "s3://nobodys-bucket/x", "--data", str(tmp_path / "data")]) == 1
    said = capsys.readouterr().err
    assert "StoreUnreachable: s3://nobodys-bucket/x" in said and "next: " in said
    assert main(["publish", "s3://made-bucket/x", "--make", "--data", str(tmp_path / "data")]) == 0
    assert current_id(tmp_path / "data") in capsys.readouterr().out


def test_a_copy_is_read_and_never_written(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
):
    """As an app's machine has it: CARE_ATLAS_DATA names the bucket, and all else follows."""
    address = f"s3://{s3.bucket(server)}/lake"
    said = {"CARE_ATLAS_COPY": str(tmp_path / "copies"), "AWS_ENDPOINT_URL": server}
    seal(tmp_path / "data", "A1")
    for name, value in (s3.KEYS | said).items():
        monkeypatch.setenv(name, value)
    publish(tmp_path / "data", address, by=DBA)
    monkeypatch.setenv("CARE_ATLAS_DATA", f"{address}/")
    with pytest.raises(NoSnapshot, match="refresh follow"):
        open_lake()
    assert main(["follow"]) == 0 and "1 files" not in capsys.readouterr().out
    assert names(open_lake()) == names(open_lake(address)) == ["A1"]
    folder = copy_of(address)
    with pytest.raises(NotWritten, match="refresh publish"), writing(Layout(folder)):
        pass
    assert main(["run", "--offline"]) != 0
    assert verdicts(folder) == {}
    # Nobody is asked for an address that whoever sends would never see.
    monkeypatch.setenv(mail.SERVER, "smtp://127.0.0.1:25")
    monkeypatch.setenv(mail.SENDER, "atlas@example.org")
    assert not can_mail()
    monkeypatch.setenv("CARE_ATLAS_WATCH", str(tmp_path / "watch.sqlite"))
    assert can_mail()
    with pytest.raises(LedgerBroken, match="CARE_ATLAS_REGISTRY"):
        judge(folder, "A1:x", "confirmed", by="somebody", reason="a reason")
    assert not (folder / "registry.sqlite").exists()
