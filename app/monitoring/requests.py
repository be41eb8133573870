"""Every request timed, numbered and, where logs are JSON, written down: middleware.

A request's id is the proxy's (X-Request-ID) where it sends a plain one, else a new one; it goes
back in the answer, and into every line that is logged meanwhile. Paths are logged, queries are not:
what people search for is theirs.
"""

import logging
import re
from collections.abc import Iterable
from contextvars import ContextVar
from time import perf_counter
from uuid import uuid4

from starlette.concurrency import run_in_threadpool
from starlette.datastructures import Headers, MutableHeaders
from starlette.routing import BaseRoute
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.monitoring.series import REQUEST_SECONDS
from app.monitoring.spans import request_span
from app.monitoring.usage import USAGE

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
HEADER = "X-Request-ID"
PLAIN = re.compile(r"[A-Za-z0-9._-]{1,64}")
METHODS = frozenset({"GET", "HEAD", "POST", "OPTIONS"})
OTHER = "other"
UNCOUNTED = frozenset({OTHER, "/healthz", "/metrics", "/lib", "/session"})
"""What is asked by machines that watch, by strangers, and by the page itself."""

log = logging.getLogger("care_atlas.requests")


class Requests:
    """Middleware: times, numbers and logs each request over HTTP; a websocket goes by untouched.

    Takes: the first parts of the addresses there are, each a series of its own: whatever else
           strangers ask for is one.
    """

    def __init__(self, app: ASGIApp, names: Iterable[str] = ()):
        self.app, self.names = app, frozenset(names)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self.app(scope, receive, send)
        said = Headers(scope=scope).get(HEADER, "")
        number = said if PLAIN.fullmatch(said) else uuid4().hex
        token, start, status = REQUEST_ID.set(number), perf_counter(), 500
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        method = scope["method"] if scope["method"] in METHODS else OTHER

        async def noted(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)[HEADER] = number
            await send(message)

        try:
            with request_span(method, self.route(path), Headers(scope=scope)) as told:
                try:
                    await self.app(scope, receive, noted)
                finally:
                    told["status"] = status
        finally:
            took = perf_counter() - start
            REQUEST_SECONDS.labels(self.route(path), method, f"{status // 100}xx").observe(took)
            facts = {"method": method, "path": path[:200], "status": status, "seconds": took}
            log.info("%s %s %s", method, path[:200], status, extra={"facts": facts})
            REQUEST_ID.reset(token)
            if method == "GET" and self.route(path) not in UNCOUNTED:
                USAGE.saw(path, self.route(path), status)
                if USAGE.is_due:
                    await run_in_threadpool(USAGE.write)

    def route(self, path: str) -> str:
        """The series that a path belongs to.

        >>> times = Requests(None, ["api", "practice"])
        >>> [times.route(p) for p in ("/", "/practice/A81001", "/api/v1/context", "/wp-login.php")]
        ['/', '/practice', '/api', 'other']
        """
        first = path.strip("/").partition("/")[0]
        if not first:
            return "/"
        return f"/{first}" if first in self.names else OTHER


def first_parts(routes: Iterable[BaseRoute]) -> set[str]:
    """The first part of each route's path: what there is, and nothing that is typed.

    Takes:  routes, of which those without a path, or that take any, are passed over.
    """
    paths = (str(getattr(route, "path", "")) for route in routes)
    parts = (path.strip("/").partition("/")[0] for path in paths)
    return {part for part in parts if part and not part.startswith("{")}
