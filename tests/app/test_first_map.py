"""The first ten seconds: the page says and shows what it is of before any library has run."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.app.waiting import PATIENCE

pytestmark = pytest.mark.browser

LIBRARY = "**/libembed-amd.js"  # the widgets' megabyte: without it no map of Leaflet's comes
HAS_PAINTED = "performance.getEntriesByName('first-map').length === 1"
IS_MAPPED = "window.careAtlas?.maps?.map?.paintedRevision >= 1"
# Where pixels of dots are: opaque and in no shade of grey, as land and ground are.
DOTS = """(canvas) => {
  const { width, height } = canvas;
  const pixels = canvas.getContext('2d').getImageData(0, 0, width, height).data;
  const found = [];
  for (let i = 0; i < pixels.length; i += 4)
    if (pixels[i + 3] === 255) found.push([i / 4, pixels[i], pixels[i + 1], pixels[i + 2]].join());
  return found;
}"""


@pytest.fixture(scope="module")
def waiting(browser: Browser) -> Iterator[Page]:
    """A window to which the widgets never come, and never came: it has none of them kept."""
    page = browser.new_page()
    page.set_default_timeout(1000 * PATIENCE)
    page.route(LIBRARY, lambda route: None)
    yield page
    page.close()


def first(page: Page, address: str) -> None:
    """Open a page, and wait for its first map."""
    page.goto(address, wait_until="commit")
    page.wait_for_function(HAS_PAINTED)


@pytest.mark.parametrize("query", ["", "?level=icb", "?area=icb:QOP", "?bands=brief&hide=0,none"])
def test_the_first_map_is_the_map(waiting: Page, page: Page, atlas: str, query: str):
    first(waiting, atlas + query)
    painted = waiting.locator(".points-first canvas").last.evaluate(DOTS)
    page.goto(atlas + query)
    page.wait_for_function(IS_MAPPED)
    real = page.locator("#map canvas.points-dots").evaluate(DOTS)
    assert len(painted) > 100
    assert painted == real, "the same dots at the same pixels: nothing moves when it takes over"
    expect(page.locator(".points-first")).to_have_count(0)


def test_it_says_what_it_is_of_before_anything_has_run(waiting: Page, atlas: str):
    first(waiting, f"{atlas}?level=icb")
    expect(waiting.locator("#title h1")).not_to_contain_text("Loading")
    expect(waiting.locator("#provenance")).to_contain_text("Demonstration data")
    expect(waiting.locator("#boxes")).to_contain_text("England")


def test_where_the_map_will_begin_elsewhere_no_first_one_is_shown(page: Page, atlas: str):
    for query in ("?selected=A81001", "?size=list_size", "?level=icb&against=2024-25"):
        page.goto(atlas + query)
        page.wait_for_function(IS_MAPPED)
        assert page.evaluate("performance.getEntriesByName('first-map').length") == 0, query


def test_without_scripts_there_is_the_table_of_the_view(browser: Browser, atlas: str):
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{atlas}?level=region")
    table = page.get_by_role("table")
    expect(table.get_by_role("row")).to_have_count(8)  # its header, and the seven regions
    expect(page.locator("#title h1")).to_be_visible()
    page.goto(f"{atlas}?level=region&find=london")
    expect(table.get_by_role("row")).to_have_count(2)
    expect(table.get_by_role("row").last).to_contain_text("London")
    page.goto(f"{atlas}?level=region&colour=deprivation&hide=1,2,3,4,none,unreported")
    # The lowest fifth of seven ends at place 0.2 x 6 = 1.2, counted from 0: two lie below it.
    expect(table.get_by_role("row")).to_have_count(1 + 2)
    # What needs a script is not there; a form asks for another view, and one place says why.
    expect(page.get_by_text("Loading the table")).to_be_hidden()
    form = page.get_by_role("form", name="What to show")
    form.locator("[name=year]").select_option("2021-22")
    form.locator("[name=indicator]").select_option("COPD010")
    form.get_by_role("button", name="Show").click()
    expect(page.locator("#title h1")).to_contain_text("2021-22")
    expect(table.get_by_role("row")).to_have_count(8)
    expect(page.get_by_role("link", name="All of it as CSV")).to_have_attribute(
        "href", "api/v1/achievement?indicator=COPD010&year=2021-22&level=region&format=csv"
    )
    end, foot = table.bounding_box(), page.locator("#provenance").bounding_box()
    assert end["y"] + end["height"] <= foot["y"]  # nothing lies over the table
    page.goto(f"{atlas}?level=region&indicator=NOPE1")
    expect(page.locator(".atlas-unscripted .atlas-note")).to_contain_text(
        "asks for indicator NOPE1"
    )
    context.close()
