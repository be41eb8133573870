"""Each runbook is walked through once: the fault is planted, its own commands are typed, and it is
well again."""

import shlex
from pathlib import Path

import pytest

from app.publications.runbooks.books import BY_NAME, Step
from refresh.__main__ import main
from refresh.publications.manifest_file import write
from tests.refresh.publications.feeds import ROWS, Feed, organisations
from tests.refresh.publications.planted import orphan


class Walk:
    """One runbook on one lake."""

    def __init__(self, name: str, feed: Feed, capsys: pytest.CaptureFixture[str]):
        self.book, self.feed, self._capsys = BY_NAME[name], feed, capsys
        self.given = {"source": "beds", "reason": "as the runbook says", "days": "200"}

    def type(self, step: Step | int, ends: int = 0) -> str:
        """Type a step's command as it stands on the page; what it prints."""
        step = self.book.steps[step] if isinstance(step, int) else step
        program, *asked = shlex.split(step.asked(self.given))
        assert (program, asked[:2]) == ("python", ["-m", "refresh"])
        self._capsys.readouterr()
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("CARE_ATLAS_DATA", str(self.feed.data))
            assert main(asked[2:]) == ends
        return self._capsys.readouterr().out

    def manifest(self, *periods: str, **said: object) -> None:
        """The manifest that a steward has beside the files."""
        path = self.feed.root / "beds.yaml"
        names = [self.feed.write(period, organisations()) for period in periods]
        write(path, self.feed.manifest(*names, **said))
        self.given["manifest"] = str(path)


@pytest.fixture
def feed(tmp_path: Path) -> Feed:
    feed = Feed(tmp_path)
    feed.register()
    feed.publish("2026-01", organisations())
    return feed


def test_a_failed_load(feed: Feed, capsys: pytest.CaptureFixture[str]):
    assert feed.publish("2026-02", [{"ORG": "R0001"}]).exit_code == 1
    walk = Walk("failed-load", feed, capsys)
    assert "failed" in walk.type(0)
    walk.manifest("2026-02")  # the publisher has mended the file
    walk.type(2)
    assert "✓" in walk.type(3)
    assert "beds@nhs.test" in walk.type(5)
    newest = walk.type(walk.book.well).splitlines()[1]
    assert "2026-02" in newest and "completed" in newest
    assert feed.table()["_period"].unique().to_list() == ["2026-02"]


def test_a_failed_load_that_nobody_can_mend(feed: Feed, capsys: pytest.CaptureFixture[str]):
    feed.publish("2026-02", [{"ORG": "R0001"}])
    walk = Walk("failed-load", feed, capsys)
    assert "Deprecated: beds" in walk.type(4)
    assert feed.asked(lambda ledger: ledger.source("beds"))["status"] == "deprecated"


def test_an_orphaned_table(feed: Feed, capsys: pytest.CaptureFixture[str]):
    orphan(feed)
    walk = Walk("orphaned-table", feed, capsys)
    assert "table without source: tbl_gone" in walk.type(0)
    assert "archived: table without source: tbl_gone" in walk.type(3)
    walk.type(4)
    assert "No orphans." in walk.type(walk.book.well)
    assert feed.table().height == ROWS


def test_an_orphan_that_somebody_wants(feed: Feed, capsys: pytest.CaptureFixture[str]):
    orphan(feed, "gone")
    walk = Walk("orphaned-table", feed, capsys)
    walk.manifest("2026-01", code="gone", name="gone", table="tbl_gone")
    assert "Registered: gone" in walk.type(2)
    assert "tbl_gone" not in walk.type(walk.book.well)


def test_duplicate_data(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    feed = Feed(tmp_path)
    feed.register()
    for period, rows in (("2026-01", 100), ("2026-02", 150)):
        feed.publish(period, organisations(rows), load_mode="append")
    assert feed.table().height == 250
    walk = Walk("duplicate-data", feed, capsys)
    assert "load_mode" in walk.type(0)
    walk.given["request"] = "1"
    assert "append" in walk.type(1)
    walk.manifest("2026-01", "2026-02", load_mode="append")
    assert "replace" in walk.type(2)
    assert "Approved: 1" in walk.type(3)
    assert "Nothing waits." in walk.type(walk.book.well)
    assert feed.table().height == 150


def test_runaway_storage(tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    feed = Feed(tmp_path)
    feed.register(retention_days=300)
    for period in ("2024-01", "2024-02", "2024-03"):
        feed.publish(period, organisations(), load_mode="append")
    walk = Walk("runaway-storage", feed, capsys)
    assert "tbl_beds" in walk.type(0, ends=0)
    assert "Removed" in walk.type(1) or "Snapshots kept: 3" in walk.type(1)
    assert "beds 2024-01: 120 rows" in walk.type(2)
    assert "tbl_beds_2024-01_archived_" in walk.type(3)
    assert "beds is kept 200 days from now on, before: 300" in walk.type(4)
    assert walk.type(walk.book.well) == ""
    assert feed.table()["_period"].unique().to_list() == ["2024-03"]


def test_keeping_for_less_needs_a_reason(feed: Feed, capsys: pytest.CaptureFixture[str]):
    walk = Walk("runaway-storage", feed, capsys)
    walk.given["reason"] = " "
    walk.type(4, ends=2)
    walk.given |= {"reason": "r", "days": "0"}
    walk.type(4, ends=2)
    assert feed.asked(lambda ledger: ledger.source("beds"))["retention_days"] == 365
