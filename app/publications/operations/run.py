"""The refresh as pages show it: how far it is, a button to begin one, another to stop it."""

from datetime import datetime
from typing import Any

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app import live
from app.access import reader_of
from app.draw import spell
from app.publications.areas import OPERATIONS, areas
from app.publications.operations import filters
from app.publications.operations.reviews import told
from app.publications.plain_page import wide
from app.publications.posted import changed, form_of, refused
from engine import Lake
from engine.access import Reader, may
from engine.lake import data_folder
from refresh.operate.lifecycle import cancel_run, start_run

HERE = f"{OPERATIONS}/refresh"
ROOT = "../"
EVERY_SECONDS = 2


def refresh_page(request: Request, lake: Lake, _now: datetime) -> Response:
    """The refresh alone: where forms lead back to, and what a page that watches asks for."""
    query = request.query_params
    return wide(
        "Refresh",
        tags.h1("Refresh"),
        areas(OPERATIONS, root=ROOT),
        told(query.get("done", ""), query.get("refused", "")),
        refresh_part(lake, reader_of(request), root=ROOT),
        root=ROOT,
        here=OPERATIONS,
    )


def refresh_part(lake: Lake, by: Reader, *, root: str = "") -> Tag:
    """How the refresh that runs, or ran last, is getting on, and the buttons of who may load."""
    said = live.refresh_said()
    is_at_work = said is not None and said["state"] == "running"
    is_stopping = is_at_work and "stopping_by" in (said or {})
    # Asked for again while it runs, by app/www/watching.js.
    watched = {"data_watch": f"{root}{HERE}", "data_every": str(EVERY_SECONDS)}
    return tags.section(
        tags.h2("Refresh", id="refresh_heading"),
        _words(said),
        _buttons(lake, is_at_work, root) if may(by, "load") and not is_stopping else None,
        id="refresh",
        class_="publications-refresh",
        aria_labelledby="refresh_heading",
        **(watched if is_at_work else {}),
    )


async def begin(request: Request) -> Response:
    """Takes the wish for a run, of all sources or of one."""
    form = await form_of(request)
    if form is None:
        return refused("A refresh is begun on the pages of operations.")
    source = form.get("refresh_source", "")
    return await changed("refresh", "a refresh has begun", _begin, reader_of(request), source)


async def cancel(request: Request) -> Response:
    """Takes the wish that the run at work should stop."""
    if await form_of(request) is None:
        return refused("A refresh is stopped on the pages of operations.")
    at_work = (live.refresh_said() or {}).get("step") or "its first step"
    return await changed("refresh", f"it stops after “{at_work}”", _cancel, reader_of(request))


def _begin(by: Reader, source: str) -> None:
    start_run(data_folder(), [source] if source else [], by=by)


def _cancel(by: Reader) -> None:
    cancel_run(data_folder(), by=by)


def _words(said: dict[str, Any] | None) -> TagChild:
    if said is None:
        return tags.p("Nothing was refreshed here yet.")
    if said["state"] == "running":
        done, total = said.get("done", 0), said.get("total", 0)
        return tags.div(
            tags.p(_at_work(said), role="status"),
            tags.progress(
                value=str(done), max=str(total or 1), aria_label="How far the refresh is"
            ),
            tags.span(f" {done:,} of {total:,}" if total else None, class_="publications-beside"),
            tags.a("Look again", href="", class_="publications-again"),
        )
    ended = _when(said.get("ended_at"))
    message = str(said.get("message") or said["state"])
    words = f"{message[:1].upper()}{message[1:]}"
    kind = "is-bad" if said["state"] == "failed" else None
    return tags.p(tags.span(f"{words}. ", class_=kind), tags.small(f"{ended}" if ended else None))


def _at_work(said: dict[str, Any]) -> str:
    """The step at work; of a run that somebody asked to stop, that it is the last one."""
    step = said.get("step", "It begins")
    if "stopping_by" not in said:
        return f"{step} …"
    return f"Stops after “{step}”, as {said['stopping_by']} asked. A large file is read to its end."


def _buttons(lake: Lake, is_at_work: bool, root: str) -> Tag:
    if is_at_work:
        return tags.form(
            tags.button("Stop it", type="submit"),
            tags.small("What was read stays; what is live stays live; the next run goes on."),
            method="post",
            action=f"{root}{OPERATIONS}/cancel",
            class_="publications-form",
            aria_label="Stop the refresh",
        )
    return tags.form(
        filters.choice("refresh_source", "Bring up to date", filters.sources(lake), ""),
        tags.button("Refresh", type="submit"),
        method="post",
        action=f"{root}{OPERATIONS}/run",
        class_="publications-form",
        aria_label="Begin a refresh",
    )


def _when(text: str | None) -> str:
    return spell.instant(datetime.fromisoformat(text)) + " UTC" if text else ""
