"""From links to bytes on disk: asks politely, keeps only what is whole and what it claims to be.

Second step of the walk, and the only place that downloads files. A file gets its own name once
its last byte is there and `vet` has passed it; until then it is `.part-...`. What the rows mean is
no business of this file.
"""

import mimetypes
import os
import re
import time
from collections.abc import Callable, Mapping
from email.message import Message
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar
from urllib.parse import parse_qsl, urlsplit
from urllib.request import url2pathname

import httpx
import tenacity

from refresh.extract.partial_file import Part, too_large
from refresh.extract.patience import (
    PATIENT,
    Again,
    Patience,
    check,
    gave_up,
    manners,
    trouble_named,
    unreachable,
    user_agent,
)
from refresh.extract.public_only import guard
from refresh.extract.vet import PLAIN, WORKBOOKS
from refresh.progress import Beat
from refresh.source import Link, StoredFile

MIB, GIB = 1 << 20, 1 << 30
MAX_PAGE = 16 * MIB

MEND_MIRROR = "check the mirror, wait until copying into it is done, and run again"
USER_AGENT = user_agent()

T = TypeVar("T")


def open_client(*, timeout: float = 30) -> httpx.Client:
    """A client that says who it is, follows redirects and keeps few connections.

    Takes:  seconds without a byte after which an answer counts as missing.
    Gives:  a client to close after use; proxies and certificates come from the environment.
    Raises: nothing.
    """
    return httpx.Client(
        headers={"User-Agent": USER_AGENT},
        timeout=httpx.Timeout(timeout, connect=min(10, timeout)),
        follow_redirects=True,
        max_redirects=10,
        limits=httpx.Limits(max_connections=4, max_keepalive_connections=2),
        **guard(),
    )


def fetch(
    link: Link,
    into: Path,
    *,
    client: httpx.Client | None,
    known: StoredFile | None,
    limit: int = GIB,
    patience: Patience = PATIENT,
) -> StoredFile | None:
    """Bring one file into a folder, unless it is the one already known.

    Takes:  a link (http, https or file); the folder, made if absent; `known`, what was stored
            from this address before; `limit` in bytes. A file link needs no client.
    Gives:  the file under its own name, whole and vetted; None if its ETag, Last-Modified or
            stamp says that it is still `known`.
    Raises: PublisherUnreachable when it cannot be had, NotTheFile when it is not what its name
            says or over the limit, NoRoom when the disk is full. Then nothing stays behind.
    """
    # A validator belongs to its address: another server may use the same one for other bytes.
    if known and known.url != link.url:
        known = None
    into.mkdir(parents=True, exist_ok=True)
    if urlsplit(link.url).scheme == "file":
        return _copy(link, into, known=known, limit=limit, beat=patience.beat)
    if client is None:
        with open_client() as own:
            return fetch(link, into, client=own, known=known, limit=limit, patience=patience)
    return _download(link, into, client=client, known=known, limit=limit, patience=patience)


def open_page(url: str, *, client: httpx.Client, patience: Patience = PATIENT) -> tuple[str, str]:
    """Read one web page.

    Takes:  its address.
    Gives:  the address that answered after redirects, which its links are relative to; its HTML.
    Raises: PublisherUnreachable when it cannot be had; NotTheFile when it is over 16 MB.
    """

    def read(response: httpx.Response) -> tuple[str, str]:
        check(response)
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            # While it comes, for nobody need say how long a page is.
            if len(body) > MAX_PAGE:
                raise too_large(url, MAX_PAGE)
        return str(response.url), body.decode(response.encoding or "utf-8", "replace")

    return _ask(url, client=client, patience=patience, headers=dict, receive=read)


def _copy(
    link: Link, into: Path, *, known: StoredFile | None, limit: int, beat: Beat
) -> StoredFile | None:
    if known and link.stamp and known.stamp == link.stamp:
        return None
    path = Path(url2pathname(urlsplit(link.url).path))
    try:
        source = path.open("rb")
    except OSError as error:
        raise unreachable(link.url, f"{error.strerror}", advice=MEND_MIRROR) from error
    # Looked at before and after: somebody may be copying into the mirror just now.
    with source, Part(into, url=link.url, limit=limit, beat=beat) as part:
        before = os.fstat(source.fileno())
        part.expect(before.st_size)
        while chunk := source.read(MIB):
            part.write(chunk)
        after = os.fstat(source.fileno())
        if (part.size, after.st_mtime_ns) != (before.st_size, before.st_mtime_ns):
            raise unreachable(link.url, "a file still being written", advice=MEND_MIRROR)
        return part.keep(link, _file_name(link.name), {})


