"""Where everything lies below the data folder: the layout, and which folder that is.

Names of places only: nothing is read or written here. engine/lake.py opens what lies there; nobody
else puts a path of the data folder together.
"""

import hashlib
import os
import re
from dataclasses import dataclass
from datetime import date
from pathlib import Path

STORE = re.compile(r"s3:/+(.+?)/*")

LAKE_FOLDER = "lake"


@dataclass(frozen=True)
class Layout:
    """Where everything lies below the data folder.

    registry  the address of the registry, where it is neither the environment's nor the usual one
    """

    root: Path
    registry: str = ""

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def staged(self) -> Path:
        return self.root / "staged"

    @property
    def tables(self) -> Path:
        return self.root / LAKE_FOLDER / "tables"

    @property
    def snapshots(self) -> Path:
        return self.root / LAKE_FOLDER / "snapshots"

    @property
    def current(self) -> Path:
        return self.root / LAKE_FOLDER / "CURRENT"

    def period(self, source: str, period: str) -> Path:
        """The folder of all that a source published of one period, and republished."""
        return self.raw / source / period

    def release(self, source: str, period: str, sha256: str) -> Path:
        """The folder of a release's files, as they were published."""
        return self.period(source, period) / sha256[:12]

    def staged_release(self, source: str, period: str, sha256: str) -> Path:
        """The folder of what was staged of a release, and of the rows that were not."""
        return self.staged / source / period / sha256[:12]

    def below(self, path: Path) -> str:
        """The path that is told of a file: below the data folder, wherever that may be."""
        return path.relative_to(self.root).as_posix()

    def told(self, path: str) -> Path:
        """Where a file lies of which that path was told."""
        return self.root / path

    def named_file(self, table: str, partition: str | None, sha256: str) -> Path:
        """A file of a table, named by its content: `all` where the table has no partitions."""
        return self.tables / table / f"{partition or 'all'}-{sha256[:12]}.parquet"

    def unnamed_file(self, table: str, partition: str | None, writer: int) -> Path:
        """Where a process writes such a file before its content is known."""
        return self.tables / table / f".part-{writer}-{partition or 'all'}.parquet"

    def table_file(self, path: str) -> Path:
        """Where a file of a table lies, by the path that a manifest has for it."""
        return self.root / LAKE_FOLDER / path

    def table_path(self, file: Path) -> str:
        """The path that a manifest has for a file of a table."""
        return file.relative_to(self.root / LAKE_FOLDER).as_posix()

    def manifest(self, snapshot: str) -> Path:
        """Where a snapshot's manifest lies."""
        return self.snapshots / f"{snapshot}.json"

    @property
    def manifests(self) -> list[Path]:
        """The manifests that are kept, the oldest first."""
        return sorted(self.snapshots.glob("*.json"))

    @property
    def demonstration(self) -> Path:
        """The mirror of invented publications."""
        return self.root / "demonstration"

    @property
    def unfinished(self) -> Path:
        """There while a demonstration is being made, and where that did not end."""
        return self.root / "demonstration.unfinished"

    @property
    def progress(self) -> Path:
        """What the refresh that runs, or ran last, says of itself (JSON)."""
        return self.root / "refresh.json"

    @property
    def drafts(self) -> Path:
        """The folder of publications that somebody is adding, a folder each."""
        return self.root / "drafts"

    @property
    def drafting(self) -> Path:
        """The lock that whoever changes a draft holds."""
        return self.drafts / ".lock"

    @property
    def usage(self) -> Path:
        """What the app was asked for, a file a day."""
        return self.root / "usage"

    def asked_on(self, day: date) -> Path:
        """What it was asked for on a day: a line a minute and process (JSON)."""
        return self.usage / f"{day:%Y-%m-%d}.jsonl"

    @property
    def cancelled(self) -> Path:
        """There once somebody asked the refresh that runs to stop: which, and who (JSON)."""
        return self.root / "refresh.cancelled"

    @property
    def unfinished_changes(self) -> Path:
        """The folder of notes of changes that have begun, and of which no row is written yet."""
        return self.root / ".changes"

    @property
    def audit_anchors(self) -> Path:
        """The number and the hash of each row of the audit log, a line each, as it was written.

        A file a registry: the log of another one that is named later has rows of its own.
        """
        # Without who connects: a password that is changed makes no other registry.
        of = re.sub("//[^/@]*@", "//", self.registry_url)
        return self.root / f"audit-{hashlib.sha256(of.encode()).hexdigest()[:12]}.anchors"

    @property
    def lock(self) -> Path:
        return self.root / ".writer.lock"

    @property
    def publishing(self) -> Path:
        """The lock of who publishes this lake elsewhere."""
        return self.root / ".publisher.lock"

    @property
    def following(self) -> Path:
        """What the follower of a published lake says of itself (JSON)."""
        return self.root / "following.json"

    @property
    def follower(self) -> Path:
        """The lock of who brings this copy."""
        return self.root / ".follower.lock"

    @property
    def is_copy(self) -> bool:
        """Whether this is a copy of a lake that lies on object storage: read, and never written."""
        address = store_address(os.environ.get("CARE_ATLAS_DATA", ""))
        return self.following.is_file() or (bool(address) and self.root == copy_of(address))

    @property
    def registry_url(self) -> str:
        """Address of the registry and the ledger (SQL), CARE_ATLAS_REGISTRY or a file here."""
        usual = f"sqlite:///{self.root / 'registry.sqlite'}"
        return self.registry or os.environ.get("CARE_ATLAS_REGISTRY") or usual

    @property
    def has_registry(self) -> bool:
        """Whether a registry is there already, as far as one can tell without asking it."""
        return self.registry_file is None or self.registry_file.is_file()

    @property
    def registry_file(self) -> Path | None:
        """The registry's file, where it is the usual one; None where it is a database elsewhere."""
        usual = self.root / "registry.sqlite"
        return usual if self.registry_url == f"sqlite:///{usual}" else None

    @property
    def watch(self) -> Path:
        """The database of who follows what by e-mail, where it is no other: apart from all else."""
        return Path(os.environ.get("CARE_ATLAS_WATCH") or self.root / "watch.sqlite")

    @property
    def sandbox(self) -> "Layout":
        """A lake of its own for what is only tried, with a registry that nobody else has."""
        root = self.root / "sandbox"
        return Layout(root, registry=f"sqlite:///{root / 'registry.sqlite'}")

    def area(self, user: str = "", file: str = "") -> Path:
        """Where users keep what no snapshot names: the folder of all, of one, or a file of his."""
        return self.root / "sandbox" / "users" / user / file

    @property
    def archive(self) -> Path:
        """The folder of tables that were taken out of the lake."""
        return self.root / "archive"

    def archived(self, name: str, day: str) -> Path:
        """The file of one of them: `name` and the day on which it went, as `20261130`."""
        return self.archive / f"{name}_archived_{day}.parquet"

    @property
    def reports(self) -> Path:
        """The folder of the reports that maintenance and evidence filed."""
        return self.root / "reports"

    def archived_folder(self, folder: Path, day: str) -> Path:
        """Where a folder of releases or of staged rows lies once it was archived."""
        return self.archive / f"{self.below(folder).replace('/', '-')}_archived_{day}"


def data_folder(root: str | Path | None = None) -> Path:
    """The data folder: `root`, else CARE_ATLAS_DATA, else `data`; of a lake on object storage
    (`s3://BUCKET/PREFIX`) the folder in which its copy is kept.
    """
    named = root or os.environ.get("CARE_ATLAS_DATA") or "data"
    address = store_address(str(named))
    return copy_of(address) if address else Path(named).resolve()


def store_address(text: str) -> str:
    """An address on object storage, written in one way; empty where it is none, but a folder.

    >>> store_address("s3://bucket/care-atlas/"), store_address("s3:/bucket"), store_address("data")
    ('s3://bucket/care-atlas', 's3://bucket', '')
    """
    found = STORE.fullmatch(text)
    return f"s3://{found[1]}" if found else ""


def copy_of(address: str) -> Path:
    """The folder of the copy of a lake on object storage: below CARE_ATLAS_COPY, else the user's
    cache. All processes of a machine that read one lake share it.
    """
    kept = os.environ.get("CARE_ATLAS_COPY") or Path.home() / ".cache" / "care-atlas"
    return (Path(kept) / hashlib.sha256(address.encode()).hexdigest()[:12]).resolve()
