"""The page's address in Chromium: an entry for each thing that the reader does, and no other.

So Back and Forward walk through the states that were seen, and Forward is there after Back.
"""

import re

import pytest
from playwright.sync_api import Page, expect
from shiny.playwright.controller import InputSelect, InputSelectize

pytestmark = pytest.mark.browser
ASKED = "?indicator=COPD010&year=2021-22"
ALL_OF_FOUR = ("0", "1", "2", "3", "none")
ALL_OF_FIVE = ("0", "1", "2", "3", "4", "none")


@pytest.fixture
def opened(open_page):
    """Open a link that says its state as the page does, and wait until the map is painted."""

    def go(query: str) -> Page:
        page = open_page(query)
        page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
        return page

    return go


def says(page: Page, pattern: str) -> None:
    """The address is the one that is awaited, and ends there."""
    expect(page).to_have_url(re.compile(pattern + "$"))


def entries(page: Page) -> int:
    return page.evaluate("history.length")


def is_at(page: Page, level: str, selected: str = "") -> None:
    """Controls, map and table have arrived at a level, with this organisation selected or none."""
    expect(page.get_by_label(level, exact=True)).to_be_checked()
    rows = page.locator("#comparison tr[aria-current=true]")
    expect(rows).to_have_count(1 if selected else 0)
    page.wait_for_function(
        "code => { const { cast, selected } = careAtlas.maps.map;"
        " return cast.codes && (cast.codes[selected] ?? '') === code; }",
        arg=selected,
    )


def ticks(page: Page, *keys: str) -> None:
    """These bands are ticked and no other, on the map as in the legend."""
    ticked = (
        "[...document.querySelectorAll('#band input:checked')].map(({ value }) => value).join()"
    )
    shown = sum(1 << (15 if key == "none" else int(key)) for key in keys)
    page.wait_for_function(
        f"([keys, shown]) => {ticked} === keys && careAtlas.maps.map.show === shown",
        arg=[",".join(keys), shown],
    )


def test_back_and_forward_walk_through_what_the_reader_saw(opened):
    page = opened(ASKED + "&level=icb")
    first = entries(page)
    code = page.locator("#comparison tbody tr").first.get_attribute("data-code")
    page.locator(f'tr[data-code="{code}"] button').click()
    says(page, f"level=icb&selected={code}")
    page.locator(".atlas-crumbs-down").get_by_role("button", name="PCNs").click()
    says(page, f"level=pcn&area=icb:{code}")
    for walk, said, level, selected in (
        (page.go_back, f"level=icb&selected={code}", "ICB", code),
        (page.go_back, "2021-22&level=icb", "ICB", ""),
        (page.go_forward, f"level=icb&selected={code}", "ICB", code),
        (page.go_forward, f"level=pcn&area=icb:{code}", "PCN", ""),
    ):
        walk()
        is_at(page, level, selected)
        says(page, said)
    assert entries(page) == first + 2


def choose_brief_bands(page: Page) -> None:
    page.locator("#bands").select_option("brief")


def colour_by_patients(page: Page) -> None:
    page.get_by_text("Compare like with like").click()
    page.locator("#colour").select_option("list_size")


def pick_who_holds_the_gap(page: Page) -> None:
    page.locator("#gap [data-practice]").first.click()


@pytest.mark.parametrize(
    ("more", "act", "said"),
    [
        ("&hide=0,unreported", choose_brief_bands, "2021-22&bands=brief"),
        ("&bands=brief", colour_by_patients, "2021-22&bands=brief&colour=list_size"),
        ("&level=icb&tab=gap", pick_who_holds_the_gap, r"2021-22&selected=\w+&tab=gap"),
    ],
    ids=["bands", "colour", "gap"],
)
def test_a_choice_that_changes_two_controls_is_one_entry(opened, more: str, act, said: str):
    page = opened(ASKED + more)
    before = entries(page)
    act(page)
    says(page, said)
    assert entries(page) == before + 1


def test_back_to_an_indicator_of_other_years_and_measures_opens_its_own(opened):
    """A select that lacks a year or a measure is left without any, and that was asked for."""
    page = opened("?indicator=CHD007&year=2019-20")
    before = entries(page)
    InputSelectize(page, "indicator").set("HYP")
    says(page, "indicator=HYP&year=[-0-9]+&measure=prevalence")
    page.go_back()
    InputSelect(page, "year").expect_selected("2019-20")
    InputSelect(page, "measure").expect_selected("net")
    expect(page.locator("#title h1")).to_contain_text("2019-20")
    expect(page.locator("#notes")).to_be_empty()
    says(page, "indicator=CHD007&year=2019-20")
    page.go_forward()
    InputSelect(page, "measure").expect_selected("prevalence")
    says(page, "indicator=HYP&year=[-0-9]+&measure=prevalence")
    assert entries(page) == before + 1


def test_a_tab_that_back_has_closed_opens_again_in_the_address_too(opened):
    page = opened(ASKED)
    for _ in range(2):
        page.get_by_role("tab", name="Trend").click()
        says(page, "2021-22&tab=trend")
        page.go_back()
        expect(page.get_by_role("tab", name="Table")).to_have_attribute("aria-selected", "true")
        says(page, "2021-22")


def test_what_is_on_its_way_when_back_is_pressed_is_no_entry(opened):
    page = opened(ASKED + "&level=icb")
    page.get_by_label("Region", exact=True).check(force=True)
    says(page, "level=region")
    before = entries(page)
    page.evaluate("document.querySelector('#level [value=pcn]').click(); history.back()")
    is_at(page, "ICB")
    says(page, "2021-22&level=icb")
    page.go_forward()
    is_at(page, "Region")
    says(page, "level=region")
    assert entries(page) == before


