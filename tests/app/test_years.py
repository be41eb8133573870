"""Another year beside this one: two maps that move as one, and the change between the years."""

import re

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.catalogue import Catalogue
from app.atlas.controls import read
from app.atlas.drawing.year_change import break_words, points_moved
from app.atlas.year_comparison import years_on_offer
from engine import Lake, Question, answer
from engine.atlas.year_change import NOT_LOADED, WORDS, change

browser = pytest.mark.browser
ASKED = "?indicator=DM020&year=2022-23&against=2021-22"
BOTH = "() => careAtlas?.maps.map?.paints > 0 && careAtlas?.maps.map_before?.paints > 0"


def paired(open_page, query: str = ASKED) -> Page:
    page = open_page(query)
    page.wait_for_function(BOTH)
    return page


def test_a_link_to_a_year_that_is_not_there_says_so(lake: Lake):
    there = Catalogue(lake.scan("indicator").filter(pl.col("practices") > 0).collect())
    asked = {"indicator": "DM020", "year": "2022-23", "against": "1999-00", "compare_as": "x"}
    view, notes = read(asked, there)
    assert (view.against, view.compare_as) == ("", "side")
    assert any("1999-00" in note for note in notes)


def test_a_year_is_offered_with_what_parts_it(lake: Lake):
    """An address opens it either way; whoever chooses it knows before."""
    there = lake.scan("indicator").filter(pl.col("practices") > 0, pl.col("year") != "2020-21")
    offered = years_on_offer(Catalogue(there.collect()), "OB", "2021-22")
    assert offered["2022-23"] == "2022-23"
    assert offered["2019-20"] == "2019-20 (a year between is not loaded)"
    assert offered["2024-25"] == "2024-25 (break in series between)"


def test_years_that_are_not_loaded_are_told_once_and_no_break_is_made_up():
    broken = [(year, NOT_LOADED) for year in ("2015-16", "2016-17", "2018-19")]
    said = break_words(broken, "2014-15", "2019-20")
    assert said.startswith("A break in series may lie between 2014-15 and 2019-20 (2015-16 to 20")
    assert said.count(NOT_LOADED) == 2 and "; 2018-19: nothing is loaded" in said
    one = break_words([*broken, ("2019-20", "New.")], "2014-15", "2019-20")
    assert "A break in series lies between" in one and "; 2019-20: New)" in one


@browser
def test_the_second_map_is_not_made_until_it_is_wanted(open_page):
    page = open_page("?indicator=DM020&year=2022-23")
    page.wait_for_function("() => careAtlas?.maps.map?.paints > 0")
    expect(page.locator("#map_before .leaflet-container")).to_have_count(0)
    page.get_by_text("Compare like with like").click()
    page.get_by_label("Compare with year").select_option("2021-22")
    page.wait_for_function(BOTH)
    page.get_by_label("Compare with year").select_option("")
    expect(page.locator("#figure_before")).to_be_hidden()
    page.get_by_label("Compare with year").select_option("2020-21")
    expect(page.locator("#caption_before")).to_contain_text("2020-21")
    expect(page.locator("#map_before .leaflet-container")).to_have_count(1)


@browser
def test_each_map_shows_its_own_year(open_page, lake: Lake):
    """PEERS want 1: change against an earlier period."""
    page = paired(open_page)
    for name, map_id, year in (("now", "map", "2022-23"), ("before", "map_before", "2021-22")):
        rows = answer(lake, Question("DM020", year)).collect()
        england = answer(lake, Question("DM020", year, "england")).collect()["value"][0]
        expect(page.locator(f"#caption_{name}")).to_have_text(f"{year} England {england:.1f} %")
        top = f"[...careAtlas.maps.{map_id}.codes].filter(code => (code & 15) === 4).length"
        assert page.evaluate(top) == rows.filter(pl.col("band") == 4).height


