"""One thing said in one way: groups, warnings, colours, typed fields, and files without their page.

Failures of use, one a test; the right value is counted from the published tables, or by eye.
"""

import io
import re
from itertools import combinations, pairwise

import httpx
import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.catalogue import Catalogue
from app.atlas.controls import read
from app.atlas.drawing.trend_chart import verdict
from app.draw.ramp import RAMPS
from engine import Lake
from tests.app.leaving import painted, published, saved

browser = pytest.mark.browser
ASKED = "?indicator=HYP008&year=2024-25"
BOTH = "?indicator=DM020&year=2022-23&against=2021-22"
IN_SIGHT = """() => {
  const { cast, codes, show, surface } = careAtlas.maps.map;
  return [...codes.keys()].filter((i) => surface.shows(i) && surface.inView(i))
    .map((i) => cast.codes[i]).sort();
}"""
# Whether a point in the middle of an element is that element's: nothing lies over it.
ON_TOP = """(element) => {
  const { left, top, width, height } = element.getBoundingClientRect();
  const seen = document.elementFromPoint(left + Math.min(width, 200) / 2, top + height / 2);
  return element === seen || element.contains(seen);
}"""


def rgb(ramp: str, band: int) -> str:
    """A colour of the light theme as a browser says it."""
    return "rgb({}, {}, {})".format(*bytes.fromhex(RAMPS[ramp]["light"][band][1:]))


def catalogue_of(*years: str, code: str = "COPD010") -> Catalogue:
    """A catalogue of a few years; all have HYP008, only the first of them has `code`."""
    named = [("HYP008", year) for year in years] + [(code, years[0])]
    rows = pl.DataFrame(named, schema=["indicator_code", "year"], orient="row")
    return Catalogue(
        rows.with_columns(
            group_name=pl.lit("A condition"),
            description=pl.lit("words"),
            kind=pl.lit("indicator"),
            has_fraction=pl.lit(True),
            has_pcas=pl.lit(True),
            has_points=pl.lit(True),
        )
    )


# 5. A group of a selected practice


@browser
@pytest.mark.parametrize("size", [(1280, 720), (1440, 900)])
def test_the_peers_of_a_practice_are_all_on_the_map_and_no_box_lies_on_another(
    page: Page, atlas: str, lake: Lake, size: tuple[int, int]
):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    placed = lake.scan("practice_coordinates").drop_nulls("latitude").select("practice_code")
    known = published(lake, "HYP008", "2024-25").join(placed.collect(), on="practice_code")
    chosen = known.sort("practice_code")["practice_code"][0]
    page.goto(f"{atlas}{ASKED}&selected={chosen}&tab=peers")
    painted(page)
    rows = page.locator("#peers tbody [data-practice]")
    rows.first.wait_for()
    peers = rows.evaluate_all("all => all.map((one) => one.dataset.practice)")
    assert len(peers) == 21 and chosen in peers
    there = set(placed.collect()["practice_code"])
    reported = set(published(lake, "HYP008", "2024-25")["practice_code"])
    page.get_by_role("button", name="Show these on the map").click()
    page.wait_for_function("() => location.search.includes('area=group')")
    wanted = sorted(set(peers) & there & reported)
    page.wait_for_function(f"wanted => String(({IN_SIGHT})()) === String(wanted)", arg=wanted)
    boxes = [box.bounding_box() for box in page.locator("#boxes dl > div").all()]
    inside = page.locator("#boxes dl > div").evaluate_all(
        "all => all.map((box) => Math.max(...[...box.querySelectorAll('dt, dd')].map((part) =>"
        " { const range = document.createRange(); range.selectNodeContents(part);"
        " return Math.min(range.getBoundingClientRect().right,"
        " part.getBoundingClientRect().right); })))"
    )
    assert len(boxes) == 3
    for (left, right), end in zip(pairwise(boxes), inside, strict=False):
        assert left["x"] + left["width"] <= right["x"] + 1 and end <= right["x"] + 1
    panel = page.locator("#boxes").bounding_box()
    assert boxes[-1]["x"] + boxes[-1]["width"] <= panel["x"] + panel["width"] + 1


# 7. What is not loaded has not ended