def test_who_walks_in_a_hurry_comes_through_the_same_states(opened):
    page = opened(ASKED + "&level=icb")
    first, brief = entries(page), "2021-22&level=icb&bands=brief"
    choose_brief_bands(page)
    ticks(page, *ALL_OF_FOUR)
    says(page, brief)
    page.locator("#band input[value='1']").uncheck()
    says(page, f"{brief}&hide=1,unreported")
    page.get_by_label("Region", exact=True).check(force=True)
    says(page, "level=region&bands=brief&hide=1,unreported")
    page.locator("#year").select_option("2022-23")
    says(page, last := "2022-23&level=region&bands=brief&hide=1,unreported")
    page.get_by_role("tab", name="Trend").click()
    says(page, f"{last}&tab=trend")
    for walk, level, ticked, said in (
        (page.go_back, "ICB", ALL_OF_FOUR, brief),
        (page.go_forward, "Region", ("0", "2", "3", "none"), f"{last}&tab=trend"),
        (page.go_back, "ICB", ALL_OF_FOUR, brief),
    ):
        for _ in range(4):
            walk(wait_until="commit")
        is_at(page, level)
        ticks(page, *ticked)
        says(page, said)
    assert entries(page) == first + 5


def test_what_the_reader_does_right_after_back_is_an_entry_of_its_own(opened):
    page = opened(ASKED)
    page.locator("#year").select_option("2022-23")
    says(page, "year=2022-23")
    code = page.locator("#comparison tbody tr").nth(2).get_attribute("data-code")
    page.go_back()
    page.locator(f'tr[data-code="{code}"] button').click()
    says(page, f"year=2021-22&selected={code}")
    page.go_back()
    is_at(page, "Practice")
    says(page, "year=2021-22")


def test_back_to_another_number_of_bands_ticks_those_that_were_ticked(opened):
    page = opened(ASKED + "&hide=0,unreported")
    choose_brief_bands(page)
    ticks(page, *ALL_OF_FOUR)
    says(page, "2021-22&bands=brief")
    page.go_back()
    ticks(page, *ALL_OF_FIVE[1:])
    says(page, "2021-22&hide=0,unreported")
    page.go_forward()
    ticks(page, *ALL_OF_FOUR)
    says(page, "2021-22&bands=brief")


def test_back_to_another_colour_of_the_dots_ticks_those_that_were_ticked(opened):
    page = opened(ASKED + "&bands=brief&hide=0,unreported&colour=list_size")
    page.locator("#colour").select_option("")
    ticks(page, *ALL_OF_FOUR)
    says(page, "2021-22&bands=brief")
    page.go_back()
    ticks(page, *ALL_OF_FIVE[1:])
    says(page, "2021-22&bands=brief&hide=0,unreported&colour=list_size")


def test_back_to_the_same_bands_shows_on_the_map_what_it_ticks(opened):
    page = opened(ASKED)
    page.locator("#band input[value='4']").uncheck()
    ticks(page, *ALL_OF_FOUR)
    says(page, "2021-22&hide=4,unreported")
    page.go_back()
    ticks(page, *ALL_OF_FIVE)


def test_bands_that_are_chosen_after_back_are_all_ticked(opened):
    page = opened(ASKED + "&hide=0,unreported")
    choose_brief_bands(page)
    says(page, "2021-22&bands=brief")
    page.go_back()
    ticks(page, *ALL_OF_FIVE[1:])
    for bands, all_of_them in (("brief", ALL_OF_FOUR), ("usual", ALL_OF_FIVE)):
        page.locator("#bands").select_option(bands)
        ticks(page, *all_of_them)


@pytest.mark.parametrize("moment", ["commit", "domcontentloaded", "load"])
def test_back_is_heeded_however_early_it_is_pressed(opened, moment: str):
    """After a reload the entries are still there; the page that they are of is not, yet."""
    page = opened(ASKED + "&level=icb")
    page.get_by_label("Region", exact=True).check(force=True)
    says(page, "level=region")
    page.reload(wait_until=moment)
    page.evaluate("history.back()")
    is_at(page, "ICB")
    says(page, "2021-22&level=icb")
    page.go_forward()
    is_at(page, "Region")
    says(page, "level=region")


def test_back_while_somebody_types_takes_what_was_typed_for_no_choice(opened):
    page = opened(ASKED + "&level=icb")
    page.get_by_label("Region", exact=True).check(force=True)
    says(page, "level=region")
    before = entries(page)
    page.locator("#indicator-selectized").click()
    page.keyboard.type("hyp")
    page.evaluate("history.back()")
    is_at(page, "ICB")
    says(page, "2021-22&level=icb")
    page.keyboard.press("Escape")
    says(page, "2021-22&level=icb")
    page.go_forward()
    is_at(page, "Region")
    says(page, "level=region")
    assert entries(page) == before


def test_back_pressed_twice_at_once_goes_two_steps(opened):
    page = opened(ASKED)
    page.get_by_label("Region", exact=True).check(force=True)
    says(page, "level=region")
    page.locator("#year").select_option("2022-23")
    says(page, "2022-23&level=region")
    page.evaluate("history.back()")
    page.evaluate("history.back()")
    is_at(page, "Practice")
    says(page, "year=2021-22")
