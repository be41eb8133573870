"""The contest: our page and the peers' served at once, opened in one browser, asked the same.

A contender is a page that shows practices on a map and can be asked for another indicator. All
are opened by the same browser at the same size of map, and watched by probe.js.
"""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
from playwright.sync_api import Browser, BrowserContext, CDPSession, Page, sync_playwright

from engine import Lake
from tests.bench.scene import Scene, subjects, wanted
from tests.bench.servers import serving
from tests.browser import ARGUMENTS, on_path

HERE = Path(__file__).parent
WINDOW = {"width": 1400, "height": 900}
HERMETIC = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"

OURS, OURS_500 = "Care Atlas", "Care Atlas, 500 rows"
OURS_NEW = "Care Atlas, nothing kept"  # every answer as if nobody had asked it before
LEAFLET, HIDEOUT, SCATTER = "dash-leaflet canvas", "dash-leaflet canvas, hideout", "px.scatter_map"
PEERS = {LEAFLET: "leaflet", HIDEOUT: "leaflet_hideout", SCATTER: "scatter_map"}

# The clock starts where the page hears of the choice, for all alike: what a select does before it
# says `change` is timed apart.
_OUR_CHOOSE = "document.getElementById('indicator').selectize.setValue(code, true)"
_OUR_ASK = "jQuery('#indicator').trigger('change')"
_DASH_ASK = "dash_clientside.set_props('indicator', { value: code })"
_OUR_LOOK = {"map": "#map .leaflet-container", "canvas": "#map canvas.points-dots"}
# What is painted first stands in the page itself, and gives way to the map of the same pixels.
_FIRST_LOOK = {
    "map": ".points-first, #map .leaflet-container",
    "canvas": ".points-first canvas + canvas, #map canvas.points-dots",
}
_LOOKS = {
    LEAFLET: {"map": "#map", "canvas": "#map .leaflet-overlay-pane canvas"},
    HIDEOUT: {"map": "#map", "canvas": "#map .leaflet-overlay-pane canvas"},
    SCATTER: {"map": "#map", "canvas": "#map canvas.maplibregl-canvas", "webgl": True},
}


@dataclass(frozen=True, eq=False)
class Contender:
    """A page that is served.

    url     opens it on the first indicator
    choose  JavaScript that chooses the indicator `code` in the select, if that is a step of its own
    ask     JavaScript that tells the page so
    look    where probe.js finds the map, its canvas and the table; `first_look`, of the first map,
            where that is another
    """

    name: str
    url: str
    choose: str
    ask: str
    look: dict[str, Any]
    server: psutil.Process
    first_look: dict[str, Any] | None = None


@dataclass(frozen=True, eq=False)
class Contest:
    """Everything that the measurements in the browser need; all of it ends together."""

    lake: Lake
    scene: Scene
    browser: Browser
    contenders: dict[str, Contender]

    def open(self, name: str) -> "Opened":
        """A contender in a window of its own, showing the first indicator."""
        return Opened(self, self.contenders[name])