def _download(
    link: Link,
    into: Path,
    *,
    client: httpx.Client,
    known: StoredFile | None,
    limit: int,
    patience: Patience,
) -> StoredFile | None:
    deadline = time.monotonic() + patience.total
    with Part(into, url=link.url, limit=limit, beat=patience.beat) as part:
        headers = _ask(
            link.url,
            client=client,
            patience=patience,
            headers=partial(_conditions, part, known),
            receive=partial(_receive, part=part, deadline=deadline),
        )
        if headers is None:
            return None
        return part.keep(link, _name(link, headers), headers)


def _receive(response: httpx.Response, *, part: Part, deadline: float) -> httpx.Headers | None:
    """Write an answer to the part; its headers, or None if the file is the known one."""
    if response.status_code == 416:
        part.restart()
    check(response)
    if response.status_code == 304:
        return None
    total = _begin(response, part)
    part.expect(total)
    # Some servers call a .gz encoded that is simply a .gz: unpacked, it would not be the file
    # published.
    encoded = "content-encoding" in response.headers and not response.url.path.endswith(".gz")
    for chunk in response.iter_bytes() if encoded else response.iter_raw():
        part.write(chunk)
        # A line that trickles never times out by itself: each byte comes in time.
        if time.monotonic() > deadline:
            found = f"{part.size:,} bytes in all the time there was"
            raise unreachable(part.url, found, advice="run again when the line is better")
    if total is not None and part.size != total:
        found = f"{part.size:,} of {total:,} bytes"
        part.restart()
        raise Again(found)
    return response.headers


def _begin(response: httpx.Response, part: Part) -> int | None:
    """Make the part ready for the whole file or for its rest; how long the file will be."""
    headers = response.headers
    if response.status_code == 206:
        rest = re.fullmatch(r"bytes (\d+)-\d+/(\d+)", headers.get("content-range", ""))
        # A proxy may answer from a copy of another length: gone on from there, the file would be
        # two in one.
        if not rest or int(rest[1]) != part.size:
            part.restart()
            raise Again("another part than was asked for")
        return int(rest[2])
    part.restart()
    if "content-encoding" in headers:
        return None
    # A weak ETag promises the same meaning, not the same bytes: useless for going on.
    etag = headers.get("etag", "")
    part.validator = headers.get("last-modified", "") if etag[:2] in ("", "W/") else etag
    length = headers.get("content-length", "")
    return int(length) if length.isdecimal() else None


def _conditions(part: Part, known: StoredFile | None) -> dict[str, str]:
    """The headers of the next attempt: go on where it broke off, or only if it changed."""
    # The bytes as published: their number is then known, and a broken transfer can go on.
    headers = {"Accept-Encoding": "identity"}
    if part.size and part.validator:
        return headers | {"Range": f"bytes={part.size}-", "If-Range": part.validator}
    if known and known.etag:
        headers["If-None-Match"] = known.etag
    if known and known.last_modified:
        headers["If-Modified-Since"] = known.last_modified
    return headers


def _ask(
    url: str,
    *,
    client: httpx.Client,
    patience: Patience,
    headers: Callable[[], dict[str, str]],
    receive: Callable[[httpx.Response], T],
) -> T:
    """What `receive` makes of the answer, asking again while that may help."""

    def once() -> T:
        with trouble_named(url), client.stream("GET", url, headers=headers()) as response:
            return receive(response)

    asking = tenacity.Retrying(**manners(patience), sleep=patience.sleep)
    try:
        return asking(once)
    except Again as last:
        raise gave_up(url, last, asking) from last


def _name(link: Link, headers: Mapping[str, str]) -> str:
    """The file's name; a report made by a service is named by the service, not by its address."""
    query = parse_qsl(urlsplit(link.url).query)
    if not query and Path(link.name).suffix:
        return _file_name(link.name)
    message = Message()
    message["Content-Disposition"] = headers.get("content-disposition", "")
    message["Content-Type"] = headers.get("content-type", "")
    # `?fileRedirect=2025/results/GPPS_2025.csv` asks for a file that has a name of its own.
    subject = PurePosixPath(query[-1][1]).name if query else link.name
    known = PurePosixPath(subject).suffix.lower() in (".zip", ".gz", *WORKBOOKS, *PLAIN)
    suffix = "" if known else mimetypes.guess_extension(message.get_content_type()) or ""
    return _file_name(message.get_filename() or subject + suffix)


def _file_name(name: str) -> str:
    """A name that any file system takes and that leads nowhere else."""
    # The end is kept, where the suffix stands: it says how the file is to be read.
    return re.sub(r'[<>:"/\\|?*\x00-\x1f]', "_", name).strip(" .")[-150:] or "download"
