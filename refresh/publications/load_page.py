"""The page of a load, put together from what the registry and the staged files say."""

from collections.abc import Iterable
from contextlib import closing
from datetime import UTC
from pathlib import Path
from typing import Any

import polars as pl

from engine.errors import UnknownName
from engine.lake import Layout
from refresh.publications.agreed import accepted, words_of
from refresh.publications.column_profiles import column_profiles
from refresh.publications.interchange import LoadTold
from refresh.publications.manifest import TableOf
from refresh.publications.report_page import PageTold, page
from refresh.source import Release
from refresh.store.ledger import Ledger
from refresh.store.rows import LoadRow
from refresh.validate.seen import AUDIT


def page_of(layout: Layout, asked: str) -> tuple[int, str]:
    """The page of a load, by its number, or of a source's last load, by its code.

    Gives:  the number of the load, and the page.
    Raises: UnknownName where there is no such load.
    """
    with closing(Ledger(layout.registry_url)) as ledger:
        load = _load(ledger, asked)
        release, parts, rejects = _release(ledger, load)
        source = _source(ledger, load, release)
        rows = _frame(layout, parts)
        told = PageTold(
            load=load,
            source=source,
            findings=ledger.verdicts_of(load["load_id"]),
            profiles=column_profiles(rows.drop(AUDIT, strict=False)),
            seen=[column for file in load["profile"] or () for column in file["columns"]],
            rejects=_frame(layout, rejects) if rejects else None,
        )
    return load["load_id"], page(told)


def lineage_of(layout: Layout, asked: str) -> LoadTold:
    """A load as plain values, for those who tell it in other words.

    Raises: UnknownName where there is no such load.
    """
    with closing(Ledger(layout.registry_url)) as ledger:
        load = _load(ledger, asked)
        release, _, _ = _release(ledger, load)
        source = _source(ledger, load, release)
        done = load["completed_at"]
        return LoadTold(
            load_id=load["load_id"],
            source=load["source_code"],
            period=load["period"],
            status=load["status"],
            started_at=load["started_at"].replace(tzinfo=UTC),
            completed_at=done.replace(tzinfo=UTC) if done else None,
            table=source.table,
            rows_read=load["source_row_count"] or 0,
            rows_loaded=load["rows_loaded"] or 0,
            rows_rejected=load["rows_rejected"] or 0,
            files=tuple((f.url, f.sha256, f.size) for f in (release.files if release else ())),
            columns=tuple((c.name, c.dtype, c.description) for c in source.columns),
            findings=tuple(ledger.verdicts_of(load["load_id"])),
            error=load["error_message"] or "",
        )


def loads_since(layout: Layout, last: int = 0) -> list[int]:
    """The numbers of the loads after one, the oldest first; none where nothing was ever loaded."""
    if not layout.root.is_dir():
        return []
    with closing(Ledger(layout.registry_url)) as ledger:
        rows = ledger.loads(1_000)
    return [row["load_id"] for row in reversed(rows) if row["load_id"] > last]


def _load(ledger: Ledger, asked: str) -> LoadRow:
    if asked.isdecimal():
        found = [row for row in ledger.loads(1_000_000) if row["load_id"] == int(asked)]
    else:
        found = ledger.loads(1, source=asked)
    if not found:
        last = [f"{row['load_id']} ({row['source_code']})" for row in ledger.loads(5)]
        raise UnknownName(
            "there is no such load",
            found=asked,
            expected=", ".join(last) or "nothing was loaded yet",
        )
    return found[0]


def _release(ledger: Ledger, load: LoadRow) -> tuple[Release | None, list[str], list[str]]:
    """The release of a load, with the paths of what was staged of it and of what was not."""
    for release, state in ledger.releases(load["source_code"], demonstration=False):
        if release.period == load["period"] and release.sha256 == load["file_sha256"]:
            return release, _paths(state["parts"]), _paths(state.get("rejects", {}))
    return None, [], []


def _paths(parts: dict[str, Any]) -> list[str]:
    return [part["path"] for part in parts.values()]


def _source(ledger: Ledger, load: LoadRow, release: Release | None) -> TableOf:
    """What a load was read by: its release's own words, else what its source is read by now."""
    if release is not None and release.read_by:
        return words_of(release).of
    row = ledger.source(load["source_code"])
    code = load["source_code"]
    return (accepted(row) if row else None) or TableOf(code=code, name=code, table=code)


def _frame(layout: Layout, paths: Iterable[str]) -> pl.DataFrame:
    """Staged rows; none where they are gone."""
    there: list[Path] = [path for p in paths if (path := layout.told(p)).is_file()]
    return pl.read_parquet(there) if there else pl.DataFrame()
