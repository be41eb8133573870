"""/operations/source?code=: a source with its year, releases, loads, drift and manifest."""

from datetime import datetime
from typing import Any

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.draw import spell
from app.draw.grid import GridColumn
from app.publications.areas import OPERATIONS, areas
from app.publications.opened import said, utc_now
from app.publications.operations import drawn, filters
from app.publications.operations.health import load_link
from app.publications.operations.loads import status
from app.publications.operations.reviews import told
from app.publications.operations.strip import strip
from app.publications.plain_page import wide
from app.publications.posted import changed, form_of, refused
from engine import Lake
from engine.access import Reader, may
from engine.lake import data_folder
from engine.publications.operations import source as of
from engine.publications.operations.freshness import freshness
from refresh.operate.lifecycle import deprecate

HERE = f"{OPERATIONS}/source"
ROOT = "../"
NO_SUCH = "No source has that code, or it is not yours to see. Freshness lists all of them."
RETIRED = ("deprecated", "archived")
Row = dict[str, Any]


def source_page(request: Request, lake: Lake, now: datetime) -> Response:
    """The page; a code that nothing has is said in words."""
    query = request.query_params
    found = of.about(lake, query.get("code", "")[:63]).collect().to_dicts()
    if not found:
        return said("No such source", NO_SUCH, 404, root=ROOT)
    row, by = found[0], reader_of(request)
    code = row["code"]
    fresh = freshness(lake, now).filter(pl.col("source_code") == code).collect().to_dicts()
    loads = of.loads_with_gates(lake, code, now).collect().to_dicts()
    return wide(
        row["name"],
        tags.h1(row["name"]),
        areas("", root=ROOT),
        told(query.get("done", ""), query.get("refused", "")),
        drawn.needs(of.open_alerts(lake, code).collect().to_dicts(), root=ROOT),
        _year(code, loads, fresh[0] if fresh else {}, now),
        _facts(lake, row, fresh[0] if fresh else {}),
        _acts(row, by),
        drawn.section("Releases", _releases(of.releases(lake, code).collect()), name="releases"),
        drawn.section("Loads of twelve months", _loads(loads), name="loads"),
        drawn.section(
            "How its columns moved", _drift(of.drift(lake, code).collect().to_dicts()), name="drift"
        ),
        _manifest(row),
        root=ROOT,
        here=OPERATIONS,
    )


async def deprecate_source(request: Request) -> Response:
    """Takes the wish that a source is on its way out, with its reason, and goes back to it."""
    form = await form_of(request)
    if form is None:
        return refused("A source is deprecated on its own page.")
    code = form.get("code", "")[:63]
    back = filters.address("source", code=code)
    return await changed(back, "it is deprecated", _deprecate, reader_of(request), form)


def _deprecate(by: Reader, form: dict[str, str]) -> None:
    code, reason = form.get("code", "")[:63], form.get("reason", "")
    deprecate(data_folder(), code, by=by, reason=reason, today=utc_now().date())


def _year(code: str, loads: list[Row], fresh: Row, now: datetime) -> Tag:
    ended = [row for row in reversed(loads) if row["status"] != "in_progress"]
    marks = [(row["started_at"].date(), row["status"] == "completed") for row in ended]
    return tags.p(strip(code, marks, fresh.get("expected_by"), now.date()))


def _facts(lake: Lake, row: Row, fresh: Row) -> Tag:
    made = [
        name for name, codes in lake.manifest.get("made_of", {}).items() if row["code"] in codes
    ]
    expected = fresh.get("expected_by")
    facts: dict[str, TagChild] = {
        "Code": row["code"],
        "Status": _standing(row),
        "Publication": row["publication"],
        "Publisher": row["publisher"],
        "Owner": row["owner"],
        "Purpose": row["purpose"],
        "Domain": row["domain"],
        "Comes every": fresh.get("every"),
        "Next expected by": spell.day(expected.isoformat()) if expected else None,
        "Load mode": row["load_mode"],
        "Kept for": f"{row['retention_days']:,} days",
        "Tables": _tables(lake, made),
        "Last loaded": spell.instant(row["last_load_at"]) if row["last_load_at"] else "never",
    }
    return tags.dl(
        *(one for name, fact in facts.items() if fact for one in (tags.dt(name), tags.dd(fact))),
        class_="publications-facts",
    )


