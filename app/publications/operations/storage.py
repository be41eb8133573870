"""/operations/storage: what the lake weighs, how fast it grows, and where that leads."""

from datetime import datetime
from typing import Any

import polars as pl
from htmltools import Tag, tags
from starlette.requests import Request
from starlette.responses import Response

from app.draw import spell
from app.draw.grid import GridColumn
from app.draw.plot import plot
from app.publications.areas import OPERATIONS, areas
from app.publications.operations import drawn
from app.publications.plain_page import wide
from engine import Lake
from engine.publications.operations import storage

HERE = f"{OPERATIONS}/storage"
ROOT = "../"
AHEAD_WEEKS = 13
NOTHING = "Nothing was measured yet: the first load measures."
HOW = (
    "A domain weighs what its sources weigh: of each, what is kept staged by its last measure."
    " Growth is against the same day a week before. The forecast is a straight line through the"
    f" weekly sums of the last {storage.FITTED_WEEKS} weeks, by least squares: it knows of no plan."
)


def storage_page(_request: Request, lake: Lake, now: datetime) -> Response:
    """The page."""
    grown = storage.growth(lake, now).collect()
    weekly = storage.weekly(lake, now).collect()
    ahead = storage.forecast(weekly.lazy(), weeks=AHEAD_WEEKS).collect().row(0, named=True)
    return wide(
        "Storage and growth",
        tags.h1("Storage and growth"),
        areas(HERE, root=ROOT),
        tags.p(
            tags.a("Snapshots, and serving an earlier one", href="snapshots"),
            " · ",
            tags.a("What belongs to nobody", href="orphans"),
        ),
        _boxes(grown, ahead),
        tags.div(_sizes(weekly), _rows(weekly), class_="publications-two"),
        drawn.section("By domain", _domains(grown.to_dicts()), name="domains"),
        drawn.section("By area of the disk", _areas(lake), name="areas_on_disk"),
        drawn.section(
            f"The {storage.LARGEST} largest tables",
            _tables(storage.largest_tables(lake).collect().to_dicts()),
            name="tables",
        ),
        tags.details(tags.summary("How to read this"), tags.p(HOW), id="storage_how"),
        root=ROOT,
        here=OPERATIONS,
    )


def _boxes(grown: pl.DataFrame, ahead: dict[str, Any]) -> Tag:
    runaway = grown.filter(pl.col("is_runaway"))
    sums = grown.select("bytes", "rows").sum().to_dicts()[0] if grown.height else {}
    slope, then = ahead["bytes_a_week"], ahead["bytes_then"]
    return drawn.boxes(
        ("All sources", spell.size(sums.get("bytes")), f"{spell.count(sums.get('rows'))} rows"),
        ("Growth a week", spell.size(slope), "by the line through the last weeks"),
        (f"In {AHEAD_WEEKS} weeks", spell.size(then), "if it goes on so"),
        (
            f"Over {storage.RUNAWAY:g} % a week",
            spell.count(runaway.height),
            tags.span(
                *(f"{name}, " for name in runaway["domain"]),
                tags.a("runbook", href=f"{ROOT}runbooks/runaway-storage"),
            )
            if runaway.height
            else "no domain",
        ),
    )


def _sizes(weekly: pl.DataFrame) -> Tag:
    days = [day.isoformat() for day in weekly["day"]]
    figure = drawn.line(days, weekly["bytes"].to_list(), unit="B", words="bytes")
    return drawn.section(
        "Bytes, by week",
        plot(
            "sizes",
            figure,
            words="Line by week: bytes of all sources",
            table=_weeks(weekly, "sizes"),
        ),
        name="bytes",
    )


def _rows(weekly: pl.DataFrame) -> Tag:
    days = [day.isoformat() for day in weekly["day"]]
    figure = drawn.line(days, weekly["rows"].to_list(), unit="rows", words="rows")
    return drawn.section(
        "Rows, by week",
        plot(
            "rows", figure, words="Line by week: rows of all sources", table=_weeks(weekly, "rows")
        ),
        name="rows",
    )


def _weeks(weekly: pl.DataFrame, name: str) -> Tag:
    return drawn.table(
        f"weekly_{name}",
        f"All sources at the end of each week: {name}",
        (
            GridColumn("Day", lambda row: spell.day(row["day"].isoformat()), names_row=True),
            drawn.number("Size", lambda row: spell.size(row["bytes"])),
            drawn.number("Rows", lambda row: spell.count(row["rows"])),
        ),
        reversed(weekly.to_dicts()),
        nothing=NOTHING,
    )


def _domains(rows: list[dict[str, Any]]) -> Tag:
    def growth(row: drawn.Row) -> Tag:
        if row["percent"] is None:
            return tags.span("–")
        said = f"{row['percent']:+.1f} %"
        return (
            tags.strong(f"{said}, runaway", class_="is-bad")
            if row["is_runaway"]
            else tags.span(said)
        )

    return drawn.table(
        "domain_sizes",
        "What each domain weighs",
        (
            GridColumn("Domain", lambda row: row["domain"], names_row=True),
            drawn.number("Sources", lambda row: spell.count(row["sources"])),
            drawn.number("Size", lambda row: spell.size(row["bytes"])),
            drawn.number("Rows", lambda row: spell.count(row["rows"])),
            drawn.number("A week ago", lambda row: spell.size(row["bytes_before"])),
            drawn.number("Growth a week", growth),
        ),
        rows,
        nothing=NOTHING,
    )


def _areas(lake: Lake) -> Tag:
    rows = [{"area": words, "bytes": size} for words, size in storage.areas(lake).items()]
    return drawn.table(
        "area_sizes",
        "What each area of the data folder weighs",
        (
            GridColumn("Area", lambda row: row["area"], names_row=True),
            drawn.number("Size", lambda row: spell.size(row["bytes"])),
        ),
        rows,
        nothing=NOTHING,
    )


def _tables(rows: list[dict[str, Any]]) -> Tag:
    return drawn.table(
        "table_sizes",
        "The largest tables of the snapshot",
        (
            GridColumn(
                "Table",
                lambda row: tags.a(row["table"], href=f"{ROOT}catalogue/{row['table']}"),
                names_row=True,
            ),
            drawn.number("Size", lambda row: spell.size(row["bytes"])),
            drawn.number("Rows", lambda row: spell.count(row["rows"])),
            drawn.number("Files", lambda row: spell.count(row["files"])),
        ),
        [row for row in rows if row["files"]],
        nothing=NOTHING,
    )
