"""The Gap tab: which practices hold the gap (PEERS want 11), in patients, to a target."""

from dataclasses import replace

import polars as pl
import pytest
from playwright.sync_api import Page, expect
from shiny.playwright.controller import InputNumeric, InputRadioButtons, InputSelect

from app.atlas.answered import ask
from app.atlas.area_gap import gap_of
from app.atlas.drawing.gap_table import render
from app.atlas.view import target_of
from engine import Lake, Question, answer, summary

COPD = Question("COPD010", "2021-22")
ASKED = "?indicator=COPD010&year=2021-22"


def test_the_gap_is_what_practices_lack_and_nobody_makes_up_for_another(lake: Lake):
    """PEERS want 11: which few practices drive an area's gap; counts, not ranks."""
    result = gap_of(ask(lake, COPD), "", target="80")
    rows = answer(lake, COPD).collect()
    short = rows.filter(pl.col("value") < 80)
    assert set(result.rows["organisation_code"]) == set(short["organisation_code"])
    row = result.rows.row(0, named=True)
    assert (row["numerator"] + row["shortfall"]) * 100 / row["denominator"] >= 80
    half = result.rows["shortfall"].sum() / 2
    assert result.rows["shortfall"].head(result.half).sum() >= half
    assert result.rows["shortfall"].head(result.half - 1).sum() < half


def test_england_is_the_target_whatever_the_area_on_show(lake: Lake):
    england = summary(answer(lake, COPD)).collect().row(0, named=True)
    there = ask(lake, Question("COPD010", "2021-22", area="region:Y56"))
    assert gap_of(there, "", target="").percent == england["value"]
    assert gap_of(there, "", target="median").percent == england["median"]


def test_an_area_that_is_selected_is_asked_for_its_practices(lake: Lake):
    asked = Question("COPD010", "2021-22", "icb", bands="quintiles")
    now = ask(lake, asked)
    code = now.rows["organisation_code"][0]
    result = gap_of(now, code, target="100")
    inside = lake.scan("practice_geography", "2021-22").filter(pl.col("icb_code") == code).collect()
    assert set(result.rows["organisation_code"]) <= set(inside["practice_code"])
    assert result.place == now.rows["organisation_name"][0]


@pytest.mark.parametrize("level", ["practice", "icb"])
def test_the_gap_is_of_the_practices_that_only_keeps_and_says_so(lake: Lake, level: str):
    """PEERS want 11, of the practices shown: its count is the map's."""
    asked = Question("COPD010", "2021-22", keep="large")
    shown = ask(lake, asked).here
    result = gap_of(ask(lake, replace(asked, level=level, bands="quintiles")), "", target="100")
    assert result.practices == shown["value"].count() < answer(lake, COPD).collect().height
    assert set(result.rows["organisation_code"]) <= set(shown["organisation_code"])
    assert "Only: Lists of 10,000 and over" in str(render(result))
    everybody = gap_of(ask(lake, COPD), "", target="")
    assert gap_of(ask(lake, asked), "", target="").percent == everybody.percent
    assert "Only:" not in str(render(everybody))


@pytest.mark.parametrize("said", ["-5", "0", "101", "nan", "inf", "<b>", ""])
def test_a_target_that_means_nothing_is_englands_value(said: str):
    assert target_of("own", said) == ""


def opened(page: Page, atlas: str, query: str) -> Page:
    page.goto(atlas + query)
    page.locator("#gap h2").wait_for()
    return page


@pytest.mark.browser
def test_the_page_says_the_engines_gap_and_its_link_reopens_it(page: Page, atlas, lake: Lake):
    opened(page, atlas, f"{ASKED}&tab=gap&area=region:Y56")
    InputSelect(page, "target").set("own")
    InputNumeric(page, "target_percent").set("85")
    page.wait_for_function("() => location.search.includes('target=85')")
    want = gap_of(ask(lake, Question("COPD010", "2021-22", area="region:Y56")), "", target="85")
    for _ in range(2):
        expect(page.locator("#gap")).to_contain_text(f"{want.rows['shortfall'].sum():,} patients")
        expect(page.locator("#gap")).to_contain_text("hold half of the gap to the target, 85.0 %")
        expect(page.locator("#gap tbody tr")).to_have_count(want.rows.height)
        opened(page, atlas, page.evaluate("location.search"))
    InputSelect(page, "target").expect_selected("own")


@pytest.mark.browser
def test_a_practice_that_holds_the_gap_can_be_selected_from_a_wider_level(page: Page, atlas, lake):
    code = answer(lake, Question("COPD010", "2021-22", "icb")).collect()["organisation_code"][0]
    opened(page, atlas, f"{ASKED}&level=icb&tab=gap&selected={code}&target=100")
    first = page.locator("#gap tbody button").first
    wanted = first.get_attribute("data-practice")
    first.click()
    InputRadioButtons(page, "level").expect_selected("practice")
    page.wait_for_function(f"() => location.search.includes('selected={wanted}')")


@pytest.mark.browser
def test_a_measure_without_a_gap_says_which_has_one(page: Page, atlas: str):
    """The trap: points are no patients."""
    page.goto(f"{atlas}{ASKED}&measure=points&tab=gap")
    expect(page.locator("#gap")).to_contain_text("Choose the measure “Of patients eligible”")


@pytest.mark.browser
@pytest.mark.parametrize("tab", ["trend", "peers", "one"])
def test_where_only_plays_no_part_it_is_said(page: Page, atlas: str, lake: Lake, tab: str):
    code = answer(lake, COPD).collect()["organisation_code"][0]
    page.goto(f"{atlas}{ASKED}&keep=large&tab={tab}&selected={code}")
    words = "“Only: Lists of 10,000 and over” plays no part here"
    expect(page.locator(f"#{tab}")).to_contain_text(words)
