"""The compose file: what it names is there; and its balancer, run by Caddy, keeps its word."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socket import socket
from threading import Thread
from time import monotonic
from typing import Any

import httpx
import pytest
from ruamel.yaml import YAML

from refresh.__main__ import _parser
from tests.app.serving import ROOT

CI = ROOT / ".ci"
OURS = ("refresh", "publish", "app-1", "app-2")


@pytest.fixture(scope="module")
def compose() -> dict[str, Any]:
    return YAML(typ="safe").load(CI / "compose.yaml")


@pytest.fixture(scope="module")
def services(compose: dict[str, Any]) -> dict[str, Any]:
    return compose["services"]


def test_every_file_volume_and_service_that_is_named_is_there(
    compose: dict[str, Any], services: dict[str, Any]
):
    assert set(OURS) < set(services)
    for name, service in services.items():
        for volume in service.get("volumes", []):
            left = volume.partition(":")[0]
            is_there = (CI / left).is_file() if left.startswith(".") else left in compose["volumes"]
            assert is_there, (name, volume)
        assert set(service.get("depends_on", [])) <= set(services), name
        if build := service.get("build"):
            assert (CI / build["context"] / build["dockerfile"]).is_file()
        else:
            assert re.search(r":v?\d+(\.\d+)*[\w.-]*$", service["image"]), (
                "an image without version"
            )
    used = {v.partition(":")[0] for s in services.values() for v in s.get("volumes", [])}
    assert set(compose["volumes"]) <= used


def test_what_the_environment_must_say_is_in_the_example_and_nothing_is_a_password():
    text = (CI / "compose.yaml").read_text(encoding="utf-8")
    example = (CI / "compose.env.example").read_text(encoding="utf-8")
    asked = set(re.findall(r"\$\{(\w+)", text))
    assert asked == set(re.findall(r"^(\w+)=$", example, re.MULTILINE))
    assert all(
        "${" in line for line in text.splitlines() if re.search(r"(SECRET|PASSWORD)\w*:", line)
    )
    ignored = subprocess.run(["git", "check-ignore", "-q", ".ci/.env"], cwd=ROOT)
    assert ignored.returncode == 0 or not (ROOT / ".git").exists()


def test_our_settings_are_those_that_the_program_reads(services: dict[str, Any]):
    code = "".join(
        path.read_text(encoding="utf-8")
        for package in ("app", "engine", "refresh")
        for path in (ROOT / package).rglob("*.py")
    )
    for name in OURS:
        for setting in services[name]["environment"]:
            known = setting.startswith(("AWS_", "FORWARDED_"))
            assert known or f'"{setting}"' in code, (name, setting)
    of = {name: services[name]["environment"] for name in OURS}
    assert len({settings["CARE_ATLAS_REGISTRY"] for settings in of.values()}) == 1
    # Apps read what the publisher publishes, and write to no lake.
    to = services["publish"]["command"][1]
    assert {of[name]["CARE_ATLAS_DATA"] for name in ("app-1", "app-2")} == {to}
    assert services["app-1"]["volumes"] != services["app-2"]["volumes"]
    pinned = services["refresh"]["build"]["args"]["EXTRAS"]
    assert pinned in (ROOT / "tests" / "requirements.txt").read_text(encoding="utf-8")


def test_the_commands_are_ones_that_the_program_knows(services: dict[str, Any]):
    for name in ("refresh", "publish"):
        assert services[name]["entrypoint"] == ["python", "-m", "refresh"]
        known = _parser().parse_args(services[name]["command"])
        assert known.name == services[name]["command"][0]
    assert services["app-1"]["command"][:2] == ["uvicorn", "app.main:app"]
    port = services["app-1"]["command"][services["app-1"]["command"].index("--port") + 1]
    upstreams = services["balancer"]["environment"]["APPS"].split()
    assert upstreams == [f"{name}:{port}" for name in ("app-1", "app-2")]


class App(BaseHTTPRequestHandler):
    """Says who it is; ready or not, as its server is told."""

    def do_GET(self) -> None:
        is_ready = self.server.is_ready
        self.send_response(200 if is_ready else 503)
        self.end_headers()
        said = [str(self.server.server_port), self.headers.get("shiny-server-credentials", "none")]
        self.wfile.write(" ".join(said).encode())

    def log_message(self, *_: Any) -> None:
        """Nothing."""


@contextmanager
def apps() -> Iterator[list[ThreadingHTTPServer]]:
    servers = [ThreadingHTTPServer(("127.0.0.1", 0), App) for _ in range(2)]
    for server in servers:
        server.is_ready = True
        Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield servers
    finally:
        for server in servers:
            server.shutdown()
            server.server_close()


@contextmanager
def balanced(servers: list[ThreadingHTTPServer], home: Path) -> Iterator[str]:
    """Caddy with our settings, before these servers."""
    with socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    upstreams = " ".join(f"127.0.0.1:{server.server_port}" for server in servers)
    env = os.environ | {"ADDRESS": f"http://127.0.0.1:{port}", "APPS": upstreams, "HOME": str(home)}
    command = ["caddy", "run", "--config", str(CI / "Caddyfile"), "--adapter", "caddyfile"]
    with subprocess.Popen(command, env=env, stderr=subprocess.DEVNULL) as caddy:
        try:
            until(lambda: httpx.get(f"http://127.0.0.1:{port}/").status_code == 200)
            yield f"http://127.0.0.1:{port}/"
        finally:
            caddy.terminate()


def until(holds: Any, seconds: float = 30.0) -> None:
    ends = monotonic() + seconds
    while True:
        try:
            if holds():
                return
        except httpx.TransportError:
            pass
        assert monotonic() < ends, "it never did"


@pytest.mark.skipif(not shutil.which("caddy"), reason="Caddy is not installed (Debian: caddy)")
def test_a_reader_stays_with_his_app_and_is_led_to_another_when_it_is_not_ready(tmp_path: Path):
    with apps() as servers, balanced(servers, tmp_path) as address:
        readers = [httpx.Client(base_url=address) for _ in range(12)]
        first = [reader.get("/").text for reader in readers]
        assert len(set(first)) == 2, "all readers went to one app"
        assert [reader.get("/").text for reader in readers] == first
        assert {reader.get("/metrics").status_code for reader in readers} == {404}
        forged = readers[0].get("/", headers={"Shiny-Server-Credentials": '{"user": "somebody"}'})
        assert forged.text.endswith(" none")
        gone = next(s for s in servers if first[0].startswith(str(s.server_port)))
        gone.is_ready = False
        until(lambda: readers[0].get("/").text.split()[0] not in (str(gone.server_port),))
        assert all(reader.get("/").status_code == 200 for reader in readers)
        for reader in readers:
            reader.close()
