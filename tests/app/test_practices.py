"""The practices page in Chromium, on the small demonstration lake: what people do with it."""

import io
import re
from urllib.parse import parse_qs, urlsplit

import polars as pl
import pytest
from playwright.sync_api import Page, expect
from shiny.playwright.controller import InputSelect, InputSelectize

from engine import Lake, Question, answer, summary

pytestmark = pytest.mark.browser
ASKED = "?indicator=COPD010&year=2021-22"


def rows_of(page: Page) -> list[str]:
    return page.locator("#comparison tbody tr").evaluate_all(
        "rows => rows.map(r => r.dataset.code)"
    )


def painted(page: Page, field: str):
    return page.evaluate(f"() => window.careAtlas.maps.map.{field}")


def test_the_page_opens_on_a_map_a_table_and_says_that_it_is_a_demonstration(open_page):
    page = open_page()
    expect(page).to_have_title("Care Atlas")
    expect(page.get_by_text("Demonstration data")).to_be_visible()
    for label in ("Indicator", "Year", "Measure", "Area", "Bands", "Search this table"):
        expect(page.get_by_label(label, exact=True).first).to_be_attached()
    for group in ("Level", "Achievement band"):
        expect(
            page.get_by_role("group", name=group).or_(page.get_by_label(group)).first
        ).to_be_visible()
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")


def test_every_number_on_the_page_is_the_engines(open_page, lake: Lake):
    page = open_page(ASKED + "&sort=name")
    want = answer(lake, Question("COPD010", "2021-22")).collect()
    england = summary(want.lazy()).collect().row(0, named=True)
    expect(page.locator(".atlas-boxes")).to_contain_text(f"{england['value']:.1f} %")
    code = rows_of(page)[0]
    row = want.row(by_predicate=pl.col("organisation_code") == code, named=True)
    shown = page.locator(f'tr[data-code="{code}"]')
    expect(shown).to_contain_text(f"{row['value']:.1f} %")
    expect(shown.locator(".c-denominator")).to_have_text(f"{row['denominator']:,}")
    expect(shown).to_contain_text(f"{row['value_low']:.1f} to {row['value_high']:.1f} %")


def test_choosing_an_indicator_repaints_the_map_and_the_table(open_page, lake: Lake):
    page = open_page(ASKED)
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
    before = painted(page, "paintedRevision")
    InputSelectize(page, "indicator").set("COPD008")
    page.wait_for_function(f"() => window.careAtlas.maps.map.paintedRevision > {before}")
    expect(page.get_by_role("heading", level=1)).to_contain_text("breathing rehabilitation")
    england = summary(answer(lake, Question("COPD008", "2021-22"))).collect()["value"][0]
    expect(page.locator(".atlas-boxes")).to_contain_text(f"{england:.1f} %")


def test_the_map_shows_every_practice_that_has_a_place(open_page, lake: Lake):
    page = open_page(ASKED)
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
    rows = answer(lake, Question("COPD010", "2021-22")).collect()
    assert painted(page, "codes.length") == rows.height
    placed = page.evaluate(
        "() => [...Array(careAtlas.maps.map.codes.length).keys()]"
        ".filter(i => careAtlas.maps.map.pointToPixel(i)).length"
    )
    assert placed == rows["latitude"].count()


def test_every_level_shows_all_its_organisations(open_page, lake: Lake):
    page = open_page(ASKED + "&rows=500")
    for level in ("PCN", "Sub-ICB", "ICB", "Region"):
        page.get_by_label(level, exact=True).check(force=True)
        name = level.lower().replace("-", "_")
        want = answer(lake, Question("COPD010", "2021-22", name)).collect()
        expect(page.locator("#comparison tbody tr"), level).to_have_count(want.height)
        page.wait_for_function(f"() => window.careAtlas.maps.map.codes.length === {want.height}")


def test_unticking_a_band_hides_it_on_the_map_at_once_and_in_the_table(open_page, lake: Lake):
    page = open_page(ASKED)
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
    top = page.locator("#band input[value='4']")
    page.evaluate("() => { window.Shiny.shinyapp.$socket.close = () => {}; }")
    top.uncheck()
    assert painted(page, "show") & 0b10000 == 0
    rows = answer(lake, Question("COPD010", "2021-22")).collect()
    left = rows.filter((pl.col("band") != 4) | pl.col("denominator").eq(0)).height
    expect(page.locator("#turn")).to_contain_text(f"of {left:,}")


