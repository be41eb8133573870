"""The one load path: what is registered is loaded once, held to its gates, and recorded."""

from pathlib import Path

import polars as pl
import pytest
import sqlalchemy as sa
from polars.testing import assert_frame_equal

from engine import open_lake
from engine.errors import NoSnapshot
from engine.lake import Layout
from refresh.__main__ import main
from refresh.pipeline import run
from refresh.publications import stamped
from refresh.publications.load import NotRegistered
from refresh.publications.manifest import ManifestColumn, Wide
from tests.refresh.publications.feeds import (
    ROWS,
    Feed,
    columns_of,
    on_both,
    organisations,
    said,
    source,
    statuses,
)

AUDIT = {"_load_id", "_loaded_at", "_period", "_manifest_file_id", "_row_hash"}


def more(rows: int = ROWS, *names: str) -> list[dict]:
    """Rows with further columns, all numbers."""
    return [row | {name: i for i, name in enumerate(names)} for row in organisations(rows)]


# Registered, loaded already


def test_what_nobody_registered_is_not_loaded_and_not_fetched(tmp_path: Path):
    feed = Feed(tmp_path)
    with pytest.raises(NotRegistered, match="beds") as refused:
        feed.publish("2026-01", organisations())
    assert refused.value.exit_code == 2 and "register" in refused.value.next
    assert not Layout(feed.data).raw.exists()
    with pytest.raises(NoSnapshot):
        open_lake(feed.data)


def test_what_is_only_tried_lies_in_the_sandbox_and_nowhere_else(tmp_path: Path, capsys):
    feed = Feed(tmp_path)
    loads = feed.publish("2026-01", organisations(), how={"test": True})
    assert statuses(loads) == ["loaded"] and loads.exit_code == 0
    assert open_lake(Layout(feed.data).sandbox.root).scan("tbl_beds").collect().height == ROWS
    assert {path.name for path in feed.data.iterdir()} == {"sandbox"}
    assert main(["sandbox", "list", "--data", str(feed.data), "--user", "ann"]) == 0
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(f"tbl_beds  {ROWS} rows  ") and line.endswith("tried by load --test")


@on_both
def test_the_first_load_is_in_the_lake_with_its_audit_columns(feed: Feed):
    loads = feed.publish("2026-01", organisations())
    assert (loads.exit_code, statuses(loads)) == (0, ["loaded"])
    table = feed.table()
    assert table["beds"].sum() == sum(3 * n + 1 for n in range(ROWS))
    assert set(table.columns) == {"org", "beds"} | AUDIT
    assert table["_period"].unique().to_list() == ["2026-01"]
    assert table["_row_hash"].n_unique() == ROWS
    assert feed.asked(lambda ledger: ledger.source("beds"))["status"] == "active"