@browser
def test_the_maps_move_and_choose_as_one(open_page):
    page = paired(open_page)
    page.evaluate("() => careAtlas.maps.map.surface.map.setView([51.5, -0.1], 10)")
    centre = "() => careAtlas.maps.map_before.surface.map.getZoom() === 10"
    page.wait_for_function(centre)
    page.evaluate("() => Shiny.setInputValue('map_before_pick', 5, {priority: 'event'})")
    expect(page.locator("tr[aria-current=true]")).to_have_count(1)
    page.wait_for_function("() => careAtlas.maps.map_before.selected === 5")
    page.wait_for_function("() => careAtlas.maps.map.selected >= 0")
    page.locator("#band input[value='4']").uncheck()
    page.wait_for_function("() => (careAtlas.maps.map_before.show & 16) === 0")


@browser
def test_the_map_of_change_and_the_table_say_what_the_engine_says(open_page, lake: Lake):
    page = open_page(ASKED + "&compare_as=change&sort=name")
    page.wait_for_function("() => careAtlas?.maps.map_before?.paints > 0")
    rows = change(lake, Question("DM020", "2022-23"), "2021-22").collect()
    expect(page.locator("#caption_before")).to_contain_text("Change from 2021-22 to 2022-23")
    for band, words in enumerate(WORDS):
        number = rows.filter(pl.col("change_band") == band).height
        expect(page.locator(".change-key")).to_contain_text(f"{words}{number:,}")
    code = page.locator("#comparison tbody tr").first.get_attribute("data-code")
    moved = rows.row(by_predicate=pl.col("organisation_code") == code, named=True)["change"]
    cell = page.locator(f'tr[data-code="{code}"] .c-change span')
    expect(cell).to_have_text(points_moved(moved))


@browser
def test_no_change_is_shown_across_a_break(open_page):
    """DOMAIN 1.4: the obesity register was defined anew for 2023-24."""
    query = "?indicator=OB&measure=prevalence&year=2023-24&against=2022-23&compare_as=change"
    page = paired(open_page, query)
    expect(page.locator("#against_words")).to_contain_text("A break in series lies between")
    expect(page.locator("#caption_before")).to_contain_text("2022-23")
    expect(page.locator("td.c-change span").first).to_have_text("–")
    offered = page.get_by_label("Compare with year").locator("option:checked")
    expect(offered).to_have_text("2022-23 (break in series between)")


@browser
def test_the_link_opens_the_same_comparison(open_page):
    page = paired(open_page)
    page.get_by_label("Change", exact=True).check()
    expect(page).to_have_url(re.compile("against=2021-22.*compare_as=change"))
    page.reload()
    page.wait_for_function("() => careAtlas?.maps.map_before?.paints > 0")
    expect(page.get_by_label("Change", exact=True)).to_be_checked()
    expect(page.locator(".change-key")).to_be_visible()


@browser
@pytest.mark.parametrize("height", [780, 1000])
def test_on_a_phone_maps_stand_beside_each_other_and_on_a_tall_one_above(
    page: Page, atlas: str, height: int
):
    page.set_viewport_size({"width": 360, "height": height})
    page.goto(atlas + ASKED)
    page.wait_for_function(BOTH)
    before, now = (page.locator(f"#figure_{name}").bounding_box() for name in ("before", "now"))
    if height > 900:
        assert before["y"] + before["height"] <= now["y"] + 1 and before["width"] > 300
    else:
        assert before["x"] + before["width"] <= now["x"] + 1 and before["y"] == now["y"]
        assert before["height"] > 300


@browser
@pytest.mark.parametrize("width", [360, 1280, 1440])
def test_the_table_of_a_change_needs_no_scrolling_sideways(
    page: Page, atlas: str, lake: Lake, width: int
):
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(ASKED.join((atlas, "&compare_as=change")))
    if width < 861:
        page.get_by_role("button", name="Table", exact=True).click()
    row = page.locator("#comparison tbody tr").first
    expect(row).to_be_visible()
    assert page.locator("#comparison").evaluate("(table) => table.scrollWidth <= table.clientWidth")
    code = row.get_attribute("data-code")
    asked = answer(lake, Question("DM020", "2022-23"))
    own = asked.filter(pl.col("organisation_code") == code).collect().row(0, named=True)
    counts = re.compile(f"^{own['numerator']:,}of {own['denominator']:,}")
    expect(row.locator(".c-numerator")).to_have_text(counts)
    page.get_by_role("button", name="of those eligible").click()
    expect(page.get_by_role("columnheader", name="Achieved")).to_have_attribute(
        "aria-sort", "ascending"
    )
