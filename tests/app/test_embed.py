"""The map alone, in somebody else's page: what the link says, a source, a way to the whole."""

import httpx
import pytest
from playwright.sync_api import Page, expect

from engine import Lake, Question, answer
from engine.atlas.years import qof_years

FRAME = '<iframe src="{address}" style="width:800px;height:600px" title="Map"></iframe>'
CODES = "window.careAtlas?.maps.map?.cast?.length ?? 0"

pytestmark = pytest.mark.browser


@pytest.fixture
def said(page: Page) -> list[str]:
    """What the page's console calls an error, and every request to another host."""
    heard: list[str] = []
    page.on("console", lambda m: m.type == "error" and heard.append(m.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    page.on(
        "request",
        lambda r: "127.0.0.1" in r.url or r.url[:5] in ("data:", "blob:") or heard.append(r.url),
    )
    return heard


def test_it_is_drawn_in_a_frame_and_names_its_source(
    page: Page, atlas: str, lake: Lake, said: list[str]
):
    theirs = "http://127.0.0.1:54321/"  # another origin; nobody is asked there
    body = FRAME.format(address=f"{atlas}embed?indicator=HYP008&level=icb")
    page.route(theirs, lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto(theirs)
    inside = page.frame_locator("iframe")
    expect(inside.get_by_role("heading")).to_contain_text(qof_years(lake)[-1])
    inside.locator("canvas").first.wait_for()
    expect(inside.locator("footer")).to_contain_text("Quality and Outcomes Framework")
    link = inside.get_by_role("link", name="Open in Care Atlas")
    expect(link).to_have_attribute(
        "href", f"../?indicator=HYP008&year={qof_years(lake)[-1]}&level=icb"
    )
    frame = page.frames[1]
    boards = answer(lake, Question("HYP008", qof_years(lake)[-1], "icb")).collect().height
    frame.wait_for_function(f"({CODES}) === {boards}")
    assert said == []


def test_the_whole_page_asks_no_other_host_and_breaks_no_policy(
    page: Page, atlas: str, said: list[str]
):
    page.goto(atlas)
    page.get_by_role("table").wait_for()
    page.wait_for_function(f"({CODES}) > 0")
    assert said == []


def test_only_the_embed_may_be_framed_by_anybody(atlas: str):
    policies = {
        path: httpx.get(atlas + path).headers["Content-Security-Policy"]
        for path in ("", "about", "embed/", "receipt", "api/v1", "api/v1/changes")
    }
    assert [path for path, said in policies.items() if "frame-ancestors" not in said] == ["embed/"]


@pytest.mark.parametrize("query", ["", "?indicator=ZZZ999&year=1066&level=moon", "?area=icb:%00"])
def test_a_link_that_means_nothing_still_opens_with_a_map(atlas: str, query: str):
    """DOMAIN 3: bookmarks naming a retired indicator."""
    page = httpx.get(f"{atlas}embed/{query}")
    assert page.status_code == 200 and 'id="map"' in page.text


def test_every_fifth_is_shown_whatever_bands_the_achievement_has(page: Page, atlas: str):
    page.goto(f"{atlas}embed/?indicator=HYP008&level=icb&bands=brief&colour=list_size")
    page.wait_for_function(f"({CODES}) > 0")
    ticked = page.locator("input[name=band]:checked")
    assert [box.get_attribute("value") for box in ticked.all()] == ["0", "1", "2", "3", "4", "none"]
