"""Sinks on this machine: a mail server and a web hook that keep what they are given, and can be
told to take nothing."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import socket
from threading import Thread
from typing import Any

from aiosmtpd.controller import Controller


@dataclass
class Sink:
    """What a sink was given, the first first; while it is down it takes nothing."""

    port: int = 0
    taken: list[Any] = field(default_factory=list)
    is_down: bool = False


@contextmanager
def web_hook() -> Iterator[Sink]:
    """Keeps the bodies of what is posted to it; 503 while it is down."""
    sink = Sink()

    class Hook(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            if not sink.is_down:
                sink.taken.append(body.decode())
            self.send_response(503 if sink.is_down else 200)
            self.end_headers()

        def log_message(self, *_said: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Hook)
    sink.port = server.server_port
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield sink
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


class Keeping:
    """Of aiosmtpd: what becomes of a message."""

    def __init__(self, sink: Sink):
        self.sink = sink

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        if self.sink.is_down:
            return "451 not now"
        message = message_from_bytes(envelope.content, policy=policy.default)
        assert isinstance(message, EmailMessage)
        self.sink.taken.append(message)
        return "250 kept"


def free_port() -> int:
    """A port that nobody listens on now: aiosmtpd does not say which one it was given."""
    with socket() as taken:
        taken.bind(("127.0.0.1", 0))
        port: int = taken.getsockname()[1]
        return port


@contextmanager
def mail_server() -> Iterator[Sink]:
    """Keeps the messages that it is sent; 451 while it is down."""
    sink = Sink(free_port())
    controller = Controller(Keeping(sink), hostname="127.0.0.1", port=sink.port)
    controller.start()
    try:
        yield sink
    finally:
        controller.stop()
