"""Readers during a refresh: a hundred on one process, and four times as many over four processes
behind a sticky balancer, all choosing every two seconds while a refresh seals another snapshot.

Beside them the same readers on the Dash page, which has no snapshot to take up: without a refresh.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Event, Thread

import httpx
import psutil

from engine import Lake, current_id, open_lake
from refresh.atlas.synthetic.england import write_england
from tests.bench.contest import HIDEOUT, PEERS
from tests.bench.crowd import EVERY
from tests.bench.figures import Figure, median, p95
from tests.bench.gathered import gathered
from tests.bench.scene import Scene, subjects
from tests.bench.servers import ROOT, serving
from tests.bench.sessions import OURS_WANTED, VIEW

SAMPLE_SECONDS = 2.0
SAID_SECONDS = 30.0
LONGEST_REFRESH = 900
NEWEST = "2025-26"  # what the refresh has to bring


@dataclass(frozen=True)
class Went:
    """How it went: what the readers heard; bytes of the servers at each sample, of all together;
    the seconds, since the readers began, at which the refresh began and ended, and at which the
    last app had taken up its snapshot; None where there was no refresh.
    """

    heard: dict[str, list[float]]
    counted: dict[str, int]
    memory: list[int]
    began: float | None = None
    ended: float | None = None
    taken_up: float | None = None

    @property
    def during(self) -> list[float]:
        """Milliseconds of the answers that came while the refresh was at work."""
        pairs = zip(self.heard["seconds"], self.heard["milliseconds"], strict=True)
        ends = max(self.ended or 0, self.taken_up or 0)
        return [took for at, took in pairs if (self.began or 0) <= at <= ends]


def measure(lake: Lake, *, seconds: int, readers: int, processes: int) -> list[Figure]:
    """So many readers on one process, then as many on each of several, for so long each.

    It says on stderr what it is at, and ends by itself: each wait has a limit, and whatever it
    started ends with it.
    """
    figures = []
    with TemporaryDirectory(prefix="rolling-") as folder:
        mirror, first = _first(lake, Path(folder))
        for apps in dict.fromkeys((1, processes)):
            _say(f"{apps * readers} readers on {apps} process(es), {seconds} s while it refreshes")
            # The refresh of the round before has brought the newest year to its own lake.
            data = Path(shutil.copytree(first, Path(folder) / f"data-{apps}"))
            ours = _ours(data, mirror, apps, apps * readers, seconds)
            _say(f"the same on the Dash page, {seconds} s")
            peer = _peer(data, apps, apps * readers, seconds)
            figures += _figures(apps, apps * readers, ours, peer)
    return figures


def _figures(apps: int, readers: int, ours: Went, peer: Went) -> list[Figure]:
    who = f"{readers} readers on {apps} process{'es' if apps > 1 else ''}"
    wanted = OURS_WANTED if apps == 1 else None
    fast = [ours.heard["milliseconds"], peer.heard["milliseconds"]]
    grown = [went.memory[-1] - went.memory[len(went.memory) // 5] for went in (ours, peer)]
    last = [went.memory[-1] / 1e6 for went in (ours, peer)]
    lines = [
        Figure(f"{who}, p50", "ms", *map(median, fast), HIDEOUT),
        Figure(f"{who}, p95", "ms", *map(p95, fast), HIDEOUT, at_most=wanted),
        Figure(f"{who}, memory of all", "MB", *last, HIDEOUT),
        Figure(f"{who}, memory grown", "MB", *(one / 1e6 for one in grown), HIDEOUT),
    ]
    for name, most in (("dropped", 0), ("errors", 0), ("overtaken", None)):
        here, there = ours.counted[name], peer.counted[name]
        lines.append(Figure(f"{who}, {name}", "", here, there, HIDEOUT, at_most=most))
    if ours.during:
        lines.append(Figure(f"{who}, p95 while it refreshes", "ms", p95(ours.during)))
    if ours.taken_up is not None and ours.ended is not None and ours.began is not None:
        lines.append(Figure(f"{who}, the refresh", "s", ours.ended - ours.began))
        lines.append(Figure(f"{who}, sealed to taken up", "s", ours.taken_up - ours.ended))
    return lines


def _first(lake: Lake, folder: Path) -> tuple[Path, Path]:
    """A mirror, and a lake that has all of it but the newest year."""
    mirror = lake.layout.demonstration
    if not mirror.is_dir():
        _say("writing a mirror: this lake has none of its own")
        mirror = folder / "mirror"
        write_england(mirror, seed=1, scale=1.0)
    before = folder / "before"
    shutil.copytree(mirror, before, ignore=shutil.ignore_patterns(f"*{NEWEST}*"))
    data = folder / "data"
    _say(f"making a lake without {NEWEST}")
    _refresh(before, data)
    if current_id(data) is None:
        raise SystemExit("The bench has no lake to begin with: python -m refresh run says why")
    return mirror, data


def _refresh(mirror: Path, data: Path, over: Event | None = None) -> None:
    """A refresh in a process of its own, until it ends, or the bench is `over`.

    Raises: SystemExit where it is at work for longer than any should be.
    """
    command = ("run", "--mirror", str(mirror), "--data", str(data), "--quiet")
    process = subprocess.Popen(
        [sys.executable, "-m", "refresh", *command], cwd=ROOT, stdout=subprocess.DEVNULL
    )
    ends, over = time.monotonic() + LONGEST_REFRESH, over or Event()
    try:
        while process.poll() is None and not over.wait(0.1):
            if time.monotonic() > ends:
                raise SystemExit(f"The refresh of the bench took over {LONGEST_REFRESH} s: {data}")
    finally:
        process.kill()
        process.wait()


def _ours(data: Path, mirror: Path, apps: int, readers: int, seconds: int) -> Went:
    _, codes = subjects(open_lake(data), 12)
    command = ("uvicorn", "--no-access-log", "app.main:app")
    before = current_id(data)
    times: dict[str, float] = {}

    def refreshed(urls: list[str], since: float, over: Event) -> None:
        """A fifth of the way the refresh begins; its snapshot is waited for in every app."""

        def noted(name: str) -> None:
            times[name] = time.perf_counter() - since
            _say(f"  {times[name]:.0f} s: the refresh {name.replace('_', ' ')}")

        over.wait(seconds / 5)
        noted("began")
        _refresh(mirror, data, over)
        noted("ended")
        now = current_id(data)
        while now != before and any(_snapshot(url) != now for url in urls):
            if over.wait(0.1):
                return
        if now != before:
            noted("taken_up")

    with _served(command, data, apps) as (urls, servers, front):
        went = _crowd(
            front,
            "ours",
            servers,
            codes,
            readers,
            seconds,
            lambda t, over: refreshed(urls, t, over),
        )
    if current_id(data) == before:
        raise SystemExit("The refresh of the bench sealed nothing: the figures would say nothing")
    return Went(**vars(went) | times)


def _snapshot(url: str) -> str | None:
    with suppress(httpx.TransportError, ValueError):
        said: str | None = httpx.get(f"{url}/healthz", timeout=5).json().get("snapshot")
        return said
    return None


def _peer(data: Path, apps: int, readers: int, seconds: int) -> Went:
    year, codes = subjects(open_lake(data), 12)
    scene = Scene(year, codes, **VIEW)
    command = (f"tests.bench.peers.{PEERS[HIDEOUT]}", "--scene", scene.json())
    with _served(command, data, apps) as (_, servers, front):
        return _crowd(front, "dash", servers, codes, readers, seconds, lambda _since, _over: None)


@contextmanager
def _served(
    command: tuple[str, ...], data: Path, apps: int
) -> Iterator[tuple[list[str], list[psutil.Process], str]]:
    """So many processes of a page: their addresses, they, and the address that readers have."""
    with ExitStack() as stack:
        pairs = [stack.enter_context(serving(*command, data=data)) for _ in range(apps)]
        urls, servers = [url for url, _ in pairs], [server for _, server in pairs]
        front = urls[0]
        if apps > 1:
            at = [url.removeprefix("http://") for url in urls]
            balancer = ("tests.bench.balancer", "--apps", *at)
            front, _ = stack.enter_context(serving(*balancer, data=data))
        yield urls, servers, front


def _crowd(
    url: str,
    kind: str,
    servers: list[psutil.Process],
    codes: tuple[str, ...],
    readers: int,
    seconds: int,
    meanwhile: Callable[[float, Event], None],
) -> Went:
    memory: list[int] = []
    over = Event()

    def sample(since: float) -> None:
        said = since
        # A server that is gone is told by its readers, who are dropped.
        while not over.wait(SAMPLE_SECONDS) and all(server.is_running() for server in servers):
            memory.append(_held(servers))
            if (now := time.perf_counter()) - said >= SAID_SECONDS:
                said = now
                _say(f"  {now - since:.0f} s of {seconds}: {memory[-1] / 1e6:.0f} MB")

    with gathered(url, kind, codes, readers, max(2, round(seconds / EVERY))) as begin:
        _say(f"  {readers} pages are open")
        memory.append(_held(servers))
        since = time.perf_counter()
        beside = [
            Thread(target=work, args=args, daemon=True)
            for work, args in ((sample, (since,)), (meanwhile, (since, over)))
        ]
        for thread in beside:
            thread.start()
        try:
            heard = begin()
            # A refresh that is at work still is let end: what it cost the readers is counted.
            beside[1].join()
        finally:
            over.set()
            for thread in beside:
                thread.join()
    lists = {name: heard[name] for name in ("milliseconds", "seconds")}
    counts = {name: heard[name] for name in ("dropped", "errors", "overtaken", "unasked")}
    return Went(lists, counts, memory)


def _held(servers: list[psutil.Process]) -> int:
    return sum(server.memory_info().rss for server in servers)


def _say(words: str) -> None:
    """What it is at, beside the table that is its answer."""
    print(f"{datetime.now():%H:%M:%S} {words}", file=sys.stderr, flush=True)