@dataclass(eq=False)
class Opened:
    """One contender in one window, and which indicator it shows."""

    contest: Contest
    contender: Contender
    shows: str = ""
    strays: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context = new_window(self.contest.browser)
        self.page: Page = self.context.new_page()
        self.page.on("request", self._note_request)
        self.cdp: CDPSession = self.context.new_cdp_session(self.page)
        self.cdp.send("Performance.enable", {"timeDomain": "threadTicks"})

    def load(self, *, at_first: bool = False) -> float:
        """Open the page; milliseconds from the navigation until the map is painted.

        With `at_first`, until a map is seen, though nobody can use it yet.
        """
        self.page.goto(self.contender.url, wait_until="commit")
        self.shows = self.contest.scene.codes[0]
        look = (at_first and self.contender.first_look) or self.contender.look
        return self.page.evaluate(
            "([look, wanted]) => bench.painted(look, wanted)",
            [look, self._wanted()],
        )

    def ask_next(self) -> dict[str, float | None]:
        """Ask for the next indicator: milliseconds until `map` and `table` show it.

        `select` is what the select took before the clock for the two began.
        """
        codes = self.contest.scene.codes
        before, self.shows = self.shows, codes[(codes.index(self.shows) + 1) % len(codes)]
        self._think()
        return self.page.evaluate(
            f"""([look, wanted, code]) => bench.change(look, {{
              choose: () => {{ {self.contender.choose} }},
              ask: () => {{ {self.contender.ask} }},
              wanted,
            }})""",
            [self.contender.look, self._wanted(before), self.shows],
        )

    def working_time(self) -> float:
        """Milliseconds that the page's main thread has worked so far."""
        said = self.cdp.send("Performance.getMetrics")["metrics"]
        return 1000 * next(m["value"] for m in said if m["name"] == "TaskDuration")

    def close(self) -> None:
        self.context.close()
        if self.strays:
            raise SystemExit(f"{self.contender.name} asked the network for {self.strays[0]}")

    def _wanted(self, before: str | None = None) -> list[dict[str, Any]]:
        return wanted(self.contest.lake, self.contest.scene, before, self.shows)

    def settle(self) -> None:
        """Wait until nothing more comes of the last change."""
        self.page.wait_for_timeout(500)

    def _think(self) -> None:
        """A pause at any phase of a frame, so that no answer is late from the one before."""
        self.page.bring_to_front()
        self.page.evaluate("() => new Promise((go) => setTimeout(go, 80 + 17 * Math.random()))")

    def _note_request(self, request: Any) -> None:
        if urlsplit(request.url).hostname not in ("127.0.0.1", None):
            self.strays.append(request.url)


@contextmanager
def contest(lake: Lake, *, indicators: int) -> Iterator[Contest]:
    """Serve our page, read its view, serve the peers in the same view, and start a browser."""
    data, (year, codes) = lake.layout.root, subjects(lake, indicators)
    with ExitStack() as stack:
        playwright = stack.enter_context(sync_playwright())
        browser = playwright.chromium.launch(executable_path=on_path(), args=[*ARGUMENTS, HERMETIC])
        stack.callback(browser.close)
        url, server = stack.enter_context(serving("shiny", "run", "app.main:app", data=data))
        ours = f"{url}/?indicator={codes[0]}&year={year}"
        scene = _scene(browser, ours, year, codes)
        look = _OUR_LOOK | {"table": "#comparison table"}
        contenders = [
            Contender(name, address, _OUR_CHOOSE, _OUR_ASK, look, server, _FIRST_LOOK)
            for name, address in ((OURS, ours), (OURS_500, f"{ours}&rows=500"))
        ]
        new, forgetful = stack.enter_context(
            serving("shiny", "run", "app.main:app", data=data, CARE_ATLAS_ANSWERS_KEPT="0")
        )
        address = f"{new}/?{urlsplit(ours).query}"
        contenders.append(Contender(OURS_NEW, address, _OUR_CHOOSE, _OUR_ASK, look, forgetful))
        for name, module in PEERS.items():
            command = (f"tests.bench.peers.{module}", "--scene", scene.json())
            url, server = stack.enter_context(serving(*command, data=data))
            contenders.append(Contender(name, url, "", _DASH_ASK, _LOOKS[name], server))
        yield Contest(lake, scene, browser, {c.name: c for c in contenders})


def new_window(browser: Browser) -> BrowserContext:
    """A window that shares no cache with any other, with the probe in it."""
    window = browser.new_context(viewport=WINDOW, color_scheme="light")
    window.add_init_script(path=HERE / "probe.js")
    return window


def _scene(browser: Browser, url: str, year: str, codes: tuple[str, ...]) -> Scene:
    """The view of England that our map opens with; the peers are given the same."""
    window = new_window(browser)
    page = window.new_page()
    page.goto(url)
    page.wait_for_function("window.careAtlas?.maps?.map?.paintedRevision >= 1")
    page.wait_for_load_state("networkidle")
    view = page.evaluate(
        """() => {
          const { map } = careAtlas.maps.map.surface;
          const [{ lat, lng }, { x, y }] = [map.getCenter(), map.getSize()];
          return { latitude: lat, longitude: lng, zoom: map.getZoom(), width: x, height: y };
        }"""
    )
    window.close()
    return Scene(year, codes, **view)
