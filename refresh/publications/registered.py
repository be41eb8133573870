"""Registered: what the registry says of a publication, as a source, a table and a recipe.

A manifest is data; here it becomes the same declarations that a wing writes in code, so that the
core walks both alike. Made at run time, from the ledger alone: a manifest that somebody deleted
loses nothing.
"""

import re
from pathlib import PurePosixPath

import polars as pl

from engine.errors import UnknownName
from engine.period import Calendar, Period
from engine.publications.metrics import FACT
from engine.table import TYPES, Column, Table
from engine.vocabulary import Every
from refresh.finding import Finding
from refresh.publications.agreed import accepted, columns_in, companions, name_of
from refresh.publications.bringing import bring_registered
from refresh.publications.discovering import EXTENSIONS
from refresh.publications.duplicates import look_for_duplicates
from refresh.publications.manifest import TableOf
from refresh.publications.metric_entries import entries_of
from refresh.publications.newly_listed import kinds_of, later_period
from refresh.publications.source_codes import base_of
from refresh.publications.staged import stage_registered
from refresh.recipe import ONCE, Fact, Recipe, Take, each, recipe, staged
from refresh.source import Link, Part, Source, Ways
from refresh.store.fold import as_folded
from refresh.store.ledger import Ledger
from refresh.store.rows import SourceRow
from refresh.walk import Walk
from refresh.wing import Registered

_TAKES: dict[str, Take] = {
    "replace": "newest",
    "append": "same",
    "upsert": "upsert",
    "history": "history",
}
_OPEN_LICENCE = "Open Government Licence v3.0"
_AFTER_DAYS, _GRACE_DAYS = 45, 30
_OF_ITS_KIND = (rf"(?:{'|'.join(map(re.escape, EXTENSIONS))})$",)
"""Any file that could be loaded: whether it is the next of its kind, its name says (`period`)."""
_VALIDITY = (
    Column("valid_from", pl.Date, "First day on which the row was so.", derived=True),
    Column("valid_to", pl.Date, "First day on which it was not; 9999-12-31: still.", derived=True),
)
_AUDIT = (
    Column("_load_id", pl.Int64, "The load that brought the row.", "number"),
    Column("_loaded_at", TYPES["timestamp"], "When that load began."),
    Column("_period", pl.String, "The period of the release that the row is of."),
    Column("_manifest_file_id", pl.String, "The file of the release that the row is from."),
    Column("_row_hash", pl.Int64, "A hash of the row as published, without these columns.", "hash"),
)


def registered(ledger: Ledger) -> Registered:
    """Every source of the registry that was ever described by a manifest, but for archived ones."""
    made = [
        (source_of(row, of), recipe_of(row, of))
        for row in ledger.sources()
        if row["status"] != "archived" and (of := accepted(row))
    ]
    metrics = [
        entry
        for row in ledger.sources()
        if row["status"] != "archived" and (of := accepted(row))
        for entry in entries_of(of, owner=row["owner"])
    ]
    told = Fact(FACT, lambda: (metrics, []), {}, words=repr(metrics))
    return Registered(tuple(one for one, _ in made), tuple(one for _, one in made), (told,))


def source_of(row: SourceRow, of: TableOf) -> Source:
    """The declaration of a registered source, by its row and what it is loaded by."""
    more = row["metadata"] or {}
    periods = {name_of(file.url): file.period for file in of.files}

    kinds, later = kinds_of(of), later_period(of)

    def period(_found: re.Match[str], link: Link) -> str | None:
        if link.name in periods or base_of(link.name) not in kinds:
            return periods.get(link.name)
        return later(PurePosixPath(link.name).stem)

    return Source(
        code=row["code"],
        name=row["name"],
        publisher=row["publisher"] or row["publication"] or row["name"],
        pages=(),
        files=(*(f"^{re.escape(name)}$" for name in periods), *_OF_ITS_KIND),
        parts=(Part(of.table, members=(), required=True, of=table_of(of, row)),),
        period=period,
        calendar=Calendar(_every(more.get("cadence", ""), of), _AFTER_DAYS, _GRACE_DAYS),
        owner=row["owner"],
        purpose=row["purpose"],
        licence=more.get("licence") or _OPEN_LICENCE,
        ways=Ways(bring_registered, stage_registered, look_again),
        is_held=row["validation_required"],
        domain=row["domain"],
        is_registered=True,
    )


def look_again(walk: Walk, source: Source) -> list[Finding]:
    """What repeats between the periods of a source that a run brought something of."""
    row = walk.ledger.source(source.code)
    of = accepted(row) if row else None
    return look_for_duplicates(walk.ledger, walk.layout, of) if of else []


def table_of(of: TableOf, row: SourceRow) -> Table:
    """The contract of a registered source's table.

    Takes:  what it is loaded by; its row, which says whose it is and whether it is on its way out.
    Gives:  a table of its columns and those for audit. Where periods are appended each has a file
            of its own and is part of the key; a history has the days of each version instead of
            the audit columns, which would make a version of every load.
    """
    columns = tuple(
        Column(
            column.name,
            TYPES[column.dtype],
            column.description or f"`{column.original_name or column.name}`, as published.",
            column.unit or ("as published" if TYPES[column.dtype].is_numeric() else ""),
            required=column.required,
        )
        for column in (*columns_in(of), *companions(of))
    )
    key, partition = tuple(of.key), None
    audit: tuple[Column, ...] = _AUDIT
    if of.load_mode == "append":
        key, partition = (*key, "_period") if key else (), "_period"
    if of.load_mode == "history":
        key, audit = (*key, "valid_from"), _VALIDITY
    return Table(
        name=of.table,
        grain=of.grain or "a row as published",
        meaning=of.description or f"{of.name}, as published.",
        key=key,
        columns=(*columns, *audit),
        owner=row["owner"],
        partition=partition,
        deprecated=_goes(row),
    )


def recipe_of(row: SourceRow, of: TableOf) -> Recipe:
    """How a registered source's releases become its table: by its load mode and nothing else."""
    table = table_of(of, row)
    rows = staged(table, _TAKES[of.load_mode], key=tuple(of.key))
    per = each(table) if of.load_mode == "append" else ONCE
    # Streamed: nobody knows beforehand how large a publication is.
    return recipe(table, as_folded, per=per, large=True, rows=rows)


def _goes(row: SourceRow) -> str:
    if row["status"] != "deprecated":
        return ""
    return f"deprecated: {row['deprecation_reason']}; it is archived on {row['archive_date']}"


def _every(cadence: str, of: TableOf) -> Every:
    if cadence in ("year", "quarter", "month"):
        return cadence  # type: ignore[return-value]
    kinds = {kind for file in of.files if (kind := _kind(file.period))}
    return "year" if kinds == {"year"} else "quarter" if kinds == {"quarter"} else "month"


def _kind(period: str) -> str:
    try:
        return Period.parse(period).kind
    except UnknownName:
        return ""
