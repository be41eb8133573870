"""Every number of the operations pages, worked out once more from the rows of a scripted history.

By plain Python, from what the history put into the ledger; the pages ask the ledger itself.
"""

import math
import re
from collections import Counter, defaultdict
from contextlib import closing
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from starlette.testclient import TestClient

from engine import Lake
from engine.ledger import DRIFT_EVENTS
from refresh.store.database import open_database
from refresh.store.ledger import Ledger
from tests.app.publications.conftest import Told
from tests.app.publications.history import (
    CALENDARS,
    NEVER,
    NEXT_STEP,
    NOW,
    SOURCES_SAID,
    Row,
    fill,
)
from tests.app.publications.read_back import read_back
from tests.refresh import postgres


def since(told: Told, days: int, source: str = "") -> list[Row]:
    """The loads of the last days."""
    edge = NOW - timedelta(days=days)
    loads = (row for row in told["load_events"] if edge <= row["started_at"] <= NOW)
    return [row for row in loads if not source or row["source_code"] == source]


def is_bad(row: Row) -> bool:
    return row["status"] in ("failed", "rolled_back")


def rate(loads: list[Row]) -> str:
    finished = [row for row in loads if row["status"] != "in_progress"]
    well = sum(row["status"] == "completed" for row in finished)
    return f"{100 * well / len(finished):.1f} %" if finished else "–"


def seconds(row: Row) -> float:
    return (row["completed_at"] - row["started_at"]).total_seconds()


def duration(value: float) -> str:
    minutes, left = divmod(int(value), 60)
    return f"{value:.1f} s" if value < 60 else f"{minutes} min {left} s"


def size(value: float) -> str:
    for unit, one in (("MB", 1e6), ("kB", 1e3)):
        if value >= one:
            return f"{value / one:,.1f} {unit}"
    return f"{value:,.0f} bytes"


def instant(at: datetime) -> str:
    return f"{at.day} {at:%b %Y, %H:%M}"


def day(at: date) -> str:
    return f"{at.day} {at:%B %Y}"


def test_the_rate_of_seven_days_is_of_those_that_ended(client: TestClient, told: Told):
    week = since(told, 7)
    page = read_back(client.get("operations").text)
    finished = [row for row in week if row["status"] != "in_progress"]
    assert len(finished) < len(week), "one is still running"
    assert page.figures["Load success, 7 days"] == rate(week)
    assert page.figures["Failed, 7 days"] == str(sum(map(is_bad, week)))
    assert f"of {len(finished)} finished" in client.get("operations").text
    # One on the very edge of seven days counts, one a second older does not.
    assert sum(row["source_code"] == "workforce" and is_bad(row) for row in week) == 1


@pytest.mark.parametrize("days", [7, 30, 90])
def test_loads_by_source_are_those_of_the_days_that_are_asked(
    client: TestClient, told: Told, days: int
):
    expected = []
    for code in sorted(SOURCES_SAID):
        mine = since(told, days, code)
        took = [seconds(row) for row in mine if row["status"] == "completed"]
        if mine:
            expected.append(
                [
                    code,
                    SOURCES_SAID[code][0] or "No domain",
                    str(len(mine)),
                    f"{7 * len(mine) / days:.1f}",
                    str(sum(map(is_bad, mine))),
                    rate(mine),
                    duration(sum(took) / len(took)) if took else "–",
                ]
            )
    assert read_back(client.get(f"operations?days={days}").text).tables["sources"] == expected


def test_the_slowest_ten_are_the_slowest_that_ended_by_themselves(client: TestClient, told: Told):
    ended = [row for row in since(told, 30) if row["status"] in ("completed", "failed")]
    slow = sorted(ended, key=seconds, reverse=True)[:10]
    page = read_back(client.get("operations").text)
    assert [row[0] for row in page.tables["slow"]] == [str(row["load_id"]) for row in slow]
    assert [row[4] for row in page.tables["slow"]] == [duration(seconds(row)) for row in slow]


def test_what_failed_is_told_with_its_message_and_what_to_do(client: TestClient, told: Told):
    bad = sorted(filter(is_bad, since(told, 30)), key=lambda row: -row["load_id"])
    expected = [
        [
            str(row["load_id"]),
            row["source_code"],
            row["period"],
            instant(row["started_at"]),
            row["error_message"] or "rolled_back",
            f"{NEXT_STEP} · runbook" if row["status"] == "failed" else "runbook",
        ]
        for row in bad
    ]
    assert read_back(client.get("operations").text).tables["failed"] == expected


