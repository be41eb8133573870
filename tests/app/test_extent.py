"""Where the map looks: all of what a link is of, in any window; and where its sender looked.

The ends of a board are those of its practices' own coordinates, taken from the table of places.
"""

import polars as pl
import pytest
from playwright.sync_api import Page

from engine import Lake
from tests.app.leaving import painted

pytestmark = pytest.mark.browser
YEAR = "2022-23"
ASKED = f"?indicator=DM020&year={YEAR}"
WINDOWS = [(1440, 900), (1000, 520), (390, 780)]
LOOKS = """(id) => {
  const at = careAtlas.maps[id].surface.map.getBounds();
  return [at.getSouth(), at.getWest(), at.getNorth(), at.getEast()];
}"""


@pytest.fixture(scope="module")
def board(lake: Lake) -> pl.DataFrame:
    """The practices of the board that reaches farthest, with their places."""
    of = lake.scan("practice_geography", YEAR).select("practice_code", "icb_code")
    places = lake.scan("practice_coordinates").select("practice_code", "latitude", "longitude")
    rows = of.join(places, on="practice_code").drop_nulls().collect()
    reach = rows.group_by("icb_code").agg(
        pl.col("latitude").max() - pl.col("latitude").min(), many=pl.len()
    )
    widest = reach.filter(pl.col("many") > 2).sort("latitude", "icb_code").row(-1)[0]
    return rows.filter(pl.col("icb_code") == widest).sort("latitude")


def holds_all(page: Page, rows: pl.DataFrame, map_id: str = "map") -> None:
    """Every one of these places is in sight."""
    ends = rows.select(
        south=pl.col("latitude").min(),
        west=pl.col("longitude").min(),
        north=pl.col("latitude").max(),
        east=pl.col("longitude").max(),
    ).row(0)
    page.wait_for_function(
        f"([id, south, west, north, east]) => {{ const at = ({LOOKS})(id);"
        " return at[0] <= south && at[1] <= west && at[2] >= north && at[3] >= east"
        " && at[2] - at[0] < 4; }",
        arg=[map_id, *ends],
    )


@pytest.mark.parametrize("window", WINDOWS)
def test_a_link_to_a_board_shows_all_of_it_though_a_practice_is_selected(
    page: Page, atlas: str, board: pl.DataFrame, window: tuple[int, int]
):
    page.set_viewport_size(dict(zip(("width", "height"), window, strict=True)))
    one = board["practice_code"][0]
    page.goto(f"{atlas}{ASKED}&area=icb:{board['icb_code'][0]}&selected={one}")
    painted(page)
    page.wait_for_function("() => careAtlas.maps.map.selected >= 0")
    holds_all(page, board)


@pytest.mark.parametrize("way", ["side", "change"])
def test_a_comparison_within_a_board_shows_that_board(
    page: Page, atlas: str, board: pl.DataFrame, way: str
):
    asked = f"{ASKED}&against=2021-22&compare_as={way}&area=icb:{board['icb_code'][0]}"
    page.goto(atlas + asked)
    shown = ("map_before",) if way == "change" else ("map", "map_before")
    painted(page, *shown)
    for map_id in shown:
        holds_all(page, board, map_id)


def test_a_link_opens_where_its_sender_looked_in_a_window_of_any_size(open_page, browser, atlas):
    page = open_page(ASKED)
    painted(page)
    page.evaluate("careAtlas.maps.map.surface.map.setView([52.5, -1.9], 9, { animate: false })")
    page.wait_for_function("() => location.search.includes('extent=')")
    south, west, north, east = page.evaluate(LOOKS, "map")
    other = browser.new_page(viewport={"width": 390, "height": 780})
    other.goto(page.url)
    painted(other)
    at = other.evaluate(LOOKS, "map")
    close = 0.01  # of a degree: a link says three decimals
    assert at[0] <= south + close and at[1] <= west + close
    assert at[2] >= north - close and at[3] >= east - close
    assert (at[2] - at[0]) < 6 * (north - south)
    other.close()


def test_another_area_is_shown_whole_and_the_way_home_forgets_the_extent(
    page: Page, atlas: str, board: pl.DataFrame
):
    page.goto(f"{atlas}{ASKED}&extent=52.4,-2.0,52.6,-1.8")
    painted(page)
    page.get_by_role("button", name="Show all of it on the map").click()
    page.wait_for_function("() => !location.search.includes('extent=')")
    page.goto(f"{atlas}{ASKED}&level=icb&extent=52.4,-2.0,52.6,-1.8")
    painted(page)
    code = board["icb_code"][0]
    page.evaluate("code => document.querySelector('#area').selectize.setValue(`icb:${code}`)", code)
    holds_all(page, board)
    page.wait_for_function("() => !location.search.includes('extent=')")


@pytest.mark.parametrize(
    "said", ["", "a,b,c,d", "1,2,3", "53,-2,52,-1", "NaN,0,1,1", "1e9,0,2e9,1"]
)
def test_an_extent_that_is_none_is_no_extent(page: Page, atlas: str, said: str):
    page.goto(f"{atlas}{ASKED}&extent={said}")
    painted(page)
    assert page.evaluate("careAtlas.maps.map.extent") is None
    south, _, north, _ = page.evaluate(LOOKS, "map")
    assert south < 50 and north > 55.7
