"""What every answer says to the browser: what may run in it, who may frame it, how it is packed;
and how much it may be sent.

Shiny runs small scripts that stand in the page and makes functions of its conditions; so the
policy allows those, but nothing from any other host.
"""

import os
import re
from collections.abc import Mapping
from types import MappingProxyType

from starlette.applications import Starlette
from starlette.datastructures import Headers as Said
from starlette.datastructures import MutableHeaders
from starlette.middleware.gzip import DEFAULT_EXCLUDED_CONTENT_TYPES, GZipMiddleware
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.packed import Packed

EMBED = re.compile(r"/embed(/|$)")
VERSIONED = re.compile(r"(/[\w-]+)*/lib/[^/]+-\d[^/]*/")
# Packed already: to pack these again costs time and saves nothing.
NEVER_PACKED = (
    *DEFAULT_EXCLUDED_CONTENT_TYPES,
    "application/vnd.apache.parquet",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
)
LARGEST_BODY = 2_000_000  # bytes: the page sends no list of practices over half of this
KEEP = {"Cache-Control": "public, max-age=31536000, immutable"}
DATA = re.compile(r"/(api/v1/.|healthz(/|$)|metrics$)")
SAID = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
}


def protect(app: Starlette, larger: Mapping[str, int] | None = None) -> None:
    """Give every answer of an application its headers, and compress what is worth it.

    Takes: the addresses that take larger bodies than others, in bytes.
    """
    app.add_middleware(
        GZipMiddleware, minimum_size=500, compresslevel=6, exclude_content_types=NEVER_PACKED
    )
    app.add_middleware(Packed, paths=VERSIONED)
    app.add_middleware(Bodies, larger=larger or {})
    app.add_middleware(
        Headers,
        tiles=os.environ.get("CARE_ATLAS_TILES", ""),
        framed_by=os.environ.get("CARE_ATLAS_FRAMED_BY") or "'self'",
    )


class Headers:
    """Middleware: adds the headers to answers over HTTP; a websocket goes by untouched.

    Takes: the address of map tiles, if any are used; who may show the pages in a frame, as CSP's
           frame-ancestors says it. Anybody may frame /embed.
    """

    def __init__(self, app: ASGIApp, tiles: str = "", framed_by: str = "'self'"):
        self.app, self.tiles, self.framed_by = app, tiles, framed_by

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        # Below a proxy the path may begin with where the app is mounted.
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        headers = self.headers(path)

        async def say(message: Message) -> None:
            if message["type"] == "http.response.start":
                # A file that is not there must not be not there for a year.
                is_kept = message["status"] == 200 and VERSIONED.match(path)
                MutableHeaders(scope=message).update(headers | (KEEP if is_kept else {}))
            await send(message)

        await self.app(scope, receive, say)

    def headers(self, path: str) -> dict[str, str]:
        """The headers of the answer at a path.

        >>> Headers(None).headers("/api/v1/context")["Content-Security-Policy"]
        "default-src 'none'; frame-ancestors 'none'"
        """
        if DATA.match(path):
            return SAID | {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'"}
        framed_by = "" if EMBED.match(path) else self.framed_by
        return SAID | {"Content-Security-Policy": policy(framed_by, self.tiles)}


class Bodies:
    """Middleware: refuses a request whose body is larger than anything that the pages send.

    Shiny writes what is uploaded to the disk before anybody looks at it. A body that does not say
    how long it is (chunked) ends, as if the sender had hung up, where it grows too large.
    """

    def __init__(
        self,
        app: ASGIApp,
        largest: int = LARGEST_BODY,
        larger: Mapping[str, int] = MappingProxyType({}),
    ):
        self.app, self.largest, self.larger = app, largest, larger

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        most = self.larger.get(path, self.largest)
        said = Said(scope=scope).get("content-length", "")
        if said.isdecimal() and int(said) > most:
            refused = PlainTextResponse(f"At most {most:,} bytes can be sent.", 413)
            return await refused(scope, receive, send)
        left = most

        async def take() -> Message:
            nonlocal left
            message = await receive()
            left -= len(message.get("body", b""))
            return message if left >= 0 else {"type": "http.disconnect"}

        await self.app(scope, take, send)


def policy(framed_by: str, tiles: str = "") -> str:
    """The content security policy of a page; it may be framed by anybody where nobody is named."""
    return "; ".join(
        (
            "default-src 'self'",
            "script-src 'self' 'unsafe-inline' 'unsafe-eval'",
            "style-src 'self' 'unsafe-inline'",
            f"img-src 'self' data: blob: {_host(tiles)}".rstrip(),
            "font-src 'self' data:",
            "connect-src 'self' ws: wss:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            # No directive is no limit: an empty one would forbid every frame.
            *([f"frame-ancestors {framed_by}"] if framed_by else []),
        )
    )


def _host(tiles: str) -> str:
    """The host of a tile address, as a policy names it.

    >>> _host("https://{s}.tile.openstreetmap.org/{z}/{x}/{y}.png"), _host("/tiles/{z}/{x}/{y}.png")
    ('https://*.tile.openstreetmap.org', '')
    """
    found = re.match(r"https?://[^/]+", tiles)
    return re.sub(r"\{\w+\}", "*", found[0]) if found else ""
