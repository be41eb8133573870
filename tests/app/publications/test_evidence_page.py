"""The page of evidence says what the ledger holds, and the runbooks say what is typed."""

from collections.abc import Iterator
from datetime import timedelta
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from starlette.applications import Starlette
from starlette.testclient import TestClient

from app.publications.evidence import routes as evidence
from app.publications.runbooks import routes as runbooks
from app.publications.runbooks.books import RUNBOOKS
from engine.access import Reader
from engine.alert_rules import RULES
from refresh.operate import lifecycle
from refresh.store.ledger import Ledger
from tests.app.publications.history import NOW, history
from tests.people import client_as, with_roles

# Day by day, the oldest first: of each the last one counts.
FIGURES = {
    "load_success": [(28, 70.0), (21, 88.0), (7, 96.5)],
    "columns_described": [(28, 91.0), (14, 80.9)],
    "codes_matching": [(3, 78.0)],
    "agentic_pass": [(14, 96.0), (0, 97.25)],
    "list_ms": [(0, 41.0)],
    "quality_issues": [(1, 0)],
}


class Text(HTMLParser):
    """The words of a page, one section after the other."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: dict[str, str] = {"": ""}
        self._in = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "section":
            self._in = dict(attrs).get("aria-labelledby") or "section"
            self.sections.setdefault(self._in, "")

    def handle_endtag(self, tag: str) -> None:
        if tag == "section":
            self._in = ""

    def handle_data(self, data: str) -> None:
        self.sections[self._in] += f" {data.strip()}" if data.strip() else ""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake with sixty days of loads, and evidence of some goals."""
    folder = tmp_path_factory.mktemp("evidence")
    lake, _ = history(folder)
    root = lake.layout.root
    for name, figures in FIGURES.items():
        for days, actual in figures:
            lifecycle.note_evidence(root, {name: actual}, now=NOW - timedelta(days=days))
    # Noted on one day twice: the second is right. And what others measured once is no figure now.
    lifecycle.note_evidence(root, {"load_success": 97.0}, now=NOW - timedelta(days=7))
    whose = {"load_success": "baseline: the brief's table"}
    lifecycle.note_evidence(root, {"load_success": 89.0}, now=NOW, kind="audit", notes=whose)
    ledger = Ledger(lake.layout.registry_url)
    ledger.note_golden(
        "beds_nov25", manifest_path="m", expected_sources=2, expected_rows=1200,
        validation_rules={
            "outcome": "regression", "differences": ["beds: 1,199 rows"], "rows": 1199,
        },
    )  # fmt: skip
    ledger.close()
    return root


