"""The claims page in a browser: from a choice in its form to the page that shows it.

Each choice is one that nobody has made before, so that nothing that is kept answers it. Beside the
time that a reader waits stands the server's processor time, which a busy machine bends less.
"""

import time
from typing import Any

from playwright.sync_api import Page, sync_playwright

from engine import Lake
from tests.bench.contest import HERMETIC, new_window
from tests.bench.figures import Figure, median, p95
from tests.bench.servers import processor_time, serving
from tests.browser import ARGUMENTS, on_path

FEW, MANY = 300, 1_000  # milliseconds that a change may take, below and from a million claims on
MILLION = 1_000_000
APP = ("shiny", "run", "app.main:app")
PATIENCE = 180_000  # milliseconds: a first view of millions of claims on a machine that is busy
TABS = ("cost", "plans", "providers", "diagnoses", "network", "trends")
# Ends at the frame after the one in which the page has put the answer in.
CHANGE = """async ([name, value]) => {
  const frame = () => new Promise(requestAnimationFrame);
  const main = document.querySelector("main");
  const shown = main.dataset.shown;
  const select = document.querySelector(`#asked [name=${name}]`);
  const start = performance.now();
  select.value = value;
  select.dispatchEvent(new Event("change", { bubbles: true }));
  while (main.dataset.shown === shown) {
    if (performance.now() - start > 60_000) throw new Error(`not shown: ${name} ${value}`);
    await frame();
  }
  await frame();
  return performance.now() - start;
}"""
CHOICES = """() => [...document.querySelectorAll("#asked select")].map((select) =>
  [select.name, [...select.options].map(({ value }) => value)])"""


def measure(lake: Lake, *, changes: int) -> list[Figure]:
    """Milliseconds a change, and of the server's processor; nothing where there are no claims."""
    if not lake.has("fact_claim"):
        return []
    claims = sum(file["rows"] for file in lake.files("fact_claim"))
    data = lake.layout.root
    with (
        # Not its first page: that is the atlas's, and of a lake of millions it keeps who waits.
        serving(*APP, data=data, ready="/healthz/ready", CARE_ATLAS_API_RATE="0") as (url, server),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=on_path(), args=[*ARGUMENTS, HERMETIC])
        page = new_window(browser).new_page()
        page.set_default_timeout(PATIENCE)
        waited, worked = [], []
        for tab in TABS:
            page.goto(f"{url}/claims?tab={tab}")
            page.wait_for_function("document.querySelector('#plot_main[data-drawn]')")
            for name, value in _choices(page, changes):
                before = processor_time(server)
                waited.append(page.evaluate(CHANGE, [name, value]))
                worked.append(processor_time(server) - before)
                time.sleep(0.1)  # what comes later is asked for by who stays; nobody does here
        browser.close()
    most = FEW if claims < MILLION else MANY
    said = f"{claims:,} claims, {len(waited)} changes"
    return [
        Figure(f"a change of the page, p95, {said}", "ms", p95(waited), at_most=most),
        Figure(f"a change of the page, median, {said}", "ms", median(waited)),
        Figure(f"of the server’s processor, p95, {said}", "ms", p95(worked)),
        Figure(f"of the server’s processor, median, {said}", "ms", median(worked)),
    ]


def _choices(page: Page, changes: int) -> list[tuple[str, str]]:
    """So many choices of a tab: rows, what it is held against, a filter, and months."""
    there: dict[str, list[str]] = dict(page.evaluate(CHOICES))
    wanted: list[tuple[str, Any]] = [
        *(("by", value) for value in ("region", "plan_id", "provider_specialty", "age_group")),
        ("against", "period"),
        ("from", there["from"][6]),
        *((name, there[name][1]) for name in ("metal_tier", "region") if name in there),
        ("then", "region"),
    ]
    return [(name, value) for name, value in wanted if value in there.get(name, ())][:changes]
