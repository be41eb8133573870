"""A file on its way: written under a temporary name, and given its own only when it is whole.

Fetch fills it. It watches size and disk, hashes as it goes, and leaves nothing behind when things
go wrong. It opens no connection.
"""

import hashlib
import os
import secrets
import shutil
from collections.abc import Mapping
from pathlib import Path

from engine.errors import LakeError, NotTheFile
from refresh.extract.vet import vet
from refresh.progress import Beat, unheard
from refresh.source import Link, StoredFile


class NoRoom(LakeError):
    """The disk has no room for a file, or does not take it."""


class Part:
    """The bytes of one file so far; gone when its `with` ends, unless kept.

    size       bytes written so far
    validator  what the server must still say about the file for the rest to fit what is here
    beat       hears of every chunk
    """

    def __init__(self, into: Path, *, url: str, limit: int, beat: Beat = unheard):
        self.url, self.limit, self.beat = url, limit, beat
        # By chance and not by process: one process may bring several files at once.
        self.path = into / f".part-{secrets.token_hex(8)}"
        self.size, self.digest, self.validator = 0, hashlib.sha256(), ""

    def __enter__(self) -> "Part":
        # Only if it is new: nobody's half file is written over.
        self.file = self.path.open("xb")
        return self

    def __exit__(self, *_: object) -> None:
        try:
            self.file.close()
        except OSError:
            pass  # what could not be written is thrown away anyhow
        self.path.unlink(missing_ok=True)

    def restart(self) -> None:
        """Forget what came so far."""
        self.file.seek(0)
        self.file.truncate()
        self.size, self.digest, self.validator = 0, hashlib.sha256(), ""

    def expect(self, total: int | None) -> None:
        """Refuse at once a file that is going to be too large (None: nobody knows)."""
        if (total or 0) > self.limit:
            raise too_large(self.url, self.limit)
        if (total or 0) - self.size > shutil.disk_usage(self.path.parent).free:
            raise self._no_room(f"{total:,} bytes to come")

    def write(self, chunk: bytes) -> None:
        """Add bytes, within the limit and the disk."""
        self.size += len(chunk)
        if self.size > self.limit:
            raise too_large(self.url, self.limit)
        try:
            self.file.write(chunk)
        except OSError as error:
            raise self._no_room(f"{error.strerror}") from error
        self.digest.update(chunk)
        self.beat()

    def keep(self, link: Link, name: str, headers: Mapping[str, str]) -> StoredFile:
        """Vet the file and give it its own name, in one step that cannot be half done."""
        try:
            self.file.flush()
            os.fsync(self.file.fileno())
        except OSError as error:
            raise self._no_room(f"{error.strerror}") from error
        self.file.close()
        # While it has no name: what is no publication never lies where a release is looked for.
        vet(self.path, name)
        os.replace(self.path, self.path.with_name(name))
        return StoredFile(
            name=name,
            url=link.url,
            sha256=self.digest.hexdigest(),
            size=self.size,
            etag=headers.get("etag", ""),
            last_modified=headers.get("last-modified", ""),
            stamp=link.stamp,
        )

    def _no_room(self, found: str) -> NoRoom:
        return NoRoom(
            "the disk does not take the file",
            where=f"{self.path.parent}, for {self.url}",
            expected="room for it",
            found=found,
            next="make room, or set CARE_ATLAS_DATA to a larger disk, and run again",
        )


def too_large(url: str, limit: int) -> NotTheFile:
    """The error for more bytes than a publication has; only to be raised."""
    return NotTheFile(
        "it is larger than a publication is",
        where=url,
        expected=f"at most {limit:,} bytes",
        found="more",
        next="look at what the address gives; if it is right, raise the limit of this source",
    )
