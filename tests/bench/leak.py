"""What stays behind after many changes: the browser's heap and the server's memory."""

from tests.bench.contest import OURS, Contest, Opened
from tests.bench.figures import Figure

COLLECTIONS = 3


def measure(contest: Contest, *, warm_up: int, changes: int) -> list[Figure]:
    """Growth over `changes` changes of indicator on our page, after as many as fill every cache."""
    page = contest.open(OURS)
    page.load()
    for _ in range(warm_up):
        page.ask_next()
    before = _held(page)
    for _ in range(changes):
        page.ask_next()
    heap, nodes, memory = (now - then for now, then in zip(_held(page), before, strict=True))
    page.close()
    name = f"growth over {changes} changes"
    return [
        Figure(f"{name}, browser's heap", "MB", heap / 1e6, at_most=1),
        Figure(f"{name}, browser's document", "nodes", nodes),
        Figure(f"{name}, server's memory", "MB", memory / 1e6, at_most=5),
    ]


def _held(page: Opened) -> tuple[float, float, float]:
    """After collection: bytes of heap and nodes in the browser, bytes of the server."""
    page.settle()
    for _ in range(COLLECTIONS):
        page.cdp.send("HeapProfiler.collectGarbage")
    said = {m["name"]: m["value"] for m in page.cdp.send("Performance.getMetrics")["metrics"]}
    return said["JSHeapUsedSize"], said["Nodes"], page.contender.server.memory_info().rss
