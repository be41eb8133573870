"""From place to place in Chromium: breadcrumb, opening an area, outlines, today's boundaries."""

import re
from dataclasses import replace

import polars as pl
import pytest
from playwright.sync_api import Locator, Page, expect

from app.atlas.drawing.breadcrumbs import AROUND, OUTLINED
from app.atlas.effects.whereabouts import outlined
from app.atlas.frames import area_name
from engine import Lake, Question, answer
from engine.atlas.geography import organisations
from engine.atlas.territory import beside, territories
from tests.app.test_practices import ASKED, rows_of

pytestmark = pytest.mark.browser
YEAR = "2021-22"


def biggest(lake: Lake, level: str, geography: str = "published") -> dict:
    """The organisation of a level that has most practices."""
    rows = organisations(lake, geography, YEAR).filter(pl.col("level") == level)
    return rows.sort("practices", "organisation_code").collect().row(-1, named=True)


def wanted(lake: Lake, area: str, level: str) -> set[str]:
    asked = Question("COPD010", YEAR, level, area=area)
    rows = answer(lake, asked).collect().drop_nulls(["numerator", "denominator"])
    return set(rows["organisation_code"])


def way(page: Page) -> Locator:
    return page.locator(".atlas-crumbs-way button")


def listed(page: Page, codes: set[str]) -> None:
    """The table comes to list these organisations and no others."""
    page.wait_for_function(
        """codes => {
          const rows = [...document.querySelectorAll('#comparison tbody tr')];
          return rows.length === codes.length && rows.every(r => codes.includes(r.dataset.code));
        }""",
        arg=sorted(codes),
    )


def linked(page: Page, said: str) -> None:
    """The link comes to say this."""
    page.wait_for_function("said => location.search.includes(said)", arg=said)


def open_icb(page: Page, code: str, words: str) -> None:
    page.locator(f'#comparison tr[data-code="{code}"] button').first.click()
    page.locator(".atlas-crumbs-down").get_by_role("button", name=words).click()


def test_a_selected_board_opens_into_its_networks_and_the_breadcrumb_leads_back(
    open_page, lake: Lake
):
    icb = biggest(lake, "icb")
    area = f"icb:{icb['organisation_code']}"
    page = open_page(ASKED + "&level=icb")
    open_icb(page, icb["organisation_code"], "PCNs")
    listed(page, wanted(lake, area, "pcn"))
    linked(page, f"level=pcn&area={area}")
    expect(way(page)).to_have_count(3)
    expect(way(page).first).to_have_text("England")
    expect(page.locator(".atlas-crumbs-way [aria-current=location]")).to_have_count(1)
    page.locator(".atlas-crumbs-way").get_by_role(
        "button", name=icb["parent_name"], exact=True
    ).click()
    listed(page, wanted(lake, f"region:{icb['parent_code']}", "pcn"))
    linked(page, f"area=region:{icb['parent_code']}")
    page.go_back()
    listed(page, wanted(lake, area, "pcn"))


def test_a_link_to_a_network_works_though_no_network_is_on_offer(open_page, lake: Lake):
    pcn = biggest(lake, "pcn")
    area = f"pcn:{pcn['organisation_code']}"
    page = open_page(f"{ASKED}&area={area}")
    listed(page, wanted(lake, area, "practice"))
    expect(way(page)).to_have_count(5)
    expect(way(page).last).to_have_text(re.compile(re.escape(pcn["organisation_name"]) + "$"))
    page.locator("#year").select_option("2022-23")
    linked(page, "year=2022-23")
    linked(page, f"area={area}")


def test_an_area_that_nobody_knows_gives_way_to_england_with_a_sentence(open_page):
    page = open_page(ASKED)
    page.goto(page.url + "&area=icb:QQQ")
    expect(page.locator("#notes")).to_contain_text("QQQ")
    page.wait_for_function("() => !location.search.includes('QQQ')")
    expect(page.locator("#comparison tbody tr").first).to_be_visible()