def test_an_indicator_of_which_later_years_are_not_loaded_is_loaded_to_its_last():
    apart = catalogue_of("2021-22", "2023-24").indicators["A condition"]["COPD010"]
    assert apart == "COPD010 · words (loaded to 2021-22)"
    ended = catalogue_of("2021-22", "2022-23", "2023-24").indicators["A condition"]["COPD010"]
    assert ended == "COPD010 · words (last: 2021-22)"
    alone = catalogue_of("2021-22").indicators["A condition"]["COPD010"]
    assert alone == "COPD010 · words"


def test_a_year_that_came_with_its_registers_only_says_nothing_of_an_indicator():
    both = catalogue_of("2021-22", "2022-23").rows
    registers = pl.col("indicator_code").eq("HYP008") & pl.col("year").eq("2022-23")
    there = Catalogue(
        both.with_columns(kind=pl.when(registers).then(pl.lit("register")).otherwise("kind"))
    )
    assert there.indicators["A condition"]["COPD010"].endswith("(loaded to 2021-22)")
    _, [said] = read({"indicator": "COPD010", "year": "2022-23"}, there)
    assert said == "Nothing is loaded for 2022-23; 2021-22 is shown."


def test_a_link_to_a_year_that_is_not_loaded_does_not_say_that_nothing_was_published():
    there = catalogue_of("2021-22", "2023-24")
    _, [said] = read({"indicator": "HYP008", "year": "2022-23"}, there)
    assert said == "Nothing is loaded for 2022-23; 2023-24 is shown."
    _, [said] = read({"indicator": "COPD010", "year": "2023-24"}, there)
    assert said.startswith("COPD010 was not published for 2023-24; 2021-22 is shown.")


# 8. What was out of order in a year


@browser
@pytest.mark.parametrize("size", [(1280, 720), (390, 780)])
def test_a_warning_stands_under_the_title_and_nothing_lies_over_it(
    page: Page, atlas: str, size: tuple[int, int]
):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    page.goto(atlas)
    painted(page)
    expect(page.locator(".atlas-hint")).to_be_visible()  # a first visit
    page.evaluate("document.querySelector('#indicator').selectize.setValue('DM020')")
    page.locator("#year option[value='2020-21']").wait_for(state="attached")
    page.evaluate(
        "() => { const year = document.getElementById('year'); year.value = '2020-21';"
        " year.dispatchEvent(new Event('change', { bubbles: true })); }"
    )
    note = page.locator("#year_note")
    expect(note).to_have_text("Much of QOF was suspended in the pandemic.")
    title, at, drawn = (
        page.locator(part).bounding_box() for part in ("#title", "#year_note", "#map")
    )
    assert title["y"] + title["height"] <= at["y"] + 1
    assert at["y"] + at["height"] <= drawn["y"] + 1
    assert note.evaluate(ON_TOP)


# 9. One colour, one meaning


def test_no_colour_of_one_ramp_is_in_another():
    for theme in ("light", "dark"):
        for one, other in combinations(RAMPS, 2):
            assert not set(RAMPS[one][theme]) & set(RAMPS[other][theme])


@browser
@pytest.mark.parametrize(
    ("query", "heading", "ramp"),
    [
        (ASKED, "Achievement band", "level"),
        (f"{ASKED}&measure=pca_rate", "PCA rate band", "plain"),
        ("?indicator=HYP&measure=prevalence&year=2024-25", "Prevalence band", "plain"),
        (f"{ASKED}&measure=points", "Points band", "level"),
        (f"{ASKED}&colour=list_size", "Registered patients", "plain"),
    ],
)
def test_a_legend_names_what_it_bands_in_colours_that_say_the_same(
    open_page, query: str, heading: str, ramp: str
):
    page = open_page(query)
    painted(page)
    expect(page.locator("#band-label")).to_have_text(heading)
    page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
    for dots in ("#band .dot", "#comparison td .dot:not(.bnone)"):
        dot = page.locator(dots).first
        band = int(re.search(r"\bb(\d)\b", dot.get_attribute("class"))[1])
        assert dot.evaluate("dot => getComputedStyle(dot).backgroundColor") == rgb(ramp, band)
    page.wait_for_function(
        "wanted => `rgb(${careAtlas.maps.map.surface.painter.colours.bands[0].join(', ')})`"
        " === wanted",
        arg=rgb(ramp, 0),
    )


