"""/catalogue/TABLE: what a table is, its columns, where it comes from, how good it is, its rows."""

from collections.abc import Sequence
from typing import Any

import polars as pl
from htmltools import Tag, TagChild, tags
from starlette.requests import Request
from starlette.responses import Response

from app.agent import known
from app.agent.catalogue import quality_of, sources_of
from app.draw import spell
from app.draw.grid import NUMBER, SCROLLS, Grid, GridColumn, draw
from app.publications import plain_page
from app.publications.catalogue import charted, lineage, lineage_picture, quality
from app.publications.catalogue.asked_for import times_asked
from app.publications.catalogue.ledger_page import ledger_page
from app.publications.catalogue.listed import publications
from app.publications.catalogue.registry import Row, columns_told, sources
from app.publications.catalogue.registry import sources_of as registered
from engine import Lake
from engine.ledger import METADATA
from engine.manifest import TableEntry

ROOT = "../"
SAMPLED = 20
FILES: tuple[tuple[str, str], ...] = (
    ("CSV", "{}.csv"),
    ("Parquet", "{}.parquet"),
    ("Data Package", "{}/datapackage.json"),
    ("Table Schema", "{}.schema.json"),
    ("DCAT", "{}.jsonld"),
)
RELEASED: Grid[dict[str, Any]] = Grid(
    (
        GridColumn("File", lambda one: one["file"], names_row=True),
        GridColumn("Source", lambda one: one["source"]),
        GridColumn("Publisher", lambda one: one["publisher"]),
        GridColumn("Period", lambda one: one["period"]),
        GridColumn("Published", lambda one: one["published_on"] or ""),
        GridColumn("Bytes", lambda one: f"{one['size']:,}", head=NUMBER, cells=NUMBER),
        GridColumn("SHA-256", lambda one: tags.code(one["sha256"][:12])),
    ),
    table=SCROLLS | {"class": "pub-rows"},
)


def table_page(request: Request, lake: Lake) -> Response:
    """The page of one table; one of the ledger is told as such."""
    named = request.path_params["table"]
    if named in METADATA.tables and lake.has(named):
        return ledger_page(lake, named)
    name = known.dataset(lake, named)
    entry = lake.manifest["tables"][name]
    rows = registered(lake, name, sources(lake))
    told = columns_told(rows)
    findings = quality_of(lake, name)
    later = f"{ROOT}catalogue/{name}/profile"
    return plain_page.wide(
        name,
        tags.h1(name),
        tags.p(_meaning(lake, name, rows), class_="atlas-lead"),
        _goes(entry),
        _ways(name),
        _facts(lake, name, rows),
        charted.section(request, lake, name),
        *_metrics(lake, name),
        tags.h2("Columns"),
        _columns(entry, name, told),
        tags.h2("Where it comes from"),
        lineage_picture.picture(lineage.lineage(lake, name), root=ROOT),
        _files(lake, name),
        tags.h2("Quality"),
        quality.drawn(quality.history(lake, [row["code"] for row in rows]), findings),
        tags.h2("Profile"),
        tags.section(
            tags.p(tags.a("What the values of each column look like", href=later)),
            id="profile",
            data_part="",
            data_later=later,
        ),
        tags.h2("Rows"),
        _sample(lake, name),
        root=ROOT,
        manner=plain_page.of_tables(name),
        here="catalogue",
    )


def _meaning(lake: Lake, name: str, rows: Sequence[Row]) -> str:
    contract = known.contract(name)
    if contract:
        return contract.meaning
    said = next((row["description"] or f"{row['name']}, as published." for row in rows), "")
    return said or lake.manifest["tables"][name]["grain"]


def _goes(entry: TableEntry) -> TagChild:
    if not (said := entry.get("deprecated", "")):
        return None
    return tags.p(tags.strong("It is on its way out: "), said, role="note", class_="atlas-note")


def _ways(name: str) -> Tag:
    return tags.p(
        *(
            tags.a(words, href=f"{ROOT}catalogue/{file.format(name)}", download="")
            for words, file in FILES
        ),
        tags.a("The whole catalogue", href=f"{ROOT}catalogue"),
        class_="pub-ways",
    )


