"""Every rule of alerts below, at and above its threshold, over a scripted ledger and an injected
clock. What is expected is counted by hand from the rows above each assertion."""

import json
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest

from engine.alert_measures import ALREADY, NO_DOMAIN, REPEATED
from engine.alert_rules import BY_NAME, RULES
from engine.ledger import METADATA
from engine.ledger_scan import ledger_schema

NOW = datetime(2026, 11, 30, 9, 0)
DAY = timedelta(days=1)
Found = dict[tuple[str, str], str | None]


def ledger(**tables: list[dict[str, Any]]):
    """`scan` over rows by table; columns left out are null, tables left out empty."""

    def scan(name: str) -> pl.LazyFrame:
        if name == "orphans":
            return pl.LazyFrame(tables["orphans"])
        schema = ledger_schema(METADATA.tables[name])
        return pl.LazyFrame(tables.get(name, []), schema=schema)

    return scan


def found(rule: str, scan: Any, now: datetime = NOW) -> Found:
    """By source and subject, the severity that a rule finds; None where all is as it should be."""
    of = BY_NAME[rule]
    rows = of.measure(scan, now).collect().to_dicts()
    return {
        (row["source_code"], row["subject"]): level.severity
        if (level := of.level_of(row["value"]))
        else None
        for row in rows
        if row["value"] is not None
    }


def load(number: int, status: str = "completed", **more: Any) -> dict[str, Any]:
    """A load of `beds` that took a minute, an hour apart from the next."""
    at = more.pop("at", NOW - DAY + timedelta(minutes=number))
    row = {"load_id": number, "source_code": "beds", "period": "2026-10", "status": status}
    took = timedelta(seconds=more.pop("seconds", 60))
    ended = None if status == "in_progress" else at + took
    return row | {"started_at": at, "completed_at": ended} | more


def loads(completed: int, failed: int, **more: Any) -> list[dict[str, Any]]:
    words = ["completed"] * completed + ["failed"] * failed
    return [load(number, word, **more) for number, word in enumerate(words)]


@pytest.mark.parametrize(
    "completed, failed, severity",
    [(799, 201, "critical"), (800, 200, "warning"), (949, 51, "warning"), (950, 50, None)],
)
def test_success_is_critical_under_80_and_a_warning_under_95(completed, failed, severity):
    scan = ledger(load_events=loads(completed, failed, at=NOW - DAY))
    assert found("success_rate", scan) == {("", ""): severity}


def test_what_is_not_finished_or_a_week_old_is_no_failure():
    rows = [load(1), load(2, "in_progress"), load(3, "failed", at=NOW - 7 * DAY - DAY / 24)]
    assert found("success_rate", ledger(load_events=rows)) == {("", ""): None}


def test_nobody_knows_how_loads_go_where_there_was_none():
    assert found("success_rate", ledger()) == {}


def test_a_source_escalates_with_its_third_failure_in_a_row():
    for failed, severity in ((0, None), (1, "warning"), (2, "warning"), (3, "critical")):
        scan = ledger(load_events=loads(2, failed))
        assert found("failures_in_a_row", scan) == {("beds", ""): severity}


def test_a_success_ends_the_row_of_failures_and_an_archived_source_has_none():
    rows = [*loads(0, 3), load(3), load(9, "failed", source_code="old")]
    scan = ledger(load_events=rows, sources=[{"code": "old", "status": "archived"}])
    assert found("failures_in_a_row", scan) == {("beds", ""): None}


def test_what_was_not_brought_is_a_warning_until_the_publisher_is_asked_again():
    asked = [{"code": "beds", "last_checked_at": NOW - DAY}]
    row = {"validation_id": 1, "source_code": "beds", "status": "fail", "check_name": "NotTheFile"}
    row |= {"validated_at": NOW - DAY, "message": "a page saved as a zip"}
    for change, expected in (
        ({}, {("beds", ""): "warning"}),
        ({"load_id": 7}, {}),  # the load's own: another rule's
        ({"status": "warn"}, {}),
        ({"check_name": ALREADY}, {}),
        ({"validated_at": NOW - DAY - timedelta(seconds=1)}, {}),  # it was asked since
    ):
        scan = ledger(sources=asked, validation_results=[row | change])
        assert found("not_brought", scan) == expected


