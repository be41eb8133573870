"""Object storage, or a folder, as files under keys: what a lake is published to and followed from.

Through Arrow's own file systems, which come with pyarrow: no client of any provider is needed. Who
may read and write is said where its tools look for it too (AWS_ACCESS_KEY_ID, a role, ...), and
AWS_ENDPOINT_URL names a store that is not Amazon's. Keys are the paths of a data folder: what lies
there is a plain lake of Parquet files, for any engine that reads S3.
"""

import hashlib
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from engine.errors import LakeError
from engine.layout import store_address

CHUNK = 4 << 20
CONNECT_SECONDS, ANSWER_SECONDS = 10.0, 60.0


class StoreUnreachable(LakeError):
    """Object storage that does not answer, or not as it should."""


class NotTheBytes(LakeError):
    """A file whose content is not what its hash says: damaged on a disk, or on its way."""


class Store:
    """A bucket below a prefix (`s3://BUCKET/PREFIX`), or a folder.

    Any method raises StoreUnreachable where it does not answer or may not be read or written.
    """

    def __init__(self, address: str):
        self.address = store_address(address) or str(Path(address).resolve())
        with self._trouble():
            self._files, self._below = _opened(self.address)
        self._is_folder = not store_address(address)

    def read(self, key: str) -> bytes | None:
        """What lies under a key; None where nothing does."""
        with self._trouble():
            try:
                with self._files.open_input_stream(self._at(key)) as file:
                    content: bytes = file.read()
                    return content
            except FileNotFoundError:
                return None

    def sizes(self, under: str) -> dict[str, int]:
        """The keys below a folder, each with its bytes."""
        from pyarrow.fs import FileSelector, FileType

        with self._trouble():
            wanted = FileSelector(self._at(under), recursive=True, allow_not_found=True)
            found = self._files.get_file_info(wanted)
        start = len(self._at(""))
        return {one.path[start:]: one.size for one in found if one.type == FileType.File}

    def write(self, key: str, content: bytes) -> None:
        """Put content under a key, whole or not at all."""
        with self._trouble():
            self._put(key, [content])

    def send(self, file: Path, key: str, sha256: str) -> None:
        """Put a file under a key.

        Raises: NotTheBytes where its content is not what it should be: what is damaged here is not
                handed on; FileNotFoundError where it is not there.
        """
        with file.open("rb") as opened:
            _assert_content(hashlib.file_digest(opened, "sha256").hexdigest(), sha256, str(file))
            opened.seek(0)
            with self._trouble():
                self._put(key, iter(lambda: opened.read(CHUNK), b""))

    def bring(self, key: str, final: Path, sha256: str) -> None:
        """Bring what lies under a key to a file: whole and as it should be, or not at all.

        Raises: NotTheBytes where it is not; StoreUnreachable where there is nothing.
        """
        final.parent.mkdir(parents=True, exist_ok=True)
        part = final.with_name(f".part-{secrets.token_hex(8)}")
        digest = hashlib.sha256()
        try:
            with part.open("xb") as file, self._trouble():
                with self._files.open_input_stream(self._at(key)) as stream:
                    while chunk := stream.read(CHUNK):
                        digest.update(chunk)
                        file.write(chunk)
                file.flush()
                os.fsync(file.fileno())
            _assert_content(digest.hexdigest(), sha256, f"{self.address}/{key}")
            os.replace(part, final)
        finally:
            part.unlink(missing_ok=True)

    def make(self) -> None:
        """Make the bucket, or the folder, where it is not there."""
        with self._trouble():
            _opened(self.address, may_make=True)[0].create_dir(self._below.partition("/")[0] or "/")

    def remove(self, key: str) -> None:
        """Delete what lies under a key."""
        with self._trouble():
            self._files.delete_file(self._at(key))

    def _put(self, key: str, chunks: Any) -> None:
        final = self._at(key)
        # A store shows an object when it is whole; a folder shows a file as soon as it is begun.
        at = f"{final}.part-{os.getpid()}" if self._is_folder else final
        if self._is_folder:
            self._files.create_dir(final.rpartition("/")[0], recursive=True)
        with self._files.open_output_stream(at) as stream:
            for chunk in chunks:
                stream.write(chunk)
        if self._is_folder:
            self._files.move(at, final)

    def _at(self, key: str) -> str:
        return f"{self._below}/{key}"

    @contextmanager
    def _trouble(self) -> Iterator[None]:
        try:
            yield
        # Arrow's errors are these, with what the store said in words.
        except (OSError, ValueError) as error:
            raise StoreUnreachable(
                "the object storage does not give or take what it should",
                where=self.address,
                found=str(error).splitlines()[0][:500],
                next="look at the address, AWS_ENDPOINT_URL, and the keys or the role; what is"
                " live here stays live",
            ) from error


def _opened(address: str, *, may_make: bool = False) -> tuple[Any, str]:
    """A file system of Arrow's, and the path in it."""
    # Imported here: half a second that nobody waits for who has his lake in a folder.
    from pyarrow import fs

    if not store_address(address):
        return fs.LocalFileSystem(), Path(address).as_posix()
    at = urlsplit(os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or "")
    elsewhere = {"endpoint_override": at.netloc, "scheme": at.scheme} if at.netloc else {}
    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    opened = fs.S3FileSystem(
        region=region or ("us-east-1" if elsewhere else None),
        connect_timeout=CONNECT_SECONDS,
        request_timeout=ANSWER_SECONDS,
        # A bucket that is not there is a wrong address, if nobody said that it is to be made.
        allow_bucket_creation=may_make,
        **elsewhere,
    )
    return opened, address.removeprefix("s3://")


def _assert_content(found: str, expected: str, where: str) -> None:
    if found != expected:
        raise NotTheBytes(
            "a file is not what its hash says: it was damaged",
            where=where,
            expected=expected,
            found=found,
            next="bring it back from a backup, or build it again: python -m refresh run --offline",
        )
