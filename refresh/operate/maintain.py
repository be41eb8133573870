"""Maintenance: files that no kept snapshot names, staged or rejected rows that no release speaks of
any more, and counts of use of long ago are deleted. Releases never are.

The one place that deletes what was sealed, under the one writer's lock: nothing is swept away that
a refresh is about to name.
"""

import shutil
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from engine.access import Reader
from engine.errors import NoSnapshot
from engine.lake import Layout, current_id, snapshot_ids
from refresh import shelf
from refresh.operate.auditing import audited
from refresh.store.ledger import Ledger
from refresh.store.seal import manifest_of, writing

KEPT = 5
USAGE_KEPT = 400  # days: this month beside the same month a year ago


@dataclass(frozen=True)
class Swept:
    """What one maintenance removed, or would have.

    kept   ids of the snapshots that stay, newest first
    files  each file or folder that went, with its bytes, in that order
    """

    kept: tuple[str, ...]
    files: tuple[tuple[Path, int], ...]

    @property
    def bytes(self) -> int:
        return sum(size for _, size in self.files)


def maintain(data: Path, *, keep: int = KEPT, dry_run: bool = False) -> Swept:
    """Delete older snapshots, files that none of the others names, and what dead runs left over.

    Takes:  the data folder; how many of the newest snapshots stay, beside the live one; whether
            only to say what would go.
    Gives:  what went. Manifests go before files: whatever dies in between, no manifest is left
            that names a file which is gone, and the next maintenance finds the rest.
    Raises: NoSnapshot where one to be kept cannot be read, LedgerBroken where nobody can tell of
            which release rows are: then nothing is removed; LakeBusy while a run writes.
    """
    layout = Layout(data)
    with writing(layout):
        live, every = current_id(data), snapshot_ids(data)
        # The live one always, even where a rollback has made it older than those that stay.
        kept = sorted({*every[:keep], *filter(None, [live])}, reverse=True)
        named = {path for name in kept for path in _named(layout, name)}
        old = [layout.manifest(name) for name in every if name not in kept]
        tables = (path for path in sorted(layout.tables.rglob("*.parquet")) if path not in named)
        # Each once, in an order that may be cut anywhere: manifests before the files that they
        # name.
        rest = (*_forgotten_rows(layout), *_left_over(layout), *_long_past(layout))
        going = dict.fromkeys([*old, *tables, *rest])
        swept = tuple((path, _bytes(path)) for path in going)
        for path in () if dry_run else going:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    return Swept(tuple(kept), swept)


def swept(data: Path, *, by: Reader, keep: int = KEPT) -> Swept:
    """`maintain` for somebody who may, with its row in the audit log.

    Raises: as `maintain`; NotAllowed for who may not.
    """
    with audited(data, by, "archive", object="old snapshots", everything=True) as said:
        gone = maintain(data, keep=keep)
        said.after = {"kept": gone.kept, "files": len(gone.files), "bytes": gone.bytes}
    return gone


def _named(layout: Layout, snapshot: str) -> set[Path]:
    """The files that a snapshot names."""
    manifest = manifest_of(layout, snapshot)
    if manifest is None:
        raise NoSnapshot(
            "its manifest cannot be read, so nobody knows which files it needs; nothing is removed",
            where=snapshot,
            next="python -m refresh run   seals another; then remove this manifest by hand",
        )
    tables = manifest["tables"].values()
    return {layout.table_file(file["path"]) for table in tables for file in table["files"]}


def _forgotten_rows(layout: Layout) -> list[Path]:
    """Staged or rejected rows of a release that was read anew since, by other contracts maybe."""
    there = shelf.rows_kept(layout)
    if not there:
        return []
    with closing(Ledger(layout.registry_url)) as ledger:
        rows = (
            row
            for source in ledger.sources()
            for kind in (False, True)
            for _, row in ledger.releases(source["code"], demonstration=kind)
        )
        told = {
            layout.told(kept["path"])
            for row in rows
            for kept in (*row["parts"].values(), *row["rejects"].values())
        }
    return [path for path in there if path not in told]


def _left_over(layout: Layout) -> Iterator[Path]:
    """What runs that died had begun to write: nobody else is writing now."""
    for folder in (layout.current.parent, layout.staged, layout.raw):
        yield from sorted(folder.rglob(".part-*"))
    yield from sorted(layout.root.glob(f".{layout.progress.name}.*"))


def _long_past(layout: Layout) -> list[Path]:
    """What the app was asked for on days that nobody looks back to; names are days."""
    return sorted(layout.usage.glob("*.jsonl"))[:-USAGE_KEPT]


def _bytes(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())