def drift(minutes: int, severity: str = "error", **more: Any) -> dict[str, Any]:
    at = NOW - DAY + timedelta(minutes=minutes)
    row = {"drift_id": minutes, "canonical_code": "beds", "drift_type": "missing_columns"}
    row |= {"severity": severity, "auto_resolved": False, "detected_at": at}
    return row | {"details": json.dumps({"columns": ["beds_open", "beds_shut"]})} | more


def test_a_breaking_change_is_critical_until_the_source_loads_again():
    before, after = load(1), load(30)
    breaking = drift(10)
    assert found("breaking_schema", ledger(load_events=[before], drift_events=[breaking])) == {
        ("beds", ""): "critical"
    }
    assert found("breaking_schema", ledger(load_events=[after], drift_events=[breaking])) == {}


def test_what_breaks_nobody_or_was_widened_is_no_breaking_change():
    rows = [drift(10, "warning"), drift(11, auto_resolved=True)]
    assert found("breaking_schema", ledger(drift_events=rows)) == {}


def test_a_breaking_change_says_what_broke():
    retyped = {"column": "n", "was": "int64", "is": "string"}
    rows = [drift(1), drift(2, drift_type="type_change", details=json.dumps(retyped))]
    said = BY_NAME["breaking_schema"].measure(ledger(drift_events=rows), NOW).collect()
    assert said["value"].to_list() == [2]
    assert "gone: beds_open,beds_shut" in said["detail"][0]
    assert "`n` was int64 and is string" in said["detail"][0]


def columns(described: int, of: int) -> dict[str, Any]:
    words = ["What it is."] * described + [None, "  "] * (of - described)
    return {
        "column_metadata": [
            {"source_code": "beds", "column_name": f"c{n}", "description": word}
            for n, word in enumerate(words[:of])
        ]
    }


@pytest.mark.parametrize(
    "described, zero, coverage",
    [(0, "critical", "warning"), (1, None, "warning"), (899, None, "warning"), (900, None, None)],
)
def test_metadata_is_critical_at_none_and_a_warning_under_90(described, zero, coverage):
    scan = ledger(**columns(described, 1000))
    assert found("zero_metadata", scan) == {("beds", ""): zero}
    assert found("metadata_coverage", scan) == {("beds", ""): coverage}


def test_of_a_workbook_of_many_tables_that_nobody_described_there_is_one_alert():
    codes = ["beds_1", "beds_2", "beds_3"]
    of = [{"code": code, "publication": "Beds", "domain": "Acute"} for code in codes]
    of += [{"code": "rota", "publication": "Rota"}, {"code": "alone"}, {"code": "lone"}]
    known = [
        {"source_code": one["code"], "column_name": name} for one in of for name in ("org", "n")
    ]
    known[4]["description"] = "The organisation."  # of beds_3
    scan = ledger(sources=of, column_metadata=known)
    places = ("alone", "beds_1", "lone", "rota")
    assert found("zero_metadata", scan) == {(code, ""): "critical" for code in places}
    rows = BY_NAME["zero_metadata"].measure(scan, NOW).collect().to_dicts()
    (beds,) = [row for row in rows if row["source_code"] == "beds_1"]
    assert (beds["value"], beds["detail"]) == (4, "2 tables of Beds: beds_1, beds_2")
    for row in known:
        row["description"] = "What it is."
    assert set(found("zero_metadata", scan).values()) == {None}


def month(seconds: int) -> list[dict[str, Any]]:
    """Three loads of 100 s in the weeks before, one of so many in the last."""
    before = [load(n, at=NOW - (8 + n) * DAY, seconds=100) for n in (1, 2, 3)]
    return [*before, load(9, at=NOW - DAY, seconds=seconds)]


@pytest.mark.parametrize("seconds, severity", [(119, None), (120, None), (121, "warning")])
def test_loads_that_take_over_20_percent_longer_are_a_warning(seconds, severity):
    assert found("performance", ledger(load_events=month(seconds))) == {("beds", ""): severity}


@pytest.mark.parametrize("seconds, severity", [(199, None), (200, None), (201, "warning")])
def test_a_load_over_twice_its_average_is_a_warning(seconds, severity):
    assert found("slow_load", ledger(load_events=month(seconds))) == {("beds", ""): severity}


def test_two_loads_are_no_average_and_seconds_that_nobody_notices_no_delay():
    assert found("slow_load", ledger(load_events=month(500)[1:])) == {}
    quick = [load(n, seconds=2) for n in range(4)] + [load(9, seconds=9)]
    assert found("slow_load", ledger(load_events=quick)) == {("beds", ""): None}