@pytest.mark.parametrize("by", ["day", "week"])
def test_the_loads_of_each_day_and_week_add_up(client: TestClient, told: Told, by: str):
    began = defaultdict(list)
    for row in since(told, 90):
        at = row["started_at"].date()
        began[at - timedelta(days=at.weekday() if by == "week" else 0)].append(row)
    expected = [
        [day(at), str(len(began[at])), str(sum(map(is_bad, began[at]))), rate(began[at])]
        for at in sorted(began, reverse=True)
    ]
    page = read_back(client.get(f"operations?days=90&by={by}").text)
    assert page.tables["over_time"] == expected


def test_the_rolling_rate_looks_seven_days_back_from_each_day(client: TestClient, told: Told):
    expected = []
    for back in range(30):
        at = NOW - timedelta(days=back)
        week = [
            row
            for row in told["load_events"]
            if at - timedelta(days=7) <= row["started_at"] <= at and row["status"] != "in_progress"
        ]
        expected.append([instant(at), str(len(week)), rate(week)])
    assert read_back(client.get("operations").text).tables["rolling"] == expected


def test_a_page_is_narrowed_by_domain_and_source(client: TestClient, told: Told):
    page = read_back(client.get("operations?source=beds").text)
    assert page.figures["Load success, 7 days"] == rate(since(told, 7, "beds"))
    assert [row[0] for row in page.tables["sources"]] == ["beds"]
    page = read_back(client.get("operations?domain=Clinical").text)
    assert [row[0] for row in page.tables["sources"]] == ["dementia", "diagnostics"]


def test_no_loads_are_no_data_and_not_nought_percent(client: TestClient):
    answer = client.get("operations?source=nobody")
    assert read_back(answer.text).figures["Load success, 7 days"] == "no data"
    assert "nothing was loaded in these days" in answer.text and "0.0 %" not in answer.text


# Freshness


def test_a_source_is_late_by_its_own_calendar(client: TestClient, told: Told):
    """The days by which the next period should be here are counted by hand in the history."""
    due = {
        "appointments": date(2026, 11, 25),
        "beds": date(2027, 1, 3),
        "dementia": date(2026, 12, 31),
        "diagnostics": date(2026, 10, 27),
        "workforce": date(2027, 3, 1),
    }
    late = [code for code, at in due.items() if at <= NOW.date()]
    expected = []
    for code in (*late, *sorted({*SOURCES_SAID} - {*late})):
        done = [
            row
            for row in told["load_events"]
            if row["source_code"] == code and row["status"] == "completed"
        ]
        last = max(row["completed_at"] for row in done)
        by = due.get(code) or last.date() + timedelta(days=30)
        expected.append(
            [
                code,
                SOURCES_SAID[code][0] or "No domain",
                f"late, {(NOW.date() - by).days} days" if code in late else "on time",
                instant(last),
                str((NOW - last).days),
                str(len(done)),
                CALENDARS[code][3] if code in CALENDARS else "–",
                CALENDARS[code][0] if code in CALENDARS else "not said",
                day(by),
            ]
        )
    page = read_back(client.get("operations/freshness").text)
    assert [row[:-1] for row in page.tables["fresh"]] == expected
    assert page.figures["Late"] == str(len(late))
    assert page.figures["On time"] == str(len(SOURCES_SAID) - len(late))
    assert read_back(client.get("operations").text).figures["Late sources"] == str(len(late))


def test_what_was_never_loaded_is_listed_apart(client: TestClient):
    page = read_back(client.get("operations/freshness").text)
    assert [row[0] for row in page.tables["never"]] == [NEVER]
    assert NEVER not in [row[0] for row in page.tables["fresh"]]
    shown = read_back(client.get("operations/freshness?show=late").text)
    assert [row[0] for row in shown.tables["fresh"]] == ["appointments", "diagnostics"]


def test_a_strip_has_a_mark_for_each_load_of_a_year_that_ended(client: TestClient, told: Told):
    text = client.get("operations/freshness").text
    for code in SOURCES_SAID:
        ended = [
            row
            for row in told["load_events"]
            if row["source_code"] == code and row["status"] != "in_progress"
        ]
        bad = sum(map(is_bad, ended))
        words = f"{code}: {len(ended) - bad} completed, {bad} failed in twelve months"
        (drawn,) = re.findall(rf'(?s)<svg[^>]*aria-label="{words}; next[^>]*>.*?</svg>', text)
        assert drawn.count('class="well"') == len(ended) - bad
        assert drawn.count('class="failed"') == bad


# Storage


