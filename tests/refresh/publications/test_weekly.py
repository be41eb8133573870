"""The week's maintenance reports each fault that was planted, and changes no more than it may."""

import shutil
from datetime import datetime
from pathlib import Path

import pytest

from engine import open_lake
from engine.lake import Layout
from refresh.__main__ import main
from refresh.operate.health_report import Report, Section
from refresh.operate.integrity import check_integrity
from refresh.operate.reports import Sent, file_report, filed, send_report
from refresh.pipeline import run
from refresh.publications.keeping.task import Task
from refresh.publications.keeping.weekly import weekly
from tests.refresh.publications.feeds import ROWS, Feed, organisations
from tests.refresh.publications.planted import another, changed, flip, orphan, table_file
from tests.sinks import web_hook

NOW = datetime(2026, 11, 30, 6)


@pytest.fixture(scope="module")
def well(tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """A lake with one source, loaded once; not to be written to."""
    return loaded(tmp_path_factory.mktemp("well"))


@pytest.fixture(scope="module")
def ill(well: Feed, tmp_path_factory: pytest.TempPathFactory) -> Feed:
    """Orphans of four kinds, a flipped byte, a failed load, and a source ten months late."""
    feed = copied(well, tmp_path_factory.mktemp("ill") / "root")
    another(feed, "wards")
    feed.publish("2026-01", [{"ORG": "R0001"}])  # its beds are gone: refused
    orphan(feed)
    changed(
        feed,
        "UPDATE sources SET table_name = 'tbl_lost' WHERE code = 'wards'",
        f"UPDATE load_events SET started_at = '{NOW}', completed_at = '{NOW}'"
        " WHERE status = 'failed'",
    )
    flip(table_file(feed))
    return feed


def loaded(root: Path) -> Feed:
    feed = Feed(root)
    feed.register()
    feed.publish("2026-01", organisations())
    return feed


def copied(feed: Feed, to: Path) -> Feed:
    return Feed(Path(shutil.copytree(feed.root, to)))


@pytest.fixture
def feed(well: Feed, tmp_path: Path) -> Feed:
    return copied(well, tmp_path / "root")


@pytest.fixture
def planted(ill: Feed, tmp_path: Path) -> Feed:
    return copied(ill, tmp_path / "root")


def told(report: Report, heading: str) -> Section:
    (section,) = [one for one in report.sections if one.heading == heading]
    return section


def task(feed: Feed, **how: object) -> Task:
    return Task(feed.data, datetime(2026, 11, 30, 7), **how)


def test_each_planted_fault_is_reported(planted: Feed):
    wrong = table_file(planted)
    report = weekly(task(planted))
    assert report.verdict == "fail"

    orphans = told(report, "What belongs to nobody")
    assert {(row["kind"], row["name"]) for row in orphans.rows} == {
        ("table without source", "tbl_gone"),
        ("source without table", "wards"),
        ("files without source", "raw/gone"),
        ("files without source", "staged/gone"),
        ("loads without source", "gone"),
    }
    assert all(row["done"].startswith("to do") for row in orphans.rows)

    (broken,) = told(report, "Whether files are whole").rows
    assert (
        broken["file"] == Layout(planted.data).below(wrong)
        and "bytes are others" in broken["wrong"]
    )

    (failed,) = told(report, "Failed loads").rows
    assert (failed["source"], failed["period"]) == ("beds", "2026-01")
    assert failed["why"] and not failed["loaded since"]

    late = told(report, "Sources that are late")
    assert "beds" in {row["source"] for row in late.rows}
    assert told(report, "Loads of the last seven days").verdict == "fail"
    assert told(report, "Files that nothing names").verdict == "pass"
    assert told(report, "The ledger's database").verdict == "pass"


def test_a_well_lake_has_nothing_wrong_but_what_the_calendar_says(feed: Feed):
    report = weekly(task(feed))
    assert {s.heading for s in report.sections if s.verdict != "pass"} == {"Sources that are late"}
    assert [p.suffix for p in file_report(feed.data, report)] == [".md", ".html"]


def test_only_what_is_asked_for_is_archived_and_a_dry_run_changes_nothing(planted: Feed):
    def there() -> set[tuple[str, int]]:
        # Who opens the ledger moves its journal; the rows are looked at below.
        paths = (p for p in planted.data.rglob("*") if p.is_file() and "registry" not in p.name)
        return {(str(path), path.stat().st_mtime_ns) for path in paths}

    before = there()
    weekly(task(planted, dry_run=True, execute=True))
    assert there() == before
    report = weekly(task(planted, execute=True))
    rows = told(report, "What belongs to nobody").rows
    assert {row["done"] for row in rows} == {"archived", "to do: ask"}
    assert (Layout(planted.data).archive / "tbl_gone_archived_20261130.parquet").is_file()


@pytest.mark.parametrize("kind", ["table", "published", "staged"])
def test_a_flipped_byte_is_named_and_its_next_step_makes_it_whole(tmp_path: Path, kind: str):
    feed = loaded(tmp_path)
    layout = Layout(feed.data)
    folder = {"table": table_file(feed).parent, "published": layout.raw, "staged": layout.staged}
    (path,) = [p for p in folder[kind].rglob("*") if p.is_file()]
    assert check_integrity(feed.data).broken == ()
    flip(path)
    (broken,) = check_integrity(feed.data).broken
    assert (broken.file.kind, broken.file.path) == (kind, layout.below(path))
    path.unlink()
    (broken,) = check_integrity(feed.data).broken
    assert broken.words == "it is gone"
    if kind == "published":
        # Nothing else has those bytes but the publisher.
        feed.load(feed.write("2026-01", organisations()), how={"force": True})
    else:
        assert run(data=feed.data, offline=True).exit_code == 0
    assert check_integrity(feed.data).broken == ()
    assert open_lake(feed.data).scan("tbl_beds").collect().height == ROWS


def test_the_verb_files_the_report_and_ends_with_one_where_something_is_wrong(
    planted: Feed, capsys: pytest.CaptureFixture[str]
):
    assert main(["maintain", "weekly", "--data", str(planted.data)]) == 1
    said = capsys.readouterr().out
    assert "✗ wrong: Whether files are whole" in said and "tbl_gone" in said
    (report,) = filed(planted.data)
    assert report.read_text(encoding="utf-8").startswith("# Health of the lake, week to ")
    assert (report.with_suffix(".html")).read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    # Today's `maintain` is as it was.
    assert main(["maintain", "--dry-run", "--data", str(planted.data)]) == 0
    assert "Snapshots kept" in capsys.readouterr().out


def test_a_folder_without_a_lake_is_said_to_be_one(tmp_path: Path):
    assert main(["maintain", "weekly", "--data", str(tmp_path / "none")]) == 1
    assert not (tmp_path / "none").exists()


def test_a_report_is_sent_to_who_is_told_and_one_that_is_down_is_named(feed: Feed):
    report = Report("weekly", "Health", NOW, [Section("pass", "All is well.", heading="Loads")])
    with web_hook() as hook, web_hook() as silent:
        silent.is_down = True
        to = f"json://127.0.0.1:{hook.port}/ critical=json://127.0.0.1:{silent.port}/"
        sent = send_report(report, to=f"{to} info=json://127.0.0.1:{silent.port}/")
    assert (len(sent.taken), len(sent.refused)) == (1, 1)
    (message,) = hook.taken
    assert "Care Atlas: Health" in message and "All is well." in message
    assert send_report(report, to="") == Sent()


def test_what_a_source_wrote_is_no_markup(feed: Feed):
    section = Section("warn", "<b>", [{"why": "<script>|x"}], heading="Loads")
    one, two = file_report(feed.data, Report("weekly", "t", NOW, [section]))
    assert "<script>" not in two.read_text(encoding="utf-8")
    assert "| <script>\\|x |" in one.read_text(encoding="utf-8")
