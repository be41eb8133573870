"""The words on and about the map: the year that was disturbed, the area's verdict, the badge."""

import re

import httpx
import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.answered import ask
from app.atlas.drawing.headline import boxes, year_note
from app.atlas.drawing.words import NOT_AMONG
from app.draw.badge import badge
from engine import Lake, Question
from engine.atlas.comparability import PANDEMIC, disturbed


@pytest.mark.parametrize("year", PANDEMIC)
def test_a_disturbed_year_says_so_on_the_map_in_the_brief_and_in_a_frame(atlas: str, year: str):
    """DOMAIN 1.5: a figure of the pandemic is never shown as if it were of any year."""
    said = disturbed(Question("COPD010", year))
    first = said.split(". ")[0].rstrip(".")
    assert f"{first}." in str(year_note([said]))
    for page in ("brief", "embed/"):
        shown = httpx.get(f"{atlas}{page}?indicator=COPD010&year={year}").text
        assert said in shown
    assert disturbed(Question("COPD010", "2022-23")) == ""


def test_points_that_were_paid_as_before_say_so_and_others_do_not():
    paid = Question("DEP004", "2024-25", measure="points")
    assert "2023-24" in disturbed(paid)
    assert disturbed(Question("HYP008", "2024-25", measure="points")) == ""
    assert disturbed(Question("DEP004", "2024-25")) == ""


def test_an_area_has_its_name_and_where_its_interval_lies(lake: Lake):
    """PEERS want 9: lower, similar, higher, by the interval, and not by eye."""
    boards = ask(lake, Question("COPD010", "2021-22", "icb"))
    told = set()
    for row in boards.rows.to_dicts():
        asked = Question("COPD010", "2021-22", area=f"icb:{row['organisation_code']}")
        now = ask(lake, asked)
        sums = {"england": now.england, "here": now.summary}
        shown = re.sub("<[^>]+>", " ", str(boxes(asked, area="A Board", picked=None, **sums)))
        england, (low, high) = now.england["value"], (row["value_low"], row["value_high"])
        way = "lower than" if high < england else "higher than" if low > england else "similar to"
        if row["denominator"] >= 10:
            assert f"{way} England" in shown and "A Board" in shown
            told.add(way)
    assert len(told) > 1, "the demonstration has boards on one side only"


def test_who_is_selected_outside_the_area_is_not_said_to_have_reported_nothing(lake: Lake):
    board = ask(lake, Question("COPD010", "2021-22", "icb")).rows["organisation_code"][0]
    asked = Question("COPD010", "2021-22", area=f"icb:{board}")
    now = ask(lake, asked)
    reported = ask(lake, Question("COPD010", "2021-22")).rows.filter("reported")
    elsewhere = now.rows.filter(~pl.col("shown")).join(reported, on="organisation_code", how="semi")
    sums = {"england": now.england, "here": now.summary}
    said = str(boxes(asked, area="A Board", picked=elsewhere.row(0, named=True), **sums))
    assert NOT_AMONG in said and "not reported" not in said
    within = now.here.filter("reported").row(0, named=True)
    assert NOT_AMONG not in str(boxes(asked, area="A Board", picked=within, **sums))


def test_only_invented_numbers_wear_the_colour_of_a_warning():
    assert "Demonstration" in str(badge(True)) and "real" not in str(badge(True))
    assert "atlas-badge-real" in str(badge(False))


@pytest.mark.browser
@pytest.mark.parametrize("system", ["light", "dark"])
def test_light_or_dark_is_kept_from_page_to_page(page: Page, atlas: str, system: str):
    chosen = "dark" if system == "light" else "light"
    page.emulate_media(color_scheme=system)
    page.goto(f"{atlas}?indicator=COPD010&year=2021-22")
    page.get_by_role("table").wait_for()
    theme = page.locator("html")
    expect(theme).to_have_attribute("data-bs-theme", system)
    page.get_by_label("Light or dark").click()
    expect(theme).to_have_attribute("data-bs-theme", chosen)
    kept = "chosen => localStorage.getItem('care-atlas-theme') === chosen"
    page.wait_for_function(kept, arg=chosen)
    for address in ("about", "?level=icb", "search?q=leeds"):
        page.goto(f"{atlas}{address}")
        expect(theme).to_have_attribute("data-bs-theme", chosen)
