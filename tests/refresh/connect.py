"""A stand-in of Posit Connect: answers what rsconnect-python asks when it deploys, and keeps what
it is sent. It judges as the real one does where a person would notice: the key, the size, whether
content exists, whether a bundle starts.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

KEY = "the-key-of-a-publisher"
Answer = tuple[int, Any]


@dataclass
class Connect:
    """What was deployed: by GUID, each content's facts, and its bundles in the order they came."""

    folder: Path
    address: str = ""
    largest: int = 10**9
    starts: bool = True
    content: dict[str, dict[str, Any]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def answer(self, verb: str, path: str, query: dict[str, list[str]], body: bytes) -> Answer:
        """Status and JSON for one request; None for an empty answer."""
        self.asked.append(f"{verb} {path}")
        for of, pattern, reply in self._replies():
            found = re.fullmatch(pattern, path)
            if of == verb and found:
                return reply(*found.groups(), query=query, body=body)
        return 404, {"error": "nothing is here"}

    def _replies(self) -> list[tuple[str, str, Callable[..., Answer]]]:
        api, one = "/__api__/v1", "/__api__/v1/content/([^/]+)"
        return [
            ("GET", "/__api__/server_settings", lambda **_: (200, {"version": "2025.09.0"})),
            ("GET", f"{api}/user", lambda **_: (200, {"username": "publisher"})),
            ("GET", f"{api}/content", self._named),
            ("POST", f"{api}/content", self._new),
            ("GET", one, self._known),
            ("PATCH", one, self._change),
            ("PATCH", f"{one}/environment", self._set),
            ("POST", f"{one}/bundles", self._keep),
            ("POST", f"{one}/deploy", self._deploy),
            ("GET", f"{api}/tasks/(.+)", self._task),
            ("GET", "/content/([^/]+)/(?:_bundle[0-9]+/)?", self._open),
        ]

    def _named(self, *, query: dict[str, list[str]], **_: Any) -> Answer:
        return 200, [c for c in self.content.values() if [c["name"]] == query["name"]]

    def _new(self, *, body: bytes, **_: Any) -> Answer:
        return 200, self.content[self.create(json.loads(body)["name"])]

    def create(self, name: str) -> str:
        """The GUID of new content, without a bundle."""
        guid = f"00000000-0000-4000-8000-{len(self.content):012}"
        self.content[guid] = {
            "id": str(len(self.content)),
            "guid": guid,
            "name": name,
            "title": None,
            "app_mode": "unknown",
            "content_url": f"{self.address}/content/{guid}/",
            "dashboard_url": f"{self.address}/connect/#/apps/{guid}",
            "environment": {},
            "bundles": [],
            "active": None,
        }
        return guid

    def _known(self, guid: str, **_: Any) -> Answer:
        if guid not in self.content:
            return 404, {"error": "The requested object does not exist."}
        return 200, self.content[guid]

    def _change(self, guid: str, *, body: bytes, **_: Any) -> Answer:
        self.content[guid] |= json.loads(body)
        return 200, self.content[guid]

    def _set(self, guid: str, *, body: bytes, **_: Any) -> Answer:
        self.content[guid]["environment"] |= {e["name"]: e["value"] for e in json.loads(body)}
        return 200, sorted(self.content[guid]["environment"])

    def _keep(self, guid: str, *, body: bytes, **_: Any) -> Answer:
        if len(body) > self.largest:
            return 413, {"error": "The bundle is larger than this server allows."}
        bundles = self.content[guid]["bundles"]
        path = self.folder / f"{guid}-{len(bundles) + 1}.tar.gz"
        path.write_bytes(body)
        bundles.append(path.name)
        return 200, {"id": str(len(bundles))}

    def _deploy(self, guid: str, *, body: bytes, **_: Any) -> Answer:
        said = json.loads(body)
        if said.get("activate", True):
            self.content[guid]["active"] = said["bundle_id"]
        return 202, {"task_id": "task"}

    def _task(self, task: str, **_: Any) -> Answer:
        done = {"id": task, "finished": True, "code": 0, "error": "", "last": 1, "result": None}
        return 200, done | {"output": ["Launching Shiny application..."]}

    def _open(self, guid: str, **_: Any) -> Answer:
        return (200, {}) if self.starts else (503, {"error": "it did not start"})


@contextmanager
def connect(folder: Path) -> Iterator[Connect]:
    """A running stand-in that keeps bundles in `folder`; it ends with the block."""
    server = Connect(folder)

    class Handler(BaseHTTPRequestHandler):
        def reply(self) -> None:
            body = b"".join(self.pieces())
            asked = urlsplit(self.path)
            status, said = 401, {"error": "The key is not known here."}
            is_open = asked.path == "/__api__/server_settings"
            if is_open or self.headers.get("Authorization") == f"Key {KEY}":
                status, said = server.answer(self.command, asked.path, parse_qs(asked.query), body)
            packed = json.dumps(said).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(packed)))
            self.end_headers()
            self.wfile.write(packed)

        def pieces(self) -> Iterator[bytes]:
            """The body: a bundle comes in chunks, each after its length in hexadecimal."""
            if self.headers.get("Transfer-Encoding") != "chunked":
                yield self.rfile.read(int(self.headers.get("Content-Length") or 0))
                return
            while size := int(self.rfile.readline(), 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()

        do_GET = do_POST = do_PATCH = reply

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as http:
        server.address = f"http://127.0.0.1:{http.server_port}"
        Thread(target=http.serve_forever, daemon=True).start()
        yield server
        http.shutdown()