def test_enter_twice_on_a_dot_shows_what_is_in_it(open_page, lake: Lake):
    page = open_page(ASKED + "&level=region")
    page.wait_for_function("() => window.careAtlas.maps.map.cast?.codes")
    dots = page.locator("canvas.points-dots")
    dots.focus()
    for key in ("ArrowDown", "Enter"):
        dots.press(key)
    expect(page.locator(".atlas-crumbs-down")).to_be_visible()
    code = page.evaluate("() => { const m = careAtlas.maps.map; return m.cast.codes[m.selected]; }")
    dots.press("Enter")
    listed(page, wanted(lake, f"region:{code}", "icb"))


def test_a_double_click_on_a_dot_shows_what_is_in_it(open_page, lake: Lake):
    icb = biggest(lake, "icb")["organisation_code"]
    page = open_page(ASKED + "&level=icb")
    page.wait_for_function(
        "() => { const { map } = window.careAtlas.maps; return map.cast?.codes && map.paints }"
    )
    at = page.evaluate(
        "code => careAtlas.maps.map.pointToPixel(careAtlas.maps.map.cast.codes.indexOf(code))", icb
    )
    page.locator("canvas.points-dots").dblclick(position=at)
    listed(page, wanted(lake, f"icb:{icb}", "sub_icb"))


def test_every_area_with_a_shape_is_outlined_and_said_to_be_no_boundary(open_page, lake: Lake):
    page = open_page(ASKED + "&level=icb")
    shapes = territories(lake, "icb", YEAR).collect().height
    page.wait_for_function(
        f"() => window.careAtlas?.maps.map?.surface?.outlines.drawn === {shapes}"
    )
    expect(page.locator("#outlines_said")).to_have_text(OUTLINED)
    page.get_by_label("Outlines").uncheck()
    expect(page.locator("#outlines_said")).to_be_hidden()
    page.wait_for_function("() => window.careAtlas?.maps.map?.surface?.outlines.drawn === 0")


def test_all_of_englands_practices_are_not_outlined_but_an_area_is(open_page, lake: Lake):
    page = open_page(ASKED)
    page.wait_for_function("() => careAtlas.maps.map.paints > 0")
    expect(page.locator(".atlas-outlined")).to_be_hidden()
    code = biggest(lake, "icb")["organisation_code"]
    own = territories(lake, "icb", YEAR).filter(organisation_code=code).collect().height
    page.goto(f"{page.url}&area=icb:{code}")
    page.wait_for_function(f"() => window.careAtlas?.maps.map?.surface?.outlines.drawn === {own}")


def test_a_networks_map_shows_its_neighbours_faintly_and_no_network_from_afar(
    open_page, lake: Lake
):
    code = biggest(lake, "pcn")["organisation_code"]
    about = beside(territories(lake, "pcn", YEAR), code).collect()
    near = about.filter(~pl.col("is_own"))["organisation_code"].unique()
    there = lake.scan("practice_geography", YEAR).filter(pl.col("pcn_code").is_in(near.implode()))
    codes = set(there.collect()["practice_code"])
    assert codes
    page = open_page(f"{ASKED}&area=pcn:{code}")
    page.wait_for_function(
        f"() => window.careAtlas?.maps.map?.surface?.outlines.drawn === {about.height}"
    )
    shown = "() => careAtlas.maps.map.outline.around.map(i => careAtlas.maps.map.cast.codes[i])"
    assert set(page.evaluate(shown)) == codes
    expect(page.locator("#outlines_said")).to_have_text(OUTLINED + AROUND)
    # Specks are not drawn: twenty pixels across the middling one are wanted.
    drawn_at = """(pixels) => {
        const { surface, outline } = careAtlas.maps.map;
        outline.across = pixels / (256 * 2 ** surface.map.getZoom());
        surface.paint();
        return surface.outlines.drawn;
    }"""
    assert [page.evaluate(drawn_at, pixels) for pixels in (19.9, 20.1)] == [0, about.height]