def weighed(told: Told, on: date) -> dict[str, tuple[int, int]]:
    """Bytes and rows of each source by the last measure until a day."""
    found = {}
    for row in sorted(told["source_metrics"], key=lambda row: row["metric_date"]):
        if row["metric_date"] <= on:
            found[row["source_code"]] = (row["table_size_bytes"], row["row_count"])
    return found


def test_domains_weigh_what_their_sources_weigh_and_grow_by_the_week(
    client: TestClient, told: Told
):
    now, before = (weighed(told, NOW.date() - timedelta(days=back)) for back in (0, 7))
    domains = defaultdict(list)
    for code in now:
        domains[SOURCES_SAID[code][0] or "No domain"].append(code)
    expected, runaway = [], 0
    for name in sorted(domains, key=lambda name: -sum(now[code][0] for code in domains[name])):
        total = sum(now[code][0] for code in domains[name])
        was = sum(before[code][0] for code in domains[name] if code in before)
        percent = 100 * (total - was) / was
        runaway += percent > 20
        expected.append(
            [
                name,
                str(len(domains[name])),
                size(total),
                f"{sum(now[code][1] for code in domains[name]):,}",
                size(was),
                f"{percent:+.1f} %" + (", runaway" if percent > 20 else ""),
            ]
        )
    page = read_back(client.get("operations/storage").text)
    assert page.tables["domain_sizes"] == expected
    assert 0 < runaway < len(expected)
    assert page.figures["Over 20 % a week"] == str(runaway)


def test_the_forecast_is_the_line_through_the_weeks(client: TestClient, told: Told):
    weeks = [NOW.date() - timedelta(weeks=back) for back in reversed(range(12))]
    sums = [sum(b for b, _ in weighed(told, week).values()) for week in weeks]
    sums = [one for one in sums if one]
    x = range(len(sums))
    middle, level = sum(x) / len(sums), sum(sums) / len(sums)
    slope = sum((a - middle) * (b - level) for a, b in zip(x, sums, strict=True)) / sum(
        (a - middle) ** 2 for a in x
    )
    then = level + slope * (len(sums) - 1 + 13 - middle)
    page = read_back(client.get("operations/storage").text)
    assert page.figures["Growth a week"] == size(slope)
    assert page.figures["In 13 weeks"] == size(then)
    assert page.figures["All sources"] == size(sums[-1])
    assert [row[1] for row in page.tables["weekly_sizes"]] == [size(one) for one in reversed(sums)]


def test_tables_and_areas_weigh_what_their_files_weigh(
    client: TestClient, told_lake: tuple[Lake, Told]
):
    lake = told_lake[0]
    (file,) = lake.layout.root.rglob("*.parquet")
    page = read_back(client.get("operations/storage").text)
    assert page.tables["table_sizes"] == [["percent_achieved", size(file.stat().st_size), "1", "1"]]
    areas: dict[str, Any] = dict(page.tables["area_sizes"])
    assert areas["tables of all snapshots kept"] == size(file.stat().st_size)
    assert areas["archive"] == "0 bytes"


# Schema


def test_columns_that_were_added_in_thirty_days_are_counted(client: TestClient, told: Told):
    added: Counter[str] = Counter()
    for row in since(told, 30):
        if row["status"] == "completed":
            added[row["source_code"]] += row["columns_added"]
    expected = sorted(((n, code) for code, n in added.items() if n), key=lambda p: (-p[0], p[1]))
    page = read_back(client.get("operations/schema").text)
    assert [(int(row[2]), row[0]) for row in page.tables["columns_added"]] == expected
    assert page.figures["Columns added"] == str(added.total())


def test_a_table_is_created_by_its_first_completed_load(client: TestClient, told: Told):
    first: dict[str, Row] = {}
    for row in told["load_events"]:
        if row["status"] == "completed":
            first.setdefault(row["source_code"], row)
    new = [row for row in first.values() if row["completed_at"] >= NOW - timedelta(days=30)]
    page = read_back(client.get("operations/schema").text)
    assert page.tables["tables_created"] == [
        [
            row["source_code"],
            f"tbl_{row['source_code']}",
            SOURCES_SAID[row["source_code"]][0] or "No domain",
            instant(row["completed_at"]),
            f"{row['rows_loaded']:,}",
        ]
        for row in new
    ]
    assert len(new) == 1


