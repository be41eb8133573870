"""What stays behind after many changes: the browser's heap and the server's memory."""

from tests.bench.contest import OURS, Contest, Opened
from tests.bench.figures import Figure

WARM_UP = 3  # rounds through all indicators, so that every cache is filled


def measure(contest: Contest, *, changes: int) -> list[Figure]:
    """Growth over `changes` changes of indicator on our page, after a warm-up."""
    page = contest.open(OURS)
    page.load()
    for _ in range(WARM_UP * len(contest.scene.codes)):
        page.ask_next()
    heap, nodes, memory = _held(page)
    for _ in range(changes):
        page.ask_next()
    heap_after, nodes_after, memory_after = _held(page)
    page.close()
    name = f"growth over {changes} changes"
    return [
        Figure(f"{name}, browser's heap", "MB", (heap_after - heap) / 1e6, at_most=1),
        Figure(f"{name}, browser's document", "nodes", nodes_after - nodes),
        Figure(f"{name}, server's memory", "MB", (memory_after - memory) / 1e6, at_most=5),
    ]


def _held(page: Opened) -> tuple[float, float, float]:
    """Bytes of JavaScript heap and nodes of the document after collection, bytes of the server."""
    page.settle()
    for _ in range(2):
        page.cdp.send("HeapProfiler.collectGarbage")
    said = {m["name"]: m["value"] for m in page.cdp.send("Performance.getMetrics")["metrics"]}
    return said["JSHeapUsedSize"], said["Nodes"], page.contender.server.memory_info().rss
