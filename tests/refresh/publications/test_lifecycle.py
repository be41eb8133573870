"""A source is registered, reviewed and retired; what is refused is refused with a reason."""

import os
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
import sqlalchemy as sa

from engine import open_lake
from engine.access import Reader
from engine.errors import UnknownName
from engine.lake import Layout
from refresh.operate import lifecycle
from refresh.operate.retiring import NotRetired
from refresh.operate.reviewing import Decided
from refresh.pipeline import run
from refresh.publications.enrolling import NotEnrolled, enrol
from refresh.publications.load import NotRegistered
from refresh.publications.manifest import File
from tests.refresh.publications.feeds import ROWS, Feed, on_both, organisations, statuses

ADA, BOB = Reader("Ada", "dba"), Reader("Bob", "dba")
TODAY = date(2026, 11, 30)
GOOD = {
    "publication": "Beds",
    "domain": "Operational",
    "owner": "beds@nhs.test",
    "purpose": "How many beds there are.",
}


@pytest.fixture
def loaded(feed: Feed) -> Feed:
    feed.publish("2026-01", organisations())
    return feed


def more(*names: str) -> list[dict]:
    return [row | dict.fromkeys(names, 1) for row in organisations()]


# Registering


@pytest.mark.parametrize(
    ("code", "said", "complaint"),
    [
        ("Beds", {}, "lower case"),
        ("9beds", {}, "begins with a letter"),
        ("b" * 64, {}, "up to 63"),
        ("beds", {"owner": ""}, "owner must be said"),
        ("beds", {"domain": " ", "purpose": None}, "domain and purpose must be said"),
        ("beds", {"purpose": "p" * 501}, "purpose is too long"),
        ("beds", {"domain": "d" * 51}, "domain is too long"),
        ("beds", {"owner": "the data team"}, "can be written to"),
        ("beds", {"owner": "a@b"}, "can be written to"),
        ("beds", {"load_mode": "merge"}, "nobody knows this load mode"),
        ("beds", {"retention_days": 0.5}, "kept for a day"),
        ("beds", {"table_name": "practice"}, "another's"),
    ],
)
def test_what_cannot_be_registered_is_refused(
    tmp_path: Path, code: str, said: dict[str, Any], complaint: str
):
    feed = Feed(tmp_path)
    with pytest.raises(NotEnrolled, match=complaint):
        feed.asked(lambda ledger: enrol(ledger, code, GOOD | said))
    assert feed.asked(lambda ledger: ledger.sources()) == []


def test_what_is_just_right_is_registered(tmp_path: Path):
    feed = Feed(tmp_path)
    said = GOOD | {"purpose": "p" * 500, "domain": "d" * 50}
    feed.asked(lambda ledger: enrol(ledger, "b" * 63, said))
    (row,) = feed.asked(lambda ledger: ledger.sources())
    assert (row["status"], row["retention_days"], row["load_mode"]) == (
        "registered",
        365,
        "replace",
    )
    assert (row["validation_required"], row["table_name"]) == (True, "tbl_" + "b" * 63)


@on_both
def test_a_code_is_registered_once(feed: Feed):
    with pytest.raises(NotEnrolled, match="registered already"):
        feed.register()


def test_whoever_inserts_a_source_by_hand_gets_the_defaults(database: Any):
    from refresh.store.ledger import Ledger

    url = database()
    Ledger(url).close()
    engine = sa.create_engine(url)
    with engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO sources (code, name, publisher, owner, purpose, created_at)"
                " VALUES ('a', 'A', '', 'a@b.uk', 'p', '2026-11-30 00:00:00')"
            )
        )
        row = connection.execute(sa.text("SELECT * FROM sources")).mappings().one()
    engine.dispose()
    assert (row["retention_days"], row["load_mode"], bool(row["validation_required"])) == (
        *(365, "replace"),
        True,
    )
    assert (row["status"], row["schema_name"]) == ("registered", "staging")
    for name in ("last_validated_at", "deprecation_reason", "archived_at", "archive_date"):
        assert row[name] is None