@pytest.fixture
def client(data: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    monkeypatch.setenv("CARE_ATLAS_DATA", str(data))
    monkeypatch.setenv("CARE_ATLAS_API_RATE", "0")
    clock = lambda: NOW  # noqa: E731
    app = Starlette(routes=[*evidence.routes(clock), *runbooks.routes(clock)])
    with TestClient(app) as asking:
        yield asking


def sections(client: TestClient, address: str = "/evidence") -> dict[str, str]:
    answer = client.get(address)
    assert answer.status_code == 200
    text = Text()
    text.feed(answer.text)
    return text.sections


def test_each_goal_says_its_last_figure_its_target_and_how_it_stands(client: TestClient):
    told = sections(client)
    assert "97 % ✓ met" in told["goal_3"] and "95 % or more is aimed at" in told["goal_3"]
    assert "Baseline: 89 % (the brief's table)" in told["goal_3"]
    assert "Baseline: none yet" in told["goal_8"]
    assert "80.9 % ✗ missed" in told["goal_5"]  # a tenth below 90 is 81
    assert "78 % ! nearly met" in told["goal_6"]
    assert "97.2 % ✓ met" in told["goal_8"] and "41 ms" in told["goal_8"]
    assert "0 ✓ met" in told["goal_4"]
    for number in (1, 2, 7):
        assert "not measured" in told[f"goal_{number}"]
    assert "3 met, 1 nearly met, 1 missed, 3 not measured" in told[""]
    assert "Last measured 30 November 2026" in told[""]


def test_the_trend_has_a_point_a_day_and_says_where_it_went(client: TestClient):
    page = unescape(client.get("/evidence").text)
    # 70, 88 and the later word of the seventh day back; what others measured is no point.
    assert "30 days: 70 % on 2026-11-02, 97 % on 2026-11-23; 95 % or more is aimed at" in page
    assert page.count('class="goal-line" points="') == 5


def test_a_target_that_was_moved_counts_on_the_page(data: Path, client: TestClient):
    by = Reader("Ada", "dba")
    lifecycle.set_target(data, 6, 75, by=by, reason="evolving feeds", now=NOW)
    try:
        told = sections(client)
        assert "78 % ✓ met" in told["goal_6"]
        assert "6 Sources known again 80 75 Ada 30 November 2026 evolving feeds" in told[""]
    finally:
        lifecycle.set_target(data, 6, 80, by=by, reason="as it was", now=NOW)


def test_golden_datasets_are_listed_with_what_differs(client: TestClient):
    page = sections(client)[""]
    assert "beds_nov25" in page and "✗ regression" in page
    assert "1,199 1,200 beds: 1,199 rows" in page


def test_the_report_is_taken_away_as_markdown(client: TestClient):
    answer = client.get("/evidence-report?kind=monthly")
    assert answer.headers["content-type"].startswith("text/markdown")
    assert 'filename="evidence-monthly-2026-11-30.md"' in answer.headers["content-disposition"]
    assert answer.text.startswith("# Scorecard of the month to 30 November 2026")
    # The figure of thirty days before is none: the first was noted 28 days ago.
    assert "| Loads that went well | 97 % | 95 % or more | pass | not measured |" in answer.text
    assert client.get("/evidence-report?kind=../x").text.startswith("# Evidence of the week")


def test_the_week_of_every_line_is_that_of_the_ledger(client: TestClient):
    told = sections(client)
    assert {"heading_success", "heading_duration", "heading_metadata", "heading_agents"} <= set(
        told
    )
    assert "9 November 2026" in told["heading_success"]  # a Monday


# Runbooks


def test_the_four_runbooks_are_listed_and_reached(client: TestClient):
    page = client.get("/runbooks").text
    for book in RUNBOOKS:
        assert f'href="runbooks/{book.name}"' in page
        told = client.get(f"/runbooks/{book.name}")
        assert told.status_code == 200 and book.title in told.text
        for step in book.steps:
            assert unescape(told.text).count(step.asked({}) or book.title)
    assert client.get("/runbooks/nothing").status_code == 404


def test_each_runbook_is_the_answer_to_an_alert():
    assert {book.name for book in RUNBOOKS} == {rule.runbook for rule in RULES if rule.runbook}


def test_a_source_of_the_address_is_filled_in_and_nothing_else_is(client: TestClient):
    page = unescape(client.get("/runbooks/failed-load?source=beds").text)
    assert "python -m refresh history beds" in page
    assert "../operations/loads?source=beds&status=failed" in page
    hostile = unescape(client.get("/runbooks/failed-load?source=a;rm%20-rf%20/").text)
    assert "rm -rf" not in hostile and "python -m refresh history SOURCE" in hostile


def test_who_may_not_do_a_step_is_told_so(client: TestClient):
    page = client.get("/runbooks/duplicate-data").text
    assert "it needs the role dba" in page


def test_who_may_moves_a_target_on_the_page_with_its_reason(
    data: Path, client: TestClient, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    assert "evidence-target" not in client.get("/evidence").text  # a visitor is an analyst
    (roles := tmp_path / "roles.toml").write_text('dan = "dba"\neve = "engineer"', encoding="utf-8")
    with_roles(monkeypatch, str(roles))
    app = Starlette(routes=evidence.routes(lambda: NOW))
    dba, ours = client_as(app, "dan"), {"Origin": "http://127.0.0.1"}
    said = {"measure": "codes_matching", "target": "77.5", "reason": "feeds evolve"}

    def sent(**other: str) -> str:
        return dba.post("/evidence-target", data=said | other, headers=ours).headers["location"]

    assert 'action="evidence-target"' in dba.get("/evidence").text
    try:
        assert sent() == "evidence?done=the+target+is+moved"
        told = sections(client)
        assert "78 % ✓ met" in told["goal_6"] and "80 77.5 dan" in told[""]
        for wrong in ({"reason": " "}, {"target": "many"}, {"target": "nan"}, {"measure": "none"}):
            assert "refused=" in sent(**({"target": "70"} | wrong)), wrong
    finally:
        sent(target="80", reason="as it was")
    for who, origin in (("dan", "https://elsewhere.example"), ("eve", "http://127.0.0.1")):
        headers = {"Origin": origin}
        answer = client_as(app, who).post("/evidence-target", data=said, headers=headers)
        assert answer.status_code == 403