def test_counts_in_the_legend_are_the_answers(open_page, lake: Lake):
    page = open_page(ASKED)
    rows = answer(lake, Question("COPD010", "2021-22")).collect()
    for band in range(5):
        want = f"{rows.filter(pl.col('band') == band).height:,}"
        expect(page.locator(f"#band .band-count[data-band='{band}']")).to_have_text(want)


def test_the_selection_is_one_for_map_and_table(open_page):
    page = open_page(ASKED + "&sort=name")
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
    code = rows_of(page)[3]
    page.locator(f'tr[data-code="{code}"] button').click()
    expect(page.locator(f'tr[data-code="{code}"]')).to_have_attribute("aria-current", "true")
    page.wait_for_function("() => window.careAtlas.maps.map.selected >= 0")
    chosen = painted(page, "selected")
    page.evaluate(f"() => Shiny.setInputValue('map_pick', {chosen + 1}, {{priority: 'event'}})")
    expect(page.locator("tr[aria-current=true]")).not_to_have_attribute("data-code", code)


def test_clicking_a_dot_on_the_map_selects_it_in_the_table(open_page):
    page = open_page(ASKED)
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
    spot = page.evaluate(
        """() => { const map = careAtlas.maps.map;
        const box = document.querySelector('#map .leaflet-container').getBoundingClientRect();
        for (let i = 0; i < map.codes.length; i++) { const p = map.pointToPixel(i);
          if (p && p.x > 30 && p.y > 30 && p.x < box.width - 80 && p.y < box.height - 30)
            return { x: box.left + p.x, y: box.top + p.y }; } }"""
    )
    page.mouse.click(spot["x"], spot["y"])
    expect(page.locator("tr[aria-current=true]")).to_have_count(1)


def test_sorting_searching_and_turning_pages(open_page, lake: Lake):
    page = open_page(ASKED + "&rows=50")
    page.get_by_role("button", name="Value").click()
    expect(page.locator("th.c-value")).to_have_attribute("aria-sort", "descending")
    first = rows_of(page)
    page.get_by_role("button", name="Next").click()
    expect(page.locator("#turn")).to_contain_text("51 to")
    assert not set(first) & set(rows_of(page))
    name = lake.scan("organisation", "2021-22").filter(level="practice").collect()
    wanted = name.row(5, named=True)
    page.get_by_label("Search this table").fill(wanted["organisation_code"].lower())
    expect(page.locator("#comparison tbody tr")).to_have_count(1)
    page.get_by_label("Search this table").fill("no such surgery")
    expect(page.locator("#comparison")).to_contain_text("No practices match")


def test_fewer_than_ten_patients_come_last(open_page, lake: Lake):
    few = answer(lake, Question("COPD010", "2021-22")).collect().filter(pl.col("denominator") < 10)
    page = open_page(ASKED + "&rows=500")
    assert not few.is_empty()
    # The last of a long table come while the browser has nothing else to do.
    for code in few["organisation_code"]:
        page.locator(f"#comparison tr[data-code='{code}']").wait_for(state="attached")
    listed = rows_of(page)
    last = [code for code in listed if code in set(few["organisation_code"])]
    first = listed.index(last[0])
    assert listed[first:] == last


def test_a_link_opens_what_it_says_and_back_goes_back(open_page):
    query = ASKED + "&level=icb&measure=pri&bands=custom:50,75&hide=0,unreported&sort=-value"
    page = open_page(query)
    InputSelect(page, "measure").expect_selected("pri")
    expect(page.get_by_label("ICB", exact=True)).to_be_checked()
    expect(page.locator("#band")).to_contain_text("50 to 75 %")
    expect(page.locator("#band input[value='0']")).not_to_be_checked()
    expect(page.locator("th.c-value")).to_have_attribute("aria-sort", "descending")
    page.get_by_label("PCN", exact=True).check(force=True)
    expect(page).to_have_url(re.compile("level=pcn"))
    page.go_back()
    expect(page.get_by_label("ICB", exact=True)).to_be_checked()
    said = parse_qs(urlsplit(page.url).query)
    assert said["level"] == ["icb"] and said["bands"] == ["custom:50,75"]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("?indicator=XYZ999", "which no loaded year has"),
        ("?indicator=COPD010&year=1999-00", "Nothing is loaded for 1999-00"),
        ("?indicator=COPD010&year=2021-22&measure=prevalence", "has no measure"),
        ("?indicator=COPD010&year=2021-22&bands=custom:90,10", "rising numbers between 0 and 100"),
    ],
)
def test_a_link_to_what_is_gone_opens_with_a_sentence(open_page, query: str, words: str):
    page = open_page(query)
    expect(page.locator(".atlas-note").first).to_contain_text(words)
    assert rows_of(page)


