"""The live snapshot, shared by all sessions, and the refresh that keeps it so.

One watch on CURRENT tells every session of a new snapshot: no restart. At start-up, and each hour,
the app asks whether the lake is late by its publishers' calendars and, if so, starts the refresh as
a child process: a heavy rebuild never blocks a page, and a failed one leaves the last good
snapshot. Several processes may serve one lake: whoever asks first refreshes for all.
"""

import logging
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Thread, Timer
from typing import Any

from app.watched import Watched
from engine.access import asked_by
from engine.errors import NoSnapshot
from engine.lake import (
    Lake,
    Layout,
    current_id,
    data_folder,
    open_lake,
    read_progress,
    snapshot_ids,
)
from engine.period import Calendar, financial_year, late

POLL_SECONDS = 2.0
# Between two pages that take up a new snapshot: each draws all it shows, which takes a processor
# some 40 ms, and whoever chooses meanwhile is not to wait for a hundred others.
APART_SECONDS = 0.15
ASK_EVERY_SECONDS = 3600.0
TRY_AGAIN_AFTER = timedelta(hours=20)
SILENT_AFTER = timedelta(minutes=3)
YEARLY = Calendar("year", after_days=150, grace_days=60)

log = logging.getLogger("uvicorn.error")  # the server's own: what it prints, wherever it runs
_child: subprocess.Popen[bytes] | None = None


def is_refreshing() -> bool:
    """Whether the refresh that this process started is still at work."""
    return _child is not None and _child.poll() is None


def _live() -> Lake | None:
    try:
        # For all sessions, whoever's request it is read in: each narrows it to its own reader.
        with asked_by(None):
            return open_lake()
    except NoSnapshot:
        return None


# The snapshot that is live now; None while nothing can be served.
lake = Watched(current_id, _live, POLL_SECONDS, APART_SECONDS)


def pinned(snapshot: str) -> Lake | None:
    """The snapshot that a link names; None where it names none, or one that is not kept."""
    if snapshot not in snapshot_ids():  # also keeps what is no id away from the file system
        return None
    try:
        return open_lake(snapshot=snapshot)
    except NoSnapshot:
        return None


def _progress_stamp() -> tuple[float, bool]:
    path = Layout(data_folder()).progress
    return (path.stat().st_mtime if path.is_file() else 0.0, is_refreshing())


def refresh_said() -> dict[str, Any] | None:
    """What the refresh says of itself: step, done, total, state (running, done, failed)."""
    said = read_progress()
    died = _child is not None and _child.poll() not in (None, 0)
    if said is None:
        is_lost = died
    else:
        ours = _child is not None and said.get("pid") == _child.pid
        is_lost = said["state"] == "running" and (died and ours or _is_silent(said))
    if is_lost and not is_refreshing():
        return {
            "state": "failed",
            "message": "it ended without a word; see python -m refresh status",
        }
    return said


# What the refresh says of itself.
refresh = Watched(_progress_stamp, refresh_said, POLL_SECONDS)


def refresh_if_late() -> bool:
    """Start the refresh as a child process where it is wanted and due; whether it was started.

    Where it is wanted, this is asked again each hour for as long as the app runs.
    """
    global _child
    # A copy is refreshed where it is made.
    if os.environ.get("CARE_ATLAS_REFRESH", "off") != "auto" or Layout(data_folder()).is_copy:
        return False
    again = Timer(ASK_EVERY_SECONDS, refresh_if_late)
    # It must not keep a server alive that is told to stop.
    again.daemon = True
    again.start()
    said = read_progress()
    is_at_work = said is not None and said["state"] == "running" and not _is_silent(said)
    if is_refreshing() or is_at_work or not is_late(said, today=date.today()):
        return False
    root = Path(__file__).parent.parent
    _child = subprocess.Popen(  # reports through its progress file; what it cannot, on stderr
        [sys.executable, "-m", "refresh", "run", "--quiet"],
        cwd=root,
        env={**os.environ, "CARE_ATLAS_DATA": str(data_folder())},
        stdout=subprocess.DEVNULL,
    )
    # In a thread: to wait here would hold the start up until the refresh ends.
    Thread(target=_log_end, args=(_child,), daemon=True).start()
    return True


def _log_end(child: subprocess.Popen[bytes]) -> None:
    """One line in the server's log when a refresh has ended, and what stopped it, if it was."""
    code = child.wait()
    said = read_progress() or {}
    words = said.get("message") if said.get("pid") == child.pid else "another process refreshes"
    level = logging.INFO if code == 0 else logging.WARNING
    log.log(level, "refresh: %s (exit %s); served: %s", words or "no word", code, current_id())
    if said.get("pid") == child.pid and "detail" in said:  # for this log alone, not for a page
        log.warning("refresh: %s", said["detail"])


def is_late(said: dict[str, Any] | None, *, today: date) -> bool:
    """Whether any publication should be out that the lake does not have, and nobody asked lately.

    A demonstration is never late: real data comes only when somebody asks for it.
    """
    try:
        live = open_lake()
    except NoSnapshot:
        return True
    asked = said and said.get("ended_at") and datetime.fromisoformat(said["ended_at"])
    # A publisher who is late himself is not asked each hour.
    if asked and datetime.now(UTC) - asked < TRY_AGAIN_AFTER:
        return False
    if live.is_demonstration and all(r["demonstration"] for r in live.manifest["releases"]):
        return False
    years, sources = _years(live), live.manifest.get("sources")
    if sources is None:  # sealed before manifests said it: by the newest year that any table has
        return YEARLY.is_late(max(years, default=None), today)
    return not years or bool(late(sources, today))


def _years(lake: Lake) -> set[str]:
    """The financial years of which any table has rows; none in a lake without facts."""
    tables = lake.manifest["tables"].values()
    parts = {file["partition"] or "" for table in tables for file in table["files"]}
    return {part for part in parts if part[:4].isdigit() and part == financial_year(int(part[:4]))}


def _is_silent(said: dict[str, Any]) -> bool:
    beat = datetime.fromisoformat(said.get("beat_at") or said["started_at"])
    return datetime.now(UTC) - beat > SILENT_AFTER
