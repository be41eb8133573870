"""A publisher on this machine: serves a folder over HTTP as the real ones do, and fails on demand.

For tests only. Listings, ETag, Last-Modified, conditional GET and Range work; `fault` makes the
next requests for a path go wrong, `answer` puts a small web service at one. It never sleeps: what
hangs or is slow waits for the publisher to close.
"""

import email.utils
import hashlib
import html as markup
import re
import threading
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import MappingProxyType
from urllib.parse import quote, unquote, urlsplit

PAGE = b"<!DOCTYPE html>\n<html><head><title>Access denied</title></head><body>403</body></html>"


@dataclass(frozen=True)
class Asked:
    """One request as it came, and the status it got."""

    method: str
    path: str
    headers: Mapping[str, str]
    status: int


@dataclass(frozen=True)
class Reply:
    """What an `answer` gives back."""

    status: int = 200
    body: bytes = b""
    headers: Mapping[str, str] = field(default_factory=dict)


Step = Callable[["_Exchange"], None]
"""What goes wrong with one request."""


class Publisher:
    """Serves `folder` on 127.0.0.1 while the `with` lasts.

    requests  every request so far, oldest first
    hanging   set once a request hangs, so that a test knows when to strike
    """

    def __init__(self, folder: Path):
        self.folder = folder
        self.requests: list[Asked] = []
        self.hanging = threading.Event()
        self.closing = threading.Event()
        self.faults: list[tuple[str, deque[Step]]] = []
        self.answers: list[tuple[str, Callable[[str, str, bytes], Reply]]] = []
        self._server = _Server(("127.0.0.1", 0), _Exchange)
        self._server.publisher = self
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> "Publisher":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def fault(self, pattern: str, *steps: Step) -> None:
        """The next requests whose path matches go through `steps`, one each, then all is well."""
        self.faults.append((pattern, deque(steps)))

    def answer(self, pattern: str, reply: Callable[[str, str, bytes], Reply]) -> None:
        """Requests whose path and query match get `reply(method, path, body)`."""
        self.answers.append((pattern, reply))


def status(code: int, **headers: str) -> Step:
    """An answer with this status; `Retry_After="3"` becomes a header of that name."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda exchange: exchange.reply(code, b"", named)


def html() -> Step:
    """A web page with status 200 in place of the file, as blocked clients get."""
    return lambda exchange: exchange.reply(200, PAGE, {"Content-Type": "text/html"})


def truncate(size: int) -> Step:
    """Only the first bytes, with a length that says that was all: nothing looks wrong."""
    return lambda exchange: exchange.reply(200, exchange.content()[:size])


def close_early(size: int) -> Step:
    """The whole length promised, the connection dropped after the first bytes."""

    def step(exchange: "_Exchange") -> None:
        exchange.promise(len(exchange.content()))
        exchange.wfile.write(exchange.content()[:size])

    return step


def claim(length: int) -> Step:
    """A length promised that is not the file's."""
    return lambda exchange: exchange.promise(length)


def unmeasured() -> Step:
    """The file without a length, so that only its end tells how long it was."""

    def step(exchange: "_Exchange") -> None:
        exchange.promise(None)
        exchange.wfile.write(exchange.content())

    return step


def hang(after: int | None = None) -> Step:
    """No answer; or, with `after`, the head and the first bytes and then nothing."""

    def step(exchange: "_Exchange") -> None:
        if after is not None:
            exchange.promise(len(exchange.content()))
            exchange.wfile.write(exchange.content()[:after])
        exchange.publisher.hanging.set()
        exchange.publisher.closing.wait()

    return step


def slow(bytes_per_second: int) -> Step:
    """The file, a tenth of a second's worth at a time."""

    def step(exchange: "_Exchange") -> None:
        content, piece = exchange.content(), max(1, bytes_per_second // 10)
        exchange.promise(len(content))
        for start in range(0, len(content), piece):
            exchange.wfile.write(content[start : start + piece])
            if exchange.publisher.closing.wait(0.1):
                return

    return step


class _Server(ThreadingHTTPServer):
    daemon_threads = False  # so that closing joins them and no socket outlives the test
    publisher: Publisher

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away in mid-answer is what half of the tests are about."""


class _Exchange(BaseHTTPRequestHandler):
    """One request. Every connection serves one, so that closing never waits for a client."""

    protocol_version = "HTTP/1.1"
    server: _Server

    @property
    def publisher(self) -> Publisher:
        return self.server.publisher

    @property
    def place(self) -> Path:
        return self.publisher.folder / unquote(urlsplit(self.path).path).lstrip("/")

    def do_GET(self) -> None:
        self.close_connection = True
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        for pattern, steps in self.publisher.faults:
            if steps and re.search(pattern, unquote(self.path)):
                return steps.popleft()(self)
        for pattern, reply in self.publisher.answers:
            if re.search(pattern, unquote(self.path)):
                given = reply(self.command, unquote(self.path), body)
                return self.reply(given.status, given.body, given.headers)
        return self._serve()

    do_POST = do_GET

    def content(self) -> bytes:
        return self.place.read_bytes()

    def promise(self, length: int | None) -> None:
        """The head of a good answer of this length, and nothing more."""
        self._head(200, {} if length is None else {"Content-Length": str(length)})

    def reply(
        self, code: int, body: bytes, headers: Mapping[str, str] = MappingProxyType({})
    ) -> None:
        self._head(code, {"Content-Length": str(len(body)), **headers})
        self.wfile.write(body)

    def log_message(self, *args: object) -> None:
        """Nothing: requests are kept in `requests`."""

    def _serve(self) -> None:
        if self.place.is_dir():
            return self.reply(200, self._listing(), {"Content-Type": "text/html; charset=utf-8"})
        if not self.place.is_file():
            return self.reply(404, b"")
        if self.headers.get("If-None-Match") == self._etag():
            return self._head(304, {})
        content, start = self.content(), self._start()
        if start is None:
            return self.reply(200, content)
        if start >= len(content):
            return self.reply(416, b"")
        part = f"bytes {start}-{len(content) - 1}/{len(content)}"
        return self.reply(206, content[start:], {"Content-Range": part})

    def _start(self) -> int | None:
        asked = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        unchanged = self.headers.get("If-Range", self._etag()) == self._etag()
        return int(asked[1]) if asked and unchanged else None

    def _head(self, code: int, headers: Mapping[str, str]) -> None:
        asked = Asked(self.command, unquote(self.path), dict(self.headers), code)
        self.publisher.requests.append(asked)
        self.send_response(code)
        if self.place.is_file():
            stamp = email.utils.formatdate(self.place.stat().st_mtime, usegmt=True)
            headers = {"ETag": self._etag(), "Last-Modified": stamp, **headers}
        for name, value in {"Connection": "close", **headers}.items():
            self.send_header(name, value)
        self.end_headers()

    def _etag(self) -> str:
        return f'"{hashlib.sha256(self.content()).hexdigest()[:16]}"'

    def _listing(self) -> bytes:
        names = sorted(p.name + "/" * p.is_dir() for p in self.place.iterdir())
        rows = (f'<li><a href="{quote(name)}">{markup.escape(name)}</a>' for name in names)
        return f'<h1>Index</h1><a href="../">up</a><ul>{"".join(rows)}</ul>'.encode()
