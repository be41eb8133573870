"""What stays behind of many changes, in the browser and the server, and of many visits."""

from tests.app.inside import inside
from tests.app.reader import reading
from tests.bench.contest import OURS, Contest, Opened
from tests.bench.figures import Figure
from tests.bench.servers import serving

COLLECTIONS = 3


def measure(contest: Contest, *, warm_up: int, changes: int, visits: int) -> list[Figure]:
    """Growth over so many changes of indicator on our page, and over so many visits to it."""
    return [*_page(contest, warm_up, changes), *_process(contest, visits)]


def _page(contest: Contest, warm_up: int, changes: int) -> list[Figure]:
    """What one page gathers, after as many changes as fill every cache."""
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


def _process(contest: Contest, visits: int) -> list[Figure]:
    """What a process keeps of readers who came, saw the map and left."""
    data = contest.lake.layout.root
    with serving("uvicorn", "tests.app.inside:app", data=data, SHINY_TESTMODE="0") as (url, _):
        _come_and_go(url, 5)
        before = inside(url)
        _come_and_go(url, visits)
        after = inside(url)
    name = f"left behind by {visits} visits"
    memory = after["bytes"] - before["bytes"]
    return [
        Figure(f"{name}, of their sessions", "alive", after["sessions"], at_most=0),
        Figure(f"{name}, in the server's memory", "MB", memory / 1e6, at_most=20),
    ]


def _come_and_go(url: str, visits: int) -> None:
    for _ in range(visits):
        with reading(url) as reader:
            reader.hears("codes")


def _held(page: Opened) -> tuple[float, float, float]:
    """After collection: bytes of heap and nodes in the browser, bytes of the server."""
    page.settle()
    for _ in range(COLLECTIONS):
        page.cdp.send("HeapProfiler.collectGarbage")
    said = {m["name"]: m["value"] for m in page.cdp.send("Performance.getMetrics")["metrics"]}
    return said["JSHeapUsedSize"], said["Nodes"], page.contender.server.memory_info().rss
