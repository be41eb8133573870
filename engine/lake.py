"""The lake as it lies on disk, and the only way to read it.

A snapshot is a JSON manifest that names Parquet files; `CURRENT` names the live snapshot. Readers
open a snapshot once and keep it: files it names are never changed. Where they lie, engine/layout.py
says; nothing else opens them. Beside them stand the tables of the ledger. It never writes.
"""

import json
import warnings
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from threading import Event, Lock
from typing import Any

import polars as pl

from engine.access import Reader, who_asks
from engine.errors import NoSnapshot, NotAllowed, UnknownName
from engine.layout import Layout, data_folder
from engine.ledger import METADATA
from engine.ledger_scan import ledger_scan, ledger_schema, ledger_there
from engine.manifest import FileEntry, Manifest, TableEntry
from engine.older_manifest import brought_up_to_date
from engine.row_filter import EVERYTHING, Sees, manifest_for, masked, may_read, rows_of_ledger, sees
from engine.table import TYPES
from engine.wings import LAKE, PERSONAL, TABLES

__all__ = [
    "AT_HAND",
    "Lake",
    "Layout",
    "current_id",
    "data_folder",
    "is_invented",
    "open_lake",
    "read_following",
    "read_progress",
    "snapshot_ids",
]


# By identity: `_opened` gives one lake a snapshot, and comparing two manifests would take long.
@dataclass(frozen=True, eq=False)
class Lake:
    """One sealed snapshot, opened for reading.

    manifest  the snapshot's own JSON: id, sealed_at, releases, tables with their columns and files,
              and the facts of each wing; all of it as far as `sees` goes
    sees      how much of it is seen: nothing else is read, and nothing is held for two who see
              different things
    """

    layout: Layout
    manifest: Manifest
    sees: Sees = EVERYTHING
    _scans: dict[tuple[str, str | None], pl.LazyFrame] = field(default_factory=dict, repr=False)
    _held: dict[tuple[str, str | None], pl.LazyFrame] = field(default_factory=dict, repr=False)
    _let_go: Event = field(default_factory=Event, repr=False)
    _views: dict[Sees, "Lake"] = field(default_factory=dict, repr=False)
    _whole: "Lake | None" = field(default=None, repr=False)

    @property
    def id(self) -> str:
        return self.manifest["id"]

    @property
    def sealed_at(self) -> datetime:
        return datetime.fromisoformat(self.manifest["sealed_at"])

    def for_reader(self, reader: Reader | None) -> "Lake":
        """The lake as somebody sees it: the same for all who see as much; None: whole."""
        return self.as_seen(sees(reader))

    def as_seen(self, seen: Sees) -> "Lake":
        """The lake as far as somebody sees it; itself where that is all that there is."""
        whole = self._whole or self
        if seen not in whole._views:
            manifest = manifest_for(whole.manifest, seen, LAKE)
            view = Lake(whole.layout, manifest, seen, _let_go=whole._let_go, _whole=whole)
            # Kept once: what pages remember, they remember by the lake.
            whole._views.setdefault(seen, whole if seen == EVERYTHING else view)
        return whole._views[seen]

    @property
    def is_demonstration(self) -> bool:
        """Whether anything in it is invented."""
        return self.is_invented(*self.manifest["tables"])

    def is_invented(self, *tables: str) -> bool:
        """Whether any of these tables is made of a demonstration's releases.

        A page asks it of the tables that it shows: real data may stand beside invented data.
        """
        return is_invented(self.manifest, *tables)

    # Once a lake: each page that opens it looks whether all of them are there.
    @cached_property
    def paths(self) -> list[Path]:
        """Every file that the snapshot names."""
        tables = self.manifest["tables"].values()
        return [self.layout.table_file(f["path"]) for t in tables for f in t["files"]]

    def partitions(self, name: str) -> set[str]:
        """The partition values for which `name` has rows."""
        return {f["partition"] for f in self.files(name) if f["partition"] is not None}

    def scan(self, name: str, partition: str | None = None) -> pl.LazyFrame:
        """A table as a lazy scan of its Parquet files; no rows are read here.

        Takes:  the table's name; one value of its partition column, to open only those files.
        Gives:  the columns that the manifest names, in the contract's order of rows within each
                partition; no rows (but all columns) where the snapshot has none. A table of the
                ledger (`load_events`) is as it is now, of whatever snapshot it is asked.
        Raises: UnknownName for a table that the snapshot does not know, or for one of the ledger
                where there is none. Warns (FutureWarning) of one that is deprecated.
        """
        # A scan reads the files' footers and is used by every question: made once, and copied for
        # free.
        if self._whole and self._is_as_it_is(name):
            return self._whole.scan(name, partition)
        key = (name, partition)
        if (held := self._held.get(key)) is not None:
            return held
        if self._is_of_ledger(name):
            return self._ledger(name)
        if key not in self._scans:
            if said := self._described(name).get("deprecated"):
                # Once a lake and partition: a page asks for the same many times.
                warnings.warn(f"table `{name}`: {said}", FutureWarning, stacklevel=2)
            files = [f for f in self.files(name) if partition in (None, f["partition"])]
            paths = [self.layout.table_file(f["path"]) for f in files]
            rows = (
                # As they are named: a bracket or a star in a folder's name is no pattern.
                pl.scan_parquet(paths, glob=False)
                if paths
                else pl.LazyFrame(schema=self.schema(name))
            )
            self._scans[key] = rows if self.sees.personal else masked(rows, PERSONAL.get(name, ()))
        return self._scans[key]

    def keep(self, name: str, partition: str, rows: pl.DataFrame) -> None:
        """Serve a small part from memory from now on: who and where every question joins.

        Takes:  the rows that `scan(name, partition)` gave.
        """
        if self._whole and self._is_as_it_is(name):
            return self._whole.keep(name, partition, rows)
        # Somebody may still answer from a lake that was let go: what he found is not held again.
        if self.keeps:
            self._held[(name, partition)] = rows.lazy()

    def kept(self, name: str, partition: str) -> pl.LazyFrame | None:
        """What `keep` was given under that name; None where nothing was."""
        found = self._held.get((name, partition))
        if found is None and self._whole and self._is_as_it_is(name):
            return self._whole.kept(name, partition)
        return found

    @property
    def keeps(self) -> bool:
        """Whether what `keep` is given is held: not once the lake was let go."""
        return not self._let_go.is_set()

    def let_go(self) -> None:
        """Hold nothing in memory any more: who still has this lake reads its files."""
        # First, so that nobody who is just reading puts back what is cleared.
        self._let_go.set()
        self._held.clear()
        for view in [*self._views.values()]:
            view._held.clear()

    def files(self, name: str) -> list[FileEntry]:
        """What the manifest says of each file of a table; nothing where it has no rows.

        Raises: UnknownName for a table that the snapshot does not know.
        """
        return self._described(name)["files"]

    def has(self, name: str) -> bool:
        """Whether a table has any file here; no where the snapshot does not know it.

        One of the ledger is here where there is a ledger: a bundle brings none.
        """
        if self._is_of_ledger(name):
            return ledger_there(self.layout.registry_url) and may_read(
                METADATA.tables[name], self.sees
            )
        tables = self.manifest["tables"]
        return name in tables and bool(tables[name]["files"])

    def fact(self, name: str) -> Any:
        """What a wing said of the lake as a whole when it was sealed; None where it did not."""
        return self.manifest.get(name)

    def deprecated(self, name: str) -> str:
        """Why and when a table goes; empty where it stays.

        Raises: UnknownName for a table that the snapshot does not know.
        """
        return self._described(name).get("deprecated", "")

    def schema(self, name: str) -> pl.Schema:
        """The columns of a table and their types, as the manifest or the ledger says them.

        Raises: UnknownName for a table that neither knows.
        """
        if self._is_of_ledger(name):
            return ledger_schema(METADATA.tables[name])
        columns = self._described(name)["columns"]
        return pl.Schema({column["name"]: TYPES[column["type"]] for column in columns})

    def _is_as_it_is(self, name: str) -> bool:
        """Whether a table of the snapshot is seen here as it is: whose rows then are shared."""
        is_sealed = name in self.manifest["tables"]
        return is_sealed and (self.sees.personal or not PERSONAL.get(name))

    def _is_of_ledger(self, name: str) -> bool:
        return name in METADATA.tables and name not in self.manifest["tables"]

    def _ledger(self, name: str) -> pl.LazyFrame:
        """A table of the ledger; what a reader may not see of it is left out here."""
        if not ledger_there(self.layout.registry_url):
            raise UnknownName(
                f"there is no ledger beside this lake, so no `{name}`",
                found=name,
                expected="a registry in the data folder, or CARE_ATLAS_REGISTRY",
                next="a bundle brings the lake alone; ask where the refresh runs",
            )
        table = METADATA.tables[name]
        if not may_read(table, self.sees):
            raise NotAllowed(
                f"`{name}` is not yours to read",
                expected="a dba" if self.sees.domains is None else "a reader of all domains",
                next="ask a dba",
            )
        return ledger_scan(self.layout.registry_url, table, rows_of_ledger(table, self.sees))

    def _described(self, name: str) -> TableEntry:
        tables = self.manifest["tables"]
        if name not in tables:
            raise UnknownName(
                f"no table is called `{name}`", found=name, expected=", ".join(tables)
            )
        return tables[name]


