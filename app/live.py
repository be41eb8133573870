"""The live snapshot, shared by all sessions, and the refresh that keeps it so.

One poll on CURRENT tells every session of a new snapshot: no restart. At start-up, and each hour,
the app asks whether the lake is late by its publishers' calendars and, if so, starts the refresh as
a child process: a heavy rebuild never blocks a page, and a failed one leaves the last good
snapshot. Several processes may serve one lake: whoever asks first refreshes for all.
"""

import logging
import os
import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from threading import Thread, Timer
from typing import Any

import polars as pl
from shiny import reactive

from app.atlas.catalogue import Catalogue
from engine.atlas.ask import GROUP, Question
from engine.atlas.boundary import boundaries as boundaries_of
from engine.atlas.context import context as context_of
from engine.atlas.geography import TODAY, held_as, practices
from engine.atlas.geography import organisations as organisations_of
from engine.atlas.geography import unplaced as unplaced_of
from engine.atlas.outline import outlines as outlines_of
from engine.atlas.standing import standing as standing_of
from engine.atlas.trend import trend as trend_of
from engine.atlas.year_change import breaks_between as breaks_between_of
from engine.atlas.year_change import change as change_of
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
from engine.period import Calendar, late

POLL_SECONDS = 2.0
ASK_EVERY_SECONDS = 3600.0
TRY_AGAIN_AFTER = timedelta(hours=20)
SILENT_AFTER = timedelta(minutes=3)
ANNUAL = Calendar("year", after_days=150, grace_days=60)

log = logging.getLogger("uvicorn.error")  # the server's own: what it prints, wherever it runs
_child: subprocess.Popen[bytes] | None = None


def is_refreshing() -> bool:
    """Whether the refresh that this process started is still at work."""
    return _child is not None and _child.poll() is None


@reactive.poll(current_id, POLL_SECONDS)
def lake() -> Lake | None:
    """The snapshot that is live now; None while nothing can be served."""
    try:
        return open_lake()
    except NoSnapshot:
        return None


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


@reactive.poll(_progress_stamp, POLL_SECONDS)
def refresh() -> dict[str, Any] | None:
    """What the refresh says of itself, told to every session."""
    return refresh_said()


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


def refresh_if_late() -> bool:
    """Start the refresh as a child process where it is wanted and due; whether it was started.

    Where it is wanted, this is asked again each hour for as long as the app runs.
    """
    global _child
    if os.environ.get("CARE_ATLAS_REFRESH", "off") != "auto":
        return False
    again = Timer(ASK_EVERY_SECONDS, refresh_if_late)
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
    if asked and datetime.now(UTC) - asked < TRY_AGAIN_AFTER:
        return False
    if live.is_demonstration:
        return False
    sources = live.manifest.get("sources")
    if sources is None:  # sealed before manifests said it: QOF's calendar alone
        return ANNUAL.is_late(max(live.years, default=None), today)
    return not live.years or bool(late(sources, today))


def keep_who_and_where(live: Lake, year: str, geography: str = "published") -> None:
    """Hold the small tables that every question of a year joins; the facts are scanned each time.

    A megabyte or two a year; a third of an answer's time. The lake holds them, and lets them go.
    """
    if not live.keeps:
        return
    if geography == TODAY and live.kept("practice_geography", held_as(year)) is None:
        rows = practices(live, geography, year).collect()
        live.keep("practice_geography", held_as(year), rows)
    for name in ("organisation", "practice_geography"):
        if live.kept(name, year) is None:
            live.keep(name, year, live.scan(name, year).collect())


@lru_cache(maxsize=32)
def organisations(live: Lake, year: str, level: str, geography: str = "published") -> pl.DataFrame:
    """Who is on the map: the organisations of a year and level, by code; kept for all sessions.

    Gives: the columns of `organisation`, its `practices` as `members`.
    """
    rows = organisations_of(live, geography, year).filter(pl.col("level") == level)
    return rows.sort("organisation_code").rename({"practices": "members"}).collect()


@lru_cache(maxsize=16)
def wide_organisations(live: Lake, year: str, geography: str = "published") -> pl.DataFrame:
    """The regions, boards and sub-ICB locations of a year: what an area can be."""
    wide = pl.col("level").is_in(["region", "icb", "sub_icb"])
    return organisations_of(live, geography, year).filter(wide).collect()


def area_name(live: Lake, question: Question) -> str:
    """What the area of a question is called; its code where no name is known."""
    level, _, code = question.area.partition(":")
    if not code:
        return "England"
    if level == GROUP:
        there = organisations(live, question.year, "practice", question.geography)
        count = there["organisation_code"].is_in(code.split(".")).sum()  # not who is none of them
        return f"A group of {count:,} practice{'' if count == 1 else 's'}"
    rows = organisations(live, question.year, level, question.geography)
    names = rows.filter(pl.col("organisation_code") == code)["organisation_name"]
    return (names[0] if len(names) else None) or code


@lru_cache(maxsize=8)
def unplaced(live: Lake, year: str) -> tuple[int, int | None]:
    """Practices of a year without a place in today's boundaries, and their patients."""
    return unplaced_of(live, year).collect().row(0)


@lru_cache(maxsize=32)
def outlines(live: Lake, year: str, level: str, geography: str, code: str = "") -> pl.DataFrame:
    """The outlines of a level's organisations, or of one of them: a row a ring.

    Published boundaries (engine.atlas.boundary, with `boundary_year`), else engine.atlas.outline.
    """
    published = boundaries_of(live, level, year, geography=geography, code=code).collect()
    if published.height:
        return published
    return outlines_of(live, level, year, geography=geography, code=code).collect()


@lru_cache(maxsize=16)
def context(live: Lake, year: str, level: str, geography: str = "published") -> pl.DataFrame:
    """What surrounds the organisations of a year and level (engine.atlas.context); kept for all."""
    return context_of(live, year, level, geography=geography).collect()


@lru_cache(maxsize=8)
def standing(live: Lake, question: Question) -> pl.DataFrame:
    """The place of every organisation among the others (engine.atlas.standing)."""
    return standing_of(live, question).collect()


@lru_cache(maxsize=16)
def change(live: Lake, asked: Question, against: str) -> pl.DataFrame:
    """How far every organisation moved between two years; kept for all."""
    return change_of(live, asked, against).collect()


@lru_cache(maxsize=128)
def breaks_between(live: Lake, indicator: str, one: str, other: str) -> list[tuple[str, str]]:
    """What parts two years of an indicator: (year, why); kept for all sessions."""
    rows = breaks_between_of(live, indicator, one, other).collect()
    return [(year, why or "the publisher gives no reason") for year, why in rows.rows()]


@lru_cache(maxsize=128)
def trend(live: Lake, asked: Question, organisation: str) -> pl.DataFrame:
    """An organisation's years (engine.atlas.trend); kept, so that going back costs nothing.

    Takes: a question of its indicator, level and measure only, so that equal ones are equal.
    """
    return trend_of(live, asked, organisation).collect()


@lru_cache(maxsize=4)
def indicators(live: Lake) -> pl.DataFrame:
    """What can be asked: the indicator table, one row an indicator (or register) and year."""
    return live.scan("indicator").filter(pl.col("practices") > 0).collect()


@lru_cache(maxsize=4)
def catalogue(live: Lake) -> Catalogue:
    """The same, ordered once for all sessions and requests."""
    return Catalogue(indicators(live))


def _is_silent(said: dict[str, Any]) -> bool:
    beat = datetime.fromisoformat(said.get("beat_at") or said["started_at"])
    return datetime.now(UTC) - beat > SILENT_AFTER
