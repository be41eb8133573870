"""/operations/freshness: which sources are late by their own calendars, and which never loaded."""

from datetime import datetime
from typing import Any

import polars as pl
from htmltools import Tag, tags
from starlette.requests import Request
from starlette.responses import Response

from app.draw import spell
from app.draw.grid import GridColumn
from app.publications.areas import OPERATIONS, areas
from app.publications.operations import drawn, filters
from app.publications.operations.strip import Mark, strip
from app.publications.plain_page import wide
from engine import Lake
from engine.publications.operations.freshness import freshness, year_of_loads

HERE = f"{OPERATIONS}/freshness"
ROOT = "../"
SHOWN = {"": "all", "late": "late", "time": "on time"}
HOW = (
    "A source is late once its next period should have been out by its publisher’s calendar, grace"
    " included. One without a calendar, or without dates, is late thirty days after its last"
    " completed load. What is invented is never late. The strip has a dot for a load that was"
    " completed, a cross for one that was not, and a ring where the next is expected."
)


def freshness_page(request: Request, lake: Lake, now: datetime) -> Response:
    """The page; `show` and `domain` narrow its table, and never its figures."""
    query = request.query_params
    show = query.get("show", "") if query.get("show", "") in SHOWN else ""
    domain = query.get("domain", "")[:50]
    rows = freshness(lake, now).collect()
    loaded = rows.filter(pl.col("last_loaded_at").is_not_null())
    never = rows.filter(pl.col("last_loaded_at").is_null())
    shown = loaded.filter(
        pl.lit(True) if not show else pl.col("is_stale") == (show == "late"),
        pl.lit(True) if not domain else pl.col("domain") == domain,
    )
    return wide(
        "Freshness",
        tags.h1("Freshness"),
        areas(HERE, root=ROOT),
        _boxes(loaded, never),
        filters.form(
            "freshness",
            filters.choice("show", "Show", list(SHOWN.items()), show),
            filters.choice("domain", "Domain", filters.domains(lake), domain),
        ),
        tags.div(
            drawn.section("Sources", _table(shown, _marks(lake, now), now), name="fresh"),
            drawn.section("Never loaded", _never(never), name="never"),
            tags.details(tags.summary("How to read this"), tags.p(HOW), id="fresh_how"),
            id="answer",
            data_part="",
        ),
        root=ROOT,
        here=OPERATIONS,
    )


def _boxes(loaded: pl.DataFrame, never: pl.DataFrame) -> Tag:
    late = loaded.filter(pl.col("is_stale"))
    oldest = loaded["days_since"].max() if loaded.height else None
    return drawn.boxes(
        ("Sources", spell.count(loaded.height + never.height), "registered or active"),
        ("On time", spell.count(loaded.height - late.height), ""),
        ("Late", spell.count(late.height), ", ".join(late["source_code"]) or "none"),
        ("Never loaded", spell.count(never.height), ", ".join(never["source_code"]) or "none"),
        ("Longest without a load", "–" if oldest is None else spell.count(oldest), "days"),  # type: ignore[arg-type]
    )


def _marks(lake: Lake, now: datetime) -> dict[str, list[Mark]]:
    """The loads of each source within a year, the oldest first."""
    found: dict[str, list[Mark]] = {}
    for code, began, is_well in year_of_loads(lake, now).collect().iter_rows():
        found.setdefault(code, []).append((began, is_well))
    return found


def _table(rows: pl.DataFrame, marks: dict[str, list[Mark]], now: datetime) -> Tag:
    def year(row: drawn.Row) -> Tag:
        code = row["source_code"]
        return strip(code, marks.get(code, []), row["expected_by"], now.date())

    def state(row: drawn.Row) -> Tag:
        due = row["expected_by"]
        if row["is_stale"]:
            days = (now.date() - due).days
            return tags.strong(
                f"late, {days} days" if days != 1 else "late, 1 day", class_="is-bad"
            )
        return tags.span("demonstration" if row["is_invented"] else "on time")

    return drawn.table(
        "fresh",
        "Sources that were loaded",
        (
            GridColumn("Source", source_link, names_row=True),
            drawn.text("Domain", "domain"),
            GridColumn("State", state),
            drawn.when("Last loaded", "last_loaded_at"),
            drawn.number("Days since", lambda row: spell.count(row["days_since"])),
            drawn.number("Loads", lambda row: spell.count(row["loads"])),
            drawn.period("Newest period", "newest"),
            GridColumn("Comes every", lambda row: row["every"] or "not said"),
            GridColumn("Next expected by", lambda row: _day(row["expected_by"])),
            GridColumn("Twelve months", year),
        ),
        rows.sort("is_stale", "source_code", descending=[True, False]).to_dicts(),
        nothing="No source is so.",
    )


def _never(rows: pl.DataFrame) -> Tag:
    return drawn.table(
        "never",
        "Sources of which no load was ever completed",
        (
            GridColumn("Source", source_link, names_row=True),
            drawn.text("Name", "source_name"),
            drawn.text("Domain", "domain"),
            drawn.text("Owner", "owner"),
            drawn.text("Status", "status"),
        ),
        rows.to_dicts(),
        nothing="None: every source was loaded at least once.",
    )


def source_link(row: drawn.Row) -> Tag:
    """A source's code, leading to its page."""
    href = filters.address("source", code=row["source_code"])
    return tags.a(row["source_code"], href=href, title=row["source_name"])


def _day(day: Any) -> str:
    return spell.day(day.isoformat()) if day else "–"
