"""Another snapshot is served from its page: what that changes is shown, and taken back."""

import json
from contextlib import closing
from pathlib import Path

import pytest
from starlette.applications import Starlette

from app.publications.operations.routes import routes
from engine import open_lake
from engine.lake import Layout, current_id
from refresh.pipeline import run
from refresh.store.audit_log import AuditLog
from tests.app.publications.history import NOW
from tests.app.publications.read_back import read_back
from tests.people import client_as, opened_by
from tests.refresh.publications.feeds import ROWS, Feed, organisations
from tests.refresh.publications.planted import orphan

OURS = {"Origin": "http://127.0.0.1"}


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """A publication in a folder, loaded once."""
    feed = Feed(tmp_path)
    feed.register()
    feed.publish("2026-01", organisations())
    opened_by(monkeypatch, feed.data, 'kim = { role = "dba", domains = ["Operational"] }\n')
    monkeypatch.delenv("CARE_ATLAS_MIRROR", raising=False)
    return feed


@pytest.fixture
def app() -> Starlette:
    return Starlette(routes=routes(lambda: NOW))


def test_an_earlier_snapshot_is_served_as_was_shown_and_a_later_one_taken_back(
    feed: Feed, app: Starlette
):
    first = current_id(feed.data)
    feed.publish("2026-02", organisations(ROWS + 30))
    second = current_id(feed.data)
    dba = client_as(app, "dan")
    listed = read_back(dba.get("/operations/snapshots").text).tables["kept"]
    assert [row[0] for row in listed[:2]] == [second, first] and listed[0][-1] == "served now"
    page = dba.get(f"/operations/snapshot?id={first}").text
    assert read_back(page).tables["tables"] == [["tbl_beds", str(ROWS + 30), str(ROWS), "-30"]]
    assert "beds 2026-02, revision 1" in page and "set aside" in page
    form = {"to": first, "live": second, "reason": "February has rows twice"}
    told = dba.post("/operations/serve-snapshot", data=form, headers=OURS).headers["location"]
    assert told == "snapshots?done=another+snapshot+is+served"
    assert current_id(feed.data) == first and feed.table().height == ROWS
    # No run undoes it.
    assert run(("beds",), data=feed.data, offline=True).exit_code == 0
    assert feed.table().height == ROWS
    # Taken back: the later one is served, and its release is used again from then on.
    live = current_id(feed.data)
    back = dba.get(f"/operations/snapshot?id={second}").text
    assert "are used again" in back and "beds 2026-02, revision 1" in back
    form = {"to": second, "live": live, "reason": "it was right"}
    assert dba.post("/operations/serve-snapshot", data=form, headers=OURS).status_code == 303
    assert feed.table().height == ROWS + 30
    assert run(("beds",), data=feed.data, offline=True).exit_code == 0
    assert feed.table().height == ROWS + 30
    layout = Layout(feed.data)
    with closing(AuditLog(layout.registry_url, layout.audit_anchors)) as log:
        rows = [row for row in log.rows() if row["action"] == "restore"]
    assert [(row["who"], row["outcome"]) for row in rows] == [("dan", "done")] * 2
    assert json.loads(rows[0]["after"] or "")["reason"] == "February has rows twice"


def test_nothing_is_served_without_a_reason_or_after_another_snapshot_came(
    feed: Feed, app: Starlette
):
    first = current_id(feed.data)
    feed.publish("2026-02", organisations(ROWS + 30))
    live = current_id(feed.data)
    dba = client_as(app, "dan")
    for form in (
        {"to": first, "live": live, "reason": " "},
        {"to": first, "live": first, "reason": "r"},
        {"to": "nothing", "live": live, "reason": "r"},
    ):
        answer = dba.post("/operations/serve-snapshot", data=form, headers=OURS)
        assert "refused=" in answer.headers["location"] and current_id(feed.data) == live
    assert dba.get("/operations/snapshot?id=nothing").status_code == 404


@pytest.mark.parametrize("name", ["ann", "eve", "kim"])
def test_who_may_not_restore_sees_no_way_to_and_is_refused(feed: Feed, app: Starlette, name: str):
    live = current_id(feed.data)
    client = client_as(app, name)
    page = client.get("/operations/snapshots")
    assert page.status_code == 200 and "snapshot?id" not in page.text
    assert client.get(f"/operations/snapshot?id={live}").status_code == 403
    form = {"to": live, "live": live, "reason": "r"}
    assert client.post("/operations/serve-snapshot", data=form, headers=OURS).status_code == 403
    orphaned = client.get("/operations/orphans").text
    assert "archive-orphans" not in orphaned
    form = {"confirmed": "yes", "seen": ""}
    assert client.post("/operations/archive-orphans", data=form, headers=OURS).status_code == 403


def test_orphans_are_told_what_would_become_of_them_and_go_once_confirmed(
    feed: Feed, app: Starlette
):
    orphan(feed)
    dba = client_as(app, "dan")
    page = dba.get("/operations/orphans").text
    kinds = {row[1] for row in read_back(page).tables["orphans"]}
    assert {"table without source", "files without source", "loads without source"} <= kinds
    assert "written to the archive as Parquet" in page
    seen = page.split('name="seen" value="')[1].split('"')[0]
    archive = feed.data / "archive"
    for form in ({"seen": seen}, {"seen": "other", "confirmed": "yes"}):
        answer = dba.post("/operations/archive-orphans", data=form, headers=OURS)
        assert "refused=" in answer.headers["location"]
        assert not archive.exists() or not list(archive.iterdir())
    before = open_lake(feed.data).scan("tbl_gone").collect().height
    form = {"seen": seen, "confirmed": "yes"}
    answer = dba.post("/operations/archive-orphans", data=form, headers=OURS)
    assert answer.headers["location"].startswith("orphans?done")
    assert before and list(archive.glob("tbl_gone_archived_*.parquet"))
