"""The ledger: what happened is written as it happens, and a run that dies leaves whole rows."""

import dataclasses
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from sqlalchemy import create_engine, inspect, text

from engine.ledger import METADATA
from refresh.atlas.sources.ods import PRACTICES
from refresh.atlas.sources.qof import SOURCE as QOF
from refresh.finding import Finding
from refresh.source import Release, Source, StoredFile
from refresh.store.ledger import Ledger, now
from refresh.store.migrations import VERSION_TABLE

FILE = StoredFile("QOF_2122_V2.zip", "https://nhs.test/QOF_2122_V2.zip", "ab" * 32, 900, etag='"1"')


@pytest.fixture
def ledger(url: str) -> Iterator[Ledger]:
    ledger = Ledger(url)
    ledger.register(QOF, load_mode="append")
    yield ledger
    ledger.close()


def release(period: str = "2021-22", sha: str = "ab", *, of: Source = QOF, demo: bool = False):
    return Release(of.code, period, 0, sha * 32, (FILE,), date(2022, 9, 29), demonstration=demo)


def verdict(status: str, check: str = "rule", period: str = "2021-22") -> Finding:
    finding = Finding(status, "quality", check, "a.csv", "m", rows_failed=2, rows_total=9)
    return finding.of(QOF.code, period)


def load(ledger: Ledger, *findings: Finding, rows: int = 5, period: str = "2021-22") -> int:
    """A whole load of one release."""
    number = ledger.begin_load(QOF, release(period), by="tests", load_mode="append")
    ledger.end_load(number, findings, source=QOF.code, read=9, rows=rows, rejected=1)
    return number


def revisions(ledger: Ledger) -> list[tuple[str, int, str]]:
    kept = ledger.releases(QOF.code, demonstration=False)
    return [(r.period, r.revision, r.sha256[:2]) for r, _ in kept]


# What is followed


def test_a_source_is_registered_once_and_its_declaration_renewed(ledger: Ledger):
    ledger.register(dataclasses.replace(QOF, owner="somebody else"), load_mode="append")
    (row,) = ledger.sources()
    assert (row["code"], row["owner"], row["load_mode"]) == ("qof", "somebody else", "append")


def test_registering_again_keeps_the_state(ledger: Ledger):
    load(ledger)
    ledger.register(QOF, load_mode="append")
    (row,) = ledger.sources()
    assert row["status"] == "active" and row["last_load_at"]


def test_a_new_source_is_registered_and_not_yet_active(ledger: Ledger):
    (row,) = ledger.sources()
    assert row["status"] == "registered"
    assert row["last_load_at"] is row["last_checked_at"] is None


def test_asking_the_publisher_is_noted_whatever_came_of_it(ledger: Ledger):
    ledger.checked(QOF.code)
    (row,) = ledger.sources()
    assert now() - row["last_checked_at"] < timedelta(minutes=1)


def test_instants_are_utc():
    assert abs(now() - datetime.now(UTC).replace(tzinfo=None)) < timedelta(seconds=5)


# What was fetched


def test_a_fetch_is_remembered_by_its_address(ledger: Ledger):
    assert ledger.fetched(FILE.url) is None
    ledger.note_fetch(FILE.url, FILE)
    assert ledger.fetched(FILE.url) == FILE


def test_the_last_fetch_of_an_address_counts(ledger: Ledger):
    changed = dataclasses.replace(FILE, sha256="cd" * 32, etag='"2"')
    ledger.note_fetch(FILE.url, FILE)
    ledger.note_fetch(FILE.url, changed)
    assert ledger.fetched(FILE.url) == changed


def test_a_file_that_redirects_is_found_by_the_address_that_was_asked(ledger: Ledger):
    ledger.note_fetch("https://nhs.test/latest", FILE)
    assert ledger.fetched("https://nhs.test/latest").sha256 == FILE.sha256


# Releases


def test_a_re_publication_is_the_next_revision_of_its_period(ledger: Ledger):
    first, again = ledger.add_release(release(sha="ab")), ledger.add_release(release(sha="cd"))
    assert (first.revision, again.revision) == (1, 2)
    assert revisions(ledger) == [("2021-22", 1, "ab"), ("2021-22", 2, "cd")]


