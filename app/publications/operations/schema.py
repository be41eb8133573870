"""/operations/schema: which tables came, which grew sideways, and which do not hold still."""

from datetime import datetime
from typing import Any

from htmltools import Tag, tags
from starlette.requests import Request
from starlette.responses import Response

from app.draw import spell
from app.draw.grid import GridColumn
from app.publications.areas import OPERATIONS, areas
from app.publications.operations import drawn
from app.publications.operations.filters import address
from app.publications.plain_page import wide
from engine import Lake
from engine.publications.operations import schema

HERE = f"{OPERATIONS}/schema"
ROOT = "../"
HOW = (
    "Each column that came, went or took another type is a change. A table is created by the first"
    " completed load of its source. Columns that wait for a review are not added yet."
)


def schema_page(_request: Request, lake: Lake, now: datetime) -> Response:
    """The page: all of it of the last thirty days."""
    added = schema.columns_added(lake, now).collect().to_dicts()
    created = schema.tables_created(lake, now).collect().to_dicts()
    changed = schema.changes(lake, now).collect().to_dicts()
    restless = [row["source_code"] for row in changed if row["is_restless"]]
    return wide(
        "Schema evolution",
        tags.h1(f"Schema evolution, {schema.DAYS} days"),
        areas(HERE, root=ROOT),
        drawn.boxes(
            ("Columns added", spell.count(sum(row["columns_brought"] for row in added)), ""),
            ("Tables created", spell.count(len(created)), ""),
            (
                f"More than {schema.RESTLESS} changes",
                spell.count(len(restless)),
                ", ".join(restless) or "no source",
            ),
        ),
        drawn.section("Changes by source", _changes(changed), name="changes"),
        drawn.section("Columns added", _added(added), name="added"),
        drawn.section("Tables created", _created(created), name="created"),
        tags.details(tags.summary("How to read this"), tags.p(HOW), id="schema_how"),
        root=ROOT,
        here=OPERATIONS,
    )


def _source(row: drawn.Row) -> Tag:
    return tags.a(row["source_code"], href=address("loads", source=row["source_code"]))


def _changes(rows: list[dict[str, Any]]) -> Tag:
    def many(row: drawn.Row) -> Tag:
        said = spell.count(row["changes"])
        return (
            tags.strong(f"{said}, high", class_="is-bad") if row["is_restless"] else tags.span(said)
        )

    def of(name: str) -> Any:
        return lambda row: spell.count(row[name])

    return drawn.table(
        "drift",
        "Changes of columns by source",
        (
            GridColumn("Source", _source, names_row=True),
            drawn.number("New columns", of("new_columns")),
            drawn.number("Gone", of("missing_columns")),
            drawn.number("Other type", of("type_changes")),
            drawn.number("Changes", many),
        ),
        rows,
        nothing="No source changed its columns.",
    )


def _added(rows: list[dict[str, Any]]) -> Tag:
    return drawn.table(
        "columns_added",
        "Columns that completed loads added",
        (
            GridColumn("Source", _source, names_row=True),
            drawn.text("Domain", "domain"),
            drawn.number("Columns", lambda row: spell.count(row["columns_brought"])),
        ),
        rows,
        nothing="No table got a column.",
    )


def _created(rows: list[dict[str, Any]]) -> Tag:
    return drawn.table(
        "tables_created",
        "Sources that were loaded for the first time",
        (
            GridColumn("Source", _source, names_row=True),
            drawn.text("Table", "table_name"),
            drawn.text("Domain", "domain"),
            drawn.when("Created", "created_at"),
            drawn.number("Rows at first", lambda row: spell.count(row["rows_loaded"])),
        ),
        rows,
        nothing="No table came to be.",
    )