def _standing(row: Row) -> TagChild:
    if row["status"] not in RETIRED:
        return str(row["status"])
    day = row["archive_date"]
    until = f", to be archived from {spell.day(day.isoformat())}" if day else ""
    return tags.strong(f"{row['status']}{until}: {row['deprecation_reason'] or 'no reason said'}")


def _tables(lake: Lake, names: list[str]) -> TagChild:
    there = [name for name in names if lake.has(name)]
    links = (tags.a(name, href=f"{ROOT}catalogue/{name}") for name in there)
    return tags.span(*(part for link in links for part in (link, " "))) if there else None


def _acts(row: Row, by: Reader) -> TagChild:
    """What may be done about it, for whom that is: bring it up to date, or say that it goes."""
    if row["status"] in RETIRED:
        return None
    code = row["code"]
    again = tags.form(
        tags.input(type="hidden", name="refresh_source", value=code),
        tags.button("Bring it up to date", type="submit"),
        method="post",
        action="run",
        class_="publications-form",
        aria_label="Bring it up to date",
    )
    goes = tags.details(
        tags.summary("Deprecate it"),
        tags.form(
            tags.input(type="hidden", name="code", value=code),
            tags.label("Why ", tags.input(name="reason", required="", maxlength="300")),
            tags.button("Deprecate", type="submit"),
            tags.small("It is still served, with a warning, and may be archived in thirty days."),
            method="post",
            action="deprecate",
            class_="publications-form",
            aria_label="Deprecate it",
        ),
    )
    return tags.div(again if may(by, "load") else None, goes if may(by, "deprecate") else None)


def _releases(rows: pl.DataFrame) -> Tag:
    return drawn.table(
        "kept",
        "Releases that are kept, the newest first",
        (
            GridColumn("Period", lambda row: row["period"], names_row=True),
            drawn.number("Revision", lambda row: spell.count(row["revision"])),
            GridColumn("State", _state),
            drawn.when("Stored", "stored_at"),
            GridColumn("Published", lambda row: row["published_on"] or "not said"),
            GridColumn("SHA-256", lambda row: tags.code(row["sha256"][:12])),
        ),
        rows.to_dicts(),
        nothing="Nothing of it was ever kept.",
    )


def _state(row: drawn.Row) -> str:
    invented = "demonstration, " if row["demonstration"] else ""
    return f"{invented}{'served now' if row['is_live'] else row['status'].replace('_', ' ')}"


def _loads(rows: list[Row]) -> Tag:
    return drawn.table(
        "of_source",
        "Loads of twelve months, the newest first",
        (
            GridColumn("Load", lambda row: load_link(row, ROOT), names_row=True),
            drawn.text("Period", "period"),
            GridColumn("Status", status),
            drawn.when("Begun", "started_at"),
            drawn.number("Took", lambda row: spell.duration(row["seconds"])),
            drawn.number("Rows", lambda row: spell.count(row["rows_loaded"])),
            drawn.number("Rejected", lambda row: spell.count(row["rows_rejected"])),
            GridColumn("Gates", _gates),
        ),
        rows,
        nothing="It was not loaded in twelve months.",
    )


def _gates(row: drawn.Row) -> str:
    if not row["checks"]:
        return "none asked"
    passed = row["checks"] - row["failed_checks"] - row["warned_checks"]
    parts = [(passed, "passed"), (row["warned_checks"], "warned"), (row["failed_checks"], "failed")]
    return ", ".join(f"{many:,} {words}" for many, words in parts if many)


def _drift(rows: list[Row]) -> Tag:
    return drawn.table(
        "moved",
        "Changes of its columns, the newest first",
        (
            GridColumn("Seen", lambda row: spell.instant(row["detected_at"]), names_row=True),
            drawn.text("Period", "period"),
            GridColumn("Change", lambda row: row["drift_type"].replace("_", " ")),
            drawn.words("Columns", lambda row: row["columns"] or "–"),
            drawn.text("Severity", "severity"),
            drawn.words("What followed", lambda row: row["resolution_action"] or "–"),
        ),
        rows,
        nothing="No column came, went or changed its type.",
    )


def _manifest(row: Row) -> TagChild:
    """The words by which it is loaded, where a manifest says them."""
    if not row["manifest_text"]:
        return None
    return tags.details(
        tags.summary("The manifest as it stands"),
        tags.pre(row["manifest_text"], tabindex="0", class_="publications-text"),
        id="manifest",
    )
