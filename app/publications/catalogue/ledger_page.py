"""The tables of the ledger in the catalogue: what the refresh notes of itself, as it is now. They
are of no snapshot; who looks finds those that are theirs to read.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl
from htmltools import tags
from starlette.responses import Response

from app.draw import spell
from app.draw.grid import SCROLLS, Grid, GridColumn, draw
from app.publications import plain_page
from app.publications.catalogue.listed import LEDGER, Entry
from engine import Lake
from engine.ledger import METADATA

ROOT = "../"
SAID: Mapping[str, str] = {
    "access_grants": "Who may be what, and in which domains.",
    "alert_deliveries": "What each channel is told of an alert, and when it was.",
    "alert_events": "What became of each alert: opened, worse, acknowledged, snoozed, resolved.",
    "alerts": "What needs somebody: one open alert a rule, source and subject.",
    "anomaly_verdicts": "What somebody said of an anomaly: confirmed or dismissed, and why.",
    "audit_head": "How long the audit log is, and its last hash.",
    "audit_log": "What everybody did and was refused, each row chained to the one before.",
    "canonical_sources": "A source through all names that its files have had.",
    "cli_runs": "Each command that was run: how long, and how it ended.",
    "column_metadata": "What columns of registered sources mean, and what their values are like.",
    "drift_events": "How the columns of a source moved from one release to the next.",
    "fetches": "Each address that was asked, and the file that it gave.",
    "goal_targets": "The targets of the eight goals, and each time that one was moved.",
    "golden_datasets": "Datasets of which it is known what loading them must give.",
    "load_events": "Every load: what was read, how long it took, how it ended.",
    "postcodes": "Places of postcodes that were asked for.",
    "releases": "Every release that was kept, with what was thought of it.",
    "schema_change_requests": "Changes that wait for somebody's yes or no, or have it.",
    "source_mappings": "By which name of which period a source is known.",
    "source_metrics": "How large each source was on a day, and how well it loaded.",
    "sources": "What is followed: publisher, owner, purpose, domain, how it is loaded.",
    "test_evidence": "What was measured of the eight goals, and when.",
    "validation_results": "The verdict of every check on every load.",
}
"""A sentence on each table that engine/ledger.py declares."""


def ledger_entries(lake: Lake) -> Iterator[Entry]:
    """An entry of the catalogue for each table of the ledger that who looks may read."""
    for name in sorted(METADATA.tables):
        if lake.has(name):
            yield Entry("ledger", name, name, SAID.get(name, ""), LEDGER, (), LEDGER, "")


def ledger_page(lake: Lake, name: str) -> Response:
    """The page of one table: its columns, and how it is read."""
    rows = lake.scan(name).select(pl.len()).collect().item()
    return plain_page.wide(
        name,
        tags.h1(name),
        tags.p(SAID.get(name, ""), class_="atlas-lead"),
        tags.p(
            "A table of the ledger: it is kept in the registry's database and belongs to no"
            f" snapshot. It has {spell.count(rows)} row{'' if rows == 1 else 's'} now, as far as"
            " they are yours to see; times are UTC."
        ),
        tags.p("In Python:"),
        tags.pre(tags.code(f'open_lake().scan("{name}").collect()'), tabindex="0"),
        tags.h2("Columns"),
        draw(_COLUMNS, METADATA.tables[name].columns),
        tags.p(tags.a("The whole catalogue", href=f"{ROOT}catalogue"), class_="pub-ways"),
        root=ROOT,
    )


def _points(column: Any) -> str:
    return ", ".join(sorted(str(key.column) for key in column.foreign_keys))


_COLUMNS: Grid[Any] = Grid(
    (
        GridColumn("Column", lambda one: one.name, names_row=True),
        GridColumn("Type", lambda one: str(one.type).lower()),
        GridColumn("May be empty", lambda one: "yes" if one.nullable else "no"),
        GridColumn("Key", lambda one: "yes" if one.primary_key else ""),
        GridColumn("Points to", _points),
    ),
    caption="Columns",
    is_caption_heard=True,
    table=SCROLLS | {"class": "pub-rows stacks"},
    is_labelled=True,
)