def is_invented(manifest: Manifest, *tables: str) -> bool:
    """Whether any of these tables is made of a demonstration's releases, by a manifest's word."""
    known = manifest["tables"]
    return any(known[name]["demonstration"] for name in tables if name in known)


def current_id(root: str | Path | None = None) -> str | None:
    """The id of the live snapshot, or None where nothing is sealed yet: one small read."""
    try:
        return Layout(data_folder(root)).current.read_text(encoding="utf-8").strip() or None
    except FileNotFoundError:
        return None


def snapshot_ids(root: str | Path | None = None) -> list[str]:
    """Every snapshot whose manifest is still there, newest first."""
    kept = Layout(data_folder(root)).manifests
    return [path.stem for path in reversed(kept)]


AT_HAND = 4  # lakes that may hold frames in memory, some 20 MB each
_OPEN: dict[tuple[Path, str], Lake] = {}  # the one asked for last comes last
_OPENING = Lock()


def open_lake(root: str | Path | None = None, *, snapshot: str | None = None) -> Lake:
    """Open the live snapshot (or the one named) below the data folder, as who asks may see it.

    Who asks, engine.access.asked_by says of all that is done within; where it says nothing, a
    program asks for itself and sees the whole.

    Raises: NoSnapshot where there is none, or its manifest or one of its files is gone.
    """
    folder = data_folder(root)
    name = snapshot or current_id(folder)
    if name is None:
        raise NoSnapshot(
            "nothing is sealed here yet",
            where=str(folder),
            next="python -m refresh follow   brings what was published"
            if Layout(folder).is_copy
            else "python -m refresh run   (or, without a network: python -m refresh demo)",
        )
    lake = _opened(folder, name)
    # Looked at each time, though the lake be at hand: files go when somebody sweeps or restores a
    # disk.
    gone = [path for path in lake.paths if not path.is_file()]
    if gone:
        raise NoSnapshot(
            f"{len(gone)} of the snapshot's files are gone, such as {gone[0].name}",
            where=name,
            next="python -m refresh run   builds them again from the releases",
        )
    return lake.for_reader(who_asks())