def test_an_area_narrows_map_and_table(open_page, lake: Lake):
    page = open_page(ASKED)
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
    InputSelectize(page, "area").set("region:Y56")
    want = answer(lake, Question("COPD010", "2021-22", area="region:Y56")).collect()
    expect(page.locator("#turn")).to_contain_text(
        f"of {want.filter(pl.col('value').is_not_null()).height}"
    )
    shown = "() => [...careAtlas.maps.map.codes].filter(code => code !== 63).length"
    page.wait_for_function(f"{shown.removeprefix('() => ')} === {want.height}")


@pytest.mark.parametrize(
    ("link", "read"), [("Download CSV", pl.read_csv), ("Download Parquet", pl.read_parquet)]
)
def test_a_download_holds_what_is_shown(open_page, lake: Lake, link: str, read):
    page = open_page(ASKED + "&level=icb&sort=name")
    page.get_by_text("More", exact=True).click()
    with page.expect_download() as download:
        page.get_by_text(link).click()
    taken = read(io.BytesIO(download.value.path().read_bytes()))
    want = answer(lake, Question("COPD010", "2021-22", "icb")).collect()
    assert sorted(taken["organisation_code"]) == want["organisation_code"].to_list()
    assert taken["numerator"].sum() == want["numerator"].sum()
    assert set(taken["snapshot"]) == {lake.id}


def test_the_keyboard_alone_reaches_a_practice(open_page):
    page = open_page(ASKED)
    page.wait_for_function("() => window.careAtlas.maps.map.paints > 0")
    page.locator("#comparison tbody button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator("tr[aria-current=true] button:focus")).to_have_count(1)
    page.locator("#comparison thead [data-sort=name]").focus()
    page.keyboard.press("Enter")
    expect(page.locator("th[aria-sort] [data-sort=name]:focus")).to_have_count(1)


def test_nothing_is_asked_of_the_network(page: Page, atlas: str):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(atlas)
    page.wait_for_function("() => window.careAtlas?.maps.map?.paints > 0")
    assert {urlsplit(url).hostname for url in asked if not url.startswith("data:")} == {"127.0.0.1"}


def test_nothing_is_wider_than_the_window(open_page):
    page = open_page(ASKED)
    for width in (2560, 1280, 768, 360):
        page.set_viewport_size({"width": width, "height": 800})
        assert page.evaluate("() => document.documentElement.scrollWidth") <= width


def test_a_phone_switches_between_map_and_table(page: Page, atlas: str):
    page.set_viewport_size({"width": 360, "height": 780})
    page.goto(atlas + ASKED)
    page.wait_for_function("() => window.careAtlas?.maps.map?.paints > 0")
    expect(page.locator("#comparison table")).to_be_hidden()
    page.get_by_role("button", name="Table", exact=True).click()
    expect(page.locator("#comparison table")).to_be_visible()
    page.locator(".atlas-controls > summary").click()
    expect(page.get_by_label("Year", exact=True)).to_be_visible()


def test_the_area_says_that_nothing_matches_after_its_choices_were_replaced(open_page):
    """Shiny makes a select anew with its choices: what the page added to the old one is gone."""
    page = open_page("?indicator=DM020&year=2022-23")
    page.wait_for_function("() => document.querySelector('#area').selectize.isSetup")
    page.evaluate("() => (document.querySelector('#area').selectize.wasHere = true)")
    page.get_by_label("Year", exact=True).select_option("2020-21")  # other areas
    page.wait_for_function("() => !document.querySelector('#area').selectize.wasHere")
    box = page.locator("#area + .selectize-control input")
    box.click()
    page.keyboard.type("zzzz")
    said = page.locator("#area ~ .atlas-nothing")
    expect(said).to_have_count(1)
    expect(said).to_contain_text("Nothing matches “zzzz”")
    page.keyboard.press("Tab")
    expect(said).to_have_text("")
    expect(page.locator("#area + .selectize-control .item")).to_contain_text("All of England")
