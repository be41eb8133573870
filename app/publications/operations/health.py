"""/operations: how loads went. The rate of seven days, what failed and what next, what is slow."""

from datetime import datetime
from typing import Any

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.access import reader_of
from app.draw import spell
from app.draw.grid import GridColumn
from app.draw.plot import plot
from app.publications.areas import ALERTS, OPERATIONS, areas
from app.publications.operations import drawn, filters
from app.publications.operations.filters import Asked, address
from app.publications.operations.run import refresh_part
from app.publications.plain_page import wide
from engine import Lake
from engine.goals import LOADS_WELL
from engine.publications.operations import health
from engine.publications.operations.freshness import freshness
from engine.publications.operations.metrics import SUCCESS

Row = drawn.Row
WORST = 3
NOTHING = "No data: nothing was loaded in these days."


def health_page(request: Request, lake: Lake, now: datetime) -> Response:
    """The page; everything below its figures is of the days and sources that its address names."""
    asked = filters.read(request.query_params)
    return wide(
        "Load health",
        tags.h1("Load health"),
        areas(OPERATIONS),
        _needs(lake),
        refresh_part(lake, reader_of(request)),
        _boxes(lake, now, asked),
        _form(lake, asked),
        tags.div(*_answer(lake, now, asked), id="answer", data_part=""),
        here=OPERATIONS,
    )


def _needs(lake: Lake) -> TagChild:
    """What a morning begins with: the worst open alerts, and the way to all of them."""
    rows = health.needing(lake).collect().to_dicts()
    many = f"All {len(rows)} open alerts"
    more = tags.p(tags.a(many, href=ALERTS)) if len(rows) > WORST else None
    return drawn.needs(rows[:WORST], more=more)


def _form(lake: Lake, asked: Asked) -> Tag:
    days = [(str(days), f"{days} days") for days in filters.DAYS]
    return filters.form(
        OPERATIONS,
        filters.choice("days", "The last", days, str(asked.days)),
        filters.choice("by", "Told", list(filters.GRAINS.items()), asked.by),
        filters.choice("domain", "Domain", filters.domains(lake), asked.domain),
        filters.choice("source", "Source", filters.sources(lake), asked.source),
    )


def _boxes(lake: Lake, now: datetime, asked: Asked) -> Tag:
    week = health.success(lake, now, only=asked.only).collect().row(0, named=True)
    fresh = freshness(lake, now).collect()
    late = fresh.filter(pl.col("is_stale"))["source_code"].to_list()
    waiting = lake.scan("schema_change_requests").filter(pl.col("status") == "pending")
    many = waiting.select(pl.len()).collect().item()
    rate = week["load_success"]
    return tags.div(
        drawn.boxes(
            (
                tags.span(f"{SUCCESS.label}, 7 days", title=SUCCESS.why),
                "no data" if rate is None else spell.percent(rate),
                f"of {week['finished_loads'] or 0} finished; at least {LOADS_WELL:g} % is the aim",
            ),
            (
                "Failed, 7 days",
                spell.count(week["failed_loads"] or 0),
                f"of {week['loads'] or 0} begun",
            ),
            (
                tags.a("Late sources", href=f"{OPERATIONS}/freshness?show=late"),
                spell.count(len(late)),
                ", ".join(late[:3]) + (" …" if len(late) > 3 else "") or "all on time",
            ),
            (
                tags.a("Waiting for a decision", href=f"{OPERATIONS}/reviews"),
                spell.count(many),
                "changes of columns or of load modes",
            ),
        ),
        id="boxes",
        data_part="",
    )


def _answer(lake: Lake, now: datetime, asked: Asked) -> list[TagChild]:
    span: dict[str, Any] = {"days": asked.days, "only": asked.only}
    over_time = health.over_time(lake, now, grain=asked.by, **span).collect()
    if not over_time.height:
        return [tags.p(NOTHING, role="status", class_="publications-nothing")]
    rolling = health.rolling(lake, now, **span).collect()
    return [
        tags.div(_rolling(rolling), _loads(over_time, asked), class_="publications-two"),
        drawn.section(
            "Failed, and what to do",
            failed(health.failures(lake, now, **span).collect().to_dicts(), ""),
            name="failed",
        ),
        drawn.section(
            "By source",
            _by_source(health.by_source(lake, now, **span).collect().to_dicts(), asked),
            name="by_source",
        ),
        drawn.section(
            f"The {health.SLOWEST} slowest",
            _slowest(health.slowest(lake, now, **span).collect().to_dicts()),
            name="slowest",
        ),
    ]