def _facts(lake: Lake, name: str, rows: Sequence[Row]) -> Tag:
    entry, contract = lake.manifest["tables"][name], known.contract(name)
    own = next((row for row in rows if row["table_name"] == name), None)
    owner = contract.owner if contract else ", ".join(dict.fromkeys(r["owner"] for r in rows))
    parts = sorted(lake.partitions(name))
    facts: list[tuple[str, TagChild]] = [
        ("One row is", entry["grain"]),
        ("Key", ", ".join(entry["key"]) or "none"),
        ("Rows", spell.count(sum(file["rows"] for file in entry["files"]))),
        ("Owner", owner),
        ("Purpose", "; ".join(dict.fromkeys(r["purpose"] for r in rows if r["purpose"]))),
        ("Publication", ", ".join(publications(lake, name, list(rows)))),
        ("Domain", _domain(name, [own] if own else rows)),
        ("Parts", f"by {entry['partition']}: {_span(parts)}" if parts else ""),
        ("Load mode", own["load_mode"] if own else ""),
        ("Newest period", _newest(lake, name)),
        ("Asked for", times_asked(lake, "table", name)),
        ("Whole-table rules", "; ".join(rule.words for rule in contract.rules) if contract else ""),
    ]
    return tags.dl(
        *(part for word, said in facts if said for part in (tags.dt(word), tags.dd(said))),
        class_="pub-facts",
    )


def _domain(name: str, rows: Sequence[Row]) -> str:
    said = next((row["domain"] for row in rows if row["domain"]), None)
    return said or known.domains().get(name, known.REGISTERED)


def _span(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else f"{parts[0]} to {parts[-1]} ({len(parts)})"


def _newest(lake: Lake, name: str) -> str:
    """The newest period of each source, and whether the next is late."""
    late = {True: ", the next is late", False: ""}
    return "; ".join(
        f"{one['newest'] or 'nothing'} of {one['source']}{late[one['late']]}"
        for one in sources_of(lake, name)
    )


def _metrics(lake: Lake, name: str) -> list[TagChild]:
    found = known.metrics_of(lake, name)
    if not found:
        return []
    return [
        tags.h2("Metrics"),
        tags.ul(
            *(
                tags.li(
                    tags.a(metric.label, href=f"{ROOT}catalogue/metric/{metric.name}"),
                    tags.small(f" {metric.formula}, {metric.unit}"),
                )
                for metric in found
            ),
            class_="pub-links",
        ),
    ]


def _columns(entry: TableEntry, name: str, told: dict[str, dict[str, Any]]) -> Tag:
    contract = known.contract(name)
    rules = {c.name: [rule.words for rule in c.rules] for c in contract.columns} if contract else {}
    aka = {c.name: ", ".join(c.aka) for c in contract.columns} if contract else {}

    def published(column: Any) -> str:
        return str(told.get(column["name"], {}).get("original_name") or aka.get(column["name"], ""))

    def marks(column: Any) -> str:
        found = told.get(column["name"], {}).get("marks", {})
        return ", ".join(f"{mark}: {reason}" for mark, reason in found.items())

    return draw(
        Grid(
            (
                GridColumn(
                    "Column",
                    lambda c: tags.span(
                        c["name"],
                        tags.small(" key") if c["name"] in entry["key"] else None,
                        id=f"c-{c['name']}",
                    ),
                    names_row=True,
                ),
                GridColumn("Type", lambda c: c["type"]),
                GridColumn("Unit", lambda c: c["unit"]),
                GridColumn("Meaning", lambda c: c["meaning"]),
                GridColumn("Rules", lambda c: "; ".join(rules.get(c["name"], ()))),
                GridColumn("Published as", published),
                GridColumn("Marks", marks),
            ),
            caption="Columns",
            is_caption_heard=True,
            table=SCROLLS | {"class": "pub-rows"},
        ),
        entry["columns"],
    )


def _files(lake: Lake, name: str) -> TagChild:
    found = lineage.files(lake, name)
    if not found:
        return tags.p("It is made by rule, of nothing published.")
    return tags.details(
        tags.summary(f"The {len(found):,} files it is made of"),
        draw(RELEASED, found[:200]),
        id="files",
    )


def _sample(lake: Lake, name: str) -> TagChild:
    rows = lake.scan(name).head(SAMPLED).collect()
    columns: list[GridColumn[dict[str, Any]]] = [
        GridColumn(column, _cell(column), cells=NUMBER if dtype.is_numeric() else {})
        for column, dtype in rows.schema.items()
    ]
    return draw(
        Grid(
            columns,
            caption=f"The first {rows.height} rows",
            is_caption_heard=True,
            table=SCROLLS | {"class": "pub-rows"},
            nothing="It has no rows.",
        ),
        rows.select(pl.all()).to_dicts(),
    )


def _cell(column: str) -> Any:
    def drawn(row: dict[str, Any]) -> TagChild:
        value = row[column]
        return tags.small("null") if value is None else str(value)

    return drawn