# Deprecating and archiving


def test_a_deprecated_source_is_served_with_a_warning_for_thirty_days(loaded: Feed):
    day = lifecycle.deprecate(loaded.data, "beds", by=ADA, reason="superseded", today=TODAY)
    assert day == date(2026, 12, 30)
    lake = open_lake(loaded.data)
    assert "superseded" in lake.deprecated("tbl_beds") and "2026-12-30" in lake.deprecated(
        "tbl_beds"
    )
    with pytest.warns(FutureWarning, match="superseded"):
        assert lake.scan("tbl_beds").collect().height == ROWS
    with pytest.warns(FutureWarning):
        loads = loaded.publish("2026-02", organisations(130))
        assert loaded.table().height == 130
    assert [f.check for f in loads.findings if f.status == "warn"] == ["deprecated"]
    assert loaded.asked(lambda ledger: ledger.source("beds"))["status"] == "deprecated"


@pytest.mark.parametrize(
    ("code", "said", "error", "complaint"),
    [
        ("other", {}, UnknownName, "no source is called"),
        ("beds", {"archive_on": date(2026, 11, 29)}, NotRetired, "past"),
        ("beds", {"reason": " "}, NotRetired, "nobody said why"),
    ],
)
def test_what_cannot_be_deprecated_is_refused(
    feed: Feed, code: str, said: dict[str, Any], error: type[Exception], complaint: str
):
    with pytest.raises(error, match=complaint):
        lifecycle.deprecate(feed.data, code, **{"by": ADA, "reason": "r", "today": TODAY} | said)
    assert feed.asked(lambda ledger: ledger.source("beds"))["status"] == "registered"


def test_a_source_may_go_today(feed: Feed):
    assert (
        lifecycle.deprecate(feed.data, "beds", by=ADA, reason="r", today=TODAY, archive_on=TODAY)
        == TODAY
    )


@on_both
def test_an_archived_source_is_a_file_with_all_its_rows_and_all_its_history(loaded: Feed):
    before = loaded.table().select("org", "beds")
    history = loaded.asked(lambda ledger: ledger.loads(source="beds"))
    lifecycle.deprecate(loaded.data, "beds", by=ADA, reason="r", today=TODAY)
    with pytest.raises(NotRetired, match="its day has not come"):
        lifecycle.archive(loaded.data, "beds", by=ADA, today=date(2026, 12, 29))
    gone = lifecycle.archive(loaded.data, "beds", by=ADA, today=date(2026, 12, 30))
    assert gone.table.name == "tbl_beds_archived_20261230.parquet"
    assert gone.metadata.name == "tbl_metadata_beds_archived_20261230.parquet"
    assert gone.rows == ROWS
    assert pl.read_parquet(gone.table).select("org", "beds").equals(before)
    assert pl.read_parquet(gone.metadata)["column_name"].sort().to_list() == ["beds", "org"]
    with pytest.raises(UnknownName):
        open_lake(loaded.data).scan("tbl_beds")
    row = loaded.asked(lambda ledger: ledger.source("beds"))
    assert row["status"] == "archived" and row["archived_at"] is not None
    assert loaded.asked(lambda ledger: ledger.loads(source="beds")) == history
    with pytest.raises(NotRetired, match="archived already"):
        lifecycle.archive(loaded.data, "beds", by=ADA, today=date(2026, 12, 31))
    with pytest.raises(NotRetired, match="archived already"):
        lifecycle.deprecate(loaded.data, "beds", by=ADA, reason="r", today=TODAY)
    with pytest.raises(NotRegistered, match="archived"):
        loaded.publish("2026-03", organisations())