def test_the_networks_of_england_are_sent_once_they_can_be_told_apart(open_page, lake: Lake):
    rings = territories(lake, "pcn", YEAR).drop_nulls("ring").collect().height
    page = open_page("?indicator=COPD010&year=2021-22&level=practice")
    # These few networks are so wide that they are asked for at once: all that comes is kept.
    page.evaluate(
        """() => { window.came = []; document.addEventListener("atlas-outlines", () => {
            const { outline, outlines } = careAtlas.maps.map;
            const networks = [...outlines.keys()].find((key) => key.includes(" pcn"));
            if (outline && outline === outlines.get(networks)) came.push(outline.of.length);
        }); }"""
    )
    page.locator("#level input[value=pcn]").check()
    page.wait_for_function(f"() => came.includes({rings})")
    page.wait_for_function(f"() => careAtlas.maps.map.surface.outlines.drawn === {rings}")
    came = page.evaluate("came")
    assert set(came) == {0, rings} and came == sorted(came)
    asked_at = """async (pixels) => {
        const { Unsent } = await import("./points/outlines.js");
        const { map } = careAtlas.maps;
        let asked = 0;
        const across = pixels / (256 * 2 ** map.surface.map.getZoom());
        map.outline = new Unsent({ cast: map.cast.key, across }, () => asked++);
        map.surface.paint();
        map.surface.paint();
        return asked;
    }"""
    assert [page.evaluate(asked_at, pixels) for pixels in (19.9, 20.1)] == [0, 1]


def test_todays_boundaries_show_todays_boards_and_say_so(open_page, lake: Lake):
    """PEERS want 7: two clocks of geography; the April 2026 mergers on a year before them."""
    page = open_page(ASKED + "&level=icb")
    published = set(rows_of(page))
    page.get_by_text("Compare like with like").click()
    page.locator("#geography").select_option("today")
    today = organisations(lake, "today", YEAR).filter(pl.col("level") == "icb").collect()
    listed(page, set(today["organisation_code"]))
    assert set(today["organisation_code"]) != published
    expect(page.locator("#crumbs")).to_contain_text("Boundaries of April 2026")
    england = answer(lake, Question("COPD010", YEAR, "england")).collect()["value"][0]
    expect(page.locator(".atlas-boxes")).to_contain_text(f"{england:.1f} %")
    page.wait_for_function(f"() => careAtlas.maps.map.codes.length === {today.height}")
    linked(page, "geography=today")
    page.reload()
    listed(page, set(today["organisation_code"]))


def test_a_group_is_not_shown_as_the_whole_of_its_boards(lake: Lake):
    """A board filled in the colour of three of its practices would be taken for its own."""
    asked = Question("COPD010", YEAR, "icb", area="group:A81001.A81002")
    assert outlined(asked) == ("", "")
    assert outlined(replace(asked, area="")) == ("icb", "")
    assert outlined(replace(asked, area="region:Y63")) == ("icb", "")
    assert outlined(replace(asked, level="practice", area="icb:QOP")) == ("icb", "QOP")


def test_a_group_is_of_as_many_as_the_year_has(lake: Lake):
    codes = lake.scan("practice_geography", YEAR).head(3).collect()["practice_code"]
    area = "group:" + ".".join([*codes, "X99999"])
    assert area_name(lake, Question("COPD010", YEAR, area=area)) == "A group of 3 practices"


def test_everything_is_in_view_again_after_somebody_lost_the_way(open_page):
    page = open_page(ASKED)
    page.wait_for_function("() => careAtlas.maps.map?.paints > 0")
    view = """() => {
        const { map } = careAtlas.maps.map.surface;
        return [map.getZoom(), ...Object.values(map.getCenter())];
    }"""
    began = page.evaluate(view)
    page.evaluate("careAtlas.maps.map.surface.map.setView([58, 5], 12, { animate: false })")
    assert page.evaluate(view) != began
    page.get_by_role("button", name="Show all of it on the map").click()
    assert page.evaluate(view) == pytest.approx(began, abs=0.01)
