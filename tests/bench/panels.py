"""From a click to the drawn panel, and to the map of another area: nothing of it asked before.

Each time another organisation is chosen while the table is open, so that the panel has to be
asked for and drawn anew; then its tab is clicked. No peer has these, so there is no ratio.
"""

from tests.bench.contest import OURS, Contest, Opened
from tests.bench.figures import Figure, median, p95

AT_MOST = 150  # milliseconds at the 95th percentile
TABS = {
    "trend": "trend of another practice",
    "peers": "peers of another practice",
    "one": "card of another practice",
    "scatter": "context scatter of another indicator",
    "funnel": "funnel of another indicator",
}
CANVAS = ("scatter", "funnel")
# Ends at the frame after the one in which `drawn` came true.
CLICK = """async ([click, drawn]) => {
  const frame = () => new Promise(requestAnimationFrame);
  const state = new Function(`return (${drawn})`);
  const before = state();
  const start = performance.now();
  new Function(click)();
  while (state() === before) {
    if (performance.now() - start > 20_000) throw new Error(`not drawn: ${click}`);
    await frame();
  }
  await frame();
  return performance.now() - start;
}"""


def measure(contest: Contest, *, clicks: int) -> list[Figure]:
    """Latency of each panel and of going down into an area and back."""
    page = contest.open(OURS)
    page.load()
    page.settle()
    figures = [_figure(words, _tab(page, name, clicks)) for name, words in TABS.items()]
    figures += [_figure("down into an ICB and back, painted map", _areas(page, clicks))]
    page.close()
    return figures


def _figure(name: str, took: list[float]) -> Figure:
    return Figure(f"{name}, p95 (median {median(took):.0f})", "ms", p95(took), at_most=AT_MOST)


def _tab(page: Opened, name: str, clicks: int) -> list[float]:
    codes = page.page.evaluate("() => careAtlas.maps.map.cast.codes")
    took = []
    for turn in range(clicks + 1):
        _click(page, "table")
        page.settle()
        if name in CANVAS:
            page.ask_next()
        else:
            code = codes[(turn * 97) % len(codes)]
            page.page.evaluate("code => Shiny.setInputValue('table_pick', code)", code)
        page.settle()
        drawn = (
            f"careAtlasCharts.{name}.paints"
            if name in CANVAS
            else f"document.getElementById('{name}').innerHTML"
        )
        took.append(
            page.page.evaluate(CLICK, [f"document.getElementById('tab_{name}').click()", drawn])
        )
    _click(page, "table")
    return took[1:]  # the first fills what is kept for a snapshot


def _areas(page: Opened, clicks: int) -> list[float]:
    icbs = page.page.evaluate(
        "() => Object.values(document.getElementById('area').selectize.options)"
        ".map(({ value }) => value).filter((value) => value.startsWith('icb:'))"
    )
    took = []
    for turn in range(clicks):
        page.settle()
        for area in (icbs[turn % len(icbs)], "all"):
            go = f"document.getElementById('area').selectize.setValue('{area}')"
            took.append(page.page.evaluate(CLICK, [go, "careAtlas.maps.map.paintedRevision"]))
            page.settle()
    return took


def _click(page: Opened, name: str) -> None:
    page.page.evaluate("name => document.getElementById(`tab_${name}`).click()", name)
