"""Backing up: what cannot be made again, in another place, each file under its own hash.

What cannot be made again is the registry with its ledger and audit, the releases as they were
published, what was archived, and the snapshot that people have cited. Staged rows, older snapshots
and demonstrations can. A place keeps many backups, and each file of them once: the second costs
what is new. The list of a backup goes last, so one that died is none.
"""

import hashlib
import json
import shutil
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from engine.errors import LakeError
from engine.lake import Lake, Layout, current_id, open_lake, snapshot_ids
from refresh.store.object_store import Store
from refresh.store.seal import writing

VERSION = 1
LISTS, FILES = "backups", "files"
ANCHORS = "audit.anchors"  # in a data folder it is called for where its registry lies


class NotBackedUp(LakeError):
    """What keeps a backup from being whole."""


@dataclass(frozen=True)
class Kept:
    """A file of a backup: where it lies below the data folder, its hash and its bytes."""

    path: str
    sha256: str
    bytes: int


@dataclass(frozen=True)
class Backup:
    """The list of one backup.

    id        when it was made, as `20261130T183000Z`
    snapshot  the one that was live; None where nothing was sealed
    kept      every file
    registry  empty where the registry is among them; else where it is, for its own means
    sent      bytes that were not in that place before
    """

    id: str
    snapshot: str | None
    kept: tuple[Kept, ...]
    registry: str
    sent: int = 0

    @property
    def text(self) -> str:
        """As it is stored, with a hash of its own."""
        said = {"version": VERSION, "snapshot": self.snapshot, "registry": self.registry}
        body = said | {"id": self.id, "files": [asdict(one) for one in self.kept]}
        return json.dumps(body | {"sha256": digest_of(body)}, indent=1)


def digest_of(body: dict[str, Any]) -> str:
    """The hash of a list: a path that was altered in it is found like a byte of a file."""
    return hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()


def backup(
    data: Path, to: str, *, now: datetime, every: bool = False, watch: bool = False
) -> Backup:
    """Keep the lake of a data folder in another place.

    Takes:  the data folder; a folder or `s3://BUCKET/PREFIX`; the time (UTC); whether all snapshots
            are kept, or the live one; whether the addresses of those who follow by e-mail are,
            which nobody wants in more places than needed.
    Gives:  its list. No refresh writes meanwhile.
    Raises: NotBackedUp where there is nothing, or a database is damaged; NotTheBytes where a file
            of the snapshot is; LakeBusy while a refresh writes; StoreUnreachable.
    """
    layout = Layout(data)
    if not layout.root.is_dir():
        raise NotBackedUp("there is no lake here", where=str(data), next="name it with --data")
    with writing(layout), TemporaryDirectory() as copies:
        store = Store(to)
        names = snapshot_ids(data) if every else [*filter(None, [current_id(data)])]
        lakes = [open_lake(data, snapshot=name) for name in names]
        databases = _databases(layout, Path(copies), watch=watch)
        there, kept, sent = store.sizes(FILES), [], 0
        for path, file, known in (*_of_lakes(layout, lakes), *databases, *_others(layout)):
            one = Kept(path, known or _hash(file), file.stat().st_size)
            key = key_of(one)
            if there.get(key) != one.bytes:
                store.send(file, key, one.sha256)
                there[key], sent = one.bytes, sent + one.bytes
            kept.append(one)
        elsewhere = "" if layout.registry_file else _without_password(layout.registry_url)
        made = Backup(f"{now:%Y%m%dT%H%M%SZ}", current_id(data), tuple(kept), elsewhere, sent)
        if not kept:
            raise NotBackedUp("there is nothing to keep yet", where=str(data))
        # Last: what it names is there.
        store.write(f"{LISTS}/{made.id}.json", made.text.encode())
    return made


def key_of(one: Kept) -> str:
    """Where a file lies in the place of backups: by its content, whatever it is called."""
    return f"{FILES}/{one.sha256[:2]}/{one.sha256}"


Found = tuple[str, Path, str]
"""The path below the data folder, the file to read, and the hash where it is known."""


def _of_lakes(layout: Layout, lakes: Iterable[Lake]) -> Iterator[Found]:
    seen = set()
    for lake in lakes:
        for table in lake.manifest["tables"].values():
            for file in table["files"]:
                path = layout.table_file(file["path"])
                if path not in seen:
                    yield layout.below(path), path, file["sha256"]
                seen.add(path)
        manifest = layout.manifest(lake.id)
        yield layout.below(manifest), manifest, ""
    if lakes:
        yield layout.below(layout.current), layout.current, ""


def _others(layout: Layout) -> Iterator[Found]:
    """Releases as published, what was archived, and the reports of maintenance."""
    for folder in (layout.raw, layout.archive, layout.reports):
        for path in sorted(folder.rglob("*")):
            if path.is_file() and not any(p.startswith(".part-") for p in path.parts):
                yield layout.below(path), path, ""


def _databases(layout: Layout, into: Path, *, watch: bool) -> Iterator[Found]:
    """Copies of the databases, whole though somebody writes to them."""
    # First: each of its lines has a row in the log, of which there may be more by now.
    if layout.registry_file is not None and layout.audit_anchors.is_file():
        anchors = into / ANCHORS
        shutil.copyfile(layout.audit_anchors, anchors)
        yield ANCHORS, anchors, ""
    wanted = [layout.registry_file, layout.watch if watch else None]
    for number, file in enumerate(wanted):
        if file is None or not file.is_file():
            continue
        copy = into / f"{number}.sqlite"
        with closing(_opened(file)) as here, closing(sqlite3.connect(copy)) as there:
            try:
                here.backup(there)
                # One file, whatever may be written beside it.
                there.execute("PRAGMA journal_mode=DELETE")
                [(said,)] = there.execute("PRAGMA integrity_check(1)")
            except sqlite3.DatabaseError as error:
                said = str(error)
        if said != "ok":
            raise NotBackedUp(
                "a database is damaged; a copy of it would be worth nothing",
                where=str(file),
                found=said,
                next="restore an earlier backup, or mend it (sqlite3 FILE .recover)",
            )
        yield ("registry.sqlite", "watch.sqlite")[number], copy, ""


def _opened(file: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro", uri=True)


def _hash(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _without_password(url: str) -> str:
    """The database's address as its own tools take it."""
    at = sa.make_url(url)
    plain = sa.URL.create(
        at.get_backend_name(), at.username, None, at.host, at.port, at.database, at.query
    )
    return plain.render_as_string()
