"""A reverse proxy as hosts have: it serves the app below a path, which it takes away, as if over
https at a public name; pages, downloads and websockets alike.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from socket import SHUT_RDWR, SHUT_WR, create_connection, socket
from socketserver import StreamRequestHandler, ThreadingTCPServer
from threading import Thread
from urllib.parse import urlsplit

HOST = "atlas.example"
PATIENCE = 120  # seconds without a byte, after which a connection is closed


@contextmanager
def proxied(to: str, below: str) -> Iterator[str]:
    """The address at which the app at `to` is seen, `below` that path; it ends with the block."""
    target = urlsplit(to)
    open_ones: set[socket] = set()

    class Handler(StreamRequestHandler):
        rbufsize = 0  # what follows the head is passed on as it comes
        timeout = PATIENCE  # a browser also opens connections that it never asks anything by

        def handle(self) -> None:
            open_ones.add(self.connection)
            with suppress(OSError):
                self._answer()
            open_ones.discard(self.connection)

        def _answer(self) -> None:
            head = b""
            while line := self.rfile.readline():
                head += line
                if line == b"\r\n":
                    break
            else:
                return
            with create_connection((target.hostname, target.port), PATIENCE) as there:
                open_ones.add(there)
                there.sendall(_told(head, below))
                back = Thread(target=_pass_on, args=(there, self.connection))
                back.start()
                _pass_on(self.connection, there)
                back.join()
                open_ones.discard(there)

    class Server(ThreadingTCPServer):
        block_on_close = True  # a test ends with all its sockets closed

    with Server(("127.0.0.1", 0), Handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}{below}/"
        finally:
            server.shutdown()
            for one in list(open_ones):
                with suppress(OSError):
                    one.shutdown(SHUT_RDWR)


def _told(head: bytes, below: str) -> bytes:
    """The head of a request as the app gets it: its path cut, who asked and how said beside it."""
    line, rest = head.split(b"\r\n", 1)
    # A connection is one request, so that the next cannot go by unchanged; a websocket stays one.
    if b"upgrade: websocket" not in rest.lower():
        rest = b"Connection: close\r\n" + re.sub(rb"(?im)^connection:.*\r\n", b"", rest)
    rest = re.sub(rb"(?im)^host:.*\r\n", b"", rest)
    told = f"Host: {HOST}\r\nX-Forwarded-Proto: https\r\nX-Forwarded-For: 192.0.2.1\r\n"
    return line.replace(f" {below}".encode(), b" ", 1) + b"\r\n" + told.encode() + rest


def _pass_on(here: socket, there: socket) -> None:
    with suppress(OSError):
        while some := here.recv(65536):
            there.sendall(some)
    with suppress(OSError):
        there.shutdown(SHUT_WR)
