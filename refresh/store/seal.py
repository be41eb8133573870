"""Seal: tables become files named by their content, and a manifest that names the files.

Whatever dies before the one line in CURRENT is replaced, readers keep the last good snapshot. A
partition whose inputs are the same keeps its file. One writer at a time: the lock is the
operating system's, so a dead process holds none.
"""

import hashlib
import io
import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import polars as pl
from filelock import FileLock, Timeout

from engine.errors import LakeBusy, LakeError, NoSnapshot
from engine.lake import Layout, current_id, read_progress
from engine.manifest import DraftEntry, FileEntry, Manifest
from engine.table import Table, described
from refresh.finding import Finding


class NotWritten(LakeError):
    """A lake that is only read here."""

    exit_code = 2


SECOND = "%Y%m%dT%H%M%SZ"
ID = re.compile(r"(\d{8}T\d{6}Z)-")


@contextmanager
def writing(layout: Layout) -> Iterator[None]:
    """Hold the lake's one writer's lock.

    Raises: LakeBusy where another process holds it; NotWritten for a copy of a lake that lies
            elsewhere.
    """
    if layout.is_copy:
        raise NotWritten(
            "this is a copy of a lake on object storage; what is written here would reach nobody",
            where=str(layout.root),
            next="refresh the lake where it is made, with --data FOLDER; then:"
            " python -m refresh publish s3://BUCKET/PREFIX",
        )
    layout.root.mkdir(parents=True, exist_ok=True)
    try:
        # Not waited for: a second run would find nothing new, and a page's would pile up behind a
        # slow one.
        with FileLock(layout.lock, timeout=0):
            yield
    except Timeout:
        raise LakeBusy(
            "another refresh is writing to this lake",
            where=str(layout.root),
            found=_who_writes(layout),
            next="wait until it has ended: python -m refresh status",
        ) from None


def _who_writes(layout: Layout) -> str:
    """Who holds the lock, as far as it says so: its process, since when, and what it is doing."""
    said = read_progress(layout.root) or {}
    if said.get("state") != "running":
        return "a process that has not said yet what it does"
    return f"process {said['pid']}, since {said['started_at']}: {said.get('step', 'starting')}"


