"""The Indicator select: current indicators stand first, and what nothing matches is said."""

import pytest
from playwright.sync_api import Page, expect

from app.atlas import frames
from app.atlas.catalogue import Catalogue
from engine import Lake
from engine.atlas.years import qof_years

ASKED = "?indicator=COPD010&year=2021-22"


def test_current_indicators_come_before_their_register_and_retired_ones_last(lake: Lake):
    """The trap: bookmarks and searches that name a retired indicator."""
    catalogue = Catalogue(frames.indicators(lake))
    for group in catalogue.indicators.values():
        last = [catalogue.by_code[code][-1] for code in group]
        rank = [(row["year"] < qof_years(lake)[-1], row["kind"] == "register") for row in last]
        assert rank == sorted(rank)


def typed(page: Page, atlas: str, text: str) -> Page:
    page.goto(atlas + ASKED)
    page.wait_for_function("() => window.careAtlas?.maps.map?.paints > 0")
    page.locator(".atlas-nothing").first.wait_for(state="attached")
    page.locator("#indicator + .selectize-control input").click()
    page.keyboard.type(text)
    return page


@pytest.mark.browser
def test_a_condition_and_enter_chooses_its_first_current_indicator(page: Page, atlas: str):
    typed(page, atlas, "hypert").keyboard.press("Enter")
    page.wait_for_function("() => location.search.includes('indicator=HYP008')")


@pytest.mark.browser
def test_what_nothing_matches_is_said_until_something_does(page: Page, atlas: str):
    typed(page, atlas, "blood presure")
    said = page.locator("#indicator + .selectize-control + .atlas-nothing")
    expect(said).to_contain_text("Nothing matches “blood presure”")
    page.keyboard.press("Tab")
    expect(page.locator("#indicator + .selectize-control .item")).to_contain_text("COPD010")
    expect(said).to_have_text("")
