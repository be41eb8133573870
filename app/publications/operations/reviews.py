"""/operations/reviews: changes that wait for somebody. What each would do stands before the yes."""

import json
from datetime import datetime
from typing import Any

from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.draw import spell
from app.draw.grid import GridColumn
from app.publications.areas import OPERATIONS, areas
from app.publications.narrowing import number_of
from app.publications.operations import drawn
from app.publications.operations.filters import address
from app.publications.plain_page import wide
from app.publications.posted import changed, form_of, reason_field, refused
from engine import Lake
from engine.access import Reader, may
from engine.errors import UnknownName
from engine.lake import data_folder
from engine.publications.operations.reviews import Effect, effect, releases_of, requests
from refresh.operate.lifecycle import begin_approval, reject

HERE = f"{OPERATIONS}/reviews"
ROOT = "../"
ASKS = {
    "added": "New columns",
    "removed": "Columns are gone",
    "retyped": "Columns of another type",
    "load_mode": "Another load mode",
}
MAY_NOT = "Deciding is for who may approve (dba). You may look."


def reviews_page(request: Request, lake: Lake, _now: datetime) -> Response:
    """The queue: what waits, with its effect and the form; below, what was decided and why."""
    rows = requests(lake).collect().to_dicts()
    waiting = [row for row in rows if row["status"] == "pending"]
    decided = [row for row in rows if row["status"] != "pending"]
    by = reader_of(request)
    query = request.query_params
    return wide(
        "Reviews",
        tags.h1("Reviews"),
        areas(HERE, root=ROOT),
        told(query.get("done", ""), query.get("refused", "")),
        drawn.section(
            f"Waiting for a decision ({len(waiting)})",
            *(_card(lake, row, may(by, "approve")) for row in waiting),
            None if waiting else tags.p("Nothing waits.", class_="publications-nothing"),
            tags.p(MAY_NOT) if waiting and not may(by, "approve") else None,
            name="waiting",
        ),
        drawn.section("Decided", _decided(decided), name="decided"),
        root=ROOT,
        here=OPERATIONS,
    )


async def decide(request: Request) -> Response:
    """Takes a yes or a no with its reason, from this page alone, and goes back to it."""
    form = await form_of(request)
    if form is None:
        return refused("A change is decided on the page of reviews.")
    word = form.get("word", "")
    # After a yes the lake is built again: that is watched, and stopped, where every refresh is.
    done = "refresh" if word == "approved" else "reviews"
    return await changed(done, word, _decide, reader_of(request), form, refused_to="reviews")


def _decide(by: Reader, form: dict[str, str]) -> None:
    number, reason = number_of(form.get("request", "")), form.get("reason", "")
    if number is None:
        raise UnknownName("there is no such request", found=form.get("request", "")[:20])
    if form.get("word") == "approved":
        begin_approval(data_folder(), number, by=by, reason=reason)
    elif form.get("word") == "rejected":
        reject(data_folder(), number, by=by, reason=reason)
    else:
        raise UnknownName("a change is approved or rejected", found=form.get("word", "")[:20])


def told(done: str, was_refused: str) -> TagChild:
    """How the form that was sent ended, which brought the reader back here."""
    if was_refused:
        words = f"Not done: {was_refused[:300]}"
        return tags.p(words, role="alert", class_="atlas-note")
    return tags.p(f"Done: {done[:40]}.", role="status") if done else None


def _card(lake: Lake, row: dict[str, Any], is_open: bool) -> Tag:
    source = row["source_code"]
    would = effect(row, releases_of(lake, source).collect().to_dicts())
    title = f"{row['request_id']}: {ASKS.get(row['change'], row['change'])} in {source}"
    return tags.article(
        tags.h3(title, id=f"request_{row['request_id']}"),
        tags.p(
            f"{row['source_name'] or source}, {row['period']}, asked for"
            f" {spell.instant(row['requested_at'])}. ",
            tags.a("Its loads", href=address("loads", source=source)),
        ),
        _columns(would, row["request_id"]),
        _releases(would, row["request_id"]),
        _form(row["request_id"]) if is_open else None,
        class_="publications-card",
        aria_labelledby=f"request_{row['request_id']}",
    )


def _columns(would: Effect, number: int) -> TagChild:
    if not would.columns:
        return None

    def of(name: str) -> Any:
        return lambda row: row[name] or "–"

    return drawn.table(
        f"columns_{number}",
        "The columns",
        (
            GridColumn("Column", of("name"), names_row=True),
            GridColumn("As published", of("published")),
            GridColumn("Type", of("type")),
            drawn.words("Meaning", of("meaning")),
        ),
        would.columns,
        nothing="",
    )


def _releases(would: Effect, number: int) -> Tag:
    many = len(would.releases)
    rows = "" if would.rows is None else f"{would.rows:,} rows of "
    is_one = many == 1
    verb = "is" if is_one and not rows else "are"
    said = f"{rows}{many} release{'' if is_one else 's'} {verb} read again. "
    return tags.div(
        tags.p(tags.strong("A yes: "), said if many else None, would.words),
        drawn.table(
            f"releases_{number}",
            "Releases that are read again",
            (
                GridColumn("Period", lambda row: row["period"], names_row=True),
                drawn.number("Revision", lambda row: spell.count(row["revision"])),
                drawn.number("Rows", lambda row: spell.count(row["rows"])),
            ),
            [vars(release) for release in would.releases],
            nothing="No release is read again.",
        ),
        tags.p(tags.strong("A no: "), would.otherwise),
    )


def _form(number: int) -> Tag:
    return tags.form(
        tags.input(type="hidden", name="request", value=str(number)),
        reason_field(f"reason_{number}"),
        tags.button("Approve", type="submit", name="word", value="approved"),
        tags.button("Reject", type="submit", name="word", value="rejected"),
        method="post",
        action="decide",
        class_="publications-form",
        aria_label=f"Decide request {number}",
    )


def _decided(rows: list[dict[str, Any]]) -> Tag:
    return drawn.table(
        "decided",
        "Changes that were decided, the last one first",
        (
            drawn.number("Request", lambda row: spell.count(row["request_id"])),
            drawn.text("Source", "source_code"),
            drawn.text("Period", "period"),
            GridColumn("Change", lambda row: ASKS.get(row["change"], row["change"])),
            drawn.words("Columns", _names),
            drawn.text("Decided", "status"),
            drawn.text("By", "decided_by"),
            drawn.when("On", "decided_at"),
            drawn.words("Why", lambda row: row["reason"] or "–"),
        ),
        rows,
        nothing="Nothing was decided yet.",
    )


def _names(row: drawn.Row) -> str:
    details = json.loads(row["details"] or "{}")
    return ", ".join(details.get("columns", [])) or f"to {details.get('to', '–')}"
