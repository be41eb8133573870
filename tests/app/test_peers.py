"""The Peers tab: like for like (PEERS want 6), why, and frozen in the link."""

import polars as pl
import pytest
from playwright.sync_api import Page, expect
from shiny.playwright.controller import InputCheckboxGroup

from app.atlas.answered import ask
from app.atlas.catalogue import Catalogue
from app.atlas.controls import read
from app.atlas.drawing.peer_table import render
from app.atlas.effects.peers_tab import likeness_of
from app.atlas.view import FEATURES, View, like_of
from engine import Lake, Question, answer
from engine.atlas.context import context
from engine.atlas.peers import peers

COPD = Question("COPD010", "2021-22")
ASKED = "?indicator=COPD010&year=2021-22&tab=peers"
USUAL = tuple(View().alike)
USUAL_AND_MORE = tuple(FEATURES)


@pytest.fixture(scope="module")
def features(lake: Lake) -> pl.DataFrame:
    frame = context(lake, "2021-22").collect()
    return frame.rename({"organisation_code": "practice_code"})


@pytest.fixture(scope="module")
def some(lake: Lake, features: pl.DataFrame) -> str:
    """A practice of which everything is known."""
    known = features.drop_nulls(list(USUAL))["practice_code"]
    rows = answer(lake, COPD).filter(pl.col("denominator") >= 30).collect()
    return next(code for code in rows["organisation_code"] if code in known)


def test_peers_are_the_same_whatever_area_is_on_show(lake: Lake, some: str):
    everywhere = likeness_of(ask(lake, COPD), some, features=USUAL)
    group = ask(lake, Question("COPD010", "2021-22", area=f"group:{some}"))
    there = likeness_of(group, some, features=USUAL)
    assert everywhere.near["practice_code"].equals(there.near["practice_code"])
    assert everywhere.near["value"].equals(there.near["value"])
    assert everywhere.among == there.among


def test_the_peers_are_counted_against_the_chosen_one(lake: Lake, some: str):
    result = likeness_of(ask(lake, COPD), some, features=USUAL)
    told = result.among
    counted = told["lower"] + told["same"] + told["higher"] + told["not_compared"]
    assert counted == result.near.height == 20
    assert told["numerator"] == result.near["numerator"].sum()


def test_practices_of_which_a_feature_is_unknown_are_counted(lake, features, some):
    """The trap: an unknown FTE is not zero, so such a practice is nobody's peer."""
    names = ("gps_per_10_000", "list_size")
    result = likeness_of(ask(lake, COPD), some, features=names)
    unknown = features.filter(pl.any_horizontal(pl.col(n).is_null() for n in names))
    assert unknown.height and result.left_out["left_out"] == unknown.height
    assert not set(result.near["practice_code"]) & set(unknown["practice_code"])
    assert f"{unknown.height:,} of {features.height:,} practices take no part" in str(
        render(result)
    )


def test_a_practice_that_lacks_a_feature_is_told_which(lake: Lake, features: pl.DataFrame):
    lacking = features.filter(pl.col("gps_per_10_000").is_null())["practice_code"][0]
    result = likeness_of(ask(lake, COPD), lacking, features=("gps_per_10_000",))
    assert "Not known of this practice for 2021-22" in str(render(result))
    assert "“GPs per 10,000 patients”" in str(render(result))


def test_a_feature_that_nobody_gave_is_set_aside_and_said(lake: Lake, some: str):
    """A year without a publication must not leave everybody without peers."""
    year = "2019-20"
    frame = context(lake, year).collect()
    numbers = [name for name in USUAL_AND_MORE if name in frame.columns]
    silent = [name for name in numbers if not frame[name].count()]
    if not silent:
        pytest.skip("every feature is known for the oldest year of the demonstration")
    asked = Question("COPD008", year)
    result = likeness_of(ask(lake, asked), some, features=("list_size", silent[0]))
    assert result.near.height and result.unknown == (silent[0],)
    assert "Not known of any practice for 2019-20" in str(render(result))


def test_features_in_a_link_come_back_as_they_were(lake: Lake):
    catalogue = Catalogue(lake.scan("indicator").filter(pl.col("practices") > 0).collect())
    for ticked in (["list_size"], [], ["deprivation", "gps_per_10_000"], list(USUAL)):
        view, _ = read({"indicator": "COPD010", "like": like_of(ticked)}, catalogue)
        assert sorted(view.alike) == sorted(ticked)
    assert read({"like": "list_size,nonsense,<b>"}, catalogue)[0].alike == ["list_size"]


# In the browser


def listed(page: Page) -> list[str]:
    return page.locator("#peers tbody button").evaluate_all(
        "all => all.map(b => b.dataset.practice)"
    )


@pytest.mark.browser
def test_a_tick_lists_other_peers_and_the_link_freezes_them(page: Page, atlas, features, some):
    page.goto(f"{atlas}{ASKED}&selected={some}")
    page.locator("#peers h2").wait_for()
    want = peers(features.lazy(), some, USUAL).collect()["practice_code"].to_list()
    assert listed(page) == [some, *want]
    InputCheckboxGroup(page, "like").set(["list_size"])
    alone = peers(features.lazy(), some, ["list_size"]).collect()["practice_code"].to_list()
    page.wait_for_function("() => location.search.includes('like=list_size')")
    expect(page.locator(f"#peers tbody tr:nth-child(2) [data-practice={alone[0]}]")).to_be_visible()
    assert listed(page) == [some, *alone]
    page.goto(atlas + page.evaluate("location.search"))
    page.locator("#peers h2").wait_for()
    InputCheckboxGroup(page, "like").expect_selected(["list_size"])
    assert listed(page) == [some, *alone]


@pytest.mark.browser
def test_peers_go_on_the_map_as_a_group(page: Page, atlas: str, some: str):
    page.goto(f"{atlas}{ASKED}&selected={some}")
    page.locator("#peers h2").wait_for()
    page.get_by_role("button", name="Show these on the map").click()
    expect(page.locator("#area + .selectize-control .item")).to_have_text("My group, 21 practices")
    expect(page.locator(".atlas-boxes")).to_contain_text("This group")


@pytest.mark.browser
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", "No practice is selected"),
        ("&level=icb", "Choose the level Practice"),
        ("&selected=Z99999", "Z99999 is not among the practices"),
        ("&selected={some}&like=none", "No feature is ticked"),
    ],
)
def test_without_peers_the_tab_says_why_and_what_to_do(page: Page, atlas, some, query, words):
    page.goto(atlas + ASKED + query.format(some=some))
    expect(page.locator("#peers")).to_contain_text(words)
