"""From input to painted map, beside the peers: rounds by turns, in one browser, on one lake.

"Asked by nobody before" is the same page with no answer kept, so that each one is scanned anew.
The clock starts just before the select says `change` and stops at the frame after the one that
shows every sentinel's new colour. Ours draws its table, legend and boxes in the same change; the
peers have a map and nothing else.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.bench.contest import LEAFLET, OURS, OURS_500, OURS_NEW, PEERS, SCATTER, Contest, Opened
from tests.bench.figures import Figure, median, p95
from tests.bench.noise import disturbance, fixed_work
from tests.bench.servers import processor_time
from tests.bench.wire import Wire

AT_LEAST = {LEAFLET: 4, SCATTER: 8}
TABLES = {OURS: 100, OURS_500: 500}


@dataclass
class Times:
    """What one contender took, in milliseconds: a value a change, or (processor time) a round."""

    map: list[float] = field(default_factory=list)
    with_select: list[float] = field(default_factory=list)
    table: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    browser: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class Sent:
    """What a server sends for one change: kilobytes as text and on the wire; of it, the map's."""

    parts: float
    all: float
    all_wire: float
    map: float
    map_wire: float


def measure(contest: Contest, *, rounds: int, changes: int) -> list[Figure]:
    """Latency, processor time and messages of every contender."""
    noise: list[float] = []
    times = _times(contest, rounds, changes, noise)
    sent = {name: _sent(contest, name, changes) for name in contest.contenders}
    return [*_latencies(times), *_work(times), *_messages(sent), disturbance(noise)]


def _times(contest: Contest, rounds: int, changes: int, noise: list[float]) -> dict[str, Times]:
    pages = {name: contest.open(name) for name in contest.contenders}
    for page in pages.values():
        page.load()
        for _ in contest.scene.codes:  # so that "kept" means kept; OURS_NEW keeps nothing
            page.ask_next()
    times: dict[str, Times] = defaultdict(Times)
    for _ in range(rounds):
        for name, page in pages.items():
            _one_round(page, times[name], changes)
            noise += fixed_work()
    for page in pages.values():
        page.close()
    return times


def _one_round(page: Opened, times: Times, changes: int) -> None:
    server, browser = processor_time(page.contender.server), page.working_time()
    for _ in range(changes):
        took = page.ask_next()
        times.map.append(took["map"])
        times.with_select.append(took["map"] + took["select"])
        if took["table"] is not None:
            times.table.append(took["table"])
    times.server.append((processor_time(page.contender.server) - server) / changes)
    times.browser.append((page.working_time() - browser) / changes)


def _sent(contest: Contest, name: str, changes: int) -> Sent:
    """Listens to a window of its own, so that nobody listens while the clock runs."""
    page = contest.open(name)
    wire = Wire(page.cdp)
    page.load()
    page.ask_next()
    page.settle()
    wire.parts.clear()
    for _ in range(changes):
        page.ask_next()
    page.settle()
    page.close()
    size, on_the_wire = (sum(getattr(p, of) for p in wire.parts) for of in ("size", "wire"))
    mean = [total / changes / 1000 for total in (size, on_the_wire)]
    codes = [part for part in wire.parts if '"atlas-codes"' in part.text]
    worst = (
        [max(getattr(p, of) for p in codes) / 1000 for of in ("size", "wire")] if codes else mean
    )
    return Sent(len(wire.parts) / changes, *mean, *worst)


def _latencies(times: dict[str, Times]) -> Iterator[Figure]:
    for peer in PEERS:
        ours, theirs = median(times[OURS].map), median(times[peer].map)
        least = AT_LEAST.get(peer)
        yield Figure("input to painted map, median", "ms", ours, theirs, peer, at_least=least)
    for rows, of, most in ((100, OURS, 50), (500, OURS_500, 80)):
        name = "input to painted map, p95" + (f", table of {rows} rows" if rows > 100 else "")
        for peer in PEERS:
            yield Figure(name, "ms", p95(times[of].map), p95(times[peer].map), peer, at_most=most)
    new, peer = times[OURS_NEW].map, LEAFLET
    name = "the same, asked by nobody before"
    yield Figure(f"{name}, median", "ms", median(new), median(times[peer].map), peer)
    yield Figure(f"{name}, p95", "ms", p95(new), p95(times[peer].map), peer)
    whole = times[OURS].with_select
    yield Figure("the same with the select's own work, median", "ms", median(whole))
    yield Figure("the same with the select's own work, p95", "ms", p95(whole))
    for of, rows in TABLES.items():
        yield Figure(f"input to drawn table of {rows} rows, median", "ms", median(times[of].table))
        yield Figure(f"input to drawn table of {rows} rows, p95", "ms", p95(times[of].table))


def _work(times: dict[str, Times]) -> Iterator[Figure]:
    for name, of in (("server", "server"), ("browser's main thread", "browser")):
        for peer in PEERS:
            ours, theirs = (median(getattr(times[who], of)) for who in (OURS, peer))
            yield Figure(f"processor time a change, {name}", "ms", ours, theirs, peer)


def _messages(sent: dict[str, Sent]) -> Iterator[Figure]:
    ours = sent[OURS]
    for name, of, most in (("", "map", 9), (", on the wire", "map_wire", 3)):
        for peer in PEERS:
            both = getattr(ours, of), getattr(sent[peer], of)
            yield Figure(f"sent for the map a change{name}", "kB", *both, peer, at_most=most)
    for of, rows in TABLES.items():
        name = f"sent in all a change, {rows} rows"
        yield Figure(name, "kB", sent[of].all)
        yield Figure(f"{name}, on the wire", "kB", sent[of].all_wire)
        yield Figure(f"{name}, messages", "messages", sent[of].parts)