def test_a_release_that_is_known_is_no_new_revision(ledger: Ledger):
    first = ledger.add_release(release())
    assert ledger.add_release(release()) == first
    assert len(revisions(ledger)) == 1


def test_releases_come_oldest_period_first_whenever_they_were_added(ledger: Ledger):
    for period, sha in (("2022-23", "aa"), ("2019-20", "bb"), ("2022-23", "cc")):
        ledger.add_release(release(period, sha))
    assert revisions(ledger) == [("2019-20", 1, "bb"), ("2022-23", 1, "aa"), ("2022-23", 2, "cc")]


def test_the_same_bytes_for_another_period_are_another_release(ledger: Ledger):
    ledger.add_release(release("2021-22"))
    assert ledger.add_release(release("2022-23")).revision == 1


def test_a_release_comes_back_with_its_files_and_day(ledger: Ledger):
    ledger.add_release(release())
    ((kept, row),) = ledger.releases(QOF.code, demonstration=False)
    assert kept == dataclasses.replace(release(), revision=1)
    assert (row["status"], row["parts"], row["judged_by"]) == ("stored", {}, "")


def test_the_demonstration_is_kept_apart_from_the_real(ledger: Ledger):
    ledger.add_release(release(sha="ab"))
    ledger.add_release(release(sha="de", demo=True))
    assert revisions(ledger) == [("2021-22", 1, "ab")]
    ((demo, _),) = ledger.releases(QOF.code, demonstration=True)
    assert demo.demonstration and demo.sha256 == "de" * 32


def test_the_releases_of_all_are_those_of_each(ledger: Ledger):
    ledger.register(PRACTICES, load_mode="history")
    ledger.add_release(release("2022-23", sha="ab"))
    ledger.add_release(release("2021-22", sha="cd"))
    ledger.add_release(release(sha="ef", of=PRACTICES))
    ledger.add_release(release(sha="de", demo=True))
    found = ledger.releases_of_all(demonstration=False)
    assert {code: [r.sha256[:2] for r, _ in mine] for code, mine in found.items()} == {
        QOF.code: ["cd", "ab"],
        PRACTICES.code: ["ef"],
    }
    assert [*ledger.releases_of_all(demonstration=True)] == [QOF.code]


def test_the_demonstration_does_not_count_as_a_revision_of_the_real(ledger: Ledger):
    ledger.add_release(release(sha="de", demo=True))
    assert ledger.add_release(release(sha="ab")).revision == 1


def test_what_staging_made_of_a_release_is_kept(ledger: Ledger):
    kept = ledger.add_release(release())
    ledger.judge(kept, status="staged", parts={"prevalence": {"rows": 5}}, by="0123")
    ((_, row),) = ledger.releases(QOF.code, demonstration=False)
    assert (row["status"], row["judged_by"]) == ("staged", "0123")
    assert row["parts"] == {"prevalence": {"rows": 5}}


def test_what_was_rejected_is_kept_apart_from_the_parts_that_can_be_used(ledger: Ledger):
    kept = ledger.add_release(release())
    parts, rejects = {"prevalence": {"rows": 5}}, {"prevalence": {"rows": 1}, "points": {"rows": 9}}
    ledger.judge(kept, status="staged", parts=parts, rejects=rejects, by="0123")
    ((_, row),) = ledger.releases(QOF.code, demonstration=False)
    assert (row["parts"], row["rejects"]) == (parts, rejects)
    ledger.judge(kept, status="staged", parts=parts, by="0123")
    ((_, row),) = ledger.releases(QOF.code, demonstration=False)
    assert (row["parts"], row["rejects"]) == (parts, {})


