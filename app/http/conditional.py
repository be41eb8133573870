"""How an answer is sent: whole, in part, or not again (RFC 9110: ETag, If-None-Match, Range).

Readers of Parquet, Arrow and CSV over HTTP (Polars, DuckDB) ask for ranges of bytes. One range is
served; several at once, and what is no range of bytes, are answered whole, as the standard allows.
"""

import hashlib
import re

from starlette.requests import Request
from starlette.responses import Response

from app.headers import NEVER_PACKED
from app.http.problem import problem

RANGE = re.compile(r"bytes=(?:(\d{1,15})-(\d{0,15})|-(\d{1,15}))", re.ASCII | re.IGNORECASE)


def sent(request: Request, content: bytes, kind: str, **headers: str) -> Response:
    """The answer to a request for these bytes: 200, 206, 304 or 416.

    The ETag is a hash of the bytes. It is weak where they may be packed on their way: then the
    same ETag stands for other bytes, and no part of one can be put to a part of the other.
    Parquet never is.
    """
    asked, size, is_head = request.headers, len(content), request.method == "HEAD"
    tag = f'"{hashlib.sha256(content).hexdigest()[:20]}"'
    unpacks = asked.get("accept-encoding", "identity") != "identity"
    may_be_packed = unpacks and not is_head and kind not in NEVER_PACKED
    said = {
        "ETag": f"W/{tag}" if may_be_packed else tag,
        # Kept, but asked for again each time: the live snapshot may be another one by then.
        "Cache-Control": "no-cache",
        "Vary": "Accept, Accept-Encoding",
        "Accept-Ranges": "bytes",
        **headers,
    }
    if _is_known(tag, asked.get("if-none-match", "")):
        return Response(status_code=304, headers=said)
    if is_head:  # told of the bytes that ranges are of, whatever GET may pack
        return Response(headers=said | {"Content-Length": str(size)}, media_type=kind)
    # A reader with the first half of other bytes gets all of these.
    is_same = asked.get("if-range", tag) == tag
    part = part_of(asked.get("range", ""), size) if is_same else None
    if part is None:
        return Response(content, headers=said, media_type=kind)
    if not part:
        refused = problem(416, "there are no such bytes", expected=f"less than {size:,} bytes")
        refused.headers["Content-Range"] = f"bytes */{size}"
        return refused
    said |= {"ETag": tag, "Content-Range": f"bytes {part.start}-{part.stop - 1}/{size}"}
    return Response(content[part.start : part.stop], 206, headers=said, media_type=kind)


def part_of(said: str, size: int) -> range | None:
    """Which bytes a Range header asks for; None: all; empty: some that are not there.

    >>> part_of("bytes=2-3", 10), part_of("bytes=8-99", 10), part_of("bytes=-3", 10)
    (range(2, 4), range(8, 10), range(7, 10))
    >>> part_of("bytes=0-1,4-5", 10), part_of("bytes=5-2", 10), part_of("rows=0-1", 10)
    (None, None, None)
    >>> list(part_of("bytes=10-", 10)), list(part_of("bytes=-0", 10))
    ([], [])
    """
    found = RANGE.fullmatch(said.strip())
    if not found:
        return None
    first, last, from_the_end = found.groups()
    if from_the_end:
        return range(max(0, size - int(from_the_end)), size)
    if last and int(last) < int(first):  # no range at all, says the standard
        return None
    return range(int(first), min(size, int(last) + 1) if last else size)


def _is_known(tag: str, said: str) -> bool:
    # Weak or not: who has the same content need not have it again.
    known = {part.strip().removeprefix("W/") for part in said.split(",")}
    return "*" in known or tag in known
