"""A refresh that is begun, watched and stopped on a page, by who may; nothing is lost by it."""

import json
import os
import time
from pathlib import Path

import pytest
from starlette.applications import Starlette

from app.publications.operations.routes import routes
from engine.lake import Layout, current_id, read_progress
from refresh.operate import lifecycle
from refresh.operate.asked_run import NothingRuns
from refresh.pipeline import run
from refresh.progress import Cancelled, Progress, begun
from refresh.store.seal import writing
from tests.app.publications.history import NOW
from tests.people import DBA, client_as, opened_by
from tests.refresh.publications.feeds import ROWS, Feed, organisations

OURS = {"Origin": "http://127.0.0.1"}
PATIENCE_SECONDS = 120


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """A publication in a folder, loaded once."""
    feed = Feed(tmp_path)
    feed.register()
    feed.publish("2026-01", organisations())
    opened_by(monkeypatch, feed.data)
    monkeypatch.delenv("CARE_ATLAS_MIRROR", raising=False)
    return feed


@pytest.fixture
def app() -> Starlette:
    return Starlette(routes=routes(lambda: NOW))


def ended(data: Path) -> dict:
    """What the run that was begun says when it has ended."""
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        said = read_progress(data)
        if said and said["state"] != "running":
            return said
        time.sleep(0.05)  # another process: there is nothing else to wait on
    raise AssertionError("it did not end")


def test_who_may_load_begins_a_run_and_sees_how_it_ended(feed: Feed, app: Starlette):
    engineer = client_as(app, "eve")
    feed.write("2026-01", organisations(ROWS + 30))  # the publisher corrects a file
    Layout(feed.data).progress.unlink()
    form = {"refresh_source": "beds"}
    answer = engineer.post("/operations/run", data=form, headers=OURS)
    assert answer.status_code == 303 and "done=" in answer.headers["location"]
    said = ended(feed.data)
    assert said["state"] == "done", said
    assert feed.table().height == ROWS + 30
    page = engineer.get("/operations/refresh").text
    assert said["message"][1:] in page and "data-watch" not in page


def test_a_second_run_is_told_who_is_at_work(feed: Feed, app: Starlette):
    layout = Layout(feed.data)
    with writing(layout):
        Progress(layout.progress).step("reading beds", 3, 9)
        answer = client_as(app, "eve").post("/operations/run", data={}, headers=OURS)
        page = client_as(app, "ann").get("/operations").text
    assert "another+refresh+is+writing" in answer.headers["location"]
    assert "reading beds …" in page and 'max="9"' in page and "data-watch" in page


def test_who_may_not_load_sees_no_button_and_is_refused(feed: Feed, app: Starlette):
    analyst = client_as(app, "ann")
    assert "operations/run" not in analyst.get("/operations").text
    before = (Layout(feed.data).progress).read_text(encoding="utf-8")
    for form in ("run", "cancel"):
        assert analyst.post(f"/operations/{form}", data={}, headers=OURS).status_code == 403
        elsewhere = {"Origin": "https://elsewhere.example"}
        other = client_as(app, "dan").post(f"/operations/{form}", data={}, headers=elsewhere)
        assert other.status_code == 403
    assert Layout(feed.data).progress.read_text(encoding="utf-8") == before


def test_a_run_that_is_stopped_loses_nothing_and_the_next_goes_on(feed: Feed, app: Starlette):
    live = current_id(feed.data)
    feed.write("2026-01", organisations(ROWS + 30))
    dba = client_as(app, "dan")

    def stop(words: str, _done: int, _total: int) -> None:
        # Somebody presses the button while it is at work, as soon as it has said what it does.
        if (read_progress(feed.data) or {}).get("state") == "running":
            dba.post("/operations/cancel", data={}, headers=OURS)

    with pytest.raises(Cancelled):
        run(("beds",), data=feed.data, tell=stop)
    said = read_progress(feed.data)
    assert said and said["state"] == "failed" and "stopped by dan" in said["message"]
    assert current_id(feed.data) == live and feed.table().height == ROWS
    assert not Layout(feed.data).cancelled.exists()
    assert run(("beds",), data=feed.data).exit_code == 0
    assert feed.table().height == ROWS + 30


def test_the_page_says_at_once_after_which_step_it_stops(feed: Feed, app: Starlette):
    layout, engineer = Layout(feed.data), client_as(app, "eve")
    progress = Progress(layout.progress, cancelled=layout.cancelled)
    progress.step("reading beds 2026-01", 3, 9)
    assert "Stops after" not in engineer.get("/operations").text
    answer = engineer.post("/operations/cancel", data={}, headers=OURS)
    assert "reading+beds+2026-01" in answer.headers["location"]
    page = engineer.get("/operations/refresh").text
    assert "Stops after “reading beds 2026-01”, as eve asked." in page
    # There is nothing more to press, and the page goes on looking.
    assert "operations/cancel" not in page and "data-watch" in page
    with pytest.raises(Cancelled):
        progress.step("folding", 4, 9)
    progress.stopped(Cancelled("eve"))
    assert "stopped by eve" in engineer.get("/operations/refresh").text


def test_a_run_that_is_stopped_before_it_has_woken_up_hears_it(feed: Feed):
    layout = Layout(feed.data)
    begun(layout.progress, os.getpid(), "It begins")
    said = read_progress(feed.data) or {}
    # It wakes up later than it was started.
    early = said | {"started_at": "2026-11-30T10:00:00+00:00"}
    layout.progress.write_text(json.dumps(early), encoding="utf-8")
    lifecycle.cancel_run(feed.data, by=DBA)
    with pytest.raises(Cancelled):
        run(("beds",), data=feed.data)
    assert not layout.cancelled.exists()
    # The next run of the same process is another one.
    assert run(("beds",), data=feed.data).exit_code == 0


def test_where_nothing_runs_nothing_is_stopped(feed: Feed):
    with pytest.raises(NothingRuns):
        lifecycle.cancel_run(feed.data, by=DBA)
    assert not Layout(feed.data).cancelled.exists()


def test_a_wish_that_was_meant_for_another_run_stops_nobody(tmp_path: Path):
    wish = tmp_path / "cancelled"
    wish.write_text(json.dumps({"pid": 1, "started_at": "long ago"}), encoding="utf-8")
    progress = Progress(tmp_path / "refresh.json", cancelled=wish)
    progress.step("reading", 1, 2)
    assert wish.exists()
    assert "stopping_by" not in (read_progress(tmp_path) or {})