def test_a_release_set_aside_stays_until_it_is_taken_again(ledger: Ledger):
    kept = ledger.add_release(release())
    ledger.judge(kept, status="staged", parts={}, by="0123")
    ledger.set_aside(kept.source, kept.period, kept.sha256)
    ((_, row),) = ledger.releases(QOF.code, demonstration=False)
    assert row["status"] == "set_aside"
    assert ledger.take_again() == 1
    ((_, row),) = ledger.releases(QOF.code, demonstration=False)
    assert (row["status"], row["judged_by"]) == ("stored", "")
    assert ledger.take_again() == 0


# Loads and verdicts


def test_a_load_is_there_from_its_beginning(ledger: Ledger):
    number = ledger.begin_load(QOF, release(), by="tests", load_mode="append")
    (row,) = ledger.loads()
    assert (row["load_id"], row["status"], row["triggered_by"]) == (number, "in_progress", "tests")
    assert (row["file_url"], row["file_size_bytes"], row["load_mode"]) == (FILE.url, 900, "append")
    assert row["completed_at"] is None


def test_a_good_load_is_completed_and_its_source_active(ledger: Ledger):
    load(ledger, verdict("pass"), verdict("warn"), rows=5)
    (row,) = ledger.loads()
    assert (row["status"], row["rows_loaded"], row["rows_rejected"]) == ("completed", 5, 1)
    assert row["source_row_count"] == 9
    assert row["error_type"] is None and row["completed_at"]
    assert ledger.sources()[0]["status"] == "active"


def test_a_load_that_brought_nothing_failed_and_says_why(ledger: Ledger):
    load(ledger, verdict("pass"), verdict("fail", "one row a key"), rows=0)
    (row,) = ledger.loads()
    assert (row["status"], row["error_type"]) == ("failed", "one row a key")
    assert (row["source_row_count"], row["rows_loaded"]) == (9, None)
    assert "a.csv" in row["error_message"]
    assert ledger.sources()[0]["status"] == "registered"


def test_a_load_that_brought_some_parts_is_completed_with_its_failures_in_the_findings(
    ledger: Ledger,
):
    load(ledger, verdict("fail", "parts of the release"), rows=5)
    assert ledger.loads()[0]["status"] == "completed"
    assert [f["status"] for f in ledger.findings_of("qof", "2021-22")] == ["fail"]


def test_loads_come_newest_first_and_no_more_than_asked(ledger: Ledger):
    numbers = [load(ledger) for _ in range(3)]
    assert [row["load_id"] for row in ledger.loads(2)] == numbers[:0:-1]


def test_the_load_of_a_release_is_the_last_that_judged_it(ledger: Ledger):
    assert ledger.load_of(release()) is None
    load(ledger)
    again = load(ledger)
    load(ledger, period="2022-23")
    assert ledger.load_of(release())["load_id"] == again


def test_what_a_dead_run_left_open_is_closed_once(url: str, ledger: Ledger):
    load(ledger)
    ledger.begin_load(QOF, release(), by="the run that died")
    ledger.close()
    again = Ledger(url)
    assert (again.close_interrupted(), again.close_interrupted()) == (1, 0)
    dead, good = again.loads()
    assert (dead["status"], dead["error_type"]) == ("rolled_back", "Interrupted")
    assert good["status"] == "completed"
    again.close()


def test_the_verdicts_of_the_last_load_come_worst_first(ledger: Ledger):
    load(ledger, verdict("fail", "of an older load"))
    load(ledger, verdict("pass", "c"), verdict("warn", "b"), verdict("fail", "a"))
    found = ledger.findings_of("qof", "2021-22")
    assert [(f["status"], f["check_name"]) for f in found] == [
        ("fail", "a"),
        ("warn", "b"),
        ("pass", "c"),
    ]


def test_verdicts_are_those_of_their_own_release(ledger: Ledger):
    load(ledger, verdict("pass", "mine"))
    load(ledger, verdict("fail", "of the next", "2022-23"), period="2022-23")
    assert [f["check_name"] for f in ledger.findings_of("qof", "2021-22")] == ["mine"]
    assert ledger.findings_of("qof", "1999-00") == []


