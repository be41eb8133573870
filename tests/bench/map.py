"""From input to painted map, beside the peers: rounds by turns, in one browser, on one lake.

The clock starts just before the select changes and stops at the frame after the one that shows
every sentinel's new colour. Ours draws its table, legend and boxes in the same change; the peers
have a map and nothing else.
"""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.bench.contest import HIDEOUT, LEAFLET, OURS, OURS_500, PEERS, SCATTER, Contest, Opened
from tests.bench.figures import Figure, median, p95
from tests.bench.servers import processor_time
from tests.bench.wire import Wire

AT_LEAST = {LEAFLET: 4.0, SCATTER: 8.0, HIDEOUT: None}
WARM_UP = 2


@dataclass
class Times:
    """What one contender took, a value a change, in milliseconds; or a round, for the two last."""

    map: list[float] = field(default_factory=list)
    table: list[float] = field(default_factory=list)
    server: list[float] = field(default_factory=list)
    browser: list[float] = field(default_factory=list)


def measure(contest: Contest, *, rounds: int, changes: int) -> list[Figure]:
    """Latency, processor time and messages of every contender."""
    pages = {name: contest.open(name) for name in contest.contenders}
    for page in pages.values():
        page.load()
        for _ in range(WARM_UP):
            page.ask_next()
    times: dict[str, Times] = defaultdict(Times)
    for _ in range(rounds):
        for name, page in pages.items():
            _one_round(page, times[name], changes)
    for page in pages.values():
        page.close()
    sent = {name: _sent_per_change(contest, name, changes) for name in contest.contenders}
    return [*_latencies(times), *_work(times), *_messages(sent)]


def _one_round(page: Opened, times: Times, changes: int) -> None:
    server, browser = processor_time(page.contender.server), page.working_time()
    for _ in range(changes):
        took = page.ask_next()
        times.map.append(took["map"])
        if took["table"] is not None:
            times.table.append(took["table"])
    times.server.append((processor_time(page.contender.server) - server) / changes)
    times.browser.append((page.working_time() - browser) / changes)


def _latencies(times: dict[str, Times]) -> Iterator[Figure]:
    ours = times[OURS].map
    for peer in PEERS:
        theirs = times[peer].map
        yield Figure(
            "input to painted map, median",
            "ms",
            median(ours),
            median(theirs),
            peer,
            at_least=AT_LEAST[peer],
        )
        yield Figure("input to painted map, p95", "ms", p95(ours), p95(theirs), peer, at_most=50)
    yield Figure(
        "input to painted map, p95, table of 500 rows",
        "ms",
        p95(times[OURS_500].map),
        p95(times[LEAFLET].map),
        LEAFLET,
        at_most=80,
    )
    for name, rows in ((OURS, 100), (OURS_500, 500)):
        yield Figure(f"input to table of {rows} rows, median", "ms", median(times[name].table))
        yield Figure(f"input to table of {rows} rows, p95", "ms", p95(times[name].table))


def _work(times: dict[str, Times]) -> Iterator[Figure]:
    for peer in PEERS:
        for what, kind in (("server", "server"), ("browser's main thread", "browser")):
            yield Figure(
                f"{what}, processor time a change",
                "ms",
                median(getattr(times[OURS], kind)),
                median(getattr(times[peer], kind)),
                peer,
            )


def _messages(sent: dict[str, "Sent"]) -> Iterator[Figure]:
    ours = sent[OURS]
    for peer in PEERS:
        yield Figure("sent for the map, a change", "kB", ours.map, sent[peer].map, peer, at_most=9)
        yield Figure(
            "sent for the map, a change, on the wire",
            "kB",
            ours.map_wire,
            sent[peer].wire,
            peer,
            at_most=3,
        )
    for name, rows in ((OURS, 100), (OURS_500, 500)):
        yield Figure(f"sent in all, a change, {rows} rows", "kB", sent[name].all)
        yield Figure(f"sent in all, a change, {rows} rows, on the wire", "kB", sent[name].wire)


@dataclass(frozen=True)
class Sent:
    """Kilobytes from server to browser, a change: as text, and on the wire; of it, the map's."""

    all: float
    wire: float
    map: float
    map_wire: float


def _sent_per_change(contest: Contest, name: str, changes: int) -> Sent:
    """Listen to a window of its own, so that nobody listens while the clock runs."""
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
    codes = [part for part in wire.parts if '"atlas-codes"' in part.text] or wire.parts
    size, on_the_wire, map_size, map_wire = (
        sum(getattr(part, what) for part in parts) / changes / 1000
        for parts in (wire.parts, codes)
        for what in ("size", "wire")
    )
    return Sent(size, on_the_wire, map_size, map_wire)