class Draft:
    """A snapshot in the making: files are written as tables come; nothing is live until sealed."""

    def __init__(self, layout: Layout):
        self.layout = layout
        self.previous = manifest_of(layout)
        self.invented: set[str] = set()  # tables that are made of a demonstration's releases
        self._tables: dict[str, DraftEntry] = {}

    def kept(self, table: str, partition: str | None, inputs: str) -> FileEntry | None:
        """The file that the last snapshot has for these very inputs, if it is still there."""
        file = self.last(table, partition)
        return file if file is not None and file["inputs"] == inputs else None

    def last(self, table: str, partition: str | None) -> FileEntry | None:
        """The file that the last snapshot has for this partition, whatever it was made of."""
        if self.previous is None or table not in self.previous["tables"]:
            return None
        files = (f for f in self.previous["tables"][table]["files"] if f["partition"] == partition)
        return next((f for f in files if self.layout.table_file(f["path"]).is_file()), None)

    @property
    def found_before(self) -> list[Finding]:
        """What was warned of or failed when the last snapshot was made."""
        said = self.previous.get("findings", []) if self.previous else []
        return [Finding(**finding) for finding in said]

    @property
    def is_whole(self) -> bool:
        """Whether every file of the last snapshot is still there."""
        return self.previous is not None and not _gone(self.layout, self.previous)

    def declare(self, table: Table) -> None:
        """Have a table in this snapshot, with or without rows: readers know it by its schema."""
        self._tables.setdefault(table.name, {**described(table), "files": []})

    def keep(self, table: Table, file: FileEntry) -> None:
        """Take a file into this snapshot."""
        self.declare(table)
        self._tables[table.name]["files"].append(file)

    def write(
        self, table: Table, rows: pl.DataFrame, *, partition: str | None, inputs: str
    ) -> FileEntry:
        """Write one file of a table, to contract and in the contract's order; what describes it."""
        whole = to_contract(rows.lazy(), table).collect()
        # In memory first: its hash is its name, and nothing half-written ever has one.
        content = as_parquet(whole, row_group_size=table.row_group, statistics=True)
        sha256 = hashlib.sha256(content).hexdigest()
        final = self._final(table, partition, sha256)
        settle(final, content)
        return self._described(final, partition, whole.height, sha256, inputs)

    def sink(
        self, table: Table, rows: pl.LazyFrame | Iterable[pl.DataFrame], *, partition: str | None
    ) -> Path:
        """Stream many rows to a file that has no name yet; `name` gives it one.

        Rows are written to contract and in its order by the streaming engine, so that they are
        never all in memory. Where they come in shares, no two are held at once: who gives them
        gives them in the contract's order.
        Raises: what the plan, or who gives the shares, raises; then nothing stays behind.
        """
        part = self.layout.unnamed_file(table.name, partition, os.getpid())
        part.parent.mkdir(parents=True, exist_ok=True)
        shares: list[Path] = []
        try:
            if not isinstance(rows, pl.LazyFrame):
                for at, share in enumerate(rows):
                    shares.append(part.with_name(f"{part.stem}-{at:04}.parquet"))
                    typed(share.lazy(), table).collect().write_parquet(shares[-1])
                plan = pl.scan_parquet(shares, glob=False) if shares else table.empty()
            else:
                plan = to_contract(rows, table)
            plan.sink_parquet(
                part,
                row_group_size=table.row_group,
                statistics=True,
                maintain_order=True,
                # What two branches of a plan read is read twice: read once, it would be held whole
                # for the slower of them.
                optimizations=pl.QueryOptFlags(comm_subplan_elim=False),
            )
        # An interrupt and a full disk too: what has no name yet is nobody's, and would stay for
        # ever.
        except BaseException:
            part.unlink(missing_ok=True)
            raise
        finally:
            for written in shares:
                written.unlink(missing_ok=True)
        return part

    def name(self, table: Table, part: Path, *, partition: str | None, inputs: str) -> FileEntry:
        """Give a streamed file its name, that of its content; what describes it."""
        with part.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            # Before its name: after a power cut a name without its bytes would be served.
            os.fsync(file.fileno())
        final = self._final(table, partition, sha256)
        os.replace(part, final)
        height = pl.scan_parquet(final, glob=False).select(pl.len()).collect().item()
        return self._described(final, partition, height, sha256, inputs)

    def _final(self, table: Table, partition: str | None, sha256: str) -> Path:
        return self.layout.named_file(table.name, partition, sha256)

    def _described(
        self, final: Path, partition: str | None, rows: int, sha256: str, inputs: str
    ) -> FileEntry:
        return {
            "path": self.layout.table_path(final),
            "partition": partition,
            "rows": rows,
            "sha256": sha256,
            "inputs": inputs,
        }

    def seal(self, **facts: Any) -> Manifest:
        """Make the draft the live snapshot: manifest first, then the one line that counts."""
        sealed_at = self._now()
        body = {
            "sealed_at": sealed_at.isoformat(),
            "previous": self.previous["id"] if self.previous else None,
            **facts,
            "demonstration": bool(self.invented),
            "tables": {
                name: {**table, "demonstration": name in self.invented}
                for name, table in self._tables.items()
            },
        }
        # Two machines may seal in one second; the second alone is no name.
        digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
        said = json.dumps({"id": f"{sealed_at:{SECOND}}-{digest[:8]}", **body})
        manifest: Manifest = json.loads(said)
        # Laid out for who reads it; json itself takes four times as long where it indents.
        text = msgspec.json.format(said, indent=1)
        # In this order: a manifest that nobody names is harmless, a name without one is not.
        settle(self.layout.manifest(manifest["id"]), text.encode())
        settle(self.layout.current, f"{manifest['id']}\n".encode())
        return manifest

    def _now(self) -> datetime:
        """This second, or the one after the newest snapshot's: ids sort as they were sealed."""
        now = datetime.now(UTC).replace(microsecond=0)
        # A clock may be set back, and two snapshots fall into one second; the greatest id is the
        # newest.
        names = (path.stem for path in self.layout.manifests)
        newest = max((found[1] for found in map(ID.match, names) if found), default="")
        if newest < f"{now:{SECOND}}":
            return now
        return datetime.strptime(newest, SECOND).replace(tzinfo=UTC) + timedelta(seconds=1)