def _rolling(rows: pl.DataFrame) -> Tag:
    days = [at.date().isoformat() for at in rows["at"]]
    figure = drawn.line(
        days,
        rows["load_success"].to_list(),
        unit="%",
        words=SUCCESS.label,
        at_most=110,
        target=LOADS_WELL,
    )
    told = drawn.table(
        "rolling",
        "Load success of seven days, by day",
        (
            GridColumn("Seven days up to", lambda row: spell.instant(row["at"]), names_row=True),
            drawn.number("Finished", lambda row: spell.count(row["finished_loads"])),
            drawn.number("Success", lambda row: spell.percent(row["load_success"])),
        ),
        reversed(rows.to_dicts()),
        nothing=NOTHING,
    )
    words = "Line by day: load success of the seven days before, and the aim of 95 %"
    return drawn.section(
        "Load success, seven days rolling",
        plot("rolling", figure, words=words, table=told),
        name="success",
    )


def _loads(rows: pl.DataFrame, asked: Asked) -> Tag:
    days = [day.isoformat() for day in rows["began"]]
    well = (rows["finished_loads"] - rows["failed_loads"]).to_list()
    figure = drawn.bars(
        [
            ("completed", "--accent", days, well),
            ("failed", "--bad", days, rows["failed_loads"].to_list()),
        ]
    )
    first = "Week of" if asked.by == "week" else "Day"
    told = drawn.table(
        "over_time",
        f"Loads {filters.GRAINS[asked.by]}",
        (
            GridColumn(first, lambda row: spell.day(row["began"].isoformat()), names_row=True),
            drawn.number("Loads", lambda row: spell.count(row["loads"])),
            drawn.number("Failed", lambda row: spell.count(row["failed_loads"])),
            drawn.number("Success", lambda row: spell.percent(row["load_success"])),
        ),
        reversed(rows.to_dicts()),
        nothing=NOTHING,
    )
    title = f"Loads {filters.GRAINS[asked.by]}"
    words = f"{title}: bars of those completed, and above them, hatched, of those that failed"
    return drawn.section(
        title,
        plot("over_time", figure, words=words, table=told),
        name="loads",
    )


def failed(rows: list[dict[str, Any]], root: str) -> Tag:
    """Loads that failed with their message, and what to do about each."""
    return drawn.table(
        "failed",
        "Failed loads, the newest first",
        (
            GridColumn("Load", lambda row: load_link(row, root), names_row=True),
            drawn.text("Source", "source_code"),
            drawn.text("Period", "period"),
            drawn.when("Begun", "started_at"),
            drawn.words("What failed", lambda row: row["reason"] or row["status"]),
            drawn.words("Next", lambda row: next_step(row, root)),
        ),
        rows,
        nothing="None: every load that ended in these days was completed.",
    )


def load_link(row: Row, root: str) -> Tag:
    """The number of a load, leading to its page."""
    return tags.a(f"{row['load_id']}", href=address(f"{root}{OPERATIONS}/load", id=row["load_id"]))


def next_step(row: Row, root: str) -> TagChild:
    """What to do about a load that failed, and the runbook that says the rest."""
    return tags.span(
        f"{said} · " if (said := row["next_step"]) else None,
        tags.a("runbook", href=address(f"{root}runbooks/failed-load", source=row["source_code"])),
    )


def _by_source(rows: list[dict[str, Any]], asked: Asked) -> Tag:
    def narrowed(row: Row) -> Tag:
        more = {"days": asked.days, "by": asked.by, "source": row["source_code"]}
        return tags.a(
            row["source_code"], href=address(OPERATIONS, **more), title=row["source_name"]
        )

    return drawn.table(
        "sources",
        "Loads by source",
        (
            GridColumn("Source", narrowed, names_row=True),
            drawn.text("Domain", "domain"),
            drawn.number("Loads", lambda row: spell.count(row["loads"])),
            drawn.number("A week", lambda row: f"{row['loads_a_week']:.1f}"),
            drawn.number("Failed", lambda row: spell.count(row["failed_loads"])),
            drawn.number("Success", lambda row: spell.percent(row["load_success"])),
            drawn.number("Average duration", lambda row: spell.duration(row["load_duration"])),
        ),
        rows,
        nothing=NOTHING,
    )


def _slowest(rows: list[dict[str, Any]]) -> Tag:
    return drawn.table(
        "slow",
        "The slowest loads",
        (
            GridColumn("Load", lambda row: load_link(row, ""), names_row=True),
            drawn.text("Source", "source_code"),
            drawn.text("Period", "period"),
            drawn.when("Begun", "started_at"),
            drawn.number("Took", lambda row: spell.duration(row["seconds"])),
            drawn.number("Rows", lambda row: spell.count(row["rows_loaded"])),
        ),
        rows,
        nothing=NOTHING,
    )
