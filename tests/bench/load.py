"""First load: from the navigation to the painted map with nothing cached, and its bytes."""

from collections import defaultdict
from collections.abc import Iterator

from tests.bench.contest import OURS, PEERS, Contest
from tests.bench.figures import Figure, median
from tests.bench.wire import Wire


def measure(contest: Contest, *, rounds: int) -> list[Figure]:
    """Time to the first painted map and bytes on the wire, beside each peer."""
    times, seen, sizes = defaultdict(list), defaultdict(list), {}
    for _ in range(rounds):
        for name in (OURS, *PEERS):
            for found, at_first in ((seen, True), (times, False)):
                page = contest.open(name)
                found[name].append(page.load(at_first=at_first))
                page.close()
    for name in (OURS, *PEERS):
        sizes[name] = _received(contest, name)
    return list(_figures(times, seen, sizes))


def _received(contest: Contest, name: str) -> float:
    """Megabytes that a first visit takes on the wire, all that follows the first paint too."""
    page = contest.open(name)
    wire = Wire(page.cdp)
    page.load()
    page.settle()
    page.close()
    return sum(part.wire for part in wire.parts) / 1e6


def _figures(
    times: dict[str, list[float]], seen: dict[str, list[float]], sizes: dict[str, float]
) -> Iterator[Figure]:
    for peer in PEERS:
        for name, taken in (
            ("first load to a map that is seen, median", seen),
            ("first load to a map that can be used, median", times),
        ):
            yield Figure(name, "ms", median(taken[OURS]), median(taken[peer]), peer)
        yield Figure("first load, on the wire", "MB", sizes[OURS], sizes[peer], peer)