def test_only_a_deprecated_source_is_archived_and_force_only_spares_waiting(loaded: Feed):
    with pytest.raises(NotRetired, match="only a deprecated source"):
        lifecycle.archive(loaded.data, "beds", by=ADA, today=TODAY, force=True)
    lifecycle.deprecate(loaded.data, "beds", by=ADA, reason="r", today=TODAY)
    assert lifecycle.archive(loaded.data, "beds", by=ADA, today=TODAY, force=True).rows == ROWS


def test_an_archive_that_has_not_every_row_changes_nothing(
    loaded: Feed, monkeypatch: pytest.MonkeyPatch
):
    """The disk gives fewer rows back than it was given."""
    lifecycle.deprecate(loaded.data, "beds", by=ADA, reason="r", today=TODAY)
    sink = pl.LazyFrame.sink_parquet
    monkeypatch.setattr(
        pl.LazyFrame,
        "sink_parquet",
        lambda rows, path, **how: sink(rows.head(ROWS - 1), path, **how),
    )
    with pytest.raises(NotRetired, match="not the rows") as refused:
        lifecycle.archive(loaded.data, "beds", by=ADA, today=TODAY, force=True)
    assert (refused.value.expected, refused.value.found) == ("120 rows", "119 rows")
    assert not list(Layout(loaded.data).archive.iterdir())
    assert loaded.asked(lambda ledger: ledger.source("beds"))["status"] == "deprecated"


def test_a_source_declared_in_code_is_not_archived(loaded: Feed):
    from refresh.atlas.sources.qof import SOURCE as QOF

    loaded.asked(lambda ledger: ledger.register(QOF, load_mode="append"))
    with pytest.raises(NotRetired, match="declared in code"):
        lifecycle.archive(loaded.data, "qof", by=ADA, today=TODAY)


# Retention


@on_both
def test_periods_that_are_older_than_they_are_kept_go_to_the_archive(feed: Feed):
    feed.asked(lambda ledger: ledger.amend("beds", retention_days=300))
    for period in ("2026-01", "2026-02", "2026-03"):
        feed.publish(period, organisations(), load_mode="append")
    # 31 January to 27 November are 300 days, to the 28th they are 301.
    assert lifecycle.outlived(feed.data, today=date(2026, 11, 27)) == []
    (old,) = lifecycle.outlived(feed.data, today=date(2026, 11, 28))
    assert (old.period, old.rows, old.days) == ("2026-01", ROWS, 301)
    (file,) = lifecycle.archive_outlived(feed.data, by=ADA, today=date(2026, 11, 28))
    assert file.name == "tbl_beds_2026-01_archived_20261128.parquet"
    assert pl.read_parquet(file).height == ROWS
    assert feed.table()["_period"].unique().sort().to_list() == ["2026-02", "2026-03"]
    assert len(feed.asked(lambda ledger: ledger.loads(source="beds"))) == 3


def test_the_newest_period_stays_however_old_it_is(feed: Feed):
    feed.publish("2026-01", organisations(), load_mode="append")
    assert lifecycle.outlived(feed.data, today=date(2036, 1, 1)) == []


# Reviewing


@on_both
def test_what_is_approved_is_filled_from_the_kept_file(loaded: Feed):
    loaded.publish("2026-02", more("A", "B", "C", "D", "E"))
    (loaded.root / "beds-2026-02.csv").unlink()
    (request,) = lifecycle.requests(loaded.data, status="pending")
    outcome = lifecycle.approve(
        loaded.data, request["request_id"], by=ADA, reason="asked the publisher"
    )
    assert outcome.exit_code == 0
    assert loaded.table().select("a", "b", "c", "d", "e").sum().row(0) == (ROWS,) * 5
    (answered,) = lifecycle.requests(loaded.data)
    assert (answered["status"], answered["decided_by"]) == ("approved", "Ada")
    assert answered["reason"] == "asked the publisher" and answered["decided_at"]
    with pytest.raises(Decided, match="was approved by Ada"):
        lifecycle.reject(loaded.data, request["request_id"], by=BOB, reason="no")


