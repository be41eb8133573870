"""The Organisation tab: what a card says is what the engine says (PEERS wants 8 to 10; traps)."""

from dataclasses import replace

import polars as pl
import pytest
from playwright.sync_api import Page, expect

from app.atlas.answered import ask
from app.atlas.drawing.organisation_card import card, measured, ordinal
from app.atlas.effects.organisation_tab import card_of
from engine import Lake, Question, answer
from engine.atlas.context import context
from engine.atlas.metrics.context_measures import CONTEXT
from engine.atlas.pca_switch import pca_switch
from engine.atlas.standing import standing

COPD = Question("COPD010", "2021-22")
ASKED = "?indicator=COPD010&year=2021-22&tab=one"


def row_of(lf: pl.LazyFrame, code: str) -> dict:
    return lf.filter(pl.col("organisation_code") == code).collect().row(0, named=True)


@pytest.fixture(scope="module")
def lowest(lake: Lake) -> str:
    """The practice with the lowest value of those that can be compared."""
    places = standing(lake, COPD).filter("compared").sort("value", "organisation_code")
    return places.first().collect()["organisation_code"][0]


def test_patients_to_the_next_band_are_enough_and_one_fewer_is_not(lake: Lake, lowest: str):
    row = card_of(ask(lake, COPD), lowest).row
    more, edge = row["patients_to_next"], row["next_edge"]
    assert (row["numerator"] + more) * 100 / row["denominator"] >= edge
    assert (row["numerator"] + more - 1) * 100 / row["denominator"] < edge


def test_small_numbers_are_not_compared_and_it_is_said(lake: Lake):
    """PEERS want 8: small or zero list sizes must not look like extreme values."""
    rows = ask(lake, COPD)
    few = rows.rows.filter("small", pl.col("value").is_not_null())["organisation_code"]
    assert len(few), "the demonstration has no small practice"
    shown = str(card(card_of(rows, few[0])))
    assert "Fewer than 10 patients" in shown and shown.count("not compared") >= 4


def test_what_was_not_reported_is_not_known_and_no_zero(lake: Lake):
    """The trap: zero for absent."""
    now = ask(lake, Question("MH003", "2021-22"))
    silent = now.rows.filter(~pl.col("reported"))["organisation_code"]
    assert len(silent), "the demonstration has no practice that gave nothing"
    shown = str(card(card_of(now, silent[0])))
    assert "not known, which is not zero" in shown and "0.0 %" not in shown.split("<h3>")[0]


def test_one_outside_the_area_on_show_is_held_against_all_of_england(lake: Lake, lowest: str):
    icb = row_of(standing(lake, COPD), lowest)["icb_code"]
    other = answer(lake, replace(COPD, level="icb")).collect()["organisation_code"]
    other = next(code for code in other if code != icb)
    there = card_of(ask(lake, replace(COPD, area=f"icb:{other}")), lowest)
    assert there.place == card_of(ask(lake, COPD), lowest).place
    assert there.row["value"] == row_of(answer(lake, COPD), lowest)["value"]


def test_the_pca_switch_is_among_all_of_england_and_moves_as_the_engine_says(lake, lowest):
    """PEERS, ten things, 1: how far a position moves if nobody is excluded."""
    shown = card_of(ask(lake, replace(COPD, area="region:Y56")), lowest)
    assert shown.switch == row_of(pca_switch(lake, COPD), lowest)
    assert shown.switch["pri"] <= shown.switch["net"]


@pytest.mark.parametrize("measure", ["net", "pri"])
def test_both_shares_are_cut_by_the_bands_of_the_page(lake: Lake, measure: str):
    now = ask(lake, Question("COPD010", "2021-22", "icb", measure, bands="quintiles"))
    for code in now.rows["organisation_code"]:
        shown = card_of(now, code)
        assert shown.switch_bands == shown.bands
        assert shown.switch[f"{measure}_band"] == shown.row["band"]
        for name in ("net", "pri"):
            band = sum(shown.switch[name] >= edge for edge in now.edges)
            assert shown.switch[f"{name}_band"] == band


def test_prevalence_and_points_have_no_pca_switch_and_no_patients_short(lake: Lake):
    for measure, indicator in (("points", "COPD010"), ("prevalence", "COPD")):
        asked = Question(indicator, "2021-22", measure=measure, bands="quintiles")
        now = ask(lake, asked)
        code = now.rows.filter(pl.col("value").is_not_null())["organisation_code"][0]
        shown = str(card(card_of(now, code)))
        assert "In patients" not in shown and "care adjustments" not in shown


@pytest.mark.parametrize("level", ["pcn", "sub_icb", "icb", "region"])
def test_every_level_has_a_card_with_its_own_parents(lake: Lake, level: str):
    """The trap: PCN `U` is no network, nor a parent."""
    asked = replace(COPD, level=level, bands="quintiles")
    now = ask(lake, asked)
    for code in now.rows["organisation_code"].head(8):
        shown = card_of(now, code)
        assert shown.row["organisation_code"] == code
        assert "U" not in [parent for _, parent, _ in shown.parents]
        assert str(card(shown))


def test_context_stands_beside_englands_with_its_day(lake: Lake, lowest: str):
    """PEERS want 10: population context beside the result."""
    shown = str(card(card_of(ask(lake, COPD), lowest)))
    own = row_of(context(lake, "2021-22"), lowest)
    england = context(lake, "2021-22", "england").collect().row(0, named=True)
    for name in ("list_size", "aged_65_and_over", "deprivation"):
        assert CONTEXT[name].label in shown
        assert measured(own[name], CONTEXT[name]) in shown
        assert measured(england[name], CONTEXT[name]) in shown
    assert f"{own['list_size_as_of'].day} {own['list_size_as_of']:%b %Y}" in shown


# In the browser


def card_shown(page: Page, atlas: str, query: str) -> Page:
    page.goto(atlas + query)
    page.locator("#one h2").wait_for()
    return page


@pytest.mark.browser
def test_the_card_says_the_engines_numbers(page: Page, atlas: str, lake: Lake, lowest: str):
    shown = card_shown(page, atlas, f"{ASKED}&selected={lowest}").locator("#one")
    row, place = row_of(answer(lake, COPD), lowest), row_of(standing(lake, COPD), lowest)
    expect(shown).to_contain_text(row["organisation_name"])
    expect(shown).to_contain_text(f"{row['value']:.1f} %")
    expect(shown).to_contain_text(f"{row['numerator']:,} of {row['denominator']:,}")
    england = shown.get_by_role("row", name="England").first
    expect(england).to_contain_text(f"{place['england_value']:.1f} %")
    expect(england).to_contain_text(place["against_england"])
    expect(england).to_contain_text(ordinal(place["percentile_england"]))
    expect(england).to_contain_text(f"{place['among_england']:,}")


@pytest.mark.browser
def test_with_nothing_selected_the_tab_says_how_to_select(page: Page, atlas: str):
    page.goto(atlas + ASKED)
    expect(page.locator("#one")).to_contain_text("Choose a dot on the map or a row of the table")


@pytest.mark.browser
def test_a_selection_that_the_year_lacks_is_said(page: Page, atlas: str):
    """The trap: links that name what is gone."""
    page.goto(f"{atlas}{ASKED}&selected=Z99999")
    expect(page.locator("#one")).to_contain_text("Z99999 is not among the practices of 2021-22")
