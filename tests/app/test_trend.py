"""The trend tab: numbers are the engine's, no line crosses a break, linked codes can be asked."""

import re

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.drawing.trend_lines import breaks, runs
from app.atlas.drawing.trend_scale import scale_of
from engine import Lake, Question
from engine.atlas.trend import trend
from engine.atlas.years import qof_years

browser = pytest.mark.browser


def year(name: str, segment: int, value: float | None, **more: object) -> dict:
    parts = ("value_low", "value_high", "parent_value", "england_value", "p10", "p90")
    row = {"year": name, "segment": segment, "value": value, "breaks_series": False}
    return row | dict.fromkeys(parts) | {"break_reason": None} | more


def opened(open_page, query: str) -> Page:
    page = open_page(query)
    page.get_by_role("tab", name="Trend").click()
    page.locator("#trend h2").wait_for()
    return page


def test_no_line_joins_two_segments_or_passes_over_a_year_without_a_value():
    """PEERS 6.3, the comparability guard."""
    rows = [
        year("2019-20", 1, 50.0),
        year("2020-21", 1, None),
        year("2021-22", 1, 60.0),
        year("2022-23", 1, 61.0),
        year("2023-24", 2, 62.0, breaks_series=True, break_reason="Another age band"),
    ]
    joined = [[row["year"] for row in run] for run in runs(rows, "value")]
    assert joined == [["2019-20"], ["2021-22", "2022-23"], ["2023-24"]]
    assert breaks(rows) == [("2022-23", "2023-24", "Another age band")]


def test_a_year_that_is_not_loaded_is_a_gap_with_that_reason():
    rows = [year("2019-20", 1, 50.0), year("2021-22", 2, 60.0)]
    assert breaks(rows) == [("2019-20", "2021-22", "nothing in between is loaded")]
    assert scale_of(rows).x("2021-22") - scale_of(rows).x("2019-20") == 2 * scale_of(rows).step


@pytest.mark.parametrize(("low", "high", "from_zero"), [(5, 60, True), (70, 90, False)])
def test_the_axis_starts_at_zero_or_well_above_it(low: float, high: float, from_zero: bool):
    scale = scale_of([year("2019-20", 1, low), year("2020-21", 1, high)])
    assert (scale.low == 0) == from_zero
    assert scale.low <= low and scale.high >= high


@browser
def test_every_number_of_a_practices_trend_is_the_engines(open_page, lake: Lake):
    code = (
        lake.scan("organisation", "2022-23")
        .filter(level="practice")
        .collect()["organisation_code"][3]
    )
    page = opened(open_page, f"?indicator=DM020&year=2022-23&selected={code}")
    want = trend(lake, Question("DM020", "2022-23"), code).collect()
    page.get_by_text("The numbers as a table").click()
    for row in want.iter_rows(named=True):
        shown = page.locator(f'#trend tr[data-year="{row["year"]}"]')
        value = "–" if row["value"] is None else f"{row['value']:.1f} %"
        expect(shown.locator("td").nth(0)).to_contain_text(value)
        if row["value"] is not None:
            expect(shown.locator("td").nth(1)).to_have_text(f"{row['numerator']:,}")
            expect(shown.locator("td").nth(2)).to_have_text(f"{row['denominator']:,}")
        expect(shown).to_contain_text(f"{row['england_value']:.1f} %")


@browser
def test_with_nothing_selected_it_is_englands_with_the_fan_of_the_level(open_page, lake: Lake):
    page = opened(open_page, "?indicator=DM020&year=2022-23")
    expect(page.locator("#trend h2")).to_have_text("England")
    want = trend(lake, Question("DM020", "2022-23"), "ENG").collect().row(-1, named=True)
    row = page.locator(f'#trend tr[data-year="{want["year"]}"]')
    expect(row).to_contain_text(f"{want['england_value']:.1f} %")
    expect(row).to_contain_text(f"{want['p10']:.1f} to {want['p90']:.1f} %")


@browser
def test_at_an_area_it_is_the_areas(open_page, lake: Lake):
    page = opened(open_page, "?indicator=DM020&year=2022-23&area=region:Y56")
    want = trend(lake, Question("DM020", "2022-23", "region"), "Y56").collect().row(-1, named=True)
    expect(page.locator("#trend p").first).to_contain_text(f"{want['value']:.1f} %")


@browser
def test_at_a_group_of_ones_own_it_is_the_groups(open_page, lake: Lake):
    newest = qof_years(lake)[-1]
    codes = lake.scan("percent_achieved", newest).filter(
        pl.col("indicator_code") == "HYP008", pl.col("denominator") > 0
    )
    first, second = codes.select("practice_code", "numerator", "denominator").collect().rows()[:2]
    area = f"group:{first[0]}.{second[0]}"
    page = opened(open_page, f"?indicator=HYP008&year={newest}&area={area}")
    expect(page.locator("#trend h2")).to_have_text("My group")
    row = page.locator(f'#trend tr[data-year="{newest}"]')
    expect(row.locator("td").nth(1)).to_have_text(f"{first[1] + second[1]:,}")
    expect(row.locator("td").nth(2)).to_have_text(f"{first[2] + second[2]:,}")


@browser
def test_protected_years_are_hatched_and_their_note_is_said(open_page):
    """DOMAIN 1.5: 2020-21 and 2021-22."""
    page = opened(open_page, "?indicator=DM020&year=2022-23")
    expect(page.locator("#trend rect[fill='url(#trend-hatch)']")).to_have_count(2)
    expect(page.locator(".trend-reasons")).to_contain_text("2020-21, hatched")


@browser
def test_a_break_is_marked_and_its_reason_is_said(open_page):
    """DOMAIN 1.4: the obesity register of 2023-24 is not that of the years before."""
    page = opened(open_page, "?indicator=OB&measure=prevalence&year=2022-23")
    expect(page.locator(".trend-break")).to_have_count(1)
    expect(page.locator(".trend-own.trend-line")).to_have_count(2)
    said = page.locator(".trend-reasons")
    expect(said).to_contain_text("Between 2022-23 and 2023-24 the series breaks: the register's")


@browser
def test_a_linked_code_is_named_and_can_be_asked(open_page):
    """DOMAIN 1.4: a new code is linked, with a break, and never one series."""
    page = opened(open_page, "?indicator=HYP008&year=2023-24")
    page.locator(".trend-links").get_by_role("button", name=re.compile("^HYP003")).click()
    expect(page).to_have_url(re.compile("indicator=HYP003"))
    expect(page.locator("#trend .trend-links")).to_contain_text("HYP008")
