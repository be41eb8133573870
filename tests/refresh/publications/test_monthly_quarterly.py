"""The month's and the quarter's maintenance, on a lake with a past: each figure worked out here."""

import shutil
from datetime import date, timedelta
from pathlib import Path

import polars as pl
import pytest

from engine.access import Reader
from engine.lake import Layout
from refresh.__main__ import main
from refresh.operate import lifecycle
from refresh.operate.health_report import Report, Section
from refresh.publications.keeping.monthly import monthly
from refresh.publications.keeping.quarterly import quarterly
from refresh.publications.keeping.task import Task
from refresh.store.records import now
from tests.refresh.publications.feeds import ROWS, Feed, organisations
from tests.refresh.publications.planted import another, changed

ADA = Reader("Ada", "dba")


@pytest.fixture(scope="module")
def past(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """Two sources, one on its way out; a failure of a week; sizes of twelve weeks."""
    feed = Feed(tmp_path_factory.mktemp("past"))
    feed.register()
    feed.publish("2026-01", organisations())
    another(feed, "wards")
    feed.publish("2026-02", [{"ORG": "R0001"}])
    lifecycle.deprecate(
        feed.data, "wards", reason="superseded", today=date.today(), archive_on=date.today(), by=ADA
    )
    # A kilobyte more a week, for twelve weeks up to this one.
    weeks = [date.today() - timedelta(weeks=back) for back in range(11, 0, -1)]
    rows = (
        f"INSERT INTO source_metrics (source_code, metric_date, row_count, table_size_bytes)"
        f" VALUES ('beds', '{day}', 120, {1000 * at})"
        for at, day in enumerate(weeks, 1)
    )
    today = (
        f"UPDATE source_metrics SET table_size_bytes = 12000 WHERE metric_date = '{date.today()}'"
    )
    changed(feed, "DELETE FROM source_metrics WHERE source_code = 'wards'", today, *rows)
    return feed


@pytest.fixture
def feed(past: Feed, tmp_path: Path) -> Feed:
    return Feed(Path(shutil.copytree(past.root, tmp_path / "root")))


def told(report: Report, heading: str) -> Section:
    (section,) = [one for one in report.sections if one.heading == heading]
    return section


def task(feed: Feed, **how: object) -> Task:
    return Task(feed.data, now(), golden=feed.root / "no golden", **how)


def test_what_is_past_its_grace_is_named_and_goes_only_where_that_is_asked(feed: Feed):
    section = told(monthly(task(feed)), "Sources past their grace")
    assert section.verdict == "warn" and section.rows[0]["done"] == "to do: archive"
    assert feed.asked(lambda ledger: ledger.source("wards"))["status"] == "deprecated"
    section = told(monthly(task(feed, execute=True)), "Sources past their grace")
    assert (section.verdict, section.rows[0]["done"]) == ("pass", f"{ROWS} rows archived")
    assert feed.asked(lambda ledger: ledger.source("wards"))["status"] == "archived"
    assert "No deprecated source" in told(monthly(task(feed)), "Sources past their grace").words


def test_three_months_ahead_is_where_the_line_leads(feed: Feed):
    section = told(monthly(task(feed)), "Room in three months")
    # 1,000 to 12,000 in twelve weeks: thirteen more weeks are 25,000.
    assert "weigh 12,000 bytes" in section.words and "weigh 25,000 in three months" in section.words
    assert "(+1,000 a week)" in section.words


def test_the_month_tells_changes_failures_and_goals(feed: Feed):
    report = monthly(task(feed))
    changes = told(report, "Schema changes of the month")
    assert changes.verdict == "warn"
    assert ("beds", "missing_columns") in {(r["source"], r["change"]) for r in changes.rows}
    # One that failed a minute ago is not late yet.
    assert "1 loads failed" in told(report, "Failures and how long they lasted").words
    assert told(report, "Failures and how long they lasted").verdict == "pass"
    assert len(told(report, "Goals").rows) == 8
    later = Task(feed.data, now() + timedelta(hours=25), golden=feed.root / "none")
    (late,) = told(monthly(later), "Failures and how long they lasted").rows
    assert (late["source"], late["well again"]) == ("beds", False)


def test_a_broken_audit_trail_is_a_fault_of_the_quarter(feed: Feed):
    assert told(quarterly(task(feed)), "The audit trail").verdict == "pass"
    changed(
        feed,
        "DROP TRIGGER audit_log_no_update",
        "UPDATE audit_log SET who = 'Bob' WHERE audit_id = 1",
    )
    section = told(quarterly(task(feed)), "The audit trail")
    assert section.verdict == "fail" and section.rows[0]["row"] == "1"


def test_loads_of_over_a_year_ago_lie_in_the_archive_once_and_in_the_ledger_still(feed: Feed):
    changed(feed, "UPDATE load_events SET started_at = '2024-01-01 00:00:00' WHERE load_id <= 2")
    before = feed.asked(lambda ledger: len(ledger.loads(100)))
    heading = "Loads of over a year ago"
    assert told(quarterly(task(feed)), heading).verdict == "warn"
    assert told(quarterly(task(feed, execute=True)), heading).verdict == "pass"
    (file,) = Layout(feed.data).archive.glob("load_events_*.parquet")
    assert sorted(pl.read_parquet(file)["load_id"]) == [1, 2]
    assert "missing from the archive" in told(quarterly(task(feed, execute=True)), heading).words
    changed(feed, "UPDATE load_events SET started_at = '2024-01-02 00:00:00' WHERE load_id = 3")
    quarterly(task(feed, execute=True))
    files = sorted(Layout(feed.data).archive.glob("load_events_*.parquet"))
    assert sorted(pl.concat(pl.read_parquet(f).select("load_id") for f in files)["load_id"]) == [
        1, 2, 3,
    ]  # fmt: skip
    assert feed.asked(lambda ledger: len(ledger.loads(100))) == before


def test_what_a_source_owes_and_how_slow_it_became(feed: Feed):
    changed(
        feed,
        "UPDATE sources SET domain = NULL, validation_required = 0 WHERE code = 'beds'",
        "UPDATE load_events SET completed_at = datetime(started_at, '+30 seconds')"
        " WHERE source_code = 'beds' AND status = 'completed'",
        "INSERT INTO load_events (source_code, period, load_mode, status, started_at, completed_at,"
        " file_url, file_sha256, file_size_bytes, triggered_by, columns_added)"
        " VALUES ('beds', '2025-01', 'replace', 'completed',"
        " datetime('now', '-100 days'), datetime('now', '-100 days', '+20 seconds'),"
        " '', '', 0, '', 0)",
    )
    report = quarterly(task(feed))
    (owes,) = told(report, "What sources owe").rows
    assert (owes["source"], owes["owes"]) == ("beds", "domain, loads that are validated")
    rows = {row["source"]: row for row in told(report, "How long loads take").rows}
    assert rows["beds"]["seconds"] == 30 and rows["beds"]["before"] == 20
    assert round(rows["beds"]["percent more"], 6) == 50


def test_targets_are_reviewed_by_what_was_measured_all_quarter(feed: Feed):
    for days, actual in ((1, 99.0), (20, 97.0)):
        at = now() - timedelta(days=days)
        lifecycle.note_evidence(feed.data, {"load_success": actual, "agentic_pass": 50}, now=at)
    rows = {row["goal"][:1]: row for row in told(quarterly(task(feed)), "Targets").rows}
    assert (rows["3"]["met"], rows["3"]["review"]) == (2, "always met: could it be more?")
    assert rows["8"]["review"] == "never met: what stands in the way?"
    assert rows["1"]["review"] == "measure it first"


def test_both_are_verbs_that_file_their_reports(feed: Feed, capsys: pytest.CaptureFixture[str]):
    where = ["--data", str(feed.data), "--golden", str(feed.root / "none")]
    for cadence in ("monthly", "quarterly"):
        assert main(["maintain", cadence, *where]) == 0
        assert f"Filed: reports/{cadence}-" in capsys.readouterr().out