@on_both
def test_what_is_rejected_stays_out_and_is_not_asked_for_again(loaded: Feed):
    loaded.publish("2026-02", more("A", "B", "C", "D", "E"))
    (request,) = lifecycle.requests(loaded.data, status="pending")
    with pytest.raises(Decided, match="a name and a reason"):
        lifecycle.reject(loaded.data, request["request_id"], by=ADA, reason=" ")
    lifecycle.reject(loaded.data, request["request_id"], by=ADA, reason="not ours")
    assert statuses(loaded.publish("2026-03", more("A", "B", "C", "D", "E"))) == ["loaded"]
    assert "a" not in loaded.table().columns
    assert lifecycle.requests(loaded.data, status="pending") == []


def test_a_column_that_may_go_is_empty_from_then_on(feed: Feed):
    from tests.refresh.publications.feeds import columns_of

    columns = columns_of(more("A"))
    feed.publish("2026-01", more("A"), columns=columns)
    assert feed.publish("2026-02", organisations(), columns=columns).exit_code == 1
    (request,) = lifecycle.requests(feed.data, status="pending")
    outcome = lifecycle.approve(feed.data, request["request_id"], by=ADA, reason="dropped")
    assert outcome.exit_code == 0
    table = feed.table()
    assert table["_period"].unique().to_list() == ["2026-02"] and table["a"].null_count() == ROWS
    assert feed.publish("2026-03", organisations(), columns=columns).exit_code == 0


def test_there_is_no_such_request(loaded: Feed):
    with pytest.raises(UnknownName, match="no request 7"):
        lifecycle.approve(loaded.data, 7, by=ADA, reason="r")


# Duplicates


@on_both
def test_rows_that_repeat_where_periods_are_appended_ask_for_another_word(feed: Feed):
    for period, rows in (("2026-01", 100), ("2026-02", 150), ("2026-03", 200)):
        loads = feed.publish(period, organisations(rows), load_mode="append")
    assert feed.table().height == 450
    found = [f for f in loads.findings if f.check == "rows that repeat between periods"]
    assert [(f.period, f.observed, f.message[:8]) for f in found] == [
        ("2026-02", "66.7 %", "critical"),
        ("2026-03", "75.0 %", "critical"),
    ]
    (request,) = lifecycle.requests(feed.data, status="pending")
    assert (request["change"], request["details"]["to"]) == ("load_mode", "replace")
    lifecycle.approve(feed.data, request["request_id"], by=ADA, reason="cumulative")
    assert feed.table().height == 200


def test_a_run_looks_for_rows_that_repeat_as_a_load_does(feed: Feed):
    january, february = feed.write("2026-01", organisations()), feed.root / "beds-2026-02.csv"
    # In full: a file that is not there yet has no place beside the manifest.
    announced = File(url=february.as_uri(), period="2026-02")
    assert statuses(feed.load(january, announced, load_mode="append")) == ["loaded", "failed"]
    february.write_bytes((feed.root / january.url).read_bytes())
    found = run(("beds",), data=feed.data).findings
    (repeated,) = [one for one in found if one.check == "rows that repeat between periods"]
    assert (repeated.status, repeated.rows_failed, repeated.period) == ("warn", ROWS, "2026-02")
    (request,) = lifecycle.requests(feed.data, status="pending")
    assert (request["change"], request["details"]["to"]) == ("load_mode", "replace")


@pytest.mark.parametrize(
    ("repeated", "status", "critical"),
    [(5, "pass", False), (6, "warn", False), (59, "warn", False), (60, "warn", True)],
)
def test_five_in_a_hundred_repeated_rows_are_a_warning_and_half_are_critical(
    feed: Feed, repeated: int, status: str, critical: bool
):
    feed.publish("2026-01", organisations(), load_mode="append")
    loads = feed.publish("2026-02", organisations(first=ROWS - repeated), load_mode="append")
    (found,) = [f for f in loads.findings if f.check == "rows that repeat between periods"]
    assert (found.rows_failed, found.status) == (repeated, status)
    assert found.message.startswith("critical") == critical


