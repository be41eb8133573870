"""What a visitor is told of a refresh, and when the app starts one; without a browser."""

import asyncio
import io
import json
import logging
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from rich.console import Console
from starlette.requests import Request

from app import live
from app.atlas.drawing.headline import refresh_note
from app.health import health
from refresh.operate.report import print_status, status
from refresh.pipeline import run
from refresh.progress import Progress
from tests.conftest import sealed
from tests.refresh.mirrors import england, lay_out

ASKED = Request({"type": "http"})


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data folder of the app's, with nothing in it."""
    monkeypatch.setenv("CARE_ATLAS_DATA", str(tmp_path / "secret"))
    (tmp_path / "secret").mkdir()
    return tmp_path / "secret"


def to_visitors() -> str:
    """All that strangers read of a refresh: the note on the page, and the health check."""
    return f"{refresh_note(live.refresh_said())} {asyncio.run(health(ASKED)).body.decode()}"


def to_keepers(data: Path) -> str:
    out = io.StringIO()
    print_status(Console(file=out, width=300), status(data, today=date(2026, 11, 20)))
    return out.getvalue()


def stop_by_the_disk(data: Path) -> None:
    """A run that stops because a folder it needs is a file."""
    (data / "staged").write_text("in the way", encoding="utf-8")
    mirror = lay_out(data.parent / "mirror", england(("2023-24",)))
    with pytest.raises(OSError):
        run(data=data, mirror=str(mirror))


def test_a_visitor_is_told_what_kind_of_thing_stopped_a_refresh_and_no_folder(data: Path):
    stop_by_the_disk(data)
    said = to_visitors()
    assert "the refresh stopped: " in said and "Error" in said and '"refresh":"failed"' in said
    assert str(data) not in said and "in the way" not in said
    assert str(data / "staged") in to_keepers(data)


def test_a_reader_of_the_first_year_is_told_that_others_follow_and_how_far_they_are(data: Path):
    progress = Progress(data / "refresh.json", demonstration=True)
    progress.step("QOF 2021-22", 2, 59)
    assert "The rest of the demonstration is on its way: QOF 2021-22." in to_visitors()
    assert 'value="2"' in to_visitors() and 'max="59"' in to_visitors()
    Progress(data / "refresh.json").step("looking for QOF", 0, 17)
    assert "Looking for newer data: looking for QOF." in to_visitors()


def test_a_visitor_is_told_that_the_ledger_is_broken_and_not_where_it_is(
    data: Path, monkeypatch: pytest.MonkeyPatch
):
    (data / "registry.sqlite").write_bytes(b"this is no database, and long enough for one" * 40)
    with pytest.raises(Exception, match="LedgerBroken"):
        run(data=data, mirror=str(data.parent))
    said = to_visitors()
    assert "the refresh stopped: the ledger cannot be read or written" in said
    assert "sqlite" not in said and str(data) not in said
    monkeypatch.setenv("CARE_ATLAS_REGISTRY", "sqlite://")  # for who has to look, another one
    assert f"sqlite:///{data}/registry.sqlite" in to_keepers(data)


def test_the_servers_log_has_what_the_page_keeps_to_itself(
    data: Path, caplog: pytest.LogCaptureFixture
):
    child = subprocess.Popen([sys.executable, "-c", "raise SystemExit(1)"])
    said = {"state": "failed", "message": "the refresh stopped: OSError", "pid": child.pid}
    said |= {"started_at": "2026-11-20T10:00:00+00:00", "detail": "OSError: no room in the vault"}
    (data / "refresh.json").write_text(json.dumps(said), encoding="utf-8")
    with caplog.at_level(logging.INFO, logger="uvicorn.error"):
        live._log_end(child)
    assert "no room in the vault" in caplog.text and "no room in the vault" not in to_visitors()


def ago(**time: float) -> str:
    return (datetime.now(UTC) - timedelta(**time)).isoformat(timespec="seconds")


def test_a_refresh_that_another_process_started_is_alive_while_it_is_heard(data: Path):
    said = {"state": "running", "pid": 1, "started_at": ago(hours=1), "step": "fetching big.zip"}
    for beat_at, state in ((ago(seconds=30), "running"), (ago(minutes=5), "failed")):
        (data / "refresh.json").write_text(json.dumps(said | {"beat_at": beat_at}), "utf-8")
        assert live.refresh_said()["state"] == state


MONTHLY = {"every": "month", "after_days": 14, "grace_days": 7}
YEARLY = {"every": "year", "after_days": 150, "grace_days": 60}
SPRING = date(2026, 3, 21)  # the day on which a list of January begins to be late


def is_late(data: Path, sources: dict[str, Any] | None, years: tuple[str, ...], **facts) -> bool:
    """Whether a lake with practices in these years is late on a day in spring 2026."""
    rows = [{"year": year, "level": "england", "organisation_code": "ENG"} for year in years]
    said = facts if sources is None else {"sources": sources, **facts}
    sealed(data, said, **({"organisation": pl.DataFrame(rows)} if rows else {}))
    return live.is_late(None, today=SPRING)


def following(lists: str | None, qof: str | None = "2024-25") -> dict[str, Any]:
    return {
        "qof": {"newest": qof, "calendar": YEARLY},
        "lists": {"newest": lists, "calendar": MONTHLY},
    }


@pytest.mark.parametrize(
    ("lists", "expected"), [("2026-01", True), ("2026-02", False), ("undated", False)]
)
def test_a_monthly_publication_makes_a_lake_late_though_qof_is_up_to_date(
    data: Path, lists: str, expected: bool
):
    assert is_late(data, following(lists), ("2024-25",)) == expected


def test_a_source_that_was_never_loaded_makes_no_lake_late_but_a_lake_without_years_is(data: Path):
    assert not is_late(data, following(None), ("2024-25",))
    assert is_late(data, following("2026-02", qof=None), ())


def test_a_lake_sealed_before_manifests_said_it_goes_by_the_calendar_of_qof(data: Path):
    assert not is_late(data, None, ("2024-25",))
    assert is_late(data, None, ("2023-24",))


def test_a_demonstration_is_never_late(data: Path):
    assert not is_late(data, following("2019-01"), ("2019-20",), demonstration=True)


def test_a_late_lake_is_not_asked_for_again_within_a_day(data: Path):
    assert is_late(data, following("2026-01"), ("2024-25",))
    assert not live.is_late({"ended_at": ago(hours=19)}, today=SPRING)
    assert live.is_late({"ended_at": ago(hours=21)}, today=SPRING)
