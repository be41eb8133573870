"""The pages of alerts: what stands in the inbox, for whom its buttons are, what a form does."""

import re
import shutil
from datetime import date
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.access import Readers
from app.monitoring.lake_series import LakeSeries
from app.publications.alerts.asked import Asked, read
from app.publications.alerts.routes import routes
from app.publications.areas import areas
from app.publications.operations.routes import routes as operations
from engine import open_lake
from engine.publications.operations.health import success
from engine.publications.operations.storage import growth
from refresh.operate import lifecycle
from refresh.operate.alerting import evaluate
from tests.app.publications.history import NOW, history
from tests.people import ENGINEER, client_as, with_roles
from tests.sinks import web_hook

HERE = {"origin": "http://127.0.0.1"}


@pytest.fixture(scope="module")
def looked_at(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake whose alerts were looked at on a Monday morning; not to be written to."""
    lake, _rows = history(tmp_path_factory.mktemp("looked") / "data")
    evaluate(lake.layout.root, now=NOW)
    return lake.layout.root


@pytest.fixture
def data(looked_at: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy to do things to, where eve is an engineer."""
    roles = tmp_path / "roles.toml"
    roles.write_text('"eve" = "engineer"\n', encoding="utf-8")
    with_roles(monkeypatch, str(roles))
    monkeypatch.delenv("CARE_ATLAS_ALERT_CHANNELS", raising=False)
    copy = shutil.copytree(looked_at, tmp_path / "data")
    monkeypatch.setenv("CARE_ATLAS_DATA", str(copy))
    return copy


@pytest.fixture
def app(data: Path) -> Starlette:
    one = Starlette(routes=routes(lambda: NOW))
    one.add_middleware(Readers)
    return one


@pytest.fixture
def client(app: Starlette) -> TestClient:
    return client_as(app, "eve")


def of(data: Path, status: str) -> dict[int, str]:
    """What each alert of a status says."""
    rows = lifecycle.alerts_of(data)
    return {row["alert_id"]: row["message"] for row in rows if row["status"] == status}


def told(page: str) -> set[int]:
    """The alerts that a page has."""
    return {int(number) for number in re.findall(r'<li id="alert_(\d+)"', page)}


def test_the_inbox_has_every_open_alert_with_its_runbook_beside_it(data: Path, client: TestClient):
    page = client.get("/alerts").text
    assert told(page) == set(of(data, "open"))
    assert 'href="runbooks/failed-load"' in page
    assert f"Open ({len(of(data, 'open'))})" in page


def test_the_inbox_is_narrowed_by_its_address(data: Path, client: TestClient):
    rows = lifecycle.alerts_of(data)
    expected = {
        r["alert_id"] for r in rows if r["severity"] == "critical" and r["status"] == "open"
    }
    assert told(client.get("/alerts?severity=critical").text) == expected and expected
    assert told(client.get("/alerts?source=-").text) == {
        r["alert_id"] for r in rows if not r["source_code"]
    }
    assert told(client.get("/alerts?status=snoozed").text) == set()


def test_an_alert_says_the_number_that_the_page_of_operations_says(data: Path):
    rate = success(open_lake(data), NOW).collect()["load_success"].item()
    (row,) = [r for r in lifecycle.alerts_of(data) if r["rule"] == "success_rate"]
    assert row["observed"] == pytest.approx(rate)
    grown = growth(open_lake(data), NOW).collect().to_dicts()
    runaway = {r["domain"]: r["percent"] for r in grown if r["is_runaway"]}
    rows = [r for r in lifecycle.alerts_of(data) if r["rule"] == "runaway_storage"]
    assert {r["subject"]: r["observed"] for r in rows} == pytest.approx(runaway) and runaway


def test_what_an_address_asks_is_its_address_again():
    asked = Asked(status="resolved", severity="critical", source="beds", rule="success_rate")
    query = dict(part.split("=") for part in asked.address.partition("?")[2].split("&"))
    assert read(query) == asked
    assert read({"status": "nonsense", "severity": "x", "rule": "y"}) == Asked()


def test_an_engineer_acknowledges_and_comes_back_to_where_she_was(data: Path, client: TestClient):
    number = min(of(data, "open"))
    form = {
        "alert": number,
        "do": "acknowledge",
        "words": "on it",
        "back": "alerts?severity=critical",
    }
    answer = client.post("/alerts/act", data=form, headers=HERE)
    assert (answer.status_code, answer.headers["location"]) == (
        303,
        "../alerts?severity=critical&done=acknowledge",
    )
    told_so = client.get(answer.headers["location"].removeprefix("..")).text
    assert "Acknowledged: it stays here" in told_so
    assert number in of(data, "acknowledged")
    page = client.get(f"/alerts/{number}").text
    assert "by eve" in page and "on it" in page


def test_an_engineer_snoozes_until_a_day(data: Path, client: TestClient):
    number = min(of(data, "open"))
    form = {"alert": number, "do": "snooze", "until": "2026-12-24"}
    client.post("/alerts/act", data=form, headers=HERE)
    (row,) = [r for r in lifecycle.alerts_of(data) if r["alert_id"] == number]
    assert (row["status"], row["snoozed_until"]) == ("snoozed", date(2026, 12, 24))
    assert "until 24 December 2026" in client.get("/alerts?status=snoozed").text


@pytest.mark.parametrize("until", ["2026-11-30", "soon"])
def test_a_day_that_cannot_be_is_said_on_the_page(data: Path, client: TestClient, until: str):
    number = min(of(data, "open"))
    form = {"alert": number, "do": "snooze", "until": until}
    answer = client.post("/alerts/act", data=form, headers=HERE)
    page = client.get(answer.headers["location"].removeprefix(".."))
    assert "Not taken: " in page.text and number in of(data, "open")


def test_an_analyst_sees_the_alerts_and_no_button_and_is_refused(data: Path, app: Starlette):
    analyst = client_as(app, "ann")
    page = analyst.get("/alerts").text
    assert told(page) == set(of(data, "open"))
    assert "alerts/act" not in page and "alerts/test" not in page and "Channels" not in page
    number = min(of(data, "open"))
    form = {"alert": number, "do": "acknowledge"}
    answer = analyst.post("/alerts/act", data=form, headers=HERE)
    assert answer.status_code == 403 and "may not acknowledge" in answer.text
    assert number in of(data, "open")


def test_a_form_of_another_site_is_refused(data: Path, client: TestClient):
    form = {"alert": min(of(data, "open")), "do": "acknowledge"}
    answer = client.post("/alerts/act", data=form, headers={"origin": "https://evil.example"})
    assert answer.status_code == 403 and of(data, "acknowledged") == {}


@pytest.mark.parametrize("back", ["https://evil.example/alerts", "//evil.example", "alerts/../x"])
def test_nobody_is_sent_elsewhere_after_a_form(data: Path, client: TestClient, back: str):
    form = {"alert": min(of(data, "open")), "do": "acknowledge", "back": back}
    answer = client.post("/alerts/act", data=form, headers=HERE)
    assert answer.headers["location"] == "../alerts?done=acknowledge"


def test_critical_alerts_that_nobody_has_are_counted_beside_the_area(
    data: Path, client: TestClient
):
    rows = lifecycle.alerts_of(data)
    critical = [r["alert_id"] for r in rows if r["severity"] == "critical"]
    assert critical and f"{len(critical)} critical" in str(areas("operations"))
    for number in critical:
        form = {"alert": number, "do": "acknowledge"}
        client.post("/alerts/act", data=form, headers=HERE)
    assert "critical" not in str(areas("operations"))


def test_a_test_goes_to_a_channel_that_takes_it(
    data: Path, client: TestClient, monkeypatch: pytest.MonkeyPatch
):
    with web_hook() as hook:
        monkeypatch.setenv("CARE_ATLAS_ALERT_CHANNELS", f"json://127.0.0.1:{hook.port}/")
        (mark,) = lifecycle.channel_marks()
        assert mark in client.get("/alerts").text
        for is_down, said in ((False, "took the test"), (True, "did not take")):
            hook.is_down = is_down
            answer = client.post("/alerts/test", data={"channel": mark}, headers=HERE)
            assert said in client.get(answer.headers["location"].removeprefix("..")).text
        assert len(hook.taken) == 1 and "eve tries" in hook.taken[0]


@pytest.mark.parametrize("number", ["99999", "9" * 40])
def test_an_alert_that_there_is_not_is_no_page_and_takes_no_answer(client: TestClient, number: str):
    assert client.get(f"/alerts/{number}").status_code == 404
    form = {"alert": number, "do": "acknowledge"}
    answer = client.post("/alerts/act", data=form, headers=HERE)
    assert "refused=" in answer.headers["location"]


def test_monitors_are_told_how_many_nobody_has(data: Path, client: TestClient):
    def series() -> dict[str, float]:
        metrics = {one.name: one for one in LakeSeries().collect()}
        samples = metrics["warehouse_open_alerts"].samples
        return {sample.labels["severity"]: sample.value for sample in samples}

    rows = lifecycle.alerts_of(data)
    critical = [row["alert_id"] for row in rows if row["severity"] == "critical"]
    before = series()
    assert before["critical"] == len(critical) and before["info"] == 0
    form = {"alert": critical[0], "do": "acknowledge"}
    client.post("/alerts/act", data=form, headers=HERE)
    assert series() == before | {"critical": len(critical) - 1}


def test_load_health_begins_with_the_worst_of_what_nobody_has(data: Path):
    client = client_as(Starlette(routes=operations(lambda: NOW)), "eve")

    def shown() -> list[str]:
        note = re.search(r'role="note".*?</div>', client.get("/operations").text, re.DOTALL)
        return re.findall(r"alerts/(\d+)", note[0]) if note else []

    rows = open_lake(data).scan("alerts").collect().to_dicts()
    worst = ["critical", "warning", "info"]
    rows.sort(key=lambda row: (worst.index(row["severity"]), -row["alert_id"]))
    numbers = [str(row["alert_id"]) for row in rows]
    assert len(numbers) > 3 and shown() == numbers[:3]
    assert f"All {len(numbers)} open alerts" in client.get("/operations").text
    for number in numbers:
        lifecycle.acknowledge(data, int(number), by=ENGINEER, words="I look.", now=NOW)
    assert shown() == []