def test_more_than_five_changes_in_thirty_days_are_many(client: TestClient, told: Told):
    changes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in told["drift_events"]:
        if row["detected_at"] >= NOW - timedelta(days=30):
            many = len(row["details"].get("columns", [1]))
            changes[row["canonical_code"]][row["drift_type"]] += many
    kinds = ("new_columns", "missing_columns", "type_change")
    expected = [
        [
            code,
            *(str(of[kind]) for kind in kinds),
            f"{of.total()}, high" if of.total() > 5 else str(of.total()),
        ]
        for code, of in sorted(changes.items(), key=lambda p: (-p[1].total(), p[0]))
    ]
    assert read_back(client.get("operations/schema").text).tables["drift"] == expected
    assert any("high" in row[-1] for row in expected) and "high" not in expected[-1][-1]


# Loads


def test_the_list_of_loads_is_narrowed_by_its_address(client: TestClient, told: Told):
    asked = "operations/loads?source=appointments&status=failed&from=2026-10-15&to=2026-11-10"
    found = [
        row
        for row in told["load_events"]
        if row["source_code"] == "appointments"
        and row["status"] == "failed"
        and date(2026, 10, 15) <= row["started_at"].date() <= date(2026, 11, 10)
    ]
    rows = read_back(client.get(asked).text).tables["loads"]
    assert [row[0] for row in rows] == [str(row["load_id"]) for row in reversed(found)] and rows


def test_all_loads_are_in_the_pages_of_the_list_once(client: TestClient, told: Told):
    many = len(told["load_events"])
    pages = [
        read_back(client.get(f"operations/loads?page={page}").text).tables["loads"]
        for page in range(1, math.ceil(many / 100) + 1)
    ]
    numbers = [int(row[0]) for page in pages for row in page]
    assert numbers == list(range(many, 0, -1)) and len(pages) > 1
    assert f"{many:,} loads." in client.get("operations/loads").text


def test_a_load_tells_its_gates_and_what_to_do(client: TestClient, told: Told):
    bad = next(row for row in told["load_events"] if row["status"] == "failed")
    answer = client.get(f"operations/load?id={bad['load_id']}")
    page = read_back(answer.text)
    assert page.tables["gates"][0][:4] == [
        "✗ fail",
        "schema",
        "the schema",
        "no column `rate`",
    ]
    assert page.tables["gates"][0][5] == "row 8 (R007): `rate` is null"
    assert len(page.tables["gates"]) == 4
    assert page.figures["Took"] == duration(seconds(bad))
    assert NEXT_STEP in answer.text and "runbooks/failed-load" in answer.text
    report = client.get(f"operations/load-report?id={bad['load_id']}")
    assert report.status_code == 200 and "no column `rate`" in report.text


@pytest.mark.parametrize("number", ["0", "999999", "x", "", "9" * 40])
def test_a_load_that_is_not_there_is_said_to_be_so(client: TestClient, number: str):
    for page in ("load", "load-report"):
        answer = client.get(f"operations/{page}?id={number}")
        assert answer.status_code == 404 and "no such load" in answer.text


@pytest.mark.parametrize(
    "address",
    [
        "operations?days=8&by=hour&domain=%00&source=' OR 1=1",
        "operations/loads?status=gone&from=yesterday&to=2026-02-30&page=-1",
        "operations/loads?page=99999999999999999999999",
        "operations/freshness?show=nothing",
    ],
)
def test_an_address_that_makes_no_sense_breaks_nothing(client: TestClient, address: str):
    assert client.get(address).status_code == 200


def test_every_page_of_the_history_is_the_same_on_postgresql(
    client: TestClient, told: Told, monkeypatch: pytest.MonkeyPatch
):
    programs = postgres.binaries()
    if programs is None:
        pytest.skip("no PostgreSQL server is installed here (Debian: apt-get install postgresql)")
    failed = next(row["load_id"] for row in told["load_events"] if row["status"] == "failed")
    addresses = [
        *("", "?days=90&by=week", "?domain=Clinical", "/freshness", "/storage", "/schema"),
        *("/reviews", "/loads", "/loads?status=failed", f"/load?id={failed}", "/source?code=beds"),
    ]
    expected = {one: client.get(f"operations{one}").text for one in addresses}
    with postgres.serving(programs) as server:
        with closing(Ledger(server)):  # its tables are there
            fill(server, told)
        monkeypatch.setenv("CARE_ATLAS_REGISTRY", server)
        for address in addresses:
            assert client.get(f"operations{address}").text == expected[address], address
        # That it was asked at all: what is gone there is gone from the page.
        engine = open_database(server)
        with engine.begin() as write:
            write.execute(sa.delete(DRIFT_EVENTS))
        engine.dispose()
        assert client.get("operations/schema").text != expected["/schema"]
