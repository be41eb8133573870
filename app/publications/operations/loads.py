"""/operations/loads: every load, narrowed by its address; /operations/load: one with its gates."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any, get_args

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from app.draw import spell
from app.draw.grid import GridColumn
from app.publications.areas import OPERATIONS, areas
from app.publications.narrowing import day_of, number_of, page_of, pages
from app.publications.opened import said
from app.publications.operations import drawn, filters
from app.publications.operations.health import load_link
from app.publications.plain_page import wide
from engine import Lake
from engine.errors import UnknownName
from engine.publications.operations import health
from engine.vocabulary import LoadStatus
from refresh.operate.lifecycle import load_report

HERE = f"{OPERATIONS}/loads"
ROOT = "../"
A_PAGE = 100
MARKS = {"pass": "✓ pass", "warn": "⚠ warn", "fail": "✗ fail"}
_WORST = {"fail": 0, "warn": 1, "pass": 2}
NO_SUCH_LOAD = "There is no such load, or it is of a source that you do not see."


@dataclass(frozen=True)
class Narrowed:
    """What an address asks of the list: empty, and all loads are in it; days count whole."""

    source: str = ""
    status: str = ""
    first: date | None = None
    last: date | None = None
    page: int = 1

    @property
    def where(self) -> pl.Expr:
        """That a load is in the list."""
        began = pl.col("started_at")
        wanted = [pl.lit(True)]
        if self.source:
            wanted.append(pl.col("source_code") == self.source)
        if self.status:
            wanted.append(pl.col("status") == self.status)
        if self.first:
            wanted.append(began >= datetime.combine(self.first, time()))
        if self.last:
            wanted.append(began < datetime.combine(self.last + timedelta(days=1), time()))
        return pl.all_horizontal(wanted)

    def address(self, page: int) -> str:
        """The same list at another of its pages."""
        days = {"from": self.first or "", "to": self.last or ""}
        more = {"page": page if page > 1 else ""}
        return filters.address("loads", source=self.source, status=self.status, **days, **more)


def read(query: Mapping[str, str]) -> Narrowed:
    """What an address asks; what is no status and no day narrows nothing."""
    status, page = query.get("status", ""), query.get("page", "")
    return Narrowed(
        source=query.get("source", "")[:63],
        status=status if status in get_args(LoadStatus) else "",
        first=day_of(query.get("from", "")),
        last=day_of(query.get("to", "")),
        page=page_of(page),
    )


def loads_page(request: Request, lake: Lake, _now: datetime) -> Response:
    """The list, the newest first, a hundred a page."""
    asked = read(request.query_params)
    found = health.loads(lake).filter(asked.where)
    many = found.select(pl.len()).collect().item()
    rows = found.slice((asked.page - 1) * A_PAGE, A_PAGE).collect().to_dicts()
    return wide(
        "Loads",
        tags.h1("Loads"),
        areas(HERE, root=ROOT),
        _form(lake, asked),
        tags.div(
            tags.p(f"{many:,} loads." if many != 1 else "1 load.", role="status"),
            _table(rows),
            pages(asked.page, -(-many // A_PAGE), asked.address, of="the list"),
            id="answer",
            data_part="",
        ),
        root=ROOT,
        here=OPERATIONS,
    )


def load_page(request: Request, lake: Lake, _now: datetime) -> Response:
    """One load: what it was, every gate with what it saw, and the columns as they were read."""
    row = _asked_for(request, lake)
    if row is None:
        return said("No such load", NO_SUCH_LOAD, 404, root=ROOT)
    number = row["load_id"]
    verdicts = lake.scan("validation_results").filter(pl.col("load_id") == number)
    gates = verdicts.collect().to_dicts()
    kept = lake.scan("load_events").filter(pl.col("load_id") == number).select("profile")
    return wide(
        f"Load {number}",
        tags.h1(f"Load {number}: {row['source_code']}, {row['period']}"),
        areas(HERE, root=ROOT),
        tags.p(
            tags.a(
                "All loads of this source", href=filters.address("loads", source=row["source_code"])
            ),
            " · ",
            tags.a("The source", href=filters.address("source", code=row["source_code"])),
            " · ",
            tags.a("The whole report", href=filters.address("load-report", id=number)),
        ),
        *_what_now(row, gates),
        _facts(row),
        drawn.section(f"Gates ({len(gates)})", _gates(gates), name="gates"),
        drawn.section("Columns as they were read", _columns(kept.collect().item()), name="columns"),
        root=ROOT,
        here=OPERATIONS,
    )


def report_page(request: Request, lake: Lake, _now: datetime) -> Response:
    """The report of a load as one file: gates, columns with pictures, rows that were rejected."""
    row = _asked_for(request, lake)
    if row is None:
        return said("No such load", NO_SUCH_LOAD, 404, root=ROOT)
    try:
        return HTMLResponse(load_report(lake.layout.root, row["load_id"]))
    except UnknownName as error:
        return said("No report", f"{error.what.capitalize()}.", 404, root=ROOT)


def _asked_for(request: Request, lake: Lake) -> dict[str, Any] | None:
    number = number_of(request.query_params.get("id", ""))
    if number is None:
        return None
    found = health.loads(lake).filter(pl.col("load_id") == number).collect()
    return found.row(0, named=True) if found.height else None


def _form(lake: Lake, asked: Narrowed) -> Tag:
    statuses = [("", "all"), *((word, word.replace("_", " ")) for word in get_args(LoadStatus))]
    return filters.form(
        "loads",
        filters.choice("source", "Source", filters.sources(lake), asked.source),
        filters.choice("status", "Status", statuses, asked.status),
        _day_box("from", "From", asked.first),
        _day_box("to", "To", asked.last),
    )


def _day_box(name: str, label: str, value: date | None) -> Tag:
    place = f"choose_{name}"
    box = tags.input(type="date", name=name, id=place, value=value.isoformat() if value else "")
    return tags.div(tags.label(label, for_=place), box, class_="publications-choice")


def _table(rows: list[dict[str, Any]]) -> Tag:
    return drawn.table(
        "loads",
        "Loads, the newest first",
        (
            GridColumn("Load", lambda row: load_link(row, ROOT), names_row=True),
            drawn.text("Source", "source_code"),
            drawn.period("Period", "period"),
            GridColumn("Status", status),
            drawn.when("Begun", "started_at"),
            drawn.number("Took", lambda row: spell.duration(row["seconds"])),
            drawn.number("Rows", lambda row: spell.count(row["rows_loaded"])),
            drawn.number("Rejected", lambda row: spell.count(row["rows_rejected"])),
            drawn.text("By", "triggered_by"),
        ),
        rows,
        nothing="No load is so. Take a filter off to see more.",
    )


def status(row: drawn.Row) -> Tag:
    """How a load stands; what went wrong stands out by more than its colour."""
    words = row["status"].replace("_", " ")
    is_bad = row["status"] in ("failed", "rolled_back")
    return tags.strong(f"✗ {words}", class_="is-bad") if is_bad else tags.span(words)


def _what_now(row: dict[str, Any], gates: list[dict[str, Any]]) -> list[TagChild]:
    if row["status"] not in ("failed", "rolled_back"):
        return []
    steps = dict.fromkeys(g["next_step"] for g in gates if g["status"] == "fail" and g["next_step"])
    of = filters.address(f"{ROOT}runbooks/failed-load", source=row["source_code"])
    runbook = tags.a("runbook for a failed load", href=of)
    return [
        tags.div(
            tags.p(_reason(row, steps), class_="publications-words"),
            tags.ul(*(tags.li(step) for step in steps), tags.li("Follow the ", runbook, ".")),
            role="note",
            aria_label="What now",
            class_="publications-note",
        )
    ]


def _reason(row: Mapping[str, Any], steps: Mapping[str, None]) -> str:
    """What failed; without what to do where that is listed below it."""
    lines = (row["error_message"] or "It ended without a word.").splitlines()
    kept = [line for line in lines if not (steps and line.startswith("  next: "))]
    return "\n".join(kept).removeprefix("fail: ")


def _facts(row: dict[str, Any]) -> Tag:
    facts: dict[str, TagChild] = {
        "Status": status(row),
        "Begun": spell.instant(row["started_at"]),
        "Ended": spell.instant(row["completed_at"]),
        "Took": spell.duration(row["seconds"]),
        "Source": row["source_name"],
        "Publication": row["publication"],
        "Domain": row["domain"],
        "File": row["file_url"],
        "Size": spell.size(row["file_size_bytes"]),
        "Load mode": row["load_mode"],
        "Rows loaded": spell.count(row["rows_loaded"]),
        "Rows rejected": spell.count(row["rows_rejected"]),
        "Columns added": spell.count(row["columns_added"]),
        "Begun by": row["triggered_by"],
    }
    return tags.dl(
        *(one for name, fact in facts.items() if fact for one in (tags.dt(name), tags.dd(fact))),
        class_="publications-facts",
    )


def _gates(gates: list[dict[str, Any]]) -> Tag:
    return drawn.table(
        "gates",
        "What each gate saw",
        (
            GridColumn("Verdict", lambda row: MARKS[row["status"]], names_row=True),
            drawn.text("Gate", "validation_type"),
            GridColumn("Check", lambda row: row["check_name"] + _of(row["column"])),
            drawn.words("Seen", lambda row: row["message"]),
            drawn.text("Expected", "expected"),
            drawn.words("Rows, a sample", lambda row: row["sample"] or "–"),
            drawn.words("Next", lambda row: row["next_step"] or "–"),
        ),
        sorted(gates, key=lambda row: (_WORST[row["status"]], row["validation_id"])),
        nothing="No gate was asked of this load.",
    )


def _of(column: str) -> str:
    return f" ({column})" if column else ""


def _columns(profile: str | None) -> Tag:
    """The columns of the load's files, as its profile says them; not every load keeps one."""
    files = json.loads(profile) if profile else None
    rows = [c for file in files or () for c in file.get("columns", ())]
    return drawn.table(
        "columns",
        "Columns as they were read",
        (
            GridColumn("Column", lambda row: row["name"], names_row=True),
            GridColumn("As published", lambda row: str(row.get("published", "–"))),
            GridColumn("Marks", _marks),
        ),
        rows,
        nothing="No profile is kept of this load.",
    )


def _marks(row: drawn.Row) -> str:
    return ", ".join(f"{mark} ({n:,})" for mark, n in (row.get("marks") or {}).items()) or "–"