@pytest.mark.parametrize("size, severity", [(1199, None), (1200, None), (1201, "warning")])
def test_a_domain_that_grows_by_over_20_percent_a_week_runs_away(size, severity):
    def kept(code: str, day: date, size: int) -> dict[str, Any]:
        return {"source_code": code, "metric_date": day, "table_size_bytes": size}

    scan = ledger(
        sources=[{"code": "beds", "domain": "Operational"}, {"code": "rota", "domain": None}],
        source_metrics=[
            kept("beds", date(2026, 11, 1), 500),
            kept("beds", date(2026, 11, 23), 1000),  # what there was a week ago
            kept("beds", date(2026, 11, 29), size),
            kept("rota", date(2026, 11, 2), 70),
        ],
    )
    expected = {("", "Operational"): severity, ("", NO_DOMAIN): None}
    assert found("runaway_storage", scan) == expected


@pytest.mark.parametrize("orphans, severity", [(4, None), (5, None), (6, "warning")])
def test_orphans_over_5_percent_of_the_tables_are_a_warning(orphans, severity):
    scan = ledger(orphans=[{"orphans": orphans, "tables": 100}])
    assert found("orphans", scan) == {("", ""): severity}


def repeated(number: int, percent: float, where: str = "beds: 9 and 10") -> dict[str, Any]:
    row = {"validation_id": number, "source_code": "beds", "check_name": REPEATED, "where": where}
    return row | {"n_failed": int(percent * 10), "n_total": 1000, "validated_at": NOW - DAY}


@pytest.mark.parametrize(
    "percent, severity", [(4.9, None), (5, "warning"), (49.9, "warning"), (50, "critical")]
)
def test_rows_that_repeat_are_a_warning_from_5_and_critical_from_50_percent(percent, severity):
    appended = [{"code": "beds", "load_mode": "append"}]
    # An older look at the same pair was worse, another pair is better: neither counts.
    rows = [repeated(1, 99), repeated(2, percent), repeated(3, 1, "beds: 8 and 9")]
    scan = ledger(sources=appended, validation_results=rows)
    assert found("duplicate_data", scan) == {("beds", ""): severity}
    replaced = [{"code": "beds", "load_mode": "replace"}]
    scan = ledger(sources=replaced, validation_results=rows)
    assert found("duplicate_data", scan) == {("beds", ""): None}


def test_a_table_is_new_for_a_week():
    registered = [{"code": "beds", "table_name": "tbl_beds"}, {"code": "qof", "table_name": None}]
    for age, expected in ((6, {("beds", "tbl_beds"): "info"}), (8, {})):
        rows = [load(1, at=NOW - age * DAY), load(2, source_code="qof")]
        assert found("new_table", ledger(sources=registered, load_events=rows)) == expected


def test_a_period_is_news_where_an_earlier_one_was_there_before():
    rows = [
        load(1, at=NOW - 40 * DAY, period="2026-09"),
        load(2, at=NOW - 2 * DAY, period="2026-10"),  # new
        load(3, at=NOW - 2 * DAY, period="2026-08"),  # a gap that was filled
        load(4, "failed", at=NOW - DAY, period="2026-11"),  # not there
        load(5, source_code="new", period="2026-10"),  # all of it is new
    ]
    assert found("new_period", ledger(load_events=rows)) == {("beds", "2026-10"): "info"}
    assert found("new_period", ledger(load_events=rows), NOW + 6 * DAY) == {}


def test_a_source_that_goes_is_told_until_it_is_archived_and_that_for_a_week():
    going = {"code": "beds", "status": "deprecated", "deprecation_reason": "superseded"}
    scan = ledger(sources=[going, {"code": "rota", "status": "active"}])
    assert found("deprecated", scan) == {("beds", ""): "info"}
    gone = going | {"status": "archived", "archived_at": NOW - 6 * DAY}
    assert found("deprecated", ledger(sources=[gone])) == {}
    assert found("archived", ledger(sources=[gone])) == {("beds", ""): "info"}
    assert found("archived", ledger(sources=[gone]), NOW + DAY) == {}


def test_every_rule_says_what_to_do():
    for rule in RULES:
        assert rule.title and rule.next and rule.levels
        assert rule.said(1, source="", detail="some words")
