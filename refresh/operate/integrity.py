"""Integrity: whether every file is still the bytes that its hash names.

A disk that flips a bit says nothing. So all that the live snapshot names, all published bytes and
all staged rows are read again and held against the hashes that were written down when they came.
Nothing is changed here.
"""

import hashlib
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from engine.lake import Layout
from refresh.store.ledger import Ledger
from refresh.store.seal import manifest_of

Kept = Literal["table", "published", "staged"]
NEXT: dict[Kept, str] = {
    "table": "delete the file, then: python -m refresh run --offline   makes it again",
    "staged": "delete the file, then: python -m refresh run --offline   reads the bytes again",
    "published": "delete the file, then: python -m refresh run   fetches it again; or restore it",
}
"""What makes a file whole again: all but what was published is made of something."""


@dataclass(frozen=True)
class KeptFile:
    """A file with the hash that it was written down with; `path` as it is told of."""

    kind: Kept
    path: str
    sha256: str


@dataclass(frozen=True)
class Broken:
    """A file that is not what it was: gone (`found` is empty), or of other bytes."""

    file: KeptFile
    found: str

    @property
    def words(self) -> str:
        """What is wrong with it."""
        if not self.found:
            return "it is gone"
        return f"its bytes are others: {self.found[:12]}, of {self.file.sha256[:12]} expected"


@dataclass(frozen=True)
class Checked:
    """How many files were read, their bytes, and those that are broken."""

    files: int
    bytes: int
    broken: tuple[Broken, ...]


def check_integrity(data: Path) -> Checked:
    """Read every file that has a hash, and hold it against that.

    Takes:  the data folder.
    Gives:  each file once, though several releases share it; nothing where nothing is sealed.
    Raises: LedgerBroken where nobody can tell which files there should be.
    """
    layout, size, broken = Layout(data), 0, []
    files = list(dict.fromkeys(_kept(layout)))
    for file in files:
        path = layout.told(file.path)
        found = _hash(path) if path.is_file() else ""
        size += path.stat().st_size if found else 0
        if found != file.sha256:
            broken.append(Broken(file, found))
    return Checked(len(files), size, tuple(broken))


def _kept(layout: Layout) -> Iterator[KeptFile]:
    """Every file that has a hash somewhere."""
    manifest = manifest_of(layout)
    tables = manifest["tables"].values() if manifest else ()
    for file in (file for table in tables for file in table["files"]):
        path = layout.below(layout.table_file(file["path"]))
        yield KeptFile("table", path, file["sha256"])
    if not layout.has_registry:
        return
    with closing(Ledger(layout.registry_url)) as ledger:
        for row in ledger.sources():
            for is_invented in (False, True):
                for release, state in ledger.releases(row["code"], demonstration=is_invented):
                    folder = layout.release(release.source, release.period, release.sha256)
                    for stored in release.files:
                        path = layout.below(folder / stored.name)
                        yield KeptFile("published", path, stored.sha256)
                    for part in (*state["parts"].values(), *state["rejects"].values()):
                        yield KeptFile("staged", part["path"], part["sha256"])


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
