"""The page of one source: what it says is what the ledger's own rows say, and who may act on it."""

from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.publications.operations.routes import routes
from tests.app.publications.conftest import Told
from tests.app.publications.history import NOW, SOURCES_SAID
from tests.app.publications.read_back import read_back
from tests.people import client_as, opened_by
from tests.refresh.publications.feeds import Feed, organisations

OURS = {"Origin": "http://127.0.0.1"}


@pytest.mark.parametrize("code", [*SOURCES_SAID])
def test_every_load_of_a_source_stands_with_how_its_gates_went(
    client: TestClient, told: Told, code: str
):
    page = read_back(client.get(f"operations/source?code={code}").text)
    loads = [row for row in told["load_events"] if row["source_code"] == code]
    wanted = [str(row["load_id"]) for row in sorted(loads, key=lambda row: -row["load_id"])]
    assert [row[0] for row in page.tables["of_source"]] == wanted
    verdicts = [row for row in told["validation_results"] if row["source_code"] == code]
    for shown in page.tables["of_source"]:
        own = [row["status"] for row in verdicts if row["load_id"] == int(shown[0])]
        words = {"pass": "passed", "warn": "warned", "fail": "failed"}
        said = [f"{own.count(one)} {words[one]}" for one in words if own.count(one)]
        assert shown[-1] == (", ".join(said) or "none asked")
    drifts = [row for row in told["drift_events"] if row["canonical_code"] == code]
    assert len(page.tables.get("moved", [])) == len(drifts)


def test_a_code_that_nothing_has_is_said(client: TestClient):
    answer = client.get("operations/source?code=nothing")
    assert answer.status_code == 404 and "No source has that code" in answer.text


def test_freshness_leads_to_each_source(client: TestClient):
    page = client.get("operations/freshness").text
    for code in SOURCES_SAID:
        assert f'href="source?code={code}"' in page


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Feed:
    """A publication of two months; roles for two people."""
    feed = Feed(tmp_path)
    feed.register(manifest_text="sources:\n- code: of this feed\n")
    feed.publish("2026-01", organisations())
    feed.publish("2026-02", organisations())
    opened_by(monkeypatch, feed.data)
    return feed


def test_its_releases_its_words_and_who_may_send_it_away(feed: Feed):
    app = Starlette(routes=routes(lambda: NOW))
    code = feed.of.code
    engineer, analyst = client_as(app, "eve"), client_as(app, "ann")
    html = engineer.get(f"/operations/source?code={code}").text
    page = read_back(html)
    kept = {row[0]: row[2] for row in page.tables["kept"]}
    assert set(kept) == {"2026-01", "2026-02"} and kept["2026-02"] == "served now"
    assert "The manifest as it stands" in html and "- code: of this feed" in html
    assert "Bring it up to date" in html and "Deprecate it" in html
    seen = analyst.get(f"/operations/source?code={code}").text
    assert "Bring it up to date" not in seen and "Deprecate it" not in seen
    form = {"code": code, "reason": "superseded by another return"}
    assert analyst.post("/operations/deprecate", data=form, headers=OURS).status_code == 403
    assert engineer.post("/operations/deprecate", data=form).status_code == 403  # of elsewhere
    done = engineer.post("/operations/deprecate", data=form, headers=OURS)
    assert done.status_code == 303 and f"source?code={code}&done=" in done.headers["location"]
    after = engineer.get(f"/operations/{done.headers['location']}").text
    assert "superseded by another return" in after and "Deprecate it" not in after