def test_a_release_too_large_for_memory_gives_the_same_table(
    feed: Feed, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    january = feed.write("2026-01", organisations())
    feed.load(january)
    whole = feed.table()
    monkeypatch.setattr(stamped, "LARGE", 1)
    (tmp_path / "large").mkdir()
    large = Feed(tmp_path / "large")
    large.register()
    loads = large.load(large.write("2026-01", organisations()))
    assert (loads.exit_code, statuses(loads)) == (0, ["loaded"])
    when = ["_loaded_at", "_load_id"]
    assert_frame_equal(large.table().drop(when), whole.drop(when), check_row_order=False)
    assert not [*Layout(large.data).raw.rglob(".part-*")]


def test_the_same_file_again_is_skipped_where_it_replaces(feed: Feed):
    feed.publish("2026-01", organisations())
    loads = feed.publish("2026-01", organisations())
    assert (loads.exit_code, statuses(loads)) == (0, ["skipped"])
    assert len(feed.asked(lambda ledger: ledger.loads(source="beds"))) == 1


@pytest.mark.parametrize("name", ["moved/beds-2026-01.csv", "renamed.csv"])
def test_the_same_bytes_at_another_address_are_read_again_where_that_is_asked(
    feed: Feed, name: str
):
    feed.publish("2026-01", organisations())
    (feed.root / "moved").mkdir()
    moved = feed.write("2026-01", organisations(), name)
    assert statuses(feed.load(moved, how={"force": True})) == ["loaded"]
    assert feed.table().height == ROWS


@on_both
def test_the_same_file_again_is_refused_where_it_is_appended(feed: Feed):
    january = feed.write("2026-01", organisations())
    feed.load(january, load_mode="append")
    loads = feed.load(january, load_mode="append")
    assert (loads.exit_code, statuses(loads)) == (1, ["refused"])
    assert "--force" in said(loads, "already loaded")[0].next_step
    forced = feed.load(january, load_mode="append", how={"force": True})
    assert (forced.exit_code, statuses(forced), feed.table().height) == (0, ["loaded"], ROWS)


def test_other_rows_of_a_period_that_has_some_are_refused_where_they_are_appended(feed: Feed):
    feed.publish("2026-01", organisations(), load_mode="append")
    loads = feed.publish("2026-01", organisations(110), load_mode="append")
    assert statuses(loads) == ["refused"] and feed.table().height == ROWS
    feed.publish("2026-01", organisations(110), load_mode="append", how={"force": True})
    assert feed.table().height == 110


@on_both
def test_a_file_of_the_same_name_with_other_bytes_is_loaded_and_told(feed: Feed):
    feed.publish("2026-01", organisations())
    loads = feed.publish("2026-01", organisations(130))
    assert (loads.exit_code, statuses(loads), feed.table().height) == (0, ["loaded"], 130)
    found = feed.asked(lambda ledger: ledger.loads())
    assert [row["file_sha256"] for row in found][0] != found[1]["file_sha256"]
    assert feed.asked(altered) == ["warn"]


def altered(ledger) -> list[str]:
    with ledger._engine.connect() as connection:
        query = "SELECT status FROM validation_results WHERE check_name = 'altered file'"
        return [row[0] for row in connection.execute(sa.text(query))]


def test_a_file_without_a_period_replaces_nothing(feed: Feed):
    file = feed.write("2026-01", organisations())
    file.period = ""
    loads = feed.load(file)
    assert (loads.exit_code, statuses(loads)) == (1, ["failed"])
    assert "without a period" in loads.files[0].findings[0].message


def test_a_file_that_is_not_there_fails_and_the_others_are_loaded(feed: Feed):
    there, gone = feed.write("2026-01", organisations()), feed.write("2026-02", organisations())
    (feed.root / gone.url).unlink()
    loads = feed.load(there, gone)
    assert (loads.exit_code, sorted(statuses(loads))) == (1, ["failed", "loaded"])


# The four words


def two_months(feed: Feed, mode: str) -> pl.DataFrame:
    feed.publish("2026-01", organisations(), load_mode=mode)
    changed = [row | {"BEDS": 7} if row["ORG"] == "R0000" else row for row in organisations(119)]
    feed.publish("2026-02", changed, load_mode=mode)
    return feed.table()


@pytest.mark.parametrize(
    ("mode", "rows", "beds"),
    [
        ("replace", 119, [7]),
        ("append", 239, [1, 7]),
        ("upsert", 120, [7]),
    ],
)
def test_a_load_mode_is_how_the_releases_fold(feed: Feed, mode: str, rows: int, beds: list[int]):
    table = two_months(feed, mode)
    assert table.height == rows
    assert sorted(table.filter(org="R0000")["beds"]) == beds


def test_a_history_has_a_row_for_as_long_as_it_said_the_same(feed: Feed):
    table = two_months(feed, "history")
    assert set(table.columns) == {"org", "beds", "valid_from", "valid_to"}
    versions = table.filter(pl.col("org").is_in(["R0000", "R0119"])).sort("org", "valid_from")
    assert [(r[0], r[1], str(r[2]), str(r[3])) for r in versions.rows()] == [
        ("R0000", 1, "2026-01-01", "2026-02-01"),
        ("R0000", 7, "2026-02-01", "9999-12-31"),
        ("R0119", 358, "2026-01-01", "2026-02-01"),
    ]
    assert table.height == 121


def test_wide_dates_are_rows_and_a_new_month_is_no_new_column(tmp_path: Path):
    def rows(*months: str) -> list[dict]:
        return [{"ORG": f"R{n:04d}"} | dict.fromkeys(months, n) for n in range(ROWS)]

    first = rows("2026-01", "2026-02", "2026-03")
    columns = [
        ManifestColumn(name="org", original_name="ORG", position=1),
        *(
            ManifestColumn(name=f"m_{i}", original_name=f"2026-0{i}", position=i + 1, dtype="int64")
            for i in (1, 2, 3)
        ),
    ]
    wide = Wide(columns=["m_1", "m_2", "m_3"])
    feed = Feed(tmp_path, source(columns=columns, wide=wide))
    feed.register()
    assert feed.publish("2026-03", first).exit_code == 0
    assert feed.table().select("org", "date", "value").height == 3 * ROWS
    loads = feed.publish("2026-04", rows("2026-01", "2026-02", "2026-03", "2026-04"))
    assert said(loads, "every row is accounted for")[0].status == "pass"
    assert (loads.files[0].rows_read, loads.files[0].rows_loaded) == (ROWS, ROWS)
    assert feed.table()["date"].unique().sort().to_list() == [f"2026-0{i}" for i in (1, 2, 3, 4)]
    assert feed.asked(lambda ledger: ledger.requests()) == []


# Held to gates


@on_both
def test_what_fails_a_gate_writes_nothing_and_the_last_good_stays(feed: Feed):
    feed.publish("2026-01", organisations())
    twice = [*organisations(), *organisations(1)]
    loads = feed.publish("2026-02", twice)
    assert (loads.exit_code, statuses(loads)) == (1, ["failed"])
    assert feed.table()["_period"].unique().to_list() == ["2026-01"]
    newest = feed.asked(lambda ledger: ledger.loads())[0]
    assert (newest["status"], newest["error_type"]) == ("failed", "one row a key")
    assert feed.load(feed.write("2026-02", twice)).exit_code == 1  # told again, not forgotten


def test_a_source_that_is_not_held_to_its_gates_loads_what_fails_them(tmp_path: Path):
    feed = Feed(tmp_path, source(columns=columns_of(organisations())))
    feed.register(validation_required=False)
    rows = [row | {"BEDS": "" if i else "about 3"} for i, row in enumerate(organisations(12))]
    loads = feed.publish("2026-01", rows)
    assert feed.table().height == 11
    assert said(loads, "rows rejected")[0].status == "fail"


@on_both
def test_every_verdict_is_kept_with_what_was_expected_and_observed(feed: Feed):
    loads = feed.publish("2026-01", organisations())
    kept = feed.asked(lambda ledger: ledger.verdicts_of(ledger.loads()[0]["load_id"]))
    assert tuple(kept) == loads.files[0].findings
    assert {f.gate for f in kept} == {
        "row_count",
        "schema",
        "quality",
        "metadata",
        "reconciliation",
    }
    assert {f.status for f in kept} == {"pass"}
    assert all(f.expected for f in kept)


@on_both
def test_a_load_is_recorded(feed: Feed):
    feed.publish("2026-01", organisations(), how={"text": "manifest: here"})
    load, source_row, metrics = feed.asked(
        lambda ledger: (ledger.loads()[0], ledger.source("beds"), ledger.metrics_of("beds"))
    )
    assert (load["source_row_count"], load["rows_loaded"], load["rows_rejected"]) == (ROWS, ROWS, 0)
    assert (load["reconciliation"], load["manifest_name"]) == ("match", "beds.yaml")
    assert load["profile"][0]["columns"][1] == {
        "published": "BEDS",
        "name": "beds",
        "dtype": "Int64",
        "sum": sum(3 * n + 1 for n in range(ROWS)),
        "nulls": 0,
        "marks": {},
    }
    assert source_row["last_validated_at"] is not None
    assert source_row["manifest_text"] == "manifest: here"
    (measured,) = metrics
    assert (measured["row_count"], float(measured["validation_pass_rate"])) == (ROWS, 100.0)
    assert measured["column_count"] == 2 and measured["table_size_bytes"] > 0


@on_both
def test_loads_of_one_day_are_one_row_of_metrics(feed: Feed):
    feed.publish("2026-01", organisations())
    feed.publish("2026-02", organisations(130))
    (measured,) = feed.asked(lambda ledger: ledger.metrics_of("beds"))
    assert measured["row_count"] == 130


def test_a_source_weighs_all_that_is_kept_staged_of_it(feed: Feed):
    for period, rows in (("2026-01", 100), ("2026-02", 130)):
        feed.publish(period, organisations(rows), load_mode="append")
    (measured,) = feed.asked(lambda ledger: ledger.metrics_of("beds"))
    files = list(Layout(feed.data).staged.rglob("*.parquet"))
    assert len(files) == 2
    assert measured["table_size_bytes"] == sum(file.stat().st_size for file in files)


# New columns, lost columns, other types


def test_four_new_columns_are_taken_and_noted(feed: Feed):
    feed.publish("2026-01", organisations())
    loads = feed.publish("2026-02", more(ROWS, "A", "B", "C", "D"))
    assert loads.exit_code == 0 and {"a", "b", "c", "d"} <= set(feed.table().columns)
    (request,) = feed.asked(lambda ledger: ledger.requests())
    assert (request["status"], request["decided_by"]) == ("approved", "rule")
    (drift,) = feed.asked(lambda ledger: ledger.drifts("beds"))
    assert (drift["drift_type"], drift["severity"], drift["auto_resolved"]) == (
        *("new_columns", "info"),
        True,
    )
    assert said(loads, "columns added")[0].observed == "4"


@on_both
def test_five_new_columns_are_held_and_the_load_goes_on(feed: Feed):
    feed.publish("2026-01", organisations())
    loads = feed.publish("2026-02", more(ROWS, "A", "B", "C", "D", "E"))
    assert loads.exit_code == 0 and set(feed.table().columns) == {"org", "beds"} | AUDIT
    assert feed.table()["_period"].unique().to_list() == ["2026-02"]
    (request,) = feed.asked(lambda ledger: ledger.requests(status="pending"))
    assert request["details"]["columns"] == ["a", "b", "c", "d", "e"]
    assert said(loads, "columns held for review")[0].status == "warn"


def test_a_column_that_is_gone_stops_the_load(feed: Feed):
    feed.publish("2026-01", more(ROWS, "A"), columns=columns_of(more(1, "A")))
    loads = feed.publish("2026-02", organisations(), columns=columns_of(more(1, "A")))
    assert (loads.exit_code, statuses(loads)) == (1, ["failed"])
    assert said(loads, "columns removed")[0].column == "a"
    (request,) = feed.asked(lambda ledger: ledger.requests(status="pending"))
    assert (request["change"], request["details"]) == ("removed", {"columns": ["a"]})


def fractions(rows: int = ROWS) -> list[dict]:
    return [row | {"BEDS": row["BEDS"] + 0.5} for row in organisations(rows)]


def test_what_outgrew_its_type_is_rejected_unless_it_may_be_healed(feed: Feed):
    feed.publish("2026-01", organisations())
    assert statuses(feed.publish("2026-02", fractions())) == ["failed"]
    healed = feed.publish("2026-02", fractions(), how={"heal": "permissive"})
    assert (healed.exit_code, statuses(healed)) == (0, ["loaded"])
    assert feed.table()["beds"].sum() == sum(3 * n + 1.5 for n in range(ROWS))
    (drift,) = [d for d in feed.asked(lambda ledger: ledger.drifts("beds")) if d["auto_resolved"]]
    assert drift["resolution_action"] == "widened to float64"


def test_only_who_is_told_to_makes_text_of_numbers(feed: Feed):
    feed.publish("2026-01", organisations())
    words = [row | {"BEDS": f"about {row['BEDS']}"} for row in organisations()]
    assert statuses(feed.publish("2026-02", words, how={"heal": "permissive"})) == ["failed"]
    assert statuses(feed.publish("2026-02", words, how={"heal": "aggressive"})) == ["loaded"]
    assert feed.table().schema["beds"] == pl.String


# What is registered is kept up to date by every run


@on_both
def test_a_run_needs_no_manifest_and_brings_what_was_corrected(feed: Feed):
    feed.publish("2026-01", organisations())
    feed.write("2026-01", organisations(125))
    outcome = run(("beds",), data=feed.data)
    assert (outcome.exit_code, feed.table().height) == (0, 125)
    (feed.root / "beds-2026-01.csv").unlink()
    assert run(("beds",), data=feed.data).exit_code == 0
    assert feed.table().height == 125


def test_a_mirror_has_the_files_of_what_is_registered_by_their_names(feed: Feed, tmp_path: Path):
    feed.publish("2026-01", organisations())
    mirror = tmp_path / "mirror"
    mirror.mkdir()
    pl.DataFrame(organisations(140)).write_csv(mirror / "beds-2026-01.csv")
    assert run(("beds",), data=feed.data, mirror=str(mirror)).exit_code == 0
    assert feed.table().height == 140


def test_a_period_in_which_every_number_is_told_loads_after_one_with_marks(tmp_path: Path):
    """The reasons beside its numbers are no column of the publisher's that is gone."""
    columns = columns_of(organisations())
    columns[1].marks = {"*": "under 5"}
    feed = Feed(tmp_path, source(key=["org"], columns=columns))
    feed.register()
    marked = [
        row | {"BEDS": "*" if at == 3 else str(row["BEDS"])}
        for at, row in enumerate(organisations())
    ]
    assert statuses(feed.publish("2026-01", marked)) == ["loaded"]
    assert feed.table()["beds_suppressed"].drop_nulls().to_list() == ["under 5"]
    assert statuses(feed.publish("2026-02", organisations())) == ["loaded"]
    assert feed.table()["beds"].null_count() == 0
