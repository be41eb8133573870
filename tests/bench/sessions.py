"""Many readers on one process: how long each waits for the map when all of them go on choosing.

No browser: the readers speak our websocket, and the Dash pages' HTTP, from a process of their own.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass

import psutil

from engine import Lake
from tests.bench.contest import HIDEOUT, LEAFLET, PEERS
from tests.bench.figures import Figure, median, p95
from tests.bench.gathered import gathered
from tests.bench.scene import Scene, subjects
from tests.bench.servers import processor_time, serving

OURS_WANTED = 100  # milliseconds, p95, with a hundred readers
VIEW = {"width": 800, "height": 800, "latitude": 52.8, "longitude": -1.8, "zoom": 6}


@dataclass(frozen=True)
class Crowded:
    """milliseconds of each answer; the share of choices overtaken by the reader's next; the
    server's processor time a choice, in milliseconds, and its memory a reader, in MB
    """

    milliseconds: list[float]
    overtaken: float
    processor: float
    memory: float


def measure(lake: Lake, *, choices: int, most: int) -> list[Figure]:
    """25, 50, 100 and 200 readers, none more than `most`, each choosing so many times."""
    year, codes = subjects(lake, 12)
    figures = []
    for readers in (count for count in (1, 25, 50, 100, 200) if count <= most):
        ours = _ours(lake, codes, readers, choices)
        peers = {
            name: _peer(lake, name, Scene(year, codes, **VIEW), readers, choices)
            for name in (HIDEOUT, LEAFLET)
        }
        figures += _figures(readers, ours, peers)
    return figures


def _figures(readers: int, ours: Crowded, peers: dict[str, Crowded | None]) -> list[Figure]:
    many = f"{readers} reader{'s' if readers > 1 else ''}"
    wanted = OURS_WANTED if readers <= 100 else None
    lines = []
    for name, peer in peers.items():
        pairs: tuple[tuple[str, str, Callable[[Crowded], float], int | None], ...] = (
            ("p50", "ms", lambda of: median(of.milliseconds), None),
            ("p95", "ms", lambda of: p95(of.milliseconds), wanted),
            ("overtaken", "%", lambda of: 100 * of.overtaken, 0 if wanted else None),
            ("server a choice", "ms", lambda of: of.processor, None),
            ("server's memory a reader", "MB", lambda of: of.memory, None),
        )
        lines += [
            Figure(f"{many}, {what}", unit, told(ours), peer and told(peer), name, at_most=most)
            for what, unit, told, most in pairs
        ]
    # The same figure beside each peer stands together.
    return sorted(lines, key=lambda line: [pair[0] in line.name for pair in pairs], reverse=True)


def _ours(lake: Lake, codes: tuple[str, ...], readers: int, choices: int) -> Crowded:
    command = ("uvicorn", "--no-access-log", "app.main:app")
    with serving(*command, data=lake.layout.root) as (url, server):
        return _crowd(url, "ours", server, codes, readers, choices)


def _peer(lake: Lake, name: str, scene: Scene, readers: int, choices: int) -> Crowded | None:
    """None where it cannot be opened by so many, which is said as it happens."""
    command = (f"tests.bench.peers.{PEERS[name]}", "--scene", scene.json())
    with serving(*command, data=lake.layout.root) as (url, server):
        try:
            return _crowd(url, "dash", server, scene.codes, readers, choices)
        except SystemExit as gave_up:
            print(f"{name}: {gave_up}", file=sys.stderr)
            return None


def _crowd(
    url: str, kind: str, server: psutil.Process, codes: tuple[str, ...], readers: int, choices: int
) -> Crowded:
    # One reader comes and goes first, so that what is loaded once is not counted with the readers.
    _run(url, kind, server, codes, 1, 2)
    return _run(url, kind, server, codes, readers, choices)


def _run(
    url: str, kind: str, server: psutil.Process, codes: tuple[str, ...], readers: int, choices: int
) -> Crowded:
    before = server.memory_info().rss
    with gathered(url, kind, codes, readers, choices) as begin:
        worked = processor_time(server)
        heard = begin()
    made = readers * choices
    return Crowded(
        heard["milliseconds"],
        heard["overtaken"] / made,
        (processor_time(server) - worked) / made,
        (server.memory_info().rss - before) / readers / 1e6,
    )
