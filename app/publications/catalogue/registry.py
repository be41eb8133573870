"""What the registry says of the sources behind a table: purpose, owner, domain, contract.

A lake without a registry (a bundle) has none of it; the page then says what the snapshot knows.
"""

import json
from collections.abc import Mapping, Sequence
from typing import Any

import polars as pl

from engine import Lake
from engine.errors import LakeError

Row = Mapping[str, Any]


def rows_of(lake: Lake, table: str, codes: Sequence[str] | None = None) -> pl.DataFrame | None:
    """Rows of a table of the ledger; None where the lake has no registry, or may not be read.

    Takes:  the codes of the sources whose rows are wanted; None: all rows.
    """
    try:
        every = lake.scan(table)
        if codes is None:
            return every.collect()
        # Each by itself: then the database looks for it, and sends no more.
        some = [every.filter(pl.col("source_code") == code) for code in codes]
        return pl.concat(some or [every.limit(0)]).collect()
    except LakeError:
        return None


def sources(lake: Lake) -> dict[str, Row]:
    """Every source of the registry by its code; none where there is no registry."""
    rows = rows_of(lake, "sources")
    return {} if rows is None else {row["code"]: row for row in rows.to_dicts()}


def sources_of(lake: Lake, table: str, known: Mapping[str, Row]) -> list[Row]:
    """Those that a table is made of: by the snapshot's word, or as the registry names the table."""
    codes = lake.manifest.get("made_of", {}).get(table, [])
    named = (code for code, row in known.items() if row["table_name"] == table)
    return [known[code] for code in dict.fromkeys((*codes, *named)) if code in known]


def facts(row: Row) -> dict[str, Any]:
    """What else a manifest said of a source: licence, cadence, its page."""
    told: dict[str, Any] = json.loads(row.get("metadata") or "{}")
    return told


def contract(row: Row) -> dict[str, Any]:
    """What a registered source is loaded by, as plain values; nothing for a built-in one."""
    text = row.get("contract")
    read: dict[str, Any] = json.loads(text) if text else {}
    return read


def columns_told(rows: list[Row]) -> dict[str, dict[str, Any]]:
    """By column, what manifests say of it beside its meaning: published name and marks."""
    told: dict[str, dict[str, Any]] = {}
    for row in rows:
        for column in contract(row).get("columns", ()):
            told.setdefault(column["name"], column)
    return told
