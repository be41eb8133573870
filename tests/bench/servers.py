"""Servers of the contest: started on a free port, waited for, ended by their own id."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import psutil

ROOT = Path(__file__).parents[2]
PATIENCE = 60  # seconds until a server must answer
_SETTINGS = {"CARE_ATLAS_REFRESH": "off", "CARE_ATLAS_TILES": ""}


@contextmanager
def serving(
    *module: str, data: Path, ready: str = "", **settings: str
) -> Iterator[tuple[str, psutil.Process]]:
    """`python -m` the module with `--port`; its address and its process while it runs.

    Takes:  `ready`, the path that answers once it can serve, where its first page is a dear one.
    """
    port = _free_port()
    server = subprocess.Popen(
        [sys.executable, "-m", *module, "--port", str(port)],
        cwd=ROOT,
        env=os.environ | _SETTINGS | {"CARE_ATLAS_DATA": str(data)} | settings,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        url = f"http://127.0.0.1:{port}"
        _wait_for(url + ready, server)
        yield url, psutil.Process(server.pid)
    finally:
        _end(server)


def processor_time(server: psutil.Process) -> float:
    """Milliseconds that a server has worked so far, in all its threads."""
    spent = server.cpu_times()
    return 1000 * (spent.user + spent.system)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def _wait_for(url: str, server: subprocess.Popen[bytes]) -> None:
    until = time.monotonic() + PATIENCE
    while server.poll() is None and time.monotonic() < until:
        try:
            if httpx.get(url, timeout=5).is_success:
                return
        except httpx.TransportError:
            time.sleep(0.1)
    raise SystemExit(
        f"The server of the bench does not answer: {' '.join(server.args)}\n"
        "  next: run that command by hand and read what it says"
    )


def _end(server: subprocess.Popen[bytes]) -> None:
    server.terminate()
    try:
        server.wait(timeout=5)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
