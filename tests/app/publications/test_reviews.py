"""The review queue: what a yes would do is shown before, and is what it then does."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.publications.operations.routes import routes
from refresh.operate import lifecycle
from tests.app.publications.history import NOW
from tests.app.publications.read_back import read_back
from tests.app.publications.test_run import ended
from tests.people import client_as, opened_by
from tests.refresh.publications.feeds import ROWS, Feed, columns_of, organisations

NEW = ("A", "B", "C", "D", "E")
OURS = {"Origin": "http://127.0.0.1"}


def wider() -> list[dict]:
    return [row | dict.fromkeys(NEW, 1) for row in organisations()]


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """A publication of which five new columns wait for somebody."""
    feed = Feed(tmp_path)
    feed.register()
    feed.publish("2026-01", organisations())
    wide = wider()
    feed.publish("2026-02", wide, columns=columns_of(wide))
    opened_by(monkeypatch, feed.data)
    return feed


@pytest.fixture
def app() -> Starlette:
    return Starlette(routes=routes(lambda: NOW))


def sent(client: TestClient, **form: str):
    said = {"request": "1", "word": "approved", "reason": "asked the publisher"} | form
    return client.post("/operations/decide", data=said, headers=OURS)


def status(feed: Feed) -> tuple[str, str | None, str | None]:
    (row,) = lifecycle.requests(feed.data)
    return row["status"], row["decided_by"], row["reason"]


def test_what_a_yes_would_do_is_shown_and_is_what_it_does(feed: Feed, app: Starlette):
    dba = client_as(app, "dan")
    page = dba.get("/operations/reviews")
    shown = read_back(page.text)
    assert [row[:3] for row in shown.tables["columns_1"]] == [
        [name.lower(), name, "int64"] for name in NEW
    ]
    assert shown.tables["releases_1"] == [["2026-02", "1", str(ROWS)]]
    assert f"{ROWS} rows of 1 release are read again" in page.text
    assert not set(map(str.lower, NEW)) & set(feed.table().columns)
    answer = sent(dba)
    assert answer.status_code == 303 and answer.headers["location"] == "refresh?done=approved"
    assert "data-watch" in dba.get("/operations/refresh").text  # it can be watched at once
    assert ended(feed.data)["state"] == "done"
    assert status(feed) == ("approved", "dan", "asked the publisher")
    assert feed.table().select(*map(str.lower, NEW)).sum().row(0) == (ROWS,) * len(NEW)
    decided = read_back(dba.get("/operations/reviews?done=approved").text).tables["decided"]
    assert decided[0][5:7] + decided[0][8:] == ["approved", "dan", "asked the publisher"]


def test_a_no_has_a_reason_and_changes_nothing_else(feed: Feed, app: Starlette):
    dba = client_as(app, "dan")
    columns = feed.table().columns
    back = sent(dba, word="rejected", reason=" ").headers["location"]
    assert "a+no+has+a+name+and+a+reason" in back and status(feed)[0] == "pending"
    assert "Not done: a no has a name" in dba.get(f"/operations/{back}").text
    assert sent(dba, word="rejected", reason="not ours").status_code == 303
    assert status(feed) == ("rejected", "dan", "not ours") and feed.table().columns == columns
    assert "was rejected by dan".replace(" ", "+") in sent(dba).headers["location"]


@pytest.mark.parametrize("name", ["ann", "eve"])
def test_who_may_not_approve_sees_no_form_and_is_refused(feed: Feed, app: Starlette, name: str):
    client = client_as(app, name)
    page = client.get("/operations/reviews").text
    assert "columns_1" in page and "<form method" not in page and "may approve (dba)" in page
    answer = sent(client)
    assert answer.status_code == 403 and status(feed)[0] == "pending"


def test_a_form_of_another_site_is_refused(feed: Feed, app: Starlette):
    form = {"request": "1", "word": "approved", "reason": "r"}
    for origin in ("https://elsewhere.example", ""):
        answer = client_as(app, "dan").post(
            "/operations/decide", data=form, headers={"Origin": origin}
        )
        assert answer.status_code == 403
    assert status(feed)[0] == "pending"


@pytest.mark.parametrize("form", [{"request": "7"}, {"request": "x"}, {"word": "perhaps"}])
def test_what_cannot_be_decided_is_said(feed: Feed, app: Starlette, form: dict[str, str]):
    answer = sent(client_as(app, "dan"), **form)
    assert answer.status_code == 303 and "refused=" in answer.headers["location"]
    assert status(feed)[0] == "pending"


def test_a_load_mode_shows_the_rows_before_and_after(
    tmp_path: Path, app: Starlette, monkeypatch: pytest.MonkeyPatch
):
    feed = Feed(tmp_path)
    feed.register()
    for period, rows in (("2026-01", 100), ("2026-02", 150)):
        feed.publish(period, organisations(rows), load_mode="append")
    monkeypatch.setenv("CARE_ATLAS_DATA", str(feed.data))
    page = TestClient(app).get("/operations/reviews").text
    assert "about 150 rows instead of 250" in page