# Orphans


@pytest.fixture
def orphaned(loaded: Feed) -> Iterator[Feed]:
    """One of each kind, planted by hand; files a month old."""
    layout = Layout(loaded.data)
    other = Feed(loaded.root, loaded.of.__class__(**_fields(loaded, "gone")))
    other.register()
    other.publish("2026-01", organisations())
    engine = sa.create_engine(layout.registry_url)
    with engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            # It lets nobody lose a source that has loads, unless told not to look.
            connection.execute(sa.text("SET LOCAL session_replication_role = replica"))
        # The registry lost `gone`, and its loads are there still.
        for table in ("source_metrics", "column_metadata", "releases", "validation_results"):
            connection.execute(sa.text(f"DELETE FROM {table} WHERE source_code = 'gone'"))
        connection.execute(sa.text("DELETE FROM sources WHERE code = 'gone'"))
        connection.execute(sa.text("UPDATE load_events SET started_at = '2026-10-30 00:00:00'"))
        connection.execute(sa.text("UPDATE sources SET last_load_at = '2026-10-30 00:00:00'"))
    engine.dispose()
    old = datetime(2026, 10, 30).timestamp()
    for path in loaded.data.rglob("*"):
        os.utime(path, (old, old))
    yield loaded


def _fields(feed: Feed, code: str) -> dict[str, Any]:
    of = feed.of
    return dict(
        code=code, name=code, table=f"tbl_{code}", layout=of.layout, key=of.key, columns=of.columns
    )


@on_both
def test_orphans_of_every_kind_are_found_and_nothing_is_changed(orphaned: Feed):
    found = lifecycle.orphans(orphaned.data, today=TODAY)
    assert [(one.kind, one.name, one.days, one.action) for one in found] == [
        ("table without source", "tbl_gone", 31, "archive"),
        ("files without source", "raw/gone", 31, "archive"),
        ("files without source", "staged/gone", 31, "archive"),
        ("loads without source", "gone", 31, "archive"),
    ]
    assert lifecycle.orphans(orphaned.data, today=TODAY) == found


@on_both
def test_young_orphans_are_asked_about_and_left_alone(orphaned: Feed):
    for days, action in ((6, "ask"), (7, "archive")):
        found = lifecycle.orphans(orphaned.data, today=_on(days))
        assert {one.action for one in found} == {action}
    assert lifecycle.archive_orphans(orphaned.data, by=ADA, today=_on(6)) == []


def _on(days: int) -> date:
    return date.fromordinal(date(2026, 10, 30).toordinal() + days)


@on_both
def test_old_orphans_are_archived_and_none_is_lost(orphaned: Feed):
    lifecycle.archive_orphans(orphaned.data, by=ADA, today=TODAY)
    names = {path.name for path in Layout(orphaned.data).archive.iterdir()}
    assert names == {
        "tbl_gone_archived_20261130.parquet",
        "raw-gone_archived_20261130",
        "staged-gone_archived_20261130",
    }
    archived = Layout(orphaned.data).archive / "tbl_gone_archived_20261130.parquet"
    assert pl.read_parquet(archived).height == ROWS
    kinds = {one.kind for one in lifecycle.orphans(orphaned.data, today=TODAY)}
    assert kinds <= {"table without source"}  # until the next seal, which leaves it out
    assert len(orphaned.asked(lambda ledger: ledger.loads(source="gone"))) == 1


def test_a_source_that_was_loaded_and_has_no_table_is_an_orphan_one_never_loaded_is_not(feed: Feed):
    assert lifecycle.orphans(feed.data, today=TODAY) == []
    feed.publish("2026-01", organisations())
    Layout(feed.data).current.unlink()
    (found,) = lifecycle.orphans(feed.data, today=date.today())
    assert (found.kind, found.name, found.ask) == ("source without table", "beds", "beds@nhs.test")
