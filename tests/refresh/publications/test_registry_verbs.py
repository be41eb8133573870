"""The registry on the command line, and on PostgreSQL: from a manifest to the archive."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from engine import open_lake
from refresh.__main__ import main
from refresh.publications.manifest_file import write
from tests.refresh.publications.feeds import ROWS, Feed, organisations

Call = Callable[..., int]


@pytest.fixture
def feed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database: Callable[[], str]) -> Feed:
    """A feed whose registry is, in turn, SQLite and PostgreSQL."""
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", database())
    return Feed(tmp_path)


def more() -> list[dict]:
    return [row | dict.fromkeys("ABCDE", 1) for row in organisations()]


def test_from_a_manifest_to_the_archive(feed: Feed, capsys: pytest.CaptureFixture[str]):
    def call(*words: str) -> int:
        return main([*words, "--data", str(feed.data), "--quiet"])

    def told(*words: str) -> Any:
        capsys.readouterr()
        assert call(*words, "--json") == 0
        return json.loads(capsys.readouterr().out)

    path = feed.root / "beds.yaml"
    write(path, feed.manifest(feed.write("2026-01", organisations())))
    assert call("load", str(path)) == 2  # nobody registered it
    assert call("register", str(path)) == 0
    assert call("register", str(path)) == 2
    capsys.readouterr()
    assert call("load", str(path), "--validate") == 0
    report = capsys.readouterr().out
    assert "✓ Row count: 120 (the first load)" in report and "✗" not in report
    (row,) = told("load", str(path))
    assert (row["status"], row["source"], row["period"]) == ("skipped", "beds", "2026-01")

    write(path, feed.manifest(feed.write("2026-02", more())))
    (row,) = told("load", str(path))
    assert (row["status"], row["rows_read"], row["rows_loaded"]) == ("loaded", ROWS, ROWS)
    (request,) = told("requests")
    assert request["details"]["columns"] == list("abcde")
    assert call("approve", str(request["request_id"]), "--reason", "asked", "--by", "Ada") == 0
    assert open_lake(feed.data).scan("tbl_beds").collect()["e"].sum() == ROWS
    assert call("approve", str(request["request_id"]), "--reason", "again") == 2
    assert [load["period"] for load in told("history", "beds")][-1] == "2026-01"
    assert call("history", "nobody") == 2

    assert call("deprecate", "beds", "--reason", "over", "--archive-date", "soon") == 2
    assert call("deprecate", "beds", "--reason", "over", "--archive-date", "2000-01-01") == 2
    assert call("deprecate", "beds", "--reason", "over") == 0
    assert call("archive", "beds") == 2
    assert call("archive", "beds", "--force") == 0
    (source,) = [row for row in told("list") if row["code"] == "beds"]
    assert source["status"] == "archived"
    assert (told("orphans"), told("retention")) == ([], [])


def test_who_ran_what_is_kept(feed: Feed):
    path = feed.root / "beds.yaml"
    write(path, feed.manifest(feed.write("2026-01", organisations())))
    main(["register", str(path), "--data", str(feed.data)])
    main(["archive", "beds", "--data", str(feed.data)])
    rows = feed.asked(commands)
    assert [(row["command"], row["status"]) for row in rows] == [
        ("register", "success"),
        ("archive", "failed"),
    ]
    assert "only a deprecated source" in rows[1]["error"] and "beds" in rows[1]["args"]
    assert rows[0]["duration_ms"] >= 0 and rows[0]["username"] and rows[0]["hostname"]


def commands(ledger: Any) -> list[dict[str, Any]]:
    return ledger._rows(sa.select(sa.text("* FROM cli_runs ORDER BY run_id")))


def test_a_registry_that_cannot_be_noted_in_stops_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setenv(
        "CARE_ATLAS_REGISTRY", f"sqlite:///{tmp_path}/no/such/folder/registry.sqlite"
    )
    assert main(["status", "--data", str(tmp_path / "data"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["snapshot"] is None
