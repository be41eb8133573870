"""First load: from the navigation to the painted map with nothing cached, and its bytes."""

from collections import defaultdict
from collections.abc import Iterator

from tests.bench.contest import OURS, PEERS, Contest
from tests.bench.figures import Figure, median
from tests.bench.wire import Wire


def measure(contest: Contest, *, rounds: int) -> list[Figure]:
    """Time to the first painted map and bytes on the wire, beside each peer."""
    times, sizes = defaultdict(list), {}
    for _ in range(rounds):
        for name in (OURS, *PEERS):
            page = contest.open(name)
            times[name].append(page.load())
            page.close()
    for name in (OURS, *PEERS):
        sizes[name] = _received(contest, name)
    return list(_figures(times, sizes))


def _received(contest: Contest, name: str) -> float:
    """Megabytes that a first visit takes on the wire, all that follows the first paint too."""
    page = contest.open(name)
    wire = Wire(page.cdp)
    page.load()
    page.settle()
    page.close()
    return sum(part.wire for part in wire.parts) / 1e6


def _figures(times: dict[str, list[float]], sizes: dict[str, float]) -> Iterator[Figure]:
    ours = median(times[OURS])
    for peer in PEERS:
        yield Figure("first load to painted map, median", "ms", ours, median(times[peer]), peer)
        yield Figure("first load, on the wire", "MB", sizes[OURS], sizes[peer], peer)
