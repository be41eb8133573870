"""The page on a phone, as a stranger with a finger meets it: a link shows what it names, a touch
means what is ringed, and the figures have the room. PEERS: a phone in a meeting; HOUSE: n of N.
"""

import re
from collections.abc import Iterator
from itertools import pairwise

import polars as pl
import pytest
from playwright.sync_api import Browser, Page, expect

from engine import Lake, Question, answer
from engine.atlas.search import places
from tests.app.window import Window

pytestmark = pytest.mark.browser

YEAR = "2021-22"
ASKED = f"?indicator=COPD010&year={YEAR}"
LISTENING = "() => window.Shiny?.shinyapp?.isConnected() && window.careAtlas?.maps.map?.paints > 0"
ARRIVED = "() => careAtlas.maps.map?.surface?.map.getZoom() >= 7 && careAtlas.maps.map.sought >= 0"


@pytest.fixture(scope="module")
def some(lake: Lake) -> dict:
    """A practice that has a place and a figure."""
    placed = places(lake).drop_nulls("latitude").select("organisation_code").unique()
    rows = answer(lake, Question("COPD010", YEAR)).filter(pl.col("value").is_not_null())
    on_the_map = rows.join(placed, on="organisation_code")
    return on_the_map.sort("organisation_code").collect().row(0, named=True)


@pytest.fixture(scope="module", params=[360, 390])
def pocket(browser: Browser, request: pytest.FixtureRequest) -> Iterator[Window]:
    size = {"width": request.param, "height": 844}
    window = Window(browser, viewport=size, has_touch=True, is_mobile=True)
    yield window
    window.close()


@pytest.fixture
def phone(pocket: Window) -> Iterator[Page]:
    yield pocket.page()
    pocket.forget()


@pytest.mark.parametrize("tab, name", [("trend", "Trend"), ("one", "Organisation")])
def test_a_link_to_a_tab_opens_on_that_tab(phone: Page, atlas: str, some: dict, tab, name):
    phone.goto(f"{atlas}{ASKED}&tab={tab}&selected={some['organisation_code']}")
    expect(phone.locator(f"#{tab}")).not_to_be_empty()
    expect(phone.locator(f"#{tab}")).to_be_visible()
    second = phone.locator("[data-shows-part=table]")
    expect(second).to_have_text(name)
    expect(second).to_have_attribute("aria-pressed", "true")


def test_the_switch_says_which_tab_it_leads_to(phone: Page, atlas: str):
    phone.goto(f"{atlas}{ASKED}&tab=gap")
    phone.wait_for_function(LISTENING.replace("paints > 0", "cast"))
    phone.locator("#tab_funnel").click()
    expect(phone.locator("[data-shows-part=table]")).to_have_text("Funnel")


def test_a_link_to_a_practice_begins_there_with_its_figure(phone: Page, atlas: str, some: dict):
    phone.goto(f"{atlas}{ASKED}&selected={some['organisation_code']}")
    phone.wait_for_function(ARRIVED)
    strip = phone.locator("#picked button")
    expect(strip).to_contain_text(f"{some['value']:.1f} %")
    expect(strip).to_contain_text(f"{some['numerator']:,} of {some['denominator']:,}")
    assert phone.evaluate("careAtlas.maps.map.surface.inView(careAtlas.maps.map.selected)")
    strip.tap()
    expect(phone.locator("#one")).to_be_visible()
    expect(phone.locator("#one")).to_contain_text(some["organisation_code"])


def test_a_touch_beside_the_ringed_dot_keeps_it(phone: Page, atlas: str, some: dict):
    phone.goto(f"{atlas}{ASKED}&selected={some['organisation_code']}")
    phone.wait_for_function(ARRIVED)
    chosen = phone.evaluate("careAtlas.maps.map.selected")
    touch(phone, chosen, aside=9)
    expect(phone.locator("#map .points-tip")).to_be_visible()
    assert phone.evaluate("careAtlas.maps.map.selected") == chosen
    expect(phone.locator("#picked button")).to_contain_text(f"{some['value']:.1f} %")