@browser
def test_a_measure_that_is_chosen_renames_the_legend_and_keeps_its_ticks(open_page):
    page = open_page("?indicator=HYP008&year=2024-25&level=icb&hide=0,unreported")
    painted(page)
    page.locator("#measure").select_option("pca_rate")
    expect(page.locator("#band-label")).to_have_text("PCA rate band")
    expect(page.locator("#band input[value='0']")).not_to_be_checked()


@browser
def test_the_map_of_change_and_its_table_share_no_colour(open_page):
    page = open_page(f"{BOTH}&compare_as=change")
    painted(page, "map_before")
    page.evaluate("document.documentElement.dataset.bsTheme = 'light'")
    hues = "all => [...new Set(all.map((dot) => getComputedStyle(dot).backgroundColor))]"
    key = page.locator(".change-key .dot:not(.bnone)").evaluate_all(hues)
    table = page.locator("#comparison td.c-value .dot:not(.bnone)").evaluate_all(hues)
    assert len(key) == 5 and table and not set(key) & set(table)


# 11. What is typed wrong


@browser
def test_edges_that_do_not_rise_get_the_rule_at_their_field(open_page):
    page = open_page(ASKED)
    page.locator("#bands").select_option("custom")
    page.get_by_label("Edges, in percent").fill("90,50")
    rule = page.locator("#edges_said")
    expect(rule).to_contain_text("“90,50” are no edges")
    expect(rule).to_contain_text("rising numbers between 0 and 100, such as 50,75,90")
    expect(page.locator("#notes")).to_be_empty()
    page.get_by_label("Edges, in percent").fill("50,<b>90</b>")
    expect(rule).to_contain_text("<b>90</b>")  # as text
    page.get_by_label("Edges, in percent").fill("50,90")
    expect(rule).to_be_empty()
    expect(page.locator("#band .band-words").nth(1)).to_have_text("50 to 90 %")


@browser
def test_a_target_over_100_gets_the_rule_and_no_figures_of_another_target(open_page):
    page = open_page(f"{ASKED}&tab=gap&target=80")
    expect(page.locator("#gap")).to_contain_text("80.0 %")
    page.get_by_label("Percent", exact=True).fill("180")
    expect(page.locator("#target_said")).to_have_text(
        "A target is a percentage over 0 and up to 100."
    )
    expect(page.locator("#gap")).to_have_text("Type a target to see who holds the gap to it.")
    page.get_by_label("Percent", exact=True).fill("90")
    expect(page.locator("#target_said")).to_be_empty()
    expect(page.locator("#gap")).to_contain_text("90.0 %")


def test_a_link_with_a_target_that_is_none_says_so():
    view, [said] = read({"indicator": "HYP008", "target": "180"}, catalogue_of("2023-24"))
    assert view.target == "" and "“180” is no target" in said and "up to 100" in said


# 12. Files and rows without their page


@browser
def test_a_file_of_a_change_says_its_years_its_board_and_that_it_is_invented(open_page, lake: Lake):
    page = open_page(f"{BOTH}&compare_as=change")
    page.locator("#provenance footer").wait_for()
    link = page.get_by_role("link", name="Download CSV")
    expect(link).not_to_have_attribute("href", "")
    name, csv = saved(page, "Download CSV")
    assert name == "care-atlas-DM020-change-2021-22-to-2022-23-practice-net.csv"
    rows = pl.read_csv(io.BytesIO(csv))
    assert set(rows["data"]) == {"demonstration"}
    assert set(rows["year_before"]) == {"2021-22"} and set(rows["year_after"]) == {"2022-23"}
    was = dict(published(lake, "DM020", "2021-22").select("practice_code", "share").rows())
    for row in rows.drop_nulls("value_before").head(20).iter_rows(named=True):
        assert row["value_before"] == pytest.approx(was[row["organisation_code"]])
    assert boards_of(rows) == boards(lake, "2022-23", rows["organisation_code"].to_list())


def test_rows_of_the_api_have_the_code_of_their_board(atlas: str, lake: Lake):
    asked = f"{atlas}api/v1/achievement?indicator=HYP008&year=2024-25"
    rows = pl.read_csv(io.BytesIO(httpx.get(f"{asked}&format=csv").content))
    assert boards_of(rows) == boards(lake, "2024-25", rows["organisation_code"].to_list())
    own = pl.read_csv(io.BytesIO(httpx.get(f"{asked}&level=icb&format=csv").content))
    assert (own["icb_code"] == own["organisation_code"]).all()
    above = httpx.get(f"{asked}&level=region").json()["rows"]
    assert {row["icb_code"] for row in above} == {None}