def to_contract(rows: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """Rows with the contract's columns and types, in its order."""
    return typed(rows, table).sort(table.sort) if table.sort else typed(rows, table)


def typed(rows: pl.LazyFrame, table: Table) -> pl.LazyFrame:
    """Rows with the contract's columns and types, as they come."""
    # Strict: a maker that gives text for a number is stopped here, not read as null.
    return rows.select(pl.col(column.name).cast(column.dtype) for column in table.columns)


def rollback(layout: Layout, to: str | None = None) -> str:
    """Make an earlier snapshot the live one again; its id.

    Raises: NoSnapshot where there is none to go back to.
    """
    target = earlier(layout, to)["id"]
    settle(layout.current, f"{target}\n".encode())
    return target


def earlier(layout: Layout, to: str | None = None) -> Manifest:
    """The manifest of the snapshot that a rollback would go to: the one named, or the one before.

    Raises: NoSnapshot where there is none, or a file of it is gone.
    """
    live = manifest_of(layout)
    target = to or (live["previous"] if live else None)
    manifest = manifest_of(layout, target) if target else None
    if manifest is None:
        raise NoSnapshot(
            "there is no earlier snapshot to go back to" if to is None else "no such snapshot",
            where=str(layout.snapshots),
            found=to or (live["id"] if live else "no snapshot at all"),
            expected=", ".join(path.stem for path in layout.manifests),
        )
    if gone := _gone(layout, manifest):
        raise NoSnapshot(
            f"{len(gone)} of the snapshot's files are gone, such as {gone[0]}",
            where=manifest["id"],
            next="go back to another one; what is live stays live",
        )
    return manifest


def manifest_of(layout: Layout, name: str | None = None) -> Manifest | None:
    """A snapshot's manifest (the live one's where none is named); None where it cannot be read."""
    name = name or current_id(layout.root)
    if name is None:
        return None
    try:
        text = layout.manifest(name).read_text(encoding="utf-8")
        manifest: Manifest = json.loads(text)
        return manifest
    except (FileNotFoundError, json.JSONDecodeError):
        return None


def _gone(layout: Layout, manifest: Manifest) -> list[str]:
    """The files that a snapshot names and that are not there."""
    tables = manifest["tables"].values()
    paths = [file["path"] for described in tables for file in described["files"]]
    return [path for path in paths if not layout.table_file(path).is_file()]


def as_parquet(rows: pl.DataFrame, **options: Any) -> bytes:
    """A frame as the bytes of a Parquet file; equal frames give equal bytes."""
    buffer = io.BytesIO()
    rows.write_parquet(buffer, **options)
    return buffer.getvalue()


def settle(final: Path, content: bytes) -> None:
    """A file under its final name, whole or not at all: readers never see half of it.

    Raises: OSError where the disk does not take it; then nothing stays behind.
    """
    final.parent.mkdir(parents=True, exist_ok=True)
    # Beside its final place, for only within one file system is a rename one step.
    part = final.with_name(f".part-{os.getpid()}-{final.name}")
    try:
        with part.open("wb") as file:
            file.write(content)
            # Python's buffer, then the system's: a rename may reach the disk before the bytes do.
            file.flush()
            os.fsync(file.fileno())
        os.replace(part, final)
    except OSError as error:
        error.filename = error.filename or str(final)  # a write does not say which file it was
        raise
    finally:
        part.unlink(missing_ok=True)