def test_a_touch_where_several_lie_comes_nearer_first(phone: Page, atlas: str):
    phone.goto(atlas + ASKED)
    phone.wait_for_function(LISTENING)
    crowd = phone.evaluate("""() => {
      const { surface, cast } = careAtlas.maps.map;
      const near = (i) => surface.within(surface.x[i], surface.y[i], 20).length;
      const many = (i) => (surface.shows(i) ? near(i) : 0);
      return [...cast.order].reduce((a, b) => (many(b) > many(a) ? b : a));
    }""")
    before = phone.evaluate("careAtlas.maps.map.surface.map.getZoom()")
    touch(phone, crowd)
    nearer = "(before) => careAtlas.maps.map.surface.map.getZoom() > before + 1"
    phone.wait_for_function(nearer, arg=before)
    assert phone.evaluate("careAtlas.maps.map.selected") == -1


def test_the_page_of_a_practice_is_short_and_whole(phone: Page, atlas: str, some: dict):
    phone.goto(f"{atlas}practice/{some['organisation_code']}?year={YEAR}")
    rows = phone.locator(".atlas-profile tbody tr:has(td)")
    tall = rows.evaluate_all("(rows) => rows.map((row) => row.getBoundingClientRect().height)")
    assert sorted(tall)[len(tall) // 2] <= 56  # what it is, its figure, whom it is held against
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    row = rows.filter(has_text="COPD010")
    expect(row).to_contain_text(f"{some['numerator']:,} of {some['denominator']:,}")
    said = row.locator("td[data-whom]").evaluate_all("(cells) => cells.map((c) => c.dataset.whom)")
    assert said == ["England", "ICB"]


def test_what_a_practice_is_held_against_has_its_percentage(
    phone: Page, atlas: str, lake: Lake, some: dict
):
    phone.goto(f"{atlas}practice/{some['organisation_code']}?year={YEAR}")
    england = answer(lake, Question("COPD010", YEAR, "england")).collect()["value"][0]
    row = phone.locator(".atlas-profile tbody tr", has_text="COPD010")
    against = row.locator("td[data-whom=England]")
    expect(against.locator("small")).to_be_visible()
    # In the words of the line: higher than England’s 65.5 %.
    expect(against).to_have_text(re.compile(f"England’s {england:.1f} %$"), use_inner_text=True)
    icb = row.locator("td[data-whom=ICB]")
    expect(icb).to_have_text(re.compile(r"ICB’s \d+\.\d %$"), use_inner_text=True)


def test_the_conditions_of_a_practice_can_be_gone_to(phone: Page, atlas: str, some: dict):
    phone.goto(f"{atlas}practice/{some['organisation_code']}?year={YEAR}")
    for name in ("Conditions", "On this page"):
        for link in phone.get_by_role("navigation", name=name).get_by_role("link").all():
            expect(phone.locator(link.get_attribute("href"))).to_have_count(1)
    phone.get_by_role("navigation", name="Conditions").get_by_role("link").last.tap()
    expect(phone.locator(".atlas-group-name").last).to_be_in_viewport()


def test_the_map_has_half_of_the_screen_and_no_page_scrolls_into_nothing(phone: Page, atlas: str):
    phone.goto(atlas + ASKED)
    phone.wait_for_function(LISTENING)
    expect(phone.locator("#map_legend li").last).to_be_visible()  # its lines take room
    assert phone.locator("#map").bounding_box()["height"] > 844 / 2
    phone.get_by_role("button", name="Table", exact=True).tap()
    expect(phone.locator("#comparison tbody tr").first).to_be_visible()
    size = "[document.documentElement.scrollHeight, innerHeight]"
    tall, high = phone.evaluate(size)
    assert tall <= high


def test_a_tab_has_most_of_the_screen(phone: Page, atlas: str, some: dict):
    phone.goto(f"{atlas}{ASKED}&tab=one&selected={some['organisation_code']}")
    expect(phone.locator("#one")).not_to_be_empty()
    assert phone.locator("#panel_one").bounding_box()["height"] > 500
    phone.get_by_role("button", name="Sources").tap()
    expect(phone.get_by_role("link", name="How these numbers are made")).to_be_visible()


def test_a_card_needs_no_scrolling_sideways(phone: Page, atlas: str, some: dict):
    phone.goto(f"{atlas}practice/{some['organisation_code']}?year={YEAR}")
    phone.get_by_role("link", name="COPD010", exact=True).tap()
    expect(phone.locator("#one")).to_contain_text("To the next band")
    assert phone.locator("#one").evaluate("(card) => card.scrollWidth <= card.clientWidth")


def test_search_is_a_glass_that_opens(phone: Page, atlas: str):
    phone.goto(atlas + ASKED)
    box = phone.get_by_label("Find a practice or an area")
    assert box.bounding_box()["width"] < 48
    box.tap()
    assert box.bounding_box()["width"] > 300


def test_the_columns_to_choose_from_are_in_the_window(phone: Page, atlas: str):
    phone.goto(atlas + ASKED)
    phone.wait_for_function(LISTENING)
    phone.get_by_role("button", name="Table", exact=True).tap()
    phone.get_by_text("Columns", exact=True).tap()
    expect(phone.locator("#columns")).to_be_visible()
    box = phone.locator("#columns").bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= phone.viewport_size["width"]
    label = phone.locator("#columns").get_by_text("Registered patients")
    assert label.bounding_box()["height"] < 30  # on one line


def test_in_a_short_window_nothing_lies_over_anything(page: Page, atlas: str, some: dict):
    page.set_viewport_size({"width": 640, "height": 450})  # 1280 by 900 at 200 %
    page.goto(f"{atlas}{ASKED}&selected={some['organisation_code']}")
    page.wait_for_function(ARRIVED)
    expect(page.locator("#picked button")).to_be_visible()
    parts = ("#title", "#map", "#picked", ".atlas-footer")
    boxes = [page.locator(part).first.bounding_box() for part in parts]
    for above, below in pairwise(boxes):
        assert above["y"] + above["height"] <= below["y"] + 1
    assert boxes[1]["height"] >= 120
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_what_peers_are_alike_in_is_folded(phone: Page, atlas: str, some: dict):
    phone.goto(f"{atlas}{ASKED}&tab=peers&selected={some['organisation_code']}")
    tick = phone.locator("#like").get_by_label("Registered patients")
    expect(tick).to_be_hidden()
    phone.get_by_text("Alike in …").tap()
    expect(tick).to_be_visible()


def test_the_hint_is_for_those_who_come_without_a_question(phone: Page, atlas: str):
    phone.goto(atlas + ASKED)
    phone.wait_for_function(LISTENING)
    expect(phone.locator(".atlas-hint")).to_have_count(0)
    phone.goto(atlas)
    expect(phone.locator(".atlas-hint")).to_be_visible()


def test_two_years_have_both_their_outlines_and_their_england(page: Page, atlas: str):
    page.set_viewport_size({"width": 1440, "height": 900})
    page.goto(f"{atlas}{ASKED}&level=icb&against=2020-21")
    drawn = "(id) => careAtlas.maps[id]?.surface?.outlines.drawn > 0"
    for one in ("map", "map_before"):
        page.wait_for_function(drawn, arg=one)
    box = page.locator(".atlas-outlined").bounding_box()
    for caption in ("#caption_now", "#caption_before"):
        said = page.locator(caption).bounding_box()
        assert said["y"] + said["height"] <= box["y"]


def test_two_years_side_by_side_show_all_of_england_on_a_phone(phone: Page, atlas: str):
    phone.goto(f"{atlas}{ASKED}&level=icb&against=2020-21")
    for one in ("map", "map_before"):
        # From the Isles of Scilly to Berwick: one over the other, each map was too low for it.
        phone.wait_for_function(
            "(id) => { const seen = careAtlas.maps[id]?.surface?.map.getBounds();"
            " return seen?.getSouth() < 49.9 && seen.getNorth() > 55.8; }",
            arg=one,
        )


def touch(phone: Page, point: int, *, aside: int = 0) -> None:
    """Puts a finger on a point of the map, or some pixels beside it."""
    map_ = phone.locator("#map .leaflet-container").bounding_box()
    at = phone.evaluate("(point) => careAtlas.maps.map.pointToPixel(point)", point)
    phone.touchscreen.tap(map_["x"] + at["x"] + aside, map_["y"] + at["y"])