def boards_of(rows: pl.DataFrame) -> dict[str, str]:
    return dict(rows.select("organisation_code", "icb_code").rows())


def boards(lake: Lake, year: str, practices: list[str]) -> dict[str, str]:
    """Whose board each practice is, straight from the year's mapping."""
    rows = lake.scan("practice_geography", year).select("practice_code", "icb_code").collect()
    there = dict(rows.rows())
    return {code: there[code] for code in practices}


# And what else a commissioner, a director on a phone and an analyst met


@browser
def test_ten_rows_of_the_table_are_in_sight_of_a_laptop(page: Page, atlas: str):
    page.set_viewport_size({"width": 1280, "height": 720})
    page.goto(atlas + ASKED)
    page.locator("#comparison tbody tr").nth(12).wait_for(state="attached")
    seen = page.evaluate(
        "() => { const { top, bottom } = document.getElementById('comparison')"
        ".getBoundingClientRect();"
        " return [...document.querySelectorAll('#comparison tbody tr')].filter((row) => {"
        " const at = row.getBoundingClientRect();"
        " return at.top >= top && at.bottom <= bottom; }).length; }"
    )
    assert seen >= 10
    expect(page.locator("#boxes").get_by_role("link", name="receipt").first).to_be_visible()


@browser
def test_a_phone_has_the_legend_under_its_map_and_shares_by_its_own_sheet(
    new_page: Page, atlas: str
):
    new_page.set_viewport_size({"width": 390, "height": 780})
    new_page.add_init_script("navigator.share = async (what) => { window.shared = what; };")
    new_page.goto(f"{atlas}{ASKED}&level=icb&keep=large")
    painted(new_page)
    key = new_page.get_by_role("list", name="Colours of the map")
    expect(key).to_be_visible()
    words = new_page.locator("#band label:has(input:checked) .band-words").all_text_contents()
    expect(key.locator("li")).to_have_text(["Achievement band", *words])
    new_page.get_by_role("button", name="Share").click()
    shared = new_page.wait_for_function("window.shared").json_value()
    assert shared["url"] == new_page.url and "only: Lists of 10,000 and over" in shared["text"]


@browser
def test_a_practice_s_page_leads_to_its_network_and_is_shared(
    new_page: Page, atlas: str, lake: Lake
):
    of = lake.scan("practice_geography", "2025-26").drop_nulls("pcn_code").collect()
    own = of.filter(pl.col("pcn_code") != "U").sort("practice_code").row(0, named=True)
    new_page.add_init_script("navigator.share = async (what) => { window.shared = what; };")
    new_page.goto(f"{atlas}practice/{own['practice_code']}")
    network = new_page.get_by_role("link", name=own["pcn_name"], exact=True).first
    expect(network).to_have_attribute("href", f"../pcn/{own['pcn_code']}")
    new_page.get_by_role("button", name="Share").click()
    assert new_page.wait_for_function("window.shared").json_value()["url"] == new_page.url


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ([(60, 59, 61), (70, 69, 71)], "Rose from 60.0 % in 2021-22 to 70.0 % in 2022-23: more"),
        ([(70, 60, 80), (65, 55, 75)], "Fell from 70.0 % in 2021-22 to 65.0 % in 2022-23: no more"),
        ([(70, 60, 80), (70.04, 60, 80)], "At 70.0 % in 2022-23 as in 2021-22."),
        ([(70, 60, 80)], ""),
    ],
)
def test_a_trend_begins_with_its_verdict(values: list[tuple[float, ...]], said: str):
    ends = ("value", "value_low", "value_high")
    rows = [
        {"year": year, "segment": 1} | dict(zip(ends, map(float, told), strict=True))
        for year, told in zip(("2021-22", "2022-23"), values, strict=False)
    ]
    assert verdict(rows).startswith(said) if said else verdict(rows) == ""
    apart = [row | {"segment": place} for place, row in enumerate(rows)]
    assert verdict(apart) == ""