def _opened(folder: Path, name: str) -> Lake:
    """The same Lake for the same snapshot, so that what is kept for a lake is kept once.

    Of many snapshots (links pin any) the few asked for last are at hand, and always the live one.
    """
    mine = (folder, name)
    # Pages open lakes from several threads, and two lakes of one snapshot would hold everything
    # twice.
    with _OPENING:
        # Taken out and put back, so that it comes last: a dict keeps the order of its insertions.
        lake = _OPEN.pop(mine, None) or _read(folder, name)
        _OPEN[mine] = lake
        if len(_OPEN) > AT_HAND:
            stay = (mine, (folder, current_id(folder)))
            oldest = next(key for key in _OPEN if key not in stay)
            _OPEN.pop(oldest).let_go()
    return lake


def _read(folder: Path, name: str) -> Lake:
    layout = Layout(folder)
    try:
        # A name comes from an address, and a file that somebody sent could be called a manifest.
        if not name.replace("-", "").isalnum():
            raise ValueError("it names no snapshot")
        text = layout.manifest(name).read_text(encoding="utf-8")
        lake = Lake(
            layout, brought_up_to_date(json.loads(text), {name: TABLES[name] for name in LAKE})
        )
        # What every page needs is looked at now: a manifest cut short fails here and nowhere else.
        _ = lake.id, lake.sealed_at, lake.is_demonstration, lake.paths
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NoSnapshot(
            "the snapshot's manifest cannot be read",
            where=name,
            found=type(error).__name__,
            next="python -m refresh rollback   goes back to the one before",
        ) from error
    return lake


def read_progress(root: str | Path | None = None) -> dict[str, Any] | None:
    """What the refresh that runs, or ran last, says of itself; None where none ever ran.

    Gives: its file's words; beside them `stopping_by`, who asked this very run to stop, while it
           is at its last step.
    """
    layout = Layout(data_folder(root))
    said, asked = _told(layout.progress), _told(layout.cancelled)
    if said is None or asked is None or said["state"] != "running":
        return said
    # A wish that was meant for a run before this one stops nobody.
    is_meant = all(asked.get(name) == said.get(name) for name in ("pid", "started_at"))
    return said | {"stopping_by": asked.get("by", "")} if is_meant else said


def read_following(root: str | Path | None = None) -> dict[str, Any] | None:
    """What the follower of a lake on object storage says: when it looked, and what went wrong.

    Gives:  `origin` (address), `checked_at` (UTC, of the last look that went well), `snapshot`,
            `error` (empty where the last look went well); None where nobody follows anything here.
    """
    return _told(Layout(data_folder(root)).following)


def _told(path: Path) -> dict[str, Any] | None:
    try:
        said: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        return said
    # Being replaced just now, or of a run that was killed: nothing is known then, which is no
    # error.
    except (FileNotFoundError, json.JSONDecodeError):
        return None
