"""Files whose address changes with their content are packed once a process, not at each visit.

The widgets' libraries are five megabytes: to pack them takes a fifth of a second, for which every
reader waits. So what was packed for the first who asked is kept for those who follow.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MOST = 16_000_000  # bytes, of all files together: three times what all pages load
CONDITIONS = ("range", "if-none-match", "if-modified-since")


@dataclass(frozen=True)
class Kept:
    """A whole answer: its headers as they go on the wire, and its body."""

    headers: list[tuple[bytes, bytes]]
    body: bytes

    def messages(self) -> Iterator[Message]:
        # A list of its own each time: what lies further out adds to it.
        yield {"type": "http.response.start", "status": 200, "headers": [*self.headers]}
        yield {"type": "http.response.body", "body": self.body}


class Packed:
    """Middleware: keeps whole answers at some addresses, as they were packed for the first.

    Takes: the pattern of their paths, which never have other content as long as a process lives;
           how many bytes may be kept. Who takes no gzip, or asks for a part, is answered anew.
    """

    def __init__(self, app: ASGIApp, paths: re.Pattern[str], most: int = MOST):
        self.app, self.paths, self.left = app, paths, most
        self.kept: dict[str, Kept] = {}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if not self._is_for(scope):
            return await self.app(scope, receive, send)
        if kept := self.kept.get(scope["path"]):
            for message in kept.messages():
                await send(message)
            return None
        start: Message = {}
        parts: list[bytes] = []
        is_whole = False

        async def heard(message: Message) -> None:
            nonlocal is_whole
            if message["type"] == "http.response.start":
                start.update(status=message["status"], headers=[*message["headers"]])
            else:
                parts.append(message.get("body", b""))
                is_whole = not message.get("more_body", False)
            await send(message)

        await self.app(scope, receive, heard)
        if is_whole and start["status"] == 200:
            self._keep(scope["path"], start["headers"], b"".join(parts))

    def _is_for(self, scope: Scope) -> bool:
        if scope["type"] != "http" or scope["method"] != "GET":
            return False
        path = scope["path"].removeprefix(scope.get("root_path", ""))
        if not self.paths.match(path):
            return False
        said = Headers(scope=scope)
        return "gzip" in said.get("accept-encoding", "") and not any(
            name in said for name in CONDITIONS
        )

    def _keep(self, path: str, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
        if path in self.kept or len(body) > self.left:
            return
        self.left -= len(body)
        rest = [(name, value) for name, value in headers if name != b"content-length"]
        self.kept[path] = Kept([*rest, (b"content-length", str(len(body)).encode())], body)