def test_a_verdict_keeps_everything_it_said(ledger: Ledger):
    said = Finding(
        "warn", "schema", "columns", "a.csv", "m", "value", "1", "2", 3, 4, "[5]", "look"
    )
    load(ledger, said.of("qof", "2021-22"))
    (row,) = ledger.findings_of("qof", "2021-22")
    assert (row["validation_type"], row["check_name"], row["where"]) == (
        "schema",
        "columns",
        "a.csv",
    )
    assert (row["message"], row["column"], row["expected"], row["observed"]) == (
        "m",
        "value",
        "1",
        "2",
    )
    assert (row["n_failed"], row["n_total"], row["sample"], row["next_step"]) == (
        3,
        4,
        "[5]",
        "look",
    )


def test_a_verdict_may_quote_a_zero_byte(ledger: Ledger):
    load(ledger, dataclasses.replace(verdict("fail"), sample="A8\0"))
    assert ledger.findings_of("qof", "2021-22")[0]["sample"] == "A8\ufffd"


def test_verdicts_without_a_load_and_none_at_all_can_be_noted(ledger: Ledger, url: str):
    ledger.note_findings([])
    ledger.note_findings([Finding("fail", "quality", "places", "lake", "m")])
    engine = create_engine(url)
    with engine.connect() as connection:
        kept = connection.execute(text("SELECT load_id, status FROM validation_results")).all()
    engine.dispose()
    assert kept == [(None, "fail")]


# Postcodes and snapshots

PLACES = pl.DataFrame(
    {
        "postcode": ["TS18 1HU", "HU3 6BX"],
        "longitude": [-1.3, None],
        "latitude": [54.5, None],
        "method": ["postcodes_io", "postcodes_io"],
        "vintage": ["2026-11", "2026-11"],
    }
)


def test_a_postcode_is_asked_once_and_known_for_ever(ledger: Ledger):
    ledger.remember_postcodes(PLACES)
    known = ledger.known_postcodes(["TS18 1HU", "M9 7ED", "TS18 1HU"])
    assert known.rows() == [("TS18 1HU", -1.3, 54.5, "postcodes_io", "2026-11")]


def test_that_a_postcode_is_nowhere_is_known_too(ledger: Ledger):
    ledger.remember_postcodes(PLACES)
    assert ledger.known_postcodes(["HU3 6BX"])["longitude"].to_list() == [None]


def test_a_better_place_replaces_the_one_before(ledger: Ledger):
    ledger.remember_postcodes(PLACES)
    ledger.remember_postcodes(PLACES.with_columns(vintage=pl.lit("2027-01")))
    assert set(ledger.known_postcodes(PLACES["postcode"])["vintage"]) == {"2027-01"}


def test_more_postcodes_than_a_query_takes_can_be_asked_for(ledger: Ledger):
    many = pl.DataFrame({"postcode": [f"AB{i} 1CD" for i in range(501)]}).with_columns(
        longitude=1.0, latitude=2.0, method=pl.lit("x"), vintage=pl.lit("y")
    )
    ledger.remember_postcodes(many)
    assert ledger.known_postcodes(many["postcode"]).height == 501
    assert ledger.known_postcodes([]).schema == many.schema


# The database


def test_the_tables_are_those_that_pages_read(url: str, ledger: Ledger):
    engine = create_engine(url)
    assert set(inspect(engine).get_table_names()) == {*METADATA.tables, VERSION_TABLE}
    engine.dispose()


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_readers_do_not_wait_for_the_writer(url: str, ledger: Ledger):
    writer, reader = create_engine(url), Ledger(url)
    with writer.begin() as connection:
        assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
        connection.execute(text("UPDATE sources SET owner = 'half written'"))
        assert reader.sources()[0]["owner"] == QOF.owner
    reader.close()
    writer.dispose()


def test_a_ledger_opened_again_remembers(url: str, ledger: Ledger):
    ledger.add_release(release())
    ledger.register(PRACTICES, load_mode="history")
    ledger.close()
    again = Ledger(url)
    assert revisions(again) == [("2021-22", 1, "ab")]
    assert [row["code"] for row in again.sources()] == ["ods_practices", "qof"]
    again.close()
